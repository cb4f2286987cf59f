/*
 * gw_watermark.c
 *	  How far a stream has come: read, advance with the rows, set, reset.
 *
 * Every change goes with its history row in the caller's transaction.  A run
 * remembers the version it started from; when somebody changed the watermark
 * meanwhile, its own change finds no row and the run fails, rows and all.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "pipeline/gw_movement.h"
#include "pipeline/gw_state.h"
#include "pipeline/gw_watermark.h"
#include "pipeline/state.sql.h"

void
gw_watermark_read(GwSync *sync)
{
	GwWatermark *w = &sync->watermark;
	const char *args[] = {sync->stream_id};
	char *row[8];

	if (!gw_state_query(sql_watermark_read, 1, args, 8, row))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("stream \"%s\" was removed meanwhile", sync->stream_name)));
	w->generation = row[0];
	w->version = row[1];
	w->value = row[2];
	w->type = row[3];
	w->id = row[4];
	w->id_type = row[5];
	w->horizon = row[6];
	w->columns = row[7];
}

static void
watermark_fenced(GwSync *sync)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the watermark of stream \"%s\" was changed while it ran",
					sync->stream_name),
			 errdetail("This run started from version %s; its rows were not kept.",
					   sync->watermark.version),
			 errhint("Run it again.")));
}

/* The names of the moved columns as an array's text. */
static char *
watermark_columns(const GwSync *sync)
{
	Datum *names = palloc(sizeof(Datum) * sync->nmoves);
	ArrayType *array;
	Oid output;
	bool varlena;

	for (int i = 0; i < sync->nmoves; i++)
		names[i] = CStringGetTextDatum(sync->moves[i].column->name);
	array = construct_array(names, sync->nmoves, TEXTOID, -1, false, TYPALIGN_INT);
	getTypeOutputInfo(TEXTARRAYOID, &output, &varlena);
	return OidOutputFunctionCall(output, PointerGetDatum(array));
}

/*
 * The ledger's row for what was applied; its id follows from the stream and
 * the window, and where no window tells two loads apart from the run.
 */
static char *
watermark_batch(GwSync *sync, const char *owner)
{
	const GwWindow *w = &sync->window;
	const char *args[] = {sync->task_id,
						  sync->stream_id,
						  owner,
						  sync->watermark.generation,
						  sync->watermark.version,
						  w->lo,
						  w->lo_id,
						  w->hi,
						  gw_state_int(sync->read),
						  w->reached != NULL && sync->options.lookback == 0 ? w->reached
																			: sync->run_id};
	char *row[1];

	(void) gw_state_query(sql_batch_insert, 10, args, 1, row);
	return row[0];
}

/* Is the greatest row read further than the watermark stands? */
static bool
watermark_moves(const GwSync *sync)
{
	const GwWindow *w = &sync->window;
	const GwWatermark *old = &sync->watermark;

	if (w->reached == NULL)
		return false;
	/* Rows at the watermark were read again, or are gone: it never moves back. */
	if (sync->options.lookback > 0 && old->value != NULL)
	{
		const char *args[] = {w->reached, old->value,
							  w->kind == GW_CURSOR_TIME ? "time" : "naive"};
		char *row[1];

		(void) gw_state_query(sql_watermark_later, 3, args, 1, row);
		return row[0] != NULL && row[0][0] == 't';
	}
	return old->value == NULL || strcmp(old->value, w->reached) != 0 ||
		   (w->reached_id != NULL &&
			(old->id == NULL || strcmp(old->id, w->reached_id) != 0));
}

/*
 * Store what the run has learnt, and move the watermark to the greatest row
 * it has applied.  Runs in the transaction that applied the rows.
 */
void
gw_watermark_store(GwSync *sync)
{
	const GwWindow *w = &sync->window;
	char *caller = gw_state_caller();
	char *batch = sync->read > 0 ? watermark_batch(sync, caller) : NULL;
	const char *touch[] = {sync->stream_id,
						   sync->watermark.version,
						   sync->watermark.generation,
						   w->samples != NULL ? w->samples : sync->watermark.horizon,
						   gw_schema_fingerprint(sync->schema),
						   watermark_columns(sync),
						   w->clock,
						   sync->run_id};
	char *row[1];

	if (!gw_state_query(sql_watermark_touch, 8, touch, 1, row))
		watermark_fenced(sync);
	if (watermark_moves(sync))
	{
		const char *advance[] = {sync->stream_id,
								 sync->watermark.version,
								 w->reached,
								 w->column->native_type,
								 w->column->collation,
								 w->reached_id,
								 w->id_column != NULL ? w->id_column->native_type : NULL,
								 sync->run_id,
								 batch,
								 gw_state_int(sync->read),
								 caller};

		if (!gw_state_query(sql_watermark_advance, 11, advance, 1, row))
			watermark_fenced(sync);
	}
}

