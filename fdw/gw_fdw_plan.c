/*
 * gw_fdw_plan.c
 *	  From the chosen path to the plan node: the remote statement, what is
 *	  evaluated here, and how both travel to the executor.
 *
 * A plan may be cached for long; it holds nothing but Nodes.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"

#include "fdw/gw_fdw.h"
#include "schema/gw_value.h"

/* How the clauses of one scan are shared out. */
typedef struct PlanClauses
{
	List *remote;  /* RestrictInfo: in the remote WHERE */
	List *recheck; /* Expr: remote and exact, for EvalPlanQual */
	List *local;   /* Expr: evaluated here */
	List *reasons; /* GwLocalReason */
} PlanClauses;

/* ---- the reasons, in a form that outlives the planner ---- */

/* What plan_portable_mutator() needs to know. */
typedef struct PlanPortable
{
	Index relid;
	int nparams;
} PlanPortable;

/* Vars of the relation get varno 1; other relations' become parameters. */
static Node *
plan_portable_mutator(Node *node, void *arg)
{
	PlanPortable *portable = arg;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varno == portable->relid)
	{
		Var *var = copyObject((Var *) node);

		var->varno = 1;
		var->varnosyn = 0;
		var->varattnosyn = 0;
		return (Node *) var;
	}
	if (IsA(node, Var) || IsA(node, PlaceHolderVar))
	{
		Param *param = makeNode(Param);

		param->paramkind = PARAM_EXTERN;
		param->paramid = ++portable->nparams;
		param->paramtype = exprType(node);
		param->paramtypmod = exprTypmod(node);
		param->paramcollid = exprCollation(node);
		param->location = -1;
		return (Node *) param;
	}
	return expression_tree_mutator(node, plan_portable_mutator, arg);
}

static void
plan_add_reason(PlanClauses *clauses, RelOptInfo *rel, Expr *clause, char *reason)
{
	PlanPortable portable = {rel->relid, 0};
	Expr *copy = (Expr *) plan_portable_mutator((Node *) clause, &portable);

	clauses->reasons = lappend(clauses->reasons, gw_local_reason(copy, reason));
}

/* ---- serialised form ---- */

List *
gw_scan_plan_to_list(const GwScanPlan *plan)
{
	List *reasons = NIL;
	ListCell *lc;

	foreach(lc, plan->reasons)
	{
		const GwLocalReason *reason = lfirst(lc);

		reasons = lappend(reasons, list_make2(reason->clause, makeString(reason->reason)));
	}
	return list_make5(list_make4(makeString(plan->sql), plan->retrieved_attrs, reasons,
								 plan->compared_attrs),
					  makeInteger(plan->fetch_size),
					  makeString(psprintf(INT64_FORMAT, plan->max_rows)),
					  list_make4_int(plan->stream_flags, plan->fetch_mode, plan->has_cursors,
									 plan->binary),
					  list_make1_oid(plan->serverid));
}

GwScanPlan *
gw_scan_plan_from_list(List *list)
{
	GwScanPlan *plan = palloc0(sizeof(GwScanPlan));
	List *statement = linitial(list);
	List *modes;
	ListCell *lc;

	plan->sql = strVal(linitial(statement));
	plan->retrieved_attrs = lsecond(statement);
	foreach(lc, (List *) lthird(statement))
	{
		List *pair = lfirst(lc);

		plan->reasons = lappend(plan->reasons,
								gw_local_reason(linitial(pair), strVal(lsecond(pair))));
	}
	plan->compared_attrs = lfourth(statement);
	plan->fetch_size = intVal(lsecond(list));
	plan->max_rows = strtoll(strVal(lthird(list)), NULL, 10);
	modes = lfourth(list);
	plan->stream_flags = linitial_int(modes);
	plan->fetch_mode = (GwFetchMode) lsecond_int(modes);
	plan->has_cursors = lthird_int(modes) != 0;
	plan->binary = lfourth_int(modes) != 0;
	plan->serverid = linitial_oid(list_nth(list, 4));
	return plan;
}

/* ---- the plan node ---- */

