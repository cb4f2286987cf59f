/*
 * gw_thread.h
 *	  Run one blocking foreign call in a helper thread with a deadline.
 *
 * For the few calls that have no non-blocking form: name resolution, and
 * libpq 15's PQcancel().  The thread runs with every signal blocked, touches
 * malloc'd memory only, and never calls PostgreSQL code.
 */
#ifndef GW_THREAD_H
#define GW_THREAD_H

#include <pthread.h>

#include "base/gw_wait.h"

/*
 * One call.  run() does the work on arg; destroy() frees arg and whatever it
 * holds.  Both may run in the helper thread and must be thread-safe.
 */
typedef struct GwThreadCall GwThreadCall;

/*
 * Whether a call may be ended from outside.  A GW_THREAD_ENDABLE one runs with
 * a descriptor table of its own, so that its end closes what it has opened; it
 * must hold no lock and no malloc'd memory of its own while it blocks.
 */
typedef enum GwThreadKind
{
	GW_THREAD_ENDS_ITSELF,
	GW_THREAD_ENDABLE,
} GwThreadKind;

/*
 * Start run(arg) in a helper thread.  NULL (and err filled) when no thread
 * can be had; arg is then destroyed.  On success the call owns arg.
 */
extern GwThreadCall *gw_thread_start(GwThreadKind kind, void (*run)(void *arg),
									 void (*destroy)(void *arg), void *arg, GwError *err);

/* Wait for the call: GW_OK, GW_TIMED_OUT or GW_INTERRUPTED (call again). */
extern GwStatus gw_thread_wait(GwThreadCall *call, GwDeadline deadline, GwWaitMode mode);

/* arg, once gw_thread_wait() said GW_OK. */
extern void *gw_thread_arg(GwThreadCall *call);

/*
 * Let go of the call; this never waits.  If it still runs it goes on: one that
 * ends itself frees arg then, an endable one has a grace period, after which
 * gw_thread_reap() ends it.
 */
extern void gw_thread_release(GwThreadCall *call);

/* End the endable calls that were let go and have outlived their grace. */
extern void gw_thread_reap(void);

/* ---- threads with lives of their own ---- */

/*
 * Start main(arg) in a thread with every signal blocked; joined NULL: detached.
 * An errno or 0.  Its last act, before it returns, is gw_thread_ended().
 */
extern int gw_thread_spawn(size_t stack_bytes, pthread_t *joined, void *(*main)(void *arg),
						   void *arg);
extern void gw_thread_ended(void);

/*
 * At the end of the process, wait a moment for threads that have not ended.  Who has
 * to tell them so calls this before its own on_proc_exit(), which then runs earlier.
 */
extern void gw_thread_guard_exit(void);

#endif /* GW_THREAD_H */
