/*
 * gw_fdw_whole_query.c
 *	  From PostgreSQL's Query to the small query tree, level by level.
 *
 * Refuses what the tree has no place for; whether the remote means the same
 * by it is judged afterwards.  Expressions are shared with the Query.  All of
 * it lives in CurrentMemoryContext.
 */
#include "postgres.h"

#include "fdw/gw_deparse.h"
#include "fdw/gw_whole.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* Longer lists of VALUES stay here: each row is a SELECT of its own. */
#define TRANSLATE_MAX_VALUES 64

/* What all levels share. */
typedef struct Translation
{
	const GwWholeSurvey *survey;
	List *relations; /* GwRelation, one for each table, however often it is read */
	int naliases;
	int nctes;
	const char *reason;
} Translation;

/* One level, while it is translated. */
typedef struct Level
{
	Translation *all;
	struct Level *outer;
	Query *query;
	GwScope *scope;
	List *ctes; /* GwCte, also those under way */
	List *cte_names;
} Level;

static GwQuery *translate_query(Translation *all, Level *outer, Query *query, bool named);
static bool translate_expr(Level *level, Node *node);

/* Keep the first reason; always "no". */
static bool
translate_refuse(Translation *all, const char *reason)
{
	if (all->reason == NULL)
		all->reason = reason;
	return false;
}

static char *
translate_alias(Translation *all)
{
	return psprintf("r%d", ++all->naliases);
}

/* ---- expressions: only their sub-selects need translating ---- */

typedef struct TranslateExpr
{
	Level *level;
	bool refused;
} TranslateExpr;

static bool
translate_sublink(Level *level, SubLink *link)
{
	GwSubselect *subselect;
	Query *query = castNode(Query, link->subselect);

	if (link->subLinkType == MULTIEXPR_SUBLINK || link->subLinkType == CTE_SUBLINK ||
		link->subLinkType == ROWCOMPARE_SUBLINK ||
		(link->testexpr != NULL && IsA(link->testexpr, RowCompareExpr)))
		return translate_refuse(level->all, "row values are compared with a sub-select");

	/* EXISTS looks at no column. */
	if (link->subLinkType == EXISTS_SUBLINK && query->setOperations == NULL &&
		query->distinctClause == NIL && query->groupClause == NIL &&
		query->groupingSets == NIL && !query->hasAggs && query->sortClause == NIL &&
		query->windowClause == NIL)
		query->targetList = NIL;

	subselect = palloc0(sizeof(GwSubselect));
	subselect->link = link;
	subselect->query = translate_query(level->all, level, query, true);
	if (subselect->query == NULL)
		return false;
	level->scope->subselects = lappend(level->scope->subselects, subselect);
	return true;
}

/* true ends the walk. */
static bool
translate_walker(Node *node, TranslateExpr *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubLink))
	{
		SubLink *link = (SubLink *) node;

		if (translate_walker(link->testexpr, cxt))
			return true;
		cxt->refused = !translate_sublink(cxt->level, link);
		return cxt->refused;
	}
	return expression_tree_walker(node, translate_walker, cxt);
}

static bool
translate_expr(Level *level, Node *node)
{
	TranslateExpr cxt = {level, false};

	(void) translate_walker(node, &cxt);
	return !cxt.refused;
}

/* ---- FROM ---- */

static GwSource *
translate_table(Level *level, Index varno, const RangeTblEntry *rte)
{
	ListCell *lc;

	foreach(lc, level->all->relations)
	{
		GwRelation *relation = lfirst(lc);

		if (relation->relid == rte->relid)
			return gw_scope_add(level->scope, varno, translate_alias(level->all), relation, NULL);
	}
	elog(ERROR, "foreign table %u was not noticed", rte->relid);
}

/* Does it, an expression of that level or its Query, read one of those around it? */
static bool
translate_reads_outside(const Level *level, Node *node)
{
	int up = 1;

	for (level = level->outer; level != NULL; level = level->outer)
	{
		if (contain_vars_of_level(node, up++))
			return true;
	}
	return false;
}

