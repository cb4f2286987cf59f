/*
 * gw_snowflake.c
 *	  Snowflake: options, credentials, hints.
 *
 * Does not talk to the service (gw_snowflake_job.c writes what is said).  What a
 * connection is and who it is for follows from the options alone.
 */
#include "postgres.h"

#include "base/gw_guc.h"
#include "base/gw_secret.h"
#include "base/gw_url.h"
#include "miscadmin.h"
#include "platform/gw_snowflake.sql.h"
#include "platform/gw_settings.h"
#include "platform/gw_snowflake_private.h"
#include "platform/gw_wire.h"
#include "utils/formatting.h"

extern const GwPlatform gw_snowflake;

#define DOMAIN ".snowflakecomputing.com"

static const GwOption snowflake_rows[] = {
	/* where */
	{.name = "account",
	 .aliases = "account_id account_identifier",
	 .where = GW_OPT_SERVER,
	 .doc = "Account identifier, such as myorg-account123 or xy12345.eu-central-1."},
	{.name = "host",
	 .aliases = "server hostname",
	 .where = GW_OPT_SERVER,
	 .doc = "Host of the service; ACCOUNT.snowflakecomputing.com by default."},
	{.name = "port",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .min = 1,
	 .max = 65535,
	 .fallback = "443",
	 .doc = "Port of the service."},
	{.name = "protocol",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .values = "https http",
	 .fallback = "https",
	 .doc = "https; http only by a superuser."},
	{.name = "warehouse",
	 .aliases = "wh",
	 .where = GW_OPT_SERVER,
	 .doc = "Warehouse that runs statements; the user's own by default."},
	{.name = "role",
	 .where = GW_OPT_SERVER,
	 .doc = "Role that statements run in; the user's own by default."},
	{.name = "database",
	 .aliases = "db dbname",
	 .where = GW_OPT_SERVER,
	 .doc = "Database that holds the data, as it is stored: mostly in capitals."},
	{.name = "schema",
	 .where = GW_OPT_SERVER,
	 .doc = "Schema where none is named, as it is stored."},
	{.name = "allow_private_network",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_BOOL,
	 .flags = GW_OPTF_SUPERUSER,
	 .fallback = "false",
	 .doc = "Whether the service may be at an address of this machine or a private network."},
	GW_WIRE_OPTION_SSLROOTCERT,
	GW_WIRE_OPTION_CONNECT_TIMEOUT,

	/* how */
	{.name = "autocommit_writes",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_BOOL,
	 .fallback = "false",
	 .doc = "Whether writing is allowed inside a transaction block, although each statement "
			"commits there at once."},
	{.name = "query_tag",
	 .where = GW_OPT_SERVER,
	 .doc = "Text that marks statements in the service's query history."},
	{.name = "statement_timeout_in_seconds",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .min = 1,
	 .max = 604800,
	 .doc = "Seconds after which the service stops a statement; the warehouse's own limit by "
			"default."},
	{.name = "use_cached_result",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_BOOL,
	 .fallback = "true",
	 .doc = "Whether the service may answer with the result of an earlier statement."},

	/* who */
	{.name = "user",
	 .aliases = "username",
	 .where = GW_OPT_MAPPING,
	 .doc = "User; needed for key-pair authentication."},
	{.name = "authenticator",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_ENUM,
	 .values = "snowflake_jwt oauth programmatic_access_token",
	 .doc = "How to be recognised; by default it follows from what else is given, a token being "
			"a programmatic access token."},
	{.name = "private_key",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_SECRET,
	 .doc = "RSA key of the user in PEM, or in base64 DER; private_key_ref is the better choice."},
	{.name = "private_key_ref",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_REF,
	 .doc = "Where the key is kept: 'file:NAME' or 'env:NAME'."},
	{.name = "private_key_passphrase",
	 .aliases = "private_key_file_pwd",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_SECRET,
	 .doc = "Passphrase of an encrypted key; private_key_passphrase_ref is the better choice."},
	{.name = "private_key_passphrase_ref",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_REF,
	 .doc = "Where the passphrase is kept: 'file:NAME' or 'env:NAME'."},
	{.name = "token",
	 .aliases = "pat access_token",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_SECRET,
	 .doc = "Programmatic access token or, with authenticator oauth, OAuth access token; "
			"token_ref is the better choice."},
	{.name = "token_ref",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_REF,
	 .doc = "Where the token is kept: 'file:NAME' or 'env:NAME'."},
	{.name = "oauth_refresh_token",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_SECRET,
	 .doc = "Refresh token of Snowflake OAuth, with oauth_client_id and oauth_client_secret."},
	{.name = "oauth_refresh_token_ref",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_REF,
	 .doc = "Where the refresh token is kept: 'file:NAME' or 'env:NAME'."},
	{.name = "oauth_client_id",
	 .where = GW_OPT_MAPPING,
	 .doc = "OAuth client of the refresh token."},
	{.name = "oauth_client_secret",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_SECRET,
	 .doc = "Its secret; oauth_client_secret_ref is the better choice."},
	{.name = "oauth_client_secret_ref",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_REF,
	 .doc = "Where the client's secret is kept: 'file:NAME' or 'env:NAME'."},
};

