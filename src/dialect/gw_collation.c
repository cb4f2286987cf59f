/*
 * gw_collation.c
 *	  Comparing collations of two servers, and reading the local ones.
 *
 * Two collations agree when the same provider orders by the same locale in
 * the same version; names alone prove nothing.  Knows no expressions: which
 * collation meets which is the caller's business (gw_fdw_shippable.c).
 */
#include "postgres.h"

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_database.h"
#include "catalog/pg_type.h"
#include "dialect/gw_collation.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/pg_locale.h"
#include "utils/syscache.h"

/* Locale names differ in case and in the codeset's spelling: UTF-8, utf8. */
static bool
collation_same_name(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return false;
	for (;; a++, b++)
	{
		while (*a == '-' || *a == '_')
			a++;
		while (*b == '-' || *b == '_')
			b++;
		if (pg_tolower((unsigned char) *a) != pg_tolower((unsigned char) *b))
			return false;
		if (*a == '\0')
			return true;
	}
}

static bool
collation_is_c(const char *locale)
{
	return locale != NULL && (strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0);
}

static bool
collation_is_c_utf8(const char *locale)
{
	return collation_same_name(locale, "C.UTF-8");
}

/* Does it order strings by their bytes, whatever the server? */
static bool
collation_orders_bytes(const GwCollationFacts *facts)
{
	return facts->provider == 'b' ||
		   (facts->provider == 'c' && collation_is_c(facts->locale));
}

/*
 * Is this local collation known to order by bytes?  C.UTF-8 orders by code
 * point, which in UTF-8 is the order of the bytes, since the C library
 * defines that locale itself; before, distributions did, and not all alike.
 */
static bool
collation_orders_bytes_here(const GwCollationFacts *facts)
{
	if (collation_orders_bytes(facts))
		return true;
#ifdef __GLIBC__
	if (facts->provider == 'c' && facts->encoding == PG_UTF8 &&
		collation_is_c_utf8(facts->locale))
	{
		int major = 0,
			minor = 0;

		return sscanf(gnu_get_libc_version(), "%d.%d", &major, &minor) == 2 &&
			   (major > 2 || (major == 2 && minor >= 35));
	}
#endif
	return false;
}

static bool
collation_same_encoding(const GwCollationFacts *local, const GwCollationFacts *remote)
{
	return local->encoding >= 0 && local->encoding == remote->encoding;
}

/*
 * The C locales have no version; of every other locale the version must be
 * known on both sides and be the same.
 */
static bool
collation_same_version(const GwCollationFacts *local, const GwCollationFacts *remote,
					   const char *locale)
{
	if (local->provider == 'c' && (collation_is_c(locale) || collation_is_c_utf8(locale)))
		return true;
	return local->version != NULL && remote->version != NULL &&
		   strcmp(local->version, remote->version) == 0;
}

/* Same provider, same data: every comparison has the same outcome. */
static bool
collation_same_order(const GwCollationFacts *local, const GwCollationFacts *remote)
{
	return local->provider != 0 && local->provider == remote->provider &&
		   local->deterministic == remote->deterministic &&
		   collation_same_encoding(local, remote) &&
		   collation_same_name(local->locale, remote->locale) &&
		   collation_same_version(local, remote, local->locale);
}

/* The same, for character classes and case mapping. */
static bool
collation_same_ctype(const GwCollationFacts *local, const GwCollationFacts *remote)
{
	const char *here = local->locale;
	const char *there = remote->locale;

	if (local->provider == 'c')
	{
		here = local->ctype;
		there = remote->ctype;
	}
	return local->provider != 0 && local->provider == remote->provider &&
		   local->deterministic == remote->deterministic &&
		   collation_same_encoding(local, remote) && collation_same_name(here, there) &&
		   collation_same_version(local, remote, here);
}

