/*
 * gw_fdw.h
 *	  What the parts of the foreign data wrapper share: the relation as the
 *	  planner sees it, the verdict on clauses, the deparser's interface and the
 *	  plan that travels from planner to executor.
 */
#ifndef GW_FDW_H
#define GW_FDW_H

#include "foreign/fdwapi.h"
#include "nodes/pathnodes.h"
#include "session/gw_session.h"

/* A clause kept local, and why: for EXPLAIN. */
typedef struct GwLocalReason
{
	Expr *clause;
	char *reason; /* "collation en-US of column s differs", "now() is not immutable" */
} GwLocalReason;

/*
 * Our side of a foreign RelOptInfo (rel->fdw_private).  Made by
 * GetForeignRelSize; lives in the planner's context.
 */
typedef struct GwRelation
{
	Oid relid;	  /* the foreign table */
	Oid serverid;
	Oid userid;	  /* whose mapping: checkAsUser or the caller */
	const GwPlatform *platform;
	const GwDialect *dialect;
	const GwOptionSet *options; /* SERVER + MAPPING + TABLE */
	bool pushdown;				/* warehouse_gw.enable_pushdown */

	const char *remote_schema; /* NULL: the remote's default */
	const char *remote_table;
	const char *remote_query; /* OPTIONS (query): used as a sub-select */

	/*
	 * What the remote says about the table: collations, keys, row counts.
	 * Fetched (and the server connected) on first use through
	 * gw_relation_facts(); NULL for a query or when not asked yet.
	 */
	const GwSchema *facts;
	bool facts_asked;
	int server_version; /* 0 until connected */

	/* baserestrictinfo, sorted by verdict (lists of RestrictInfo). */
	List *exact_conds;	  /* remote, not rechecked */
	List *superset_conds; /* remote and rechecked */
	List *local_conds;	  /* here only */
	List *reasons;		  /* GwLocalReason for what is not exact */

	Bitmapset *attrs_used; /* offset by FirstLowInvalidHeapAttributeNumber */

	/* estimates */
	double rows; /* after remote conditions */
	int width;
	double table_rows;
	Cost startup_cost, total_cost;
} GwRelation;

/* Remote facts of the relation, connecting at first use. NULL: none to be had. */
extern const GwSchema *gw_relation_facts(GwRelation *rel);

/* ---- gw_fdw_shippable.c: verdicts ---- */

/*
 * May expr, a clause over the base relation `rel` (other relations' Vars
 * become parameters), be evaluated remotely?  When the answer is not
 * GW_EXACT, *reason (may be NULL) says why in words for EXPLAIN.
 */
extern GwVerdict gw_shippable(PlannerInfo *root, RelOptInfo *rel, Expr *expr, char **reason);

/* May the remote sort by expr exactly as PostgreSQL does with this operator? */
extern bool gw_shippable_sort(PlannerInfo *root, RelOptInfo *rel, Expr *expr, Oid sort_operator,
							  char **reason);

/* ---- gw_deparse_stmt.c, gw_deparse_expr.c: writing remote SQL ---- */

/* What a SELECT over one base relation should hold. */
typedef struct GwSelectSpec
{
	Bitmapset *attrs_used; /* columns to fetch */
	List *conds;		   /* RestrictInfo or Expr; all exact or superset */
	List *pathkeys;		   /* sort, or NIL */
	Expr *limit, *offset;  /* NULL: none; otherwise Const or Param */
	bool has_limit;
} GwSelectSpec;

/*
 * The remote SELECT.  *retrieved_attrs lists attribute numbers in output
 * order; *params lists the expressions whose values are sent as $1, $2 ...
 */
extern char *gw_deparse_select(PlannerInfo *root, RelOptInfo *rel, const GwSelectSpec *spec,
							   List **retrieved_attrs, List **params);

/* ---- gw_fdw_plan.c: what travels in ForeignScan.fdw_private ---- */

typedef struct GwScanPlan
{
	char *sql;
	List *retrieved_attrs; /* integer list */
	int fetch_size;
	int stream_flags; /* GW_STREAM_* */
	List *reasons;	  /* strings, for EXPLAIN (VERBOSE) */
	Oid serverid;
	Oid userid; /* InvalidOid: decide at run time from the range table */
} GwScanPlan;

extern List *gw_scan_plan_to_list(const GwScanPlan *plan);
extern GwScanPlan *gw_scan_plan_from_list(List *list);

#endif /* GW_FDW_H */
