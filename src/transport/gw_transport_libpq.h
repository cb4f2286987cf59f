/*
 * gw_transport_libpq.h
 *	  What the files of the libpq transport share.  Nobody else includes it.
 */
#ifndef GW_TRANSPORT_LIBPQ_H
#define GW_TRANSPORT_LIBPQ_H

#include "base/gw_guard.h"
#include "base/gw_thread.h"
#include "lib/stringinfo.h"
#include "transport/gw_transport.h"
#include "utils/memutils.h"

#include <libpq-fe.h>

typedef struct LibpqRun LibpqRun;

/* How far connecting has come. */
typedef enum LibpqPhase
{
	LIBPQ_NEW,		  /* nothing begun */
	LIBPQ_RESOLVING,  /* the helper thread looks names up */
	LIBPQ_CONNECTING, /* PQconnectPoll() */
	LIBPQ_READY
} LibpqPhase;

/* A message the server sent beside a result, kept until libpq has returned. */
typedef struct LibpqNotice
{
	struct LibpqNotice *next;
	bool warning;
	int sqlstate;
	char text[512];
} LibpqNotice;

typedef struct LibpqLink
{
	GwLink head;
	GwGuard *conn; /* PGconn with its place among the external descriptors */
	LibpqPhase phase;
	PostgresPollingStatusType polling;
	const char **keywords; /* connection parameters, NULL-terminated, in cxt */
	const char **values;
	bool require_password;
	bool untyped; /* parameters are sent without their types, texts as varchar */
	int host;				  /* of the list, while connecting */
	GwDeadline host_deadline; /* its share of the time */
	int hosts_silent;		  /* that were left out because they did not answer */
	GwThreadCall *resolving;
	GwThreadCall *cancelling;
	LibpqRun *run; /* the statement in progress, or NULL */
	bool sent;	   /* a statement was sent and its end not yet seen */
	bool copy_out; /* the remote is sending COPY data, which we discard */
	bool piping;   /* several messages were sent as one: in libpq's pipeline mode */
	bool broken;   /* found unusable by us, not by libpq */
	bool parsed;   /* the remote's unnamed statement is parsed_sql */
	MemoryContext parsed_cxt; /* holds the next three */
	char *parsed_sql;
	Oid *parsed_types; /* of its parameters */
	int parsed_n;
	GwWaiter *waiter; /* for the connection's socket, once it is ready */
	LibpqNotice *notices, **notices_end; /* malloc'd */
	int nnotices;
} LibpqLink;

/* Copied rows, each libpq's own memory. */
typedef struct LibpqRows
{
	char **data;
	int n, max;
} LibpqRows;

struct LibpqRun
{
	GwRun head;
	GwGuard *result; /* the PGresult that cells point into */
	bool started;	 /* next() was called: the result mode is set */
	bool parses;   /* leaves behind the unnamed statement that the link remembers */
	bool streamed; /* rows are taken from libpq as they come */
	bool have_end; /* COMMAND_OK or TUPLES_OK was seen */
	bool failed;   /* error holds the first failure */
	bool finished; /* the last result was taken: the link is free again */
	bool given;	   /* the batch was handed out: the next call starts a new one */
	bool taking;   /* COPY FROM: the remote waits for rows */
	bool answered; /* ... but has said something before it was asked */
	bool queued;   /* the piece at hand is libpq's; what is left is to flush it */
	bool copying;  /* the remote is sending COPY data, which are the rows */
	bool copy_begun, copy_ended; /* its header and its trailer were seen */
	GwGuard *copied; /* LibpqRows that cells point into; NULL: no copy is wanted */
	GwError error;
	GwBatch batch;
	int64 nrows; /* rows gathered so far */
	int64 bytes; /* bytes in the batch */
	int64 max_cells;
	MemoryContext rows;	 /* gathered values, reset per batch */
	char *home;			 /* the first RUN_ROOM_BYTES of them; kept from batch to batch */
	char *room;			 /* where the next of them go, and how much is left there */
	Size room_left;
	MemoryContext shape; /* columns and the cell array */
};

/* libpq 17 hands out several rows at once; older ones a row at a time. */
#ifdef LIBPQ_HAS_CHUNK_MODE
#define libpq_set_streamed(conn, rows) (PQsetChunkedRowsMode(conn, rows) == 1)
#define libpq_is_rows(kind) ((kind) == PGRES_TUPLES_CHUNK || (kind) == PGRES_SINGLE_TUPLE)
#else
#define libpq_set_streamed(conn, rows) (PQsetSingleRowMode(conn) == 1)
#define libpq_is_rows(kind) ((kind) == PGRES_SINGLE_TUPLE)
#endif

