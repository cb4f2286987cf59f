/*
 * gw_secret.h
 *	  Secrets by reference, and keeping them out of every text we emit.
 */
#ifndef GW_SECRET_H
#define GW_SECRET_H

#include "base/gw_error.h"

/*
 * Resolve 'file:name' (below warehouse_gw.secret_dir: a regular file of at
 * most 64 KiB, owned by the server's user or root, no group or world access,
 * never a symbolic link) or 'env:NAME' (a name that matches
 * warehouse_gw.env_allow).  *value is palloc'd in CurrentMemoryContext, one
 * trailing newline removed, and registered for redaction.
 */
extern GwStatus gw_secret_resolve(const char *ref, char **value, GwError *err);

/* May the current user write this reference into a mapping? */
extern bool gw_secret_ref_allowed(const char *ref);

/* Remember a secret value, so that gw_secret_redact() masks it. */
extern void gw_secret_register(const char *value);

/* Overwrite every registered secret found in text, in place, with '*'. */
extern void gw_secret_redact(char *text);

#endif /* GW_SECRET_H */
