/*
 * gw_fdw_modify_once.c
 *	  Rows that one UPDATE or DELETE has changed already, by their keys.
 *
 * A join may find a row several times; PostgreSQL changes it for the first
 * of them only.  A row that is found by its key over there would be changed
 * each time.  Memory grows with the rows that are changed.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fdw/gw_modify.h"
#include "lib/stringinfo.h"

typedef struct OnceEntry
{
	char *key;
	uint32 hash;
	char status;
} OnceEntry;

#define SH_PREFIX once
#define SH_ELEMENT_TYPE OnceEntry
#define SH_KEY_TYPE char *
#define SH_KEY key
#define SH_HASH_KEY(tb, key) hash_bytes((const unsigned char *) (key), (int) strlen(key))
#define SH_EQUAL(tb, a, b) (strcmp(a, b) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct GwOnce
{
	MemoryContext cxt;
	once_hash *keys;
};

GwOnce *
gw_once_create(void)
{
	GwOnce *once = palloc(sizeof(GwOnce));

	once->cxt = CurrentMemoryContext;
	once->keys = once_create(once->cxt, 256, NULL);
	return once;
}

bool
gw_once_first(GwOnce *once, const GwParam *params, int nparams)
{
	StringInfoData key;
	bool found;
	OnceEntry *entry;

	/* Each with its length before it, so that no two sets of keys look alike. */
	initStringInfo(&key);
	for (int i = 0; i < nparams; i++)
		appendStringInfo(&key, "%zu:%s", strlen(params[i].value), params[i].value);
	entry = once_insert(once->keys, key.data, &found);
	if (!found)
		entry->key = MemoryContextStrdup(once->cxt, key.data);
	pfree(key.data);
	return !found;
}
