/*
 * gw_sync_options.c
 *	  The options argument of gw.sync_table(): one table, checked like the
 *	  options of a server.
 *
 * Values live in the job's context.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "utils/fmgrprotos.h"

#include "base/gw_options.h"
#include "pipeline/gw_movement.h"

static const GwOption sync_option_rows[] = {
	{.name = "on_conflict",
	 .where = GW_OPT_CALL,
	 .kind = GW_OPT_ENUM,
	 .values = "error skip wait",
	 .fallback = "error",
	 .doc = "When another run of the stream is active: fail (55P03), end at once, or wait."},
	{.name = "null_cursor",
	 .where = GW_OPT_CALL,
	 .kind = GW_OPT_ENUM,
	 .values = "error exclude include",
	 .fallback = "error",
	 .doc = "Rows whose cursor is NULL: refuse, leave out and count, or merge on every run."},
	{.name = "on_empty_source",
	 .where = GW_OPT_CALL,
	 .kind = GW_OPT_ENUM,
	 .values = "error skip replace",
	 .fallback = "error",
	 .doc = "When replace finds no row: fail, keep the target, or empty it."},
	{.name = "replace_method",
	 .where = GW_OPT_CALL,
	 .kind = GW_OPT_ENUM,
	 .values = "auto truncate delete",
	 .fallback = "auto",
	 .doc = "How replace empties the target; auto truncates where the role may, else deletes, "
			"and refuses a target that foreign keys refer to."},
	{.name = "name",
	 .where = GW_OPT_CALL,
	 .kind = GW_OPT_STRING,
	 .doc = "The stream's name, when this call makes it."},
	{.name = "horizon_wait",
	 .where = GW_OPT_CALL,
	 .kind = GW_OPT_STRING,
	 .fallback = "5s",
	 .doc = "How long to wait for open transactions of the source to end."},
	{.name = "horizon_margin",
	 .where = GW_OPT_CALL,
	 .kind = GW_OPT_STRING,
	 .fallback = "2s",
	 .doc = "Longest time between the arrival of a transaction's first statement and its "
			"becoming visible as open."},
	{.name = "settle",
	 .where = GW_OPT_CALL,
	 .kind = GW_OPT_STRING,
	 .doc = "Never read cursor values younger than this; for clocks set by applications."},
	{.name = "lookback",
	 .where = GW_OPT_CALL,
	 .kind = GW_OPT_STRING,
	 .doc = "Read so much below the watermark again, for rows that came late; mode merge only."},
	{.name = "time_zone",
	 .where = GW_OPT_CALL,
	 .kind = GW_OPT_STRING,
	 .doc = "Zone in which the source writes a cursor without time zone; by default the zone "
			"its sessions start with."},
	{.name = "fetch_size",
	 .where = GW_OPT_CALL,
	 .kind = GW_OPT_INT,
	 .min = 1,
	 .max = 1000000,
	 .doc = "Rows per batch."},
	{.name = "on_drift",
	 .where = GW_OPT_CALL,
	 .kind = GW_OPT_ENUM,
	 .values = "alert permissive strict",
	 .fallback = "alert",
	 .doc = "When the source's schema is not the one that was accepted: warn and go on, accept "
			"what breaks nobody's reading, or fail (55000)."},
	{.name = "create_target",
	 .where = GW_OPT_CALL,
	 .kind = GW_OPT_BOOL,
	 .fallback = "true",
	 .doc = "Create the target from the source's schema when it does not exist."},
};

static const GwOptionTable sync_option_table = {
	.options = sync_option_rows,
	.noptions = lengthof(sync_option_rows),
};

/* The members of the document as DefElems with text values. */
static List *
options_list(Jsonb *doc)
{
	List *list = NIL;
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue value;
	char *key = NULL;

	if (doc == NULL)
		return NIL;
	if (!JB_ROOT_IS_OBJECT(doc))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("options must be a JSON object"),
						errhint("For example '{\"on_conflict\": \"wait\"}'.")));

	it = JsonbIteratorInit(&doc->root);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		char *text = NULL;

		if (token == WJB_KEY)
			key = pnstrdup(value.val.string.val, value.val.string.len);
		if (token != WJB_VALUE)
			continue;
		switch (value.type)
		{
			case jbvString:
				text = pnstrdup(value.val.string.val, value.val.string.len);
				break;
			case jbvBool:
				text = pstrdup(value.val.boolean ? "true" : "false");
				break;
			case jbvNumeric:
				text = DatumGetCString(DirectFunctionCall1(
					numeric_out, NumericGetDatum(value.val.numeric)));
				break;
			case jbvNull:
				continue;
			default:
				ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
								errmsg("option \"%s\" must be a string, number or boolean", key)));
		}
		list = lappend(list, makeDefElem(key, (Node *) makeString(text), -1));
	}
	return list;
}

/* A time such as '5s', '10min' or 250 (milliseconds). */
static int
options_time(const GwOptionSet *set, const char *name, int absent)
{
	const char *text = gw_option_str(set, name);
	const char *hint = NULL;
	int value;

	if (text == NULL)
		return absent;
	if (!parse_int(text, &value, GUC_UNIT_MS, &hint) || value < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("option \"%s\" is not a time: \"%s\"", name, text),
						hint ? errhint("%s", _(hint))
							 : errhint("Write a number of milliseconds, or a number with a "
									   "unit such as '5s'.")));
	return value;
}

void
gw_sync_read_options(GwSync *sync)
{
	GwSyncOptions *o = &sync->options;
	List *list = options_list(sync->request->options);
	GwOptionSet *set;

	gw_options_validate(&sync_option_table, "sync_table", GW_OPT_CALL, list);
	set = gw_options_fold(&sync_option_table, NIL, NIL, list);

	o->on_conflict = gw_option_str(set, "on_conflict");
	o->on_drift = gw_option_str(set, "on_drift");
	o->null_cursor = gw_option_str(set, "null_cursor");
	o->on_empty_source = gw_option_str(set, "on_empty_source");
	o->replace_method = gw_option_str(set, "replace_method");
	o->name = gw_option_str(set, "name");
	o->time_zone = gw_option_str(set, "time_zone");
	o->horizon_wait = options_time(set, "horizon_wait", 0);
	o->horizon_margin = options_time(set, "horizon_margin", 0);
	o->settle = options_time(set, "settle", -1);
	o->lookback = options_time(set, "lookback", 0);
	o->fetch_size = gw_option_given(set, "fetch_size") ? gw_option_int(set, "fetch_size") : 0;
	o->create_target = gw_option_bool(set, "create_target");

	sync->options_text =
		sync->request->options == NULL
			? "{}"
			: JsonbToCString(NULL, &sync->request->options->root,
							 VARSIZE(sync->request->options));

	if (strcmp(o->null_cursor, "include") == 0 && sync->mode != GW_SYNC_MERGE)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("null_cursor \"include\" needs mode \"merge\""),
						errdetail("Rows without a cursor are read on every run; only a merge "
								  "loads them once.")));
	if (o->lookback > 0 &&
		(sync->mode != GW_SYNC_MERGE || sync->request->cursor_field == NULL))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("lookback needs mode \"merge\" and a cursor_field"),
						errdetail("Rows below the watermark are read on every run; only a merge "
								  "loads them once.")));
}
