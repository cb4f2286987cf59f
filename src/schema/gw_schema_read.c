/*
 * gw_schema_read.c
 *	  A canonical schema from its JSON document, or what is wrong with it.
 *
 * Reads the whole document even after a fault, so that every faulty column is
 * reported at once.  Does not judge what a platform can hold: that is for the
 * renderers.  The schema lives in the caller's context.
 */
#include "postgres.h"

#include "schema/gw_schema_read.h"

/* Members we give a meaning to; all others are kept verbatim. */
#define SCHEMA_MEMBERS                                                                         \
	"wgw source captured_at fingerprint fingerprint_full comment columns keys layout options " \
	"stats notices"

static bool
schema_source(GwReader *r, JsonbValue *root, GwSchema *schema)
{
	JsonbValue *source;
	int mark;
	bool ok;

	if (!gw_reader_object(r, root, "source", &source))
		return false;
	if (source == NULL)
		return true;
	mark = gw_reader_enter(r, "source");
	ok = gw_reader_text(r, source, "platform", &schema->platform) &&
		 gw_reader_text(r, source, "connection", &schema->connection) &&
		 gw_reader_text(r, source, "database", &schema->database) &&
		 gw_reader_text(r, source, "schema", &schema->schema) &&
		 gw_reader_text(r, source, "table", &schema->table) &&
		 gw_reader_text(r, source, "kind", &schema->kind) &&
		 gw_reader_text(r, source, "engine_version", &schema->engine_version);
	gw_reader_leave(r, mark);
	return ok;
}

static int
schema_compare_ordinals(const void *a, const void *b)
{
	return ((const GwColumn *) a)->ordinal - ((const GwColumn *) b)->ordinal;
}

static int
schema_compare_names(const void *a, const void *b)
{
	const GwColumn *left = *(const GwColumn *const *) a;
	const GwColumn *right = *(const GwColumn *const *) b;
	int order = strcmp(left->name, right->name);

	return order != 0 ? order : (left > right) - (left < right);
}

/* No two columns of one name. */
static void
schema_check_names(GwReader *r, GwSchema *schema)
{
	const GwColumn **sorted = palloc(Max(schema->ncolumns, 1) * sizeof(GwColumn *));
	int i;

	for (i = 0; i < schema->ncolumns; i++)
		sorted[i] = &schema->columns[i];
	qsort(sorted, schema->ncolumns, sizeof(GwColumn *), schema_compare_names);
	for (i = 1; i < schema->ncolumns; i++)
		if (strcmp(sorted[i]->name, sorted[i - 1]->name) == 0)
			(void) gw_reader_fault(r,
								   psprintf("columns[%d].name",
											(int) (sorted[i] - schema->columns)),
								   "duplicate", "\"%s\" is the name of columns[%d] already",
								   sorted[i]->name, (int) (sorted[i - 1] - schema->columns));
}

/* Put the columns in the order they give, or keep the document's. */
static void
schema_check_order(GwReader *r, GwSchema *schema)
{
	int given = 0;
	int i;

	for (i = 0; i < schema->ncolumns; i++)
		if (schema->columns[i].ordinal > 0)
			given++;
	if (given > 0 && given < schema->ncolumns)
		(void) gw_reader_fault(r, "columns", "conflict",
							   "%d of %d columns say their position: all must, or none", given,
							   schema->ncolumns);
	else if (given > 0)
	{
		qsort(schema->columns, schema->ncolumns, sizeof(GwColumn), schema_compare_ordinals);
		for (i = 1; i < schema->ncolumns; i++)
			if (schema->columns[i].ordinal == schema->columns[i - 1].ordinal)
				(void) gw_reader_fault(r, "columns", "duplicate",
									   "\"%s\" and \"%s\" both stand at position %d",
									   schema->columns[i - 1].name, schema->columns[i].name,
									   schema->columns[i].ordinal);
	}
	for (i = 0; i < schema->ncolumns; i++)
		schema->columns[i].ordinal = i + 1;
}

static void
schema_columns(GwReader *r, JsonbValue *root, GwSchema *schema)
{
	JsonbValue *array = gw_json_get(root, "columns");
	int n = gw_json_length(array);
	int before = list_length(r->problems);
	int i;

	if (array == NULL)
	{
		(void) gw_reader_fault(r, "columns", "missing", "a schema needs its columns");
		return;
	}
	if (!gw_json_is_array(array))
	{
		(void) gw_reader_fault(r, "columns", "wrong_kind", "expected an array, found %s",
							   gw_json_kind(array));
		return;
	}
	if (n == 0)
	{
		(void) gw_reader_fault(r, "columns", "empty", "a schema needs at least one column");
		return;
	}
	schema->columns = palloc0(n * sizeof(GwColumn));
	for (i = 0; i < n; i++)
	{
		int mark = gw_reader_enter(r, psprintf("columns[%d]", i));

		(void) gw_reader_column(r, gw_json_item(array, i), true, &schema->columns[i]);
		gw_reader_leave(r, mark);
	}
	if (list_length(r->problems) > before)
		return;
	schema->ncolumns = n;
	schema_check_names(r, schema); /* before the order changes what [n] means */
	schema_check_order(r, schema);
}

