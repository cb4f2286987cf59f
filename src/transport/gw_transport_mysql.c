/*
 * gw_transport_mysql.c
 *	  Connections over the MySQL protocol: connect, cancel, close, and the table.
 *
 * Knows no SQL but KILL and no platform.  A link and all it owns live in the
 * link's own memory context; deleting that context closes the connection.
 * What blocks runs in a helper thread (gw_transport_mysql_connect.c), statements
 * are in gw_transport_mysql_run.c.
 */
#include "postgres.h"

#include <sys/socket.h>

#include "mb/pg_wchar.h"
#include "storage/fd.h"
#include "transport/gw_transport_mysql.h"

static void link_release_conn(void *handle);
static void link_reset_callback(void *arg);
static void link_close(GwLink *head);
static GwStatus link_connected(MysqlLink *link, GwError *err);

static GwStatus
link_create(MemoryContext parent, const GwSetting *settings, int nsettings, GwLink **result,
			GwError *err)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "gw mysql link", ALLOCSET_SMALL_SIZES);
	MysqlLink *link = MemoryContextAllocZero(cxt, sizeof(MysqlLink));

	link->head.transport = &gw_transport_mysql;
	link->head.cxt = cxt;
	link->names = MemoryContextAllocZero(cxt, Max(nsettings, 1) * sizeof(char *));
	link->values = MemoryContextAllocZero(cxt, Max(nsettings, 1) * sizeof(char *));
	for (int i = 0; i < nsettings; i++)
	{
		link->names[i] = MemoryContextStrdup(cxt, settings[i].name);
		link->values[i] = MemoryContextStrdup(cxt, settings[i].value);
		link->nsettings++;
		if (strcmp(settings[i].name, "zero_dates") == 0)
			link->zero_dates = strcmp(settings[i].value, "null") == 0	? MYSQL_ZERO_NULL
							   : strcmp(settings[i].value, "text") == 0 ? MYSQL_ZERO_TEXT
																		: MYSQL_ZERO_ERROR;
	}
	link->converts = GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_SQL_ASCII;
	link->cxt = AllocSetContextCreate(cxt, "gw mysql statement", ALLOCSET_SMALL_SIZES);
	link->conn = gw_guard_create(cxt, link_release_conn);
	link->waiter = gw_waiter_create(cxt);
	gw_guard_on_reset(cxt, link_reset_callback, link);
	*result = &link->head;
	return GW_OK;
}

static GwStatus
link_connect(GwLink *head, GwDeadline deadline, GwError *err)
{
	MysqlLink *link = (MysqlLink *) head;
	GwStatus status;

	if (link->broken)
		return gw_mysql_error_lost(link, err);
	if (link->ready)
		return GW_OK;
	if (link->connecting == NULL)
	{
		MysqlJob *job;

		if (gw_mysql_library_begin(err) != GW_OK)
			return GW_FAILED;
		if (!link->fd_held && !AcquireExternalFD())
			return gw_transport_no_descriptor(err);
		link->fd_held = true;
		job = gw_mysql_job_create(link, 0);
		if (job == NULL)
			return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
		/* From here on the call owns the job, also when it cannot start. */
		link->connecting = gw_thread_start(GW_THREAD_ENDS_ITSELF, gw_mysql_job_run,
										   gw_mysql_job_destroy, job, err);
		if (link->connecting == NULL)
			return GW_FAILED;
	}
	status = gw_thread_wait(link->connecting, deadline, GW_WAIT_NORMAL);
	if (status == GW_INTERRUPTED)
		return status;
	if (status == GW_OK)
		status = link_connected(link, err);
	else
	{
		link->broken = true;
		status = gw_transport_no_connection(err);
	}
	gw_thread_release(link->connecting);
	link->connecting = NULL;
	return status;
}

/* The job is done: take its connection over, or its reason why there is none. */
static GwStatus
link_connected(MysqlLink *link, GwError *err)
{
	MysqlJob *job = (MysqlJob *) gw_thread_arg(link->connecting);
	MYSQL *mysql = job->mysql;

	if (job->error != 0)
	{
		link->broken = true;
		(void) gw_mysql_error_set(err, job->error, job->sqlstate, job->message);
		/* Lost on the way in: there was no connection yet. */
		if (err->sqlstate == ERRCODE_CONNECTION_FAILURE)
			err->sqlstate = ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION;
		gw_error_prefix(err, "could not connect: ");
		return GW_FAILED;
	}
	job->mysql = NULL;
	gw_guard_put(link->conn, mysql);
	link->fd_held = false; /* the guard's now */
	if (gw_mysql_call_open(link, err) != GW_OK)
	{
		link->broken = true;
		return GW_FAILED;
	}
	link->ready = true;
	return GW_OK;
}

