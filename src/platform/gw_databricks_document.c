/*
 * gw_databricks_document.c
 *	  Documents for columns of STRUCT, MAP and ARRAY: are they just what the type
 *	  can hold?
 *
 * from_json() makes NULL of a field that is missing and drops one that the type
 * lacks, so both are refused here, as is every value that would not come back as
 * it was given.  Changes and keeps nothing.
 */
#include "postgres.h"

#include <math.h>

#include "common/base64.h"
#include "common/shortest_dec.h"
#include "dialect/gw_ddl.h"
#include "dialect/gw_dialect_databricks.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "platform/gw_databricks_private.h"
#include "schema/gw_iso.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* Zones are no further than that from UTC. */
#define ZONE_MOST_HOURS 18

/* Where in a document we are. */
typedef struct DbPlace
{
	int param;
	const char *native; /* the column's type */
	const char *path;	/* "" or ".a[0].b" */
	GwError *err;
} DbPlace;

static GwStatus document_value(const DbPlace *place, const GwColumn *column,
							   const JsonbValue *value);

static GwStatus
document_refuse(const DbPlace *place, int sqlstate, const char *what)
{
	gw_error_set(place->err, GW_ERR_INVALID, sqlstate,
				 "the document of parameter %d cannot be stored: $%s %s", place->param,
				 place->path, what);
	gw_error_detail(place->err, "The column is of type %s.", place->native);
	return GW_FAILED;
}

static DbPlace
document_inside(const DbPlace *place, const char *part)
{
	DbPlace inner = *place;

	inner.path = psprintf("%s%s", place->path, part);
	return inner;
}

/* ---- numbers ---- */

/* An integer of so many bits. */
static GwStatus
document_integer(const DbPlace *place, int bits, const char *text)
{
	int64 most = bits == 64 ? PG_INT64_MAX : (INT64CONST(1) << (bits - 1)) - 1;
	int64 number;

	if (text[strspn(text, "-0123456789")] != '\0')
		return document_refuse(place, ERRCODE_INVALID_PARAMETER_VALUE, "is not an integer");
	errno = 0;
	number = strtoll(text, NULL, 10);
	if (errno == ERANGE || number > most || number < -most - 1)
		return document_refuse(place, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
							   "is beyond the type's range");
	return GW_OK;
}

static GwStatus
document_decimal(const DbPlace *place, const GwType *type, const char *text)
{
	int whole, scale;

	gw_rest_digits(text, &whole, &scale);
	if (whole > type->precision - Max(type->scale, 0) || scale > Max(type->scale, 0))
		return document_refuse(place, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
							   "has more digits than the type");
	return GW_OK;
}

/* A number that comes back as another, because a float has no such, is refused. */
static GwStatus
document_float(const DbPlace *place, bool single, const char *text)
{
	double number = single ? strtof(text, NULL) : strtod(text, NULL);
	Datum none = ObjectIdGetDatum(InvalidOid);
	Datum given, kept;

	if (isinf(number))
		return document_refuse(place, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
							   "is beyond the type's range");
	given = DirectFunctionCall3(numeric_in, CStringGetDatum(text), none, Int32GetDatum(-1));
	kept = DirectFunctionCall3(
		numeric_in,
		CStringGetDatum(single ? float_to_shortest_decimal((float) number)
							   : double_to_shortest_decimal(number)),
		none, Int32GetDatum(-1));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, given, kept)))
		return document_refuse(place, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
							   "has more digits than the type");
	return GW_OK;
}

static GwStatus
document_number(const DbPlace *place, const GwType *type, const char *text)
{
	switch (type->id)
	{
		case GW_TYPE_INT8:
			return document_integer(place, 8, text);
		case GW_TYPE_INT16:
			return document_integer(place, 16, text);
		case GW_TYPE_INT32:
			return document_integer(place, 32, text);
		case GW_TYPE_INT64:
			return document_integer(place, 64, text);
		case GW_TYPE_NUMERIC:
			return document_decimal(place, type, text);
		case GW_TYPE_FLOAT32:
		case GW_TYPE_FLOAT64:
			return document_float(place, type->id == GW_TYPE_FLOAT32, text);
		default:
			return document_refuse(place, ERRCODE_INVALID_PARAMETER_VALUE, "is a number");
	}
}

