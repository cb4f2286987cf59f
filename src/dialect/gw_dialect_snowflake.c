/*
 * gw_dialect_snowflake.c
 *	  Snowflake: constants in which a backslash escapes, names of up to 255 characters.
 *
 * Holds no rules of pushdown.  Constants only, so nothing here owns or keeps
 * anything.
 */
#include "postgres.h"

#include "dialect/gw_dialect.h"

static void
snowflake_string(const GwDialect *d, GwSqlBuf *buf, const char *value)
{
	gw_dialect_string_escaped(buf, value, false);
}

const GwDialect gw_dialect_snowflake = {
	.name = "snowflake",
	.parent = &gw_dialect_ansi,
	.ident_max = 255,
	.flags = GW_DIALECT_IDENT_CHARS | GW_DIALECT_BOOL_VALUES | GW_DIALECT_NULLS_CLAUSE |
			 GW_DIALECT_NULLS_LARGE,
	.string = snowflake_string,
};
