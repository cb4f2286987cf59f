/*
 * gw_stream.c
 *	  Rows as they come: three ways to read a statement's result.
 *
 * cursor	a remote cursor inside the remote transaction: many streams share
 *			one connection, and any of them may stop early or be rewound
 * direct	the statement itself, row by row; it occupies the connection, so
 *			whoever needs it next has the rest put aside in a spool
 * copy		direct, as a binary COPY: the fastest, where it is known before
 *			that every column is fit for it (gw_stream_binary.c)
 * portal	the same over a transport whose runs do not exclude each other
 *
 * A stream lives in its own context below the caller's; whenever that goes,
 * the stream lets go of its connection without waiting.
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/gw_guard.h"
#include "schema/gw_value.h"
#include "session/gw_stream_private.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/* When neither the caller nor the option says how many rows to fetch. */
#define STREAM_FETCH_ROWS 1000

/* A cursor's first rows come soon; each time after that more are asked for. */
#define STREAM_FIRST_ROWS 100
#define STREAM_GROWTH 10

static void stream_reset_callback(void *arg);
static void stream_set_params(GwStream *stream, const GwParam *params);
static bool stream_advance(GwStream *stream, bool nowait, const GwBatch **batch);
static bool stream_outlives(const GwStream *stream);
static GwStatus stream_step(GwStream *stream, bool nowait);
static void stream_open(GwStream *stream);
static void stream_open_cursor(GwStream *stream);
static GwStatus stream_fetch(GwStream *stream, const GwBatch **batch, GwError *err);
static void stream_end_run(GwStream *stream);
static void stream_end_spool(GwStream *stream);
static void stream_let_go(GwStream *stream);
static void stream_remember_columns(GwStream *stream, const GwBatch *batch);
static void stream_cursor_name(uint32 number, char *name, size_t len);

GwStream *
gw_stream_open(GwSession *session, const GwStatement *stmt, const GwStreamSpec *spec)
{
	MemoryContext cxt =
		AllocSetContextCreate(CurrentMemoryContext, "gw stream", ALLOCSET_SMALL_SIZES);
	GwStream *stream = MemoryContextAllocZero(cxt, sizeof(GwStream));
	const GwPlatform *platform = session->platform;
	int option = (int) gw_option_int(session->options, "fetch_size");

	stream->cxt = cxt;
	stream->params_cxt = AllocSetContextCreate(cxt, "gw stream parameters",
											   ALLOCSET_SMALL_SIZES);
	stream->owner = CurrentResourceOwner;
	stream->stmt = *stmt;
	stream->stmt.sql = MemoryContextStrdup(cxt, stmt->sql);
	stream->fetch_size = spec->fetch_size > 0 ? spec->fetch_size
						 : option > 0		  ? option
											  : STREAM_FETCH_ROWS;
	stream->flags = spec->flags;
	stream->concurrent = platform->transport->concurrent_runs;
	stream->may_cursor = !stream->concurrent && !session->autocommit &&
						 (spec->flags & (GW_STREAM_WHOLE | GW_STREAM_LOOKUP)) == 0 &&
						 ((spec->flags & GW_STREAM_ANY) == 0 ||
						  (spec->flags & GW_STREAM_SELECT) != 0) &&
						 (platform->caps & GW_CAP_CURSORS) != 0 &&
						 gw_dialect_has_cursors(platform->dialect);
	stream->cursor = stream->may_cursor;
	if (OidIsValid(spec->run_as))
		stream->stmt.run_as = spec->run_as;
	else if (!OidIsValid(stmt->run_as))
		stream->stmt.run_as = session->userid;
	if ((spec->flags & GW_STREAM_ANY) == 0)
		stream->stmt.read_only = true;
	else if (gw_session_refuses_writes(session))
		stream->stmt.no_writes = true;
	else if ((spec->flags & GW_STREAM_HARMLESS) == 0 &&
			 ((spec->flags & GW_STREAM_SELECT) == 0 || !gw_session_commits_itself(session)))
	{
		stream->writes = true;
		gw_session_note_write(session);
	}
	stream_set_params(stream, stmt->params);

	gw_guard_on_reset(cxt, stream_reset_callback, stream);
	stream->session = session;
	dlist_push_tail(&session->streams, &stream->node);
	gw_stream_set_types(stream, spec);
	return stream;
}

