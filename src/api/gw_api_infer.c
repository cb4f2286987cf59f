/*
 * gw_api_infer.c
 *	  SQL functions that infer canonical schemas from JSON, CSV and queries.
 *
 * A query runs here, read-only and as the caller; nothing else is run.
 * Evidence lives in the call's context.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "dialect/gw_ddl.h"
#include "executor/spi.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "schema/gw_infer.h"
#include "schema/gw_value.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/plancache.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_infer_from_json);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_infer_from_jsonb);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_infer_from_csv);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_infer_from_query);

#define INFER_FETCH 1000

static GwInferOptions *
infer_options(Jsonb *doc)
{
	GwInferOptions *options = palloc(sizeof(GwInferOptions));
	GwError err;

	if (gw_infer_options_read(doc, options, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	return options;
}

static Datum
infer_json(const char *text, int len, const GwInferOptions *options)
{
	GwInferNode *record = gw_infer_node(options, 0);
	List *notices = NIL;
	int64 rows = 0;
	GwSchema *schema;
	GwError err;
	bool cut;

	if (gw_infer_json(text, len, options, record, &rows, &cut, &notices, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	schema = gw_infer_schema(options, NULL, NULL, 0, record, rows, cut, notices);
	PG_RETURN_JSONB_P(gw_schema_write(schema));
}

Datum
gw_infer_from_json(PG_FUNCTION_ARGS)
{
	text *document = PG_GETARG_TEXT_PP(0);

	return infer_json(VARDATA_ANY(document), VARSIZE_ANY_EXHDR(document),
					  infer_options(PG_GETARG_JSONB_P(1)));
}

Datum
gw_infer_from_jsonb(PG_FUNCTION_ARGS)
{
	Jsonb *document = PG_GETARG_JSONB_P(0);
	char *text = JsonbToCString(NULL, &document->root, VARSIZE(document));

	GwInferOptions *options = infer_options(PG_GETARG_JSONB_P(1));

	options->sorted = true;
	return infer_json(text, strlen(text), options);
}

Datum
gw_infer_from_csv(PG_FUNCTION_ARGS)
{
	text *document = PG_GETARG_TEXT_PP(0);
	GwInferOptions *options = infer_options(PG_GETARG_JSONB_P(1));
	GwInferNode **nodes = NULL;
	const char **names = NULL;
	List *notices = NIL;
	GwSchema *schema;
	GwError err;
	int64 rows;
	bool cut;
	int n;

	if (gw_infer_csv(VARDATA_ANY(document), VARSIZE_ANY_EXHDR(document), options, &nodes,
					 &names, &n, &rows, &cut, &notices, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	if (n == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there are no columns to infer a schema from")));
	schema = gw_infer_schema(options, nodes, names, n, NULL, rows, cut, notices);
	PG_RETURN_JSONB_P(gw_schema_write(schema));
}

/* ---------- queries ---------- */

typedef struct InferQuery
{
	GwInferOptions *options;
	GwSchema *schema;
	GwInferNode **nodes; /* NULL: the declared type says enough */
	bool *null_seen;
	List *notices;
	int64 rows;
	bool cut;
} InferQuery;

/* Is there more to learn from the values of this type than its name? */
static bool
query_looks_into(const InferQuery *q, Oid type)
{
	return q->options->values && (type == TEXTOID || type == VARCHAROID || type == BPCHAROID ||
								  type == JSONOID || type == JSONBOID);
}

