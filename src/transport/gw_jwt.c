/*
 * gw_jwt.c
 *	  Signing JSON web tokens.
 *
 * Does not know what a token claims.  The key lives only for the call; what
 * OpenSSL puts on its error queue is taken off again.
 */
#include "postgres.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/gw_guard.h"
#include "base/gw_secret.h"
#include "common/base64.h"
#include "lib/stringinfo.h"
#include "transport/gw_jwt.h"
#include "utils/memutils.h"

char *
gw_jwt_base64(const unsigned char *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char *text = palloc(len / 3 * 4 + 5);
	char *out = text;

	for (size_t i = 0; i < len; i += 3)
	{
		size_t have = Min(len - i, 3);
		uint32 word = (uint32) data[i] << 16 | (have > 1 ? (uint32) data[i + 1] << 8 : 0) |
					  (have > 2 ? data[i + 2] : 0);

		for (size_t j = 0; j <= have; j++)
			*out++ = digits[word >> (18 - 6 * j) & 63];
	}
	*out = '\0';
	return text;
}

static void
jwt_free_key(void *handle)
{
	EVP_PKEY_free((EVP_PKEY *) handle);
}

static void
jwt_free_bio(void *handle)
{
	BIO_free((BIO *) handle);
}

static void
jwt_free_digest(void *handle)
{
	EVP_MD_CTX_free((EVP_MD_CTX *) handle);
}

/* OpenSSL would ask the terminal otherwise. */
static int
jwt_passphrase(char *buf, int size, int writing, void *arg)
{
	const char *passphrase = (const char *) arg;
	size_t len = passphrase ? strlen(passphrase) : 0;

	if (len == 0 || len > (size_t) size)
		return -1;
	memcpy(buf, passphrase, len);
	return (int) len;
}

static EVP_PKEY *
jwt_read_key(MemoryContext cxt, const char *pem, const char *passphrase, GwError *err)
{
	GwGuard *bio = gw_guard_create(cxt, jwt_free_bio);
	GwGuard *key = gw_guard_create(cxt, jwt_free_key);

	gw_guard_put(bio, BIO_new_mem_buf(pem, -1));
	if (gw_guard_get(bio) != NULL)
		gw_guard_put(key, PEM_read_bio_PrivateKey(gw_guard_get(bio), NULL, jwt_passphrase,
												  unconstify(char *, passphrase)));
	ERR_clear_error();
	if (gw_guard_get(key) != NULL && EVP_PKEY_is_a(gw_guard_get(key), "RSA"))
		return gw_guard_get(key);
	gw_error_set(err, GW_ERR_AUTH, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
				 gw_guard_get(key) ? "the private key is no RSA key"
								   : "the private key cannot be read");
	gw_error_hint(err, "A key in PEM is wanted, with its lines -----BEGIN ... and -----END ...");
	return NULL;
}

static char *
jwt_signature(MemoryContext cxt, const char *signing, EVP_PKEY *key)
{
	GwGuard *guard = gw_guard_create(cxt, jwt_free_digest);
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	unsigned char *signature;
	size_t len = 0;

	gw_guard_put(guard, digest);
	if (digest == NULL || EVP_DigestSignInit(digest, NULL, EVP_sha256(), NULL, key) != 1 ||
		EVP_DigestSignUpdate(digest, signing, strlen(signing)) != 1 ||
		EVP_DigestSignFinal(digest, NULL, &len) != 1)
		return NULL;
	signature = palloc(len);
	if (EVP_DigestSignFinal(digest, signature, &len) != 1)
		return NULL;
	return gw_jwt_base64(signature, len);
}

/* base64 with padding; NULL: the library has failed. */
static char *
jwt_public_digest(EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key, &der);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int digest_len = 0;
	char *text;
	int n;

	if (len <= 0)
		return NULL;
	n = EVP_Digest(der, len, digest, &digest_len, EVP_sha256(), NULL);
	OPENSSL_free(der);
	if (n != 1)
		return NULL;
	text = palloc(pg_b64_enc_len(digest_len) + 1);
	n = pg_b64_encode((const void *) digest, digest_len, text, pg_b64_enc_len(digest_len));
	text[Max(n, 0)] = '\0';
	return text;
}

char *
gw_jwt_fingerprint(const char *pem, const char *passphrase, GwError *err)
{
	MemoryContext outside = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(outside, "gw jwt", ALLOCSET_SMALL_SIZES);
	char *text = NULL;
	EVP_PKEY *key;

	MemoryContextSwitchTo(cxt);
	key = jwt_read_key(cxt, pem, passphrase, err);
	if (key != NULL)
	{
		text = jwt_public_digest(key);
		ERR_clear_error();
		if (text == NULL)
			gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_FDW_ERROR,
						 "the key's fingerprint could not be made");
		else
			text = MemoryContextStrdup(outside, text);
	}
	MemoryContextSwitchTo(outside);
	MemoryContextDelete(cxt);
	return text;
}

char *
gw_jwt_sign(const char *header, const char *claims, const char *pem, const char *passphrase,
			GwError *err)
{
	MemoryContext outside = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(outside, "gw jwt", ALLOCSET_SMALL_SIZES);
	char *token = NULL;
	EVP_PKEY *key;

	MemoryContextSwitchTo(cxt);
	key = jwt_read_key(cxt, pem, passphrase, err);
	if (key != NULL)
	{
		char *signing =
			psprintf("%s.%s", gw_jwt_base64((const unsigned char *) header, strlen(header)),
					 gw_jwt_base64((const unsigned char *) claims, strlen(claims)));
		char *signature = jwt_signature(cxt, signing, key);

		ERR_clear_error();
		if (signature != NULL)
			token = MemoryContextStrdup(outside, psprintf("%s.%s", signing, signature));
		else
			gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_FDW_ERROR,
						 "the token could not be signed");
	}
	MemoryContextSwitchTo(outside);
	MemoryContextDelete(cxt);
	if (token != NULL)
		gw_secret_register(token);
	return token;
}
