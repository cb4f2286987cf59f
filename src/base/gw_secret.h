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

/* Has ref the form 'file:NAME' or 'env:NAME'?  Looks at nothing outside the text. */
extern bool gw_secret_ref_valid(const char *ref);

/*
 * May the current user write this reference into a mapping?  A superuser may;
 * others when warehouse_gw.grantable_secrets lists it for a role they are in.
 */
extern bool gw_secret_ref_allowed(const char *ref);

/*
 * Remember a secret value, and its URL-escaped, quoted and base64 spellings,
 * for the life of the backend, so that gw_secret_redact() masks them.  Values
 * shorter than four bytes are not remembered: they occur everywhere.
 */
extern void gw_secret_register(const char *value);

/* Length of the longest registered secret that text begins with, else 0. */
extern size_t gw_secret_at(const char *text, size_t len);

/* Overwrite every registered secret found in text, in place, with '*'. */
extern void gw_secret_redact(char *text);

#endif /* GW_SECRET_H */
