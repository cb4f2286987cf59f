/*
 * gw_transport_odbc_param.c
 *	  Parameters: PostgreSQL's text to what a driver is bound to.
 *
 * Runs in the backend.  Values are malloc'd, column-wise, one after the other
 * for each set of parameters, and belong to the job.  Decimals, days and
 * moments go out as text with their SQL type, as drivers round what is handed
 * over in their structures; times of day as plain text, for ODBC's have no
 * fractions.
 */
#include "postgres.h"

#include <stdlib.h>

#include <limits.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "transport/gw_transport_odbc.h"

/* Longer texts and binary values are bound as the long types. */
#define PARAM_LONG_CHARS 4000
#define PARAM_LONG_BYTES 8000

/* Digits of a decimal, where the other types go out as text. */
#define PARAM_MAX_DIGITS 38

const char *
odbc_to_utf8(const char *text)
{
	return pg_server_to_any(text, (int) strlen(text), PG_UTF8);
}

/* A moment's offset with minutes, as the standard has it. */
static const char *
param_offset(const char *text)
{
	const char *sign = strrchr(text, '+') ? strrchr(text, '+') : strrchr(text, '-');

	if (sign == NULL || strchr(sign, ':') != NULL || strlen(sign) != 3)
		return text;
	return psprintf("%s:00", text);
}

