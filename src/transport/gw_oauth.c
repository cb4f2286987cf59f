/*
 * gw_oauth.c
 *	  Bearer tokens: remembered while they last, renewed in time.
 *
 * Does not know how a token is asked for (gw_oauth_grant.c), and does not wait:
 * whoever needs a token waits for the call that fetches it.  Tokens live in the
 * backend's memory until they expire, found by a hash of the credentials they
 * were given for; a source lives in its caller's context.
 */
#include "postgres.h"

#include <time.h>

#include "base/gw_json.h"
#include "base/gw_retry.h"
#include "base/gw_secret.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "transport/gw_oauth.h"
#include "utils/memutils.h"

/*
 * A token is not used in its last minutes, as a request may wait in between; of
 * a short-lived one, in its last quarter.
 */
#define TOKEN_MARGIN_S 300
/* What an answer that does not say how long its token lasts is taken to mean. */
#define TOKEN_LIFE_S 3600
#define TOKEN_MAX_LIFE_S 86400
#define TOKEN_MAX_ANSWER (256 * 1024)
/* Tokens of other credentials that are remembered. */
#define TOKEN_MAX_KEPT 64

typedef struct OauthToken
{
	uint8 key[PG_SHA256_DIGEST_LENGTH];
	char *authorization; /* in TopMemoryContext; NULL: the entry is free */
	int64 until_s;		 /* from then on it is not given out any more */
} OauthToken;

struct GwOauth
{
	MemoryContext cxt;
	GwHttpPolicy policy;
	GwHttpPolicy local_policy; /* for grants that ask this machine */
	GwOauthSpec spec;
	uint8 key[PG_SHA256_DIGEST_LENGTH];
	int step;	  /* the grant that is being asked */
	char *before; /* the token of the one in front; in cxt */
	GwHttpCall *call;
	int attempt;
	GwDeadline pause;
	bool pausing;
	char *value; /* given out last */
};

static OauthToken oauth_tokens[TOKEN_MAX_KEPT];

/* Everything that a token depends on, but for the grants. */
static const size_t spec_texts[] = {
	offsetof(GwOauthSpec, token),
	offsetof(GwOauthSpec, token_ref),
	offsetof(GwOauthSpec, refresh_token),
	offsetof(GwOauthSpec, client_id),
	offsetof(GwOauthSpec, client_secret),
	offsetof(GwOauthSpec, private_key),
	offsetof(GwOauthSpec, passphrase),
	offsetof(GwOauthSpec, key_id),
	offsetof(GwOauthSpec, issuer),
	offsetof(GwOauthSpec, subject),
	offsetof(GwOauthSpec, scope),
	offsetof(GwOauthSpec, audience),
	offsetof(GwOauthSpec, subject_token_type),
	offsetof(GwOauthSpec, token_url),
	offsetof(GwOauthSpec, impersonate_url),
};

#define SPEC_TEXT(spec, i) (*(const char **) ((char *) (spec) + spec_texts[i]))

/* A new text would be one that tokens are not told apart by. */
StaticAssertDecl(sizeof(GwOauthSpec) ==
					 (GW_OAUTH_MAX_STEPS + lengthof(spec_texts)) * sizeof(char *),
				 "every text of GwOauthSpec stands in spec_texts");

