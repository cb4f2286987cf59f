/*
 * gw_ddl_column.c
 *	  One column as CREATE TABLE and ADD COLUMN take it, and the statements
 *	  that comment on tables and columns.
 */
#include "postgres.h"

#include "dialect/gw_ddl_private.h"

bool
gw_ddl_array_is_repeated(const GwDdlTarget *target, const GwType *type)
{
	return gw_ddl_can(target, GW_DDL_ARRAY_REPEATED) &&
		   (type->id == GW_TYPE_ARRAY || type->id == GW_TYPE_SET || type->id == GW_TYPE_MAP ||
			type->id == GW_TYPE_VECTOR);
}

static bool
column_in_primary(const GwDdlWriter *w, const GwColumn *column)
{
	const GwKey *key = w->schema ? w->schema->primary : NULL;

	for (int i = 0; key != NULL && i < key->ncolumns; i++)
		if (strcmp(key->columns[i], column->name) == 0)
			return true;
	return false;
}

static bool
column_is_word(const char *text)
{
	return text[0] != '\0' &&
		   text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] ==
			   '\0';
}

/* Collations are names of their platform: they travel to the same one only. */
static void
column_collation(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column)
{
	const GwDdlTarget *target = w->target;
	bool same = w->schema != NULL && w->schema->platform != NULL &&
				gw_ddl_target(w->schema->platform) == target;

	if (column->collation == NULL)
		return;
	if (!same || target->collate == 0 ||
		(target->collate == 'w' && !column_is_word(column->collation)))
	{
		gw_ddl_notice(w, "collation_dropped", column->name,
					  "the collation %s is left out: text sorts and compares as the platform does",
					  column->collation);
		return;
	}
	gw_sql(buf, " COLLATE ");
	if (target->collate == 'i')
		gw_ddl_identifier(w, buf, column->collation);
	else if (target->collate == 's')
		gw_ddl_string(w, buf, column->collation);
	else
		gw_sql_rendered(buf, column->collation);
}

static bool
column_is_automatic(const GwColumn *column)
{
	return column->identity_mode != NULL || column->default_kind == GW_DEFAULT_SEQUENCE;
}

/* Can the column be an identity there?  Some platforms have one a table. */
static bool
column_can_identity(const GwDdlWriter *w, const GwColumn *column)
{
	if (!column_is_automatic(column) || w->target->identity == NULL)
		return false;
	if (w->schema == NULL || !gw_ddl_can(w->target, GW_DDL_ONE_IDENTITY))
		return true;
	for (int i = 0; i < w->schema->ncolumns; i++)
		if (column_is_automatic(&w->schema->columns[i]))
			return strcmp(w->schema->columns[i].name, column->name) == 0;
	return true;
}

/* An identity, or what stands for one; false: the column takes a default. */
static bool
column_identity(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column)
{
	GwColumn sequence = *column;

	if (!column_can_identity(w, column))
	{
		if (column->identity_mode != NULL)
			gw_ddl_notice(w, "identity_unsupported", column->name,
						  "%s has no %sidentity: the column is a plain one", w->target->title,
						  w->target->identity ? "second " : "");
		return false;
	}
	if (column->identity_mode == NULL)
	{
		sequence.identity_mode = "by_default";
		sequence.identity_start = sequence.identity_increment = 1;
		gw_ddl_notice(w, "sequence_as_identity", column->name,
					  "values from a sequence become an identity that starts at 1");
	}
	w->target->identity(w, buf, &sequence);
	return true;
}

static bool
column_can_generate(const GwDdlWriter *w, const GwColumn *column)
{
	uint32 need = column->generated_stored ? GW_DDL_CAN_STORED : GW_DDL_CAN_VIRTUAL;

	return column->generated_dialect != NULL && gw_ddl_can(w->target, need) &&
		   gw_ddl_target(column->generated_dialect) == w->target &&
		   gw_ddl_is_expression(w->target, column->generated_sql);
}

/* Identity, generation or default: at most one of them. */
static void
column_value(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column, bool generated)
{
	GwSqlBuf sql;

	if (generated)
	{
		gw_sql(buf, w->target->generated_open);
		gw_sql_rendered(buf, column->generated_sql);
		gw_sql(buf, column->generated_stored ? w->target->generated_stored
											 : w->target->generated_virtual);
		return;
	}
	if (column->generated_sql != NULL)
		gw_ddl_notice(w, "generated_unsupported", column->name,
					  "the column is a plain one, its expression %s is left out",
					  column->generated_sql);
	if (column_identity(w, buf, column))
		return;
	gw_sqlbuf_init(&sql);
	if (gw_ddl_default(w, &sql, column))
	{
		gw_sql(buf, " DEFAULT ");
		gw_sql_rendered(buf, sql.text.data);
	}
}

static void
column_nullability(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column)
{
	if (gw_ddl_array_is_repeated(w->target, &column->type))
		return;
	if (!column->nullable || column_in_primary(w, column) || column_can_identity(w, column))
		gw_sql(buf, " NOT NULL");
	else if (gw_ddl_can(w->target, GW_DDL_SAYS_NULL))
		gw_sql(buf, " NULL");
}

GwStatus
gw_ddl_column(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column, GwError *err)
{
	const GwDdlTarget *target = w->target;
	bool generated = column->generated_sql != NULL && column_can_generate(w, column);
	GwColumn typed = *column;
	ListCell *lc;

	gw_ddl_identifier(w, buf, column->name);
	if (target->identity_type != GW_TYPE_NULL && column_can_identity(w, column))
		typed.type = gw_type_make(target->identity_type);
	if (!generated || !gw_ddl_can(target, GW_DDL_COMPUTED))
	{
		gw_sql(buf, " ");
		if (gw_ddl_type(w, buf, &typed, err) != GW_OK)
			return GW_FAILED;
		column_collation(w, buf, column);
	}
	column_value(w, buf, column, generated);
	if (!generated || !gw_ddl_can(target, GW_DDL_COMPUTED))
		column_nullability(w, buf, column);
	if (column->comment != NULL && !w->options->no_comments && target->comment_open != NULL)
	{
		gw_sql(buf, target->comment_open);
		gw_ddl_string(w, buf, column->comment);
		gw_sql(buf, target->comment_close);
	}
	foreach(lc, w->constraints)
	{
		gw_sql(buf, " CHECK (");
		gw_sql_rendered(buf, lfirst(lc));
		gw_sql(buf, ")");
	}
	return GW_OK;
}

bool
gw_ddl_comment(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column, const char *comment,
			   GwError *err)
{
	GwSqlBuf table;

	gw_sqlbuf_init(&table);
	if (gw_ddl_table_name(w, &table, err) != GW_OK)
		return false;
	if (w->target->comment != NULL)
		return w->target->comment(w, buf, table.text.data, column, comment);
	gw_sql(buf, column ? "COMMENT ON COLUMN " : "COMMENT ON TABLE ");
	gw_sql_rendered(buf, table.text.data);
	if (column != NULL)
	{
		gw_sql(buf, ".");
		gw_ddl_identifier(w, buf, column->name);
	}
	gw_sql(buf, " IS ");
	if (comment != NULL)
		gw_ddl_string(w, buf, comment);
	else
		gw_sql(buf, "NULL");
	return true;
}
