/*
 * gw_ddl_read_column.c
 *	  Columns and constraints of a CREATE TABLE.
 *
 * What follows a column's type is read word by word; a word that is not known
 * here is an error at its place.
 */
#include "postgres.h"

#include "dialect/gw_ddl_read.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/formatting.h"

void
gw_ddl_read_notice(GwDdlReader *r, const char *code, const char *message)
{
	r->notices = lappend(lappend(r->notices, pstrdup(code)), pstrdup(message));
}

/* Words that end a type or a default. */
static bool
read_at_attribute(const GwDdlReader *r)
{
	static const char *const words[] = {
		"not", "null", "default", "primary", "unique", "references", "check", "collate",
		"comment", "generated", "identity", "auto_increment", "autoincrement", "constraint",
		"options", "encode", "distkey", "sortkey", "as", "on", "charset", "key", "stored",
		"rowguidcol", "sparse", "invisible", "visible", "persisted", "virtual"
	};

	if (gw_ddl_is(r, 0, "character") && gw_ddl_is(r, 1, "set"))
		return true;
	for (int i = 0; i < lengthof(words); i++)
		if (gw_ddl_is(r, 0, words[i]))
			return true;
	return false;
}

/* ---------- keys ---------- */

static bool
read_reference(GwDdlReader *r, GwKey *key)
{
	List *names = NIL;

	if (!gw_ddl_read_qualified(r, &key->ref_database, &key->ref_schema, &key->ref_table))
		return false;
	if (gw_ddl_is(r, 0, "(") && !gw_ddl_read_names(r, &names))
		return false;
	key->nref_columns = list_length(names);
	key->ref_columns = palloc(Max(key->nref_columns, 1) * sizeof(char *));
	for (int i = 0; i < key->nref_columns; i++)
		key->ref_columns[i] = list_nth(names, i);
	while (gw_ddl_is(r, 0, "on"))
	{
		bool deleting = gw_ddl_accept(r, "on delete");
		const char *action;

		if (!deleting && !gw_ddl_accept(r, "on update"))
			return gw_ddl_fault(r, gw_ddl_peek(r, 1), "DELETE or UPDATE is expected");
		if (gw_ddl_accept(r, "no action"))
			action = "no action";
		else if (gw_ddl_accept(r, "set null"))
			action = "set null";
		else if (gw_ddl_accept(r, "set default"))
			action = "set default";
		else if (gw_ddl_accept(r, "cascade"))
			action = "cascade";
		else if (gw_ddl_accept(r, "restrict"))
			action = "restrict";
		else
			return gw_ddl_fault(r, gw_ddl_peek(r, 0), "an action is expected");
		if (deleting)
			key->on_delete = action;
		else
			key->on_update = action;
	}
	return true;
}

static bool
read_enforcement(GwDdlReader *r, GwKey *key)
{
	key->enforced = gw_ddl_can(r->target, GW_DDL_CAN_ENFORCE);
	for (;;)
	{
		if (gw_ddl_accept(r, "not enforced"))
			key->enforced = false;
		else if (gw_ddl_accept(r, "enforced"))
			key->enforced = true;
		else if (!gw_ddl_accept(r, "rely") && !gw_ddl_accept(r, "norely") &&
				 !gw_ddl_accept(r, "not deferrable") && !gw_ddl_accept(r, "clustered") &&
				 !gw_ddl_accept(r, "nonclustered"))
			return true;
	}
}

static bool
read_key_columns(GwDdlReader *r, GwKey *key, const GwColumn *column)
{
	List *names = NIL;

	(void) (gw_ddl_accept(r, "clustered") || gw_ddl_accept(r, "nonclustered"));
	if (column != NULL)
		names = list_make1(unconstify(char *, column->name));
	else if (!gw_ddl_read_names(r, &names))
		return false;
	key->ncolumns = list_length(names);
	key->columns = palloc(key->ncolumns * sizeof(char *));
	for (int i = 0; i < key->ncolumns; i++)
		key->columns[i] = list_nth(names, i);
	return true;
}

bool
gw_ddl_at_constraint(const GwDdlReader *r)
{
	bool named = gw_ddl_is(r, 0, "constraint");
	int at = named ? 2 : 0;

	return named || gw_ddl_is(r, at, "check") ||
		(gw_ddl_is(r, at, "primary") && gw_ddl_is(r, at + 1, "key")) ||
		(gw_ddl_is(r, at, "foreign") && gw_ddl_is(r, at + 1, "key")) ||
		gw_ddl_is(r, at, "references") ||
		(gw_ddl_is(r, at, "unique") && gw_ddl_peek(r, at + 1)->kind != 'n');
}

