/*
 * gw_bigquery_request.c
 *	  Requests: what a statement is, and what is sent to submit, watch, page
 *	  and stop its job.  Reads no answers.
 *
 * Queries go through jobs.insert with an id of our own: submitted twice it is
 * still one job, and it can be cancelled before its first answer.
 */
#include "postgres.h"

#include "base/gw_url.h"
#include "dialect/gw_dialect.h"
#include "platform/gw_bigquery_private.h"
#include "platform/gw_fill.h"
#include "utils/builtins.h"
#include "utils/json.h"

/* One wait of getQueryResults; the service itself ends it later at the latest. */
#define POLL_MS 10000
/* After so many pages that were shorter than asked for, they come one by one. */
#define SHORT_PAGES_MOST 8
/* No further page is asked for while so many bytes are awaited. */
#define AHEAD_BYTES (32 * 1024 * 1024)

/* Our own statements that are not sent as they are written. */
#define PREFIX_GET "GET "		  /* shape, then a path */
#define PREFIX_CATALOG "CATALOG " /* SQL with names to fill in */
#define PREFIX_DRYRUN "DRYRUN "	  /* what the statement would cost */

/* ---- statements ---- */

static const char *
statement_word(const char *word, bool *rendered, void *arg)
{
	const BqLink *link = (const BqLink *) ((const GwRestJob *) arg)->link->data;

	if (strcmp(word, "project") == 0)
		return link->project;
	if (strcmp(word, "payer") == 0)
		return link->payer;
	return strcmp(word, "dataset") == 0 ? link->dataset : NULL;
}

/*
 * Fill the names into one of our own statements: {1} and {2} are its
 * parameters, without the first one the dataset is the option's.
 */
static char *
statement_fill(GwRestJob *job, const char *text, bool url)
{
	GwParam params[2] = {{0}};
	GwFill fill = {.dialect = &gw_dialect_bigquery,
				   .nparams = lengthof(params),
				   .params = params,
				   .url = url,
				   .word = statement_word,
				   .arg = job};

	for (int i = 0; i < Min(job->stmt.nparams, lengthof(params)); i++)
		params[i] = job->stmt.params[i];
	if (params[0].value == NULL)
		params[0].value = ((const BqLink *) job->link->data)->dataset;
	return gw_fill(&fill, text);
}

static BqShape
statement_shape(const char **text)
{
	static const struct
	{
		const char *word;
		BqShape shape;
	} shapes[] = {
		{"projects ", BQ_PROJECTS}, {"datasets ", BQ_DATASETS}, {"tables ", BQ_TABLES},
		{"document ", BQ_DOCUMENT}, {"version ", BQ_VERSION},
	};

	for (int i = 0; i < lengthof(shapes); i++)
		if (strncmp(*text, shapes[i].word, strlen(shapes[i].word)) == 0)
		{
			*text += strlen(shapes[i].word);
			*text += strspn(*text, " \n");
			return shapes[i].shape;
		}
	return BQ_QUERY;
}

static void
statement_prepare(GwRestJob *job)
{
	BqJob *data = (BqJob *) job->data;
	const BqLink *link = (const BqLink *) job->link->data;
	const char *sql = job->stmt.sql;
	MemoryContext old;

	if (data->sql != NULL)
		return;
	old = MemoryContextSwitchTo(job->head.cxt);
	data->affected = -1;
	data->processed_bytes = -1;
	data->location = link->location ? pstrdup(link->location) : NULL;
	data->sql = unconstify(char *, sql);
	if (!job->stmt.user_sql && strncmp(sql, PREFIX_GET, 4) == 0)
	{
		const char *rest = sql + strcspn(sql, "\n");

		sql += 4;
		data->shape = statement_shape(&sql);
		if (data->shape == BQ_DOCUMENT && job->stmt.params[1].value == NULL)
		{
			/* All tables: the query that stands behind it. */
			data->shape = BQ_QUERY;
			data->sql = statement_fill(job, rest, false);
		}
		else
		{
			data->path = statement_fill(job, pnstrdup(sql, rest - sql), true);
			gw_bigquery_document_columns(job);
		}
		data->own = true;
	}
	else if (!job->stmt.user_sql && strncmp(sql, PREFIX_CATALOG, 8) == 0)
	{
		data->sql = statement_fill(job, sql + 8, false);
		data->own = true;
	}
	else if (strncmp(sql, PREFIX_DRYRUN, 7) == 0)
	{
		data->own = true;
		data->shape = BQ_DRYRUN;
		data->sql = pstrdup(sql + 7);
		gw_bigquery_document_columns(job);
	}
	MemoryContextSwitchTo(old);
}

/* ---- requests ---- */

/*
 * Parameters are named @p1 ... in what the dialect writes, and in the user's
 * SQL when that says @p1; otherwise it has question marks.
 */
