/*
 * gw_copy.c
 *	  Rows out as one statement that takes them from its client.
 *
 * Gathers rows and sends them in pieces.  The statement occupies the link only
 * until somebody else needs it: then it is ended, and the next piece begins
 * another; unless the transport keeps copies whole.  What the rows look like is
 * the caller's business.
 *
 * A copy lives in its own context below the caller's; whenever that goes,
 * rows that were not sent are forgotten.
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/gw_guard.h"
#include "session/gw_session_private.h"
#include "utils/memutils.h"

/* Rows are sent when this much is gathered. */
#define COPY_PIECE_BYTES (64 * 1024)

/*
 * A statement takes no more than that; the next begins another.  An answer
 * that was overlooked is then heard.  Not where a copy must stay whole.
 */
#define COPY_STATEMENT_BYTES (64 * 1024 * 1024)

struct GwCopy
{
	dlist_node node;	/* among the session's copies, while session is set */
	GwSession *session; /* NULL: the remote side is gone */
	MemoryContext cxt;
	GwCopySpec spec;
	GwStatement stmt; /* of spec */
	int level;		/* local nesting level it was opened at */
	GwRun *run;		/* the statement in progress, or NULL */
	bool broken;	/* failed once: no more rows, ever */
	StringInfoData rows;
	int whole; /* bytes of them that are whole rows */
	int64 sent;	/* bytes, by the statement in progress */
	int64 taken;
};

static void copy_reset_callback(void *arg);
static GW_NORETURN void copy_fail(GwCopy *copy, GwError *err);
static void copy_begin(GwCopy *copy);
static void copy_flush(GwCopy *copy);
static void copy_finish(GwCopy *copy);

static char *
copy_bytes(MemoryContext cxt, const char *bytes, int len)
{
	return memcpy(MemoryContextAlloc(cxt, Max(len, 1)), bytes, len);
}

static void
copy_make_statement(GwCopy *copy)
{
	int n = copy->spec.ncolumns;
	GwParam *columns = MemoryContextAllocZero(copy->cxt, Max(n, 1) * sizeof(GwParam));

	for (int i = 0; i < n; i++)
		columns[i].type = copy->spec.types[i];
	copy->spec.types = NULL;
	copy->stmt.sql = copy->spec.sql;
	copy->stmt.params = columns;
	copy->stmt.nparams = n;
}

GwCopy *
gw_copy_open(GwSession *session, const GwCopySpec *spec)
{
	MemoryContext cxt =
		AllocSetContextCreate(CurrentMemoryContext, "gw copy", ALLOCSET_DEFAULT_SIZES);
	GwCopy *copy = MemoryContextAllocZero(cxt, sizeof(GwCopy));
	MemoryContext old;

	Assert(session->platform->transport->copy_start != NULL);
	copy->cxt = cxt;
	copy->spec = *spec;
	copy->spec.sql = MemoryContextStrdup(cxt, spec->sql);
	copy->spec.head = copy_bytes(cxt, spec->head, spec->headlen);
	copy->spec.tail = copy_bytes(cxt, spec->tail, spec->taillen);
	copy_make_statement(copy);
	copy->level = GetCurrentTransactionNestLevel();
	old = MemoryContextSwitchTo(cxt);
	initStringInfo(&copy->rows);
	enlargeStringInfo(&copy->rows, COPY_PIECE_BYTES + COPY_PIECE_BYTES / 4);
	MemoryContextSwitchTo(old);

	gw_guard_on_reset(cxt, copy_reset_callback, copy);
	copy->session = session;
	dlist_push_tail(&session->copies, &copy->node);
	return copy;
}

StringInfo
gw_copy_buffer(GwCopy *copy)
{
	return &copy->rows;
}

void
gw_copy_row(GwCopy *copy)
{
	copy->whole = copy->rows.len;
	if (copy->whole >= COPY_PIECE_BYTES)
		copy_flush(copy);
}

int64
gw_copy_end(GwCopy *copy)
{
	if (copy->whole > 0)
		copy_flush(copy);
	copy_finish(copy);
	return copy->taken;
}

void
gw_copy_settle(GwSession *session)
{
	dlist_iter iter;

	/* What is whole is there at its end only, as if it were one statement. */
	if (session->platform->transport->copy_whole)
		return;
	/* Rows that wait here must be there for whoever looks. */
	dlist_foreach(iter, &session->copies)
	{
		GwCopy *copy = dlist_container(GwCopy, node, iter.cur);

		if (!copy->broken)
			(void) gw_copy_end(copy);
	}
}

