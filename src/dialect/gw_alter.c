/*
 * gw_alter.c
 *	  Targets that can alter tables, the filling of their templates, and the
 *	  pieces that planners need.
 *
 * Identifiers and constants are written by the DDL target's writers only; a
 * template is a constant of a data file.  Memory is the caller's context.
 */
#include "postgres.h"

#include "dialect/gw_alter.h"

#include "dialect/gw_type_defaults.h"

static const GwAlterTarget *const alter_targets[] = {
	&gw_alter_bigquery, &gw_alter_databricks, &gw_alter_mysql,	   &gw_alter_postgres,
	&gw_alter_redshift, &gw_alter_snowflake,  &gw_alter_sqlserver,
};

static const char *const alter_op_names[GW_NALTER_OPS] = {
#define X(name, matrix) #name,
	GW_ALTER_LIST(X)
#undef X
};

static const char *const alter_method_names[] = {
	[GW_ALTER_IMPOSSIBLE] = "impossible", [GW_ALTER_NONE] = "none",
	[GW_ALTER_ONLINE] = "online",		  [GW_ALTER_VALIDATE] = "validate",
	[GW_ALTER_REWRITE] = "rewrite",		  [GW_ALTER_SWAP] = "swap",
	[GW_ALTER_API] = "api"};

const GwAlterTarget *
gw_alter_target(const GwDdlTarget *target)
{
	for (int i = 0; i < lengthof(alter_targets); i++)
	{
		if (strcmp(alter_targets[i]->name, gw_ddl_target_name(target)) == 0)
			return alter_targets[i];
	}
	return NULL;
}

const char *
gw_alter_op_name(GwAlterOp op)
{
	return alter_op_names[op];
}

const char *
gw_alter_method_name(GwAlterMethod method)
{
	return alter_method_names[method];
}

/* ---------- templates ---------- */

void
gw_alter_word(GwAlterFill *fill, const char *word, const char *value)
{
	fill->words = lcons((char *) word, fill->words);
	fill->values = lcons((char *) value, fill->values);
}

char *
gw_alter_fill(const GwAlterFill *fill, const char *template)
{
	StringInfoData out;
	const char *at = template;

	initStringInfo(&out);
	while (*at != '\0')
	{
		size_t plain = strcspn(at, "{");
		size_t len;
		ListCell *word, *value;
		bool found = false;

		appendBinaryStringInfo(&out, at, plain);
		at += plain;
		if (*at == '\0')
			break;
		len = strcspn(at, "}");
		forboth(word, fill->words, value, fill->values)
		{
			const char *name = lfirst(word);

			if (strlen(name) != len - 1 || strncmp(name, at + 1, len - 1) != 0)
				continue;
			appendStringInfoString(&out, lfirst(value));
			found = true;
			break;
		}
		if (!found)
			elog(ERROR, "template \"%s\" has an unknown word", template);
		at += len + 1;
	}
	return out.data;
}

char *
gw_alter_quoted(GwAlterPlan *plan, const char *name)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_ddl_identifier(&plan->writer, &buf, name);
	return buf.text.data;
}

char *
gw_alter_constant(GwAlterPlan *plan, const char *text)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_ddl_string(&plan->writer, &buf, text);
	return buf.text.data;
}

char *
gw_alter_qualified(GwAlterPlan *plan, const char *table)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_ddl_qualified(&plan->writer, &buf, plan->request->database_name,
					 plan->request->schema_name, table);
	return buf.text.data;
}

void
gw_alter_common_words(GwAlterPlan *plan, GwAlterFill *fill)
{
	const char *name = plan->request->table_name;
	const char *shadow = psprintf("%s__wgw", name), *old = psprintf("%s__wgw_old", name);

	gw_alter_word(fill, "table", plan->table);
	gw_alter_word(fill, "table_name", plan->table_name);
	gw_alter_word(fill, "table_text", gw_alter_constant(plan, plan->table));
	gw_alter_word(fill, "table_name_text", gw_alter_constant(plan, name));
	gw_alter_word(fill, "shadow", gw_alter_qualified(plan, shadow));
	gw_alter_word(fill, "shadow_name", gw_alter_quoted(plan, shadow));
	gw_alter_word(fill, "shadow_text",
				  gw_alter_constant(plan, gw_alter_qualified(plan, shadow)));
	gw_alter_word(fill, "old", gw_alter_qualified(plan, old));
	gw_alter_word(fill, "old_name", gw_alter_quoted(plan, old));
	gw_alter_word(fill, "old_name_text", gw_alter_constant(plan, old));
}

GwAlterStep *
gw_alter_step(GwAlterPlan *plan, GwAlterOp op, List *path, int order, GwAlterFill *fill)
{
	const GwAlterRule *rule = &plan->alter->rules[op];
	GwAlterStep *step = palloc0(sizeof(GwAlterStep));

	gw_alter_common_words(plan, fill);
	step->op = op;
	step->path = path;
	step->method = rule->method;
	step->lock = rule->lock;
	step->order = order;
	step->seq = list_length(plan->steps);
	step->note = rule->note;
	for (int i = 0; i < GW_ALTER_MAX_SQL && rule->sql[i] != NULL; i++)
	{
		step->sql = lappend(step->sql, gw_alter_fill(fill, rule->sql[i]));
		step->restates |= strstr(rule->sql[i], "{restated}") != NULL;
	}
	if (rule->undo != NULL)
		step->undo = list_make1(gw_alter_fill(fill, rule->undo));
	step->reversible = rule->undo != NULL;
	plan->steps = lappend(plan->steps, step);
	return step;
}

