/*
 * gw_fdw_returning.c
 *	  The rows that RETURNING brings back, as tuples of the foreign table.
 *
 * Lives in the context it was made in.
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "fdw/gw_modify.h"
#include "schema/gw_value.h"

struct GwReturning
{
	Relation rel;
	MemoryContext cxt;
	int ncolumns;
	AttrNumber *attnos;
	GwDecoder **decoders; /* made for the first row */
};

GwReturning *
gw_returning_create(Relation rel, List *retrieved)
{
	GwReturning *returning = palloc0(sizeof(GwReturning));
	int n = 0;
	ListCell *lc;

	returning->rel = rel;
	returning->cxt = CurrentMemoryContext;
	returning->ncolumns = list_length(retrieved);
	returning->attnos = palloc(Max(returning->ncolumns, 1) * sizeof(AttrNumber));
	foreach(lc, retrieved)
		returning->attnos[n++] = (AttrNumber) lfirst_int(lc);
	return returning;
}

static void
returning_prepare(GwReturning *returning, GwStream *stream)
{
	TupleDesc desc = RelationGetDescr(returning->rel);
	MemoryContext old = MemoryContextSwitchTo(returning->cxt);
	int ncolumns;
	const GwColumnInfo *columns = gw_stream_columns(stream, &ncolumns);

	if (ncolumns != Max(returning->ncolumns, 1))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("%d columns came back for foreign table \"%s\" instead of %d",
							   ncolumns, RelationGetRelationName(returning->rel),
							   returning->ncolumns)));
	returning->decoders = palloc(Max(ncolumns, 1) * sizeof(GwDecoder *));
	for (int i = 0; i < returning->ncolumns; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, returning->attnos[i] - 1);

		returning->decoders[i] = gw_decoder_create(&columns[i], attr->atttypid, attr->atttypmod,
												   NameStr(attr->attname));
	}
	MemoryContextSwitchTo(old);
}

void
gw_returning_store(GwReturning *returning, GwStream *stream, const GwBatch *batch, int row,
				   TupleTableSlot *slot)
{
	if (returning->decoders == NULL)
		returning_prepare(returning, stream);
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
	gw_decode_row(returning->decoders, returning->attnos, returning->ncolumns,
				  &batch->cells[(Size) row * batch->ncolumns], slot->tts_values,
				  slot->tts_isnull);
	ExecStoreVirtualTuple(slot);
}
