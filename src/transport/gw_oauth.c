/*
 * gw_oauth.c
 *	  Where bearer tokens come from.
 *
 * Does not wait: whoever needs a token waits for the call that fetches it.
 * Tokens live in the backend's memory until they expire, found by a hash of the
 * credentials they were given for; a source lives in its caller's context.
 */
#include "postgres.h"

#include <time.h>

#include "base/gw_json.h"
#include "base/gw_retry.h"
#include "base/gw_secret.h"
#include "base/gw_url.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "lib/stringinfo.h"
#include "transport/gw_jwt.h"
#include "transport/gw_oauth.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"

/* A token is not used in its last minutes: a request may wait in between. */
#define TOKEN_MARGIN_S 300
#define TOKEN_LIFE_S 3600
#define TOKEN_MAX_ANSWER (256 * 1024)
/* Tokens of other credentials that are remembered. */
#define TOKEN_MAX_KEPT 64

typedef struct OauthToken
{
	uint8 key[PG_SHA256_DIGEST_LENGTH];
	char *authorization; /* in TopMemoryContext; NULL: the entry is free */
	int64 expires_s;
} OauthToken;

/* How far a fetch has come. */
typedef enum OauthStep
{
	STEP_NONE,
	STEP_TOKEN,		  /* the token endpoint was asked */
	STEP_IMPERSONATE, /* with its token the other account's was */
} OauthStep;

struct GwOauth
{
	MemoryContext cxt;
	GwHttpPolicy policy;
	GwOauthSpec spec;
	uint8 key[PG_SHA256_DIGEST_LENGTH];
	OauthStep step;
	GwHttpCall *call;
	int attempt;
	GwDeadline pause;
	bool pausing;
	char *value; /* given out last */
};

static OauthToken oauth_tokens[TOKEN_MAX_KEPT];

static char *
oauth_strdup(MemoryContext cxt, const char *text)
{
	return text ? MemoryContextStrdup(cxt, text) : NULL;
}

/* A hash of everything a token depends on. */
static void
oauth_make_key(GwOauth *oauth)
{
	const GwOauthSpec *spec = &oauth->spec;
	const char *parts[] = {spec->token,		   spec->refresh_token, spec->client_id,
						   spec->client_secret, spec->private_key,	spec->key_id,
						   spec->issuer,	   spec->subject,		spec->scope,
						   spec->token_url,	   spec->impersonate_url};
	StringInfoData all;
	pg_cryptohash_ctx *hash;

	initStringInfo(&all);
	appendStringInfo(&all, "%d", (int) spec->kind);
	for (int i = 0; i < lengthof(parts); i++)
	{
		appendStringInfo(&all, " %d:", parts[i] ? (int) strlen(parts[i]) : -1);
		if (parts[i] != NULL)
			appendStringInfoString(&all, parts[i]);
	}
	hash = pg_cryptohash_create(PG_SHA256);
	if (pg_cryptohash_init(hash) < 0 ||
		pg_cryptohash_update(hash, (uint8 *) all.data, all.len) < 0 ||
		pg_cryptohash_final(hash, oauth->key, sizeof(oauth->key)) < 0)
		/* Without a hash nothing is shared: a key nobody else has. */
		(void) pg_strong_random(oauth->key, sizeof(oauth->key));
	pg_cryptohash_free(hash);
	explicit_bzero(all.data, all.len);
	pfree(all.data);
}

