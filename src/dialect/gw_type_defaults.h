/*
 * gw_type_defaults.h
 *	  What a platform means by a type without its parameters.
 */
#ifndef GW_TYPE_DEFAULTS_H
#define GW_TYPE_DEFAULTS_H

#include "schema/gw_schema.h"

/*
 * Write the parameters that a platform takes when none are given into every
 * type of a schema, in place, so that "VARCHAR" and "VARCHAR(256)" compare
 * equal where they are.  platform is a name or alias; NULL or one without
 * such rules: nothing happens.
 */
extern void gw_type_defaults_apply(GwSchema *schema, const char *platform);

#endif /* GW_TYPE_DEFAULTS_H */
