/*
 * gw_xact.c
 *	  Remote transactions follow the local one.
 *
 * One transaction callback and one subtransaction callback serve the whole
 * module.  The remote commits in PRE_COMMIT (gw_xact_commit.c), where an error
 * can still abort everything; abort callbacks never raise, spend a fixed
 * budget, and give a connection up rather than trust it.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "session/gw_session_private.h"
#include "storage/ipc.h"
#include "utils/memutils.h"
#include "storage/proc.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

/*
 * What cleaning up may cost, for all connections together.  After an interrupt
 * somebody waits, so it is as short as the distance to the servers allows: a
 * cancel takes three round trips until it is seen to have worked.
 */
#define ABORT_BUDGET_MS 1000
#define ABORT_BUDGET_INTERRUPTED_MS 200
#define ABORT_BUDGET_NEAR_MS 100
#define ABORT_ROUND_TRIPS 4

typedef struct XactAbort
{
	int level; /* 0: the whole transaction */
	GwDeadline deadline;
} XactAbort;

static bool xact_registered = false;

static void xact_callback(XactEvent event, void *arg);
static void xact_sub_callback(SubXactEvent event, SubTransactionId mine,
							  SubTransactionId parent, void *arg);
static void xact_refuse_prepare(GwSession *session, void *arg);
static void xact_release(GwSession *session, void *arg);
static void xact_abort(GwSession *session, void *arg);
static void xact_abort_finish(GwSession *session, void *arg);
static void xact_give_up(GwSession *session);
static void xact_undo(GwSession *session, const char *sql);
static bool xact_undone(GwSession *session, XactAbort *undo);
static void xact_abort_sub(GwSession *session, void *arg);
static void xact_abort_sub_finish(GwSession *session, void *arg);
static void xact_poison(GwSession *session);
static void xact_abort_without_savepoint(GwSession *session, XactAbort *undo);
static bool xact_keeps_connection(GwSession *session);
static void xact_end(GwSession *session, void *arg);
static bool xact_quiet(GwSession *session, GwDeadline deadline);
static GwDeadline xact_abort_deadline(void);
static void xact_longest_trip(GwSession *session, void *arg);
static GwStatus xact_start(GwSession *session, GwError *err);

void
gw_xact_register(void)
{
	if (xact_registered)
		return;
	RegisterXactCallback(xact_callback, NULL);
	RegisterSubXactCallback(xact_sub_callback, NULL);
	xact_registered = true;
}

GwStatus
gw_xact_follow(GwSession *session, GwError *err)
{
	int level = GetCurrentTransactionNestLevel();
	uint32 caps = session->platform->caps;

	if (session->autocommit || (caps & GW_CAP_SHARES_TRANSACTION) != 0 ||
		(caps & GW_CAP_TRANSACTIONS) == 0)
		return GW_OK;
	if (session->xact_depth == 0)
	{
		GwStatus status = xact_start(session, err);

		/*
		 * A cached connection may have died while it was idle (a restart, a
		 * time-out on the way).  Nothing was sent on it in this transaction,
		 * so one fresh connection is a safe answer.
		 */
		if (status != GW_OK && gw_link_state(session->link) == GW_LINK_BROKEN &&
			!gw_stream_any_begun(session))
		{
			session->changing = false;
			status = gw_session_connect(session, err);
			if (status == GW_OK)
				status = xact_start(session, err);
		}
		if (status != GW_OK)
		{
			/* Nothing had begun, so nothing is in doubt. */
			session->changing = false;
			return status;
		}
	}
	while ((caps & GW_CAP_SAVEPOINTS) != 0 && session->xact_depth < level)
	{
		GwSqlBuf sql;

		gw_sqlbuf_init(&sql);
		gw_dialect_savepoint(session->platform->dialect, &sql, session->xact_depth + 1);
		if (gw_xact_command(session, &sql, NULL, err) != GW_OK)
			return GW_FAILED;
		session->xact_depth++;
	}
	return GW_OK;
}

