/*
 * gw_deparse_stmt.c
 *	  Writing a query tree as one remote SELECT.
 *
 * Expressions are gw_deparse_expr.c's; what may be sent was decided before.
 * The statement and its parameters live in CurrentMemoryContext.
 */
#include "postgres.h"

#include "fdw/gw_foreign.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "schema/gw_value.h"

static void stmt_query(GwDeparse *cxt, const GwQuery *query);
static void stmt_source(GwDeparse *cxt, const GwSource *source);

/* A query of its own level. */
static void
stmt_inner(GwDeparse *cxt, const GwQuery *query)
{
	GwScope *scope = cxt->scope;
	List *grouped = cxt->grouped;

	cxt->scope = query->scope;
	cxt->grouped = NIL;
	cxt->depth++;
	stmt_query(cxt, query);
	cxt->depth--;
	cxt->grouped = grouped;
	cxt->scope = scope;
}

void
gw_deparse_nested(GwDeparse *cxt, const GwQuery *query)
{
	gw_sql(&cxt->buf, "(");
	stmt_inner(cxt, query);
	gw_sql(&cxt->buf, ")");
}

static bool
stmt_is_postgres(const GwDeparse *cxt)
{
	return (cxt->dialect->flags & GW_DIALECT_POSTGRES) != 0;
}

/* ---- the select list ---- */

/* A column by itself is fetched as it is, whatever its type. */
static void
stmt_target(GwDeparse *cxt, Expr *expr)
{
	if (IsA(expr, Var))
		gw_deparse_expr(cxt, expr);
	else
		gw_deparse_clause(cxt, expr);
}

const GwColumn *
gw_deparse_source_column(GwDeparse *cxt, Expr *expr)
{
	const Var *var = (const Var *) expr;
	const GwSource *source;

	if (!IsA(expr, Var) || var->varattno <= 0)
		return NULL;
	source = gw_scope_find(cxt->scope, var, NULL);
	if (source == NULL || source->absent || source->relation == NULL)
		return NULL;
	return gw_ship_column(source->relation, var->varattno);
}

/* What leaves the remote, in a form whose values the platform reads exactly. */
static void
stmt_fetched(GwDeparse *cxt, Expr *expr)
{
	GwSqlBuf saved = cxt->buf;
	char *text;

	if (!gw_dialect_has_fetch(cxt->dialect))
	{
		stmt_target(cxt, expr);
		return;
	}
	gw_sqlbuf_init(&cxt->buf);
	stmt_target(cxt, expr);
	text = cxt->buf.text.data;
	cxt->buf = saved;
	gw_dialect_fetch(cxt->dialect, &cxt->buf, text, exprType((Node *) expr),
					 gw_deparse_source_column(cxt, expr));
}

static void
stmt_targets(GwDeparse *cxt, const GwQuery *query)
{
	bool first = true;
	int n = 0;
	ListCell *lc;

	foreach(lc, query->targets)
	{
		gw_sql_separator(&cxt->buf, &first, ", ");
		if (cxt->depth == 0)
			stmt_fetched(cxt, lfirst(lc));
		else
			stmt_target(cxt, lfirst(lc));
		if (query->named)
		{
			gw_sql(&cxt->buf, " AS ");
			gw_dialect_identifier(cxt->dialect, &cxt->buf, gw_query_column(++n));
		}
	}
	if (first)
		gw_sql(&cxt->buf, "NULL");
}

static void
stmt_list(GwDeparse *cxt, const char *head, List *exprs)
{
	bool first = true;
	ListCell *lc;

	gw_sql(&cxt->buf, head);
	foreach(lc, exprs)
	{
		gw_sql_separator(&cxt->buf, &first, ", ");
		gw_deparse_clause(cxt, lfirst(lc));
	}
}

static bool
stmt_is_null(const Expr *expr)
{
	return IsA(expr, Const) && ((const Const *) expr)->constisnull;
}

/* A row count: a plain number, or a parameter.  NULL: no such clause. */
static char *
stmt_count(GwDeparse *cxt, Expr *expr)
{
	if (expr == NULL || stmt_is_null(expr))
		return NULL;
	if (IsA(expr, Const))
		return psprintf(INT64_FORMAT, DatumGetInt64(((Const *) expr)->constvalue));
	return gw_deparse_text(cxt, expr);
}

/* Is it limited at its head, not at its end? */
static bool
stmt_has_top(const GwDeparse *cxt, const GwQuery *query)
{
	return query->limit != NULL && !stmt_is_null(query->limit) &&
		   (query->offset == NULL || stmt_is_null(query->offset)) && !query->with_ties &&
		   gw_dialect_has_top(cxt->dialect);
}

