/*
 * gw_sync.h
 *	  Moving one source table into one local table.
 */
#ifndef GW_SYNC_H
#define GW_SYNC_H

#include "postgres.h"

#include "utils/jsonb.h"

/* Advisory locks of this class, by stream_id: a run of the stream lives. */
#define GW_SYNC_LOCK_CLASS 0x6757

/* What the caller of gw.sync_table() asked for. */
typedef struct GwSyncRequest
{
	const char *server; /* a foreign server's name */
	const char *source; /* [schema.]table there */
	const char *target; /* [schema.]table here */
	const char *mode;	/* replace, append, merge */
	char **keys;		/* nkeys column names, merge only */
	int nkeys;
	const char *cursor_field;	 /* NULL: the whole source each time */
	const char *cursor_id_field; /* tie-breaker, or NULL */
	Jsonb *options;
	bool atomic; /* inside a transaction block or function: no commits of our own */
} GwSyncRequest;

/*
 * Run one sync to its end and return the result document in
 * CurrentMemoryContext.  Rows and watermark become durable together: in the
 * caller's transaction when atomic, else in one of our own, after the run has
 * been recorded in an earlier one.  Raises whatever went wrong; a failed run
 * outside a transaction block stays recorded in gw.run.
 */
extern Jsonb *gw_sync_table(const GwSyncRequest *request);

#endif /* GW_SYNC_H */
