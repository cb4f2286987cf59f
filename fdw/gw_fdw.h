/*
 * gw_fdw.h
 *	  What the parts of the foreign data wrapper share: the relation as the
 *	  planner sees it, the verdict on clauses, the deparser's interface and the
 *	  plan that travels from planner to executor.
 */
#ifndef GW_FDW_H
#define GW_FDW_H

#include "commands/explain.h"
#include "fdw/gw_query.h"
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
	GwScope *scope;				/* the relation alone, without an alias */

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
	double rows; /* after remote conditions: what is fetched */
	int width;
	double table_rows;
	Cost remote_startup, remote_total; /* the remote planner's word; 0: not asked */
	Cost startup_cost, total_cost;	   /* of the plain scan */
} GwRelation;

/* ---- gw_fdw_relinfo.c: the relation ---- */

/* Where a foreign table's rows are: a query, or schema and table. */
typedef struct GwRemoteName
{
	const char *schema;
	const char *table;
	const char *query;
} GwRemoteName;

/*
 * By the table's options; what they leave open comes from the server's option
 * `schema`, the platform or, when neither says, the remote itself.
 */
extern GwRemoteName gw_remote_name(Oid relid, Oid userid, const GwOptionSet *options);

/* Remote facts of the relation, connecting at first use. NULL: none to be had. */
extern const GwSchema *gw_relation_facts(GwRelation *rel);

/*
 * The verdict on a restriction or join clause of rel, with what gw_shippable()
 * does not look at: pushdown switched off, and security barriers.
 */
extern GwVerdict gw_relation_verdict(PlannerInfo *root, RelOptInfo *rel, RestrictInfo *rinfo,
									 char **reason);

/* A reason for EXPLAIN, in CurrentMemoryContext; reason NULL: nobody said. */
extern GwLocalReason *gw_local_reason(Expr *clause, char *reason);

/* The name a local column has at the remote; in CurrentMemoryContext. */
extern const char *gw_remote_column(Oid relid, AttrNumber attno);

/* ---- gw_fdw_query_facts.c: a remote query instead of a table ---- */

/*
 * Names and types of the query's columns; nothing else is known of it.  NULL
 * where the platform's types are not PostgreSQL's.
 */
extern const GwSchema *gw_query_facts(GwSession *session, const char *query);

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

/* ---- gw_fdw_path.c: which orders are asked of the remote ---- */

/*
 * The member of pathkey's equivalence class that the remote can sort by, so
 * that planning and deparsing choose the same.  false: there is none.
 */
extern bool gw_sort_key(PlannerInfo *root, RelOptInfo *rel, PathKey *pathkey, GwSortKey *key);

/* ---- gw_fdw_tree.c: the query tree of what the planner plans ---- */

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

/* The sort keys of pathkeys that gw_sort_key() knows; those without columns are left out. */
extern List *gw_sort_keys(PlannerInfo *root, RelOptInfo *rel, List *pathkeys);

/* ---- gw_fdw_estimate.c: rows and costs ---- */

/* Set rel's tuples, pages, rows and width, and the estimates of its GwRelation. */
extern void gw_estimate_relation(PlannerInfo *root, RelOptInfo *rel);

/*
 * Costs of a scan that fetches `fetched` rows and evaluates local_conds
 * (RestrictInfo) on each; by_key: the remote finds them through a key.
 */
extern void gw_estimate_scan(PlannerInfo *root, RelOptInfo *rel, double fetched,
							 List *local_conds, bool by_key, Cost *startup, Cost *total);

/* ---- gw_fdw_plan.c: what travels in ForeignScan.fdw_private ---- */

/* The option fetch_mode. */
typedef enum GwFetchMode
{
	GW_FETCH_AUTO,
	GW_FETCH_CURSOR,
	GW_FETCH_STREAM
} GwFetchMode;

typedef struct GwScanPlan
{
	char *sql;
	List *retrieved_attrs; /* integer list */
	List *compared_attrs;  /* of these, the ones the remote filters or sorts by */
	int fetch_size;		   /* 0: the transport's own */
	int64 max_rows;		   /* 0: no limit */
	int stream_flags;	   /* GW_STREAM_* */
	GwFetchMode fetch_mode;
	bool has_cursors; /* there is a choice */
	bool binary;	  /* every column has a type that travels in binary */
	List *reasons;		   /* GwLocalReason for EXPLAIN (VERBOSE); Vars have varno 1 */
	Oid serverid;
} GwScanPlan;

extern List *gw_scan_plan_to_list(const GwScanPlan *plan);
extern GwScanPlan *gw_scan_plan_from_list(List *list);

/* ---- gw_fdw_fetch.c: through a cursor or as a stream ---- */

/* Learn which runs of the executor go to the end; once, when loaded. */
extern void gw_fetch_install(void);

/*
 * Will this scan, a node of stmt, be read as a stream?  estate: of the run that
 * is under way; NULL: as far as the plan says (EXPLAIN).
 */
extern bool gw_fetch_streams(const ForeignScan *scan, const GwScanPlan *plan,
							 const PlannedStmt *stmt, const EState *estate);

/* ---- the callbacks, each in the file of its topic; gw_fdw.c lists them ---- */

extern void gw_get_rel_size(PlannerInfo *root, RelOptInfo *rel, Oid relid);
extern void gw_get_paths(PlannerInfo *root, RelOptInfo *rel, Oid relid);
extern void gw_get_upper_paths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input,
							   RelOptInfo *output, void *extra);
extern ForeignScan *gw_get_plan(PlannerInfo *root, RelOptInfo *rel, Oid relid,
								ForeignPath *path, List *tlist, List *scan_clauses,
								Plan *outer_plan);

extern void gw_begin_scan(ForeignScanState *node, int eflags);
extern TupleTableSlot *gw_iterate_scan(ForeignScanState *node);
extern void gw_rescan(ForeignScanState *node);
extern void gw_end_scan(ForeignScanState *node);
extern int gw_is_updatable(Relation rel);

extern bool gw_analyze_table(Relation rel, AcquireSampleRowsFunc *func,
							 BlockNumber *totalpages);
extern List *gw_import_schema(ImportForeignSchemaStmt *stmt, Oid serverid);

/*
 * CREATE FOREIGN TABLE for one described table, its schema known; local is its
 * name here, quoted and qualified by the caller.  0A000 when it cannot be one.
 */
extern char *gw_import_one(const char *server, const GwSchema *table, const char *local);
extern void gw_explain_scan(ForeignScanState *node, ExplainState *es);

/* ---- gw_fdw_async.c: scans of several servers at the same time ---- */

extern bool gw_async_capable(ForeignPath *path);
extern void gw_async_request(AsyncRequest *areq);
extern void gw_async_configure_wait(AsyncRequest *areq);
extern void gw_async_notify(AsyncRequest *areq);

/*
 * The node's next row; with *pending set there is none because the remote
 * has not answered yet.  A scan that reads through a cursor waits instead.
 */
extern TupleTableSlot *gw_scan_try(ForeignScanState *node, bool *pending);

/* What to watch while it is pending; PGINVALID_SOCKET: try again at once. */
extern pgsocket gw_scan_socket(ForeignScanState *node);

/* What EXPLAIN (ANALYZE) tells of a scan. */
typedef struct GwScanCounters
{
	int64 batches;
	int64 rows;
	bool opened;   /* a stream was opened ... */
	bool streamed; /* ... without a cursor */
} GwScanCounters;

/* false: the scan was never begun. */
extern bool gw_scan_counters(ForeignScanState *node, GwScanCounters *counters);

#endif /* GW_FDW_H */
