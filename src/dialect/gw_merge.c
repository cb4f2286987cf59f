/*
 * gw_merge.c
 *	  The pieces of load statements: names, comparisons, the source without
 *	  duplicates, and one step of matched and missing rows as MERGE or without.
 *
 * Knows no pattern.  Texts are made of what the target's writers rendered and
 * live in CurrentMemoryContext.
 */
#include "postgres.h"

#include "base/gw_text.h"
#include "dialect/gw_merge_private.h"

/* ---------- texts ---------- */

/* text with each of pairs (what, by what ... NULL) replaced, in one pass. */
char *
gw_merge_fill(const char *text, const char *const *pairs)
{
	StringInfoData out;

	initStringInfo(&out);
	while (*text != '\0')
	{
		int i;

		for (i = 0; pairs[i] != NULL; i += 2)
		{
			if (strncmp(text, pairs[i], strlen(pairs[i])) == 0)
				break;
		}
		if (pairs[i] == NULL)
		{
			appendStringInfoChar(&out, *text++);
			continue;
		}
		appendStringInfoString(&out, pairs[i + 1]);
		text += strlen(pairs[i]);
	}
	return out.data;
}

char *
gw_merge_join(List *texts, const char *separator)
{
	StringInfoData out;
	ListCell *lc;

	initStringInfo(&out);
	foreach(lc, texts)
	{
		if (out.len > 0)
			appendStringInfoString(&out, separator);
		appendStringInfoString(&out, lfirst(lc));
	}
	return out.data;
}

char *
gw_merge_and(const char *a, const char *b)
{
	if (a == NULL || a[0] == '\0')
		return b == NULL || b[0] == '\0' ? NULL : pstrdup(b);
	return b == NULL || b[0] == '\0' ? pstrdup(a) : psprintf("%s AND %s", a, b);
}

char *
gw_merge_name(const GwMerge *m, const char *name)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_ddl_identifier(&m->writer, &buf, name);
	return buf.text.data;
}

char *
gw_merge_ref(const GwMerge *m, const char *row, const char *name)
{
	return psprintf("%s.%s", row, gw_merge_name(m, name));
}

List *
gw_merge_pick(List *columns, List *names, bool in)
{
	List *picked = NIL;
	ListCell *lc;

	foreach(lc, columns)
	{
		const GwColumn *column = lfirst(lc);

		if (gw_texts_have(names, column->name) == in)
			picked = lappend(picked, (void *) column);
	}
	return picked;
}

/* ---------- comparisons ---------- */

static char *
merge_pair(const char *text, const char *a, const char *b)
{
	const char *pairs[] = {"{a}", a, "{b}", b, NULL};

	return gw_merge_fill(text, pairs);
}

/* What tells a column's values apart byte for byte. */
static char *
merge_exact(const GwMerge *m, const GwColumn *column, const char *ref)
{
	const char *pairs[] = {"{c}", ref, NULL};

	for (const GwMergeText *text = m->target->texts; text->type != GW_NTYPES; text++)
	{
		if (text->type == column->type.id)
			return gw_merge_fill(text->sql, pairs);
	}
	return pstrdup(ref);
}

char *
gw_merge_same(const GwMerge *m, const GwColumn *column, const char *a, const char *b)
{
	const char *left = gw_merge_ref(m, a, column->name);
	const char *right = gw_merge_ref(m, b, column->name);

	return merge_pair(column->nullable ? m->target->same : "{a} = {b}", left, right);
}

char *
gw_merge_differs(const GwMerge *m, List *columns, const char *a, const char *b)
{
	List *parts = NIL;
	ListCell *lc;

	foreach(lc, columns)
	{
		const GwColumn *column = lfirst(lc);
		char *left = merge_exact(m, column, gw_merge_ref(m, a, column->name));
		char *right = merge_exact(m, column, gw_merge_ref(m, b, column->name));

		parts = lappend(parts, merge_pair(m->target->differs, left, right));
	}
	if (parts == NIL)
		return NULL;
	if (list_length(parts) == 1)
		return linitial(parts);
	return psprintf("(%s)", gw_merge_join(parts, " OR "));
}

/* ---------- the source ---------- */

static char *
merge_source_columns(const GwMerge *m, const char *row)
{
	List *refs = NIL;
	ListCell *lc;

	foreach(lc, m->columns)
		refs = lappend(refs, gw_merge_ref(m, row, ((const GwColumn *) lfirst(lc))->name));
	foreach(lc, m->extra)
		refs = lappend(refs, gw_merge_ref(m, row, lfirst(lc)));
	return gw_merge_join(refs, ", ");
}

