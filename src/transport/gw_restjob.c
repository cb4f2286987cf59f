/*
 * gw_restjob.c
 *	  Statements as remote jobs over HTTP.
 *
 * Knows no vendor: requests and answers are the platform's (GwRestOps).  A job
 * lives in its run's context; what it leaves running remotely is stopped by a
 * request that was prepared when it was sent and goes its own way.
 */
#include "postgres.h"

#include "base/gw_guard.h"
#include "base/gw_retry.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "transport/gw_restjob_slot.h"
#include "utils/memutils.h"

/* Rows of a batch when the caller does not care. */
#define JOB_DEFAULT_ROWS 10000
/* Room that a batch begins with. */
#define JOB_LEAST_CELLS 64
/* A job that has failed for no fault of the statement is begun anew so often. */
#define JOB_GENERATIONS 3
/* Between two polls there is this part of the time the job has run by then, within these bounds. */
#define JOB_POLL_PART 4
#define JOB_POLL_LEAST_MS 5
#define JOB_POLL_MOST_MS 1000
/* So long the end of a result waits for what it has cost. */
#define JOB_REPORT_MS 1000
/* Who is interrupted waits so long for the name of a job that is on its way. */
#define JOB_NAME_MS 120

/* ---- a job ---- */

/* The run goes: what it has begun shall not go on for nobody. */
static void
job_reset_callback(void *arg)
{
	GwRestJob *job = (GwRestJob *) arg;

	if (job->listed)
		gw_restjob_stop(job);
}

GwStatus
gw_restjob_start(GwLink *head, MemoryContext parent, const GwStatement *stmt, GwRun **run,
				 GwError *err)
{
	GwRestLink *link = (GwRestLink *) head;
	MemoryContext cxt = AllocSetContextCreate(parent, "gw rest job", ALLOCSET_SMALL_SIZES);
	GwRestJob *job = MemoryContextAllocZero(cxt, sizeof(GwRestJob));

	job->head.link = head;
	job->head.cxt = cxt;
	job->head.result.rows = -1;
	job->link = link;
	job->stmt = *stmt;
	job->data = MemoryContextAllocZero(cxt, Max(link->ops->job_size, 1));
	job->total_rows = -1;
	job->rows = AllocSetContextCreate(cxt, "gw rest rows", ALLOCSET_DEFAULT_SIZES);
	job->scratch = AllocSetContextCreate(cxt, "gw rest scratch", ALLOCSET_DEFAULT_SIZES);
	job->phase = PHASE_CHECK;
	gw_restjob_slot_reset(&job->slot, GW_REST_CHECK, 0);
	gw_guard_on_reset(cxt, job_reset_callback, job);
	*run = &job->head;
	return GW_OK;
}

void
gw_restjob_finish(GwRun *run)
{
	MemoryContextDelete(run->cxt);
}

void
gw_restjob_enter(GwRestJob *job, int phase)
{
	static const GwRestKind kinds[] = {GW_REST_CHECK, GW_REST_SUBMIT, GW_REST_TRACE,
									   GW_REST_POLL};

	job->phase = phase;
	if (phase <= PHASE_POLL)
		gw_restjob_slot_reset(&job->slot, kinds[phase], 0);
}

/* One more page at the end of the queue; answer: it is in hand already. */
static GwRestAhead *
job_add_page(GwRestJob *job, GwHttpCall *call, const GwRestAnswer *answer)
{
	GwRestAhead *ahead = MemoryContextAllocZero(job->head.cxt, sizeof(GwRestAhead));

	ahead->page.number = job->next_page++;
	job->next_is_page = false;
	ahead->call = call;
	if (answer != NULL)
	{
		ahead->page = answer->page;
		ahead->page.number = job->next_page - 1;
		ahead->arrived = ahead->head_read = true;
	}
	else
		gw_restjob_slot_reset(&ahead->slot, GW_REST_PAGE, ahead->page.number);
	if (job->pages == NULL)
		job->pages = ahead;
	else
	{
		GwRestAhead *last = job->pages;

		while (last->next != NULL)
			last = last->next;
		last->next = ahead;
	}
	return ahead;
}

/*
 * The job has failed over there.  Where running it again does no harm and the
 * statement is not to blame, submit another one, after a pause.
 */
