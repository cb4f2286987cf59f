/*
 * gw_dialect_snowflake.c
 *	  Snowflake: constants in which a backslash escapes, names of up to 255
 *	  characters that are always quoted, what its statements may be made of.
 *
 * What built-ins mean there stands in gw_dialect_snowflake_rules.c.  Constants of
 * dates and moments say their format, because how a bare one is read is a
 * setting of the account (DATE_INPUT_FORMAT and its like).  Keeps nothing.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dialect/gw_dialect_snowflake.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/*
 * NUMBER has 38 digits in all, and what two of them are compared as has room for
 * the longer part of each: of a constant no more than leaves room for a column's.
 */
#define CONSTANT_WHOLE 20
#define CONSTANT_SCALE 10

/* What texts of dates and moments are read by. */
#define FORMAT_DATE "YYYY-MM-DD"
#define FORMAT_TIME "HH24:MI:SS.FF6"
#define FORMAT_MOMENT "YYYY-MM-DD HH24:MI:SS.FF6"

static void
snowflake_string(const GwDialect *d, GwSqlBuf *buf, const char *value)
{
	gw_dialect_string_escaped(buf, value, false);
}

/* Without a scale numbers have no type of their own. */
static bool
snowflake_type_name(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod)
{
	static const struct
	{
		Oid type;
		const char *name;
	} names[] = {
		{INT2OID, "NUMBER(38,0)"},	 {INT4OID, "NUMBER(38,0)"},
		{INT8OID, "NUMBER(38,0)"},	 {FLOAT8OID, "FLOAT"},
		{BOOLOID, "BOOLEAN"},		 {TEXTOID, "VARCHAR"},
		{VARCHAROID, "VARCHAR"},	 {BYTEAOID, "BINARY"},
		{DATEOID, "DATE"},			 {TIMEOID, "TIME(6)"},
		{TIMESTAMPOID, "TIMESTAMP_NTZ(6)"}, {TIMESTAMPTZOID, "TIMESTAMP_LTZ(6)"},
		{JSONBOID, "VARIANT"},		 {JSONOID, "VARIANT"},
	};

	for (int i = 0; i < lengthof(names); i++)
		if (names[i].type == type)
		{
			gw_sql(buf, names[i].name);
			return true;
		}
	return false;
}

/* ---- constants ---- */

/* name('text', 'format') */
static void
literal_call(const GwDialect *d, GwSqlBuf *buf, const char *name, const char *text,
			 const char *format)
{
	gw_sql_rendered(buf, name);
	gw_sql(buf, "(");
	gw_dialect_string(d, buf, text);
	gw_sql(buf, ", ");
	gw_dialect_string(d, buf, format);
	gw_sql(buf, ")");
}

/*
 * A moment, in UTC and with six digits of a second; the session's time zone there
 * is UTC, so that one with a zone is read without.
 */
