/*
 * gw_fdw_modify_plan.c
 *	  Planning writes to foreign tables: what may be written, how a remote row
 *	  is found again, which columns are sent and which come back.
 *
 * Executes nothing.  Plans hold nothing but Nodes.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/heap.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "executor/executor.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/appendinfo.h"
#include "optimizer/inherit.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"

#include "base/gw_compat.h"
#include "fdw/gw_modify.h"

/* From so many expected rows on, COPY wins what it costs to begin one. */
#define MODIFY_COPY_ROWS 100

/* ---- what may be written ---- */

/* With whose rights the table is written. */
static Oid
modify_user(PlannerInfo *root, RangeTblEntry *rte)
{
	Oid userid = gw_rte_check_as_user(root->parse, rte);

	return OidIsValid(userid) ? userid : GetUserId();
}

static const GwOptionSet *
modify_options(Relation rel, Oid userid)
{
	Oid relid = RelationGetRelid(rel);

	return gw_server_options(GetForeignTable(relid)->serverid, userid, relid);
}

int
gw_is_updatable(Relation rel)
{
	const GwPlatform *platform =
		gw_server_platform(GetForeignTable(RelationGetRelid(rel))->serverid);
	const GwOptionSet *options = modify_options(rel, GetUserId());

	if ((platform->caps & GW_CAP_MODIFY) == 0 || gw_option_str(options, "query") != NULL ||
		!gw_option_bool(options, "updatable"))
		return 0;
	return (1 << CMD_INSERT) | (1 << CMD_UPDATE) | (1 << CMD_DELETE);
}

void
gw_modify_target(Relation rel, Oid userid, GwModifyPlan *plan)
{
	const GwOptionSet *options = modify_options(rel, userid);
	const GwPlatform *platform;
	GwRemoteName name;

	plan->serverid = GetForeignTable(RelationGetRelid(rel))->serverid;
	platform = gw_server_platform(plan->serverid);
	if ((platform->caps & GW_CAP_MODIFY) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("foreign table \"%s\" cannot be written", RelationGetRelationName(rel)),
				 errdetail("Foreign tables of %s are read only.", platform->title),
				 (platform->caps & GW_CAP_SHARES_TRANSACTION) != 0
					 ? errhint("Write to the table itself.")
					 : errhint("gw.execute() and gw.sync_table() write there.")));
	name = gw_remote_name(RelationGetRelid(rel), userid, options);
	if (name.query != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("foreign table \"%s\" cannot be written", RelationGetRelationName(rel)),
				 errdetail("Its option query makes it the result of a query."),
				 errhint("Make a foreign table with the option table_name instead.")));
	plan->schema = name.schema != NULL ? pstrdup(name.schema) : NULL;
	plan->table = pstrdup(name.table);
	plan->batch_size = (int) gw_option_int(options, "batch_size");
}

bool
gw_modify_stays_whole(const GwModifyPlan *plan)
{
	return gw_server_platform(plan->serverid)->transport->copy_whole;
}

bool
gw_modify_may_copy(const GwModifyPlan *plan, TriggerDesc *triggers, const GwOptionSet *options,
				   double rows)
{
	const GwPlatform *platform = gw_server_platform(plan->serverid);
	const char *mode = gw_option_str(options, "insert_mode");

	if ((platform->caps & GW_CAP_COPY_IN) == 0 || plan->operation != CMD_INSERT ||
		plan->returning || plan->do_nothing || plan->targets == NIL)
		return false;
	if (triggers != NULL &&
		(triggers->trig_insert_before_row || triggers->trig_insert_after_row))
		return false;
	if (mode != NULL && strcmp(mode, "insert") == 0)
		return false;
	/* However few are expected: statements of their own would each stay there. */
	return rows >= MODIFY_COPY_ROWS || gw_modify_stays_whole(plan) ||
		   (mode != NULL && strcmp(mode, "copy") == 0);
}

/* ---- finding the row again ---- */

