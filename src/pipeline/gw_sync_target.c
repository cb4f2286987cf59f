/*
 * gw_sync_target.c
 *	  The target: made from the source's schema when it does not exist, and
 *	  checked for rights and keys when it does.  Always as the caller.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "pipeline/gw_movement.h"

static void
target_execute(const char *sql)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(sql, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "unexpected result of: %s", sql);
	SPI_finish();
}

static void
target_comment(GwSync *sync, const GwColumn *column, const char *comment)
{
	GwSqlBuf buf;

	if (comment == NULL || comment[0] == '\0')
		return;
	gw_sqlbuf_init(&buf);
	gw_sql(&buf, column == NULL ? "COMMENT ON TABLE " : "COMMENT ON COLUMN ");
	gw_dialect_relation(&gw_dialect_local, &buf, sync->target_schema, sync->target_table);
	if (column != NULL)
	{
		gw_sql(&buf, ".");
		gw_dialect_identifier(&gw_dialect_local, &buf, column->name);
	}
	gw_sql(&buf, " IS ");
	gw_dialect_string(&gw_dialect_local, &buf, comment);
	target_execute(gw_sqlbuf_text(&buf));
}

void
gw_sync_create_target(GwSync *sync)
{
	bool first = true;
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "CREATE TABLE ");
	gw_dialect_relation(&gw_dialect_local, &buf, sync->target_schema, sync->target_table);
	gw_sql(&buf, " (");
	for (int i = 0; i < sync->nmoves; i++)
	{
		const GwMove *move = &sync->moves[i];

		gw_sql_separator(&buf, &first, ", ");
		gw_dialect_identifier(&gw_dialect_local, &buf, move->column->name);
		gw_sql(&buf, " ");
		gw_sql_rendered(&buf, gw_schema_local_type_sql(move->type_text));
		if (!move->column->nullable || move->is_key)
			gw_sql(&buf, " NOT NULL");
	}
	if (sync->request->nkeys > 0)
	{
		gw_sql(&buf, ", PRIMARY KEY (");
		first = true;
		for (int i = 0; i < sync->request->nkeys; i++)
		{
			gw_sql_separator(&buf, &first, ", ");
			gw_dialect_identifier(&gw_dialect_local, &buf, sync->request->keys[i]);
		}
		gw_sql(&buf, ")");
	}
	gw_sql(&buf, ")");
	target_execute(gw_sqlbuf_text(&buf));

	target_comment(sync, NULL, sync->schema->comment);
	for (int i = 0; i < sync->nmoves; i++)
		target_comment(sync, sync->moves[i].column, sync->moves[i].column->comment);
	sync->target_oid = RangeVarGetRelid(
		makeRangeVar(sync->target_schema, sync->target_table, -1), NoLock, false);
	sync->target_is_new = true;
}

/* Is the index one that ON CONFLICT (keys) can use? */
static bool
target_index_fits(const GwSync *sync, Oid relid, Relation index)
{
	Form_pg_index form = index->rd_index;

	if (!form->indisunique || !form->indisvalid || !form->indimmediate ||
		form->indnkeyatts != sync->request->nkeys ||
		RelationGetIndexPredicate(index) != NIL || RelationGetIndexExpressions(index) != NIL)
		return false;
	for (int i = 0; i < form->indnkeyatts; i++)
	{
		const char *name = get_attname(relid, form->indkey.values[i], false);
		bool found = false;

		for (int k = 0; k < sync->request->nkeys; k++)
			found = found || strcmp(sync->request->keys[k], name) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* A merge needs a unique index on exactly its keys. */
static void
target_check_keys(GwSync *sync, Relation rel)
{
	List *indexes = RelationGetIndexList(rel);
	bool found = false;
	StringInfoData columns;
	ListCell *lc;

	foreach (lc, indexes)
	{
		Relation index = index_open(lfirst_oid(lc), AccessShareLock);

		found = found || target_index_fits(sync, RelationGetRelid(rel), index);
		index_close(index, AccessShareLock);
	}
	if (found)
		return;
	initStringInfo(&columns);
	for (int i = 0; i < sync->request->nkeys; i++)
		appendStringInfo(&columns, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(sync->request->keys[i]));
	ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
					errmsg("target %s has no unique index on its merge keys (%s)", sync->target,
						   columns.data),
					errhint("CREATE UNIQUE INDEX ON %s (%s);", sync->target, columns.data)));
}

static void
target_check_right(GwSync *sync, AclMode right)
{
	AclResult result = pg_class_aclcheck(sync->target_oid, GetUserId(), right);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_TABLE, sync->target);
}

/* Is it a table, may the caller load it in this mode, are the keys unique? */
void
gw_sync_check_target(GwSync *sync)
{
	Relation rel = table_open(sync->target_oid, AccessShareLock);
	char relkind = rel->rd_rel->relkind;

	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("target %s is not a table", sync->target),
						errdetail("Rows are moved into ordinary and partitioned tables.")));
	target_check_right(sync, ACL_INSERT);
	if (sync->mode == GW_SYNC_MERGE)
	{
		target_check_right(sync, ACL_UPDATE);
		target_check_right(sync, ACL_SELECT);
		target_check_keys(sync, rel);
	}
	if (sync->mode == GW_SYNC_REPLACE)
	{
		if (check_enable_rls(sync->target_oid, InvalidOid, true) == RLS_ENABLED)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("target %s has row-level security, so \"%s\" may not replace it",
							sync->target, GetUserNameFromId(GetUserId(), false)),
					 errdetail("Only the rows that the role sees would be replaced."),
					 errhint("Run the sync as the table's owner, or use mode \"merge\".")));
		if (pg_class_aclcheck(sync->target_oid, GetUserId(), ACL_TRUNCATE) != ACLCHECK_OK)
			target_check_right(sync, ACL_DELETE);
	}
	table_close(rel, NoLock);
}
