/*
 * gw_alter_key.c
 *	  Steps of a plan that concern keys, checks and the table's layout.
 *
 * A constraint without a name gets one that follows from its columns, so that
 * the same plan comes out the same.  Memory is the caller's context.
 */
#include "postgres.h"

#include "dialect/gw_alter.h"

#include "base/gw_json.h"
#include "common/hashfn.h"
#include "mb/pg_wchar.h"

#define ORDER_DROP_KEY 10
#define ORDER_LAYOUT 80
#define ORDER_ADD_KEY 95

/* What most targets hold of a name. */
#define KEY_NAME_BYTES 63

/* A name made up of the table's, the columns' and what it is. */
static char *
key_made_name(const GwAlterPlan *plan, const GwKey *key, const char *suffix)
{
	StringInfoData name;

	initStringInfo(&name);
	appendStringInfoString(&name, plan->request->table_name);
	for (int i = 0; i < key->ncolumns && strcmp(suffix, "pkey") != 0; i++)
		appendStringInfo(&name, "_%s", key->columns[i]);
	if (key->ncolumns == 0 && key->sql != NULL)
		appendStringInfo(&name, "_%08x",
						 hash_bytes((const unsigned char *) key->sql, strlen(key->sql)));
	if (name.len + strlen(suffix) + 1 > KEY_NAME_BYTES)
	{
		uint32 hash = hash_bytes((const unsigned char *) name.data, name.len);
		int room = KEY_NAME_BYTES - strlen(suffix) - 10;

		name.len = pg_mbcliplen(name.data, name.len, room);
		name.data[name.len] = '\0';
		appendStringInfo(&name, "_%08x", hash);
	}
	appendStringInfo(&name, "_%s", suffix);
	return name.data;
}

static char *
key_columns(GwAlterPlan *plan, const char **names, int n, const char *between, const char *after)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < n; i++)
		appendStringInfo(&buf, "%s%s%s", i > 0 ? between : "", gw_alter_quoted(plan, names[i]),
						 after);
	return buf.data;
}

/* Only actions the standard knows are ever written. */
static const char *
key_action(const char *action)
{
	static const char *const known[] = {"CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT",
										"NO ACTION"};

	for (int i = 0; action != NULL && i < lengthof(known); i++)
	{
		if (pg_strcasecmp(action, known[i]) == 0)
			return known[i];
	}
	return NULL;
}

static char *
key_references(GwAlterPlan *plan, const GwKey *key)
{
	const char *on_delete = key_action(key->on_delete), *on_update = key_action(key->on_update);
	StringInfoData buf;
	GwSqlBuf table;

	gw_sqlbuf_init(&table);
	gw_ddl_qualified(&plan->writer, &table, NULL, key->ref_schema, key->ref_table);
	initStringInfo(&buf);
	appendStringInfoString(&buf, table.text.data);
	if (key->nref_columns > 0)
		appendStringInfo(&buf, " (%s)",
						 key_columns(plan, key->ref_columns, key->nref_columns, ", ", ""));
	if (on_delete != NULL)
		appendStringInfo(&buf, " ON DELETE %s", on_delete);
	if (on_update != NULL)
		appendStringInfo(&buf, " ON UPDATE %s", on_update);
	return buf.data;
}

/* A source with one row for each value of the key that stands more than once. */
static char *
key_doubled(GwAlterPlan *plan, const GwKey *key, const char *columns)
{
	const char *count = plan->alter->count != NULL ? plan->alter->count : "COUNT(*)";

	return psprintf("(SELECT 1 AS n FROM %s WHERE %s GROUP BY %s HAVING %s > 1) d", plan->table,
					key_columns(plan, key->columns, key->ncolumns, " AND ", " IS NOT NULL"),
					columns, count);
}

