/*
 * gw_bigquery_job.c
 *	  Jobs: the requests that submit, watch, page and stop them, and what the
 *	  answers mean.
 *
 * https://cloud.google.com/bigquery/docs/reference/rest/v2.  Queries go
 * through jobs.insert with an id of our own: submitted twice it is still one
 * job, and it can be cancelled before its first answer.
 */
#include "postgres.h"

#include "base/gw_health.h"
#include "base/gw_json.h"
#include "base/gw_url.h"
#include "dialect/gw_dialect.h"
#include "platform/gw_bigquery_private.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/timestamp.h"

/* One wait of getQueryResults; the service itself ends it later at the latest. */
#define POLL_MS 10000
/* Between two such waits. */
#define POLL_PAUSE_MS 20
#define POLL_PAUSE_MOST_MS 500
/* Rows asked for at a time; a page has at most 10 or 20 MB anyway. */
#define PAGE_ROWS 50000
#define PAGE_MAX_BYTES ((size_t) 256 * 1024 * 1024)

/* Our own statements that are not sent as they are written. */
#define PREFIX_GET "GET "		  /* shape, then a path */
#define PREFIX_CATALOG "CATALOG " /* SQL with names to fill in */
#define PREFIX_DRYRUN "DRYRUN "	  /* what the statement would cost */

/* ---- settings ---- */

static const char *
setting_find(const GwSetting *settings, int nsettings, const char *name)
{
	for (int i = 0; i < nsettings; i++)
		if (strcmp(settings[i].name, name) == 0)
			return settings[i].value ? pstrdup(settings[i].value) : NULL;
	return NULL;
}

static GwStatus
bq_open(GwRestLink *link, const GwSetting *settings, int nsettings, GwError *err)
{
#define SETTING(name) setting_find(settings, nsettings, name)
	BqLink *data = (BqLink *) link->data;
	const char *kind = SETTING("auth");
	GwOauthSpec auth = {0};

	data->endpoint = SETTING("endpoint");
	data->project = SETTING("project");
	data->payer = SETTING("execution_project");
	data->dataset = SETTING("schema");
	data->location = SETTING("location");
	data->priority = SETTING("priority");
	data->quota_project = SETTING("quota_project");
	data->reservation = SETTING("reservation");
	data->labels = SETTING("labels");
	data->maximum_bytes_billed = SETTING("maximum_bytes_billed");
	data->max_scan_bytes = SETTING("max_scan_bytes");
	data->job_timeout_ms = SETTING("job_timeout_ms");
	data->use_cache = SETTING("use_query_cache") != NULL;
	data->role = (Oid) strtoul(SETTING("role"), NULL, 10);
	data->daily_bytes = SETTING("daily_bytes_per_role");
	link->service = psprintf("%s/projects/%s", strstr(data->endpoint, "//") + 2, data->payer);

	link->policy.ca_file = SETTING("ca_file");
	/* The service compresses only for agents that say so here, too. */
	link->policy.user_agent = "warehouse_gw (gzip)";
	link->policy.allow_http = pg_strncasecmp(data->endpoint, "http://", 7) == 0;
	link->policy.allow_private = SETTING("allow_private") != NULL;
	link->policy.connect_timeout_ms = atoi(SETTING("connect_timeout_ms"));
	link->policy.silence_timeout_s = 60;

	auth.grants[0] = strcmp(kind, "none") == 0		 ? NULL
					 : strcmp(kind, "token") == 0	 ? &gw_oauth_static
					 : strcmp(kind, "refresh") == 0	 ? &gw_oauth_refresh
					 : strcmp(kind, "metadata") == 0 ? &gw_oauth_metadata
					 : strcmp(kind, "workload") == 0 ? &gw_oauth_reference
													 : &gw_oauth_assertion;
	if (strcmp(kind, "workload") == 0)
		auth.grants[1] = &gw_oauth_exchange;
	auth.token = SETTING("token");
	auth.refresh_token = SETTING("refresh_token");
	auth.client_id = SETTING("client_id");
	auth.client_secret = SETTING("client_secret");
	auth.private_key = SETTING("private_key");
	auth.key_id = SETTING("private_key_id");
	auth.issuer = SETTING("client_email");
	auth.scope = SETTING("scopes");
	auth.token_url = SETTING("token_uri");
	auth.token_ref = SETTING("subject_token_ref");
	auth.audience = SETTING("audience");
	auth.subject_token_type = SETTING("subject_token_type");
	auth.impersonate_url = SETTING("impersonate_url");
	if (auth.impersonate_url != NULL && auth.grants[0] != NULL)
		auth.grants[auth.grants[1] != NULL ? 2 : 1] = &gw_oauth_impersonate;
	link->auth = gw_oauth_create(link->head.cxt, &link->policy, &auth);
	return GW_OK;
#undef SETTING
}

