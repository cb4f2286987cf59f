/*
 * gw_merge_cdc.c
 *	  cdc: a batch of change events applied to a table.
 *
 * Of each key's events only the last counts: by sequence, and of one sequence
 * a deletion.  Where the target keeps the sequence, an event older than its
 * row is stale.  What was deleted for good leaves nothing that says so:
 * after_seq keeps older events of earlier batches out.
 */
#include "postgres.h"

#include "dialect/gw_merge_private.h"

static const char *const cdc_known[] = {
	"I", "i", "C", "c", "R", "r", "U", "u", "INSERT", "insert", "UPDATE", "update",
};

static char *
cdc_list(const GwMerge *m, List *values)
{
	List *texts = NIL;
	ListCell *lc;

	foreach(lc, values)
	{
		GwSqlBuf buf;

		gw_sqlbuf_init(&buf);
		gw_ddl_string(&m->writer, &buf, lfirst(lc));
		texts = lappend(texts, buf.text.data);
	}
	return gw_merge_join(texts, ", ");
}

static void
cdc_checks(GwMerge *m)
{
	List *known = list_copy(m->options->delete_values);
	char *op = gw_merge_ref(m, "r", m->options->op_column);

	for (int i = 0; i < lengthof(cdc_known); i++)
		known = lappend(known, (char *) cdc_known[i]);
	gw_merge_check(m, "events whose operation is not known",
				   psprintf("SELECT COUNT(*) FROM %s AS r WHERE %s IS NULL OR %s NOT IN (%s)",
							m->source, op, op, cdc_list(m, known)));
	gw_merge_check(m, "events without a sequence",
				   psprintf("SELECT COUNT(*) FROM %s AS r WHERE %s IS NULL", m->source,
							gw_merge_ref(m, "r", m->options->seq_column)));
}

/* Soft deletion: the row stays and says so. */
static GwStatus
cdc_mark(GwMerge *m, const char *source, const char *fresh, const char *gone)
{
	GwMergeStep step = {0};
	const GwColumn *deleted;
	const GwColumn *seq = gw_schema_column(m->schema, m->options->seq_column);
	char *flag;

	if (gw_merge_column(m, "is_deleted", m->options->is_deleted, &deleted) != GW_OK)
		return GW_FAILED;
	flag = gw_merge_ref(m, GW_MERGE_T, deleted->name);
	step.source = source;
	step.on = m->keys;
	step.sets = list_make1(gw_merge_assign(m, deleted->name, gw_merge_flag(m, deleted, true)));
	step.set_when = psprintf("%s AND (%s IS NULL OR %s = %s", gone, flag, flag,
							 gw_merge_flag(m, deleted, false));
	if (seq != NULL)
	{
		char *there = gw_merge_ref(m, GW_MERGE_T, seq->name);

		step.sets = lappend(step.sets, gw_merge_assign(m, seq->name,
													   gw_merge_ref(m, "s", seq->name)));
		step.set_when = psprintf("%s OR %s IS NULL OR %s < %s", step.set_when, there, there,
								 gw_merge_ref(m, "s", seq->name));
	}
	step.set_when = gw_merge_and(psprintf("%s)", step.set_when), fresh);
	step.sets = gw_merge_stamp(m, step.sets);
	gw_merge_apply(m, &step);
	return GW_OK;
}

/* Rows that are written: matched and different, or missing. */
static void
cdc_write(GwMerge *m, GwMergeStep *step, const char *fresh, const char *kept)
{
	const GwColumn *deleted = gw_schema_column(m->schema, m->options->is_deleted);
	bool soft = strcmp(m->options->deletes, "soft") == 0;
	char *differs = gw_merge_differs(m, m->values, GW_MERGE_T, "s");

	step->sets = gw_merge_sets(m, m->values);
	gw_merge_insert(m, "s", &step->names, &step->exprs);
	if (soft)
	{
		char *flag = gw_merge_ref(m, GW_MERGE_T, deleted->name);
		char *back = psprintf("%s IS NULL OR %s = %s", flag, flag,
							  gw_merge_flag(m, deleted, true));

		differs = differs ? psprintf("(%s OR %s)", differs, back) : psprintf("(%s)", back);
		step->sets = lappend(step->sets, gw_merge_assign(m, deleted->name,
														 gw_merge_flag(m, deleted, false)));
		if (list_length(step->sets) == 1)
			step->sets = gw_merge_stamp(m, step->sets);
		step->names = lappend(step->names, gw_merge_name(m, deleted->name));
		step->exprs = lappend(step->exprs, gw_merge_flag(m, deleted, false));
	}
	step->set_when = gw_merge_and(gw_merge_and(kept, differs), fresh);
	step->insert_when = kept;
	gw_merge_apply(m, step);
}

static GwStatus
cdc_filter(GwMerge *m, char **filter)
{
	const GwLoadOptions *o = m->options;
	const GwColumn *column = gw_schema_column(m->schema, o->seq_column);
	GwColumn number = {.name = o->seq_column, .type = gw_type_make(GW_TYPE_NUMERIC)};
	char *value;

	*filter = NULL;
	if (o->after_seq == NULL)
		return GW_OK;
	if (gw_merge_constant(m, column ? column : &number, o->after_seq, &value) != GW_OK)
		return GW_FAILED;
	*filter = psprintf("%s > %s", gw_merge_ref(m, "r", o->seq_column), value);
	return GW_OK;
}

GwStatus
gw_merge_cdc(GwMerge *m)
{
	const GwLoadOptions *o = m->options;
	const GwColumn *seq = gw_schema_column(m->schema, o->seq_column);
	char *deleting = cdc_list(m, o->delete_values);
	char *op = gw_merge_ref(m, "s", o->op_column);
	char *gone = psprintf("%s IN (%s)", op, deleting);
	char *kept = psprintf("%s NOT IN (%s)", op, deleting);
	char *fresh = NULL, *filter;
	GwMergeStep step = {0};

	if (m->keys == NIL)
		return gw_merge_fail(m, "pattern \"cdc\" needs keys");
	if (o->delete_values == NIL)
		return gw_merge_fail(m, "option \"delete_values\" names no operation");
	if (cdc_filter(m, &filter) != GW_OK)
		return GW_FAILED;
	cdc_checks(m);
	gw_merge_steer(m, o->op_column);
	gw_merge_steer(m, o->seq_column);
	m->order = NIL;
	gw_merge_newest(m, o->seq_column);
	m->order = lappend(m->order, psprintf("CASE WHEN %s IN (%s) THEN 0 ELSE 1 END",
										  gw_merge_ref(m, "r", o->op_column), deleting));
	if (seq != NULL)
	{
		char *there = gw_merge_ref(m, GW_MERGE_T, seq->name);

		fresh = psprintf("(%s IS NULL OR %s >= %s)", there, gw_merge_ref(m, "s", seq->name), there);
	}
	step.source = gw_merge_select(m, true, filter);
	step.on = m->keys;
	if (strcmp(o->deletes, "hard") == 0)
		step.remove = gw_merge_and(gone, fresh);
	if (strcmp(o->deletes, "soft") == 0 && cdc_mark(m, step.source, fresh, gone) != GW_OK)
		return GW_FAILED;
	cdc_write(m, &step, fresh, kept);
	return GW_OK;
}
