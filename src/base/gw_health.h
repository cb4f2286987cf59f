/*
 * gw_health.h
 *	  What is known of remote services, by name: may they be asked, how fast,
 *	  and what was asked of them.
 *
 * Shared by all backends where the library is in shared_preload_libraries, else
 * of this backend alone.  A breaker, a limiter and counters for each service; the last
 * jobs; the bytes each role has read today.  Nothing here waits.
 */
#ifndef GW_HEALTH_H
#define GW_HEALTH_H

#include "base/gw_breaker.h"
#include "base/gw_error.h"
#include "base/gw_limiter.h"
#include "datatype/timestamp.h"

#define GW_HEALTH_NAME 96

typedef struct GwHealth
{
	char name[GW_HEALTH_NAME]; /* "": the place is free */
	GwBreaker breaker;
	GwLimiter limiter;
	int64 calls, failures, retries, throttled;
	int64 used_us;
} GwHealth;

/* One finished job. */
typedef struct GwHealthJob
{
	char name[GW_HEALTH_NAME]; /* of the service */
	char id[64];
	Oid role;
	TimestampTz ended;
	int64 bytes;  /* that it has read; 0 from a cache */
	int64 billed; /* bytes it is paid for; -1: not known (yet) */
	int64 counted; /* for the role's day, until that is known */
	bool cached;
} GwHealthJob;

/* Ask for the memory; called from _PG_init, does nothing where it is too late. */
extern void gw_health_install(void);

/*
 * May a call be made now?  GW_OK: it is counted.  GW_TIMED_OUT: ask again after
 * *wait_ms.  GW_FAILED: the service is out of order (08000).
 */
extern GwStatus gw_health_admit(const char *name, int64 *wait_ms, GwError *err);

/*
 * What came of it: did the service fail, or tell us to slow down (retry_after_ms or -1)?
 * again: the same was reported of a call made along with it, and counts for one.
 */
extern void gw_health_report(const char *name, GwErrorClass cls, bool again,
							 int64 retry_after_ms);

/* Pay for a retry; false: too many were made of late. */
extern bool gw_health_retry(const char *name, bool throttled);

/*
 * Note a finished job, and later what it is paid for; and the bytes that a
 * role's jobs there are paid for since midnight (UTC).
 */
extern void gw_health_note_job(const GwHealthJob *job);
extern void gw_health_note_billed(const char *name, const char *id, int64 billed);
extern int64 gw_health_bytes_today(const char *name, Oid role);

/* Copies, palloc'd, and how many; for views. */
extern GwHealth *gw_health_list(int *n);
extern GwHealthJob *gw_health_jobs(int *n);
extern bool gw_health_shared(void);

/* Close the breaker of a service (NULL: of all); how many. */
extern int gw_health_reset(const char *name);

#endif /* GW_HEALTH_H */