static GwStatus
job_begin_anew(GwRestJob *job, GwError *err)
{
	GwRetryCase failed = {.cls = err->cls,
						  .repeatable = job->stmt.read_only || job->stmt.may_repeat,
						  .attempt = ++job->generation + 1,
						  .retry_after_ms = -1};
	int64 pause = gw_retry_pause(&gw_retry_default, &failed, gw_deadline_never(),
								 gw_retry_random());

	gw_restjob_unlist(job);
	if (pause < 0 || job->generation >= JOB_GENERATIONS)
		return GW_FAILED;
	job->failed = false;
	job->id = NULL;
	job->submits = 0;
	job->running_since = 0;
	gw_restjob_enter(job, PHASE_SUBMIT);
	job->slot.pause = gw_deadline_in_ms(pause);
	job->slot.pausing = true;
	return GW_TIMED_OUT;
}

/* A step that ends without an answer. */
static GwStatus
job_no_answer(GwRestJob *job, GwRestKind kind, GwStatus status, GwError *err)
{
	if (status == GW_DONE && kind == GW_REST_CHECK)
	{
		gw_restjob_enter(job, PHASE_SUBMIT);
		return GW_OK;
	}
	if (status == GW_DONE && kind == GW_REST_TRACE)
	{
		*err = *job->lost;
		return GW_FAILED;
	}
	if (status == GW_DONE)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_FDW_ERROR,
							"there is no request to go on with");
	if (status != GW_FAILED)
		return status;
	if (kind == GW_REST_TRACE)
		return gw_restjob_in_doubt(job, err);
	if (job->failed)
		return job_begin_anew(job, err);
	return kind == GW_REST_SUBMIT && job->slot.lost ? gw_restjob_trace(job, err) : status;
}

/* It runs on: ask again soon if it is young, and seldom if it is old. */
static void
job_poll_later(GwRestJob *job)
{
	int64 now = gw_monotonic_us();
	int64 pause;

	if (job->running_since == 0)
		job->running_since = now;
	pause = (now - job->running_since) / 1000 / JOB_POLL_PART;
	pause = Min(Max(pause, JOB_POLL_LEAST_MS), JOB_POLL_MOST_MS);
	gw_restjob_enter(job, PHASE_POLL);
	job->slot.pausing = true;
	job->slot.pause = gw_deadline_in_ms(pause);
}

/* CHECK, SUBMIT, TRACE, POLL: one step.  GW_OK: something moved. */
static GwStatus
job_step(GwRestJob *job, GwError *err)
{
	const GwRestOps *ops = job->link->ops;
	GwRestAnswer answer;
	GwStatus status = gw_restjob_slot_step(job, &job->slot, &answer, err);
	GwRestKind kind = job->slot.kind;
	MemoryContext old;
	GwHttpCall *call;

	if (status != GW_OK)
		return job_no_answer(job, kind, status, err);
	if (job->slot.of_link)
		gw_http_move(job->slot.call, job->head.cxt);
	call = job->slot.call;
	job->slot.call = NULL;
	if (answer.status / 100 == 2)
	{
		old = MemoryContextSwitchTo(job->head.cxt);
		status = ops->read_status(job, kind, &answer, err);
		MemoryContextSwitchTo(old);
		if (status != GW_OK)
		{
			gw_http_release(call);
			return job->failed ? job_begin_anew(job, err) : status;
		}
	}
	if (kind == GW_REST_TRACE && job->id == NULL)
	{
		gw_http_release(call);
		return gw_restjob_trace(job, err);
	}
	if (kind == GW_REST_CHECK)
		gw_restjob_enter(job, PHASE_SUBMIT);
	else if (job->ready)
	{
		gw_restjob_unlist(job);
		gw_restjob_enter(job, PHASE_PAGES);
	}
	else
	{
		job_poll_later(job);
		if (gw_restjob_prepare_stop(job, err) != GW_OK)
			return GW_FAILED;
	}
	if (job->ready && answer.is_page)
		(void) job_add_page(job, call, &answer);
	else
		gw_http_release(call);
	return GW_OK;
}

/*
 * Interrupted while a job is on its way whose name only the answer will tell:
 * without it nobody could stop the job.
 */
static void
job_learn_name(GwRestJob *job)
{
	GwError ignored;

	if (!job->link->ops->late_name || job->phase != PHASE_SUBMIT || job->slot.call == NULL)
		return;
	if (gw_http_wait(&job->slot.call, 1, gw_deadline_in_ms(JOB_NAME_MS), GW_WAIT_CLEANUP) == GW_OK)
		(void) job_step(job, &ignored);
}

/* ---- pages ---- */

/*
 * A page was asked for: has it come?  GW_TIMED_OUT: not yet.  An answer that
 * says only where it is costs no try, and is enough until the page is wanted.
 */
