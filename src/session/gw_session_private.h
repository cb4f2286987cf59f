/*
 * gw_session_private.h
 *	  What the files of src/session share.  Nobody else includes it.
 */
#ifndef GW_SESSION_PRIVATE_H
#define GW_SESSION_PRIVATE_H

#include "base/gw_compat.h"
#include "lib/ilist.h"
#include "session/gw_session.h"
#include "utils/resowner.h"

/* Remote cursors whose streams are gone; closed when the link is next used. */
#define SESSION_MAX_STALE 64

/* Statements remembered for columns that are no use in binary. */
#define SESSION_MISFITS 64

typedef struct SessionMisfit
{
	uint32 hash;	/* of the statement; 0: none */
	int ncolumns;	/* 0: all of it is read as text */
	uint64 as_text; /* else these columns are */
} SessionMisfit;

typedef struct SessionCursor
{
	uint32 number;
	int level; /* local nesting level it was declared at */
} SessionCursor;

/* Whose settings the remote session has now. */
typedef enum SessionPins
{
	PINS_UNKNOWN, /* neither can be relied upon */
	PINS_OWN,	  /* ours, read back */
	PINS_USER,	  /* ours, but with the user's own search path, or worse */
} SessionPins;

/* What the link is wanted for, which decides the pins it needs. */
typedef enum SessionUse
{
	SESSION_OWN,	   /* a statement of ours */
	SESSION_USER,	   /* the user's own, for its effect */
	SESSION_USER_ROWS, /* the user's own, whose rows we read */
	SESSION_ANY,	   /* goes on with what was begun */
} SessionUse;

/*
 * One cached connection.  Lives in its own context below CacheMemoryContext,
 * from the first use until it is disconnected, invalidated or broken, and
 * never goes while the current transaction may point to it.
 */
struct GwSession
{
	dlist_node node;
	MemoryContext cxt;

	/* the key */
	Oid serverid;
	Oid umid;	/* the user mapping, or InvalidOid */
	Oid userid; /* the local role it was opened for */
	bool autocommit;
	uint32 server_hash, mapping_hash, role_hash; /* what invalidations name them by */

	const GwPlatform *platform;
	const GwOptionSet *options; /* as they were when it connected */
	char *server_name;
	char *user_name;
	GwLink *link;

	bool ready;		/* connected and pinned */
	bool invalid;	/* server or mapping changed: close after this transaction */
	bool used;		/* somebody opened it in this transaction */
	bool changing;	/* a transaction command is on its way, outcome unknown */
	bool committing; /* ... and it is COMMIT */
	bool committed;	 /* in this local transaction, which has not */
	bool may_write;	 /* somebody was to write in this transaction */
	int write_level; /* ... at most at this local nesting level; 0: nobody */
	bool undoing;	 /* an abort's statement is on its way ... */
	bool undo_sent;	 /* ... or could not be sent */
	bool poisoned;	/* the remote transaction cannot be trusted any more */
	SessionPins pins;
	bool pins_moved; /* in this transaction: a rollback undoes it */
	bool values_doubt; /* the user's SQL may have changed how values are written */
	int xact_depth; /* 0: no remote transaction; n: n - 1 savepoints */

	dlist_head streams;
	GwStream *busy; /* whose statement occupies the link, or NULL */
	dlist_head copies;
	GwCopy *copying; /* whose rows occupy the link, or NULL */
	uint32 cursor_serial;
	SessionCursor stale[SESSION_MAX_STALE];
	int nstale;

	SessionMisfit misfits[SESSION_MISFITS]; /* a ring */
	int nmisfits;

	MemoryContext facts_cxt; /* described tables, as long as the connection */
	List *facts;
	char *default_schema;

	int server_version;
	TimestampTz connected_at;
	int64 round_trip_us; /* of the pins, which are always the first statement */
	int64 statements;
};

/* ---- gw_conncache.c ---- */

/* The cached connection with that key, or NULL; and a new, unconnected one. */
extern GwSession *gw_conncache_find(Oid serverid, Oid umid, Oid userid, bool autocommit);
extern GwSession *gw_conncache_add(Oid serverid, Oid umid, Oid userid, bool autocommit);

/* Close and forget; never throws, never waits. */
extern void gw_conncache_close(GwSession *session);

/* Every session, in no order; visit may close the one it is given. */
extern void gw_conncache_each(void (*visit)(GwSession *session, void *arg), void *arg);

