/*
 * gw_run_load.c
 *	  Runs a load pattern on a server.  Both tables are there already: nothing
 *	  is moved between systems, and no row passes through here.
 *
 * The statements are those of gw_merge.h.  Everything lives in
 * CurrentMemoryContext.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pipeline/gw_migrate.h"
#include "pipeline/gw_run_load.h"
#include "schema/gw_schema_diff.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

/* Versions before this one have no MERGE (postgres). */
#define MERGE_SINCE 150000

static int64
load_execute(GwSession *session, const char *sql)
{
	GwStatement stmt = {.sql = sql};

	return gw_session_execute(session, &stmt).rows;
}

static char *
load_value(GwSession *session, const char *sql)
{
	GwStatement stmt = {.sql = sql};

	return gw_stream_value(session, &stmt);
}

static const GwSchema *
load_describe(GwSession *session, const char *schema, const char *table)
{
	const GwSchema *found;

	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	found = gw_session_describe(session, schema, table, false, false);
	PopActiveSnapshot();
	return found;
}

static void
load_check_type(const GwLoadOptions *options, const GwColumn *from, const GwColumn *to)
{
	GwTypeChange change = gw_type_change(&from->type, &to->type);

	if (change <= GW_CHANGE_ANNOTATE)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of \"%s\" does not fit \"%s\"", from->name, options->source,
					options->table_name),
			 errdetail("It is %s there and %s in the target (%s).", gw_type_text(&from->type),
					   gw_type_text(&to->type), gw_type_change_name(change)),
			 errhint("Alter one of the tables, or name the columns to load in option columns.")));
}

/* The columns that both have; a column that the target lacks is an error. */
static void
load_columns(GwLoadOptions *options, const GwSchema *source, const GwSchema *target)
{
	bool given = options->columns != NIL;

	for (int i = 0; i < source->ncolumns; i++)
	{
		const GwColumn *from = &source->columns[i];
		const GwColumn *to = gw_schema_column(target, from->name);

		if (to != NULL && gw_load_writes(to))
		{
			if (!given)
				options->columns = lappend(options->columns, (char *) from->name);
			load_check_type(options, from, to);
			continue;
		}
		if (to == NULL && !given && !gw_load_steers(options, from->name))
			ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
							errmsg("column \"%s\" of \"%s\" is not in \"%s\"", from->name,
								   options->source, options->table_name),
							errhint("Add it to the target, or name the columns to load in "
									"option columns.")));
	}
	if (options->columns == NIL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("\"%s\" and \"%s\" have no column in common", options->source,
							   options->table_name)));
}

static void
load_cursor(GwSession *session, const GwSchema *target, const GwDdlTarget *ddl,
			GwLoadOptions *options)
{
	char *query;

	if (options->since != NULL)
		return;
	query = gw_load_cursor_query(target, ddl, options);
	if (query != NULL)
		options->since = load_value(session, query);
	if (options->since == NULL)
	{
		options->since = options->floor;
		options->lookback = NULL;
	}
}

static void
load_checks(GwSession *session, const GwLoadPlan *plan, const GwLoadOptions *options)
{
	ListCell *lc;

	foreach(lc, plan->checks)
	{
		const GwLoadCheck *check = lfirst(lc);
		char *count = load_value(session, check->sql);

		if (count != NULL && strcmp(count, "0") != 0)
			ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
							errmsg("the load of \"%s\" cannot be right", options->table_name),
							errdetail("There are %s: %s.", check->problem, count),
							errhint("gw.load_checks() gives the query that counts them.")));
	}
}

List *
gw_run_load(const char *server, GwLoadPattern pattern, GwLoadOptions *options)
{
	Oid serverid = gw_server_lookup(server);
	const GwDdlTarget *ddl = gw_migrate_target(gw_server_platform(serverid));
	GwSession *session = gw_session_open(serverid, GetUserId(), GW_SESSION_WRITE);
	const GwSchema *target, *source;
	GwSchema name = {0};
	GwLoadPlan plan;
	GwError err;
	List *results = NIL;
	int64 *rows;
	ListCell *lc;
	char *lock;

	gw_error_clear(&err);
	if (options->schema_name == NULL)
		options->schema_name = gw_session_default_schema(session);
	if (options->source_schema == NULL)
		options->source_schema = gw_session_default_schema(session);
	options->no_transaction = true;
	if (gw_session_server_version(session) > 0 && gw_session_server_version(session) < MERGE_SINCE)
		options->no_merge = true;
	lock = options->no_lock ? NULL : gw_load_lock(&name, ddl, options);
	if (lock != NULL && pattern != GW_LOAD_APPEND)
		(void) load_execute(session, lock);
	target = load_describe(session, options->schema_name, options->table_name);
	source = load_describe(session, options->source_schema, options->source);
	load_columns(options, source, target);
	if (pattern == GW_LOAD_INCREMENTAL_TIMESTAMP)
		load_cursor(session, target, ddl, options);
	if (gw_load_plan(pattern, target, ddl, options, &plan, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	load_checks(session, &plan, options);
	rows = palloc(Max(list_length(plan.statements), 1) * sizeof(int64));
	gw_session_execute_all(session, plan.statements, rows);
	foreach(lc, plan.statements)
	{
		GwLoadResult *result = palloc(sizeof(GwLoadResult));

		result->sql = lfirst(lc);
		result->rows = rows[foreach_current_index(lc)];
		results = lappend(results, result);
	}
	return results;
}