/* One constraint's step. */
static void
key_step(GwAlterPlan *plan, GwAlterOp op, const GwKey *key, const char *suffix, List *path)
{
	bool drop = op == GW_OP_drop_primary || op == GW_OP_drop_unique || op == GW_OP_drop_foreign ||
				op == GW_OP_drop_check;
	GwAlterFill fill = {NIL, NIL};
	char *columns = key_columns(plan, key->columns, key->ncolumns, ", ", "");
	GwAlterStep *step;

	gw_alter_word(&fill, "name",
				  gw_alter_quoted(plan, key->name ? key->name : key_made_name(plan, key, suffix)));
	gw_alter_word(&fill, "columns", columns);
	gw_alter_word(&fill, "references",
				  key->ref_table != NULL ? key_references(plan, key) : "");
	gw_alter_word(&fill, "check", key->sql != NULL ? key->sql : "");
	step = gw_alter_step(plan, op, path, drop ? ORDER_DROP_KEY : ORDER_ADD_KEY, &fill);
	if (drop || step->method != GW_ALTER_VALIDATE)
		return;
	if (op == GW_OP_add_primary || op == GW_OP_add_unique)
		step->preflight = list_make1(gw_alter_count(plan, key_doubled(plan, key, columns), NULL));
	if (op == GW_OP_add_check)
		step->preflight =
			list_make1(gw_alter_count(plan, plan->table, psprintf("NOT (%s)", key->sql)));
}

/*
 * A check in another dialect cannot be said here: a step that says so stands
 * in the plan, so that nobody takes the table for checked.
 */
static void
key_check_step(GwAlterPlan *plan, GwAlterOp op, const GwKey *key, List *path)
{
	const char *own = gw_ddl_target_name(plan->request->target);

	if (op == GW_OP_add_check && key->dialect != NULL && gw_ddl_target(key->dialect) != NULL &&
		gw_ddl_target(key->dialect) != plan->request->target)
	{
		GwAlterStep *step = palloc0(sizeof(GwAlterStep));

		step->op = op;
		step->path = path;
		step->method = GW_ALTER_NONE;
		step->order = ORDER_ADD_KEY;
		step->seq = list_length(plan->steps);
		step->note = psprintf("the check is written for %s, not for %s: add it by hand",
							  key->dialect, own);
		plan->steps = lappend(plan->steps, step);
		return;
	}
	key_step(plan, op, key, "check", path);
}

void
gw_alter_key_step(GwAlterPlan *plan, const GwDiffChange *change)
{
	const GwKey *old = change->old_key, *new = change->new_key;

	switch (change->kind)
	{
		case GW_DIFF_pk_added:
		case GW_DIFF_pk_removed:
		case GW_DIFF_pk_changed:
			if (old != NULL)
				key_step(plan, GW_OP_drop_primary, old, "pkey", change->path);
			if (new != NULL)
				key_step(plan, GW_OP_add_primary, new, "pkey", change->path);
			break;
		case GW_DIFF_unique_added:
		case GW_DIFF_unique_removed:
			if (old != NULL)
				key_step(plan, GW_OP_drop_unique, old, "key", change->path);
			if (new != NULL)
				key_step(plan, GW_OP_add_unique, new, "key", change->path);
			break;
		case GW_DIFF_fk_added:
		case GW_DIFF_fk_removed:
		case GW_DIFF_fk_changed:
			if (old != NULL)
				key_step(plan, GW_OP_drop_foreign, old, "fkey", change->path);
			if (new != NULL)
				key_step(plan, GW_OP_add_foreign, new, "fkey", change->path);
			break;
		default:
			if (old != NULL)
				key_check_step(plan, GW_OP_drop_check, old, change->path);
			if (new != NULL)
				key_check_step(plan, GW_OP_add_check, new, change->path);
	}
}

/* ---------- labels ---------- */

/* Does a check's text name the column, bare or quoted? */
bool
gw_alter_check_names(GwAlterPlan *plan, const GwKey *check, const GwColumn *column)
{
	return check->sql != NULL && (strstr(check->sql, column->name) != NULL ||
								  strstr(check->sql, gw_alter_quoted(plan, column->name)) != NULL);
}

/* Does the expression hold exactly these labels as constants? */
static bool
label_check_holds(const char *sql, const GwType *type)
{
	int found = 0;

	for (const char *at = strchr(sql, '\''); at != NULL; at = strchr(at, '\''))
	{
		StringInfoData label;
		bool known = false;

		initStringInfo(&label);
		for (at++; *at != '\0' && (*at != '\'' || at[1] == '\''); at++)
		{
			at += *at == '\'';
			appendStringInfoChar(&label, *at);
		}
		at += *at == '\'';
		for (int i = 0; i < type->nvalues && !known; i++)
			known = strcmp(type->values[i], label.data) == 0;
		if (!known)
			return false;
		found++;
	}
	return found == type->nvalues;
}

