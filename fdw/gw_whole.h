/*
 * gw_whole.h
 *	  Between the parts of whole-query pushdown: a Query all of whose relations
 *	  live on one server becomes one remote statement.
 */
#ifndef GW_WHOLE_H
#define GW_WHOLE_H

#include "fdw/gw_fdw.h"
#include "nodes/parsenodes.h"

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
