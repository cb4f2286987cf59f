/*
 * gw_fdw_shippable_fact.c
 *	  The facts behind a verdict: is a type, a column, a function the same thing
 *	  on the remote?
 *
 * Every answer is NULL (yes) or a short reason for EXPLAIN.  What is not known
 * is not the same.  Looks at single objects; expressions are the business of
 * gw_fdw_shippable.c.
 */
#include "postgres.h"

#include <limits.h>

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/transam.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fdw/gw_deparse.h"
#include "mb/pg_wchar.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/* The remote's version; the same server knows all that we know. */
static int
fact_version(GwRelation *grel)
{
	if (grel->platform->caps & GW_CAP_SHARES_TRANSACTION)
		return INT_MAX;
	(void) gw_relation_facts(grel);
	return grel->server_version;
}

char *
gw_ship_rule_reason(GwRelation *grel, const GwFuncRule *rule, const char *what)
{
	int version;

	if (rule->verdict == GW_LOCAL)
		return psprintf("%s may mean something else there", what);
	if ((rule->flags & GW_RULE_BYTES) != 0 && GetDatabaseEncoding() != PG_UTF8)
		return psprintf("%s depends on the encoding, which is another one there", what);
	if (rule->since == 0)
		return NULL;
	version = fact_version(grel);
	if (version == 0)
		return psprintf("%s depends on the remote's version, which is not known", what);
	if (version < rule->since)
		return psprintf("%s needs version %d there", what, rule->since / 10000);
	return NULL;
}

/* ---- types ---- */

char *
gw_ship_type_reason(GwRelation *grel, Oid type)
{
	HeapTuple tuple;
	Form_pg_type form;
	const GwFuncRule *rule;
	char *reason = NULL;

	if (type >= FirstGenbkiObjectId)
		return psprintf("type %s is not built in", format_type_be(type));

	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	if (!HeapTupleIsValid(tuple))
		return psprintf("type %u does not exist", type);
	form = (Form_pg_type) GETSTRUCT(tuple);
	rule = gw_dialect_rule(grel->dialect, 't', NameStr(form->typname), NULL, 0);

	if (form->typtype == TYPTYPE_COMPOSITE || form->typtype == TYPTYPE_PSEUDO ||
		form->typtype == TYPTYPE_DOMAIN)
		reason = psprintf("type %s is not a plain type", format_type_be(type));
	else if (rule != NULL)
		reason = gw_ship_rule_reason(grel, rule, psprintf("type %s", format_type_be(type)));
	else if ((grel->dialect->flags & GW_DIALECT_POSTGRES) == 0)
		reason = psprintf("type %s has no equal there", format_type_be(type));
	ReleaseSysCache(tuple);
	return reason;
}

/* ---- columns ---- */

const GwColumn *
gw_ship_column(GwRelation *grel, AttrNumber attnum)
{
	const GwSchema *facts = gw_relation_facts(grel);

	if (facts == NULL)
		return NULL;
	return gw_schema_column(facts, gw_remote_column(grel->relid, attnum));
}

/*
 * A type's name without its lengths, and with one spelling for the two types
 * whose missing length has a spelling of its own.
 */
static char *
fact_plain_type(const char *name)
{
	StringInfoData buf;
	int depth = 0;

	initStringInfo(&buf);
	if (strncmp(name, "bpchar", 6) == 0)
	{
		appendStringInfoString(&buf, "character");
		name += 6;
	}
	else if (strncmp(name, "\"bit\"", 5) == 0)
	{
		appendStringInfoString(&buf, "bit");
		name += 5;
	}
	for (; *name != '\0'; name++)
	{
		if (*name == '(')
			depth++;
		else if (*name == ')')
			depth--;
		else if (depth == 0)
			appendStringInfoChar(&buf, *name);
	}
	return buf.data;
}

/* Strings of any length are strings. */
static bool
fact_is_string_type(const char *name)
{
	return strcmp(name, "text") == 0 || strcmp(name, "character varying") == 0;
}

/* The remote column's type, as a PostgreSQL type's plain name; NULL: none. */
static char *
fact_remote_type(GwRelation *grel, const GwColumn *column)
{
	const char *lossy = NULL;
	char *type;

	if (grel->dialect->flags & GW_DIALECT_POSTGRES)
		return column->native_type != NULL ? fact_plain_type(column->native_type) : NULL;
	if (!gw_dialect_compared_as_read(grel->dialect, column))
		return NULL;
	type = gw_schema_local_type(column, &lossy);
	return lossy == NULL ? fact_plain_type(type) : NULL;
}

