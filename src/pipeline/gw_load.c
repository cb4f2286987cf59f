/*
 * gw_load.c
 *	  The source's rows into the target: append, replace, merge.
 *
 * There are two roads.  Straight: COPY into the target; past it into a plain
 * one, or into a new heap for the one that is replaced.  By way of
 * a staging table and one statement: merges, which have to see all rows of a
 * key, and whatever COPY would do otherwise than INSERT.  On both, everything
 * runs as the caller, so rights, triggers, constraints, defaults, row security
 * and partitioning of the target hold as for any INSERT.  The target is never
 * renamed or re-created: views, grants and its identity stay.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "access/table.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"

#include "pipeline/gw_movement.h"
#include "pipeline/gw_state.h"
#include "pipeline/state.sql.h"

static const GwDialect *const local = &gw_dialect_local;

/* Run a statement as the caller; the number of rows it concerned. */
static int64
load_execute(const char *sql)
{
	int64 rows;
	int rc;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	rc = SPI_execute(sql, false, 0);
	if (rc < 0)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(rc));
	rows = SPI_processed;
	SPI_finish();
	return rows;
}

/* The first row of a query as texts in the job's context. */
static bool
load_row(GwSync *sync, const char *sql, int ncolumns, char **row)
{
	bool found;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(sql, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "unexpected result of: %s", sql);
	found = SPI_processed > 0;
	for (int i = 0; i < ncolumns; i++)
	{
		char *value =
			found ? SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1) : NULL;

		row[i] = value == NULL ? NULL : MemoryContextStrdup(sync->cxt, value);
	}
	SPI_finish();
	return found;
}

static void
load_target(const GwSync *sync, GwSqlBuf *buf)
{
	gw_dialect_relation(local, buf, sync->target_schema, sync->target_table);
}

/* The move of a merge key. */
static int
load_key(const GwSync *sync, int key)
{
	for (int i = 0; i < sync->nmoves; i++)
	{
		if (strcmp(sync->moves[i].column->name, sync->request->keys[key]) == 0)
			return i;
	}
	elog(ERROR, "merge key \"%s\" is not a column", sync->request->keys[key]);
}

/* "c3, c1": the staged keys */
static void
load_staged_keys(const GwSync *sync, GwSqlBuf *buf)
{
	for (int k = 0; k < sync->request->nkeys; k++)
	{
		gw_sql(buf, k > 0 ? ", c" : "c");
		gw_sql_int(buf, load_key(sync, k) + 1);
	}
}

/* "INSERT INTO target AS t (columns) OVERRIDING SYSTEM VALUE SELECT c1, c2 ..." */
static void
load_insert(const GwSync *sync, GwSqlBuf *buf)
{
	gw_sql(buf, "INSERT INTO ");
	load_target(sync, buf);
	gw_sql(buf, " AS t (");
	for (int i = 0; i < sync->nmoves; i++)
	{
		gw_sql(buf, i > 0 ? ", " : "");
		gw_dialect_identifier(local, buf, sync->moves[i].column->name);
	}
	gw_sql(buf, ") OVERRIDING SYSTEM VALUE SELECT ");
	for (int i = 0; i < sync->nmoves; i++)
	{
		gw_sql(buf, i > 0 ? ", s.c" : "s.c");
		gw_sql_int(buf, i + 1);
	}
}

static void
load_append(GwSync *sync)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	load_insert(sync, &buf);
	gw_sql(&buf, " FROM ");
	gw_sql_rendered(&buf, sync->stage);
	gw_sql(&buf, " s");
	sync->inserted = load_execute(gw_sqlbuf_text(&buf));
}

/*
 * Should the target be emptied by TRUNCATE?  Where foreign keys point at it,
 * only the caller can say what is to happen to the rows that refer to it.
 */
static bool
load_truncates(GwSync *sync)
{
	const char *method = sync->options.replace_method;
	const char *target = gw_state_int(sync->target_oid);
	char *row[1];

	if (strcmp(method, "auto") != 0)
		return strcmp(method, "truncate") == 0;
	if (gw_state_query(sql_target_referrer, 1, &target, 1, row))
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("target %s cannot be replaced: a foreign key of %s refers to it",
						sync->target, row[0]),
				 errhint("Use mode \"merge\", or set the option replace_method to \"delete\", "
						 "which does what the foreign key says ON DELETE.")));
	return pg_class_aclcheck(sync->target_oid, GetUserId(), ACL_TRUNCATE) == ACLCHECK_OK;
}

