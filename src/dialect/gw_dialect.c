/*
 * gw_dialect.c
 *	  The walks: each asks the nearest dialect that fills a slot.
 *
 * Holds no SQL of its own.  Dialects are constants, so nothing here owns or
 * keeps anything.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dialect/gw_dialect.h"

/* The slot of d, else of its nearest parent that fills it. */
#define FIND_SLOT(d, slot) \
	while ((d)->slot == NULL && (d)->parent != NULL) \
		(d) = (d)->parent

void
gw_dialect_identifier(const GwDialect *d, GwSqlBuf *buf, const char *name)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, identifier);
	owner->identifier(d, buf, name);
}

void
gw_dialect_string(const GwDialect *d, GwSqlBuf *buf, const char *value)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, string);
	owner->string(d, buf, value);
}

void
gw_dialect_literal(const GwDialect *d, GwSqlBuf *buf, const char *text, Oid type, int32 typmod)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, literal);
	owner->literal(d, buf, text, type, typmod);
}

void
gw_dialect_param(const GwDialect *d, GwSqlBuf *buf, int n, Oid type, int32 typmod)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, param);
	owner->param(d, buf, n, type, typmod);
}

bool
gw_dialect_takes_param(const GwDialect *d, Oid type, int32 typmod)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, takes_param);
	return owner->takes_param == NULL || owner->takes_param(d, type, typmod);
}

bool
gw_dialect_compared_as_read(const GwDialect *d, const GwColumn *column)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, compared_as_read);
	return owner->compared_as_read(d, column);
}

void
gw_dialect_assign(const GwDialect *d, GwSqlBuf *buf, int n, Oid type, const char *native)
{
	const GwDialect *owner = d;

	if (native != NULL)
	{
		FIND_SLOT(owner, assign_native);
		if (owner->assign_native != NULL && owner->assign_native(d, buf, n, native))
			return;
		owner = d;
	}
	FIND_SLOT(owner, assign);
	if (owner->assign != NULL)
		owner->assign(d, buf, n, type);
	else
		gw_dialect_param(d, buf, n, InvalidOid, -1);
}

bool
gw_dialect_asks_native(const GwDialect *d, Oid type)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, asks_native);
	return owner->asks_native != NULL && owner->asks_native(d, type);
}

bool
gw_dialect_row_stored(const GwDialect *d, GwSqlBuf *buf, int column, Oid type)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, row_stored);
	if (owner->row_stored == NULL)
		return false;
	owner->row_stored(d, buf, column, type);
	return true;
}

void
gw_dialect_row_value(const GwDialect *d, GwSqlBuf *buf, int n, Oid type, const char *native)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, row_value);
	if (owner->row_value != NULL)
		owner->row_value(d, buf, n, type);
	else
		gw_dialect_assign(d, buf, n, type, native);
}

void
gw_dialect_text_param(const GwDialect *d, GwSqlBuf *buf, int n, const GwColumn *column)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, text_param);
	if (owner->text_param != NULL)
	{
		owner->text_param(d, buf, n, column);
		return;
	}
	gw_sql(buf, "CAST(");
	gw_dialect_param(d, buf, n, TEXTOID, -1);
	gw_sql(buf, " AS ");
	gw_sql_rendered(buf, column->native_type);
	gw_sql(buf, ")");
}

bool
gw_dialect_type_name(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, type_name);
	return owner->type_name(d, buf, type, typmod);
}

bool
gw_dialect_holds(const GwDialect *d, const char *text, Oid type)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, holds);
	return owner->holds(d, text, type);
}

int
gw_dialect_beyond(const GwDialect *d, const char *text, Oid type)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, beyond);
	return owner->beyond == NULL ? 0 : owner->beyond(d, text, type);
}

