/*
 * gw_session.c
 *	  The door: find a server, open its session, run statements.
 *
 * Does not know platforms or transports beyond their contracts.  From here
 * upwards failures are raised; everything that waits resumes after
 * interrupts, and the abort callbacks of gw_xact.c stop what was running.
 */
#include "postgres.h"

#include "base/gw_thread.h"
#include "access/xact.h"
#include "base/gw_compat.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "foreign/foreign.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "session/gw_session_private.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Rows per step while rows are only thrown away. */
#define EXECUTE_BATCH_ROWS 1000

static Oid mapping_find(Oid serverid, Oid userid);
static GwStatus session_make_ready(GwSession *session, GwError *err);
static bool session_commits_too_early(const GwSession *session);
static void session_check_write(GwSession *session);
static void error_missing_mapping(const GwPlatform *platform, ForeignServer *server, Oid userid,
								  GwError *err);

/* Set while CHECK_FOR_INTERRUPTS() runs on behalf of a wait of ours. */
static bool session_interrupted = false;

GwSession *
gw_session_open(Oid serverid, Oid userid, int flags)
{
	GwError err;
	GwSession *session = gw_session_try_open(serverid, userid, flags, &err);

	if (session == NULL)
		gw_error_report(&err, ERROR);
	return session;
}

GwSession *
gw_session_open_name(const char *server, int flags)
{
	return gw_session_open(gw_server_lookup(server), GetUserId(), flags);
}

GwSession *
gw_session_try_open(Oid serverid, Oid userid, int flags, GwError *err)
{
	bool autocommit = (flags & GW_SESSION_AUTOCOMMIT) != 0;
	const GwPlatform *platform = gw_server_platform(serverid);
	Oid umid = mapping_find(serverid, userid);
	GwSession *session;

	gw_thread_reap();
	if (!OidIsValid(umid) && (platform->caps & GW_CAP_NEEDS_MAPPING) != 0)
	{
		error_missing_mapping(platform, GetForeignServer(serverid), userid, err);
		return NULL;
	}
	gw_xact_register();
	session = gw_conncache_find(serverid, umid, userid, autocommit);
	/* Half made ones are left by errors that somebody caught. */
	if (session != NULL && !session->used && (session->invalid || !session->ready))
	{
		gw_conncache_close(session);
		session = NULL;
	}
	if (session == NULL)
	{
		session = gw_conncache_add(serverid, umid, userid, autocommit);
		if (session_make_ready(session, err) != GW_OK)
		{
			gw_session_refine(session, err);
			gw_conncache_close(session);
			return NULL;
		}
	}
	else if (session->xact_depth == 0 &&
			 (!session->ready || gw_link_state(session->link) == GW_LINK_BROKEN))
	{
		/* Nothing of this transaction was on it; others may hold the pointer. */
		gw_stream_orphan(session, 0);
		if (gw_session_connect(session, err) != GW_OK)
		{
			gw_session_refine(session, err);
			return NULL;
		}
	}
	session->used = true;
	if ((flags & GW_SESSION_WRITE) != 0)
	{
		session_check_write(session);
		gw_session_note_write(session);
	}
	if ((flags & GW_SESSION_PROBE) == 0 && session->busy == NULL &&
		session->copying == NULL && !session->poisoned &&
		gw_xact_follow(session, err) != GW_OK)
	{
		gw_session_refine(session, err);
		return NULL;
	}
	return session;
}

void
gw_session_note_write(GwSession *session)
{
	session->may_write = true;
	session->write_level = Max(session->write_level, GetCurrentTransactionNestLevel());
}

void
gw_session_write_begins(GwSession *session)
{
	session->in_doubt = true;
}

void
gw_session_write_ended(GwSession *session)
{
	session->in_doubt = false;
	session->wrote = true;
}

/* Fill a new session and connect it. */
static GwStatus
session_make_ready(GwSession *session, GwError *err)
{
	ForeignServer *server = GetForeignServer(session->serverid);
	MemoryContext old = MemoryContextSwitchTo(session->cxt);

	session->platform = gw_server_platform(session->serverid);
	session->server_name = pstrdup(server->servername);
	session->user_name = GetUserNameFromId(session->userid, false);
	session->options = gw_server_options(session->serverid, session->userid, InvalidOid);
	MemoryContextSwitchTo(old);
	return gw_session_connect(session, err);
}

/* Would a write be committed there although it might be rolled back here? */
static bool
session_commits_too_early(const GwSession *session)
{
	return gw_session_commits_itself(session) && !session->autocommit &&
		   (IsTransactionBlock() || GetCurrentTransactionNestLevel() > 1) &&
		   !gw_option_bool(session->options, "autocommit_writes");
}