static void
oauth_make_key(GwOauth *oauth)
{
	GwOauthSpec *spec = &oauth->spec;
	StringInfoData all;
	pg_cryptohash_ctx *hash;

	initStringInfo(&all);
	for (int i = 0; i < GW_OAUTH_MAX_STEPS && spec->grants[i] != NULL; i++)
		appendStringInfo(&all, "%s ", spec->grants[i]->name);
	for (int i = 0; i < lengthof(spec_texts); i++)
	{
		const char *text = SPEC_TEXT(spec, i);

		appendStringInfo(&all, " %d:", text ? (int) strlen(text) : -1);
		if (text != NULL)
			appendStringInfoString(&all, text);
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

static char *
oauth_strdup(MemoryContext cxt, const char *text)
{
	return text ? MemoryContextStrdup(cxt, text) : NULL;
}

GwOauth *
gw_oauth_create(MemoryContext cxt, const GwHttpPolicy *policy, const GwOauthSpec *spec)
{
	GwOauth *oauth = MemoryContextAllocZero(cxt, sizeof(GwOauth));

	oauth->cxt = cxt;
	oauth->policy = *policy;
	oauth->policy.ca_file = oauth_strdup(cxt, policy->ca_file);
	oauth->policy.user_agent = oauth_strdup(cxt, policy->user_agent);
	/* Such a service is at a link-local address, and has no TLS. */
	oauth->local_policy = oauth->policy;
	oauth->local_policy.allow_http = oauth->local_policy.allow_private = true;
	oauth->spec = *spec;
	for (int i = 0; i < lengthof(spec_texts); i++)
		SPEC_TEXT(&oauth->spec, i) = oauth_strdup(cxt, SPEC_TEXT(&oauth->spec, i));
	oauth_make_key(oauth);
	return oauth;
}

static const GwOauthGrant *
oauth_grant(const GwOauth *oauth, int step)
{
	return step < GW_OAUTH_MAX_STEPS ? oauth->spec.grants[step] : NULL;
}

/* Overwrite a secret before its memory is somebody else's. */
static void
oauth_wipe(char **text)
{
	if (*text == NULL)
		return;
	explicit_bzero(*text, strlen(*text));
	pfree(*text);
	*text = NULL;
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

/* Keep it in the place of its own kind, a free one, or that which ends first. */
static void
token_keep(const GwOauth *oauth, const char *token, int64 until_s)
{
	OauthToken *place = token_find(oauth);
	char *header = psprintf("Bearer %s", token);
	char *authorization = MemoryContextStrdup(TopMemoryContext, header);

	oauth_wipe(&header);
	for (int i = 0; place == NULL && i < TOKEN_MAX_KEPT; i++)
		if (oauth_tokens[i].authorization == NULL)
			place = &oauth_tokens[i];
	if (place == NULL)
	{
		place = &oauth_tokens[0];
		for (int i = 1; i < TOKEN_MAX_KEPT; i++)
			if (oauth_tokens[i].until_s < place->until_s)
				place = &oauth_tokens[i];
	}
	oauth_wipe(&place->authorization);
	memcpy(place->key, oauth->key, sizeof(place->key));
	place->authorization = authorization;
	place->until_s = until_s;
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
	bool another = false;

	for (int i = 0; oauth_grant(oauth, i) != NULL; i++)
		another = another || !oauth_grant(oauth, i)->fixed;
	/* Somebody may have fetched another one meanwhile. */
	if (another && token != NULL && strcmp(token->authorization, value) == 0)
		oauth_wipe(&token->authorization);
	return another;
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

/* The chain is at its end, or has broken: the next fetch begins anew. */
static void
oauth_rewind(GwOauth *oauth)
{
	oauth->step = 0;
	oauth_wipe(&oauth->before);
}

/* A step has given its token: the last one's is what was wanted. */
static void
oauth_take(GwOauth *oauth, const char *token, int64 expires_s)
{
	gw_secret_register(token);
	oauth->attempt = 0;
	if (oauth_grant(oauth, oauth->step + 1) == NULL)
	{
		int64 now = (int64) time(NULL);
		int64 life = expires_s - now;

		/* However short it lasts, it is used once: it is what the service gives. */
		token_keep(oauth, token,
				   expires_s == 0 ? PG_INT64_MAX
								  : now + Max(life - Min(TOKEN_MARGIN_S, life / 4), 1));
		oauth_rewind(oauth);
		return;
	}
	oauth_wipe(&oauth->before);
	oauth->before = MemoryContextStrdup(oauth->cxt, token);
	oauth->step++;
}

/* Ask the grant whose turn it is; it may have its token at once. */
static GwStatus
oauth_ask(GwOauth *oauth, GwError *err)
{
	const GwOauthGrant *grant = oauth_grant(oauth, oauth->step);
	GwOauthAsk ask = {.method = "POST", .url = oauth->spec.token_url};
	GwStatus status;

	oauth->pausing = false;
	oauth->attempt++;
	initStringInfo(&ask.body);
	status = grant->ask(&oauth->spec, oauth->before, &ask, err);
	if (status == GW_OK && ask.token != NULL)
		oauth_take(oauth, ask.token, ask.expires_s);
	else if (status == GW_OK)
	{
		GwHttpRequest request = {.method = ask.method,
								 .url = ask.url,
								 .headers = ask.headers,
								 .nheaders = ask.nheaders,
								 .body = ask.body.len > 0 ? ask.body.data : NULL,
								 .bodylen = ask.body.len,
								 .max_answer = TOKEN_MAX_ANSWER};

		oauth->call = gw_http_start(oauth->cxt,
									grant->local_service ? &oauth->local_policy : &oauth->policy,
									&request, err);
		status = oauth->call ? GW_OK : GW_FAILED;
	}
	explicit_bzero(ask.body.data, ask.body.len);
	pfree(ask.body.data);
	oauth_wipe(&ask.token);
	return status;
}

/* ---- answers ---- */

/* When an answer says its token ends; seconds since 1970. */
static int64
oauth_expiry(const JsonbValue *answer)
{
	int64 now = (int64) time(NULL);
	int64 life = gw_json_get_int(answer, "expires_in", 0);
	char *until = gw_json_get_text(answer, "expireTime");
	struct tm tm = {0};

	/* RFC 3339 as services write it: 2024-01-02T03:04:05Z. */
	if (until != NULL &&
		sscanf(until, "%4d-%2d-%2dT%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
			   &tm.tm_hour, &tm.tm_min, &tm.tm_sec) == 6)
	{
		tm.tm_year -= 1900;
		tm.tm_mon--;
		life = (int64) timegm(&tm) - now;
	}
	return now + (life > 0 ? Min(life, TOKEN_MAX_LIFE_S) : TOKEN_LIFE_S);
}

/* What an error answer says, classed for a retry. */
static GwStatus
oauth_refusal(int status, const JsonbValue *answer, GwError *err)
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
	else if (cls == GW_ERR_AUTH)
		gw_error_hint(err, "Check the credentials of the user mapping.");
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
		oauth_rewind(oauth);
		oauth->attempt = 0;
		return GW_FAILED;
	}
	oauth->pause = gw_deadline_in_ms(pause);
	oauth->pausing = true;
	return GW_TIMED_OUT;
}

/* The token of an answer. */
static GwStatus
oauth_read(GwOauth *oauth, const GwOauthGrant *grant, GwError *err)
{
	const GwBuf *body = gw_http_body(oauth->call);
	int code = gw_http_status(oauth->call);
	GwError unread;
	JsonbValue *answer = gw_json_parse(body->data, body->len, code / 100 == 2 ? err : &unread);
	char *token;

	if (code / 100 != 2)
		return oauth_refusal(code, answer, err);
	if (answer == NULL)
		return GW_FAILED;
	token = gw_json_get_text(answer, grant->token_field ? grant->token_field : "access_token");
	if (token == NULL || token[0] == '\0')
		return gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_PROTOCOL_VIOLATION,
							"the token service gave no token");
	oauth_take(oauth, token, oauth_expiry(answer));
	return GW_OK;
}

/* The call has ended.  GW_OK: a token; GW_TIMED_OUT: another attempt later. */
static GwStatus
oauth_take_answer(GwOauth *oauth, GwError *err)
{
	const GwOauthGrant *grant = oauth_grant(oauth, oauth->step);
	int64 retry_after = -1;
	GwStatus status = gw_http_result(oauth->call, err);

	if (status == GW_OK)
	{
		char *after = gw_http_header(oauth->call, "Retry-After");

		if (after != NULL)
			retry_after = gw_retry_after_ms(after, (int64) time(NULL));
		status = oauth_read(oauth, grant, err);
	}
	gw_http_release(oauth->call);
	oauth->call = NULL;
	return status == GW_OK ? GW_OK : oauth_retry(oauth, retry_after, err);
}

GwStatus
gw_oauth_authorization(GwOauth *oauth, const char **value, GwError *err)
{
	*value = NULL;
	if (oauth_grant(oauth, 0) == NULL)
		return GW_OK;
	for (;;)
	{
		const OauthToken *token = token_find(oauth);
		GwStatus status;

		if (oauth->step == 0 && oauth->call == NULL && token != NULL &&
			token->until_s > (int64) time(NULL))
		{
			if (oauth->value == NULL || strcmp(oauth->value, token->authorization) != 0)
			{
				oauth_wipe(&oauth->value);
				oauth->value = MemoryContextStrdup(oauth->cxt, token->authorization);
			}
			*value = oauth->value;
			return GW_OK;
		}
		if (oauth->call != NULL)
		{
			if (!gw_http_done(oauth->call))
				return GW_TIMED_OUT;
			status = oauth_take_answer(oauth, err);
		}
		else if (oauth->pausing && !gw_deadline_passed(oauth->pause))
			return GW_TIMED_OUT;
		else
		{
			status = oauth_ask(oauth, err);
			if (status != GW_OK)
			{
				oauth_rewind(oauth);
				oauth->attempt = 0;
			}
		}
		if (status != GW_OK)
			return status;
	}
}
