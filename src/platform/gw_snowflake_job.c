/*
 * gw_snowflake_job.c
 *	  Statements through the SQL API: the requests that submit, watch, page and
 *	  stop them, and what the answers mean.
 *
 * https://docs.snowflake.com/en/developer-guide/sql-api/reference.  Every request
 * stands alone: what a session would remember is said with each.  A statement
 * is submitted with an id of our own, so that sent twice it still runs once.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "base/gw_options.h"
#include "base/gw_url.h"
#include "platform/gw_fill.h"
#include "platform/gw_rest.h"
#include "platform/gw_settings.h"
#include "platform/gw_snowflake_private.h"
#include "utils/builtins.h"
#include "utils/json.h"

/* Between two looks at a statement that runs. */
#define PAGE_MAX_BYTES ((size_t) 256 * 1024 * 1024)

#define NO_STATEMENT "00000000-0000-0000-0000-000000000000"

/* Our own statements in which names have to be filled in. */
#define PREFIX_CATALOG "CATALOG "

static char *statement_fill(const GwRestJob *job, const char *sql);

/* ---- settings ---- */

static GwStatus
sf_open(GwRestLink *link, const GwSetting *settings, int nsettings, GwError *err)
{
#define SETTING(name) gw_settings_copy(settings, nsettings, name)
	SfLink *data = (SfLink *) link->data;
	const char *kind = SETTING("auth");
	GwOauthSpec auth = {0};

	data->endpoint = SETTING("endpoint");
	data->token_type = SETTING("token_type");
	data->role = SETTING("role");
	data->warehouse = SETTING("warehouse");
	data->database = SETTING("database");
	data->schema = SETTING("schema");
	data->query_tag = SETTING("query_tag");
	data->timeout = SETTING("timeout");
	data->use_cache = SETTING("use_cached_result") != NULL;
	link->service = strstr(data->endpoint, "//") + 2;

	link->policy.ca_file = SETTING("ca_file");
	link->policy.user_agent = "warehouse_gw/1";
	link->policy.allow_http = pg_strncasecmp(data->endpoint, "http://", 7) == 0;
	link->policy.allow_private = SETTING("allow_private") != NULL;
	link->policy.connect_timeout_ms = atoi(SETTING("connect_timeout_ms"));
	link->policy.silence_timeout_s = 60;

	auth.grants[0] = strcmp(kind, "keypair") == 0	? &gw_snowflake_keypair
					 : strcmp(kind, "refresh") == 0 ? &gw_snowflake_refresh
													: &gw_oauth_static;
	auth.token = SETTING("token");
	auth.private_key = SETTING("private_key");
	auth.passphrase = SETTING("passphrase");
	auth.issuer = SETTING("issuer");
	auth.refresh_token = SETTING("refresh_token");
	auth.client_id = SETTING("client_id");
	auth.client_secret = SETTING("client_secret");
	auth.token_url = psprintf("%s/oauth/token-request", data->endpoint);
	link->auth = gw_oauth_create(link->head.cxt, &link->policy, &auth);
	return GW_OK;
#undef SETTING
}

/* ---- statements ---- */


static const char *
statement_word(const char *word, bool *rendered, void *arg)
{
	const GwRestJob *job = (const GwRestJob *) arg;
	const SfLink *link = (const SfLink *) job->link->data;
	bool one = job->stmt.nparams > 1 && job->stmt.params[1].value != NULL;

	if (strcmp(word, "database") == 0)
		return link->database;
	if (strcmp(word, "schema") == 0)
		return link->schema;
	/* What DESCRIBE says of one table, where one is asked for. */
	*rendered = true;
	if (strcmp(word, "describe") == 0)
		return one ? statement_fill(job, "DESCRIBE TABLE \"{database}\".\"{1}\".\"{2}\" ->> ")
				   : "";
	if (strcmp(word, "declared") == 0)
		return one ? "d.\"type\"" : "NULL";
	if (strcmp(word, "described") == 0)
		return one ? "LEFT JOIN $4 AS d ON d.\"name\" = c.COLUMN_NAME\n" : "";
	return NULL;
}

/* A statement of ours with its names filled in. */
static char *
statement_fill(const GwRestJob *job, const char *sql)
{
	GwFill fill = {.dialect = &gw_dialect_snowflake,
				   .nparams = job->stmt.nparams,
				   .params = job->stmt.params,
				   .word = statement_word,
				   .arg = unconstify(GwRestJob *, job)};

	return gw_fill(&fill, sql);
}

/* What is sent, once and for all. */
static void
statement_prepare(GwRestJob *job)
{
	SfJob *data = (SfJob *) job->data;
	const char *sql = job->stmt.sql;
	MemoryContext old;

	if (data->sql != NULL)
		return;
	old = MemoryContextSwitchTo(job->head.cxt);
	data->sql = job->stmt.together > 0 ? gw_snowflake_together(sql) : unconstify(char *, sql);
	if (!job->stmt.user_sql && strncmp(sql, PREFIX_CATALOG, strlen(PREFIX_CATALOG)) == 0)
	{
		data->sql = statement_fill(job, sql + strlen(PREFIX_CATALOG));
		data->own = true;
	}
	MemoryContextSwitchTo(old);
}

