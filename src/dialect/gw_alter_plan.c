/*
 * gw_alter_plan.c
 *	  From one schema to another: which operations, in which order.
 *
 * What is wanted is first brought to what the target can hold: a difference
 * that its native types do not show is none.  Then each change becomes a step
 * by the target's rules.  One step that only a swap can take makes the whole
 * plan a swap, since the new table has all the rest anyway.  A change of type
 * is never a drop and an add.
 *
 * Order: constraints that go, renames, new columns, types, defaults, NOT NULL,
 * columns that go, layout, comments, constraints that come.
 */
#include "postgres.h"

#include "dialect/gw_alter.h"

#include "base/gw_json.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#define ORDER_ADD 30
#define ORDER_DROP_DEFAULT 38
#define ORDER_DROP_NOT_NULL 39
#define ORDER_TYPE 40
#define ORDER_SET_DEFAULT 45
#define ORDER_IDENTITY 46
#define ORDER_BACKFILL 50
#define ORDER_NOT_NULL 60
#define ORDER_DROP 70
#define ORDER_LAYOUT 80
#define ORDER_COMMENT 90

/* ---------- options ---------- */

GwStatus
gw_alter_options_read(Jsonb *doc, GwAlterRequest *request, GwError *err)
{
	JsonbValue *root = doc == NULL ? NULL : gw_json_root(doc);

	if (root != NULL && gw_json_is_object(root) && gw_json_get(root, "time_zone") != NULL)
	{
		request->time_zone = gw_json_get_text(root, "time_zone");
		doc = DatumGetJsonbP(DirectFunctionCall2(jsonb_delete, JsonbPGetDatum(doc),
												 CStringGetTextDatum("time_zone")));
		root = gw_json_root(doc);
	}
	if (gw_diff_options_read(doc, &request->diff, err) != GW_OK)
		return GW_FAILED;
	/* Most platforms cannot move a column: order counts only when asked for. */
	if (root == NULL || gw_json_get(root, "order") == NULL)
		request->diff.order = false;
	request->diff.native = false;
	request->diff.loose = true;
	return GW_OK;
}

/* ---------- words of a column ---------- */

static const char *
plan_after(GwAlterPlan *plan, const GwColumn *column)
{
	int at = column - plan->wanted->columns;

	if (at < 0 || at >= plan->wanted->ncolumns || !plan->request->diff.order)
		return "";
	if (at == 0)
		return " FIRST";
	return psprintf(" AFTER %s", gw_alter_quoted(plan, plan->wanted->columns[at - 1].name));
}

/* The whole column; false with plan->err filled. */
static bool
plan_definition(GwAlterPlan *plan, const GwColumn *column, char **text)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	if (gw_ddl_column(&plan->writer, &buf, column, plan->err) != GW_OK)
		return false;
	*text = buf.text.data;
	return true;
}

/* UTC by its offset, which needs no table of zones there. */
static const char *
plan_zone_offset(GwAlterPlan *plan)
{
	const char *zone = plan->request->time_zone;

	if (zone == NULL)
		return "";
	return gw_alter_constant(plan, pg_strcasecmp(zone, "UTC") == 0 ? "+00:00" : zone);
}

/*
 * Every word that is about a column.  old is what it is now (NULL: new), its
 * name being the new one already.
 */
