/*
 * gw_breaker.h
 *	  A circuit breaker: whom it is no use to ask now.
 *
 * Pure policy over plain data, which may lie in shared memory: the caller locks
 * it and says what time it is.  Counts the last calls; when half of them failed
 * for want of a service (not for what was asked), nobody asks for a while, then
 * one does.
 */
#ifndef GW_BREAKER_H
#define GW_BREAKER_H

#include "postgres.h"

#define GW_BREAKER_WINDOW 20	   /* calls that count */
#define GW_BREAKER_LEAST 10		   /* fewer say nothing */
#define GW_BREAKER_OPEN_MS 30000   /* the first time; doubled each time, up to */
#define GW_BREAKER_MOST_MS 300000
#define GW_BREAKER_PROBE_MS 60000  /* a probe that never ended */

typedef enum GwBreakerState
{
	GW_BREAKER_CLOSED,	  /* everybody may ask */
	GW_BREAKER_OPEN,	  /* nobody */
	GW_BREAKER_HALF_OPEN, /* one asks for all */
} GwBreakerState;

typedef struct GwBreaker
{
	uint32 outcomes; /* a bit for each of the last calls: it failed */
	int calls;		 /* that are in outcomes */
	GwBreakerState state;
	int trips; /* times in a row that it opened */
	int64 open_until_us;
	int probe_pid; /* who asks, while half open */
	int64 probe_until_us;
} GwBreaker;

/* May this process ask now?  A probe has to report what came of it. */
extern bool gw_breaker_admit(GwBreaker *breaker, int64 now_us, int pid);

/* What came of a call: did the service itself fail? */
extern void gw_breaker_report(GwBreaker *breaker, bool failed, int64 now_us, int pid);

extern void gw_breaker_reset(GwBreaker *breaker);

#endif /* GW_BREAKER_H */
