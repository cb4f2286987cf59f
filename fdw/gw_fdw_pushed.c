/*
 * gw_fdw_pushed.c
 *	  What joins and upper relations have in common: their input, the columns
 *	  that are fetched, costs, and the plan node.
 *
 * Everything lives in the planner's context.
 */
#include "postgres.h"

#include "fdw/gw_pushed.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/planmain.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

/* What sorting adds to the cost of a scan or join, as a fraction of it. */
#define PUSHED_SORT_FACTOR 0.2

/* ---- the input ---- */

/* "t", or "t a" where it has another name in the query. */
static const char *
pushed_base_label(PlannerInfo *root, RelOptInfo *rel)
{
	RangeTblEntry *rte = planner_rt_fetch(rel->relid, root);
	char *name = get_rel_name(rte->relid);

	if (strcmp(name, rte->eref->aliasname) == 0)
		return name;
	return psprintf("%s %s", name, rte->eref->aliasname);
}

/* The remote's own work: its planner's word, or one full pass. */
static Cost
pushed_base_work(const RelOptInfo *rel, const GwRelation *gw)
{
	if (gw->remote_total > 0)
		return gw->remote_total;
	return seq_page_cost * rel->pages + cpu_tuple_cost * gw->table_rows;
}

void
gw_pushed_sort_cost(const RelOptInfo *rel, Cost *startup, Cost *total)
{
	Cost run = *total - *startup;
	Cost work = IS_SIMPLE_REL(rel) ? pushed_base_work(rel, rel->fdw_private)
								   : ((GwPushed *) rel->fdw_private)->work;

	*startup += Min(work, run) + run * PUSHED_SORT_FACTOR;
	*total += run * PUSHED_SORT_FACTOR;
}

static GwPushed *
pushed_base(PlannerInfo *root, RelOptInfo *rel)
{
	GwRelation *gw = rel->fdw_private;
	GwPushed *pushed;
	GwScope *scope;
	GwSource *source;

	if (gw == NULL || !gw->pushdown || gw->local_conds != NIL || gw->superset_conds != NIL ||
		!bms_is_empty(rel->lateral_relids))
		return NULL;

	scope = gw_scope_make(NULL, false, list_make1(gw));
	source = gw_scope_add(scope, rel->relid, NULL, gw, NULL);
	pushed = palloc0(sizeof(GwPushed));
	pushed->query = gw_query_make(scope);
	pushed->query->from = list_make1(gw_from_source(source));
	pushed->query->where = gw_conditions(gw->exact_conds);
	pushed->label = pushed_base_label(root, rel);
	pushed->server = gw;
	pushed->rows = gw->rows;
	pushed->work = pushed_base_work(rel, gw);
	return pushed;
}

GwPushed *
gw_pushed_input(PlannerInfo *root, RelOptInfo *rel)
{
	GwPushed *pushed;

	if (IS_SIMPLE_REL(rel))
		return rel->rtekind == RTE_RELATION ? pushed_base(root, rel) : NULL;
	pushed = rel->fdw_private;
	return pushed == NULL || pushed->local_conds != NIL ? NULL : pushed;
}

List *
gw_rel_relations(const RelOptInfo *rel)
{
	if (rel->fdw_private == NULL)
		return NIL;
	if (IS_SIMPLE_REL(rel))
		return list_make1(rel->fdw_private);
	return ((const GwPushed *) rel->fdw_private)->query->scope->relations;
}

GwPushed *
gw_pushed_copy(const GwPushed *input)
{
	GwPushed *pushed = palloc(sizeof(GwPushed));
	GwQuery *query = palloc(sizeof(GwQuery));

	*pushed = *input;
	*query = *input->query;
	pushed->query = query;
	pushed->columns = NIL;
	return pushed;
}

/* ---- expressions ---- */

typedef struct PushedWalk
{
	const GwPushed *pushed;
	List *parts;
	bool unknown; /* it reads something that the query does not have */
} PushedWalk;

