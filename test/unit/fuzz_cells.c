/*
 * fuzz_cells.c
 *	  Fuzz target: cells as a remote sends them, against the oracle of the
 *	  types' own input and receive functions.
 *
 * Without a type modifier both must agree in value or SQLSTATE.  With one,
 * ours may refuse what the type's function would round or cut, and only that.
 */
#include "postgres.h"

#include "gw_fuzz.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "schema/gw_value.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

typedef struct CellKind
{
	Oid type;
	int32 typmod;
	bool binary; /* its receive function converts no text */
} CellKind;

#define CELL_NUMERIC(p, s) ((((p) << 16) | (s)) + VARHDRSZ)

static const CellKind cell_kinds[] = {
	{INT2OID, -1, true}, {INT4OID, -1, true}, {INT8OID, -1, true}, {FLOAT4OID, -1, true},
	{FLOAT8OID, -1, true}, {BOOLOID, -1, true}, {NUMERICOID, -1, true},
	{NUMERICOID, CELL_NUMERIC(10, 2)}, {DATEOID, -1, true}, {TIMEOID, -1, true},
	{TIMESTAMPOID, -1, true}, {TIMESTAMPOID, 3}, {TIMESTAMPTZOID, -1, true},
	{INTERVALOID, -1, true}, {TEXTOID, -1}, {VARCHAROID, 5 + VARHDRSZ}, {BPCHAROID, 4 + VARHDRSZ},
	{NAMEOID, -1}, {CHAROID, -1}, {UUIDOID, -1, true}, {BYTEAOID, -1, true}, {INT4ARRAYOID, -1},
	{JSONBOID, -1}, {INETOID, -1, true}, {VARBITOID, -1, true}, {BITOID, 3},
};

typedef struct CellRun
{
	const GwFuzzInput *input;
	const CellKind *kind;
	bool binary;
	int32 oracle_typmod;
} CellRun;

static void
cell_answer(GwFuzzAnswer *answer, Datum value, Oid type)
{
	answer->value = value;
	answer->text = gw_value_text(value, type);
}

static void
cell_ours(void *arg, GwFuzzAnswer *answer)
{
	const CellRun *run = arg;
	GwColumnInfo from = {"c", run->binary ? run->kind->type : InvalidOid, -1,
						 run->binary ? GW_CELL_BINARY : GW_CELL_TEXT};
	GwCell cell = {.data = run->input->data, .len = run->input->len};
	bool isnull;
	Datum value = gw_decode(gw_decoder_create(&from, run->kind->type, run->kind->typmod, "c"),
							&cell, &isnull);

	cell_answer(answer, value, run->kind->type);
}

static void
cell_oracle(void *arg, GwFuzzAnswer *answer)
{
	const CellRun *run = arg;
	Oid function, ioparam;
	Datum value;

	if (run->binary)
	{
		StringInfoData buf = {run->input->data, run->input->len, run->input->len + 1};

		getTypeBinaryInputInfo(run->kind->type, &function, &ioparam);
		value = OidReceiveFunctionCall(function, &buf, ioparam, run->oracle_typmod);
		if (buf.cursor != buf.len)
			ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), errmsg("left over")));
	}
	else
	{
		pg_verifymbstr(run->input->data, run->input->len, false);
		getTypeInputInfo(run->kind->type, &function, &ioparam);
		value = OidInputFunctionCall(function, run->input->data, ioparam, run->oracle_typmod);
	}
	cell_answer(answer, value, run->kind->type);
}

static bool
cell_equal(Oid type, Datum a, Datum b)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_EQ_OPR_FINFO);

	return DatumGetBool(FunctionCall2Coll(&entry->eq_opr_finfo, C_COLLATION_OID, a, b));
}

static void
cell_moment(void *arg, GwFuzzAnswer *answer)
{
	const CellRun *run = arg;

	cell_answer(answer, OidInputFunctionCall(F_TIMESTAMP_IN, run->input->data, InvalidOid, -1),
				TIMESTAMPOID);
}

/* Does the type forget a part of what the text says: a time of day, or a day? */
static bool
cell_has_more(CellRun *run, const GwFuzzAnswer *oracle)
{
	GwFuzzAnswer moment;

	if (run->kind->type != DATEOID && run->kind->type != TIMEOID && run->kind->type != TIMETZOID)
		return false;
	gw_fuzz_try(cell_moment, run, &moment);
	if (run->kind->type != DATEOID)
		return !moment.raised;
	return moment.raised ||
		   DatumGetTimestamp(moment.value) !=
			   DatumGetTimestamp(DirectFunctionCall1(date_timestamp, oracle->value));
}

/* May ours refuse what the type's own function takes? */
static bool
cell_refusal_is_due(CellRun *run, const GwFuzzAnswer *ours, const GwFuzzAnswer *oracle)
{
	GwFuzzAnswer plain;

	if (run->binary || oracle->raised)
		return false;
	if (run->kind->type == NAMEOID || run->kind->type == CHAROID)
		return strcmp(oracle->text, run->input->data) != 0;
	if (cell_has_more(run, oracle))
		return true;
	if (run->kind->typmod < 0)
		return false;
	run->oracle_typmod = -1;
	gw_fuzz_try(cell_oracle, run, &plain);
	return plain.raised || !cell_equal(run->kind->type, plain.value, oracle->value);
}

GW_FUZZ(cells)
{
	CellRun run = {input};
	GwFuzzAnswer ours, oracle;
	int nestlevel = gw_value_begin_text();
	bool agree;

	run.kind = &cell_kinds[pg_prng_uint64_range(input->random, 0, lengthof(cell_kinds) - 1)];
	run.binary = run.kind->binary && pg_prng_bool(input->random);
	run.oracle_typmod = run.kind->typmod;
	gw_fuzz_try(cell_ours, &run, &ours);
	gw_fuzz_try(cell_oracle, &run, &oracle);

	if (ours.raised && oracle.raised)
		/* Bytes that no sender writes are a broken protocol, whatever the type calls them. */
		agree = ours.sqlstate == oracle.sqlstate || run.kind->typmod >= 0 ||
				(run.binary && ours.sqlstate == ERRCODE_PROTOCOL_VIOLATION);
	else if (ours.raised)
		agree = cell_refusal_is_due(&run, &ours, &oracle);
	else
		agree = !oracle.raised && strcmp(ours.text, oracle.text) == 0;
	if (!agree)
		elog(ERROR, "%s %s of type %u, modifier %d: ours %s, the type's own %s",
			 run.binary ? "binary" : "text", gw_fuzz_show(input), run.kind->type,
			 run.kind->typmod, ours.raised ? pstrdup(unpack_sql_state(ours.sqlstate)) : ours.text,
			 oracle.raised ? pstrdup(unpack_sql_state(oracle.sqlstate)) : oracle.text);
	gw_value_end_text(nestlevel);
	return !ours.raised;
}
