/*
 * gw_catalog_postgres.h
 *	  PostgreSQL's catalogs: the statements for GwPlatform.catalog[] and the
 *	  reader of their DESCRIBE documents.  Shared by every platform whose
 *	  catalogs are PostgreSQL's.
 */
#ifndef GW_CATALOG_POSTGRES_H
#define GW_CATALOG_POSTGRES_H

#include "schema/gw_schema.h"

/*
 * The statements themselves, with the parameters and result shapes of
 * GwCatalogId: sql_catalog_databases, _schemas, _tables, _describe, _identity,
 * _clock, _horizon, _version, _copy_target, _permission.  Being constants they fit static
 * initialisers.
 */
#include "dialect/gw_catalog_postgres.sql.h"

/* The initialiser of GwPlatform.catalog for such a platform. */
#define GW_CATALOG_POSTGRES_STATEMENTS                                                         \
	{                                                                                          \
		[GW_CATALOG_DATABASES] = sql_catalog_databases,                                        \
		[GW_CATALOG_SCHEMAS] = sql_catalog_schemas, [GW_CATALOG_TABLES] = sql_catalog_tables,  \
		[GW_CATALOG_DESCRIBE] = sql_catalog_describe,                                          \
		[GW_CATALOG_IDENTITY] = sql_catalog_identity, [GW_CATALOG_CLOCK] = sql_catalog_clock,  \
		[GW_CATALOG_HORIZON] = sql_catalog_horizon,                                            \
		[GW_CATALOG_VERSION] = sql_catalog_version,                                            \
		[GW_CATALOG_COPY_TARGET] = sql_catalog_copy_target,                                    \
		[GW_CATALOG_PERMISSION] = sql_catalog_permission,                                      \
	}

/*
 * Turn one DESCRIBE document into a schema in CurrentMemoryContext, without
 * platform and connection, which the caller knows.  GW_FAILED (internal) when
 * the document is not what our statement returns.
 */
extern GwStatus gw_catalog_postgres_read(const char *document, GwSchema **schema, GwError *err);

/*
 * Give a column the default whose text the catalog wrote: a constant is
 * recognised, the rest stays an expression of that dialect.  Keeps sql.
 */
extern void gw_catalog_postgres_default(GwColumn *column, const char *sql, const char *dialect);

#endif /* GW_CATALOG_POSTGRES_H */
