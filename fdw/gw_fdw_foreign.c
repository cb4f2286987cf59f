/*
 * gw_fdw_foreign.c
 *	  By which of a dialect's rules a node of an expression is written.
 *
 * For dialects that are not PostgreSQL's.  Looks things up only: whether the
 * node may be sent is judged in gw_fdw_shippable_foreign.c, and it is written
 * in gw_deparse_foreign.c.  Results live in CurrentMemoryContext.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fdw/gw_foreign.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* ---- templates ---- */

int
gw_template_count(const char *sql, int n)
{
	int count = 0;

	for (const char *p = sql; (p = strchr(p, '{')) != NULL; p++)
	{
		const char *digit = p + (p[1] == '?' ? 2 : 1);

		count += digit[0] == '0' + n && digit[1] == '}';
	}
	return count + (gw_template_has(sql, "*") || (n > 1 && gw_template_has(sql, "*2")));
}

bool
gw_template_wants_condition(const char *sql, int n)
{
	char word[3] = {'?', (char) ('0' + n), '\0'};

	return n < 10 && gw_template_has(sql, word);
}

bool
gw_template_has(const char *sql, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = sql; (p = strchr(p, '{')) != NULL; p++)
	{
		if (strncmp(p + 1, word, len) == 0 && p[1 + len] == '}')
			return true;
	}
	return false;
}

/* ---- rules ---- */

const GwFuncRule *
gw_foreign_x(const GwDialect *dialect, const char *name, const Oid *types, int ntypes)
{
	return gw_dialect_rule(dialect, 'x', name, types, ntypes);
}

static const char *
foreign_type_name(Oid type)
{
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	char *name;

	if (!HeapTupleIsValid(tuple))
		return "";
	name = pstrdup(NameStr(((Form_pg_type) GETSTRUCT(tuple))->typname));
	ReleaseSysCache(tuple);
	return name;
}

const GwFuncRule *
gw_foreign_key(const GwDialect *dialect, char kind, Oid type)
{
	return gw_dialect_rule(dialect, kind, foreign_type_name(type), NULL, 0);
}

bool
gw_foreign_key_is_wrapped(const GwFuncRule *rule)
{
	return rule->sql != NULL && strcmp(rule->sql, "{1}") != 0;
}

/* Strings of any length are the same to everybody. */
static bool
foreign_is_string(Oid type)
{
	return type == TEXTOID || type == VARCHAROID;
}

/* A change of type that has a rule, or needs none. */
static void
foreign_cast(const GwDialect *dialect, Expr *arg, GwForm *form)
{
	Oid source = exprType((Node *) arg);

	form->args = list_make1(arg);
	if (source == form->type || (foreign_is_string(source) && foreign_is_string(form->type)))
		form->passes = true;
	else
		form->rule = gw_dialect_rule(dialect, 'c', foreign_type_name(form->type), &source, 1);
}

/* By its operator: declared operand types, as pg_operator has them. */
static void
foreign_operator(const GwDialect *dialect, OpExpr *op, GwForm *form)
{
	bool binary = list_length(op->args) == 2;
	Oid types[2];

	op_input_types(op->opno, &types[0], &types[1]);
	form->args = op->args;
	form->rule = gw_dialect_rule(dialect, 'o', get_opname(op->opno),
								 binary ? types : types + 1, binary ? 2 : 1);
}

const GwFuncRule *
gw_foreign_hint(const GwDialect *dialect, OpExpr *op)
{
	Oid types[2];

	if (list_length(op->args) != 2)
		return NULL;
	op_input_types(op->opno, &types[0], &types[1]);
	return gw_dialect_rule(dialect, 'h', get_opname(op->opno), types, 2);
}

/* A length coercion that could cut or round has no form. */
static void
foreign_call(const GwDialect *dialect, FuncExpr *call, GwForm *form)
{
	HeapTuple tuple;

	if (call->funcformat == COERCE_EXPLICIT_CAST || call->funcformat == COERCE_IMPLICIT_CAST)
	{
		if (!exprIsLengthCoercion((Node *) call, NULL))
			foreign_cast(dialect, linitial(call->args), form);
		return;
	}
	form->args = call->args;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(call->funcid));
	if (!HeapTupleIsValid(tuple))
		return;
	if (!call->funcvariadic)
		form->rule = gw_ship_function_rule(dialect, (Form_pg_proc) GETSTRUCT(tuple), call->args);
	ReleaseSysCache(tuple);
}

/* A form of the grammar over args. */
static void
foreign_grammar(const GwDialect *dialect, const char *name, List *args, GwForm *form)
{
	Oid *types = palloc(Max(list_length(args), 1) * sizeof(Oid));
	ListCell *lc;

	foreach(lc, args)
		types[foreach_current_index(lc)] = exprType(lfirst(lc));
	form->args = args;
	form->rule = gw_foreign_x(dialect, name, types, list_length(args));
}

