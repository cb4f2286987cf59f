/*
 * gw_api_call.c
 *	  What SQL functions share in taking arguments and giving results.
 *
 * Keeps nothing.
 */
#include "postgres.h"

#include "api/gw_api_call.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

char *
gw_call_text(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("argument \"%s\" must not be null", name)));
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

Datum
gw_call_lines(FunctionCallInfo fcinfo, const List *lines)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell *lc;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	foreach(lc, lines)
	{
		Datum value = CStringGetTextDatum((char *) lfirst(lc));
		bool isnull = false;

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, &value, &isnull);
	}
	return (Datum) 0;
}
