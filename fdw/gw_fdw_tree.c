/*
 * gw_fdw_tree.c
 *	  The query tree of a scan: from what the planner keeps of one base
 *	  relation to the SELECT that reads it.
 *
 * Everything lives in CurrentMemoryContext.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "fdw/gw_deparse.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/prep.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* The columns to fetch, in table order. */
static List *
tree_columns(RelOptInfo *rel, Bitmapset *attrs_used, List **retrieved_attrs)
{
	const GwRelation *grel = rel->fdw_private;
	Relation table = table_open(grel->relid, NoLock);
	TupleDesc desc = RelationGetDescr(table);
	bool whole_row = bms_is_member(InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber,
								   attrs_used);
	List *columns = NIL;

	*retrieved_attrs = NIL;
	for (int i = 1; i <= desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i - 1);

		if (attr->attisdropped ||
			!(whole_row ||
			  bms_is_member(i - FirstLowInvalidHeapAttributeNumber, attrs_used)))
			continue;
		columns = lappend(columns, makeVar(rel->relid, i, attr->atttypid, attr->atttypmod,
										   attr->attcollation, 0));
		*retrieved_attrs = lappend_int(*retrieved_attrs, i);
	}
	table_close(table, NoLock);
	return columns;
}

/* What tells the remote's rows apart, where a write will ask for it. */
static void
tree_row_id(RelOptInfo *rel, Bitmapset *attrs_used, List **columns, List **retrieved_attrs)
{
	const GwRelation *grel = rel->fdw_private;
	const GwRowId *id = gw_dialect_row_id(grel->dialect);

	for (; id != NULL && id->name != NULL; id++)
	{
		if (!bms_is_member(id->carrier - FirstLowInvalidHeapAttributeNumber, attrs_used))
			continue;
		*columns = lappend(*columns, makeVar(rel->relid, id->carrier, id->type, -1, InvalidOid,
											 0));
		*retrieved_attrs = lappend_int(*retrieved_attrs, id->carrier);
	}
}

static bool
tree_can_lock(const GwRelation *grel)
{
	return (grel->platform->caps & GW_CAP_MODIFY) != 0 &&
		gw_dialect_locks(grel->platform->dialect);
}

/*
 * Rows that will be written, or that the query locks, are locked when they are
 * read: nobody can change them in between.
 */
static void
tree_lock(PlannerInfo *root, RelOptInfo *rel, GwQuery *query)
{
	const GwRelation *grel = rel->fdw_private;
	const PlanRowMark *mark = get_plan_rowmark(root->rowMarks, rel->relid);

	if (mark != NULL && mark->strength != LCS_NONE && !tree_can_lock(grel))
		ereport(WARNING,
				(errmsg("rows of foreign table \"%s\" are not locked",
						get_rel_name(root->simple_rte_array[rel->relid]->relid)),
				 errdetail("FOR UPDATE and its like do nothing on platform %s.",
						   grel->platform->name)));
	if ((grel->platform->caps & GW_CAP_MODIFY) == 0)
		return;
	if (bms_is_member(rel->relid, root->all_result_relids) &&
		(root->parse->commandType == CMD_UPDATE || root->parse->commandType == CMD_DELETE))
	{
		query->lock = LCS_FORUPDATE;
		query->lock_policy = LockWaitBlock;
		return;
	}
	if (mark != NULL)
	{
		query->lock = mark->strength;
		query->lock_policy = mark->waitPolicy;
	}
}

List *
gw_sort_keys(PlannerInfo *root, RelOptInfo *rel, List *pathkeys)
{
	List *keys = NIL;
	ListCell *lc;

	foreach(lc, pathkeys)
	{
		GwSortKey *key = palloc0(sizeof(GwSortKey));

		if (!gw_sort_key(root, rel, lfirst(lc), key))
			elog(ERROR, "a sort key that is sorted locally cannot be sent");
		/* A key without columns sorts nothing, and a number would mean a column. */
		if (contain_var_clause((Node *) key->expr))
			keys = lappend(keys, key);
	}
	return keys;
}

char *
gw_deparse_select(PlannerInfo *root, RelOptInfo *rel, const GwSelectSpec *spec,
				  List **retrieved_attrs, List **params)
{
	const GwRelation *grel = rel->fdw_private;
	GwQuery *query = gw_query_make(grel->scope);

	query->targets = tree_columns(rel, spec->attrs_used, retrieved_attrs);
	tree_row_id(rel, spec->attrs_used, &query->targets, retrieved_attrs);
	query->from = list_make1(gw_from_source(linitial(grel->scope->sources)));
	query->where = gw_conditions(spec->conds);
	query->order_by = gw_sort_keys(root, rel, spec->pathkeys);
	if (spec->has_limit)
	{
		query->limit = spec->limit;
		query->offset = spec->offset;
	}
	tree_lock(root, rel, query);
	return gw_deparse_query_tree(query, params);
}