static GwStatus
body_params(StringInfo body, const GwRestJob *job, GwError *err)
{
	const BqJob *data = (const BqJob *) job->data;
	bool named = !job->stmt.user_sql || strstr(data->sql, "@p1") != NULL;

	if (data->params != NULL)
	{
		if (data->params[0] == '\0')
			return GW_OK;
		appendStringInfo(body, ",\"parameterMode\":\"NAMED\",\"queryParameters\":[%s]",
						 data->params);
		return GW_OK;
	}
	/* Of our own statements names are filled in already, and maybe all. */
	if (job->stmt.nparams == 0 || (data->own && strstr(data->sql, "@p") == NULL))
		return GW_OK;
	appendStringInfo(body, ",\"parameterMode\":\"%s\",\"queryParameters\":[",
					 named ? "NAMED" : "POSITIONAL");
	for (int i = 0; i < job->stmt.nparams; i++)
	{
		if (i > 0)
			appendStringInfoChar(body, ',');
		if (gw_bigquery_param(body, i + 1, named, &job->stmt.params[i], err) != GW_OK)
			return GW_FAILED;
	}
	appendStringInfoChar(body, ']');
	return GW_OK;
}

/* "k=v,k2=v2" as an object. */
static void
body_labels(StringInfo body, const char *labels)
{
	appendStringInfoString(body, ",\"labels\":{");
	while (*labels != '\0')
	{
		size_t len = strcspn(labels, ",");
		size_t name = strcspn(labels, "=,");

		if (name < len)
			gw_rest_member(body, pnstrdup(labels, name),
						   pnstrdup(labels + name + 1, len - name - 1));
		labels += len;
		labels += strspn(labels, ", ");
	}
	appendStringInfoChar(body, '}');
}

void
gw_bigquery_job_head(StringInfo body, GwRestJob *job, bool dry_run)
{
	const BqLink *link = (const BqLink *) job->link->data;
	const BqJob *data = (const BqJob *) job->data;

	if (job->id == NULL)
		job->id = MemoryContextStrdup(job->head.cxt, psprintf("wgw_%s", gw_restjob_uuid()));
	appendStringInfoString(body, "{\"jobReference\":{");
	gw_rest_member(body, "projectId", link->payer);
	if (!dry_run)
		gw_rest_member(body, "jobId", job->id);
	gw_rest_member(body, "location", data->location);
	appendStringInfo(body, "},\"configuration\":{\"dryRun\":%s", dry_run ? "true" : "false");
	gw_rest_member(body, "jobTimeoutMs", link->job_timeout_ms);
	gw_rest_member(body, "reservation", link->reservation);
	if (link->labels != NULL)
		body_labels(body, link->labels);
}

/* The job for jobs.insert. */
static GwStatus
body_job(StringInfo body, GwRestJob *job, bool dry_run, GwError *err)
{
	const BqLink *link = (const BqLink *) job->link->data;
	const BqJob *data = (const BqJob *) job->data;

	gw_bigquery_job_head(body, job, dry_run);
	appendStringInfo(body, ",\"query\":{\"useLegacySql\":false,\"useQueryCache\":%s",
					 link->use_cache ? "true" : "false");
	gw_rest_member(body, "query", data->sql);
	gw_rest_member(body, "priority", link->priority);
	if (!dry_run)
		gw_rest_member(body, "maximumBytesBilled", link->maximum_bytes_billed);
	if (link->dataset != NULL)
	{
		appendStringInfoString(body, ",\"defaultDataset\":{");
		gw_rest_member(body, "projectId", link->project);
		gw_rest_member(body, "datasetId", link->dataset);
		appendStringInfoChar(body, '}');
	}
	/* A dataset without a project is one of the payer's, unless this says otherwise. */
	if (strcmp(link->project, link->payer) != 0)
	{
		appendStringInfoString(body, ",\"connectionProperties\":[{\"key\":"
									 "\"dataset_project_id\"");
		gw_rest_member(body, "value", link->project);
		appendStringInfoString(body, "}]");
	}
	if (body_params(body, job, err) != GW_OK)
		return GW_FAILED;
	appendStringInfoString(body, "}}}");
	return GW_OK;
}

StringInfo
gw_bigquery_url(const GwRestJob *job, bool upload)
{
	const BqLink *link = (const BqLink *) job->link->data;
	StringInfo url = makeStringInfo();

	appendStringInfo(url, "%s%s/bigquery/v2/projects/", link->endpoint, upload ? "/upload" : "");
	gw_url_escape(url, link->payer);
	return url;
}

/* jobs.getQueryResults: waits for the job, and gives rows: behind a token, or from a row on. */
static void
request_results(const GwRestJob *job, const char *token, const char *from, int64 rows,
				GwRestRequest *request)
{
	const BqJob *data = (const BqJob *) job->data;
	StringInfo url = gw_bigquery_url(job, false);

	appendStringInfoString(url, "/queries/");
	gw_url_escape(url, job->id);
	gw_rest_query(url, "location", data->location);
	gw_rest_query(url, "timeoutMs", psprintf("%d", POLL_MS));
	gw_rest_query(url, "maxResults", psprintf(INT64_FORMAT, rows));
	gw_rest_query(url, "pageToken", token);
	gw_rest_query(url, "startIndex", from);
	gw_rest_query(url, "formatOptions.useInt64Timestamp", "true");
	request->url = url->data;
}

