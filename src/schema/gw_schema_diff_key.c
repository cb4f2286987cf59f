/*
 * gw_schema_diff_key.c
 *	  Keys, checks, layout and options of two schemas side by side.
 *
 * Keys are compared by what they say, not by their names, which platforms
 * make up.  Column names are taken as the renamed ones.  A check's text is a
 * platform's own spelling: two are the same when their texts are, up to
 * blanks, parentheses and casts, or when both carry one name and at least one
 * of them was written by hand (the catalog rewrites what it stores).
 */
#include "postgres.h"

#include "schema/gw_schema_diff_private.h"

#include "base/gw_json.h"

/* The name an old column has in the new schema. */
static const char *
key_new_name(const GwDiffer *d, const char *name)
{
	for (int i = 0; i < d->old->ncolumns; i++)
	{
		if (strcmp(d->old->columns[i].name, name) == 0)
			return d->new_of[i] < 0 ? name : d->new->columns[d->new_of[i]].name;
	}
	return name;
}

/* The same columns; in the same order when that counts. */
static bool
key_same_columns(const GwDiffer *d, const GwKey *old, const GwKey *new, bool ordered)
{
	if (old->ncolumns != new->ncolumns)
		return false;
	for (int i = 0; i < old->ncolumns; i++)
	{
		const char *name = key_new_name(d, old->columns[i]);
		bool found = false;

		if (ordered)
			found = strcmp(name, new->columns[i]) == 0;
		else
			for (int j = 0; j < new->ncolumns && !found; j++)
				found = strcmp(name, new->columns[j]) == 0;
		if (!found)
			return false;
	}
	return true;
}

static bool
key_same_reference(const GwDiffer *d, const GwKey *old, const GwKey *new)
{
	if (!key_same_columns(d, old, new, true) ||
		!gw_differ_same_text(old->ref_table, new->ref_table) ||
		old->nref_columns != new->nref_columns)
		return false;
	if (old->ref_schema != NULL && new->ref_schema != NULL &&
		strcmp(old->ref_schema, new->ref_schema) != 0)
		return false;
	for (int i = 0; i < old->nref_columns; i++)
	{
		if (strcmp(old->ref_columns[i], new->ref_columns[i]) != 0)
			return false;
	}
	return true;
}

/* "no action" is what an absent action means. */
static bool
key_same_action(const char *a, const char *b)
{
	return pg_strcasecmp(a == NULL ? "no action" : a, b == NULL ? "no action" : b) == 0;
}

static bool
key_same_check(const GwDiffer *d, const GwKey *old, const GwKey *new)
{
	bool declared = d->old->captured_at == NULL || d->new->captured_at == NULL ||
					!gw_differ_same_text(d->old->platform, d->new->platform);

	if (old->sql != NULL && new->sql != NULL &&
		gw_differ_same_expression(d, old->sql, new->sql))
		return true;
	return declared && old->name != NULL && gw_differ_same_text(old->name, new->name);
}

static bool
key_matches(const GwDiffer *d, const GwKey *old, const GwKey *new, char kind)
{
	switch (kind)
	{
		case 'u':
			return key_same_columns(d, old, new, false);
		case 'f':
			return key_same_reference(d, old, new);
		default:
			return key_same_check(d, old, new);
	}
}

static char *
key_columns_text(const GwKey *key)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (key->ncolumns == 0)
		appendStringInfoString(&buf, key->sql ? key->sql : key->name ? key->name : "");
	for (int i = 0; i < key->ncolumns; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "", key->columns[i]);
	return buf.data;
}

static const char *
key_title(char kind)
{
	return kind == 'p'	 ? "primary key"
		   : kind == 'u' ? "unique key"
		   : kind == 'f' ? "foreign key"
						 : "check";
}

static void
key_add(GwDiffer *d, GwDiffKind diff, const GwKey *old, const GwKey *new, char kind)
{
	const GwKey *key = new != NULL ? new : old;
	GwDiffChange *change = gw_differ_add(d, diff, NIL,
										 old == NULL   ? "added"
										 : new == NULL ? "removed"
													   : "changed");

	for (int i = 0; i < key->ncolumns; i++)
		change->path = lappend(change->path, (char *) key->columns[i]);
	if (kind == 'c' && key->name != NULL)
		change->path = list_make1((char *) key->name);
	change->old_key = old;
	change->new_key = new;
	if (old != NULL)
		change->from = gw_schema_write_key(old, kind);
	if (new != NULL)
		change->to = gw_schema_write_key(new, kind);
	change->message = psprintf("%s (%s) is %s", key_title(kind), key_columns_text(key),
							   old == NULL	 ? "new"
							   : new == NULL ? "gone"
											 : "another");
	/* What is not enforced binds nobody's writes and needs no check of rows. */
	if (new != NULL && !new->enforced)
		gw_differ_safety(change, change->read, "ok", "ok");
}

