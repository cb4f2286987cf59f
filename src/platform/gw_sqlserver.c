/*
 * gw_sqlserver.c
 *	  SQL Server and Azure SQL over ODBC: FreeTDS or Microsoft's driver.
 *
 * Does not talk to the driver.  Texts travel as nvarchar and values whose text
 * depends on a driver are asked for as text by the dialect, so that both drivers
 * give the same.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "dialect/gw_ddl.h"
#include "platform/gw_odbcwire.h"
#include "platform/gw_sqlserver.sql.h"
#include "platform/gw_wire.h"
#include "utils/builtins.h"

extern const GwPlatform gw_sqlserver;

static const GwOption sqlserver_rows[] = {
	{.name = "host",
	 .aliases = "server",
	 .where = GW_OPT_SERVER,
	 .doc = "Host name or address."},
	{.name = "port",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .min = 1,
	 .max = 65535,
	 .fallback = "1433",
	 .doc = "Port of the server."},
	{.name = "database",
	 .aliases = "dbname db",
	 .where = GW_OPT_SERVER,
	 .doc = "Database to connect to; by default the login's own."},
	{.name = "driver",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .values = "freetds msodbcsql18",
	 .fallback = "freetds",
	 .doc = "FreeTDS (Debian's package tdsodbc), or Microsoft's driver, which is not tested."},
	{.name = "sslmode",
	 .aliases = "ssl_mode tls encrypt",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .values = "disable allow prefer require verify-ca verify-full",
	 .doc = "TLS; verify-full by default, except to loopback addresses. Elsewhere only a "
			"superuser may set a weaker one."},
	{.name = "sslrootcert",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_PATH,
	 .doc = "File of trusted certificate authorities; the system's bundle by default. FreeTDS "
			"only: Microsoft's driver has the system's."},
	{.name = "application_name",
	 .where = GW_OPT_SERVER | GW_OPT_MAPPING,
	 .fallback = "warehouse_gw",
	 .doc = "Name shown in the remote's list of sessions."},
	{.name = "application_intent",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .values = "ReadWrite ReadOnly",
	 .doc = "ReadOnly lets an availability group lead to a readable secondary."},
	{.name = "isolation_level",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .values = "read committed|repeatable read|snapshot|serializable",
	 .fallback = "repeatable read",
	 .doc = "Isolation of remote transactions; snapshot takes no locks, where the database allows "
			"it."},
	{.name = "access_token",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_SECRET,
	 .doc = "A Microsoft Entra access token instead of a password; Microsoft's driver only."},
	{.name = "access_token_ref",
	 .where = GW_OPT_MAPPING,
	 .kind = GW_OPT_REF,
	 .doc = "Where the access token is kept: 'file:NAME' or 'env:NAME'."},
};

static const GwOptionTable sqlserver_options = {
	.options = sqlserver_rows,
	.noptions = lengthof(sqlserver_rows),
	.parent = &gw_odbcwire_options,
};

static bool
sqlserver_is_freetds(const GwOptionSet *options)
{
	return strcmp(gw_option_str(options, "driver"), "freetds") == 0;
}

/* As they are listed by odbcinst. */
static const char *
sqlserver_driver(const GwOptionSet *options)
{
	return sqlserver_is_freetds(options) ? "FreeTDS" : "ODBC Driver 18 for SQL Server";
}

/* ---- TLS ---- */

static GwStatus
sqlserver_check(int where, const GwOptionSet *given, GwError *err)
{
	const char *mode = gw_option_str(given, "sslmode");

	if (where != GW_OPT_SERVER)
		return GW_OK;
	if (gw_odbcwire_host(given, err) != GW_OK || gw_odbcwire_keywords(given, NULL, err) != GW_OK)
		return GW_FAILED;
	if (gw_option_given(given, "sslrootcert") && !sqlserver_is_freetds(given))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"option \"sslrootcert\" is for the driver freetds only");
	if (mode == NULL || strcmp(mode, "verify-full") == 0 || gw_odbcwire_is_near(given))
		return GW_OK;
	return gw_wire_weak_tls(mode, gw_option_str(given, "host"), false, err);
}

static bool
sqlserver_verifies(const GwOptionSet *options)
{
	return strncmp(gw_odbcwire_tls_mode(options), "verify-", 7) == 0;
}

/* If ever looked up as a name, it is none: nobody can register what ends so. */
#define FREETDS_SECTION "warehouse-gw.invalid"

/* Lines that are longer FreeTDS reads as two. */
#define FREETDS_LINE 254

