/*
 * gw_fdw_direct.c
 *	  UPDATE and DELETE as one remote statement.
 *
 * That is done when the remote evaluates every condition and every new value
 * exactly; otherwise rows are written one by one (gw_fdw_modify.c).
 *
 * State lives in the executor's query context; rows that come back live until
 * the next one.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/appendinfo.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "parser/parsetree.h"
#include "utils/memutils.h"

#include "base/gw_compat.h"
#include "fdw/gw_deparse.h"
#include "fdw/gw_modify.h"
#include "schema/gw_value.h"

typedef struct GwDirect
{
	const GwModifyPlan *plan;
	const char *sql;
	bool counts; /* its rows are those the command tag tells */
	const char *shape; /* of the remote table, when this was planned; "": it does not matter */
	Relation rel;
	Oid userid;
	ResultRelInfo *rri;

	List *param_exprs; /* ExprState */
	int nparams;
	Oid *param_types;

	MemoryContext row_cxt;
	GwReturning *returning;
	GwStream *stream;
	const GwBatch *batch;
	int row;
	bool done;
} GwDirect;

/* ---- planning ---- */

/* The scan whose rows are written and nothing else is done with; or NULL. */
static ForeignScan *
direct_scan(ModifyTable *node, Index rtindex, int subplan_index)
{
	Plan *subplan = outerPlan(node);
	ForeignScan *scan;

	if (IsA(subplan, Result) && outerPlan(subplan) != NULL &&
		IsA(outerPlan(subplan), Append) && ((Result *) subplan)->resconstantqual == NULL)
		subplan = outerPlan(subplan);
	if (IsA(subplan, Append))
	{
		Append *append = (Append *) subplan;

		if (subplan_index >= list_length(append->appendplans))
			return NULL;
		subplan = list_nth(append->appendplans, subplan_index);
	}
	if (!IsA(subplan, ForeignScan))
		return NULL;
	scan = (ForeignScan *) subplan;
	if (scan->scan.scanrelid != rtindex || scan->scan.plan.qual != NIL)
		return NULL;
	return scan;
}

/* New values that the remote computes exactly, for columns of the same type. */
static bool
direct_values(PlannerInfo *root, RelOptInfo *rel, Index rtindex, GwModifyPlan *plan,
			  List **exprs)
{
	GwRelation *grel = rel->fdw_private;
	List *targets = NIL;
	ListCell *lc;
	ListCell *attno;

	get_translated_update_targetlist(root, rtindex, &targets, &plan->targets);
	*exprs = NIL;
	forboth(lc, targets, attno, plan->targets)
	{
		Expr *expr = lfirst_node(TargetEntry, lc)->expr;

		if (lfirst_int(attno) <= 0 ||
			gw_ship_column_reason(grel, (AttrNumber) lfirst_int(attno)) != NULL ||
			gw_ship_expr(grel->scope, expr, NULL, NULL) != GW_EXACT)
			return false;
		*exprs = lappend(*exprs, expr);
	}
	return true;
}

/* Would a new value read a column that this very statement has set before? */
static bool
direct_reads_new_value(Index rtindex, const GwModifyPlan *plan, List *exprs)
{
	Bitmapset *set = NULL;
	ListCell *attno;
	ListCell *expr;

	forboth(attno, plan->targets, expr, exprs)
	{
		Bitmapset *reads = NULL;

		pull_varattnos(lfirst(expr), rtindex, &reads);
		if (bms_overlap(reads, set))
			return true;
		set = bms_add_member(set, lfirst_int(attno) - FirstLowInvalidHeapAttributeNumber);
	}
	return false;
}

