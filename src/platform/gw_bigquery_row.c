/*
 * gw_bigquery_row.c
 *	  Values of a table's columns as the API takes them: in the lines of an
 *	  upload, or as parameters of a statement.
 *
 * Follows the remote table's types, into structures and arrays.  A value that a
 * field cannot hold to the last digit is an error here, never a rounded one.
 * Nothing is kept; results are appended, scraps are the current context's.
 */
#include "postgres.h"

#include "fmgr.h"
#include "platform/gw_bigquery_private.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"

/* Digits behind the point. */
#define NUMERIC_SCALE 9
#define BIGNUMERIC_SCALE 38

static GwStatus write_json(StringInfo out, bool param, const BqField *field,
						   const JsonbValue *value, GwError *err);

/* ---- a table's columns ---- */

static const char *
field_sql_type(const char *type)
{
	static const char *const names[][2] = {
		{"INTEGER", "INT64"}, {"FLOAT", "FLOAT64"}, {"BOOLEAN", "BOOL"}, {"RECORD", "STRUCT"},
	};

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(names[i][0], type) == 0)
			return names[i][1];
	return type;
}

static BqField *
fields_read(const JsonbValue *fields, int *n, int depth, GwError *err)
{
	BqField *list = palloc0(Max(gw_json_length(fields), 1) * sizeof(BqField));

	*n = gw_json_length(fields);
	for (int i = 0; i < *n; i++)
	{
		const JsonbValue *item = gw_json_item(fields, i);
		const char *name = gw_json_get_text(item, "name");
		const char *type = gw_json_get_text(item, "type");
		const char *mode = gw_json_get_text(item, "mode");
		const char *scale = gw_json_get_text(item, "scale");
		const char *bound = gw_json_get_text(gw_json_get(item, "rangeElementType"), "type");
		BqField *field = &list[i];

		if (name == NULL || type == NULL || depth > BQ_FIELD_MAX_DEPTH)
		{
			(void) gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
								"the remote described a column without a name and a type");
			return NULL;
		}
		field->name = pstrdup(name);
		field->sql_type = field_sql_type(type);
		field->type = gw_bigquery_type(type);
		field->element = gw_bigquery_type(bound ? bound : "");
		field->repeated = mode != NULL && strcmp(mode, "REPEATED") == 0;
		field->has_default = gw_json_get_text(item, "defaultValueExpression") != NULL;
		field->scale = strcmp(type, "BIGNUMERIC") == 0 ? BIGNUMERIC_SCALE : NUMERIC_SCALE;
		if (gw_json_get_text(item, "precision") != NULL)
			field->scale = scale ? atoi(scale) : 0;
		if (field->type == BQ_STRUCT)
		{
			field->fields =
				fields_read(gw_json_get(item, "fields"), &field->nfields, depth + 1, err);
			if (field->fields == NULL)
				return NULL;
		}
	}
	return list;
}

BqField *
gw_bigquery_fields(const JsonbValue *fields, int *n, GwError *err)
{
	return fields_read(fields, n, 0, err);
}

/* ---- single values ---- */

static GwStatus
value_unfit(const BqField *field, int sqlstate, const char *what, GwError *err)
{
	return gw_error_set(err, GW_ERR_INVALID, sqlstate, "column \"%s\" cannot hold %s",
						field->name, what);
}

/* With all its digits, none of which the column would round away. */
static GwStatus
value_number(const BqField *field, const char **text, GwError *err)
{
	char *digits =
		DatumGetCString(DirectFunctionCall1(numeric_out,
											DirectFunctionCall3(numeric_in, CStringGetDatum(*text),
																ObjectIdGetDatum(InvalidOid),
																Int32GetDatum(-1))));
	const char *point = strchr(digits, '.');
	size_t scale = point ? strlen(point + 1) : 0;

	while (scale > 0 && point[scale] == '0')
		scale--;
	if (strpbrk(digits, "NI") != NULL || (int) scale > field->scale)
		return value_unfit(field, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
						   psprintf("the number %s", digits), err);
	*text = digits;
	return GW_OK;
}

