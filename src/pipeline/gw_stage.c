/*
 * gw_stage.c
 *	  The staging table of one run: a temporary table of the caller.
 *
 * Its columns are c1 ... cN in the order of the moves and seq, the order of
 * arrival.  It has no constraint, index or trigger; what the target demands is
 * checked when the rows are applied.  It is dropped after that, at the latest
 * with the transaction.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"

#include "pipeline/gw_heap.h"
#include "pipeline/gw_movement.h"

/* Create the table as the caller; returns its oid. */
static Oid
stage_define(GwSync *sync, const char *name)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "CREATE TEMPORARY TABLE pg_temp.");
	gw_sql_rendered(&buf, name);
	gw_sql(&buf, " (");
	for (int i = 0; i < sync->nmoves; i++)
	{
		gw_sql(&buf, "c");
		gw_sql_int(&buf, i + 1);
		gw_sql(&buf, " ");
		gw_sql_rendered(&buf, gw_schema_local_type_sql(sync->moves[i].type_text));
		gw_sql(&buf, ", ");
	}
	gw_sql(&buf, "seq pg_catalog.int8) ON COMMIT DROP");

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(gw_sqlbuf_text(&buf), false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "the staging table could not be made");
	SPI_finish();
	return RangeVarGetRelid(makeRangeVar(pstrdup("pg_temp"), pstrdup(name), -1), NoLock, false);
}

/*
 * Make the staging table, which happens only when a row has arrived: a run
 * that finds nothing leaves no trace in the catalogs.  Read to the end.
 */
void
gw_stage_rows(GwSync *sync, GwExtract *extract, const GwBatch *first)
{
	char *name = psprintf("gw_stage_%s", sync->task_id);
	Relation rel = table_open(stage_define(sync, name), RowExclusiveLock);
	AttrNumber *attnos = palloc(sizeof(AttrNumber) * sync->nmoves);
	GwHeap *heap;

	for (int i = 0; i < sync->nmoves; i++)
		attnos[i] = (AttrNumber) (i + 1);
	heap = gw_heap_begin(rel, first, attnos, (AttrNumber) (sync->nmoves + 1), true);
	for (const GwBatch *batch = first; batch != NULL; batch = gw_extract_next(extract))
		gw_heap_write(heap, batch);
	(void) gw_heap_end(heap);
	table_close(rel, NoLock);
	sync->stage = MemoryContextStrdup(sync->cxt, psprintf("pg_temp.%s", name));
}
