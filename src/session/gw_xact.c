/*
 * gw_xact.c
 *	  Remote transactions follow the local one.
 *
 * One transaction callback and one subtransaction callback serve the whole
 * module.  The remote commits in PRE_COMMIT, where an error can still abort
 * everything; abort callbacks never raise, spend a fixed budget, and give a
 * connection up rather than trust it.  No two-phase commit is claimed.
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
static void xact_check_committable(GwSession *session, void *arg);
static int xact_timeout_left(void);
static bool xact_arm_timeout(void);
static void xact_commit(GwSession *session, void *arg);
static void xact_refuse_prepare(GwSession *session, void *arg);
static void xact_release(GwSession *session, void *arg);
static void xact_abort(GwSession *session, void *arg);
static void xact_abort_sub(GwSession *session, void *arg);
static void xact_end(GwSession *session, void *arg);
static bool xact_quiet(GwSession *session, GwDeadline deadline);
static GwDeadline xact_abort_deadline(void);
static void xact_longest_trip(GwSession *session, void *arg);
static GwStatus xact_command(GwSession *session, const GwSqlBuf *sql, GwRunResult *result,
							 GwError *err);
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
			dlist_is_empty(&session->streams))
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
		if (xact_command(session, &sql, NULL, err) != GW_OK)
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
	if (xact_command(session, &sql, NULL, err) != GW_OK)
		return GW_FAILED;
	session->xact_depth = 1;
	return GW_OK;
}

/*
 * One transaction command.  While it is on its way the connection's state is
 * unknown, which `changing` tells the abort callback; a plain error answer is
 * known again only in that the remote transaction is lost.
 */
static GwStatus
xact_command(GwSession *session, const GwSqlBuf *sql, GwRunResult *result, GwError *err)
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
			gw_conncache_each(xact_check_committable, NULL);
			gw_conncache_each(xact_commit, NULL);
			break;
		case XACT_EVENT_PRE_PREPARE:
			gw_conncache_each(xact_refuse_prepare, NULL);
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PARALLEL_ABORT:
			undo.level = 0;
			undo.deadline = xact_abort_deadline();
			gw_conncache_each(xact_abort, &undo);
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
			break;
		default:
			break;
	}
}

/* Before the first COMMIT leaves, look whether every other one can. */
static void
xact_check_committable(GwSession *session, void *arg)
{
	GwLinkState state;

	if (session->xact_depth == 0)
		return;
	state = gw_link_state(session->link);
	if (session->poisoned || session->changing || state == GW_LINK_BROKEN ||
		state == GW_LINK_IDLE)
		ereport(ERROR,
				(errcode(state == GW_LINK_BROKEN ? ERRCODE_CONNECTION_FAILURE
												 : ERRCODE_IN_FAILED_SQL_TRANSACTION),
				 errmsg("the transaction on server \"%s\" was lost and cannot be committed",
						session->server_name)));
}

/* Milliseconds that statement_timeout still allows, at least 1. */
static int
xact_timeout_left(void)
{
	int64 spent;

	if (StatementTimeout <= 0)
		return PG_INT32_MAX;
	spent = (GetCurrentTimestamp() - GetCurrentStatementStartTimestamp()) / 1000;
	return (int) Max(StatementTimeout - spent, 1);
}

/*
 * PostgreSQL stops the statement timeout before it commits, which for itself
 * takes no time.  A remote COMMIT may take any, so what is left of the timeout
 * goes on; true when it was started again here.  An error stops it by itself.
 */
static bool
xact_arm_timeout(void)
{
	if (StatementTimeout <= 0 || get_timeout_active(STATEMENT_TIMEOUT))
		return false;
	enable_timeout_after(STATEMENT_TIMEOUT, xact_timeout_left());
	return true;
}