bool
gw_dialect_has_bounds(const GwDialect *d, Oid type)
{
	/* What every type with an end has an answer for. */
	static const struct
	{
		Oid type;
		const char *text;
	} ends[] = {{DATEOID, "infinity"},		{TIMESTAMPOID, "infinity"},
				{TIMESTAMPTZOID, "infinity"}, {TIMEOID, "24:00:00"},
				{FLOAT4OID, "NaN"},			{FLOAT8OID, "NaN"},
				{NUMERICOID, "NaN"}};

	for (int i = 0; i < lengthof(ends); i++)
		if (ends[i].type == type)
			return gw_dialect_beyond(d, ends[i].text, type) != 0;
	return false;
}

void
gw_dialect_sort_key(const GwDialect *d, GwSqlBuf *buf, const char *key, bool descending,
					bool nulls_first)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, sort_key);
	owner->sort_key(d, buf, key, descending, nulls_first);
}

bool
gw_dialect_sorts_nulls_apart(const GwDialect *d, bool descending, bool nulls_first)
{
	bool large = (d->flags & GW_DIALECT_NULLS_LARGE) != 0;

	return (d->flags & GW_DIALECT_NULLS_CLAUSE) == 0 && nulls_first != (large == descending);
}

void
gw_dialect_limit(const GwDialect *d, GwSqlBuf *buf, const char *limit, const char *offset)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, limit);
	owner->limit(d, buf, limit, offset);
}

bool
gw_dialect_has_top(const GwDialect *d)
{
	FIND_SLOT(d, top);
	return d->top != NULL;
}

bool
gw_dialect_has_fetch(const GwDialect *d)
{
	FIND_SLOT(d, fetch);
	return d->fetch != NULL;
}

bool
gw_dialect_top(const GwDialect *d, GwSqlBuf *buf, const char *limit)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, top);
	if (owner->top == NULL)
		return false;
	owner->top(d, buf, limit);
	return true;
}

void
gw_dialect_fetch(const GwDialect *d, GwSqlBuf *buf, const char *expr, Oid type,
				 const GwColumn *column)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, fetch);
	if (owner->fetch != NULL)
		owner->fetch(d, buf, expr, type, column);
	else
		gw_sql_rendered(buf, expr);
}

void
gw_dialect_default_row(const GwDialect *d, GwSqlBuf *buf, const char *column)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, default_row);
	owner->default_row(d, buf, column);
}

void
gw_dialect_do_nothing(const GwDialect *d, GwSqlBuf *buf, const char *column)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, do_nothing);
	owner->do_nothing(d, buf, column);
}

bool
gw_dialect_lock_source(const GwDialect *d, GwSqlBuf *buf, LockClauseStrength strength,
					   LockWaitPolicy policy)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, lock_source);
	if (owner->lock_source == NULL)
		return false;
	owner->lock_source(d, buf, strength, policy);
	return true;
}

int
gw_dialect_params_max(const GwDialect *d)
{
	while (d->params_max == 0 && d->parent != NULL)
		d = d->parent;
	return d->params_max;
}

void
gw_dialect_begin(const GwDialect *d, GwSqlBuf *buf, const char *isolation, bool read_only)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, begin);
	owner->begin(d, buf, isolation, read_only);
}

void
gw_dialect_savepoint(const GwDialect *d, GwSqlBuf *buf, int level)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, savepoint);
	owner->savepoint(d, buf, level);
}

void
gw_dialect_release(const GwDialect *d, GwSqlBuf *buf, int level)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, release);
	owner->release(d, buf, level);
}

void
gw_dialect_rollback_to(const GwDialect *d, GwSqlBuf *buf, int level)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, rollback_to);
	owner->rollback_to(d, buf, level);
}

bool
gw_dialect_has_cursors(const GwDialect *d)
{
	FIND_SLOT(d, cursor_open);
	return d->cursor_open != NULL;
}

void
gw_dialect_cursor_open(const GwDialect *d, GwSqlBuf *buf, const char *cursor, const char *query,
					   bool scroll)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, cursor_open);
	owner->cursor_open(d, buf, cursor, query, scroll);
}

