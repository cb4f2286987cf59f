/*
 * gw_transport_odbc_run.c
 *	  Statements over ODBC, the backend's side: start, rows, drain, clean up.
 *
 * Hands jobs to the worker and makes batches of what it has filled.  While a
 * batch is read here the worker fetches the next one.  Statements in braces
 * that begin with "gw" are the transport's own: what ODBC has functions for
 * and no SQL.
 *
 *	{gw identity}, {gw databases}, {gw schemas}, {gw tables}, {gw describe}
 *			catalog queries in the shapes of GwCatalogId, with its parameters
 *	{gw begin}, {gw begin serializable} ...
 *			a transaction, at that isolation or a stronger one; SQL behind the
 *			brace runs in it
 *
 * COMMIT and ROLLBACK of ours are the driver manager's, too.
 */
#include "postgres.h"

#include <stdlib.h>

#include "mb/pg_wchar.h"
#include "transport/gw_transport_odbc.h"
#include "utils/memutils.h"

#define RESERVED_OPEN "{gw "
#define RESERVED_BEGIN "begin"

static void run_reset_callback(void *arg);

/* ---- what a statement is ---- */

static const struct
{
	const char *name;
	OdbcCatalog catalog;
} reserved_catalogs[] = {
	{"identity}", ODBC_CATALOG_IDENTITY}, {"databases}", ODBC_CATALOG_DATABASES},
	{"schemas}", ODBC_CATALOG_SCHEMAS},	  {"tables}", ODBC_CATALOG_TABLES},
	{"describe}", ODBC_CATALOG_DESCRIBE},
};

static const struct
{
	const char *name;
	SQLULEN level;
} reserved_levels[] = {
	{"}", 0},
	{" read committed}", SQL_TXN_READ_COMMITTED},
	{" repeatable read}", SQL_TXN_REPEATABLE_READ},
	{" serializable}", SQL_TXN_SERIALIZABLE},
};

static char *
run_malloc_text(const char *text)
{
	return text ? strdup(odbc_to_utf8(text)) : NULL;
}

/* false: it is not one of the reserved statements. */
static bool
run_reserved(OdbcJob *job, const GwStatement *stmt)
{
	const char *rest = stmt->sql + strlen(RESERVED_OPEN);
	int i;

	if (strncmp(stmt->sql, RESERVED_OPEN, strlen(RESERVED_OPEN)) != 0)
		return false;
	for (i = 0; i < lengthof(reserved_catalogs); i++)
	{
		if (strcmp(rest, reserved_catalogs[i].name) != 0)
			continue;
		job->kind = ODBC_JOB_CATALOG;
		job->catalog = reserved_catalogs[i].catalog;
		job->args[0] = stmt->nparams > 0 ? run_malloc_text(stmt->params[0].value) : NULL;
		job->args[1] = stmt->nparams > 1 ? run_malloc_text(stmt->params[1].value) : NULL;
		return true;
	}
	if (strncmp(rest, RESERVED_BEGIN, strlen(RESERVED_BEGIN)) != 0)
		return false;
	rest += strlen(RESERVED_BEGIN);
	for (i = 0; i < lengthof(reserved_levels); i++)
	{
		size_t len = strlen(reserved_levels[i].name);

		if (strncmp(rest, reserved_levels[i].name, len) != 0)
			continue;
		job->kind = ODBC_JOB_BEGIN;
		job->isolation = reserved_levels[i].level;
		if (rest[len] != '\0')
			job->sql = odbc_utf16(odbc_to_utf8(rest + len), NULL);
		return true;
	}
	return false;
}

/* Fill the worker's job from the statement; it is idle. */
static GwStatus
run_prepare(OdbcLink *link, const GwStatement *stmt, GwError *err)
{
	OdbcWorker *worker = odbc_worker(link);
	OdbcJob *job = &worker->job;

	odbc_job_clear(job);
	if (!stmt->user_sql)
	{
		if (run_reserved(job, stmt))
			return GW_OK;
		job->kind = strcmp(stmt->sql, "COMMIT") == 0	 ? ODBC_JOB_COMMIT
					: strcmp(stmt->sql, "ROLLBACK") == 0 ? ODBC_JOB_ROLLBACK
														 : ODBC_JOB_RUN;
		if (job->kind != ODBC_JOB_RUN)
			return GW_OK;
	}
	job->kind = stmt->describe ? ODBC_JOB_DESCRIBE : ODBC_JOB_RUN;
	job->sql = odbc_utf16(odbc_to_utf8(stmt->sql), NULL);
	if (job->sql == NULL)
		return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
	if (stmt->nparams == 0 || stmt->describe)
		return GW_OK;
	return odbc_params(job, stmt, link->text_params, err);
}

