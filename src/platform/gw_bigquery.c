/*
 * gw_bigquery.c
 *	  Google BigQuery: options, credentials, hints.
 *
 * Does not talk to the service (gw_bigquery_request.c writes what is said).
 * What a connection is and who it is for follows from the options alone, never
 * from the environment or the machine, unless a superuser's mapping says so.
 */
#include "postgres.h"

#include "base/gw_guc.h"
#include "base/gw_json.h"
#include "base/gw_secret.h"
#include "base/gw_url.h"
#include "common/base64.h"
#include "miscadmin.h"
#include "platform/gw_bigquery.sql.h"
#include "platform/gw_bigquery_private.h"
#include "platform/gw_wire.h"

extern const GwPlatform gw_bigquery;

#define DEFAULT_ENDPOINT "https://bigquery.googleapis.com"
#define DEFAULT_TOKEN_URI "https://oauth2.googleapis.com/token"
#define DEFAULT_METADATA                                                                       \
	"http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
#define DEFAULT_IAM_ENDPOINT "https://iamcredentials.googleapis.com"
#define IMPERSONATE_URL "%s/v1/projects/-/serviceAccounts/%s:generateAccessToken"
#define DEFAULT_STS_URL "https://sts.googleapis.com/v1/token"

static const GwOption bigquery_rows[] = {
	/* where */
	{.name = "project",
	 .aliases = "project_id database gcp_project",
	 .where = GW_OPT_SERVER,
	 .doc = "Project that holds the data."},
	{.name = "execution_project",
	 .aliases = "billing_project",
	 .where = GW_OPT_SERVER,
	 .doc = "Project that jobs run in and that pays for them; the data's own by default."},
	{.name = "quota_project",
	 .where = GW_OPT_SERVER,
	 .doc = "Project whose quota requests count against."},
	{.name = "schema",
	 .aliases = "dataset dataset_id",
	 .where = GW_OPT_SERVER,
	 .doc = "Dataset where none is named."},
	{.name = "location",
	 .aliases = "region dataset_location",
	 .where = GW_OPT_SERVER,
	 .doc = "Location jobs run in, such as EU; by default the service finds it from the tables."},
	{.name = "api_endpoint",
	 .aliases = "endpoint",
	 .where = GW_OPT_SERVER,
	 .fallback = DEFAULT_ENDPOINT,
	 .doc = "URL of the service; http only by a superuser."},
	{.name = "iam_endpoint",
	 .where = GW_OPT_SERVER,
	 .fallback = DEFAULT_IAM_ENDPOINT,
	 .doc = "URL of the service that lets one account act as another; http only by a superuser."},
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
	{.name = "priority",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .values = "interactive batch",
	 .fallback = "interactive",
	 .doc = "Whether queries start at once, or when there is room."},
	{.name = "maximum_bytes_billed",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .min = 1,
	 .max = PG_INT64_MAX,
	 .doc = "A query that would be billed more bytes fails there, without cost (54000)."},
	{.name = "max_scan_bytes",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .min = 0,
	 .max = PG_INT64_MAX,
	 .doc = "Each statement is first estimated by a dry run, and refused (54000) with the estimate "
			"if it would read more bytes."},
	{.name = "daily_bytes_per_role",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .min = 0,
	 .max = PG_INT64_MAX,
	 .doc = "Each statement is first estimated by a dry run, and refused (53400) if its role would "
			"be billed for more bytes since midnight UTC; counted for all sessions only where the "
			"library is in shared_preload_libraries."},
	{.name = "job_execution_timeout_seconds",
	 .aliases = "timeout_seconds",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .min = 1,
	 .max = 21600,
	 .doc = "Seconds after which the service stops a job."},
	{.name = "use_query_cache",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_BOOL,
	 .fallback = "true",
	 .doc = "Whether the service may answer from its cache of results, which costs nothing."},
	{.name = "labels",
	 .where = GW_OPT_SERVER,
	 .doc = "Labels of jobs: name=value, separated by commas."},
	{.name = "reservation",
	 .where = GW_OPT_SERVER,
	 .doc = "Reservation that jobs use: projects/P/locations/L/reservations/R."},
	{.name = "scopes",
	 .where = GW_OPT_SERVER,
	 .fallback = "https://www.googleapis.com/auth/bigquery",
	 .doc = "What tokens are asked for, separated by blanks."},

	/* who */
	{.name = "method",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_ENUM,
	 .values = "oauth oauth-secrets service-account service-account-json metadata none",
	 .doc = "How to be recognised; by default it follows from what else is given. oauth and "
			"metadata: the machine's own identity, for superusers; none: not at all."},
	{.name = "keyfile",
	 .aliases = "credentials_path keyfile_path",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_PATH,
	 .doc = "Service account key file, below warehouse_gw.secret_dir."},
	{.name = "keyfile_json",
	 .aliases = "credentials_json credentials_info service_account_info credentials",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_SECRET,
	 .doc = "Service account key as JSON, maybe in base64; keyfile_json_ref is the better choice."},
	{.name = "keyfile_json_ref",
	 .aliases = "credentials_ref",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_REF,
	 .doc = "Where the service account key is kept: 'file:NAME' or 'env:NAME'."},
	{.name = "token",
	 .aliases = "access_token",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_SECRET,
	 .doc = "Access token, for as long as it lasts."},
	{.name = "token_ref",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_REF,
	 .doc = "Where the access token is kept: 'file:NAME' or 'env:NAME'."},
	{.name = "refresh_token",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_SECRET,
	 .doc = "Refresh token, with client_id and client_secret."},
	{.name = "refresh_token_ref",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_REF,
	 .doc = "Where the refresh token is kept: 'file:NAME' or 'env:NAME'."},
	{.name = "client_id",
	 .where = GW_OPT_MAPPING,
	 .doc = "OAuth client of the refresh token."},
	{.name = "client_secret",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_SECRET,
	 .doc = "Its secret; client_secret_ref is the better choice."},
	{.name = "client_secret_ref",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_REF,
	 .doc = "Where the client's secret is kept: 'file:NAME' or 'env:NAME'."},
	{.name = "subject_token_ref",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_REF,
	 .doc = "Where another provider's token is kept and renewed, 'file:NAME' or 'env:NAME': with "
			"a key document of type external_account it is exchanged for Google's."},
	{.name = "token_uri",
	 .where = GW_OPT_MAPPING,
	 .doc = "URL that gives tokens; the key's own, or Google's, by default."},
	{.name = "impersonate_service_account",
	 .where = GW_OPT_MAPPING,
	 .doc = "Service account to act as; the credentials need the right to."},
};

