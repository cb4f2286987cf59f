/*
 * gw_fdw.h
 *	  What the parts of the foreign data wrapper share: the relation as the
 *	  planner sees it, the verdict on clauses, the deparser's interface and the
 *	  plan that travels from planner to executor.
 */
#ifndef GW_FDW_H
#define GW_FDW_H

#include "base/gw_compat.h"
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
	List *notes;		  /* texts: why joins and aggregates over it stayed here */

	Bitmapset *attrs_used; /* offset by FirstLowInvalidHeapAttributeNumber */

	/* estimates */
	double rows; /* after remote conditions: what is fetched */
	int width;
	double table_rows;
	Cost remote_startup, remote_total; /* the remote planner's word; 0: not asked */
	Cost startup_cost, total_cost;	   /* of the plain scan */
} GwRelation;

/* ---- gw_fdw_relinfo.c: the relation ---- */

/*
 * The GwRelations of a base, join or upper relation of ours; NIL: it is none,
 * or stays here.
 */
extern List *gw_rel_relations(const RelOptInfo *rel);

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

/*
 * A foreign table as userid reads it (InvalidOid: the caller), without clauses,
 * estimates and scope; connects only where the remote's own default schema has
 * to be asked for.
 */
extern GwRelation *gw_relation_make(Oid relid, Oid serverid, Oid userid);

/*
 * A short text that changes when the type or collation of a remote column of
 * the table does; may connect.
 */
extern char *gw_relation_shape(GwRelation *gw);

/* 55000 when the table's shape is no longer that. */
extern void gw_relation_check_shape(Oid relid, Oid serverid, Oid userid, const char *shape);

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

/*
 * The remote's hidden column that a system column carries; NULL: none does,
 * or the remote's rows have no such columns.
 */
extern const GwRowId *gw_row_id_of(const GwDialect *dialect, AttrNumber attno);

/*
 * Refuse (0A000) system columns other than tableoid among attrs, which are
 * offset by FirstLowInvalidHeapAttributeNumber.
 */
extern void gw_refuse_system_columns(Oid relid, Bitmapset *attrs);

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

/* The inner side of a nested loop that brings at most so many rows is a look-up. */
#define GW_LOOKUP_ROWS 1000

/* How a scan finds its rows. */
typedef enum GwAccess
{
	GW_ACCESS_WHOLE,  /* once, in one pass over the table */
	GW_ACCESS_BY_ROW, /* for each outer row, and so is what follows */
	GW_ACCESS_BY_KEY  /* ... through a key of the remote's */
} GwAccess;

/*
 * Costs of a scan that fetches `fetched` rows and evaluates local_conds
 * (RestrictInfo) on each.
 */
extern void gw_estimate_scan(PlannerInfo *root, RelOptInfo *rel, double fetched,
							 List *local_conds, GwAccess access, Cost *startup, Cost *total);

/* A remote planner's word, in its units. */
typedef struct GwRemoteEstimate
{
	double rows;
	Cost startup, total;
} GwRemoteEstimate;

/*
 * Ask the remote planner what a statement without parameters would bring and
 * cost, connecting if need be.  false: the platform cannot say.
 */
extern bool gw_estimate_statement(GwRelation *gw, const char *sql, GwRemoteEstimate *estimate);

/*
 * What it costs to have a statement started, and to get that many rows of it:
 * as a look-up, through a cursor, or as a stream, whichever is to be expected.
 */
extern void gw_estimate_transfer(const PlannerInfo *root, const GwRelation *gw, double rows,
								 bool by_row, Cost *startup, Cost *run);

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
	char *sql;			   /* settled by gw_guard_settle() before it runs */
	List *retrieved_attrs; /* integer list */
	List *compared_attrs;  /* of these, the ones the remote filters or sorts by */
	int fetch_size;		   /* 0: the transport's own */
	int64 max_rows;		   /* 0: no limit */
	int stream_flags;	   /* GW_STREAM_* */
	GwFetchMode fetch_mode;
	bool has_cursors; /* there is a choice */
	bool binary;	  /* every column has a type that travels in binary */
	List *reasons;		   /* GwLocalReason for EXPLAIN (VERBOSE); Vars have varno 1 */
	List *notes;		   /* texts for EXPLAIN (VERBOSE) */
	char *relations;	   /* what a join or upper scan stands for; NULL: one table */
	Oid serverid;
	bool whole;			   /* the statement is the whole query */
	List *tables;		   /* those whose columns the remote computes with (Oids) ... */
	List *shapes;		   /* ... and gw_relation_shape() of them when it was planned */
	char *not_whole;	   /* why it is not, though all it reads lives there; or NULL */
} GwScanPlan;

/*
 * For EXPLAIN (VERBOSE): what the statement of a scan would read, where the
 * remote says it without running it.  Asks the remote; its errors are raised.
 */
extern void gw_explain_bytes(const ForeignScan *scan, EState *estate, Oid serverid,
							 const char *sql, ExplainState *es);

/* Set how the rows travel; types are those of the retrieved columns. */
extern void gw_scan_plan_fetch(const GwRelation *gw, List *types, GwScanPlan *plan);

