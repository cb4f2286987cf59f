/*
 * gw_databricks.c
 *	  Databricks SQL warehouses: options, credentials, hints.
 *
 * Does not talk to the service (gw_databricks_job.c writes what is said).
 * What a connection is and who it is for follows from the options alone, never
 * from the environment or a profile of the machine.
 */
#include "postgres.h"

#include "base/gw_guc.h"
#include "base/gw_url.h"
#include "miscadmin.h"
#include "platform/gw_databricks.sql.h"
#include "platform/gw_databricks_private.h"
#include "platform/gw_wire.h"

extern const GwPlatform gw_databricks;

#define ENTRA_URL "https://login.microsoftonline.com/%s/oauth2/v2.0/token"
/* The service's own name there, the same for everybody. */
#define ENTRA_SCOPE "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"

static const GwOption databricks_rows[] = {
	/* where */
	{.name = "host",
	 .aliases = "server_hostname workspace_url",
	 .where = GW_OPT_SERVER,
	 .doc = "The workspace's host, such as dbc-a1b2345c-d6e7.cloud.databricks.com."},
	{.name = "http_path",
	 .where = GW_OPT_SERVER,
	 .doc = "The warehouse's HTTP path, /sql/1.0/warehouses/ID; instead of warehouse_id."},
	{.name = "warehouse_id",
	 .aliases = "warehouse",
	 .where = GW_OPT_SERVER,
	 .doc = "The SQL warehouse that runs statements."},
	{.name = "catalog",
	 .aliases = "database",
	 .where = GW_OPT_SERVER,
	 .doc = "Catalog that names are looked for in; the workspace's default one by default."},
	{.name = "schema",
	 .where = GW_OPT_SERVER,
	 .doc = "Schema where none is named."},
	{.name = "api_endpoint",
	 .aliases = "endpoint",
	 .where = GW_OPT_SERVER,
	 .doc = "URL of the service, where it is not https://HOST; http only by a superuser."},
	{.name = "allow_private_network",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_BOOL,
	 .flags = GW_OPTF_SUPERUSER,
	 .fallback = "false",
	 .doc = "Whether the service, and the store that keeps results, may be at an address of this "
			"machine or a private network."},
	{.name = "sslrootcert",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_PATH,
	 .doc = "File of trusted certificate authorities; the system's bundle by default."},
	{.name = "connect_timeout",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .min = 1,
	 .max = 3600,
	 .fallback = "10",
	 .doc = "Seconds to wait for a connection; a warehouse that has to start may take longer."},
	{.name = "azure_tenant_id",
	 .where = GW_OPT_SERVER,
	 .doc = "Directory whose service principals may be named by azure-client-secret."},

	/* how */
	{.name = "autocommit_writes",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_BOOL,
	 .fallback = "false",
	 .doc = "Whether writing is allowed inside a transaction block, although each statement "
			"commits there at once."},
	{.name = "result_disposition",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .values = "auto inline external",
	 .fallback = "auto",
	 .doc = "How rows come: within answers (at most 25 MiB a result), or from the workspace's "
			"store, which this machine must reach; auto: rows of queries from the store."},
	{.name = "result_format",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .values = "arrow json",
	 .fallback = "arrow",
	 .doc = "What rows from the store are written as; those within answers are always JSON."},
	{.name = "query_tags",
	 .where = GW_OPT_SERVER,
	 .doc = "Tags of statements in the query history: name=value, separated by commas."},

	/* who */
	{.name = "method",
	 .aliases = "auth_type",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_ENUM,
	 .values = "pat oauth-m2m azure-client-secret none",
	 .doc = "How to be recognised; by default it follows from what else is given. none: not at "
			"all."},
	{.name = "token",
	 .aliases = "access_token personal_access_token",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_SECRET,
	 .doc = "Personal access token, or another bearer token for as long as it lasts."},
	{.name = "token_ref",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_REF,
	 .doc = "Where the token is kept: 'file:NAME' or 'env:NAME'."},
	{.name = "client_id",
	 .aliases = "azure_client_id",
	 .where = GW_OPT_MAPPING,
	 .doc = "Application id of a service principal."},
	{.name = "client_secret",
	 .aliases = "azure_client_secret",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_SECRET,
	 .doc = "Its secret; client_secret_ref is the better choice."},
	{.name = "client_secret_ref",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_REF,
	 .doc = "Where the principal's secret is kept: 'file:NAME' or 'env:NAME'."},
	{.name = "token_uri",
	 .where = GW_OPT_MAPPING,
	 .doc = "URL that gives tokens; the workspace's own, or Entra's, by default."},
};

