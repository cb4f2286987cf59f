/*
 * gw_schema_diff_name.c
 *	  Which column became which, the differ's options, and its small hands.
 *
 * A rename is never guessed: it is told (renames), or the platform's own
 * column id proves it, or it is only suggested.  Renames by id count only
 * where neither name exists on the other side, since a table that was made
 * anew numbers its columns anew.
 */
#include "postgres.h"

#include "schema/gw_schema_diff_private.h"

#include "base/gw_json.h"
#include "utils/formatting.h"
#include "utils/varlena.h"

/* Two names this alike may be one that was renamed; in percent. */
#define RENAME_MIN_SIMILARITY 80

/* The distance function raises on longer names. */
#define RENAME_MAX_NAME 255

/* ---------- texts and documents ---------- */

bool
gw_differ_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
gw_differ_same_doc(Jsonb *a, Jsonb *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return compareJsonbContainers(&a->root, &b->root) == 0;
}

Jsonb *
gw_differ_text(const char *text)
{
	JsonbValue value;

	if (text == NULL)
		return NULL;
	value.type = jbvString;
	value.val.string.val = pstrdup(text);
	value.val.string.len = strlen(text);
	return JsonbValueToJsonb(&value);
}

Jsonb *
gw_differ_flag(bool flag)
{
	JsonbValue value;

	value.type = jbvBool;
	value.val.boolean = flag;
	return JsonbValueToJsonb(&value);
}

/* The length of a cast ("::text", "::numeric(10,2)") at this place, or 0. */
static size_t
differ_cast_length(const char *sql)
{
	const char *end;

	if (sql[0] != ':' || sql[1] != ':')
		return 0;
	end = sql + 2;
	while (isalnum((unsigned char) *end) || *end == '_' || *end == ' ' || *end == '"')
		end++;
	if (*end == '(')
	{
		end += strspn(end, "(0123456789, ");
		end += *end == ')';
	}
	while (end[0] == '[' && end[1] == ']')
		end += 2;
	return end - sql;
}

/* An expression without what spelling alone decides. */
static char *
differ_words(const char *sql)
{
	StringInfoData out;

	initStringInfo(&out);
	while (*sql != '\0')
	{
		size_t cast = differ_cast_length(sql);

		if (cast > 0)
			sql += cast;
		else if (*sql == '\'' || *sql == '"' || *sql == '`')
		{
			char quote = *sql;

			do
				appendStringInfoChar(&out, *sql++);
			while (*sql != '\0' && *sql != quote);
			if (*sql != '\0')
				appendStringInfoChar(&out, *sql++);
		}
		else
		{
			if (!isspace((unsigned char) *sql) && *sql != '(' && *sql != ')')
				appendStringInfoChar(&out, pg_ascii_tolower((unsigned char) *sql));
			sql++;
		}
	}
	/* The two spellings of one thing that every platform knows. */
	if (strcmp(out.data, "now") == 0)
		return pstrdup("current_timestamp");
	return out.data;
}

bool
gw_differ_same_expression(const GwDiffer *d, const char *a, const char *b)
{
	bool catalogs = d->old->captured_at != NULL && d->new->captured_at != NULL &&
					gw_differ_same_text(d->old->platform, d->new->platform);

	if (strcmp(a, b) == 0)
		return true;
	if (catalogs && !d->options->loose)
		return false;
	return strcmp(differ_words(a), differ_words(b)) == 0;
}

/* ---------- options ---------- */

static bool
diff_option_flag(JsonbValue *root, const char *key, bool *flag, GwError *err)
{
	JsonbValue *value = gw_json_get(root, key);

	if (value == NULL || gw_json_bool(value, flag))
		return true;
	(void) gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
						"option \"%s\" is true or false, not %s", key, gw_json_kind(value));
	return false;
}

static void
diff_option_known(char *key, JsonbValue *value, void *arg)
{
	static const char *const known[] = {"renames",	"accept_renames", "order",	"comments",
										"defaults", "keys",			  "layout", "options",
										"native",	"names",		  "platform"};

	for (int i = 0; i < lengthof(known); i++)
	{
		if (strcmp(key, known[i]) == 0)
			return;
	}
	*(char **) arg = key;
}

