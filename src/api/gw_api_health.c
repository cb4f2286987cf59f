/*
 * gw_api_health.c
 *	  gw.remote_health(), gw.remote_jobs(), gw.reset_breaker(): what is known of
 *	  remote services.
 *
 * Connects to nothing.  Rows live in the caller's tuplestore.
 */
#include "postgres.h"

#include "base/gw_health.h"
#include "base/gw_wait.h"
#include "catalog/pg_authid.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_remote_health);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_remote_jobs);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_reset_breaker);

#define HEALTH_COLUMNS 9
#define JOB_COLUMNS 7

Datum
gw_api_remote_health(PG_FUNCTION_ARGS)
{
	static const char *const states[] = {"closed", "open", "half_open"};
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int64 now = gw_monotonic_us();
	GwHealth *list;
	int n;

	InitMaterializedSRF(fcinfo, 0);
	list = gw_health_list(&n);
	for (int i = 0; i < n; i++)
	{
		const GwHealth *service = &list[i];
		bool nulls[HEALTH_COLUMNS] = {false};
		Datum values[HEALTH_COLUMNS];
		int64 left = service->breaker.open_until_us - now;

		values[0] = CStringGetTextDatum(service->name);
		values[1] = CStringGetTextDatum(states[service->breaker.state]);
		nulls[2] = service->breaker.state != GW_BREAKER_OPEN || left <= 0;
		values[2] = TimestampTzGetDatum(GetCurrentTimestamp() + left);
		values[3] = Int64GetDatum(service->calls);
		values[4] = Int64GetDatum(service->failures);
		values[5] = Int64GetDatum(service->retries);
		values[6] = Int64GetDatum(service->throttled);
		nulls[7] = !service->limiter.begun;
		values[7] = Float8GetDatum(service->limiter.rate);
		values[8] = BoolGetDatum(gw_health_shared());
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* A role sees its own jobs; pg_read_all_stats sees all. */
Datum
gw_api_remote_jobs(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	bool all = has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
	GwHealthJob *list;
	int n;

	InitMaterializedSRF(fcinfo, 0);
	list = gw_health_jobs(&n);
	for (int i = 0; i < n; i++)
	{
		const GwHealthJob *job = &list[i];
		bool nulls[JOB_COLUMNS] = {false};
		Datum values[JOB_COLUMNS];
		char *role;

		if (!all && job->role != GetUserId())
			continue;
		role = GetUserNameFromId(job->role, true);
		values[0] = TimestampTzGetDatum(job->ended);
		values[1] = CStringGetTextDatum(job->name);
		values[2] = CStringGetTextDatum(job->id);
		nulls[3] = role == NULL;
		values[3] = role ? CStringGetTextDatum(role) : (Datum) 0;
		values[4] = Int64GetDatum(job->bytes);
		nulls[5] = job->billed < 0;
		values[5] = Int64GetDatum(job->billed);
		values[6] = BoolGetDatum(job->cached);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

Datum
gw_api_reset_breaker(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(
		gw_health_reset(PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0))));
}