static void
watermark_unknown(const char *server_or_name, const char *source, const char *target)
{
	if (source == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("stream \"%s\" does not exist", server_or_name),
						errhint("gw.stream lists your streams; gw.sync_table() makes one.")));
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("no stream moves %s of server \"%s\" into %s", source,
						   server_or_name, target),
					errhint("gw.stream lists your streams; gw.sync_table() makes one.")));
}

/* The stream's id, or NULL when there is none that the caller may see. */
static char *
watermark_lookup(const char *server_or_name, const char *source, const char *target)
{
	char *row[4];
	bool found;

	if (source == NULL)
		found = gw_state_query(sql_stream_lookup_name, 1, &server_or_name, 4, row);
	else
	{
		char *source_schema, *source_table, *target_schema, *target_table;
		const char *args[6];

		gw_sync_split_name(source, "source", &source_schema, &source_table);
		gw_sync_split_name(target, "target", &target_schema, &target_table);
		args[0] = server_or_name;
		args[1] = source_schema;
		args[2] = source_table;
		args[3] = target_schema;
		args[4] = target_table;
		args[5] = gw_state_home();
		found = gw_state_query(sql_stream_lookup, 6, args, 4, row);
	}
	if (!found || !gw_state_may_act_for(row[1]))
		return NULL;
	if (strcmp(row[3], "1") != 0)
		ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_ALIAS),
						errmsg("%s of server \"%s\" into %s fits %s streams", source,
							   server_or_name, target, row[3]),
						errhint("Write both tables with their schemas, or give the stream's "
								"name.")));
	return row[0];
}

char *
gw_watermark_find(const char *server_or_name, const char *source, const char *target)
{
	char *id = watermark_lookup(server_or_name, source, target);

	if (id == NULL)
		watermark_unknown(server_or_name, source, target);
	return id;
}

char *
gw_watermark_get(const char *server_or_name, const char *source, const char *target)
{
	const char *id = watermark_lookup(server_or_name, source, target);
	char *row[1];

	if (id == NULL || !gw_state_query(sql_watermark_show, 1, &id, 1, row))
		return NULL;
	return row[0];
}

/* Where the cursor's type is known here too, the text must be a value of it. */
static void
watermark_check_value(const char *value, const char *type)
{
	Oid typid, input, ioparam;
	int32 typmod;

	if (value == NULL || type == NULL)
		return;
	gw_schema_local_type_id(type, &typid, &typmod, true);
	if (!OidIsValid(typid))
		return;
	getTypeInputInfo(typid, &input, &ioparam);
	(void) OidInputFunctionCall(input, pstrdup(value), ioparam, typmod);
}

static void
watermark_check_reason(const char *reason)
{
	if (reason == NULL || reason[0] == '\0')
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a reason is needed to change a watermark by hand"),
						errdetail("It is kept in gw.watermark_history.")));
}

void
gw_watermark_set(const char *stream_id, const char *value, const char *id,
				 const char *expected, const char *reason)
{
	const char *args[] = {stream_id, value, id, gw_state_caller(), reason};
	char *row[3];

	watermark_check_reason(reason);
	if (value == NULL)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("a watermark cannot be set to NULL"),
						errhint("gw.reset_watermark() makes the next run read everything.")));
	if (!gw_state_query(sql_watermark_lock, 1, args, 3, row))
		elog(ERROR, "stream %s has no watermark", stream_id);
	if (expected != NULL && (row[0] == NULL || strcmp(row[0], expected) != 0))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("the watermark is not \"%s\"", expected),
						row[0] != NULL ? errdetail("It is \"%s\".", row[0])
									   : errdetail("It is not set."),
						errhint("Read it again with gw.get_watermark().")));
	watermark_check_value(value, row[1]);
	if (!gw_state_query(sql_watermark_set, 5, args, 1, row))
		elog(ERROR, "stream %s has no watermark", stream_id);
}

void
gw_watermark_reset(const char *stream_id, const char *reason)
{
	const char *args[] = {stream_id, gw_state_caller(), reason};
	char *row[3];

	watermark_check_reason(reason);
	if (!gw_state_query(sql_watermark_lock, 1, args, 3, row) ||
		!gw_state_query(sql_watermark_reset, 3, args, 1, row))
		elog(ERROR, "stream %s has no watermark", stream_id);
}