/* A name that no column of the source has. */
static char *
merge_rank_name(const GwMerge *m)
{
	char *name = pstrdup("gw_rank");
	bool taken;

	do
	{
		ListCell *lc;

		taken = gw_texts_have(m->extra, name);
		foreach(lc, m->columns)
			taken = taken || pg_strcasecmp(((const GwColumn *) lfirst(lc))->name, name) == 0;
		if (taken)
			name = psprintf("%s_", name);
	} while (taken);
	return gw_merge_name(m, name);
}

/*
 * The first of each key's rows.  Where what was asked for leaves several, their
 * values decide, so that a second run picks the same.
 */
static char *
merge_ranking(const GwMerge *m)
{
	List *order = list_copy(m->order), *keys = NIL;
	ListCell *lc;

	foreach(lc, m->keys)
		keys = lappend(keys, gw_merge_ref(m, "r", ((const GwColumn *) lfirst(lc))->name));
	foreach(lc, m->values)
	{
		const GwColumn *column = lfirst(lc);

		order = lappend(order, merge_exact(m, column, gw_merge_ref(m, "r", column->name)));
	}
	return psprintf("ROW_NUMBER() OVER (PARTITION BY %s ORDER BY %s)", gw_merge_join(keys, ", "),
					gw_merge_join(order == NIL ? keys : order, ", "));
}

char *
gw_merge_select(const GwMerge *m, bool dedup, const char *filter)
{
	const char *where = filter == NULL ? "" : psprintf(" WHERE %s", filter);
	char *columns = merge_source_columns(m, "r");
	char *rank;

	if (!dedup || m->keys == NIL)
		return psprintf("SELECT %s FROM %s AS r%s", columns, m->source, where);
	rank = merge_rank_name(m);
	return psprintf("SELECT %s FROM (SELECT %s, %s AS %s FROM %s AS r%s) AS d WHERE d.%s = 1",
					merge_source_columns(m, "d"), columns, merge_ranking(m), rank, m->source,
					where, rank);
}

/* ---------- statements ---------- */

static void
merge_emit(GwMerge *m, const char *sql, const char *target)
{
	const char *pairs[] = {GW_MERGE_T, target, NULL};
	const char *end = m->target->end != NULL ? m->target->end : "";

	m->plan->statements =
		lappend(m->plan->statements, psprintf("%s%s", gw_merge_fill(sql, pairs), end));
}

void
gw_merge_add(GwMerge *m, const char *sql)
{
	merge_emit(m, sql, "t");
}

static char *
merge_on(const GwMerge *m, const GwMergeStep *step, const char *row)
{
	List *parts = NIL;
	ListCell *lc;

	foreach(lc, step->on)
		parts = lappend(parts, gw_merge_same(m, lfirst(lc), row, "s"));
	return gw_merge_join(parts, " AND ");
}

static void
merge_by_merge(GwMerge *m, const GwMergeStep *step, bool remove, bool rest)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "MERGE INTO %s%s AS t USING (%s) AS s ON %s", m->table,
					 m->target->merge_hint ? m->target->merge_hint : "", step->source,
					 gw_merge_and(merge_on(m, step, GW_MERGE_T), step->target));
	if (remove && step->remove != NULL)
		appendStringInfo(&sql, " WHEN MATCHED%s%s THEN DELETE", step->remove[0] ? " AND " : "",
						 step->remove);
	if (rest && step->sets != NIL)
		appendStringInfo(&sql, " WHEN MATCHED%s%s THEN UPDATE SET %s",
						 step->set_when ? " AND " : "", step->set_when ? step->set_when : "",
						 gw_merge_join(step->sets, ", "));
	if (rest && step->names != NIL)
		appendStringInfo(&sql, " WHEN NOT MATCHED%s%s THEN INSERT (%s) VALUES (%s)",
						 step->insert_when ? " AND " : "",
						 step->insert_when ? step->insert_when : "",
						 gw_merge_join(step->names, ", "), gw_merge_join(step->exprs, ", "));
	gw_merge_add(m, sql.data);
}

