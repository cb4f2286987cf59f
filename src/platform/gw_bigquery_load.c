/*
 * gw_bigquery_load.c
 *	  Rows out: few of them as one INSERT with parameters, many as one load job
 *	  of newline-delimited JSON, uploaded in pieces.
 *
 * https://cloud.google.com/bigquery/docs/reference/api-uploads (resumable) and
 * /docs/loading-data-local.  Both ways are all or nothing.  What values look
 * like is gw_bigquery_row.c's; a load lives in its job's context.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "base/gw_url.h"
#include "platform/gw_bigquery_private.h"
#include "platform/gw_rest.h"
#include "utils/json.h"

/* Rows up to that go as a statement; a statement takes 10,000 parameters. */
#define STATEMENT_BYTES (256 * 1024)
#define STATEMENT_PARAMS 2000
#define STATEMENT_MOST_PARAMS 10000

/* A multiple of 256 KiB, as resumable uploads demand. */
#define PIECE_BYTES (8 * 1024 * 1024)


typedef struct BqLoad
{
	char *project, *dataset, *table; /* project, dataset: NULL where not said */
	int ncolumns;
	char **names;
	const BqField **columns;
	bool defaults; /* a column that is not named has one */
	int64 rows;
	char *session; /* the upload's URL; NULL: it has not begun */
} BqLoad;

/* ---- the statement ---- */

/* A name in backticks at *at; *at is moved behind it. */
static char *
load_name(const char **at)
{
	StringInfoData name;

	if (**at != '`')
		return NULL;
	initStringInfo(&name);
	for ((*at)++; **at != '`' && **at != '\0'; (*at)++)
	{
		if (**at == '\\' && (*at)[1] != '\0')
			(*at)++;
		appendStringInfoChar(&name, **at);
	}
	*at += **at == '`';
	return name.data;
}

/* INSERT INTO `a`.`b` (`c`, `d`) VALUES, as the dialect's copy_in() writes it. */
static BqLoad *
load_parse(const char *sql)
{
	BqLoad *load = palloc0(sizeof(BqLoad));
	char *parts[3] = {NULL, NULL, NULL};
	const char *at = sql + strlen("INSERT INTO ");
	int n = 0;

	while (n < 3 && (parts[n] = load_name(&at)) != NULL)
	{
		n++;
		if (*at != '.')
			break;
		at++;
	}
	load->table = n > 0 ? parts[n - 1] : "";
	load->dataset = n > 1 ? parts[n - 2] : NULL;
	load->project = n > 2 ? parts[0] : NULL;
	load->names = palloc((strlen(at) / 3 + 1) * sizeof(char *));
	at += strcspn(at, "`");
	while (*at == '`')
	{
		load->names[load->ncolumns++] = load_name(&at);
		at += strspn(at, ", ");
	}
	load->columns = palloc0((load->ncolumns + 1) * sizeof(BqField *));
	return load;
}

static const char *
load_project(const GwRestJob *job)
{
	const BqLoad *load = ((const BqJob *) job->data)->load;

	return load->project ? load->project : ((const BqLink *) job->link->data)->project;
}

static const char *
load_dataset(const GwRestJob *job)
{
	const BqLoad *load = ((const BqJob *) job->data)->load;
	const char *dataset =
		load->dataset ? load->dataset : ((const BqLink *) job->link->data)->dataset;

	return dataset ? dataset : "";
}

bool
gw_bigquery_loads(const GwRestJob *job)
{
	const BqLoad *load = ((const BqJob *) job->data)->load;

	return load != NULL && load->session != NULL;
}

/* ---- requests ---- */

