/*
 * gw_drift.c
 *	  Baselines: the schemas a role has accepted, and what a table has become
 *	  since.
 *
 * A message names the table, the column, what it was and is, the policy, and
 * the call that accepts.  Rows are written under the extension owner's id, in
 * the caller's transaction.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "base/gw_text.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "pipeline/gw_migrate.h"
#include "pipeline/gw_state.h"
#include "schema/gw_schema_diff.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "pipeline/migrate.sql.h"

static const char *const drift_words[] = {"alert", "permissive", "strict"};

GwDriftPolicy
gw_drift_policy(const char *word)
{
	for (int i = 0; i < lengthof(drift_words); i++)
	{
		if (strcmp(word, drift_words[i]) == 0)
			return (GwDriftPolicy) i;
	}
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("unknown drift policy \"%s\"", word),
					errhint("Policies are alert, permissive and strict.")));
}

char *
gw_drift_source(const char *schema_name, const char *table_name)
{
	return schema_name == NULL ? pstrdup(quote_identifier(table_name))
							   : quote_qualified_identifier(schema_name, table_name);
}

static char *
drift_text(Jsonb *doc)
{
	return doc == NULL ? NULL : JsonbToCString(NULL, &doc->root, VARSIZE(doc));
}

/* The baseline's row: id, fingerprint, document; false: there is none. */
static bool
drift_find(const char *server, const char *source, char **row)
{
	const char *args[] = {gw_state_caller(), server, source};

	return gw_state_query(sql_baseline_find, 3, args, 3, row);
}

Jsonb *
gw_drift_baseline(const char *server, const char *source)
{
	char *row[3];

	if (!drift_find(server, source, row))
		return NULL;
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(row[2])));
}

int64
gw_drift_accept(const char *server, const char *source, const GwSchema *schema,
				const char *reason)
{
	Jsonb *document = gw_schema_write(schema);
	const char *args[] = {gw_state_caller(),  server, source, gw_schema_fingerprint(schema),
						  drift_text(document), reason};
	char *row[1];

	(void) gw_state_query(sql_baseline_retire, 3, args, 0, row);
	(void) gw_state_query(sql_baseline_insert, 6, args, 1, row);
	if (!gw_state_query(sql_drift_accept, 3, args, 1, row))
		return 0;
	return pg_strtoint64(row[0]);
}

/* A path as the text of an array. */
static char *
drift_path(const List *path)
{
	Oid out;
	bool varlena;

	getTypeOutputInfo(TEXTARRAYOID, &out, &varlena);
	return OidOutputFunctionCall(out, gw_texts_array(path));
}

/* Record each change once for each state of the table. */
static void
drift_record(const char *server, const char *source, char **baseline, const char *fingerprint,
			 const List *changes, GwDriftPolicy policy)
{
	const char *known[] = {baseline[0], fingerprint};
	char *row[1];
	ListCell *lc;

	if (gw_state_query(sql_drift_known, 2, known, 1, row) && strcmp(row[0], "0") != 0)
		return;
	foreach(lc, changes)
	{
		const GwDiffChange *change = lfirst(lc);
		const char *args[] = {gw_state_caller(),
							  baseline[0],
							  server,
							  source,
							  fingerprint,
							  gw_diff_kind_name(change->kind),
							  drift_path(change->path),
							  drift_text(change->from),
							  drift_text(change->to),
							  change->cls,
							  drift_words[policy],
							  change->message};

		(void) gw_state_query(sql_drift_insert, 12, args, 1, row);
	}
}

static bool
drift_is_harmless(const List *changes)
{
	ListCell *lc;

	foreach(lc, changes)
	{
		if (!gw_diff_harmless(lfirst(lc), "read") || !gw_diff_harmless(lfirst(lc), "data"))
			return false;
	}
	return true;
}

static char *
drift_messages(const List *changes)
{
	StringInfoData buf;
	ListCell *lc;

	initStringInfo(&buf);
	foreach(lc, changes)
	{
		const GwDiffChange *change = lfirst(lc);
		char *message = pstrdup(change->message);

		message[0] = pg_toupper((unsigned char) message[0]);
		appendStringInfo(&buf, "%s%s.", buf.len > 0 ? "\n" : "", message);
	}
	return buf.data;
}

static void
drift_tell(int elevel, const char *server, const char *source, const List *changes,
		   GwDriftPolicy policy)
{
	ereport(elevel,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("table %s on server \"%s\" has changed since it was accepted (on_drift %s)",
					source, server, drift_words[policy]),
			 errdetail("%s", drift_messages(changes)),
			 errhint("Accept it with SELECT gw.schema_accept(%s, %s).",
					 quote_literal_cstr(server), quote_literal_cstr(source))));
}

void
gw_drift_check(const char *server, const char *source, const GwSchema *schema,
			   GwDriftPolicy policy)
{
	GwDiffOptions options;
	char *baseline[3];
	GwSchema *old;
	List *changes;
	GwError err;

	if (!drift_find(server, source, baseline))
	{
		(void) gw_drift_accept(server, source, schema, "first seen");
		return;
	}
	if (strcmp(baseline[1], gw_schema_fingerprint(schema)) == 0)
		return;
	gw_error_clear(&err);
	if (gw_diff_options_read(NULL, &options, &err) != GW_OK ||
		gw_schema_read(DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(baseline[2]))),
					   &old, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	options.comments = options.layout = options.options = options.native = false;
	if (gw_schema_diff(old, schema, &options, &changes, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	if (changes == NIL)
		return;
	if (policy == GW_DRIFT_PERMISSIVE && drift_is_harmless(changes))
	{
		drift_record(server, source, baseline, gw_schema_fingerprint(schema), changes, policy);
		(void) gw_drift_accept(server, source, schema, "permissive");
		ereport(NOTICE, (errmsg("table %s on server \"%s\" has changed; nothing breaks, so the "
								"new schema is accepted (on_drift permissive)",
								source, server),
						 errdetail("%s", drift_messages(changes))));
		return;
	}
	if (policy != GW_DRIFT_STRICT)
		drift_record(server, source, baseline, gw_schema_fingerprint(schema), changes, policy);
	drift_tell(policy == GW_DRIFT_STRICT ? ERROR : WARNING, server, source, changes, policy);
}