GwOauth *
gw_oauth_create(MemoryContext cxt, const GwHttpPolicy *policy, const GwOauthSpec *spec)
{
	GwOauth *oauth = MemoryContextAllocZero(cxt, sizeof(GwOauth));

	oauth->cxt = cxt;
	oauth->policy = *policy;
	oauth->policy.ca_file = oauth_strdup(cxt, policy->ca_file);
	oauth->policy.user_agent = oauth_strdup(cxt, policy->user_agent);
	oauth->spec.kind = spec->kind;
	oauth->spec.token = oauth_strdup(cxt, spec->token);
	oauth->spec.refresh_token = oauth_strdup(cxt, spec->refresh_token);
	oauth->spec.client_id = oauth_strdup(cxt, spec->client_id);
	oauth->spec.client_secret = oauth_strdup(cxt, spec->client_secret);
	oauth->spec.private_key = oauth_strdup(cxt, spec->private_key);
	oauth->spec.key_id = oauth_strdup(cxt, spec->key_id);
	oauth->spec.issuer = oauth_strdup(cxt, spec->issuer);
	oauth->spec.subject = oauth_strdup(cxt, spec->subject);
	oauth->spec.scope = oauth_strdup(cxt, spec->scope);
	oauth->spec.token_url = oauth_strdup(cxt, spec->token_url);
	oauth->spec.impersonate_url = oauth_strdup(cxt, spec->impersonate_url);
	/* The metadata service is at a link-local address, and has no TLS. */
	if (spec->kind == GW_OAUTH_METADATA)
		oauth->policy.allow_http = oauth->policy.allow_private = true;
	oauth_make_key(oauth);
	return oauth;
}

/* ---- what is known ---- */

static OauthToken *
token_find(const GwOauth *oauth)
{
	for (int i = 0; i < TOKEN_MAX_KEPT; i++)
		if (oauth_tokens[i].authorization != NULL &&
			memcmp(oauth_tokens[i].key, oauth->key, sizeof(oauth->key)) == 0)
			return &oauth_tokens[i];
	return NULL;
}

static void
token_forget(OauthToken *token)
{
	explicit_bzero(token->authorization, strlen(token->authorization));
	pfree(token->authorization);
	token->authorization = NULL;
}

/* Keep it in the place of its own kind, a free one, or that which ends first. */
static void
token_keep(const GwOauth *oauth, const char *token, int64 expires_s)
{
	OauthToken *place = token_find(oauth);
	char *authorization;

	gw_secret_register(token);
	authorization = MemoryContextStrdup(TopMemoryContext, psprintf("Bearer %s", token));
	for (int i = 0; place == NULL && i < TOKEN_MAX_KEPT; i++)
		if (oauth_tokens[i].authorization == NULL)
			place = &oauth_tokens[i];
	if (place == NULL)
	{
		place = &oauth_tokens[0];
		for (int i = 1; i < TOKEN_MAX_KEPT; i++)
			if (oauth_tokens[i].expires_s < place->expires_s)
				place = &oauth_tokens[i];
	}
	if (place->authorization != NULL)
		token_forget(place);
	memcpy(place->key, oauth->key, sizeof(place->key));
	place->authorization = authorization;
	place->expires_s = expires_s;
}

const char *
gw_oauth_known(const GwOauth *oauth)
{
	const OauthToken *token = token_find(oauth);

	return token ? token->authorization : oauth->value;
}

bool
gw_oauth_refused(GwOauth *oauth, const char *value)
{
	OauthToken *token = token_find(oauth);

	if (oauth->spec.kind == GW_OAUTH_NONE ||
		(oauth->spec.kind == GW_OAUTH_STATIC && oauth->spec.impersonate_url == NULL))
		return false;
	/* Somebody may have fetched another one meanwhile. */
	if (token != NULL && strcmp(token->authorization, value) == 0)
		token_forget(token);
	return true;
}

GwHttpCall *
gw_oauth_call(const GwOauth *oauth)
{
	return oauth->call;
}

GwDeadline
gw_oauth_pause(const GwOauth *oauth)
{
	return oauth->pausing ? oauth->pause : gw_deadline_never();
}

/* ---- asking ---- */