void
gw_copy_orphan(GwSession *session, int level)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &session->copies)
	{
		GwCopy *copy = dlist_container(GwCopy, node, iter.cur);

		if (level > 0 && copy->level < level)
			continue;
		dlist_delete(&copy->node);
		copy->session = NULL;
		copy->run = NULL;
		if (session->copying == copy)
			session->copying = NULL;
	}
}

void
gw_copy_sublevel(GwSession *session, int level)
{
	dlist_iter iter;

	dlist_foreach(iter, &session->copies)
	{
		GwCopy *copy = dlist_container(GwCopy, node, iter.cur);

		copy->level = Min(copy->level, level - 1);
	}
}

/* Nothing was taken, and nothing more will be. */
static void
copy_fail(GwCopy *copy, GwError *err)
{
	GwSession *session = copy->session;

	copy->run = NULL;
	session->copying = NULL;
	gw_session_fail(session, err, copy->spec.sql);
}

/* Make the remote wait for rows. */
static void
copy_begin(GwCopy *copy)
{
	GwSession *session = copy->session;
	const GwTransport *transport = session->platform->transport;
	GwStatus status;
	GwError err;

	gw_session_claim(session, SESSION_OWN);
	session->statements++;
	session->copying = copy;
	copy->sent = 0;
	while ((status = transport->copy_start(session->link, copy->cxt, &copy->stmt,
										   gw_deadline_never(), &copy->run, &err)) ==
		   GW_INTERRUPTED)
		gw_session_interrupts();
	if (status != GW_OK)
		copy_fail(copy, &err);
}

/* GW_DONE: the remote has something to say. */
static GwStatus
copy_send(GwCopy *copy, const char *data, int len)
{
	GwSession *session = copy->session;
	GwStatus status = GW_OK;
	GwError err;

	if (len == 0)
		return status;
	while ((status = session->platform->transport->copy_send(
				copy->run, data, len, gw_deadline_never(), &err)) == GW_INTERRUPTED)
		gw_session_interrupts();
	if (status == GW_FAILED)
		copy_fail(copy, &err);
	return status;
}

/*
 * Send the whole rows.  What the remote says before it was asked is mostly an
 * error, so its statement is ended to hear it; after a mere notice the next
 * piece begins another.
 */
static void
copy_flush(GwCopy *copy)
{
	int rest = copy->rows.len - copy->whole;

	if (copy->session == NULL || copy->broken)
		ereport(ERROR, (errcode(ERRCODE_CONNECTION_FAILURE),
						errmsg("rows cannot be sent: the connection or its transaction was "
							   "lost")));
	copy->broken = true;
	if (copy->run == NULL)
	{
		copy_begin(copy);
		(void) copy_send(copy, copy->spec.head, copy->spec.headlen);
	}
	copy->sent += copy->whole;
	if (copy_send(copy, copy->rows.data, copy->whole) == GW_DONE ||
		(copy->sent >= COPY_STATEMENT_BYTES &&
		 !copy->session->platform->transport->copy_whole))
		copy_finish(copy);
	memmove(copy->rows.data, copy->rows.data + copy->whole, rest + 1);
	copy->rows.len = rest;
	copy->whole = 0;
	copy->broken = false;
}

/* End the statement in progress, if there is one, and hear its answer. */
static void
copy_finish(GwCopy *copy)
{
	GwSession *session = copy->session;
	const GwTransport *transport;
	GwRun *run = copy->run;
	GwStatus status;
	GwError err;

	if (run == NULL)
		return;
	transport = session->platform->transport;
	copy->broken = true;
	(void) copy_send(copy, copy->spec.tail, copy->spec.taillen);
	gw_session_write_begins(session);
	while ((status = transport->copy_end(run, gw_deadline_never(), &err)) == GW_INTERRUPTED)
		gw_session_interrupts();
	if (status != GW_DONE)
		copy_fail(copy, &err);
	gw_session_write_ended(session);
	copy->taken += run->result.rows;
	copy->run = NULL;
	session->copying = NULL;
	transport->finish(run);
	copy->broken = false;
}

static void
copy_reset_callback(void *arg)
{
	GwCopy *copy = (GwCopy *) arg;
	GwSession *session = copy->session;

	if (session == NULL)
		return;
	/* The run's context was a child of ours and is gone already. */
	copy->run = NULL;
	if (session->copying == copy)
		session->copying = NULL;
	dlist_delete(&copy->node);
	copy->session = NULL;
}
