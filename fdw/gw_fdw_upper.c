/*
 * gw_fdw_upper.c
 *	  What the remote does above scans and joins: aggregates, window functions,
 *	  DISTINCT, the final order and LIMIT.
 *
 * Each step builds on the one below it, so nothing is sent above what stays
 * here.  Everything lives in the planner's context.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fdw/gw_pushed.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/tlist.h"
#include "utils/selfuncs.h"
#include "utils/typcache.h"

#include "base/gw_compat.h"

/* ---- GROUP BY and aggregates ---- */

/*
 * The grouping expressions of the target.  Constants group nothing, but with
 * only constants there would be no GROUP BY left to send.
 */
static bool
upper_group_by(PlannerInfo *root, const GwPushed *input, const PathTarget *target,
			   List **group_by, char **reason)
{
	int i = 0;
	bool wrapped;
	ListCell *lc;

	*group_by = NIL;
	foreach(lc, target->exprs)
	{
		Expr *expr = lfirst(lc);
		Index ref = get_pathtarget_sortgroupref(target, i++);
		SortGroupClause *clause = NULL;

		if (ref != 0)
			clause = get_sortgroupref_clause_noerr(ref, root->parse->groupClause);
		if (clause == NULL || !gw_pushed_reads((Node *) expr))
			continue;
		if (!gw_pushed_is_exact(input, expr, reason) ||
			!gw_ship_equal(input->query->scope, expr, clause->eqop, NULL, &wrapped, reason))
			return false;
		*group_by = lappend(*group_by, expr);
	}
	if (*group_by == NIL && root->parse->groupClause != NIL)
	{
		*reason = "it groups by constants only";
		return false;
	}
	return true;
}

/* What the remote cannot judge of HAVING is judged here. */
static void
upper_having(GwPushed *pushed, List *having)
{
	List *remote = NIL;
	ListCell *lc;

	foreach(lc, having)
	{
		Expr *clause = lfirst(lc);

		if (gw_pushed_tests_exactly(pushed, clause, NULL))
			remote = lappend(remote, clause);
		else
			pushed->local_conds = lappend(pushed->local_conds, clause);
	}
	pushed->query->having = gw_conditions(remote);
}

static void
upper_group_estimate(PlannerInfo *root, const GwPushed *input, GwPushed *pushed)
{
	List *having = NIL;
	int width = list_length(pushed->columns);
	ListCell *lc;

	foreach(lc, pushed->query->having)
		having = lappend(having, ((const GwCondition *) lfirst(lc))->expr);
	pushed->rows = 1;
	if (pushed->query->group_by != NIL)
		pushed->rows = estimate_num_groups(root, pushed->query->group_by, input->rows, NULL, NULL);
	pushed->rows = clamp_row_est(pushed->rows *
								 clauselist_selectivity(root, having, 0, JOIN_INNER, NULL));
	pushed->work = input->work + cpu_operator_cost * 0.5 * input->rows * width +
				   cpu_tuple_cost * pushed->rows;
	pushed->blocks = true;
}

static bool
upper_grouped(const GwPushed *input, List *group_by, List *exprs, char **reason)
{
	const GwDialect *dialect = gw_scope_server(input->query->scope)->dialect;
	ListCell *lc;

	foreach(lc, exprs)
	{
		if (!gw_ship_grouped(dialect, group_by, lfirst(lc), reason))
			return false;
	}
	return true;
}

static GwPushed *
upper_group(PlannerInfo *root, const GwPushed *input, RelOptInfo *output,
			const GroupPathExtraData *extra, bool partial, char **reason)
{
	GwPushed *pushed = gw_pushed_copy(input);
	List *group_by;

	if (root->parse->groupingSets != NIL)
	{
		*reason = "grouping sets are computed here";
		return NULL;
	}
	if (!upper_group_by(root, input, output->reltarget, &group_by, reason))
		return NULL;
	if (!upper_grouped(input, group_by, output->reltarget->exprs, reason) ||
		!upper_grouped(input, group_by, (List *) extra->havingQual, reason))
		return NULL;
	pushed->aggregated = true;
	pushed->query->group_by = group_by;
	if (!partial)
		upper_having(pushed, (List *) extra->havingQual);
	if (!gw_pushed_set_columns(pushed, output->reltarget->exprs, reason) ||
		!gw_pushed_add_columns(pushed, pushed->local_conds, reason))
		return NULL;
	pushed->label = psprintf("Aggregate on %s", input->label);
	upper_group_estimate(root, input, pushed);
	return pushed;
}

