/*
 * gw_fdw_analyze.c
 *	  ANALYZE of a foreign table: a uniform sample out of one full read.
 *
 * Every row has the same chance to be in the sample, at the price of
 * streaming the whole table once; memory holds the sample and one batch.
 * The remote is read with the rights of the table's owner.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/vacuum.h"
#include "foreign/foreign.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/sampling.h"

#include "fdw/gw_fdw.h"
#include "schema/gw_value.h"

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

/* SELECT of all live columns; *attnos lists them. */
static char *
analyze_statement(Relation rel, const GwDialect *dialect, const GwRemoteName *name,
				  List **attnos)
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
			vacuum_delay_point();
			analyze_offer_row(read, &batch->cells[(Size) row * batch->ncolumns]);
		}
	}
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
	GwRemoteName name = gw_remote_name(relid, owner, gw_server_options(serverid, owner, relid));
	AnalyzeRead read = {.rel = rel, .rows = rows, .wanted = targrows, .skip = -1};
	GwStatement stmt = {.read_only = true, .run_as = owner};
	GwStreamSpec spec = {.run_as = owner};

	stmt.sql = analyze_statement(rel, gw_session_dialect(session), &name, &read.attnos);
	read.values = palloc(sizeof(Datum) * Max(natts, 1));
	read.nulls = palloc(sizeof(bool) * Max(natts, 1));
	read.row_cxt = AllocSetContextCreate(CurrentMemoryContext, "gw analyze row",
										 ALLOCSET_DEFAULT_SIZES);
	reservoir_init_selection_state(&read.reservoir, targrows);

	read.stream = gw_stream_open(session, &stmt, &spec);
	analyze_read_all(&read);
	gw_stream_close(read.stream);
	MemoryContextDelete(read.row_cxt);

	*totalrows = read.seen;
	*totaldeadrows = 0;
	ereport(elevel,
			(errmsg("\"%s\": foreign table has %.0f rows; %d rows in sample",
					RelationGetRelationName(rel), read.seen, read.nrows)));
	return read.nrows;
}

bool
gw_analyze_table(Relation rel, AcquireSampleRowsFunc *func, BlockNumber *totalpages)
{
	Oid relid = RelationGetRelid(rel);
	Oid owner = rel->rd_rel->relowner;
	Oid serverid = GetForeignTable(relid)->serverid;
	GwRemoteName name = gw_remote_name(relid, owner, gw_server_options(serverid, owner, relid));
	const GwSchema *facts = NULL;

	*func = analyze_sample;
	*totalpages = 1;
	if (name.query == NULL)
		facts = gw_session_describe(gw_session_open(serverid, owner, GW_SESSION_PROBE),
									name.schema, name.table, true, false);
	if (facts != NULL && facts->bytes > 0)
		*totalpages = (BlockNumber) Min(facts->bytes / BLCKSZ + 1, MaxBlockNumber);
	return true;
}
