/*
 * gw_fdw_shippable.c
 *	  May an expression be evaluated remotely, and will the answer be
 *	  PostgreSQL's?
 *
 * One walk decides two things at once: whether every node means the same
 * there, and under which collation the remote would evaluate it
 * (gw_fdw_shippable_collation.c).
 *
 * Nothing is sent or written here; results live in CurrentMemoryContext.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/string.h"
#include "fdw/gw_foreign.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "schema/gw_value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

bool
gw_ship_refuse(GwShipContext *cxt, char *reason)
{
	if (cxt->reason == NULL)
		cxt->reason = reason;
	return false;
}

static GwVerdict
ship_local(GwShipContext *cxt, char *reason)
{
	gw_ship_refuse(cxt, reason);
	return GW_LOCAL;
}

/* ---- parameters ---- */

typedef struct ParamContext
{
	const GwScope *scope;
	bool found_input; /* something that makes it more than a constant */
} ParamContext;

/* true ends the walk: this cannot be computed here, before the scan. */
static bool
param_walker(Node *node, ParamContext *cxt)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
			if (gw_scope_find(cxt->scope, (Var *) node, NULL) != NULL)
				return true;
			cxt->found_input = true;
			return false;
		case T_Param:
			cxt->found_input = true;
			/* SET (a, b) = (SELECT ...) has new ones for every row. */
			return ((Param *) node)->paramkind == PARAM_SUBLINK ||
				   ((Param *) node)->paramkind == PARAM_MULTIEXPR;
		case T_CaseTestExpr:
		case T_CoerceToDomainValue:
		case T_SubLink:
		case T_SubPlan:
		case T_AlternativeSubPlan:
		case T_PlaceHolderVar:
		case T_Aggref:
		case T_GroupingFunc:
		case T_WindowFunc:
		case T_CurrentOfExpr:
			return true;
		default:
			return expression_tree_walker(node, param_walker, (void *) cxt);
	}
}

/* Of texts most functions take any, and few could be sent. */
static bool
param_may_fail(Node *node)
{
	return !IsA(node, Param) && !IsA(node, Var) && !OidIsValid(exprCollation(node)) &&
		   !OidIsValid(exprInputCollation(node));
}

bool
gw_ship_is_param(const GwScope *scope, Node *node)
{
	ParamContext cxt = {scope, false};

	if (IsA(node, Const) || IsA(node, List) || param_walker(node, &cxt))
		return false;
	if (contain_volatile_functions(node))
		return false;
	if (contain_mutable_functions(node))
		return true;
	return cxt.found_input && (scope->conditions == 0 || !param_may_fail(node));
}

static bool
param_in_walker(Node *node, const GwScope *scope)
{
	if (node == NULL)
		return false;
	return gw_ship_is_param(scope, node) ||
		   expression_tree_walker(node, param_in_walker, (void *) scope);
}

bool
gw_ship_has_param(const GwScope *scope, Node *node)
{
	return param_in_walker(node, scope);
}

/* ---- leaves ---- */

static bool
ship_column(GwShipContext *cxt, GwRelation *grel, Var *var, GwShipState *state)
{
	const GwColumn *column;
	char *reason = gw_ship_column_reason(grel, var->varattno);

	if (reason != NULL)
		return gw_ship_refuse(cxt, reason);
	gw_ship_start(state, var->vartype);
	state->from_column = true;
	if (state->kind == SHIP_NONE)
		return true;

	column = gw_ship_column(grel, var->varattno);
	state->column = get_attname(grel->relid, var->varattno, false);
	if (gw_dialect_collation_facts(grel->dialect, column, &state->facts))
		state->known = true;
	else if (cxt->postgres)
	{
		/* Not even known to be deterministic. */
		memset(&state->facts, 0, sizeof(state->facts));
		state->facts.encoding = -1;
		state->known = true;
	}
	if (column->collation != NULL)
	{
		state->kind = SHIP_COLUMN;
		state->name = column->collation;
	}
	return true;
}

/* Columns of two collations that are not made one; where they are known by name, names tell. */
static bool
ship_may_not_meet(const GwShipState *left, const GwShipState *right, const GwShipState *merged)
{
	if (merged->known)
		return merged->kind == SHIP_CONFLICT;
	return left->kind == SHIP_COLUMN && right->kind == SHIP_COLUMN && left->name != NULL &&
		   right->name != NULL && strcmp(left->name, right->name) != 0;
}