static void
stmt_select(GwDeparse *cxt, const GwQuery *query)
{
	gw_sql(&cxt->buf, "SELECT ");
	if (query->distinct_on != NIL)
	{
		stmt_list(cxt, "DISTINCT ON (", query->distinct_on);
		gw_sql(&cxt->buf, ") ");
	}
	else if (query->distinct)
		gw_sql(&cxt->buf, "DISTINCT ");
	if (stmt_has_top(cxt, query))
	{
		(void) gw_dialect_top(cxt->dialect, &cxt->buf, stmt_count(cxt, query->limit));
		gw_sql(&cxt->buf, " ");
	}
	stmt_targets(cxt, query);
}

/* ---- conditions ---- */

static void
stmt_condition(GwDeparse *cxt, const GwCondition *condition)
{
	if (condition->exists == NULL)
	{
		gw_deparse_condition(cxt, condition->expr);
		return;
	}
	gw_sql(&cxt->buf, condition->negated ? "(NOT EXISTS " : "(EXISTS ");
	gw_deparse_nested(cxt, condition->exists);
	gw_sql(&cxt->buf, ")");
}

static void
stmt_conditions(GwDeparse *cxt, const char *head, List *conditions)
{
	bool first = true;
	ListCell *lc;

	foreach(lc, conditions)
	{
		gw_sql(&cxt->buf, first ? head : " AND ");
		first = false;
		stmt_condition(cxt, lfirst(lc));
	}
}

/* ---- FROM ---- */

/* The newline ends a comment the query may end with. */
static void
stmt_remote_query(GwDeparse *cxt, const char *query)
{
	gw_sql(&cxt->buf, "(");
	gw_sql_rendered(&cxt->buf, query);
	gw_sql(&cxt->buf, "\n)");
}

/* The rows of a relation that meet conditions, with all its columns. */
static void
stmt_filtered(GwDeparse *cxt, const GwSource *source)
{
	GwSource plain = *source;
	GwScope *scope = cxt->scope;

	plain.where = NIL;
	plain.alias = NULL;
	gw_sql(&cxt->buf, "(SELECT * FROM ");
	stmt_source(cxt, &plain);
	cxt->scope = source->relation->scope;
	stmt_conditions(cxt, " WHERE ", source->where);
	cxt->scope = scope;
	gw_sql(&cxt->buf, ")");
}

static void
stmt_source(GwDeparse *cxt, const GwSource *source)
{
	const GwRelation *grel = source->relation;
	const char *alias = source->alias;

	if (source->lateral)
		gw_sql(&cxt->buf, "LATERAL ");
	if (source->cte != NULL)
		gw_dialect_identifier(cxt->dialect, &cxt->buf, source->cte);
	else if (source->query != NULL)
		gw_deparse_nested(cxt, source->query);
	else if (source->where != NIL)
		stmt_filtered(cxt, source);
	else if (grel->remote_query != NULL)
	{
		stmt_remote_query(cxt, grel->remote_query);
		if (alias == NULL)
			alias = gw_source_name(source);
	}
	else
		gw_dialect_relation(cxt->dialect, &cxt->buf, grel->remote_schema, grel->remote_table);
	if (alias != NULL)
	{
		gw_sql(&cxt->buf, " AS ");
		gw_dialect_identifier(cxt->dialect, &cxt->buf, alias);
	}
}

static const char *
stmt_join_words(const GwFrom *from)
{
	switch (from->kind)
	{
		case JOIN_INNER:
			return from->on == NIL ? " CROSS JOIN " : " INNER JOIN ";
		case JOIN_LEFT:
			return " LEFT JOIN ";
		case JOIN_RIGHT:
			return " RIGHT JOIN ";
		case JOIN_FULL:
			return " FULL JOIN ";
		default:
			elog(ERROR, "join type %d has no remote form", (int) from->kind);
	}
}

static void
stmt_from_item(GwDeparse *cxt, const GwFrom *from)
{
	if (from->source != NULL)
	{
		stmt_source(cxt, from->source);
		return;
	}
	gw_sql(&cxt->buf, "(");
	stmt_from_item(cxt, from->left);
	gw_sql(&cxt->buf, stmt_join_words(from));
	stmt_from_item(cxt, from->right);
	if (from->on != NIL)
		stmt_conditions(cxt, " ON ", from->on);
	else if (from->kind != JOIN_INNER)
		gw_sql(&cxt->buf, stmt_is_postgres(cxt) ? " ON true" : " ON (1 = 1)");
	gw_sql(&cxt->buf, ")");
}

