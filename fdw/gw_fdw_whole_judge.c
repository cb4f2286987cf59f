/*
 * gw_fdw_whole_judge.c
 *	  Is every part of a query tree exact on its server?
 *
 * Expressions, sort keys and equalities are judged by gw_fdw_shippable.c; this
 * is the walk that leaves none of them out.
 */
#include "postgres.h"

#include "fdw/gw_deparse.h"
#include "fdw/gw_foreign.h"
#include "fdw/gw_whole.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"

static bool judge_query(const GwQuery *query, bool in_set, bool nested, const char **reason);

static bool
judge_refuse(const char **reason, const char *why)
{
	if (*reason == NULL)
		*reason = why;
	return false;
}

/* ---- what the dialect's statements may be made of ---- */

static bool
judge_can(const GwQuery *query, uint32 form, bool used, const char *what, const char **reason)
{
	const GwDialect *dialect = gw_scope_server(query->scope)->dialect;

	if (!used || (dialect->can & form) != 0)
		return true;
	return judge_refuse(reason, psprintf("the remote has no %s", what));
}

static bool
judge_set_form(const GwQuery *query, const char **reason)
{
	bool operation = query->setop->op != SETOP_UNION;

	return judge_can(query, GW_CAN_UNION, true, "set operations", reason) &&
		   judge_can(query, GW_CAN_INTERSECT, operation, "INTERSECT and EXCEPT", reason) &&
		   judge_can(query, GW_CAN_INTERSECT_ALL, operation && query->setop->all,
					 "INTERSECT ALL and EXCEPT ALL", reason);
}

/* A sub-select that reads the query around it. */
static bool
judge_is_correlated(const GwQuery *query)
{
	ListCell *lc;

	foreach(lc, query->scope->subselects)
	{
		if (contain_vars_of_level(((const GwSubselect *) lfirst(lc))->link->subselect, 1))
			return true;
	}
	return false;
}

static bool
judge_limit_form(const GwQuery *query, const char **reason)
{
	const GwDialect *dialect = gw_scope_server(query->scope)->dialect;
	bool constant = (query->limit == NULL || IsA(query->limit, Const)) &&
					(query->offset == NULL || IsA(query->offset, Const));

	if ((dialect->flags & GW_DIALECT_POSTGRES) != 0)
		return true;
	if ((query->limit != NULL || query->offset != NULL) &&
		(dialect->flags & GW_DIALECT_NO_LIMIT) != 0)
		return judge_refuse(reason, "the remote has no LIMIT");
	if (!constant)
		return judge_refuse(reason, "its LIMIT is not known before it runs");
	if ((query->limit != NULL && !gw_limit_is_plain((Const *) query->limit)) ||
		(query->offset != NULL && !gw_limit_is_plain((Const *) query->offset)))
		return judge_refuse(reason, "its LIMIT is no number of rows");
	if (query->offset != NULL && query->order_by == NIL &&
		(dialect->flags & GW_DIALECT_OFFSET_ORDERED) != 0)
		return judge_refuse(reason, "the remote has no OFFSET without an order");
	return true;
}

/* WITH came to some remotes late. */
static bool
judge_with(const GwQuery *query, const char **reason)
{
	GwRelation *server = gw_scope_server(query->scope);
	const GwFuncRule *rule =
		query->ctes != NIL ? gw_foreign_x(server->dialect, "with", NULL, 0) : NULL;
	char *why = rule != NULL ? gw_ship_rule_reason(server, rule, "WITH") : NULL;

	return why == NULL || judge_refuse(reason, why);
}

static bool
judge_form(const GwQuery *query, bool nested, const char **reason)
{
	bool recursive = false;
	ListCell *lc;

	foreach(lc, query->ctes)
		recursive |= ((const GwCte *) lfirst(lc))->recursive;
	if (query->setop != NULL && !judge_set_form(query, reason))
		return false;
	return judge_can(query, GW_CAN_CTE, query->ctes != NIL, "WITH", reason) &&
		   judge_with(query, reason) &&
		   judge_can(query, GW_CAN_NESTED_CTE, nested && query->ctes != NIL,
					 "WITH in sub-selects", reason) &&
		   judge_can(query, GW_CAN_RECURSIVE, recursive, "WITH RECURSIVE", reason) &&
		   judge_can(query, GW_CAN_CORRELATED, judge_is_correlated(query),
					 "sub-selects that read the query around them", reason) &&
		   judge_can(query, GW_CAN_DISTINCT_ON, query->distinct_on != NIL, "DISTINCT ON",
					 reason) &&
		   judge_can(query, GW_CAN_GROUPING_SETS, query->grouping_sets != NIL,
					 "grouping sets", reason) &&
		   judge_can(query, GW_CAN_WITH_TIES, query->with_ties, "WITH TIES", reason) &&
		   judge_can(query, GW_CAN_ORDERED_SUBSELECT,
					 nested && query->order_by != NIL && query->limit == NULL,
					 "ORDER BY in sub-selects", reason) &&
		   judge_limit_form(query, reason);
}

