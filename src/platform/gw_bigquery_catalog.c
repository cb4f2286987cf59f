/*
 * gw_bigquery_catalog.c
 *	  Catalogs: lists and tables as REST resources, and descriptions as
 *	  canonical schemas.
 *
 * A table is described either by its resource (tables.get) or by the one query
 * over INFORMATION_SCHEMA that describes a whole dataset; both are read here.
 * Everything lives in the caller's context.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "catalog/pg_collation.h"
#include "dialect/gw_ddl.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "platform/gw_bigquery_private.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/formatting.h"

/* ---- lists ---- */

void
gw_bigquery_document_columns(GwRestJob *job)
{
	static const struct
	{
		BqShape shape;
		int n;
		const char *names[6];
	} shapes[] = {
		{BQ_PROJECTS, 2, {"name", "comment"}},
		{BQ_DATASETS, 2, {"name", "comment"}},
		{BQ_TABLES, 6, {"schema", "name", "kind", "rows", "bytes", "comment"}},
		{BQ_DOCUMENT, 3, {"schema", "table", "document"}},
		{BQ_VERSION, 1, {"version"}},
		{BQ_DRYRUN, 1, {"plan"}},
	};

	for (int i = 0; i < lengthof(shapes); i++)
	{
		if (shapes[i].shape != ((BqJob *) job->data)->shape)
			continue;
		job->ncolumns = shapes[i].n;
		job->columns = palloc0(shapes[i].n * sizeof(GwColumnInfo));
		for (int j = 0; j < shapes[i].n; j++)
		{
			job->columns[j].name = pstrdup(shapes[i].names[j]);
			job->columns[j].typmod = -1;
		}
	}
}

static void
document_row(GwRestJob *job, GwRestPage *page, const char *const *values)
{
	GwCell *cells = gw_restjob_row(job, page);

	for (int i = 0; i < job->ncolumns; i++)
	{
		cells[i].data = values[i];
		cells[i].len = values[i] ? (int32) strlen(values[i]) : -1;
	}
}

static const char *
document_kind(const char *type)
{
	if (type != NULL && strcmp(type, "VIEW") == 0)
		return "view";
	if (type != NULL && (strcmp(type, "MATERIALIZED_VIEW") == 0 ||
						 strcmp(type, "MATERIALIZED VIEW") == 0))
		return "materialized_view";
	return type != NULL && strcmp(type, "EXTERNAL") == 0 ? "external" : "table";
}

/* Does a name match the pattern of list_tables()? */
static bool
document_like(const char *name, const char *pattern)
{
	if (pattern == NULL)
		return true;
	return DatumGetBool(DirectFunctionCall2Coll(textlike, C_COLLATION_OID,
												CStringGetTextDatum(name),
												CStringGetTextDatum(pattern)));
}

static void
document_item(GwRestJob *job, GwRestPage *page, const JsonbValue *item)
{
	const BqJob *data = (const BqJob *) job->data;
	const char *values[6] = {NULL};
	JsonbValue *reference;

	switch (data->shape)
	{
		case BQ_PROJECTS:
			values[0] = gw_json_get_text(gw_json_get(item, "projectReference"), "projectId");
			values[1] = gw_json_get_text(item, "friendlyName");
			break;
		case BQ_DATASETS:
			values[0] = gw_json_get_text(gw_json_get(item, "datasetReference"), "datasetId");
			values[1] = gw_json_get_text(item, "friendlyName");
			break;
		default:
			reference = gw_json_get(item, "tableReference");
			values[0] = gw_json_get_text(reference, "datasetId");
			values[1] = gw_json_get_text(reference, "tableId");
			values[2] = document_kind(gw_json_get_text(item, "type"));
			values[5] = gw_json_get_text(item, "friendlyName");
			if (values[1] == NULL || !document_like(values[1], job->stmt.params[1].value))
				return;
			break;
	}
	if (values[0] != NULL)
		document_row(job, page, values);
}

