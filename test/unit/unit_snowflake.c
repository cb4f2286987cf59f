/*
 * unit_snowflake.c
 *	  How constants, cells and bind variables of Snowflake are written and read.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dialect/gw_dialect.h"
#include "platform/gw_snowflake_private.h"

#include "gw_unit.h"

static const char *
literal(const char *text, Oid type)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_literal(&gw_dialect_snowflake, &buf, text, type, -1);
	return gw_sqlbuf_text(&buf);
}

GW_UNIT(snowflake_constants)
{
	CHECK_STR(literal("it's \\", TEXTOID), "'it''s \\\\'");
	CHECK_STR(literal("2024-02-29", DATEOID), "TO_DATE('2024-02-29', 'YYYY-MM-DD')");
	CHECK_STR(literal("23:59:59.5", TIMEOID), "TO_TIME('23:59:59.500000', 'HH24:MI:SS.FF6')");
	CHECK_STR(literal("2024-01-01 00:00:00.000001", TIMESTAMPOID),
			  "TO_TIMESTAMP_NTZ('2024-01-01 00:00:00.000001', 'YYYY-MM-DD HH24:MI:SS.FF6')");
	/* A moment in UTC, whatever zone it was written in. */
	CHECK_STR(literal("2024-01-01 00:30:00+05:30", TIMESTAMPTZOID),
			  "TO_TIMESTAMP_LTZ('2023-12-31 19:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.FF6')");
	CHECK_STR(literal("-Infinity", FLOAT8OID), "CAST('-inf' AS FLOAT)");
	CHECK_STR(literal("\\x00ff", BYTEAOID), "TO_BINARY('00ff', 'HEX')");
	CHECK_STR(literal(NULL, INT4OID), "CAST(NULL AS NUMBER(38,0))");
	CHECK(!gw_dialect_holds(&gw_dialect_snowflake, "NaN", NUMERICOID));
	CHECK(!gw_dialect_holds(&gw_dialect_snowflake, "0.00000000001", NUMERICOID));
	CHECK(gw_dialect_holds(&gw_dialect_snowflake, "NaN", FLOAT8OID));
	CHECK(!gw_dialect_holds(&gw_dialect_snowflake, "24:00:00", TIMEOID));
}

/* A cell as text, or what is wrong with it. */
static const char *
cell(const char *type, const char *json)
{
	SfField field = {.name = "c", .type = gw_snowflake_type(type), .precision = 38, .scale = 0};
	char *text = pstrdup(json);
	GwJsonReader reader;
	GwError err;
	GwCell read;

	gw_json_begin(&reader, text, strlen(text), true);
	(void) gw_json_next(&reader);
	if (gw_snowflake_cell(&reader, &field, false, &read, &err) != GW_OK)
		return unpack_sql_state(err.sqlstate);
	return pnstrdup(read.data, read.len);
}