/* A query that is no level of its own. */
static GwQuery *
translate_make(Level *level)
{
	return gw_query_make(gw_scope_make(level->scope, true, level->all->relations));
}

/* VALUES as the union of its rows. */
static GwQuery *
translate_values(Level *level, const RangeTblEntry *rte)
{
	GwQuery *result = NULL;
	ListCell *lc;

	if (list_length(rte->values_lists) > TRANSLATE_MAX_VALUES)
	{
		translate_refuse(level->all, "a long list of VALUES stays here");
		return NULL;
	}
	foreach(lc, rte->values_lists)
	{
		/* Its expressions belong to the level around the VALUES. */
		GwQuery *row = translate_make(level);
		GwQuery *both;

		row->targets = lfirst(lc);
		row->named = true;
		row->reads_outside = translate_reads_outside(level, (Node *) row->targets);
		if (contain_subplans((Node *) row->targets))
		{
			translate_refuse(level->all, "a sub-select in VALUES is evaluated here");
			return NULL;
		}
		if (result == NULL)
		{
			result = row;
			continue;
		}
		both = translate_make(level);
		both->named = true;
		both->reads_outside = result->reads_outside || row->reads_outside;
		both->setop = palloc0(sizeof(GwSetOp));
		both->setop->op = SETOP_UNION;
		both->setop->all = true;
		both->setop->left = result;
		both->setop->right = row;
		result = both;
	}
	return result;
}

/* The CTE an entry names, at the level that it says. */
static GwCte *
translate_find_cte(Level *level, const RangeTblEntry *rte)
{
	ListCell *name;
	ListCell *cte;

	for (Index up = rte->ctelevelsup; up > 0; up--)
		level = level->outer;
	forboth(name, level->cte_names, cte, level->ctes)
	{
		if (strcmp(lfirst(name), rte->ctename) == 0)
			return lfirst(cte);
	}
	/* Within the first part of a recursive query its own WITH is not there yet. */
	translate_refuse(level->all, "a recursive query of that form runs here");
	return NULL;
}

static GwFrom *
translate_entry(Level *level, Index varno)
{
	RangeTblEntry *rte = rt_fetch(varno, level->query->rtable);
	GwSource *source;
	GwQuery *query;
	GwCte *cte;

	switch (rte->rtekind)
	{
		case RTE_RELATION:
			source = translate_table(level, varno, rte);
			break;
		case RTE_SUBQUERY:
			query = translate_query(level->all, level, rte->subquery, true);
			if (query == NULL)
				return NULL;
			source = gw_scope_add(level->scope, varno, translate_alias(level->all), NULL, query);
			source->lateral = rte->lateral;
			break;
		case RTE_VALUES:
			query = translate_values(level, rte);
			if (query == NULL)
				return NULL;
			source = gw_scope_add(level->scope, varno, translate_alias(level->all), NULL, query);
			source->lateral = rte->lateral;
			break;
		case RTE_CTE:
			cte = translate_find_cte(level, rte);
			if (cte == NULL)
				return NULL;
			source = gw_scope_add(level->scope, varno, translate_alias(level->all), NULL,
								  cte->query);
			source->cte = cte->name;
			break;
		default:
			translate_refuse(level->all, "something in FROM has no remote form");
			return NULL;
	}
	return gw_from_source(source);
}

static GwFrom *
translate_from_item(Level *level, Node *item)
{
	GwFrom *left;
	GwFrom *right;
	JoinExpr *join;

	check_stack_depth();
	if (IsA(item, RangeTblRef))
		return translate_entry(level, ((RangeTblRef *) item)->rtindex);

	join = castNode(JoinExpr, item);
	left = translate_from_item(level, join->larg);
	if (left == NULL)
		return NULL;
	right = translate_from_item(level, join->rarg);
	if (right == NULL || !translate_expr(level, join->quals))
		return NULL;
	if (join->jointype > JOIN_RIGHT)
	{
		translate_refuse(level->all, "something in FROM has no remote form");
		return NULL;
	}
	return gw_from_join(join->jointype, left, right,
						join->quals != NULL ? gw_conditions(list_make1(join->quals)) : NIL);
}

