/*
 * gw_dialect_mysql.c
 *	  MySQL and MariaDB: names in backticks, constants in which a backslash
 *	  escapes, ?1 for parameters, what its statements may be made of.
 *
 * What built-ins mean there stands in gw_dialect_mysql_rules.c.  Constants
 * only, so nothing here owns or keeps anything.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dialect/gw_dialect_mysql.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/formatting.h"
#include "utils/timestamp.h"

/* https://dev.mysql.com/doc/refman/8.0/en/precision-math-decimal-characteristics.html */
#define MYSQL_DIGITS 65
#define MYSQL_SCALE 30

/*
 * A statement takes 65535 parameters, but MariaDB 10.11 was at its best with some
 * thousands: a row of seven cost 2.4 us then, 3.5 us with seven thousand and 8 us with
 * seventy.
 */
#define MYSQL_PARAMS 3000

/*
 * From here on MariaDB's INSERT and DELETE have RETURNING; MySQL's have none, and its
 * versions count below (https://mariadb.com/kb/en/insertreturning/).
 */
#define MARIADB_10_5 100500

/* An insert id that no row is given. */
#define MYSQL_SKIPPED_ID UINT64CONST(0xf3a96c1d5be0872b)

/* More rows than there can be: OFFSET needs a LIMIT. */
#define MYSQL_ALL_ROWS "18446744073709551615"

/* For a session without NO_BACKSLASH_ESCAPES, as ours are pinned. */
static void
mysql_string(const GwDialect *d, GwSqlBuf *buf, const char *value)
{
	gw_dialect_string_escaped(buf, value, false);
}

/* A moment in UTC, as the session's zone is. */
static void
mysql_moment(const GwDialect *d, GwSqlBuf *buf, const char *text)
{
	Timestamp at = DatumGetTimestamp(
		DirectFunctionCall3(timestamptz_in, CStringGetDatum(text),
							ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	char utc[MAXDATELEN + 1];
	struct pg_tm tm;
	fsec_t fsec;

	if (timestamp2tm(at, NULL, &tm, &fsec, NULL, NULL) != 0)
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("timestamp out of range")));
	EncodeDateTime(&tm, fsec, false, 0, NULL, USE_ISO_DATES, utc);
	gw_sql(buf, "TIMESTAMP ");
	gw_dialect_string(d, buf, utc);
}

/* All digits, so that it is a double and not a decimal that is compared. */
static void
mysql_float(GwSqlBuf *buf, const char *text, Oid type)
{
	char digits[64];

	snprintf(digits, sizeof(digits), "%.17g",
			 type == FLOAT4OID ? (double) strtof(text, NULL) : strtod(text, NULL));
	gw_sql(buf, "(");
	gw_sql_rendered(buf, digits);
	gw_sql(buf, strchr(digits, 'e') != NULL ? ")" : "e0)");
}

static void
mysql_literal(const GwDialect *d, GwSqlBuf *buf, const char *text, Oid type, int32 typmod)
{
	if (text != NULL)
		switch (type)
		{
			case FLOAT4OID:
			case FLOAT8OID:
				mysql_float(buf, text, type);
				return;
			case NUMERICOID:
				gw_sql(buf, "(");
				gw_sql_rendered(buf, text);
				gw_sql(buf, ")");
				return;
			case TIMESTAMPTZOID:
				mysql_moment(d, buf, text);
				return;
			case TIMEOID:
				gw_sql(buf, "TIME ");
				gw_dialect_string(d, buf, text);
				return;
			default:
				break;
		}
	gw_dialect_ansi.literal(d, buf, text, type, typmod);
}

static bool
mysql_holds(const GwDialect *d, const char *text, Oid type)
{
	const char *point = strchr(text, '.');
	const char *digits = text + strspn(text, "-0");
	int scale = point != NULL ? (int) strlen(point + 1) : 0;

	if (type == NUMERICOID && (int) strspn(digits, "0123456789") + scale > MYSQL_DIGITS)
		return false;
	if (type == NUMERICOID && scale > MYSQL_SCALE)
		return false;
	return gw_dialect_ansi.holds(d, text, type);
}

/*
 * Types of which some values (NaN, infinity, years) have no place there; so has a
 * number of more digits than a decimal has, which only a declared type excludes.
 */
static bool
mysql_takes_param(const GwDialect *d, Oid type, int32 typmod)
{
	if (type == NUMERICOID)
		return gw_dialect_number_fits(typmod, MYSQL_DIGITS, MYSQL_SCALE);
	return type != FLOAT4OID && type != FLOAT8OID && type != DATEOID && type != TIMESTAMPOID &&
		   type != TIMESTAMPTZOID;
}

