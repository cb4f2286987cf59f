/*
 * gw_merge_history.c
 *	  scd2 and snapshot: versions of rows, each with the time it begins and ends.
 *
 * A key has at most one open version.  Versions of the load's own time that
 * turn out wrong are taken back, those before it are closed, then every key
 * without an open version gets one: in this order a run that broke off goes on
 * when it is run again, and a second run finds nothing to do.
 */
#include "postgres.h"

#include "dialect/gw_merge_private.h"

typedef struct History
{
	const GwColumn *from, *to, *current, *deleted; /* the last two may be NULL */
	const GwColumn *updated; /* in the target, or NULL */
	const char *updated_name; /* of the source: versions begin then; NULL: at load_ts */
	char *open_value, *now;
	char *differs;
	bool close_missing, new_record;
} History;

static bool
history_is_time(const GwColumn *column)
{
	return column->type.id == GW_TYPE_TIMESTAMP || column->type.id == GW_TYPE_TIMESTAMPTZ ||
		   column->type.id == GW_TYPE_TIMESTAMPOFFSET;
}

static char *
history_is_open(GwMerge *m, const History *h, const char *row)
{
	char *to = gw_merge_ref(m, row, h->to->name);

	return m->options->open_end == NULL ? psprintf("%s IS NULL", to)
										: psprintf("%s = %s", to, h->open_value);
}

static GwStatus
history_columns(GwMerge *m, History *h)
{
	const GwLoadOptions *o = m->options;

	if (gw_merge_column(m, "valid_from", o->valid_from, &h->from) != GW_OK ||
		gw_merge_column(m, "valid_to", o->valid_to, &h->to) != GW_OK)
		return GW_FAILED;
	if (!history_is_time(h->from) || !history_is_time(h->to) ||
		h->from->type.id != h->to->type.id)
	{
		gw_merge_fail(m, "columns \"%s\" and \"%s\" are not of one timestamp type",
					  o->valid_from, o->valid_to);
		gw_error_hint(m->err, "A date cannot tell two changes of one day apart.");
		return GW_FAILED;
	}
	h->current = gw_schema_column(m->schema, o->is_current);
	h->open_value = pstrdup("NULL");
	if (o->open_end != NULL && gw_merge_constant(m, h->to, o->open_end, &h->open_value) != GW_OK)
		return GW_FAILED;
	if (h->new_record)
		return gw_merge_column(m, "is_deleted", o->is_deleted, &h->deleted);
	return GW_OK;
}

/* When a version of s begins. */
static char *
history_begin(GwMerge *m, const History *h)
{
	return h->updated_name != NULL ? gw_merge_ref(m, "s", h->updated_name) : h->now;
}

static GwStatus
history_read(GwMerge *m, History *h)
{
	const GwLoadOptions *o = m->options;
	const char *missing = o->hard_deletes;
	List *compared;

	memset(h, 0, sizeof(*h));
	if (missing == NULL)
		missing = m->pattern == GW_LOAD_SNAPSHOT ? "invalidate" : "ignore";
	h->close_missing = strcmp(missing, "ignore") != 0;
	h->new_record = strcmp(missing, "new_record") == 0;
	if (m->keys == NIL)
	{
		gw_merge_fail(m, "pattern \"%s\" needs option \"keys\"", gw_load_pattern_name(m->pattern));
		gw_error_hint(m->err, "The table's primary key is of a version, not of a row.");
		return GW_FAILED;
	}
	if (history_columns(m, h) != GW_OK)
		return GW_FAILED;
	h->now = gw_merge_load_ts(m, h->from);
	h->updated_name = o->updated_at;
	compared = o->check_columns != NIL ? gw_merge_pick(m->values, o->check_columns, true)
									   : m->values;
	if (h->updated_name != NULL)
	{
		compared = gw_merge_pick(compared, list_make1((char *) h->updated_name), false);
		gw_merge_steer(m, h->updated_name);
		gw_merge_newest(m, h->updated_name);
	}
	h->differs = gw_merge_differs(m, compared, GW_MERGE_T, "s");
	if (h->new_record)
	{
		char *gone = psprintf("%s = %s", gw_merge_ref(m, GW_MERGE_T, h->deleted->name),
							  gw_merge_flag(m, h->deleted, true));

		h->differs = h->differs ? psprintf("(%s OR %s)", h->differs, gone) : gone;
	}
	return GW_OK;
}

