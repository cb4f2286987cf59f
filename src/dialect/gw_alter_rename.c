/*
 * gw_alter_rename.c
 *	  The renames of a plan, in an order in which each finds its name free.
 *
 * Which column became which is the differ's to say.  Memory is the caller's
 * context.
 */
#include "postgres.h"

#include "base/gw_text.h"
#include "dialect/gw_alter.h"

static void
rename_step(GwAlterPlan *plan, const char *from, const char *to, const GwColumn *column)
{
	GwAlterFill fill = {NIL, NIL};
	char *old = gw_alter_quoted(plan, from), *new = gw_alter_quoted(plan, to);

	gw_alter_word(&fill, "column", old);
	gw_alter_word(&fill, "new", new);
	gw_alter_word(&fill, "new_text", gw_alter_constant(plan, to));
	gw_alter_word(&fill, "column_text", gw_alter_constant(plan, from));
	gw_alter_word(&fill, "table_column_text",
				  gw_alter_constant(plan, psprintf("%s.%s", plan->table, old)));
	gw_alter_word(&fill, "table_new_text",
				  gw_alter_constant(plan, psprintf("%s.%s", plan->table, new)));
	(void) gw_alter_step(plan, GW_OP_rename_column, list_make1((char *) column->name),
						 GW_ALTER_ORDER_RENAME, &fill);
}

static List *
rename_without(List *names, const char *name)
{
	ListCell *lc;

	foreach(lc, names)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return foreach_delete_current(names, lc);
	}
	return names;
}

/*
 * One after the other, each when its new name is free; a circle is opened by
 * a name in between.  A column that goes anyway goes first when it is in the
 * way.
 */
bool
gw_alter_renames(GwAlterPlan *plan)
{
	List *names = NIL, *from = NIL, *columns = NIL;
	ListCell *lc;

	for (int i = 0; i < plan->old->ncolumns; i++)
		names = lappend(names, (char *) plan->old->columns[i].name);
	foreach(lc, plan->changes)
	{
		const GwDiffChange *change = lfirst(lc);

		if (change->kind != GW_DIFF_column_renamed)
			continue;
		from = lappend(from, (char *) change->old_column->name);
		columns = lappend(columns, (GwColumn *) change->new_column);
	}
	foreach(lc, plan->changes)
	{
		const GwDiffChange *change = lfirst(lc);

		if (change->kind != GW_DIFF_column_removed || list_length(change->path) > 1)
			continue;
		if (gw_schema_column(plan->wanted, change->old_column->name) != NULL)
		{
			if (!gw_alter_drop_step(plan, change->old_column, GW_ALTER_ORDER_RENAME))
				return false;
			names = rename_without(names, change->old_column->name);
		}
	}
	while (columns != NIL)
	{
		int at = -1;

		for (int i = 0; i < list_length(columns) && at < 0; i++)
		{
			if (!gw_texts_have(names, ((GwColumn *) list_nth(columns, i))->name))
				at = i;
		}
		if (at < 0)
		{
			char *between = psprintf("%s__wgw", (char *) linitial(from));

			rename_step(plan, linitial(from), between, linitial(columns));
			names = lappend(rename_without(names, linitial(from)), between);
			linitial(from) = between;
			continue;
		}
		rename_step(plan, list_nth(from, at), ((GwColumn *) list_nth(columns, at))->name,
						   list_nth(columns, at));
		names = rename_without(names, list_nth(from, at));
		names = lappend(names, (char *) ((GwColumn *) list_nth(columns, at))->name);
		from = list_delete_nth_cell(from, at);
		columns = list_delete_nth_cell(columns, at);
	}
	return true;
}
