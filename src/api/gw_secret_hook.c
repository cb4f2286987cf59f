/*
 * gw_secret_hook.c
 *	  Keeps passwords typed into user mappings out of statement texts.
 *
 * CREATE and ALTER USER MAPPING on our servers go on under another text, which
 * names the mapping and no option.  That text is what pg_stat_statements,
 * auditing modules that come after us, pg_stat_activity and the STATEMENT line
 * of a logged error get to see.  In what else is logged until the client's
 * statement ends (the duration line, the context lines of a function around
 * it) the values are masked.  Not covered: whatever was written before the
 * statement ran (log_statement, a syntax error), and the text of a DO block
 * around it, which others store as it is.
 *
 * The literals are not looked for in the text: E'', U&'' and $$ make that a
 * parser's work, so the whole text is replaced.
 */
#include "postgres.h"

#include "access/xact.h"
#include "api/gw_secret_hook.h"
#include "base/gw_secret.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "nodes/parsenodes.h"
#include "pgstat.h"
#include "platform/gw_platform.h"
#include "session/gw_session.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/builtins.h"

static ProcessUtility_hook_type hook_next = NULL;
static emit_log_hook_type hook_log_next = NULL;

/* When the client's statement began that last set a mapping. */
static TimestampTz hook_statement = 0;

/* Outlives any error: the log is written after our memory is gone. */
static const char *const hook_withheld = "USER MAPPING statement (text withheld)";

static const char *const hook_withheld_call = "connections are loaded (text withheld)";

/*
 * Is the server ours, or unknown?  A mistyped name fails, but the password
 * beside it is no less a password.
 */
static bool
hook_is_ours(const char *servername)
{
	ForeignServer *server = GetForeignServerByName(servername, true);

	return server == NULL || gw_platform_of_wrapper(server->fdwid) != NULL;
}

static const char *
hook_role_name(const RoleSpec *role)
{
	switch (role->roletype)
	{
		case ROLESPEC_CSTRING:
			return quote_identifier(role->rolename);
		case ROLESPEC_PUBLIC:
			return "public";
		case ROLESPEC_SESSION_USER:
			return "session_user";
		default:
			return "current_user";
	}
}

/*
 * Know the secrets before anything can be logged.  An option we do not know
 * may be one, mistyped.
 */
static void
hook_register(const char *servername, List *options)
{
	ForeignServer *server = GetForeignServerByName(servername, true);
	const GwPlatform *platform = server ? gw_platform_of_wrapper(server->fdwid) : NULL;
	ListCell *lc;

	foreach(lc, options)
	{
		DefElem *def = lfirst_node(DefElem, lc);
		const GwOption *option =
			platform ? gw_option_find(platform->options, def->defname) : NULL;

		if (def->arg != NULL && (option == NULL || (option->flags & GW_OPTF_SECRET) != 0))
			gw_secret_register(defGetString(def));
	}
}

/* The text to go on with, or NULL when the statement is none of our business. */
static char *
hook_text(Node *statement)
{
	const char *verb, *servername;
	RoleSpec *role;
	List *options;

	if (IsA(statement, CreateUserMappingStmt))
	{
		verb = "CREATE";
		role = ((CreateUserMappingStmt *) statement)->user;
		servername = ((CreateUserMappingStmt *) statement)->servername;
		options = ((CreateUserMappingStmt *) statement)->options;
	}
	else if (IsA(statement, AlterUserMappingStmt))
	{
		verb = "ALTER";
		role = ((AlterUserMappingStmt *) statement)->user;
		servername = ((AlterUserMappingStmt *) statement)->servername;
		options = ((AlterUserMappingStmt *) statement)->options;
	}
	else
		return NULL;
	if (!hook_is_ours(servername))
		return NULL;
	hook_register(servername, options);
	return psprintf("%s USER MAPPING FOR %s SERVER %s /* options withheld */", verb,
					hook_role_name(role), quote_identifier(servername));
}

static void
hook_utility(PlannedStmt *pstmt, const char *query, bool read_only_tree,
			 ProcessUtilityContext context, ParamListInfo params, QueryEnvironment *environment,
			 DestReceiver *dest, QueryCompletion *completion)
{
	char *text = hook_text(pstmt->utilityStmt);

	if (text != NULL)
	{
		PlannedStmt *other = makeNode(PlannedStmt);

		*other = *pstmt;
		other->stmt_location = 0;
		other->stmt_len = 0;
		/* The identifier is a hash of the text that held the password. */
		if (other->queryId != 0)
			other->queryId = 1 + IsA(pstmt->utilityStmt, AlterUserMappingStmt);
		pstmt = other;
		query = text;
		debug_query_string = hook_withheld;
		hook_statement = GetCurrentStatementStartTimestamp();
		pgstat_report_activity(STATE_RUNNING, text);
	}
	if (hook_next != NULL)
		hook_next(pstmt, query, read_only_tree, context, params, environment, dest, completion);
	else
		standard_ProcessUtility(pstmt, query, read_only_tree, context, params, environment,
								dest, completion);
}

/* Called for what goes to the server's log; what it changes, the client gets too. */
static void
hook_log(ErrorData *edata)
{
	if (hook_statement != 0 && hook_statement == GetCurrentStatementStartTimestamp())
	{
		char *texts[] = {edata->message, edata->detail, edata->detail_log, edata->hint,
						 edata->context, edata->internalquery};

		for (int i = 0; i < lengthof(texts); i++)
		{
			if (texts[i] != NULL)
				gw_secret_redact(texts[i]);
		}
	}
	/* Wherever it was noticed: what cleans up next has little time. */
	if (edata->elevel == ERROR && edata->sqlerrcode == ERRCODE_QUERY_CANCELED)
		gw_session_note_interrupt();
	if (hook_log_next != NULL)
		hook_log_next(edata);
}

void
gw_secret_hook_watch(void)
{
	debug_query_string = hook_withheld_call;
	hook_statement = GetCurrentStatementStartTimestamp();
	pgstat_report_activity(STATE_RUNNING, hook_withheld_call);
}

void
gw_secret_hook_install(void)
{
	hook_log_next = emit_log_hook;
	emit_log_hook = hook_log;
	hook_next = ProcessUtility_hook;
	ProcessUtility_hook = hook_utility;
}
