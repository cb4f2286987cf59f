/*
 * gw_api_render.c
 *	  SQL functions that render canonical schemas as a platform's DDL, and
 *	  read native types.
 *
 * Connects to nothing and runs nothing.
 */
#include "postgres.h"

#include "api/gw_api_call.h"
#include "base/gw_json.h"
#include "dialect/gw_ddl.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_render_ddl);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_render_ddl_json);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_render_type);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_map_type);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_schema_from_ddl);

/* One call's writer and what it works on. */
typedef struct RenderCall
{
	GwDdlWriter writer;
	GwDdlOptions options;
	List *statements;
} RenderCall;

static const GwDdlTarget *
render_target(const char *name)
{
	const GwDdlTarget *target = gw_ddl_target(name);
	StringInfoData known;

	if (target != NULL)
		return target;
	initStringInfo(&known);
	for (int i = 0; (target = gw_ddl_target_at(i)) != NULL; i++)
		appendStringInfo(&known, "%s%s", i ? ", " : "", gw_ddl_target_name(target));
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("unknown platform \"%s\"", name),
					errhint("Platforms are: %s.", known.data)));
}

static void
render_options(Jsonb *doc, GwDdlOptions *options)
{
	GwError err;

	if (gw_ddl_options_read(doc, options, &err) != GW_OK)
		gw_error_report(&err, ERROR);
}