GwStatus
gw_diff_options_read(Jsonb *doc, GwDiffOptions *options, GwError *err)
{
	GwDiffOptions defaults = {NULL, false, true, true, true, true, true, true, true,
							  false, false};
	JsonbValue *root = doc == NULL ? NULL : gw_json_root(doc);
	JsonbValue *renames;
	char *unknown = NULL;

	*options = defaults;
	if (root == NULL)
		return GW_OK;
	if (!gw_json_is_object(root))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"options are an object, not %s", gw_json_kind(root));
	gw_json_each(root, diff_option_known, &unknown);
	if (unknown != NULL)
	{
		(void) gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"unknown option \"%s\"", unknown);
		gw_error_hint(err, "Options are renames, accept_renames, order, comments, defaults, "
						   "keys, layout, options, native, names and platform.");
		return GW_FAILED;
	}
	if (!diff_option_flag(root, "accept_renames", &options->accept_renames, err) ||
		!diff_option_flag(root, "order", &options->order, err) ||
		!diff_option_flag(root, "comments", &options->comments, err) ||
		!diff_option_flag(root, "defaults", &options->defaults, err) ||
		!diff_option_flag(root, "keys", &options->keys, err) ||
		!diff_option_flag(root, "layout", &options->layout, err) ||
		!diff_option_flag(root, "options", &options->options, err) ||
		!diff_option_flag(root, "native", &options->native, err) ||
		!diff_option_flag(root, "names", &options->names, err))
		return GW_FAILED;
	renames = gw_json_get(root, "renames");
	if (renames != NULL && !gw_json_is_object(renames))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"option \"renames\" is an object {\"old\": \"new\"}, not %s",
							gw_json_kind(renames));
	if (renames != NULL)
		options->renames = gw_json_document(renames);
	return GW_OK;
}

/* ---------- matching ---------- */

static int
match_index(const GwSchema *schema, const char *name)
{
	for (int i = 0; i < schema->ncolumns; i++)
	{
		if (strcmp(schema->columns[i].name, name) == 0)
			return i;
	}
	return -1;
}

static void
match_pair(GwDiffer *d, int old, int new)
{
	d->new_of[old] = new;
	d->old_of[new] = old;
}

typedef struct MatchTold
{
	GwDiffer *d;
	GwError *err;
	bool failed;
} MatchTold;

static void
match_told(char *key, JsonbValue *value, void *arg)
{
	MatchTold *told = arg;
	GwDiffer *d = told->d;
	char *name = NULL;
	int old = match_index(d->old, key);
	int new = gw_json_text(value, &name) ? match_index(d->new, name) : -1;

	if (told->failed)
		return;
	/* Renamed already: saying so once more changes nothing. */
	if (old < 0 && new >= 0)
		return;
	if (old < 0 || new < 0 || d->new_of[old] >= 0 || d->old_of[new] >= 0)
	{
		told->failed = true;
		(void) gw_error_set(told->err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"\"%s\" cannot have become \"%s\"", key, name ? name : "");
		gw_error_detail(told->err, old < 0	 ? "The old schema has no such column."
								   : new < 0 ? "The new schema has no such column."
											 : "Another rename names one of them too.");
		return;
	}
	match_pair(d, old, new);
}

/* Do both documents describe one and the same table? */
static bool
match_same_table(const GwDiffer *d)
{
	const GwSchema *a = d->old, *b = d->new;

	return a->table != NULL && a->platform != NULL && gw_differ_same_text(a->table, b->table) &&
		   gw_differ_same_text(a->platform, b->platform) &&
		   gw_differ_same_text(a->schema, b->schema) &&
		   gw_differ_same_text(a->database, b->database) &&
		   gw_differ_same_text(a->connection, b->connection);
}

static void
match_by_id(GwDiffer *d)
{
	if (!match_same_table(d))
		return;
	for (int i = 0; i < d->old->ncolumns; i++)
	{
		const GwColumn *old = &d->old->columns[i];

		if (d->new_of[i] >= 0 || old->id == NULL || match_index(d->new, old->name) >= 0)
			continue;
		for (int j = 0; j < d->new->ncolumns; j++)
		{
			const GwColumn *new = &d->new->columns[j];

			if (d->old_of[j] < 0 && gw_differ_same_text(old->id, new->id) &&
				match_index(d->old, new->name) < 0 &&
				gw_type_change(&old->type, &new->type) <= GW_CHANGE_ANNOTATE)
				match_pair(d, i, j);
		}
	}
}

