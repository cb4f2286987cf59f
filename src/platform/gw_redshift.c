/*
 * gw_redshift.c
 *	  Amazon Redshift over libpq.
 *
 * Options, settings and hints are those of every such server: gw_pgwire.c.
 * Constants only, so nothing here owns or keeps anything.
 */
#include "postgres.h"

#include "dialect/gw_catalog_postgres.h"
#include "platform/gw_pgwire.h"
#include "platform/gw_redshift.sql.h"

extern const GwPlatform gw_redshift;

static const GwOption redshift_rows[] = {
	{.name = "port",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_INT,
	 .flags = GW_OPTF_WIRE,
	 .min = 1,
	 .max = 65535,
	 .fallback = "5439",
	 .doc = "Port of the server."},
};

static const GwOptionTable redshift_options = {
	.options = redshift_rows,
	.noptions = lengthof(redshift_rows),
	.parent = &gw_pgwire_options,
};

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
	.settings = gw_pgwire_settings,
	.pin_sql = sql_redshift_pin,
	.catalog = GW_CATALOG_POSTGRES_STATEMENTS,
	.read_document = gw_catalog_postgres_read,
	.classify = gw_pgwire_classify,
};