/*
 * An operator means what its operands' types say.  A column that is declared
 * here as another type than it has there is compared here only.
 */
char *
gw_ship_column_reason(GwRelation *grel, AttrNumber attnum)
{
	const GwColumn *column;
	char *attname;
	char *here;
	char *there;
	GwSqlBuf buf;
	Oid type = InvalidOid;
	int32 typmod;
	Oid collation;

	if (attnum == InvalidAttrNumber)
		return "a whole row has no remote form";
	if (attnum < 0)
		return "system columns belong to this side";
	attname = get_attname(grel->relid, attnum, false);
	column = gw_ship_column(grel, attnum);
	if (column == NULL)
		return psprintf("nothing is known of the remote column behind \"%s\"", attname);

	get_atttypetypmodcoll(grel->relid, attnum, &type, &typmod, &collation);
	gw_sqlbuf_init(&buf);
	if (!gw_dialect_type_name(&gw_dialect_postgres, &buf, type, -1))
		return psprintf("type %s is not built in", format_type_be(type));
	here = fact_plain_type(gw_sqlbuf_text(&buf));
	there = fact_remote_type(grel, column);
	if (there == NULL ||
		(strcmp(here, there) != 0 && !(fact_is_string_type(here) && fact_is_string_type(there))))
		return psprintf("column \"%s\" is of type %s there and %s here", attname,
						column->native_type != NULL ? column->native_type : "unknown",
						format_type_be(type));
	return NULL;
}

/* ---- functions ---- */

/* The text of a constant argument in lower case, or NULL. */
static char *
fact_const_text(List *args, int n)
{
	Const *arg = n < list_length(args) ? list_nth(args, n) : NULL;
	char *word;

	if (arg == NULL || !IsA(arg, Const) || arg->constisnull || arg->consttype != TEXTOID)
		return NULL;
	word = TextDatumGetCString(arg->constvalue);
	for (char *p = word; *p != '\0'; p++)
		*p = pg_ascii_tolower((unsigned char) *p);
	return word;
}

/* Zones that no time zone database defines differently. */
static bool
fact_is_utc(const char *zone)
{
	return zone != NULL && (strcmp(zone, "utc") == 0 || strcmp(zone, "gmt") == 0 ||
							strcmp(zone, "etc/utc") == 0);
}

/* A constant interval of a fixed length: no months, no days. */
static bool
fact_is_fixed_interval(List *args, int n)
{
	Const *arg = n < list_length(args) ? list_nth(args, n) : NULL;
	Interval *interval;

	if (arg == NULL || !IsA(arg, Const) || arg->constisnull || arg->consttype != INTERVALOID)
		return false;
	interval = DatumGetIntervalP(arg->constvalue);
	return interval->month == 0 && interval->day == 0;
}

/*
 * Stable functions whose result does not depend on a setting with these very
 * arguments.  The session's own TimeZone is no help: a plan outlives it.
 */
static bool
fact_is_settled(Oid funcid, List *args)
{
	const char *field;

	switch (funcid)
	{
		case F_DATE_PART_TEXT_TIMESTAMPTZ:
		case F_EXTRACT_TEXT_TIMESTAMPTZ:
			field = fact_const_text(args, 0);
			return field != NULL && strcmp(field, "epoch") == 0;
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT:
			return fact_is_utc(fact_const_text(args, 2));
		case F_TIMESTAMPTZ_PL_INTERVAL:
		case F_TIMESTAMPTZ_MI_INTERVAL:
			return fact_is_fixed_interval(args, 1);
		default:
			return false;
	}
}

/* Immutable functions that read the time zone database of their server. */
static bool
fact_reads_zones(Oid funcid, List *args)
{
	switch (funcid)
	{
		case F_TIMEZONE_TEXT_TIMESTAMP:
		case F_TIMEZONE_TEXT_TIMESTAMPTZ:
		case F_TIMEZONE_TEXT_TIMETZ:
			return !fact_is_utc(fact_const_text(args, 0));
		default:
			return false;
	}
}

