/*
 * gw_horizon.c
 *	  The window (lo, hi] of one run, and the proof that nothing at or below hi
 *	  can still be committed at the source.
 *
 * A transaction writes a cursor value (its now(), or an id it drew) long
 * before the row can be seen.  So each run notes the source's clock and then
 * the transactions open there; once none of those is open any more, every
 * value up to that clock, less a margin, is committed or never will be.  The
 * notes of earlier runs are kept with the watermark, so a run needs no waiting
 * when the source is quiet.  Rows above hi are counted and left for later.
 *
 * The margin covers the moment between the arrival of a transaction's first
 * statement, which is what now() returns, and its becoming visible as open.
 * Clocks are compared with cursor values only when they are the source's own.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/gw_wait.h"
#include "pipeline/gw_movement.h"
#include "pipeline/gw_state.h"
#include "pipeline/state.sql.h"

#define POLL_MS 50
#define SETTLE_UNPROVEN_MS (10 * 60 * 1000)

/* What the source said at one moment. */
typedef struct Sample
{
	char *clock;   /* what the cursor is compared with: UTC or local */
	char *utc, *local;
	char *writers; /* text[] of open transactions; NULL: cannot be known */
	bool here;	   /* the source is this very database */
} Sample;

static const char *
horizon_kind_name(const GwWindow *w)
{
	switch (w->kind)
	{
		case GW_CURSOR_TIME:
			return "time";
		case GW_CURSOR_NAIVE:
			return "naive";
		default:
			return "number";
	}
}

/* How the cursor column advances, or an error for one that has no order. */
static void
horizon_classify(GwSync *sync, const GwColumn *column)
{
	GwWindow *w = &sync->window;
	int fraction = column->type.fraction;

	w->unit = "microseconds";
	switch (column->type.id)
	{
		case GW_TYPE_TIMESTAMPTZ:
			w->kind = GW_CURSOR_TIME;
			break;
		case GW_TYPE_TIMESTAMP:
			w->kind = GW_CURSOR_NAIVE;
			break;
		case GW_TYPE_DATE:
			w->kind = GW_CURSOR_NAIVE;
			w->unit = "day";
			return;
		case GW_TYPE_INT8:
		case GW_TYPE_INT16:
		case GW_TYPE_INT32:
		case GW_TYPE_INT64:
		case GW_TYPE_INT128:
		case GW_TYPE_UINT8:
		case GW_TYPE_UINT16:
		case GW_TYPE_UINT32:
		case GW_TYPE_UINT64:
		case GW_TYPE_NUMERIC:
			w->kind = GW_CURSOR_NUMBER;
			return;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of %s cannot be a cursor: its type is %s",
							column->name, sync->source, column->native_type),
					 errdetail("A cursor must have one order everywhere; text, uuid and the "
							   "like have none."),
					 errhint("Use a timestamp, date, integer or numeric column.")));
	}
	if (fraction != GW_ABSENT && fraction < 6)
		w->unit = fraction >= 3 ? "milliseconds" : "second";
}

/* Ask the source; our own transaction is no writer we would wait for. */
static Sample
horizon_sample(GwSync *sync)
{
	Sample s = {0};
	char *row[4], *others[2];

	if ((sync->platform->caps & GW_CAP_HORIZON) != 0)
	{
		if (!gw_extract_clock(sync, GW_CATALOG_HORIZON, 4, row))
			elog(ERROR, "the source reported no horizon");
		if (row[2] != NULL)
		{
			const char *args[] = {row[2], row[3]};

			(void) gw_state_query(sql_horizon_others, 2, args, 2, others);
			s.writers = others[0];
			s.here = others[1] != NULL && others[1][0] == 't';
		}
	}
	else if (!gw_extract_clock(sync, GW_CATALOG_CLOCK, 2, row))
		elog(ERROR, "the source reported no clock");
	s.utc = row[0];
	s.local = row[1];
	s.clock = sync->window.kind == GW_CURSOR_NAIVE ? s.local : s.utc;
	return s;
}

/* Note a sample; max_id is the greatest id seen before it, for id cursors. */
static void
horizon_add(GwSync *sync, const Sample *s, const char *max_id)
{
	const char *args[] = {sync->window.samples, s->utc, s->local, s->writers, max_id};

	(void) gw_state_query(sql_horizon_add, 5, args, 1, &sync->window.samples);
}

/* Look what is proven by now; true when the goal of this run is. */
static bool
horizon_step(GwSync *sync, const Sample *now, const char *start, int64 settle)
{
	GwWindow *w = &sync->window;
	const char *args[] = {w->samples,
						  now->writers,
						  horizon_kind_name(w),
						  gw_state_int(sync->options.horizon_margin),
						  gw_state_int(settle),
						  w->unit,
						  start};
	char *row[3];

	if (!gw_state_query(sql_horizon_step, 7, args, 3, row))
		elog(ERROR, "the horizon cannot be computed");
	w->hi = row[0];
	if (row[2] != NULL)
		w->samples = row[2];
	return row[1] != NULL && row[1][0] == 't';
}

