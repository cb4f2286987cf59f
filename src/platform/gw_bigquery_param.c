/*
 * gw_bigquery_param.c
 *	  Query parameters: PostgreSQL's texts as typed values of the REST API.
 *
 * What a type there cannot hold is an error here, not a rounded value.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/base64.h"
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
	n = pg_b64_encode(raw, (int) len, base64, room);
	base64[Max(n, 0)] = '\0';
	return base64;
}

static bool
param_is_time(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

GwStatus
gw_bigquery_param(StringInfo body, int n, bool named, const GwParam *param, GwError *err)
{
	const char *type = param_type(param->type, param->value);
	const char *value = param->value;

	if (type == NULL && param->type == NUMERICOID)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
							"parameter %d is a number that BIGNUMERIC cannot hold", n);
	if (type == NULL)
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
					 "parameter %d is of type %s, which has no form as a query parameter there", n,
					 format_type_be(param->type));
		gw_error_hint(err, "Cast it to text here, and from STRING in the statement.");
		return GW_FAILED;
	}
	/* Years 1 to 9999, neither BC nor infinite. */
	if (value != NULL && param_is_time(param->type) &&
		(strspn(value, "0123456789") != 4 || strstr(value, "BC") != NULL))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE,
							"parameter %d is a date outside of the years 1 to 9999", n);
	if (value != NULL && param->type == BOOLOID)
		value = value[0] == 't' ? "true" : "false";
	else if (value != NULL && param->type == BYTEAOID)
		value = param_bytes(value);
	appendStringInfoChar(body, '{');
	if (named)
		appendStringInfo(body, "\"name\":\"p%d\",", n);
	appendStringInfo(body, "\"parameterType\":{\"type\":\"%s\"},\"parameterValue\":{\"value\":",
					 type);
	if (value == NULL)
		appendStringInfoString(body, "null");
	else
		escape_json(body, value);
	appendStringInfoString(body, "}}");
	return GW_OK;
}
