/*
 * gw_snowflake_value.c
 *	  Cells: from the SQL API's texts to texts that PostgreSQL reads.
 *
 * Every value is a string: dates are days, moments are seconds with a fraction
 * of up to nine digits (sql-api/handling-responses).  Nothing is rounded or cut:
 * what is finer than a microsecond is an error.  Texts that need no change
 * stay in the page's body.
 */
#include "postgres.h"

#include "base/gw_json_read.h"
#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "platform/gw_rest.h"
#include "platform/gw_snowflake_private.h"
#include "port/pg_bswap.h"
#include "utils/numeric.h"

/* Years 0000 (there is one, as here there is 1 BC) and 10000 are out of any range. */
#define DAYS_LEAST (-719528)
#define DAYS_MOST 2932896

/* Digits that fit int8 whatever they are. */
#define INT8_DIGITS 18

SfType
gw_snowflake_type(const char *name)
{
	static const struct
	{
		const char *name;
		SfType type;
	} types[] = {
		{"fixed", SF_FIXED},		 {"real", SF_REAL},
		{"decfloat", SF_DECFLOAT},	 {"boolean", SF_BOOLEAN},
		{"binary", SF_BINARY},		 {"date", SF_DATE},
		{"time", SF_TIME},			 {"timestamp_ntz", SF_NTZ},
		{"timestamp_ltz", SF_LTZ},	 {"timestamp_tz", SF_TZ},
		{"variant", SF_JSON},		 {"object", SF_JSON},
		{"array", SF_JSON},			 {"map", SF_JSON},
		{"vector", SF_VECTOR},
	};

	for (int i = 0; i < lengthof(types); i++)
		if (pg_strcasecmp(types[i].name, name) == 0)
			return types[i].type;
	return SF_TEXT;
}

void
gw_snowflake_column(SfField *field, Oid meant, GwColumnInfo *column)
{
	static const Oid oids[] = {
		[SF_TEXT] = TEXTOID,	   [SF_FIXED] = NUMERICOID, [SF_REAL] = FLOAT8OID,
		[SF_DECFLOAT] = NUMERICOID, [SF_BOOLEAN] = BOOLOID, [SF_BINARY] = BYTEAOID,
		[SF_DATE] = DATEOID,	   [SF_TIME] = TIMEOID,		[SF_NTZ] = TIMESTAMPOID,
		[SF_LTZ] = TIMESTAMPTZOID, [SF_TZ] = TIMESTAMPTZOID, [SF_JSON] = JSONBOID,
		[SF_VECTOR] = FLOAT4ARRAYOID,
	};

	/* A vector that has been asked for as an array. */
	if (field->type == SF_JSON && meant == FLOAT4ARRAYOID)
		field->type = SF_VECTOR;
	column->name = field->name;
	column->type_oid = oids[field->type];
	column->typmod = -1;
	column->format = GW_CELL_TEXT;
	if (field->type == SF_BINARY)
		column->form = GW_FORM_HEX;
	if (field->type == SF_FIXED && field->scale == 0 && field->precision > 0 &&
		field->precision <= INT8_DIGITS)
		column->type_oid = INT8OID;
	/* The text has exactly so many digits behind the point. */
	else if (field->type == SF_FIXED && field->scale >= 0 && field->precision >= field->scale)
		column->typmod = ((field->precision << 16) | field->scale) + VARHDRSZ;
	if (meant == column->type_oid &&
		(field->type == SF_DATE || field->type == SF_TIME || field->type == SF_NTZ ||
		 field->type == SF_LTZ || field->type == SF_TZ))
		column->format = GW_CELL_BINARY;
}

/* ---- moments ---- */

/*
 * "-1.500000000" as microseconds: the sign is the whole number's.  What follows
 * is at *rest.  false: it is no such text, or too large.
 */
static bool
moment_read(const char *text, int64 *micros, bool *finer, const char **rest)
{
	bool negative = *text == '-';
	int64 seconds = 0, fraction = 0;
	int digits = 0;

	text += negative;
	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++)
	{
		if (seconds > PG_INT64_MAX / USECS_PER_SEC / 10 - 10)
			return false;
		seconds = seconds * 10 + (*text - '0');
	}
	*finer = false;
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9'; text++, digits++)
		{
			if (digits < 6)
				fraction = fraction * 10 + (*text - '0');
			else if (*text != '0')
				*finer = true;
		}
	for (; digits < 6; digits++)
		fraction *= 10;
	*micros = seconds * USECS_PER_SEC + fraction;
	if (negative)
		*micros = -*micros;
	*rest = text;
	return true;
}

/* A column whose values have more digits than there is room for. */
static GwStatus
moment_too_fine(const SfField *field, GwError *err)
{
	gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE,
				 "a value of column \"%s\" is finer than a microsecond", field->name);
	gw_error_detail(err, "It would have to be rounded or cut.");
	gw_error_hint(err, "Read it through a query or a view that casts it to %s(6), or to VARCHAR.",
				  field->type == SF_TIME  ? "TIME"
				  : field->type == SF_NTZ ? "TIMESTAMP_NTZ"
				  : field->type == SF_LTZ ? "TIMESTAMP_LTZ"
										  : "TIMESTAMP_TZ");
	return GW_FAILED;
}

/* Microseconds since 1970, or since midnight for a TIME. */
static GwStatus
moment_cell(GwJsonReader *reader, const SfField *field, int64 *micros, GwError *err)
{
	const char *rest;
	bool finer;

	if (!moment_read(reader->text, micros, &finer, &rest))
		return gw_json_bad(reader, "a moment that is no number of seconds", err);
	/* " 1440": minutes from UTC, and a day; the instant is the same without. */
	if (field->type == SF_TZ && *rest == ' ')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (*rest != '\0')
		return gw_json_bad(reader, "a moment with something behind it", err);
	if (finer)
		return moment_too_fine(field, err);
	if (field->type == SF_TIME
			? *micros < 0 || *micros >= USECS_PER_DAY
			: *micros < DAYS_LEAST * USECS_PER_DAY || *micros >= (DAYS_MOST + 1) * USECS_PER_DAY)
		return gw_json_bad(reader, "a moment out of range", err);
	return GW_OK;
}

