/*
 * gw_deparse_foreign.c
 *	  Writing expressions by the rules of a dialect that is not PostgreSQL's.
 *
 * Takes only what gw_fdw_shippable_foreign.c has let pass, and decides nothing.
 * Parameters may be positional, so text is never written and then used twice:
 * what a template names again is written again.
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "fdw/gw_foreign.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

static void foreign_node(GwDeparse *cxt, Node *node, bool truth);

static void
foreign_unexpected(Node *node)
{
	elog(ERROR, "node type %d has no remote form", (int) nodeTag(node));
}

/* ---- templates ---- */

/* An argument; what DISTINCT compares, in the form that is equal where the values are. */
static void
filling_value(GwDeparse *cxt, const GwFilling *filling, Node *arg, bool condition)
{
	const GwFuncRule *key = NULL;
	GwFilling alone = {.args = list_make1(arg)};

	if (filling->distinct)
		key = gw_foreign_key(cxt->dialect, 'g', exprType(arg));
	if (key != NULL && gw_foreign_key_is_wrapped(key))
		gw_deparse_filling(cxt, key->sql, &alone);
	else
		gw_deparse_foreign(cxt, arg, condition);
}

/* The first argument, with FILTER as a CASE that has no ELSE. */
static void
filling_argument(GwDeparse *cxt, const GwFilling *filling, int n, bool condition)
{
	Node *arg = list_nth(filling->args, n - 1);

	if (n > 1 || filling->filter == NULL)
	{
		filling_value(cxt, filling, arg, condition);
		return;
	}
	gw_sql(&cxt->buf, "CASE WHEN ");
	gw_deparse_condition(cxt, filling->filter);
	gw_sql(&cxt->buf, " THEN ");
	filling_value(cxt, filling, arg, condition);
	gw_sql(&cxt->buf, " END");
}

static void
filling_list(GwDeparse *cxt, const GwFilling *filling, int from)
{
	for (int n = from; n <= list_length(filling->args); n++)
	{
		if (n > from)
			gw_sql(&cxt->buf, ", ");
		filling_argument(cxt, filling, n, false);
	}
}

static void
filling_equality(GwDeparse *cxt, const GwFilling *filling)
{
	OpExpr equality = *filling->equality;

	equality.xpr.type = T_OpExpr;
	gw_deparse_foreign(cxt, (Node *) &equality, true);
}

/* One {...} whose text is word; false: it is none of ours. */
static bool
filling_word(GwDeparse *cxt, const GwFilling *filling, const char *word, int len)
{
	if (len == 1 && word[0] >= '1' && word[0] - '0' <= list_length(filling->args))
		filling_argument(cxt, filling, word[0] - '0', false);
	else if (len == 2 && word[0] == '?')
		filling_argument(cxt, filling, word[1] - '0', true);
	else if (len == 1 && word[0] == '*')
		filling_list(cxt, filling, 1);
	else if (len == 2 && strncmp(word, "*2", 2) == 0)
		filling_list(cxt, filling, 2);
	else if (len == 1 && word[0] == '=')
		filling_equality(cxt, filling);
	else if (len == 1 && word[0] == 't')
		(void) gw_dialect_type_name(cxt->dialect, &cxt->buf, filling->type, filling->typmod);
	else if (len == 1 && word[0] == 'd')
		gw_sql(&cxt->buf, filling->distinct ? "DISTINCT " : "");
	else if (len == 5 && strncmp(word, "order", 5) == 0)
		gw_deparse_aggregate_order(cxt, filling->ordered);
	else
		return false;
	return true;
}

void
gw_deparse_filling(GwDeparse *cxt, const char *sql, const GwFilling *filling)
{
	for (const char *p = sql; *p != '\0'; p++)
	{
		const char *end = *p == '{' ? strchr(p, '}') : NULL;

		if (end != NULL && filling_word(cxt, filling, p + 1, end - p - 1))
			p = end;
		else
			appendStringInfoChar(&cxt->buf.text, *p);
	}
}

