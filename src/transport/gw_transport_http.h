/*
 * gw_transport_http.h
 *	  HTTP calls that never block: start some, drive them all, read what came.
 *
 * One engine per backend carries every call, so connections are used again
 * whichever server they are for.  A call belongs to a memory context and ends
 * with it at the latest; nothing is sent twice, redirected, or completed from
 * the environment.  Nobody sees the library beneath.
 */
#ifndef GW_TRANSPORT_HTTP_H
#define GW_TRANSPORT_HTTP_H

#include "base/gw_buf.h"
#include "base/gw_wait.h"

typedef struct GwHttpCall GwHttpCall;

typedef struct GwHttpHeader
{
	const char *name;
	const char *value;
} GwHttpHeader;

/* What a server may do with us; the caller keeps it as long as its calls. */
typedef struct GwHttpPolicy
{
	const char *ca_file;	/* trusted authorities; NULL: the system's */
	const char *user_agent;
	bool allow_http;		/* without TLS, too */
	bool allow_private;		/* addresses of this machine and private networks, too */
	int connect_timeout_ms; /* name, connection and TLS together */
	int silence_timeout_s;	/* not a byte for so long is the end of a call */
} GwHttpPolicy;

/* A call to make; all of it is copied. */
typedef struct GwHttpRequest
{
	const char *method;
	const char *url;
	const GwHttpHeader *headers; /* a NULL value leaves the header out */
	int nheaders;
	const char *body; /* NULL: none */
	size_t bodylen;
	size_t max_answer; /* bytes, inflated; more is an error (54000) */
	bool once;		   /* never sent a second time, also not where no answer came to the first */
} GwHttpRequest;

/*
 * Make a call that lives in cxt, ready to be begun.  Sends nothing, waits for
 * nothing.  NULL with err for a URL the policy forbids (42501), or no memory.
 */
extern GwHttpCall *gw_http_prepare(MemoryContext cxt, const GwHttpPolicy *policy,
								   const GwHttpRequest *request, GwError *err);

/*
 * Begin it; once only.  false: no memory, and the call has failed with that.
 * Never throws, so that clean-up may begin what was prepared.
 */
extern bool gw_http_begin(GwHttpCall *call);

/* Both at once. */
extern GwHttpCall *gw_http_start(MemoryContext cxt, const GwHttpPolicy *policy,
								 const GwHttpRequest *request, GwError *err);

/* Let every call get on as far as it can without waiting. */
extern void gw_http_pump(void);

/* Has the call ended, well or badly?  Does not look for news. */
extern bool gw_http_done(const GwHttpCall *call);

/*
 * Drive all calls until one of these n has ended (GW_OK), the deadline passed
 * (GW_TIMED_OUT) or the backend has to look at its interrupts (GW_INTERRUPTED).
 * In GW_WAIT_CLEANUP interrupts are held.  NULLs among the calls are passed over.
 */
extern GwStatus gw_http_wait(GwHttpCall *const *calls, int n, GwDeadline deadline,
							 GwWaitMode mode);

/*
 * What became of an ended call: GW_OK when an answer came whole, whatever its
 * status; else GW_FAILED (08001, 08006, 42501, 54000 ...).
 */
extern GwStatus gw_http_result(const GwHttpCall *call, GwError *err);

/* Of an answer: status, a header (NULL: none; palloc'd), the body (the call's). */
extern int gw_http_status(const GwHttpCall *call);
extern char *gw_http_header(const GwHttpCall *call, const char *name);
extern GwBuf *gw_http_body(GwHttpCall *call);

/* May the server have seen any of it? */
extern bool gw_http_was_sent(const GwHttpCall *call);

/* End a call wherever it stands; the connection may go with it. */
extern void gw_http_release(GwHttpCall *call);

/*
 * Let go of a call that shall go on by itself, for at most that long; its
 * answer is dropped.  It advances whenever the backend drives any call, ends a
 * transaction, or waits for its client outside of one.  Never throws.
 */
extern void gw_http_detach(GwHttpCall *call, int64 most_ms);

/* What stands in the URL of a call for a name that another call's answer will tell. */
#define GW_HTTP_LATER "--later--"

/*
 * The same, and when the answer has come, begin "then", with the text that the
 * answer's JSON has for that member (a constant) in place of GW_HTTP_LATER.  Both
 * calls are let go; an answer without it ends both.  Never throws.
 */
extern void gw_http_detach_then(GwHttpCall *call, int64 most_ms, GwHttpCall *then,
								const char *member);

/* A call shall live in that context instead.  Throws before anything is changed. */
extern void gw_http_move(GwHttpCall *call, MemoryContext cxt);

/* The socket-like descriptor that wakes when some call can get on; or -1. */
extern pgsocket gw_http_socket(void);

#endif /* GW_TRANSPORT_HTTP_H */
