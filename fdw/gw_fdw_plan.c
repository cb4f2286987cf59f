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

#include "fdw/gw_pushed.h"
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

/* What was known of the tables; and why the query does not run whole. */
static List *
plan_tables_to_list(const GwScanPlan *plan)
{
	List *shapes = NIL;
	ListCell *lc;

	foreach(lc, plan->shapes)
		shapes = lappend(shapes, makeString(lfirst(lc)));
	return list_make3(makeString(plan->not_whole != NULL ? plan->not_whole : ""), plan->tables,
					  shapes);
}

static void
plan_tables_from_list(GwScanPlan *plan, List *list)
{
	ListCell *lc;

	plan->not_whole = strVal(linitial(list));
	if (plan->not_whole[0] == '\0')
		plan->not_whole = NULL;
	plan->tables = lsecond(list);
	foreach(lc, (List *) lthird(list))
		plan->shapes = lappend(plan->shapes, strVal(lfirst(lc)));
}

List *
gw_scan_plan_to_list(const GwScanPlan *plan)
{
	List *reasons = NIL;
	List *notes = NIL;
	ListCell *lc;

	foreach(lc, plan->notes)
		notes = lappend(notes, makeString(lfirst(lc)));
	foreach(lc, plan->reasons)
	{
		const GwLocalReason *reason = lfirst(lc);

		reasons = lappend(reasons, list_make2(reason->clause, makeString(reason->reason)));
	}
	return list_make5(list_make5(makeString(plan->sql), plan->retrieved_attrs, reasons,
								 plan->compared_attrs,
								 list_make3(notes, makeString(plan->relations != NULL
																  ? plan->relations
																  : ""),
											plan_tables_to_list(plan))),
					  makeInteger(plan->fetch_size),
					  makeString(psprintf(INT64_FORMAT, plan->max_rows)),
					  list_make5_int(plan->stream_flags, plan->fetch_mode, plan->has_cursors,
									 plan->binary, plan->whole),
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
	foreach(lc, (List *) linitial((List *) list_nth(statement, 4)))
		plan->notes = lappend(plan->notes, strVal(lfirst(lc)));
	plan->relations = strVal(lsecond((List *) list_nth(statement, 4)));
	if (plan->relations[0] == '\0')
		plan->relations = NULL;
	plan_tables_from_list(plan, lthird((List *) list_nth(statement, 4)));
	plan->fetch_size = intVal(lsecond(list));
	plan->max_rows = strtoll(strVal(lthird(list)), NULL, 10);
	modes = lfourth(list);
	plan->stream_flags = linitial_int(modes);
	plan->fetch_mode = (GwFetchMode) lsecond_int(modes);
	plan->has_cursors = lthird_int(modes) != 0;
	plan->binary = lfourth_int(modes) != 0;
	plan->whole = list_nth_int(modes, 4) != 0;
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

/* Does it fetch what tells the remote's rows apart? */
static bool
plan_has_row_id(const GwScanPlan *plan)
{
	return plan->retrieved_attrs != NIL && llast_int(plan->retrieved_attrs) < 0;
}

/* As far as planning can say. */
void
gw_scan_plan_fetch(const GwRelation *gw, List *types, GwScanPlan *plan)
{
	int nwanted = 0;
	ListCell *lc;

	plan->fetch_size = (int) gw_option_int(gw->options, "fetch_size");
	plan->max_rows = gw_option_int(gw->options, "max_rows");
	plan->fetch_mode = gw_fetch_mode(gw->options);
	plan->has_cursors = (gw->platform->caps & GW_CAP_CURSORS) != 0;
	foreach(lc, types)
	{
		if (gw_value_binary_wanted(lfirst_oid(lc)))
			nwanted++;
	}
	/* Single columns as text change the statement, which an order does not survive. */
	plan->binary = (gw->platform->caps & GW_CAP_BINARY_ROWS) != 0 &&
		(nwanted == list_length(types) ||
		 (nwanted > 0 && (plan->stream_flags & GW_STREAM_UNORDERED) != 0 &&
		  !plan_has_row_id(plan)));
}

void
gw_scan_plan_fetch_all(List *relations, List *types, GwScanPlan *plan)
{
	ListCell *lc;

	gw_scan_plan_fetch(linitial(relations), types, plan);
	foreach(lc, relations)
	{
		GwScanPlan one = *plan;

		gw_scan_plan_fetch(lfirst(lc), types, &one);
		if (one.fetch_size > 0 && (plan->fetch_size == 0 || one.fetch_size < plan->fetch_size))
			plan->fetch_size = one.fetch_size;
		if (one.max_rows > 0 && (plan->max_rows == 0 || one.max_rows < plan->max_rows))
			plan->max_rows = one.max_rows;
		if (one.fetch_mode == GW_FETCH_CURSOR || plan->fetch_mode == GW_FETCH_STREAM)
			plan->fetch_mode = one.fetch_mode;
	}
}

void
gw_scan_plan_keep_shapes(List *relations, GwScanPlan *plan)
{
	ListCell *lc;

	foreach(lc, relations)
	{
		GwRelation *relation = lfirst(lc);

		/* Where nothing was asked about the columns, nothing follows from them. */
		if (!relation->facts_asked || list_member_oid(plan->tables, relation->relid))
			continue;
		plan->tables = lappend_oid(plan->tables, relation->relid);
		plan->shapes = lappend(plan->shapes, gw_relation_shape(relation));
	}
}

/* The types of the columns that are fetched. */
static List *
plan_types(const GwRelation *gw, List *attrs)
{
	List *types = NIL;
	ListCell *lc;

	foreach(lc, attrs)
		types = lappend_oid(types, get_atttype(gw->relid, (AttrNumber) lfirst_int(lc)));
	return types;
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

/*
 * Does the remote compare texts?  Their collations show in nothing that comes
 * back; what is compared of other types either is of the same type or an error.
 */
static bool
plan_compares_text(const GwRelation *gw, Bitmapset *compared)
{
	int member = -1;

	while ((member = bms_next_member(compared, member)) >= 0)
	{
		AttrNumber attno = member + FirstLowInvalidHeapAttributeNumber;

		if (attno > 0 && OidIsValid(get_typcollation(get_atttype(gw->relid, attno))))
			return true;
	}
	return false;
}

ForeignScan *
gw_get_plan(PlannerInfo *root, RelOptInfo *rel, Oid relid, ForeignPath *path, List *tlist,
			List *scan_clauses, Plan *outer_plan)
{
	GwRelation *gw = rel->fdw_private;
	PlanClauses clauses;
	GwSelectSpec spec = {.pathkeys = path->path.pathkeys};
	GwScanPlan plan = {.stream_flags = GW_STREAM_MAY_STOP};
	List *params = NIL;
	Bitmapset *compared;
	ListCell *lc;

	if (!IS_SIMPLE_REL(rel))
		return gw_pushed_plan(root, rel, path, tlist, outer_plan);

	plan_share_out(root, rel, scan_clauses, &clauses);
	spec.attrs_used = gw->attrs_used;
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
	gw_scan_plan_fetch(gw, plan_types(gw, plan.retrieved_attrs), &plan);
	foreach(lc, plan.retrieved_attrs)
	{
		if (bms_is_member(lfirst_int(lc) - FirstLowInvalidHeapAttributeNumber, compared))
			plan.compared_attrs = lappend_int(plan.compared_attrs, lfirst_int(lc));
	}
	if (plan_compares_text(gw, compared))
		gw_scan_plan_keep_shapes(list_make1(gw), &plan);
	plan.reasons = clauses.reasons;
	plan.notes = gw->notes;
	plan.serverid = gw->serverid;
	if (path->path.param_info != NULL)
		plan.stream_flags |= GW_STREAM_RESCAN;

	return make_foreignscan(tlist, clauses.local, rel->relid, params,
							gw_scan_plan_to_list(&plan), NIL, clauses.recheck, outer_plan);
}
