/*
 * gw_fdw_whole.c
 *	  Queries that run whole on the one server all their tables live on.
 *
 * FDW callbacks are asked about scans, joins and what stands above them, never
 * about set operations, WITH or sub-selects.  So every query is looked at
 * before the planner sees it: when all of it is exact on one server, its plan
 * is a single scan there.  Otherwise the planner goes on as usual, and its
 * plan tells EXPLAIN (VERBOSE) why.
 *
 * A library that a session loads late sees only what is planned afterwards;
 * answers do not depend on it.
 *
 * Plans hold nothing but Nodes; what leads to them lives in the context of the
 * planning.
 */
#include "postgres.h"

#include "base/gw_compat.h"
#include "base/gw_guc.h"
#include "catalog/pg_class.h"
#include "fdw/gw_deparse.h"
#include "fdw/gw_whole.h"
#include "foreign/foreign.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/planmain.h"
#include "optimizer/planner.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

/* Rows that a whole query is thought to have when nothing says otherwise. */
#define WHOLE_ROWS 1000.0

/* Nothing is compared with these costs; they only have to look like some. */
#define WHOLE_STARTUP_COST 100.0
#define WHOLE_ROW_COST 0.02

static planner_hook_type whole_next;

/* ---- the plan ---- */

/*
 * The range table: an entry for the result, whose columns have its names, and
 * copies of all that stand for relations, with their rights.
 */
typedef struct WholeTables
{
	PlannedStmt *stmt;
	const Query *query; /* the level at hand */
	Bitmapset *foreign; /* indexes of the foreign tables */
} WholeTables;

static bool
whole_tables_walker(Node *node, WholeTables *tables)
{
	WholeTables level = *tables;
	bool result;
	ListCell *lc;

	if (node == NULL)
		return false;
	if (!IsA(node, Query))
		return expression_tree_walker(node, whole_tables_walker, tables);

	level.query = (Query *) node;
	foreach(lc, level.query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);
		RangeTblEntry *copy;

		if (!OidIsValid(rte->relid))
			continue;
		copy = makeNode(RangeTblEntry);
		*copy = *rte;
		copy->subquery = NULL;
		copy->securityQuals = NIL;
		gw_stmt_add_rte(level.stmt, level.query, copy);
		level.stmt->relationOids = lappend_oid(level.stmt->relationOids, rte->relid);
		if (rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_FOREIGN_TABLE)
			level.foreign = bms_add_member(level.foreign, list_length(level.stmt->rtable));
	}
	result = query_tree_walker((Query *) node, whole_tables_walker, &level, 0);
	tables->foreign = level.foreign;
	return result;
}

static RangeTblEntry *
whole_result_entry(const Query *query)
{
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	List *names = NIL;
	ListCell *lc;

	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (!tle->resjunk)
			names = lappend(names, makeString(tle->resname != NULL ? tle->resname : "?column?"));
	}
	rte->rtekind = RTE_SUBQUERY;
	rte->eref = makeAlias("whole_query", names);
	return rte;
}

/*
 * What is fetched is of the types it has here, and goes out as it comes in.
 */
static void
whole_target_lists(const Query *query, List **fetched, List **out)
{
	int n = 0;
	ListCell *lc;

	*fetched = *out = NIL;
	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);
		TargetEntry *copy;
		Var *var;

		if (tle->resjunk)
			continue;
		n++;
		var = makeVar(1, n, exprType((Node *) tle->expr), exprTypmod((Node *) tle->expr),
					  exprCollation((Node *) tle->expr), 0);
		*fetched = lappend(*fetched, makeTargetEntry((Expr *) var, n, tle->resname, false));
		copy = flatCopyTargetEntry(tle);
		copy->expr = (Expr *) copyObject(var);
		((Var *) copy->expr)->varno = INDEX_VAR;
		copy->ressortgroupref = 0;
		*out = lappend(*out, copy);
	}
}

/* How many rows, as far as the form of the query tells. */
static double
whole_rows(const Query *query)
{
	Const *limit = (Const *) query->limitCount;

	if (query->hasAggs && query->groupClause == NIL && query->groupingSets == NIL &&
		query->setOperations == NULL)
		return 1.0;
	if (limit != NULL && IsA(limit, Const) && !limit->constisnull)
		return clamp_row_est(Min(WHOLE_ROWS, DatumGetInt64(limit->constvalue)));
	return WHOLE_ROWS;
}

