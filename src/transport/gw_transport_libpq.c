/*
 * gw_transport_libpq.c
 *	  Connections over libpq: connect, cancel, close, and the transport table.
 *
 * Knows no SQL and no vendor.  A link and all it owns live in the link's own
 * memory context; deleting that context closes the connection.  Statements
 * are in gw_transport_libpq_run.c.
 */
#include "postgres.h"

#include <stdlib.h>

#include "mb/pg_wchar.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "transport/gw_transport_libpq.h"

/* Settings for this file rather than for libpq. */
#define SETTING_REQUIRE_PASSWORD "gw_require_password"
#define SETTING_UNTYPED "gw_untyped_parameters" /* the server finds their types out */
#define SETTING_PREFIX "gw_"

/* host, hostaddr, port, client_encoding and the end mark may be added. */
#define ADDED_KEYWORDS 5

typedef struct CancelJob
{
	PGcancel *cancel;
	bool accepted;
	char message[256];
} CancelJob;

static void link_release_conn(void *handle);
static void link_reset_callback(void *arg);
static void link_close(GwLink *head);
static bool setting_is_on(const char *value);
static GwStatus connect_begin(LibpqLink *link, GwError *err);
static GwStatus connect_poll(LibpqLink *link, GwDeadline deadline, GwError *err);
static GwStatus connect_finish(LibpqLink *link, GwError *err);
static void cancel_run(void *arg);
static void cancel_destroy(void *arg);

static GwStatus
link_create(MemoryContext parent, const GwSetting *settings, int nsettings, GwLink **result,
			GwError *err)
{
	MemoryContext cxt;
	LibpqLink *link;
	bool encoding = false;
	int n = 0;
	int i;

	cxt = AllocSetContextCreate(parent, "gw libpq link", ALLOCSET_SMALL_SIZES);
	link = MemoryContextAllocZero(cxt, sizeof(LibpqLink));
	link->head.transport = &gw_transport_libpq;
	link->head.cxt = cxt;
	link->notices_end = &link->notices;
	link->keywords = MemoryContextAllocZero(cxt, (nsettings + ADDED_KEYWORDS) * sizeof(char *));
	link->values = MemoryContextAllocZero(cxt, (nsettings + ADDED_KEYWORDS) * sizeof(char *));
	for (i = 0; i < nsettings; i++)
	{
		if (strcmp(settings[i].name, SETTING_REQUIRE_PASSWORD) == 0)
			link->require_password = setting_is_on(settings[i].value);
		if (strcmp(settings[i].name, SETTING_UNTYPED) == 0)
			link->untyped = setting_is_on(settings[i].value);
		if (strncmp(settings[i].name, SETTING_PREFIX, strlen(SETTING_PREFIX)) == 0)
			continue;
		encoding = encoding || strcmp(settings[i].name, "client_encoding") == 0;
		link->keywords[n] = MemoryContextStrdup(cxt, settings[i].name);
		link->values[n++] = MemoryContextStrdup(cxt, settings[i].value);
	}
	if (!encoding)
	{
		/* The contract promises cells in the database encoding. */
		link->keywords[n] = "client_encoding";
		link->values[n] = GetDatabaseEncodingName();
	}
	link->parsed_cxt = AllocSetContextCreate(cxt, "gw libpq statement", ALLOCSET_SMALL_SIZES);
	link->conn = gw_guard_create(cxt, link_release_conn);
	link->waiter = gw_waiter_create(cxt);
	gw_guard_on_reset(cxt, link_reset_callback, link);
	*result = &link->head;
	return GW_OK;
}

static GwStatus
link_connect(GwLink *head, GwDeadline deadline, GwError *err)
{
	LibpqLink *link = (LibpqLink *) head;
	GwStatus status;

	if (link->broken)
		return libpq_error_lost(link, err);
	if (link->phase == LIBPQ_NEW)
	{
		const char *hosts = libpq_setting(link, "host");

		if (hosts != NULL && libpq_setting(link, "hostaddr") == NULL &&
			libpq_needs_resolve(hosts))
		{
			if (libpq_resolve_start(link, err) != GW_OK)
				return GW_FAILED;
			link->phase = LIBPQ_RESOLVING;
		}
	}
	if (link->phase == LIBPQ_RESOLVING)
	{
		status = libpq_resolve_finish(link, deadline, err);
		if (status != GW_OK)
			return status;
		link->phase = LIBPQ_NEW;
	}
	if (link->phase == LIBPQ_NEW)
	{
		if (connect_begin(link, err) != GW_OK)
			return GW_FAILED;
		libpq_hosts_begin(link, deadline);
		link->phase = LIBPQ_CONNECTING;
	}
	if (link->phase == LIBPQ_CONNECTING)
	{
		status = connect_poll(link, deadline, err);
		if (status != GW_OK)
			return status;
		return connect_finish(link, err);
	}
	return GW_OK;
}