bool
gw_session_commits_itself(const GwSession *session)
{
	return (session->platform->caps & (GW_CAP_TRANSACTIONS | GW_CAP_SHARES_TRANSACTION)) == 0;
}

bool
gw_session_refuses_writes(const GwSession *session)
{
	return gw_option_bool(session->options, "read_only") ||
		   (gw_session_commits_itself(session) && XactReadOnly) ||
		   session_commits_too_early(session);
}

static void
session_check_write(GwSession *session)
{
	if (gw_option_bool(session->options, "read_only"))
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("server \"%s\" is read-only", session->server_name),
				 errhint("ALTER SERVER %s OPTIONS (SET read_only 'off') allows writing.",
						 quote_identifier(session->server_name))));
	if (session_commits_too_early(session))
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("cannot write to server \"%s\" inside a transaction block",
						session->server_name),
				 errdetail("It commits every statement at once, so ROLLBACK could not undo it."),
				 errhint("Write outside of a transaction block, or set the server option "
						 "autocommit_writes to on.")));
	if (XactReadOnly && (session->platform->caps & GW_CAP_SHARES_TRANSACTION) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("cannot write to server \"%s\" in a read-only transaction",
						session->server_name)));
}

Oid
gw_server_lookup(const char *server)
{
	Oid serverid = get_foreign_server_oid(server, true);
	AclResult acl;

	if (!OidIsValid(serverid))
	{
		const char *nearest = gw_server_nearest(server);

		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("server \"%s\" does not exist", server),
						nearest ? errhint("Did you mean \"%s\"?", nearest)
								: errhint("CREATE SERVER makes one.")));
	}
	acl = gw_foreign_server_aclcheck(serverid, GetUserId(), ACL_USAGE);
	if (acl != ACLCHECK_OK)
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("permission denied for foreign server %s", server),
						errhint("GRANT USAGE ON FOREIGN SERVER %s TO %s allows it.",
								quote_identifier(server),
								quote_identifier(GetUserNameFromId(GetUserId(), false)))));
	(void) gw_server_platform(serverid);
	return serverid;
}

const GwPlatform *
gw_server_platform(Oid serverid)
{
	ForeignServer *server = GetForeignServer(serverid);
	const GwPlatform *platform = gw_platform_of_wrapper(server->fdwid);

	if (platform == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" does not belong to a warehouse_gw wrapper",
						server->servername),
				 errhint("Create it with FOREIGN DATA WRAPPER gw_postgres or another of "
						 "gw.platforms().")));
	return platform;
}

GwOptionSet *
gw_server_options(Oid serverid, Oid userid, Oid ftable)
{
	const GwPlatform *platform = gw_server_platform(serverid);
	ForeignServer *server = GetForeignServer(serverid);
	List *mapping = NIL;
	List *table = NIL;
	GwOptionSet *options;

	if (OidIsValid(mapping_find(serverid, userid)))
		mapping = GetUserMapping(userid, serverid)->options;
	if (OidIsValid(ftable))
		table = GetForeignTable(ftable)->options;
	options = gw_options_fold(platform->options, server->options, mapping, table);
	gw_options_set_user(options, userid);
	return options;
}

/* Numbers in the first column of a batch; NULL is -1. */
static int64 *
session_counts(const GwBatch *batch, int64 *counts)
{
	for (int i = 0; i < batch->nrows; i++)
	{
		const char *text = gw_batch_text(batch, i, 0);

		*counts++ = text ? strtoll(text, NULL, 10) : -1;
	}
	return counts;
}

/* counts: NULL, or room for as many rows as the statement promises. */
static GwRunResult
session_execute(GwSession *session, const GwStatement *stmt, int64 *counts)
{
	const GwTransport *transport = session->platform->transport;
	GwStatement own = *stmt;
	MemoryContext cxt;
	GwRunResult result;
	GwRun *run = NULL;
	const GwBatch *batch;
	GwStatus status;
	GwError err;

	if (!OidIsValid(own.run_as))
		own.run_as = session->userid;
	gw_session_claim(session, stmt->user_sql ? SESSION_USER : SESSION_OWN);
	session->statements++;
	if (!own.read_only && !own.no_writes)
		gw_session_write_begins(session);
	cxt = AllocSetContextCreate(CurrentMemoryContext, "gw execute", ALLOCSET_SMALL_SIZES);
	status = transport->start(session->link, cxt, &own, &run, &err);
	while (status == GW_OK)
	{
		status = gw_session_step(session, run, EXECUTE_BATCH_ROWS, &batch, &err);
		if (status == GW_OK && counts != NULL)
			counts = session_counts(batch, counts);
	}
	if (status != GW_DONE)
		gw_session_fail(session, &err, stmt->sql);
	if (session->in_doubt)
		gw_session_write_ended(session);
	result = run->result;
	MemoryContextDelete(cxt);
	gw_describe_forget(session);
	if (stmt->user_sql)
		gw_session_after_user_sql(session);
	return result;
}

