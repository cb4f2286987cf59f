/*
 * gw_deparse_expr.c
 *	  Writing one expression in the remote's SQL.
 *
 * Takes only what gw_ship_expr() has let pass, and decides nothing itself:
 * which nodes say COLLATE "C" and which subtrees are parameters was settled
 * there.  Every operator stands in parentheses of its own, so precedence never
 * matters; every constant and parameter carries its type.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fdw/gw_foreign.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_type.h"
#include "schema/gw_value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static void
expr_unexpected(Node *node)
{
	elog(ERROR, "node type %d has no remote form", (int) nodeTag(node));
}

static bool
expr_qualifies(GwDeparse *cxt)
{
	return (cxt->dialect->flags & GW_DIALECT_QUALIFY) != 0;
}

/* ---- names ---- */

void
gw_deparse_operator(GwDeparse *cxt, Oid opno)
{
	char *name = get_opname(opno);

	if (expr_qualifies(cxt))
		gw_sql(&cxt->buf, "OPERATOR(pg_catalog.");
	gw_sql_rendered(&cxt->buf, name);
	if (expr_qualifies(cxt))
		gw_sql(&cxt->buf, ")");
}

/*
 * Quoting keeps words of the grammar (left, position, extract) plain function
 * names.
 */
void
gw_deparse_function(GwDeparse *cxt, Oid funcid)
{
	if (expr_qualifies(cxt))
		gw_sql(&cxt->buf, "pg_catalog.");
	gw_sql_rendered(&cxt->buf, quote_identifier(get_func_name(funcid)));
}

void
gw_deparse_cast(GwDeparse *cxt, Oid type, int32 typmod)
{
	gw_sql(&cxt->buf, "::");
	if (!gw_dialect_type_name(cxt->dialect, &cxt->buf, type, typmod))
		elog(ERROR, "type %u has no name in a remote statement", type);
}

/* ---- leaves ---- */

static void
expr_var(GwDeparse *cxt, Var *var)
{
	const GwSource *source = gw_scope_find(cxt->scope, var, NULL);
	const char *table;
	const char *column;

	if (source->absent)
	{
		gw_dialect_literal(cxt->dialect, &cxt->buf, NULL, var->vartype, var->vartypmod);
		return;
	}
	table = cxt->qualify ? gw_source_name(source) : source->alias;
	if (table != NULL)
	{
		gw_dialect_identifier(cxt->dialect, &cxt->buf, table);
		gw_sql(&cxt->buf, ".");
	}
	if (source->query != NULL)
		column = gw_query_column(var->varattno);
	else if (var->varattno < 0)
		column = gw_row_id_of(cxt->dialect, var->varattno)->name;
	else
		column = gw_remote_column(source->relation->relid, var->varattno);
	gw_dialect_identifier(cxt->dialect, &cxt->buf, column);
}

static void
expr_const(GwDeparse *cxt, Const *constant)
{
	char *text = NULL;

	if (!constant->constisnull)
		text = gw_value_text(constant->constvalue, constant->consttype);
	gw_dialect_literal(cxt->dialect, &cxt->buf, text, constant->consttype,
					   constant->consttypmod);
}

void
gw_deparse_leaf(GwDeparse *cxt, Node *node)
{
	if (IsA(node, Var))
		expr_var(cxt, (Var *) node);
	else
		expr_const(cxt, (Const *) node);
}

/* Equal expressions share a parameter where it has a number. */
void
gw_deparse_param(GwDeparse *cxt, Expr *expr)
{
	Oid type = exprType((Node *) expr);
	bool found = false;
	int n = 0;
	ListCell *lc;

	/* The same value, told apart from the parameter where it stands elsewhere. */
	if (cxt->guarding)
		expr = (Expr *) makeRelabelType(expr, type, exprTypmod((Node *) expr),
										exprCollation((Node *) expr), COERCE_EXPLICIT_CAST);
	if ((cxt->dialect->flags & GW_DIALECT_POSITIONAL) == 0)
	{
		foreach(lc, cxt->params)
		{
			n++;
			found = equal(lfirst(lc), expr);
			if (found)
				break;
		}
	}
	if (!found)
	{
		/* Parts that a form is taken apart into live on the stack. */
		cxt->params = lappend(cxt->params, copyObject(expr));
		n = list_length(cxt->params);
	}
	if (cxt->guarding && cxt->guarded == 0)
		cxt->guarded = n;
	gw_dialect_param(cxt->dialect, &cxt->buf, n, type, -1);
}

/* ---- arguments ---- */