/* The column's value at a clock less some time, as text of its type. */
static char *
horizon_clock(GwWindow *w, const char *clock, int64 less_ms)
{
	const char *args[] = {clock, horizon_kind_name(w), w->unit, gw_state_int(less_ms)};
	char *row[1];

	(void) gw_state_query(sql_horizon_clock, 4, args, 1, row);
	return row[0];
}

/* Are there rows above what is proven that the goal would let in? */
static bool
horizon_rows_held(GwSync *sync, const char *goal)
{
	GwWindow *w = &sync->window;
	GwParam params[2] = {{TEXTOID, goal}, {TEXTOID, w->hi != NULL ? w->hi : w->lo}};
	const GwDialect *d = gw_session_dialect(sync->session);
	GwSqlBuf buf;
	char *row[1];
	int nparams = 1;

	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "SELECT 1");
	gw_extract_from(sync, &buf);
	gw_sql(&buf, " WHERE ");
	gw_extract_compare(sync, &buf, w->column, " <= ", 1);
	if (params[1].value != NULL)
	{
		gw_sql(&buf, " AND ");
		gw_extract_compare(sync, &buf, w->column, " > ", 2);
		nparams = 2;
	}
	gw_dialect_limit(d, &buf, "1", NULL);
	return gw_extract_row(sync, gw_sqlbuf_text(&buf), nparams, params, 1, row);
}

/* The greatest id that can be seen now, as the source writes it. */
static char *
horizon_max_id(GwSync *sync)
{
	GwSqlBuf buf;
	char *row[1];

	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "SELECT MAX(");
	gw_dialect_identifier(gw_session_dialect(sync->session), &buf, sync->window.column->name);
	gw_sql(&buf, ")");
	gw_extract_from(sync, &buf);
	(void) gw_extract_row(sync, gw_sqlbuf_text(&buf), 0, NULL, 1, row);
	return row[0];
}

/*
 * How young a value must not be.  Inside the caller's own transaction on the
 * database it runs in, that transaction is an open writer too: what it writes
 * after this sync carries the time it began.
 */
static int64
horizon_settle(GwSync *sync, const Sample *first)
{
	int64 settle = Max(sync->options.settle, 0);

	if (sync->request->atomic && first->here)
	{
		int64 age = (GetCurrentTimestamp() - GetCurrentTransactionStartTimestamp()) / 1000 + 1;

		settle = Max(settle, age);
	}
	return settle;
}

/* Poll the source until the goal is proven or the wait is over. */
static void
horizon_wait(GwSync *sync, const Sample *first, const char *max_id, int64 settle)
{
	GwDeadline deadline = gw_deadline_in_ms(sync->options.horizon_wait);
	int64 added = gw_monotonic_us();
	bool reached = false;

	while (!reached && !gw_deadline_passed(deadline))
	{
		Sample s;

		(void) gw_wait(PGINVALID_SOCKET, 0,
					   gw_deadline_sooner(deadline, gw_deadline_in_ms(POLL_MS)),
					   GW_WAIT_NORMAL);
		CHECK_FOR_INTERRUPTS();
		s = horizon_sample(sync);
		if (sync->window.kind != GW_CURSOR_NUMBER &&
			gw_monotonic_us() - added > sync->options.horizon_margin * INT64CONST(1000))
		{
			horizon_add(sync, &s, NULL);
			added = gw_monotonic_us();
		}
		reached = horizon_step(sync, &s, first->clock, settle);
	}
}

/* Fix hi.  The first look is at ids, then the clock, then the transactions. */
static void
horizon_fix(GwSync *sync)
{
	GwWindow *w = &sync->window;
	char *max_id = w->kind == GW_CURSOR_NUMBER ? horizon_max_id(sync) : NULL;
	Sample first = horizon_sample(sync);
	int64 settle = horizon_settle(sync, &first);
	char *goal;

	w->clock = first.utc;
	w->samples = sync->watermark.horizon;
	if (w->kind == GW_CURSOR_NUMBER && max_id == NULL)
		return;
	if (first.writers == NULL)
	{
		/* Nothing can be proven here: trust time alone. */
		if (sync->options.settle < 0)
			settle = Max(settle, SETTLE_UNPROVEN_MS);
		w->hi = w->kind == GW_CURSOR_NUMBER ? max_id : horizon_clock(w, first.clock, settle);
		return;
	}

	horizon_add(sync, &first, max_id);
	if (horizon_step(sync, &first, first.clock, settle))
		return;
	goal = max_id != NULL ? max_id : horizon_clock(w, first.clock, settle);
	if (sync->options.horizon_wait > 0 && (w->hi == NULL || strcmp(w->hi, goal) != 0) &&
		horizon_rows_held(sync, goal))
		horizon_wait(sync, &first, max_id, settle);
}

