/*
 * gw_dialect_redshift.c
 *	  Amazon Redshift: constants in which a backslash escapes, names of up to
 *	  127 bytes, numbered parameters, what its statements may be made of.
 *
 * What built-ins mean there stands in gw_dialect_redshift_rules.c.  It has
 * PostgreSQL's letters and little of its meaning, so its parent is ansi.
 * Constants only, so nothing here owns or keeps anything.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dialect/gw_dialect_redshift.h"
#include "mb/pg_wchar.h"

static void
redshift_string(const GwDialect *d, GwSqlBuf *buf, const char *value)
{
	gw_dialect_string_escaped(buf, value, false);
}

/* Names in casts.  A text there has a length, which a cast would cut at. */
static bool
redshift_type_name(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod)
{
	static const struct
	{
		Oid type;
		const char *name;
	} names[] = {
		{INT2OID, "SMALLINT"},
		{INT4OID, "INTEGER"},
		{INT8OID, "BIGINT"},
		{FLOAT4OID, "REAL"},
		{FLOAT8OID, "DOUBLE PRECISION"},
		{BOOLOID, "BOOLEAN"},
		{DATEOID, "DATE"},
		{TIMESTAMPOID, "TIMESTAMP"},
		{TIMESTAMPTZOID, "TIMESTAMPTZ"},
		{TEXTOID, "VARCHAR(65535)"},
		{VARCHAROID, "VARCHAR(65535)"},
	};

	for (int i = 0; i < lengthof(names); i++)
		if (names[i].type == type)
		{
			gw_sql(buf, names[i].name);
			return true;
		}
	return false;
}

static void
redshift_cast(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod)
{
	gw_sql(buf, "::");
	if (!gw_dialect_type_name(d, buf, type, typmod))
		elog(ERROR, "type %u has no name in a remote statement", type);
}

static void
redshift_literal(const GwDialect *d, GwSqlBuf *buf, const char *text, Oid type, int32 typmod)
{
	if (text == NULL)
		gw_sql(buf, "NULL");
	else if (type == INT4OID && text[0] != '-')
	{
		gw_sql_rendered(buf, text);
		return;
	}
	else if (type == BOOLOID)
	{
		gw_sql(buf, text[0] == 't' ? "TRUE" : "FALSE");
		return;
	}
	else if (type == NUMERICOID)
	{
		/* Precision and scale are the constant's own. */
		gw_sql(buf, "(");
		gw_sql_rendered(buf, text);
		gw_sql(buf, ")");
		return;
	}
	else
		gw_dialect_string(d, buf, text);
	if (type != NUMERICOID)
		redshift_cast(d, buf, type, typmod);
}

static void
redshift_param(const GwDialect *d, GwSqlBuf *buf, int n, Oid type, int32 typmod)
{
	gw_sql(buf, "$");
	gw_sql_int(buf, n);
	if (OidIsValid(type) && type != NUMERICOID)
		redshift_cast(d, buf, type, typmod);
}

/* COLLATE CASE_INSENSITIVE is no order of bytes, whatever stands after a text. */
static bool
redshift_collation_facts(const GwDialect *d, const GwColumn *column, GwCollationFacts *facts)
{
	if (column->collation == NULL)
		return false;
	memset(facts, 0, sizeof(*facts));
	facts->encoding = PG_UTF8;
	facts->deterministic = pg_strcasecmp(column->collation, "case_sensitive") == 0;
	return true;
}

const GwDialect gw_dialect_redshift = {
	.name = "redshift",
	.parent = &gw_dialect_ansi,
	.ident_max = 127,
	.flags = GW_DIALECT_BOOL_VALUES | GW_DIALECT_NULLS_CLAUSE | GW_DIALECT_NULLS_LARGE |
			 GW_DIALECT_TRANSACTIONAL_DDL | GW_DIALECT_KEEPS_ROWS,
	.can = GW_CAN_FULL_JOIN | GW_CAN_EXISTS | GW_CAN_SUBSELECT | GW_CAN_CTE | GW_CAN_UNION |
		   GW_CAN_INTERSECT | GW_CAN_WINDOWS,
	.params_max = 32767,
	.rules = gw_dialect_redshift_rules,
	.string = redshift_string,
	.literal = redshift_literal,
	.param = redshift_param,
	.type_name = redshift_type_name,
	.limit = gw_dialect_limit_offset,
	.collation_facts = redshift_collation_facts,
};
