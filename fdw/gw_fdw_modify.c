/*
 * gw_fdw_modify.c
 *	  Writing rows one statement or one batch at a time, or as a COPY.
 *
 * The remote statement and how rows are told apart were planned
 * (gw_fdw_modify_plan.c).  Whether COPY does what INSERT would is asked of
 * the remote when the write begins, since a plan may be old.
 *
 * State lives in the executor's query context; what one call makes of its
 * rows lives until the next call.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "base/gw_compat.h"
#include "fdw/gw_modify.h"
#include "schema/gw_encode.h"
#include "schema/gw_value.h"

typedef struct GwModify
{
	const GwModifyPlan *plan;
	Relation rel;
	Oid userid;
	GwSession *session;
	MemoryContext cxt;		/* as long as this */
	MemoryContext call_cxt; /* reset by each call */

	AttrNumber *key_columns; /* in the plan's rows */
	AttrNumber old_row;		 /* there, too: the row that is deleted; 0: not fetched */
	const GwDialect *dialect;
	/* Of plan->targets and plan->keys, where a parameter says nothing of itself; NULL: it does. */
	Oid *param_types;
	FmgrInfo *target_output; /* of plan->targets and plan->keys */
	FmgrInfo *key_output;

	HTAB *written; /* SeenKey: of rows found by key; NULL: each comes once */

	Bitmapset *left; /* INSERT: columns that are the remote's to fill */

	bool wrote;	   /* something has been sent */
	bool may_move; /* new values may belong to another partition */

	char *sql;
	int sql_rows; /* INSERT: for how many rows; 0: none yet */
	GwReturning *returning;

	GwCopy *copy; /* NULL: rows are sent as parameters */
	bool copy_binary;
	bool copy_settings; /* some text depends on the session's settings */
	GwEncoder **encoders;
} GwModify;

/* Keys of rows that this statement has written, by a hash of them. */
typedef struct SeenKey
{
	uint32 hash;
	List *texts;
} SeenKey;

void
gw_modify_error_context(void *arg)
{
	int code = geterrcode();

	errcontext("write to foreign table \"%s\"", RelationGetRelationName((Relation) arg));
	if (code == ERRCODE_UNDEFINED_COLUMN || code == ERRCODE_UNDEFINED_TABLE)
		errhint("The remote table differs from the foreign table: import it again, "
				"or correct the options schema_name, table_name and column_name.");
}

/* ---- begin ---- */

static FmgrInfo *
modify_outputs(Relation rel, const GwDialect *dialect, List *attnos)
{
	FmgrInfo *outputs = palloc(Max(list_length(attnos), 1) * sizeof(FmgrInfo));
	int n = 0;
	ListCell *lc;

	foreach(lc, attnos)
	{
		AttrNumber attno = (AttrNumber) lfirst_int(lc);
		Oid type = attno < 0 ? gw_row_id_of(dialect, attno)->type
							 : TupleDescAttr(RelationGetDescr(rel), attno - 1)->atttypid;
		bool varlena;
		Oid output;

		getTypeOutputInfo(type, &output, &varlena);
		fmgr_info(output, &outputs[n++]);
	}
	return outputs;
}

/* What columns are of, domains as what they are of; of system columns InvalidOid. */
static Oid *
modify_types(Relation rel, List *attnos)
{
	Oid *types = palloc0(Max(list_length(attnos), 1) * sizeof(Oid));
	ListCell *lc;

	foreach(lc, attnos)
	{
		if (lfirst_int(lc) > 0)
			types[foreach_current_index(lc)] =
				getBaseType(TupleDescAttr(RelationGetDescr(rel), lfirst_int(lc) - 1)->atttypid);
	}
	return types;
}

