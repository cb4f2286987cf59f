/*
 * gw_heap.h
 *	  Writing rows into a table that nobody else sees yet.
 */
#ifndef GW_HEAP_H
#define GW_HEAP_H

#include "base/gw_batch.h"
#include "access/attnum.h"
#include "utils/relcache.h"

typedef struct GwHeap GwHeap;

/*
 * Begin to write to a table that is open and locked.  Cell i of each row goes
 * to attribute attnos[i], decoded into its type; serial, if not 0, is a bigint
 * attribute that counts the rows.  fresh: nobody else sees the table, so room in
 * its older pages is not looked for.  In CurrentMemoryContext.
 */
extern GwHeap *gw_heap_begin(Relation rel, const GwBatch *first, const AttrNumber *attnos,
							 AttrNumber serial, bool fresh);

/* Write a batch: raises what its values raise, and 23502. */
extern void gw_heap_write(GwHeap *heap, const GwBatch *batch);

/* End it; the number of rows, which the next command sees. */
extern int64 gw_heap_end(GwHeap *heap);

#endif /* GW_HEAP_H */