/* The statement's first word, of CREATE, ALTER and DROP the first two. */
static void
run_command(GwRunResult *result, const char *sql)
{
	char *to = result->command;
	char *end = to + 32;
	int words = 0;

	while (*sql != '\0' && words < 2 && to < end)
	{
		size_t n;

		sql += strspn(sql, " \t\r\n(");
		n = strspn(sql, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		if (n == 0)
			break;
		if (words > 0)
			*to++ = ' ';
		while (n-- > 0 && to < end)
			*to++ = pg_ascii_toupper((unsigned char) *sql++);
		*to = '\0';
		words++;
		if (strcmp(result->command, "CREATE") != 0 && strcmp(result->command, "ALTER") != 0 &&
			strcmp(result->command, "DROP") != 0)
			break;
	}
}

static OdbcRun *
run_create(OdbcLink *link, MemoryContext parent)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "gw odbc run", ALLOCSET_SMALL_SIZES);
	OdbcRun *run = MemoryContextAllocZero(cxt, sizeof(OdbcRun));

	run->head.link = &link->head;
	run->head.cxt = cxt;
	run->head.result.rows = -1;
	run->link = link;
	run->rows = gw_guard_create(cxt, odbc_rows_free);
	run->cells = AllocSetContextCreate(cxt, "gw odbc cells", ALLOCSET_DEFAULT_SIZES);
	gw_guard_on_reset(cxt, run_reset_callback, run);
	return run;
}

GwStatus
odbc_start(GwLink *head, MemoryContext parent, const GwStatement *stmt, GwRun **result,
		   GwError *err)
{
	OdbcLink *link = (OdbcLink *) head;
	OdbcWorker *worker = odbc_worker(link);
	OdbcRun *run;

	if (worker == NULL || link->broken || !link->ready)
		return odbc_error_lost(link, err);
	if (link->busy)
		return gw_transport_busy(err);
	run = run_create(link, parent);
	*result = &run->head;
	/* There are no savepoints to release, for instance. */
	if (stmt->sql[0] == '\0')
	{
		run->ended = run->opened = true;
		run->link = NULL;
		return GW_OK;
	}
	if (run_prepare(link, stmt, err) != GW_OK)
	{
		MemoryContextDelete(run->head.cxt);
		return GW_FAILED;
	}
	run_command(&run->head.result, stmt->sql);
	link->run = run;
	link->busy = true;
	link->cancelled = false;
	odbc_worker_submit(worker);
	return GW_OK;
}

/* ---- rows ---- */

static GwStatus
run_fail(OdbcRun *run, GwError *err)
{
	OdbcLink *link = run->link;

	run->failed = run->ended = true;
	run->error = *err;
	if (link != NULL)
	{
		link->run = NULL;
		link->busy = false;
	}
	run->link = NULL;
	run->head.link = NULL;
	return GW_FAILED;
}

static GwStatus
run_end(OdbcRun *run)
{
	run->ended = true;
	run->link->run = NULL;
	run->link->busy = false;
	run->link = NULL;
	run->head.link = NULL; /* it may outlive the link from here on */
	return GW_DONE;
}

/* Wait for the job at hand and look at how it ended. */
static GwStatus
run_wait(OdbcRun *run, GwDeadline deadline, GwError *err)
{
	OdbcLink *link = run->link;
	GwStatus status;

	if (run->head.nowait && odbc_worker_busy(odbc_worker(link)) &&
		!odbc_worker_sending(odbc_worker(link)))
		return GW_TIMED_OUT;
	status = odbc_wait(link, deadline, GW_WAIT_NORMAL, err);
	if (status == GW_INTERRUPTED)
		return status;
	if (status == GW_OK && link->cancelled)
		status = odbc_error_cancelled(err);
	else if (status == GW_OK)
		status = odbc_error(link, odbc_worker(link), err);
	return status == GW_OK ? GW_OK : run_fail(run, err);
}

static void
run_shape(OdbcRun *run)
{
	const OdbcWorker *worker = odbc_worker(run->link);
	bool catalog = worker->job.kind == ODBC_JOB_CATALOG;
	int n = catalog ? worker->rows->ncolumns : worker->result.ncolumns;
	int i;

	run->batch.ncolumns = n;
	run->batch.columns = MemoryContextAllocZero(run->head.cxt, Max(n, 1) * sizeof(GwColumnInfo));
	for (i = 0; i < n; i++)
	{
		const char *name = catalog ? "value" : worker->result.columns[i].name;

		run->batch.columns[i].name =
			MemoryContextStrdup(run->head.cxt,
								pg_any_to_server(name, (int) strlen(name), PG_UTF8));
		if (!catalog)
			run->batch.columns[i].type_oid =
				odbc_type(worker->result.columns[i].sql_type)->type_oid;
		run->batch.columns[i].typmod = -1;
		run->batch.columns[i].format = GW_CELL_TEXT;
	}
}

