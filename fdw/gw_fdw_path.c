/*
 * gw_fdw_path.c
 *	  The ways to read a foreign table: as it comes, sorted by the remote, and
 *	  with parameters as the inner side of a join.
 *
 * It decides nothing about single clauses (gw_fdw_shippable.c) and writes no
 * SQL.  Paths live in the planner's context.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/gw_compat.h"
#include "fdw/gw_pushed.h"


/* ---- sorted ---- */

/* Over a join, only what its remote query has at hand can be sorted by. */
static bool
path_sorts_by(RelOptInfo *rel, Expr *expr, Oid sort_operator)
{
	const GwPushed *pushed;
	bool wrapped;

	if (IS_SIMPLE_REL(rel))
		return gw_ship_sort(((GwRelation *) rel->fdw_private)->scope, expr, sort_operator, NULL,
							&wrapped, NULL);
	pushed = rel->fdw_private;
	return gw_pushed_is_exact(pushed, expr, NULL) &&
		   gw_ship_sort(pushed->query->scope, expr, sort_operator, NULL, &wrapped, NULL);
}

bool
gw_sort_key(PlannerInfo *root, RelOptInfo *rel, PathKey *pathkey, GwSortKey *key)
{
	EquivalenceClass *ec = pathkey->pk_eclass;
	ListCell *lc;

	if (ec->ec_has_volatile)
		return false;

	foreach(lc, ec->ec_members)
	{
		EquivalenceMember *em = lfirst_node(EquivalenceMember, lc);
		Oid operator;

		/* No constants: a literal in ORDER BY would be a column number. */
		if (em->em_is_const || bms_is_empty(em->em_relids) ||
			!bms_is_subset(em->em_relids, rel->relids))
			continue;
		operator = gw_pathkey_operator(pathkey, em->em_datatype);
		if (!OidIsValid(operator) ||
			!path_sorts_by(rel, em->em_expr, operator))
			continue;

		key->expr = em->em_expr;
		key->sort_operator = operator;
		key->descending = gw_pathkey_descending(pathkey);
		key->nulls_first = pathkey->pk_nulls_first;
		return true;
	}
	return false;
}

/*
 * Can the remote produce this whole order?  Where clauses are left for here,
 * it would sort rows that they drop, and computing a key might fail on one of
 * those: then only plain columns are sorted over there.
 */
bool
gw_order_is_remote(PlannerInfo *root, RelOptInfo *rel, List *pathkeys)
{
	const GwRelation *gw = IS_SIMPLE_REL(rel) ? rel->fdw_private : NULL;
	bool plain_only = gw != NULL && (gw->local_conds != NIL || gw->superset_conds != NIL);
	GwSortKey key;
	ListCell *lc;

	if (gw != NULL && !gw->pushdown)
		return false;
	foreach(lc, pathkeys)
	{
		if (!gw_sort_key(root, rel, lfirst_node(PathKey, lc), &key))
			return false;
		if (plain_only && !IsA(strip_implicit_coercions((Node *) key.expr), Var))
			return false;
	}
	return true;
}

/* The order the query itself asks for, sorted by the remote if it can. */
static void
path_add_sorted(PlannerInfo *root, RelOptInfo *rel, Cost startup, Cost total)
{
	List *pathkeys = root->query_pathkeys;

	if (pathkeys == NIL || !gw_order_is_remote(root, rel, pathkeys))
		return;
	gw_pushed_sort_cost(rel, &startup, &total);
	add_path(rel, (Path *) gw_create_scan_path(root, rel, NULL, rel->rows, startup, total,
											   pathkeys, rel->lateral_relids, NIL));
}


/* ---- with parameters ---- */

/* Which equivalence member path_match_member() is after. */
typedef struct PathMember
{
	Expr *current;
	List *used;
} PathMember;

/* Pick one not yet used member of this relation, and stay with it. */
static bool
path_match_member(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec,
				  EquivalenceMember *em, void *arg)
{
	PathMember *member = arg;

	if (member->current != NULL)
		return equal(em->em_expr, member->current);
	if (list_member(member->used, em->em_expr))
		return false;
	member->current = em->em_expr;
	return true;
}

/* A join clause that the remote can evaluate, given the other side's values. */
static bool
path_is_remote_join(PlannerInfo *root, RelOptInfo *rel, RestrictInfo *rinfo)
{
	char *reason;

	return join_clause_is_movable_to(rinfo, rel) &&
		gw_relation_verdict(root, rel, rinfo, &reason) != GW_LOCAL;
}

/* Every join clause the remote can evaluate, from joininfo and equivalences. */
static List *
path_remote_joins(PlannerInfo *root, RelOptInfo *rel)
{
	List *clauses = NIL;
	PathMember member = {NULL, NIL};
	ListCell *lc;

	foreach(lc, rel->joininfo)
	{
		if (path_is_remote_join(root, rel, lfirst_node(RestrictInfo, lc)))
			clauses = lappend(clauses, lfirst(lc));
	}

	if (!rel->has_eclass_joins)
		return clauses;
	for (;;)
	{
		List *implied;

		member.current = NULL;
		implied = generate_implied_equalities_for_column(root, rel, path_match_member, &member,
														 rel->lateral_referencers);
		if (member.current == NULL)
			return clauses;
		foreach(lc, implied)
		{
			if (path_is_remote_join(root, rel, lfirst_node(RestrictInfo, lc)))
				clauses = lappend(clauses, lfirst(lc));
		}
		member.used = lappend(member.used, member.current);
	}
}

