/*
 * unit_value.c
 *	  Decoders: every cell format, what fits, and what must be refused.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "parser/parse_type.h"
#include "schema/gw_value.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "gw_unit.h"

typedef struct ValueCase
{
	const char *to;	  /* local type */
	Oid from;		  /* remote type */
	int32 from_typmod;
	const char *text;
} ValueCase;

static char *
value_output(Datum value, Oid type)
{
	int nestlevel = gw_value_begin_text();
	char *text = gw_value_text(value, type);

	gw_value_end_text(nestlevel);
	return text;
}

/* What a text cell becomes, as text again. */
static char *
decode_text(const ValueCase *c)
{
	GwColumnInfo from = {"c", c->from, c->from_typmod, GW_CELL_TEXT};
	GwCell cell;
	Oid type;
	int32 typmod;
	bool isnull;
	Datum value;

	parseTypeString(c->to, &type, &typmod, false);
	cell.data = c->text;
	cell.len = strlen(c->text);
	value = gw_decode(gw_decoder_create(&from, type, typmod, "c"), &cell, &isnull);
	return isnull ? "null" : value_output(value, type);
}

static void
decode_text_body(void *arg)
{
	(void) decode_text(arg);
}

GW_UNIT(value_text)
{
	static const struct
	{
		ValueCase c;
		const char *wanted; /* NULL: the text itself */
	} cases[] = {
		{{"int2", INT2OID, -1, "-32768"}},
		{{"int4", INT4OID, -1, "2147483647"}},
		{{"int8", INT8OID, -1, "-9223372036854775808"}},
		{{"int8", INT8OID, -1, "9223372036854775807"}},
		{{"int4", INT4OID, -1, "0"}},
		{{"int4", 0, -1, " 7 "}, "7"},
		{{"bool", BOOLOID, -1, "t"}},
		{{"bool", 0, -1, "false"}, "f"},
		{{"float8", FLOAT8OID, -1, "0.1"}},
		{{"float8", FLOAT8OID, -1, "-Infinity"}},
		{{"float4", FLOAT4OID, -1, "1e-45"}},
		{{"numeric", NUMERICOID, -1, "12345678901234567890.123456789012345678901234567890"}},
		{{"numeric(10,2)", NUMERICOID, ((10 << 16) | 2) + 4, "1.50"}},
		{{"numeric(10,2)", NUMERICOID, -1, "1.5"}, "1.50"},
		{{"numeric(10,2)", 0, -1, "NaN"}},
		{{"text", TEXTOID, -1, "h\303\251 \346\274\242"}},
		{{"text", TEXTOID, -1, ""}},
		{{"varchar(3)", VARCHAROID, -1, "abc"}},
		{{"char(5)", BPCHAROID, 9, "ab   "}},
		{{"char(5)", 0, -1, "ab"}, "ab   "},
		{{"name", NAMEOID, -1, "a_name"}},
		{{"\"char\"", CHAROID, -1, "x"}},
		{{"bytea", BYTEAOID, -1, "\\xdeadbeef"}},
		{{"date", DATEOID, -1, "0044-03-15 BC"}},
		{{"date", DATEOID, -1, "infinity"}},
		{{"timestamp", TIMESTAMPOID, -1, "294276-12-31 23:59:59.999999"}},
		{{"timestamp(3)", 0, -1, "2026-01-01 00:00:00.123"}},
		{{"timestamp(0)", TIMESTAMPOID, 0, "2026-01-01 00:00:00"}},
		{{"interval", INTERVALOID, -1, "-1 years -2 mons +3 days -04:05:06.7"}},
		{{"interval(2)", 0, -1, "00:00:01.25"}},
		{{"int4[]", 1007, -1, "[0:1]={1,NULL}"}},
		{{"numeric(5,2)[]", 0, -1, "{1.5,NULL}"}, "{1.50,NULL}"},
		{{"int4range", 3904, -1, "[1,10)"}},
		{{"jsonb", JSONBOID, -1, "{\"a\": 1.50}"}},
		{{"uuid", UUIDOID, -1, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}},
		{{"bit(3)", BITOID, 3, "101"}},
		{{"inet", INETOID, -1, "10.0.0.1/8"}},
	};

	for (int i = 0; i < lengthof(cases); i++)
	{
		const char *wanted = cases[i].wanted ? cases[i].wanted : cases[i].c.text;

		CHECK_STR(decode_text(&cases[i].c), wanted);
	}
}