/* What has to hold of a pg_proc row, whatever the dialect. */
static char *
fact_volatility_reason(Form_pg_proc proc, List *args, const char *what)
{
	if (proc->proretset)
		return psprintf("%s returns a set", what);
	if (proc->provolatile == PROVOLATILE_VOLATILE)
		return psprintf("%s is volatile", what);
	if (proc->provolatile == PROVOLATILE_STABLE && !fact_is_settled(proc->oid, args))
		return psprintf("%s is stable, it depends on settings", what);
	if (fact_reads_zones(proc->oid, args))
		return psprintf("%s depends on the time zone data of the server", what);
	return NULL;
}

/* Name and declared argument types of an operator. */
static const char *
fact_operator(Oid opno, Oid *argtypes, int *nargs)
{
	HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(opno));
	Form_pg_operator form;
	char *name;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", opno);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	name = pstrdup(NameStr(form->oprname));
	*nargs = 0;
	if (OidIsValid(form->oprleft))
		argtypes[(*nargs)++] = form->oprleft;
	argtypes[(*nargs)++] = form->oprright;
	ReleaseSysCache(tuple);
	return name;
}

const GwFuncRule *
gw_ship_function_rule(const GwDialect *dialect, Form_pg_proc proc, List *args)
{
	const char *words[FUNC_MAX_ARGS] = {NULL};

	for (int i = 0; i < proc->pronargs && i < list_length(args); i++)
		words[i] = fact_const_text(args, i);
	return gw_dialect_rule_of(dialect, 'f', NameStr(proc->proname), proc->proargtypes.values,
							  words, proc->pronargs);
}

char *
gw_ship_function_reason(GwRelation *grel, Oid funcid, Oid opno, List *args,
						GwCollationNeed *need, GwVerdict *verdict, bool *unlisted)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Form_pg_proc proc;
	const GwFuncRule *rule;
	Oid opargs[2];
	int nargs;
	const char *name;
	char *what;
	char *reason = NULL;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", funcid);
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	if (OidIsValid(opno))
	{
		name = fact_operator(opno, opargs, &nargs);
		what = psprintf("operator %s", name);
		rule = gw_dialect_rule(grel->dialect, 'o', name, opargs, nargs);
	}
	else
	{
		name = NameStr(proc->proname);
		what = psprintf("function %s()", name);
		rule = gw_ship_function_rule(grel->dialect, proc, args);
	}

	if (funcid >= FirstGenbkiObjectId || opno >= FirstGenbkiObjectId)
		reason = psprintf("%s is not built in", what);
	else if (rule == NULL && (grel->dialect->flags & GW_DIALECT_POSTGRES) == 0)
		reason = psprintf("%s has no equal there", what);
	else
		reason = fact_volatility_reason(proc, args, what);
	if (reason == NULL && rule != NULL)
		reason = gw_ship_rule_reason(grel, rule, what);

	*unlisted = rule == NULL;
	*need = rule != NULL ? rule->collation : GW_COLL_NONE;
	*verdict = reason != NULL ? GW_LOCAL : rule != NULL ? rule->verdict : GW_EXACT;
	ReleaseSysCache(tuple);
	return reason;
}

char *
gw_ship_aggregate_reason(GwRelation *grel, Oid funcid, List *args, char kind,
						 const GwFuncRule **rule)
{
	Oid types[FUNC_MAX_ARGS];
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Form_pg_proc proc;
	char *what;
	char *reason = NULL;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", funcid);
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	what = psprintf("%s %s()", kind == 'a' ? "aggregate" : "window function",
					NameStr(proc->proname));
	*rule = NULL;
	if (funcid >= FirstGenbkiObjectId)
		reason = psprintf("%s is not built in", what);
	else
	{
		for (int i = 0; i < proc->pronargs; i++)
			types[i] = proc->proargtypes.values[i] == ANYOID && i < list_length(args)
						   ? exprType(list_nth(args, i))
						   : proc->proargtypes.values[i];
		*rule = gw_dialect_rule(grel->dialect, kind, NameStr(proc->proname), types,
								proc->pronargs);
		if (*rule == NULL)
			reason = psprintf("%s is not known to give the same result there", what);
		else
			reason = gw_ship_rule_reason(grel, *rule, what);
	}
	ReleaseSysCache(tuple);
	return reason;
}
