/*
 * gw_transport_odbc_frame.c
 *	  Jobs and their outcomes as bytes, for a driver in a process of its own.
 *
 * Both ends are built from the same sources and run on one machine, so structs
 * travel as they lie.  Runs in both processes: malloc'd memory, nothing of
 * PostgreSQL's, nothing raises.  What is read is checked for its bounds only:
 * the other end has a crash to fear and no ill will.
 */
#include "postgres.h"

#include <stdlib.h>

#include "transport/gw_transport_odbc.h"

/* A length that stands for a pointer that is NULL. */
#define FRAME_NONE PG_UINT64_MAX

/* Raised with a change of the frames that no struct's size tells of. */
#define ODBC_FRAME_VERSION 2

typedef struct FrameReader
{
	const char *at, *end;
	bool bad; /* there is less than was announced, or no memory for it */
} FrameReader;

/* What stands before the parts of other lengths in an answer. */
typedef struct FrameDone
{
	OdbcOutcome outcome;
	OdbcFacts facts;
	int ncolumns; /* -1: as they were */
	int64 affected;
	bool ended;
	bool rows;
	int nrows, nvalues; /* a row's */
} FrameDone;

size_t
odbc_frame_layout(void)
{
	size_t layout = ODBC_FRAME_VERSION;

	layout = layout * 8191 + sizeof(OdbcJob);
	layout = layout * 8191 + sizeof(OdbcParam);
	return layout * 8191 + sizeof(FrameDone);
}

/* ---- writing ---- */

size_t
odbc_frame_begin(OdbcText *out, OdbcFrameKind kind)
{
	OdbcFrameHead head = {.kind = kind};
	size_t begun = out->len;

	odbc_text_bytes(out, &head, sizeof(head));
	return begun;
}

void
odbc_frame_end(OdbcText *out, size_t begun, size_t more)
{
	OdbcFrameHead head;

	if (out->failed)
		return;
	memcpy(&head, out->data + begun, sizeof(head));
	head.bytes = out->len - begun - sizeof(head) + more;
	memcpy(out->data + begun, &head, sizeof(head));
}

static void
frame_put_block(OdbcText *out, const void *data, uint64 len)
{
	uint64 announced = data ? len : FRAME_NONE;

	odbc_text_bytes(out, &announced, sizeof(announced));
	if (data != NULL)
		odbc_text_bytes(out, data, len);
}

static void
frame_put_string(OdbcText *out, const char *string)
{
	frame_put_block(out, string, string ? strlen(string) + 1 : 0);
}

static void
frame_put_wide(OdbcText *out, const SQLWCHAR *units)
{
	size_t n = 0;

	while (units != NULL && units[n] != 0)
		n++;
	frame_put_block(out, units, (n + 1) * sizeof(SQLWCHAR));
}

/* ---- reading ---- */

static void
frame_get(FrameReader *in, void *to, size_t len)
{
	if (in->bad || (size_t) (in->end - in->at) < len)
	{
		in->bad = true;
		memset(to, 0, len);
		return;
	}
	memcpy(to, in->at, len);
	in->at += len;
}

/* A malloc'd copy, or NULL where NULL was sent. */
static void *
frame_get_block(FrameReader *in, uint64 *len)
{
	uint64 announced = 0;
	void *copy;

	frame_get(in, &announced, sizeof(announced));
	if (len != NULL)
		*len = 0;
	if (in->bad || announced == FRAME_NONE)
		return NULL;
	if ((uint64) (in->end - in->at) < announced || (copy = malloc(announced + 1)) == NULL)
	{
		in->bad = true;
		return NULL;
	}
	frame_get(in, copy, announced);
	if (len != NULL)
		*len = announced;
	return copy;
}

/* ---- what the backend sends ---- */

