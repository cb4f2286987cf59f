/*
 * gw_restjob_trace.c
 *	  Jobs that may have been begun: the answer to SUBMIT is lost, and it must not
 *	  be sent again.
 *
 * Asks nobody itself: it decides when a job is looked for, and for how long.
 */
#include "postgres.h"

#include "transport/gw_restjob_slot.h"

/* It is looked for so often, with pauses that grow from this one. */
#define TRACE_TRIES 4
#define TRACE_PAUSE_MS 250

GwStatus
gw_restjob_trace(GwRestJob *job, GwError *err)
{
	if (job->lost == NULL)
	{
		job->lost = MemoryContextAlloc(job->head.cxt, sizeof(GwError));
		*job->lost = *err;
	}
	if (job->traces == TRACE_TRIES)
		return gw_restjob_in_doubt(job, err);
	gw_restjob_enter(job, PHASE_TRACE);
	job->slot.pause = gw_deadline_in_ms(TRACE_PAUSE_MS << job->traces);
	job->slot.pausing = true;
	job->traces++;
	return GW_TIMED_OUT;
}

GwStatus
gw_restjob_in_doubt(GwRestJob *job, GwError *err)
{
	*err = *job->lost;
	err->sqlstate = ERRCODE_TRANSACTION_RESOLUTION_UNKNOWN;
	err->cls = GW_ERR_PERMANENT;
	gw_error_prefix(err, "it is not known whether the statement was run: ");
	gw_error_hint(err, "It was sent once and is not sent again. Look there whether it has run.");
	return GW_FAILED;
}
