/*
 * gw_dialect_bigquery.h
 *	  Between the files of the GoogleSQL dialect only.
 */
#ifndef GW_DIALECT_BIGQUERY_H
#define GW_DIALECT_BIGQUERY_H

#include "dialect/gw_dialect.h"

/* What means there what it means here; gw_dialect_bigquery_rules.c. */
extern const GwFuncRule gw_dialect_bigquery_rules[];

#endif /* GW_DIALECT_BIGQUERY_H */
