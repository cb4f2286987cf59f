/*
 * gw_schema_diff.c
 *	  Two canonical schemas side by side: the table, its columns, their parts.
 *
 * Which column became which is settled first (gw_schema_diff_name.c); keys and
 * layout are in gw_schema_diff_key.c.  A struct is entered: what changed in a
 * field is reported there, with its path.  Order of report: kind, then column,
 * then path, so that equal inputs give equal bytes.
 */
#include "postgres.h"

#include "schema/gw_schema_diff_private.h"

#include "base/gw_json.h"

static const char *const diff_kind_names[GW_NDIFF_KINDS] = {
#define X(name) #name,
	GW_DIFF_LIST(X)
#undef X
};

/* What a kind of change does to readers, writers and rows as a rule. */
static const struct
{
	const char *read, *write, *data;
	bool irreversible;
} diff_safety[GW_NDIFF_KINDS] = {
	[GW_DIFF_table_added] = {"ok", "ok", "ok"},
	[GW_DIFF_table_removed] = {"break", "break", "destructive", true},
	[GW_DIFF_table_renamed] = {"break", "break", "ok"},
	[GW_DIFF_column_added] = {"ok", "ok", "ok"},
	[GW_DIFF_column_removed] = {"break", "break", "destructive", true},
	[GW_DIFF_column_renamed] = {"break", "break", "ok"},
	[GW_DIFF_column_moved] = {"maybe", "maybe", "ok"},
	[GW_DIFF_type_changed] = {"break", "break", "checked"},
	[GW_DIFF_nullability_changed] = {"ok", "ok", "ok"},
	[GW_DIFF_default_changed] = {"ok", "ok", "ok"},
	[GW_DIFF_identity_changed] = {"ok", "break", "ok"},
	[GW_DIFF_generated_changed] = {"maybe", "break", "rebuild"},
	[GW_DIFF_collation_changed] = {"maybe", "ok", "rebuild"},
	[GW_DIFF_charset_changed] = {"maybe", "maybe", "rebuild"},
	[GW_DIFF_comment_changed] = {"ok", "ok", "ok"},
	[GW_DIFF_pk_added] = {"ok", "break", "checked"},
	[GW_DIFF_pk_removed] = {"maybe", "ok", "ok"},
	[GW_DIFF_pk_changed] = {"maybe", "break", "checked"},
	[GW_DIFF_unique_added] = {"ok", "break", "checked"},
	[GW_DIFF_unique_removed] = {"maybe", "ok", "ok"},
	[GW_DIFF_fk_added] = {"ok", "break", "checked"},
	[GW_DIFF_fk_removed] = {"maybe", "ok", "ok"},
	[GW_DIFF_fk_changed] = {"ok", "break", "checked"},
	[GW_DIFF_check_added] = {"ok", "break", "checked"},
	[GW_DIFF_check_removed] = {"maybe", "ok", "ok"},
	[GW_DIFF_check_changed] = {"ok", "maybe", "checked"},
	[GW_DIFF_partition_changed] = {"ok", "ok", "rebuild"},
	[GW_DIFF_cluster_changed] = {"ok", "ok", "rebuild"},
	[GW_DIFF_sort_changed] = {"ok", "ok", "rebuild"},
	[GW_DIFF_distribution_changed] = {"ok", "ok", "rebuild"},
	[GW_DIFF_option_changed] = {"ok", "ok", "ok"},
	[GW_DIFF_native_only_changed] = {"ok", "ok", "ok"},
};

