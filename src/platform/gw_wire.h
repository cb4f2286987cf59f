/*
 * gw_wire.h
 *	  What the platforms that are reached by host and TLS share.
 */
#ifndef GW_WIRE_H
#define GW_WIRE_H

#include "base/gw_error.h"
#include "base/gw_options.h"

/*
 * TLS, transactions and the password of servers whose protocol we speak over a
 * library of theirs; drivers behind ODBC have fewer.
 */
extern const GwOptionTable gw_wire_options;

/* A directory, a socket's path or nothing, rather than a name or an address? */
extern bool gw_wire_host_is_socket(const char *host);

/* Is it this very machine: a socket, "localhost" or a loopback address? */
extern bool gw_wire_host_is_near(const char *host);

/* The same without the sockets, for clients to which such a text is a name. */
extern bool gw_wire_host_is_loopback(const char *host);

/* warehouse_gw.allowed_hosts lets servers name it. */
extern bool gw_wire_host_is_listed(const char *host);

/* It is listed, or a socket. */
extern bool gw_wire_host_is_allowed(const char *host);

/* GW_FAILED (42501) for a host that is not allowed. */
extern GwStatus gw_wire_refuse_host(const char *host, GwError *err);

/*
 * A TLS mode below verify-full to a host that is not near: a WARNING for a
 * superuser, GW_FAILED (42501) for everybody else.  The texts name unix sockets and
 * sslrootcert where the platform has them.
 */
extern GwStatus gw_wire_weak_tls(const char *mode, const char *host, bool has_files,
								 GwError *err);

/* A mapping's key of a client certificate needs the certificate (22023). */
extern GwStatus gw_wire_check_mapping(const GwOptionSet *given, GwError *err);

/*
 * Must the user show a password of the mapping?  Superusers need not, nor those of
 * whom a superuser has said so (option password_required).
 */
extern bool gw_wire_needs_password(const GwOptionSet *options);

/*
 * GW_FAILED for a mapping that names no user (HV00J), and for one without the password
 * it needs (2F003); more: what else helps, behind the hint, or "".
 */
extern GwStatus gw_wire_refuse_nobody(GwError *err);
extern GwStatus gw_wire_refuse_no_password(const char *more, GwError *err);

/*
 * The file of the system's certificate authorities; GW_FAILED (auth) where none
 * is found.
 */
extern GwStatus gw_wire_ca_bundle(const char **path, GwError *err);

#endif /* GW_WIRE_H */