/* What a dry run has found, without what is not about it. */
static char *
document_estimate(const JsonbValue *root)
{
	JsonbValue *statistics = gw_json_get(root, "statistics");
	JsonbValue *query = gw_json_get(statistics, "query");
	GwJsonBuilder b = {NULL, NULL};
	Jsonb *doc;

	gw_json_begin_object(&b);
	gw_json_put_value(&b, "statement_type", gw_json_get(query, "statementType"));
	gw_json_put_value(&b, "bytes",
					  gw_json_get(query, "totalBytesProcessed")
						  ? gw_json_get(query, "totalBytesProcessed")
						  : gw_json_get(statistics, "totalBytesProcessed"));
	gw_json_put_value(&b, "accuracy", gw_json_get(query, "totalBytesProcessedAccuracy"));
	gw_json_put_value(&b, "tables", gw_json_get(query, "referencedTables"));
	gw_json_put_value(&b, "schema", gw_json_get(query, "schema"));
	gw_json_end_object(&b);
	doc = gw_json_finish(&b);
	return JsonbToCString(NULL, &doc->root, VARSIZE(doc));
}

GwStatus
gw_bigquery_read_documents(GwRestJob *job, GwRestPage *page, GwError *err)
{
	BqJob *data = (BqJob *) job->data;
	JsonbValue *root = gw_json_parse(page->body->data, page->body->len, err);
	const char *values[3] = {NULL};
	JsonbValue *items;
	char *token;
	size_t len;

	if (root == NULL)
		return GW_FAILED;
	data->token_page = page->number + 1;
	data->token_known = true;
	data->page_token = NULL;
	switch (data->shape)
	{
		case BQ_DOCUMENT:
			values[0] = job->stmt.params[0].value;
			values[1] = job->stmt.params[1].value;
			len = page->body->len;
			values[2] = gw_restjob_text(page->body->data, &len);
			document_row(job, page, values);
			return GW_DONE;
		case BQ_VERSION:
			values[0] = gw_json_get_text(root, "etag");
			document_row(job, page, values);
			return GW_DONE;
		case BQ_DRYRUN:
			values[0] = document_estimate(root);
			document_row(job, page, values);
			return GW_DONE;
		default:
			break;
	}
	items = gw_json_get(root, data->shape == BQ_PROJECTS   ? "projects"
							  : data->shape == BQ_DATASETS ? "datasets"
														   : "tables");
	for (int i = 0; i < gw_json_length(items); i++)
		document_item(job, page, gw_json_item(items, i));
	token = gw_json_get_text(root, "nextPageToken");
	if (token != NULL && token[0] != '\0')
		data->page_token = MemoryContextStrdup(job->head.cxt, token);
	return GW_DONE;
}

/* ---- descriptions ---- */

/* A field of tables.get as the SQL text of its type: "ARRAY<STRUCT<a INT64>>". */
static void
type_text(StringInfo out, const JsonbValue *field)
{
	const char *type = gw_json_get_text(field, "type");
	const char *mode = gw_json_get_text(field, "mode");
	bool repeated = mode != NULL && strcmp(mode, "REPEATED") == 0;
	JsonbValue *fields = gw_json_get(field, "fields");
	const char *length = gw_json_get_text(field, "maxLength");
	const char *precision = gw_json_get_text(field, "precision");
	const char *scale = gw_json_get_text(field, "scale");
	const char *digits = gw_json_get_text(field, "timestampPrecision");

	check_stack_depth();
	if (repeated)
		appendStringInfoString(out, "ARRAY<");
	if (fields != NULL)
	{
		appendStringInfoString(out, "STRUCT<");
		for (int i = 0; i < gw_json_length(fields); i++)
		{
			const JsonbValue *item = gw_json_item(fields, i);
			const char *name = gw_json_get_text(item, "name");
			GwSqlBuf quoted;

			if (i > 0)
				appendStringInfoString(out, ", ");
			gw_sqlbuf_init(&quoted);
			gw_dialect_identifier(&gw_dialect_bigquery, &quoted, name ? name : "?");
			appendStringInfo(out, "%s ", gw_sqlbuf_text(&quoted));
			type_text(out, item);
		}
		appendStringInfoChar(out, '>');
	}
	else
	{
		const char *element =
			gw_json_get_text(gw_json_get(field, "rangeElementType"), "type");

		appendStringInfoString(out, gw_bigquery_sql_type(type ? type : "STRING"));
		if (element != NULL)
			appendStringInfo(out, "<%s>", element);
		if (length != NULL)
			appendStringInfo(out, "(%s)", length);
		else if (precision != NULL && scale != NULL)
			appendStringInfo(out, "(%s, %s)", precision, scale);
		else if (precision != NULL)
			appendStringInfo(out, "(%s)", precision);
		else if (digits != NULL && strcmp(type, "TIMESTAMP") == 0 && atoi(digits) > 6)
			appendStringInfo(out, "(%s)", digits);
	}
	if (repeated)
		appendStringInfoChar(out, '>');
}

