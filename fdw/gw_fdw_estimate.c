/*
 * gw_fdw_estimate.c
 *	  How many rows a foreign scan brings and what that costs.
 *
 * Rows come from, in this order: use_remote_estimate (the remote's own
 * planner), ANALYZE of the foreign table, the row count of the remote catalog
 * when it is at hand without connecting, and else a guess of ten pages.
 * Selectivities are always the local planner's.  Costs are in its units: a
 * round trip, a row over the wire, and the remote's work as if it were ours.
 *
 * Nothing here is kept beyond planning.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/plancat.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "base/gw_json.h"
#include "fdw/gw_fdw.h"
#include "schema/gw_value.h"

/* What it costs to have a statement started on a remote server. */
#define ESTIMATE_STARTUP_COST 100.0
/* A round trip within a data centre: all of a stream, or a batch of a cursor. */
#define ESTIMATE_ROUND_TRIP_COST 10.0
/* A look-up: the same, and what both sides do for a statement parsed before. */
#define ESTIMATE_LOOKUP_COST 30.0
/* What one row costs on the wire, above cpu_tuple_cost: while the remote works ... */
#define ESTIMATE_STREAM_ROW_COST 0.01
/* ... and when each side waits for the other. */
#define ESTIMATE_CURSOR_ROW_COST 0.02
/* The rows of a batch, where no option says it. */
#define ESTIMATE_FETCH_ROWS 1000
/* The size of a table nobody knows anything about. */
#define ESTIMATE_UNKNOWN_PAGES 10

/* Does talking to this platform leave the machine at all? */
static bool
estimate_is_here(const GwRelation *gw)
{
	return (gw->platform->caps & GW_CAP_SHARES_TRANSACTION) != 0;
}

/* The "Plan" object of EXPLAIN (FORMAT JSON)'s text, or NULL. */
static JsonbValue *
estimate_plan_object(const char *text)
{
	Jsonb *doc = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	JsonbValue *root = gw_json_root(doc);

	if (!gw_json_is_array(root) || gw_json_length(root) == 0)
		return NULL;
	return gw_json_get(gw_json_item(root, 0), "Plan");
}

/* A number of a plan, or -1. */
static double
estimate_plan_number(const JsonbValue *plan, const char *key)
{
	const JsonbValue *value = gw_json_get(plan, key);

	if (value == NULL || value->type != jbvNumeric)
		return -1;
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
											  NumericGetDatum(value->val.numeric)));
}

/* The first column of the answer to `sql`, or NULL. */
static char *
estimate_ask(GwRelation *gw, const char *sql)
{
	GwSession *session = gw_session_open(gw->serverid, gw->userid, GW_SESSION_READ);
	GwStatement stmt = {.sql = sql, .read_only = true, .run_as = gw->userid, .may_repeat = true};
	GwStreamSpec spec = {.flags = GW_STREAM_ANY | GW_STREAM_HARMLESS, .run_as = gw->userid};
	GwStream *stream = gw_stream_open(session, &stmt, &spec);
	GwDecoder *decoder = NULL;
	StringInfoData answer;
	const GwBatch *batch;
	int row;

	initStringInfo(&answer);
	while ((batch = gw_stream_next(stream)) != NULL)
	{
		if (decoder == NULL)
			decoder = gw_decoder_create(&batch->columns[0], TEXTOID, -1, "plan");

		/* A server that answers in parts sends one line a row. */
		for (row = 0; row < batch->nrows; row++)
		{
			bool isnull;
			Datum line = gw_decode(decoder, &batch->cells[row * batch->ncolumns], &isnull);

			if (!isnull)
				appendStringInfoString(&answer, TextDatumGetCString(line));
		}
	}
	gw_stream_close(stream);
	return answer.len > 0 ? answer.data : NULL;
}

bool
gw_estimate_statement(GwRelation *gw, const char *sql, GwRemoteEstimate *estimate)
{
	char *answer;
	const JsonbValue *plan;
	double rows;

	/*
	 * Only PostgreSQL's own plans are read; here, the catalog's row count comes from the same
	 * statistics.
	 */
	if (gw->platform->explain_prefix == NULL || gw->platform->explain_text ||
		(gw->platform->caps & GW_CAP_POSTGRES_TYPES) == 0 || estimate_is_here(gw))
		return false;
	answer = estimate_ask(gw, psprintf("%s%s", gw->platform->explain_prefix, sql));
	plan = answer != NULL ? estimate_plan_object(answer) : NULL;
	rows = plan != NULL ? estimate_plan_number(plan, "Plan Rows") : -1;
	if (rows < 0)
		return false;

	estimate->rows = clamp_row_est(rows);
	estimate->startup = Max(estimate_plan_number(plan, "Startup Cost"), 0);
	estimate->total = Max(estimate_plan_number(plan, "Total Cost"), estimate->startup);
	return true;
}

/* The same of the relation's scan, unless it has parameters without a value yet. */
static bool
estimate_remotely(PlannerInfo *root, RelOptInfo *rel, GwRelation *gw)
{
	GwSelectSpec spec = {.attrs_used = gw->attrs_used};
	GwRemoteEstimate estimate;
	List *retrieved;
	List *params;
	char *sql;

	spec.conds = list_concat_copy(gw->exact_conds, gw->superset_conds);
	sql = gw_deparse_select(root, rel, &spec, &retrieved, &params);
	if (params != NIL || !gw_estimate_statement(gw, sql, &estimate))
		return false;
	gw->rows = estimate.rows;
	gw->remote_startup = estimate.startup;
	gw->remote_total = estimate.total;
	return true;
}

