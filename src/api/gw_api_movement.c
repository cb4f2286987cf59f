/*
 * gw_api_movement.c
 *	  SQL-callable shells of the movement: read arguments, call, return.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "nodes/parsenodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "pipeline/gw_maintenance.h"
#include "pipeline/gw_sync.h"
#include "pipeline/gw_watermark.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_sync_table);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_get_watermark);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_set_watermark);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_set_watermark_of);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_reset_watermark);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_reset_watermark_of);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_recover);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_prune_history);

/* A text argument, or NULL. */
static char *
movement_text(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* A text argument that must be given. */
static char *
movement_required(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("argument \"%s\" must not be NULL", name)));
	return movement_text(fcinfo, n);
}

static void
movement_keys(FunctionCallInfo fcinfo, int n, GwSyncRequest *request)
{
	Datum *values;
	bool *nulls;

	if (PG_ARGISNULL(n))
		return;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false, TYPALIGN_INT, &values,
					  &nulls, &request->nkeys);
	request->keys = palloc(sizeof(char *) * Max(request->nkeys, 1));
	for (int i = 0; i < request->nkeys; i++)
	{
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("keys must not hold NULL")));
		request->keys[i] = TextDatumGetCString(values[i]);
	}
}

/*
 * CALL gw.sync_table(server, source, target, mode, keys, cursor_field,
 * cursor_id_field, options, INOUT result)
 */
Datum
gw_api_sync_table(PG_FUNCTION_ARGS)
{
	GwSyncRequest request = {0};
	TupleDesc desc;
	Datum value;
	bool isnull = false;

	request.atomic = fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
					 castNode(CallContext, fcinfo->context)->atomic;
	request.server = movement_required(fcinfo, 0, "server");
	request.source = movement_required(fcinfo, 1, "source");
	request.target = movement_required(fcinfo, 2, "target");
	request.mode = movement_required(fcinfo, 3, "mode");
	movement_keys(fcinfo, 4, &request);
	request.cursor_field = movement_text(fcinfo, 5);
	request.cursor_id_field = movement_text(fcinfo, 6);
	request.options = PG_ARGISNULL(7) ? NULL : PG_GETARG_JSONB_P_COPY(7);

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	desc = BlessTupleDesc(desc);
	value = JsonbPGetDatum(gw_sync_table(&request));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, &value, &isnull)));
}

/* gw.get_watermark(server, source, target), gw.get_watermark(stream) */
Datum
gw_api_get_watermark(PG_FUNCTION_ARGS)
{
	bool named = PG_NARGS() == 1;
	char *document = gw_watermark_get(text_to_cstring(PG_GETARG_TEXT_PP(0)),
								  named ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)),
								  named ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)));

	if (document == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(document)));
}

/* The stream that the first arguments mean: one name, or three. */
static char *
movement_stream(FunctionCallInfo fcinfo, int nnames)
{
	if (nnames == 1)
		return gw_watermark_find(movement_required(fcinfo, 0, "stream"), NULL, NULL);
	return gw_watermark_find(movement_required(fcinfo, 0, "server"),
							 movement_required(fcinfo, 1, "source"),
							 movement_required(fcinfo, 2, "target"));
}

/* gw.set_watermark(server, source, target, value, reason, expected, id) */
Datum
gw_api_set_watermark(PG_FUNCTION_ARGS)
{
	gw_watermark_set(movement_stream(fcinfo, 3), movement_text(fcinfo, 3),
					 movement_text(fcinfo, 6), movement_text(fcinfo, 5),
					 movement_text(fcinfo, 4));
	PG_RETURN_VOID();
}

/* gw.set_watermark(stream, value, reason, expected) */
Datum
gw_api_set_watermark_of(PG_FUNCTION_ARGS)
{
	gw_watermark_set(movement_stream(fcinfo, 1), movement_text(fcinfo, 1), NULL,
					 movement_text(fcinfo, 3), movement_text(fcinfo, 2));
	PG_RETURN_VOID();
}

/* gw.reset_watermark(server, source, target, reason) */
Datum
gw_api_reset_watermark(PG_FUNCTION_ARGS)
{
	gw_watermark_reset(movement_stream(fcinfo, 3), movement_text(fcinfo, 3));
	PG_RETURN_VOID();
}

/* gw.reset_watermark(stream, reason) */
Datum
gw_api_reset_watermark_of(PG_FUNCTION_ARGS)
{
	gw_watermark_reset(movement_stream(fcinfo, 1), movement_text(fcinfo, 1));
	PG_RETURN_VOID();
}

/* gw.recover() */
Datum
gw_api_recover(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(gw_maintenance_recover());
}

/* gw.prune_history(keep) */
Datum
gw_api_prune_history(PG_FUNCTION_ARGS)
{
	char *keep = DatumGetCString(
		DirectFunctionCall1(interval_out, IntervalPGetDatum(PG_GETARG_INTERVAL_P(0))));

	PG_RETURN_INT64(gw_maintenance_prune(keep));
}