static bool
translate_from(Level *level, GwQuery *result)
{
	FromExpr *jointree = level->query->jointree;
	ListCell *lc;

	foreach(lc, jointree->fromlist)
	{
		GwFrom *item = translate_from_item(level, lfirst(lc));

		if (item == NULL)
			return false;
		result->from = lappend(result->from, item);
	}
	if (!translate_expr(level, jointree->quals))
		return false;
	if (jointree->quals != NULL)
		result->where = gw_conditions(make_ands_implicit((Expr *) jointree->quals));
	return true;
}

/* ---- WITH ---- */

/*
 * A recursive query names itself while it is translated.  What it then refers
 * to has the columns of the part that is evaluated first; so that part is
 * translated once more, by itself.
 */
static GwQuery *
translate_seed(Level *level, Query *query)
{
	SetOperationStmt *setop = (SetOperationStmt *) query->setOperations;
	Level first = {.all = level->all, .outer = level, .query = query};
	RangeTblEntry *rte;

	if (setop == NULL || !IsA(setop->larg, RangeTblRef))
	{
		translate_refuse(level->all, "a recursive query of that form runs here");
		return NULL;
	}
	first.scope = gw_scope_make(level->scope, false, level->all->relations);
	rte = rt_fetch(((RangeTblRef *) setop->larg)->rtindex, query->rtable);
	return translate_query(level->all, &first, copyObject(rte->subquery), true);
}

static bool
translate_cte(Level *level, CommonTableExpr *expr, GwQuery *result)
{
	GwCte *cte = palloc0(sizeof(GwCte));
	Query *query = castNode(Query, expr->ctequery);

	if (expr->search_clause != NULL || expr->cycle_clause != NULL)
		return translate_refuse(level->all, "SEARCH and CYCLE are done here");
	cte->name = psprintf("w%d", ++level->all->nctes);
	cte->recursive = expr->cterecursive;
	cte->materialized = expr->ctematerialized;
	level->ctes = lappend(level->ctes, cte);
	level->cte_names = lappend(level->cte_names, expr->ctename);

	if (expr->cterecursive)
	{
		cte->query = translate_seed(level, query);
		if (cte->query == NULL)
			return false;
	}
	cte->query = translate_query(level->all, level, query, true);
	if (cte->query == NULL)
		return false;
	result->ctes = lappend(result->ctes, cte);
	return true;
}

/* ---- the clauses of one SELECT ---- */

/* Computed here, before anything is read. */
static bool
translate_is_constant(Level *level, Expr *expr)
{
	return IsA(expr, Const) || gw_ship_is_param(level->scope, (Node *) expr);
}

/* The keys of ORDER BY; one that reads nothing sorts nothing. */
static List *
translate_sort_keys(Level *level, List *clauses)
{
	List *keys = NIL;
	ListCell *lc;

	foreach(lc, clauses)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
		Expr *expr = (Expr *) get_sortgroupclause_expr(clause, level->query->targetList);
		TypeCacheEntry *entry = lookup_type_cache(exprType((Node *) expr), TYPECACHE_GT_OPR);
		GwSortKey *key;

		if (translate_is_constant(level, expr))
			continue;
		key = palloc0(sizeof(GwSortKey));
		key->expr = expr;
		key->sort_operator = clause->sortop;
		key->descending = clause->sortop == entry->gt_opr;
		key->nulls_first = clause->nulls_first;
		keys = lappend(keys, key);
	}
	return keys;
}

static bool
translate_groups(Level *level, GwQuery *result)
{
	Query *query = level->query;
	ListCell *lc;

	foreach(lc, query->groupClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
		Expr *expr = (Expr *) get_sortgroupclause_expr(clause, query->targetList);

		/* A number by itself would mean a column of the select list. */
		if (IsA(expr, Const))
			return translate_refuse(level->all, "it groups by a constant");
		result->group_by = lappend(result->group_by, expr);
		result->group_eq = lappend_oid(result->group_eq, clause->eqop);
		result->group_refs = lappend_int(result->group_refs, clause->tleSortGroupRef);
	}
	result->grouping_sets = query->groupingSets;
	if (query->havingQual != NULL)
		result->having = gw_conditions(make_ands_implicit((Expr *) query->havingQual));
	/* HAVING true makes one group all the same. */
	if (query->havingQual != NULL && result->having == NIL)
		result->having = gw_conditions(list_make1(makeBoolConst(true, false)));
	return true;
}