static void
load_empty_target(GwSync *sync)
{
	bool truncate = load_truncates(sync);
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_sql(&buf, truncate ? "TRUNCATE TABLE " : "DELETE FROM ");
	load_target(sync, &buf);
	sync->deleted = load_execute(gw_sqlbuf_text(&buf));
	if (truncate)
		sync->deleted = -1;
}

/* The source has no row (in this window). */
static void
load_nothing(GwSync *sync)
{
	if (sync->mode != GW_SYNC_REPLACE)
		return;
	if (strcmp(sync->options.on_empty_source, "skip") == 0)
	{
		ereport(NOTICE, (errmsg("source %s is empty; target %s was left as it is",
								sync->source, sync->target)));
		return;
	}
	if (strcmp(sync->options.on_empty_source, "error") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("source %s is empty, so target %s was not replaced", sync->source,
						sync->target),
				 errhint("Set the option on_empty_source to \"replace\" to empty the target, "
						 "or to \"skip\" to keep it.")));
	load_empty_target(sync);
}

/* A NULL in a key would be inserted again on every run. */
static void
load_refuse_null_keys(GwSync *sync)
{
	int nkeys = sync->request->nkeys;
	char **row = palloc(sizeof(char *) * nkeys);
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "SELECT ");
	for (int k = 0; k < nkeys; k++)
	{
		gw_sql(&buf, k > 0 ? ", " : "");
		gw_sql(&buf, "pg_catalog.count(*) FILTER (WHERE c");
		gw_sql_int(&buf, load_key(sync, k) + 1);
		gw_sql(&buf, " IS NULL)");
	}
	gw_sql(&buf, " FROM ");
	gw_sql_rendered(&buf, sync->stage);
	(void) load_row(sync, gw_sqlbuf_text(&buf), nkeys, row);
	for (int k = 0; k < nkeys; k++)
	{
		if (strcmp(row[k], "0") != 0)
			ereport(ERROR,
					(errcode(ERRCODE_NOT_NULL_VIOLATION),
					 errmsg("merge key \"%s\" of %s is NULL in %s rows",
							sync->request->keys[k], sync->source, row[k]),
					 errdetail("A row without a key equals no row of %s.", sync->target),
					 errhint("Choose keys that are never NULL.")));
	}
}

/* Without a cursor nothing says which of two rows with one key is newer. */
static void
load_refuse_duplicates(GwSync *sync)
{
	int nkeys = sync->request->nkeys;
	char **row = palloc(sizeof(char *) * nkeys);
	StringInfoData names, values;
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "SELECT ");
	load_staged_keys(sync, &buf);
	gw_sql(&buf, " FROM ");
	gw_sql_rendered(&buf, sync->stage);
	gw_sql(&buf, " GROUP BY ");
	load_staged_keys(sync, &buf);
	gw_sql(&buf, " HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1 ORDER BY ");
	load_staged_keys(sync, &buf);
	if (!load_row(sync, gw_sqlbuf_text(&buf), nkeys, row))
		return;
	initStringInfo(&names);
	initStringInfo(&values);
	for (int k = 0; k < nkeys; k++)
	{
		appendStringInfo(&names, "%s%s", k > 0 ? ", " : "", sync->request->keys[k]);
		appendStringInfo(&values, "%s%s", k > 0 ? ", " : "", row[k]);
	}
	ereport(ERROR, (errcode(ERRCODE_CARDINALITY_VIOLATION),
					errmsg("merge keys (%s) are not unique in %s", names.data, sync->source),
					errdetail("Key (%s)=(%s) is there more than once, and no cursor_field says "
							  "which row is newest.",
							  names.data, values.data),
					errhint("Give cursor_field, or choose keys that are unique.")));
}