/* Rows that this run leaves for later: above hi, and not read before. */
static void
horizon_count_waiting(GwSync *sync)
{
	GwWindow *w = &sync->window;
	const char *bounds[] = {w->hi, w->lo};
	GwParam params[lengthof(bounds)];
	int nparams = 0;
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_identifier(gw_session_dialect(sync->session), &buf, w->column->name);
	gw_sql(&buf, " IS NOT NULL");
	for (int i = 0; i < lengthof(bounds); i++)
	{
		if (bounds[i] == NULL)
			continue;
		params[nparams++] = (GwParam){TEXTOID, bounds[i]};
		gw_sql(&buf, " AND ");
		gw_extract_compare(sync, &buf, w->column, " > ", nparams);
	}
	w->waiting = gw_extract_count(sync, gw_sqlbuf_text(&buf), nparams, params);
	if (w->waiting == 0)
		return;
	ereport(NOTICE,
			(errmsg_plural(INT64_FORMAT " newer row waits for the next run",
						   INT64_FORMAT " newer rows wait for the next run",
						   (unsigned long) w->waiting, w->waiting),
			 w->hi != NULL
				 ? errdetail("Stream \"%s\" was read up to %s.", sync->stream_name, w->hi)
				 : errdetail("A transaction that is open at the source may still write older "
							 "values, so nothing of stream \"%s\" was read yet.",
							 sync->stream_name)));
}

/* Rows without a cursor value: refused or counted, as the option says. */
static void
horizon_check_nulls(GwSync *sync)
{
	GwWindow *w = &sync->window;
	const GwColumn *column = w->column;
	GwSqlBuf buf;
	int64 count;

	if (!column->nullable || strcmp(sync->options.null_cursor, "include") == 0)
		return;
	gw_sqlbuf_init(&buf);
	gw_dialect_identifier(gw_session_dialect(sync->session), &buf, column->name);
	gw_sql(&buf, " IS NULL");
	count = gw_extract_count(sync, gw_sqlbuf_text(&buf), 0, NULL);
	if (count == 0)
		return;
	if (strcmp(sync->options.null_cursor, "error") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("cursor column \"%s\" of %s is NULL in " INT64_FORMAT " rows",
						column->name, sync->source, count),
				 errdetail("A row without a cursor value is in no window."),
				 errhint("Fill the column, or set the option null_cursor to \"exclude\" or, "
						 "with mode \"merge\", to \"include\".")));
	w->null_rows = count;
}

/* The stored value must be of the column's present type. */
static void
horizon_check_type(GwSync *sync, const char *role, const GwColumn *column, const char *stored)
{
	if (stored == NULL || strcmp(stored, column->native_type) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("%s column \"%s\" of %s changed its type from %s to %s", role, column->name,
					sync->source, stored, column->native_type),
			 errdetail("The watermark of stream \"%s\" is a value of the old type.",
					   sync->stream_name),
			 errhint("Start the stream again with gw.reset_watermark(), or bring the value "
					 "over with gw.set_watermark() after a reset.")));
}

/*
 * Begin to read below the watermark, which itself stays: rows that came late,
 * against what the proof supposes, are merged.
 */
static void
horizon_look_back(GwSync *sync)
{
	GwWindow *w = &sync->window;
	char *lo;

	if (w->lo == NULL || sync->options.lookback == 0)
		return;
	lo = horizon_clock(w, w->lo, sync->options.lookback);
	if (lo == NULL)
		return; /* infinity */
	w->lo = lo;
	w->lo_id = NULL;
}

void
gw_horizon_open_window(GwSync *sync)
{
	GwWindow *w = &sync->window;

	if (w->column == NULL)
	{
		w->kind = GW_CURSOR_NONE;
		return;
	}
	horizon_classify(sync, w->column);
	if (w->kind == GW_CURSOR_NUMBER && w->id_column != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cursor_id_field does not apply: cursor \"%s\" is an id itself",
						w->column->name),
				 errhint("Give the timestamp column as cursor_field, or leave out "
						 "cursor_id_field.")));
	if (w->kind == GW_CURSOR_NUMBER && sync->options.lookback > 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("lookback does not apply: cursor \"%s\" is an id", w->column->name),
						errhint("It is a time; leave it out, or choose a timestamp as cursor.")));
	horizon_check_type(sync, "cursor", w->column, sync->watermark.type);
	if (w->id_column != NULL)
		horizon_check_type(sync, "cursor id", w->id_column, sync->watermark.id_type);
	w->lo = sync->watermark.value;
	w->lo_id = w->id_column != NULL ? sync->watermark.id : NULL;

	horizon_check_nulls(sync);
	horizon_fix(sync);
	horizon_count_waiting(sync);
	horizon_look_back(sync);
}