/* The same for a scan of several: as the most careful of them asks. */
extern void gw_scan_plan_fetch_all(List *relations, List *types, GwScanPlan *plan);

/* Note the shapes of GwRelations that planning has asked about; the scan checks them. */
extern void gw_scan_plan_keep_shapes(List *relations, GwScanPlan *plan);

/*
 * Statements may come with comparisons that are replaced where a parameter's
 * value is one the remote's type lacks (gw_fdw_guard.c).  Is that so for these
 * values?  The text where it is not so, for EXPLAIN.  Settle what is run.
 */
extern bool gw_guard_is_needed(const GwDialect *dialect, const char *sql, const GwParam *params);
extern char *gw_guard_plain(char *sql);
extern void gw_guard_settle(const GwDialect *dialect, GwStatement *stmt);

extern List *gw_scan_plan_to_list(const GwScanPlan *plan);
extern GwScanPlan *gw_scan_plan_from_list(List *list);

/* ---- gw_fdw_fetch.c: through a cursor or as a stream ---- */

/* Learn which runs of the executor go to the end; once, when loaded. */
extern void gw_fetch_install(void);

/* What the option fetch_mode says. */
extern GwFetchMode gw_fetch_mode(const GwOptionSet *options);

/*
 * Will this scan, a node of stmt, be read as a stream?  estate: of the run that
 * is under way; NULL: as far as the plan says (EXPLAIN).
 */
extern bool gw_fetch_streams(const ForeignScan *scan, const GwScanPlan *plan,
							 const PlannedStmt *stmt, const EState *estate);

/*
 * Will it be asked again and again for a few rows, each time with other
 * parameters, so that a cursor costs more than it saves?
 */
extern bool gw_fetch_looks_up(const ForeignScan *scan, const GwScanPlan *plan);

/* ---- gw_fdw_whole.c: queries that run whole on one server ---- */

/* Look at every query before the planner does; once, when loaded. */
extern void gw_whole_install(void);

/* ---- the callbacks, each in the file of its topic; gw_fdw.c lists them ---- */

extern void gw_get_rel_size(PlannerInfo *root, RelOptInfo *rel, Oid relid);
extern void gw_get_paths(PlannerInfo *root, RelOptInfo *rel, Oid relid);
extern void gw_get_join_paths(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel,
							  RelOptInfo *innerrel, JoinType jointype,
							  JoinPathExtraData *extra);
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

extern void gw_add_update_targets(PlannerInfo *root, Index rtindex, RangeTblEntry *rte,
								  Relation rel);
extern List *gw_plan_modify(PlannerInfo *root, ModifyTable *node, Index rtindex,
							int subplan_index);
extern void gw_begin_modify(ModifyTableState *mtstate, ResultRelInfo *rri, List *fdw_private,
							int subplan_index, int eflags);
extern TupleTableSlot *gw_exec_insert(EState *estate, ResultRelInfo *rri, TupleTableSlot *slot,
									  TupleTableSlot *plan_slot);
extern TupleTableSlot **gw_exec_batch_insert(EState *estate, ResultRelInfo *rri,
											 TupleTableSlot **slots, TupleTableSlot **plan_slots,
											 int *nslots);
extern int gw_modify_batch_size(ResultRelInfo *rri);
extern TupleTableSlot *gw_exec_update(EState *estate, ResultRelInfo *rri, TupleTableSlot *slot,
									  TupleTableSlot *plan_slot);
extern TupleTableSlot *gw_exec_delete(EState *estate, ResultRelInfo *rri, TupleTableSlot *slot,
									  TupleTableSlot *plan_slot);
extern void gw_end_modify(EState *estate, ResultRelInfo *rri);
extern void gw_begin_insert(ModifyTableState *mtstate, ResultRelInfo *rri);
extern void gw_end_insert(EState *estate, ResultRelInfo *rri);
extern void gw_explain_modify(ModifyTableState *mtstate, ResultRelInfo *rri, List *fdw_private,
							  int subplan_index, ExplainState *es);

extern bool gw_plan_direct(PlannerInfo *root, ModifyTable *node, Index rtindex,
						   int subplan_index);
extern void gw_begin_direct(ForeignScanState *node, int eflags);
extern TupleTableSlot *gw_iterate_direct(ForeignScanState *node);
extern void gw_end_direct(ForeignScanState *node);
extern void gw_explain_direct(ForeignScanState *node, ExplainState *es);

extern void gw_exec_truncate(List *rels, DropBehavior behavior, bool restart_identity);

extern bool gw_analyze_table(Relation rel, AcquireSampleRowsFunc *func,
							 BlockNumber *totalpages);
/*
 * Where the table or its server says on_drift: compare the declared columns
 * with the remote's, and warn (alert) or raise HV021 (strict).
 */
extern void gw_check_drift(Oid relid, Oid userid);

extern List *gw_import_schema(ImportForeignSchemaStmt *stmt, Oid serverid);

/*
 * Where EXPLAIN would not find who computes the window functions that plan's
 * scan brings, show them as plain calls.  Changes plan, in its own context;
 * a second time does nothing.
 */
extern void gw_window_hide(ForeignScan *plan);

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
