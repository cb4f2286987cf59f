/*
 * gw_schema_write.c
 *	  A canonical schema as its normalised JSON document.
 *
 * Absent members are left out (null means the same), types are written as a
 * bare name with siblings, unknown members come back as they were read.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "schema/gw_schema.h"

static void schema_write_column(GwJsonBuilder *b, const GwColumn *column);

static void
schema_write_names(GwJsonBuilder *b, const char *key, const char **names, int n)
{
	int i;

	gw_json_key(b, key);
	gw_json_begin_array(b);
	for (i = 0; i < n; i++)
		gw_json_add_text(b, names[i]);
	gw_json_end_array(b);
}

static void
schema_put_number(GwJsonBuilder *b, const char *key, int64 number)
{
	if (number != GW_ABSENT)
		gw_json_put_int(b, key, number);
}

static void
schema_put_part(GwJsonBuilder *b, const char *key, const GwColumn *part)
{
	if (part == NULL)
		return;
	gw_json_key(b, key);
	schema_write_column(b, part);
}

static void
schema_write_type(GwJsonBuilder *b, const GwType *type)
{
	int i;

	gw_json_put_text(b, "type", gw_type_name(type->id));
	schema_put_number(b, "length", type->length);
	gw_json_put_text(b, "length_unit", type->length_unit);
	schema_put_number(b, "precision", type->precision);
	if (type->has_scale)
		gw_json_put_int(b, "scale", type->scale);
	schema_put_number(b, "fraction", type->fraction);
	schema_put_number(b, "dimensions", type->dimensions);
	schema_put_number(b, "srid", type->srid);
	schema_put_part(b, "element", type->element);
	schema_put_part(b, "key", type->key);
	schema_put_part(b, "value", type->value);
	if (type->nvalues > 0)
		schema_write_names(b, "values", type->values, type->nvalues);
	if (type->nfields == 0)
		return;
	gw_json_key(b, "fields");
	gw_json_begin_array(b);
	for (i = 0; i < type->nfields; i++)
		schema_write_column(b, &type->fields[i]);
	gw_json_end_array(b);
}

static void
schema_write_default(GwJsonBuilder *b, const GwColumn *column)
{
	static const char *const kinds[] = {NULL, "literal", "expression", "sequence", "null"};

	if (column->default_kind == GW_DEFAULT_NONE)
		return;
	gw_json_key(b, "default");
	gw_json_begin_object(b);
	gw_json_put_text(b, "kind", kinds[column->default_kind]);
	gw_json_put_doc(b, "value", column->default_value);
	gw_json_put_text(b, "sql", column->default_sql);
	gw_json_put_text(b, "dialect", column->default_dialect);
	gw_json_end_object(b);
}

static void
schema_write_generation(GwJsonBuilder *b, const GwColumn *column)
{
	if (column->identity_mode != NULL)
	{
		gw_json_key(b, "identity");
		gw_json_begin_object(b);
		gw_json_put_text(b, "mode", column->identity_mode);
		gw_json_put_int(b, "start", column->identity_start);
		gw_json_put_int(b, "increment", column->identity_increment);
		gw_json_end_object(b);
	}
	if (column->generated_sql != NULL)
	{
		gw_json_key(b, "generated");
		gw_json_begin_object(b);
		gw_json_put_text(b, "sql", column->generated_sql);
		gw_json_put_text(b, "dialect", column->generated_dialect);
		gw_json_put_bool(b, "stored", column->generated_stored);
		gw_json_end_object(b);
	}
}

static void
schema_write_extra_pair(char *key, JsonbValue *value, void *arg)
{
	gw_json_put_value(arg, key, value);
}

static void
schema_write_extra(GwJsonBuilder *b, Jsonb *extra)
{
	if (extra != NULL)
		gw_json_each(gw_json_root(extra), schema_write_extra_pair, b);
}

static void
schema_write_column(GwJsonBuilder *b, const GwColumn *column)
{
	gw_json_begin_object(b);
	gw_json_put_text(b, "name", column->name);
	schema_write_type(b, &column->type);
	gw_json_put_bool(b, "nullable", column->nullable);
	if (column->ordinal > 0)
		gw_json_put_int(b, "ordinal", column->ordinal);
	schema_write_default(b, column);
	schema_write_generation(b, column);
	gw_json_put_text(b, "collation", column->collation);
	gw_json_put_text(b, "charset", column->charset);
	gw_json_put_text(b, "comment", column->comment);
	gw_json_put_text(b, "native_type", column->native_type);
	gw_json_put_doc(b, "native", column->native);
	gw_json_put_text(b, "id", column->id);
	if (column->nlossy > 0)
		schema_write_names(b, "lossy", column->lossy, column->nlossy);
	schema_write_extra(b, column->extra);
	gw_json_end_object(b);
}

static void
schema_write_key(GwJsonBuilder *b, const GwKey *key, char kind)
{
	gw_json_begin_object(b);
	gw_json_put_text(b, "name", key->name);
	if (kind != 'c')
		schema_write_names(b, "columns", key->columns, key->ncolumns);
	if (kind == 'f')
	{
		gw_json_key(b, "ref");
		gw_json_begin_object(b);
		gw_json_put_text(b, "database", key->ref_database);
		gw_json_put_text(b, "schema", key->ref_schema);
		gw_json_put_text(b, "table", key->ref_table);
		if (key->nref_columns > 0)
			schema_write_names(b, "columns", key->ref_columns, key->nref_columns);
		gw_json_end_object(b);
		gw_json_put_text(b, "on_delete", key->on_delete);
		gw_json_put_text(b, "on_update", key->on_update);
	}
	gw_json_put_text(b, "sql", key->sql);
	gw_json_put_text(b, "dialect", key->dialect);
	gw_json_put_bool(b, "enforced", key->enforced);
	gw_json_end_object(b);
}

static void
schema_write_key_list(GwJsonBuilder *b, const char *member, const GwKey *keys, int n)
{
	int i;

	if (n == 0)
		return;
	gw_json_key(b, member);
	gw_json_begin_array(b);
	for (i = 0; i < n; i++)
		schema_write_key(b, &keys[i], member[0]);
	gw_json_end_array(b);
}

static void
schema_write_keys(GwJsonBuilder *b, const GwSchema *schema)
{
	if (schema->primary == NULL && schema->nunique + schema->nforeign + schema->ncheck == 0)
		return;
	gw_json_key(b, "keys");
	gw_json_begin_object(b);
	if (schema->primary != NULL)
	{
		gw_json_key(b, "primary");
		schema_write_key(b, schema->primary, 'p');
	}
	schema_write_key_list(b, "unique", schema->unique, schema->nunique);
	schema_write_key_list(b, "foreign", schema->foreign, schema->nforeign);
	schema_write_key_list(b, "check", schema->check, schema->ncheck);
	gw_json_end_object(b);
}

Jsonb *
gw_schema_write_key(const GwKey *key, char kind)
{
	GwJsonBuilder b = {NULL, NULL};

	schema_write_key(&b, key, kind);
	return gw_json_finish(&b);
}

static void
schema_write_source(GwJsonBuilder *b, const GwSchema *schema)
{
	if (schema->platform == NULL && schema->connection == NULL && schema->database == NULL &&
		schema->schema == NULL && schema->table == NULL && schema->kind == NULL &&
		schema->engine_version == NULL)
		return;
	gw_json_key(b, "source");
	gw_json_begin_object(b);
	gw_json_put_text(b, "platform", schema->platform);
	gw_json_put_text(b, "connection", schema->connection);
	gw_json_put_text(b, "database", schema->database);
	gw_json_put_text(b, "schema", schema->schema);
	gw_json_put_text(b, "table", schema->table);
	gw_json_put_text(b, "kind", schema->kind);
	gw_json_put_text(b, "engine_version", schema->engine_version);
	gw_json_end_object(b);
}

Jsonb *
gw_schema_write_column(const GwColumn *column)
{
	GwJsonBuilder b = {NULL, NULL};

	schema_write_column(&b, column);
	return gw_json_finish(&b);
}

Jsonb *
gw_schema_write(const GwSchema *schema)
{
	GwJsonBuilder b = {NULL, NULL};
	int i;

	gw_json_begin_object(&b);
	gw_json_put_int(&b, "wgw", 1);
	schema_write_source(&b, schema);
	gw_json_put_text(&b, "captured_at", schema->captured_at);
	gw_json_put_text(&b, "fingerprint", gw_schema_fingerprint(schema));
	gw_json_put_text(&b, "comment", schema->comment);
	gw_json_key(&b, "columns");
	gw_json_begin_array(&b);
	for (i = 0; i < schema->ncolumns; i++)
		schema_write_column(&b, &schema->columns[i]);
	gw_json_end_array(&b);
	schema_write_keys(&b, schema);
	gw_json_put_doc(&b, "layout", schema->layout);
	gw_json_put_doc(&b, "options", schema->options);
	if (schema->rows != GW_ABSENT || schema->bytes != GW_ABSENT)
	{
		gw_json_key(&b, "stats");
		gw_json_begin_object(&b);
		schema_put_number(&b, "rows", schema->rows);
		schema_put_number(&b, "bytes", schema->bytes);
		gw_json_put_bool(&b, "approximate", schema->approximate);
		gw_json_end_object(&b);
	}
	gw_json_put_doc(&b, "notices", schema->notices);
	schema_write_extra(&b, schema->extra);
	gw_json_end_object(&b);
	return gw_json_finish(&b);
}
