/*
 * gw_databricks_catalog.c
 *	  From the rows of information_schema that describe a table to a canonical
 *	  schema.
 *
 * A row is a column, once for each key it is part of.  What the rows lack is
 * absent, or in the detail of one table.  Everything lives in the caller's context.
 */
#include "postgres.h"

#include "dialect/gw_ddl.h"
#include "fmgr.h"
#include "platform/gw_databricks_private.h"
#include "utils/fmgrprotos.h"

static const char *
table_kind(const char *type)
{
	if (type != NULL && strcmp(type, "VIEW") == 0)
		return "view";
	if (type != NULL && strcmp(type, "MATERIALIZED_VIEW") == 0)
		return "materialized_view";
	if (type != NULL && strcmp(type, "FOREIGN") == 0)
		return "foreign";
	return "table";
}

/* "string collate UTF8_LCASE" in two; NULL: nothing is said, or of a part of the type. */
static const char *
type_split_collation(const char **type)
{
	const char *at = strstr(*type, " collate ");

	if (at == NULL || strchr(*type, '<') != NULL)
		return NULL;
	*type = pnstrdup(*type, at - *type);
	return at + strlen(" collate ");
}

static void
read_column(const JsonbValue *row, GwColumn *column)
{
	const char *type = gw_json_get_text(row, "type");
	const char *nullable = gw_json_get_text(row, "nullable");
	const char *sql = gw_json_get_text(row, "default");
	const char *identity = gw_json_get_text(row, "identity");
	const char *start = gw_json_get_text(row, "identity_start");
	const char *increment = gw_json_get_text(row, "identity_increment");
	const char *generated = gw_json_get_text(row, "generated");
	const char *collation;
	GwError ignored;

	if (type == NULL)
		type = "string";
	collation = type_split_collation(&type);
	/* The catalog does not quote the names of fields: some types cannot be read in parts. */
	if (gw_ddl_map_type(gw_ddl_target("databricks"), type, column, &ignored) != GW_OK)
	{
		column->type = gw_type_make(GW_TYPE_OPAQUE);
		column->native_type = type;
	}
	column->collation = collation;
	column->name = gw_json_get_text(row, "name");
	column->comment = gw_json_get_text(row, "comment");
	column->nullable = nullable == NULL || strcmp(nullable, "NO") != 0;
	if (identity != NULL)
	{
		column->identity_mode = pg_strcasecmp(identity, "ALWAYS") == 0 ? "always" : "by_default";
		column->identity_start = start ? strtoll(start, NULL, 10) : 1;
		column->identity_increment = increment ? strtoll(increment, NULL, 10) : 1;
	}
	if (generated != NULL)
	{
		column->generated_sql = generated;
		column->generated_dialect = "databricks";
		column->generated_stored = true;
	}
	else if (sql != NULL && pg_strcasecmp(sql, "NULL") != 0)
	{
		column->default_kind = GW_DEFAULT_EXPRESSION;
		column->default_sql = sql;
		column->default_dialect = "databricks";
	}
}

/* The key of that name, which is made where it is missing. */
static GwKey *
key_find(GwSchema *schema, const JsonbValue *row, int room)
{
	const char *name = gw_json_get_text(row, "key_name");
	const char *type = gw_json_get_text(row, "key_type");
	GwKey *key = NULL;

	if (name == NULL || type == NULL)
		return NULL;
	if (strcmp(type, "PRIMARY KEY") == 0)
		key = schema->primary ? schema->primary : (schema->primary = palloc0(sizeof(GwKey)));
	for (int i = 0; key == NULL && i < schema->nforeign; i++)
		if (strcmp(schema->foreign[i].name, name) == 0)
			key = &schema->foreign[i];
	if (key == NULL)
		key = &schema->foreign[schema->nforeign++];
	if (key->columns == NULL)
	{
		key->name = name;
		key->columns = palloc0(room * sizeof(char *));
		if (key != schema->primary)
		{
			key->ref_schema = gw_json_get_text(row, "ref_schema");
			key->ref_table = gw_json_get_text(row, "ref_table");
			key->ref_columns = palloc0(room * sizeof(char *));
		}
	}
	return key;
}

