/*
 * gw_dialect_bigquery_rules.c
 *	  Which built-ins mean in GoogleSQL exactly what they mean here.
 *
 * After the GoogleSQL reference; ansi's rules follow these.  Text is compared
 * by code points, which is the order of UTF-8 bytes, with case and blanks
 * counting.  Not here, because there is a difference: arithmetic of int2 and int4
 * (INT64 does not overflow where they do), new values of numeric (the zeros at
 * their end are not shown), products, sums and averages of many floats, case
 * mapping, SUBSTR (negative positions), GREATEST and LEAST (NULL wins), fractions
 * of seconds (cut), timestamptz by fields (the session's time zone).
 */
#include "postgres.h"

#include "dialect/gw_dialect_bigquery.h"
#include "dialect/gw_dialect_rules.h"

#define FRAMED(name, args, sql) WINDOW(name, args, sql, GW_RULE_FRAMED)

/* "NaN": here it is equal to itself and above everything, there neither. */
#define FLOAT_EQUAL "({1} = {2} OR (IS_NAN({1}) AND IS_NAN({2})))"
#define FLOAT_LESS "({1} < {2} OR (IS_NAN({2}) AND NOT IS_NAN({1})))"
#define FLOAT_GREATER "({1} > {2} OR (IS_NAN({1}) AND NOT IS_NAN({2})))"
#define FLOAT_COMPARISONS(args) \
	EXACT("=", 'o', args, FLOAT_EQUAL), EXACT("<>", 'o', args, "(NOT " FLOAT_EQUAL ")"), \
		EXACT("<", 'o', args, FLOAT_LESS), EXACT("<=", 'o', args, "(NOT " FLOAT_GREATER ")"), \
		EXACT(">", 'o', args, FLOAT_GREATER), EXACT(">=", 'o', args, "(NOT " FLOAT_LESS ")")

/* int8, which is INT64: what does not fit is an error on both sides. */
#define ARITHMETIC(args) \
	EXACT("+", 'o', args, "({1} + {2})"), EXACT("-", 'o', args, "({1} - {2})"), \
		EXACT("*", 'o', args, "({1} * {2})"), EXACT("/", 'o', args, "DIV({1}, {2})"), \
		EXACT("%", 'o', args, "MOD({1}, {2})")

/* Fields that are whole numbers there and here. */
#define FIELD_AS(field, type, sql) \
	EXACT("date_part", 'f', "'" field "'," type, "CAST(" sql " AS FLOAT64)"), \
		EXACT("extract", 'f', "'" field "'," type, "CAST(" sql " AS NUMERIC)")
#define DATE_FIELD(field, sql) FIELD_AS(field, "date", sql), FIELD_AS(field, "timestamp", sql)

#define TRUNC(field, part) \
	EXACT("date_trunc", 'f', "'" field "',timestamp", "DATETIME_TRUNC({2}, " part ")")

