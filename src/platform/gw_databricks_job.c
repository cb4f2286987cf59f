/*
 * gw_databricks_job.c
 *	  Statements of the SQL Statement Execution API: the requests that submit,
 *	  watch, fetch and stop them, and what the answers mean.
 *
 * https://docs.databricks.com/api/workspace/statementexecution.  Every
 * statement is submitted without waiting, so that its id, which the service
 * gives, is known soon: without it nothing can be stopped.  There is no key
 * that would make a second submission the first one again: a statement that must
 * not run twice has a mark in its text, by which the query history finds it.
 */
#include "postgres.h"

#include "base/gw_url.h"
#include "platform/gw_databricks_private.h"
#include "platform/gw_settings.h"
#include "utils/builtins.h"
#include "utils/json.h"

/* A chunk has some 20 MB; an inline result 25 MiB by the service's own measure. */
#define PAGE_MAX_BYTES ((size_t) 512 * 1024 * 1024)

#define STATEMENTS "/api/2.0/sql/statements"
#define HISTORY "/api/2.0/sql/history/queries"

/* So long the service itself waits for one of our own statements. */
#define OWN_WAIT "10s"

/* Our own statements that need more than being sent. */
#define PREFIX_PINS "PINS "	  /* its rows of name and value are settings we want true */
#define PREFIX_SMALL "SMALL " /* few rows: they may come in the answer */
#define PREFIX_DETAIL "DETAIL " /* of the table that the parameters name, which cannot be one */

/* ---- settings ---- */

static GwStatus
db_open(GwRestLink *link, const GwSetting *settings, int nsettings, GwError *err)
{
#define SETTING(name) gw_settings_copy(settings, nsettings, name)
	DbLink *data = (DbLink *) link->data;
	const char *kind = SETTING("auth");
	GwOauthSpec auth = {0};

	data->endpoint = SETTING("endpoint");
	data->warehouse = SETTING("warehouse_id");
	data->catalog = SETTING("catalog");
	data->schema = SETTING("schema");
	data->query_tags = SETTING("query_tags");
	data->disposition = SETTING("result_disposition");
	data->json = strcmp(SETTING("result_format"), "json") == 0;
	link->service = psprintf("%s/warehouses/%s", strstr(data->endpoint, "//") + 2, data->warehouse);

	link->policy.ca_file = SETTING("ca_file");
	link->policy.user_agent = "warehouse_gw";
	link->policy.allow_http = pg_strncasecmp(data->endpoint, "http://", 7) == 0;
	link->policy.allow_private = SETTING("allow_private") != NULL;
	link->policy.connect_timeout_ms = atoi(SETTING("connect_timeout_ms"));
	link->policy.silence_timeout_s = 60;

	if (strcmp(kind, "token") == 0)
		auth.grants[0] = &gw_oauth_static;
	else if (strcmp(kind, "client") == 0)
		auth.grants[0] = &gw_oauth_client;
	auth.token = SETTING("token");
	auth.client_id = SETTING("client_id");
	auth.client_secret = SETTING("client_secret");
	auth.scope = SETTING("scope");
	auth.token_url = SETTING("token_uri");
	link->auth = gw_oauth_create(link->head.cxt, &link->policy, &auth);
	return GW_OK;
#undef SETTING
}

/* ---- statements ---- */

