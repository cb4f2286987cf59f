/*
 * gw_api_introspect.c
 *	  gw.list_databases(), list_schemas(), list_tables(), table_exists(),
 *	  get_target_schema(), get_target_schemas().
 *
 * Shells: they read arguments, ask the session, and return rows.  What comes
 * back lives in the function's context, or in the query's for sets.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "session/gw_session.h"
#include "utils/builtins.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_list_databases);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_list_schemas);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_list_tables);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_table_exists);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_get_target_schema);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_get_target_schemas);

/* A remote table as the user named it; members may be NULL but table. */
typedef struct TargetName
{
	const char *database, *schema, *table;
} TargetName;

/* ---------- arguments ---------- */

static const char *
introspect_text(FunctionCallInfo fcinfo, int n)
{
	return PG_NARGS() <= n || PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static const char *
introspect_required(FunctionCallInfo fcinfo, int n, const char *name)
{
	const char *text = introspect_text(fcinfo, n);

	if (text == NULL)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("argument \"%s\" must not be null", name)));
	return text;
}

static void pg_attribute_noreturn()
introspect_bad_name(const char *text, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_NAME), errmsg("invalid table name \"%s\": %s", text, why),
			 errhint("Write table, schema.table or database.schema.table, and a part that "
					 "holds a dot in double quotes.")));
}

/* One part of a dotted name, exactly as it is spelled; *at moves behind it. */
static char *
introspect_name_part(const char *text, const char **at)
{
	StringInfoData part;
	const char *c = *at;

	initStringInfo(&part);
	if (*c == '"')
	{
		for (c++;; c++)
		{
			if (*c == '\0')
				introspect_bad_name(text, "a double quote is not closed");
			if (*c == '"' && *++c != '"')
				break;
			appendStringInfoChar(&part, *c);
		}
		if (*c != '.' && *c != '\0')
			introspect_bad_name(text, "something follows a closing double quote");
	}
	else
		for (; *c != '\0' && *c != '.'; c++)
			appendStringInfoChar(&part, *c);
	if (part.len == 0)
		introspect_bad_name(text, "a part is empty");
	*at = c;
	return part.data;
}

/* A part may be given in the name and as an argument when both agree. */
static const char *
introspect_agree(const char *what, const char *inside, const char *argument)
{
	if (inside != NULL && argument != NULL && strcmp(inside, argument) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the table's name says %s \"%s\", the argument \"%s\"", what, inside,
						argument),
				 errhint("Write a name that holds a dot in double quotes.")));
	return inside != NULL ? inside : argument;
}

/* Arguments: server, table, schema, database. */
static TargetName
introspect_target(FunctionCallInfo fcinfo)
{
	const char *text = introspect_required(fcinfo, 1, "table");
	const char *at = text;
	char *parts[3];
	TargetName name;
	int n = 0;

	for (;;)
	{
		if (n == 3)
			introspect_bad_name(text, "it has more than three parts");
		parts[n++] = introspect_name_part(text, &at);
		if (*at == '\0')
			break;
		at++; /* the dot */
	}
	name.table = parts[n - 1];
	name.schema = introspect_agree("schema", n > 1 ? parts[n - 2] : NULL,
								   introspect_text(fcinfo, 2));
	name.database = introspect_agree("database", n > 2 ? parts[0] : NULL,
									 introspect_text(fcinfo, 3));
	return name;
}

/* A connection sees one database. */
static void
introspect_check_database(GwSession *session, const char *wanted)
{
	GwStream *stream;
	const GwBatch *batch;
	char *connected = NULL;

	if (wanted == NULL)
		return;
	stream = gw_session_catalog(session, GW_CATALOG_IDENTITY, 0, NULL);
	while ((batch = gw_stream_next(stream)) != NULL)
	{
		const char *database = gw_batch_text(batch, 0, 2);

		if (database != NULL)
			connected = pstrdup(database);
	}
	gw_stream_close(stream);
	if (connected == NULL || strcmp(connected, wanted) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("server \"%s\" is connected to database \"%s\", not \"%s\"",
						gw_session_server_name(session), connected ? connected : "", wanted),
				 errhint("Use a server that connects to database \"%s\".", wanted)));
}

/* The table's schema, or NULL when missing_ok. */
static GwSchema *
introspect_describe(GwSession *session, const TargetName *name, bool missing_ok)
{
	const GwSchema *found;
	GwSchema *schema;

	introspect_check_database(session, name->database);
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

/* An empty result that lives as long as the query. */
static ReturnSetInfo *
introspect_open_result(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TupleDesc desc;
	MemoryContext old;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) ||
		(rsinfo->allowedModes & SFRM_Materialize) == 0 ||
		get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("set-returning function called where no set is accepted"),
						errhint("Call it in FROM.")));
	old = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setDesc = CreateTupleDescCopy(desc);
	rsinfo->setResult = tuplestore_begin_heap(true, false, work_mem);
	MemoryContextSwitchTo(old);
	return rsinfo;
}

/* Every row of a catalog query, its texts read as the result's types. */
static Datum
introspect_list(FunctionCallInfo fcinfo, GwCatalogId id, int nargs, const char *const *args)
{
	const char *server = introspect_required(fcinfo, 0, "server");
	ReturnSetInfo *rsinfo = introspect_open_result(fcinfo);
	AttInMetadata *input = TupleDescGetAttInMetadata(rsinfo->setDesc);
	int ncolumns = rsinfo->setDesc->natts;
	char **values = palloc0(ncolumns * sizeof(char *));
	GwSession *session = gw_session_open_name(server, GW_SESSION_READ);
	GwStream *stream = gw_session_catalog(session, id, nargs, args);
	const GwBatch *batch;
	int row, i;

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
	const char *server = introspect_required(fcinfo, 0, "server");
	TargetName name = introspect_target(fcinfo);
	GwSession *session = gw_session_open_name(server, GW_SESSION_READ);

	PG_RETURN_BOOL(introspect_describe(session, &name, true) != NULL);
}

Datum
gw_get_target_schema(PG_FUNCTION_ARGS)
{
	const char *server = introspect_required(fcinfo, 0, "server");
	TargetName name = introspect_target(fcinfo);
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
	const char *server = introspect_required(fcinfo, 0, "server");
	const char *schema_name = introspect_text(fcinfo, 1);
	ReturnSetInfo *rsinfo = introspect_open_result(fcinfo);
	GwSession *session = gw_session_open_name(server, GW_SESSION_READ);
	List *schemas = gw_session_describe_all(session, schema_name);
	ListCell *lc;

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