bool
gw_ship_query_column(GwShipContext *cxt, const GwQuery *query, AttrNumber attno,
				  GwShipState *state)
{
	GwScope *scope = cxt->scope;
	bool result;

	if (query->setop != NULL)
	{
		GwShipState left = {0};
		GwShipState right = {0};

		if (!gw_ship_query_column(cxt, query->setop->left, attno, &left) ||
			!gw_ship_query_column(cxt, query->setop->right, attno, &right))
			return false;
		*state = left;
		gw_ship_merge(state, &right);
		return cxt->postgres || !ship_may_not_meet(&left, &right, state) ||
			   gw_ship_refuse(cxt, "its columns have different collations there");
	}
	if (attno < 1 || attno > list_length(query->targets))
		return gw_ship_refuse(cxt, "a whole row has no remote form");
	cxt->scope = query->scope;
	result = gw_ship_node(cxt, list_nth(query->targets, attno - 1), state) == GW_EXACT;
	cxt->scope = scope;
	return result;
}

static bool
ship_var(GwShipContext *cxt, Var *var, GwShipState *state)
{
	const GwSource *source = gw_scope_find(cxt->scope, var, NULL);

	if (source == NULL)
		return gw_ship_refuse(cxt, "its form has no remote equivalent");
	if (source->absent)
	{
		gw_ship_start(state, var->vartype);
		return true;
	}
	if (source->query != NULL)
		return gw_ship_query_column(cxt, source->query, var->varattno, state);
	return ship_column(cxt, source->relation, var, state);
}

/*
 * A character that the remote database cannot hold would be an error there,
 * where the comparison here is merely false.
 */
static bool
ship_const_encoding(Const *constant, GwShipContext *cxt)
{
	GwShipState database = {0};
	Oid output;
	bool varlena;

	if (constant->constisnull ||
		!(OidIsValid(constant->constcollid) || constant->consttype == JSONBOID ||
		  constant->consttype == JSONOID))
		return true;
	getTypeOutputInfo(constant->consttype, &output, &varlena);
	if (pg_is_ascii(OidOutputFunctionCall(output, constant->constvalue)))
		return true;

	gw_ship_default_collation(cxt, &database);
	return database.facts.encoding == GetDatabaseEncoding() ||
		   database.facts.encoding == PG_UTF8 ||
		   gw_ship_refuse(cxt, "the remote database may lack a character of its constant");
}

/* Values that the remote's type of that name lacks would be others there, or errors. */
static bool
ship_const_is_held(Const *constant, GwShipContext *cxt)
{
	int nestlevel;
	bool held;

	if (cxt->postgres || constant->constisnull)
		return true;
	nestlevel = gw_value_begin_text();
	held = gw_dialect_holds(cxt->grel->dialect,
							gw_value_text(constant->constvalue, constant->consttype),
							constant->consttype);
	gw_value_end_text(nestlevel);
	return held || gw_ship_refuse(cxt, "its constant has no equal there");
}

static bool
ship_const(Const *constant, GwShipContext *cxt, GwShipState *state)
{
	gw_ship_start(state, constant->consttype);

	/* Infinite numerics came with version 14. */
	if (constant->consttype == NUMERICOID && !constant->constisnull &&
		numeric_is_inf(DatumGetNumeric(constant->constvalue)))
	{
		(void) gw_relation_facts(cxt->grel);
		if (cxt->postgres && cxt->grel->server_version < 140000 &&
			(cxt->grel->platform->caps & GW_CAP_SHARES_TRANSACTION) == 0)
			return gw_ship_refuse(cxt, "an infinite numeric needs version 14 there");
	}
	return cxt->postgres ? ship_const_encoding(constant, cxt)
						 : ship_const_is_held(constant, cxt);
}

/* ---- inner nodes: each is exact when its inputs are ---- */

bool
gw_ship_list(GwShipContext *cxt, List *nodes, GwShipState *inputs)
{
	ListCell *lc;

	foreach(lc, nodes)
	{
		GwShipState state;

		if (gw_ship_node(cxt, lfirst(lc), &state) != GW_EXACT)
			return gw_ship_refuse(cxt, "only part of it is exact there");
		gw_ship_merge(inputs, &state);
	}
	return true;
}

