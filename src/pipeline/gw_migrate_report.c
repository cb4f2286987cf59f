/*
 * gw_migrate_report.c
 *	  A plan as a person would want to read it, and as a document.
 *
 * Runs nothing.  Memory is the caller's context.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "pipeline/gw_migrate.h"

/* "add_column note", "rename_column a" */
static char *
report_title(const GwAlterStep *step)
{
	StringInfoData buf;
	ListCell *lc;

	initStringInfo(&buf);
	appendStringInfoString(&buf, gw_alter_op_name(step->op));
	for (char *c = buf.data; *c != '\0'; c++)
	{
		if (*c == '_')
			*c = ' ';
	}
	foreach(lc, step->path)
		appendStringInfo(&buf, "%s%s", lc == list_head(step->path) ? " " : ".",
						 (char *) lfirst(lc));
	return buf.data;
}

static List *
report_texts(List *lines, const char *lead, const List *texts)
{
	ListCell *lc;

	foreach(lc, texts)
	{
		const char *at = lfirst(lc);
		bool first = true;

		while (*at != '\0')
		{
			size_t len = strcspn(at, "\n");

			lines = lappend(lines, psprintf("     %s%.*s", first ? lead : "  ", (int) len, at));
			at += len;
			at += *at == '\n';
			first = false;
		}
	}
	return lines;
}

static List *
report_step(List *lines, int n, const GwAlterStep *step)
{
	lines = lappend(lines, psprintf("%2d. %s: %s%s%s%s", n, report_title(step),
									gw_alter_method_name(step->method),
									step->lock != NULL ? ", lock: " : "",
									step->lock != NULL ? step->lock : "",
									step->destructive ? ", destructive" : ""));
	if (step->allow != NULL)
		lines = lappend(lines, psprintf("     needs allow => '{%s}'", step->allow));
	lines = report_texts(lines, "first, must count 0: ", step->preflight);
	lines = report_texts(lines, "", step->sql);
	lines = report_texts(lines, "undo: ", step->undo);
	if (step->note != NULL)
		lines = lappend(lines, psprintf("     note: %s", step->note));
	return lines;
}

List *
gw_migrate_report(const GwMigration *migration, const GwMigrationPlan *plan)
{
	int destructive = 0, heavy = 0, n = 0;
	List *lines = NIL;
	ListCell *lc;

	foreach(lc, plan->steps)
	{
		const GwAlterStep *step = lfirst(lc);

		destructive += step->destructive;
		heavy += step->method == GW_ALTER_REWRITE || step->method == GW_ALTER_SWAP;
	}
	lines = lappend(lines, psprintf("Table %s%s%s on server %s: %d step%s (destructive: %d, "
									"writing every row: %d)",
									plan->request.schema_name ? plan->request.schema_name : "",
									plan->request.schema_name ? "." : "",
									plan->request.table_name, migration->server,
									list_length(plan->steps),
									list_length(plan->steps) == 1 ? "" : "s", destructive, heavy));
	lines = lappend(lines, psprintf("from %s", plan->base_fingerprint));
	foreach(lc, plan->steps)
		lines = report_step(lines, ++n, lfirst(lc));
	if (plan->steps == NIL)
		lines = lappend(lines, "The table is what is wanted.");
	return lines;
}

static void
report_list(GwJsonBuilder *b, const char *key, const List *texts)
{
	ListCell *lc;

	gw_json_key(b, key);
	gw_json_begin_array(b);
	foreach(lc, texts)
		gw_json_add_text(b, lfirst(lc));
	gw_json_end_array(b);
}

Jsonb *
gw_migrate_steps(const List *steps)
{
	GwJsonBuilder b = {NULL, NULL};
	ListCell *lc;

	gw_json_begin_array(&b);
	foreach(lc, steps)
	{
		const GwAlterStep *step = lfirst(lc);

		gw_json_begin_object(&b);
		gw_json_put_text(&b, "op", gw_alter_op_name(step->op));
		report_list(&b, "path", step->path);
		gw_json_put_text(&b, "method", gw_alter_method_name(step->method));
		gw_json_put_bool(&b, "destructive", step->destructive);
		report_list(&b, "sql", step->sql);
		report_list(&b, "undo", step->undo);
		gw_json_end_object(&b);
	}
	gw_json_end_array(&b);
	return gw_json_finish(&b);
}
