/*
 * gw_session.h
 *	  The only door to a remote system.
 *
 * A session is one connection to one server as one user, cached for the life
 * of the backend and keyed by the user mapping.  Remote transactions and
 * savepoints follow the local ones.  From here upwards errors are raised with
 * ereport; everything that may wait answers Ctrl-C, statement_timeout and
 * pg_terminate_backend within 250 ms and leaves nothing running remotely.
 *
 * A GwSession pointer is valid until the end of the transaction (an ALTER or
 * DROP of the server or mapping takes effect with the next one).
 */
#ifndef GW_SESSION_H
#define GW_SESSION_H

#include "datatype/timestamp.h"
#include "platform/gw_platform.h"

typedef struct GwSession GwSession;
typedef struct GwStream GwStream;
typedef struct GwCopy GwCopy;

/* How a session is opened. */
#define GW_SESSION_READ 0x00		/* within a remote transaction */
#define GW_SESSION_WRITE 0x01		/* refused (25006) when the server is read_only */
#define GW_SESSION_AUTOCOMMIT 0x02	/* own connection, outside any transaction */
#define GW_SESSION_PROBE 0x04		/* do not start a remote transaction yet */

/*
 * The session of a server for a role; connects, pins and begins as needed.
 * For foreign scans userid is the relation's checkAsUser or the caller.
 */
extern GwSession *gw_session_open(Oid serverid, Oid userid, int flags);

/*
 * The same, but a refused or failed connection (also a missing user mapping
 * or an unreadable secret) comes back as NULL with err filled.  Errors in the
 * request itself are still raised.
 */
extern GwSession *gw_session_try_open(Oid serverid, Oid userid, int flags, GwError *err);

/*
 * For SQL functions: the server's name, as the current user, who needs USAGE.
 * 42704 with near names for an unknown server, HV00D... see gw_server_lookup.
 */
extern GwSession *gw_session_open_name(const char *server, int flags);

/* The server's oid after the USAGE check and "is it one of ours" (42809). */
extern Oid gw_server_lookup(const char *server);

/* The server whose name is nearest to a misspelt one, or NULL; palloc'd. */
extern const char *gw_server_nearest(const char *server);

/* The platform and folded options of a server for a user, without connecting. */
extern const GwPlatform *gw_server_platform(Oid serverid);
extern GwOptionSet *gw_server_options(Oid serverid, Oid userid, Oid ftable);

extern const GwPlatform *gw_session_platform(const GwSession *session);
extern const GwDialect *gw_session_dialect(const GwSession *session);
extern const GwOptionSet *gw_session_options(const GwSession *session);
extern const char *gw_session_server_name(const GwSession *session);
extern int gw_session_server_version(const GwSession *session);

/* Run a statement to its end; rows it returns are discarded. */
extern GwRunResult gw_session_execute(GwSession *session, const GwStatement *stmt);

/*
 * Run statements (texts) one after the other, where the platform can (GW_CAP_TOGETHER)
 * as a transaction of their own; rows[i] becomes how many rows the i-th has touched, -1
 * where the remote does not say.
 */
extern void gw_session_execute_all(GwSession *session, const List *statements, int64 *rows);

/* How a stream will be read. */
#define GW_STREAM_MAY_STOP 0x01 /* LIMIT, EXISTS, cursors: may end before its end */
#define GW_STREAM_RESCAN 0x02	/* will be rewound */
#define GW_STREAM_ANY 0x04		/* may write; not known to be a SELECT: no cursor */
#define GW_STREAM_HARMLESS 0x80	/* with it: our own, which writes nothing */
#define GW_STREAM_SELECT 0x08	/* with ANY: it is a SELECT, a cursor will do */
#define GW_STREAM_WHOLE 0x10	/* read to its end, as far as known: no cursor */
#define GW_STREAM_UNORDERED 0x20 /* its rows have no order */
#define GW_STREAM_LOOKUP 0x40	/* a few rows each time: no cursor, one batch at once */
#define GW_STREAM_DECODED 0x100 /* each column by a decoder: any of them may come in binary */

typedef struct GwStreamSpec
{
	int fetch_size; /* rows per batch; 0 = the server's option */
	int flags;		/* GW_STREAM_* */
	Oid run_as;		/* local platform: the role to run as; InvalidOid = caller */

	/*
	 * With a binary statement: the local types its columns are meant for.  Where
	 * the remote's turn out not to be fit for them in binary, the statement is
	 * run again with those columns as text (UNORDERED), or all of them.  With
	 * DECODED: a transport that chooses by the column may send these in binary.
	 */
	const Oid *types;
	int ntypes;

	double rows; /* expected; 0: unknown.  A few are not worth a COPY */
} GwStreamSpec;

