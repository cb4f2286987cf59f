/*
 * gw_dialect_redshift_rules.c
 *	  Which built-ins mean in Redshift exactly what they mean here.
 *
 * Pages are below https://docs.aws.amazon.com/redshift/latest/dg/; ansi's rules
 * follow these.
 *
 * Text: blanks at the end do not count in comparisons, and a column may be
 * case-insensitive (r_Character_types.html, r_COLLATE.html).  As VARBYTE it is
 * its bytes (r_VARBYTE_type.html), which is what "C" sorts by here; VARCHAR has at
 * most 65535.  An equality says the plain one first, by which blocks are skipped.
 * LIKE minds the blanks, and the case when told so.
 *
 * Floats: nothing says how NaN compares on the compute nodes, so each template
 * holds whether it is as in PostgreSQL (equal to itself, above the rest) or as in
 * IEEE (neither).  Sums and averages of floats depend on the order of rows.
 *
 * Not here, because the guide leaves room for a difference: arithmetic of
 * decimals (scale and precision follow from the declared ones), averages (they
 * cut), case mapping and character classes.
 */
#include "postgres.h"

#include "dialect/gw_dialect_redshift.h"
#include "dialect/gw_dialect_rules.h"

#define FLOAT_COMPARISONS(args) \
	EXACT("=", 'o', args, "({1} = {2} OR ({1} <> {1} AND {2} <> {2}))"), \
		EXACT("<>", 'o', args, "({1} <> {2} AND NOT ({1} <> {1} AND {2} <> {2}))"), \
		EXACT("<", 'o', args, "({1} < {2} OR ({2} <> {2} AND NOT {1} <> {1}))"), \
		EXACT("<=", 'o', args, "({1} <= {2} OR {2} <> {2})"), \
		EXACT(">", 'o', args, "({1} > {2} OR ({1} <> {1} AND NOT {2} <> {2}))"), \
		EXACT(">=", 'o', args, "({1} >= {2} OR {1} <> {1})")

/*
 * r_numeric_computations201.html: the result is of the wider type, and what does
 * not fit is an error.
 */
#define ARITHMETIC(args) \
	EXACT("+", 'o', args, "({1} + {2})"), EXACT("-", 'o', args, "({1} - {2})"), \
		EXACT("*", 'o', args, "({1} * {2})"), EXACT("/", 'o', args, "({1} / {2})")

/*
 * r_MOD.html: of different types the result is not always the wider one's.
 * r_OPERATOR_SYMBOLS.html has these two operators on bits.
 */
#define SINGLE(type) \
	EXACT("%", 'o', type "," type, "MOD({1}, {2})"), EXACT("-", 'o', type, "(- {1})"), \
		EXACT("abs", 'f', type, "ABS({1})"), EXACT("&", 'o', type "," type, "({1} & {2})"), \
		EXACT("|", 'o', type "," type, "({1} | {2})")

#define BYTES(arg) "CAST(" arg " AS VARBYTE(65535))"
#define TEXT_ORDER(op) \
	COLLATED(op, 'o', "text*,text*", "(" BYTES("{1}") " " op " " BYTES("{2}") ")", \
			 GW_COLL_ORDER)
#define CASED(arg) "COLLATE(" arg ", 'case_sensitive')"

