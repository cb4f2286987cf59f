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

	/* around it */
	routine->ExplainForeignScan = gw_explain_scan;
	routine->AnalyzeForeignTable = gw_analyze_table;
	routine->ImportForeignSchema = gw_import_schema;

	PG_RETURN_POINTER(routine);
}
