/*
 * gw_migrate.c
 *	  Plans and applies migrations of remote tables, and creates tables.
 *
 * The table is locked where the platform has such a lock, then described, then
 * planned for: what was planned for is what is there.  Where DDL obeys
 * transactions all steps stand or fall with the local one; elsewhere each step
 * stays done, and calling again goes on from what is there then.  In the end
 * the table is described once more, and a plan for it must be empty.
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/gw_json.h"
#include "dialect/gw_type_defaults.h"
#include "miscadmin.h"
#include "pipeline/gw_migrate.h"
#include "pipeline/gw_state.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/snapmgr.h"

#include "pipeline/migrate.sql.h"

static void migrate_lock(const GwMigrationPlan *plan);
static void migrate_refuse(const GwMigration *migration, const GwMigrationPlan *plan);
static void migrate_run(const GwMigration *migration, const GwMigrationPlan *plan);
static void migrate_prove(const GwMigration *migration, GwMigrationPlan *plan);

const GwDdlTarget *
gw_migrate_target(const GwPlatform *platform)
{
	const GwDdlTarget *target =
		gw_ddl_target(platform->ddl_target != NULL ? platform->ddl_target : platform->name);

	if (target == NULL)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("tables of %s cannot be made or altered from here",
							   platform->title)));
	return target;
}

static GwSchema *
migrate_read(Jsonb *doc)
{
	GwSchema *schema;
	GwError err;

	gw_error_clear(&err);
	if (gw_schema_read(doc, &schema, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	return schema;
}

/* A document without one member, and that member's text. */
static Jsonb *
migrate_take(Jsonb *doc, const char *member, char **text)
{
	*text = NULL;
	if (doc == NULL || !gw_json_is_object(gw_json_root(doc)))
		return doc;
	*text = gw_json_get_text(gw_json_root(doc), member);
	return DatumGetJsonbP(
		DirectFunctionCall2(jsonb_delete, JsonbPGetDatum(doc), CStringGetTextDatum(member)));
}

/* ---------- planning ---------- */

static void
migrate_request(GwAlterRequest *request, const GwDdlTarget *target, Jsonb *options,
				const GwSchema *old, const GwSchema *wanted)
{
	GwError err;

	gw_error_clear(&err);
	memset(request, 0, sizeof(*request));
	request->target = target;
	request->old = old;
	request->wanted = wanted;
	if (gw_alter_options_read(options, request, &err) != GW_OK)
		gw_error_report(&err, ERROR);
}

static List *
migrate_steps_of(const GwAlterRequest *request)
{
	List *steps;
	GwError err;

	gw_error_clear(&err);
	if (gw_alter_plan(request, &steps, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	return steps;
}

/* What cannot be migrated: no rights, not a table. */
static void
migrate_check_current(const GwMigration *migration, const GwSchema *current)
{
	if (current->ncolumns == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" on server \"%s\" shows no columns", migration->table_name,
						migration->server),
				 errdetail("Planning from that would add every column and drop none that exists."),
				 errhint("Look at the rights of the remote user.")));
	if (current->kind != NULL && strcmp(current->kind, "table") != 0 &&
		strcmp(current->kind, "transient") != 0 && strcmp(current->kind, "temporary") != 0)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("\"%s\" on server \"%s\" is not a table but of kind %s",
							   migration->table_name, migration->server, current->kind)));
}

static void
migrate_describe(const GwMigration *migration, GwMigrationPlan *plan)
{
	GwSchema *current = palloc(sizeof(GwSchema));

	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	*current = *gw_session_describe(plan->session, migration->schema_name,
									migration->table_name, false, false);
	PopActiveSnapshot();
	migrate_check_current(migration, current);
	current->platform = gw_session_platform(plan->session)->name;
	current->connection = gw_session_server_name(plan->session);
	plan->current = current;
	plan->base_fingerprint = gw_schema_fingerprint(current);
}

