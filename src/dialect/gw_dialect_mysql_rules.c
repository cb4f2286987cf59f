/*
 * gw_dialect_mysql_rules.c
 *	  Which built-ins mean the same in MySQL and MariaDB, and how they are said.
 *
 * Text is compared by its bytes in UTF-8, whatever the column's character set
 * and collation: those ignore case, accents and blanks at the end.  The plain
 * test beside it lets an index serve.  Columns of different collations do not
 * meet there, so they need EQUALITY also where nothing is compared.  A DATE or
 * DATETIME may hold what is no day (0000-00-00), which is null or an error here, and
 * of which every comparison is NULL.  Arithmetic stays here: beyond the range of a type,
 * and for divisors of zero, the results differ.
 * https://dev.mysql.com/doc/refman/8.0/en/functions.html
 */
#include "postgres.h"

#include "dialect/gw_dialect_mysql.h"
#include "dialect/gw_dialect_rules.h"

/* Both sides in one character set and a collation that is looked up by no index. */
#define UTF8(x) "CONVERT({" x "} USING utf8mb4)"
#define BYTES(x) "CAST(" UTF8(x) " AS BINARY)"
#define BY_CODE(x) UTF8(x) " COLLATE utf8mb4_bin"

/*
 * A text that an expression makes: its collation is said, so that it meets any
 * column's.
 */
#define MADE(text) "(" text " COLLATE utf8mb4_bin)"

/*
 * A key of which sorting looks at no more than it has: a longer text is an
 * error (22003, from EXP), because its end would be passed over in silence.
 */
#define KEY(bytes) \
	"CONCAT(" bytes ", IF(OCTET_LENGTH(" bytes ") > 65000, EXP(OCTET_LENGTH(" bytes ")), ''))"

/*
 * Is it a day of the calendar that PostgreSQL has?  The year 0 ends with day 365, and the
 * 30th of February is not within its month.  TRUE; NULL of NULL; of what is no day an
 * error, as when it is read (the platform knows it by its number), or NULL by zero_dates.
 */
#define IS_DAY(x) \
	"COALESCE(NULLIF(TO_DAYS({" x "}) > 365 AND DAY({" x "}) <= DAY(LAST_DAY({" x "})), FALSE), " \
	"IF(@gw_zero_dates = 'error', EXP(" GW_MYSQL_NO_DAY " + YEAR({" x "})), NULL))"
#define A_DAY(x) "IF(" IS_DAY(x) ", {" x "}, NULL)"
#define DAY(name, type) \
	EXACT(name, 'o', type "," type, \
		  "IF(" IS_DAY("1") " AND " IS_DAY("2") ", {1} " name " {2}, NULL)"), \
		EXACT(name, 'h', type "," type, "{1} " name " {2}")
/* The bytes that come first, or last, as a text again. */
#define LEAST(name, call) \
	{ \
		name, 'a', "text", MADE("CONVERT(" call "(" BYTES("1") ") USING utf8mb4)"), GW_EXACT, \
			GW_COLL_ORDER, 0, GW_RULE_PARTIAL | GW_RULE_SKIPS_NULLS | GW_RULE_WRAPPED \
	}
#define DAYS(type) \
	DAY("=", type), DAY("<", type), DAY("<=", type), DAY(">", type), DAY(">=", type), \
		DAY("<>", type), \
		EXACT(type, 's', NULL, A_DAY("1")), \
		EXACT(type, 'g', NULL, A_DAY("1")), \
		AGGREGATE("min", type, "MIN(" A_DAY("1") ")"), \
		AGGREGATE("max", type, "MAX(" A_DAY("1") ")"), \
		AGGREGATE("count", type, "COUNT({d}" A_DAY("1") ")"), \
		LOCAL("null_test", 'x', type), LOCAL("distinct", 'x', type "," type), \
		LOCAL("coalesce", 'x', type "...")

/*
 * A TIME may be negative, or longer than a day.  The plain test beside a comparison passes
 * over those that it excludes.
 */
