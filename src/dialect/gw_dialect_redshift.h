/*
 * gw_dialect_redshift.h
 *	  Between the files of the Redshift dialect only.
 */
#ifndef GW_DIALECT_REDSHIFT_H
#define GW_DIALECT_REDSHIFT_H

#include "dialect/gw_dialect.h"

/* What means there what it means here; gw_dialect_redshift_rules.c. */
extern const GwFuncRule gw_dialect_redshift_rules[];

#endif /* GW_DIALECT_REDSHIFT_H */