/* The statement has run: learn its columns and what it did. */
static void
run_opened(OdbcRun *run)
{
	OdbcLink *link = run->link;
	const OdbcWorker *worker = odbc_worker(link);

	run->opened = true;
	switch (worker->job.kind)
	{
		case ODBC_JOB_BEGIN:
			link->in_xact = true;
			break;
		case ODBC_JOB_COMMIT:
		case ODBC_JOB_ROLLBACK:
			link->in_xact = false;
			break;
		case ODBC_JOB_CATALOG:
			run_shape(run);
			break;
		default:
			run_shape(run);
			if (worker->result.ncolumns == 0)
				run->head.result.rows = worker->result.affected;
			break;
	}
}

/* Make room for the next batch: reuse the last one's memory, or leave it. */
static void
run_forget_batch(OdbcRun *run)
{
	run->given = false;
	run->batch.nrows = 0;
	if (run->head.keep)
	{
		run->head.keep = false;
		run->rows = gw_guard_create(run->head.cxt, odbc_rows_free);
		run->cells =
			AllocSetContextCreate(run->head.cxt, "gw odbc cells", ALLOCSET_DEFAULT_SIZES);
		run->max_cells = 0;
	}
	else
	{
		gw_guard_release(run->rows);
		/* Texts of another encoding lie beside the cells. */
		if (GetDatabaseEncoding() != PG_UTF8)
		{
			MemoryContextReset(run->cells);
			run->max_cells = 0;
		}
	}
}

/* Cells over the rows that the worker has filled; they are owned first. */
static void
run_take(OdbcRun *run)
{
	OdbcWorker *worker = odbc_worker(run->link);
	OdbcRows *rows = worker->rows;
	bool convert = GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_SQL_ASCII;
	MemoryContext old;
	int64 n;
	int64 i;

	gw_guard_put(run->rows, rows);
	worker->rows = NULL;
	n = (int64) rows->nrows * rows->ncolumns;
	old = MemoryContextSwitchTo(run->cells);
	if (n > run->max_cells)
	{
		if (run->max_cells > 0)
			pfree(run->batch.cells);
		run->batch.cells = palloc_extended(n * sizeof(GwCell), MCXT_ALLOC_HUGE);
		run->max_cells = n;
	}
	for (i = 0; i < n; i++)
	{
		GwCell *cell = &run->batch.cells[i];

		cell->len = rows->cells[i].len;
		cell->data = cell->len < 0 ? NULL : rows->text.data + rows->cells[i].offset;
		if (convert && cell->len > 0)
		{
			cell->data = pg_any_to_server(cell->data, cell->len, PG_UTF8);
			cell->len = (int32) strlen(cell->data);
		}
	}
	MemoryContextSwitchTo(old);
	run->batch.nrows = rows->nrows;
	run->nrows += rows->nrows;
	run->given = true;
}

static void
run_submit_fetch(OdbcRun *run, int max_rows)
{
	OdbcWorker *worker = odbc_worker(run->link);

	odbc_job_clear(&worker->job);
	worker->job.kind = ODBC_JOB_FETCH;
	worker->job.max_rows = max_rows;
	run->fetching = true;
	odbc_worker_submit(worker);
}

GwStatus
odbc_next(GwRun *head, int max_rows, GwDeadline deadline, const GwBatch **batch, GwError *err)
{
	OdbcRun *run = (OdbcRun *) head;
	OdbcWorker *worker;
	GwStatus status;

	*batch = &run->batch;
	if (run->given)
		run_forget_batch(run);
	if (run->failed)
	{
		*err = run->error;
		return GW_FAILED;
	}
	if (run->ended)
		return GW_DONE;
	if (run->link == NULL)
		return gw_transport_cut(err);
	if (!run->opened)
	{
		status = run_wait(run, deadline, err);
		if (status != GW_OK)
			return status;
		run_opened(run);
	}
	worker = odbc_worker(run->link);
	if (!run->fetching && !worker->result.ended)
		run_submit_fetch(run, max_rows);
	if (run->fetching)
	{
		status = run_wait(run, deadline, err);
		if (status != GW_OK)
			return status;
		run->fetching = false;
	}
	if (worker->rows != NULL && worker->rows->nrows > 0)
	{
		run_take(run);
		if (!worker->result.ended)
			run_submit_fetch(run, max_rows);
		return GW_OK;
	}
	if (run->head.result.rows < 0 && run->batch.ncolumns > 0)
		run->head.result.rows = run->nrows;
	return run_end(run);
}