static void
stmt_from(GwDeparse *cxt, const GwQuery *query)
{
	bool first = true;
	ListCell *lc;

	foreach(lc, query->from)
	{
		gw_sql(&cxt->buf, first ? " FROM " : ", ");
		first = false;
		stmt_from_item(cxt, lfirst(lc));
	}
	if (query->lock != LCS_NONE)
		(void) gw_dialect_lock_source(cxt->dialect, &cxt->buf, query->lock, query->lock_policy);
}

/* ---- GROUP BY ---- */

static void
stmt_group_refs(GwDeparse *cxt, const GwQuery *query, List *refs)
{
	bool first = true;
	ListCell *lc;

	gw_sql(&cxt->buf, "(");
	foreach(lc, refs)
	{
		int n = 0;
		ListCell *ref;

		foreach(ref, query->group_refs)
		{
			if (lfirst_int(ref) == lfirst_int(lc))
				break;
			n++;
		}
		gw_sql_separator(&cxt->buf, &first, ", ");
		gw_deparse_group_key(cxt, list_nth(query->group_by, n));
	}
	gw_sql(&cxt->buf, ")");
}

static void
stmt_grouping_set(GwDeparse *cxt, const GwQuery *query, const GroupingSet *set)
{
	static const char *const words[] = {
		[GROUPING_SET_ROLLUP] = "ROLLUP (",
		[GROUPING_SET_CUBE] = "CUBE (",
		[GROUPING_SET_SETS] = "GROUPING SETS (",
	};
	bool first = true;
	ListCell *lc;

	if (set->kind == GROUPING_SET_EMPTY || set->kind == GROUPING_SET_SIMPLE)
	{
		stmt_group_refs(cxt, query, set->content);
		return;
	}
	gw_sql(&cxt->buf, words[set->kind]);
	foreach(lc, set->content)
	{
		gw_sql_separator(&cxt->buf, &first, ", ");
		stmt_grouping_set(cxt, query, lfirst_node(GroupingSet, lc));
	}
	gw_sql(&cxt->buf, ")");
}

static void
stmt_group_by(GwDeparse *cxt, const GwQuery *query)
{
	bool first = true;
	ListCell *lc;

	if (query->grouping_sets == NIL)
	{
		foreach(lc, query->group_by)
		{
			gw_sql(&cxt->buf, first ? " GROUP BY " : ", ");
			first = false;
			gw_deparse_group_key(cxt, lfirst(lc));
		}
		if (first && query->having != NIL && (cxt->dialect->flags & GW_DIALECT_GROUP_EMPTY) != 0)
			gw_sql(&cxt->buf, " GROUP BY ()");
		return;
	}
	gw_sql(&cxt->buf, " GROUP BY ");
	foreach(lc, query->grouping_sets)
	{
		gw_sql_separator(&cxt->buf, &first, ", ");
		stmt_grouping_set(cxt, query, lfirst_node(GroupingSet, lc));
	}
}

/* The keys of which only a wrapped form is in GROUP BY. */
static List *
stmt_wrapped_keys(const GwDeparse *cxt, const GwQuery *query)
{
	List *keys = NIL;
	ListCell *lc;

	if (stmt_is_postgres(cxt))
		return NIL;
	foreach(lc, query->group_by)
	{
		const GwFuncRule *rule = gw_foreign_key(cxt->dialect, 'g', exprType(lfirst(lc)));

		if (rule != NULL && gw_foreign_key_is_wrapped(rule))
			keys = lappend(keys, lfirst(lc));
	}
	return keys;
}

/* ---- ORDER BY and LIMIT ---- */

/* Has it output columns with names that somebody else chose? */
static bool
stmt_computes(const GwQuery *query)
{
	ListCell *lc;

	foreach(lc, query->targets)
	{
		if (!IsA(lfirst(lc), Var))
			return true;
	}
	return false;
}

/*
 * A name by itself would be an output column before it is one of the table,
 * and what is computed there is named after what it is computed from.
 */
static void
stmt_order_by(GwDeparse *cxt, const GwQuery *query)
{
	bool computes = stmt_computes(query);
	bool first = true;
	ListCell *lc;

	foreach(lc, query->order_by)
	{
		const GwSortKey *key = lfirst(lc);

		gw_sql(&cxt->buf, first ? " ORDER BY " : ", ");
		first = false;
		cxt->qualify = computes && key->expr != NULL && IsA(key->expr, Var);
		gw_deparse_sort_key(cxt, key);
		cxt->qualify = false;
	}
}

