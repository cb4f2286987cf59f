/*
 * gw_transport_odbc.h
 *	  What the files of the ODBC transport share.  Nobody else includes it.
 *
 * Two sides.  The worker is a thread or a process of its own, one for each
 * connection: it alone calls the driver (but for SQLCancel), on malloc'd memory,
 * and calls nothing of PostgreSQL's but pure functions.  The backend hands it one
 * job at a time and watches a descriptor.  While a job is under way everything
 * in OdbcWorker but the locked part belongs to the thread, otherwise to the
 * backend; of a process, it is what that has told.
 */
#ifndef GW_TRANSPORT_ODBC_H
#define GW_TRANSPORT_ODBC_H

#include <pthread.h>
#include <signal.h>
#include <sql.h>
#include <sqlext.h>

#include "base/gw_guard.h"
#include "base/gw_thread.h"
#include "transport/gw_transport.h"

/* ---- gw_transport_odbc_text.c: malloc'd text, UTF-8 and UTF-16 ---- */

/* A growing piece of memory; failed: there was none to be had. */
typedef struct OdbcText
{
	char *data;
	size_t len, max;
	bool failed;
} OdbcText;

extern bool odbc_text_reserve(OdbcText *text, size_t more);
extern void odbc_text_bytes(OdbcText *text, const void *data, size_t len);
extern void odbc_text_put(OdbcText *text, const char *string);
extern void odbc_text_hex(OdbcText *text, const unsigned char *data, size_t len);
/* A JSON string, or null for NULL. */
extern void odbc_text_json(OdbcText *text, const char *string);
extern void odbc_text_free(OdbcText *text);

/* false: an unpaired surrogate or a NUL is among the n units. */
extern bool odbc_text_utf16(OdbcText *text, const SQLWCHAR *units, size_t n);

/* Is it UTF-8, without a NUL? */
extern bool odbc_text_is_utf8(const char *text, size_t len);

/* UTF-8 to malloc'd UTF-16 with a NUL behind; NULL: no memory. */
extern SQLWCHAR *odbc_utf16(const char *utf8, size_t *n);

/* ---- errors, as the driver gave them ---- */

#define ODBC_MAX_DIAGS 8

typedef struct OdbcDiag
{
	char sqlstate[6];
	int native;
	char message[1024]; /* UTF-8, maybe cut */
} OdbcDiag;

/* Why a job failed, when not because of what the driver says. */
typedef enum OdbcFault
{
	ODBC_FAULT_NONE = 0,
	ODBC_FAULT_DRIVER,	   /* diags */
	ODBC_FAULT_MEMORY,	   /* malloc() gave nothing */
	ODBC_FAULT_TEXT,	   /* column and row: characters that are none */
	ODBC_FAULT_CUT,		   /* column: the driver cut a value and cannot give all of it */
	ODBC_FAULT_TOO_LONG,   /* column: beyond 1 GB */
	ODBC_FAULT_MORE,	   /* a second set of rows */
	ODBC_FAULT_SETS,	   /* the driver did not say what became of all parameter sets */
	ODBC_FAULT_QUOTES,	   /* names are quoted with something else there */
	ODBC_FAULT_PROCESS,	   /* column: the signal that ended the driver's process, or 0 */
	ODBC_FAULT_FILE,	   /* column: errno; the file for the driver could not be made */
	ODBC_FAULT_PLAIN,	   /* the driver would have gone on without TLS */
} OdbcFault;

typedef struct OdbcOutcome
{
	OdbcFault fault;
	int column; /* from 0 */
	bool dead;	/* the driver says that the connection has gone */
	int ndiags;
	OdbcDiag diags[ODBC_MAX_DIAGS];
} OdbcOutcome;

/* ---- rows on their way from the thread to the backend ---- */

typedef struct OdbcCell
{
	size_t offset; /* into text.data; NUL-terminated there */
	int32 len;	   /* -1: NULL */
} OdbcCell;

typedef struct OdbcRows
{
	int nrows, ncolumns;
	OdbcCell *cells;
	size_t max_cells;
	OdbcText text; /* UTF-8 */
} OdbcRows;

extern OdbcRows *odbc_rows_create(int ncolumns);
extern void odbc_rows_free(void *rows);
/* The next row's cells, to be filled; NULL: no memory. */
extern OdbcCell *odbc_rows_add(OdbcRows *rows);
/* Make the text that was appended since offset a cell; false: no memory, or too long. */
extern bool odbc_rows_cell(OdbcRows *rows, OdbcCell *cell, size_t offset);

