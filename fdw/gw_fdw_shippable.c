/*
 * gw_fdw_shippable.c
 *	  May an expression be evaluated remotely, and will the answer be
 *	  PostgreSQL's?
 *
 * One walk decides two things at once: whether every node means the same
 * there, and under which collation the remote would evaluate it.  Collations
 * are derived as the remote derives them: a column's own beats the default,
 * two different ones conflict, an explicit COLLATE "C" beats all.  The local
 * collation of a node, wherever it came from, is compared with that.
 *
 * Nothing is sent or written here; results live in CurrentMemoryContext.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/string.h"
#include "dialect/gw_collation.h"
#include "fdw/gw_deparse.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

/* The collation the remote derives for an expression. */
typedef enum ShipCollationKind
{
	SHIP_NONE = 0, /* not of a collatable type */
	SHIP_DEFAULT,  /* the remote database's */
	SHIP_COLUMN,   /* a column's own */
	SHIP_C,		   /* our explicit COLLATE "C" */
	SHIP_CONFLICT, /* two columns' own */
} ShipCollationKind;

typedef struct ShipState
{
	ShipCollationKind kind;
	bool from_column; /* computed from remote values, not only from ours */
	bool text_from_column; /* of a node's inputs: some string among them is */
	const char *column; /* whose collation it is, for the reason */
	const char *name;	/* SHIP_COLUMN: the collation's remote name */
	bool known;			/* facts are set */
	GwCollationFacts facts;
} ShipState;

typedef struct ShipContext
{
	RelOptInfo *rel;
	GwRelation *grel;
	bool postgres; /* the dialect is PostgreSQL's */
	List *force_c; /* nodes that need COLLATE "C" on an operand */
	List *cases;   /* ShipState of the arguments of the CASEs around */
	char *reason;  /* the first that was found */
} ShipContext;

static GwVerdict ship_node(Node *node, ShipContext *cxt, ShipState *state);

/* Keep the first reason; always "no". */
static bool
ship_refuse(ShipContext *cxt, char *reason)
{
	if (cxt->reason == NULL)
		cxt->reason = reason;
	return false;
}

static GwVerdict
ship_local(ShipContext *cxt, char *reason)
{
	ship_refuse(cxt, reason);
	return GW_LOCAL;
}

/* ---- parameters ---- */