/* Behind a quoted text, a name or a comment that begins at at; at itself where none does. */
static const char *
statement_skip(const char *at)
{
	const char *end = NULL;

	if (*at == '\'' || *at == '"')
	{
		for (end = at + 1; *end != '\0' && *end != *at; end++)
			if (*end == '\\' && *at == '\'' && end[1] != '\0')
				end++;
		return *end == '\0' ? end : end + 1;
	}
	if (strncmp(at, "--", 2) == 0 || strncmp(at, "//", 2) == 0)
		return at + strcspn(at, "\n");
	if (strncmp(at, "/*", 2) == 0 || strncmp(at, "$$", 2) == 0)
	{
		end = strstr(at + 2, *at == '$' ? "$$" : "*/");
		return end ? end + 2 : at + strlen(at);
	}
	return at;
}

/*
 * Does the statement only read?  Each part of a chain (A ->> B) has to begin
 * with a word that cannot write; what does not is refused, even if it would not.
 */
static bool
statement_reads(const char *sql)
{
	while (sql != NULL)
	{
		char command[32];
		const char *next = sql;

		gw_rest_command(sql, command, sizeof(command));
		if (!gw_option_word_in("SELECT VALUES SHOW DESC DESCRIBE EXPLAIN LIST LS", command))
			return false;
		while (*next != '\0' && strncmp(next, "->>", 3) != 0)
		{
			const char *behind = statement_skip(next);

			next = behind > next ? behind : next + 1;
		}
		sql = *next == '\0' ? NULL : next + 3;
	}
	return true;
}

/* ---- requests ---- */

/* {"1":{"type":"FIXED","value":"1"}, ...}: one for each question mark, in order. */
static GwStatus
body_params(StringInfo body, const GwRestJob *job, GwError *err)
{
	const SfJob *data = (const SfJob *) job->data;

	if (data->bindings != NULL)
	{
		appendStringInfo(body, ",\"bindings\":{%s}", data->bindings);
		return GW_OK;
	}
	/* Of our own statements they are filled in already. */
	if (job->stmt.nparams == 0 || data->own)
		return GW_OK;
	appendStringInfoString(body, ",\"bindings\":{");
	for (int i = 0; i < job->stmt.nparams; i++)
	{
		appendStringInfo(body, "%s\"%d\":", i > 0 ? "," : "", i + 1);
		if (gw_snowflake_param(body, i + 1, &job->stmt.params[i], err) != GW_OK)
			return GW_FAILED;
	}
	appendStringInfoChar(body, '}');
	return GW_OK;
}

/*
 * What our reading of values and meaning of SQL depends on is said with every
 * statement, as far as the API lets it be said; gw_snowflake.sql reads the rest.
 */
static GwStatus
body_statement(StringInfo body, const GwRestJob *job, GwError *err)
{
	const SfLink *link = (const SfLink *) job->link->data;
	const SfJob *data = (const SfJob *) job->data;

	appendStringInfoChar(body, '{');
	gw_rest_member(body, "statement", data->sql);
	gw_rest_member(body, "database", link->database);
	gw_rest_member(body, "schema", link->schema);
	gw_rest_member(body, "warehouse", link->warehouse);
	gw_rest_member(body, "role", link->role);
	if (link->timeout != NULL)
		appendStringInfo(body, ",\"timeout\":%s", link->timeout);
	if (body_params(body, job, err) != GW_OK)
		return GW_FAILED;
	/* Of the account's parameters some hold for requests: one that cuts results is undone. */
	appendStringInfoString(body,
						   ",\"parameters\":{\"TIMEZONE\":\"UTC\",\"ROWS_PER_RESULTSET\":0");
	gw_rest_member(body, "MULTI_STATEMENT_COUNT",
				   psprintf("%d", job->stmt.together > 0 ? job->stmt.together + 2 : 1));
	gw_rest_member(body, "USE_CACHED_RESULT", link->use_cache ? "true" : "false");
	gw_rest_member(body, "QUERY_TAG", link->query_tag);
	appendStringInfoString(body, "}}");
	return GW_OK;
}

/* handle: NULL where none is meant */
static StringInfo
url_begin(const GwRestJob *job, const char *handle)
{
	const SfLink *link = (const SfLink *) job->link->data;
	StringInfo url = makeStringInfo();

	appendStringInfo(url, "%s/api/v2/statements", link->endpoint);
	if (handle != NULL)
	{
		appendStringInfoChar(url, '/');
		gw_url_escape(url, handle);
	}
	return url;
}

