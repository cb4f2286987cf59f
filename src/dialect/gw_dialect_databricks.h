/*
 * gw_dialect_databricks.h
 *	  Between the files of the Databricks dialect only.
 */
#ifndef GW_DIALECT_DATABRICKS_H
#define GW_DIALECT_DATABRICKS_H

#include "dialect/gw_dialect.h"

/* What means there what it means here; gw_dialect_databricks_rules.c. */
extern const GwFuncRule gw_dialect_databricks_rules[];

#endif /* GW_DIALECT_DATABRICKS_H */