typedef struct ParamContext
{
	RelOptInfo *rel;
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
			if (bms_is_member(((Var *) node)->varno, cxt->rel->relids))
				return true;
			cxt->found_input = true;
			return false;
		case T_Param:
			cxt->found_input = true;
			return false;
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

bool
gw_ship_is_param(RelOptInfo *rel, Node *node)
{
	ParamContext cxt = {rel, false};

	if (IsA(node, Const) || IsA(node, List) || param_walker(node, &cxt))
		return false;
	if (contain_volatile_functions(node))
		return false;
	return cxt.found_input || contain_mutable_functions(node);
}

/* ---- collations ---- */

/* The remote database's own collation, as its columns tell. */
static void
ship_default_collation(ShipContext *cxt, ShipState *state)
{
	const GwSchema *schema = gw_relation_facts(cxt->grel);

	for (int i = 0; schema != NULL && i < schema->ncolumns; i++)
	{
		const GwColumn *column = &schema->columns[i];

		if (column->collation == NULL &&
			(column->native_type == NULL || strcmp(column->native_type, "name") != 0) &&
			gw_dialect_collation_facts(cxt->grel->dialect, column, &state->facts))
		{
			state->known = true;
			return;
		}
	}

	/* Databases have deterministic collations, whichever they are. */
	memset(&state->facts, 0, sizeof(state->facts));
	state->facts.deterministic = true;
	state->facts.encoding = -1;
	state->known = true;
}

/* The state of an expression of that type with no inputs. */
static void
ship_start(ShipState *state, Oid type)
{
	memset(state, 0, sizeof(*state));
	if (!OidIsValid(get_typcollation(type)))
		return;
	state->kind = SHIP_DEFAULT;
	if (type == NAMEOID)
	{
		state->kind = SHIP_COLUMN;
		state->name = "C";
		state->known = true;
		state->facts = (GwCollationFacts){.provider = 'c', .locale = "C", .ctype = "C",
										  .deterministic = true, .encoding = -1};
	}
}

static bool
ship_same_collation(const ShipState *a, const ShipState *b)
{
	return a->name != NULL && b->name != NULL && strcmp(a->name, b->name) == 0 && a->known &&
		   b->known && a->facts.provider == b->facts.provider &&
		   a->facts.deterministic == b->facts.deterministic && a->facts.locale != NULL &&
		   b->facts.locale != NULL && strcmp(a->facts.locale, b->facts.locale) == 0;
}

/* Add one input to the inputs seen so far. */
static void
ship_merge(ShipState *into, const ShipState *input)
{
	bool from_column = into->from_column || input->from_column;
	bool text_from_column = into->text_from_column ||
							(input->kind != SHIP_NONE && input->from_column);

	if (input->kind == SHIP_COLUMN && into->kind == SHIP_COLUMN)
	{
		if (!ship_same_collation(into, input))
			into->kind = SHIP_CONFLICT;
	}
	else if (input->kind == SHIP_C || into->kind == SHIP_NONE ||
			 (into->kind == SHIP_DEFAULT && input->kind > SHIP_DEFAULT) ||
			 (into->kind == SHIP_DEFAULT && input->kind == SHIP_DEFAULT && input->known) ||
			 (into->kind == SHIP_COLUMN && input->kind == SHIP_CONFLICT))
		*into = *input;
	into->from_column = from_column;
	into->text_from_column = text_from_column;
}

/*
 * The collation of a node's result, given that of its inputs: it bubbles up
 * from them; without any it is the type's own.
 */
static void
ship_result(ShipState *state, const ShipState *inputs, Oid type)
{
	ship_start(state, type);
	if (state->kind != SHIP_NONE && inputs->kind != SHIP_NONE)
		*state = *inputs;
	state->from_column = inputs->from_column;
	state->text_from_column = false;
}

static char *
ship_collation_reason(const ShipState *inputs, Oid collation)
{
	char *name = get_collation_name(collation);

	if (inputs->kind == SHIP_CONFLICT)
		return "its columns have different collations there";
	if (inputs->column == NULL)
		return psprintf("collation \"%s\" is not known to agree with the remote's", name);
	return psprintf("collation of column \"%s\" there is not known to agree with \"%s\" here",
					inputs->column, name);
}

/*
 * Does the remote treat the strings of this node as we do?  May decide to
 * force COLLATE "C" on an operand of it, which the inputs' state then says.
 */
static bool
ship_collation(ShipContext *cxt, void *node, Oid collation, GwCollationNeed need,
			   ShipState *inputs)
{
	static const GwCollationFacts c_facts = {.provider = 'c', .locale = "C", .ctype = "C",
											 .deterministic = true};
	GwCollationFacts local;
	GwCollationFacts remote;
	GwCollationAnswer answer;
	bool can_force = (cxt->grel->dialect->flags & GW_DIALECT_COLLATE_C) != 0;

	if (!OidIsValid(collation))
	{
		/* Strings without a collation: two of ours conflict, which is an error here. */
		if (need != GW_COLL_NONE && inputs->kind != SHIP_NONE)
			return ship_refuse(cxt, "its collation is not determined here");
		return true;
	}
	/* Our own strings are converted on their way; nothing looks at others. */
	if (need == GW_COLL_NONE && !inputs->text_from_column)
		return true;
	if (!gw_collation_local_facts(collation, &local))
		return ship_refuse(cxt, ship_collation_reason(inputs, collation));

	if (!inputs->known || inputs->facts.encoding < 0)
	{
		ShipState database = {0};

		ship_default_collation(cxt, &database);
		if (!inputs->known)
			inputs->facts = database.facts;
		inputs->facts.encoding = database.facts.encoding;
		inputs->known = true;
	}
	remote = inputs->facts;
	if (inputs->kind == SHIP_C)
	{
		remote = c_facts;
		remote.encoding = inputs->facts.encoding;
	}
	else if (inputs->kind == SHIP_CONFLICT && need != GW_COLL_NONE)
	{
		remote.provider = 0;
		remote.deterministic = false;
	}

	answer = gw_collation_compare(&local, &remote, need, can_force);
	if (answer == GW_COLLATION_DIFFERS)
		return ship_refuse(cxt, need == GW_COLL_NONE
						   ? "the remote database's encoding is not known to be the same"
						   : ship_collation_reason(inputs, collation));
	if (answer == GW_COLLATION_FORCE_C && inputs->kind != SHIP_C)
	{
		if (node != NULL)
			cxt->force_c = lappend(cxt->force_c, node);
		inputs->kind = SHIP_C;
	}
	return true;
}

/* ---- leaves ---- */

static bool
ship_var(Var *var, ShipContext *cxt, ShipState *state)
{
	const GwColumn *column;
	char *reason = gw_ship_column_reason(cxt->grel, var->varattno);

	if (reason != NULL)
		return ship_refuse(cxt, reason);
	ship_start(state, var->vartype);
	state->from_column = true;
	if (state->kind == SHIP_NONE)
		return true;

	column = gw_ship_column(cxt->grel, var->varattno);
	state->column = get_attname(cxt->grel->relid, var->varattno, false);
	if (gw_dialect_collation_facts(cxt->grel->dialect, column, &state->facts))
		state->known = true;
	else
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

/*
 * A character that the remote database cannot hold would be an error there,
 * where the comparison here is merely false.
 */
static bool
ship_const_encoding(Const *constant, ShipContext *cxt)
{
	ShipState database = {0};
	Oid output;
	bool varlena;

	if (constant->constisnull ||
		!(OidIsValid(constant->constcollid) || constant->consttype == JSONBOID ||
		  constant->consttype == JSONOID))
		return true;
	getTypeOutputInfo(constant->consttype, &output, &varlena);
	if (pg_is_ascii(OidOutputFunctionCall(output, constant->constvalue)))
		return true;

	ship_default_collation(cxt, &database);
	return database.facts.encoding == GetDatabaseEncoding() ||
		   database.facts.encoding == PG_UTF8 ||
		   ship_refuse(cxt, "the remote database may lack a character of its constant");
}

static bool
ship_const(Const *constant, ShipContext *cxt, ShipState *state)
{
	ship_start(state, constant->consttype);

	/* Infinite numerics came with version 14. */
	if (constant->consttype == NUMERICOID && !constant->constisnull &&
		numeric_is_inf(DatumGetNumeric(constant->constvalue)))
	{
		(void) gw_relation_facts(cxt->grel);
		if (cxt->grel->server_version < 140000 &&
			(cxt->grel->platform->caps & GW_CAP_SHARES_TRANSACTION) == 0)
			return ship_refuse(cxt, "an infinite numeric needs version 14 there");
	}
	return ship_const_encoding(constant, cxt);
}

/* ---- inner nodes: each is exact when its inputs are ---- */

/* All of them exact, merging their collations. */
static bool
ship_list(List *nodes, ShipContext *cxt, ShipState *inputs)
{
	ListCell *lc;

	foreach(lc, nodes)
	{
		ShipState state;

		if (ship_node(lfirst(lc), cxt, &state) != GW_EXACT)
			return ship_refuse(cxt, "only part of it is exact there");
		ship_merge(inputs, &state);
	}
	return true;
}

/* A call: by operator (opno) or by function. */
static GwVerdict
ship_call(Expr *node, Oid funcid, Oid opno, Oid collation, List *args, ShipContext *cxt,
		  ShipState *state)
{
	GwCollationNeed need;
	GwVerdict verdict;
	bool unlisted;
	ShipState inputs = {0};
	ShipState result;
	char *reason;

	reason = gw_ship_function_reason(cxt->grel, funcid, opno, args, &need, &verdict, &unlisted);
	if (reason != NULL)
		return ship_local(cxt, reason);
	if (!ship_list(args, cxt, &inputs))
		return GW_LOCAL;
	if (unlisted && (OidIsValid(collation) || inputs.kind != SHIP_NONE))
		return ship_local(cxt, psprintf("what function %s() needs of a collation is not known",
										get_func_name(funcid)));
	result = inputs;
	if (!ship_collation(cxt, node, collation, need, &inputs))
		return GW_LOCAL;

	/* NULLIF hands on its argument, not what the comparison was made with. */
	if (!IsA(node, NullIfExpr))
		result = inputs;
	ship_result(state, &result, exprType((Node *) node));
	return verdict;
}

/* AND and OR keep a superset a superset; NOT turns it into a subset. */
static GwVerdict
ship_bool(BoolExpr *expr, ShipContext *cxt, ShipState *state)
{
	GwVerdict verdict = GW_EXACT;
	ListCell *lc;

	ship_start(state, BOOLOID);
	foreach(lc, expr->args)
	{
		ShipState input;
		GwVerdict one = ship_node(lfirst(lc), cxt, &input);

		if (one == GW_SUPERSET && expr->boolop == NOT_EXPR)
			one = GW_LOCAL;
		verdict = Min(verdict, one);
		if (verdict == GW_LOCAL)
			break;
		state->from_column |= input.from_column;
	}
	return verdict;
}

/* CASE x WHEN y is a comparison of x and y: CaseTestExpr stands for x. */
static bool
ship_case(CaseExpr *expr, ShipContext *cxt, ShipState *inputs)
{
	ShipState *arg = palloc0(sizeof(ShipState));
	bool result = true;
	ListCell *lc;

	if (expr->arg != NULL && ship_node((Node *) expr->arg, cxt, arg) != GW_EXACT)
		return ship_refuse(cxt, "only part of it is exact there");
	cxt->cases = lcons(arg, cxt->cases);
	foreach(lc, expr->args)
	{
		CaseWhen *when = lfirst_node(CaseWhen, lc);
		ShipState state;

		result = ship_node((Node *) when->expr, cxt, &state) == GW_EXACT &&
				 ship_list(list_make1(when->result), cxt, inputs);
		if (!result)
			break;
	}
	cxt->cases = list_delete_first(cxt->cases);
	return result && ship_list(list_make1(expr->defresult), cxt, inputs);
}

/* GREATEST and LEAST order their arguments by the type's own "<". */
static GwVerdict
ship_min_max(MinMaxExpr *expr, ShipContext *cxt, ShipState *state)
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
ship_plain(Node *node, ShipContext *cxt, ShipState *state)
{
	ShipState inputs = {0};
	bool result;

	switch (nodeTag(node))
	{
		case T_NullTest:
			result = !((NullTest *) node)->argisrow &&
					 ship_list(list_make1(((NullTest *) node)->arg), cxt, &inputs);
			break;
		case T_BooleanTest:
			result = ship_list(list_make1(((BooleanTest *) node)->arg), cxt, &inputs);
			break;
		case T_RelabelType:
			result = ship_list(list_make1(((RelabelType *) node)->arg), cxt, &inputs);
			break;
		case T_CoerceViaIO:
			result = ship_is_plain_output((CoerceViaIO *) node)
						 ? ship_list(list_make1(((CoerceViaIO *) node)->arg), cxt, &inputs)
						 : ship_refuse(cxt, "a cast through text depends on settings");
			break;
		case T_CoalesceExpr:
			result = ship_list(((CoalesceExpr *) node)->args, cxt, &inputs);
			break;
		case T_ArrayExpr:
			result = ship_list(((ArrayExpr *) node)->elements, cxt, &inputs);
			break;
		case T_CaseExpr:
			result = ship_case((CaseExpr *) node, cxt, &inputs);
			break;
		default:
			result = false;
			break;
	}
	if (!result)
		return ship_refuse(cxt, "its form has no remote equivalent");
	ship_result(state, &inputs, exprType(node));
	return true;
}

/* Elements of arrays; slices, assignments and jsonb subscripts stay here. */
static bool
ship_subscript(SubscriptingRef *ref, ShipContext *cxt, ShipState *state)
{
	ShipState inputs = {0};
	ShipState ignored = {0};

	if (ref->refassgnexpr != NULL || ref->reflowerindexpr != NIL ||
		!OidIsValid(get_element_type(ref->refcontainertype)))
		return ship_refuse(cxt, "only single elements of arrays are fetched there");
	if (!ship_list(list_make1(ref->refexpr), cxt, &inputs) ||
		!ship_list(ref->refupperindexpr, cxt, &ignored))
		return false;
	ship_result(state, &inputs, exprType((Node *) ref));
	return true;
}

static const char *
ship_node_name(Node *node)
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
ship_postgres_node(Node *node, ShipContext *cxt, ShipState *state)
{
	bool result;

	if (!cxt->postgres)
		return ship_local(cxt, "its form has no remote equivalent");

	switch (nodeTag(node))
	{
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
		case T_CaseTestExpr:
			result = cxt->cases != NIL;
			if (result)
				*state = *(ShipState *) linitial(cxt->cases);
			break;
		case T_BooleanTest:
		case T_RelabelType:
		case T_CoerceViaIO:
		case T_CoalesceExpr:
		case T_ArrayExpr:
		case T_CaseExpr:
			result = ship_plain(node, cxt, state);
			break;
		default:
			result = ship_refuse(cxt, (char *) ship_node_name(node));
			break;
	}
	return result ? GW_EXACT : GW_LOCAL;
}

static GwVerdict
ship_node(Node *node, ShipContext *cxt, ShipState *state)
{
	char *reason;
	bool result;

	check_stack_depth();
	memset(state, 0, sizeof(*state));
	if (IsA(node, RestrictInfo))
		return ship_node((Node *) ((RestrictInfo *) node)->clause, cxt, state);

	reason = gw_ship_type_reason(cxt->grel, exprType(node));
	if (reason != NULL)
		return ship_local(cxt, reason);
	if (gw_ship_is_param(cxt->rel, node))
	{
		ship_start(state, exprType(node));
		return GW_EXACT;
	}

	switch (nodeTag(node))
	{
		case T_Var:
			result = ship_var((Var *) node, cxt, state);
			break;
		case T_Const:
			result = ship_const((Const *) node, cxt, state);
			break;
		case T_NullTest:
			result = ship_plain(node, cxt, state);
			break;
		case T_BoolExpr:
			return ship_bool((BoolExpr *) node, cxt, state);
		case T_OpExpr:
			{
				OpExpr *op = (OpExpr *) node;

				return ship_call((Expr *) op, get_opcode(op->opno), op->opno, op->inputcollid,
								 op->args, cxt, state);
			}
		default:
			return ship_postgres_node(node, cxt, state);
	}
	return result ? GW_EXACT : GW_LOCAL;
}

/* ---- the door ---- */

static void
ship_begin(ShipContext *cxt, RelOptInfo *rel)
{
	memset(cxt, 0, sizeof(*cxt));
	cxt->rel = rel;
	cxt->grel = rel->fdw_private;
	cxt->postgres = (cxt->grel->dialect->flags & GW_DIALECT_POSTGRES) != 0;
}

static void
ship_end(ShipContext *cxt, bool exact, List **force_c, char **reason)
{
	if (force_c != NULL)
		*force_c = list_concat(*force_c, cxt->force_c);
	if (reason != NULL)
		*reason = exact ? NULL : cxt->reason;
}

GwVerdict
gw_ship_expr(RelOptInfo *rel, Expr *expr, List **force_c, char **reason)
{
	ShipContext cxt;
	ShipState state;
	GwVerdict verdict;

	ship_begin(&cxt, rel);
	verdict = ship_node((Node *) expr, &cxt, &state);
	if (verdict == GW_SUPERSET)
		ship_refuse(&cxt, "it may keep more rows there and is checked again here");
	ship_end(&cxt, verdict == GW_EXACT, force_c, reason);
	return verdict;
}

/* ORDER BY sorts by the type's own order, whatever the search_path. */
static bool
ship_sort_operator(ShipContext *cxt, Oid type, Oid sort_operator)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);

	if (sort_operator != entry->lt_opr && sort_operator != entry->gt_opr)
		return ship_refuse(cxt, "it is not the usual order of its type");
	return true;
}