static GwModify *
modify_create(EState *estate, ResultRelInfo *rri, GwModifyPlan *plan, Plan *subplan)
{
	GwModify *modify = palloc0(sizeof(GwModify));
	Oid userid = gw_result_check_as_user(rri, estate);
	const GwDialect *dialect = gw_server_platform(plan->serverid)->dialect;

	modify->plan = plan;
	modify->rel = rri->ri_RelationDesc;
	modify->userid = OidIsValid(userid) ? userid : GetUserId();
	modify->session = gw_session_open(plan->serverid, modify->userid, GW_SESSION_WRITE);
	gw_modify_natives(modify->rel, modify->userid, plan);
	modify->cxt = CurrentMemoryContext;
	modify->call_cxt =
		AllocSetContextCreate(CurrentMemoryContext, "gw modify call", ALLOCSET_DEFAULT_SIZES);
	modify->target_output = modify_outputs(modify->rel, dialect, plan->targets);
	modify->key_output = modify_outputs(modify->rel, dialect, plan->keys);
	if (plan->operation == CMD_INSERT)
		modify->left = gw_modify_left_columns(modify->rel, plan);
	if (plan->keys != NIL)
	{
		modify->key_columns = palloc(list_length(plan->keys) * sizeof(AttrNumber));
		for (int i = 0; i < list_length(plan->keys); i++)
			modify->key_columns[i] = gw_modify_key_column(subplan, i + 1);
	}
	modify->dialect = dialect;
	if (dialect->flags & (GW_DIALECT_POSITIONAL | GW_DIALECT_TYPED_PARAMS))
		modify->param_types =
			modify_types(modify->rel, list_concat_copy(plan->targets, plan->keys));
	if (plan->returning)
		modify->returning = gw_returning_create(modify->rel, plan->retrieved);
	return modify;
}

