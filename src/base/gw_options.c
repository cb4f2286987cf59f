/*
 * gw_options.c
 *	  Looking options up and folding what the user wrote into one set.
 *
 * Does not judge values: gw_options_check.c did when they were written.  A set
 * lives in the context it was folded in.
 */
#include "postgres.h"

#include "base/gw_options.h"
#include "base/gw_secret.h"
#include "commands/defrem.h"
#include "utils/builtins.h"

typedef struct OptionValue
{
	const GwOption *option;
	char *value;
} OptionValue;

struct GwOptionSet
{
	const GwOptionTable *table;
	Oid userid;
	List *values; /* OptionValue *, one for each given option */
};

static OptionValue *
set_lookup(const GwOptionSet *set, const char *name)
{
	ListCell *lc;

	foreach (lc, set->values)
	{
		OptionValue *given = lfirst(lc);

		if (strcmp(given->option->name, name) == 0)
			return given;
	}
	return NULL;
}

/* By canonical name only: our own code does not use aliases. */
static const GwOption *
table_lookup(const GwOptionTable *table, const char *name)
{
	int i;

	for (; table != NULL; table = table->parent)
	{
		for (i = 0; i < table->noptions; i++)
		{
			if (strcmp(table->options[i].name, name) == 0)
				return &table->options[i];
		}
	}
	return NULL;
}

bool
gw_option_word_in(const char *words, const char *word)
{
	size_t len = strlen(word);

	while (words != NULL && *words)
	{
		size_t n = strcspn(words, " ");

		if (n == len && n > 0 && strncmp(words, word, n) == 0)
			return true;
		words += n;
		words += strspn(words, " ");
	}
	return false;
}

const GwOption *
gw_option_find(const GwOptionTable *table, const char *name)
{
	const GwOption *option = table_lookup(table, name);
	int i;

	for (; option == NULL && table != NULL; table = table->parent)
	{
		for (i = 0; i < table->noptions; i++)
		{
			if (gw_option_word_in(table->options[i].aliases, name))
				return &table->options[i];
		}
	}
	return option;
}

/* An enum's value as the table spells it, so that readers can compare it. */
static const char *
fold_spelling(const GwOption *option, const char *value)
{
	const char *separator = strchr(option->values, '|') ? "|" : " ";
	char *list = pstrdup(option->values);
	char *save = NULL;
	char *item;

	for (item = strtok_r(list, separator, &save); item != NULL;
		 item = strtok_r(NULL, separator, &save))
	{
		if (pg_strcasecmp(item, value) == 0)
			return item;
	}
	return value;
}

static void
fold_list(GwOptionSet *set, List *options)
{
	ListCell *lc;

	foreach (lc, options)
	{
		DefElem *def = lfirst_node(DefElem, lc);
		const GwOption *option = gw_option_find(set->table, def->defname);
		const char *value;
		OptionValue *given;

		if (option == NULL)
			continue;
		value = defGetString(def);
		if (option->kind == GW_OPT_ENUM)
			value = fold_spelling(option, value);
		if (option->flags & GW_OPTF_SECRET)
			gw_secret_register(value);
		given = set_lookup(set, option->name);
		if (given == NULL)
		{
			given = palloc(sizeof(OptionValue));
			given->option = option;
			set->values = lappend(set->values, given);
		}
		given->value = pstrdup(value);
	}
}

GwOptionSet *
gw_options_fold(const GwOptionTable *table, List *server, List *mapping, List *ftable)
{
	GwOptionSet *set = palloc0(sizeof(GwOptionSet));

	set->table = table;
	set->userid = InvalidOid;
	fold_list(set, server);
	fold_list(set, mapping);
	fold_list(set, ftable);
	return set;
}

void
gw_options_set_user(GwOptionSet *set, Oid userid)
{
	set->userid = userid;
}

Oid
gw_options_user(const GwOptionSet *set)
{
	return set->userid;
}

const char *
gw_option_str(const GwOptionSet *set, const char *name)
{
	const OptionValue *given = set_lookup(set, name);
	const GwOption *option;

	if (given != NULL)
		return given->value;
	option = table_lookup(set->table, name);
	return option ? option->fallback : NULL;
}

int64
gw_option_int(const GwOptionSet *set, const char *name)
{
	const char *value = gw_option_str(set, name);

	return value ? strtoll(value, NULL, 10) : 0;
}

bool
gw_option_bool(const GwOptionSet *set, const char *name)
{
	const char *value = gw_option_str(set, name);
	bool result = false;

	return value != NULL && parse_bool(value, &result) && result;
}

bool
gw_option_given(const GwOptionSet *set, const char *name)
{
	return set_lookup(set, name) != NULL;
}

GwStatus
gw_option_secret(const GwOptionSet *set, const char *name, char **value, GwError *err)
{
	const char *literal = gw_option_str(set, name);
	const char *ref;

	*value = NULL;
	if (literal != NULL)
	{
		*value = pstrdup(literal);
		return GW_OK;
	}
	ref = gw_option_str(set, psprintf("%s_ref", name));
	return ref ? gw_secret_resolve(ref, value, err) : GW_OK;
}

void
gw_options_each(const GwOptionSet *set, int flags,
				void (*visit)(const GwOption *option, const char *value, void *arg), void *arg)
{
	ListCell *lc;

	foreach (lc, set->values)
	{
		OptionValue *given = lfirst(lc);

		if ((given->option->flags & flags) == flags)
			visit(given->option, given->value, arg);
	}
}

const char *
gw_option_place_name(int where)
{
	switch (where)
	{
		case GW_OPT_SERVER:
			return "server";
		case GW_OPT_MAPPING:
			return "user mapping";
		case GW_OPT_TABLE:
			return "foreign table";
		case GW_OPT_COLUMN:
			return "column";
		default:
			return "call";
	}
}

const char *
gw_option_kind_name(GwOptionKind kind)
{
	switch (kind)
	{
		case GW_OPT_STRING:
			return "string";
		case GW_OPT_BOOL:
			return "boolean";
		case GW_OPT_INT:
			return "integer";
		case GW_OPT_ENUM:
			return "enum";
		case GW_OPT_REF:
			return "secret reference";
		case GW_OPT_PATH:
			return "path";
	}
	return "string";
}