/* What the remote says of the table; NULL: it is not there. */
static const GwSchema *
modify_facts(const GwModifyPlan *plan, Oid userid)
{
	GwSession *session = gw_session_open(plan->serverid, userid, GW_SESSION_PROBE);

	return gw_session_describe(session, plan->schema, plan->table, true, true);
}

/* Columns with the option key. */
static List *
modify_declared_keys(Relation rel)
{
	TupleDesc desc = RelationGetDescr(rel);
	List *keys = NIL;

	for (int i = 1; i <= desc->natts; i++)
	{
		ListCell *lc;

		if (TupleDescAttr(desc, i - 1)->attisdropped)
			continue;
		foreach(lc, GetForeignColumnOptions(RelationGetRelid(rel), i))
		{
			DefElem *option = lfirst_node(DefElem, lc);

			if (strcmp(option->defname, "key") == 0 && defGetBoolean(option))
				keys = lappend_int(keys, i);
		}
	}
	return keys;
}

/* The local columns of a remote key; NIL: not all of them are here. */
static List *
modify_key_columns(Relation rel, const GwKey *key)
{
	TupleDesc desc = RelationGetDescr(rel);
	List *keys = NIL;

	for (int k = 0; k < key->ncolumns; k++)
	{
		for (int i = 1; i <= desc->natts; i++)
		{
			if (!TupleDescAttr(desc, i - 1)->attisdropped &&
				strcmp(gw_remote_column(RelationGetRelid(rel), i), key->columns[k]) == 0)
				keys = lappend_int(keys, i);
		}
	}
	return list_length(keys) == key->ncolumns ? keys : NIL;
}

/* Does the remote see to it that no two rows agree in these columns? */
static bool
modify_is_unique(Relation rel, const GwSchema *facts, List *keys)
{
	List *primary;

	if (facts == NULL || facts->primary == NULL || !facts->primary->enforced)
		return false;
	primary = modify_key_columns(rel, facts->primary);
	return primary != NIL && list_difference_int(primary, keys) == NIL;
}

/*
 * How rows are told apart: by the columns the user says, by the remote's own
 * row id where the remote relation has rows of its own, or by its primary
 * key.  NIL: not at all.
 */
static List *
modify_keys(Relation rel, const GwModifyPlan *plan, Oid userid, bool *unique)
{
	const GwRowId *id = gw_dialect_row_id(gw_server_platform(plan->serverid)->dialect);
	List *keys = modify_declared_keys(rel);
	const GwSchema *facts = modify_facts(plan, userid);

	if (keys != NIL)
	{
		*unique = modify_is_unique(rel, facts, keys);
		return keys;
	}
	*unique = true;
	if (id != NULL && (facts == NULL || strcmp(facts->kind, "table") == 0))
	{
		for (; id->name != NULL; id++)
			keys = lappend_int(keys, id->carrier);
		return keys;
	}
	if (facts != NULL && facts->primary != NULL && facts->primary->enforced)
		keys = modify_key_columns(rel, facts->primary);
	return keys;
}

/* The name under which a key travels from the scan to the write. */
static void
modify_key_name(int n, char *name)
{
	snprintf(name, NAMEDATALEN, "gw_key%d", n);
}

void
gw_add_update_targets(PlannerInfo *root, Index rtindex, RangeTblEntry *rte, Relation rel)
{
	GwModifyPlan plan = {0};
	Oid userid = modify_user(root, rte);
	uint32 flags;
	bool unique;
	int n = 0;
	ListCell *lc;

	gw_modify_target(rel, userid, &plan);
	flags = gw_server_platform(plan.serverid)->dialect->flags;
	if (root->parse->commandType == CMD_DELETE && root->parse->returningList != NIL &&
		(flags & (GW_DIALECT_RETURNING | GW_DIALECT_OUTPUT)) == 0)
		add_row_identity_var(root,
							 makeVar(rtindex, InvalidAttrNumber, RECORDOID, -1, InvalidOid, 0),
							 rtindex, GW_MODIFY_OLD_ROW);
	foreach(lc, modify_keys(rel, &plan, userid, &unique))
	{
		AttrNumber attno = (AttrNumber) lfirst_int(lc);
		const FormData_pg_attribute *attr = attno < 0
												? SystemAttributeDefinition(attno)
												: TupleDescAttr(RelationGetDescr(rel), attno - 1);
		char name[NAMEDATALEN];

		modify_key_name(++n, name);
		add_row_identity_var(root,
							 makeVar(rtindex, attno, attr->atttypid, attr->atttypmod,
									 attr->attcollation, 0),
							 rtindex, pstrdup(name));
	}
}