GW_UNIT(snowflake_cells)
{
	CHECK_STR(cell("date", "\"-719162\""), "0001-01-01");
	CHECK_STR(cell("DATE", "\"2932896\""), "9999-12-31");
	CHECK_STR(cell("date", "\"-719163\""), "0001-12-31 BC");
	CHECK_STR(cell("date", "\"2932897\""), "08P01");
	CHECK_STR(cell("timestamp_ntz", "\"-62135596800.500000000\""),
			  "0001-12-31 23:59:59.500000 BC");
	CHECK_STR(cell("boolean", "\"FALSE\""), "f");
	CHECK_STR(cell("date", "\"1.5\""), "08P01");
	CHECK_STR(cell("time", "\"82919.000000000\""), "23:01:59");
	CHECK_STR(cell("time", "\"86400.000000000\""), "08P01");
	CHECK_STR(cell("timestamp_ntz", "\"-1.500000000\""), "1969-12-31 23:59:58.500000");
	CHECK_STR(cell("timestamp_ntz", "\"-0.000001000\""), "1969-12-31 23:59:59.999999");
	CHECK_STR(cell("timestamp_ntz", "\"1609459200.123456789\""), "22008");
	CHECK_STR(cell("timestamp_ltz", "\"1609459200.000001000\""), "2021-01-01 00:00:00.000001+00");
	CHECK_STR(cell("timestamp_tz", "\"1616173619.000000000 960\""), "2021-03-19 17:06:59+00");
	CHECK_STR(cell("timestamp_tz", "\"1616173619.0 960 1\""), "08P01");
	CHECK_STR(cell("timestamp_ntz", "\"99999999999999999999\""), "08P01");
	CHECK_STR(cell("boolean", "\"true\""), "t");
	CHECK_STR(cell("boolean", "\"0\""), "f");
	CHECK_STR(cell("boolean", "\"maybe\""), "08P01");
	CHECK_STR(cell("fixed", "\"99999999999999999999999999999999999999\""),
			  "99999999999999999999999999999999999999");
	CHECK_STR(cell("vector", "\"[1.500000,2.000000]\""), "{1.500000,2.000000}");
	CHECK_STR(cell("vector", "\"[16777217]\""), "22003");
	CHECK_STR(cell("vector", "\"{1}\""), "08P01");
	CHECK_STR(cell("array", "\"[ undefined, \\\"undefined\\\" ]\""), "[ null, \"undefined\" ]");
}

/* A bind variable, or what is wrong with it. */
static const char *
param(Oid type, const char *value)
{
	GwParam given = {.type = type, .value = value};
	StringInfoData body;
	GwError err;

	initStringInfo(&body);
	if (gw_snowflake_param(&body, 1, &given, &err) != GW_OK)
		return unpack_sql_state(err.sqlstate);
	return body.data;
}

GW_UNIT(snowflake_params)
{
	CHECK_STR(param(INT8OID, "-7"), "{\"type\":\"FIXED\",\"value\":\"-7\"}");
	CHECK_STR(param(NUMERICOID, "NaN"), "22003");
	CHECK_STR(param(NUMERICOID, "123456789012345678901234567890123456789"), "22003");
	/* Zeros that NUMBER has no room for, and some that it has. */
	CHECK_STR(param(NUMERICOID, "1.5000000000000000000000000000000000000000"),
			  "{\"type\":\"FIXED\",\"value\":\"1.5\"}");
	CHECK_STR(param(NUMERICOID, "-12345678901234567890.0000000000000000000"),
			  "{\"type\":\"FIXED\",\"value\":\"-12345678901234567890\"}");
	CHECK_STR(param(NUMERICOID, "1.500"), "{\"type\":\"FIXED\",\"value\":\"1.500\"}");
	CHECK_STR(param(FLOAT8OID, "Infinity"), "{\"type\":\"REAL\",\"value\":\"inf\"}");
	CHECK_STR(param(BOOLOID, "f"), "{\"type\":\"BOOLEAN\",\"value\":\"false\"}");
	CHECK_STR(param(BYTEAOID, "\\x00ff"), "{\"type\":\"BINARY\",\"value\":\"00ff\"}");
	/* Milliseconds, nanoseconds, and both signs. */
	CHECK_STR(param(DATEOID, "1969-12-31"), "{\"type\":\"DATE\",\"value\":\"-86400000\"}");
	CHECK_STR(param(DATEOID, "infinity"), "22008");
	/* So far off that its microseconds, in 64 bits, are those of a day of our era. */
	CHECK_STR(param(DATEOID, "584557-10-16"), "22008");
	CHECK_STR(param(TIMEOID, "00:00:00.000001"), "{\"type\":\"TIME\",\"value\":\"1000\"}");
	CHECK_STR(param(TIMEOID, "24:00:00"), "22008");
	CHECK_STR(param(TIMESTAMPOID, "9999-12-31 23:59:59.999999"),
			  "{\"type\":\"TIMESTAMP_NTZ\",\"value\":\"253402300799999999000\"}");
	CHECK_STR(param(TIMESTAMPTZOID, "1969-12-31 23:59:59.999999+00"),
			  "{\"type\":\"TIMESTAMP_LTZ\",\"value\":\"-1000\"}");
	CHECK_STR(param(TIMESTAMPOID, "0044-03-15 12:00:00 BC"), "22008");
	CHECK_STR(param(INT4ARRAYOID, "{1,NULL}"), "{\"type\":\"TEXT\",\"value\":\"[1,null]\"}");
	CHECK_STR(param(TEXTOID, NULL), "{\"type\":\"TEXT\",\"value\":null}");
}

