/*
 * gw_transport_libpq_copyin.c
 *	  Rows out over libpq: COPY ... FROM STDIN.
 *
 * Knows nothing of what the rows look like.  A copy is a run like any other:
 * it lives in its caller's context and ends with the link or before it; a
 * copy that is let go of is ended by libpq_drain(), and the remote undoes it.
 */
#include "postgres.h"

#include "storage/latch.h"
#include "transport/gw_transport_libpq.h"

/*
 * Take results until the remote waits for rows (wanted), or until the last.
 * A statement that does not want any has run to its end then.
 */
static GwStatus
copy_take(LibpqRun *run, bool wanted, GwDeadline deadline, GwError *err)
{
	LibpqLink *link = (LibpqLink *) run->head.link;

	while (!run->finished)
	{
		PGresult *result = NULL;
		GwStatus status = libpq_take(link, deadline, GW_WAIT_NORMAL, &result, err);

		if (status != GW_OK)
			return status;
		if (wanted && result != NULL && PQresultStatus(result) == PGRES_COPY_IN)
		{
			PQclear(result);
			run->taking = true;
			return GW_OK;
		}
		libpq_run_take(run, result);
	}
	return libpq_run_outcome(run, err);
}

GwStatus
libpq_copyin_start(GwLink *head, MemoryContext cxt, const GwStatement *stmt,
				   GwDeadline deadline, GwRun **run, GwError *err)
{
	GwStatement bare = {.sql = stmt->sql};
	GwStatus status;

	if (*run == NULL && libpq_start(head, cxt, &bare, run, err) != GW_OK)
		return GW_FAILED;
	status = copy_take((LibpqRun *) *run, true, deadline, err);
	if (status == GW_DONE)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"the remote server did not ask for rows");
	return status;
}

/*
 * Has the remote said something that libpq has not read yet?  The mode makes it
 * a mere look at the socket.
 */
static bool
copy_is_answered(PGconn *conn)
{
	return gw_wait(PQsocket(conn), WL_SOCKET_READABLE, gw_deadline_in_ms(0),
				   GW_WAIT_CLEANUP) == GW_OK;
}

/*
 * libpq would gather whatever the remote is too slow for, so every piece is
 * flushed before the next is taken.  It reads what comes when it cannot send,
 * and does not tell; so it is looked for before.
 */
GwStatus
libpq_copyin_send(GwRun *head, const char *data, int len, GwDeadline deadline, GwError *err)
{
	LibpqRun *run = (LibpqRun *) head;
	LibpqLink *link = (LibpqLink *) head->link;
	PGconn *conn = link != NULL ? libpq_conn(link) : NULL;

	if (conn == NULL || link->broken || !run->taking)
		return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
							"the connection was closed before all rows were sent");
	if (gw_interrupt_pending())
		return GW_INTERRUPTED;
	run->answered = run->answered || copy_is_answered(conn);
	if (!run->queued && PQputCopyData(conn, data, len) != 1)
		return libpq_error_lost(link, err);
	run->queued = true;
	for (;;)
	{
		int unsent;
		GwStatus status;

		run->answered = run->answered || copy_is_answered(conn);
		unsent = PQflush(conn);
		if (unsent < 0)
			return libpq_error_lost(link, err);
		if (unsent == 0)
			break;
		/* It may have to say something before it reads on. */
		status = gw_wait_with(link->waiter, PQsocket(conn),
							  WL_SOCKET_READABLE | WL_SOCKET_WRITEABLE, deadline,
							  GW_WAIT_NORMAL);
		if (status == GW_INTERRUPTED)
			return status;
		if (status != GW_OK)
			return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
								"the remote server did not take the rows in time");
		run->answered = run->answered || copy_is_answered(conn);
		if (run->answered && PQconsumeInput(conn) != 1)
			return libpq_error_lost(link, err);
	}
	run->queued = false;
	return run->answered ? GW_DONE : GW_OK;
}

GwStatus
libpq_copyin_end(GwRun *head, GwDeadline deadline, GwError *err)
{
	LibpqRun *run = (LibpqRun *) head;
	LibpqLink *link = (LibpqLink *) head->link;

	if (run->taking)
	{
		if (link == NULL || libpq_conn(link) == NULL || link->broken)
			return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
								"the connection was closed before all rows were sent");
		if (PQputCopyEnd(libpq_conn(link), NULL) != 1)
			return libpq_error_lost(link, err);
		run->taking = false;
	}
	return copy_take(run, false, deadline, err);
}
