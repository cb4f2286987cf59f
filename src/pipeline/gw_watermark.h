/*
 * gw_watermark.h
 *	  Looking up a stream, and setting or resetting how far it has come.
 */
#ifndef GW_WATERMARK_H
#define GW_WATERMARK_H

#include "postgres.h"

/*
 * The stream's id as text, in CurrentMemoryContext: by its name when source
 * is NULL, else by server, source and target (both may leave out the schema).
 * 42704 when there is none or the caller may not see it; 42P09 when the names
 * fit more than one.
 */
extern char *gw_watermark_find(const char *server_or_name, const char *source,
							   const char *target);

/*
 * What gw.get_watermark() returns, as JSON text in CurrentMemoryContext; NULL
 * when there is no such stream or the caller may not see it.
 */
extern char *gw_watermark_get(const char *server_or_name, const char *source,
							  const char *target);

/*
 * Set the value by hand; reason is kept in the history.  With expected the
 * present value must equal it (55000).  A value that is not of the cursor's
 * type is refused where the type is known here.
 */
extern void gw_watermark_set(const char *stream_id, const char *value, const char *id,
							 const char *expected, const char *reason);

/* Forget the value: the next run reads from the beginning. */
extern void gw_watermark_reset(const char *stream_id, const char *reason);

#endif /* GW_WATERMARK_H */
