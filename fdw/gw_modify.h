/*
 * gw_modify.h
 *	  What the files that write foreign tables share.
 *
 * Rows are written in one of three ways: as one remote statement
 * (gw_fdw_direct.c), by statements with the values of one or more rows, or as
 * a COPY (both gw_fdw_modify.c).
 */
#ifndef GW_MODIFY_H
#define GW_MODIFY_H

#include "fdw/gw_fdw.h"
#include "utils/rel.h"

/* The column of the plan that holds the whole row that is deleted. */
#define GW_MODIFY_OLD_ROW "wholerow"

/* How one foreign table is written; ModifyTable's fdw_private. */
typedef struct GwModifyPlan
{
	CmdType operation;
	Oid serverid;
	char *schema; /* the remote table; schema may be NULL */
	char *table;
	List *targets;	 /* attribute numbers whose values are sent, in this order */
	List *keys;		 /* those that find the row; negative: GwRowId.carrier */
	List *retrieved; /* those that come back, when returning */
	bool returning;
	bool echo;		 /* what comes back is known here, the remote is not asked */
	bool unique;	 /* the remote enforces that the keys name one row */
	bool do_nothing; /* ON CONFLICT DO NOTHING */
	bool copy;		 /* COPY, unless the remote table says otherwise */
	int batch_size;
	List *natives;	 /* not of the plan: types there of the targets, as far as that matters */
} GwModifyPlan;

/* ---- gw_fdw_modify_plan.c ---- */

extern List *gw_modify_plan_to_list(const GwModifyPlan *plan);
extern GwModifyPlan *gw_modify_plan_from_list(List *list);

/* The remote table of a relation that may be written; 0A000 where it may not. */
extern void gw_modify_target(Relation rel, Oid userid, GwModifyPlan *plan);

/* Sets plan->do_nothing; 0A000 where the remote has no such clause. */
extern void gw_modify_on_conflict(Relation rel, OnConflictAction action, GwModifyPlan *plan);

/*
 * Sets plan->natives (C strings, NULL where it does not matter, or is not known).  Asks
 * the remote where it does; the types are those of now, whenever the plan was made.
 */
extern void gw_modify_natives(Relation rel, Oid userid, GwModifyPlan *plan);

/* Columns of rel (attribute numbers) that clauses over varno read; 0A000 for system columns. */
extern List *gw_modify_columns_read(Relation rel, Index varno, List *clauses);

/*
 * Could new values of these columns belong to another partition than rel?
 * The remote does not know; rows that do are refused here.
 */
extern bool gw_modify_may_move(Relation rel, List *columns);

/* Every column of rel. */
extern List *gw_modify_all_columns(Relation rel);

/*
 * The columns of rows that come by COPY FROM, or are routed to rel: those that
 * the COPY names or that have a default here, or all of them.
 */
extern List *gw_modify_routed_columns(ResultRelInfo *rri, EState *estate,
									  const GwModifyPlan *plan, Oid userid);

/* The column of the plan below that holds the n-th key (1-based). */
extern AttrNumber gw_modify_key_column(Plan *subplan, int n);

/* Are the rows of a COPY there all or not at all, whoever else uses the server? */
extern bool gw_modify_stays_whole(const GwModifyPlan *plan);

/*
 * May rows be sent as COPY, as far as this side knows?  rri's triggers and
 * checks are those of the local foreign table.
 */
extern bool gw_modify_may_copy(const GwModifyPlan *plan, TriggerDesc *triggers,
							   const GwOptionSet *options, double rows);

/*
 * Where the remote has no RETURNING, rows that come back are those that were
 * sent, or read to be deleted (plan->echo), provided that it keeps them as they
 * are; otherwise 0A000.  Asks the remote about the table's columns.
 */
extern void gw_modify_echo(Relation rel, Oid userid, GwModifyPlan *plan);

/* ---- gw_deparse_dml.c ---- */

/* With the rows' values as parameters, a row after the other. */
extern char *gw_deparse_insert(const GwModifyPlan *plan, Relation rel, int nrows);

/* The targets' values are the first parameters, the keys' the last. */
extern char *gw_deparse_update(const GwModifyPlan *plan, Relation rel);
extern char *gw_deparse_delete(const GwModifyPlan *plan, Relation rel);

/* types: of the targets here.  NULL: the dialect has no such statement. */
extern char *gw_deparse_copy(const GwModifyPlan *plan, Relation rel, const Oid *types,
							 bool binary);

/*
 * UPDATE (exprs for plan->targets) or DELETE of all rows that conds let pass;
 * everything in them is exact.
 */
extern char *gw_deparse_direct(const GwModifyPlan *plan, Relation rel, RelOptInfo *foreign,
							   List *exprs, List *conds, List **params);

/* ---- gw_fdw_returning.c: rows that come back ---- */

typedef struct GwReturning GwReturning;

/* For rows of rel with these columns; in CurrentMemoryContext. */
extern GwReturning *gw_returning_create(Relation rel, List *retrieved);

/* Decode a row into slot, by-reference values in CurrentMemoryContext. */
extern void gw_returning_store(GwReturning *returning, GwStream *stream, const GwBatch *batch,
							   int row, TupleTableSlot *slot);

/* ---- gw_fdw_modify.c ---- */

/*
 * Has the statement that is under way written rows of this foreign table one by
 * one, as another entry of its range table than except?
 */
extern bool gw_modify_has_written(EState *estate, Oid relid, Index except);

/* An error context's callback; arg is the Relation that is written. */
extern void gw_modify_error_context(void *arg);

/* ---- gw_fdw_modify_check.c ---- */

/* The columns (attribute numbers) of new rows that are left to the remote. */
extern Bitmapset *gw_modify_left_columns(Relation rel, const GwModifyPlan *plan);

/*
 * Before rows are sent: 0A000 for a value of such a column, and, where what
 * comes back is known here (plan->echo), WITH CHECK OPTION: a remote that
 * commits at once would keep what is checked afterwards.
 */
extern void gw_modify_check_rows(ResultRelInfo *rri, const GwModifyPlan *plan,
								 const Bitmapset *left, TupleTableSlot **slots, int nslots,
								 EState *estate);

#endif /* GW_MODIFY_H */