bool
gw_ship_sort(RelOptInfo *rel, Expr *expr, Oid sort_operator, List **force_c, bool *collate_c,
			 char **reason)
{
	ShipContext cxt;
	ShipState state = {0};
	GwCollationNeed need = GW_COLL_NONE;
	GwVerdict verdict;
	bool unlisted;
	bool exact;
	char *problem;

	ship_begin(&cxt, rel);
	exact = cxt.postgres || ship_refuse(&cxt, "its order there is not known to be the same");
	exact = exact && ship_node((Node *) expr, &cxt, &state) == GW_EXACT;
	exact = exact && ship_sort_operator(&cxt, exprType((Node *) expr), sort_operator);
	if (exact)
	{
		problem = gw_ship_function_reason(cxt.grel, get_opcode(sort_operator), sort_operator,
										  list_make2(expr, expr), &need, &verdict, &unlisted);
		if (problem != NULL)
			exact = ship_refuse(&cxt, problem);
	}
	*collate_c = false;
	if (exact)
	{
		bool was_c = state.kind == SHIP_C;

		exact = ship_collation(&cxt, NULL, exprCollation((Node *) expr), need, &state);
		*collate_c = !was_c && state.kind == SHIP_C;
	}
	ship_end(&cxt, exact, force_c, reason);
	return exact;
}

GwVerdict
gw_shippable(PlannerInfo *root, RelOptInfo *rel, Expr *expr, char **reason)
{
	return gw_ship_expr(rel, expr, NULL, reason);
}

bool
gw_shippable_sort(PlannerInfo *root, RelOptInfo *rel, Expr *expr, Oid sort_operator,
				  char **reason)
{
	bool collate_c;

	return gw_ship_sort(rel, expr, sort_operator, NULL, &collate_c, reason);
}
