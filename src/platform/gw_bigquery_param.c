/*
 * gw_bigquery_param.c
 *	  Query parameters: PostgreSQL's texts as typed values of the REST API.
 *
 * What a type there cannot hold is an error here, not a rounded value.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/base64.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "platform/gw_bigquery_private.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* Digits of NUMERIC and BIGNUMERIC before and behind the point. */
#define NUMERIC_WHOLE 29
#define NUMERIC_SCALE 9
#define BIGNUMERIC_WHOLE 38
#define BIGNUMERIC_SCALE 38

static const char *
param_numeric_type(const char *text)
{
	const char *digits = text + (*text == '-' ? 1 : 0);
	const char *point = strchr(digits, '.');
	size_t whole = point ? point - digits : strlen(digits);
	size_t scale = point ? strlen(point + 1) : 0;

	if (digits[strspn(digits, "0123456789.")] != '\0')
		return NULL; /* NaN, Infinity */
	while (scale > 0 && point[scale] == '0')
		scale--;
	if (whole <= NUMERIC_WHOLE && scale <= NUMERIC_SCALE)
		return "NUMERIC";
	return whole <= BIGNUMERIC_WHOLE && scale <= BIGNUMERIC_SCALE ? "BIGNUMERIC" : NULL;
}

/* NULL: there is none. */
static const char *
param_type(Oid type, const char *text)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
			return "INT64";
		case FLOAT4OID:
		case FLOAT8OID:
			return "FLOAT64";
		case NUMERICOID:
			return text ? param_numeric_type(text) : "NUMERIC";
		case BOOLOID:
			return "BOOL";
		case BYTEAOID:
			return "BYTES";
		case DATEOID:
			return "DATE";
		case TIMEOID:
			return "TIME";
		case TIMESTAMPOID:
			return "DATETIME";
		case TIMESTAMPTZOID:
			return "TIMESTAMP";
		case INTERVALOID:
			return "INTERVAL";
		case JSONOID:
		case JSONBOID:
			return "JSON";
		case InvalidOid:
		case UNKNOWNOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case UUIDOID:
			return "STRING";
		default:
			return NULL;
	}
}

/* "\x0102" as base64. */
static char *
param_bytes(const char *text)
{
	size_t len = strlen(text + 2) / 2;
	char *raw = palloc(len + 1);
	int room = pg_b64_enc_len((int) len);
	char *base64 = palloc(room + 1);
	int n;

	(void) hex_decode(text + 2, len * 2, raw);
	n = pg_b64_encode((const void *) raw, (int) len, base64, room);
	base64[Max(n, 0)] = '\0';
	return base64;
}

/* In UTC, whatever the session's time zone is; NULL: no such moment there. */
static char *
param_timestamptz(const char *text)
{
	TimestampTz at = DatumGetTimestampTz(
		DirectFunctionCall3(timestamptz_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
							Int32GetDatum(-1)));
	StringInfoData out;

	initStringInfo(&out);
	if (TIMESTAMP_NOT_FINITE(at) ||
		!gw_bigquery_timestamp(at + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY,
							   &out))
		return NULL;
	return out.data;
}

/* Years 1 to 9999, neither BC nor infinite? */
static bool
param_year_fits(const char *text)
{
	return strspn(text, "0123456789") == 4 && strstr(text, "BC") == NULL;
}

/* An interval as "[-]Y-M [-]D [-]H:M:S.F"; its three parts have signs of their own. */
static char *
param_interval(const char *text)
{
	Interval *span = DatumGetIntervalP(
		DirectFunctionCall3(interval_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
							Int32GetDatum(-1)));
	int64 months = span->month < 0 ? -(int64) span->month : span->month;
	uint64 micros = span->time < 0 ? -(uint64) span->time : (uint64) span->time;

	return psprintf("%s" INT64_FORMAT "-" INT64_FORMAT " %d %s" UINT64_FORMAT ":%d:%d.%06d",
					span->month < 0 ? "-" : "", months / 12, months % 12, span->day,
					span->time < 0 ? "-" : "", micros / USECS_PER_HOUR,
					(int) (micros / USECS_PER_MINUTE % 60), (int) (micros / USECS_PER_SEC % 60),
					(int) (micros % USECS_PER_SEC));
}