static void
plan_share_out(PlannerInfo *root, RelOptInfo *rel, List *scan_clauses, PlanClauses *clauses)
{
	GwRelation *gw = rel->fdw_private;
	ListCell *lc;

	memset(clauses, 0, sizeof(PlanClauses));
	foreach(lc, gw->reasons)
	{
		const GwLocalReason *reason = lfirst(lc);

		plan_add_reason(clauses, rel, reason->clause, reason->reason);
	}

	foreach(lc, scan_clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		GwVerdict verdict;
		char *reason = NULL;

		/* Constant clauses become a one-time filter above the scan. */
		if (rinfo->pseudoconstant)
			continue;

		if (list_member_ptr(gw->exact_conds, rinfo))
			verdict = GW_EXACT;
		else if (list_member_ptr(gw->superset_conds, rinfo))
			verdict = GW_SUPERSET;
		else if (list_member_ptr(gw->local_conds, rinfo))
			verdict = GW_LOCAL;
		else
		{
			/* A join clause of a parameterised path. */
			verdict = gw_relation_verdict(root, rel, rinfo, &reason);
			if (verdict != GW_EXACT)
				plan_add_reason(clauses, rel, rinfo->clause, reason);
		}

		if (verdict != GW_LOCAL)
			clauses->remote = lappend(clauses->remote, rinfo);
		if (verdict == GW_EXACT)
			clauses->recheck = lappend(clauses->recheck, rinfo->clause);
		else
			clauses->local = lappend(clauses->local, rinfo->clause);
	}
}

/* How the rows shall travel, as far as planning can say. */
static void
plan_fetch(const GwRelation *gw, GwScanPlan *plan)
{
	const char *mode = gw_option_str(gw->options, "fetch_mode");
	int nwanted = 0;
	ListCell *lc;

	plan->fetch_size = (int) gw_option_int(gw->options, "fetch_size");
	plan->max_rows = gw_option_int(gw->options, "max_rows");
	plan->fetch_mode = mode == NULL || strcmp(mode, "auto") == 0 ? GW_FETCH_AUTO
					   : strcmp(mode, "stream") == 0			 ? GW_FETCH_STREAM
																 : GW_FETCH_CURSOR;
	plan->has_cursors = (gw->platform->caps & GW_CAP_CURSORS) != 0;
	foreach(lc, plan->retrieved_attrs)
	{
		if (gw_value_binary_wanted(get_atttype(gw->relid, (AttrNumber) lfirst_int(lc))))
			nwanted++;
	}
	/* Single columns as text change the statement, which an order does not survive. */
	plan->binary = (gw->platform->caps & GW_CAP_BINARY_ROWS) != 0 &&
		(nwanted == list_length(plan->retrieved_attrs) ||
		 (nwanted > 0 && (plan->stream_flags & GW_STREAM_UNORDERED) != 0));
}

/*
 * Columns by whose values the remote filters or sorts.  They were checked to
 * be of one type here and there; a plan that is kept must check again.  What
 * it sorts by is fetched for that.
 */
static Bitmapset *
plan_compared(PlannerInfo *root, RelOptInfo *rel, GwSelectSpec *spec)
{
	Bitmapset *sorted = NULL;
	Bitmapset *compared = NULL;
	ListCell *lc;

	foreach(lc, spec->pathkeys)
	{
		GwSortKey key;

		if (gw_sort_key(root, rel, lfirst_node(PathKey, lc), &key))
			pull_varattnos((Node *) key.expr, rel->relid, &sorted);
	}
	foreach(lc, spec->conds)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause, rel->relid, &compared);
	spec->attrs_used = bms_union(spec->attrs_used, sorted);
	return bms_join(compared, sorted);
}

ForeignScan *
gw_get_plan(PlannerInfo *root, RelOptInfo *rel, Oid relid, ForeignPath *path, List *tlist,
			List *scan_clauses, Plan *outer_plan)
{
	const GwRelation *gw = rel->fdw_private;
	PlanClauses clauses;
	GwSelectSpec spec = {.attrs_used = gw->attrs_used, .pathkeys = path->path.pathkeys};
	GwScanPlan plan = {.serverid = gw->serverid, .stream_flags = GW_STREAM_MAY_STOP};
	List *params = NIL;
	Bitmapset *compared;
	ListCell *lc;

	plan_share_out(root, rel, scan_clauses, &clauses);
	spec.conds = clauses.remote;
	if (path->fdw_private != NIL)
	{
		spec.limit = linitial(path->fdw_private);
		spec.offset = lsecond(path->fdw_private);
		spec.has_limit = true;
	}

	compared = plan_compared(root, rel, &spec);
	plan.sql = gw_deparse_select(root, rel, &spec, &plan.retrieved_attrs, &params);
	if (path->path.pathkeys == NIL)
		plan.stream_flags |= GW_STREAM_UNORDERED;
	plan_fetch(gw, &plan);
	foreach(lc, plan.retrieved_attrs)
	{
		if (bms_is_member(lfirst_int(lc) - FirstLowInvalidHeapAttributeNumber, compared))
			plan.compared_attrs = lappend_int(plan.compared_attrs, lfirst_int(lc));
	}
	plan.reasons = clauses.reasons;
	if (path->path.param_info != NULL)
		plan.stream_flags |= GW_STREAM_RESCAN;

	return make_foreignscan(tlist, clauses.local, rel->relid, params,
							gw_scan_plan_to_list(&plan), NIL, clauses.recheck, outer_plan);
}