/* {"iss":...,"scope":...,"aud":...,"iat":...,"exp":...} signed by the key. */
static char *
oauth_assertion(const GwOauth *oauth, GwError *err)
{
	const GwOauthSpec *spec = &oauth->spec;
	int64 now = (int64) time(NULL);
	StringInfoData header;
	StringInfoData claims;

	initStringInfo(&header);
	appendStringInfoString(&header, "{\"alg\":\"RS256\",\"typ\":\"JWT\"");
	if (spec->key_id != NULL)
	{
		appendStringInfoString(&header, ",\"kid\":");
		escape_json(&header, spec->key_id);
	}
	appendStringInfoChar(&header, '}');
	initStringInfo(&claims);
	appendStringInfoString(&claims, "{\"iss\":");
	escape_json(&claims, spec->issuer);
	if (spec->subject != NULL)
	{
		appendStringInfoString(&claims, ",\"sub\":");
		escape_json(&claims, spec->subject);
	}
	appendStringInfoString(&claims, ",\"scope\":");
	escape_json(&claims, spec->scope ? spec->scope : "");
	appendStringInfoString(&claims, ",\"aud\":");
	escape_json(&claims, spec->token_url);
	appendStringInfo(&claims, ",\"iat\":" INT64_FORMAT ",\"exp\":" INT64_FORMAT "}", now,
					 now + TOKEN_LIFE_S);
	return gw_jwt_sign(header.data, claims.data, spec->private_key, NULL, err);
}

static void
form_add(StringInfo form, const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (form->len > 0)
		appendStringInfoChar(form, '&');
	appendStringInfo(form, "%s=", name);
	gw_url_escape(form, value);
}