/* Numbered: the transport makes a ? of its own of each place. */
static void
mysql_param(const GwDialect *d, GwSqlBuf *buf, int n, Oid type, int32 typmod)
{
	gw_sql(buf, "?");
	gw_sql_int(buf, n);
}

/* YEAR stores 1 to 99 as years from 1970 to 2069: made a number that it refuses. */
static bool
mysql_assign_native(const GwDialect *d, GwSqlBuf *buf, int n, const char *native)
{
	if (!gw_dialect_is_year(native))
		return false;
	gw_sql(buf, "IF(");
	mysql_param(d, buf, n, InvalidOid, -1);
	gw_sql(buf, " BETWEEN 1 AND 99, -1, ");
	mysql_param(d, buf, n, InvalidOid, -1);
	gw_sql(buf, ")");
	return true;
}

/* As what YEAR is imported. */
static bool
mysql_asks_native(const GwDialect *d, Oid type)
{
	return type == INT2OID;
}

/* Types of tables are no types of casts; an instant comes with its offset, +00. */
static void
mysql_text_param(const GwDialect *d, GwSqlBuf *buf, int n, const GwColumn *column)
{
	bool moment = column->type.id == GW_TYPE_TIMESTAMPTZ;
	const char *as = column->type.id == GW_TYPE_DATE	  ? "DATE"
					 : column->type.id == GW_TYPE_TIME	  ? "TIME(6)"
					 : column->type.id == GW_TYPE_NUMERIC ? "DECIMAL(65,30)"
					 : column->type.id == GW_TYPE_FLOAT64 ? "DOUBLE"
					 : column->type.id == GW_TYPE_UINT64  ? "UNSIGNED"
					 : column->type.id == GW_TYPE_BYTES	  ? "BINARY"
														  : "SIGNED";

	if (column->type.id == GW_TYPE_STRING || column->type.id == GW_TYPE_CHAR)
	{
		mysql_param(d, buf, n, TEXTOID, -1);
		return;
	}
	if (moment || column->type.id == GW_TYPE_TIMESTAMP)
		as = "DATETIME(6)";
	gw_sql(buf, moment ? "CAST(SUBSTRING_INDEX(" : "CAST(");
	mysql_param(d, buf, n, TEXTOID, -1);
	gw_sql(buf, moment ? ", '+', 1) AS " : " AS ");
	gw_sql(buf, as);
	gw_sql(buf, ")");
}

/* Names in casts, which are not those in tables. */
static bool
mysql_type_name(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod)
{
	static const GwTypeName names[] = {
		{INT2OID, "SIGNED"},		 {INT4OID, "SIGNED"},
		{INT8OID, "SIGNED"},		 {BOOLOID, "SIGNED"},
		{DATEOID, "DATE"},			 {TIMESTAMPOID, "DATETIME(6)"},
		{TIMESTAMPTZOID, "DATETIME(6)"}, {TIMEOID, "TIME(6)"},
		{TEXTOID, "CHAR"},			 {VARCHAROID, "CHAR"},
		{BYTEAOID, "BINARY"},		 {FLOAT8OID, "DOUBLE"},
	};

	return gw_dialect_type_listed(buf, names, lengthof(names), type);
}

static void
mysql_limit(const GwDialect *d, GwSqlBuf *buf, const char *limit, const char *offset)
{
	gw_dialect_limit_offset(d, buf, limit == NULL && offset != NULL ? MYSQL_ALL_ROWS : limit,
							offset);
}

static void
mysql_default_row(const GwDialect *d, GwSqlBuf *buf, const char *column)
{
	gw_sql(buf, " () VALUES ()");
}

/*
 * INSERT IGNORE would hide every other error.  The row that is there is given
 * the value it has; that one row alone was skipped shows as its insert id
 * (documented: INSERT ... ON DUPLICATE KEY UPDATE, LAST_INSERT_ID(expr)).
 * Both arms of IF are the column, and a constant condition would never be run.
 */
static void
mysql_do_nothing(const GwDialect *d, GwSqlBuf *buf, const char *column)
{
	char id[24];

	snprintf(id, sizeof(id), UINT64_FORMAT, d->skipped_id);
	gw_sql(buf, " ON DUPLICATE KEY UPDATE ");
	gw_sql_rendered(buf, column);
	gw_sql(buf, " = IF(LAST_INSERT_ID(");
	gw_sql_rendered(buf, id);
	gw_sql(buf, ") = 0, ");
	gw_sql_rendered(buf, column);
	gw_sql(buf, ", ");
	gw_sql_rendered(buf, column);
	gw_sql(buf, ")");
}

