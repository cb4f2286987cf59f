/*
 * gw_deparse_sublink.c
 *	  Writing sub-selects within expressions.
 *
 * Takes only what gw_fdw_shippable_sublink.c has let pass, and decides nothing.
 */
#include "postgres.h"

#include "fdw/gw_deparse.h"
#include "nodes/nodeFuncs.h"

/* The columns to compare with (EXISTS: NIL), by themselves or in another SELECT. */
void
gw_deparse_sublink_columns(GwDeparse *cxt, List *tests, const GwQuery *query)
{
	bool first = true;
	ListCell *lc;

	if (!gw_sublink_is_wrapped(cxt->dialect, tests, query))
	{
		gw_deparse_nested(cxt, query);
		return;
	}
	gw_sql(&cxt->buf, tests == NIL ? "(SELECT 1" : "(SELECT ");
	foreach(lc, tests)
	{
		gw_sql_separator(&cxt->buf, &first, ", ");
		gw_deparse_expr(cxt, lsecond(((OpExpr *) lfirst(lc))->args));
	}
	gw_sql(&cxt->buf, " FROM ");
	gw_deparse_nested(cxt, query);
	gw_sql(&cxt->buf, " AS ");
	gw_dialect_identifier(cxt->dialect, &cxt->buf, GW_SUBLINK_ALIAS);
	gw_sql(&cxt->buf, ")");
}

static void
sublink_test(GwDeparse *cxt, const SubLink *link, const GwQuery *query)
{
	List *tests = gw_sublink_tests(link);
	bool row = list_length(tests) > 1;
	bool first = true;
	ListCell *lc;

	gw_sql(&cxt->buf, row ? "(ROW(" : "(");
	foreach(lc, tests)
	{
		OpExpr *op = lfirst_node(OpExpr, lc);

		gw_sql_separator(&cxt->buf, &first, ", ");
		gw_deparse_arguments(cxt, op, list_make1(linitial(op->args)), false);
	}
	gw_sql(&cxt->buf, row ? ") " : " ");
	gw_deparse_operator(cxt, linitial_node(OpExpr, tests)->opno);
	gw_sql(&cxt->buf, link->subLinkType == ANY_SUBLINK ? " ANY " : " ALL ");
	gw_deparse_sublink_columns(cxt, tests, query);
	gw_sql(&cxt->buf, ")");
}

void
gw_deparse_sublink(GwDeparse *cxt, const SubLink *link)
{
	const GwQuery *query = gw_scope_subselect(cxt->scope, link);

	switch (link->subLinkType)
	{
		case EXISTS_SUBLINK:
			gw_sql(&cxt->buf, "(EXISTS ");
			gw_deparse_nested(cxt, query);
			gw_sql(&cxt->buf, ")");
			break;
		case ANY_SUBLINK:
		case ALL_SUBLINK:
			sublink_test(cxt, link, query);
			break;
		case ARRAY_SUBLINK:
			gw_sql(&cxt->buf, "ARRAY");
			gw_deparse_nested(cxt, query);
			break;
		default:
			gw_deparse_nested(cxt, query);
			break;
	}
}

void
gw_deparse_sublink_column(GwDeparse *cxt, const Param *param)
{
	gw_dialect_identifier(cxt->dialect, &cxt->buf, GW_SUBLINK_ALIAS);
	gw_sql(&cxt->buf, ".");
	gw_dialect_identifier(cxt->dialect, &cxt->buf, gw_query_column(param->paramid));
}
