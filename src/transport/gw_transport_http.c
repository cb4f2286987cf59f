/*
 * gw_transport_http.c
 *	  The engine: one multi handle per backend, driven from gw_wait().
 *
 * Does not know what a call is about (gw_transport_http_call.c makes them).
 * The multi handle, its sockets' wait set and the connections live as long as
 * the backend; they are made at the first call.  No frame of the library is
 * on the stack when anything is raised: callbacks only fill malloc'd memory.
 */
#include "postgres.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "access/xact.h"
#include "base/gw_wait_set.h"
#include "storage/fd.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/sinval.h"
#include "transport/gw_transport_http_private.h"
#include "utils/timeout.h"

#define ENGINE_MAX_READY 32
/* Idle connections kept, all servers together. */
#define ENGINE_MAX_IDLE 16L
/* A backend that exits gives what it has said last (a job's end) so long to be heard. */
#define ENGINE_EXIT_MS 150
/* ... and so long to what it could not say yet. */
#define ENGINE_OWED_MS 1000
/* A backend that waits for its client looks after detached calls this often: ever less. */
#define ENGINE_LOOK_MS 20
#define ENGINE_LOOK_MOST_MS 640

/* The library asks for time and sockets through callbacks. */
static struct
{
	CURLM *multi;
	int set;			 /* wait set of the library's sockets */
	GwDeadline timer;	 /* when the library wants to be called in any case */
	GwHttpCall *detached; /* calls nobody waits for */
	TimeoutId look;		  /* they are looked after, when nothing else is done */
	int look_ms;
} http_engine = {.set = -1};

/* Signals stay away from threads the library starts to resolve names. */
static void
signals_block(sigset_t *saved)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, saved);
}

static void
signals_restore(const sigset_t *saved)
{
	pthread_sigmask(SIG_SETMASK, saved, NULL);
}

static int
engine_socket_changed(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	int events = 0;

	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= WL_SOCKET_READABLE;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= WL_SOCKET_WRITEABLE;
	return gw_wait_set_watch(http_engine.set, fd, events) ? 0 : -1;
}

static int
engine_timer_changed(CURLM *multi, long timeout_ms, void *arg)
{
	http_engine.timer = timeout_ms < 0 ? gw_deadline_never() : gw_deadline_in_ms(timeout_ms);
	return 0;
}

/*
 * Nothing runs in a backend that waits for its client, but for one thing: it
 * lets itself be told to catch up with shared invalidations, in a transaction
 * of its own, and that has an end.  In a signal handler.
 */
static void
engine_look(void)
{
	HandleCatchupInterrupt();
}

static void
engine_look_later(void)
{
	enable_timeout_after(http_engine.look, http_engine.look_ms);
	http_engine.look_ms = Min(http_engine.look_ms * 2, ENGINE_LOOK_MOST_MS);
}

static void
engine_transaction_ends(XactEvent event, void *arg)
{
	if (http_engine.detached == NULL || (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT))
		return;
	gw_http_pump();
	if (http_engine.detached != NULL)
		engine_look_later();
}

/* Is a detached call not even sent, or another to follow it? */
static bool
engine_owes(void)
{
	for (const GwHttpCall *call = http_engine.detached; call; call = call->next_detached)
		if (call->then != NULL || !call->sent)
			return true;
	return false;
}

/* After the abort that detached calls, before the process is nobody any more. */
static void
engine_exit(int code, Datum arg)
{
	GwDeadline heard = gw_deadline_in_ms(ENGINE_EXIT_MS);
	GwDeadline said = gw_deadline_in_ms(ENGINE_OWED_MS);

	for (;;)
	{
		GwDeadline deadline;

		gw_http_pump();
		deadline = engine_owes() ? said : heard;
		if (http_engine.detached == NULL ||
			(gw_wait(http_engine.set, WL_SOCKET_READABLE,
					 gw_deadline_sooner(deadline, http_engine.timer), GW_WAIT_CLEANUP) != GW_OK &&
			 gw_deadline_passed(deadline)))
			return;
	}
}

