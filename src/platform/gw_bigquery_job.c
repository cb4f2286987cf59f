/*
 * gw_bigquery_job.c
 *	  Jobs: the link's settings, and what the answers to its requests mean.
 *
 * https://cloud.google.com/bigquery/docs/reference/rest/v2.  What is asked is
 * in gw_bigquery_request.c, what a job may cost in gw_bigquery_cost.c.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "base/gw_json_read.h"
#include "platform/gw_bigquery_private.h"
#include "platform/gw_rest.h"

#define PAGE_MAX_BYTES ((size_t) 256 * 1024 * 1024)

/* Without it generateAccessToken refuses: BigQuery's own scope is not enough. */
#define IMPERSONATE_SCOPE "https://www.googleapis.com/auth/cloud-platform"

/* ---- settings ---- */

static GwStatus
bq_open(GwRestLink *link, const GwSetting *settings, int nsettings, GwError *err)
{
#define SETTING(name) gw_settings_copy(settings, nsettings, name)
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
	auth.impersonate_scope = IMPERSONATE_SCOPE;
	if (auth.impersonate_url != NULL && auth.grants[0] != NULL)
		auth.grants[auth.grants[1] != NULL ? 2 : 1] = &gw_oauth_impersonate;
	link->auth = gw_oauth_create(link->head.cxt, &link->policy, &auth);
	return GW_OK;
#undef SETTING
}

/* ---- answers ---- */

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
	if (kind == GW_REST_UPLOAD && gw_bigquery_load_received(job, answer) == GW_OK)
		return GW_OK;
	/* It does not exist: no row. */
	if (kind == GW_REST_SUBMIT && answer->status == 404 &&
		(data->shape == BQ_VERSION || data->shape == BQ_DOCUMENT))
	{
		job->ready = true;
		data->token_page = 0;
		data->token_known = true;
		return GW_OK;
	}
	(void) gw_bigquery_error(job, reason, message, answer->status, err);
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
		return gw_bigquery_error(job, gw_json_get_text(failure, "reason"),
								 gw_json_get_text(failure, "message"), 400, err);
	return GW_OK;
}

static GwStatus
bq_read_status(GwRestJob *job, GwRestKind kind, GwRestAnswer *answer, GwError *err)
{
	BqJob *data = (BqJob *) job->data;

	if (kind == GW_REST_CHECK)
		return gw_bigquery_cost_answer(job, answer, err);
	if (kind == GW_REST_REPORT)
		return gw_bigquery_cost_report(job, answer, err);
	if (data->shape != BQ_QUERY)
	{
		job->ready = answer->is_page = true;
		return GW_OK;
	}
	if (kind == GW_REST_SUBMIT)
		return insert_answer(job, answer, err);
	if (gw_bigquery_loads(job))
		return gw_bigquery_load_status(job, answer, err);

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
		return GW_OK;
	if (job->ncolumns > 0 && data->affected < 0 && job->total_rows < 0)
		return gw_json_bad(&answer->page.reader, "an answer without totalRows", err);
	job->ready = answer->is_page = true;
	gw_rest_command(data->sql, job->head.result.command, sizeof(job->head.result.command));
	gw_bigquery_cost_note(job);
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
	.prefetch = 4,
	.reports = true,
	.max_page = PAGE_MAX_BYTES,
	.copy = &gw_bigquery_copy_ops,
	.open = bq_open,
	.build = gw_bigquery_build,
	.read_status = bq_read_status,
	.read_error = bq_read_error,
	.read_head = gw_bigquery_read_head,
	.read_rows = gw_bigquery_read_rows,
};
