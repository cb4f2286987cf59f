/*
 * gw_jwt.h
 *	  Signed JSON web tokens (RFC 7515, RS256), as services ask of key holders.
 */
#ifndef GW_JWT_H
#define GW_JWT_H

#include "base/gw_error.h"

/*
 * The token of two JSON objects, signed by an RSA key in PEM.  palloc'd, and
 * registered for redaction.  NULL with err (auth, 28000) when the key cannot be
 * read or is none; passphrase may be NULL.
 */
extern char *gw_jwt_sign(const char *header, const char *claims, const char *pem,
						 const char *passphrase, GwError *err);

/*
 * The fingerprint of the key's public half: SHA-256 of it in DER
 * (SubjectPublicKeyInfo), in base64 with padding; palloc'd.  NULL with err as above.
 */
extern char *gw_jwt_fingerprint(const char *pem, const char *passphrase, GwError *err);

/* base64url without padding (RFC 4648, 5); palloc'd. */
extern char *gw_jwt_base64(const unsigned char *data, size_t len);

#endif /* GW_JWT_H */
