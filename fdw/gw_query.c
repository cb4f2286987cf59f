/*
 * gw_query.c
 *	  Making the small query tree, and looking names up in its scopes.
 *
 * Decides nothing and writes no SQL.  Everything lives in
 * CurrentMemoryContext.
 */
#include "postgres.h"

#include "fdw/gw_fdw.h"
#include "fdw/gw_query.h"

GwScope *
gw_scope_make(GwScope *outer, bool same_level, List *relations)
{
	GwScope *scope = palloc0(sizeof(GwScope));

	scope->outer = outer;
	scope->same_level = same_level;
	scope->relations = relations;
	return scope;
}

GwSource *
gw_scope_add(GwScope *scope, Index varno, const char *alias, struct GwRelation *relation,
			 GwQuery *query)
{
	GwSource *source = palloc0(sizeof(GwSource));

	source->varno = varno;
	source->alias = alias;
	source->relation = relation;
	source->query = query;
	scope->sources = lappend(scope->sources, source);
	return source;
}

const GwSource *
gw_scope_find(const GwScope *scope, const Var *var, const GwScope **owner)
{
	Index up = var->varlevelsup;
	ListCell *lc;

	for (; scope != NULL; scope = scope->outer)
	{
		if (up == 0)
		{
			foreach(lc, scope->sources)
			{
				const GwSource *source = lfirst(lc);

				if (source->varno != var->varno)
					continue;
				if (owner != NULL)
					*owner = scope;
				return source;
			}
			if (!scope->same_level)
				return NULL;
		}
		else if (!scope->same_level)
			up--;
	}
	return NULL;
}

const char *
gw_source_name(const GwSource *source)
{
	if (source->alias != NULL)
		return source->alias;
	/* What OPTIONS (query) holds has no name of its own. */
	return source->relation->remote_query != NULL ? "q" : source->relation->remote_table;
}

const GwWindow *
gw_scope_window(const GwScope *scope, Index winref)
{
	ListCell *lc;

	foreach(lc, scope->windows)
	{
		const GwWindow *window = lfirst(lc);

		if (window->winref == winref)
			return window;
	}
	return NULL;
}

GwQuery *
gw_scope_subselect(const GwScope *scope, const SubLink *link)
{
	ListCell *lc;

	foreach(lc, scope->subselects)
	{
		const GwSubselect *subselect = lfirst(lc);

		if (subselect->link == link)
			return subselect->query;
	}
	return NULL;
}

struct GwRelation *
gw_scope_server(const GwScope *scope)
{
	return linitial(scope->relations);
}

GwQuery *
gw_query_make(GwScope *scope)
{
	GwQuery *query = palloc0(sizeof(GwQuery));

	query->scope = scope;
	return query;
}

GwFrom *
gw_from_source(GwSource *source)
{
	GwFrom *from = palloc0(sizeof(GwFrom));

	from->source = source;
	return from;
}

GwFrom *
gw_from_join(JoinType kind, GwFrom *left, GwFrom *right, List *on)
{
	GwFrom *from = palloc0(sizeof(GwFrom));

	from->kind = kind;
	from->left = left;
	from->right = right;
	from->on = on;
	return from;
}

List *
gw_conditions(List *clauses)
{
	List *result = NIL;
	ListCell *lc;

	foreach(lc, clauses)
	{
		GwCondition *condition = palloc0(sizeof(GwCondition));
		Expr *expr = lfirst(lc);

		condition->expr = IsA(expr, RestrictInfo) ? ((RestrictInfo *) expr)->clause : expr;
		result = lappend(result, condition);
	}
	return result;
}

GwCondition *
gw_condition_exists(GwQuery *query, bool negated)
{
	GwCondition *condition = palloc0(sizeof(GwCondition));

	condition->exists = query;
	condition->negated = negated;
	return condition;
}

char *
gw_query_column(int n)
{
	return psprintf("c%d", n);
}