/* One argument, with COLLATE "C" when that is asked for. */
static void
expr_argument(GwDeparse *cxt, Expr *arg, bool collate_c)
{
	if (collate_c)
		gw_sql(&cxt->buf, "(");
	gw_deparse_expr(cxt, arg);
	if (collate_c)
	{
		gw_deparse_collate_c(cxt);
		gw_sql(&cxt->buf, ")");
	}
}

/*
 * The argument of node that carries the forced collation: the first that can
 * have one.  -1: none is forced.
 */
static int
expr_forced_argument(GwDeparse *cxt, void *node, List *args)
{
	ListCell *lc;

	if (!list_member_ptr(cxt->force_c, node))
		return -1;
	foreach(lc, args)
	{
		if (OidIsValid(get_typcollation(exprType(lfirst(lc)))))
			return foreach_current_index(lc);
	}
	elog(ERROR, "no argument can carry a collation");
}

void
gw_deparse_arguments(GwDeparse *cxt, void *node, List *args, bool variadic)
{
	int forced = expr_forced_argument(cxt, node, args);
	bool first = true;
	ListCell *lc;

	foreach(lc, args)
	{
		gw_sql_separator(&cxt->buf, &first, ", ");
		if (variadic && lnext(args, lc) == NULL)
			gw_sql(&cxt->buf, "VARIADIC ");
		expr_argument(cxt, lfirst(lc), foreach_current_index(lc) == forced);
	}
}

/* ---- operators ---- */

static void
expr_op(GwDeparse *cxt, OpExpr *op)
{
	int forced;
	bool binary = list_length(op->args) == 2;

	forced = expr_forced_argument(cxt, op, op->args);
	gw_sql(&cxt->buf, "(");
	if (binary)
	{
		expr_argument(cxt, linitial(op->args), forced == 0);
		gw_sql(&cxt->buf, " ");
	}
	gw_deparse_operator(cxt, op->opno);
	gw_sql(&cxt->buf, " ");
	expr_argument(cxt, llast(op->args), forced == list_length(op->args) - 1);
	gw_sql(&cxt->buf, ")");
}

/*
 * IS DISTINCT FROM and NULLIF look their "=" up in the search_path; where
 * nobody pins it they are spelled out.
 */
static void
expr_distinct(GwDeparse *cxt, OpExpr *op)
{
	int forced = expr_forced_argument(cxt, op, op->args);
	char *left;
	char *right;

	if (!expr_qualifies(cxt))
	{
		gw_sql(&cxt->buf, "(");
		expr_argument(cxt, linitial(op->args), forced == 0);
		gw_sql(&cxt->buf, " IS DISTINCT FROM ");
		expr_argument(cxt, lsecond(op->args), forced == 1);
		gw_sql(&cxt->buf, ")");
		return;
	}

	left = gw_deparse_text(cxt, linitial(op->args));
	right = gw_deparse_text(cxt, lsecond(op->args));
	appendStringInfo(&cxt->buf.text,
					 "(CASE WHEN (%s IS NULL) THEN (%s IS NOT NULL)"
					 " WHEN (%s IS NULL) THEN true ELSE (NOT ",
					 left, right, right);
	expr_op(cxt, op);
	gw_sql(&cxt->buf, ") END)");
}

static void
expr_nullif(GwDeparse *cxt, OpExpr *op)
{
	gw_sql(&cxt->buf, "(CASE WHEN ");
	expr_op(cxt, op);
	gw_sql(&cxt->buf, " THEN NULL ELSE ");
	gw_deparse_expr(cxt, linitial(op->args));
	gw_sql(&cxt->buf, " END)");
}

static void
expr_array_op(GwDeparse *cxt, ScalarArrayOpExpr *op)
{
	int forced = expr_forced_argument(cxt, op, op->args);

	gw_sql(&cxt->buf, "(");
	expr_argument(cxt, linitial(op->args), forced == 0);
	gw_sql(&cxt->buf, " ");
	gw_deparse_operator(cxt, op->opno);
	gw_sql(&cxt->buf, op->useOr ? " ANY (" : " ALL (");
	expr_argument(cxt, lsecond(op->args), forced == 1);
	gw_sql(&cxt->buf, "))");
}

/* ---- the other forms ---- */

static void
expr_boolean_test(GwDeparse *cxt, BooleanTest *test)
{
	static const char *const names[] = {
		[IS_TRUE] = " IS TRUE)",	   [IS_NOT_TRUE] = " IS NOT TRUE)",
		[IS_FALSE] = " IS FALSE)",	   [IS_NOT_FALSE] = " IS NOT FALSE)",
		[IS_UNKNOWN] = " IS UNKNOWN)", [IS_NOT_UNKNOWN] = " IS NOT UNKNOWN)",
	};

	gw_sql(&cxt->buf, "(");
	gw_deparse_expr(cxt, test->arg);
	gw_sql(&cxt->buf, names[test->booltesttype]);
}

