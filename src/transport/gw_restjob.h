/*
 * gw_restjob.h
 *	  Statements as remote jobs over HTTP: submit, poll, read pages, cancel.
 *
 * Sits between the HTTP engine and a platform that speaks REST, and fills the
 * GwTransport contract: session and foreign tables need no change.  What is
 * the same everywhere is here: tokens and their renewal, retries with back-off,
 * prefetching of pages, cancelling what nobody waits for any more, the proof
 * that a result is complete.  A platform gives callbacks that write requests
 * and read answers; they never wait and never send.
 *
 * A job goes through CHECK (optional), SUBMIT, POLL until it is ready, PAGE
 * after page, and ends.  Where the answer to SUBMIT or POLL holds rows
 * already, it is page 0.
 */
#ifndef GW_RESTJOB_H
#define GW_RESTJOB_H

#include "base/gw_json_stream.h"
#include "lib/ilist.h"
#include "transport/gw_oauth.h"
#include "transport/gw_transport.h"

typedef struct GwRestLink GwRestLink;
typedef struct GwRestJob GwRestJob;
typedef struct GwRestOps GwRestOps;

typedef enum GwRestKind
{
	GW_REST_CHECK,	/* before anything runs: a price, a kind of statement */
	GW_REST_SUBMIT, /* begin the job */
	GW_REST_TRACE,	/* the answer to SUBMIT is lost, and it must not be sent again: was it begun? */
	GW_REST_POLL,	/* how does it stand? */
	GW_REST_PAGE,	/* some of its rows */
	GW_REST_CANCEL, /* stop it */
	GW_REST_HELLO,	/* before the first job of a link: is somebody there, and lets us in? */
	GW_REST_TARGET, /* what takes the rows that are to be sent: a table's columns */
	GW_REST_BEGIN,	/* begin an upload of rows */
	GW_REST_UPLOAD, /* a piece of it; see GwRestUpload */
	GW_REST_REPORT, /* what a job that has ended well has cost; no answer is no error */
} GwRestKind;

#define GW_REST_MAX_HEADERS 8

/* A request to make; texts are palloc'd, the body in the database encoding. */
typedef struct GwRestRequest
{
	const char *method; /* as preset: GET, and POST for SUBMIT and CANCEL */
	const char *url;
	GwHttpHeader headers[GW_REST_MAX_HEADERS];
	int nheaders;
	const char *body; /* NULL: none */
	size_t bodylen;	  /* preset 0: strlen */
	bool utf8;		  /* the body is UTF-8 already */
	bool anonymous;	  /* without Authorization: a signed URL */
	bool repeatable;  /* preset: all but SUBMIT; asking twice does no harm */
	bool place;		  /* PAGE: the answer will only tell where the page is */
	int attempt;	  /* in: 1, or more after failures */
} GwRestRequest;

/* One page; its body lives until nobody reads its cells any more. */
typedef struct GwRestPage
{
	int number;
	GwBuf *body;
	GwJsonReader reader; /* begun over the body, which it writes into */
	int stage;			 /* the platform's: where it stands; starts at 0 */
	int64 rows;			 /* handed out so far, kept by gw_restjob_row() */
} GwRestPage;

typedef struct GwRestAnswer
{
	int status;
	GwHttpCall *call; /* for headers */
	GwRestPage page;  /* the body, and a reader of it */
	bool is_page;	  /* out, SUBMIT and POLL: it is page 0, and goes on from here */
} GwRestAnswer;

/*
 * Rows on their way out, as COPY writes its text.  Few of them become a
 * statement, many an upload that is taken as a whole or not at all; nothing is
 * there before all rows were given.  job->stmt's parameters are their columns.
 */
typedef struct GwRestCopyOps
{
	int statement_bytes; /* rows beyond that are uploaded; without encode: refused (54000) */
	int piece_bytes;	 /* of an upload, all pieces but the last */

	/*
	 * Read the answer to TARGET, BEGIN or UPLOAD (2xx).  UPLOAD: what the last
	 * piece is answered by; job->id and what POLL needs are known then.  NULL: build()
	 * makes none of these requests.
	 */
	GwStatus (*read)(GwRestJob *job, GwRestKind kind, GwRestAnswer *answer, GwError *err);

	/*
	 * These whole rows, all there are, shall go as one statement: make it, for
	 * SUBMIT.  GW_DONE: they are too many for one.  The job's context is current.
	 */
	GwStatus (*statement)(GwRestJob *job, const char *rows, int len, GwError *err);

	/*
	 * Append what these whole rows are in an upload; a short-lived context is current.
	 * NULL: there are no uploads.
	 */
	GwStatus (*encode)(GwRestJob *job, const char *rows, int len, StringInfo out,
					   GwError *err);
} GwRestCopyOps;

