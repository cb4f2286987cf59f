/*
 * gw_catalog_postgres.c
 *	  From a DESCRIBE document of PostgreSQL's catalogs to a canonical schema.
 *
 * The document comes from another server: whatever it lacks is absent, and
 * whatever it nests too deep becomes OPAQUE; nothing in it is trusted to be
 * SQL.  The schema lives in the caller's context.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "dialect/gw_catalog_postgres.h"
#include "dialect/gw_typemap_postgres.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/* Nesting of composites, arrays and ranges we follow. */
#define CATALOG_MAX_DEPTH 15

typedef struct CatalogReader
{
	JsonbValue *types;
	JsonbValue *collations;
	int depth;
} CatalogReader;

/* What is known of a column beside its canonical type: its "native" member. */
typedef struct CatalogNative
{
	const char *udt_schema, *udt_name; /* when the canonical type is not enough */
	const char *domain_schema, *domain_name;
	bool domain_not_null;
	GwJsonBuilder checks; /* of every level of the domain */
	int nchecks;
} CatalogNative;

static void catalog_type(CatalogReader *r, const char *oid, int32 typmod, int dims,
						 const char *suffix, GwColumn *column, CatalogNative *native);

/* ---------- names ---------- */

static const char *
catalog_qualified(const JsonbValue *type)
{
	const char *schema = gw_json_get_text(type, "schema");
	const char *name = gw_json_get_text(type, "name");

	return quote_qualified_identifier(schema ? schema : "", name ? name : "");
}

static char *
catalog_strip_brackets(const char *text)
{
	int len = strlen(text);

	while (len > 2 && strcmp(text + len - 2, "[]") == 0)
		text = pnstrdup(text, len -= 2);
	return pstrdup(text);
}

/* What format_type() adds for the modifier: it may stand before the "[]". */
static const char *
catalog_suffix(const char *native, const char *plain)
{
	char *full = catalog_strip_brackets(native);
	char *bare = catalog_strip_brackets(plain);
	size_t len = strlen(bare);

	return strncmp(full, bare, len) == 0 ? full + len : "";
}

/*
 * The exact type, always with the schema of a type that is not built in: what
 * format_type() prints depends on the search_path.
 */
static const char *
catalog_native_type(CatalogReader *r, const char *oid, const char *native, const char *plain)
{
	JsonbValue *type = gw_json_get(r->types, oid);
	const char *schema = gw_json_get_text(type, "schema");
	const char *element = gw_json_get_text(type, "element");
	const char *brackets = "";

	if (schema == NULL || strcmp(schema, "pg_catalog") == 0)
		return strncmp(native, "pg_catalog.", 11) == 0 ? native + 11 : native;
	if (element != NULL && gw_json_get(r->types, element) != NULL)
	{
		type = gw_json_get(r->types, element);
		brackets = "[]";
	}
	return psprintf("%s%s%s", catalog_qualified(type), catalog_suffix(native, plain), brackets);
}

/* ---------- types ---------- */

static void
catalog_domain_checks(CatalogNative *native, JsonbValue *type)
{
	JsonbValue *checks = gw_json_get(type, "checks");
	int i;

	for (i = 0; i < gw_json_length(checks); i++)
	{
		if (native->nchecks++ == 0)
			gw_json_begin_array(&native->checks);
		gw_json_add_value(&native->checks, gw_json_item(checks, i));
	}
}

/* A column-like object of the document: an attribute of a composite type. */
static void
catalog_attribute(CatalogReader *r, const JsonbValue *value, GwColumn *column,
				  CatalogNative *native)
{
	const char *oid = gw_json_get_text(value, "type");
	const char *text = gw_json_get_text(value, "native");
	const char *plain = gw_json_get_text(value, "plain");

	column->name = gw_json_get_text(value, "name");
	column->nullable = !gw_json_get_bool(value, "notnull", false);
	column->comment = gw_json_get_text(value, "comment");
	column->id = psprintf(INT64_FORMAT, gw_json_get_int(value, "num", 0));
	text = text ? text : "";
	plain = plain ? plain : "";
	column->native_type = catalog_native_type(r, oid ? oid : "", text, plain);
	catalog_type(r, oid ? oid : "", gw_json_get_int(value, "typmod", -1),
				 gw_json_get_int(value, "dims", 0), catalog_suffix(text, plain), column, native);
}