/* tables.get */
static void
request_target(const GwRestJob *job, GwRestRequest *request)
{
	const BqLink *link = (const BqLink *) job->link->data;
	const BqLoad *load = ((const BqJob *) job->data)->load;
	StringInfo url = makeStringInfo();

	appendStringInfo(url, "%s/bigquery/v2/projects/", link->endpoint);
	gw_url_escape(url, load_project(job));
	appendStringInfoString(url, "/datasets/");
	gw_url_escape(url, load_dataset(job));
	appendStringInfoString(url, "/tables/");
	gw_url_escape(url, load->table);
	gw_rest_query(url, "fields", "schema,location");
	request->url = url->data;
}

static void
request_begin(GwRestJob *job, GwRestRequest *request)
{
	const BqLoad *load = ((const BqJob *) job->data)->load;
	StringInfo url = gw_bigquery_url(job, true);
	StringInfo body = makeStringInfo();

	appendStringInfoString(url, "/jobs?uploadType=resumable");
	gw_bigquery_job_head(body, job, false);
	appendStringInfoString(body, ",\"load\":{\"destinationTable\":{");
	gw_rest_member(body, "projectId", load_project(job));
	gw_rest_member(body, "datasetId", load_dataset(job));
	gw_rest_member(body, "tableId", load->table);
	appendStringInfoString(body, "},\"sourceFormat\":\"NEWLINE_DELIMITED_JSON\","
								 "\"encoding\":\"UTF-8\",\"maxBadRecords\":0,"
								 "\"createDisposition\":\"CREATE_NEVER\","
								 "\"writeDisposition\":\"WRITE_APPEND\"}}}");
	request->url = url->data;
	request->body = body->data;
	request->bodylen = body->len;
	request->headers[request->nheaders++] =
		(GwHttpHeader){"X-Upload-Content-Type", "application/octet-stream"};
}

/* A piece, or after a failure the question how much of it came. */
static void
request_piece(const GwRestJob *job, GwRestRequest *request)
{
	const BqLoad *load = ((const BqJob *) job->data)->load;
	const GwRestUpload *piece = &job->upload;
	char *total =
		piece->last ? psprintf(INT64_FORMAT, piece->offset + piece->len) : pstrdup("*");
	char *range = request->attempt > 1
		? psprintf("bytes */%s", total)
		: psprintf("bytes " INT64_FORMAT "-" INT64_FORMAT "/%s", piece->offset,
				   piece->offset + piece->len - 1, total);

	request->method = "PUT";
	request->url = load->session;
	request->utf8 = true;
	request->body = request->attempt > 1 ? "" : piece->data;
	request->bodylen = request->attempt > 1 ? 0 : piece->len;
	request->headers[request->nheaders++] = (GwHttpHeader){"Content-Range", range};
}

GwStatus
gw_bigquery_load_build(GwRestJob *job, GwRestKind kind, GwRestRequest *request, GwError *err)
{
	BqJob *data = (BqJob *) job->data;
	StringInfo url;

	if (data->load == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(job->head.cxt);

		data->load = load_parse(data->sql);
		MemoryContextSwitchTo(old);
	}
	switch (kind)
	{
		case GW_REST_TARGET:
			request_target(job, request);
			return GW_OK;
		case GW_REST_BEGIN:
			request_begin(job, request);
			return GW_OK;
		case GW_REST_UPLOAD:
			request_piece(job, request);
			return GW_OK;
		default:
			url = gw_bigquery_url(job, false);
			appendStringInfoString(url, "/jobs/");
			gw_url_escape(url, job->id);
			gw_rest_query(url, "location", data->location);
			request->url = url->data;
			return GW_OK;
	}
}

/* ---- answers ---- */

