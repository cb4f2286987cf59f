/*
 * gw_dialect_sqlserver.c
 *	  T-SQL: names in brackets, national constants, parameters as in ODBC.
 *
 * Its rules of pushdown are in gw_dialect_sqlserver_rules.c.  Constants only, so
 * nothing here owns or keeps anything.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "dialect/gw_dialect_sqlserver.h"
#include "utils/numeric.h"

/* Digits of a decimal. */
#define SQLSERVER_MAX_DIGITS 38

/* A backslash before a line end continues the line: the constant is split there. */
static void
sqlserver_string(const GwDialect *d, GwSqlBuf *buf, const char *value)
{
	appendStringInfoString(&buf->text, "N'");
	for (const char *p = value; *p != '\0'; p++)
	{
		if (*p == '\'')
			appendStringInfoChar(&buf->text, '\'');
		if (p > value && p[-1] == '\\' && (*p == '\n' || *p == '\r'))
			appendStringInfoString(&buf->text, "' + N'");
		appendStringInfoChar(&buf->text, *p);
	}
	appendStringInfoChar(&buf->text, '\'');
}

static bool
sqlserver_type_name(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod)
{
	static const GwTypeName names[] = {
		{BOOLOID, "bit"},
		{INT2OID, "smallint"},
		{INT4OID, "int"},
		{INT8OID, "bigint"},
		{FLOAT4OID, "real"},
		{FLOAT8OID, "float(53)"},
		{DATEOID, "date"},
		{TIMEOID, "time(6)"},
		{TIMESTAMPOID, "datetime2(6)"},
		{TIMESTAMPTZOID, "datetimeoffset(6)"},
		{UUIDOID, "uniqueidentifier"},
		{BYTEAOID, "varbinary(max)"},
		{TEXTOID, "nvarchar(max)"},
		{VARCHAROID, "nvarchar(max)"},
	};

	if (gw_dialect_type_listed(buf, names, lengthof(names), type))
		return true;
	if (type == NUMERICOID && typmod >= (int32) VARHDRSZ)
	{
		int precision = ((typmod - VARHDRSZ) >> 16) & 0xffff;
		int scale = (((typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;

		if (precision > SQLSERVER_MAX_DIGITS || scale < 0 || scale > precision)
			return false;
		gw_sql(buf, "decimal(");
		gw_sql_int(buf, precision);
		gw_sql(buf, ",");
		gw_sql_int(buf, scale);
		gw_sql(buf, ")");
		return true;
	}
	return false;
}

/* A constant as a string that is cast; minutes are part of every offset there. */
static void
sqlserver_cast(const GwDialect *d, GwSqlBuf *buf, const char *text, Oid type)
{
	const char *zone = type == TIMESTAMPTZOID ? strpbrk(text + 10, "+-") : NULL;

	gw_sql(buf, "CAST('");
	for (const char *p = text; *p != '\0'; p++)
		appendStringInfoChar(&buf->text, *p == ' ' ? 'T' : *p);
	if (zone != NULL && strchr(zone, ':') == NULL)
		gw_sql(buf, ":00");
	gw_sql(buf, "' AS ");
	(void) sqlserver_type_name(d, buf, type, -1);
	gw_sql(buf, ")");
}

static void
sqlserver_literal(const GwDialect *d, GwSqlBuf *buf, const char *text, Oid type, int32 typmod)
{
	if (text == NULL)
	{
		/* A bare one is an int there, and takes no collation. */
		gw_dialect_typed_null(d, buf, type, typmod);
		return;
	}
	switch (type)
	{
		case BOOLOID:
			gw_sql(buf, text[0] == 't' ? "CAST(1 AS bit)" : "CAST(0 AS bit)");
			break;
		case FLOAT4OID:
		case FLOAT8OID:
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case UUIDOID:
			sqlserver_cast(d, buf, text, type);
			break;
		case BYTEAOID:
			gw_sql(buf, "0x");
			appendStringInfoString(&buf->text, text + 2);
			break;
		default:
			/* Numbers and texts: as the standard has them. */
			gw_dialect_ansi.literal(d, buf, text, type, typmod);
			break;
	}
}

/* Texts travel as they are; what they stand for is said here. */
static void
sqlserver_param(const GwDialect *d, GwSqlBuf *buf, int n, Oid type, int32 typmod)
{
	GwSqlBuf name;

	gw_sqlbuf_init(&name);
	if (type == NUMERICOID || type == DATEOID || type == TIMEOID || type == TIMESTAMPOID ||
		type == TIMESTAMPTZOID || type == UUIDOID)
		(void) sqlserver_type_name(d, &name, type, typmod);
	if (name.text.len == 0)
	{
		gw_sql(buf, "?");
		return;
	}
	gw_sql(buf, "CAST(? AS ");
	gw_sql_rendered(buf, gw_sqlbuf_text(&name));
	gw_sql(buf, ")");
}

/* The column's own type reads the text, or refuses it. */
static void
sqlserver_assign(const GwDialect *d, GwSqlBuf *buf, int n, Oid type)
{
	gw_sql(buf, "?");
}

/*
 * Decimals that the product cannot hold stay here, and so do days at the ends of
 * its calendar in zones beyond them.
 */
static bool
sqlserver_holds(const GwDialect *d, const char *text, Oid type)
{
	if (type == TIMEOID)
		return strncmp(text, "24:", 3) != 0;
	if (type == TIMESTAMPTZOID && (strncmp(text, "0001-01-01", 10) == 0 ||
								   strncmp(text, "9999-12-31", 10) == 0))
		return false;
	return gw_dialect_ansi.holds(d, text, type);
}

/* Nor has it more than 38 digits before the point. */
static int
sqlserver_beyond(const GwDialect *d, const char *text, Oid type)
{
	if (type == NUMERICOID &&
		strspn(text + (text[0] == '-'), "0123456789") > SQLSERVER_MAX_DIGITS)
		return text[0] == '-' ? -1 : 1;
	return gw_dialect_plain_beyond(d, text, type);
}

static void
sqlserver_top(const GwDialect *d, GwSqlBuf *buf, const char *limit)
{
	gw_sql(buf, " TOP (");
	gw_sql_rendered(buf, limit);
	gw_sql(buf, ")");
}

/* FETCH wants at least one row: for none it begins behind the last there can be. */
static void
sqlserver_limit(const GwDialect *d, GwSqlBuf *buf, const char *limit, const char *offset)
{
	bool none = limit != NULL && strcmp(limit, "0") == 0;

	gw_dialect_ansi.limit(d, buf, none ? "1" : limit,
						  none ? "CAST(9223372036854775807 AS bigint)" : offset);
}

/* How a column of that native type is asked for, so that its text is exact. */
static const struct
{
	const char *native; /* begins so */
	const char *before, *after;
} sqlserver_fetches[] = {
	{"datetimeoffset", "CONVERT(varchar(34), CAST(", " AS datetimeoffset(6)), 121)"},
	{"datetime2", "CONVERT(varchar(30), CAST(", " AS datetime2(6)), 121)"},
	{"datetime", "CONVERT(varchar(30), ", ", 121)"},
	{"smalldatetime", "CONVERT(varchar(30), ", ", 121)"},
	{"moment", "CONVERT(varchar(30), CAST(CONVERT(varchar(30), ", ", 121) AS datetime2(6)), 121)"},
	{"date", "CONVERT(varchar(10), ", ", 23)"},
	{"time", "CONVERT(varchar(16), CAST(", " AS time(6)))"},
	{"sql_variant", "CAST(", " AS nvarchar(4000))"},
	{"xml", "CAST(", " AS nvarchar(max))"},
	{"hierarchyid", "", ".ToString()"},
	{"geography", "", ".STAsText()"},
	{"geometry", "", ".STAsText()"},
	{"text", "CAST(", " AS nvarchar(max))"},
	{"ntext", "CAST(", " AS nvarchar(max))"},
	{"image", "CAST(", " AS varbinary(max))"},
};

static const char *
sqlserver_native_of(Oid type)
{
	switch (type)
	{
		case TIMESTAMPTZOID:
			return "datetimeoffset";
		case TIMESTAMPOID:
			return "moment"; /* of any of its types */
		case DATEOID:
			return "date";
		case TIMEOID:
			return "time";
		default:
			return "";
	}
}

static void
sqlserver_fetch(const GwDialect *d, GwSqlBuf *buf, const char *expr, Oid type,
				const GwColumn *column)
{
	const char *native = column != NULL && column->native_type != NULL
							 ? column->native_type
							 : sqlserver_native_of(type);

	for (int i = 0; i < lengthof(sqlserver_fetches); i++)
	{
		size_t len = strlen(sqlserver_fetches[i].native);

		/* rowversion is also called timestamp, and is none. */
		if (pg_strncasecmp(native, sqlserver_fetches[i].native, len) != 0 ||
			isalpha((unsigned char) native[len]))
			continue;
		gw_sql(buf, sqlserver_fetches[i].before);
		gw_sql_rendered(buf, expr);
		gw_sql(buf, sqlserver_fetches[i].after);
		return;
	}
	gw_sql_rendered(buf, expr);
}

static void
sqlserver_lock_source(const GwDialect *d, GwSqlBuf *buf, LockClauseStrength strength,
					  LockWaitPolicy policy)
{
	gw_sql(buf, strength == LCS_FORUPDATE || strength == LCS_FORNOKEYUPDATE
					? " WITH (UPDLOCK, ROWLOCK"
					: " WITH (REPEATABLEREAD, ROWLOCK");
	if (policy == LockWaitSkip)
		gw_sql(buf, ", READPAST");
	else if (policy == LockWaitError)
		gw_sql(buf, ", NOWAIT");
	gw_sql(buf, ")");
}

/* ---- transactions ---- */

/*
 * An error ends the whole transaction (XACT_ABORT), so that nothing half done
 * is committed; not so where savepoints are to survive it, and the local
 * subtransaction rolls back to them anyway.
 */
static void
sqlserver_begin(const GwDialect *d, GwSqlBuf *buf, const char *isolation, bool read_only)
{
	gw_sql(buf, "{gw begin} SET XACT_ABORT ON; SET TRANSACTION ISOLATION LEVEL ");
	gw_sql_rendered(buf, isolation);
	gw_sql(buf, "; BEGIN TRANSACTION");
}

static void
sqlserver_savepoint(const GwDialect *d, GwSqlBuf *buf, int level)
{
	gw_sql(buf, "SET XACT_ABORT OFF; SAVE TRANSACTION gw_s");
	gw_sql_int(buf, level);
}

static void
sqlserver_release(const GwDialect *d, GwSqlBuf *buf, int level)
{
}

static void
sqlserver_rollback_to(const GwDialect *d, GwSqlBuf *buf, int level)
{
	gw_sql(buf, "ROLLBACK TRANSACTION gw_s");
	gw_sql_int(buf, level);
}

const GwDialect gw_dialect_sqlserver = {
	.name = "sqlserver",
	.parent = &gw_dialect_ansi,
	.ident_open = '[',
	.ident_close = ']',
	.ident_max = 128,
	.flags = GW_DIALECT_IDENT_CHARS | GW_DIALECT_TRANSACTIONAL_DDL | GW_DIALECT_POSITIONAL |
			 GW_DIALECT_OUTPUT | GW_DIALECT_OFFSET_ORDERED | GW_DIALECT_ARMS_PLAIN,
	.can = GW_CAN_FULL_JOIN | GW_CAN_EXISTS | GW_CAN_SUBSELECT | GW_CAN_CORRELATED |
		   GW_CAN_CORRELATED_FROM | GW_CAN_CTE | GW_CAN_UNION | GW_CAN_INTERSECT | GW_CAN_WINDOWS,
	.params_max = 2000,
	.rows_max = 1000,
	.rules = gw_dialect_sqlserver_rules,
	.string = sqlserver_string,
	.literal = sqlserver_literal,
	.param = sqlserver_param,
	.assign = sqlserver_assign,
	.type_name = sqlserver_type_name,
	.holds = sqlserver_holds,
	.takes_param = gw_dialect_plain_params,
	.beyond = sqlserver_beyond,
	.top = sqlserver_top,
	.limit = sqlserver_limit,
	.fetch = sqlserver_fetch,
	.lock_source = sqlserver_lock_source,
	.begin = sqlserver_begin,
	.savepoint = sqlserver_savepoint,
	.release = sqlserver_release,
	.rollback_to = sqlserver_rollback_to,
};
