/*
 * gw_wait.h
 *	  The only place in the module that waits.
 *
 * Every wait has a deadline on the monotonic clock and watches the process
 * latch, so Ctrl-C, statement_timeout and pg_terminate_backend are noticed at
 * once in every state.  Nothing here throws: an interrupt that the backend
 * may act on is returned as GW_INTERRUPTED; session runs
 * CHECK_FOR_INTERRUPTS() and, if that returns, calls the step again.
 */
#ifndef GW_WAIT_H
#define GW_WAIT_H

#include "base/gw_error.h"

/* A point on the monotonic clock; at_us == PG_INT64_MAX means never. */
typedef struct GwDeadline
{
	int64 at_us;
} GwDeadline;

extern GwDeadline gw_deadline_never(void);
extern GwDeadline gw_deadline_in_ms(int64 ms);
extern GwDeadline gw_deadline_sooner(GwDeadline a, GwDeadline b);
extern int64 gw_deadline_left_ms(GwDeadline deadline); /* 0 when passed */
extern bool gw_deadline_passed(GwDeadline deadline);
extern int64 gw_monotonic_us(void);

/* How a wait treats interrupts. */
typedef enum GwWaitMode
{
	GW_WAIT_NORMAL,	 /* return GW_INTERRUPTED when the backend could act on one */
	GW_WAIT_CLEANUP, /* in abort: interrupts are held; only the deadline ends it */
} GwWaitMode;

/*
 * Wait until fd is ready for events (WL_SOCKET_READABLE | WL_SOCKET_WRITEABLE),
 * or only for time when fd is PGINVALID_SOCKET.
 *
 * GW_OK: ready.  GW_TIMED_OUT: the deadline passed.  GW_INTERRUPTED: see above.
 * Exits the process when the postmaster is gone.
 */
extern GwStatus gw_wait(pgsocket fd, int events, GwDeadline deadline, GwWaitMode mode);

/*
 * What the kernel has been told to watch, kept for a socket that is waited for
 * again and again: telling it anew each time costs more than most waits.
 */
typedef struct GwWaiter GwWaiter;

/* Lives in cxt and goes with it; made without a system call. */
extern GwWaiter *gw_waiter_create(MemoryContext cxt);

/*
 * gw_wait() by a waiter.  All its waits are for one socket, until
 * gw_waiter_forget(), which comes before the socket is closed by its owner.
 */
extern GwStatus gw_wait_with(GwWaiter *waiter, pgsocket fd, int events, GwDeadline deadline,
							 GwWaitMode mode);

/* Stop watching; the next wait may be for another socket.  Never throws. */
extern void gw_waiter_forget(GwWaiter *waiter);

/* Would CHECK_FOR_INTERRUPTS() do something now? */
extern bool gw_interrupt_pending(void);

#endif /* GW_WAIT_H */
