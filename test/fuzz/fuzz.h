/*
 * fuzz.h
 *	  What a fuzz target provides and what the shim gives it.
 *
 * A target is one file target_NAME.c that links the product's own objects.
 * The shim stands in for the server: palloc'd memory lives in blocks of its
 * own (so that AddressSanitizer sees every overrun) until the run ends, and
 * ereport(ERROR) ends the run, unless the target asked to look at it.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "postgres.h"

#include <setjmp.h>

#include "base/gw_compat.h"

/* One run: text is the input with a NUL behind it, which it may hold as well. */
extern void fuzz_one(char *text, size_t len);

/* What the target finds wrong: says so and aborts, which libFuzzer records. */
extern GW_NORETURN void fuzz_fail(const char *fmt, ...) pg_attribute_printf(1, 2);

#define FUZZ_CHECK(condition)                                                                  \
	do                                                                                         \
	{                                                                                          \
		if (!(condition))                                                                      \
			fuzz_fail("%s:%d: %s", __FILE__, __LINE__, #condition);                            \
	} while (0)

/*
 * Runs body(arg); the SQLSTATE it raised, or 0.  The message it raised with
 * is in fuzz_message until the next call.
 */
extern int fuzz_raises(void (*body)(void *arg), void *arg);
extern char fuzz_message[4096];

/* Is it valid UTF-8, as the server sees it? */
extern bool fuzz_valid(const char *text, size_t len);

#endif /* FUZZ_H */
