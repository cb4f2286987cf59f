/*
 * gw_thread.c
 *	  One blocking foreign call in a helper thread, watched with a deadline.
 *
 * A call that outlives its deadline is let go.  One that ends itself (name
 * resolution) has two owners, the backend and the thread; the last to leave
 * frees it.  An endable one (a cancel request, which waits for the server as
 * long as the server likes) belongs to the backend: let go, it still has a
 * grace period to reach a distant server, and is then ended.  The backend's
 * side is not registered anywhere: callers put the call into a GwGuard whose
 * release is gw_thread_release().  Threads of others are started here, and waited
 * for when the process ends, but are otherwise their own.
 */
#include "postgres.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <linux/close_range.h>

#include "base/gw_thread.h"
#include "storage/fd.h"
#include "storage/ipc.h"
#include "storage/latch.h"

/* Enough for the resolver's plug-ins, little enough to be had under pressure. */
#define THREAD_STACK_BYTES (1024 * 1024)

/* How long an endable call may go on after it was let go. */
#define THREAD_GRACE_MS 2000

struct GwThreadCall
{
	pthread_mutex_t mutex; /* protects released, finished and own_files */
	GwThreadKind kind;
	pthread_t thread;	/* endable calls only */
	bool own_files;		/* the thread has its own descriptor table */
	GwDeadline grace;	/* of a call on the abandoned list */
	GwThreadCall *next; /* there */
	void (*run)(void *arg);
	void (*destroy)(void *arg);
	void *arg;
	int done_fd;   /* readable once run() has returned; the backend's */
	bool released; /* the backend has let go */
	bool finished; /* the thread has ended its work */
};

/* How long the process waits at its end for threads that still run. */
#define THREAD_EXIT_MS 120

/* Endable calls that were let go while they ran. */
static GwThreadCall *thread_abandoned = NULL;

/* Threads of whatever kind that have not ended their work. */
static pthread_mutex_t thread_count_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t thread_count_zero = PTHREAD_COND_INITIALIZER;
static int thread_count = 0;
static bool thread_exit_registered = false;

static void
thread_counts(int change)
{
	pthread_mutex_lock(&thread_count_mutex);
	thread_count += change;
	if (thread_count == 0)
		pthread_cond_broadcast(&thread_count_zero);
	pthread_mutex_unlock(&thread_count_mutex);
}

/*
 * The process ends.  The exit handlers of libraries, which run next, must not
 * take away what a thread still uses: where one does not end in time, the
 * process goes without them.
 */
static void
thread_at_exit(int code, Datum arg)
{
	struct timespec until;
	bool left;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long) THREAD_EXIT_MS * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&thread_count_mutex);
	while (thread_count > 0 && rc == 0)
		rc = pthread_cond_timedwait(&thread_count_zero, &thread_count_mutex, &until);
	left = thread_count > 0;
	pthread_mutex_unlock(&thread_count_mutex);
	if (left)
		_exit(code);
}

void
gw_thread_guard_exit(void)
{
	if (thread_exit_registered)
		return;
	on_proc_exit(thread_at_exit, 0);
	thread_exit_registered = true;
}

int
gw_thread_spawn(size_t stack_bytes, pthread_t *joined, void *(*main)(void *arg), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;
	int rc;

	rc = pthread_attr_init(&attr);
	if (rc != 0)
		return rc;
	if (joined == NULL)
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, stack_bytes);
	/* The mask is inherited: PostgreSQL's handlers must never run elsewhere. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	thread_counts(1);
	rc = pthread_create(joined ? joined : &thread, &attr, main, arg);
	if (rc != 0)
		thread_counts(-1);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return rc;
}

void
gw_thread_ended(void)
{
	thread_counts(-1);
}

static void
call_free(GwThreadCall *call)
{
	if (call->kind == GW_THREAD_ENDABLE)
	{
		/* It has written its last word or was ended: this does not wait. */
		(void) pthread_join(call->thread, NULL);
		close(call->done_fd);
		ReleaseExternalFD();
	}
	call->destroy(call->arg);
	pthread_mutex_destroy(&call->mutex);
	free(call);
}

