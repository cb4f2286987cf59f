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
#include "utils/datetime.h"
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
	const char *point = strchr(text, '.');
	int whole, scale;

	if (text[strspn(text, "-0123456789.")] != '\0')
		return NULL; /* NaN, Infinity */
	gw_rest_digits(text, &whole, &scale);
	if (whole + scale > NUMBER_DIGITS || scale >= NUMBER_DIGITS)
		return NULL;
	/* Zeros behind the point count there as digits: those without which it fits are left out. */
	if (point != NULL && strlen(text) > NUMBER_DIGITS)
		return pnstrdup(text, point - text + (scale > 0 ? scale + 1 : 0));
	return text;
}

static const char *
param_float(const char *text)
{
	return strcmp(text, "Infinity") == 0 ? "inf" : strcmp(text, "-Infinity") == 0 ? "-inf" : text;
}

/* Nanoseconds, whatever int64 could hold. */
static const char *
param_nanoseconds(int64 micros)
{
	return micros == 0 ? "0" : psprintf(INT64_FORMAT "000", micros);
}

/* NULL, here and below: there is no such moment there. */
static const char *
param_moment(Oid type, bool written, const char *text)
{
	PGFunction input = type == TIMESTAMPOID ? timestamp_in : timestamptz_in;
	Timestamp at = DatumGetTimestamp(DirectFunctionCall3(
		input, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	int64 micros = at + GW_REST_USECS_1970_TO_2000;
	StringInfoData out;
	int64 clock;

	if (TIMESTAMP_NOT_FINITE(at) || !gw_rest_year_fits(micros))
		return NULL;
	if (!written)
		return param_nanoseconds(micros);
	initStringInfo(&out);
	(void) gw_rest_day(gw_rest_day_of(micros, &clock), &out);
	appendStringInfoChar(&out, ' ');
	gw_rest_clock(clock, true, &out);
	return out.data;
}

static const char *
param_date(bool written, const char *text)
{
	DateADT date = DatumGetDateADT(DirectFunctionCall1(date_in, CStringGetDatum(text)));
	int64 day = (int64) date + POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;
	StringInfoData out;

	if (DATE_NOT_FINITE(date) || !gw_rest_day_fits(day))
		return NULL;
	if (!written)
		return psprintf(INT64_FORMAT, day * MSECS_PER_DAY);
	initStringInfo(&out);
	(void) gw_rest_day(day, &out);
	return out.data;
}

static const char *
param_time(bool written, const char *text)
{
	TimeADT time = DatumGetTimeADT(DirectFunctionCall3(
		time_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	StringInfoData out;

	if (time >= USECS_PER_DAY)
		return NULL;
	if (!written)
		return param_nanoseconds(time);
	initStringInfo(&out);
	gw_rest_clock(time, true, &out);
	return out.data;
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
gw_snowflake_form(Oid type, bool written, int n, const char **text, GwError *err)
{
	const char *value = *text;

	switch (type)
	{
		case NUMERICOID:
			value = param_number(value);
			break;
		case FLOAT4OID:
		case FLOAT8OID:
			value = param_float(value);
			break;
		case BOOLOID:
			value = value[0] == 't' ? "true" : "false";
			break;
		case BYTEAOID:
			value += strncmp(value, "\\x", 2) == 0 ? 2 : 0;
			break;
		case DATEOID:
			value = param_date(written, value);
			break;
		case TIMEOID:
			value = param_time(written, value);
			break;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			value = param_moment(type, written, value);
			break;
		case InvalidOid:
		case NAMEOID:
			break;
		default:
			if (OidIsValid(get_element_type(type)))
				value = param_array(type, value);
	}
	*text = value;
	if (value != NULL)
		return GW_OK;
	if (type == NUMERICOID)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
							"%s %d is a number that NUMBER cannot hold",
							written ? "column" : "parameter", n);
	return gw_error_set(err, GW_ERR_INVALID, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE,
						"%s %d is a moment outside of the years 1 to 9999",
						written ? "column" : "parameter", n);
}

GwStatus
gw_snowflake_param(StringInfo body, int n, const GwParam *param, GwError *err)
{
	Oid type = OidIsValid(param->type) ? getBaseType(param->type) : InvalidOid;
	const char *value = param->value;

	appendStringInfo(body, "{\"type\":\"%s\",\"value\":", param_type(type));
	if (value != NULL && gw_snowflake_form(type, false, n, &value, err) != GW_OK)
		return GW_FAILED;
	if (value != NULL)
		escape_json(body, value);
	else
		appendStringInfoString(body, "null");
	appendStringInfoChar(body, '}');
	return GW_OK;
}
