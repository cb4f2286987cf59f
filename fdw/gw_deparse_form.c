/*
 * gw_deparse_form.c
 *	  The parts of expressions that every dialect writes in the same words.
 *
 * Each part of theirs is written as its dialect has it.  Decides nothing.
 */
#include "postgres.h"

#include "fdw/gw_foreign.h"

static void
form_part(GwDeparse *cxt, Node *node, bool condition)
{
	if (cxt->dialect->flags & GW_DIALECT_POSTGRES)
		gw_deparse_expr(cxt, (Expr *) node);
	else
		gw_deparse_foreign(cxt, node, condition);
}

static void
form_bool(GwDeparse *cxt, BoolExpr *expr)
{
	const char *separator = expr->boolop == AND_EXPR ? " AND " : " OR ";
	bool truth = cxt->truth && expr->boolop != NOT_EXPR;
	bool first = true;
	ListCell *lc;

	gw_sql(&cxt->buf, expr->boolop == NOT_EXPR ? "(NOT " : "(");
	cxt->scope->conditions += expr->boolop != NOT_EXPR;
	foreach(lc, expr->args)
	{
		gw_sql_separator(&cxt->buf, &first, separator);
		cxt->truth = truth;
		form_part(cxt, lfirst(lc), true);
	}
	cxt->truth = false;
	cxt->scope->conditions -= expr->boolop != NOT_EXPR;
	gw_sql(&cxt->buf, ")");
}

static void
form_null_test(GwDeparse *cxt, NullTest *test)
{
	gw_sql(&cxt->buf, "(");
	form_part(cxt, (Node *) test->arg, false);
	gw_sql(&cxt->buf, test->nulltesttype == IS_NULL ? " IS NULL)" : " IS NOT NULL)");
}

/*
 * The conditions of CASE x WHEN y hold the comparison with a CaseTestExpr in
 * x's place, so the searched form says exactly which operator is meant.
 */
static void
form_case(GwDeparse *cxt, CaseExpr *expr)
{
	GwCaseArg arg = {expr->arg, cxt->scope->conditions};
	ListCell *lc;

	cxt->case_args = lcons(&arg, cxt->case_args);
	gw_sql(&cxt->buf, "(CASE");
	cxt->scope->conditions++;
	foreach(lc, expr->args)
	{
		CaseWhen *when = lfirst_node(CaseWhen, lc);

		gw_sql(&cxt->buf, " WHEN ");
		form_part(cxt, (Node *) when->expr, true);
		gw_sql(&cxt->buf, " THEN ");
		form_part(cxt, (Node *) when->result, false);
	}
	gw_sql(&cxt->buf, " ELSE ");
	form_part(cxt, (Node *) expr->defresult, false);
	cxt->scope->conditions--;
	gw_sql(&cxt->buf, " END)");
	cxt->case_args = list_delete_first(cxt->case_args);
}

/* It is written as it stands at the CASE: outside its branches, and of the CASE around. */
static void
form_case_arg(GwDeparse *cxt)
{
	const GwCaseArg *arg = linitial(cxt->case_args);
	List *cases = cxt->case_args;
	int conditions = cxt->scope->conditions;

	cxt->case_args = list_copy_tail(cases, 1);
	cxt->scope->conditions = arg->conditions;
	gw_deparse_expr(cxt, arg->expr);
	cxt->scope->conditions = conditions;
	cxt->case_args = cases;
}

bool
gw_deparse_form(GwDeparse *cxt, Node *node)
{
	switch (nodeTag(node))
	{
		case T_Var:
		case T_Const:
			gw_deparse_leaf(cxt, node);
			break;
		case T_BoolExpr:
			form_bool(cxt, (BoolExpr *) node);
			break;
		case T_NullTest:
			form_null_test(cxt, (NullTest *) node);
			break;
		case T_CaseExpr:
			form_case(cxt, (CaseExpr *) node);
			break;
		case T_CaseTestExpr:
			form_case_arg(cxt);
			break;
		case T_Aggref:
			gw_deparse_aggref(cxt, (Aggref *) node);
			break;
		case T_WindowFunc:
			gw_deparse_window_func(cxt, (WindowFunc *) node);
			break;
		case T_Param:
			gw_deparse_sublink_column(cxt, (Param *) node);
			break;
		default:
			return false;
	}
	return true;
}