static bool
translate_windows(Level *level)
{
	List *tlist = level->query->targetList;
	ListCell *lc;

	foreach(lc, level->query->windowClause)
	{
		WindowClause *clause = lfirst_node(WindowClause, lc);
		GwWindow *window = palloc0(sizeof(GwWindow));
		ListCell *part;

		window->winref = clause->winref;
		foreach(part, clause->partitionClause)
		{
			SortGroupClause *group = lfirst_node(SortGroupClause, part);
			Expr *expr = (Expr *) get_sortgroupclause_expr(group, tlist);

			if (IsA(expr, Const))
				continue;
			window->partition = lappend(window->partition, expr);
			window->partition_eq = lappend_oid(window->partition_eq, group->eqop);
		}
		window->order = translate_sort_keys(level, clause->orderClause);
		/* GROUPS wants something to order by. */
		if (window->order == NIL && (clause->frameOptions & FRAMEOPTION_GROUPS) != 0)
			return translate_refuse(level->all, "a window is ordered by a constant");
		window->frame_options = clause->frameOptions;
		window->start_offset = (Expr *) clause->startOffset;
		window->end_offset = (Expr *) clause->endOffset;
		level->scope->windows = lappend(level->scope->windows, window);
	}
	return true;
}

/* DISTINCT has an equality for each column, DISTINCT ON for each key. */
static bool
translate_distinct(Level *level, GwQuery *result)
{
	Query *query = level->query;
	ListCell *lc;

	if (query->hasDistinctOn)
	{
		foreach(lc, query->distinctClause)
		{
			SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
			Expr *expr = (Expr *) get_sortgroupclause_expr(clause, query->targetList);

			if (translate_is_constant(level, expr))
				return translate_refuse(level->all, "it is distinct on a constant");
			result->distinct_on = lappend(result->distinct_on, expr);
			result->distinct_eq = lappend_oid(result->distinct_eq, clause->eqop);
		}
		return true;
	}
	if (query->distinctClause == NIL)
		return true;
	result->distinct = true;
	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (!tle->resjunk)
		{
			SortGroupClause *clause = get_sortgroupref_clause(tle->ressortgroupref,
															  query->distinctClause);

			result->distinct_eq = lappend_oid(result->distinct_eq, clause->eqop);
		}
	}
	return true;
}

/* A number, or what is computed here. */
static bool
translate_limit(Level *level, GwQuery *result)
{
	Query *query = level->query;

	result->limit = (Expr *) query->limitCount;
	result->offset = (Expr *) query->limitOffset;
	if ((result->limit != NULL && !translate_is_constant(level, result->limit)) ||
		(result->offset != NULL && !translate_is_constant(level, result->offset)))
		return translate_refuse(level->all, "LIMIT or OFFSET is computed from remote rows");
	if (query->limitCount != NULL && query->limitOption == LIMIT_OPTION_WITH_TIES)
		return translate_refuse(level->all, "WITH TIES is done here");
	return true;
}

static void
translate_targets(Level *level, GwQuery *result)
{
	ListCell *lc;

	foreach(lc, level->query->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (!tle->resjunk)
			result->targets = lappend(result->targets, tle->expr);
	}
}

static bool
translate_select(Level *level, GwQuery *result)
{
	Query *query = level->query;
	ListCell *lc;

	if (!translate_from(level, result) || !translate_expr(level, (Node *) query->targetList) ||
		!translate_expr(level, query->havingQual))
		return false;
	foreach(lc, query->windowClause)
	{
		WindowClause *clause = lfirst_node(WindowClause, lc);

		if (!translate_expr(level, clause->startOffset) ||
			!translate_expr(level, clause->endOffset))
			return false;
	}
	translate_targets(level, result);
	if (!translate_windows(level) || !translate_groups(level, result) ||
		!translate_distinct(level, result))
		return false;
	result->order_by = translate_sort_keys(level, query->sortClause);
	return translate_limit(level, result);
}

