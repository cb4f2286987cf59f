/*
 * gw_databricks_value.c
 *	  Columns, and cells: from the texts of a result to texts PostgreSQL reads.
 *
 * As JSON_ARRAY the service writes moments in milliseconds only, and clients disagree
 * how it writes bytes.  So the dialect asks for such columns by expressions
 * that say all of the value, and names those for what is in them (gw_us_1);
 * a column that comes as it is has another name then.  In the user's own SQL such
 * types are refused there.  Nothing is rounded or cut.
 */
#include "postgres.h"

#include "base/gw_json_read.h"
#include "catalog/pg_type.h"
#include "common/base64.h"
#include "common/int.h"
#include "datatype/timestamp.h"
#include "platform/gw_databricks_private.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"


/* ---- columns ---- */

/* type_name of a manifest's column. */
static const struct
{
	const char *name;
	Oid type;
	DbForm form;
} types[] = {
	{"BYTE", INT2OID, DB_PLAIN},
	{"SHORT", INT2OID, DB_PLAIN},
	{"INT", INT4OID, DB_PLAIN},
	{"LONG", INT8OID, DB_PLAIN},
	{"FLOAT", FLOAT4OID, DB_PLAIN},
	{"DOUBLE", FLOAT8OID, DB_PLAIN},
	{"DECIMAL", NUMERICOID, DB_PLAIN},
	{"BOOLEAN", BOOLOID, DB_PLAIN},
	{"STRING", TEXTOID, DB_PLAIN},
	{"CHAR", TEXTOID, DB_PLAIN},
	{"DATE", DATEOID, DB_PLAIN},
	{"TIMESTAMP", TIMESTAMPTZOID, DB_INEXACT},
	{"TIMESTAMP_NTZ", TIMESTAMPOID, DB_INEXACT},
	{"BINARY", BYTEAOID, DB_INEXACT},
	{"INTERVAL", INTERVALOID, DB_INTERVAL},
	{"ARRAY", JSONBOID, DB_PLAIN},
	{"MAP", JSONBOID, DB_PLAIN},
	{"STRUCT", JSONBOID, DB_PLAIN},
	{"VARIANT", JSONBOID, DB_PLAIN},
};

/* The name of a column of ours: what it stands for. */
static void
column_of_ours(const char *name, GwColumnInfo *info, DbColumn *column)
{
	if (strncmp(name, "gw_us_", 6) == 0)
	{
		column->form = DB_MICROS;
		info->type_oid = TIMESTAMPTZOID;
	}
	else if (strncmp(name, "gw_hex_", 7) == 0)
	{
		column->form = DB_HEX;
		info->type_oid = BYTEAOID;
	}
	else if (strncmp(name, "gw_array_", 9) == 0)
	{
		column->form = DB_ARRAY;
		column->element = (Oid) strtoul(name + 9, NULL, 10);
		info->type_oid = get_array_type(column->element);
	}
}

/* Does a value of that type have a binary form in an Arrow stream? */
static bool
column_has_binary(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == FLOAT4OID ||
		   type == FLOAT8OID || type == NUMERICOID || type == BOOLOID || type == DATEOID ||
		   type == TIMESTAMPOID || type == TIMESTAMPTZOID || type == BYTEAOID;
}

/* The modifier of numeric that a decimal's digits are; -1: they are not told. */
static int32
column_modifier(const JsonbValue *item)
{
	int64 precision = gw_json_get_int(item, "type_precision", -1);
	int64 scale = gw_json_get_int(item, "type_scale", -1);

	if (precision < 1 || precision > 38 || scale < 0 || scale > precision)
		return -1;
	return (int32) (precision << 16 | scale) + VARHDRSZ;
}