/* Collect what an expression is made of: aggregates, grouped values, columns. */
static bool
pushed_parts_walker(Node *node, PushedWalk *walk)
{
	const GwQuery *query = walk->pushed->query;

	if (node == NULL)
		return false;
	if (IsA(node, WindowFunc))
	{
		PushedWalk inner = {walk->pushed, NIL, false};

		(void) expression_tree_walker(node, pushed_parts_walker, (void *) &inner);
		walk->unknown |= inner.unknown;
		walk->parts = lappend(walk->parts, node);
		return false;
	}
	if (IsA(node, Aggref) || (!IsA(node, Const) && list_member(query->group_by, node)))
	{
		walk->parts = lappend(walk->parts, node);
		return false;
	}
	if (IsA(node, Var))
	{
		/* Beside aggregates, only what is grouped by has one value. */
		if (gw_scope_find(query->scope, (Var *) node, NULL) == NULL ||
			((Var *) node)->varattno <= 0 || walk->pushed->aggregated)
			walk->unknown = true;
		walk->parts = lappend(walk->parts, node);
		return false;
	}
	if (IsA(node, PlaceHolderVar) || IsA(node, GroupingFunc) || IsA(node, SubPlan) ||
		IsA(node, AlternativeSubPlan))
		walk->unknown = true;
	return expression_tree_walker(node, pushed_parts_walker, (void *) walk);
}

/* Every Var, also inside aggregates, must be one of the query's. */
static bool
pushed_strange_walker(Node *node, const GwPushed *pushed)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return gw_scope_find(pushed->query->scope, (Var *) node, NULL) == NULL ||
			   ((Var *) node)->varattno <= 0;
	if (IsA(node, PlaceHolderVar))
		return true;
	return expression_tree_walker(node, pushed_strange_walker, (void *) pushed);
}

static List *
pushed_parts(const GwPushed *pushed, Expr *expr, bool *unknown)
{
	PushedWalk walk = {pushed, NIL, false};

	(void) pushed_parts_walker((Node *) expr, &walk);
	*unknown = walk.unknown;
	return walk.parts;
}

static bool
pushed_reads_walker(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var) || IsA(node, Aggref) || IsA(node, WindowFunc) ||
		IsA(node, GroupingFunc) || IsA(node, PlaceHolderVar))
		return true;
	return expression_tree_walker(node, pushed_reads_walker, arg);
}

bool
gw_pushed_reads(Node *expr)
{
	return pushed_reads_walker(expr, NULL) || contain_volatile_functions(expr);
}

static bool
pushed_has(const GwPushed *pushed, Expr *expr, char **reason)
{
	bool unknown;

	(void) pushed_parts(pushed, expr, &unknown);
	if (!unknown && !pushed_strange_walker((Node *) expr, pushed))
		return true;
	if (reason != NULL)
		*reason = "it reads what the remote does not have at this place";
	return false;
}

bool
gw_pushed_is_exact(const GwPushed *pushed, Expr *expr, char **reason)
{
	return pushed_has(pushed, expr, reason) &&
		   gw_ship_expr(pushed->query->scope, expr, NULL, reason) == GW_EXACT;
}

bool
gw_pushed_tests_exactly(const GwPushed *pushed, Expr *expr, char **reason)
{
	return pushed_has(pushed, expr, reason) &&
		   gw_ship_condition(pushed->query->scope, expr, NULL, reason) == GW_EXACT;
}

/* ---- columns ---- */

static void
pushed_add_column(GwPushed *pushed, Expr *expr)
{
	if (!list_member(pushed->columns, expr))
		pushed->columns = lappend(pushed->columns, expr);
}

/* A column by itself may have any type: it is only fetched. */
static bool
pushed_is_fetched(const GwPushed *pushed, Expr *expr, char **reason)
{
	if (IsA(expr, Var) && !pushed->aggregated)
	{
		if (!pushed_strange_walker((Node *) expr, pushed))
			return true;
		*reason = "a whole row or a system column belongs to this side";
		return false;
	}
	return gw_pushed_is_exact(pushed, expr, reason);
}

bool
gw_pushed_add_columns(GwPushed *pushed, List *exprs, char **reason)
{
	ListCell *lc;

	foreach(lc, exprs)
	{
		bool unknown;
		ListCell *part;
		List *parts = pushed_parts(pushed, lfirst(lc), &unknown);

		if (unknown)
		{
			*reason = "it reads what the remote does not have at this place";
			return false;
		}
		foreach(part, parts)
		{
			if (!pushed_is_fetched(pushed, lfirst(part), reason))
				return false;
			pushed_add_column(pushed, lfirst(part));
		}
	}
	return true;
}

