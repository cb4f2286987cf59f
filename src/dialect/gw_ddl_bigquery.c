/*
 * gw_ddl_bigquery.c
 *	  BigQuery as a DDL target: its types both ways, limits and clauses.
 *
 * Constants only.
 */
#include "postgres.h"

#include "dialect/gw_ddl_private.h"

#define ROW(t, r, native, ...) {GW_TYPE_##t, GW_DDL_##r, native, __VA_ARGS__}
#define CUT(n) .code = "fraction_capped", .check = GW_CHECK_FRACTION, .limit = (n)

/* https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types */
static const GwDdlTypeRule bq_types[] = {
	ROW(BOOL, EXACT, "BOOL"),
	ROW(INT8, WIDEN, "INT64"),
	ROW(INT16, WIDEN, "INT64"),
	ROW(INT32, WIDEN, "INT64"),
	ROW(INT64, EXACT, "INT64"),
	ROW(INT128, WIDEN, "BIGNUMERIC"),
	ROW(UINT8, WIDEN, "INT64"),
	ROW(UINT16, WIDEN, "INT64"),
	ROW(UINT32, WIDEN, "INT64"),
	ROW(UINT64, WIDEN, "NUMERIC(20,0)"),
	ROW(FLOAT32, WIDEN, "FLOAT64"),
	ROW(FLOAT64, EXACT, "FLOAT64"),
	ROW(DECFLOAT, CHECK, "BIGNUMERIC", .code = "digits_capped", .check = GW_CHECK_NUMERIC,
		.max_scale = 38, .max_whole = 38),
	ROW(NUMERIC, EXACT, "NUMERIC({p},{s})", .max = 38, .max_scale = 9, .max_whole = 29),
	ROW(NUMERIC, EXACT, "BIGNUMERIC({p},{s})", .max = 76, .max_scale = 38, .max_whole = 38),
	ROW(NUMERIC, CHECK, "BIGNUMERIC", .code = "digits_capped", .when = GW_WHEN_NO_PARAM,
		.check = GW_CHECK_NUMERIC, .max_scale = 38, .max_whole = 38),
	ROW(STRING, EXACT, "STRING({n})", .when = GW_WHEN_PARAM),
	ROW(STRING, EXACT, "STRING"),
	ROW(CHAR, ANNOTATE, "STRING({n})", .code = "padding", .when = GW_WHEN_PARAM),
	ROW(CHAR, ANNOTATE, "STRING", .code = "padding"),
	ROW(BYTES, EXACT, "BYTES({n})", .when = GW_WHEN_PARAM),
	ROW(BYTES, EXACT, "BYTES"),
	ROW(FIXED_BYTES, ANNOTATE, "BYTES({n})", .code = "length_unenforced", .when = GW_WHEN_PARAM),
	ROW(FIXED_BYTES, ANNOTATE, "BYTES", .code = "length_unenforced"),
	ROW(BIT, ANNOTATE, "BOOL", .code = "bit_as_bool", .max = 1),
	ROW(BIT, ANNOTATE, "BYTES({b})", .code = "bits_as_bytes"),
	ROW(VARBIT, ANNOTATE, "BYTES({b})", .code = "bits_as_bytes", .when = GW_WHEN_PARAM),
	ROW(VARBIT, ANNOTATE, "BYTES", .code = "bits_as_bytes"),
	ROW(DATE, EXACT, "DATE"),
	ROW(TIME, EXACT, "TIME", .when = GW_WHEN_NO_PARAM),
	ROW(TIME, WIDEN, "TIME", .max = 5),
	ROW(TIME, EXACT, "TIME", .max = 6),
	ROW(TIME, CHECK, "TIME", CUT(6)),
	ROW(TIMESTAMP, EXACT, "DATETIME", .when = GW_WHEN_NO_PARAM),
	ROW(TIMESTAMP, WIDEN, "DATETIME", .max = 5),
	ROW(TIMESTAMP, EXACT, "DATETIME", .max = 6),
	ROW(TIMESTAMP, CHECK, "DATETIME", CUT(6)),
	ROW(TIMESTAMPTZ, EXACT, "TIMESTAMP", .when = GW_WHEN_NO_PARAM),
	ROW(TIMESTAMPTZ, WIDEN, "TIMESTAMP", .max = 5),
	ROW(TIMESTAMPTZ, EXACT, "TIMESTAMP", .max = 6),
	ROW(TIMESTAMPTZ, CHECK, "TIMESTAMP", CUT(6)),
	ROW(TIMESTAMPOFFSET, ANNOTATE, "TIMESTAMP", .code = "offset_dropped", .max = 6),
	ROW(TIMESTAMPOFFSET, CHECK, "TIMESTAMP", CUT(6)),
	ROW(INTERVAL_YM, WIDEN, "INTERVAL"),
	ROW(INTERVAL_DS, WIDEN, "INTERVAL", .max = 6),
	ROW(INTERVAL_DS, CHECK, "INTERVAL", CUT(6)),
	ROW(INTERVAL, EXACT, "INTERVAL", .max = 6),
	ROW(INTERVAL, CHECK, "INTERVAL", CUT(6)),
	ROW(JSON, EXACT, "JSON"),
	ROW(VARIANT, ANNOTATE, "JSON", .code = "as_json"),
	ROW(XML, ANNOTATE, "STRING", .code = "as_text"),
	ROW(UUID, ANNOTATE, "STRING(36)", .code = "as_text"),
	ROW(ENUM, ANNOTATE, "STRING", .code = "values_unenforced"),
	ROW(SET, ANNOTATE, "ARRAY<STRING>", .code = "values_unenforced"),
	ROW(INET, ANNOTATE, "STRING", .code = "as_text"),
	ROW(CIDR, ANNOTATE, "STRING", .code = "as_text"),
	ROW(MACADDR, ANNOTATE, "STRING", .code = "as_text"),
	ROW(GEOGRAPHY, EXACT, "GEOGRAPHY", .when = GW_WHEN_NO_PARAM),
	ROW(GEOGRAPHY, EXACT, "GEOGRAPHY", .max = 4326),
	ROW(RANGE, EXACT, "RANGE<{e}>", .when = GW_WHEN_OF, .of = GW_TYPE_DATE),
	ROW(RANGE, EXACT, "RANGE<{e}>", .when = GW_WHEN_OF, .of = GW_TYPE_TIMESTAMP),
	ROW(RANGE, EXACT, "RANGE<{e}>", .when = GW_WHEN_OF, .of = GW_TYPE_TIMESTAMPTZ),
	ROW(VECTOR, ANNOTATE, "ARRAY<{e}>", .code = "dimensions_unenforced"),
	ROW(ARRAY, ANNOTATE, "ARRAY<STRUCT<item {e}>>", .code = "wrapped_array",
		.when = GW_WHEN_OF, .of = GW_TYPE_ARRAY),
	ROW(ARRAY, ANNOTATE, "ARRAY<STRUCT<item {e}>>", .code = "wrapped_array",
		.when = GW_WHEN_OF, .of = GW_TYPE_MAP),
	ROW(ARRAY, ANNOTATE, "ARRAY<STRUCT<item {e}>>", .code = "wrapped_array",
		.when = GW_WHEN_OF, .of = GW_TYPE_SET),
	ROW(ARRAY, ANNOTATE, "ARRAY<STRUCT<item {e}>>", .code = "wrapped_array",
		.when = GW_WHEN_OF, .of = GW_TYPE_VECTOR),
	ROW(ARRAY, ANNOTATE, "ARRAY<{e}>", .code = "no_null_arrays"),
	ROW(STRUCT, EXACT, "STRUCT<{fields}>"),
	ROW(MAP, ANNOTATE, "ARRAY<STRUCT<key {k}, value {v}>>", .code = "map_as_pairs"),
	ROW(ROWVERSION, ANNOTATE, "BYTES(8)", .code = "not_automatic"),
	ROW(HLLSKETCH, ANNOTATE, "BYTES", .code = "as_binary"),
	ROW(NULL, WIDEN, "STRING"),
	ROW(OPAQUE, ANNOTATE, "STRING", .code = "opaque"),
	{GW_NTYPES},
};