/*
 * Give the thread a descriptor table with nothing in it but what it needs.
 * Where the kernel has no such call, the thread is never ended from outside.
 */
static void
thread_own_files(GwThreadCall *call)
{
	unsigned int done_fd = (unsigned int) call->done_fd;
	bool own = close_range(done_fd + 1, ~0U, CLOSE_RANGE_UNSHARE) == 0;

	if (own && done_fd > 3)
		(void) close_range(3, done_fd - 1, 0);
	pthread_mutex_lock(&call->mutex);
	call->own_files = own;
	pthread_mutex_unlock(&call->mutex);
}

/* Also when it was ended from outside. */
static void
thread_ended(void *arg)
{
	gw_thread_ended();
}

/* The helper thread: malloc'd memory and plain system calls only. */
static void *
thread_main(void *arg)
{
	GwThreadCall *call = arg;
	bool endable = call->kind == GW_THREAD_ENDABLE;
	bool last;

	(void) pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	if (endable)
	{
		thread_own_files(call);
		(void) pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	}
	pthread_cleanup_push(thread_ended, NULL);
	call->run(call->arg);
	(void) pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_cleanup_pop(1);

	pthread_mutex_lock(&call->mutex);
	call->finished = true;
	last = call->released;
	if (!last || endable)
	{
		/* Under the lock: the backend closes the descriptor when it lets go. */
		uint64 one = 1;
		ssize_t written = write(call->done_fd, &one, sizeof(one));

		(void) written; /* cannot fail: the counter was zero */
	}
	pthread_mutex_unlock(&call->mutex);
	if (last && !endable)
		call_free(call);
	return NULL;
}

GwThreadCall *
gw_thread_start(GwThreadKind kind, void (*run)(void *arg), void (*destroy)(void *arg), void *arg,
				GwError *err)
{
	GwThreadCall *call;
	int rc;

	gw_thread_reap();
	gw_thread_guard_exit();
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
	call->kind = kind;
	call->run = run;
	call->destroy = destroy;
	call->arg = arg;
	call->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rc = call->done_fd < 0 ? errno
						   : gw_thread_spawn(THREAD_STACK_BYTES,
											 kind == GW_THREAD_ENDABLE ? &call->thread : NULL,
											 thread_main, call);
	if (rc != 0)
	{
		if (call->done_fd >= 0)
			close(call->done_fd);
		ReleaseExternalFD();
		call->kind = GW_THREAD_ENDS_ITSELF; /* there is no thread to join */
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
	bool finished;

	pthread_mutex_lock(&call->mutex);
	call->released = true;
	finished = call->finished;
	if (call->kind == GW_THREAD_ENDS_ITSELF)
		close(call->done_fd);
	pthread_mutex_unlock(&call->mutex);
	if (call->kind == GW_THREAD_ENDS_ITSELF)
		ReleaseExternalFD();
	else if (!finished)
	{
		call->grace = gw_deadline_in_ms(THREAD_GRACE_MS);
		call->next = thread_abandoned;
		thread_abandoned = call;
		return;
	}
	if (finished)
		call_free(call);
}

void
gw_thread_reap(void)
{
	GwThreadCall **link = &thread_abandoned;

	while (*link != NULL)
	{
		GwThreadCall *call = *link;
		bool over;

		pthread_mutex_lock(&call->mutex);
		over = call->finished;
		if (!over && call->own_files && gw_deadline_passed(call->grace))
		{
			/* It blocks in a system call and holds nothing: see the header. */
			over = pthread_cancel(call->thread) == 0;
		}
		pthread_mutex_unlock(&call->mutex);
		if (over)
		{
			*link = call->next;
			call_free(call);
		}
		else
			link = &call->next;
	}
}
