/*
 * gw_api_migrate.c
 *	  gw.plan_migration(), apply_migration(), migration_steps(),
 *	  create_table_from_schema(), create_foreign_table(), and the baselines'
 *	  schema_accept(), schema_show(), schema_compare().
 *
 * Shells: arguments in, rows out.
 */
#include "postgres.h"

#include "api/gw_api_call.h"
#include "api/gw_api_target.h"
#include "base/gw_text.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fdw/gw_fdw.h"
#include "fmgr.h"
#include "funcapi.h"
#include "nodes/makefuncs.h"
#include "pipeline/gw_migrate.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_plan_migration);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_migration_steps);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_apply_migration);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_create_table);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_create_foreign_table);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_schema_accept);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_schema_show);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_schema_source);

#define STEP_COLUMNS 13

/* ---------- arguments ---------- */

static char *
migrate_text(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static void
migrate_required(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("argument \"%s\" must not be null", name)));
}

static Jsonb *
migrate_json(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : PG_GETARG_JSONB_P_COPY(n);
}

/* Server and table in arguments 0 and 1; the table's database is checked. */
static void
migrate_names(FunctionCallInfo fcinfo, GwMigration *migration)
{
	GwTargetName name;

	migrate_required(fcinfo, 0, "server");
	migrate_required(fcinfo, 1, "table");
	migration->server = migrate_text(fcinfo, 0);
	name = gw_target_parse(migrate_text(fcinfo, 1), NULL, NULL);
	migration->schema_name = name.schema;
	migration->table_name = name.table;
	if (name.database != NULL)
		gw_target_check_database(gw_session_open_name(migration->server, GW_SESSION_READ),
								 name.database);
}

static List *
migrate_words(FunctionCallInfo fcinfo, int n)
{
	List *words = NIL;
	Datum *values;
	bool *nulls;
	int count;

	if (PG_ARGISNULL(n))
		return NIL;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls,
					  &count);
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i])
			words = lappend(words, TextDatumGetCString(values[i]));
	}
	return words;
}

/* ---------- results ---------- */

static Datum
migrate_nullable(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

static Datum
migrate_return_steps(FunctionCallInfo fcinfo, const List *steps, const char *fingerprint)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell *lc;
	int n = 0;

	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, steps)
	{
		const GwAlterStep *step = lfirst(lc);
		Datum values[STEP_COLUMNS];
		bool nulls[STEP_COLUMNS] = {false};

		values[0] = Int32GetDatum(++n);
		values[1] = CStringGetTextDatum(gw_alter_op_name(step->op));
		values[2] = gw_texts_array(step->path);
		values[3] = CStringGetTextDatum(gw_alter_method_name(step->method));
		values[4] = migrate_nullable(step->lock, &nulls[4]);
		values[5] = BoolGetDatum(step->destructive);
		values[6] = BoolGetDatum(step->reversible);
		values[7] = gw_texts_array(step->sql);
		values[8] = gw_texts_array(step->preflight);
		values[9] = gw_texts_array(step->undo);
		values[10] = migrate_nullable(step->allow, &nulls[10]);
		values[11] = migrate_nullable(step->note, &nulls[11]);
		values[12] = migrate_nullable(fingerprint, &nulls[12]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* ---------- migrations ---------- */

/* gw.plan_migration(server, table, wanted, options) */
Datum
gw_api_plan_migration(PG_FUNCTION_ARGS)
{
	GwMigration migration = {0};
	GwMigrationPlan plan;

	migrate_names(fcinfo, &migration);
	migrate_required(fcinfo, 2, "wanted");
	migration.wanted = migrate_json(fcinfo, 2);
	migration.options = migrate_json(fcinfo, 3);
	gw_migrate_plan(&migration, &plan);
	return migrate_return_steps(fcinfo, plan.steps, plan.base_fingerprint);
}

/* gw.migration_steps(platform, old, wanted, options) */
Datum
gw_api_migration_steps(PG_FUNCTION_ARGS)
{
	List *steps;

	migrate_required(fcinfo, 0, "platform");
	migrate_required(fcinfo, 1, "old");
	migrate_required(fcinfo, 2, "wanted");
	steps = gw_migrate_offline(migrate_text(fcinfo, 0), migrate_json(fcinfo, 1),
							   migrate_json(fcinfo, 2), migrate_json(fcinfo, 3));
	return migrate_return_steps(fcinfo, steps, NULL);
}

/* gw.apply_migration(server, table, wanted, dry_run, allow, options) */
Datum
gw_api_apply_migration(PG_FUNCTION_ARGS)
{
	GwMigration migration = {0};

	migrate_names(fcinfo, &migration);
	migrate_required(fcinfo, 2, "wanted");
	migrate_required(fcinfo, 3, "dry_run");
	migration.wanted = migrate_json(fcinfo, 2);
	migration.dry_run = PG_GETARG_BOOL(3);
	migration.allow = migrate_words(fcinfo, 4);
	migration.options = migrate_json(fcinfo, 5);
	return gw_call_lines(fcinfo, gw_migrate_apply(&migration));
}

/* gw.create_table_from_schema(server, schema, table_name, schema_name, if_not_exists, options) */
Datum
gw_api_create_table(PG_FUNCTION_ARGS)
{
	migrate_required(fcinfo, 0, "server");
	migrate_required(fcinfo, 1, "schema");
	return gw_call_lines(
		fcinfo, gw_migrate_create(migrate_text(fcinfo, 0), migrate_json(fcinfo, 1),
								  migrate_text(fcinfo, 2), migrate_text(fcinfo, 3),
								  !PG_ARGISNULL(4) && PG_GETARG_BOOL(4), migrate_json(fcinfo, 5)));
}

/* Where the foreign table goes: as written, or the remote's name. */
static char *
migrate_local_name(FunctionCallInfo fcinfo, const char *table)
{
	char *text = migrate_text(fcinfo, 2);
	RangeVar *rv;

	if (text == NULL)
		return pstrdup(quote_identifier(table));
	rv = makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(text)));
	if (rv->catalogname != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_NAME),
						errmsg("the local name \"%s\" has too many parts", text)));
	return rv->schemaname == NULL ? pstrdup(quote_identifier(rv->relname))
								  : quote_qualified_identifier(rv->schemaname, rv->relname);
}

