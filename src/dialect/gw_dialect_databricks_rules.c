/*
 * gw_dialect_databricks_rules.c
 *	  Which built-ins mean in Databricks SQL exactly what they mean here.
 *
 * After the language manual, under ANSI mode, which is proved when a connection
 * opens.  Text without a collation of its own is compared by its bytes, and NaN
 * is equal to itself and above everything, as here.  Not here, because there is a
 * difference: sums and averages of floats and what exceeds their range (no
 * error there), FLOOR and CEIL of floats (whole numbers there), new values of
 * numeric (scales), case mapping, DATE_TRUNC and what else makes a TIMESTAMP of
 * a TIMESTAMP_NTZ (by the zone of a session that we do not have), timestamptz by
 * fields.
 */
#include "postgres.h"

#include "dialect/gw_dialect_databricks.h"
#include "dialect/gw_dialect_rules.h"

/* What does not fit the type is an error on both sides; DIV gives a BIGINT. */
#define ARITHMETIC(args) \
	EXACT("+", 'o', args, "(CAST({1} AS {t}) + CAST({2} AS {t}))"), \
		EXACT("-", 'o', args, "(CAST({1} AS {t}) - CAST({2} AS {t}))"), \
		EXACT("*", 'o', args, "(CAST({1} AS {t}) * CAST({2} AS {t}))"), \
		EXACT("/", 'o', args, "CAST((CAST({1} AS {t}) DIV CAST({2} AS {t})) AS {t})"), \
		EXACT("%", 'o', args, "(CAST({1} AS {t}) % CAST({2} AS {t}))")

/* Fields that are whole numbers there and here. */
#define FIELD_AS(field, type, sql) \
	EXACT("date_part", 'f', "'" field "'," type, "CAST(" sql " AS DOUBLE)"), \
		EXACT("extract", 'f', "'" field "'," type, "CAST(" sql " AS DECIMAL(10,0))")
#define DATE_FIELD(field, sql) FIELD_AS(field, "date", sql), FIELD_AS(field, "timestamp", sql)

/* NULLs are skipped on both sides. */
#define EXTREMES(type) \
	EXACT("greatest", 'x', type "," type "...", "GREATEST({*})"), \
		EXACT("least", 'x', type "," type "...", "LEAST({*})")