/*
 * Open a stream in CurrentMemoryContext, which closes it when reset.  The
 * statement is copied.  Several streams of one session may be open at once.
 */
extern GwStream *gw_stream_open(GwSession *session, const GwStatement *stmt,
								const GwStreamSpec *spec);

/*
 * The next batch, valid until the next call; NULL at the proved end.  A
 * stream that breaks raises 08006; it never ends early in silence.
 */
extern const GwBatch *gw_stream_next(GwStream *stream);

/*
 * The same without waiting: false when nothing has come yet.  A statement that
 * does not run is started, which may wait.  Streams that are read through a
 * cursor always wait.
 */
extern bool gw_stream_poll(GwStream *stream, const GwBatch **batch);

/*
 * What to watch until gw_stream_poll() is worth another try; PGINVALID_SOCKET:
 * it is at once.
 */
extern pgsocket gw_stream_socket(const GwStream *stream);

/* Result columns, once the first gw_stream_next() has returned. */
extern const GwColumnInfo *gw_stream_columns(GwStream *stream, int *ncolumns);

/* Read again from the start; params (same number) replace the old when not NULL. */
extern void gw_stream_rewind(GwStream *stream, const GwParam *params);

extern void gw_stream_close(GwStream *stream);

/*
 * The first cell of a query's only row as text, palloc'd; NULL for SQL NULL, or no row.
 * Where the remote is this database, what this transaction has written so far is seen.
 */
extern char *gw_stream_value(GwSession *session, const GwStatement *stmt);

/*
 * Rows on their way out as one statement (COPY ... FROM STDIN).  The head goes
 * out before the first row and the tail after the last; lengths in bytes.
 */
typedef struct GwCopySpec
{
	const char *sql;
	const char *head, *tail;
	int headlen, taillen;
	int ncolumns;
	const Oid *types; /* of the columns of a row, in their order; domains as what they are of */
} GwCopySpec;

/*
 * Open a copy in CurrentMemoryContext, which abandons it when reset; nothing
 * is sent yet.  Any other use of the session ends the statement (and raises
 * its errors), and the next rows begin another.  spec is copied.
 */
extern GwCopy *gw_copy_open(GwSession *session, const GwCopySpec *spec);

/* Where the caller appends whole rows, each followed by gw_copy_row(). */
extern StringInfo gw_copy_buffer(GwCopy *copy);

/* A row is complete: it leaves now or with the rows after it. */
extern void gw_copy_row(GwCopy *copy);

/* Send what is left, hear the answer; rows the remote has taken so far. */
extern int64 gw_copy_end(GwCopy *copy);

/*
 * One cell as text: the cell's own memory (until the next batch) or palloc'd
 * in CurrentMemoryContext; NULL for SQL NULL.
 */
extern const char *gw_batch_text(const GwBatch *batch, int row, int column);

/*
 * A catalog query of the platform, opened as a stream; 0A000 when the
 * platform has none.  nargs texts (NULL allowed) are its parameters.
 */
extern GwStream *gw_session_catalog(GwSession *session, GwCatalogId id, int nargs,
									const char *const *args);

/*
 * The canonical schema of one remote table.  schema_name NULL: the server's
 * option `schema`, else the remote's default.  NULL when missing_ok and it
 * does not exist, else 42P01 with near names.  With cached set the answer may
 * come from this connection's cache (planning); such a result must not be
 * freed or changed and lives until the end of the transaction.
 */
extern const GwSchema *gw_session_describe(GwSession *session, const char *schema_name,
										   const char *table, bool missing_ok, bool cached);

/*
 * Every table of a schema: List of GwSchema *, in one round trip.  detail: as
 * gw_session_describe() without cached has them, for which some platforms have to be
 * asked about each.
 */
extern List *gw_session_describe_all(GwSession *session, const char *schema_name, bool detail);

/* The schema to use when the user names none. */
extern const char *gw_session_default_schema(GwSession *session);

/* Close cached connections: one server's, or all; those in use close at the
 * end of the transaction.  Number of connections concerned. */
extern int gw_session_disconnect(Oid serverid);
extern int gw_session_disconnect_all(void);

/* The statement is ended by an interrupt: what cleans up after it has little time. */
extern void gw_session_note_interrupt(void);

/* One cached connection, for gw.connections(). */
typedef struct GwConnectionInfo
{
	const char *server, *user, *state;
	bool in_use, valid;
	int server_version;
	int64 statements;
	TimestampTz connected_at;
} GwConnectionInfo;

/* List of GwConnectionInfo * in CurrentMemoryContext. */
extern List *gw_session_list(void);

#endif /* GW_SESSION_H */
