/*
 * gw_transport_mysql.h
 *	  What the files of the MySQL transport share.  Nobody else includes it.
 *
 * The state of the protocol belongs to the link: a run may be gone while its
 * statement still has to be read to its end.
 */
#ifndef GW_TRANSPORT_MYSQL_H
#define GW_TRANSPORT_MYSQL_H

#include "base/gw_guard.h"
#include "base/gw_thread.h"
#include "transport/gw_gather.h"
#include "transport/gw_transport.h"
#include "utils/memutils.h"

/* The library's lists have names that PostgreSQL's have too. */
#define list_delete mysql_list_delete
#define list_free mysql_list_free
#define list_length mysql_list_length
#include <mysql.h>
#include <errmsg.h>
#include <mysqld_error.h>
#undef list_delete
#undef list_free
#undef list_length

/*
 * MariaDB's library has calls that are gone on with when the socket is ready.
 * Oracle's has them not for prepared statements, so there a thread makes the calls.
 */
#ifndef LIBMARIADB
typedef bool my_bool;
typedef struct MysqlCaller MysqlCaller;
#define mysql_get_socket(mysql) ((mysql)->net.fd)
#endif

/* Prepared statements that a link keeps for the next time. */
#define MYSQL_KEPT_STATEMENTS 8

/* A date that is none (0000-00-00, 2024-02-00): what becomes of it. */
typedef enum MysqlZeroDates
{
	MYSQL_ZERO_ERROR,
	MYSQL_ZERO_NULL,
	MYSQL_ZERO_TEXT, /* dates travel as text, and so do these */
} MysqlZeroDates;

/* What a helper thread connects with, and what came of it.  malloc'd. */
typedef struct MysqlJob
{
	int nsettings;
	char **names;
	char **values;
	unsigned long kill; /* only to stop the statement of that connection; 0: no */
	MYSQL *mysql;
	unsigned int error; /* 0: connected, or stopped it */
	char sqlstate[6];
	char message[512];
} MysqlJob;

/* The call of the library that is in progress. */
typedef enum MysqlOp
{
	MYSQL_OP_QUERY,
	MYSQL_OP_PREPARE,
	MYSQL_OP_EXECUTE,
	MYSQL_OP_ROW,
	MYSQL_OP_BINARY_ROW,
	MYSQL_OP_NEXT_RESULT,
	MYSQL_OP_NEXT_BINARY_RESULT,
} MysqlOp;

/* Where the statement in progress stands. */
typedef enum MysqlStage
{
	MYSQL_STAGE_NONE, /* nothing is in progress */
	MYSQL_STAGE_QUERY,
	MYSQL_STAGE_PREPARE,
	MYSQL_STAGE_EXECUTE,
	MYSQL_STAGE_ROWS,
	MYSQL_STAGE_BINARY_ROWS,
	MYSQL_STAGE_AFTER, /* a result has ended: is there another? */
	MYSQL_STAGE_ENDED, /* all has ended well */
} MysqlStage;

typedef struct MysqlKept
{
	MYSQL_STMT *stmt; /* NULL: free */
	char *sql;
	uint64 used; /* when, on the link's own clock */
} MysqlKept;

/* How the cells of a column are made. */
typedef enum MysqlForm
{
	MYSQL_FORM_TEXT,	/* its bytes, as text of the connection */
	MYSQL_FORM_BYTES,	/* its bytes, as they are */
	MYSQL_FORM_BITS,	/* big-endian bytes to as many binary digits */
	MYSQL_FORM_GEOMETRY, /* SRID and well-known binary to well-known text */
	MYSQL_FORM_INT,		/* binary rows only, from here on */
	MYSQL_FORM_INT_TEXT,
	MYSQL_FORM_FLOAT4,
	MYSQL_FORM_FLOAT8,
	MYSQL_FORM_DATE,
	MYSQL_FORM_DATETIME,
	MYSQL_FORM_DATE_TEXT,
	MYSQL_FORM_TIME,
} MysqlForm;

