/*
 * gw_wire.h
 *	  What the platforms that are reached by host and TLS share.
 */
#ifndef GW_WIRE_H
#define GW_WIRE_H

#include "base/gw_error.h"
#include "base/gw_options.h"

/*
 * Rows of option tables that are the same, word for word, on several platforms.
 * Rows rather than a parent's table, because their places among the others are
 * what messages and manuals show, and not every platform has all of them.
 */
#define GW_WIRE_OPTION_SSLMODE \
	{.name = "sslmode", \
	 .aliases = "ssl_mode tls", \
	 .where = GW_OPT_SERVER, \
	 .kind = GW_OPT_ENUM, \
	 .values = "disable allow prefer require verify-ca verify-full", \
	 .doc = "TLS; verify-full by default, except over a unix socket. Weaker modes are free to " \
			"loopback addresses, elsewhere only a superuser may set them."}

#define GW_WIRE_OPTION_SSLROOTCERT \
	{.name = "sslrootcert", \
	 .where = GW_OPT_SERVER, \
	 .kind = GW_OPT_PATH, \
	 .doc = "File of trusted certificate authorities; the system's bundle by default."}

#define GW_WIRE_OPTION_CONNECT_TIMEOUT \
	{.name = "connect_timeout", \
	 .where = GW_OPT_SERVER, \
	 .kind = GW_OPT_INT, \
	 .min = 1, \
	 .max = 3600, \
	 .fallback = "10", \
	 .doc = "Seconds to wait for a connection."}

#define GW_WIRE_OPTION_ISOLATION_LEVEL \
	{.name = "isolation_level", \
	 .where = GW_OPT_SERVER, \
	 .kind = GW_OPT_ENUM, \
	 .values = "read committed|repeatable read|serializable", \
	 .fallback = "repeatable read", \
	 .doc = "Isolation of remote transactions."}

#define GW_WIRE_OPTION_PARALLEL_ABORT \
	{.name = "parallel_abort", \
	 .where = GW_OPT_SERVER, \
	 .kind = GW_OPT_BOOL, \
	 .fallback = "false", \
	 .doc = "Send ROLLBACK together with that of other such servers, then wait for all."}

#define GW_WIRE_OPTION_KEEP_CONNECTIONS \
	{.name = "keep_connections", \
	 .where = GW_OPT_SERVER, \
	 .kind = GW_OPT_BOOL, \
	 .fallback = "true", \
	 .doc = "Keep the connection for later transactions of the session."}

#define GW_WIRE_OPTION_PASSWORD \
	{.name = "password", \
	 .aliases = "pass", \
	 .where = GW_OPT_MAPPING, \
	 .flags = GW_OPTF_SECRET, \
	 .doc = "Password; password_ref is the better choice."}

#define GW_WIRE_OPTION_PASSWORD_REF \
	{.name = "password_ref", \
	 .where = GW_OPT_MAPPING, \
	 .kind = GW_OPT_REF, \
	 .doc = "Where the password is kept: 'file:NAME' or 'env:NAME'."}

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