/* The table's columns, those that rows have in their order. */
static GwStatus
target_answer(GwRestJob *job, const JsonbValue *root, GwError *err)
{
	BqJob *data = (BqJob *) job->data;
	BqLoad *load = data->load;
	char *location = gw_json_get_text(root, "location");
	BqField *fields;
	int nfields;

	fields = gw_bigquery_fields(gw_json_get(gw_json_get(root, "schema"), "fields"), &nfields, err);
	if (fields == NULL)
		return GW_FAILED;
	if (data->location == NULL)
		data->location = location;
	for (int f = 0; f < nfields; f++)
	{
		bool named = false;

		for (int c = 0; c < load->ncolumns; c++)
			if (pg_strcasecmp(load->names[c], fields[f].name) == 0)
			{
				load->columns[c] = &fields[f];
				named = true;
			}
		load->defaults = load->defaults || (fields[f].has_default && !named);
	}
	for (int c = 0; c < load->ncolumns; c++)
		if (load->columns[c] == NULL)
			return gw_error_set(err, GW_ERR_INVALID, ERRCODE_UNDEFINED_COLUMN,
								"the remote table \"%s\" has no column \"%s\"", load->table,
								load->names[c]);
	return GW_OK;
}

/* Where the pieces go: at the service itself, whatever it says. */
static GwStatus
begin_answer(GwRestJob *job, GwRestAnswer *answer, GwError *err)
{
	const BqLink *link = (const BqLink *) job->link->data;
	BqLoad *load = ((BqJob *) job->data)->load;
	size_t len = strlen(link->endpoint);
	char *session = gw_http_header(answer->call, "Location");

	if (session == NULL || strncmp(session, link->endpoint, len) != 0 || session[len] != '/')
		return gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_PROTOCOL_VIOLATION,
							"the remote named another place for an upload than itself");
	load->session = session;
	return GW_OK;
}

/* Has the job ended well?  root is the job. */
static GwStatus
load_state(GwRestJob *job, const JsonbValue *root, GwError *err)
{
	BqJob *data = (BqJob *) job->data;
	JsonbValue *status = gw_json_get(root, "status");
	JsonbValue *failure = gw_json_get(status, "errorResult");
	char *state = gw_json_get_text(status, "state");
	char *location = gw_json_get_text(gw_json_get(root, "jobReference"), "location");
	char *rows = gw_json_get_text(gw_json_get(gw_json_get(root, "statistics"), "load"),
								  "outputRows");

	if (location != NULL)
		data->location = location;
	if (failure != NULL)
		return gw_bigquery_error(job, gw_json_get_text(failure, "reason"),
								 gw_json_get_text(failure, "message"), 400, err);
	if (state == NULL)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"the remote's answer does not say whether the job is complete");
	if (strcmp(state, "DONE") != 0)
		return GW_OK;
	if (rows == NULL || strtoll(rows, NULL, 10) != data->load->rows)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_CONNECTION_FAILURE,
							"the load job %s says that it has stored %s rows of " INT64_FORMAT,
							job->id, rows ? rows : "no", data->load->rows);
	job->ready = true;
	data->token_page = 0;
	data->token_known = true;
	job->head.result.rows = data->load->rows;
	strlcpy(job->head.result.command, "INSERT", sizeof(job->head.result.command));
	return GW_OK;
}

static const JsonbValue *
answer_root(GwRestAnswer *answer, GwError *err)
{
	return gw_json_parse(answer->page.body->data, answer->page.body->len, err);
}

GwStatus
gw_bigquery_load_status(GwRestJob *job, GwRestAnswer *answer, GwError *err)
{
	const JsonbValue *root = answer_root(answer, err);

	return root ? load_state(job, root, err) : GW_FAILED;
}

GwStatus
gw_bigquery_load_received(GwRestJob *job, GwRestAnswer *answer)
{
	char *range;

	/* An upload that has ended may be forgotten: its job is not. */
	if (job->upload.last && (answer->status == 404 || answer->status == 410))
	{
		job->upload.received = -1;
		job->submits = Max(job->submits, 2);
		return GW_OK;
	}
	if (answer->status != 308)
		return GW_FAILED;
	range = gw_http_header(answer->call, "Range");
	job->upload.received = 0;
	if (range != NULL && strncmp(range, "bytes=0-", 8) == 0)
		job->upload.received = strtoll(range + 8, NULL, 10) + 1;
	return GW_OK;
}