static const GwDdlNative bq_natives[] = {
	{"bool", GW_TYPE_BOOL},
	{"boolean", GW_TYPE_BOOL},
	{"int64", GW_TYPE_INT64},
	{"int", GW_TYPE_INT64},
	{"smallint", GW_TYPE_INT64},
	{"integer", GW_TYPE_INT64},
	{"bigint", GW_TYPE_INT64},
	{"tinyint", GW_TYPE_INT64},
	{"byteint", GW_TYPE_INT64},
	{"float64", GW_TYPE_FLOAT64},
	{"float", GW_TYPE_FLOAT64},
	{"numeric", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, .precision = 38, .scale = 9},
	{"decimal", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, .precision = 38, .scale = 9},
	/* 76 whole digits and a part of a 77th: only the whole ones are promised. */
	{"bignumeric", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, .precision = 76, .scale = 38},
	{"bigdecimal", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, .precision = 76, .scale = 38},
	{"string", GW_TYPE_STRING, GW_NATIVE_LENGTH},
	{"bytes", GW_TYPE_BYTES, GW_NATIVE_LENGTH},
	{"date", GW_TYPE_DATE},
	{"time", GW_TYPE_TIME, GW_NATIVE_FRACTION, .fraction = 7},
	{"datetime", GW_TYPE_TIMESTAMP, GW_NATIVE_FRACTION, .fraction = 7},
	{"timestamp", GW_TYPE_TIMESTAMPTZ, GW_NATIVE_FRACTION, .fraction = 7},
	{"interval", GW_TYPE_INTERVAL},
	{"json", GW_TYPE_JSON},
	{"geography", GW_TYPE_GEOGRAPHY},
	{"range", GW_TYPE_RANGE, GW_NATIVE_RANGE},
	{"array", GW_TYPE_ARRAY, GW_NATIVE_ARRAY},
	{"struct", GW_TYPE_STRUCT, GW_NATIVE_STRUCT},
	{"record", GW_TYPE_STRUCT, GW_NATIVE_STRUCT},
	{NULL},
};

