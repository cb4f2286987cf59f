/*
 * unit_value_made.c
 *	  Values that are made by hand hold the very bytes that the types' own
 *	  functions store; what those refuse is refused.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "schema/gw_value.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

#include "gw_unit.h"

static Datum
made_decode(Oid type, GwCellFormat format, const char *data, int len)
{
	GwColumnInfo from = {"c", type, -1, format};
	GwCell cell = {.data = data, .len = len};
	bool isnull;

	return gw_decode(gw_decoder_create(&from, type, -1, "c"), &cell, &isnull);
}

static bool
made_same(Datum a, Datum b)
{
	struct varlena *x = PG_DETOAST_DATUM(a);
	struct varlena *y = PG_DETOAST_DATUM(b);

	return VARSIZE(x) == VARSIZE(y) && memcmp(x, y, VARSIZE(x)) == 0;
}

static void
made_check_jsonb(const char *text)
{
	char *wire = psprintf("\001%s", text);
	Datum own = made_decode(JSONBOID, GW_CELL_BINARY, wire, strlen(wire));
	Datum theirs = DirectFunctionCall1(jsonb_in, CStringGetDatum(text));

	gw_unit_check(made_same(own, theirs), text, __FILE__, __LINE__);
	CHECK(made_same(made_decode(JSONBOID, GW_CELL_TEXT, text, strlen(text)), theirs));
}

GW_UNIT(value_made_jsonb)
{
	static const char *const documents[] = {
		"{}", "[]", "null", "true", "false", "0", "-0", "-0.00", "1", "-1", "1.50", "0.0001",
		"0.00010", "10000", "100000000", "99999999", "12345678901234567890.123456789",
		"0.1234567890123456789012345678", "-10000.00001",
		"1234567890123456789012345678901234567890",
		"12345678901234567890123456789012345678901", "1e10", "1.5E-3", "\"\"", "\"x\"",
		"\"\\u00e9 \\\" \\\\ \\n\"", "\"caf\303\251\"", "[1, 2, 3]", "[1, \"a\", null, true, {}]",
		"[[[]]]", "{\"a\": 1}", "{\"a\": 1, \"b\": \"x\", \"cc\": [1, {\"d\": null}]}",
		"{\"b\": 1, \"a\": 2}", "{\"a\": 1, \"a\": 2}", "{\"aa\": 1, \"b\": 2}",
		"{\"\": 0, \"a\": \"\"}",
		"  { \"a\" :\t1 ,\n\"b\" : [ ] } ", "{\"n\": 12345.678, \"kind\": \"item 3\"}",
		"[\"a\", 1, \"bc\", 2.5, \"def\", 100000, \"\", [7], {\"k\": 0.5}]",
		"{\"a\": {\"b\": {\"c\": {\"d\": [1, [2, [3, [4]]]]}}}}",
	};
	StringInfoData big;
	int i;

	for (i = 0; i < lengthof(documents); i++)
		made_check_jsonb(documents[i]);

	/* More children than go between two offsets, of all kinds. */
	initStringInfo(&big);
	appendStringInfoChar(&big, '[');
	for (i = 0; i < 200; i++)
		appendStringInfo(&big, "%s%d, \"s%d\", null, {\"k%d\": [%d.%d]}", i > 0 ? ", " : "",
						 i * 7919, i, i, i, i);
	appendStringInfoChar(&big, ']');
	made_check_jsonb(big.data);
	resetStringInfo(&big);
	appendStringInfoChar(&big, '{');
	for (i = 100; i < 300; i++)
		appendStringInfo(&big, "%s\"k%d\": %s", i > 100 ? ", " : "", i,
						 i % 3 == 0 ? "\"text\"" : i % 3 == 1 ? "12345" : "[true]");
	appendStringInfoChar(&big, '}');
	made_check_jsonb(big.data);
	resetStringInfo(&big);
	for (i = 0; i < 100; i++)
		appendStringInfoChar(&big, '[');
	for (i = 0; i < 100; i++)
		appendStringInfoChar(&big, ']');
	made_check_jsonb(big.data);
}

