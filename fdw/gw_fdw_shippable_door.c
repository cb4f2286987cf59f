/*
 * gw_fdw_shippable_door.c
 *	  The questions the planner asks: of an expression, of a condition, of a key
 *	  that is sorted or grouped by.
 *
 * Each begins a walk of gw_fdw_shippable.c.  Nothing is sent or written here;
 * results live in CurrentMemoryContext.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fdw/gw_foreign.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static void
ship_begin(GwShipContext *cxt, GwScope *scope)
{
	memset(cxt, 0, sizeof(*cxt));
	cxt->scope = scope;
	cxt->grel = gw_scope_server(scope);
	cxt->postgres = (cxt->grel->dialect->flags & GW_DIALECT_POSTGRES) != 0;
}

static void
ship_end(GwShipContext *cxt, bool exact, List **force_c, char **reason)
{
	if (force_c != NULL)
		*force_c = list_concat(*force_c, cxt->force_c);
	if (reason != NULL)
		*reason = exact ? NULL : cxt->reason;
}

static GwVerdict
ship_whole(GwScope *scope, Expr *expr, bool condition, List **force_c, char **reason)
{
	GwShipContext cxt;
	GwShipState state;
	GwVerdict verdict;

	ship_begin(&cxt, scope);
	cxt.condition = condition;
	verdict = gw_ship_node(&cxt, (Node *) expr, &state);
	if (verdict == GW_SUPERSET)
		gw_ship_refuse(&cxt, "it may keep more rows there and is checked again here");
	ship_end(&cxt, verdict == GW_EXACT, force_c, reason);
	return verdict;
}

GwVerdict
gw_ship_expr(GwScope *scope, Expr *expr, List **force_c, char **reason)
{
	return ship_whole(scope, expr, false, force_c, reason);
}

GwVerdict
gw_ship_condition(GwScope *scope, Expr *expr, List **force_c, char **reason)
{
	return ship_whole(scope, expr, true, force_c, reason);
}

/* ORDER BY sorts by the type's own order, whatever the search_path. */
static bool
ship_sort_operator(GwShipContext *cxt, Oid type, Oid sort_operator)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);

	if (sort_operator != entry->lt_opr && sort_operator != entry->gt_opr)
		return gw_ship_refuse(cxt, "it is not the usual order of its type");
	return true;
}

/* What an operator of the type's own order or equality needs, and may. */
static bool
ship_key_operator(GwShipContext *cxt, Expr *expr, Oid opno, GwShipState *state,
				  GwCollationNeed *need)
{
	GwVerdict verdict;
	bool unlisted;
	char *problem;

	if (gw_ship_node(cxt, (Node *) expr, state) != GW_EXACT)
		return gw_ship_refuse(cxt, "only part of it is exact there");
	problem = gw_ship_function_reason(cxt->grel, get_opcode(opno), opno,
									  list_make2(expr, expr), need, &verdict, &unlisted);
	if (problem == NULL && verdict != GW_EXACT)
		problem = "it may keep more rows there and is checked again here";
	if (problem == NULL && unlisted && state->kind != SHIP_NONE)
		problem = "what its operator needs of a collation is not known";
	return problem == NULL || gw_ship_refuse(cxt, problem);
}

/*
 * The same in a foreign dialect: its rule for keys of that type.  A parameter in
 * a key would be another one in each place that names the key.
 */
static bool
ship_foreign_key(GwShipContext *cxt, Expr *expr, char kind, bool *wrapped)
{
	Oid type = exprType((Node *) expr);
	const GwFuncRule *rule = gw_foreign_key(cxt->grel->dialect, kind, type);
	GwShipState state = {0};
	char *what = psprintf("%s by %s", kind == 's' ? "sorting" : "grouping", format_type_be(type));
	char *reason;

	if (rule == NULL)
		return gw_ship_refuse(cxt, psprintf("%s has no equal there", what));
	reason = gw_ship_rule_reason(cxt->grel, rule, what);
	if (reason != NULL)
		return gw_ship_refuse(cxt, reason);
	if (gw_ship_node(cxt, (Node *) expr, &state) != GW_EXACT)
		return gw_ship_refuse(cxt, "only part of it is exact there");
	if ((cxt->grel->dialect->flags & GW_DIALECT_POSITIONAL) != 0 &&
		gw_ship_has_param(cxt->scope, (Node *) expr))
		return gw_ship_refuse(cxt, "its key has a parameter");
	*wrapped = gw_foreign_key_is_wrapped(rule);
	return gw_ship_collation(cxt, NULL, exprCollation((Node *) expr), rule->collation, &state);
}