/* The same for a change of type, by its class. */
static const char *const diff_type_safety[GW_NTYPE_CHANGES][3] = {
	[GW_CHANGE_SAME] = {"ok", "ok", "ok"},
	[GW_CHANGE_WIDEN] = {"ok", "ok", "ok"},
	[GW_CHANGE_ANNOTATE] = {"maybe", "ok", "ok"},
	[GW_CHANGE_TEXTUAL] = {"break", "maybe", "ok"},
	[GW_CHANGE_REMAP] = {"break", "ok", "rebuild"},
	[GW_CHANGE_NARROW] = {"ok", "break", "checked"},
	[GW_CHANGE_CONVERT] = {"break", "break", "checked"},
	[GW_CHANGE_REINTERPRET] = {"break", "break", "lossy"},
	[GW_CHANGE_LOSSY] = {"break", "break", "lossy"},
	[GW_CHANGE_INCOMPATIBLE] = {"break", "break", "destructive"},
};

static void differ_parts(GwDiffer *d, const GwType *old, const GwType *new, List *path);

const char *
gw_diff_kind_name(GwDiffKind kind)
{
	return diff_kind_names[kind];
}

bool
gw_diff_harmless(const GwDiffChange *change, const char *direction)
{
	const char *value = strcmp(direction, "read") == 0	  ? change->read
						: strcmp(direction, "write") == 0 ? change->write
														  : change->data;

	return strcmp(value, "ok") == 0 || strcmp(value, "rebuild") == 0;
}

/* ---------- adding a change ---------- */

static const char *
differ_risk(const GwDiffChange *change)
{
	if (strcmp(change->data, "destructive") == 0 || strcmp(change->data, "lossy") == 0)
		return "high";
	if (strcmp(change->read, "break") == 0 || strcmp(change->write, "break") == 0 ||
		strcmp(change->data, "checked") == 0 || strcmp(change->data, "break") == 0)
		return "medium";
	if (strcmp(change->read, "ok") != 0 || strcmp(change->write, "ok") != 0 ||
		strcmp(change->data, "ok") != 0)
		return "low";
	return "none";
}

void
gw_differ_safety(GwDiffChange *change, const char *read, const char *write, const char *data)
{
	change->read = read;
	change->write = write;
	change->data = data;
	change->risk = differ_risk(change);
	change->reversible = strcmp(data, "destructive") != 0 && strcmp(data, "lossy") != 0 &&
						 !diff_safety[change->kind].irreversible;
}

GwDiffChange *
gw_differ_add(GwDiffer *d, GwDiffKind kind, List *path, const char *cls)
{
	GwDiffChange *change = palloc0(sizeof(GwDiffChange));

	change->kind = kind;
	change->path = path;
	change->cls = cls;
	change->message = "";
	change->seq = list_length(d->changes);
	gw_differ_safety(change, diff_safety[kind].read, diff_safety[kind].write,
					 diff_safety[kind].data);
	d->changes = lappend(d->changes, change);
	return change;
}

/* A change of a column or part, which is both in the old and the new. */
static GwDiffChange *
differ_add_pair(GwDiffer *d, GwDiffKind kind, List *path, const GwColumn *old,
				const GwColumn *new, const char *cls)
{
	GwDiffChange *change = gw_differ_add(d, kind, path, cls);

	change->old_column = old;
	change->new_column = new;
	return change;
}

static List *
differ_path(List *path, const char *name)
{
	return lappend(list_copy(path), (char *) name);
}

/* "orders.items[].price" for people. */
static char *
differ_path_text(List *path)
{
	StringInfoData buf;
	ListCell *lc;

	initStringInfo(&buf);
	foreach(lc, path)
	{
		const char *part = lfirst(lc);
		bool suffix = part[0] == '[' || part[0] == '{';

		appendStringInfo(&buf, "%s%s", buf.len == 0 || suffix ? "" : ".", part);
	}
	return buf.data;
}

/* ---------- attributes ---------- */

static void
differ_nullability(GwDiffer *d, const GwColumn *old, const GwColumn *new, List *path)
{
	GwDiffChange *change;

	if (old->nullable == new->nullable)
		return;
	change = differ_add_pair(d, GW_DIFF_nullability_changed, path, old, new,
							 new->nullable ? "relaxed" : "tightened");
	change->from = gw_differ_flag(old->nullable);
	change->to = gw_differ_flag(new->nullable);
	if (new->nullable)
		gw_differ_safety(change, "break", "ok", "ok");
	else
		gw_differ_safety(change, "ok", "break", "checked");
	change->message = psprintf(new->nullable ? "column %s may hold NULL now"
											 : "column %s may no longer hold NULL",
							   differ_path_text(path));
}