const GwBatch *
gw_stream_next(GwStream *stream)
{
	const GwBatch *batch;

	(void) stream_advance(stream, false, &batch);
	return batch;
}

bool
gw_stream_poll(GwStream *stream, const GwBatch **batch)
{
	return stream_advance(stream, true, batch);
}

pgsocket
gw_stream_socket(const GwStream *stream)
{
	if (stream->ended || stream->spool != NULL || stream->session == NULL || stream->cursor ||
		!stream->opened)
		return PGINVALID_SOCKET;
	return gw_link_socket(stream->session->link);
}

/* false: it would have to wait, which it may not. */
static bool
stream_advance(GwStream *stream, bool nowait, const GwBatch **batch)
{
	GwSession *session = stream->session;
	bool outlives = false;
	GwStatus status;

	*batch = NULL;
	if (stream->ended)
		return true;
	if (stream->spool != NULL && !stream->broken)
	{
		stream->ended = gw_spool_get(stream->spool, stream->fetch_size, &stream->spooled) == 0;
		if (!stream->ended)
			*batch = &stream->spooled;
		return true;
	}
	if (session == NULL || stream->broken)
		ereport(ERROR,
				(errcode(ERRCODE_CONNECTION_FAILURE),
				 errmsg("the result was lost before it had ended"),
				 errdetail("Its connection or remote transaction has ended, or an earlier read "
						   "of it failed.")));
	if (!stream->opened)
	{
		outlives = stream_outlives(stream);
		stream->cursor = stream->may_cursor && !outlives;
		nowait = nowait && !outlives;
	}
	stream->broken = true;
	status = stream_step(stream, nowait);
	if (status != GW_TIMED_OUT && stream->stmt.binary && stream->nbatches == 0 &&
		!gw_stream_types_fit(stream, stream->batch->columns, stream->batch->ncolumns))
	{
		/* Nothing was handed out yet. */
		stream_let_go(stream);
		status = stream_step(stream, nowait);
	}
	stream->broken = false;
	if (status == GW_TIMED_OUT)
		return false;
	stream->nbatches++;
	stream_remember_columns(stream, stream->batch);
	if (status == GW_OK)
	{
		stream->out = *stream->batch;
		*batch = &stream->out;
		if (outlives && session->busy == stream)
			gw_stream_settle(session);
		return true;
	}

	stream->ended = true;
	if (stream->writes)
		gw_session_write_ended(session);
	stream_let_go(stream);
	if (stream->stmt.user_sql)
		gw_session_after_user_sql(session);
	return true;
}

const GwColumnInfo *
gw_stream_columns(GwStream *stream, int *ncolumns)
{
	*ncolumns = stream->ncolumns;
	return stream->columns;
}

/*
 * Start again.  A remote cursor is closed and declared anew: rewinding one in
 * place would need SCROLL, which makes the remote keep every row.
 */
void
gw_stream_rewind(GwStream *stream, const GwParam *params)
{
	if (stream->session == NULL)
		ereport(ERROR, (errcode(ERRCODE_CONNECTION_FAILURE),
						errmsg("the result cannot be read again: its connection was lost")));
	stream_end_spool(stream);
	stream_let_go(stream);
	if (params != NULL)
		stream_set_params(stream, params);
	stream->ended = stream->broken = false;
	stream->nbatches = 0;
}

void
gw_stream_close(GwStream *stream)
{
	stream_end_spool(stream);
	/* The reset callback lets go of the remote side. */
	MemoryContextDelete(stream->cxt);
}

