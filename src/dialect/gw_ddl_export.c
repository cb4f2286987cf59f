/*
 * gw_ddl_export.c
 *	  The same tables in other clothes: BigQuery's JSON schema, and commands
 *	  for the platforms' own clients.
 *
 * Nothing is run.  What is quoted for a shell is quoted for a POSIX one.
 */
#include "postgres.h"

#include "dialect/gw_ddl_private.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/json.h"

/* ---------- JSON schema ---------- */

static void
export_pair(StringInfo out, const char *key, const char *value, bool string)
{
	if (value == NULL)
		return;
	if (out->data[out->len - 1] != '{')
		appendStringInfoString(out, ", ");
	escape_json(out, key);
	appendStringInfoString(out, ": ");
	if (string)
		escape_json(out, value);
	else
		appendStringInfoString(out, value);
}

static GwStatus export_field(StringInfo out, const char *name, const char *type, bool nullable,
							 const char *comment, const char *fallback, GwError *err);

static GwStatus
export_fields(StringInfo out, List *fields, GwError *err)
{
	ListCell *lc;

	appendStringInfoString(out, ", \"fields\": [");
	foreach(lc, fields)
	{
		char *name, *type, *comment;
		bool nullable;

		if (!gw_ddl_native_field(lfirst(lc), &name, &type, &nullable, &comment))
			return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_INTERNAL_ERROR,
								"\"%s\" is not a field", (char *) lfirst(lc));
		if (lc != list_head(fields))
			appendStringInfoString(out, ", ");
		if (export_field(out, name, type, nullable, comment, NULL, err) != GW_OK)
			return GW_FAILED;
	}
	appendStringInfoChar(out, ']');
	return GW_OK;
}

/* One object; type is what the writer rendered for it. */
static GwStatus
export_field(StringInfo out, const char *name, const char *type, bool nullable,
			 const char *comment, const char *fallback, GwError *err)
{
	const char *mode = nullable ? "NULLABLE" : "REQUIRED";
	GwNativeText native;
	bool record;

	if (!gw_ddl_native_split(type, &native))
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_INTERNAL_ERROR,
							"\"%s\" is not a type", type);
	if (strcmp(native.name, "array") == 0)
	{
		mode = "REPEATED";
		if (!gw_ddl_native_split(linitial(native.args), &native))
			return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_INTERNAL_ERROR,
								"\"%s\" is not a type", type);
	}
	record = strcmp(native.name, "struct") == 0;
	appendStringInfoChar(out, '{');
	export_pair(out, "name", name, true);
	export_pair(out, "type", record ? "RECORD" : asc_toupper(native.name, strlen(native.name)),
				true);
	export_pair(out, "mode", mode, true);
	export_pair(out, "description", comment, true);
	if (record)
	{
		if (export_fields(out, native.args, err) != GW_OK)
			return GW_FAILED;
	}
	else if (strcmp(native.name, "range") == 0)
		export_pair(out, "rangeElementType",
					psprintf("{\"type\": \"%s\"}", (char *) linitial(native.args)), false);
	else if (strstr(native.name, "numeric") != NULL && native.args != NIL)
	{
		export_pair(out, "precision", linitial(native.args), true);
		export_pair(out, "scale", list_length(native.args) > 1 ? lsecond(native.args) : NULL,
					true);
	}
	else if (native.args != NIL)
		export_pair(out, "maxLength", linitial(native.args), true);
	export_pair(out, "defaultValueExpression", fallback, true);
	appendStringInfoChar(out, '}');
	return GW_OK;
}

GwStatus
gw_ddl_json_schema(GwDdlWriter *w, char **text, GwError *err)
{
	StringInfoData out;

	if (w->target != &gw_ddl_bigquery)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_FEATURE_NOT_SUPPORTED,
							"%s has no JSON schema files", w->target->title);
	initStringInfo(&out);
	appendStringInfoChar(&out, '[');
	for (int i = 0; i < w->schema->ncolumns; i++)
	{
		const GwColumn *column = &w->schema->columns[i];
		GwSqlBuf name, type, value;
		bool has_default;

		gw_sqlbuf_init(&name);
		gw_sqlbuf_init(&type);
		gw_sqlbuf_init(&value);
		gw_ddl_identifier(w, &name, column->name); /* for its rules only */
		if (gw_ddl_type(w, &type, column, err) != GW_OK)
			return GW_FAILED;
		has_default = gw_ddl_default(w, &value, column);
		appendStringInfoString(&out, i > 0 ? ",\n " : "\n ");
		if (export_field(&out, column->name, type.text.data, column->nullable,
						 w->options->no_comments ? NULL : column->comment,
						 has_default ? value.text.data : NULL, err) != GW_OK)
			return GW_FAILED;
	}
	appendStringInfoString(&out, "\n]");
	*text = out.data;
	return GW_OK;
}

