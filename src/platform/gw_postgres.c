/*
 * gw_postgres.c
 *	  PostgreSQL over libpq: session pins, catalogs, capabilities.
 *
 * Options, settings and hints are those of every such server: gw_pgwire.c.
 * Constants only, so nothing here owns or keeps anything.
 */
#include "postgres.h"

#include "dialect/gw_catalog_postgres.h"
#include "platform/gw_pgwire.h"
#include "platform/gw_postgres.sql.h"

extern const GwPlatform gw_postgres;

const GwPlatform gw_postgres = {
	.name = "postgres",
	.aliases = "postgresql pg",
	.title = "PostgreSQL",
	.transport = &gw_transport_libpq,
	.dialect = &gw_dialect_postgres,
	.options = &gw_pgwire_options,
	.caps = GW_CAP_TRANSACTIONS | GW_CAP_SAVEPOINTS | GW_CAP_CURSORS | GW_CAP_NEEDS_MAPPING |
			GW_CAP_WRITES | GW_CAP_HORIZON | GW_CAP_POSTGRES_TYPES | GW_CAP_BINARY_ROWS |
			GW_CAP_MODIFY | GW_CAP_COPY_IN,
	.check = gw_pgwire_check,
	.settings = gw_pgwire_settings,
	.pin_sql = sql_postgres_pin,
	.user_sql_pin = sql_postgres_user_pin,
	.value_pin_sql = sql_postgres_value_pin,
	.catalog = GW_CATALOG_POSTGRES_STATEMENTS,
	.read_document = gw_catalog_postgres_read,
	.classify = gw_pgwire_classify,
	.explain_prefix = "EXPLAIN (FORMAT JSON) ",
};