/* What is known of the table's size without asking the remote planner. */
static void
estimate_table(RelOptInfo *rel, GwRelation *gw, bool may_connect)
{
	/* ANALYZE has been here (-1 or 0 pages: it has not). */
	if (rel->tuples > 0 || rel->pages > 0)
		return;

	if (may_connect || estimate_is_here(gw))
		(void) gw_relation_facts(gw);
	if (gw->facts != NULL && gw->facts->rows >= 0)
	{
		rel->tuples = gw->facts->rows;
		rel->pages = gw->facts->bytes > 0 ? gw->facts->bytes / BLCKSZ + 1 : 1;
		return;
	}
	rel->pages = ESTIMATE_UNKNOWN_PAGES;
	rel->tuples = (double) ESTIMATE_UNKNOWN_PAGES * BLCKSZ /
		(rel->reltarget->width + MAXALIGN(SizeofHeapTupleHeader));
}

void
gw_estimate_relation(PlannerInfo *root, RelOptInfo *rel)
{
	GwRelation *gw = rel->fdw_private;
	bool remote_estimate = gw_option_bool(gw->options, "use_remote_estimate");
	List *remote_conds = list_concat_copy(gw->exact_conds, gw->superset_conds);
	Selectivity local;

	/* The first call only finds the width, which the guess needs. */
	set_baserel_size_estimates(root, rel);
	estimate_table(rel, gw, remote_estimate);
	gw->table_rows = rel->tuples;
	gw->rows = clamp_row_est(rel->tuples * clauselist_selectivity(root, remote_conds, rel->relid,
																  JOIN_INNER, NULL));
	set_baserel_size_estimates(root, rel);
	gw->width = rel->reltarget->width;

	if (remote_estimate && estimate_remotely(root, rel, gw))
	{
		local = clauselist_selectivity(root, gw->local_conds, rel->relid, JOIN_INNER, NULL);
		rel->rows = clamp_row_est(gw->rows * local);
	}
}

/* One pass over the whole table, done by the remote. */
static Cost
estimate_full_pass(const RelOptInfo *rel, const GwRelation *gw)
{
	return seq_page_cost * rel->pages + cpu_tuple_cost * gw->table_rows;
}

/*
 * Will it be a cursor?  The plan decides (gw_fdw_fetch.c), of which nothing is
 * known yet but whether its reader wants all rows.
 */
static bool
estimate_is_cursor(const PlannerInfo *root, const GwRelation *gw, GwFetchMode mode)
{
	if ((gw->platform->caps & GW_CAP_CURSORS) == 0)
		return false;
	return mode == GW_FETCH_CURSOR || (mode == GW_FETCH_AUTO && root->tuple_fraction > 0);
}

void
gw_estimate_transfer(const PlannerInfo *root, const GwRelation *gw, double rows, bool by_row,
					 Cost *startup, Cost *run)
{
	GwFetchMode mode = gw_fetch_mode(gw->options);
	int fetch_size = (int) gw_option_int(gw->options, "fetch_size");

	*startup = 0;
	*run = 0;
	if (estimate_is_here(gw))
		return;
	*startup = ESTIMATE_STARTUP_COST;
	/* A table that an UPDATE has begun to write is not looked up again: no lure to that. */
	if (by_row && mode == GW_FETCH_AUTO && rows <= GW_LOOKUP_ROWS &&
		root->parse->commandType != CMD_UPDATE)
	{
		*startup = ESTIMATE_LOOKUP_COST;
		*run = ESTIMATE_STREAM_ROW_COST * rows;
	}
	else if (by_row || estimate_is_cursor(root, gw, mode))
		*run = ESTIMATE_CURSOR_ROW_COST * rows +
			   ESTIMATE_ROUND_TRIP_COST *
				   ceil(rows / (fetch_size > 0 ? fetch_size : ESTIMATE_FETCH_ROWS));
	else
		*run = ESTIMATE_STREAM_ROW_COST * rows + ESTIMATE_ROUND_TRIP_COST;
}

void
gw_estimate_scan(PlannerInfo *root, RelOptInfo *rel, double fetched, List *local_conds,
				 GwAccess access, Cost *startup, Cost *total)
{
	const GwRelation *gw = rel->fdw_private;
	QualCost local;
	Cost run;
	Cost transfer;

	cost_qual_eval(&local, local_conds, root);

	/* The remote's own work: by key, its planner's word, or one full pass. */
	gw_estimate_transfer(root, gw, fetched, access != GW_ACCESS_WHOLE, startup, &transfer);
	if (access == GW_ACCESS_BY_KEY)
		run = Min(random_page_cost * (1 + fetched), estimate_full_pass(rel, gw));
	else if (gw->remote_total > 0)
	{
		*startup += gw->remote_startup;
		run = gw->remote_total - gw->remote_startup;
	}
	else
		run = estimate_full_pass(rel, gw);

	run += transfer + (cpu_tuple_cost + local.per_tuple) * fetched;

	*startup += local.startup + rel->reltarget->cost.startup;
	*total = *startup + run + rel->reltarget->cost.per_tuple * fetched;
}
