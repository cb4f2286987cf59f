/*
 * gw_fdw_limit.c
 *	  LIMIT and OFFSET at the remote.
 *
 * Only where every row the remote sends becomes one row of the query, in its
 * order, so that the rows it leaves out are the right ones.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fdw/gw_pushed.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"

#include "base/gw_compat.h"

/* A LIMIT over there never costs more than the same LIMIT here; let it win. */
#define LIMIT_FACTOR 0.9

/* What is to be limited, and what it costs without. */
typedef struct LimitInput
{
	RelOptInfo *rel; /* the parent of the path */
	double rows;
	Cost startup, total;
	List *pathkeys; /* the order the remote is asked for by the path */
} LimitInput;

/* ---- over scans and joins ---- */

/*
 * Does every row of the scan become one row of the query, in the scan's
 * order?  Anything that drops, merges, multiplies or locks rows between the
 * scan and LIMIT keeps LIMIT here.
 */
static bool
limit_query_is_plain(PlannerInfo *root)
{
	const Query *parse = root->parse;

	return parse->groupClause == NIL && parse->groupingSets == NIL &&
		   parse->havingQual == NULL && parse->distinctClause == NIL && !parse->hasAggs &&
		   !parse->hasWindowFuncs;
}

/* The base or join relation that is the whole query, or NULL. */
static RelOptInfo *
limit_whole_relation(PlannerInfo *root, const RelOptInfo *output)
{
	RelOptInfo *rel;
	int relid;

	if (!bms_get_singleton_member(root->all_baserels, &relid))
		rel = find_join_rel(root, root->all_baserels);
	else
		rel = root->simple_rel_array[relid];
	if (rel == NULL || rel->fdwroutine != output->fdwroutine || rel->fdw_private == NULL ||
		(rel->reloptkind != RELOPT_JOINREL &&
		 (rel->reloptkind != RELOPT_BASEREL || rel->rtekind != RTE_RELATION)))
		return NULL;
	return rel;
}

static bool
limit_scan(PlannerInfo *root, RelOptInfo *output, LimitInput *input)
{
	RelOptInfo *rel = limit_whole_relation(root, output);

	if (!limit_query_is_plain(root) || rel == NULL || gw_pushed_input(root, rel) == NULL ||
		!gw_order_is_remote(root, rel, root->sort_pathkeys))
		return false;
	input->rel = rel;
	input->pathkeys = root->sort_pathkeys;
	if (IS_SIMPLE_REL(rel))
	{
		const GwRelation *gw = rel->fdw_private;

		/* Its gate would stand above the limit. */
		if (root->hasPseudoConstantQuals)
			return false;
		input->rows = gw->rows;
		input->startup = gw->startup_cost;
		input->total = gw->total_cost;
	}
	else
	{
		input->rows = ((GwPushed *) rel->fdw_private)->rows;
		gw_pushed_cost(root, rel->fdw_private, &input->startup, &input->total);
	}
	if (root->sort_pathkeys != NIL)
		gw_pushed_sort_cost(rel, &input->startup, &input->total);
	return true;
}

/* ---- over the steps above them ---- */

static bool
limit_upper(PlannerInfo *root, RelOptInfo *below, RelOptInfo *output, LimitInput *input)
{
	GwPushed *pushed;
	char *reason;

	if (IS_SIMPLE_REL(below) || IS_JOIN_REL(below))
		return false;
	pushed = gw_pushed_input(root, below);
	if (pushed == NULL)
		return false;
	pushed = gw_pushed_copy(pushed);
	if (pushed->query->distinct)
		pushed->columns = ((GwPushed *) below->fdw_private)->columns;
	else if (!gw_pushed_set_columns(pushed, root->upper_targets[UPPERREL_FINAL]->exprs, &reason))
		return false;
	input->rel = output;
	input->rows = pushed->rows;
	gw_pushed_cost(root, pushed, &input->startup, &input->total);
	output->fdw_private = pushed;
	return true;
}

/* ---- the path ---- */

