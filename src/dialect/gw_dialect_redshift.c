/*
 * gw_dialect_redshift.c
 *	  Amazon Redshift: constants in which a backslash escapes, names of up to 127 bytes.
 *
 * Holds no rules of pushdown.  Constants only, so nothing here owns or keeps
 * anything.
 */
#include "postgres.h"

#include "dialect/gw_dialect.h"

static void
redshift_string(const GwDialect *d, GwSqlBuf *buf, const char *value)
{
	gw_dialect_string_escaped(buf, value, false);
}

const GwDialect gw_dialect_redshift = {
	.name = "redshift",
	.parent = &gw_dialect_ansi,
	.ident_max = 127,
	.flags = GW_DIALECT_BOOL_VALUES | GW_DIALECT_NULLS_CLAUSE | GW_DIALECT_NULLS_LARGE |
			 GW_DIALECT_TRANSACTIONAL_DDL,
	.string = redshift_string,
};