static const GwOptionTable bigquery_options = {
	.options = bigquery_rows,
	.noptions = lengthof(bigquery_rows),
	.parent = &gw_common_options,
};

/* ---- when options are written ---- */

/* Is it a URL, of a host that servers may name, and https unless a superuser says so? */
static GwStatus
url_check(const char *option, const char *text, GwError *err)
{
	GwUrl url;

	if (!gw_url_parse(text, &url))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"option \"%s\" is not a URL: \"%s\"", option, text);
	return gw_wire_host_is_listed(url.host) ? GW_OK : gw_wire_refuse_host(url.host, err);
}

static GwStatus
url_check_scheme(const char *option, const char *text, GwError *err)
{
	if (url_check(option, text, err) != GW_OK)
		return GW_FAILED;
	if (pg_strncasecmp(text, "https:", 6) == 0 || superuser())
		return GW_OK;
	gw_error_set(err, GW_ERR_INVALID, ERRCODE_INSUFFICIENT_PRIVILEGE,
				 "permission denied to set option \"%s\" to a URL without TLS", option);
	gw_error_detail(err, "Only a superuser may.");
	return GW_FAILED;
}

static GwStatus
bigquery_check(int where, const GwOptionSet *given, GwError *err)
{
	const char *endpoint = gw_option_str(given, "api_endpoint");
	const char *token_uri = gw_option_str(given, "token_uri");
	const char *iam = gw_option_str(given, "iam_endpoint");

	if (where == GW_OPT_SERVER && gw_option_given(given, "api_endpoint") &&
		url_check_scheme("api_endpoint", endpoint, err) != GW_OK)
		return GW_FAILED;
	if (where == GW_OPT_SERVER && gw_option_given(given, "iam_endpoint"))
		return url_check_scheme("iam_endpoint", iam, err);
	if (where == GW_OPT_MAPPING && token_uri != NULL)
		return url_check_scheme("token_uri", token_uri, err);
	return GW_OK;
}

/* ---- settings ---- */

/* A key file below secret_dir, as a reference of the kind that reads it safely. */
static GwStatus
keyfile_read(const char *path, char **json, GwError *err)
{
	const char *dir = gw_guc_secret_dir();
	size_t len = strlen(dir);

	if (len > 0 && strncmp(path, dir, len) == 0 && path[len] == '/' &&
		strchr(path + len + 1, '/') == NULL)
		return gw_secret_resolve(psprintf("file:%s", path + len + 1), json, err);
	gw_error_set(err, GW_ERR_AUTH, ERRCODE_INSUFFICIENT_PRIVILEGE,
				 "the key file is not in the directory of secrets");
	gw_error_hint(err, "Put it into warehouse_gw.secret_dir, and name it by keyfile or "
					   "keyfile_json_ref.");
	return GW_FAILED;
}

