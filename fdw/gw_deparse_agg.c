/*
 * gw_deparse_agg.c
 *	  Writing aggregates and window functions in the remote's SQL.
 *
 * Takes only what gw_fdw_shippable_agg.c has let pass, and decides nothing.
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "fdw/gw_deparse.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static void
agg_order(GwDeparse *cxt, Aggref *agg, List *clauses)
{
	bool first = true;
	ListCell *lc;

	foreach(lc, clauses)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
		Expr *expr = (Expr *) get_sortgroupclause_expr(clause, agg->args);
		TypeCacheEntry *entry = lookup_type_cache(exprType((Node *) expr), TYPECACHE_GT_OPR);
		GwSortKey key = {.expr = expr, .sort_operator = clause->sortop,
						 .descending = clause->sortop == entry->gt_opr,
						 .nulls_first = clause->nulls_first};

		gw_sql(&cxt->buf, first ? "ORDER BY " : ", ");
		first = false;
		gw_deparse_sort_key(cxt, &key);
	}
}

static void
agg_filter(GwDeparse *cxt, Expr *filter)
{
	if (filter == NULL)
		return;
	gw_sql(&cxt->buf, " FILTER (WHERE ");
	gw_deparse_clause(cxt, filter);
	gw_sql(&cxt->buf, ")");
}

List *
gw_aggregate_arguments(Aggref *agg)
{
	List *args = NIL;
	ListCell *lc;

	foreach(lc, agg->args)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (!tle->resjunk)
			args = lappend(args, tle->expr);
	}
	return args;
}

/*
 * Strings of any length count as the same column type, but an array of them
 * says which it holds.
 */
static bool
agg_names_strings(const Aggref *agg)
{
	Oid element = get_element_type(agg->aggtype);

	return element == TEXTOID || element == VARCHAROID;
}

static void
agg_call(GwDeparse *cxt, Aggref *agg)
{
	const GwFuncRule *rule;

	(void) gw_ship_aggregate_reason(gw_scope_server(cxt->scope), agg->aggfnoid, 'a', &rule);
	if (rule != NULL && rule->sql != NULL)
	{
		gw_deparse_template(cxt, rule->sql, gw_aggregate_arguments(agg));
		agg_filter(cxt, agg->aggfilter);
		return;
	}
	gw_deparse_function(cxt, agg->aggfnoid);
	gw_sql(&cxt->buf, "(");
	if (agg->aggkind != AGGKIND_NORMAL)
	{
		gw_deparse_arguments(cxt, NULL, agg->aggdirectargs, false);
		gw_sql(&cxt->buf, ") WITHIN GROUP (");
		agg_order(cxt, agg, agg->aggorder);
	}
	else if (agg->aggstar)
		gw_sql(&cxt->buf, "*");
	else
	{
		if (agg->aggdistinct != NIL)
			gw_sql(&cxt->buf, "DISTINCT ");
		gw_deparse_arguments(cxt, agg, gw_aggregate_arguments(agg), false);
		if (agg->aggorder != NIL)
		{
			gw_sql(&cxt->buf, " ");
			agg_order(cxt, agg, agg->aggorder);
		}
	}
	gw_sql(&cxt->buf, ")");
	agg_filter(cxt, agg->aggfilter);
}

void
gw_deparse_aggref(GwDeparse *cxt, Aggref *agg)
{
	if (!agg_names_strings(agg))
	{
		agg_call(cxt, agg);
		return;
	}
	gw_sql(&cxt->buf, "(");
	agg_call(cxt, agg);
	gw_sql(&cxt->buf, ")");
	gw_deparse_cast(cxt, agg->aggtype, -1);
}

/* ---- window functions ---- */

/* One end of a frame. */
static void
window_bound(GwDeparse *cxt, int options, Expr *offset, bool start)
{
	int unbounded = start ? FRAMEOPTION_START_UNBOUNDED_PRECEDING
						  : FRAMEOPTION_END_UNBOUNDED_FOLLOWING;
	int current = start ? FRAMEOPTION_START_CURRENT_ROW : FRAMEOPTION_END_CURRENT_ROW;
	int preceding = start ? FRAMEOPTION_START_OFFSET_PRECEDING
						  : FRAMEOPTION_END_OFFSET_PRECEDING;

	if (options & unbounded)
		gw_sql(&cxt->buf, start ? "UNBOUNDED PRECEDING" : "UNBOUNDED FOLLOWING");
	else if (options & current)
		gw_sql(&cxt->buf, "CURRENT ROW");
	else
	{
		gw_deparse_clause(cxt, offset);
		gw_sql(&cxt->buf, options & preceding ? " PRECEDING" : " FOLLOWING");
	}
}

static void
window_frame(GwDeparse *cxt, const GwWindow *window)
{
	int options = window->frame_options;

	if ((options & FRAMEOPTION_NONDEFAULT) == 0)
		return;
	gw_sql(&cxt->buf, options & FRAMEOPTION_ROWS	 ? " ROWS BETWEEN "
					  : options & FRAMEOPTION_GROUPS ? " GROUPS BETWEEN "
													 : " RANGE BETWEEN ");
	window_bound(cxt, options, window->start_offset, true);
	gw_sql(&cxt->buf, " AND ");
	window_bound(cxt, options, window->end_offset, false);
	if (options & FRAMEOPTION_EXCLUDE_CURRENT_ROW)
		gw_sql(&cxt->buf, " EXCLUDE CURRENT ROW");
	else if (options & FRAMEOPTION_EXCLUDE_GROUP)
		gw_sql(&cxt->buf, " EXCLUDE GROUP");
	else if (options & FRAMEOPTION_EXCLUDE_TIES)
		gw_sql(&cxt->buf, " EXCLUDE TIES");
}

static void
window_over(GwDeparse *cxt, const GwWindow *window)
{
	bool first = true;
	ListCell *lc;

	gw_sql(&cxt->buf, " OVER (");
	foreach(lc, window->partition)
	{
		gw_sql(&cxt->buf, first ? "PARTITION BY " : ", ");
		first = false;
		gw_deparse_clause(cxt, lfirst(lc));
	}
	first = true;
	foreach(lc, window->order)
	{
		if (first)
			gw_sql(&cxt->buf, window->partition != NIL ? " ORDER BY " : "ORDER BY ");
		else
			gw_sql(&cxt->buf, ", ");
		first = false;
		gw_deparse_sort_key(cxt, lfirst(lc));
	}
	window_frame(cxt, window);
	gw_sql(&cxt->buf, ")");
}

void
gw_deparse_window_func(GwDeparse *cxt, WindowFunc *func)
{
	gw_deparse_function(cxt, func->winfnoid);
	gw_sql(&cxt->buf, "(");
	if (func->winstar)
		gw_sql(&cxt->buf, "*");
	else
		gw_deparse_arguments(cxt, func, func->args, false);
	gw_sql(&cxt->buf, ")");
	agg_filter(cxt, func->aggfilter);
	window_over(cxt, gw_scope_window(cxt->scope, func->winref));
}