/* Where labels are a check of the column, other labels are another check. */
void
gw_alter_label_step(GwAlterPlan *plan, const GwColumn *column)
{
	const GwColumn *old = gw_alter_old_column(plan, column);
	GwKey *found = NULL;
	GwKey wanted, was;
	char *native;

	if (old == NULL || column->type.id != GW_TYPE_ENUM ||
		gw_type_equal(&old->type, &column->type) ||
		gw_alter_native(plan, column, false, &native) != GW_OK || plan->writer.constraints == NIL)
		return;
	for (int i = 0; i < plan->old->ncheck && found == NULL; i++)
	{
		if (plan->old->check[i].sql != NULL && strchr(plan->old->check[i].sql, '\'') != NULL &&
			gw_alter_check_names(plan, &plan->old->check[i], old))
			found = &plan->old->check[i];
	}
	if (found != NULL && label_check_holds(found->sql, &column->type))
		return;
	memset(&wanted, 0, sizeof(wanted));
	wanted.name = found != NULL && found->name != NULL
					  ? found->name
					  : psprintf("%s_%s_check", plan->request->table_name, column->name);
	wanted.sql = linitial(plan->writer.constraints);
	was = wanted;
	if (found != NULL)
		was.sql = found->sql;
	if (found != NULL || old->type.id == GW_TYPE_ENUM)
		key_step(plan, GW_OP_drop_check, &was, "check", list_make1((char *) column->name));
	key_step(plan, GW_OP_add_check, &wanted, "check", list_make1((char *) column->name));
}

/* ---------- layout ---------- */

static char *
layout_columns(GwAlterPlan *plan, const JsonbValue *layout)
{
	JsonbValue *columns = gw_json_get(layout, "columns");
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < gw_json_length(columns); i++)
	{
		JsonbValue *item = gw_json_item(columns, i);
		char *name = gw_json_is_object(item) ? gw_json_get_text(item, "name") : NULL;

		if (name != NULL || gw_json_text(item, &name))
			appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "", gw_alter_quoted(plan, name));
	}
	return buf.data;
}

/* Distribution and sort as Redshift's ALTER says them; columns elsewhere. */
static char *
layout_text(GwAlterPlan *plan, const GwDiffChange *change)
{
	const JsonbValue *layout = gw_json_root(change->to);
	char *style = gw_json_get_text(layout, "style");
	char *column = gw_json_get_text(layout, "column");

	if (change->kind == GW_DIFF_distribution_changed)
	{
		if (column != NULL)
			return psprintf("DISTSTYLE KEY DISTKEY %s", gw_alter_quoted(plan, column));
		return style != NULL && strcmp(style, "all") == 0	 ? pstrdup("DISTSTYLE ALL")
			   : style != NULL && strcmp(style, "even") == 0 ? pstrdup("DISTSTYLE EVEN")
															 : pstrdup("DISTSTYLE AUTO");
	}
	if (change->kind == GW_DIFF_sort_changed)
		return style != NULL && strcmp(style, "auto") == 0
				   ? pstrdup("SORTKEY AUTO")
				   : psprintf("SORTKEY (%s)", layout_columns(plan, layout));
	return layout_columns(plan, layout);
}

void
gw_alter_layout_step(GwAlterPlan *plan, const GwDiffChange *change)
{
	GwAlterOp op = change->kind == GW_DIFF_partition_changed ? GW_OP_change_partition
															 : GW_OP_change_layout;
	GwAlterFill fill = {NIL, NIL};
	GwAlterStep *step;

	gw_alter_word(&fill, "layout", change->to != NULL ? layout_text(plan, change) : "");
	gw_alter_word(&fill, "columns",
				  change->to != NULL ? layout_columns(plan, gw_json_root(change->to)) : "");
	gw_alter_word(&fill, "name",
				  gw_alter_quoted(plan, psprintf("%s_cluster", plan->request->table_name)));
	step = gw_alter_step(plan, op, NIL, ORDER_LAYOUT, &fill);
	if (change->to == NULL && step->method != GW_ALTER_SWAP)
	{
		step->sql = step->undo;
		step->undo = NIL;
		if (step->sql == NIL)
			step->method = GW_ALTER_IMPOSSIBLE;
	}
}
