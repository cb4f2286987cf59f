/*
 * gw_restjob_copy.c
 *	  Rows on their way out over HTTP: a statement if they are few, an upload in
 *	  pieces if they are many.
 *
 * Knows no vendor (GwRestCopyOps).  Nothing is there remotely before the last
 * row was given: a copy that is given up leaves nothing behind.  Rows wait in
 * the job's context, at most one piece of an upload and what makes it.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "transport/gw_restjob_slot.h"
#include "utils/memutils.h"

/* How often a service may take nothing of a piece before that is an error. */
#define UPLOAD_MAX_IDLE 5

typedef enum CopyStep
{
	COPY_ROWS,	 /* they are gathered */
	COPY_BEGIN,	 /* an upload is being begun */
	COPY_UPLOAD, /* it has begun */
	COPY_RUN,	 /* all is said: the remote works on it */
} CopyStep;

typedef struct GwRestCopy
{
	CopyStep step;
	StringInfoData rows; /* as COPY has them, while they may become a statement */
	StringInfoData out;	 /* encoded, not sent yet */
	int64 offset;		 /* of its first byte in the upload */
	bool sending;		 /* a piece is on its way */
	int idle;
	bool taken; /* by the copy_send() that is being repeated */
} GwRestCopy;

GwStatus
gw_restjob_copy_start(GwLink *head, MemoryContext cxt, const GwStatement *stmt,
					  GwDeadline deadline, GwRun **run, GwError *err)
{
	GwRestLink *link = (GwRestLink *) head;
	GwRestAnswer answer;
	GwRestJob *job;
	MemoryContext old;
	GwStatus status;

	/* Interrupted, it begins anew: nothing has happened. */
	status = gw_restjob_start(head, cxt, stmt, run, err);
	if (status != GW_OK)
		return status;
	job = (GwRestJob *) *run;
	job->copy = MemoryContextAllocZero(job->head.cxt, sizeof(GwRestCopy));
	old = MemoryContextSwitchTo(job->head.cxt);
	initStringInfo(&job->copy->rows);
	initStringInfo(&job->copy->out);
	MemoryContextSwitchTo(old);
	gw_restjob_slot_reset(&job->slot, GW_REST_TARGET, 0);
	while ((status = gw_restjob_slot_step(job, &job->slot, &answer, err)) == GW_TIMED_OUT)
	{
		status = gw_restjob_wait(job, deadline, err);
		if (status != GW_OK)
			break;
	}
	if (status == GW_DONE)
		return GW_OK;
	if (status == GW_OK)
	{
		old = MemoryContextSwitchTo(job->head.cxt);
		status = link->ops->copy->read(job, GW_REST_TARGET, &answer, err);
		MemoryContextSwitchTo(old);
		gw_http_release(job->slot.call);
		job->slot.call = NULL;
	}
	if (status != GW_OK)
		gw_restjob_finish(*run);
	return status;
}

/* ---- encoding ---- */

/* Rows of the upload, at the end of what is to be sent. */
static GwStatus
copy_encode(GwRestJob *job, const char *rows, int len, GwError *err)
{
	GwRestCopy *copy = job->copy;
	int before = copy->out.len;
	MemoryContext old = MemoryContextSwitchTo(job->scratch);
	GwStatus status = job->link->ops->copy->encode(job, rows, len, &copy->out, err);

	if (status == GW_OK && GetDatabaseEncoding() != PG_UTF8)
	{
		char *piece = pnstrdup(copy->out.data + before, copy->out.len - before);
		char *utf8 = pg_server_to_any(piece, copy->out.len - before, PG_UTF8);

		if (utf8 != piece)
		{
			copy->out.len = before;
			copy->out.data[before] = '\0';
			appendStringInfoString(&copy->out, utf8);
		}
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(job->scratch);
	return status;
}

/* Nothing was sent, and nothing will be: part of the rows would be no INSERT. */
static GwStatus
copy_refuse(const GwRestJob *job, GwError *err)
{
	gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
				 "these are too many rows for one statement");
	gw_error_detail(err, "The service takes rows together in a statement of up to %d MB.",
					job->link->ops->copy->statement_bytes / (1024 * 1024));
	gw_error_hint(err, "Insert fewer rows at a time, or set the option \"insert_mode\" of the "
					   "foreign table to \"insert\": then rows go out in batches of "
					   "\"batch_size\", each of which stays there once it is taken.");
	return GW_FAILED;
}

/* They are too many for a statement. */
static GwStatus
copy_become_upload(GwRestJob *job, GwError *err)
{
	GwRestCopy *copy = job->copy;

	if (job->link->ops->copy->encode == NULL)
		return copy_refuse(job, err);
	copy->step = COPY_BEGIN;
	gw_restjob_slot_reset(&job->slot, GW_REST_BEGIN, 0);
	if (copy_encode(job, copy->rows.data, copy->rows.len, err) != GW_OK)
		return GW_FAILED;
	resetStringInfo(&copy->rows);
	return GW_OK;
}

/* ---- sending ---- */

