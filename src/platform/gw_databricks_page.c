/*
 * gw_databricks_page.c
 *	  Results: the manifest, where chunks lie, and their rows.
 *
 * Rows are arrays of texts, read as the bytes come, in place: within an answer
 * ("data_array"), or as a file of their own; or they are Arrow's
 * (gw_databricks_arrow.c).  All else of an answer is small and read as a document.
 */
#include "postgres.h"

#include "base/gw_json_read.h"
#include "common/int.h"
#include "platform/gw_databricks_private.h"
#include "platform/gw_rest.h"

/* GwRestPage.stage */
enum
{
	STAGE_NEW,
	STAGE_ROWS, /* within the array of rows */
	STAGE_NONE, /* no rows (any more) */
};

/* ---- what is not rows ---- */

/* Where the rows of an answer stand, from the colon on; false: there are none. */
static bool
document_rows(char *text, size_t len, size_t *begin, size_t *end)
{
	GwJsonReader reader;
	GwJsonToken token;

	gw_json_begin(&reader, text, len, true);
	while ((token = gw_json_next(&reader)) != GW_JSON_END && token != GW_JSON_BAD)
	{
		if (token != GW_JSON_KEY || !gw_json_key_is(&reader, "data_array"))
			continue;
		*begin = reader.at;
		if (gw_json_next(&reader) != GW_JSON_ARRAY)
			return false;
		token = gw_json_skip(&reader, GW_JSON_ARRAY);
		*end = reader.at;
		return token == GW_JSON_ARRAY_END;
	}
	return false;
}

JsonbValue *
gw_databricks_document(const GwRestPage *page, GwError *err)
{
	const char *data = page->body->data ? page->body->data : "";
	size_t len = page->body->len;
	size_t begin, end;
	StringInfoData rest;
	char *copy;
	bool rows;

	/* The reader writes into what it reads. */
	copy = palloc_extended(len + 1, MCXT_ALLOC_HUGE);
	memcpy(copy, data, len);
	copy[len] = '\0';
	rows = document_rows(copy, len, &begin, &end);
	pfree(copy);
	if (!rows)
		return gw_json_parse(data, len, err);
	initStringInfo(&rest);
	appendBinaryStringInfo(&rest, data, (int) begin);
	appendStringInfoString(&rest, ":[]");
	appendBinaryStringInfo(&rest, data + end, (int) (len - end));
	return gw_json_parse(rest.data, rest.len, err);
}

GwStatus
gw_databricks_bad(const char *what, GwError *err)
{
	return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
						"the remote's answer cannot be read: %s", what);
}

static GwStatus
manifest_chunks(GwRestJob *job, const JsonbValue *manifest, GwError *err)
{
	DbJob *data = (DbJob *) job->data;
	JsonbValue *chunks = gw_json_get(manifest, "chunks");
	int64 n = gw_json_get_int(manifest, "total_chunk_count", gw_json_length(chunks));
	int64 rows = 0;

	job->total_rows = gw_json_get_int(manifest, "total_row_count", -1);
	if (gw_json_get_bool(manifest, "truncated", false))
	{
		gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
					 "the service has cut the result");
		gw_error_detail(err, "It does so with results of more than 100 GiB.");
		gw_error_hint(err, "Read fewer columns or rows, in several statements.");
		return GW_FAILED;
	}
	if (job->total_rows < 0 || n < 0 || n > PG_INT32_MAX / (int) sizeof(DbChunk) ||
		(n == 0 && job->total_rows > 0))
		return gw_databricks_bad("a manifest that does not count rows and chunks", err);
	data->nchunks = (int) n;
	data->chunks = palloc0(Max(n, 1) * sizeof(DbChunk));
	for (int i = 0; i < n; i++)
		data->chunks[i].rows = -1;
	for (int i = 0; i < gw_json_length(chunks); i++)
	{
		JsonbValue *item = gw_json_item(chunks, i);
		int64 place = gw_json_get_int(item, "chunk_index", -1);
		int64 count = gw_json_get_int(item, "row_count", -1);

		if (place < 0 || place >= n || count < 0 || data->chunks[place].rows >= 0 ||
			pg_add_s64_overflow(rows, count, &rows))
			return gw_databricks_bad("a chunk of the manifest", err);
		data->chunks[place].rows = count;
	}
	if (chunks != NULL && gw_json_length(chunks) == n && rows != job->total_rows)
		return gw_databricks_bad("a manifest whose chunks have not as many rows as the result",
								 err);
	return GW_OK;
}

