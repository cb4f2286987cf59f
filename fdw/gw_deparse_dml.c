/*
 * gw_deparse_dml.c
 *	  Writing INSERT, UPDATE, DELETE, COPY and TRUNCATE.
 *
 * Values travel as parameters without a type: the remote column's own input
 * function reads them, so what does not fit is an error there and nothing is
 * rounded on the way by a cast.  Statements live in CurrentMemoryContext.
 */
#include "postgres.h"

#include "fdw/gw_foreign.h"
#include "fdw/gw_modify.h"
#include "schema/gw_value.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

static const GwDialect *
dml_dialect(const GwModifyPlan *plan)
{
	return gw_server_platform(plan->serverid)->dialect;
}

static void
dml_column(const GwDialect *dialect, GwSqlBuf *buf, Relation rel, AttrNumber attno)
{
	gw_dialect_identifier(dialect, buf,
						  attno < 0 ? gw_row_id_of(dialect, attno)->name
									: gw_remote_column(RelationGetRelid(rel), attno));
}

static Oid
dml_type(Relation rel, AttrNumber attno)
{
	return getBaseType(TupleDescAttr(RelationGetDescr(rel), attno - 1)->atttypid);
}

/* The type there of the plan's i-th target (from 0), where it matters. */
static const char *
dml_native(const GwModifyPlan *plan, int i)
{
	return plan->natives != NIL ? list_nth(plan->natives, i) : NULL;
}

/* VALUES, or what stores rows of VALUES. */
static void
dml_values(const GwModifyPlan *plan, const GwDialect *dialect, GwSqlBuf *buf, Relation rel)
{
	int mark = buf->text.len;
	ListCell *lc;

	foreach(lc, plan->targets)
	{
		int column = foreach_current_index(lc) + 1;

		gw_sql(buf, column > 1 ? ", " : " SELECT ");
		if (!gw_dialect_row_stored(dialect, buf, column, dml_type(rel, lfirst_int(lc))))
		{
			buf->text.data[buf->text.len = mark] = '\0';
			gw_sql(buf, " VALUES ");
			return;
		}
	}
	gw_sql(buf, " FROM VALUES ");
}

static void
dml_columns(const GwDialect *dialect, GwSqlBuf *buf, Relation rel, List *attnos)
{
	bool first = true;
	ListCell *lc;

	foreach(lc, attnos)
	{
		gw_sql_separator(buf, &first, ", ");
		dml_column(dialect, buf, rel, (AttrNumber) lfirst_int(lc));
	}
	if (first)
		gw_sql(buf, "NULL");
}

static void
dml_returning(const GwModifyPlan *plan, const GwDialect *dialect, GwSqlBuf *buf, Relation rel)
{
	if (!plan->returning || (dialect->flags & GW_DIALECT_OUTPUT) != 0)
		return;
	gw_sql(buf, " RETURNING ");
	dml_columns(dialect, buf, rel, plan->retrieved);
}

/* The same where it is said before VALUES or WHERE. */
static void
dml_output(const GwModifyPlan *plan, const GwDialect *dialect, GwSqlBuf *buf, Relation rel)
{
	const char *source = plan->operation == CMD_DELETE ? "DELETED." : "INSERTED.";
	bool first = true;
	ListCell *lc;

	if (!plan->returning || (dialect->flags & GW_DIALECT_OUTPUT) == 0)
		return;
	gw_sql(buf, " OUTPUT ");
	foreach(lc, plan->retrieved)
	{
		gw_sql_separator(buf, &first, ", ");
		gw_sql(buf, source);
		dml_column(dialect, buf, rel, (AttrNumber) lfirst_int(lc));
	}
	if (first)
		gw_sql(buf, "NULL");
}

/* WHERE: each key equals its parameter, from number n on. */
static void
dml_where_keys(const GwModifyPlan *plan, const GwDialect *dialect, GwSqlBuf *buf, Relation rel,
			   int n)
{
	bool first = true;
	ListCell *lc;

	foreach(lc, plan->keys)
	{
		gw_sql(buf, first ? " WHERE " : " AND ");
		first = false;
		dml_column(dialect, buf, rel, (AttrNumber) lfirst_int(lc));
		gw_sql(buf, " = ");
		gw_dialect_param(dialect, buf, n++, InvalidOid, -1);
	}
}

/* A column: one that is written, or any for a row of defaults; "" where there is none. */
static const char *
dml_some_column(const GwModifyPlan *plan, const GwDialect *dialect, Relation rel)
{
	AttrNumber attno = 1;
	GwSqlBuf column;

	if (plan->targets != NIL)
		attno = (AttrNumber) linitial_int(plan->targets);
	else
	{
		while (attno < RelationGetDescr(rel)->natts &&
			   TupleDescAttr(RelationGetDescr(rel), attno - 1)->attisdropped)
			attno++;
	}
	gw_sqlbuf_init(&column);
	if (attno <= RelationGetDescr(rel)->natts)
		dml_column(dialect, &column, rel, attno);
	return gw_sqlbuf_text(&column);
}

