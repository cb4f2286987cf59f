/*
 * gw_oauth.h
 *	  Bearer tokens: a fresh one in time.
 *
 * Non-blocking: a token that has to be fetched is an HTTP call the caller
 * waits for together with its own.  Tokens are kept by the backend for as long
 * as they last, under a hash of everything they were asked for with, so only
 * the same credentials find them.  How a token is asked for is a grant's
 * business (gw_oauth_grant.h); a platform may bring grants of its own.
 */
#ifndef GW_OAUTH_H
#define GW_OAUTH_H

#include "transport/gw_oauth_grant.h"

typedef struct GwOauth GwOauth;

/* A source in cxt; spec and policy are copied (their texts too). */
extern GwOauth *gw_oauth_create(MemoryContext cxt, const GwHttpPolicy *policy,
								const GwOauthSpec *spec);

/*
 * The value of the Authorization header (NULL: none is wanted), living until
 * the next call.  GW_TIMED_OUT: it is being fetched, wait for gw_oauth_call().
 */
extern GwStatus gw_oauth_authorization(GwOauth *oauth, const char **value, GwError *err);

/* What the source knows now, without asking anybody; NULL: nothing. */
extern const char *gw_oauth_known(const GwOauth *oauth);

/* The call that fetches, or NULL; and when to look again if there is none. */
extern GwHttpCall *gw_oauth_call(const GwOauth *oauth);
extern GwDeadline gw_oauth_pause(const GwOauth *oauth);

/* The service has refused this value: it is not given again.  false: there is no other. */
extern bool gw_oauth_refused(GwOauth *oauth, const char *value);

#endif /* GW_OAUTH_H */