/* An upload as UPLOAD's request has to show it; filled by gw_restjob_copy.c. */
typedef struct GwRestUpload
{
	const char *data; /* of the piece */
	int len;
	int64 offset;	/* of its first byte */
	bool last;		/* the upload ends with it */
	int64 received; /* set by read_error: bytes the service has; -1: all, and the job runs */
} GwRestUpload;

struct GwRestOps
{
	const char *name;	 /* of the transport */
	const GwRestCopyOps *copy; /* NULL: rows go out as parameters only */
	size_t link_size;	 /* the platform's part of a link, zeroed: link->data */
	size_t job_size;	 /* ... and of a job: job->data */
	int prefetch;		 /* pages asked for ahead of the one being read */
	int places;			 /* pages beyond those of which it is asked where they are */
	bool reports;		 /* REPORT is asked, while the pages are read */
	size_t max_page;	 /* bytes of a page; more is an error */
	const char *late_name; /* member of the answer to SUBMIT that only tells job->id; NULL:
							* it is known before.  CANCEL is built without it as well. */

	/*
	 * Fill link->policy, link->auth, link->service and link->data from the
	 * settings; the link's context is current.  Called once.
	 */
	GwStatus (*open)(GwRestLink *link, const GwSetting *settings, int nsettings, GwError *err);

	/*
	 * Write one request; a short-lived context is current.
	 * GW_DONE: there is none (HELLO, CHECK, TARGET: not wanted; TRACE: there is no way;
	 * PAGE: no such page; CANCEL: not possible, or not any more).  GW_TIMED_OUT, PAGE
	 * only: not known yet.  UPLOAD: the piece is job->upload; after a failure
	 * (request->attempt > 1) ask how much of it came.
	 */
	GwStatus (*build)(GwRestJob *job, GwRestKind kind, int page, GwRestRequest *request,
					  GwError *err);

	/*
	 * Read the answer (status 2xx) to CHECK, SUBMIT, TRACE, POLL or REPORT; the job's
	 * context is current.  Sets job->ready when the job has ended well, then also the
	 * columns and, once known, result and total_rows.  CHECK: GW_OK lets the job go on.
	 * TRACE: sets job->id when the job was begun.
	 */
	GwStatus (*read_status)(GwRestJob *job, GwRestKind kind, GwRestAnswer *answer, GwError *err);

	/*
	 * Read what an answer of another status says into err.  GW_FAILED; or GW_OK
	 * where it is none (a job that was submitted twice is there): POLL follows.
	 * UPLOAD: GW_OK where the upload goes on, with job->upload.received set.
	 */
	GwStatus (*read_error)(GwRestJob *job, GwRestKind kind, GwRestAnswer *answer, GwError *err);

	/*
	 * PAGE was answered (2xx).  GW_OK: with the page; GW_TIMED_OUT: only with what
	 * says where it is, and build() is asked for it again.  NULL: always the page.
	 */
	GwStatus (*read_page)(GwRestJob *job, GwRestPage *page, GwError *err);

	/*
	 * A page has come: read what is needed to ask for the next one, as far as it
	 * stands before the rows.  May be NULL.
	 */
	GwStatus (*read_head)(GwRestJob *job, GwRestPage *page, GwError *err);

	/*
	 * Up to max_rows rows of the page, each begun by gw_restjob_row().  GW_OK:
	 * there may be more; GW_DONE: the page has no more.  Cells may point into the page's
	 * body; what is made anew is palloc'd in the current context.
	 */
	GwStatus (*read_rows)(GwRestJob *job, GwRestPage *page, int max_rows, GwError *err);

	/* After the last page: last words, such as what it has cost.  May be NULL. */
	GwStatus (*ended)(GwRestJob *job, GwError *err);
};

struct GwRestLink
{
	GwLink head;
	const GwRestOps *ops;
	GwHttpPolicy policy;
	GwOauth *auth;
	const char *service; /* name of what is asked, for gw_health.h */
	void *data;
	dlist_head jobs; /* that run remotely, as far as we know */
	GwRestJob *hello; /* private: asked by connect() */
};

/* A request on its way, with its retries; private to gw_restjob. */
typedef struct GwRestSlot
{
	GwHttpCall *call;
	int attempt;
	GwDeadline pause; /* not again before */
	bool pausing;
	bool renewed;		 /* asked again with another token */
	bool repeatable;	 /* of the request, as it was built */
	bool lost;			 /* it was sent, and nobody knows what came of it */
	bool anonymous;
	bool of_link;		 /* the call is the link's, and may outlive the job */
	char *authorization; /* that it was sent with */
	int kind, page;
} GwRestSlot;

struct GwRestJob
{
	GwRun head;
	GwRestLink *link;
	GwStatement stmt; /* what it runs */
	void *data;

