/*
 * gw_dialect_snowflake.h
 *	  Between the files of Snowflake's dialect only.
 */
#ifndef GW_DIALECT_SNOWFLAKE_H
#define GW_DIALECT_SNOWFLAKE_H

#include "dialect/gw_dialect.h"

/* What means there what it means here; gw_dialect_snowflake_rules.c. */
extern const GwFuncRule gw_dialect_snowflake_rules[];

#endif /* GW_DIALECT_SNOWFLAKE_H */
