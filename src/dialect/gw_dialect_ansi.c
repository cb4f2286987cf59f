/*
 * gw_dialect_ansi.c
 *	  Standard SQL: the default of every hook.
 *
 * Knows no vendor.  What the standard leaves to the product (cursors, casts
 * of PostgreSQL's own types, collation facts) is absent or conservative.  The
 * rules stand in gw_dialect_ansi_rules.c.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dialect/gw_dialect_ansi.h"
#include "mb/pg_wchar.h"

/* A member of d, else of its nearest parent that sets it. */
static char
ansi_quote(const GwDialect *d, bool closing)
{
	while (d->ident_open == 0 && d->parent != NULL)
		d = d->parent;
	return closing ? d->ident_close : d->ident_open;
}

static int
ansi_ident_max(const GwDialect *d)
{
	while (d->ident_max == 0 && d->parent != NULL)
		d = d->parent;
	return d->ident_max;
}

/* A longer name would be cut there and then mean another object. */
void
gw_dialect_check_name(const GwDialect *d, const char *name)
{
	bool chars = (d->flags & GW_DIALECT_IDENT_CHARS) != 0;
	int max = ansi_ident_max(d);
	int len = strlen(name);

	if (len == 0 || (chars ? pg_mbstrlen_with_len(name, len) : len) > max)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("\"%s\" cannot be a name in %s", name, d->name),
				 errdetail("A name there has 1 to %d %s.", max, chars ? "characters" : "bytes"),
				 errhint("Give the remote name with the option schema_name, table_name or "
						 "column_name.")));
}

static void
ansi_identifier(const GwDialect *d, GwSqlBuf *buf, const char *name)
{
	char close = ansi_quote(d, true);

	gw_dialect_check_name(d, name);
	appendStringInfoChar(&buf->text, ansi_quote(d, false));
	for (const char *p = name; *p != '\0'; p++)
	{
		if (*p == close)
			appendStringInfoChar(&buf->text, close);
		appendStringInfoChar(&buf->text, *p);
	}
	appendStringInfoChar(&buf->text, close);
}

static void
ansi_string(const GwDialect *d, GwSqlBuf *buf, const char *value)
{
	appendStringInfoChar(&buf->text, '\'');
	for (const char *p = value; *p != '\0'; p++)
	{
		if (*p == '\'')
			appendStringInfoChar(&buf->text, '\'');
		appendStringInfoChar(&buf->text, *p);
	}
	appendStringInfoChar(&buf->text, '\'');
}

void
gw_dialect_string_escaped(GwSqlBuf *buf, const char *value, bool escaped_quote)
{
	appendStringInfoChar(&buf->text, '\'');
	for (const char *p = value; *p != '\0'; p++)
	{
		if (*p == '\\' || (*p == '\'' && escaped_quote))
			appendStringInfoChar(&buf->text, '\\');
		else if (*p == '\'')
			appendStringInfoChar(&buf->text, '\'');
		if (escaped_quote && (*p == '\n' || *p == '\r'))
			appendStringInfoString(&buf->text, *p == '\n' ? "\\n" : "\\r");
		else
			appendStringInfoChar(&buf->text, *p);
	}
	appendStringInfoChar(&buf->text, '\'');
}

/* A number; parentheses keep its sign from meeting an operator before it. */
static void
ansi_number(GwSqlBuf *buf, const char *text, const char *suffix)
{
	bool negative = text[0] == '-';

	gw_sql(buf, negative ? "(" : "");
	gw_sql_rendered(buf, text);
	gw_sql(buf, suffix);
	gw_sql(buf, negative ? ")" : "");
}

/* The output of bytea is "\\x" and hexadecimal digits. */
static void
ansi_bytes(GwSqlBuf *buf, const char *text)
{
	gw_sql(buf, "X'");
	gw_sql_rendered(buf, strncmp(text, "\\x", 2) == 0 ? text + 2 : text);
	gw_sql(buf, "'");
}

static void
ansi_literal(const GwDialect *d, GwSqlBuf *buf, const char *text, Oid type, int32 typmod)
{
	if (text == NULL)
	{
		gw_sql(buf, "NULL");
		return;
	}
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
			ansi_number(buf, text, "");
			break;
		case FLOAT4OID:
		case FLOAT8OID:

			/* With an exponent it is approximate, without one it would be exact. */
			ansi_number(buf, text, strpbrk(text, "eE") == NULL ? "E0" : "");
			break;
		case BOOLOID:
			gw_sql(buf, text[0] == 't' ? "TRUE" : "FALSE");
			break;
		case DATEOID:
			gw_sql(buf, "DATE ");
			gw_dialect_string(d, buf, text);
			break;
		case TIMESTAMPOID:
			gw_sql(buf, "TIMESTAMP ");
			gw_dialect_string(d, buf, text);
			break;
		case BYTEAOID:
			ansi_bytes(buf, text);
			break;
		default:
			gw_dialect_string(d, buf, text);
			break;
	}
}

