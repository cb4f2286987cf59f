/*
 * gw_compat.h
 *	  Every difference between PostgreSQL versions, and the only PG_VERSION_NUM.
 */
#ifndef GW_COMPAT_H
#define GW_COMPAT_H

#if PG_VERSION_NUM < 140000
#error "warehouse_gw needs PostgreSQL 14 or newer"
#endif

/* numeric(p,s) with a negative s, or s above p, is new in 15. */
#define GW_HAVE_SIGNED_SCALE (PG_VERSION_NUM >= 150000)

#endif /* GW_COMPAT_H */