void
odbc_finish(GwRun *head)
{
	/* The reset callback unties it from the link. */
	MemoryContextDelete(head->cxt);
}

/* The link must not remember a run whose memory is gone. */
static void
run_reset_callback(void *arg)
{
	OdbcRun *run = (OdbcRun *) arg;

	if (run->link != NULL && run->link->run == run)
		run->link->run = NULL;
}

/* ---- clean up ---- */

/* One job of draining; interrupted, odbc_drain() is called again and goes on. */
static GwStatus
drain_job(OdbcLink *link, OdbcJobKind kind, GwDeadline deadline, GwWaitMode mode, GwError *err)
{
	OdbcWorker *worker = odbc_worker(link);

	odbc_job_clear(&worker->job);
	worker->job.kind = kind;
	odbc_worker_submit(worker);
	return odbc_wait(link, deadline, mode, err);
}

GwStatus
odbc_drain(GwLink *head, GwDeadline deadline, GwWaitMode mode, GwError *err)
{
	OdbcLink *link = (OdbcLink *) head;
	OdbcWorker *worker = odbc_worker(link);
	GwStatus status;

	if (worker == NULL || link->broken)
		return odbc_error_lost(link, err);
	if (link->run != NULL)
	{
		link->run->link = NULL;
		link->run->head.link = NULL;
		link->run = NULL;
	}
	if (!link->busy)
		return GW_OK;
	status = odbc_wait(link, deadline, mode, err);
	if (status != GW_OK)
		return status;
	/* What the job has done to the transaction counts, whoever asked for it. */
	if (worker->job.kind == ODBC_JOB_BEGIN && worker->outcome.fault == ODBC_FAULT_NONE)
		link->in_xact = true;
	if (!link->cancelled && mode == GW_WAIT_NORMAL && worker->job.kind != ODBC_JOB_SKIP)
	{
		status = drain_job(link, ODBC_JOB_SKIP, deadline, mode, err);
		if (status != GW_OK)
			return status;
	}
	if (worker->job.kind != ODBC_JOB_CLOSE)
	{
		status = drain_job(link, ODBC_JOB_CLOSE, deadline, mode, err);
		if (status != GW_OK)
			return status;
	}
	link->busy = link->cancelled = false;
	return GW_OK;
}

/* Submit the first of the statements in link->undo, without palloc. */
static GwStatus
undo_submit(OdbcLink *link, GwError *err)
{
	OdbcWorker *worker = odbc_worker(link);
	char *rest = strstr(link->undo, "; ");

	if (rest != NULL)
	{
		*rest = '\0';
		rest += 2;
	}
	odbc_job_clear(&worker->job);
	worker->job.kind = strcmp(link->undo, "ROLLBACK") == 0 ? ODBC_JOB_ROLLBACK : ODBC_JOB_RUN;
	worker->job.sql = odbc_utf16(link->undo, NULL);
	if (worker->job.sql == NULL)
		return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
	if (rest != NULL)
		memmove(link->undo, rest, strlen(rest) + 1);
	else
		link->undo[0] = '\0';
	link->busy = true;
	odbc_worker_submit(worker);
	return GW_OK;
}

/* Our own fixed texts, one statement or two with "; " between them. */
GwStatus
odbc_undo_send(GwLink *head, const char *sql, GwError *err)
{
	OdbcLink *link = (OdbcLink *) head;

	if (odbc_worker(link) == NULL || link->broken || link->busy ||
		strlcpy(link->undo, sql, sizeof(link->undo)) >= sizeof(link->undo))
		return odbc_error_lost(link, err);
	link->cancelled = false;
	return undo_submit(link, err);
}

GwStatus
odbc_undo_wait(GwLink *head, GwDeadline deadline, GwError *err)
{
	OdbcLink *link = (OdbcLink *) head;

	for (;;)
	{
		GwStatus status = odbc_wait(link, deadline, GW_WAIT_CLEANUP, err);

		if (status != GW_OK)
			return status;
		link->busy = false;
		status = odbc_error(link, odbc_worker(link), err);
		if (odbc_worker(link)->job.kind == ODBC_JOB_ROLLBACK)
			link->in_xact = false;
		if (status != GW_OK || link->undo[0] == '\0')
			return status;
		if (undo_submit(link, err) != GW_OK)
			return GW_FAILED;
	}
}
