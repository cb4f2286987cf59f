/*
 * gw_api_execute.c
 *	  SQL functions that run a statement on a remote server.
 *
 * Shells over session: arguments in, rows out.  Result rows go through a
 * tuplestore (a table function is materialised by the executor anyway) or,
 * as JSON, one by one.
 */
#include "postgres.h"

#include "access/xact.h"
#include "api/gw_api_call.h"
#include "base/gw_json.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "schema/gw_value.h"
#include "session/gw_session.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_execute_ddl);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_execute);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_execute_query);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_execute_query_json);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_explain_remote);

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Where a query's rows as JSON stand between two calls. */
typedef struct JsonRows
{
	GwStream *stream;
	const GwBatch *batch;
	int row;
} JsonRows;

/* What a remote cursor can be declared for. */
static const char *const selecting[] = {"select", "values", "table"};

static GwStatement argument_statement(FunctionCallInfo fcinfo);
static void statement_check(const char *sql);
static void statement_check_committing(const GwPlatform *platform, const char *server,
									   const char *sql);
static const char *statement_begins(const char *sql, const char *const *words, int nwords);
static size_t sql_skip_blank(const char *sql);
static GwDecoder **result_decoders(const GwColumnInfo *columns, int ncolumns, TupleDesc desc);
static char *column_names(const GwColumnInfo *columns, int ncolumns);
static Jsonb *row_as_json(const GwBatch *batch, int row);
static void row_put_cell(GwJsonBuilder *json, const GwColumnInfo *column, const char *text);
static void check_unique_names(const GwBatch *batch);

Datum
gw_api_execute_ddl(PG_FUNCTION_ARGS)
{
	char *server = gw_call_text(fcinfo, 0, "server");
	GwStatement stmt = {.sql = gw_call_text(fcinfo, 1, "sql"), .user_sql = true};
	bool autocommit = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	int flags = GW_SESSION_WRITE;
	int64 begun = gw_monotonic_us();
	GwJsonBuilder json = {0};
	GwRunResult result;
	Oid serverid;

	statement_check(stmt.sql);
	serverid = gw_server_lookup(server);
	if (autocommit)
	{
		if ((gw_server_platform(serverid)->caps & GW_CAP_SHARES_TRANSACTION) != 0)
			ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
							errmsg("server \"%s\" shares the local transaction, so it has no "
								   "autocommit",
								   server)));
		if (IsTransactionBlock() || IsSubTransaction())
			ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
							errmsg("execute_ddl with autocommit cannot run inside a "
								   "transaction block"),
							errdetail("It could not be undone with the transaction.")));
		flags |= GW_SESSION_AUTOCOMMIT;
	}
	else
		statement_check_committing(gw_server_platform(serverid), server, stmt.sql);
	result = gw_session_execute(gw_session_open(serverid, GetUserId(), flags), &stmt);

	gw_json_begin_object(&json);
	gw_json_put_text(&json, "command", result.command);
	gw_json_put_int(&json, "elapsed_ms", (gw_monotonic_us() - begun) / 1000);
	gw_json_key(&json, "remote_id");
	gw_json_add_text(&json, NULL);
	gw_json_end_object(&json);
	PG_RETURN_JSONB_P(gw_json_finish(&json));
}