/* Does a date's text end in a time zone? */
static bool
value_has_zone(const char *text)
{
	return strlen(text) > 10 && strpbrk(text + 10, "+-Z") != NULL;
}

static GwStatus
value_convert(const BqField *field, BqType type, const char **text, GwError *err)
{
	static const char *const what = "a date outside of the years 1 to 9999";

	switch (type)
	{
		case BQ_NUMERIC:
			return value_number(field, text, err);
		case BQ_BOOL:
			*text = **text == 't' ? "true" : "false";
			return GW_OK;
		case BQ_BYTES:
			if (strncmp(*text, "\\x", 2) != 0)
				return value_unfit(field, ERRCODE_DATATYPE_MISMATCH, "what is no bytea", err);
			*text = gw_bigquery_base64(*text);
			return GW_OK;
		case BQ_DATE:
		case BQ_DATETIME:
			if (type == BQ_DATETIME && value_has_zone(*text))
				return value_unfit(field, ERRCODE_DATATYPE_MISMATCH, "a time with a zone", err);
			if (!gw_bigquery_year_fits(*text))
				return value_unfit(field, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, what, err);
			return GW_OK;
		case BQ_TIMESTAMP:
			if (!value_has_zone(*text) && strstr(*text, "infinity") == NULL)
				return value_unfit(field, ERRCODE_DATATYPE_MISMATCH, "a time without a zone", err);
			*text = gw_bigquery_moment(*text);
			if (*text == NULL)
				return value_unfit(field, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, what, err);
			return GW_OK;
		case BQ_INTERVAL:
			*text = gw_bigquery_interval(*text);
			return GW_OK;
		default:
			return GW_OK;
	}
}

/* A string of the request, or the value that a parameter has it in. */
static void
write_string(StringInfo out, bool param, const char *text)
{
	if (param)
		appendStringInfoString(out, "{\"value\":");
	escape_json(out, text);
	if (param)
		appendStringInfoChar(out, '}');
}

static void
write_null(StringInfo out, bool param)
{
	appendStringInfoString(out, param ? "{\"value\":null}" : "null");
}

/* {"start":...,"end":...}: includes its start and excludes its end, and is not empty. */
static GwStatus
write_range(StringInfo out, bool param, const BqField *field, const char *text, GwError *err)
{
	size_t len = strlen(text);
	const char *at = text + 1;
	const char *bounds[2] = {NULL, NULL};

	if (*text == '[' || *text == '(')
	{
		bounds[0] = gw_bigquery_bound(&at, ',');
		at += *at == ',';
		bounds[1] = gw_bigquery_bound(&at, text[len - 1]);
	}
	if (strcmp(text, "empty") == 0 || (bounds[0] != NULL && text[0] != '[') ||
		(bounds[1] != NULL && text[len - 1] != ')'))
		return value_unfit(field, ERRCODE_FEATURE_NOT_SUPPORTED,
						   "a range that is empty, or does not include its start and exclude its "
						   "end",
						   err);
	appendStringInfoString(out, param ? "{\"rangeValue\":{" : "{");
	for (int i = 0; i < 2; i++)
	{
		appendStringInfoString(out, i == 0 ? "\"start\":" : ",\"end\":");
		if (bounds[i] == NULL)
		{
			write_null(out, param);
			continue;
		}
		if (value_convert(field, field->element, &bounds[i], err) != GW_OK)
			return GW_FAILED;
		write_string(out, param, bounds[i]);
	}
	appendStringInfoString(out, param ? "}}" : "}");
	return GW_OK;
}

/* A document: as it is in an upload, whose lines it must not break. */
static GwStatus
write_document(StringInfo out, bool param, const BqField *field, const char *text, GwError *err)
{
	if (param)
	{
		write_string(out, true, text);
		return GW_OK;
	}
	if (strcmp(text, "null") == 0)
		return value_unfit(field, ERRCODE_FEATURE_NOT_SUPPORTED,
						   "the JSON null of a load, which is no value there", err);
	for (; *text != '\0'; text++)
		appendStringInfoChar(out, *text == '\n' || *text == '\r' ? ' ' : *text);
	return GW_OK;
}