/* Without GROUP BY it is the aggregates that make it one row. */
static bool
pushed_is_one_row(const GwPushed *pushed)
{
	ListCell *lc;

	if (pushed->query->having != NIL)
		return true;
	foreach(lc, pushed->columns)
	{
		if (contain_agg_clause(lfirst(lc)))
			return true;
	}
	return false;
}

bool
gw_pushed_set_columns(GwPushed *pushed, List *exprs, char **reason)
{
	ListCell *lc;

	pushed->columns = NIL;
	foreach(lc, exprs)
	{
		Expr *expr = lfirst(lc);
		char *why = NULL;

		if (!gw_pushed_reads((Node *) expr))
			continue;
		if (pushed_is_fetched(pushed, expr, &why))
			pushed_add_column(pushed, expr);
		else if (IsA(expr, Var) || !gw_pushed_add_columns(pushed, list_make1(expr), reason))
		{
			if (why != NULL)
				*reason = why;
			return false;
		}
	}
	if (pushed->aggregated && pushed->query->group_by == NIL && !pushed_is_one_row(pushed))
	{
		*reason = "nothing of it needs an aggregate";
		return false;
	}
	return true;
}

bool
gw_pushed_set_whole_columns(GwPushed *pushed, List *exprs, char **reason)
{
	ListCell *lc;

	pushed->columns = NIL;
	foreach(lc, exprs)
	{
		if (!gw_pushed_reads(lfirst(lc)))
			continue;
		if (!gw_pushed_is_exact(pushed, lfirst(lc), reason))
			return false;
		pushed_add_column(pushed, lfirst(lc));
	}
	return true;
}

/* ---- costs and notes ---- */

void
gw_pushed_cost(PlannerInfo *root, const GwPushed *pushed, Cost *startup, Cost *total)
{
	QualCost local;
	Cost transfer;

	cost_qual_eval(&local, pushed->local_conds, root);
	gw_estimate_transfer(root, pushed->server, pushed->rows, false, startup, &transfer);
	*startup += local.startup;
	if (pushed->blocks)
		*startup += pushed->work;
	*total = *startup + (pushed->blocks ? 0 : pushed->work) + transfer +
			 (cpu_tuple_cost + local.per_tuple) * pushed->rows;
}

bool
gw_pushed_ask(GwPushed *pushed)
{
	GwQuery query = *pushed->query;
	GwRemoteEstimate estimate;
	List *params;
	char *sql;
	ListCell *lc;

	pushed->asked = false;
	foreach(lc, query.scope->relations)
	{
		if (!gw_option_bool(((GwRelation *) lfirst(lc))->options, "use_remote_estimate"))
			return false;
	}
	query.targets = pushed->columns;
	sql = gw_deparse_query_tree(&query, &params);
	if (params != NIL || !gw_estimate_statement(pushed->server, sql, &estimate))
		return false;
	pushed->rows = estimate.rows;
	pushed->work = estimate.total;
	pushed->asked = true;
	return true;
}

void
gw_pushed_note(PlannerInfo *root, Relids relids, const char *what, char *reason)
{
	char *text = psprintf("%s: %s", what,
						  reason != NULL ? reason : "its meaning at the remote is not known");
	int relid = -1;

	while ((relid = bms_next_member(relids, relid)) >= 0)
	{
		RelOptInfo *rel = root->simple_rel_array[relid];
		GwRelation *gw = rel != NULL && rel->rtekind == RTE_RELATION ? rel->fdw_private : NULL;
		ListCell *lc;

		if (gw == NULL)
			continue;
		foreach(lc, gw->notes)
		{
			if (strcmp(lfirst(lc), text) == 0)
				break;
		}
		if (lc == NULL)
			gw->notes = lappend(gw->notes, text);
	}
}

/* ---- the plan node ---- */

