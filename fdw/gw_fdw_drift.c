/*
 * gw_fdw_drift.c
 *	  Is the remote table still what the foreign table says (on_drift)?
 *
 * Asked when a scan begins, and only where the option is given: the columns of
 * the description are compared with the declared ones.  Keeps nothing.
 */
#include "postgres.h"

#include "access/table.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "fdw/gw_fdw.h"

/* The option's text: the table's own, else the server's, else NULL. */
static const char *
drift_option(const ForeignTable *table, const ForeignServer *server)
{
	const List *const lists[] = {table->options, server->options};

	for (int i = 0; i < lengthof(lists); i++)
	{
		ListCell *lc;

		foreach(lc, lists[i])
		{
			DefElem *option = lfirst_node(DefElem, lc);

			if (strcmp(option->defname, "on_drift") == 0)
				return defGetString(option);
		}
	}
	return NULL;
}

/* What is wrong with one declared column and how to mend it; NULL: nothing. */
static char *
drift_column(Relation rel, Form_pg_attribute att, const GwSchema *remote, char **mend)
{
	const char *name = gw_remote_column(RelationGetRelid(rel), att->attnum);
	const GwColumn *column = gw_schema_column(remote, name);
	char *table = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
											 RelationGetRelationName(rel));
	char *local = format_type_with_typemod(att->atttypid, att->atttypmod);
	char *type;
	Oid typeid;
	int32 typmod;

	if (column == NULL)
	{
		*mend = psprintf("ALTER FOREIGN TABLE %s DROP COLUMN %s", table,
						 quote_identifier(NameStr(att->attname)));
		return psprintf("Column \"%s\" (%s) is gone there.", name, local);
	}
	type = gw_schema_local_type(column, NULL);
	gw_schema_local_type_id(type, &typeid, &typmod, true);
	if (typeid == att->atttypid && (att->atttypmod < 0 || typmod == att->atttypmod))
		return NULL;
	*mend = psprintf("ALTER FOREIGN TABLE %s ALTER COLUMN %s TYPE %s", table,
					 quote_identifier(NameStr(att->attname)), gw_schema_local_type_sql(type));
	return psprintf("Column \"%s\" is declared %s, there it is %s (%s).", name, local,
					column->native_type != NULL ? column->native_type : "(unknown)", type);
}

void
gw_check_drift(Oid relid, Oid userid)
{
	ForeignTable *table = GetForeignTable(relid);
	ForeignServer *server = GetForeignServer(table->serverid);
	const char *policy = drift_option(table, server);
	const GwSchema *remote;
	GwRemoteName name;
	Relation rel;

	if (policy == NULL)
		return;
	name = gw_remote_name(relid, userid, gw_server_options(table->serverid, userid, relid));
	if (name.query != NULL)
		return;
	remote = gw_session_describe(gw_session_open(table->serverid, userid, GW_SESSION_PROBE),
								 name.schema, name.table, true, true);
	if (remote == NULL)
		return; /* the scan says so */
	rel = table_open(relid, NoLock);
	for (int i = 0; i < RelationGetNumberOfAttributes(rel); i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), i);
		char *mend = NULL;
		char *wrong = att->attisdropped ? NULL : drift_column(rel, att, remote, &mend);

		if (wrong != NULL)
			ereport(strcmp(policy, "strict") == 0 ? ERROR : WARNING,
					(errcode(ERRCODE_FDW_INCONSISTENT_DESCRIPTOR_INFORMATION),
					 errmsg("foreign table \"%s\" does not fit its table on server \"%s\" any more "
							"(on_drift %s)",
							RelationGetRelationName(rel), server->servername, policy),
					 errdetail("%s", wrong), errhint("Accept it with %s.", mend)));
	}
	table_close(rel, NoLock);
}