static const GwOptionTable databricks_options = {
	.options = databricks_rows,
	.noptions = lengthof(databricks_rows),
	.parent = &gw_common_options,
};

/* ---- when options are written ---- */

/* Is it a URL, of a host that servers may name, and https unless a superuser says so? */
static GwStatus
url_check(const char *option, const char *text, bool writing, GwError *err)
{
	GwUrl url;

	if (!gw_url_parse(text, &url))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"option \"%s\" is not a URL: \"%s\"", option, text);
	if (!gw_wire_host_is_allowed(url.host))
		return gw_wire_refuse_host(url.host, err);
	if (!writing || url.https || superuser())
		return GW_OK;
	gw_error_set(err, GW_ERR_INVALID, ERRCODE_INSUFFICIENT_PRIVILEGE,
				 "permission denied to set option \"%s\" to a URL without TLS", option);
	gw_error_detail(err, "Only a superuser may.");
	return GW_FAILED;
}

/* Profiles have a host with or without https:// before it. */
static const char *
host_url(const char *host)
{
	return strstr(host, "://") ? host : psprintf("https://%s", host);
}

/* The last part of an HTTP path; NULL: it is a cluster's, or none. */
static const char *
path_warehouse(const char *path)
{
	static const char *const kinds[] = {"/sql/1.0/warehouses/", "/sql/1.0/endpoints/"};

	for (int i = 0; i < lengthof(kinds); i++)
	{
		const char *at = strstr(*path == '/' ? path : psprintf("/%s", path), kinds[i]);
		const char *id = at ? at + strlen(kinds[i]) : "";
		size_t len = strcspn(id, "/?");

		if (len > 0)
			return pnstrdup(id, len);
	}
	return NULL;
}

static GwStatus
databricks_check(int where, const GwOptionSet *given, GwError *err)
{
	const char *host = gw_option_str(given, "host");
	const char *path = gw_option_str(given, "http_path");
	const char *endpoint = gw_option_str(given, "api_endpoint");
	const char *token_uri = gw_option_str(given, "token_uri");

	if (where == GW_OPT_MAPPING && token_uri != NULL)
		return url_check("token_uri", token_uri, true, err);
	if (where != GW_OPT_SERVER)
		return GW_OK;
	if (host != NULL && url_check("host", host_url(host), true, err) != GW_OK)
		return GW_FAILED;
	if (endpoint != NULL && url_check("api_endpoint", endpoint, true, err) != GW_OK)
		return GW_FAILED;
	if (path == NULL || path_warehouse(path) != NULL)
		return GW_OK;
	gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
				 "option \"http_path\" is not a warehouse's: \"%s\"", path);
	gw_error_hint(err, "It is /sql/1.0/warehouses/ID; clusters have no such interface.");
	return GW_FAILED;
}

/* ---- settings ---- */

/* Who connects. */
static GwStatus
settings_identity(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	const char *method = gw_option_str(options, "method");
	const char *tenant = gw_option_str(options, "azure_tenant_id");
	const char *client = gw_option_str(options, "client_id");
	const char *url = gw_option_str(options, "token_uri");
	bool azure = method ? strcmp(method, "azure-client-secret") == 0 : tenant != NULL;
	char *token, *secret;

	if (gw_option_secret(options, "token", &token, err) != GW_OK ||
		gw_option_secret(options, "client_secret", &secret, err) != GW_OK)
		return GW_FAILED;
	if (method != NULL && strcmp(method, "none") == 0)
	{
		gw_settings_add(list, "auth", "none");
		return GW_OK;
	}
	if (token != NULL && (method == NULL || strcmp(method, "pat") == 0))
	{
		gw_settings_add(list, "auth", "token");
		gw_settings_add(list, "token", token);
		return GW_OK;
	}
	if (client == NULL || secret == NULL || (azure && tenant == NULL && url == NULL))
	{
		gw_error_set(err, GW_ERR_AUTH, ERRCODE_FDW_OPTION_NAME_NOT_FOUND,
					 "the user mapping has no credentials");
		gw_error_hint(err, "Set its option \"token_ref\", or \"client_id\" and "
						   "\"client_secret_ref\"%s.",
					  azure ? "; and azure_tenant_id of the server" : "");
		return GW_FAILED;
	}
	if (url == NULL)
		url = azure ? psprintf(ENTRA_URL, tenant)
					: psprintf("%s/oidc/v1/token", gw_settings_value(list, "endpoint"));
	if (url_check("token_uri", url, false, err) != GW_OK)
		return GW_FAILED;
	gw_settings_add(list, "auth", "client");
	gw_settings_add(list, "client_id", client);
	gw_settings_add(list, "client_secret", secret);
	gw_settings_add(list, "scope", azure ? ENTRA_SCOPE : "all-apis");
	gw_settings_add(list, "token_uri", url);
	return GW_OK;
}