/*
 * Columns whose types were looked at while planning; the scan looks again.
 * Others are fetched as they are.
 */
static void
whole_columns(const GwQuery *query, List *fetched, GwScanPlan *plan, List **types)
{
	ListCell *lc;

	foreach(lc, fetched)
	{
		const TargetEntry *tle = lfirst_node(TargetEntry, lc);
		int n = foreach_current_index(lc);

		plan->retrieved_attrs = lappend_int(plan->retrieved_attrs, n + 1);
		*types = lappend_oid(*types, exprType((Node *) tle->expr));
		if (query->targets != NIL &&
			gw_ship_expr(query->scope, list_nth(query->targets, n), NULL, NULL) == GW_EXACT)
			plan->compared_attrs = lappend_int(plan->compared_attrs, n + 1);
	}
}

static void
whole_costs(Plan *plan, const Query *query, List *types)
{
	ListCell *lc;

	plan->plan_rows = whole_rows(query);
	foreach(lc, types)
		plan->plan_width += get_typavgwidth(lfirst_oid(lc), -1);
	plan->startup_cost = WHOLE_STARTUP_COST;
	plan->total_cost = plan->startup_cost + plan->plan_rows * WHOLE_ROW_COST;
}

static ForeignScan *
whole_scan(Query *query, const GwQuery *tree, const GwWholeSurvey *survey)
{
	GwScanPlan plan = {.serverid = survey->serverid, .stream_flags = GW_STREAM_MAY_STOP,
					   .whole = true};
	ForeignScan *scan;
	List *fetched;
	List *out;
	List *types = NIL;
	List *params;

	whole_target_lists(query, &fetched, &out);
	plan.sql = gw_deparse_query_tree(tree, &params);
	whole_columns(tree, fetched, &plan, &types);
	gw_scan_plan_keep_shapes(tree->scope->relations, &plan);
	if (tree->order_by == NIL)
		plan.stream_flags |= GW_STREAM_UNORDERED;
	gw_scan_plan_fetch_all(tree->scope->relations, types, &plan);

	scan = make_foreignscan(out, NIL, 0, params, gw_scan_plan_to_list(&plan), fetched, NIL, NULL);
	scan->operation = CMD_SELECT;
	scan->fs_server = survey->serverid;
	whole_costs(&scan->scan.plan, query, types);
	return scan;
}

void
gw_whole_join_statement(PlannedStmt *stmt, const GwWholePlan *whole)
{
	WholeTables tables = {.stmt = stmt};

	(void) whole_tables_walker((Node *) whole->original, &tables);
	gw_scan_set_relids(whole->scan, tables.foreign);
	gw_scan_set_check_as_user(whole->scan, whole->survey.check_as_user);
	stmt->invalItems = list_concat(stmt->invalItems, whole->glob->invalItems);
	/* The caller's user mapping and facts went into it. */
	if (!OidIsValid(whole->survey.check_as_user))
		stmt->dependsOnRole = true;
}

static PlannedStmt *
whole_select(const GwWholePlan *whole, int cursor_options)
{
	const Query *original = whole->original;
	PlannedStmt *stmt = makeNode(PlannedStmt);

	stmt->rtable = list_make1(whole_result_entry(whole->query));
	gw_whole_join_statement(stmt, whole);
	stmt->commandType = CMD_SELECT;
	stmt->queryId = original->queryId;
	stmt->canSetTag = original->canSetTag;
	stmt->planTree = &whole->scan->scan.plan;
	if ((cursor_options & CURSOR_OPT_SCROLL) != 0)
		stmt->planTree = materialize_finished_plan(stmt->planTree);
	stmt->stmt_location = original->stmt_location;
	stmt->stmt_len = original->stmt_len;
	return stmt;
}

