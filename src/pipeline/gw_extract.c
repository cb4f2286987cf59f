/*
 * gw_extract.c
 *	  Reading the source: small questions, and the window's rows into the
 *	  staging table.
 *
 * Every statement is written by the source's dialect; values travel as text
 * parameters that are cast to the column's own type there.  On a source that
 * shares our transaction each statement runs under a fresh snapshot, taken
 * after the window was fixed.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "pipeline/gw_movement.h"
#include "schema/gw_value.h"

/* The first row of a stream as texts; reads to the proved end. */
static bool
extract_first_row(GwStream *stream, int ncolumns, char **row)
{
	const GwBatch *batch;
	bool found = false;

	memset(row, 0, ncolumns * sizeof(char *));
	while ((batch = gw_stream_next(stream)) != NULL)
	{
		if (found || batch->nrows == 0)
			continue;
		found = true;
		if (batch->ncolumns < ncolumns)
			elog(ERROR, "the source returned %d columns instead of %d", batch->ncolumns,
				 ncolumns);
		for (int i = 0; i < ncolumns; i++)
		{
			GwDecoder *decoder =
				gw_decoder_create(&batch->columns[i], TEXTOID, -1, batch->columns[i].name);
			bool isnull;
			Datum value = gw_decode(decoder, &batch->cells[i], &isnull);

			row[i] = isnull ? NULL : TextDatumGetCString(value);
		}
	}
	gw_stream_close(stream);
	return found;
}

/*
 * Run a query and fetch its first row as texts in CurrentMemoryContext; false
 * when there is none.
 */
bool
gw_extract_row(GwSync *sync, const char *sql, int nparams, const GwParam *params, int ncolumns,
			   char **row)
{
	GwStatement stmt = {.sql = sql,
						.nparams = nparams,
						.params = params,
						.read_only = true,
						.may_repeat = true};
	GwStreamSpec spec = {0};
	bool found;

	PushActiveSnapshot(GetTransactionSnapshot());
	found = extract_first_row(gw_stream_open(sync->session, &stmt, &spec), ncolumns, row);
	PopActiveSnapshot();
	return found;
}

/* The same for the platform's catalog queries about its clock. */
bool
gw_extract_clock(GwSync *sync, GwCatalogId id, int ncolumns, char **row)
{
	bool found;

	PushActiveSnapshot(GetTransactionSnapshot());
	found = extract_first_row(gw_session_catalog(sync->session, id, 1, &sync->options.time_zone),
							  ncolumns, row);
	PopActiveSnapshot();
	return found;
}

/* " FROM schema.table" */
void
gw_extract_from(const GwSync *sync, GwSqlBuf *buf)
{
	gw_sql(buf, " FROM ");
	gw_dialect_relation(gw_session_dialect(sync->session), buf, sync->source_schema,
						sync->source_table);
}

/* "column operator CAST($n AS the column's own type)" */
void
gw_extract_compare(const GwSync *sync, GwSqlBuf *buf, const GwColumn *column,
				   const char *operator, int param)
{
	const GwDialect *d = gw_session_dialect(sync->session);

	gw_dialect_identifier(d, buf, column->name);
	gw_sql(buf, operator);
	gw_sql(buf, "CAST(");
	gw_dialect_param(d, buf, param, TEXTOID, -1);
	gw_sql(buf, " AS ");
	gw_sql_rendered(buf, column->native_type);
	gw_sql(buf, ")");
}

int64
gw_extract_count(GwSync *sync, const char *condition, int nparams, const GwParam *params)
{
	GwSqlBuf buf;
	char *row[1];

	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "SELECT COUNT(*)");
	gw_extract_from(sync, &buf);
	gw_sql(&buf, " WHERE ");
	gw_sql_rendered(&buf, condition);
	if (!gw_extract_row(sync, gw_sqlbuf_text(&buf), nparams, params, 1, row) || row[0] == NULL)
		elog(ERROR, "the source did not count its rows");
	return strtoll(row[0], NULL, 10);
}