GwRunResult
gw_session_execute(GwSession *session, const GwStatement *stmt)
{
	return session_execute(session, stmt, NULL);
}

void
gw_session_execute_all(GwSession *session, const List *statements, int64 *rows)
{
	bool together = list_length(statements) > 1 &&
					(session->platform->caps & GW_CAP_TOGETHER) != 0;
	GwStatement stmt = {.together = together ? list_length(statements) : 0};
	StringInfoData all;
	ListCell *lc;

	initStringInfo(&all);
	foreach(lc, statements)
	{
		if (together)
			appendStringInfo(&all, "%s%s", all.len > 0 ? ";\n" : "", (char *) lfirst(lc));
		else
		{
			stmt.sql = lfirst(lc);
			*rows++ = session_execute(session, &stmt, NULL).rows;
		}
	}
	stmt.sql = all.data;
	if (together)
		(void) session_execute(session, &stmt, rows);
	pfree(all.data);
}

GwStatus
gw_session_command(GwSession *session, const char *sql, GwRunResult *result, GwError *err)
{
	const GwTransport *transport = session->platform->transport;
	GwStatement stmt = {.sql = sql, .script = true};
	MemoryContext cxt;
	GwRun *run = NULL;
	const GwBatch *batch;
	GwStatus status;

	cxt = AllocSetContextCreate(CurrentMemoryContext, "gw command", ALLOCSET_SMALL_SIZES);
	status = transport->start(session->link, cxt, &stmt, &run, err);
	while (status == GW_OK)
		status = gw_session_step(session, run, 0, &batch, err);
	if (status == GW_DONE && result != NULL)
		*result = run->result;
	MemoryContextDelete(cxt);
	return status == GW_DONE ? GW_OK : GW_FAILED;
}

void
gw_session_claim(GwSession *session, SessionUse use)
{
	GwError err;

	if (session->poisoned || session->changing)
		ereport(ERROR,
				(errcode(ERRCODE_IN_FAILED_SQL_TRANSACTION),
				 errmsg("the transaction on server \"%s\" was lost", session->server_name),
				 errdetail("An earlier statement or savepoint could not be undone there."),
				 errhint("End the transaction with ROLLBACK and repeat it.")));
	if (!session->ready)
		ereport(ERROR, (errcode(ERRCODE_CONNECTION_DOES_NOT_EXIST),
						errmsg("the connection to server \"%s\" was lost and could not be made "
							   "again",
							   session->server_name)));
	if (gw_session_free_link(session, &err) != GW_OK ||
		gw_xact_follow(session, &err) != GW_OK ||
		gw_stream_close_stale(session, &err) != GW_OK)
		gw_session_fail(session, &err, NULL);
	if (use == SESSION_ANY)
		return;
	if (session->pins != (use == SESSION_OWN ? PINS_OWN : PINS_USER) ||
		(use == SESSION_USER_ROWS && session->values_doubt))
	{
		session->pins_moved = true;
		if (gw_session_pin(session, use, &err) != GW_OK)
			gw_session_fail(session, &err, NULL);
	}
	session->values_doubt = session->values_doubt || use != SESSION_OWN;
}

GwStatus
gw_session_free_link(GwSession *session, GwError *err)
{
	GwStatus status = GW_OK;

	gw_copy_settle(session);
	gw_stream_settle(session);
	if (gw_link_state(session->link) == GW_LINK_BUSY &&
		!session->platform->transport->concurrent_runs)
	{
		/* Left behind by a stream that closed early. */
		while ((status = gw_link_drain(session->link, gw_deadline_never(), GW_WAIT_NORMAL,
									   err)) == GW_INTERRUPTED)
			gw_session_interrupts();
	}
	return status;
}

/*
 * The user's text may have been COMMIT or ROLLBACK itself.  What it did is
 * done, but nothing may go on as if the transaction still stood.  Nor may the
 * encoding of everything we read be another than we asked for.
 */