/*
 * One line of freetds.conf.  A value ends there at a comment, and blanks in it
 * are not all kept: what would be read otherwise is refused.
 */
static GwStatus
freetds_line(StringInfo buf, const char *key, const char *option, const char *value,
			 GwError *err)
{
	const char *p;
	bool good = value[0] != '\0' && strlen(key) + 3 + strlen(value) <= FREETDS_LINE;

	for (p = value; *p != '\0'; p++)
	{
		bool edge = p == value || p[1] == '\0' || p[1] == ' ';

		if ((unsigned char) *p < ' ' || *p == '\177' || *p == ';' || *p == '#' ||
			(*p == ' ' && edge))
			good = false;
	}
	if (!good)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"FreeTDS cannot be told this value of option \"%s\": \"%s\"",
							option, value);
	appendStringInfo(buf, "%s = %s\n", key, value);
	return GW_OK;
}

/*
 * FreeTDS verifies only what a section of freetds.conf tells it to, and takes no
 * name of that file but from the environment of its process.
 */
static GwStatus
freetds_verified(const GwOptionSet *options, const char *host, const char *port,
				 GwSettings *list, GwError *err)
{
	bool full = strcmp(gw_odbcwire_tls_mode(options), "verify-full") == 0;
	const char *root = gw_option_str(options, "sslrootcert");
	StringInfoData conf;

	if (strcmp(gw_option_str(options, "driver_isolation"), "process") != 0)
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_FEATURE_NOT_SUPPORTED,
					 "FreeTDS verifies the server's certificate only in a process of its own");
		gw_error_hint(err, "Drop the server option \"driver_isolation\", or have a superuser set "
						   "\"sslmode\" to require, which encrypts and proves nothing.");
		return GW_FAILED;
	}
	if (root == NULL && gw_wire_ca_bundle(&root, err) != GW_OK)
		return GW_FAILED;
	initStringInfo(&conf);
	appendStringInfo(&conf, "[%s]\nport = %s\n", FREETDS_SECTION, port);
	if (freetds_line(&conf, "host", "host", host, err) != GW_OK ||
		freetds_line(&conf, "ca file", "sslrootcert", root, err) != GW_OK)
		return GW_FAILED;
	appendStringInfo(&conf, "check certificate hostname = %s\n", full ? "yes" : "no");
	appendStringInfoString(&conf, "encryption = require\ntds version = 7.4\n");
	gw_settings_add(list, "gw_file:FREETDSCONF", conf.data);
	gw_settings_add(list, "gw_stays_tls", "on");
	gw_settings_add(list, "Servername", FREETDS_SECTION);
	return GW_OK;
}

static void
settings_tls(const GwOptionSet *options, GwSettings *list)
{
	const char *mode = gw_odbcwire_tls_mode(options);
	bool verify = sqlserver_verifies(options);
	bool off = strcmp(mode, "disable") == 0;
	bool require = verify || strcmp(mode, "require") == 0;

	if (sqlserver_is_freetds(options))
	{
		gw_settings_add(list, "Encryption", off ? "off" : require ? "require" : "request");
		return;
	}
	gw_settings_add(list, "Encrypt", off ? "no" : "yes");
	gw_settings_add(list, "TrustServerCertificate", verify || off ? "no" : "yes");
}

/* ---- settings ---- */

static GwStatus
settings_token(const GwOptionSet *options, GwSettings *list, bool *given, GwError *err)
{
	char *token;

	if (gw_option_secret(options, "access_token", &token, err) != GW_OK)
		return GW_FAILED;
	*given = token != NULL;
	if (token == NULL)
		return GW_OK;
	if (sqlserver_is_freetds(options))
	{
		gw_error_set(err, GW_ERR_AUTH, ERRCODE_FEATURE_NOT_SUPPORTED,
					 "FreeTDS takes no access tokens");
		gw_error_hint(err, "Set the server option \"driver\" to msodbcsql18, or use \"user\" and "
						   "\"password\".");
		return GW_FAILED;
	}
	gw_settings_add(list, "gw_access_token", token);
	return GW_OK;
}

/* Driver and address, and what the driver needs besides. */
static GwStatus
settings_address(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	const char *host = gw_option_str(options, "host");
	const char *port = gw_option_str(options, "port");

	gw_settings_add(list, "DRIVER", sqlserver_driver(options));
	host = host ? host : "localhost";
	if (sqlserver_is_freetds(options))
	{
		if (!sqlserver_verifies(options))
		{
			gw_settings_add(list, "Server", host);
			gw_settings_add(list, "Port", port);
		}
		else if (freetds_verified(options, host, port, list, err) != GW_OK)
			return GW_FAILED;
		gw_odbcwire_add_all(list, "TDS_Version=7.4;ClientCharset=UTF-8");
		gw_settings_add(list, "gw_single_braces", "on");
	}
	else
	{
		gw_settings_add(list, "Server", psprintf("tcp:%s,%s", host, port));
		/* One retry layer only, and it is not the driver's. */
		gw_odbcwire_add_all(list, "ConnectRetryCount=0;MARS_Connection=no");
	}
	return GW_OK;
}