static void
expr_cast_of(GwDeparse *cxt, Expr *arg, Oid type, int32 typmod, bool collate_c)
{
	gw_sql(&cxt->buf, "(");
	expr_argument(cxt, arg, collate_c);
	gw_sql(&cxt->buf, ")");
	gw_deparse_cast(cxt, type, typmod);
}

/* A function, or the cast it stands for. */
static void
expr_func(GwDeparse *cxt, FuncExpr *call)
{
	int32 typmod = -1;

	if (call->funcformat == COERCE_EXPLICIT_CAST || call->funcformat == COERCE_IMPLICIT_CAST)
	{
		(void) exprIsLengthCoercion((Node *) call, &typmod);
		expr_cast_of(cxt, linitial(call->args), call->funcresulttype, typmod,
					 expr_forced_argument(cxt, call, call->args) == 0);
		return;
	}
	gw_deparse_function(cxt, call->funcid);
	gw_sql(&cxt->buf, "(");
	gw_deparse_arguments(cxt, call, call->args, call->funcvariadic);
	gw_sql(&cxt->buf, ")");
}

/* A change of collation alone has no remote form; ship_collation() saw to it. */
static void
expr_relabel(GwDeparse *cxt, RelabelType *relabel)
{
	if (relabel->resulttype == exprType((Node *) relabel->arg))
		gw_deparse_expr(cxt, relabel->arg);
	else
		expr_cast_of(cxt, relabel->arg, relabel->resulttype, -1, false);
}

static void
expr_array(GwDeparse *cxt, ArrayExpr *array)
{
	gw_sql(&cxt->buf, "(ARRAY[");
	gw_deparse_arguments(cxt, array, array->elements, false);
	gw_sql(&cxt->buf, "])");
	gw_deparse_cast(cxt, array->array_typeid, -1);
}

static void
expr_subscript(GwDeparse *cxt, SubscriptingRef *ref)
{
	ListCell *lc;

	gw_sql(&cxt->buf, "(");
	gw_deparse_expr(cxt, ref->refexpr);
	gw_sql(&cxt->buf, ")");
	foreach(lc, ref->refupperindexpr)
	{
		gw_sql(&cxt->buf, "[");
		gw_deparse_expr(cxt, lfirst(lc));
		gw_sql(&cxt->buf, "]");
	}
}

static void
expr_call_form(GwDeparse *cxt, const char *word, void *node, List *args)
{
	gw_sql(&cxt->buf, word);
	gw_sql(&cxt->buf, "(");
	gw_deparse_arguments(cxt, node, args, false);
	gw_sql(&cxt->buf, ")");
}

/* ---- the switch ---- */

static void
expr_node(GwDeparse *cxt, Node *node)
{
	if (gw_deparse_form(cxt, node))
		return;
	switch (nodeTag(node))
	{
		case T_OpExpr:
			expr_op(cxt, (OpExpr *) node);
			break;
		case T_DistinctExpr:
			expr_distinct(cxt, (OpExpr *) node);
			break;
		case T_NullIfExpr:
			expr_nullif(cxt, (OpExpr *) node);
			break;
		case T_ScalarArrayOpExpr:
			expr_array_op(cxt, (ScalarArrayOpExpr *) node);
			break;
		case T_BooleanTest:
			expr_boolean_test(cxt, (BooleanTest *) node);
			break;
		case T_FuncExpr:
			expr_func(cxt, (FuncExpr *) node);
			break;
		case T_RelabelType:
			expr_relabel(cxt, (RelabelType *) node);
			break;
		case T_CoerceViaIO:
			expr_cast_of(cxt, ((CoerceViaIO *) node)->arg, ((CoerceViaIO *) node)->resulttype,
						 -1, false);
			break;
		case T_CoalesceExpr:
			cxt->scope->conditions++;
			expr_call_form(cxt, "COALESCE", node, ((CoalesceExpr *) node)->args);
			cxt->scope->conditions--;
			break;
		case T_MinMaxExpr:
			expr_call_form(cxt, ((MinMaxExpr *) node)->op == IS_GREATEST ? "GREATEST" : "LEAST",
						   node, ((MinMaxExpr *) node)->args);
			break;
		case T_ArrayExpr:
			expr_array(cxt, (ArrayExpr *) node);
			break;
		case T_SubLink:
			gw_deparse_sublink(cxt, (SubLink *) node);
			break;
		case T_GroupingFunc:
			expr_call_form(cxt, "GROUPING", node, ((GroupingFunc *) node)->args);
			break;
		case T_SubscriptingRef:
			expr_subscript(cxt, (SubscriptingRef *) node);
			break;
		default:
			expr_unexpected(node);
			break;
	}
}