void
gw_dialect_cursor_fetch(const GwDialect *d, GwSqlBuf *buf, const char *cursor, int rows)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, cursor_fetch);
	owner->cursor_fetch(d, buf, cursor, rows);
}

void
gw_dialect_cursor_close(const GwDialect *d, GwSqlBuf *buf, const char *cursor)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, cursor_close);
	owner->cursor_close(d, buf, cursor);
}

bool
gw_dialect_has_copy_out(const GwDialect *d)
{
	FIND_SLOT(d, copy_out);
	return d->copy_out != NULL;
}

void
gw_dialect_copy_out(const GwDialect *d, GwSqlBuf *buf, const char *query)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, copy_out);
	owner->copy_out(d, buf, query);
}

bool
gw_dialect_columns_as_text(const GwDialect *d, GwSqlBuf *buf, const char *query, int ncolumns,
						   const bool *as_text)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, columns_as_text);
	if (owner->columns_as_text == NULL)
		return false;
	owner->columns_as_text(d, buf, query, ncolumns, as_text);
	return true;
}

bool
gw_dialect_has_table_sample(const GwDialect *d)
{
	FIND_SLOT(d, table_sample);
	return d->table_sample != NULL;
}

void
gw_dialect_table_sample(const GwDialect *d, GwSqlBuf *buf, const char *method, double percent)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, table_sample);
	owner->table_sample(d, buf, method, percent);
}

bool
gw_dialect_collation_facts(const GwDialect *d, const GwColumn *column, GwCollationFacts *facts)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, collation_facts);
	return owner->collation_facts != NULL && owner->collation_facts(d, column, facts);
}

const char *
gw_dialect_column_text(const GwDialect *d, const GwColumn *column)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, column_text);
	return owner->column_text != NULL ? owner->column_text(d, column) : NULL;
}

char *
gw_dialect_column_hint(const GwDialect *d, const GwColumn *column)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, column_hint);
	return owner->column_hint != NULL ? owner->column_hint(d, column) : NULL;
}

const GwRowId *
gw_dialect_row_id(const GwDialect *d)
{
	FIND_SLOT(d, row_id);
	return d->row_id;
}

bool
gw_dialect_locks(const GwDialect *d)
{
	const GwDialect *source = d;
	const GwDialect *rows = d;

	FIND_SLOT(source, lock_source);
	FIND_SLOT(rows, lock_rows);
	return source->lock_source != NULL || rows->lock_rows != NULL;
}

bool
gw_dialect_lock_rows(const GwDialect *d, GwSqlBuf *buf, LockClauseStrength strength,
					 LockWaitPolicy policy)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, lock_rows);
	if (owner->lock_rows == NULL)
		return false;
	owner->lock_rows(d, buf, strength, policy);
	return true;
}

bool
gw_dialect_copy_in(const GwDialect *d, GwSqlBuf *buf, const char *relation, const char *columns,
				   int ncolumns, const Oid *types, bool binary)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, copy_in);
	if (owner->copy_in == NULL)
		return false;
	owner->copy_in(d, buf, relation, columns, ncolumns, types, binary);
	return true;
}

bool
gw_dialect_truncate(const GwDialect *d, GwSqlBuf *buf, const char *relations, bool cascade,
					bool restart_identity)
{
	const GwDialect *owner = d;

	FIND_SLOT(owner, truncate);
	return owner->truncate != NULL &&
		   owner->truncate(d, buf, relations, cascade, restart_identity);
}

void
gw_dialect_relation(const GwDialect *d, GwSqlBuf *buf, const char *schema, const char *table)
{
	if (schema != NULL)
	{
		gw_dialect_identifier(d, buf, schema);
		gw_sql(buf, ".");
	}
	gw_dialect_identifier(d, buf, table);
}