/* ---------- commands ---------- */

static char *
export_shell(const char *text)
{
	StringInfoData quoted;

	initStringInfo(&quoted);
	appendStringInfoChar(&quoted, '\'');
	for (; *text != '\0'; text++)
	{
		if (*text == '\'')
			appendStringInfoString(&quoted, "'\\''");
		else
			appendStringInfoChar(&quoted, *text);
	}
	appendStringInfoChar(&quoted, '\'');
	return quoted.data;
}

typedef struct ExportSlot
{
	const char *name, *value;
} ExportSlot;

/* The template with its slots filled, in one pass: values are never read. */
static char *
export_fill(const char *template, const ExportSlot *slots, int n)
{
	StringInfoData text;

	initStringInfo(&text);
	while (*template != '\0')
	{
		int i;

		for (i = 0; i < n; i++)
			if (strncmp(template, slots[i].name, strlen(slots[i].name)) == 0)
				break;
		if (i == n)
			appendStringInfoChar(&text, *template++);
		else
		{
			appendStringInfoString(&text, slots[i].value);
			template += strlen(slots[i].name);
		}
	}
	return text.data;
}

/* The client's command that runs one statement. */
static char *
export_run(const GwDdlWriter *w, const char *sql)
{
	StringInfoData body;
	ExportSlot slots[2] = {{"{q}", export_shell(sql)}, {"{json}", NULL}};

	initStringInfo(&body);
	escape_json(&body, sql);
	slots[1].value = export_shell(body.data);
	return export_fill(w->target->cli_run, slots, 2);
}

/* Of a path as Unix or Windows has it. */
static const char *
export_own_name(const char *path)
{
	const char *name = path;

	for (; *path != '\0'; path++)
		if (*path == '/' || *path == '\\')
			name = path + 1;
	return name;
}

static GwStatus
export_load(GwDdlWriter *w, List **commands, GwError *err)
{
	const char *database, *schema, *table;
	GwSqlBuf name, columns, file, uri, staged;

	if (w->options->file == NULL)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"format cli_load needs the option file");
	if (gw_ddl_table_parts(w, &database, &schema, &table, err) != GW_OK)
		return GW_FAILED;
	if (w->target->cli_load_shell != NULL)
	{
		char *path = psprintf("%s%s%s%s%s", database ? database : "", database ? "." : "",
							  schema ? schema : "", schema ? "." : "", table);
		ExportSlot slots[2] = {{"{name}", export_shell(path)},
							   {"{file}", export_shell(w->options->file)}};

		*commands = list_make1(export_fill(w->target->cli_load_shell, slots, 2));
		return GW_OK;
	}
	gw_sqlbuf_init(&name);
	gw_sqlbuf_init(&columns);
	gw_sqlbuf_init(&file);
	gw_ddl_qualified(w, &name, database, schema, table);
	for (int i = 0; i < w->schema->ncolumns; i++)
	{
		gw_sql(&columns, i > 0 ? ", " : "");
		gw_ddl_identifier(w, &columns, w->schema->columns[i].name);
	}
	gw_ddl_string(w, &file, w->options->file);
	gw_sqlbuf_init(&uri);
	gw_sqlbuf_init(&staged);
	gw_ddl_string(w, &uri,
				  psprintf("%s%s", strstr(w->options->file, "://") ? "" : "file://",
						   w->options->file));
	gw_ddl_string(w, &staged,
				  psprintf("%s%s", w->target->cli_stage ? w->target->cli_stage : "",
						   export_own_name(w->options->file)));
	{
		ExportSlot slots[5] = {{"{t}", name.text.data},
							   {"{cols}", columns.text.data},
							   {"{file}", file.text.data},
							   {"{uri}", uri.text.data},
							   {"{staged}", staged.text.data}};

		*commands = list_make1(export_run(w, export_fill(w->target->cli_load_sql, slots, 5)));
	}
	return GW_OK;
}

GwStatus
gw_ddl_cli(GwDdlWriter *w, bool load, List **commands, GwError *err)
{
	List *statements;
	ListCell *lc;

	*commands = NIL;
	if (load)
		return export_load(w, commands, err);
	if (gw_ddl_create(w, &statements, err) != GW_OK)
		return GW_FAILED;
	foreach(lc, statements)
		*commands = lappend(*commands, export_run(w, lfirst(lc)));
	return GW_OK;
}
