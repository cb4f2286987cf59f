/*
 * gw_fdw_join.c
 *	  Joins that the remote makes.
 *
 * Both sides have to be wholly the remote's, under the same user (the planner
 * offers no others), and every clause of the join exact.  Semi and anti joins
 * become [NOT] EXISTS.  Joins whose rows may have to be made again for a row
 * lock stay here, so do whole rows and system columns.
 *
 * Everything lives in the planner's context.
 */
#include "postgres.h"

#include "fdw/gw_foreign.h"
#include "fdw/gw_pushed.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/restrictinfo.h"

#include "base/gw_compat.h"

/* A join over there never costs more than the same join here; let it win. */
#define JOIN_FACTOR 0.9

/* The clauses of one join. */
typedef struct JoinClauses
{
	List *on;	 /* RestrictInfo: decide which rows match */
	List *where; /* RestrictInfo: applied to the result of an outer join */
} JoinClauses;

/* ---- clauses ---- */

static void
join_share_out(RelOptInfo *joinrel, JoinType type, List *clauses, JoinClauses *result)
{
	ListCell *lc;

	memset(result, 0, sizeof(*result));
	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (IS_OUTER_JOIN(type) && RINFO_IS_PUSHED_DOWN(rinfo, joinrel->relids))
			result->where = lappend(result->where, rinfo);
		else
			result->on = lappend(result->on, rinfo);
	}
}

/*
 * Are all of them exact?  A clause that may leak what it sees must not run
 * before the clauses of a security barrier below, and the remote promises no
 * order.
 */
static bool
join_are_exact(const GwPushed *pushed, List *clauses, char **reason)
{
	ListCell *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (rinfo->security_level > 0 && !rinfo->leakproof)
		{
			*reason = "it must not see rows that a security barrier hides";
			return false;
		}
		if (!gw_pushed_tests_exactly(pushed, rinfo->clause, reason))
			return false;
	}
	return true;
}

/* ---- the query ---- */

/* Copies of both sides' sources, each with an alias of its own. */
static void
join_add_sources(GwScope *scope, const GwScope *side, bool absent)
{
	ListCell *lc;

	foreach(lc, side->sources)
	{
		GwSource *source = palloc(sizeof(GwSource));

		*source = *(const GwSource *) lfirst(lc);
		source->alias = psprintf("r%u", source->varno);
		source->absent |= absent;
		scope->sources = lappend(scope->sources, source);
	}
}

/* The FROM item of one side, over the sources of the new scope. */
static GwFrom *
join_copy_from(const GwFrom *from, const GwScope *scope)
{
	Var var = {.xpr.type = T_Var};
	GwFrom *copy = palloc(sizeof(GwFrom));

	*copy = *from;
	if (from->source != NULL)
	{
		var.varno = from->source->varno;
		copy->source = (GwSource *) gw_scope_find(scope, &var, NULL);
	}
	else
	{
		copy->left = join_copy_from(from->left, scope);
		copy->right = join_copy_from(from->right, scope);
	}
	return copy;
}

static GwFrom *
join_side(const GwPushed *side, const GwScope *scope)
{
	return join_copy_from(linitial(side->query->from), scope);
}

/*
 * Conditions of one side of a full join have to be applied before it.  false:
 * that side is more than a table.
 */
static bool
join_filter_first(GwFrom *from, List *where)
{
	if (where == NIL)
		return true;
	if (from->source == NULL)
		return false;
	from->source->where = where;
	return true;
}

/* Where EXISTS stands for the far side: it has a scope inside the near one's. */
static GwCondition *
join_exists(const GwPushed *inner, GwScope *outer, List *on, bool negated)
{
	GwScope *scope = gw_scope_make(outer, true, outer->relations);
	GwQuery *query = gw_query_make(scope);

	join_add_sources(scope, inner->query->scope, false);
	query->from = list_make1(join_side(inner, scope));
	query->where = list_concat_copy(inner->query->where, gw_conditions(on));
	return gw_condition_exists(query, negated);
}

/*
 * The join as one query; its clauses are judged by the caller.  NULL: there is
 * no such form.
 */
