/*
 * gw_fdw_analyze.c
 *	  ANALYZE of a foreign table: a uniform sample, by the remote or out of one
 *	  full read.
 *
 * Where the remote knows how large a table is and can sample it, it sends a few
 * more rows than are needed, and how many there are follows from their share.
 * Otherwise every row has the same chance, at the price of reading the
 * whole table once.  Memory holds the sample and one batch.  The remote is read
 * with the rights of the table's owner.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "commands/vacuum.h"
#include "foreign/foreign.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/sampling.h"

#include "fdw/gw_fdw.h"
#include "schema/gw_value.h"

/* The remote is asked for that many times the rows that are wanted ... */
#define ANALYZE_SURPLUS 1.5
/* ... unless that is most of the table. */
#define ANALYZE_MAX_PERCENT 30.0

/* One reading for a sample. */
typedef struct AnalyzeRead
{
	Relation rel;
	GwStream *stream;
	List *attnos; /* live columns, in the order of the statement */
	GwDecoder **decoders;
	Datum *values;
	bool *nulls;
	MemoryContext row_cxt; /* values of the row at hand */

	HeapTuple *rows; /* the sample, in the caller's context */
	int wanted;
	int nrows;
	double seen;
	double skip; /* rows to pass over before the next replacement; -1: to be drawn */
	ReservoirStateData reservoir;
} AnalyzeRead;

/* SELECT of all live columns; *attnos lists them.  percent 0: of all rows. */
static char *
analyze_statement(Relation rel, const GwDialect *dialect, const GwRemoteName *name,
				  const char *method, double percent, List **attnos)
{
	TupleDesc desc = RelationGetDescr(rel);
	GwSqlBuf buf;
	bool first = true;
	int i;

	*attnos = NIL;
	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "SELECT ");
	for (i = 1; i <= desc->natts; i++)
	{
		if (TupleDescAttr(desc, i - 1)->attisdropped)
			continue;
		gw_sql_separator(&buf, &first, ", ");
		gw_dialect_identifier(dialect, &buf, gw_remote_column(RelationGetRelid(rel), i));
		*attnos = lappend_int(*attnos, i);
	}
	if (first)
		gw_sql(&buf, "NULL");
	gw_sql(&buf, " FROM ");
	if (name->query != NULL)
	{
		gw_sql(&buf, "(");
		gw_sql_rendered(&buf, name->query);
		gw_sql(&buf, "\n) AS q");
	}
	else
		gw_dialect_relation(dialect, &buf, name->schema, name->table);
	if (percent > 0)
		gw_dialect_table_sample(dialect, &buf, method, percent);
	return buf.text.data;
}

static void
analyze_make_decoders(AnalyzeRead *read)
{
	TupleDesc desc = RelationGetDescr(read->rel);
	int ncolumns;
	const GwColumnInfo *columns = gw_stream_columns(read->stream, &ncolumns);
	ListCell *lc;
	int i = 0;

	if (ncolumns != Max(list_length(read->attnos), 1))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("foreign table \"%s\" expected %d columns from the remote, but got %d",
						RelationGetRelationName(read->rel), list_length(read->attnos),
						ncolumns),
				 errhint("The remote table has changed: import it again.")));
	read->decoders = palloc(sizeof(GwDecoder *) * ncolumns);
	foreach(lc, read->attnos)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, lfirst_int(lc) - 1);

		read->decoders[i] = gw_decoder_create(&columns[i], attr->atttypid, attr->atttypmod,
											  NameStr(attr->attname));
		i++;
	}
}

static HeapTuple
analyze_make_row(AnalyzeRead *read, const GwCell *cells)
{
	TupleDesc desc = RelationGetDescr(read->rel);
	MemoryContext old;
	ListCell *lc;
	int i = 0;

	MemoryContextReset(read->row_cxt);
	old = MemoryContextSwitchTo(read->row_cxt);
	memset(read->nulls, true, sizeof(bool) * desc->natts);
	foreach(lc, read->attnos)
	{
		int index = lfirst_int(lc) - 1;

		read->values[index] = gw_decode(read->decoders[i], &cells[i], &read->nulls[index]);
		i++;
	}
	MemoryContextSwitchTo(old);
	return heap_form_tuple(desc, read->values, read->nulls);
}

/* Fill the sample first, then replace at random (Vitter's algorithm Z). */
static void
analyze_offer_row(AnalyzeRead *read, const GwCell *cells)
{
	read->seen++;
	if (read->nrows < read->wanted)
	{
		read->rows[read->nrows++] = analyze_make_row(read, cells);
		return;
	}
	if (read->skip < 0)
		read->skip = reservoir_get_next_S(&read->reservoir, read->seen - 1, read->wanted);
	if (read->skip <= 0)
	{
		int victim = (int) (read->wanted * sampler_random_fract(&read->reservoir.randstate));

		heap_freetuple(read->rows[victim]);
		read->rows[victim] = analyze_make_row(read, cells);
	}
	read->skip--;
}