/* Never cut, never rounded, never another character. */
GW_UNIT(value_refused)
{
	static const struct
	{
		ValueCase c;
		const char *sqlstate;
	} cases[] = {
		{{"int2", 0, -1, "32768"}, "22003"},
		{{"int4", 0, -1, "2147483648"}, "22003"},
		{{"int8", 0, -1, "9223372036854775808"}, "22003"},
		{{"int4", 0, -1, "1.5"}, "22P02"},
		{{"int4", 0, -1, ""}, "22P02"},
		{{"int4", 0, -1, "-"}, "22P02"},
		{{"bool", 0, -1, "maybe"}, "22P02"},
		{{"float4", 0, -1, "1e50"}, "22003"},
		{{"numeric(10,2)", NUMERICOID, -1, "1.234"}, "22003"},
		{{"numeric(3,0)", 0, -1, "1234"}, "22003"},
		{{"varchar(3)", TEXTOID, -1, "abcd"}, "22001"},
		{{"varchar(3)", TEXTOID, -1, "abc  "}, "22001"},
		{{"char(2)", TEXTOID, -1, "abc"}, "22001"},
		{{"timestamp(3)", TIMESTAMPOID, -1, "2026-01-01 00:00:00.1234"}, "22008"},
		{{"timestamp(0)", 0, -1, "2026-12-31 23:59:59.9"}, "22008"},
		{{"time(0)", 0, -1, "23:59:59.6"}, "22008"},
		{{"interval(0)", 0, -1, "00:00:00.5"}, "22008"},
		{{"numeric(5,2)[]", 0, -1, "{1.234}"}, "22001"},
		{{"name", TEXTOID, -1,
		  "a23456789012345678901234567890123456789012345678901234567890123x"}, "22001"},
		{{"\"char\"", TEXTOID, -1, "xy"}, "22001"},
		{{"text", TEXTOID, -1, "bad \303("}, "22021"},
		{{"jsonb", JSONBOID, -1, "{"}, "22P02"},
		{{"date", 0, -1, "2024-02-30"}, "22008"},
		{{"bit(3)", 0, -1, "10"}, "22026"},
		{{"date", TIMESTAMPOID, -1, "2026-01-01 10:00:00"}, "22008"},
		{{"date", TIMESTAMPTZOID, -1, "2026-01-01 00:00:00.000001+00"}, "22008"},
		{{"date", 0, -1, "2026-01-01 24:00:00"}, "22008"},
		{{"time", TIMESTAMPOID, -1, "2026-01-01 10:00:00"}, "22008"},
		{{"timetz", 0, -1, "2026-01-01 10:00:00+00"}, "22008"},
		{{"timetz", TIMESTAMPTZOID, -1, "2026-01-01 10:00:00+00"}, "22008"},
	};

	for (int i = 0; i < lengthof(cases); i++)
		CHECK_RAISES(decode_text_body, (void *) &cases[i].c, cases[i].sqlstate);
}

