/*
 * gw_guard.h
 *	  Owned foreign handles: own before you acquire.
 *
 * A guard is created first, in the memory context whose end must release the
 * handle, and only then is the handle acquired and stored.  Whatever error
 * passes by, the context's reset callback releases it exactly once.
 */
#ifndef GW_GUARD_H
#define GW_GUARD_H

#include "utils/palloc.h"

typedef struct GwGuard GwGuard;

/* Make an empty guard that lives in cxt; release(handle) must not throw. */
extern GwGuard *gw_guard_create(MemoryContext cxt, void (*release)(void *handle));

/* Store the handle; the guard must be empty.  NULL leaves it empty. */
extern void gw_guard_put(GwGuard *guard, void *handle);

/* The handle, or NULL. */
extern void *gw_guard_get(const GwGuard *guard);

/* Release the handle now; the guard stays, empty.  Harmless when empty. */
extern void gw_guard_release(GwGuard *guard);

/* Give the handle away without releasing it. */
extern void *gw_guard_take(GwGuard *guard);

/* Without a handle: call func(arg) when cxt is reset or deleted, before what was asked earlier.
 */
extern void gw_guard_on_reset(MemoryContext cxt, MemoryContextCallbackFunction func, void *arg);

#endif /* GW_GUARD_H */
