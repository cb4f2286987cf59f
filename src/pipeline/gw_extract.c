/*
 * gw_extract.c
 *	  Reading the source: small questions, and the window's rows, batch by
 *	  batch.
 *
 * Every statement is written by the source's dialect; values travel as text
 * parameters that are cast to the column's own type there.  On a source that
 * shares our transaction each statement runs under a fresh snapshot, taken
 * after the window was fixed.  Where the rows go is not decided here.  An
 * extraction lives in the context it was opened in.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "pipeline/gw_movement.h"
#include "schema/gw_value.h"

/* A column of the cursor among the rows that are read. */
typedef struct ExtractKey
{
	int at; /* position among the moves, or -1 */
	Oid type;
	GwDecoder *decoder;
	char **reached; /* greatest value so far, in the job's context */
} ExtractKey;

struct GwExtract
{
	GwSync *sync;
	MemoryContext cxt;
	GwStream *stream;
	ExtractKey keys[2]; /* the cursor and its tie-breaker */
	bool started;
};

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

/* "column operator $n", as a value of the column's own type */
void
gw_extract_compare(const GwSync *sync, GwSqlBuf *buf, const GwColumn *column,
				   const char *operator, int param)
{
	const GwDialect *d = gw_session_dialect(sync->session);

	gw_dialect_identifier(d, buf, column->name);
	gw_sql(buf, operator);
	gw_dialect_text_param(d, buf, param, column);
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
	GwSqlBuf key;

	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "SELECT ");
	for (int i = 0; i < sync->nmoves; i++)
	{
		const GwMove *move = &sync->moves[i];

		gw_sql_separator(&buf, &first, ", ");
		gw_sqlbuf_init(&key);
		gw_dialect_identifier(d, &key, move->column->name);
		if (!move->as_text)
		{
			gw_dialect_fetch(d, &buf, gw_sqlbuf_text(&key), InvalidOid, move->column);
			continue;
		}
		gw_sql(&buf, "CAST(");
		gw_sql_rendered(&buf, gw_sqlbuf_text(&key));
		gw_sql(&buf, " AS ");
		(void) gw_dialect_type_name(d, &buf, TEXTOID, -1);
		gw_sql(&buf, ")");
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
		gw_sqlbuf_init(&key);
		gw_dialect_identifier(d, &key, keys[i]->name);
		gw_dialect_sort_key(d, &buf, gw_sqlbuf_text(&key), false, false);
	}
	return buf.text.data;
}

/* A column of the cursor, if there is one: where it stands among the moves. */
static void
extract_key(GwSync *sync, ExtractKey *key, const GwColumn *column, char **reached)
{
	key->at = -1;
	key->reached = reached;
	for (int i = 0; column != NULL && i < sync->nmoves; i++)
	{
		if (sync->moves[i].column != column)
			continue;
		key->at = i;
		key->type = sync->moves[i].type;
	}
}

/*
 * Begin to read the window; NULL when nothing of it is proven yet.  Rows come
 * in the binary format where every column has one that is trusted.
 */
GwExtract *
gw_extract_open(GwSync *sync)
{
	GwParam params[3];
	GwStatement stmt = {.params = params, .read_only = true, .binary = true};
	GwStreamSpec spec = {.fetch_size = sync->options.fetch_size};
	GwExtract *extract;
	Oid *types;

	if (sync->window.kind != GW_CURSOR_NONE && sync->window.hi == NULL)
		return NULL;
	extract = palloc0(sizeof(GwExtract));
	extract->sync = sync;
	extract->cxt = CurrentMemoryContext;
	extract_key(sync, &extract->keys[0], sync->window.column, &sync->window.reached);
	extract_key(sync, &extract->keys[1], sync->window.id_column, &sync->window.reached_id);

	types = palloc(sizeof(Oid) * sync->nmoves);
	for (int i = 0; i < sync->nmoves; i++)
	{
		types[i] = sync->moves[i].type;
		stmt.binary = stmt.binary && gw_value_binary_wanted(types[i]);
	}
	spec.types = types;
	spec.ntypes = sync->nmoves;
	stmt.sql = extract_select(sync, params, &stmt.nparams);
	extract->stream = gw_stream_open(sync->session, &stmt, &spec);
	return extract;
}

/* With the first batch the columns are known. */
static void
extract_start(GwExtract *extract, const GwBatch *batch)
{
	GwSync *sync = extract->sync;

	if (batch->ncolumns != sync->nmoves)
		elog(ERROR, "the source returned %d columns instead of %d", batch->ncolumns,
			 sync->nmoves);
	for (int k = 0; k < lengthof(extract->keys); k++)
	{
		ExtractKey *key = &extract->keys[k];
		const GwMove *move = &sync->moves[Max(key->at, 0)];

		if (key->at >= 0)
			key->decoder = gw_decoder_create(&batch->columns[key->at], move->type, move->typmod,
											 move->column->name);
	}
	extract->started = true;
}

/* Remember a cell as the text of its type; NULL stays NULL. */
static void
extract_reach(GwSync *sync, ExtractKey *key, const GwCell *cells)
{
	MemoryContext scratch =
		AllocSetContextCreate(CurrentMemoryContext, "gw cursor value", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);
	bool isnull;
	Datum value = gw_decode(key->decoder, &cells[key->at], &isnull);

	if (*key->reached != NULL)
		pfree(*key->reached);
	*key->reached = NULL;
	if (!isnull)
	{
		int nestlevel = gw_value_begin_text();

		*key->reached = MemoryContextStrdup(sync->cxt, gw_value_text(value, key->type));
		gw_value_end_text(nestlevel);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}

/*
 * Rows come in cursor order, NULLs last: the last row of a batch that has a
 * cursor holds the greatest value so far.
 */
static void
extract_remember(GwExtract *extract, const GwBatch *batch)
{
	if (extract->keys[0].at < 0)
		return;
	for (int r = batch->nrows - 1; r >= 0; r--)
	{
		const GwCell *cells = &batch->cells[(Size) r * batch->ncolumns];

		if (cells[extract->keys[0].at].len < 0)
			continue;
		for (int k = 0; k < lengthof(extract->keys); k++)
		{
			if (extract->keys[k].at >= 0)
				extract_reach(extract->sync, &extract->keys[k], cells);
		}
		return;
	}
}

/* The next batch, which has rows, until the next call; NULL at the proved end. */
const GwBatch *
gw_extract_next(GwExtract *extract)
{
	MemoryContext old = MemoryContextSwitchTo(extract->cxt);
	const GwBatch *batch;

	CHECK_FOR_INTERRUPTS();
	do
		batch = gw_stream_next(extract->stream);
	while (batch != NULL && batch->nrows == 0);
	if (batch != NULL)
	{
		if (!extract->started)
			extract_start(extract, batch);
		extract_remember(extract, batch);
		extract->sync->read += batch->nrows;
	}
	MemoryContextSwitchTo(old);
	return batch;
}

void
gw_extract_close(GwExtract *extract)
{
	gw_stream_close(extract->stream);
	pfree(extract);
}
