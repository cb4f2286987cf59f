/*
 * gw_maintenance.h
 *	  Closing dead runs and removing old history.
 */
#ifndef GW_MAINTENANCE_H
#define GW_MAINTENANCE_H

#include "postgres.h"

/*
 * Close the records of runs whose backend is gone, of streams that the caller
 * may act for; those that live are left alone.  The number closed.
 */
extern int64 gw_maintenance_recover(void);

/*
 * Remove the caller's finished runs that ended more than keep (an interval's
 * text) ago, with their tasks and batches; each stream's last run and last good
 * one stay.  The number removed.
 */
extern int64 gw_maintenance_prune(const char *keep);

#endif /* GW_MAINTENANCE_H */