/* ---- expressions ---- */

static bool
judge_expr(const GwQuery *query, Expr *expr, const char **reason)
{
	char *why = NULL;

	if (gw_ship_expr(query->scope, expr, NULL, &why) == GW_EXACT)
		return true;
	return judge_refuse(reason, why != NULL ? why : "its meaning at the remote is not known");
}

static bool
judge_condition(const GwQuery *query, Expr *expr, const char **reason)
{
	char *why = NULL;

	if (gw_ship_condition(query->scope, expr, NULL, &why) == GW_EXACT)
		return true;
	return judge_refuse(reason, why != NULL ? why : "its meaning at the remote is not known");
}

static bool
judge_conditions(const GwQuery *query, List *conditions, const char **reason)
{
	ListCell *lc;

	foreach(lc, conditions)
	{
		const GwCondition *condition = lfirst(lc);

		if (!judge_condition(query, condition->expr, reason))
			return false;
	}
	return true;
}

static bool
judge_equal(GwScope *scope, List *exprs, List *equalities, bool may_wrap, const char **reason)
{
	bool wrapped;
	ListCell *expr;
	ListCell *eq;

	forboth(expr, exprs, eq, equalities)
	{
		char *why = NULL;

		if (!gw_ship_equal(scope, lfirst(expr), lfirst_oid(eq), NULL,
						   may_wrap ? &wrapped : NULL, &why))
			return judge_refuse(reason, why);
	}
	return true;
}

static bool
judge_sort(const GwQuery *query, const char **reason)
{
	ListCell *lc;

	foreach(lc, query->order_by)
	{
		const GwSortKey *key = lfirst(lc);
		bool wrapped;
		char *why = NULL;

		if (!gw_ship_sort(query->scope, key->expr, key->sort_operator, NULL, &wrapped, &why))
			return judge_refuse(reason, why);
		/* Such a key would no longer be the one that is selected. */
		if ((query->distinct || query->distinct_on != NIL) &&
			!gw_sort_key_is_plain(gw_scope_server(query->scope)->dialect, wrapped,
								  key->descending, key->nulls_first))
			return judge_refuse(reason, "its order there is not known to be the same");
	}
	return true;
}

/*
 * A column by itself is handed on as it is, whatever its type: what looks at it
 * is judged where it does.  Set operations and DISTINCT look at every column.
 */
static bool
judge_targets(const GwQuery *query, bool in_set, const char **reason)
{
	ListCell *lc;

	foreach(lc, query->targets)
	{
		Expr *expr = lfirst(lc);

		if (IsA(expr, Var) && ((Var *) expr)->varattno > 0 && !in_set && !query->distinct)
			continue;
		if (!judge_expr(query, expr, reason))
			return false;
	}
	return true;
}

static bool
judge_from(const GwQuery *query, const GwFrom *from, const char **reason)
{
	const char *form;

	check_stack_depth();
	if (from->source != NULL)
		return judge_can(query, GW_CAN_LATERAL, from->source->lateral, "LATERAL", reason) &&
			   (from->source->query == NULL || from->source->cte != NULL ||
				(judge_can(query, GW_CAN_CORRELATED_FROM, from->source->query->reads_outside,
						   "sub-selects in FROM that read a query around it", reason) &&
				 judge_query(from->source->query, false, true, reason)));
	if (!judge_can(query, GW_CAN_FULL_JOIN, from->kind == JOIN_FULL, "FULL JOIN", reason))
		return false;
	form = gw_join_form(gw_scope_server(query->scope)->dialect, from->kind, from->left,
						from->right, from->on);
	if (form != NULL)
		return judge_refuse(reason, form);
	return judge_from(query, from->left, reason) && judge_from(query, from->right, reason) &&
		   judge_conditions(query, from->on, reason);
}

