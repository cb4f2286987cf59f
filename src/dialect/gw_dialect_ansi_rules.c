/*
 * gw_dialect_ansi_rules.c
 *	  What means the same in every product that follows the standard.
 *
 * Only what has no room for a difference: no text (collations), no floats (NaN,
 * rounding), no arithmetic (what happens beyond the range of a type, the scale
 * of a quotient), no time zones.  A dialect's own rules come before these.
 */
#include "postgres.h"

#include "dialect/gw_dialect_ansi.h"
#include "dialect/gw_dialect_rules.h"

const GwFuncRule gw_dialect_ansi_rules[] = {
	TYPE("bool"),
	TYPE("int2"),
	TYPE("int4"),
	TYPE("int8"),
	TYPE("numeric"),
	TYPE("float4"),
	TYPE("float8"),
	TYPE("text"),
	TYPE("varchar"),
	TYPE("date"),
	TYPE("timestamp"),

	COMPARISONS("int2,int2"),
	COMPARISONS("int2,int4"),
	COMPARISONS("int2,int8"),
	COMPARISONS("int4,int2"),
	COMPARISONS("int4,int4"),
	COMPARISONS("int4,int8"),
	COMPARISONS("int8,int2"),
	COMPARISONS("int8,int4"),
	COMPARISONS("int8,int8"),
	COMPARISONS("numeric,numeric"),
	COMPARISONS("date,date"),
	ORDERED("int2"),
	ORDERED("int4"),
	ORDERED("int8"),
	ORDERED("numeric"),
	ORDERED("date"),

	/* Every value of the source is one of the target. */
	EXACT("int4", 'c', "int2", "CAST({1} AS {t})"),
	EXACT("int8", 'c', "int2", "CAST({1} AS {t})"),
	EXACT("int8", 'c', "int4", "CAST({1} AS {t})"),

	/* Forms.  NULL is neither true nor false, and CASE takes neither branch for it. */
	/* Numbers of several scales get the widest one there, and keep their own here. */
	LOCAL("coalesce", 'x', "numeric..."),
	LOCAL("case", 'x', "numeric"),
	LOCAL("set_operation", 'x', "numeric"),
	EXACT("coalesce", 'x', NULL, "COALESCE({*})"),
	EXACT("case", 'x', NULL, NULL),
	EXACT("null_test", 'x', NULL, NULL),
	EXACT("distinct", 'x', NULL,
		  "(({1} IS NULL OR {2} IS NULL OR NOT {=}) AND NOT ({1} IS NULL AND {2} IS NULL))"),
	EXACT("is_true", 'x', NULL, "(CASE WHEN {?1} THEN 1 ELSE 0 END = 1)"),
	EXACT("is_false", 'x', NULL, "(CASE WHEN NOT {?1} THEN 1 ELSE 0 END = 1)"),
	EXACT("is_unknown", 'x', NULL,
		  "(CASE WHEN {?1} THEN 0 WHEN NOT {?1} THEN 0 ELSE 1 END = 1)"),
	EXACT("any_of", 'x', NULL, "MIN({1})"),

	AGGREGATE("count", "", "COUNT(*)"),
	AGGREGATE("count", "*", "COUNT({d}{1})"),
	AGGREGATE("sum", "int2", "SUM({d}CAST({1} AS {t}))"),
	AGGREGATE("sum", "int4", "SUM({d}CAST({1} AS {t}))"),
	{NULL},
};
