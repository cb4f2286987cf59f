/*
 * gw_merge_pattern.c
 *	  The load patterns without history: from a checked request to statements.
 *
 * scd2, snapshot and cdc stand in files of their own.  Values live in
 * CurrentMemoryContext.
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/gw_text.h"
#include "dialect/gw_merge_private.h"
#include "utils/timestamp.h"

/* A microbatch load is one pair of statements a window; more is a mistake. */
#define MAX_WINDOWS 10000

/* ---------- pieces that patterns share ---------- */

char *
gw_merge_assign(const GwMerge *m, const char *name, const char *expr)
{
	return psprintf("%s%s = %s", m->target->update == GW_MERGE_JOIN ? "t." : "",
					gw_merge_name(m, name), expr);
}

List *
gw_merge_stamp(GwMerge *m, List *sets)
{
	const char *name = m->options->set_updated;

	if (name == NULL || sets == NIL)
		return sets;
	return lappend(sets, gw_merge_assign(
							 m, name, gw_merge_load_ts(m, gw_schema_column(m->schema, name))));
}

List *
gw_merge_sets(GwMerge *m, List *columns)
{
	List *sets = NIL;
	ListCell *lc;

	foreach(lc, columns)
	{
		const char *name = ((const GwColumn *) lfirst(lc))->name;

		sets = lappend(sets, gw_merge_assign(m, name, gw_merge_ref(m, "s", name)));
	}
	return gw_merge_stamp(m, sets);
}

void
gw_merge_insert(GwMerge *m, const char *row, List **names, List **exprs)
{
	const char *stamps[] = {m->options->set_created, m->options->set_updated};
	ListCell *lc;

	*names = *exprs = NIL;
	foreach(lc, m->columns)
	{
		const char *name = ((const GwColumn *) lfirst(lc))->name;

		*names = lappend(*names, gw_merge_name(m, name));
		*exprs = lappend(*exprs, gw_merge_ref(m, row, name));
	}
	for (int i = 0; i < lengthof(stamps); i++)
	{
		if (stamps[i] == NULL)
			continue;
		*names = lappend(*names, gw_merge_name(m, stamps[i]));
		*exprs = lappend(*exprs, gw_merge_load_ts(m, gw_schema_column(m->schema, stamps[i])));
	}
}

void
gw_merge_steer(GwMerge *m, const char *name)
{
	ListCell *lc;

	foreach(lc, m->columns)
	{
		if (strcmp(((const GwColumn *) lfirst(lc))->name, name) == 0)
			return;
	}
	if (!gw_texts_have(m->extra, name))
		m->extra = lappend(m->extra, pstrdup(name));
}

void
gw_merge_newest(GwMerge *m, const char *name)
{
	char *ref = gw_merge_ref(m, "r", name);

	m->order = lappend(m->order, psprintf("CASE WHEN %s IS NULL THEN 1 ELSE 0 END", ref));
	m->order = lappend(m->order, psprintf("%s DESC", ref));
}

/* INSERT INTO t (columns) SELECT columns: all rows of the source that pass. */
static char *
pattern_insert(GwMerge *m, const char *head, bool dedup, const char *filter, const char *when)
{
	List *names, *exprs;

	gw_merge_insert(m, "s", &names, &exprs);
	return psprintf("%s (%s) SELECT %s FROM (%s) AS s%s%s", head, gw_merge_join(names, ", "),
					gw_merge_join(exprs, ", "), gw_merge_select(m, dedup, filter),
					when ? " WHERE " : "", when ? when : "");
}

static char *
pattern_table(const GwMerge *m, const char *text)
{
	const char *pairs[] = {"{t}", m->table, NULL};

	return gw_merge_fill(text, pairs);
}

static char *
pattern_into(const GwMerge *m)
{
	return psprintf("INSERT INTO %s", m->table);
}