static GwStatus
document_column(const JsonbValue *item, const char *native, GwColumn *column, GwError *err)
{
	const char *sql = gw_json_get_text(item, "defaultValueExpression");

	if (gw_ddl_map_type(gw_ddl_target("bigquery"), native, column, err) != GW_OK)
		return GW_FAILED;
	column->name = gw_json_get_text(item, "name");
	column->comment = gw_json_get_text(item, "description");
	column->collation = gw_json_get_text(item, "collation");
	if (sql == NULL)
		sql = gw_json_get_text(item, "column_default");
	if (column->collation == NULL)
		column->collation = gw_json_get_text(item, "collation_name");
	if (column->collation != NULL &&
		(column->collation[0] == '\0' || strcmp(column->collation, "NULL") == 0))
		column->collation = NULL;
	if (sql != NULL && strcmp(sql, "NULL") != 0)
	{
		column->default_kind = GW_DEFAULT_EXPRESSION;
		column->default_sql = sql;
		column->default_dialect = "bigquery";
	}
	if (column->name == NULL)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"a table's description has a column without a name");
	return GW_OK;
}

static void
layout_names(GwJsonBuilder *b, const JsonbValue *names, bool objects)
{
	gw_json_begin_array(b);
	for (int i = 0; i < gw_json_length(names); i++)
	{
		if (!objects)
		{
			gw_json_add_value(b, gw_json_item(names, i));
			continue;
		}
		gw_json_begin_object(b);
		gw_json_put_value(b, "name", gw_json_item(names, i));
		gw_json_end_object(b);
	}
	gw_json_end_array(b);
}

/* timePartitioning, rangePartitioning and clustering of a resource. */
static Jsonb *
resource_layout(const JsonbValue *root)
{
	JsonbValue *time = gw_json_get(root, "timePartitioning");
	JsonbValue *range = gw_json_get(root, "rangePartitioning");
	JsonbValue *cluster = gw_json_get(gw_json_get(root, "clustering"), "fields");
	const char *field = gw_json_get_text(time ? time : range, "field");
	const char *granularity = gw_json_get_text(time, "type");
	GwJsonBuilder b = {NULL, NULL};

	if (time == NULL && range == NULL && cluster == NULL)
		return NULL;
	gw_json_begin_object(&b);
	if (time != NULL || range != NULL)
	{
		gw_json_key(&b, "partition");
		gw_json_begin_object(&b);
		gw_json_put_text(&b, "kind", range ? "range" : field ? "time" : "ingestion");
		if (field != NULL)
		{
			gw_json_key(&b, "columns");
			gw_json_begin_array(&b);
			gw_json_add_text(&b, field);
			gw_json_end_array(&b);
		}
		if (granularity != NULL)
			gw_json_put_text(&b, "granularity", asc_tolower(granularity, strlen(granularity)));
		if (range != NULL)
		{
			JsonbValue *bounds = gw_json_get(range, "range");

			gw_json_key(&b, "range");
			gw_json_begin_object(&b);
			gw_json_put_int(&b, "start", gw_json_get_number(bounds, "start", GW_ABSENT));
			gw_json_put_int(&b, "end", gw_json_get_number(bounds, "end", GW_ABSENT));
			gw_json_put_int(&b, "interval", gw_json_get_number(bounds, "interval", GW_ABSENT));
			gw_json_end_object(&b);
		}
		if (gw_json_get_bool(root, "requirePartitionFilter", false) ||
			gw_json_get_bool(time, "requirePartitionFilter", false))
			gw_json_put_bool(&b, "require_filter", true);
		gw_json_end_object(&b);
	}
	if (cluster != NULL)
	{
		gw_json_key(&b, "cluster");
		gw_json_begin_object(&b);
		gw_json_key(&b, "columns");
		layout_names(&b, cluster, true);
		gw_json_end_object(&b);
	}
	gw_json_end_object(&b);
	return gw_json_finish(&b);
}

