/*
 * gw_odbc.c
 *	  Any other source that has an ODBC driver.
 *
 * Does not talk to the driver.  What is known of single drivers is how they
 * call things and how they are kept from buffering whole results or changing
 * values; everything else follows from what ODBC's catalog functions say.
 */
#include "postgres.h"

#include <ctype.h>

#include "base/gw_json.h"
#include "platform/gw_odbcwire.h"
#include "utils/builtins.h"

extern const GwPlatform gw_odbc;

static const GwOption odbc_rows[] = {
	{.name = "driver",
	 .where = GW_OPT_SERVER,
	 .flags = GW_OPTF_SUPERUSER,
	 .doc = "Name of the ODBC driver, as odbcinst -q -d lists it."},
	{.name = "dsn",
	 .where = GW_OPT_SERVER,
	 .flags = GW_OPTF_SUPERUSER,
	 .doc = "Name of a data source of the system's odbc.ini, instead of a driver."},
	{.name = "host",
	 .aliases = "server",
	 .where = GW_OPT_SERVER,
	 .flags = GW_OPTF_SUPERUSER,
	 .doc = "Host name or address."},
	{.name = "port",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .flags = GW_OPTF_SUPERUSER,
	 .min = 1,
	 .max = 65535,
	 .doc = "Port; the driver's own by default."},
	{.name = "database",
	 .aliases = "dbname db",
	 .where = GW_OPT_SERVER,
	 .flags = GW_OPTF_SUPERUSER,
	 .doc = "Database; for SQLite its file, with the whole path."},
	{.name = "sslmode",
	 .aliases = "ssl_mode tls encrypt",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .flags = GW_OPTF_SUPERUSER,
	 .values = "disable allow prefer require verify-ca verify-full",
	 .doc = "TLS, for drivers where we know how to ask for it; verify-full by default, except to "
			"loopback addresses."},
	{.name = "init_sql",
	 .aliases = "init_command",
	 .where = GW_OPT_SERVER,
	 .flags = GW_OPTF_SUPERUSER,
	 .doc = "A statement to run in each new connection, such as one that makes double quotes "
			"quote names."},
};

static const GwOptionTable odbc_options = {
	.options = odbc_rows,
	.noptions = lengthof(odbc_rows),
	.parent = &gw_odbcwire_options,
};

/* ---- drivers ---- */

/*
 * How a driver calls things.  The last one is for all that are not known.
 * fixed: what keeps it from buffering results and from changing values.
 */
typedef struct OdbcDriver
{
	const char *name; /* the option driver begins so */
	const char *host, *user, *password;
	const char *fixed;
	const char *verify, *require; /* keywords that ask for TLS; NULL: not known */
	bool is_file;
} OdbcDriver;

static const OdbcDriver odbc_drivers[] = {
	{.name = "SQLite",
	 .host = "Server",
	 .user = "UID",
	 .password = "PWD",
	 /* As UTF-16 its texts would come without the bytes that are no characters. */
	 .fixed = "BigInt=1;StepAPI=1;NoCreat=1;FKSupport=1;gw_utf8=on",
	 .is_file = true},
	{.name = "PostgreSQL",
	 .host = "Servername",
	 .user = "Username",
	 .password = "Password",
	 .fixed = "UseDeclareFetch=1;Fetch=1000;BoolsAsChar=0;ByteaAsLongVarBinary=1;"
			  "TextAsLongVarchar=1;UnknownsAsLongVarchar=1;LFConversion=0;Protocol=7.4-0",
	 .verify = "SSLmode=verify-full",
	 .require = "SSLmode=require"},
	{.name = "MariaDB",
	 .host = "Server",
	 .user = "UID",
	 .password = "PWD",
	 /*
	  * Its options are bits: rows that were found and not those that changed (2),
	  * rows as they come (1048576), forwards only (2097152).  Its SQLCancel closes a
	  * statement under the thread that fetches from it.
	  */
	 .fixed = "Charset=utf8mb4;Option=3145730;gw_cancel_fetch=off",
	 .verify = "ForceTLS=1;SSLVerify=1",
	 .require = "ForceTLS=1"},
	{.name = "", .host = "Server", .user = "UID", .password = "PWD", .fixed = ""},
};

/*
 * What makes a source read our SQL as it is meant, by the name it gives itself.
 * Sources are not ours to change otherwise: their sessions keep their settings.
 */
