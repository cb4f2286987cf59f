/*
 * gw_transport.h
 *	  The transport contract: how bytes and rows move.
 *
 * A transport knows sockets, deadlines, interrupts and its driver's error
 * codes.  It knows no SQL and no vendor.  A link is one connection; a run is
 * one statement in progress on it.
 *
 * Rules for every slot
 * - Failure is GW_FAILED with err filled; nothing foreign is left unowned.
 * - A slot that may wait returns GW_INTERRUPTED when the backend has to look
 *	 at its interrupts; the same call, repeated, resumes where it stood.
 * - A deadline that passes returns GW_FAILED with class transient.
 * - Memory: what a slot hands out lives in the link's or the run's context.
 * - A slot that is NULL is a capability that is absent; the inline
 *	 dispatchers below absorb it.
 */
#ifndef GW_TRANSPORT_H
#define GW_TRANSPORT_H

#include "base/gw_batch.h"
#include "base/gw_wait.h"
#include "nodes/pg_list.h"

typedef struct GwTransport GwTransport;

/* A name and a value, for connection parameters (all strings). */
typedef struct GwSetting
{
	const char *name;
	const char *value;
} GwSetting;

/* A parameter of a statement, as text; value NULL is SQL NULL. */
typedef struct GwParam
{
	Oid type;		   /* PostgreSQL type; the transport maps it or ignores it */
	const char *value; /* text form (see gw_value_text), or NULL */
	const char *native; /* the type there of the column that it goes into; NULL: not asked for */
} GwParam;

/* A statement to run.  The caller keeps everything alive while it runs. */
typedef struct GwStatement
{
	const char *sql;
	int nparams;
	const GwParam *params;
	int nsets;		 /* odbc: run once for each of so many params[nparams]; 0: once */
	bool read_only;	 /* spi: run under the caller's snapshot */
	Oid run_as;		 /* spi: the role to run as; InvalidOid = current user */
	bool no_writes;	 /* spi: refuse writes, as a READ ONLY transaction does */
	bool may_repeat; /* a retry would do no harm */
	bool user_sql;	 /* the user's own text: may change session settings */
	bool binary;	 /* rows in the binary format, where the transport has one */
	bool any_path;	 /* spi: ours, but asks about the caller's search_path */
	bool describe;	 /* say only which columns it would give; no rows */
	/*
	 * An INSERT that skips rows whose key is there: this is its insert id when
	 * its only row was one of them.  result.rows counts the others.  0: it is
	 * no such statement, or the remote's count says that already.
	 */
	uint64 skipped_id;
	bool script;	 /* our own fixed texts, which may be several: "A; B" */

	/*
	 * GW_CAP_TOGETHER: sql is so many statements with ";\n" between them, to be run
	 * as a transaction; the result has a row for each, in order: how many rows it
	 * touched, NULL where that is not said.  0: one statement.
	 */
	int together;

	/*
	 * libpq: sql copies rows to the client in binary, with these columns,
	 * which the copy itself does not tell.  NULL: it is no copy.
	 */
	const GwColumnInfo *copied;
	int ncopied;

	/*
	 * The local types that a decoder will make of the columns: a column that is
	 * of the very same type may come in binary.  NULL: not known, or as text.
	 */
	const Oid *meant;
	int nmeant;
} GwStatement;

/* What a finished statement reports. */
typedef struct GwRunResult
{
	char command[64]; /* command tag without counts: "INSERT", "CREATE TABLE" */
	int64 rows;		  /* rows affected or returned; -1 when the remote does not say */
} GwRunResult;

/* The state of a link, as far as the driver knows it without a round trip. */
typedef enum GwLinkState
{
	GW_LINK_IDLE,	   /* connected, no transaction */
	GW_LINK_IN_XACT,   /* in a transaction */
	GW_LINK_FAILED,	   /* in a failed transaction */
	GW_LINK_BUSY,	   /* a statement is in progress */
	GW_LINK_BROKEN,	   /* unusable; only close() helps */
} GwLinkState;

/* Common heads; each transport embeds them as the first member. */
typedef struct GwLink
{
	const GwTransport *transport;
	MemoryContext cxt; /* the link's own; deleting it closes the link */
} GwLink;

typedef struct GwRun
{
	GwLink *link;
	MemoryContext cxt; /* the run's own, child of the link's or the caller's */
	GwRunResult result; /* valid after next() returned GW_DONE */

	/*
	 * Set by the caller before next(): the cells handed out last are still
	 * being read and must live until finish().  next() clears it.
	 */
	bool keep;

	/* Set by the caller: next() returns GW_TIMED_OUT where it would wait. */
	bool nowait;

	/* Set by the caller: next() waits for max_rows or the end, not for some. */
	bool fill;
} GwRun;

struct GwTransport
{
	const char *name;

	/*
	 * Several runs may be open on one link at once (spi portals).  Otherwise
	 * session buffers or uses cursors.
	 */
	bool concurrent_runs;

	/*
	 * Make a link below parent from settings.  Nothing is sent yet and
	 * nothing waits.  Never NULL.
	 */
	GwStatus (*create)(MemoryContext parent, const GwSetting *settings, int nsettings,
					   GwLink **link, GwError *err);

	/* Drive the link until it is ready for statements.  NULL: always ready. */
	GwStatus (*connect)(GwLink *link, GwDeadline deadline, GwError *err);

	/*
	 * Start a statement; the run's context is made below cxt.  Sends, may not
	 * wait for the answer.  Never NULL.
	 */
	GwStatus (*start)(GwLink *link, MemoryContext cxt, const GwStatement *stmt, GwRun **run,
					  GwError *err);

