/*
 * gw_ddl.c
 *	  DDL targets by name, the options of a rendering, and what every part of
 *	  the writer uses: notices, names, constants, layouts.
 *
 * The targets are constants; a writer and its notices live in the context in
 * which they are used.
 */
#include "postgres.h"

#include "base/gw_json_options.h"
#include "base/gw_text.h"
#include "dialect/gw_ddl_private.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/numeric.h"

/* In order of their names. */
static const GwDdlTarget *const ddl_targets[] = {
	&gw_ddl_bigquery, &gw_ddl_databricks, &gw_ddl_mysql,	 &gw_ddl_postgres,
	&gw_ddl_redshift, &gw_ddl_snowflake,  &gw_ddl_sqlserver,
};

const GwDdlTarget *
gw_ddl_target(const char *name)
{
	for (int i = 0; i < lengthof(ddl_targets); i++)
	{
		const GwDdlTarget *target = ddl_targets[i];

		if (pg_strcasecmp(target->name, name) == 0)
			return target;
		for (const char *const *alias = target->aliases; alias != NULL && *alias != NULL; alias++)
			if (pg_strcasecmp(*alias, name) == 0)
				return target;
	}
	return NULL;
}

const GwDdlTarget *
gw_ddl_target_at(int i)
{
	return i >= 0 && i < lengthof(ddl_targets) ? ddl_targets[i] : NULL;
}

const char *
gw_ddl_target_name(const GwDdlTarget *target)
{
	return target->name;
}

bool
gw_ddl_can(const GwDdlTarget *target, uint32 capability)
{
	return (target->can & capability) == capability;
}

char
gw_ddl_rule_code(GwDdlRule rule)
{
	return "EWACR"[rule];
}

/* ---------- options ---------- */

typedef enum OptionKind
{
	OPTION_BOOL,
	OPTION_NOT, /* a flag that is stored the other way round */
	OPTION_TEXT,
	OPTION_CHOICE,
	OPTION_LAYOUT,
} OptionKind;

typedef struct OptionRow
{
	const char *name;
	OptionKind kind;
	size_t offset;
	const char *choices; /* blank-separated, the first is the default */
} OptionRow;

#define OPTION(name, kind, member, choices) \
	{name, kind, offsetof(GwDdlOptions, member), choices}

static const OptionRow option_rows[] = {
	OPTION("on_lossy", OPTION_CHOICE, on_lossy, "annotate error text truncate"),
	OPTION("strict", OPTION_BOOL, strict, NULL),
	OPTION("if_not_exists", OPTION_BOOL, if_not_exists, NULL),
	OPTION("or_replace", OPTION_BOOL, or_replace, NULL),
	OPTION("temporary", OPTION_BOOL, temporary, NULL),
	OPTION("transient", OPTION_BOOL, transient, NULL),
	OPTION("structured", OPTION_BOOL, structured, NULL),
	OPTION("comments", OPTION_NOT, no_comments, NULL),
	OPTION("foreign_keys", OPTION_NOT, no_foreign_keys, NULL),
	OPTION("quote", OPTION_CHOICE, quote_minimal, "always minimal"),
	OPTION("case", OPTION_CHOICE, case_upper, "preserve upper"),
	OPTION("format", OPTION_TEXT, format, "sql json_schema cli_create cli_load"),
	OPTION("file", OPTION_TEXT, file, NULL),
	OPTION("check_source", OPTION_TEXT, check_source, NULL),
	OPTION("table_name", OPTION_TEXT, table_name, NULL),
	OPTION("schema_name", OPTION_TEXT, schema_name, NULL),
	OPTION("database_name", OPTION_TEXT, database_name, NULL),
	OPTION("layout", OPTION_LAYOUT, layout, NULL),
};

/* Where the word stands in the list; -1: it does not. */
static int
option_choice(const char *choices, const char *word)
{
	int len = strlen(word);

	for (int i = 0; *choices != '\0'; i++)
	{
		int here = strcspn(choices, " ");

		if (here == len && strncmp(choices, word, len) == 0)
			return i;
		choices += here + (choices[here] == ' ');
	}
	return -1;
}