void
gw_deparse_begin(GwDeparse *cxt, GwScope *scope)
{
	memset(cxt, 0, sizeof(*cxt));
	cxt->scope = scope;
	cxt->dialect = gw_scope_server(scope)->dialect;
	gw_sqlbuf_init(&cxt->buf);
}

void
gw_deparse_expr(GwDeparse *cxt, Expr *expr)
{
	Node *node = (Node *) expr;

	if (IsA(node, RestrictInfo))
		node = (Node *) ((RestrictInfo *) node)->clause;
	if ((cxt->dialect->flags & GW_DIALECT_POSTGRES) == 0)
		gw_deparse_foreign(cxt, node, false);
	else if (gw_ship_is_param(cxt->scope, node))
		gw_deparse_param(cxt, (Expr *) node);
	else
		expr_node(cxt, node);
}

char *
gw_deparse_text(GwDeparse *cxt, Expr *expr)
{
	GwSqlBuf saved = cxt->buf;
	char *result;

	gw_sqlbuf_init(&cxt->buf);
	gw_deparse_expr(cxt, expr);
	result = cxt->buf.text.data;
	cxt->buf = saved;
	return result;
}

void
gw_deparse_collate_c(GwDeparse *cxt)
{
	gw_sql(&cxt->buf, expr_qualifies(cxt) ? " COLLATE pg_catalog.\"C\"" : " COLLATE \"C\"");
}

/* The verdict decides the forced collations that the deparser looks up. */
void
gw_deparse_clause(GwDeparse *cxt, Expr *expr)
{
	char *reason;

	if (gw_ship_expr(cxt->scope, expr, &cxt->force_c, &reason) == GW_LOCAL)
		elog(ERROR, "a clause that is evaluated locally cannot be sent: %s", reason);
	gw_deparse_expr(cxt, expr);
}

void
gw_deparse_condition(GwDeparse *cxt, Expr *expr)
{
	char *reason;

	if (gw_ship_condition(cxt->scope, expr, &cxt->force_c, &reason) == GW_LOCAL)
		elog(ERROR, "a condition that is evaluated locally cannot be sent: %s", reason);
	if (cxt->dialect->flags & GW_DIALECT_POSTGRES)
		gw_deparse_expr(cxt, expr);
	else
	{
		cxt->truth = true;
		gw_deparse_foreign(cxt, (Node *) expr, true);
	}
}

/* A key as the remote sorts ('s') or groups ('g') by it. */
static void
expr_key(GwDeparse *cxt, Expr *expr, char kind)
{
	const GwFuncRule *rule = NULL;
	GwFilling filling = {.args = list_make1(expr)};

	if ((cxt->dialect->flags & GW_DIALECT_POSTGRES) == 0)
		rule = gw_foreign_key(cxt->dialect, kind, exprType((Node *) expr));
	if (rule != NULL && rule->sql != NULL)
		gw_deparse_filling(cxt, rule->sql, &filling);
	else
		gw_deparse_expr(cxt, expr);
}

void
gw_deparse_group_key(GwDeparse *cxt, Expr *expr)
{
	char *reason;

	if (gw_ship_expr(cxt->scope, expr, &cxt->force_c, &reason) != GW_EXACT)
		elog(ERROR, "a key that is compared locally cannot be sent: %s", reason);
	expr_key(cxt, expr, 'g');
}

void
gw_deparse_sort_key(GwDeparse *cxt, const GwSortKey *key)
{
	GwSqlBuf saved = cxt->buf;
	bool wrapped = false;
	char *text;

	gw_sqlbuf_init(&cxt->buf);
	if (key->column != 0)
		gw_sql_int(&cxt->buf, key->column);
	else
	{
		if (!gw_ship_sort(cxt->scope, key->expr, key->sort_operator, &cxt->force_c, &wrapped,
						  NULL))
			elog(ERROR, "a sort key that is sorted locally cannot be sent");
		expr_key(cxt, key->expr, 's');
	}
	if (wrapped && (cxt->dialect->flags & GW_DIALECT_POSTGRES) != 0)
		gw_deparse_collate_c(cxt);
	text = cxt->buf.text.data;
	cxt->buf = saved;
	if (key->nulls_apart)
		gw_dialect_nulls_key(&cxt->buf, text, key->nulls_first);
	gw_dialect_sort_key(cxt->dialect, &cxt->buf, text, key->descending,
						key->nulls_apart ? !key->descending : key->nulls_first);
}
