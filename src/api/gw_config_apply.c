/*
 * gw_config_apply.c
 *	  Makes servers and user mappings what a configuration says.
 *
 * Runs CREATE and ALTER through ProcessUtility, as parsed statements: rights,
 * validators, event triggers and the hook that withholds passwords see them as
 * if they had been typed.  Removes nothing.  Keeps nothing past the call.
 */
#include "postgres.h"

#include "access/reloptions.h"
#include "access/htup_details.h"
#include "access/xact.h"
#include "api/config.sql.h"
#include "api/gw_config.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "commands/comment.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "pipeline/gw_state.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

/* Run one statement; text is what others get to see of it. */
static void
apply_statement(Node *statement, const char *text)
{
	PlannedStmt *planned = makeNode(PlannedStmt);

	planned->commandType = CMD_UTILITY;
	planned->canSetTag = false;
	planned->utilityStmt = statement;
	ProcessUtility(planned, text, false, PROCESS_UTILITY_QUERY, NULL, NULL, None_Receiver, NULL);
	CommandCounterIncrement();
}

/* Says in which connection a statement failed. */
static void
apply_context(void *arg)
{
	const GwConfigConnection *connection = arg;

	errcontext("connection \"%s\", line %d of the configuration", connection->name,
			   connection->line);
}

static DefElem *
apply_option(const char *name, const char *value, DefElemAction action)
{
	return makeDefElemExtended(NULL, pstrdup(name), (Node *) makeString(pstrdup(value)), action,
							   -1);
}

/* Every option anew. */
static List *
apply_options(const List *wanted)
{
	List *options = NIL;
	ListCell *lc;

	foreach(lc, wanted)
	{
		GwConfigOption *option = lfirst(lc);

		options = lappend(options,
						  apply_option(option->option->name, option->value, DEFELEM_UNSPEC));
	}
	return options;
}

/*
 * What leads from the options there are to those wanted: ADD and SET.  Those
 * nobody wants any more stay; their names (never their values) are told.
 */
static List *
apply_changes(const GwConfigConnection *connection, List *have, const List *wanted,
			  const char *place)
{
	List *changes = NIL;
	ListCell *lc, *wc;

	foreach(lc, have)
	{
		DefElem *def = lfirst_node(DefElem, lc);
		const GwOption *option = gw_option_find(connection->platform->options, def->defname);
		GwConfigOption *want = NULL;

		foreach(wc, wanted)
		{
			if (((GwConfigOption *) lfirst(wc))->option == option)
				want = lfirst(wc);
		}
		if (want == NULL)
			ereport(NOTICE,
					(errmsg("the %s of \"%s\" keeps option \"%s\", which the configuration does "
							"not give",
							place, connection->name, def->defname)));
		else if (strcmp(defGetString(def), want->value) != 0)
			changes = lappend(changes, apply_option(def->defname, want->value, DEFELEM_SET));
	}
	foreach(wc, wanted)
	{
		GwConfigOption *want = lfirst(wc);
		bool found = false;

		foreach(lc, have)
		{
			DefElem *def = lfirst_node(DefElem, lc);

			found = found ||
					gw_option_find(connection->platform->options, def->defname) == want->option;
		}
		if (!found)
			changes = lappend(changes, apply_option(want->option->name, want->value, DEFELEM_ADD));
	}
	return changes;
}

static const char *
apply_server(const GwConfigConnection *connection, ForeignServer *server)
{
	char *name = pstrdup(connection->name);
	AlterForeignServerStmt *alter;

	if (server == NULL)
	{
		CreateForeignServerStmt *create = makeNode(CreateForeignServerStmt);

		create->servername = name;
		create->fdwname = psprintf("gw_%s", connection->platform->name);
		create->options = apply_options(connection->server);
		apply_statement((Node *) create,
						psprintf("CREATE SERVER %s FOREIGN DATA WRAPPER %s", quote_identifier(name),
								 create->fdwname));
		return "created";
	}
	if (gw_platform_of_wrapper(server->fdwid) != connection->platform)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("line %d: server \"%s\" exists and is not of platform %s",
						connection->line, name, connection->platform->name),
				 errhint("Rename the connection, or drop the server.")));
	alter = makeNode(AlterForeignServerStmt);
	alter->servername = name;
	alter->options = apply_changes(connection, server->options, connection->server, "server");
	if (alter->options == NIL)
		return "unchanged";
	apply_statement((Node *) alter, psprintf("ALTER SERVER %s", quote_identifier(name)));
	return "altered";
}

