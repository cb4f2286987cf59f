/*
 * gw_bigquery_page.c
 *	  Pages of results: what stands before the rows, and the rows.
 *
 * Reads as the bytes come, in place; keeps what it learns in the job.  The
 * order of an answer's members is not promised: where rows come before
 * what is needed to read them, a copy is read first.
 */
#include "postgres.h"

#include "base/gw_json_read.h"
#include "platform/gw_bigquery_private.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* GwRestPage.stage */
enum
{
	STAGE_NEW,
	STAGE_ROWS,	 /* within "rows" */
	STAGE_NONE, /* no rows (any more) */
};

/* How often a page may name itself as the next one. */
#define SAME_TOKEN_MOST 10

/* What is read are not the members behind the rows of a page. */
#define HEAD (-1)

static GwStatus head_members(GwRestJob *job, GwJsonReader *reader, int behind, int *stage,
							 GwError *err);

/* ---- schemas ---- */

static GwStatus page_fields(GwJsonReader *reader, int depth, BqField **fields, int *nfields,
							GwError *err);

/* {"type": ...} of a RANGE's elements. */
static GwStatus
page_range_element(GwJsonReader *reader, BqField *field, GwError *err)
{
	GwJsonToken token = gw_json_next(reader);
	char *type;

	if (token != GW_JSON_OBJECT)
		return gw_json_bad(reader, "a range without its type", err);
	while ((token = gw_json_next(reader)) == GW_JSON_KEY)
	{
		if (!gw_json_key_is(reader, "type"))
		{
			(void) gw_json_skip(reader, token);
			continue;
		}
		if (gw_json_read_text(reader, &type, err) != GW_OK)
			return GW_FAILED;
		field->element = gw_bigquery_type(type ? type : "");
	}
	return token == GW_JSON_OBJECT_END ? GW_OK : gw_json_bad(reader, "a range's type", err);
}

static GwStatus
page_field(GwJsonReader *reader, int depth, BqField *field, GwError *err)
{
	GwJsonToken token;
	char *text;

	while ((token = gw_json_next(reader)) == GW_JSON_KEY)
	{
		GwStatus status = GW_OK;

		if (gw_json_key_is(reader, "name"))
			status = gw_json_read_text(reader, &field->name, err);
		else if (gw_json_key_is(reader, "type"))
		{
			status = gw_json_read_text(reader, &text, err);
			if (status == GW_OK)
				field->type = gw_bigquery_type(text ? text : "");
		}
		else if (gw_json_key_is(reader, "mode"))
		{
			status = gw_json_read_text(reader, &text, err);
			field->repeated = status == GW_OK && text != NULL && strcmp(text, "REPEATED") == 0;
		}
		else if (gw_json_key_is(reader, "fields"))
			status = page_fields(reader, depth + 1, &field->fields, &field->nfields, err);
		else if (gw_json_key_is(reader, "rangeElementType"))
			status = page_range_element(reader, field, err);
		else
			(void) gw_json_skip(reader, token);
		if (status != GW_OK)
			return status;
	}
	if (token != GW_JSON_OBJECT_END || field->name == NULL)
		return gw_json_bad(reader, "a field of a schema", err);
	return GW_OK;
}

/* [{"name":..., "type":...}, ...] */
static GwStatus
page_fields(GwJsonReader *reader, int depth, BqField **fields, int *nfields, GwError *err)
{
	GwJsonToken token = gw_json_next(reader);
	int room = 16;

	if (token != GW_JSON_ARRAY || depth > BQ_FIELD_MAX_DEPTH)
		return gw_json_bad(reader, "the fields of a schema", err);
	*fields = palloc0(room * sizeof(BqField));
	*nfields = 0;
	while ((token = gw_json_next(reader)) == GW_JSON_OBJECT)
	{
		if (*nfields == room)
		{
			*fields = repalloc(*fields, 2 * room * sizeof(BqField));
			memset(*fields + room, 0, room * sizeof(BqField));
			room *= 2;
		}
		if (page_field(reader, depth, &(*fields)[*nfields], err) != GW_OK)
			return GW_FAILED;
		(*nfields)++;
	}
	return token == GW_JSON_ARRAY_END ? GW_OK
									  : gw_json_bad(reader, "the fields of a schema", err);
}