static void
foreign_form(GwDeparse *cxt, Node *node, const GwForm *form)
{
	GwFilling filling = {.args = form->args, .type = form->type, .typmod = form->typmod,
						 .equality = form->equality};

	if (form->passes)
		gw_deparse_foreign(cxt, linitial(form->args), false);
	else if (form->rule == NULL || form->rule->sql == NULL)
		foreign_unexpected(node);
	else
		gw_deparse_filling(cxt, form->rule->sql, &filling);
}

/* A column of texts, as something beside which any text may stand. */
static void
foreign_column(GwDeparse *cxt, Node *node)
{
	const GwColumn *column = OidIsValid(exprCollation(node))
								 ? gw_deparse_source_column(cxt, (Expr *) node)
								 : NULL;
	const char *sql = column != NULL ? gw_dialect_column_text(cxt->dialect, column) : NULL;
	const char *name = sql != NULL ? strstr(sql, "{1}") : NULL;

	if (name != NULL)
		appendBinaryStringInfo(&cxt->buf.text, sql, name - sql);
	gw_deparse_leaf(cxt, node);
	if (name != NULL)
		gw_sql_rendered(&cxt->buf, name + 3);
}

/* What an index of a column that is compared so serves; side is which operand it is. */
static char *
foreign_column_hint(GwDeparse *cxt, OpExpr *op, const GwForm *form, int *side)
{
	if (form->rule == NULL || strcmp(form->rule->name, "=") != 0 || !OidIsValid(op->inputcollid))
		return NULL;
	for (*side = 0; *side < 2; (*side)++)
	{
		const GwColumn *column =
			gw_deparse_source_column(cxt, (Expr *) strip_implicit_coercions(
											  list_nth(op->args, *side)));
		char *hint = column != NULL ? gw_dialect_column_hint(cxt->dialect, column) : NULL;

		if (hint != NULL)
			return hint;
	}
	return NULL;
}

/* The column {1} as it is there, and what it is compared with. */
static void
foreign_column_test(GwDeparse *cxt, OpExpr *op, const char *hint, int side)
{
	const char *other = strstr(hint, "{2}");

	gw_deparse_leaf(cxt, strip_implicit_coercions(list_nth(op->args, side)));
	appendBinaryStringInfo(&cxt->buf.text, hint + 3, other - hint - 3);
	gw_deparse_foreign(cxt, list_nth(op->args, 1 - side), false);
	gw_sql_rendered(&cxt->buf, other + 3);
}

/* An operator, with the test beside it that an index serves, where there is one. */
static void
foreign_operator_form(GwDeparse *cxt, OpExpr *op, const GwForm *form)
{
	const GwFuncRule *rule = gw_foreign_hint(cxt->dialect, op);
	GwFilling filling = {.args = form->args};
	int side = 0;
	char *hint = rule == NULL ? foreign_column_hint(cxt, op, form, &side) : NULL;

	if (rule == NULL && hint == NULL)
	{
		foreign_form(cxt, (Node *) op, form);
		return;
	}
	gw_sql(&cxt->buf, "(");
	if (rule != NULL)
		gw_deparse_filling(cxt, rule->sql, &filling);
	else
		foreign_column_test(cxt, op, hint, side);
	gw_sql(&cxt->buf, " AND ");
	foreign_form(cxt, (Node *) op, form);
	gw_sql(&cxt->buf, ")");
}

/* ---- forms without a template ---- */

/* The tests are never NULL, so NOT gives their opposites. */
static void
foreign_boolean_test(GwDeparse *cxt, BooleanTest *test, const GwForm *form)
{
	bool negated = test->booltesttype == IS_NOT_TRUE || test->booltesttype == IS_NOT_FALSE ||
				   test->booltesttype == IS_NOT_UNKNOWN;

	gw_sql(&cxt->buf, negated ? "(NOT " : "");
	foreign_form(cxt, (Node *) test, form);
	gw_sql(&cxt->buf, negated ? ")" : "");
}

