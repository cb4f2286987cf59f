/*
 * gw_pgwire.c
 *	  What every server that is reached over libpq has in common: options,
 *	  settings of a connection, hints.
 *
 * Does not talk to the server.  The rule behind the settings: what a
 * connection is and who it is for follows from the options alone, never from
 * the environment, the home directory or the identity of the server process.
 * Results live in CurrentMemoryContext.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "pg_config_manual.h"
#include "platform/gw_pgwire.h"
#include "platform/gw_wire.h"

/* A path that cannot exist: keeps libpq from looking into a home directory. */
#define NO_FILE "/dev/null/none"

static const GwOption pgwire_rows[] = {
	/* where */
	{.name = "host",
	 .aliases = "server",
	 .where = GW_OPT_SERVER,
	 .flags = GW_OPTF_WIRE,
	 .doc = "Host name, or directory of a unix socket; several separated by commas."},
	{.name = "hostaddr",
	 .where = GW_OPT_SERVER,
	 .flags = GW_OPTF_WIRE,
	 .doc = "Numeric address, to spare the name look-up; host is then only verified."},
	{.name = "port",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .flags = GW_OPTF_WIRE,
	 .min = 1,
	 .max = 65535,
	 .fallback = "5432",
	 .doc = "Port of the server."},
	{.name = "dbname",
	 .aliases = "database db",
	 .where = GW_OPT_SERVER,
	 .flags = GW_OPTF_WIRE,
	 .doc = "Database to connect to; by default the one named like the user."},
	{.name = "target_session_attrs",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .flags = GW_OPTF_WIRE,
	 .values = "any read-write read-only primary standby prefer-standby",
	 .fallback = "any",
	 .doc = "Which of several hosts will do."},
	{.name = "application_name",
	 .where = GW_OPT_SERVER | GW_OPT_MAPPING,
	 .flags = GW_OPTF_WIRE,
	 .fallback = "warehouse_gw",
	 .doc = "Name shown in the remote's list of sessions."},

	/* how */
	GW_WIRE_OPTION_SSLMODE,
	GW_WIRE_OPTION_SSLROOTCERT,
	{.name = "sslcrl",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_PATH,
	 .flags = GW_OPTF_WIRE,
	 .doc = "File of revoked certificates."},
	{.name = "ssl_min_protocol_version",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .flags = GW_OPTF_WIRE,
	 .values = "TLSv1.2 TLSv1.3",
	 .fallback = "TLSv1.2",
	 .doc = "Oldest TLS version to accept."},
	{.name = "connect_timeout",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .min = 1,
	 .max = 3600,
	 .fallback = "10",
	 .doc = "Seconds to wait for a connection; each of several hosts has its share."},
	{.name = "keepalives",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_BOOL,
	 .fallback = "true",
	 .doc = "Send TCP keepalives."},
	{.name = "keepalives_idle",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .flags = GW_OPTF_WIRE,
	 .min = 1,
	 .max = 86400,
	 .doc = "Seconds of silence before the first keepalive."},
	{.name = "keepalives_interval",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .flags = GW_OPTF_WIRE,
	 .min = 1,
	 .max = 86400,
	 .doc = "Seconds between keepalives."},
	{.name = "keepalives_count",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .flags = GW_OPTF_WIRE,
	 .min = 1,
	 .max = 1000,
	 .doc = "Keepalives without an answer before the connection is given up."},
	{.name = "tcp_user_timeout",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .flags = GW_OPTF_WIRE,
	 .min = 0,
	 .max = PG_INT32_MAX,
	 .doc = "Milliseconds sent data may stay unacknowledged."},
	GW_WIRE_OPTION_ISOLATION_LEVEL,
	{.name = "parallel_commit",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_BOOL,
	 .fallback = "false",
	 .doc = "Send COMMIT together with that of other such servers, then wait for all."},
	GW_WIRE_OPTION_PARALLEL_ABORT,
	GW_WIRE_OPTION_KEEP_CONNECTIONS,
	{.name = "statement_timeout",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .min = 0,
	 .max = PG_INT32_MAX,
	 .doc = "Milliseconds after which the remote cancels a statement; 0: never."},

	/* who */
	{.name = "user",
	 .aliases = "username",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_WIRE | GW_OPTF_IDENTITY,
	 .doc = "Remote role."},
	GW_WIRE_OPTION_PASSWORD,
	GW_WIRE_OPTION_PASSWORD_REF,
	{.name = "password_required",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_BOOL,
	 .flags = GW_OPTF_SUPERUSER,
	 .fallback = "true",
	 .doc = "false lets an ordinary user connect by the identity of this server."},
	{.name = "sslcert",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_PATH,
	 .doc = "File of the client certificate."},
	{.name = "sslkey",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_PATH,
	 .flags = GW_OPTF_WIRE,
	 .doc = "File of the client certificate's key."},
	{.name = "sslpassword",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_SECRET,
	 .doc = "Password of the client certificate's key."},
	{.name = "sslpassword_ref",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_REF,
	 .doc = "Where the key's password is kept: 'file:NAME' or 'env:NAME'."},
};

