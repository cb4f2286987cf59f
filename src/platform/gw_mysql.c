/*
 * gw_mysql.c
 *	  MySQL and MariaDB: options, settings, session pins, hints.
 *
 * Does not talk to the server.  What a connection is and who it is for follows
 * from the options alone, never from the environment, an option file or the
 * identity of the server process.
 */
#include "postgres.h"

#include "dialect/gw_catalog_mysql.h"
#include "dialect/gw_dialect_mysql.h"
#include "platform/gw_mysql.sql.h"
#include "platform/gw_platform.h"
#include "platform/gw_wire.h"

extern const GwPlatform gw_mysql;

/* How the server may ask who we are; none of them shows the password as it is. */
#define AUTH_PLUGINS \
	"mysql_native_password,caching_sha2_password,sha256_password,client_ed25519"

static const GwOption mysql_rows[] = {
	/* where */
	{.name = "host",
	 .aliases = "server hostname",
	 .where = GW_OPT_SERVER,
	 .fallback = "127.0.0.1",
	 .doc = "Host name or address, or the path of a unix socket."},
	{.name = "port",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .flags = GW_OPTF_WIRE,
	 .min = 1,
	 .max = 65535,
	 .fallback = "3306",
	 .doc = "Port of the server."},
	{.name = "dbname",
	 .aliases = "database db",
	 .where = GW_OPT_SERVER,
	 .doc = "Database to connect to, which is the default schema."},
	{.name = "application_name",
	 .aliases = "program_name",
	 .where = GW_OPT_SERVER | GW_OPT_MAPPING,
	 .fallback = "warehouse_gw",
	 .doc = "Name shown among the session's connection attributes."},

	/* how */
	GW_WIRE_OPTION_SSLMODE,
	{.name = "sslrootcert",
	 .aliases = "ssl_ca",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_PATH,
	 .doc = "File of trusted certificate authorities; the system's bundle by default."},
	{.name = "sslcrl",
	 .aliases = "ssl_crl",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_PATH,
	 .flags = GW_OPTF_WIRE,
	 .doc = "File of revoked certificates."},
	GW_WIRE_OPTION_CONNECT_TIMEOUT,
	{.name = "compress",
	 .aliases = "compression",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_BOOL,
	 .fallback = "false",
	 .doc = "Compress what goes over the wire."},
	GW_WIRE_OPTION_ISOLATION_LEVEL,
	GW_WIRE_OPTION_PARALLEL_ABORT,
	GW_WIRE_OPTION_KEEP_CONNECTIONS,
	{.name = "zero_dates",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .values = "error null text",
	 .fallback = "error",
	 .doc = "Dates that are none, as 0000-00-00 or 2024-05-00: an error (22008), null, or all "
			"dates are read as text."},
	{.name = "tinyint1",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .values = "bool int8",
	 .fallback = "bool",
	 .doc = "What a TINYINT(1) is imported as; a boolean other than 0 and 1 is then an error."},

	/* who */
	{.name = "user",
	 .aliases = "username",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_IDENTITY,
	 .doc = "Remote user."},
	GW_WIRE_OPTION_PASSWORD,
	GW_WIRE_OPTION_PASSWORD_REF,
	{.name = "password_required",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_BOOL,
	 .flags = GW_OPTF_SUPERUSER,
	 .fallback = "true",
	 .doc = "false lets an ordinary user connect without a password, or over a unix socket, "
			"where the remote may go by the identity of this server."},
	{.name = "sslcert",
	 .aliases = "ssl_cert",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_PATH,
	 .flags = GW_OPTF_WIRE,
	 .doc = "File of the client certificate."},
	{.name = "sslkey",
	 .aliases = "ssl_key",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_PATH,
	 .flags = GW_OPTF_WIRE,
	 .doc = "File of the client certificate's key."},
};

static const GwOptionTable mysql_options = {
	.options = mysql_rows,
	.noptions = lengthof(mysql_rows),
	.parent = &gw_common_options,
};

static const char *
mysql_tls_mode(const GwOptionSet *options)
{
	const char *mode = gw_option_str(options, "sslmode");

	if (mode != NULL)
		return mode;
	return gw_wire_host_is_socket(gw_option_str(options, "host")) ? "disable" : "verify-full";
}

static GwStatus
mysql_check(int where, const GwOptionSet *given, GwError *err)
{
	const char *mode = gw_option_str(given, "sslmode");
	const char *host = gw_option_str(given, "host");

	if (where == GW_OPT_MAPPING)
		return gw_wire_check_mapping(given, err);
	if (where != GW_OPT_SERVER)
		return GW_OK;
	if (!gw_wire_host_is_allowed(host))
		return gw_wire_refuse_host(host, err);
	if (mode == NULL || strcmp(mode, "verify-full") == 0 || gw_wire_host_is_near(host))
		return GW_OK;
	return gw_wire_weak_tls(mode, host, true, err);
}

/* ---- settings ---- */

