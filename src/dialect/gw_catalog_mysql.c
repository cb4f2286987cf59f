/*
 * gw_catalog_mysql.c
 *	  From a DESCRIBE document of MySQL's catalogs to a canonical schema.
 *
 * Types come from COLUMN_TYPE, the only place that says UNSIGNED, through the
 * same table that reads CREATE TABLE.  The document comes from another server:
 * whatever it lacks is absent.  The schema lives in the caller's context.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "dialect/gw_catalog_mysql.h"
#include "dialect/gw_ddl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#define DIALECT "mysql"

typedef struct CatalogPolicy
{
	bool tinyint1_is_bool;
	bool dates_as_text;
	bool mariadb; /* writes defaults as SQL, MySQL as bare text */
} CatalogPolicy;

static bool
catalog_has(const char *text, const char *word)
{
	return text != NULL && strstr(text, word) != NULL;
}

/* A JSON string, or a number where the text is one and the type wants one. */
static Jsonb *
catalog_value(const char *text, GwTypeId type)
{
	const char *digits = text + (*text == '-');
	JsonbValue value = {.type = jbvString};
	bool plain = digits[0] != '\0' && strspn(digits, "0123456789.") == strlen(digits) &&
				 digits[0] != '.' && digits[strlen(digits) - 1] != '.' &&
				 !(digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9');

	if (type == GW_TYPE_BOOL && (strcmp(text, "0") == 0 || strcmp(text, "1") == 0))
	{
		value.type = jbvBool;
		value.val.boolean = text[0] == '1';
		return JsonbValueToJsonb(&value);
	}
	if (plain && type >= GW_TYPE_INT8 && type <= GW_TYPE_NUMERIC)
		return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	value.val.string.val = pstrdup(text);
	value.val.string.len = (int) strlen(text);
	return JsonbValueToJsonb(&value);
}

/* One quoted string, unquoted; NULL: it is something else. */
static char *
catalog_unquote(const char *sql)
{
	char *text = palloc(strlen(sql) + 1);
	char *to = text;

	if (*sql++ != '\'')
		return NULL;
	for (; *sql != '\0'; sql++)
	{
		if (*sql == '\'' && *++sql != '\'')
			break;
		if (*sql == '\\' && sql[1] != '\0')
			sql++;
		*to++ = *sql;
	}
	*to = '\0';
	return *sql == '\0' ? text : NULL;
}

static void
catalog_default(GwColumn *column, const char *sql, const char *extra, const CatalogPolicy *policy)
{
	const char *text = sql;
	bool expression = catalog_has(extra, "DEFAULT_GENERATED") ||
					  pg_strncasecmp(sql, "current_timestamp", 17) == 0;

	if (policy->mariadb && !expression)
	{
		if (pg_strcasecmp(sql, "NULL") == 0)
		{
			column->default_kind = GW_DEFAULT_NULL;
			return;
		}
		text = catalog_unquote(sql);
		if (text == NULL && strspn(sql, "-0123456789.") == strlen(sql))
			text = sql;
	}
	column->default_sql = sql;
	column->default_dialect = DIALECT;
	column->default_kind = GW_DEFAULT_EXPRESSION;
	if (expression || text == NULL || strncmp(text, "b'", 2) == 0)
		return;
	column->default_kind = GW_DEFAULT_LITERAL;
	column->default_value = catalog_value(text, column->type.id);
}

static GwStatus
catalog_column(const JsonbValue *value, GwColumn *column, const CatalogPolicy *policy,
			   GwError *err)
{
	const char *name = gw_json_get_text(value, "name");
	const char *type = gw_json_get_text(value, "type");
	const char *extra = gw_json_get_text(value, "extra");
	const char *generated = gw_json_get_text(value, "generated");
	const char *nullable = gw_json_get_text(value, "nullable");
	const char *sql = gw_json_get_text(value, "default");

	if (name == NULL || type == NULL)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_INTERNAL_ERROR,
							"a table's description has a column without a name or type");
	if (gw_ddl_map_type(gw_ddl_target(DIALECT), type, column, err) != GW_OK)
		return GW_FAILED;
	if (!policy->tinyint1_is_bool && strcmp(type, "tinyint(1)") == 0)
		column->type = gw_type_make(GW_TYPE_INT8);
	if (policy->dates_as_text &&
		(column->type.id == GW_TYPE_DATE || column->type.id == GW_TYPE_TIMESTAMP ||
		 column->type.id == GW_TYPE_TIMESTAMPTZ))
		column->type = gw_type_make(GW_TYPE_STRING);
	column->name = name;
	column->native_type = type;
	column->nullable = nullable == NULL || pg_strcasecmp(nullable, "NO") != 0;
	column->comment = gw_json_get_text(value, "comment");
	column->charset = gw_json_get_text(value, "charset");
	column->collation = gw_json_get_text(value, "collation");
	if (catalog_has(extra, "auto_increment"))
	{
		column->identity_mode = "by_default";
		column->identity_start = column->identity_increment = 1;
	}
	if (generated != NULL && generated[0] != '\0')
	{
		column->generated_sql = generated;
		column->generated_dialect = DIALECT;
		column->generated_stored = catalog_has(extra, "STORED") || catalog_has(extra, "PERSISTENT");
	}
	else if (sql != NULL)
		catalog_default(column, sql, extra, policy);
	return GW_OK;
}

