/*
 * gw_typemap_postgres.h
 *	  What PostgreSQL's own and well-known types are in canonical terms.
 */
#ifndef GW_TYPEMAP_POSTGRES_H
#define GW_TYPEMAP_POSTGRES_H

#include "schema/gw_type.h"

/*
 * The canonical type of a base type by its catalog name; suffix is what
 * format_type() prints for the modifier ("(Point,4326)"), or "".  A type we
 * do not know is OPAQUE.  *exact becomes true when the canonical type alone
 * leads back to this PostgreSQL type.
 */
extern GwType gw_typemap_postgres(const char *schema, const char *name, int32 typmod,
								  const char *suffix, bool *exact);

#endif /* GW_TYPEMAP_POSTGRES_H */
