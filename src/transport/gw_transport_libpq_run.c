/*
 * gw_transport_libpq_run.c
 *	  Statements over libpq: send, read rows, drain, clean up.
 *
 * Always the extended protocol, so a text is exactly one statement.  Rows are
 * read either as one PGresult (max_rows 0) or as they come, gathered in
 * the run's memory, which stays flat.  A run lives in its caller's context
 * and may outlive its link, which then forgets it.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "storage/latch.h"
#include "transport/gw_transport_libpq.h"

/* A gathered batch stops growing here, whatever max_rows says. */
#define RUN_BATCH_BYTES (1024 * 1024)

/* Values are gathered in pieces of memory of this size. */
#define RUN_ROOM_BYTES (64 * 1024)

/* Rows per result, where libpq can hand out several. */
#define RUN_CHUNK_ROWS 100

static void run_release_result(void *handle);
static void run_reset_callback(void *arg);
static bool run_send(LibpqRun *run, const GwStatement *stmt, const Oid *types,
					 const char *const *values);
static bool run_repeats(LibpqRun *run, const GwStatement *stmt, const Oid *types);
static LibpqRun *run_create(LibpqLink *link, MemoryContext parent);
static void run_forget_batch(LibpqRun *run);
static GwStatus run_end(LibpqRun *run, LibpqLink *link);
static void run_take(LibpqRun *run, LibpqLink *link, PGresult *result);
static void run_expect_copy(LibpqRun *run, const GwStatement *stmt);
static bool run_takes_copy(const LibpqRun *run, const PGresult *result);
static void run_shape(LibpqRun *run, const PGresult *result);
static void run_gather(LibpqRun *run, const PGresult *result, bool copy);
static void run_command(LibpqRun *run, PGresult *result);
static void run_refuse_copy(LibpqRun *run, LibpqLink *link, ExecStatusType kind);
static bool link_between(LibpqLink *link, PGresult **result);

GwStatus
libpq_start(GwLink *head, MemoryContext parent, const GwStatement *stmt, GwRun **result,
			GwError *err)
{
	LibpqLink *link = (LibpqLink *) head;
	LibpqRun *run;
	Oid *types;
	const char **values;
	int i;

	if (libpq_conn(link) == NULL || link->broken)
		return libpq_error_lost(link, err);
	if (link->sent)
		return gw_transport_busy(err);
	run = run_create(link, parent);
	types = MemoryContextAlloc(run->head.cxt, Max(stmt->nparams, 1) * sizeof(Oid));
	values = MemoryContextAlloc(run->head.cxt, Max(stmt->nparams, 1) * sizeof(char *));
	for (i = 0; i < stmt->nparams; i++)
	{
		Oid type = stmt->params[i].type;

		/* Oids of types that are not built in mean nothing over there. */
		if (link->untyped)
			types[i] = type == TEXTOID || type == VARCHAROID ? VARCHAROID : InvalidOid;
		else
			types[i] = type < FirstGenbkiObjectId && type != UNKNOWNOID ? type : InvalidOid;
		values[i] = stmt->params[i].value;
	}
	if (stmt->copied != NULL)
		run_expect_copy(run, stmt);
	if (!run_send(run, stmt, types, values))
	{
		MemoryContextDelete(run->head.cxt);
		return libpq_error_lost(link, err);
	}
	link->run = run;
	link->sent = true;
	/* Whatever does not leave now is flushed by next(); a failure shows there. */
	(void) PQflush(libpq_conn(link));
	*result = &run->head;
	return GW_OK;
}

/* Hand the statement to libpq. */
static bool
run_send(LibpqRun *run, const GwStatement *stmt, const Oid *types, const char *const *values)
{
	LibpqLink *link = (LibpqLink *) run->head.link;
	PGconn *conn = libpq_conn(link);
	int format = stmt->binary ? 1 : 0;
	bool repeats = run_repeats(run, stmt, types);

	link->parsed = false; /* until the run has ended well */
	if (repeats)
		return PQsendQueryPrepared(conn, "", stmt->nparams, values, NULL, NULL, format) == 1;
	if (!stmt->describe)
		return PQsendQueryParams(conn, stmt->sql, stmt->nparams, types, values, NULL, NULL,
								 format) == 1;
	/* In one round trip. */
	link->piping = PQenterPipelineMode(conn) == 1;
	return link->piping && PQsendPrepare(conn, "", stmt->sql, stmt->nparams, types) == 1 &&
		PQsendDescribePrepared(conn, "") == 1 && PQpipelineSync(conn) == 1;
}