/* Lower case, without underscores. */
static char *
match_folded(const char *name)
{
	char *folded = asc_tolower(name, strlen(name));
	char *to = folded;

	for (const char *from = folded; *from != '\0'; from++)
	{
		if (*from != '_')
			*to++ = *from;
	}
	*to = '\0';
	return folded;
}

static int
match_similarity(const char *a, const char *b)
{
	char *left = match_folded(a), *right = match_folded(b);
	int longer = Max(strlen(left), strlen(right));

	if (longer == 0 || longer > RENAME_MAX_NAME)
		return 0;
	return 100 - 100 * varstr_levenshtein(left, strlen(left), right, strlen(right), 1, 1, 1, true) /
					 longer;
}

static bool
match_alike(const GwColumn *old, const GwColumn *new)
{
	return gw_type_equal(&old->type, &new->type) && old->nullable == new->nullable;
}

/* The one added column that could be this removed one; -1: none, or several. */
static int
match_candidate(const GwDiffer *d, int i)
{
	const GwColumn *old = &d->old->columns[i];
	int found = -1;

	for (int j = 0; j < d->new->ncolumns; j++)
	{
		if (d->old_of[j] >= 0 || !match_alike(old, &d->new->columns[j]))
			continue;
		if (found >= 0)
			return -1;
		found = j;
	}
	if (found < 0 || abs(old->ordinal - d->new->columns[found].ordinal) > 1 ||
		match_similarity(old->name, d->new->columns[found].name) < RENAME_MIN_SIMILARITY)
		return -1;
	for (int k = 0; k < d->old->ncolumns; k++)
	{
		if (k != i && d->new_of[k] < 0 && match_alike(&d->old->columns[k], &d->new->columns[found]))
			return -1;
	}
	return found;
}

GwStatus
gw_differ_match(GwDiffer *d, GwError *err)
{
	MatchTold told = {d, err, false};

	d->new_of = palloc(Max(d->old->ncolumns, 1) * sizeof(int));
	d->old_of = palloc(Max(d->new->ncolumns, 1) * sizeof(int));
	for (int i = 0; i < d->old->ncolumns; i++)
		d->new_of[i] = -1;
	for (int i = 0; i < d->new->ncolumns; i++)
		d->old_of[i] = -1;
	if (d->options->renames != NULL)
		gw_json_each(gw_json_root(d->options->renames), match_told, &told);
	if (told.failed)
		return GW_FAILED;
	match_by_id(d);
	for (int i = 0; i < d->old->ncolumns; i++)
	{
		int j = d->new_of[i] < 0 ? match_index(d->new, d->old->columns[i].name) : -1;

		if (j >= 0 && d->old_of[j] < 0)
			match_pair(d, i, j);
	}
	for (int i = 0; d->options->accept_renames && i < d->old->ncolumns; i++)
	{
		int j = d->new_of[i] < 0 ? match_candidate(d, i) : -1;

		if (j >= 0)
			match_pair(d, i, j);
	}
	return GW_OK;
}

/* A removal that looks like a rename says so, and stays a removal. */
void
gw_differ_suggest(GwDiffer *d)
{
	ListCell *lc;

	foreach(lc, d->changes)
	{
		GwDiffChange *change = lfirst(lc);
		const GwColumn *new;
		int j;

		if (change->kind != GW_DIFF_column_removed || list_length(change->path) != 1)
			continue;
		j = match_candidate(d, change->old_column - d->old->columns);
		if (j < 0)
			continue;
		new = &d->new->columns[j];
		change->cls = "rename_candidate";
		change->to = gw_differ_text(new->name);
		change->message = psprintf("column %s is gone, and %s of the same type is new; if that is "
								   "a rename, say so: {\"renames\": {\"%s\": \"%s\"}}",
								   change->old_column->name, new->name,
								   change->old_column->name, new->name);
	}
}