/*
 * Asynchronous, but for catalogs: a statement that has no handle yet cannot be
 * stopped.  retry=true makes the service look whether it has the id already; for
 * what must not run twice it is said at once, because the HTTP library itself
 * may repeat a request whose connection was closed meanwhile.
 */
static GwStatus
request_submit(GwRestJob *job, GwRestRequest *request, GwError *err)
{
	SfJob *data = (SfJob *) job->data;
	StringInfo url = url_begin(job, NULL);
	StringInfo body = makeStringInfo();

	if (data->request_id == NULL || data->generation != job->generation)
		data->request_id = MemoryContextStrdup(job->head.cxt, gw_restjob_uuid());
	data->generation = job->generation;
	appendStringInfo(url, "?async=%s&requestId=%s", data->own ? "false" : "true",
					 data->request_id);
	if (job->submits > 0 || !(data->own || job->stmt.read_only || job->stmt.may_repeat))
		appendStringInfoString(url, "&retry=true");
	if (body_statement(body, job, err) != GW_OK)
		return GW_FAILED;
	request->url = url->data;
	request->body = body->data;
	request->bodylen = body->len;
	request->repeatable = true;
	return GW_OK;
}

static GwStatus
sf_build(GwRestJob *job, GwRestKind kind, int page, GwRestRequest *request, GwError *err)
{
	const SfLink *link = (const SfLink *) job->link->data;
	SfJob *data = (SfJob *) job->data;
	StringInfo url;

	statement_prepare(job);
	request->headers[request->nheaders++] = (GwHttpHeader){"Accept", "application/json"};
	request->headers[request->nheaders++] = (GwHttpHeader){"Content-Type", "application/json"};
	request->headers[request->nheaders++] =
		(GwHttpHeader){"X-Snowflake-Authorization-Token-Type", link->token_type};
	switch (kind)
	{
		case GW_REST_HELLO:
			/* The token is looked at first; then there is no such statement. */
			request->url = psprintf("%s/api/v2/statements/" NO_STATEMENT, link->endpoint);
			return GW_OK;
		case GW_REST_CHECK:
			if (job->stmt.user_sql && job->stmt.no_writes && !statement_reads(data->sql))
				return gw_error_set(err, GW_ERR_INVALID, ERRCODE_READ_ONLY_SQL_TRANSACTION,
									"only statements that read may be run here");
			return GW_DONE;
		case GW_REST_SUBMIT:
			return request_submit(job, request, err);
		case GW_REST_POLL:
			request->url = url_begin(job, job->id)->data;
			return GW_OK;
		case GW_REST_PAGE:
			if (page >= data->nparts)
				return GW_DONE;
			if (data->handles != NULL)
			{
				request->url = url_begin(job, data->handles[page])->data;
				return GW_OK;
			}
			url = url_begin(job, job->id);
			appendStringInfo(url, "?partition=%d", page);
			request->url = url->data;
			return GW_OK;
		case GW_REST_CANCEL:
			if (job->id == NULL)
				return GW_DONE;
			url = url_begin(job, job->id);
			appendStringInfoString(url, "/cancel");
			request->url = url->data;
			request->body = "";
			return GW_OK;
		default:
			/* Nothing is uploaded. */
			return GW_DONE;
	}
}

/* ---- answers ---- */

/* It runs: its handle. */
static GwStatus
status_running(GwRestJob *job, GwRestAnswer *answer, GwError *err)
{
	JsonbValue *root = gw_json_parse(answer->page.body->data, answer->page.body->len, err);
	char *handle = root ? gw_json_get_text(root, "statementHandle") : NULL;

	if (root == NULL)
		return GW_FAILED;
	if (job->id == NULL)
		job->id = handle;
	if (job->id == NULL)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"the remote's answer does not name the statement it is about");
	return GW_OK;
}

static GwStatus
sf_read_status(GwRestJob *job, GwRestKind kind, GwRestAnswer *answer, GwError *err)
{
	SfJob *data = (SfJob *) job->data;

	if (answer->status == 202)
		return status_running(job, answer, err);
	if (job->stmt.together > 0)
		return gw_snowflake_read_together(job, answer, err);
	answer->page.number = 0;
	if (gw_snowflake_read_result(job, &answer->page, err) != GW_OK)
		return GW_FAILED;
	if (data->truncated)
		return gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
							"the result is too large: the service has left out rows of it");
	job->ready = answer->is_page = true;
	gw_rest_command(data->sql, job->head.result.command, sizeof(job->head.result.command));
	return GW_OK;
}

const GwRestOps gw_snowflake_ops = {
	.name = "http",
	.copy = &gw_snowflake_copy_ops,
	.link_size = sizeof(SfLink),
	.job_size = sizeof(SfJob),
	.prefetch = 4,
	.late_name = "statementHandle",
	.max_page = PAGE_MAX_BYTES,
	.open = sf_open,
	.build = sf_build,
	.read_status = sf_read_status,
	.read_error = gw_snowflake_read_error,
	.read_rows = gw_snowflake_read_rows,
};
