/*
 * gw_dialect_redshift_rules.c
 *	  Which built-ins mean in Redshift exactly what they mean here.
 *
 * Pages are below https://docs.aws.amazon.com/redshift/latest/dg/; ansi's rules
 * follow these.
 *
 * Text: blanks at the end do not count in comparisons, and a column may be
 * case-insensitive (r_Character_types.html, r_COLLATE.html).  As VARBYTE it is
 * its bytes (r_VARBYTE_type.html), which is what "C" sorts by here; VARCHAR has at most
 * 65535.  LIKE minds the blanks, and the case when told so.
 *
 * Floats: nothing says how NaN compares on the compute nodes, so each template
 * holds whether it is like PostgreSQL (equal to itself, above the rest) or like
 * IEEE (neither).  Sums and averages of floats depend on the order of rows.
 *
 * Whole numbers are computed one size up, so that the cast back refuses what does
 * not fit.  DECIMAL arithmetic and AVG have scales of their own, and stay here.
 */
#include "postgres.h"

#include "dialect/gw_dialect_redshift.h"

#define EXACT(name, kind, args, sql) {name, kind, args, sql, GW_EXACT, GW_COLL_NONE, 0, 0}
#define TEXT(name, kind, args, sql, need) {name, kind, args, sql, GW_EXACT, need, 0, 0}
#define AGGREGATE(name, args, sql) \
	{name, 'a', args, sql, GW_EXACT, GW_COLL_NONE, 0, GW_RULE_SKIPS_NULLS}

/* No collation, no scale, no rounding. */
#define COMPARISONS(args) \
	EXACT("=", 'o', args, "({1} = {2})"), EXACT("<>", 'o', args, "({1} <> {2})"), \
		EXACT("<", 'o', args, "({1} < {2})"), EXACT("<=", 'o', args, "({1} <= {2})"), \
		EXACT(">", 'o', args, "({1} > {2})"), EXACT(">=", 'o', args, "({1} >= {2})")

#define FLOAT_COMPARISONS(args) \
	EXACT("=", 'o', args, "({1} = {2} OR ({1} <> {1} AND {2} <> {2}))"), \
		EXACT("<>", 'o', args, "({1} <> {2} AND NOT ({1} <> {1} AND {2} <> {2}))"), \
		EXACT("<", 'o', args, "({1} < {2} OR ({2} <> {2} AND NOT {1} <> {1}))"), \
		EXACT("<=", 'o', args, "({1} <= {2} OR {2} <> {2})"), \
		EXACT(">", 'o', args, "({1} > {2} OR ({1} <> {1} AND NOT {2} <> {2}))"), \
		EXACT(">=", 'o', args, "({1} >= {2} OR {1} <> {1})")

/* As keys, and what comes of their order. */
#define ORDERED(type) \
	EXACT(type, 's', NULL, NULL), EXACT(type, 'g', NULL, NULL), \
		{"min", 'a', type, "MIN({1})", GW_EXACT, GW_COLL_NONE, 0, \
		 GW_RULE_PARTIAL | GW_RULE_SKIPS_NULLS}, \
		{"max", 'a', type, "MAX({1})", GW_EXACT, GW_COLL_NONE, 0, \
		 GW_RULE_PARTIAL | GW_RULE_SKIPS_NULLS}

/* An operator of whole numbers, computed in the wider type. */
#define COMPUTED(op, args, wide, type) \
	EXACT(op, 'o', args, \
		  "CAST(CAST({1} AS " wide ") " op " CAST({2} AS " wide ") AS " type ")")
#define ARITHMETIC(args, wide, type) \
	COMPUTED("+", args, wide, type), COMPUTED("-", args, wide, type), \
		COMPUTED("*", args, wide, type)
#define SIGNED(arg, wide, type) \
	EXACT("-", 'o', arg, "CAST(- CAST({1} AS " wide ") AS " type ")"), \
		EXACT("abs", 'f', arg, "CAST(ABS(CAST({1} AS " wide ")) AS " type ")")
/* Quotients of BIGINT have no wider type that truncates; only MIN / -1 needs one. */
#define DIVISION(args, type) \
	EXACT("/", 'o', args, "CAST(CAST({1} AS BIGINT) / CAST({2} AS BIGINT) AS " type ")"), \
		EXACT("%", 'o', args, "CAST(MOD(CAST({1} AS BIGINT), CAST({2} AS BIGINT)) AS " type ")")

#define BYTES(n) "CAST({" n "} AS VARBYTE(65535))"
#define TEXT_ORDER(op) TEXT(op, 'o', "text*,text*", "(" BYTES("1") " " op " " BYTES("2") ")", GW_COLL_ORDER)

#define EXTREMES(args) \
	EXACT("greatest", 'x', args, "GREATEST({*})"), EXACT("least", 'x', args, "LEAST({*})")

#define RANKING(name, sql) {name, 'w', "", sql, GW_EXACT, GW_COLL_NONE, 0, 0}