static bool
fields_equal(const BqField *a, int na, const BqField *b, int nb)
{
	if (na != nb)
		return false;
	for (int i = 0; i < na; i++)
		if (strcmp(a[i].name, b[i].name) != 0 || a[i].type != b[i].type ||
			a[i].element != b[i].element || a[i].repeated != b[i].repeated ||
			!fields_equal(a[i].fields, a[i].nfields, b[i].fields, b[i].nfields))
			return false;
	return true;
}

/* {"fields": [...]} */
static GwStatus
page_schema_read(GwJsonReader *reader, BqField **fields, int *nfields, GwError *err)
{
	GwJsonToken token = gw_json_next(reader);

	*nfields = 0;
	if (token == GW_JSON_NULL)
		return GW_OK;
	if (token != GW_JSON_OBJECT)
		return gw_json_bad(reader, "the schema", err);
	while ((token = gw_json_next(reader)) == GW_JSON_KEY)
	{
		if (!gw_json_key_is(reader, "fields"))
			(void) gw_json_skip(reader, token);
		else if (page_fields(reader, 1, fields, nfields, err) != GW_OK)
			return GW_FAILED;
	}
	return token == GW_JSON_OBJECT_END ? GW_OK : gw_json_bad(reader, "the schema", err);
}

/* A later page says it again: is it the same? */
static GwStatus
page_schema_compare(const GwRestJob *job, GwJsonReader *reader, GwError *err)
{
	const BqJob *data = (const BqJob *) job->data;
	MemoryContext scratch =
		AllocSetContextCreate(CurrentMemoryContext, "gw bigquery schema", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);
	BqField *fields = NULL;
	int nfields;
	GwStatus status = page_schema_read(reader, &fields, &nfields, err);

	if (status == GW_OK && nfields > 0 &&
		!fields_equal(data->fields, job->ncolumns, fields, nfields))
		status = gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
							  "the columns of the result have changed while it was read");
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	return status;
}

static GwStatus
page_schema(GwRestJob *job, GwJsonReader *reader, GwError *err)
{
	BqJob *data = (BqJob *) job->data;
	BqField *fields = NULL;
	int nfields;

	if (data->fields != NULL)
		return page_schema_compare(job, reader, err);
	if (page_schema_read(reader, &fields, &nfields, err) != GW_OK)
		return GW_FAILED;
	if (nfields == 0)
		return GW_OK;
	data->fields = fields;
	job->ncolumns = nfields;
	job->columns = palloc0(nfields * sizeof(GwColumnInfo));
	for (int i = 0; i < nfields; i++)
		gw_bigquery_column(&fields[i], gw_rest_meant(job, i), &job->columns[i]);
	return GW_OK;
}

/* ---- what stands around the rows ---- */

static GwStatus
page_reference(GwRestJob *job, GwJsonReader *reader, GwError *err)
{
	BqJob *data = (BqJob *) job->data;
	GwJsonToken token = gw_json_next(reader);

	if (token != GW_JSON_OBJECT)
		return gw_json_bad(reader, "the job's reference", err);
	while ((token = gw_json_next(reader)) == GW_JSON_KEY)
	{
		if (!gw_json_key_is(reader, "location"))
			(void) gw_json_skip(reader, token);
		else if (gw_json_read_text(reader, &data->location, err) != GW_OK)
			return GW_FAILED;
	}
	return token == GW_JSON_OBJECT_END ? GW_OK
									   : gw_json_bad(reader, "the job's reference", err);
}

/* How many rows the whole result has: each page says it, and says the same. */
static GwStatus
page_total(GwRestJob *job, GwJsonReader *reader, GwError *err)
{
	int64 total = -1;

	if (gw_json_read_int(reader, &total, err) != GW_OK)
		return GW_FAILED;
	if (total < 0)
		return gw_json_bad(reader, "the number of rows", err);
	if (job->total_rows >= 0 && total != job->total_rows)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"the number of rows of the result changes: " INT64_FORMAT
							", then " INT64_FORMAT,
							job->total_rows, total);
	job->total_rows = total;
	return GW_OK;
}

