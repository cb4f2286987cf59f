/*
 * gw_bigquery_encode.c
 *	  PostgreSQL's texts of single values as the REST API takes them.
 *
 * Knows no type of the remote table; results are palloc'd in the current
 * context.
 */
#include "postgres.h"

#include <ctype.h>
#include <float.h>
#include <math.h>

#include "common/base64.h"
#include "common/shortest_dec.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "platform/gw_bigquery_private.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

char *
gw_bigquery_base64(const char *text)
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

char *
gw_bigquery_moment(const char *text)
{
	TimestampTz at = DatumGetTimestampTz(
		DirectFunctionCall3(timestamptz_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
							Int32GetDatum(-1)));
	StringInfoData out;

	initStringInfo(&out);
	if (TIMESTAMP_NOT_FINITE(at) ||
		!gw_bigquery_timestamp(at + GW_REST_USECS_1970_TO_2000,
							   &out))
		return NULL;
	return out.data;
}

bool
gw_bigquery_year_fits(const char *text)
{
	return strspn(text, "0123456789") == 4 && strstr(text, "BC") == NULL;
}

char *
gw_bigquery_interval(const char *text)
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

/* What the service's JSON makes of a number: an integer of 64 bits, or a FLOAT64. */
static bool
json_number_fits(const char *number)
{
	char shortest[DOUBLE_SHORTEST_DECIMAL_LEN];
	Datum given, kept;
	double value;

	if (strlen(number) <= DBL_DIG && strpbrk(number, "eE") == NULL)
		return true;
	errno = 0;
	if (number[strspn(number, "-0123456789")] == '\0')
	{
		(void) (*number == '-' ? (uint64) strtoll(number, NULL, 10)
							   : (uint64) strtoull(number, NULL, 10));
		if (errno == 0)
			return true;
	}
	value = strtod(number, NULL);
	if (!isfinite(value))
		return false;
	double_to_shortest_decimal_buf(value, shortest);
	given = DirectFunctionCall3(numeric_in, CStringGetDatum(number),
								ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	kept = DirectFunctionCall3(numeric_in, CStringGetDatum(shortest),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	return DatumGetBool(DirectFunctionCall2(numeric_eq, given, kept));
}

char *
gw_bigquery_json_unfit(const char *text)
{
	while (*text != '\0')
	{
		size_t len = 1;

		if (*text == '"')
		{
			for (; text[len] != '"' && text[len] != '\0'; len++)
				len += text[len] == '\\' && text[len + 1] != '\0';
			len += text[len] == '"';
		}
		else if (*text == '-' || isdigit((unsigned char) *text))
		{
			char *number = pnstrdup(text, len = strspn(text, "+-.0123456789eE"));

			if (!json_number_fits(number))
				return number;
			pfree(number);
		}
		text += len;
	}
	return NULL;
}

char *
gw_bigquery_bound(const char **at, char end)
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
