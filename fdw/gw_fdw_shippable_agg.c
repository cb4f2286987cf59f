/*
 * gw_fdw_shippable_agg.c
 *	  Would the remote compute this aggregate or window function to the same
 *	  result?
 *
 * Only those the dialect's tables name are sent.  Where PostgreSQL itself
 * leaves the order of the input open, so may the remote (docs/decisions); an
 * aggregate whose result shows that order is sent only when it fixes it.
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "fdw/gw_foreign.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* Is the sort key the expression itself, NULLs in the remote's own place? */
static bool
agg_order_is_plain(GwShipContext *cxt, const SortGroupClause *clause, Expr *expr)
{
	TypeCacheEntry *entry = lookup_type_cache(exprType((Node *) expr), TYPECACHE_GT_OPR);

	return gw_sort_key_is_plain(cxt->grel->dialect, false, clause->sortop == entry->gt_opr,
								clause->nulls_first);
}

/* ORDER BY inside the aggregate. */
static bool
agg_order(GwShipContext *cxt, Aggref *agg)
{
	ListCell *lc;

	foreach(lc, agg->aggorder)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
		Expr *expr = (Expr *) get_sortgroupclause_expr(clause, agg->args);
		bool wrapped;

		if (!gw_ship_sort_key(cxt, expr, clause->sortop, &wrapped))
			return false;
		/* With DISTINCT the keys have to be the arguments themselves. */
		if (agg->aggdistinct != NIL &&
			(wrapped || (!cxt->postgres && !agg_order_is_plain(cxt, clause, expr))))
			return gw_ship_refuse(cxt, "its order there is not known to be the same");
	}
	return true;
}

/* DISTINCT inside the aggregate; without ORDER BY it decides the order too. */
static bool
agg_distinct(GwShipContext *cxt, Aggref *agg, bool order_shows)
{
	ListCell *lc;

	foreach(lc, agg->aggdistinct)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
		Expr *expr = (Expr *) get_sortgroupclause_expr(clause, agg->args);
		bool wrapped;

		if (!gw_ship_equal_key(cxt, expr, clause->eqop, &wrapped))
			return false;
		/* How many there are does not depend on which of the equal ones is taken. */
		if (wrapped && strcmp(get_func_name(agg->aggfnoid), "count") != 0)
			return gw_ship_refuse(cxt, "the remote finds other texts equal");
		if (order_shows && agg->aggorder == NIL &&
			(!cxt->postgres || !gw_ship_sort_key(cxt, expr, clause->sortop, &wrapped) ||
			 wrapped))
			return gw_ship_refuse(cxt, "its order there is not known to be the same");
	}
	return true;
}

/* A condition on what is aggregated. */
static bool
agg_filter(GwShipContext *cxt, Expr *filter)
{
	GwShipState ignored;

	if (filter == NULL)
		return true;
	cxt->condition = true;
	return gw_ship_node(cxt, (Node *) filter, &ignored) == GW_EXACT ||
		   gw_ship_refuse(cxt, "only part of it is exact there");
}

static bool
agg_form(GwShipContext *cxt, Aggref *agg, const GwFuncRule *rule)
{
	bool order_shows = (rule->flags & GW_RULE_ORDERED) != 0;

	if (agg->agglevelsup != 0 || agg->aggvariadic)
		return gw_ship_refuse(cxt, "its form has no remote equivalent");
	if (agg->aggsplit != AGGSPLIT_SIMPLE &&
		(agg->aggsplit != AGGSPLIT_INITIAL_SERIAL || (rule->flags & GW_RULE_PARTIAL) == 0 ||
		 agg->aggdistinct != NIL || agg->aggorder != NIL))
		return gw_ship_refuse(cxt, "its parts cannot be combined here");
	if (!cxt->postgres && !gw_ship_foreign_aggregate(cxt, agg, rule))
		return false;
	if (order_shows && agg->aggkind == AGGKIND_NORMAL && agg->aggorder == NIL &&
		agg->aggdistinct == NIL)
		return gw_ship_refuse(cxt, "its result shows an order that it does not ask for");
	return true;
}