static GwStatus
page_arrive(GwRestJob *job, GwRestAhead *ahead, bool wanted, GwError *err)
{
	const GwRestOps *ops = job->link->ops;
	GwRestAnswer answer;
	MemoryContext old;
	GwStatus status;

	for (;;)
	{
		if (ahead->placed && !wanted)
			return GW_TIMED_OUT;
		ahead->placed = false;
		status = gw_restjob_slot_step(job, &ahead->slot, &answer, err);
		if (status == GW_DONE)
			return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_FDW_ERROR, "a page is gone");
		if (status != GW_OK)
			return status;
		if (answer.status / 100 != 2)
			return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_FDW_ERROR, "a page has no rows");
		if (ops->read_page != NULL)
		{
			old = MemoryContextSwitchTo(job->head.cxt);
			status = ops->read_page(job, &answer.page, err);
			MemoryContextSwitchTo(old);
			if (status == GW_FAILED)
				return status;
		}
		if (status == GW_OK)
			break;
		gw_http_release(ahead->slot.call);
		ahead->slot.call = NULL;
		ahead->slot.attempt--;
		ahead->placed = true;
	}
	ahead->call = ahead->slot.call;
	ahead->page = answer.page;
	ahead->arrived = true;
	job->failed_tries = 0;
	return GW_OK;
}

/* Take what has come; *n: pages in the queue. */
static GwStatus
pages_take(GwRestJob *job, int wanted, int *n, GwError *err)
{
	const GwRestOps *ops = job->link->ops;
	bool all_arrived = true;

	*n = 0;
	for (GwRestAhead *ahead = job->pages; ahead != NULL; ahead = ahead->next)
	{
		++*n;
		if (!ahead->arrived)
		{
			GwStatus status = page_arrive(job, ahead, *n <= wanted, err);

			if (status == GW_TIMED_OUT)
			{
				all_arrived = false;
				continue;
			}
			if (status != GW_OK)
				return status;
		}
		/* In the order of the pages, in which they need not come. */
		if (ops->read_head != NULL && all_arrived && !ahead->head_read)
		{
			ahead->head_read = true;
			if (ops->read_head(job, &ahead->page, err) != GW_OK)
				return GW_FAILED;
		}
	}
	return GW_OK;
}

/*
 * Ask for the next page; place_only: for no more than where it is.  GW_OK: it is in the
 * queue; GW_DONE: there is none to ask for now.
 */
static GwStatus
pages_ask(GwRestJob *job, bool place_only, GwError *err)
{
	GwRestRequest request;
	GwRestAhead *ahead;
	GwStatus status = gw_restjob_build(job, GW_REST_PAGE, job->next_page, 1, &request, err);

	if (status == GW_FAILED)
		return status;
	if (status == GW_DONE)
		job->no_more_pages = true;
	job->next_is_page = status == GW_OK && !request.place;
	if (status != GW_OK || (place_only && job->next_is_page))
		return GW_DONE;
	ahead = job_add_page(job, NULL, NULL);
	/* The answer cannot be there yet. */
	return gw_restjob_slot_begin(job, &ahead->slot, &request, err) == GW_FAILED ? GW_FAILED
																				: GW_OK;
}

/*
 * Take what has come; ask for pages as far ahead as is wanted, and where those behind
 * them are.
 */
static GwStatus
pages_step(GwRestJob *job, GwError *err)
{
	const GwRestOps *ops = job->link->ops;
	int wanted = Min(ops->prefetch, JOB_MAX_AHEAD - 1) + 1;
	int most = Min(wanted + ops->places, JOB_MAX_AHEAD);
	int have;
	GwStatus status = pages_take(job, wanted, &have, err);

	for (; status == GW_OK && !job->no_more_pages && have < most; have++)
	{
		if (have >= wanted && job->next_is_page)
			break;
		status = pages_ask(job, have >= wanted, err);
	}
	return status == GW_DONE ? GW_OK : status;
}

/* The first page has been read: its body goes when its cells may. */
static void
pages_pop(GwRestJob *job)
{
	GwRestAhead *page = job->pages;

	job->pages = page->next;
	page->next = job->spent;
	job->spent = page;
}

void
gw_restjob_forget_ahead(GwRestJob *job)
{
	GwRestAhead *first = job->pages;
	GwRestAhead *page;

	while ((page = first->next) != NULL)
	{
		first->next = page->next;
		if (page->slot.call != NULL)
			gw_http_release(page->slot.call);
		if (page->slot.authorization != NULL)
			pfree(page->slot.authorization);
		pfree(page);
	}
	job->next_page = first->page.number + 1;
	job->next_is_page = false;
	job->no_more_pages = false;
}

