/*
 * gw_sqlbuf.h
 *	  Building remote SQL: keywords are appended as they are, everything that
 *	  comes from data goes through a dialect's writers.
 */
#ifndef GW_SQLBUF_H
#define GW_SQLBUF_H

#include "lib/stringinfo.h"

/* A buffer for one statement, in the context current at gw_sqlbuf_init(). */
typedef struct GwSqlBuf
{
	StringInfoData text;
} GwSqlBuf;

extern void gw_sqlbuf_init(GwSqlBuf *buf);

/* Append SQL text that is a constant of our own source code. */
extern void gw_sql(GwSqlBuf *buf, const char *keyword_text);
extern void gw_sql_int(GwSqlBuf *buf, int64 value);

/* Append text that one of the writers has rendered already. */
extern void gw_sql_rendered(GwSqlBuf *buf, const char *rendered);

/* sep unless this is the first of a list (*first is then cleared). */
extern void gw_sql_separator(GwSqlBuf *buf, bool *first, const char *sep);

static inline const char *
gw_sqlbuf_text(const GwSqlBuf *buf)
{
	return buf->text.data;
}

#endif /* GW_SQLBUF_H */