static void
migrate_open(const GwMigration *migration, GwMigrationPlan *plan, bool lock)
{
	Oid serverid = gw_server_lookup(migration->server);
	const GwPlatform *platform = gw_server_platform(serverid);
	const GwDdlTarget *target = gw_migrate_target(platform);
	const GwAlterTarget *alter = gw_alter_target(target);
	char *stale;
	Jsonb *options = migrate_take(migration->options, "base_fingerprint", &stale);
	int flags = lock ? GW_SESSION_WRITE : GW_SESSION_READ;

	if (lock && alter != NULL && !alter->transactional)
	{
		if (IsTransactionBlock() || IsSubTransaction())
			ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
							errmsg("a migration on %s cannot run inside a transaction block",
								   platform->title),
							errdetail("Its steps could not be undone with the transaction.")));
		flags |= GW_SESSION_AUTOCOMMIT;
	}
	plan->wanted = migrate_read(migration->wanted);
	gw_type_defaults_apply(plan->wanted, plan->wanted->platform);
	plan->wanted_fingerprint = gw_schema_fingerprint(plan->wanted);
	plan->session = gw_session_open(serverid, GetUserId(), flags);
	migrate_request(&plan->request, target, options, NULL, plan->wanted);
	plan->request.schema_name = migration->schema_name != NULL
									? migration->schema_name
									: gw_session_default_schema(plan->session);
	plan->request.table_name = migration->table_name;
	if (lock)
		migrate_lock(plan);
	migrate_describe(migration, plan);
	plan->request.old = plan->current;
	if (stale != NULL && strcmp(stale, plan->base_fingerprint) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the plan for table \"%s\" is stale", migration->table_name),
				 errdetail("It was made for %s, the table is %s now.", stale,
						   plan->base_fingerprint),
				 errhint("Look at the plan again: gw.plan_migration().")));
}

void
gw_migrate_plan(const GwMigration *migration, GwMigrationPlan *plan)
{
	memset(plan, 0, sizeof(*plan));
	migrate_open(migration, plan, false);
	plan->steps = migrate_steps_of(&plan->request);
}

List *
gw_migrate_offline(const char *platform, Jsonb *old, Jsonb *wanted, Jsonb *options)
{
	const GwDdlTarget *target = gw_ddl_target(platform);
	GwAlterRequest request;
	GwSchema *from = migrate_read(old), *to = migrate_read(wanted);

	if (target == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("unknown platform \"%s\"", platform)));
	gw_type_defaults_apply(from, from->platform);
	gw_type_defaults_apply(to, to->platform);
	migrate_request(&request, target, options, from, to);
	request.database_name = from->database;
	request.schema_name = from->schema != NULL ? from->schema : to->schema;
	request.table_name = from->table != NULL ? from->table : to->table;
	if (request.table_name == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("no table is named"),
						errhint("Give one of the schemas a source.table.")));
	return migrate_steps_of(&request);
}

/* ---------- applying ---------- */

static void
migrate_execute(GwSession *session, const char *sql)
{
	GwStatement stmt = {.sql = sql, .user_sql = true};

	(void) gw_session_execute(session, &stmt);
}