static bool
plan_column_words(GwAlterPlan *plan, GwAlterFill *fill, const GwColumn *old,
				  const GwColumn *column)
{
	char *quoted = gw_alter_quoted(plan, column->name);
	char *definition, *type, *oldtype = NULL, *before;
	GwColumn was = old != NULL ? *old : *column;
	GwSqlBuf value;

	was.name = column->name;
	if (!plan_definition(plan, column, &definition) || !plan_definition(plan, &was, &before) ||
		gw_alter_native(plan, column, false, &type) != GW_OK ||
		gw_alter_native(plan, &was, true, &oldtype) != GW_OK)
		return false;
	gw_sqlbuf_init(&value);
	(void) gw_ddl_default(&plan->writer, &value, column);
	gw_alter_word(fill, "column", quoted);
	gw_alter_word(fill, "path", quoted);
	gw_alter_word(fill, "definition", definition);
	gw_alter_word(fill, "restated", definition);
	gw_alter_word(fill, "restated_old", before);
	gw_alter_word(fill, "bare", psprintf("%s %s", quoted, type));
	gw_alter_word(fill, "type", type);
	gw_alter_word(fill, "oldtype", oldtype);
	gw_alter_word(fill, "value",
				  gw_alter_conversion(plan, quoted, &was.type, &column->type, oldtype, type));
	gw_alter_word(fill, "default", value.text.data);
	gw_alter_word(fill, "null", column->nullable ? "NULL" : "NOT NULL");
	gw_alter_word(fill, "after", plan_after(plan, column));
	gw_alter_word(fill, "mode",
				  column->identity_mode != NULL && strcmp(column->identity_mode, "always") == 0
					  ? "ALWAYS"
					  : "BY DEFAULT");
	gw_alter_word(fill, "collate",
				  column->collation == NULL
					  ? ""
					  : psprintf(" COLLATE %s", gw_alter_quoted(plan, column->collation)));
	gw_alter_word(fill, "collation",
				  column->collation == NULL ? "" : gw_alter_quoted(plan, column->collation));
	gw_alter_word(fill, "default_name",
				  gw_alter_quoted(plan, psprintf("df_%s_%s", plan->request->table_name,
												 column->name)));
	gw_alter_word(fill, "zone_offset", plan_zone_offset(plan));
	gw_alter_word(fill, "udt", "");
	gw_alter_word(fill, "label", "");
	return true;
}

/* A step about one column of the wanted schema; NULL with plan->err filled. */
static GwAlterStep *
plan_column_step(GwAlterPlan *plan, GwAlterOp op, const GwColumn *old, const GwColumn *column,
				 int order)
{
	GwAlterFill fill = {NIL, NIL};

	if (!plan_column_words(plan, &fill, old, column))
		return NULL;
	return gw_alter_step(plan, op, list_make1((char *) column->name), order, &fill);
}

/* ---------- types ---------- */

static bool
plan_is_integer(GwTypeId id)
{
	return id >= GW_TYPE_INT8 && id <= GW_TYPE_UINT64;
}

static bool
plan_is_number(GwTypeId id)
{
	return plan_is_integer(id) || id == GW_TYPE_NUMERIC || id == GW_TYPE_DECFLOAT ||
		   id == GW_TYPE_FLOAT32 || id == GW_TYPE_FLOAT64;
}

/* Only a bound is lifted: a stored value looks the same in both. */
static bool
plan_relaxes(const GwType *from, const GwType *to, GwTypeChange change)
{
	if (change != GW_CHANGE_WIDEN)
		return false;
	return from->id == to->id ? from->id == GW_TYPE_VARBIT || from->fraction != to->fraction
							  : from->id == GW_TYPE_CIDR && to->id == GW_TYPE_INET;
}

/* Which operation leads from one type to the other. */
static GwAlterOp
plan_type_op(const GwType *from, const GwType *to, GwTypeChange change)
{
	bool text = (from->id == GW_TYPE_STRING || from->id == GW_TYPE_CHAR ||
				 from->id == GW_TYPE_BYTES) &&
				to->id == from->id;

	if (plan_is_integer(from->id) && plan_is_integer(to->id) && change == GW_CHANGE_WIDEN)
		return GW_OP_widen_integer;
	if (from->id == GW_TYPE_NUMERIC && to->id == GW_TYPE_NUMERIC && change == GW_CHANGE_WIDEN)
		return to->precision == GW_ABSENT || from->scale == to->scale ? GW_OP_raise_precision
																	  : GW_OP_raise_scale;
	if (text && change == GW_CHANGE_WIDEN)
		return GW_OP_lengthen;
	if (text && change == GW_CHANGE_NARROW)
		return GW_OP_shorten;
	if (plan_is_number(from->id) && plan_is_number(to->id) && from->id != to->id &&
		(change == GW_CHANGE_WIDEN || change == GW_CHANGE_LOSSY))
		return GW_OP_convert_number;
	if ((from->id == GW_TYPE_ENUM || from->id == GW_TYPE_SET) && to->id == from->id &&
		change == GW_CHANGE_WIDEN)
		return GW_OP_append_label;
	if (change == GW_CHANGE_REINTERPRET &&
		(from->id == GW_TYPE_TIMESTAMP || to->id == GW_TYPE_TIMESTAMP))
		return GW_OP_change_zone;
	return plan_relaxes(from, to, change) ? GW_OP_relax_type : GW_OP_change_type;
}

