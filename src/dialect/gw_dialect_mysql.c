/*
 * gw_dialect_mysql.c
 *	  MySQL and MariaDB: names in backticks, constants in which a backslash escapes.
 *
 * Holds no rules of pushdown.  Constants only, so nothing here owns or keeps
 * anything.
 */
#include "postgres.h"

#include "dialect/gw_dialect.h"

/* For a session without NO_BACKSLASH_ESCAPES, as ours are pinned. */
static void
mysql_string(const GwDialect *d, GwSqlBuf *buf, const char *value)
{
	gw_dialect_string_escaped(buf, value, false);
}

const GwDialect gw_dialect_mysql = {
	.name = "mysql",
	.parent = &gw_dialect_ansi,
	.ident_open = '`',
	.ident_close = '`',
	.ident_max = 64,
	.flags = GW_DIALECT_IDENT_CHARS | GW_DIALECT_BOOL_VALUES,
	.string = mysql_string,
};