bool
gw_ship_aggref(GwShipContext *cxt, Aggref *agg, GwShipState *state)
{
	const GwFuncRule *rule;
	char *reason = gw_ship_aggregate_reason(cxt->grel, agg->aggfnoid,
											gw_aggregate_arguments(agg), 'a', &rule);
	GwShipState inputs = {0};

	if (reason != NULL)
		return gw_ship_refuse(cxt, reason);
	if (!agg_form(cxt, agg, rule))
		return false;
	if (!gw_ship_list(cxt, agg->aggdirectargs, &inputs) ||
		!gw_ship_list(cxt, gw_aggregate_arguments(agg), &inputs))
		return false;
	if (!agg_order(cxt, agg) ||
		!agg_distinct(cxt, agg, (rule->flags & GW_RULE_ORDERED) != 0) ||
		!agg_filter(cxt, agg->aggfilter))
		return false;

	/* The keys of an ordered set have had their collations looked at. */
	if (agg->aggkind == AGGKIND_NORMAL &&
		!gw_ship_collation(cxt, agg, agg->inputcollid, rule->collation, &inputs))
		return false;
	gw_ship_result(state, &inputs, agg->aggtype);
	state->from_column = true;
	return true;
}

/* ---- window functions ---- */

/* Offsets are added to values only by RANGE, with functions of their own. */
static bool
window_frame(GwShipContext *cxt, const GwWindow *window)
{
	GwShipState ignored = {0};
	List *offsets = NIL;

	if (window->start_offset != NULL)
		offsets = lappend(offsets, window->start_offset);
	if (window->end_offset != NULL)
		offsets = lappend(offsets, window->end_offset);
	if (offsets != NIL && (window->frame_options & FRAMEOPTION_RANGE) != 0)
		return gw_ship_refuse(cxt, "a RANGE with an offset is computed here");
	return gw_ship_list(cxt, offsets, &ignored);
}

static bool
window_is_same(GwShipContext *cxt, const GwWindow *window)
{
	ListCell *key;
	ListCell *eq;

	forboth(key, window->partition, eq, window->partition_eq)
	{
		bool wrapped;

		if (!gw_ship_equal_key(cxt, lfirst(key), lfirst_oid(eq), &wrapped))
			return false;
	}
	foreach(key, window->order)
	{
		const GwSortKey *sort = lfirst(key);
		bool wrapped;

		if (!gw_ship_sort_key(cxt, sort->expr, sort->sort_operator, &wrapped))
			return false;
	}
	return window_frame(cxt, window);
}

bool
gw_ship_window_func(GwShipContext *cxt, WindowFunc *func, GwShipState *state)
{
	const GwWindow *window = gw_scope_window(cxt->scope, func->winref);
	const GwFuncRule *rule;
	GwShipState inputs = {0};
	char *reason;

	reason = gw_ship_aggregate_reason(cxt->grel, func->winfnoid, func->args,
									  func->winagg ? 'a' : 'w', &rule);
	if (reason != NULL)
		return gw_ship_refuse(cxt, reason);
	if (window == NULL)
		return gw_ship_refuse(cxt, "its form has no remote equivalent");
	if (!cxt->postgres && !gw_ship_foreign_window(cxt, func, rule, window))
		return false;
	if ((rule->flags & GW_RULE_ORDERED) != 0 && window->order == NIL)
		return gw_ship_refuse(cxt, "its result shows an order that it does not ask for");
	if (!gw_ship_list(cxt, func->args, &inputs) || !agg_filter(cxt, func->aggfilter) ||
		!window_is_same(cxt, window) ||
		!gw_ship_collation(cxt, func, func->inputcollid, rule->collation, &inputs))
		return false;
	gw_ship_result(state, &inputs, func->wintype);
	state->from_column = true;
	return true;
}

/* A column outside of aggregates that is no grouping expression by itself. */
static bool
grouped_walker(Node *node, void *arg)
{
	if (node == NULL || IsA(node, Aggref) || IsA(node, Query))
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varlevelsup == 0 && !list_member((List *) arg, node);
	return expression_tree_walker(node, grouped_walker, arg);
}

bool
gw_ship_grouped(const GwDialect *dialect, List *group_by, Node *expr, char **reason)
{
	if ((dialect->flags & GW_DIALECT_GROUP_WHOLE) == 0 || group_by == NIL ||
		list_member(group_by, expr) || !grouped_walker(expr, group_by))
		return true;
	*reason = "a grouping expression is part of another expression";
	return false;
}