/*
 * Is it the statement that ran last on this link, with other values?  Then the
 * remote still has it, parsed, as its unnamed statement.  Not outside a
 * transaction, where a pooler may lead to another session each time.  If it is
 * not, remember it.
 */
static bool
run_repeats(LibpqRun *run, const GwStatement *stmt, const Oid *types)
{
	LibpqLink *link = (LibpqLink *) run->head.link;
	Size size = stmt->nparams * sizeof(Oid);

	run->parses = stmt->nparams > 0 && !stmt->user_sql && !stmt->describe;
	if (!run->parses)
		return false;
	if (link->parsed_sql != NULL && strcmp(link->parsed_sql, stmt->sql) == 0 &&
		link->parsed_n == stmt->nparams && memcmp(link->parsed_types, types, size) == 0)
		return link->parsed && PQtransactionStatus(libpq_conn(link)) == PQTRANS_INTRANS;
	link->parsed = false;
	link->parsed_sql = NULL;
	MemoryContextReset(link->parsed_cxt);
	link->parsed_types = MemoryContextAlloc(link->parsed_cxt, size);
	memcpy(link->parsed_types, types, size);
	link->parsed_n = stmt->nparams;
	link->parsed_sql = MemoryContextStrdup(link->parsed_cxt, stmt->sql);
	return false;
}

/*
 * With max_rows 0 the whole result is one batch and the link is free again
 * when it is handed out.  Otherwise rows are handed out as they come, and a
 * batch may be smaller than max_rows when the remote is slower than we are.
 */
GwStatus
libpq_next(GwRun *head, int max_rows, GwDeadline deadline, const GwBatch **batch, GwError *err)
{
	LibpqRun *run = (LibpqRun *) head;
	LibpqLink *link = (LibpqLink *) head->link;

	*batch = &run->batch;
	if (run->given)
		run_forget_batch(run);
	if (run->finished || link == NULL)
		return libpq_run_outcome(run, err);
	if (!run->started)
	{
		run->started = true;
		run->streamed = max_rows > 0 && run->copied == NULL &&
						libpq_set_streamed(libpq_conn(link), Min(max_rows, RUN_CHUNK_ROWS));
	}
	for (;;)
	{
		PGresult *result = NULL;
		GwStatus status;

		if (run->copying)
		{
			status = libpq_copy_next(run, link, max_rows, deadline, err);
			if (status == GW_OK)
				break;
			if (status != GW_DONE)
				return status;
		}
		if (run->streamed && run->batch.nrows > 0 &&
			(run->batch.nrows >= max_rows || run->bytes >= RUN_BATCH_BYTES ||
			 (!run->head.fill && PQisBusy(libpq_conn(link)))))
			break;
		status = libpq_take(link, deadline, GW_WAIT_NORMAL, &result, err);
		if (status != GW_OK)
			return status;
		if (result == NULL)
		{
			status = run_end(run, link);
			if (status != GW_OK || run->batch.nrows == 0)
				return libpq_run_outcome(run, err);
			break;
		}
		run_take(run, link, result);
	}
	run->given = true;
	return GW_OK;
}

void
libpq_finish(GwRun *head)
{
	/* The reset callback unties it from the link. */
	MemoryContextDelete(head->cxt);
}

GwStatus
libpq_drain(GwLink *head, GwDeadline deadline, GwWaitMode mode, GwError *err)
{
	LibpqLink *link = (LibpqLink *) head;

	while (link->sent)
	{
		PGresult *result = NULL;
		GwStatus status = libpq_take(link, deadline, mode, &result, err);

		if (status != GW_OK)
			return status;
		if (result == NULL)
			link->sent = false;
		else
		{
			ExecStatusType kind = PQresultStatus(result);

			PQclear(result);
			if (kind == PGRES_COPY_IN)
				(void) PQputCopyEnd(libpq_conn(link), "cancelled");
			else if (kind == PGRES_COPY_OUT)
				link->copy_out = true;
			else if (kind == PGRES_COPY_BOTH)
				return libpq_error_lost(link, err);
		}
	}
	if (link->run != NULL)
		link->run->head.link = NULL;
	link->run = NULL;
	libpq_notices_drop(link);
	return GW_OK;
}

/*
 * Our own fixed texts only, so the simple protocol may carry two statements
 * in one round trip.
 */
GwStatus
libpq_undo_send(GwLink *head, const char *sql, GwError *err)
{
	LibpqLink *link = (LibpqLink *) head;

	if (libpq_conn(link) == NULL || link->broken || link->sent)
		return libpq_error_lost(link, err);
	link->parsed = false;
	if (PQsendQuery(libpq_conn(link), sql) != 1)
		return libpq_error_lost(link, err);
	link->sent = true;
	(void) PQflush(libpq_conn(link));
	return GW_OK;
}

