/*
 * gw_oauth_grant.h
 *	  The ways to get a bearer token.
 *
 * A grant writes one request to a token service, or makes the token itself.  It
 * never waits, sends or keeps anything: that is gw_oauth.h.  Up to three
 * of them follow one another, each with the token of the one before: read a
 * proof, exchange it, act as another account.
 *
 * A grant of one platform alone is a const GwOauthGrant in that platform's
 * file; what it needs to know are texts of GwOauthSpec.
 */
#ifndef GW_OAUTH_GRANT_H
#define GW_OAUTH_GRANT_H

#include "lib/stringinfo.h"
#include "transport/gw_transport_http.h"

typedef struct GwOauthGrant GwOauthGrant;

#define GW_OAUTH_MAX_STEPS 3

/* What tokens are asked for with.  Texts may be NULL where no grant wants them. */
typedef struct GwOauthSpec
{
	/* In their order; none at all: there is no Authorization header. */
	const GwOauthGrant *grants[GW_OAUTH_MAX_STEPS];
	const char *token;
	const char *token_ref; /* 'file:NAME', read anew each time */
	const char *refresh_token, *client_id, *client_secret;
	const char *private_key, *passphrase, *key_id, *issuer, *subject;
	const char *scope, *audience, *subject_token_type;
	const char *token_url;

	/* GW_OAUTH_IMPERSONATE: POST there; the text has the account in it. */
	const char *impersonate_url;
	/* What the token in front of it is asked for with, instead of scope. */
	const char *impersonate_scope;
} GwOauthSpec;

#define GW_OAUTH_MAX_HEADERS 2

/* What a grant wants done: a token it has, or a request.  Texts are palloc'd. */
typedef struct GwOauthAsk
{
	char *token;	 /* this is it; there is nothing to send */
	int64 expires_s; /* of that token, since 1970; 0: it tells by being refused */

	const char *method; /* preset: POST */
	const char *url;	/* preset: the spec's token_url */
	GwHttpHeader headers[GW_OAUTH_MAX_HEADERS];
	int nheaders;
	StringInfoData body; /* preset: empty; wiped after use */
} GwOauthAsk;

struct GwOauthGrant
{
	const char *name;		 /* part of what tokens are found by */
	const char *token_field; /* of the answer; NULL: "access_token" */

	/* Does it ask this machine itself: an address that others may not name, without TLS? */
	bool local_service;

	/* Is it the same token again, whenever it is asked? */
	bool fixed;

	/*
	 * Fill ask; before is the token of the grant in front (NULL: it is the first).
	 * A short-lived context is current.  GW_FAILED with err ends the attempt.
	 */
	GwStatus (*ask)(const GwOauthSpec *spec, const char *before, GwOauthAsk *ask, GwError *err);
};

/* token, as it is, for as long as it is taken. */
extern const GwOauthGrant gw_oauth_static;
/* The text that token_ref refers to: one that somebody else renews there. */
extern const GwOauthGrant gw_oauth_reference;
/* refresh_token, client_id, client_secret (RFC 6749, 6). */
extern const GwOauthGrant gw_oauth_refresh;
/* client_id and client_secret alone, scope (RFC 6749, 4.4). */
extern const GwOauthGrant gw_oauth_client;
/* private_key, issuer, scope: a signed assertion (RFC 7523). */
extern const GwOauthGrant gw_oauth_assertion;
/* The machine's own identity, asked of its metadata service at token_url. */
extern const GwOauthGrant gw_oauth_metadata;
/* The token before, of audience and subject_token_type, for another (RFC 8693). */
extern const GwOauthGrant gw_oauth_exchange;
/* The token before, for one of the account that impersonate_url names. */
extern const GwOauthGrant gw_oauth_impersonate;

/* For grants: append name=value to a form, escaped; nothing for NULL. */
extern void gw_oauth_form(GwOauthAsk *ask, const char *name, const char *value);

/* For grants: one more header; beyond GW_OAUTH_MAX_HEADERS an assertion fails. */
extern void gw_oauth_header(GwOauthAsk *ask, const char *name, const char *value);

#endif /* GW_OAUTH_GRANT_H */