/* ---- statements ---- */

/*
 * Fill the names into one of our own statements: {1} is the first parameter,
 * {project} and {dataset} the options.  In SQL they stand within quotes of one
 * kind or the other, in a path of a URL each is one segment.
 */
static char *
statement_fill(const GwRestJob *job, const char *text, bool url)
{
	const BqLink *link = (const BqLink *) job->link->data;
	StringInfoData out;
	char quote = '\0';

	initStringInfo(&out);
	for (; *text != '\0'; text++)
	{
		const char *value = NULL;

		if (*text != '{')
		{
			if (quote == '\0' && (*text == '\'' || *text == '`'))
				quote = *text;
			else if (*text == quote)
				quote = '\0';
			appendStringInfoChar(&out, *text);
			continue;
		}
		if (strncmp(text, "{project}", 9) == 0)
			value = link->project;
		else if (strncmp(text, "{payer}", 7) == 0)
			value = link->payer;
		else if (strncmp(text, "{dataset}", 9) == 0)
			value = link->dataset;
		else
		{
			int n = text[1] - '1';

			if (n >= 0 && n < job->stmt.nparams)
				value = job->stmt.params[n].value;
			if (n == 0 && value == NULL)
				value = link->dataset;
		}
		text += strcspn(text, "}");
		if (url)
			gw_url_escape(&out, value ? value : "");
		else
		{
			GwSqlBuf name;

			/* Quoted already: without its own quotes. */
			gw_sqlbuf_init(&name);
			if (quote == '`')
				gw_dialect_identifier(&gw_dialect_bigquery, &name, value ? value : "?");
			else
				gw_dialect_string(&gw_dialect_bigquery, &name, value ? value : "?");
			appendBinaryStringInfo(&out, name.text.data + 1, name.text.len - 2);
		}
	}
	return out.data;
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

static void
body_string(StringInfo body, const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (body->data[body->len - 1] != '{')
		appendStringInfoChar(body, ',');
	escape_json(body, name);
	appendStringInfoChar(body, ':');
	escape_json(body, value);
}

/*
 * Parameters are named @p1 ... in what the dialect writes, and in the user's
 * SQL when that says @p1; otherwise it has question marks.
 */
static GwStatus
body_params(StringInfo body, const GwRestJob *job, GwError *err)
{
	const BqJob *data = (const BqJob *) job->data;
	bool named = !job->stmt.user_sql || strstr(data->sql, "@p1") != NULL;

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
			body_string(body, pnstrdup(labels, name), pnstrdup(labels + name + 1, len - name - 1));
		labels += len;
		labels += strspn(labels, ", ");
	}
	appendStringInfoChar(body, '}');
}