/* JSON may come in base64, as some tools keep it. */
static const char *
keyfile_plain(const char *text)
{
	size_t len = strcspn(text, " \r\n");
	int room = pg_b64_dec_len((int) len);
	char *plain;
	int n;

	if (text[strspn(text, " \t\r\n")] == '{')
		return text;
	plain = palloc(room + 1);
	n = pg_b64_decode(text, (int) len, (void *) plain, room);
	if (n < 0)
		return text;
	plain[n] = '\0';
	return plain;
}

/*
 * A key document of type external_account: another provider's token, exchanged.
 * Where that token comes from is said by the mapping, not by the document: it
 * could name any file, program or address of this machine.
 */
static GwStatus
settings_workload(const GwOptionSet *options, const JsonbValue *key, GwSettings *list,
				  GwError *err)
{
	const char *ref = gw_option_str(options, "subject_token_ref");
	const char *url = gw_option_str(options, "token_uri");
	const char *audience = gw_json_get_text(key, "audience");
	const char *type = gw_json_get_text(key, "subject_token_type");
	const char *impersonate = gw_json_get_text(key, "service_account_impersonation_url");

	if (ref == NULL || audience == NULL || type == NULL)
	{
		gw_error_set(err, GW_ERR_AUTH, ERRCODE_FDW_OPTION_NAME_NOT_FOUND,
					 ref ? "the key document lacks \"audience\" or \"subject_token_type\""
						 : "nothing says where the token to exchange is kept");
		gw_error_hint(err, "A document of type external_account needs the option "
						   "\"subject_token_ref\" of the mapping beside it; its "
						   "\"credential_source\" is not looked at.");
		return GW_FAILED;
	}
	if (url == NULL)
		url = gw_json_get_text(key, "token_url");
	if (url == NULL)
		url = DEFAULT_STS_URL;
	if (url_check("token_uri", url, err) != GW_OK ||
		(impersonate != NULL &&
		 url_check("service_account_impersonation_url", impersonate, err) != GW_OK))
		return GW_FAILED;
	gw_settings_add(list, "auth", "workload");
	gw_settings_add(list, "subject_token_ref", ref);
	gw_settings_add(list, "audience", audience);
	gw_settings_add(list, "subject_token_type", type);
	gw_settings_add(list, "token_uri", url);
	gw_settings_add(list, "impersonate_url", impersonate);
	return GW_OK;
}

static GwStatus
settings_key(const GwOptionSet *options, const char *json, GwSettings *list, GwError *err)
{
	const char *plain = keyfile_plain(json);
	JsonbValue *key = gw_json_parse(plain, strlen(plain), err);
	const char *private_key = key ? gw_json_get_text(key, "private_key") : NULL;
	const char *email = key ? gw_json_get_text(key, "client_email") : NULL;
	const char *type = key ? gw_json_get_text(key, "type") : NULL;
	const char *token_uri = gw_option_str(options, "token_uri");

	if (type != NULL && strcmp(type, "authorized_user") == 0)
	{
		gw_secret_register(gw_json_get_text(key, "refresh_token"));
		gw_secret_register(gw_json_get_text(key, "client_secret"));
		gw_settings_add(list, "auth", "refresh");
		gw_settings_add(list, "refresh_token", gw_json_get_text(key, "refresh_token"));
		gw_settings_add(list, "client_id", gw_json_get_text(key, "client_id"));
		gw_settings_add(list, "client_secret", gw_json_get_text(key, "client_secret"));
		gw_settings_add(list, "token_uri", token_uri ? token_uri : DEFAULT_TOKEN_URI);
		return GW_OK;
	}
	if (type != NULL && strcmp(type, "external_account") == 0)
		return settings_workload(options, key, list, err);
	if (private_key == NULL || email == NULL)
	{
		gw_error_set(err, GW_ERR_AUTH, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
					 "the service account key is not one");
		gw_error_hint(err, "It is the JSON document with \"client_email\" and \"private_key\" that "
						   "the console gives for a service account.");
		return GW_FAILED;
	}
	gw_secret_register(private_key);
	if (token_uri == NULL)
		token_uri = gw_json_get_text(key, "token_uri");
	if (token_uri == NULL)
		token_uri = DEFAULT_TOKEN_URI;
	if (url_check("token_uri", token_uri, err) != GW_OK)
		return GW_FAILED;
	gw_settings_add(list, "auth", "key");
	gw_settings_add(list, "private_key", private_key);
	gw_settings_add(list, "private_key_id", gw_json_get_text(key, "private_key_id"));
	gw_settings_add(list, "client_email", email);
	gw_settings_add(list, "token_uri", token_uri);
	if (gw_option_str(options, "project") == NULL)
		gw_settings_add(list, "project", gw_json_get_text(key, "project_id"));
	return GW_OK;
}