/* The scan of whole->original, or the reason why there is none. */
static bool
whole_make(GwWholePlan *whole)
{
	const GwQuery *tree;

	whole->glob = makeNode(PlannerGlobal);
	whole->reason = whole->survey.reason;
	if (whole->reason != NULL)
		return false;
	if (contain_vars_of_level((Node *) whole->original, 1))
	{
		whole->reason = "it reads something of the statement around it";
		return false;
	}
	whole->query = gw_whole_prepare(whole->glob, whole->original);
	if (contain_volatile_functions((Node *) whole->query))
	{
		whole->reason = "it calls a volatile function";
		return false;
	}
	tree = gw_whole_translate(whole->query, &whole->survey, &whole->reason);
	if (tree == NULL || !gw_whole_judge(tree, &whole->reason))
		return false;
	whole->scan = whole_scan(whole->query, tree, &whole->survey);
	return true;
}

/* ---- the reason, for EXPLAIN ---- */

/* The first scan of the server in a plan. */
static ForeignScan *
whole_find_scan(Plan *plan, Oid serverid)
{
	ForeignScan *found;
	List *children = NIL;
	ListCell *lc;

	if (plan == NULL)
		return NULL;
	if (IsA(plan, ForeignScan) && ((ForeignScan *) plan)->fs_server == serverid)
		return (ForeignScan *) plan;
	if (IsA(plan, Append))
		children = ((Append *) plan)->appendplans;
	else if (IsA(plan, MergeAppend))
		children = ((MergeAppend *) plan)->mergeplans;
	else if (IsA(plan, SubqueryScan))
		children = list_make1(((SubqueryScan *) plan)->subplan);
	foreach(lc, children)
	{
		found = whole_find_scan(lfirst(lc), serverid);
		if (found != NULL)
			return found;
	}
	found = whole_find_scan(plan->lefttree, serverid);
	return found != NULL ? found : whole_find_scan(plan->righttree, serverid);
}

/* Note the reason in the first scan; several say it only once. */
static void
whole_note(PlannedStmt *stmt, Oid serverid, const char *reason)
{
	ForeignScan *scan = whole_find_scan(stmt->planTree, serverid);
	GwScanPlan *plan;
	ListCell *lc;

	foreach(lc, stmt->subplans)
	{
		if (scan == NULL)
			scan = whole_find_scan(lfirst(lc), serverid);
	}
	if (scan == NULL || scan->fdw_private == NIL || scan->operation != CMD_SELECT)
		return;
	plan = gw_scan_plan_from_list(scan->fdw_private);
	plan->not_whole = pstrdup(reason);
	scan->fdw_private = gw_scan_plan_to_list(plan);
}

/* ---- the hook ---- */

PlannedStmt *
gw_whole_usual(Query *query, const char *query_string, int cursor_options, ParamListInfo params)
{
	return whole_next != NULL ? whole_next(query, query_string, cursor_options, params)
							  : standard_planner(query, query_string, cursor_options, params);
}

/* Is it a query of ours at all, and more than a plain scan? */
static bool
whole_is_ours(GwWholePlan *whole)
{
	gw_whole_survey(whole->original, &whole->survey);
	return !whole->survey.elsewhere && !whole->survey.simple &&
		   OidIsValid(whole->survey.serverid);
}

static PlannedStmt *
whole_planner(Query *query, const char *query_string, int cursor_options, ParamListInfo params)
{
	GwWholePlan whole = {.original = query};
	Index source = 0;
	PlannedStmt *stmt = NULL;

	if (query->commandType == CMD_INSERT)
		source = gw_whole_insert_source(query);
	if (source != 0)
		whole.original = rt_fetch(source, query->rtable)->subquery;
	if ((source == 0 && query->commandType != CMD_SELECT) || query->utilityStmt != NULL ||
		!gw_guc_enable_pushdown() || !gw_guc_enable_whole_query() || !whole_is_ours(&whole))
		return gw_whole_usual(query, query_string, cursor_options, params);

	if (whole_make(&whole))
		stmt = source == 0 ? whole_select(&whole, cursor_options)
						   : gw_whole_insert(&whole, query, source, query_string, cursor_options,
										  params);
	if (stmt != NULL)
		return stmt;
	stmt = gw_whole_usual(query, query_string, cursor_options, params);
	whole_note(stmt, whole.survey.serverid,
			   whole.reason != NULL ? whole.reason : "it has no remote form");
	return stmt;
}

void
gw_whole_install(void)
{
	whole_next = planner_hook;
	planner_hook = whole_planner;
}
