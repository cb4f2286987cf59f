/*
 * gw_foreign.h
 *	  Dialects without GW_DIALECT_POSTGRES: by which rule a node is written.
 *
 * The verdict (gw_fdw_shippable_foreign.c) and the deparser
 * (gw_deparse_foreign.c) both ask gw_fdw_foreign.c, so that what was judged is
 * what is written.
 */
#ifndef GW_FOREIGN_H
#define GW_FOREIGN_H

#include "fdw/gw_shippable.h"

/* So many elements of an IN travel; a longer list stays here. */
#define GW_IN_MAX 1000

/* What writes a node. */
typedef struct GwForm
{
	const GwFuncRule *rule; /* NULL: nothing does */
	List *args;				/* Expr, for {1} {2} ... */
	Oid type;				/* for {t} */
	int32 typmod;
	bool passes;	  /* nothing is written: the first argument stands for it */
	OpExpr *equality; /* for {=} */
} GwForm;

/* What a template is filled with; unused members are zero. */
typedef struct GwFilling
{
	List *args;
	Oid type;
	int32 typmod;
	OpExpr *equality;
	bool distinct;		  /* {d} */
	Expr *filter;		  /* {1} becomes CASE WHEN filter THEN {1} END */
	const Aggref *ordered; /* whose ORDER BY is {order} */
} GwFilling;

/* ---- gw_fdw_foreign.c ---- */

/*
 * The form of a call, cast, comparison or fixed form of the grammar; in
 * CurrentMemoryContext.  rule is NULL (and passes false) where the dialect has
 * none.  Not for leaves, AND, OR, NOT, ANY (array), aggregates and windows.
 */
extern void gw_foreign_form(const GwDialect *dialect, Node *node, GwForm *form);

/* The rule of a form ('x') over operands of these types. */
extern const GwFuncRule *gw_foreign_x(const GwDialect *dialect, const char *name,
									  const Oid *types, int ntypes);

/* What may stand beside the operator's own rule for an index's sake ('h'), or NULL. */
extern const GwFuncRule *gw_foreign_hint(const GwDialect *dialect, OpExpr *op);

/* The rule of a key ('s' or 'g') of that type. */
extern const GwFuncRule *gw_foreign_key(const GwDialect *dialect, char kind, Oid type);

/* Is there more to the key than the expression itself? */
extern bool gw_foreign_key_is_wrapped(const GwFuncRule *rule);

/* The elements of x = ANY (...), as expressions; false: not known one by one. */
extern bool gw_foreign_elements(const ScalarArrayOpExpr *op, List **elements);

/* x = ANY (...) and x <> ALL (...): what writes them as one list; or NULL. */
extern const char *gw_foreign_in(const GwDialect *dialect, const ScalarArrayOpExpr *op,
								 const GwFuncRule *rule, const GwFuncRule **in);

/* Is the node a condition, where conditions are no values? */
extern bool gw_foreign_is_condition(const GwDialect *dialect, Node *node);

/* Does the template name its n-th argument (1-based) as {?n}? */
extern bool gw_template_wants_condition(const char *sql, int n);

/* How often does the template name its n-th argument? */
extern int gw_template_count(const char *sql, int n);

/* Does it have {word}? */
extern bool gw_template_has(const char *sql, const char *word);

/*
 * Does its frame have to be written?  Where the whole partition is meant, or
 * the function does not look at it, nothing is.
 */
extern bool gw_foreign_has_frame(const WindowFunc *func, const GwFuncRule *rule,
								 const GwWindow *window);

/* ---- gw_fdw_join_form.c ---- */

/*
 * Can the dialect write that join of the two with these conditions (GwCondition)?
 * NULL: yes; else why not.  JOIN_SEMI and JOIN_ANTI are [NOT] EXISTS.
 */
extern const char *gw_join_form(const GwDialect *dialect, JoinType type, const GwFrom *left,
								const GwFrom *right, List *conditions);

/* ---- gw_fdw_guard.c: parameters whose values the remote's type may lack ---- */

/* other <op> param, or the other way round. */
typedef struct GwGuard
{
	Node *param, *other;
	bool above, below; /* the outcome, where the value lies behind or before all of other's */
} GwGuard;

/* Is the node such a comparison, of which this side can say what it comes to? */
extern bool gw_foreign_guard(const GwScope *scope, const GwDialect *dialect, Node *node,
							 GwGuard *guard);

/* Append the comparison, which plain() writes, with what stands in its place. */
extern void gw_deparse_guarded(GwDeparse *cxt, const GwGuard *guard, Node *node, bool truth,
							   void (*plain)(GwDeparse *cxt, Node *node, bool truth));

/* The finished statement's text, as gw_guard_settle() reads it. */
extern char *gw_guard_seal(const GwDeparse *cxt);

/* ---- gw_fdw_shippable_foreign.c ---- */

/* The verdict on an inner node in a foreign dialect. */
extern GwVerdict gw_ship_foreign(GwShipContext *cxt, Node *node, GwShipState *state);

/*
 * Where conditions are no values: can the node stand in this place?  What has to
 * be written around it is a rule.
 */
extern bool gw_ship_foreign_place(GwShipContext *cxt, Node *node, bool condition);

/* Can the dialect write an aggregate in this form, a window function with this frame? */
extern bool gw_ship_foreign_aggregate(GwShipContext *cxt, const Aggref *agg,
									  const GwFuncRule *rule);
extern bool gw_ship_foreign_window(GwShipContext *cxt, const WindowFunc *func,
								   const GwFuncRule *rule, const GwWindow *window);

/* ---- gw_deparse_foreign.c ---- */

/* Append a node in a foreign dialect, as a condition or as a value. */
extern void gw_deparse_foreign(GwDeparse *cxt, Node *node, bool condition);

/* Append a template. */
extern void gw_deparse_filling(GwDeparse *cxt, const char *sql, const GwFilling *filling);

#endif /* GW_FOREIGN_H */
