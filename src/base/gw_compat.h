/*
 * gw_compat.h
 *	  Every difference between PostgreSQL versions, and the only PG_VERSION_NUM.
 */
#ifndef GW_COMPAT_H
#define GW_COMPAT_H

#if PG_VERSION_NUM < 140000
#error "warehouse_gw needs PostgreSQL 14 or newer"
#endif

#endif /* GW_COMPAT_H */
