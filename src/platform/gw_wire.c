/*
 * gw_wire.c
 *	  What the platforms that are reached by host and TLS share.
 *
 * Knows no vendor and opens no connection.  Keeps nothing.
 */
#include "postgres.h"

#include <unistd.h>

#include "base/gw_guc.h"
#include "base/gw_secret.h"
#include "miscadmin.h"
#include "platform/gw_wire.h"

bool
gw_wire_host_is_socket(const char *host)
{
	/* An empty entry means the default socket directory. */
	return host[0] == '\0' || host[0] == '/' || host[0] == '@';
}

bool
gw_wire_host_is_near(const char *host)
{
	return gw_wire_host_is_socket(host) || gw_wire_host_is_loopback(host);
}

bool
gw_wire_host_is_loopback(const char *host)
{
	if (pg_strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0)
		return true;
	/* 127/8 in full notation only: a name may begin with "127." too. */
	return strncmp(host, "127.", 4) == 0 && host[strspn(host, "0123456789.")] == '\0';
}

bool
gw_wire_host_is_listed(const char *host)
{
	return gw_pattern_list_match(gw_guc_allowed_hosts(), host, true);
}

bool
gw_wire_host_is_allowed(const char *host)
{
	return gw_wire_host_is_socket(host) || gw_wire_host_is_listed(host);
}

GwStatus
gw_wire_refuse_host(const char *host, GwError *err)
{
	gw_error_set(err, GW_ERR_INVALID, ERRCODE_INSUFFICIENT_PRIVILEGE,
				 "the host \"%s\" is not allowed", host);
	gw_error_hint(err, "The hosts that servers may name are set in warehouse_gw.allowed_hosts.");
	return GW_FAILED;
}

GwStatus
gw_wire_weak_tls(const char *mode, const char *host, bool has_files, GwError *err)
{
	if (!superuser())
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_INSUFFICIENT_PRIVILEGE,
					 "permission denied to set sslmode \"%s\" for host \"%s\"", mode, host);
		gw_error_detail(err,
						"Only a superuser may weaken TLS to a host that is not a loopback "
						"address%s.",
						has_files ? " or a unix socket" : "");
		return GW_FAILED;
	}
	ereport(WARNING,
			(errmsg("sslmode \"%s\" does not prove the identity of host \"%s\"", mode, host),
			 has_files ? errhint("Use verify-full, with sslrootcert naming the authority's "
								 "certificate.")
					   : 0));
	return GW_OK;
}

GwStatus
gw_wire_check_mapping(const GwOptionSet *given, GwError *err)
{
	if (gw_option_given(given, "sslkey") && !gw_option_given(given, "sslcert"))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"option \"sslkey\" needs the option \"sslcert\"");
	return GW_OK;
}

bool
gw_wire_needs_password(const GwOptionSet *options)
{
	Oid userid = gw_options_user(options);

	return !(OidIsValid(userid) && superuser_arg(userid)) &&
		   gw_option_bool(options, "password_required");
}

GwStatus
gw_wire_refuse_nobody(GwError *err)
{
	gw_error_set(err, GW_ERR_AUTH, ERRCODE_FDW_OPTION_NAME_NOT_FOUND,
				 "the user mapping does not say who connects");
	gw_error_hint(err, "Set its option \"user\".");
	return GW_FAILED;
}

GwStatus
gw_wire_refuse_no_password(const char *more, GwError *err)
{
	gw_error_set(err, GW_ERR_AUTH, ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED,
				 "the user mapping needs a password");
	gw_error_detail(err, "Whoever is not a superuser must be authenticated by the password "
						 "of the user mapping.");
	gw_error_hint(err, "Set the option \"password_ref\" or \"password\" of the mapping%s.",
				  more);
	return GW_FAILED;
}

GwStatus
gw_wire_ca_bundle(const char **path, GwError *err)
{
	static const char *const bundles[] = {
		"/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine, Arch */
		"/etc/pki/tls/certs/ca-bundle.crt",	  /* Fedora, RHEL */
		"/etc/ssl/ca-bundle.pem",			  /* SUSE */
		"/etc/ssl/cert.pem",				  /* the BSDs, macOS */
	};

	for (int i = 0; i < lengthof(bundles); i++)
	{
		*path = bundles[i];
		if (access(bundles[i], R_OK) == 0)
			return GW_OK;
	}
	gw_error_set(err, GW_ERR_AUTH, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
				 "no bundle of certificate authorities was found on this machine");
	gw_error_hint(err, "Install the system's CA certificates, or set the server option "
					   "\"sslrootcert\".");
	return GW_FAILED;
}