/* The machine's identity belongs to the superuser. */
static GwStatus
settings_machine(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	Oid userid = gw_options_user(options);
	const char *url = gw_option_str(options, "token_uri");

	if (!OidIsValid(userid) || !superuser_arg(userid))
	{
		gw_error_set(err, GW_ERR_AUTH, ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED,
					 "the user mapping needs credentials of its own");
		gw_error_detail(err, "The identity of this machine is for superusers only.");
		gw_error_hint(err, "Set the option \"keyfile_json_ref\" or \"token_ref\" of the mapping.");
		return GW_FAILED;
	}
	gw_settings_add(list, "auth", "metadata");
	gw_settings_add(list, "token_uri", url ? url : DEFAULT_METADATA);
	return GW_OK;
}

/* Who connects. */
static GwStatus
settings_identity(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	const char *method = gw_option_str(options, "method");
	const char *path = gw_option_str(options, "keyfile");
	char *json, *token, *refresh, *secret;

	if (gw_option_secret(options, "keyfile_json", &json, err) != GW_OK ||
		gw_option_secret(options, "token", &token, err) != GW_OK ||
		gw_option_secret(options, "refresh_token", &refresh, err) != GW_OK ||
		gw_option_secret(options, "client_secret", &secret, err) != GW_OK)
		return GW_FAILED;
	if (method != NULL && strcmp(method, "none") == 0)
	{
		gw_settings_add(list, "auth", "none");
		return GW_OK;
	}
	if (json == NULL && path != NULL && keyfile_read(path, &json, err) != GW_OK)
		return GW_FAILED;
	if (json != NULL)
		return settings_key(options, json, list, err);
	if (token != NULL)
	{
		gw_settings_add(list, "auth", "token");
		gw_settings_add(list, "token", token);
		return GW_OK;
	}
	if (refresh != NULL)
	{
		const char *url = gw_option_str(options, "token_uri");

		gw_settings_add(list, "auth", "refresh");
		gw_settings_add(list, "refresh_token", refresh);
		gw_settings_add(list, "client_id", gw_option_str(options, "client_id"));
		gw_settings_add(list, "client_secret", secret);
		gw_settings_add(list, "token_uri", url ? url : DEFAULT_TOKEN_URI);
		return GW_OK;
	}
	if (method != NULL && (strcmp(method, "metadata") == 0 || strcmp(method, "oauth") == 0))
		return settings_machine(options, list, err);
	gw_error_set(err, GW_ERR_AUTH, ERRCODE_FDW_OPTION_NAME_NOT_FOUND,
				 "the user mapping has no credentials");
	gw_error_hint(err, "Set its option \"keyfile_json_ref\", \"keyfile\", \"token_ref\" or "
					   "\"refresh_token_ref\".");
	return GW_FAILED;
}

