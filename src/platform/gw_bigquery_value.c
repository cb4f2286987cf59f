/*
 * gw_bigquery_value.c
 *	  Cells: from BigQuery's JSON forms to texts that PostgreSQL reads.
 *
 * Nothing is rounded or cut: numbers stay their own text, timestamps are whole
 * microseconds.  Texts that need no change stay in the page's body.
 */
#include "postgres.h"

#include "base/gw_json_read.h"
#include "catalog/pg_type.h"
#include "common/base64.h"
#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "platform/gw_bigquery_private.h"
#include "utils/json.h"

static GwStatus cell_nested(GwJsonReader *reader, GwJsonToken token, const BqField *field,
							StringInfo out, GwError *err);

BqType
gw_bigquery_type(const char *name)
{
	static const struct
	{
		const char *name;
		BqType type;
	} types[] = {
		{"STRING", BQ_STRING},	   {"INTEGER", BQ_INT64},	 {"INT64", BQ_INT64},
		{"FLOAT", BQ_FLOAT64},	   {"FLOAT64", BQ_FLOAT64},	 {"NUMERIC", BQ_NUMERIC},
		{"BIGNUMERIC", BQ_NUMERIC}, {"BOOLEAN", BQ_BOOL},	 {"BOOL", BQ_BOOL},
		{"BYTES", BQ_BYTES},	   {"DATE", BQ_DATE},		 {"TIME", BQ_TIME},
		{"DATETIME", BQ_DATETIME}, {"TIMESTAMP", BQ_TIMESTAMP}, {"INTERVAL", BQ_INTERVAL},
		{"JSON", BQ_JSON},		   {"RANGE", BQ_RANGE},		 {"RECORD", BQ_STRUCT},
		{"STRUCT", BQ_STRUCT},
	};

	for (int i = 0; i < lengthof(types); i++)
		if (pg_strcasecmp(types[i].name, name) == 0)
			return types[i].type;
	return BQ_STRING;
}

/* The PostgreSQL type of one value; 0: text of a kind that the column's type decides. */
static Oid
value_type(const BqField *field)
{
	switch (field->type)
	{
		case BQ_INT64:
			return INT8OID;
		case BQ_FLOAT64:
			return FLOAT8OID;
		case BQ_NUMERIC:
			return NUMERICOID;
		case BQ_BOOL:
			return BOOLOID;
		case BQ_BYTES:
			return BYTEAOID;
		case BQ_DATE:
			return DATEOID;
		case BQ_TIME:
			return TIMEOID;
		case BQ_DATETIME:
			return TIMESTAMPOID;
		case BQ_TIMESTAMP:
			return TIMESTAMPTZOID;
		case BQ_INTERVAL:
			return INTERVALOID;
		case BQ_JSON:
		case BQ_STRUCT:
			return JSONBOID;
		case BQ_RANGE:
			return field->element == BQ_DATE		? DATERANGEOID
				: field->element == BQ_DATETIME ? TSRANGEOID
												: TSTZRANGEOID;
		default:
			return TEXTOID;
	}
}

static Oid
array_type(Oid element)
{
	static const struct
	{
		Oid element, array;
	} arrays[] = {
		{INT8OID, INT8ARRAYOID},	   {FLOAT8OID, FLOAT8ARRAYOID},
		{NUMERICOID, NUMERICARRAYOID}, {BOOLOID, BOOLARRAYOID},
		{BYTEAOID, BYTEAARRAYOID},	   {DATEOID, DATEARRAYOID},
		{TIMEOID, TIMEARRAYOID},	   {TIMESTAMPOID, TIMESTAMPARRAYOID},
		{TIMESTAMPTZOID, TIMESTAMPTZARRAYOID}, {INTERVALOID, INTERVALARRAYOID},
		{TEXTOID, TEXTARRAYOID},	   {DATERANGEOID, DATERANGEARRAYOID},
		{TSRANGEOID, TSRANGEARRAYOID}, {TSTZRANGEOID, TSTZRANGEARRAYOID},
	};

	for (int i = 0; i < lengthof(arrays); i++)
		if (arrays[i].element == element)
			return arrays[i].array;
	return JSONBOID;
}

