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

#include "gw_fdw.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_fdw_handler);

Datum
gw_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	PG_RETURN_POINTER(routine);
}