const GwFuncRule gw_dialect_redshift_rules[] = {
	EXACT("bool", 't', NULL, NULL),
	EXACT("timestamptz", 't', NULL, NULL),
	EXACT("time", 't', NULL, NULL),
	EXACT("bpchar", 't', NULL, NULL),
	EXACT("uuid", 't', NULL, NULL),

	COMPARISONS("timestamp,timestamp"),
	COMPARISONS("timestamptz,timestamptz"),
	COMPARISONS("time,time"),
	ORDERED("timestamp"),
	ORDERED("timestamptz"),
	ORDERED("time"),
	EXACT("=", 'o', "bool,bool", "({1} = {2})"),
	EXACT("<>", 'o', "bool,bool", "({1} <> {2})"),
	EXACT("bool", 'g', NULL, NULL),
	FLOAT_COMPARISONS("float4,float4"),
	FLOAT_COMPARISONS("float4,float8"),
	FLOAT_COMPARISONS("float8,float4"),
	FLOAT_COMPARISONS("float8,float8"),

	/* The plain comparison in front is for sort keys and zone maps. */
	TEXT("=", 'o', "text*,text*", "({1} = {2} AND " BYTES("1") " = " BYTES("2") ")", GW_COLL_EQUALITY),
	TEXT("<>", 'o', "text*,text*", "(" BYTES("1") " <> " BYTES("2") ")", GW_COLL_EQUALITY),
	TEXT_ORDER("<"),
	TEXT_ORDER("<="),
	TEXT_ORDER(">"),
	TEXT_ORDER(">="),
	TEXT("~~", 'o', "text*,text*", "(COLLATE({1}, 'case_sensitive') LIKE {2})", GW_COLL_EQUALITY),
	TEXT("!~~", 'o', "text*,text*", "(COLLATE({1}, 'case_sensitive') NOT LIKE {2})", GW_COLL_EQUALITY),
	TEXT("text", 's', NULL, BYTES("1"), GW_COLL_ORDER),
	TEXT("varchar", 's', NULL, BYTES("1"), GW_COLL_ORDER),
	TEXT("text", 'g', NULL, BYTES("1"), GW_COLL_EQUALITY),
	TEXT("varchar", 'g', NULL, BYTES("1"), GW_COLL_EQUALITY),
	{"=", 'o', "bpchar,bpchar", "({1} = {2})", GW_SUPERSET, GW_COLL_EQUALITY, 0, 0},
	{"count", 'a', "text*", "COUNT({d}" BYTES("1") ")", GW_EXACT, GW_COLL_NONE, 0, GW_RULE_SKIPS_NULLS},
	{"count", 'a', "bpchar", "COUNT({1})", GW_EXACT, GW_COLL_NONE, 0, GW_RULE_SKIPS_NULLS},

	ARITHMETIC("int2,int2", "INTEGER", "SMALLINT"),
	ARITHMETIC("int2,int4", "BIGINT", "INTEGER"),
	ARITHMETIC("int4,int2", "BIGINT", "INTEGER"),
	ARITHMETIC("int4,int4", "BIGINT", "INTEGER"),
	ARITHMETIC("int2,int8", "DECIMAL(19,0)", "BIGINT"),
	ARITHMETIC("int8,int2", "DECIMAL(19,0)", "BIGINT"),
	ARITHMETIC("int4,int8", "DECIMAL(19,0)", "BIGINT"),
	ARITHMETIC("int8,int4", "DECIMAL(19,0)", "BIGINT"),
	ARITHMETIC("int8,int8", "DECIMAL(19,0)", "BIGINT"),
	DIVISION("int2,int2", "SMALLINT"),
	DIVISION("int2,int4", "INTEGER"),
	DIVISION("int4,int2", "INTEGER"),
	DIVISION("int4,int4", "INTEGER"),
	SIGNED("int2", "INTEGER", "SMALLINT"),
	SIGNED("int4", "BIGINT", "INTEGER"),
	SIGNED("int8", "DECIMAL(19,0)", "BIGINT"),
	EXACT("-", 'o', "date,date", "CAST(DATEDIFF(day, {2}, {1}) AS INTEGER)"),

	/* Every value of the source is one of the target. */
	EXACT("numeric", 'c', "int2", "CAST({1} AS DECIMAL(5,0))"),
	EXACT("numeric", 'c', "int4", "CAST({1} AS DECIMAL(10,0))"),
	EXACT("numeric", 'c', "int8", "CAST({1} AS DECIMAL(19,0))"),
	EXACT("float8", 'c', "int2", "CAST({1} AS {t})"),
	EXACT("float8", 'c', "int4", "CAST({1} AS {t})"),
	EXACT("float8", 'c', "float4", "CAST({1} AS {t})"),
	EXACT("timestamp", 'c', "date", "CAST({1} AS {t})"),
	EXACT("date", 'c', "timestamp", "CAST({1} AS {t})"),

	EXACT("length", 'f', "text*", "LEN({1})"),
	EXACT("char_length", 'f', "text*", "LEN({1})"),
	EXACT("character_length", 'f', "text*", "LEN({1})"),
	EXACT("octet_length", 'f', "text*", "OCTET_LENGTH({1})"),
	EXACT("||", 'o', "text*,text*", "({1} || {2})"),
	EXACT("date_trunc", 'f', "text,timestamp", "DATE_TRUNC({1}, {2})"),

	/* r_GREATEST_LEAST.html: they pass over NULL, as here. */
	EXTREMES("int2..."),
	EXTREMES("int4..."),
	EXTREMES("int8..."),
	EXTREMES("date..."),
	EXTREMES("timestamp..."),
	EXTREMES("timestamptz..."),

	/* r_SUM.html: SUM(BIGINT) is BIGINT and may not hold it. */
	AGGREGATE("sum", "int8", "SUM({d}CAST({1} AS DECIMAL(38,0)))"),
	AGGREGATE("sum", "numeric", "SUM({d}{1})"),
	AGGREGATE("bool_and", "bool", "BOOL_AND({1})"),
	AGGREGATE("bool_or", "bool", "BOOL_OR({1})"),
	AGGREGATE("every", "bool", "BOOL_AND({1})"),

	RANKING("row_number", "ROW_NUMBER()"),
	RANKING("rank", "RANK()"),
	RANKING("dense_rank", "DENSE_RANK()"),
	{NULL},
};
