/*
 * gw_gather.h
 *	  Rows gathered into a batch, copied out of a client library's buffers.
 *
 * For transports whose library gives a row at a time.  What a batch holds is
 * overwritten by the next one, so that memory stays flat, unless the reader
 * asked for it to stay (GwRun.keep).
 */
#ifndef GW_GATHER_H
#define GW_GATHER_H

#include "base/gw_batch.h"
#include "utils/palloc.h"

/* Values are gathered in pieces of memory of this size. */
#define GW_GATHER_ROOM_BYTES (64 * 1024)

/* A batch is full when it holds this much, however few its rows. */
#define GW_GATHER_BATCH_BYTES (1024 * 1024)

typedef struct GwGather
{
	GwBatch batch;
	int64 bytes;		 /* in the batch */
	int max_rows;		 /* that the cells have room for */
	MemoryContext cxt;	 /* the owner's; everything below lives in it */
	MemoryContext rows;	 /* values that did not fit home, reset per batch */
	char *home;			 /* the first values of each batch; kept */
	char *room;			 /* where the next go, and how much is left there */
	Size room_left;
} GwGather;

/* Begin, in cxt; columns and their number are set in batch by the caller. */
extern void gw_gather_init(GwGather *gather, MemoryContext cxt);

/* Forget the rows; with keep their memory is left to whoever still reads it. */
extern void gw_gather_reset(GwGather *gather, bool keep);

/* The cells of one more row, to be filled in. */
extern GwCell *gw_gather_row(GwGather *gather);

/* The slow path of gw_gather_room(). */
extern char *gw_gather_more(GwGather *gather, Size size);

/* Memory for size bytes of the row, which live as long as the batch. */
static inline char *
gw_gather_room(GwGather *gather, Size size)
{
	char *room = gather->room;

	if (unlikely(size > gather->room_left))
		return gw_gather_more(gather, size);
	gather->room += size;
	gather->room_left -= size;
	gather->bytes += size;
	return room;
}

#endif /* GW_GATHER_H */