/* So much of the piece has come: send the rest, or be done with it. */
static GwStatus
upload_received(GwRestJob *job, int64 received, GwError *err)
{
	GwRestCopy *copy = job->copy;
	int64 had = received - copy->offset;

	if (had < 0 || had > job->upload.len)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"the service says it has bytes of an upload that were not sent");
	copy->idle = had > 0 ? 0 : copy->idle + 1;
	if (copy->idle > UPLOAD_MAX_IDLE)
		return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
							"the service takes nothing of an upload");
	memmove(copy->out.data, copy->out.data + had, copy->out.len - had + 1);
	copy->out.len -= (int) had;
	copy->offset = received;
	copy->sending = false;
	return GW_OK;
}

/* The answer to BEGIN or to a piece. */
static GwStatus
upload_answer(GwRestJob *job, GwRestAnswer *answer, GwError *err)
{
	GwRestCopy *copy = job->copy;
	MemoryContext old = MemoryContextSwitchTo(job->head.cxt);
	GwStatus status = GW_OK;

	if (answer->status / 100 == 2)
		status = job->link->ops->copy->read(job, copy->step == COPY_BEGIN ? GW_REST_BEGIN
																		  : GW_REST_UPLOAD,
											answer, err);
	MemoryContextSwitchTo(old);
	gw_http_release(job->slot.call);
	job->slot.call = NULL;
	if (status != GW_OK)
		return status;
	if (copy->step == COPY_BEGIN)
	{
		copy->step = COPY_UPLOAD;
		return GW_OK;
	}
	if (answer->status / 100 != 2 && job->upload.received >= 0)
		return upload_received(job, job->upload.received, err);
	if (!job->upload.last)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"the service has ended an upload that goes on");
	copy->step = COPY_RUN;
	gw_restjob_enter(job, PHASE_POLL);
	return GW_OK;
}

/* Make the next piece the one to be sent; false: there is too little. */
static bool
upload_next(GwRestJob *job, bool all)
{
	GwRestCopy *copy = job->copy;
	int piece = job->link->ops->copy->piece_bytes;

	if (copy->sending)
		return true;
	/* One byte at least is left for the last piece. */
	if (copy->out.len <= piece && !all)
		return false;
	job->upload.data = copy->out.data;
	job->upload.len = Min(copy->out.len, piece);
	job->upload.offset = copy->offset;
	job->upload.received = copy->offset;
	job->upload.last = all && copy->out.len <= piece;
	gw_restjob_slot_reset(&job->slot, GW_REST_UPLOAD, 0);
	copy->sending = true;
	return true;
}

/* Send whole pieces, or all there is.  GW_OK: done; as copy_send() otherwise. */
static GwStatus
upload_send(GwRestJob *job, bool all, GwDeadline deadline, GwError *err)
{
	GwRestCopy *copy = job->copy;
	GwRestAnswer answer;
	GwStatus status;

	while (copy->step == COPY_BEGIN || copy->step == COPY_UPLOAD)
	{
		if (copy->step == COPY_UPLOAD && !upload_next(job, all))
			return GW_OK;
		/* From here on something may run there. */
		if (copy->step == COPY_UPLOAD && job->upload.last)
			gw_restjob_list(job);
		gw_http_pump();
		status = gw_restjob_slot_step(job, &job->slot, &answer, err);
		if (status == GW_OK)
			status = upload_answer(job, &answer, err);
		else if (status == GW_TIMED_OUT)
			status = gw_restjob_wait(job, deadline, err);
		if (status != GW_OK)
			return status;
	}
	return GW_OK;
}

GwStatus
gw_restjob_copy_send(GwRun *run, const char *data, int len, GwDeadline deadline, GwError *err)
{
	GwRestJob *job = (GwRestJob *) run;
	GwRestCopy *copy = job->copy;
	GwStatus status = GW_OK;

	if (!copy->taken && copy->step == COPY_ROWS)
	{
		appendBinaryStringInfo(&copy->rows, data, len);
		if (copy->rows.len > job->link->ops->copy->statement_bytes)
			status = copy_become_upload(job, err);
	}
	else if (!copy->taken)
		status = copy_encode(job, data, len, err);
	copy->taken = status == GW_OK;
	if (status == GW_OK && copy->step != COPY_ROWS)
		status = upload_send(job, false, deadline, err);
	if (status != GW_INTERRUPTED)
		copy->taken = false;
	return status;
}

GwStatus
gw_restjob_copy_end(GwRun *run, GwDeadline deadline, GwError *err)
{
	GwRestJob *job = (GwRestJob *) run;
	GwRestCopy *copy = job->copy;
	const GwBatch *batch;
	GwStatus status = GW_OK;

	if (copy->step == COPY_ROWS)
	{
		MemoryContext old = MemoryContextSwitchTo(job->head.cxt);

		status = job->link->ops->copy->statement(job, copy->rows.data, copy->rows.len, err);
		MemoryContextSwitchTo(old);
		if (status == GW_OK)
		{
			copy->step = COPY_RUN;
			gw_restjob_enter(job, PHASE_CHECK);
		}
		else if (status == GW_DONE)
			status = copy_become_upload(job, err);
	}
	if (status == GW_OK && copy->step != COPY_RUN)
		status = upload_send(job, true, deadline, err);
	if (status != GW_OK)
		return status;
	return gw_restjob_next(run, 0, deadline, &batch, err);
}
