/*
 * gw_dialect_sqlserver.h
 *	  Between the files of the sqlserver dialect only.
 */
#ifndef GW_DIALECT_SQLSERVER_H
#define GW_DIALECT_SQLSERVER_H

#include "dialect/gw_dialect.h"

/* What means the same in T-SQL; gw_dialect_sqlserver_rules.c. */
extern const GwFuncRule gw_dialect_sqlserver_rules[];

#endif /* GW_DIALECT_SQLSERVER_H */