static GwStatus
sqlserver_settings(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	bool first_counts = !sqlserver_is_freetds(options);
	bool token;

	/* Again at use: the list of allowed hosts may have changed. */
	if (gw_odbcwire_host(options, err) != GW_OK ||
		settings_address(options, list, err) != GW_OK)
		return GW_FAILED;
	if (gw_option_given(options, "database"))
		gw_settings_add(list, "Database", gw_option_str(options, "database"));
	if (gw_option_given(options, "application_intent"))
		gw_settings_add(list, "ApplicationIntent",
						gw_option_str(options, "application_intent"));
	gw_settings_add(list, "APP", gw_option_str(options, "application_name"));
	if (settings_token(options, list, &token, err) != GW_OK ||
		(!token && gw_odbcwire_identity(options, list, "UID", "PWD", err) != GW_OK))
		return GW_FAILED;
	/* Of two equal keywords that of sslmode is to win; for FreeTDS it is the last. */
	if (first_counts)
		settings_tls(options, list);
	if (gw_odbcwire_keywords(options, list, err) != GW_OK)
		return GW_FAILED;
	if (!first_counts)
		settings_tls(options, list);
	gw_odbcwire_transport(options, list);
	gw_settings_add(list, "gw_text_params", "on");
	gw_settings_add(list, "gw_init:", "SET QUOTED_IDENTIFIER ON");
	gw_settings_add(list, "gw_commit", "COMMIT TRANSACTION");
	gw_settings_add(list, "gw_rollback", "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION");
	return GW_OK;
}

/* ---- errors ---- */

/* As Microsoft's page "Database Engine events and errors" has them. */
static const struct
{
	int native, sqlstate;
	GwErrorClass cls;
} sqlserver_errors[] = {
	{102, ERRCODE_SYNTAX_ERROR, GW_ERR_INVALID},
	{156, ERRCODE_SYNTAX_ERROR, GW_ERR_INVALID},
	{207, ERRCODE_UNDEFINED_COLUMN, GW_ERR_NOT_FOUND},
	{208, ERRCODE_UNDEFINED_TABLE, GW_ERR_NOT_FOUND},
	{220, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, GW_ERR_PERMANENT},
	{229, ERRCODE_INSUFFICIENT_PRIVILEGE, GW_ERR_PERMANENT},
	{230, ERRCODE_INSUFFICIENT_PRIVILEGE, GW_ERR_PERMANENT},
	{241, ERRCODE_INVALID_DATETIME_FORMAT, GW_ERR_PERMANENT},
	{242, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, GW_ERR_PERMANENT},
	{245, ERRCODE_INVALID_TEXT_REPRESENTATION, GW_ERR_PERMANENT},
	{515, ERRCODE_NOT_NULL_VIOLATION, GW_ERR_PERMANENT},
	{547, ERRCODE_FOREIGN_KEY_VIOLATION, GW_ERR_PERMANENT},
	{1205, ERRCODE_T_R_DEADLOCK_DETECTED, GW_ERR_CONFLICT},
	{1222, ERRCODE_LOCK_NOT_AVAILABLE, GW_ERR_CONFLICT},
	{2601, ERRCODE_UNIQUE_VIOLATION, GW_ERR_PERMANENT},
	{2627, ERRCODE_UNIQUE_VIOLATION, GW_ERR_PERMANENT},
	{2628, ERRCODE_STRING_DATA_RIGHT_TRUNCATION, GW_ERR_PERMANENT},
	{2714, ERRCODE_DUPLICATE_TABLE, GW_ERR_INVALID},
	{3960, ERRCODE_T_R_SERIALIZATION_FAILURE, GW_ERR_CONFLICT},
	{3961, ERRCODE_T_R_SERIALIZATION_FAILURE, GW_ERR_CONFLICT},
	{4060, ERRCODE_INVALID_CATALOG_NAME, GW_ERR_NOT_FOUND},
	{8114, ERRCODE_INVALID_TEXT_REPRESENTATION, GW_ERR_PERMANENT},
	{8115, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, GW_ERR_PERMANENT},
	{8134, ERRCODE_DIVISION_BY_ZERO, GW_ERR_PERMANENT},
	{8152, ERRCODE_STRING_DATA_RIGHT_TRUNCATION, GW_ERR_PERMANENT},
	{10928, ERRCODE_TOO_MANY_CONNECTIONS, GW_ERR_THROTTLED},
	{10929, ERRCODE_TOO_MANY_CONNECTIONS, GW_ERR_THROTTLED},
	/* FreeTDS's own: the end of the stream in the middle of an answer. */
	{20017, ERRCODE_CONNECTION_FAILURE, GW_ERR_TRANSIENT},
	{18452, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, GW_ERR_AUTH},
	{18456, ERRCODE_INVALID_PASSWORD, GW_ERR_AUTH},
	{40197, ERRCODE_CONNECTION_FAILURE, GW_ERR_TRANSIENT},
	{40501, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, GW_ERR_THROTTLED},
	{40613, ERRCODE_CONNECTION_FAILURE, GW_ERR_TRANSIENT},
	{49918, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, GW_ERR_THROTTLED},
	{49919, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, GW_ERR_THROTTLED},
	{49920, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, GW_ERR_THROTTLED},
};