static const struct
{
	const char *dbms, *sql;
} odbc_inits[] = {
	{"gw_init:MySQL", "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES,"
					  "PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES', time_zone = '+00:00'"},
	{"gw_init:MariaDB", "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES,"
						"PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES', time_zone = '+00:00'"},
};

static const OdbcDriver *
odbc_driver(const GwOptionSet *options)
{
	const char *name = gw_option_str(options, "driver");
	const OdbcDriver *driver = odbc_drivers;

	while (driver->name[0] != '\0' &&
		   (name == NULL || pg_strncasecmp(name, driver->name, strlen(driver->name)) != 0))
		driver++;
	return driver;
}

static GwStatus
odbc_check(int where, const GwOptionSet *given, GwError *err)
{
	const char *database = gw_option_str(given, "database");

	if (where != GW_OPT_SERVER)
		return GW_OK;
	if (gw_option_given(given, "driver") && gw_option_given(given, "dsn"))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"options \"driver\" and \"dsn\" exclude each other");
	/* Relative paths would lead into the data directory. */
	if (odbc_driver(given)->is_file && database != NULL && database[0] != '/')
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"option \"database\" must be the whole path of a file");
	if (gw_odbcwire_host(given, err) != GW_OK)
		return GW_FAILED;
	return gw_odbcwire_keywords(given, NULL, err);
}

static void
odbc_settings_tls(const GwOptionSet *options, const OdbcDriver *driver, GwSettings *list)
{
	const char *mode = gw_odbcwire_tls_mode(options);

	if (strncmp(mode, "verify-", 7) == 0 && driver->verify != NULL)
		gw_odbcwire_add_all(list, driver->verify);
	else if (strcmp(mode, "require") == 0 && driver->require != NULL)
		gw_odbcwire_add_all(list, driver->require);
}

static GwStatus
odbc_settings(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	const OdbcDriver *driver = odbc_driver(options);
	int i;

	/* Again at use: the list of allowed hosts may have changed. */
	if (gw_odbcwire_host(options, err) != GW_OK)
		return GW_FAILED;
	if (!gw_option_given(options, "driver") && !gw_option_given(options, "dsn"))
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_FDW_OPTION_NAME_NOT_FOUND,
					 "the server needs either the option \"driver\" or the option \"dsn\"");
		gw_error_hint(err, "odbcinst -q -d lists the drivers that are installed.");
		return GW_FAILED;
	}
	if (driver->is_file && !gw_option_given(options, "database"))
		return gw_error_set(
			err, GW_ERR_INVALID, ERRCODE_FDW_OPTION_NAME_NOT_FOUND,
			"the server needs the option \"database\", the whole path of a file");
	if (gw_option_given(options, "driver"))
		gw_settings_add(list, "DRIVER", gw_option_str(options, "driver"));
	else
		gw_settings_add(list, "DSN", gw_option_str(options, "dsn"));
	if (gw_option_given(options, "host"))
		gw_settings_add(list, driver->host, gw_option_str(options, "host"));
	if (gw_option_given(options, "port"))
		gw_settings_add(list, "Port", gw_option_str(options, "port"));
	if (gw_option_given(options, "database"))
		gw_settings_add(list, "Database", gw_option_str(options, "database"));
	/* The first of two equal keywords counts, so that the user's own come first. */
	if (gw_odbcwire_identity(options, list, driver->user, driver->password, err) != GW_OK ||
		gw_odbcwire_keywords(options, list, err) != GW_OK)
		return GW_FAILED;
	gw_odbcwire_transport(options, list);
	odbc_settings_tls(options, driver, list);
	gw_odbcwire_add_all(list, driver->fixed);
	for (i = 0; i < lengthof(odbc_inits); i++)
		gw_settings_add(list, odbc_inits[i].dbms, odbc_inits[i].sql);
	gw_settings_add(list, "gw_init:", gw_option_str(options, "init_sql"));
	return GW_OK;
}

/* What MariaDB's driver calls 23000 and its server by number. */
static const struct
{
	int native, sqlstate;
} odbc_integrity[] = {
	{1048, ERRCODE_NOT_NULL_VIOLATION},	   {1062, ERRCODE_UNIQUE_VIOLATION},
	{1216, ERRCODE_FOREIGN_KEY_VIOLATION}, {1217, ERRCODE_FOREIGN_KEY_VIOLATION},
	{1364, ERRCODE_NOT_NULL_VIOLATION},	   {1451, ERRCODE_FOREIGN_KEY_VIOLATION},
	{1452, ERRCODE_FOREIGN_KEY_VIOLATION}, {4025, ERRCODE_CHECK_VIOLATION},
};

