/*
 * gw_snowflake_param.c
 *	  Bind variables: PostgreSQL's texts as typed values of the SQL API.
 *
 * Values are strings in forms of their own (sql-api/submitting-requests): dates
 * are milliseconds since 1970, times and moments nanoseconds.  What a type there
 * cannot hold is an error here, not a rounded value.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "platform/gw_rest.h"
#include "platform/gw_snowflake_private.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#define NUMBER_DIGITS 38
#define MSECS_PER_DAY INT64CONST(86400000)

/* The name of a type of bind variables. */
static const char *
param_type(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case NUMERICOID:
			return "FIXED";
		case FLOAT4OID:
		case FLOAT8OID:
			return "REAL";
		case BOOLOID:
			return "BOOLEAN";
		case BYTEAOID:
			return "BINARY";
		case DATEOID:
			return "DATE";
		case TIMEOID:
			return "TIME";
		case TIMESTAMPOID:
			return "TIMESTAMP_NTZ";
		case TIMESTAMPTZOID:
			return "TIMESTAMP_LTZ";
		default:
			return "TEXT";
	}
}

/* NULL: NUMBER has not so many digits, or no such value. */
static const char *
param_number(const char *text)
{
	int whole, scale;

	if (text[strspn(text, "-0123456789.")] != '\0')
		return NULL; /* NaN, Infinity */
	gw_rest_digits(text, &whole, &scale);
	return whole + scale <= NUMBER_DIGITS && scale < NUMBER_DIGITS ? text : NULL;
}

static const char *
param_float(const char *text)
{
	return strcmp(text, "Infinity") == 0 ? "inf" : strcmp(text, "-Infinity") == 0 ? "-inf" : text;
}

/* Microseconds since 1970 as nanoseconds, whatever int64 could hold; NULL: no such year there. */
static const char *
param_nanoseconds(int64 micros)
{
	Timestamp least = ((Timestamp) -719162) * USECS_PER_DAY;
	Timestamp beyond = ((Timestamp) 2932897) * USECS_PER_DAY;

	if (micros < least || micros >= beyond)
		return NULL;
	return micros == 0 ? "0" : psprintf(INT64_FORMAT "000", micros);
}

static const char *
param_moment(Oid type, const char *text)
{
	int64 epoch = (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
	PGFunction input = type == TIMESTAMPOID ? timestamp_in : timestamptz_in;
	Timestamp at = DatumGetTimestamp(DirectFunctionCall3(
		input, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));

	return TIMESTAMP_NOT_FINITE(at) ? NULL : param_nanoseconds(at + epoch);
}

static const char *
param_date(const char *text)
{
	DateADT date = DatumGetDateADT(DirectFunctionCall1(date_in, CStringGetDatum(text)));
	int64 days = (int64) date + POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;

	if (DATE_NOT_FINITE(date) || days < -719162 || days > 2932896)
		return NULL;
	return psprintf(INT64_FORMAT, days * MSECS_PER_DAY);
}

static const char *
param_time(const char *text)
{
	TimeADT time = DatumGetTimeADT(DirectFunctionCall3(
		time_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));

	return time >= USECS_PER_DAY ? NULL : param_nanoseconds(time);
}

/* An array as a document. */
static const char *
param_array(Oid type, const char *value)
{
	Oid input, ioparam;
	Datum array, document;

	getTypeInputInfo(type, &input, &ioparam);
	array = OidInputFunctionCall(input, unconstify(char *, value), ioparam, -1);
	document = DirectFunctionCall1(array_to_json, array);
	return TextDatumGetCString(document);
}

GwStatus
gw_snowflake_param(StringInfo body, int n, const GwParam *param, GwError *err)
{
	Oid type = OidIsValid(param->type) ? getBaseType(param->type) : InvalidOid;
	const char *name = param_type(type);
	const char *value = param->value;

	appendStringInfo(body, "{\"type\":\"%s\",\"value\":", name);
	if (value == NULL)
	{
		appendStringInfoString(body, "null}");
		return GW_OK;
	}
	if (type == NUMERICOID)
		value = param_number(value);
	else if (type == FLOAT4OID || type == FLOAT8OID)
		value = param_float(value);
	else if (type == BOOLOID)
		value = value[0] == 't' ? "true" : "false";
	else if (type == BYTEAOID)
		value += strncmp(value, "\\x", 2) == 0 ? 2 : 0;
	else if (type == DATEOID)
		value = param_date(value);
	else if (type == TIMEOID)
		value = param_time(value);
	else if (type == TIMESTAMPOID || type == TIMESTAMPTZOID)
		value = param_moment(type, value);
	else if (OidIsValid(type) && type != NAMEOID && OidIsValid(get_element_type(type)))
		value = param_array(type, value);
	if (value == NULL && type == NUMERICOID)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
							"parameter %d is a number that NUMBER cannot hold", n);
	if (value == NULL)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE,
							"parameter %d is a moment outside of the years 1 to 9999", n);
	escape_json(body, value);
	appendStringInfoChar(body, '}');
	return GW_OK;
}