GwStatus
libpq_undo_wait(GwLink *head, GwDeadline deadline, GwError *err)
{
	LibpqLink *link = (LibpqLink *) head;
	bool ok = true;

	for (;;)
	{
		PGresult *result = NULL;
		GwStatus status = libpq_take(link, deadline, GW_WAIT_CLEANUP, &result, err);

		if (status != GW_OK)
			return status;
		if (result == NULL)
			break;
		if (ok && PQresultStatus(result) != PGRES_COMMAND_OK)
		{
			libpq_error_result(link, result, err);
			ok = false;
		}
		PQclear(result);
	}
	link->sent = false;
	libpq_notices_drop(link);
	return ok ? GW_OK : GW_FAILED;
}

static LibpqRun *
run_create(LibpqLink *link, MemoryContext parent)
{
	MemoryContext cxt;
	LibpqRun *run;

	cxt = AllocSetContextCreate(parent, "gw libpq run", ALLOCSET_SMALL_SIZES);
	run = MemoryContextAllocZero(cxt, sizeof(LibpqRun));
	run->head.link = &link->head;
	run->head.cxt = cxt;
	run->head.result.rows = -1;
	run->result = gw_guard_create(cxt, run_release_result);
	run->rows = AllocSetContextCreate(cxt, "gw libpq rows", ALLOCSET_DEFAULT_SIZES);
	run->shape = AllocSetContextCreate(cxt, "gw libpq columns", ALLOCSET_SMALL_SIZES);
	gw_guard_on_reset(cxt, run_reset_callback, run);
	return run;
}

/* Make room for the next batch: reuse the last one's memory, or leave it. */
static void
run_forget_batch(LibpqRun *run)
{
	run->given = false;
	run->batch.nrows = 0;
	run->bytes = 0;
	run->room = run->home;
	run->room_left = run->home != NULL ? RUN_ROOM_BYTES : 0;
	libpq_copy_forget(run);
	if (run->head.keep)
	{
		run->head.keep = false;
		run->home = NULL;
		run->room_left = 0;
		run->batch.cells = NULL;
		run->max_cells = 0;
		run->result = gw_guard_create(run->head.cxt, run_release_result);
		run->rows =
			AllocSetContextCreate(run->head.cxt, "gw libpq rows", ALLOCSET_DEFAULT_SIZES);
	}
	else
	{
		gw_guard_release(run->result);
		MemoryContextReset(run->rows);
	}
}

/* What to say about a run whose results have all been taken. */
GwStatus
libpq_run_outcome(LibpqRun *run, GwError *err)
{
	if (run->failed)
		*err = run->error;
	else if (!run->finished || !run->have_end)
		gw_transport_cut(err);
	else
		return GW_DONE;
	return GW_FAILED;
}

/* The last result was taken: let go of the link and hand its notices on. */
static GwStatus
run_end(LibpqRun *run, LibpqLink *link)
{
	link->sent = false;
	link->run = NULL;
	run->head.link = NULL; /* it may outlive the link from here on */
	run->finished = true;
	link->parsed = run->parses && run->have_end && !run->failed;
	/* Where rows without columns come in chunks, libpq forgets the count. */
	if (run->head.result.rows < 0 && (run->batch.columns != NULL || run->nrows > 0))
		run->head.result.rows = run->nrows;
	libpq_notices_forward(link);
	return run->failed || !run->have_end ? GW_FAILED : GW_OK;
}

/* Take one result over; it is owned before anything can throw. */
static void
run_take(LibpqRun *run, LibpqLink *link, PGresult *result)
{
	ExecStatusType kind = PQresultStatus(result);

	gw_guard_release(run->result);
	gw_guard_put(run->result, result);
	if (libpq_is_rows(kind))
	{
		if (!run->failed)
			run_gather(run, result, true);
		gw_guard_release(run->result);
		return;
	}
	switch (kind)
	{
		case PGRES_TUPLES_OK:
			run_shape(run, result);
			run_command(run, result);
			if (PQntuples(result) > 0)
				run_gather(run, result, false);
			else
				gw_guard_release(run->result);
			break;
		case PGRES_COMMAND_OK:
		case PGRES_EMPTY_QUERY:
			run_shape(run, result); /* described, it has columns */
			run_command(run, result);
			gw_guard_release(run->result);
			break;
		case PGRES_COPY_OUT:
			if (run_takes_copy(run, result))
			{
				run->copying = true;
				gw_guard_release(run->result);
				break;
			}
			/* FALLTHROUGH */
		case PGRES_COPY_IN:
		case PGRES_COPY_BOTH:
			gw_guard_release(run->result);
			run_refuse_copy(run, link, kind);
			break;
		default:
			/* The first failure is the cause; what follows is its echo. */
			if (!run->failed)
				libpq_error_result(link, result, &run->error);
			run->failed = true;
			run->batch.nrows = 0;
			gw_guard_release(run->result);
			break;
	}
}

