/*
 * gw_restjob_slot.c
 *	  One request of a job: token, sending, retries; and the request that
 *	  stops the job, kept ready.
 *
 * Does not wait.  Calls live in the job's context, the one that stops it in
 * the link's, because it is sent when the job's context is going.
 */
#include "postgres.h"

#include <time.h>

#include "base/gw_health.h"
#include "base/gw_retry.h"
#include "mb/pg_wchar.h"
#include "transport/gw_restjob_slot.h"

/* Small answers: everything but pages. */
#define STATUS_MAX (16 * 1024 * 1024)

void
gw_restjob_slot_reset(GwRestSlot *slot, GwRestKind kind, int page)
{
	memset(slot, 0, sizeof(*slot));
	slot->kind = kind;
	slot->page = page;
}

GwStatus
gw_restjob_build(GwRestJob *job, GwRestKind kind, int page, int attempt, GwRestRequest *request,
				 GwError *err)
{
	memset(request, 0, sizeof(*request));
	request->method = kind == GW_REST_SUBMIT || kind == GW_REST_CANCEL || kind == GW_REST_BEGIN
		? "POST"
		: "GET";
	request->repeatable = kind != GW_REST_SUBMIT;
	request->attempt = attempt;
	return job->link->ops->build(job, kind, page, request, err);
}

/* A call for the request, in cxt. */
static GwHttpCall *
slot_prepare(GwRestJob *job, MemoryContext cxt, GwRestRequest *request, const char *authorization,
			 size_t max_answer, GwError *err)
{
	GwHttpHeader headers[GW_REST_MAX_HEADERS + 2];
	GwHttpRequest call = {.method = request->method,
						  .url = request->url,
						  .headers = headers,
						  .max_answer = max_answer,
						  .once = !request->repeatable};

	for (int i = 0; i < request->nheaders; i++)
		headers[call.nheaders++] = request->headers[i];
	if (!request->anonymous && authorization != NULL)
		headers[call.nheaders++] = (GwHttpHeader){"Authorization", authorization};
	if (request->body != NULL)
	{
		size_t len = request->bodylen ? request->bodylen : strlen(request->body);

		call.body = request->utf8 ? request->body
								  : pg_server_to_any(request->body, (int) len, PG_UTF8);
		call.bodylen = call.body == request->body ? len : strlen(call.body);
	}
	return gw_http_prepare(cxt, &job->link->policy, &call, err);
}

GwStatus
gw_restjob_prepare_stop(GwRestJob *job, GwError *err)
{
	const char *authorization = gw_oauth_known(job->link->auth);
	bool unnamed = job->id == NULL && job->link->ops->late_name != NULL;
	GwRestRequest request;
	GwStatus status;

	if (job->stop != NULL)
	{
		/* Of another token, or the name is known by now: make it anew. */
		if (unnamed == job->stop_unnamed &&
			(authorization == NULL) == (job->stop_authorization == NULL) &&
			(authorization == NULL || strcmp(authorization, job->stop_authorization) == 0))
			return GW_OK;
		gw_http_release(job->stop);
		job->stop = NULL;
	}
	if (unnamed)
		job->id = GW_HTTP_LATER;
	status = gw_restjob_build(job, GW_REST_CANCEL, 0, 1, &request, err);
	if (unnamed)
		job->id = NULL;
	if (status != GW_OK)
		return status == GW_DONE ? GW_OK : status;
	job->stop_unnamed = unnamed;
	job->stop = slot_prepare(job, job->link->head.cxt, &request, authorization, STATUS_MAX, err);
	job->stop_authorization =
		authorization ? MemoryContextStrdup(job->head.cxt, authorization) : NULL;
	return job->stop ? GW_OK : GW_FAILED;
}

void
gw_restjob_list(GwRestJob *job)
{
	if (!job->listed)
		dlist_push_tail(&job->link->jobs, &job->node);
	job->listed = true;
}