/* Its type and its value there; what there is no form for is an error. */
static GwStatus
param_convert(int n, Oid oid, const char *text, const char **type, const char **value,
			  GwError *err)
{
	*type = param_type(oid, text);
	*value = text;
	if (*type == NULL && oid == NUMERICOID)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
							"parameter %d is a number that BIGNUMERIC cannot hold", n);
	if (*type == NULL)
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
					 "parameter %d is of type %s, which has no form as a query parameter there", n,
					 format_type_be(oid));
		gw_error_hint(err, "Cast it to text here, and from STRING in the statement.");
		return GW_FAILED;
	}
	if (text == NULL)
		return GW_OK;
	if (oid == TIMESTAMPTZOID)
		*value = param_timestamptz(text);
	if (*value == NULL ||
		((oid == DATEOID || oid == TIMESTAMPOID) && !param_year_fits(text)))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE,
							"parameter %d is a date outside of the years 1 to 9999", n);
	if (oid == BOOLOID)
		*value = text[0] == 't' ? "true" : "false";
	else if (oid == BYTEAOID)
		*value = param_bytes(text);
	else if (oid == INTERVALOID)
		*value = param_interval(text);
	return GW_OK;
}

static void
param_value(StringInfo body, const char *value)
{
	appendStringInfoString(body, "{\"value\":");
	if (value == NULL)
		appendStringInfoString(body, "null");
	else
		escape_json(body, value);
	appendStringInfoChar(body, '}');
}

/*
 * The next element of an array's text as array_out() writes it: at a quote, a
 * word, or the end (NULL).  *text is the element, NULL for null.
 */
static const char *
array_element(const char *at, char **text)
{
	StringInfoData element;
	bool quoted = *at == '"';

	if (*at == '}' || *at == '\0')
		return NULL;
	initStringInfo(&element);
	at += quoted;
	while (*at != '\0' && (quoted ? *at != '"' : *at != ',' && *at != '}'))
	{
		if (*at == '\\' && at[1] != '\0')
			at++;
		appendStringInfoChar(&element, *at++);
	}
	if (quoted && *at == '"')
		at++;
	*text = !quoted && pg_strcasecmp(element.data, "NULL") == 0 ? NULL : element.data;
	return *at == ',' ? at + 1 : at;
}

/* An array of one dimension. */
static GwStatus
param_array(StringInfo body, int n, Oid element, const char *text, GwError *err)
{
	StringInfoData values;
	const char *widest = NULL;
	const char *at = text;
	char *item;

	initStringInfo(&values);
	if (at != NULL && (*at != '{' || at[1] == '{'))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_FEATURE_NOT_SUPPORTED,
							"parameter %d is an array of more than one dimension, or one that "
							"does not begin at 1",
							n);
	at = at ? at + 1 : NULL;
	while (at != NULL && (at = array_element(at, &item)) != NULL)
	{
		const char *type, *value;

		if (param_convert(n, element, item, &type, &value, err) != GW_OK)
			return GW_FAILED;
		if (widest == NULL || strcmp(type, "BIGNUMERIC") == 0)
			widest = type;
		if (values.len > 0)
			appendStringInfoChar(&values, ',');
		param_value(&values, value);
	}
	if (widest == NULL)
		widest = param_type(element, NULL);
	if (widest == NULL)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"parameter %d is an array of %s, which has no form there", n,
							format_type_be(element));
	appendStringInfo(body, "\"parameterType\":{\"type\":\"ARRAY\",\"arrayType\":{\"type\":\"%s\"}}",
					 widest);
	appendStringInfoChar(body, ',');
	if (text == NULL)
		appendStringInfoString(body, "\"parameterValue\":{\"value\":null}");
	else
		appendStringInfo(body, "\"parameterValue\":{\"arrayValues\":[%s]}", values.data);
	return GW_OK;
}