/* Ask the token endpoint, as the kind of credentials wants it. */
static GwStatus
oauth_ask_token(GwOauth *oauth, GwError *err)
{
	const GwOauthSpec *spec = &oauth->spec;
	GwHttpHeader form_header = {"Content-Type", "application/x-www-form-urlencoded"};
	GwHttpHeader metadata_header = {"Metadata-Flavor", "Google"};
	GwHttpRequest request = {.method = "POST",
							 .url = spec->token_url,
							 .headers = &form_header,
							 .nheaders = 1,
							 .max_answer = TOKEN_MAX_ANSWER};
	StringInfoData form;

	initStringInfo(&form);
	if (spec->kind == GW_OAUTH_METADATA)
	{
		request.method = "GET";
		request.headers = &metadata_header;
	}
	else
	{
		if (spec->kind == GW_OAUTH_KEY)
		{
			char *assertion = oauth_assertion(oauth, err);

			if (assertion == NULL)
				return GW_FAILED;
			form_add(&form, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
			form_add(&form, "assertion", assertion);
		}
		else
		{
			form_add(&form, "grant_type", "refresh_token");
			form_add(&form, "refresh_token", spec->refresh_token);
			form_add(&form, "client_id", spec->client_id);
			form_add(&form, "client_secret", spec->client_secret);
		}
		request.body = form.data;
		request.bodylen = form.len;
	}
	oauth->call = gw_http_start(oauth->cxt, &oauth->policy, &request, err);
	explicit_bzero(form.data, form.len);
	pfree(form.data);
	oauth->step = STEP_TOKEN;
	return oauth->call ? GW_OK : GW_FAILED;
}

/* With a token of our own ask for that of the account to act as. */
static GwStatus
oauth_ask_impersonated(GwOauth *oauth, const char *token, GwError *err)
{
	GwHttpHeader headers[] = {{"Content-Type", "application/json"},
							  {"Authorization", psprintf("Bearer %s", token)}};
	GwHttpRequest request = {.method = "POST",
							 .url = oauth->spec.impersonate_url,
							 .headers = headers,
							 .nheaders = 2,
							 .max_answer = TOKEN_MAX_ANSWER};
	const char *scope = oauth->spec.scope ? oauth->spec.scope : "";
	StringInfoData body;

	initStringInfo(&body);
	appendStringInfoString(&body, "{\"lifetime\":\"3600s\",\"scope\":[");
	while (*scope != '\0')
	{
		size_t len = strcspn(scope, " ");

		if (len > 0)
		{
			if (body.data[body.len - 1] != '[')
				appendStringInfoChar(&body, ',');
			escape_json(&body, pnstrdup(scope, len));
		}
		scope += len;
		scope += strspn(scope, " ");
	}
	appendStringInfoString(&body, "]}");
	request.body = body.data;
	request.bodylen = body.len;
	oauth->call = gw_http_start(oauth->cxt, &oauth->policy, &request, err);
	oauth->step = STEP_IMPERSONATE;
	return oauth->call ? GW_OK : GW_FAILED;
}

/* Begin a fetch, or its next attempt. */
static GwStatus
oauth_ask(GwOauth *oauth, GwError *err)
{
	oauth->pausing = false;
	oauth->attempt++;
	if (oauth->spec.kind != GW_OAUTH_STATIC)
		return oauth_ask_token(oauth, err);
	gw_secret_register(oauth->spec.token);
	return oauth_ask_impersonated(oauth, oauth->spec.token, err);
}

/* ---- answers ---- */

/* When an answer says its token ends; seconds since 1970. */
static int64
oauth_expiry(const JsonbValue *answer)
{
	int64 now = (int64) time(NULL);
	int64 life = gw_json_get_int(answer, "expires_in", 0);
	char *until = gw_json_get_text(answer, "expireTime");

	/* RFC 3339 as services write it: 2024-01-02T03:04:05Z; an hour if it is not. */
	if (until != NULL)
		life = TOKEN_LIFE_S;
	return now + (life > 0 ? Min(life, 86400) : TOKEN_LIFE_S);
}

/* What an error answer says, classed for a retry. */
static GwStatus
oauth_refusal(const GwOauth *oauth, int status, const JsonbValue *answer, GwError *err)
{
	char *error = gw_json_get_text(answer, "error");
	char *words = gw_json_get_text(answer, "error_description");
	char shown[512];
	GwErrorClass cls = GW_ERR_AUTH;

	if (error == NULL)
	{
		const JsonbValue *inner = gw_json_get(answer, "error");

		error = gw_json_get_text(inner, "status");
		words = gw_json_get_text(inner, "message");
	}
	if (status == 408 || status == 500 || status == 502 || status == 503 || status == 504 ||
		(error != NULL && (strcmp(error, "internal_failure") == 0 ||
						   strcmp(error, "server_error") == 0 ||
						   strcmp(error, "temporarily_unavailable") == 0)))
		cls = GW_ERR_TRANSIENT;
	else if (status == 429)
		cls = GW_ERR_THROTTLED;
	gw_error_remote_text(shown, sizeof(shown),
						 words ? words : error ? error : "no reason was given");
	gw_error_set(err, cls,
				 cls == GW_ERR_AUTH		   ? ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION
				 : cls == GW_ERR_THROTTLED ? ERRCODE_CONFIGURATION_LIMIT_EXCEEDED
										   : ERRCODE_CONNECTION_FAILURE,
				 "the token service refused: %s (HTTP status %d)", shown, status);
	if (error != NULL && strcmp(error, "invalid_grant") == 0)
		gw_error_hint(err, "The key or refresh token may have been revoked, or this machine's "
						   "clock is wrong.");
	return GW_FAILED;
}

/* Try again later, if that may help; else the error stands. */
static GwStatus
oauth_retry(GwOauth *oauth, int64 retry_after_ms, GwError *err)
{
	GwRetryCase failed = {.cls = err->cls,
						  .repeatable = true,
						  .attempt = oauth->attempt,
						  .retry_after_ms = retry_after_ms};
	int64 pause = gw_retry_pause(&gw_retry_default, &failed, gw_deadline_never(),
								 gw_retry_random());

	if (pause < 0)
	{
		oauth->step = STEP_NONE;
		oauth->attempt = 0;
		return GW_FAILED;
	}
	oauth->pause = gw_deadline_in_ms(pause);
	oauth->pausing = true;
	return GW_TIMED_OUT;
}

/* The call has ended: the token, the next step, another attempt, or an error. */
static GwStatus
oauth_take_answer(GwOauth *oauth, GwError *err)
{
	OauthStep step = oauth->step;
	int64 retry_after = -1;
	GwStatus status = gw_http_result(oauth->call, err);
	char *token = NULL;

	if (status == GW_OK)
	{
		int code = gw_http_status(oauth->call);
		char *after = gw_http_header(oauth->call, "Retry-After");
		JsonbValue *answer = gw_json_parse(gw_http_body(oauth->call)->data,
										   gw_http_body(oauth->call)->len, err);

		if (after != NULL)
			retry_after = gw_retry_after_ms(after, (int64) time(NULL));
		if (code / 100 != 2)
			status = oauth_refusal(oauth, code, answer, err);
		else if (answer == NULL)
			status = GW_FAILED;
		else
		{
			token = gw_json_get_text(answer,
									 step == STEP_IMPERSONATE ? "accessToken" : "access_token");
			if (token == NULL || token[0] == '\0')
				status = gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_PROTOCOL_VIOLATION,
									  "the token service gave no token");
			else if (step == STEP_IMPERSONATE || oauth->spec.impersonate_url == NULL)
				token_keep(oauth, token, oauth_expiry(answer));
		}
	}
	gw_http_release(oauth->call);
	oauth->call = NULL;
	if (status != GW_OK)
		return oauth_retry(oauth, retry_after, err);
	if (step == STEP_TOKEN && oauth->spec.impersonate_url != NULL)
	{
		gw_secret_register(token);
		status = oauth_ask_impersonated(oauth, token, err);
		return status == GW_OK ? GW_TIMED_OUT : status;
	}
	oauth->step = STEP_NONE;
	oauth->attempt = 0;
	return GW_OK;
}