bool
gw_plan_direct(PlannerInfo *root, ModifyTable *node, Index rtindex, int subplan_index)
{
	ForeignScan *scan = direct_scan(node, rtindex, subplan_index);
	RangeTblEntry *rte = planner_rt_fetch(rtindex, root);
	GwModifyPlan plan = {.operation = node->operation};
	List *exprs = NIL;
	List *params = NIL;
	GwRelation *grel;
	RelOptInfo *rel;
	Relation table;
	char *sql;

	if (scan == NULL || (plan.operation != CMD_UPDATE && plan.operation != CMD_DELETE))
		return false;
	rel = find_base_rel(root, rtindex);
	grel = rel->fdw_private;
	if (!grel->pushdown || grel->local_conds != NIL || grel->superset_conds != NIL ||
		grel->remote_query != NULL || (grel->platform->caps & GW_CAP_MODIFY) == 0)
		return false;
	if (plan.operation == CMD_UPDATE && !direct_values(root, rel, rtindex, &plan, &exprs))
		return false;
	if ((grel->dialect->flags & GW_DIALECT_SET_IN_TURN) != 0 &&
		direct_reads_new_value(rtindex, &plan, exprs))
		return false;
	if (node->returningLists != NIL &&
		(grel->dialect->flags & (GW_DIALECT_RETURNING | GW_DIALECT_OUTPUT)) == 0)
		return false;

	table = table_open(rte->relid, NoLock);
	if (gw_modify_may_move(table, plan.targets))
	{
		table_close(table, NoLock);
		return false;
	}
	gw_modify_target(table, grel->userid, &plan);
	if (node->returningLists != NIL)
	{
		plan.returning = true;
		plan.retrieved = gw_modify_columns_read(table, rtindex,
												list_nth(node->returningLists, subplan_index));
	}
	sql = gw_deparse_direct(&plan, table, rel, exprs, grel->exact_conds, &params);
	table_close(table, NoLock);

	scan->operation = node->operation;
	scan->resultRelation = rtindex;
	scan->fdw_exprs = params;
	scan->fdw_private = list_make4(makeString(sql), gw_modify_plan_to_list(&plan),
								   makeInteger(node->canSetTag),
								   makeString(grel->facts_asked ? gw_relation_shape(grel)
																 : ""));
	scan->scan.plan.lefttree = NULL;
	return true;
}

/* ---- running ---- */

void
gw_begin_direct(ForeignScanState *node, int eflags)
{
	ForeignScan *scan = castNode(ForeignScan, node->ss.ps.plan);
	Oid check_as_user;
	GwDirect *direct;
	ListCell *lc;
	int n = 0;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	direct = palloc0(sizeof(GwDirect));
	node->fdw_state = direct;
	direct->sql = strVal(linitial(scan->fdw_private));
	direct->plan = gw_modify_plan_from_list(lsecond(scan->fdw_private));
	direct->counts = intVal(lthird(scan->fdw_private)) != 0;
	direct->shape = strVal(lfourth(scan->fdw_private));
	direct->rri = node->resultRelInfo;
	direct->rel = direct->rri->ri_RelationDesc;
	check_as_user = gw_scan_check_as_user(scan, node->ss.ps.state);
	direct->userid = OidIsValid(check_as_user) ? check_as_user : GetUserId();
	direct->row_cxt =
		AllocSetContextCreate(CurrentMemoryContext, "gw direct row", ALLOCSET_DEFAULT_SIZES);
	direct->nparams = list_length(scan->fdw_exprs);
	direct->param_exprs = ExecInitExprList(scan->fdw_exprs, &node->ss.ps);
	direct->param_types = palloc(Max(direct->nparams, 1) * sizeof(Oid));
	foreach(lc, scan->fdw_exprs)
		direct->param_types[n++] = exprType(lfirst(lc));
	if (direct->plan->returning)
		direct->returning = gw_returning_create(direct->rel, direct->plan->retrieved);
}

/* The parameters' texts: evaluated under the user's settings, written under ours. */
static GwParam *
direct_params(GwDirect *direct, ExprContext *econtext)
{
	GwParam *params = palloc0(Max(direct->nparams, 1) * sizeof(GwParam));
	NullableDatum *values = palloc(Max(direct->nparams, 1) * sizeof(NullableDatum));
	int nestlevel;
	int n = 0;
	ListCell *lc;

	foreach(lc, direct->param_exprs)
	{
		values[n].value = ExecEvalExprSwitchContext(lfirst(lc), econtext, &values[n].isnull);
		n++;
	}
	nestlevel = gw_value_begin_text();
	for (n = 0; n < direct->nparams; n++)
	{
		params[n].type = direct->param_types[n];
		if (!values[n].isnull)
			params[n].value = gw_value_text(values[n].value, direct->param_types[n]);
	}
	gw_value_end_text(nestlevel);
	return params;
}

