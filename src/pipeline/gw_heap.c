/*
 * gw_heap.c
 *	  Rows into a table that demands nothing of them: decoded, and written in
 *	  groups past the executor.
 *
 * For tables without index, trigger, CHECK, default or partition: a staging
 * table, a new heap, a plain target.  Of what a table demands only types and
 * NOT NULL are looked at.  A writer lives in the context it was
 * made in.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "commands/progress.h"
#include "executor/tuptable.h"
#include "pgstat.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "pipeline/gw_heap.h"
#include "schema/gw_value.h"

/* Rows are written in groups of so many rows or bytes, whichever is first. */
#define HEAP_GROUP 1000
#define HEAP_GROUP_BYTES (4 * 1024 * 1024)

struct GwHeap
{
	Relation rel;
	BulkInsertState bistate;
	CommandId cid;
	int options; /* TABLE_INSERT_... */
	MemoryContext values; /* of the rows not yet written */
	GwDecoder **decoders;
	AttrNumber *attnos;
	int ncolumns;
	AttrNumber serial; /* of the column that counts the rows, or 0 */
	bool *not_null;	   /* by cell; NULL: none is */
	int64 rows;
	TupleTableSlot *slots[HEAP_GROUP];
	int nused;
};

/* To whoever watches, this is a COPY from a callback. */
static void
heap_show(const GwHeap *heap)
{
	pgstat_progress_start_command(PROGRESS_COMMAND_COPY, RelationGetRelid(heap->rel));
	pgstat_progress_update_param(PROGRESS_COPY_COMMAND, PROGRESS_COPY_COMMAND_FROM);
	pgstat_progress_update_param(PROGRESS_COPY_TYPE, PROGRESS_COPY_TYPE_CALLBACK);
}

GwHeap *
gw_heap_begin(Relation rel, const GwBatch *first, const AttrNumber *attnos, AttrNumber serial,
			  bool fresh)
{
	GwHeap *heap = palloc0(sizeof(GwHeap));
	TupleDesc desc = RelationGetDescr(rel);

	heap->rel = rel;
	heap->bistate = GetBulkInsertState();
	heap->cid = GetCurrentCommandId(true);
	heap->options = fresh ? TABLE_INSERT_SKIP_FSM : 0;
	heap->values =
		AllocSetContextCreate(CurrentMemoryContext, "gw rows to write", ALLOCSET_DEFAULT_SIZES);
	heap->ncolumns = first->ncolumns;
	heap->serial = serial;
	heap->decoders = palloc(sizeof(GwDecoder *) * heap->ncolumns);
	heap->attnos = palloc(sizeof(AttrNumber) * heap->ncolumns);
	for (int i = 0; i < heap->ncolumns; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, attnos[i] - 1);

		heap->attnos[i] = attnos[i];
		heap->decoders[i] = gw_decoder_create(&first->columns[i], att->atttypid, att->atttypmod,
											  NameStr(att->attname));
		if (!att->attnotnull)
			continue;
		if (heap->not_null == NULL)
			heap->not_null = palloc0(sizeof(bool) * heap->ncolumns);
		heap->not_null[i] = true;
	}
	heap_show(heap);
	return heap;
}

static void
heap_flush(GwHeap *heap)
{
	if (heap->nused == 0)
		return;
	table_multi_insert(heap->rel, heap->slots, heap->nused, heap->cid, heap->options,
					   heap->bistate);
	for (int i = 0; i < heap->nused; i++)
		ExecClearTuple(heap->slots[i]);
	heap->nused = 0;
	MemoryContextReset(heap->values);
	pgstat_progress_update_param(PROGRESS_COPY_TUPLES_PROCESSED, heap->rows);
}

/* The slot of the next row; columns that nothing is written to are NULL. */
static TupleTableSlot *
heap_slot(GwHeap *heap)
{
	TupleTableSlot *slot = heap->slots[heap->nused];

	if (slot == NULL)
	{
		slot = heap->slots[heap->nused] = table_slot_create(heap->rel, NULL);
		memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
	}
	return slot;
}

static void
heap_check_null(const GwHeap *heap, const GwCell *cells)
{
	for (int i = 0; i < heap->ncolumns; i++)
	{
		if (heap->not_null[i] && cells[i].len < 0)
			ereport(ERROR,
					(errcode(ERRCODE_NOT_NULL_VIOLATION),
					 errmsg("null value in column \"%s\" violates not-null constraint",
							NameStr(TupleDescAttr(RelationGetDescr(heap->rel),
												  heap->attnos[i] - 1)
										->attname)),
					 errdetail("It came from the source.")));
	}
}

void
gw_heap_write(GwHeap *heap, const GwBatch *batch)
{
	for (int r = 0; r < batch->nrows; r++)
	{
		const GwCell *cells = &batch->cells[(Size) r * batch->ncolumns];
		TupleTableSlot *slot = heap_slot(heap);
		MemoryContext old = MemoryContextSwitchTo(heap->values);

		if (heap->not_null != NULL)
			heap_check_null(heap, cells);
		gw_decode_row(heap->decoders, heap->attnos, heap->ncolumns, cells, slot->tts_values,
					  slot->tts_isnull);
		heap->rows++;
		if (heap->serial > 0)
		{
			slot->tts_values[heap->serial - 1] = Int64GetDatum(heap->rows);
			slot->tts_isnull[heap->serial - 1] = false;
		}
		MemoryContextSwitchTo(old);
		ExecStoreVirtualTuple(slot);
		if (++heap->nused == HEAP_GROUP ||
			MemoryContextMemAllocated(heap->values, false) > HEAP_GROUP_BYTES)
			heap_flush(heap);
	}
}

int64
gw_heap_end(GwHeap *heap)
{
	int64 rows = heap->rows;

	heap_flush(heap);
	table_finish_bulk_insert(heap->rel, heap->options);
	FreeBulkInsertState(heap->bistate);
	for (int i = 0; i < HEAP_GROUP && heap->slots[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(heap->slots[i]);
	MemoryContextDelete(heap->values);
	pfree(heap);
	pgstat_progress_end_command();
	CommandCounterIncrement();
	return rows;
}
