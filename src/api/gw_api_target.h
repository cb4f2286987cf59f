/*
 * gw_api_target.h
 *	  A remote table as the caller of a SQL function names it.
 */
#ifndef GW_API_TARGET_H
#define GW_API_TARGET_H

#include "session/gw_session.h"

/* Members may be NULL but table. */
typedef struct GwTargetName
{
	const char *database, *schema, *table;
} GwTargetName;

/*
 * Read "table", "schema.table" or "database.schema.table", parts in double
 * quotes where they hold a dot; schema and database (NULL: not given) must
 * agree with it.  42602 for a malformed name, 22023 where they disagree.
 */
extern GwTargetName gw_target_parse(const char *text, const char *schema, const char *database);

/* A connection sees one database: 0A000 when another (not NULL) is wanted. */
extern void gw_target_check_database(GwSession *session, const char *wanted);

#endif /* GW_API_TARGET_H */