/* Nobody changes the table between the plan and its end. */
static void
migrate_lock(const GwMigrationPlan *plan)
{
	const GwAlterTarget *alter = gw_alter_target(plan->request.target);
	GwAlterFill fill = {NIL, NIL};
	GwDdlOptions options;
	GwDdlWriter writer;
	GwSqlBuf table;
	GwError err;

	if (alter == NULL || alter->lock_table == NULL)
		return;
	gw_error_clear(&err);
	if (gw_ddl_options_read(NULL, &options, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	gw_ddl_begin(&writer, plan->request.target, &options, plan->wanted);
	gw_sqlbuf_init(&table);
	gw_ddl_qualified(&writer, &table, NULL, plan->request.schema_name, plan->request.table_name);
	gw_alter_word(&fill, "table", table.text.data);
	migrate_execute(plan->session, gw_alter_fill(&fill, alter->lock_table));
}

List *
gw_migrate_apply(const GwMigration *migration)
{
	GwMigrationPlan plan;
	List *lines;

	if (migration->dry_run)
	{
		gw_migrate_plan(migration, &plan);
		return lappend(gw_migrate_report(migration, &plan), "Nothing was changed.");
	}
	memset(&plan, 0, sizeof(plan));
	migrate_open(migration, &plan, true);
	plan.steps = migrate_steps_of(&plan.request);
	lines = gw_migrate_report(migration, &plan);
	if (plan.steps == NIL)
		return lines;
	migrate_refuse(migration, &plan);
	migrate_run(migration, &plan);
	migrate_prove(migration, &plan);
	return lappend(lines, "Done.");
}

static bool
migrate_is_allowed(const GwMigration *migration, const char *word, size_t len)
{
	ListCell *lc;

	foreach(lc, migration->allow)
	{
		const char *allowed = lfirst(lc);

		if (strlen(allowed) == len && strncmp(allowed, word, len) == 0)
			return true;
	}
	return false;
}

/* All of the blank-separated words a step needs, or the first that is missing. */
static const char *
migrate_not_allowed(const GwMigration *migration, const GwAlterStep *step)
{
	const char *at = step->allow;

	while (at != NULL && *at != '\0')
	{
		size_t len = strcspn(at, " ");

		if (!migrate_is_allowed(migration, at, len))
			return pnstrdup(at, len);
		at += len;
		at += strspn(at, " ");
	}
	return NULL;
}

static char *
migrate_step_name(const GwAlterStep *step)
{
	return step->path == NIL ? pstrdup(gw_alter_op_name(step->op))
							 : psprintf("%s of %s", gw_alter_op_name(step->op),
										(char *) linitial(step->path));
}

static void
migrate_refuse(const GwMigration *migration, const GwMigrationPlan *plan)
{
	ListCell *lc;

	foreach(lc, plan->steps)
	{
		const GwAlterStep *step = lfirst(lc);
		const char *missing = migrate_not_allowed(migration, step);

		if (step->method == GW_ALTER_IMPOSSIBLE || step->method == GW_ALTER_API)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("table \"%s\": %s cannot be done by SQL there",
							migration->table_name, migrate_step_name(step)),
					 step->note != NULL ? errdetail("%s.", step->note) : 0,
					 errhint("gw.plan_migration() shows every step.")));
		if (missing != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("table \"%s\": %s is not allowed", migration->table_name,
							migrate_step_name(step)),
					 errdetail(step->destructive ? "Values would be lost for good."
												 : "Readers would see other values."),
					 errhint("Allow it by name: allow => '{%s}'.", missing)));
	}
}

/* The first cell of a query's first row as a number; -1: there is none. */
static int64
migrate_count(GwSession *session, const char *sql)
{
	GwStatement stmt = {.sql = sql, .user_sql = true};
	const char *count = gw_stream_value(session, &stmt);

	return count != NULL ? pg_strtoint64(count) : -1;
}

/* Does the step make other values of a column's values? */
static bool
migrate_changes_type(const GwAlterStep *step)
{
	return step->op >= GW_OP_widen_integer && step->op <= GW_OP_append_label;
}

static void
migrate_check_rows(const GwMigration *migration, const GwMigrationPlan *plan,
				   const GwAlterStep *step)
{
	const char *column = step->path == NIL ? "" : (char *) linitial(step->path);
	char *word = psprintf("change_type:%s", column);
	ListCell *lc;

	foreach(lc, step->preflight)
	{
		int64 count;

		if (migrate_changes_type(step) && migrate_is_allowed(migration, word, strlen(word)))
			continue;
		count = migrate_count(plan->session, lfirst(lc));
		if (count != 0)
			ereport(ERROR,
					(errcode(ERRCODE_CHECK_VIOLATION),
					 errmsg_plural("table \"%s\": %lld row stands against %s",
								   "table \"%s\": %lld rows stand against %s",
								   (unsigned long) count, migration->table_name,
								   (long long) count, migrate_step_name(step)),
					 errdetail("Counted by: %s", (char *) lfirst(lc)),
					 step->op == GW_OP_set_not_null
						 ? errhint("Fill the column first, or leave it nullable.")
						 : errhint("Mend those rows first%s.",
								   migrate_changes_type(step)
									   ? psprintf(", or take what becomes of them: "
												  "allow => '{%s}'",
												  word)
									   : "")));
	}
}