	/* Filled by the callbacks. */
	char *id;			/* what the remote calls it */
	bool ready;			/* it has ended well, its pages can be read */
	GwColumnInfo *columns;
	int ncolumns;
	int64 total_rows; /* that all pages together must have; -1: not known */
	int submits;	  /* how often SUBMIT was sent: a duplicate may be our own */
	bool failed;	  /* by read_error: the job has failed, not the request */
	GwRestUpload upload;

	/* The rest is private. */
	struct GwRestCopy *copy; /* NULL: it is no copy */
	int phase;
	int64 running_since; /* gw_monotonic_us(); 0: not yet */
	GwRestSlot slot; /* CHECK, SUBMIT, TRACE, POLL */
	GwError *lost;	 /* what SUBMIT ended with, while it is traced */
	int traces;
	GwRestSlot report;
	bool reported;
	bool report_awaited; /* only its answer is missing, until report_until */
	GwDeadline report_until;
	int generation; /* jobs submitted for this statement, one after another */
	struct GwRestAhead *pages; /* a queue: the first is being read */
	int next_page;			   /* number of the next one to ask for */
	bool next_is_page;		   /* that asks for its rows, not where they are: not ahead of time */
	bool no_more_pages;
	int failed_tries; /* of a page, that the breaker has heard of since one came */
	struct GwRestAhead *spent; /* read, but cells may point into them */
	GwBatch batch;
	int64 max_cells; /* that batch.cells has room for */
	MemoryContext rows; /* what cells of the batch point to */
	MemoryContext scratch;
	GwHttpCall *stop;  /* CANCEL, ready to be sent */
	bool stop_unnamed; /* ... but for the job's name */
	char *stop_authorization;
	dlist_node node; /* in link->jobs */
	bool listed;
	bool resuming; /* the last next() was left half way */
	int64 nrows;
};

/* For read_rows: the cells of one more row, columns as in job->columns. */
extern GwCell *gw_restjob_row(GwRestJob *job, GwRestPage *page);

/* The same of n > 0 rows at once, one behind the other. */
extern GwCell *gw_restjob_rows(GwRestJob *job, GwRestPage *page, int n);

/*
 * For read_rows at the end of a page: what was asked for behind it is not what
 * follows it.  Those pages are dropped and asked for anew, by the numbers they had.
 */
extern void gw_restjob_forget_ahead(GwRestJob *job);

/* For read_rows: a text of the page in the database encoding; *len as well. */
extern const char *gw_restjob_text(const char *text, size_t *len);

/* A random id as services want it for what must not happen twice; palloc'd. */
extern char *gw_restjob_uuid(void);

/* What a transport made of ops has in its slots. */
extern GwStatus gw_restjob_create(const GwTransport *transport, const GwRestOps *ops,
								  MemoryContext parent, const GwSetting *settings,
								  int nsettings, GwLink **link, GwError *err);
extern GwStatus gw_restjob_connect(GwLink *link, GwDeadline deadline, GwError *err);
extern GwStatus gw_restjob_start(GwLink *link, MemoryContext cxt, const GwStatement *stmt,
								 GwRun **run, GwError *err);
extern GwStatus gw_restjob_next(GwRun *run, int max_rows, GwDeadline deadline,
								const GwBatch **batch, GwError *err);
extern GwStatus gw_restjob_copy_start(GwLink *link, MemoryContext cxt,
									  const GwStatement *stmt, GwDeadline deadline,
									  GwRun **run, GwError *err);
extern GwStatus gw_restjob_copy_send(GwRun *run, const char *data, int len,
									 GwDeadline deadline, GwError *err);
extern GwStatus gw_restjob_copy_end(GwRun *run, GwDeadline deadline, GwError *err);
extern void gw_restjob_finish(GwRun *run);
extern GwStatus gw_restjob_cancel(GwLink *link, GwDeadline deadline, GwWaitMode mode,
								  GwError *err);
extern GwStatus gw_restjob_drain(GwLink *link, GwDeadline deadline, GwWaitMode mode,
								 GwError *err);
extern void gw_restjob_close(GwLink *link);
extern GwLinkState gw_restjob_state(GwLink *link);

/* For a platform with GwRestOps.copy. */
#define GW_RESTJOB_COPY_SLOTS                                                                  \
	.copy_whole = true, .copy_start = gw_restjob_copy_start,                                   \
	.copy_send = gw_restjob_copy_send, .copy_end = gw_restjob_copy_end

#define GW_RESTJOB_SLOTS                                                                       \
	.concurrent_runs = true, .connect = gw_restjob_connect, .start = gw_restjob_start,         \
	.next = gw_restjob_next, .finish = gw_restjob_finish, .cancel = gw_restjob_cancel,         \
	.drain = gw_restjob_drain, .close = gw_restjob_close, .state = gw_restjob_state

#endif /* GW_RESTJOB_H */