static GwStatus
pattern_needs_keys(GwMerge *m)
{
	if (m->keys != NIL)
		return GW_OK;
	gw_merge_fail(m, "pattern \"%s\" needs keys", gw_load_pattern_name(m->pattern));
	gw_error_hint(m->err, "Give option keys, or a primary key in the schema.");
	return GW_FAILED;
}

/* ---------- patterns ---------- */

static GwStatus
pattern_full_refresh(GwMerge *m)
{
	bool dedup = m->options->order_by != NIL;

	if (m->target->overwrite != NULL && !m->options->no_truncate)
	{
		gw_merge_add(m, pattern_insert(m, pattern_table(m, m->target->overwrite), dedup, NULL,
									   NULL));
		return GW_OK;
	}
	gw_merge_add(m, pattern_table(m, m->options->no_truncate ? m->target->remove_all
															 : m->target->clear));
	gw_merge_add(m, pattern_insert(m, pattern_into(m), dedup, NULL, NULL));
	return GW_OK;
}

/* With a column that is stamped, a batch that is there already is not there twice. */
static GwStatus
pattern_append(GwMerge *m)
{
	const char *stamp = m->options->set_created;
	char *when = NULL;

	if (stamp != NULL)
		when = psprintf("NOT EXISTS (SELECT 1 FROM %s AS x WHERE %s = %s)", m->table,
						gw_merge_ref(m, "x", stamp),
						gw_merge_load_ts(m, gw_schema_column(m->schema, stamp)));
	gw_merge_add(m, pattern_insert(m, pattern_into(m), false, NULL, when));
	return GW_OK;
}

static GwStatus
pattern_incremental_append(GwMerge *m)
{
	GwMergeStep step = {0};

	if (pattern_needs_keys(m) != GW_OK)
		return GW_FAILED;
	step.source = gw_merge_select(m, true, NULL);
	step.on = m->keys;
	gw_merge_insert(m, "s", &step.names, &step.exprs);
	gw_merge_apply(m, &step);
	return GW_OK;
}

/* Which of the matched rows' columns change, and when. */
static List *
pattern_updated(GwMerge *m)
{
	if (strcmp(m->options->update, "none") == 0)
		return NIL;
	if (m->options->update_columns != NIL)
		return gw_merge_pick(m->values, m->options->update_columns, true);
	return m->values;
}

static void
pattern_merge(GwMerge *m, const char *filter)
{
	GwMergeStep step = {0};
	List *updated = pattern_updated(m);

	step.source = gw_merge_select(m, true, filter);
	step.on = m->keys;
	step.sets = gw_merge_sets(m, updated);
	if (strcmp(m->options->update, "all") != 0)
		step.set_when = gw_merge_differs(m, updated, GW_MERGE_T, "s");
	gw_merge_insert(m, "s", &step.names, &step.exprs);
	gw_merge_apply(m, &step);
}

static GwStatus
pattern_upsert(GwMerge *m)
{
	if (pattern_needs_keys(m) != GW_OK)
		return GW_FAILED;
	pattern_merge(m, NULL);
	return GW_OK;
}

/*
 * Rows above the greatest value there.  With keys also those at it, and those
 * within the lookback: what came late is found, and nothing is there twice.
 */