static const char *
catalog_action(const char *rule)
{
	if (rule == NULL || strcmp(rule, "NO ACTION") == 0)
		return NULL;
	return pg_strcasecmp(rule, "SET NULL") == 0		 ? "set null"
		   : pg_strcasecmp(rule, "SET DEFAULT") == 0 ? "set default"
		   : pg_strcasecmp(rule, "CASCADE") == 0	 ? "cascade"
													 : "restrict";
}

/* Rows of one column each, those of a key behind each other. */
static void
catalog_keys(const JsonbValue *rows, GwSchema *schema)
{
	int n = gw_json_length(rows);
	const char *previous = NULL;
	GwKey *key = NULL;

	schema->unique = palloc0(Max(n, 1) * sizeof(GwKey));
	schema->foreign = palloc0(Max(n, 1) * sizeof(GwKey));
	for (int i = 0; i < n; i++)
	{
		const JsonbValue *row = gw_json_item(rows, i);
		const char *name = gw_json_get_text(row, "name");
		const char *column = gw_json_get_text(row, "column");
		const char *ref_table = gw_json_get_text(row, "ref_table");

		if (name == NULL || column == NULL)
			continue;
		if (key == NULL || previous == NULL || strcmp(previous, name) != 0)
		{
			if (strcmp(name, "PRIMARY") == 0)
				key = schema->primary = palloc0(sizeof(GwKey));
			else if (ref_table != NULL)
				key = &schema->foreign[schema->nforeign++];
			else
				key = &schema->unique[schema->nunique++];
			key->name = key == schema->primary ? NULL : name;
			key->enforced = true;
			key->columns = palloc0(n * sizeof(char *));
			key->ref_columns = palloc0(n * sizeof(char *));
			key->ref_schema = gw_json_get_text(row, "ref_schema");
			key->ref_table = ref_table;
			key->on_update = catalog_action(gw_json_get_text(row, "on_update"));
			key->on_delete = catalog_action(gw_json_get_text(row, "on_delete"));
			previous = name;
		}
		key->columns[key->ncolumns++] = column;
		if (ref_table != NULL)
			key->ref_columns[key->nref_columns++] = gw_json_get_text(row, "ref_column");
	}
}

static Jsonb *
catalog_layout(const JsonbValue *partition)
{
	const char *method = gw_json_get_text(partition, "method");
	const char *expr = gw_json_get_text(partition, "expr");
	GwJsonBuilder b = {NULL, NULL};

	if (method == NULL)
		return NULL;
	gw_json_begin_object(&b);
	gw_json_key(&b, "partition");
	gw_json_begin_object(&b);
	gw_json_put_text(&b, "kind", strncmp(method, "RANGE", 5) == 0  ? "range"
								 : strncmp(method, "LIST", 4) == 0 ? "list"
																   : "hash");
	gw_json_key(&b, "columns");
	gw_json_begin_array(&b);
	gw_json_end_array(&b);
	if (expr != NULL)
	{
		gw_json_key(&b, "expr");
		gw_json_begin_object(&b);
		gw_json_put_text(&b, "sql", expr);
		gw_json_put_text(&b, "dialect", DIALECT);
		gw_json_end_object(&b);
	}
	gw_json_end_object(&b);
	gw_json_end_object(&b);
	return gw_json_finish(&b);
}

GwStatus
gw_catalog_mysql_read(const char *document, GwSchema **result, GwError *err)
{
	Jsonb *doc = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(document)));
	JsonbValue *root = gw_json_root(doc);
	JsonbValue *head = gw_json_get(root, "head");
	JsonbValue *columns = gw_json_get(root, "columns");
	GwSchema *schema = palloc0(sizeof(GwSchema));
	const char *tinyint1 = gw_json_get_text(head, "tinyint1");
	const char *zero_dates = gw_json_get_text(head, "zero_dates");
	const char *kind = gw_json_get_text(head, "kind");
	CatalogPolicy policy = {
		.tinyint1_is_bool = tinyint1 == NULL || strcmp(tinyint1, "bool") == 0,
		.dates_as_text = zero_dates != NULL && strcmp(zero_dates, "text") == 0,
		.mariadb = catalog_has(gw_json_get_text(head, "version"), "MariaDB"),
	};

	gw_error_clear(err);
	if (!gw_json_is_object(head))
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_INTERNAL_ERROR,
							"a table's description is not an object");
	schema->schema = gw_json_get_text(head, "schema");
	schema->database = schema->schema;
	schema->table = gw_json_get_text(head, "table");
	schema->engine_version = gw_json_get_text(head, "version");
	schema->captured_at = gw_json_get_text(head, "captured_at");
	schema->comment = gw_json_get_text(head, "comment");
	schema->kind = catalog_has(kind, "VIEW") ? "view" : "table";
	schema->rows = gw_json_get_int(head, "rows", GW_ABSENT);
	schema->bytes = gw_json_get_int(head, "bytes", GW_ABSENT);
	schema->approximate = true;
	schema->layout = catalog_layout(gw_json_get(root, "partition"));
	schema->ncolumns = gw_json_length(columns);
	schema->columns = palloc0(Max(schema->ncolumns, 1) * sizeof(GwColumn));
	for (int i = 0; i < schema->ncolumns; i++)
	{
		if (catalog_column(gw_json_item(columns, i), &schema->columns[i], &policy, err) != GW_OK)
			return GW_FAILED;
		schema->columns[i].ordinal = i + 1;
	}
	catalog_keys(gw_json_get(root, "keys"), schema);
	*result = schema;
	return GW_OK;
}