static void
stmt_limit(GwDeparse *cxt, const GwQuery *query)
{
	char *limit = stmt_has_top(cxt, query) ? NULL : stmt_count(cxt, query->limit);
	char *offset = stmt_count(cxt, query->offset);

	if (limit == NULL && offset == NULL)
		return;
	if (!query->with_ties)
		gw_dialect_limit(cxt->dialect, &cxt->buf, limit, offset);
	else
	{
		gw_dialect_limit(cxt->dialect, &cxt->buf, NULL, offset);
		gw_sql(&cxt->buf, " FETCH FIRST (");
		gw_sql_rendered(&cxt->buf, limit);
		gw_sql(&cxt->buf, ") ROWS WITH TIES");
	}
}

/* ---- the whole ---- */

static void
stmt_ctes(GwDeparse *cxt, List *ctes)
{
	bool recursive = false;
	bool first = true;
	ListCell *lc;

	foreach(lc, ctes)
		recursive |= ((const GwCte *) lfirst(lc))->recursive;
	foreach(lc, ctes)
	{
		const GwCte *cte = lfirst(lc);

		if (first)
			gw_sql(&cxt->buf, recursive ? "WITH RECURSIVE " : "WITH ");
		else
			gw_sql(&cxt->buf, ", ");
		first = false;
		gw_dialect_identifier(cxt->dialect, &cxt->buf, cte->name);
		gw_sql(&cxt->buf, " AS ");
		if (cte->materialized != CTEMaterializeDefault &&
			(cxt->dialect->can & GW_CAN_MATERIALIZED) != 0)
			gw_sql(&cxt->buf, cte->materialized == CTEMaterializeAlways ? "MATERIALIZED "
																		: "NOT MATERIALIZED ");
		gw_deparse_nested(cxt, cte->query);
	}
	if (!first)
		gw_sql(&cxt->buf, " ");
}

/*
 * One side of a set operation.  Not every product takes parentheses around a
 * plain SELECT, or a statement that begins with one; a chain of the same
 * operation is read from the left everywhere.
 */
static void
stmt_set_arm(GwDeparse *cxt, const GwSetOp *setop, const GwQuery *arm)
{
	bool chain = arm == setop->left && arm->setop != NULL && arm->setop->op == setop->op &&
				 arm->setop->all == setop->all;

	if (!stmt_is_postgres(cxt) && (arm->setop == NULL || chain) && arm->ctes == NIL &&
		arm->order_by == NIL && arm->limit == NULL && arm->offset == NULL)
		stmt_inner(cxt, arm);
	else if (arm->setop == NULL && (cxt->dialect->flags & GW_DIALECT_ARMS_PLAIN) != 0)
	{
		gw_sql(&cxt->buf, "SELECT * FROM ");
		gw_deparse_nested(cxt, arm);
		gw_sql(&cxt->buf, " AS ");
		gw_dialect_identifier(cxt->dialect, &cxt->buf, GW_SUBLINK_ALIAS);
	}
	else
		gw_deparse_nested(cxt, arm);
}

static void
stmt_set_operation(GwDeparse *cxt, const GwSetOp *setop)
{
	static const char *const words[] = {
		[SETOP_UNION] = " UNION ",
		[SETOP_INTERSECT] = " INTERSECT ",
		[SETOP_EXCEPT] = " EXCEPT ",
	};

	stmt_set_arm(cxt, setop, setop->left);
	gw_sql(&cxt->buf, words[setop->op]);
	if (setop->all)
		gw_sql(&cxt->buf, "ALL ");
	else if (cxt->dialect->flags & GW_DIALECT_SET_DISTINCT)
		gw_sql(&cxt->buf, "DISTINCT ");
	stmt_set_arm(cxt, setop, setop->right);
}

static void
stmt_query(GwDeparse *cxt, const GwQuery *query)
{
	check_stack_depth();
	stmt_ctes(cxt, query->ctes);
	if (query->setop != NULL)
		stmt_set_operation(cxt, query->setop);
	else
	{
		List *grouped = stmt_wrapped_keys(cxt, query);

		cxt->grouped = grouped;
		stmt_select(cxt, query);
		cxt->grouped = NIL;
		stmt_from(cxt, query);
		stmt_conditions(cxt, " WHERE ", query->where);
		stmt_group_by(cxt, query);
		cxt->grouped = grouped;
		stmt_conditions(cxt, " HAVING ", query->having);
	}
	stmt_order_by(cxt, query);
	stmt_limit(cxt, query);
	if (query->lock != LCS_NONE)
		(void) gw_dialect_lock_rows(cxt->dialect, &cxt->buf, query->lock, query->lock_policy);
}

char *
gw_deparse_query_tree(const GwQuery *query, List **params)
{
	GwDeparse cxt;
	int nestlevel;

	gw_deparse_begin(&cxt, query->scope);
	nestlevel = gw_value_begin_text();
	stmt_query(&cxt, query);
	gw_value_end_text(nestlevel);
	*params = cxt.params;
	return gw_guard_seal(&cxt);
}