/* The "native" member; NULL when there is nothing to say. */
static Jsonb *
catalog_native(CatalogReader *r, CatalogNative *native, const char *collation)
{
	JsonbValue *facts = collation == NULL ? NULL : gw_json_get(r->collations, collation);
	GwJsonBuilder b = {NULL, NULL};

	if (native->udt_name == NULL && native->domain_name == NULL && facts == NULL)
		return NULL;
	gw_json_begin_object(&b);
	gw_json_put_text(&b, "udt_schema", native->udt_schema);
	gw_json_put_text(&b, "udt_name", native->udt_name);
	if (native->domain_name != NULL)
	{
		gw_json_key(&b, "domain");
		gw_json_begin_object(&b);
		gw_json_put_text(&b, "schema", native->domain_schema);
		gw_json_put_text(&b, "name", native->domain_name);
		gw_json_put_bool(&b, "not_null", native->domain_not_null);
		if (native->nchecks > 0)
		{
			gw_json_end_array(&native->checks);
			gw_json_put_doc(&b, "checks", gw_json_finish(&native->checks));
		}
		gw_json_end_object(&b);
	}
	gw_json_put_value(&b, "collation", facts);
	gw_json_end_object(&b);
	return gw_json_finish(&b);
}

/* The nameless column of an array's element or a range's bound. */
static GwColumn *
catalog_part(CatalogReader *r, const char *oid, int32 typmod, const char *suffix)
{
	JsonbValue *type = gw_json_get(r->types, oid);
	GwColumn *part = palloc0(sizeof(GwColumn));
	CatalogNative native;

	memset(&native, 0, sizeof(native));
	part->nullable = true;
	catalog_type(r, oid, typmod, 0, suffix, part, &native);
	part->native = catalog_native(r, &native, NULL);
	if (native.udt_name != NULL || native.domain_name != NULL)
		part->native_type = psprintf("%s%s", catalog_qualified(type), suffix);
	return part;
}

static void
catalog_struct(CatalogReader *r, JsonbValue *fields, GwType *type)
{
	int n = gw_json_length(fields);
	int i;

	type->fields = palloc0(n * sizeof(GwColumn));
	type->nfields = n;
	for (i = 0; i < n; i++)
	{
		CatalogNative native;

		memset(&native, 0, sizeof(native));
		catalog_attribute(r, gw_json_item(fields, i), &type->fields[i], &native);
		type->fields[i].ordinal = i + 1;
		type->fields[i].native = catalog_native(r, &native, NULL);
	}
}

static void
catalog_labels(JsonbValue *labels, GwType *type)
{
	int n = gw_json_length(labels);
	int i;

	type->values = palloc0(n * sizeof(char *));
	type->nvalues = n;
	for (i = 0; i < n; i++)
	{
		char *label = NULL;

		(void) gw_json_text(gw_json_item(labels, i), &label);
		type->values[i] = label ? label : "";
	}
}

/* A type that is not a domain. */
static void
catalog_plain_type(CatalogReader *r, JsonbValue *entry, int32 typmod, int dims,
				   const char *suffix, GwColumn *column, CatalogNative *native)
{
	const char *schema = gw_json_get_text(entry, "schema");
	const char *name = gw_json_get_text(entry, "name");
	const char *kind = gw_json_get_text(entry, "type");
	const char *element = gw_json_get_text(entry, "element");
	const char *subtype = gw_json_get_text(entry, "subtype");
	bool builtin = schema != NULL && strcmp(schema, "pg_catalog") == 0;
	bool exact = false;

	native->udt_schema = schema;
	native->udt_name = name;
	column->type = gw_type_make(GW_TYPE_OPAQUE);
	if (schema == NULL || name == NULL || kind == NULL || r->depth > CATALOG_MAX_DEPTH)
		return;

	if (element != NULL && !(builtin && (strcmp(name, "int2vector") == 0 ||
										 strcmp(name, "oidvector") == 0)))
	{
		column->type = gw_type_make(GW_TYPE_ARRAY);
		column->type.element = catalog_part(r, element, typmod, suffix);
		if (dims > 1)
			column->type.dimensions = dims;
		exact = true;
	}
	else if (kind[0] == 'e' && gw_json_length(gw_json_get(entry, "labels")) > 0)
	{
		column->type = gw_type_make(GW_TYPE_ENUM);
		catalog_labels(gw_json_get(entry, "labels"), &column->type);
	}
	else if (kind[0] == 'c' && gw_json_length(gw_json_get(entry, "fields")) > 0)
	{
		column->type = gw_type_make(GW_TYPE_STRUCT);
		catalog_struct(r, gw_json_get(entry, "fields"), &column->type);
	}
	else if (kind[0] == 'r' && subtype != NULL)
	{
		column->type = gw_type_make(GW_TYPE_RANGE);
		column->type.element = catalog_part(r, subtype, -1, "");
	}
	else if (kind[0] == 'b')
		column->type = gw_typemap_postgres(schema, name, typmod, suffix, &exact);
	if (exact)
		native->udt_schema = native->udt_name = NULL;
}