static bool
differ_same_default(const GwDiffer *d, const GwColumn *old, const GwColumn *new)
{
	bool none_old = old->default_kind == GW_DEFAULT_NONE || old->default_kind == GW_DEFAULT_NULL;
	bool none_new = new->default_kind == GW_DEFAULT_NONE || new->default_kind == GW_DEFAULT_NULL;

	if (none_old || none_new)
		return none_old == none_new;
	if (old->default_kind == GW_DEFAULT_LITERAL && new->default_kind == GW_DEFAULT_LITERAL &&
		old->default_value != NULL && new->default_value != NULL)
		return gw_differ_same_doc(old->default_value, new->default_value);
	if (old->default_kind != new->default_kind || old->default_sql == NULL ||
		new->default_sql == NULL)
		return false;
	return gw_differ_same_expression(d, old->default_sql, new->default_sql);
}

static Jsonb *
differ_member(const GwColumn *column, const char *member)
{
	JsonbValue *value = gw_json_get(gw_json_root(gw_schema_write_column(column)), member);

	return value == NULL ? NULL : gw_json_document(value);
}

static void
differ_default(GwDiffer *d, const GwColumn *old, const GwColumn *new, List *path)
{
	GwDiffChange *change;
	bool removed;

	if (!d->options->defaults || differ_same_default(d, old, new))
		return;
	removed = new->default_kind == GW_DEFAULT_NONE || new->default_kind == GW_DEFAULT_NULL;
	change = differ_add_pair(d, GW_DIFF_default_changed, path, old, new,
							 removed ? "removed" : "set");
	change->from = differ_member(old, "default");
	change->to = differ_member(new, "default");
	if (removed && !new->nullable)
		gw_differ_safety(change, "ok", "break", "ok");
	change->message = psprintf("the default of column %s %s", differ_path_text(path),
							   removed ? "is gone" : "is another");
}

static void
differ_identity(GwDiffer *d, const GwColumn *old, const GwColumn *new, List *path)
{
	GwDiffChange *change;

	if (!gw_differ_same_text(old->identity_mode, new->identity_mode))
	{
		change = differ_add_pair(d, GW_DIFF_identity_changed, path, old, new,
								 old->identity_mode == NULL	  ? "added"
								 : new->identity_mode == NULL ? "removed"
															  : "changed");
		change->from = differ_member(old, "identity");
		change->to = differ_member(new, "identity");
		change->message = psprintf("column %s %s", differ_path_text(path),
								   new->identity_mode == NULL ? "numbers rows no longer"
															  : "numbers rows in another way");
	}
	if ((old->generated_sql == NULL) != (new->generated_sql == NULL) ||
		(old->generated_sql != NULL &&
		 (old->generated_stored != new->generated_stored ||
		  !gw_differ_same_expression(d, old->generated_sql, new->generated_sql))))
	{
		change = differ_add_pair(d, GW_DIFF_generated_changed, path, old, new,
								 old->generated_sql == NULL	  ? "added"
								 : new->generated_sql == NULL ? "removed"
															  : "changed");
		change->from = differ_member(old, "generated");
		change->to = differ_member(new, "generated");
		change->message = psprintf("column %s is computed in another way",
								   differ_path_text(path));
	}
}

/* A text attribute; an attribute that only one side states may be a default. */
static void
differ_text(GwDiffer *d, GwDiffKind kind, const GwColumn *old, const GwColumn *new, List *path,
			const char *from, const char *to, const char *what)
{
	GwDiffChange *change;

	if (gw_differ_same_text(from, to))
		return;
	change = differ_add_pair(d, kind, path, old, new,
							 from == NULL ? "added" : to == NULL ? "removed" : "changed");
	change->from = gw_differ_text(from);
	change->to = gw_differ_text(to);
	change->message = psprintf("the %s of column %s changed", what, differ_path_text(path));
}