static GwStatus
connect_begin(LibpqLink *link, GwError *err)
{
	PGconn *conn;

	if (!AcquireExternalFD())
		return gw_transport_no_descriptor(err);
	conn = PQconnectStartParams(link->keywords, link->values, 0);
	if (conn == NULL)
	{
		ReleaseExternalFD();
		return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
	}
	gw_guard_put(link->conn, conn);
	/* See libpq_error_connect(). */
	PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
	PQsetNoticeReceiver(conn, libpq_notice_receive, link);
	if (PQstatus(conn) == CONNECTION_BAD)
		return libpq_error_connect(link, err);
	link->polling = PGRES_POLLING_WRITING;
	return GW_OK;
}

static GwStatus
connect_poll(LibpqLink *link, GwDeadline deadline, GwError *err)
{
	PGconn *conn = libpq_conn(link);

	while (link->polling != PGRES_POLLING_OK)
	{
		GwStatus status;

		if (link->polling == PGRES_POLLING_FAILED)
		{
			(void) libpq_error_connect(link, err);
			if (link->hosts_silent > 0)
				gw_error_detail(err, "%d of the hosts gave no answer in time.",
								link->hosts_silent);
			return GW_FAILED;
		}
		status = gw_wait(PQsocket(conn),
						 link->polling == PGRES_POLLING_READING ? WL_SOCKET_READABLE
																: WL_SOCKET_WRITEABLE,
						 link->host_deadline, GW_WAIT_NORMAL);
		if (status == GW_INTERRUPTED)
			return status;
		if (status != GW_OK && !gw_deadline_passed(deadline) && libpq_hosts_skip(link))
		{
			gw_guard_release(link->conn);
			if (connect_begin(link, err) != GW_OK)
				return GW_FAILED;
			libpq_hosts_begin(link, deadline);
			conn = libpq_conn(link);
			continue;
		}
		if (status != GW_OK)
		{
			link->broken = true;
			return gw_transport_no_connection(err);
		}
		link->polling = PQconnectPoll(conn);
		libpq_hosts_follow(link, deadline);
	}
	return GW_OK;
}

static GwStatus
connect_finish(LibpqLink *link, GwError *err)
{
	PGconn *conn = libpq_conn(link);

	if (link->require_password && !PQconnectionUsedPassword(conn))
	{
		link->broken = true;
		gw_error_set(err, GW_ERR_AUTH, ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED,
					 "the remote server did not ask for the password");
		gw_error_detail(err, "Whoever is not a superuser must be authenticated by the password "
							 "of the user mapping, never by the identity of this server.");
		gw_error_hint(err, "Let the remote server require a password for this user.");
		return GW_FAILED;
	}
	PQsetErrorVerbosity(conn, PQERRORS_DEFAULT);
	if (PQsetnonblocking(conn, 1) != 0)
		return libpq_error_lost(link, err);
	libpq_notices_drop(link);
	link->phase = LIBPQ_READY;
	return GW_OK;
}

/*
 * PQcancel() opens a second connection and blocks, so it runs in a helper
 * thread; the PGcancel it needs is a copy that outlives the connection.
 */
static GwStatus
link_cancel(GwLink *head, GwDeadline deadline, GwWaitMode mode, GwError *err)
{
	LibpqLink *link = (LibpqLink *) head;
	GwStatus status;
	CancelJob *job;

	if (link->cancelling == NULL)
	{
		PGconn *conn = libpq_conn(link);

		if (conn == NULL || link->phase != LIBPQ_READY)
			return GW_OK;
		job = calloc(1, sizeof(CancelJob));
		if (job == NULL)
			return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
		job->cancel = PQgetCancel(conn);
		if (job->cancel == NULL)
		{
			cancel_destroy(job);
			return libpq_error_lost(link, err);
		}
		link->cancelling =
			gw_thread_start(GW_THREAD_ENDABLE, cancel_run, cancel_destroy, job, err);
		if (link->cancelling == NULL)
			return GW_FAILED;
	}
	status = gw_thread_wait(link->cancelling, deadline, mode);
	if (status == GW_INTERRUPTED)
		return status;
	if (status == GW_OK)
	{
		job = (CancelJob *) gw_thread_arg(link->cancelling);
		if (!job->accepted)
			status = gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
								  "could not send the cancel request: %s", job->message);
	}
	else
		status = gw_transport_no_cancel(err);
	gw_thread_release(link->cancelling);
	link->cancelling = NULL;
	return status;
}