/* How a column is asked for. */
typedef enum OdbcKind
{
	ODBC_NARROW, /* numbers, days, times: SQL_C_CHAR, ASCII */
	ODBC_WIDE,	 /* text: SQL_C_WCHAR */
	ODBC_UTF8,	 /* text of a driver whose SQL_C_CHAR is UTF-8 as it is stored */
	ODBC_DOUBLE,
	ODBC_FLOAT,
	ODBC_BYTES, /* SQL_C_BINARY, handed on as \x... */
} OdbcKind;

/* What is known of a SQL type. */
typedef struct OdbcType
{
	SQLSMALLINT sql_type;
	OdbcKind kind;
	Oid type_oid; /* of numbers: whose input function reads the text; else InvalidOid */
} OdbcType;

/* Never NULL: what is not known is a text. */
extern const OdbcType *odbc_type(SQLSMALLINT sql_type);

typedef struct OdbcColumn
{
	char *name; /* UTF-8 */
	OdbcKind kind;
	SQLSMALLINT sql_type;
	SQLULEN size;
	bool bound;
	size_t width; /* bytes of a bound cell */
	char *values; /* [rows of a block][width] */
	SQLLEN *lens;
} OdbcColumn;

/* A result while it is read. */
typedef struct OdbcResult
{
	int ncolumns;
	OdbcColumn *columns;
	SQLULEN block; /* rows of a block */
	SQLULEN fetched; /* of the block at hand */
	SQLULEN at;		 /* next one of them */
	SQLUSMALLINT *status;
	OdbcText scratch;
	int64 affected; /* rows, of the statements without rows so far; -1: none said */
	bool ended;		/* SQL_NO_DATA was seen, and no further result */
} OdbcResult;

/* ---- jobs ---- */

typedef struct OdbcParam
{
	SQLSMALLINT c_type, sql_type;
	SQLULEN size;
	SQLSMALLINT digits;
	size_t width;  /* bytes of a value */
	char *values;  /* [sets][width] */
	SQLLEN *lens;  /* [sets] */
} OdbcParam;

typedef enum OdbcJobKind
{
	ODBC_JOB_CONNECT,
	ODBC_JOB_RUN,	  /* a statement, up to its first row */
	ODBC_JOB_CATALOG, /* a reserved statement: all rows at once */
	ODBC_JOB_DESCRIBE, /* the columns a statement would give */
	ODBC_JOB_FETCH,	  /* more rows */
	ODBC_JOB_SKIP,	  /* all rows that are left */
	ODBC_JOB_CLOSE,	  /* the statement */
	ODBC_JOB_BEGIN,
	ODBC_JOB_COMMIT,
	ODBC_JOB_ROLLBACK,
} OdbcJobKind;

typedef enum OdbcCatalog
{
	ODBC_CATALOG_IDENTITY,
	ODBC_CATALOG_DATABASES,
	ODBC_CATALOG_SCHEMAS,
	ODBC_CATALOG_TABLES,
	ODBC_CATALOG_DESCRIBE,
} OdbcCatalog;

typedef struct OdbcJob
{
	OdbcJobKind kind;
	SQLWCHAR *sql; /* RUN; BEGIN: what follows in the transaction, or NULL */
	int nparams, nsets;
	OdbcParam *params;
	OdbcCatalog catalog;
	char *args[2]; /* UTF-8; of the reserved statement, NULL: not given */
	SQLULEN isolation;
	int max_rows; /* FETCH */
} OdbcJob;

/* What a connection told about itself. */
typedef struct OdbcFacts
{
	char dbms[64], version[64], database[256], user[128], quote[4], escape[4];
	SQLUINTEGER getdata, isolations;
	bool schemas;  /* tables are in schemas */
	bool catalogs; /* ... or, without those, in catalogs that stand before them */
	bool transactions;
	int version_number;
} OdbcFacts;

/* A statement to run when the source's name matches. */
typedef struct OdbcInit
{
	char *dbms; /* "" matches every source */
	SQLWCHAR *sql;
} OdbcInit;

#define ODBC_MAX_INITS 16

typedef struct OdbcProcess OdbcProcess;