void
gw_bigquery_column(const BqField *field, Oid meant, GwColumnInfo *column)
{
	Oid type = value_type(field);

	column->name = pstrdup(field->name);
	column->type_oid = field->repeated ? array_type(type) : type;
	column->typmod = -1;
	column->format = meant == type && !field->repeated &&
							 (field->type == BQ_TIMESTAMP || field->type == BQ_BYTES)
		? GW_CELL_BINARY
		: GW_CELL_TEXT;
}

/* ---- single values ---- */

bool
gw_bigquery_timestamp(int64 micros, StringInfo out)
{
	/* TIMESTAMP has no other years. */
	return gw_rest_year_fits(micros) && gw_rest_moment(micros, true, out);
}

static GwStatus
value_timestamp(GwJsonReader *reader, const char *text, StringInfo out, GwError *err)
{
	int64 micros;

	if (!gw_rest_whole(text, &micros) || !gw_bigquery_timestamp(micros, out))
		return gw_json_bad(reader, "a timestamp that is no number of microseconds, or out of "
									   "range",
							   err);
	return GW_OK;
}

/*
 * "[-]Y-M [-]D [-]H:M:S[.F]", three signs of their own, as ISO 8601 with a
 * sign at each number, which PostgreSQL reads the same under every IntervalStyle.
 */
static GwStatus
value_interval(GwJsonReader *reader, const char *text, StringInfo out, GwError *err)
{
	int years, months, days, hours, minutes;
	char seconds[32];
	char extra;
	const char *ym = text;
	const char *d = strchr(ym, ' ');
	const char *hms = d ? strchr(d + 1, ' ') : NULL;
	const char *ymsign, *dsign, *hmssign;

	if (hms == NULL)
		return gw_json_bad(reader, "an interval", err);
	d++;
	hms++;
	ymsign = *ym == '-' ? "-" : "";
	dsign = *d == '-' ? "-" : "";
	hmssign = *hms == '-' ? "-" : "";
	ym += strlen(ymsign);
	d += strlen(dsign);
	hms += strlen(hmssign);
	if (sscanf(ym, "%d-%d %c", &years, &months, &extra) < 2 || sscanf(d, "%d", &days) != 1 ||
		sscanf(hms, "%d:%d:%31[0-9.]%c", &hours, &minutes, seconds, &extra) != 3)
		return gw_json_bad(reader, "an interval", err);
	appendStringInfo(out, "P%s%dY%s%dM%s%dDT%s%dH%s%dM%s%sS", ymsign, years, ymsign, months, dsign,
					 days, hmssign, hours, hmssign, minutes, hmssign, seconds);
	return GW_OK;
}

/* A bound of a range: nothing when there is none. */
static GwStatus
value_bound(GwJsonReader *reader, const BqField *field, char *text, StringInfo out, GwError *err)
{
	while (*text == ' ')
		text++;
	if (strcmp(text, "UNBOUNDED") == 0 || strcmp(text, "NULL") == 0)
		return GW_OK;
	appendStringInfoChar(out, '"');
	if (field->element == BQ_TIMESTAMP && strpbrk(text, ":") == NULL)
	{
		if (value_timestamp(reader, text, out, err) != GW_OK)
			return GW_FAILED;
	}
	else
		appendStringInfoString(out, text);
	appendStringInfoChar(out, '"');
	return GW_OK;
}

/* "[start, end)" */
static GwStatus
value_range(GwJsonReader *reader, const BqField *field, StringInfo out, GwError *err)
{
	char *text = pnstrdup(reader->text, reader->textlen);
	char *comma = strchr(text, ',');
	size_t len = strlen(text);

	if (comma == NULL || text[0] != '[' || text[len - 1] != ')')
		return gw_json_bad(reader, "a range", err);
	text[len - 1] = '\0';
	*comma = '\0';
	appendStringInfoChar(out, '[');
	if (value_bound(reader, field, text + 1, out, err) != GW_OK)
		return GW_FAILED;
	appendStringInfoChar(out, ',');
	if (value_bound(reader, field, comma + 1, out, err) != GW_OK)
		return GW_FAILED;
	appendStringInfoChar(out, ')');
	return GW_OK;
}

static GwStatus
value_bytes(GwJsonReader *reader, char **data, int *len, GwError *err)
{
	int room = pg_b64_dec_len((int) reader->textlen);

	*data = palloc(Max(room, 1));
	*len = pg_b64_decode(reader->text, (int) reader->textlen, (void *) *data, room);
	return *len >= 0 ? GW_OK : gw_json_bad(reader, "bytes that are not base64", err);
}

