/*
 * gw_ddl_check.c
 *	  The query that counts the values of a column that would not fit.
 *
 * It reads the source, in the source's SQL where that can say it, else in
 * PostgreSQL's over the source's table or foreign table here.  Nothing is run.
 */
#include "postgres.h"

#include "base/gw_compat.h"
#include "dialect/gw_ddl_private.h"
#include "nodes/value.h"
#include "utils/regproc.h"

/* {c} column, {n} limit, {w} and {s} digits before and behind the point. */
static void
check_condition(const GwDdlWriter *w, GwSqlBuf *buf, const char *text, const GwColumn *column,
				const GwDdlTypeRule *row)
{
	int64 limit = row->limit ? row->limit : column->type.length;

	for (; *text != '\0'; text++)
	{
		if (text[0] != '{' || text[1] == '\0' || text[2] != '}')
		{
			appendStringInfoChar(&buf->text, *text);
			continue;
		}
		switch (text[1])
		{
			case 'c':
				gw_ddl_identifier(w, buf, column->name);
				break;
			case 'n':
				gw_sql_int(buf, limit);
				break;
			case 'w':
				gw_sql_int(buf, row->max_whole);
				break;
			default:
				gw_sql_int(buf, row->max_scale);
				break;
		}
		text += 2;
	}
}

/* The relation that is checked; false: none is known. */
static bool
check_relation(const GwDdlWriter *w, const GwDdlWriter *reader, GwSqlBuf *buf)
{
	const char *parts[3] = {NULL, NULL, NULL};
	const GwSchema *schema = w->schema;
	int n = 0;

	if (w->options->check_source != NULL)
	{
		List *names = gw_qualified_names(w->options->check_source);

		for (n = 0; n < Min(list_length(names), 3); n++)
			parts[n] = strVal(list_nth(names, n));
		gw_ddl_qualified(reader, buf, n == 3 ? parts[0] : NULL, n > 1 ? parts[n - 2] : NULL,
						 parts[n - 1]);
		return true;
	}
	if (schema == NULL || schema->table == NULL)
		return false;
	gw_ddl_qualified(reader, buf, NULL, schema->schema, schema->table);
	return true;
}

void
gw_ddl_check_query(GwDdlWriter *w, const GwColumn *column, const GwDdlTypeRule *row,
				   GwDdlNotice *notice)
{
	const GwDdlTarget *source = NULL;
	static const GwDdlOptions plain;
	GwDdlWriter reader;
	GwSqlBuf buf;

	if (row->check == GW_CHECK_NONE || column->name == NULL)
		return;
	if (w->schema != NULL && w->schema->platform != NULL && w->options->check_source == NULL)
		source = gw_ddl_target(w->schema->platform);
	if (source == NULL || source->checks[row->check] == NULL)
		source = &gw_ddl_postgres;
	if (source->checks[row->check] == NULL)
		return;

	gw_ddl_begin(&reader, source, &plain, NULL);
	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "SELECT count(*) FROM ");
	if (!check_relation(w, &reader, &buf))
		return;
	gw_sql(&buf, " WHERE ");
	check_condition(&reader, &buf, source->checks[row->check], column, row);
	notice->check_sql = buf.text.data;
	notice->check_dialect = source->name;
}
