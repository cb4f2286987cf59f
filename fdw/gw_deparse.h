/*
 * gw_deparse.h
 *	  Between the verdict on an expression and its deparser: both must see the
 *	  same parameters and the same forced collations.
 */
#ifndef GW_DEPARSE_H
#define GW_DEPARSE_H

#include "catalog/pg_proc.h"
#include "fdw/gw_fdw.h"

/* ---- gw_fdw_shippable.c ---- */

/*
 * The verdict on an expression over the scope, and the nodes whose first
 * operand with a collation must say COLLATE "C" in the remote statement
 * (appended to *force_c).  When the answer is not GW_EXACT, *reason says why
 * in words for EXPLAIN.  Both may be NULL.
 */
extern GwVerdict gw_ship_expr(GwScope *scope, Expr *expr, List **force_c, char **reason);

/* The same where a condition is wanted: WHERE, ON, HAVING, FILTER. */
extern GwVerdict gw_ship_condition(GwScope *scope, Expr *expr, List **force_c, char **reason);

/*
 * The same for a sort key; *wrapped: the key that is written is another
 * expression, made to sort as here.
 */
extern bool gw_ship_sort(GwScope *scope, Expr *expr, Oid sort_operator, List **force_c,
						 bool *wrapped, char **reason);

/*
 * Does the remote find the same values of expr equal, as GROUP BY, DISTINCT
 * and PARTITION BY do with this operator?  *wrapped as above; NULL: then not.
 */
extern bool gw_ship_equal(GwScope *scope, Expr *expr, Oid equality, List **force_c,
						  bool *wrapped, char **reason);

/*
 * May the remote be asked for expr after GROUP BY group_by?  Some know a
 * grouping expression again only where it stands by itself.
 */
extern bool gw_ship_grouped(const GwDialect *dialect, List *group_by, Node *expr, char **reason);

/*
 * Is the sort key, of which gw_ship_sort() said wrapped, written as nothing but
 * the expression itself?
 */
extern bool gw_sort_key_is_plain(const GwDialect *dialect, bool wrapped, bool descending,
								 bool nulls_first);

/*
 * Is the subtree computed here and sent as a parameter?  So are all those
 * that read nothing of the scope and are not plain constants.  Where it may
 * never be needed (scope->conditions) it is computed there, so that what would
 * be an error is one only for a row that needs it.
 */
extern bool gw_ship_is_param(const GwScope *scope, Node *node);

/* Is any part of it? */
extern bool gw_ship_has_param(const GwScope *scope, Node *node);

/* ---- gw_fdw_shippable_fact.c: what has to be known of types, columns, functions ---- */

/*
 * Is the type one that the remote has, with the same meaning?  Otherwise the
 * reason, in words for EXPLAIN.
 */
extern char *gw_ship_type_reason(GwRelation *grel, Oid type);

/* Does the rule allow the thing on this remote?  what: its name, for the reason. */
extern char *gw_ship_rule_reason(GwRelation *grel, const GwFuncRule *rule, const char *what);

/* Is the column's remote type the local one? NULL: yes. */
extern char *gw_ship_column_reason(GwRelation *grel, AttrNumber attnum);

/*
 * Is a call of the function the same on the remote?  Otherwise the reason.
 * opno is the operator it was called by, or InvalidOid.  *need says what has
 * to hold of its collation; *unlisted that the tables do not know.
 */
extern char *gw_ship_function_reason(GwRelation *grel, Oid funcid, Oid opno, List *args,
									 GwCollationNeed *need, GwVerdict *verdict, bool *unlisted);

/* The rule of a function that is called with these arguments; NULL: none. */
extern const GwFuncRule *gw_ship_function_rule(const GwDialect *dialect, Form_pg_proc proc,
											   List *args);

/*
 * Is the aggregate (kind 'a') or window function (kind 'w') the same on the
 * remote?  Otherwise the reason.  *rule is its rule; without one it is not.
 * A rule for "any" may name the type of what stands there, in args.
 */
extern char *gw_ship_aggregate_reason(GwRelation *grel, Oid funcid, List *args, char kind,
									  const GwFuncRule **rule);

/* The remote column behind an attribute; NULL: not known. */
extern const GwColumn *gw_ship_column(GwRelation *grel, AttrNumber attnum);

/* ---- gw_deparse_expr.c ---- */

/* x of CASE x WHEN, written again in each comparison. */
typedef struct GwCaseArg
{
	Expr *expr;
	int conditions; /* scope->conditions where it stands */
} GwCaseArg;

