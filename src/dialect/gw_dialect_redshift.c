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
#include "utils/formatting.h"

static void
redshift_string(const GwDialect *d, GwSqlBuf *buf, const char *value)
{
	gw_dialect_string_escaped(buf, value, false);
}

/* Names in casts.  A text there has a length, which a cast would cut at. */
static bool
redshift_type_name(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod)
{
	static const GwTypeName names[] = {
		{INT2OID, "SMALLINT"},
		{INT4OID, "INTEGER"},
		{INT8OID, "BIGINT"},
		{FLOAT4OID, "REAL"},
		{FLOAT8OID, "DOUBLE PRECISION"},
		{BOOLOID, "BOOLEAN"},
		{DATEOID, "DATE"},
		{TIMEOID, "TIME"},
		{TIMETZOID, "TIMETZ"},
		{TIMESTAMPOID, "TIMESTAMP"},
		{TIMESTAMPTZOID, "TIMESTAMPTZ"},
		{TEXTOID, "VARCHAR(65535)"},
		{VARCHAROID, "VARCHAR(65535)"},
		{UUIDOID, "CHAR(36)"},
		{BYTEAOID, "VARBYTE(65535)"},
	};

	return gw_dialect_type_listed(buf, names, lengthof(names), type);
}

/*
 * Text stays without a cast: it would cut what is longer than its length, and
 * VARCHAR without one has 256.  A number's digits would be rounded.
 */
static void
redshift_cast(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod)
{
	if (type == NUMERICOID || type == TEXTOID || type == VARCHAROID || type == BPCHAROID)
		return;
	gw_sql(buf, "::");
	if (!gw_dialect_type_name(d, buf, type, typmod))
		elog(ERROR, "type %u has no name in a remote statement", type);
}

/*
 * A constant means the same whether or not the session takes a backslash for an
 * escape: backslashes come from CHR().
 */
static void
redshift_text(const GwDialect *d, GwSqlBuf *buf, const char *text)
{
	const char *at = text;
	const char *slash = strchr(at, '\\');

	if (slash != NULL)
		gw_sql(buf, "(");
	for (; slash != NULL; slash = strchr(at, '\\'))
	{
		gw_dialect_string(d, buf, pnstrdup(at, slash - at));
		gw_sql(buf, " || CHR(92) || ");
		at = slash + 1;
	}
	gw_dialect_string(d, buf, at);
	if (at != text)
		gw_sql(buf, ")");
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
	}
	else if (type == BYTEAOID)
	{
		/* "\x6162" here */
		gw_sql(buf, "FROM_HEX(");
		gw_dialect_string(d, buf, text + 2);
		gw_sql(buf, ")");
		return;
	}
	else if (type == JSONOID || type == JSONBOID)
	{
		gw_sql(buf, "JSON_PARSE(");
		redshift_text(d, buf, text);
		gw_sql(buf, ")");
		return;
	}
	else
		redshift_text(d, buf, text);
	redshift_cast(d, buf, type, typmod);
}

/* A parameter is the text of its value: "\x6162" for bytes. */
static void
redshift_param(const GwDialect *d, GwSqlBuf *buf, int n, Oid type, int32 typmod)
{
	if (type == BYTEAOID)
		gw_sql(buf, "FROM_HEX(SUBSTRING(");
	gw_sql(buf, "$");
	gw_sql_int(buf, n);
	if (type == BYTEAOID)
		gw_sql(buf, ", 3))");
	else if (OidIsValid(type))
		redshift_cast(d, buf, type, typmod);
}

/* COLLATE CASE_INSENSITIVE is no order of bytes, whatever stands after a text. */
static bool
redshift_collation_facts(const GwDialect *d, const GwColumn *column, GwCollationFacts *facts)
{
	if (column->collation == NULL)
		return false;
	memset(facts, 0, sizeof(*facts));
	facts->locale = column->collation;
	facts->encoding = PG_UTF8;
	facts->deterministic = pg_strcasecmp(column->collation, "case_sensitive") == 0;
	return true;
}

/* DECIMAL without a scale has none, and which one a value needs is not known before. */
static bool
redshift_takes_param(const GwDialect *d, Oid type, int32 typmod)
{
	return type != NUMERICOID;
}

/*
 * A text that is put into SUPER becomes a JSON string, and one that is put into
 * VARBYTE its own bytes; here they are documents and "\x6162".
 */
static void
redshift_assign(const GwDialect *d, GwSqlBuf *buf, int n, Oid type)
{
	if (type == JSONOID || type == JSONBOID)
		gw_sql(buf, "JSON_PARSE($");
	else if (type == BYTEAOID)
	{
		redshift_param(d, buf, n, type, -1);
		return;
	}
	else
		gw_sql(buf, "$");
	gw_sql_int(buf, n);
	if (type == JSONOID || type == JSONBOID)
		gw_sql(buf, ")");
}

/* Every level is taken and means the database's own: serializable or snapshot. */
static void
redshift_begin(const GwDialect *d, GwSqlBuf *buf, const char *isolation, bool read_only)
{
	gw_sql(buf, "START TRANSACTION ISOLATION LEVEL ");
	gw_sql_rendered(buf, asc_toupper(isolation, strlen(isolation)));
	if (read_only)
		gw_sql(buf, " READ ONLY");
}

/*
 * extra_float_digits ends at 2 there, which is one digit short of what tells
 * every REAL from its neighbour; as DOUBLE PRECISION it has them all.
 */
static void
redshift_fetch(const GwDialect *d, GwSqlBuf *buf, const char *expr, Oid type,
			   const GwColumn *column)
{
	bool real = column != NULL ? column->type.id == GW_TYPE_FLOAT32 : type == FLOAT4OID;

	if (real)
		gw_sql(buf, "CAST(");
	gw_sql_rendered(buf, expr);
	if (real)
		gw_sql(buf, " AS DOUBLE PRECISION)");
}

const GwDialect gw_dialect_redshift = {
	.name = "redshift",
	.parent = &gw_dialect_ansi,
	.ident_max = 127,
	.flags = GW_DIALECT_BOOL_VALUES | GW_DIALECT_NULLS_LARGE | GW_DIALECT_TRANSACTIONAL_DDL |
			 GW_DIALECT_KEEPS_ROWS | GW_DIALECT_ARMS_PLAIN,
	/* No FULL JOIN: it takes equalities only, and what a comparison is written as may be more. */
	.can = GW_CAN_EXISTS | GW_CAN_SUBSELECT | GW_CAN_CTE | GW_CAN_UNION | GW_CAN_WINDOWS,
	.params_max = 32767,
	.rules = gw_dialect_redshift_rules,
	.string = redshift_string,
	.literal = redshift_literal,
	.param = redshift_param,
	.takes_param = redshift_takes_param,
	.assign = redshift_assign,
	.type_name = redshift_type_name,
	.limit = gw_dialect_limit_offset,
	.begin = redshift_begin,
	.fetch = redshift_fetch,
	.collation_facts = redshift_collation_facts,
};
