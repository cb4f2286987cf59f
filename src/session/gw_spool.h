/*
 * gw_spool.h
 *	  Rows put aside on disk, because their connection is needed for
 *	  something else before they have been read.
 */
#ifndef GW_SPOOL_H
#define GW_SPOOL_H

#include "base/gw_batch.h"
#include "utils/resowner.h"

typedef struct GwSpool GwSpool;

/* An empty spool in cxt; its temporary file belongs to owner. */
extern GwSpool *gw_spool_create(MemoryContext cxt, ResourceOwner owner);

/* Append the rows of a batch (text or binary cells) from row `first` on. */
extern void gw_spool_put(GwSpool *spool, const GwBatch *batch, int first);

/* Read from the start. */
extern void gw_spool_rewind(GwSpool *spool);

/*
 * Up to max_rows rows into batch, whose columns the caller has set; cells
 * live until the next call.  Number of rows; 0 at the end.
 */
extern int gw_spool_get(GwSpool *spool, int max_rows, GwBatch *batch);

/*
 * Remove the file and free the spool.  Not in an abort, where the resource
 * owner closes the file and the memory goes with its context.
 */
extern void gw_spool_close(GwSpool *spool);

#endif /* GW_SPOOL_H */