void
gw_restjob_unlist(GwRestJob *job)
{
	if (job->listed)
		dlist_delete(&job->node);
	job->listed = false;
	if (job->stop != NULL)
		gw_http_release(job->stop);
	job->stop = NULL;
	if (job->slot.of_link && job->slot.call != NULL)
	{
		gw_http_release(job->slot.call);
		job->slot.call = NULL;
	}
}

void
gw_restjob_stop(GwRestJob *job)
{
	GwHttpCall *stop = job->stop;

	if (stop != NULL && job->stop_unnamed)
	{
		/* Its name may still come. */
		if (job->slot.of_link && job->slot.call != NULL)
		{
			gw_http_detach_then(job->slot.call, STOP_LATER_MS, stop, job->link->ops->late_name);
			gw_http_pump();
			job->slot.call = job->stop = NULL;
		}
	}
	else if (stop != NULL)
	{
		job->stop = NULL;
		if (gw_http_begin(stop))
		{
			gw_http_detach(stop, STOP_LATER_MS);
			gw_http_pump();
		}
		else
			gw_http_release(stop);
	}
	gw_restjob_unlist(job);
}

/*
 * Send it; written: the request, where that is known already.  GW_TIMED_OUT: it is on
 * its way, or a token for it.
 */
static GwStatus
slot_send(GwRestJob *job, GwRestSlot *slot, const GwRestRequest *written, GwError *err)
{
	GwRestLink *link = job->link;
	const char *authorization;
	GwRestRequest request;
	GwStatus status;
	int64 wait_ms;

	slot->pausing = false;
	status = gw_oauth_authorization(link->auth, &authorization, err);
	if (status != GW_OK)
		return status;
	if (written != NULL)
		request = *written;
	else
	{
		status = gw_restjob_build(job, slot->kind, slot->page, slot->attempt + 1, &request, err);
		if (status != GW_OK)
			return status;
	}
	status = gw_health_admit(link->service, &wait_ms, err);
	if (status != GW_OK)
	{
		slot->pausing = status == GW_TIMED_OUT;
		slot->pause = gw_deadline_in_ms(status == GW_TIMED_OUT ? wait_ms : 0);
		return status;
	}
	slot->attempt++;
	slot->repeatable = request.repeatable;
	slot->anonymous = request.anonymous;
	if (slot->kind == GW_REST_SUBMIT)
	{
		job->submits++;
		gw_restjob_list(job);
	}
	if (job->listed && gw_restjob_prepare_stop(job, err) != GW_OK)
		return GW_FAILED;
	slot->of_link = slot->kind == GW_REST_SUBMIT && link->ops->late_name != NULL;
	slot->call = slot_prepare(job, slot->of_link ? link->head.cxt : job->head.cxt, &request,
							  authorization,
							  slot->kind == GW_REST_CHECK || slot->kind == GW_REST_CANCEL
								  ? STATUS_MAX
								  : link->ops->max_page,
							  err);
	if (slot->call == NULL)
		return GW_FAILED;
	if (slot->authorization != NULL)
		pfree(slot->authorization);
	slot->authorization = authorization ? MemoryContextStrdup(job->head.cxt, authorization) : NULL;
	if (!gw_http_begin(slot->call))
		return gw_http_result(slot->call, err);
	gw_http_pump();
	return GW_TIMED_OUT;
}

/*
 * Pages that are on their way together fail together, and tell one thing: the n-th tries
 * of all of them count as one, until a page has come.
 */
static bool
slot_fails_again(GwRestJob *job, const GwRestSlot *slot)
{
	if (slot->kind != GW_REST_PAGE)
		return false;
	if (slot->attempt <= job->failed_tries)
		return true;
	job->failed_tries = slot->attempt;
	return false;
}