/*
 * The window's condition.  With a second key rows of one instant are told
 * apart by it, so a window may end inside a tie.
 */
static int
extract_window(const GwSync *sync, GwSqlBuf *buf, GwParam *params)
{
	const GwWindow *w = &sync->window;
	const GwDialect *d = gw_session_dialect(sync->session);
	bool nulls = strcmp(sync->options.null_cursor, "include") == 0;
	int n = 0;

	gw_sql(buf, nulls ? " WHERE ((" : " WHERE (");
	params[n++] = (GwParam){TEXTOID, w->hi};
	gw_extract_compare(sync, buf, w->column, " <= ", n);
	if (w->lo != NULL && w->lo_id != NULL)
	{
		params[n++] = (GwParam){TEXTOID, w->lo};
		params[n++] = (GwParam){TEXTOID, w->lo_id};
		gw_sql(buf, " AND (");
		gw_extract_compare(sync, buf, w->column, " > ", 2);
		gw_sql(buf, " OR (");
		gw_extract_compare(sync, buf, w->column, " = ", 2);
		gw_sql(buf, " AND ");
		gw_extract_compare(sync, buf, w->id_column, " > ", 3);
		gw_sql(buf, "))");
	}
	else if (w->lo != NULL)
	{
		params[n++] = (GwParam){TEXTOID, w->lo};
		gw_sql(buf, " AND ");
		gw_extract_compare(sync, buf, w->column, " > ", 2);
	}
	gw_sql(buf, ")");
	if (nulls)
	{
		gw_sql(buf, " OR ");
		gw_dialect_identifier(d, buf, w->column->name);
		gw_sql(buf, " IS NULL)");
	}
	return n;
}

/* The statement that reads the window, in cursor order. */
static char *
extract_select(const GwSync *sync, GwParam *params, int *nparams)
{
	const GwWindow *w = &sync->window;
	const GwDialect *d = gw_session_dialect(sync->session);
	const GwColumn *keys[] = {w->column, w->id_column};
	bool first = true;
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "SELECT ");
	for (int i = 0; i < sync->nmoves; i++)
	{
		const GwMove *move = &sync->moves[i];

		gw_sql_separator(&buf, &first, ", ");
		if (move->as_text)
			gw_sql(&buf, "CAST(");
		gw_dialect_identifier(d, &buf, move->column->name);
		if (move->as_text)
		{
			gw_sql(&buf, " AS ");
			(void) gw_dialect_type_name(d, &buf, TEXTOID, -1);
			gw_sql(&buf, ")");
		}
	}
	gw_extract_from(sync, &buf);
	*nparams = 0;
	if (w->kind == GW_CURSOR_NONE)
		return buf.text.data;

	*nparams = extract_window(sync, &buf, params);
	first = true;
	gw_sql(&buf, " ORDER BY ");
	for (int i = 0; i < lengthof(keys); i++)
	{
		if (keys[i] == NULL)
			continue;
		gw_sql_separator(&buf, &first, ", ");
		gw_dialect_identifier(d, &buf, keys[i]->name);
		gw_sql(&buf, " ");
		gw_dialect_order_suffix(d, &buf, false, false);
	}
	return buf.text.data;
}

/* Where a column stands among the moves, or -1. */
static int
extract_position(const GwSync *sync, const GwColumn *column)
{
	for (int i = 0; column != NULL && i < sync->nmoves; i++)
	{
		if (sync->moves[i].column == column)
			return i;
	}
	return -1;
}

