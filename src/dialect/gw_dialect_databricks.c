/*
 * gw_dialect_databricks.c
 *	  Databricks SQL: names in backticks, constants with backslash escapes, named
 *	  parameters, what its statements may be made of, and how its values are
 *	  asked for so that nothing of them is lost.
 *
 * What built-ins mean there stands in gw_dialect_databricks_rules.c.  Constants
 * only, so nothing here owns or keeps anything.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dialect/gw_dialect_databricks.h"
#include "mb/pg_wchar.h"

/* A constant with more digits might not meet a column of 38 digits in any type. */
#define DECIMAL_WHOLE 20
#define DECIMAL_SCALE 10

/* Moments within documents: to_json() would cut them to milliseconds. */
#define JSON_OPTIONS                                                                           \
	", map('timestampFormat', 'yyyy-MM-dd\\'T\\'HH:mm:ss.SSSSSSXXX', "                         \
	"'timestampNTZFormat', 'yyyy-MM-dd\\'T\\'HH:mm:ss.SSSSSS', 'ignoreNullFields', 'false'))"

/* Two quotes would be two adjacent constants: a quote is written as \'. */
static void
databricks_string(const GwDialect *d, GwSqlBuf *buf, const char *value)
{
	gw_dialect_string_escaped(buf, value, true);
}

/* The element type of an array that has one there; InvalidOid: it is none. */
static Oid
array_element(Oid type)
{
	static const struct
	{
		Oid array, element;
	} arrays[] = {
		{BOOLARRAYOID, BOOLOID},	   {INT2ARRAYOID, INT2OID},
		{INT4ARRAYOID, INT4OID},	   {INT8ARRAYOID, INT8OID},
		{FLOAT4ARRAYOID, FLOAT4OID},   {FLOAT8ARRAYOID, FLOAT8OID},
		{NUMERICARRAYOID, NUMERICOID}, {TEXTARRAYOID, TEXTOID},
		{VARCHARARRAYOID, VARCHAROID}, {BYTEAARRAYOID, BYTEAOID},
		{DATEARRAYOID, DATEOID},	   {TIMESTAMPARRAYOID, TIMESTAMPOID},
		{TIMESTAMPTZARRAYOID, TIMESTAMPTZOID},
	};

	for (int i = 0; i < lengthof(arrays); i++)
		if (arrays[i].array == type)
			return arrays[i].element;
	return InvalidOid;
}

static bool
databricks_type_name(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod)
{
	static const GwTypeName names[] = {
		{INT2OID, "SMALLINT"},		{INT4OID, "INT"},		  {INT8OID, "BIGINT"},
		{FLOAT4OID, "FLOAT"},		{FLOAT8OID, "DOUBLE"},	  {BOOLOID, "BOOLEAN"},
		{TEXTOID, "STRING"},		{VARCHAROID, "STRING"},	  {BYTEAOID, "BINARY"},
		{DATEOID, "DATE"},			{TIMESTAMPOID, "TIMESTAMP_NTZ"},
		{TIMESTAMPTZOID, "TIMESTAMP"}, {JSONOID, "VARIANT"}, {JSONBOID, "VARIANT"},
		{UUIDOID, "STRING"},
	};
	Oid element;

	if (gw_dialect_type_listed(buf, names, lengthof(names), type))
		return true;
	if (type == NUMERICOID && typmod >= (int32) VARHDRSZ)
	{
		gw_sql(buf, "DECIMAL(");
		gw_sql_int(buf, ((typmod - VARHDRSZ) >> 16) & 0xffff);
		gw_sql(buf, ",");
		gw_sql_int(buf, (typmod - VARHDRSZ) & 0x7ff);
		gw_sql(buf, ")");
		return true;
	}
	element = array_element(type);
	if (!OidIsValid(element))
		return false;
	gw_sql(buf, "ARRAY<");
	if (element == NUMERICOID || !databricks_type_name(d, buf, element, -1))
		gw_sql(buf, element == NUMERICOID ? "DECIMAL(38,18)" : "STRING");
	gw_sql(buf, ">");
	return true;
}

/* Digits before and behind the point, as they are written. */
static void
numeric_digits(const char *text, int *whole, int *scale)
{
	const char *digits = text + (*text == '-' ? 1 : 0);
	const char *point = strchr(digits, '.');

	*whole = point ? (int) (point - digits) : (int) strlen(digits);
	*scale = point ? (int) strlen(point + 1) : 0;
	if (*whole == 1 && *digits == '0' && *scale > 0)
		*whole = 0;
}

