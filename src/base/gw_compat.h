/*
 * gw_compat.h
 *	  Every difference between PostgreSQL versions, and the only PG_VERSION_NUM.
 */
#ifndef GW_COMPAT_H
#define GW_COMPAT_H

#if PG_VERSION_NUM < 140000
#error "warehouse_gw needs PostgreSQL 14 or newer"
#endif

/* Refuse unknown settings under our prefix from now on. */
#if PG_VERSION_NUM >= 150000
#define gw_compat_reserve_prefix(prefix) MarkGUCPrefixReserved(prefix)
#else
#define gw_compat_reserve_prefix(prefix) EmitWarningsOnPlaceholders(prefix)
#endif

#endif /* GW_COMPAT_H */