#define IS_TIME(x) \
	"COALESCE(NULLIF({" x "} BETWEEN TIME '00:00:00' AND TIME '24:00:00', FALSE), " \
	"EXP(" GW_MYSQL_NO_DAY " + HOUR({" x "})))"
#define TIME(name) \
	EXACT(name, 'o', "time,time", \
		  "IF(" IS_TIME("1") " AND " IS_TIME("2") ", {1} " name " {2}, NULL)"), \
		EXACT(name, 'h', "time,time", "{1} " name " {2}")

/* NULL is passed over, unless both are. */
#define EXTREMES(type) \
	EXACT("greatest", 'x', type "," type, "COALESCE(GREATEST({1}, {2}), {1}, {2})"), \
		EXACT("least", 'x', type "," type, "COALESCE(LEAST({1}, {2}), {1}, {2})")

/* A part of a day, or of a moment without a zone; of what is no day, NULL. */
#define PART(word, type, expr) \
	EXACT("extract", 'f', "'" word "'," type, "IF(" IS_DAY("2") ", " expr ", NULL)"), \
		EXACT("date_part", 'f', "'" word "'," type, "IF(" IS_DAY("2") ", " expr ", NULL)")
#define PARTS(type) \
	PART("year", type, "YEAR({2})"), PART("month", type, "MONTH({2})"), \
		PART("day", type, "DAYOFMONTH({2})"), PART("quarter", type, "QUARTER({2})"), \
		PART("dow", type, "DAYOFWEEK({2}) - 1"), PART("isodow", type, "WEEKDAY({2}) + 1"), \
		PART("doy", type, "DAYOFYEAR({2})"), PART("week", type, "WEEK({2}, 3)")
#define TRUNCATED(word, format) \
	EXACT("date_trunc", 'f', "'" word "',timestamp", \
		  "IF(" IS_DAY("2") ", CAST(DATE_FORMAT({2}, '" format "') AS DATETIME), NULL)")