static void
analyze_read_all(AnalyzeRead *read)
{
	const GwBatch *batch;
	int row;

	while ((batch = gw_stream_next(read->stream)) != NULL)
	{
		if (read->decoders == NULL)
			analyze_make_decoders(read);
		for (row = 0; row < batch->nrows; row++)
		{
			gw_analyze_delay_point();
			analyze_offer_row(read, &batch->cells[(Size) row * batch->ncolumns]);
		}
	}
}

/* What the remote's catalog says of the table; NULL for a query. */
static const GwSchema *
analyze_facts(GwSession *session, const GwRemoteName *name)
{
	return name->query != NULL
		? NULL
		: gw_session_describe(session, name->schema, name->table, true, false);
}

/* The share of the table that the remote shall send, in percent; 0: all of it. */
static double
analyze_share(const GwDialect *dialect, const char *method, const GwSchema *facts, int wanted)
{
	double percent;

	if (strcmp(method, "off") == 0 || !gw_dialect_has_table_sample(dialect) || facts == NULL ||
		facts->rows <= 0 || facts->kind == NULL ||
		(strcmp(facts->kind, "table") != 0 && strcmp(facts->kind, "materialized_view") != 0))
		return 0;
	percent = 100.0 * ANALYZE_SURPLUS * wanted / facts->rows;
	return percent <= ANALYZE_MAX_PERCENT ? percent : 0;
}

/* One pass: the sample, and how many rows have been seen. */
static void
analyze_read(AnalyzeRead *read, GwSession *session, Oid owner, const char *sql)
{
	GwStatement stmt = {.sql = sql, .read_only = true, .run_as = owner, .binary = true};
	GwStreamSpec spec = {.run_as = owner,
						 .flags = GW_STREAM_WHOLE | GW_STREAM_UNORDERED | GW_STREAM_DECODED};
	TupleDesc desc = RelationGetDescr(read->rel);
	Oid *types = palloc(sizeof(Oid) * Max(desc->natts, 1));
	ListCell *lc;

	foreach(lc, read->attnos)
		types[spec.ntypes++] = TupleDescAttr(desc, lfirst_int(lc) - 1)->atttypid;
	spec.types = types;
	read->decoders = NULL;
	read->skip = -1;
	read->seen = 0;
	while (read->nrows > 0)
		heap_freetuple(read->rows[--read->nrows]);
	reservoir_init_selection_state(&read->reservoir, read->wanted);
	read->stream = gw_stream_open(session, &stmt, &spec);
	analyze_read_all(read);
	gw_stream_close(read->stream);
}

/* AcquireSampleRowsFunc */
static int
analyze_sample(Relation rel, int elevel, HeapTuple *rows, int targrows, double *totalrows,
			   double *totaldeadrows)
{
	Oid relid = RelationGetRelid(rel);
	Oid owner = rel->rd_rel->relowner;
	Oid serverid = GetForeignTable(relid)->serverid;
	GwSession *session = gw_session_open(serverid, owner, GW_SESSION_READ);
	int natts = RelationGetDescr(rel)->natts;
	GwOptionSet *options = gw_server_options(serverid, owner, relid);
	GwRemoteName name = gw_remote_name(relid, owner, options);
	const GwDialect *dialect = gw_session_dialect(session);
	const char *method = gw_option_str(options, "analyze_sampling");
	const GwSchema *facts = analyze_facts(session, &name);
	AnalyzeRead read = {.rel = rel, .rows = rows, .wanted = targrows};
	double percent = analyze_share(dialect, method, facts, targrows);

	read.values = palloc(sizeof(Datum) * Max(natts, 1));
	read.nulls = palloc(sizeof(bool) * Max(natts, 1));
	read.row_cxt = AllocSetContextCreate(CurrentMemoryContext, "gw analyze row",
										 ALLOCSET_DEFAULT_SIZES);
	analyze_read(&read, session, owner,
				 analyze_statement(rel, dialect, &name, method, percent, &read.attnos));
	*totalrows = percent > 0 ? rint(read.seen * 100 / percent) : read.seen;
	/* What the remote knew of the table's size was wrong: look for ourselves. */
	if (percent > 0 && read.nrows < targrows)
	{
		analyze_read(&read, session, owner,
					 analyze_statement(rel, dialect, &name, method, 0, &read.attnos));
		*totalrows = read.seen;
	}
	MemoryContextDelete(read.row_cxt);
	*totaldeadrows = 0;
	ereport(elevel,
			(errmsg("\"%s\": foreign table has %.0f rows; %d rows in sample",
					RelationGetRelationName(rel), *totalrows, read.nrows)));
	return read.nrows;
}

bool
gw_analyze_table(Relation rel, AcquireSampleRowsFunc *func, BlockNumber *totalpages)
{
	Oid relid = RelationGetRelid(rel);
	Oid owner = rel->rd_rel->relowner;
	Oid serverid = GetForeignTable(relid)->serverid;
	GwRemoteName name = gw_remote_name(relid, owner, gw_server_options(serverid, owner, relid));
	const GwSchema *facts =
		analyze_facts(gw_session_open(serverid, owner, GW_SESSION_PROBE), &name);

	*func = analyze_sample;
	*totalpages = 1;
	if (facts != NULL && facts->bytes > 0)
		*totalpages = (BlockNumber) Min(facts->bytes / BLCKSZ + 1, MaxBlockNumber);
	return true;
}