/* ---------- types ---------- */

/* Was the old schema read from such a target, so that its native texts count? */
static bool
alter_was_read_there(const GwAlterPlan *plan)
{
	const char *platform = plan->old->platform;

	return platform != NULL && gw_ddl_target(platform) == plan->request->target;
}

GwStatus
gw_alter_native(GwAlterPlan *plan, const GwColumn *column, bool old, char **text)
{
	GwSqlBuf buf;

	if (old && column->native_type != NULL && alter_was_read_there(plan))
	{
		*text = pstrdup(column->native_type);
		return GW_OK;
	}
	gw_sqlbuf_init(&buf);
	if (gw_ddl_type(&plan->writer, &buf, column, plan->err) != GW_OK)
		return GW_FAILED;
	*text = buf.text.data;
	return GW_OK;
}

GwType
gw_alter_mapped(GwAlterPlan *plan, const char *native, const GwType *otherwise)
{
	GwColumn column;
	GwSchema one;
	GwError ignored;

	memset(&column, 0, sizeof(column));
	gw_error_clear(&ignored);
	if (gw_ddl_map_type(plan->request->target, native, &column, &ignored) != GW_OK ||
		column.type.id == GW_TYPE_OPAQUE)
		return *otherwise;
	memset(&one, 0, sizeof(one));
	one.columns = &column;
	one.ncolumns = 1;
	gw_type_defaults_apply(&one, gw_ddl_target_name(plan->request->target));
	return column.type;
}

char *
gw_alter_count(const GwAlterPlan *plan, const char *source, const char *condition)
{
	return psprintf("SELECT %s FROM %s%s%s",
					plan->alter->count != NULL ? plan->alter->count : "COUNT(*)", source,
					condition != NULL ? " WHERE " : "", condition != NULL ? condition : "");
}

static bool
alter_is_number(const GwType *type)
{
	return type->id >= GW_TYPE_INT8 && type->id <= GW_TYPE_NUMERIC;
}

/* Which of the target's conversions a pair of types takes. */
static const char *
alter_cast_template(const GwAlterPlan *plan, const GwType *from, const GwType *to)
{
	const GwAlterTarget *alter = plan->alter;
	bool labels = from->id == GW_TYPE_ENUM || to->id == GW_TYPE_ENUM || from->id == GW_TYPE_SET ||
				  to->id == GW_TYPE_SET ||
				  (to->id == GW_TYPE_JSON && (from->id == GW_TYPE_BOOL || alter_is_number(from)));
	bool boolean = (from->id == GW_TYPE_BOOL && alter_is_number(to)) ||
				   (to->id == GW_TYPE_BOOL && alter_is_number(from));

	if (alter->zone_cast != NULL && gw_type_change(from, to) == GW_CHANGE_REINTERPRET &&
		(from->id == GW_TYPE_TIMESTAMP || to->id == GW_TYPE_TIMESTAMP))
		return from->id == GW_TYPE_TIMESTAMP ? alter->zone_cast : alter->zone_back;
	if (boolean && alter->bool_cast != NULL)
		return alter->bool_cast;
	return labels && alter->label_cast != NULL ? alter->label_cast : alter->cast;
}

char *
gw_alter_conversion(GwAlterPlan *plan, const char *column, const GwType *from, const GwType *to,
					const char *oldtype, const char *type)
{
	GwAlterFill fill = {NIL, NIL};
	const char *zone = plan->request->time_zone;

	gw_alter_word(&fill, "column", column);
	gw_alter_word(&fill, "type", type);
	gw_alter_word(&fill, "oldtype", oldtype);
	gw_alter_word(&fill, "zone", zone == NULL ? "" : gw_alter_constant(plan, zone));
	return gw_alter_fill(&fill, alter_cast_template(plan, from, to));
}

char *
gw_alter_loss_query(GwAlterPlan *plan, const char *column, const GwType *from, const GwType *to,
					const char *oldtype, const char *type)
{
	char *there = gw_alter_conversion(plan, column, from, to, oldtype, type);
	char *back = gw_alter_conversion(plan, there, to, from, type, oldtype);
	GwType text = gw_type_make(GW_TYPE_STRING);
	GwAlterFill fill = {NIL, NIL};

	gw_alter_word(&fill, "left",
				  gw_alter_conversion(plan, back, from, &text, oldtype, plan->alter->text_type));
	gw_alter_word(&fill, "right",
				  gw_alter_conversion(plan, column, from, &text, oldtype, plan->alter->text_type));
	return gw_alter_count(plan, plan->table, gw_alter_fill(&fill, plan->alter->differs));
}

const GwColumn *
gw_alter_old_column(const GwAlterPlan *plan, const GwColumn *wanted)
{
	ListCell *lc;

	foreach(lc, plan->changes)
	{
		const GwDiffChange *change = lfirst(lc);

		if (change->kind == GW_DIFF_column_renamed && change->new_column == wanted)
			return change->old_column;
		if (change->kind == GW_DIFF_column_added && change->new_column == wanted)
			return NULL;
	}
	return gw_schema_column(plan->old, wanted->name);
}
