/*
 * gw_json_options.c
 *	  The options object of an SQL function, read by a table.
 *
 * Does not know what an option means.  Values live where the table's own
 * functions put them; an error's texts in CurrentMemoryContext.
 */
#include "postgres.h"

#include "base/gw_json_options.h"

typedef struct OptionVisit
{
	const GwJsonOptions *table;
	void *options;
	GwError *err;
	bool failed;
} OptionVisit;

static const void *
option_row(const GwJsonOptions *table, int i)
{
	return (const char *) table->rows + i * table->row_size;
}

static const char *
option_name(const GwJsonOptions *table, int i)
{
	return *(const char *const *) option_row(table, i);
}

static void
option_unknown(const GwJsonOptions *table, const char *key, GwError *err)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < table->nrows; i++)
		appendStringInfo(&names, "%s%s", i ? ", " : "", option_name(table, i));
	gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
				 "unknown option \"%s\"", key);
	gw_error_hint(err, "Options are: %s.", names.data);
}

static void
option_visit(char *key, JsonbValue *value, void *arg)
{
	OptionVisit *visit = arg;
	const GwJsonOptions *table = visit->table;
	const char *expected;
	int i = 0;

	if (visit->failed || value->type == jbvNull)
		return;
	while (i < table->nrows && strcmp(option_name(table, i), key) != 0)
		i++;
	if (i == table->nrows)
		option_unknown(table, key, visit->err);
	else
	{
		expected = table->set(option_row(table, i), value, visit->options);
		if (expected == NULL)
			return;
		gw_error_set(visit->err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
					 "option \"%s\" is not %s", key, expected);
	}
	visit->failed = true;
}

GwStatus
gw_json_options_read(Jsonb *doc, const GwJsonOptions *table, void *options, GwError *err)
{
	OptionVisit visit = {table, options, err, false};

	if (doc == NULL)
		return GW_OK;
	if (!gw_json_is_object(gw_json_root(doc)))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"the options are not an object");
	gw_json_each(gw_json_root(doc), option_visit, &visit);
	return visit.failed ? GW_FAILED : GW_OK;
}