/* Begin at the isolation the local transaction needs. */
static GwStatus
xact_start(GwSession *session, GwError *err)
{
	const char *isolation = gw_option_str(session->options, "isolation_level");
	bool read_only = XactReadOnly || gw_option_bool(session->options, "read_only");
	char *spelled;
	char *at;
	GwSqlBuf sql;

	if (IsolationIsSerializable())
		isolation = "serializable";
	else if (isolation == NULL)
		isolation = "repeatable read";
	spelled = pstrdup(isolation);
	for (at = spelled; *at != '\0'; at++)
	{
		if (*at == '_' || *at == '-')
			*at = ' ';
	}
	gw_sqlbuf_init(&sql);
	gw_dialect_begin(session->platform->dialect, &sql, spelled, read_only);
	if (gw_xact_command(session, &sql, NULL, err) != GW_OK)
		return GW_FAILED;
	session->xact_depth = 1;
	return GW_OK;
}

GwStatus
gw_xact_command(GwSession *session, const GwSqlBuf *sql, GwRunResult *result, GwError *err)
{
	GwStatus status;

	session->changing = true;
	status = gw_session_command(session, gw_sqlbuf_text(sql), result, err);
	if (status == GW_OK)
		session->changing = false;
	return status;
}

static void
xact_callback(XactEvent event, void *arg)
{
	XactAbort undo;

	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PARALLEL_PRE_COMMIT:
			gw_xact_commit();
			break;
		case XACT_EVENT_PRE_PREPARE:
			gw_conncache_each(xact_refuse_prepare, NULL);
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PARALLEL_ABORT:
			undo.level = 0;
			undo.deadline = xact_abort_deadline();
			gw_conncache_each(xact_abort, &undo);
			gw_conncache_each(xact_abort_finish, &undo);
			gw_conncache_each(xact_end, NULL);
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PREPARE:
			gw_conncache_each(xact_end, NULL);
			break;
	}
}

static void
xact_sub_callback(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	XactAbort undo;

	switch (event)
	{
		case SUBXACT_EVENT_PRE_COMMIT_SUB:
			gw_conncache_each(xact_release, NULL);
			break;
		case SUBXACT_EVENT_ABORT_SUB:
			undo.level = GetCurrentTransactionNestLevel();
			undo.deadline = xact_abort_deadline();
			gw_conncache_each(xact_abort_sub, &undo);
			gw_conncache_each(xact_abort_sub_finish, &undo);
			break;
		default:
			break;
	}
}

static void
xact_refuse_prepare(GwSession *session, void *arg)
{
	if (session->xact_depth > 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot PREPARE a transaction that has used server \"%s\"",
						session->server_name),
				 errhint("Use COMMIT or ROLLBACK; remote transactions end with the local one.")));
}