static void
databricks_cast(const GwDialect *d, GwSqlBuf *buf, const char *text, const char *type)
{
	gw_sql(buf, "CAST(");
	databricks_string(d, buf, text);
	gw_sql(buf, " AS ");
	gw_sql_rendered(buf, type);
	gw_sql(buf, ")");
}

static void
databricks_literal(const GwDialect *d, GwSqlBuf *buf, const char *text, Oid type, int32 typmod)
{
	int whole, scale;

	if (text == NULL)
	{
		/* A bare NULL has the type VOID; of which scale a decimal should be, nobody knows. */
		gw_dialect_typed_null(d, buf, type, typmod);
		return;
	}
	switch (type)
	{
		case BYTEAOID:
			gw_sql(buf, "unhex('");
			gw_sql_rendered(buf, strncmp(text, "\\x", 2) == 0 ? text + 2 : text);
			gw_sql(buf, "')");
			return;
		case INT8OID:
			/* Its digits alone are too many for the number of which it is the opposite. */
			if (strcmp(text, "-9223372036854775808") == 0)
			{
				databricks_cast(d, buf, text, "BIGINT");
				return;
			}
			/* Without the letter it may be an INT, and so may what is computed with it. */
			gw_sql(buf, *text == '-' ? "(" : "");
			gw_sql_rendered(buf, text);
			gw_sql(buf, *text == '-' ? "L)" : "L");
			return;
		case NUMERICOID:
			numeric_digits(text, &whole, &scale);
			databricks_cast(d, buf, text,
							psprintf("DECIMAL(%d,%d)", Max(whole + scale, 1), scale));
			return;
		case FLOAT4OID:
			databricks_cast(d, buf, text, "FLOAT");
			return;
		case FLOAT8OID:
			/* Also NaN and infinities. */
			databricks_cast(d, buf, text, "DOUBLE");
			return;
		case TIMESTAMPOID:
			gw_sql(buf, "TIMESTAMP_NTZ ");
			databricks_string(d, buf, text);
			return;
		case TIMESTAMPTZOID:
			gw_sql(buf, "TIMESTAMP ");
			if (strlen(text) > 3 && strchr("+-", text[strlen(text) - 3]) != NULL)
				text = psprintf("%s:00", text);
			databricks_string(d, buf, text);
			return;
		default:
			/* Small numbers, booleans, days, texts: as the standard has them. */
			gw_dialect_ansi.literal(d, buf, text, type, typmod);
			return;
	}
}

/* Their types travel beside them; for what none of those types is, as a text. */
static void
databricks_param(const GwDialect *d, GwSqlBuf *buf, int n, Oid type, int32 typmod)
{
	bool array = OidIsValid(array_element(type));

	gw_sql(buf, type == BYTEAOID ? "unhex(" : array ? "CAST(parse_json(" : "");
	gw_sql(buf, ":p");
	gw_sql_int(buf, n);
	if (array)
	{
		gw_sql(buf, ") AS ");
		(void) databricks_type_name(d, buf, type, typmod);
	}
	gw_sql(buf, type == BYTEAOID || array ? ")" : "");
}

/* A document that is given to a column of STRING stays a text; VARIANT wants to be told. */
static void
databricks_assign(const GwDialect *d, GwSqlBuf *buf, int n, Oid type)
{
	bool document = type == JSONOID || type == JSONBOID;

	gw_sql(buf, document ? "parse_json(" : "");
	databricks_param(d, buf, n, type, -1);
	gw_sql(buf, document ? ")" : "");
}

bool
gw_dialect_databricks_nested(const char *native)
{
	static const char *const nested[] = {"struct<", "map<", "array<"};

	for (int i = 0; i < lengthof(nested); i++)
		if (pg_strncasecmp(native, nested[i], strlen(nested[i])) == 0)
			return true;
	return false;
}

/*
 * A document of a column whose parts have types.  It is read there member by member;
 * what the type lacks or is not would become NULL or vanish, so that such documents are
 * refused before they are sent (gw_databricks_document_fits).
 */
static bool
databricks_assign_native(const GwDialect *d, GwSqlBuf *buf, int n, const char *native)
{
	if (!gw_dialect_databricks_nested(native))
		return false;
	gw_sql(buf, "from_json(:p");
	gw_sql_int(buf, n);
	gw_sql(buf, ", ");
	databricks_string(d, buf, native);
	gw_sql(buf, ", map('mode', 'FAILFAST'))");
	return true;
}

static bool
databricks_asks_native(const GwDialect *d, Oid type)
{
	return type == JSONOID || type == JSONBOID;
}

/*
 * DOUBLE has NaN and infinities.  Two DECIMALs are compared as one that has the most
 * digits of both before and behind the point, 38 together.
 */
