/*
 * gw_fdw_whole_insert.c
 *	  INSERT into a table here of a query that runs whole elsewhere.
 *
 * The planner plans the INSERT around a stand-in for its SELECT; then the
 * scan takes the stand-in's place.  So what belongs to the target (defaults,
 * casts, partitions, RETURNING, ON CONFLICT) is planned as ever.
 *
 * Works in the context of the planning.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "fdw/gw_whole.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"

Index
gw_whole_insert_source(const Query *query)
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
insert_stand_in(RangeTblEntry *rte)
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
insert_find_stand_in(Plan **plan, Index rti)
{
	Plan **found;

	if (*plan == NULL)
		return NULL;
	if (IsA(*plan, ValuesScan) && ((Scan *) *plan)->scanrelid == rti)
		return plan;
	found = insert_find_stand_in(&(*plan)->lefttree, rti);
	return found != NULL ? found : insert_find_stand_in(&(*plan)->righttree, rti);
}

/* Columns of the stand-in are columns of what is fetched. */
static Node *
insert_fetched_mutator(Node *node, Index *rti)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varno == *rti)
	{
		Var *var = copyObject((Var *) node);

		var->varno = INDEX_VAR;
		return (Node *) var;
	}
	return expression_tree_mutator(node, insert_fetched_mutator, rti);
}

PlannedStmt *
gw_whole_insert(const GwWholePlan *whole, Query *query, Index rti, const char *query_string,
			 int cursor_options, ParamListInfo params)
{
	Query *copy = copyObject(query);
	ForeignScan *scan = whole->scan;
	PlannedStmt *stmt;
	RangeTblEntry *rte;
	Plan **place;
	Plan *plan;
	ListCell *lc;

	insert_stand_in(rt_fetch(rti, copy->rtable));
	stmt = gw_whole_usual(copy, query_string, cursor_options, params);
	place = insert_find_stand_in(&stmt->planTree, rti);
	if (place == NULL || (*place)->qual != NIL)
		return NULL;

	plan = &scan->scan.plan;
	plan->plan_node_id = (*place)->plan_node_id;
	plan->extParam = (*place)->extParam;
	plan->allParam = (*place)->allParam;
	plan->targetlist = (List *) insert_fetched_mutator((Node *) (*place)->targetlist, &rti);
	plan->initPlan = (*place)->initPlan;
	foreach(lc, scan->fdw_scan_tlist)
		((Var *) lfirst_node(TargetEntry, lc)->expr)->varno = rti;
	*place = plan;

	/* The entry gives the columns their names in EXPLAIN. */
	rte = rt_fetch(rti, stmt->rtable);
	rte->rtekind = RTE_SUBQUERY;
	rte->values_lists = NIL;
	rte->coltypes = rte->coltypmods = rte->colcollations = NIL;
	gw_whole_join_statement(stmt, whole);
	return stmt;
}
