/*
 * gw_fdw_scan.c
 *	  Running a foreign scan: parameters out, batches in, one row at a time
 *	  into the scan's slot.
 *
 * The stream is opened when the first row is asked for, so a plan that never
 * gets that far costs no remote statement.  It knows nothing of cursors or
 * connections; it sees batches.
 *
 * State lives in the executor's query context.  By-reference values of a
 * batch live until the next batch, parameters until they are next computed.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/gw_compat.h"
#include "fdw/gw_modify.h"
#include "schema/gw_value.h"

/* The first block of a batch's values. */
#define SCAN_BATCH_BLOCK (64 * 1024)

/* An aggregate's row, say: not worth what a COPY has to ask before. */
#define SCAN_FEW_ROWS 100

typedef struct GwScan
{
	const GwScanPlan *plan;
	const char *label; /* what is read, for messages */
	TupleDesc desc;	   /* of the rows: the table's, or fdw_scan_tlist's */
	Oid userid;
	int stream_flags;

	/* parameters */
	List *param_exprs; /* ExprState */
	int nparams;
	Oid *param_types;
	GwParam *params;
	MemoryContext param_cxt; /* their texts */

	/* the stream */
	MemoryContext stream_cxt; /* the stream and the decoders */
	GwStream *stream;		  /* NULL: not opened yet */
	bool rewind;			  /* start again before the next row */
	bool params_changed;	  /* ... with new parameters */
	bool settled;			  /* not all of them are in the statement */
	bool done;				  /* the end was seen */
	bool nowait;			  /* asked not to wait for the remote */
	bool pending;			  /* ... and it has not answered yet */

	/* the batch at hand */
	const GwBatch *batch; /* NULL: none */
	int row;			  /* next row of it */
	int batches_in_pass;  /* batches seen since the start or the last rewind */
	MemoryContext batch_cxt;

	/* columns of the result; the last nrow_ids tell the remote's rows apart */
	int ncolumns;
	int nrow_ids;
	AttrNumber *attnos;	   /* their place in the slot */
	Oid *types;			   /* what they are decoded to */
	GwDecoder **decoders;  /* made when the first batch is there */
	bool all_columns;	   /* no attribute is left out */

	/* counts: rows handed out in this pass; the rest since the beginning */
	int64 pass_rows;
	int64 rows;
	int64 batches;
	bool opened;   /* a stream was opened ... */
	bool streamed; /* ... without a cursor */
} GwScan;

/* ---- begin and end ---- */

static void
scan_init_params(GwScan *scan, ForeignScanState *node, List *exprs)
{
	ListCell *lc;
	int i = 0;

	scan->nparams = list_length(exprs);
	scan->param_exprs = ExecInitExprList(exprs, &node->ss.ps);
	scan->param_types = palloc(sizeof(Oid) * Max(scan->nparams, 1));
	scan->params = palloc0(sizeof(GwParam) * Max(scan->nparams, 1));
	foreach(lc, exprs)
		scan->param_types[i++] = exprType(lfirst(lc));
}

static void
scan_init_columns(GwScan *scan, TupleDesc desc)
{
	ListCell *lc;
	int i = 0;

	scan->ncolumns = list_length(scan->plan->retrieved_attrs);
	scan->attnos = palloc(sizeof(AttrNumber) * Max(scan->ncolumns, 1));
	scan->types = palloc(sizeof(Oid) * Max(scan->ncolumns, 1));
	foreach(lc, scan->plan->retrieved_attrs)
	{
		scan->attnos[i] = (AttrNumber) lfirst_int(lc);
		if (scan->attnos[i] > 0)
			scan->types[i] = TupleDescAttr(desc, scan->attnos[i] - 1)->atttypid;
		else
		{
			scan->types[i] = gw_row_id_of(gw_server_platform(scan->plan->serverid)->dialect,
										  scan->attnos[i])->type;
			scan->nrow_ids++;
		}
		i++;
	}
	scan->all_columns = scan->ncolumns - scan->nrow_ids == desc->natts;
}

/* foreign table "a", or foreign tables "a" and "b" */
static const char *
scan_label(const ForeignScan *plan, EState *estate)
{
	Bitmapset *relids = gw_scan_relids(plan);
	StringInfoData names;
	int nnames = 0;
	int relid = -1;

	initStringInfo(&names);
	while ((relid = bms_next_member(relids, relid)) >= 0)
	{
		RangeTblEntry *rte = exec_rt_fetch(relid, estate);

		if (rte->rtekind == RTE_RELATION)
			appendStringInfo(&names, "%s\"%s\"", nnames++ > 0 ? ", " : "",
							 get_rel_name(rte->relid));
	}
	return psprintf("foreign table%s %s", nnames == 1 ? "" : "s", names.data);
}

