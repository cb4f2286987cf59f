/*
 * gw_catalog_redshift.h
 *	  Amazon Redshift's catalogs: the statements for GwPlatform.catalog[] and
 *	  the reader of what DESCRIBE says of a table.
 */
#ifndef GW_CATALOG_REDSHIFT_H
#define GW_CATALOG_REDSHIFT_H

#include "schema/gw_schema.h"

#include "dialect/gw_catalog_redshift.sql.h"

/* The initialiser of GwPlatform.catalog. */
#define GW_CATALOG_REDSHIFT_STATEMENTS                                                         \
	{                                                                                          \
		[GW_CATALOG_DATABASES] = sql_redshift_databases,                                       \
		[GW_CATALOG_SCHEMAS] = sql_redshift_schemas,                                           \
		[GW_CATALOG_TABLES] = sql_redshift_tables,                                             \
		[GW_CATALOG_DESCRIBE] = sql_redshift_describe,                                         \
		[GW_CATALOG_IDENTITY] = sql_redshift_identity,                                         \
		[GW_CATALOG_CLOCK] = sql_redshift_clock,                                               \
		[GW_CATALOG_PERMISSION] = sql_redshift_permission,                                     \
	}

/*
 * Turn the rows of one table, as gw_platform.h says they come, into a schema in
 * CurrentMemoryContext, without platform and connection, which the caller
 * knows.  GW_FAILED (internal) when they are not what our statement returns.
 */
extern GwStatus gw_catalog_redshift_read(const char *document, GwSchema **schema, GwError *err);

#endif /* GW_CATALOG_REDSHIFT_H */