static void
ansi_param(const GwDialect *d, GwSqlBuf *buf, int n, Oid type, int32 typmod)
{
	gw_sql(buf, "?");
}

static bool
ansi_type_name(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod)
{
	static const GwTypeName names[] = {
		{INT2OID, "SMALLINT"},	{INT4OID, "INTEGER"}, {INT8OID, "BIGINT"},
		{BOOLOID, "BOOLEAN"},	{DATEOID, "DATE"},	  {TIMESTAMPOID, "TIMESTAMP"},
	};

	return gw_dialect_type_listed(buf, names, lengthof(names), type);
}

bool
gw_dialect_type_listed(GwSqlBuf *buf, const GwTypeName *names, int nnames, Oid type)
{
	for (int i = 0; i < nnames; i++)
		if (names[i].type == type)
		{
			gw_sql(buf, names[i].name);
			return true;
		}
	return false;
}

void
gw_dialect_typed_null(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod)
{
	GwSqlBuf name;

	gw_sqlbuf_init(&name);
	if (!gw_dialect_type_name(d, &name, type, typmod))
	{
		gw_sql(buf, "NULL");
		return;
	}
	gw_sql(buf, "CAST(NULL AS ");
	gw_sql_rendered(buf, gw_sqlbuf_text(&name));
	gw_sql(buf, ")");
}

/* Digits every product's exact numbers have. */
#define ANSI_MAX_DIGITS 38

/* Years that every product has; a date begins with its year. */
static bool
ansi_holds_year(const char *text)
{
	return strspn(text, "0123456789") == 4 && strncmp(text, "0000", 4) != 0 &&
		   strstr(text, " BC") == NULL;
}

static bool
ansi_holds(const GwDialect *d, const char *text, Oid type)
{
	switch (type)
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return ansi_holds_year(text);
		case FLOAT4OID:
		case FLOAT8OID:
			return strpbrk(text, "NI") == NULL;
		case NUMERICOID:
			return strpbrk(text, "NI") == NULL && strlen(text) <= ANSI_MAX_DIGITS;
		default:
			return true;
	}
}

int
gw_dialect_plain_beyond(const GwDialect *d, const char *text, Oid type)
{
	switch (type)
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			if (text[0] == '-' || strstr(text, " BC") != NULL)
				return -1;
			return text[0] == 'i' || strspn(text, "0123456789") > 4 ? 1 : 0;
		case TIMEOID:
			return strncmp(text, "24:", 3) == 0 ? 1 : 0;
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			/* NaN is behind infinity here. */
			return strpbrk(text, "NI") == NULL ? 0 : text[0] == '-' ? -1 : 1;
		default:
			return 0;
	}
}

/* https://dev.mysql.com/doc/refman/8.0/en/year.html */
bool
gw_dialect_is_year(const char *native)
{
	return pg_strncasecmp(native, "year", 4) == 0 && (native[4] == '\0' || native[4] == '(');
}

/* MySQL's FLOAT(7,3) is read as it is, and beside another of its kind compared as rounded. */
static bool
ansi_is_rounded_float(const char *native)
{
	return (pg_strncasecmp(native, "float(", 6) == 0 ||
			pg_strncasecmp(native, "double(", 7) == 0) &&
		   strchr(native, ',') != NULL;
}

static bool
ansi_compared_as_read(const GwDialect *d, const GwColumn *column)
{
	return column->native_type == NULL || !(gw_dialect_is_year(column->native_type) ||
											ansi_is_rounded_float(column->native_type));
}

bool
gw_dialect_plain_params(const GwDialect *d, Oid type, int32 typmod)
{
	return type != DATEOID && type != TIMESTAMPOID && type != TIMESTAMPTZOID && type != TIMEOID &&
		   type != FLOAT4OID && type != FLOAT8OID && type != NUMERICOID;
}