/* The job for jobs.insert. */
static GwStatus
body_job(StringInfo body, GwRestJob *job, bool dry_run, GwError *err)
{
	const BqLink *link = (const BqLink *) job->link->data;
	const BqJob *data = (const BqJob *) job->data;

	appendStringInfoString(body, "{\"jobReference\":{");
	body_string(body, "projectId", link->payer);
	if (!dry_run)
		body_string(body, "jobId", job->id);
	body_string(body, "location", data->location);
	appendStringInfo(body, "},\"configuration\":{\"dryRun\":%s", dry_run ? "true" : "false");
	body_string(body, "jobTimeoutMs", link->job_timeout_ms);
	body_string(body, "reservation", link->reservation);
	if (link->labels != NULL)
		body_labels(body, link->labels);
	appendStringInfo(body, ",\"query\":{\"useLegacySql\":false,\"useQueryCache\":%s",
					 link->use_cache ? "true" : "false");
	body_string(body, "query", data->sql);
	body_string(body, "priority", link->priority);
	if (!dry_run)
		body_string(body, "maximumBytesBilled", link->maximum_bytes_billed);
	if (link->dataset != NULL)
	{
		appendStringInfoString(body, ",\"defaultDataset\":{");
		body_string(body, "projectId", link->project);
		body_string(body, "datasetId", link->dataset);
		appendStringInfoChar(body, '}');
	}
	if (body_params(body, job, err) != GW_OK)
		return GW_FAILED;
	appendStringInfoString(body, "}}}");
	return GW_OK;
}

static StringInfo
url_begin(const GwRestJob *job)
{
	const BqLink *link = (const BqLink *) job->link->data;
	StringInfo url = makeStringInfo();

	appendStringInfo(url, "%s/bigquery/v2/projects/", link->endpoint);
	gw_url_escape(url, link->payer);
	return url;
}

static void
url_query(StringInfo url, const char *name, const char *value)
{
	if (value == NULL)
		return;
	appendStringInfo(url, "%c%s=", strchr(url->data, '?') ? '&' : '?', name);
	gw_url_escape(url, value);
}

/* jobs.getQueryResults: waits for the job, and gives rows. */
static void
request_results(const GwRestJob *job, const char *token, GwRestRequest *request)
{
	const BqJob *data = (const BqJob *) job->data;
	StringInfo url = url_begin(job);

	appendStringInfoString(url, "/queries/");
	gw_url_escape(url, job->id);
	url_query(url, "location", data->location);
	url_query(url, "timeoutMs", psprintf("%d", POLL_MS));
	url_query(url, "maxResults", psprintf("%d", PAGE_ROWS));
	url_query(url, "pageToken", token);
	url_query(url, "formatOptions.useInt64Timestamp", "true");
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
	url_query(url, "pageToken", token);
	request->method = "GET";
	request->url = url->data;
	request->repeatable = true;
}

