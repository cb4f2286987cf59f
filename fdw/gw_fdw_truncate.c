/*
 * gw_fdw_truncate.c
 *	  TRUNCATE of foreign tables: one remote statement for those of one server.
 */
#include "postgres.h"

#include "fdw/gw_modify.h"
#include "foreign/foreign.h"
#include "miscadmin.h"

/* The core hands over tables of one server, with the caller's rights checked. */
void
gw_exec_truncate(List *rels, DropBehavior behavior, bool restart_identity)
{
	const GwDialect *dialect = NULL;
	GwModifyPlan plan = {0};
	GwStatement stmt = {0};
	ErrorContextCallback callback;
	bool first = true;
	GwSqlBuf names;
	GwSqlBuf sql;
	ListCell *lc;

	gw_sqlbuf_init(&names);
	gw_sqlbuf_init(&sql);
	foreach(lc, rels)
	{
		Relation rel = lfirst(lc);
		Oid relid = RelationGetRelid(rel);
		const GwOptionSet *options =
			gw_server_options(GetForeignTable(relid)->serverid, GetUserId(), relid);

		if (!gw_option_bool(options, "truncatable"))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("foreign table \"%s\" does not allow TRUNCATE",
							RelationGetRelationName(rel)),
					 errhint("Its option truncatable, or its server's, is off.")));
		gw_modify_target(rel, GetUserId(), &plan);
		dialect = gw_server_platform(plan.serverid)->dialect;
		gw_sql_separator(&names, &first, ", ");
		gw_dialect_relation(dialect, &names, plan.schema, plan.table);
	}
	if (first)
		return;
	if (!gw_dialect_truncate(dialect, &sql, gw_sqlbuf_text(&names), behavior == DROP_CASCADE,
							 restart_identity))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("foreign tables of %s cannot be truncated",
							   gw_server_platform(plan.serverid)->title),
						errhint("Use DELETE.")));
	stmt.sql = gw_sqlbuf_text(&sql);
	callback.previous = error_context_stack;
	callback.callback = gw_modify_error_context;
	callback.arg = linitial(rels);
	error_context_stack = &callback;
	(void) gw_session_execute(gw_session_open(plan.serverid, GetUserId(), GW_SESSION_WRITE),
							  &stmt);
	error_context_stack = callback.previous;
}
