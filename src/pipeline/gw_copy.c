/*
 * gw_copy.c
 *	  The source's rows straight into a local table: PostgreSQL's own COPY FROM
 *	  reads them from a callback.
 *
 * Cells travel as they came: in COPY's binary format when each is what the
 * target column's receive function takes, else as text.  So triggers,
 * constraints, defaults, indexes and partitions hold as for any COPY; what COPY
 * does not do by itself (rights, row security, rules) is looked at here.
 * Whether a table is to be loaded this way is gw_load.c's decision.
 *
 * The callback has no argument, so the feed it serves is a static variable,
 * set while COPY runs; a trigger may start another one within.
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/gw_compat.h"
#include "catalog/pg_type.h"
#include "commands/copy.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "port/pg_bswap.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "pipeline/gw_movement.h"

/* So much is written ahead of what COPY asks for. */
#define FEED_AHEAD (64 * 1024)

typedef struct CopyFeed
{
	GwExtract *extract;
	const GwBatch *batch; /* NULL: all rows were written */
	int row;			  /* that is next */
	bool binary;
	bool ended;			/* the end mark was written, too */
	StringInfoData out; /* written and not yet taken */
} CopyFeed;

/* Listed in docs/architecture.md. */
static CopyFeed *copy_feed = NULL;

/* ---------- does it fit? ---------- */

static bool
copy_is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID;
}

/* The base type of the target column that a move fills. */
static Oid
copy_target_type(Relation rel, const GwMove *move)
{
	AttrNumber attno = get_attnum(RelationGetRelid(rel), move->column->name);

	if (attno <= 0)
		elog(ERROR, "target has no column \"%s\"", move->column->name);
	return getBaseType(TupleDescAttr(RelationGetDescr(rel), attno - 1)->atttypid);
}

/* Would the receive functions of the target read these cells? */
static bool
copy_is_binary(const GwSync *sync, Relation rel, const GwBatch *batch)
{
	/* They convert text from the client's encoding, which is nothing of ours. */
	if (pg_get_client_encoding() != GetDatabaseEncoding())
		return false;
	for (int i = 0; i < sync->nmoves; i++)
	{
		const GwColumnInfo *column = &batch->columns[i];
		Oid type = copy_target_type(rel, &sync->moves[i]);

		if (column->format != GW_CELL_BINARY ||
			(column->type_oid != type && !(copy_is_text(type) && copy_is_text(column->type_oid))))
			return false;
	}
	return true;
}

/*
 * Are the source's types the target's, so that no conversion lies between them?
 * What an assignment would do is for a statement to do.
 */
bool
gw_copy_types_fit(GwSync *sync, Relation rel)
{
	for (int i = 0; i < sync->nmoves; i++)
	{
		Oid from = getBaseType(sync->moves[i].type);
		Oid to = copy_target_type(rel, &sync->moves[i]);

		if (from != to && !(copy_is_text(from) && copy_is_text(to)))
			return false;
	}
	return true;
}

/* Can COPY read the cells, all in one of its formats? */
bool
gw_copy_cells_fit(GwSync *sync, Relation rel, const GwBatch *batch)
{
	bool text = true;

	for (int i = 0; i < sync->nmoves; i++)
		text = text && batch->columns[i].format == GW_CELL_TEXT;
	return text || copy_is_binary(sync, rel, batch);
}

/*
 * Does COPY FROM do what INSERT would do to this table?  It knows neither rules
 * nor row security.
 */
bool
gw_copy_may_enter(Relation rel)
{
	return (rel->rd_rel->relkind == RELKIND_RELATION ||
			rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE) &&
		   rel->rd_rules == NULL &&
		   check_enable_rls(RelationGetRelid(rel), InvalidOid, true) != RLS_ENABLED;
}

/* ---------- the feed ---------- */

static void
feed_text(CopyFeed *feed, const GwCell *cell)
{
	const char *at = cell->data;
	const char *end = at + Max(cell->len, 0);

	if (cell->len < 0)
		appendBinaryStringInfo(&feed->out, "\\N", 2);
	while (at < end)
	{
		const char *plain = at;
		char escape;

		while (at < end && *at != '\\' && *at != '\t' && *at != '\n' && *at != '\r')
			at++;
		appendBinaryStringInfo(&feed->out, plain, at - plain);
		if (at == end)
			break;
		escape = *at == '\t' ? 't' : *at == '\n' ? 'n' : *at == '\r' ? 'r' : '\\';
		appendStringInfoChar(&feed->out, '\\');
		appendStringInfoChar(&feed->out, escape);
		at++;
	}
}

/* The next n bytes of what is written, for the caller to fill. */
static inline char *
feed_room(CopyFeed *feed, int n)
{
	char *at;

	if (unlikely(feed->out.maxlen - feed->out.len <= n))
		enlargeStringInfo(&feed->out, n);
	at = feed->out.data + feed->out.len;
	feed->out.len += n;
	return at;
}