/* Each relation of the scan, where it is asked for. */
static void
scan_check_drift(const ForeignScan *plan, EState *estate, Oid userid)
{
	Bitmapset *relids = gw_scan_relids(plan);
	int relid = -1;

	while ((relid = bms_next_member(relids, relid)) >= 0)
	{
		RangeTblEntry *rte = exec_rt_fetch(relid, estate);

		if (rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_FOREIGN_TABLE)
			gw_check_drift(rte->relid, userid);
	}
}

void
gw_begin_scan(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = castNode(ForeignScan, node->ss.ps.plan);
	EState *estate = node->ss.ps.state;
	MemoryContext parent = estate->es_query_cxt;
	Oid check_as_user;
	GwScan *scan;

	gw_window_hide(plan);
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;

	scan = palloc0(sizeof(GwScan));
	node->fdw_state = scan;
	scan->plan = gw_scan_plan_from_list(plan->fdw_private);
	scan->label = scan_label(plan, estate);
	scan->desc = node->ss.ss_ScanTupleSlot->tts_tupleDescriptor;
	scan->stream_flags = scan->plan->stream_flags;
	if (eflags & EXEC_FLAG_REWIND)
		scan->stream_flags |= GW_STREAM_RESCAN;

	check_as_user = gw_scan_check_as_user(plan, estate);
	scan->userid = OidIsValid(check_as_user) ? check_as_user : GetUserId();

	scan_check_drift(plan, estate, scan->userid);

	scan->stream_cxt = AllocSetContextCreate(parent, "gw scan stream", ALLOCSET_DEFAULT_SIZES);
	/* Most batches fit into the block that a reset keeps. */
	scan->batch_cxt = AllocSetContextCreate(parent, "gw scan batch", 0, SCAN_BATCH_BLOCK,
											ALLOCSET_DEFAULT_MAXSIZE);
	scan->param_cxt = AllocSetContextCreate(parent, "gw scan parameters", ALLOCSET_SMALL_SIZES);
	scan_init_params(scan, node, plan->fdw_exprs);
	scan_init_columns(scan, scan->desc);
}

void
gw_end_scan(ForeignScanState *node)
{
	GwScan *scan = node->fdw_state;

	if (scan == NULL || scan->stream == NULL)
		return;
	gw_stream_close(scan->stream);
	scan->stream = NULL;
	scan->batch = NULL;
}

void
gw_rescan(ForeignScanState *node)
{
	GwScan *scan = node->fdw_state;

	/* Nothing read yet: the first row will open the stream anyway. */
	if (scan == NULL || scan->stream == NULL)
		return;
	scan->rewind = true;
	if (node->ss.ps.chgParam != NULL && scan->nparams > 0)
		scan->params_changed = true;
}

/* ---- the remote side ---- */

/* Adds which table was read; and what to do when the remote table has changed. */
static void
scan_error_context(void *arg)
{
	const GwScan *scan = arg;
	int code = geterrcode();

	errcontext("scan of %s", scan->label);
	if (code == ERRCODE_UNDEFINED_COLUMN || code == ERRCODE_UNDEFINED_TABLE)
		errhint("The remote table differs from the foreign table: import it again, "
				"or correct the options schema_name, table_name and column_name.");
	else if (code == ERRCODE_UNDEFINED_FUNCTION)
		errhint("The remote columns may have changed their types: import the table again, "
				"and DISCARD PLANS for prepared statements.");
}

/*
 * Compute the parameters' texts.  The expressions are evaluated under the
 * user's settings first; only the texts are written under ours.
 */
static void
scan_eval_params(GwScan *scan, ForeignScanState *node)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	MemoryContext old;
	NullableDatum *values;
	ListCell *lc;
	int nestlevel;
	int i = 0;

	if (scan->nparams == 0)
		return;
	MemoryContextReset(scan->param_cxt);
	old = MemoryContextSwitchTo(scan->param_cxt);
	values = palloc(scan->nparams * sizeof(NullableDatum));
	foreach(lc, scan->param_exprs)
	{
		values[i].value = ExecEvalExprSwitchContext(lfirst(lc), econtext, &values[i].isnull);
		i++;
	}
	nestlevel = gw_value_begin_text();
	for (i = 0; i < scan->nparams; i++)
	{
		scan->params[i].type = scan->param_types[i];
		scan->params[i].value =
			values[i].isnull ? NULL : gw_value_text(values[i].value, scan->param_types[i]);
	}
	gw_value_end_text(nestlevel);
	MemoryContextSwitchTo(old);
}

