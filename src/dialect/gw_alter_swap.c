/*
 * gw_alter_swap.c
 *	  A plan of one step: a new table, the old one's rows, and the exchange.
 *
 * The new table is rendered whole from the wanted schema under a name of its
 * own ("<table>__wgw"), without the names of constraints, which the old one
 * still has.  Everything the other steps asked of rows and persons is asked
 * here too.
 */
#include "postgres.h"

#include "dialect/gw_alter.h"

#define SWAP_SUFFIX "__wgw"

/* The statements that create a table of the wanted schema under that name. */
static GwStatus
swap_create(GwAlterPlan *plan, const char *name, bool replace, List **statements)
{
	GwDdlOptions options = plan->ddl;
	GwSchema schema = *plan->wanted;
	GwDdlWriter writer;
	GwKey primary;

	options.table_name = name;
	options.or_replace = replace;
	if (schema.primary != NULL)
	{
		primary = *schema.primary;
		primary.name = NULL;
		schema.primary = &primary;
	}
	schema.unique = palloc(Max(schema.nunique, 1) * sizeof(GwKey));
	schema.foreign = palloc(Max(schema.nforeign, 1) * sizeof(GwKey));
	schema.check = palloc(Max(schema.ncheck, 1) * sizeof(GwKey));
	for (int i = 0; i < schema.nunique; i++)
	{
		schema.unique[i] = plan->wanted->unique[i];
		schema.unique[i].name = NULL;
	}
	for (int i = 0; i < schema.nforeign; i++)
	{
		schema.foreign[i] = plan->wanted->foreign[i];
		schema.foreign[i].name = NULL;
	}
	for (int i = 0; i < schema.ncheck; i++)
		schema.check[i] = plan->wanted->check[i];
	gw_ddl_begin(&writer, plan->request->target, &options, &schema);
	return gw_ddl_create(&writer, statements, plan->err);
}

/* The old column's value as the wanted column's, NULL: it has none.  Renames are done. */
static bool
swap_value(GwAlterPlan *plan, const GwColumn *column, char **value)
{
	const GwColumn *old = gw_alter_old_column(plan, column);
	char *oldtype, *type, *quoted;
	GwType from, to;

	*value = NULL;
	if (old == NULL || column->generated_sql != NULL)
		return true;
	quoted = gw_alter_quoted(plan, column->name);
	if (gw_alter_native(plan, old, true, &oldtype) != GW_OK ||
		gw_alter_native(plan, column, false, &type) != GW_OK)
		return false;
	from = gw_alter_mapped(plan, oldtype, &old->type);
	to = gw_alter_mapped(plan, type, &column->type);
	*value = gw_type_equal(&from, &to) || pg_strcasecmp(oldtype, type) == 0
				 ? quoted
				 : gw_alter_conversion(plan, quoted, &from, &to, oldtype, type);
	return true;
}

/* Lists of columns and values; all: also what has no old value, as default or NULL. */
static bool
swap_lists(GwAlterPlan *plan, StringInfo columns, StringInfo values, StringInfo all)
{
	for (int i = 0; i < plan->wanted->ncolumns; i++)
	{
		const GwColumn *column = &plan->wanted->columns[i];
		char *quoted = gw_alter_quoted(plan, column->name);
		char *value, *type;
		GwSqlBuf dflt;

		if (!swap_value(plan, column, &value))
			return false;
		if (value != NULL)
		{
			appendStringInfo(columns, "%s%s", columns->len > 0 ? ", " : "", quoted);
			appendStringInfo(values, "%s%s", values->len > 0 ? ", " : "", value);
		}
		else
		{
			gw_sqlbuf_init(&dflt);
			if (gw_alter_native(plan, column, false, &type) != GW_OK)
				return false;
			value = gw_ddl_default(&plan->writer, &dflt, column)
						? dflt.text.data
						: psprintf("CAST(NULL AS %s)", type);
		}
		appendStringInfo(all, "%s%s%s", all->len > 0 ? ", " : "", value,
						 strcmp(value, quoted) == 0 ? "" : psprintf(" AS %s", quoted));
	}
	return true;
}

/* After the rows: identities go on behind the greatest value. */
static List *
swap_resume(GwAlterPlan *plan, GwAlterFill *fill)
{
	List *statements = NIL;

	for (int i = 0; i < plan->wanted->ncolumns; i++)
	{
		const GwColumn *column = &plan->wanted->columns[i];

		if (column->identity_mode == NULL || plan->alter->identity_resume == NULL)
			continue;
		gw_alter_word(fill, "column", gw_alter_quoted(plan, column->name));
		gw_alter_word(fill, "column_text", gw_alter_constant(plan, column->name));
		statements = lappend(statements, gw_alter_fill(fill, plan->alter->identity_resume));
	}
	return statements;
}

