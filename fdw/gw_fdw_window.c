/*
 * gw_fdw_window.c
 *	  Window functions that the remote computes.
 *
 * All of a query's, or none: what one of them needs here, the others need as
 * well.  Everything lives in the planner's context.
 */
#include "postgres.h"

#include <math.h>

#include "fdw/gw_pushed.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "base/gw_compat.h"

/* A window function as a call of the function, the rest as it is. */
static Node *
window_call(Node *node, void *unused)
{
	const WindowFunc *func = (const WindowFunc *) node;

	if (node == NULL)
		return NULL;
	if (!IsA(node, WindowFunc))
		return expression_tree_mutator(node, window_call, unused);
	return (Node *) makeFuncExpr(func->winfnoid, func->wintype, func->args, func->wincollid,
								 func->inputcollid, COERCE_EXPLICIT_CALL);
}

void
gw_window_hide(ForeignScan *plan)
{
	MemoryContext old;

	if (!GW_EXPLAIN_NEEDS_WINDOW_AGG || !contain_windowfuncs((Node *) plan->fdw_scan_tlist))
		return;
	old = MemoryContextSwitchTo(GetMemoryChunkContext(plan));
	plan->fdw_scan_tlist = (List *) window_call((Node *) plan->fdw_scan_tlist, NULL);
	MemoryContextSwitchTo(old);
}

/* The expressions of a PARTITION BY. */
static bool
window_partition(PlannerInfo *root, const GwPushed *input, const WindowClause *clause,
				 GwWindow *window, char **reason)
{
	ListCell *lc;

	foreach(lc, clause->partitionClause)
	{
		SortGroupClause *key = lfirst_node(SortGroupClause, lc);
		Expr *expr = (Expr *) get_sortgroupclause_expr(key, root->processed_tlist);

		/* What is the same for every row divides nothing. */
		if (!gw_pushed_reads((Node *) expr))
			continue;
		if (!gw_pushed_is_exact(input, expr, reason))
			return false;
		window->partition = lappend(window->partition, expr);
		window->partition_eq = lappend_oid(window->partition_eq, key->eqop);
	}
	return true;
}

static bool
window_order(PlannerInfo *root, const GwPushed *input, const WindowClause *clause,
			 GwWindow *window, char **reason)
{
	ListCell *lc;

	foreach(lc, clause->orderClause)
	{
		SortGroupClause *key = lfirst_node(SortGroupClause, lc);
		Expr *expr = (Expr *) get_sortgroupclause_expr(key, root->processed_tlist);
		TypeCacheEntry *entry = lookup_type_cache(exprType((Node *) expr), TYPECACHE_GT_OPR);
		GwSortKey *sort;

		if (!gw_pushed_is_exact(input, expr, reason))
			return false;
		sort = palloc0(sizeof(GwSortKey));
		sort->expr = expr;
		sort->sort_operator = key->sortop;
		sort->descending = key->sortop == entry->gt_opr;
		sort->nulls_first = key->nulls_first;
		window->order = lappend(window->order, sort);
	}
	return true;
}

static bool
window_make(PlannerInfo *root, const GwPushed *input, const WindowClause *clause,
			List **windows, char **reason)
{
	GwWindow *window = palloc0(sizeof(GwWindow));

	if (gw_window_clause_filters(clause))
	{
		*reason = "a condition on its result is evaluated with it";
		return false;
	}
	window->winref = clause->winref;
	window->frame_options = clause->frameOptions;
	window->start_offset = (Expr *) clause->startOffset;
	window->end_offset = (Expr *) clause->endOffset;
	*windows = lappend(*windows, window);
	return window_partition(root, input, clause, window, reason) &&
		   window_order(root, input, clause, window, reason);
}

/* Is a condition left to one of the functions? */
static bool
window_filters_walker(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (IsA(node, WindowFunc) && gw_window_func_filters((WindowFunc *) node))
		return true;
	return expression_tree_walker(node, window_filters_walker, arg);
}

GwPushed *
gw_window_push(PlannerInfo *root, const GwPushed *input, char **reason)
{
	const PathTarget *target = root->upper_targets[UPPERREL_WINDOW];
	GwPushed *pushed = gw_pushed_copy(input);
	GwScope *scope = palloc(sizeof(GwScope));
	ListCell *lc;

	*scope = *input->query->scope;
	scope->windows = NIL;
	pushed->query->scope = scope;
	foreach(lc, root->parse->windowClause)
	{
		if (!window_make(root, input, lfirst_node(WindowClause, lc), &scope->windows, reason))
			return NULL;
	}
	if (window_filters_walker((Node *) target->exprs, NULL))
	{
		*reason = "a condition on its result is evaluated with it";
		return NULL;
	}
	if (!gw_pushed_set_columns(pushed, target->exprs, reason))
		return NULL;
	pushed->label = psprintf("Window on %s", input->label);
	/* As much as here, but without the way of the rows in between. */
	pushed->work += list_length(scope->windows) * 0.5 * cpu_operator_cost * pushed->rows *
					log2(Max(pushed->rows, 2));
	pushed->blocks = true;
	return pushed;
}