/* The type of a range's bounds; InvalidOid: there are none such there. */
static Oid
range_element(Oid type)
{
	return type == DATERANGEOID ? DATEOID
		: type == TSRANGEOID	? TIMESTAMPOID
		: type == TSTZRANGEOID	? TIMESTAMPTZOID
								: InvalidOid;
}

/* A bound's text, up to the comma or the end; NULL: there is none. */
static char *
range_bound(const char **at, char end)
{
	StringInfoData bound;
	bool quoted = **at == '"';

	initStringInfo(&bound);
	*at += quoted;
	while (**at != '\0' && (quoted ? **at != '"' : **at != end))
		appendStringInfoChar(&bound, *(*at)++);
	*at += quoted && **at == '"';
	return bound.len > 0 ? bound.data : NULL;
}

/* Ranges there include their start and exclude their end, and none is empty. */
static GwStatus
param_range(StringInfo body, int n, Oid element, const char *text, GwError *err)
{
	const char *type, *start = NULL, *end = NULL;
	size_t len = text ? strlen(text) : 0;
	const char *at = text ? text + 1 : NULL;

	type = param_type(element, NULL);
	if (text != NULL)
	{
		char *lower, *upper;

		lower = *text == '[' || *text == '(' ? range_bound(&at, ',') : NULL;
		at += *at == ',';
		upper = range_bound(&at, text[len - 1]);
		if (strcmp(text, "empty") == 0 || (lower != NULL && text[0] != '[') ||
			(upper != NULL && text[len - 1] != ')'))
			return gw_error_set(err, GW_ERR_INVALID, ERRCODE_FEATURE_NOT_SUPPORTED,
								"parameter %d is a range that is empty, or does not include its "
								"start and exclude its end",
								n);
		if (param_convert(n, element, lower, &type, &start, err) != GW_OK ||
			param_convert(n, element, upper, &type, &end, err) != GW_OK)
			return GW_FAILED;
	}
	appendStringInfoString(body, "\"parameterType\":{\"type\":\"RANGE\",\"rangeElementType\":");
	appendStringInfo(body, "{\"type\":\"%s\"}},\"parameterValue\":", type);
	if (text == NULL)
	{
		param_value(body, NULL);
		return GW_OK;
	}
	appendStringInfoString(body, "{\"rangeValue\":{\"start\":");
	param_value(body, start);
	appendStringInfoString(body, ",\"end\":");
	param_value(body, end);
	appendStringInfoString(body, "}}");
	return GW_OK;
}

GwStatus
gw_bigquery_param(StringInfo body, int n, bool named, const GwParam *param, GwError *err)
{
	Oid oid = OidIsValid(param->type) ? getBaseType(param->type) : InvalidOid;
	Oid element = OidIsValid(oid) ? get_element_type(oid) : InvalidOid;
	const char *type, *value;

	appendStringInfoChar(body, '{');
	if (named)
		appendStringInfo(body, "\"name\":\"p%d\",", n);
	if (OidIsValid(element) && oid != NAMEOID)
	{
		if (param_array(body, n, element, param->value, err) != GW_OK)
			return GW_FAILED;
	}
	else if (OidIsValid(range_element(oid)))
	{
		if (param_range(body, n, range_element(oid), param->value, err) != GW_OK)
			return GW_FAILED;
	}
	else
	{
		if (param_convert(n, oid, param->value, &type, &value, err) != GW_OK)
			return GW_FAILED;
		appendStringInfo(body, "\"parameterType\":{\"type\":\"%s\"},", type);
		appendStringInfoString(body, "\"parameterValue\":");
		param_value(body, value);
	}
	appendStringInfoChar(body, '}');
	return GW_OK;
}
