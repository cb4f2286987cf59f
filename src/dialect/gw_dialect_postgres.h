/*
 * gw_dialect_postgres.h
 *	  Between the files of the PostgreSQL dialect only.
 */
#ifndef GW_DIALECT_POSTGRES_H
#define GW_DIALECT_POSTGRES_H

#include "dialect/gw_dialect.h"

/* What an older server lacks or means differently; gw_dialect_postgres_rules.c. */
extern const GwFuncRule gw_dialect_postgres_rules[];

#endif /* GW_DIALECT_POSTGRES_H */