static GwPushed *
join_make(const GwPushed *outer, const GwPushed *inner, JoinType type,
		  const JoinClauses *clauses)
{
	GwPushed *pushed = palloc0(sizeof(GwPushed));
	GwScope *scope = gw_scope_make(NULL, false,
								   list_concat_copy(outer->query->scope->relations,
													inner->query->scope->relations));
	GwQuery *query = gw_query_make(scope);
	List *on = gw_conditions(clauses->on);
	bool far = type == JOIN_SEMI || type == JOIN_ANTI;
	GwFrom *from;

	pushed->query = query;
	pushed->server = outer->server;
	join_add_sources(scope, outer->query->scope, false);
	query->where = list_copy(outer->query->where);
	from = join_side(outer, scope);
	if (far)
	{
		query->where = lappend(query->where,
							   join_exists(inner, scope, clauses->on, type == JOIN_ANTI));
		/* What is matched by nothing has no partner: its columns are NULL. */
		if (type == JOIN_ANTI)
			join_add_sources(scope, inner->query->scope, true);
	}
	else
	{
		GwFrom *right;

		join_add_sources(scope, inner->query->scope, false);
		right = join_side(inner, scope);
		if (type == JOIN_INNER)
			query->where = list_concat(query->where, inner->query->where);
		else if (type == JOIN_LEFT)
			on = list_concat(on, inner->query->where);
		else if (!join_filter_first(from, outer->query->where) ||
				 !join_filter_first(right, inner->query->where))
			return NULL;
		else
			query->where = NIL;
		from = gw_from_join(type, from, right, on);
	}
	query->from = list_make1(from);
	query->where = list_concat(query->where, gw_conditions(clauses->where));
	return pushed;
}

/* ---- costs ---- */

/* Is there an equality by which the remote can hash or merge? */
static bool
join_has_equality(List *clauses)
{
	ListCell *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (rinfo->can_join && (rinfo->mergeopfamilies != NIL ||
								OidIsValid(rinfo->hashjoinoperator)))
			return true;
	}
	return false;
}

static void
join_estimate(RelOptInfo *joinrel, const GwPushed *outer, const GwPushed *inner,
			  const JoinClauses *clauses, GwPushed *pushed)
{
	double pairs = join_has_equality(clauses->on) ? outer->rows + inner->rows
												  : outer->rows * inner->rows;

	pushed->rows = joinrel->rows;
	pushed->work = outer->work + inner->work + cpu_operator_cost * pairs +
				   cpu_tuple_cost * joinrel->rows;
}

/*
 * What can be done here from rows that are fetched first, the remote can do
 * without fetching them: through an index, in a better order.  So its work is
 * never more than that of the cheapest plan so far, which leaves the way of
 * the result as what decides.  true: it has become less.
 */
static bool
join_learn(PlannerInfo *root, RelOptInfo *joinrel, GwPushed *pushed)
{
	Cost work = pushed->work;
	Cost startup;
	Cost total;
	ListCell *lc;

	if (pushed->asked)
		return false;
	gw_pushed_cost(root, pushed, &startup, &total);
	foreach(lc, joinrel->pathlist)
	{
		const Path *path = lfirst(lc);

		if (!IsA(path, ForeignPath) && path->param_info == NULL)
			work = Min(work, JOIN_FACTOR * path->total_cost - (total - pushed->work));
	}
	work = Max(work, 0);
	if (work >= pushed->work)
		return false;
	pushed->work = work;
	return true;
}

static const char *
join_label(const GwPushed *outer, const GwPushed *inner, JoinType type)
{
	static const char *const words[] = {
		[JOIN_INNER] = "INNER JOIN", [JOIN_LEFT] = "LEFT JOIN", [JOIN_FULL] = "FULL JOIN",
		[JOIN_SEMI] = "SEMI JOIN",	 [JOIN_ANTI] = "ANTI JOIN",
	};

	return psprintf("(%s %s %s)", outer->label, words[type], inner->label);
}

/* ---- paths ---- */

/*
 * A row lock may ask for the join of given rows again, which only a local
 * join could answer.
 */
static bool
join_may_be_rechecked(PlannerInfo *root)
{
	return root->rowMarks != NIL ||
		   (root->parse->commandType != CMD_SELECT && root->parse->commandType != CMD_INSERT);
}

static bool
join_has_form(const GwDialect *dialect, JoinType type)
{
	switch (type)
	{
		case JOIN_FULL:
			return (dialect->can & GW_CAN_FULL_JOIN) != 0;
		case JOIN_SEMI:
		case JOIN_ANTI:
			return (dialect->can & GW_CAN_EXISTS) != 0;
		default:
			return true;
	}
}