const GwFuncRule gw_dialect_bigquery_rules[] = {
	TYPE("bytea"),
	TYPE("time"),
	TYPE("timestamptz"),

	/* Comparing. */
	COMPARISONS("bool,bool"),
	COMPARISONS("bytea,bytea"),
	COMPARISONS("time,time"),
	COMPARISONS("timestamp,timestamp"),
	COMPARISONS("timestamptz,timestamptz"),
	FLOAT_COMPARISONS("float8,float8"),
	COLLATED("=", 'o', "text,text", "({1} = {2})", GW_COLL_EQUALITY),
	COLLATED("<>", 'o', "text,text", "({1} <> {2})", GW_COLL_EQUALITY),
	COLLATED("<", 'o', "text,text", "({1} < {2})", GW_COLL_ORDER),
	COLLATED("<=", 'o', "text,text", "({1} <= {2})", GW_COLL_ORDER),
	COLLATED(">", 'o', "text,text", "({1} > {2})", GW_COLL_ORDER),
	COLLATED(">=", 'o', "text,text", "({1} >= {2})", GW_COLL_ORDER),

	/* "LIKE": the escape character is the backslash. */
	LIKE("~~", "text,text", "({1} LIKE {2})"),
	LIKE("!~~", "text,text", "({1} NOT LIKE {2})"),

	/* Keys. */
	ORDERED("time"),
	ORDERED("timestamp"),
	ORDERED("timestamptz"),
	EXACT("bool", 's', NULL, NULL),
	EXACT("bool", 'g', NULL, NULL),
	EXACT("bytea", 's', NULL, NULL),
	EXACT("bytea", 'g', NULL, NULL),
	COLLATED("text", 's', NULL, NULL, GW_COLL_ORDER),
	COLLATED("varchar", 's', NULL, NULL, GW_COLL_ORDER),
	COLLATED("text", 'g', NULL, NULL, GW_COLL_EQUALITY),
	COLLATED("varchar", 'g', NULL, NULL, GW_COLL_EQUALITY),

	/* Whole numbers. */
	ARITHMETIC("int8,int8"),
	ARITHMETIC("int8,int4"),
	ARITHMETIC("int4,int8"),
	ARITHMETIC("int8,int2"),
	ARITHMETIC("int2,int8"),
	EXACT("-", 'o', "int8", "(-{1})"),
	EXACT("abs", 'f', "int8", "ABS({1})"),
	EXACT("&", 'o', "int8,int8", "({1} & {2})"),
	EXACT("|", 'o', "int8,int8", "({1} | {2})"),
	EXACT("#", 'o', "int8,int8", "({1} ^ {2})"),
	EXACT("~", 'o', "int8", "(~{1})"),

	/* Floats: IEEE's one result, or an error beyond the range. */
	EXACT("+", 'o', "float8,float8", "({1} + {2})"),
	EXACT("-", 'o', "float8,float8", "({1} - {2})"),
	EXACT("-", 'o', "float8", "(-{1})"),
	EXACT("abs", 'f', "float8", "ABS({1})"),
	EXACT("floor", 'f', "float8", "FLOOR({1})"),
	EXACT("ceil", 'f', "float8", "CEIL({1})"),
	EXACT("ceiling", 'f', "float8", "CEIL({1})"),
	EXACT("trunc", 'f', "float8", "TRUNC({1})"),

	/* Texts. */
	EXACT("||", 'o', "text,text", "({1} || {2})"),
	EXACT("length", 'f', "text", "LENGTH({1})"),
	EXACT("char_length", 'f', "text", "LENGTH({1})"),
	EXACT("character_length", 'f', "text", "LENGTH({1})"),
	OF_BYTES("octet_length", "text", "BYTE_LENGTH({1})"),
	EXACT("octet_length", 'f', "bytea", "BYTE_LENGTH({1})"),
	EXACT("length", 'f', "bytea", "BYTE_LENGTH({1})"),
	EXACT("reverse", 'f', "text", "REVERSE({1})"),
	EXACT("btrim", 'f', "text", "TRIM({1}, ' ')"),
	EXACT("ltrim", 'f', "text", "LTRIM({1}, ' ')"),
	EXACT("rtrim", 'f', "text", "RTRIM({1}, ' ')"),
	OF_BYTES("md5", "text", "TO_HEX(MD5({1}))"),
	COLLATED("strpos", 'f', "text,text", "STRPOS({1}, {2})", GW_COLL_EQUALITY),
	COLLATED("position", 'f', "text,text", "STRPOS({1}, {2})", GW_COLL_EQUALITY),
	COLLATED("starts_with", 'f', "text,text", "STARTS_WITH({1}, {2})", GW_COLL_EQUALITY),
	COLLATED("^@", 'o', "text,text", "STARTS_WITH({1}, {2})", GW_COLL_EQUALITY),
	COLLATED("replace", 'f', "text,text,text", "REPLACE({1}, {2}, {3})", GW_COLL_EQUALITY),

	/* Days and times. */
	EXACT("-", 'o', "date,date", "DATE_DIFF({1}, {2}, DAY)"),
	TRUNC("year", "YEAR"),
	TRUNC("quarter", "QUARTER"),
	TRUNC("month", "MONTH"),
	TRUNC("week", "ISOWEEK"),
	TRUNC("day", "DAY"),
	TRUNC("hour", "HOUR"),
	TRUNC("minute", "MINUTE"),
	TRUNC("second", "SECOND"),
	DATE_FIELD("year", "EXTRACT(YEAR FROM {2})"),
	DATE_FIELD("quarter", "EXTRACT(QUARTER FROM {2})"),
	DATE_FIELD("month", "EXTRACT(MONTH FROM {2})"),
	DATE_FIELD("week", "EXTRACT(ISOWEEK FROM {2})"),
	DATE_FIELD("isoyear", "EXTRACT(ISOYEAR FROM {2})"),
	DATE_FIELD("day", "EXTRACT(DAY FROM {2})"),
	DATE_FIELD("doy", "EXTRACT(DAYOFYEAR FROM {2})"),
	DATE_FIELD("dow", "(EXTRACT(DAYOFWEEK FROM {2}) - 1)"),
	FIELD_AS("hour", "timestamp", "EXTRACT(HOUR FROM {2})"),
	FIELD_AS("minute", "timestamp", "EXTRACT(MINUTE FROM {2})"),

	/* Casts in which nothing is cut or rounded. */
	EXACT("numeric", 'c', "int2", "CAST({1} AS NUMERIC)"),
	EXACT("numeric", 'c', "int4", "CAST({1} AS NUMERIC)"),
	EXACT("numeric", 'c', "int8", "CAST({1} AS NUMERIC)"),
	EXACT("float8", 'c', "int2", "CAST({1} AS FLOAT64)"),
	EXACT("float8", 'c', "int4", "CAST({1} AS FLOAT64)"),
	EXACT("float8", 'c', "int8", "CAST({1} AS FLOAT64)"),
	EXACT("text", 'c', "int2", "CAST({1} AS STRING)"),
	EXACT("text", 'c', "int4", "CAST({1} AS STRING)"),
	EXACT("text", 'c', "int8", "CAST({1} AS STRING)"),
	EXACT("text", 'c', "bool", "CAST({1} AS STRING)"),
	EXACT("timestamp", 'c', "date", "CAST({1} AS DATETIME)"),
	EXACT("date", 'c', "timestamp", "CAST({1} AS DATE)"),

	/* A number without its column comes without the zeros at its end. */
	LOCAL("min", 'a', "numeric"),
	LOCAL("max", 'a', "numeric"),

	EXACT("is_true", 'x', NULL, "({?1} IS TRUE)"),
	EXACT("is_false", 'x', NULL, "({?1} IS FALSE)"),
	EXACT("any_of", 'x', NULL, "ANY_VALUE({1})"),

	/* Aggregates. */
	TOTAL("sum", "int8", "SUM({d}CAST({1} AS BIGNUMERIC))"),
	AGGREGATE("bool_and", "bool", "LOGICAL_AND({1})"),
	AGGREGATE("every", "bool", "LOGICAL_AND({1})"),
	AGGREGATE("bool_or", "bool", "LOGICAL_OR({1})"),
	AGGREGATE("bit_and", "int8", "BIT_AND({1})"),
	AGGREGATE("bit_or", "int8", "BIT_OR({1})"),
	COLLATED_AGGREGATE("min", "text*", "MIN({1})", GW_COLL_ORDER),
	COLLATED_AGGREGATE("max", "text*", "MAX({1})", GW_COLL_ORDER),

	/* Window functions. */
	EXACT("row_number", 'w', "", "ROW_NUMBER()"),
	EXACT("rank", 'w', "", "RANK()"),
	EXACT("dense_rank", 'w', "", "DENSE_RANK()"),
	EXACT("lag", 'w', "*", "LAG({1})"),
	EXACT("lead", 'w', "*", "LEAD({1})"),
	FRAMED("first_value", "*", "FIRST_VALUE({1})"),
	FRAMED("last_value", "*", "LAST_VALUE({1})"),
	{NULL},
};