/* ---------- types ---------- */

static void
differ_type_changed(GwDiffer *d, const GwColumn *old, const GwColumn *new, List *path)
{
	GwTypeChange type = gw_type_change(&old->type, &new->type);
	GwDiffChange *change = differ_add_pair(d, GW_DIFF_type_changed, path, old, new,
										   gw_type_change_name(type));
	const char *from = gw_type_text(&old->type), *to = gw_type_text(&new->type);

	change->type = type;
	change->from = gw_differ_text(from);
	change->to = gw_differ_text(to);
	gw_differ_safety(change, diff_type_safety[type][0], diff_type_safety[type][1],
					 diff_type_safety[type][2]);
	change->message = psprintf("column %s was %s and is %s", differ_path_text(path), from, to);
}

/* Only what stands in a catalog differs: worth knowing, nothing to do. */
static void
differ_native(GwDiffer *d, const GwColumn *old, const GwColumn *new, List *path)
{
	GwDiffChange *change;

	if (!d->options->native || old->native_type == NULL || new->native_type == NULL ||
		!gw_differ_same_text(d->old->platform, d->new->platform) ||
		strcmp(old->native_type, new->native_type) == 0)
		return;
	change = differ_add_pair(d, GW_DIFF_native_only_changed, path, old, new, "notice");
	change->from = gw_differ_text(old->native_type);
	change->to = gw_differ_text(new->native_type);
	change->message = psprintf("column %s was %s and is %s there, which means the same",
							   differ_path_text(path), old->native_type, new->native_type);
}

/* Are both of a make whose parts can be compared one by one? */
static bool
differ_can_enter(const GwType *old, const GwType *new)
{
	if (old->id != new->id)
		return false;
	if (old->id == GW_TYPE_MAP)
		return gw_type_equal(&old->key->type, &new->key->type);
	return old->id == GW_TYPE_STRUCT ||
		   (old->id == GW_TYPE_ARRAY && old->dimensions == new->dimensions);
}

static void
differ_type(GwDiffer *d, const GwColumn *old, const GwColumn *new, List *path)
{
	if (gw_type_equal(&old->type, &new->type))
		differ_native(d, old, new, path);
	else if (differ_can_enter(&old->type, &new->type))
		differ_parts(d, &old->type, &new->type, path);
	else
		differ_type_changed(d, old, new, path);
}

static void
differ_part(GwDiffer *d, const GwColumn *old, const GwColumn *new, List *path)
{
	differ_type(d, old, new, path);
	differ_nullability(d, old, new, path);
	if (d->options->comments)
		differ_text(d, GW_DIFF_comment_changed, old, new, path, old->comment, new->comment,
					"comment");
}

/* A column or field that is on one side only. */
static void
differ_alone(GwDiffer *d, const GwColumn *column, bool added, List *path)
{
	GwDiffChange *change =
		gw_differ_add(d, added ? GW_DIFF_column_added : GW_DIFF_column_removed, path,
					  added ? "added" : "removed");
	bool given = column->nullable || column->default_kind > GW_DEFAULT_NONE ||
				 column->identity_mode != NULL || column->generated_sql != NULL;

	if (added)
	{
		change->new_column = column;
		change->to = gw_schema_write_column(column);
		if (!given)
			gw_differ_safety(change, "ok", "break", "break");
		change->message = psprintf("column %s %s is new%s", differ_path_text(path),
								   gw_type_text(&column->type),
								   given ? "" : ", takes no NULL and has no default");
	}
	else
	{
		change->old_column = column;
		change->from = gw_schema_write_column(column);
		change->message = psprintf("column %s %s is gone", differ_path_text(path),
								   gw_type_text(&column->type));
	}
}

