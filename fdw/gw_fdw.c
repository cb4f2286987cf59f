/*
 * gw_fdw.c
 *	  The routine table that every gw_* wrapper shares.
 *
 * Nothing is decided here: which warehouse a foreign table belongs to follows
 * from its wrapper's validator (gw_platform_of_wrapper), and each callback
 * lives in the file its topic names.
 *
 * The table lives in the caller's memory context; the core copies it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/fdwapi.h"

#include "fdw/gw_fdw.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_fdw_handler);

Datum
gw_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	/* planning */
	routine->GetForeignRelSize = gw_get_rel_size;
	routine->GetForeignPaths = gw_get_paths;
	routine->GetForeignJoinPaths = gw_get_join_paths;
	routine->GetForeignUpperPaths = gw_get_upper_paths;
	routine->GetForeignPlan = gw_get_plan;

	/* running */
	routine->BeginForeignScan = gw_begin_scan;
	routine->IterateForeignScan = gw_iterate_scan;
	routine->ReScanForeignScan = gw_rescan;
	routine->EndForeignScan = gw_end_scan;
	routine->IsForeignPathAsyncCapable = gw_async_capable;
	routine->ForeignAsyncRequest = gw_async_request;
	routine->ForeignAsyncConfigureWait = gw_async_configure_wait;
	routine->ForeignAsyncNotify = gw_async_notify;
	routine->IsForeignRelUpdatable = gw_is_updatable;

	/* writing */
	routine->AddForeignUpdateTargets = gw_add_update_targets;
	routine->PlanForeignModify = gw_plan_modify;
	routine->BeginForeignModify = gw_begin_modify;
	routine->ExecForeignInsert = gw_exec_insert;
	routine->ExecForeignBatchInsert = gw_exec_batch_insert;
	routine->GetForeignModifyBatchSize = gw_modify_batch_size;
	routine->ExecForeignUpdate = gw_exec_update;
	routine->ExecForeignDelete = gw_exec_delete;
	routine->EndForeignModify = gw_end_modify;
	routine->BeginForeignInsert = gw_begin_insert;
	routine->EndForeignInsert = gw_end_insert;
	routine->PlanDirectModify = gw_plan_direct;
	routine->BeginDirectModify = gw_begin_direct;
	routine->IterateDirectModify = gw_iterate_direct;
	routine->EndDirectModify = gw_end_direct;
	routine->ExecForeignTruncate = gw_exec_truncate;

	/* around it */
	routine->ExplainForeignScan = gw_explain_scan;
	routine->ExplainForeignModify = gw_explain_modify;
	routine->ExplainDirectModify = gw_explain_direct;
	routine->AnalyzeForeignTable = gw_analyze_table;
	routine->ImportForeignSchema = gw_import_schema;

	PG_RETURN_POINTER(routine);
}