static void
direct_count(GwDirect *direct, ForeignScanState *node, int64 rows)
{
	if (direct->counts)
		node->ss.ps.state->es_processed += rows;
	/* EXPLAIN ANALYZE counts what the node returns; without RETURNING that is nothing. */
	if (direct->returning == NULL && node->ss.ps.instrument != NULL)
		node->ss.ps.instrument->tuplecount += rows;
}

/* Run it; with RETURNING its rows are still to come. */
static void
direct_execute(GwDirect *direct, ForeignScanState *node)
{
	GwSession *session =
		gw_session_open(direct->plan->serverid, direct->userid, GW_SESSION_WRITE);
	GwStatement stmt = {.sql = direct->sql, .run_as = direct->userid,
						.nparams = direct->nparams};
	GwStreamSpec spec = {.flags = GW_STREAM_ANY, .run_as = direct->userid};
	MemoryContext old = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);

	/* A plan that was kept may be older than the remote table's columns. */
	if (direct->shape[0] != '\0')
		gw_relation_check_shape(RelationGetRelid(direct->rel), direct->plan->serverid,
								direct->userid, direct->shape);
	stmt.params = direct_params(direct, node->ss.ps.ps_ExprContext);
	gw_guard_settle(gw_session_dialect(session), &stmt);
	if (direct->returning == NULL)
	{
		direct_count(direct, node, gw_session_execute(session, &stmt).rows);
		direct->done = true;
	}
	else
		direct->stream = gw_stream_open(session, &stmt, &spec);
	MemoryContextSwitchTo(old);
}

/*
 * The next row that came back.  Not a virtual tuple: the scan's list may hold
 * system columns, whose values nobody uses.
 */
static void
direct_store(GwDirect *direct, ForeignScanState *node, TupleTableSlot *slot)
{
	gw_returning_store(direct->returning, direct->stream, direct->batch, direct->row++, slot);
	ExecForceStoreHeapTuple(heap_form_tuple(slot->tts_tupleDescriptor, slot->tts_values,
											slot->tts_isnull),
							slot, false);
	direct_count(direct, node, 1);
	if (direct->rri->ri_projectReturning != NULL)
		direct->rri->ri_projectReturning->pi_exprContext->ecxt_scantuple = slot;
}

TupleTableSlot *
gw_iterate_direct(ForeignScanState *node)
{
	GwDirect *direct = node->fdw_state;
	TupleTableSlot *slot = ExecClearTuple(node->ss.ss_ScanTupleSlot);
	ErrorContextCallback callback = {error_context_stack, gw_modify_error_context, direct->rel};
	MemoryContext old;

	if (direct->done)
		return slot;
	error_context_stack = &callback;
	if (direct->stream == NULL)
		direct_execute(direct, node);
	if (direct->stream != NULL)
	{
		MemoryContextReset(direct->row_cxt);
		if (direct->batch == NULL || direct->row >= direct->batch->nrows)
		{
			direct->batch = gw_stream_next(direct->stream);
			direct->row = 0;
		}
		direct->done = direct->batch == NULL;
		if (!direct->done)
		{
			old = MemoryContextSwitchTo(direct->row_cxt);
			direct_store(direct, node, slot);
			MemoryContextSwitchTo(old);
		}
	}
	error_context_stack = callback.previous;
	return slot;
}

void
gw_end_direct(ForeignScanState *node)
{
	GwDirect *direct = node->fdw_state;

	if (direct != NULL && direct->stream != NULL)
		gw_stream_close(direct->stream);
}

void
gw_explain_direct(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *scan = castNode(ForeignScan, node->ss.ps.plan);
	const char *sql = gw_guard_plain(strVal(linitial(scan->fdw_private)));

	if (!es->verbose)
		return;
	ExplainPropertyText("Remote SQL", sql, es);
	gw_explain_bytes(scan, node->ss.ps.state,
					 gw_modify_plan_from_list(lsecond(scan->fdw_private))->serverid, sql, es);
}
