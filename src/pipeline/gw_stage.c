/*
 * gw_stage.c
 *	  The staging table of one run: a temporary table of the caller, filled
 *	  past the executor.
 *
 * Its columns are c1 ... cN in the order of the moves and seq, the order of
 * arrival.  It has no constraint, index or trigger, so decoded rows go straight
 * into the heap in groups; what the target demands is checked when they are
 * applied.  It is dropped after that, at the latest with the transaction.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "nodes/makefuncs.h"
#include "utils/memutils.h"

#include "pipeline/gw_movement.h"
#include "schema/gw_value.h"

/* Rows are written in groups of so many rows or bytes, whichever is first. */
#define STAGE_GROUP 1000
#define STAGE_GROUP_BYTES (4 * 1024 * 1024)

typedef struct Stage
{
	Relation rel;
	BulkInsertState bistate;
	CommandId cid;
	MemoryContext values; /* of the rows not yet written */
	GwDecoder **decoders;
	AttrNumber *attnos;
	int nmoves;
	int64 seq;
	TupleTableSlot *slots[STAGE_GROUP];
	int nused;
} Stage;

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

static Stage *
stage_create(GwSync *sync, const GwBatch *first)
{
	Stage *stage = palloc0(sizeof(Stage));
	char *name = psprintf("gw_stage_%s", sync->task_id);

	stage->rel = table_open(stage_define(sync, name), RowExclusiveLock);
	stage->bistate = GetBulkInsertState();
	stage->cid = GetCurrentCommandId(true);
	stage->values =
		AllocSetContextCreate(CurrentMemoryContext, "gw staged rows", ALLOCSET_DEFAULT_SIZES);
	stage->nmoves = sync->nmoves;
	stage->decoders = palloc(sizeof(GwDecoder *) * sync->nmoves);
	stage->attnos = palloc(sizeof(AttrNumber) * sync->nmoves);
	for (int i = 0; i < sync->nmoves; i++)
	{
		const GwMove *move = &sync->moves[i];

		stage->decoders[i] = gw_decoder_create(&first->columns[i], move->type, move->typmod,
											   move->column->name);
		stage->attnos[i] = (AttrNumber) (i + 1);
	}
	sync->stage = MemoryContextStrdup(sync->cxt, psprintf("pg_temp.%s", name));
	return stage;
}

static void
stage_flush(Stage *stage)
{
	if (stage->nused == 0)
		return;
	table_multi_insert(stage->rel, stage->slots, stage->nused, stage->cid,
					   TABLE_INSERT_SKIP_FSM, stage->bistate);
	for (int i = 0; i < stage->nused; i++)
		ExecClearTuple(stage->slots[i]);
	stage->nused = 0;
	MemoryContextReset(stage->values);
}

/* Decode one batch into the table. */
static void
stage_batch(Stage *stage, const GwBatch *batch)
{
	for (int r = 0; r < batch->nrows; r++)
	{
		MemoryContext old = MemoryContextSwitchTo(stage->values);
		TupleTableSlot *slot = stage->slots[stage->nused];

		if (slot == NULL)
		{
			MemoryContextSwitchTo(old);
			slot = stage->slots[stage->nused] = table_slot_create(stage->rel, NULL);
			MemoryContextSwitchTo(stage->values);
		}
		gw_decode_row(stage->decoders, stage->attnos, stage->nmoves,
					  &batch->cells[(Size) r * batch->ncolumns], slot->tts_values,
					  slot->tts_isnull);
		slot->tts_values[stage->nmoves] = Int64GetDatum(++stage->seq);
		slot->tts_isnull[stage->nmoves] = false;
		MemoryContextSwitchTo(old);
		ExecStoreVirtualTuple(slot);
		if (++stage->nused == STAGE_GROUP ||
			MemoryContextMemAllocated(stage->values, false) > STAGE_GROUP_BYTES)
			stage_flush(stage);
	}
}

static void
stage_finish(Stage *stage)
{
	stage_flush(stage);
	table_finish_bulk_insert(stage->rel, TABLE_INSERT_SKIP_FSM);
	FreeBulkInsertState(stage->bistate);
	for (int i = 0; i < STAGE_GROUP && stage->slots[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(stage->slots[i]);
	table_close(stage->rel, NoLock);
	CommandCounterIncrement();
}

/*
 * Make the staging table, which happens only when a row has arrived: a run
 * that finds nothing leaves no trace in the catalogs.  Read to the end.
 */
void
gw_stage_rows(GwSync *sync, GwExtract *extract, const GwBatch *first)
{
	Stage *stage = stage_create(sync, first);

	for (const GwBatch *batch = first; batch != NULL; batch = gw_extract_next(extract))
		stage_batch(stage, batch);
	stage_finish(stage);
}
