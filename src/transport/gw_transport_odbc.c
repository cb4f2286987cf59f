/*
 * gw_transport_odbc.c
 *	  Connections over ODBC: connect, cancel, close, and the transport table.
 *
 * Knows no SQL and no vendor.  The driver is called by the connection's worker
 * only (gw_transport_odbc_worker.c, a thread or a process); this side hands it
 * jobs and waits for them.
 * A link and what it owns live in the link's own memory context; deleting
 * that lets go of the worker, which then disconnects by itself.
 */
#include "postgres.h"

#include <locale.h>
#include <signal.h>
#include <stdlib.h>

#include "mb/pg_wchar.h"
#include "lib/stringinfo.h"
#include "storage/latch.h"
#include "transport/gw_transport_odbc.h"
#include "utils/memutils.h"

/* Settings for this file; the others are the connection string's keywords. */
#define SETTING_PREFIX "gw_"
#define SETTING_TIMEOUT "gw_login_timeout"
#define SETTING_INIT "gw_init:" /* and the source's name */
#define SETTING_COMMIT "gw_commit"
#define SETTING_ROLLBACK "gw_rollback"
#define SETTING_TEXT_PARAMS "gw_text_params"
#define SETTING_TOKEN "gw_access_token"
#define SETTING_UTF8 "gw_utf8"
#define SETTING_SINGLE_BRACES "gw_single_braces"
#define SETTING_CANCEL_FETCH "gw_cancel_fetch"
#define SETTING_ISOLATION "gw_driver_isolation"
#define SETTING_STAYS_TLS "gw_stays_tls"
#define SETTING_FILE "gw_file:" /* and the variable of the environment that names it */

static void link_reset_callback(void *arg);
static void link_close(GwLink *head);
static void process_restore(OdbcLink *link);

/* ---- the connection string ---- */

/*
 * A value that could be read otherwise stands in braces.  A brace in it is
 * doubled, but for drivers that read up to the next "};" and take all as it is.
 */
static GwStatus
link_keyword(StringInfo buf, const char *name, const char *value, bool single, GwError *err)
{
	const char *p;
	bool plain = pg_strcasecmp(name, "DRIVER") != 0 && value[0] != ' ' &&
		value[strcspn(value, "[]{}(),;?*=!@")] == '\0' &&
		(value[0] == '\0' || value[strlen(value) - 1] != ' ');

	if (single && !plain && strstr(value, "};") != NULL)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"this driver cannot be told a value of \"%s\" that holds \"};\"",
							name);
	appendStringInfo(buf, "%s=%s", name, plain ? "" : "{");
	for (p = value; *p != '\0'; p++)
	{
		if (*p == '}' && !plain && !single)
			appendStringInfoChar(buf, '}');
		appendStringInfoChar(buf, *p);
	}
	appendStringInfoString(buf, plain ? ";" : "};");
	return GW_OK;
}

static bool
link_single_braces(const GwSetting *settings, int nsettings)
{
	int i;

	for (i = 0; i < nsettings; i++)
		if (strcmp(settings[i].name, SETTING_SINGLE_BRACES) == 0)
			return strcmp(settings[i].value, "on") == 0;
	return false;
}

static GwStatus
link_create(MemoryContext parent, const GwSetting *settings, int nsettings, GwLink **result,
			GwError *err)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "gw odbc link", ALLOCSET_SMALL_SIZES);
	OdbcLink *link = MemoryContextAllocZero(cxt, sizeof(OdbcLink));
	MemoryContext old = MemoryContextSwitchTo(cxt);
	StringInfoData connection;
	bool single = link_single_braces(settings, nsettings);
	int i;

	link->head.transport = &gw_transport_odbc;
	link->head.cxt = cxt;
	link->worker = gw_guard_create(cxt, odbc_worker_release);
	link->waiter = gw_waiter_create(cxt);
	gw_guard_on_reset(cxt, link_reset_callback, link);
	link->settings = palloc0(Max(nsettings, 1) * sizeof(GwSetting));
	initStringInfo(&connection);
	for (i = 0; i < nsettings; i++)
	{
		if (strncmp(settings[i].name, SETTING_PREFIX, strlen(SETTING_PREFIX)) == 0)
		{
			link->settings[link->nsettings].name = pstrdup(settings[i].name);
			link->settings[link->nsettings++].value = pstrdup(settings[i].value);
		}
		else if (link_keyword(&connection, settings[i].name, settings[i].value, single, err) !=
				 GW_OK)
		{
			MemoryContextSwitchTo(old);
			MemoryContextDelete(cxt);
			return GW_FAILED;
		}
	}
	link->connection = connection.data;
	MemoryContextSwitchTo(old);
	*result = &link->head;
	return GW_OK;
}

