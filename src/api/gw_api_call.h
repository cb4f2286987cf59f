/*
 * gw_api_call.h
 *	  What SQL functions share in taking arguments and giving results.
 */
#ifndef GW_API_CALL_H
#define GW_API_CALL_H

#include "fmgr.h"
#include "nodes/pg_list.h"

/* The text argument n, which is called name; 22004 where it is NULL. */
extern char *gw_call_text(FunctionCallInfo fcinfo, int n, const char *name);

/* Return a list of char * as the rows of a set of text. */
extern Datum gw_call_lines(FunctionCallInfo fcinfo, const List *lines);

#endif /* GW_API_CALL_H */
