/*
 * gw_dictionary.h
 *	  A canonical schema in words: its data dictionary.
 */
#ifndef GW_DICTIONARY_H
#define GW_DICTIONARY_H

#include "schema/gw_schema.h"

/*
 * Format markdown, csv or json; palloc'd.  NULL for any other format.  Every
 * column and every field of a STRUCT has a line, in the schema's order.
 */
extern char *gw_dictionary(const GwSchema *schema, const char *format);

#endif /* GW_DICTIONARY_H */