/* ---- texts ---- */

/* A day and a time to the microsecond, at *at; false: they are not there. */
static bool
text_moment(const char **at, const char *end)
{
	GwIsoClock clock;
	int day;

	return gw_iso_day(at, end, &day) &&
		(gw_iso_char(at, end, 'T') || gw_iso_char(at, end, ' ')) &&
		gw_iso_clock(at, end, MAX_TIMESTAMP_PRECISION, &clock) && clock.seconds;
}

/* Z or +HH:MM */
static bool
text_zone(const char **at, const char *end)
{
	int number;

	if (gw_iso_char(at, end, 'Z'))
		return true;
	return (gw_iso_char(at, end, '+') || gw_iso_char(at, end, '-')) &&
		gw_iso_part(at, end, 2, 0, ZONE_MOST_HOURS, &number) && gw_iso_char(at, end, ':') &&
		gw_iso_part(at, end, 2, 0, 59, &number);
}

/* A day or a moment, as to_json() writes them. */
static GwStatus
document_time(const DbPlace *place, const GwType *type, const char *text)
{
	const char *at = text;
	const char *end = text + strlen(text);
	int day;

	switch (type->id)
	{
		case GW_TYPE_DATE:
			if (!gw_iso_day(&at, end, &day) || at != end)
				return document_refuse(place, ERRCODE_INVALID_DATETIME_FORMAT,
									   "is not a day written YYYY-MM-DD");
			return GW_OK;
		case GW_TYPE_TIMESTAMP:
			if (!text_moment(&at, end) || at != end)
				return document_refuse(place, ERRCODE_INVALID_DATETIME_FORMAT,
									   "is not a time written YYYY-MM-DDTHH:MM:SS.ffffff");
			return GW_OK;
		default:
			if (!text_moment(&at, end) || !text_zone(&at, end) || at != end)
				return document_refuse(place, ERRCODE_INVALID_DATETIME_FORMAT,
									   "is not a moment written YYYY-MM-DDTHH:MM:SS.ffffff+HH:MM");
			return GW_OK;
	}
}

/* Bytes are written in base64. */
static bool
text_is_base64(const char *text)
{
	int len = (int) strlen(text);
	char *bytes = palloc(pg_b64_dec_len(len) + 1);

	return len % 4 == 0 && pg_b64_decode(text, len, (void *) bytes, pg_b64_dec_len(len) + 1) >= 0;
}

static GwStatus
document_text(const DbPlace *place, const GwType *type, const char *text)
{
	switch (type->id)
	{
		case GW_TYPE_STRING:
		case GW_TYPE_CHAR:
			if (type->length >= 0 && pg_mbstrlen(text) > type->length)
				return document_refuse(place, ERRCODE_STRING_DATA_RIGHT_TRUNCATION,
									   "is too long");
			return GW_OK;
		case GW_TYPE_BYTES:
			if (!text_is_base64(text))
				return document_refuse(place, ERRCODE_INVALID_PARAMETER_VALUE, "is not base64");
			return GW_OK;
		case GW_TYPE_DATE:
		case GW_TYPE_TIMESTAMP:
		case GW_TYPE_TIMESTAMPTZ:
			return document_time(place, type, text);
		case GW_TYPE_FLOAT32:
		case GW_TYPE_FLOAT64:
			if (strcmp(text, "NaN") == 0 || strcmp(text, "Infinity") == 0 ||
				strcmp(text, "-Infinity") == 0)
				return GW_OK;
			/* fall through */
		default:
			return document_refuse(place, ERRCODE_INVALID_PARAMETER_VALUE, "is a text");
	}
}

/* ---- what has parts ---- */