/* Matched rows that go. */
static void
merge_remove(GwMerge *m, const GwMergeStep *step)
{
	const char *name = m->target->plain_remove ? m->table_name : "t";
	const char *alias = m->target->plain_remove ? "" : " AS t";
	char *on = merge_on(m, step, GW_MERGE_T);
	char *rest = gw_merge_and(step->target, step->remove);
	char *both = gw_merge_and(on, rest);
	char *sql = NULL;

	switch (m->target->remove)
	{
		case GW_MERGE_ONLY:
			merge_by_merge(m, step, true, false);
			return;
		case GW_MERGE_FROM:
			sql = psprintf("DELETE FROM %s%s USING (%s) AS s WHERE %s", m->table, alias,
						   step->source, both);
			break;
		case GW_MERGE_JOIN:
			sql = psprintf("DELETE %s FROM %s%s JOIN (%s) AS s ON %s%s%s",
						   alias[0] ? "t" : m->table, m->table, alias, step->source, on,
						   rest ? " WHERE " : "", rest ? rest : "");
			break;
		case GW_MERGE_EXISTS:
			sql = psprintf("DELETE FROM %s%s WHERE EXISTS (SELECT 1 FROM (%s) AS s WHERE %s)",
						   m->table, alias, step->source, both);
			break;
	}
	merge_emit(m, sql, name);
}

static void
merge_update(GwMerge *m, const GwMergeStep *step)
{
	const char *name = m->target->plain_update ? m->table_name : "t";
	const char *alias = m->target->plain_update ? "" : " AS t";
	char *on = merge_on(m, step, GW_MERGE_T);
	char *rest = gw_merge_and(step->target, step->set_when);
	char *sets = gw_merge_join(step->sets, ", ");

	if (m->target->update == GW_MERGE_JOIN)
		merge_emit(m, psprintf("UPDATE %s AS t JOIN (%s) AS s ON %s SET %s%s%s", m->table,
							   step->source, on, sets, rest ? " WHERE " : "", rest ? rest : ""),
				   name);
	else
		merge_emit(m, psprintf("UPDATE %s%s SET %s FROM (%s) AS s WHERE %s", m->table, alias,
							   sets, step->source, gw_merge_and(on, rest)),
				   name);
}

/*
 * Source rows that meet none, by an outer join: correlated subqueries with OR
 * are refused by some.
 */
static void
merge_insert(GwMerge *m, const GwMergeStep *step)
{
	const char *pairs[] = {GW_MERGE_T, "x", NULL};
	List *refs = list_make1("1 AS gw_here");
	char *here, *from, *when = gw_merge_and("t.gw_here IS NULL", step->insert_when);
	char *on = merge_on(m, step, "t");
	ListCell *lc;

	if (step->target_meets)
	{
		/* The condition speaks of the source too: it stands in the join. */
		here = psprintf("(SELECT 1 AS gw_here, x.* FROM %s AS x)", m->table);
		on = gw_merge_and(on, step->target);
	}
	else
	{
		foreach(lc, step->on)
			refs = lappend(refs, gw_merge_ref(m, "x", ((const GwColumn *) lfirst(lc))->name));
		here = psprintf("(SELECT %s FROM %s AS x%s%s)", gw_merge_join(refs, ", "), m->table,
						step->target ? " WHERE " : "",
						step->target ? gw_merge_fill(step->target, pairs) : "");
	}
	from = psprintf("FROM (%s) AS s LEFT JOIN %s AS t ON %s WHERE %s", step->source, here, on,
					when);
	gw_merge_add(m, psprintf("INSERT INTO %s (%s) SELECT %s %s", m->table,
							 gw_merge_join(step->names, ", "), gw_merge_join(step->exprs, ", "),
							 from));
}

void
gw_merge_apply(GwMerge *m, const GwMergeStep *step)
{
	bool only_remove = step->sets == NIL && step->names == NIL;

	if (m->use_merge && !only_remove)
	{
		merge_by_merge(m, step, true, true);
		return;
	}
	if (step->remove != NULL)
		merge_remove(m, step);
	if (step->sets != NIL)
		merge_update(m, step);
	if (step->names != NIL)
		merge_insert(m, step);
}

/* ---------- failures and checks ---------- */

GwStatus
gw_merge_fail(GwMerge *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	gw_error_setv(m->err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE, fmt, args);
	va_end(args);
	return GW_FAILED;
}

GwStatus
gw_merge_column(GwMerge *m, const char *option, const char *name, const GwColumn **column)
{
	*column = gw_schema_column(m->schema, name);
	if (*column != NULL)
		return GW_OK;
	gw_merge_fail(m, "option \"%s\": the target has no column \"%s\"", option, name);
	return GW_FAILED;
}

void
gw_merge_check(GwMerge *m, const char *problem, char *sql)
{
	const char *pairs[] = {GW_MERGE_T, "t", NULL};
	GwLoadCheck *check = palloc(sizeof(GwLoadCheck));

	check->sql = gw_merge_fill(sql, pairs);
	check->problem = problem;
	m->plan->checks = lappend(m->plan->checks, check);
}