/* ---- DISTINCT ---- */

/*
 * Every column that is fetched must be one that DISTINCT compares; *wrapped: in
 * a form of its own.
 */
static bool
upper_distinct_keys(PlannerInfo *root, const GwPushed *pushed, bool *wrapped, char **reason)
{
	List *keys = NIL;
	bool one;
	ListCell *lc;

	foreach(lc, root->parse->distinctClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
		Expr *expr = (Expr *) get_sortgroupclause_expr(clause, root->processed_tlist);

		if (!gw_pushed_reads((Node *) expr))
			continue;
		if (!gw_ship_equal(pushed->query->scope, expr, clause->eqop, NULL, &one, reason))
			return false;
		*wrapped |= one;
		keys = lappend(keys, expr);
	}
	if (pushed->columns == NIL || list_difference(pushed->columns, keys) != NIL)
	{
		*reason = "it compares more than the remote sees";
		return false;
	}
	return true;
}

/* What is compared in another form than it is fetched has to be GROUP BY. */
static bool
upper_distinct_groups(GwPushed *pushed, char **reason)
{
	if (pushed->aggregated || pushed->query->scope->windows != NIL)
	{
		*reason = "the remote finds other texts equal";
		return false;
	}
	pushed->aggregated = true;
	pushed->query->group_by = pushed->columns;
	return true;
}

static GwPushed *
upper_distinct(PlannerInfo *root, const GwPushed *input, char **reason)
{
	GwPushed *pushed = gw_pushed_copy(input);
	bool wrapped = false;

	if (root->parse->hasDistinctOn)
	{
		*reason = "DISTINCT ON is computed here";
		return NULL;
	}
	if (!gw_pushed_set_whole_columns(pushed, root->upper_targets[UPPERREL_DISTINCT]->exprs,
									 reason) ||
		!upper_distinct_keys(root, pushed, &wrapped, reason))
		return NULL;
	if (!wrapped)
		pushed->query->distinct = true;
	else if (!upper_distinct_groups(pushed, reason))
		return NULL;
	pushed->label = psprintf("Distinct on %s", input->label);
	pushed->rows = estimate_num_groups(root, pushed->columns, input->rows, NULL, NULL);
	pushed->work = input->work +
				   cpu_operator_cost * 0.5 * input->rows * list_length(pushed->columns) +
				   cpu_tuple_cost * pushed->rows;
	pushed->blocks = true;
	return pushed;
}

/* ---- the final order ---- */

static bool
upper_sort_keys(PlannerInfo *root, const GwPushed *pushed, List **keys, char **reason)
{
	ListCell *lc;

	*keys = NIL;
	foreach(lc, root->parse->sortClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
		Expr *expr = (Expr *) get_sortgroupclause_expr(clause, root->processed_tlist);
		TypeCacheEntry *entry = lookup_type_cache(exprType((Node *) expr), TYPECACHE_GT_OPR);
		GwSortKey *key;
		bool wrapped;

		/* A constant sorts nothing, and a number would mean a column. */
		if (!gw_pushed_reads((Node *) expr))
			continue;
		if (!gw_pushed_is_exact(pushed, expr, reason) ||
			!gw_ship_sort(pushed->query->scope, expr, clause->sortop, NULL, &wrapped, reason))
			return false;
		if (pushed->query->distinct &&
			(!gw_sort_key_is_plain(pushed->server->dialect, wrapped,
								   clause->sortop == entry->gt_opr, clause->nulls_first) ||
			 !list_member(pushed->columns, expr)))
		{
			*reason = "it sorts by more than what is distinct";
			return false;
		}
		key = palloc0(sizeof(GwSortKey));
		key->expr = expr;
		key->sort_operator = clause->sortop;
		key->descending = clause->sortop == entry->gt_opr;
		key->nulls_first = clause->nulls_first;
		*keys = lappend(*keys, key);
	}
	return true;
}