static void
sqlserver_classify(GwError *err, const GwOptionSet *options)
{
	int i;

	for (i = 0; i < lengthof(sqlserver_errors); i++)
	{
		if (sqlserver_errors[i].native != err->vendor_code)
			continue;
		err->sqlstate = sqlserver_errors[i].sqlstate;
		err->cls = sqlserver_errors[i].cls;
	}
	gw_odbcwire_classify(err, sqlserver_driver(options));
	if (err->hint[0] != '\0' || !sqlserver_is_freetds(options) ||
		err->sqlstate != ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION)
		return;
	/* FreeTDS has one message for all of it. */
	if (sqlserver_verifies(options))
		gw_error_hint(err, "FreeTDS does not tell what is wrong: nobody answers there, the server "
						   "has no TLS (\"sslmode\"), or its certificate has expired, is for "
						   "another host, or is of no authority in \"sslrootcert\".");
	else
		gw_error_hint(err, "Check that a server listens there, and the server options \"host\" "
						   "and \"port\" (now \"%s\" and %s).",
					  gw_option_str(options, "host"), gw_option_str(options, "port"));
}

/* ---- descriptions ---- */

/* The type as T-SQL writes it; a user's own type by what it is made of. */
static char *
row_native(const JsonbValue *row)
{
	const char *own = gw_json_get_text(row, "type");
	const char *base = gw_json_get_text(row, "base");
	const char *type = base && strcmp(base, "xml") != 0 ? base : own;
	int bytes = (int) gw_json_get_number(row, "bytes", 0);
	int scale = (int) gw_json_get_number(row, "scale", 0);

	if (type == NULL)
		return pstrdup("sql_variant");
	/* These share a base type with others of their kind. */
	if (own != NULL && (strcmp(own, "hierarchyid") == 0 || strcmp(own, "geography") == 0 ||
						strcmp(own, "geometry") == 0 || strcmp(own, "json") == 0))
		return pstrdup(own);
	if (strcmp(type, "timestamp") == 0)
		return pstrdup("rowversion");
	if (strcmp(type, "decimal") == 0 || strcmp(type, "numeric") == 0)
		return psprintf("%s(%d,%d)", type, (int) gw_json_get_number(row, "precision", 18), scale);
	if (strcmp(type, "datetime2") == 0 || strcmp(type, "datetimeoffset") == 0 ||
		strcmp(type, "time") == 0)
		return psprintf("%s(%d)", type, scale);
	if (strstr(type, "char") == NULL && strstr(type, "binary") == NULL)
		return pstrdup(type);
	if (bytes < 0)
		return psprintf("%s(max)", type);
	return psprintf("%s(%d)", type, type[0] == 'n' ? bytes / 2 : bytes);
}

