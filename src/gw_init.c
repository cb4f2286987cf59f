/*
 * gw_init.c
 *	  Module entry: the settings and the hooks, nothing else.
 *
 * No catalog access, no network, no thread, no client library here: the
 * library may be loaded in any process, also in a parallel worker.
 */
#include "postgres.h"

#include "api/gw_secret_hook.h"
#include "base/gw_guc.h"
#include "base/gw_health.h"
#include "fdw/gw_fdw.h"
#include "fmgr.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	gw_guc_define();
	gw_health_install();
	gw_secret_hook_install();
	gw_fetch_install();
	gw_whole_install();
}