/* MySQL: UNIQUE KEY name (...), FOREIGN KEY name (...) */
static bool
read_inner_name(GwDdlReader *r, GwKey *key, bool table)
{
	if (table && !gw_ddl_is(r, 0, "(") && !gw_ddl_is(r, 0, "clustered") &&
		!gw_ddl_is(r, 0, "nonclustered"))
		return gw_ddl_read_name(r, &key->name);
	return true;
}

/* column: the one whose definition this stands in, or NULL. */
bool
gw_ddl_read_constraint(GwDdlReader *r, const GwColumn *column)
{
	GwKey *key = palloc0(sizeof(GwKey));
	const GwDdlToken *begin = gw_ddl_peek(r, 0);

	if (gw_ddl_accept(r, "constraint") && !gw_ddl_read_name(r, &key->name))
		return false;
	if (gw_ddl_accept(r, "primary key"))
	{
		if (r->schema->primary != NULL)
			return gw_ddl_fault(r, begin, "there is a primary key already");
		if (!read_key_columns(r, key, column))
			return false;
		r->schema->primary = key;
	}
	else if (gw_ddl_accept(r, "unique"))
	{
		if (!gw_ddl_accept(r, "key"))
			(void) gw_ddl_accept(r, "index");
		if (!read_inner_name(r, key, column == NULL) || !read_key_columns(r, key, column))
			return false;
		r->unique = lappend(r->unique, key);
	}
	else if (gw_ddl_accept(r, "check"))
	{
		if (!gw_ddl_read_parens(r, &key->sql))
			return false;
		key->dialect = gw_ddl_target_name(r->target);
		r->check = lappend(r->check, key);
	}
	else
	{
		if (column == NULL && (!gw_ddl_expect(r, "foreign key") ||
							   !read_inner_name(r, key, true)))
			return false;
		if (!read_key_columns(r, key, column) || !gw_ddl_expect(r, "references") ||
			!read_reference(r, key))
			return false;
		r->foreign = lappend(r->foreign, key);
	}
	return read_enforcement(r, key);
}

/* ---------- what follows a type ---------- */

static bool
read_number(GwDdlReader *r, int64 *number)
{
	bool negative = gw_ddl_accept(r, "-");
	const GwDdlToken *token = gw_ddl_peek(r, 0);
	char *end;

	if (token->kind != 'n')
		return gw_ddl_fault(r, token, "a number is expected");
	errno = 0;
	*number = strtoll(token->text, &end, 10);
	if (errno != 0 || *end != '\0')
		return gw_ddl_fault(r, token, "a whole number is expected");
	if (negative)
		*number = -*number;
	r->at++;
	return true;
}

/* [(1, 1)] [(START WITH 1 INCREMENT BY 1)] [START 1 INCREMENT 1] */
static bool
read_identity(GwDdlReader *r, GwColumn *column, const char *mode)
{
	bool parens = gw_ddl_accept(r, "(");

	column->identity_mode = mode;
	column->identity_start = column->identity_increment = 1;
	if (parens && gw_ddl_peek(r, 0)->kind != 'w')
		return read_number(r, &column->identity_start) && gw_ddl_expect(r, ",") &&
			read_number(r, &column->identity_increment) && gw_ddl_expect(r, ")");
	for (;;)
	{
		bool start = gw_ddl_accept(r, "start");

		if (!start && !gw_ddl_accept(r, "increment"))
			break;
		(void) (gw_ddl_accept(r, start ? "with" : "by") || gw_ddl_accept(r, "="));
		if (!read_number(r, start ? &column->identity_start : &column->identity_increment))
			return false;
		if (parens)
			(void) gw_ddl_accept(r, ",");
	}
	return !parens || gw_ddl_expect(r, ")");
}

static bool
read_generated(GwDdlReader *r, GwColumn *column)
{
	if (!gw_ddl_read_parens(r, &column->generated_sql))
		return false;
	column->generated_dialect = gw_ddl_target_name(r->target);
	column->generated_stored = gw_ddl_accept(r, "stored") || gw_ddl_accept(r, "persisted");
	if (!column->generated_stored && !gw_ddl_accept(r, "virtual"))
		column->generated_stored = !gw_ddl_can(r->target, GW_DDL_CAN_VIRTUAL);
	return true;
}

static Jsonb *
read_json(const char *text)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