static GwStatus
bigquery_settings(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	const char *priority = gw_option_str(options, "priority");
	const char *account = gw_option_str(options, "impersonate_service_account");
	const char *payer = gw_option_str(options, "execution_project");
	char *endpoint = pstrdup(gw_option_str(options, "api_endpoint"));
	size_t len = strlen(endpoint);

	/* Again at use: the list of allowed hosts may have changed. */
	if (url_check("api_endpoint", endpoint, err) != GW_OK)
		return GW_FAILED;
	while (len > 0 && endpoint[len - 1] == '/')
		endpoint[--len] = '\0';
	gw_settings_add(list, "endpoint", endpoint);
	gw_settings_add(list, "project", gw_option_str(options, "project"));
	if (settings_identity(options, list, err) != GW_OK)
		return GW_FAILED;
	if (gw_settings_value(list, "project") == NULL)
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_FDW_OPTION_NAME_NOT_FOUND,
					 "nothing says which project the data is in");
		gw_error_hint(err, "Set the server option \"project\".");
		return GW_FAILED;
	}
	gw_settings_add(list, "execution_project",
					payer ? payer : gw_settings_value(list, "project"));
	gw_settings_add(list, "quota_project", gw_option_str(options, "quota_project"));
	gw_settings_add(list, "schema", gw_option_str(options, "schema"));
	gw_settings_add(list, "location", gw_option_str(options, "location"));
	gw_settings_add(list, "priority", strcmp(priority, "batch") == 0 ? "BATCH" : "INTERACTIVE");
	gw_settings_add(list, "maximum_bytes_billed",
					gw_option_str(options, "maximum_bytes_billed"));
	gw_settings_add(list, "max_scan_bytes", gw_option_str(options, "max_scan_bytes"));
	gw_settings_add(list, "daily_bytes_per_role",
					gw_option_str(options, "daily_bytes_per_role"));
	gw_settings_add(list, "role", psprintf("%u", gw_options_user(options)));
	if (gw_option_given(options, "job_execution_timeout_seconds"))
		gw_settings_add(
			list, "job_timeout_ms",
			psprintf(INT64_FORMAT,
					 gw_option_int(options, "job_execution_timeout_seconds") * 1000));
	gw_settings_add(list, "use_query_cache",
					gw_option_bool(options, "use_query_cache") ? "on" : NULL);
	gw_settings_add(list, "labels", gw_option_str(options, "labels"));
	gw_settings_add(list, "reservation", gw_option_str(options, "reservation"));
	gw_settings_add(list, "scopes", gw_option_str(options, "scopes"));
	gw_settings_add(list, "ca_file", gw_option_str(options, "sslrootcert"));
	gw_settings_add(list, "allow_private",
					gw_option_bool(options, "allow_private_network") ? "on" : NULL);
	gw_settings_add(list, "connect_timeout_ms",
					psprintf(INT64_FORMAT, gw_option_int(options, "connect_timeout") * 1000));
	if (account != NULL && gw_settings_value(list, "impersonate_url") == NULL)
	{
		const char *iam = gw_option_str(options, "iam_endpoint");

		if (url_check("iam_endpoint", iam, err) != GW_OK)
			return GW_FAILED;
		gw_settings_add(list, "impersonate_url", psprintf(IMPERSONATE_URL, iam, account));
	}
	return GW_OK;
}

/* ---- errors ---- */

static void
bigquery_classify(GwError *err, const GwOptionSet *options)
{
	if (err->hint[0] != '\0')
		return;
	if (err->vendor_code == 401)
		gw_error_hint(err, "Check the credentials of the user mapping, and that a token has not "
						   "expired.");
	else if (err->sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE && err->vendor_code == 403)
		gw_error_hint(err, "The account needs roles/bigquery.dataViewer on the data and "
						   "roles/bigquery.jobUser on the project that jobs run in.");
	else if (err->cls == GW_ERR_NOT_FOUND && !gw_option_given(options, "location"))
		gw_error_hint(err, "If it does exist, its dataset may be elsewhere: set the server option "
						   "\"location\".");
}

static GwStatus
bigquery_create(MemoryContext parent, const GwSetting *settings, int nsettings, GwLink **link,
				GwError *err)
{
	return gw_restjob_create(&gw_bigquery_transport, &gw_bigquery_ops, parent, settings,
							 nsettings, link, err);
}

const GwTransport gw_bigquery_transport = {
	.name = "http",
	.create = bigquery_create,
	GW_RESTJOB_SLOTS,
	GW_RESTJOB_COPY_SLOTS,
};

const GwPlatform gw_bigquery = {
	.name = "bigquery",
	.aliases = "bq",
	.title = "Google BigQuery",
	.transport = &gw_bigquery_transport,
	.dialect = &gw_dialect_bigquery,
	.options = &bigquery_options,
	.caps = GW_CAP_NEEDS_MAPPING | GW_CAP_WRITES | GW_CAP_MODIFY | GW_CAP_COPY_IN,
	.check = bigquery_check,
	.settings = bigquery_settings,
	.catalog =
		{
			[GW_CATALOG_DATABASES] = sql_bigquery_databases,
			[GW_CATALOG_SCHEMAS] = sql_bigquery_schemas,
			[GW_CATALOG_TABLES] = sql_bigquery_tables,
			[GW_CATALOG_DESCRIBE] = sql_bigquery_describe,
			[GW_CATALOG_IDENTITY] = sql_bigquery_identity,
			[GW_CATALOG_CLOCK] = sql_bigquery_clock,
			[GW_CATALOG_VERSION] = sql_bigquery_version,
		},
	.read_document = gw_bigquery_read_document,
	.classify = bigquery_classify,
	.explain_prefix = "DRYRUN ",
	.explain_bytes = true,
};