Datum
gw_api_execute(PG_FUNCTION_ARGS)
{
	char *server = gw_call_text(fcinfo, 0, "server");
	GwStatement stmt = argument_statement(fcinfo);
	GwSession *session;
	GwRunResult result;

	statement_check_committing(gw_server_platform(gw_server_lookup(server)), server, stmt.sql);
	session = gw_session_open_name(server, GW_SESSION_WRITE);
	result = gw_session_execute(session, &stmt);
	if (result.rows < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(result.rows);
}

Datum
gw_api_execute_query(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	GwStreamSpec spec = {.flags = GW_STREAM_ANY};
	char *server = gw_call_text(fcinfo, 0, "server");
	GwStatement stmt = argument_statement(fcinfo);
	GwDecoder **decoders = NULL;
	const GwColumnInfo *columns;
	const GwBatch *batch;
	MemoryContext per_row;
	GwStream *stream;
	Datum *values;
	bool *nulls;
	int ncolumns;
	int row;
	int i;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) || rsinfo->expectedDesc == NULL)
		ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
						errmsg("execute_query needs a column definition list"),
						errhint("Write the columns after it: AS r(id bigint, name text).")));
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	stream = gw_stream_open(gw_session_open_name(server, GW_SESSION_READ), &stmt, &spec);
	per_row = AllocSetContextCreate(CurrentMemoryContext, "gw execute row",
									ALLOCSET_DEFAULT_SIZES);
	values = palloc(Max(rsinfo->setDesc->natts, 1) * sizeof(Datum));
	nulls = palloc(Max(rsinfo->setDesc->natts, 1) * sizeof(bool));
	while ((batch = gw_stream_next(stream)) != NULL)
	{
		if (decoders == NULL)
			decoders = result_decoders(batch->columns, batch->ncolumns, rsinfo->setDesc);
		for (row = 0; row < batch->nrows; row++)
		{
			MemoryContext old = MemoryContextSwitchTo(per_row);
			const GwCell *cells = &batch->cells[(Size) row * batch->ncolumns];

			for (i = 0; i < batch->ncolumns; i++)
				values[i] = gw_decode(decoders[i], &cells[i], &nulls[i]);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
			MemoryContextSwitchTo(old);
			MemoryContextReset(per_row);
		}
	}
	/* A result without rows still has to have the right shape. */
	if (decoders == NULL)
	{
		columns = gw_stream_columns(stream, &ncolumns);
		(void) result_decoders(columns, ncolumns, rsinfo->setDesc);
	}
	gw_stream_close(stream);
	MemoryContextDelete(per_row);
	return (Datum) 0;
}

Datum
gw_api_execute_query_json(PG_FUNCTION_ARGS)
{
	FuncCallContext *funcctx;
	JsonRows *state;

	if (SRF_IS_FIRSTCALL())
	{
		GwStreamSpec spec = {.flags = GW_STREAM_ANY | GW_STREAM_MAY_STOP};
		char *server = gw_call_text(fcinfo, 0, "server");
		GwStatement stmt = argument_statement(fcinfo);
		MemoryContext old;

		/* A LIMIT above us must not make us read the whole result. */
		if (statement_begins(stmt.sql, selecting, lengthof(selecting)))
			spec.flags |= GW_STREAM_SELECT;
		funcctx = SRF_FIRSTCALL_INIT();
		old = MemoryContextSwitchTo(funcctx->multi_call_memory_ctx);
		state = palloc0(sizeof(JsonRows));
		state->stream =
			gw_stream_open(gw_session_open_name(server, GW_SESSION_READ), &stmt, &spec);
		funcctx->user_fctx = state;
		MemoryContextSwitchTo(old);
	}
	funcctx = SRF_PERCALL_SETUP();
	state = (JsonRows *) funcctx->user_fctx;
	if (state->batch == NULL || state->row >= state->batch->nrows)
	{
		bool first = state->batch == NULL;

		state->batch = gw_stream_next(state->stream);
		state->row = 0;
		if (state->batch == NULL)
		{
			gw_stream_close(state->stream);
			SRF_RETURN_DONE(funcctx);
		}
		if (first)
			check_unique_names(state->batch);
	}
	SRF_RETURN_NEXT(funcctx, JsonbPGetDatum(row_as_json(state->batch, state->row++)));
}