static void
key_lists(GwDiffer *d, const GwKey *old, int nold, const GwKey *new, int nnew, char kind,
		  GwDiffKind added, GwDiffKind removed, int changed)
{
	bool *taken = palloc0(Max(nold, 1) * sizeof(bool));

	for (int i = 0; i < nnew; i++)
	{
		int match = -1;

		for (int j = 0; j < nold && match < 0; j++)
		{
			if (!taken[j] && key_matches(d, &old[j], &new[i], kind))
				match = j;
		}
		/* A check captured twice under one name, with another text: changed. */
		for (int j = 0; kind == 'c' && j < nold && match < 0; j++)
		{
			if (!taken[j] && old[j].name != NULL && gw_differ_same_text(old[j].name, new[i].name))
			{
				key_add(d, changed, &old[j], &new[i], kind);
				match = j;
			}
		}
		if (match < 0)
			key_add(d, added, NULL, &new[i], kind);
		else
			taken[match] = true;
		if (match >= 0 && kind == 'f' &&
			(!key_same_action(old[match].on_delete, new[i].on_delete) ||
			 !key_same_action(old[match].on_update, new[i].on_update)))
			key_add(d, changed, &old[match], &new[i], kind);
	}
	for (int j = 0; j < nold; j++)
	{
		if (!taken[j])
			key_add(d, removed, &old[j], NULL, kind);
	}
}

static void
key_primary(GwDiffer *d)
{
	const GwKey *old = d->old->primary, *new = d->new->primary;

	if (old == NULL && new == NULL)
		return;
	if (old == NULL || new == NULL)
		key_add(d, old == NULL ? GW_DIFF_pk_added : GW_DIFF_pk_removed, old, new, 'p');
	else if (!key_same_columns(d, old, new, true))
		key_add(d, GW_DIFF_pk_changed, old, new, 'p');
}

void
gw_differ_keys(GwDiffer *d)
{
	key_primary(d);
	key_lists(d, d->old->unique, d->old->nunique, d->new->unique, d->new->nunique, 'u',
			  GW_DIFF_unique_added, GW_DIFF_unique_removed, GW_DIFF_unique_added);
	key_lists(d, d->old->foreign, d->old->nforeign, d->new->foreign, d->new->nforeign, 'f',
			  GW_DIFF_fk_added, GW_DIFF_fk_removed, GW_DIFF_fk_changed);
	key_lists(d, d->old->check, d->old->ncheck, d->new->check, d->new->ncheck, 'c',
			  GW_DIFF_check_added, GW_DIFF_check_removed, GW_DIFF_check_changed);
}

/* ---------- layout and options ---------- */

static Jsonb *
layout_member(Jsonb *doc, const char *member)
{
	JsonbValue *value = doc == NULL ? NULL : gw_json_get(gw_json_root(doc), member);

	return value == NULL ? NULL : gw_json_document(value);
}

static void
layout_one(GwDiffer *d, GwDiffKind kind, const char *member)
{
	Jsonb *from = layout_member(d->old->layout, member);
	Jsonb *to = layout_member(d->new->layout, member);
	GwDiffChange *change;

	if (gw_differ_same_doc(from, to))
		return;
	change = gw_differ_add(d, kind, NIL, from == NULL ? "added" : to == NULL ? "removed"
																			 : "changed");
	change->from = from;
	change->to = to;
	change->message = psprintf("the %s of the table changed", member);
	if (to != NULL && gw_json_get_bool(gw_json_root(to), "require_filter", false) &&
		(from == NULL || !gw_json_get_bool(gw_json_root(from), "require_filter", false)))
		gw_differ_safety(change, "break", change->write, change->data);
}

typedef struct OptionVisit
{
	GwDiffer *d;
	const char *platform;
	Jsonb *other;
	bool added_only;
} OptionVisit;

static void
layout_option(char *key, JsonbValue *value, void *arg)
{
	OptionVisit *visit = arg;
	Jsonb *other = layout_member(visit->other, key);
	Jsonb *own = gw_json_document(value);
	GwDiffChange *change;

	if (visit->added_only ? other != NULL : gw_differ_same_doc(own, other))
		return;
	change = gw_differ_add(visit->d, GW_DIFF_option_changed,
						   list_make2((char *) visit->platform, key),
						   visit->added_only ? "added" : other == NULL ? "removed" : "changed");
	change->from = visit->added_only ? NULL : own;
	change->to = visit->added_only ? own : other;
	change->message = psprintf("option %s of %s changed", key, visit->platform);
}

/* Options of one platform, in both directions. */
static void
layout_options_of(char *platform, JsonbValue *value, void *arg)
{
	OptionVisit *visit = arg;
	Jsonb *theirs = layout_member(visit->other, platform);
	OptionVisit below = {visit->d, platform, theirs, visit->added_only};

	gw_json_each(value, layout_option, &below);
}

void
gw_differ_layout(GwDiffer *d)
{
	OptionVisit old = {d, NULL, d->new->options, false}, new = {d, NULL, d->old->options, true};

	if (d->options->layout)
	{
		layout_one(d, GW_DIFF_partition_changed, "partition");
		layout_one(d, GW_DIFF_cluster_changed, "cluster");
		layout_one(d, GW_DIFF_sort_changed, "sort");
		layout_one(d, GW_DIFF_distribution_changed, "distribution");
	}
	if (!d->options->options)
		return;
	if (d->old->options != NULL)
		gw_json_each(gw_json_root(d->old->options), layout_options_of, &old);
	if (d->new->options != NULL)
		gw_json_each(gw_json_root(d->new->options), layout_options_of, &new);
}
