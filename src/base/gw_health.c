/*
 * gw_health.c
 *	  What is known of remote services.
 *
 * Decides nothing itself: gw_breaker and gw_limiter do.  The table lies in
 * shared memory under one lock, or in this process; it is made anew when the
 * server starts.
 */
#include "postgres.h"

#include "base/gw_compat.h"
#include "base/gw_health.h"
#include "base/gw_retry.h"
#include "base/gw_wait.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define HEALTH_SERVICES 64
#define HEALTH_JOBS 512
#define HEALTH_ROLES 256

/* What a role has read of a service on one day. */
typedef struct HealthRole
{
	char name[GW_HEALTH_NAME];
	Oid role;
	int64 day;
	int64 bytes;
} HealthRole;

typedef struct HealthTable
{
	GwHealth services[HEALTH_SERVICES];
	GwHealthJob jobs[HEALTH_JOBS];
	int64 njobs; /* ever; the ring's place is njobs % HEALTH_JOBS */
	HealthRole roles[HEALTH_ROLES];
} HealthTable;

static HealthTable *health_table = NULL;
static LWLock *health_lock = NULL; /* NULL: the table is this process's own */
static shmem_startup_hook_type health_next_startup = NULL;
static void (*health_next_request)(void) = NULL;

static void
health_startup(void)
{
	bool found;

	if (health_next_startup != NULL)
		health_next_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	health_table = ShmemInitStruct("warehouse_gw health", sizeof(HealthTable), &found);
	if (!found)
		memset(health_table, 0, sizeof(HealthTable));
	health_lock = &GetNamedLWLockTranche("warehouse_gw")->lock;
	LWLockRelease(AddinShmemInitLock);
}

static void
health_request(void)
{
	gw_request_shmem_next(health_next_request);
	RequestAddinShmemSpace(MAXALIGN(sizeof(HealthTable)));
	RequestNamedLWLockTranche("warehouse_gw", 1);
}

void
gw_health_install(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	gw_request_shmem(health_request, &health_next_request);
	health_next_startup = shmem_startup_hook;
	shmem_startup_hook = health_startup;
}

bool
gw_health_shared(void)
{
	return health_lock != NULL;
}

static HealthTable *
health_begin(void)
{
	if (health_table == NULL)
		health_table = MemoryContextAllocZero(TopMemoryContext, sizeof(HealthTable));
	if (health_lock != NULL)
		LWLockAcquire(health_lock, LW_EXCLUSIVE);
	return health_table;
}

static void
health_end(void)
{
	if (health_lock != NULL)
		LWLockRelease(health_lock);
}

/* The service's place; a new one takes a free place or that used longest ago. */
static GwHealth *
health_find(HealthTable *table, const char *name)
{
	GwHealth *oldest = &table->services[0];

	for (int i = 0; i < HEALTH_SERVICES; i++)
	{
		GwHealth *service = &table->services[i];

		if (strncmp(service->name, name, GW_HEALTH_NAME - 1) == 0)
			return service;
		if (service->used_us < oldest->used_us)
			oldest = service;
	}
	memset(oldest, 0, sizeof(*oldest));
	strlcpy(oldest->name, name, GW_HEALTH_NAME);
	return oldest;
}

GwStatus
gw_health_admit(const char *name, int64 *wait_ms, GwError *err)
{
	GwHealth *service = health_find(health_begin(), name);
	int64 now = gw_monotonic_us();
	int64 wait = 0;
	int64 until = 0;
	bool admitted;

	service->used_us = now;
	admitted = gw_breaker_admit(&service->breaker, now, MyProcPid);
	if (!admitted)
		until = (service->breaker.state == GW_BREAKER_OPEN ? service->breaker.open_until_us
														   : service->breaker.probe_until_us) -
				now;
	else
		wait = gw_limiter_take(&service->limiter, now);
	if (admitted && wait == 0)
		service->calls++;
	health_end();
	if (!admitted)
	{
		gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_CONNECTION_EXCEPTION,
					 "the service \"%s\" has failed too often of late", name);
		gw_error_detail(err, "It is not asked again for " INT64_FORMAT " s.",
						(until + 999999) / 1000000);
		gw_error_hint(err, "gw.remote_health() shows what is known; gw.reset_breaker() lets it be "
						   "asked at once.");
		return GW_FAILED;
	}
	*wait_ms = (wait + 999) / 1000;
	if (*wait_ms > GW_RETRY_PATIENCE_MS)
	{
		gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
					 "the service \"%s\" asks to be left alone for " INT64_FORMAT " s", name,
					 (*wait_ms + 999) / 1000);
		gw_error_hint(err, "gw.remote_health() shows what is known; gw.reset_breaker() lets it be "
						   "asked at once.");
		return GW_FAILED;
	}
	return wait == 0 ? GW_OK : GW_TIMED_OUT;
}