/* What is a moment there does not depend on who looks at it. */
GW_UNIT(value_utc)
{
	static const struct
	{
		ValueCase c;
		const char *wanted;
	} cases[] = {
		{{"timestamptz", TIMESTAMPOID, -1, "2026-01-01 00:00:00"}, "2026-01-01 09:00:00+09"},
		{{"timestamptz(3)", 0, -1, "2026-01-01 00:00:00.5"}, "2026-01-01 09:00:00.5+09"},
		{{"timestamptz", 0, -1, "2026-01-01"}, "2026-01-01 09:00:00+09"},
		{{"timestamptz", 0, -1, "12026-01-01 00:00"}, "12026-01-01 09:00:00+09"},
		{{"timestamptz", 0, -1, "0044-03-15 00:00 BC"}, "0044-03-15 09:18:59+09:18:59 BC"},
		{{"timestamptz", 0, -1, "2026-01-01 00:00:00-05"}, "2026-01-01 14:00:00+09"},
		{{"timestamptz", 0, -1, "2026-01-01 00:00:00Z"}, "2026-01-01 09:00:00+09"},
		{{"timetz", 0, -1, "00:00:00"}, "00:00:00+00"},
		{{"timestamp", TIMESTAMPTZOID, -1, "2026-01-01 00:00:00+00"}, "2026-01-01 00:00:00"},
		{{"date", TIMESTAMPOID, -1, "2026-01-01 00:00:00"}, "2026-01-01"},
		{{"date", 0, -1, "300000-01-01"}, "300000-01-01"},
		{{"timetz", 0, -1, "10:00:00 -05"}, "10:00:00-05"},
	};

	SetConfigOption("timezone", "Asia/Tokyo", PGC_USERSET, PGC_S_SESSION);
	for (int i = 0; i < lengthof(cases); i++)
		CHECK_STR(decode_text(&cases[i].c), cases[i].wanted);
	SetConfigOption("timezone", "UTC", PGC_USERSET, PGC_S_SESSION);
}

/* A value of a type, as its own send function puts it. */
static bytea *
wire_of(const char *type_name, const char *text)
{
	Oid type, input, ioparam, send;
	int32 typmod;
	bool varlena;

	parseTypeString(type_name, &type, &typmod, false);
	getTypeInputInfo(type, &input, &ioparam);
	getTypeBinaryOutputInfo(type, &send, &varlena);
	return OidSendFunctionCall(send, OidInputFunctionCall(input, (char *) text, ioparam, typmod));
}

/* Decoded into another, or the same, type; as text. */
static char *
from_wire(bytea *wire, const char *from_name, const char *to_name)
{
	GwColumnInfo info = {"c", 0, -1, GW_CELL_BINARY};
	Oid to;
	int32 typmod;
	GwCell cell;
	bool isnull;
	Datum value;

	parseTypeString(from_name, &info.type_oid, &info.typmod, false);
	parseTypeString(to_name, &to, &typmod, false);
	cell.len = VARSIZE(wire) - VARHDRSZ;
	cell.data = memcpy(palloc0(cell.len + 1), VARDATA(wire), cell.len);
	value = gw_decode(gw_decoder_create(&info, to, typmod, "c"), &cell, &isnull);
	return value_output(value, to);
}

static char *
through_binary(const char *from_name, const char *text, const char *to_name)
{
	return from_wire(wire_of(from_name, text), from_name, to_name);
}

