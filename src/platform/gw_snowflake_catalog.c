/*
 * gw_snowflake_catalog.c
 *	  Descriptions of tables as canonical schemas.
 *
 * The document is what snowflake_describe gives for one table: an object for
 * each column, in order, with what is the table's in each of them.  Everything lives
 * in the caller's context.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "dialect/gw_ddl.h"
#include "platform/gw_snowflake_private.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/formatting.h"

static const char *
document_kind(const char *type)
{
	if (type != NULL && strcmp(type, "VIEW") == 0)
		return "view";
	if (type != NULL && strcmp(type, "MATERIALIZED VIEW") == 0)
		return "materialized_view";
	if (type != NULL && strcmp(type, "TEMPORARY TABLE") == 0)
		return "temporary";
	return type != NULL && strcmp(type, "EXTERNAL TABLE") == 0 ? "external" : "table";
}

/*
 * The type as a declaration has it: INFORMATION_SCHEMA has the name and the
 * numbers apart, and calls VARCHAR TEXT.
 */
static char *
column_native(const JsonbValue *item)
{
	char *type = gw_json_get_text(item, "type");
	int64 length = gw_json_get_number(item, "length", GW_ABSENT);
	int64 precision = gw_json_get_number(item, "precision", GW_ABSENT);
	int64 scale = gw_json_get_number(item, "scale", GW_ABSENT);
	int64 fraction = gw_json_get_number(item, "fraction", GW_ABSENT);

	if (type == NULL)
		return pstrdup("VARCHAR");
	if (strcmp(type, "TEXT") == 0)
		type = "VARCHAR";
	if (length != GW_ABSENT)
		return psprintf("%s(" INT64_FORMAT ")", type, length);
	if (strcmp(type, "NUMBER") == 0 && precision != GW_ABSENT)
		return psprintf("NUMBER(" INT64_FORMAT "," INT64_FORMAT ")", precision, Max(scale, 0));
	if (fraction != GW_ABSENT && strncmp(type, "TIME", 4) == 0)
		return psprintf("%s(" INT64_FORMAT ")", type, fraction);
	return type;
}

/* "VARCHAR(16777216) COLLATE 'en-ci'"; a collation of no name is none. */
static const char *
column_collation(const JsonbValue *item)
{
	const char *name = gw_json_get_text(item, "collation");
	const char *declared = gw_json_get_text(item, "declared");
	const char *clause = declared ? strstr(declared, " COLLATE '") : NULL;

	if (clause != NULL)
	{
		clause += strlen(" COLLATE '");
		name = pnstrdup(clause, strcspn(clause, "'"));
	}
	return name == NULL || name[0] == '\0' ? NULL : name;
}

static GwStatus
document_column(const JsonbValue *item, GwColumn *column, GwError *err)
{
	const char *native = column_native(item);
	const char *sql = gw_json_get_text(item, "default");
	const char *nullable = gw_json_get_text(item, "nullable");
	const char *identity = gw_json_get_text(item, "identity");

	if (gw_ddl_map_type(gw_ddl_target("snowflake"), native, column, err) != GW_OK)
		return GW_FAILED;
	column->name = gw_json_get_text(item, "name");
	column->native_type = native;
	column->nullable = nullable == NULL || strcmp(nullable, "NO") != 0;
	column->comment = gw_json_get_text(item, "comment");
	column->collation = column_collation(item);
	if (identity != NULL && strcmp(identity, "YES") == 0)
	{
		column->identity_mode = "by_default";
		column->identity_start = gw_json_get_number(item, "identity_start", GW_ABSENT);
		column->identity_increment = gw_json_get_number(item, "identity_increment", GW_ABSENT);
	}
	else if (sql != NULL)
	{
		column->default_kind = GW_DEFAULT_EXPRESSION;
		column->default_sql = sql;
		column->default_dialect = "snowflake";
	}
	if (column->name == NULL)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"a table's description has a column without a name");
	return GW_OK;
}