static GwStatus
document_struct(const DbPlace *place, const GwType *type, const JsonbValue *value)
{
	if (!gw_json_is_object(value))
		return document_refuse(place, ERRCODE_INVALID_PARAMETER_VALUE, "is not an object");
	for (int i = 0; i < type->nfields; i++)
	{
		const GwColumn *field = &type->fields[i];
		DbPlace inner = document_inside(place, psprintf(".%s", field->name));
		/* Not by gw_json_get(), for which null is nothing. */
		const JsonbValue *part = getKeyJsonValueFromContainer(
			value->val.binary.data, field->name, (int) strlen(field->name), NULL);

		if (part == NULL)
			return document_refuse(&inner, ERRCODE_INVALID_PARAMETER_VALUE, "is missing");
		if (document_value(&inner, field, part) != GW_OK)
			return GW_FAILED;
	}
	if (gw_json_length(value) > type->nfields)
		return document_refuse(place, ERRCODE_INVALID_PARAMETER_VALUE,
							   "has a field that the type lacks");
	return GW_OK;
}

/* For gw_json_each. */
typedef struct DbMembers
{
	const DbPlace *place;
	const GwColumn *column;
	GwStatus status;
} DbMembers;

static void
document_member(char *name, JsonbValue *value, void *arg)
{
	DbMembers *members = (DbMembers *) arg;
	DbPlace inner = document_inside(members->place, psprintf(".%s", name));

	if (members->status == GW_OK)
		members->status = document_value(&inner, members->column, value);
}

static GwStatus
document_map(const DbPlace *place, const GwType *type, const JsonbValue *value)
{
	DbMembers members = {place, type->value, GW_OK};

	if (type->key->type.id != GW_TYPE_STRING)
	{
		(void) document_refuse(place, ERRCODE_FEATURE_NOT_SUPPORTED,
							   "is of a MAP whose keys are not texts");
		gw_error_hint(place->err, "Write it with gw.execute().");
		return GW_FAILED;
	}
	if (!gw_json_is_object(value))
		return document_refuse(place, ERRCODE_INVALID_PARAMETER_VALUE, "is not an object");
	gw_json_each(value, document_member, &members);
	return members.status;
}

static GwStatus
document_array(const DbPlace *place, const GwType *type, const JsonbValue *value)
{
	if (!gw_json_is_array(value))
		return document_refuse(place, ERRCODE_INVALID_PARAMETER_VALUE, "is not an array");
	for (int i = 0; i < gw_json_length(value); i++)
	{
		DbPlace inner = document_inside(place, psprintf("[%d]", i));

		if (document_value(&inner, type->element, gw_json_item(value, i)) != GW_OK)
			return GW_FAILED;
	}
	return GW_OK;
}

static GwStatus
document_value(const DbPlace *place, const GwColumn *column, const JsonbValue *value)
{
	const GwType *type = &column->type;
	bool flag;
	char *text;

	check_stack_depth();
	if (value->type == jbvNull)
	{
		if (column->nullable)
			return GW_OK;
		return document_refuse(place, ERRCODE_NOT_NULL_VIOLATION, "is null");
	}
	switch (type->id)
	{
		case GW_TYPE_STRUCT:
			return document_struct(place, type, value);
		case GW_TYPE_MAP:
			return document_map(place, type, value);
		case GW_TYPE_ARRAY:
			return document_array(place, type, value);
		case GW_TYPE_VARIANT:
			return GW_OK;
		case GW_TYPE_BOOL:
			if (gw_json_bool(value, &flag))
				return GW_OK;
			return document_refuse(place, ERRCODE_INVALID_PARAMETER_VALUE,
								   "is neither true nor false");
		default:
			break;
	}
	if (value->type == jbvNumeric)
		return document_number(place, type,
							   DatumGetCString(DirectFunctionCall1(
								   numeric_out, NumericGetDatum(value->val.numeric))));
	if (value->type == jbvString && gw_json_text(value, &text))
		return document_text(place, type, text);
	return document_refuse(place, ERRCODE_INVALID_PARAMETER_VALUE, "is of another kind");
}

GwStatus
gw_databricks_document_fits(int n, const char *native, const char *text, GwError *err)
{
	DbPlace place = {n, native, "", err};
	GwColumn column = {0};
	Jsonb *doc;

	if (!gw_dialect_databricks_nested(native))
		return GW_OK;
	if (gw_ddl_map_type(gw_ddl_target("databricks"), native, &column, err) != GW_OK)
		return GW_FAILED;
	doc = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	column.nullable = false;
	return document_value(&place, &column, gw_json_root(doc));
}