AttrNumber
gw_modify_key_column(Plan *subplan, int n)
{
	char name[NAMEDATALEN];
	AttrNumber result;

	modify_key_name(n, name);
	result = ExecFindJunkAttributeInTlist(subplan->targetlist, name);
	if (!AttributeNumberIsValid(result))
		elog(ERROR, "the plan does not fetch what tells remote rows apart");
	return result;
}

/* ---- which columns ---- */

List *
gw_modify_all_columns(Relation rel)
{
	List *columns = NIL;

	for (int i = 1; i <= RelationGetNumberOfAttributes(rel); i++)
	{
		if (!TupleDescAttr(RelationGetDescr(rel), i - 1)->attisdropped)
			columns = lappend_int(columns, i);
	}
	return columns;
}

List *
gw_modify_columns_read(Relation rel, Index varno, List *clauses)
{
	TupleDesc desc = RelationGetDescr(rel);
	Bitmapset *attrs = NULL;
	bool whole_row;
	List *columns = NIL;

	pull_varattnos((Node *) clauses, varno, &attrs);
	gw_refuse_system_columns(RelationGetRelid(rel), attrs);
	whole_row = bms_is_member(InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber, attrs);
	for (int i = 1; i <= desc->natts; i++)
	{
		if (!TupleDescAttr(desc, i - 1)->attisdropped &&
			(whole_row || bms_is_member(i - FirstLowInvalidHeapAttributeNumber, attrs)))
			columns = lappend_int(columns, i);
	}
	return columns;
}

/*
 * Is a column that the statement says nothing about left to the remote?  It
 * is where the remote computes it, and where NULL could not be stored but a
 * default can.
 */
static bool
modify_left_to_remote(Relation rel, const GwSchema *facts, AttrNumber attno)
{
	const GwColumn *column =
		facts != NULL
			? gw_schema_column(facts, gw_remote_column(RelationGetRelid(rel), attno))
			: NULL;

	if (column == NULL)
		return false;
	return column->generated_sql != NULL || column->identity_mode != NULL ||
		   (!column->nullable && column->default_kind != GW_DEFAULT_NONE);
}

/*
 * The columns of new rows that are sent: those given a value, and NULL for
 * the others as in any table.  A generated column is computed by the remote
 * if it is one there too.
 */
static List *
modify_new_columns(Relation rel, const GwModifyPlan *plan, Oid userid, Bitmapset *given)
{
	TupleDesc desc = RelationGetDescr(rel);
	const GwSchema *facts = NULL;
	bool asked = false;
	List *columns = NIL;

	for (int i = 1; i <= desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i - 1);

		if (attr->attisdropped)
			continue;
		if (attr->attgenerated != '\0' || !bms_is_member(i, given))
		{
			if (!asked)
				facts = modify_facts(plan, userid);
			asked = true;
			if (modify_left_to_remote(rel, facts, i))
				continue;
		}
		columns = lappend_int(columns, i);
	}
	return columns;
}

