/*
 * gw_api_introspect.c
 *	  gw.list_databases(), list_schemas(), list_tables(), table_exists(),
 *	  get_target_schema(), get_target_schemas().
 *
 * Shells: they read arguments, ask the session, and return rows.  What comes
 * back lives in the function's context, or in the query's for sets.
 */
#include "postgres.h"

#include "api/gw_api_call.h"
#include "api/gw_api_target.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_list_databases);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_list_schemas);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_list_tables);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_table_exists);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_get_target_schema);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_get_target_schemas);

/* ---------- arguments ---------- */

static const char *
introspect_text(FunctionCallInfo fcinfo, int n)
{
	return PG_NARGS() <= n || PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* Arguments: server, table, schema, database. */
static GwTargetName
introspect_target(FunctionCallInfo fcinfo)
{
	return gw_target_parse(gw_call_text(fcinfo, 1, "table"), introspect_text(fcinfo, 2),
						   introspect_text(fcinfo, 3));
}

/* The table's schema, or NULL when missing_ok. */
static GwSchema *
introspect_describe(GwSession *session, const GwTargetName *name, bool missing_ok)
{
	const GwSchema *found;
	GwSchema *schema;

	gw_target_check_database(session, name->database);
	found = gw_session_describe(session, name->schema, name->table, missing_ok, false);
	if (found == NULL)
		return NULL;
	schema = palloc(sizeof(GwSchema));
	*schema = *found;
	schema->platform = gw_session_platform(session)->name;
	schema->connection = gw_session_server_name(session);
	return schema;
}

/* ---------- sets ---------- */

/* Every row of a catalog query, its texts read as the result's types. */
static Datum
introspect_list(FunctionCallInfo fcinfo, GwCatalogId id, int nargs, const char *const *args)
{
	const char *server = gw_call_text(fcinfo, 0, "server");
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	AttInMetadata *input;
	char **values;
	GwStream *stream;
	const GwBatch *batch;
	int ncolumns;
	int row, i;

	InitMaterializedSRF(fcinfo, 0);
	input = TupleDescGetAttInMetadata(rsinfo->setDesc);
	ncolumns = rsinfo->setDesc->natts;
	values = palloc0(ncolumns * sizeof(char *));
	stream = gw_session_catalog(gw_session_open_name(server, GW_SESSION_READ), id, nargs, args);

	while ((batch = gw_stream_next(stream)) != NULL)
	{
		for (row = 0; row < batch->nrows; row++)
		{
			for (i = 0; i < ncolumns; i++)
				values[i] = (char *) gw_batch_text(batch, row, i);
			tuplestore_puttuple(rsinfo->setResult, BuildTupleFromCStrings(input, values));
		}
	}
	gw_stream_close(stream);
	return (Datum) 0;
}

Datum
gw_list_databases(PG_FUNCTION_ARGS)
{
	return introspect_list(fcinfo, GW_CATALOG_DATABASES, 0, NULL);
}

Datum
gw_list_schemas(PG_FUNCTION_ARGS)
{
	return introspect_list(fcinfo, GW_CATALOG_SCHEMAS, 0, NULL);
}

Datum
gw_list_tables(PG_FUNCTION_ARGS)
{
	const char *args[2];

	args[0] = introspect_text(fcinfo, 1);
	args[1] = introspect_text(fcinfo, 2);
	return introspect_list(fcinfo, GW_CATALOG_TABLES, 2, args);
}

/* ---------- one table ---------- */

Datum
gw_table_exists(PG_FUNCTION_ARGS)
{
	const char *server = gw_call_text(fcinfo, 0, "server");
	GwTargetName name = introspect_target(fcinfo);
	GwSession *session = gw_session_open_name(server, GW_SESSION_READ);

	PG_RETURN_BOOL(introspect_describe(session, &name, true) != NULL);
}

Datum
gw_get_target_schema(PG_FUNCTION_ARGS)
{
	const char *server = gw_call_text(fcinfo, 0, "server");
	GwTargetName name = introspect_target(fcinfo);
	GwSession *session = gw_session_open_name(server, GW_SESSION_READ);

	PG_RETURN_JSONB_P(gw_schema_write(introspect_describe(session, &name, false)));
}

/* A schema without tables is empty; one that does not exist is an error. */
static void
introspect_check_schema(GwSession *session, const char *wanted)
{
	GwStream *stream = gw_session_catalog(session, GW_CATALOG_SCHEMAS, 0, NULL);
	const GwBatch *batch;
	bool found = false;
	int row;

	while ((batch = gw_stream_next(stream)) != NULL)
		for (row = 0; row < batch->nrows; row++)
		{
			const char *name = gw_batch_text(batch, row, 0);

			found |= name != NULL && strcmp(name, wanted) == 0;
		}
	gw_stream_close(stream);
	if (!found)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema \"%s\" does not exist on server \"%s\"", wanted,
						gw_session_server_name(session)),
				 errhint("gw.list_schemas(%s) shows what there is.",
						 quote_literal_cstr(gw_session_server_name(session)))));
}

Datum
gw_get_target_schemas(PG_FUNCTION_ARGS)
{
	const char *server = gw_call_text(fcinfo, 0, "server");
	const char *schema_name = introspect_text(fcinfo, 1);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	GwSession *session;
	List *schemas;
	ListCell *lc;

	InitMaterializedSRF(fcinfo, 0);
	session = gw_session_open_name(server, GW_SESSION_READ);
	schemas = gw_session_describe_all(session, schema_name,
									  !PG_ARGISNULL(2) && PG_GETARG_BOOL(2));
	if (schemas == NIL && schema_name != NULL)
		introspect_check_schema(session, schema_name);
	foreach(lc, schemas)
	{
		GwSchema *schema = (GwSchema *) lfirst(lc);
		Datum values[2];
		bool nulls[2] = {false, false};

		schema->platform = gw_session_platform(session)->name;
		schema->connection = gw_session_server_name(session);
		values[0] = CStringGetTextDatum(schema->table);
		values[1] = JsonbPGetDatum(gw_schema_write(schema));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