/* The subtransaction commits: so does its savepoint. */
static void
xact_release(GwSession *session, void *arg)
{
	int level = GetCurrentTransactionNestLevel();
	MemoryContext cxt;
	MemoryContext old;
	GwSqlBuf sql;
	GwError err;

	/* Rows that were not sent yet are known to nobody else. */
	gw_copy_sublevel(session, level);
	session->write_level = Min(session->write_level, level - 1);
	if (session->xact_depth < level)
		return;

	/*
	 * A subtransaction's context outlives it when anything was left in it, so
	 * that a loop of exception blocks would pile them up.
	 */
	cxt = AllocSetContextCreate(CurrentMemoryContext, "gw release", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(cxt);
	if (session->poisoned || session->changing ||
		gw_link_state(session->link) == GW_LINK_BROKEN)
		ereport(ERROR, (errcode(ERRCODE_IN_FAILED_SQL_TRANSACTION),
						errmsg("the transaction on server \"%s\" was lost",
							   session->server_name)));
	if (gw_session_free_link(session, &err) != GW_OK)
		gw_session_fail(session, &err, NULL);
	gw_sqlbuf_init(&sql);
	gw_dialect_release(session->platform->dialect, &sql, level);
	if (sql.text.len > 0 && gw_xact_command(session, &sql, NULL, &err) != GW_OK)
		gw_session_fail(session, &err, gw_sqlbuf_text(&sql));
	session->xact_depth = level - 1;
	gw_stream_sublevel(session, level);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(cxt);
}

/* The whole transaction aborts.  Never raises. */
static void
xact_abort(GwSession *session, void *arg)
{
	XactAbort *undo = (XactAbort *) arg;

	if (session->link == NULL || !session->ready)
	{
		gw_conncache_close(session);
		return;
	}
	gw_stream_orphan(session, 0);
	if (session->pins_moved)
		session->pins = PINS_UNKNOWN;
	if (session->committed && session->may_write && !proc_exit_inprogress)
		ereport(WARNING,
				(errcode(ERRCODE_TRANSACTION_ROLLBACK),
				 errmsg("the transaction on server \"%s\" was committed, although the local one "
						"was not",
						session->server_name),
				 errdetail("Servers commit one by one; one that has cannot be rolled back when "
						   "another one refuses.")));
	if (session->may_write && !session->autocommit && !proc_exit_inprogress &&
		(session->platform->caps & (GW_CAP_TRANSACTIONS | GW_CAP_SHARES_TRANSACTION)) == 0)
		ereport(WARNING,
				(errcode(ERRCODE_TRANSACTION_ROLLBACK),
				 errmsg("what was written to server \"%s\" stays, although the local "
						"transaction was rolled back",
						session->server_name),
				 errdetail("It commits every statement at once.")));
	if (session->xact_depth == 0 && !session->changing &&
		gw_link_state(session->link) != GW_LINK_BUSY)
		return;
	if (session->committing && !proc_exit_inprogress)
		ereport(WARNING,
				(errcode(ERRCODE_TRANSACTION_RESOLUTION_UNKNOWN),
				 errmsg("it is not known whether the transaction on server \"%s\" was committed",
						session->server_name),
				 errdetail("Its COMMIT was interrupted."),
				 errhint("Look at the remote data before you repeat the transaction.")));
	if (session->changing || session->poisoned || proc_exit_inprogress ||
		(session->platform->caps & GW_CAP_TRANSACTIONS) == 0)
	{
		/* Stop what runs there; closing the connection undoes the rest. */
		(void) xact_quiet(session, undo->deadline);
		gw_conncache_close(session);
		return;
	}
	if (!xact_quiet(session, undo->deadline))
		xact_give_up(session);
	else if (gw_link_state(session->link) == GW_LINK_IDLE)
		session->xact_depth = 0;
	else
	{
		xact_undo(session, "ROLLBACK");
		if (!gw_option_bool(session->options, "parallel_abort"))
			xact_abort_finish(session, undo);
	}
}

/* Wait for the ROLLBACK that was sent, if one was. */
static void
xact_abort_finish(GwSession *session, void *arg)
{
	if (!session->undoing)
		return;
	if (xact_undone(session, (XactAbort *) arg))
		session->xact_depth = 0;
	else
		xact_give_up(session);
}

static void
xact_give_up(GwSession *session)
{
	elog(DEBUG1, "connection to server \"%s\" is given up after a failed clean-up",
		 session->server_name);
	gw_conncache_close(session);
}

/*
 * Send a statement that undoes something; what is wrong shows when it is waited
 * for, which may be after others were sent elsewhere.
 */
static void
xact_undo(GwSession *session, const char *sql)
{
	const GwTransport *transport = session->link->transport;
	GwError err;

	session->undoing = true;
	session->undo_sent = transport->undo_send != NULL &&
						 transport->undo_send(session->link, sql, &err) == GW_OK;
}

static bool
xact_undone(GwSession *session, XactAbort *undo)
{
	GwError err;

	session->undoing = false;
	return session->undo_sent &&
		   session->link->transport->undo_wait(session->link, undo->deadline, &err) == GW_OK;
}

/*
 * The level cannot be undone there by itself.  Where it has written, or has
 * left the remote transaction failed, all of that is lost.
 */
static void
xact_abort_without_savepoint(GwSession *session, XactAbort *undo)
{
	gw_stream_orphan(session, undo->level);
	if (session->write_level >= undo->level || !xact_quiet(session, undo->deadline) ||
		gw_link_state(session->link) == GW_LINK_FAILED)
		xact_poison(session);
}

/*
 * The level has nothing to undo there, but may have been reading, outside of any
 * remote transaction or in one that goes on.
 */
static void
xact_stop_reading(GwSession *session, XactAbort *undo)
{
	if (gw_stream_busy_level(session) < undo->level)
		return;
	gw_stream_orphan(session, undo->level);
	if (!xact_quiet(session, undo->deadline))
		xact_poison(session);
}

/* One level aborts.  Never raises; what fails poisons the transaction. */
static void
xact_abort_sub(GwSession *session, void *arg)
{
	XactAbort *undo = (XactAbort *) arg;
	GwSqlBuf sql;

	gw_copy_orphan(session, undo->level);
	if (session->link == NULL || !session->ready)
		return;
	if (session->xact_depth > 0 && (session->platform->caps & GW_CAP_SAVEPOINTS) == 0)
		xact_abort_without_savepoint(session, undo);
	if (session->xact_depth < undo->level)
	{
		xact_stop_reading(session, undo);
		return;
	}
	gw_stream_orphan(session, undo->level);
	if (session->pins_moved)
		session->pins = PINS_UNKNOWN;
	if (session->changing || session->poisoned)
	{
		session->poisoned = true;
		(void) xact_quiet(session, undo->deadline);
		return;
	}
	gw_sqlbuf_init(&sql);
	gw_dialect_rollback_to(session->platform->dialect, &sql, undo->level);
	session->changing = true;
	if (!xact_quiet(session, undo->deadline))
	{
		xact_poison(session);
		return;
	}
	xact_undo(session, gw_sqlbuf_text(&sql));
	if (!gw_option_bool(session->options, "parallel_abort"))
		xact_abort_sub_finish(session, undo);
}

/* Wait for the rollback to a savepoint that was sent, if one was. */
static void
xact_abort_sub_finish(GwSession *session, void *arg)
{
	XactAbort *undo = (XactAbort *) arg;

	if (!session->undoing)
		return;
	if (!xact_undone(session, undo))
	{
		xact_poison(session);
		return;
	}
	session->changing = false;
	session->xact_depth = undo->level - 1;
}

static void
xact_poison(GwSession *session)
{
	elog(DEBUG1, "transaction on server \"%s\" is lost after a failed rollback to a savepoint",
		 session->server_name);
	session->poisoned = true;
}

/* May the connection serve the next transaction, too? */
static bool
xact_keeps_connection(GwSession *session)
{
	return !gw_option_given(session->options, "keep_connections") ||
		   gw_option_bool(session->options, "keep_connections");
}

/* Every transaction ends here, whichever way. */
static void
xact_end(GwSession *session, void *arg)
{
	session->used = session->committed = session->may_write = false;
	session->write_level = 0;
	session->pins_moved = false;
	/* What the user's SQL has SET lasts as long as the transaction. */
	if (session->pins == PINS_USER)
		session->pins = PINS_UNKNOWN;
	session->nstale = 0;
	gw_stream_orphan(session, 0);
	gw_describe_forget(session);
	if (session->invalid || session->poisoned || session->changing || session->autocommit ||
		!session->ready || session->xact_depth != 0 ||
		gw_link_state(session->link) == GW_LINK_BROKEN || !xact_keeps_connection(session))
		gw_conncache_close(session);
}

/*
 * Stop whatever the link is doing: cancel, then read to its end.  Half of
 * the time is for the cancel request, so that some is left to see it work.
 */
static bool
xact_quiet(GwSession *session, GwDeadline deadline)
{
	GwError err;
	GwDeadline half;

	if (gw_link_state(session->link) != GW_LINK_BUSY)
		return gw_link_state(session->link) != GW_LINK_BROKEN;
	half = gw_deadline_in_ms(gw_deadline_left_ms(deadline) / 2);
	if (gw_link_cancel(session->link, half, GW_WAIT_CLEANUP, &err) != GW_OK)
		return false;
	return gw_link_drain(session->link, deadline, GW_WAIT_CLEANUP, &err) == GW_OK;
}

/* ROLLBACK, too, is a statement with a timeout that PostgreSQL has stopped. */
static GwDeadline
xact_abort_deadline(void)
{
	if (gw_session_was_interrupted() || proc_exit_inprogress)
	{
		int64 trip_us = 0;

		gw_conncache_each(xact_longest_trip, &trip_us);
		return gw_deadline_in_ms(
			Min(ABORT_BUDGET_INTERRUPTED_MS,
				Max(ABORT_ROUND_TRIPS * trip_us / 1000, ABORT_BUDGET_NEAR_MS)));
	}
	return gw_deadline_in_ms(
		Min(ABORT_BUDGET_MS, Max(gw_xact_timeout_left(), ABORT_BUDGET_INTERRUPTED_MS)));
}

static void
xact_longest_trip(GwSession *session, void *arg)
{
	int64 *trip_us = (int64 *) arg;

	if (session->link != NULL && session->used)
		*trip_us = Max(*trip_us, session->round_trip_us);
}
