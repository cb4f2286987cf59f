/*
 * gw_fdw_shippable_foreign.c
 *	  May an expression be evaluated by a remote that is not PostgreSQL?
 *
 * Nothing goes there without a rule of its dialect, for every node.  Part of
 * the walk of gw_fdw_shippable.c; writes nothing.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fdw/gw_foreign.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static const GwDialect *
foreign_dialect(const GwShipContext *cxt)
{
	return cxt->grel->dialect;
}

/* ---- templates ---- */

/*
 * Arguments in the places a template gives them.  What it names twice is
 * evaluated twice, and a sub-select with a LIMIT may then give different rows.
 */
static bool
foreign_arguments(GwShipContext *cxt, const char *sql, List *args, GwShipState *inputs)
{
	ListCell *lc;

	foreach(lc, args)
	{
		int n = foreach_current_index(lc) + 1;
		GwShipState state;

		if (sql != NULL && n < 10 && gw_template_count(sql, n) > 1 &&
			contain_subplans(lfirst(lc)))
			return gw_ship_refuse(cxt, "a sub-select would be evaluated more than once");
		cxt->condition = sql != NULL && gw_template_wants_condition(sql, n);
		if (gw_ship_node(cxt, lfirst(lc), &state) != GW_EXACT)
			return gw_ship_refuse(cxt, "only part of it is exact there");
		gw_ship_merge(inputs, &state);
	}
	return true;
}

/* NULL when the rule lets the thing pass, else why it does not. */
static char *
foreign_rule_reason(GwShipContext *cxt, const GwFuncRule *rule, char *what)
{
	if (rule == NULL)
		return psprintf("%s has no equal there", what);
	return gw_ship_rule_reason(cxt->grel, rule, what);
}

static GwVerdict
foreign_refuse(GwShipContext *cxt, char *reason)
{
	gw_ship_refuse(cxt, reason);
	return GW_LOCAL;
}

/* ---- calls, casts, forms ---- */

/* The rule of an operator or function, as a call of it is judged. */
static bool
foreign_call_rule(GwShipContext *cxt, Oid funcid, Oid opno, List *args, GwCollationNeed *need,
				  GwVerdict *verdict)
{
	bool unlisted;
	char *reason = gw_ship_function_reason(cxt->grel, funcid, opno, args, need, verdict,
										   &unlisted);

	return reason == NULL || gw_ship_refuse(cxt, reason);
}

/* Conversions through text whose functions follow settings mean nothing fixed. */
static bool
foreign_io_is_fixed(CoerceViaIO *expr)
{
	Oid output;
	Oid input;
	Oid param;
	bool varlena;

	getTypeOutputInfo(exprType((Node *) expr->arg), &output, &varlena);
	getTypeInputInfo(expr->resulttype, &input, &param);
	return func_volatile(output) == PROVOLATILE_IMMUTABLE &&
		   func_volatile(input) == PROVOLATILE_IMMUTABLE;
}

static char *
foreign_cast_name(Node *node)
{
	return psprintf("a cast to %s", format_type_be(exprType(node)));
}

/* What has to be known of the function behind a cast. */
static bool
foreign_cast_is_fixed(GwShipContext *cxt, Node *node)
{
	if (IsA(node, CoerceViaIO))
		return foreign_io_is_fixed((CoerceViaIO *) node) ||
			   gw_ship_refuse(cxt, "a cast through text depends on settings");
	if (IsA(node, FuncExpr) &&
		(((FuncExpr *) node)->funcid >= FirstGenbkiObjectId ||
		 func_volatile(((FuncExpr *) node)->funcid) != PROVOLATILE_IMMUTABLE))
		return gw_ship_refuse(cxt, "a cast depends on settings");
	return true;
}

/*
 * LIKE with a pattern that ends in its escape is an error here (22025), if the
 * text leads so far, and there always or never.  What needs no escape may have one here.
 */