/* A call: by operator (opno) or by function. */
static GwVerdict
ship_call(Expr *node, Oid funcid, Oid opno, Oid collation, List *args, GwShipContext *cxt,
		  GwShipState *state)
{
	GwCollationNeed need;
	GwVerdict verdict;
	bool unlisted;
	GwShipState inputs = {0};
	GwShipState result;
	char *reason;

	reason = gw_ship_function_reason(cxt->grel, funcid, opno, args, &need, &verdict, &unlisted);
	if (reason != NULL)
		return ship_local(cxt, reason);
	if (!gw_ship_list(cxt, args, &inputs))
		return GW_LOCAL;
	if (unlisted && (OidIsValid(collation) || inputs.kind != SHIP_NONE))
		return ship_local(cxt, psprintf("what function %s() needs of a collation is not known",
										get_func_name(funcid)));
	result = inputs;
	if (!gw_ship_collation(cxt, node, collation, need, &inputs))
		return GW_LOCAL;

	/* NULLIF hands on its argument, not what the comparison was made with. */
	if (!IsA(node, NullIfExpr))
		result = inputs;
	gw_ship_result(state, &result, exprType((Node *) node));
	return verdict;
}

/* AND and OR keep a superset a superset; NOT turns it into a subset. */
static GwVerdict
ship_bool(BoolExpr *expr, GwShipContext *cxt, GwShipState *state)
{
	GwVerdict verdict = GW_EXACT;
	ListCell *lc;

	gw_ship_start(state, BOOLOID);
	cxt->scope->conditions += expr->boolop != NOT_EXPR;
	foreach(lc, expr->args)
	{
		GwShipState input;
		GwVerdict one;

		cxt->condition = true;
		one = gw_ship_node(cxt, lfirst(lc), &input);
		if (one == GW_SUPERSET && expr->boolop == NOT_EXPR)
			one = GW_LOCAL;
		verdict = Min(verdict, one);
		if (verdict == GW_LOCAL)
			break;
		state->from_column |= input.from_column;
	}
	cxt->scope->conditions -= expr->boolop != NOT_EXPR;
	return verdict;
}

/*
 * An operand that the statement has to name more than once is evaluated more
 * than once, and a sub-select with a LIMIT may then give different rows.
 */
static bool
ship_repeats(GwShipContext *cxt, Node *operand)
{
	return !contain_subplans(operand) ||
		   gw_ship_refuse(cxt, "a sub-select would be evaluated more than once");
}

bool
gw_ship_case(GwShipContext *cxt, CaseExpr *expr, GwShipState *inputs)
{
	GwShipState *arg = palloc0(sizeof(GwShipState));
	bool result = true;
	ListCell *lc;

	if (expr->arg != NULL && !ship_repeats(cxt, (Node *) expr->arg))
		return false;
	if (expr->arg != NULL && gw_ship_node(cxt, (Node *) expr->arg, arg) != GW_EXACT)
		return gw_ship_refuse(cxt, "only part of it is exact there");
	cxt->cases = lcons(arg, cxt->cases);
	cxt->scope->conditions++;
	foreach(lc, expr->args)
	{
		CaseWhen *when = lfirst_node(CaseWhen, lc);
		GwShipState state;

		cxt->condition = true;
		result = gw_ship_node(cxt, (Node *) when->expr, &state) == GW_EXACT &&
				 gw_ship_list(cxt, list_make1(when->result), inputs);
		if (!result)
			break;
	}
	cxt->cases = list_delete_first(cxt->cases);
	result = result && gw_ship_list(cxt, list_make1(expr->defresult), inputs);
	cxt->scope->conditions--;
	return result;
}

/* GREATEST and LEAST order their arguments by the type's own "<". */
static GwVerdict
ship_min_max(MinMaxExpr *expr, GwShipContext *cxt, GwShipState *state)
{
	Oid lt = lookup_type_cache(expr->minmaxtype, TYPECACHE_LT_OPR)->lt_opr;

	if (!OidIsValid(lt))
		return ship_local(cxt, "its type has no order");
	return ship_call((Expr *) expr, get_opcode(lt), lt, expr->inputcollid, expr->args, cxt,
					 state);
}

