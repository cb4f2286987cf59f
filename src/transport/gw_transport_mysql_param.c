/*
 * gw_transport_mysql_param.c
 *	  Parameters of a prepared statement, bound by their types.
 *
 * Every value travels as what it is: sent as a string, a number would be
 * compared as a rounded float, and a date by its text.  A value that MySQL's
 * types cannot hold (NaN, infinity, years before 1 or after 9999) is refused
 * here.  What is bound lives in CurrentMemoryContext.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "pgtime.h"
#include "transport/gw_transport_mysql.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"

/* https://dev.mysql.com/doc/refman/8.0/en/fixed-point-types.html */
#define PARAM_MAX_DIGITS 65
#define PARAM_MAX_SCALE 30
#define PARAM_MAX_BITS 64

/* What compares as these do with all that there is; they are no two the same. */
#define NUMERIC_INFINITY 1e300
#define NUMERIC_NAN 1e301

static GwStatus param_refuse(GwError *err, int nth, const char *value, const char *why);
static GwStatus param_moment(const GwParam *param, MYSQL_BIND *bind, int nth, GwError *err);
static GwStatus param_numeric(const char *value, int nth, MYSQL_BIND *bind, GwError *err);
static void param_double(MYSQL_BIND *bind, double number);
static void param_bytes(MYSQL_BIND *bind, enum enum_field_types type, const char *data,
						Size len);
static void param_integer(MYSQL_BIND *bind, int64 value, bool is_unsigned);
static char *param_members(const char *value, int nth, GwError *err);

