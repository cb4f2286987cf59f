/*
 * gw_transport_odbc_worker.c
 *	  The worker that alone calls an ODBC driver, and its one job at a time.
 *
 * Here is the one that is a thread; gw_transport_odbc_process.c has the one that
 * is a process.  Does not know what the jobs are.  A worker belongs to its backend
 * until that lets go, and then to its thread, which disconnects, frees everything
 * and ends as soon as the driver lets it.  A driver that never comes back keeps
 * its thread; then the process ends without the libraries' exit handlers
 * (gw_thread.h).
 */
#include "postgres.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "storage/fd.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "transport/gw_transport_odbc.h"

/* Workers whose threads still run, in the backend's hands or not. */
static pthread_mutex_t worker_list_mutex = PTHREAD_MUTEX_INITIALIZER;
static OdbcWorker *worker_list = NULL;
static bool worker_exit_registered = false;

static void
worker_enlist(OdbcWorker *worker)
{
	pthread_mutex_lock(&worker_list_mutex);
	worker->next = worker_list;
	worker_list = worker;
	pthread_mutex_unlock(&worker_list_mutex);
}

static void
worker_delist(OdbcWorker *worker)
{
	OdbcWorker **at = &worker_list;

	pthread_mutex_lock(&worker_list_mutex);
	while (*at != NULL && *at != worker)
		at = &(*at)->next;
	if (*at != NULL)
		*at = worker->next;
	pthread_mutex_unlock(&worker_list_mutex);
}

/* Everything but the lock that a worker holds is freed by whoever is last. */
static void
worker_free(OdbcWorker *worker)
{
	int i;

	odbc_job_clear(&worker->job);
	odbc_result_clear(&worker->result);
	odbc_rows_free(worker->rows);
	for (i = 0; i < worker->ninits; i++)
	{
		free(worker->inits[i].dbms);
		free(worker->inits[i].sql);
	}
	free(worker->connection);
	free(worker->commit);
	free(worker->rollback);
	free(worker->token);
	free(worker->file_variable);
	free(worker->file_text);
	pthread_cond_destroy(&worker->wake);
	pthread_mutex_destroy(&worker->mutex);
	free(worker);
}

/* A helper may be in SQLCancel on the statement: it comes back soon. */
static void
worker_await_cancel(OdbcWorker *worker)
{
	while (worker->cancelling)
		pthread_cond_wait(&worker->wake, &worker->mutex);
}

/* The thread: malloc'd memory, the driver, and plain system calls. */
static void *
worker_main(void *arg)
{
	OdbcWorker *worker = arg;

	pthread_mutex_lock(&worker->mutex);
	for (;;)
	{
		while (!worker->busy && !worker->quit)
			pthread_cond_wait(&worker->wake, &worker->mutex);
		if (worker->quit)
			break;
		pthread_mutex_unlock(&worker->mutex);
		odbc_do(worker);
		pthread_mutex_lock(&worker->mutex);
		worker_await_cancel(worker);
		worker->busy = false;
		if (!worker->quit)
		{
			uint64 one = 1;
			ssize_t written = write(worker->done_fd, &one, sizeof(one));

			(void) written; /* cannot fail: the counter is small */
		}
	}
	worker_await_cancel(worker);
	pthread_mutex_unlock(&worker->mutex);
	odbc_do_disconnect(worker);
	worker_delist(worker);
	worker_free(worker);
	gw_thread_ended();
	return NULL;
}

static void
worker_quit(OdbcWorker *worker)
{
	pthread_mutex_lock(&worker->mutex);
	worker->quit = true;
	pthread_cond_broadcast(&worker->wake);
	pthread_mutex_unlock(&worker->mutex);
}

/* The process ends: let every worker disconnect. */
static void
worker_at_exit(int code, Datum arg)
{
	pthread_mutex_lock(&worker_list_mutex);
	for (OdbcWorker *worker = worker_list; worker != NULL; worker = worker->next)
		worker_quit(worker);
	pthread_mutex_unlock(&worker_list_mutex);
}

static GwStatus
worker_start(OdbcWorker *worker, GwError *err)
{
	int rc;

	gw_thread_guard_exit();
	if (!worker_exit_registered)
	{
		on_proc_exit(worker_at_exit, 0);
		worker_exit_registered = true;
	}
	worker->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	worker_enlist(worker);
	rc = worker->done_fd < 0 ? errno
							 : gw_thread_spawn(ODBC_STACK_BYTES, NULL, worker_main, worker);
	if (rc == 0)
		return GW_OK;
	worker_delist(worker);
	if (worker->done_fd >= 0)
		close(worker->done_fd);
	return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_INSUFFICIENT_RESOURCES,
						"could not start a thread for the driver: %s", strerror(rc));
}