/* One member of an answer other than its rows. */
static GwStatus
head_member(GwRestJob *job, GwJsonReader *reader, char **page_token, GwError *err)
{
	BqJob *data = (BqJob *) job->data;

	if (gw_json_key_is(reader, "schema"))
		return page_schema(job, reader, err);
	if (gw_json_key_is(reader, "jobReference"))
		return page_reference(job, reader, err);
	if (gw_json_key_is(reader, "pageToken"))
		return gw_json_read_text(reader, page_token, err);
	if (gw_json_key_is(reader, "totalRows"))
		return page_total(job, reader, err);
	if (gw_json_key_is(reader, "jobComplete"))
	{
		data->said = true;
		return gw_json_read_bool(reader, &data->complete, err);
	}
	if (gw_json_key_is(reader, "cacheHit"))
		return gw_json_read_bool(reader, &data->cache_hit, err);
	if (gw_json_key_is(reader, "numDmlAffectedRows"))
		return gw_json_read_int(reader, &data->affected, err);
	if (gw_json_key_is(reader, "totalBytesProcessed"))
		return gw_json_read_int(reader, &data->processed_bytes, err);
	(void) gw_json_skip(reader, GW_JSON_KEY);
	return GW_OK;
}

/* Which page follows the one whose head was read last? */
static GwStatus
page_names(GwRestJob *job, GwJsonReader *reader, char *page_token, bool ended, GwError *err)
{
	BqJob *data = (BqJob *) job->data;

	/* A page may be empty for the moment, but not for ever. */
	if (page_token != NULL && data->last_token != NULL &&
		strcmp(page_token, data->last_token) == 0 && ++data->same_token > SAME_TOKEN_MOST)
		return gw_json_bad(reader, "a page that is followed by itself", err);
	if (page_token != NULL && page_token[0] != '\0')
		data->page_token = page_token;
	/* It may also stand behind the rows. */
	data->token_known = data->token_known || ended || page_token != NULL;
	return GW_OK;
}

/* Members until the rows, or the end; those behind the rows are of page number `behind`. */
static GwStatus
head_members(GwRestJob *job, GwJsonReader *reader, int behind, int *stage, GwError *err)
{
	BqJob *data = (BqJob *) job->data;
	bool skip_rows = behind != HEAD;
	char *page_token = NULL;
	GwJsonToken token;
	bool ended = false;

	while ((token = gw_json_next(reader)) == GW_JSON_KEY)
	{
		if (!gw_json_key_is(reader, "rows"))
		{
			if (head_member(job, reader, &page_token, err) != GW_OK)
				return GW_FAILED;
			continue;
		}
		if (skip_rows)
		{
			(void) gw_json_skip(reader, token);
			continue;
		}
		token = gw_json_next(reader);
		if (token == GW_JSON_NULL)
			continue;
		if (token != GW_JSON_ARRAY)
			return gw_json_bad(reader, "the rows", err);
		*stage = STAGE_ROWS;
		data->complete = data->said = true;
		break;
	}
	ended = token == GW_JSON_OBJECT_END;
	if (!ended && *stage != STAGE_ROWS)
		return gw_json_bad(reader, "the answer", err);
	if (ended && *stage != STAGE_ROWS)
		*stage = STAGE_NONE;
	/* The heads of pages behind this one may have been read since. */
	if (skip_rows && data->token_page != behind + 1)
		return GW_OK;
	return page_names(job, reader, page_token, ended, err);
}

GwStatus
gw_bigquery_read_head(GwRestJob *job, GwRestPage *page, GwError *err)
{
	BqJob *data = (BqJob *) job->data;
	MemoryContext old;
	GwStatus status;

	if (data->shape != BQ_QUERY)
		return GW_OK;
	old = MemoryContextSwitchTo(job->head.cxt);
	data->last_token = data->page_token;
	data->page_token = NULL;
	data->token_page = page->number + 1;
	data->token_known = false;
	if (data->fields == NULL)
	{
		/* Once: everything but the rows, wherever it stands. */
		char *copy = palloc_extended(page->body->len + 1, MCXT_ALLOC_HUGE);
		GwJsonReader reader;
		int ignored = STAGE_NEW;

		memcpy(copy, page->body->data ? page->body->data : "", page->body->len);
		copy[page->body->len] = '\0';
		gw_json_begin(&reader, copy, page->body->len, true);
		if (gw_json_next(&reader) != GW_JSON_OBJECT)
			status = gw_json_bad(&reader, "the answer", err);
		else
			status = head_members(job, &reader, page->number, &ignored, err);
		pfree(copy);
		if (status != GW_OK)
		{
			MemoryContextSwitchTo(old);
			return status;
		}
	}
	if (gw_json_next(&page->reader) != GW_JSON_OBJECT)
		status = gw_json_bad(&page->reader, "the answer", err);
	else
		status = head_members(job, &page->reader, HEAD, &page->stage, err);
	MemoryContextSwitchTo(old);
	return status;
}

