/*
 * gw_fuzz.h
 *	  Fuzz targets that need a backend: what they share.
 *
 * Each is an SQL function of the test module, gw_fuzz_TOPIC(corpus bytea[],
 * seed bigint, runs integer), which returns how many inputs were accepted and
 * raises an error that shows the input for the first wrong answer.  Inputs are
 * mutations of the corpus; a seed repeats them.
 */
#ifndef GW_FUZZ_H
#define GW_FUZZ_H

#include "postgres.h"

#include "common/pg_prng.h"
#include "fmgr.h"

typedef struct GwFuzzInput
{
	pg_prng_state *random;
	char *data; /* with a NUL behind */
	int len;
} GwFuzzInput;

/* What one way of doing it came to: a text, or a SQLSTATE. */
typedef struct GwFuzzAnswer
{
	bool raised;
	int sqlstate;
	char *text;
	Datum value;
} GwFuzzAnswer;

/* Runs body in a subtransaction; what it raises becomes the answer. */
extern void gw_fuzz_try(void (*body)(void *arg, GwFuzzAnswer *answer), void *arg,
						GwFuzzAnswer *answer);

/* The loop of one target; body says whether the input was accepted. */
extern Datum gw_fuzz_loop(FunctionCallInfo fcinfo, bool (*body)(const GwFuzzInput *input));

/* The input in printable form, for an error. */
extern char *gw_fuzz_show(const GwFuzzInput *input);

#define GW_FUZZ(topic)                                                                         \
	static bool fuzz_##topic(const GwFuzzInput *input);                                        \
	PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_fuzz_##topic);                                          \
	Datum gw_fuzz_##topic(PG_FUNCTION_ARGS)                                                    \
	{                                                                                          \
		return gw_fuzz_loop(fcinfo, fuzz_##topic);                                             \
	}                                                                                          \
	static bool fuzz_##topic(const GwFuzzInput *input)

#endif /* GW_FUZZ_H */
