/*
 * gw_snowflake_auth.c
 *	  Snowflake's ways to get a token: one signed here, and its own OAuth.
 *
 * A token of a key pair is made without asking anybody and lasts an hour
 * (user-guide/key-pair-auth).  Keeps nothing; gw_oauth keeps tokens.
 */
#include "postgres.h"

#include <time.h>

#include "base/gw_secret.h"
#include "common/base64.h"
#include "platform/gw_snowflake_private.h"
#include "transport/gw_jwt.h"
#include "utils/formatting.h"
#include "utils/json.h"

/* Longer is cut to this by the service. */
#define TOKEN_LIFE_S 3600

char *
gw_snowflake_account(const char *account)
{
	char *name = asc_toupper(account, strlen(account));
	char *end = strstr(name, ".GLOBAL");

	/* The region is no part of it; of a replicated account neither is the suffix. */
	end = strchr(name, end ? '-' : '.');
	if (end != NULL)
		*end = '\0';
	return name;
}

/* issuer is ACCOUNT.USER; the name of the token's issuer ends in the key's fingerprint. */
static GwStatus
keypair_ask(const GwOauthSpec *spec, const char *before, GwOauthAsk *ask, GwError *err)
{
	int64 now = (int64) time(NULL);
	char *fingerprint = gw_jwt_fingerprint(spec->private_key, spec->passphrase, err);
	StringInfoData claims;

	if (fingerprint == NULL)
		return GW_FAILED;
	initStringInfo(&claims);
	appendStringInfoString(&claims, "{\"iss\":");
	escape_json(&claims, psprintf("%s.SHA256:%s", spec->issuer, fingerprint));
	appendStringInfoString(&claims, ",\"sub\":");
	escape_json(&claims, spec->issuer);
	ask->expires_s = now + TOKEN_LIFE_S;
	appendStringInfo(&claims, ",\"iat\":" INT64_FORMAT ",\"exp\":" INT64_FORMAT "}", now,
					 ask->expires_s);
	ask->token = gw_jwt_sign("{\"alg\":\"RS256\",\"typ\":\"JWT\"}", claims.data, spec->private_key,
							 spec->passphrase, err);
	return ask->token ? GW_OK : GW_FAILED;
}

const GwOauthGrant gw_snowflake_keypair = {.name = "snowflake key pair", .ask = keypair_ask};

/* user-guide/oauth-custom: the client is named in a header, not in the form. */
static GwStatus
refresh_ask(const GwOauthSpec *spec, const char *before, GwOauthAsk *ask, GwError *err)
{
	char *pair = psprintf("%s:%s", spec->client_id, spec->client_secret);
	int room = pg_b64_enc_len((int) strlen(pair));
	char *basic = palloc(room + 1);
	int n = pg_b64_encode((const void *) pair, (int) strlen(pair), basic, room);

	basic[Max(n, 0)] = '\0';
	gw_secret_register(basic);
	gw_oauth_header(ask, "Authorization", psprintf("Basic %s", basic));
	gw_oauth_form(ask, "grant_type", "refresh_token");
	gw_oauth_form(ask, "refresh_token", spec->refresh_token);
	return GW_OK;
}

const GwOauthGrant gw_snowflake_refresh = {.name = "snowflake refresh", .ask = refresh_ask};
