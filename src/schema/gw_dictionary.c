/*
 * gw_dictionary.c
 *	  A canonical schema as a data dictionary in Markdown, CSV or JSON.
 *
 * The three formats hold the same entries.  Everything is palloc'd.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "miscadmin.h"
#include "schema/gw_dictionary.h"
#include "utils/builtins.h"

#define DICTIONARY_COLUMNS 9

static const char *const dictionary_titles[DICTIONARY_COLUMNS] = {
	"column", "type", "nullable", "key", "default", "description", "native_type", "pii", "tags"
};

typedef struct DictionaryWriter
{
	const GwSchema *schema;
	char format; /* 'm', 'c', 'j' */
	StringInfoData text;
	GwJsonBuilder json;
} DictionaryWriter;

/* ---------- what an entry says ---------- */

static bool
dictionary_in_key(const GwKey *key, const char *name)
{
	for (int i = 0; i < key->ncolumns; i++)
		if (strcmp(key->columns[i], name) == 0)
			return true;
	return false;
}

static void
dictionary_add(StringInfo list, const char *word)
{
	appendStringInfo(list, "%s%s", list->len ? ", " : "", word);
}

static const char *
dictionary_keys(const GwSchema *schema, const char *name)
{
	StringInfoData list;

	initStringInfo(&list);
	if (schema->primary != NULL && dictionary_in_key(schema->primary, name))
		dictionary_add(&list, "primary");
	for (int i = 0; i < schema->nunique; i++)
		if (dictionary_in_key(&schema->unique[i], name))
			dictionary_add(&list, "unique");
	for (int i = 0; i < schema->nforeign; i++)
	{
		const GwKey *key = &schema->foreign[i];

		for (int j = 0; j < key->ncolumns && j < key->nref_columns; j++)
			if (strcmp(key->columns[j], name) == 0)
				dictionary_add(&list, psprintf("references %s%s%s (%s)",
											   key->ref_schema ? key->ref_schema : "",
											   key->ref_schema ? "." : "", key->ref_table,
											   key->ref_columns[j]));
	}
	return list.data;
}

static const char *
dictionary_default(const GwColumn *column)
{
	if (column->identity_mode != NULL)
		return psprintf("identity %s", column->identity_mode);
	if (column->generated_sql != NULL)
		return psprintf("generated: %s", column->generated_sql);
	if (column->default_kind == GW_DEFAULT_NULL)
		return "null";
	if (column->default_kind == GW_DEFAULT_LITERAL && column->default_value != NULL)
		return JsonbToCString(NULL, &column->default_value->root,
							  VARSIZE(column->default_value));
	return column->default_sql ? column->default_sql : "";
}

static const char *
dictionary_tags(const GwColumn *column)
{
	JsonbValue *tags = column->extra ? gw_json_get(gw_json_root(column->extra), "tags") : NULL;
	StringInfoData list;
	char *tag;

	initStringInfo(&list);
	for (int i = 0; i < gw_json_length(tags); i++)
		if (gw_json_text(gw_json_item(tags, i), &tag))
			dictionary_add(&list, tag);
	return list.data;
}

static bool
dictionary_pii(const GwColumn *column)
{
	return column->extra != NULL &&
		gw_json_get_bool(gw_json_root(column->extra), "pii", false);
}

/* ---------- how it is written ---------- */

/* A cell of a Markdown table: nothing in it ends the cell or starts markup. */
static void
dictionary_markdown(StringInfo text, const char *value)
{
	for (; *value != '\0'; value++)
	{
		if (*value == '\n' || *value == '\r')
			appendStringInfoChar(text, ' ');
		else
		{
			if (strchr("|\\`*_<>[]", *value) != NULL)
				appendStringInfoChar(text, '\\');
			appendStringInfoChar(text, *value);
		}
	}
}

static void
dictionary_csv(StringInfo text, const char *value)
{
	if (strpbrk(value, ",\"\r\n") == NULL)
	{
		appendStringInfoString(text, value);
		return;
	}
	appendStringInfoChar(text, '"');
	for (; *value != '\0'; value++)
	{
		if (*value == '"')
			appendStringInfoChar(text, '"');
		appendStringInfoChar(text, *value);
	}
	appendStringInfoChar(text, '"');
}