/* The text PostgreSQL's input function reads, for a value that is a JSON string. */
static GwStatus
value_text(GwJsonReader *reader, const BqField *field, StringInfo out, GwError *err)
{
	static const char hex[] = "0123456789abcdef";
	size_t len = reader->textlen;
	char *data;
	int n;

	switch (field->type)
	{
		case BQ_TIMESTAMP:
			return value_timestamp(reader, reader->text, out, err);
		case BQ_INTERVAL:
			return value_interval(reader, reader->text, out, err);
		case BQ_RANGE:
			return value_range(reader, field, out, err);
		case BQ_BYTES:
			if (value_bytes(reader, &data, &n, err) != GW_OK)
				return GW_FAILED;
			appendStringInfoString(out, "\\x");
			enlargeStringInfo(out, 2 * n);
			for (int i = 0; i < n; i++)
			{
				out->data[out->len++] = hex[(unsigned char) data[i] >> 4];
				out->data[out->len++] = hex[(unsigned char) data[i] & 15];
			}
			out->data[out->len] = '\0';
			return GW_OK;
		default:
			appendBinaryStringInfo(out, gw_restjob_text(reader->text, &len), (int) len);
			return GW_OK;
	}
}

/* ---- nested values ---- */

/* A value within a JSON document. */
static GwStatus
nested_scalar(GwJsonReader *reader, GwJsonToken token, const BqField *field, StringInfo out,
			  GwError *err)
{
	StringInfoData text;

	if (token == GW_JSON_NULL)
	{
		appendStringInfoString(out, "null");
		return GW_OK;
	}
	if (token != GW_JSON_STRING)
		return gw_json_bad(reader, "a value that is no string", err);
	switch (field->type)
	{
		case BQ_INT64:
		case BQ_NUMERIC:
		case BQ_BOOL:
		case BQ_JSON:
			return value_text(reader, field, out, err);
		case BQ_FLOAT64:
			/* NaN and infinities are no JSON numbers. */
			if (strpbrk(reader->text, "NnIi") == NULL)
				return value_text(reader, field, out, err);
			break;
		default:
			break;
	}
	initStringInfo(&text);
	if (value_text(reader, field, &text, err) != GW_OK)
		return GW_FAILED;
	if (field->type == BQ_TIMESTAMP || field->type == BQ_DATETIME)
	{
		/* As to_jsonb() writes them. */
		if (text.len > 10 && text.data[10] == ' ')
			text.data[10] = 'T';
		if (field->type == BQ_TIMESTAMP)
			appendStringInfoString(&text, ":00");
	}
	escape_json(out, text.data);
	pfree(text.data);
	return GW_OK;
}

/* {"f":[{"v":...}, ...]} as an object with the fields' names. */
static GwStatus
nested_struct(GwJsonReader *reader, const BqField *field, StringInfo out, GwError *err)
{
	if (gw_json_next(reader) != GW_JSON_KEY || strcmp(reader->text, "f") != 0 ||
		gw_json_next(reader) != GW_JSON_ARRAY)
		return gw_json_bad(reader, "a structure", err);
	appendStringInfoChar(out, '{');
	for (int i = 0; i < field->nfields; i++)
	{
		if (gw_json_next(reader) != GW_JSON_OBJECT || gw_json_next(reader) != GW_JSON_KEY ||
			strcmp(reader->text, "v") != 0)
			return gw_json_bad(reader, "a structure with too few fields", err);
		if (i > 0)
			appendStringInfoChar(out, ',');
		escape_json(out, field->fields[i].name);
		appendStringInfoChar(out, ':');
		if (cell_nested(reader, gw_json_next(reader), &field->fields[i], out, err) != GW_OK)
			return GW_FAILED;
		if (gw_json_next(reader) != GW_JSON_OBJECT_END)
			return gw_json_bad(reader, "a field", err);
	}
	appendStringInfoChar(out, '}');
	if (gw_json_next(reader) != GW_JSON_ARRAY_END || gw_json_next(reader) != GW_JSON_OBJECT_END)
		return gw_json_bad(reader, "a structure with too many fields", err);
	return GW_OK;
}