static GwStatus
pattern_incremental_timestamp(GwMerge *m)
{
	const GwLoadOptions *o = m->options;
	const GwColumn *column;
	char *low, *filter, *since = o->since ? pstrdup(o->since) : NULL;
	bool zoned;

	if (o->cursor == NULL)
		return gw_merge_fail(m, "pattern \"incremental_timestamp\" needs option \"cursor\"");
	if (gw_merge_column(m, "cursor", o->cursor, &column) != GW_OK)
		return GW_FAILED;
	zoned = column->type.id != GW_TYPE_TIMESTAMP && column->type.id != GW_TYPE_DATE;
	if (o->lookback != NULL && (m->keys == NIL || since == NULL))
		return gw_merge_fail(m, m->keys == NIL
									? "lookback needs keys: rows would be there twice"
									: "lookback needs option \"since\"");
	if (o->lookback != NULL && !gw_merge_instant(since, o->lookback, zoned, &since))
		return gw_merge_fail(m, "\"%s\" is no time in ISO 8601", o->since);
	if (o->lookback != NULL && column->type.id == GW_TYPE_DATE)
		since = pnstrdup(since, 10);
	if (since != NULL)
	{
		if (gw_merge_constant(m, column, since, &low) != GW_OK)
			return GW_FAILED;
	}
	else
	{
		char *name = gw_merge_ref(m, "x", column->name);

		low = psprintf("MAX(%s)", name);
		if (o->floor != NULL)
		{
			char *floor;

			if (gw_merge_constant(m, column, o->floor, &floor) != GW_OK)
				return GW_FAILED;
			low = psprintf("COALESCE(%s, %s)", low, floor);
		}
		low = psprintf("(SELECT %s FROM %s AS x)", low, m->table);
	}
	filter = psprintf("%s %s %s", gw_merge_ref(m, "r", column->name),
					  m->keys == NIL ? ">" : ">=", low);
	/* An empty target has no greatest value: then every row is new. */
	if (since == NULL && o->floor == NULL)
		filter = psprintf("(%s OR NOT EXISTS (SELECT 1 FROM %s AS x))", filter, m->table);
	gw_merge_check(m, psprintf("rows of the source without a value of \"%s\"", column->name),
				   psprintf("SELECT COUNT(*) FROM %s AS r WHERE %s IS NULL", m->source,
							gw_merge_ref(m, "r", column->name)));
	if (m->keys == NIL)
	{
		gw_merge_add(m, pattern_insert(m, pattern_into(m), false, filter, NULL));
		return GW_OK;
	}
	gw_merge_newest(m, column->name);
	pattern_merge(m, filter);
	return GW_OK;
}

/* Rows of the target that share these columns' values with the source go. */
static void
pattern_remove(GwMerge *m, List *columns)
{
	GwMergeStep step = {0};
	List *refs = NIL;
	ListCell *lc;

	foreach(lc, columns)
		refs = lappend(refs, gw_merge_ref(m, "r", ((const GwColumn *) lfirst(lc))->name));
	step.source = psprintf("SELECT DISTINCT %s FROM %s AS r", gw_merge_join(refs, ", "), m->source);
	step.on = columns;
	step.remove = "";
	gw_merge_apply(m, &step);
}

/* The key may be of a group of rows: they are all taken, unless order_by says which. */
static GwStatus
pattern_delete_insert(GwMerge *m)
{
	if (pattern_needs_keys(m) != GW_OK)
		return GW_FAILED;
	pattern_remove(m, m->keys);
	gw_merge_add(m, pattern_insert(m, pattern_into(m), m->options->order_by != NIL, NULL, NULL));
	return GW_OK;
}

static GwStatus
pattern_partition(GwMerge *m, List **columns)
{
	List *names = m->options->partition_by;
	ListCell *lc;

	if (names == NIL)
	{
		const char **layout;
		int n = gw_ddl_layout_names(
			gw_json_get(gw_ddl_layout_part(&m->writer, "partition"), "columns"), &layout);

		for (int i = 0; i < n; i++)
			names = lappend(names, (char *) layout[i]);
	}
	*columns = gw_merge_pick(m->columns, names, true);
	if (*columns == NIL)
		return gw_merge_fail(m, "pattern \"insert_overwrite\" needs option \"partition_by\"");
	foreach(lc, names)
	{
		if (gw_merge_pick(*columns, list_make1(lfirst(lc)), true) == NIL)
			return gw_merge_fail(m, "partition column \"%s\" is not loaded", (char *) lfirst(lc));
	}
	return GW_OK;
}