static bool
databricks_holds(const GwDialect *d, const char *text, Oid type)
{
	int whole, scale;

	if (type == FLOAT4OID || type == FLOAT8OID)
		return true;
	if (type == NUMERICOID)
	{
		if (strpbrk(text, "NI") != NULL)
			return false;
		numeric_digits(text, &whole, &scale);
		return whole <= DECIMAL_WHOLE && scale <= DECIMAL_SCALE;
	}
	return gw_dialect_ansi.holds(d, text, type);
}

/* What kind of column is it there, as far as one can tell? */
static GwTypeId
fetch_kind(Oid type, const GwColumn *column)
{
	if (column != NULL)
		return column->type.id;
	return type == TIMESTAMPTZOID ? GW_TYPE_TIMESTAMPTZ
		: type == TIMESTAMPOID	  ? GW_TYPE_TIMESTAMP
		: type == BYTEAOID		  ? GW_TYPE_BYTES
								  : GW_TYPE_STRING;
}

/*
 * Results are texts in which moments are cut to milliseconds, and bytes are
 * written one way or another: such columns are asked for as expressions whose
 * name tells what they are.  A column that has such a name itself gets another.
 */
static void
databricks_fetch(const GwDialect *d, GwSqlBuf *buf, const char *expr, Oid type,
				 const GwColumn *column)
{
	Oid element = array_element(type);
	const char *before = "";
	const char *after = "";
	const char *name = strstr(expr, "gw_") != NULL ? "gw_as_" : NULL;
	int place = buf->text.len;

	switch (fetch_kind(type, column))
	{
		case GW_TYPE_TIMESTAMPTZ:
			before = "unix_micros(";
			after = ")";
			name = "gw_us_";
			break;
		case GW_TYPE_TIMESTAMP:
			before = "CAST(";
			after = " AS STRING)";
			name = "gw_as_";
			break;
		case GW_TYPE_BYTES:
			before = "hex(";
			after = ")";
			name = "gw_hex_";
			break;
		case GW_TYPE_VARIANT:
			before = "to_json(";
			after = ")";
			name = "gw_as_";
			break;
		case GW_TYPE_ARRAY:
		case GW_TYPE_MAP:
		case GW_TYPE_STRUCT:
			before = "to_json(";
			after = JSON_OPTIONS;
			name = OidIsValid(element) ? psprintf("gw_array_%u_", element) : "gw_as_";
			break;
		default:
			break;
	}
	gw_sql(buf, before);
	gw_sql_rendered(buf, expr);
	gw_sql(buf, after);
	if (name == NULL)
		return;
	gw_sql(buf, " AS ");
	gw_sql_rendered(buf, name);
	gw_sql_int(buf, place);
}

static bool
databricks_collation_facts(const GwDialect *d, const GwColumn *column, GwCollationFacts *facts)
{
	memset(facts, 0, sizeof(*facts));
	facts->provider = 'b';
	facts->encoding = PG_UTF8;
	facts->deterministic =
		column->collation == NULL || pg_strcasecmp(column->collation, "UTF8_BINARY") == 0;
	return true;
}

/*
 * A side of a set operation, and what IN reads, may be any query in parentheses, limited
 * or not (sql-ref-syntax-qry-query), so that neither needs a derived table.
 */
const GwDialect gw_dialect_databricks = {
	.name = "databricks",
	.parent = &gw_dialect_ansi,
	.ident_open = '`',
	.ident_close = '`',
	.ident_max = 255,
	.flags = GW_DIALECT_IDENT_CHARS | GW_DIALECT_BOOL_VALUES | GW_DIALECT_NULLS_CLAUSE |
			 GW_DIALECT_KEEPS_ROWS | GW_DIALECT_TYPED_PARAMS,
	.can = GW_CAN_EXISTS | GW_CAN_SUBSELECT | GW_CAN_CTE | GW_CAN_UNION | GW_CAN_INTERSECT |
		   GW_CAN_INTERSECT_ALL | GW_CAN_FULL_JOIN | GW_CAN_WINDOWS |
		   GW_CAN_RANGE_FRAMES,
	/* Beyond 256 they go as constants; a statement has at most 16 MiB. */
	.params_max = 20000,
	.rules = gw_dialect_databricks_rules,
	.string = databricks_string,
	.literal = databricks_literal,
	.param = databricks_param,
	.assign = databricks_assign,
	.assign_native = databricks_assign_native,
	.asks_native = databricks_asks_native,
	.type_name = databricks_type_name,
	.holds = databricks_holds,
	.takes_param = gw_dialect_moments_params,
	.beyond = gw_dialect_moments_beyond,
	.limit = gw_dialect_limit_offset,
	.fetch = databricks_fetch,
	.collation_facts = databricks_collation_facts,
};
