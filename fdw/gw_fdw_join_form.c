/*
 * gw_fdw_join_form.c
 *	  Joins that a dialect's language has, and its service does not make.
 *
 * Knows nothing of what conditions mean: that they are exact is judged
 * elsewhere.  Keeps nothing.
 */
#include "postgres.h"

#include "fdw/gw_foreign.h"
#include "nodes/nodeFuncs.h"

/* What an expression reads. */
#define READS_LEFT 1
#define READS_RIGHT 2
#define READS_OTHER 4

typedef struct JoinReads
{
	const GwFrom *left, *right;
	int seen;
} JoinReads;

static bool
from_has(const GwFrom *from, Index varno)
{
	if (from->source != NULL)
		return from->source->varno == varno;
	return from_has(from->left, varno) || from_has(from->right, varno);
}

static bool
join_reads_walker(Node *node, void *arg)
{
	JoinReads *reads = (JoinReads *) arg;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		const Var *var = (const Var *) node;

		if (var->varlevelsup == 0 && from_has(reads->left, var->varno))
			reads->seen |= READS_LEFT;
		else if (var->varlevelsup == 0 && from_has(reads->right, var->varno))
			reads->seen |= READS_RIGHT;
		else
			reads->seen |= READS_OTHER;
		return false;
	}
	if (IsA(node, SubLink))
		reads->seen |= READS_OTHER;
	return expression_tree_walker(node, join_reads_walker, arg);
}

static int
join_reads(const GwFrom *left, const GwFrom *right, Node *expr)
{
	JoinReads reads = {left, right, 0};

	(void) join_reads_walker(expr, &reads);
	return reads.seen;
}

/* left = right, written as nothing but that, by itself or beside others. */
static bool
join_equates(const GwDialect *dialect, const GwFrom *left, const GwFrom *right, Expr *expr)
{
	GwForm form;
	int sides[2];
	ListCell *lc;

	if (is_andclause(expr))
	{
		foreach(lc, ((BoolExpr *) expr)->args)
		{
			if (join_equates(dialect, left, right, lfirst(lc)))
				return true;
		}
		return false;
	}
	if (expr == NULL || !IsA(expr, OpExpr) || list_length(((OpExpr *) expr)->args) != 2)
		return false;
	gw_foreign_form(dialect, (Node *) expr, &form);
	if (form.rule == NULL || strcmp(form.rule->name, "=") != 0 || form.rule->sql == NULL ||
		strcmp(form.rule->sql, "({1} = {2})") != 0)
		return false;
	sides[0] = join_reads(left, right, linitial(((OpExpr *) expr)->args));
	sides[1] = join_reads(left, right, lsecond(((OpExpr *) expr)->args));
	return (sides[0] == READS_LEFT && sides[1] == READS_RIGHT) ||
		   (sides[0] == READS_RIGHT && sides[1] == READS_LEFT);
}

static bool
join_subselect_walker(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	return IsA(node, SubLink) || expression_tree_walker(node, join_subselect_walker, arg);
}

const char *
gw_join_form(const GwDialect *dialect, JoinType type, const GwFrom *left, const GwFrom *right,
			 List *conditions)
{
	bool exists = type == JOIN_SEMI || type == JOIN_ANTI;
	bool equates = type == JOIN_INNER;
	ListCell *lc;

	if ((dialect->flags & GW_DIALECT_JOIN_EQUAL) == 0)
		return NULL;
	foreach(lc, conditions)
	{
		const GwCondition *condition = lfirst(lc);

		if (!exists && (condition->exists != NULL ||
						join_subselect_walker((Node *) condition->expr, NULL)))
			return "the remote has no sub-selects in the condition of a join";
		equates = equates || join_equates(dialect, left, right, condition->expr);
	}
	return equates ? NULL : "the remote needs an equality between its sides";
}