/* "INSERT INTO t BY NAME REPLACE ..." takes its columns from the query's names. */
static char *
pattern_named(GwMerge *m, const char *filter)
{
	List *names, *exprs, *items = NIL;
	ListCell *name, *expr;

	gw_merge_insert(m, "s", &names, &exprs);
	forboth(name, names, expr, exprs)
		items = lappend(items, psprintf("%s AS %s", (char *) lfirst(expr), (char *) lfirst(name)));
	return psprintf("SELECT %s FROM (%s) AS s", gw_merge_join(items, ", "),
					gw_merge_select(m, m->options->order_by != NIL, filter));
}

static GwStatus
pattern_insert_overwrite(GwMerge *m)
{
	List *columns, *parts = NIL;
	ListCell *lc;

	if (pattern_partition(m, &columns) != GW_OK)
		return GW_FAILED;
	if (!m->target->replaces)
	{
		pattern_remove(m, columns);
		gw_merge_add(m, pattern_insert(m, pattern_into(m), m->options->order_by != NIL, NULL,
									   NULL));
		return GW_OK;
	}
	foreach(lc, columns)
		parts = lappend(parts, gw_merge_same(m, lfirst(lc), "t", "s"));
	gw_merge_add(m, psprintf("INSERT INTO %s AS t BY NAME REPLACE ON %s (%s) AS s", m->table,
							 gw_merge_join(parts, " AND "), pattern_named(m, NULL)));
	return GW_OK;
}

/* The start of the window after one; text in UTC. */
static char *
pattern_next_window(const char *at, const char *size)
{
	char *next;

	if (!gw_merge_instant(at, psprintf("-1 %s", size), true, &next))
		return NULL;
	return next;
}

static char *
pattern_within(const GwMerge *m, const char *ref, const char *low, const char *high)
{
	return psprintf("%s >= %s AND %s < %s", ref, low, ref, high);
}

static GwStatus
pattern_window(GwMerge *m, const GwColumn *column, const char *from, const char *to)
{
	bool date = column->type.id == GW_TYPE_DATE;
	char *low, *high, *there, *here;

	if (gw_merge_constant(m, column, date ? pnstrdup(from, 10) : from, &low) != GW_OK ||
		gw_merge_constant(m, column, date ? pnstrdup(to, 10) : to, &high) != GW_OK)
		return GW_FAILED;
	there = pattern_within(m, gw_merge_name(m, column->name), low, high);
	here = pattern_within(m, gw_merge_ref(m, "r", column->name), low, high);
	if (m->target->replaces)
	{
		gw_merge_add(m, psprintf("INSERT INTO %s BY NAME REPLACE WHERE %s %s", m->table, there,
								 pattern_named(m, here)));
		return GW_OK;
	}
	gw_merge_add(m, psprintf("DELETE FROM %s WHERE %s", m->table, there));
	gw_merge_add(m, pattern_insert(m, pattern_into(m), m->options->order_by != NIL, here, NULL));
	return GW_OK;
}

/* One after the other, half open, from and to as they are given. */
static GwStatus
pattern_microbatch(GwMerge *m)
{
	const GwLoadOptions *o = m->options;
	const GwColumn *column;
	char *at, *end;

	if (o->event_time == NULL || o->from == NULL || o->to == NULL)
		return gw_merge_fail(m, "pattern \"microbatch\" needs options event_time, from and to");
	if (gw_merge_column(m, "event_time", o->event_time, &column) != GW_OK)
		return GW_FAILED;
	if (!gw_merge_instant(o->from, NULL, true, &at) || !gw_merge_instant(o->to, NULL, true, &end))
		return gw_merge_fail(m, "options \"from\" and \"to\" must be times in ISO 8601");
	if (column->type.id == GW_TYPE_DATE && strcmp(o->batch_size, "hour") == 0)
		return gw_merge_fail(m, "column \"%s\" is a date: an hour is no window of it",
							 column->name);
	for (int n = 0; strcmp(at, end) < 0; n++)
	{
		char *next = pattern_next_window(at, o->batch_size);

		if (n == MAX_WINDOWS || next == NULL)
			return gw_merge_fail(m, "there are more than %d windows", MAX_WINDOWS);
		if (strcmp(next, end) > 0)
			next = end;
		if (pattern_window(m, column, at, next) != GW_OK)
			return GW_FAILED;
		at = next;
	}
	return GW_OK;
}