/* The rows to merge: one per key, the newest by cursor, else by arrival. */
static void
load_newest(const GwSync *sync, GwSqlBuf *buf)
{
	const GwColumn *order[] = {sync->window.column, sync->window.id_column};

	gw_sql(buf, "(SELECT DISTINCT ON (");
	load_staged_keys(sync, buf);
	gw_sql(buf, ") * FROM ");
	gw_sql_rendered(buf, sync->stage);
	gw_sql(buf, " ORDER BY ");
	load_staged_keys(sync, buf);
	for (int o = 0; o < lengthof(order); o++)
	{
		for (int i = 0; i < sync->nmoves && order[o] != NULL; i++)
		{
			if (sync->moves[i].column != order[o])
				continue;
			gw_sql(buf, ", c");
			gw_sql_int(buf, i + 1);
			gw_sql(buf, " DESC NULLS LAST");
		}
	}
	gw_sql(buf, ", seq DESC) s");
}

/* "schema.operator" text of a type's own equality. */
static char *
load_equality(Oid type)
{
	Oid op = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;

	if (!OidIsValid(op))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
						errmsg("type %s cannot be a merge key: it has no equality",
							   format_type_be(type))));
	return psprintf(
		"OPERATOR(%s.%s)",
		quote_identifier(get_namespace_name(get_func_namespace(get_opcode(op)))),
		get_opname(op));
}

/* How many of the keys the target has already, and how many there are. */
static void
load_count_known(GwSync *sync, int64 *keys, int64 *known)
{
	char *row[2];
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "SELECT pg_catalog.count(*), ");
	gw_sql(&buf, "pg_catalog.count(*) FILTER (WHERE EXISTS (SELECT FROM ");
	load_target(sync, &buf);
	gw_sql(&buf, " t WHERE ");
	for (int k = 0; k < sync->request->nkeys; k++)
	{
		const char *name = sync->request->keys[k];
		Oid type = get_atttype(sync->target_oid, get_attnum(sync->target_oid, name));

		gw_sql(&buf, k > 0 ? " AND t." : "t.");
		gw_dialect_identifier(local, &buf, name);
		gw_sql(&buf, " ");
		gw_sql_rendered(&buf, load_equality(type));
		gw_sql(&buf, " s.c");
		gw_sql_int(&buf, load_key(sync, k) + 1);
		gw_sql(&buf, "::");
		gw_sql_rendered(&buf, format_type_be_qualified(type));
	}
	gw_sql(&buf, ")) FROM ");
	load_newest(sync, &buf);
	(void) load_row(sync, gw_sqlbuf_text(&buf), 2, row);
	*keys = strtoll(row[0], NULL, 10);
	*known = strtoll(row[1], NULL, 10);
}

static bool
load_is_key(const GwSync *sync, const char *name)
{
	for (int k = 0; k < sync->request->nkeys; k++)
	{
		if (strcmp(sync->request->keys[k], name) == 0)
			return true;
	}
	return false;
}

/* "t.a, t.b" or "EXCLUDED.a, EXCLUDED.b" over the columns that are no keys. */
static int
load_values(const GwSync *sync, GwSqlBuf *buf, const char *prefix)
{
	int n = 0;

	for (int i = 0; i < sync->nmoves; i++)
	{
		const char *name = sync->moves[i].column->name;

		if (load_is_key(sync, name))
			continue;
		gw_sql(buf, n++ > 0 ? ", " : "");
		gw_sql(buf, prefix);
		gw_dialect_identifier(local, buf, name);
	}
	return n;
}

/*
 * ON CONFLICT (keys) DO UPDATE, for rows that differ in any byte and are not
 * older than what the target has.
 */