static GwStatus
write_scalar(StringInfo out, bool param, const BqField *field, const char *text, GwError *err)
{
	if (field->type == BQ_JSON)
		return write_document(out, param, field, text, err);
	if (field->type == BQ_RANGE)
		return write_range(out, param, field, text, err);
	if (value_convert(field, field->type, &text, err) != GW_OK)
		return GW_FAILED;
	write_string(out, param, text);
	return GW_OK;
}

/* ---- nested values ---- */

/* A scalar of a document as the text its field reads. */
static char *
json_text(const JsonbValue *value)
{
	Jsonb *document;

	switch (value->type)
	{
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(
				DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return value->val.boolean ? "true" : "false";
		default:
			document = gw_json_document(value);
			return JsonbToCString(NULL, &document->root, VARSIZE(document));
	}
}

typedef struct FieldCheck
{
	const BqField *field;
	const char *unknown;
} FieldCheck;

static void
struct_check_key(char *key, JsonbValue *value, void *arg)
{
	FieldCheck *check = (FieldCheck *) arg;

	for (int i = 0; i < check->field->nfields; i++)
		if (strcmp(check->field->fields[i].name, key) == 0)
			return;
	check->unknown = key;
}

/* An object as the structure: what has no field there would be lost. */
static GwStatus
write_struct(StringInfo out, bool param, const BqField *field, const JsonbValue *value,
			 GwError *err)
{
	FieldCheck check = {.field = field};

	if (!gw_json_is_object(value))
		return value_unfit(field, ERRCODE_DATATYPE_MISMATCH,
						   psprintf("a JSON %s, only an object", gw_json_kind(value)), err);
	gw_json_each(value, struct_check_key, &check);
	if (check.unknown != NULL)
		return value_unfit(field, ERRCODE_UNDEFINED_COLUMN,
						   psprintf("a member \"%s\": it has no such field", check.unknown), err);
	appendStringInfoString(out, param ? "{\"structValues\":{" : "{");
	for (int i = 0; i < field->nfields; i++)
	{
		const BqField *member = &field->fields[i];

		if (i > 0)
			appendStringInfoChar(out, ',');
		escape_json(out, member->name);
		appendStringInfoChar(out, ':');
		if (write_json(out, param, member, gw_json_get(value, member->name), err) != GW_OK)
			return GW_FAILED;
	}
	appendStringInfoString(out, param ? "}}" : "}");
	return GW_OK;
}

static void
array_begin(StringInfo out, bool param)
{
	appendStringInfoString(out, param ? "{\"arrayValues\":[" : "[");
}

static void
array_end(StringInfo out, bool param)
{
	appendStringInfoString(out, param ? "]}" : "]");
}

static GwStatus
array_null_element(const BqField *field, GwError *err)
{
	return value_unfit(field, ERRCODE_NULL_VALUE_NOT_ALLOWED, "an array with a NULL in it", err);
}

static GwStatus
write_json_array(StringInfo out, bool param, const BqField *field, const JsonbValue *value,
				 GwError *err)
{
	BqField element = *field;

	element.repeated = false;
	if (!gw_json_is_array(value))
		return value_unfit(field, ERRCODE_DATATYPE_MISMATCH,
						   psprintf("a JSON %s, only an array", gw_json_kind(value)), err);
	array_begin(out, param);
	for (int i = 0; i < gw_json_length(value); i++)
	{
		const JsonbValue *item = gw_json_item(value, i);

		if (item == NULL || item->type == jbvNull)
			return array_null_element(field, err);
		if (i > 0)
			appendStringInfoChar(out, ',');
		if (write_json(out, param, &element, item, err) != GW_OK)
			return GW_FAILED;
	}
	array_end(out, param);
	return GW_OK;
}

/* A value within a document. */
static GwStatus
write_json(StringInfo out, bool param, const BqField *field, const JsonbValue *value,
		   GwError *err)
{
	if (value == NULL || value->type == jbvNull)
		return gw_bigquery_write_value(out, param, field, NULL, err);
	if (field->repeated)
		return write_json_array(out, param, field, value, err);
	if (field->type == BQ_STRUCT)
		return write_struct(out, param, field, value, err);
	if (field->type != BQ_JSON && (gw_json_is_object(value) || gw_json_is_array(value)))
		return value_unfit(field, ERRCODE_DATATYPE_MISMATCH,
						   psprintf("a JSON %s", gw_json_kind(value)), err);
	if (field->type == BQ_JSON && value->type == jbvString)
	{
		StringInfoData quoted;

		initStringInfo(&quoted);
		escape_json(&quoted, json_text(value));
		return write_document(out, param, field, quoted.data, err);
	}
	return write_scalar(out, param, field, json_text(value), err);
}

/* "{...}" of one dimension, or a document. */
static GwStatus
write_array(StringInfo out, bool param, const BqField *field, const char *text, GwError *err)
{
	BqField element = *field;
	const char *at = text + 1;
	bool first = true;
	char *item;

	element.repeated = false;
	if (*text == '[' && text[1 + strspn(text + 1, "-0123456789")] != ':')
	{
		const JsonbValue *value = gw_json_parse(text, strlen(text), err);

		return value ? write_json(out, param, field, value, err) : GW_FAILED;
	}
	/* An array of objects has them quoted, a single object has a name there. */
	if (*text != '{' || *at == '{' ||
		(field->type == BQ_STRUCT && *at == '"' && strncmp(at, "\"{", 2) != 0))
		return value_unfit(field, ERRCODE_FEATURE_NOT_SUPPORTED,
						   "what is no array, or has more than one dimension, or does not begin "
						   "at 1",
						   err);
	array_begin(out, param);
	while ((at = gw_rest_array_element(at, &item)) != NULL)
	{
		if (item == NULL)
			return array_null_element(field, err);
		if (!first)
			appendStringInfoChar(out, ',');
		first = false;
		if (gw_bigquery_write_value(out, param, &element, item, err) != GW_OK)
			return GW_FAILED;
	}
	array_end(out, param);
	return GW_OK;
}

GwStatus
gw_bigquery_write_value(StringInfo out, bool param, const BqField *field, const char *text,
						GwError *err)
{
	if (text == NULL && field->repeated && !param)
	{
		/* There is no other array than an empty one where there is none. */
		appendStringInfoString(out, "[]");
		return GW_OK;
	}
	if (text == NULL)
	{
		write_null(out, param);
		return GW_OK;
	}
	if (field->repeated)
		return write_array(out, param, field, text, err);
	if (field->type == BQ_STRUCT)
	{
		const JsonbValue *value = gw_json_parse(text, strlen(text), err);

		return value ? write_struct(out, param, field, value, err) : GW_FAILED;
	}
	return write_scalar(out, param, field, text, err);
}

/* ---- types of parameters ---- */

void
gw_bigquery_write_type(StringInfo out, const BqField *field)
{
	if (field->repeated)
	{
		BqField element = *field;

		element.repeated = false;
		appendStringInfoString(out, "{\"type\":\"ARRAY\",\"arrayType\":");
		gw_bigquery_write_type(out, &element);
		appendStringInfoChar(out, '}');
		return;
	}
	appendStringInfoString(out, "{\"type\":");
	escape_json(out, field->sql_type);
	if (field->type == BQ_RANGE)
		appendStringInfo(out, ",\"rangeElementType\":{\"type\":\"%s\"}",
						 field->element == BQ_DATE		 ? "DATE"
						 : field->element == BQ_DATETIME ? "DATETIME"
														 : "TIMESTAMP");
	if (field->type == BQ_STRUCT)
	{
		appendStringInfoString(out, ",\"structTypes\":[");
		for (int i = 0; i < field->nfields; i++)
		{
			appendStringInfoString(out, i > 0 ? ",{\"name\":" : "{\"name\":");
			escape_json(out, field->fields[i].name);
			appendStringInfoString(out, ",\"type\":");
			gw_bigquery_write_type(out, &field->fields[i]);
			appendStringInfoChar(out, '}');
		}
		appendStringInfoChar(out, ']');
	}
	appendStringInfoChar(out, '}');
}
