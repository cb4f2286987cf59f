/*
 * gw_dialect_snowflake_rules.c
 *	  Which built-ins mean in Snowflake exactly what they mean here.
 *
 * After docs.snowflake.com/en/sql-reference; ansi's rules follow these.  Text
 * without a collation is compared by its bytes in UTF-8, with case and blanks
 * counting; NaN is equal to itself and above everything, as here.  Not here,
 * because there is a difference: arithmetic of whole numbers (NUMBER does not
 * overflow where they do), products, quotients and averages (another scale, rounded),
 * case mapping, SUBSTR and LEFT (negative positions), weeks by WEEK_START, LISTAGG
 * (never NULL), timestamptz by fields (the session's time zone), texts of moments
 * (formats are settings).
 */
#include "postgres.h"

#include "dialect/gw_dialect_rules.h"
#include "dialect/gw_dialect_snowflake.h"

/* Fields that are whole numbers there and here. */
#define FIELD(field, type, sql)                                                                \
	EXACT("date_part", 'f', "'" field "'," type, "CAST(" sql " AS FLOAT)"),                    \
		EXACT("extract", 'f', "'" field "'," type, sql)
#define DATE_FIELD(field, sql) FIELD(field, "date", sql), FIELD(field, "timestamp", sql)

#define TRUNC(field)                                                                           \
	EXACT("date_trunc", 'f', "'" field "',timestamp", "DATE_TRUNC('" field "', {2})")

/* NULL is passed over; two of them, which is what is known to be so. */
#define EXTREMES(type)                                                                         \
	EXACT("greatest", 'x', type "," type, "GREATEST_IGNORE_NULLS({1}, {2})"),                  \
		EXACT("least", 'x', type "," type, "LEAST_IGNORE_NULLS({1}, {2})")