static bool
read_default(GwDdlReader *r, GwColumn *column)
{
	const char *sql;
	const GwDdlToken *token;
	GwJsonBuilder b = {NULL, NULL};
	int first;

	/* DEFAULT NULL and DEFAULT 'x' begin with words that would end it. */
	if (!gw_ddl_read_until(r, read_at_attribute, &sql, &first))
		return false;
	token = &r->tokens[first];
	column->default_sql = sql;
	column->default_dialect = gw_ddl_target_name(r->target);
	column->default_kind = pg_strncasecmp(sql, "nextval(", 8) == 0 ? GW_DEFAULT_SEQUENCE
																   : GW_DEFAULT_EXPRESSION;
	if (r->at != first + 1)
		return true;
	if (pg_strcasecmp(sql, "null") == 0)
		column->default_kind = GW_DEFAULT_NULL;
	else if (pg_strcasecmp(sql, "true") == 0 || pg_strcasecmp(sql, "false") == 0)
		column->default_value = read_json(asc_tolower(sql, strlen(sql)));
	else if (token->kind == 'n' && strspn(sql, "0123456789.") == strlen(sql) &&
			 sql[strlen(sql) - 1] != '.' && (sql[0] != '0' || sql[1] == '.' || sql[1] == '\0') &&
			 strchr(sql, '.') == strrchr(sql, '.'))
		column->default_value = read_json(sql);
	else if (token->kind == 's')
	{
		gw_json_begin_array(&b);
		gw_json_add_text(&b, token->text);
		gw_json_end_array(&b);
		column->default_value = gw_json_document(gw_json_item(
			gw_json_root(gw_json_finish(&b)), 0));
	}
	if (column->default_value != NULL)
		column->default_kind = GW_DEFAULT_LITERAL;
	return true;
}

bool
gw_ddl_read_options(GwDdlReader *r, const char **comment)
{
	if (!gw_ddl_expect(r, "("))
		return false;
	while (!gw_ddl_accept(r, ")"))
	{
		const char *name, *value;
		int first;

		if (!gw_ddl_read_name(r, &name) || !gw_ddl_expect(r, "="))
			return false;
		if (pg_strcasecmp(name, "description") == 0 && gw_ddl_peek(r, 0)->kind == 's')
		{
			if (!gw_ddl_read_string(r, comment))
				return false;
		}
		else
		{
			if (!gw_ddl_read_until(r, read_at_attribute, &value, &first))
				return false;
			gw_ddl_read_notice(r, "option_ignored",
							   psprintf("option %s = %s is not kept", name, value));
		}
		if (!gw_ddl_is(r, 0, ")") && !gw_ddl_expect(r, ","))
			return false;
	}
	return true;
}

/* ON UPDATE now(), ENCODE x: facts a schema has no place for. */
static bool
read_unkept(GwDdlReader *r, const GwColumn *column, const char *what)
{
	const char *text;
	int first;

	if (!gw_ddl_read_until(r, read_at_attribute, &text, &first))
		return false;
	gw_ddl_read_notice(r, "clause_ignored", psprintf("column \"%s\": %s %s is not kept",
													 column->name, what, text));
	return true;
}

/* One attribute; *done when none is left. */
static bool
read_attribute(GwDdlReader *r, GwColumn *column, bool *done)
{
	if (gw_ddl_accept(r, "not null"))
	{
		column->nullable = false;
		return true;
	}
	if (gw_ddl_accept(r, "null") || gw_ddl_accept(r, "visible"))
		return true;
	if (gw_ddl_accept(r, "default"))
		return read_default(r, column);
	if (gw_ddl_at_constraint(r))
	{
		if (gw_ddl_is(r, 0, "constraint") &&
			(gw_ddl_is(r, 2, "not") || gw_ddl_is(r, 2, "default") || gw_ddl_is(r, 2, "null")))
			r->at += 2;
		else if (!gw_ddl_read_constraint(r, column))
			return false;
		return true;
	}
	if (gw_ddl_accept(r, "collate"))
		return gw_ddl_peek(r, 0)->kind == 's' ? gw_ddl_read_string(r, &column->collation)
											  : gw_ddl_read_name(r, &column->collation);
	if (gw_ddl_accept(r, "character set") || gw_ddl_accept(r, "charset"))
		return gw_ddl_read_name(r, &column->charset);
	if (gw_ddl_accept(r, "comment"))
		return gw_ddl_read_string(r, &column->comment);
	if (gw_ddl_accept(r, "options"))
		return gw_ddl_read_options(r, &column->comment);
	if (gw_ddl_accept(r, "generated always as identity"))
		return read_identity(r, column, "always");
	if (gw_ddl_accept(r, "generated by default as identity"))
		return read_identity(r, column, "by_default");
	if (gw_ddl_accept(r, "identity") || gw_ddl_accept(r, "autoincrement"))
		return read_identity(r, column, gw_ddl_can(r->target, GW_DDL_ONE_IDENTITY)
							 ? "always" : "by_default");
	if (gw_ddl_accept(r, "auto_increment"))
		return read_identity(r, column, "by_default");
	if (gw_ddl_accept(r, "generated always as") || gw_ddl_accept(r, "as"))
		return read_generated(r, column);
	if (gw_ddl_accept(r, "encode"))
		return read_unkept(r, column, "ENCODE");
	if (gw_ddl_accept(r, "on update"))
		return read_unkept(r, column, "ON UPDATE");
	if (gw_ddl_accept(r, "distkey"))
	{
		r->dist_style = "key";
		r->dist_column = column->name;
		return true;
	}
	if (gw_ddl_accept(r, "sortkey"))
	{
		r->sort = lappend(r->sort, unconstify(char *, column->name));
		return true;
	}
	*done = true;
	return true;
}

