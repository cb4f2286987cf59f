/*
 * gw_guard.c
 *	  Owned foreign handles, released by a memory context's reset callback.
 *
 * Does not know what a handle is.  A guard lives in the context it was made
 * in and goes with it; the handle never outlives the guard.
 */
#include "postgres.h"

#include "base/gw_guard.h"

struct GwGuard
{
	MemoryContextCallback callback;
	void (*release)(void *handle);
	void *handle;
};

static void
guard_reset(void *arg)
{
	gw_guard_release(arg);
}

GwGuard *
gw_guard_create(MemoryContext cxt, void (*release)(void *handle))
{
	GwGuard *guard = MemoryContextAllocZero(cxt, sizeof(GwGuard));

	guard->release = release;
	guard->callback.func = guard_reset;
	guard->callback.arg = guard;
	MemoryContextRegisterResetCallback(cxt, &guard->callback);
	return guard;
}

void
gw_guard_put(GwGuard *guard, void *handle)
{
	Assert(guard->handle == NULL);
	guard->handle = handle;
}

void *
gw_guard_get(const GwGuard *guard)
{
	return guard->handle;
}

void
gw_guard_release(GwGuard *guard)
{
	void *handle = gw_guard_take(guard);

	if (handle != NULL)
		guard->release(handle);
}

void *
gw_guard_take(GwGuard *guard)
{
	void *handle = guard->handle;

	guard->handle = NULL;
	return handle;
}

void
gw_guard_on_reset(MemoryContext cxt, MemoryContextCallbackFunction func, void *arg)
{
	MemoryContextCallback *callback = MemoryContextAlloc(cxt, sizeof(MemoryContextCallback));

	callback->func = func;
	callback->arg = arg;
	MemoryContextRegisterResetCallback(cxt, callback);
}