static char *
foreign_pattern_reason(const GwFuncRule *rule, Const *pattern)
{
	const char *like;

	if (rule->kind != 'o' ||
		(strcmp(rule->name, "~~") != 0 && strcmp(rule->name, "!~~") != 0))
		return NULL;
	if (!IsA(pattern, Const))
		return (rule->flags & GW_RULE_KNOWN_PATTERN) != 0
				   ? "whether its pattern ends with its escape character is not known"
				   : NULL;
	if (pattern->constisnull || pattern->consttype != TEXTOID)
		return NULL;
	like = TextDatumGetCString(pattern->constvalue);
	for (; *like != '\0'; like++)
	{
		if (*like != '\\')
			continue;
		like++;
		if (*like == '\0')
			return "its pattern ends with its escape character";
		if ((rule->flags & GW_RULE_STRICT_ESCAPES) != 0 && strchr("%_\\", *like) == NULL)
			return "its pattern escapes a character that needs none";
	}
	return NULL;
}

/* A node with one template; collation is that under which texts are compared. */
static GwVerdict
foreign_template(GwShipContext *cxt, Node *node, const GwForm *form, char *what, Oid collation,
				 GwShipState *state)
{
	GwShipState inputs = {0};
	char *reason;

	if (form->passes)
	{
		if (!gw_ship_list(cxt, form->args, &inputs))
			return GW_LOCAL;
		gw_ship_result(state, &inputs, form->type);
		return GW_EXACT;
	}
	reason = foreign_rule_reason(cxt, form->rule, what);
	if (reason != NULL)
		return foreign_refuse(cxt, reason);
	if (form->args != NIL &&
		(reason = foreign_pattern_reason(form->rule, llast(form->args))) != NULL)
		return foreign_refuse(cxt, reason);
	if (form->rule->sql != NULL && gw_template_has(form->rule->sql, "t"))
	{
		GwSqlBuf name;

		gw_sqlbuf_init(&name);
		if (!gw_dialect_type_name(foreign_dialect(cxt), &name, form->type, form->typmod))
			return foreign_refuse(cxt, psprintf("%s has no equal there", what));
	}
	if (!gw_ship_numbers_meet(cxt, form->args) ||
		!foreign_arguments(cxt, form->rule->sql, form->args, &inputs) ||
		!gw_ship_collation(cxt, node, collation, form->rule->collation, &inputs))
		return GW_LOCAL;
	gw_ship_result(state, &inputs, form->type);
	return form->rule->verdict;
}

/* A call by name: its function must mean the same whatever the settings. */
static GwVerdict
foreign_call(GwShipContext *cxt, Node *node, Oid funcid, Oid opno, GwForm *form,
			 GwShipState *state)
{
	GwCollationNeed need;
	GwVerdict verdict;
	GwGuard guard;
	char *what = psprintf("%s()", get_func_name(funcid));

	if (gw_foreign_guard(cxt->scope, foreign_dialect(cxt), node, &guard))
		cxt->guarded = guard.param;
	if (!foreign_call_rule(cxt, funcid, opno, form->args, &need, &verdict))
		return GW_LOCAL;
	return foreign_template(cxt, node, form, what, exprInputCollation(node), state);
}

static GwVerdict
foreign_cast(GwShipContext *cxt, Node *node, GwForm *form, GwShipState *state)
{
	if (!form->passes && !foreign_cast_is_fixed(cxt, node))
		return GW_LOCAL;
	return foreign_template(cxt, node, form, foreign_cast_name(node), InvalidOid, state);
}

/* IS DISTINCT FROM and NULLIF stand on the "=" of their operands. */
static GwVerdict
foreign_by_equality(GwShipContext *cxt, OpExpr *op, GwForm *form, GwShipState *state)
{
	GwShipState inputs = {0};
	GwShipState first = {0};
	GwCollationNeed need;
	GwVerdict verdict;
	char *reason = foreign_rule_reason(cxt, form->rule, "its form");

	if (reason != NULL)
		return foreign_refuse(cxt, reason);
	if (contain_subplans((Node *) op->args))
		return foreign_refuse(cxt, "a sub-select would be evaluated more than once");
	if (!foreign_call_rule(cxt, get_opcode(op->opno), op->opno, op->args, &need, &verdict))
		return GW_LOCAL;
	if (verdict != GW_EXACT)
		return foreign_refuse(cxt, "only part of it is exact there");
	if (!gw_ship_numbers_meet(cxt, op->args) || !gw_ship_list(cxt, op->args, &inputs) ||
		!gw_ship_collation(cxt, op, op->inputcollid, need, &inputs))
		return GW_LOCAL;
	if (IsA(op, NullIfExpr) &&
		!gw_ship_list(cxt, list_make1(linitial(op->args)), &first))
		return GW_LOCAL;
	gw_ship_result(state, IsA(op, NullIfExpr) ? &first : &inputs, form->type);
	return form->rule->verdict;
}

