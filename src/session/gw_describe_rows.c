/*
 * gw_describe_rows.c
 *	  The documents of a DESCRIBE, one for each table.
 *
 * A remote that can write JSON sends a document a row.  Where it cannot, a
 * table has many rows of plain columns, and the document is made of them here.
 * Does not know what a document means.  What is handed out lives in the context
 * that is current then; the stream is the caller's.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "session/gw_session_private.h"

/* Columns of GW_CATALOG_DESCRIBE. */
#define DESCRIBE_SCHEMA 0
#define DESCRIBE_TABLE 1
#define DESCRIBE_DOCUMENT 2
#define DESCRIBE_NCOLUMNS 3

static bool rows_next(GwDescribeRows *rows);
static bool rows_same_table(const GwDescribeRows *rows, const char *schema, const char *table);
static void rows_add(const GwDescribeRows *rows, GwJsonBuilder *b);

bool
gw_describe_next(GwDescribeRows *rows, const char **document)
{
	GwJsonBuilder b = {NULL, NULL};
	const char *schema;
	const char *table;
	Jsonb *doc;

	if (!rows->ahead && !rows_next(rows))
		return false;
	rows->ahead = false;
	if (rows->batch->ncolumns == DESCRIBE_NCOLUMNS)
	{
		*document = gw_batch_text(rows->batch, rows->row, DESCRIBE_DOCUMENT);
		return true;
	}
	schema = gw_batch_text(rows->batch, rows->row, DESCRIBE_SCHEMA);
	table = gw_batch_text(rows->batch, rows->row, DESCRIBE_TABLE);
	schema = schema ? pstrdup(schema) : NULL;
	table = table ? pstrdup(table) : NULL;
	gw_json_begin_array(&b);
	do
	{
		if (!rows_same_table(rows, schema, table))
		{
			rows->ahead = true;
			break;
		}
		rows_add(rows, &b);
	} while (rows_next(rows));
	gw_json_end_array(&b);
	doc = gw_json_finish(&b);
	*document = JsonbToCString(NULL, &doc->root, VARSIZE(doc));
	return true;
}

static bool
rows_next(GwDescribeRows *rows)
{
	if (rows->ended)
		return false;
	if (rows->batch == NULL || ++rows->row >= rows->batch->nrows)
	{
		rows->batch = gw_stream_next(rows->stream);
		rows->row = 0;
		rows->ended = rows->batch == NULL;
	}
	return !rows->ended;
}

static bool
rows_same_table(const GwDescribeRows *rows, const char *schema, const char *table)
{
	const char *now[2] = {gw_batch_text(rows->batch, rows->row, DESCRIBE_SCHEMA),
						  gw_batch_text(rows->batch, rows->row, DESCRIBE_TABLE)};
	const char *then[2] = {schema, table};
	int i;

	for (i = 0; i < lengthof(now); i++)
	{
		if ((now[i] == NULL) != (then[i] == NULL) ||
			(now[i] != NULL && strcmp(now[i], then[i]) != 0))
			return false;
	}
	return true;
}

/* The row as an object: members are the columns that are not NULL. */
static void
rows_add(const GwDescribeRows *rows, GwJsonBuilder *b)
{
	int i;

	gw_json_begin_object(b);
	for (i = 0; i < rows->batch->ncolumns; i++)
		gw_json_put_text(b, rows->batch->columns[i].name, gw_batch_text(rows->batch, rows->row, i));
	gw_json_end_object(b);
}