/* Statements whose answer is a count or nothing. */
static bool
statement_is_command(const char *word)
{
	static const char *const words[] = {
		"INSERT", "UPDATE", "DELETE",	"MERGE",  "COPY",	"CREATE", "ALTER",
		"DROP",	  "USE",	"TRUNCATE", "GRANT",  "REVOKE", "COMMENT", "REFRESH",
		"SET",	  "RESET",	"CACHE",	"UNCACHE", "UNDROP", "DENY",
	};

	for (int i = 0; i < lengthof(words); i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* DESCRIBE DETAIL takes a name, no parameter. */
static const char *
statement_detail(GwRestJob *job)
{
	GwSqlBuf sql;

	gw_sqlbuf_init(&sql);
	gw_sql(&sql, "DESCRIBE DETAIL ");
	gw_dialect_relation(&gw_dialect_databricks, &sql, job->stmt.params[0].value,
						job->stmt.params[1].value);
	job->stmt.nparams = 0;
	return gw_sqlbuf_text(&sql);
}

static void
statement_prepare(GwRestJob *job)
{
	DbJob *data = (DbJob *) job->data;
	const DbLink *link = (const DbLink *) job->link->data;
	const char *sql = job->stmt.sql;
	char *command = job->head.result.command;
	bool query;

	if (data->sql != NULL)
		return;
	if (!job->stmt.user_sql && strncmp(sql, PREFIX_PINS, strlen(PREFIX_PINS)) == 0)
	{
		sql += strlen(PREFIX_PINS);
		data->shape = DB_PINS;
		data->own = data->is_inline = true;
	}
	else if (!job->stmt.user_sql && strncmp(sql, PREFIX_SMALL, strlen(PREFIX_SMALL)) == 0)
	{
		sql += strlen(PREFIX_SMALL);
		data->own = data->is_inline = true;
	}
	else if (!job->stmt.user_sql && strncmp(sql, PREFIX_DETAIL, strlen(PREFIX_DETAIL)) == 0)
	{
		sql = statement_detail(job);
		data->own = data->is_inline = true;
	}
	data->sql = MemoryContextStrdup(job->head.cxt, sql);
	gw_rest_command(sql, command, sizeof(job->head.result.command));
	query = strcmp(command, "SELECT") == 0 || strcmp(command, "FROM") == 0 ||
			strcmp(command, "VALUES") == 0 || strcmp(command, "TABLE") == 0;
	if (data->shape == DB_QUERY && statement_is_command(command))
		data->shape = DB_COMMAND;
	if (!query || (!data->own && strcmp(link->disposition, "inline") == 0))
		data->is_inline = true;
	/* Answers hold no other form than JSON. */
	data->is_arrow = !data->is_inline && !link->json;
}

/* ---- may it run where nothing may be written? ---- */

/* r'...' and r"...": the backslash is a character like others (string-type). */
static bool
skip_is_raw(const char *sql, const char *quote)
{
	return quote > sql && (quote[-1] == 'r' || quote[-1] == 'R') &&
		   (quote - 1 == sql || !(isalnum((unsigned char) quote[-2]) || quote[-2] == '_'));
}

const char *
gw_databricks_skip(const char *sql, const char *at)
{
	char quote = *at;
	const char *end;

	if (strncmp(at, "--", 2) == 0)
		return at + strcspn(at, "\r\n");
	if (strncmp(at, "/*", 2) == 0)
	{
		end = strstr(at + 2, "*/");
		return end ? end + 2 : at + strlen(at);
	}
	if (quote != '\'' && quote != '"' && quote != '`')
		return at;
	if (quote == '`' || skip_is_raw(sql, at))
		end = strchr(at + 1, quote);
	else
		for (end = at + 1; *end != '\0' && *end != quote;)
			end += *end == '\\' && end[1] != '\0' ? 2 : 1;
	return end == NULL ? at + strlen(at) : end + (*end != '\0');
}

/* The next word outside of quotes and comments; false: there is no more. */
static bool
check_word(const char *sql, const char **at, char *word, size_t size)
{
	const char *p = *at;

	while (!isalpha((unsigned char) *p) && *p != '_')
	{
		const char *behind = gw_databricks_skip(sql, p);

		if (*p == '\0')
			return false;
		p = behind > p ? behind : p + 1;
	}
	*at = p + strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
	strlcpy(word, p, Min(size, (size_t) (*at - p) + 1));
	return true;
}

/*
 * The service has no such mode: only statements that begin like a query pass,
 * and only without a word that could make them another (WITH ... INSERT).
 */
static GwStatus
check_no_writes(const GwRestJob *job, GwError *err)
{
	static const char *const readers[] = {"SELECT", "FROM", "VALUES", "TABLE", "SHOW", "DESCRIBE",
										  "DESC", "EXPLAIN", "LIST"};
	static const char *const writers[] = {"INSERT", "MERGE", "UPDATE", "DELETE", "COPY"};
	const DbJob *data = (const DbJob *) job->data;
	const char *command = job->head.result.command;
	const char *at = data->sql;
	char word[64];
	bool reads = false;

	for (int i = 0; i < lengthof(readers); i++)
		reads = reads || strcmp(readers[i], command) == 0;
	while (reads && check_word(data->sql, &at, word, sizeof(word)))
		for (int i = 0; i < lengthof(writers); i++)
			reads = reads && pg_strcasecmp(writers[i], word) != 0;
	if (reads)
		return GW_DONE;
	return gw_error_set(err, GW_ERR_INVALID, ERRCODE_READ_ONLY_SQL_TRANSACTION,
						"only statements that surely write nothing may be run here");
}

/* ---- requests ---- */

/* "k=v,k2=v2" as [{"key":"k","value":"v"}, ...]. */
static void
body_tags(StringInfo body, const char *tags)
{
	appendStringInfoString(body, ",\"query_tags\":[");
	for (bool first = true; *tags != '\0'; first = false)
	{
		size_t len = strcspn(tags, ",");
		size_t name = strcspn(tags, "=,");

		appendStringInfoString(body, first ? "{" : ",{");
		gw_rest_member(body, "key", pnstrdup(tags, name));
		gw_rest_member(body, "value",
					   name < len ? pnstrdup(tags + name + 1, len - name - 1) : NULL);
		appendStringInfoChar(body, '}');
		tags += len;
		tags += strspn(tags, ", ");
	}
	appendStringInfoChar(body, ']');
}

static GwStatus
request_submit(GwRestJob *job, GwRestRequest *request, GwError *err)
{
	const DbLink *link = (const DbLink *) job->link->data;
	DbJob *data = (DbJob *) job->data;
	bool inlined = job->stmt.nparams > DB_PARAMS_MOST;
	const char *sql = inlined ? gw_databricks_inlined(&job->stmt, data->sql, err) : data->sql;
	StringInfo body = makeStringInfo();

	if (sql == NULL)
		return GW_FAILED;
	/* It may run twice then; our own queries only read. */
	request->repeatable = job->stmt.read_only || job->stmt.may_repeat || data->own ||
						  (!job->stmt.user_sql && data->shape == DB_QUERY);
	if (!request->repeatable)
	{
		if (data->tag == NULL)
			data->tag = MemoryContextStrdup(job->head.cxt, gw_restjob_uuid());
		sql = psprintf("/* warehouse_gw %s */ %s", data->tag, sql);
	}
	appendStringInfoChar(body, '{');
	gw_rest_member(body, "warehouse_id", link->warehouse);
	gw_rest_member(body, "catalog", link->catalog);
	gw_rest_member(body, "schema", link->schema);
	gw_rest_member(body, "disposition", data->is_inline ? "INLINE" : "EXTERNAL_LINKS");
	gw_rest_member(body, "format", data->is_arrow ? "ARROW_STREAM" : "JSON_ARRAY");
	/* What a user may want to stop is named at once, so that it can be. */
	gw_rest_member(body, "wait_timeout", data->own ? OWN_WAIT : "0s");
	gw_rest_member(body, "on_wait_timeout", "CONTINUE");
	gw_rest_member(body, "statement", sql);
	if (job->stmt.nparams > 0 && !inlined)
	{
		appendStringInfoString(body, ",\"parameters\":[");
		if (gw_databricks_params(body, &job->stmt, err) != GW_OK)
			return GW_FAILED;
		appendStringInfoChar(body, ']');
	}
	if (link->query_tags != NULL)
		body_tags(body, link->query_tags);
	appendStringInfoChar(body, '}');
	request->method = "POST";
	request->url = psprintf("%s" STATEMENTS, link->endpoint);
	request->body = body->data;
	request->bodylen = body->len;
	return GW_OK;
}

/* .../statements/ID, and what follows. */
static char *
request_url(const GwRestJob *job, const char *rest)
{
	const DbLink *link = (const DbLink *) job->link->data;
	StringInfo url = makeStringInfo();

	appendStringInfo(url, "%s" STATEMENTS "/", link->endpoint);
	gw_url_escape(url, job->id);
	appendStringInfoString(url, rest);
	return url->data;
}

/*
 * A chunk: at the address that was given for it, which carries its own
 * permission and must not see ours; else by its number.
 */
static GwStatus
request_page(GwRestJob *job, int page, GwRestRequest *request)
{
	const DbJob *data = (const DbJob *) job->data;
	DbChunk *chunk;

	if (data->shape == DB_COMMAND || page >= data->nchunks)
		return GW_DONE;
	chunk = &data->chunks[page];
	chunk->direct = chunk->url != NULL;
	request->repeatable = true;
	if (!chunk->direct)
	{
		request->url = request_url(job, psprintf("/result/chunks/%d", page));
		request->place = !data->is_inline;
		return GW_OK;
	}
	request->url = chunk->url;
	request->anonymous = true;
	request->nheaders = 0;
	for (int i = 0; i < chunk->nheaders; i++)
		request->headers[request->nheaders++] = chunk->headers[i];
	return GW_OK;
}

static GwStatus
db_build(GwRestJob *job, GwRestKind kind, int page, GwRestRequest *request, GwError *err)
{
	const DbLink *link = (const DbLink *) job->link->data;
	const DbJob *data = (const DbJob *) job->data;
	StringInfo url;

	statement_prepare(job);
	request->headers[request->nheaders++] = (GwHttpHeader){"Content-Type", "application/json"};
	switch (kind)
	{
		case GW_REST_HELLO:
			url = makeStringInfo();
			appendStringInfo(url, "%s/api/2.0/sql/warehouses/", link->endpoint);
			gw_url_escape(url, link->warehouse);
			request->url = url->data;
			return GW_OK;
		case GW_REST_CHECK:
			return job->stmt.user_sql && job->stmt.no_writes ? check_no_writes(job, err) : GW_DONE;
		case GW_REST_SUBMIT:
			return request_submit(job, request, err);
		case GW_REST_TRACE:
			if (data->tag == NULL)
				return GW_DONE;
			url = makeStringInfo();
			appendStringInfo(url, "%s" HISTORY, link->endpoint);
			gw_rest_query(url, "filter_by.warehouse_ids", link->warehouse);
			gw_rest_query(url, "max_results", "100");
			request->url = url->data;
			return GW_OK;
		case GW_REST_POLL:
			request->url = request_url(job, "");
			return GW_OK;
		case GW_REST_PAGE:
			return request_page(job, page, request);
		case GW_REST_CANCEL:
			if (job->id == NULL || data->sql == NULL)
				return GW_DONE;
			request->url = request_url(job, "/cancel");
			request->body = "{}";
			return GW_OK;
		default:
			break;
	}
	return GW_DONE;
}

/* ---- answers ---- */

/* A count of rows, where the statement gives one. */
static void
status_count(GwRestJob *job, const JsonbValue *manifest, const GwBuf *body)
{
	JsonbValue *column =
		gw_json_item(gw_json_get(gw_json_get(manifest, "schema"), "columns"), 0);
	const char *name = gw_json_get_text(column, "name");
	GwError ignored;
	JsonbValue *root;
	char *text;

	if (name == NULL || strcmp(name, "num_affected_rows") != 0)
		return;
	root = gw_json_parse(body->data, body->len, &ignored);
	root = gw_json_get(gw_json_get(root, "result"), "data_array");
	if (gw_json_text(gw_json_item(gw_json_item(root, 0), 0), &text))
		job->head.result.rows = strtoll(text, NULL, 10);
}

/* It has ended well. */
static GwStatus
status_succeeded(GwRestJob *job, const JsonbValue *root, GwRestAnswer *answer, GwError *err)
{
	DbJob *data = (DbJob *) job->data;
	JsonbValue *manifest = gw_json_get(root, "manifest");
	JsonbValue *result = gw_json_get(root, "result");

	job->ready = true;
	if (data->shape == DB_COMMAND)
	{
		status_count(job, manifest, answer->page.body);
		return GW_OK;
	}
	if (gw_databricks_manifest(job, manifest, err) != GW_OK)
		return GW_FAILED;
	gw_databricks_links(job, result);
	if (data->has_rows)
	{
		answer->is_page = true;
		answer->page.number = 0;
		return gw_databricks_read_head(job, &answer->page, err);
	}
	return GW_OK;
}

/* The query history, newest first: is the statement with our mark there? */
static GwStatus
status_trace(GwRestJob *job, const GwRestPage *page, GwError *err)
{
	const DbJob *data = (const DbJob *) job->data;
	JsonbValue *root = gw_json_parse(page->body->data, page->body->len, err);
	JsonbValue *queries = root ? gw_json_get(root, "res") : NULL;

	if (root == NULL)
		return GW_FAILED;
	for (int i = 0; i < gw_json_length(queries); i++)
	{
		const JsonbValue *query = gw_json_item(queries, i);
		const char *text = gw_json_get_text(query, "query_text");

		if (text != NULL && strstr(text, data->tag) != NULL)
			job->id = gw_json_get_text(query, "query_id");
	}
	return GW_OK;
}

static GwStatus
db_read_status(GwRestJob *job, GwRestKind kind, GwRestAnswer *answer, GwError *err)
{
	DbJob *data = (DbJob *) job->data;
	JsonbValue *root =
		kind == GW_REST_TRACE ? NULL : gw_databricks_document(&answer->page, err);
	JsonbValue *status = root ? gw_json_get(root, "status") : NULL;
	const char *state = status ? gw_json_get_text(status, "state") : NULL;
	char *id = root ? gw_json_get_text(root, "statement_id") : NULL;
	JsonbValue *rows;

	if (kind == GW_REST_TRACE)
		return status_trace(job, &answer->page, err);
	if (root == NULL)
		return GW_FAILED;
	if (id != NULL)
		job->id = id;
	if (state == NULL || job->id == NULL)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"the remote's answer does not say how the statement stands");
	rows = gw_json_get(gw_json_get(root, "result"), "data_array");
	if (rows != NULL && !gw_json_is_array(rows))
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"the remote's answer has rows that are none");
	data->has_rows = data->is_inline && rows != NULL;
	if (strcmp(state, "PENDING") == 0 || strcmp(state, "RUNNING") == 0)
		return GW_OK;
	if (strcmp(state, "SUCCEEDED") == 0)
		return status_succeeded(job, root, answer, err);
	return gw_databricks_statement_error(job, status, err);
}

const GwRestOps gw_databricks_ops = {
	.name = "http",
	.link_size = sizeof(DbLink),
	.job_size = sizeof(DbJob),
	.prefetch = 3,
	.places = 10,
	.max_page = PAGE_MAX_BYTES,
	.late_name = "statement_id",
	.open = db_open,
	.build = db_build,
	.read_status = db_read_status,
	.read_error = gw_databricks_read_error,
	.read_page = gw_databricks_read_page,
	.read_head = gw_databricks_read_head,
	.read_rows = gw_databricks_read_rows,
};