/* A cell as the text of its type, in the job's context; NULL stays NULL. */
static char *
extract_cell_text(GwSync *sync, GwDecoder *decoder, const GwCell *cell, Oid type)
{
	MemoryContext scratch =
		AllocSetContextCreate(CurrentMemoryContext, "gw cursor value", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);
	bool isnull;
	Datum value = gw_decode(decoder, cell, &isnull);
	char *text = NULL;

	if (!isnull)
	{
		int nestlevel = gw_value_begin_text();

		text = MemoryContextStrdup(sync->cxt, gw_value_text(value, type));
		gw_value_end_text(nestlevel);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	return text;
}

/*
 * Rows come in cursor order, NULLs last: the last row of a batch that has a
 * cursor holds the greatest value so far.
 */
static void
extract_remember(GwSync *sync, const GwBatch *batch, GwDecoder **decoders)
{
	GwWindow *w = &sync->window;
	int at = extract_position(sync, w->column);
	int id_at = extract_position(sync, w->id_column);

	if (at < 0)
		return;
	for (int r = batch->nrows - 1; r >= 0; r--)
	{
		const GwCell *cells = &batch->cells[r * batch->ncolumns];

		if (cells[at].len < 0)
			continue;
		if (w->reached != NULL)
			pfree(w->reached);
		if (w->reached_id != NULL)
			pfree(w->reached_id);
		w->reached = extract_cell_text(sync, decoders[at], &cells[at], sync->moves[at].type);
		w->reached_id = id_at < 0 ? NULL
								  : extract_cell_text(sync, decoders[id_at], &cells[id_at],
													  sync->moves[id_at].type);
		return;
	}
}

/* Decode one batch into the staging table. */
static void
extract_batch(GwSync *sync, const GwBatch *batch, GwDecoder **decoders, GwStage *stage)
{
	for (int r = 0; r < batch->nrows; r++)
	{
		TupleTableSlot *slot = gw_stage_slot(stage);
		const GwCell *cells = &batch->cells[r * batch->ncolumns];
		MemoryContext old = MemoryContextSwitchTo(gw_stage_context(stage));

		for (int i = 0; i < sync->nmoves; i++)
			slot->tts_values[i] = gw_decode(decoders[i], &cells[i], &slot->tts_isnull[i]);
		slot->tts_values[sync->nmoves] = Int64GetDatum(sync->read + r + 1);
		slot->tts_isnull[sync->nmoves] = false;
		MemoryContextSwitchTo(old);
		gw_stage_add(stage);
	}
	sync->read += batch->nrows;
}

/*
 * Read the window into a staging table, which is made when the first row
 * arrives: a run that finds nothing leaves no trace in the catalogs.
 */
void
gw_extract_to_stage(GwSync *sync)
{
	GwParam params[3];
	GwStatement stmt = {.params = params, .read_only = true};
	GwStreamSpec spec = {.fetch_size = sync->options.fetch_size};
	GwDecoder **decoders = NULL;
	GwStage *stage = NULL;
	GwStream *stream;
	const GwBatch *batch;

	if (sync->window.kind != GW_CURSOR_NONE && sync->window.hi == NULL)
		return;
	stmt.sql = extract_select(sync, params, &stmt.nparams);
	PushActiveSnapshot(GetTransactionSnapshot());
	stream = gw_stream_open(sync->session, &stmt, &spec);
	while ((batch = gw_stream_next(stream)) != NULL)
	{
		if (batch->nrows == 0)
			continue;
		if (stage == NULL)
		{
			if (batch->ncolumns != sync->nmoves)
				elog(ERROR, "the source returned %d columns instead of %d", batch->ncolumns,
					 sync->nmoves);
			stage = gw_stage_create(sync);
			decoders = palloc(sizeof(GwDecoder *) * sync->nmoves);
			for (int i = 0; i < sync->nmoves; i++)
				decoders[i] =
					gw_decoder_create(&batch->columns[i], sync->moves[i].type,
									  sync->moves[i].typmod, sync->moves[i].column->name);
		}
		extract_batch(sync, batch, decoders, stage);
		extract_remember(sync, batch, decoders);
		CHECK_FOR_INTERRUPTS();
	}
	gw_stream_close(stream);
	if (stage != NULL)
		gw_stage_finish(stage);
	PopActiveSnapshot();
}