static HTAB *
modify_create_written(void)
{
	HASHCTL ctl = {.keysize = sizeof(uint32), .entrysize = sizeof(SeenKey),
				   .hcxt = CurrentMemoryContext};

	return hash_create("gw written keys", 256, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* ---- COPY ---- */

/* One column of the remote table as COPY would fill it; false: INSERT it is. */
static bool
modify_copy_column(const GwModify *modify, const GwBatch *batch, int row, bool *found,
				   bool *binary)
{
	const char *name = gw_batch_text(batch, row, 0);
	Oid type = (Oid) strtoul(gw_batch_text(batch, row, 1), NULL, 10);
	bool generated = gw_batch_text(batch, row, 2)[0] == 't';
	int n = 0;
	ListCell *lc;

	foreach(lc, modify->plan->targets)
	{
		AttrNumber attno = (AttrNumber) lfirst_int(lc);
		Oid local = TupleDescAttr(RelationGetDescr(modify->rel), attno - 1)->atttypid;

		if (strcmp(gw_remote_column(RelationGetRelid(modify->rel), attno), name) == 0)
		{
			found[n] = true;
			if (generated)
				return false;
			if (!gw_encode_binary_fits(local, type))
				*binary = false;
		}
		n++;
	}
	return true;
}

/*
 * May this table be filled by COPY as by INSERT, and in binary?  A column that
 * the remote table lacks is INSERT's to complain about.
 */
static bool
modify_copy_fits(const GwModify *modify, bool *binary)
{
	const char *const args[2] = {modify->plan->schema, modify->plan->table};
	int ntargets = list_length(modify->plan->targets);
	bool *found = palloc0(Max(ntargets, 1) * sizeof(bool));
	const GwPlatform *platform = gw_server_platform(modify->plan->serverid);
	GwStream *stream;
	const GwBatch *batch;
	bool fits = true;
	int i;

	*binary = platform->catalog[GW_CATALOG_COPY_TARGET] != NULL;
	if (!*binary)
		return true;
	stream = gw_session_catalog(modify->session, GW_CATALOG_COPY_TARGET, 2, args);
	while ((batch = gw_stream_next(stream)) != NULL)
	{
		for (i = 0; i < batch->nrows; i++)
			fits = fits && modify_copy_column(modify, batch, i, found, binary);
	}
	gw_stream_close(stream);
	for (i = 0; i < ntargets; i++)
		fits = fits && found[i];
	return fits;
}

/* Does anything else of this query read or write the same server? */
static bool
modify_server_is_shared(const GwModify *modify, EState *estate)
{
	ListCell *lc;

	foreach(lc, estate->es_range_table)
	{
		const RangeTblEntry *rte = lfirst(lc);

		if (rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_FOREIGN_TABLE &&
			rte->relid != RelationGetRelid(modify->rel) &&
			GetForeignTable(rte->relid)->serverid == modify->plan->serverid)
			return true;
	}
	return false;
}

/* Is the table read by the very query that fills it? */
static bool
modify_reads_itself(const GwModify *modify, EState *estate)
{
	int n = 0;
	ListCell *lc;

	foreach(lc, estate->es_range_table)
	{
		const RangeTblEntry *rte = lfirst(lc);

		if (rte->rtekind == RTE_RELATION && rte->relid == RelationGetRelid(modify->rel))
			n++;
	}
	return n > 1;
}

static void
modify_begin_copy(GwModify *modify, EState *estate)
{
	const GwModifyPlan *plan = modify->plan;
	TupleDesc desc = RelationGetDescr(modify->rel);
	GwCopySpec spec = {0};
	Oid *types;
	bool binary;
	int n = 0;
	ListCell *lc;

	/* The last rows would leave when the portal is closed, after its statement. */
	if (estate->es_plannedstmt != NULL && estate->es_plannedstmt->hasModifyingCTE)
		return;
	if (!gw_modify_stays_whole(plan) &&
		(modify_server_is_shared(modify, estate) || modify_reads_itself(modify, estate)))
		return;
	if (!modify_copy_fits(modify, &binary))
		return;
	types = modify_types(modify->rel, plan->targets);
	spec.sql = gw_deparse_copy(plan, modify->rel, types, binary);
	if (spec.sql == NULL)
		return;
	spec.types = types;
	spec.ncolumns = list_length(plan->targets);
	spec.head = binary ? gw_encode_head : "";
	spec.headlen = binary ? gw_encode_headlen : 0;
	spec.tail = binary ? gw_encode_tail : "";
	spec.taillen = binary ? gw_encode_taillen : 0;
	modify->copy_binary = binary;
	modify->encoders = palloc(list_length(plan->targets) * sizeof(GwEncoder *));
	foreach(lc, plan->targets)
	{
		Oid type = TupleDescAttr(desc, lfirst_int(lc) - 1)->atttypid;

		modify->encoders[n++] = gw_encoder_create(type, binary);
		if (!binary && !gw_encode_text_is_plain(type))
			modify->copy_settings = true;
	}
	modify->copy = gw_copy_open(modify->session, &spec);
}

static void
modify_copy_row(GwModify *modify, TupleTableSlot *slot)
{
	StringInfo buf = gw_copy_buffer(modify->copy);
	MemoryContext old;
	int nestlevel = 0;
	int n = 0;
	ListCell *lc;

	MemoryContextReset(modify->call_cxt);
	old = MemoryContextSwitchTo(modify->call_cxt);
	slot_getallattrs(slot);
	if (modify->copy_settings)
		nestlevel = gw_value_begin_text();
	gw_encode_row_begin(buf, list_length(modify->plan->targets), modify->copy_binary);
	foreach(lc, modify->plan->targets)
	{
		int at = lfirst_int(lc) - 1;

		if (n > 0)
			gw_encode_separator(buf, modify->copy_binary);
		gw_encode(modify->encoders[n++], buf, slot->tts_values[at], slot->tts_isnull[at]);
	}
	gw_encode_row_end(buf, modify->copy_binary);
	if (modify->copy_settings)
		gw_value_end_text(nestlevel);
	MemoryContextSwitchTo(old);
	gw_copy_row(modify->copy);
}

/* ---- rows as parameters ---- */

static void
modify_set_target_params(GwModify *modify, TupleTableSlot *slot, GwParam *params)
{
	ListCell *lc;
	int n = 0;

	slot_getallattrs(slot);
	foreach(lc, modify->plan->targets)
	{
		int at = lfirst_int(lc) - 1;

		if (modify->param_types != NULL)
			params[n].type = modify->param_types[n];
		params[n].value = slot->tts_isnull[at] ? NULL
											   : OutputFunctionCall(&modify->target_output[n],
																	slot->tts_values[at]);
		params[n].native = list_nth(modify->plan->natives, n);
		n++;
	}
}

static void
modify_set_key_params(GwModify *modify, TupleTableSlot *plan_slot, GwParam *params)
{
	int n = 0;
	ListCell *lc;

	foreach(lc, modify->plan->keys)
	{
		bool isnull;
		Datum value = ExecGetJunkAttribute(plan_slot, modify->key_columns[n], &isnull);

		if (isnull)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a row of foreign table \"%s\" cannot be found again",
							RelationGetRelationName(modify->rel)),
					 lfirst_int(lc) > 0
						 ? errdetail("Its key column \"%s\" is null.",
									 get_attname(RelationGetRelid(modify->rel),
												 (AttrNumber) lfirst_int(lc), false))
						 : 0));
		if (modify->param_types != NULL)
			params[n].type = modify->param_types[list_length(modify->plan->targets) + n];
		params[n].value = OutputFunctionCall(&modify->key_output[n], value);
		n++;
	}
}