static const GwOptionTable snowflake_options = {
	.options = snowflake_rows,
	.noptions = lengthof(snowflake_rows),
	.parent = &gw_common_options,
};

/* ---- where ---- */

/* The account's host: its name may have underscores, a certificate's may not. */
static char *
host_of(const GwOptionSet *options)
{
	const char *host = gw_option_str(options, "host");
	const char *account = gw_option_str(options, "account");
	char *name;

	if (host != NULL)
		return pstrdup(host);
	if (account == NULL)
		return NULL;
	name = psprintf("%s" DOMAIN, account);
	for (char *p = name; *p != '\0'; p++)
		*p = *p == '_' ? '-' : (char) pg_ascii_tolower((unsigned char) *p);
	return name;
}

/* May servers name it, and is it a name at all? */
static GwStatus
host_check(const char *host, GwError *err)
{
	if (host[0] == '\0' || host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
											 "0123456789-.:[]")] != '\0')
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"\"%s\" is not the name of a host", host);
	return gw_wire_host_is_allowed(host) ? GW_OK : gw_wire_refuse_host(host, err);
}

static GwStatus
snowflake_check(int where, const GwOptionSet *given, GwError *err)
{
	const char *host = host_of(given);

	if (where != GW_OPT_SERVER)
		return GW_OK;
	if (strcmp(gw_option_str(given, "protocol"), "http") == 0 && !superuser())
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_INSUFFICIENT_PRIVILEGE,
					 "permission denied to set option \"protocol\" to \"http\"");
		gw_error_detail(err, "Only a superuser may do without TLS.");
		return GW_FAILED;
	}
	return host == NULL ? GW_OK : host_check(host, err);
}

/* ---- settings ---- */

/* A key may come as the base64 of its DER alone, as some tools keep it. */
static char *
key_pem(const char *text)
{
	const char *begin = text + strspn(text, " \t\r\n");

	if (strncmp(begin, "-----BEGIN", 10) == 0)
		return pstrdup(begin);
	return psprintf("-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n", begin);
}

/* The key of a user, who has to be named. */
static GwStatus
settings_key(const GwOptionSet *options, const char *key, GwSettings *list, GwError *err)
{
	const char *account = gw_option_str(options, "account");
	const char *user = gw_option_str(options, "user");
	char *passphrase;

	if (gw_option_secret(options, "private_key_passphrase", &passphrase, err) != GW_OK)
		return GW_FAILED;
	if (account == NULL || user == NULL)
	{
		gw_error_set(err, GW_ERR_AUTH, ERRCODE_FDW_OPTION_NAME_NOT_FOUND,
					 "a private key is that of a user of an account");
		gw_error_hint(err, "Set the option \"%s\" of the %s.", account ? "user" : "account",
					  account ? "user mapping" : "server");
		return GW_FAILED;
	}
	gw_settings_add(list, "auth", "keypair");
	gw_settings_add(list, "token_type", "KEYPAIR_JWT");
	gw_settings_add(list, "private_key", key_pem(key));
	gw_settings_add(list, "passphrase", passphrase);
	gw_settings_add(list, "issuer", psprintf("%s.%s", gw_snowflake_account(account),
											 asc_toupper(user, strlen(user))));
	return GW_OK;
}

/* Who connects: what authenticator says, or else what is given. */
static GwStatus
settings_identity(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	const char *how = gw_option_str(options, "authenticator");
	const char *client = gw_option_str(options, "oauth_client_id");
	bool oauth = how != NULL && strcmp(how, "oauth") == 0;
	bool keypair = how != NULL && strcmp(how, "snowflake_jwt") == 0;
	char *token, *key, *refresh, *secret;

	if (gw_option_secret(options, "token", &token, err) != GW_OK ||
		gw_option_secret(options, "private_key", &key, err) != GW_OK ||
		gw_option_secret(options, "oauth_refresh_token", &refresh, err) != GW_OK ||
		gw_option_secret(options, "oauth_client_secret", &secret, err) != GW_OK)
		return GW_FAILED;
	if (key != NULL && (how == NULL || keypair))
		return settings_key(options, key, list, err);
	if (token != NULL && !keypair)
	{
		gw_settings_add(list, "auth", "token");
		gw_settings_add(list, "token", token);
		gw_settings_add(list, "token_type", oauth ? "OAUTH" : "PROGRAMMATIC_ACCESS_TOKEN");
		return GW_OK;
	}
	if (refresh != NULL && client != NULL && secret != NULL && (how == NULL || oauth))
	{
		gw_settings_add(list, "auth", "refresh");
		gw_settings_add(list, "token_type", "OAUTH");
		gw_settings_add(list, "refresh_token", refresh);
		gw_settings_add(list, "client_id", client);
		gw_settings_add(list, "client_secret", secret);
		return GW_OK;
	}
	gw_error_set(err, GW_ERR_AUTH, ERRCODE_FDW_OPTION_NAME_NOT_FOUND,
				 "the user mapping has no credentials");
	gw_error_hint(err, "Set its option \"private_key_ref\" with \"user\", \"token_ref\" or "
					   "\"oauth_refresh_token_ref\" with its client; the SQL API takes no "
					   "passwords.");
	return GW_FAILED;
}

