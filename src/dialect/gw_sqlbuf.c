/*
 * gw_sqlbuf.c
 *	  Appending to a remote statement.
 *
 * Quotes nothing: names and values reach a buffer through a dialect's writers
 * (gw_dialect.c) only.  The text lives in the context that was current at
 * gw_sqlbuf_init().
 */
#include "postgres.h"

#include "dialect/gw_sqlbuf.h"

void
gw_sqlbuf_init(GwSqlBuf *buf)
{
	initStringInfo(&buf->text);
}

void
gw_sql(GwSqlBuf *buf, const char *keyword_text)
{
	appendStringInfoString(&buf->text, keyword_text);
}

void
gw_sql_int(GwSqlBuf *buf, int64 value)
{
	appendStringInfo(&buf->text, INT64_FORMAT, value);
}

void
gw_sql_rendered(GwSqlBuf *buf, const char *rendered)
{
	appendStringInfoString(&buf->text, rendered);
}

void
gw_sql_separator(GwSqlBuf *buf, bool *first, const char *sep)
{
	if (!*first)
		appendStringInfoString(&buf->text, sep);
	*first = false;
}
