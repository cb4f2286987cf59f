/*
 * gw_ddl_read.c
 *	  A CREATE TABLE statement, and the comments behind it, as a schema.
 *
 * Reads what a warehouse prints as a table's DDL and what gw.render_ddl()
 * writes; anything else is an error at its place.  Runs nothing.
 */
#include "postgres.h"

#include "dialect/gw_ddl_read.h"
#include "utils/formatting.h"

/* ---------- behind the columns ---------- */

static bool
read_column_name_list(GwDdlReader *r, List **names)
{
	const char *name;

	if (gw_ddl_is(r, 0, "("))
		return gw_ddl_read_names(r, names);
	do
	{
		if (!gw_ddl_read_name(r, &name))
			return false;
		*names = lappend(*names, unconstify(char *, name));
	} while (gw_ddl_accept(r, ","));
	return true;
}

/* DATE(c), DATE_TRUNC(c, MONTH), TIMESTAMP_TRUNC(c, HOUR) */
static bool
read_partition_function(GwDdlReader *r)
{
	const char *name, *unit;
	bool day = gw_ddl_is(r, 0, "date");

	r->at++;
	if (!gw_ddl_expect(r, "(") || !gw_ddl_read_name(r, &name))
		return false;
	if (day)
		r->granularity = "day";
	else if (!gw_ddl_expect(r, ",") || !gw_ddl_read_name(r, &unit))
		return false;
	else
		r->granularity = asc_tolower(unit, strlen(unit));
	r->partition_kind = "time";
	r->partition = list_make1(unconstify(char *, name));
	return gw_ddl_expect(r, ")");
}

static bool
read_partition(GwDdlReader *r)
{
	static const char *const functions[] = {"date", "date_trunc", "timestamp_trunc",
											"datetime_trunc"};

	for (int i = 0; i < lengthof(functions); i++)
		if (gw_ddl_is(r, 0, functions[i]) && gw_ddl_is(r, 1, "("))
			return read_partition_function(r);
	r->partition_kind = gw_ddl_accept(r, "range") ? "range"
		: gw_ddl_accept(r, "list") ? "list" : gw_ddl_accept(r, "hash") ? "hash" : "value";
	return read_column_name_list(r, &r->partition);
}

static bool
read_style(GwDdlReader *r)
{
	const GwDdlToken *token = gw_ddl_peek(r, 0);
	const char *name;

	if (!gw_ddl_read_name(r, &name))
		return false;
	if (strcmp(name, "auto") != 0 && strcmp(name, "even") != 0 && strcmp(name, "all") != 0 &&
		strcmp(name, "key") != 0)
		return gw_ddl_fault(r, token, "no such distribution style");
	r->dist_style = name;
	return true;
}

/* ENGINE=InnoDB and the like: known, and not part of a schema. */
static bool
read_setting(GwDdlReader *r)
{
	static const char *const names[] = {"engine", "default charset", "default character set",
										"charset", "collate", "auto_increment", "row_format"};

	for (int i = 0; i < lengthof(names); i++)
	{
		if (!gw_ddl_accept(r, names[i]))
			continue;
		(void) gw_ddl_accept(r, "=");
		if (gw_ddl_peek(r, 0)->kind == 0 || gw_ddl_peek(r, 0)->kind == 'p')
			return gw_ddl_fault(r, gw_ddl_peek(r, 0), "a value is expected");
		gw_ddl_read_notice(r, "option_ignored", psprintf("%s = %s is not kept", names[i],
														 gw_ddl_peek(r, 0)->text));
		r->at++;
		return true;
	}
	return gw_ddl_fault(r, gw_ddl_peek(r, 0), "this is not known behind a table's columns");
}

static bool
read_properties(GwDdlReader *r)
{
	const char *text;

	if (!gw_ddl_read_parens(r, &text))
		return false;
	gw_ddl_read_notice(r, "option_ignored", psprintf("TBLPROPERTIES (%s) is not kept", text));
	return true;
}