/* ---- x = ANY (...) ---- */

static char *
foreign_patterns_reason(const GwFuncRule *rule, List *patterns)
{
	char *reason = NULL;
	ListCell *lc;

	foreach (lc, patterns)
		if (reason == NULL)
			reason = foreign_pattern_reason(rule, lfirst(lc));
	return reason;
}

static GwVerdict
foreign_any(GwShipContext *cxt, ScalarArrayOpExpr *op, GwShipState *state)
{
	GwForm form;
	OpExpr single = {.xpr.type = T_OpExpr, .opno = op->opno, .opfuncid = op->opfuncid,
					 .opresulttype = BOOLOID, .inputcollid = op->inputcollid, .args = op->args};
	GwShipState inputs = {0};
	const GwFuncRule *in;
	GwCollationNeed need;
	GwVerdict verdict;
	List *elements;
	char *reason;

	gw_foreign_form(foreign_dialect(cxt), (Node *) &single, &form);
	if (!foreign_call_rule(cxt, get_opcode(op->opno), op->opno, op->args, &need, &verdict))
		return GW_LOCAL;
	if (form.rule->sql == NULL || !gw_foreign_elements(op, &elements))
		return foreign_refuse(cxt, "the elements of its array are not known before it runs");
	reason = foreign_patterns_reason(form.rule, elements);
	if (reason != NULL)
		return foreign_refuse(cxt, reason);
	if (elements != NIL && gw_foreign_in(foreign_dialect(cxt), op, form.rule, &in) != NULL)
	{
		if (in != NULL)
		{
			reason = foreign_rule_reason(cxt, in, "a list of values");
			if (reason != NULL)
				return foreign_refuse(cxt, reason);
			verdict = in->verdict;
			need = in->collation;
		}
	}
	else if (contain_subplans(linitial(op->args)))
		return foreign_refuse(cxt, "a sub-select would be evaluated more than once");
	if (!gw_ship_numbers_meet(cxt, lcons(linitial(op->args), list_copy(elements))) ||
		!gw_ship_list(cxt, list_make1(linitial(op->args)), &inputs) ||
		!gw_ship_list(cxt, elements, &inputs) ||
		!gw_ship_collation(cxt, op, op->inputcollid, need, &inputs))
		return GW_LOCAL;
	gw_ship_result(state, &inputs, BOOLOID);
	return verdict;
}

/* ---- CASE ---- */

static GwVerdict
foreign_case(GwShipContext *cxt, CaseExpr *expr, GwForm *form, GwShipState *state)
{
	GwShipState inputs = {0};
	char *reason = foreign_rule_reason(cxt, form->rule, "its form");

	if (reason != NULL)
		return foreign_refuse(cxt, reason);
	if (!gw_ship_case(cxt, expr, &inputs))
		return foreign_refuse(cxt, "only part of it is exact there");
	gw_ship_result(state, &inputs, form->type);
	return form->rule->verdict;
}

static GwVerdict
foreign_case_test(GwShipContext *cxt, GwShipState *state)
{
	if (cxt->cases == NIL)
		return foreign_refuse(cxt, "its form has no remote equivalent");
	*state = *(GwShipState *) linitial(cxt->cases);
	return GW_EXACT;
}

/* ---- sub-selects ---- */