typedef struct OdbcWorker
{
	OdbcProcess *process; /* the backend's; NULL: a thread of this process */

	/* locked */
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool busy;		 /* a job is under way */
	bool quit;		 /* the backend has let go: disconnect and end */
	bool cancelling; /* a helper is in SQLCancel on stmt */

	struct OdbcWorker *next; /* of all there are; locked by their own mutex */
	int done_fd; /* readable when a job has ended or a process has something; the backend's */
	SQLWCHAR *connection; /* string; secret */
	SQLULEN login_timeout;
	OdbcInit inits[ODBC_MAX_INITS];
	int ninits;
	SQLWCHAR *commit, *rollback; /* statements, or NULL: SQLEndTran */
	bool utf8;		 /* texts are read as UTF-8 */
	bool no_cancel_fetch; /* SQLCancel is for statements that execute only */
	SQLWCHAR *token; /* to log in by, or NULL; secret */
	size_t token_units;
	/* A file to give to the driver, by this variable of the environment; NULL: none. */
	char *file_variable, *file_text;
	bool stays_tls; /* once TLS has begun nothing goes out beside it; a process's only */
	SQLHENV env;
	SQLHDBC dbc;
	SQLHSTMT stmt;
	bool connected;
	OdbcFacts facts;
	OdbcJob job;
	OdbcOutcome outcome;
	OdbcResult result;
	SQLULEN sets_taken; /* of parameters, as the driver says */
	OdbcRows *rows; /* what FETCH or CATALOG has filled */
} OdbcWorker;

/* ---- gw_transport_odbc_worker.c ---- */

/* Drivers are generous with their stacks. */
#define ODBC_STACK_BYTES (4 * 1024 * 1024)

/* Start a worker, with no job; NULL and err filled when none can be had. */
extern OdbcWorker *odbc_worker_create(bool process, GwError *err);

/* Hand over worker->job; it must be idle. */
extern void odbc_worker_submit(OdbcWorker *worker);
extern bool odbc_worker_busy(OdbcWorker *worker);

/* What to watch done_fd for, as gw_wait() takes it. */
extern int odbc_worker_events(const OdbcWorker *worker);

/* Has a process more of the job to be given, so that it must not be left waiting? */
extern bool odbc_worker_sending(const OdbcWorker *worker);

/* Let go: it disconnects and frees itself when its driver comes back. */
extern void odbc_worker_release(void *worker);

/*
 * A helper that calls SQLCancel, or NULL and err filled; GW_OK with *call NULL:
 * there is nothing to cancel, or a process was told to.
 */
extern GwStatus odbc_worker_cancel(OdbcWorker *worker, GwThreadCall **call, GwError *err);

/* ---- gw_transport_odbc_process.c: a worker that is a process ---- */

extern GwStatus odbc_process_start(OdbcWorker *worker, GwError *err);
extern void odbc_process_submit(OdbcWorker *worker);
extern bool odbc_process_busy(OdbcWorker *worker);
extern int odbc_process_events(const OdbcWorker *worker);
extern void odbc_process_cancel(OdbcWorker *worker);
extern void odbc_process_release(OdbcWorker *worker);

/* ---- gw_transport_odbc_frame.c: what goes between the two processes ---- */

/* The socket's descriptor in the program that calls the driver. */
#define ODBC_HELPER_FD 3

/* Tells it that nobody waits for it any more; it ends by itself, soon. */
#define ODBC_HELPER_ORPHANED SIGUSR1

typedef enum OdbcFrameKind
{
	ODBC_FRAME_JOB,
	ODBC_FRAME_CANCEL,
	ODBC_FRAME_DONE,
} OdbcFrameKind;

typedef struct OdbcFrameHead
{
	uint32 kind;
	uint64 bytes; /* that follow */
} OdbcFrameHead;

/* Differs where the two ends would not understand each other. */
extern size_t odbc_frame_layout(void);

/* Write a frame's head; fill it in, where `more` bytes follow that are not in the text. */
extern size_t odbc_frame_begin(OdbcText *out, OdbcFrameKind kind);
extern void odbc_frame_end(OdbcText *out, size_t begun, size_t more);

/* A job, the first with how to connect; false: it is no such frame, or no memory. */
extern void odbc_frame_put_job(OdbcText *out, const OdbcWorker *worker);
extern bool odbc_frame_get_job(OdbcWorker *worker, const char *data, size_t len);

/* What a job has led to; the rows' text follows what is put, and takes the frame. */
extern void odbc_frame_put_done(OdbcText *out, const OdbcWorker *worker);
extern bool odbc_frame_get_done(OdbcWorker *worker, OdbcText *frame);