static void
feed_binary_row(CopyFeed *feed)
{
	const GwBatch *batch = feed->batch;
	const GwCell *cell = &batch->cells[(Size) feed->row * batch->ncolumns];
	uint16 ncolumns = pg_hton16((uint16) batch->ncolumns);

	memcpy(feed_room(feed, sizeof(ncolumns)), &ncolumns, sizeof(ncolumns));
	for (int i = 0; i < batch->ncolumns; i++, cell++)
	{
		uint32 len = pg_hton32((uint32) cell->len);
		char *at = feed_room(feed, sizeof(len) + Max(cell->len, 0));

		memcpy(at, &len, sizeof(len));
		if (cell->len > 0)
			memcpy(at + sizeof(len), cell->data, cell->len);
	}
}

static void
feed_text_row(CopyFeed *feed)
{
	const GwBatch *batch = feed->batch;
	const GwCell *cell = &batch->cells[(Size) feed->row * batch->ncolumns];

	for (int i = 0; i < batch->ncolumns; i++)
	{
		if (i > 0)
			*feed_room(feed, 1) = '\t';
		feed_text(feed, &cell[i]);
	}
	*feed_room(feed, 1) = '\n';
}

/* Write ahead: some rows, or the end mark. */
static void
feed_fill(CopyFeed *feed)
{
	resetStringInfo(&feed->out);
	while (feed->batch != NULL && feed->out.len < FEED_AHEAD)
	{
		if (feed->binary)
			feed_binary_row(feed);
		else
			feed_text_row(feed);
		if (++feed->row < feed->batch->nrows)
			continue;
		feed->row = 0;
		feed->batch = gw_extract_next(feed->extract);
	}
	if (feed->batch != NULL)
		return;
	if (feed->binary)
		memcpy(feed_room(feed, 2), "\377\377", 2);
	feed->ended = true;
}

static void
feed_begin(CopyFeed *feed)
{
	static const char head[19] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";

	initStringInfo(&feed->out);
	if (feed->binary)
		appendBinaryStringInfo(&feed->out, head, sizeof(head));
}

/* COPY wants between minread and maxread bytes; fewer means the end. */
static int
feed_read(void *into, int minread, int maxread)
{
	CopyFeed *feed = copy_feed;
	int taken = 0;

	for (;;)
	{
		int n = Min(maxread - taken, feed->out.len - feed->out.cursor);

		memcpy((char *) into + taken, feed->out.data + feed->out.cursor, n);
		feed->out.cursor += n;
		taken += n;
		if (taken == maxread || (feed->ended && feed->out.cursor == feed->out.len))
			return taken;
		feed_fill(feed);
	}
}

/* ---------- COPY ---------- */

static List *
copy_options(bool binary)
{
	if (binary)
		return list_make1(makeDefElem("format", (Node *) makeString("binary"), -1));
	return list_make2(makeDefElem("format", (Node *) makeString("text"), -1),
					  makeDefElem("encoding",
								  (Node *) makeString(pstrdup(GetDatabaseEncodingName())), -1));
}

/*
 * Load the rest of the source, first batch and all, into a table that is open
 * and locked; the number of rows it took.  Raises 42501 without the right to
 * INSERT, 25006 in a read-only transaction, and whatever COPY raises.
 */
int64
gw_copy_rows(GwSync *sync, Relation rel, GwExtract *extract, const GwBatch *first)
{
	CopyFeed feed = {.extract = extract, .batch = first};
	CopyFeed *outer = copy_feed;
	ParseState *pstate = make_parsestate(NULL);
	List *names = NIL;
	Bitmapset *columns = NULL;
	volatile uint64 rows = 0;

	for (int i = 0; i < sync->nmoves; i++)
	{
		char *name = pstrdup(sync->moves[i].column->name);

		names = lappend(names, makeString(name));
		columns = bms_add_member(columns, get_attnum(RelationGetRelid(rel), name) -
											  FirstLowInvalidHeapAttributeNumber);
	}
	gw_check_insert(pstate, addRangeTableEntryForRelation(pstate, rel, RowExclusiveLock, NULL,
														  false, false),
					columns);
	if (!rel->rd_islocaltemp)
		PreventCommandIfReadOnly("CALL gw.sync_table()");

	feed.binary = copy_is_binary(sync, rel, first);
	feed_begin(&feed);
	PG_TRY();
	{
		CopyFromState copy;

		/* The head of the binary format is read by BeginCopyFrom(). */
		copy_feed = &feed;
		copy = BeginCopyFrom(pstate, rel, NULL, NULL, false, feed_read, names,
							 copy_options(feed.binary));
		rows = CopyFrom(copy);
		EndCopyFrom(copy);
	}
	PG_FINALLY();
	{
		copy_feed = outer;
	}
	PG_END_TRY();
	free_parsestate(pstate);
	pfree(feed.out.data);
	CommandCounterIncrement();
	return (int64) rows;
}
