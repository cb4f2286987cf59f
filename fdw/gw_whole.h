/*
 * gw_whole.h
 *	  Between the parts of whole-query pushdown: a Query all of whose relations
 *	  live on one server becomes one remote statement.
 */
#ifndef GW_WHOLE_H
#define GW_WHOLE_H

#include "fdw/gw_fdw.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"

/* What a statement reads, and what stands in the way. */
typedef struct GwWholeSurvey
{
	Oid serverid;	   /* of every foreign table; InvalidOid: there is none */
	bool elsewhere;	   /* something else is read too: none of our business */
	bool simple;	   /* one table and nothing a plain scan cannot do */
	Oid check_as_user; /* with whose rights all of them are read; 0: the caller's */
	List *tables;	   /* their Oids, each once */
	const char *reason; /* why it cannot run there as one; NULL: as far as seen, it can */
} GwWholeSurvey;

/* A query while it is planned as a whole. */
typedef struct GwWholePlan
{
	Query *original; /* not changed */
	GwWholeSurvey survey;
	PlannerGlobal *glob;
	Query *query;		/* prepared */
	ForeignScan *scan;
	const char *reason; /* why there is none */
} GwWholePlan;

/* ---- gw_fdw_whole.c ---- */

/* What would plan if we did not. */
extern PlannedStmt *gw_whole_usual(Query *query, const char *query_string, int cursor_options,
								   ParamListInfo params);

/* Take what a whole query reads, and depends on, into the statement. */
extern void gw_whole_join_statement(PlannedStmt *stmt, const GwWholePlan *whole);

/* ---- gw_fdw_whole_insert.c ---- */

/*
 * The place of the SELECT among the entries of an INSERT into a table here; 0:
 * it is something else.
 */
extern Index gw_whole_insert_source(const Query *query);

/*
 * The plan of an INSERT (not changed) whose SELECT, the entry rti, is
 * whole->scan.  NULL: the planner has made something else of it.
 */
extern PlannedStmt *gw_whole_insert(const GwWholePlan *whole, Query *query, Index rti,
									const char *query_string, int cursor_options,
									ParamListInfo params);

/* ---- gw_fdw_whole_survey.c ---- */

/* Look at a Query as the rewriter left it.  Connects to nothing. */
extern void gw_whole_survey(Query *query, GwWholeSurvey *survey);

/*
 * Bring a copy into the form that is translated: SQL functions inlined, their
 * defaults filled in, columns of joins replaced by those behind them.  What
 * the result depends on is noted in glob->invalItems.
 */
extern Query *gw_whole_prepare(PlannerGlobal *glob, Query *query);

/* ---- gw_fdw_whole_query.c ---- */

/*
 * The query tree of a prepared Query, in CurrentMemoryContext.  NULL: it has
 * none, *reason says why.  What is in it is not judged yet.
 */
extern GwQuery *gw_whole_translate(Query *query, const GwWholeSurvey *survey,
								   const char **reason);

/* ---- gw_fdw_whole_judge.c ---- */

/* Is all of it exact on its server?  May connect.  Otherwise *reason says why. */
extern bool gw_whole_judge(const GwQuery *query, const char **reason);

#endif /* GW_WHOLE_H */