/*
 * [{"v":...}, ...] as a JSON array, or in braces.  A NULL array comes as an
 * empty one.
 */
static GwStatus
nested_array(GwJsonReader *reader, const BqField *field, bool braces, StringInfo out, GwError *err)
{
	BqField element = *field;
	GwJsonToken token;
	int n = 0;

	element.repeated = false;
	appendStringInfoChar(out, braces ? '{' : '[');
	while ((token = gw_json_next(reader)) == GW_JSON_OBJECT)
	{
		if (gw_json_next(reader) != GW_JSON_KEY || strcmp(reader->text, "v") != 0)
			return gw_json_bad(reader, "an element", err);
		if (n++ > 0)
			appendStringInfoChar(out, ',');
		token = gw_json_next(reader);
		if (!braces)
		{
			if (cell_nested(reader, token, &element, out, err) != GW_OK)
				return GW_FAILED;
		}
		else if (token == GW_JSON_NULL)
			appendStringInfoString(out, "NULL");
		else
		{
			StringInfoData text;

			if (token != GW_JSON_STRING)
				return gw_json_bad(reader, "an element that is no string", err);
			initStringInfo(&text);
			if (value_text(reader, &element, &text, err) != GW_OK)
				return GW_FAILED;
			gw_rest_array_quoted(out, text.data);
			pfree(text.data);
		}
		if (gw_json_next(reader) != GW_JSON_OBJECT_END)
			return gw_json_bad(reader, "an element", err);
	}
	if (token != GW_JSON_ARRAY_END)
		return gw_json_bad(reader, "an array", err);
	appendStringInfoChar(out, braces ? '}' : ']');
	return GW_OK;
}

static GwStatus
cell_nested(GwJsonReader *reader, GwJsonToken token, const BqField *field, StringInfo out,
			GwError *err)
{
	if (field->repeated && token == GW_JSON_ARRAY)
		return nested_array(reader, field, false, out, err);
	if (field->type == BQ_STRUCT && token == GW_JSON_OBJECT)
		return nested_struct(reader, field, out, err);
	return nested_scalar(reader, token, field, out, err);
}

/* ---- cells ---- */

/* Timestamps and bytes in PostgreSQL's own form. */
static GwStatus
cell_binary(GwJsonReader *reader, const BqField *field, GwCell *cell, GwError *err)
{
	int64 micros;
	char *data;
	int len;

	if (field->type == BQ_BYTES)
	{
		if (value_bytes(reader, &data, &len, err) != GW_OK)
			return GW_FAILED;
		cell->data = data;
		cell->len = len;
		return GW_OK;
	}
	if (!gw_rest_whole(reader->text, &micros) || !gw_rest_year_fits(micros))
		return gw_json_bad(reader, "a timestamp that is no number of microseconds", err);
	gw_rest_cell_int64(reader, micros - GW_REST_USECS_1970_TO_2000, cell);
	return GW_OK;
}

GwStatus
gw_bigquery_cell(GwJsonReader *reader, GwJsonToken token, const BqField *field, bool binary,
				 GwCell *cell, GwError *err)
{
	StringInfoData out;
	GwStatus status;
	size_t len;

	if (token == GW_JSON_NULL)
	{
		cell->data = NULL;
		cell->len = -1;
		return GW_OK;
	}
	if (token == GW_JSON_STRING && !field->repeated && field->type != BQ_STRUCT)
	{
		if (binary)
			return cell_binary(reader, field, cell, err);
		if (field->type != BQ_TIMESTAMP && field->type != BQ_BYTES &&
			field->type != BQ_INTERVAL && field->type != BQ_RANGE)
		{
			len = reader->textlen;
			cell->data = gw_restjob_text(reader->text, &len);
			cell->len = (int32) len;
			return GW_OK;
		}
	}
	initStringInfo(&out);
	if (field->repeated && token == GW_JSON_ARRAY)
		status = nested_array(reader, field, array_type(value_type(field)) != JSONBOID, &out, err);
	else if (field->type == BQ_STRUCT && token == GW_JSON_OBJECT)
		status = nested_struct(reader, field, &out, err);
	else if (token == GW_JSON_STRING)
		status = value_text(reader, field, &out, err);
	else
		status = gw_json_bad(reader, "a cell of another kind than its column", err);
	cell->data = out.data;
	cell->len = out.len;
	return status;
}