typedef struct MysqlColumn
{
	MysqlForm form;
	int size;  /* INT: bytes of the cell; BITS: digits; DATE_TEXT, TIME: digits of a fraction */
	bool date_only; /* DATE_TEXT: has no time of day */
	bool dates;	   /* as text: may be a date that is none */
	bool is_unsigned;
	bool is_set;   /* text: members behind commas */
	unsigned long length;
	my_bool is_null;
	my_bool error;
	const char *ahead; /* its bytes, where the row was read ahead; NULL: ask the library */
	union
	{
		int64 integer;
		float single;
		double number;
		MYSQL_TIME time;
	} value;
} MysqlColumn;

typedef struct MysqlRun MysqlRun;

typedef struct MysqlLink
{
	GwLink head;
	GwGuard *conn; /* MYSQL with its place among the external descriptors */
	bool ready;
	bool broken;
	bool fd_held; /* a place among the external descriptors is held */
	int nsettings;
	char **names, **values;
	bool converts; /* the database encoding is not UTF-8 */
	MysqlZeroDates zero_dates;
	GwThreadCall *connecting, *killing;
	bool undo_failed; /* what undo_send() sent, and undo_error says why */
	GwError undo_error;
	bool stopped; /* a statement was told to stop: the order may come late */
	GwWaiter *waiter;
	MysqlRun *run; /* whose statement is in progress, or NULL */

	/* The call in progress: what it waits for (0: nothing), and its results. */
	bool calling;
	MysqlOp op;
	int waits; /* what for is the library's business; 0: for nothing */
#ifndef LIBMARIADB
	MysqlCaller *caller;
#endif
	int result;
	MYSQL_ROW row;

	/* The statement in progress; all of this survives its run. */
	MysqlStage stage;
	MemoryContext cxt; /* reset when the next statement begins */
	const char *sql;
	const char *rest; /* of a script, or NULL */
	bool prepared;	  /* prepare it */
	bool plain_too;	  /* ... or run it plainly, where it cannot be prepared */
	bool describe;
	MYSQL_STMT *stmt; /* prepared, and not kept: closed at its end */
	MysqlKept *kept;  /* or one of these */
	MYSQL_RES *rows;  /* of a plain statement */
	MYSQL_RES *shape; /* columns of a prepared one */
	int nparams;
	MYSQL_BIND *params;
	int ncolumns; /* of the result that is being read; 0: none */
	MysqlColumn *columns;
	MYSQL_BIND *binds;
	int nresults;	  /* with columns, so far */
	uint64 affected;
	uint64 skipped_id; /* of the statement, as GwStatement has it */

	MysqlKept statements[MYSQL_KEPT_STATEMENTS];
	uint64 clock;
} MysqlLink;

struct MysqlRun
{
	GwRun head;
	GwGather gather;
	bool given; /* the batch was handed out: the next call starts a new one */
	bool finished;
	bool failed;
	int64 nrows;
	GwError error;
};

/* What gw_mysql_advance() has come to. */
typedef enum MysqlEvent
{
	MYSQL_EVENT_COLUMNS, /* a result begins: link->ncolumns is known */
	MYSQL_EVENT_ROW,
	MYSQL_EVENT_END,
} MysqlEvent;

static inline MYSQL *
gw_mysql_of(const MysqlLink *link)
{
	return (MYSQL *) gw_guard_get(link->conn);
}

/* ---- gw_transport_mysql_connect.c: what runs in a helper thread ---- */

/* A job that connects with the link's settings; NULL: out of memory. */
extern MysqlJob *gw_mysql_job_create(const MysqlLink *link, unsigned long kill);
extern void gw_mysql_job_run(void *arg);
extern void gw_mysql_job_destroy(void *arg);

/* Have the library begin, once; leaves signals and locale as they were. */
extern GwStatus gw_mysql_library_begin(GwError *err);

/* ---- gw_transport_mysql_error.c ---- */

/* Fill err from the library's number, state and text. */
extern GwStatus gw_mysql_error_set(GwError *err, unsigned int number, const char *state,
								const char *text);

/* The failure of the link's last call; marks a link that cannot go on. */
extern GwStatus gw_mysql_error_take(MysqlLink *link, GwError *err);
extern GwStatus gw_mysql_error_lost(MysqlLink *link, GwError *err);

/* Is it a failure of the connection rather than of the statement? */
extern bool gw_mysql_error_is_lost(unsigned int number);

/* ---- gw_transport_mysql_protocol.c: one statement, step by step ---- */