const GwFuncRule gw_dialect_mysql_rules[] = {
	EXACT("timestamptz", 't', NULL, NULL),
	EXACT("time", 't', NULL, NULL),
	EXACT("bytea", 't', NULL, NULL),

	/* Text. */
	COLLATED("=", 'o', "text*,text*", "({1} = {2} AND " BYTES("1") " = " BYTES("2") ")",
			 GW_COLL_EQUALITY),
	COLLATED("<>", 'o', "text*,text*", "(" BYTES("1") " <> " BYTES("2") ")", GW_COLL_EQUALITY),
	COLLATED("<", 'o', "text*,text*", "(" BYTES("1") " < " BYTES("2") ")", GW_COLL_ORDER),
	COLLATED("<=", 'o', "text*,text*", "(" BYTES("1") " <= " BYTES("2") ")", GW_COLL_ORDER),
	COLLATED(">", 'o', "text*,text*", "(" BYTES("1") " > " BYTES("2") ")", GW_COLL_ORDER),
	COLLATED(">=", 'o', "text*,text*", "(" BYTES("1") " >= " BYTES("2") ")", GW_COLL_ORDER),
	LIKE("~~", "text*,text*", "(" BY_CODE("1") " LIKE " UTF8("2") ")"),
	LIKE("!~~", "text*,text*", "(" BY_CODE("1") " NOT LIKE " UTF8("2") ")"),
	COLLATED("text", 's', NULL, KEY(BYTES("1")), GW_COLL_ORDER),
	COLLATED("varchar", 's', NULL, KEY(BYTES("1")), GW_COLL_ORDER),
	COLLATED("text", 'g', NULL, KEY(BYTES("1")), GW_COLL_EQUALITY),
	COLLATED("varchar", 'g', NULL, KEY(BYTES("1")), GW_COLL_EQUALITY),
	LEAST("min", "MIN"), LEAST("max", "MAX"),
	/* MIN of a DATE, which may be read as a text, has another one for what is no day. */
	EXACT("any_of", 'x', "text*", MADE("CONVERT(MIN(" BYTES("1") ") USING utf8mb4)")),
	EXACT("||", 'o', "text*,text*", MADE("CONCAT(" UTF8("1") ", " UTF8("2") ")")),
	EXACT("length", 'f', "text*", "CHAR_LENGTH({1})"),
	EXACT("char_length", 'f', "text*", "CHAR_LENGTH({1})"),
	EXACT("character_length", 'f', "text*", "CHAR_LENGTH({1})"),
	OF_BYTES("octet_length", "text*", "LENGTH(" UTF8("1") ")"),
	COLLATED("starts_with", 'f', "text*,text*",
			 "(CAST(LEFT(" UTF8("1") ", CHAR_LENGTH({2})) AS BINARY) = " BYTES("2") ")",
			 GW_COLL_EQUALITY),
	COLLATED("strpos", 'f', "text*,text*", "LOCATE(" UTF8("2") ", " BY_CODE("1") ")",
			 GW_COLL_EQUALITY),
	EXACT("reverse", 'f', "text*", "REVERSE({1})"),
	EXACT("btrim", 'f', "text*", "TRIM({1})"),
	EXACT("ltrim", 'f', "text*", "LTRIM({1})"),
	EXACT("rtrim", 'f', "text*", "RTRIM({1})"),
	/* ZEROFILL and YEAR have zeros in front, sums have not. */
	EXACT("text", 'c', "int2", MADE("CAST({1} + 0 AS CHAR)")),
	EXACT("text", 'c', "int4", MADE("CAST({1} + 0 AS CHAR)")),
	EXACT("text", 'c', "int8", MADE("CAST({1} + 0 AS CHAR)")),
	COLLATED("coalesce", 'x', "text*...", "COALESCE({*})", GW_COLL_EQUALITY),

	/* Bytes. */
	COMPARISONS("bytea,bytea"),
	EXACT("length", 'f', "bytea", "LENGTH({1})"),
	EXACT("octet_length", 'f', "bytea", "LENGTH({1})"),

	/* Numbers: no float is NaN or infinite there, and the two zeros are equal. */
	COMPARISONS("float8,float8"),
	COMPARISONS("float4,float8"),
	COMPARISONS("float8,float4"),
	COMPARISONS("float4,float4"),
	EXACT("float8", 's', NULL, "{1}"),
	EXACT("float4", 's', NULL, "{1}"),
	EXACT("abs", 'f', "float8", "ABS({1})"),
	EXACT("abs", 'f', "numeric", "ABS({1})"),
	EXACT("sign", 'f', "float8", "SIGN({1})"),
	EXACT("sign", 'f', "numeric", "SIGN({1})"),
	EXACT("floor", 'f', "float8", "FLOOR({1})"),
	EXACT("floor", 'f', "numeric", "FLOOR({1})"),
	EXACT("ceil", 'f', "float8", "CEILING({1})"),
	EXACT("ceil", 'f', "numeric", "CEILING({1})"),
	EXACT("ceiling", 'f', "float8", "CEILING({1})"),
	EXACT("ceiling", 'f', "numeric", "CEILING({1})"),
	EXACT("round", 'f', "numeric", "ROUND({1})"),
	EXACT("trunc", 'f', "numeric", "TRUNCATE({1}, 0)"),
	EXTREMES("int2"),
	EXTREMES("int4"),
	EXTREMES("int8"),
	EXTREMES("numeric"),
	EXTREMES("float8"),
	EXACT("int4", 'c', "int2", "({1})"),
	EXACT("int8", 'c', "int2", "({1})"),
	EXACT("int8", 'c', "int4", "({1})"),
	EXACT("numeric", 'c', "int2", "CAST({1} AS DECIMAL(20,0))"),
	EXACT("numeric", 'c', "int4", "CAST({1} AS DECIMAL(20,0))"),
	EXACT("numeric", 'c', "int8", "CAST({1} AS DECIMAL(20,0))"),
	EXACT("float8", 'c', "int2", "({1} + 0E0)"),
	EXACT("float8", 'c', "int4", "({1} + 0E0)"),
	EXACT("float8", 'c', "float4", "({1} + 0E0)"),
	AGGREGATE("sum", "int2", "SUM({d}{1})"),
	AGGREGATE("sum", "int4", "SUM({d}{1})"),
	TOTAL("sum", "int8", "SUM({d}{1})"),
	TOTAL("sum", "numeric", "SUM({d}{1})"),
	AGGREGATE("min", "float8", "MIN({1})"),
	AGGREGATE("max", "float8", "MAX({1})"),

	/* Truth: of a TINYINT(1) that is neither 0 nor 1 an error, as when it is read. */
	EXACT("as_condition", 'x', NULL,
		  "(CASE {1} WHEN 0 THEN 0 WHEN 1 THEN 1 ELSE EXP(" GW_MYSQL_NO_TRUTH
		  " + {1}) END <> 0)"),
	EXACT("as_value", 'x', NULL, "{?1}"),
	EXACT("=", 'o', "bool,bool", "({?1} = {?2})"),
	EXACT("<>", 'o', "bool,bool", "({?1} <> {?2})"),
	EXACT("bool", 's', NULL, "({?1})"),
	EXACT("bool", 'g', NULL, "({?1})"),
	AGGREGATE("bool_and", "bool", "MIN({?1})"),
	AGGREGATE("bool_or", "bool", "MAX({?1})"),
	AGGREGATE("every", "bool", "MIN({?1})"),
	EXACT("distinct", 'x', "int2,int2", "(NOT ({1} <=> {2}))"),
	EXACT("distinct", 'x', "int4,int4", "(NOT ({1} <=> {2}))"),
	EXACT("distinct", 'x', "int8,int8", "(NOT ({1} <=> {2}))"),

	/* Days and moments. */
	DAYS("date"),
	DAYS("timestamp"),
	DAYS("timestamptz"),
	/* A TIMESTAMP beside a constant, which is a DATETIME, is a DATETIME: its zone is lost. */
	LOCAL("case", 'x', "timestamptz"),
	LOCAL("set_operation", 'x', "timestamptz"),
	EXACT("-", 'o', "date,date", "DATEDIFF(" A_DAY("1") ", " A_DAY("2") ")"),
	EXACT("date", 'c', "timestamp", "CAST(" A_DAY("1") " AS DATE)"),
	EXACT("timestamp", 'c', "date", "CAST(" A_DAY("1") " AS DATETIME)"),
	PARTS("date"),
	PARTS("timestamp"),
	PART("hour", "timestamp", "HOUR({2})"),
	PART("minute", "timestamp", "MINUTE({2})"),
	TRUNCATED("year", "%Y-01-01"),
	TRUNCATED("month", "%Y-%m-01"),
	TRUNCATED("day", "%Y-%m-%d"),
	TRUNCATED("hour", "%Y-%m-%d %H:00:00"),
	TIME("="), TIME("<"), TIME("<="), TIME(">"), TIME(">="), TIME("<>"),
	EXACT("time", 's', NULL, "IF(" IS_TIME("1") ", {1}, NULL)"),

	/* Since MySQL 8.0, and MariaDB 10.2, which counts as more: WITH, numbered rows. */
	{"with", 'x', "", NULL, GW_EXACT, GW_COLL_NONE, 80000, 0},
	{"row_number", 'w', "", "ROW_NUMBER()", GW_EXACT, GW_COLL_NONE, 80000, 0},
	{"rank", 'w', "", "RANK()", GW_EXACT, GW_COLL_NONE, 80000, 0},
	{"dense_rank", 'w', "", "DENSE_RANK()", GW_EXACT, GW_COLL_NONE, 80000, 0},
	{NULL},
};