static const char *
option_set(const void *option, JsonbValue *value, void *arg)
{
	const OptionRow *row = option;
	GwDdlOptions *options = arg;
	void *member = (char *) options + row->offset;
	char *text;
	bool flag;
	int choice;

	switch (row->kind)
	{
		case OPTION_BOOL:
		case OPTION_NOT:
			if (!gw_json_bool(value, &flag))
				return "true or false";
			*(bool *) member = flag == (row->kind == OPTION_BOOL);
			return NULL;
		case OPTION_LAYOUT:
			if (!gw_json_is_object(value))
				return "an object";
			*(Jsonb **) member = gw_json_document(value);
			return NULL;
		case OPTION_TEXT:
		case OPTION_CHOICE:
			if (!gw_json_text(value, &text))
				return "a string";
			choice = row->choices ? option_choice(row->choices, text) : 0;
			if (choice < 0)
				return psprintf("one of: %s", row->choices);
			if (row->kind == OPTION_TEXT)
				*(const char **) member = text;
			else if (row->offset == offsetof(GwDdlOptions, on_lossy))
				options->on_lossy = (GwDdlLossy) choice;
			else
				*(bool *) member = choice == 1;
			return NULL;
	}
	return NULL;
}

static const GwJsonOptions ddl_options = {
	.rows = option_rows,
	.row_size = sizeof(OptionRow),
	.nrows = lengthof(option_rows),
	.set = option_set,
};

GwStatus
gw_ddl_options_read(Jsonb *doc, GwDdlOptions *options, GwError *err)
{
	memset(options, 0, sizeof(*options));
	options->format = "sql";
	if (gw_json_options_read(doc, &ddl_options, options, err) != GW_OK)
		return GW_FAILED;
	if (options->if_not_exists && options->or_replace)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"if_not_exists and or_replace exclude each other");
	return GW_OK;
}

/* ---------- the writer ---------- */

void
gw_ddl_begin(GwDdlWriter *w, const GwDdlTarget *target, const GwDdlOptions *options,
			 const GwSchema *schema)
{
	memset(w, 0, sizeof(*w));
	w->target = target;
	w->options = options;
	w->schema = schema;
}

void
gw_ddl_notice(GwDdlWriter *w, const char *code, const char *column, const char *fmt, ...)
{
	GwDdlNotice *notice = palloc0(sizeof(GwDdlNotice));
	va_list args;

	va_start(args, fmt);
	notice->message = gw_text_format(fmt, args);
	va_end(args);
	notice->code = code;
	notice->column = column;
	w->notices = lappend(w->notices, notice);
}

static void
ddl_name(const GwDdlWriter *w, GwSqlBuf *buf, const char *name, bool column)
{
	const GwDdlTarget *target = w->target;

	if (w->options->case_upper)
		name = asc_toupper(name, strlen(name));
	if (target->bad_name != NULL && target->bad_name(name, column))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("\"%s\" cannot be the name of a %s in %s", name,
						column ? "column" : "table", target->title),
				 errdetail("%s", target->name_rule),
				 errhint("Rename it in the schema first.")));
	gw_dialect_check_name(target->dialect, name);
	if (w->options->quote_minimal && gw_ddl_is_plain_name(target, name))
		gw_sql_rendered(buf, name);
	else
		gw_dialect_identifier(target->dialect, buf, name);
}

void
gw_ddl_identifier(const GwDdlWriter *w, GwSqlBuf *buf, const char *name)
{
	ddl_name(w, buf, name, true);
}

void
gw_ddl_qualified(const GwDdlWriter *w, GwSqlBuf *buf, const char *database, const char *schema,
				 const char *table)
{
	if (database != NULL)
	{
		/* Projects have a rule of their own: only the dialect's holds. */
		gw_dialect_identifier(w->target->dialect, buf, database);
		gw_sql(buf, ".");
	}
	if (schema != NULL)
	{
		ddl_name(w, buf, schema, false);
		gw_sql(buf, ".");
	}
	ddl_name(w, buf, table, false);
}

GwStatus
gw_ddl_table_parts(const GwDdlWriter *w, const char **database, const char **schema,
				   const char **table, GwError *err)
{
	const GwDdlOptions *o = w->options;
	const GwSchema *source = w->schema;

	*table = o->table_name ? o->table_name : source ? source->table : NULL;
	*schema = o->schema_name ? o->schema_name : source ? source->schema : NULL;
	*database = o->database_name;

	/* Another platform's database is no name here. */
	if (*database == NULL && source != NULL && source->platform != NULL &&
		o->schema_name == NULL && w->target->database_name &&
		gw_ddl_target(source->platform) == w->target)
		*database = source->database;
	if (*schema != NULL && (*schema)[0] == '\0')
		*schema = NULL;
	if (*schema == NULL)
		*database = NULL;
	if (*table == NULL || (*table)[0] == '\0')
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
					 "the table has no name");
		gw_error_hint(err, "Give table_name, or source.table in the schema.");
		return GW_FAILED;
	}
	return GW_OK;
}