static GwStatus
cell_moment(GwJsonReader *reader, const SfField *field, bool binary, GwCell *cell, GwError *err)
{
	int64 micros = 0;
	StringInfoData out;

	if (moment_cell(reader, field, &micros, err) != GW_OK)
		return GW_FAILED;
	if (binary)
	{
		gw_rest_cell_int64(
			reader, field->type == SF_TIME ? micros : micros - GW_REST_USECS_1970_TO_2000, cell);
		return GW_OK;
	}
	initStringInfo(&out);
	if (field->type == SF_TIME)
		gw_rest_clock(micros, false, &out);
	else
		(void) gw_rest_moment(micros, field->type != SF_NTZ, &out);
	cell->data = out.data;
	cell->len = out.len;
	return GW_OK;
}

/* Days since 1970. */
static GwStatus
cell_date(GwJsonReader *reader, bool binary, GwCell *cell, GwError *err)
{
	StringInfoData out;
	int64 days;

	if (!gw_rest_whole(reader->text, &days) || days < DAYS_LEAST || days > DAYS_MOST)
		return gw_json_bad(reader, "a date that is no number of days, or out of range", err);
	if (binary)
	{
		int32 date = (int32) pg_hton32(
			(uint32) (days - (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE)));
		char *data = palloc(sizeof(int32));

		memcpy(data, &date, sizeof(int32));
		cell->data = data;
		cell->len = sizeof(int32);
		return GW_OK;
	}
	initStringInfo(&out);
	if (gw_rest_day(days, &out))
		appendStringInfoString(&out, " BC");
	cell->data = out.data;
	cell->len = out.len;
	return GW_OK;
}

/* ---- the others ---- */

/* "[1.5,2]" as an array; whole numbers that real would round are an error. */
static GwStatus
cell_vector(GwJsonReader *reader, const SfField *field, GwCell *cell, GwError *err)
{
	char *text = pnstrdup(reader->text, reader->textlen);
	size_t len = strlen(text);
	char *at;

	if (len < 2 || text[0] != '[' || text[len - 1] != ']' ||
		strspn(text + 1, "-+.eE0123456789, \nINafinity") != len - 2)
		return gw_json_bad(reader, "a vector", err);
	text[0] = '{';
	text[len - 1] = '}';
	for (at = text + 1; *at != '\0'; at += strspn(at, ",} \n"))
	{
		size_t number = strcspn(at, ",} \n");
		size_t digits = strspn(at + (*at == '-'), "0123456789");

		if (digits + (*at == '-') == number && llabs(strtoll(at, NULL, 10)) > 16777216)
			return gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
								"a number in the vector of column \"%s\" has more digits than "
								"real can hold",
								field->name);
		at += number;
	}
	cell->data = text;
	cell->len = (int32) len;
	return GW_OK;
}

static GwStatus
cell_boolean(GwJsonReader *reader, GwCell *cell, GwError *err)
{
	const char *text = reader->text;
	size_t len = reader->textlen;

	if (len == 4 && memcmp(text, "true", 4) == 0)
		cell->data = "t";
	else if (len == 5 && memcmp(text, "false", 5) == 0)
		cell->data = "f";
	else if (pg_strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0)
		cell->data = "t";
	else if (pg_strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0)
		cell->data = "f";
	else
		return gw_json_bad(reader, "a truth value", err);
	cell->len = 1;
	return GW_OK;
}

/* Holes of arrays are written undefined, which no document has. */
static void
cell_document(const char *text, size_t len, GwCell *cell)
{
	StringInfoData out;
	bool quoted = false;

	if (strstr(text, "undefined") == NULL)
	{
		cell->data = gw_restjob_text(text, &len);
		cell->len = (int32) len;
		return;
	}
	initStringInfo(&out);
	for (size_t i = 0; i < len; i++)
	{
		if (!quoted && strncmp(text + i, "undefined", 9) == 0)
		{
			appendStringInfoString(&out, "null");
			i += 8;
			continue;
		}
		if (text[i] == '"')
			quoted = !quoted;
		appendStringInfoChar(&out, text[i]);
		if (quoted && text[i] == '\\' && i + 1 < len)
			appendStringInfoChar(&out, text[++i]);
	}
	len = out.len;
	cell->data = gw_restjob_text(out.data, &len);
	cell->len = (int32) len;
}

GwStatus
gw_snowflake_cell(GwJsonReader *reader, const SfField *field, bool binary, GwCell *cell,
				  GwError *err)
{
	size_t len = reader->textlen;

	switch (field->type)
	{
		case SF_DATE:
			return cell_date(reader, binary, cell, err);
		case SF_TIME:
		case SF_NTZ:
		case SF_LTZ:
		case SF_TZ:
			return cell_moment(reader, field, binary, cell, err);
		case SF_BOOLEAN:
			return cell_boolean(reader, cell, err);
		case SF_VECTOR:
			return cell_vector(reader, field, cell, err);
		case SF_JSON:
			cell_document(reader->text, len, cell);
			return GW_OK;
		case SF_TEXT:
			cell->data = gw_restjob_text(reader->text, &len);
			cell->len = (int32) len;
			return GW_OK;
		default:
			cell->data = reader->text;
			cell->len = (int32) len;
			return GW_OK;
	}
}