/* ---- connecting ---- */

/* Drivers change the locale of the process and what it does on SIGPIPE. */
static void
process_save(OdbcLink *link)
{
	link->locale = MemoryContextStrdup(link->head.cxt, setlocale(LC_ALL, NULL));
	(void) sigaction(SIGPIPE, NULL, &link->pipe);
}

static void
process_restore(OdbcLink *link)
{
	if (link->locale == NULL)
		return;
	(void) setlocale(LC_ALL, link->locale);
	(void) sigaction(SIGPIPE, &link->pipe, NULL);
	link->locale = NULL;
}

/* A text for the worker; NULL: no memory. */
static SQLWCHAR *
connect_text(const char *text)
{
	return odbc_utf16(odbc_to_utf8(text), NULL);
}

static bool
connect_setting(OdbcLink *link, OdbcWorker *worker, const GwSetting *setting)
{
	if (strcmp(setting->name, SETTING_TIMEOUT) == 0)
		worker->login_timeout = (SQLULEN) atoi(setting->value);
	else if (strcmp(setting->name, SETTING_COMMIT) == 0)
		return (worker->commit = connect_text(setting->value)) != NULL;
	else if (strcmp(setting->name, SETTING_ROLLBACK) == 0)
		return (worker->rollback = connect_text(setting->value)) != NULL;
	else if (strcmp(setting->name, SETTING_UTF8) == 0)
		worker->utf8 = strcmp(setting->value, "on") == 0;
	else if (strcmp(setting->name, SETTING_CANCEL_FETCH) == 0)
		worker->no_cancel_fetch = strcmp(setting->value, "off") == 0;
	else if (strcmp(setting->name, SETTING_TOKEN) == 0)
	{
		worker->token = odbc_utf16(odbc_to_utf8(setting->value), &worker->token_units);
		return worker->token != NULL;
	}
	else if (strcmp(setting->name, SETTING_STAYS_TLS) == 0)
		worker->stays_tls = strcmp(setting->value, "on") == 0;
	else if (strncmp(setting->name, SETTING_FILE, strlen(SETTING_FILE)) == 0)
	{
		worker->file_variable = strdup(setting->name + strlen(SETTING_FILE));
		worker->file_text = strdup(setting->value);
		return worker->file_variable != NULL && worker->file_text != NULL;
	}
	else if (strcmp(setting->name, SETTING_TEXT_PARAMS) == 0)
		link->text_params = strcmp(setting->value, "on") == 0;
	else if (strncmp(setting->name, SETTING_INIT, strlen(SETTING_INIT)) == 0 &&
			 worker->ninits < ODBC_MAX_INITS)
	{
		OdbcInit *init = &worker->inits[worker->ninits];

		init->dbms = strdup(setting->name + strlen(SETTING_INIT));
		init->sql = connect_text(setting->value);
		worker->ninits++;
		return init->dbms != NULL && init->sql != NULL;
	}
	return true;
}

static bool
connect_in_process(const OdbcLink *link)
{
	int i;

	for (i = 0; i < link->nsettings; i++)
		if (strcmp(link->settings[i].name, SETTING_ISOLATION) == 0)
			return strcmp(link->settings[i].value, "process") == 0;
	return false;
}

static GwStatus
connect_begin(OdbcLink *link, GwError *err)
{
	bool process = connect_in_process(link);
	OdbcWorker *worker = odbc_worker_create(process, err);
	bool good;
	int i;

	if (worker == NULL)
		return GW_FAILED;
	gw_guard_put(link->worker, worker);
	worker->connection = connect_text(link->connection);
	good = worker->connection != NULL;
	for (i = 0; good && i < link->nsettings; i++)
		good = connect_setting(link, worker, &link->settings[i]);
	if (!good)
		return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
	if (!process)
		process_save(link);
	worker->job.kind = ODBC_JOB_CONNECT;
	link->submitted = true;
	odbc_worker_submit(worker);
	return GW_OK;
}