/* What a change of type asks of the rows, and of the person. */
static void
plan_type_terms(GwAlterPlan *plan, GwAlterStep *step, const GwColumn *old,
				const GwColumn *column, const GwType *from, const GwType *to, GwTypeChange change)
{
	char *oldtype, *type;

	step->reversible = step->undo != NIL && change <= GW_CHANGE_ANNOTATE;
	if (change == GW_CHANGE_INCOMPATIBLE ||
		(change == GW_CHANGE_REINTERPRET &&
		 (step->op != GW_OP_change_zone || plan->request->time_zone == NULL ||
		  (plan->alter->zone_utc_only && pg_strcasecmp(plan->request->time_zone, "UTC") != 0))))
	{
		step->method = GW_ALTER_IMPOSSIBLE;
		step->sql = step->undo = NIL;
		step->note = step->op == GW_OP_change_zone
						 ? "say in which zone the wall clock stands: options {\"time_zone\": "
						   "\"UTC\"}"
						 : psprintf("%s does not become %s: add a column, fill it, drop the old "
									"one",
									gw_type_text(from), gw_type_text(to));
		return;
	}
	if (change == GW_CHANGE_TEXTUAL)
		step->allow = psprintf("change_type:%s", column->name);
	if (change < GW_CHANGE_NARROW || change == GW_CHANGE_REINTERPRET ||
		gw_alter_native(plan, old, true, &oldtype) != GW_OK ||
		gw_alter_native(plan, column, false, &type) != GW_OK)
		return;
	step->preflight = list_make1(gw_alter_loss_query(
		plan, gw_alter_quoted(plan, column->name), from, to, oldtype, type));
	step->note = step->note != NULL ? step->note
									: psprintf("each value must come back the same; allow "
											   "\"change_type:%s\" takes what comes",
											   column->name);
}

/* A new label of a type of its own, which is altered by itself. */
static bool
plan_label_words(GwAlterPlan *plan, GwAlterFill *fill, const GwColumn *old,
				 const GwColumn *column)
{
	JsonbValue *native = old->native == NULL ? NULL : gw_json_root(old->native);
	char *schema = gw_json_get_text(native, "udt_schema");
	char *name = gw_json_get_text(native, "udt_name");
	GwSqlBuf buf;

	if (name == NULL)
		return false;
	gw_sqlbuf_init(&buf);
	gw_ddl_qualified(&plan->writer, &buf, NULL, schema, name);
	gw_alter_word(fill, "udt", buf.text.data);
	gw_alter_word(fill, "label",
				  gw_alter_constant(plan, column->type.values[old->type.nvalues]));
	return true;
}

static bool
plan_type_changed(GwAlterPlan *plan, const GwColumn *old, const GwColumn *column)
{
	GwAlterFill fill = {NIL, NIL};
	GwType from, to;
	GwTypeChange change;
	GwAlterOp op;
	GwAlterStep *step;
	char *left, *right;

	if (gw_alter_native(plan, old, true, &left) != GW_OK ||
		gw_alter_native(plan, column, false, &right) != GW_OK)
		return false;
	from = gw_alter_mapped(plan, left, &old->type);
	to = gw_alter_mapped(plan, right, &column->type);
	if (old->type.id == GW_TYPE_ENUM && column->type.id == GW_TYPE_ENUM)
	{
		from = old->type;
		to = column->type;
	}
	change = gw_type_change(&from, &to);
	op = plan_type_op(&from, &to, change);
	/* Integers may be decimals there: what is meant decides, not how it is stored. */
	if (plan_is_integer(old->type.id) && plan_is_integer(column->type.id) &&
		change == GW_CHANGE_WIDEN)
		op = GW_OP_widen_integer;
	if (!plan_column_words(plan, &fill, old, column))
		return false;
	if (op == GW_OP_relax_type && plan->alter->rules[op].method == GW_ALTER_IMPOSSIBLE)
		op = GW_OP_change_type;
	if (op == GW_OP_append_label && plan->alter->rules[op].sql[0] != NULL &&
		strstr(plan->alter->rules[op].sql[0], "{udt}") != NULL &&
		!plan_label_words(plan, &fill, old, column))
		op = GW_OP_change_type;
	gw_alter_word(&fill, "value",
				  gw_alter_conversion(plan, gw_alter_quoted(plan, column->name), &from, &to, left,
									  right));
	step = gw_alter_step(plan, op, list_make1((char *) column->name), ORDER_TYPE, &fill);
	plan_type_terms(plan, step, old, column, &from, &to, change);
	return true;
}

