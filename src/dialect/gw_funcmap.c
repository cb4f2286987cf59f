/*
 * gw_funcmap.c
 *	  Looking up the rule for a built-in in a dialect's tables.
 *
 * Decides nothing: what a missing rule means is the caller's business.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "dialect/gw_dialect.h"
#include "utils/syscache.h"

/*
 * Is the argument meant by this piece of a rule's argument list?  word is the
 * constant it is, if one is known.
 */
static bool
funcmap_type_matches(const char *piece, int len, Oid type, const char *word)
{
	HeapTuple tuple;
	const char *name;
	bool result;

	if (piece[0] == '\'')
		return word != NULL && (int) strlen(word) == len - 2 &&
			   strncmp(word, piece + 1, len - 2) == 0;
	if (len == 1 && piece[0] == '*')
		return true;
	if (len == 5 && strncmp(piece, "text*", 5) == 0)
		return type == TEXTOID || type == VARCHAROID;

	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	if (!HeapTupleIsValid(tuple))
		return false;
	name = NameStr(((Form_pg_type) GETSTRUCT(tuple))->typname);
	result = (int) strlen(name) == len && strncmp(name, piece, len) == 0;
	ReleaseSysCache(tuple);
	return result;
}

/* "x..." stands for one or more of x, and is the last piece. */
static bool
funcmap_args_match(const char *args, const Oid *argtypes, const char *const *words, int nargs)
{
	const char *piece = args;

	if (args == NULL)
		return true;
	for (int i = 0; i < nargs; i++)
	{
		int len = strcspn(piece, ",");
		bool repeats = len > 3 && strncmp(piece + len - 3, "...", 3) == 0;

		if (len == 0 || !funcmap_type_matches(piece, repeats ? len - 3 : len, argtypes[i],
											   words != NULL ? words[i] : NULL))
			return false;
		if (repeats && i + 1 < nargs)
			continue;
		piece += len;
		if (*piece == ',')
			piece++;
	}
	return *piece == '\0';
}

/* A trailing '*' matches the rest of a function's or type's name, not an operator's. */
static bool
funcmap_name_matches(const GwFuncRule *rule, char kind, const char *name)
{
	size_t len = strlen(rule->name);

	if (kind != 'o' && rule->name[len - 1] == '*')
		return strncmp(rule->name, name, len - 1) == 0;
	return strcmp(rule->name, name) == 0;
}

/*
 * The next dialect whose table counts for d.  A dialect that says it is
 * PostgreSQL needs no rules but PostgreSQL's; one that only descends from it
 * gains nothing from a table of exceptions to "all is the same".
 */
static const GwDialect *
funcmap_next(const GwDialect *d, const GwDialect *at)
{
	bool same = (d->flags & GW_DIALECT_POSTGRES) != 0;

	do
		at = at->parent;
	while (at != NULL && ((at->flags & GW_DIALECT_POSTGRES) != 0) != same);
	return at;
}

const GwFuncRule *
gw_dialect_rule_of(const GwDialect *d, char kind, const char *name, const Oid *argtypes,
				   const char *const *words, int nargs)
{
	for (const GwDialect *at = d; at != NULL; at = funcmap_next(d, at))
		for (const GwFuncRule *rule = at->rules; rule != NULL && rule->name != NULL; rule++)
			if (rule->kind == kind && funcmap_name_matches(rule, kind, name) &&
				funcmap_args_match(rule->args, argtypes, words, nargs))
				return rule;
	return NULL;
}

const GwFuncRule *
gw_dialect_rule(const GwDialect *d, char kind, const char *name, const Oid *argtypes, int nargs)
{
	return gw_dialect_rule_of(d, kind, name, argtypes, NULL, nargs);
}

void
gw_dialect_each_rule(const GwDialect *d,
					 void (*visit)(const GwDialect *owner, const GwFuncRule *rule, void *arg),
					 void *arg)
{
	for (const GwDialect *at = d; at != NULL; at = funcmap_next(d, at))
		for (const GwFuncRule *rule = at->rules; rule != NULL && rule->name != NULL; rule++)
			visit(at, rule, arg);
}
