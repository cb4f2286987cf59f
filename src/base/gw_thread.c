/*
 * gw_thread.c
 *	  One blocking foreign call in a helper thread, watched with a deadline.
 *
 * Does not cancel threads: a call that outlives its deadline is let go and
 * ends by itself.  The call structure is malloc'd and has two owners, the
 * backend and the thread; the last to leave frees it.  The backend's side is
 * not registered anywhere: callers put the call into a GwGuard whose release
 * is gw_thread_release().
 */
#include "postgres.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/gw_thread.h"
#include "storage/fd.h"
#include "storage/latch.h"

/* Enough for the resolver's plug-ins, little enough to be had under pressure. */
#define THREAD_STACK_BYTES (1024 * 1024)

struct GwThreadCall
{
	pthread_mutex_t mutex; /* protects released and finished */
	void (*run)(void *arg);
	void (*destroy)(void *arg);
	void *arg;
	int done_fd;   /* readable once run() has returned; the backend's */
	bool released; /* the backend has let go */
	bool finished; /* the thread has ended its work */
};

static void
call_free(GwThreadCall *call)
{
	call->destroy(call->arg);
	pthread_mutex_destroy(&call->mutex);
	free(call);
}

/* The helper thread: malloc'd memory and plain system calls only. */
static void *
thread_main(void *arg)
{
	GwThreadCall *call = arg;
	bool last;

	call->run(call->arg);

	pthread_mutex_lock(&call->mutex);
	call->finished = true;
	last = call->released;
	if (!last)
	{
		/* Under the lock: the backend closes the descriptor when it lets go. */
		uint64 one = 1;
		ssize_t written = write(call->done_fd, &one, sizeof(one));

		(void) written; /* cannot fail: the counter was zero */
	}
	pthread_mutex_unlock(&call->mutex);
	if (last)
		call_free(call);
	return NULL;
}

/* Start the detached thread with every signal blocked; an errno or 0. */
static int
call_spawn(GwThreadCall *call)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;
	int rc;

	rc = pthread_attr_init(&attr);
	if (rc != 0)
		return rc;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
	/* The mask is inherited: PostgreSQL's handlers must never run elsewhere. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&thread, &attr, thread_main, call);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return rc;
}

GwThreadCall *
gw_thread_start(void (*run)(void *arg), void (*destroy)(void *arg), void *arg, GwError *err)
{
	GwThreadCall *call;
	int rc;

	if (!AcquireExternalFD())
	{
		destroy(arg);
		gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_INSUFFICIENT_RESOURCES,
					 "out of file descriptors for a helper thread");
		return NULL;
	}

	call = calloc(1, sizeof(GwThreadCall));
	if (call == NULL)
	{
		ReleaseExternalFD();
		destroy(arg);
		gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&call->mutex, NULL);
	call->run = run;
	call->destroy = destroy;
	call->arg = arg;
	call->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rc = call->done_fd < 0 ? errno : call_spawn(call);
	if (rc != 0)
	{
		if (call->done_fd >= 0)
			close(call->done_fd);
		ReleaseExternalFD();
		call_free(call);
		gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_INSUFFICIENT_RESOURCES,
					 "could not start a helper thread: %s", strerror(rc));
		return NULL;
	}
	return call;
}

GwStatus
gw_thread_wait(GwThreadCall *call, GwDeadline deadline, GwWaitMode mode)
{
	/* The counter is never read, so the descriptor stays ready. */
	return gw_wait(call->done_fd, WL_SOCKET_READABLE, deadline, mode);
}

void *
gw_thread_arg(GwThreadCall *call)
{
	return call->arg;
}

void
gw_thread_release(GwThreadCall *call)
{
	bool last;

	pthread_mutex_lock(&call->mutex);
	call->released = true;
	last = call->finished;
	close(call->done_fd);
	pthread_mutex_unlock(&call->mutex);
	ReleaseExternalFD();
	if (last)
		call_free(call);
}