char *
gw_stream_value(GwSession *session, const GwStatement *stmt)
{
	GwStreamSpec spec = {.flags = GW_STREAM_WHOLE};
	const GwBatch *batch;
	GwStream *stream;
	char *value = NULL;

	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	stream = gw_stream_open(session, stmt, &spec);
	while ((batch = gw_stream_next(stream)) != NULL)
	{
		const char *text = batch->nrows > 0 ? gw_batch_text(batch, 0, 0) : NULL;

		if (text != NULL)
			value = pstrdup(text);
	}
	gw_stream_close(stream);
	PopActiveSnapshot();
	return value;
}

/*
 * Somebody else needs the link: put what a direct stream still has to give
 * aside.  Raises when that fails; the stream is then broken.
 */
void
gw_stream_settle(GwSession *session)
{
	GwStream *stream = session->busy;
	const GwBatch *batch;
	GwStatus status;
	GwError err;

	if (stream == NULL)
		return;
	stream->broken = true;
	if (stream->spool == NULL)
		stream->spool = gw_spool_create(stream->cxt, stream->owner);
	/* The reader may be in the middle of the last batch. */
	stream->run->keep = true;
	stream->run->nowait = false;
	while ((status = gw_session_step(session, stream->run, stream->fetch_size, &batch, &err)) ==
		   GW_OK)
	{
		stream_remember_columns(stream, batch);
		gw_spool_put(stream->spool, batch, 0);
	}
	if (status != GW_DONE)
		gw_session_fail(session, &err, stream->stmt.sql);
	if (stream->writes)
		gw_session_write_ended(session);
	stream_remember_columns(stream, batch);
	session->busy = NULL;
	stream->broken = false;
	stream->spooled.columns = stream->columns;
	stream->spooled.ncolumns = stream->ncolumns;
	gw_spool_rewind(stream->spool);
}

bool
gw_stream_any_begun(GwSession *session)
{
	dlist_iter iter;

	dlist_foreach(iter, &session->streams)
	{
		if (dlist_container(GwStream, node, iter.cur)->opened)
			return true;
	}
	return false;
}

int
gw_stream_busy_level(const GwSession *session)
{
	return session->busy != NULL ? session->busy->level : 0;
}

void
gw_stream_orphan(GwSession *session, int level)
{
	dlist_mutable_iter iter;
	int kept = 0;
	int i;

	dlist_foreach_modify(iter, &session->streams)
	{
		GwStream *stream = dlist_container(GwStream, node, iter.cur);

		if (level > 0 && (!stream->opened || stream->level < level ||
						  (stream->spool != NULL && !stream->broken)))
			continue;
		dlist_delete(&stream->node);
		stream->session = NULL;
		stream->run = NULL;
		if (session->busy == stream)
			session->busy = NULL;
	}
	for (i = 0; i < session->nstale; i++)
	{
		if (level > 0 && session->stale[i].level < level)
			session->stale[kept++] = session->stale[i];
	}
	session->nstale = kept;
	gw_copy_orphan(session, level);
}

void
gw_stream_sublevel(GwSession *session, int level)
{
	dlist_iter iter;
	int i;

	dlist_foreach(iter, &session->streams)
	{
		GwStream *stream = dlist_container(GwStream, node, iter.cur);

		if (stream->level >= level)
			stream->level = level - 1;
	}
	for (i = 0; i < session->nstale; i++)
		session->stale[i].level = Min(session->stale[i].level, level - 1);
	gw_copy_sublevel(session, level);
}

GwStatus
gw_stream_close_stale(GwSession *session, GwError *err)
{
	while (session->nstale > 0)
	{
		char name[32];
		GwSqlBuf sql;

		stream_cursor_name(session->stale[session->nstale - 1].number, name, sizeof(name));
		gw_sqlbuf_init(&sql);
		gw_dialect_cursor_close(session->platform->dialect, &sql, name);
		if (gw_session_command(session, gw_sqlbuf_text(&sql), NULL, err) != GW_OK)
			return GW_FAILED;
		session->nstale--;
	}
	return GW_OK;
}

