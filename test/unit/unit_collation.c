/*
 * unit_collation.c
 *	  When two collations agree, when COLLATE "C" makes them, and when neither.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "dialect/gw_collation.h"
#include "mb/pg_wchar.h"

#include "gw_unit.h"

static GwCollationFacts
facts(char provider, const char *locale, const char *version, bool deterministic)
{
	GwCollationFacts result = {provider, locale, provider == 'c' ? locale : NULL, version,
							   deterministic, PG_UTF8};

	return result;
}

static int
compare(GwCollationFacts local, GwCollationFacts remote, GwCollationNeed need)
{
	return gw_collation_compare(&local, &remote, need, true);
}

#define AGREES GW_COLLATION_AGREES
#define FORCE_C GW_COLLATION_FORCE_C
#define DIFFERS GW_COLLATION_DIFFERS

GW_UNIT(collation_equality)
{
	GwCollationFacts c = facts('c', "C", NULL, true);
	GwCollationFacts us = facts('i', "en-US", "153.112", true);
	GwCollationFacts folding = facts('i', "und-u-ks-level2", "153.112", false);
	GwCollationFacts unknown = facts(0, NULL, NULL, false);

	CHECK_INT(compare(c, us, GW_COLL_EQUALITY), AGREES);
	CHECK_INT(compare(us, c, GW_COLL_EQUALITY), AGREES);
	CHECK_INT(compare(c, folding, GW_COLL_EQUALITY), FORCE_C);
	CHECK_INT(compare(us, folding, GW_COLL_EQUALITY), FORCE_C);
	CHECK_INT(compare(us, unknown, GW_COLL_EQUALITY), FORCE_C);
	CHECK_INT(compare(folding, us, GW_COLL_EQUALITY), DIFFERS);
	CHECK_INT(compare(folding, folding, GW_COLL_EQUALITY), AGREES);
	CHECK_INT(gw_collation_compare(&us, NULL, GW_COLL_EQUALITY, true), FORCE_C);
	CHECK_INT(gw_collation_compare(&us, &folding, GW_COLL_EQUALITY, false), DIFFERS);
	folding.version = "153.120";
	CHECK_INT(compare(facts('i', "und-u-ks-level2", "153.112", false), folding,
					  GW_COLL_EQUALITY), DIFFERS);
}

GW_UNIT(collation_order)
{
	GwCollationFacts c = facts('c', "C", NULL, true);
	GwCollationFacts posix = facts('c', "POSIX", NULL, true);
	GwCollationFacts bytes = facts('b', "C.UTF-8", "1", true);
	GwCollationFacts c_utf8 = facts('c', "C.UTF-8", NULL, true);
	GwCollationFacts us = facts('i', "en-US", "153.112", true);
	GwCollationFacts libc = facts('c', "en_US.UTF-8", "2.36", true);
	GwCollationFacts latin = c;

	CHECK_INT(compare(c, c, GW_COLL_ORDER), AGREES);
	CHECK_INT(compare(c, posix, GW_COLL_ORDER), AGREES);
	CHECK_INT(compare(c, bytes, GW_COLL_ORDER), AGREES);
	CHECK_INT(compare(c, us, GW_COLL_ORDER), FORCE_C);
	CHECK_INT(compare(us, c, GW_COLL_ORDER), DIFFERS);
	CHECK_INT(compare(us, us, GW_COLL_ORDER), AGREES);
	CHECK_INT(compare(us, facts('i', "en_US", "153.112", true), GW_COLL_ORDER), AGREES);
	CHECK_INT(compare(us, facts('i', "en-US", "153.120", true), GW_COLL_ORDER), DIFFERS);
	CHECK_INT(compare(us, facts('i', "en-US", NULL, true), GW_COLL_ORDER), DIFFERS);
	CHECK_INT(compare(us, facts('i', "de-DE", "153.112", true), GW_COLL_ORDER), DIFFERS);
	CHECK_INT(compare(libc, facts('c', "en_US.utf8", "2.36", true), GW_COLL_ORDER), AGREES);
	CHECK_INT(compare(libc, facts('c', "en_US.utf8", "2.39", true), GW_COLL_ORDER), DIFFERS);
	CHECK_INT(compare(libc, us, GW_COLL_ORDER), DIFFERS);
	CHECK_INT(compare(c_utf8, facts('c', "C.utf8", NULL, true), GW_COLL_ORDER), AGREES);
	CHECK_INT(gw_collation_compare(&us, NULL, GW_COLL_ORDER, true), DIFFERS);

	/* The bytes of another encoding are other bytes. */
	latin.encoding = PG_LATIN1;
	CHECK_INT(compare(c, latin, GW_COLL_ORDER), DIFFERS);
	latin.encoding = -1;
	CHECK_INT(compare(c, latin, GW_COLL_ORDER), DIFFERS);
}

GW_UNIT(collation_ctype)
{
	GwCollationFacts c = facts('c', "C", NULL, true);
	GwCollationFacts c_utf8 = facts('c', "C.UTF-8", NULL, true);
	GwCollationFacts us = facts('i', "en-US", "153.112", true);
	GwCollationFacts mixed = facts('c', "C", NULL, true);

	CHECK_INT(compare(c, us, GW_COLL_CTYPE), FORCE_C);
	CHECK_INT(compare(c_utf8, us, GW_COLL_CTYPE), DIFFERS);
	CHECK_INT(compare(c_utf8, c_utf8, GW_COLL_CTYPE), AGREES);
	CHECK_INT(compare(us, us, GW_COLL_CTYPE), AGREES);

	/* LC_COLLATE C says nothing about LC_CTYPE. */
	mixed.ctype = "en_US.UTF-8";
	CHECK_INT(compare(c, mixed, GW_COLL_CTYPE), FORCE_C);
	CHECK_INT(compare(mixed, c, GW_COLL_CTYPE), DIFFERS);
	CHECK_INT(compare(mixed, mixed, GW_COLL_CTYPE), DIFFERS);
	CHECK_INT(compare(mixed, c, GW_COLL_ORDER), AGREES);
}

GW_UNIT(collation_encoding)
{
	GwCollationFacts utf8 = facts('c', "C", NULL, true);
	GwCollationFacts latin = utf8;

	latin.encoding = PG_LATIN1;
	CHECK_INT(compare(utf8, utf8, GW_COLL_NONE), AGREES);
	CHECK_INT(compare(utf8, latin, GW_COLL_NONE), DIFFERS);
	CHECK_INT(compare(utf8, latin, GW_COLL_EQUALITY), AGREES);
}

GW_UNIT(collation_local)
{
	GwCollationFacts got;

	CHECK(gw_collation_local_facts(C_COLLATION_OID, &got));
	CHECK_INT(got.provider, 'c');
	CHECK_STR(got.locale, "C");
	CHECK_STR(got.ctype, "C");
	CHECK(got.deterministic);
	CHECK(got.version == NULL);
	CHECK(gw_collation_local_facts(DEFAULT_COLLATION_OID, &got));
	CHECK(got.provider != 0 && got.locale != NULL);
}