/* One statement being written. */
typedef struct GwDeparse
{
	GwScope *scope; /* of the level that is being written */
	const GwDialect *dialect;
	GwSqlBuf buf;
	List *params;	 /* expressions behind $1, $2 ... */
	List *force_c;	 /* nodes, by address */
	List *case_args; /* GwCaseArg: of the CASEs around */
	List *grouped;	 /* Expr: keys of which only a wrapped form is grouped by */
	int depth;		 /* sub-selects around the level that is written */
	bool truth;		 /* of what comes next only the truth counts: FALSE is as good as NULL */
	int guards;		 /* comparisons that the run may replace: gw_fdw_guard.c */
	bool guarding;	 /* one is being written ... */
	int guarded;	 /* ... whose parameter has this number; 0: not yet */
	bool qualify;	 /* columns also say which table is meant, where that has no alias */
} GwDeparse;

/* Begin a statement whose outermost level has this scope. */
extern void gw_deparse_begin(GwDeparse *cxt, GwScope *scope);

/*
 * Append one expression that gw_ship_expr() has let pass; its forced
 * collations are in cxt->force_c.
 */
extern void gw_deparse_expr(GwDeparse *cxt, Expr *expr);

/* What is known of the remote column behind a Var of a table; NULL: it is something else. */
extern const GwColumn *gw_deparse_source_column(GwDeparse *cxt, Expr *expr);

/* Judge and append: a clause that may not be sent is an internal error. */
extern void gw_deparse_clause(GwDeparse *cxt, Expr *expr);

/* The same where a condition is wanted. */
extern void gw_deparse_condition(GwDeparse *cxt, Expr *expr);

/* Leaves: columns, constants; and what is sent as a parameter. */
extern void gw_deparse_leaf(GwDeparse *cxt, Node *node);
extern void gw_deparse_param(GwDeparse *cxt, Expr *expr);

/* Judge and append a key that is grouped by. */
extern void gw_deparse_group_key(GwDeparse *cxt, Expr *expr);

/* Append one key of an ORDER BY with its direction. */
extern void gw_deparse_sort_key(GwDeparse *cxt, const GwSortKey *key);

/* The same as a text of its own. */
extern char *gw_deparse_text(GwDeparse *cxt, Expr *expr);

/* Append COLLATE "C" after an expression. */
extern void gw_deparse_collate_c(GwDeparse *cxt);

/* Append an operator's name. */
extern void gw_deparse_operator(GwDeparse *cxt, Oid opno);

/* Append a query of its own level, in parentheses (gw_deparse_stmt.c). */
extern void gw_deparse_nested(GwDeparse *cxt, const GwQuery *query);

/* Append a cast of what stands before it. */
extern void gw_deparse_cast(GwDeparse *cxt, Oid type, int32 typmod);

/* Append a function's name. */
extern void gw_deparse_function(GwDeparse *cxt, Oid funcid);

/* Append arguments, separated by commas; node: whose collation is forced. */
extern void gw_deparse_arguments(GwDeparse *cxt, void *node, List *args, bool variadic);

/* ---- gw_deparse_form.c ---- */

/* Append a node that every dialect writes in the same words; false: it is none. */
extern bool gw_deparse_form(GwDeparse *cxt, Node *node);

/* ---- gw_deparse_agg.c ---- */

/* An aggregate's arguments proper, without what is only sorted by. */
extern List *gw_aggregate_arguments(Aggref *agg);

extern void gw_deparse_aggref(GwDeparse *cxt, Aggref *agg);

/* "ORDER BY ..." of the aggregate; nothing when it has none. */
extern void gw_deparse_aggregate_order(GwDeparse *cxt, const Aggref *agg);
extern void gw_deparse_window_func(GwDeparse *cxt, WindowFunc *func);

/* ---- gw_fdw_limit.c ---- */

/* Is the constant a number of rows, or none? */
extern bool gw_limit_is_plain(const Const *bound);

/* ---- gw_deparse_sublink.c ---- */

/* The alias under which a sub-select stands whose columns are cast before they are compared. */
#define GW_SUBLINK_ALIAS "s"

extern void gw_deparse_sublink(GwDeparse *cxt, const SubLink *link);

/* The sub-select of whose columns these are the comparisons. */
extern void gw_deparse_sublink_columns(GwDeparse *cxt, List *tests, const GwQuery *query);

/* A Param that stands for a column of the sub-select around it. */
extern void gw_deparse_sublink_column(GwDeparse *cxt, const Param *param);

/* ---- gw_fdw_shippable_sublink.c ---- */

/*
 * The OpExprs that compare with the columns of an ANY or ALL sub-select; NIL
 * when they are not of one kind.
 */
extern List *gw_sublink_tests(const SubLink *link);

/*
 * Are those columns (EXISTS: NIL) read from a SELECT around the sub-select, which is a
 * derived table then?
 */
extern bool gw_sublink_is_wrapped(const GwDialect *dialect, List *tests, const GwQuery *query);

#endif /* GW_DEPARSE_H */