static bool
swap_has_identity(const GwAlterPlan *plan)
{
	for (int i = 0; i < plan->wanted->ncolumns; i++)
	{
		if (plan->wanted->columns[i].identity_mode != NULL)
			return true;
	}
	return false;
}

/* What the steps it stands for asked, and what they were. */
static void
swap_take_over(const GwAlterPlan *plan, GwAlterStep *swap)
{
	StringInfoData note;
	ListCell *lc;

	initStringInfo(&note);
	appendStringInfo(&note, "one new table for:");
	foreach(lc, plan->steps)
	{
		const GwAlterStep *step = lfirst(lc);

		if (step->order == GW_ALTER_ORDER_RENAME)
			continue;
		appendStringInfo(&note, "%s %s%s%s", note.data[note.len - 1] == ':' ? "" : ",",
						 gw_alter_op_name(step->op), step->path != NIL ? " " : "",
						 step->path != NIL ? (char *) linitial(step->path) : "");
		swap->preflight = list_concat(swap->preflight, step->preflight);
		swap->destructive |= step->destructive;
		if (step->allow != NULL)
			swap->allow = swap->allow == NULL ? step->allow
											  : psprintf("%s %s", swap->allow, step->allow);
		if (step->method == GW_ALTER_IMPOSSIBLE || step->method == GW_ALTER_API)
		{
			swap->method = step->method == GW_ALTER_API ? swap->method : GW_ALTER_IMPOSSIBLE;
			if (step->note != NULL && step->method == GW_ALTER_IMPOSSIBLE)
				appendStringInfo(&note, " (%s)", step->note);
		}
	}
	if (plan->alter->swap_note != NULL)
		appendStringInfo(&note, "; %s", plan->alter->swap_note);
	swap->note = note.data;
}

/* Steps that stay steps of their own. */
static List *
swap_renames(const GwAlterPlan *plan)
{
	List *kept = NIL;
	ListCell *lc;

	foreach(lc, plan->steps)
	{
		if (((GwAlterStep *) lfirst(lc))->order == GW_ALTER_ORDER_RENAME)
			kept = lappend(kept, lfirst(lc));
	}
	return kept;
}

GwStatus
gw_alter_swap(GwAlterPlan *plan)
{
	const char *name = plan->request->table_name;
	GwAlterStep *step = palloc0(sizeof(GwAlterStep));
	StringInfoData columns, values, all;
	GwAlterFill fill = {NIL, NIL};

	initStringInfo(&columns);
	initStringInfo(&values);
	initStringInfo(&all);
	if (!swap_lists(plan, &columns, &values, &all))
		return GW_FAILED;
	step->op = GW_OP_swap;
	step->method = GW_ALTER_SWAP;
	step->lock = "access exclusive";
	swap_take_over(plan, step);
	gw_alter_common_words(plan, &fill);
	gw_alter_word(&fill, "insert_columns", columns.data);
	gw_alter_word(&fill, "select", values.data);
	gw_alter_word(&fill, "select_all", all.data);
	gw_alter_word(&fill, "overriding",
				  swap_has_identity(plan) && plan->alter->identity_insert != NULL
					  ? plan->alter->identity_insert
					  : "");
	for (int i = 0; i < GW_ALTER_MAX_SWAP && plan->alter->swap[i] != NULL; i++)
	{
		const char *template = plan->alter->swap[i];
		bool own = strncmp(template, "{create_or_replace} ", 20) == 0;
		List *created;

		if (strcmp(template, "{resume}") == 0)
			step->sql = list_concat(step->sql, swap_resume(plan, &fill));
		else if (strncmp(template, "{create", 7) != 0)
			step->sql = lappend(step->sql, gw_alter_fill(&fill, template));
		else
		{
			if (swap_create(plan, own ? name : psprintf("%s" SWAP_SUFFIX, name),
							strstr(template, "_or_replace") != NULL, &created) != GW_OK)
				return GW_FAILED;
			if (own)
			{
				gw_alter_word(&fill, "create_or_replace", linitial(created));
				linitial(created) = gw_alter_fill(&fill, template);
			}
			step->sql = list_concat(step->sql, created);
		}
	}
	if (step->method != GW_ALTER_IMPOSSIBLE)
		plan->steps = lappend(swap_renames(plan), step);
	return GW_OK;
}