void
gw_session_after_user_sql(GwSession *session)
{
	const GwTransport *transport = session->platform->transport;
	const char *encoding =
		transport->parameter ? transport->parameter(session->link, "client_encoding") : NULL;

	gw_describe_forget(session);
	if (encoding != NULL && pg_char_to_encoding(encoding) != GetDatabaseEncoding())
	{
		session->poisoned = true;
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("the statement changed client_encoding on server \"%s\"",
							   session->server_name),
						errhint("Values are always exchanged in the database encoding, %s.",
								GetDatabaseEncodingName())));
	}
	if (session->xact_depth == 0 || gw_link_state(session->link) != GW_LINK_IDLE)
		return;
	session->poisoned = true;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TRANSACTION_TERMINATION),
			 errmsg("the statement ended the transaction on server \"%s\"", session->server_name),
			 errhint("Remote transactions follow the local one: use COMMIT and ROLLBACK here.")));
}

GwStatus
gw_session_step(GwSession *session, GwRun *run, int max_rows, const GwBatch **batch, GwError *err)
{
	const GwTransport *transport = session->platform->transport;
	GwStatus status;

	while ((status = transport->next(run, max_rows, gw_deadline_never(), batch, err)) ==
		   GW_INTERRUPTED)
		gw_session_interrupts();
	if ((status == GW_OK || status == GW_DONE) && session->platform->columns != NULL &&
		*batch != NULL && (*batch)->columns != NULL)
		session->platform->columns((*batch)->columns, (*batch)->ncolumns);
	return status;
}

void
gw_session_interrupts(void)
{
	session_interrupted = true;
	CHECK_FOR_INTERRUPTS();
	session_interrupted = false;
}

void
gw_session_note_interrupt(void)
{
	session_interrupted = true;
}

bool
gw_session_was_interrupted(void)
{
	bool was = session_interrupted;

	session_interrupted = false;
	return was;
}

void
gw_session_refine(GwSession *session, GwError *err)
{
	char named[NAMEDATALEN + 16];

	if (session->platform == NULL)
		return;
	if (session->platform->classify != NULL)
		session->platform->classify(err, session->options);
	/*
	 * What keeps a connection from being made, or breaks it, does not say of which;
	 * only this layer's own messages do.
	 */
	snprintf(named, sizeof(named), "server \"%s\"", session->server_name);
	if ((!session->ready ||
		 ERRCODE_TO_CATEGORY(err->sqlstate) == ERRCODE_CONNECTION_EXCEPTION ||
		 err->cls == GW_ERR_AUTH) &&
		strstr(err->message, named) == NULL)
		gw_error_prefix(err, "%s: ", named);
}

void
gw_session_fail(GwSession *session, GwError *err, const char *sql)
{
	if (sql != NULL)
		gw_error_sql(err, sql);
	gw_session_refine(session, err);
	/* Refused is not done; of an answer that did not come nobody knows. */
	if (err->cls != GW_ERR_TRANSIENT && err->cls != GW_ERR_CANCELLED &&
		err->cls != GW_ERR_INTERNAL)
		session->in_doubt = false;
	gw_error_report(err, ERROR);
	pg_unreachable();
}

/* The mapping of a role, else PUBLIC's, else InvalidOid. */
static Oid
mapping_find(Oid serverid, Oid userid)
{
	Oid umid = GetSysCacheOid2(USERMAPPINGUSERSERVER, Anum_pg_user_mapping_oid,
							   ObjectIdGetDatum(userid), ObjectIdGetDatum(serverid));

	if (!OidIsValid(umid))
		umid = GetSysCacheOid2(USERMAPPINGUSERSERVER, Anum_pg_user_mapping_oid,
							   ObjectIdGetDatum(InvalidOid), ObjectIdGetDatum(serverid));
	return umid;
}

static void
error_missing_mapping(const GwPlatform *platform, ForeignServer *server, Oid userid, GwError *err)
{
	bool password = gw_option_find(platform->options, "password") != NULL;
	const char *role = GetUserNameFromId(userid, true);

	gw_error_set(err, GW_ERR_AUTH, ERRCODE_UNDEFINED_OBJECT,
				 "role \"%s\" has no user mapping for server \"%s\"", role ? role : "?",
				 server->servername);
	gw_error_hint(err, "CREATE USER MAPPING FOR %s SERVER %s OPTIONS (%s '...').",
				  role ? quote_identifier(role) : "...", quote_identifier(server->servername),
				  password ? "user '...', password" : "token");
}

const GwPlatform *
gw_session_platform(const GwSession *session)
{
	return session->platform;
}

const GwDialect *
gw_session_dialect(const GwSession *session)
{
	return session->platform->dialect;
}

const GwOptionSet *
gw_session_options(const GwSession *session)
{
	return session->options;
}

const char *
gw_session_server_name(const GwSession *session)
{
	return session->server_name;
}

int
gw_session_server_version(const GwSession *session)
{
	return session->server_version;
}
