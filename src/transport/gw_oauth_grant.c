/*
 * gw_oauth_grant.c
 *	  The ways to get a bearer token that several services share.
 *
 * Does not send and does not remember: what a grant writes lives in its
 * caller's context until the request is on its way.
 */
#include "postgres.h"

#include <time.h>

#include "base/gw_secret.h"
#include "base/gw_url.h"
#include "common/base64.h"
#include "transport/gw_jwt.h"
#include "transport/gw_oauth_grant.h"
#include "utils/builtins.h"
#include "utils/json.h"

/* What services allow at most for an assertion. */
#define ASSERTION_LIFE_S 3600

void
gw_oauth_form(GwOauthAsk *ask, const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (ask->body.len == 0)
		gw_oauth_header(ask, "Content-Type", "application/x-www-form-urlencoded");
	else
		appendStringInfoChar(&ask->body, '&');
	appendStringInfo(&ask->body, "%s=", name);
	gw_url_escape(&ask->body, value);
}

void
gw_oauth_header(GwOauthAsk *ask, const char *name, const char *value)
{
	Assert(ask->nheaders < GW_OAUTH_MAX_HEADERS);
	ask->headers[ask->nheaders++] = (GwHttpHeader){name, value};
}

/* ---- tokens that are there ---- */

static GwStatus
static_ask(const GwOauthSpec *spec, const char *before, GwOauthAsk *ask, GwError *err)
{
	ask->token = pstrdup(spec->token);
	return GW_OK;
}

const GwOauthGrant gw_oauth_static = {.name = "static", .fixed = true, .ask = static_ask};

static GwStatus
reference_ask(const GwOauthSpec *spec, const char *before, GwOauthAsk *ask, GwError *err)
{
	return gw_secret_resolve(spec->token_ref, &ask->token, err);
}

const GwOauthGrant gw_oauth_reference = {.name = "reference", .ask = reference_ask};

/* ---- a refresh token ---- */

static GwStatus
refresh_ask(const GwOauthSpec *spec, const char *before, GwOauthAsk *ask, GwError *err)
{
	gw_oauth_form(ask, "grant_type", "refresh_token");
	gw_oauth_form(ask, "refresh_token", spec->refresh_token);
	gw_oauth_form(ask, "client_id", spec->client_id);
	gw_oauth_form(ask, "client_secret", spec->client_secret);
	return GW_OK;
}

const GwOauthGrant gw_oauth_refresh = {.name = "refresh", .ask = refresh_ask};

/* ---- a client on its own behalf ---- */

/* The client's name and secret travel as RFC 6749, 2.3.1 has it: HTTP Basic. */
static GwStatus
client_ask(const GwOauthSpec *spec, const char *before, GwOauthAsk *ask, GwError *err)
{
	StringInfoData pair;
	char *header;
	int room, n;

	initStringInfo(&pair);
	gw_url_escape(&pair, spec->client_id);
	appendStringInfoChar(&pair, ':');
	gw_url_escape(&pair, spec->client_secret);
	room = pg_b64_enc_len(pair.len);
	header = palloc(strlen("Basic ") + room + 1);
	strcpy(header, "Basic ");
	n = pg_b64_encode((const void *) pair.data, pair.len, header + strlen("Basic "), room);
	header[strlen("Basic ") + Max(n, 0)] = '\0';
	gw_secret_register(header + strlen("Basic "));
	explicit_bzero(pair.data, pair.len);
	gw_oauth_form(ask, "grant_type", "client_credentials");
	gw_oauth_form(ask, "scope", spec->scope);
	gw_oauth_header(ask, "Authorization", header);
	return GW_OK;
}

const GwOauthGrant gw_oauth_client = {.name = "client", .ask = client_ask};

/* A token that is only to make another one wants the right to do that, and no more. */
static const char *
grant_scope(const GwOauthSpec *spec)
{
	return spec->impersonate_url != NULL ? spec->impersonate_scope : spec->scope;
}

/* ---- a signed assertion ---- */

