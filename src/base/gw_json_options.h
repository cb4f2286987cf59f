/*
 * gw_json_options.h
 *	  The options object of an SQL function, read by a table.
 */
#ifndef GW_JSON_OPTIONS_H
#define GW_JSON_OPTIONS_H

#include "base/gw_error.h"
#include "base/gw_json.h"

typedef struct GwJsonOptions
{
	const void *rows; /* each begins with its name, a const char * */
	size_t row_size;
	int nrows;

	/* Take the value; NULL, or what it should have been, for "is not ...". */
	const char *(*set)(const void *row, JsonbValue *value, void *options);
} GwJsonOptions;

/*
 * Set every member that is not null; doc NULL: there are none.  GW_FAILED
 * (22023) for what is no object, an unknown name or a wrong value.
 */
extern GwStatus gw_json_options_read(Jsonb *doc, const GwJsonOptions *table, void *options,
									 GwError *err);

#endif /* GW_JSON_OPTIONS_H */