const GwOptionTable gw_pgwire_options = {
	.options = pgwire_rows,
	.noptions = lengthof(pgwire_rows),
	.parent = &gw_common_options,
};

/* ---- hosts ---- */

typedef bool (*HostTest)(const char *host);

/* Does test hold for each of the comma-separated hosts? */
static bool
hosts_all(const char *hosts, HostTest test)
{
	char *rest = pstrdup(hosts);
	char *host;

	while ((host = strsep(&rest, ",")) != NULL)
	{
		if (!test(host))
			return false;
	}
	return true;
}

static bool
host_is_given(const char *host)
{
	return !gw_wire_host_is_socket(host);
}

/* Where the connection really goes: the address wins over the name. */
static const char *
hosts_reached(const GwOptionSet *options)
{
	const char *address = gw_option_str(options, "hostaddr");
	const char *host = gw_option_str(options, "host");

	return address ? address : host ? host : "";
}

static GwStatus
hosts_check(const GwOptionSet *options, GwError *err)
{
	const char *names[] = {gw_option_str(options, "host"), gw_option_str(options, "hostaddr")};
	int i;

	/* For a missing address libpq would fall back on the name beside it. */
	if (names[1] != NULL && !hosts_all(names[1], host_is_given))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"option \"hostaddr\" holds an empty or invalid address");
	for (i = 0; i < lengthof(names); i++)
	{
		if (names[i] != NULL && !hosts_all(names[i], gw_wire_host_is_allowed))
			return gw_wire_refuse_host(names[i], err);
	}
	return GW_OK;
}

static const char *
tls_mode(const GwOptionSet *options)
{
	const char *mode = gw_option_str(options, "sslmode");

	if (mode != NULL)
		return mode;
	return hosts_all(hosts_reached(options), gw_wire_host_is_socket) ? "disable" : "verify-full";
}

/* ---- when options are written ---- */

GwStatus
gw_pgwire_check(int where, const GwOptionSet *given, GwError *err)
{
	const char *mode = gw_option_str(given, "sslmode");

	if (where == GW_OPT_MAPPING)
		return gw_wire_check_mapping(given, err);
	if (where != GW_OPT_SERVER)
		return GW_OK;
	if (hosts_check(given, err) != GW_OK)
		return GW_FAILED;
	if (mode == NULL || strcmp(mode, "verify-full") == 0 ||
		hosts_all(hosts_reached(given), gw_wire_host_is_near))
		return GW_OK;
	return gw_wire_weak_tls(mode, hosts_reached(given), true, err);
}

/* ---- settings ---- */

