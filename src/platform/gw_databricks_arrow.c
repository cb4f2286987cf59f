/*
 * gw_databricks_arrow.c
 *	  Results as Arrow streams: which column is which, and the rows of a chunk.
 *
 * A chunk is one stream.  Each of its columns must be what the manifest says of it,
 * in the only form that is documented (or is Spark's own); anything else is an error.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "platform/gw_databricks_arrow.h"
#include "utils/memutils.h"

typedef struct DbArrow
{
	GwArrowReader reader;
	MemoryContext cxt; /* of its fields */
	int64 at;		   /* rows of the batch in hand that were handed out */
} DbArrow;

/* ---- which column is which ---- */

/* NULL: it is not what the manifest says. */
static DbFillFn
fill_pick_plain(const GwArrowField *field, Oid type)
{
	switch (field->type)
	{
		case GW_ARROW_BOOL:
			return type == BOOLOID ? gw_databricks_fill_bool : NULL;
		case GW_ARROW_INT:
			return (type == INT8OID || (type == INT4OID && field->width <= 4) ||
					(type == INT2OID && field->width <= 2))
					   ? gw_databricks_fill_int
					   : NULL;
		case GW_ARROW_FLOAT:
			return type == (field->width == 4 ? FLOAT4OID : FLOAT8OID)
					   ? gw_databricks_fill_float
					   : NULL;
		case GW_ARROW_DECIMAL:
			return type == NUMERICOID ? gw_databricks_fill_decimal : NULL;
		case GW_ARROW_DATE:
			return type == DATEOID ? gw_databricks_fill_date : NULL;
		case GW_ARROW_TIMESTAMP:
			return field->per_second == USECS_PER_SEC &&
						   type == (field->zoned ? TIMESTAMPTZOID : TIMESTAMPOID)
					   ? gw_databricks_fill_moment
					   : NULL;
		case GW_ARROW_TEXT:
			return type == TEXTOID || type == JSONBOID ? gw_databricks_fill_text : NULL;
		case GW_ARROW_BYTES:
			return type == BYTEAOID ? gw_databricks_fill_bytes : NULL;
		case GW_ARROW_LIST:
		case GW_ARROW_MAP:
		case GW_ARROW_STRUCT:
			return type == JSONBOID ? gw_databricks_fill_document : NULL;
		default:
			return NULL;
	}
}

static DbFillFn
fill_pick(const GwArrowField *field, const DbColumn *column, Oid type)
{
	if (field->type == GW_ARROW_NULL)
		return gw_databricks_fill_null;
	switch (column->form)
	{
		case DB_PLAIN:
			return fill_pick_plain(field, type);
		case DB_MICROS:
			return field->type == GW_ARROW_INT && field->width == 8 ? gw_databricks_fill_moment
																	: NULL;
		case DB_INTERVAL:
			if (field->type == GW_ARROW_MONTHS ||
				(field->type == GW_ARROW_DURATION && field->per_second == USECS_PER_SEC))
				return gw_databricks_fill_interval;
			return field->type == GW_ARROW_TEXT ? gw_databricks_fill_text : NULL;
		default:
			return field->type == GW_ARROW_TEXT ? gw_databricks_fill_text : NULL;
	}
}

/* ---- pages ---- */

static GwStatus
page_problem(const GwArrowReader *reader, GwError *err)
{
	gw_error_set(
		err, reader->unsupported ? GW_ERR_PERMANENT : GW_ERR_INTERNAL,
		reader->unsupported ? ERRCODE_FEATURE_NOT_SUPPORTED : ERRCODE_PROTOCOL_VIOLATION,
		"the remote's answer cannot be read: an Arrow stream with %s", reader->problem);
	if (reader->unsupported)
		gw_error_hint(err, "Set the server option \"result_format\" to \"json\".");
	return GW_FAILED;
}

/* Rows of the batch in hand. */
static GwStatus
page_fill(GwRestJob *job, GwRestPage *page, int n, GwError *err)
{
	const DbJob *data = (const DbJob *) job->data;
	DbArrow *arrow = data->arrow;
	GwCell *cells;

	if (arrow->reader.nfields != job->ncolumns)
		return gw_databricks_bad("an Arrow stream with other columns than the manifest", err);
	cells = gw_restjob_rows(job, page, n);
	for (int i = 0; i < job->ncolumns; i++)
	{
		const GwArrowField *field = &arrow->reader.fields[i];
		DbFill fill = {.field = field,
					   .column = &data->columns[i],
					   .type = job->columns[i].type_oid,
					   .binary = job->columns[i].format == GW_CELL_BINARY,
					   .first = arrow->at,
					   .n = n,
					   .cells = cells + i,
					   .stride = job->ncolumns,
					   .err = err};
		DbFillFn fn = fill_pick(field, fill.column, fill.type);

		if (fn == NULL)
		{
			gw_error_set(
				err, GW_ERR_PERMANENT, ERRCODE_FEATURE_NOT_SUPPORTED,
				"the column \"%s\" is of a type (%s) that did not come in a known form",
				job->columns[i].name, fill.column->type_text);
			gw_error_hint(err, "Set the server option \"result_format\" to \"json\".");
			return GW_FAILED;
		}
		if (fn(&fill) != GW_OK)
			return GW_FAILED;
	}
	arrow->at += n;
	return GW_OK;
}

/* The next stream. */
static void
page_begin(GwRestJob *job, GwRestPage *page)
{
	DbJob *data = (DbJob *) job->data;

	if (data->arrow == NULL)
	{
		data->arrow = MemoryContextAllocZero(job->head.cxt, sizeof(DbArrow));
		data->arrow->cxt =
			AllocSetContextCreate(job->head.cxt, "gw arrow", ALLOCSET_SMALL_SIZES);
	}
	MemoryContextReset(data->arrow->cxt);
	data->arrow->at = 0;
	gw_arrow_begin(&data->arrow->reader, page->body->data ? page->body->data : "",
				   page->body->len);
}

GwStatus
gw_databricks_read_arrow(GwRestJob *job, GwRestPage *page, int max_rows, GwError *err)
{
	DbJob *data = (DbJob *) job->data;

	if (page->rows == 0)
		page_begin(job, page);
	while (max_rows > 0)
	{
		DbArrow *arrow = data->arrow;
		int n = (int) Min(max_rows, arrow->reader.nrows - arrow->at);
		MemoryContext old;
		GwArrowStep step;

		if (n > 0)
		{
			if (page_fill(job, page, n, err) != GW_OK)
				return GW_FAILED;
			max_rows -= n;
			continue;
		}
		old = MemoryContextSwitchTo(arrow->cxt);
		step = gw_arrow_next(&arrow->reader);
		MemoryContextSwitchTo(old);
		if (step == GW_ARROW_BAD)
			return page_problem(&arrow->reader, err);
		if (step == GW_ARROW_END)
			return GW_DONE;
		arrow->at = 0;
	}
	return GW_OK;
}
