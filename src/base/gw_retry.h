/*
 * gw_retry.h
 *	  When to try again: budgeted full jitter, and what Retry-After says.
 *
 * Pure policy: nothing here waits, allocates or knows what is retried.  The
 * caller sleeps with gw_wait() and gives the random number, so that a test can
 * say what comes out.
 */
#ifndef GW_RETRY_H
#define GW_RETRY_H

#include "base/gw_wait.h"

/* What a remote asks to wait longer than this is said to the user instead. */
#define GW_RETRY_PATIENCE_MS 300000

/* How often, and how far apart. */
typedef struct GwRetryPolicy
{
	int max_attempts;	 /* the first included */
	int base_ms;		 /* upper bound of the first pause */
	int throttle_base_ms; /* the same after "slow down", with a floor of half of it */
	int cap_ms;			 /* no pause is longer, but for Retry-After */
} GwRetryPolicy;

/* 4 attempts, 250 ms, 1 s, 20 s. */
extern const GwRetryPolicy gw_retry_default;

/* What is known of a failed attempt. */
typedef struct GwRetryCase
{
	GwErrorClass cls;
	bool repeatable;	   /* a repeat does no harm, or it was never sent */
	int attempt;		   /* of the attempt that failed, from 1 */
	int64 retry_after_ms; /* the remote asked for it; -1: it did not */
} GwRetryCase;

/*
 * Milliseconds to sleep before the next attempt, or -1: give up.  A pause that
 * does not fit before the deadline is not begun.  random is within [0, 1).
 */
extern int64 gw_retry_pause(const GwRetryPolicy *policy, const GwRetryCase *failed,
							GwDeadline deadline, double random);

/* A random number within [0, 1), for gw_retry_pause(). */
extern double gw_retry_random(void);

/*
 * The value of a Retry-After header in milliseconds from now_s (seconds since
 * 1970): a number of seconds, or an HTTP date in the past or future.  -1: it is
 * neither.  Never more than a day.
 */
extern int64 gw_retry_after_ms(const char *value, int64 now_s);

#endif /* GW_RETRY_H */
