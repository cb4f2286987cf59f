/*
 * gw_api_platform.c
 *	  gw.platforms() and gw.options(): what there is, and what can be set.
 *
 * Reaches no remote system.  Rows live in the caller's tuplestore.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "platform/gw_platform.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* A list of C strings as text[]. */
static Datum
text_array(List *texts)
{
	Datum *items = palloc(sizeof(Datum) * Max(list_length(texts), 1));
	ListCell *lc;
	int n = 0;

	foreach (lc, texts)
		items[n++] = CStringGetTextDatum(lfirst(lc));
	return PointerGetDatum(construct_array(items, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* The words of text, which may be NULL. */
static Datum
word_array(const char *text, const char *separator)
{
	char *copy = pstrdup(text ? text : "");
	char *save = NULL;
	char *word;
	List *words = NIL;

	for (word = strtok_r(copy, separator, &save); word != NULL;
		 word = strtok_r(NULL, separator, &save))
		words = lappend(words, word);
	return text_array(words);
}

static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}

/* The capabilities' names, in the order of their bits. */
static Datum
capability_array(uint32 caps)
{
	List *names = NIL;
	int bit;

	for (bit = 0; bit < 32; bit++)
	{
		uint32 cap = caps & ((uint32) 1 << bit);
		const char *name = cap ? gw_capability_name(cap) : NULL;

		if (name != NULL)
			names = lappend(names, unconstify(char *, name));
	}
	return text_array(names);
}

static Datum
place_array(int where)
{
	List *places = NIL;
	int bit;

	for (bit = GW_OPT_SERVER; bit <= GW_OPT_COLUMN; bit <<= 1)
	{
		if (where & bit)
			places = lappend(places, unconstify(char *, gw_option_place_name(bit)));
	}
	return text_array(places);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_platforms);

Datum
gw_api_platforms(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int n;
	const GwPlatform *const *platforms = gw_platforms(&n);
	int i;

	InitMaterializedSRF(fcinfo, 0);
	for (i = 0; i < n; i++)
	{
		Datum values[5];
		bool nulls[5] = {false};

		values[0] = CStringGetTextDatum(platforms[i]->name);
		values[1] = CStringGetTextDatum(platforms[i]->title);
		values[2] = CStringGetTextDatum(psprintf("gw_%s", platforms[i]->name));
		values[3] = word_array(platforms[i]->aliases, " ");
		values[4] = capability_array(platforms[i]->caps);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

static void
put_option(ReturnSetInfo *rsinfo, const GwOption *option)
{
	Datum values[9];
	bool nulls[9] = {false};
	const char *separator =
		option->values != NULL && strchr(option->values, '|') != NULL ? "|" : " ";

	values[0] = CStringGetTextDatum(option->name);
	values[1] = word_array(option->aliases, " ");
	values[2] = place_array(option->where);
	values[3] = CStringGetTextDatum(gw_option_kind_name(option->kind));
	values[4] = word_array(option->values, separator);
	values[5] = text_or_null(option->fallback, &nulls[5]);
	values[6] = BoolGetDatum((option->flags & GW_OPTF_SECRET) != 0);
	values[7] = BoolGetDatum((option->flags & GW_OPTF_SUPERUSER) != 0);
	values[8] = text_or_null(option->doc, &nulls[8]);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_options);

Datum
gw_api_options(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	const GwPlatform *platform = gw_platform_find(name);
	const GwOptionTable *table;

	if (platform == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("unknown platform \"%s\"", name),
				 errhint("gw.platforms() lists them.")));
	InitMaterializedSRF(fcinfo, 0);
	for (table = platform->options; table != NULL; table = table->parent)
	{
		int i;

		/* A platform's own row stands in front of one that it shares with others. */
		for (i = 0; i < table->noptions; i++)
			if (gw_option_find(platform->options, table->options[i].name) == &table->options[i])
				put_option(rsinfo, &table->options[i]);
	}
	return (Datum) 0;
}
