/*
 * gw_ddl_default.c
 *	  A column's default in the target's SQL: constants, and the clocks and
 *	  generators every platform spells its own way.
 *
 * An expression is written as it stands where it is in the target's own SQL;
 * another platform's is translated when it is one of those functions, else
 * dropped with a notice.
 */
#include "postgres.h"

#include "dialect/gw_ddl_private.h"
#include "utils/formatting.h"

/* Names by which platforms call what GwDdlFunction lists; without parentheses. */
static const struct
{
	const char *name;
	GwDdlFunction function;
} default_functions[] = {
	{"now", GW_FN_NOW},
	{"current_timestamp", GW_FN_NOW},
	{"transaction_timestamp", GW_FN_NOW},
	{"statement_timestamp", GW_FN_NOW},
	{"clock_timestamp", GW_FN_NOW},
	{"getdate", GW_FN_NOW},
	{"sysdate", GW_FN_NOW},
	{"sysdatetime", GW_FN_NOW},
	{"sysdatetimeoffset", GW_FN_NOW},
	{"localtimestamp", GW_FN_NOW},
	{"current_datetime", GW_FN_NOW},
	{"current_date", GW_FN_TODAY},
	{"curdate", GW_FN_TODAY},
	{"gen_random_uuid", GW_FN_UUID},
	{"uuid_generate_v4", GW_FN_UUID},
	{"generate_uuid", GW_FN_UUID},
	{"uuid_string", GW_FN_UUID},
	{"newid", GW_FN_UUID},
	{"uuid", GW_FN_UUID},
};

/* "((getdate()))", "CURRENT_TIMESTAMP(6)" as the bare name in lower case. */
static char *
default_bare_name(const char *sql)
{
	char *text = asc_tolower(sql, strlen(sql));
	int len;

	for (;;)
	{
		while (*text == ' ' || *text == '(')
			text++;
		if (strncmp(text, "pg_catalog.", 11) == 0)
			text += 11;
		else
			break;
	}
	len = strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");

	/* Behind the name: parentheses, at most a number between them. */
	if (text[len + strspn(text + len, "() 0123456789")] != '\0')
		return NULL;
	return pnstrdup(text, len);
}

static bool
default_function(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column)
{
	const char *name = default_bare_name(column->default_sql);
	int64 fraction = column->type.fraction == GW_ABSENT ? GW_DDL_FRACTION : column->type.fraction;

	for (int i = 0; name != NULL && i < lengthof(default_functions); i++)
	{
		GwDdlFunction function = default_functions[i].function;
		const char *sql, *slot;

		if (strcmp(default_functions[i].name, name) != 0)
			continue;
		if (function == GW_FN_NOW && column->type.id == GW_TYPE_TIMESTAMP)
			function = GW_FN_LOCAL_NOW;
		if (function == GW_FN_NOW && column->type.id == GW_TYPE_DATE)
			function = GW_FN_TODAY;
		sql = w->target->functions[function];
		if (sql == NULL)
			return false;
		slot = strstr(sql, "{f}");
		if (slot == NULL)
			gw_sql(buf, sql);
		else
			appendStringInfo(&buf->text, "%.*s" INT64_FORMAT "%s", (int) (slot - sql), sql,
							 Min(fraction, GW_DDL_FRACTION), slot + 3);
		return true;
	}
	return false;
}

static bool
default_is_number(GwTypeId id)
{
	return (id >= GW_TYPE_INT8 && id <= GW_TYPE_NUMERIC);
}

/* Types whose constants every platform reads from a string. */
static bool
default_is_string(const GwDdlWriter *w, GwTypeId id)
{
	switch (id)
	{
		case GW_TYPE_STRING:
		case GW_TYPE_CHAR:
		case GW_TYPE_DATE:
		case GW_TYPE_TIME:
		case GW_TYPE_TIMESTAMP:
		case GW_TYPE_UUID:
		case GW_TYPE_ENUM:
		case GW_TYPE_INET:
		case GW_TYPE_CIDR:
		case GW_TYPE_MACADDR:
			return true;
		case GW_TYPE_TIMETZ:
		case GW_TYPE_TIMESTAMPTZ:
		case GW_TYPE_TIMESTAMPOFFSET:
			return gw_ddl_can(w->target, GW_DDL_ZONED_CONSTANT);
		default:
			return false;
	}
}

static bool
default_constant(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column)
{
	JsonbValue *value = gw_json_root(column->default_value);
	GwTypeId id = column->type.id;
	const char *json_open = w->target->json_constant;
	char *text;
	bool flag;

	if (value->type == jbvBool && id == GW_TYPE_BOOL)
	{
		(void) gw_json_bool(value, &flag);
		gw_sql(buf, gw_ddl_can(w->target, GW_DDL_BOOL_IS_BIT) ? (flag ? "1" : "0")
															  : (flag ? "TRUE" : "FALSE"));
		return true;
	}
	if (value->type == jbvNumeric && default_is_number(id))
	{
		gw_sql_rendered(buf, gw_ddl_number(value));
		return true;
	}
	if ((id == GW_TYPE_JSON || id == GW_TYPE_VARIANT) && json_open != NULL)
	{
		/* A document's text arrives as a JSON string, or as the document itself. */
		if (!gw_json_text(value, &text))
			text = JsonbToCString(NULL, &column->default_value->root, 0);
		gw_sql(buf, json_open);
		gw_ddl_string(w, buf, text);
		return true;
	}
	if (default_is_string(w, id) && gw_json_text(value, &text))
	{
		gw_ddl_string(w, buf, text);
		return true;
	}
	return false;
}

/* The expression alone; false: it cannot be said. */
static bool
default_expression(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column)
{
	const char *dialect = column->default_dialect;

	if (column->default_kind == GW_DEFAULT_LITERAL && column->default_value != NULL &&
		default_constant(w, buf, column))
		return true;
	if (column->default_sql == NULL)
		return false;
	if (dialect != NULL && gw_ddl_target(dialect) == w->target &&
		gw_ddl_is_expression(w->target, column->default_sql))
	{
		gw_sql_rendered(buf, column->default_sql);
		return true;
	}
	return default_function(w, buf, column);
}

bool
gw_ddl_default(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column)
{
	GwSqlBuf sql;
	bool parens = false;

	/* A default of NULL is none; a sequence is rendered as an identity. */
	if (column->default_kind == GW_DEFAULT_NONE || column->default_kind == GW_DEFAULT_NULL)
		return false;
	gw_sqlbuf_init(&sql);
	if (column->default_kind == GW_DEFAULT_SEQUENCE || !default_expression(w, &sql, column))
	{
		gw_ddl_notice(w, "default_unsupported", column->name, "the default %s is left out",
					  column->default_sql
						  ? column->default_sql
						  : JsonbToCString(NULL, &column->default_value->root, 0));
		return false;
	}
	if (w->target->default_in_parens != NULL)
	{
		GwDdlWriter scratch = *w;
		GwSqlBuf native;
		GwError ignored;

		/* Its notices were given when the type itself was rendered. */
		scratch.notices = NIL;
		gw_sqlbuf_init(&native);
		parens = gw_ddl_type(&scratch, &native, column, &ignored) == GW_OK &&
				 w->target->default_in_parens(native.text.data, sql.text.data);
	}
	if (parens)
		gw_sql(buf, "(");
	gw_sql_rendered(buf, sql.text.data);
	if (parens)
		gw_sql(buf, ")");
	return true;
}