static void
foreign_nullif(GwDeparse *cxt, OpExpr *op)
{
	OpExpr equality = *op;

	equality.xpr.type = T_OpExpr;
	equality.opresulttype = BOOLOID;
	gw_sql(&cxt->buf, "(CASE WHEN ");
	gw_deparse_foreign(cxt, (Node *) &equality, true);
	gw_sql(&cxt->buf, " THEN NULL ELSE ");
	gw_deparse_foreign(cxt, linitial(op->args), false);
	gw_sql(&cxt->buf, " END)");
}

/* One list where the rules know one, else a chain of single comparisons. */
static void
foreign_any(GwDeparse *cxt, ScalarArrayOpExpr *op)
{
	OpExpr single = {.xpr.type = T_OpExpr, .opno = op->opno, .opfuncid = op->opfuncid,
					 .opresulttype = BOOLOID, .inputcollid = op->inputcollid, .args = op->args};
	const GwFuncRule *in;
	const char *sql;
	List *elements;
	GwForm form;
	ListCell *lc;

	if (!gw_foreign_elements(op, &elements))
		foreign_unexpected((Node *) op);
	if (elements == NIL)
	{
		gw_sql(&cxt->buf, op->useOr ? "(1 = 0)" : "(1 = 1)");
		return;
	}
	gw_foreign_form(cxt->dialect, (Node *) &single, &form);
	sql = gw_foreign_in(cxt->dialect, op, form.rule, &in);
	if (sql != NULL)
	{
		GwFilling filling = {.args = lcons(linitial(op->args), list_copy(elements))};

		gw_deparse_filling(cxt, sql, &filling);
		return;
	}
	gw_sql(&cxt->buf, "(");
	foreach(lc, elements)
	{
		if (foreach_current_index(lc) > 0)
			gw_sql(&cxt->buf, op->useOr ? " OR " : " AND ");
		/* What was judged are its sides, so it is no parameter as a whole. */
		single.args = list_make2(linitial(op->args), lfirst(lc));
		foreign_node(cxt, (Node *) &single, false);
	}
	gw_sql(&cxt->buf, ")");
}

static void
foreign_sublink(GwDeparse *cxt, SubLink *link)
{
	const GwQuery *query = gw_scope_subselect(cxt->scope, link);

	gw_sql(&cxt->buf, link->subLinkType == EXISTS_SUBLINK ? "(EXISTS " : "(");
	if (link->subLinkType == ANY_SUBLINK)
	{
		List *tests = gw_sublink_tests(link);

		gw_deparse_foreign(cxt, linitial(((OpExpr *) linitial(tests))->args), false);
		gw_sql(&cxt->buf, " IN ");
		gw_deparse_sublink_columns(cxt, tests, query);
	}
	else if (link->subLinkType == EXISTS_SUBLINK)
		gw_deparse_sublink_columns(cxt, NIL, query);
	else
		gw_deparse_nested(cxt, query);
	gw_sql(&cxt->buf, ")");
}

static void
foreign_grouping(GwDeparse *cxt, GroupingFunc *func)
{
	gw_sql(&cxt->buf, "GROUPING(");
	gw_deparse_foreign(cxt, linitial(func->args), false);
	gw_sql(&cxt->buf, ")");
}

/* ---- the switch ---- */

static void
foreign_operation(GwDeparse *cxt, Node *node, bool truth)
{
	GwForm form;

	gw_foreign_form(cxt->dialect, node, &form);
	if (truth)
		foreign_operator_form(cxt, (OpExpr *) node, &form);
	else
		foreign_form(cxt, node, &form);
}

