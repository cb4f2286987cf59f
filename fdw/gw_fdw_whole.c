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
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

/* Rows that a whole query is thought to have when nothing says otherwise. */
#define WHOLE_ROWS 1000.0

/* Nothing is compared with these costs; they only have to look like some. */
#define WHOLE_STARTUP_COST 100.0
#define WHOLE_ROW_COST 0.02

static planner_hook_type whole_next;

/* A query while it is planned as a whole. */
typedef struct WholePlan
{
	Query *original; /* not changed */
	GwWholeSurvey survey;
	PlannerGlobal *glob;
	Query *query;		/* prepared */
	ForeignScan *scan;
	const char *reason; /* why there is none */
} WholePlan;

static PlannedStmt *whole_usual(Query *query, const char *query_string, int cursor_options,
								ParamListInfo params);

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
	GwRelation *first = gw_scope_server(tree->scope);
	GwScanPlan plan = {.serverid = survey->serverid, .stream_flags = GW_STREAM_MAY_STOP,
					   .whole = true};
	ForeignScan *scan;
	List *fetched;
	List *out;
	List *types = NIL;
	List *params;
	ListCell *lc;

	whole_target_lists(query, &fetched, &out);
	plan.sql = gw_deparse_query_tree(tree, &params);
	whole_columns(tree, fetched, &plan, &types);
	gw_scan_plan_fetch(first, types, &plan);
	/* The strictest of its tables. */
	foreach(lc, tree->scope->relations)
	{
		int64 max_rows = gw_option_int(((GwRelation *) lfirst(lc))->options, "max_rows");

		if (max_rows > 0 && (plan.max_rows == 0 || max_rows < plan.max_rows))
			plan.max_rows = max_rows;
	}

	scan = make_foreignscan(out, NIL, 0, params, gw_scan_plan_to_list(&plan), fetched, NIL, NULL);
	scan->operation = CMD_SELECT;
	scan->fs_server = survey->serverid;
	whole_costs(&scan->scan.plan, query, types);
	return scan;
}

/* Take what a whole query reads, and depends on, into the statement. */
static void
whole_join_statement(PlannedStmt *stmt, const WholePlan *whole)
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
whole_select(const WholePlan *whole, int cursor_options)
{
	const Query *original = whole->original;
	PlannedStmt *stmt = makeNode(PlannedStmt);

	stmt->rtable = list_make1(whole_result_entry(whole->query));
	whole_join_statement(stmt, whole);
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
whole_make(WholePlan *whole)
{
	const GwQuery *tree;

	whole->glob = makeNode(PlannerGlobal);
	whole->reason = whole->survey.reason;
	if (whole->reason != NULL)
		return false;
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

/* ---- INSERT ... SELECT ---- */

/*
 * The place of the SELECT among the entries of an INSERT into a table here; 0:
 * it is something else.
 */
static Index
whole_insert_source(const Query *query)
{
	RangeTblRef *ref;

	if (query->cteList != NIL || query->jointree == NULL ||
		list_length(query->jointree->fromlist) != 1 ||
		rt_fetch(query->resultRelation, query->rtable)->relkind == RELKIND_FOREIGN_TABLE)
		return 0;
	ref = linitial(query->jointree->fromlist);
	if (!IsA(ref, RangeTblRef) ||
		rt_fetch(ref->rtindex, query->rtable)->rtekind != RTE_SUBQUERY)
		return 0;
	return ref->rtindex;
}

/* Two rows of NULLs, with the columns of the SELECT. */
static void
whole_stand_in(RangeTblEntry *rte)
{
	List *row = NIL;
	ListCell *lc;

	foreach(lc, rte->subquery->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);
		Oid type = exprType((Node *) tle->expr);
		int32 typmod = exprTypmod((Node *) tle->expr);
		Oid collation = exprCollation((Node *) tle->expr);

		if (tle->resjunk)
			continue;
		row = lappend(row, makeNullConst(type, typmod, collation));
		rte->coltypes = lappend_oid(rte->coltypes, type);
		rte->coltypmods = lappend_int(rte->coltypmods, typmod);
		rte->colcollations = lappend_oid(rte->colcollations, collation);
	}
	rte->rtekind = RTE_VALUES;
	rte->subquery = NULL;
	rte->values_lists = list_make2(row, copyObject(row));
}

/* The link to the scan of the stand-in in a plan; NULL: not found. */
static Plan **
whole_find_stand_in(Plan **plan, Index rti)
{
	Plan **found;

	if (*plan == NULL)
		return NULL;
	if (IsA(*plan, ValuesScan) && ((Scan *) *plan)->scanrelid == rti)
		return plan;
	found = whole_find_stand_in(&(*plan)->lefttree, rti);
	return found != NULL ? found : whole_find_stand_in(&(*plan)->righttree, rti);
}

/* Columns of the stand-in are columns of what is fetched. */
static Node *
whole_fetched_mutator(Node *node, Index *rti)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varno == *rti)
	{
		Var *var = copyObject((Var *) node);

		var->varno = INDEX_VAR;
		return (Node *) var;
	}
	return expression_tree_mutator(node, whole_fetched_mutator, rti);
}