/* ---------- the request ---------- */

bool
gw_load_writes(const GwColumn *column)
{
	return column->generated_sql == NULL && column->type.id != GW_TYPE_ROWVERSION &&
		   (column->identity_mode == NULL || strcmp(column->identity_mode, "always") != 0);
}

static bool
load_is(const char *name, const char *column)
{
	return name != NULL && strcmp(name, column) == 0;
}

bool
gw_load_fills(const GwLoadOptions *options, const char *column)
{
	return load_is(options->set_created, column) || load_is(options->set_updated, column);
}

bool
gw_load_steers(const GwLoadOptions *options, const char *column)
{
	return load_is(options->op_column, column) || load_is(options->seq_column, column) ||
		   load_is(options->updated_at, column) || gw_texts_have(options->order_by, column);
}

/* Columns that the pattern keeps itself. */
static bool
load_keeps(GwLoadPattern pattern, const GwLoadOptions *o, const char *column)
{
	if (gw_load_fills(o, column))
		return true;
	if (pattern == GW_LOAD_SCD2 || pattern == GW_LOAD_SNAPSHOT)
		return load_is(o->valid_from, column) || load_is(o->valid_to, column) ||
			   load_is(o->is_current, column) ||
			   (o->hard_deletes != NULL && strcmp(o->hard_deletes, "new_record") == 0 &&
				load_is(o->is_deleted, column));
	return pattern == GW_LOAD_CDC && strcmp(o->deletes, "soft") == 0 &&
		   load_is(o->is_deleted, column);
}

static GwStatus
load_columns(GwMerge *m)
{
	const GwLoadOptions *o = m->options;
	ListCell *lc;

	for (int i = 0; i < m->schema->ncolumns; i++)
	{
		const GwColumn *column = &m->schema->columns[i];

		if (strchr(column->name, GW_MERGE_T[0]) != NULL)
			return gw_merge_fail(m, "column \"%s\" has a control character in its name",
								 column->name);
		if (gw_load_writes(column) && !load_keeps(m->pattern, o, column->name) &&
			(o->columns == NIL || gw_texts_have(o->columns, column->name)))
			m->columns = lappend(m->columns, (void *) column);
	}
	foreach(lc, o->columns)
	{
		const GwColumn *column;

		if (gw_merge_column(m, "columns", lfirst(lc), &column) != GW_OK)
			return GW_FAILED;
		if (!gw_load_writes(column))
			return gw_merge_fail(m, "column \"%s\" is generated and cannot be loaded",
								 column->name);
	}
	if (m->columns == NIL)
		return gw_merge_fail(m, "there is no column to load");
	return GW_OK;
}

/* Every name of an option's list must be a loaded column. */
static GwStatus
load_names(GwMerge *m, const char *option, List *names)
{
	ListCell *lc;

	foreach(lc, names)
	{
		if (gw_merge_pick(m->columns, list_make1(lfirst(lc)), true) == NIL)
			return gw_merge_fail(m, "option \"%s\": column \"%s\" is not loaded", option,
								 (char *) lfirst(lc));
	}
	return GW_OK;
}

static GwStatus
load_keys(GwMerge *m)
{
	List *names = m->options->keys;
	ListCell *lc;

	if (names == NIL && m->schema->primary != NULL && m->pattern != GW_LOAD_SCD2 &&
		m->pattern != GW_LOAD_SNAPSHOT)
	{
		for (int i = 0; i < m->schema->primary->ncolumns; i++)
			names = lappend(names, (char *) m->schema->primary->columns[i]);
	}
	if (load_names(m, "keys", names) != GW_OK)
		return GW_FAILED;
	m->keys = gw_merge_pick(m->columns, names, true);
	m->values = gw_merge_pick(m->columns, names, false);
	foreach(lc, m->options->order_by)
	{
		gw_merge_steer(m, lfirst(lc));
		gw_merge_newest(m, lfirst(lc));
	}
	return GW_OK;
}

