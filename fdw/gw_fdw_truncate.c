/*
 * gw_fdw_truncate.c
 *	  TRUNCATE of foreign tables: one remote statement for those of one server,
 *	  or one for each where its dialect names one table at a time.
 */
#include "postgres.h"

#include "fdw/gw_modify.h"
#include "foreign/foreign.h"
#include "miscadmin.h"

/* Where the rows of a foreign table are; refused unless it may be truncated. */
static void
truncate_target(Relation rel, GwModifyPlan *plan)
{
	Oid relid = RelationGetRelid(rel);
	const GwOptionSet *options =
		gw_server_options(GetForeignTable(relid)->serverid, GetUserId(), relid);

	if (!gw_option_bool(options, "truncatable"))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("foreign table \"%s\" does not allow TRUNCATE",
							   RelationGetRelationName(rel)),
						errhint("Its option truncatable, or its server's, is off.")));
	gw_modify_target(rel, GetUserId(), plan);
}

static void
truncate_run(Relation rel, const GwModifyPlan *plan, GwSqlBuf *names, DropBehavior behavior,
			 bool restart_identity)
{
	const GwPlatform *platform = gw_server_platform(plan->serverid);
	bool cascade = behavior == DROP_CASCADE;
	ErrorContextCallback callback = {error_context_stack, gw_modify_error_context, rel};
	GwStatement stmt = {0};
	GwSqlBuf sql;

	gw_sqlbuf_init(&sql);
	if (!gw_dialect_truncate(platform->dialect, &sql, gw_sqlbuf_text(names), cascade,
							 restart_identity))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("foreign tables of %s cannot be truncated%s", platform->title,
						restart_identity ? " with RESTART IDENTITY"
						: cascade		 ? " with CASCADE"
										 : ""),
				 errhint("Use DELETE.")));
	stmt.sql = gw_sqlbuf_text(&sql);
	error_context_stack = &callback;
	(void) gw_session_execute(gw_session_open(plan->serverid, GetUserId(), GW_SESSION_WRITE),
							  &stmt);
	error_context_stack = callback.previous;
}

/* The core hands over tables of one server, with the caller's rights checked. */
void
gw_exec_truncate(List *rels, DropBehavior behavior, bool restart_identity)
{
	GwModifyPlan plan = {0};
	bool first = true;
	bool each = false;
	GwSqlBuf names;
	ListCell *lc;

	/* All are asked before the first one is emptied. */
	gw_sqlbuf_init(&names);
	foreach(lc, rels)
	{
		const GwDialect *dialect;

		truncate_target(lfirst(lc), &plan);
		dialect = gw_server_platform(plan.serverid)->dialect;
		each = (dialect->flags & GW_DIALECT_TRUNCATE_EACH) != 0;
		gw_sql_separator(&names, &first, ", ");
		gw_dialect_relation(dialect, &names, plan.schema, plan.table);
	}
	if (first)
		return;
	if (!each)
	{
		truncate_run(linitial(rels), &plan, &names, behavior, restart_identity);
		return;
	}
	foreach(lc, rels)
	{
		gw_sqlbuf_init(&names);
		truncate_target(lfirst(lc), &plan);
		gw_dialect_relation(gw_server_platform(plan.serverid)->dialect, &names, plan.schema,
							plan.table);
		truncate_run(lfirst(lc), &plan, &names, behavior, restart_identity);
	}
}