/* The caller's own mapping, not the public one; false: there is none. */
static bool
apply_mapping_options(Oid serverid, List **options)
{
	HeapTuple tuple = SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(GetUserId()),
									  ObjectIdGetDatum(serverid));
	Datum datum;
	bool isnull;

	*options = NIL;
	if (!HeapTupleIsValid(tuple))
		return false;
	datum = SysCacheGetAttr(USERMAPPINGUSERSERVER, tuple, Anum_pg_user_mapping_umoptions, &isnull);
	if (!isnull)
		*options = untransformRelOptions(datum);
	ReleaseSysCache(tuple);
	return true;
}

static const char *
apply_mapping(const GwConfigConnection *connection)
{
	char *name = pstrdup(connection->name);
	RoleSpec *role = makeNode(RoleSpec);
	AlterUserMappingStmt *alter;
	List *have;

	role->roletype = ROLESPEC_CURRENT_USER;
	role->location = -1;
	if (!apply_mapping_options(get_foreign_server_oid(name, false), &have))
	{
		CreateUserMappingStmt *create = makeNode(CreateUserMappingStmt);

		if (connection->mapping == NIL)
			return "none";
		create->user = role;
		create->servername = name;
		create->options = apply_options(connection->mapping);
		apply_statement((Node *) create, "CREATE USER MAPPING");
		return "created";
	}
	alter = makeNode(AlterUserMappingStmt);
	alter->user = role;
	alter->servername = name;
	alter->options = apply_changes(connection, have, connection->mapping, "user mapping");
	if (alter->options == NIL)
		return "unchanged";
	apply_statement((Node *) alter, "ALTER USER MAPPING");
	return "altered";
}

/* The description is the server's comment; false: it was that already. */
static bool
apply_comment(const GwConfigConnection *connection)
{
	Oid serverid = get_foreign_server_oid(connection->name, false);
	char *have = GetComment(serverid, ForeignServerRelationId, 0);
	CommentStmt *comment;

	if (connection->description == NULL ||
		(have != NULL && strcmp(have, connection->description) == 0))
		return false;
	comment = makeNode(CommentStmt);
	comment->objtype = OBJECT_FOREIGN_SERVER;
	comment->object = (Node *) makeString(pstrdup(connection->name));
	comment->comment = pstrdup(connection->description);
	apply_statement((Node *) comment,
					psprintf("COMMENT ON SERVER %s", quote_identifier(connection->name)));
	return true;
}

GwConfigResult
gw_config_apply(const GwConfigConnection *connection)
{
	GwConfigResult result = {"skipped", "none"};
	ErrorContextCallback callback;

	if (connection->platform == NULL)
	{
		ereport(NOTICE,
				(errmsg("line %d: connection \"%s\" is skipped: this build has no platform \"%s\"",
						connection->line, connection->name, connection->type)));
		return result;
	}
	callback.callback = apply_context;
	callback.arg = (void *) connection;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	result.server_action =
		apply_server(connection, GetForeignServerByName(connection->name, true));
	result.mapping_action = apply_mapping(connection);
	if (apply_comment(connection) && strcmp(result.server_action, "unchanged") == 0)
		result.server_action = "altered";
	error_context_stack = callback.previous;
	return result;
}

const char *
gw_config_default(void)
{
	const char *args[] = {gw_state_caller()};
	char *server;

	return gw_state_query(sql_config_default, 1, args, 1, &server) ? server : NULL;
}

void
gw_config_set_default(const char *server)
{
	const char *args[] = {gw_state_caller(), server};

	(void) gw_state_query(sql_config_set_default, 2, args, 0, NULL);
}