GwStatus
gw_mysql_link_cancel(GwLink *head, GwDeadline deadline, GwWaitMode mode, GwError *err)
{
	MysqlLink *link = (MysqlLink *) head;
	GwStatus status;
	MysqlJob *job;

	if (link->killing == NULL)
	{
		if (gw_mysql_of(link) == NULL || !link->ready)
			return GW_OK;
		job = gw_mysql_job_create(link, mysql_thread_id(gw_mysql_of(link)));
		if (job == NULL)
			return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
		link->killing = gw_thread_start(GW_THREAD_ENDS_ITSELF, gw_mysql_job_run,
										gw_mysql_job_destroy, job, err);
		if (link->killing == NULL)
			return GW_FAILED;
		link->stopped = true;
	}
	status = gw_thread_wait(link->killing, deadline, mode);
	if (status == GW_INTERRUPTED)
		return status;
	if (status == GW_OK)
	{
		job = (MysqlJob *) gw_thread_arg(link->killing);
		if (job->error != 0)
			status = gw_mysql_error_set(err, job->error, job->sqlstate, job->message);
	}
	else
		status = gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
							  "could not stop the remote statement in time");
	/* One that is late goes on by itself. */
	gw_thread_release(link->killing);
	link->killing = NULL;
	return status;
}

/*
 * The socket is shut first, so that nothing the library still wants to say or
 * hear can wait; what is left of the statement must not look for it afterwards.
 */
static void
link_close(GwLink *head)
{
	MysqlLink *link = (MysqlLink *) head;
	MYSQL *mysql = gw_mysql_of(link);

	if (link->connecting != NULL)
		gw_thread_release(link->connecting);
	if (link->killing != NULL)
		gw_thread_release(link->killing);
	link->connecting = link->killing = NULL;
	gw_waiter_forget(link->waiter);
	if (mysql != NULL)
	{
		if (link->stage != MYSQL_STAGE_NONE || link->broken)
			(void) shutdown(mysql_get_socket(mysql), SHUT_RDWR);
		gw_mysql_call_close(link);
		if (link->rows != NULL)
			link->rows->handle = NULL;
		gw_guard_release(link->conn);
		gw_mysql_end(link);
		gw_mysql_forget_statements(link);
	}
	if (link->fd_held)
		ReleaseExternalFD();
	link->fd_held = false;
	link->broken = true;
	if (link->run != NULL)
		link->run->head.link = NULL;
	link->run = NULL;
}

static GwLinkState
link_state(GwLink *head)
{
	MysqlLink *link = (MysqlLink *) head;
	MYSQL *mysql = gw_mysql_of(link);

	if (mysql == NULL || link->broken || !link->ready)
		return GW_LINK_BROKEN;
	if (link->stage != MYSQL_STAGE_NONE)
		return GW_LINK_BUSY;
	return (mysql->server_status & SERVER_STATUS_IN_TRANS) ? GW_LINK_IN_XACT : GW_LINK_IDLE;
}

/* An idle server says nothing, unless it is about to close. */
static bool
link_alive(GwLink *head)
{
	MysqlLink *link = (MysqlLink *) head;
	MYSQL *mysql = gw_mysql_of(link);
	char byte;
	ssize_t n;

	if (mysql == NULL || link->broken)
		return false;
	if (link->stage != MYSQL_STAGE_NONE)
		return true;
	n = recv(mysql_get_socket(mysql), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return true;
	link->broken = true;
	return false;
}

static int
link_server_version(GwLink *head)
{
	MYSQL *mysql = gw_mysql_of((MysqlLink *) head);

	return mysql ? (int) mysql_get_server_version(mysql) : 0;
}

static pgsocket
link_socket(GwLink *head)
{
	MysqlLink *link = (MysqlLink *) head;
	MYSQL *mysql = gw_mysql_of(link);

	return mysql != NULL && !link->broken ? (pgsocket) mysql_get_socket(mysql) : PGINVALID_SOCKET;
}

static void
link_release_conn(void *handle)
{
	mysql_close((MYSQL *) handle);
	ReleaseExternalFD();
}

static void
link_reset_callback(void *arg)
{
	MysqlLink *link = (MysqlLink *) arg;

	/* Below us everything is gone already. */
	link->cxt = NULL;
	link_close(&link->head);
}

const GwTransport gw_transport_mysql = {
	.name = "mysql",
	.concurrent_runs = false,
	.create = link_create,
	.connect = link_connect,
	.start = gw_mysql_run_start,
	.next = gw_mysql_run_next,
	.finish = gw_mysql_run_finish,
	.cancel = gw_mysql_link_cancel,
	.drain = gw_mysql_run_drain,
	.undo_send = gw_mysql_undo_send,
	.undo_wait = gw_mysql_undo_wait,
	.close = link_close,
	.state = link_state,
	.alive = link_alive,
	.socket = link_socket,
	.server_version = link_server_version,
};