static void
made_bad_jsonb(void *arg)
{
	(void) made_decode(JSONBOID, GW_CELL_TEXT, arg, strlen(arg));
}

GW_UNIT(value_made_jsonb_refused)
{
	static const char *const documents[] = {
		"", " ", "{", "}", "[1,]", "[1 2]", "{\"a\"}", "{\"a\": 1,}", "{1: 2}", "01", "1.",
		".5", "-", "+1", "tru", "truex", "nul", "\"a", "\"\001\"", "[] []", "1 2",
		"{\"a\": 1} x", "NaN",
	};
	int i;

	for (i = 0; i < lengthof(documents); i++)
		CHECK_RAISES(made_bad_jsonb, unconstify(char *, documents[i]), "22P02");
}

GW_UNIT(value_made_numeric)
{
	static const char *const numbers[] = {
		"0", "0.00", "1", "-1", "9999", "10000", "10001", "99990000", "123456789.987654321", "0.1",
		"-0.0001", "0.00001", "1e100", "1e-60", "1e250", "1e-100", "-1e255", "1e300", "NaN",
		"Infinity", "-Infinity", "12345678901234567890123456789012345678901234567890.5",
		"0.000000000000000000000000000000000000000000000000000000000000001",
		"0.0000000000000000000000000000000000000000000000000000000000000001",
	};
	int i;

	for (i = 0; i < lengthof(numbers); i++)
	{
		Datum theirs = DirectFunctionCall3(numeric_in, CStringGetDatum(numbers[i]),
										   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
		bytea *wire = DatumGetByteaP(DirectFunctionCall1(numeric_send, theirs));

		gw_unit_check(made_same(made_decode(NUMERICOID, GW_CELL_BINARY, VARDATA(wire),
											VARSIZE(wire) - VARHDRSZ), theirs),
					  numbers[i], __FILE__, __LINE__);
	}
}

/* What no numeric sends itself: zeros at the ends, digits behind the scale. */
GW_UNIT(value_made_numeric_odd)
{
	static const int16 odd[][8] = {
		/* digits, weight, sign, scale, digits */
		{2, 1, 0, 0, 0, 5}, {2, 0, 0, 4, 7, 0}, {2, 0, 0, 1, 1, 2345}, {3, 0, 0, 2, 1, 2300, 1},
		{1, 0, 0x4000, 0, 0}, {0, 3, 0, 2}, {0, 0, 0x4000, 2}, {1, -1, 0, 1, 1234},
	};
	int i;
	int j;

	for (i = 0; i < lengthof(odd); i++)
	{
		StringInfoData wire;
		Datum own;
		Datum theirs;

		initStringInfo(&wire);
		for (j = 0; j < 4 + odd[i][0]; j++)
			pq_sendint16(&wire, odd[i][j]);
		own = made_decode(NUMERICOID, GW_CELL_BINARY, wire.data, wire.len);
		theirs = DirectFunctionCall3(numeric_recv, PointerGetDatum(&wire),
									 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
		CHECK(made_same(own, theirs));
	}
}

/* ---- plain texts ---- */

static char *
made_text(Oid type, int32 typmod, const char *text, bool own)
{
	GwColumnInfo from = {"c", InvalidOid, -1, GW_CELL_TEXT};
	GwCell cell = {.data = text, .len = strlen(text)};
	Oid input, output, ioparam;
	bool isnull, varlena;
	Datum value;

	getTypeInputInfo(type, &input, &ioparam);
	getTypeOutputInfo(type, &output, &varlena);
	value = own ? gw_decode(gw_decoder_create(&from, type, typmod, "c"), &cell, &isnull)
				: OidInputFunctionCall(input, unconstify(char *, text), ioparam, typmod);
	return OidOutputFunctionCall(output, value);
}

/* By hand and by the type's input function. */
static void
made_check_texts(Oid type, int32 typmod, const char *const *texts, int n)
{
	for (int i = 0; i < n; i++)
		gw_unit_check_str(made_text(type, typmod, texts[i], true),
						  made_text(type, typmod, texts[i], false), texts[i], __FILE__, __LINE__);
}

GW_UNIT(value_plain)
{
	static const char *const bools[] = {"t", "f", "true", "false", "TRUE", "1", "off", " yes "};
	static const char *const days[] = {
		"2024-02-29", "2000-02-29", "1900-02-28", "0001-01-01", "9999-12-31", "1999-12-31",
		"2000-01-01", "1582-10-10", "0044-03-15 BC", "10000-01-01", "infinity", "20240102",
		"2024-1-2", "  2024-01-02 ",
	};
	static const char *const moments[] = {
		"2024-02-29 12:34:56", "2024-02-29T12:34:56", "2024-02-29 12:34:56.1",
		"2024-02-29T23:59:59.999999", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999",
		"1969-12-31T23:59:59.000001", "2024-02-29 24:00:00", "2024-02-29 12:34:60",
		"2024-02-29 12:34:56.1234567", "2024-02-29 12:34", "infinity", "2024-02-29 12:34:56.",
		"2024-02-28 12:34:56 BC",
	};
	static const char *const instants[] = {
		"2024-02-29 12:34:56+00", "2024-02-29T12:34:56Z", "2024-02-29 12:34:56.25+00",
		"2024-02-29 12:34:56+01", "2024-02-29 12:34:56-05:30", "2024-02-29 12:34:56",
		"2024-02-29 12:34:56 UTC", "0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00",
	};
	static const char *const numbers[] = {
		"0", "-0", "0.0", "-0.00", "007", "-007.50", "1", "-1", "10000", "0.0001", "99999.99",
		"123456789012345678901234567890.12345678", "1234567890123456789012345678901234567.8901",
		"1234567890123456789012345678901234567.89012345", "1e5", "1.5E-3", "NaN", " 12 ", "+5",
		".5", "5.",
	};
	static const char *const amounts[] = {"0", "1", "-1.5", "1.50", "99999999.99", "-0.01", "1e2"};

	made_check_texts(BOOLOID, -1, bools, lengthof(bools));
	made_check_texts(DATEOID, -1, days, lengthof(days));
	made_check_texts(TIMESTAMPOID, -1, moments, lengthof(moments));
	made_check_texts(TIMESTAMPTZOID, -1, instants, lengthof(instants));
	made_check_texts(NUMERICOID, -1, numbers, lengthof(numbers));
	made_check_texts(NUMERICOID, (10 << 16 | 2) + VARHDRSZ, amounts, lengthof(amounts));
}

typedef struct MadePlain
{
	Oid type;
	int32 typmod;
	const char *text, *sqlstate;
} MadePlain;

static void
made_bad_plain(void *arg)
{
	const MadePlain *plain = arg;

	(void) made_text(plain->type, plain->typmod, plain->text, true);
}

GW_UNIT(value_plain_refused)
{
	static const MadePlain bad[] = {
		{DATEOID, -1, "2023-02-29", "22008"}, {DATEOID, -1, "1900-02-29", "22008"},
		{DATEOID, -1, "2024-13-01", "22008"}, {DATEOID, -1, "2024-00-01", "22008"},
		{DATEOID, -1, "2024-01-00", "22008"}, {DATEOID, -1, "0000-01-01", "22008"},
		{DATEOID, -1, "2024-01-0x", "22007"}, {TIMESTAMPOID, -1, "2024-02-30T00:00:00", "22008"},
		{TIMESTAMPOID, -1, "2024-02-29 25:00:00", "22008"},
		{TIMESTAMPOID, -1, "2024-02-29 12:60:00", "22008"},
		{TIMESTAMPTZOID, -1, "2024-02-29 12:34:56+0x", "22007"}, {BOOLOID, -1, "tru e", "22P02"},
		{NUMERICOID, -1, "", "22P02"}, {NUMERICOID, -1, "-", "22P02"},
		{NUMERICOID, -1, "1.2.3", "22P02"}, {NUMERICOID, -1, "12a", "22P02"},
		{NUMERICOID, (4 << 16 | 2) + VARHDRSZ, "1.234", "22003"},
		{NUMERICOID, (4 << 16 | 2) + VARHDRSZ, "123.4", "22003"},
		{FLOAT8OID, -1, "", "22P02"}, {FLOAT8OID, -1, "1.5.2", "22P02"},
		{FLOAT8OID, -1, "1e", "22P02"}, {FLOAT8OID, -1, "1e999", "22003"},
		{INT4OID, -1, "2147483648", "22003"}, {INT8OID, -1, "9223372036854775808", "22003"},
	};

	for (int i = 0; i < lengthof(bad); i++)
		CHECK_RAISES(made_bad_plain, unconstify(MadePlain *, &bad[i]), bad[i].sqlstate);
}

/* The very double that strtod() finds. */
static bool
made_same_float(GwDecoder *decoder, const char *text)
{
	GwCell cell = {.data = text, .len = strlen(text)};
	double theirs = strtod(text, NULL);
	bool isnull;
	double own = DatumGetFloat8(gw_decode(decoder, &cell, &isnull));

	return memcmp(&own, &theirs, sizeof(own)) == 0;
}

GW_UNIT(value_plain_floats)
{
	static const char *const floats[] = {
		"0", "-0", "0.0", "-0.000", "1", "-1.5", "0.1", "0.3", "1e22", "1e23", "1e-22", "1e-23",
		"9007199254740992", "9007199254740993", "9007199254740993.0", "9007199254740992.5",
		"9007199254740991.5", "4503599627370496.5", "4503599627370497.5", "18446744073709551615",
		"9999999999999999999", "0.9999999999999999999", "166666.66666666666", "1.7976931348623157",
		"179769313486231570000000", "2.2250738585072014e-308", "5e-324", "0.1e1", "1E+5", "1e05",
		"123456789012345678", "0.000000000000000001", "0.0000000000000000012345678901234567",
		"9007199254740993e-19", "72057594037927945", "0.5000000000000001110", "1.5e0019",
	};
	GwColumnInfo from = {"c", InvalidOid, -1, GW_CELL_TEXT};
	GwDecoder *decoder = gw_decoder_create(&from, FLOAT8OID, -1, "c");
	uint64 state = 42;
	int differing = 0;

	for (int i = 0; i < lengthof(floats); i++)
		gw_unit_check(made_same_float(decoder, floats[i]), floats[i], __FILE__, __LINE__);
	for (int i = 0; i < 200000; i++)
	{
		char text[64];
		double value;
		uint64 bits;

		state = state * UINT64CONST(6364136223846793005) + 1442695040888963407;
		bits = state >> 1;
		if (i % 4 == 0)
			snprintf(text, sizeof(text), "%.17g", (double) bits / (1 + state % 997));
		else if (i % 4 == 1)
			snprintf(text, sizeof(text), "%s" UINT64_FORMAT "." UINT64_FORMAT,
					 state & 1 ? "-" : "", bits >> (24 + bits % 30), bits % 1000000007);
		else if (i % 4 == 2)
			snprintf(text, sizeof(text), UINT64_FORMAT "e-%d", bits >> (bits % 50),
					 (int) (bits % 31));
		else
		{
			/* Right between two doubles, or a digit beside. */
			value = (double) (bits >> 11) + (i % 8 == 3 ? 0.5 : 0.25);
			snprintf(text, sizeof(text), "%.2fe-%d", value, (int) (bits % 20));
		}
		differing += !made_same_float(decoder, text);
	}
	CHECK_INT(differing, 0);
}
