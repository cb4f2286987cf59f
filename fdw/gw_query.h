/*
 * gw_query.h
 *	  The small query tree that is sent: what the deparser writes and verdicts
 *	  are given over.
 *
 * Two front ends make it: one from the planner's relations (gw_fdw_tree.c,
 * gw_fdw_join.c, gw_fdw_upper.c), one from a whole Query.  Expressions in it
 * are PostgreSQL's; their Vars are looked up in a GwScope, which says which
 * remote table or sub-select a (varno, varlevelsup) is.  All of it lives in
 * the context it was made in, usually the planner's.
 */
#ifndef GW_QUERY_H
#define GW_QUERY_H

#include "nodes/parsenodes.h"
#include "nodes/pathnodes.h"

struct GwRelation;
struct GwQuery;

/* One thing in FROM whose columns expressions can name. */
typedef struct GwSource
{
	Index varno;
	const char *alias;			 /* NULL: the only one, its columns stand alone */
	struct GwRelation *relation; /* a remote table or OPTIONS (query); or NULL: */
	struct GwQuery *query;		 /* a sub-select, whose columns are c1, c2 ... */
	const char *cte;			 /* not NULL: query is a CTE, named by this */
	List *where; /* GwCondition over the relation alone, applied before it is joined */
	bool lateral;
	bool absent; /* every column is NULL: the far side of an anti join, seen from outside */
} GwSource;

/*
 * What one level of a query can name.  Expressions made by the planner have
 * flat range table indexes at every depth: there a nested scope looks on in
 * the one around it with the same varlevelsup (same_level).  A Var that is
 * found nowhere is a parameter.
 */
typedef struct GwScope
{
	struct GwScope *outer;
	bool same_level;
	List *sources;	 /* GwSource */
	List *windows;	 /* GwWindow, for the WindowFuncs of this level */
	List *subselects; /* GwSubselect, for the SubLinks of this level */
	List *relations; /* GwRelation: every one of the statement, at least one */
	int conditions;	 /* while walking: nodes around that may not need their inputs */
} GwScope;

/* The tree of the sub-select of a SubLink in an expression. */
typedef struct GwSubselect
{
	const SubLink *link; /* by address */
	struct GwQuery *query;
} GwSubselect;

/* A sort key as the remote is told. */
typedef struct GwSortKey
{
	Expr *expr;		   /* reads something: never a constant */
	Oid sort_operator; /* the "<" or ">" PostgreSQL would sort with */
	bool descending;
	bool nulls_first;
	bool nulls_apart; /* NULL's place is said by a key of its own, in front of it */
	int column; /* not 0: the n-th target instead of expr (set operations) */
} GwSortKey;

/* The window of WindowFuncs with this winref. */
typedef struct GwWindow
{
	Index winref;
	List *partition;   /* Expr */
	List *partition_eq; /* Oids of their equality operators */
	List *order;	   /* GwSortKey */
	int frame_options; /* FRAMEOPTION_* */
	Expr *start_offset, *end_offset;
} GwWindow;

/* One conjunct: an expression, or [NOT] EXISTS (query). */
typedef struct GwCondition
{
	Expr *expr;
	struct GwQuery *exists;
	bool negated;
} GwCondition;

/* An item of FROM: a source, or a join of two items. */
typedef struct GwFrom
{
	GwSource *source; /* NULL: a join */
	JoinType kind;	  /* JOIN_INNER, _LEFT, _RIGHT or _FULL */
	struct GwFrom *left, *right;
	List *on; /* GwCondition */
} GwFrom;

typedef struct GwCte
{
	const char *name;
	struct GwQuery *query;
	bool recursive;
	CTEMaterialize materialized;
} GwCte;

/* left UNION | INTERSECT | EXCEPT [ALL] right */
typedef struct GwSetOp
{
	SetOperation op;
	bool all;
	struct GwQuery *left, *right;
	List *types, *collations; /* Oids, of the columns */
	List *typmods;			  /* -1 where its sides have several */
	List *equalities;		  /* Oids of their operators; NIL for UNION ALL */
} GwSetOp;

/* One SELECT. */
typedef struct GwQuery
{
	GwScope *scope;
	List *ctes;	   /* GwCte */
	GwSetOp *setop; /* not NULL: instead of all up to windows */

	List *targets; /* Expr; NIL: a row without columns */
	bool named;	   /* the targets are called c1, c2 ...: a sub-select */
	bool reads_outside; /* some expression reads a query around (whole queries only) */
	List *from;	   /* GwFrom; NIL: no FROM */
	List *where;   /* GwCondition */

	List *group_by;		 /* Expr */
	List *group_eq;		 /* Oids of their equality operators, for the verdict */
	List *group_refs;	 /* their ressortgroupref, when there are grouping_sets */
	List *grouping_sets; /* GroupingSet */
	List *having;		 /* GwCondition */

	bool distinct;
	List *distinct_on; /* Expr */
	List *distinct_eq; /* Oids of equality operators: of distinct_on, or of the targets */
	List *order_by;	   /* GwSortKey */
	Expr *limit, *offset; /* NULL: none; int8 expressions */
	bool with_ties;

	LockClauseStrength lock; /* of the rows read; LCS_NONE: not */
	LockWaitPolicy lock_policy;
} GwQuery;

/* ---- gw_query.c: making and asking ---- */

/* A scope for one level of a statement; relations is not copied. */
extern GwScope *gw_scope_make(GwScope *outer, bool same_level, List *relations);

/* Add a source and return it; the caller fills what else it needs. */
extern GwSource *gw_scope_add(GwScope *scope, Index varno, const char *alias,
							  struct GwRelation *relation, GwQuery *query);

/*
 * The source a Var means, and the scope it stands in (owner may be NULL).
 * NULL: none.
 */
extern const GwSource *gw_scope_find(const GwScope *scope, const Var *var,
									 const GwScope **owner);

/* What the columns of a source can be qualified with. */
extern const char *gw_source_name(const GwSource *source);

/* The window of a WindowFunc; NULL: the scope has none of that number. */
extern const GwWindow *gw_scope_window(const GwScope *scope, Index winref);

/* The tree of a SubLink; NULL: nobody made one. */
extern GwQuery *gw_scope_subselect(const GwScope *scope, const SubLink *link);

/* Any relation of the statement: it knows platform, dialect, server version. */
extern struct GwRelation *gw_scope_server(const GwScope *scope);

extern GwQuery *gw_query_make(GwScope *scope);
extern GwFrom *gw_from_source(GwSource *source);
extern GwFrom *gw_from_join(JoinType kind, GwFrom *left, GwFrom *right, List *on);

/* GwConditions of a list of Expr or RestrictInfo; and one of a sub-select. */
extern List *gw_conditions(List *clauses);
extern GwCondition *gw_condition_exists(GwQuery *query, bool negated);

/* The name of a sub-select's n-th column (1-based). */
extern char *gw_query_column(int n);

/* ---- gw_deparse_stmt.c ---- */

/*
 * The remote statement; *params lists the expressions whose values are sent
 * as $1, $2 ...  Everything in the query must have been found exact or, for
 * conditions that are checked again, superset: otherwise an internal error.
 */
extern char *gw_deparse_query_tree(const GwQuery *query, List **params);

#endif /* GW_QUERY_H */
