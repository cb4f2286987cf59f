/*
 * gw_dialect_redshift_rules.c
 *	  Which built-ins mean in Redshift exactly what they mean here.
 *
 * Sources are AWS's Database Developer Guide; ansi's rules follow these.
 */
#include "postgres.h"

#include "dialect/gw_dialect_redshift.h"

#define EXACT(name, kind, args, sql) {name, kind, args, sql, GW_EXACT, GW_COLL_NONE, 0, 0}

const GwFuncRule gw_dialect_redshift_rules[] = {
	EXACT("bool", 't', NULL, NULL),
	{NULL},
};