static int
differ_field_index(const GwType *type, const char *name)
{
	for (int i = 0; i < type->nfields; i++)
	{
		if (strcmp(type->fields[i].name, name) == 0)
			return i;
	}
	return -1;
}

static void
differ_fields(GwDiffer *d, const GwType *old, const GwType *new, List *path)
{
	int last = -1;

	for (int i = 0; i < new->nfields; i++)
	{
		const GwColumn *field = &new->fields[i];
		List *below = differ_path(path, field->name);
		int j = differ_field_index(old, field->name);

		if (j < 0)
		{
			differ_alone(d, field, true, below);
			continue;
		}
		differ_part(d, &old->fields[j], field, below);
		if (j < last && d->options->order)
		{
			GwDiffChange *change =
				differ_add_pair(d, GW_DIFF_column_moved, below, &old->fields[j], field, "moved");

			change->message = psprintf("field %s stands elsewhere", differ_path_text(below));
		}
		last = Max(last, j);
	}
	for (int i = 0; i < old->nfields; i++)
	{
		if (differ_field_index(new, old->fields[i].name) < 0)
			differ_alone(d, &old->fields[i], false, differ_path(path, old->fields[i].name));
	}
}

static void
differ_parts(GwDiffer *d, const GwType *old, const GwType *new, List *path)
{
	if (old->id == GW_TYPE_STRUCT)
		differ_fields(d, old, new, path);
	else if (old->id == GW_TYPE_ARRAY)
		differ_part(d, old->element, new->element, differ_path(path, "[]"));
	else
	{
		differ_part(d, old->key, new->key, differ_path(path, "{k}"));
		differ_part(d, old->value, new->value, differ_path(path, "{v}"));
	}
}

/* ---------- columns ---------- */

static void
differ_column(GwDiffer *d, const GwColumn *old, const GwColumn *new)
{
	List *path = list_make1((char *) new->name);

	if (strcmp(old->name, new->name) != 0)
	{
		GwDiffChange *change =
			differ_add_pair(d, GW_DIFF_column_renamed, path, old, new, "rename");

		change->from = gw_differ_text(old->name);
		change->to = gw_differ_text(new->name);
		change->message = psprintf("column %s is called %s now", old->name, new->name);
	}
	differ_part(d, old, new, path);
	differ_default(d, old, new, path);
	differ_identity(d, old, new, path);
	if (old->collation != NULL && new->collation != NULL)
		differ_text(d, GW_DIFF_collation_changed, old, new, path, old->collation, new->collation,
					"collation");
	if (old->charset != NULL && new->charset != NULL)
		differ_text(d, GW_DIFF_charset_changed, old, new, path, old->charset, new->charset,
					"character set");
}

/*
 * Columns that stand elsewhere among those kept: as few as possible, so all
 * outside of a longest run that kept its order.
 */
static void
differ_moves(GwDiffer *d)
{
	int n = d->new->ncolumns;
	int *best = palloc0(Max(n, 1) * sizeof(int)), *before = palloc(Max(n, 1) * sizeof(int));
	bool *kept = palloc0(Max(n, 1) * sizeof(bool));
	int end = -1;

	for (int i = 0; i < n; i++)
	{
		before[i] = -1;
		if (d->old_of[i] < 0)
			continue;
		best[i] = 1;
		for (int j = 0; j < i; j++)
		{
			if (d->old_of[j] >= 0 && d->old_of[j] < d->old_of[i] && best[j] >= best[i])
			{
				best[i] = best[j] + 1;
				before[i] = j;
			}
		}
		if (end < 0 || best[i] > best[end])
			end = i;
	}
	for (; end >= 0; end = before[end])
		kept[end] = true;
	for (int i = 0; i < n; i++)
	{
		const GwColumn *column = &d->new->columns[i];
		const char *after = i == 0 ? NULL : d->new->columns[i - 1].name;
		GwDiffChange *change;

		if (d->old_of[i] < 0 || kept[i])
			continue;
		change = differ_add_pair(d, GW_DIFF_column_moved, list_make1((char *) column->name),
								 &d->old->columns[d->old_of[i]], column, "moved");
		change->from = gw_json_document(
			gw_json_get(gw_json_root(gw_schema_write_column(change->old_column)), "ordinal"));
		change->to =
			gw_json_document(gw_json_get(gw_json_root(gw_schema_write_column(column)), "ordinal"));
		change->message = after == NULL
							  ? psprintf("column %s stands first now", column->name)
							  : psprintf("column %s stands behind %s now", column->name, after);
	}
}