/* Output functions that write the same text under every setting and version. */
static bool
ship_is_plain_output(CoerceViaIO *expr)
{
	if (expr->resulttype != TEXTOID && expr->resulttype != VARCHAROID)
		return false;
	switch (exprType((Node *) expr->arg))
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case NUMERICOID:
		case UUIDOID:
			return true;
		default:
			return false;
	}
}

/* Nodes that add nothing but their inputs and a result type. */
static bool
ship_plain(Node *node, GwShipContext *cxt, GwShipState *state)
{
	GwShipState inputs = {0};
	bool result;

	switch (nodeTag(node))
	{
		case T_NullTest:
			result = !((NullTest *) node)->argisrow &&
					 gw_ship_list(cxt, list_make1(((NullTest *) node)->arg), &inputs);
			break;
		case T_BooleanTest:
			result = gw_ship_list(cxt, list_make1(((BooleanTest *) node)->arg), &inputs);
			break;
		case T_RelabelType:
			result = gw_ship_list(cxt, list_make1(((RelabelType *) node)->arg), &inputs);
			break;
		case T_CoerceViaIO:
			result = ship_is_plain_output((CoerceViaIO *) node)
						 ? gw_ship_list(cxt, list_make1(((CoerceViaIO *) node)->arg), &inputs)
						 : gw_ship_refuse(cxt, "a cast through text depends on settings");
			break;
		case T_CoalesceExpr:
			cxt->scope->conditions++;
			result = gw_ship_list(cxt, ((CoalesceExpr *) node)->args, &inputs);
			cxt->scope->conditions--;
			break;
		case T_ArrayExpr:
			result = gw_ship_list(cxt, ((ArrayExpr *) node)->elements, &inputs);
			break;
		case T_CaseExpr:
			result = gw_ship_case(cxt, (CaseExpr *) node, &inputs);
			break;
		default:
			result = false;
			break;
	}
	if (!result)
		return gw_ship_refuse(cxt, "its form has no remote equivalent");
	gw_ship_result(state, &inputs, exprType(node));
	return true;
}

/* Elements of arrays; slices, assignments and jsonb subscripts stay here. */
static bool
ship_subscript(SubscriptingRef *ref, GwShipContext *cxt, GwShipState *state)
{
	GwShipState inputs = {0};
	GwShipState ignored = {0};

	if (ref->refassgnexpr != NULL || ref->reflowerindexpr != NIL ||
		!OidIsValid(get_element_type(ref->refcontainertype)))
		return gw_ship_refuse(cxt, "only single elements of arrays are fetched there");
	if (!gw_ship_list(cxt, list_make1(ref->refexpr), &inputs) ||
		!gw_ship_list(cxt, ref->refupperindexpr, &ignored))
		return false;
	gw_ship_result(state, &inputs, exprType((Node *) ref));
	return true;
}

/* The grouping keys themselves are judged with their GROUP BY. */
static bool
ship_grouping(GwShipContext *cxt, GroupingFunc *func, GwShipState *state)
{
	GwShipState ignored = {0};

	gw_ship_start(state, INT4OID);
	state->from_column = true;
	return func->agglevelsup == 0 ? gw_ship_list(cxt, func->args, &ignored)
								  : gw_ship_refuse(cxt, "its form has no remote equivalent");
}

const char *
gw_ship_node_name(Node *node)
{
	switch (nodeTag(node))
	{
		case T_SubPlan:
		case T_AlternativeSubPlan:
		case T_SubLink:
			return "a sub-select is evaluated here";
		case T_RowExpr:
		case T_RowCompareExpr:
			return "row values are compared here";
		case T_CoerceToDomain:
			return "a domain's constraints are checked here";
		case T_CurrentOfExpr:
			return "WHERE CURRENT OF is evaluated here";
		default:
			return "its form has no remote equivalent";
	}
}