const GwFuncRule gw_dialect_snowflake_rules[] = {
	TYPE("bytea"),
	TYPE("time"),
	TYPE("timestamptz"),

	/* Comparing. */
	COMPARISONS("bool,bool"),
	COMPARISONS("bytea,bytea"),
	COMPARISONS("time,time"),
	COMPARISONS("timestamp,timestamp"),
	COMPARISONS("timestamptz,timestamptz"),
	COMPARISONS("float8,float8"),
	COLLATED("=", 'o', "text*,text*", "({1} = {2})", GW_COLL_EQUALITY),
	COLLATED("<>", 'o', "text*,text*", "({1} <> {2})", GW_COLL_EQUALITY),
	COLLATED("<", 'o', "text*,text*", "({1} < {2})", GW_COLL_ORDER),
	COLLATED("<=", 'o', "text*,text*", "({1} <= {2})", GW_COLL_ORDER),
	COLLATED(">", 'o', "text*,text*", "({1} > {2})", GW_COLL_ORDER),
	COLLATED(">=", 'o', "text*,text*", "({1} >= {2})", GW_COLL_ORDER),
	EXACT("distinct", 'x', "*,*", "({1} IS DISTINCT FROM {2})"),

	/* LIKE has no escape character of its own; this is a single backslash. */
	STRICT_LIKE("~~", "text*,text*", "({1} LIKE {2} ESCAPE '\\\\')"),
	STRICT_LIKE("!~~", "text*,text*", "({1} NOT LIKE {2} ESCAPE '\\\\')"),

	/* Keys. */
	ORDERED("time"),
	ORDERED("timestamp"),
	ORDERED("timestamptz"),
	EXACT("bool", 's', NULL, NULL),
	EXACT("bool", 'g', NULL, NULL),
	EXACT("bytea", 's', NULL, NULL),
	EXACT("bytea", 'g', NULL, NULL),
	EXACT("float8", 's', NULL, NULL),
	COLLATED("text", 's', NULL, NULL, GW_COLL_ORDER),
	COLLATED("varchar", 's', NULL, NULL, GW_COLL_ORDER),
	COLLATED("text", 'g', NULL, NULL, GW_COLL_EQUALITY),
	COLLATED("varchar", 'g', NULL, NULL, GW_COLL_EQUALITY),

	/* Decimals: a sum has the wider scale on both sides, and no digit is lost. */
	EXACT("+", 'o', "numeric,numeric", "({1} + {2})"),
	EXACT("-", 'o', "numeric,numeric", "({1} - {2})"),
	EXACT("-", 'o', "numeric", "(-{1})"),
	EXACT("abs", 'f', "numeric", "ABS({1})"),
	EXACT("floor", 'f', "numeric", "FLOOR({1})"),
	EXACT("ceil", 'f', "numeric", "CEIL({1})"),
	EXACT("ceiling", 'f', "numeric", "CEIL({1})"),
	EXACT("round", 'f', "numeric", "ROUND({1})"),
	EXACT("trunc", 'f', "numeric", "TRUNC({1})"),
	EXTREMES("int2"),
	EXTREMES("int4"),
	EXTREMES("int8"),
	EXTREMES("date"),
	EXTREMES("timestamp"),

	/* Floats. */
	EXACT("-", 'o', "float8", "(-{1})"),
	EXACT("abs", 'f', "float8", "ABS({1})"),
	EXACT("floor", 'f', "float8", "FLOOR({1})"),
	EXACT("ceil", 'f', "float8", "CEIL({1})"),
	EXACT("ceiling", 'f', "float8", "CEIL({1})"),
	EXACT("trunc", 'f', "float8", "TRUNC({1})"),

	/* Texts. */
	EXACT("||", 'o', "text*,text*", "({1} || {2})"),
	EXACT("length", 'f', "text*", "LENGTH({1})"),
	EXACT("char_length", 'f', "text*", "LENGTH({1})"),
	EXACT("character_length", 'f', "text*", "LENGTH({1})"),
	OF_BYTES("octet_length", "text*", "OCTET_LENGTH({1})"),
	EXACT("length", 'f', "bytea", "LENGTH({1})"),
	EXACT("octet_length", 'f', "bytea", "LENGTH({1})"),
	EXACT("reverse", 'f', "text*", "REVERSE({1})"),
	EXACT("btrim", 'f', "text*", "TRIM({1}, ' ')"),
	EXACT("ltrim", 'f', "text*", "LTRIM({1}, ' ')"),
	EXACT("rtrim", 'f', "text*", "RTRIM({1}, ' ')"),
	OF_BYTES("md5", "text*", "MD5({1})"),
	COLLATED("starts_with", 'f', "text*,text*", "STARTSWITH({1}, {2})", GW_COLL_EQUALITY),
	COLLATED("^@", 'o', "text*,text*", "STARTSWITH({1}, {2})", GW_COLL_EQUALITY),

	/* Days and times. */
	EXACT("-", 'o', "date,date", "DATEDIFF('day', {2}, {1})"),
	EXACT("+", 'o', "date,int4", "DATEADD('day', {2}, {1})"),
	EXACT("-", 'o', "date,int4", "DATEADD('day', -{2}, {1})"),
	TRUNC("year"),
	TRUNC("quarter"),
	TRUNC("month"),
	TRUNC("day"),
	TRUNC("hour"),
	TRUNC("minute"),
	TRUNC("second"),
	DATE_FIELD("year", "YEAR({2})"),
	DATE_FIELD("quarter", "QUARTER({2})"),
	DATE_FIELD("month", "MONTH({2})"),
	DATE_FIELD("week", "WEEKISO({2})"),
	DATE_FIELD("isoyear", "YEAROFWEEKISO({2})"),
	DATE_FIELD("day", "DAY({2})"),
	DATE_FIELD("doy", "DAYOFYEAR({2})"),
	DATE_FIELD("dow", "MOD(DAYOFWEEKISO({2}), 7)"),
	DATE_FIELD("isodow", "DAYOFWEEKISO({2})"),
	FIELD("hour", "timestamp", "HOUR({2})"),
	FIELD("minute", "timestamp", "MINUTE({2})"),

	/* Casts in which nothing is cut or rounded. */
	EXACT("numeric", 'c', "int2", "CAST({1} AS NUMBER(38,0))"),
	EXACT("numeric", 'c', "int4", "CAST({1} AS NUMBER(38,0))"),
	EXACT("numeric", 'c', "int8", "CAST({1} AS NUMBER(38,0))"),
	EXACT("float8", 'c', "int2", "CAST({1} AS FLOAT)"),
	EXACT("float8", 'c', "int4", "CAST({1} AS FLOAT)"),
	EXACT("text", 'c', "int2", "CAST({1} AS VARCHAR)"),
	EXACT("text", 'c', "int4", "CAST({1} AS VARCHAR)"),
	EXACT("text", 'c', "int8", "CAST({1} AS VARCHAR)"),
	EXACT("text", 'c', "bool", "CAST({1} AS VARCHAR)"),
	EXACT("timestamp", 'c', "date", "CAST({1} AS TIMESTAMP_NTZ(6))"),
	EXACT("date", 'c', "timestamp", "CAST({1} AS DATE)"),

	/* Aggregates. */
	TOTAL("sum", "int8", "SUM({d}{1})"),
	TOTAL("sum", "numeric", "SUM({d}{1})"),
	AGGREGATE("bool_and", "bool", "BOOLAND_AGG({1})"),
	AGGREGATE("every", "bool", "BOOLAND_AGG({1})"),
	AGGREGATE("bool_or", "bool", "BOOLOR_AGG({1})"),
	COLLATED_AGGREGATE("min", "text*", "MIN({1})", GW_COLL_ORDER),
	COLLATED_AGGREGATE("max", "text*", "MAX({1})", GW_COLL_ORDER),
	EXACT("any_of", 'x', NULL, "ANY_VALUE({1})"),

	/* Window functions: all of these need an order. */
	WINDOW("row_number", "", "ROW_NUMBER()", 0),
	WINDOW("rank", "", "RANK()", 0),
	WINDOW("dense_rank", "", "DENSE_RANK()", 0),
	WINDOW("lag", "*", "LAG({1})", 0),
	WINDOW("lead", "*", "LEAD({1})", 0),
	{NULL},
};