static void
differ_columns(GwDiffer *d)
{
	for (int i = 0; i < d->new->ncolumns; i++)
	{
		const GwColumn *column = &d->new->columns[i];

		if (d->old_of[i] < 0)
			differ_alone(d, column, true, list_make1((char *) column->name));
		else
			differ_column(d, &d->old->columns[d->old_of[i]], column);
	}
	for (int i = 0; i < d->old->ncolumns; i++)
	{
		if (d->new_of[i] < 0)
			differ_alone(d, &d->old->columns[i], false,
						 list_make1((char *) d->old->columns[i].name));
	}
	if (d->options->order)
		differ_moves(d);
	gw_differ_suggest(d);
}

/* ---------- the table ---------- */

static void
differ_table(GwDiffer *d)
{
	const GwSchema *old = d->old, *new = d->new;
	GwDiffChange *change;

	if (d->options->names && old->table != NULL && new->table != NULL &&
		strcmp(old->table, new->table) != 0)
	{
		change = gw_differ_add(d, GW_DIFF_table_renamed, NIL, "rename");
		change->from = gw_differ_text(old->table);
		change->to = gw_differ_text(new->table);
		change->message = psprintf("table %s is called %s now", old->table, new->table);
	}
	if (d->options->comments && !gw_differ_same_text(old->comment, new->comment))
	{
		change = gw_differ_add(d, GW_DIFF_comment_changed, NIL,
							   old->comment == NULL	  ? "added"
							   : new->comment == NULL ? "removed"
													  : "changed");
		change->from = gw_differ_text(old->comment);
		change->to = gw_differ_text(new->comment);
		change->message = "the comment of the table changed";
	}
}

static void
differ_whole(GwDiffer *d)
{
	bool added = d->old == NULL;
	const GwSchema *schema = added ? d->new : d->old;
	GwDiffChange *change = gw_differ_add(d, added ? GW_DIFF_table_added : GW_DIFF_table_removed,
										 NIL, added ? "added" : "removed");

	if (added)
		change->to = gw_schema_write(schema);
	else
		change->from = gw_schema_write(schema);
	change->message = psprintf("table %s is %s", schema->table ? schema->table : "",
							   added ? "new" : "gone");
}

/* By kind; within a kind as they were found, which is by column. */
static int
differ_compare(const ListCell *a, const ListCell *b)
{
	const GwDiffChange *left = lfirst(a), *right = lfirst(b);

	if (left->kind != right->kind)
		return (int) left->kind - (int) right->kind;
	return left->seq - right->seq;
}

GwStatus
gw_schema_diff(const GwSchema *old, const GwSchema *new, const GwDiffOptions *options,
			   List **changes, GwError *err)
{
	GwDiffer d = {old, new, options, NIL, NULL, NULL};

	*changes = NIL;
	if (old == NULL || new == NULL)
	{
		if (old != new)
			differ_whole(&d);
		*changes = d.changes;
		return GW_OK;
	}
	if (gw_differ_match(&d, err) != GW_OK)
		return GW_FAILED;
	differ_table(&d);
	differ_columns(&d);
	if (options->keys)
		gw_differ_keys(&d);
	gw_differ_layout(&d);
	list_sort(d.changes, differ_compare);
	*changes = d.changes;
	return GW_OK;
}