/* An argument that names something; NULL leaves what the options say. */
static void
render_name(FunctionCallInfo fcinfo, int n, const char **name)
{
	if (!PG_ARGISNULL(n))
		*name = text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* Arguments: schema, platform, options, table, schema and database name. */
static bool
render_call(FunctionCallInfo fcinfo, RenderCall *call)
{
	GwSchema *schema;
	const char *format;
	GwStatus status;
	GwError err;
	char *json;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return false;
	memset(call, 0, sizeof(*call));
	render_options(PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2), &call->options);
	render_name(fcinfo, 3, &call->options.table_name);
	render_name(fcinfo, 4, &call->options.schema_name);
	render_name(fcinfo, 5, &call->options.database_name);
	if (gw_schema_read(PG_GETARG_JSONB_P(0), &schema, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	gw_ddl_begin(&call->writer, render_target(text_to_cstring(PG_GETARG_TEXT_PP(1))),
				 &call->options, schema);

	format = call->options.format;
	if (strcmp(format, "json_schema") == 0)
	{
		status = gw_ddl_json_schema(&call->writer, &json, &err);
		if (status == GW_OK)
			call->statements = list_make1(json);
	}
	else if (strncmp(format, "cli_", 4) == 0)
		status = gw_ddl_cli(&call->writer, strcmp(format, "cli_load") == 0, &call->statements,
							&err);
	else
		status = gw_ddl_create(&call->writer, &call->statements, &err);
	if (status != GW_OK)
		gw_error_report(&err, ERROR);
	return true;
}

static void
render_report(const GwDdlNotice *notice)
{
	char rule = gw_ddl_rule_code(notice->rule);

	ereport(NOTICE,
			(errmsg("%s%s%s%s", notice->column ? "column \"" : "",
					notice->column ? notice->column : "", notice->column ? "\": " : "",
					notice->message),
			 notice->rule == GW_DDL_EXACT ? errdetail("Code %s.", notice->code)
										  : errdetail("Rule %c, code %s.", rule, notice->code),
			 notice->check_sql
				 ? errhint("Must give 0 on the source: %s", notice->check_sql) : 0));
}

Datum
gw_render_ddl(PG_FUNCTION_ARGS)
{
	RenderCall call;
	ListCell *lc;

	if (!render_call(fcinfo, &call))
		return gw_call_lines(fcinfo, NIL);

	foreach(lc, call.writer.notices)
		render_report(lfirst(lc));
	return gw_call_lines(fcinfo, call.statements);
}

Datum
gw_render_ddl_json(PG_FUNCTION_ARGS)
{
	GwJsonBuilder b = {NULL, NULL};
	RenderCall call;
	ListCell *lc;

	if (!render_call(fcinfo, &call))
		PG_RETURN_NULL();
	gw_json_begin_object(&b);
	gw_json_put_text(&b, "platform", gw_ddl_target_name(call.writer.target));
	gw_json_key(&b, "statements");
	gw_json_begin_array(&b);
	foreach(lc, call.statements)
		gw_json_add_text(&b, lfirst(lc));
	gw_json_end_array(&b);
	gw_json_key(&b, "notices");
	gw_json_begin_array(&b);
	foreach(lc, call.writer.notices)
	{
		const GwDdlNotice *notice = lfirst(lc);
		char rule[2] = {gw_ddl_rule_code(notice->rule), '\0'};

		gw_json_begin_object(&b);
		gw_json_put_text(&b, "code", notice->code);
		gw_json_put_text(&b, "column", notice->column);
		if (notice->rule != GW_DDL_EXACT)
			gw_json_put_text(&b, "rule", rule);
		gw_json_put_text(&b, "message", notice->message);
		gw_json_put_text(&b, "check_sql", notice->check_sql);
		gw_json_put_text(&b, "check_dialect", notice->check_dialect);
		gw_json_end_object(&b);
	}
	gw_json_end_array(&b);
	gw_json_end_object(&b);
	PG_RETURN_JSONB_P(gw_json_finish(&b));
}

/* A column object, or a type's text as a JSON string. */
static void
render_column(Jsonb *doc, GwColumn *column)
{
	GwError err;
	char *text;
	GwStatus status;

	if (gw_json_text(gw_json_root(doc), &text))
	{
		memset(column, 0, sizeof(*column));
		column->nullable = true;
		status = gw_type_parse(text, &column->type, &err);
	}
	else
		status = gw_schema_read_column(doc, column, &err);
	if (status != GW_OK)
		gw_error_report(&err, ERROR);
	if (column->name == NULL)
		column->name = "c";
}

Datum
gw_render_type(PG_FUNCTION_ARGS)
{
	const GwDdlTarget *target = render_target(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	Datum values[5];
	bool nulls[5] = {true, false, true, true, true};
	char rule[2] = {'R', '\0'};
	GwDdlOptions options;
	GwDdlWriter writer;
	GwColumn column;
	TupleDesc desc;
	GwSqlBuf buf;
	GwError err;
	ListCell *lc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "gw.render_type() returns a row");
	render_column(PG_GETARG_JSONB_P(1), &column);
	render_options(PG_GETARG_JSONB_P(2), &options);
	gw_ddl_begin(&writer, target, &options, NULL);
	gw_sqlbuf_init(&buf);
	if (gw_ddl_type(&writer, &buf, &column, &err) == GW_OK)
	{
		rule[0] = gw_ddl_rule_code(writer.worst);
		values[0] = CStringGetTextDatum(gw_sqlbuf_text(&buf));
		nulls[0] = false;
		if (writer.code != NULL)
			values[2] = CStringGetTextDatum(writer.code);
		nulls[2] = writer.code == NULL;
		if (writer.constraints != NIL)
			values[3] = CStringGetTextDatum(linitial(writer.constraints));
		nulls[3] = writer.constraints == NIL;
		foreach(lc, writer.notices)
		{
			const GwDdlNotice *notice = lfirst(lc);

			if (notice->check_sql == NULL)
				continue;
			values[4] = CStringGetTextDatum(notice->check_sql);
			nulls[4] = false;
		}
	}
	values[1] = CStringGetTextDatum(rule);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

Datum
gw_map_type(PG_FUNCTION_ARGS)
{
	const GwDdlTarget *target = render_target(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	GwColumn column;
	GwError err;

	if (gw_ddl_map_type(target, text_to_cstring(PG_GETARG_TEXT_PP(1)), &column, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	PG_RETURN_JSONB_P(gw_schema_write_column(&column));
}

/* The reader's own faults come first, then those of what it read. */
Datum
gw_schema_from_ddl(PG_FUNCTION_ARGS)
{
	const GwDdlTarget *target = render_target(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	GwSchema *schema, *checked;
	Jsonb *document;
	GwError err;

	if (gw_ddl_read(target, text_to_cstring(PG_GETARG_TEXT_PP(1)), &schema, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	document = gw_schema_write(schema);
	if (gw_schema_read(document, &checked, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	PG_RETURN_JSONB_P(document);
}