/* Any type: domains are followed to what they stand for. */
static void
catalog_type(CatalogReader *r, const char *oid, int32 typmod, int dims, const char *suffix,
			 GwColumn *column, CatalogNative *native)
{
	JsonbValue *entry = gw_json_get(r->types, oid);
	const char *base;
	int levels = 0;

	while ((base = gw_json_get_text(entry, "base")) != NULL && levels++ < CATALOG_MAX_DEPTH)
	{
		const char *text = gw_json_get_text(entry, "native");
		const char *plain = gw_json_get_text(entry, "plain");

		if (native->domain_name == NULL)
		{
			native->domain_schema = gw_json_get_text(entry, "schema");
			native->domain_name = gw_json_get_text(entry, "name");
		}
		native->domain_not_null |= gw_json_get_bool(entry, "notnull", false);
		catalog_domain_checks(native, entry);
		typmod = gw_json_get_int(entry, "typmod", -1);
		dims = gw_json_get_int(entry, "dims", 0);
		suffix = text != NULL && plain != NULL ? catalog_suffix(text, plain) : "";
		entry = gw_json_get(r->types, base);
	}
	r->depth++;
	catalog_plain_type(r, entry, typmod, dims, suffix, column, native);
	r->depth--;
}

/* ---------- columns ---------- */

/* Is it one quoted string and a cast to end with, such as 'a''b'::text? */
static bool
catalog_quoted_literal(const char *sql, char **value)
{
	StringInfoData buf;
	const char *c = sql;

	if (*c++ != '\'')
		return false;
	initStringInfo(&buf);
	for (; *c; c++)
	{
		if (*c == '\'' && *++c != '\'')
			break;
		appendStringInfoChar(&buf, *c);
	}
	if (strncmp(c, "::", 2) != 0 || strpbrk(c + 2, "'+*/|&<>=~!@#%^`?-:") != NULL ||
		strstr(c, " COLLATE ") != NULL)
		return false; /* more than a cast follows */
	*value = buf.data;
	return true;
}

static bool
catalog_is_number(const char *text)
{
	size_t digits, rest;

	text += *text == '-';
	digits = strspn(text, "0123456789");
	text += digits;
	rest = *text == '.' ? strspn(text + 1, "0123456789") : 0;
	return digits > 0 && text[rest > 0 ? rest + 1 : 0] == '\0';
}

static bool
catalog_is_numeric(GwTypeId id)
{
	return (id >= GW_TYPE_INT8 && id <= GW_TYPE_NUMERIC);
}

static Jsonb *
catalog_json_text(const char *text)
{
	JsonbValue value;

	value.type = jbvString;
	value.val.string.val = pstrdup(text);
	value.val.string.len = strlen(text);
	return JsonbValueToJsonb(&value);
}

void
gw_catalog_postgres_default(GwColumn *column, const char *sql, const char *dialect)
{
	char *text = NULL;

	column->default_sql = sql;
	column->default_dialect = dialect;
	column->default_kind = GW_DEFAULT_EXPRESSION;
	if (strncmp(sql, "nextval(", 8) == 0)
		column->default_kind = GW_DEFAULT_SEQUENCE;
	else if (strcmp(sql, "NULL") == 0 || strncmp(sql, "NULL::", 6) == 0)
		column->default_kind = GW_DEFAULT_NULL;
	else if (strcmp(sql, "true") == 0 || strcmp(sql, "false") == 0 || catalog_is_number(sql))
		column->default_value = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
																   CStringGetDatum(sql)));
	else if (catalog_quoted_literal(sql, &text))
	{
		if (catalog_is_numeric(column->type.id) && catalog_is_number(text))
			column->default_value = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
																	   CStringGetDatum(text)));
		else
			column->default_value = catalog_json_text(text);
	}
	if (column->default_value != NULL)
		column->default_kind = GW_DEFAULT_LITERAL;
}