static GwStatus
settings_tls(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	const char *mode = tls_mode(options);
	const char *root = gw_option_str(options, "sslrootcert");
	const char *cert = gw_option_str(options, "sslcert");
	char *password;

	/* libpq 15 does not look for the system's. */
	if (root == NULL && strncmp(mode, "verify-", 7) == 0 && gw_wire_ca_bundle(&root, err) != GW_OK)
		return GW_FAILED;
	if (gw_option_secret(options, "sslpassword", &password, err) != GW_OK)
		return GW_FAILED;
	gw_settings_add(list, "sslmode", mode);
	gw_settings_add(list, "sslrootcert", root ? root : NO_FILE);
	gw_settings_add(list, "sslcert", cert ? cert : NO_FILE);
	gw_settings_ensure(list, "sslkey", NO_FILE);
	gw_settings_ensure(list, "sslcrl", NO_FILE);
	gw_settings_add(list, "sslsni", "1");
	gw_settings_add(list, "gssencmode", "disable");
	gw_settings_add(list, "sslpassword", password);
	return GW_OK;
}

/*
 * Who connects.  An ordinary user is authenticated by a password of the
 * mapping: the identity of the server process (peer, trust, its certificate,
 * its password file) belongs to the superuser.
 */
static GwStatus
settings_identity(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	bool required = gw_wire_needs_password(options);
	const char *user = gw_option_str(options, "user");
	char *password;

	if (user == NULL)
		return gw_wire_refuse_nobody(err);
	if (gw_option_secret(options, "password", &password, err) != GW_OK)
		return GW_FAILED;
	if (required && password == NULL)
		return gw_wire_refuse_no_password("", err);
	gw_settings_add(list, "password", password);
	gw_settings_add(list, "passfile", NO_FILE);
	gw_settings_add(list, "gw_require_password", required ? "on" : "off");
	gw_settings_ensure(list, "dbname",
					   gw_option_str(options, "dbname") ? gw_option_str(options, "dbname")
														: user);
	return GW_OK;
}

/*
 * Environment variables that libpq reads and that no harmless value can
 * overrule.  With one of them set in the server's environment a connection
 * would not be what the options say.
 */
static GwStatus
settings_environment(const GwSettings *list, GwError *err)
{
	static const struct
	{
		const char *variable;
		const char *setting; /* which overrules it, or NULL */
	} ambient[] = {
		{"PGHOSTADDR", "hostaddr"},
		{"PGSERVICE", NULL},
		{"PGREQUIREPEER", NULL},
		{"PGSSLCRLDIR", NULL},
		{"PGSSLMAXPROTOCOLVERSION", NULL},
	};
	int i;

	for (i = 0; i < lengthof(ambient); i++)
	{
		const char *value = getenv(ambient[i].variable);
		bool overruled = false;
		int j;

		if (value == NULL || value[0] == '\0')
			continue;
		for (j = 0; ambient[i].setting != NULL && j < list->n; j++)
			overruled = overruled || strcmp(list->items[j].name, ambient[i].setting) == 0;
		if (overruled)
			continue;
		gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
					 "the environment variable %s of the database server would change where or "
					 "how it connects",
					 ambient[i].variable);
		gw_error_hint(err, "Start the server without it.");
		return GW_FAILED;
	}
	return GW_OK;
}

