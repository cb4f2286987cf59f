/*
 * unit_foreign.c
 *	  Expressions in dialects that are not PostgreSQL's: which have a form, and
 *	  what is written, down to the order of the parameters.
 *
 * The dialect here is none of the products': booleans are no values in it, and
 * parameters have no numbers.  Expressions are parsed, not planned, so that
 * constants stay as they are; what is computed here stands for a parameter.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "fdw/gw_foreign.h"
#include "nodes/makefuncs.h"
#include "parser/analyze.h"
#include "parser/parser.h"
#include "schema/gw_value.h"

#include "gw_unit.h"

#define EXACT(name, kind, args, sql) {name, kind, args, sql, GW_EXACT, GW_COLL_NONE, 0, 0}

static const GwFuncRule plain_rules[] = {
	EXACT("as_condition", 'x', NULL, "({1} = 1)"),
	EXACT("as_value", 'x', NULL, "CAST(CASE WHEN {?1} THEN 1 WHEN NOT {?1} THEN 0 END AS BIT)"),
	EXACT("+", 'o', "int4,int4", "({1} + {2})"),
	{"=", 'o', "text,text", "(BYTES({1}) = BYTES({2}))", GW_EXACT, GW_COLL_EQUALITY, 0, 0},
	{"<", 'o', "text,text", "(BYTES({1}) < BYTES({2}))", GW_EXACT, GW_COLL_ORDER, 0, 0},
	{"~~", 'o', "text,text", "({1} LIKE {2})", GW_SUPERSET, GW_COLL_EQUALITY, 0, 0},
	{"text", 'g', NULL, "BYTES({1})", GW_EXACT, GW_COLL_EQUALITY, 0, 0},
	EXACT("greatest", 'x', "int4...", "GREATEST({*})"),
	EXACT("date_trunc", 'f', "'month',timestamp", "MONTH_OF({2})"),
	EXACT("numeric", 'c', "int4", "CAST({1} AS DECIMAL(10))"),
	{NULL},
};

static const GwDialect plain = {
	.name = "plain",
	.parent = &gw_dialect_ansi,
	.flags = GW_DIALECT_POSITIONAL,
	.can = GW_CAN_EXISTS,
	.rules = plain_rules,
};

static GwScope *
scope_of(const GwDialect *dialect)
{
	GwRelation *relation = palloc0(sizeof(GwRelation));

	relation->dialect = dialect;
	return gw_scope_make(NULL, false, list_make1(relation));
}

/* The expression of "SELECT text". */
static Expr *
parsed(const char *text)
{
	const char *sql = psprintf("SELECT %s", text);
	ParseState *pstate = make_parsestate(NULL);
	Query *query;

	pstate->p_sourcetext = sql;
	query = transformTopLevelStmt(pstate, linitial_node(RawStmt,
														raw_parser(sql, RAW_PARSE_DEFAULT)));
	return linitial_node(TargetEntry, query->targetList)->expr;
}

/* What is written, or the reason why nothing is. */
static const char *
expr_in(const GwDialect *dialect, Expr *expr, bool condition, int nparams)
{
	GwDeparse cxt;
	char *reason = NULL;
	GwVerdict verdict;
	int nestlevel;

	gw_deparse_begin(&cxt, scope_of(dialect));
	verdict = condition ? gw_ship_condition(cxt.scope, expr, NULL, &reason)
						: gw_ship_expr(cxt.scope, expr, NULL, &reason);
	if (verdict == GW_LOCAL)
		return reason;
	nestlevel = gw_value_begin_text();
	if (condition)
		gw_deparse_condition(&cxt, expr);
	else
		gw_deparse_clause(&cxt, expr);
	gw_value_end_text(nestlevel);
	CHECK_INT(list_length(cxt.params), nparams);
	return gw_sqlbuf_text(&cxt.buf);
}

static const char *
written_in(const GwDialect *dialect, const char *text, bool condition, int nparams)
{
	return expr_in(dialect, parsed(text), condition, nparams);
}

/* Two texts compared under that collation, as the planner would leave it. */
static const char *
collated(const char *text, const char *collation)
{
	OpExpr *op = castNode(OpExpr, parsed(text));

	op->inputcollid = get_collation_oid(list_make1(makeString(pstrdup(collation))), false);
	return expr_in(&plain, (Expr *) op, true, 0);
}

static const char *
condition(const char *text)
{
	return written_in(&plain, text, true, 0);
}

static const char *
value(const char *text)
{
	return written_in(&plain, text, false, 0);
}

