/*
 * gw_options_check.c
 *	  The validator behind every wrapper: names, places, rights and values.
 *
 * Does not know what an option is for; rules between options of one platform
 * are the platform's.  Raises: it runs inside CREATE and ALTER statements.
 */
#include "postgres.h"

#include "base/gw_near.h"
#include "base/gw_options.h"
#include "base/gw_secret.h"
#include "catalog/pg_authid.h"
#include "commands/defrem.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

/* A name is near enough to be suggested when this many edits lead to it. */
#define NEAR_EDITS 3

static const int option_places[] = {GW_OPT_SERVER, GW_OPT_MAPPING, GW_OPT_TABLE, GW_OPT_COLUMN};

/* What stands before "option" in a message: "server ", or nothing for a call. */
static const char *
place_prefix(int where)
{
	return where == GW_OPT_CALL ? "" : psprintf("%s ", gw_option_place_name(where));
}

const GwOption *
gw_option_nearest(const GwOptionTable *table, int where, const char *name)
{
	const GwOption *best = NULL;
	GwNear near;
	int i;

	/* Short names are near to everything: allow half of what was written. */
	gw_near_begin(&near, name, Min(NEAR_EDITS, (int) strlen(name) / 2));
	for (; table != NULL; table = table->parent)
	{
		for (i = 0; i < table->noptions; i++)
		{
			const GwOption *option = &table->options[i];
			const char *word = option->aliases;

			if (!(option->where & where))
				continue;
			if (gw_near_offer(&near, option->name, (int) strlen(option->name)))
				best = option;
			while (word != NULL && *word)
			{
				int n = (int) strcspn(word, " ");

				if (gw_near_offer(&near, word, n))
					best = option;
				word += n;
				word += strspn(word, " ");
			}
		}
	}
	return best;
}

/* "a, b, c": every option of that place, by name; "" when there is none. */
static char *
list_options(const GwOptionTable *table, int where)
{
	StringInfoData buf;
	int i;

	initStringInfo(&buf);
	for (; table != NULL; table = table->parent)
	{
		for (i = 0; i < table->noptions; i++)
		{
			if (table->options[i].where & where)
				appendStringInfo(&buf, "%s%s", buf.len ? ", " : "", table->options[i].name);
		}
	}
	return buf.data;
}

static void
refuse_unknown(const GwOptionTable *table, const char *platform, int where, const char *name)
{
	const GwOption *nearest = gw_option_nearest(table, where, name);
	char *known = list_options(table, where);
	char *hint;

	if (known[0] == '\0')
		hint = psprintf("There are no %soptions.", place_prefix(where));
	else if (nearest != NULL)
		hint = psprintf("Perhaps you meant \"%s\". Valid options: %s.", nearest->name, known);
	else
		hint = psprintf("Valid options: %s.", known);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("%s has no %soption \"%s\"", platform, place_prefix(where), name),
			 errhint("%s", hint)));
}

static void
refuse_place(const GwOption *option, const char *platform, int where, const char *name)
{
	StringInfoData places;
	int i;

	initStringInfo(&places);
	for (i = 0; i < lengthof(option_places); i++)
	{
		if (option->where & option_places[i])
			appendStringInfo(&places, "%s%s", places.len ? " or the " : "",
							 gw_option_place_name(option_places[i]));
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("%s has no %soption \"%s\"", platform, place_prefix(where), name),
			 errhint("The option \"%s\" belongs to the %s.", name, places.data)));
}

static void
check_rights(const GwOption *option, const char *name, const char *value)
{
	if ((option->flags & GW_OPTF_SUPERUSER) && !superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"%s\"", name),
				 errdetail("Only a superuser may set it.")));
	if (option->kind == GW_OPT_PATH &&
		!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"%s\"", name),
				 errdetail("It names a file of the server: only a superuser or a member of "
						   "pg_read_server_files may set it.")));
	/* The reference is not shown: it may be a password in the wrong place. */
	if (option->kind == GW_OPT_REF && !gw_secret_ref_valid(value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid secret reference in option \"%s\"", name),
				 errhint("Write 'file:NAME' for a file directly in warehouse_gw.secret_dir, or "
						 "'env:NAME' for an environment variable of the server.")));
	if (option->kind == GW_OPT_REF && !gw_secret_ref_allowed(value))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to use the secret \"%s\"", value),
				 errhint("A superuser can set the option, or list the reference for a role of "
						 "yours in warehouse_gw.grantable_secrets.")));
}

/* Is value one of the enum's values?  Any case. */
static bool
enum_has(const char *values, const char *value)
{
	char separator = strchr(values, '|') ? '|' : ' ';
	size_t len = strlen(value);

	while (*values)
	{
		const char *end = strchr(values, separator);
		size_t n = end ? (size_t) (end - values) : strlen(values);

		if (n == len && n > 0 && pg_strncasecmp(values, value, n) == 0)
			return true;
		values += end ? n + 1 : n;
	}
	return false;
}

/* An enum's values for people: "a, b, c". */
static char *
list_values(const char *values)
{
	char separator = strchr(values, '|') ? '|' : ' ';
	StringInfoData buf;

	initStringInfo(&buf);
	for (; *values; values++)
	{
		if (*values == separator)
			appendStringInfoString(&buf, ", ");
		else
			appendStringInfoChar(&buf, *values);
	}
	return buf.data;
}

