/*
 * gw_validate_rows.h
 *	  Do rows hold what a canonical schema says?
 */
#ifndef GW_VALIDATE_ROWS_H
#define GW_VALIDATE_ROWS_H

#include "base/gw_json.h"
#include "schema/gw_schema.h"

/* One thing that is wrong with a row. */
typedef struct GwRowFault
{
	int64 row;		  /* from 1 */
	const char *path; /* c, c.f, c[0], c{k} */
	const char *code; /* not_object missing extra not_null type range length enum date_format */
	const char *message;
	const JsonbValue *value; /* or NULL */
} GwRowFault;

/* The faults of one row, appended to a List of GwRowFault *. */
extern List *gw_validate_row(const GwSchema *schema, const JsonbValue *value, int64 row,
							 List *faults);

#endif /* GW_VALIDATE_ROWS_H */