/*
 * A row that a join finds again has been written: the first time counts, as in
 * any table.  A row id would be another by now; a key is the same.
 */
static bool
modify_was_written(GwModify *modify, const GwParam *keys, int nkeys)
{
	MemoryContext old = MemoryContextSwitchTo(modify->cxt);
	StringInfoData text;
	SeenKey *seen;
	uint32 hash;
	bool found;
	ListCell *lc;

	initStringInfo(&text);
	for (int i = 0; i < nkeys; i++)
		appendStringInfo(&text, "%zu:%s", strlen(keys[i].value), keys[i].value);
	hash = hash_bytes((const unsigned char *) text.data, text.len);
	seen = hash_search(modify->written, &hash, HASH_ENTER, &found);
	if (!found)
		seen->texts = NIL;
	found = false;
	foreach(lc, seen->texts)
		found |= strcmp(lfirst(lc), text.data) == 0;
	if (!found)
		seen->texts = lappend(seen->texts, text.data);
	MemoryContextSwitchTo(old);
	return found;
}

/* Run the statement; with RETURNING its first row, if it has one, goes to slot. */
static int64
modify_run(GwModify *modify, const GwStatement *stmt, TupleTableSlot *slot)
{
	GwStreamSpec spec = {.flags = GW_STREAM_ANY, .run_as = modify->userid};
	GwStream *stream;
	const GwBatch *batch;
	int64 rows = 0;

	if (modify->returning == NULL)
		return gw_session_execute(modify->session, stmt).rows;
	stream = gw_stream_open(modify->session, stmt, &spec);
	while ((batch = gw_stream_next(stream)) != NULL)
	{
		if (rows == 0)
		{
			gw_returning_store(modify->returning, stream, batch, 0, slot);
			ExecMaterializeSlot(slot);
		}
		rows += batch->nrows;
	}
	gw_stream_close(stream);
	return rows;
}

/* Is the statement for one row, run once for each? */
static bool
modify_takes_sets(const GwModify *modify)
{
	return (modify->dialect->flags & GW_DIALECT_PARAM_SETS) != 0;
}

/*
 * Send rows or a key; the number of rows the remote says it touched; -1: the
 * row was written before.
 */
static int64
modify_execute(GwModify *modify, TupleTableSlot **slots, int nslots, TupleTableSlot *plan_slot)
{
	int ntargets = list_length(modify->plan->targets);
	int nkeys = list_length(modify->plan->keys);
	ErrorContextCallback callback = {error_context_stack, gw_modify_error_context, modify->rel};
	GwStatement stmt = {.sql = modify->sql, .run_as = modify->userid};
	MemoryContext old;
	GwParam *params;
	int64 rows;
	int nestlevel;

	MemoryContextReset(modify->call_cxt);
	old = MemoryContextSwitchTo(modify->call_cxt);
	error_context_stack = &callback;
	params = palloc0(Max(ntargets * nslots + nkeys, 1) * sizeof(GwParam));
	nestlevel = gw_value_begin_text();
	for (int i = 0; ntargets > 0 && i < nslots; i++)
		modify_set_target_params(modify, slots[i], params + i * ntargets);
	if (nkeys > 0)
		modify_set_key_params(modify, plan_slot, params + ntargets);
	gw_value_end_text(nestlevel);
	stmt.params = params;
	if (modify->plan->do_nothing)
		stmt.skipped_id = modify->dialect->skipped_id;
	stmt.nparams = ntargets * nslots + nkeys;
	if (nslots > 1 && modify_takes_sets(modify))
	{
		stmt.nparams = ntargets;
		stmt.nsets = nslots;
	}
	modify->wrote = true;
	if (modify->written != NULL && modify_was_written(modify, params + ntargets, nkeys))
		rows = -1;
	else
		rows = modify_run(modify, &stmt, nslots > 0 ? slots[0] : NULL);
	error_context_stack = callback.previous;
	MemoryContextSwitchTo(old);
	return rows;
}