static void
odbc_classify(GwError *err, const GwOptionSet *options)
{
	bool mariadb = strcmp(odbc_driver(options)->name, "MariaDB") == 0;
	int i;

	for (i = 0; mariadb && i < lengthof(odbc_integrity); i++)
		if (err->vendor_code == odbc_integrity[i].native)
			err->sqlstate = odbc_integrity[i].sqlstate;
	gw_odbcwire_classify(err, gw_option_str(options, "driver"));
}

/* ---- descriptions ---- */

/* ODBC's codes of types; its header is the transport's. */
static const struct
{
	int code;
	GwTypeId type;
} odbc_types[] = {
	{-7, GW_TYPE_BOOL},		   /* BIT */
	{-6, GW_TYPE_INT16},	   /* TINYINT, signed or not */
	{5, GW_TYPE_INT16},		   /* SMALLINT */
	{4, GW_TYPE_INT32},		   /* INTEGER */
	{-5, GW_TYPE_INT64},	   /* BIGINT */
	{2, GW_TYPE_NUMERIC},	   {3, GW_TYPE_NUMERIC}, /* NUMERIC, DECIMAL */
	{7, GW_TYPE_FLOAT32},	   /* REAL */
	{6, GW_TYPE_FLOAT64},	   {8, GW_TYPE_FLOAT64}, /* FLOAT, DOUBLE */
	{1, GW_TYPE_STRING},	   {12, GW_TYPE_STRING},  {-1, GW_TYPE_STRING}, /* narrow */
	{-8, GW_TYPE_STRING},	   {-9, GW_TYPE_STRING},  {-10, GW_TYPE_STRING}, /* wide */
	{-2, GW_TYPE_BYTES},	   {-3, GW_TYPE_BYTES},	  {-4, GW_TYPE_BYTES}, /* binary */
	{91, GW_TYPE_DATE},		   {92, GW_TYPE_TIME},	  {93, GW_TYPE_TIMESTAMP},
	{-11, GW_TYPE_UUID},
};

/* Whole numbers without a sign need the next wider type. */
static GwTypeId
odbc_unsigned(GwTypeId type)
{
	switch (type)
	{
		case GW_TYPE_INT16:
			return GW_TYPE_INT32;
		case GW_TYPE_INT32:
			return GW_TYPE_INT64;
		case GW_TYPE_INT64:
			return GW_TYPE_UINT64;
		default:
			return type;
	}
}

/* Does the type's name hold the word, whatever its case? */
static bool
odbc_named(const char *name, const char *word)
{
	size_t len = strlen(word);

	for (; name != NULL && *name != '\0'; name++)
		if (pg_strncasecmp(name, word, len) == 0)
			return true;
	return false;
}

/*
 * Does what the source says of lengths and decimal digits hold for its values?
 * SQLite does not enforce it, PostgreSQL's driver makes it up where there is none;
 * of sources we do not know it is not believed.
 */
static bool
odbc_keeps_sizes(const char *dbms)
{
	return dbms != NULL && (strcmp(dbms, "MariaDB") == 0 || strcmp(dbms, "MySQL") == 0);
}

/*
 * SQLite calls decimals texts: what it keeps beside a declared type is what it
 * is.  There the name tells more.
 */
static void
odbc_type(const JsonbValue *item, bool sizes, GwColumn *column)
{
	int code = (int) gw_json_get_number(item, "sql_type", 0);
	int size = (int) gw_json_get_number(item, "size", 0);
	int digits = (int) gw_json_get_number(item, "digits", 0);
	const char *name = column->native_type;
	static const char *unknown[] = {"unsupported_as_text"};
	int i;

	column->type = gw_type_make(GW_TYPE_NULL);
	for (i = 0; i < lengthof(odbc_types); i++)
		if (odbc_types[i].code == code)
			column->type = gw_type_make(odbc_types[i].type);
	if (odbc_named(name, "unsigned"))
		column->type = gw_type_make(odbc_unsigned(column->type.id));
	switch (column->type.id)
	{
		case GW_TYPE_NUMERIC:
			if (sizes && size > 0 && size <= 1000 && digits >= 0 && digits <= size)
			{
				column->type.precision = size;
				column->type.scale = digits;
				column->type.has_scale = true;
			}
			break;
		case GW_TYPE_STRING:
			if (odbc_named(name, "decimal") || odbc_named(name, "numeric"))
				column->type = gw_type_make(GW_TYPE_NUMERIC);
			else if (sizes && code != -1 && code != -10 && size > 0)
				column->type.length = size;
			break;
		case GW_TYPE_NULL:
			column->type = gw_type_make(GW_TYPE_STRING);
			column->lossy = unknown;
			column->nlossy = 1;
			break;
		default:
			break;
	}
}