/* x = ANY (SELECT ...) is an IN; other comparisons with one stay here. */
static GwVerdict
foreign_sublink(GwShipContext *cxt, SubLink *link, GwShipState *state)
{
	List *tests;
	GwForm form;

	if ((foreign_dialect(cxt)->can & GW_CAN_SUBSELECT) == 0)
		return foreign_refuse(cxt, "a sub-select is evaluated here");
	switch (link->subLinkType)
	{
		case EXISTS_SUBLINK:
		case EXPR_SUBLINK:
			break;
		case ANY_SUBLINK:
			tests = gw_sublink_tests(link);
			if (list_length(tests) != 1)
				return foreign_refuse(cxt, "row values are compared here");
			gw_foreign_form(foreign_dialect(cxt), linitial(tests), &form);
			if (form.rule == NULL || strcmp(form.rule->name, "=") != 0 ||
				form.rule->sql == NULL || strcmp(form.rule->sql, "({1} = {2})") != 0)
				return foreign_refuse(cxt,
									  "its comparison with a sub-select has no remote form");
			break;
		default:
			return foreign_refuse(cxt, "its comparison with a sub-select has no remote form");
	}
	return gw_ship_sublink(cxt, link, state) ? GW_EXACT : GW_LOCAL;
}

/* GROUPING of one key is 0 or 1 everywhere. */
static GwVerdict
foreign_grouping(GwShipContext *cxt, GroupingFunc *func, GwShipState *state)
{
	GwShipState ignored = {0};

	gw_ship_start(state, INT4OID);
	state->from_column = true;
	if ((foreign_dialect(cxt)->can & GW_CAN_GROUPING_SETS) == 0 || func->agglevelsup != 0 ||
		list_length(func->args) != 1)
		return foreign_refuse(cxt, "its form has no remote equivalent");
	return gw_ship_list(cxt, func->args, &ignored) ? GW_EXACT : GW_LOCAL;
}

/* ---- the switch ---- */

GwVerdict
gw_ship_foreign(GwShipContext *cxt, Node *node, GwShipState *state)
{
	GwForm form;
	GwVerdict verdict;

	gw_foreign_form(foreign_dialect(cxt), node, &form);
	switch (nodeTag(node))
	{
		case T_OpExpr:
			return foreign_call(cxt, node, get_opcode(((OpExpr *) node)->opno),
								((OpExpr *) node)->opno, &form, state);
		case T_FuncExpr:
			if (((FuncExpr *) node)->funcformat != COERCE_EXPLICIT_CALL &&
				((FuncExpr *) node)->funcformat != COERCE_SQL_SYNTAX)
				return foreign_cast(cxt, node, &form, state);
			return foreign_call(cxt, node, ((FuncExpr *) node)->funcid, InvalidOid, &form,
								state);
		case T_RelabelType:
		case T_CoerceViaIO:
			return foreign_cast(cxt, node, &form, state);
		case T_NullTest:
			if (((NullTest *) node)->argisrow)
				return foreign_refuse(cxt, "its form has no remote equivalent");
			return foreign_template(cxt, node, &form, "its form", InvalidOid, state);
		case T_BooleanTest:
			return foreign_template(cxt, node, &form, "its form", InvalidOid, state);
		case T_CoalesceExpr:
			cxt->scope->conditions++;
			verdict = foreign_template(cxt, node, &form, "COALESCE", InvalidOid, state);
			cxt->scope->conditions--;
			return verdict;
		case T_MinMaxExpr:
			return foreign_template(cxt, node, &form, "GREATEST or LEAST",
									((MinMaxExpr *) node)->inputcollid, state);
		case T_DistinctExpr:
		case T_NullIfExpr:
			return foreign_by_equality(cxt, (OpExpr *) node, &form, state);
		case T_ScalarArrayOpExpr:
			return foreign_any(cxt, (ScalarArrayOpExpr *) node, state);
		case T_CaseExpr:
			return foreign_case(cxt, (CaseExpr *) node, &form, state);
		case T_CaseTestExpr:
			return foreign_case_test(cxt, state);
		case T_SubLink:
			return foreign_sublink(cxt, (SubLink *) node, state);
		case T_Param:
			return gw_ship_sublink_column(cxt, (Param *) node, state) ? GW_EXACT : GW_LOCAL;
		case T_GroupingFunc:
			return foreign_grouping(cxt, (GroupingFunc *) node, state);
		case T_WindowFunc:
			return gw_ship_window_func(cxt, (WindowFunc *) node, state) ? GW_EXACT : GW_LOCAL;
		default:
			return foreign_refuse(cxt, (char *) gw_ship_node_name(node));
	}
}