static GwPushed *
upper_ordered(PlannerInfo *root, const GwPushed *input, char **reason)
{
	GwPushed *pushed = gw_pushed_copy(input);

	if (!gw_pushed_set_columns(pushed, root->upper_targets[UPPERREL_ORDERED]->exprs, reason))
		return NULL;
	if (input->query->distinct)
	{
		/* Its columns are what is distinct, no more and no fewer. */
		if (list_difference(pushed->columns, input->columns) != NIL)
			return NULL;
		pushed->columns = input->columns;
	}
	if (!upper_sort_keys(root, pushed, &pushed->query->order_by, reason))
		return NULL;
	pushed->work += cpu_operator_cost * pushed->rows * log2(Max(pushed->rows, 2));
	pushed->blocks = true;
	return pushed;
}

/* ---- the steps ---- */

/* In words for EXPLAIN: what stays here. */
static const char *
upper_stage_name(UpperRelationKind stage)
{
	switch (stage)
	{
		case UPPERREL_PARTIAL_GROUP_AGG:
			return "partial aggregate";
		case UPPERREL_GROUP_AGG:
			return "aggregate";
		case UPPERREL_WINDOW:
			return "window function";
		case UPPERREL_DISTINCT:
			return "DISTINCT";
		default:
			return "ORDER BY";
	}
}

static GwPushed *
upper_push(PlannerInfo *root, UpperRelationKind stage, const GwPushed *input,
		   RelOptInfo *output, void *extra, char **reason)
{
	switch (stage)
	{
		case UPPERREL_PARTIAL_GROUP_AGG:
		case UPPERREL_GROUP_AGG:
			return upper_group(root, input, output, extra, stage == UPPERREL_PARTIAL_GROUP_AGG,
							   reason);
		case UPPERREL_WINDOW:
			return gw_window_push(root, input, reason);
		case UPPERREL_DISTINCT:
			return upper_distinct(root, input, reason);
		case UPPERREL_ORDERED:
			return upper_ordered(root, input, reason);
		default:
			return NULL;
	}
}

/* Grouped relations carry their own target, which for a partition is its own. */
static PathTarget *
upper_target(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *output)
{
	if (stage == UPPERREL_GROUP_AGG || stage == UPPERREL_PARTIAL_GROUP_AGG)
		return output->reltarget;
	return root->upper_targets[stage];
}

static void
upper_add_path(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *output)
{
	GwPushed *pushed = output->fdw_private;
	double rows;
	Cost startup;
	Cost total;

	(void) gw_pushed_ask(pushed);
	rows = pushed->rows;
	gw_pushed_cost(root, pushed, &startup, &total);
	if (pushed->local_conds != NIL)
		rows = clamp_row_est(rows * clauselist_selectivity(root, pushed->local_conds, 0,
														   JOIN_INNER, NULL));
	add_path(output, (Path *) gw_create_upper_path(root, output,
												   upper_target(root, stage, output), rows,
												   startup, total,
												   stage == UPPERREL_ORDERED ? root->sort_pathkeys
																			 : NIL,
												   NIL));
}

void
gw_get_upper_paths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input,
				   RelOptInfo *output, void *extra)
{
	GwPushed *below;
	char *reason = NULL;

	if (stage == UPPERREL_FINAL)
	{
		gw_limit_paths(root, input, output, extra);
		return;
	}
	if (output->fdw_private != NULL || root->parse->hasTargetSRFs)
		return;
	/* A sorted scan or join has a path of its own. */
	if (stage == UPPERREL_ORDERED && (IS_SIMPLE_REL(input) || IS_JOIN_REL(input)))
		return;
	below = gw_pushed_input(root, input);
	if (below == NULL)
		return;
	output->fdw_private = upper_push(root, stage, below, output, extra, &reason);
	if (output->fdw_private != NULL)
		upper_add_path(root, stage, output);
	else if (reason != NULL)
		gw_pushed_note(root, root->all_baserels, upper_stage_name(stage), reason);
}
