/*
 * gw_dialect_bigquery.c
 *	  BigQuery's GoogleSQL: names in backticks and constants, both with backslash escapes;
 *	  named parameters, what its statements may be made of.
 *
 * What built-ins mean there stands in gw_dialect_bigquery_rules.c.  Constants
 * only, so nothing here owns or keeps anything.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dialect/gw_dialect_bigquery.h"
#include "mb/pg_wchar.h"

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

static bool
bigquery_type_name(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod)
{
	static const GwTypeName names[] = {
		{INT2OID, "INT64"},		  {INT4OID, "INT64"},	 {INT8OID, "INT64"},
		{FLOAT4OID, "FLOAT64"},	  {FLOAT8OID, "FLOAT64"}, {NUMERICOID, "BIGNUMERIC"},
		{BOOLOID, "BOOL"},		  {TEXTOID, "STRING"},	 {VARCHAROID, "STRING"},
		{BYTEAOID, "BYTES"},	  {DATEOID, "DATE"},	 {TIMEOID, "TIME"},
		{TIMESTAMPOID, "DATETIME"}, {TIMESTAMPTZOID, "TIMESTAMP"}, {JSONBOID, "JSON"},
		{JSONOID, "JSON"},		  {UUIDOID, "STRING"},
	};

	return gw_dialect_type_listed(buf, names, lengthof(names), type);
}

/* Digits before and behind the point. */
static void
numeric_digits(const char *text, int *whole, int *scale)
{
	const char *digits = text + (*text == '-' ? 1 : 0);
	const char *point = strchr(digits, '.');

	*whole = point ? (int) (point - digits) : (int) strlen(digits);
	*scale = point ? (int) strlen(point + 1) : 0;
}

static void
bigquery_literal(const GwDialect *d, GwSqlBuf *buf, const char *text, Oid type, int32 typmod)
{
	const char *word = NULL;
	int whole, scale;

	if (text == NULL)
	{
		/* A bare one is no operand of a comparison; a NUMERIC makes nothing wider. */
		if (type == NUMERICOID)
			gw_sql(buf, "CAST(NULL AS NUMERIC)");
		else
			gw_dialect_typed_null(d, buf, type, typmod);
		return;
	}
	switch (type)
	{
		case NUMERICOID:
			numeric_digits(text, &whole, &scale);
			word = whole <= 29 && scale <= 9 ? "NUMERIC " : "BIGNUMERIC ";
			break;
		case FLOAT4OID:
		case FLOAT8OID:
			/* Also NaN and infinities. */
			gw_sql(buf, "CAST(");
			gw_dialect_string(d, buf, text);
			gw_sql(buf, " AS FLOAT64)");
			return;
		case DATEOID:
			word = "DATE ";
			break;
		case TIMEOID:
			word = "TIME ";
			break;
		case TIMESTAMPOID:
			word = "DATETIME ";
			break;
		case TIMESTAMPTZOID:
			word = "TIMESTAMP ";
			break;
		case JSONOID:
		case JSONBOID:
			word = "JSON ";
			break;
		case BYTEAOID:
			gw_sql(buf, "FROM_HEX('");
			gw_sql_rendered(buf, strncmp(text, "\\x", 2) == 0 ? text + 2 : text);
			gw_sql(buf, "')");
			return;
		default:
			/* Whole numbers, booleans, texts: as the standard has them. */
			gw_dialect_ansi.literal(d, buf, text, type, typmod);
			return;
	}
	gw_sql(buf, word);
	gw_dialect_string(d, buf, text);
}

/* Their types travel beside them. */
static void
bigquery_param(const GwDialect *d, GwSqlBuf *buf, int n, Oid type, int32 typmod)
{
	gw_sql(buf, "@p");
	gw_sql_int(buf, n);
}

