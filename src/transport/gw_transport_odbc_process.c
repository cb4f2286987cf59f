/*
 * gw_transport_odbc_process.c
 *	  A worker whose driver runs in a process of its own, the backend's side.
 *
 * Keeps the OdbcWorker of the backend as the mirror of the process's: a job goes
 * out over a socket, and what comes back is put where a thread would have left
 * it.  A driver that crashes ends its process and not the server; one that does
 * not come back is killed, or left to its cancel for a moment.  Nothing here
 * waits: whoever does watches the socket and calls odbc_process_busy().  Belongs
 * to the worker, malloc'd.
 */
#include "postgres.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "transport/gw_transport_odbc.h"

extern char **environ;

/* Beside the module in PostgreSQL's directory of libraries. */
#define PROCESS_PROGRAM "warehouse_gw_odbc"

/* As much of an answer may wait in the kernel as the system allows. */
#define PROCESS_SOCKET_BYTES (1024 * 1024)

/* Ended, or about to; the system keeps what they have to say until we ask. */
#define PROCESS_MAX_LEFT 64
static pid_t process_left[PROCESS_MAX_LEFT];
static int process_nleft = 0;

struct OdbcProcess
{
	pid_t pid;
	int fd;
	bool gone;	 /* the other end is closed */
	bool told;	 /* to cancel the job at hand */
	OdbcText out; /* what is still to be sent, from sent on */
	size_t sent;
	OdbcText in; /* a frame that has begun to come; without its head */
	OdbcFrameHead head;
	size_t head_bytes; /* of the head that have come */
};

/* ---- processes ---- */

/* Ask after those that were let go, without waiting. */
static void
process_reap(void)
{
	int n = 0;
	int i;

	for (i = 0; i < process_nleft; i++)
	{
		if (waitpid(process_left[i], NULL, WNOHANG) == 0)
			process_left[n++] = process_left[i];
	}
	process_nleft = n;
}

static void
process_leave(pid_t pid)
{
	process_reap();
	if (process_nleft < PROCESS_MAX_LEFT)
		process_left[process_nleft++] = pid;
	process_reap();
}