OdbcWorker *
odbc_worker_create(bool process, GwError *err)
{
	OdbcWorker *worker;
	GwStatus status;

	/* One descriptor is ours, one the driver's. */
	if (!AcquireExternalFD())
	{
		gw_transport_no_descriptor(err);
		return NULL;
	}
	ReserveExternalFD();
	worker = calloc(1, sizeof(OdbcWorker));
	if (worker == NULL)
	{
		ReleaseExternalFD();
		ReleaseExternalFD();
		gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&worker->mutex, NULL);
	pthread_cond_init(&worker->wake, NULL);
	status = process ? odbc_process_start(worker, err) : worker_start(worker, err);
	if (status == GW_OK)
		return worker;
	worker_free(worker);
	ReleaseExternalFD();
	ReleaseExternalFD();
	return NULL;
}

void
odbc_worker_submit(OdbcWorker *worker)
{
	if (worker->process != NULL)
	{
		odbc_process_submit(worker);
		return;
	}
	pthread_mutex_lock(&worker->mutex);
	Assert(!worker->busy);
	worker->busy = true;
	pthread_cond_broadcast(&worker->wake);
	pthread_mutex_unlock(&worker->mutex);
}

bool
odbc_worker_busy(OdbcWorker *worker)
{
	bool busy;
	uint64 count;

	if (worker->process != NULL)
		return odbc_process_busy(worker);
	pthread_mutex_lock(&worker->mutex);
	busy = worker->busy;
	if (!busy)
	{
		ssize_t got = read(worker->done_fd, &count, sizeof(count));

		(void) got; /* nothing there: it was read before */
	}
	pthread_mutex_unlock(&worker->mutex);
	return busy;
}

int
odbc_worker_events(const OdbcWorker *worker)
{
	return worker->process ? odbc_process_events(worker) : WL_SOCKET_READABLE;
}

bool
odbc_worker_sending(const OdbcWorker *worker)
{
	return (odbc_worker_events(worker) & WL_SOCKET_WRITEABLE) != 0;
}

void
odbc_worker_release(void *arg)
{
	OdbcWorker *worker = arg;

	if (worker->process != NULL)
	{
		odbc_process_release(worker);
		worker_free(worker);
	}
	else
	{
		pthread_mutex_lock(&worker->mutex);
		worker->quit = true;
		close(worker->done_fd);
		pthread_cond_broadcast(&worker->wake);
		pthread_mutex_unlock(&worker->mutex);
	}
	ReleaseExternalFD();
	ReleaseExternalFD();
}

/* ---- SQLCancel, in a helper thread: some drivers connect for it ---- */

static void
cancel_run(void *arg)
{
	OdbcWorker *worker = arg;

	(void) SQLCancel(worker->stmt);
	pthread_mutex_lock(&worker->mutex);
	worker->cancelling = false;
	pthread_cond_broadcast(&worker->wake);
	pthread_mutex_unlock(&worker->mutex);
}

/* The worker outlives the call: it waits for cancelling to be over. */
static void
cancel_destroy(void *arg)
{
}

GwStatus
odbc_worker_cancel(OdbcWorker *worker, GwThreadCall **call, GwError *err)
{
	bool due;

	*call = NULL;
	if (worker->process != NULL)
	{
		odbc_process_cancel(worker);
		return GW_OK;
	}
	pthread_mutex_lock(&worker->mutex);
	due = worker->busy && worker->stmt != SQL_NULL_HSTMT && !worker->cancelling &&
		odbc_worker_cancellable(worker);
	worker->cancelling = worker->cancelling || due;
	pthread_mutex_unlock(&worker->mutex);
	if (!due)
		return GW_OK;
	*call = gw_thread_start(GW_THREAD_ENDS_ITSELF, cancel_run, cancel_destroy, worker, err);
	if (*call != NULL)
		return GW_OK;
	pthread_mutex_lock(&worker->mutex);
	worker->cancelling = false;
	pthread_cond_broadcast(&worker->wake);
	pthread_mutex_unlock(&worker->mutex);
	return GW_FAILED;
}
