/*
 * gw_snowflake_page.c
 *	  Results: what is said of them, and their rows, a partition at a time.
 *
 * Rows are read in place.  The order of an answer's members is not promised, so
 * what stands around the rows of the first page is read from a copy before.
 */
#include "postgres.h"

#include "base/gw_json_read.h"
#include "base/gw_options.h"
#include "platform/gw_rest.h"
#include "platform/gw_snowflake_private.h"
#include "utils/builtins.h"

/* GwRestPage.stage */
enum
{
	STAGE_NEW,
	STAGE_ROWS, /* within "data" */
	STAGE_NONE, /* no rows (any more) */
};

/* Does the statement begin with one of the blank-separated words? */
static bool
page_begins(const char *sql, const char *words)
{
	char command[32];

	gw_rest_command(sql, command, sizeof(command));
	return gw_option_word_in(words, command);
}

/* ---- metadata ---- */

static GwStatus
page_small(GwJsonReader *reader, int *value, GwError *err)
{
	int64 number = -1;

	if (gw_json_read_int(reader, &number, err) != GW_OK)
		return GW_FAILED;
	*value = (int) Max(Min(number, PG_INT32_MAX), -1);
	return GW_OK;
}

/* {"name":"ID","type":"fixed","precision":38,"scale":0, ...} whose { has been read. */
static GwStatus
page_field(GwJsonReader *reader, SfField *field, GwError *err)
{
	GwJsonToken token;
	char *type = NULL;

	field->precision = field->scale = -1;
	while ((token = gw_json_next(reader)) == GW_JSON_KEY)
	{
		GwStatus status = GW_OK;

		if (gw_json_key_is(reader, "name"))
			status = gw_json_read_text(reader, &field->name, err);
		else if (gw_json_key_is(reader, "type"))
			status = gw_json_read_text(reader, &type, err);
		else if (gw_json_key_is(reader, "precision"))
			status = page_small(reader, &field->precision, err);
		else if (gw_json_key_is(reader, "scale"))
			status = page_small(reader, &field->scale, err);
		else
			(void) gw_json_skip(reader, token);
		if (status != GW_OK)
			return status;
	}
	if (token != GW_JSON_OBJECT_END || field->name == NULL || type == NULL)
		return gw_json_bad(reader, "a column of the result", err);
	field->type = gw_snowflake_type(type);
	return GW_OK;
}

static GwStatus
page_row_type(SfJob *data, GwJsonReader *reader, GwError *err)
{
	GwJsonToken token = gw_json_next(reader);
	int room = 16;

	if (token != GW_JSON_ARRAY)
		return gw_json_bad(reader, "the columns of the result", err);
	data->fields = palloc0(room * sizeof(SfField));
	data->nfields = 0;
	while ((token = gw_json_next(reader)) == GW_JSON_OBJECT)
	{
		if (data->nfields == room)
		{
			data->fields = repalloc(data->fields, 2 * room * sizeof(SfField));
			memset(data->fields + room, 0, room * sizeof(SfField));
			room *= 2;
		}
		if (page_field(reader, &data->fields[data->nfields++], err) != GW_OK)
			return GW_FAILED;
	}
	return token == GW_JSON_ARRAY_END ? GW_OK
									  : gw_json_bad(reader, "the columns of the result", err);
}

