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

#include "base/gw_wait.h"

/*
 * One call.  run() does the work on arg; destroy() frees arg and whatever it
 * holds.  Both may run in the helper thread and must be thread-safe.
 */
typedef struct GwThreadCall GwThreadCall;

/*
 * Start run(arg) in a helper thread.  NULL (and err filled) when no thread
 * can be had; arg is then destroyed.  On success the call owns arg.
 */
extern GwThreadCall *gw_thread_start(void (*run)(void *arg), void (*destroy)(void *arg),
									 void *arg, GwError *err);

/* Wait for the call: GW_OK, GW_TIMED_OUT or GW_INTERRUPTED (call again). */
extern GwStatus gw_thread_wait(GwThreadCall *call, GwDeadline deadline, GwWaitMode mode);

/* arg, once gw_thread_wait() said GW_OK. */
extern void *gw_thread_arg(GwThreadCall *call);

/*
 * Let go of the call.  If it still runs it finishes on its own and frees arg
 * there; this never waits.
 */
extern void gw_thread_release(GwThreadCall *call);

#endif /* GW_THREAD_H */