const char *
gw_batch_text(const GwBatch *batch, int row, int column)
{
	const GwCell *cell = &batch->cells[(Size) row * batch->ncolumns + column];

	if (cell->len < 0)
		return NULL;
	if (batch->columns[column].format == GW_CELL_TEXT)
		return cell->data;
	return gw_value_cell_text(&batch->columns[column], cell);
}

/*
 * Does whoever reads live longer than the subtransaction it begins to read in?
 * A cursor goes on when that is rolled back, but what runs remotely ends.  So
 * all of its rows are fetched at once.
 */
static bool
stream_outlives(const GwStream *stream)
{
	ResourceOwner owner;

	if (stream->concurrent || stream->session->autocommit ||
		GetCurrentTransactionNestLevel() == 1)
		return false;
	for (owner = stream->owner; owner != NULL; owner = ResourceOwnerGetParent(owner))
	{
		if (owner == CurTransactionResourceOwner)
			return false;
	}
	return true;
}

/* Run it if it does not run, and take what comes next. */
static GwStatus
stream_step(GwStream *stream, bool nowait)
{
	GwSession *session = stream->session;
	GwStatus status;
	GwError err;

	if (!stream->opened)
		stream_open(stream);
	if (stream->cursor)
		status = stream_fetch(stream, &stream->batch, &err);
	else
	{
		stream->run->nowait = nowait;
		stream->run->fill = (stream->flags & GW_STREAM_LOOKUP) != 0;
		status = gw_session_step(session, stream->run, stream->fetch_size, &stream->batch, &err);
	}
	if (status == GW_FAILED)
		gw_session_fail(session, &err, stream->stmt.sql);
	return status;
}

static void
stream_open(GwStream *stream)
{
	GwSession *session = stream->session;
	GwError err;

	gw_session_claim(session, stream->stmt.user_sql ? SESSION_USER_ROWS : SESSION_OWN);
	session->statements++;
	stream->level = GetCurrentTransactionNestLevel();
	if (stream->writes)
		gw_session_write_begins(session);
	if (stream->cursor)
	{
		stream_open_cursor(stream);
		return;
	}
	if (!gw_stream_start_copy(stream) &&
		session->platform->transport->start(session->link, stream->cxt, &stream->stmt,
											&stream->run, &err) != GW_OK)
		gw_session_fail(session, &err, stream->stmt.sql);
	stream->opened = true;
	if (!stream->concurrent)
		session->busy = stream;
}

static void
stream_open_cursor(GwStream *stream)
{
	GwSession *session = stream->session;
	GwStatement stmt = stream->stmt;
	GwRun *run = NULL;
	const GwBatch *batch;
	char name[32];
	GwSqlBuf sql;
	GwStatus status;
	GwError err;

	stream->number = ++session->cursor_serial;
	stream_cursor_name(stream->number, name, sizeof(name));
	gw_sqlbuf_init(&sql);
	gw_dialect_cursor_open(session->platform->dialect, &sql, name, stream->stmt.sql, false);
	stmt.sql = gw_sqlbuf_text(&sql);
	status = session->platform->transport->start(session->link, stream->cxt, &stmt, &run, &err);
	while (status == GW_OK)
		status = gw_session_step(session, run, 0, &batch, &err);
	if (status != GW_DONE)
		gw_session_fail(session, &err, stream->stmt.sql);
	session->platform->transport->finish(run);
	stream->opened = true;
}

/*
 * The next rows of the cursor.  One whole FETCH is one batch, so the link is
 * free between two of them; fewer rows than asked for is the proved end,
 * which the next call reports without a round trip.
 */