bool
gw_modify_has_written(EState *estate, Oid relid, Index except)
{
	ListCell *lc;

	if (estate->es_plannedstmt == NULL || estate->es_result_relations == NULL)
		return false;
	foreach(lc, estate->es_plannedstmt->resultRelations)
	{
		Index rti = lfirst_int(lc);
		const ResultRelInfo *rri = estate->es_result_relations[rti - 1];

		if (rri != NULL && rti != except && rri->ri_FdwState != NULL &&
			rri->ri_FdwRoutine->ExecForeignUpdate == gw_exec_update &&
			RelationGetRelid(rri->ri_RelationDesc) == relid &&
			((const GwModify *) rri->ri_FdwState)->wrote)
			return true;
	}
	return false;
}

/* ---- the callbacks ---- */

void
gw_begin_modify(ModifyTableState *mtstate, ResultRelInfo *rri, List *fdw_private,
				int subplan_index, int eflags)
{
	EState *estate = mtstate->ps.state;
	GwModifyPlan *plan = gw_modify_plan_from_list(fdw_private);
	GwModify *modify;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	modify = modify_create(estate, rri, plan, outerPlanState(mtstate)->plan);
	if (plan->operation == CMD_DELETE && plan->echo)
		modify->old_row = ExecFindJunkAttributeInTlist(outerPlanState(mtstate)->plan->targetlist,
													   GW_MODIFY_OLD_ROW);
	rri->ri_FdwState = modify;
	/* A plain scan gives each row once. */
	if (plan->keys != NIL && linitial_int(plan->keys) > 0 &&
		!IsA(outerPlanState(mtstate)->plan, ForeignScan))
		modify->written = modify_create_written();
	switch (plan->operation)
	{
		case CMD_UPDATE:
			modify->sql = gw_deparse_update(plan, modify->rel);
			modify->may_move = gw_modify_may_move(modify->rel, plan->targets);
			break;
		case CMD_DELETE:
			modify->sql = gw_deparse_delete(plan, modify->rel);
			break;
		default:
			if (plan->copy)
				modify_begin_copy(modify, estate);
			break;
	}
}

int
gw_modify_batch_size(ResultRelInfo *rri)
{
	const GwModify *modify = rri->ri_FdwState;
	const TriggerDesc *triggers = rri->ri_TrigDesc;
	int ntargets;
	int rows;

	/* Each row by itself: it is encoded at once, or something comes back. */
	if (modify == NULL || modify->copy != NULL || modify->returning != NULL ||
		rri->ri_projectReturning != NULL || rri->ri_WithCheckOptions != NIL ||
		(triggers != NULL &&
		 (triggers->trig_insert_before_row || triggers->trig_insert_after_row)))
		return 1;
	ntargets = list_length(modify->plan->targets);
	/* A row of defaults has no VALUES that could be repeated. */
	if (ntargets == 0)
		return 1;
	if (modify_takes_sets(modify))
		return Max(modify->plan->batch_size, 1);
	rows = Min(modify->plan->batch_size, gw_dialect_params_max(modify->dialect) / ntargets);
	if (modify->dialect->rows_max > 0)
		rows = Min(rows, modify->dialect->rows_max);
	return Max(rows, 1);
}

