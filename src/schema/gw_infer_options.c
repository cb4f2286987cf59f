/*
 * gw_infer_options.c
 *	  The options object of the inference functions.
 *
 * What it holds lives in CurrentMemoryContext.
 */
#include "postgres.h"

#include "base/gw_json_options.h"
#include "schema/gw_infer.h"

static const struct
{
	const char *name;
	size_t offset;
} infer_flags[] = {
	{"infer_not_null", offsetof(GwInferOptions, not_null)},
	{"infer_lengths", offsetof(GwInferOptions, lengths)},
	{"headroom", offsetof(GwInferOptions, headroom)},
	{"values", offsetof(GwInferOptions, values)},
};

/* One of two words; *second says which. */
static bool
infer_choice(JsonbValue *value, const char *first, const char *other, bool *second)
{
	char *text;

	if (!gw_json_text(value, &text))
		return false;
	*second = strcmp(text, other) == 0;
	return *second || strcmp(text, first) == 0;
}

static bool
infer_texts(JsonbValue *value, const char **texts, int max, int *n)
{
	int length = gw_json_length(value);

	if (!gw_json_is_array(value) || length > max)
		return false;
	for (int i = 0; i < length; i++)
		if (!gw_json_text(gw_json_item(value, i), (char **) &texts[i]))
			return false;
	*n = length;
	return true;
}

static bool
infer_delimiter(JsonbValue *value, char *delimiter)
{
	char *text;

	if (!gw_json_text(value, &text) || strlen(text) != 1 || IS_HIGHBIT_SET(text[0]) ||
		strchr("\"\r\n", text[0]) != NULL)
		return false;
	*delimiter = text[0];
	return true;
}

static bool
infer_header(JsonbValue *value, char *header)
{
	char *text;
	bool flag;

	if (gw_json_bool(value, &flag))
		*header = flag ? 't' : 'f';
	else if (gw_json_text(value, &text) && strcmp(text, "auto") == 0)
		*header = 'a';
	else
		return false;
	return true;
}

/* NULL when it was taken, else what it has to be. */
static const char *
infer_option_set(const void *option, JsonbValue *value, void *arg)
{
	const char *key = *(const char *const *) option;
	GwInferOptions *options = arg;
	char *text;

	for (int i = 0; i < lengthof(infer_flags); i++)
		if (strcmp(infer_flags[i].name, key) == 0)
			return gw_json_bool(value, (bool *) ((char *) options + infer_flags[i].offset))
				? NULL : "true or false";
	if (strcmp(key, "table") == 0)
	{
		if (!gw_json_text(value, &text))
			return "a string";
		options->table = text;
		return NULL;
	}
	if (strcmp(key, "sample") == 0)
		return gw_json_int(value, &options->sample) && options->sample > 0
			? NULL : "a positive number";
	if (strcmp(key, "booleans") == 0)
		return infer_choice(value, "strict", "wide", &options->wide_bools)
			? NULL : "strict or wide";
	if (strcmp(key, "strings") == 0)
		return infer_choice(value, "detect", "plain", &options->plain_strings)
			? NULL : "detect or plain";
	if (strcmp(key, "names") == 0)
		return infer_choice(value, "keep", "standard", &options->standard_names)
			? NULL : "keep or standard";
	if (strcmp(key, "date_formats") == 0)
		return infer_texts(value, options->formats, GW_INFER_MAX_FORMATS, &options->nformats)
			? NULL : "an array of at most 16 strings";
	if (strcmp(key, "delimiter") == 0)
		return infer_delimiter(value, &options->delimiter)
			? NULL : "one ASCII character, neither a quote nor a line end";
	if (strcmp(key, "header") == 0)
		return infer_header(value, &options->header) ? NULL : "auto, true or false";
	Assert(strcmp(key, "null_values") == 0);
	options->null_values = palloc(Max(gw_json_length(value), 1) * sizeof(char *));
	return infer_texts(value, options->null_values, gw_json_length(value), &options->nnull_values)
		? NULL : "an array of strings";
}

/* All of them, for the hint. */
static const char *const infer_names[] = {
	"booleans", "date_formats", "delimiter", "header", "headroom", "infer_lengths",
	"infer_not_null", "names", "null_values", "sample", "strings", "table", "values",
};

static const GwJsonOptions infer_table = {
	.rows = infer_names,
	.row_size = sizeof(char *),
	.nrows = lengthof(infer_names),
	.set = infer_option_set,
};

GwStatus
gw_infer_options_read(Jsonb *doc, GwInferOptions *options, GwError *err)
{
	memset(options, 0, sizeof(*options));
	options->header = 'a';
	return gw_json_options_read(doc, &infer_table, options, err);
}
