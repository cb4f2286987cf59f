/*
 * gw_redshift.c
 *	  Amazon Redshift over libpq: its pins, types, errors.
 *
 * Options, settings and hints are those of every such server: gw_pgwire.c.
 * Rows come as text, in one stream: there is no COPY to the client, binary
 * results are not to be had for its own types, and a cursor is one a session,
 * laid down whole on the leader node before its first row.
 * https://docs.aws.amazon.com/redshift/latest/dg/declare.html
 * Constants only, so nothing here owns or keeps anything.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dialect/gw_catalog_redshift.h"
#include "platform/gw_pgwire.h"
#include "platform/gw_redshift.sql.h"

extern const GwPlatform gw_redshift;

/* Its own types, as pg_type there numbers them; PostgreSQL has no such oids. */
#define RS_SUPEROID 4000
#define RS_VARBYTEOID 6551
#define RS_INTERVALY2MOID 1188
#define RS_INTERVALD2SOID 1190

static const GwOption redshift_rows[] = {
	{.name = "host",
	 .aliases = "server hostname endpoint",
	 .where = GW_OPT_SERVER,
	 .flags = GW_OPTF_WIRE,
	 .doc = "Endpoint of the cluster or workgroup, without port and database."},
	{.name = "port",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .flags = GW_OPTF_WIRE,
	 .min = 1,
	 .max = 65535,
	 .fallback = "5439",
	 .doc = "Port of the cluster."},
	{.name = "dbname",
	 .aliases = "database db database_name",
	 .where = GW_OPT_SERVER,
	 .flags = GW_OPTF_WIRE,
	 .fallback = "dev",
	 .doc = "Database to connect to."},
	{.name = "isolation_level",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .values = "read committed|repeatable read|serializable",
	 .fallback = "repeatable read",
	 .doc = "Sent, and of no effect: the database's own level, serializable or snapshot, holds."},
	{.name = "target_session_attrs",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_ENUM,
	 .flags = GW_OPTF_WIRE,
	 .values = "any",
	 .fallback = "any",
	 .doc = "Any host will do: a cluster has no standby."},
	{.name = "user",
	 .aliases = "username",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_WIRE | GW_OPTF_IDENTITY,
	 .doc = "Database user; with temporary credentials as they spell it (IAM:name, IAMR:role)."},
	{.name = "password",
	 .aliases = "pass db_password token",
	 .where = GW_OPT_MAPPING,
	 .flags = GW_OPTF_SECRET,
	 .doc = "Password, or the one of temporary credentials (GetClusterCredentials); "
			"password_ref is the better choice."},
};

static const GwOptionTable redshift_options = {
	.options = redshift_rows,
	.noptions = lengthof(redshift_rows),
	.parent = &gw_pgwire_options,
};

/* A parameter takes its type from the cast around it: oids differ there. */
static GwStatus
redshift_settings(const GwOptionSet *options, GwSettings *list, GwError *err)
{
	if (gw_pgwire_settings(options, list, err) != GW_OK)
		return GW_FAILED;
	gw_settings_add(list, "gw_untyped_parameters", "on");
	return GW_OK;
}

static void
redshift_columns(GwColumnInfo *columns, int ncolumns)
{
	int i;

	for (i = 0; i < ncolumns; i++)
	{
		/* What is read as bytes can only be VARBYTE, which prints bare hex digits. */
		columns[i].form = GW_FORM_HEX;
		switch (columns[i].type_oid)
		{
			case TEXTOID:
			case VARCHAROID:
			case BPCHAROID:
			case BYTEAOID:
				columns[i].form = GW_FORM_POSTGRES;
				break;
			case RS_SUPEROID:
				columns[i].type_oid = JSONOID;
				break;
			case RS_INTERVALY2MOID:
			case RS_INTERVALD2SOID:
				columns[i].type_oid = INTERVALOID;
				columns[i].typmod = -1;
				break;
			case RS_VARBYTEOID:
				columns[i].type_oid = BYTEAOID;
				break;
			default:
				break;
		}
	}
}

/* ---- errors ---- */