/* Nodes for which only PostgreSQL's own dialect vouches. */
static GwVerdict
ship_postgres_node(Node *node, GwShipContext *cxt, GwShipState *state)
{
	bool result;

	switch (nodeTag(node))
	{
		case T_OpExpr:
			{
				OpExpr *op = (OpExpr *) node;

				return ship_call((Expr *) op, get_opcode(op->opno), op->opno, op->inputcollid,
								 op->args, cxt, state);
			}
		case T_FuncExpr:
			{
				FuncExpr *call = (FuncExpr *) node;

				return ship_call((Expr *) call, call->funcid, InvalidOid, call->inputcollid,
								 call->args, cxt, state);
			}
		case T_DistinctExpr:
		case T_NullIfExpr:
			{
				OpExpr *op = (OpExpr *) node;

				if (!ship_repeats(cxt, (Node *) op->args))
					return GW_LOCAL;
				return ship_call((Expr *) op, get_opcode(op->opno), op->opno, op->inputcollid,
								 op->args, cxt, state);
			}
		case T_ScalarArrayOpExpr:
			{
				ScalarArrayOpExpr *op = (ScalarArrayOpExpr *) node;

				return ship_call((Expr *) op, get_opcode(op->opno), op->opno, op->inputcollid,
								 op->args, cxt, state);
			}
		case T_MinMaxExpr:
			return ship_min_max((MinMaxExpr *) node, cxt, state);
		case T_SubscriptingRef:
			result = ship_subscript((SubscriptingRef *) node, cxt, state);
			break;
		case T_SubLink:
			result = gw_ship_sublink(cxt, (SubLink *) node, state);
			break;
		case T_Param:
			result = gw_ship_sublink_column(cxt, (Param *) node, state);
			break;
		case T_GroupingFunc:
			result = ship_grouping(cxt, (GroupingFunc *) node, state);
			break;
		case T_WindowFunc:
			result = gw_ship_window_func(cxt, (WindowFunc *) node, state);
			break;
		case T_CaseTestExpr:
			result = cxt->cases != NIL;
			if (result)
				*state = *(GwShipState *) linitial(cxt->cases);
			break;
		case T_NullTest:
		case T_BooleanTest:
		case T_RelabelType:
		case T_CoerceViaIO:
		case T_CoalesceExpr:
		case T_ArrayExpr:
		case T_CaseExpr:
			result = ship_plain(node, cxt, state);
			break;
		default:
			result = gw_ship_refuse(cxt, (char *) gw_ship_node_name(node));
			break;
	}
	return result ? GW_EXACT : GW_LOCAL;
}

/* What all dialects have, and then what each says. */
static GwVerdict
ship_any_node(GwShipContext *cxt, Node *node, GwShipState *state)
{
	bool result;

	switch (nodeTag(node))
	{
		case T_Var:
			result = ship_var(cxt, (Var *) node, state);
			break;
		case T_Const:
			result = ship_const((Const *) node, cxt, state);
			break;
		case T_Aggref:
			result = gw_ship_aggref(cxt, (Aggref *) node, state);
			break;
		case T_BoolExpr:
			return ship_bool((BoolExpr *) node, cxt, state);
		default:
			return cxt->postgres ? ship_postgres_node(node, cxt, state)
								 : gw_ship_foreign(cxt, node, state);
	}
	return result ? GW_EXACT : GW_LOCAL;
}

GwVerdict
gw_ship_node(GwShipContext *cxt, Node *node, GwShipState *state)
{
	bool condition = cxt->condition;
	GwVerdict verdict;
	char *reason;

	check_stack_depth();
	if (IsA(node, RestrictInfo))
		return gw_ship_node(cxt, (Node *) ((RestrictInfo *) node)->clause, state);

	cxt->condition = false;
	memset(state, 0, sizeof(*state));
	reason = gw_ship_type_reason(cxt->grel, exprType(node));
	if (reason != NULL)
		return ship_local(cxt, reason);
	if (gw_ship_is_param(cxt->scope, node))
	{
		if (node != cxt->guarded &&
			!gw_dialect_takes_param(cxt->grel->dialect, exprType(node), exprTypmod(node)))
			return ship_local(cxt, psprintf("a parameter of type %s has no exact form there",
											format_type_be(exprType(node))));
		gw_ship_start(state, exprType(node));
		verdict = GW_EXACT;
	}
	else
		verdict = ship_any_node(cxt, node, state);
	if (verdict != GW_LOCAL && !cxt->postgres && !gw_ship_foreign_place(cxt, node, condition))
		return GW_LOCAL;
	return verdict;
}
