/*
 * gw_databricks_arrow_json.c
 *	  Documents: from the lists, maps and structs of an Arrow stream.
 *
 * As to_json() would write them, with moments to the microsecond; bytes are in
 * base64, what no number of JSON is is a text.  Documents are of the current context.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/base64.h"
#include "common/shortest_dec.h"
#include "datatype/timestamp.h"
#include "platform/gw_databricks_arrow.h"
#include "utils/json.h"

static GwStatus document_write(const GwArrowField *field, int64 row, StringInfo out,
							   GwError *err);

static void
document_string(StringInfo out, const char *text, size_t len)
{
	const char *ours = gw_restjob_text(pnstrdup(text, len), &len);

	escape_json(out, ours);
}

/* A value that is quoted there: its text by the function that makes cells. */
static GwStatus
document_cell(const GwArrowField *field, int64 row, DbFillFn fn, Oid type, StringInfo out,
			  GwError *err)
{
	static const DbColumn plain = {.form = DB_PLAIN};
	GwCell cell;
	DbFill fill = {.field = field,
				   .column = &plain,
				   .type = type,
				   .first = row,
				   .n = 1,
				   .cells = &cell,
				   .stride = 1,
				   .err = err};
	char *text, *zone;

	if (fn(&fill) != GW_OK)
		return GW_FAILED;
	text = pstrdup(cell.data);
	if (type == TIMESTAMPOID || type == TIMESTAMPTZOID)
	{
		text[strcspn(text, " ")] = 'T';
		zone = strchr(text, '+');
		if (zone != NULL && strcmp(zone, "+00") == 0)
			strcpy(zone, "Z");
	}
	escape_json(out, text);
	return GW_OK;
}

static GwStatus
document_bytes(const GwArrowField *field, int64 row, StringInfo out)
{
	size_t len;
	const char *data = db_arrow_bytes(field, row, &len);
	int room = pg_b64_enc_len((int) len);
	char *text = palloc(room + 1);
	int n = pg_b64_encode((const void *) data, (int) len, text, room);

	appendStringInfoChar(out, '"');
	appendBinaryStringInfo(out, text, Max(n, 0));
	appendStringInfoChar(out, '"');
	return GW_OK;
}

/* A struct's row, or a map's entries. */
static GwStatus
document_struct(const GwArrowField *field, int64 row, StringInfo out, GwError *err)
{
	appendStringInfoChar(out, '{');
	for (int i = 0; i < field->nchildren; i++)
	{
		const GwArrowField *child = &field->children[i];

		appendStringInfoString(out, i > 0 ? "," : "");
		document_string(out, child->name, strlen(child->name));
		appendStringInfoChar(out, ':');
		if (document_write(child, row, out, err) != GW_OK)
			return GW_FAILED;
	}
	appendStringInfoChar(out, '}');
	return GW_OK;
}

static GwStatus
document_entries(const GwArrowField *field, int64 row, StringInfo out, GwError *err)
{
	const GwArrowField *keys = &field->children[0].children[0];
	const GwArrowField *values = &field->children[0].children[1];
	int64 first = gw_arrow_offset(field, row);
	int64 end = gw_arrow_offset(field, row + 1);

	appendStringInfoChar(out, '{');
	for (int64 i = first; i < end; i++)
	{
		StringInfoData key;

		initStringInfo(&key);
		if (gw_arrow_is_null(keys, i))
			return gw_databricks_bad("a map with a key that is NULL", err);
		if (document_write(keys, i, &key, err) != GW_OK)
			return GW_FAILED;
		appendStringInfoString(out, i > first ? "," : "");
		/* A key is a text, whatever its type. */
		if (key.data[0] == '"')
			appendBinaryStringInfo(out, key.data, key.len);
		else
			escape_json(out, key.data);
		appendStringInfoChar(out, ':');
		pfree(key.data);
		if (document_write(values, i, out, err) != GW_OK)
			return GW_FAILED;
	}
	appendStringInfoChar(out, '}');
	return GW_OK;
}

static GwStatus
document_list(const GwArrowField *field, int64 row, StringInfo out, GwError *err)
{
	int64 first = gw_arrow_offset(field, row);
	int64 end = gw_arrow_offset(field, row + 1);

	appendStringInfoChar(out, '[');
	for (int64 i = first; i < end; i++)
	{
		appendStringInfoString(out, i > first ? "," : "");
		if (document_write(&field->children[0], i, out, err) != GW_OK)
			return GW_FAILED;
	}
	appendStringInfoChar(out, ']');
	return GW_OK;
}

/* Numbers that JSON does not have are texts. */
static void
document_float(const GwArrowField *field, int64 row, StringInfo out)
{
	char text[DOUBLE_SHORTEST_DECIMAL_LEN];
	GwCell cell;
	DbFill fill = {.field = field, .first = row, .n = 1, .cells = &cell, .stride = 1};

	(void) gw_databricks_fill_float(&fill);
	strlcpy(text, cell.data, sizeof(text));
	if (strpbrk(text, "NI") != NULL)
		escape_json(out, text);
	else
		appendStringInfoString(out, text);
}

static GwStatus
document_write(const GwArrowField *field, int64 row, StringInfo out, GwError *err)
{
	char text[DB_DECIMAL_TEXT];
	const char *data;
	size_t len;

	if (gw_arrow_is_null(field, row))
	{
		appendStringInfoString(out, "null");
		return GW_OK;
	}
	switch (field->type)
	{
		case GW_ARROW_BOOL:
			appendStringInfoString(out, gw_arrow_bool(field, row) ? "true" : "false");
			return GW_OK;
		case GW_ARROW_INT:
			appendStringInfo(out, INT64_FORMAT, gw_arrow_int(field, row));
			return GW_OK;
		case GW_ARROW_FLOAT:
			document_float(field, row, out);
			return GW_OK;
		case GW_ARROW_DECIMAL:
			appendBinaryStringInfo(out, text, gw_databricks_decimal(field, row, text));
			return GW_OK;
		case GW_ARROW_DATE:
			return document_cell(field, row, gw_databricks_fill_date, DATEOID, out, err);
		case GW_ARROW_TIMESTAMP:
			if (field->per_second != USECS_PER_SEC)
				break;
			return document_cell(field, row, gw_databricks_fill_moment,
								 field->zoned ? TIMESTAMPTZOID : TIMESTAMPOID, out, err);
		case GW_ARROW_TEXT:
			data = db_arrow_bytes(field, row, &len);
			if (memchr(data, '\0', len) != NULL)
				return gw_databricks_bad("a text with a zero byte", err);
			document_string(out, data, len);
			return GW_OK;
		case GW_ARROW_BYTES:
			return document_bytes(field, row, out);
		case GW_ARROW_LIST:
			return document_list(field, row, out, err);
		case GW_ARROW_MAP:
			return document_entries(field, row, out, err);
		case GW_ARROW_STRUCT:
			return document_struct(field, row, out, err);
		default:
			break;
	}
	return gw_databricks_bad("a value within a document that is of no known form", err);
}

GwStatus
gw_databricks_fill_document(const DbFill *fill)
{
	DB_FILL_EACH(fill)
	{
		StringInfoData out;

		initStringInfo(&out);
		if (document_write(fill->field, row, &out, fill->err) != GW_OK)
			return GW_FAILED;
		cell->data = out.data;
		cell->len = out.len;
	}
	return GW_OK;
}
