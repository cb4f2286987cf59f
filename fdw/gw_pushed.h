/*
 * gw_pushed.h
 *	  What the remote produces for a join or an upper relation, while planning.
 *
 * rel->fdw_private is a GwRelation for base relations and a GwPushed for
 * every other one.  It lives in the planner's context.
 */
#ifndef GW_PUSHED_H
#define GW_PUSHED_H

#include "fdw/gw_deparse.h"
#include "nodes/pathnodes.h"

typedef struct GwPushed
{
	GwQuery *query;		/* everything but the targets; shared until copied */
	List *columns;		/* Expr: what is fetched; becomes fdw_scan_tlist */
	List *local_conds;	/* Expr: evaluated here on what comes */
	List *reasons;		/* GwLocalReason for these */
	bool aggregated;	/* has been through GROUP BY or aggregates */
	const char *label;	/* for EXPLAIN: "Aggregate on (a INNER JOIN b)" */
	GwRelation *server; /* any of its relations */

	double rows; /* that are fetched */
	Cost work;	 /* of the remote, without the way here */
	bool asked;	 /* rows and work are the remote planner's word */
	bool blocks; /* it has read everything before the first row comes */
} GwPushed;

/* ---- gw_fdw_path.c ---- */

/*
 * Can the remote produce this whole order of a base or join relation?  Where
 * clauses are left for here, only by plain columns.
 */
extern bool gw_order_is_remote(PlannerInfo *root, RelOptInfo *rel, List *pathkeys);

/* ---- gw_fdw_pushed.c ---- */

/*
 * What the remote produces for rel, as the input of something larger; its
 * columns are not set for a base relation.  NULL: something of it stays here.
 */
extern GwPushed *gw_pushed_input(PlannerInfo *root, RelOptInfo *rel);

/* A copy to build on, with a query of its own; without columns. */
extern GwPushed *gw_pushed_copy(const GwPushed *input);

/*
 * Is expr, over the query's scope, computed by the remote exactly and without
 * anything that is not in the scope?  With GROUP BY, whatever is outside an
 * aggregate must be grouped by.  Otherwise *reason (may be NULL).
 */
extern bool gw_pushed_is_exact(const GwPushed *pushed, Expr *expr, char **reason);

/* The same where a condition is wanted. */
extern bool gw_pushed_tests_exactly(const GwPushed *pushed, Expr *expr, char **reason);

/*
 * Set columns to what the target needs: whole expressions where the remote
 * can compute them, else their parts.  false: a part is not to be had.
 */
extern bool gw_pushed_set_columns(GwPushed *pushed, List *exprs, char **reason);

/* The same, but whole expressions only. */
extern bool gw_pushed_set_whole_columns(GwPushed *pushed, List *exprs, char **reason);

/* Add what these expressions, evaluated here, read. */
extern bool gw_pushed_add_columns(GwPushed *pushed, List *exprs, char **reason);

/*
 * Does expr read anything of the query: columns, aggregates, windows?  A
 * volatile function counts, since it has another value for each row.
 */
extern bool gw_pushed_reads(Node *expr);

/* What fetching it costs, and evaluating its local conditions. */
extern void gw_pushed_cost(PlannerInfo *root, const GwPushed *pushed, Cost *startup,
						   Cost *total);

/*
 * Where its tables say use_remote_estimate, take rows and work from the remote
 * planner.  false: it was not asked, or could not say.
 */
extern bool gw_pushed_ask(GwPushed *pushed);

/* Let the remote sort a base or join relation: nothing comes before it has read all. */
extern void gw_pushed_sort_cost(const RelOptInfo *rel, Cost *startup, Cost *total);

/* Tell EXPLAIN why something above these relations stayed here. */
extern void gw_pushed_note(PlannerInfo *root, Relids relids, const char *what, char *reason);

/* The plan node; rel is no base relation. */
extern ForeignScan *gw_pushed_plan(PlannerInfo *root, RelOptInfo *rel, ForeignPath *path,
								   List *tlist, Plan *outer_plan);

/* ---- gw_fdw_limit.c ---- */

/* Add the path, if there is one, of a query whose LIMIT the remote applies. */
extern void gw_limit_paths(PlannerInfo *root, RelOptInfo *below, RelOptInfo *output,
						   const FinalPathExtraData *extra);

/* ---- gw_fdw_window.c ---- */

/* The input with the query's window functions computed; NULL: *reason says why not. */
extern GwPushed *gw_window_push(PlannerInfo *root, const GwPushed *input, char **reason);

#endif /* GW_PUSHED_H */