GW_UNIT(snowflake_account)
{
	CHECK_STR(gw_snowflake_account("myorg-account_1"), "MYORG-ACCOUNT_1");
	CHECK_STR(gw_snowflake_account("xy12345.eu-central-1.aws"), "XY12345");
	CHECK_STR(gw_snowflake_account("acct-rep123.global"), "ACCT");
}

/* A value in the form that the statement of many rows reads, or why it has none. */
static const char *
written(Oid type, const char *text)
{
	GwError err;

	if (gw_snowflake_form(type, true, 1, &text, &err) != GW_OK)
		return unpack_sql_state(err.sqlstate);
	return text;
}

GW_UNIT(snowflake_rows)
{
	Oid types[] = {INT8OID, NUMERICOID, DATEOID, FLOAT4ARRAYOID, JSONBOID};
	GwSqlBuf buf;

	CHECK_STR(written(DATEOID, "0001-01-01"), "0001-01-01");
	CHECK_STR(written(DATEOID, "10000-01-01"), "22008");
	CHECK_STR(written(DATEOID, "584557-10-16"), "22008");
	CHECK_STR(written(DATEOID, "infinity"), "22008");
	CHECK_STR(written(TIMEOID, "23:59:59.5"), "23:59:59.500000");
	CHECK_STR(written(TIMEOID, "24:00:00"), "22008");
	CHECK_STR(written(TIMESTAMPOID, "1969-12-31 23:59:59.999999"), "1969-12-31 23:59:59.999999");
	CHECK_STR(written(TIMESTAMPOID, "1999-12-31 23:59:59.999999"), "1999-12-31 23:59:59.999999");
	CHECK_STR(written(TIMESTAMPTZOID, "2024-01-01 00:30:00+05:30"), "2023-12-31 19:00:00.000000");
	CHECK_STR(written(TIMESTAMPOID, "0001-01-01 BC"), "22008");
	CHECK_STR(written(NUMERICOID, "NaN"), "22003");
	CHECK_STR(written(NUMERICOID, "-1.50"), "-1.50");
	CHECK_STR(written(FLOAT8OID, "-Infinity"), "-inf");
	CHECK_STR(written(BYTEAOID, "\\x00ff"), "00ff");
	CHECK_STR(written(FLOAT4ARRAYOID, "{1.5,NULL,2}"), "[1.5,null,2]");
	gw_sqlbuf_init(&buf);
	CHECK(gw_dialect_copy_in(&gw_dialect_snowflake, &buf, "T", "A, B, C, D, E", 5, types, false));
	CHECK_STR(gw_sqlbuf_text(&buf),
			  "INSERT INTO T (A, B, C, D, E) SELECT "
			  "CAST(CAST(VALUE[0] AS VARCHAR) AS NUMBER(38,0)), CAST(VALUE[1] AS VARCHAR), "
			  "TO_DATE(CAST(VALUE[2] AS VARCHAR), 'YYYY-MM-DD'), "
			  "CAST(PARSE_JSON(CAST(VALUE[3] AS VARCHAR)) AS ARRAY), "
			  "PARSE_JSON(CAST(VALUE[4] AS VARCHAR)) FROM ");
}