static void
xact_commit(GwSession *session, void *arg)
{
	GwSqlBuf sql;
	GwRunResult result;
	GwError err;
	bool timed;

	if (session->xact_depth == 0)
		return;
	/* What still streams has been sent for: let it end, then commit. */
	if (gw_session_free_link(session, &err) != GW_OK)
		gw_session_fail(session, &err, NULL);
	gw_sqlbuf_init(&sql);
	gw_sql(&sql, "COMMIT");
	session->committing = true;
	timed = xact_arm_timeout();
	if (xact_command(session, &sql, &result, &err) != GW_OK)
	{
		session->committing = false;
		if (gw_link_state(session->link) == GW_LINK_BROKEN)
		{
			char was[sizeof(err.detail)];

			strlcpy(was, err.detail[0] ? err.detail : err.message, sizeof(was));
			gw_error_set(&err, GW_ERR_PERMANENT, ERRCODE_TRANSACTION_RESOLUTION_UNKNOWN,
						 "it is not known whether the transaction on server \"%s\" was committed",
						 session->server_name);
			gw_error_detail(&err, "The connection went after COMMIT was sent: %s", was);
			gw_error_hint(&err, "Look at the remote data before you repeat the transaction.");
		}
		else
		{
			/* The answer was a plain no: the remote has rolled back. */
			session->changing = false;
			session->xact_depth = 0;
		}
		gw_session_fail(session, &err, NULL);
	}
	session->committing = false;
	session->xact_depth = 0;
	if (timed)
		disable_timeout(STATEMENT_TIMEOUT, false);
	if (strcmp(result.command, "COMMIT") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_TRANSACTION_ROLLBACK),
				 errmsg("the transaction on server \"%s\" was rolled back by the remote server",
						session->server_name)));
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
	if (xact_command(session, &sql, NULL, &err) != GW_OK)
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
	GwError err;

	if (session->link == NULL || !session->ready)
	{
		gw_conncache_close(session);
		return;
	}
	gw_stream_orphan(session, 0);
	if (session->pins_moved)
		session->pins = PINS_UNKNOWN;
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
	if (!xact_quiet(session, undo->deadline) ||
		(gw_link_state(session->link) != GW_LINK_IDLE &&
		 session->link->transport->cleanup != NULL &&
		 session->link->transport->cleanup(session->link, "ROLLBACK", undo->deadline, &err) !=
			 GW_OK))
	{
		elog(DEBUG1, "connection to server \"%s\" is given up after a failed clean-up",
			 session->server_name);
		gw_conncache_close(session);
		return;
	}
	session->xact_depth = 0;
}

/* One level aborts.  Never raises; what fails poisons the transaction. */
static void
xact_abort_sub(GwSession *session, void *arg)
{
	XactAbort *undo = (XactAbort *) arg;
	GwSqlBuf sql;
	GwError err;

	if (session->link == NULL || !session->ready || session->xact_depth < undo->level)
		return;
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
	gw_sql(&sql, "; ");
	gw_dialect_release(session->platform->dialect, &sql, undo->level);
	session->changing = true;
	if (xact_quiet(session, undo->deadline) && session->link->transport->cleanup != NULL &&
		session->link->transport->cleanup(session->link, gw_sqlbuf_text(&sql), undo->deadline,
										  &err) == GW_OK)
	{
		session->changing = false;
		session->xact_depth = undo->level - 1;
	}
	else
	{
		elog(DEBUG1, "transaction on server \"%s\" is lost after a failed rollback to a savepoint",
			 session->server_name);
		session->poisoned = true;
	}
}

/* Every transaction ends here, whichever way. */
static void
xact_end(GwSession *session, void *arg)
{
	session->used = false;
	session->pins_moved = false;
	/* What the user's SQL has SET lasts as long as the transaction. */
	if (session->pins == PINS_USER)
		session->pins = PINS_UNKNOWN;
	session->nstale = 0;
	gw_stream_orphan(session, 0);
	gw_describe_forget(session);
	if (session->invalid || session->poisoned || session->changing || session->autocommit ||
		!session->ready || session->xact_depth != 0 ||
		gw_link_state(session->link) == GW_LINK_BROKEN)
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
		Min(ABORT_BUDGET_MS, Max(xact_timeout_left(), ABORT_BUDGET_INTERRUPTED_MS)));
}

static void
xact_longest_trip(GwSession *session, void *arg)
{
	int64 *trip_us = (int64 *) arg;

	if (session->link != NULL && session->used)
		*trip_us = Max(*trip_us, session->round_trip_us);
}
