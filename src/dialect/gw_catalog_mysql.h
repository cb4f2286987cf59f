/*
 * gw_catalog_mysql.h
 *	  The reader of the DESCRIBE documents of MySQL and MariaDB.
 */
#ifndef GW_CATALOG_MYSQL_H
#define GW_CATALOG_MYSQL_H

#include "schema/gw_schema.h"

/*
 * Turn one DESCRIBE document into a schema in CurrentMemoryContext, without
 * platform and connection, which the caller knows.  GW_FAILED (internal) when
 * the document is not what our statement returns.
 */
extern GwStatus gw_catalog_mysql_read(const char *document, GwSchema **schema, GwError *err);

#endif /* GW_CATALOG_MYSQL_H */