/* tables.get */
static GwStatus
read_resource(const JsonbValue *root, GwSchema *schema, GwError *err)
{
	JsonbValue *reference = gw_json_get(root, "tableReference");
	JsonbValue *fields = gw_json_get(gw_json_get(root, "schema"), "fields");
	JsonbValue *key =
		gw_json_get(gw_json_get(gw_json_get(root, "tableConstraints"), "primaryKey"), "columns");

	schema->database = gw_json_get_text(reference, "projectId");
	schema->schema = gw_json_get_text(reference, "datasetId");
	schema->table = gw_json_get_text(reference, "tableId");
	schema->kind = document_kind(gw_json_get_text(root, "type"));
	schema->rows = gw_json_get_number(root, "numRows", GW_ABSENT);
	schema->bytes = gw_json_get_number(root, "numBytes", GW_ABSENT);
	schema->layout = resource_layout(root);
	schema->comment = gw_json_get_text(root, "description");
	schema->ncolumns = gw_json_length(fields);
	schema->columns = palloc0(Max(schema->ncolumns, 1) * sizeof(GwColumn));
	for (int i = 0; i < schema->ncolumns; i++)
	{
		const JsonbValue *item = gw_json_item(fields, i);
		const char *mode = gw_json_get_text(item, "mode");
		StringInfoData native;

		initStringInfo(&native);
		type_text(&native, item);
		if (document_column(item, native.data, &schema->columns[i], err) != GW_OK)
			return GW_FAILED;
		schema->columns[i].ordinal = i + 1;
		schema->columns[i].nullable = mode == NULL || strcmp(mode, "REQUIRED") != 0;
	}
	if (gw_json_length(key) > 0)
	{
		schema->primary = palloc0(sizeof(GwKey));
		schema->primary->ncolumns = gw_json_length(key);
		schema->primary->columns = palloc0(schema->primary->ncolumns * sizeof(char *));
		for (int i = 0; i < schema->primary->ncolumns; i++)
		{
			char *name = NULL;

			(void) gw_json_text(gw_json_item(key, i), &name);
			schema->primary->columns[i] = name ? name : "";
		}
	}
	return GW_OK;
}

/* The layout of a described dataset's table: which columns, no more. */
static Jsonb *
described_layout(const JsonbValue *columns)
{
	const char *partition = NULL;
	const char *clusters[8] = {NULL};
	int nclusters = 0;
	GwJsonBuilder b = {NULL, NULL};

	for (int i = 0; i < gw_json_length(columns); i++)
	{
		const JsonbValue *item = gw_json_item(columns, i);
		const char *flag = gw_json_get_text(item, "is_partitioning_column");
		int64 place = gw_json_get_number(item, "clustering_ordinal_position", GW_ABSENT);

		if (flag != NULL && strcmp(flag, "YES") == 0)
			partition = gw_json_get_text(item, "name");
		if (place >= 1 && place <= (int64) lengthof(clusters))
		{
			clusters[place - 1] = gw_json_get_text(item, "name");
			nclusters = Max(nclusters, (int) place);
		}
	}
	if (partition == NULL && nclusters == 0)
		return NULL;
	gw_json_begin_object(&b);
	if (partition != NULL)
	{
		gw_json_key(&b, "partition");
		gw_json_begin_object(&b);
		/* Which granularity, or ranges, only the table's own resource says. */
		gw_json_put_text(&b, "kind", "value");
		gw_json_key(&b, "columns");
		gw_json_begin_array(&b);
		gw_json_add_text(&b, partition);
		gw_json_end_array(&b);
		gw_json_end_object(&b);
	}
	if (nclusters > 0)
	{
		gw_json_key(&b, "cluster");
		gw_json_begin_object(&b);
		gw_json_key(&b, "columns");
		gw_json_begin_array(&b);
		for (int i = 0; i < nclusters; i++)
		{
			gw_json_begin_object(&b);
			gw_json_put_text(&b, "name", clusters[i] ? clusters[i] : "");
			gw_json_end_object(&b);
		}
		gw_json_end_array(&b);
		gw_json_end_object(&b);
	}
	gw_json_end_object(&b);
	return gw_json_finish(&b);
}