/*
 * By which rules the remote compares texts, joins and aggregates does not show in
 * the columns that come back, so a plan that was kept looks at the tables again.
 */
static void
scan_check_shapes(const GwScan *scan)
{
	ListCell *table;
	ListCell *shape;

	forboth(table, scan->plan->tables, shape, scan->plan->shapes)
		gw_relation_check_shape(lfirst_oid(table), scan->plan->serverid, scan->userid,
								lfirst(shape));
}

/*
 * Each time the remote is asked, it answers with the rows as they are by then.
 * A statement must not see what it has written itself so far; in a
 * data-modifying WITH it may (docs/writing.md).
 */
static void
scan_check_writes(const GwScan *scan, const ForeignScanState *node)
{
	const ForeignScan *plan = castNode(ForeignScan, node->ss.ps.plan);
	EState *estate = node->ss.ps.state;
	Bitmapset *relids = gw_scan_relids(plan);
	Index except;
	int relid = -1;

	if (estate->es_plannedstmt == NULL || estate->es_plannedstmt->resultRelations == NIL ||
		estate->es_plannedstmt->hasModifyingCTE)
		return;
	/* Of its own target a DELETE finds only what is left; an UPDATE, what it wrote. */
	except = estate->es_plannedstmt->commandType == CMD_UPDATE ? 0 : plan->scan.scanrelid;
	while ((relid = bms_next_member(relids, relid)) >= 0)
	{
		if (gw_modify_has_written(estate, exec_rt_fetch(relid, estate)->relid, except))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot read %s again after the same statement has written to it",
							scan->label),
					 errdetail("The rows would show what the statement has changed so far."),
					 errhint("Read what is needed first, for all rows at once: in a join, or "
							 "in a temporary table.")));
	}
}

static void
scan_open(GwScan *scan, ForeignScanState *node)
{
	MemoryContext old = MemoryContextSwitchTo(scan->stream_cxt);
	GwSession *session = gw_session_open(scan->plan->serverid, scan->userid, GW_SESSION_READ);
	GwStatement stmt = {.sql = scan->plan->sql, .read_only = true, .run_as = scan->userid,
						.binary = scan->plan->binary};
	GwStreamSpec spec = {.fetch_size = scan->plan->fetch_size,
						 .flags = scan->stream_flags | GW_STREAM_DECODED,
						 .run_as = scan->userid, .types = scan->types,
						 .ntypes = scan->ncolumns};
	Relation rel = node->ss.ss_currentRelation;
	EState *estate = node->ss.ps.state;

	scan_check_writes(scan, node);
	scan_check_shapes(scan);
	scan->opened = true;
	/* Without ANALYZE it was a guess; of groups and joins a few rows may be believed. */
	if (rel != NULL ? rel->rd_rel->reltuples >= 0
					: node->ss.ps.plan->plan_rows <= SCAN_FEW_ROWS)
		spec.rows = node->ss.ps.plan->plan_rows;
	scan->streamed = scan->plan->has_cursors &&
					 gw_fetch_streams(castNode(ForeignScan, node->ss.ps.plan), scan->plan,
									  estate->es_plannedstmt, estate);
	if (scan->streamed)
		spec.flags |= GW_STREAM_WHOLE;
	else if (gw_fetch_looks_up(castNode(ForeignScan, node->ss.ps.plan), scan->plan))
		spec.flags |= GW_STREAM_LOOKUP;
	scan_eval_params(scan, node);
	stmt.nparams = scan->nparams;
	stmt.params = scan->params;
	scan->settled = gw_guard_is_needed(gw_session_dialect(session), stmt.sql, stmt.params);
	gw_guard_settle(gw_session_dialect(session), &stmt);
	scan->stream = gw_stream_open(session, &stmt, &spec);
	MemoryContextSwitchTo(old);
}

/* Do the new parameters ask for another statement than the one that is open? */
static bool
scan_is_another(const GwScan *scan)
{
	return scan->settled ||
		   gw_guard_is_needed(gw_server_platform(scan->plan->serverid)->dialect, scan->plan->sql,
							  scan->params);
}

