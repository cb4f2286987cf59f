/*
 * gw_odbcwire.h
 *	  What the platforms that are reached over ODBC share.
 *
 * Pieces for their settings and checks; the contracts are those of
 * gw_platform.h.  Everything is palloc'd in CurrentMemoryContext.
 */
#ifndef GW_ODBCWIRE_H
#define GW_ODBCWIRE_H

#include "platform/gw_platform.h"

/* Who connects, how long to wait, transactions, keywords of the driver. */
extern const GwOptionTable gw_odbcwire_options;

/* "Keyword=value;Keyword=value" of ours; no value needs quoting. */
extern void gw_odbcwire_add_all(GwSettings *list, const char *keywords);

/* What the transport is told, whoever connects: how long to wait, where the driver runs. */
extern void gw_odbcwire_transport(const GwOptionSet *options, GwSettings *list);

/*
 * The user and the password under the driver's keywords.
 * Who is no superuser needs a password (2F003), unless a superuser has said that
 * the server needs none.
 */
extern GwStatus gw_odbcwire_identity(const GwOptionSet *options, GwSettings *list,
									 const char *user_keyword, const char *password_keyword,
									 GwError *err);

/*
 * The option `connection`: checked against the keywords that are allowed (22023
 * names them) and, unless list is NULL, added.
 */
extern GwStatus gw_odbcwire_keywords(const GwOptionSet *options, GwSettings *list,
									 GwError *err);

/* Is the host one that servers may name (42501)?  Does it lead to this machine? */
extern GwStatus gw_odbcwire_host(const GwOptionSet *options, GwError *err);
extern bool gw_odbcwire_is_near(const GwOptionSet *options);

/* The option `sslmode`; by default "prefer" on this machine, else "verify-full". */
extern const char *gw_odbcwire_tls_mode(const GwOptionSet *options);

/* Hints for what every driver manager and driver may say. */
extern void gw_odbcwire_classify(GwError *err, const char *driver);

#endif /* GW_ODBCWIRE_H */