static const char *
foreign_test_name(BoolTestType type)
{
	switch (type)
	{
		case IS_TRUE:
		case IS_NOT_TRUE:
			return "is_true";
		case IS_FALSE:
		case IS_NOT_FALSE:
			return "is_false";
		default:
			return "is_unknown";
	}
}

void
gw_foreign_form(const GwDialect *dialect, Node *node, GwForm *form)
{
	memset(form, 0, sizeof(*form));
	form->type = exprType(node);
	form->typmod = exprTypmod(node);
	switch (nodeTag(node))
	{
		case T_OpExpr:
			foreign_operator(dialect, (OpExpr *) node, form);
			break;
		case T_DistinctExpr:
			foreign_grammar(dialect, "distinct", ((OpExpr *) node)->args, form);
			form->equality = (OpExpr *) node;
			break;
		case T_FuncExpr:
			foreign_call(dialect, (FuncExpr *) node, form);
			break;
		case T_RelabelType:
			foreign_cast(dialect, ((RelabelType *) node)->arg, form);
			break;
		case T_CoerceViaIO:
			foreign_cast(dialect, ((CoerceViaIO *) node)->arg, form);
			form->passes = false;
			break;
		case T_NullTest:
			foreign_grammar(dialect, "null_test", list_make1(((NullTest *) node)->arg), form);
			break;
		case T_BooleanTest:
			foreign_grammar(dialect, foreign_test_name(((BooleanTest *) node)->booltesttype),
							list_make1(((BooleanTest *) node)->arg), form);
			break;
		case T_CoalesceExpr:
			foreign_grammar(dialect, "coalesce", ((CoalesceExpr *) node)->args, form);
			break;
		case T_MinMaxExpr:
			foreign_grammar(dialect,
							((MinMaxExpr *) node)->op == IS_GREATEST ? "greatest" : "least",
							((MinMaxExpr *) node)->args, form);
			break;
		case T_CaseExpr:
		case T_NullIfExpr:
			form->rule = gw_foreign_x(dialect, "case", &form->type, 1);
			break;
		default:
			break;
	}
}

/* ---- x = ANY (...) ---- */

static List *
foreign_array_elements(const Const *array)
{
	ArrayType *value = DatumGetArrayTypeP(array->constvalue);
	Oid type = ARR_ELEMTYPE(value);
	List *elements = NIL;
	int16 len;
	bool byval;
	char align;
	Datum *values;
	bool *nulls;
	int n;

	get_typlenbyvalalign(type, &len, &byval, &align);
	deconstruct_array(value, type, len, byval, align, &values, &nulls, &n);
	for (int i = 0; i < n; i++)
		elements = lappend(elements, makeConst(type, -1, array->constcollid, len, values[i],
											   nulls[i], byval));
	return elements;
}

/* A multidimensional array is compared element by element too. */
bool
gw_foreign_elements(const ScalarArrayOpExpr *op, List **elements)
{
	Node *array = lsecond(op->args);

	*elements = NIL;
	if (IsA(array, Const) && !((Const *) array)->constisnull)
		*elements = foreign_array_elements((Const *) array);
	else if (IsA(array, ArrayExpr) && !((ArrayExpr *) array)->multidims)
		*elements = ((ArrayExpr *) array)->elements;
	else
		return false;
	return list_length(*elements) <= GW_IN_MAX;
}

const char *
gw_foreign_in(const GwDialect *dialect, const ScalarArrayOpExpr *op, const GwFuncRule *rule,
			  const GwFuncRule **in)
{
	bool equals = strcmp(rule->name, "=") == 0;
	Oid types[2];

	*in = NULL;
	if (op->useOr != equals || (!equals && strcmp(rule->name, "<>") != 0))
		return NULL;
	op_input_types(op->opno, &types[0], &types[1]);
	*in = gw_foreign_x(dialect, equals ? "in" : "not_in", types, 2);
	if (*in != NULL)
		return (*in)->sql;
	if (strcmp(rule->sql, equals ? "({1} = {2})" : "({1} <> {2})") != 0)
		return NULL;
	return equals ? "({1} IN ({*2}))" : "({1} NOT IN ({*2}))";
}

/* ---- conditions and values ---- */

bool
gw_foreign_is_condition(const GwDialect *dialect, Node *node)
{
	GwForm form;

	if (exprType(node) != BOOLOID)
		return false;
	switch (nodeTag(node))
	{
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_DistinctExpr:
		case T_ScalarArrayOpExpr:
			return true;
		case T_SubLink:
			return ((SubLink *) node)->subLinkType != EXPR_SUBLINK;
		case T_OpExpr:
		case T_FuncExpr:
			gw_foreign_form(dialect, node, &form);
			return form.rule != NULL && (form.rule->flags & GW_RULE_VALUE) == 0;
		default:
			return false;
	}
}

/* ---- windows ---- */

bool
gw_foreign_has_frame(const WindowFunc *func, const GwFuncRule *rule, const GwWindow *window)
{
	return window->order != NIL && (func->winagg || (rule->flags & GW_RULE_FRAMED) != 0);
}
