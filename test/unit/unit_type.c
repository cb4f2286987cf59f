/*
 * unit_type.c
 *	  Canonical types: names, aliases, and text read and written.
 */
#include "postgres.h"

#include "schema/gw_schema.h"

#include "gw_unit.h"

/* The normalised text of a type, or "error: ..." */
static const char *
normalised(const char *text)
{
	GwType type;
	GwError err;

	gw_error_clear(&err);
	if (gw_type_parse(text, &type, &err) != GW_OK)
		return psprintf("error %s", unpack_sql_state(err.sqlstate));
	return gw_type_text(&type);
}

GW_UNIT(type_names)
{
	for (int id = 0; id < GW_NTYPES; id++)
	{
		GwTypeId found;

		CHECK(gw_type_lookup(gw_type_name(id), &found) && (int) found == id);
	}
	CHECK_INT(GW_NTYPES, 49);
}

GW_UNIT(type_aliases)
{
	CHECK_STR(normalised("bigint"), "INT64");
	CHECK_STR(normalised("Integer"), "INT32");
	CHECK_STR(normalised("double precision"), "FLOAT64");
	CHECK_STR(normalised("decimal(10,2)"), "NUMERIC(10,2)");
	CHECK_STR(normalised("varchar(20)"), "STRING(20)");
	CHECK_STR(normalised("datetime"), "TIMESTAMP");
	CHECK_STR(normalised("timestamp_ltz"), "TIMESTAMPTZ");
	CHECK_STR(normalised("record<a int64>"), "STRUCT<a INT64>");
}

GW_UNIT(type_round_trip)
{
	static const char *const texts[] = {
		"BOOL", "NUMERIC", "NUMERIC(38,0)", "NUMERIC(3,-2)", "STRING", "STRING(10)", "CHAR(8)",
		"TIMESTAMP(3)", "TIMESTAMPTZ", "ARRAY<INT64>", "ARRAY<ARRAY<STRING>>",
		"STRUCT<a INT64 NOT NULL, b ARRAY<STRING(5)>>", "MAP<STRING, NUMERIC(10,2)>",
		"RANGE<DATE>", "ENUM('a', 'it''s')", "VECTOR<FLOAT32, 3>", "BIT(5)", "OPAQUE",
	};

	for (int i = 0; i < lengthof(texts); i++)
	{
		const char *once = normalised(texts[i]);

		CHECK(strncmp(once, "error", 5) != 0);
		CHECK_STR(normalised(once), once);
	}
}

GW_UNIT(type_faults)
{
	static const char *const texts[] = {
		"", "NOSUCHTYPE", "NUMERIC(", "NUMERIC(10,2", "NUMERIC(0)", "NUMERIC(1001)", "INT64(5)",
		"STRING(-1)", "ARRAY", "ARRAY<>", "ARRAY<INT64", "STRUCT<>", "MAP<STRING>", "INT64 x",
		"STRING(99999999999999999999)", "ENUM()", "STRING('a')",
	};

	for (int i = 0; i < lengthof(texts); i++)
		CHECK_STR(normalised(texts[i]), "error 22023");
}