/* ---------- columns ---------- */

static bool plan_comment(GwAlterPlan *plan, const GwDiffChange *change);

/* Is the default one that a database computes once, not for each row? */
static bool
plan_stable_default(const GwColumn *column)
{
	static const char *const stable[] = {"now", "current_timestamp", "current_date",
										 "current_user", "session_user"};
	char word[32];
	int len = 0;

	if (column->default_kind == GW_DEFAULT_LITERAL)
		return true;
	if (column->default_sql == NULL)
		return false;
	for (const char *c = column->default_sql; *c != '\0' && len < sizeof(word) - 1; c++)
	{
		if (!isspace((unsigned char) *c) && *c != '(' && *c != ')')
			word[len++] = pg_ascii_tolower((unsigned char) *c);
	}
	word[len] = '\0';
	for (int i = 0; i < lengthof(stable); i++)
	{
		if (strcmp(word, stable[i]) == 0)
			return true;
	}
	return false;
}

/* A new column's comment, where its definition does not hold it. */
static bool
plan_add_comment(GwAlterPlan *plan, const GwColumn *column)
{
	GwColumn bare = *column;
	GwDiffChange change;
	char *definition;

	if (column->comment == NULL || !plan->request->diff.comments)
		return true;
	if (!plan_definition(plan, column, &definition))
		return false;
	if (strstr(definition, gw_alter_constant(plan, column->comment)) != NULL)
		return true;
	bare.comment = NULL;
	memset(&change, 0, sizeof(change));
	change.path = list_make1((char *) column->name);
	change.old_column = memcpy(palloc(sizeof(GwColumn)), &bare, sizeof(GwColumn));
	change.new_column = column;
	return plan_comment(plan, &change);
}

static bool
plan_add(GwAlterPlan *plan, const GwColumn *column)
{
	bool has_default = column->default_kind != GW_DEFAULT_NONE &&
					   column->default_kind != GW_DEFAULT_NULL;
	GwAlterOp op = column->identity_mode != NULL || column->generated_sql != NULL
					   ? GW_OP_add_generated
				   : column->nullable ? (has_default ? GW_OP_add_with_default : GW_OP_add_column)
									  : GW_OP_add_not_null;
	GwAlterStep *step = plan_column_step(plan, op, NULL, column, ORDER_ADD);

	if (step == NULL)
		return false;
	if (has_default && step->method == GW_ALTER_ONLINE && !plan_stable_default(column))
	{
		step->method = GW_ALTER_REWRITE;
		step->note = "the default is computed for each row";
	}
	if (op == GW_OP_add_not_null && !has_default)
	{
		step->preflight = list_make1(gw_alter_count(plan, plan->table, NULL));
		step->note = "without a default only an empty table takes it";
	}
	return plan_add_comment(plan, column);
}

