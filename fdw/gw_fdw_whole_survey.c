/*
 * gw_fdw_whole_survey.c
 *	  May a statement be a whole query of one server, going by its form?  And
 *	  the form in which it is translated.
 *
 * Meanings are judged later (gw_fdw_whole_judge.c); here nothing connects.
 * Results live in CurrentMemoryContext.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/gw_compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "fdw/gw_whole.h"
#include "foreign/foreign.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "utils/syscache.h"

/* The first reason stays. */
static void
survey_refuse(GwWholeSurvey *survey, const char *reason)
{
	if (survey->reason == NULL)
		survey->reason = reason;
}

/* ---- relations ---- */

static void
survey_foreign_table(GwWholeSurvey *survey, const Query *query, RangeTblEntry *rte)
{
	Oid serverid = GetForeignServerIdByRelId(rte->relid);
	Oid check_as_user = gw_rte_check_as_user(query, rte);

	if (serverid != survey->serverid &&
		(OidIsValid(survey->serverid) ||
		 gw_platform_of_wrapper(GetForeignServer(serverid)->fdwid) == NULL))
	{
		survey->elsewhere = true;
		return;
	}
	if (survey->tables == NIL)
	{
		survey->serverid = serverid;
		survey->check_as_user = check_as_user;
	}
	else if (check_as_user != survey->check_as_user)
		survey_refuse(survey, "its tables are read with the rights of different roles");
	survey->tables = list_append_unique_oid(survey->tables, rte->relid);

	if (rte->inh && has_subclass(rte->relid))
		survey_refuse(survey, "a table has children here");
	if (rte->tablesample != NULL)
		survey_refuse(survey, "TABLESAMPLE is done here");
}

static void
survey_entry(GwWholeSurvey *survey, const Query *query, RangeTblEntry *rte)
{
	if (rte->securityQuals != NIL || rte->security_barrier)
		survey_refuse(survey, "a security barrier stands in it");
	switch (rte->rtekind)
	{
		case RTE_RELATION:
			/* What is left of a view is its rights; its query stands beside it. */
			if (rte->relkind == RELKIND_VIEW)
				break;
			if (rte->relkind == RELKIND_FOREIGN_TABLE)
				survey_foreign_table(survey, query, rte);
			else
				survey->elsewhere = true;
			break;
		case RTE_SUBQUERY:
		case RTE_JOIN:
		case RTE_CTE:
		case RTE_VALUES:
			break;
		case RTE_FUNCTION:
		case RTE_TABLEFUNC:
			survey_refuse(survey, "a function in FROM is evaluated here");
			break;
		default:
			if (!gw_rte_is_group(rte))
				survey_refuse(survey, "something in FROM has no remote form");
			break;
	}
}

/* ---- levels ---- */

static void
survey_level(GwWholeSurvey *survey, const Query *query)
{
	if (query->commandType != CMD_SELECT || query->hasModifyingCTE)
		survey_refuse(survey, "it changes something");
	if (query->rowMarks != NIL)
		survey_refuse(survey, "it locks rows");
	if (query->hasTargetSRFs)
		survey_refuse(survey, "a function in its select list returns a set");
	if (query->hasRowSecurity)
		survey_refuse(survey, "a security barrier stands in it");
	if (query->groupDistinct)
		survey_refuse(survey, "GROUP BY DISTINCT is done here");
}

/* A table and conditions, or the same in parentheses: a plain scan does that. */
static bool
survey_is_simple(const Query *query, bool top)
{
	RangeTblEntry *rte;
	Node *item;

	if (query->hasAggs || query->hasWindowFuncs || query->hasSubLinks ||
		query->groupClause != NIL || query->groupingSets != NIL || query->havingQual != NULL ||
		query->distinctClause != NIL || query->setOperations != NULL || query->cteList != NIL ||
		query->jointree == NULL || list_length(query->jointree->fromlist) != 1)
		return false;
	if (!top && (query->limitCount != NULL || query->limitOffset != NULL ||
				 query->sortClause != NIL))
		return false;
	item = linitial(query->jointree->fromlist);
	if (!IsA(item, RangeTblRef))
		return false;
	rte = rt_fetch(((RangeTblRef *) item)->rtindex, query->rtable);
	return rte->rtekind == RTE_RELATION ||
		   (rte->rtekind == RTE_SUBQUERY && survey_is_simple(rte->subquery, false));
}

/* Every level of the statement; true ends the walk. */
static bool
survey_walker(Node *node, GwWholeSurvey *survey)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		Query *query = (Query *) node;
		ListCell *lc;

		survey_level(survey, query);
		foreach(lc, query->rtable)
		{
			survey_entry(survey, query, lfirst_node(RangeTblEntry, lc));
			if (survey->elsewhere)
				return true;
		}
		return query_tree_walker(query, survey_walker, survey, 0);
	}
	return expression_tree_walker(node, survey_walker, survey);
}

void
gw_whole_survey(Query *query, GwWholeSurvey *survey)
{
	memset(survey, 0, sizeof(*survey));
	(void) survey_walker((Node *) query, survey);
	if (!survey->elsewhere && OidIsValid(survey->serverid))
		survey->simple = survey_is_simple(query, true);
}

