/*
 * gw_dialect_postgres.c
 *	  PostgreSQL's SQL: typed constants, numbered parameters, cursors, and what
 *	  an introspected column says about its collation.
 *
 * Which built-ins an older server lacks, or means differently, stands in
 * gw_dialect_postgres_rules.c.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/transam.h"
#include "catalog/pg_type.h"
#include "dialect/gw_dialect.h"
#include "dialect/gw_dialect_postgres.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define PG_IDENT_MAX (NAMEDATALEN - 1)

/*
 * A backslash is an escape or not depending on a setting that only wire
 * sessions pin; the E'' form means the same under both.
 */
static void
pg_string(const GwDialect *d, GwSqlBuf *buf, const char *value)
{
	if (strchr(value, '\\') != NULL)
		appendStringInfoChar(&buf->text, 'E');
	appendStringInfoChar(&buf->text, '\'');
	for (const char *p = value; *p != '\0'; p++)
	{
		if (*p == '\'' || *p == '\\')
			appendStringInfoChar(&buf->text, *p);
		appendStringInfoChar(&buf->text, *p);
	}
	appendStringInfoChar(&buf->text, '\'');
}

/*
 * Built-in types only: an oid above the bootstrap range belongs to this
 * database, and the remote's type of that name may be something else.
 */
