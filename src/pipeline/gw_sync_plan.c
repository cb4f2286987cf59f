/*
 * gw_sync_plan.c
 *	  What a sync is about to do: the columns it moves, its cursor and keys,
 *	  and the target they go to.
 *
 * Reads the source's schema and nothing else; ends before the first row.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "base/gw_near.h"
#include "pipeline/gw_migrate.h"
#include "pipeline/gw_movement.h"

/* The name among the source's columns that is most like it. */
static const char *
plan_nearest(const GwSchema *schema, const char *name)
{
	const char *best = NULL;
	GwNear near;

	gw_near_begin(&near, name, 3);
	for (int i = 0; i < schema->ncolumns; i++)
	{
		const char *other = schema->columns[i].name;

		if (gw_near_offer(&near, other, (int) strlen(other)))
			best = other;
	}
	return best;
}

/* A column that the caller named; 42703 when the source has none. */
static const GwColumn *
plan_column(GwSync *sync, const char *name, const char *role)
{
	const GwColumn *column = name == NULL ? NULL : gw_schema_column(sync->schema, name);
	const char *nearest;

	if (name == NULL || column != NULL)
		return column;
	nearest = plan_nearest(sync->schema, name);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("%s \"%s\" is not a column of %s", role, name, sync->source),
			 nearest != NULL
				 ? errhint("Perhaps you meant \"%s\".", nearest)
				 : errhint("gw.get_target_schema() shows the columns of the source.")));
}

/* The local type of one source column. */
static void
plan_move(GwSync *sync, GwMove *move, const GwColumn *column)
{
	const char *lossy = NULL;

	move->column = column;
	move->type_text = gw_schema_local_type(column, &lossy);
	gw_schema_local_type_id(move->type_text, &move->type, &move->typmod, false);
	move->as_text = lossy != NULL && strcmp(move->type_text, "text") == 0;
	for (int k = 0; k < sync->request->nkeys; k++)
		move->is_key = move->is_key || strcmp(sync->request->keys[k], column->name) == 0;
	if (lossy != NULL && (column == sync->window.column || column == sync->window.id_column))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("column \"%s\" of %s cannot be a cursor: %s does not hold every "
							   "value of %s",
							   column->name, sync->source, move->type_text,
							   column->native_type)));
}

static void
plan_moves(GwSync *sync)
{
	const GwSchema *schema = sync->schema;

	if (schema->ncolumns == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_TABLE_DEFINITION),
						errmsg("source %s has no columns", sync->source)));
	sync->window.column = plan_column(sync, sync->request->cursor_field, "cursor_field");
	sync->window.id_column = plan_column(sync, sync->request->cursor_id_field,
										 "cursor_id_field");
	for (int k = 0; k < sync->request->nkeys; k++)
		(void) plan_column(sync, sync->request->keys[k], "merge key");

	sync->nmoves = schema->ncolumns;
	sync->moves = palloc0(sizeof(GwMove) * sync->nmoves);
	for (int i = 0; i < sync->nmoves; i++)
		plan_move(sync, &sync->moves[i], &schema->columns[i]);
}

/*
 * The target of a stream that has a watermark must be the table that earlier
 * runs loaded: with another one the rows below the watermark would be missing.
 */
static void
plan_check_identity(GwSync *sync)
{
	bool same_home = sync->known_home != NULL && strcmp(sync->known_home, sync->home) == 0;
	bool same_table = sync->known_target != NULL &&
					  (Oid) strtoul(sync->known_target, NULL, 10) == sync->target_oid;

	if (sync->watermark.value == NULL || (same_home && same_table))
		return;
	if (OidIsValid(sync->target_oid) && !same_home)
	{
		ereport(NOTICE,
				(errmsg("stream \"%s\" was restored from a dump", sync->stream_name),
				 errdetail("It goes on from watermark %s; target %s is taken to hold the rows "
						   "up to it.",
						   sync->watermark.value, sync->target)));
		return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 OidIsValid(sync->target_oid)
				 ? errmsg("target %s is not the table that stream \"%s\" loaded before",
						  sync->target, sync->stream_name)
				 : errmsg("target %s, which stream \"%s\" loaded before, does not exist",
						  sync->target, sync->stream_name),
			 errdetail("Rows up to watermark %s would be missing.", sync->watermark.value),
			 errhint("To load everything again: gw.reset_watermark().")));
}

static void
plan_target(GwSync *sync)
{
	char *schema, *table;

	gw_sync_find_target(sync->target, &schema, &table, &sync->target_oid);
	plan_check_identity(sync);
	if (OidIsValid(sync->target_oid))
	{
		gw_sync_check_target(sync);
		gw_sync_compare(sync);
	}
	else if (sync->options.create_target)
		gw_sync_create_target(sync);
	else
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("target %s does not exist", sync->target),
				 errhint("Create it, or leave the option create_target at its default.")));
}

/*
 * The connection to read from.  A source of its own is read outside any remote
 * transaction: each statement sees what is committed when it starts, which is
 * after the window was fixed, whatever the caller did on that server before.
 */
static void
plan_open_source(GwSync *sync)
{
	bool shares = (sync->platform->caps & GW_CAP_SHARES_TRANSACTION) != 0;

	if (shares && sync->request->cursor_field != NULL && IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("an incremental sync from server \"%s\" needs a snapshot newer than "
						"this transaction's",
						sync->request->server),
				 errhint("Call it outside the transaction block, or in one with isolation "
						 "level READ COMMITTED.")));
	sync->session = gw_session_open_name(sync->request->server,
										 shares ? GW_SESSION_READ : GW_SESSION_AUTOCOMMIT);
}

void
gw_sync_plan(GwSync *sync)
{
	plan_open_source(sync);
	PushActiveSnapshot(GetTransactionSnapshot());
	sync->schema = gw_session_describe(sync->session, sync->source_schema, sync->source_table,
									   false, false);
	PopActiveSnapshot();
	gw_drift_check(sync->request->server, sync->source, sync->schema,
				   gw_drift_policy(sync->options.on_drift));
	plan_moves(sync);
	plan_target(sync);
}