static inline PGconn *
libpq_conn(const LibpqLink *link)
{
	return (PGconn *) gw_guard_get(link->conn);
}

/* gw_transport_libpq_resolve.c */

/* The value of a connection keyword, owned by the link; NULL: not set. */
extern const char *libpq_setting(const LibpqLink *link, const char *keyword);

/* Set it: host, hostaddr or port. */
extern void libpq_set_value(LibpqLink *link, const char *keyword, const char *value);

/* Does any host of the list need a name look-up? */
extern bool libpq_needs_resolve(const char *hosts);

/* Start looking the link's hosts up in a helper thread. */
extern GwStatus libpq_resolve_start(LibpqLink *link, GwError *err);

/* Wait for it, then add hostaddr (and widened host, port) to the parameters. */
extern GwStatus libpq_resolve_finish(LibpqLink *link, GwDeadline deadline, GwError *err);

/* gw_transport_libpq_hosts.c */

/* The first host of a new connection begins its share of the time. */
extern void libpq_hosts_begin(LibpqLink *link, GwDeadline deadline);

/* Has libpq gone on to another one?  Then that one's share begins. */
extern void libpq_hosts_follow(LibpqLink *link, GwDeadline deadline);

/* Leave out the host that did not answer, and those before; false: it was the last. */
extern bool libpq_hosts_skip(LibpqLink *link);

/* gw_transport_libpq_error.c */

/* Fill err from a result, or from the connection when res is NULL. */
extern GwStatus libpq_error_result(LibpqLink *link, const PGresult *res, GwError *err);
extern GwStatus libpq_error_connect(LibpqLink *link, GwError *err);
extern GwStatus libpq_error_lost(LibpqLink *link, GwError *err);

/* The notice receiver, and what hands its harvest on to the user. */
extern void libpq_notice_receive(void *arg, const PGresult *res);
extern void libpq_notices_forward(LibpqLink *link);
extern void libpq_notices_drop(LibpqLink *link);

/* gw_transport_libpq_run.c */
extern GwStatus libpq_start(GwLink *link, MemoryContext cxt, const GwStatement *stmt,
							GwRun **run, GwError *err);
extern GwStatus libpq_next(GwRun *run, int max_rows, GwDeadline deadline,
						   const GwBatch **batch, GwError *err);
extern void libpq_finish(GwRun *run);
extern GwStatus libpq_drain(GwLink *link, GwDeadline deadline, GwWaitMode mode, GwError *err);
extern GwStatus libpq_undo_send(GwLink *link, const char *sql, GwError *err);
extern GwStatus libpq_undo_wait(GwLink *link, GwDeadline deadline, GwError *err);
extern GwStatus libpq_take(LibpqLink *link, GwDeadline deadline, GwWaitMode mode,
						   PGresult **result, GwError *err);

/*
 * One result of a run, NULL the last: taken over, and what it says kept.
 * Afterwards the run's outcome, once it has one.
 */
extern GwStatus libpq_run_take(LibpqRun *run, PGresult *result);
extern GwStatus libpq_run_outcome(LibpqRun *run, GwError *err);

/* gw_transport_libpq_copyin.c */
extern GwStatus libpq_copyin_start(GwLink *link, MemoryContext cxt, const GwStatement *stmt,
								   GwDeadline deadline, GwRun **run, GwError *err);
extern GwStatus libpq_copyin_send(GwRun *run, const char *data, int len, GwDeadline deadline,
								GwError *err);
extern GwStatus libpq_copyin_end(GwRun *run, GwDeadline deadline, GwError *err);
/* Make room in the batch for that many more rows. */
extern void libpq_run_cells(LibpqRun *run, int nrows);

/*
 * Read from the socket: what is there, and from the second time on (*tried) wait
 * until there is something.  Resumable.
 */
extern GwStatus libpq_read(LibpqLink *link, bool *tried, GwDeadline deadline, GwWaitMode mode,
						   GwError *err);

/* gw_transport_libpq_copyout.c */

/* The run will copy: have a place for its rows. */
extern void libpq_copy_begin(LibpqRun *run);

/* The next rows of a copy under way. */
extern GwStatus libpq_copy_next(LibpqRun *run, LibpqLink *link, int max_rows,
								GwDeadline deadline, GwError *err);

/* The last batch is done with: free its rows, or leave them (keep). */
extern void libpq_copy_forget(LibpqRun *run);

#endif /* GW_TRANSPORT_LIBPQ_H */
