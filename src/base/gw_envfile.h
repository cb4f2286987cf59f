/*
 * gw_envfile.h
 *	  Reading .env files: NAME=value, a line each.
 */
#ifndef GW_ENVFILE_H
#define GW_ENVFILE_H

#include "base/gw_error.h"
#include "nodes/pg_list.h"

typedef struct GwEnvVariable
{
	char *name;
	char *value;
} GwEnvVariable;

/*
 * Read a .env text into a List of GwEnvVariable *, in CurrentMemoryContext.
 * Lines are blank, comments (#), or [export] NAME=value; a value is plain (up
 * to a blank and #), 'as it stands', or "with \n \t \r \" \\ \$".  Nothing is
 * expanded.  GW_FAILED (22023) names the line and shows no value.
 */
extern GwStatus gw_envfile_parse(const char *text, List **variables, GwError *err);

/* The last value of a name, or NULL. */
extern const char *gw_envfile_get(const List *variables, const char *name);

#endif /* GW_ENVFILE_H */