bool
gw_dialect_number_fits(int32 typmod, int most_digits, int most_scale)
{
	int digits = ((typmod - VARHDRSZ) >> 16) & 0xffff;
	int scale = (((typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;

	return typmod >= VARHDRSZ && digits <= most_digits && scale >= 0 && scale <= most_scale;
}

int
gw_dialect_moments_beyond(const GwDialect *d, const char *text, Oid type)
{
	return type == FLOAT4OID || type == FLOAT8OID || type == NUMERICOID
		? 0
		: gw_dialect_plain_beyond(d, text, type);
}

bool
gw_dialect_moments_params(const GwDialect *d, Oid type, int32 typmod)
{
	if (type == NUMERICOID)
		return gw_dialect_number_fits(typmod, ANSI_MAX_DIGITS, ANSI_MAX_DIGITS - 1);
	return type == FLOAT4OID || type == FLOAT8OID || gw_dialect_plain_params(d, type, typmod);
}

void
gw_dialect_nulls_key(GwSqlBuf *buf, const char *key, bool nulls_first)
{
	gw_sql(buf, "CASE WHEN ");
	gw_sql_rendered(buf, key);
	gw_sql(buf, nulls_first ? " IS NULL THEN 0 ELSE 1 END, " : " IS NULL THEN 1 ELSE 0 END, ");
}

/* NULL or not comes first where the place of NULL is another there. */
static void
ansi_sort_key(const GwDialect *d, GwSqlBuf *buf, const char *key, bool descending,
			  bool nulls_first)
{
	if (gw_dialect_sorts_nulls_apart(d, descending, nulls_first))
		gw_dialect_nulls_key(buf, key, nulls_first);
	gw_sql_rendered(buf, key);
	gw_sql(buf, descending ? " DESC" : " ASC");
	if (d->flags & GW_DIALECT_NULLS_CLAUSE)
		gw_sql(buf, nulls_first ? " NULLS FIRST" : " NULLS LAST");
}

void
gw_dialect_limit_offset(const GwDialect *d, GwSqlBuf *buf, const char *limit,
						const char *offset)
{
	if (limit != NULL)
	{
		gw_sql(buf, " LIMIT ");
		gw_sql_rendered(buf, limit);
	}
	if (offset != NULL)
	{
		gw_sql(buf, " OFFSET ");
		gw_sql_rendered(buf, offset);
	}
}

static void
ansi_limit(const GwDialect *d, GwSqlBuf *buf, const char *limit, const char *offset)
{
	if (offset != NULL)
	{
		gw_sql(buf, " OFFSET ");
		gw_sql_rendered(buf, offset);
		gw_sql(buf, " ROWS");
	}
	if (limit != NULL)
	{
		gw_sql(buf, " FETCH FIRST ");
		gw_sql_rendered(buf, limit);
		gw_sql(buf, " ROWS ONLY");
	}
}

static void
ansi_default_row(const GwDialect *d, GwSqlBuf *buf, const char *column)
{
	gw_sql(buf, " DEFAULT VALUES");
}

static void
ansi_do_nothing(const GwDialect *d, GwSqlBuf *buf, const char *column)
{
	gw_sql(buf, " ON CONFLICT DO NOTHING");
}

static void
ansi_begin(const GwDialect *d, GwSqlBuf *buf, const char *isolation, bool read_only)
{
	char *level = pstrdup(isolation);

	for (char *p = level; *p != '\0'; p++)
		*p = pg_ascii_toupper((unsigned char) *p);
	gw_sql(buf, "START TRANSACTION ISOLATION LEVEL ");
	gw_sql_rendered(buf, level);
	if (read_only)
		gw_sql(buf, ", READ ONLY");
	pfree(level);
}

/* One savepoint per level of the local transaction. */
static void
ansi_savepoint(const GwDialect *d, GwSqlBuf *buf, int level)
{
	gw_sql(buf, "SAVEPOINT gw_s");
	gw_sql_int(buf, level);
}

static void
ansi_release(const GwDialect *d, GwSqlBuf *buf, int level)
{
	gw_sql(buf, "RELEASE SAVEPOINT gw_s");
	gw_sql_int(buf, level);
}

static void
ansi_rollback_to(const GwDialect *d, GwSqlBuf *buf, int level)
{
	gw_sql(buf, "ROLLBACK TO SAVEPOINT gw_s");
	gw_sql_int(buf, level);
}

const GwDialect gw_dialect_ansi = {
	.name = "ansi",
	.parent = NULL,
	.ident_open = '"',
	.ident_close = '"',
	.ident_max = 128,
	.flags = GW_DIALECT_NULLS_CLAUSE | GW_DIALECT_POSITIONAL,
	.can = GW_CAN_EXISTS,
	.params_max = 1000,
	.rules = gw_dialect_ansi_rules,
	.identifier = ansi_identifier,
	.string = ansi_string,
	.literal = ansi_literal,
	.param = ansi_param,
	.type_name = ansi_type_name,
	.holds = ansi_holds,
	.compared_as_read = ansi_compared_as_read,
	.sort_key = ansi_sort_key,
	.limit = ansi_limit,
	.default_row = ansi_default_row,
	.do_nothing = ansi_do_nothing,
	.begin = ansi_begin,
	.savepoint = ansi_savepoint,
	.release = ansi_release,
	.rollback_to = ansi_rollback_to,
};