static void
load_conflict(const GwSync *sync, GwSqlBuf *buf)
{
	const GwColumn *cursor = sync->window.column;
	GwSqlBuf values;

	gw_sql(buf, " ON CONFLICT (");
	for (int k = 0; k < sync->request->nkeys; k++)
	{
		gw_sql(buf, k > 0 ? ", " : "");
		gw_dialect_identifier(local, buf, sync->request->keys[k]);
	}
	gw_sqlbuf_init(&values);
	if (load_values(sync, &values, "") == 0)
	{
		gw_sql(buf, ") DO NOTHING");
		return;
	}
	gw_sql(buf, ") DO UPDATE SET (");
	gw_sql_rendered(buf, gw_sqlbuf_text(&values));
	gw_sql(buf, ") = ROW(");
	(void) load_values(sync, buf, "EXCLUDED.");
	gw_sql(buf, ") WHERE pg_catalog.record_image_ne(ROW(");
	(void) load_values(sync, buf, "t.");
	gw_sql(buf, "), ROW(");
	(void) load_values(sync, buf, "EXCLUDED.");
	gw_sql(buf, "))");
	if (cursor != NULL && !load_is_key(sync, cursor->name))
	{
		gw_sql(buf, " AND (t.");
		gw_dialect_identifier(local, buf, cursor->name);
		gw_sql(buf, " IS NULL OR EXCLUDED.");
		gw_dialect_identifier(local, buf, cursor->name);
		gw_sql(buf, " IS NULL OR EXCLUDED.");
		gw_dialect_identifier(local, buf, cursor->name);
		gw_sql(buf, " OPERATOR(pg_catalog.>=) t.");
		gw_dialect_identifier(local, buf, cursor->name);
		gw_sql(buf, ")");
	}
}

static void
load_merge(GwSync *sync)
{
	int64 keys, known, changed;
	GwSqlBuf buf;

	load_refuse_null_keys(sync);
	if (sync->window.column == NULL)
		load_refuse_duplicates(sync);
	load_count_known(sync, &keys, &known);
	gw_sqlbuf_init(&buf);
	load_insert(sync, &buf);
	gw_sql(&buf, " FROM ");
	load_newest(sync, &buf);
	load_conflict(sync, &buf);
	changed = load_execute(gw_sqlbuf_text(&buf));
	sync->deduplicated = sync->read - keys;
	sync->inserted = Min(keys - known, changed);
	sync->updated = changed - sync->inserted;
}

/* From the staging table, as statements of the caller. */
static void
load_from_stage(GwSync *sync)
{
	if (sync->mode == GW_SYNC_MERGE)
		load_merge(sync);
	else
	{
		if (sync->mode == GW_SYNC_REPLACE)
			load_empty_target(sync);
		load_append(sync);
	}
	(void) load_execute(psprintf("DROP TABLE %s", sync->stage));
}

/*
 * Straight into the target, where that is the same as by way of the staging
 * table; else false, and nothing was done.  A source that shares our
 * transaction might read what is being written.
 */
static bool
load_straight(GwSync *sync, GwExtract *extract, const GwBatch *first)
{
	bool replace = sync->mode == GW_SYNC_REPLACE && !sync->target_is_new;
	LOCKMODE lock = replace ? ShareUpdateExclusiveLock : RowExclusiveLock;
	bool fits;
	Relation rel;

	if (sync->mode == GW_SYNC_MERGE || (sync->platform->caps & GW_CAP_SHARES_TRANSACTION) != 0)
		return false;
	rel = table_open(sync->target_oid, lock);
	fits = gw_copy_types_fit(sync, rel);
	if (fits && replace && gw_swap_fits(sync, rel) && load_truncates(sync))
	{
		gw_swap_rows(sync, rel, extract, first);
		return true;
	}
	if (fits && gw_fill_fits(sync, rel))
		gw_fill_rows(sync, rel, extract, first, sync->target_is_new);
	else if (fits && !replace && gw_copy_may_enter(rel) && gw_copy_cells_fit(sync, rel, first))
		sync->inserted = gw_copy_rows(sync, rel, extract, first);
	else
		fits = false;
	table_close(rel, fits ? NoLock : lock);
	return fits;
}

void
gw_load_rows(GwSync *sync)
{
	GwExtract *extract;
	const GwBatch *first = NULL;
	bool loaded;

	PushActiveSnapshot(GetTransactionSnapshot());
	extract = gw_extract_open(sync);
	if (extract != NULL)
		first = gw_extract_next(extract);
	loaded = first == NULL || load_straight(sync, extract, first);
	if (!loaded)
		gw_stage_rows(sync, extract, first);
	if (extract != NULL)
		gw_extract_close(extract);
	PopActiveSnapshot();

	if (first == NULL)
		load_nothing(sync);
	else if (!loaded)
		load_from_stage(sync);
}
