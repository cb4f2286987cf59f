/*
 * gw_deparse_agg.c
 *	  Writing aggregates and window functions in the remote's SQL.
 *
 * Takes only what gw_fdw_shippable_agg.c has let pass, and decides nothing.
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "fdw/gw_foreign.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

void
gw_deparse_aggregate_order(GwDeparse *cxt, const Aggref *agg)
{
	bool first = true;
	ListCell *lc;

	foreach(lc, agg->aggorder)
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
	gw_deparse_condition(cxt, filter);
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

/*
 * By the dialect's template.  What a FILTER of count(*) lets pass is counted
 * as count() of a constant.
 */
static void
agg_template(GwDeparse *cxt, Oid funcid, const GwFuncRule *rule, GwFilling *filling,
			 bool windowed)
{
	static const Oid any = INT4OID;
	Expr *filter = filling->filter;
	List *grouped = cxt->grouped;

	if (filter != NULL && (cxt->dialect->can & GW_CAN_FILTER) != 0)
		filling->filter = NULL;
	else if (filter != NULL && filling->args == NIL)
	{
		rule = gw_dialect_rule(cxt->dialect, 'a', get_func_name(funcid), &any, 1);
		if (rule == NULL || rule->sql == NULL)
			elog(ERROR, "a FILTER has no remote form");
		filling->args = list_make1(makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
											 Int32GetDatum(1), false, true));
	}
	/* Inside an aggregate a column is that of each row. */
	if (rule->kind == 'a' && !windowed)
		cxt->grouped = NIL;
	gw_deparse_filling(cxt, rule->sql, filling);
	if (filling->filter == NULL)
		agg_filter(cxt, filter);
	cxt->grouped = grouped;
}

static void
agg_call(GwDeparse *cxt, Aggref *agg)
{
	const GwFuncRule *rule;

	if ((cxt->dialect->flags & GW_DIALECT_POSTGRES) == 0)
	{
		GwFilling filling = {.args = agg->aggkind == AGGKIND_NORMAL ? gw_aggregate_arguments(agg)
																	: agg->aggdirectargs,
							 .type = agg->aggtype, .typmod = -1,
							 .distinct = agg->aggdistinct != NIL, .filter = agg->aggfilter,
							 .ordered = agg};

		(void) gw_ship_aggregate_reason(gw_scope_server(cxt->scope), agg->aggfnoid,
										gw_aggregate_arguments(agg), 'a', &rule);
		agg_template(cxt, agg->aggfnoid, rule, &filling, false);
		return;
	}
	gw_deparse_function(cxt, agg->aggfnoid);
	gw_sql(&cxt->buf, "(");
	if (agg->aggkind != AGGKIND_NORMAL)
	{
		gw_deparse_arguments(cxt, NULL, agg->aggdirectargs, false);
		gw_sql(&cxt->buf, ") WITHIN GROUP (");
		gw_deparse_aggregate_order(cxt, agg);
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
			gw_deparse_aggregate_order(cxt, agg);
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
		if ((cxt->dialect->flags & GW_DIALECT_POSTGRES) != 0)
			gw_deparse_clause(cxt, offset);
		else
			gw_sql_int(&cxt->buf, DatumGetInt64(castNode(Const, offset)->constvalue));
		gw_sql(&cxt->buf, options & preceding ? " PRECEDING" : " FOLLOWING");
	}
}

static void
window_frame(GwDeparse *cxt, const GwWindow *window)
{
	int options = window->frame_options;

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

/* A key of its ORDER BY; but for ROWS, NULL may have to stand where it does by default. */
static void
window_key(GwDeparse *cxt, const GwSortKey *key, bool ranged)
{
	GwSortKey apart = *key;

	apart.nulls_apart = ranged && key->nulls_first == key->descending &&
						(cxt->dialect->flags & GW_DIALECT_WINDOW_NULLS_LOW) != 0;
	gw_deparse_sort_key(cxt, &apart);
}

static void
window_over(GwDeparse *cxt, const GwWindow *window, bool frame)
{
	bool ranged = !frame || (window->frame_options & FRAMEOPTION_ROWS) == 0;
	bool first = true;
	ListCell *lc;

	gw_sql(&cxt->buf, " OVER (");
	foreach(lc, window->partition)
	{
		gw_sql(&cxt->buf, first ? "PARTITION BY " : ", ");
		first = false;
		gw_deparse_group_key(cxt, lfirst(lc));
	}
	first = true;
	foreach(lc, window->order)
	{
		if (first)
			gw_sql(&cxt->buf, window->partition != NIL ? " ORDER BY " : "ORDER BY ");
		else
			gw_sql(&cxt->buf, ", ");
		first = false;
		window_key(cxt, lfirst(lc), ranged);
	}
	if (frame)
		window_frame(cxt, window);
	gw_sql(&cxt->buf, ")");
}

static void
window_foreign(GwDeparse *cxt, WindowFunc *func, const GwWindow *window)
{
	GwFilling filling = {.args = func->args, .type = func->wintype, .typmod = -1,
						 .filter = func->aggfilter};
	const GwFuncRule *rule;

	(void) gw_ship_aggregate_reason(gw_scope_server(cxt->scope), func->winfnoid, func->args,
									func->winagg ? 'a' : 'w', &rule);
	agg_template(cxt, func->winfnoid, rule, &filling, true);
	window_over(cxt, window, gw_foreign_has_frame(func, rule, window));
}

void
gw_deparse_window_func(GwDeparse *cxt, WindowFunc *func)
{
	const GwWindow *window = gw_scope_window(cxt->scope, func->winref);

	if ((cxt->dialect->flags & GW_DIALECT_POSTGRES) == 0)
	{
		window_foreign(cxt, func, window);
		return;
	}
	gw_deparse_function(cxt, func->winfnoid);
	gw_sql(&cxt->buf, "(");
	if (func->winstar)
		gw_sql(&cxt->buf, "*");
	else
		gw_deparse_arguments(cxt, func, func->args, false);
	gw_sql(&cxt->buf, ")");
	agg_filter(cxt, func->aggfilter);
	window_over(cxt, window, (window->frame_options & FRAMEOPTION_NONDEFAULT) != 0);
}