static List *
history_close(GwMerge *m, const History *h, const char *end)
{
	List *sets = list_make1(gw_merge_assign(m, h->to->name, end));

	if (h->current != NULL)
		sets = lappend(sets, gw_merge_assign(m, h->current->name,
											 gw_merge_flag(m, h->current, false)));
	return gw_merge_stamp(m, sets);
}

/* Versions that changed: those of this very time go, earlier ones are closed. */
static void
history_changed(GwMerge *m, const History *h)
{
	GwMergeStep step = {0};
	char *begin = history_begin(m, h);
	char *from = gw_merge_ref(m, GW_MERGE_T, h->from->name);

	if (h->differs == NULL)
		return;
	step.source = gw_merge_select(m, true, NULL);
	step.on = m->keys;
	step.target = history_is_open(m, h, GW_MERGE_T);
	step.remove = psprintf("%s = %s AND %s", from, begin, h->differs);
	step.sets = history_close(m, h, begin);
	step.set_when = psprintf("%s < %s AND %s", from, begin, h->differs);
	gw_merge_apply(m, &step);
}

/* Keys with an open version that the source has no more. */
static char *
history_missing(GwMerge *m, const History *h)
{
	List *there = NIL, *here = NIL, *same = NIL;
	char *open = history_is_open(m, h, "x");
	ListCell *lc;

	foreach(lc, m->keys)
	{
		const GwColumn *key = lfirst(lc);

		there = lappend(there, gw_merge_ref(m, "x", key->name));
		here = lappend(here, gw_merge_ref(m, "r", key->name));
		same = lappend(same, gw_merge_same(m, key, "r", "x"));
	}
	if (h->new_record)
		open = psprintf("%s AND (%s IS NULL OR %s = %s)", open,
						gw_merge_ref(m, "x", h->deleted->name),
						gw_merge_ref(m, "x", h->deleted->name),
						gw_merge_flag(m, h->deleted, false));
	if (m->target->except == NULL)
		return psprintf("SELECT DISTINCT %s FROM %s AS x WHERE %s AND NOT EXISTS (%s)",
						gw_merge_join(there, ", "), m->table, open,
						psprintf("SELECT 1 FROM %s AS r WHERE %s", m->source,
								 gw_merge_join(same, " AND ")));
	return psprintf("SELECT %s FROM %s AS x WHERE %s %s SELECT %s FROM %s AS r",
					gw_merge_join(there, ", "), m->table, open, m->target->except,
					gw_merge_join(here, ", "), m->source);
}

static void
history_missing_close(GwMerge *m, const History *h)
{
	GwMergeStep step = {0};
	char *from = gw_merge_ref(m, GW_MERGE_T, h->from->name);

	step.source = history_missing(m, h);
	step.on = m->keys;
	step.target = history_is_open(m, h, GW_MERGE_T);
	step.remove = psprintf("%s = %s", from, h->now);
	step.sets = history_close(m, h, h->now);
	step.set_when = psprintf("%s < %s", from, h->now);
	gw_merge_apply(m, &step);
}

static void
history_add(GwMerge *m, const History *h, const char *begin, bool deleted, List **names,
			List **exprs)
{
	*names = lappend(*names, gw_merge_name(m, h->from->name));
	*exprs = lappend(*exprs, pstrdup(begin));
	*names = lappend(*names, gw_merge_name(m, h->to->name));
	*exprs = lappend(*exprs, h->open_value);
	if (h->current != NULL)
	{
		*names = lappend(*names, gw_merge_name(m, h->current->name));
		*exprs = lappend(*exprs, gw_merge_flag(m, h->current, true));
	}
	if (h->deleted != NULL)
	{
		*names = lappend(*names, gw_merge_name(m, h->deleted->name));
		*exprs = lappend(*exprs, gw_merge_flag(m, h->deleted, deleted));
	}
}

