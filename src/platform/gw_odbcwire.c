/*
 * gw_odbcwire.c
 *	  What the platforms over ODBC share: who connects, keywords, hints.
 *
 * Does not talk to a driver.  Which keywords are allowed is a list, because a
 * driver may load libraries, write files or run statements for others.
 */
#include "postgres.h"

#include "platform/gw_odbcwire.h"
#include "platform/gw_wire.h"

static const GwOption odbcwire_rows[] = {
	{.name = "connection",
	 .aliases = "keywords",
	 .where = GW_OPT_SERVER,
	 .flags = GW_OPTF_SUPERUSER,
	 .doc = "Further keywords of the driver, 'Keyword=value;Keyword=value'; only those that are "
			"known to be harmless."},
	{.name = "connect_timeout",
	 .aliases = "login_timeout",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .min = 1,
	 .max = 3600,
	 .fallback = "10",
	 .doc = "Seconds to wait for a connection."},
	{.name = "driver_isolation",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .flags = GW_OPTF_SUPERUSER,
	 .values = "process thread",
	 .fallback = "process",
	 .doc = "Where the driver runs: in a process of its own, whose crash is an error of the "
			"statement, or in a thread of the session's, whose crash restarts the server."},
	{.name = "isolation_level",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .values = "read committed|repeatable read|serializable",
	 .fallback = "repeatable read",
	 .doc = "Isolation of remote transactions; where there is no such, the next stronger one."},
	GW_WIRE_OPTION_KEEP_CONNECTIONS,
	{.name = "password_required",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_BOOL,
	 .flags = GW_OPTF_SUPERUSER,
	 .fallback = "true",
	 .doc = "false lets an ordinary user connect without a password of the user mapping."},
	{.name = "user",
	 .aliases = "username uid",
	 .where = GW_OPT_MAPPING,
	 .doc = "Remote user."},
	{.name = "password",
	 .aliases = "pass pwd",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_SECRET,
	 .doc = "Password; password_ref is the better choice."},
	GW_WIRE_OPTION_PASSWORD_REF,
};

const GwOptionTable gw_odbcwire_options = {
	.options = odbcwire_rows,
	.noptions = lengthof(odbcwire_rows),
	.parent = &gw_common_options,
};

/* Keywords that change neither whom we reach, nor as whom, nor what is loaded, run or written. */
static const char *const keywords_allowed[] = {
	"APP", "ApplicationIntent", "ApplicationName", "BigInt", "BoolsAsChar", "BusyTimeout",
	"ByteaAsLongVarBinary", "ClientCharset", "ConnectRetryCount", "ConnectRetryInterval",
	"Encrypt", "Encryption", "FKSupport", "Fetch", "ForceTLS", "HostNameInCertificate",
	"KeepAlive", "KeepaliveInterval", "KeepaliveTime", "Language", "MaxLongVarcharSize",
	"MaxVarcharSize", "MultiSubnetFailover", "NoTXN", "PacketSize", "Protocol", "ReadOnly",
	"SSLVerify", "SSLmode", "ServerSPN", "StepAPI", "TDS_Version", "TextAsLongVarchar",
	"TextSize", "Timeout", "TrustServerCertificate", "UnknownsAsLongVarchar", "UseDeclareFetch",
	"UseNTLMv2", "UseServerSidePrepare", "WSID",
};

/* Which package brings a driver. */
static const struct
{
	const char *driver; /* begins so */
	const char *where;
} driver_packages[] = {
	{"SQLite", "Debian's package libsqliteodbc"},
	{"PostgreSQL", "Debian's package odbc-postgresql"},
	{"MariaDB", "Debian's package odbc-mariadb"},
	{"FreeTDS", "Debian's package tdsodbc"},
	{"ODBC Driver", "Microsoft's package msodbcsql18"},
};

/* ---- settings ---- */

void
gw_odbcwire_add_all(GwSettings *list, const char *keywords)
{
	char *rest = pstrdup(keywords);
	char *word;

	while ((word = strsep(&rest, ";")) != NULL)
	{
		char *value = strchr(word, '=');

		if (value == NULL)
			continue;
		*value++ = '\0';
		gw_settings_add(list, word, value);
	}
}

void
gw_odbcwire_transport(const GwOptionSet *options, GwSettings *list)
{
	gw_settings_add(list, "gw_login_timeout", gw_option_str(options, "connect_timeout"));
	gw_settings_add(list, "gw_driver_isolation", gw_option_str(options, "driver_isolation"));
}

