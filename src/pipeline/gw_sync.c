/*
 * gw_sync.c
 *	  One run of one stream: names, lock, record, work, outcome.
 *
 * Outside a transaction block: the run is recorded and committed first; then
 * one transaction stages the rows, applies them and moves the watermark, in a
 * subtransaction, so that a failure can be recorded before it is raised.  A
 * backend that dies anywhere leaves either the old rows with the old watermark
 * or the new with the new; the record it leaves behind as running is closed by
 * the stream's next run.  Inside a transaction block or function everything is
 * part of the caller's transaction, the record too.
 *
 * One lock per stream keeps two runs apart: the session's outside a block,
 * released on every way out; the transaction's inside.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "pipeline/gw_movement.h"
#include "pipeline/gw_state.h"
#include "pipeline/state.sql.h"

/* ---------- what was asked for ---------- */

static void
sync_check_mode(GwSync *sync)
{
	const GwSyncRequest *r = sync->request;

	if (strcmp(r->mode, "replace") == 0)
		sync->mode = GW_SYNC_REPLACE;
	else if (strcmp(r->mode, "append") == 0)
		sync->mode = GW_SYNC_APPEND;
	else if (strcmp(r->mode, "merge") == 0)
		sync->mode = GW_SYNC_MERGE;
	else
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("unknown mode \"%s\"", r->mode),
						errhint("Modes are replace, append and merge.")));
	if (sync->mode == GW_SYNC_MERGE && r->nkeys == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("mode \"merge\" needs keys"),
						errhint("For example keys => '{id}'.")));
	if (sync->mode != GW_SYNC_MERGE && r->nkeys > 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("keys do not apply to mode \"%s\"", r->mode),
						errhint("Leave keys out, or use mode \"merge\".")));
	if (sync->mode == GW_SYNC_REPLACE && r->cursor_field != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("cursor_field does not apply to mode \"replace\""),
						errdetail("Replace reads the whole source."),
						errhint("Leave cursor_field out, or use mode \"merge\".")));
	if (r->cursor_id_field != NULL && r->cursor_field == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("cursor_id_field needs cursor_field"),
						errhint("Give an id that is the only cursor as cursor_field.")));
}

/* The request as a JSON document, for gw.run.params. */
static char *
sync_params(const GwSync *sync)
{
	const GwSyncRequest *r = sync->request;
	const char *const pairs[][2] = {{"server", r->server},
									{"source", sync->source},
									{"target", sync->target},
									{"mode", r->mode},
									{"cursor_field", r->cursor_field},
									{"cursor_id_field", r->cursor_id_field}};
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"options\": %s", sync->options_text);
	for (int i = 0; i < lengthof(pairs); i++)
	{
		if (pairs[i][1] == NULL)
			continue;
		appendStringInfo(&buf, ", \"%s\": ", pairs[i][0]);
		escape_json(&buf, pairs[i][1]);
	}
	appendStringInfoChar(&buf, '}');
	return buf.data;
}

/* The keys as an array's text, or NULL. */
static char *
sync_keys_text(const GwSync *sync)
{
	const GwSyncRequest *r = sync->request;
	StringInfoData buf;

	if (r->nkeys == 0)
		return NULL;
	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	for (int i = 0; i < r->nkeys; i++)
	{
		appendStringInfoString(&buf, i > 0 ? ",\"" : "\"");
		for (const char *p = r->keys[i]; *p != '\0'; p++)
		{
			if (*p == '"' || *p == '\\')
				appendStringInfoChar(&buf, '\\');
			appendStringInfoChar(&buf, *p);
		}
		appendStringInfoChar(&buf, '"');
	}
	appendStringInfoChar(&buf, '}');
	return buf.data;
}

/* Settle both names; asks the source only for a schema nobody gave. */
static void
sync_name_tables(GwSync *sync)
{
	const GwSyncRequest *r = sync->request;

	sync->server_oid = gw_server_lookup(r->server);
	sync->platform = gw_server_platform(sync->server_oid);
	gw_sync_split_name(r->source, "source", &sync->source_schema, &sync->source_table);
	if (sync->source_schema == NULL)
	{
		GwSession *session = gw_session_open_name(r->server, GW_SESSION_PROBE);
		const char *schema = gw_session_default_schema(session);

		sync->source_schema = schema != NULL ? pstrdup(schema) : NULL;
	}
	sync->source = gw_sync_quote(sync->source_schema, sync->source_table);
	gw_sync_find_target(r->target, &sync->target_schema, &sync->target_table,
						&sync->target_oid);
	sync->target = gw_sync_quote(sync->target_schema, sync->target_table);
	sync->home = gw_state_home();
}

/* ---------- the stream ---------- */

static bool
sync_find_stream(GwSync *sync, char **owner, char **cursor, char **cursor_id)
{
	const char *args[] = {sync->request->server, sync->source, sync->target};
	char *row[7];

	if (!gw_state_query(sql_stream_find, 3, args, 7, row))
		return false;
	sync->stream_id = row[0];
	*owner = row[1];
	sync->stream_name = row[2];
	*cursor = row[3];
	*cursor_id = row[4];
	sync->known_target = row[5];
	sync->known_home = row[6];
	return true;
}

