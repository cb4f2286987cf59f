/*
 * gw_fuzz.c
 *	  Mutated inputs and subtransactions for the fuzz targets in a backend.
 *
 * Knows nothing of what is fuzzed.  What a run allocates goes with the run.
 */
#include "postgres.h"

#include "gw_fuzz.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#define FUZZ_MAX_BYTES 4096

/* What parsers care about. */
static const char *const fuzz_tokens[] = {
	"0", "-1", "9", "18446744073709551616", "2147483648", "-9223372036854775809", "1e309", "NaN",
	"Infinity", ".", "e-5", "true", "false", "null", "{}", "[]", "\"", "\\u0000", "\\", ",", ":",
	"{\"name\":\"a\",\"type\":\"INT64\"}", "\"columns\":[", "\"type\":", "\"nullable\":", "STRUCT<",
	"ARRAY<", " ", "\t", "\n", "'", "\303\251", "\360\237\230\200", "\303", "\xff", "+", "00", "BC",
	"24:00:00", "-infinity", "epoch", "1 day", "{1,NULL}", "0x1f", "99999999999999999999999999",
};

static int
fuzz_below(pg_prng_state *random, int n)
{
	return n <= 1 ? 0 : (int) pg_prng_uint64_range(random, 0, n - 1);
}

/* Replaces [at, at + gone) of the input by some bytes. */
static void
fuzz_splice(GwFuzzInput *input, int at, int gone, const char *bytes, int n)
{
	n = Min(n, FUZZ_MAX_BYTES - (input->len - gone));
	memmove(input->data + at + n, input->data + at + gone, input->len - at - gone);
	memmove(input->data + at, bytes, n);
	input->len += n - gone;
	input->data[input->len] = '\0';
}

static void
fuzz_mutate(GwFuzzInput *input, bytea *other)
{
	int at = fuzz_below(input->random, input->len + 1);
	int gone = fuzz_below(input->random, Min(input->len - at, 12) + 1);
	const char *token = fuzz_tokens[fuzz_below(input->random, lengthof(fuzz_tokens))];
	char byte;
	char *copy;
	int from;

	switch (fuzz_below(input->random, 6))
	{
		case 0:
			fuzz_splice(input, at, gone, "", 0);
			break;
		case 1:
			fuzz_splice(input, at, 0, token, (int) strlen(token));
			break;
		case 2:
			fuzz_splice(input, at, gone, token, (int) strlen(token));
			break;
		case 3:
			copy = pnstrdup(input->data + at, gone);
			fuzz_splice(input, fuzz_below(input->random, input->len + 1), 0, copy,
						(int) strlen(copy));
			break;
		case 4:
			from = fuzz_below(input->random, VARSIZE_ANY_EXHDR(other) + 1);
			fuzz_splice(input, at, gone, VARDATA_ANY(other) + from,
						fuzz_below(input->random, VARSIZE_ANY_EXHDR(other) - from + 1));
			break;
		default:
			byte = (char) fuzz_below(input->random, 256);
			fuzz_splice(input, at, Min(gone, 1), &byte, 1);
			break;
	}
}

char *
gw_fuzz_show(const GwFuzzInput *input)
{
	bytea *bytes = (bytea *) palloc(VARHDRSZ + input->len);

	SET_VARSIZE(bytes, VARHDRSZ + input->len);
	memcpy(VARDATA(bytes), input->data, input->len);
	return DatumGetCString(DirectFunctionCall1(byteaout, PointerGetDatum(bytes)));
}

void
gw_fuzz_try(void (*body)(void *arg, GwFuzzAnswer *answer), void *arg, GwFuzzAnswer *answer)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	memset(answer, 0, sizeof(GwFuzzAnswer));
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		body(arg, answer);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(cxt);
		answer->raised = true;
		answer->sqlstate = CopyErrorData()->sqlerrcode;
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(cxt);
	CurrentResourceOwner = owner;
	if (answer->raised && answer->sqlstate == ERRCODE_QUERY_CANCELED)
		elog(ERROR, "the run was cancelled");
}

Datum
gw_fuzz_loop(FunctionCallInfo fcinfo, bool (*body)(const GwFuzzInput *input))
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
	int runs = PG_GETARG_INT32(2);
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "fuzz run",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	pg_prng_state random;
	Datum *corpus;
	int ncorpus;
	int64 accepted = 0;

	deconstruct_array(array, BYTEAOID, -1, false, TYPALIGN_INT, &corpus, NULL, &ncorpus);
	if (ncorpus == 0)
		elog(ERROR, "the corpus is empty");
	pg_prng_seed(&random, (uint64) PG_GETARG_INT64(1));
	for (int i = 0; i < runs; i++)
	{
		bytea *seed = (bytea *) DatumGetPointer(corpus[fuzz_below(&random, ncorpus)]);
		GwFuzzInput input = {&random};

		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(cxt);
		old = MemoryContextSwitchTo(cxt);
		input.data = palloc(FUZZ_MAX_BYTES + 1);
		input.len = Min((int) VARSIZE_ANY_EXHDR(seed), FUZZ_MAX_BYTES);
		memcpy(input.data, VARDATA_ANY(seed), input.len);
		input.data[input.len] = '\0';
		/* The corpus itself is among the inputs. */
		for (int n = fuzz_below(&random, 7); n > 0; n--)
			fuzz_mutate(&input, (bytea *) DatumGetPointer(corpus[fuzz_below(&random, ncorpus)]));
		accepted += body(&input);
		MemoryContextSwitchTo(old);
	}
	MemoryContextDelete(cxt);
	PG_RETURN_INT64(accepted);
}
