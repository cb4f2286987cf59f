/*
 * gw_dialect_odbc.c
 *	  SQL for a source of which nothing is known but that it has an ODBC driver.
 *
 * What every product has: names in double quotes, whole numbers and their
 * order, joins, CASE.  The standard's other rules are taken back: some products
 * keep decimals as binary fractions and days as texts, have no typed constants,
 * or spell casts and LIMIT otherwise.  Constants only, so nothing here owns or
 * keeps anything.
 */
#include "postgres.h"

#include "dialect/gw_dialect.h"

#define LOCAL(name, kind, args) {name, kind, args, NULL, GW_LOCAL, GW_COLL_NONE, 0, 0}

#define LOCAL_COMPARISONS(args) \
	LOCAL("=", 'o', args), LOCAL("<>", 'o', args), LOCAL("<", 'o', args), \
		LOCAL("<=", 'o', args), LOCAL(">", 'o', args), LOCAL(">=", 'o', args)

#define LOCAL_ORDER(type) \
	LOCAL(type, 's', NULL), LOCAL(type, 'g', NULL), LOCAL("min", 'a', type), LOCAL("max", 'a', type)

static const GwFuncRule odbc_rules[] = {
	LOCAL_COMPARISONS("numeric,numeric"),
	LOCAL_COMPARISONS("date,date"),
	LOCAL_ORDER("numeric"),
	LOCAL_ORDER("date"),
	LOCAL("int4", 'c', "int2"),
	LOCAL("int8", 'c', "int2"),
	LOCAL("int8", 'c', "int4"),
	LOCAL("sum", 'a', "int2"),
	LOCAL("sum", 'a', "int4"),
	{NULL},
};

/* The place of NULL is not known, so it is always said. */
static void
odbc_sort_key(const GwDialect *d, GwSqlBuf *buf, const char *key, bool descending,
			  bool nulls_first)
{
	gw_sql(buf, "CASE WHEN ");
	gw_sql_rendered(buf, key);
	gw_sql(buf, nulls_first ? " IS NULL THEN 0 ELSE 1 END, " : " IS NULL THEN 1 ELSE 0 END, ");
	gw_sql_rendered(buf, key);
	gw_sql(buf, descending ? " DESC" : " ASC");
}

/* A transaction is begun by the driver manager: see gw_transport_odbc_run.c. */
static void
odbc_begin(const GwDialect *d, GwSqlBuf *buf, const char *isolation, bool read_only)
{
	gw_sql(buf, "{gw begin ");
	gw_sql_rendered(buf, isolation);
	gw_sql(buf, "}");
}

const GwDialect gw_dialect_odbc = {
	.name = "odbc",
	.parent = &gw_dialect_ansi,
	.ident_open = '"',
	.ident_close = '"',
	.ident_max = 128,
	.flags = GW_DIALECT_IDENT_CHARS | GW_DIALECT_POSITIONAL | GW_DIALECT_NO_LIMIT |
			 GW_DIALECT_PARAM_SETS,
	.can = GW_CAN_EXISTS,
	.params_max = 900,
	.takes_param = gw_dialect_plain_params,
	.rules = odbc_rules,
	.sort_key = odbc_sort_key,
	.begin = odbc_begin,
};