static void
foreign_node(GwDeparse *cxt, Node *node, bool truth)
{
	GwGuard guard;
	GwForm form;

	cxt->truth = truth && IsA(node, BoolExpr);
	if (IsA(node, Var))
	{
		foreign_column(cxt, node);
		return;
	}
	if (gw_deparse_form(cxt, node))
		return;
	gw_foreign_form(cxt->dialect, node, &form);
	switch (nodeTag(node))
	{
		case T_OpExpr:
			if (gw_foreign_guard(cxt->scope, cxt->dialect, node, &guard))
				gw_deparse_guarded(cxt, &guard, node, truth, foreign_operation);
			else
				foreign_operation(cxt, node, truth);
			break;
		case T_BooleanTest:
			foreign_boolean_test(cxt, (BooleanTest *) node, &form);
			break;
		case T_NullIfExpr:
			foreign_nullif(cxt, (OpExpr *) node);
			break;
		case T_CoalesceExpr:
			cxt->scope->conditions++;
			foreign_form(cxt, node, &form);
			cxt->scope->conditions--;
			break;
		case T_ScalarArrayOpExpr:
			foreign_any(cxt, (ScalarArrayOpExpr *) node);
			break;
		case T_SubLink:
			foreign_sublink(cxt, (SubLink *) node);
			break;
		case T_GroupingFunc:
			foreign_grouping(cxt, (GroupingFunc *) node);
			break;
		default:
			foreign_form(cxt, node, &form);
			break;
	}
}

/* ---- conditions and values, keys of groups ---- */

/* Of a key that is grouped by in another form, a group has values that are all the same. */
static bool
foreign_is_grouped(GwDeparse *cxt, Node *node)
{
	return cxt->grouped != NIL && !IsA(node, Const) && list_member(cxt->grouped, node);
}

static void
foreign_any_of(GwDeparse *cxt, Node *node)
{
	Oid type = exprType(node);
	const GwFuncRule *rule = gw_foreign_x(cxt->dialect, "any_of", &type, 1);
	GwFilling filling = {.args = list_make1(node)};
	List *grouped = cxt->grouped;

	if (rule == NULL || rule->sql == NULL)
		foreign_unexpected(node);
	cxt->grouped = NIL;
	gw_deparse_filling(cxt, rule->sql, &filling);
	cxt->grouped = grouped;
}

static void
foreign_place(GwDeparse *cxt, Node *node, bool truth)
{
	if (gw_ship_is_param(cxt->scope, node))
		gw_deparse_param(cxt, (Expr *) node);
	else if (foreign_is_grouped(cxt, node))
		foreign_any_of(cxt, node);
	else
		foreign_node(cxt, node, truth);
}

/* Write the node with what turns it into the other kind of thing. */
static void
foreign_converted(GwDeparse *cxt, Node *node, bool condition)
{
	static const Oid type = BOOLOID;
	const GwFuncRule *rule = gw_foreign_x(cxt->dialect, condition ? "as_condition" : "as_value",
										  &type, 1);

	if (rule == NULL || rule->sql == NULL)
		foreign_unexpected(node);
	for (const char *p = rule->sql; *p != '\0'; p++)
	{
		const char *end = *p == '{' ? strchr(p, '}') : NULL;

		if (end == NULL)
		{
			appendStringInfoChar(&cxt->buf.text, *p);
			continue;
		}
		foreign_place(cxt, node, false);
		p = end;
	}
}

void
gw_deparse_foreign(GwDeparse *cxt, Node *node, bool condition)
{
	bool truth = cxt->truth;

	cxt->truth = false;
	if (IsA(node, RestrictInfo))
		node = (Node *) ((RestrictInfo *) node)->clause;
	if ((cxt->dialect->flags & GW_DIALECT_BOOL_VALUES) == 0 && exprType(node) == BOOLOID &&
		(gw_foreign_is_condition(cxt->dialect, node) && !gw_ship_is_param(cxt->scope, node)) !=
			condition)
		foreign_converted(cxt, node, condition);
	else
		foreign_place(cxt, node, truth);
}