static void
schema_key_columns(GwReader *r, const GwSchema *schema, const GwKey *key)
{
	int i;

	if (key->ncolumns == 0)
		(void) gw_reader_fault(r, "columns", "empty", "a key needs at least one column");
	for (i = 0; i < key->ncolumns; i++)
		if (schema->ncolumns > 0 && gw_schema_column(schema, key->columns[i]) == NULL)
			(void) gw_reader_fault(r, psprintf("columns[%d]", i), "unknown_column",
								   "\"%s\" is not a column", key->columns[i]);
}

/* A primary, unique or foreign key; 'p', 'u' or 'f'. */
static void
schema_key(GwReader *r, const GwSchema *schema, JsonbValue *value, char kind, GwKey *key)
{
	JsonbValue *ref;
	int mark;

	if (!gw_json_is_object(value))
	{
		(void) gw_reader_fault(r, NULL, "wrong_kind", "expected a key, found %s",
							   gw_json_kind(value));
		return;
	}
	if (!gw_reader_text(r, value, "name", &key->name) ||
		!gw_reader_bool(r, value, "enforced", &key->enforced) ||
		!gw_reader_names(r, value, "columns", &key->columns, &key->ncolumns))
		return;
	schema_key_columns(r, schema, key);
	if (kind != 'f')
		return;

	if (!gw_reader_text(r, value, "on_delete", &key->on_delete) ||
		!gw_reader_text(r, value, "on_update", &key->on_update) ||
		!gw_reader_object(r, value, "ref", &ref))
		return;
	if (ref == NULL)
	{
		(void) gw_reader_fault(r, "ref", "missing", "a foreign key needs the table it refers to");
		return;
	}
	mark = gw_reader_enter(r, "ref");
	if (gw_reader_text(r, ref, "database", &key->ref_database) &&
		gw_reader_text(r, ref, "schema", &key->ref_schema) &&
		gw_reader_text(r, ref, "table", &key->ref_table) &&
		gw_reader_names(r, ref, "columns", &key->ref_columns, &key->nref_columns))
	{
		if (key->ref_table == NULL)
			(void) gw_reader_fault(r, "table", "missing", "a foreign key needs a table");
		else if (key->nref_columns != 0 && key->nref_columns != key->ncolumns)
			(void) gw_reader_fault(r, "columns", "conflict", "%d columns refer to %d",
								   key->ncolumns, key->nref_columns);
	}
	gw_reader_leave(r, mark);
}

static void
schema_check_constraint(GwReader *r, JsonbValue *value, GwKey *key)
{
	if (!gw_json_is_object(value))
		(void) gw_reader_fault(r, NULL, "wrong_kind", "expected a check, found %s",
							   gw_json_kind(value));
	else if (gw_reader_text(r, value, "name", &key->name) &&
			 gw_reader_text(r, value, "sql", &key->sql) &&
			 gw_reader_text(r, value, "dialect", &key->dialect) &&
			 gw_reader_bool(r, value, "enforced", &key->enforced) && key->sql == NULL)
		(void) gw_reader_fault(r, "sql", "missing", "a check needs its condition");
}

static void
schema_key_list(GwReader *r, const GwSchema *schema, JsonbValue *keys, const char *member,
				GwKey **list, int *n)
{
	JsonbValue *array;
	int i;

	if (!gw_reader_array(r, keys, member, &array) || array == NULL)
		return;
	*n = gw_json_length(array);
	*list = palloc0(Max(*n, 1) * sizeof(GwKey));
	for (i = 0; i < *n; i++)
	{
		int mark = gw_reader_enter(r, psprintf("%s[%d]", member, i));

		if (member[0] == 'c')
			schema_check_constraint(r, gw_json_item(array, i), &(*list)[i]);
		else
			schema_key(r, schema, gw_json_item(array, i), member[0], &(*list)[i]);
		gw_reader_leave(r, mark);
	}
}

