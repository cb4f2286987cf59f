/*
 * gw_xact_commit.c
 *	  The remote COMMITs of one local transaction.
 *
 * They run in PRE_COMMIT, where a failure still aborts everything that has not
 * committed.  Servers commit one after the other; those with the option
 * parallel_commit get their COMMIT together, after the others, and are then
 * waited for.  No two-phase commit is claimed: when a later server refuses,
 * what an earlier one has committed stays, and is named.  A COMMIT without an
 * answer is in doubt (08007).  Everything made here lives below the local
 * transaction's context.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "session/gw_session_private.h"
#include "storage/proc.h"
#include "utils/memutils.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

/* One server's COMMIT. */
typedef struct Commit
{
	GwSession *session;
	bool parallel;
	bool sent;
	GwRun *run;
	GwStatus status; /* GW_DONE: the remote has answered COMMIT */
	GwError error;
} Commit;

typedef struct CommitList
{
	MemoryContext cxt;
	List *serial, *parallel; /* of Commit */
} CommitList;

/* Before the first COMMIT leaves, look whether every one of them can. */
static void
commit_check(GwSession *session)
{
	GwLinkState state;

	if (!gw_link_alive(session->link))
		state = GW_LINK_BROKEN;
	else
		state = gw_link_state(session->link);
	if (session->poisoned || session->changing || state == GW_LINK_BROKEN ||
		state == GW_LINK_IDLE)
		ereport(ERROR,
				(errcode(state == GW_LINK_BROKEN ? ERRCODE_CONNECTION_FAILURE
												 : ERRCODE_IN_FAILED_SQL_TRANSACTION),
				 errmsg("the transaction on server \"%s\" was lost and cannot be committed",
						session->server_name)));
}

/* Note a session that has a transaction; its link is made free. */
static void
commit_collect(GwSession *session, void *arg)
{
	CommitList *list = (CommitList *) arg;
	Commit *commit;
	GwError err;

	if (session->xact_depth == 0)
		return;
	/* What still streams has been sent for: let it end, then commit. */
	if (!session->poisoned && !session->changing &&
		gw_session_free_link(session, &err) != GW_OK)
		gw_session_fail(session, &err, NULL);
	commit_check(session);

	commit = MemoryContextAllocZero(list->cxt, sizeof(Commit));
	commit->session = session;
	commit->parallel = gw_option_bool(session->options, "parallel_commit");
	if (commit->parallel)
		list->parallel = lappend(list->parallel, commit);
	else
		list->serial = lappend(list->serial, commit);
}

int
gw_xact_timeout_left(void)
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
commit_arm_timeout(void)
{
	if (StatementTimeout <= 0 || get_timeout_active(STATEMENT_TIMEOUT))
		return false;
	enable_timeout_after(STATEMENT_TIMEOUT, gw_xact_timeout_left());
	return true;
}

/* Send COMMIT.  Until it is answered an abort knows that it is in doubt. */
static void
commit_send(Commit *commit)
{
	static const GwStatement stmt = {.sql = "COMMIT"};
	GwSession *session = commit->session;

	session->changing = session->committing = true;
	commit->sent = true;
	commit->status = session->platform->transport->start(
		session->link, CurrentMemoryContext, &stmt, &commit->run, &commit->error);
}

/* Wait for the answer. */
static void
commit_wait(Commit *commit)
{
	GwSession *session = commit->session;
	const GwBatch *batch;

	while (commit->status == GW_OK)
		commit->status = gw_session_step(session, commit->run, 0, &batch, &commit->error);
	session->committing = false;
	if (commit->status == GW_DONE)
	{
		session->changing = false;
		session->xact_depth = 0;
		session->committed = strcmp(commit->run->result.command, "COMMIT") == 0;
		/* Rows that nobody wanted may have failed: where nothing was written, nothing is lost. */
		if (session->committed || !session->may_write)
			return;
		commit->status = gw_error_set(
			&commit->error, GW_ERR_CONFLICT, ERRCODE_TRANSACTION_ROLLBACK,
			"the transaction on server \"%s\" was rolled back by the remote server",
			session->server_name);
		return;
	}
	if (gw_link_state(session->link) != GW_LINK_BROKEN)
	{
		/* The answer was a plain no: the remote has rolled back. */
		session->changing = false;
		session->xact_depth = 0;
	}
}

/* The connection went before the answer came: nobody here knows. */
static void
commit_doubt(Commit *commit)
{
	GwError *err = &commit->error;
	char was[512];

	strlcpy(was, err->detail[0] ? err->detail : err->message, sizeof(was));
	gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_TRANSACTION_RESOLUTION_UNKNOWN,
				 "it is not known whether the transaction on server \"%s\" was committed",
				 commit->session->server_name);
	gw_error_detail(err, "The connection went after COMMIT was sent: %s", was);
	gw_error_hint(err, "Look at the remote data before you repeat the transaction.");
}

/*
 * Some COMMIT failed, and all that were sent are answered: raise the first
 * failure.  What has committed already is named when the transaction aborts.
 */
static void
commit_fail(const List *commits)
{
	Commit *first = NULL;
	ListCell *lc;

	foreach (lc, commits)
	{
		Commit *commit = (Commit *) lfirst(lc);

		if (!commit->sent || commit->status == GW_DONE)
			continue;
		if (gw_link_state(commit->session->link) == GW_LINK_BROKEN && commit->session->may_write)
			commit_doubt(commit);
		if (first == NULL)
			first = commit;
		else
			gw_error_report(&commit->error, WARNING);
	}
	gw_session_fail(first->session, &first->error, NULL);
}

/* Send all of these, then wait for them; false when one did not commit. */
static bool
commit_together(const List *commits)
{
	bool good = true;
	ListCell *lc;

	foreach (lc, commits)
		commit_send((Commit *) lfirst(lc));
	foreach (lc, commits)
	{
		Commit *commit = (Commit *) lfirst(lc);

		commit_wait(commit);
		good = good && commit->status == GW_DONE;
	}
	return good;
}

void
gw_xact_commit(void)
{
	CommitList list = {NULL, NIL, NIL};
	MemoryContext old;
	bool timed;
	ListCell *lc;

	list.cxt =
		AllocSetContextCreate(TopTransactionContext, "gw commit", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(list.cxt);
	gw_conncache_each(commit_collect, &list);
	timed = (list.serial != NIL || list.parallel != NIL) && commit_arm_timeout();
	foreach (lc, list.serial)
	{
		if (!commit_together(list_make1(lfirst(lc))))
			commit_fail(list.serial);
	}
	if (!commit_together(list.parallel))
		commit_fail(list.parallel);
	if (timed)
		disable_timeout(STATEMENT_TIMEOUT, false);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(list.cxt);
}