GwCollationAnswer
gw_collation_compare(const GwCollationFacts *local, const GwCollationFacts *remote,
					 GwCollationNeed need, bool can_force)
{
	bool force = false;

	switch (need)
	{
		case GW_COLL_NONE:

			/* Even a length in characters needs the same characters. */
			return remote != NULL && collation_same_encoding(local, remote)
					   ? GW_COLLATION_AGREES
					   : GW_COLLATION_DIFFERS;
		case GW_COLL_EQUALITY:

			/* Deterministic: equal means the same bytes, in any locale. */
			if (local->deterministic && remote != NULL && remote->deterministic)
				return GW_COLLATION_AGREES;
			if (remote != NULL && collation_same_order(local, remote))
				return GW_COLLATION_AGREES;
			force = local->deterministic;
			break;
		case GW_COLL_ORDER:
			if (remote == NULL)
				return GW_COLLATION_DIFFERS;
			if (collation_same_order(local, remote))
				return GW_COLLATION_AGREES;
			if (!local->deterministic || !collation_same_encoding(local, remote))
				return GW_COLLATION_DIFFERS;
			if (collation_orders_bytes(local) && collation_orders_bytes(remote))
				return GW_COLLATION_AGREES;
			force = collation_orders_bytes_here(local);
			break;
		case GW_COLL_CTYPE:
			if (remote == NULL)
				return GW_COLLATION_DIFFERS;
			if (collation_same_ctype(local, remote))
				return GW_COLLATION_AGREES;
			force = local->deterministic && collation_same_encoding(local, remote) &&
					local->provider == 'c' && collation_is_c(local->ctype);
			break;
	}
	return force && can_force ? GW_COLLATION_FORCE_C : GW_COLLATION_DIFFERS;
}

/*
 * A text or name attribute of a catalog row, looked up by its name: the
 * locale columns have moved from version to version.  NULL: no such
 * attribute, or null.
 */
static char *
collation_attribute(int cache, HeapTuple tuple, Oid catalog, const char *attribute)
{
	AttrNumber attnum = get_attnum(catalog, attribute);
	Datum value;
	bool isnull;

	if (attnum == InvalidAttrNumber)
		return NULL;
	value = SysCacheGetAttr(cache, tuple, attnum, &isnull);
	if (isnull)
		return NULL;
	switch (get_atttype(catalog, attnum))
	{
		case NAMEOID:
			return pstrdup(NameStr(*DatumGetName(value)));
		case CHAROID:
			return psprintf("%c", DatumGetChar(value));
		case TEXTOID:
			return TextDatumGetCString(value);
		default:
			return NULL;
	}
}

/* The provider's own locale name, under the names it has had. */
static char *
collation_provider_locale(int cache, HeapTuple tuple, Oid catalog, const char *prefix)
{
	char *locale;

	locale = collation_attribute(cache, tuple, catalog, psprintf("%slocale", prefix));
	if (locale == NULL)
		locale = collation_attribute(cache, tuple, catalog, psprintf("%siculocale", prefix));
	if (locale == NULL)
		locale = collation_attribute(cache, tuple, catalog, psprintf("%scollate", prefix));
	return locale;
}

/* Fill facts from a row of pg_collation or pg_database. */
static void
collation_read_row(GwCollationFacts *facts, int cache, HeapTuple tuple, Oid catalog,
				   const char *prefix, char provider)
{
	facts->provider = provider;
	if (provider == COLLPROVIDER_LIBC)
	{
		facts->locale = collation_attribute(cache, tuple, catalog, psprintf("%scollate", prefix));
		facts->ctype = collation_attribute(cache, tuple, catalog, psprintf("%sctype", prefix));
	}
	else
		facts->locale = collation_provider_locale(cache, tuple, catalog, prefix);

	/* Tailoring rules change the order without changing locale or version. */
	if (collation_attribute(cache, tuple, catalog, psprintf("%sicurules", prefix)) != NULL)
		facts->locale = NULL;
	if (facts->locale != NULL)
		facts->version = get_collation_actual_version(provider, facts->locale);
}

bool
gw_collation_local_facts(Oid collation, GwCollationFacts *facts)
{
	HeapTuple tuple;
	char *provider;

	memset(facts, 0, sizeof(*facts));
	facts->encoding = GetDatabaseEncoding();
	facts->deterministic = true;

	if (collation == DEFAULT_COLLATION_OID)
	{
		tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
		if (!HeapTupleIsValid(tuple))
			return false;
		/* Before the attribute there was only libc. */
		provider = collation_attribute(DATABASEOID, tuple, DatabaseRelationId, "datlocprovider");
		collation_read_row(facts, DATABASEOID, tuple, DatabaseRelationId, "dat",
						   provider != NULL ? provider[0] : COLLPROVIDER_LIBC);
	}
	else
	{
		tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
		if (!HeapTupleIsValid(tuple))
			return false;
		facts->deterministic = ((Form_pg_collation) GETSTRUCT(tuple))->collisdeterministic;
		collation_read_row(facts, COLLOID, tuple, CollationRelationId, "coll",
						   ((Form_pg_collation) GETSTRUCT(tuple))->collprovider);
	}
	ReleaseSysCache(tuple);
	return facts->provider != 0;
}