static GwStatus
snowflake_settings(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	const char *host = host_of(options);

	if (host == NULL || gw_option_str(options, "database") == NULL)
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_FDW_OPTION_NAME_NOT_FOUND,
					 host ? "nothing says which database the data is in"
						  : "nothing says which account the data is in");
		gw_error_hint(err, "Set the server option \"%s\".", host ? "database" : "account");
		return GW_FAILED;
	}
	/* Again at use: the list of allowed hosts may have changed. */
	if (host_check(host, err) != GW_OK)
		return GW_FAILED;
	gw_settings_add(list, "endpoint",
				psprintf("%s://%s:" INT64_FORMAT, gw_option_str(options, "protocol"), host,
						 gw_option_int(options, "port")));
	if (settings_identity(options, list, err) != GW_OK)
		return GW_FAILED;
	gw_settings_add(list, "role", gw_option_str(options, "role"));
	gw_settings_add(list, "warehouse", gw_option_str(options, "warehouse"));
	gw_settings_add(list, "database", gw_option_str(options, "database"));
	gw_settings_add(list, "schema", gw_option_str(options, "schema"));
	gw_settings_add(list, "query_tag", gw_option_str(options, "query_tag"));
	gw_settings_add(list, "timeout", gw_option_str(options, "statement_timeout_in_seconds"));
	gw_settings_add(list, "use_cached_result",
				gw_option_bool(options, "use_cached_result") ? "on" : NULL);
	gw_settings_add(list, "ca_file", gw_option_str(options, "sslrootcert"));
	gw_settings_add(list, "allow_private",
				gw_option_bool(options, "allow_private_network") ? "on" : NULL);
	gw_settings_add(list, "connect_timeout_ms",
				psprintf(INT64_FORMAT, gw_option_int(options, "connect_timeout") * 1000));
	return GW_OK;
}

/* ---- errors ---- */

static void
snowflake_classify(GwError *err, const GwOptionSet *options)
{
	if (err->hint[0] != '\0')
		return;
	switch (err->vendor_code)
	{
		case 390144: /* JWT token is invalid */
			gw_error_hint(err, "Check the options \"account\" and \"user\", that the key is the "
							   "user's (DESCRIBE USER shows its fingerprint), and this machine's "
							   "clock.");
			break;
		case 390186:
			gw_error_hint(err, "The server option \"role\" names a role that the user has, as it "
							   "is stored: mostly in capitals.");
			break;
		case 606:
			gw_error_hint(err, "Set the server option \"warehouse\" to one that the role may use, "
							   "as it is stored: mostly in capitals.");
			break;
		default:
			if (err->cls == GW_ERR_AUTH)
				gw_error_hint(err, "Check the credentials of the user mapping, and that a token "
								   "has not expired.");
			else if (err->cls == GW_ERR_NOT_FOUND)
				gw_error_hint(err, "Names are those that are stored, mostly in capitals; what the "
								   "role may not see does not exist for it.");
	}
}

static GwStatus
snowflake_create(MemoryContext parent, const GwSetting *settings, int nsettings, GwLink **link,
				 GwError *err)
{
	return gw_restjob_create(&gw_snowflake_transport, &gw_snowflake_ops, parent, settings,
							 nsettings, link, err);
}

const GwTransport gw_snowflake_transport = {
	.name = "http",
	.create = snowflake_create,
	GW_RESTJOB_SLOTS,
	GW_RESTJOB_COPY_SLOTS,
};

const GwPlatform gw_snowflake = {
	.name = "snowflake",
	.aliases = "",
	.title = "Snowflake",
	.transport = &gw_snowflake_transport,
	.dialect = &gw_dialect_snowflake,
	.options = &snowflake_options,
	.caps = GW_CAP_NEEDS_MAPPING | GW_CAP_WRITES | GW_CAP_MODIFY | GW_CAP_COPY_IN |
			GW_CAP_TOGETHER,
	.check = snowflake_check,
	.settings = snowflake_settings,
	.pin_sql = sql_snowflake_pin,
	.catalog =
		{
			[GW_CATALOG_DATABASES] = sql_snowflake_databases,
			[GW_CATALOG_SCHEMAS] = sql_snowflake_schemas,
			[GW_CATALOG_TABLES] = sql_snowflake_tables,
			[GW_CATALOG_DESCRIBE] = sql_snowflake_describe,
			[GW_CATALOG_IDENTITY] = sql_snowflake_identity,
			[GW_CATALOG_CLOCK] = sql_snowflake_clock,
			[GW_CATALOG_VERSION] = sql_snowflake_version,
		},
	.read_document = gw_snowflake_read_document,
	.classify = snowflake_classify,
	.explain_prefix = "EXPLAIN USING JSON ",
};
