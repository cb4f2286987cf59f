/*
 * gw_fdw_fetch.c
 *	  How a scan fetches: through a remote cursor, or as one stream.
 *
 * A stream is the fastest way to read everything and the most expensive way
 * to read a little: what nobody asked for has to be read all the same before
 * the connection is free, since cancelling it would abort the remote
 * transaction.  So a scan streams when the plan above it surely reads it to
 * its end, and when the executor was told to run to the end.  Look-ups of a few
 * rows, the inner side of a nested loop, need no cursor either: their rows come
 * in one answer.
 *
 * Which run of the executor is under way is kept for the time of that run.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/plannodes.h"

#include "base/gw_compat.h"
#include "fdw/gw_fdw.h"

/* The innermost run of the executor. */
static struct
{
	const EState *estate;
	bool whole; /* to the end, however many rows there are */
} fetch_run;

static ExecutorRun_hook_type fetch_next_run;

/* ---- which runs go to the end ---- */

static void
fetch_executor_run(QueryDesc *desc, ScanDirection direction, uint64 count GW_EXECUTOR_ONCE_ARG)
{
	const EState *estate = fetch_run.estate;
	bool whole = fetch_run.whole;

	fetch_run.estate = desc->estate;
	fetch_run.whole = count == 0 && ScanDirectionIsForward(direction);
	PG_TRY();
	{
		if (fetch_next_run != NULL)
			fetch_next_run(desc, direction, count GW_EXECUTOR_ONCE);
		else
			standard_ExecutorRun(desc, direction, count GW_EXECUTOR_ONCE);
	}
	PG_FINALLY();
	{
		fetch_run.estate = estate;
		fetch_run.whole = whole;
	}
	PG_END_TRY();
}

void
gw_fetch_install(void)
{
	fetch_next_run = ExecutorRun_hook;
	ExecutorRun_hook = fetch_executor_run;
}

/* ---- which plans read to the end ---- */

/* What a walk through a plan looks for, and finds. */
typedef struct FetchWalk
{
	const ForeignScan *scan;
	Oid serverid;
	bool found;
	bool stops;		/* something above it may stop early */
	int nscans;		/* scans of the same server */
} FetchWalk;

static void fetch_walk(const Plan *plan, bool stops, FetchWalk *walk);

static void
fetch_walk_list(List *plans, bool stops, FetchWalk *walk)
{
	ListCell *lc;

	foreach(lc, plans)
		fetch_walk(lfirst(lc), stops, walk);
}

/*
 * Does the node stop reading one of its inputs early, whatever is above it
 * (stops), or does it read it to the end before it says anything?  Unknown
 * nodes stop.
 */
static bool
fetch_input_stops(const Plan *plan, bool inner, bool stops)
{
	switch (nodeTag(plan))
	{
		case T_Sort:
		case T_Hash:
		case T_ModifyTable:
			return false;
		case T_Agg:
			return stops && ((const Agg *) plan)->aggstrategy != AGG_PLAIN &&
				((const Agg *) plan)->aggstrategy != AGG_HASHED;
		case T_WindowAgg:
			/* A condition on a rank may end it. */
			return stops || gw_window_may_stop((const WindowAgg *) plan);
		case T_NestLoop:
			return stops || (inner && (((const Join *) plan)->inner_unique ||
									   ((const Join *) plan)->jointype == JOIN_SEMI ||
									   ((const Join *) plan)->jointype == JOIN_ANTI));
		case T_Append:
		case T_MergeAppend:
		case T_Gather:
		case T_GatherMerge:
		case T_Group:
		case T_HashJoin:
		case T_IncrementalSort:
		case T_LockRows:
		case T_Material:
		case T_Memoize:
		case T_ProjectSet:
		case T_Result:
		case T_SetOp:
		case T_SubqueryScan:
		case T_Unique:
			return stops;
		default:
			return true;
	}
}

static void
fetch_walk(const Plan *plan, bool stops, FetchWalk *walk)
{
	bool outer;

	if (plan == NULL)
		return;
	if (IsA(plan, ForeignScan) && ((const ForeignScan *) plan)->fs_server == walk->serverid)
	{
		walk->nscans++;
		if ((const ForeignScan *) plan == walk->scan)
		{
			walk->found = true;
			walk->stops = stops;
		}
	}
	outer = fetch_input_stops(plan, false, stops);
	fetch_walk(plan->lefttree, outer, walk);
	fetch_walk(plan->righttree, fetch_input_stops(plan, true, stops), walk);
	switch (nodeTag(plan))
	{
		case T_Append:
			fetch_walk_list(((const Append *) plan)->appendplans, outer, walk);
			break;
		case T_MergeAppend:
			fetch_walk_list(((const MergeAppend *) plan)->mergeplans, outer, walk);
			break;
		case T_SubqueryScan:
			fetch_walk(((const SubqueryScan *) plan)->subplan, outer, walk);
			break;
		default:
			break;
	}
}

GwFetchMode
gw_fetch_mode(const GwOptionSet *options)
{
	const char *mode = gw_option_str(options, "fetch_mode");

	if (mode == NULL || strcmp(mode, "auto") == 0)
		return GW_FETCH_AUTO;
	return strcmp(mode, "stream") == 0 ? GW_FETCH_STREAM : GW_FETCH_CURSOR;
}

bool
gw_fetch_looks_up(const ForeignScan *scan, const GwScanPlan *plan)
{
	return plan->has_cursors && plan->fetch_mode == GW_FETCH_AUTO &&
		(plan->stream_flags & GW_STREAM_RESCAN) != 0 && scan->fdw_exprs != NIL &&
		scan->scan.plan.plan_rows <= GW_LOOKUP_ROWS;
}

bool
gw_fetch_streams(const ForeignScan *scan, const GwScanPlan *plan, const PlannedStmt *stmt,
				 const EState *estate)
{
	FetchWalk walk = {.scan = scan, .serverid = scan->fs_server};

	if (gw_fetch_looks_up(scan, plan))
		return false;
	if (plan->fetch_mode != GW_FETCH_AUTO)
		return plan->fetch_mode == GW_FETCH_STREAM;
	if (estate != NULL && (fetch_run.estate != estate || !fetch_run.whole))
		return false;
	fetch_walk(stmt->planTree, false, &walk);
	/* A sub-plan's reader takes as much as it likes. */
	fetch_walk_list(stmt->subplans, true, &walk);

	/* Scans that take turns would put each other's rows aside. */
	return walk.found && !walk.stops && walk.nscans == 1;
}