/* ---- clustering ---- */

/* One key of a clustering key, up to a comma outside of parentheses and quotes. */
static const char *
cluster_piece(const char *at, char **piece)
{
	const char *begin = at + strspn(at, " ");
	bool quoted = false;
	int depth = 0;

	for (at = begin; *at != '\0' && (quoted || depth > 0 || *at != ','); at++)
	{
		if (*at == '"')
			quoted = !quoted;
		else if (!quoted)
			depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
	}
	*piece = pnstrdup(begin, at - begin);
	return *at == ',' ? at + 1 : at;
}

/* The column that a piece is the name of, or NULL: an expression. */
static const char *
cluster_column(const GwSchema *schema, const char *piece)
{
	size_t len = strlen(piece);

	for (int i = 0; i < schema->ncolumns; i++)
	{
		const char *name = schema->columns[i].name;
		GwSqlBuf quoted;

		gw_sqlbuf_init(&quoted);
		gw_dialect_identifier(&gw_dialect_snowflake, &quoted, name);
		if (strcmp(gw_sqlbuf_text(&quoted), piece) == 0)
			return name;
		/* Unquoted, it is what its capitals are. */
		if (strlen(name) == len && pg_strcasecmp(name, piece) == 0 &&
			strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$") == len)
			return name;
	}
	return NULL;
}

/* "LINEAR(A, TO_DATE(B))" as layout. */
static Jsonb *
cluster_layout(const GwSchema *schema, const char *text)
{
	size_t len = text ? strlen(text) : 0;
	GwJsonBuilder b = {NULL, NULL};
	const char *at;

	if (len > 8 && strncmp(text, "LINEAR(", 7) == 0 && text[len - 1] == ')')
		at = pnstrdup(text + 7, len - 8);
	else if (len > 2 && text[0] == '(' && text[len - 1] == ')')
		at = pnstrdup(text + 1, len - 2);
	else
		return NULL;
	gw_json_begin_object(&b);
	gw_json_key(&b, "cluster");
	gw_json_begin_object(&b);
	gw_json_key(&b, "columns");
	gw_json_begin_array(&b);
	while (*at != '\0')
	{
		const char *column;
		char *piece;

		at = cluster_piece(at, &piece);
		column = cluster_column(schema, piece);
		gw_json_begin_object(&b);
		gw_json_put_text(&b, column ? "name" : "expression", column ? column : piece);
		gw_json_end_object(&b);
	}
	gw_json_end_array(&b);
	gw_json_end_object(&b);
	gw_json_end_object(&b);
	return gw_json_finish(&b);
}

/* ---- keys ---- */

/* The key that the row is of, made if it is the first of it; NULL: of none. */
static GwKey *
key_find(GwSchema *schema, const JsonbValue *item, int room)
{
	const char *kind = gw_json_get_text(item, "key_kind");
	const char *name = gw_json_get_text(item, "key_name");
	bool foreign = kind != NULL && strcmp(kind, "foreign") == 0;
	GwKey *keys = foreign ? schema->foreign : schema->unique;
	int *nkeys = foreign ? &schema->nforeign : &schema->nunique;
	GwKey *key = NULL;

	if (kind == NULL || name == NULL)
		return NULL;
	if (strcmp(kind, "primary") == 0)
	{
		if (schema->primary == NULL)
			schema->primary = palloc0(sizeof(GwKey));
		key = schema->primary;
	}
	for (int i = 0; key == NULL && i < *nkeys; i++)
		if (strcmp(keys[i].name, name) == 0)
			key = &keys[i];
	if (key == NULL)
		key = &keys[(*nkeys)++];
	if (key->name == NULL)
	{
		key->name = name;
		key->columns = palloc0(room * sizeof(char *));
		key->ref_columns = foreign ? palloc0(room * sizeof(char *)) : NULL;
	}
	return key;
}

/* What a rule does, in words of the canonical schema; NULL: what is done anyway. */
static const char *
key_rule(const char *rule)
{
	return rule == NULL || strcmp(rule, "NO ACTION") == 0 ? NULL : asc_tolower(rule, strlen(rule));
}

static void
document_key(const JsonbValue *item, GwSchema *schema, const char *column, int room)
{
	GwKey *key = key_find(schema, item, room);
	int64 place = gw_json_get_number(item, "key_position", GW_ABSENT);

	if (key == NULL || place < 1 || place > room)
		return;
	key->columns[place - 1] = column;
	key->ncolumns = Max(key->ncolumns, (int) place);
	if (key->ref_columns == NULL)
		return;
	key->ref_columns[place - 1] = gw_json_get_text(item, "ref_column");
	key->nref_columns = key->ncolumns;
	key->ref_database = gw_json_get_text(item, "ref_database");
	key->ref_schema = gw_json_get_text(item, "ref_schema");
	key->ref_table = gw_json_get_text(item, "ref_table");
	key->on_update = key_rule(gw_json_get_text(item, "on_update"));
	key->on_delete = key_rule(gw_json_get_text(item, "on_delete"));
}

/* Every column of a key must have been among the rows. */
static GwStatus
key_check(const GwKey *keys, int nkeys, GwError *err)
{
	for (int i = 0; i < nkeys; i++)
		for (int c = 0; c < keys[i].ncolumns; c++)
			if (keys[i].columns[c] == NULL ||
				(keys[i].ref_columns != NULL && keys[i].ref_columns[c] == NULL))
				return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
									"a table's description has part of the key \"%s\"",
									keys[i].name);
	return GW_OK;
}