	/*
	 * The next rows, at most max_rows (0 = as many as are at hand).
	 * GW_OK: *batch holds at least one row and lives until the next call.
	 * GW_DONE: the protocol's own end mark was seen; run->result is valid.
	 * *batch->columns is known from the first GW_OK or GW_DONE on.
	 */
	GwStatus (*next)(GwRun *run, int max_rows, GwDeadline deadline, const GwBatch **batch,
					 GwError *err);

	/*
	 * Rows on their way out.  copy_start() is start() for a statement that takes
	 * rows from its client, and waits until the remote asks for them; stmt's
	 * parameters are the columns of the rows, in order: their types, no values.
	 * copy_send() hands over a piece of the rows; the caller keeps data until it
	 * returns.  GW_DONE: sent, but the remote has something to say, which only
	 * copy_end() hears.  copy_end() waits for the answer: GW_DONE and
	 * run->result.  Interrupted, each is called again with the same arguments.
	 * After GW_FAILED the link is free or broken.  NULL: rows go out as
	 * parameters only.  copy_whole: the rows of a copy are there all or not at
	 * all, and other runs do not disturb it: it is not to be cut into several.
	 */
	bool copy_whole;
	GwStatus (*copy_start)(GwLink *link, MemoryContext cxt, const GwStatement *stmt,
						   GwDeadline deadline, GwRun **run, GwError *err);
	GwStatus (*copy_send)(GwRun *run, const char *data, int len, GwDeadline deadline,
						  GwError *err);
	GwStatus (*copy_end)(GwRun *run, GwDeadline deadline, GwError *err);

	/* End a run, wherever it stands, without waiting.  Never throws. */
	void (*finish)(GwRun *run);

	/*
	 * Ask the remote to stop what the link is doing.  mode is
	 * GW_WAIT_CLEANUP inside an abort.  NULL: nothing to cancel.
	 */
	GwStatus (*cancel)(GwLink *link, GwDeadline deadline, GwWaitMode mode, GwError *err);

	/*
	 * Throw away whatever is still coming until the link is idle again.
	 * NULL: nothing ever is.
	 */
	GwStatus (*drain)(GwLink *link, GwDeadline deadline, GwWaitMode mode, GwError *err);

	/*
	 * Send a statement (or two) of our own during clean-up; wait for its end,
	 * no rows wanted, with interrupts held.  Several links may be sent to
	 * before the first is waited for.  NULL, both: there are no transactions to
	 * clean up.
	 */
	GwStatus (*undo_send)(GwLink *link, const char *sql, GwError *err);
	GwStatus (*undo_wait)(GwLink *link, GwDeadline deadline, GwError *err);

	/* Close at once: no waiting, no throwing.  The memory goes with cxt. */
	void (*close)(GwLink *link);

	/* NULL: always GW_LINK_IN_XACT (shares the local transaction). */
	GwLinkState (*state)(GwLink *link);

	/*
	 * Has the peer hung up on an idle link?  Looks at what has come, without
	 * waiting or sending.  NULL: it cannot.
	 */
	bool (*alive)(GwLink *link);

	/* The server's version as a number (150004), 0 when unknown.  May be NULL. */
	int (*server_version)(GwLink *link);

	/* What to watch for the remote's answers, or PGINVALID_SOCKET.  NULL: nothing. */
	pgsocket (*socket)(GwLink *link);

	/* A session parameter the remote reported, or NULL.  May be NULL. */
	const char *(*parameter)(GwLink *link, const char *name);
};

extern const GwTransport gw_transport_libpq;
extern const GwTransport gw_transport_mysql;
extern const GwTransport gw_transport_odbc;
extern const GwTransport gw_transport_spi;

static inline GwStatus
gw_link_connect(GwLink *link, GwDeadline deadline, GwError *err)
{
	return link->transport->connect ? link->transport->connect(link, deadline, err) : GW_OK;
}

static inline GwStatus
gw_link_cancel(GwLink *link, GwDeadline deadline, GwWaitMode mode, GwError *err)
{
	return link->transport->cancel ? link->transport->cancel(link, deadline, mode, err) : GW_OK;
}

static inline GwStatus
gw_link_drain(GwLink *link, GwDeadline deadline, GwWaitMode mode, GwError *err)
{
	return link->transport->drain ? link->transport->drain(link, deadline, mode, err) : GW_OK;
}

static inline GwLinkState
gw_link_state(GwLink *link)
{
	return link->transport->state ? link->transport->state(link) : GW_LINK_IN_XACT;
}

static inline bool
gw_link_alive(GwLink *link)
{
	return link->transport->alive ? link->transport->alive(link) : true;
}

static inline pgsocket
gw_link_socket(GwLink *link)
{
	return link->transport->socket ? link->transport->socket(link) : PGINVALID_SOCKET;
}

static inline int
gw_link_server_version(GwLink *link)
{
	return link->transport->server_version ? link->transport->server_version(link) : 0;
}

/* ---- gw_transport.c: failures that every transport words alike; all GW_FAILED ---- */

extern GwStatus gw_transport_no_descriptor(GwError *err); /* for another connection */
extern GwStatus gw_transport_no_connection(GwError *err); /* in time */
extern GwStatus gw_transport_busy(GwError *err);		  /* with another statement */
extern GwStatus gw_transport_no_answer(GwError *err);	  /* in time */
extern GwStatus gw_transport_no_cancel(GwError *err);	  /* sent in time */
extern GwStatus gw_transport_cut(GwError *err);			  /* before the result's end */
extern GwStatus gw_transport_lost(GwError *err);

#endif /* GW_TRANSPORT_H */
