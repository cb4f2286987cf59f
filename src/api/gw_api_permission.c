/*
 * gw_api_permission.c
 *	  gw.check_permissions() and gw.supports(): what may and what can be done.
 *
 * Shells only: they read arguments, ask session or platform, and return.
 */
#include "postgres.h"

#include "api/gw_api_target.h"
#include "base/gw_compat.h"
#include "base/gw_near.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "session/gw_session.h"
#include "utils/builtins.h"

/* Edits by which a word may miss and still be understood. */
#define PERMISSION_NEAR_EDITS 3

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_check_permissions);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_supports);

static const char *const permission_actions[] = {"select",	 "insert", "update", "delete",
												  "truncate", "create", "alter",  "drop"};

static GW_NORETURN void permission_refuse(const char *what, const char *word,
													  const char *const *words, int n);
static bool permission_ask(GwSession *session, const char *schema, const char *table,
						   const char *action);
static int permission_features(const char **names);

/* gw.check_permissions(server, table, action, schema, database) */
Datum
gw_api_check_permissions(PG_FUNCTION_ARGS)
{
	char *texts[5];
	char *action;
	GwSession *session;
	GwTargetName name;
	bool known = false;

	for (int i = 0; i < 5; i++)
		texts[i] = PG_ARGISNULL(i) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(i));
	if (texts[0] == NULL || texts[1] == NULL || texts[2] == NULL)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("server, table and action must not be null")));
	action = texts[2];
	for (char *c = action; *c != '\0'; c++)
		*c = (char) pg_ascii_tolower((unsigned char) *c);
	for (int i = 0; i < lengthof(permission_actions); i++)
		known = known || strcmp(action, permission_actions[i]) == 0;
	if (!known)
		permission_refuse("action", action, permission_actions, lengthof(permission_actions));
	name = gw_target_parse(texts[1], texts[3], texts[4]);
	session = gw_session_open_name(texts[0], GW_SESSION_READ);
	gw_target_check_database(session, name.database);
	if (strcmp(action, "select") != 0 &&
		((gw_session_platform(session)->caps & GW_CAP_WRITES) == 0 ||
		 gw_option_bool(gw_session_options(session), "read_only")))
	{
		ereport(NOTICE, (errmsg("server \"%s\" is read-only", gw_session_server_name(session))));
		PG_RETURN_BOOL(false);
	}
	if (name.schema == NULL)
		name.schema = gw_session_default_schema(session);
	PG_RETURN_BOOL(permission_ask(session, name.schema, name.table, action));
}

/* gw.supports(server, feature) */
Datum
gw_api_supports(PG_FUNCTION_ARGS)
{
	Oid serverid = gw_server_lookup(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	char *feature = text_to_cstring(PG_GETARG_TEXT_PP(1));
	uint32 caps = gw_server_platform(serverid)->caps;
	const char *names[32];
	int n;

	for (int bit = 0; bit < 32; bit++)
	{
		const char *name = gw_capability_name((uint32) 1 << bit);

		if (name != NULL && pg_strcasecmp(name, feature) == 0)
			PG_RETURN_BOOL((caps & ((uint32) 1 << bit)) != 0);
	}
	n = permission_features(names);
	permission_refuse("feature", feature, names, n);
}

static void
permission_refuse(const char *what, const char *word, const char *const *words, int n)
{
	const char *nearest = NULL;
	StringInfoData hint;
	GwNear near;

	initStringInfo(&hint);
	gw_near_begin(&near, word, PERMISSION_NEAR_EDITS);
	for (int i = 0; i < n; i++)
	{
		if (gw_near_offer(&near, words[i], (int) strlen(words[i])))
			nearest = words[i];
		appendStringInfo(&hint, "%s%s", i > 0 ? ", " : "", words[i]);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no %s \"%s\"", what, word),
			 nearest ? errhint("Perhaps you meant \"%s\". There are: %s.", nearest, hint.data)
					 : errhint("There are: %s.", hint.data)));
}

static bool
permission_ask(GwSession *session, const char *schema, const char *table, const char *action)
{
	const char *args[] = {schema, table, action};
	GwStream *stream = gw_session_catalog(session, GW_CATALOG_PERMISSION, 3, args);
	const GwBatch *batch;
	bool found = false;
	bool allowed = false;

	while ((batch = gw_stream_next(stream)) != NULL)
	{
		const char *answer = batch->nrows > 0 ? gw_batch_text(batch, 0, 0) : NULL;

		found = found || answer != NULL;
		allowed = allowed || (answer != NULL && strcmp(answer, "t") == 0);
	}
	gw_stream_close(stream);
	if (found)
		return allowed;
	if (strcmp(action, "create") == 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_SCHEMA),
						errmsg("schema \"%s\" does not exist on server \"%s\"", schema,
							   gw_session_server_name(session))));
	/* Raises with near names. */
	(void) gw_session_describe(session, schema, table, false, false);
	return false;
}

/* Every capability's name; how many. */
static int
permission_features(const char **names)
{
	int n = 0;

	for (int bit = 0; bit < 32; bit++)
	{
		const char *name = gw_capability_name((uint32) 1 << bit);

		if (name != NULL)
			names[n++] = name;
	}
	return n;
}