GW_UNIT(conditions_and_values)
{
	CHECK_STR(condition("1 = 2"), "(1 = 2)");
	CHECK_STR(value("1 = 2"),
			  "CAST(CASE WHEN (1 = 2) THEN 1 WHEN NOT (1 = 2) THEN 0 END AS BIT)");
	CHECK_STR(condition("true"), "(TRUE = 1)");
	CHECK_STR(value("true"), "TRUE");
	CHECK_STR(condition("NOT (true AND 1 < 2)"), "(NOT ((TRUE = 1) AND (1 < 2)))");
	CHECK_STR(condition("(1 = 2) IS NOT TRUE"),
			  "(NOT (CASE WHEN (1 = 2) THEN 1 ELSE 0 END = 1))");
	CHECK_STR(value("CASE WHEN false THEN 1 ELSE 2 END"),
			  "(CASE WHEN (FALSE = 1) THEN 1 ELSE 2 END)");
	CHECK_STR(condition("coalesce(true, false)"), "(COALESCE(TRUE, FALSE) = 1)");
	CHECK_STR(condition("(1 = 2) IS NULL"),
			  "(CAST(CASE WHEN (1 = 2) THEN 1 WHEN NOT (1 = 2) THEN 0 END AS BIT) IS NULL)");
	/* Without such rules only conditions have a place. */
	CHECK_STR(written_in(&gw_dialect_ansi, "1 = 2", true, 0), "(1 = 2)");
	CHECK_STR(written_in(&gw_dialect_ansi, "1 = 2", false, 0), "a condition is no value there");
	CHECK_STR(written_in(&gw_dialect_ansi, "true", true, 0),
			  "a boolean value is no condition there");
}

GW_UNIT(foreign_forms)
{
	CHECK_STR(condition("1 IN (1, 2, NULL)"), "(1 IN (1, 2, NULL))");
	CHECK_STR(condition("1 NOT IN (1, 2)"), "(1 NOT IN (1, 2))");
	CHECK_STR(condition("'a' IN ('b'::text, 'c')"),
			  "((BYTES('a') = BYTES('b')) OR (BYTES('a') = BYTES('c')))");
	CHECK_STR(condition("1 < ANY (ARRAY[1, 2])"), "((1 < 1) OR (1 < 2))");
	CHECK_STR(condition("1 IS DISTINCT FROM 2"),
			  "((1 IS NULL OR 2 IS NULL OR NOT (1 = 2)) AND NOT (1 IS NULL AND 2 IS NULL))");
	CHECK_STR(value("nullif(1, 2)"), "(CASE WHEN (1 = 2) THEN NULL ELSE 1 END)");
	CHECK_STR(value("greatest(1, 2, 3)"), "GREATEST(1, 2, 3)");
	CHECK_STR(value("least(1, 2)"), "GREATEST or LEAST has no equal there");
	CHECK_STR(value("CASE 3 WHEN 1 THEN 10 ELSE 20 END"),
			  "(CASE WHEN (3 = 1) THEN 10 ELSE 20 END)");
	CHECK_STR(value("date_trunc('MONTH', timestamp '2024-02-29')"),
			  "MONTH_OF(TIMESTAMP '2024-02-29 00:00:00')");
	CHECK_STR(value("date_trunc('week', timestamp '2024-02-29')"),
			  "function date_trunc() has no equal there");
	CHECK_STR(condition("1::numeric = 2.50"), "(CAST(1 AS DECIMAL(10)) = 2.50)");
	CHECK_STR(value("2.50::numeric(5,1)"), "a cast to numeric has no equal there");
	CHECK_STR(value("'x'::varchar::text"), "'x'");
}

/* What the remote cannot hold, and what it takes for something else. */
GW_UNIT(foreign_refusals)
{
	CHECK_STR(condition("date '2024-02-29' < 'infinity'"), "its constant has no equal there");
	CHECK_STR(condition("date '2024-02-29' < '0044-03-15 BC'"),
			  "its constant has no equal there");
	CHECK_STR(condition("1.5 < 'NaN'::numeric"), "its constant has no equal there");
	CHECK_STR(condition("1::float8 = 2::float8"), "operator = has no equal there");
	CHECK_STR(value("lower('A')"), "function lower() has no equal there");
	CHECK_STR(collated("'a'::text < 'b'", "C"), "(BYTES('a') < BYTES('b'))");
	/* Some servers are built without ICU, and have no other collation for certain. */
	if (OidIsValid(get_collation_oid(list_make1(makeString(pstrdup("en-x-icu"))), true)))
	{
		CHECK_STR(collated("'a'::text < 'b'", "en-x-icu"),
				  "collation \"en-x-icu\" is not known to agree with the remote's");
		CHECK_STR(collated("'a'::text = 'b'", "en-x-icu"), "(BYTES('a') = BYTES('b'))");
	}
	/* A wider test may stand in AND and OR, not under NOT or in a CASE. */
	CHECK_STR(condition("'a' LIKE 'b' AND 1 = 2"), "(('a' LIKE 'b') AND (1 = 2))");
	CHECK_STR(condition("'a' NOT LIKE 'b'"), "operator !~~ has no equal there");
	CHECK_STR(value("CASE WHEN 'a' LIKE 'b' THEN 1 END"), "only part of it is exact there");
}