TupleTableSlot **
gw_exec_batch_insert(EState *estate, ResultRelInfo *rri, TupleTableSlot **slots,
					 TupleTableSlot **plan_slots, int *nslots)
{
	GwModify *modify = rri->ri_FdwState;
	int sql_rows = modify_takes_sets(modify) ? 1 : *nslots;
	int64 rows;

	gw_modify_check_rows(rri, modify->plan, modify->left, slots, *nslots, estate);
	if (modify->copy != NULL)
	{
		ErrorContextCallback callback = {error_context_stack, gw_modify_error_context,
										 modify->rel};

		error_context_stack = &callback;
		for (int i = 0; i < *nslots; i++)
			modify_copy_row(modify, slots[i]);
		error_context_stack = callback.previous;
		return slots;
	}
	if (modify->sql_rows != sql_rows)
	{
		MemoryContext old = MemoryContextSwitchTo(modify->cxt);

		if (modify->sql != NULL)
			pfree(modify->sql);
		modify->sql = gw_deparse_insert(modify->plan, modify->rel, sql_rows);
		modify->sql_rows = sql_rows;
		MemoryContextSwitchTo(old);
	}
	rows = modify_execute(modify, slots, *nslots, NULL);
	*nslots = (int) Min(rows, *nslots);
	return *nslots > 0 ? slots : NULL;
}

TupleTableSlot *
gw_exec_insert(EState *estate, ResultRelInfo *rri, TupleTableSlot *slot,
			   TupleTableSlot *plan_slot)
{
	int nslots = 1;

	return gw_exec_batch_insert(estate, rri, &slot, &plan_slot, &nslots) != NULL ? slot : NULL;
}

/*
 * One row was asked for.  None is a row that this statement has changed
 * already, unless its keys are only said to identify it.
 */
static TupleTableSlot *
modify_one_row(GwModify *modify, TupleTableSlot *slot, int64 rows)
{
	if (rows < 0)
		return NULL;
	if (rows > 1 || (rows == 0 && !modify->plan->unique))
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("a row of foreign table \"%s\" was found " INT64_FORMAT
						" times on the remote",
						RelationGetRelationName(modify->rel), rows),
				 errdetail("The columns with the option key do not identify a row."),
				 errhint("Set the option key on columns that are unique and not null.")));
	return rows == 1 ? slot : NULL;
}

TupleTableSlot *
gw_exec_update(EState *estate, ResultRelInfo *rri, TupleTableSlot *slot,
			   TupleTableSlot *plan_slot)
{
	GwModify *modify = rri->ri_FdwState;

	/* Only columns that the remote computes were named. */
	if (modify->plan->targets == NIL)
		return slot;
	if (modify->may_move)
		ExecPartitionCheck(rri, slot, estate, true);
	gw_modify_check_rows(rri, modify->plan, NULL, &slot, 1, estate);
	return modify_one_row(modify, slot, modify_execute(modify, &slot, 1, plan_slot));
}

/* The row as it was read, for RETURNING where the remote has none. */
static void
modify_store_old_row(const GwModify *modify, TupleTableSlot *slot, TupleTableSlot *plan_slot)
{
	HeapTupleData tuple;
	HeapTupleHeader header;
	bool isnull;
	Datum row = ExecGetJunkAttribute(plan_slot, modify->old_row, &isnull);

	if (isnull)
		elog(ERROR, "the row that is deleted was not fetched");
	header = DatumGetHeapTupleHeader(row);
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = RelationGetRelid(modify->rel);
	tuple.t_data = header;
	ExecForceStoreHeapTuple(&tuple, slot, false);
	ExecMaterializeSlot(slot);
}

TupleTableSlot *
gw_exec_delete(EState *estate, ResultRelInfo *rri, TupleTableSlot *slot,
			   TupleTableSlot *plan_slot)
{
	GwModify *modify = rri->ri_FdwState;

	if (AttributeNumberIsValid(modify->old_row))
		modify_store_old_row(modify, slot, plan_slot);
	return modify_one_row(modify, slot, modify_execute(modify, &slot, 1, plan_slot));
}