/* How to connect: of the worker, what outlives its jobs. */
static void
frame_put_worker(OdbcText *out, const OdbcWorker *worker)
{
	int i;

	frame_put_wide(out, worker->connection);
	frame_put_wide(out, worker->commit);
	frame_put_wide(out, worker->rollback);
	frame_put_wide(out, worker->token);
	frame_put_string(out, worker->file_variable);
	frame_put_string(out, worker->file_text);
	odbc_text_bytes(out, &worker->token_units, sizeof(worker->token_units));
	odbc_text_bytes(out, &worker->login_timeout, sizeof(worker->login_timeout));
	odbc_text_bytes(out, &worker->stays_tls, sizeof(worker->stays_tls));
	odbc_text_bytes(out, &worker->utf8, sizeof(worker->utf8));
	odbc_text_bytes(out, &worker->no_cancel_fetch, sizeof(worker->no_cancel_fetch));
	odbc_text_bytes(out, &worker->ninits, sizeof(worker->ninits));
	for (i = 0; i < worker->ninits; i++)
	{
		frame_put_string(out, worker->inits[i].dbms);
		frame_put_wide(out, worker->inits[i].sql);
	}
}

static void
frame_get_worker(FrameReader *in, OdbcWorker *worker)
{
	int n = 0;

	worker->connection = frame_get_block(in, NULL);
	worker->commit = frame_get_block(in, NULL);
	worker->rollback = frame_get_block(in, NULL);
	worker->token = frame_get_block(in, NULL);
	worker->file_variable = frame_get_block(in, NULL);
	worker->file_text = frame_get_block(in, NULL);
	frame_get(in, &worker->token_units, sizeof(worker->token_units));
	frame_get(in, &worker->login_timeout, sizeof(worker->login_timeout));
	frame_get(in, &worker->stays_tls, sizeof(worker->stays_tls));
	frame_get(in, &worker->utf8, sizeof(worker->utf8));
	frame_get(in, &worker->no_cancel_fetch, sizeof(worker->no_cancel_fetch));
	frame_get(in, &n, sizeof(n));
	while (worker->ninits < Min(n, ODBC_MAX_INITS))
	{
		OdbcInit *init = &worker->inits[worker->ninits++];

		init->dbms = frame_get_block(in, NULL);
		init->sql = frame_get_block(in, NULL);
		in->bad = in->bad || init->dbms == NULL || init->sql == NULL;
	}
}

void
odbc_frame_put_job(OdbcText *out, const OdbcWorker *worker)
{
	const OdbcJob *job = &worker->job;
	size_t begun = odbc_frame_begin(out, ODBC_FRAME_JOB);
	int i;

	odbc_text_bytes(out, job, sizeof(OdbcJob));
	if (job->kind == ODBC_JOB_CONNECT)
		frame_put_worker(out, worker);
	frame_put_wide(out, job->sql);
	frame_put_string(out, job->args[0]);
	frame_put_string(out, job->args[1]);
	for (i = 0; i < job->nparams; i++)
	{
		const OdbcParam *param = &job->params[i];
		size_t nsets = job->nsets;

		odbc_text_bytes(out, param, sizeof(OdbcParam));
		frame_put_block(out, param->values, nsets * param->width);
		frame_put_block(out, param->lens, nsets * sizeof(SQLLEN));
	}
	odbc_frame_end(out, begun, 0);
}

bool
odbc_frame_get_job(OdbcWorker *worker, const char *data, size_t len)
{
	FrameReader in = {data, data + len, false};
	OdbcJob *job = &worker->job;
	int n;

	odbc_job_clear(job);
	frame_get(&in, job, sizeof(OdbcJob));
	/* These are the sender's, and of no use here. */
	n = job->nparams;
	job->nparams = 0;
	job->params = NULL;
	if (job->kind == ODBC_JOB_CONNECT)
		frame_get_worker(&in, worker);
	job->sql = frame_get_block(&in, NULL);
	job->args[0] = frame_get_block(&in, NULL);
	job->args[1] = frame_get_block(&in, NULL);
	if (n > 0)
		job->params = calloc(n, sizeof(OdbcParam));
	in.bad = in.bad || (n > 0 && job->params == NULL);
	while (!in.bad && job->nparams < n)
	{
		OdbcParam *param = &job->params[job->nparams++];

		frame_get(&in, param, sizeof(OdbcParam));
		param->values = frame_get_block(&in, NULL);
		param->lens = frame_get_block(&in, NULL);
	}
	return !in.bad;
}

/* ---- what comes back ---- */

/*
 * All but the text of the rows, which follows by itself.  Cells lie one behind
 * the other there, so that their lengths tell where they are.
 */