/* Nobody reads the last batch any more, unless the caller says so. */
static void
pages_release_spent(GwRestJob *job)
{
	if (job->head.keep)
	{
		job->head.keep = false;
		job->rows = AllocSetContextCreate(job->head.cxt, "gw rest rows", ALLOCSET_DEFAULT_SIZES);
		job->batch.cells = NULL;
		job->max_cells = 0;
		job->spent = NULL;
		return;
	}
	MemoryContextReset(job->rows);
	while (job->spent != NULL)
	{
		GwRestAhead *page = job->spent;

		job->spent = page->next;
		gw_http_release(page->call);
		if (page->slot.authorization != NULL)
			pfree(page->slot.authorization);
		pfree(page);
	}
}

static GwStatus
job_wrong_count(const GwRestJob *job, GwError *err)
{
	return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_CONNECTION_FAILURE,
						"the result has " INT64_FORMAT " rows%s, but " INT64_FORMAT
						" were announced",
						job->nrows, job->phase == PHASE_PAGES && job->pages ? " or more" : "",
						job->total_rows);
}

/* Rows of the first page.  GW_OK: the batch has grown, or the page is done with. */
static GwStatus
pages_read(GwRestJob *job, int max_rows, GwError *err)
{
	GwRestAhead *first = job->pages;
	MemoryContext old = MemoryContextSwitchTo(job->rows);
	GwStatus status = job->link->ops->read_rows(job, &first->page, max_rows, err);

	MemoryContextSwitchTo(old);
	/* A result that goes round in circles has no end to be judged at. */
	if (status != GW_FAILED && job->total_rows >= 0 && job->nrows > job->total_rows)
		return job_wrong_count(job, err);
	if (status == GW_DONE)
	{
		pages_pop(job);
		return GW_OK;
	}
	return status;
}

GwCell *
gw_restjob_row(GwRestJob *job, GwRestPage *page)
{
	return gw_restjob_rows(job, page, 1);
}

GwCell *
gw_restjob_rows(GwRestJob *job, GwRestPage *page, int nrows)
{
	int64 n = (int64) (job->batch.nrows + nrows) * job->ncolumns;
	int first = job->batch.nrows;

	if (n > job->max_cells)
	{
		int64 grown = Max(Max(n, job->max_cells * 2), JOB_LEAST_CELLS);
		Size size = (Size) grown * sizeof(GwCell);

		job->batch.cells = job->batch.cells == NULL
			? MemoryContextAllocHuge(job->head.cxt, size)
			: repalloc_huge(job->batch.cells, size);
		job->max_cells = grown;
	}
	page->rows += nrows;
	job->nrows += nrows;
	job->batch.nrows += nrows;
	return &job->batch.cells[(Size) first * job->ncolumns];
}

const char *
gw_restjob_text(const char *text, size_t *len)
{
	char *converted;

	if (GetDatabaseEncoding() == PG_UTF8)
		return text;
	converted = pg_any_to_server(text, (int) *len, PG_UTF8);
	if (converted != text)
		*len = strlen(converted);
	return converted;
}

/* All pages were read: is that all there is? */
static GwStatus
job_end(GwRestJob *job, GwError *err)
{
	const GwRestOps *ops = job->link->ops;

	if (job->total_rows >= 0 && job->nrows != job->total_rows)
		return job_wrong_count(job, err);
	if (!gw_restjob_reported(job))
	{
		if (!job->report_awaited)
			job->report_until = gw_deadline_in_ms(JOB_REPORT_MS);
		job->report_awaited = true;
		if (!gw_deadline_passed(job->report_until))
			return GW_TIMED_OUT;
	}
	if (ops->ended != NULL && ops->ended(job, err) != GW_OK)
		return GW_FAILED;
	if (job->head.result.rows < 0 && job->ncolumns > 0)
		job->head.result.rows = job->nrows;
	job->phase = PHASE_ENDED;
	return GW_DONE;
}

/* ---- driving ---- */