static GwStatus
load_stamps(GwMerge *m)
{
	const char *names[] = {m->options->set_created, m->options->set_updated};

	for (int i = 0; i < lengthof(names); i++)
	{
		const GwColumn *column;

		if (names[i] == NULL)
			continue;
		if (gw_merge_column(m, i ? "set_updated" : "set_created", names[i], &column) != GW_OK)
			return GW_FAILED;
		if (column->type.id != GW_TYPE_TIMESTAMP && column->type.id != GW_TYPE_TIMESTAMPTZ &&
			column->type.id != GW_TYPE_TIMESTAMPOFFSET)
			return gw_merge_fail(m, "column \"%s\" is no timestamp", names[i]);
	}
	return GW_OK;
}

static GwStatus
load_tables(GwMerge *m)
{
	const GwLoadOptions *o = m->options;
	const char *database, *schema, *table;
	GwSqlBuf buf;

	m->ddl_options.format = "sql";
	m->ddl_options.table_name = o->table_name;
	m->ddl_options.schema_name = o->schema_name;
	m->ddl_options.database_name = o->database_name;
	if (o->source == NULL)
	{
		gw_merge_fail(m, "the load has no source");
		gw_error_hint(m->err, "Give option source: the staging table.");
		return GW_FAILED;
	}
	if (gw_ddl_table_parts(&m->writer, &database, &schema, &table, m->err) != GW_OK)
		return GW_FAILED;
	gw_sqlbuf_init(&buf);
	gw_ddl_qualified(&m->writer, &buf, database, schema, table);
	m->table = buf.text.data;
	gw_sqlbuf_init(&buf);
	gw_ddl_qualified(&m->writer, &buf, NULL, NULL, table);
	m->table_name = buf.text.data;
	gw_sqlbuf_init(&buf);
	gw_ddl_qualified(&m->writer, &buf, o->source_schema ? o->source_database : NULL,
					 o->source_schema, o->source);
	m->source = buf.text.data;
	if (strcmp(m->table, m->source) == 0)
		return gw_merge_fail(m, "the source is the target itself");
	return GW_OK;
}

static GwStatus
load_begin(GwMerge *m, const GwSchema *schema, const GwDdlTarget *target,
		   const GwLoadOptions *options, GwError *err)
{
	memset(m, 0, sizeof(*m));
	m->target = gw_merge_target(target);
	m->options = options;
	m->schema = schema;
	m->err = err;
	if (m->target == NULL)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_FEATURE_NOT_SUPPORTED,
							"loads are not written for %s", gw_ddl_target_name(target));
	m->use_merge = m->target->can_merge && !(options->no_merge && m->target->update);
	gw_ddl_begin(&m->writer, target, &m->ddl_options, schema);
	return load_tables(m);
}

static GwStatus
load_time(GwMerge *m)
{
	if (m->options->load_ts == NULL)
	{
		struct pg_tm tm;
		fsec_t fsec;

		if (timestamp2tm(GetCurrentStatementStartTimestamp(), NULL, &tm, &fsec, NULL, NULL) != 0)
			return gw_merge_fail(m, "the clock is out of range");
		m->load_ts = psprintf("%04d-%02d-%02d %02d:%02d:%02d.%06d", tm.tm_year, tm.tm_mon,
							  tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, fsec);
		return GW_OK;
	}
	if (gw_merge_instant(m->options->load_ts, NULL, true, &m->load_ts))
		return GW_OK;
	return gw_merge_fail(m, "option \"load_ts\": \"%s\" is no time in ISO 8601",
						 m->options->load_ts);
}

