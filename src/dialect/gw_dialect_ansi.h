/*
 * gw_dialect_ansi.h
 *	  Between the files of the ansi dialect only.
 */
#ifndef GW_DIALECT_ANSI_H
#define GW_DIALECT_ANSI_H

#include "dialect/gw_dialect.h"

/* What means the same everywhere; gw_dialect_ansi_rules.c. */
extern const GwFuncRule gw_dialect_ansi_rules[];

#endif /* GW_DIALECT_ANSI_H */