/* gw.create_foreign_table(server, table, local_name) */
Datum
gw_api_create_foreign_table(PG_FUNCTION_ARGS)
{
	GwMigration migration = {0};
	GwSession *session;
	const GwSchema *found;
	GwSchema schema;
	char *local, *sql;
	Datum result;
	bool isnull;

	migrate_names(fcinfo, &migration);
	session = gw_session_open_name(migration.server, GW_SESSION_READ);
	found = gw_session_describe(session, migration.schema_name, migration.table_name, false, false);
	schema = *found;
	if (schema.schema == NULL)
		schema.schema = gw_session_default_schema(session);
	local = migrate_local_name(fcinfo, schema.table);
	sql = gw_import_one(migration.server, &schema, local);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	if (SPI_execute(sql, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not create the foreign table");
	SPI_finish();
	result = DirectFunctionCall1(to_regclass, CStringGetTextDatum(local));
	isnull = DatumGetObjectId(result) == InvalidOid;
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result);
}

/* ---------- baselines ---------- */

/* The table's name as baselines carry it; asks the server for a schema nobody gave. */
static char *
migrate_source(GwMigration *migration)
{
	if (migration->schema_name == NULL)
		migration->schema_name = gw_session_default_schema(
			gw_session_open_name(migration->server, GW_SESSION_READ));
	return gw_drift_source(migration->schema_name, migration->table_name);
}

/* gw.schema_source(server, table) */
Datum
gw_api_schema_source(PG_FUNCTION_ARGS)
{
	GwMigration migration = {0};

	migrate_names(fcinfo, &migration);
	PG_RETURN_TEXT_P(cstring_to_text(migrate_source(&migration)));
}

/* gw.schema_accept(server, table, reason) */
Datum
gw_api_schema_accept(PG_FUNCTION_ARGS)
{
	GwMigration migration = {0};
	GwSession *session;
	GwSchema schema;
	char *source;

	migrate_names(fcinfo, &migration);
	source = migrate_source(&migration);
	session = gw_session_open_name(migration.server, GW_SESSION_READ);
	schema = *gw_session_describe(session, migration.schema_name, migration.table_name, false,
								  false);
	schema.platform = gw_session_platform(session)->name;
	schema.connection = gw_session_server_name(session);
	PG_RETURN_INT64(gw_drift_accept(migration.server, source, &schema, migrate_text(fcinfo, 2)));
}

/* gw.schema_show(server, table) */
Datum
gw_api_schema_show(PG_FUNCTION_ARGS)
{
	GwMigration migration = {0};
	Jsonb *document;

	migrate_names(fcinfo, &migration);
	document = gw_drift_baseline(migration.server, migrate_source(&migration));
	if (document == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(document);
}