/* Settings: what they are, what we want them to be. */
static void
manifest_pins(GwRestJob *job)
{
	static const char *const names[] = {"name", "wanted", "actual"};

	job->ncolumns = lengthof(names);
	job->columns = palloc0(lengthof(names) * sizeof(GwColumnInfo));
	for (int i = 0; i < lengthof(names); i++)
	{
		job->columns[i].name = pstrdup(names[i]);
		job->columns[i].typmod = -1;
	}
}

GwStatus
gw_databricks_manifest(GwRestJob *job, const JsonbValue *manifest, GwError *err)
{
	DbJob *data = (DbJob *) job->data;
	JsonbValue *columns = gw_json_get(gw_json_get(manifest, "schema"), "columns");
	const char *format = gw_json_get_text(manifest, "format");
	int n = gw_json_length(columns);

	if (manifest == NULL)
		return gw_databricks_bad("an answer without a manifest", err);
	if (manifest_chunks(job, manifest, err) != GW_OK)
		return GW_FAILED;
	if (data->is_arrow != (strcmp(format ? format : "JSON_ARRAY", "ARROW_STREAM") == 0))
		return gw_databricks_bad("a result in another form than was asked for", err);
	if (data->shape == DB_PINS)
	{
		if (n != 2)
			return gw_databricks_bad("settings that are not names and values", err);
		manifest_pins(job);
		return GW_OK;
	}
	if (gw_json_get_int(gw_json_get(manifest, "schema"), "column_count", n) != n)
		return gw_databricks_bad("a manifest that does not have all columns", err);
	job->ncolumns = n;
	job->columns = palloc0(Max(n, 1) * sizeof(GwColumnInfo));
	data->columns = palloc0(Max(n, 1) * sizeof(DbColumn));
	for (int i = 0; i < n; i++)
	{
		JsonbValue *item = gw_json_item(columns, i);

		if (gw_json_get_text(item, "name") == NULL ||
			gw_json_get_int(item, "position", i) != i)
			return gw_databricks_bad("a column of the manifest", err);
		gw_databricks_column(item, !job->stmt.user_sql, data->is_arrow, gw_rest_meant(job, i),
							 &job->columns[i], &data->columns[i]);
		/* Who asks for few things of ours does not ask for moments. */
		if (data->columns[i].form != DB_INEXACT || data->own)
			continue;
		gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_FEATURE_NOT_SUPPORTED,
					 "the column \"%s\" is of a type (%s) whose values the service does not "
					 "write exactly in JSON",
					 job->columns[i].name, data->columns[i].type_text);
		gw_error_hint(err, "Select CAST(... AS STRING), hex(...) or to_json(...) of it, or let "
						   "results come as Arrow (result_format, result_disposition).");
		return GW_FAILED;
	}
	return GW_OK;
}

/* A header that the store wants to see beside the address. */
static void
link_header(char *name, JsonbValue *value, void *arg)
{
	DbChunk *chunk = (DbChunk *) arg;
	char *text;

	if (chunk->nheaders == lengthof(chunk->headers) || !gw_json_text(value, &text) ||
		name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")] !=
			'\0' ||
		strpbrk(text, "\r\n") != NULL)
		return;
	chunk->headers[chunk->nheaders++] = (GwHttpHeader){name, text};
}

void
gw_databricks_links(GwRestJob *job, const JsonbValue *result)
{
	DbJob *data = (DbJob *) job->data;
	JsonbValue *links = gw_json_get(result, "external_links");

	for (int i = 0; i < gw_json_length(links); i++)
	{
		JsonbValue *item = gw_json_item(links, i);
		JsonbValue *headers = gw_json_get(item, "http_headers");
		int64 place = gw_json_get_int(item, "chunk_index", -1);
		char *url = gw_json_get_text(item, "external_link");
		DbChunk *chunk;

		if (place < 0 || place >= data->nchunks || url == NULL)
			continue;
		chunk = &data->chunks[place];
		chunk->url = url;
		chunk->nheaders = 0;
		gw_json_each(headers, link_header, chunk);
	}
}

/* ---- pages ---- */

GwStatus
gw_databricks_read_page(GwRestJob *job, GwRestPage *page, GwError *err)
{
	DbJob *data = (DbJob *) job->data;
	DbChunk *chunk = &data->chunks[page->number];
	JsonbValue *root;

	if (data->is_inline || chunk->direct)
		return GW_OK;
	root = gw_databricks_document(page, err);
	if (root == NULL)
		return GW_FAILED;
	gw_databricks_links(job, root);
	if (chunk->url == NULL)
		return gw_databricks_bad("a chunk without its address", err);
	return GW_TIMED_OUT;
}