static bool
plan_add_part(GwAlterPlan *plan, const GwDiffChange *change, GwAlterOp op)
{
	GwAlterFill fill = {NIL, NIL};
	const GwColumn *column = gw_alter_column_of(plan, change);
	StringInfoData path;
	GwAlterStep *step;
	ListCell *lc;
	char *type = "";

	/* A part of a column that the target has only as a whole. */
	if (!plan->alter->nested)
		return plan_type_changed(plan, gw_alter_old_column(plan, column), column);
	initStringInfo(&path);
	foreach(lc, change->path)
	{
		const char *part = lfirst(lc);

		appendStringInfoString(&path, path.len > 0 ? "." : "");
		appendStringInfoString(&path, strcmp(part, "[]") == 0	  ? "element"
									  : strcmp(part, "{k}") == 0 ? "key"
									  : strcmp(part, "{v}") == 0 ? "value"
																  : gw_alter_quoted(plan, part));
	}
	if (change->new_column != NULL &&
		gw_alter_native(plan, change->new_column, false, &type) != GW_OK)
		return false;
	gw_alter_word(&fill, "path", path.data);
	gw_alter_word(&fill, "column", path.data);
	gw_alter_word(&fill, "type", type);
	step = gw_alter_step(plan, op, change->path, op == GW_OP_add_field ? ORDER_ADD : ORDER_DROP,
						 &fill);
	if (op == GW_OP_drop_field && step->method != GW_ALTER_NONE)
	{
		step->destructive = true;
		step->allow = psprintf("drop_field:%s", path.data);
	}
	return true;
}

bool
gw_alter_drop_step(GwAlterPlan *plan, const GwColumn *column, int order)
{
	GwAlterStep *step = plan_column_step(plan, GW_OP_drop_column, column, column, order);

	if (step == NULL)
		return false;
	step->destructive = true;
	step->reversible = false;
	step->undo = NIL;
	step->allow = psprintf("drop_column:%s", column->name);
	return true;
}

static bool
plan_nullability(GwAlterPlan *plan, const GwColumn *old, const GwColumn *column)
{
	char *quoted = gw_alter_quoted(plan, column->name);
	GwAlterStep *step = plan_column_step(
		plan, column->nullable ? GW_OP_drop_not_null : GW_OP_set_not_null, old, column,
		column->nullable ? ORDER_DROP_NOT_NULL : ORDER_NOT_NULL);

	if (step == NULL)
		return false;
	if (!column->nullable)
		step->preflight =
			list_make1(gw_alter_count(plan, plan->table, psprintf("%s IS NULL", quoted)));
	return true;
}

/* Back to the default there was before, where the target sets defaults by SQL. */
static void
plan_undo_default(GwAlterPlan *plan, GwAlterStep *step, const GwColumn *old, const char *name)
{
	const char *template = plan->alter->rules[GW_OP_set_default].sql[0];
	GwAlterFill fill = {NIL, NIL};
	GwSqlBuf before;

	gw_sqlbuf_init(&before);
	step->undo = NIL;
	step->reversible = template != NULL && gw_ddl_default(&plan->writer, &before, old);
	if (!step->reversible)
		return;
	gw_alter_common_words(plan, &fill);
	gw_alter_word(&fill, "column", gw_alter_quoted(plan, name));
	gw_alter_word(&fill, "default", before.text.data);
	gw_alter_word(&fill, "default_name",
				  gw_alter_quoted(plan, psprintf("df_%s_%s", plan->request->table_name, name)));
	step->undo = list_make1(gw_alter_fill(&fill, template));
}

/* The old default goes first where it would not fit the column's new type. */
static bool
plan_default(GwAlterPlan *plan, const GwDiffChange *change)
{
	const GwColumn *column = change->new_column;
	bool had = change->old_column->default_kind != GW_DEFAULT_NONE &&
			   change->old_column->default_kind != GW_DEFAULT_NULL;
	bool has = column->default_kind != GW_DEFAULT_NONE && column->default_kind != GW_DEFAULT_NULL;
	bool retyped = false;
	GwAlterStep *step;
	ListCell *lc;

	foreach(lc, plan->changes)
	{
		const GwDiffChange *other = lfirst(lc);

		retyped |= other->kind == GW_DIFF_type_changed && other->new_column == column &&
				   other->type > GW_CHANGE_ANNOTATE;
	}
	if (had && (!has || retyped) &&
		plan_column_step(plan, GW_OP_drop_default, change->old_column, column,
						 ORDER_DROP_DEFAULT) == NULL)
		return false;
	if (!has)
		return true;
	step = plan_column_step(plan, GW_OP_set_default, change->old_column, column,
							ORDER_SET_DEFAULT);
	if (step == NULL)
		return false;
	if (had)
		plan_undo_default(plan, step, change->old_column, column->name);
	return true;
}