List *
gw_modify_routed_columns(ResultRelInfo *rri, EState *estate, const GwModifyPlan *plan,
						 Oid userid)
{
	Relation rel = rri->ri_RelationDesc;
	int natts = RelationGetNumberOfAttributes(rel);
	Bitmapset *named = rri->ri_RootResultRelInfo == NULL ? ExecGetInsertedCols(rri, estate) : NULL;
	Bitmapset *given = NULL;

	for (int i = 1; i <= natts; i++)
	{
		if (named == NULL || bms_is_member(i - FirstLowInvalidHeapAttributeNumber, named) ||
			TupleDescAttr(RelationGetDescr(rel), i - 1)->atthasdef)
			given = bms_add_member(given, i);
	}
	return modify_new_columns(rel, plan, userid, given);
}

void
gw_modify_natives(Relation rel, Oid userid, GwModifyPlan *plan)
{
	const GwDialect *dialect = gw_server_platform(plan->serverid)->dialect;
	const GwSchema *facts = NULL;
	bool asked = false;
	ListCell *lc;

	plan->natives = NIL;
	foreach(lc, plan->targets)
	{
		AttrNumber attno = (AttrNumber) lfirst_int(lc);
		Oid type = getBaseType(TupleDescAttr(RelationGetDescr(rel), attno - 1)->atttypid);
		const GwColumn *column = NULL;

		if (gw_dialect_asks_native(dialect, type))
		{
			if (!asked)
				facts = modify_facts(plan, userid);
			asked = true;
			if (facts != NULL)
				column = gw_schema_column(facts, gw_remote_column(RelationGetRelid(rel), attno));
		}
		plan->natives = lappend(plan->natives, column != NULL && column->native_type != NULL
												   ? pstrdup(column->native_type)
												   : NULL);
	}
}

/* Local defaults stand in the statement's target list already. */
static List *
modify_insert_columns(PlannerInfo *root, Relation rel, const GwModifyPlan *plan, Oid userid)
{
	Bitmapset *given = NULL;
	ListCell *lc;

	foreach(lc, root->parse->targetList)
	{
		if (!lfirst_node(TargetEntry, lc)->resjunk)
			given = bms_add_member(given, lfirst_node(TargetEntry, lc)->resno);
	}
	return modify_new_columns(rel, plan, userid, given);
}

bool
gw_modify_may_move(Relation rel, List *columns)
{
	Bitmapset *attrs = NULL;
	ListCell *lc;

	if (!rel->rd_rel->relispartition)
		return false;
	pull_varattnos((Node *) RelationGetPartitionQual(rel), 1, &attrs);
	foreach(lc, columns)
	{
		if (bms_is_member(lfirst_int(lc) - FirstLowInvalidHeapAttributeNumber, attrs))
			return true;
	}
	return false;
}

/* Every column, where a row trigger here may change any. */
static List *
modify_update_columns(PlannerInfo *root, Relation rel, const GwModifyPlan *plan, Oid userid,
					  Index rtindex)
{
	TupleDesc desc = RelationGetDescr(rel);
	bool all = rel->trigdesc != NULL && rel->trigdesc->trig_update_before_row;
	Bitmapset *updated = get_rel_all_updated_cols(root, find_base_rel(root, rtindex));
	List *columns = NIL;

	for (int i = 1; i <= desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i - 1);

		if (attr->attisdropped ||
			!(all || bms_is_member(i - FirstLowInvalidHeapAttributeNumber, updated)))
			continue;
		if (attr->attgenerated != '\0' &&
			modify_left_to_remote(rel, modify_facts(plan, userid), i))
			continue;
		columns = lappend_int(columns, i);
	}
	return columns;
}

/* What has to come back: for RETURNING, WITH CHECK OPTION and AFTER triggers. */
static void
modify_returning(Relation rel, Index varno, ModifyTable *node, int subplan_index,
				 GwModifyPlan *plan)
{
	const TriggerDesc *triggers = rel->trigdesc;
	bool after = triggers != NULL && ((plan->operation == CMD_INSERT &&
									   triggers->trig_insert_after_row) ||
									  (plan->operation == CMD_UPDATE &&
									   triggers->trig_update_after_row));
	List *clauses = NIL;

	if (node->returningLists != NIL)
	{
		clauses = list_concat_copy(clauses, list_nth(node->returningLists, subplan_index));
		plan->returning = true;
	}
	if (node->withCheckOptionLists != NIL &&
		list_nth(node->withCheckOptionLists, subplan_index) != NIL &&
		plan->operation != CMD_DELETE)
	{
		clauses = list_concat(clauses,
							  list_nth(node->withCheckOptionLists, subplan_index));
		plan->returning = true;
	}
	plan->retrieved = gw_modify_columns_read(rel, varno, clauses);
	if (after)
	{
		plan->retrieved = gw_modify_all_columns(rel);
		plan->returning = true;
	}
}

