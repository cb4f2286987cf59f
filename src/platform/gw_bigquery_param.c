/*
 * gw_bigquery_param.c
 *	  Query parameters: PostgreSQL's texts as typed values of the REST API.
 *
 * What a type there cannot hold is an error here, not a rounded value.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "platform/gw_bigquery_private.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

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
		*value = gw_bigquery_moment(text);
	if (*value == NULL ||
		((oid == DATEOID || oid == TIMESTAMPOID) && !gw_bigquery_year_fits(text)))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE,
							"parameter %d is a date outside of the years 1 to 9999", n);
	if ((oid == JSONOID || oid == JSONBOID) && gw_bigquery_json_unfit(text) != NULL)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
							"parameter %d has the number %s, which JSON there rounds", n,
							gw_bigquery_json_unfit(text));
	if (oid == BOOLOID)
		*value = text[0] == 't' ? "true" : "false";
	else if (oid == BYTEAOID)
		*value = gw_bigquery_base64(text);
	else if (oid == INTERVALOID)
		*value = gw_bigquery_interval(text);
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
	while (at != NULL && (at = gw_rest_array_element(at, &item)) != NULL)
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

		lower = *text == '[' || *text == '(' ? gw_bigquery_bound(&at, ',') : NULL;
		at += *at == ',';
		upper = gw_bigquery_bound(&at, text[len - 1]);
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