GwStatus
gw_oauth_authorization(GwOauth *oauth, const char **value, GwError *err)
{
	*value = NULL;
	if (oauth->spec.kind == GW_OAUTH_NONE)
		return GW_OK;
	if (oauth->spec.kind == GW_OAUTH_STATIC && oauth->spec.impersonate_url == NULL)
	{
		if (oauth->value == NULL)
		{
			gw_secret_register(oauth->spec.token);
			oauth->value =
				MemoryContextStrdup(oauth->cxt, psprintf("Bearer %s", oauth->spec.token));
		}
		*value = oauth->value;
		return GW_OK;
	}
	for (;;)
	{
		OauthToken *token = token_find(oauth);
		GwStatus status;

		if (oauth->step == STEP_NONE && token != NULL &&
			token->expires_s > (int64) time(NULL) + TOKEN_MARGIN_S)
		{
			if (oauth->value == NULL || strcmp(oauth->value, token->authorization) != 0)
				oauth->value = MemoryContextStrdup(oauth->cxt, token->authorization);
			*value = oauth->value;
			return GW_OK;
		}
		if (oauth->call != NULL)
		{
			if (!gw_http_done(oauth->call))
				return GW_TIMED_OUT;
			status = oauth_take_answer(oauth, err);
			if (status == GW_OK)
			{
				/* However short it lasts: it is what the service gives. */
				token = token_find(oauth);
				if (token != NULL && token->expires_s <= (int64) time(NULL) + TOKEN_MARGIN_S)
					token->expires_s = (int64) time(NULL) + TOKEN_MARGIN_S + 1;
				continue;
			}
			if (status == GW_FAILED)
				return status;
			if (oauth->pausing)
				return GW_TIMED_OUT;
			continue;
		}
		if (oauth->pausing && !gw_deadline_passed(oauth->pause))
			return GW_TIMED_OUT;
		if (oauth_ask(oauth, err) != GW_OK)
		{
			oauth->step = STEP_NONE;
			return GW_FAILED;
		}
	}
}
