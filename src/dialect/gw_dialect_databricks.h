/*
 * gw_dialect_databricks.h
 *	  What the files of the Databricks dialect share, and what its platform asks of them.
 */
#ifndef GW_DIALECT_DATABRICKS_H
#define GW_DIALECT_DATABRICKS_H

#include "dialect/gw_dialect.h"

/* Is a type there one whose parts have types: STRUCT, MAP, ARRAY? */
extern bool gw_dialect_databricks_nested(const char *native);

/* What means there what it means here; gw_dialect_databricks_rules.c. */
extern const GwFuncRule gw_dialect_databricks_rules[];

#endif /* GW_DIALECT_DATABRICKS_H */
