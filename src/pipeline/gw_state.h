/*
 * gw_state.h
 *	  The movement's own tables in schema gw: who writes them and how.
 *
 * The tables belong to the extension's owner and nobody else may write them,
 * so every statement here runs under that owner's id with search_path pinned;
 * nothing a caller supplies is ever part of a statement, only a parameter.
 */
#ifndef GW_STATE_H
#define GW_STATE_H

#include "postgres.h"

/*
 * Run one of our own statements with text parameters (NULL allowed) and fetch
 * the first row: ncolumns texts into row (NULL for SQL NULL), palloc'd in
 * CurrentMemoryContext.  False when there is no row.
 */
extern bool gw_state_query(const char *sql, int nargs, const char *const *args, int ncolumns,
						   char **row);

/* Where this database stands: "<system identifier>/<database oid>". */
extern char *gw_state_home(void);

/* A number as parameter text. */
extern char *gw_state_int(int64 value);

/* The current user's name, and whether it may act for another role's stream. */
extern char *gw_state_caller(void);
extern bool gw_state_may_act_for(const char *owner);

#endif /* GW_STATE_H */