/* Is what the remote stores in the column what was sent, to the last digit? */
static bool
modify_is_echoed(Relation rel, const GwSchema *facts, AttrNumber attno)
{
	Form_pg_attribute attr = TupleDescAttr(RelationGetDescr(rel), attno - 1);
	const GwColumn *column =
		facts != NULL
			? gw_schema_column(facts, gw_remote_column(RelationGetRelid(rel), attno))
			: NULL;
	const char *lossy = NULL;
	Oid type;
	int32 typmod;

	if (column == NULL || column->generated_sql != NULL || column->identity_mode != NULL ||
		attr->attgenerated != '\0')
		return false;
	gw_schema_local_type_id(gw_schema_local_type(column, &lossy), &type, &typmod, false);
	return lossy == NULL && type == attr->atttypid && typmod == attr->atttypmod;
}

/*
 * Does the statement have RETURNING, as far as this server's version goes?  A
 * computed column may not have its value yet when it is shown.
 */
static bool
modify_server_returns(Relation rel, Oid userid, const GwModifyPlan *plan)
{
	int since = gw_server_platform(plan->serverid)->dialect->returning_since;
	const GwSchema *facts;
	ListCell *lc;

	/* One that skips rows would show those that were there. */
	if (since == 0 || plan->operation == CMD_UPDATE || plan->do_nothing ||
		gw_session_server_version(
			gw_session_open(plan->serverid, userid, GW_SESSION_PROBE)) < since)
		return false;
	facts = modify_facts(plan, userid);
	foreach(lc, plan->retrieved)
	{
		const char *name = gw_remote_column(RelationGetRelid(rel), lfirst_int(lc));
		const GwColumn *column = facts != NULL ? gw_schema_column(facts, name) : NULL;

		if (column == NULL || column->generated_sql != NULL)
			return false;
	}
	return true;
}

void
gw_modify_echo(Relation rel, Oid userid, GwModifyPlan *plan)
{
	uint32 flags = gw_server_platform(plan->serverid)->dialect->flags;
	bool echoed = (flags & GW_DIALECT_KEEPS_ROWS) != 0;
	ListCell *lc;

	if (!plan->returning || (flags & (GW_DIALECT_RETURNING | GW_DIALECT_OUTPUT)) != 0 ||
		modify_server_returns(rel, userid, plan))
		return;
	foreach(lc, plan->retrieved)
	{
		if (plan->operation != CMD_DELETE && echoed)
			echoed = modify_is_echoed(rel, modify_facts(plan, userid), lfirst_int(lc)) &&
					 (plan->operation == CMD_UPDATE ||
					  list_member_int(plan->targets, lfirst_int(lc)));
	}
	if (!echoed)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("rows written to foreign table \"%s\" cannot come back",
							   RelationGetRelationName(rel)),
						errdetail("RETURNING, WITH CHECK OPTION and AFTER ROW triggers need "
								  "them."),
						errhint("Write without them, and read the rows afterwards.")));
	plan->returning = false;
	plan->echo = true;
}

static void
modify_plan_keys(Relation rel, Oid userid, GwModifyPlan *plan)
{
	plan->keys = modify_keys(rel, plan, userid, &plan->unique);
	if (plan->keys == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("rows of foreign table \"%s\" cannot be told apart",
						RelationGetRelationName(rel)),
				 errdetail("The remote relation has no row of its own and no primary key."),
				 errhint("ALTER FOREIGN TABLE ... ALTER COLUMN ... OPTIONS (ADD key 'true') "
						 "names the columns that identify a row.")));
}