void
gw_health_report(const char *name, GwErrorClass cls, bool again, int64 retry_after_ms)
{
	GwHealth *service = health_find(health_begin(), name);
	int64 now = gw_monotonic_us();

	/* Being told to slow down is the limiter's business; who asks for all has to report. */
	if (!again || service->breaker.state == GW_BREAKER_HALF_OPEN)
		gw_breaker_report(&service->breaker, cls == GW_ERR_TRANSIENT, now, MyProcPid);
	if (cls == GW_ERR_NONE)
		gw_limiter_succeeded(&service->limiter);
	else if (cls == GW_ERR_THROTTLED)
	{
		gw_limiter_throttled(&service->limiter, now, retry_after_ms);
		service->throttled++;
	}
	else if (cls == GW_ERR_TRANSIENT)
		service->failures++;
	health_end();
}

bool
gw_health_retry(const char *name, bool throttled)
{
	GwHealth *service = health_find(health_begin(), name);
	bool paid = gw_limiter_retry(&service->limiter, throttled);

	if (paid)
		service->retries++;
	health_end();
	return paid;
}

/* Days since 2000-01-01, UTC. */
static int64
health_day(TimestampTz at)
{
	return at / USECS_PER_DAY;
}

/* The role's place of today; of the least interesting other one if none is free. */
static HealthRole *
health_role(HealthTable *table, const char *name, Oid role, int64 day)
{
	HealthRole *place = &table->roles[0];

	for (int i = 0; i < HEALTH_ROLES; i++)
	{
		HealthRole *at = &table->roles[i];

		if (at->role == role && at->day == day &&
			strncmp(at->name, name, GW_HEALTH_NAME - 1) == 0)
			return at;
		if (at->day < place->day || (at->day == place->day && at->bytes < place->bytes))
			place = at;
	}
	memset(place, 0, sizeof(*place));
	strlcpy(place->name, name, GW_HEALTH_NAME);
	place->role = role;
	place->day = day;
	return place;
}

void
gw_health_note_job(const GwHealthJob *job)
{
	HealthTable *table = health_begin();

	table->jobs[table->njobs++ % HEALTH_JOBS] = *job;
	if (job->counted > 0)
		health_role(table, job->name, job->role, health_day(job->ended))->bytes += job->counted;
	health_end();
}

void
gw_health_note_billed(const char *name, const char *id, int64 billed)
{
	HealthTable *table = health_begin();

	for (int i = 0; i < (int) Min(table->njobs, HEALTH_JOBS); i++)
	{
		GwHealthJob *job = &table->jobs[(table->njobs - 1 - i) % HEALTH_JOBS];

		if (strncmp(job->id, id, sizeof(job->id) - 1) != 0 ||
			strncmp(job->name, name, GW_HEALTH_NAME - 1) != 0)
			continue;
		if (job->billed < 0)
			health_role(table, job->name, job->role, health_day(job->ended))->bytes +=
				billed - job->counted;
		job->billed = billed;
		break;
	}
	health_end();
}

int64
gw_health_bytes_today(const char *name, Oid role)
{
	HealthTable *table = health_begin();
	int64 bytes = health_role(table, name, role, health_day(GetCurrentTimestamp()))->bytes;

	health_end();
	return bytes;
}

GwHealth *
gw_health_list(int *n)
{
	GwHealth *list = palloc(HEALTH_SERVICES * sizeof(GwHealth));
	HealthTable *table = health_begin();

	*n = 0;
	for (int i = 0; i < HEALTH_SERVICES; i++)
		if (table->services[i].name[0] != '\0')
			list[(*n)++] = table->services[i];
	health_end();
	return list;
}

GwHealthJob *
gw_health_jobs(int *n)
{
	GwHealthJob *list = palloc(HEALTH_JOBS * sizeof(GwHealthJob));
	HealthTable *table = health_begin();

	*n = (int) Min(table->njobs, HEALTH_JOBS);
	for (int i = 0; i < *n; i++)
		list[i] = table->jobs[(table->njobs - 1 - i) % HEALTH_JOBS];
	health_end();
	return list;
}

int
gw_health_reset(const char *name)
{
	HealthTable *table = health_begin();
	int n = 0;

	for (int i = 0; i < HEALTH_SERVICES; i++)
	{
		GwHealth *service = &table->services[i];

		if (service->name[0] == '\0' ||
			(name != NULL && strncmp(service->name, name, GW_HEALTH_NAME - 1) != 0))
			continue;
		gw_breaker_reset(&service->breaker);
		memset(&service->limiter, 0, sizeof(service->limiter));
		n++;
	}
	health_end();
	return n;
}
