/*
 * gw_restjob_link.c
 *	  What jobs over HTTP are sent through: opened, let in, stopped and closed.
 *
 * A link keeps no connection; curl does.  It lives in a context of its own and
 * knows the jobs that may still run remotely.
 */
#include "postgres.h"

#include "base/gw_guard.h"
#include "transport/gw_restjob_slot.h"
#include "utils/memutils.h"

/* So many jobs are stopped together, their answers awaited. */
#define STOP_TOGETHER 16

/* The link goes: its jobs are stopped by themselves or not at all. */
static void
link_reset_callback(void *arg)
{
	GwRestLink *link = (GwRestLink *) arg;
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &link->jobs)
	{
		GwRestJob *job = dlist_container(GwRestJob, node, iter.cur);

		/* These requests are of this context and released by their own guards. */
		dlist_delete(&job->node);
		job->listed = false;
		job->stop = NULL;
		if (job->slot.of_link)
			job->slot.call = NULL;
	}
}

GwStatus
gw_restjob_create(const GwTransport *transport, const GwRestOps *ops, MemoryContext parent,
				  const GwSetting *settings, int nsettings, GwLink **result, GwError *err)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "gw rest link", ALLOCSET_SMALL_SIZES);
	GwRestLink *link = MemoryContextAllocZero(cxt, sizeof(GwRestLink));
	MemoryContext old = MemoryContextSwitchTo(cxt);
	GwStatus status;

	link->head.transport = transport;
	link->head.cxt = cxt;
	link->ops = ops;
	link->data = palloc0(Max(ops->link_size, 1));
	dlist_init(&link->jobs);
	status = ops->open(link, settings, nsettings, err);
	MemoryContextSwitchTo(old);
	if (status != GW_OK)
	{
		MemoryContextDelete(cxt);
		return status;
	}
	gw_guard_on_reset(cxt, link_reset_callback, link);
	*result = &link->head;
	return GW_OK;
}

/* Wait for a call, or for a token that it needs. */
static GwStatus
link_wait(GwRestLink *link, GwHttpCall *call, GwDeadline until, GwDeadline deadline, GwError *err)
{
	GwHttpCall *calls[] = {gw_oauth_call(link->auth), call};
	GwStatus status;

	until = gw_deadline_sooner(gw_deadline_sooner(until, deadline), gw_oauth_pause(link->auth));
	status = gw_http_wait(calls, lengthof(calls), until, GW_WAIT_NORMAL);
	if (status == GW_INTERRUPTED)
		return status;
	if (gw_deadline_passed(deadline))
		return gw_error_set(err, GW_ERR_TRANSIENT,
							ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
							"the service did not answer in time");
	return GW_OK;
}

/* A token in hand, and an answer: somebody is there and lets us in. */
GwStatus
gw_restjob_connect(GwLink *head, GwDeadline deadline, GwError *err)
{
	GwRestLink *link = (GwRestLink *) head;
	static const GwStatement nothing = {.sql = ""};
	const char *authorization;
	GwRestAnswer answer;
	GwRestSlot *slot;
	GwStatus status;
	GwRun *run;

	while ((status = gw_oauth_authorization(link->auth, &authorization, err)) == GW_TIMED_OUT)
	{
		status = link_wait(link, NULL, deadline, deadline, err);
		if (status != GW_OK)
			return status;
	}
	if (status != GW_OK)
		return status;
	if (link->hello == NULL)
	{
		(void) gw_restjob_start(head, head->cxt, &nothing, &run, err);
		link->hello = (GwRestJob *) run;
		gw_restjob_slot_reset(&link->hello->slot, GW_REST_HELLO, 0);
	}
	slot = &link->hello->slot;
	while ((status = gw_restjob_slot_step(link->hello, slot, &answer, err)) == GW_TIMED_OUT)
	{
		status = link_wait(link, slot->call,
						   slot->call == NULL && slot->pausing ? slot->pause : deadline, deadline,
						   err);
		if (status != GW_OK)
			return status;
	}
	gw_restjob_finish(&link->hello->head);
	link->hello = NULL;
	return status == GW_FAILED ? status : GW_OK;
}

GwLinkState
gw_restjob_state(GwLink *head)
{
	return dlist_is_empty(&((GwRestLink *) head)->jobs) ? GW_LINK_IDLE : GW_LINK_BUSY;
}

/* Stop every job; they are told together and heard together. */
GwStatus
gw_restjob_cancel(GwLink *head, GwDeadline deadline, GwWaitMode mode, GwError *err)
{
	GwRestLink *link = (GwRestLink *) head;
	GwHttpCall *calls[STOP_TOGETHER];
	GwStatus status = GW_OK;
	int n = 0;

	while (!dlist_is_empty(&link->jobs))
	{
		GwRestJob *job = dlist_container(GwRestJob, node, dlist_head_node(&link->jobs));
		GwHttpCall *stop = job->stop;

		if (stop == NULL || job->stop_unnamed || n == lengthof(calls) || !gw_http_begin(stop))
		{
			gw_restjob_stop(job);
			continue;
		}
		job->stop = NULL;
		calls[n++] = stop;
		gw_restjob_unlist(job);
	}
	for (int i = 0; i < n; i++)
	{
		if (status == GW_OK)
			status = gw_http_wait(&calls[i], 1, deadline, mode);
		if (gw_http_done(calls[i]))
			gw_http_release(calls[i]);
		else
			gw_http_detach(calls[i], STOP_LATER_MS);
	}
	/* Sent is sent: the remote hears of it, even if its answer comes late. */
	return GW_OK;
}

GwStatus
gw_restjob_drain(GwLink *head, GwDeadline deadline, GwWaitMode mode, GwError *err)
{
	return gw_restjob_cancel(head, deadline, mode, err);
}

void
gw_restjob_close(GwLink *head)
{
	GwRestLink *link = (GwRestLink *) head;

	while (!dlist_is_empty(&link->jobs))
		gw_restjob_stop(dlist_container(GwRestJob, node, dlist_head_node(&link->jobs)));
}