static bool
plan_comment(GwAlterPlan *plan, const GwDiffChange *change)
{
	const GwColumn *column = change->new_column;
	const char *comment = column != NULL ? column->comment : plan->wanted->comment;
	const char *before = column != NULL ? change->old_column->comment : plan->old->comment;
	GwAlterFill fill = {NIL, NIL};
	GwAlterStep *step;
	GwSqlBuf text, undo;

	gw_sqlbuf_init(&text);
	gw_sqlbuf_init(&undo);
	gw_error_clear(plan->err);
	if (!gw_ddl_comment(&plan->writer, &text, column, comment, plan->err))
		return plan->err->cls == GW_ERR_NONE && column != NULL &&
			   plan_column_step(plan, GW_OP_set_comment, change->old_column, column,
								ORDER_COMMENT) != NULL;
	(void) gw_ddl_comment(&plan->writer, &undo, column, before, plan->err);
	if (column != NULL && !plan_column_words(plan, &fill, change->old_column, column))
		return false;
	step = gw_alter_step(plan, GW_OP_set_comment, change->path, ORDER_COMMENT, &fill);
	step->sql = list_make1(text.text.data);
	step->undo = list_make1(undo.text.data);
	step->reversible = true;
	step->restates = false;
	return true;
}

static bool
plan_identity(GwAlterPlan *plan, const GwDiffChange *change)
{
	const GwColumn *old = change->old_column, *column = change->new_column;

	if (change->kind == GW_DIFF_generated_changed)
	{
		GwAlterStep *step = plan_column_step(plan, GW_OP_add_generated, old, column,
											 ORDER_IDENTITY);

		if (step == NULL)
			return false;
		step->method = GW_ALTER_SWAP;
		return true;
	}
	if (old->identity_mode != NULL &&
		plan_column_step(plan, GW_OP_drop_identity, column, old, ORDER_DROP_DEFAULT) == NULL)
		return false;
	return column->identity_mode == NULL ||
		   plan_column_step(plan, GW_OP_add_identity, old, column, ORDER_IDENTITY) != NULL;
}

/* ---------- the plan ---------- */

static bool
plan_change(GwAlterPlan *plan, const GwDiffChange *change)
{
	bool nested = list_length(change->path) > 1;
	const GwColumn *column = gw_alter_column_of(plan, change);

	switch (change->kind)
	{
		case GW_DIFF_column_added:
			return nested ? plan_add_part(plan, change, GW_OP_add_field)
						  : plan_add(plan, change->new_column);
		case GW_DIFF_column_removed:
			if (nested)
				return plan_add_part(plan, change, GW_OP_drop_field);
			return column != NULL || gw_alter_drop_step(plan, change->old_column, ORDER_DROP);
		case GW_DIFF_column_renamed:
			return true;
		case GW_DIFF_column_moved:
			return plan_column_step(plan, GW_OP_move_column, change->old_column,
									change->new_column, ORDER_LAYOUT) != NULL;
		case GW_DIFF_type_changed:
			return nested ? plan_type_changed(plan, gw_alter_old_column(plan, column), column)
						  : plan_type_changed(plan, change->old_column, change->new_column);
		case GW_DIFF_nullability_changed:
			return nested || plan_nullability(plan, change->old_column, change->new_column);
		case GW_DIFF_default_changed:
			return plan_default(plan, change);
		case GW_DIFF_identity_changed:
		case GW_DIFF_generated_changed:
			return plan_identity(plan, change);
		case GW_DIFF_collation_changed:
			return plan_column_step(plan, GW_OP_change_collation, change->old_column,
									change->new_column, ORDER_TYPE) != NULL;
		case GW_DIFF_comment_changed:
			return plan_comment(plan, change);
		case GW_DIFF_partition_changed:
		case GW_DIFF_cluster_changed:
		case GW_DIFF_sort_changed:
		case GW_DIFF_distribution_changed:
			gw_alter_layout_step(plan, change);
			return true;
		default:
			gw_alter_key_step(plan, change);
			return true;
	}
}

static int
plan_compare(const ListCell *a, const ListCell *b)
{
	const GwAlterStep *left = lfirst(a), *right = lfirst(b);

	return left->order != right->order ? left->order - right->order : left->seq - right->seq;
}