Datum
gw_api_explain_remote(PG_FUNCTION_ARGS)
{
	char *server = gw_call_text(fcinfo, 0, "server");
	char *sql = gw_call_text(fcinfo, 1, "sql");
	GwStreamSpec spec = {.flags = GW_STREAM_ANY};
	GwStatement stmt = {.user_sql = true};
	const GwPlatform *platform;
	GwSession *session;
	GwStream *stream;
	const GwBatch *batch;
	GwJsonBuilder lines = {0};
	StringInfoData plan;
	int row;

	statement_check(sql);
	session = gw_session_open_name(server, GW_SESSION_READ);
	platform = gw_session_platform(session);
	if (platform->explain_prefix == NULL)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("%s does not explain statements", platform->title)));
	stmt.sql = psprintf("%s%s", platform->explain_prefix, sql);
	stream = gw_stream_open(session, &stmt, &spec);
	initStringInfo(&plan);
	gw_json_begin_array(&lines);
	while ((batch = gw_stream_next(stream)) != NULL)
	{
		for (row = 0; row < batch->nrows; row++)
		{
			const char *line = gw_batch_text(batch, row, 0);

			if (platform->explain_text)
				gw_json_add_text(&lines, line ? line : "");
			else
				appendStringInfo(&plan, "%s\n", line ? line : "");
		}
	}
	gw_json_end_array(&lines);
	gw_stream_close(stream);
	if (platform->explain_text)
		PG_RETURN_JSONB_P(gw_json_finish(&lines));
	PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(plan.data)));
}

/* The statement in arguments 1 ...: its text, then its parameters, typed. */
static GwStatement
argument_statement(FunctionCallInfo fcinfo)
{
	GwStatement stmt = {.sql = gw_call_text(fcinfo, 1, "sql"), .user_sql = true};
	GwParam *params;
	Datum *values = NULL;
	bool *nulls = NULL;
	Oid *types = NULL;
	int nest;
	int i;

	statement_check(stmt.sql);
	if (PG_NARGS() <= 2)
		return stmt;
	stmt.nparams = extract_variadic_args(fcinfo, 2, true, &values, &types, &nulls);
	if (stmt.nparams < 0)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the parameter array must not be null")));
	params = palloc0(Max(stmt.nparams, 1) * sizeof(GwParam));
	nest = gw_value_begin_text();
	for (i = 0; i < stmt.nparams; i++)
	{
		params[i].type = types[i];
		params[i].value = nulls[i] ? NULL : gw_value_text(values[i], types[i]);
	}
	gw_value_end_text(nest);
	stmt.params = params;
	return stmt;
}

/*
 * Transaction commands are refused before they are sent: remote transactions
 * follow the local one.
 */
static void
statement_check(const char *sql)
{
	static const char *const refused[] = {"begin",	  "start", "commit",	"end",
										  "rollback", "abort", "savepoint", "release"};
	const char *word;

	if (sql[sql_skip_blank(sql)] == '\0')
		ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("there is no statement to run")));
	word = statement_begins(sql, refused, lengthof(refused));
	if (word != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_TRANSACTION_TERMINATION),
						errmsg("%s cannot be run remotely", asc_toupper(word, strlen(word))),
						errhint("Remote transactions follow the local one: use BEGIN, COMMIT, "
								"ROLLBACK and SAVEPOINT here.")));
}

/*
 * A statement that commits would end the remote transaction that follows the
 * local one, with all that was written in it.
 */
static void
statement_check_committing(const GwPlatform *platform, const char *server, const char *sql)
{
	const char *word = sql + sql_skip_blank(sql);
	char *first = asc_tolower(word, strspn(word, LETTERS));

	if (gw_option_word_in(platform->committing, first))
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("%s commits on server \"%s\"", asc_toupper(first, strlen(first)), server),
				 errdetail("It would commit the whole remote transaction, which follows the "
						   "local one."),
				 errhint("Run it with gw.execute_ddl(server, sql, autocommit => true).")));
}

/* Which of the words the statement begins with, or NULL. */
static const char *
statement_begins(const char *sql, const char *const *words, int nwords)
{
	const char *word = sql + sql_skip_blank(sql);
	size_t len = strspn(word, LETTERS);
	int i;

	for (i = 0; i < nwords; i++)
	{
		if (len == strlen(words[i]) && pg_strncasecmp(word, words[i], len) == 0)
			return words[i];
	}
	return NULL;
}