/* [{"rowCount":12344,"uncompressedSize":14384873}, ...] */
static GwStatus
page_partitions(SfJob *data, GwJsonReader *reader, GwError *err)
{
	GwJsonToken token = gw_json_next(reader);
	int room = 64;

	if (token != GW_JSON_ARRAY)
		return gw_json_bad(reader, "the partitions of the result", err);
	data->part_rows = palloc(room * sizeof(int64));
	data->nparts = 0;
	while ((token = gw_json_next(reader)) == GW_JSON_OBJECT)
	{
		int64 rows = -1;

		while ((token = gw_json_next(reader)) == GW_JSON_KEY)
		{
			if (!gw_json_key_is(reader, "rowCount"))
				(void) gw_json_skip(reader, token);
			else if (gw_json_read_int(reader, &rows, err) != GW_OK)
				return GW_FAILED;
		}
		if (token != GW_JSON_OBJECT_END || rows < 0)
			return gw_json_bad(reader, "a partition of the result", err);
		if (data->nparts == room)
			data->part_rows = repalloc(data->part_rows, (room *= 2) * sizeof(int64));
		data->part_rows[data->nparts++] = rows;
	}
	return token == GW_JSON_ARRAY_END ? GW_OK
									  : gw_json_bad(reader, "the partitions of the result", err);
}

static GwStatus
page_metadata(GwRestJob *job, GwJsonReader *reader, GwError *err)
{
	SfJob *data = (SfJob *) job->data;
	GwJsonToken token = gw_json_next(reader);

	if (token != GW_JSON_OBJECT)
		return gw_json_bad(reader, "the result's metadata", err);
	while ((token = gw_json_next(reader)) == GW_JSON_KEY)
	{
		GwStatus status = GW_OK;

		if (gw_json_key_is(reader, "numRows"))
			status = gw_json_read_int(reader, &job->total_rows, err);
		else if (gw_json_key_is(reader, "rowType"))
			status = page_row_type(data, reader, err);
		else if (gw_json_key_is(reader, "partitionInfo"))
			status = page_partitions(data, reader, err);
		else
			(void) gw_json_skip(reader, token);
		if (status != GW_OK)
			return status;
	}
	data->metadata = data->fields != NULL && data->part_rows != NULL;
	if (token != GW_JSON_OBJECT_END || !data->metadata || job->total_rows < 0)
		return gw_json_bad(reader, "the result's metadata", err);
	return GW_OK;
}

/* ---- the members of an answer ---- */

/* Those before the rows (or all, when rows are to be passed over). */
static GwStatus
page_members(GwRestJob *job, GwJsonReader *reader, bool skip_rows, int *stage, GwError *err)
{
	SfJob *data = (SfJob *) job->data;
	GwJsonToken token;

	while ((token = gw_json_next(reader)) == GW_JSON_KEY)
	{
		GwStatus status = GW_OK;
		char *code;

		if (gw_json_key_is(reader, "resultSetMetaData") && !data->metadata)
			status = page_metadata(job, reader, err);
		else if (gw_json_key_is(reader, "statementHandle") && job->id == NULL)
			status = gw_json_read_text(reader, &job->id, err);
		else if (gw_json_key_is(reader, "code"))
		{
			status = gw_json_read_text(reader, &code, err);
			if (code != NULL && strcmp(code, "391908") == 0)
				data->truncated = true;
		}
		else if (gw_json_key_is(reader, "data") && !skip_rows)
		{
			token = gw_json_next(reader);
			if (token == GW_JSON_NULL)
				continue;
			if (token != GW_JSON_ARRAY)
				return gw_json_bad(reader, "the rows", err);
			*stage = STAGE_ROWS;
			return GW_OK;
		}
		else
			(void) gw_json_skip(reader, GW_JSON_KEY);
		if (status != GW_OK)
			return status;
	}
	if (token != GW_JSON_OBJECT_END)
		return gw_json_bad(reader, "the answer", err);
	*stage = STAGE_NONE;
	return GW_OK;
}

/* Everything but the rows, from a copy, since reading writes into the text. */
static GwStatus
page_read_around(GwRestJob *job, const GwRestPage *page, GwError *err)
{
	char *copy = palloc_extended(page->body->len + 1, MCXT_ALLOC_HUGE);
	GwJsonReader reader;
	GwStatus status;
	int ignored = STAGE_NEW;

	memcpy(copy, page->body->data ? page->body->data : "", page->body->len);
	copy[page->body->len] = '\0';
	gw_json_begin(&reader, copy, page->body->len, true);
	if (gw_json_next(&reader) != GW_JSON_OBJECT)
		status = gw_json_bad(&reader, "the answer", err);
	else
		status = page_members(job, &reader, true, &ignored, err);
	pfree(copy);
	return status;
}

