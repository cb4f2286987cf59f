/*
 * target_options.c
 *	  Option lists: what the validator lets pass can be folded and read, and
 *	  reads as what the table promises.
 *
 * Links gw_options*.c; gw_secret.c is included, so that what it remembers can
 * be forgotten after each run.  The input is lines "name=value"; its first
 * byte is the place where they stand.
 */
#include "fuzz.h"

#include "../../src/base/gw_secret.c"

#include "base/gw_options.h"
#include "nodes/parsenodes.h"
#include "nodes/value.h"

static const GwOption own_options[] = {
	{.name = "word", .aliases = "wort mot", .where = GW_OPT_SERVER | GW_OPT_CALL},
	{.name = "size", .where = GW_OPT_SERVER | GW_OPT_TABLE, .kind = GW_OPT_INT, .min = -5,
	 .max = 70000, .fallback = "3"},
	{.name = "mode", .where = GW_OPT_SERVER, .kind = GW_OPT_ENUM, .values = "one two-b three"},
	{.name = "long", .where = GW_OPT_SERVER, .kind = GW_OPT_ENUM, .values = "read only|read write"},
	{.name = "flag", .where = GW_OPT_SERVER | GW_OPT_MAPPING, .kind = GW_OPT_BOOL},
	{.name = "key", .aliases = "k", .where = GW_OPT_MAPPING, .flags = GW_OPTF_SECRET},
	{.name = "key_ref", .where = GW_OPT_MAPPING, .kind = GW_OPT_REF},
	{.name = "path", .where = GW_OPT_SERVER, .kind = GW_OPT_PATH},
};
static const GwOptionTable own_table = {own_options, lengthof(own_options), &gw_common_options};

typedef struct Validation
{
	int where;
	List *options;
} Validation;

static void
validate(void *arg)
{
	Validation *v = arg;

	gw_options_validate(&own_table, "fuzz", v->where, v->options);
}

static void
check_enum(const GwOptionSet *set, const char *name, const char *const *values, int n)
{
	const char *value = gw_option_str(set, name);
	bool known = value == NULL;

	for (int i = 0; i < n && !known; i++)
		known = strcmp(value, values[i]) == 0;
	FUZZ_CHECK(known);
}

void
fuzz_one(char *text, size_t len)
{
	static const int places[] = {GW_OPT_SERVER, GW_OPT_MAPPING, GW_OPT_TABLE, GW_OPT_COLUMN,
								 GW_OPT_CALL};
	static const char *const modes[] = {"one", "two-b", "three"};
	static const char *const longs[] = {"read only", "read write"};
	Validation v = {places[(unsigned char) text[0] % lengthof(places)], NIL};
	GwOptionSet *set;
	char *line, *save = NULL;
	int64 size;

	secret_texts = NULL;
	secret_cxt = NULL;
	secret_ntexts = secret_maxtexts = 0;
	if (len < 1 || memchr(text, '\0', len) != NULL || !fuzz_valid(text + 1, len - 1))
		return;
	for (line = strtok_r(text + 1, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
	{
		char *equals = strchr(line, '=');
		DefElem *def = palloc0(sizeof(DefElem));
		String *value = palloc0(sizeof(String));

		if (equals == NULL)
			continue;
		*equals = '\0';
		value->type = T_String;
		value->sval = equals + 1;
		def->type = T_DefElem;
		def->defname = line;
		def->arg = (Node *) value;
		v.options = lappend(v.options, def);
	}
	/* Folding reads catalogs, which may hold what no validator has seen. */
	set = gw_options_fold(&own_table, v.options, NIL, v.options);
	(void) gw_option_str(set, "word");
	(void) gw_option_bool(set, "flag");
	if (fuzz_raises(validate, &v) != 0)
		return;
	size = gw_option_int(set, "size");
	FUZZ_CHECK(size >= -5 && size <= 70000);
	check_enum(set, "mode", modes, lengthof(modes));
	check_enum(set, "long", longs, lengthof(longs));
}
