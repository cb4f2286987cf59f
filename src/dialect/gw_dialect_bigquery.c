/*
 * gw_dialect_bigquery.c
 *	  BigQuery's GoogleSQL: names in backticks and constants, both with backslash escapes.
 *
 * Holds no rules of pushdown.  Constants only, so nothing here owns or keeps
 * anything.
 */
#include "postgres.h"

#include "dialect/gw_dialect.h"

/* docs/reference/standard-sql/lexical: quoted identifiers have the escapes of strings. */
static void
bigquery_identifier(const GwDialect *d, GwSqlBuf *buf, const char *name)
{
	gw_dialect_check_name(d, name);
	appendStringInfoChar(&buf->text, '`');
	for (const char *p = name; *p != '\0'; p++)
	{
		if (*p == '`' || *p == '\\')
			appendStringInfoChar(&buf->text, '\\');
		appendStringInfoChar(&buf->text, *p);
	}
	appendStringInfoChar(&buf->text, '`');
}

static void
bigquery_string(const GwDialect *d, GwSqlBuf *buf, const char *value)
{
	gw_dialect_string_escaped(buf, value, true);
}

const GwDialect gw_dialect_bigquery = {
	.name = "bigquery",
	.parent = &gw_dialect_ansi,
	.ident_open = '`',
	.ident_close = '`',
	.ident_max = 1024,
	.flags = GW_DIALECT_IDENT_CHARS | GW_DIALECT_BOOL_VALUES | GW_DIALECT_NULLS_CLAUSE,
	.identifier = bigquery_identifier,
	.string = bigquery_string,
};