/* What a good value would be, for the hint; NULL when value is good. */
static char *
value_fault(const GwOption *option, const char *value)
{
	bool as_bool;
	char *end;
	int64 as_int;

	switch (option->kind)
	{
		case GW_OPT_BOOL:
			return parse_bool(value, &as_bool) ? NULL : "Write true or false.";
		case GW_OPT_INT:
			errno = 0;
			as_int = strtoll(value, &end, 10);
			if (end != value && *end == '\0' && errno == 0 && as_int >= option->min &&
				as_int <= option->max)
				return NULL;
			if (option->max == PG_INT64_MAX)
				return psprintf("Write a whole number of at least " INT64_FORMAT ".",
								option->min);
			return psprintf("Write a whole number from " INT64_FORMAT " to " INT64_FORMAT ".",
							option->min, option->max);
		case GW_OPT_ENUM:
			if (enum_has(option->values, value))
				return NULL;
			return psprintf("Write one of: %s.", list_values(option->values));
		case GW_OPT_PATH:
			return is_absolute_path(value) ? NULL : "Write an absolute path.";
		case GW_OPT_STRING:
			return value[0] ? NULL : "Write a value, or drop the option.";
		case GW_OPT_REF:
			break;
	}
	return NULL;
}

static void
check_value(const GwOption *option, const char *name, const char *value)
{
	char *fault = value_fault(option, value);
	char *shown;

	if (fault == NULL)
		return;
	if (option->flags & GW_OPTF_SECRET)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for option \"%s\"", name), errhint("%s", fault)));
	/* A secret may have come to the wrong place. */
	shown = pstrdup(value);
	gw_secret_redact(shown);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for option \"%s\": \"%s\"", name, shown),
			 errhint("%s", fault)));
}

/* The spelling used for this option earlier in the list, or NULL. */
static const char *
earlier_spelling(const GwOptionTable *table, List *options, int upto, const GwOption *option)
{
	int i;

	for (i = 0; i < upto; i++)
	{
		const char *name = list_nth_node(DefElem, options, i)->defname;

		if (gw_option_find(table, name) == option)
			return name;
	}
	return NULL;
}

static void
refuse_pair(const GwOptionSet *set, const char *one, const char *other, const char *why)
{
	if (gw_option_given(set, one) && gw_option_given(set, other))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"%s\" and \"%s\" exclude each other", one, other),
				 errhint("%s", why)));
}

typedef struct SecretCheck
{
	const GwOptionTable *table;
	const GwOptionSet *set;
} SecretCheck;

/* A secret stored as it is, where it could have been a reference. */
static void
check_secret(const GwOption *option, const char *value, void *arg)
{
	const SecretCheck *check = arg;
	char *ref = psprintf("%s_ref", option->name);

	if (gw_option_find(check->table, ref) == NULL)
		return;
	refuse_pair(check->set, option->name, ref, "Keep the reference, and drop the value.");
	ereport(NOTICE,
			(errmsg("option \"%s\" is stored readably in the catalogs", option->name),
			 errhint("With \"%s\" only a reference is stored: 'file:NAME' or 'env:NAME'.", ref)));
}

/* A mapping must say who connects. */
static void
check_identity(const GwOptionTable *table, const char *platform, const GwOptionSet *set)
{
	int i;

	for (; table != NULL; table = table->parent)
	{
		for (i = 0; i < table->noptions; i++)
		{
			const GwOption *option = &table->options[i];

			if ((option->flags & GW_OPTF_IDENTITY) && !gw_option_given(set, option->name))
				ereport(ERROR,
						(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
						 errmsg("a user mapping of %s needs the option \"%s\"", platform,
								option->name)));
		}
	}
}

void
gw_options_validate(const GwOptionTable *table, const char *platform, int where, List *options)
{
	GwOptionSet *set;
	SecretCheck check;
	int i;

	for (i = 0; i < list_length(options); i++)
	{
		DefElem *def = list_nth_node(DefElem, options, i);
		const GwOption *option = gw_option_find(table, def->defname);
		const char *value = defGetString(def);
		const char *earlier;

		if (option == NULL)
			refuse_unknown(table, platform, where, def->defname);
		if (!(option->where & where))
			refuse_place(option, platform, where, def->defname);
		earlier = earlier_spelling(table, options, i, option);
		if (earlier != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_OBJECT),
					 errmsg("option \"%s\" is given twice", option->name),
					 strcmp(earlier, def->defname) != 0
						 ? errdetail("\"%s\" and \"%s\" are the same option.", earlier,
									 def->defname)
						 : 0));
		if (option->flags & GW_OPTF_SECRET)
			gw_secret_register(value);
		check_rights(option, def->defname, value);
		check_value(option, def->defname, value);
	}

	set = gw_options_fold(table, options, NIL, NIL);
	check.table = table;
	check.set = set;
	if (where == GW_OPT_MAPPING)
		check_identity(table, platform, set);
	gw_options_each(set, GW_OPTF_SECRET, check_secret, &check);
	refuse_pair(set, "query", "table_name", "A foreign table reads a table or a query.");
	refuse_pair(set, "query", "schema_name", "Name the schema inside the query.");
}