/* The end of a pass is behind us; start the next one. */
static void
scan_restart(GwScan *scan, ForeignScanState *node)
{
	if (scan->params_changed)
		scan_eval_params(scan, node);

	/*
	 * The first batch is still here and nobody asked for more: begin it again
	 * without the remote.
	 */
	if (!scan->params_changed && scan->batch != NULL && scan->batches_in_pass == 1 &&
		!scan->done)
		scan->row = 0;
	else if (scan->params_changed && scan_is_another(scan))
	{
		scan->batch = NULL;
		scan->batches_in_pass = 0;
		gw_stream_close(scan->stream);
		scan->stream = NULL;
		scan_open(scan, node);
	}
	else
	{
		scan_check_writes(scan, node);
		scan->batch = NULL;
		scan->batches_in_pass = 0;
		gw_stream_rewind(scan->stream, scan->params_changed ? scan->params : NULL);
	}
	scan->rewind = false;
	scan->params_changed = false;
	scan->done = false;
	scan->pass_rows = 0;
}

/* The remote must answer with the columns that were asked for. */
static void
scan_check_columns(const GwScan *scan, int ncolumns)
{
	/* A row without columns is asked for as SELECT NULL. */
	int expected = Max(scan->ncolumns, 1);

	if (ncolumns != expected)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s expected %d columns from the remote, but got %d",
						scan->label, expected, ncolumns),
				 errhint("The remote table has changed: import it again.")));
}

/*
 * What the remote filters or sorts by must still be of the type for which the
 * plan was made: text sorts otherwise than numbers, and no error would say so.
 */
static void
scan_check_type(const GwScan *scan, Form_pg_attribute attr, const GwColumnInfo *column)
{
	const GwPlatform *platform = gw_server_platform(scan->plan->serverid);

	if ((platform->caps & GW_CAP_POSTGRES_TYPES) == 0 ||
		!list_member_int(scan->plan->compared_attrs, attr->attnum) ||
		column->type_oid == attr->atttypid)
		return;
	/* Strings of any length are strings. */
	if ((column->type_oid == TEXTOID || column->type_oid == VARCHAROID) &&
		(attr->atttypid == TEXTOID || attr->atttypid == VARCHAROID))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("column \"%s\" of %s has another type on the remote than "
					"when the statement was planned",
					NameStr(attr->attname), scan->label),
			 errdetail("The remote filters or sorts by it."),
			 errhint("DISCARD PLANS makes prepared statements plan again; import the table "
					 "again to take over the new type.")));
}

static void
scan_make_decoders(GwScan *scan, const GwColumnInfo *columns)
{
	MemoryContext old = MemoryContextSwitchTo(scan->stream_cxt);
	int i;

	scan->decoders = palloc(sizeof(GwDecoder *) * Max(scan->ncolumns, 1));
	for (i = 0; i < scan->ncolumns; i++)
	{
		Form_pg_attribute attr;

		if (scan->attnos[i] < 0)
		{
			scan->decoders[i] = gw_decoder_create(&columns[i], scan->types[i], -1,
												  columns[i].name);
			continue;
		}
		attr = TupleDescAttr(scan->desc, scan->attnos[i] - 1);
		scan_check_type(scan, attr, &columns[i]);
		scan->decoders[i] = gw_decoder_create(&columns[i], attr->atttypid, attr->atttypmod,
											  NameStr(attr->attname));
	}
	MemoryContextSwitchTo(old);
}

/* Get the next batch; false at the proved end, and while it is pending. */
static bool
scan_fetch(GwScan *scan, ForeignScanState *node)
{
	ErrorContextCallback callback = {error_context_stack, scan_error_context, scan};
	bool again = false; /* the batch at hand serves once more */
	int ncolumns;
	const GwColumnInfo *columns;

	MemoryContextReset(scan->batch_cxt);
	error_context_stack = &callback;
	if (scan->stream == NULL)
		scan_open(scan, node);
	else if (scan->rewind)
	{
		scan_restart(scan, node);
		again = scan->batch != NULL;
	}
	if (!again)
	{
		scan->pending = scan->nowait && scan->streamed &&
			!gw_stream_poll(scan->stream, &scan->batch);
		if (!scan->nowait || !scan->streamed)
			scan->batch = gw_stream_next(scan->stream);
		scan->row = 0;
	}
	error_context_stack = callback.previous;
	if (scan->pending)
		return false;

	if (again)
		return true;
	if (scan->decoders == NULL)
	{
		columns = gw_stream_columns(scan->stream, &ncolumns);
		scan_check_columns(scan, ncolumns);
		scan_make_decoders(scan, columns);
	}
	if (scan->batch == NULL)
	{
		scan->done = true;
		return false;
	}
	scan->batches++;
	scan->batches_in_pass++;
	scan->rows += scan->batch->nrows;
	return true;
}

