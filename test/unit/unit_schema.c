/*
 * unit_schema.c
 *	  Which local type a canonical column gets, and the schema's look-ups.
 */
#include "postgres.h"

#include "schema/gw_schema.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "gw_unit.h"

static Jsonb *
document(const char *text)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

/* "type" or "type (code)" for a column document. */
static const char *
local_type(const char *text)
{
	GwColumn column;
	GwError err;
	const char *lossy;
	const char *type;

	if (gw_schema_read_column(document(text), &column, &err) != GW_OK)
		return psprintf("error: %s", err.message);
	type = gw_schema_local_type(&column, &lossy);
	return lossy ? psprintf("%s (%s)", type, lossy) : type;
}

/* The same for a canonical type without any native fact. */
static const char *
local_of(const char *type)
{
	return local_type(psprintf("{\"type\":\"%s\"}", type));
}

GW_UNIT(schema_local_canonical)
{
	static const char *const cases[][2] = {
		{"BOOL", "boolean"}, {"INT8", "smallint"}, {"UINT8", "smallint"}, {"INT16", "smallint"},
		{"UINT16", "integer"}, {"INT32", "integer"}, {"UINT32", "bigint"}, {"INT64", "bigint"},
		{"UINT64", "numeric(20,0)"}, {"INT128", "numeric(39,0)"}, {"FLOAT32", "real"},
		{"FLOAT64", "double precision"}, {"DECFLOAT", "numeric"}, {"NUMERIC", "numeric"},
		{"NUMERIC(10)", "numeric(10,0)"}, {"NUMERIC(38,9)", "numeric(38,9)"},
		{"STRING(10)", "text"}, {"CHAR(3)", "text"}, {"BYTES", "bytea"},
		{"FIXED_BYTES(4)", "bytea"},
		{"BIT(3)", "bit(3)"}, {"VARBIT", "bit varying"}, {"VARBIT(9)", "bit varying(9)"},
		{"DATE", "date"}, {"TIME(3)", "time(3) without time zone"},
		{"TIMETZ", "time with time zone"},
		{"TIMESTAMP", "timestamp without time zone"},
		{"TIMESTAMP(9)", "timestamp without time zone (fraction_over_6)"},
		{"TIMESTAMPTZ(6)", "timestamp(6) with time zone"},
		{"TIMESTAMPOFFSET", "timestamp with time zone (offset_dropped)"},
		{"INTERVAL_YM", "interval"}, {"INTERVAL_DS(3)", "interval(3)"}, {"JSON", "jsonb"},
		{"VARIANT", "jsonb"}, {"STRUCT<a INT64>", "jsonb"}, {"MAP<STRING,DATE>", "jsonb"},
		{"XML", "xml"}, {"UUID", "uuid"}, {"ENUM('a')", "text (values_unchecked)"},
		{"SET('a')", "text[] (values_unchecked)"}, {"INET", "inet"}, {"CIDR", "cidr"},
		{"MACADDR", "macaddr"}, {"GEOMETRY", "text (unsupported_as_text)"},
		{"RANGE<DATE>", "daterange"}, {"RANGE<STRING>", "text (unsupported_as_text)"},
		{"VECTOR<FLOAT32,3>", "real[]"}, {"ARRAY<INT64>", "bigint[]"},
		{"ARRAY<STRUCT<a DATE>>", "jsonb"}, {"ARRAY<ARRAY<DATE>>", "jsonb"},
		{"ROWVERSION", "bytea"}, {"HLLSKETCH", "bytea"}, {"NULL", "text"},
		{"OPAQUE", "text (unsupported_as_text)"},
	};

	for (int i = 0; i < lengthof(cases); i++)
		CHECK_STR(local_of(cases[i][0]), cases[i][1]);
}

/* Columns of a PostgreSQL catalog. */
GW_UNIT(schema_local_native)
{
#define UDT(schema, name)                                                                      \
	",\"native\":{\"udt_schema\":\"" schema "\",\"udt_name\":\"" name "\"}"
	static const char *const cases[][2] = {
		{"{\"type\":\"CHAR(5)\"" UDT("pg_catalog", "bpchar") "}", "character(5)"},
		{"{\"type\":\"CHAR\"" UDT("pg_catalog", "bpchar") "}", "bpchar"},
		{"{\"type\":\"STRING\"" UDT("pg_catalog", "name") "}", "name"},
		{"{\"type\":\"STRING\"" UDT("pg_catalog", "char") "}", "\"char\""},
		{"{\"type\":\"JSON\"" UDT("pg_catalog", "json") "}", "json"},
		{"{\"type\":\"OPAQUE\"" UDT("pg_catalog", "tsvector") "}", "tsvector"},
		{"{\"type\":\"OPAQUE\"" UDT("pg_catalog", "int8multirange") "}", "int8multirange"},
		{"{\"type\":\"RANGE<INT32>\"" UDT("pg_catalog", "int4range") "}", "int4range"},
		/* the same text means something else on another server */
		{"{\"type\":\"OPAQUE\"" UDT("pg_catalog", "money") "}", "text (unsupported_as_text)"},
		{"{\"type\":\"OPAQUE\"" UDT("pg_catalog", "regclass") "}",
		 "text (unsupported_as_text)"},
		/* not here, or of another kind: never jsonb, because the text is no JSON */
		{"{\"type\":\"STRUCT<a INT64>\"" UDT("nowhere", "t") "}", "text (unsupported_as_text)"},
		{"{\"type\":\"ENUM('a')\"" UDT("pg_catalog", "int4") "}", "text (unsupported_as_text)"},
		{"{\"type\":\"OPAQUE\"" UDT("pg_catalog", "x); DROP TABLE t; --") "}",
		 "text (unsupported_as_text)"},
		{"{\"type\":\"ARRAY\",\"native_type\":\"s.t[]\","
		 "\"element\":{\"type\":\"STRUCT<a DATE>\"" UDT(
			 "s", "t") "}}",
		 "text[] (unsupported_as_text)"},
	};

	for (int i = 0; i < lengthof(cases); i++)
		CHECK_STR(local_type(cases[i][0]), cases[i][1]);
}

GW_UNIT(schema_read)
{
	GwSchema *schema;
	GwError err;

	CHECK(gw_schema_read(document("{\"columns\":[{\"name\":\"a\",\"type\":\"bigint\"},"
								  "{\"name\":\"A\",\"type\":\"DATE\",\"nullable\":false}]}"),
						 &schema, &err) == GW_OK);
	CHECK_INT(schema->ncolumns, 2);
	CHECK_INT(schema->rows, GW_ABSENT);
	CHECK_INT(gw_schema_column(schema, "a")->type.id, GW_TYPE_INT64);
	CHECK(!gw_schema_column(schema, "A")->nullable);
	CHECK(gw_schema_column(schema, "b") == NULL);

	CHECK(gw_schema_read(document("{\"columns\":[{\"name\":\"a\",\"type\":\"NUMERIX\"}]}"),
						 &schema, &err) == GW_FAILED);
	CHECK_INT(err.cls, GW_ERR_INVALID);
	CHECK_STR(unpack_sql_state(err.sqlstate), "22023");
	CHECK_STR(err.message, "$.columns[0].type: \"NUMERIX\" is not a canonical type");
	CHECK_STR(err.hint, "Did you mean NUMERIC?");
}