bool
gw_ship_sort_key(GwShipContext *cxt, Expr *expr, Oid sort_operator, bool *wrapped)
{
	GwShipState state = {0};
	GwCollationNeed need = GW_COLL_NONE;
	bool was_c;

	*wrapped = false;
	if (!ship_sort_operator(cxt, exprType((Node *) expr), sort_operator))
		return false;
	if (!cxt->postgres)
		return ship_foreign_key(cxt, expr, 's', wrapped);
	if (!ship_key_operator(cxt, expr, sort_operator, &state, &need))
		return false;
	was_c = state.kind == SHIP_C;
	if (!gw_ship_collation(cxt, NULL, exprCollation((Node *) expr), need, &state))
		return false;
	*wrapped = !was_c && state.kind == SHIP_C;
	return true;
}

/*
 * A key that had to say COLLATE "C" would be another expression than the one
 * in the select list, so it stays here.
 */
bool
gw_ship_equal_key(GwShipContext *cxt, Expr *expr, Oid equality, bool *wrapped)
{
	GwShipState state = {0};
	GwCollationNeed need = GW_COLL_NONE;
	TypeCacheEntry *entry = lookup_type_cache(exprType((Node *) expr), TYPECACHE_EQ_OPR);
	bool was_c;

	*wrapped = false;
	if (equality != entry->eq_opr)
		return gw_ship_refuse(cxt, "it is not the usual equality of its type");
	if (!cxt->postgres)
		return ship_foreign_key(cxt, expr, 'g', wrapped);
	if (!ship_key_operator(cxt, expr, equality, &state, &need))
		return false;
	was_c = state.kind == SHIP_C;
	return gw_ship_collation(cxt, NULL, exprCollation((Node *) expr), need, &state) &&
		   (was_c || state.kind != SHIP_C ||
			gw_ship_refuse(cxt, "the remote finds other texts equal"));
}

bool
gw_sort_key_is_plain(const GwDialect *dialect, bool wrapped, bool descending, bool nulls_first)
{
	return !wrapped && !gw_dialect_sorts_nulls_apart(dialect, descending, nulls_first);
}

bool
gw_ship_sort(GwScope *scope, Expr *expr, Oid sort_operator, List **force_c, bool *wrapped,
			 char **reason)
{
	GwShipContext cxt;
	bool exact;

	ship_begin(&cxt, scope);
	exact = gw_ship_sort_key(&cxt, expr, sort_operator, wrapped);
	ship_end(&cxt, exact, force_c, reason);
	return exact;
}

bool
gw_ship_equal(GwScope *scope, Expr *expr, Oid equality, List **force_c, bool *wrapped,
			  char **reason)
{
	GwShipContext cxt;
	bool is_wrapped;
	bool exact;

	ship_begin(&cxt, scope);
	exact = gw_ship_equal_key(&cxt, expr, equality, &is_wrapped);
	if (wrapped != NULL)
		*wrapped = is_wrapped;
	else if (is_wrapped)
		exact = gw_ship_refuse(&cxt, "the remote finds other texts equal");
	ship_end(&cxt, exact, force_c, reason);
	return exact;
}

GwVerdict
gw_shippable(PlannerInfo *root, RelOptInfo *rel, Expr *expr, char **reason)
{
	return gw_ship_condition(((GwRelation *) rel->fdw_private)->scope, expr, NULL, reason);
}
