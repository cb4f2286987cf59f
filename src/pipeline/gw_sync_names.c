/*
 * gw_sync_names.c
 *	  Which tables a sync means: splitting, quoting and resolving names.
 *
 * Results are palloc'd in CurrentMemoryContext.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "pipeline/gw_movement.h"

/*
 * Split "[schema.]table" by SQL's rules (unquoted parts fold to lower case).
 * *schema is NULL when not given.  what is "source" or "target".
 */
void
gw_sync_split_name(const char *text, const char *what, char **schema, char **table)
{
	List *parts = textToQualifiedNameList(cstring_to_text(text));
	int n = list_length(parts);

	if (n > 2)
		ereport(ERROR, (errcode(ERRCODE_INVALID_NAME),
						errmsg("the %s \"%s\" has %d parts", what, text, n),
						errdetail("A table is written as table or schema.table."),
						errhint("Quote a name that holds a dot: \"schema\".\"a.b\".")));
	*table = pstrdup(strVal(llast(parts)));
	*schema = n == 2 ? pstrdup(strVal(linitial(parts))) : NULL;
}

char *
gw_sync_quote(const char *schema, const char *table)
{
	return schema == NULL ? pstrdup(quote_identifier(table))
						  : quote_qualified_identifier(schema, table);
}

/*
 * The local table that text means: an existing one by the search path, else
 * where CREATE TABLE would put it (*relid is then InvalidOid).
 */
void
gw_sync_find_target(const char *text, char **schema, char **table, Oid *relid)
{
	RangeVar *rv;

	gw_sync_split_name(text, "target", schema, table);
	rv = makeRangeVar(*schema, *table, -1);
	*relid = RangeVarGetRelid(rv, NoLock, true);
	if (OidIsValid(*relid))
	{
		if (get_rel_persistence(*relid) == RELPERSISTENCE_TEMP)
			ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
							errmsg("the target \"%s\" is a temporary table", text),
							errdetail("A watermark outlives the session, its rows would not.")));
		*schema = get_namespace_name(get_rel_namespace(*relid));
		*table = get_rel_name(*relid);
		if (*schema == NULL || *table == NULL)
			ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
							errmsg("the target \"%s\" was dropped meanwhile", text)));
	}
	else
		*schema = get_namespace_name(RangeVarGetCreationNamespace(rv));
}
