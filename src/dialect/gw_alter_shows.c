/*
 * gw_alter_shows.c
 *	  Which differences of two schemas show on a target, and so need a step.
 *
 * A canonical type that a target stores as another one, a layout its catalogs
 * do not tell, a default it cannot say: planning for those would never end.
 * Memory is the caller's context.
 */
#include "postgres.h"

#include "dialect/gw_alter.h"
#include "dialect/gw_ddl_target.h"

/* A key's columns hold no NULL, and neither does one that numbers rows. */
GwSchema *
gw_alter_copy(const GwSchema *schema)
{
	GwSchema *copy = palloc(sizeof(GwSchema));
	int n = schema->ncolumns;

	*copy = *schema;
	copy->columns = palloc(Max(n, 1) * sizeof(GwColumn));
	memcpy(copy->columns, schema->columns, n * sizeof(GwColumn));
	for (int i = 0; i < n; i++)
	{
		GwColumn *column = &copy->columns[i];

		if (column->identity_mode != NULL)
			column->nullable = false;
		for (int k = 0; schema->primary != NULL && k < schema->primary->ncolumns; k++)
		{
			if (strcmp(schema->primary->columns[k], column->name) == 0)
				column->nullable = false;
		}
	}
	return copy;
}

/* Do both native types say the same there? */
static bool
plan_same_native(GwAlterPlan *plan, const GwColumn *old, const GwColumn *wanted, bool *same)
{
	char *left, *right;
	GwType a, b;

	if (gw_alter_native(plan, old, true, &left) != GW_OK ||
		gw_alter_native(plan, wanted, false, &right) != GW_OK)
		return false;
	*same = pg_strcasecmp(left, right) == 0;
	if (*same)
		return true;
	a = gw_alter_mapped(plan, left, &old->type);
	b = gw_alter_mapped(plan, right, &wanted->type);
	*same = gw_type_equal(&a, &b);
	return true;
}

/* The wanted column a change belongs to, or NULL. */
const GwColumn *
gw_alter_column_of(const GwAlterPlan *plan, const GwDiffChange *change)
{
	return change->path == NIL ? NULL
							   : gw_schema_column(plan->wanted, (char *) linitial(change->path));
}

/* Is the check the one that a column's rendered type brings along? */
static bool
plan_check_of_type(GwAlterPlan *plan, const GwKey *check)
{
	for (int i = 0; i < plan->wanted->ncolumns; i++)
	{
		const GwColumn *column = &plan->wanted->columns[i];
		char *native;

		if (gw_alter_native(plan, column, false, &native) != GW_OK ||
			plan->writer.constraints == NIL || check->sql == NULL)
			continue;
		if (gw_alter_check_names(plan, check, column))
			return true;
	}
	return false;
}

static int
shows_layout(const GwAlterPlan *plan, const char *layout)
{
	return plan->alter->layouts != NULL && strstr(plan->alter->layouts, layout) != NULL;
}

/*
 * Does the change show there?  1 yes, 0 no, -1 an error is in plan->err.  What
 * the target cannot tell or hold would come up again and again.
 */
static int
plan_shows(GwAlterPlan *plan, const GwDiffChange *change)
{
	const GwDdlTarget *target = plan->request->target;
	const GwColumn *column = gw_alter_column_of(plan, change);
	const GwColumn *old = column == NULL ? NULL : gw_alter_old_column(plan, column);
	bool nested = list_length(change->path) > 1;
	bool same;
	GwSqlBuf buf;

	switch (change->kind)
	{
		case GW_DIFF_table_renamed:
		case GW_DIFF_native_only_changed:
		case GW_DIFF_charset_changed:
			return 0;
		case GW_DIFF_type_changed:
		case GW_DIFF_column_added:
		case GW_DIFF_column_removed:
		case GW_DIFF_nullability_changed:
			if (old == NULL || (change->kind != GW_DIFF_type_changed && !nested))
				return 1;
			if (!plan_same_native(plan, old, column, &same))
				return -1;
			return !same;
		case GW_DIFF_column_moved:
			return !nested;
		case GW_DIFF_default_changed:
			gw_sqlbuf_init(&buf);
			return change->new_column->default_kind == GW_DEFAULT_NONE ||
				   change->new_column->default_kind == GW_DEFAULT_NULL ||
				   gw_ddl_default(&plan->writer, &buf, change->new_column);
		case GW_DIFF_comment_changed:
			return !nested;
		case GW_DIFF_check_added:
			return gw_ddl_can(target, GW_DDL_CAN_CHECK);
		case GW_DIFF_check_removed:
			return !plan_check_of_type(plan, change->old_key);
		case GW_DIFF_unique_added:
			return gw_ddl_can(target, GW_DDL_CAN_UNIQUE);
		case GW_DIFF_cluster_changed:
			return shows_layout(plan, "cluster");
		case GW_DIFF_sort_changed:
			return shows_layout(plan, "sort");
		case GW_DIFF_distribution_changed:
			return shows_layout(plan, "distribution");
		case GW_DIFF_option_changed:
			return 0;
		default:
			return 1;
	}
}

GwStatus
gw_alter_keep_what_shows(GwAlterPlan *plan)
{
	List *kept = NIL;
	ListCell *lc;

	foreach(lc, plan->changes)
	{
		int shows = plan_shows(plan, lfirst(lc));

		if (shows < 0)
			return GW_FAILED;
		if (shows > 0)
			kept = lappend(kept, lfirst(lc));
	}
	plan->changes = kept;
	return GW_OK;
}