/* ---- set operations ---- */

static GwQuery *
translate_setop_tree(Level *level, Node *node)
{
	SetOperationStmt *stmt;
	GwQuery *result;
	GwSetOp *setop;
	ListCell *lc;

	check_stack_depth();
	if (IsA(node, RangeTblRef))
	{
		RangeTblEntry *rte = rt_fetch(((RangeTblRef *) node)->rtindex, level->query->rtable);

		return translate_query(level->all, level, rte->subquery, true);
	}

	stmt = castNode(SetOperationStmt, node);
	result = translate_make(level);
	result->named = true;
	result->setop = setop = palloc0(sizeof(GwSetOp));
	setop->op = stmt->op;
	setop->all = stmt->all;
	setop->types = stmt->colTypes;
	setop->collations = stmt->colCollations;
	setop->typmods = stmt->colTypmods;
	foreach(lc, stmt->groupClauses)
		setop->equalities = lappend_oid(setop->equalities,
										lfirst_node(SortGroupClause, lc)->eqop);
	setop->left = translate_setop_tree(level, stmt->larg);
	if (setop->left == NULL)
		return NULL;
	setop->right = translate_setop_tree(level, stmt->rarg);
	return setop->right != NULL ? result : NULL;
}

/*
 * SELECT its columns FROM (the operation), so that ORDER BY has something to
 * name.  The Vars of such a Query mean the leftmost of its sub-selects.
 */
static bool
translate_set_operation(Level *level, GwQuery *result)
{
	Query *query = level->query;
	GwQuery *operation = translate_setop_tree(level, query->setOperations);
	GwSource *source;
	Node *leftmost = query->setOperations;
	ListCell *lc;

	if (operation == NULL)
		return false;
	operation->reads_outside = result->reads_outside;
	if (query->sortClause == NIL && query->limitCount == NULL && query->limitOffset == NULL)
	{
		result->setop = operation->setop;
		return true;
	}
	while (IsA(leftmost, SetOperationStmt))
		leftmost = ((SetOperationStmt *) leftmost)->larg;
	source = gw_scope_add(level->scope, ((RangeTblRef *) leftmost)->rtindex,
						  translate_alias(level->all), NULL, operation);
	result->from = list_make1(gw_from_source(source));

	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (tle->resjunk || !IsA(tle->expr, Var))
			return translate_refuse(level->all,
									"a set operation sorted by an expression runs here");
	}
	translate_targets(level, result);
	result->order_by = translate_sort_keys(level, query->sortClause);
	return translate_limit(level, result);
}

/* ---- the whole ---- */

static GwQuery *
translate_query(Translation *all, Level *outer, Query *query, bool named)
{
	Level level = {.all = all, .outer = outer, .query = query};
	GwQuery *result;
	ListCell *lc;

	check_stack_depth();
	level.scope = gw_scope_make(outer != NULL ? outer->scope : NULL, false, all->relations);
	result = gw_query_make(level.scope);
	result->named = named;
	result->reads_outside = translate_reads_outside(&level, (Node *) query);
	foreach(lc, query->cteList)
	{
		if (!translate_cte(&level, lfirst_node(CommonTableExpr, lc), result))
			return NULL;
	}
	if (query->setOperations != NULL)
		return translate_set_operation(&level, result) ? result : NULL;
	return translate_select(&level, result) ? result : NULL;
}

GwQuery *
gw_whole_translate(Query *query, const GwWholeSurvey *survey, const char **reason)
{
	Translation all = {.survey = survey};
	GwQuery *result;
	ListCell *lc;

	foreach(lc, survey->tables)
		all.relations = lappend(all.relations,
								gw_relation_make(lfirst_oid(lc), survey->serverid,
												 survey->check_as_user));
	result = translate_query(&all, NULL, query, false);
	*reason = all.reason;
	return result;
}