/* ---- rows ---- */

/* What COPY has moved is what its files have had loaded, or what was unloaded. */
static void
row_count_copied(GwRestJob *job, const GwCell *cells)
{
	const SfJob *data = (const SfJob *) job->data;

	if (data->copied > 0 && cells[data->copied - 1].data != NULL)
		job->head.result.rows += strtoll(cells[data->copied - 1].data, NULL, 10);
}

/* ["1", null, ...] whose [ has been read. */
static GwStatus
row_read(GwRestJob *job, GwRestPage *page, GwError *err)
{
	const SfJob *data = (const SfJob *) job->data;
	GwJsonReader *reader = &page->reader;
	GwCell *cells = gw_restjob_row(job, page);

	for (int i = 0; i < data->nfields; i++)
	{
		GwJsonToken token = gw_json_next_item(reader);

		if (token == GW_JSON_NULL)
		{
			cells[i].data = NULL;
			cells[i].len = -1;
			continue;
		}
		if (token == GW_JSON_ARRAY_END)
			return gw_json_bad(reader, "a row with too few cells", err);
		if (token != GW_JSON_STRING)
			return gw_json_bad(reader, "a cell that is no string", err);
		if (gw_snowflake_cell(reader, &data->fields[i],
							  job->columns[i].format == GW_CELL_BINARY, &cells[i], err) != GW_OK)
			return GW_FAILED;
	}
	if (gw_json_next(reader) != GW_JSON_ARRAY_END)
		return gw_json_bad(reader, "a row with too many cells", err);
	row_count_copied(job, cells);
	return GW_OK;
}

/* Where "data" begins: that of the first page has been looked for already. */
static GwStatus
page_begin(GwRestJob *job, GwRestPage *page, GwError *err)
{
	if (gw_json_next(&page->reader) != GW_JSON_OBJECT)
		return gw_json_bad(&page->reader, "the answer", err);
	return page_members(job, &page->reader, false, &page->stage, err);
}

/* No more rows in this page: are they as many as were announced for it? */
static GwStatus
page_end(GwRestJob *job, const GwRestPage *page, GwError *err)
{
	const SfJob *data = (const SfJob *) job->data;

	if (page->number < data->nparts && page->rows != data->part_rows[page->number])
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_CONNECTION_FAILURE,
							"partition %d of the result has " INT64_FORMAT
							" rows, but " INT64_FORMAT " were announced",
							page->number, page->rows, data->part_rows[page->number]);
	return GW_DONE;
}

GwStatus
gw_snowflake_read_rows(GwRestJob *job, GwRestPage *page, int max_rows, GwError *err)
{
	int stage = STAGE_NONE;

	if (((const SfJob *) job->data)->changes)
		return GW_DONE;
	if (job->stmt.together > 0)
		return gw_snowflake_read_count(job, page, err);
	if (page->stage == STAGE_NEW && page_begin(job, page, err) != GW_OK)
		return GW_FAILED;
	if (page->stage == STAGE_NONE)
		return page_end(job, page, err);
	for (int i = 0; i < max_rows; i++)
	{
		GwJsonToken token = gw_json_next(&page->reader);

		if (token == GW_JSON_ARRAY)
		{
			if (row_read(job, page, err) != GW_OK)
				return GW_FAILED;
			continue;
		}
		if (token != GW_JSON_ARRAY_END)
			return gw_json_bad(&page->reader, "the rows", err);
		/* What stands behind the rows: also the proof that the answer is whole. */
		page->stage = STAGE_NONE;
		if (page_members(job, &page->reader, true, &stage, err) != GW_OK)
			return GW_FAILED;
		return page_end(job, page, err);
	}
	return GW_OK;
}