static void
sync_make_stream(GwSync *sync)
{
	const GwSyncRequest *r = sync->request;
	const char *args[] = {sync->options.name != NULL
							  ? sync->options.name
							  : psprintf("%s:%s:%s", r->server, sync->source, sync->target),
						  gw_state_caller(),
						  r->server,
						  sync->source,
						  sync->source_schema,
						  sync->source_table,
						  sync->target,
						  sync->target_schema,
						  sync->target_table,
						  r->mode,
						  r->cursor_field,
						  r->cursor_id_field,
						  sync_keys_text(sync),
						  sync->options_text};
	char *row[1];

	(void) gw_state_query(sql_stream_insert, 14, args, 1, row);
}

static bool
sync_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Find or make the stream; a cursor with a watermark cannot be exchanged. */
static void
sync_settle_stream(GwSync *sync)
{
	const GwSyncRequest *r = sync->request;
	char *owner = NULL, *cursor = NULL, *cursor_id = NULL;
	const char *renamed[] = {r->server, gw_state_int(sync->server_oid), sync->home};

	(void) gw_state_query(sql_stream_rename, 3, renamed, 0, NULL);
	if (!sync_find_stream(sync, &owner, &cursor, &cursor_id))
	{
		sync_make_stream(sync);
		if (!sync_find_stream(sync, &owner, &cursor, &cursor_id))
			elog(ERROR, "the stream of %s could not be made", sync->source);
	}
	if (!gw_state_may_act_for(owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("stream \"%s\" belongs to role \"%s\"", sync->stream_name, owner),
				 errhint("Become a member of that role, or move %s into a target of your own.",
						 sync->source)));
	sync->lock_id = (int32) strtol(sync->stream_id, NULL, 10);
	gw_watermark_read(sync);
	if (sync->watermark.value != NULL &&
		(!sync_same(cursor, r->cursor_field) || !sync_same(cursor_id, r->cursor_id_field)))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("stream \"%s\" has another cursor", sync->stream_name),
				 errdetail("Its watermark %s belongs to cursor_field %s, cursor_id_field %s.",
						   sync->watermark.value, cursor ? cursor : "NULL",
						   cursor_id ? cursor_id : "NULL"),
				 errhint("Call it with that cursor, or start over with gw.reset_watermark().")));
}

/* ---------- the lock ---------- */

static bool
sync_try_lock(GwSync *sync)
{
	Datum lock_class = Int32GetDatum(GW_SYNC_LOCK_CLASS), id = Int32GetDatum(sync->lock_id);

	if (sync->request->atomic)
		return DatumGetBool(
			DirectFunctionCall2(pg_try_advisory_xact_lock_int4, lock_class, id));
	return DatumGetBool(DirectFunctionCall2(pg_try_advisory_lock_int4, lock_class, id));
}

/* False: another run has it, and the caller wants to skip. */
static bool
sync_lock(GwSync *sync)
{
	Datum lock_class = Int32GetDatum(GW_SYNC_LOCK_CLASS), id = Int32GetDatum(sync->lock_id);

	if (sync_try_lock(sync))
		return true;
	if (strcmp(sync->options.on_conflict, "skip") == 0)
		return false;
	if (strcmp(sync->options.on_conflict, "error") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("another run of stream \"%s\" is active", sync->stream_name),
				 errhint("Wait for it, or set the option on_conflict to \"wait\" or \"skip\".")));
	if (sync->request->atomic)
		DirectFunctionCall2(pg_advisory_xact_lock_int4, lock_class, id);
	else
		DirectFunctionCall2(pg_advisory_lock_int4, lock_class, id);
	return true;
}

static void
sync_unlock(GwSync *sync)
{
	DirectFunctionCall2(pg_advisory_unlock_int4, Int32GetDatum(GW_SYNC_LOCK_CLASS),
						Int32GetDatum(sync->lock_id));
}

/* ---------- the record ---------- */

/* With the lock in hand: close what a dead backend left, and begin. */
static void
sync_start_run(GwSync *sync)
{
	const GwSyncRequest *r = sync->request;
	const char *stream[] = {sync->stream_id,   r->mode, r->cursor_field,
							r->cursor_id_field, sync_keys_text(sync), sync->options_text};
	const char *run[] = {sync->stream_id, gw_state_caller(), sync_params(sync),
						 gw_state_int(MyProcPid), sync->home};
	char *row[2];

	(void) gw_state_query(sql_run_recover, 1, stream, 0, row);
	(void) gw_state_query(sql_stream_update, 6, stream, 0, row);
	(void) gw_state_query(sql_run_start, 5, run, 2, row);
	sync->run_id = row[0];
	sync->task_id = row[1];
}

