/*
 * gw_buf.h
 *	  A byte buffer that never throws: for callbacks of foreign libraries.
 *
 * Its memory is malloc'd, so that a callback, or a helper thread, may fill it;
 * whoever has one frees it, usually through a guard.  What does not fit below
 * the limit, or in memory, makes it `failed`, and it keeps what it had.
 */
#ifndef GW_BUF_H
#define GW_BUF_H

#include "postgres.h"

typedef struct GwBuf
{
	char *data; /* NUL-terminated behind len once anything was appended */
	size_t len;
	size_t cap;
	size_t max;	 /* more bytes are refused */
	bool failed; /* something was refused */
} GwBuf;

/* An empty buffer that takes at most max bytes; owns nothing yet. */
extern void gw_buf_init(GwBuf *buf, size_t max);

/* Append; false, and buf->failed, when it would be too much or memory is short. */
extern bool gw_buf_append(GwBuf *buf, const char *data, size_t len);

/* Room for len bytes in all, so that appending up to there allocates nothing. */
extern bool gw_buf_reserve(GwBuf *buf, size_t len);

/* Empty it, keeping its memory; and give the memory back. */
extern void gw_buf_reset(GwBuf *buf);
extern void gw_buf_free(GwBuf *buf);

#endif /* GW_BUF_H */