static bool
pg_type_name(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod)
{
	static const char prefix[] = "pg_catalog.";
	char *name;

	if (type >= FirstGenbkiObjectId)
		return false;

	/*
	 * With FORMAT_TYPE_TYPEMOD_GIVEN a missing length stays missing: plain
	 * "bit" and "character" would mean a length of one.
	 */
	name = format_type_extended(type, typmod,
								FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
	if ((d->flags & GW_DIALECT_QUALIFY) == 0 && strncmp(name, prefix, sizeof(prefix) - 1) == 0)
		name += sizeof(prefix) - 1;
	gw_sql_rendered(buf, name);
	return true;
}

static void
pg_cast(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod)
{
	gw_sql(buf, "::");
	if (!gw_dialect_type_name(d, buf, type, typmod))
		elog(ERROR, "type %u has no name in a remote statement", type);
}

static void
pg_literal(const GwDialect *d, GwSqlBuf *buf, const char *text, Oid type, int32 typmod)
{
	if (text == NULL)
	{
		gw_sql(buf, "NULL");
		pg_cast(d, buf, type, typmod);
	}
	else if (type == INT4OID && text[0] != '-')
		gw_sql_rendered(buf, text);
	else if (type == BOOLOID)
		gw_sql(buf, text[0] == 't' ? "true" : "false");
	else
	{
		gw_dialect_string(d, buf, text);
		pg_cast(d, buf, type, typmod);
	}
}

static void
pg_param(const GwDialect *d, GwSqlBuf *buf, int n, Oid type, int32 typmod)
{
	gw_sql(buf, "$");
	gw_sql_int(buf, n);
	if (OidIsValid(type))
		pg_cast(d, buf, type, typmod);
}

/*
 * SCROLL is asked for only where a rewind is to be expected: the remote may
 * have to keep what it has sent.
 */
static void
pg_cursor_open(const GwDialect *d, GwSqlBuf *buf, const char *cursor, const char *query,
			   bool scroll)
{
	gw_sql(buf, "DECLARE ");
	gw_dialect_identifier(d, buf, cursor);
	gw_sql(buf, scroll ? " SCROLL CURSOR FOR " : " NO SCROLL CURSOR FOR ");
	gw_sql_rendered(buf, query);
}

static void
pg_cursor_fetch(const GwDialect *d, GwSqlBuf *buf, const char *cursor, int rows)
{
	gw_sql(buf, "FETCH FORWARD ");
	gw_sql_int(buf, rows);
	gw_sql(buf, " FROM ");
	gw_dialect_identifier(d, buf, cursor);
}

static void
pg_cursor_close(const GwDialect *d, GwSqlBuf *buf, const char *cursor)
{
	gw_sql(buf, "CLOSE ");
	gw_dialect_identifier(d, buf, cursor);
}

/* The newlines end a comment the query may end with. */
static void
pg_copy_out(const GwDialect *d, GwSqlBuf *buf, const char *query)
{
	gw_sql(buf, "COPY (");
	gw_sql_rendered(buf, query);
	gw_sql(buf, "\n) TO STDOUT (FORMAT binary)");
}

static void
pg_column_alias(const GwDialect *d, GwSqlBuf *buf, int n)
{
	char name[16];

	snprintf(name, sizeof(name), "c%d", n + 1);
	gw_dialect_identifier(d, buf, name);
}

/* A cast to text may be another function than the type's output; concat() is not. */
static void
pg_columns_as_text(const GwDialect *d, GwSqlBuf *buf, const char *query, int ncolumns,
				   const bool *as_text)
{
	bool first = true;
	int i;

	gw_sql(buf, "SELECT ");
	for (i = 0; i < ncolumns; i++)
	{
		gw_sql_separator(buf, &first, ", ");
		if (as_text[i])
		{
			gw_sql(buf, "CASE WHEN pg_catalog.num_nulls(");
			pg_column_alias(d, buf, i);
			gw_sql(buf, ") = 0 THEN pg_catalog.concat(");
			pg_column_alias(d, buf, i);
			gw_sql(buf, ") END");
		}
		else
			pg_column_alias(d, buf, i);
	}
	gw_sql(buf, " FROM (");
	gw_sql_rendered(buf, query);
	gw_sql(buf, "\n) AS q(");
	first = true;
	for (i = 0; i < ncolumns; i++)
	{
		gw_sql_separator(buf, &first, ", ");
		pg_column_alias(d, buf, i);
	}
	gw_sql(buf, ")");
}

/* The savepoint goes, too: a loop of failing blocks would pile them up. */
static void
pg_rollback_to(const GwDialect *d, GwSqlBuf *buf, int level)
{
	gw_sql(buf, "ROLLBACK TO SAVEPOINT gw_s");
	gw_sql_int(buf, level);
	gw_sql(buf, "; RELEASE SAVEPOINT gw_s");
	gw_sql_int(buf, level);
}

static void
pg_lock_rows(const GwDialect *d, GwSqlBuf *buf, LockClauseStrength strength,
			 LockWaitPolicy policy)
{
	static const char *const strengths[] = {
		[LCS_NONE] = "",
		[LCS_FORKEYSHARE] = " FOR KEY SHARE",
		[LCS_FORSHARE] = " FOR SHARE",
		[LCS_FORNOKEYUPDATE] = " FOR NO KEY UPDATE",
		[LCS_FORUPDATE] = " FOR UPDATE",
	};

	gw_sql(buf, strengths[strength]);
	if (policy == LockWaitSkip)
		gw_sql(buf, " SKIP LOCKED");
	else if (policy == LockWaitError)
		gw_sql(buf, " NOWAIT");
}

static void
pg_copy_in(const GwDialect *d, GwSqlBuf *buf, const char *relation, const char *columns,
		   int ncolumns, const Oid *types, bool binary)
{
	gw_sql(buf, "COPY ");
	gw_sql_rendered(buf, relation);
	gw_sql(buf, " (");
	gw_sql_rendered(buf, columns);
	gw_sql(buf, binary ? ") FROM STDIN (FORMAT binary)" : ") FROM STDIN (FORMAT text)");
}

static bool
pg_truncate(const GwDialect *d, GwSqlBuf *buf, const char *relations, bool cascade,
			bool restart_identity)
{
	gw_sql(buf, "TRUNCATE ");
	gw_sql_rendered(buf, relations);
	gw_sql(buf, restart_identity ? " RESTART IDENTITY" : " CONTINUE IDENTITY");
	gw_sql(buf, cascade ? " CASCADE" : " RESTRICT");
	return true;
}

/*
 * A place in a table, and of which table: the same place exists in every
 * partition.  The oid travels where a local row would keep its xmin.
 */
static const GwRowId pg_row_id[] = {
	{"ctid", SelfItemPointerAttributeNumber, TIDOID},
	{"tableoid", MinTransactionIdAttributeNumber, OIDOID},
	{NULL},
};

static void
pg_table_sample(const GwDialect *d, GwSqlBuf *buf, const char *method, double percent)
{
	char share[32];

	snprintf(share, sizeof(share), "%.6f", percent);
	gw_sql(buf, " TABLESAMPLE ");
	gw_sql(buf, strcmp(method, "system") == 0 ? "SYSTEM" : "BERNOULLI");
	gw_sql(buf, "(");
	gw_sql_rendered(buf, share);
	gw_sql(buf, ")");
}

/* A string member of a JSON object, or NULL. */
static char *
pg_json_string(JsonbContainer *object, const char *key)
{
	JsonbValue value;

	if (getKeyJsonValueFromContainer(object, key, strlen(key), &value) == NULL ||
		value.type != jbvString)
		return NULL;
	return pnstrdup(value.val.string.val, value.val.string.len);
}

/*
 * native.collation = {"provider", "locale", "version", "deterministic",
 * "encoding"}; a C library locale may be two, "collate/ctype".
 */
static bool
pg_collation_facts(const GwDialect *d, const GwColumn *column, GwCollationFacts *facts)
{
	JsonbValue value;
	JsonbContainer *object;
	char *text;
	char *slash;

	if (column->native == NULL || !JB_ROOT_IS_OBJECT(column->native) ||
		getKeyJsonValueFromContainer(&column->native->root, "collation", 9, &value) == NULL ||
		value.type != jbvBinary || !JsonContainerIsObject(value.val.binary.data))
		return false;
	object = value.val.binary.data;

	memset(facts, 0, sizeof(*facts));
	text = pg_json_string(object, "provider");
	facts->provider = text != NULL ? text[0] : 0;
	text = pg_json_string(object, "locale");
	slash = text != NULL && facts->provider == 'c' ? strchr(text, '/') : NULL;
	if (slash != NULL)
		*slash = '\0';
	facts->locale = text;
	facts->ctype = slash != NULL ? slash + 1 : text;
	facts->version = pg_json_string(object, "version");
	text = pg_json_string(object, "encoding");
	facts->encoding = text != NULL ? pg_char_to_encoding(text) : -1;
	if (getKeyJsonValueFromContainer(object, "deterministic", 13, &value) == NULL ||
		value.type != jbvBool)
		return false;
	facts->deterministic = value.val.boolean;
	return true;
}

#define POSTGRES_FLAGS                                                                         \
	(GW_DIALECT_POSTGRES | GW_DIALECT_BOOL_VALUES | GW_DIALECT_NULLS_CLAUSE |                  \
	 GW_DIALECT_NULLS_LARGE | GW_DIALECT_TRANSACTIONAL_DDL | GW_DIALECT_COLLATE_C |            \
	 GW_DIALECT_RETURNING | GW_DIALECT_DO_NOTHING)

#define POSTGRES_CAN 0xffffffff /* every form is PostgreSQL's own */

const GwDialect gw_dialect_postgres = {
	.name = "postgres",
	.parent = &gw_dialect_ansi,
	.ident_max = PG_IDENT_MAX,
	.flags = POSTGRES_FLAGS,
	.can = POSTGRES_CAN,
	.params_max = 65535,
	.rules = gw_dialect_postgres_rules,
	.string = pg_string,
	.literal = pg_literal,
	.param = pg_param,
	.type_name = pg_type_name,
	.limit = gw_dialect_limit_offset,
	.rollback_to = pg_rollback_to,
	.cursor_open = pg_cursor_open,
	.cursor_fetch = pg_cursor_fetch,
	.cursor_close = pg_cursor_close,
	.row_id = pg_row_id,
	.lock_rows = pg_lock_rows,
	.copy_in = pg_copy_in,
	.truncate = pg_truncate,
	.copy_out = pg_copy_out,
	.columns_as_text = pg_columns_as_text,
	.table_sample = pg_table_sample,
	.collation_facts = pg_collation_facts,
};

const GwDialect gw_dialect_local = {
	.name = "postgres",
	.parent = &gw_dialect_postgres,
	.flags = POSTGRES_FLAGS | GW_DIALECT_QUALIFY,
	.can = POSTGRES_CAN,
};
