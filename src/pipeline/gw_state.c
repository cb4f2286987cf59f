/*
 * gw_state.c
 *	  Runs statements on the movement's own tables under the extension owner's
 *	  id.
 *
 * Does not touch user tables or remotes: those are always reached as the
 * caller.  Results live in the caller's memory context.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xlog.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"

#include "pipeline/gw_state.h"

#define STATE_MAX_ARGS 16

/* The owner of the extension, who owns the tables. */
static Oid
state_owner(void)
{
	Oid extension = get_extension_oid("warehouse_gw", false);
	Relation rel = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;
	Oid owner = InvalidOid;

	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(extension));
	scan = systable_beginscan(rel, ExtensionOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		owner = ((Form_pg_extension) GETSTRUCT(tuple))->extowner;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	if (!OidIsValid(owner))
		elog(ERROR, "extension warehouse_gw has no owner");
	return owner;
}

/*
 * An error leaves user and settings to the (sub)transaction's abort, which
 * restores both.
 */
bool
gw_state_query(const char *sql, int nargs, const char *const *args, int ncolumns, char **row)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid types[STATE_MAX_ARGS];
	Datum values[STATE_MAX_ARGS];
	char nulls[STATE_MAX_ARGS];
	Oid owner = state_owner();
	Oid save_user;
	int save_context;
	int nestlevel;
	int rc;
	bool found;

	Assert(nargs <= STATE_MAX_ARGS);
	for (int i = 0; i < nargs; i++)
	{
		types[i] = TEXTOID;
		nulls[i] = args[i] == NULL ? 'n' : ' ';
		values[i] = args[i] == NULL ? (Datum) 0 : CStringGetTextDatum(args[i]);
	}

	GetUserIdAndSecContext(&save_user, &save_context);
	SetUserIdAndSecContext(owner, save_context | SECURITY_LOCAL_USERID_CHANGE);
	nestlevel = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	/* Times go in and out in one notation, whatever the caller prefers. */
	(void) set_config_option("datestyle", "ISO, YMD", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	rc = SPI_execute_with_args(sql, nargs, types, values, nulls, false, 1);
	if (rc < 0)
		elog(ERROR, "SPI_execute_with_args failed: %s", SPI_result_code_string(rc));
	found = SPI_processed > 0 && SPI_tuptable != NULL;
	for (int i = 0; i < ncolumns; i++)
	{
		char *value = NULL;

		if (found)
			value = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1);
		row[i] = value == NULL ? NULL : MemoryContextStrdup(caller, value);
	}
	SPI_finish();

	AtEOXact_GUC(true, nestlevel);
	SetUserIdAndSecContext(save_user, save_context);
	return found;
}

char *
gw_state_home(void)
{
	return psprintf(UINT64_FORMAT "/%u", GetSystemIdentifier(), MyDatabaseId);
}

char *
gw_state_int(int64 value)
{
	return psprintf(INT64_FORMAT, value);
}

char *
gw_state_caller(void)
{
	return GetUserNameFromId(GetUserId(), false);
}

bool
gw_state_may_act_for(const char *owner)
{
	Oid role = get_role_oid(owner, true);

	if (!OidIsValid(role))
		return superuser();
	return has_privs_of_role(GetUserId(), role);
}