void
gw_end_modify(EState *estate, ResultRelInfo *rri)
{
	GwModify *modify = rri->ri_FdwState;
	ErrorContextCallback callback;

	if (modify == NULL || modify->copy == NULL)
		return;
	callback.previous = error_context_stack;
	callback.callback = gw_modify_error_context;
	callback.arg = modify->rel;
	error_context_stack = &callback;
	(void) gw_copy_end(modify->copy);
	error_context_stack = callback.previous;
}

/*
 * Rows that come through a partitioned table, and those of COPY FROM, whose
 * number nobody knows.
 */
void
gw_begin_insert(ModifyTableState *mtstate, ResultRelInfo *rri)
{
	EState *estate = mtstate->ps.state;
	const ModifyTable *node = (const ModifyTable *) mtstate->ps.plan;
	Relation rel = rri->ri_RelationDesc;
	GwModifyPlan *plan = palloc0(sizeof(GwModifyPlan));
	Oid userid = gw_result_check_as_user(rri, estate);
	double rows = node != NULL ? outerPlan(node)->plan_rows : PG_INT32_MAX;
	GwModify *modify;

	if (!OidIsValid(userid))
		userid = GetUserId();
	if (node != NULL && node->operation == CMD_UPDATE &&
		(rri->ri_usesFdwDirectModify || rri->ri_FdwState != NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot move rows into foreign table \"%s\" while it is updated itself",
						RelationGetRelationName(rel)),
				 errhint("Move them with DELETE ... RETURNING and INSERT.")));
	plan->operation = CMD_INSERT;
	gw_modify_target(rel, userid, plan);
	if (node != NULL)
		gw_modify_on_conflict(rel, node->onConflictAction, plan);
	plan->targets = gw_modify_routed_columns(rri, estate, plan, userid);
	if (rri->ri_returningList != NIL || rri->ri_WithCheckOptions != NIL ||
		(rri->ri_TrigDesc != NULL && rri->ri_TrigDesc->trig_insert_after_row))
	{
		plan->returning = true;
		plan->retrieved = gw_modify_all_columns(rel);
		gw_modify_echo(rel, userid, plan);
	}
	plan->copy = rri->ri_WithCheckOptions == NIL &&
				 gw_modify_may_copy(plan, rri->ri_TrigDesc,
									gw_server_options(plan->serverid, userid,
													  RelationGetRelid(rel)),
									rows);
	modify = modify_create(estate, rri, plan, NULL);
	rri->ri_FdwState = modify;
	if (plan->copy)
		modify_begin_copy(modify, estate);
}

void
gw_end_insert(EState *estate, ResultRelInfo *rri)
{
	gw_end_modify(estate, rri);
}

void
gw_explain_modify(ModifyTableState *mtstate, ResultRelInfo *rri, List *fdw_private,
				  int subplan_index, ExplainState *es)
{
	const GwModify *modify = rri->ri_FdwState;
	GwModifyPlan *plan = gw_modify_plan_from_list(fdw_private);
	Relation rel = rri->ri_RelationDesc;
	Oid userid = gw_result_check_as_user(rri, mtstate->ps.state);
	bool copy = modify != NULL ? modify->copy != NULL : plan->copy;
	char *sql;

	if (!es->verbose)
		return;
	gw_modify_natives(rel, OidIsValid(userid) ? userid : GetUserId(), plan);
	if (plan->operation == CMD_UPDATE)
		sql = gw_deparse_update(plan, rel);
	else if (plan->operation == CMD_DELETE)
		sql = gw_deparse_delete(plan, rel);
	else if (modify != NULL && copy)
		sql = gw_deparse_copy(plan, rel, modify_types(rel, plan->targets), modify->copy_binary);
	else
		sql = gw_deparse_insert(plan, rel, 1);
	ExplainPropertyText("Remote SQL", sql, es);
	if (plan->operation != CMD_INSERT)
		return;
	ExplainPropertyText("Insert Mode", copy ? "copy" : "insert", es);
	if (modify != NULL && rri->ri_BatchSize > 1)
		ExplainPropertyInteger("Batch Size", NULL, rri->ri_BatchSize, es);
}
