/*
 * gw_schema_fingerprint.c
 *	  "s1:" and the SHA-256 of what makes a schema what it is.
 *
 * Hashed is a JSON text of our own making, because no stored form is stable:
 * UTF-8, members sorted bytewise, no blanks, whole numbers only, absent
 * members left out.
 *
 *	  {"columns":[column...],"primary":["name"...]}
 *	  column: dimensions element fields fraction generated identity key length
 *			  length_unit name nullable precision scale srid type value values
 *
 * Left out are comments, tags, statistics, source, time, native types, the
 * text of defaults, and layout: they change without the shape changing.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "schema/gw_schema.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

static void fingerprint_column(StringInfo buf, const GwColumn *column);

static void
fingerprint_text(StringInfo buf, const char *text)
{
	const char *c = pg_server_to_any(text, strlen(text), PG_UTF8);

	appendStringInfoChar(buf, '"');
	for (; *c; c++)
	{
		if (*c == '"' || *c == '\\')
			appendStringInfo(buf, "\\%c", *c);
		else if ((unsigned char) *c < 0x20)
			appendStringInfo(buf, "\\u%04x", (unsigned char) *c);
		else
			appendStringInfoChar(buf, *c);
	}
	appendStringInfoChar(buf, '"');
}

/* The member's name, after a comma unless it is the object's first. */
static void
fingerprint_key(StringInfo buf, const char *key)
{
	appendStringInfo(buf, "%s\"%s\":", buf->data[buf->len - 1] == '{' ? "" : ",", key);
}

static void
fingerprint_number(StringInfo buf, const char *key, int64 number)
{
	if (number == GW_ABSENT)
		return;
	fingerprint_key(buf, key);
	appendStringInfo(buf, INT64_FORMAT, number);
}

static void
fingerprint_member(StringInfo buf, const char *key, const char *text)
{
	if (text == NULL)
		return;
	fingerprint_key(buf, key);
	fingerprint_text(buf, text);
}

static void
fingerprint_part(StringInfo buf, const char *key, const GwColumn *part)
{
	if (part == NULL)
		return;
	fingerprint_key(buf, key);
	fingerprint_column(buf, part);
}

static void
fingerprint_names(StringInfo buf, const char *key, const char **names, int n)
{
	int i;

	if (n == 0)
		return;
	fingerprint_key(buf, key);
	for (i = 0; i < n; i++)
	{
		appendStringInfoChar(buf, i == 0 ? '[' : ',');
		fingerprint_text(buf, names[i]);
	}
	appendStringInfoChar(buf, ']');
}

static void
fingerprint_columns(StringInfo buf, const char *key, const GwColumn *columns, int n)
{
	int i;

	if (n == 0)
		return;
	fingerprint_key(buf, key);
	for (i = 0; i < n; i++)
	{
		appendStringInfoChar(buf, i == 0 ? '[' : ',');
		fingerprint_column(buf, &columns[i]);
	}
	appendStringInfoChar(buf, ']');
}

/* Members stand here in the order of their names. */
static void
fingerprint_column(StringInfo buf, const GwColumn *column)
{
	const GwType *type = &column->type;

	appendStringInfoChar(buf, '{');
	fingerprint_number(buf, "dimensions", type->dimensions);
	fingerprint_part(buf, "element", type->element);
	fingerprint_columns(buf, "fields", type->fields, type->nfields);
	fingerprint_number(buf, "fraction", type->fraction);
	if (column->generated_sql != NULL)
		fingerprint_member(buf, "generated", column->generated_stored ? "stored" : "virtual");
	fingerprint_member(buf, "identity", column->identity_mode);
	fingerprint_part(buf, "key", type->key);
	fingerprint_number(buf, "length", type->length);
	fingerprint_member(buf, "length_unit", type->length_unit);
	fingerprint_member(buf, "name", column->name);
	fingerprint_key(buf, "nullable");
	appendStringInfoString(buf, column->nullable ? "true" : "false");
	fingerprint_number(buf, "precision", type->precision);
	if (type->has_scale)
	{
		fingerprint_key(buf, "scale");
		appendStringInfo(buf, "%d", type->scale);
	}
	fingerprint_number(buf, "srid", type->srid);
	fingerprint_member(buf, "type", gw_type_name(type->id));
	fingerprint_part(buf, "value", type->value);
	fingerprint_names(buf, "values", type->values, type->nvalues);
	appendStringInfoChar(buf, '}');
}

char *
gw_schema_fingerprint(const GwSchema *schema)
{
	StringInfoData buf, hex;
	bytea *input, *hash;
	int i;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	fingerprint_columns(&buf, "columns", schema->columns, schema->ncolumns);
	if (schema->primary != NULL)
		fingerprint_names(&buf, "primary", schema->primary->columns, schema->primary->ncolumns);
	appendStringInfoChar(&buf, '}');

	input = (bytea *) cstring_to_text_with_len(buf.data, buf.len);
	hash = DatumGetByteaPP(DirectFunctionCall1(sha256_bytea, PointerGetDatum(input)));
	initStringInfo(&hex);
	appendStringInfoString(&hex, "s1:");
	for (i = 0; i < VARSIZE_ANY_EXHDR(hash); i++)
		appendStringInfo(&hex, "%02x", (unsigned char) VARDATA_ANY(hash)[i]);
	return hex.data;
}