static GwStatus
request_insert(GwRestJob *job, bool dry_run, GwRestRequest *request, GwError *err)
{
	StringInfo url = url_begin(job);
	StringInfo body = makeStringInfo();

	if (job->id == NULL)
	{
		char *uuid = gw_restjob_uuid();

		job->id = MemoryContextStrdup(job->head.cxt, psprintf("wgw_%s", uuid));
	}
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

/* Has the user asked to know before it runs? */
static bool
check_wanted(const GwRestJob *job)
{
	const BqLink *link = (const BqLink *) job->link->data;
	const BqJob *data = (const BqJob *) job->data;

	if (data->own)
		return false;
	return link->max_scan_bytes != NULL || link->daily_bytes != NULL ||
		   (job->stmt.user_sql && job->stmt.no_writes);
}

static GwStatus
bq_build(GwRestJob *job, GwRestKind kind, int page, GwRestRequest *request, GwError *err)
{
	const BqLink *link = (const BqLink *) job->link->data;
	BqJob *data = (BqJob *) job->data;
	StringInfo url;

	statement_prepare(job);
	request->headers[request->nheaders++] =
		(GwHttpHeader){"X-Goog-User-Project", link->quota_project};
	request->headers[request->nheaders++] = (GwHttpHeader){"Content-Type", "application/json"};
	switch (kind)
	{
		case GW_REST_HELLO:
			url = url_begin(job);
			appendStringInfoString(url, "/datasets?maxResults=1");
			request->url = url->data;
			return GW_OK;
		case GW_REST_CHECK:
			return check_wanted(job) ? request_insert(job, true, request, err) : GW_DONE;
		case GW_REST_SUBMIT:
			if (data->path == NULL)
				return request_insert(job, data->shape == BQ_DRYRUN, request, err);
			request_document(job, NULL, request);
			return GW_OK;
		case GW_REST_POLL:
			request_results(job, NULL, request);
			return GW_OK;
		case GW_REST_PAGE:
			if (data->token_page != page || !data->token_known)
				return GW_TIMED_OUT;
			if (data->page_token == NULL)
				return GW_DONE;
			if (data->path != NULL)
				request_document(job, data->page_token, request);
			else
				request_results(job, data->page_token, request);
			return GW_OK;
		case GW_REST_CANCEL:
			if (data->shape != BQ_QUERY || job->id == NULL)
				return GW_DONE;
			url = url_begin(job);
			appendStringInfoString(url, "/jobs/");
			gw_url_escape(url, job->id);
			appendStringInfoString(url, "/cancel");
			url_query(url, "location", data->location);
			request->url = url->data;
			request->body = "";
			return GW_OK;
	}
	return GW_DONE;
}

/* ---- answers ---- */

/* A reason of an error, and what it means: docs/error-messages. */
static const struct
{
	const char *reason;
	GwErrorClass cls;
	int sqlstate;
	bool job; /* the job has failed; the same request will not do */
} reasons[] = {
	{"rateLimitExceeded", GW_ERR_THROTTLED, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, false},
	{"jobRateLimitExceeded", GW_ERR_THROTTLED, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, true},
	{"backendError", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION, false},
	{"internalError", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION, false},
	{"badGateway", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION, false},
	{"tableUnavailable", GW_ERR_TRANSIENT, ERRCODE_OBJECT_IN_USE, true},
	{"jobBackendError", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION, true},
	{"jobInternalError", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION, true},
	{"quotaExceeded", GW_ERR_PERMANENT, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, false},
	{"accessDenied", GW_ERR_PERMANENT, ERRCODE_INSUFFICIENT_PRIVILEGE, false},
	{"billingNotEnabled", GW_ERR_PERMANENT, ERRCODE_INSUFFICIENT_PRIVILEGE, false},
	{"authError", GW_ERR_AUTH, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, false},
	{"required", GW_ERR_INVALID, ERRCODE_FDW_ERROR, false},
	{"notFound", GW_ERR_NOT_FOUND, ERRCODE_UNDEFINED_TABLE, false},
	{"duplicate", GW_ERR_CONFLICT, ERRCODE_DUPLICATE_OBJECT, false},
	{"invalidQuery", GW_ERR_INVALID, ERRCODE_SYNTAX_ERROR, false},
	{"invalid", GW_ERR_INVALID, ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION, false},
	{"responseTooLarge", GW_ERR_PERMANENT, ERRCODE_PROGRAM_LIMIT_EXCEEDED, false},
	{"resourcesExceeded", GW_ERR_PERMANENT, ERRCODE_INSUFFICIENT_RESOURCES, false},
	{"billingTierLimitExceeded", GW_ERR_PERMANENT, ERRCODE_PROGRAM_LIMIT_EXCEEDED, false},
	{"bytesBilledLimitExceeded", GW_ERR_PERMANENT, ERRCODE_PROGRAM_LIMIT_EXCEEDED, false},
	{"stopped", GW_ERR_CANCELLED, ERRCODE_QUERY_CANCELED, false},
	{"timeout", GW_ERR_CANCELLED, ERRCODE_QUERY_CANCELED, false},
	{"notImplemented", GW_ERR_PERMANENT, ERRCODE_FEATURE_NOT_SUPPORTED, false},
};

/* What only the message of an invalidQuery tells. */
static const struct
{
	const char *words;
	int sqlstate;
} messages[] = {
	{"division by zero", ERRCODE_DIVISION_BY_ZERO},
	{"overflow", ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE},
	{"out of range", ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE},
	{"Bad ", ERRCODE_INVALID_TEXT_REPRESENTATION},
	{"Invalid ", ERRCODE_INVALID_TEXT_REPRESENTATION},
	{"ore than one element", ERRCODE_CARDINALITY_VIOLATION},
	{"Required field", ERRCODE_NOT_NULL_VIOLATION},
	{"partition elimination", ERRCODE_FEATURE_NOT_SUPPORTED},
	{"Unrecognized name", ERRCODE_UNDEFINED_COLUMN},
};

/* An object {"reason":..., "message":...} as an error. */
static GwStatus
error_fill(GwRestJob *job, const char *reason, const char *message, int status, GwError *err)
{
	char shown[900];
	GwErrorClass cls = GW_ERR_PERMANENT;
	int sqlstate = ERRCODE_FDW_ERROR;

	if (status == 401)
	{
		cls = GW_ERR_AUTH;
		sqlstate = ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION;
	}
	else if (status == 429)
	{
		cls = GW_ERR_THROTTLED;
		sqlstate = ERRCODE_CONFIGURATION_LIMIT_EXCEEDED;
	}
	/* A redirect is not followed, wherever it leads. */
	else if (status / 100 == 3)
		sqlstate = ERRCODE_PROTOCOL_VIOLATION;
	else if (status == 408 || status == 500 || status == 502 || status == 503 || status == 504)
	{
		cls = GW_ERR_TRANSIENT;
		sqlstate = ERRCODE_CONNECTION_EXCEPTION;
	}
	for (int i = 0; reason != NULL && status != 401 && i < lengthof(reasons); i++)
		if (strcmp(reasons[i].reason, reason) == 0)
		{
			cls = reasons[i].cls;
			sqlstate = reasons[i].sqlstate;
			job->failed = reasons[i].job;
		}
	for (int i = 0; reason != NULL && strcmp(reason, "invalidQuery") == 0 &&
					i < lengthof(messages); i++)
		if (message != NULL && strstr(message, messages[i].words) != NULL)
			sqlstate = messages[i].sqlstate;
	gw_error_remote_text(shown, sizeof(shown),
						 message ? message
								 : psprintf("the service gave no reason (HTTP status %d)", status));
	gw_error_set(err, cls, sqlstate, "%s", shown);
	err->vendor_code = status;
	if (reason != NULL)
		gw_error_detail(err, "BigQuery's reason is \"%s\".", reason);
	if (message != NULL && strstr(message, "partition elimination") != NULL)
		gw_error_hint(err, "The table demands a filter on its partitioning column: add one to the "
						   "WHERE clause that can be evaluated there.");
	else if (reason != NULL && strcmp(reason, "bytesBilledLimitExceeded") == 0)
		gw_error_hint(err, "The limit is the server option \"maximum_bytes_billed\".");
	return GW_FAILED;
}

static GwStatus
bq_read_error(GwRestJob *job, GwRestKind kind, GwRestAnswer *answer, GwError *err)
{
	BqJob *data = (BqJob *) job->data;
	const GwBuf *body = answer->page.body;
	GwError ignored;
	JsonbValue *root = body->len > 0 ? gw_json_parse(body->data, body->len, &ignored) : NULL;
	JsonbValue *error = root ? gw_json_get(root, "error") : NULL;
	JsonbValue *first = gw_json_item(gw_json_get(error, "errors"), 0);
	char *reason = gw_json_get_text(first, "reason");
	char *message = gw_json_get_text(error, "message");

	/* What may not be listed may be asked: the answer came, and the token was good. */
	if (kind == GW_REST_HELLO && (answer->status == 403 || answer->status == 404) &&
		(reason == NULL || strcmp(reason, "rateLimitExceeded") != 0))
		return GW_OK;
	/* Our own id: an earlier try, maybe one of the HTTP library's own, has worked. */
	if (kind == GW_REST_SUBMIT && answer->status == 409 && data->shape == BQ_QUERY &&
		(job->submits > 1 || (message != NULL && strstr(message, job->id) != NULL)))
	{
		job->submits = Max(job->submits, 2);
		return GW_OK;
	}
	/* It does not exist: no row. */
	if (kind == GW_REST_SUBMIT && answer->status == 404 &&
		(data->shape == BQ_VERSION || data->shape == BQ_DOCUMENT))
	{
		job->ready = true;
		data->token_page = 0;
		data->token_known = true;
		return GW_OK;
	}
	(void) error_fill(job, reason, message, answer->status, err);
	/* Seen right after a duplicate: the job is there, but not everywhere yet. */
	if (kind == GW_REST_POLL && answer->status == 404 && job->submits > 1)
		err->cls = GW_ERR_TRANSIENT;

	/*
	 * A job that has only begun may not know where it will run: without a
	 * location it is found in US and EU.
	 */
	if (kind == GW_REST_POLL && answer->status == 404 && data->location != NULL &&
		((const BqLink *) job->link->data)->location == NULL)
	{
		data->location = NULL;
		err->cls = GW_ERR_TRANSIENT;
	}
	return GW_FAILED;
}

/* So many bytes would be read: do the server's options allow them? */
static GwStatus
check_bytes(const GwRestJob *job, int64 bytes, GwError *err)
{
	const BqLink *link = (const BqLink *) job->link->data;
	int64 today;

	if (link->max_scan_bytes != NULL && bytes > strtoll(link->max_scan_bytes, NULL, 10))
	{
		gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
					 "the statement would read " INT64_FORMAT " bytes", bytes);
		gw_error_detail(err, "The server's max_scan_bytes is %s. Nothing was run.",
						link->max_scan_bytes);
		gw_error_hint(err, "Read fewer columns, filter by the partitioning column, or raise the "
						   "server option \"max_scan_bytes\".");
		return GW_FAILED;
	}
	if (link->daily_bytes == NULL || bytes == 0)
		return GW_OK;
	today = gw_health_bytes_today(job->link->service, link->role);
	if (today + bytes <= strtoll(link->daily_bytes, NULL, 10))
		return GW_OK;
	gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
				 "the statement would read " INT64_FORMAT " bytes, and " INT64_FORMAT
				 " were read today",
				 bytes, today);
	gw_error_detail(err, "The server's daily_bytes_per_role is %s. Nothing was run.",
					link->daily_bytes);
	gw_error_hint(err, "The day begins at midnight UTC. gw.remote_jobs() shows what was read.");
	return GW_FAILED;
}

