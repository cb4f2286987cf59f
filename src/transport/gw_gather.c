/*
 * gw_gather.c
 *	  Rows gathered into a batch, copied out of a client library's buffers.
 *
 * Reads no protocol and judges no value.  A batch lives until the next one is
 * begun, or with its owner's context when it was to be kept.
 */
#include "postgres.h"

#include "transport/gw_gather.h"
#include "utils/memutils.h"

#define GATHER_FIRST_ROWS 64

void
gw_gather_init(GwGather *gather, MemoryContext cxt)
{
	memset(gather, 0, sizeof(*gather));
	gather->cxt = cxt;
	gather->rows = AllocSetContextCreate(cxt, "gw gathered rows", ALLOCSET_DEFAULT_SIZES);
}

void
gw_gather_reset(GwGather *gather, bool keep)
{
	gather->batch.nrows = 0;
	gather->bytes = 0;
	if (keep)
	{
		gather->home = NULL;
		gather->batch.cells = NULL;
		gather->max_rows = 0;
		gather->rows =
			AllocSetContextCreate(gather->cxt, "gw gathered rows", ALLOCSET_DEFAULT_SIZES);
	}
	else
		MemoryContextReset(gather->rows);
	gather->room = gather->home;
	gather->room_left = gather->home != NULL ? GW_GATHER_ROOM_BYTES : 0;
}

GwCell *
gw_gather_row(GwGather *gather)
{
	GwBatch *batch = &gather->batch;

	if (batch->nrows == gather->max_rows)
	{
		int rows = gather->max_rows > 0 ? gather->max_rows * 2 : GATHER_FIRST_ROWS;
		Size size = (Size) rows * Max(batch->ncolumns, 1) * sizeof(GwCell);

		if (batch->cells == NULL)
			batch->cells = MemoryContextAllocHuge(gather->cxt, size);
		else
			batch->cells = repalloc_huge(batch->cells, size);
		gather->max_rows = rows;
	}
	gather->bytes += batch->ncolumns * sizeof(GwCell);
	return &batch->cells[(Size) batch->nrows++ * batch->ncolumns];
}

char *
gw_gather_more(GwGather *gather, Size size)
{
	gather->room_left = Max(size, GW_GATHER_ROOM_BYTES);
	if (gather->home == NULL && size <= GW_GATHER_ROOM_BYTES)
		gather->room = gather->home = MemoryContextAlloc(gather->cxt, GW_GATHER_ROOM_BYTES);
	else
		gather->room = MemoryContextAllocHuge(gather->rows, gather->room_left);
	return gw_gather_room(gather, size);
}
