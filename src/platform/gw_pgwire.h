/*
 * gw_pgwire.h
 *	  What the platforms that are reached over libpq share.
 *
 * Members for their GwPlatform tables, with the contracts of gw_platform.h; a
 * platform whose default differs has a table of its own before this one.
 */
#ifndef GW_PGWIRE_H
#define GW_PGWIRE_H

#include "platform/gw_platform.h"

extern const GwOptionTable gw_pgwire_options;

extern GwStatus gw_pgwire_check(int where, const GwOptionSet *given, GwError *err);
extern GwStatus gw_pgwire_settings(const GwOptionSet *options, GwSettings *list, GwError *err);
extern void gw_pgwire_classify(GwError *err, const GwOptionSet *options);

#endif /* GW_PGWIRE_H */
