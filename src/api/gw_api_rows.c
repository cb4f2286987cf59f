/*
 * gw_api_rows.c
 *	  gw.validate_rows(): the faults of JSON rows as a table.
 *
 * Connects to nothing.  Faults live in the call's context until they are in
 * the result.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "schema/gw_validate_rows.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_validate_rows);

static void
rows_result(ReturnSetInfo *rsinfo, const List *faults)
{
	ListCell *lc;

	foreach(lc, faults)
	{
		const GwRowFault *fault = lfirst(lc);
		bool nulls[5] = {false};
		Datum values[5];

		values[0] = Int64GetDatum(fault->row);
		values[1] = CStringGetTextDatum(fault->path);
		values[2] = CStringGetTextDatum(fault->code);
		values[3] = CStringGetTextDatum(fault->message);
		nulls[4] = fault->value == NULL;
		values[4] = nulls[4] ? (Datum) 0 : JsonbPGetDatum(gw_json_document(fault->value));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

Datum
gw_validate_rows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	JsonbValue *rows = gw_json_root(PG_GETARG_JSONB_P(1));
	int n = gw_json_is_array(rows) ? gw_json_length(rows) : 1;
	GwSchema *schema;
	GwError err;

	if (gw_schema_read(PG_GETARG_JSONB_P(0), &schema, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < n; i++)
	{
		const JsonbValue *row = gw_json_is_array(rows) ? gw_json_item(rows, i) : rows;

		CHECK_FOR_INTERRUPTS();
		rows_result(rsinfo, gw_validate_row(schema, row, i + 1, NIL));
	}
	return (Datum) 0;
}