static void
key_add(GwSchema *schema, const JsonbValue *row, int room)
{
	GwKey *key = key_find(schema, row, room);
	int place = (int) gw_json_get_number(row, "key_place", 0);

	if (key == NULL || place < 1 || place > room)
		return;
	key->columns[place - 1] = gw_json_get_text(row, "name");
	key->ncolumns = Max(key->ncolumns, place);
	if (key == schema->primary)
		return;
	key->ref_columns[place - 1] = gw_json_get_text(row, "ref_column");
	key->nref_columns = key->ncolumns;
}

/* "partition" by value; columns are texts, some of them may be missing. */
static void
layout_partition(GwJsonBuilder *b, const char **names, int n)
{
	gw_json_key(b, "partition");
	gw_json_begin_object(b);
	gw_json_put_text(b, "kind", "value");
	gw_json_key(b, "columns");
	gw_json_begin_array(b);
	for (int i = 0; i < n; i++)
		if (names[i] != NULL)
			gw_json_add_text(b, names[i]);
	gw_json_end_array(b);
	gw_json_end_object(b);
}

/* By what a table is clustered is not in these rows, but in its detail. */
static Jsonb *
read_layout(const JsonbValue *rows, int n)
{
	const char **names = palloc0(n * sizeof(char *));
	GwJsonBuilder b = {NULL, NULL};
	int least = PG_INT32_MAX;
	int count = 0;

	for (int i = 0; i < n; i++)
	{
		const JsonbValue *row = gw_json_item(rows, i);

		if (gw_json_get_text(row, "partition_place") != NULL)
			least = Min(least, (int) gw_json_get_number(row, "partition_place", 0));
	}
	if (least == PG_INT32_MAX)
		return NULL;
	for (int i = 0; i < n; i++)
	{
		const JsonbValue *row = gw_json_item(rows, i);
		int place = (int) gw_json_get_number(row, "partition_place", 0) - least;

		if (gw_json_get_text(row, "partition_place") == NULL || place < 0 || place >= n)
			continue;
		names[place] = gw_json_get_text(row, "name");
		count = Max(count, place + 1);
	}
	gw_json_begin_object(&b);
	layout_partition(&b, names, count);
	gw_json_end_object(&b);
	return gw_json_finish(&b);
}

GwStatus
gw_databricks_read_document(const char *document, GwSchema **result, GwError *err)
{
	Jsonb *doc = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(document)));
	JsonbValue *rows = gw_json_root(doc);
	int n = gw_json_length(rows);
	JsonbValue *first = gw_json_item(rows, 0);
	GwSchema *schema = palloc0(sizeof(GwSchema));

	gw_error_clear(err);
	if (!gw_json_is_array(rows) || first == NULL)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"a table's description has no rows");
	schema->database = gw_json_get_text(first, "catalog");
	schema->schema = gw_json_get_text(first, "schema");
	schema->table = gw_json_get_text(first, "table");
	schema->kind = table_kind(gw_json_get_text(first, "kind"));
	schema->comment = gw_json_get_text(first, "table_comment");
	schema->rows = schema->bytes = GW_ABSENT;
	schema->approximate = true;
	schema->layout = read_layout(rows, n);
	schema->columns = palloc0(n * sizeof(GwColumn));
	schema->foreign = palloc0(n * sizeof(GwKey));
	for (int i = 0; i < n; i++)
	{
		const JsonbValue *row = gw_json_item(rows, i);
		const char *name = gw_json_get_text(row, "name");
		GwColumn *column = &schema->columns[schema->ncolumns];

		if (name == NULL)
			return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
								"a table's description has a column without a name");
		if (schema->ncolumns == 0 || strcmp(column[-1].name, name) != 0)
		{
			read_column(row, column);
			column->ordinal = ++schema->ncolumns;
		}
		key_add(schema, row, n);
	}
	*result = schema;
	return GW_OK;
}

/* ---- DESCRIBE DETAIL ---- */

/* A member that is an array of texts, itself written as a text; how many they are. */
static int
detail_names(const JsonbValue *row, const char *key, const char ***names)
{
	const char *text = gw_json_get_text(row, key);
	GwError ignored;
	JsonbValue *list = text ? gw_json_parse(text, strlen(text), &ignored) : NULL;
	int n = list != NULL && gw_json_is_array(list) ? gw_json_length(list) : 0;

	*names = palloc0(Max(n, 1) * sizeof(char *));
	for (int i = 0; i < n; i++)
	{
		char *name;

		if (gw_json_text(gw_json_item(list, i), &name))
			(*names)[i] = name;
	}
	return n;
}

