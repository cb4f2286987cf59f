/*
 * gw_dialect_redshift_rules.c
 *	  Which built-ins mean in Redshift exactly what they mean here.
 *
 * After AWS's Database Developer Guide; ansi's rules follow these.  Not here,
 * because the guide leaves room for a difference: floats (comparisons of NaN),
 * arithmetic of decimals (scale and precision follow from the declared ones),
 * averages (they cut), case mapping and character classes.
 *
 * Blanks at the end of a text do not count there when it is compared (guide,
 * "Significance of trailing blanks"), so every template that compares puts a
 * character after them: the smallest there is, so that the order of bytes is
 * kept.  An equality says the plain one first, by which blocks are skipped.
 */
#include "postgres.h"

#include "dialect/gw_dialect_redshift.h"

#define EXACT(name, kind, args, sql) {name, kind, args, sql, GW_EXACT, GW_COLL_NONE, 0, 0}
#define COLLATED(name, kind, args, sql, need) {name, kind, args, sql, GW_EXACT, need, 0, 0}
#define AGGREGATE(name, args, sql) \
	{name, 'a', args, sql, GW_EXACT, GW_COLL_NONE, 0, GW_RULE_PARTIAL | GW_RULE_SKIPS_NULLS}
#define TOTAL(name, args, sql) \
	{name, 'a', args, sql, GW_EXACT, GW_COLL_NONE, 0, GW_RULE_SKIPS_NULLS}

#define TYPE(name) EXACT(name, 't', NULL, NULL)

/* A text that sorts, and is equal, by its bytes. */
#define BYTES(arg) "(" arg " || CHR(1))"

#define COMPARISONS(args) \
	EXACT("=", 'o', args, "({1} = {2})"), EXACT("<>", 'o', args, "({1} <> {2})"), \
		EXACT("<", 'o', args, "({1} < {2})"), EXACT("<=", 'o', args, "({1} <= {2})"), \
		EXACT(">", 'o', args, "({1} > {2})"), EXACT(">=", 'o', args, "({1} >= {2})")

#define TEXT_ORDER(op) \
	COLLATED(op, 'o', "text,text", "(" BYTES("{1}") " " op " " BYTES("{2}") ")", GW_COLL_ORDER)

#define ORDERED(type) \
	EXACT(type, 's', NULL, NULL), EXACT(type, 'g', NULL, NULL), \
		AGGREGATE("min", type, "MIN({1})"), AGGREGATE("max", type, "MAX({1})")

#define EXTREMES(args) \
	EXACT("greatest", 'x', args, "GREATEST({*})"), EXACT("least", 'x', args, "LEAST({*})")

/*
 * "Computations with numeric values": the result is of the wider type, and
 * what does not fit is an error.
 */
#define ARITHMETIC(args) \
	EXACT("+", 'o', args, "({1} + {2})"), EXACT("-", 'o', args, "({1} - {2})"), \
		EXACT("*", 'o', args, "({1} * {2})")

/* Fields that are whole numbers there and here. */
#define FIELD(field) \
	EXACT("date_part", 'f', "'" field "',timestamp", \
		  "CAST(EXTRACT(" field " FROM {2}) AS DOUBLE PRECISION)"), \
		EXACT("extract", 'f', "'" field "',timestamp", \
			  "CAST(EXTRACT(" field " FROM {2}) AS DECIMAL(10,0))"), \
		EXACT("extract", 'f', "'" field "',date", \
			  "CAST(EXTRACT(" field " FROM {2}) AS DECIMAL(10,0))")

#define TRUNC(field) \
	EXACT("date_trunc", 'f', "'" field "',timestamp", "DATE_TRUNC('" field "', {2})")