bool
gw_ship_foreign_place(GwShipContext *cxt, Node *node, bool condition)
{
	static const Oid type = BOOLOID;
	const GwDialect *dialect = foreign_dialect(cxt);
	const GwFuncRule *rule;

	if ((dialect->flags & GW_DIALECT_BOOL_VALUES) != 0 || exprType(node) != BOOLOID)
		return true;
	if ((gw_foreign_is_condition(dialect, node) && !gw_ship_is_param(cxt->scope, node)) ==
		condition)
		return true;
	rule = gw_foreign_x(dialect, condition ? "as_condition" : "as_value", &type, 1);
	if (rule != NULL && rule->sql != NULL && gw_template_count(rule->sql, 1) > 1 &&
		contain_subplans(node))
		return gw_ship_refuse(cxt, "a sub-select would be evaluated more than once");
	return (rule != NULL && rule->verdict == GW_EXACT) ||
		   gw_ship_refuse(cxt, condition ? "a boolean value is no condition there"
										 : "a condition is no value there");
}

/* ---- aggregates and windows ---- */

bool
gw_ship_foreign_aggregate(GwShipContext *cxt, const Aggref *agg, const GwFuncRule *rule)
{
	bool ordered = agg->aggorder != NIL || agg->aggkind != AGGKIND_NORMAL;

	if (rule->sql == NULL || agg->aggkind == AGGKIND_HYPOTHETICAL ||
		(agg->aggdistinct != NIL && !gw_template_has(rule->sql, "d")) ||
		(ordered && !gw_template_has(rule->sql, "order")))
		return gw_ship_refuse(cxt, "its form has no remote equivalent");
	if (agg->aggfilter != NULL && (foreign_dialect(cxt)->can & GW_CAN_FILTER) == 0 &&
		((rule->flags & GW_RULE_SKIPS_NULLS) == 0 ||
		 (!agg->aggstar && gw_template_count(rule->sql, 1) != 1)))
		return gw_ship_refuse(cxt, "its FILTER has no remote equivalent");
	return true;
}

/* Offsets are literals: where a parameter may stand, products differ. */
static bool
foreign_offset_is_literal(const Expr *offset)
{
	const Const *constant = (const Const *) offset;

	return offset == NULL || (IsA(offset, Const) && !constant->constisnull &&
							  constant->consttype == INT8OID &&
							  DatumGetInt64(constant->constvalue) >= 0);
}

bool
gw_ship_foreign_window(GwShipContext *cxt, const WindowFunc *func, const GwFuncRule *rule,
					   const GwWindow *window)
{
	uint32 can = foreign_dialect(cxt)->can;
	int options = window->frame_options;

	if (rule->sql == NULL || (can & GW_CAN_WINDOWS) == 0 || (rule->flags & GW_RULE_WRAPPED) != 0)
		return gw_ship_refuse(cxt, "its form has no remote equivalent");
	if (func->aggfilter != NULL && (can & GW_CAN_FILTER) == 0 &&
		((rule->flags & GW_RULE_SKIPS_NULLS) == 0 ||
		 (!func->winstar && gw_template_count(rule->sql, 1) != 1)))
		return gw_ship_refuse(cxt, "its FILTER has no remote equivalent");
	if (!func->winagg && window->order == NIL)
		return gw_ship_refuse(cxt, "its window has no order");
	if (!gw_foreign_has_frame(func, rule, window))
		return (options & FRAMEOPTION_NONDEFAULT) == 0 ||
			   (!func->winagg && (rule->flags & GW_RULE_FRAMED) == 0) ||
			   gw_ship_refuse(cxt, "its frame has no remote equivalent");
	if (((options & FRAMEOPTION_RANGE) != 0 && (can & GW_CAN_RANGE_FRAMES) == 0) ||
		((options & FRAMEOPTION_GROUPS) != 0 && (can & GW_CAN_GROUPS_FRAMES) == 0) ||
		((options & FRAMEOPTION_EXCLUSION) != 0 && (can & GW_CAN_EXCLUDE) == 0) ||
		!foreign_offset_is_literal(window->start_offset) ||
		!foreign_offset_is_literal(window->end_offset))
		return gw_ship_refuse(cxt, "its frame has no remote equivalent");
	return true;
}
