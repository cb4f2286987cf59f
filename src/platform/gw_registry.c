/*
 * gw_registry.c
 *	  The platforms: by name, by wrapper, and their validators.
 *
 * The only file that knows which platforms there are, through
 * gw_platform_list.h.  Keeps no data of its own.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/reloptions.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_user_mapping.h"
#include "fmgr.h"
#include "platform/gw_platform.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/syscache.h"

#define X(name, aliases, title) extern const GwPlatform gw_##name;
#include "platform/gw_platform_list.h"
#undef X

static const GwPlatform *const registry[] = {
#define X(name, aliases, title) &gw_##name,
#include "platform/gw_platform_list.h"
#undef X
};

static const struct
{
	uint32 bit;
	const char *name;
} capability_names[] = {
	{GW_CAP_TRANSACTIONS, "transactions"},
	{GW_CAP_SAVEPOINTS, "savepoints"},
	{GW_CAP_CURSORS, "cursors"},
	{GW_CAP_SHARES_TRANSACTION, "shares_transaction"},
	{GW_CAP_NEEDS_MAPPING, "needs_mapping"},
	{GW_CAP_WRITES, "writes"},
	{GW_CAP_HORIZON, "horizon"},
	{GW_CAP_POSTGRES_TYPES, "postgres_types"},
	{GW_CAP_BINARY_ROWS, "binary_rows"},
	{GW_CAP_MODIFY, "modify"},
	{GW_CAP_COPY_IN, "copy_in"},
	{GW_CAP_TOGETHER, "together"},
};

const GwPlatform *const *
gw_platforms(int *n)
{
	*n = lengthof(registry);
	return registry;
}

const char *
gw_capability_name(uint32 bit)
{
	int i;

	for (i = 0; i < lengthof(capability_names); i++)
	{
		if (capability_names[i].bit == bit)
			return capability_names[i].name;
	}
	return NULL;
}

const GwPlatform *
gw_platform_find(const char *name)
{
	char *folded = asc_tolower(name, strlen(name));
	int i;

	for (i = 0; i < lengthof(registry); i++)
	{
		if (strcmp(registry[i]->name, folded) == 0 ||
			gw_option_word_in(registry[i]->aliases, folded))
			return registry[i];
	}
	return NULL;
}

/* The platform whose validator has that C symbol, or NULL. */
static const GwPlatform *
registry_by_symbol(const char *symbol)
{
	int i;

	for (i = 0; i < lengthof(registry); i++)
	{
		char wanted[NAMEDATALEN];

		snprintf(wanted, sizeof(wanted), "gw_%s_validator", registry[i]->name);
		if (strcmp(symbol, wanted) == 0)
			return registry[i];
	}
	return NULL;
}

const GwPlatform *
gw_platform_of_wrapper(Oid fdwid)
{
	const GwPlatform *platform = NULL;
	HeapTuple tuple = SearchSysCache1(FOREIGNDATAWRAPPEROID, ObjectIdGetDatum(fdwid));
	Oid validator;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	validator = ((Form_pg_foreign_data_wrapper) GETSTRUCT(tuple))->fdwvalidator;
	ReleaseSysCache(tuple);

	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(validator));
	if (!HeapTupleIsValid(tuple))
		return NULL;
	/* The C symbol decides: functions can be renamed, it cannot. */
	if (((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId)
	{
		bool isnull;
		Datum source = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);

		if (!isnull)
			platform = registry_by_symbol(TextDatumGetCString(source));
	}
	ReleaseSysCache(tuple);
	return platform;
}

/* One place's options, as PostgreSQL hands them to a validator. */
static void
registry_validate(const GwPlatform *platform, Datum options, Oid catalog)
{
	char *wrapper = psprintf("gw_%s", platform->name);
	List *list = untransformRelOptions(options);
	GwError err;
	int where;

	switch (catalog)
	{
		case ForeignServerRelationId:
			where = GW_OPT_SERVER;
			break;
		case UserMappingRelationId:
			where = GW_OPT_MAPPING;
			break;
		case ForeignTableRelationId:
			where = GW_OPT_TABLE;
			break;
		case AttributeRelationId:
			where = GW_OPT_COLUMN;
			break;
		default:
			/* The wrapper itself takes none. */
			if (list != NIL)
			{
				gw_error_set(&err, GW_ERR_INVALID, ERRCODE_FDW_INVALID_OPTION_NAME,
							 "the foreign data wrapper %s itself has no options", wrapper);
				gw_error_hint(&err, "Options belong to its servers, user mappings, foreign "
									"tables and columns.");
				gw_error_report(&err, ERROR);
			}
			return;
	}
	gw_options_validate(platform->options, wrapper, where, list);
	if (platform->check != NULL &&
		platform->check(where, gw_options_fold(platform->options, list, NIL, NIL), &err) != GW_OK)
		gw_error_report(&err, ERROR);
}

#define X(platform, aliases, title)                                                            \
	PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_##platform##_validator);                                \
	Datum gw_##platform##_validator(PG_FUNCTION_ARGS)                                          \
	{                                                                                          \
		registry_validate(&gw_##platform, PG_GETARG_DATUM(0), PG_GETARG_OID(1));               \
		PG_RETURN_VOID();                                                                      \
	}
#include "platform/gw_platform_list.h"
#undef X