static void
dictionary_line(DictionaryWriter *w, const char *const *values)
{
	if (w->format == 'j')
	{
		gw_json_begin_object(&w->json);
		for (int i = 0; i < DICTIONARY_COLUMNS; i++)
			gw_json_put_text(&w->json, dictionary_titles[i], values[i][0] ? values[i] : NULL);
		gw_json_end_object(&w->json);
		return;
	}
	for (int i = 0; i < DICTIONARY_COLUMNS; i++)
	{
		appendStringInfoString(&w->text, w->format == 'm' ? (i ? " | " : "| ") : i ? "," : "");
		if (w->format == 'm')
			dictionary_markdown(&w->text, values[i]);
		else
			dictionary_csv(&w->text, values[i]);
	}
	appendStringInfoString(&w->text, w->format == 'm' ? " |\n" : "\n");
}

/* The fields a type has within arrays and maps, for lines of their own. */
static void
dictionary_column(DictionaryWriter *w, const GwColumn *column, const char *path, bool top)
{
	const char *values[DICTIONARY_COLUMNS];
	const GwType *type = &column->type;
	StringInfoData inner;

	check_stack_depth();
	values[0] = path;
	values[1] = gw_type_text(type);
	values[2] = column->nullable ? "yes" : "no";
	values[3] = top ? dictionary_keys(w->schema, column->name) : "";
	values[4] = dictionary_default(column);
	values[5] = column->comment ? column->comment : "";
	values[6] = column->native_type ? column->native_type : "";
	values[7] = dictionary_pii(column) ? "yes" : "";
	values[8] = dictionary_tags(column);
	dictionary_line(w, values);

	initStringInfo(&inner);
	appendStringInfoString(&inner, path);
	while (type->id == GW_TYPE_ARRAY || type->id == GW_TYPE_MAP)
	{
		appendStringInfoString(&inner, type->id == GW_TYPE_ARRAY ? "[]" : "{v}");
		type = type->id == GW_TYPE_ARRAY ? &type->element->type : &type->value->type;
	}
	for (int i = 0; i < type->nfields; i++)
		dictionary_column(w, &type->fields[i],
						  psprintf("%s.%s", inner.data, type->fields[i].name), false);
}

static void
dictionary_head(DictionaryWriter *w)
{
	const GwSchema *schema = w->schema;

	if (w->format == 'm')
	{
		appendStringInfoString(&w->text, "# ");
		if (schema->schema != NULL)
		{
			dictionary_markdown(&w->text, schema->schema);
			appendStringInfoChar(&w->text, '.');
		}
		dictionary_markdown(&w->text, schema->table ? schema->table : "table");
		appendStringInfoString(&w->text, "\n\n");
		if (schema->comment != NULL)
		{
			dictionary_markdown(&w->text, schema->comment);
			appendStringInfoString(&w->text, "\n\n");
		}
	}
	if (w->format == 'j')
		return;
	dictionary_line(w, dictionary_titles);
	if (w->format == 'm')
		appendStringInfoString(&w->text, "|---|---|---|---|---|---|---|---|---|\n");
}

char *
gw_dictionary(const GwSchema *schema, const char *format)
{
	DictionaryWriter w = {schema};
	Jsonb *list;

	if (strcmp(format, "markdown") != 0 && strcmp(format, "csv") != 0 &&
		strcmp(format, "json") != 0)
		return NULL;
	w.format = format[0];
	initStringInfo(&w.text);
	if (w.format == 'j')
		gw_json_begin_array(&w.json);
	dictionary_head(&w);
	for (int i = 0; i < schema->ncolumns; i++)
		dictionary_column(&w, &schema->columns[i], schema->columns[i].name, true);
	if (w.format != 'j')
		return w.text.data;
	gw_json_end_array(&w.json);
	list = gw_json_finish(&w.json);
	return JsonbToCString(NULL, &list->root, VARSIZE(list));
}
