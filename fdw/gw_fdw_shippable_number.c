/*
 * gw_fdw_shippable_number.c
 *	  May exact numbers meet on a remote that makes them one type first?
 *
 * There a comparison of DECIMAL(38,0) with 1.5 may be one with 2.  Only for
 * dialects that say so (meeting_digits); looks at digits, never at values of
 * columns, and keeps nothing.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fdw/gw_deparse.h"
#include "fdw/gw_shippable.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgrprotos.h"

/* Every value of int8 has them. */
#define INT8_DIGITS 20

/* Digits before and behind the point. */
typedef struct NumberDigits
{
	int whole, scale;
} NumberDigits;

static bool number_digits(const GwScope *scope, Node *node, NumberDigits *digits);

static bool
digits_set(NumberDigits *digits, int precision, int scale)
{
	digits->whole = Max(precision - scale, 0);
	digits->scale = Max(scale, 0);
	return true;
}

static void
digits_widen(NumberDigits *digits, const NumberDigits *other)
{
	digits->whole = Max(digits->whole, other->whole);
	digits->scale = Max(digits->scale, other->scale);
}

static bool
digits_of_typmod(int32 typmod, NumberDigits *digits)
{
	if (typmod < (int32) VARHDRSZ)
		return false;
	return digits_set(digits, ((typmod - VARHDRSZ) >> 16) & 0xffff,
					  (((typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024);
}

static bool
digits_of_const(const Const *constant, NumberDigits *digits)
{
	char *text;
	char *point;

	if (constant->constisnull)
		return digits_set(digits, 0, 0);
	text = DatumGetCString(DirectFunctionCall1(numeric_out, constant->constvalue));
	text += *text == '-';
	if (text[strspn(text, "0123456789.")] != '\0')
		return false;
	point = strchr(text, '.');
	digits->whole = point ? (int) (point - text) : (int) strlen(text);
	digits->scale = point ? (int) strlen(point + 1) : 0;
	return true;
}

/* The n-th column of a query, of all arms of a set operation. */
static bool
digits_of_query(const GwQuery *query, int n, NumberDigits *digits)
{
	NumberDigits right;

	if (query->setop != NULL)
	{
		if (!digits_of_query(query->setop->left, n, digits) ||
			!digits_of_query(query->setop->right, n, &right))
			return false;
		digits_widen(digits, &right);
		return true;
	}
	return n >= 1 && n <= list_length(query->targets) &&
		   number_digits(query->scope, list_nth(query->targets, n - 1), digits);
}

/* What the remote says of a column comes before what is declared here. */
static bool
digits_of_var(const GwScope *scope, const Var *var, NumberDigits *digits)
{
	const GwScope *owner;
	const GwSource *source = gw_scope_find(scope, var, &owner);
	const GwColumn *column;

	if (source != NULL && source->query != NULL && !source->absent)
		return digits_of_query(source->query, var->varattno, digits);
	column = source != NULL && source->relation != NULL && var->varattno > 0
				 ? gw_ship_column(source->relation, var->varattno)
				 : NULL;
	if (column != NULL && column->type.id == GW_TYPE_NUMERIC && column->type.precision > 0)
		return digits_set(digits, column->type.precision,
						  column->type.has_scale ? column->type.scale : 0);
	return digits_of_typmod(var->vartypmod, digits);
}

/* The digits of what an aggregate or a window function gives: its argument's, or of a count. */
static bool
digits_of_call(const GwScope *scope, List *args, NumberDigits *digits)
{
	Node *arg = args != NIL ? linitial(args) : NULL;

	if (arg != NULL && IsA(arg, TargetEntry))
		arg = (Node *) ((TargetEntry *) arg)->expr;
	if (arg != NULL && exprType(arg) == NUMERICOID)
		return number_digits(scope, arg, digits);
	return digits_set(digits, gw_scope_server(scope)->dialect->meeting_digits, 0);
}

/* false: nobody knows. */
static bool
number_digits(const GwScope *scope, Node *node, NumberDigits *digits)
{
	switch (nodeTag(node))
	{
		case T_Const:
			return digits_of_const((Const *) node, digits);
		case T_Var:
			return digits_of_var(scope, (Var *) node, digits);
		case T_RelabelType:
			return number_digits(scope, (Node *) ((RelabelType *) node)->arg, digits);
		case T_FuncExpr:
			switch (list_length(((FuncExpr *) node)->args) == 1
						? exprType(linitial(((FuncExpr *) node)->args))
						: InvalidOid)
			{
				case INT2OID:
				case INT4OID:
				case INT8OID:
					return digits_set(digits, INT8_DIGITS, 0);
				default:
					break;
			}
			break;
		case T_Aggref:
			return digits_of_call(scope, ((Aggref *) node)->args, digits);
		case T_WindowFunc:
			return digits_of_call(scope, ((WindowFunc *) node)->args, digits);
		case T_SubLink:
			return ((SubLink *) node)->subLinkType == EXPR_SUBLINK &&
				   gw_scope_subselect(scope, (SubLink *) node) != NULL &&
				   digits_of_query(gw_scope_subselect(scope, (SubLink *) node), 1, digits);
		default:
			break;
	}
	return digits_of_typmod(exprTypmod(node), digits);
}

bool
gw_ship_numbers_meet(GwShipContext *cxt, List *nodes)
{
	int most = cxt->grel->dialect->meeting_digits;
	NumberDigits all = {0};
	int n = 0;
	ListCell *lc;

	if (most == 0)
		return true;
	foreach(lc, nodes)
		n += exprType(lfirst(lc)) == NUMERICOID;
	if (n < 2)
		return true;
	foreach(lc, nodes)
	{
		NumberDigits one;

		if (exprType(lfirst(lc)) != NUMERICOID)
			continue;
		if (!number_digits(cxt->scope, lfirst(lc), &one))
			return gw_ship_refuse(cxt, "numbers of unknown digits might be rounded there");
		digits_widen(&all, &one);
	}
	return all.whole + all.scale <= most ||
		   gw_ship_refuse(cxt, psprintf("numbers of more than %d digits together would be "
										"rounded there",
										most));
}

bool
gw_ship_set_keeps_scale(const GwDialect *dialect, const GwQuery *query, int n)
{
	NumberDigits left, right;

	if (dialect->meeting_digits == 0)
		return true;
	return digits_of_query(query->setop->left, n, &left) &&
		   digits_of_query(query->setop->right, n, &right) && left.scale == right.scale &&
		   Max(left.whole, right.whole) + left.scale <= dialect->meeting_digits;
}