GwStatus
gw_pgwire_settings(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	const char *timeout = gw_option_str(options, "statement_timeout");

	/* Again at use: the list of allowed hosts may have changed. */
	if (hosts_check(options, err) != GW_OK)
		return GW_FAILED;
	gw_settings_add_wire(list, options);
	/* A directory of our own choice, or PGHOST would be asked. */
	gw_settings_ensure(list, "host",
					   gw_option_given(options, "hostaddr") ? gw_option_str(options, "hostaddr")
															: DEFAULT_PGSOCKET_DIR);
	gw_settings_ensure(list, "port", gw_option_str(options, "port"));
	gw_settings_ensure(list, "target_session_attrs",
					   gw_option_str(options, "target_session_attrs"));
	gw_settings_ensure(list, "application_name", gw_option_str(options, "application_name"));
	gw_settings_ensure(list, "ssl_min_protocol_version",
					   gw_option_str(options, "ssl_min_protocol_version"));
	gw_settings_add(list, "keepalives", gw_option_bool(options, "keepalives") ? "1" : "0");
	gw_settings_add(list, "connect_timeout", gw_option_str(options, "connect_timeout"));
	gw_settings_add(list, "client_encoding", GetDatabaseEncodingName());
	gw_settings_add(list, "channel_binding", "prefer");
	gw_settings_add(list, "krbsrvname", "postgres");
	gw_settings_add(list, "sslcompression", "0");
	/* A blank is no option, and keeps PGOPTIONS out. */
	if (timeout != NULL)
		gw_settings_add(list, "options", psprintf("-c statement_timeout=%s", timeout));
	else if (getenv("PGOPTIONS") != NULL)
		gw_settings_add(list, "options", " ");
	if (settings_tls(options, list, err) != GW_OK ||
		settings_identity(options, list, err) != GW_OK ||
		settings_environment(list, err) != GW_OK)
		return GW_FAILED;
	return GW_OK;
}

/* ---- errors ---- */

static void
classify_tls(GwError *err, const GwOptionSet *options)
{
	err->cls = GW_ERR_AUTH;
	if (strstr(err->message, "does not support SSL") != NULL)
		gw_error_hint(err, "The server has no TLS. Turn it on there, or set the server option "
						   "\"sslmode\" to a weaker value; other than for loopback addresses "
						   "only a superuser may.");
	else if (strstr(err->message, "does not match host name") != NULL)
		gw_error_hint(err, "The server's certificate is for another name: set the server option "
						   "\"host\" to that name, and \"hostaddr\" to the address if they "
						   "differ.");
	else
		gw_error_hint(err, "Check that the server's certificate has not expired, and set the "
						   "server option \"sslrootcert\" to that of the authority that signed "
						   "it: the RDS and Redshift bundles are files to download.");
}

static void
classify_unreachable(GwError *err, const GwOptionSet *options)
{
	const char *text = err->message;

	if (strstr(text, "SSL") != NULL || strstr(text, "certificate") != NULL)
		classify_tls(err, options);
	else if (strstr(text, "resolve") != NULL || strstr(text, "translate host name") != NULL ||
			 strstr(text, "not known") != NULL)
		gw_error_hint(err, "Check the server option \"host\" (now \"%s\").",
					  hosts_reached(options));
	else if (strstr(text, "refused") != NULL || strstr(text, "No such file") != NULL)
		gw_error_hint(err, "Check that a server listens there, and the server options \"host\" "
						   "and \"port\" (now \"%s\" and %s).",
					  hosts_reached(options), gw_option_str(options, "port"));
}

void
gw_pgwire_classify(GwError *err, const GwOptionSet *options)
{
	/* What the transport or the server has said already stays. */
	if (err->hint[0] != '\0')
		return;
	switch (err->sqlstate)
	{
		case ERRCODE_INVALID_PASSWORD:
			gw_error_hint(err, "Check the options \"user\" and \"password\" (or "
							   "\"password_ref\") of the user mapping.");
			break;
		case ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION:
			/* pg_hba.conf refuses both unknown users and missing TLS with it. */
			gw_error_hint(err, "Check the option \"user\" of the user mapping, the server option "
							   "\"sslmode\", and that the remote lets this user in from here.");
			break;
		case ERRCODE_UNDEFINED_DATABASE:
			gw_error_hint(err, "Check the server option \"dbname\".");
			break;
		case ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION:
		case ERRCODE_CONNECTION_FAILURE:
			classify_unreachable(err, options);
			break;
		default:
			break;
	}
}