static void
claim_add(StringInfo claims, const char *name, const char *value)
{
	if (value == NULL)
		return;
	appendStringInfo(claims, "%c\"%s\":", claims->len > 0 ? ',' : '{', name);
	escape_json(claims, value);
}

/* {"iss":...,"scope":...,"aud":...,"iat":...,"exp":...} signed by the key. */
static GwStatus
assertion_ask(const GwOauthSpec *spec, const char *before, GwOauthAsk *ask, GwError *err)
{
	int64 now = (int64) time(NULL);
	const char *scope = grant_scope(spec);
	StringInfoData header;
	StringInfoData claims;
	char *assertion;

	initStringInfo(&header);
	claim_add(&header, "alg", "RS256");
	claim_add(&header, "typ", "JWT");
	claim_add(&header, "kid", spec->key_id);
	appendStringInfoChar(&header, '}');
	initStringInfo(&claims);
	claim_add(&claims, "iss", spec->issuer);
	claim_add(&claims, "sub", spec->subject);
	claim_add(&claims, "scope", scope ? scope : "");
	claim_add(&claims, "aud", spec->token_url);
	appendStringInfo(&claims, ",\"iat\":" INT64_FORMAT ",\"exp\":" INT64_FORMAT "}", now,
					 now + ASSERTION_LIFE_S);
	assertion = gw_jwt_sign(header.data, claims.data, spec->private_key, spec->passphrase, err);
	if (assertion == NULL)
		return GW_FAILED;
	gw_oauth_form(ask, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
	gw_oauth_form(ask, "assertion", assertion);
	return GW_OK;
}

const GwOauthGrant gw_oauth_assertion = {.name = "assertion", .ask = assertion_ask};

/* ---- the machine ---- */

static GwStatus
metadata_ask(const GwOauthSpec *spec, const char *before, GwOauthAsk *ask, GwError *err)
{
	ask->method = "GET";
	gw_oauth_header(ask, "Metadata-Flavor", "Google");
	return GW_OK;
}

const GwOauthGrant gw_oauth_metadata = {
	.name = "metadata",
	.local_service = true,
	.ask = metadata_ask,
};

/* ---- one token for another ---- */

static GwStatus
exchange_ask(const GwOauthSpec *spec, const char *before, GwOauthAsk *ask, GwError *err)
{
	gw_oauth_form(ask, "grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
	gw_oauth_form(ask, "requested_token_type", "urn:ietf:params:oauth:token-type:access_token");
	gw_oauth_form(ask, "audience", spec->audience);
	gw_oauth_form(ask, "scope", grant_scope(spec));
	gw_oauth_form(ask, "subject_token_type", spec->subject_token_type);
	gw_oauth_form(ask, "subject_token", before);
	return GW_OK;
}

const GwOauthGrant gw_oauth_exchange = {.name = "exchange", .ask = exchange_ask};

/* {"lifetime":"3600s","scope":["...","..."]} */
static GwStatus
impersonate_ask(const GwOauthSpec *spec, const char *before, GwOauthAsk *ask, GwError *err)
{
	const char *scope = spec->scope ? spec->scope : "";

	ask->url = spec->impersonate_url;
	gw_oauth_header(ask, "Content-Type", "application/json");
	gw_oauth_header(ask, "Authorization", psprintf("Bearer %s", before));
	appendStringInfoString(&ask->body, "{\"lifetime\":\"3600s\",\"scope\":[");
	while (*scope != '\0')
	{
		size_t len = strcspn(scope, " ");

		if (len > 0)
		{
			if (ask->body.data[ask->body.len - 1] != '[')
				appendStringInfoChar(&ask->body, ',');
			escape_json(&ask->body, pnstrdup(scope, len));
		}
		scope += len;
		scope += strspn(scope, " ");
	}
	appendStringInfoString(&ask->body, "]}");
	return GW_OK;
}

const GwOauthGrant gw_oauth_impersonate = {
	.name = "impersonate",
	.token_field = "accessToken",
	.ask = impersonate_ask,
};