/* ---- results that are none ---- */

/* Rows that an UPDATE has joined more than once are counted beside, not among, the others. */
bool
gw_snowflake_counts_rows(const char *name)
{
	return strncmp(name, "number of ", 10) == 0 && strstr(name, "multi-joined") == NULL;
}

/* Numbers of rows changed, in columns "number of rows inserted" and the like. */
static bool
result_is_changes(const GwRestJob *job)
{
	const SfJob *data = (const SfJob *) job->data;

	if (!page_begins(data->sql, "INSERT UPDATE DELETE MERGE"))
		return false;
	for (int i = 0; i < data->nfields; i++)
		if (strncmp(data->fields[i].name, "number of ", 10) != 0)
			return false;
	return data->nfields > 0;
}

static GwStatus
result_count_changes(GwRestJob *job, GwRestPage *page, GwError *err)
{
	const SfJob *data = (const SfJob *) job->data;
	GwJsonReader *reader = &page->reader;

	if (page->stage != STAGE_ROWS || gw_json_next(reader) != GW_JSON_ARRAY)
		return gw_json_bad(reader, "the numbers of rows changed", err);
	job->head.result.rows = 0;
	for (int i = 0; i < data->nfields; i++)
	{
		int64 count = -1;

		if (gw_json_read_int(reader, &count, err) != GW_OK)
			return GW_FAILED;
		if (count < 0)
			return gw_json_bad(reader, "a number of rows changed", err);
		if (gw_snowflake_counts_rows(data->fields[i].name))
			job->head.result.rows += count;
	}
	if (data->bindings != NULL && job->head.result.rows != data->sent_rows)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_CONNECTION_FAILURE,
							"the service says that it has stored " INT64_FORMAT
							" rows of " INT64_FORMAT,
							job->head.result.rows, data->sent_rows);
	return GW_OK;
}

/*
 * COPY answers with a row for each file (sql/copy-into-table, copy-into-location),
 * or with a row of words when there was none.
 */
static void
result_begin_copy(GwRestJob *job)
{
	SfJob *data = (SfJob *) job->data;

	job->head.result.rows = 0;
	for (int i = 0; i < data->nfields; i++)
		if (pg_strcasecmp(data->fields[i].name, "rows_loaded") == 0 ||
			pg_strcasecmp(data->fields[i].name, "rows_unloaded") == 0)
			data->copied = i + 1;
}

GwStatus
gw_snowflake_read_result(GwRestJob *job, GwRestPage *page, GwError *err)
{
	SfJob *data = (SfJob *) job->data;

	job->total_rows = -1;
	if (page_read_around(job, page, err) != GW_OK || page_begin(job, page, err) != GW_OK)
		return GW_FAILED;
	if (!data->metadata)
		return gw_json_bad(&page->reader, "a result without metadata", err);
	data->changes = result_is_changes(job);
	if (data->changes)
	{
		if (result_count_changes(job, page, err) != GW_OK)
			return GW_FAILED;
		job->total_rows = -1;
		data->nparts = 1;
		return GW_OK;
	}
	/* "Table T successfully created." is no row of anything. */
	if (data->nfields == 1 && strcmp(data->fields[0].name, "status") == 0 &&
		!page_begins(data->sql, "SELECT VALUES SHOW DESC DESCRIBE CALL EXECUTE COPY"))
	{
		data->changes = true;
		job->total_rows = -1;
		return GW_OK;
	}
	if (page_begins(data->sql, "COPY"))
		result_begin_copy(job);
	job->ncolumns = data->nfields;
	job->columns = palloc0(Max(data->nfields, 1) * sizeof(GwColumnInfo));
	for (int i = 0; i < data->nfields; i++)
		gw_snowflake_column(&data->fields[i], gw_rest_meant(job, i), &job->columns[i]);
	return GW_OK;
}