static bool
read_table_clause(GwDdlReader *r)
{
	if (gw_ddl_accept(r, "comment"))
	{
		(void) gw_ddl_accept(r, "=");
		return gw_ddl_read_string(r, &r->schema->comment);
	}
	if (gw_ddl_accept(r, "options"))
		return gw_ddl_read_options(r, &r->schema->comment);
	if (gw_ddl_accept(r, "cluster by"))
		return read_column_name_list(r, &r->cluster);
	if (gw_ddl_accept(r, "partition by") || gw_ddl_accept(r, "partitioned by"))
		return read_partition(r);
	if (gw_ddl_accept(r, "diststyle"))
		return read_style(r);
	if (gw_ddl_accept(r, "distkey"))
	{
		List *names = NIL;

		if (!gw_ddl_read_names(r, &names))
			return false;
		r->dist_style = "key";
		r->dist_column = linitial(names);
		return true;
	}
	if (gw_ddl_accept(r, "compound"))
		r->sort_style = "compound";
	else if (gw_ddl_accept(r, "interleaved"))
		r->sort_style = "interleaved";
	if (gw_ddl_accept(r, "sortkey"))
		return read_column_name_list(r, &r->sort);
	if (gw_ddl_accept(r, "using delta"))
		return true;
	if (gw_ddl_accept(r, "tblproperties"))
		return read_properties(r);
	return read_setting(r);
}

/* ---------- the statements ---------- */

/* KEY name (c): understood, and no part of a schema. */
static bool
read_index(GwDdlReader *r)
{
	const char *name = "", *columns;

	r->at++;
	if (!gw_ddl_is(r, 0, "(") && !gw_ddl_read_name(r, &name))
		return false;
	if (!gw_ddl_read_parens(r, &columns))
		return false;
	gw_ddl_read_notice(r, "index_ignored", psprintf("index \"%s\" on (%s) is not kept", name,
													columns));
	return true;
}

static bool
read_at_index(const GwDdlReader *r)
{
	return (gw_ddl_is(r, 0, "key") || gw_ddl_is(r, 0, "index")) &&
		(gw_ddl_is(r, 1, "(") ||
		 (gw_ddl_is(r, 2, "(") && gw_ddl_peek(r, 3)->kind != 'n'));
}

static bool
read_create(GwDdlReader *r)
{
	static const char *const modifiers[] = {"or replace", "global", "local", "temporary", "temp",
											"transient", "unlogged"};
	GwSchema *schema = r->schema;

	if (!gw_ddl_expect(r, "create"))
		return false;
	for (int i = 0; i < lengthof(modifiers); i++)
		if (gw_ddl_accept(r, modifiers[i]) && modifiers[i][0] == 't')
			schema->kind = modifiers[i][1] == 'r' ? "transient" : "temporary";
	if (!gw_ddl_expect(r, "table"))
		return false;
	(void) gw_ddl_accept(r, "if not exists");
	if (!gw_ddl_read_qualified(r, &schema->database, &schema->schema, &schema->table) ||
		!gw_ddl_expect(r, "("))
		return false;
	do
	{
		if (read_at_index(r) ? !read_index(r)
			: gw_ddl_at_constraint(r) ? !gw_ddl_read_constraint(r, NULL)
									  : !gw_ddl_read_column(r))
			return false;
	} while (gw_ddl_accept(r, ","));
	if (!gw_ddl_expect(r, ")"))
		return false;
	while (gw_ddl_peek(r, 0)->kind != 0 && !gw_ddl_is(r, 0, ";"))
		if (!read_table_clause(r))
			return false;
	return true;
}

static GwColumn *
read_find_column(GwDdlReader *r, const char *name)
{
	ListCell *lc;

	foreach(lc, r->columns)
		if (strcmp(((GwColumn *) lfirst(lc))->name, name) == 0)
			return lfirst(lc);
	return NULL;
}

/* COMMENT ON TABLE t IS 'x', COMMENT ON COLUMN t.c IS 'x' */
static bool
read_comment(GwDdlReader *r)
{
	bool column = gw_ddl_accept(r, "comment on column");
	const char *parts[4], **comment = &r->schema->comment;
	const GwDdlToken *begin;
	int n = 0;

	if (!column && !gw_ddl_expect(r, "comment on table"))
		return false;
	begin = gw_ddl_peek(r, 0);
	do
	{
		if (n == lengthof(parts))
			return gw_ddl_fault(r, gw_ddl_peek(r, 0), "a name has fewer parts");
		if (!gw_ddl_read_name(r, &parts[n++]))
			return false;
	} while (gw_ddl_accept(r, "."));
	if (n < (column ? 2 : 1) || strcmp(parts[n - (column ? 2 : 1)], r->schema->table) != 0)
		return gw_ddl_fault(r, begin, "this is another table");
	if (column)
	{
		GwColumn *found = read_find_column(r, parts[n - 1]);

		if (found == NULL)
			return gw_ddl_fault(r, begin, "there is no such column");
		comment = &found->comment;
	}
	return gw_ddl_expect(r, "is") && gw_ddl_read_string(r, comment);
}

/* ---------- the schema ---------- */