/* ---- beside the driver: gw_transport_odbc_driver.c, _fetch.c, _catalog.c ---- */

/* May SQLCancel be called for the job at hand? */
extern bool odbc_worker_cancellable(const OdbcWorker *worker);

extern void odbc_do(OdbcWorker *worker);
extern void odbc_do_disconnect(OdbcWorker *worker);

/* Did the call work?  If not, the outcome gets the diagnostics of the handle. */
extern bool odbc_good(OdbcWorker *worker, SQLRETURN rc, SQLSMALLINT kind, SQLHANDLE handle);
extern bool odbc_fault(OdbcWorker *worker, OdbcFault fault, int column);
extern bool odbc_open_statement(OdbcWorker *worker);
extern void odbc_close_statement(OdbcWorker *worker);
extern void odbc_job_clear(OdbcJob *job);

/* After an execution or a catalog function: go to the first result with columns. */
extern bool odbc_result_open(OdbcWorker *worker, SQLRETURN rc);
extern bool odbc_result_describe(OdbcWorker *worker);
extern bool odbc_result_fetch(OdbcWorker *worker, int max_rows);
extern void odbc_result_skip(OdbcWorker *worker);
extern void odbc_result_clear(OdbcResult *result);

extern void odbc_do_catalog(OdbcWorker *worker);

/* ---- the backend's side ---- */

typedef struct OdbcRun OdbcRun;

typedef struct OdbcLink
{
	GwLink head;
	GwGuard *worker;
	GwWaiter *waiter;
	char *connection; /* string, in the database's encoding */
	bool submitted;	  /* the connect job */
	bool ready;
	bool broken;
	bool in_xact;
	bool cancelled; /* the statement at hand was: whatever it says */
	bool busy;		/* a statement is open or a job under way */
	GwThreadCall *cancelling;
	OdbcRun *run;
	GwSetting *settings; /* for the worker */
	int nsettings;
	bool text_params; /* days and times go out as text without a type */
	char *locale;	  /* what a driver may change; NULL: not while connecting */
	struct sigaction pipe;
	char undo[128]; /* statements that are still to be sent */
} OdbcLink;

struct OdbcRun
{
	GwRun head;
	GwBatch batch;
	OdbcLink *link; /* NULL: it has ended, or the link is gone */
	bool given, opened, fetching, ended, failed;
	GwError error;
	GwGuard *rows; /* OdbcRows of the batch handed out */
	MemoryContext cells;
	int64 max_cells;
	int64 nrows;
};

static inline OdbcWorker *
odbc_worker(const OdbcLink *link)
{
	return (OdbcWorker *) gw_guard_get(link->worker);
}

/* ---- gw_transport_odbc.c ---- */

/* Wait until the worker is idle. */
extern GwStatus odbc_wait(OdbcLink *link, GwDeadline deadline, GwWaitMode mode, GwError *err);

/* ---- gw_transport_odbc_param.c ---- */

/*
 * Fill job->params from the statement, malloc'd.  GW_FAILED with 22003 or 22008
 * for a value that drivers have no form for.
 */
extern GwStatus odbc_params(OdbcJob *job, const GwStatement *stmt, bool as_text, GwError *err);

/* Database encoding to UTF-8 and back, palloc'd where something changes. */
extern const char *odbc_to_utf8(const char *text);

/* ---- gw_transport_odbc_run.c ---- */
extern GwStatus odbc_start(GwLink *link, MemoryContext cxt, const GwStatement *stmt, GwRun **run,
						   GwError *err);
extern GwStatus odbc_next(GwRun *run, int max_rows, GwDeadline deadline, const GwBatch **batch,
						  GwError *err);
extern void odbc_finish(GwRun *run);
extern GwStatus odbc_drain(GwLink *link, GwDeadline deadline, GwWaitMode mode, GwError *err);
extern GwStatus odbc_undo_send(GwLink *link, const char *sql, GwError *err);
extern GwStatus odbc_undo_wait(GwLink *link, GwDeadline deadline, GwError *err);

/* ---- gw_transport_odbc_error.c ---- */

/* The worker's outcome as a value; the link is broken where the driver says so. */
extern GwStatus odbc_error(OdbcLink *link, const OdbcWorker *worker, GwError *err);
extern GwStatus odbc_error_lost(OdbcLink *link, GwError *err);
extern GwStatus odbc_error_cancelled(GwError *err);

#endif /* GW_TRANSPORT_ODBC_H */