static void
schema_keys(GwReader *r, JsonbValue *root, GwSchema *schema)
{
	JsonbValue *keys;
	JsonbValue *primary;
	int mark, inner;

	if (!gw_reader_object(r, root, "keys", &keys) || keys == NULL)
		return;
	mark = gw_reader_enter(r, "keys");
	primary = gw_json_get(keys, "primary");
	if (primary != NULL)
	{
		schema->primary = palloc0(sizeof(GwKey));
		inner = gw_reader_enter(r, "primary");
		schema_key(r, schema, primary, 'p', schema->primary);
		gw_reader_leave(r, inner);
	}
	schema_key_list(r, schema, keys, "unique", &schema->unique, &schema->nunique);
	schema_key_list(r, schema, keys, "foreign", &schema->foreign, &schema->nforeign);
	schema_key_list(r, schema, keys, "check", &schema->check, &schema->ncheck);
	gw_reader_leave(r, mark);
}

static void
schema_rest(GwReader *r, JsonbValue *root, GwSchema *schema)
{
	JsonbValue *layout, *options, *stats, *notices;
	int mark;

	(void) gw_reader_text(r, root, "comment", &schema->comment);
	(void) gw_reader_text(r, root, "captured_at", &schema->captured_at);
	if (gw_reader_object(r, root, "layout", &layout) && layout != NULL)
		schema->layout = gw_json_document(layout);
	if (gw_reader_object(r, root, "options", &options) && options != NULL)
		schema->options = gw_json_document(options);
	if (gw_reader_array(r, root, "notices", &notices) && notices != NULL)
		schema->notices = gw_json_document(notices);
	if (gw_reader_object(r, root, "stats", &stats) && stats != NULL)
	{
		mark = gw_reader_enter(r, "stats");
		(void) (gw_reader_int(r, stats, "rows", &schema->rows) &&
				gw_reader_int(r, stats, "bytes", &schema->bytes) &&
				gw_reader_bool(r, stats, "approximate", &schema->approximate));
		gw_reader_leave(r, mark);
	}
	schema->extra = gw_reader_extra(root, SCHEMA_MEMBERS);
}

static GwSchema *
schema_read(GwReader *r, Jsonb *doc)
{
	JsonbValue *root = gw_json_root(doc);
	GwSchema *schema = palloc0(sizeof(GwSchema));
	int64 version = 1;

	schema->rows = schema->bytes = GW_ABSENT;
	schema->approximate = true;
	if (!gw_json_is_object(root))
	{
		(void) gw_reader_fault(r, NULL, "wrong_kind",
							   "a schema is an object with \"columns\", found %s",
							   gw_json_kind(root));
		return schema;
	}
	if (gw_reader_int(r, root, "wgw", &version) && version != 1)
		(void) gw_reader_fault(r, "wgw", "version", "this is version " INT64_FORMAT
							   ", known is version 1", version);
	(void) schema_source(r, root, schema);
	schema_columns(r, root, schema);
	schema_keys(r, root, schema);
	schema_rest(r, root, schema);
	return schema;
}

/* The first problem as an error value. */
static GwStatus
schema_fail(const GwReader *r, GwError *err)
{
	const GwSchemaProblem *problem = linitial(r->problems);

	gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE, "%s: %s", problem->path,
				 problem->message);
	if (list_length(r->problems) > 1)
		gw_error_detail(err, "The document has %d faults; gw.validate_schema() lists them.",
						list_length(r->problems));
	if (problem->hint != NULL)
		gw_error_hint(err, "%s", problem->hint);
	return GW_FAILED;
}

GwStatus
gw_schema_read(Jsonb *doc, GwSchema **schema, GwError *err)
{
	GwReader r;

	gw_error_clear(err);
	gw_reader_init(&r);
	*schema = schema_read(&r, doc);
	return r.problems == NIL ? GW_OK : schema_fail(&r, err);
}

List *
gw_schema_problems(Jsonb *doc)
{
	GwReader r;

	gw_reader_init(&r);
	(void) schema_read(&r, doc);
	return r.problems;
}

GwStatus
gw_schema_read_column(Jsonb *doc, GwColumn *column, GwError *err)
{
	GwReader r;

	gw_error_clear(err);
	gw_reader_init(&r);
	memset(column, 0, sizeof(*column));
	(void) gw_reader_column(&r, gw_json_root(doc), false, column);
	return r.problems == NIL ? GW_OK : schema_fail(&r, err);
}

const GwColumn *
gw_schema_column(const GwSchema *schema, const char *name)
{
	int i;

	for (i = 0; i < schema->ncolumns; i++)
		if (strcmp(schema->columns[i].name, name) == 0)
			return &schema->columns[i];
	return NULL;
}
