/*
 * gw_dialect_ansi.c
 *	  Standard SQL: the default of every hook, and the smallest set of
 *	  operators that mean the same everywhere.
 *
 * Knows no vendor.  What the standard leaves to the product (cursors, casts
 * of PostgreSQL's own types, collation facts) is absent or conservative.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dialect/gw_dialect.h"
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

			/* Parentheses keep the sign from meeting an operator before it. */
			if (text[0] == '-')
				appendStringInfo(&buf->text, "(%s)", text);
			else
				appendStringInfoString(&buf->text, text);
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
	static const struct
	{
		Oid type;
		const char *name;
	} names[] = {
		{INT2OID, "SMALLINT"},	{INT4OID, "INTEGER"}, {INT8OID, "BIGINT"},
		{BOOLOID, "BOOLEAN"},	{DATEOID, "DATE"},	  {TIMESTAMPOID, "TIMESTAMP"},
	};

	for (int i = 0; i < lengthof(names); i++)
		if (names[i].type == type)
		{
			gw_sql(buf, names[i].name);
			return true;
		}
	return false;
}

static void
ansi_order_suffix(const GwDialect *d, GwSqlBuf *buf, bool descending, bool nulls_first)
{
	gw_sql(buf, descending ? " DESC" : " ASC");
	gw_sql(buf, nulls_first ? " NULLS FIRST" : " NULLS LAST");
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

/*
 * Comparisons of whole numbers and days: no collation, no scale, no rounding,
 * no time zone, no value that one side lacks.
 */
#define ANSI_COMPARISONS(args) \
	{"=", 'o', args, "({1} = {2})", GW_EXACT, GW_COLL_NONE, 0}, \
	{"<>", 'o', args, "({1} <> {2})", GW_EXACT, GW_COLL_NONE, 0}, \
	{"<", 'o', args, "({1} < {2})", GW_EXACT, GW_COLL_NONE, 0}, \
	{"<=", 'o', args, "({1} <= {2})", GW_EXACT, GW_COLL_NONE, 0}, \
	{">", 'o', args, "({1} > {2})", GW_EXACT, GW_COLL_NONE, 0}, \
	{">=", 'o', args, "({1} >= {2})", GW_EXACT, GW_COLL_NONE, 0}

static const GwFuncRule ansi_rules[] = {
	ANSI_COMPARISONS("int2,int2"),
	ANSI_COMPARISONS("int2,int4"),
	ANSI_COMPARISONS("int2,int8"),
	ANSI_COMPARISONS("int4,int2"),
	ANSI_COMPARISONS("int4,int4"),
	ANSI_COMPARISONS("int4,int8"),
	ANSI_COMPARISONS("int8,int2"),
	ANSI_COMPARISONS("int8,int4"),
	ANSI_COMPARISONS("int8,int8"),
	{"count", 'a', "", "count(*)", GW_EXACT, GW_COLL_NONE, 0},
	{"count", 'a', "*", "count({1})", GW_EXACT, GW_COLL_NONE, 0},
	{NULL},
};

const GwDialect gw_dialect_ansi = {
	.name = "ansi",
	.parent = NULL,
	.ident_open = '"',
	.ident_close = '"',
	.ident_max = 128,
	.flags = GW_DIALECT_NULLS_CLAUSE,
	.rules = ansi_rules,
	.identifier = ansi_identifier,
	.string = ansi_string,
	.literal = ansi_literal,
	.param = ansi_param,
	.type_name = ansi_type_name,
	.order_suffix = ansi_order_suffix,
	.limit = ansi_limit,
	.begin = ansi_begin,
	.savepoint = ansi_savepoint,
	.release = ansi_release,
	.rollback_to = ansi_rollback_to,
};
