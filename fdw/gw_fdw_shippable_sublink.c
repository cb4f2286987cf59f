/*
 * gw_fdw_shippable_sublink.c
 *	  Does a sub-select in an expression mean the same on the remote?
 *
 * The sub-select itself is judged by whoever made its tree; here is what the
 * expression around it does with its columns.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fdw/gw_shippable.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

List *
gw_sublink_tests(const SubLink *link)
{
	Node *test = link->testexpr;
	List *ops = IsA(test, BoolExpr) ? ((BoolExpr *) test)->args : list_make1(test);
	ListCell *lc;

	foreach(lc, ops)
	{
		OpExpr *op = lfirst(lc);

		/* Rows are compared column by column with operators of one name. */
		if (!IsA(op, OpExpr) || list_length(op->args) != 2 ||
			strcmp(get_opname(op->opno), get_opname(((OpExpr *) linitial(ops))->opno)) != 0)
			return NIL;
	}
	return ops;
}

/* Do the tests name the sub-select's columns as they are, one after the other? */
static bool
sublink_is_plain(List *tests)
{
	ListCell *lc;

	foreach(lc, tests)
	{
		Param *param = lsecond(((OpExpr *) lfirst(lc))->args);

		if (!IsA(param, Param) || param->paramkind != PARAM_SUBLINK ||
			param->paramid != foreach_current_index(lc) + 1)
			return false;
	}
	return true;
}

/* Does it end in a LIMIT, or a side of its set operation? */
static bool
sublink_is_limited(const GwQuery *query)
{
	check_stack_depth();
	return query->limit != NULL || query->offset != NULL ||
		   (query->setop != NULL && (sublink_is_limited(query->setop->left) ||
									 sublink_is_limited(query->setop->right)));
}

/* Where columns are cast first, and where a LIMIT may not stand in an IN or EXISTS. */
bool
gw_sublink_is_wrapped(const GwDialect *dialect, List *tests, const GwQuery *query)
{
	return (tests != NIL && !sublink_is_plain(tests)) ||
		   ((dialect->flags & GW_DIALECT_IN_UNLIMITED) != 0 && sublink_is_limited(query));
}

/* x = ANY (SELECT ...) and its kin: its Params are the sub-select's columns. */
static bool
sublink_test(GwShipContext *cxt, SubLink *link, GwQuery *query)
{
	const GwDialect *dialect = gw_scope_server(cxt->scope)->dialect;
	List *tests = gw_sublink_tests(link);
	GwShipState ignored;
	bool result;

	if (tests == NIL)
		return gw_ship_refuse(cxt, "its comparison with a sub-select has no remote form");
	if (query->reads_outside && (dialect->can & GW_CAN_CORRELATED_FROM) == 0 &&
		gw_sublink_is_wrapped(dialect, tests, query))
		return gw_ship_refuse(cxt, "the sub-select it compares with reads the query around it");
	cxt->subselects = lcons(query, cxt->subselects);
	cxt->condition = true;
	result = gw_ship_node(cxt, link->testexpr, &ignored) == GW_EXACT;
	cxt->subselects = list_delete_first(cxt->subselects);
	return result || gw_ship_refuse(cxt, "only part of it is exact there");
}

bool
gw_ship_sublink(GwShipContext *cxt, SubLink *link, GwShipState *state)
{
	GwQuery *query = gw_scope_subselect(cxt->scope, link);
	GwShipState column = {0};

	if (query == NULL)
		return gw_ship_refuse(cxt, "a sub-select is evaluated here");
	switch (link->subLinkType)
	{
		case EXISTS_SUBLINK:
			if (query->reads_outside &&
				(gw_scope_server(cxt->scope)->dialect->can & GW_CAN_CORRELATED_FROM) == 0 &&
				gw_sublink_is_wrapped(gw_scope_server(cxt->scope)->dialect, NIL, query))
				return gw_ship_refuse(cxt, "the limited sub-select reads the query around it");
			gw_ship_start(state, BOOLOID);
			break;
		case ANY_SUBLINK:
		case ALL_SUBLINK:
			if (!sublink_test(cxt, link, query))
				return false;
			gw_ship_start(state, BOOLOID);
			break;
		case EXPR_SUBLINK:
			return gw_ship_query_column(cxt, query, 1, state);
		case ARRAY_SUBLINK:
			/* The array shows the order of the rows. */
			if (query->order_by == NIL)
				return gw_ship_refuse(cxt, "its result shows an order that it does not ask for");
			if (!gw_ship_query_column(cxt, query, 1, &column))
				return false;
			gw_ship_result(state, &column, exprType((Node *) link));
			break;
		default:
			return gw_ship_refuse(cxt, "its form has no remote equivalent");
	}
	state->from_column = true;
	return true;
}

bool
gw_ship_sublink_column(GwShipContext *cxt, Param *param, GwShipState *state)
{
	if (param->paramkind != PARAM_SUBLINK || cxt->subselects == NIL)
		return gw_ship_refuse(cxt, "its form has no remote equivalent");
	return gw_ship_query_column(cxt, linitial(cxt->subselects), param->paramid, state);
}