#define EXTREMES(args) \
	EXACT("greatest", 'x', args, "GREATEST({*})"), EXACT("least", 'x', args, "LEAST({*})")

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
	TYPE("bool"),
	TYPE("timestamptz"),
	TYPE("time"),
	TYPE("bpchar"),
	TYPE("uuid"),
	TYPE("bytea"),

	/* Comparing. */
	COMPARISONS("timestamp,timestamp"),
	COMPARISONS("timestamptz,timestamptz"),
	COMPARISONS("date,timestamp"),
	COMPARISONS("timestamp,date"),
	COMPARISONS("time,time"),
	COMPARISONS("bytea,bytea"),
	EXACT("=", 'o', "bool,bool", "({1} = {2})"),
	EXACT("<>", 'o', "bool,bool", "({1} <> {2})"),
	FLOAT_COMPARISONS("float4,float4"),
	FLOAT_COMPARISONS("float4,float8"),
	FLOAT_COMPARISONS("float8,float4"),
	FLOAT_COMPARISONS("float8,float8"),
	COLLATED("=", 'o', "text*,text*", "({1} = {2} AND " BYTES("{1}") " = " BYTES("{2}") ")",
			 GW_COLL_EQUALITY),
	COLLATED("<>", 'o', "text*,text*", "(" BYTES("{1}") " <> " BYTES("{2}") ")",
			 GW_COLL_EQUALITY),
	TEXT_ORDER("<"),
	TEXT_ORDER("<="),
	TEXT_ORDER(">"),
	TEXT_ORDER(">="),
	COLLATED("~~", 'o', "text*,text*", "(" CASED("{1}") " LIKE {2})", GW_COLL_EQUALITY),
	COLLATED("!~~", 'o', "text*,text*", "(" CASED("{1}") " NOT LIKE {2})", GW_COLL_EQUALITY),
	{"=", 'o', "bpchar,bpchar", "({1} = {2})", GW_SUPERSET, GW_COLL_EQUALITY, 0, 0},

	/* Keys. */
	ORDERED("timestamp"),
	ORDERED("timestamptz"),
	ORDERED("time"),
	EXACT("bytea", 's', NULL, NULL),
	EXACT("bytea", 'g', NULL, NULL),
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
	SINGLE("int2"),
	SINGLE("int4"),
	SINGLE("int8"),

	/* Texts. */
	EXACT("||", 'o', "text*,text*", "({1} || {2})"),
	EXACT("length", 'f', "text*", "LEN({1})"),
	EXACT("char_length", 'f', "text*", "LEN({1})"),
	EXACT("character_length", 'f', "text*", "LEN({1})"),
	OF_BYTES("octet_length", "text*", "OCTET_LENGTH({1})"),
	EXACT("octet_length", 'f', "bytea", "OCTET_LENGTH({1})"),
	EXACT("length", 'f', "bytea", "OCTET_LENGTH({1})"),

	/* Days and times. */
	EXACT("-", 'o', "date,date", "CAST(DATEDIFF(day, {2}, {1}) AS INTEGER)"),
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

	/* r_GREATEST_LEAST.html: NULLs are skipped. */
	EXTREMES("int2..."),
	EXTREMES("int4..."),
	EXTREMES("int8..."),
	EXTREMES("date..."),
	EXTREMES("timestamp..."),
	EXTREMES("timestamptz..."),
	EXACT("is_true", 'x', NULL, "({?1} IS TRUE)"),
	EXACT("is_false", 'x', NULL, "({?1} IS FALSE)"),
	EXACT("is_unknown", 'x', NULL, "({?1} IS NULL)"),

	/* Aggregates.  r_SUM.html: SUM(BIGINT) is BIGINT and may not hold it. */
	TOTAL("count", "text*", "COUNT({d}" BYTES("{1}") ")"),
	TOTAL("count", "bpchar", "COUNT({1})"),
	TOTAL("sum", "int8", "SUM({d}CAST({1} AS DECIMAL(38,0)))"),
	TOTAL("sum", "numeric", "SUM({d}{1})"),
	AGGREGATE("bool_and", "bool", "BOOL_AND({1})"),
	AGGREGATE("bool_or", "bool", "BOOL_OR({1})"),
	AGGREGATE("every", "bool", "BOOL_AND({1})"),

	/* Window functions. */
	WINDOW("rank", "", "RANK()", 0),
	WINDOW("dense_rank", "", "DENSE_RANK()", 0),
	WINDOW("row_number", "", "ROW_NUMBER()", GW_RULE_ORDERED),
	WINDOW("lag", "*", "LAG({1})", GW_RULE_ORDERED),
	WINDOW("lead", "*", "LEAD({1})", GW_RULE_ORDERED),
	WINDOW("first_value", "*", "FIRST_VALUE({1})", GW_RULE_ORDERED | GW_RULE_FRAMED),
	WINDOW("last_value", "*", "LAST_VALUE({1})", GW_RULE_ORDERED | GW_RULE_FRAMED),
	{NULL},
};