/* Checks are properties, and in no catalog (docs.databricks.com/tables/constraints). */
#define CHECK_PREFIX "delta.constraints."

/* For gw_json_each. */
typedef struct DbProperties
{
	GwJsonBuilder own; /* those that are none of a check */
	GwSchema *schema;
} DbProperties;

static void
detail_check(GwSchema *schema, const char *name, const char *sql)
{
	GwKey *check = &schema->check[schema->ncheck++];

	memset(check, 0, sizeof(*check));
	check->name = name;
	check->enforced = true;
	check->sql = sql;
	check->dialect = "databricks";
}

/* What users set, not what the format notes for itself. */
static void
detail_property(char *key, JsonbValue *value, void *arg)
{
	DbProperties *properties = (DbProperties *) arg;
	char *text;

	if (strncmp(key, "delta.feature.", 14) == 0 || strcmp(key, "delta.minReaderVersion") == 0 ||
		strcmp(key, "delta.minWriterVersion") == 0 || !gw_json_text(value, &text))
		return;
	if (strncmp(key, CHECK_PREFIX, strlen(CHECK_PREFIX)) == 0)
		detail_check(properties->schema, key + strlen(CHECK_PREFIX), text);
	else
		gw_json_put_text(&properties->own, key, text);
}

/* Puts the checks that stand there into the schema. */
static Jsonb *
detail_options(const JsonbValue *row, GwSchema *schema)
{
	const char *text = gw_json_get_text(row, "properties");
	GwError ignored;
	JsonbValue *properties = text ? gw_json_parse(text, strlen(text), &ignored) : NULL;
	GwJsonBuilder b = {NULL, NULL};
	DbProperties all = {{NULL, NULL}, schema};
	Jsonb *doc;

	if (properties == NULL)
		return NULL;
	schema->check = palloc0(Max(gw_json_length(properties), 1) * sizeof(GwKey));
	schema->ncheck = 0;
	gw_json_begin_object(&all.own);
	gw_json_each(properties, detail_property, &all);
	gw_json_end_object(&all.own);
	doc = gw_json_finish(&all.own);
	if (JB_ROOT_COUNT(doc) == 0)
		return NULL;
	gw_json_begin_object(&b);
	gw_json_key(&b, "databricks");
	gw_json_begin_object(&b);
	gw_json_put_doc(&b, "tblproperties", doc);
	gw_json_end_object(&b);
	gw_json_end_object(&b);
	return gw_json_finish(&b);
}

/* NULL: it is neither partitioned nor clustered. */
static Jsonb *
detail_layout(const GwSchema *schema, const JsonbValue *row)
{
	const char **partition, **cluster;
	int npartition = detail_names(row, "partitionColumns", &partition);
	int ncluster = detail_names(row, "clusteringColumns", &cluster);
	GwJsonBuilder b = {NULL, NULL};
	int known = 0;

	/* AUTO is no column. */
	for (int i = 0; i < ncluster; i++)
		if (cluster[i] != NULL && gw_schema_column(schema, cluster[i]) != NULL)
			cluster[known++] = cluster[i];
	if (npartition == 0 && known == 0)
		return NULL;
	gw_json_begin_object(&b);
	if (npartition > 0)
		layout_partition(&b, partition, npartition);
	if (known > 0)
	{
		gw_json_key(&b, "cluster");
		gw_json_begin_object(&b);
		gw_json_key(&b, "columns");
		gw_json_begin_array(&b);
		for (int i = 0; i < known; i++)
		{
			gw_json_begin_object(&b);
			gw_json_put_text(&b, "name", cluster[i]);
			gw_json_end_object(&b);
		}
		gw_json_end_array(&b);
		gw_json_end_object(&b);
	}
	gw_json_end_object(&b);
	return gw_json_finish(&b);
}

GwStatus
gw_databricks_read_detail(const char *document, GwSchema *schema, GwError *err)
{
	Jsonb *doc = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(document)));
	const JsonbValue *row = gw_json_item(gw_json_root(doc), 0);
	const char *bytes = row ? gw_json_get_text(row, "sizeInBytes") : NULL;

	if (row == NULL)
		return gw_databricks_bad("a table's detail without rows", err);
	schema->layout = detail_layout(schema, row);
	schema->options = detail_options(row, schema);
	schema->bytes = bytes ? strtoll(bytes, NULL, 10) : GW_ABSENT;
	return GW_OK;
}