/* Is this remote column the first of a key the remote enforces? */
static bool
path_leads_a_key(const GwSchema *facts, const char *column)
{
	int i;

	if (facts->primary != NULL && facts->primary->ncolumns > 0 &&
		strcmp(facts->primary->columns[0], column) == 0)
		return true;
	for (i = 0; i < facts->nunique; i++)
	{
		if (facts->unique[i].ncolumns > 0 && strcmp(facts->unique[i].columns[0], column) == 0)
			return true;
	}
	return false;
}

/* Does one of the clauses compare the leading column of a key for equality? */
static bool
path_is_by_key(RelOptInfo *rel, List *clauses)
{
	GwRelation *gw = rel->fdw_private;
	const GwSchema *facts = gw_relation_facts(gw);
	ListCell *lc;

	if (facts == NULL)
		return false;
	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		ListCell *arg;

		/* A usable equality is one the planner could merge or hash on. */
		if (!is_opclause(rinfo->clause) ||
			(rinfo->mergeopfamilies == NIL && !OidIsValid(rinfo->hashjoinoperator)))
			continue;
		foreach(arg, ((OpExpr *) rinfo->clause)->args)
		{
			Node *node = lfirst(arg);

			if (IsA(node, RelabelType))
				node = (Node *) ((RelabelType *) node)->arg;
			if (IsA(node, Var) && ((Var *) node)->varno == rel->relid &&
				((Var *) node)->varattno > 0 &&
				path_leads_a_key(facts, gw_remote_column(gw->relid, ((Var *) node)->varattno)))
				return true;
		}
	}
	return false;
}

/*
 * Looking up the rows that an UPDATE changes would show what an earlier row of
 * the join was changed to, or change a row again for another that finds it.
 */
static bool
path_meets_own_writes(PlannerInfo *root, RelOptInfo *rel)
{
	return root->parse->commandType == CMD_UPDATE &&
		   bms_is_member(rel->relid, root->all_result_relids);
}

static void
path_add_parameterised(PlannerInfo *root, RelOptInfo *rel, ParamPathInfo *ppi)
{
	const GwRelation *gw = rel->fdw_private;
	List *remote = NIL;
	List *local = list_concat_copy(gw->local_conds, gw->superset_conds);
	double selectivity;
	double fetched;
	Cost startup;
	Cost total;
	char *reason;
	ListCell *lc;

	foreach(lc, ppi->ppi_clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (gw_relation_verdict(root, rel, rinfo, &reason) == GW_LOCAL)
			local = lappend(local, rinfo);
		else
			remote = lappend(remote, rinfo);
	}

	selectivity = clauselist_selectivity(root, remote, rel->relid, JOIN_INNER, NULL);
	fetched = clamp_row_est(gw->rows * selectivity);
	gw_estimate_scan(root, rel, fetched, local,
					 path_is_by_key(rel, remote) ? GW_ACCESS_BY_KEY : GW_ACCESS_BY_ROW,
					 &startup, &total);
	add_path(rel, (Path *) gw_create_scan_path(root, rel, NULL, ppi->ppi_rows, startup, total,
											   NIL, ppi->ppi_req_outer, NIL));
}

static void
path_add_joins(PlannerInfo *root, RelOptInfo *rel)
{
	List *done = NIL;
	ListCell *lc;

	foreach(lc, path_remote_joins(root, rel))
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		Relids outer = bms_union(rinfo->clause_relids, rel->lateral_relids);
		ParamPathInfo *ppi;

		outer = bms_del_member(outer, rel->relid);
		if (bms_is_empty(outer))
			continue;
		/* The planner keeps one ParamPathInfo for each set of outer relations. */
		ppi = get_baserel_parampathinfo(root, rel, outer);
		if (list_member_ptr(done, ppi))
			continue;
		done = lappend(done, ppi);
		path_add_parameterised(root, rel, ppi);
	}
}

void
gw_get_paths(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	GwRelation *gw = rel->fdw_private;
	List *local = list_concat_copy(gw->local_conds, gw->superset_conds);
	Cost startup;
	Cost total;

	gw_estimate_scan(root, rel, gw->rows, local, GW_ACCESS_WHOLE, &startup, &total);
	add_path(rel, (Path *) gw_create_scan_path(root, rel, NULL, rel->rows, startup, total, NIL,
											   rel->lateral_relids, NIL));
	path_add_sorted(root, rel, startup, total);
	if (gw->pushdown && !path_meets_own_writes(root, rel))
		path_add_joins(root, rel);

	/* Remembered for LIMIT (gw_fdw_upper.c). */
	gw->startup_cost = startup;
	gw->total_cost = total;
}