GwStatus
gw_databricks_read_head(GwRestJob *job, GwRestPage *page, GwError *err)
{
	const DbJob *data = (const DbJob *) job->data;
	GwJsonReader *reader = &page->reader;
	GwJsonToken token;

	/* The address of the next chunk is in the manifest's answer or asked for by number. */
	if (data->is_arrow)
	{
		page->stage = STAGE_ROWS;
		return GW_OK;
	}
	if (!data->is_inline)
	{
		page->stage = STAGE_ROWS;
		return gw_json_next(reader) == GW_JSON_ARRAY ? GW_OK
													 : gw_json_bad(reader, "a chunk", err);
	}
	while ((token = gw_json_next(reader)) != GW_JSON_END && token != GW_JSON_BAD)
	{
		if (token != GW_JSON_KEY || !gw_json_key_is(reader, "data_array"))
			continue;
		token = gw_json_next(reader);
		if (token == GW_JSON_NULL)
			continue;
		page->stage = STAGE_ROWS;
		return token == GW_JSON_ARRAY ? GW_OK : gw_json_bad(reader, "the rows", err);
	}
	page->stage = STAGE_NONE;
	return token == GW_JSON_END ? GW_OK : gw_json_bad(reader, "the answer", err);
}

/* ---- rows ---- */

/* A setting's name and value, with what we want in between. */
static GwStatus
row_read_pins(GwRestJob *job, GwRestPage *page, GwError *err)
{
	GwJsonReader *reader = &page->reader;
	GwCell *cells = gw_restjob_row(job, page);
	char *name, *value;

	if (gw_json_read_text(reader, &name, err) != GW_OK ||
		gw_json_read_text(reader, &value, err) != GW_OK)
		return GW_FAILED;
	if (name == NULL || value == NULL || gw_json_next(reader) != GW_JSON_ARRAY_END)
		return gw_json_bad(reader, "a setting", err);
	cells[0] = (GwCell){.data = name, .len = (int32) strlen(name)};
	cells[1] = (GwCell){.data = "true", .len = 4};
	if (pg_strcasecmp(value, "true") == 0)
		cells[2] = cells[1];
	else
		cells[2] = (GwCell){.data = value, .len = (int32) strlen(value)};
	return GW_OK;
}

/* The rest of a row, whose [ has been read. */
static GwStatus
row_read(GwRestJob *job, GwRestPage *page, GwError *err)
{
	const DbJob *data = (const DbJob *) job->data;
	GwJsonReader *reader = &page->reader;
	GwCell *cells;

	if (data->shape == DB_PINS)
		return row_read_pins(job, page, err);
	cells = gw_restjob_row(job, page);
	for (int i = 0; i < job->ncolumns; i++)
		if (gw_databricks_cell(reader, gw_json_next(reader), &data->columns[i],
							   job->columns[i].format == GW_CELL_BINARY, &cells[i],
							   err) != GW_OK)
			return GW_FAILED;
	if (gw_json_next(reader) != GW_JSON_ARRAY_END)
		return gw_json_bad(reader, "a row with too many cells", err);
	return GW_OK;
}

/* All rows were read: were they all? */
static GwStatus
page_end(GwRestJob *job, GwRestPage *page, GwError *err)
{
	const DbJob *data = (const DbJob *) job->data;
	int64 rows = data->chunks[page->number].rows;

	page->stage = STAGE_NONE;
	if (rows >= 0 && rows != page->rows)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_CONNECTION_FAILURE,
							"a part of the result has " INT64_FORMAT " rows, but " INT64_FORMAT
							" were announced",
							page->rows, rows);
	return GW_DONE;
}

/* The same of JSON: is the answer whole? */
static GwStatus
page_end_text(GwRestJob *job, GwRestPage *page, GwError *err)
{
	GwJsonToken token;

	while ((token = gw_json_next(&page->reader)) != GW_JSON_END)
		if (token == GW_JSON_BAD)
			return gw_json_bad(&page->reader, "what follows the rows", err);
	return page_end(job, page, err);
}

GwStatus
gw_databricks_read_rows(GwRestJob *job, GwRestPage *page, int max_rows, GwError *err)
{
	const DbJob *data = (const DbJob *) job->data;

	if (page->stage != STAGE_ROWS)
		return GW_DONE;
	if (page->number >= data->nchunks)
		return gw_databricks_bad("rows that no manifest tells of", err);
	if (data->is_arrow)
	{
		GwStatus status = gw_databricks_read_arrow(job, page, max_rows, err);

		return status == GW_DONE ? page_end(job, page, err) : status;
	}
	for (int i = 0; i < max_rows; i++)
	{
		GwJsonToken token = gw_json_next(&page->reader);

		if (token == GW_JSON_ARRAY_END)
			return page_end_text(job, page, err);
		if (token != GW_JSON_ARRAY)
			return gw_json_bad(&page->reader, "the rows", err);
		if (row_read(job, page, err) != GW_OK)
			return GW_FAILED;
	}
	return GW_OK;
}