const GwFuncRule gw_dialect_databricks_rules[] = {
	TYPE("bytea"),
	TYPE("timestamptz"),

	/* Comparing. */
	COMPARISONS("bool,bool"),
	COMPARISONS("bytea,bytea"),
	COMPARISONS("timestamp,timestamp"),
	COMPARISONS("timestamptz,timestamptz"),
	COMPARISONS("float8,float8"),
	COMPARISONS("float4,float4"),
	COMPARISONS("float4,float8"),
	COMPARISONS("float8,float4"),
	COLLATED("=", 'o', "text,text", "({1} = {2})", GW_COLL_EQUALITY),
	COLLATED("<>", 'o', "text,text", "({1} <> {2})", GW_COLL_EQUALITY),
	COLLATED("<", 'o', "text,text", "({1} < {2})", GW_COLL_ORDER),
	COLLATED("<=", 'o', "text,text", "({1} <= {2})", GW_COLL_ORDER),
	COLLATED(">", 'o', "text,text", "({1} > {2})", GW_COLL_ORDER),
	COLLATED(">=", 'o', "text,text", "({1} >= {2})", GW_COLL_ORDER),

	/* The escape character is the backslash, and an error before most characters. */
	STRICT_LIKE("~~", "text,text", "({1} LIKE {2})"),
	STRICT_LIKE("!~~", "text,text", "({1} NOT LIKE {2})"),

	/* Keys. */
	ORDERED("timestamp"),
	ORDERED("timestamptz"),
	ORDERED("float4"),
	ORDERED("float8"),
	EXACT("bool", 's', NULL, NULL),
	EXACT("bool", 'g', NULL, NULL),
	EXACT("bytea", 's', NULL, NULL),
	EXACT("bytea", 'g', NULL, NULL),
	COLLATED("text", 's', NULL, NULL, GW_COLL_ORDER),
	COLLATED("varchar", 's', NULL, NULL, GW_COLL_ORDER),
	COLLATED("text", 'g', NULL, NULL, GW_COLL_EQUALITY),
	COLLATED("varchar", 'g', NULL, NULL, GW_COLL_EQUALITY),

	/* Whole numbers. */
	ARITHMETIC("int2,int2"),
	ARITHMETIC("int4,int4"),
	ARITHMETIC("int4,int2"),
	ARITHMETIC("int2,int4"),
	ARITHMETIC("int8,int8"),
	ARITHMETIC("int8,int4"),
	ARITHMETIC("int4,int8"),
	ARITHMETIC("int8,int2"),
	ARITHMETIC("int2,int8"),
	EXACT("-", 'o', "int4", "(-CAST({1} AS INT))"),
	EXACT("-", 'o', "int8", "(-CAST({1} AS BIGINT))"),
	EXACT("abs", 'f', "int4", "ABS(CAST({1} AS INT))"),
	EXACT("abs", 'f', "int8", "ABS(CAST({1} AS BIGINT))"),
	EXACT("&", 'o', "int8,int8", "({1} & {2})"),
	EXACT("|", 'o', "int8,int8", "({1} | {2})"),
	EXACT("#", 'o', "int8,int8", "({1} ^ {2})"),
	EXACT("~", 'o', "int8", "(~{1})"),
	EXTREMES("int2"),
	EXTREMES("int4"),
	EXTREMES("int8"),
	EXTREMES("date"),
	EXTREMES("timestamp"),
	EXTREMES("timestamptz"),
	EXTREMES("float8"),

	/* Floats: a sign changes no digit. */
	EXACT("-", 'o', "float8", "(-{1})"),
	EXACT("abs", 'f', "float8", "ABS({1})"),

	/* Texts. */
	EXACT("||", 'o', "text,text", "({1} || {2})"),
	EXACT("length", 'f', "text", "char_length({1})"),
	EXACT("char_length", 'f', "text", "char_length({1})"),
	EXACT("character_length", 'f', "text", "char_length({1})"),
	OF_BYTES("octet_length", "text", "octet_length({1})"),
	EXACT("octet_length", 'f', "bytea", "octet_length({1})"),
	EXACT("length", 'f', "bytea", "octet_length({1})"),
	EXACT("reverse", 'f', "text", "reverse({1})"),
	EXACT("btrim", 'f', "text", "TRIM(BOTH ' ' FROM {1})"),
	EXACT("ltrim", 'f', "text", "TRIM(LEADING ' ' FROM {1})"),
	EXACT("rtrim", 'f', "text", "TRIM(TRAILING ' ' FROM {1})"),
	OF_BYTES("md5", "text", "md5({1})"),
	COLLATED("strpos", 'f', "text,text", "instr({1}, {2})", GW_COLL_EQUALITY),
	COLLATED("position", 'f', "text,text", "instr({1}, {2})", GW_COLL_EQUALITY),
	COLLATED("starts_with", 'f', "text,text", "startswith({1}, {2})", GW_COLL_EQUALITY),
	COLLATED("^@", 'o', "text,text", "startswith({1}, {2})", GW_COLL_EQUALITY),
	COLLATED("replace", 'f', "text,text,text", "replace({1}, {2}, {3})", GW_COLL_EQUALITY),

	/* Days and times. */
	EXACT("-", 'o', "date,date", "datediff({1}, {2})"),
	DATE_FIELD("year", "EXTRACT(YEAR FROM {2})"),
	DATE_FIELD("quarter", "EXTRACT(QUARTER FROM {2})"),
	DATE_FIELD("month", "EXTRACT(MONTH FROM {2})"),
	DATE_FIELD("week", "EXTRACT(WEEK FROM {2})"),
	DATE_FIELD("isoyear", "EXTRACT(YEAROFWEEK FROM {2})"),
	DATE_FIELD("day", "EXTRACT(DAY FROM {2})"),
	DATE_FIELD("doy", "EXTRACT(DOY FROM {2})"),
	DATE_FIELD("dow", "(dayofweek({2}) - 1)"),
	FIELD_AS("hour", "timestamp", "EXTRACT(HOUR FROM {2})"),
	FIELD_AS("minute", "timestamp", "EXTRACT(MINUTE FROM {2})"),

	/* Casts in which nothing is cut or rounded. */
	EXACT("numeric", 'c', "int2", "CAST({1} AS DECIMAL(20,0))"),
	EXACT("numeric", 'c', "int4", "CAST({1} AS DECIMAL(20,0))"),
	EXACT("numeric", 'c', "int8", "CAST({1} AS DECIMAL(20,0))"),
	EXACT("float8", 'c', "int2", "CAST({1} AS DOUBLE)"),
	EXACT("float8", 'c', "int4", "CAST({1} AS DOUBLE)"),
	EXACT("float8", 'c', "int8", "CAST({1} AS DOUBLE)"),
	EXACT("float8", 'c', "float4", "CAST({1} AS DOUBLE)"),
	EXACT("text", 'c', "int2", "CAST({1} AS STRING)"),
	EXACT("text", 'c', "int4", "CAST({1} AS STRING)"),
	EXACT("text", 'c', "int8", "CAST({1} AS STRING)"),
	EXACT("text", 'c', "bool", "CAST({1} AS STRING)"),
	EXACT("timestamp", 'c', "date", "CAST({1} AS TIMESTAMP_NTZ)"),
	EXACT("date", 'c', "timestamp", "CAST({1} AS DATE)"),

	EXACT("is_true", 'x', NULL, "({?1} IS TRUE)"),
	EXACT("is_false", 'x', NULL, "({?1} IS FALSE)"),
	EXACT("any_of", 'x', NULL, "ANY_VALUE({1})"),

	/* Aggregates. */
	TOTAL("sum", "int8", "SUM({d}CAST({1} AS DECIMAL(38,0)))"),
	AGGREGATE("bool_and", "bool", "BOOL_AND({1})"),
	AGGREGATE("every", "bool", "BOOL_AND({1})"),
	AGGREGATE("bool_or", "bool", "BOOL_OR({1})"),
	AGGREGATE("bit_and", "int8", "BIT_AND({1})"),
	AGGREGATE("bit_or", "int8", "BIT_OR({1})"),
	COLLATED_AGGREGATE("min", "text*", "MIN({1})", GW_COLL_ORDER),
	COLLATED_AGGREGATE("max", "text*", "MAX({1})", GW_COLL_ORDER),

	/* Window functions. */
	WINDOW("row_number", "", "ROW_NUMBER()", 0),
	WINDOW("rank", "", "RANK()", 0),
	WINDOW("dense_rank", "", "DENSE_RANK()", 0),
	WINDOW("lag", "*", "LAG({1})", 0),
	WINDOW("lead", "*", "LEAD({1})", 0),
	WINDOW("first_value", "*", "FIRST_VALUE({1})", GW_RULE_FRAMED),
	WINDOW("last_value", "*", "LAST_VALUE({1})", GW_RULE_FRAMED),
	{NULL},
};