/* BIGNUMERIC is the widest number; FLOAT64 has NaN and infinities. */
static bool
bigquery_holds(const GwDialect *d, const char *text, Oid type)
{
	int whole, scale;

	if (type == FLOAT4OID || type == FLOAT8OID)
		return true;
	if (type == NUMERICOID)
	{
		if (strpbrk(text, "NI") != NULL)
			return false;
		numeric_digits(text, &whole, &scale);
		return whole <= 38 && scale <= 38;
	}
	if (type == TIMEOID)
		return strncmp(text, "24", 2) != 0;
	return gw_dialect_ansi.holds(d, text, type);
}

/* Floating point has them all; nothing else has what plain types lack. */
static int
bigquery_beyond(const GwDialect *d, const char *text, Oid type)
{
	return type == FLOAT4OID || type == FLOAT8OID ? 0 : gw_dialect_plain_beyond(d, text, type);
}

static bool
bigquery_takes_param(const GwDialect *d, Oid type, int32 typmod)
{
	return type == FLOAT4OID || type == FLOAT8OID || gw_dialect_plain_params(d, type, typmod);
}

/* OFFSET stands behind a LIMIT only. */
static void
bigquery_limit(const GwDialect *d, GwSqlBuf *buf, const char *limit, const char *offset)
{
	gw_dialect_limit_offset(d, buf, limit == NULL && offset != NULL ? "9223372036854775807" : limit,
							offset);
}

/*
 * Two columns of a result may not have one name, as those of joined tables do.
 * A place in the statement is a name nobody else has.
 */
static void
bigquery_fetch(const GwDialect *d, GwSqlBuf *buf, const char *expr, Oid type,
			   const GwColumn *column)
{
	int place = buf->text.len;

	gw_sql_rendered(buf, expr);
	if (strstr(expr, "`.`") == NULL)
		return;
	gw_sql(buf, " AS gw_");
	gw_sql_int(buf, place);
}

/*
 * What takes rows: as few as a statement holds are its values, the others a
 * load job's.
 */
static void
bigquery_copy_in(const GwDialect *d, GwSqlBuf *buf, const char *relation, const char *columns,
				 int ncolumns, const Oid *types, bool binary)
{
	gw_sql(buf, "INSERT INTO ");
	gw_sql_rendered(buf, relation);
	gw_sql(buf, " (");
	gw_sql_rendered(buf, columns);
	gw_sql(buf, ") VALUES ");
}

/* und:ci is the only collation there is beside the bytes'. */
static bool
bigquery_collation_facts(const GwDialect *d, const GwColumn *column, GwCollationFacts *facts)
{
	memset(facts, 0, sizeof(*facts));
	facts->provider = 'b';
	facts->encoding = PG_UTF8;
	facts->deterministic = column->collation == NULL;
	return true;
}

const GwDialect gw_dialect_bigquery = {
	.name = "bigquery",
	.parent = &gw_dialect_ansi,
	.ident_open = '`',
	.ident_close = '`',
	.ident_max = 1024,
	.flags = GW_DIALECT_IDENT_CHARS | GW_DIALECT_BOOL_VALUES | GW_DIALECT_NULLS_CLAUSE |
			 GW_DIALECT_NEEDS_WHERE | GW_DIALECT_SET_DISTINCT | GW_DIALECT_KEEPS_ROWS |
			 GW_DIALECT_TYPED_PARAMS | GW_DIALECT_GROUP_EMPTY | GW_DIALECT_GROUP_WHOLE |
			 GW_DIALECT_JOIN_EQUAL | GW_DIALECT_WINDOW_NULLS_LOW,
	.can = GW_CAN_EXISTS | GW_CAN_SUBSELECT | GW_CAN_CTE | GW_CAN_UNION | GW_CAN_WINDOWS |
		   GW_CAN_RANGE_FRAMES,
	.params_max = 10000,
	.rules = gw_dialect_bigquery_rules,
	.identifier = bigquery_identifier,
	.string = bigquery_string,
	.literal = bigquery_literal,
	.param = bigquery_param,
	.type_name = bigquery_type_name,
	.holds = bigquery_holds,
	.takes_param = bigquery_takes_param,
	.beyond = bigquery_beyond,
	.limit = bigquery_limit,
	.fetch = bigquery_fetch,
	.copy_in = bigquery_copy_in,
	.collation_facts = bigquery_collation_facts,
};