/* The request has failed: once more, now or after a pause?  Else err stands. */
static GwStatus
slot_retry(GwRestJob *job, GwRestSlot *slot, int http_status, int64 retry_after_ms, GwError *err)
{
	GwRetryCase failed = {.cls = err->cls,
						  .repeatable = slot->repeatable || err->cls == GW_ERR_THROTTLED ||
										!gw_http_was_sent(slot->call),
						  .attempt = slot->attempt,
						  .retry_after_ms = retry_after_ms};
	int64 pause;

	slot->lost = !failed.repeatable && err->cls == GW_ERR_TRANSIENT && http_status != 503;
	gw_http_release(slot->call);
	slot->call = NULL;
	if (job->failed)
		return GW_FAILED;
	if (http_status == 401 && !slot->renewed && !slot->anonymous && slot->authorization != NULL &&
		gw_oauth_refused(job->link->auth, slot->authorization))
	{
		/* It has run out; a refused request has done nothing. */
		slot->renewed = true;
		slot->attempt--;
		return GW_OK;
	}
	pause = gw_retry_pause(&gw_retry_default, &failed, gw_deadline_never(), gw_retry_random());
	if (pause < 0 || !gw_health_retry(job->link->service, err->cls == GW_ERR_THROTTLED))
		return GW_FAILED;
	slot->pause = gw_deadline_in_ms(pause);
	slot->pausing = true;
	return GW_TIMED_OUT;
}

GwStatus
gw_restjob_slot_begin(GwRestJob *job, GwRestSlot *slot, const GwRestRequest *request,
					  GwError *err)
{
	return slot_send(job, slot, request, err);
}

GwStatus
gw_restjob_slot_step(GwRestJob *job, GwRestSlot *slot, GwRestAnswer *answer, GwError *err)
{
	for (;;)
	{
		int64 retry_after = -1;
		GwStatus status;
		char *after;

		if (slot->call == NULL)
		{
			if (slot->pausing && !gw_deadline_passed(slot->pause))
				return GW_TIMED_OUT;
			status = slot_send(job, slot, NULL, err);
			if (status != GW_OK)
				return status;
			continue;
		}
		if (!gw_http_done(slot->call))
			return GW_TIMED_OUT;
		memset(answer, 0, sizeof(*answer));
		status = gw_http_result(slot->call, err);
		if (status == GW_OK)
		{
			answer->call = slot->call;
			answer->status = gw_http_status(slot->call);
			answer->page.number = slot->page;
			answer->page.body = gw_http_body(slot->call);
			gw_json_begin(&answer->page.reader, answer->page.body->data, answer->page.body->len,
						  true);
			if (answer->status / 100 == 2)
			{
				gw_health_report(job->link->service, GW_ERR_NONE, false, -1);
				return GW_OK;
			}
			after = gw_http_header(slot->call, "Retry-After");
			if (after != NULL)
				retry_after = gw_retry_after_ms(after, (int64) time(NULL));
			status = job->link->ops->read_error(job, slot->kind, answer, err);
			if (status == GW_OK)
				return GW_OK;
		}
		/* A job that failed was answered by a service in good health. */
		gw_health_report(job->link->service, job->failed ? GW_ERR_NONE : err->cls,
						 slot_fails_again(job, slot), retry_after);
		status = slot_retry(job, slot, answer->status, retry_after, err);
		if (status != GW_OK)
			return status;
	}
}

bool
gw_restjob_reported(GwRestJob *job)
{
	GwRestAnswer answer;
	GwStatus status;
	GwError err;

	if (job->reported || !job->link->ops->reports)
		return true;
	if (job->report.kind != GW_REST_REPORT)
		gw_restjob_slot_reset(&job->report, GW_REST_REPORT, 0);
	status = gw_restjob_slot_step(job, &job->report, &answer, &err);
	if (status == GW_TIMED_OUT)
		return false;
	job->reported = true;
	job->failed = false;
	if (status == GW_OK && answer.status / 100 == 2)
		(void) job->link->ops->read_status(job, GW_REST_REPORT, &answer, &err);
	if (job->report.call != NULL)
		gw_http_release(job->report.call);
	job->report.call = NULL;
	return true;
}