GW_UNIT(value_binary)
{
	static const char *const cases[][3] = {
		{"int2", "-5", "int2"}, {"int4", "2147483647", "int4"},
		{"int8", "-9223372036854775808", "int8"}, {"int4", "7", "int8"},
		{"int8", "7", "int2"}, {"float8", "0.1", "float8"}, {"bool", "t", "bool"},
		{"numeric", "123456789.000001", "numeric"}, {"numeric(8,3)", "1.250", "numeric(8,3)"},
		{"text", "h\303\251", "text"}, {"text", "h\303\251", "varchar(5)"},
		{"jsonb", "{\"k\": \"h\303\251\"}", "jsonb"}, {"json", "{\"k\" :1}", "json"},
		{"text[]", "{a,h\303\251,NULL}", "text[]"}, {"date", "2026-02-28", "date"},
		{"timestamp", "2026-01-01 00:00:00.123", "timestamp(3)"},
		{"uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "uuid"}, {"bytea", "\\x00ff", "bytea"},
		{"int4range", "[1,5)", "int4range"}, {"inet", "10.0.0.1", "inet"},
		{"interval", "1 mon 2 days 03:00:00", "interval"},
	};

	for (int i = 0; i < lengthof(cases); i++)
		CHECK_STR(through_binary(cases[i][0], cases[i][1], cases[i][2]), cases[i][1]);
}

/* A type's name, and the cell's length; its bytes are all 0x7f. */
typedef struct WrongCell
{
	const char *type;
	int len;
} WrongCell;

static void
decode_wrong_cell(void *arg)
{
	WrongCell *wrong = arg;
	bytea *wire = palloc(VARHDRSZ + wrong->len);

	SET_VARSIZE(wire, VARHDRSZ + wrong->len);
	memset(VARDATA(wire), 0x7f, wrong->len);
	(void) from_wire(wire, wrong->type, wrong->type);
}

/* Bytes that are no value of the type are refused, never read as one. */
GW_UNIT(value_binary_wrong)
{
	static WrongCell lengths[] = {
		{"int2", 4}, {"int4", 8}, {"int8", 4}, {"int8", 0}, {"float4", 8}, {"float8", 4},
		{"bool", 0}, {"bool", 2}, {"date", 8}, {"time", 4}, {"timestamp", 7},
		{"timestamptz", 9}, {"uuid", 15}, {"uuid", 17}, {"jsonb", 0}, {"jsonb", 5},
	};
	static WrongCell ranges[] = {{"time", 8}};

	for (int i = 0; i < lengthof(lengths); i++)
		CHECK_RAISES(decode_wrong_cell, &lengths[i], "08P01");
	for (int i = 0; i < lengthof(ranges); i++)
		CHECK_RAISES(decode_wrong_cell, &ranges[i], "22008");
}

/* The wire's text is in the database's encoding, whatever the client speaks. */
GW_UNIT(value_binary_client_encoding)
{
	static const char *const types[] = {"text", "jsonb", "text[]", "varchar(9)"};
	static const char *const texts[] = {"h\303\251", "\"h\303\251\"", "{h\303\251}", "h\303\251"};
	int saved = pg_get_client_encoding();
	char *got[lengthof(types)];
	bytea *wires[lengthof(types)];

	if (GetDatabaseEncoding() != PG_UTF8 || PrepareClientEncoding(PG_LATIN1) < 0)
		return;
	for (int i = 0; i < lengthof(types); i++)
		wires[i] = wire_of(types[i], texts[i]);
	(void) SetClientEncoding(PG_LATIN1);
	for (int i = 0; i < lengthof(types); i++)
		got[i] = from_wire(wires[i], types[i], types[i]);
	CHECK_INT(pg_get_client_encoding(), PG_LATIN1);
	(void) SetClientEncoding(saved);
	for (int i = 0; i < lengthof(types); i++)
		CHECK_STR(got[i], texts[i]);
}

/* NULL, DATUM cells of the same and of another type, domains. */
GW_UNIT(value_datum)
{
	GwColumnInfo info = {"c", INT4OID, -1, GW_CELL_DATUM};
	GwCell cell;
	bool isnull;
	Datum value;

	cell.datum = Int32GetDatum(42);
	cell.len = 0;
	value = gw_decode(gw_decoder_create(&info, INT4OID, -1, "c"), &cell, &isnull);
	CHECK(!isnull);
	CHECK_INT(DatumGetInt32(value), 42);
	value = gw_decode(gw_decoder_create(&info, INT8OID, -1, "c"), &cell, &isnull);
	CHECK_INT(DatumGetInt64(value), 42);

	info.type_oid = TEXTOID;
	cell.datum = CStringGetTextDatum("copied");
	value = gw_decode(gw_decoder_create(&info, TEXTOID, -1, "c"), &cell, &isnull);
	CHECK(DatumGetPointer(value) != DatumGetPointer(cell.datum));
	CHECK_STR(TextDatumGetCString(value), "copied");

	cell.len = -1;
	(void) gw_decode(gw_decoder_create(&info, TEXTOID, -1, "c"), &cell, &isnull);
	CHECK(isnull);
}