/* Begin; the link's statement members are set. */
extern void gw_mysql_begin(MysqlLink *link);

/*
 * Go on until something has happened.  nowait: GW_TIMED_OUT where it would wait.
 * After GW_FAILED the statement has ended, or the link is broken.
 */
extern GwStatus gw_mysql_advance(MysqlLink *link, GwDeadline deadline, GwWaitMode mode, bool nowait,
							  MysqlEvent *event, GwError *err);

/* Forget a statement that has ended, or whose connection has. */
extern void gw_mysql_end(MysqlLink *link);

/* Forget the prepared statements of a connection that is about to close. */
extern void gw_mysql_forget_statements(MysqlLink *link);

/* ---- gw_transport_mysql_call.c, gw_transport_mysql_caller.c: one call of the library ---- */

/*
 * Make ready for calls on a connection that stands; the thread's, if there is one.
 * GW_FAILED: it cannot be had.
 */
extern GwStatus gw_mysql_call_open(MysqlLink *link, GwError *err);

/* Nothing is called any more; the socket has been shut if a call was in progress. */
extern void gw_mysql_call_close(MysqlLink *link);

/* Begin link->op; what it waits for, 0 when link->result or link->row is there. */
extern int gw_mysql_call_begin(MysqlLink *link);

/* Go on with it after a wait. */
extern int gw_mysql_call_continue(MysqlLink *link, int waits);

/* What to wait for: a descriptor and its events. */
extern pgsocket gw_mysql_call_socket(const MysqlLink *link, int *events);

/* The statement is over: rows that were read ahead are forgotten. */
extern void gw_mysql_call_forget(MysqlLink *link);

static inline MYSQL_STMT *
gw_mysql_stmt_of(const MysqlLink *link)
{
	return link->kept ? link->kept->stmt : link->stmt;
}

/* ---- gw_transport_mysql_cells.c ---- */

/* Decide how the columns of the result that begins are read. */
extern void gw_mysql_cells_begin(MysqlLink *link, const MYSQL_FIELD *fields, bool binary);

/* Describe them for the reader. */
extern void gw_mysql_cells_describe(const MysqlLink *link, const MYSQL_FIELD *fields,
								 GwGather *gather);

/* One row of the result at hand; GW_FAILED for a value that is none. */
extern GwStatus gw_mysql_cells_text(MysqlLink *link, GwGather *gather, GwError *err);
extern GwStatus gw_mysql_cells_binary(MysqlLink *link, GwGather *gather, GwError *err);

/* The fields of the result at hand. */
extern const MYSQL_FIELD *gw_mysql_fields(const MysqlLink *link);

/* ---- gw_transport_mysql_param.c ---- */

/* Bind text parameters by their types, in CurrentMemoryContext. */
extern GwStatus gw_mysql_bind_params(const MysqlLink *link, const GwParam *params, int nparams,
								  MYSQL_BIND **binds, GwError *err);

/* ---- gw_transport_mysql_wkt.c ---- */

/*
 * The well-known text of MySQL's internal geometry, in CurrentMemoryContext;
 * NULL: it is not one.
 */
extern char *gw_mysql_geometry_text(const char *data, Size len);

/* ---- gw_transport_mysql_run.c ---- */
extern GwStatus gw_mysql_run_start(GwLink *link, MemoryContext cxt, const GwStatement *stmt,
								GwRun **run, GwError *err);
extern GwStatus gw_mysql_run_next(GwRun *run, int max_rows, GwDeadline deadline,
							   const GwBatch **batch, GwError *err);
extern void gw_mysql_run_finish(GwRun *run);
extern GwStatus gw_mysql_run_drain(GwLink *link, GwDeadline deadline, GwWaitMode mode,
								GwError *err);
extern GwStatus gw_mysql_undo_send(GwLink *link, const char *sql, GwError *err);
extern GwStatus gw_mysql_undo_wait(GwLink *link, GwDeadline deadline, GwError *err);

/* Stop what the link is doing, from a connection beside it. */
extern GwStatus gw_mysql_link_cancel(GwLink *link, GwDeadline deadline, GwWaitMode mode,
								  GwError *err);

#endif /* GW_TRANSPORT_MYSQL_H */