static void
read_names_json(GwJsonBuilder *b, const List *names, bool objects)
{
	ListCell *lc;

	gw_json_key(b, "columns");
	gw_json_begin_array(b);
	foreach(lc, names)
	{
		if (!objects)
		{
			gw_json_add_text(b, lfirst(lc));
			continue;
		}
		gw_json_begin_object(b);
		gw_json_put_text(b, "name", lfirst(lc));
		gw_json_end_object(b);
	}
	gw_json_end_array(b);
}

static Jsonb *
read_layout(GwDdlReader *r)
{
	GwJsonBuilder b = {NULL, NULL};

	if (r->partition == NIL && r->cluster == NIL && r->sort == NIL && r->dist_style == NULL)
		return NULL;
	gw_json_begin_object(&b);
	if (r->partition != NIL)
	{
		gw_json_key(&b, "partition");
		gw_json_begin_object(&b);
		gw_json_put_text(&b, "kind", r->partition_kind);
		read_names_json(&b, r->partition, false);
		gw_json_put_text(&b, "granularity", r->granularity);
		gw_json_end_object(&b);
	}
	if (r->cluster != NIL)
	{
		gw_json_key(&b, "cluster");
		gw_json_begin_object(&b);
		read_names_json(&b, r->cluster, true);
		gw_json_end_object(&b);
	}
	if (r->sort != NIL)
	{
		gw_json_key(&b, "sort");
		gw_json_begin_object(&b);
		read_names_json(&b, r->sort, true);
		gw_json_put_text(&b, "style", r->sort_style);
		gw_json_end_object(&b);
	}
	if (r->dist_style != NULL)
	{
		gw_json_key(&b, "distribution");
		gw_json_begin_object(&b);
		gw_json_put_text(&b, "style", r->dist_style);
		gw_json_put_text(&b, "column", r->dist_column);
		gw_json_end_object(&b);
	}
	gw_json_end_object(&b);
	return gw_json_finish(&b);
}

static Jsonb *
read_notices(GwDdlReader *r)
{
	GwJsonBuilder b = {NULL, NULL};

	if (r->notices == NIL)
		return NULL;
	gw_json_begin_array(&b);
	for (int i = 0; i < list_length(r->notices); i += 2)
	{
		gw_json_begin_object(&b);
		gw_json_put_text(&b, "code", list_nth(r->notices, i));
		gw_json_put_text(&b, "message", list_nth(r->notices, i + 1));
		gw_json_end_object(&b);
	}
	gw_json_end_array(&b);
	return gw_json_finish(&b);
}

static GwKey *
read_keys(const List *list, int *n)
{
	GwKey *keys = palloc(Max(list_length(list), 1) * sizeof(GwKey));

	*n = list_length(list);
	for (int i = 0; i < *n; i++)
		keys[i] = *(GwKey *) list_nth(list, i);
	return keys;
}

static void
read_finish(GwDdlReader *r)
{
	GwSchema *schema = r->schema;

	schema->platform = gw_ddl_target_name(r->target);
	schema->ncolumns = list_length(r->columns);
	schema->columns = palloc(Max(schema->ncolumns, 1) * sizeof(GwColumn));
	for (int i = 0; i < schema->ncolumns; i++)
		schema->columns[i] = *(GwColumn *) list_nth(r->columns, i);
	for (int i = 0; schema->primary != NULL && i < schema->primary->ncolumns; i++)
		for (int j = 0; j < schema->ncolumns; j++)
			if (strcmp(schema->columns[j].name, schema->primary->columns[i]) == 0)
				schema->columns[j].nullable = false;
	schema->unique = read_keys(r->unique, &schema->nunique);
	schema->foreign = read_keys(r->foreign, &schema->nforeign);
	schema->check = read_keys(r->check, &schema->ncheck);
	schema->layout = read_layout(r);
	schema->notices = read_notices(r);
	schema->rows = schema->bytes = GW_ABSENT;
}

GwStatus
gw_ddl_read(const GwDdlTarget *target, const char *sql, GwSchema **schema, GwError *err)
{
	GwDdlReader r = {target, sql};

	r.err = err;
	r.schema = palloc0(sizeof(GwSchema));
	r.schema->kind = "table";
	if (!gw_ddl_tokens(&r) || !read_create(&r))
		return GW_FAILED;
	while (gw_ddl_accept(&r, ";"))
		if (gw_ddl_peek(&r, 0)->kind != 0 && !gw_ddl_is(&r, 0, ";") && !read_comment(&r))
			return GW_FAILED;
	if (gw_ddl_peek(&r, 0)->kind != 0)
	{
		gw_ddl_fault(&r, gw_ddl_peek(&r, 0), "the statement has ended");
		return GW_FAILED;
	}
	read_finish(&r);
	*schema = r.schema;
	return GW_OK;
}