GwStatus
libpq_run_take(LibpqRun *run, PGresult *result)
{
	LibpqLink *link = (LibpqLink *) run->head.link;

	if (result == NULL)
		return run_end(run, link);
	run_take(run, link, result);
	return GW_OK;
}

/* The columns of a copy, as the caller knows them. */
static void
run_expect_copy(LibpqRun *run, const GwStatement *stmt)
{
	int i;

	run->batch.ncolumns = stmt->ncopied;
	run->batch.columns =
		MemoryContextAlloc(run->shape, Max(stmt->ncopied, 1) * sizeof(GwColumnInfo));
	for (i = 0; i < stmt->ncopied; i++)
	{
		run->batch.columns[i] = stmt->copied[i];
		run->batch.columns[i].name = MemoryContextStrdup(run->shape, stmt->copied[i].name);
		run->batch.columns[i].format = GW_CELL_BINARY;
	}
	libpq_copy_begin(run);
}

/* Is it the copy that was asked for? */
static bool
run_takes_copy(const LibpqRun *run, const PGresult *result)
{
	return run->copied != NULL && !run->failed && !run->copy_begun &&
		PQbinaryTuples(result) == 1 && PQnfields(result) == run->batch.ncolumns;
}

/* Learn the columns from the first result that has them. */
static void
run_shape(LibpqRun *run, const PGresult *result)
{
	int ncolumns = PQnfields(result);
	int i;

	if (run->batch.columns != NULL || ncolumns == 0)
		return;
	run->batch.columns = MemoryContextAllocZero(run->shape, ncolumns * sizeof(GwColumnInfo));
	for (i = 0; i < ncolumns; i++)
	{
		GwColumnInfo *column = &run->batch.columns[i];

		column->name = MemoryContextStrdup(run->shape, PQfname(result, i));
		column->type_oid = PQftype(result, i);
		column->typmod = PQfmod(result, i);
		column->format = PQfformat(result, i) == 0 ? GW_CELL_TEXT : GW_CELL_BINARY;
	}
	run->batch.ncolumns = ncolumns;
}

/* Copy a value, many to one piece of memory. */
static inline char *
run_keep(LibpqRun *run, const char *data, Size size)
{
	char *copy;

	if (size > run->room_left)
	{
		run->room_left = Max(size, RUN_ROOM_BYTES);
		if (run->home == NULL && size <= RUN_ROOM_BYTES)
			run->room = run->home = MemoryContextAlloc(run->shape, RUN_ROOM_BYTES);
		else
			run->room = MemoryContextAllocHuge(run->rows, run->room_left);
	}
	copy = memcpy(run->room, data, size);
	run->room += size;
	run->room_left -= size;
	run->bytes += size;
	return copy;
}

void
libpq_run_cells(LibpqRun *run, int nrows)
{
	int64 wanted = (int64) (run->batch.nrows + nrows) * run->batch.ncolumns;
	int64 grown = Max(wanted, run->max_cells * 2);
	Size size = grown * sizeof(GwCell);

	if (wanted <= run->max_cells)
		return;
	if (run->batch.cells == NULL)
		run->batch.cells = MemoryContextAllocHuge(run->shape, size);
	else
		run->batch.cells = repalloc_huge(run->batch.cells, size);
	run->max_cells = grown;
}

/* Add a result's rows to the batch, pointing into it or copying out of it. */
static void
run_gather(LibpqRun *run, const PGresult *result, bool copy)
{
	int ncolumns;
	int nrows = PQntuples(result);
	int row;
	int column;

	run_shape(run, result);
	ncolumns = run->batch.ncolumns;
	libpq_run_cells(run, nrows);
	for (row = 0; row < nrows; row++)
	{
		GwCell *cell = &run->batch.cells[(Size) (run->batch.nrows + row) * ncolumns];

		for (column = 0; column < ncolumns; column++, cell++)
		{
			cell->data = PQgetvalue(result, row, column);
			cell->len = PQgetisnull(result, row, column) ? -1
														 : PQgetlength(result, row, column);
			if (copy && cell->len >= 0)
				cell->data = run_keep(run, cell->data, (Size) cell->len + 1);
		}
		run->bytes += ncolumns * sizeof(GwCell);
	}
	run->batch.nrows += nrows;
	run->nrows += nrows;
}

