/*
 * gw_fdw_async.c
 *	  Scans below one Append that run at the same time.
 *
 * The executor asks every scan for a row before it waits for any of them, so
 * that all the remotes are at work; then it watches their sockets.  A scan that
 * reads through a cursor answers at once, waiting where it has to: only streams
 * overlap.
 *
 * Keeps nothing of its own; what is pending is the executor's to know.
 */
#include "postgres.h"

#include "executor/execAsync.h"
#include "executor/instrument.h"
#include "executor/tuptable.h"
#include "storage/latch.h"

#include "fdw/gw_fdw.h"

bool
gw_async_capable(ForeignPath *path)
{
	List *relations = gw_rel_relations(path->path.parent);
	ListCell *lc;

	foreach(lc, relations)
	{
		const GwRelation *gw = lfirst(lc);

		/* Without a socket nobody could tell when to come back. */
		if ((gw->platform->caps & GW_CAP_SHARES_TRANSACTION) != 0 ||
			gw->platform->transport->socket == NULL ||
			!gw_option_bool(gw->options, "async_capable"))
			return false;
	}
	return relations != NIL;
}

/* Answer with a row, with the end, or with "not yet". */
static void
async_answer(AsyncRequest *areq)
{
	bool pending = false;
	TupleTableSlot *slot = gw_scan_try(castNode(ForeignScanState, areq->requestee), &pending);

	if (TupIsNull(slot) && pending)
		ExecAsyncRequestPending(areq);
	else
		ExecAsyncRequestDone(areq, TupIsNull(slot) ? NULL : slot);
}

void
gw_async_request(AsyncRequest *areq)
{
	async_answer(areq);
}

void
gw_async_configure_wait(AsyncRequest *areq)
{
	ForeignScanState *node = castNode(ForeignScanState, areq->requestee);
	AppendState *requestor = castNode(AppendState, areq->requestor);
	pgsocket fd = gw_scan_socket(node);

	if (fd != PGINVALID_SOCKET)
	{
		AddWaitEventToSet(requestor->as_eventset, WL_SOCKET_READABLE, fd, NULL, areq);
		return;
	}
	/* Its rows were put aside meanwhile, for somebody who needed the connection. */
	areq->callback_pending = false;
	async_answer(areq);
	if (areq->request_complete)
		ExecAsyncResponse(areq);
	if (areq->requestee->instrument)
		InstrUpdateTupleCount(areq->requestee->instrument,
							  TupIsNull(areq->result) ? 0.0 : 1.0);
}

void
gw_async_notify(AsyncRequest *areq)
{
	async_answer(areq);
}