/*
 * The planner plans the INSERT around a stand-in for its SELECT, whose place
 * the scan then takes.  NULL: it has made something else of it.
 */
static PlannedStmt *
whole_insert(const WholePlan *whole, Query *query, Index rti, const char *query_string,
			 int cursor_options, ParamListInfo params)
{
	Query *copy = copyObject(query);
	ForeignScan *scan = whole->scan;
	PlannedStmt *stmt;
	RangeTblEntry *rte;
	Plan **place;
	Plan *plan;
	ListCell *lc;

	whole_stand_in(rt_fetch(rti, copy->rtable));
	stmt = whole_usual(copy, query_string, cursor_options, params);
	place = whole_find_stand_in(&stmt->planTree, rti);
	if (place == NULL || (*place)->qual != NIL)
		return NULL;

	plan = &scan->scan.plan;
	plan->plan_node_id = (*place)->plan_node_id;
	plan->extParam = (*place)->extParam;
	plan->allParam = (*place)->allParam;
	plan->targetlist = (List *) whole_fetched_mutator((Node *) (*place)->targetlist, &rti);
	plan->initPlan = (*place)->initPlan;
	foreach(lc, scan->fdw_scan_tlist)
		((Var *) lfirst_node(TargetEntry, lc)->expr)->varno = rti;
	*place = plan;

	/* The entry gives the columns their names in EXPLAIN. */
	rte = rt_fetch(rti, stmt->rtable);
	rte->rtekind = RTE_SUBQUERY;
	rte->values_lists = NIL;
	rte->coltypes = rte->coltypmods = rte->colcollations = NIL;
	whole_join_statement(stmt, whole);
	return stmt;
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

static PlannedStmt *
whole_usual(Query *query, const char *query_string, int cursor_options, ParamListInfo params)
{
	return whole_next != NULL ? whole_next(query, query_string, cursor_options, params)
							  : standard_planner(query, query_string, cursor_options, params);
}

/* Is it a query of ours at all, and more than a plain scan? */
static bool
whole_is_ours(WholePlan *whole)
{
	gw_whole_survey(whole->original, &whole->survey);
	return !whole->survey.elsewhere && !whole->survey.simple &&
		   OidIsValid(whole->survey.serverid) &&
		   (gw_server_platform(whole->survey.serverid)->dialect->flags &
			GW_DIALECT_POSTGRES) != 0;
}

static PlannedStmt *
whole_planner(Query *query, const char *query_string, int cursor_options, ParamListInfo params)
{
	WholePlan whole = {.original = query};
	Index source = 0;
	PlannedStmt *stmt = NULL;

	if (query->commandType == CMD_INSERT)
		source = whole_insert_source(query);
	if (source != 0)
		whole.original = rt_fetch(source, query->rtable)->subquery;
	if ((source == 0 && query->commandType != CMD_SELECT) || query->utilityStmt != NULL ||
		!gw_guc_enable_pushdown() || !gw_guc_enable_whole_query() || !whole_is_ours(&whole))
		return whole_usual(query, query_string, cursor_options, params);

	if (whole_make(&whole))
		stmt = source == 0 ? whole_select(&whole, cursor_options)
						   : whole_insert(&whole, query, source, query_string, cursor_options,
										  params);
	if (stmt != NULL)
		return stmt;
	stmt = whole_usual(query, query_string, cursor_options, params);
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