/* The two columns behind each become one there, also where nothing is compared. */
static bool
judge_may_meet(GwScope *scope, List *columns, const char **reason)
{
	ListCell *lc;

	foreach(lc, columns)
	{
		char *why = NULL;

		if (gw_ship_expr(scope, lfirst(lc), NULL, &why) != GW_EXACT)
			return judge_refuse(reason, why);
	}
	return true;
}

/* Numbers of one declared scale keep it. */
static bool
judge_may_unite(const GwDialect *dialect, Oid type, int32 typmod)
{
	const GwFuncRule *rule = gw_foreign_x(dialect, "set_operation", &type, 1);

	return rule == NULL || rule->verdict != GW_LOCAL || (type == NUMERICOID && typmod >= 0) ||
		   (dialect->flags & GW_DIALECT_POSTGRES) != 0;
}

/* Rows are the same when all of their columns are. */
static bool
judge_set_operation(const GwQuery *query, const char **reason)
{
	const GwSetOp *setop = query->setop;
	const GwDialect *dialect = gw_scope_server(query->scope)->dialect;
	GwScope *scope;
	List *columns = NIL;
	ListCell *type;
	ListCell *collation;
	ListCell *typmod;

	if (!judge_query(setop->left, true, true, reason) ||
		!judge_query(setop->right, true, true, reason))
		return false;
	if (setop->equalities == NIL && !setop->all)
		return judge_refuse(reason, "a set operation without columns runs here");

	scope = gw_scope_make(query->scope, false, query->scope->relations);
	gw_scope_add(scope, 1, NULL, NULL, (GwQuery *) query);
	forthree(type, setop->types, collation, setop->collations, typmod, setop->typmods)
	{
		if (!judge_may_unite(dialect, lfirst_oid(type), lfirst_int(typmod)))
			return judge_refuse(reason, psprintf("a set operation of type %s runs here",
												 format_type_be(lfirst_oid(type))));
		if (lfirst_oid(type) == NUMERICOID &&
			!gw_ship_set_keeps_scale(dialect, query, list_length(columns) + 1))
			return judge_refuse(reason, "numbers of several scales are put together here");
		columns = lappend(columns, makeVar(1, list_length(columns) + 1, lfirst_oid(type), -1,
										   lfirst_oid(collation), 0));
	}
	if (setop->equalities == NIL)
		return judge_may_meet(scope, columns, reason);
	return judge_equal(scope, columns, setop->equalities, false, reason);
}

/* Does the remote know its grouping expressions again where they are used? */
static bool
judge_grouped(const GwQuery *query, const char **reason)
{
	const GwDialect *dialect = gw_scope_server(query->scope)->dialect;
	char *why = NULL;
	ListCell *lc;

	foreach(lc, query->targets)
	{
		if (!gw_ship_grouped(dialect, query->group_by, lfirst(lc), &why))
			return judge_refuse(reason, why);
	}
	foreach(lc, query->having)
	{
		const GwCondition *condition = lfirst(lc);

		if (!gw_ship_grouped(dialect, query->group_by, (Node *) condition->expr, &why))
			return judge_refuse(reason, why);
	}
	return true;
}

static bool
judge_select(const GwQuery *query, bool in_set, const char **reason)
{
	ListCell *lc;

	foreach(lc, query->from)
	{
		if (!judge_from(query, lfirst(lc), reason))
			return false;
	}
	return judge_conditions(query, query->where, reason) &&
		   judge_equal(query->scope, query->group_by, query->group_eq,
					   query->grouping_sets == NIL, reason) &&
		   judge_conditions(query, query->having, reason) && judge_grouped(query, reason) &&
		   judge_targets(query, in_set, reason) &&
		   judge_equal(query->scope,
					   query->distinct_on != NIL ? query->distinct_on : query->targets,
					   query->distinct_eq, false, reason);
}

static bool
judge_query(const GwQuery *query, bool in_set, bool nested, const char **reason)
{
	ListCell *lc;

	check_stack_depth();
	if (!judge_form(query, nested, reason))
		return false;
	foreach(lc, query->ctes)
	{
		if (!judge_query(((const GwCte *) lfirst(lc))->query, false, true, reason))
			return false;
	}
	foreach(lc, query->scope->subselects)
	{
		if (!judge_query(((const GwSubselect *) lfirst(lc))->query, false, true, reason))
			return false;
	}
	if (query->setop != NULL)
		return judge_set_operation(query, reason);
	return judge_select(query, in_set, reason) && judge_sort(query, reason);
}

bool
gw_whole_judge(const GwQuery *query, const char **reason)
{
	*reason = NULL;
	return judge_query(query, false, false, reason);
}