bool
gw_limit_is_plain(const Const *bound)
{
	/* More is no number of rows in some products. */
	return bound->constisnull || (DatumGetInt64(bound->constvalue) >= 0 &&
								  DatumGetInt64(bound->constvalue) <= PG_INT32_MAX);
}

/*
 * A LIMIT or OFFSET the remote can be given: *bound becomes the expression, or
 * NULL when it says nothing.  A negative constant stays here for the proper
 * error, and a parameter goes only where the remote's rules for NULL and
 * negative values are PostgreSQL's.
 */
static bool
limit_bound(const GwRelation *gw, Node *node, Expr **bound)
{
	*bound = NULL;
	if (node == NULL)
		return true;
	if (IsA(node, Const))
	{
		Const *value = (Const *) node;

		if (value->constisnull)
			return true;
		if (!gw_limit_is_plain(value))
			return false;
		*bound = (Expr *) value;
		return true;
	}
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN &&
		(gw->dialect->flags & GW_DIALECT_POSTGRES) != 0)
	{
		*bound = (Expr *) node;
		return true;
	}
	return false;
}

static void
limit_add_path(PlannerInfo *root, RelOptInfo *output, LimitInput *input, List *bounds,
			   const FinalPathExtraData *extra)
{
	PathTarget *target = root->upper_targets[UPPERREL_FINAL];
	ForeignPath *path;

	adjust_limit_rows_costs(&input->rows, &input->startup, &input->total, extra->offset_est,
							extra->count_est);
	input->startup = input->startup * LIMIT_FACTOR + target->cost.startup;
	input->total = input->total * LIMIT_FACTOR + target->cost.startup +
				   target->cost.per_tuple * input->rows;

	/*
	 * Over a base relation it is the path's parent: the plan node then is an
	 * ordinary scan of the table, whose columns, tableoid and whole row need
	 * no description of their own.
	 */
	if (IS_SIMPLE_REL(input->rel))
		path = gw_create_scan_path(root, input->rel, target, input->rows, input->startup,
								   input->total, input->pathkeys, NULL, bounds);
	else if (IS_JOIN_REL(input->rel))
		path = gw_create_join_path(root, input->rel, target, input->rows, input->startup,
								   input->total, input->pathkeys, bounds);
	else
		path = gw_create_upper_path(root, input->rel, target, input->rows, input->startup,
									input->total, root->sort_pathkeys, bounds);
	add_path(output, (Path *) path);
}

void
gw_limit_paths(PlannerInfo *root, RelOptInfo *below, RelOptInfo *output,
			   const FinalPathExtraData *extra)
{
	const Query *parse = root->parse;
	LimitInput input = {0};
	GwRelation *server;
	RelOptInfo *rel;
	Expr *limit;
	Expr *offset;
	int relid = bms_next_member(root->all_baserels, -1);

	if (!extra->limit_needed || parse->commandType != CMD_SELECT || parse->rowMarks != NIL ||
		parse->hasTargetSRFs || parse->setOperations != NULL ||
		parse->limitOption == LIMIT_OPTION_WITH_TIES)
		return;
	/* An expression with effects must see the rows OFFSET skips. */
	if (contain_volatile_functions((Node *) root->upper_targets[UPPERREL_FINAL]->exprs))
		return;
	rel = relid >= 0 ? root->simple_rel_array[relid] : NULL;
	if (rel == NULL || rel->rtekind != RTE_RELATION || rel->fdw_private == NULL)
		return;
	server = rel->fdw_private;
	if ((server->dialect->flags & GW_DIALECT_NO_LIMIT) != 0)
		return;
	if (!limit_bound(server, parse->limitCount, &limit) ||
		!limit_bound(server, parse->limitOffset, &offset) || (limit == NULL && offset == NULL))
		return;
	if (offset != NULL && root->sort_pathkeys == NIL &&
		(server->dialect->flags & GW_DIALECT_OFFSET_ORDERED) != 0)
		return;
	if (limit_upper(root, below, output, &input) || limit_scan(root, output, &input))
		limit_add_path(root, output, &input, list_make2(limit, offset), extra);
}