void
gw_modify_on_conflict(Relation rel, OnConflictAction action, GwModifyPlan *plan)
{
	const GwPlatform *platform = gw_server_platform(plan->serverid);

	plan->do_nothing = action == ONCONFLICT_NOTHING;
	if (action != ONCONFLICT_NONE &&
		(action != ONCONFLICT_NOTHING ||
		 (platform->dialect->flags & GW_DIALECT_DO_NOTHING) == 0))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this ON CONFLICT clause is not supported on foreign table \"%s\"",
						RelationGetRelationName(rel)),
				 errdetail("Platform %s has nothing like it.", platform->name),
				 errhint("INSERT ... SELECT ... WHERE NOT EXISTS leaves out rows that are "
						 "there.")));
}

List *
gw_plan_modify(PlannerInfo *root, ModifyTable *node, Index rtindex, int subplan_index)
{
	RangeTblEntry *rte = planner_rt_fetch(rtindex, root);
	Relation rel = table_open(rte->relid, NoLock);
	Oid userid = modify_user(root, rte);
	GwModifyPlan plan = {.operation = node->operation};

	gw_modify_target(rel, userid, &plan);
	gw_modify_on_conflict(rel, node->onConflictAction, &plan);
	modify_returning(rel, rtindex, node, subplan_index, &plan);
	switch (plan.operation)
	{
		case CMD_INSERT:
			plan.targets = modify_insert_columns(root, rel, &plan, userid);
			plan.copy = gw_modify_may_copy(&plan, rel->trigdesc, modify_options(rel, userid),
										   outerPlan(node)->plan_rows) &&
						node->withCheckOptionLists == NIL;
			break;
		case CMD_UPDATE:
			plan.targets = modify_update_columns(root, rel, &plan, userid, rtindex);
			modify_plan_keys(rel, userid, &plan);
			break;
		case CMD_DELETE:
			modify_plan_keys(rel, userid, &plan);
			break;
		default:
			elog(ERROR, "unexpected operation %d on a foreign table", (int) plan.operation);
	}
	gw_modify_echo(rel, userid, &plan);
	table_close(rel, NoLock);
	return gw_modify_plan_to_list(&plan);
}

/* ---- serialised form ---- */

List *
gw_modify_plan_to_list(const GwModifyPlan *plan)
{
	List *numbers = list_make5_int(plan->operation, plan->returning, plan->unique,
								   plan->do_nothing, plan->copy);

	numbers = lappend_int(numbers, plan->batch_size);
	numbers = lappend_int(numbers, plan->echo);
	return list_make4(list_make2(plan->schema != NULL ? (Node *) makeString(plan->schema) : NULL,
								 makeString(plan->table)),
					  list_make3(plan->targets, plan->keys, plan->retrieved), numbers,
					  list_make1_oid(plan->serverid));
}

GwModifyPlan *
gw_modify_plan_from_list(List *list)
{
	GwModifyPlan *plan = palloc0(sizeof(GwModifyPlan));
	List *names = linitial(list);
	List *columns = lsecond(list);
	List *numbers = lthird(list);

	plan->schema = linitial(names) != NULL ? strVal(linitial(names)) : NULL;
	plan->table = strVal(lsecond(names));
	plan->targets = linitial(columns);
	plan->keys = lsecond(columns);
	plan->retrieved = lthird(columns);
	plan->operation = (CmdType) linitial_int(numbers);
	plan->returning = lsecond_int(numbers) != 0;
	plan->unique = lthird_int(numbers) != 0;
	plan->do_nothing = lfourth_int(numbers) != 0;
	plan->copy = list_nth_int(numbers, 4) != 0;
	plan->batch_size = list_nth_int(numbers, 5);
	plan->echo = list_nth_int(numbers, 6) != 0;
	plan->serverid = linitial_oid(lfourth(list));
	return plan;
}
