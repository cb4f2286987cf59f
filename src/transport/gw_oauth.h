/*
 * gw_oauth.h
 *	  Bearer tokens: where they come from, and a fresh one in time.
 *
 * Non-blocking: a token that has to be fetched is an HTTP call the caller
 * waits for together with its own.  Tokens are kept by the backend for as long
 * as they last, under a hash of everything they were asked for with, so only
 * the same credentials find them.
 */
#ifndef GW_OAUTH_H
#define GW_OAUTH_H

#include "transport/gw_transport_http.h"

typedef enum GwOauthKind
{
	GW_OAUTH_NONE,	   /* no Authorization header at all */
	GW_OAUTH_STATIC,   /* token */
	GW_OAUTH_REFRESH,  /* refresh_token, client_id, client_secret */
	GW_OAUTH_KEY,	   /* private_key, issuer: a signed assertion for a token */
	GW_OAUTH_METADATA, /* the machine's own identity, asked of its metadata service */
} GwOauthKind;

/* Texts may be NULL where the kind does not need them. */
typedef struct GwOauthSpec
{
	GwOauthKind kind;
	const char *token;
	const char *refresh_token, *client_id, *client_secret;
	const char *private_key, *key_id, *issuer, *subject;
	const char *scope;
	const char *token_url; /* METADATA: of the service's token document */

	/*
	 * Exchange the token for one of this account: POST there (the text has the
	 * account in it) with {"scope":[...],"lifetime":"3600s"}.
	 */
	const char *impersonate_url;
} GwOauthSpec;

typedef struct GwOauth GwOauth;

/* A source in cxt; spec and policy are copied (policy's texts too). */
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