/* Is what the dry run says within the limits? */
static GwStatus
check_answer(GwRestJob *job, GwRestAnswer *answer, GwError *err)
{
	const BqLink *link = (const BqLink *) job->link->data;
	JsonbValue *root = gw_json_parse(answer->page.body->data, answer->page.body->len, err);
	JsonbValue *statistics;
	JsonbValue *query;
	char *type;
	char *text;
	int64 bytes;

	if (root == NULL)
		return GW_FAILED;
	statistics = gw_json_get(root, "statistics");
	query = gw_json_get(statistics, "query");
	type = gw_json_get_text(query, "statementType");
	if (job->stmt.no_writes && (type == NULL || strcmp(type, "SELECT") != 0))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_READ_ONLY_SQL_TRANSACTION,
							"a statement of type %s may not be run here, only SELECT",
							type ? type : "unknown");
	if (link->max_scan_bytes == NULL && link->daily_bytes == NULL)
		return GW_OK;
	text = gw_json_get_text(query, "totalBytesProcessed");
	if (text == NULL)
		text = gw_json_get_text(statistics, "totalBytesProcessed");
	bytes = text ? strtoll(text, NULL, 10) : -1;
	if (bytes < 0)
		return gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
							"nothing tells how many bytes the statement would read");
	return check_bytes(job, bytes, err);
}