CURLM *
gw_http_engine(GwError *err)
{
	int set;

	if (http_engine.multi != NULL)
		return http_engine.multi;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
	{
		(void) gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_FDW_ERROR,
							"the HTTP library could not be initialised");
		return NULL;
	}
	if (!AcquireExternalFD())
	{
		(void) gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_INSUFFICIENT_RESOURCES,
							"too many open files for another connection");
		return NULL;
	}
	set = gw_wait_set_open();
	http_engine.multi = set >= 0 ? curl_multi_init() : NULL;
	if (http_engine.multi == NULL)
	{
		if (set >= 0)
			close(set);
		ReleaseExternalFD();
		(void) gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
		return NULL;
	}
	http_engine.set = set;
	http_engine.timer = gw_deadline_never();
	http_engine.look = RegisterTimeout(USER_TIMEOUT, engine_look);
	on_shmem_exit(engine_exit, (Datum) 0);
	RegisterXactCallback(engine_transaction_ends, NULL);
	curl_multi_setopt(http_engine.multi, CURLMOPT_SOCKETFUNCTION, engine_socket_changed);
	curl_multi_setopt(http_engine.multi, CURLMOPT_TIMERFUNCTION, engine_timer_changed);
	curl_multi_setopt(http_engine.multi, CURLMOPT_MAXCONNECTS, ENGINE_MAX_IDLE);
	curl_multi_setopt(http_engine.multi, CURLMOPT_PIPELINING, (long) CURLPIPE_MULTIPLEX);
	return http_engine.multi;
}

/* Take note of the calls that have ended. */
static void
engine_collect(void)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http_engine.multi, &left)) != NULL)
	{
		char *arg = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &arg);
		gw_http_call_ended((GwHttpCall *) arg, message->data.result);
	}
}

/* Free detached calls that have ended, or have had their time. */
static void
engine_sweep(void)
{
	GwHttpCall **link = &http_engine.detached;

	while (*link != NULL)
	{
		GwHttpCall *call = *link;

		if (!call->done && !gw_deadline_passed(call->detached_until))
		{
			link = &call->next_detached;
			continue;
		}
		*link = call->next_detached;
		if (call->then != NULL)
			gw_http_call_follow(call);
		gw_http_call_free(call);
	}
}

void
gw_http_keep_detached(GwHttpCall *call)
{
	call->next_detached = http_engine.detached;
	http_engine.detached = call;
	http_engine.look_ms = ENGINE_LOOK_MS;
	engine_look_later();
}

void
gw_http_pump(void)
{
	GwReadySocket ready[ENGINE_MAX_READY];
	sigset_t saved;
	int running;
	int n;

	if (http_engine.multi == NULL)
		return;
	n = gw_wait_set_ready(http_engine.set, ready, ENGINE_MAX_READY);
	if (n == 0 && !gw_deadline_passed(http_engine.timer) && http_engine.detached == NULL)
		return;
	signals_block(&saved);
	for (int i = 0; i < n; i++)
	{
		int mask = 0;

		if (ready[i].events & WL_SOCKET_READABLE)
			mask |= CURL_CSELECT_IN;
		if (ready[i].events & WL_SOCKET_WRITEABLE)
			mask |= CURL_CSELECT_OUT;
		curl_multi_socket_action(http_engine.multi, ready[i].fd, mask, &running);
	}
	if (gw_deadline_passed(http_engine.timer))
	{
		http_engine.timer = gw_deadline_never();
		curl_multi_socket_action(http_engine.multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	engine_collect();
	engine_sweep();
	signals_restore(&saved);
}

GwStatus
gw_http_wait(GwHttpCall *const *calls, int n, GwDeadline deadline, GwWaitMode mode)
{
	for (;;)
	{
		GwStatus status;

		gw_http_pump();
		for (int i = 0; i < n; i++)
			if (calls[i] != NULL && calls[i]->done)
				return GW_OK;
		status = gw_wait(http_engine.set, WL_SOCKET_READABLE,
						 gw_deadline_sooner(deadline, http_engine.timer), mode);
		if (status == GW_INTERRUPTED)
			return status;
		if (status == GW_TIMED_OUT && gw_deadline_passed(deadline))
			return status;
	}
}

pgsocket
gw_http_socket(void)
{
	return http_engine.set;
}
