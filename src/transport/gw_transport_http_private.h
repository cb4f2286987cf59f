/*
 * gw_transport_http_private.h
 *	  What the files of the HTTP transport share.  Nobody else includes it.
 */
#ifndef GW_TRANSPORT_HTTP_PRIVATE_H
#define GW_TRANSPORT_HTTP_PRIVATE_H

#include <curl/curl.h>

#include "base/gw_guard.h"
#include "transport/gw_transport_http.h"

/*
 * One call.  malloc'd, because a detached one outlives every memory context;
 * its guard frees it otherwise.
 */
struct GwHttpCall
{
	CURL *easy;
	struct curl_slist *headers;
	GwGuard *guard; /* NULL once detached */
	bool added;		/* the engine has it */

	/* of the policy, for the callbacks */
	bool allow_private;

	GwBuf answer_head; /* header lines of the last answer */
	GwBuf answer;
	char *body;		/* to send */
	char url[512];	/* for messages: without its query, cut */
	char host[256];
	char method[16];
	char problem[CURL_ERROR_SIZE]; /* the library's own words */

	bool once;			  /* not a second time */
	bool sent;			  /* a connection was there for it */
	bool lost;			  /* that connection ended without an answer, and once is enough */
	bool refused_address; /* the name led to an address we do not go to */
	bool no_descriptor;
	bool done;
	CURLcode code; /* once done */
	int64 begun_us, ended_us;

	GwDeadline detached_until;
	int64 detached_ms;
	GwHttpCall *then;	 /* to begin with what the answer says about this member */
	const char *member;
	GwHttpCall *next_detached;
};

/* ---- gw_transport_http.c ---- */

/* The backend's engine, made at the first call; NULL with err. */
extern CURLM *gw_http_engine(GwError *err);
extern void gw_http_keep_detached(GwHttpCall *call);

/* ---- gw_transport_http_call.c ---- */

/* The library is done with a call.  No memory is allocated, nothing thrown. */
extern void gw_http_call_ended(GwHttpCall *call, CURLcode code);
extern void gw_http_call_free(GwHttpCall *call);

/* A detached call has ended: begin what comes then.  Nothing is thrown. */
extern void gw_http_call_follow(GwHttpCall *call);

#endif /* GW_TRANSPORT_HTTP_PRIVATE_H */