void
gw_databricks_column(const JsonbValue *item, bool ours, bool arrow, Oid meant,
					 GwColumnInfo *info, DbColumn *column)
{
	const char *type = gw_json_get_text(item, "type_name");
	const char *text = gw_json_get_text(item, "type_text");

	info->name = gw_json_get_text(item, "name");
	info->typmod = -1;
	info->type_oid = TEXTOID;
	column->type_text = text ? text : type ? type : "?";
	for (int i = 0; type != NULL && i < lengthof(types); i++)
		if (strcmp(types[i].name, type) == 0)
		{
			info->type_oid = types[i].type;
			column->form = types[i].form;
		}
	if (info->type_oid == NUMERICOID)
		info->typmod = column_modifier(item);
	if (info->type_oid == JSONBOID && text != NULL &&
		(strstr(text, "TIMESTAMP") != NULL || strstr(text, "BINARY") != NULL))
		column->form = DB_INEXACT;
	if (ours)
		column_of_ours(info->name, info, column);
	/* Moments and bytes are whole in an Arrow stream. */
	if (arrow && column->form == DB_INEXACT)
		column->form = DB_PLAIN;
	if (meant == info->type_oid &&
		(arrow ? column_has_binary(meant) : column->form == DB_MICROS || column->form == DB_HEX))
		info->format = GW_CELL_BINARY;
}

/* ---- values ---- */

static bool
value_micros(const char *text, int64 *micros)
{
	char *end;

	errno = 0;
	*micros = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0';
}

GwStatus
gw_databricks_moment(int64 micros, bool binary, GwCell *cell, GwError *err)
{
	StringInfoData out;

	initStringInfo(&out);
	if (binary)
	{
		uint64 wire;

		if (pg_sub_s64_overflow(micros, GW_REST_USECS_1970_TO_2000, &micros) ||
			!IS_VALID_TIMESTAMP(micros))
			return gw_error_set(err, GW_ERR_INVALID, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE,
								"a moment is out of range");
		wire = pg_hton64((uint64) micros);
		appendBinaryStringInfo(&out, (char *) &wire, sizeof(wire));
	}
	else if (!gw_rest_moment(micros, true, &out))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE,
							"a moment is out of range");
	cell->data = out.data;
	cell->len = out.len;
	return GW_OK;
}

static GwStatus
value_bytes(const char *text, size_t len, bool binary, GwCell *cell, GwError *err)
{
	char *data = palloc(len + 3);

	if (len % 2 != 0 || strspn(text, "0123456789abcdefABCDEF") != len)
		return gw_databricks_bad("bytes that are not hexadecimal", err);
	cell->data = data;
	if (binary)
	{
		cell->len = (int32) hex_decode(text, len, data);
		return GW_OK;
	}
	memcpy(data, "\\x", 2);
	memcpy(data + 2, text, len + 1);
	cell->len = (int32) len + 2;
	return GW_OK;
}

/*
 * "1-2" and "3 04:05:06.000000000", one sign before all of it, as ISO 8601 with a
 * sign at each number.
 */
static GwStatus
value_interval(const char *text, GwCell *cell, GwError *err)
{
	const char *sign = *text == '-' ? "-" : "";
	int years, months, days, hours, minutes;
	char seconds[32];
	char extra;
	size_t len;

	text += strlen(sign);
	if (sscanf(text, "%d-%d%c", &years, &months, &extra) == 2)
		cell->data = psprintf("P%s%dY%s%dM", sign, years, sign, months);
	else if (sscanf(text, "%d %d:%d:%31[0-9.]%c", &days, &hours, &minutes, seconds, &extra) == 4)
	{
		/* Microseconds, written with nine digits. */
		len = strlen(seconds);
		while (strchr(seconds, '.') != NULL && len > 0 &&
			   (seconds[len - 1] == '0' || seconds[len - 1] == '.'))
		{
			bool point = seconds[len - 1] == '.';

			seconds[--len] = '\0';
			if (point)
				break;
		}
		cell->data = psprintf("P%s%dDT%s%dH%s%dM%s%sS", sign, days, sign, hours, sign, minutes,
							  sign, seconds);
	}
	else
		return gw_databricks_bad("an interval", err);
	cell->len = (int32) strlen(cell->data);
	return GW_OK;
}