/* The job as jobs.insert gives it back. */
static GwStatus
insert_answer(GwRestJob *job, GwRestAnswer *answer, GwError *err)
{
	BqJob *data = (BqJob *) job->data;
	JsonbValue *root = gw_json_parse(answer->page.body->data, answer->page.body->len, err);
	JsonbValue *failure;
	char *location, *id;

	if (root == NULL)
		return GW_FAILED;
	location = gw_json_get_text(gw_json_get(root, "jobReference"), "location");
	id = gw_json_get_text(gw_json_get(root, "jobReference"), "jobId");
	if (location != NULL)
		data->location = location;
	if (id != NULL)
		job->id = id;
	failure = gw_json_get(gw_json_get(root, "status"), "errorResult");
	if (failure != NULL)
		return error_fill(job, gw_json_get_text(failure, "reason"),
						  gw_json_get_text(failure, "message"), 400, err);
	return GW_OK;
}

/* What the job has read, for the views and the budget. */
static void
status_note(const GwRestJob *job)
{
	const BqLink *link = (const BqLink *) job->link->data;
	const BqJob *data = (const BqJob *) job->data;
	GwHealthJob note = {.role = link->role, .ended = GetCurrentTimestamp()};

	strlcpy(note.name, job->link->service, sizeof(note.name));
	strlcpy(note.id, job->id, sizeof(note.id));
	note.cached = data->cache_hit;
	note.bytes = data->cache_hit ? 0 : Max(data->processed_bytes, 0);
	gw_health_note_job(&note);
}