/* ---- rows ---- */

static void
scan_count_row(GwScan *scan)
{
	scan->pass_rows++;
	if (scan->plan->max_rows > 0 && scan->pass_rows > scan->plan->max_rows)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s has more than " INT64_FORMAT " rows to read", scan->label,
						 scan->plan->max_rows),
				 errdetail("The option max_rows of the server or the table allows no more."),
				 errhint("Narrow the query with conditions the remote can evaluate, "
						 "or raise max_rows.")));
}

/*
 * A row that will be written: what tells it apart stands where a row of a
 * local table has its system columns.
 */
static void
scan_store_row_ids(GwScan *scan, TupleTableSlot *slot, const GwCell *cells)
{
	HeapTuple tuple = heap_form_tuple(slot->tts_tupleDescriptor, slot->tts_values,
									  slot->tts_isnull);
	int i;

	for (i = scan->ncolumns - scan->nrow_ids; i < scan->ncolumns; i++)
	{
		bool isnull;
		Datum value = gw_decode(scan->decoders[i], &cells[i], &isnull);

		if (isnull)
			continue;
		if (scan->attnos[i] == SelfItemPointerAttributeNumber)
			tuple->t_self = *(ItemPointer) DatumGetPointer(value);
		else if (scan->attnos[i] == MinTransactionIdAttributeNumber)
			HeapTupleHeaderSetXmin(tuple->t_data, (TransactionId) DatumGetObjectId(value));
	}
	ExecForceStoreHeapTuple(tuple, slot, false);
}

static void
scan_store_row(GwScan *scan, TupleTableSlot *slot)
{
	const GwCell *cells = &scan->batch->cells[(Size) scan->row * scan->batch->ncolumns];
	ErrorContextCallback callback = {error_context_stack, scan_error_context, scan};
	MemoryContext old = MemoryContextSwitchTo(scan->batch_cxt);

	error_context_stack = &callback;
	if (!scan->all_columns)
		memset(slot->tts_isnull, true, sizeof(bool) * slot->tts_tupleDescriptor->natts);
	gw_decode_row(scan->decoders, scan->attnos, scan->ncolumns - scan->nrow_ids, cells,
				  slot->tts_values, slot->tts_isnull);
	if (scan->nrow_ids > 0)
		scan_store_row_ids(scan, slot, cells);
	else
		ExecStoreVirtualTuple(slot);
	error_context_stack = callback.previous;
	MemoryContextSwitchTo(old);
	scan->row++;
}

TupleTableSlot *
gw_iterate_scan(ForeignScanState *node)
{
	GwScan *scan = node->fdw_state;
	TupleTableSlot *slot = ExecClearTuple(node->ss.ss_ScanTupleSlot);

	if (scan->done && !scan->rewind)
		return slot;
	if (scan->rewind || scan->batch == NULL || scan->row >= scan->batch->nrows)
	{
		if (!scan_fetch(scan, node))
			return slot;
	}
	scan_count_row(scan);
	scan_store_row(scan, slot);
	return slot;
}

TupleTableSlot *
gw_scan_try(ForeignScanState *node, bool *pending)
{
	GwScan *scan = node->fdw_state;
	TupleTableSlot *slot;

	scan->nowait = true;
	scan->pending = false;
	slot = node->ss.ps.ExecProcNodeReal(&node->ss.ps);
	scan->nowait = false;
	*pending = scan->pending;
	return slot;
}

pgsocket
gw_scan_socket(ForeignScanState *node)
{
	const GwScan *scan = node->fdw_state;

	return gw_stream_socket(scan->stream);
}

bool
gw_scan_counters(ForeignScanState *node, GwScanCounters *counters)
{
	const GwScan *scan = node->fdw_state;

	if (scan == NULL)
		return false;
	counters->batches = scan->batches;
	counters->rows = scan->rows;
	counters->opened = scan->opened;
	counters->streamed = scan->streamed;
	return true;
}