/* A version for each row whose key has none that is open, or later than it. */
static void
history_insert(GwMerge *m, const History *h)
{
	GwMergeStep step = {0};
	char *begin = history_begin(m, h);

	step.source = gw_merge_select(m, true, NULL);
	step.on = m->keys;
	step.target = history_is_open(m, h, GW_MERGE_T);
	if (h->updated_name != NULL)
	{
		step.target = psprintf("(%s OR %s > %s)", step.target,
							   gw_merge_ref(m, GW_MERGE_T, h->to->name), begin);
		step.target_meets = true;
	}
	gw_merge_insert(m, "s", &step.names, &step.exprs);
	history_add(m, h, begin, false, &step.names, &step.exprs);
	gw_merge_apply(m, &step);
}

/*
 * A version that says deleted for each row that was closed now because it is
 * missing.  What the source steers with is not in the target.
 */
static void
history_insert_deleted(GwMerge *m, const History *h)
{
	GwMergeStep step = {0};
	List *refs = NIL, *same = NIL;
	char *here, *there;
	ListCell *lc;

	foreach(lc, m->columns)
		refs = lappend(refs, gw_merge_ref(m, "c", ((const GwColumn *) lfirst(lc))->name));
	foreach(lc, m->keys)
		same = lappend(same, gw_merge_same(m, lfirst(lc), "r", "c"));
	here = psprintf("(SELECT 1 AS gw_here, r.* FROM %s AS r) AS r ON %s", m->source,
					gw_merge_join(same, " AND "));
	there = psprintf("SELECT %s FROM %s AS c LEFT JOIN %s WHERE %s = %s AND r.gw_here IS NULL",
					 gw_merge_join(refs, ", "), m->table, here,
					 gw_merge_ref(m, "c", h->to->name), h->now);
	there = psprintf("%s AND %s = %s", there, gw_merge_ref(m, "c", h->deleted->name),
					 gw_merge_flag(m, h->deleted, false));
	step.source = there;
	step.on = m->keys;
	step.target = history_is_open(m, h, GW_MERGE_T);
	gw_merge_insert(m, "s", &step.names, &step.exprs);
	history_add(m, h, h->now, true, &step.names, &step.exprs);
	gw_merge_apply(m, &step);
}

/* What would make a history wrong. */
static void
history_checks(GwMerge *m, const History *h)
{
	List *keys = NIL;
	char *open = history_is_open(m, h, GW_MERGE_T);
	char *from = gw_merge_ref(m, GW_MERGE_T, h->from->name);
	char *to = gw_merge_ref(m, GW_MERGE_T, h->to->name);
	char *many;
	ListCell *lc;

	foreach(lc, m->keys)
		keys = lappend(keys, gw_merge_ref(m, GW_MERGE_T, ((const GwColumn *) lfirst(lc))->name));
	many = psprintf("SELECT 1 AS gw_one FROM %s AS t WHERE %s GROUP BY %s HAVING COUNT(*) > 1",
					m->table, open, gw_merge_join(keys, ", "));
	gw_merge_check(m, "keys with more than one open version in the target",
				   psprintf("SELECT COUNT(*) FROM (%s) AS x", many));
	if (h->updated_name != NULL)
		gw_merge_check(m, psprintf("rows of the source without a value of \"%s\"",
								   h->updated_name),
					   psprintf("SELECT COUNT(*) FROM %s AS r WHERE %s IS NULL", m->source,
								gw_merge_ref(m, "r", h->updated_name)));
	if (h->updated_name == NULL || h->close_missing)
		gw_merge_check(m, "versions in the target that are later than load_ts",
					   psprintf("SELECT COUNT(*) FROM %s AS t WHERE %s > %s OR %s", m->table, from,
								h->now, psprintf("(%s > %s AND NOT (%s))", to, h->now, open)));
}

GwStatus
gw_merge_history(GwMerge *m)
{
	History h;

	if (history_read(m, &h) != GW_OK)
		return GW_FAILED;
	history_checks(m, &h);
	history_changed(m, &h);
	if (h.close_missing)
		history_missing_close(m, &h);
	history_insert(m, &h);
	if (h.new_record)
		history_insert_deleted(m, &h);
	return GW_OK;
}