static char *
sync_skip(GwSync *sync)
{
	const char *args[] = {sync->stream_id, gw_state_caller(), sync_params(sync),
						  gw_state_int(MyProcPid), sync->home};
	StringInfoData buf;
	char *row[1];

	(void) gw_state_query(sql_run_skip, 5, args, 1, row);
	ereport(NOTICE, (errmsg("another run of stream \"%s\" is active; nothing was done",
							sync->stream_name)));
	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"run_id\": %s, \"state\": \"skipped_locked\", \"stream\": ",
					 row[0]);
	escape_json(&buf, sync->stream_name);
	appendStringInfoChar(&buf, '}');
	return buf.data;
}

static void
sync_record_failure(GwSync *sync, const ErrorData *error)
{
	const char *args[] = {sync->run_id,
						  error->sqlerrcode == ERRCODE_QUERY_CANCELED ? "cancelled" : "failed",
						  gw_error_class_name(gw_error_class_of_sqlstate(error->sqlerrcode)),
						  unpack_sql_state(error->sqlerrcode), error->message};
	char *row[1];

	(void) gw_state_query(sql_run_fail, 5, args, 0, row);
}

static char *
sync_count_text(int64 count)
{
	return count < 0 ? NULL : gw_state_int(count);
}

static char *
sync_record_success(GwSync *sync)
{
	const GwWindow *w = &sync->window;
	const char *target[] = {sync->stream_id, gw_state_int(sync->target_oid), sync->home,
							gw_state_int(sync->server_oid)};
	const char *args[] = {sync->run_id,
						  w->lo,
						  w->lo_id,
						  w->hi,
						  sync_count_text(sync->read),
						  sync_count_text(sync->inserted),
						  sync_count_text(sync->updated),
						  sync_count_text(sync->deleted),
						  sync_count_text(sync->deduplicated),
						  sync_count_text(w->waiting),
						  sync_count_text(w->null_rows)};
	char *row[1];

	(void) gw_state_query(sql_stream_target, 4, target, 0, row);
	if (!gw_state_query(sql_run_succeed, 11, args, 1, row))
		elog(ERROR, "run %s is not running any more", sync->run_id);
	(void) gw_state_query(sql_run_result, 1, args, 1, row);
	return row[0];
}

/* ---------- the work ---------- */

/* All of it, in the current (sub)transaction; the result's text. */
static char *
sync_work(GwSync *sync)
{
	gw_watermark_read(sync);
	gw_sync_plan(sync);
	gw_horizon_open_window(sync);
	if (sync->mode == GW_SYNC_APPEND && sync->window.kind == GW_CURSOR_NONE)
		ereport(NOTICE,
				(errmsg("without cursor_field the whole source is appended on every run")));
	gw_load_rows(sync);
	gw_watermark_store(sync);
	return sync_record_success(sync);
}

/* Deferred constraints fail here, where it can be recorded, not at commit. */
static void
sync_check_constraints(void)
{
	if (SPI_execute("SET CONSTRAINTS ALL IMMEDIATE", false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "deferred constraints could not be checked");
}

/*
 * The work in a transaction of our own.  A failure is undone, recorded,
 * committed, and raised again as it was.
 */
static char *
sync_attempt(GwSync *sync)
{
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData *volatile error = NULL;
	char *volatile result = NULL;

	/* The window must be fixed before the snapshot that reads it. */
	XactIsoLevel = XACT_READ_COMMITTED;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(sync->cxt);
	PG_TRY();
	{
		result = sync_work(sync);
		sync_check_constraints();
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(sync->cxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(sync->cxt);
	CurrentResourceOwner = owner;

	if (error != NULL)
		sync_record_failure(sync, error);
	SPI_commit();
	if (error != NULL)
		ReThrowError(error);
	return result;
}

static char *
sync_in_own_transactions(GwSync *sync)
{
	char *volatile result = NULL;

	PG_TRY();
	{
		sync_start_run(sync);
		SPI_commit();
		result = sync_attempt(sync);
	}
	PG_FINALLY();
	{
		sync_unlock(sync);
	}
	PG_END_TRY();
	return result;
}

static char *
sync_in_callers_transaction(GwSync *sync)
{
	sync_start_run(sync);
	return sync_work(sync);
}

Jsonb *
gw_sync_table(const GwSyncRequest *request)
{
	MemoryContext caller = CurrentMemoryContext;
	GwSync *sync;
	MemoryContext cxt;
	char *text;
	Jsonb *result;

	PreventCommandIfReadOnly("CALL gw.sync_table()");
	PreventCommandDuringRecovery("CALL gw.sync_table()");
	cxt = AllocSetContextCreate(caller, "gw sync", ALLOCSET_DEFAULT_SIZES);
	if (SPI_connect_ext(request->atomic ? 0 : SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	MemoryContextSwitchTo(cxt);
	sync = palloc0(sizeof(GwSync));
	sync->cxt = cxt;
	sync->request = request;

	sync_check_mode(sync);
	gw_sync_read_options(sync);
	sync_name_tables(sync);
	sync_settle_stream(sync);
	if (!sync_lock(sync))
		text = sync_skip(sync);
	else if (request->atomic)
		text = sync_in_callers_transaction(sync);
	else
		text = sync_in_own_transactions(sync);

	SPI_finish();
	MemoryContextSwitchTo(caller);
	result = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	MemoryContextDelete(cxt);
	return result;
}