/* Read the command tag: the words without the counts, and the count. */
static void
run_command(LibpqRun *run, PGresult *result)
{
	GwRunResult *report = &run->head.result;
	const char *count = PQcmdTuples(result);
	size_t len;

	strlcpy(report->command, PQcmdStatus(result), sizeof(report->command));
	len = strlen(report->command);
	while (len > 0 && (report->command[len - 1] == ' ' ||
					   (report->command[len - 1] >= '0' && report->command[len - 1] <= '9')))
		report->command[--len] = '\0';
	report->rows = count[0] != '\0' ? strtoll(count, NULL, 10) : -1;
	/* A copy has a trailer as well, and says how many rows it had. */
	run->have_end = run->copied == NULL || (run->copy_ended && report->rows == run->nrows);
}

/* A statement that wants to copy: end the copy, keep the connection. */
static void
run_refuse_copy(LibpqRun *run, LibpqLink *link, ExecStatusType kind)
{
	if (!run->failed)
	{
		gw_error_set(&run->error, GW_ERR_INVALID, ERRCODE_FEATURE_NOT_SUPPORTED,
					 "COPY from or to the client cannot be run remotely");
		gw_error_hint(&run->error, "Use a foreign table, or COPY with a file on the remote.");
		run->failed = true;
	}
	if (kind == PGRES_COPY_IN)
		(void) PQputCopyEnd(libpq_conn(link), "COPY FROM STDIN is not supported");
	else if (kind == PGRES_COPY_OUT)
		link->copy_out = true;
	else
		link->broken = true;
}

/*
 * The next result, or NULL after the last: the one place that drives the
 * protocol.  Resumable: nothing is lost when it returns early.
 */
GwStatus
libpq_take(LibpqLink *link, GwDeadline deadline, GwWaitMode mode, PGresult **result, GwError *err)
{
	PGconn *conn = libpq_conn(link);
	bool tried = false;

	if (conn == NULL || link->broken)
		return libpq_error_lost(link, err);
	for (;;)
	{
		GwStatus status;

		if (link->copy_out)
		{
			char *data = NULL;
			int len = PQgetCopyData(conn, &data, 1);

			if (data != NULL)
				PQfreemem(data);
			if (len > 0)
				continue;
			link->copy_out = len == 0;
		}
		if (!link->copy_out && !PQisBusy(conn))
		{
			*result = PQgetResult(conn);
			if (*result == NULL && PQstatus(conn) != CONNECTION_OK)
				link->broken = true;
			else if (link->piping && link_between(link, result))
				continue;
			return GW_OK;
		}
		status = libpq_read(link, &tried, deadline, mode, err);
		if (status != GW_OK)
			return status;
	}
}

/* In pipeline mode NULL ends one message's answer; *result NULL is the end of all. */
static bool
link_between(LibpqLink *link, PGresult **result)
{
	if (*result == NULL)
		return true;
	if (PQresultStatus(*result) != PGRES_PIPELINE_SYNC)
		return false;
	PQclear(*result);
	*result = NULL;
	link->piping = false;
	if (PQexitPipelineMode(libpq_conn(link)) != 1)
		link->broken = true;
	return false;
}

GwStatus
libpq_read(LibpqLink *link, bool *tried, GwDeadline deadline, GwWaitMode mode, GwError *err)
{
	PGconn *conn = libpq_conn(link);
	int unsent = PQflush(conn);
	GwStatus status;

	/* What has come already needs no waiting. */
	if (*tried || unsent != 0 || gw_interrupt_pending())
	{
		if (mode == GW_WAIT_NORMAL && unsent == 0 && link->run != NULL &&
			link->run->head.nowait && !gw_interrupt_pending())
			return GW_TIMED_OUT;
		status = gw_wait_with(link->waiter, PQsocket(conn),
							  WL_SOCKET_READABLE | (unsent > 0 ? WL_SOCKET_WRITEABLE : 0),
							  deadline, mode);
		if (status == GW_INTERRUPTED)
			return status;
		if (status != GW_OK)
			return gw_transport_no_answer(err);
	}
	*tried = true;
	return PQconsumeInput(conn) == 1 ? GW_OK : libpq_error_lost(link, err);
}

static void
run_release_result(void *handle)
{
	PQclear((PGresult *) handle);
}

/* The link must not remember a run whose memory is gone. */
static void
run_reset_callback(void *arg)
{
	LibpqRun *run = (LibpqRun *) arg;
	LibpqLink *link = (LibpqLink *) run->head.link;

	if (link != NULL && link->run == run)
		link->run = NULL;
}
