/*
 * gw_deparse_stmt.c
 *	  Writing the remote SELECT of one base relation.
 *
 * Expressions are gw_deparse_expr.c's.  The statement and its lists live in
 * CurrentMemoryContext.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "fdw/gw_deparse.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "schema/gw_value.h"
#include "utils/builtins.h"
#include "utils/rel.h"

/* The columns to fetch, in table order; NULL stands for "no column at all". */
static List *
stmt_columns(GwDeparse *cxt, Bitmapset *attrs_used)
{
	Relation table = table_open(cxt->grel->relid, NoLock);
	TupleDesc desc = RelationGetDescr(table);
	bool whole_row = bms_is_member(InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber,
								   attrs_used);
	List *retrieved = NIL;
	bool first = true;

	for (int i = 1; i <= desc->natts; i++)
	{
		if (TupleDescAttr(desc, i - 1)->attisdropped ||
			!(whole_row ||
			  bms_is_member(i - FirstLowInvalidHeapAttributeNumber, attrs_used)))
			continue;
		gw_sql_separator(&cxt->buf, &first, ", ");
		gw_dialect_identifier(cxt->dialect, &cxt->buf,
							  gw_remote_column(cxt->grel->relid, i));
		retrieved = lappend_int(retrieved, i);
	}
	if (first)
		gw_sql(&cxt->buf, "NULL");
	table_close(table, NoLock);
	return retrieved;
}

/* The newline ends a comment the query may end with. */
void
gw_deparse_query(const GwDialect *dialect, GwSqlBuf *buf, const char *query)
{
	gw_sql(buf, " FROM (");
	gw_sql_rendered(buf, query);
	gw_sql(buf, "\n) AS ");
	gw_dialect_identifier(dialect, buf, "q");
}

static void
stmt_from(GwDeparse *cxt)
{
	const GwRelation *grel = cxt->grel;

	if (grel->remote_query != NULL)
		gw_deparse_query(cxt->dialect, &cxt->buf, grel->remote_query);
	else
	{
		gw_sql(&cxt->buf, " FROM ");
		gw_dialect_relation(cxt->dialect, &cxt->buf, grel->remote_schema, grel->remote_table);
	}
}

static void
stmt_where(GwDeparse *cxt, List *conds)
{
	bool first = true;
	ListCell *lc;

	foreach(lc, conds)
	{
		/* Decides the forced collations that the deparser looks up. */
		if (gw_ship_expr(cxt->rel, lfirst(lc), &cxt->force_c, NULL) == GW_LOCAL)
			elog(ERROR, "a clause that is evaluated locally cannot be sent");
		gw_sql(&cxt->buf, first ? " WHERE " : " AND ");
		first = false;
		gw_deparse_expr(cxt, lfirst(lc));
	}
}

static void
stmt_order_by(GwDeparse *cxt, PlannerInfo *root, List *pathkeys)
{
	bool first = true;
	ListCell *lc;

	foreach(lc, pathkeys)
	{
		GwSortKey key;
		bool collate_c;

		if (!gw_sort_key(root, cxt->rel, lfirst(lc), &key) ||
			!gw_ship_sort(cxt->rel, key.expr, key.sort_operator, &cxt->force_c, &collate_c,
						  NULL))
			elog(ERROR, "a sort key that is sorted locally cannot be sent");
		/* A key without columns sorts nothing, and a number would mean a column. */
		if (!contain_var_clause((Node *) key.expr))
			continue;
		gw_sql(&cxt->buf, first ? " ORDER BY " : ", ");
		first = false;
		gw_deparse_expr(cxt, key.expr);
		if (collate_c)
			gw_deparse_collate_c(cxt);
		gw_dialect_order_suffix(cxt->dialect, &cxt->buf, key.descending, key.nulls_first);
	}
}

/* A row count: a plain number, or a parameter.  NULL: no such clause. */
static char *
stmt_count(GwDeparse *cxt, Expr *expr)
{
	if (expr == NULL || (IsA(expr, Const) && ((Const *) expr)->constisnull))
		return NULL;
	if (IsA(expr, Const))
		return psprintf(INT64_FORMAT, DatumGetInt64(((Const *) expr)->constvalue));
	return gw_deparse_text(cxt, expr);
}

char *
gw_deparse_select(PlannerInfo *root, RelOptInfo *rel, const GwSelectSpec *spec,
				  List **retrieved_attrs, List **params)
{
	GwDeparse cxt = {0};
	int nestlevel;

	cxt.rel = rel;
	cxt.grel = rel->fdw_private;
	cxt.dialect = cxt.grel->dialect;
	gw_sqlbuf_init(&cxt.buf);

	nestlevel = gw_value_begin_text();
	gw_sql(&cxt.buf, "SELECT ");
	*retrieved_attrs = stmt_columns(&cxt, spec->attrs_used);
	stmt_from(&cxt);
	stmt_where(&cxt, spec->conds);
	stmt_order_by(&cxt, root, spec->pathkeys);
	if (spec->has_limit)
	{
		char *limit = stmt_count(&cxt, spec->limit);

		gw_dialect_limit(cxt.dialect, &cxt.buf, limit, stmt_count(&cxt, spec->offset));
	}
	gw_value_end_text(nestlevel);

	*params = cxt.params;
	return cxt.buf.text.data;
}