/* ---- rows ---- */

/* {"f":[{"v":...}, ...]}, whose [ has been read. */
static GwStatus
row_read(GwRestJob *job, GwRestPage *page, GwError *err)
{
	BqJob *data = (BqJob *) job->data;
	GwJsonReader *reader = &page->reader;
	GwCell *cells = gw_restjob_row(job, page);

	for (int i = 0; i < job->ncolumns; i++)
	{
		GwJsonToken token = gw_json_unbox(reader, 'v');

		if (token == GW_JSON_ARRAY_END || token == GW_JSON_BAD)
			return gw_json_bad(reader, "a row with too few cells", err);
		if (gw_bigquery_cell(reader, token, &data->fields[i],
							 job->columns[i].format == GW_CELL_BINARY, &cells[i], err) != GW_OK)
			return GW_FAILED;
		if ((token == GW_JSON_OBJECT || token == GW_JSON_ARRAY) &&
			gw_json_next(reader) != GW_JSON_OBJECT_END)
			return gw_json_bad(reader, "a cell", err);
	}
	if (gw_json_next(reader) != GW_JSON_ARRAY_END || gw_json_next(reader) != GW_JSON_OBJECT_END)
		return gw_json_bad(reader, "a row with too many cells", err);
	return GW_OK;
}

/* A page has been read to its end: where do those behind it begin? */
static GwStatus
page_ended(GwRestJob *job, const GwRestPage *page, GwError *err)
{
	BqJob *data = (BqJob *) job->data;
	int64 before = job->nrows - page->rows;
	int64 wanted = Min(data->stride, job->total_rows - before);

	data->page_bytes = Max(data->page_bytes, page->body->len);
	if (data->stride == 0)
	{
		if (page->number > 0 || job->total_rows < 0)
			return GW_DONE;
		data->first_read = true;
		if (page->rows == 0 || data->page_token == NULL || job->nrows >= job->total_rows)
			return GW_DONE;
		/* A page that was full to the last byte: others may have larger rows. */
		data->stride = page->rows < BQ_PAGE_ROWS ? Max(page->rows * 7 / 8, 1) : page->rows;
	}
	else if (page->rows > wanted)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"a page of the result has more rows than were asked for");
	else if (page->rows == 0 && ++data->same_token > SAME_TOKEN_MOST)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"a page of the result has no rows, however often it is asked for");
	else if (page->rows < wanted)
	{
		data->stride = page->rows > 0 ? page->rows : data->stride;
		data->short_pages++;
		data->page_token = NULL;
		gw_restjob_forget_ahead(job);
	}
	else if (job->nrows >= job->total_rows && data->page_token != NULL)
	{
		/* All that were announced have come, and yet another page is named: go and see. */
		data->stride = 0;
		gw_restjob_forget_ahead(job);
	}
	data->base_row = job->nrows;
	data->base_page = page->number + 1;
	return GW_DONE;
}

GwStatus
gw_bigquery_read_rows(GwRestJob *job, GwRestPage *page, int max_rows, GwError *err)
{
	BqJob *data = (BqJob *) job->data;
	GwJsonToken token;
	MemoryContext old;
	GwStatus status;
	int stage = STAGE_NONE;

	if (data->shape != BQ_QUERY)
		return gw_bigquery_read_documents(job, page, err);
	if (page->stage != STAGE_ROWS)
		return page_ended(job, page, err);
	if (data->fields == NULL)
		return gw_json_bad(&page->reader, "rows without a schema", err);
	for (int i = 0; i < max_rows; i++)
	{
		token = gw_json_unbox(&page->reader, 'f');
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
		old = MemoryContextSwitchTo(job->head.cxt);
		status = head_members(job, &page->reader, page->number, &stage, err);
		MemoryContextSwitchTo(old);
		return status == GW_OK ? page_ended(job, page, err) : status;
	}
	return GW_OK;
}