/*
 * Who connects.  An ordinary user is authenticated by a password of the
 * mapping.  Over a unix socket the remote may ask nobody and go by the
 * operating system's user, which would be the server process.
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
	if (required && (password == NULL || password[0] == '\0'))
		return gw_wire_refuse_no_password("", err);
	if (required && gw_wire_host_is_socket(gw_option_str(options, "host")))
	{
		gw_error_set(err, GW_ERR_AUTH, ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED,
					 "a unix socket does not prove that the password was asked for");
		gw_error_detail(err, "The remote may go by the operating system's user there, which is "
							 "that of this server.");
		gw_error_hint(err, "Name a host, or let a superuser set the mapping's option "
						   "\"password_required\" to false.");
		return GW_FAILED;
	}
	gw_settings_add(list, "user", user);
	gw_settings_add(list, "password", password ? password : "");
	return GW_OK;
}

static GwStatus
mysql_settings(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	const char *host = gw_option_str(options, "host");
	const char *mode = mysql_tls_mode(options);
	const char *root = gw_option_str(options, "sslrootcert");

	/* Again at use: the list of allowed hosts may have changed. */
	if (!gw_wire_host_is_allowed(host))
		return gw_wire_refuse_host(host, err);
	gw_settings_add_wire(list, options);
	gw_settings_add(list, gw_wire_host_is_socket(host) ? "socket" : "host", host);
	if (!gw_option_given(options, "port"))
		gw_settings_add(list, "port", gw_option_str(options, "port"));
	gw_settings_add(list, "database", gw_option_str(options, "dbname"));
	gw_settings_add(list, "application_name", gw_option_str(options, "application_name"));
	gw_settings_add(list, "connect_timeout", gw_option_str(options, "connect_timeout"));
	gw_settings_add(list, "compress", gw_option_bool(options, "compress") ? "on" : "off");
	gw_settings_add(list, "zero_dates", gw_option_str(options, "zero_dates"));
	gw_settings_add(list, "auth_plugins", AUTH_PLUGINS);
	gw_settings_add(list, "sslmode", mode);
	if (root == NULL && strncmp(mode, "verify-", 7) == 0 && gw_wire_ca_bundle(&root, err) != GW_OK)
		return GW_FAILED;
	gw_settings_add(list, "sslrootcert", root);
	/* The catalog statements ask the session for these two. */
	gw_settings_add(list, "session_sql",
					psprintf("SET @gw_tinyint1 = '%s', @gw_zero_dates = '%s'",
							 gw_option_str(options, "tinyint1"),
							 gw_option_str(options, "zero_dates")));
	if (settings_identity(options, list, err) != GW_OK)
		return GW_FAILED;
	return GW_OK;
}

/* ---- errors ---- */

static void
mysql_classify(GwError *err, const GwOptionSet *options)
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
			gw_error_hint(err, "Check that the remote lets this user in from here, by one of %s.",
						  AUTH_PLUGINS);
			break;
		case ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE:
			if (strstr(err->message, "(" GW_MYSQL_NO_DAY " + ") != NULL)
			{
				err->sqlstate = ERRCODE_DATETIME_FIELD_OVERFLOW;
				gw_error_hint(err, "The result depends on a day or a time that is none here, as "
								   "0000-00-00 or 25:00:00. See the server option \"zero_dates\" "
								   "for days.");
			}
			else if (strstr(err->message, "(" GW_MYSQL_NO_TRUTH " + ") != NULL)
			{
				err->sqlstate = ERRCODE_INVALID_PARAMETER_VALUE;
				gw_error_hint(err, "The result depends on a TINYINT(1) that is neither 0 nor 1. "
								   "With the server option \"tinyint1\" 'int8' it is imported as a "
								   "number.");
			}
			break;
		case ERRCODE_UNDEFINED_DATABASE:
			gw_error_hint(err, "Check the server option \"dbname\".");
			break;
		case ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION:
			if (strstr(err->message, "SSL") != NULL || strstr(err->message, "TLS") != NULL ||
				strstr(err->message, "ertificate") != NULL)
			{
				err->cls = GW_ERR_AUTH;
				gw_error_hint(err, "Check that the server has TLS and that its certificate is for "
								   "this host and has not expired, and set the server option "
								   "\"sslrootcert\" to that of the authority that signed it.");
			}
			else if (err->cls == GW_ERR_TRANSIENT)
				gw_error_hint(err, "Check that a server listens there, and the server options "
								   "\"host\" and \"port\" (now \"%s\" and %s).",
							  gw_option_str(options, "host"), gw_option_str(options, "port"));
			break;
		default:
			break;
	}
}

const GwPlatform gw_mysql = {
	.name = "mysql",
	.aliases = "mariadb",
	.title = "MySQL and MariaDB",
	.transport = &gw_transport_mysql,
	.dialect = &gw_dialect_mysql,
	.options = &mysql_options,
	.caps = GW_CAP_TRANSACTIONS | GW_CAP_SAVEPOINTS | GW_CAP_NEEDS_MAPPING | GW_CAP_WRITES |
			GW_CAP_MODIFY,
	.check = mysql_check,
	.settings = mysql_settings,
	.pin_sql = sql_mysql_pin,
	.value_pin_sql = sql_mysql_pin,
	.catalog =
		{
			[GW_CATALOG_DATABASES] = sql_mysql_catalog_databases,
			[GW_CATALOG_SCHEMAS] = sql_mysql_catalog_databases,
			[GW_CATALOG_TABLES] = sql_mysql_catalog_tables,
			[GW_CATALOG_DESCRIBE] = sql_mysql_catalog_describe,
			[GW_CATALOG_IDENTITY] = sql_mysql_catalog_identity,
			[GW_CATALOG_CLOCK] = sql_mysql_catalog_clock,
			[GW_CATALOG_VERSION] = sql_mysql_catalog_version,
			[GW_CATALOG_PERMISSION] = sql_mysql_catalog_permission,
		},
	.read_document = gw_catalog_mysql_read,
	.classify = mysql_classify,
	.explain_prefix = "EXPLAIN FORMAT=JSON ",
	/* https://dev.mysql.com/doc/refman/8.0/en/implicit-commit.html */
	.committing = "create alter drop rename truncate grant revoke lock unlock analyze check "
				  "optimize repair flush reset install uninstall cache",
};