/* ---- the form that is translated ---- */

/* A function that may be inlined, or a call whose defaults have to be filled in. */
static bool
prepare_call_expands(Oid funcid, int nargs)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Form_pg_proc proc;
	bool result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", funcid);
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	result = proc->prolang == SQLlanguageId || proc->pronargs != nargs;
	ReleaseSysCache(tuple);
	return result;
}

/*
 * Only what has no remote form as it stands is folded.  To fold all would be
 * to evaluate here what nobody may ever ask for, and to write the values of
 * parameters into the statement.
 */
static bool
prepare_must_fold(Node *node)
{
	switch (nodeTag(node))
	{
		case T_CollateExpr:
		case T_NamedArgExpr:
		case T_ArrayCoerceExpr:
		case T_CoerceViaIO:
			return true;
		case T_OpExpr:
			set_opfuncid((OpExpr *) node);
			return prepare_call_expands(((OpExpr *) node)->opfuncid,
										list_length(((OpExpr *) node)->args));
		case T_FuncExpr:
			{
				FuncExpr *call = (FuncExpr *) node;
				ListCell *lc;

				foreach(lc, call->args)
				{
					if (IsA(lfirst(lc), NamedArgExpr))
						return true;
				}
				return prepare_call_expands(call->funcid, list_length(call->args));
			}
		default:
			return false;
	}
}

static Node *
prepare_mutator(Node *node, PlannerInfo *root)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
	{
		Query *query = (Query *) node;

		/* A number is wanted there. */
		query->limitCount = eval_const_expressions(root, query->limitCount);
		query->limitOffset = eval_const_expressions(root, query->limitOffset);
		return (Node *) query_tree_mutator(query, prepare_mutator, root, QTW_DONT_COPY_QUERY);
	}
	if (prepare_must_fold(node))
		node = eval_const_expressions(root, node);
	return expression_tree_mutator(node, prepare_mutator, root);
}

/* The WITH of one query, seen from so many levels below it. */
typedef struct PrepareWith
{
	const Query *query;
	Index depth;
} PrepareWith;

/* Uncount the references to a WITH that stand in something that is dropped. */
static bool
prepare_uncount_walker(Node *node, PrepareWith *with)
{
	ListCell *lc;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		PrepareWith below = {with->query, with->depth + 1};

		return query_tree_walker((Query *) node, prepare_uncount_walker, &below,
								 QTW_EXAMINE_RTES_BEFORE);
	}
	if (!IsA(node, RangeTblEntry))
		return expression_tree_walker(node, prepare_uncount_walker, with);
	foreach(lc, with->query->cteList)
	{
		const RangeTblEntry *rte = (RangeTblEntry *) node;
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, lc);

		if (rte->rtekind == RTE_CTE && rte->ctelevelsup == with->depth &&
			strcmp(rte->ctename, cte->ctename) == 0)
			cte->cterefcount--;
	}
	return false;
}

/*
 * A WITH that nobody reads is not even planned, so nothing in it may be folded
 * either.  Later ones read earlier ones.
 */
static void
prepare_drop_unread(Query *query)
{
	for (int i = list_length(query->cteList) - 1; i >= 0; i--)
	{
		CommonTableExpr *cte = list_nth_node(CommonTableExpr, query->cteList, i);
		PrepareWith with = {query, 0};

		if (cte->cterefcount > 0)
			continue;
		query->cteList = list_delete_nth_cell(query->cteList, i);
		(void) prepare_uncount_walker(cte->ctequery, &with);
	}
}

/* Columns of joins and of GROUP BY become what they stand for. */
static bool
prepare_flatten(Node *node, void *unused)
{
	Query *query;
	ListCell *lc;

	if (node == NULL)
		return false;
	if (!IsA(node, Query))
		return expression_tree_walker(node, prepare_flatten, unused);

	query = (Query *) node;
	prepare_drop_unread(query);
	query->targetList = (List *) gw_flatten_vars(query, (Node *) query->targetList);
	query->havingQual = gw_flatten_vars(query, query->havingQual);
	query->jointree = (FromExpr *) gw_flatten_vars(query, (Node *) query->jointree);
	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (!rte->lateral)
			continue;
		if (rte->rtekind == RTE_SUBQUERY)
			rte->subquery = (Query *) gw_flatten_vars(query, (Node *) rte->subquery);
		else if (rte->rtekind == RTE_VALUES)
			rte->values_lists = (List *) gw_flatten_vars(query, (Node *) rte->values_lists);
	}
	return query_tree_walker(query, prepare_flatten, unused, 0);
}

Query *
gw_whole_prepare(PlannerGlobal *glob, Query *query)
{
	PlannerInfo *root = makeNode(PlannerInfo);

	query = copyObject(query);
	root->glob = glob;
	root->parse = query;
	root->query_level = 1;
	(void) prepare_flatten((Node *) query, NULL);
	return (Query *) prepare_mutator((Node *) query, root);
}