GwStatus
gw_odbcwire_identity(const GwOptionSet *options, GwSettings *list, const char *user_keyword,
					 const char *password_keyword, GwError *err)
{
	char *password;

	if (gw_option_secret(options, "password", &password, err) != GW_OK)
		return GW_FAILED;
	if (gw_wire_needs_password(options) && password == NULL)
		return gw_wire_refuse_no_password("; for a source without users a superuser sets the "
										  "server option \"password_required\" to false",
										  err);
	gw_settings_add(list, user_keyword, gw_option_str(options, "user"));
	gw_settings_add(list, password_keyword, password);
	return GW_OK;
}

/* ---- keywords ---- */

static const char *
keyword_allowed(const char *name)
{
	int i;

	for (i = 0; i < lengthof(keywords_allowed); i++)
		if (pg_strcasecmp(keywords_allowed[i], name) == 0)
			return keywords_allowed[i];
	return NULL;
}

static GwStatus
keyword_refuse(const char *name, GwError *err)
{
	StringInfoData list;
	int i;

	initStringInfo(&list);
	for (i = 0; i < lengthof(keywords_allowed); i++)
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", keywords_allowed[i]);
	gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
				 "the driver keyword \"%s\" is not allowed in the option \"connection\"", name);
	gw_error_detail(err, "Allowed are %s.", list.data);
	return GW_FAILED;
}

/* Cut one "Keyword=value" or "Keyword={value}" off *rest; NULL: it is none. */
static char *
keyword_next(char **rest, char **value)
{
	char *name = *rest + strspn(*rest, " \t");
	char *at = strchr(name, '=');
	char *to;

	if (at == NULL || at == name)
		return NULL;
	*at++ = '\0';
	*value = to = at;
	if (*at == '{')
	{
		for (at++; *at != '\0' && !(at[0] == '}' && at[1] != '}'); at++)
		{
			at += *at == '}';
			*to++ = *at;
		}
		if (*at++ != '}' || (*at != '\0' && *at != ';'))
			return NULL;
	}
	else
	{
		while (*at != '\0' && *at != ';')
			*to++ = *at++;
	}
	*rest = *at == ';' ? at + 1 : at;
	*to = '\0';
	return name;
}

GwStatus
gw_odbcwire_keywords(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	const char *given = gw_option_str(options, "connection");
	char *rest = given ? pstrdup(given) : NULL;

	while (rest != NULL && rest[strspn(rest, " \t;")] != '\0')
	{
		char *value;
		char *name;

		rest += strspn(rest, " \t;");
		name = keyword_next(&rest, &value);
		if (name == NULL)
			return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
								"option \"connection\" is not of the form "
								"\"Keyword=value;Keyword=value\"");
		if (keyword_allowed(name) == NULL)
			return keyword_refuse(name, err);
		if (strpbrk(value, "\r\n") != NULL)
			return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
								"the value of the driver keyword \"%s\" has more than one line",
								name);
		if (list != NULL)
			gw_settings_add(list, keyword_allowed(name), value);
	}
	return GW_OK;
}

/* ---- hosts ---- */

GwStatus
gw_odbcwire_host(const GwOptionSet *options, GwError *err)
{
	const char *host = gw_option_str(options, "host");

	if (host == NULL || gw_wire_host_is_listed(host))
		return GW_OK;
	return gw_wire_refuse_host(host, err);
}

bool
gw_odbcwire_is_near(const GwOptionSet *options)
{
	const char *host = gw_option_str(options, "host");

	return host == NULL || host[0] == '/' || gw_wire_host_is_loopback(host);
}

const char *
gw_odbcwire_tls_mode(const GwOptionSet *options)
{
	const char *mode = gw_option_str(options, "sslmode");

	if (mode != NULL)
		return mode;
	return gw_odbcwire_is_near(options) ? "prefer" : "verify-full";
}

/* ---- errors ---- */

static const char *
driver_package(const char *driver)
{
	int i;

	for (i = 0; driver != NULL && i < lengthof(driver_packages); i++)
	{
		const char *name = driver_packages[i].driver;

		if (pg_strncasecmp(driver, name, strlen(name)) == 0)
			return driver_packages[i].where;
	}
	return NULL;
}

void
gw_odbcwire_classify(GwError *err, const char *driver)
{
	/* What somebody nearer has said stays. */
	if (err->hint[0] != '\0')
		return;
	if (strstr(err->message, "Can't open lib") != NULL ||
		strstr(err->message, "Data source name not found") != NULL ||
		strstr(err->message, "driver's SQLAllocHandle") != NULL)
	{
		const char *package = driver_package(driver);

		err->cls = GW_ERR_INVALID;
		err->sqlstate = ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION;
		if (package != NULL)
			gw_error_hint(err, "The driver comes with %s.", package);
		else
			gw_error_hint(err, "odbcinst -q -d lists the drivers that are installed.");
	}
	else if (err->cls == GW_ERR_AUTH)
		gw_error_hint(err, "Check the options \"user\" and \"password\" (or \"password_ref\") of "
						   "the user mapping.");
}