/* Some of its errors have no SQLSTATE of their own: only the text tells them. */
static const struct
{
	const char *text;
	GwErrorClass cls;
	int sqlstate; /* 0: as it came */
	const char *hint;
} redshift_errors[] = {
	{"erializable isolation violation", GW_ERR_CONFLICT, ERRCODE_T_R_SERIALIZATION_FAILURE,
	 "Repeat the transaction; where it comes often, lock the tables in one order first, or let "
	 "the database use snapshot isolation."},
	{"conflict with concurrent transaction", GW_ERR_CONFLICT,
	 ERRCODE_T_R_SERIALIZATION_FAILURE, "Repeat the transaction."},
	{"isk Full", GW_ERR_PERMANENT, ERRCODE_DISK_FULL,
	 "Free space on the cluster, or let the statement work on fewer rows."},
	{"WLM", GW_ERR_CANCELLED, 0,
	 "A rule or timeout of the workload management queue stopped it; run it in another queue, "
	 "or ask for the rule to be changed."},
	{"is being resized", GW_ERR_TRANSIENT, 0, "Wait until the cluster is available."},
	{"maintenance", GW_ERR_TRANSIENT, 0, "Wait until the cluster is available."},
	{"Specified types or functions", GW_ERR_INVALID, 0,
	 "The statement uses a function that only the leader node has together with tables."},
};

static void
redshift_classify_text(GwError *err)
{
	int i;

	for (i = 0; i < lengthof(redshift_errors); i++)
	{
		if (strstr(err->message, redshift_errors[i].text) == NULL &&
			strstr(err->detail, redshift_errors[i].text) == NULL)
			continue;
		err->cls = redshift_errors[i].cls;
		if (redshift_errors[i].sqlstate != 0)
			err->sqlstate = redshift_errors[i].sqlstate;
		if (err->hint[0] == '\0')
			gw_error_hint(err, "%s", redshift_errors[i].hint);
		return;
	}
}

static void
redshift_classify(GwError *err, const GwOptionSet *options)
{
	const char *user = gw_option_str(options, "user");

	if (err->sqlstate == ERRCODE_INTERNAL_ERROR || err->sqlstate == ERRCODE_QUERY_CANCELED ||
		err->sqlstate == ERRCODE_FEATURE_NOT_SUPPORTED ||
		err->sqlstate == ERRCODE_CANNOT_CONNECT_NOW ||
		err->sqlstate == ERRCODE_T_R_SERIALIZATION_FAILURE)
		redshift_classify_text(err);
	else if (err->sqlstate == ERRCODE_ACTIVE_SQL_TRANSACTION && err->hint[0] == '\0')
		gw_error_hint(err, "Run it with gw.execute_ddl(server, sql, autocommit => true).");
	else if (err->cls == GW_ERR_AUTH && user != NULL && strncmp(user, "IAM", 3) == 0)
		gw_error_hint(err, "Temporary credentials end after 15 minutes to an hour: fetch new ones "
						   "and set \"user\" and \"password\" of the user mapping, or let "
						   "\"password_ref\" name where they are kept.");
	gw_pgwire_classify(err, options);
}

const GwPlatform gw_redshift = {
	.name = "redshift",
	.aliases = "",
	.title = "Amazon Redshift",
	.transport = &gw_transport_libpq,
	.dialect = &gw_dialect_redshift,
	.options = &redshift_options,
	.caps = GW_CAP_TRANSACTIONS | GW_CAP_NEEDS_MAPPING | GW_CAP_WRITES | GW_CAP_MODIFY,
	.default_schema = "public",
	.check = gw_pgwire_check,
	.settings = redshift_settings,
	.pin_sql = sql_redshift_pin,
	.user_sql_pin = sql_redshift_user_pin,
	.value_pin_sql = sql_redshift_value_pin,
	.columns = redshift_columns,
	.catalog = GW_CATALOG_REDSHIFT_STATEMENTS,
	.read_document = gw_catalog_redshift_read,
	.classify = redshift_classify,
	.committing = "truncate",
	.explain_prefix = "EXPLAIN ",
	.explain_text = true,
};