/* ---- tables ---- */

GwStatus
gw_snowflake_read_document(const char *document, GwSchema **result, GwError *err)
{
	Jsonb *doc = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(document)));
	JsonbValue *root = gw_json_root(doc);
	GwSchema *schema = palloc0(sizeof(GwSchema));
	int n = gw_json_length(root);
	JsonbValue *first = gw_json_item(root, 0);

	gw_error_clear(err);
	if (!gw_json_is_array(root) || n == 0)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"a table's description is not an array of columns");
	schema->database = gw_json_get_text(first, "database");
	schema->schema = gw_json_get_text(first, "schema");
	schema->table = gw_json_get_text(first, "table");
	schema->kind = document_kind(gw_json_get_text(first, "kind"));
	schema->rows = gw_json_get_number(first, "rows", GW_ABSENT);
	schema->bytes = gw_json_get_number(first, "bytes", GW_ABSENT);
	schema->comment = gw_json_get_text(first, "table_comment");
	if (schema->comment != NULL && schema->comment[0] == '\0')
		schema->comment = NULL;
	schema->columns = palloc0(n * sizeof(GwColumn));
	schema->unique = palloc0(n * sizeof(GwKey));
	schema->foreign = palloc0(n * sizeof(GwKey));
	for (int i = 0; i < n; i++)
	{
		const JsonbValue *item = gw_json_item(root, i);
		const char *name = gw_json_get_text(item, "name");
		GwColumn *column = &schema->columns[schema->ncolumns];

		/* The same column again: of another key. */
		if (name == NULL || schema->ncolumns == 0 || strcmp(column[-1].name, name) != 0)
		{
			if (document_column(item, column, err) != GW_OK)
				return GW_FAILED;
			column->ordinal = ++schema->ncolumns;
		}
		document_key(item, schema, name, n);
	}
	if (key_check(schema->unique, schema->nunique, err) != GW_OK ||
		key_check(schema->foreign, schema->nforeign, err) != GW_OK ||
		(schema->primary != NULL && key_check(schema->primary, 1, err) != GW_OK))
		return GW_FAILED;
	schema->layout = cluster_layout(schema, gw_json_get_text(first, "cluster"));
	*result = schema;
	return GW_OK;
}