/* The first word of a statement, as its command. */
static void
status_command(GwRestJob *job)
{
	const BqJob *data = (const BqJob *) job->data;
	const char *word = data->sql + strspn(data->sql, " \t\r\n(");
	size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	char *command = job->head.result.command;

	len = Min(len, sizeof(job->head.result.command) - 1);
	for (size_t i = 0; i < len; i++)
		command[i] = pg_ascii_toupper((unsigned char) word[i]);
	command[len] = '\0';
	if (strcmp(command, "WITH") == 0)
		strcpy(command, "SELECT");
}

static GwStatus
bq_read_status(GwRestJob *job, GwRestKind kind, GwRestAnswer *answer, GwError *err)
{
	BqJob *data = (BqJob *) job->data;

	if (kind == GW_REST_CHECK)
		return check_answer(job, answer, err);
	if (data->shape != BQ_QUERY)
	{
		job->ready = answer->is_page = true;
		return GW_OK;
	}
	if (kind == GW_REST_SUBMIT)
		return insert_answer(job, answer, err);

	data->complete = data->said = false;
	job->total_rows = -1;
	answer->page.number = 0;
	if (gw_bigquery_read_head(job, &answer->page, err) != GW_OK)
		return GW_FAILED;
	/* Without this and that nothing says when to ask again, or what is all. */
	if (!data->said)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"the remote's answer does not say whether the job is complete");
	if (!data->complete)
	{
		/* The service waits itself; this is for one that does not. */
		job->poll_ms = Min(POLL_PAUSE_MS << Min(data->polls, 5), POLL_PAUSE_MOST_MS);
		data->polls++;
		return GW_OK;
	}
	if (job->ncolumns > 0 && data->affected < 0 && job->total_rows < 0)
		return gw_bigquery_bad(&answer->page.reader, "an answer without totalRows", err);
	job->ready = answer->is_page = true;
	status_command(job);
	status_note(job);
	if (data->affected >= 0)
	{
		job->head.result.rows = data->affected;
		job->total_rows = -1;
	}
	return GW_OK;
}

const GwRestOps gw_bigquery_ops = {
	.name = "http",
	.link_size = sizeof(BqLink),
	.job_size = sizeof(BqJob),
	.prefetch = 2,
	.max_page = PAGE_MAX_BYTES,
	.open = bq_open,
	.build = bq_build,
	.read_status = bq_read_status,
	.read_error = bq_read_error,
	.read_head = gw_bigquery_read_head,
	.read_rows = gw_bigquery_read_rows,
};
