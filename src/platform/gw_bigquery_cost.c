/*
 * gw_bigquery_cost.c
 *	  What a statement would read and has read, against the limits of the
 *	  server's options.  The bytes of the day are kept by base/gw_health.
 */
#include "postgres.h"

#include "base/gw_health.h"
#include "base/gw_json.h"
#include "platform/gw_bigquery_private.h"
#include "utils/timestamp.h"

/* What is billed at least for a statement that reads anything: 10 MiB. */
#define BILL_LEAST ((int64) 10 * 1024 * 1024)

bool
gw_bigquery_cost_wanted(const GwRestJob *job)
{
	const BqLink *link = (const BqLink *) job->link->data;
	const BqJob *data = (const BqJob *) job->data;

	if (data->own)
		return false;
	return link->max_scan_bytes != NULL || link->daily_bytes != NULL ||
		   (job->stmt.user_sql && job->stmt.no_writes);
}

/* So many bytes would be read: do the server's options allow them? */
static GwStatus
cost_allowed(const GwRestJob *job, int64 bytes, GwError *err)
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
				 " were billed today",
				 bytes, today);
	gw_error_detail(err, "The server's daily_bytes_per_role is %s. Nothing was run.",
					link->daily_bytes);
	gw_error_hint(err, "The day begins at midnight UTC. gw.remote_jobs() shows what was billed.");
	return GW_FAILED;
}

GwStatus
gw_bigquery_cost_answer(GwRestJob *job, GwRestAnswer *answer, GwError *err)
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
	return cost_allowed(job, bytes, err);
}

void
gw_bigquery_cost_note(const GwRestJob *job)
{
	const BqLink *link = (const BqLink *) job->link->data;
	const BqJob *data = (const BqJob *) job->data;
	GwHealthJob note = {.role = link->role, .ended = GetCurrentTimestamp()};

	strlcpy(note.name, job->link->service, sizeof(note.name));
	strlcpy(note.id, job->id, sizeof(note.id));
	note.cached = data->cache_hit;
	note.bytes = data->cache_hit ? 0 : Max(data->processed_bytes, 0);
	note.billed = gw_bigquery_cost_billed(job) ? -1 : 0;
	if (note.billed < 0)
		note.counted = Max(note.bytes, BILL_LEAST);
	gw_health_note_job(&note);
}

bool
gw_bigquery_cost_billed(const GwRestJob *job)
{
	const BqJob *data = (const BqJob *) job->data;

	return data->shape == BQ_QUERY && !gw_bigquery_loads(job) && !data->cache_hit &&
		   data->processed_bytes > 0;
}

GwStatus
gw_bigquery_cost_report(GwRestJob *job, GwRestAnswer *answer, GwError *err)
{
	JsonbValue *root = gw_json_parse(answer->page.body->data, answer->page.body->len, err);
	JsonbValue *statistics = root ? gw_json_get(root, "statistics") : NULL;
	char *billed = gw_json_get_text(gw_json_get(statistics, "query"), "totalBytesBilled");

	if (billed != NULL)
		gw_health_note_billed(job->link->service, job->id, strtoll(billed, NULL, 10));
	return root ? GW_OK : GW_FAILED;
}