static GwStatus
link_connect(GwLink *head, GwDeadline deadline, GwError *err)
{
	OdbcLink *link = (OdbcLink *) head;
	GwStatus status;

	if (link->broken)
		return odbc_error_lost(link, err);
	if (link->ready)
		return GW_OK;
	if (!link->submitted && connect_begin(link, err) != GW_OK)
	{
		link->broken = true;
		return GW_FAILED;
	}
	status = odbc_wait(link, deadline, GW_WAIT_NORMAL, err);
	if (status == GW_INTERRUPTED)
		return status;
	process_restore(link);
	if (status != GW_OK)
	{
		link->broken = true;
		return gw_transport_no_connection(err);
	}
	status = odbc_error(link, odbc_worker(link), err);
	link->ready = status == GW_OK;
	link->broken = !link->ready;
	return status;
}

GwStatus
odbc_wait(OdbcLink *link, GwDeadline deadline, GwWaitMode mode, GwError *err)
{
	OdbcWorker *worker = odbc_worker(link);

	if (worker == NULL)
		return odbc_error_lost(link, err);
	while (odbc_worker_busy(worker))
	{
		GwStatus status =
			gw_wait_with(link->waiter, worker->done_fd, odbc_worker_events(worker), deadline,
						 mode);

		if (status == GW_INTERRUPTED)
			return status;
		if (status != GW_OK)
			return gw_transport_no_answer(err);
	}
	return GW_OK;
}

/* ---- cancel and close ---- */

static GwStatus
link_cancel(GwLink *head, GwDeadline deadline, GwWaitMode mode, GwError *err)
{
	OdbcLink *link = (OdbcLink *) head;
	GwStatus status;

	if (link->cancelling == NULL)
	{
		if (odbc_worker(link) == NULL || !link->ready)
			return GW_OK;
		/* Whatever the driver says of the statement from here on. */
		link->cancelled = link->busy;
		if (odbc_worker_cancel(odbc_worker(link), &link->cancelling, err) != GW_OK)
			return GW_FAILED;
		if (link->cancelling == NULL)
			return GW_OK;
	}
	status = gw_thread_wait(link->cancelling, deadline, mode);
	if (status == GW_INTERRUPTED)
		return status;
	if (status != GW_OK)
		status = gw_transport_no_cancel(err);
	gw_thread_release(link->cancelling);
	link->cancelling = NULL;
	return status;
}

static void
link_close(GwLink *head)
{
	OdbcLink *link = (OdbcLink *) head;

	if (link->cancelling != NULL)
		gw_thread_release(link->cancelling);
	link->cancelling = NULL;
	process_restore(link);
	gw_waiter_forget(link->waiter);
	gw_guard_release(link->worker);
	link->broken = true;
	if (link->run != NULL)
	{
		link->run->link = NULL;
		link->run->head.link = NULL;
	}
	link->run = NULL;
}

static void
link_reset_callback(void *arg)
{
	OdbcLink *link = (OdbcLink *) arg;

	/* The guard's own callback releases the worker, before or after us. */
	link_close(&link->head);
}

/* ---- what is known of a link ---- */

static GwLinkState
link_state(GwLink *head)
{
	OdbcLink *link = (OdbcLink *) head;

	if (odbc_worker(link) == NULL || link->broken || !link->ready)
		return GW_LINK_BROKEN;
	if (link->busy)
		return GW_LINK_BUSY;
	return link->in_xact ? GW_LINK_IN_XACT : GW_LINK_IDLE;
}

static int
link_server_version(GwLink *head)
{
	OdbcLink *link = (OdbcLink *) head;

	return link->ready ? odbc_worker(link)->facts.version_number : 0;
}

static pgsocket
link_socket(GwLink *head)
{
	OdbcLink *link = (OdbcLink *) head;

	return odbc_worker(link) != NULL && link->ready ? odbc_worker(link)->done_fd
													 : PGINVALID_SOCKET;
}

const GwTransport gw_transport_odbc = {
	.name = "odbc",
	.concurrent_runs = false,
	.create = link_create,
	.connect = link_connect,
	.start = odbc_start,
	.next = odbc_next,
	.finish = odbc_finish,
	.cancel = link_cancel,
	.drain = odbc_drain,
	.undo_send = odbc_undo_send,
	.undo_wait = odbc_undo_wait,
	.close = link_close,
	.state = link_state,
	.server_version = link_server_version,
	.socket = link_socket,
};