/* Length of the white space and comments (with "#", too) a statement begins with. */
static size_t
sql_skip_blank(const char *sql)
{
	const char *at = sql;

	for (;;)
	{
		at += strspn(at, " \t\r\n\f;");
		if (at[0] == '#' || (at[0] == '-' && at[1] == '-'))
			at += strcspn(at, "\n");
		else if (at[0] == '/' && at[1] == '*')
		{
			int depth = 1;

			for (at += 2; at[0] != '\0' && depth > 0; at++)
			{
				if (at[0] == '*' && at[1] == '/')
				{
					depth--;
					at++;
				}
				else if (at[0] == '/' && at[1] == '*')
				{
					depth++;
					at++;
				}
			}
		}
		else
			return at - sql;
	}
}

/* One decoder per column; 42804 unless both sides have as many. */
static GwDecoder **
result_decoders(const GwColumnInfo *columns, int ncolumns, TupleDesc desc)
{
	GwDecoder **decoders = palloc(Max(ncolumns, 1) * sizeof(GwDecoder *));
	int i;

	if (ncolumns == 0)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("the remote statement returns no columns"),
						errhint("Use gw.execute for statements that return no rows.")));
	if (ncolumns != desc->natts)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("the remote query returns %d columns, the column definition list "
							   "has %d",
							   ncolumns, desc->natts),
						errdetail("It returns: %s.", column_names(columns, ncolumns))));
	for (i = 0; i < ncolumns; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);

		decoders[i] = gw_decoder_create(&columns[i], attr->atttypid, attr->atttypmod,
										NameStr(attr->attname));
	}
	return decoders;
}

static char *
column_names(const GwColumnInfo *columns, int ncolumns)
{
	StringInfoData names;
	int i;

	initStringInfo(&names);
	for (i = 0; i < ncolumns; i++)
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", columns[i].name);
	return names.data;
}

static Jsonb *
row_as_json(const GwBatch *batch, int row)
{
	GwJsonBuilder json = {0};
	int nest = gw_value_begin_text();
	int i;

	gw_json_begin_object(&json);
	for (i = 0; i < batch->ncolumns; i++)
		row_put_cell(&json, &batch->columns[i], gw_batch_text(batch, row, i));
	gw_json_end_object(&json);
	gw_value_end_text(nest);
	return gw_json_finish(&json);
}

/* Numbers stay exact, documents stay documents, the rest is text. */
static void
row_put_cell(GwJsonBuilder *json, const GwColumnInfo *column, const char *text)
{
	Datum datum;
	JsonbValue number;

	gw_json_key(json, column->name);
	if (text == NULL)
	{
		gw_json_add_text(json, NULL);
		return;
	}
	switch (column->type_oid)
	{
		case BOOLOID:
			gw_json_add_bool(json, text[0] == 't' || text[0] == '1');
			break;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			/* NaN and the infinities are no JSON numbers, nor is what SQLite keeps in them. */
			if (text[strspn(text, "+-0123456789.eE")] != '\0')
			{
				gw_json_add_text(json, text);
				break;
			}
			datum = DirectFunctionCall3(numeric_in, CStringGetDatum(text),
										ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
			number.type = jbvNumeric;
			number.val.numeric = DatumGetNumeric(datum);
			gw_json_add_value(json, &number);
			break;
		case JSONOID:
		case JSONBOID:
			datum = DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
			gw_json_add_value(json, gw_json_root(DatumGetJsonbP(datum)));
			break;
		case BYTEAOID:
			gw_json_add_text(json, column->form == GW_FORM_HEX ? psprintf("\\x%s", text) : text);
			break;
		default:
			gw_json_add_text(json, text);
			break;
	}
}

/* An object would keep only the last of two columns with one name. */
static void
check_unique_names(const GwBatch *batch)
{
	int i;
	int j;

	for (i = 0; i < batch->ncolumns; i++)
	{
		for (j = 0; j < i; j++)
		{
			if (strcmp(batch->columns[i].name, batch->columns[j].name) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("the remote query returns two columns named \"%s\"",
								batch->columns[i].name),
						 errhint("Give each column its own name with AS.")));
		}
	}
}
