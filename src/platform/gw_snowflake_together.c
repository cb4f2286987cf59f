/*
 * gw_snowflake_together.c
 *	  Several statements of ours as one request, which is a transaction.
 *
 * A transaction cannot outlive its request (sql-api/using-transactions), so BEGIN
 * and COMMIT go out with what stands between them.  A statement that fails ends the
 * request before COMMIT, and the session of the request takes the transaction with
 * it (sql-reference/transactions).  Each statement has a handle of its own, which
 * tells how many rows it touched: a page of one row for each.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "platform/gw_snowflake_private.h"
#include "utils/builtins.h"

char *
gw_snowflake_together(const char *sql)
{
	return psprintf("BEGIN TRANSACTION;\n%s;\nCOMMIT", sql);
}

/* The handles of what stands between BEGIN and COMMIT. */
GwStatus
gw_snowflake_read_together(GwRestJob *job, GwRestAnswer *answer, GwError *err)
{
	SfJob *data = (SfJob *) job->data;
	const GwBuf *body = answer->page.body;
	JsonbValue *root = gw_json_parse(body->data, body->len, err);
	JsonbValue *handles;

	if (root == NULL)
		return GW_FAILED;
	handles = gw_json_get(root, "statementHandles");
	if (handles == NULL || !gw_json_is_array(handles) ||
		gw_json_length(handles) != job->stmt.together + 2)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"the remote's answer does not name the %d statements of its request",
							job->stmt.together + 2);
	data->nparts = job->stmt.together;
	data->handles = palloc(data->nparts * sizeof(char *));
	for (int i = 0; i < data->nparts; i++)
	{
		if (!gw_json_text(gw_json_item(handles, i + 1), &data->handles[i]))
			return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
								"the remote's answer has a statement without a handle");
	}
	job->ncolumns = 1;
	job->columns = palloc0(sizeof(GwColumnInfo));
	job->columns[0].name = "rows";
	job->columns[0].typmod = -1;
	job->total_rows = data->nparts;
	job->ready = true;
	return GW_OK;
}

/* Rows that a statement's result says it has touched; -1: it says nothing of the kind. */
static int64
together_count(const JsonbValue *root)
{
	const JsonbValue *fields = gw_json_get(gw_json_get(root, "resultSetMetaData"), "rowType");
	const JsonbValue *row = gw_json_item(gw_json_get(root, "data"), 0);
	int64 count = -1;

	for (int i = 0; i < gw_json_length(fields); i++)
	{
		const char *name = gw_json_get_text(gw_json_item(fields, i), "name");
		char *text;

		if (name == NULL || !gw_snowflake_counts_rows(name) ||
			!gw_json_text(gw_json_item(row, i), &text))
			continue;
		count = Max(count, 0) + strtoll(text, NULL, 10);
	}
	return count;
}

GwStatus
gw_snowflake_read_count(GwRestJob *job, GwRestPage *page, GwError *err)
{
	JsonbValue *root;
	GwCell *cell;
	int64 count;

	if (page->rows > 0)
		return GW_DONE;
	root = gw_json_parse(page->body->data, page->body->len, err);
	if (root == NULL)
		return GW_FAILED;
	count = together_count(root);
	cell = gw_restjob_row(job, page);
	cell->data = count < 0 ? NULL : psprintf(INT64_FORMAT, count);
	cell->len = count < 0 ? -1 : (int32) strlen(cell->data);
	return GW_DONE;
}
