/*
 * gw_limiter.h
 *	  How fast a service may be asked, and how often again.
 *
 * Pure policy over plain data, which may lie in shared memory: the caller locks
 * it and says what time it is.  A bucket of calls fills by the second; a bucket of
 * retries fills only by success, so that a service in trouble is not asked
 * many times over by everybody.
 */
#ifndef GW_LIMITER_H
#define GW_LIMITER_H

#include "postgres.h"

#define GW_LIMITER_RATE 100		  /* calls a second, and at once */
#define GW_LIMITER_RETRIES 500	  /* the retry budget, full */
#define GW_LIMITER_RETRY_COST 5	  /* of a failure */
#define GW_LIMITER_THROTTLE_COST 10 /* ... where we were told to slow down */

typedef struct GwLimiter
{
	bool begun;			/* zeroed memory is a limiter that has not */
	int64 filled_us;	/* when calls was last brought up to date */
	double calls;		/* that may be made now */
	double rate;		/* a second: halved when throttled, grows back */
	int64 not_before_us; /* the service has said so */
	int retries;		/* left in the budget */
} GwLimiter;

/* Take one call: microseconds to wait and ask again, or 0: it is taken. */
extern int64 gw_limiter_take(GwLimiter *limiter, int64 now_us);

/* The service told us to slow down, for that long (-1: it did not say). */
extern void gw_limiter_throttled(GwLimiter *limiter, int64 now_us, int64 for_ms);

/* Pay for a retry; false: the budget is spent. */
extern bool gw_limiter_retry(GwLimiter *limiter, bool throttled);

/* A call went well. */
extern void gw_limiter_succeeded(GwLimiter *limiter);

#endif /* GW_LIMITER_H */