/* Around several statements; a single one is a transaction by itself. */
static void
load_transaction(GwMerge *m)
{
	GwLoadPlan *plan = m->plan;
	const char *lock = m->options->no_lock ? NULL : m->target->lock;

	if (m->options->no_transaction || m->target->begin == NULL || plan->statements == NIL)
		return;
	if (m->pattern == GW_LOAD_APPEND || m->pattern == GW_LOAD_FULL_REFRESH)
		lock = NULL;
	if (list_length(plan->statements) == 1 && lock == NULL)
		return;
	if (lock != NULL)
		plan->statements = lcons(pattern_table(m, lock), plan->statements);
	plan->statements = lcons(psprintf("%s%s", m->target->begin, m->target->end ? ";" : ""),
							 plan->statements);
	plan->statements = lappend(plan->statements, psprintf("%s%s", m->target->commit,
														  m->target->end ? ";" : ""));
}

static GwStatus (*const load_patterns[GW_NLOAD_PATTERNS])(GwMerge *) = {
	[GW_LOAD_FULL_REFRESH] = pattern_full_refresh,
	[GW_LOAD_APPEND] = pattern_append,
	[GW_LOAD_INCREMENTAL_APPEND] = pattern_incremental_append,
	[GW_LOAD_INCREMENTAL_TIMESTAMP] = pattern_incremental_timestamp,
	[GW_LOAD_UPSERT] = pattern_upsert,
	[GW_LOAD_DELETE_INSERT] = pattern_delete_insert,
	[GW_LOAD_SCD1] = pattern_upsert,
	[GW_LOAD_SCD2] = gw_merge_history,
	[GW_LOAD_SNAPSHOT] = gw_merge_history,
	[GW_LOAD_INSERT_OVERWRITE] = pattern_insert_overwrite,
	[GW_LOAD_MICROBATCH] = pattern_microbatch,
	[GW_LOAD_CDC] = gw_merge_cdc,
};

GwStatus
gw_load_plan(GwLoadPattern pattern, const GwSchema *schema, const GwDdlTarget *target,
			 const GwLoadOptions *options, GwLoadPlan *plan, GwError *err)
{
	GwMerge m;

	memset(plan, 0, sizeof(*plan));
	if (load_begin(&m, schema, target, options, err) != GW_OK)
		return GW_FAILED;
	m.pattern = pattern;
	m.plan = plan;
	if (load_columns(&m) != GW_OK || load_keys(&m) != GW_OK || load_stamps(&m) != GW_OK ||
		load_time(&m) != GW_OK ||
		load_names(&m, "update_columns", options->update_columns) != GW_OK ||
		load_names(&m, "check_columns", options->check_columns) != GW_OK ||
		load_patterns[pattern](&m) != GW_OK)
		return GW_FAILED;
	load_transaction(&m);
	return GW_OK;
}

char *
gw_load_lock(const GwSchema *schema, const GwDdlTarget *target, const GwLoadOptions *options)
{
	GwMerge m;
	GwError err;

	if (load_begin(&m, schema, target, options, &err) != GW_OK || m.target->lock == NULL)
		return NULL;
	return pattern_table(&m, m.target->lock);
}

char *
gw_load_cursor_query(const GwSchema *schema, const GwDdlTarget *target,
					 const GwLoadOptions *options)
{
	const GwColumn *column;
	const char *pairs[] = {"{c}", NULL, NULL};
	GwMerge m;
	GwError err;

	if (options->cursor == NULL || load_begin(&m, schema, target, options, &err) != GW_OK ||
		gw_merge_column(&m, "cursor", options->cursor, &column) != GW_OK)
		return NULL;
	pairs[1] = psprintf("MAX(%s)", gw_merge_ref(&m, "x", column->name));
	return psprintf("SELECT %s FROM %s AS x",
					column->type.id == GW_TYPE_TIMESTAMPTZ ||
							column->type.id == GW_TYPE_TIMESTAMPOFFSET
						? gw_merge_fill(m.target->cursor_text, pairs)
						: pairs[1],
					m.table);
}
