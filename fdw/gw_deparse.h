/*
 * gw_deparse.h
 *	  Between the verdict on an expression and its deparser: both must see the
 *	  same parameters and the same forced collations.
 */
#ifndef GW_DEPARSE_H
#define GW_DEPARSE_H

#include "fdw/gw_fdw.h"

/* ---- gw_fdw_shippable.c ---- */

/*
 * The verdict, and the nodes whose first operand with a collation must say
 * COLLATE "C" in the remote statement (appended to *force_c; may be NULL).
 */
extern GwVerdict gw_ship_expr(RelOptInfo *rel, Expr *expr, List **force_c, char **reason);

/* The same for a sort key; *collate_c: the key itself must say COLLATE "C". */
extern bool gw_ship_sort(RelOptInfo *rel, Expr *expr, Oid sort_operator, List **force_c,
						 bool *collate_c, char **reason);

/*
 * Is the subtree computed here and sent as a parameter?  So are all those
 * that read nothing of rel and are not plain constants.
 */
extern bool gw_ship_is_param(RelOptInfo *rel, Node *node);

/* ---- gw_fdw_shippable_fact.c: what has to be known of types, columns, functions ---- */

/*
 * Is the type one that the remote has, with the same meaning?  Otherwise the
 * reason, in words for EXPLAIN.
 */
extern char *gw_ship_type_reason(GwRelation *grel, Oid type);

/* Is the column's remote type the local one? NULL: yes. */
extern char *gw_ship_column_reason(GwRelation *grel, AttrNumber attnum);

/*
 * Is a call of the function the same on the remote?  Otherwise the reason.
 * opno is the operator it was called by, or InvalidOid.  *need says what has
 * to hold of its collation; *unlisted that the tables do not know.
 */
extern char *gw_ship_function_reason(GwRelation *grel, Oid funcid, Oid opno, List *args,
									 GwCollationNeed *need, GwVerdict *verdict, bool *unlisted);

/* The remote column behind an attribute; NULL: not known. */
extern const GwColumn *gw_ship_column(GwRelation *grel, AttrNumber attnum);

/* ---- gw_deparse_expr.c ---- */

/* One statement being written. */
typedef struct GwDeparse
{
	RelOptInfo *rel;
	GwRelation *grel;
	const GwDialect *dialect;
	GwSqlBuf buf;
	List *params;	 /* expressions behind $1, $2 ... */
	List *force_c;	 /* nodes, by address */
	List *case_args; /* rendered arguments of the CASEs around */
} GwDeparse;

/* Append one expression that gw_ship_expr() has let pass. */
extern void gw_deparse_expr(GwDeparse *cxt, Expr *expr);

/* The same as a text of its own. */
extern char *gw_deparse_text(GwDeparse *cxt, Expr *expr);

/* Append COLLATE "C" after an expression. */
extern void gw_deparse_collate_c(GwDeparse *cxt);

/* ---- gw_deparse_stmt.c ---- */

/* Append FROM (query) AS q. */
extern void gw_deparse_query(const GwDialect *dialect, GwSqlBuf *buf, const char *query);

#endif /* GW_DEPARSE_H */