static void
catalog_column(CatalogReader *r, const JsonbValue *value, GwColumn *column)
{
	const char *identity = gw_json_get_text(value, "identity");
	const char *generated = gw_json_get_text(value, "generated");
	const char *collation = gw_json_get_text(value, "collation");
	const char *oid = gw_json_get_text(value, "type");
	const char *sql = gw_json_get_text(value, "default");
	const char *own = gw_json_get_text(gw_json_get(r->types, oid ? oid : ""), "collation");
	CatalogNative native;

	memset(&native, 0, sizeof(native));
	catalog_attribute(r, value, column, &native);
	column->native = catalog_native(r, &native, collation);
	if (collation != NULL && own != NULL && strcmp(collation, own) != 0)
		column->collation = gw_json_get_text(gw_json_get(r->collations, collation), "name");

	if (identity != NULL && identity[0] != '\0')
	{
		column->identity_mode = identity[0] == 'a' ? "always" : "by_default";
		column->identity_start = gw_json_get_int(value, "start", 1);
		column->identity_increment = gw_json_get_int(value, "increment", 1);
	}
	if (sql != NULL && generated != NULL && generated[0] != '\0')
	{
		column->generated_sql = sql;
		column->generated_dialect = "postgres";
		column->generated_stored = generated[0] == 's';
	}
	else if (sql != NULL)
		gw_catalog_postgres_default(column, sql, "postgres");
}

/* ---------- keys and layout ---------- */

static void
catalog_names(const JsonbValue *array, const char ***names, int *n)
{
	int i;

	*n = gw_json_length(array);
	*names = palloc0(Max(*n, 1) * sizeof(char *));
	for (i = 0; i < *n; i++)
	{
		char *name = NULL;

		(void) gw_json_text(gw_json_item(array, i), &name);
		(*names)[i] = name ? name : "";
	}
}

static const char *
catalog_action(const JsonbValue *value, const char *member)
{
	const char *code = gw_json_get_text(value, member);

	switch (code ? code[0] : ' ')
	{
		case 'r':
			return "restrict";
		case 'c':
			return "cascade";
		case 'n':
			return "set null";
		case 'd':
			return "set default";
		default:
			return NULL; /* no action */
	}
}

static void
catalog_keys(const JsonbValue *constraints, GwSchema *schema)
{
	int n = gw_json_length(constraints);
	int i;

	schema->unique = palloc0(Max(n, 1) * sizeof(GwKey));
	schema->foreign = palloc0(Max(n, 1) * sizeof(GwKey));
	schema->check = palloc0(Max(n, 1) * sizeof(GwKey));
	for (i = 0; i < n; i++)
	{
		const JsonbValue *value = gw_json_item(constraints, i);
		const char *type = gw_json_get_text(value, "type");
		GwKey *key;

		switch (type ? type[0] : ' ')
		{
			case 'p':
				key = schema->primary = palloc0(sizeof(GwKey));
				break;
			case 'u':
				key = &schema->unique[schema->nunique++];
				break;
			case 'f':
				key = &schema->foreign[schema->nforeign++];
				key->ref_schema = gw_json_get_text(value, "ref_schema");
				key->ref_table = gw_json_get_text(value, "ref_table");
				catalog_names(gw_json_get(value, "ref_columns"), &key->ref_columns,
							  &key->nref_columns);
				key->on_delete = catalog_action(value, "on_delete");
				key->on_update = catalog_action(value, "on_update");
				break;
			case 'c':
				key = &schema->check[schema->ncheck++];
				key->sql = gw_json_get_text(value, "sql");
				key->dialect = "postgres";
				break;
			default:
				continue;
		}
		key->name = gw_json_get_text(value, "name");
		key->enforced = gw_json_get_bool(value, "enforced", false);
		catalog_names(gw_json_get(value, "columns"), &key->columns, &key->ncolumns);
	}
}