static GwStatus
odbc_read_column(const JsonbValue *item, bool sizes, int ordinal, GwColumn *column,
				 GwError *err)
{
	const char *text = gw_json_get_text(item, "default");

	column->name = gw_json_get_text(item, "name");
	if (column->name == NULL)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_INTERNAL_ERROR,
							"a table's description has a column without a name");
	column->ordinal = ordinal;
	column->native_type = gw_json_get_text(item, "type_name");
	column->nullable = gw_json_get_number(item, "nullable", 1) != 0;
	column->comment = gw_json_get_text(item, "comment");
	if (column->comment != NULL && column->comment[0] == '\0')
		column->comment = NULL;
	if (text != NULL && text[0] != '\0' && pg_strcasecmp(text, "NULL") != 0)
	{
		column->default_kind = GW_DEFAULT_EXPRESSION;
		column->default_sql = text;
		column->default_dialect = "odbc";
	}
	odbc_type(item, sizes, column);
	return GW_OK;
}

static GwStatus
odbc_read(const char *document, GwSchema **result, GwError *err)
{
	Jsonb *doc = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(document)));
	JsonbValue *root = gw_json_root(doc);
	JsonbValue *columns = gw_json_get(root, "columns");
	JsonbValue *primary = gw_json_get(root, "primary");
	bool sizes = odbc_keeps_sizes(gw_json_get_text(root, "dbms"));
	GwSchema *schema = palloc0(sizeof(GwSchema));
	int i;

	gw_error_clear(err);
	schema->database = gw_json_get_text(root, "database");
	schema->schema = gw_json_get_text(root, "schema");
	schema->table = gw_json_get_text(root, "table");
	schema->engine_version = gw_json_get_text(root, "version");
	schema->kind = gw_json_get_text(root, "kind");
	schema->comment = gw_json_get_text(root, "comment");
	schema->rows = schema->bytes = GW_ABSENT;
	schema->approximate = true;
	schema->ncolumns = gw_json_length(columns);
	schema->columns = palloc0(Max(schema->ncolumns, 1) * sizeof(GwColumn));
	for (i = 0; i < schema->ncolumns; i++)
	{
		if (odbc_read_column(gw_json_item(columns, i), sizes, i + 1, &schema->columns[i], err) !=
			GW_OK)
			return GW_FAILED;
	}
	if (gw_json_length(primary) > 0)
	{
		GwKey *key = schema->primary = palloc0(sizeof(GwKey));

		key->name = gw_json_get_text(root, "primary_name");
		key->enforced = true;
		key->ncolumns = gw_json_length(primary);
		key->columns = palloc(key->ncolumns * sizeof(char *));
		for (i = 0; i < key->ncolumns; i++)
		{
			char *name = NULL;

			(void) gw_json_text(gw_json_item(primary, i), &name);
			key->columns[i] = name;
		}
	}
	*result = schema;
	return GW_OK;
}

const GwPlatform gw_odbc = {
	.name = "odbc",
	.aliases = "",
	.title = "an ODBC source",
	.transport = &gw_transport_odbc,
	.dialect = &gw_dialect_odbc,
	.options = &odbc_options,
	.caps = GW_CAP_TRANSACTIONS | GW_CAP_SAVEPOINTS | GW_CAP_WRITES | GW_CAP_MODIFY,
	.check = odbc_check,
	.settings = odbc_settings,
	.catalog = {
		[GW_CATALOG_DATABASES] = "{gw databases}",
		[GW_CATALOG_SCHEMAS] = "{gw schemas}",
		[GW_CATALOG_TABLES] = "{gw tables}",
		[GW_CATALOG_DESCRIBE] = "{gw describe}",
		[GW_CATALOG_IDENTITY] = "{gw identity}",
	},
	.read_document = odbc_read,
	.classify = odbc_classify,
};
