/*
 * gw_api_schema.c
 *	  SQL functions over canonical schemas as documents, and the one that
 *	  describes a relation of this database.
 *
 * Connects to nothing.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "dialect/gw_catalog_postgres.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "schema/gw_dictionary.h"
#include "schema/gw_value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_validate_schema);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_normalize_schema);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_schema_fingerprint_sql);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_type_text_sql);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_local_schema);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_data_dictionary);

/* The document as a schema, or its first fault as an ERROR. */
static GwSchema *
schema_from_argument(Jsonb *doc)
{
	GwSchema *schema;
	GwError err;

	if (gw_schema_read(doc, &schema, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	return schema;
}

Datum
gw_normalize_schema(PG_FUNCTION_ARGS)
{
	PG_RETURN_JSONB_P(gw_schema_write(schema_from_argument(PG_GETARG_JSONB_P(0))));
}

Datum
gw_schema_fingerprint_sql(PG_FUNCTION_ARGS)
{
	char *fingerprint = gw_schema_fingerprint(schema_from_argument(PG_GETARG_JSONB_P(0)));

	PG_RETURN_TEXT_P(cstring_to_text(fingerprint));
}

Datum
gw_data_dictionary(PG_FUNCTION_ARGS)
{
	char *format = text_to_cstring(PG_GETARG_TEXT_PP(1));
	char *text = gw_dictionary(schema_from_argument(PG_GETARG_JSONB_P(0)), format);

	if (text == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("unknown format \"%s\"", format),
						errhint("Formats are: markdown, csv, json.")));
	PG_RETURN_TEXT_P(cstring_to_text(text));
}

/* A column object, or a type's text as a JSON string. */
Datum
gw_type_text_sql(PG_FUNCTION_ARGS)
{
	Jsonb *doc = PG_GETARG_JSONB_P(0);
	JsonbValue value;
	GwColumn column;
	GwType type;
	GwError err;

	if (JsonbExtractScalar(&doc->root, &value) && value.type == jbvString)
	{
		char *text = pnstrdup(value.val.string.val, value.val.string.len);

		if (gw_type_parse(text, &type, &err) != GW_OK)
			gw_error_report(&err, ERROR);
		PG_RETURN_TEXT_P(cstring_to_text(gw_type_text(&type)));
	}
	if (gw_schema_read_column(doc, &column, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	PG_RETURN_TEXT_P(cstring_to_text(gw_type_text(&column.type)));
}

Datum
gw_validate_schema(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	List *problems = gw_schema_problems(PG_GETARG_JSONB_P(0));
	TupleDesc desc;
	MemoryContext old;
	ListCell *lc;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) ||
		(rsinfo->allowedModes & SFRM_Materialize) == 0 ||
		get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("gw.validate_schema() must be called in FROM")));
	old = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setDesc = CreateTupleDescCopy(desc);
	rsinfo->setResult = tuplestore_begin_heap(true, false, work_mem);
	MemoryContextSwitchTo(old);

	foreach(lc, problems)
	{
		const GwSchemaProblem *problem = lfirst(lc);
		Datum values[4];
		bool nulls[4] = {false};

		values[0] = CStringGetTextDatum(problem->path);
		values[1] = CStringGetTextDatum(problem->code);
		values[2] = CStringGetTextDatum(problem->message);
		nulls[3] = problem->hint == NULL;
		values[3] = nulls[3] ? (Datum) 0 : CStringGetTextDatum(problem->hint);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The catalog's document about a relation, in the caller's context. */
static char *
local_document(const char *schema_name, const char *table)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid types[2] = {TEXTOID, TEXTOID};
	Datum values[2];
	char *document = NULL;
	int nestlevel;

	values[0] = CStringGetTextDatum(schema_name);
	values[1] = CStringGetTextDatum(table);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	nestlevel = gw_value_begin_text();
	if (SPI_execute_with_args(sql_catalog_describe, 2, types, values, NULL, true, 1) !=
		SPI_OK_SELECT)
		elog(ERROR, "could not read the catalogs");
	if (SPI_processed == 1)
	{
		char *text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3);

		document = MemoryContextStrdup(caller, text);
	}
	gw_value_end_text(nestlevel);
	SPI_finish();
	return document;
}

Datum
gw_local_schema(PG_FUNCTION_ARGS)
{
	Oid relid = PG_GETARG_OID(0);
	char *table = get_rel_name(relid);
	GwSchema *schema;
	GwError err;
	char *document;

	if (table == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("relation with OID %u does not exist", relid)));
	document = local_document(get_namespace_name(get_rel_namespace(relid)), table);
	if (document == NULL)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("\"%s\" is not a table, view or foreign table", table)));
	if (gw_catalog_postgres_read(document, &schema, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	schema->platform = "local";
	PG_RETURN_JSONB_P(gw_schema_write(schema));
}