/* ---- gw_session.c ---- */

/* Wait steps that resume after interrupts. */
extern GwStatus gw_session_step(GwSession *session, GwRun *run, int max_rows,
								const GwBatch **batch, GwError *err);
extern void gw_session_interrupts(void);

/* Was it an interrupt inside our own wait that led to this abort?  Clears. */
extern bool gw_session_was_interrupted(void);

/* Run one statement of our own, outside of claims; for transaction commands. */
extern GwStatus gw_session_command(GwSession *session, const char *sql, GwRunResult *result,
								   GwError *err);

/* Something is going to write there. */
extern void gw_session_note_write(GwSession *session);

/* Has it no transactions, so that every statement commits at once? */
extern bool gw_session_commits_itself(const GwSession *session);

/* Must a statement that might write be held to reading? */
extern bool gw_session_refuses_writes(const GwSession *session);

/* Read what still comes, so that the link can take another statement. */
extern GwStatus gw_session_free_link(GwSession *session, GwError *err);

/*
 * Make the link free and the remote transaction as deep as the local one.
 * Raises whatever prevents it.
 */
extern void gw_session_claim(GwSession *session, SessionUse use);

/* Let the platform refine err, name the server, raise it. */
extern GW_NORETURN void gw_session_fail(GwSession *session, GwError *err, const char *sql);
extern void gw_session_refine(GwSession *session, GwError *err);

/* After a statement of the user's: is the transaction still ours? */
extern void gw_session_after_user_sql(GwSession *session);

/* ---- gw_session_connect.c ---- */
extern GwStatus gw_session_connect(GwSession *session, GwError *err);

/* Give the remote session our settings, or those for the user's own SQL. */
extern GwStatus gw_session_pin(GwSession *session, SessionUse use, GwError *err);

/* ---- gw_xact.c ---- */

/* Begin, and add savepoints, as deep as the local transaction is. */
extern GwStatus gw_xact_follow(GwSession *session, GwError *err);

/*
 * One transaction command.  While it is on its way the connection's state is
 * unknown, which `changing` tells the abort callback; a plain error answer is
 * known again only in that the remote transaction is lost.
 */
extern GwStatus gw_xact_command(GwSession *session, const GwSqlBuf *sql, GwRunResult *result,
								GwError *err);

/* Have the callbacks been told?  Call before a session is first used. */
extern void gw_xact_register(void);

/* ---- gw_xact_commit.c ---- */

/* Commit every remote transaction, at the local one's pre-commit. */
extern void gw_xact_commit(void);

/* Milliseconds that statement_timeout still allows, at least 1. */
extern int gw_xact_timeout_left(void);

/* ---- gw_stream.c ---- */

/* Free the link for another statement: read the rest of a busy stream. */
extern void gw_stream_settle(GwSession *session);

/* Has any stream of the session begun to read, and not ended? */
extern bool gw_stream_any_begun(GwSession *session);

/* The level that began the stream whose statement occupies the link; 0: none does. */
extern int gw_stream_busy_level(const GwSession *session);

/* The link goes, or everything from that level on: forget the remote side. */
extern void gw_stream_orphan(GwSession *session, int level);

/* A level was released into its parent. */
extern void gw_stream_sublevel(GwSession *session, int level);

/* Close remote cursors nobody reads any more. */
extern GwStatus gw_stream_close_stale(GwSession *session, GwError *err);

/* ---- gw_copy.c ---- */

/* Free the link for another statement: send what is gathered and end it. */
extern void gw_copy_settle(GwSession *session);

/* As gw_stream_orphan() and gw_stream_sublevel(), for rows on their way out. */
extern void gw_copy_orphan(GwSession *session, int level);
extern void gw_copy_sublevel(GwSession *session, int level);

/* ---- gw_describe.c ---- */
extern void gw_describe_forget(GwSession *session);

/* ---- gw_describe_rows.c ---- */

/* Where reading the rows of a DESCRIBE stands; begin with the stream alone. */
typedef struct GwDescribeRows
{
	GwStream *stream;
	const GwBatch *batch;
	int row;
	bool ahead; /* the row belongs to the next table */
	bool ended;
} GwDescribeRows;

/*
 * The next table's document, valid until the next call (and not NULL unless
 * the remote sent that); false: there are no more.
 */
extern bool gw_describe_next(GwDescribeRows *rows, const char **document);

#endif /* GW_SESSION_PRIVATE_H */