GwStatus
gw_restjob_wait(GwRestJob *job, GwDeadline deadline, GwError *err)
{
	GwHttpCall *calls[JOB_MAX_AHEAD + 3];
	GwDeadline until = gw_deadline_sooner(deadline, gw_oauth_pause(job->link->auth));
	GwStatus status;
	int n = 0;

	calls[n++] = gw_oauth_call(job->link->auth);
	if (job->phase <= PHASE_POLL)
	{
		calls[n++] = job->slot.call;
		if (job->slot.call == NULL && job->slot.pausing)
			until = gw_deadline_sooner(until, job->slot.pause);
	}
	for (GwRestAhead *ahead = job->pages; ahead != NULL && n < lengthof(calls) - 1;
		 ahead = ahead->next)
	{
		if (ahead->arrived)
			continue;
		calls[n++] = ahead->slot.call;
		if (ahead->slot.call == NULL && ahead->slot.pausing)
			until = gw_deadline_sooner(until, ahead->slot.pause);
	}
	if (job->report_awaited)
	{
		calls[n++] = job->report.call;
		until = gw_deadline_sooner(until, job->report_until);
		if (job->report.call == NULL && job->report.pausing)
			until = gw_deadline_sooner(until, job->report.pause);
	}
	status = gw_http_wait(calls, n, until, GW_WAIT_NORMAL);
	if (status == GW_INTERRUPTED)
	{
		job_learn_name(job);
		return status;
	}
	if (status == GW_TIMED_OUT && gw_deadline_passed(deadline))
		return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
							"the statement did not end in time");
	return GW_OK;
}

/*
 * Get on without waiting.  GW_OK: rows are in the batch; GW_DONE: the end;
 * GW_TIMED_OUT: wait.
 */
static GwStatus
job_advance(GwRestJob *job, int max_rows, GwError *err)
{
	for (;;)
	{
		int had = job->batch.nrows;
		GwStatus status;

		if (job->phase == PHASE_ENDED)
			return GW_DONE;
		if (job->phase != PHASE_PAGES)
		{
			status = job_step(job, err);
			if (status != GW_OK)
				return status;
			continue;
		}
		status = pages_step(job, err);
		if (status != GW_OK)
			return status;
		(void) gw_restjob_reported(job);
		if (job->pages == NULL)
		{
			if (!job->no_more_pages)
				return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_FDW_ERROR,
									"nothing says where the result goes on");
			return had > 0 ? GW_OK : job_end(job, err);
		}
		if (!job->pages->arrived)
			return had > 0 && !job->head.fill ? GW_OK : GW_TIMED_OUT;
		status = pages_read(job, max_rows - had, err);
		if (status != GW_OK)
			return status;
		if (job->batch.nrows >= max_rows || (job->batch.nrows > 0 && !job->head.fill))
			return GW_OK;
	}
}

GwStatus
gw_restjob_next(GwRun *run, int max_rows, GwDeadline deadline, const GwBatch **batch,
				GwError *err)
{
	GwRestJob *job = (GwRestJob *) run;
	MemoryContext old = MemoryContextSwitchTo(job->scratch);
	GwStatus status;

	*batch = &job->batch;
	if (!job->resuming)
	{
		pages_release_spent(job);
		job->batch.nrows = 0;
	}
	job->resuming = false;
	MemoryContextReset(job->scratch);
	gw_http_pump();
	for (;;)
	{
		status = job_advance(job, max_rows > 0 ? max_rows : JOB_DEFAULT_ROWS, err);
		if (status != GW_TIMED_OUT || run->nowait)
			break;
		status = gw_restjob_wait(job, deadline, err);
		if (status != GW_OK)
			break;
	}
	/* Who cannot be asked how the job stands may have it running still. */
	if (status == GW_FAILED && err->cls == GW_ERR_TRANSIENT && !job->failed)
		gw_restjob_stop(job);
	else if (status == GW_FAILED)
		gw_restjob_unlist(job);
	/* Rows gathered so far stay for the call that goes on. */
	job->resuming = status == GW_INTERRUPTED || status == GW_TIMED_OUT;
	job->batch.columns = job->columns;
	job->batch.ncolumns = job->ncolumns;
	MemoryContextSwitchTo(old);
	return status;
}

char *
gw_restjob_uuid(void)
{
	uint8 bits[16];
	char *text = palloc(37);

	if (!pg_strong_random(bits, sizeof(bits)))
		for (int i = 0; i < (int) sizeof(bits); i++)
			bits[i] = (uint8) (gw_monotonic_us() >> i % 6 * 8) ^ (uint8) (MyProcPid >> i % 4 * 8);
	bits[6] = (bits[6] & 0x0f) | 0x40;
	bits[8] = (bits[8] & 0x3f) | 0x80;
	for (int i = 0, at = 0; i < 16; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[at++] = '-';
		at += snprintf(text + at, 37 - at, "%02x", bits[i]);
	}
	return text;
}
