/*
 * gw_dialect_databricks.c
 *	  Databricks SQL: names in backticks and constants with backslash escapes.
 *
 * Holds no rules of pushdown.  Constants only, so nothing here owns or keeps
 * anything.
 */
#include "postgres.h"

#include "dialect/gw_dialect.h"

/* Two quotes would be two adjacent constants: a quote is written as \'. */
static void
databricks_string(const GwDialect *d, GwSqlBuf *buf, const char *value)
{
	gw_dialect_string_escaped(buf, value, true);
}

const GwDialect gw_dialect_databricks = {
	.name = "databricks",
	.parent = &gw_dialect_ansi,
	.ident_open = '`',
	.ident_close = '`',
	.ident_max = 255,
	.flags = GW_DIALECT_IDENT_CHARS | GW_DIALECT_BOOL_VALUES | GW_DIALECT_NULLS_CLAUSE,
	.string = databricks_string,
};
