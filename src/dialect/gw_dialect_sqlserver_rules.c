/*
 * gw_dialect_sqlserver_rules.c
 *	  What means the same in T-SQL, SQL Server 2016 and later.
 *
 * Text: comparisons there ignore blanks at the end, and case and accents as the
 * column's collation has it.  So both sides get a character behind them and are
 * compared as code units (BIN2); the plain test before that lets an index
 * help, where the column has the database's collation.  UTF-16 sorts otherwise
 * than bytes, so nothing here sorts text.  Times finer than a microsecond are
 * read rounded, and compared as they are read.
 */
#include "postgres.h"

#include "dialect/gw_dialect_rules.h"
#include "dialect/gw_dialect_sqlserver.h"

#define TEXT(name, kind, args, sql) COLLATED(name, kind, args, sql, GW_COLL_EQUALITY)

/* Both sides as values of that type. */
#define CAST_COMPARISON(op, args, type) \
	EXACT(op, 'o', args, "(CAST({1} AS " type ") " op " CAST({2} AS " type "))")
#define CAST_COMPARISONS(args, type) \
	CAST_COMPARISON("=", args, type), CAST_COMPARISON("<>", args, type), \
		CAST_COMPARISON("<", args, type), CAST_COMPARISON("<=", args, type), \
		CAST_COMPARISON(">", args, type), CAST_COMPARISON(">=", args, type)
#define CAST_ORDERED(type, remote) \
	EXACT(type, 's', NULL, "CAST({1} AS " remote ")"), \
		EXACT(type, 'g', NULL, "CAST({1} AS " remote ")"), \
		AGGREGATE("min", type, "MIN(CAST({1} AS " remote "))"), \
		AGGREGATE("max", type, "MAX(CAST({1} AS " remote "))")

/*
 * A moment as it is read.  A datetime counts three-hundredths of a second, shows
 * milliseconds, and becomes neither when it is cast.
 */
#define MOMENT(x) "CAST(CONVERT(varchar(30), " x ", 121) AS datetime2(6))"
#define MOMENTS(op) \
	EXACT(op, 'o', "timestamp,timestamp", "(" MOMENT("{1}") " " op " " MOMENT("{2}") ")")

/* The characters that a text is made of, and where it ends. */
#define UNITS(x) "(" x " + N'.') COLLATE Latin1_General_100_BIN2"

const GwFuncRule gw_dialect_sqlserver_rules[] = {
	TYPE("time"),
	TYPE("timestamptz"),
	TYPE("uuid"),
	TYPE("bytea"),

	/* No text that is equal here is unequal there by itself. */
	TEXT("=", 'o', "text*,text*",
		 "({1} = {2} COLLATE DATABASE_DEFAULT AND " UNITS("{1}") " = " UNITS("{2}") ")"),
	TEXT("<>", 'o', "text*,text*", "(" UNITS("{1}") " <> " UNITS("{2}") ")"),
	TEXT("text", 'g', NULL, UNITS("{1}")),
	TEXT("varchar", 'g', NULL, UNITS("{1}")),

	MOMENTS("="), MOMENTS("<>"), MOMENTS("<"), MOMENTS("<="), MOMENTS(">"), MOMENTS(">="),
	EXACT("timestamp", 's', NULL, MOMENT("{1}")),
	EXACT("timestamp", 'g', NULL, MOMENT("{1}")),
	AGGREGATE("min", "timestamp", "MIN(" MOMENT("{1}") ")"),
	AGGREGATE("max", "timestamp", "MAX(" MOMENT("{1}") ")"),
	CAST_COMPARISONS("timestamptz,timestamptz", "datetimeoffset(6)"),
	CAST_COMPARISONS("time,time", "time(6)"),
	CAST_ORDERED("timestamptz", "datetimeoffset(6)"),
	CAST_ORDERED("time", "time(6)"),

	/* There is no NaN, and zero has no sign. */
	COMPARISONS("float8,float8"),
	COMPARISONS("float4,float4"),
	EXACT("float8", 's', NULL, NULL),
	EXACT("float4", 's', NULL, NULL),
	AGGREGATE("min", "float8", "MIN({1})"),
	AGGREGATE("max", "float8", "MAX({1})"),
	AGGREGATE("min", "float4", "MIN({1})"),
	AGGREGATE("max", "float4", "MAX({1})"),

	EXACT("=", 'o', "uuid,uuid", "({1} = {2})"),
	EXACT("<>", 'o', "uuid,uuid", "({1} <> {2})"),
	EXACT("uuid", 'g', NULL, NULL),

	/* Zeros at the end are ignored as blanks are. */
	EXACT("=", 'o', "bytea,bytea", "({1} = {2} AND DATALENGTH({1}) = DATALENGTH({2}))"),
	EXACT("<>", 'o', "bytea,bytea", "({1} <> {2} OR DATALENGTH({1}) <> DATALENGTH({2}))"),

	/* Truth is the bit 1. */
	EXACT("=", 'o', "bool,bool", "({1} = {2})"),
	EXACT("<>", 'o', "bool,bool", "({1} <> {2})"),
	EXACT("bool", 's', NULL, NULL),
	EXACT("bool", 'g', NULL, NULL),
	EXACT("as_condition", 'x', NULL, "({1} = 1)"),
	EXACT("as_value", 'x', NULL, "CAST(CASE WHEN {?1} THEN 1 WHEN NOT {?1} THEN 0 END AS bit)"),
	EXACT("any_of", 'x', "bool", "CAST(MAX(CAST({1} AS int)) AS bit)"),
	AGGREGATE("bool_and", "bool", "CAST(MIN(CAST({1} AS int)) AS bit)"),
	AGGREGATE("every", "bool", "CAST(MIN(CAST({1} AS int)) AS bit)"),
	AGGREGATE("bool_or", "bool", "CAST(MAX(CAST({1} AS int)) AS bit)"),

	AGGREGATE("count", "", "COUNT_BIG(*)"),
	AGGREGATE("count", "int2", "COUNT_BIG({d}{1})"),
	AGGREGATE("count", "int4", "COUNT_BIG({d}{1})"),
	AGGREGATE("count", "int8", "COUNT_BIG({d}{1})"),
	AGGREGATE("count", "numeric", "COUNT_BIG({d}{1})"),
	AGGREGATE("count", "date", "COUNT_BIG({d}{1})"),
	AGGREGATE("count", "bool", "COUNT_BIG({d}{1})"),
	AGGREGATE("count", "uuid", "COUNT_BIG({d}{1})"),
	AGGREGATE("count", "timestamp", "COUNT_BIG({d}" MOMENT("{1}") ")"),
	COLLATED_AGGREGATE("count", "text*", "COUNT_BIG({d}" UNITS("{1}") ")", GW_COLL_EQUALITY),
	AGGREGATE("count", "*", "COUNT_BIG({1})"),
	TOTAL("sum", "int8", "SUM({d}CAST({1} AS decimal(38,0)))"),
	{NULL},
};