static void
literal_moment(const GwDialect *d, GwSqlBuf *buf, const char *text, Oid type)
{
	bool zoned = type == TIMESTAMPTZOID;
	Timestamp at = DatumGetTimestamp(
		DirectFunctionCall3(zoned ? timestamptz_in : timestamp_in, CStringGetDatum(text),
							ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	struct pg_tm tm;
	fsec_t fraction;

	if (TIMESTAMP_NOT_FINITE(at) || timestamp2tm(at, NULL, &tm, &fraction, NULL, NULL) != 0)
	{
		gw_dialect_string(d, buf, text);
		return;
	}
	literal_call(d, buf, zoned ? "TO_TIMESTAMP_LTZ" : "TO_TIMESTAMP_NTZ",
				 psprintf("%04d-%02d-%02d %02d:%02d:%02d.%06d", tm.tm_year, tm.tm_mon, tm.tm_mday,
						  tm.tm_hour, tm.tm_min, tm.tm_sec, (int) fraction),
				 FORMAT_MOMENT);
}

static void
literal_time(const GwDialect *d, GwSqlBuf *buf, const char *text)
{
	const char *point = strchr(text, '.');
	char digits[7] = "000000";

	if (point != NULL)
		memcpy(digits, point + 1, Min(strlen(point + 1), 6));
	literal_call(d, buf, "TO_TIME",
				 psprintf("%.*s.%s", point ? (int) (point - text) : (int) strlen(text), text,
						  digits),
				 FORMAT_TIME);
}

/* A bare NULL has no type. */
static void
literal_null(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod)
{
	GwSqlBuf name;

	gw_sqlbuf_init(&name);
	if (!snowflake_type_name(d, &name, type, typmod))
	{
		gw_sql(buf, "NULL");
		return;
	}
	gw_sql(buf, "CAST(NULL AS ");
	gw_sql_rendered(buf, gw_sqlbuf_text(&name));
	gw_sql(buf, ")");
}

static void
snowflake_literal(const GwDialect *d, GwSqlBuf *buf, const char *text, Oid type, int32 typmod)
{
	if (text == NULL)
	{
		literal_null(d, buf, type, typmod);
		return;
	}
	switch (type)
	{
		case FLOAT4OID:
		case FLOAT8OID:
			/* Also NaN and infinities. */
			gw_sql(buf, "CAST(");
			gw_dialect_string(d, buf, strcmp(text, "Infinity") == 0		? "inf"
									  : strcmp(text, "-Infinity") == 0 ? "-inf"
																	   : text);
			gw_sql(buf, " AS FLOAT)");
			break;
		case DATEOID:
			literal_call(d, buf, "TO_DATE", text, FORMAT_DATE);
			break;
		case TIMEOID:
			literal_time(d, buf, text);
			break;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			literal_moment(d, buf, text, type);
			break;
		case JSONOID:
		case JSONBOID:
			gw_sql(buf, "PARSE_JSON(");
			gw_dialect_string(d, buf, text);
			gw_sql(buf, ")");
			break;
		case BYTEAOID:
			literal_call(d, buf, "TO_BINARY", strncmp(text, "\\x", 2) == 0 ? text + 2 : text,
						 "HEX");
			break;
		default:
			/* Whole numbers, booleans, texts: as the standard has them. */
			gw_dialect_ansi.literal(d, buf, text, type, typmod);
			break;
	}
}

static bool
snowflake_holds(const GwDialect *d, const char *text, Oid type)
{
	const char *digits = text + (*text == '-');
	const char *point = strchr(digits, '.');
	size_t whole = point ? (size_t) (point - digits) : strlen(digits);
	size_t scale = point ? strlen(point + 1) : 0;

	if (type == FLOAT4OID || type == FLOAT8OID)
		return true;
	if (type == NUMERICOID)
		return strpbrk(text, "NI") == NULL && whole <= CONSTANT_WHOLE && scale <= CONSTANT_SCALE;
	if (type == TIMEOID)
		return strncmp(text, "24", 2) != 0;
	return gw_dialect_ansi.holds(d, text, type);
}

/* ---- values that are written ---- */

/* Documents travel as texts; arrays, too. */
static bool
written_as_document(Oid type)
{
	return type == JSONOID || type == JSONBOID || OidIsValid(get_element_type(type));
}

static void
snowflake_assign(const GwDialect *d, GwSqlBuf *buf, int n, Oid type)
{
	bool document = written_as_document(type);

	gw_sql(buf, document ? "PARSE_JSON(" : "");
	gw_dialect_param(d, buf, n, type, -1);
	gw_sql(buf, document ? ")" : "");
}

/*
 * VALUES takes no PARSE_JSON(), and a column of it has the type of its first row;
 * of numbers with several scales that would be the wrong one, so they go as
 * texts, of which each makes a number when it is stored.
 */
static void
snowflake_row_value(const GwDialect *d, GwSqlBuf *buf, int n, Oid type)
{
	bool number = type == NUMERICOID;

	gw_sql(buf, number ? "CAST(" : "");
	gw_dialect_param(d, buf, n, type, -1);
	gw_sql(buf, number ? " AS VARCHAR)" : "");
}

static void
snowflake_row_stored(const GwDialect *d, GwSqlBuf *buf, int column, Oid type)
{
	bool document = written_as_document(type);

	gw_sql(buf, document ? "PARSE_JSON(column" : "column");
	gw_sql_int(buf, column);
	gw_sql(buf, document ? ")" : "");
}

/* A value of a row that came as a document, of which each is a text or null. */
static void
copied_value(GwSqlBuf *buf, int column, Oid type)
{
	const char *format = NULL;
	const char *call = NULL;
	const char *cast = NULL;

	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
			cast = "NUMBER(38,0)";
			break;
		case FLOAT4OID:
		case FLOAT8OID:
			cast = "FLOAT";
			break;
		case BOOLOID:
			cast = "BOOLEAN";
			break;
		case FLOAT4ARRAYOID:
			/* A VECTOR takes arrays, and no other documents. */
			cast = "ARRAY";
			call = "PARSE_JSON";
			break;
		case BYTEAOID:
			call = "TO_BINARY";
			format = "HEX";
			break;
		case DATEOID:
			call = "TO_DATE";
			format = FORMAT_DATE;
			break;
		case TIMEOID:
			call = "TO_TIME";
			format = FORMAT_TIME;
			break;
		case TIMESTAMPOID:
			call = "TO_TIMESTAMP_NTZ";
			format = FORMAT_MOMENT;
			break;
		case TIMESTAMPTZOID:
			call = "TO_TIMESTAMP_LTZ";
			format = FORMAT_MOMENT;
			break;
		default:
			if (written_as_document(type))
				call = "PARSE_JSON";
	}
	gw_sql(buf, cast ? "CAST(" : "");
	gw_sql_rendered(buf, call ? call : "");
	gw_sql(buf, call ? "(CAST(VALUE[" : "CAST(VALUE[");
	gw_sql_int(buf, column);
	gw_sql(buf, "] AS VARCHAR)");
	if (format != NULL)
	{
		gw_sql(buf, ", ");
		gw_dialect_string(&gw_dialect_snowflake, buf, format);
	}
	gw_sql(buf, call ? ")" : "");
	if (cast != NULL)
	{
		gw_sql(buf, " AS ");
		gw_sql_rendered(buf, cast);
		gw_sql(buf, ")");
	}
}

/*
 * What takes rows, up to where they come from: one or more documents, each an
 * array of arrays (gw_snowflake_rows.c).
 */
static void
snowflake_copy_in(const GwDialect *d, GwSqlBuf *buf, const char *relation, const char *columns,
				  int ncolumns, const Oid *types, bool binary)
{
	gw_sql(buf, "INSERT INTO ");
	gw_sql_rendered(buf, relation);
	gw_sql(buf, " (");
	gw_sql_rendered(buf, columns);
	gw_sql(buf, ") SELECT ");
	for (int i = 0; i < ncolumns; i++)
	{
		gw_sql(buf, i > 0 ? ", " : "");
		copied_value(buf, i, types[i]);
	}
	gw_sql(buf, " FROM ");
}

/* ---- values that are read ---- */

/*
 * In results FLOAT has fifteen digits, and the numbers of a VECTOR six behind the
 * point, where more are kept (github.com/snowflakedb/drivers, what its tests say of
 * JSON).  TME writes all digits of a FLOAT, and an array those of a vector.
 */
static void
snowflake_fetch(const GwDialect *d, GwSqlBuf *buf, const char *expr, Oid type,
				const GwColumn *column)
{
	bool as_column = column != NULL && type == InvalidOid;
	bool real = (type == FLOAT8OID || type == FLOAT4OID || as_column) &&
				(column == NULL || column->type.id == GW_TYPE_FLOAT64);
	/* Who does not say as what it is read gets the vector. */
	bool vector = type == FLOAT4ARRAYOID && column != NULL && column->type.id == GW_TYPE_VECTOR;

	gw_sql(buf, real ? "TO_VARCHAR(" : vector ? "TO_ARRAY(" : "");
	gw_sql_rendered(buf, expr);
	gw_sql(buf, real ? ", 'TME')" : vector ? ")" : "");
}

/* ---- statements ---- */

/* There is no DEFAULT VALUES; a column that is not named gets its default, too. */
static void
snowflake_default_row(const GwDialect *d, GwSqlBuf *buf, const char *column)
{
	gw_sql(buf, " (");
	gw_sql_rendered(buf, column);
	gw_sql(buf, ") VALUES (DEFAULT)");
}

static void
snowflake_limit(const GwDialect *d, GwSqlBuf *buf, const char *limit, const char *offset)
{
	gw_dialect_limit_offset(d, buf, limit == NULL && offset != NULL ? "NULL" : limit, offset);
}

/* Without COLLATE, or with utf8, texts are their bytes. */
static bool
snowflake_collation_facts(const GwDialect *d, const GwColumn *column, GwCollationFacts *facts)
{
	memset(facts, 0, sizeof(*facts));
	facts->provider = 'b';
	facts->encoding = PG_UTF8;
	facts->deterministic = column->collation == NULL || strcmp(column->collation, "utf8") == 0;
	return true;
}

const GwDialect gw_dialect_snowflake = {
	.name = "snowflake",
	.parent = &gw_dialect_ansi,
	.ident_max = 255,
	.flags = GW_DIALECT_IDENT_CHARS | GW_DIALECT_BOOL_VALUES | GW_DIALECT_NULLS_CLAUSE |
			 GW_DIALECT_NULLS_LARGE | GW_DIALECT_POSITIONAL | GW_DIALECT_KEEPS_ROWS |
			 GW_DIALECT_TYPED_PARAMS | GW_DIALECT_IN_UNLIMITED,
	.can = GW_CAN_EXISTS | GW_CAN_SUBSELECT | GW_CAN_CTE | GW_CAN_UNION | GW_CAN_INTERSECT |
		   GW_CAN_WINDOWS | GW_CAN_FULL_JOIN,
	.params_max = 10000,
	.rules = gw_dialect_snowflake_rules,
	.string = snowflake_string,
	.literal = snowflake_literal,
	.type_name = snowflake_type_name,
	.holds = snowflake_holds,
	.takes_param = gw_dialect_moments_params,
	.beyond = gw_dialect_moments_beyond,
	.assign = snowflake_assign,
	.row_value = snowflake_row_value,
	.row_stored = snowflake_row_stored,
	.copy_in = snowflake_copy_in,
	.fetch = snowflake_fetch,
	.limit = snowflake_limit,
	.default_row = snowflake_default_row,
	.collation_facts = snowflake_collation_facts,
};