/* NULL: the dialect can say it; else why not. */
static char *
join_form(const GwPushed *outer, const GwPushed *inner, JoinType type,
		  const JoinClauses *clauses)
{
	List *on = gw_conditions(clauses->on);

	if (type == JOIN_LEFT)
		on = list_concat(on, inner->query->where);
	return unconstify(char *, gw_join_form(outer->server->dialect, type,
										   linitial(outer->query->from),
										   linitial(inner->query->from), on));
}

static GwPushed *
join_push(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel, RelOptInfo *innerrel,
		  JoinType type, List *restrictlist, char **reason)
{
	GwPushed *outer = gw_pushed_input(root, outerrel);
	GwPushed *inner = gw_pushed_input(root, innerrel);
	GwPushed *pushed;
	GwPushed *all;
	JoinClauses clauses;
	JoinClauses none = {0};

	if (outer == NULL || inner == NULL)
		return NULL;
	if (!join_has_form(outer->server->dialect, type))
	{
		*reason = "the remote has no such join";
		return NULL;
	}
	join_share_out(joinrel, type, restrictlist, &clauses);
	if ((type == JOIN_SEMI || type == JOIN_ANTI) && !join_has_equality(clauses.on) &&
		(outer->server->dialect->can & GW_CAN_EXISTS_ANY) == 0)
	{
		*reason = "the remote needs an equality between its sides";
		return NULL;
	}
	*reason = join_form(outer, inner, type, &clauses);
	if (*reason != NULL)
		return NULL;
	pushed = join_make(outer, inner, type, &clauses);
	if (pushed == NULL)
		return NULL;

	/* What decides whether rows match sees both sides, whatever comes out. */
	all = type == JOIN_SEMI || type == JOIN_ANTI ? join_make(outer, inner, JOIN_INNER, &none)
												 : pushed;
	if (!join_are_exact(all, clauses.on, reason) ||
		!join_are_exact(pushed, clauses.where, reason) ||
		!gw_pushed_set_columns(pushed, joinrel->reltarget->exprs, reason))
		return NULL;
	pushed->label = join_label(outer, inner, type);
	join_estimate(joinrel, outer, inner, &clauses, pushed);
	if (gw_pushed_ask(pushed))
		joinrel->rows = pushed->rows;
	return pushed;
}

static void
join_add_sorted(PlannerInfo *root, RelOptInfo *joinrel, Cost startup, Cost total)
{
	if (root->query_pathkeys == NIL ||
		!gw_order_is_remote(root, joinrel, root->query_pathkeys))
		return;
	gw_pushed_sort_cost(joinrel, &startup, &total);
	add_path(joinrel, (Path *) gw_create_join_path(root, joinrel, NULL, joinrel->rows,
												   startup, total, root->query_pathkeys,
												   NIL));
}

static void
join_add_paths(PlannerInfo *root, RelOptInfo *joinrel)
{
	Cost startup;
	Cost total;

	gw_pushed_cost(root, joinrel->fdw_private, &startup, &total);
	add_path(joinrel, (Path *) gw_create_join_path(root, joinrel, NULL, joinrel->rows, startup,
												   total, NIL, NIL));
	join_add_sorted(root, joinrel, startup, total);
}

void
gw_get_join_paths(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel,
				  RelOptInfo *innerrel, JoinType jointype, JoinPathExtraData *extra)
{
	char *reason = NULL;

	/* One way of joining is enough: the remote finds its own order. */
	if (joinrel->fdw_private != NULL)
	{
		if (join_learn(root, joinrel, joinrel->fdw_private))
			join_add_paths(root, joinrel);
		return;
	}
	if (jointype != JOIN_INNER && jointype != JOIN_LEFT && jointype != JOIN_FULL &&
		jointype != JOIN_SEMI && jointype != JOIN_ANTI)
		return;
	if (!bms_is_empty(joinrel->lateral_relids))
		return;
	if (join_may_be_rechecked(root))
		reason = "a row lock may ask for its rows again";
	else
		joinrel->fdw_private = join_push(root, joinrel, outerrel, innerrel, jointype,
										 extra->restrictlist, &reason);
	if (joinrel->fdw_private != NULL)
	{
		(void) join_learn(root, joinrel, joinrel->fdw_private);
		join_add_paths(root, joinrel);
	}
	else if (reason != NULL)
		gw_pushed_note(root, joinrel->relids, "join", reason);
}