char *
gw_deparse_insert(const GwModifyPlan *plan, Relation rel, int nrows)
{
	const GwDialect *dialect = dml_dialect(plan);
	int ncolumns = list_length(plan->targets);
	GwSqlBuf buf;
	int n = 0;

	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "INSERT INTO ");
	gw_dialect_relation(dialect, &buf, plan->schema, plan->table);
	if (ncolumns == 0)
	{
		dml_output(plan, dialect, &buf, rel);
		gw_dialect_default_row(dialect, &buf, dml_some_column(plan, dialect, rel));
	}
	else
	{
		gw_sql(&buf, " (");
		dml_columns(dialect, &buf, rel, plan->targets);
		gw_sql(&buf, ")");
		dml_output(plan, dialect, &buf, rel);
		dml_values(plan, dialect, &buf, rel);
		for (int row = 0; row < nrows; row++)
		{
			bool first = true;
			ListCell *lc;

			gw_sql(&buf, row > 0 ? ", (" : "(");
			foreach(lc, plan->targets)
			{
				gw_sql_separator(&buf, &first, ", ");
				gw_dialect_row_value(dialect, &buf, ++n, dml_type(rel, lfirst_int(lc)),
									 dml_native(plan, foreach_current_index(lc)));
			}
			gw_sql(&buf, ")");
		}
	}
	if (plan->do_nothing)
		gw_dialect_do_nothing(dialect, &buf, dml_some_column(plan, dialect, rel));
	dml_returning(plan, dialect, &buf, rel);
	return buf.text.data;
}

char *
gw_deparse_update(const GwModifyPlan *plan, Relation rel)
{
	const GwDialect *dialect = dml_dialect(plan);
	GwSqlBuf buf;
	int n = 0;
	ListCell *lc;

	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "UPDATE ");
	gw_dialect_relation(dialect, &buf, plan->schema, plan->table);
	foreach(lc, plan->targets)
	{
		gw_sql(&buf, n == 0 ? " SET " : ", ");
		dml_column(dialect, &buf, rel, (AttrNumber) lfirst_int(lc));
		gw_sql(&buf, " = ");
		n++;
		gw_dialect_assign(dialect, &buf, n, dml_type(rel, (AttrNumber) lfirst_int(lc)),
						  dml_native(plan, n - 1));
	}
	dml_output(plan, dialect, &buf, rel);
	dml_where_keys(plan, dialect, &buf, rel, n + 1);
	dml_returning(plan, dialect, &buf, rel);
	return buf.text.data;
}

char *
gw_deparse_delete(const GwModifyPlan *plan, Relation rel)
{
	const GwDialect *dialect = dml_dialect(plan);
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "DELETE FROM ");
	gw_dialect_relation(dialect, &buf, plan->schema, plan->table);
	dml_output(plan, dialect, &buf, rel);
	dml_where_keys(plan, dialect, &buf, rel, 1);
	dml_returning(plan, dialect, &buf, rel);
	return buf.text.data;
}

char *
gw_deparse_copy(const GwModifyPlan *plan, Relation rel, const Oid *types, bool binary)
{
	const GwDialect *dialect = dml_dialect(plan);
	GwSqlBuf relation;
	GwSqlBuf columns;
	GwSqlBuf buf;

	gw_sqlbuf_init(&relation);
	gw_sqlbuf_init(&columns);
	gw_sqlbuf_init(&buf);
	gw_dialect_relation(dialect, &relation, plan->schema, plan->table);
	dml_columns(dialect, &columns, rel, plan->targets);
	if (!gw_dialect_copy_in(dialect, &buf, gw_sqlbuf_text(&relation), gw_sqlbuf_text(&columns),
							list_length(plan->targets), types, binary))
		return NULL;
	return buf.text.data;
}

char *
gw_deparse_direct(const GwModifyPlan *plan, Relation rel, RelOptInfo *foreign, List *exprs,
				  List *conds, List **params)
{
	const GwRelation *grel = foreign->fdw_private;
	bool update = plan->operation == CMD_UPDATE;
	GwDeparse cxt;
	bool first = true;
	int nestlevel;
	ListCell *lc;
	ListCell *value;

	gw_deparse_begin(&cxt, grel->scope);
	nestlevel = gw_value_begin_text();
	gw_sql(&cxt.buf, update ? "UPDATE " : "DELETE FROM ");
	gw_dialect_relation(cxt.dialect, &cxt.buf, plan->schema, plan->table);
	forboth(lc, plan->targets, value, exprs)
	{
		gw_sql(&cxt.buf, first ? " SET " : ", ");
		first = false;
		dml_column(cxt.dialect, &cxt.buf, rel, (AttrNumber) lfirst_int(lc));
		gw_sql(&cxt.buf, " = ");
		gw_deparse_clause(&cxt, lfirst(value));
	}
	dml_output(plan, cxt.dialect, &cxt.buf, rel);
	first = true;
	foreach(lc, conds)
	{
		gw_sql(&cxt.buf, first ? " WHERE " : " AND ");
		first = false;
		gw_deparse_condition(&cxt, lfirst(lc));
	}
	if (first && (cxt.dialect->flags & GW_DIALECT_NEEDS_WHERE) != 0)
		gw_sql(&cxt.buf, " WHERE (1 = 1)");
	dml_returning(plan, cxt.dialect, &cxt.buf, rel);
	gw_value_end_text(nestlevel);
	*params = cxt.params;
	return gw_guard_seal(&cxt);
}
