/*
 * gw_wait.c
 *	  Deadlines, and the only place in the module that waits.
 *
 * Does not run CHECK_FOR_INTERRUPTS: callers hold foreign handles in states
 * that only they know how to leave.  A waiter's kernel object is closed with
 * the memory of its waiter; nothing else is kept.
 */
#include "postgres.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "base/gw_compat.h"
#include "base/gw_guard.h"
#include "base/gw_wait.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "storage/pmsignal.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

/* No single sleep is longer, so that a lost wake-up is a delay, not a hang. */
#define WAIT_SLICE_MS 60000
/* Clean-up polls without the latch and looks at the pending flags this often. */
#define CLEANUP_SLICE_MS 50
/* A Ctrl-C during clean-up leaves it this long to end by itself. */
#define CLEANUP_CANCELLED_MS 50

struct GwWaiter
{
	GwGuard *set; /* WaitEventSet */
	int latch_at, socket_at;
	Latch *latch;
	pgsocket fd;
	int events;
};

int64
gw_monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

GwDeadline
gw_deadline_never(void)
{
	return (GwDeadline){PG_INT64_MAX};
}

GwDeadline
gw_deadline_in_ms(int64 ms)
{
	int64 now = gw_monotonic_us();

	if (ms >= (PG_INT64_MAX - now) / 1000)
		return gw_deadline_never();
	return (GwDeadline){now + Max(ms, 0) * 1000};
}

GwDeadline
gw_deadline_sooner(GwDeadline a, GwDeadline b)
{
	return a.at_us <= b.at_us ? a : b;
}

int64
gw_deadline_left_ms(GwDeadline deadline)
{
	int64 left;

	if (deadline.at_us == PG_INT64_MAX)
		return PG_INT64_MAX;
	left = deadline.at_us - gw_monotonic_us();
	/* Rounded up: a wait must not spin through its last fraction. */
	return left <= 0 ? 0 : (left + 999) / 1000;
}

bool
gw_deadline_passed(GwDeadline deadline)
{
	return gw_deadline_left_ms(deadline) == 0;
}

bool
gw_interrupt_pending(void)
{
	return InterruptPending && INTERRUPTS_CAN_BE_PROCESSED();
}

/*
 * The wait inside an abort callback.  WaitLatchOrSocket() may raise an error
 * (it needs a file descriptor and memory), which nothing may do there, so
 * this is a plain poll in short slices.  A termination or a cancel that arrives
 * meanwhile ends it early: the caller then drops the connection.
 */
static GwStatus
wait_cleanup(pgsocket fd, int events, GwDeadline deadline)
{
	struct pollfd pfd = {.fd = fd};
	int npfds = fd == PGINVALID_SOCKET ? 0 : 1;
	bool cancelled = false;

	if (events & WL_SOCKET_READABLE)
		pfd.events |= POLLIN;
	if (events & WL_SOCKET_WRITEABLE)
		pfd.events |= POLLOUT;

	for (;;)
	{
		int64 left = gw_deadline_left_ms(deadline);
		int rc = poll(&pfd, npfds, (int) Min(left, CLEANUP_SLICE_MS));

		/* Errors count as ready: the next read or write names them. */
		if (rc > 0 || (rc < 0 && errno != EINTR))
			return GW_OK;
		if (ProcDiePending || !PostmasterIsAlive())
			return GW_INTERRUPTED;
		if (left == 0)
			return cancelled ? GW_INTERRUPTED : GW_TIMED_OUT;
		if (QueryCancelPending && !cancelled)
		{
			cancelled = true;
			deadline = gw_deadline_sooner(deadline, gw_deadline_in_ms(CLEANUP_CANCELLED_MS));
		}
	}
}

static void
waiter_release(void *handle)
{
	FreeWaitEventSet((WaitEventSet *) handle);
}

GwWaiter *
gw_waiter_create(MemoryContext cxt)
{
	GwWaiter *waiter = MemoryContextAllocZero(cxt, sizeof(GwWaiter));

	waiter->set = gw_guard_create(cxt, waiter_release);
	return waiter;
}

void
gw_waiter_forget(GwWaiter *waiter)
{
	gw_guard_release(waiter->set);
}

/* Have the latch, the postmaster and the socket watched. */
static WaitEventSet *
waiter_watch(GwWaiter *waiter, pgsocket fd, int events)
{
	WaitEventSet *set = gw_guard_get(waiter->set);

	/* A socket with the number of one that was closed is unknown to the kernel. */
	Assert(set == NULL || waiter->fd == fd);
	if (set == NULL)
	{
		set = gw_create_wait_event_set(3);
		gw_guard_put(waiter->set, set);
		waiter->latch_at = AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
		(void) AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
		waiter->socket_at = AddWaitEventToSet(set, events, fd, NULL, NULL);
		waiter->latch = MyLatch;
		waiter->fd = fd;
		waiter->events = events;
		return set;
	}
	/* A process that exits goes back to the latch it began with. */
	if (waiter->latch != MyLatch)
		ModifyWaitEvent(set, waiter->latch_at, WL_LATCH_SET, MyLatch);
	if (waiter->events != events)
		ModifyWaitEvent(set, waiter->socket_at, events, NULL);
	waiter->latch = MyLatch;
	waiter->events = events;
	return set;
}

/* One sleep; which of the latch and the socket were ready. */
static int
wait_sleep(GwWaiter *waiter, pgsocket fd, int events, long ms)
{
	WaitEvent occurred[3];
	int ready = 0;
	int n;

	if (waiter == NULL || events == 0)
		return WaitLatchOrSocket(MyLatch,
								 WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH | events, fd,
								 ms, PG_WAIT_EXTENSION);
	n = WaitEventSetWait(waiter_watch(waiter, fd, events), ms, occurred, lengthof(occurred),
						 PG_WAIT_EXTENSION);
	for (int i = 0; i < n; i++)
		ready |= occurred[i].events;
	return ready;
}

GwStatus
gw_wait_with(GwWaiter *waiter, pgsocket fd, int events, GwDeadline deadline, GwWaitMode mode)
{
	if (mode == GW_WAIT_CLEANUP)
		return wait_cleanup(fd, events, deadline);

	if (fd == PGINVALID_SOCKET)
		events = 0;
	for (;;)
	{
		int64 left;
		int rc;

		if (gw_interrupt_pending())
			return GW_INTERRUPTED;
		left = gw_deadline_left_ms(deadline);
		/* Even a deadline that has passed looks once whether fd is ready. */
		rc = wait_sleep(waiter, fd, events, (long) Min(left, WAIT_SLICE_MS));
		if (rc & WL_LATCH_SET)
		{
			ResetLatch(MyLatch);
			if (gw_interrupt_pending())
				return GW_INTERRUPTED;
		}
		if (rc & events)
			return GW_OK;
		if (left == 0)
			return GW_TIMED_OUT;
	}
}

GwStatus
gw_wait(pgsocket fd, int events, GwDeadline deadline, GwWaitMode mode)
{
	return gw_wait_with(NULL, fd, events, deadline, mode);
}