/* Base64 as \x and hexadecimal digits. */
static GwStatus
array_bytes(GwJsonReader *reader, char **text, GwError *err)
{
	int room = pg_b64_dec_len((int) reader->textlen);
	char *data = palloc(Max(room, 1));
	int n = pg_b64_decode(reader->text, (int) reader->textlen, (void *) data, room);

	if (n < 0)
		return gw_json_bad(reader, "bytes that are not base64", err);
	*text = palloc(2 * n + 3);
	memcpy(*text, "\\x", 2);
	(*text)[2 + hex_encode(data, n, *text + 2)] = '\0';
	return GW_OK;
}

/* The rest of a JSON array, whose [ has been read, in braces. */
static GwStatus
array_read(GwJsonReader *reader, Oid element, StringInfo out, GwError *err)
{
	bool first = true;
	GwJsonToken token;
	char *text;

	appendStringInfoChar(out, '{');
	while ((token = gw_json_next(reader)) != GW_JSON_ARRAY_END)
	{
		if (!first)
			appendStringInfoChar(out, ',');
		first = false;
		switch (token)
		{
			case GW_JSON_NULL:
				appendStringInfoString(out, "NULL");
				break;
			case GW_JSON_TRUE:
			case GW_JSON_FALSE:
				appendStringInfoChar(out, token == GW_JSON_TRUE ? 't' : 'f');
				break;
			case GW_JSON_NUMBER:
				appendBinaryStringInfo(out, reader->text, (int) reader->textlen);
				break;
			case GW_JSON_STRING:
				text = unconstify(char *, reader->text);
				if (element == BYTEAOID && array_bytes(reader, &text, err) != GW_OK)
					return GW_FAILED;
				gw_rest_array_quoted(out, text);
				break;
			case GW_JSON_ARRAY:
				if (array_read(reader, element, out, err) != GW_OK)
					return GW_FAILED;
				break;
			default:
				return gw_json_bad(reader, "an array of other values than its column's", err);
		}
	}
	appendStringInfoChar(out, '}');
	return GW_OK;
}

/* The text of an array is a JSON document of its own. */
static GwStatus
value_array(const char *text, size_t textlen, Oid element, GwCell *cell, GwError *err)
{
	StringInfoData out;
	GwJsonReader inner;
	size_t len;

	gw_json_begin(&inner, pnstrdup(text, textlen), textlen, true);
	initStringInfo(&out);
	if (gw_json_next(&inner) != GW_JSON_ARRAY)
		return gw_json_bad(&inner, "an array", err);
	if (array_read(&inner, element, &out, err) != GW_OK)
		return GW_FAILED;
	if (gw_json_next(&inner) != GW_JSON_END)
		return gw_json_bad(&inner, "an array", err);
	len = out.len;
	cell->data = gw_restjob_text(out.data, &len);
	cell->len = (int32) len;
	return GW_OK;
}

GwStatus
gw_databricks_text(const char *text, size_t len, const DbColumn *column, bool binary,
				   GwCell *cell, GwError *err)
{
	int64 micros;

	switch (column->form)
	{
		case DB_MICROS:
			if (!value_micros(text, &micros))
				return gw_databricks_bad("a moment that is no number of microseconds", err);
			return gw_databricks_moment(micros, binary, cell, err);
		case DB_HEX:
			return value_bytes(text, len, binary, cell, err);
		case DB_ARRAY:
			return value_array(text, len, column->element, cell, err);
		case DB_INTERVAL:
			return value_interval(text, cell, err);
		default:
			cell->data = gw_restjob_text(text, &len);
			cell->len = (int32) len;
			return GW_OK;
	}
}

GwStatus
gw_databricks_cell(GwJsonReader *reader, GwJsonToken token, const DbColumn *column, bool binary,
				   GwCell *cell, GwError *err)
{
	if (token == GW_JSON_NULL)
	{
		cell->data = NULL;
		cell->len = -1;
		return GW_OK;
	}
	if (token != GW_JSON_STRING)
		return gw_json_bad(reader, "a cell that is no text, or too few of them", err);
	return gw_databricks_text(reader->text, reader->textlen, column, binary, cell, err);
}