void
odbc_frame_put_done(OdbcText *out, const OdbcWorker *worker)
{
	const OdbcResult *result = &worker->result;
	const OdbcRows *rows = worker->rows;
	size_t begun = odbc_frame_begin(out, ODBC_FRAME_DONE);
	bool same = worker->job.kind == ODBC_JOB_FETCH || worker->job.kind == ODBC_JOB_SKIP;
	FrameDone done = {.outcome = worker->outcome,
					  .facts = worker->facts,
					  .ncolumns = same ? -1 : result->ncolumns,
					  .affected = result->affected,
					  .ended = result->ended};
	int i;

	if (rows != NULL && worker->outcome.fault == ODBC_FAULT_NONE)
	{
		done.rows = true;
		done.nrows = rows->nrows;
		done.nvalues = rows->ncolumns;
	}
	odbc_text_bytes(out, &done, sizeof(done));
	for (i = 0; i < done.ncolumns; i++)
	{
		frame_put_string(out, result->columns[i].name);
		odbc_text_bytes(out, &result->columns[i].sql_type, sizeof(SQLSMALLINT));
	}
	if (done.rows)
	{
		int n = done.nrows * done.nvalues;

		if (odbc_text_reserve(out, n * sizeof(int32)))
		{
			int32 *lens = (int32 *) (out->data + out->len);

			for (i = 0; i < n; i++)
				memcpy(&lens[i], &rows->cells[i].len, sizeof(int32));
			out->len += n * sizeof(int32);
		}
	}
	odbc_frame_end(out, begun, done.rows ? rows->text.len : 0);
}

/* Names and types of the columns, which is what the backend asks of a result. */
static void
frame_get_columns(FrameReader *in, OdbcResult *result, int n)
{
	odbc_result_clear(result);
	if (n > 0)
		result->columns = calloc(n, sizeof(OdbcColumn));
	in->bad = in->bad || (n > 0 && result->columns == NULL);
	while (!in->bad && result->ncolumns < n)
	{
		OdbcColumn *column = &result->columns[result->ncolumns++];

		column->name = frame_get_block(in, NULL);
		frame_get(in, &column->sql_type, sizeof(SQLSMALLINT));
	}
}

/* The frame becomes the rows' text; where their cells are follows from the lengths. */
static void
frame_get_rows(FrameReader *in, OdbcWorker *worker, const FrameDone *done, OdbcText *frame)
{
	size_t n = (size_t) done->nrows * done->nvalues;
	OdbcRows *rows = odbc_rows_create(done->nvalues);
	const char *lens = in->at;
	size_t offset;
	size_t i;

	worker->rows = rows;
	if (rows != NULL)
		rows->cells = malloc(Max(n, 1) * sizeof(OdbcCell));
	if (rows == NULL || rows->cells == NULL || (size_t) (in->end - in->at) < n * sizeof(int32))
	{
		in->bad = true;
		return;
	}
	rows->max_cells = n;
	rows->nrows = done->nrows;
	offset = in->at + n * sizeof(int32) - frame->data;
	for (i = 0; i < n; i++)
	{
		OdbcCell *cell = &rows->cells[i];

		memcpy(&cell->len, lens + i * sizeof(int32), sizeof(int32));
		cell->offset = offset;
		if (cell->len >= 0)
			offset += (size_t) cell->len + 1;
	}
	in->bad = offset > frame->len;
	rows->text = *frame;
	memset(frame, 0, sizeof(OdbcText));
}

bool
odbc_frame_get_done(OdbcWorker *worker, OdbcText *frame)
{
	FrameReader in = {frame->data, frame->data + frame->len, false};
	FrameDone done;

	frame_get(&in, &done, sizeof(done));
	if (in.bad)
		return false;
	worker->outcome = done.outcome;
	worker->facts = done.facts;
	if (done.ncolumns >= 0)
		frame_get_columns(&in, &worker->result, done.ncolumns);
	worker->result.affected = done.affected;
	worker->result.ended = done.ended;
	odbc_rows_free(worker->rows);
	worker->rows = NULL;
	if (done.rows && !in.bad)
		frame_get_rows(&in, worker, &done, frame);
	return !in.bad;
}