static void
link_close(GwLink *head)
{
	LibpqLink *link = (LibpqLink *) head;

	if (link->resolving != NULL)
		gw_thread_release(link->resolving);
	if (link->cancelling != NULL)
		gw_thread_release(link->cancelling);
	link->resolving = link->cancelling = NULL;
	libpq_notices_drop(link);
	gw_waiter_forget(link->waiter);
	gw_guard_release(link->conn);
	link->broken = true;
	if (link->run != NULL)
		link->run->head.link = NULL;
	link->run = NULL;
}

static pgsocket
link_socket(GwLink *head)
{
	LibpqLink *link = (LibpqLink *) head;
	PGconn *conn = libpq_conn(link);

	return conn != NULL && !link->broken ? PQsocket(conn) : PGINVALID_SOCKET;
}

static GwLinkState
link_state(GwLink *head)
{
	LibpqLink *link = (LibpqLink *) head;
	PGconn *conn = libpq_conn(link);

	if (conn == NULL || link->broken || link->phase != LIBPQ_READY ||
		PQstatus(conn) != CONNECTION_OK)
		return GW_LINK_BROKEN;
	if (link->sent)
		return GW_LINK_BUSY;
	switch (PQtransactionStatus(conn))
	{
		case PQTRANS_IDLE:
			return GW_LINK_IDLE;
		case PQTRANS_INTRANS:
			return GW_LINK_IN_XACT;
		case PQTRANS_INERROR:
			return GW_LINK_FAILED;
		case PQTRANS_ACTIVE:
			return GW_LINK_BUSY;
		default:
			return GW_LINK_BROKEN;
	}
}

static bool
link_alive(GwLink *head)
{
	LibpqLink *link = (LibpqLink *) head;
	PGconn *conn = libpq_conn(link);

	if (conn == NULL || link->broken)
		return false;
	/*
	 * While a statement runs, whoever waits for it will see.  A server that
	 * closes says why first, so the end may be behind what is read first.
	 */
	if (!link->sent && (PQconsumeInput(conn) != 1 || PQconsumeInput(conn) != 1))
		link->broken = true;
	return !link->broken && PQstatus(conn) == CONNECTION_OK;
}

static int
link_server_version(GwLink *head)
{
	PGconn *conn = libpq_conn((LibpqLink *) head);

	return conn ? PQserverVersion(conn) : 0;
}

static const char *
link_parameter(GwLink *head, const char *name)
{
	PGconn *conn = libpq_conn((LibpqLink *) head);

	return conn ? PQparameterStatus(conn, name) : NULL;
}

static void
link_release_conn(void *handle)
{
	PQfinish((PGconn *) handle);
	ReleaseExternalFD();
}

static void
link_reset_callback(void *arg)
{
	LibpqLink *link = (LibpqLink *) arg;

	/* The guard's own callback releases the connection, before or after us. */
	link_close(&link->head);
}

static bool
setting_is_on(const char *value)
{
	return value != NULL && (strcmp(value, "on") == 0 || strcmp(value, "true") == 0 ||
							 strcmp(value, "1") == 0);
}

/* In the helper thread. */
static void
cancel_run(void *arg)
{
	CancelJob *job = (CancelJob *) arg;

	job->accepted = PQcancel(job->cancel, job->message, sizeof(job->message)) == 1;
}

static void
cancel_destroy(void *arg)
{
	CancelJob *job = (CancelJob *) arg;

	if (job->cancel != NULL)
		PQfreeCancel(job->cancel);
	free(job);
}

const GwTransport gw_transport_libpq = {
	.name = "libpq",
	.concurrent_runs = false,
	.create = link_create,
	.connect = link_connect,
	.start = libpq_start,
	.next = libpq_next,
	.copy_start = libpq_copyin_start,
	.copy_send = libpq_copyin_send,
	.copy_end = libpq_copyin_end,
	.finish = libpq_finish,
	.cancel = link_cancel,
	.drain = libpq_drain,
	.undo_send = libpq_undo_send,
	.undo_wait = libpq_undo_wait,
	.close = link_close,
	.state = link_state,
	.alive = link_alive,
	.socket = link_socket,
	.server_version = link_server_version,
	.parameter = link_parameter,
};