/* TRUNCATE commits there; this is undone with the transaction, and leaves counters alone. */
static bool
mysql_truncate(const GwDialect *d, GwSqlBuf *buf, const char *relations, bool cascade,
			   bool restart_identity)
{
	if (cascade || restart_identity)
		return false;
	gw_sql(buf, "DELETE FROM ");
	gw_sql_rendered(buf, relations);
	return true;
}

/* LOCK IN SHARE MODE is what both have and every version knows. */
static void
mysql_lock_rows(const GwDialect *d, GwSqlBuf *buf, LockClauseStrength strength,
				LockWaitPolicy policy)
{
	gw_sql(buf, strength == LCS_FORUPDATE || strength == LCS_FORNOKEYUPDATE
					? " FOR UPDATE"
					: " LOCK IN SHARE MODE");
	if (policy != LockWaitBlock && strength != LCS_FORSHARE && strength != LCS_FORKEYSHARE)
		gw_sql(buf, policy == LockWaitSkip ? " SKIP LOCKED" : " NOWAIT");
}

/* The level is a statement of its own; sessions are pinned to this one. */
static void
mysql_begin(const GwDialect *d, GwSqlBuf *buf, const char *isolation, bool read_only)
{
	if (strcmp(isolation, "repeatable read") != 0)
	{
		gw_sql(buf, "SET TRANSACTION ISOLATION LEVEL ");
		gw_sql_rendered(buf, asc_toupper(isolation, strlen(isolation)));
		gw_sql(buf, "; ");
	}
	gw_sql(buf, read_only ? "START TRANSACTION READ ONLY" : "START TRANSACTION READ WRITE");
}

/*
 * A text that a column's character set lacks is an error beside it, so beside others the
 * column is a text of UTF-8.
 */
static const char *
mysql_column_text(const GwDialect *d, const GwColumn *column)
{
	const char *charset = column->charset;

	if (charset == NULL || strncmp(charset, "utf8", 4) == 0)
		return NULL;
	return "(CONVERT({1} USING utf8mb4) COLLATE utf8mb4_bin)";
}

/* Each of their characters is one of UTF-8, and no other one is that. */
static char *
mysql_column_hint(const GwDialect *d, const GwColumn *column)
{
	static const char *const single[] = {"latin1", "latin2", "cp1250", "cp1251", "ascii"};
	const char *collation = column->collation;

	if (collation == NULL || strspn(collation, "abcdefghijklmnopqrstuvwxyz0123456789_") !=
								 strlen(collation))
		return NULL;
	for (int i = 0; i < lengthof(single); i++)
	{
		if (column->charset != NULL && strcmp(column->charset, single[i]) == 0)
			return psprintf("{1} = CONVERT({2} USING %s) COLLATE %s", single[i], collation);
	}
	return NULL;
}

/* The templates compare bytes, but two columns of different collations may not even meet. */
static bool
mysql_collation_facts(const GwDialect *d, const GwColumn *column, GwCollationFacts *facts)
{
	if (column->collation == NULL)
		return false;
	*facts = (GwCollationFacts){
		.locale = column->collation, .deterministic = true, .encoding = PG_UTF8};
	return true;
}

const GwDialect gw_dialect_mysql = {
	.name = "mysql",
	.parent = &gw_dialect_ansi,
	.ident_open = '`',
	.ident_close = '`',
	.ident_max = 64,
	.flags = GW_DIALECT_IDENT_CHARS | GW_DIALECT_TYPED_PARAMS | GW_DIALECT_SET_IN_TURN |
			 GW_DIALECT_DO_NOTHING | GW_DIALECT_TRUNCATE_EACH | GW_DIALECT_IN_UNLIMITED,
	.can = GW_CAN_EXISTS | GW_CAN_SUBSELECT | GW_CAN_CORRELATED | GW_CAN_CTE | GW_CAN_UNION |
		   GW_CAN_WINDOWS,
	.returning_since = MARIADB_10_5,
	.params_max = MYSQL_PARAMS,
	.rules = gw_dialect_mysql_rules,
	.string = mysql_string,
	.literal = mysql_literal,
	.holds = mysql_holds,
	.param = mysql_param,
	.takes_param = mysql_takes_param,
	.assign_native = mysql_assign_native,
	.asks_native = mysql_asks_native,
	.text_param = mysql_text_param,
	.type_name = mysql_type_name,
	.limit = mysql_limit,
	.default_row = mysql_default_row,
	.do_nothing = mysql_do_nothing,
	.skipped_id = MYSQL_SKIPPED_ID,
	.truncate = mysql_truncate,
	.lock_rows = mysql_lock_rows,
	.begin = mysql_begin,
	.collation_facts = mysql_collation_facts,
	.column_text = mysql_column_text,
	.column_hint = mysql_column_hint,
};
