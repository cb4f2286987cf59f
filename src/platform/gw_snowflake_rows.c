/*
 * gw_snowflake_rows.c
 *	  Rows out: all those of an INSERT as one statement.
 *
 * They travel as documents, each an array of rows, a row being an array of texts
 * and nulls, in bind variables: INSERT ... SELECT ... FROM TABLE(FLATTEN(PARSE_JSON(?)))
 * (developer-guide/node-js/nodejs-driver-execute has the form).  What of a text makes
 * the value is in the statement, as the dialect's copy_in() has written it.  What
 * was built lives in the job's context.
 */
#include "postgres.h"

#include "platform/gw_rest.h"
#include "platform/gw_snowflake_private.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"

/* Rows of an INSERT; they are held here three times while it is made. */
#define ROWS_MOST (16 * 1024 * 1024)

/* Of a document: PARSE_JSON() takes no more than 16 MB, whatever they become in it. */
#define DOCUMENT_BYTES (4 * 1024 * 1024)

#define SOURCE "SELECT VALUE FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))"

/* One row as an array of texts and nulls. */
static GwStatus
rows_append(const GwRestJob *job, StringInfo out, const char **at, StringInfo field, GwError *err)
{
	bool end = false;

	appendStringInfoChar(out, '[');
	for (int i = 0; i < job->stmt.nparams && !end; i++)
	{
		const char *text = gw_rest_copy_field(at, field, &end);

		if (i > 0)
			appendStringInfoChar(out, ',');
		if (text == NULL)
		{
			appendStringInfoString(out, "null");
			continue;
		}
		if (gw_snowflake_form(job->stmt.params[i].type, true, i + 1, &text, err) != GW_OK)
			return GW_FAILED;
		escape_json(out, text);
	}
	appendStringInfoChar(out, ']');
	return GW_OK;
}

/* Whole rows from *at on as a document, up to its size. */
static GwStatus
rows_document(const GwRestJob *job, StringInfo out, const char **at, const char *end,
			  int64 *nrows, GwError *err)
{
	MemoryContext cxt =
		AllocSetContextCreate(CurrentMemoryContext, "gw snowflake row", ALLOCSET_DEFAULT_SIZES);
	StringInfoData field;

	initStringInfo(&field);
	appendStringInfoChar(out, '[');
	while (*at < end && out->len < DOCUMENT_BYTES)
	{
		MemoryContext old;
		GwStatus status;

		if (out->len > 1)
			appendStringInfoChar(out, ',');
		old = MemoryContextSwitchTo(cxt);
		status = rows_append(job, out, at, &field, err);
		MemoryContextSwitchTo(old);
		MemoryContextReset(cxt);
		if (status != GW_OK)
			return status;
		(*nrows)++;
	}
	appendStringInfoChar(out, ']');
	MemoryContextDelete(cxt);
	return GW_OK;
}

/* The statement's text so far ends where its rows come from. */
static GwStatus
rows_statement(GwRestJob *job, const char *rows, int len, GwError *err)
{
	SfJob *data = (SfJob *) job->data;
	StringInfoData sql, bindings, document;
	const char *at = rows;
	int n = 0;

	initStringInfo(&sql);
	initStringInfo(&bindings);
	initStringInfo(&document);
	appendStringInfo(&sql, "%s(", job->stmt.sql);
	while (at < rows + len)
	{
		resetStringInfo(&document);
		if (rows_document(job, &document, &at, rows + len, &data->sent_rows, err) != GW_OK)
			return GW_FAILED;
		n++;
		appendStringInfoString(&sql, n > 1 ? " UNION ALL " SOURCE : SOURCE);
		appendStringInfo(&bindings, "%s\"%d\":{\"type\":\"TEXT\",\"value\":", n > 1 ? "," : "",
						 n);
		escape_json(&bindings, document.data);
		appendStringInfoChar(&bindings, '}');
	}
	appendStringInfoChar(&sql, ')');
	pfree(document.data);
	data->sql = sql.data;
	data->bindings = bindings.data;
	return GW_OK;
}

const GwRestCopyOps gw_snowflake_copy_ops = {
	.statement_bytes = ROWS_MOST,
	.statement = rows_statement,
};