static void
query_columns(InferQuery *q, TupleDesc desc)
{
	const GwDdlTarget *target = gw_ddl_target("postgres");
	int n = desc->natts;
	GwError err;

	if (n == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there are no columns to infer a schema from")));
	q->schema = palloc0(sizeof(GwSchema));
	q->nodes = palloc0(n * sizeof(GwInferNode *));
	q->null_seen = palloc0(n * sizeof(bool));
	q->schema->columns = palloc0(n * sizeof(GwColumn));
	q->schema->ncolumns = n;
	for (int i = 0; i < n; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		GwColumn *column = &q->schema->columns[i];
		char *native = format_type_with_typemod(attribute->atttypid, attribute->atttypmod);

		if (gw_ddl_map_type(target, native, column, &err) != GW_OK)
			gw_error_report(&err, ERROR);
		column->name = pstrdup(NameStr(attribute->attname));
		column->ordinal = i + 1;
		column->nullable = true;
		for (int j = 0; j < i; j++)
			if (strcmp(q->schema->columns[j].name, column->name) == 0)
				ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
								errmsg("the query has two columns \"%s\"", column->name),
								errhint("Give them different names with AS.")));
		if (query_looks_into(q, attribute->atttypid))
			q->nodes[i] = gw_infer_node(q->options, 1);
	}
}

static void
query_cell(InferQuery *q, GwInferNode *node, char *text, Oid type)
{
	GwError err;
	int64 row = q->rows;

	if (text == NULL)
		gw_infer_add_null(node);
	else if (type != JSONOID && type != JSONBOID)
		gw_infer_add_text(node, text, strlen(text), row, true);
	else if (gw_infer_json_value(text, strlen(text), node, row, &q->notices, &err) != GW_OK)
		gw_error_report(&err, ERROR);
}

static void
query_row(InferQuery *q, HeapTuple tuple, TupleDesc desc)
{
	q->rows++;
	for (int i = 0; i < desc->natts; i++)
	{
		char *text;

		if (q->nodes[i] == NULL)
		{
			q->null_seen[i] |= heap_attisnull(tuple, i + 1, desc);
			continue;
		}
		text = SPI_getvalue(tuple, desc, i + 1);
		query_cell(q, q->nodes[i], text, TupleDescAttr(desc, i)->atttypid);
		if (text != NULL)
			pfree(text);
	}
}

static void
query_rows(InferQuery *q, SPIPlanPtr plan)
{
	Portal portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	int64 limit = q->options->sample;

	do
	{
		SPI_cursor_fetch(portal, true, INFER_FETCH);
		for (uint64 i = 0; i < SPI_processed && !q->cut; i++)
		{
			if (limit > 0 && q->rows >= limit)
				q->cut = true;
			else
				query_row(q, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
		}
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0 && !q->cut);
	SPI_cursor_close(portal);
}

/* What the rows told about columns that were looked into, or about NULLs. */
static void
query_conclude(InferQuery *q)
{
	for (int i = 0; i < q->schema->ncolumns; i++)
	{
		GwColumn *column = &q->schema->columns[i];

		if (q->nodes[i] != NULL)
		{
			column->native_type = NULL;
			column->nlossy = 0;
			gw_infer_column(q->nodes[i], q->options, column, &q->notices);
		}
		else if (q->options->not_null)
			column->nullable = q->null_seen[i];
	}
}

Datum
gw_infer_from_query(PG_FUNCTION_ARGS)
{
	char *sql = text_to_cstring(PG_GETARG_TEXT_PP(0));
	InferQuery q = {infer_options(PG_GETARG_JSONB_P(1))};
	MemoryContext caller = CurrentMemoryContext;
	bool read = q.options->values || q.options->not_null;
	SPIPlanPtr plan;
	int nestlevel;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	plan = SPI_prepare(sql, 0, NULL);
	if (plan == NULL || !SPI_is_cursor_plan(plan))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("only one query that returns rows can be inferred from")));
	MemoryContextSwitchTo(caller);
	query_columns(&q, ((CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan)))->resultDesc);
	nestlevel = gw_value_begin_text();
	if (read)
		query_rows(&q, plan);
	gw_value_end_text(nestlevel);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	query_conclude(&q);
	gw_infer_complete(q.schema, q.options, read ? q.rows : GW_ABSENT, q.cut, q.notices);
	PG_RETURN_JSONB_P(gw_schema_write(q.schema));
}