static GwStatus
databricks_settings(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	const char *host = gw_option_str(options, "host");
	const char *path = gw_option_str(options, "http_path");
	const char *warehouse = gw_option_str(options, "warehouse_id");
	const char *given = gw_option_str(options, "api_endpoint");
	char *endpoint;
	size_t len;

	if (warehouse == NULL && path != NULL)
		warehouse = path_warehouse(path);
	if ((host == NULL && given == NULL) || warehouse == NULL)
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_FDW_OPTION_NAME_NOT_FOUND,
					 "nothing says which %s to ask", warehouse ? "workspace" : "warehouse");
		gw_error_hint(err, "Set the server option \"%s\".", warehouse ? "host" : "warehouse_id");
		return GW_FAILED;
	}
	endpoint = pstrdup(given ? given : host_url(host));
	for (len = strlen(endpoint); len > 0 && endpoint[len - 1] == '/';)
		endpoint[--len] = '\0';
	/* Again at use: the list of allowed hosts may have changed. */
	if (url_check(given ? "api_endpoint" : "host", endpoint, false, err) != GW_OK)
		return GW_FAILED;
	gw_settings_add(list, "endpoint", endpoint);
	gw_settings_add(list, "warehouse_id", warehouse);
	gw_settings_add(list, "catalog", gw_option_str(options, "catalog"));
	gw_settings_add(list, "schema", gw_option_str(options, "schema"));
	gw_settings_add(list, "query_tags", gw_option_str(options, "query_tags"));
	gw_settings_add(list, "result_disposition", gw_option_str(options, "result_disposition"));
	gw_settings_add(list, "result_format", gw_option_str(options, "result_format"));
	gw_settings_add(list, "ca_file", gw_option_str(options, "sslrootcert"));
	gw_settings_add(list, "allow_private",
					gw_option_bool(options, "allow_private_network") ? "on" : NULL);
	gw_settings_add(list, "connect_timeout_ms",
					psprintf(INT64_FORMAT, gw_option_int(options, "connect_timeout") * 1000));
	return settings_identity(options, list, err);
}

/* ---- errors ---- */

static void
databricks_classify(GwError *err, const GwOptionSet *options)
{
	if (err->hint[0] != '\0')
		return;
	if (err->vendor_code == 401)
		gw_error_hint(err, "Check the credentials of the user mapping, and that a token has not "
						   "expired.");
	else if (err->vendor_code == 403)
		gw_error_hint(err, "The account needs CAN USE on the warehouse, and USE CATALOG, USE "
						   "SCHEMA and SELECT on the data.");
	else if (err->sqlstate == ERRCODE_UNDEFINED_TABLE && !gw_option_given(options, "catalog"))
		gw_error_hint(err, "If it does exist, it may be in another catalog: set the server option "
						   "\"catalog\".");
}

static GwStatus
databricks_create(MemoryContext parent, const GwSetting *settings, int nsettings, GwLink **link,
				  GwError *err)
{
	return gw_restjob_create(&gw_databricks_transport, &gw_databricks_ops, parent, settings,
							 nsettings, link, err);
}

const GwTransport gw_databricks_transport = {
	.name = "http",
	.create = databricks_create,
	GW_RESTJOB_SLOTS,
};

const GwPlatform gw_databricks = {
	.name = "databricks",
	.aliases = "",
	.title = "Databricks",
	.transport = &gw_databricks_transport,
	.dialect = &gw_dialect_databricks,
	.options = &databricks_options,
	.caps = GW_CAP_NEEDS_MAPPING | GW_CAP_WRITES | GW_CAP_MODIFY,
	.check = databricks_check,
	.settings = databricks_settings,
	.pin_sql = sql_databricks_pins,
	.catalog =
		{
			[GW_CATALOG_DATABASES] = sql_databricks_databases,
			[GW_CATALOG_SCHEMAS] = sql_databricks_schemas,
			[GW_CATALOG_TABLES] = sql_databricks_tables,
			[GW_CATALOG_DESCRIBE] = sql_databricks_describe,
			[GW_CATALOG_IDENTITY] = sql_databricks_identity,
			[GW_CATALOG_CLOCK] = sql_databricks_clock,
			[GW_CATALOG_VERSION] = sql_databricks_version,
			[GW_CATALOG_DETAIL] = sql_databricks_detail,
		},
	.read_document = gw_databricks_read_document,
	.read_detail = gw_databricks_read_detail,
	.classify = databricks_classify,
	.explain_prefix = "EXPLAIN EXTENDED ",
	.explain_text = true,
};
