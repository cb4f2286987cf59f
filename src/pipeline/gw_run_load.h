/*
 * gw_run_load.h
 *	  Running a load pattern on a server: staging table to target, both there.
 */
#ifndef GW_RUN_LOAD_H
#define GW_RUN_LOAD_H

#include "dialect/gw_merge.h"
#include "session/gw_session.h"

/* One statement that was run, and the rows it touched (-1: not told). */
typedef struct GwLoadResult
{
	const char *sql;
	int64 rows;
} GwLoadResult;

/*
 * Lock the target where its platform has such a lock, describe both tables,
 * compare their columns, run the checks, then the statements within the local
 * transaction's remote one.  options names both tables (a schema may be NULL:
 * the server's default).  Returns GwLoadResult *, palloc'd in
 * CurrentMemoryContext.  Raises 42P01 for a table that is not there, 42703 and
 * 42804 for columns that do not fit, 55000 for a check that counts rows.
 */
extern List *gw_run_load(const char *server, GwLoadPattern pattern, GwLoadOptions *options);

#endif /* GW_RUN_LOAD_H */