/* A day as every source knows it: four digits of a year, no BC, not infinite. */
static bool
param_is_day(const char *text)
{
	static const char pattern[] = "0000-00-00";
	int i;

	for (i = 0; i < (int) sizeof(pattern) - 1; i++)
	{
		if (pattern[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != pattern[i])
			return false;
	}
	return strstr(text, "BC") == NULL;
}

static GwStatus
param_unfit(const char *text, const char *what, int sqlstate, GwError *err)
{
	return gw_error_set(err, GW_ERR_PERMANENT, sqlstate, "%s \"%s\" cannot be sent over ODBC",
						what, text);
}

/* Digits before and behind the point; a zero alone before it is none. */
static GwStatus
param_digits(const char *text, SQLULEN *whole, SQLULEN *fraction, size_t most, GwError *err)
{
	const char *p = text + (text[0] == '-');
	const char *point = strchr(p, '.');
	size_t n = strspn(p, "0123456789");
	size_t behind = point ? strlen(point + 1) : 0;
	size_t before = strncmp(p, "0.", 2) == 0 ? 0 : n;

	if (n == 0 || p[n + (point ? 1 + strspn(point + 1, "0123456789") : 0)] != '\0' ||
		before + behind > most)
		return param_unfit(text, "the number", ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, err);
	*whole = Max(*whole, before);
	*fraction = Max(*fraction, behind);
	return GW_OK;
}

static void
param_is_text(OdbcParam *param)
{
	param->c_type = SQL_C_WCHAR;
	param->sql_type = SQL_WVARCHAR;
}

/* How a type is bound, apart from sizes. */
static void
param_types(OdbcParam *param, Oid type, bool as_text)
{
	param->c_type = SQL_C_CHAR;
	switch (type)
	{
		case INT2OID:
			param->c_type = SQL_C_SSHORT;
			param->sql_type = SQL_SMALLINT;
			param->width = sizeof(int16);
			return;
		case INT4OID:
			param->c_type = SQL_C_SLONG;
			param->sql_type = SQL_INTEGER;
			param->width = sizeof(int32);
			return;
		case INT8OID:
			param->c_type = SQL_C_SBIGINT;
			param->sql_type = SQL_BIGINT;
			param->width = sizeof(int64);
			return;
		case BOOLOID:
			param->c_type = SQL_C_BIT;
			param->sql_type = SQL_BIT;
			param->width = 1;
			return;
		case FLOAT4OID:
			param->c_type = SQL_C_FLOAT;
			param->sql_type = SQL_REAL;
			param->width = sizeof(float);
			return;
		case FLOAT8OID:
			param->c_type = SQL_C_DOUBLE;
			param->sql_type = SQL_DOUBLE;
			param->width = sizeof(double);
			return;
		case BYTEAOID:
			param->c_type = SQL_C_BINARY;
			param->sql_type = SQL_VARBINARY;
			return;
		case NUMERICOID:
			param->sql_type = SQL_DECIMAL;
			break;
		case DATEOID:
			param->sql_type = SQL_TYPE_DATE;
			break;
		case TIMESTAMPOID:
			param->sql_type = SQL_TYPE_TIMESTAMP;
			break;
		case UUIDOID:
			param->sql_type = SQL_GUID;
			break;
		default:
			as_text = true;
			break;
	}
	/* A text would take the scale of the column it is compared with, and be rounded to it. */
	if (as_text && type != NUMERICOID)
		param_is_text(param);
}

/*
 * Find the size of every value; values[] are UTF-8 or NULL, most is how many
 * digits a decimal may have.
 */
static GwStatus
param_measure(OdbcParam *param, const char *const *values, int nsets, size_t most, GwError *err)
{
	SQLULEN whole = 0, fraction = 0;
	size_t longest = 1;
	int set;

	for (set = 0; set < nsets; set++)
	{
		const char *text = values[set];

		if (text == NULL)
			continue;
		longest = Max(longest, strlen(text));
		if (param->sql_type == SQL_DECIMAL &&
			param_digits(text, &whole, &fraction, most, err) != GW_OK)
			return GW_FAILED;
		if ((param->sql_type == SQL_TYPE_DATE || param->sql_type == SQL_TYPE_TIMESTAMP) &&
			!param_is_day(text))
			return param_unfit(text, "the time", ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, err);
	}
	/* Rows to be written, which no decimal holds all of. */
	if (param->sql_type == SQL_DECIMAL && whole + fraction > most)
		param_is_text(param);
	param->size = longest;
	switch (param->sql_type)
	{
		case SQL_DECIMAL:
			param->size = Max(whole + fraction, 1);
			param->digits = (SQLSMALLINT) fraction;
			break;
		case SQL_TYPE_DATE:
			param->size = 10;
			break;
		case SQL_TYPE_TIMESTAMP:
			param->size = 26;
			param->digits = 6;
			break;
		case SQL_VARBINARY:
			if (longest / 2 > PARAM_LONG_BYTES)
				param->sql_type = SQL_LONGVARBINARY;
			break;
		case SQL_WVARCHAR:
			if (longest > PARAM_LONG_CHARS)
				param->sql_type = SQL_WLONGVARCHAR;
			break;
		default:
			break;
	}
	if (param->width == 0)
		param->width = param->c_type == SQL_C_WCHAR	   ? (longest + 1) * sizeof(SQLWCHAR)
					   : param->c_type == SQL_C_BINARY ? Max(longest / 2, 1)
													   : longest + 1;
	return GW_OK;
}

static int
param_hex(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Write one value; false: no memory. */
static bool
param_write(const OdbcParam *param, char *to, SQLLEN *len, const char *text)
{
	size_t n = 0;
	SQLWCHAR *units;

	*len = (SQLLEN) param->width;
	switch (param->c_type)
	{
		case SQL_C_SSHORT:
			*(int16 *) to = (int16) strtol(text, NULL, 10);
			break;
		case SQL_C_SLONG:
			*(int32 *) to = (int32) strtol(text, NULL, 10);
			break;
		case SQL_C_SBIGINT:
			*(int64 *) to = strtoll(text, NULL, 10);
			break;
		case SQL_C_BIT:
			*to = text[0] == 't' || text[0] == '1';
			break;
		case SQL_C_FLOAT:
			*(float *) to = strtof(text, NULL);
			break;
		case SQL_C_DOUBLE:
			*(double *) to = strtod(text, NULL);
			break;
		case SQL_C_BINARY:
			for (text += 2; text[2 * n] != '\0'; n++)
				to[n] = (char) (param_hex(text[2 * n]) << 4 | param_hex(text[2 * n + 1]));
			*len = (SQLLEN) n;
			break;
		case SQL_C_WCHAR:
			units = odbc_utf16(text, &n);
			if (units == NULL)
				return false;
			memcpy(to, units, (n + 1) * sizeof(SQLWCHAR));
			*len = (SQLLEN) (n * sizeof(SQLWCHAR));
			free(units);
			break;
		default:
			*len = (SQLLEN) strlen(text);
			memcpy(to, text, *len + 1);
			break;
	}
	return true;
}

GwStatus
odbc_params(OdbcJob *job, const GwStatement *stmt, bool as_text, GwError *err)
{
	int nsets = Max(stmt->nsets, 1);
	const char **values = palloc(nsets * sizeof(char *));
	int i;
	int set;

	job->nsets = nsets;
	job->params = calloc(Max(stmt->nparams, 1), sizeof(OdbcParam));
	if (job->params == NULL)
		return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
	job->nparams = stmt->nparams;
	for (i = 0; i < stmt->nparams; i++)
	{
		OdbcParam *param = &job->params[i];

		for (set = 0; set < nsets; set++)
		{
			const char *value = stmt->params[set * stmt->nparams + i].value;

			values[set] = value ? odbc_to_utf8(value) : NULL;
			if (value != NULL && stmt->params[i].type == TIMESTAMPTZOID)
				values[set] = param_offset(values[set]);
		}
		param_types(param, stmt->params[i].type, as_text);
		if (param_measure(param, values, nsets, as_text ? PARAM_MAX_DIGITS : INT_MAX, err) !=
			GW_OK)
			return GW_FAILED;
		param->values = calloc(nsets, param->width);
		param->lens = calloc(nsets, sizeof(SQLLEN));
		for (set = 0; set < nsets && param->values != NULL && param->lens != NULL; set++)
		{
			if (values[set] == NULL)
				param->lens[set] = SQL_NULL_DATA;
			else if (!param_write(param, param->values + set * param->width, &param->lens[set],
								  values[set]))
				break;
		}
		if (set < nsets)
			return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
	}
	pfree(values);
	return GW_OK;
}