/* https://cloud.google.com/bigquery/docs/schemas#column_names, .../docs/tables#table_naming */
static bool
bq_bad_name(const char *name, bool column)
{
	static const char *const prefixes[] = {"_TABLE_", "_FILE_", "_PARTITION",
										   "_ROW_TIMESTAMP", "__ROOT__", "_COLIDENTIFIER",
										   "_CHANGE_SEQUENCE_NUMBER", "_CHANGE_TYPE",
										   "_CHANGE_TIMESTAMP"};

	for (const char *p = name; *p != '\0'; p++)
		if ((unsigned char) *p < ' ' || *p == 0x7f ||
			strchr(column ? "!\"$()*,./;?@[\\]^`{}~" : "!\"#$%&'()*+,./:;<=>?@[\\]^`{|}~", *p))
			return true;
	if (!column)
		return false;
	for (int i = 0; i < lengthof(prefixes); i++)
		if (pg_strncasecmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return strlen(name) > 300;
}

static const char *
bq_granularity(const JsonbValue *partition)
{
	static const char *const known[] = {"HOUR", "DAY", "MONTH", "YEAR"};
	const char *granularity = gw_json_get_text(partition, "granularity");

	for (int i = 0; granularity != NULL && i < lengthof(known); i++)
		if (pg_strcasecmp(known[i], granularity) == 0)
			return known[i];
	return "DAY";
}

/* RANGE_BUCKET(c, GENERATE_ARRAY(a, b, i)); zero is a number like others. */
static bool
bq_partition_range(GwDdlWriter *w, GwSqlBuf *buf, const JsonbValue *partition,
				   const GwColumn *column)
{
	const JsonbValue *range = gw_json_get(partition, "range");
	int64 interval = gw_json_get_int(range, "interval", 0);

	if (gw_json_get(range, "start") == NULL || gw_json_get(range, "end") == NULL || interval <= 0)
		return false;
	gw_sql(buf, "RANGE_BUCKET(");
	gw_ddl_identifier(w, buf, column->name);
	gw_sql(buf, ", GENERATE_ARRAY(");
	gw_sql_int(buf, gw_json_get_int(range, "start", 0));
	gw_sql(buf, ", ");
	gw_sql_int(buf, gw_json_get_int(range, "end", 0));
	gw_sql(buf, ", ");
	gw_sql_int(buf, interval);
	gw_sql(buf, "))");
	return true;
}

/* By the column's type; false: it cannot be a partition there. */
static bool
bq_partition_column(GwDdlWriter *w, GwSqlBuf *buf, const JsonbValue *partition,
					const GwColumn *column)
{
	const char *granularity = bq_granularity(partition);
	bool day = strcmp(granularity, "DAY") == 0;
	const char *function;

	switch (column->type.id)
	{
		case GW_TYPE_DATE:
			if (strcmp(granularity, "HOUR") == 0)
				return false;
			function = day ? "" : "DATE_TRUNC";
			break;
		case GW_TYPE_TIMESTAMP:
			function = day ? "DATE" : "DATETIME_TRUNC";
			break;
		case GW_TYPE_TIMESTAMPTZ:
		case GW_TYPE_TIMESTAMPOFFSET:
			function = day ? "DATE" : "TIMESTAMP_TRUNC";
			break;
		case GW_TYPE_INT8:
		case GW_TYPE_INT16:
		case GW_TYPE_INT32:
		case GW_TYPE_INT64:
		case GW_TYPE_UINT8:
		case GW_TYPE_UINT16:
		case GW_TYPE_UINT32:
			return bq_partition_range(w, buf, partition, column);
		default:
			return false;
	}
	gw_sql(buf, function);
	gw_sql(buf, function[0] ? "(" : "");
	gw_ddl_identifier(w, buf, column->name);
	if (!day)
	{
		gw_sql(buf, ", ");
		gw_sql(buf, granularity);
	}
	gw_sql(buf, function[0] ? ")" : "");
	return true;
}

static bool
bq_partition(GwDdlWriter *w, GwSqlBuf *buf)
{
	const JsonbValue *partition = gw_ddl_layout_part(w, "partition");
	const char *kind = partition ? gw_json_get_text(partition, "kind") : NULL;
	const GwColumn *column;
	const char **names;
	GwSqlBuf clause;

	if (partition == NULL)
		return false;
	gw_sqlbuf_init(&clause);
	gw_sql(&clause, "\nPARTITION BY ");
	if (kind != NULL && strcmp(kind, "ingestion") == 0)
	{
		const char *granularity = bq_granularity(partition);

		gw_sql(&clause, strcmp(granularity, "DAY") == 0 ? "_PARTITIONDATE"
														: "TIMESTAMP_TRUNC(_PARTITIONTIME, ");
		if (strcmp(granularity, "DAY") != 0)
		{
			gw_sql(&clause, granularity);
			gw_sql(&clause, ")");
		}
		gw_sql_rendered(buf, clause.text.data);
		return true;
	}
	if (gw_ddl_layout_names(gw_json_get(partition, "columns"), &names) != 1 ||
		(column = gw_schema_column(w->schema, names[0])) == NULL ||
		!bq_partition_column(w, &clause, partition, column))
	{
		gw_ddl_notice(w, "partition_unsupported", NULL,
					  "BigQuery partitions by one DATE, TIMESTAMP, DATETIME or INT64 column "
					  "with a range: the partition is left out");
		return false;
	}
	gw_sql_rendered(buf, clause.text.data);
	return true;
}

static void
bq_options(GwDdlWriter *w, GwSqlBuf *buf, bool partitioned)
{
	const JsonbValue *partition = gw_ddl_layout_part(w, "partition");
	const JsonbValue *expiration = gw_json_get(partition, "expiration_days");
	bool first = true;
	GwSqlBuf options;

	gw_sqlbuf_init(&options);
	if (w->schema->comment != NULL && !w->options->no_comments)
	{
		gw_sql_separator(&options, &first, ", ");
		gw_sql(&options, "description=");
		gw_ddl_string(w, &options, w->schema->comment);
	}
	if (partitioned && expiration != NULL && expiration->type == jbvNumeric)
	{
		gw_sql_separator(&options, &first, ", ");
		gw_sql(&options, "partition_expiration_days=");
		gw_sql_rendered(&options, gw_ddl_number(expiration));
	}
	if (partitioned && gw_json_get_bool(partition, "require_filter", false))
	{
		gw_sql_separator(&options, &first, ", ");
		gw_sql(&options, "require_partition_filter=TRUE");
	}
	if (first)
		return;
	gw_sql(buf, "\nOPTIONS(");
	gw_sql_rendered(buf, options.text.data);
	gw_sql(buf, ")");
}

static GwStatus
bq_suffix(GwDdlWriter *w, GwSqlBuf *buf, GwError *err)
{
	const char **names;
	bool partitioned = bq_partition(w, buf);
	int n = gw_ddl_layout_names(gw_json_get(gw_ddl_layout_part(w, "cluster"), "columns"), &names);

	if (n > 0)
	{
		gw_sql(buf, "\nCLUSTER BY ");
		gw_ddl_names(w, buf, names, Min(n, 4));
	}
	if (n > 4)
		gw_ddl_notice(w, "cluster_capped", NULL,
					  "BigQuery clusters by at most 4 columns: the first ones are used");
	if (n == 0)
		gw_ddl_layout_unsupported(w, "cluster");
	gw_ddl_layout_unsupported(w, "sort");
	gw_ddl_layout_unsupported(w, "distribution");
	bq_options(w, buf, partitioned);
	return GW_OK;
}

static bool
bq_comment(GwDdlWriter *w, GwSqlBuf *buf, const char *table, const GwColumn *column,
		   const char *comment)
{
	gw_sql(buf, "ALTER TABLE ");
	gw_sql_rendered(buf, table);
	if (column != NULL)
	{
		gw_sql(buf, " ALTER COLUMN ");
		gw_ddl_identifier(w, buf, column->name);
	}
	gw_sql(buf, " SET OPTIONS(description=");
	if (comment != NULL)
		gw_ddl_string(w, buf, comment);
	else
		gw_sql(buf, "NULL");
	gw_sql(buf, ")");
	return true;
}

static const char *const bq_aliases[] = {"bq", NULL};

const GwDdlTarget gw_ddl_bigquery = {
	.name = "bigquery",
	.title = "BigQuery",
	.aliases = bq_aliases,
	.dialect = &gw_dialect_bigquery,
	.can = GW_DDL_IF_NOT_EXISTS | GW_DDL_CAN_OR_REPLACE | GW_DDL_CAN_TEMPORARY |
		   GW_DDL_CAN_NOT_ENFORCED | GW_DDL_NAMES_FOLD | GW_DDL_ARRAY_REPEATED |
		   GW_DDL_BACKSLASH | GW_DDL_ZONED_CONSTANT | GW_DDL_PARTITION_RULES,
	.folds = ' ',
	.database_name = true,
	.temporary_word = "TEMP ",
	.temporary_name = "",
	.name_rule = "A column's name has up to 300 characters without !\"$()*,./;?@[\\]^`{}~ and does "
				 "not begin like a pseudo column; a table's has letters, digits, _, - and blanks.",
	.bad_name = bq_bad_name,
	.max_columns = 10000,
	.max_depth = 15,
	.types = bq_types,
	.natives = bq_natives,
	.text_type = "STRING",
	.cut_numeric = "BIGNUMERIC({p},{s})",
	.cut_precision = 76,
	.cut_scale = 38,
	.cut_whole = 38,
	.field_separator = " ",
	.collate = 's',
	.functions = {[GW_FN_NOW] = "CURRENT_TIMESTAMP()", [GW_FN_LOCAL_NOW] = "CURRENT_DATETIME()",
				  [GW_FN_TODAY] = "CURRENT_DATE()", [GW_FN_UUID] = "GENERATE_UUID()"},
	.json_constant = "JSON ",
	.comment_open = " OPTIONS(description=",
	.comment_close = ")",
	.table_comment_in_suffix = true,
	.identity_type = GW_TYPE_NULL,
	.suffix = bq_suffix,
	.comment = bq_comment,
	.cli_run = "bq query --use_legacy_sql=false {q}",
	.cli_load_shell = "bq load --source_format=CSV --skip_leading_rows=1 {name} {file}",
};