static void
migrate_run(const GwMigration *migration, const GwMigrationPlan *plan)
{
	ListCell *lc, *statement;

	foreach(lc, plan->steps)
	{
		const GwAlterStep *step = lfirst(lc);

		migrate_check_rows(migration, plan, step);
		foreach(statement, step->sql)
			migrate_execute(plan->session, lfirst(statement));
	}
}

/* A note without a statement is no step that is left to take. */
static bool
migrate_is_done(const List *steps)
{
	ListCell *lc;

	foreach(lc, steps)
	{
		if (((GwAlterStep *) lfirst(lc))->method != GW_ALTER_NONE)
			return false;
	}
	return true;
}

/* Describe again: nothing may be left; then write down what was done. */
static void
migrate_prove(const GwMigration *migration, GwMigrationPlan *plan)
{
	GwAlterRequest again = plan->request;
	char *source = gw_drift_source(plan->request.schema_name, plan->request.table_name);
	const char *args[] = {gw_state_caller(),
						  migration->server,
						  source,
						  plan->base_fingerprint,
						  plan->wanted_fingerprint,
						  NULL};
	Jsonb *steps = gw_migrate_steps(plan->steps);
	List *left;
	char *row[1];

	args[5] = JsonbToCString(NULL, &steps->root, VARSIZE(steps));
	migrate_describe(migration, plan);
	again.old = plan->current;
	/* Renames are done; a circle told once more would turn on. */
	again.diff.renames = NULL;
	again.diff.accept_renames = false;
	/* The catalog has written new checks in its own way: their names count. */
	plan->wanted->captured_at = NULL;
	left = migrate_steps_of(&again);
	if (!migrate_is_done(left))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("table \"%s\" is not what was wanted after its migration",
						migration->table_name),
				 errdetail("Still to be done: %s.", migrate_step_name(linitial(left)))));
	(void) gw_state_query(sql_migration_insert, 6, args, 1, row);
	if (gw_drift_baseline(migration->server, source) != NULL)
		(void) gw_drift_accept(migration->server, source, plan->current,
							   psprintf("migration %s", row[0]));
}

/* ---------- creating ---------- */

static void
migrate_tell(const GwDdlNotice *notice)
{
	ereport(NOTICE,
			(errmsg("%s%s%s", notice->column ? notice->column : "", notice->column ? ": " : "",
					notice->message),
			 notice->check_sql != NULL ? errhint("Count what does not fit: %s", notice->check_sql)
									   : 0));
}

List *
gw_migrate_create(const char *server, Jsonb *schema, const char *table_name,
				  const char *schema_name, bool if_not_exists, Jsonb *options)
{
	Oid serverid = gw_server_lookup(server);
	const GwPlatform *platform = gw_server_platform(serverid);
	const GwDdlTarget *target = gw_migrate_target(platform);
	const GwAlterTarget *alter = gw_alter_target(target);
	GwSchema *wanted = migrate_read(schema);
	GwSession *session;
	GwDdlOptions ddl;
	GwDdlWriter writer;
	List *statements;
	ListCell *lc;
	GwError err;
	int flags = GW_SESSION_WRITE;

	gw_error_clear(&err);
	if (gw_ddl_options_read(options, &ddl, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	if (alter != NULL && !alter->transactional && !IsTransactionBlock())
		flags |= GW_SESSION_AUTOCOMMIT;
	session = gw_session_open(serverid, GetUserId(), flags);
	ddl.if_not_exists = if_not_exists;
	ddl.table_name = table_name != NULL ? table_name : wanted->table;
	ddl.schema_name = schema_name != NULL ? schema_name : gw_session_default_schema(session);
	wanted->database = NULL;
	if (if_not_exists && ddl.table_name != NULL &&
		gw_session_describe(session, ddl.schema_name, ddl.table_name, true, false) != NULL)
	{
		ereport(NOTICE, (errcode(ERRCODE_DUPLICATE_TABLE),
						 errmsg("table \"%s\" exists on server \"%s\" already, nothing was done",
								ddl.table_name, server)));
		return NIL;
	}
	gw_ddl_begin(&writer, target, &ddl, wanted);
	if (gw_ddl_create(&writer, &statements, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	foreach(lc, writer.notices)
		migrate_tell(lfirst(lc));
	foreach(lc, statements)
		migrate_execute(session, lfirst(lc));
	return statements;
}