/* Signals as a new program has them, and a group that the server's do not reach. */
static int
process_spawn(const char *program, int socket, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char layout[32];
	char *argv[] = {PROCESS_PROGRAM, layout, NULL};
	sigset_t none, all;
	int rc;

	snprintf(layout, sizeof(layout), "%zu", odbc_frame_layout());
	sigemptyset(&none);
	sigfillset(&all);
	rc = posix_spawn_file_actions_init(&actions);
	if (rc != 0)
		return rc;
	rc = posix_spawnattr_init(&attributes);
	if (rc == 0)
	{
		posix_spawn_file_actions_adddup2(&actions, socket, ODBC_HELPER_FD);
		posix_spawnattr_setsigmask(&attributes, &none);
		posix_spawnattr_setsigdefault(&attributes, &all);
		posix_spawnattr_setpgroup(&attributes, 0);
		posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
												  POSIX_SPAWN_SETPGROUP);
		rc = posix_spawn(pid, program, &actions, &attributes, argv, environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

GwStatus
odbc_process_start(OdbcWorker *worker, GwError *err)
{
	OdbcProcess *process = calloc(1, sizeof(OdbcProcess));
	int bytes = PROCESS_SOCKET_BYTES;
	char program[MAXPGPATH];
	int ends[2];
	int rc;

	if (process == NULL)
		return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
	process_reap();
	snprintf(program, sizeof(program), "%s/%s", pkglib_path, PROCESS_PROGRAM);
	rc = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 ? errno : 0;
	if (rc == 0)
	{
		(void) setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
		(void) setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
		rc = process_spawn(program, ends[1], &process->pid);
		close(ends[1]);
		if (rc != 0)
			close(ends[0]);
	}
	if (rc != 0)
	{
		free(process);
		gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_INSUFFICIENT_RESOURCES,
					 "could not start the process for the ODBC driver: %s", strerror(rc));
		gw_error_detail(err, "The program is \"%s\".", program);
		if (rc == ENOENT)
			gw_error_hint(err, "\"make install\" puts it there.");
		return GW_FAILED;
	}
	process->fd = ends[0];
	worker->process = process;
	worker->done_fd = ends[0];
	return GW_OK;
}

/* The other end is closed: what has become of the process? */
static void
process_lost(OdbcWorker *worker)
{
	OdbcProcess *process = worker->process;
	int status = 0;

	process->gone = true;
	worker->busy = false;
	/* Its files are closed, so it is at its end; should it not be, it is now. */
	(void) kill(process->pid, SIGKILL);
	if (waitpid(process->pid, &status, 0) != process->pid)
		status = 0;
	process->pid = 0;
	memset(&worker->outcome, 0, sizeof(OdbcOutcome));
	worker->outcome.fault = ODBC_FAULT_PROCESS;
	worker->outcome.column = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* ---- the socket ---- */

/* Is the answer an end, or only not there yet? */
static bool
process_again(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void
process_send(OdbcWorker *worker)
{
	OdbcProcess *process = worker->process;

	while (process->sent < process->out.len)
	{
		ssize_t n = send(process->fd, process->out.data + process->sent,
						 process->out.len - process->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && process_again())
			return;
		if (n < 0)
		{
			process_lost(worker);
			return;
		}
		process->sent += n;
	}
	/* Values and statements may be long: they are not kept. */
	odbc_text_free(&process->out);
	process->sent = 0;
}

/* Read on; true: a whole frame is there. */
static bool
process_receive(OdbcWorker *worker)
{
	OdbcProcess *process = worker->process;

	for (;;)
	{
		bool in_head = process->head_bytes < sizeof(OdbcFrameHead);
		size_t wanted;
		char *to;
		ssize_t n;

		if (in_head)
		{
			to = (char *) &process->head + process->head_bytes;
			wanted = sizeof(OdbcFrameHead) - process->head_bytes;
		}
		else
		{
			wanted = process->head.bytes - process->in.len;
			if (wanted == 0)
				return true;
			if (!odbc_text_reserve(&process->in, wanted))
				break;
			to = process->in.data + process->in.len;
		}
		n = recv(process->fd, to, wanted, MSG_DONTWAIT);
		if (n < 0 && process_again())
			return false;
		if (n <= 0)
			break;
		if (in_head)
			process->head_bytes += n;
		else
			process->in.len += n;
	}
	process_lost(worker);
	return false;
}

void
odbc_process_submit(OdbcWorker *worker)
{
	OdbcProcess *process = worker->process;

	worker->busy = true;
	process->told = false;
	odbc_frame_put_job(&process->out, worker);
	if (process->gone || process->out.failed)
	{
		memset(&worker->outcome, 0, sizeof(OdbcOutcome));
		worker->outcome.fault = process->gone ? ODBC_FAULT_PROCESS : ODBC_FAULT_MEMORY;
		worker->busy = false;
		odbc_text_free(&process->out);
		process->sent = 0;
		return;
	}
	process_send(worker);
}

bool
odbc_process_busy(OdbcWorker *worker)
{
	OdbcProcess *process = worker->process;

	if (!worker->busy)
		return false;
	process_send(worker);
	if (worker->busy && process_receive(worker))
	{
		worker->busy = false;
		if (!odbc_frame_get_done(worker, &process->in))
		{
			memset(&worker->outcome, 0, sizeof(OdbcOutcome));
			worker->outcome.fault = ODBC_FAULT_MEMORY;
		}
		odbc_text_free(&process->in);
		process->head_bytes = 0;
	}
	return worker->busy;
}

int
odbc_process_events(const OdbcWorker *worker)
{
	return WL_SOCKET_READABLE | (worker->process->out.len > 0 ? WL_SOCKET_WRITEABLE : 0);
}

/* A few bytes, behind whatever is still on its way. */
void
odbc_process_cancel(OdbcWorker *worker)
{
	if (!worker->busy || worker->process->gone)
		return;
	worker->process->told = true;
	odbc_frame_end(&worker->process->out,
				   odbc_frame_begin(&worker->process->out, ODBC_FRAME_CANCEL), 0);
	process_send(worker);
}

/*
 * A process at rest takes its leave of the remote; one that is not is killed.  But a
 * driver that cancels may connect for that, and what it was to end would go on there:
 * it has the time of one whose backend has gone.
 */
void
odbc_process_release(OdbcWorker *worker)
{
	OdbcProcess *process = worker->process;

	if (process->pid != 0)
	{
		if (worker->busy)
			(void) kill(process->pid, process->told ? ODBC_HELPER_ORPHANED : SIGKILL);
		process_leave(process->pid);
	}
	close(process->fd);
	odbc_text_free(&process->out);
	odbc_text_free(&process->in);
	free(process);
	worker->process = NULL;
}