static void
catalog_partition(GwJsonBuilder *b, const JsonbValue *partition)
{
	const char *strategy = gw_json_get_text(partition, "strategy");
	JsonbValue *columns = gw_json_get(partition, "columns");
	bool expression = false;
	int i;

	gw_json_key(b, "partition");
	gw_json_begin_object(b);
	gw_json_put_text(b, "kind", strategy == NULL		? NULL
								: strategy[0] == 'r' ? "range"
								: strategy[0] == 'l' ? "list"
													 : "hash");
	gw_json_key(b, "columns");
	gw_json_begin_array(b);
	for (i = 0; i < gw_json_length(columns); i++)
	{
		JsonbValue *item = gw_json_item(columns, i);

		if (item->type == jbvString)
			gw_json_add_value(b, item);
		else
			expression = true;
	}
	gw_json_end_array(b);
	if (expression)
	{
		gw_json_key(b, "expr");
		gw_json_begin_object(b);
		gw_json_put_value(b, "sql", gw_json_get(partition, "definition"));
		gw_json_put_text(b, "dialect", "postgres");
		gw_json_end_object(b);
	}
	gw_json_end_object(b);
}

static Jsonb *
catalog_layout(const JsonbValue *root)
{
	JsonbValue *partition = gw_json_get(root, "partition");
	JsonbValue *parent = gw_json_get(root, "partition_of");
	GwJsonBuilder b = {NULL, NULL};

	if (partition == NULL && parent == NULL)
		return NULL;
	gw_json_begin_object(&b);
	if (partition != NULL)
		catalog_partition(&b, partition);
	gw_json_put_value(&b, "partition_of", parent);
	gw_json_end_object(&b);
	return gw_json_finish(&b);
}

static Jsonb *
catalog_notices(const JsonbValue *root)
{
	GwJsonBuilder b = {NULL, NULL};

	if (gw_json_get_bool(root, "readable", true))
		return NULL;
	gw_json_begin_array(&b);
	gw_json_begin_object(&b);
	gw_json_put_text(&b, "code", "not_readable");
	gw_json_put_text(&b, "message", "The role has no SELECT privilege on any column.");
	gw_json_end_object(&b);
	gw_json_end_array(&b);
	return gw_json_finish(&b);
}

static const char *
catalog_kind(const JsonbValue *root)
{
	const char *kind = gw_json_get_text(root, "kind");
	const char *persistence = gw_json_get_text(root, "persistence");

	if (persistence != NULL && persistence[0] == 't')
		return "temporary";
	switch (kind ? kind[0] : 'r')
	{
		case 'v':
			return "view";
		case 'm':
			return "materialized_view";
		case 'f':
			return "foreign";
		default:
			return "table";
	}
}

GwStatus
gw_catalog_postgres_read(const char *document, GwSchema **result, GwError *err)
{
	Jsonb *doc = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(document)));
	JsonbValue *root = gw_json_root(doc);
	JsonbValue *columns = gw_json_get(root, "columns");
	GwSchema *schema = palloc0(sizeof(GwSchema));
	CatalogReader r;
	int i;

	gw_error_clear(err);
	if (!gw_json_is_object(root))
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_INTERNAL_ERROR,
							"a table's description is not an object");
	memset(&r, 0, sizeof(r));
	r.types = gw_json_get(root, "types");
	r.collations = gw_json_get(root, "collations");

	schema->database = gw_json_get_text(root, "database");
	schema->schema = gw_json_get_text(root, "schema");
	schema->table = gw_json_get_text(root, "table");
	schema->engine_version = gw_json_get_text(root, "version");
	schema->captured_at = gw_json_get_text(root, "captured_at");
	schema->comment = gw_json_get_text(root, "comment");
	schema->kind = catalog_kind(root);
	schema->rows = gw_json_get_int(root, "rows", GW_ABSENT);
	schema->bytes = gw_json_get_int(root, "bytes", GW_ABSENT);
	schema->approximate = true;
	schema->layout = catalog_layout(root);
	schema->notices = catalog_notices(root);

	schema->ncolumns = gw_json_length(columns);
	schema->columns = palloc0(Max(schema->ncolumns, 1) * sizeof(GwColumn));
	for (i = 0; i < schema->ncolumns; i++)
	{
		catalog_column(&r, gw_json_item(columns, i), &schema->columns[i]);
		schema->columns[i].ordinal = i + 1;
		if (schema->columns[i].name == NULL)
			return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_INTERNAL_ERROR,
								"a table's description has a column without a name");
	}
	catalog_keys(gw_json_get(root, "constraints"), schema);
	*result = schema;
	return GW_OK;
}