static GwStatus
load_read(GwRestJob *job, GwRestKind kind, GwRestAnswer *answer, GwError *err)
{
	const JsonbValue *root;

	if (kind == GW_REST_BEGIN)
		return begin_answer(job, answer, err);
	root = answer_root(answer, err);
	if (root == NULL)
		return GW_FAILED;
	/* The job is asked for anyway: what it says now is its beginning. */
	return kind == GW_REST_TARGET ? target_answer(job, root, err) : GW_OK;
}

/* ---- rows ---- */

/*
 * Values for one INSERT.  NULL is said in the statement: a parameter has no form of
 * its own for a NULL array, structure or range.
 */
static GwStatus
load_statement(GwRestJob *job, const char *rows, int len, GwError *err)
{
	BqJob *data = (BqJob *) job->data;
	const BqLoad *load = data->load;
	const char *at = rows;
	StringInfoData sql, params, field;
	int64 nrows = 0;
	int n = 0;

	for (int i = 0; i < len; i++)
		nrows += rows[i] == '\n';
	if (nrows * load->ncolumns > (load->defaults ? STATEMENT_MOST_PARAMS : STATEMENT_PARAMS))
		return GW_DONE;
	initStringInfo(&sql);
	initStringInfo(&params);
	initStringInfo(&field);
	appendStringInfoString(&sql, data->sql);
	while (at < rows + len)
	{
		bool end = false;

		appendStringInfoString(&sql, at > rows ? ", (" : "(");
		for (int c = 0; c < load->ncolumns && !end; c++)
		{
			char *text = gw_rest_copy_field(&at, &field, &end);

			appendStringInfoString(&sql, c > 0 ? ", " : "");
			if (text == NULL)
			{
				appendStringInfoString(&sql, "NULL");
				continue;
			}
			n++;
			appendStringInfo(&sql, "@p%d", n);
			appendStringInfo(&params, "%s{\"name\":\"p%d\",\"parameterType\":", n > 1 ? "," : "",
							 n);
			gw_bigquery_write_type(&params, load->columns[c]);
			appendStringInfoString(&params, ",\"parameterValue\":");
			if (gw_bigquery_write_value(&params, true, load->columns[c], text, err) != GW_OK)
				return GW_FAILED;
			appendStringInfoChar(&params, '}');
		}
		appendStringInfoChar(&sql, ')');
	}
	data->sql = sql.data;
	data->params = params.data;
	return GW_OK;
}

/* Lines of newline-delimited JSON. */
static GwStatus
load_encode(GwRestJob *job, const char *rows, int len, StringInfo out, GwError *err)
{
	BqLoad *load = ((BqJob *) job->data)->load;
	const char *at = rows;
	StringInfoData field;

	if (load->defaults)
	{
		gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_FEATURE_NOT_SUPPORTED,
					 "these are too many rows for one statement");
		gw_error_detail(err, "A load job might not give the defaults of columns that the foreign "
							 "table \"%s\" lacks.",
						load->table);
		gw_error_hint(err, "Give the foreign table all columns, or insert fewer rows at a time.");
		return GW_FAILED;
	}
	initStringInfo(&field);
	while (at < rows + len)
	{
		bool end = false;

		for (int c = 0; c < load->ncolumns && !end; c++)
		{
			char *text = gw_rest_copy_field(&at, &field, &end);

			appendStringInfoChar(out, c > 0 ? ',' : '{');
			escape_json(out, load->columns[c]->name);
			appendStringInfoChar(out, ':');
			if (gw_bigquery_write_value(out, false, load->columns[c], text, err) != GW_OK)
				return GW_FAILED;
		}
		appendStringInfoString(out, "}\n");
		load->rows++;
	}
	return GW_OK;
}

const GwRestCopyOps gw_bigquery_copy_ops = {
	.statement_bytes = STATEMENT_BYTES,
	.piece_bytes = PIECE_BYTES,
	.read = load_read,
	.statement = load_statement,
	.encode = load_encode,
};