/* The columns that the remote compares in its conditions and sort keys. */
static List *
pushed_compared_vars(List *conditions, List *vars)
{
	ListCell *lc;

	foreach(lc, conditions)
	{
		const GwCondition *condition = lfirst(lc);

		if (condition->exists != NULL)
			vars = pushed_compared_vars(condition->exists->where, vars);
		else
			vars = list_concat(vars, pull_var_clause((Node *) condition->expr,
													 PVC_RECURSE_AGGREGATES |
														 PVC_RECURSE_WINDOWFUNCS |
														 PVC_RECURSE_PLACEHOLDERS));
	}
	return vars;
}

static List *
pushed_compared_from(const GwFrom *from, List *vars)
{
	if (from->source != NULL)
		return pushed_compared_vars(from->source->where, vars);
	vars = pushed_compared_from(from->left, vars);
	vars = pushed_compared_from(from->right, vars);
	return pushed_compared_vars(from->on, vars);
}

/* Attributes of the scan whose values the remote computed or compared. */
static List *
pushed_compared(const GwQuery *query)
{
	bool all = query->group_by != NIL || query->distinct;
	List *vars = pushed_compared_vars(query->where, NIL);
	List *compared = NIL;
	ListCell *lc;

	foreach(lc, query->from)
		vars = pushed_compared_from(lfirst(lc), vars);
	foreach(lc, query->order_by)
		vars = lappend(vars, ((const GwSortKey *) lfirst(lc))->expr);
	foreach(lc, query->targets)
	{
		if (all || !IsA(lfirst(lc), Var) || list_member(vars, lfirst(lc)))
			compared = lappend_int(compared, foreach_current_index(lc) + 1);
	}
	return compared;
}

/* What a column is called in messages. */
static char *
pushed_column_name(const GwPushed *pushed, const Expr *expr)
{
	switch (nodeTag(expr))
	{
		case T_Var:
			{
				const GwSource *source = gw_scope_find(pushed->query->scope, (const Var *) expr,
													   NULL);

				return get_attname(source->relation->relid, ((const Var *) expr)->varattno, false);
			}
		case T_Aggref:
			return get_func_name(((const Aggref *) expr)->aggfnoid);
		case T_WindowFunc:
			return get_func_name(((const WindowFunc *) expr)->winfnoid);
		case T_FuncExpr:
			return get_func_name(((const FuncExpr *) expr)->funcid);
		default:
			return "?column?";
	}
}

static List *
pushed_scan_tlist(const GwPushed *pushed)
{
	List *tlist = NIL;
	ListCell *lc;

	foreach(lc, pushed->columns)
		tlist = lappend(tlist, makeTargetEntry(lfirst(lc), foreach_current_index(lc) + 1,
											   pushed_column_name(pushed, lfirst(lc)), false));
	return tlist;
}

ForeignScan *
gw_pushed_plan(PlannerInfo *root, RelOptInfo *rel, ForeignPath *path, List *tlist,
			   Plan *outer_plan)
{
	const GwPushed *pushed = rel->fdw_private;
	GwQuery query = *pushed->query;
	GwScanPlan plan = {.serverid = pushed->server->serverid,
					   .stream_flags = GW_STREAM_MAY_STOP, .relations = (char *) pushed->label};
	List *types = NIL;
	List *params;
	ListCell *lc;

	query.targets = pushed->columns;
	if (query.order_by == NIL)
		query.order_by = gw_sort_keys(root, rel, path->path.pathkeys);
	if (path->fdw_private != NIL)
	{
		query.limit = linitial(path->fdw_private);
		query.offset = lsecond(path->fdw_private);
	}
	plan.sql = gw_deparse_query_tree(&query, &params);
	foreach(lc, pushed->columns)
	{
		plan.retrieved_attrs = lappend_int(plan.retrieved_attrs, foreach_current_index(lc) + 1);
		types = lappend_oid(types, exprType(lfirst(lc)));
	}
	plan.compared_attrs = pushed_compared(&query);
	if (query.order_by == NIL)
		plan.stream_flags |= GW_STREAM_UNORDERED;
	gw_scan_plan_fetch_all(pushed->query->scope->relations, types, &plan);
	gw_scan_plan_keep_shapes(pushed->query->scope->relations, &plan);

	return make_foreignscan(tlist, pushed->local_conds, 0, params, gw_scan_plan_to_list(&plan),
							pushed_scan_tlist(pushed), NIL, outer_plan);
}