/* A document, or the next page of a list of them. */
static void
request_document(const GwRestJob *job, const char *token, GwRestRequest *request)
{
	const BqLink *link = (const BqLink *) job->link->data;
	const BqJob *data = (const BqJob *) job->data;
	StringInfo url = makeStringInfo();

	appendStringInfo(url, "%s/bigquery/v2%s", link->endpoint, data->path);
	gw_rest_query(url, "pageToken", token);
	request->method = "GET";
	request->url = url->data;
	request->repeatable = true;
}

static GwStatus
request_insert(GwRestJob *job, bool dry_run, GwRestRequest *request, GwError *err)
{
	StringInfo url = gw_bigquery_url(job, false);
	StringInfo body = makeStringInfo();

	appendStringInfoString(url, "/jobs");
	if (body_job(body, job, dry_run, err) != GW_OK)
		return GW_FAILED;
	request->method = "POST";
	request->url = url->data;
	request->body = body->data;
	request->bodylen = body->len;
	/* The same id again is a duplicate, not a second job. */
	request->repeatable = true;
	return GW_OK;
}

/*
 * Behind the first page of a query, pages are asked for by the rows they begin with,
 * several at a time: their tokens would have them come one after the other.
 */
static GwStatus
request_page(GwRestJob *job, int page, GwRestRequest *request)
{
	BqJob *data = (BqJob *) job->data;
	int ahead = page - data->base_page;
	int64 from;

	if (data->stride == 0)
	{
		if (data->token_page != page || !data->token_known)
			return GW_TIMED_OUT;
		if (data->page_token == NULL)
			return GW_DONE;
		if (data->path != NULL)
			request_document(job, data->page_token, request);
		/* How many rows the first page has is known when they were read. */
		else if (page == 1 && job->total_rows >= 0 && !data->first_read)
			return GW_TIMED_OUT;
		else
			request_results(job, data->page_token, NULL, BQ_PAGE_ROWS, request);
		return GW_OK;
	}
	from = data->base_row + ahead * data->stride;
	if (from >= job->total_rows)
		return GW_DONE;
	if (ahead > 0 && data->short_pages > SHORT_PAGES_MOST)
		return GW_TIMED_OUT;
	if (ahead * data->page_bytes > AHEAD_BYTES)
		return GW_TIMED_OUT;
	request_results(job, NULL, psprintf(INT64_FORMAT, from),
					Min(data->stride, job->total_rows - from), request);
	return GW_OK;
}

GwStatus
gw_bigquery_build(GwRestJob *job, GwRestKind kind, int page, GwRestRequest *request, GwError *err)
{
	const BqLink *link = (const BqLink *) job->link->data;
	BqJob *data = (BqJob *) job->data;
	StringInfo url;

	statement_prepare(job);
	request->headers[request->nheaders++] =
		(GwHttpHeader){"X-Goog-User-Project", link->quota_project};
	request->headers[request->nheaders++] =
		(GwHttpHeader){"Content-Type",
					   kind == GW_REST_UPLOAD ? "application/octet-stream" : "application/json"};
	switch (kind)
	{
		case GW_REST_HELLO:
			url = gw_bigquery_url(job, false);
			appendStringInfoString(url, "/datasets?maxResults=1");
			request->url = url->data;
			return GW_OK;
		case GW_REST_CHECK:
			return gw_bigquery_cost_wanted(job) ? request_insert(job, true, request, err) : GW_DONE;
		case GW_REST_SUBMIT:
			if (data->path == NULL)
				return request_insert(job, data->shape == BQ_DRYRUN, request, err);
			request_document(job, NULL, request);
			return GW_OK;
		case GW_REST_TRACE:
			return GW_DONE; /* submitted again it is the same job */
		case GW_REST_POLL:
			if (gw_bigquery_loads(job))
				return gw_bigquery_load_build(job, kind, request, err);
			request_results(job, NULL, NULL, BQ_PAGE_ROWS, request);
			return GW_OK;
		case GW_REST_TARGET:
		case GW_REST_BEGIN:
		case GW_REST_UPLOAD:
			return gw_bigquery_load_build(job, kind, request, err);
		case GW_REST_PAGE:
			return request_page(job, page, request);
		case GW_REST_REPORT:
			if (!gw_bigquery_cost_billed(job))
				return GW_DONE;
			url = gw_bigquery_url(job, false);
			appendStringInfoString(url, "/jobs/");
			gw_url_escape(url, job->id);
			gw_rest_query(url, "location", data->location);
			gw_rest_query(url, "fields", "statistics(query(totalBytesBilled))");
			request->url = url->data;
			return GW_OK;
		case GW_REST_CANCEL:
			if (data->shape != BQ_QUERY || job->id == NULL)
				return GW_DONE;
			url = gw_bigquery_url(job, false);
			appendStringInfoString(url, "/jobs/");
			gw_url_escape(url, job->id);
			appendStringInfoString(url, "/cancel");
			gw_rest_query(url, "location", data->location);
			request->url = url->data;
			request->body = "";
			return GW_OK;
	}
	return GW_DONE;
}
