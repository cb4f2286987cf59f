/*
 * gw_dialect_sqlserver.c
 *	  T-SQL: names in brackets, national constants, parameters as in ODBC.
 *
 * Holds no rules of pushdown.  Constants only, so nothing here owns or keeps
 * anything.
 */
#include "postgres.h"

#include "dialect/gw_dialect.h"

/* A backslash before a line end continues the line: the constant is split there. */
static void
sqlserver_string(const GwDialect *d, GwSqlBuf *buf, const char *value)
{
	appendStringInfoString(&buf->text, "N'");
	for (const char *p = value; *p != '\0'; p++)
	{
		if (*p == '\'')
			appendStringInfoChar(&buf->text, '\'');
		if (p > value && p[-1] == '\\' && (*p == '\n' || *p == '\r'))
			appendStringInfoString(&buf->text, "' + N'");
		appendStringInfoChar(&buf->text, *p);
	}
	appendStringInfoChar(&buf->text, '\'');
}

const GwDialect gw_dialect_sqlserver = {
	.name = "sqlserver",
	.parent = &gw_dialect_ansi,
	.ident_open = '[',
	.ident_close = ']',
	.ident_max = 128,
	.flags = GW_DIALECT_IDENT_CHARS | GW_DIALECT_TRANSACTIONAL_DDL,
	.string = sqlserver_string,
};