static GwStatus
stream_fetch(GwStream *stream, const GwBatch **batch, GwError *err)
{
	GwSession *session = stream->session;
	char name[32];
	GwSqlBuf sql;
	GwStatement stmt = {0};
	GwStatus status;

	if (stream->nbatches > 0 && stream->batch != NULL &&
		stream->batch->nrows < stream->asked)
		return GW_DONE;
	stream->asked = stream->nbatches == 0
		? Min(stream->fetch_size, STREAM_FIRST_ROWS)
		: (int) Min(stream->fetch_size, (int64) stream->asked * STREAM_GROWTH);
	stream_end_run(stream);
	/* The cursor was declared under the pins it needs. */
	gw_session_claim(session, SESSION_ANY);
	stream_cursor_name(stream->number, name, sizeof(name));
	gw_sqlbuf_init(&sql);
	gw_dialect_cursor_fetch(session->platform->dialect, &sql, name, stream->asked);
	stmt.sql = gw_sqlbuf_text(&sql);
	stmt.binary = stream->stmt.binary;
	status = session->platform->transport->start(session->link, stream->cxt, &stmt, &stream->run,
												 err);
	if (status != GW_OK)
		return status;
	status = gw_session_step(session, stream->run, 0, batch, err);
	pfree(sql.text.data);
	return status;
}

/* Copy parameters; they may be replaced by rewind. */
static void
stream_set_params(GwStream *stream, const GwParam *params)
{
	GwParam *copy;
	int i;

	MemoryContextReset(stream->params_cxt);
	copy = MemoryContextAlloc(stream->params_cxt, Max(stream->stmt.nparams, 1) * sizeof(GwParam));
	for (i = 0; i < stream->stmt.nparams; i++)
	{
		copy[i] = params[i];
		if (params[i].value != NULL)
			copy[i].value = MemoryContextStrdup(stream->params_cxt, params[i].value);
		if (params[i].native != NULL)
			copy[i].native = MemoryContextStrdup(stream->params_cxt, params[i].native);
	}
	stream->stmt.params = copy;
}

static void
stream_remember_columns(GwStream *stream, const GwBatch *batch)
{
	MemoryContext old;
	int i;

	if (stream->columns != NULL || batch == NULL || batch->columns == NULL)
		return;
	old = MemoryContextSwitchTo(stream->cxt);
	stream->ncolumns = batch->ncolumns;
	stream->columns = palloc(Max(batch->ncolumns, 1) * sizeof(GwColumnInfo));
	for (i = 0; i < batch->ncolumns; i++)
	{
		stream->columns[i] = batch->columns[i];
		stream->columns[i].name = pstrdup(batch->columns[i].name);
	}
	MemoryContextSwitchTo(old);
}

static void
stream_end_run(GwStream *stream)
{
	stream->batch = NULL;
	if (stream->run != NULL)
		stream->session->platform->transport->finish(stream->run);
	stream->run = NULL;
}

/*
 * The file goes with its resource owner, at the latest; but a stream that is
 * closed in good order leaves nothing to it.
 */
static void
stream_end_spool(GwStream *stream)
{
	if (stream->spool != NULL)
		gw_spool_close(stream->spool);
	stream->spool = NULL;
}

/*
 * Leave the remote side as it is and remember what has to be closed there
 * when the link is next used.  Never waits and never throws.
 */
static void
stream_let_go(GwStream *stream)
{
	GwSession *session = stream->session;

	if (session == NULL)
		return;
	stream_end_run(stream);
	if (session->busy == stream)
		session->busy = NULL;
	if (stream->cursor && stream->opened && session->nstale < SESSION_MAX_STALE)
	{
		session->stale[session->nstale].number = stream->number;
		session->stale[session->nstale++].level = stream->level;
	}
	stream->opened = false;
	stream->spool = NULL;
}

static void
stream_reset_callback(void *arg)
{
	GwStream *stream = (GwStream *) arg;

	if (stream->session == NULL)
		return;
	/* The run's context was a child of ours and is gone already. */
	stream->run = NULL;
	stream_let_go(stream);
	dlist_delete(&stream->node);
	stream->session = NULL;
}

static void
stream_cursor_name(uint32 number, char *name, size_t len)
{
	snprintf(name, len, "gw_c%u", number);
}
