/*
 * gw_api_load.c
 *	  gw.load_sql(), gw.load_checks() and gw.run_load().
 *
 * Shells: arguments in, rows out.
 */
#include "postgres.h"

#include "api/gw_api_call.h"
#include "api/gw_api_target.h"
#include "fmgr.h"
#include "funcapi.h"
#include "pipeline/gw_run_load.h"
#include "utils/builtins.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_load_sql);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_load_checks);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_run_load);

static GwLoadPattern
load_pattern(const char *name)
{
	StringInfoData names;
	GwLoadPattern pattern;

	if (gw_load_pattern(name, &pattern))
		return pattern;
	initStringInfo(&names);
	for (int i = 0; i < GW_NLOAD_PATTERNS; i++)
		appendStringInfo(&names, "%s%s", i ? ", " : "", gw_load_pattern_name(i));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown load pattern \"%s\"", name),
			 errhint("Patterns are: %s.", names.data)));
}

/* Options, with the source's name taken apart. */
static void
load_options(FunctionCallInfo fcinfo, int n, GwLoadOptions *options)
{
	Jsonb *doc = PG_ARGISNULL(n) ? NULL : PG_GETARG_JSONB_P_COPY(n);
	GwTargetName source;
	GwError err;

	gw_error_clear(&err);
	if (gw_load_options_read(doc, options, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	if (options->source == NULL)
		return;
	source = gw_target_parse(options->source, options->source_schema, options->source_database);
	options->source = source.table;
	options->source_schema = source.schema;
	options->source_database = source.database;
}

/* Arguments pattern, schema, platform, options. */
static void
load_plan(FunctionCallInfo fcinfo, GwLoadPlan *plan)
{
	GwLoadPattern pattern = load_pattern(gw_call_text(fcinfo, 0, "pattern"));
	char *platform = gw_call_text(fcinfo, 2, "platform");
	const GwDdlTarget *target = gw_ddl_target(platform);
	GwLoadOptions options;
	GwSchema *schema;
	GwError err;

	gw_error_clear(&err);
	if (target == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("unknown platform \"%s\"", platform)));
	if (PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("argument \"%s\" must not be null", "schema")));
	load_options(fcinfo, 3, &options);
	if (gw_schema_read(PG_GETARG_JSONB_P_COPY(1), &schema, &err) != GW_OK ||
		gw_load_plan(pattern, schema, target, &options, plan, &err) != GW_OK)
		gw_error_report(&err, ERROR);
}

/* gw.load_sql(pattern, schema, platform, options) */
Datum
gw_api_load_sql(PG_FUNCTION_ARGS)
{
	GwLoadPlan plan;

	load_plan(fcinfo, &plan);
	return gw_call_lines(fcinfo, plan.statements);
}

/* gw.load_checks(pattern, schema, platform, options) */
Datum
gw_api_load_checks(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	GwLoadPlan plan;
	ListCell *lc;

	load_plan(fcinfo, &plan);
	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, plan.checks)
	{
		const GwLoadCheck *check = lfirst(lc);
		Datum values[] = {CStringGetTextDatum(check->sql), CStringGetTextDatum(check->problem)};
		bool nulls[] = {false, false};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* gw.run_load(server, pattern, table, source, options) */
Datum
gw_api_run_load(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char *server = gw_call_text(fcinfo, 0, "server");
	GwLoadPattern pattern = load_pattern(gw_call_text(fcinfo, 1, "pattern"));
	GwTargetName table = gw_target_parse(gw_call_text(fcinfo, 2, "table"), NULL, NULL);
	GwTargetName source = gw_target_parse(gw_call_text(fcinfo, 3, "source"), NULL, NULL);
	GwLoadOptions options;
	ListCell *lc;
	int n = 0;

	load_options(fcinfo, 4, &options);
	if (table.database != NULL)
		gw_target_check_database(gw_session_open_name(server, GW_SESSION_PROBE), table.database);
	options.table_name = table.table;
	options.schema_name = table.schema;
	options.source = source.table;
	options.source_schema = source.schema;
	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, gw_run_load(server, pattern, &options))
	{
		const GwLoadResult *result = lfirst(lc);
		Datum values[] = {Int32GetDatum(++n), CStringGetTextDatum(result->sql),
						  Int64GetDatum(result->rows)};
		bool nulls[] = {false, false, result->rows < 0};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