static GwStatus
param_bind(const MysqlLink *link, const GwParam *param, int nth, MYSQL_BIND *bind, GwError *err)
{
	const char *value = param->value;
	double number;

	if (value == NULL)
	{
		bind->buffer_type = MYSQL_TYPE_NULL;
		return GW_OK;
	}
	switch (param->type)
	{
		case BOOLOID:
			param_integer(bind, value[0] == 't' || value[0] == '1', false);
			return GW_OK;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
			param_integer(bind, strtoll(value, NULL, 10), false);
			return GW_OK;
		case FLOAT4OID:
		case FLOAT8OID:
			number = strtod(value, NULL);
			if (!isfinite(number))
				return param_refuse(err, nth, value, "MySQL's floats are finite");
			param_double(bind, number);
			if (param->type == FLOAT4OID)
			{
				bind->buffer_type = MYSQL_TYPE_FLOAT;
				*(float *) bind->buffer = strtof(value, NULL);
			}
			return GW_OK;
		case NUMERICOID:
			return param_numeric(value, nth, bind, err);
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case TIMEOID:
			return param_moment(param, bind, nth, err);
		case BYTEAOID:
		{
			bytea *bytes =
				DatumGetByteaPP(DirectFunctionCall1(byteain, CStringGetDatum(value)));

			param_bytes(bind, MYSQL_TYPE_BLOB, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
			return GW_OK;
		}
		case BITOID:
		case VARBITOID:
			if (strlen(value) > PARAM_MAX_BITS)
				return param_refuse(err, nth, value, "MySQL's bits are at most 64");
			param_integer(bind, (int64) strtoull(value, NULL, 2), true);
			return GW_OK;
		case TEXTARRAYOID:
			value = param_members(value, nth, err);
			if (value == NULL)
				return GW_FAILED;
			break;
		default:
			break;
	}
	if (link->converts)
		value = pg_server_to_any(value, strlen(value), PG_UTF8);
	param_bytes(bind, MYSQL_TYPE_VAR_STRING, value, strlen(value));
	return GW_OK;
}

GwStatus
gw_mysql_bind_params(const MysqlLink *link, const GwParam *params, int nparams,
					 MYSQL_BIND **binds, GwError *err)
{
	*binds = palloc0(Max(nparams, 1) * sizeof(MYSQL_BIND));
	for (int i = 0; i < nparams; i++)
		if (param_bind(link, &params[i], i + 1, &(*binds)[i], err) != GW_OK)
			return GW_FAILED;
	return GW_OK;
}

static GwStatus
param_refuse(GwError *err, int nth, const char *value, const char *why)
{
	char clean[128];

	gw_error_remote_text(clean, sizeof(clean), value);
	gw_error_set(err, GW_ERR_INVALID, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
				 "the value \"%s\" of parameter %d has no place in MySQL", clean, nth);
	gw_error_detail(err, "%s.", why);
	return GW_FAILED;
}

static void
param_bytes(MYSQL_BIND *bind, enum enum_field_types type, const char *data, Size len)
{
	bind->buffer_type = type;
	bind->buffer = memcpy(palloc(len + 1), data, len);
	bind->buffer_length = len;
	bind->length_value = len;
	bind->length = &bind->length_value;
}

static void
param_integer(MYSQL_BIND *bind, int64 value, bool is_unsigned)
{
	bind->buffer_type = MYSQL_TYPE_LONGLONG;
	bind->buffer = palloc(sizeof(int64));
	bind->is_unsigned = is_unsigned;
	*(int64 *) bind->buffer = value;
}

static void
param_double(MYSQL_BIND *bind, double number)
{
	bind->buffer_type = MYSQL_TYPE_DOUBLE;
	bind->buffer = palloc(sizeof(double));
	*(double *) bind->buffer = number;
}

/*
 * A number beyond all decimals, or nearer to zero than any, goes as a double:
 * it compares with every decimal as it should, and none can store it.
 */
static GwStatus
param_numeric(const char *value, int nth, MYSQL_BIND *bind, GwError *err)
{
	char *plain = pstrdup(value);
	char *point = strchr(plain, '.');
	char *end = plain + strlen(plain);
	const char *digits = plain + strspn(plain, "-0");
	int whole;

	if (strspn(value, "-0123456789.") != strlen(value))
	{
		param_double(bind, value[0] == '-' ? -NUMERIC_INFINITY
						   : value[0] == 'N' ? NUMERIC_NAN
											 : NUMERIC_INFINITY);
		return GW_OK;
	}
	if (point != NULL)
	{
		while (end[-1] == '0')
			*--end = '\0';
		if (end[-1] == '.')
			*--end = '\0';
	}
	whole = (int) strspn(digits, "0123456789");
	if (point == NULL || point >= end || end - point - 1 <= PARAM_MAX_SCALE)
	{
		if (whole + (point != NULL && point < end ? (int) (end - point - 1) : 0) <=
			PARAM_MAX_DIGITS)
			param_bytes(bind, MYSQL_TYPE_NEWDECIMAL, plain, end - plain);
		else if (whole > PARAM_MAX_DIGITS)
			param_double(bind, strtod(plain, NULL));
		else
			return param_refuse(err, nth, value, "MySQL's decimals have at most 65 digits");
		return GW_OK;
	}
	if (whole > PARAM_MAX_DIGITS ||
		(digits == point && strspn(point + 1, "0") >= PARAM_MAX_SCALE))
	{
		param_double(bind, strtod(plain, NULL));
		return GW_OK;
	}
	return param_refuse(err, nth, value,
						"MySQL's decimals have at most 65 digits, 30 of them behind the point");
}

/* Days and times of day; a moment is sent in UTC, as the session is. */
static GwStatus
param_moment(const GwParam *param, MYSQL_BIND *bind, int nth, GwError *err)
{
	MYSQL_TIME *time = palloc0(sizeof(MYSQL_TIME));
	Datum text = CStringGetDatum(param->value);
	struct pg_tm tm = {0};
	fsec_t fsec = 0;
	bool good = true;

	if (param->type == DATEOID)
	{
		DateADT date = DatumGetDateADT(DirectFunctionCall1(date_in, text));

		good = !DATE_NOT_FINITE(date);
		if (good)
			j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	}
	else if (param->type == TIMEOID)
	{
		TimeADT at = DatumGetTimeADT(
			DirectFunctionCall3(time_in, text, ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));

		time2tm(at, &tm, &fsec);
	}
	else
	{
		Timestamp at = DatumGetTimestamp(
			DirectFunctionCall3(param->type == TIMESTAMPOID ? timestamp_in : timestamptz_in, text,
								ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));

		good = !TIMESTAMP_NOT_FINITE(at) && timestamp2tm(at, NULL, &tm, &fsec, NULL, NULL) == 0;
	}
	if (param->type != TIMEOID && (!good || tm.tm_year < 1 || tm.tm_year > 9999))
	{
		(void) param_refuse(err, nth, param->value, "MySQL's years are 1 to 9999");
		err->sqlstate = ERRCODE_DATETIME_FIELD_OVERFLOW;
		return GW_FAILED;
	}
	time->year = tm.tm_year;
	time->month = tm.tm_mon;
	time->day = tm.tm_mday;
	time->hour = tm.tm_hour;
	time->minute = tm.tm_min;
	time->second = tm.tm_sec;
	time->second_part = fsec;
	time->time_type = param->type == DATEOID   ? MYSQL_TIMESTAMP_DATE
					  : param->type == TIMEOID ? MYSQL_TIMESTAMP_TIME
											   : MYSQL_TIMESTAMP_DATETIME;
	bind->buffer_type = param->type == DATEOID   ? MYSQL_TYPE_DATE
						: param->type == TIMEOID ? MYSQL_TYPE_TIME
												 : MYSQL_TYPE_DATETIME;
	bind->buffer = time;
	bind->buffer_length = sizeof(MYSQL_TIME);
	return GW_OK;
}

/* An array of text as the members of a SET: separated by commas, which none holds. */
static char *
param_members(const char *value, int nth, GwError *err)
{
	ArrayType *array = DatumGetArrayTypeP(
		OidInputFunctionCall(F_ARRAY_IN, unconstify(char *, value), TEXTOID, -1));
	StringInfoData members;
	Datum *items;
	bool *nulls;
	int n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &n);
	initStringInfo(&members);
	for (int i = 0; i < n; i++)
	{
		char *item = nulls[i] ? NULL : TextDatumGetCString(items[i]);

		if (item == NULL || item[0] == '\0' || strchr(item, ',') != NULL)
		{
			(void) param_refuse(err, nth, value,
								"A member of a SET is neither null nor empty and has no comma");
			return NULL;
		}
		appendStringInfo(&members, "%s%s", i > 0 ? "," : "", item);
	}
	return members.data;
}