/* ---------- the column ---------- */

/* The type's text without [brackets] around its words. */
static bool
read_type_text(GwDdlReader *r, const char **text)
{
	StringInfoData plain;
	int first;

	if (!gw_ddl_read_until(r, read_at_attribute, text, &first))
		return false;
	if (r->tokens[first].kind != 'q')
		return true;
	initStringInfo(&plain);
	for (int i = first; i < r->at; i++)
		appendStringInfo(&plain, "%s%s",
						 i > first && r->tokens[i].start > r->tokens[i - 1].end ? " " : "",
						 r->tokens[i].text);
	*text = plain.data;
	return true;
}

/* serial and its like are an integer with a sequence; false: it is none of them. */
static bool
read_serial(const GwDdlReader *r, const char *text, GwColumn *column)
{
	static const struct
	{
		const char *name;
		GwTypeId id;
	} serials[] = {
		{"smallserial", GW_TYPE_INT16}, {"serial2", GW_TYPE_INT16}, {"serial", GW_TYPE_INT32},
		{"serial4", GW_TYPE_INT32}, {"bigserial", GW_TYPE_INT64}, {"serial8", GW_TYPE_INT64},
	};

	if ((r->target->dialect->flags & GW_DIALECT_POSTGRES) == 0)
		return false;
	for (int i = 0; i < lengthof(serials); i++)
		if (pg_strcasecmp(text, serials[i].name) == 0)
		{
			column->type = gw_type_make(serials[i].id);
			column->native_type = text;
			column->identity_mode = "by_default";
			column->identity_start = column->identity_increment = 1;
			return true;
		}
	return false;
}

static void
read_add_column(GwDdlReader *r, GwColumn *column, const char *name, bool nullable)
{
	column->name = name;
	column->nullable = nullable;
	column->ordinal = list_length(r->columns) + 1;
	r->columns = lappend(r->columns, column);
}

/* name AS (expression): the statement does not say of which type it is. */
static bool
read_computed(GwDdlReader *r, GwColumn *column, const char *name)
{
	r->at++;
	column->type = gw_type_make(GW_TYPE_OPAQUE);
	read_add_column(r, column, name, true);
	gw_ddl_read_notice(r, "type_unknown",
					   psprintf("column \"%s\": only its expression is known", name));
	return read_generated(r, column);
}

bool
gw_ddl_read_column(GwDdlReader *r)
{
	GwColumn *column = palloc0(sizeof(GwColumn));
	const GwDdlToken *begin;
	const char *name, *text;
	bool done = false, serial;
	GwError err;

	if (!gw_ddl_read_name(r, &name))
		return false;
	begin = gw_ddl_peek(r, 0);
	if (gw_ddl_can(r->target, GW_DDL_COMPUTED) && gw_ddl_is(r, 0, "as"))
		return read_computed(r, column, name);
	if (!read_type_text(r, &text))
		return false;
	serial = read_serial(r, text, column);
	if (!serial && gw_ddl_map_type(r->target, text, column, &err) != GW_OK)
		return gw_ddl_fault(r, begin, psprintf("%s: %s", err.message, err.detail));
	if (!serial && column->type.id == GW_TYPE_OPAQUE)
		return gw_ddl_fault(r, begin, psprintf("%s is not a type of %s", text,
											   r->target->title));
	read_add_column(r, column, name, !serial);
	while (!done)
		if (!read_attribute(r, column, &done))
			return false;
	if (!gw_ddl_is(r, 0, ",") && !gw_ddl_is(r, 0, ")"))
		return gw_ddl_fault(r, gw_ddl_peek(r, 0), "this is not known behind a column's type");
	return true;
}