static bool
plan_same_path(const List *a, const List *b)
{
	return list_length(a) == 1 && list_length(b) == 1 && strcmp(linitial(a), linitial(b)) == 0;
}

/*
 * A statement that restates the whole column has done all of it: of several
 * the one that works hardest is kept, with everything the others asked.
 */
static void
plan_merge_restated(GwAlterPlan *plan)
{
	List *kept = NIL;
	ListCell *lc, *prior;

	foreach(lc, plan->steps)
	{
		GwAlterStep *step = lfirst(lc), *same = NULL;

		foreach(prior, kept)
		{
			GwAlterStep *other = lfirst(prior);

			if (step->restates && other->restates && plan_same_path(step->path, other->path))
				same = other;
		}
		if (same == NULL)
		{
			kept = lappend(kept, step);
			continue;
		}
		same->preflight = list_concat(same->preflight, step->preflight);
		if (step->method > same->method || step->method == GW_ALTER_IMPOSSIBLE)
		{
			same->method = step->method;
			same->sql = step->sql;
			same->op = step->op;
			same->lock = step->lock;
		}
		same->reversible = same->reversible && step->reversible;
		same->allow = same->allow != NULL ? same->allow : step->allow;
	}
	plan->steps = kept;
}

/* Two nested changes of one column make one step of it. */
static void
plan_merge_doubles(GwAlterPlan *plan)
{
	List *kept = NIL;
	ListCell *lc, *prior;

	foreach(lc, plan->steps)
	{
		GwAlterStep *step = lfirst(lc);
		bool again = false;

		foreach(prior, kept)
		{
			GwAlterStep *other = lfirst(prior);

			again |= other->op == step->op && step->order == ORDER_TYPE &&
					 plan_same_path(other->path, step->path);
		}
		if (!again)
			kept = lappend(kept, step);
	}
	plan->steps = kept;
}

static GwStatus
plan_steps(GwAlterPlan *plan)
{
	ListCell *lc;
	bool swap = false;

	if (!gw_alter_renames(plan))
		return GW_FAILED;
	foreach(lc, plan->changes)
	{
		if (!plan_change(plan, lfirst(lc)))
			return GW_FAILED;
	}
	for (int i = 0; i < plan->wanted->ncolumns; i++)
		gw_alter_label_step(plan, &plan->wanted->columns[i]);
	foreach(lc, plan->steps)
		swap |= ((GwAlterStep *) lfirst(lc))->method == GW_ALTER_SWAP;
	if (swap)
		return gw_alter_swap(plan);
	list_sort(plan->steps, plan_compare);
	plan_merge_restated(plan);
	plan_merge_doubles(plan);
	return GW_OK;
}

GwStatus
gw_alter_plan(const GwAlterRequest *request, List **steps, GwError *err)
{
	GwAlterPlan plan;

	memset(&plan, 0, sizeof(plan));
	*steps = NIL;
	plan.request = request;
	plan.err = err;
	plan.alter = gw_alter_target(request->target);
	if (plan.alter == NULL)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_FEATURE_NOT_SUPPORTED,
							"tables of %s cannot be altered from here",
							gw_ddl_target_name(request->target));
	if (gw_ddl_options_read(NULL, &plan.ddl, err) != GW_OK)
		return GW_FAILED;
	plan.old = gw_alter_copy(request->old);
	plan.wanted = gw_alter_copy(request->wanted);
	gw_ddl_begin(&plan.writer, request->target, &plan.ddl, plan.wanted);
	plan.ddl.table_name = request->table_name;
	plan.ddl.schema_name = request->schema_name;
	plan.ddl.database_name = request->database_name;
	plan.table = gw_alter_qualified(&plan, request->table_name);
	plan.table_name = gw_alter_quoted(&plan, request->table_name);
	if (gw_schema_diff(plan.old, plan.wanted, &request->diff, &plan.changes, err) != GW_OK ||
		gw_alter_keep_what_shows(&plan) != GW_OK || plan_steps(&plan) != GW_OK)
		return GW_FAILED;
	*steps = plan.steps;
	return GW_OK;
}