GwStatus
gw_ddl_table_name(GwDdlWriter *w, GwSqlBuf *buf, GwError *err)
{
	const char *database, *schema, *table;

	if (gw_ddl_table_parts(w, &database, &schema, &table, err) != GW_OK)
		return GW_FAILED;
	if (w->options->temporary && w->target->temporary_name != NULL)
	{
		database = schema = NULL;
		table = psprintf("%s%s", w->target->temporary_name, table);
	}
	gw_ddl_qualified(w, buf, database, schema, table);
	return GW_OK;
}

void
gw_ddl_string(const GwDdlWriter *w, GwSqlBuf *buf, const char *value)
{
	gw_dialect_string(w->target->dialect, buf, value);
}

void
gw_ddl_names(const GwDdlWriter *w, GwSqlBuf *buf, const char **names, int n)
{
	bool first = true;

	for (int i = 0; i < n; i++)
	{
		gw_sql_separator(buf, &first, ", ");
		gw_ddl_identifier(w, buf, names[i]);
	}
}

void
gw_ddl_constraint_name(const GwDdlWriter *w, GwSqlBuf *buf, const char *name)
{
	if (name == NULL || !gw_ddl_can(w->target, GW_DDL_CAN_NAMED_KEYS))
		return;
	gw_sql(buf, "CONSTRAINT ");
	gw_ddl_identifier(w, buf, name);
	gw_sql(buf, " ");
}

/* ---------- layouts and platform options ---------- */

JsonbValue *
gw_ddl_layout(const GwDdlWriter *w)
{
	if (w->options->layout != NULL)
		return gw_json_root(w->options->layout);
	if (w->schema != NULL && w->schema->layout != NULL)
		return gw_json_root(w->schema->layout);
	return NULL;
}

int
gw_ddl_layout_names(const JsonbValue *array, const char ***names)
{
	int n = gw_json_length(array);
	int found = 0;

	*names = palloc(Max(n, 1) * sizeof(char *));
	for (int i = 0; i < n; i++)
	{
		JsonbValue *item = gw_json_item(array, i);
		char *name;

		if (gw_json_text(item, &name) || (name = gw_json_get_text(item, "name")) != NULL)
			(*names)[found++] = name;
	}
	return found;
}

char *
gw_ddl_number(const JsonbValue *value)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out,
											   NumericGetDatum(value->val.numeric)));
}

JsonbValue *
gw_ddl_layout_part(const GwDdlWriter *w, const char *part)
{
	return gw_json_get(gw_ddl_layout(w), part);
}

void
gw_ddl_layout_unsupported(GwDdlWriter *w, const char *part)
{
	if (gw_ddl_layout_part(w, part) != NULL)
		gw_ddl_notice(w, psprintf("%s_unsupported", part), NULL,
					  "%s cannot say the %s of the layout: it is left out", w->target->title, part);
}

bool
gw_ddl_layout_columns(GwDdlWriter *w, GwSqlBuf *buf, const char *part, const char *keyword,
					  int max)
{
	const JsonbValue *value = gw_ddl_layout_part(w, part);
	const char **names;
	int n = gw_ddl_layout_names(gw_json_get(value, "columns"), &names);

	if (n == 0)
		return false;
	if (n > max)
	{
		gw_ddl_notice(w, psprintf("%s_capped", part), NULL,
					  "%s takes at most %d columns there: the first ones are used",
					  w->target->title, max);
		n = max;
	}
	gw_sql(buf, keyword);
	gw_sql(buf, "(");
	gw_ddl_names(w, buf, names, n);
	gw_sql(buf, ")");
	return true;
}

JsonbValue *
gw_ddl_platform_options(const GwDdlWriter *w)
{
	if (w->schema == NULL || w->schema->options == NULL)
		return NULL;
	return gw_json_get(gw_json_root(w->schema->options), w->target->name);
}
