/*
 * gw_api_connection.c
 *	  SQL functions about connections: test, check, describe, list, close.
 *
 * Shells only: they read arguments, call session, return.  Nothing lives
 * longer than the call.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/gw_json.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "session/gw_session.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* What GW_CATALOG_IDENTITY tells. */
typedef struct Identity
{
	char *columns[4]; /* server_version, current_user, database, default_schema */
} Identity;

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_test_connection);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_check_connection);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_server_info);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_connections);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_disconnect);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_disconnect_all);

static Identity identity_ask(GwSession *session);
static Datum text_or_null(const char *text, bool *isnull);
static void info_put_option(const GwOption *option, const char *value, void *arg);
static void info_put_identity(GwJsonBuilder *json, Oid serverid);

Datum
gw_api_test_connection(PG_FUNCTION_ARGS)
{
	Oid serverid = gw_server_lookup(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	GwError err;

	gw_error_clear(&err);
	if (gw_session_try_open(serverid, GetUserId(), GW_SESSION_READ, &err) != NULL)
		PG_RETURN_BOOL(true);
	gw_error_report(&err, NOTICE);
	PG_RETURN_BOOL(false);
}

Datum
gw_api_check_connection(PG_FUNCTION_ARGS)
{
	Oid serverid = gw_server_lookup(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	int64 begun = gw_monotonic_us();
	Datum values[7] = {0};
	bool nulls[7] = {false, true, true, true, true, true, true};
	TupleDesc desc;
	GwSession *session;
	GwError err;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "check_connection must return a row");
	gw_error_clear(&err);
	session = gw_session_try_open(serverid, GetUserId(), GW_SESSION_READ, &err);
	values[0] = BoolGetDatum(session != NULL);
	if (session != NULL)
	{
		Identity identity = identity_ask(session);
		Interval *latency = palloc0(sizeof(Interval));

		latency->time = gw_monotonic_us() - begun;
		values[1] = IntervalPGetDatum(latency);
		nulls[1] = false;
		values[2] = text_or_null(identity.columns[0], &nulls[2]);
		values[3] = text_or_null(identity.columns[1], &nulls[3]);
	}
	else
	{
		values[4] = text_or_null(gw_error_class_name(err.cls), &nulls[4]);
		values[5] = text_or_null(unpack_sql_state(err.sqlstate), &nulls[5]);
		values[6] = text_or_null(err.message, &nulls[6]);
	}
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

Datum
gw_api_server_info(PG_FUNCTION_ARGS)
{
	Oid serverid = gw_server_lookup(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	ForeignServer *server = GetForeignServer(serverid);
	const GwPlatform *platform = gw_server_platform(serverid);
	GwOptionSet *options = gw_server_options(serverid, GetUserId(), InvalidOid);
	GwJsonBuilder json = {0};
	int bit;

	gw_json_begin_object(&json);
	gw_json_put_text(&json, "server", server->servername);
	gw_json_put_text(&json, "platform", platform->name);
	gw_json_put_text(&json, "title", platform->title);
	gw_json_key(&json, "capabilities");
	gw_json_begin_array(&json);
	for (bit = 0; bit < 32; bit++)
	{
		if ((platform->caps & ((uint32) 1 << bit)) != 0)
			gw_json_add_text(&json, gw_capability_name((uint32) 1 << bit));
	}
	gw_json_end_array(&json);
	gw_json_key(&json, "options");
	gw_json_begin_object(&json);
	gw_options_each(options, 0, info_put_option, &json);
	gw_json_end_object(&json);
	info_put_identity(&json, serverid);
	gw_json_end_object(&json);
	PG_RETURN_JSONB_P(gw_json_finish(&json));
}

Datum
gw_api_connections(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell *cell;

	InitMaterializedSRF(fcinfo, 0);
	foreach(cell, gw_session_list())
	{
		GwConnectionInfo *info = (GwConnectionInfo *) lfirst(cell);
		Datum values[8];
		bool nulls[8] = {false};

		values[0] = text_or_null(info->server, &nulls[0]);
		values[1] = text_or_null(info->user, &nulls[1]);
		values[2] = text_or_null(info->state, &nulls[2]);
		values[3] = BoolGetDatum(info->in_use);
		values[4] = BoolGetDatum(info->valid);
		values[5] = Int32GetDatum(info->server_version);
		nulls[5] = info->server_version == 0;
		values[6] = Int64GetDatum(info->statements);
		values[7] = TimestampTzGetDatum(info->connected_at);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

Datum
gw_api_disconnect(PG_FUNCTION_ARGS)
{
	Oid serverid = gw_server_lookup(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	PG_RETURN_INT32(gw_session_disconnect(serverid));
}

Datum
gw_api_disconnect_all(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(gw_session_disconnect_all());
}

static Identity
identity_ask(GwSession *session)
{
	Identity identity = {{NULL}};
	GwStream *stream;
	const GwBatch *batch;
	int i;

	if (gw_session_platform(session)->catalog[GW_CATALOG_IDENTITY] == NULL)
		return identity;
	stream = gw_session_catalog(session, GW_CATALOG_IDENTITY, 0, NULL);
	while ((batch = gw_stream_next(stream)) != NULL)
	{
		for (i = 0; i < Min(batch->ncolumns, lengthof(identity.columns)); i++)
		{
			const char *text = gw_batch_text(batch, 0, i);

			identity.columns[i] = text ? pstrdup(text) : NULL;
		}
	}
	gw_stream_close(stream);
	return identity;
}

/* Secrets are named, so that one sees they are set, but never shown. */
static void
info_put_option(const GwOption *option, const char *value, void *arg)
{
	GwJsonBuilder *json = (GwJsonBuilder *) arg;

	if ((option->flags & GW_OPTF_SECRET) != 0 || option->kind == GW_OPT_REF)
		gw_json_put_text(json, option->name, "********");
	else
		gw_json_put_text(json, option->name, value);
}

/* What the server says of itself, or why it does not. */
static void
info_put_identity(GwJsonBuilder *json, Oid serverid)
{
	static const char *const names[] = {"server_version", "current_user", "database",
										"default_schema"};
	GwSession *session;
	Identity identity;
	GwError err;
	int i;

	gw_error_clear(&err);
	session = gw_session_try_open(serverid, GetUserId(), GW_SESSION_READ, &err);
	gw_json_put_bool(json, "connected", session != NULL);
	if (session == NULL)
	{
		gw_json_key(json, "error");
		gw_json_begin_object(json);
		gw_json_put_text(json, "class", gw_error_class_name(err.cls));
		gw_json_put_text(json, "sqlstate", unpack_sql_state(err.sqlstate));
		gw_json_put_text(json, "message", err.message);
		gw_json_end_object(json);
		return;
	}
	identity = identity_ask(session);
	for (i = 0; i < lengthof(names); i++)
		gw_json_put_text(json, names[i], identity.columns[i]);
	if (gw_session_server_version(session) > 0)
		gw_json_put_int(json, "server_version_num", gw_session_server_version(session));
}

static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}
