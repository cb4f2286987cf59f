/*
 * gw_api_pushdown.c
 *	  gw.pushdown_rules(): the dialect tables as rows, for people and for the
 *	  generated page of the documentation.
 *
 * Reads constants only; connects to nothing.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "platform/gw_platform.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_pushdown_rules);

#define PUSHDOWN_NCOLUMNS 8

static const char *
pushdown_kind(char kind)
{
	switch (kind)
	{
		case 'o':
			return "operator";
		case 'f':
			return "function";
		case 'a':
			return "aggregate";
		case 'w':
			return "window function";
		case 'c':
			return "cast";
		case 'h':
			return "hint";
		case 'x':
			return "form";
		case 's':
			return "sort key";
		case 'g':
			return "grouping key";
		default:
			return "type";
	}
}

static void
pushdown_visit(const GwDialect *owner, const GwFuncRule *rule, void *arg)
{
	static const char *const verdicts[] = {
		[GW_LOCAL] = "local", [GW_SUPERSET] = "superset", [GW_EXACT] = "exact"};
	static const char *const needs[] = {
		[GW_COLL_NONE] = "none", [GW_COLL_EQUALITY] = "equality",
		[GW_COLL_ORDER] = "order", [GW_COLL_CTYPE] = "ctype"};
	ReturnSetInfo *rsinfo = arg;
	Datum values[PUSHDOWN_NCOLUMNS];
	bool nulls[PUSHDOWN_NCOLUMNS] = {false};

	values[0] = CStringGetTextDatum(owner->name);
	values[1] = CStringGetTextDatum(pushdown_kind(rule->kind));
	values[2] = CStringGetTextDatum(rule->name);
	nulls[3] = rule->args == NULL;
	values[3] = nulls[3] ? (Datum) 0 : CStringGetTextDatum(rule->args);
	nulls[4] = rule->sql == NULL;
	values[4] = nulls[4] ? (Datum) 0 : CStringGetTextDatum(rule->sql);
	values[5] = CStringGetTextDatum(verdicts[rule->verdict]);
	values[6] = CStringGetTextDatum(needs[rule->collation]);
	nulls[7] = rule->since == 0;
	values[7] = Int32GetDatum(rule->since);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

Datum
gw_pushdown_rules(PG_FUNCTION_ARGS)
{
	char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	const GwPlatform *platform = gw_platform_find(name);

	if (platform == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("unknown platform \"%s\"", name),
						errhint("gw.platforms() lists them.")));
	InitMaterializedSRF(fcinfo, 0);
	gw_dialect_each_rule(platform->dialect, pushdown_visit, fcinfo->resultinfo);
	return (Datum) 0;
}
