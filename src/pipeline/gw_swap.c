/*
 * gw_swap.c
 *	  Replacing a target's rows by a new heap: filled beside the old one, then
 *	  put in its place.
 *
 * The table stays the same table: its oid, views, grants and indexes.  Readers
 * are shut out only while the heaps change places and the indexes are built,
 * not while the source is read.  To everybody else it looks like TRUNCATE and
 * INSERT, so it is done only where nothing but the caller could notice the
 * difference; gw_swap_fits() says where.
 */
#include "postgres.h"

#include "access/multixact.h"
#include "access/table.h"
#include "access/xact.h"
#include "base/gw_compat.h"
#include "catalog/catalog.h"
#include "catalog/pg_class.h"
#include "commands/cluster.h"
#include "commands/tablecmds.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/lmgr.h"
#include "storage/predicate.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "pipeline/gw_heap.h"
#include "pipeline/gw_movement.h"

/*
 * Write the source's rows to the target, or to a new heap that has its columns;
 * fresh: nobody else sees it yet.
 */
void
gw_fill_rows(GwSync *sync, Relation rel, GwExtract *extract, const GwBatch *first, bool fresh)
{
	AttrNumber *attnos = palloc(sizeof(AttrNumber) * sync->nmoves);
	GwHeap *heap;

	for (int i = 0; i < sync->nmoves; i++)
		attnos[i] = get_attnum(RelationGetRelid(rel), sync->moves[i].column->name);
	heap = gw_heap_begin(rel, first, attnos, 0, fresh);
	for (const GwBatch *batch = first; batch != NULL; batch = gw_extract_next(extract))
		gw_heap_write(heap, batch);
	sync->inserted = gw_heap_end(heap);
}

/* Are all columns moved, so that none needs a default? */
static bool
swap_moves_all(const GwSync *sync, TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped &&
			(att->attgenerated != '\0' ||
			 gw_schema_column(sync->schema, NameStr(att->attname)) == NULL))
			return false;
	}
	return true;
}

/* A table to which values can be written as they come, and that is all. */
static bool
swap_is_plain(const GwSync *sync, Relation rel)
{
	const TupleConstr *constr = RelationGetDescr(rel)->constr;

	return rel->rd_rel->relkind == RELKIND_RELATION && !rel->rd_rel->relispartition &&
		   rel->trigdesc == NULL && rel->rd_rules == NULL &&
		   (constr == NULL || constr->num_check == 0) &&
		   swap_moves_all(sync, RelationGetDescr(rel));
}

/*
 * May rows be added to the target past COPY?  Also one that this run has made
 * is looked at: an event trigger may have seen to it that it is not plain.
 */
bool
gw_fill_fits(GwSync *sync, Relation rel)
{
	return (sync->target_is_new || sync->mode == GW_SYNC_APPEND) && swap_is_plain(sync, rel) &&
		   !rel->rd_rel->relhasindex && !rel->rd_rel->relrowsecurity;
}

/*
 * Only the owner's plain table.  A new heap has no triggers (so none of a
 * foreign key), no CHECK and no partition's bounds; what is written to it is not
 * decoded for subscribers; inheritance children would keep their rows.
 */
bool
gw_swap_fits(GwSync *sync, Relation rel)
{
	return swap_is_plain(sync, rel) && rel->rd_rel->relpersistence != RELPERSISTENCE_TEMP &&
		   !rel->rd_rel->relhassubclass && !RelationIsLogicallyLogged(rel) &&
		   gw_owns_relation(RelationGetRelid(rel), GetUserId()) &&
		   pg_class_aclcheck(RelationGetRelid(rel), GetUserId(), ACL_TRUNCATE) == ACLCHECK_OK;
}

/* The new heap takes the old one's place; the indexes are built on it. */
static void
swap_heaps(Relation rel, Oid heap, int64 rows)
{
	Oid relid = RelationGetRelid(rel);
	char persistence = rel->rd_rel->relpersistence;

	LockRelationOid(relid, AccessExclusiveLock);
	CheckTableNotInUse(rel, "replace");
	TransferPredicateLocksToHeapRelation(rel);
	pgstat_count_truncate(rel);
	pgstat_count_heap_insert(rel, rows);
	table_close(rel, NoLock);
	finish_heap_swap(relid, heap, false, false, true, true, RecentXmin, ReadNextMultiXactId(),
					 persistence);
	CommandCounterIncrement();
}

/*
 * Replace the rows of the target, which is open and locked against a second
 * one who does this, and is closed here.
 */
void
gw_swap_rows(GwSync *sync, Relation rel, GwExtract *extract, const GwBatch *first)
{
	Oid heap = gw_make_new_heap(rel, ShareUpdateExclusiveLock);
	/* Nobody else sees it; the executor insists on this very lock. */
	Relation into = table_open(heap, RowExclusiveLock);

	gw_fill_rows(sync, into, extract, first, true);
	table_close(into, NoLock);
	swap_heaps(rel, heap, sync->inserted);
	sync->deleted = -1;
}