static GwStatus
read_column(const JsonbValue *row, int ordinal, GwColumn *column, GwError *err)
{
	const char *seed = gw_json_get_text(row, "seed");
	const char *name = gw_json_get_text(row, "column");
	char *native = row_native(row);

	if (name == NULL)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_INTERNAL_ERROR,
							"a table's description has a column without a name");
	if (gw_ddl_map_type(gw_ddl_target("sqlserver"), native, column, err) != GW_OK)
		return GW_FAILED;
	column->name = name;
	column->native_type = native;
	column->ordinal = ordinal;
	column->nullable = gw_json_get_number(row, "nullable", 1) != 0;
	column->collation = gw_json_get_text(row, "collation");
	column->comment = gw_json_get_text(row, "comment");
	column->generated_sql = gw_json_get_text(row, "computed");
	if (column->generated_sql != NULL)
	{
		column->generated_dialect = "sqlserver";
		column->generated_stored = gw_json_get_number(row, "persisted", 0) != 0;
	}
	if (seed != NULL)
	{
		column->identity_mode = "always";
		column->identity_start = strtoll(seed, NULL, 10);
		column->identity_increment = gw_json_get_number(row, "step", 1);
	}
	column->default_sql = gw_json_get_text(row, "default");
	if (column->default_sql != NULL)
	{
		column->default_kind = GW_DEFAULT_EXPRESSION;
		column->default_dialect = "sqlserver";
	}
	return GW_OK;
}

/* The primary key's columns, by their place in it. */
static void
read_key(const JsonbValue *rows, GwSchema *schema)
{
	const char **columns = palloc0(Max(schema->ncolumns, 1) * sizeof(char *));
	const char *name = NULL;
	int n = 0;
	int i;

	for (i = 0; i < schema->ncolumns; i++)
	{
		const JsonbValue *row = gw_json_item(rows, i);
		int64 at = gw_json_get_number(row, "key_position", 0);

		if (at <= 0 || at > schema->ncolumns)
			continue;
		columns[at - 1] = schema->columns[i].name;
		name = gw_json_get_text(row, "key_name");
		n++;
	}
	if (n == 0 || columns[n - 1] == NULL)
		return;
	schema->primary = palloc0(sizeof(GwKey));
	schema->primary->name = name;
	schema->primary->columns = columns;
	schema->primary->ncolumns = n;
	schema->primary->enforced = true;
}

static GwStatus
sqlserver_read(const char *document, GwSchema **result, GwError *err)
{
	Jsonb *doc = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(document)));
	JsonbValue *rows = gw_json_root(doc);
	JsonbValue *first = gw_json_item(rows, 0);
	const char *kind = gw_json_get_text(first, "kind");
	GwSchema *schema = palloc0(sizeof(GwSchema));
	int i;

	gw_error_clear(err);
	if (gw_json_length(rows) == 0)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_INTERNAL_ERROR,
							"a table's description has no rows");
	schema->database = gw_json_get_text(first, "database");
	schema->schema = gw_json_get_text(first, "schema");
	schema->table = gw_json_get_text(first, "table");
	schema->engine_version = gw_json_get_text(first, "version");
	schema->comment = gw_json_get_text(first, "table_comment");
	schema->kind = kind != NULL && kind[0] == 'V' ? "view" : "table";
	schema->rows = gw_json_get_number(first, "rows", GW_ABSENT);
	schema->bytes = GW_ABSENT;
	schema->approximate = true;
	schema->ncolumns = gw_json_length(rows);
	schema->columns = palloc0(schema->ncolumns * sizeof(GwColumn));
	for (i = 0; i < schema->ncolumns; i++)
	{
		if (read_column(gw_json_item(rows, i), i + 1, &schema->columns[i], err) != GW_OK)
			return GW_FAILED;
	}
	read_key(rows, schema);
	*result = schema;
	return GW_OK;
}

const GwPlatform gw_sqlserver = {
	.name = "sqlserver",
	.aliases = "mssql",
	.title = "SQL Server",
	.transport = &gw_transport_odbc,
	.dialect = &gw_dialect_sqlserver,
	.options = &sqlserver_options,
	.caps = GW_CAP_TRANSACTIONS | GW_CAP_SAVEPOINTS | GW_CAP_NEEDS_MAPPING | GW_CAP_WRITES |
			GW_CAP_MODIFY,
	.default_schema = "dbo",
	.check = sqlserver_check,
	.settings = sqlserver_settings,
	.pin_sql = sql_sqlserver_pin,
	.catalog = {
		[GW_CATALOG_DATABASES] = sql_sqlserver_databases,
		[GW_CATALOG_SCHEMAS] = sql_sqlserver_schemas,
		[GW_CATALOG_TABLES] = sql_sqlserver_tables,
		[GW_CATALOG_DESCRIBE] = sql_sqlserver_describe,
		[GW_CATALOG_IDENTITY] = sql_sqlserver_identity,
		[GW_CATALOG_CLOCK] = sql_sqlserver_clock,
		[GW_CATALOG_VERSION] = sql_sqlserver_version,
		[GW_CATALOG_PERMISSION] = sql_sqlserver_permission,
	},
	.read_document = sqlserver_read,
	.classify = sqlserver_classify,
};