const GwFuncRule gw_dialect_redshift_rules[] = {
	TYPE("timestamptz"),

	/* Comparing. */
	COMPARISONS("timestamp,timestamp"),
	COMPARISONS("timestamptz,timestamptz"),
	COMPARISONS("date,timestamp"),
	COMPARISONS("timestamp,date"),
	EXACT("=", 'o', "bool,bool", "({1} = {2})"),
	EXACT("<>", 'o', "bool,bool", "({1} <> {2})"),
	COLLATED("=", 'o', "text,text",
			 "({1} = {2} AND OCTET_LENGTH({1}) = OCTET_LENGTH({2}))", GW_COLL_EQUALITY),
	COLLATED("<>", 'o', "text,text",
			 "({1} <> {2} OR OCTET_LENGTH({1}) <> OCTET_LENGTH({2}))", GW_COLL_EQUALITY),
	TEXT_ORDER("<"),
	TEXT_ORDER("<="),
	TEXT_ORDER(">"),
	TEXT_ORDER(">="),

	/* "LIKE": minds case and blanks, and its escape character is the backslash. */
	COLLATED("~~", 'o', "text,text", "({1} LIKE {2})", GW_COLL_EQUALITY),
	COLLATED("!~~", 'o', "text,text", "({1} NOT LIKE {2})", GW_COLL_EQUALITY),

	/* Keys. */
	ORDERED("timestamp"),
	ORDERED("timestamptz"),
	EXACT("bool", 's', NULL, NULL),
	EXACT("bool", 'g', NULL, NULL),
	COLLATED("text", 's', NULL, BYTES("{1}"), GW_COLL_ORDER),
	COLLATED("varchar", 's', NULL, BYTES("{1}"), GW_COLL_ORDER),
	COLLATED("text", 'g', NULL, BYTES("{1}"), GW_COLL_EQUALITY),
	COLLATED("varchar", 'g', NULL, BYTES("{1}"), GW_COLL_EQUALITY),

	/* Whole numbers. */
	ARITHMETIC("int2,int2"),
	ARITHMETIC("int2,int4"),
	ARITHMETIC("int2,int8"),
	ARITHMETIC("int4,int2"),
	ARITHMETIC("int4,int4"),
	ARITHMETIC("int4,int8"),
	ARITHMETIC("int8,int2"),
	ARITHMETIC("int8,int4"),
	ARITHMETIC("int8,int8"),

	/* Texts. */
	EXACT("||", 'o', "text,text", "({1} || {2})"),
	EXACT("length", 'f', "text", "LENGTH({1})"),
	EXACT("char_length", 'f', "text", "LENGTH({1})"),
	EXACT("character_length", 'f', "text", "LENGTH({1})"),
	EXACT("octet_length", 'f', "text", "OCTET_LENGTH({1})"),

	/* Days and times. */
	TRUNC("year"),
	TRUNC("quarter"),
	TRUNC("month"),
	TRUNC("week"),
	TRUNC("day"),
	TRUNC("hour"),
	TRUNC("minute"),
	TRUNC("second"),
	FIELD("year"),
	FIELD("quarter"),
	FIELD("month"),
	FIELD("day"),
	FIELD("hour"),
	FIELD("minute"),
	FIELD("dow"),
	FIELD("doy"),

	/* Casts in which nothing is cut or rounded. */
	EXACT("numeric", 'c', "int2", "CAST({1} AS DECIMAL(5,0))"),
	EXACT("numeric", 'c', "int4", "CAST({1} AS DECIMAL(10,0))"),
	EXACT("numeric", 'c', "int8", "CAST({1} AS DECIMAL(19,0))"),
	EXACT("float8", 'c', "int2", "CAST({1} AS {t})"),
	EXACT("float8", 'c', "int4", "CAST({1} AS {t})"),
	EXACT("float8", 'c', "float4", "CAST({1} AS {t})"),
	EXACT("text", 'c', "int2", "CAST({1} AS VARCHAR(6))"),
	EXACT("text", 'c', "int4", "CAST({1} AS VARCHAR(11))"),
	EXACT("text", 'c', "int8", "CAST({1} AS VARCHAR(20))"),
	EXACT("varchar", 'c', "int2", "CAST({1} AS VARCHAR(6))"),
	EXACT("varchar", 'c', "int4", "CAST({1} AS VARCHAR(11))"),
	EXACT("varchar", 'c', "int8", "CAST({1} AS VARCHAR(20))"),
	EXACT("timestamp", 'c', "date", "CAST({1} AS {t})"),
	EXACT("date", 'c', "timestamp", "CAST({1} AS {t})"),

	/* "GREATEST and LEAST": NULLs are skipped. */
	EXTREMES("int2..."),
	EXTREMES("int4..."),
	EXTREMES("int8..."),
	EXTREMES("numeric..."),
	EXTREMES("date..."),
	EXTREMES("timestamp..."),
	EXACT("is_true", 'x', NULL, "({?1} IS TRUE)"),
	EXACT("is_false", 'x', NULL, "({?1} IS FALSE)"),
	EXACT("is_unknown", 'x', NULL, "({?1} IS UNKNOWN)"),

	/* Aggregates. */
	TOTAL("sum", "int8", "SUM({d}CAST({1} AS DECIMAL(38,0)))"),
	TOTAL("sum", "numeric", "SUM({d}{1})"),
	AGGREGATE("bool_and", "bool", "BOOL_AND({1})"),
	AGGREGATE("bool_or", "bool", "BOOL_OR({1})"),
	AGGREGATE("every", "bool", "BOOL_AND({1})"),

	/* Window functions. */
	EXACT("rank", 'w', "", "RANK()"),
	EXACT("dense_rank", 'w', "", "DENSE_RANK()"),
	{"row_number", 'w', "", "ROW_NUMBER()", GW_EXACT, GW_COLL_NONE, 0, GW_RULE_ORDERED},
	{"lag", 'w', "*", "LAG({1})", GW_EXACT, GW_COLL_NONE, 0, GW_RULE_ORDERED},
	{"lead", 'w', "*", "LEAD({1})", GW_EXACT, GW_COLL_NONE, 0, GW_RULE_ORDERED},
	{"first_value", 'w', "*", "FIRST_VALUE({1})", GW_EXACT, GW_COLL_NONE, 0,
	 GW_RULE_ORDERED | GW_RULE_FRAMED},
	{"last_value", 'w', "*", "LAST_VALUE({1})", GW_EXACT, GW_COLL_NONE, 0,
	 GW_RULE_ORDERED | GW_RULE_FRAMED},
	{NULL},
};
