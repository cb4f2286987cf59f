/*
 * gw_api_schema_diff.c
 *	  gw.schema_diff(), gw.schema_compatible(), gw.type_change().
 *
 * Shells over two documents; connects to nothing.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "base/gw_text.h"
#include "catalog/pg_type.h"
#include "dialect/gw_type_defaults.h"
#include "fmgr.h"
#include "funcapi.h"
#include "schema/gw_schema_diff.h"
#include "utils/builtins.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_schema_diff);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_schema_compatible);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_type_change);

#define DIFF_COLUMNS 12

/* A document argument with its platform's defaults; NULL for NULL. */
static GwSchema *
diff_argument(FunctionCallInfo fcinfo, int n, const char *platform)
{
	GwSchema *schema;
	GwError err;

	if (PG_ARGISNULL(n))
		return NULL;
	gw_error_clear(&err);
	if (gw_schema_read(PG_GETARG_JSONB_P(n), &schema, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	gw_type_defaults_apply(schema, schema->platform != NULL ? schema->platform : platform);
	return schema;
}

/* The changes between arguments 0 and 1, with the options in argument n. */
static List *
diff_changes(FunctionCallInfo fcinfo, int n)
{
	Jsonb *doc = PG_ARGISNULL(n) ? NULL : PG_GETARG_JSONB_P(n);
	GwDiffOptions options;
	const char *platform;
	List *changes;
	GwError err;

	gw_error_clear(&err);
	if (gw_diff_options_read(doc, &options, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	platform = doc == NULL ? NULL : gw_json_get_text(gw_json_root(doc), "platform");
	if (gw_schema_diff(diff_argument(fcinfo, 0, platform), diff_argument(fcinfo, 1, platform),
					   &options, &changes, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	return changes;
}

Datum
gw_api_schema_diff(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	List *changes = diff_changes(fcinfo, 2);
	ListCell *lc;
	int n = 0;

	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, changes)
	{
		const GwDiffChange *change = lfirst(lc);
		Datum values[DIFF_COLUMNS];
		bool nulls[DIFF_COLUMNS] = {false};

		values[0] = Int32GetDatum(++n);
		values[1] = CStringGetTextDatum(gw_diff_kind_name(change->kind));
		values[2] = gw_texts_array(change->path);
		nulls[3] = change->from == NULL;
		values[3] = nulls[3] ? (Datum) 0 : JsonbPGetDatum(change->from);
		nulls[4] = change->to == NULL;
		values[4] = nulls[4] ? (Datum) 0 : JsonbPGetDatum(change->to);
		values[5] = CStringGetTextDatum(change->cls);
		values[6] = CStringGetTextDatum(change->read);
		values[7] = CStringGetTextDatum(change->write);
		values[8] = CStringGetTextDatum(change->data);
		values[9] = CStringGetTextDatum(change->risk);
		values[10] = BoolGetDatum(change->reversible);
		values[11] = CStringGetTextDatum(change->message);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

Datum
gw_api_schema_compatible(PG_FUNCTION_ARGS)
{
	static const char *const directions[] = {"read", "write", "data"};
	char *direction;
	List *changes;
	ListCell *lc;
	bool known, compatible = true;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	direction = PG_ARGISNULL(2) ? pstrdup("all") : text_to_cstring(PG_GETARG_TEXT_PP(2));
	known = strcmp(direction, "all") == 0;
	changes = diff_changes(fcinfo, 3);
	for (int i = 0; i < lengthof(directions); i++)
	{
		if (strcmp(direction, "all") != 0 && strcmp(direction, directions[i]) != 0)
			continue;
		known = true;
		foreach(lc, changes)
			compatible = compatible && gw_diff_harmless(lfirst(lc), directions[i]);
	}
	if (!known)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("unknown direction \"%s\"", direction),
						errhint("Directions are read, write, data and all.")));
	PG_RETURN_BOOL(compatible);
}

static GwType
diff_type_argument(FunctionCallInfo fcinfo, int n)
{
	GwType type;
	GwError err;

	gw_error_clear(&err);
	if (gw_type_parse(text_to_cstring(PG_GETARG_TEXT_PP(n)), &type, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	return type;
}

Datum
gw_api_type_change(PG_FUNCTION_ARGS)
{
	GwType from = diff_type_argument(fcinfo, 0), to = diff_type_argument(fcinfo, 1);

	PG_RETURN_TEXT_P(cstring_to_text(gw_type_change_name(gw_type_change(&from, &to))));
}
