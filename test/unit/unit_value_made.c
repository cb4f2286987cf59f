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