/* An option's value is an SQL literal: "\"text\"". */
static const char *
described_text(const char *literal)
{
	size_t len = literal ? strlen(literal) : 0;

	if (len < 2 || literal[0] != '"' || literal[len - 1] != '"' ||
		memchr(literal, '\\', len) != NULL)
		return literal;
	return pnstrdup(literal + 1, len - 2);
}

/* A row of the query over INFORMATION_SCHEMA. */
static GwStatus
read_described(const JsonbValue *root, GwSchema *schema, GwError *err)
{
	JsonbValue *columns = gw_json_get(root, "columns");
	int n = gw_json_length(columns);
	const char **key = palloc0((n + 1) * sizeof(char *));
	int nkey = 0;

	schema->database = gw_json_get_text(root, "project");
	schema->schema = gw_json_get_text(root, "dataset");
	schema->table = gw_json_get_text(root, "table");
	schema->kind = document_kind(gw_json_get_text(root, "type"));
	schema->rows = gw_json_get_number(root, "num_rows", GW_ABSENT);
	schema->bytes = gw_json_get_number(root, "num_bytes", GW_ABSENT);
	schema->comment = described_text(gw_json_get_text(root, "description"));
	schema->layout = described_layout(columns);
	schema->columns = palloc0(Max(n, 1) * sizeof(GwColumn));
	for (int i = 0; i < n; i++)
	{
		const JsonbValue *item = gw_json_item(columns, i);
		const char *native = gw_json_get_text(item, "data_type");
		const char *nullable = gw_json_get_text(item, "is_nullable");
		const char *hidden = gw_json_get_text(item, "is_hidden");
		GwColumn *column = &schema->columns[schema->ncolumns];
		int64 place = gw_json_get_number(item, "key_position", GW_ABSENT);

		if (hidden != NULL && strcmp(hidden, "YES") == 0)
			continue;
		if (document_column(item, native ? native : "STRING", column, err) != GW_OK)
			return GW_FAILED;
		column->ordinal = ++schema->ncolumns;
		column->nullable = nullable == NULL || strcmp(nullable, "NO") != 0;
		if (place >= 1 && place <= n)
		{
			key[place - 1] = column->name;
			nkey = Max(nkey, (int) place);
		}
	}
	if (nkey > 0)
	{
		schema->primary = palloc0(sizeof(GwKey));
		schema->primary->columns = key;
		schema->primary->ncolumns = nkey;
	}
	return GW_OK;
}

GwStatus
gw_bigquery_read_document(const char *document, GwSchema **result, GwError *err)
{
	Jsonb *doc = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(document)));
	JsonbValue *root = gw_json_root(doc);
	GwSchema *schema = palloc0(sizeof(GwSchema));

	gw_error_clear(err);
	if (!gw_json_is_object(root))
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"a table's description is not an object");
	schema->rows = schema->bytes = GW_ABSENT;
	schema->approximate = true;
	*result = schema;
	return gw_json_get(root, "tableReference") ? read_resource(root, schema, err)
											   : read_described(root, schema, err);
}
