/*
 * gw_restjob_slot.h
 *	  What the files of gw_restjob share.  Nobody else includes it.
 */
#ifndef GW_RESTJOB_SLOT_H
#define GW_RESTJOB_SLOT_H

#include "transport/gw_restjob.h"

/* A stop request that was let go may take so long. */
#define STOP_LATER_MS 10000
/* Pages that may be on their way at a time. */
#define JOB_MAX_AHEAD 16

enum
{
	PHASE_CHECK,
	PHASE_SUBMIT,
	PHASE_TRACE,
	PHASE_POLL,
	PHASE_PAGES,
	PHASE_ENDED,
};

/* A page that was asked for. */
typedef struct GwRestAhead
{
	struct GwRestAhead *next;
	GwRestPage page;
	GwRestSlot slot;
	GwHttpCall *call; /* that brought it; owns the body */
	bool placed; /* where it is, is known; it is asked for when it is wanted */
	bool arrived;
	bool head_read;
} GwRestAhead;

/* Make a slot ready to ask for that. */
extern void gw_restjob_slot_reset(GwRestSlot *slot, GwRestKind kind, int page);

/*
 * Get on with a request, as far as that goes without waiting.  GW_OK: answered,
 * *answer is filled, and slot->call is the caller's to keep or release.  GW_DONE:
 * there is no such request.  GW_TIMED_OUT: wait for slot->call, the link's token
 * or the end of the pause.
 */
extern GwStatus gw_restjob_slot_step(GwRestJob *job, GwRestSlot *slot, GwRestAnswer *answer,
									 GwError *err);

/*
 * The first step of a slot whose request is written already.  GW_TIMED_OUT: as above;
 * GW_FAILED; never GW_DONE.
 */
extern GwStatus gw_restjob_slot_begin(GwRestJob *job, GwRestSlot *slot,
									  const GwRestRequest *request, GwError *err);

/* Write a request as the platform wants it; see GwRestOps.build. */
extern GwStatus gw_restjob_build(GwRestJob *job, GwRestKind kind, int page, int attempt,
								 GwRestRequest *request, GwError *err);

/* Have the request that stops the job ready, with the token of now. */
extern GwStatus gw_restjob_prepare_stop(GwRestJob *job, GwError *err);

/* Nothing runs remotely any more. */
extern void gw_restjob_unlist(GwRestJob *job);

/* Something runs remotely, or may from now on. */
extern void gw_restjob_list(GwRestJob *job);

/* Go on with that phase. */
extern void gw_restjob_enter(GwRestJob *job, int phase);

/* Sleep until something of the job can get on.  GW_OK, GW_INTERRUPTED, GW_FAILED. */
extern GwStatus gw_restjob_wait(GwRestJob *job, GwDeadline deadline, GwError *err);

/* Get on with REPORT, which cannot fail; true: there is no more to wait for. */
extern bool gw_restjob_reported(GwRestJob *job);

/* Send the stop request and let it go by itself.  Never throws. */
extern void gw_restjob_stop(GwRestJob *job);

/* ---- gw_restjob_trace.c ---- */

/*
 * SUBMIT, which must not be sent again, ended with err and nobody knows whether the
 * job was begun; or it was looked for and not found (then err is ignored).
 * GW_TIMED_OUT: it is looked for (again) after a pause.  GW_FAILED: nobody will know (08007).
 */
extern GwStatus gw_restjob_trace(GwRestJob *job, GwError *err);

/* Looking for it has failed too: 08007. */
extern GwStatus gw_restjob_in_doubt(GwRestJob *job, GwError *err);

#endif /* GW_RESTJOB_SLOT_H */
