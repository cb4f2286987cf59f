/*
 * gw_local.c
 *	  The embedded platform: this database itself, over SPI.
 *
 * The smallest platform there is, and the one to copy.  It shares the local
 * transaction, so it has no connection, no settings and no secrets.
 */
#include "postgres.h"

#include "dialect/gw_catalog_postgres.h"
#include "platform/gw_platform.h"

extern const GwPlatform gw_local;

static const GwOptionTable local_options = {
	.options = NULL,
	.noptions = 0,
	.parent = &gw_common_options,
};

const GwPlatform gw_local = {
	.name = "local",
	.aliases = "",
	.title = "this database itself",
	.transport = &gw_transport_spi,
	.dialect = &gw_dialect_local,
	.ddl_target = "postgres",
	.options = &local_options,
	.caps = GW_CAP_SHARES_TRANSACTION | GW_CAP_WRITES | GW_CAP_HORIZON | GW_CAP_POSTGRES_TYPES,
	.catalog = GW_CATALOG_POSTGRES_STATEMENTS,
	.read_document = gw_catalog_postgres_read,
	.explain_prefix = "EXPLAIN (FORMAT JSON) ",
};