/* One parameter for each place, in the order of the places. */
GW_UNIT(foreign_parameters)
{
	/* What reads nothing there is computed here as a whole. */
	CHECK_STR(written_in(&plain, "current_date = current_date", true, 1), "(? = 1)");
	CHECK_STR(written_in(&plain, "(CASE 1 WHEN 2 THEN date '2024-01-01' END) = current_date",
						 true, 1),
			  "((CASE WHEN (1 = 2) THEN DATE '2024-01-01' ELSE NULL END) = ?)");
	CHECK_STR(written_in(&plain,
						 "current_date IS DISTINCT FROM CASE 1 WHEN 2 THEN current_date END", true,
						 6),
			  "((? IS NULL OR (CASE WHEN (1 = 2) THEN ? ELSE NULL END) IS NULL OR "
			  "NOT (? = (CASE WHEN (1 = 2) THEN ? ELSE NULL END))) AND "
			  "NOT (? IS NULL AND (CASE WHEN (1 = 2) THEN ? ELSE NULL END) IS NULL))");
	CHECK_STR(written_in(&plain,
						 "CASE current_date WHEN '2024-01-01' THEN 1 WHEN '2024-01-02' THEN 2 END",
						 false, 2),
			  "(CASE WHEN (? = DATE '2024-01-01') THEN 1 WHEN (? = DATE '2024-01-02') THEN 2 "
			  "ELSE NULL END)");
	CHECK_STR(written_in(&plain,
						 "(CASE 1 WHEN 2 THEN date '2024-01-01' END) IN "
						 "(current_date, current_date)",
						 true, 2),
			  "((CASE WHEN (1 = 2) THEN DATE '2024-01-01' ELSE NULL END) IN (?, ?))");
}

GW_UNIT(templates)
{
	CHECK_INT(gw_template_count("({1} = {2} OR {1} IS NULL)", 1), 2);
	CHECK_INT(gw_template_count("F({*})", 3), 1);
	CHECK_INT(gw_template_count("F({1}, {*2})", 1), 1);
	CHECK_INT(gw_template_count("F({?1})", 1), 1);
	CHECK(gw_template_wants_condition("({?1} IS TRUE)", 1));
	CHECK(!gw_template_wants_condition("({1} IS TRUE)", 1));
	CHECK(gw_template_has("COUNT({d}{1})", "d"));
	CHECK(!gw_template_has("COUNT({1})", "d"));
}

GW_UNIT(rule_arguments)
{
	Oid ints[] = {INT4OID, INT4OID, INT4OID};
	Oid mixed[] = {INT4OID, TEXTOID};
	Oid trunc[] = {TEXTOID, TIMESTAMPOID};
	const char *const month[] = {"month", NULL};
	const char *const week[] = {"week", NULL};

	CHECK(gw_dialect_rule(&plain, 'x', "greatest", ints, 1) != NULL);
	CHECK(gw_dialect_rule(&plain, 'x', "greatest", ints, 3) != NULL);
	CHECK(gw_dialect_rule(&plain, 'x', "greatest", ints, 0) == NULL);
	CHECK(gw_dialect_rule(&plain, 'x', "greatest", mixed, 2) == NULL);
	CHECK(gw_dialect_rule_of(&plain, 'f', "date_trunc", trunc, month, 2) != NULL);
	CHECK(gw_dialect_rule_of(&plain, 'f', "date_trunc", trunc, week, 2) == NULL);
	CHECK(gw_dialect_rule(&plain, 'f', "date_trunc", trunc, 2) == NULL);
}

/* Where NULL stands by itself, and where it has to be said. */
GW_UNIT(sort_keys)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_sort_key(&plain, &buf, "k", false, true);
	CHECK_STR(gw_sqlbuf_text(&buf), "k ASC");
	gw_sqlbuf_init(&buf);
	gw_dialect_sort_key(&plain, &buf, "k", false, false);
	CHECK_STR(gw_sqlbuf_text(&buf), "CASE WHEN k IS NULL THEN 1 ELSE 0 END, k ASC");
	gw_sqlbuf_init(&buf);
	gw_dialect_sort_key(&plain, &buf, "k", true, true);
	CHECK_STR(gw_sqlbuf_text(&buf), "CASE WHEN k IS NULL THEN 0 ELSE 1 END, k DESC");
	gw_sqlbuf_init(&buf);
	gw_dialect_sort_key(&gw_dialect_ansi, &buf, "k", true, false);
	CHECK_STR(gw_sqlbuf_text(&buf), "k DESC NULLS LAST");
	CHECK(gw_foreign_key_is_wrapped(gw_foreign_key(&plain, 'g', TEXTOID)));
	CHECK(!gw_foreign_key_is_wrapped(gw_foreign_key(&plain, 'g', INT4OID)));
	CHECK(gw_foreign_key(&plain, 's', TEXTOID) == NULL);
}
