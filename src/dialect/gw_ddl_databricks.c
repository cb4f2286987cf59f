/*
 * gw_ddl_databricks.c
 *	  Databricks (Delta tables) as a DDL target: types both ways, limits and
 *	  clauses.
 *
 * Constants only.
 */
#include "postgres.h"

#include "dialect/gw_ddl_private.h"

#define ROW(t, r, native, ...) {GW_TYPE_##t, GW_DDL_##r, native, __VA_ARGS__}
#define CUT(n) .code = "fraction_capped", .check = GW_CHECK_FRACTION, .limit = (n)

/* https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-datatypes */
static const GwDdlTypeRule db_types[] = {
	ROW(BOOL, EXACT, "BOOLEAN"),
	ROW(INT8, EXACT, "TINYINT"),
	ROW(INT16, EXACT, "SMALLINT"),
	ROW(INT32, EXACT, "INT"),
	ROW(INT64, EXACT, "BIGINT"),
	ROW(INT128, CHECK, "DECIMAL(38,0)", .code = "digits_capped", .check = GW_CHECK_NUMERIC,
		.max_whole = 38),
	ROW(UINT8, WIDEN, "SMALLINT"),
	ROW(UINT16, WIDEN, "INT"),
	ROW(UINT32, WIDEN, "BIGINT"),
	ROW(UINT64, WIDEN, "DECIMAL(20,0)"),
	ROW(FLOAT32, EXACT, "FLOAT"),
	ROW(FLOAT64, EXACT, "DOUBLE"),
	ROW(NUMERIC, EXACT, "DECIMAL({p},{s})", .max = 38, .max_scale = 38),
	ROW(STRING, EXACT, "VARCHAR({n})", .when = GW_WHEN_PARAM, .max = PG_INT32_MAX),
	ROW(STRING, WIDEN, "STRING", .when = GW_WHEN_PARAM),
	ROW(STRING, EXACT, "STRING"),
	ROW(CHAR, ANNOTATE, "CHAR({n})", .code = "padding", .max = PG_INT32_MAX),
	ROW(CHAR, ANNOTATE, "STRING", .code = "padding"),
	ROW(BYTES, ANNOTATE, "BINARY", .code = "length_unenforced", .when = GW_WHEN_PARAM),
	ROW(BYTES, EXACT, "BINARY"),
	ROW(FIXED_BYTES, ANNOTATE, "BINARY", .code = "length_unenforced"),
	ROW(BIT, ANNOTATE, "BINARY", .code = "bits_as_bytes"),
	ROW(VARBIT, ANNOTATE, "BINARY", .code = "bits_as_bytes"),
	ROW(DATE, EXACT, "DATE"),
	ROW(TIME, ANNOTATE, "STRING", .code = "as_text"),
	ROW(TIMESTAMP, EXACT, "TIMESTAMP_NTZ", .when = GW_WHEN_NO_PARAM),
	ROW(TIMESTAMP, WIDEN, "TIMESTAMP_NTZ", .max = 5),
	ROW(TIMESTAMP, EXACT, "TIMESTAMP_NTZ", .max = 6),
	ROW(TIMESTAMP, CHECK, "TIMESTAMP_NTZ", CUT(6)),
	ROW(TIMESTAMPTZ, EXACT, "TIMESTAMP", .when = GW_WHEN_NO_PARAM),
	ROW(TIMESTAMPTZ, WIDEN, "TIMESTAMP", .max = 5),
	ROW(TIMESTAMPTZ, EXACT, "TIMESTAMP", .max = 6),
	ROW(TIMESTAMPTZ, CHECK, "TIMESTAMP", CUT(6)),
	ROW(TIMESTAMPOFFSET, ANNOTATE, "TIMESTAMP", .code = "offset_dropped", .max = 6),
	ROW(TIMESTAMPOFFSET, CHECK, "TIMESTAMP", CUT(6)),
	/* Interval types exist, but not in a Delta table. */
	ROW(INTERVAL_YM, ANNOTATE, "STRING", .code = "as_text"),
	ROW(INTERVAL_DS, ANNOTATE, "STRING", .code = "as_text"),
	ROW(INTERVAL, ANNOTATE, "STRING", .code = "as_text"),
	ROW(JSON, EXACT, "VARIANT", .when = GW_WHEN_OPTION),
	ROW(JSON, ANNOTATE, "STRING", .code = "as_text"),
	ROW(VARIANT, EXACT, "VARIANT"),
	ROW(XML, ANNOTATE, "STRING", .code = "as_text"),
	ROW(UUID, ANNOTATE, "STRING", .code = "as_text"),
	ROW(ENUM, ANNOTATE, "STRING", .code = "values_unenforced"),
	ROW(SET, ANNOTATE, "ARRAY<STRING>", .code = "values_unenforced"),
	ROW(INET, ANNOTATE, "STRING", .code = "as_text"),
	ROW(CIDR, ANNOTATE, "STRING", .code = "as_text"),
	ROW(MACADDR, ANNOTATE, "STRING", .code = "as_text"),
	ROW(GEOGRAPHY, ANNOTATE, "STRING", .code = "as_text"),
	ROW(GEOMETRY, ANNOTATE, "STRING", .code = "as_text"),
	ROW(RANGE, ANNOTATE,
		"STRUCT<lower: {e}, upper: {e}, lower_inclusive: BOOLEAN, upper_inclusive: BOOLEAN, "
		"empty: BOOLEAN>", .code = "as_struct"),
	ROW(VECTOR, ANNOTATE, "ARRAY<{e}>", .code = "dimensions_unenforced"),
	ROW(ARRAY, EXACT, "ARRAY<{e}>"),
	ROW(STRUCT, EXACT, "STRUCT<{fields}>"),
	ROW(MAP, EXACT, "MAP<{k}, {v}>"),
	ROW(ROWVERSION, ANNOTATE, "BINARY", .code = "not_automatic"),
	ROW(HLLSKETCH, ANNOTATE, "BINARY", .code = "as_binary"),
	ROW(NULL, EXACT, "VOID"),
	ROW(OPAQUE, ANNOTATE, "STRING", .code = "opaque"),
	{GW_NTYPES},
};

static const GwDdlNative db_natives[] = {
	{"boolean", GW_TYPE_BOOL},
	{"tinyint", GW_TYPE_INT8},
	{"byte", GW_TYPE_INT8},
	{"smallint", GW_TYPE_INT16},
	{"short", GW_TYPE_INT16},
	{"int", GW_TYPE_INT32},
	{"integer", GW_TYPE_INT32},
	{"bigint", GW_TYPE_INT64},
	{"long", GW_TYPE_INT64},
	{"float", GW_TYPE_FLOAT32},
	{"real", GW_TYPE_FLOAT32},
	{"double", GW_TYPE_FLOAT64},
	{"decimal", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, .precision = 10},
	{"dec", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, .precision = 10},
	{"numeric", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, .precision = 10},
	{"string", GW_TYPE_STRING},
	{"varchar", GW_TYPE_STRING, GW_NATIVE_LENGTH},
	{"char", GW_TYPE_CHAR, GW_NATIVE_LENGTH},
	{"binary", GW_TYPE_BYTES},
	{"date", GW_TYPE_DATE},
	{"time", GW_TYPE_TIME, GW_NATIVE_FRACTION, .fraction = 7},
	{"timestamp", GW_TYPE_TIMESTAMPTZ, GW_NATIVE_FRACTION, .fraction = 7},
	{"timestamp_ltz", GW_TYPE_TIMESTAMPTZ, GW_NATIVE_FRACTION, .fraction = 7},
	{"timestamp_ntz", GW_TYPE_TIMESTAMP, GW_NATIVE_FRACTION, .fraction = 7},
	{"interval year", GW_TYPE_INTERVAL_YM},
	{"interval month", GW_TYPE_INTERVAL_YM},
	{"interval year to month", GW_TYPE_INTERVAL_YM},
	{"interval day", GW_TYPE_INTERVAL_DS},
	{"interval hour", GW_TYPE_INTERVAL_DS},
	{"interval minute", GW_TYPE_INTERVAL_DS},
	{"interval second", GW_TYPE_INTERVAL_DS},
	{"interval day to hour", GW_TYPE_INTERVAL_DS},
	{"interval day to minute", GW_TYPE_INTERVAL_DS},
	{"interval day to second", GW_TYPE_INTERVAL_DS},
	{"interval hour to second", GW_TYPE_INTERVAL_DS},
	{"array", GW_TYPE_ARRAY, GW_NATIVE_ARRAY},
	{"map", GW_TYPE_MAP, GW_NATIVE_MAP},
	{"struct", GW_TYPE_STRUCT, GW_NATIVE_STRUCT},
	{"variant", GW_TYPE_VARIANT},
	{"geography", GW_TYPE_GEOGRAPHY, GW_NATIVE_SRID},
	{"geometry", GW_TYPE_GEOMETRY, GW_NATIVE_SRID},
	{"void", GW_TYPE_NULL},
	{"null", GW_TYPE_NULL},
	{NULL},
};

/* https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-names */
static bool
db_bad_name(const char *name, bool column)
{
	for (const char *p = name; *p != '\0'; p++)
		if (column ? strchr(" ,;{}()\n\t=", *p) != NULL
				   : (*p == ' ' || *p == '.' || *p == '/' || (unsigned char) *p < ' ' ||
					  *p == 0x7f))
			return true;
	return false;
}

static void
db_identity(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column)
{
	gw_sql(buf, strcmp(column->identity_mode, "always") == 0 ? " GENERATED ALWAYS AS IDENTITY"
															 : " GENERATED BY DEFAULT AS IDENTITY");
	gw_sql(buf, " (START WITH ");
	gw_sql_int(buf, column->identity_start);
	gw_sql(buf, " INCREMENT BY ");
	gw_sql_int(buf, column->identity_increment);
	gw_sql(buf, ")");
}

/* 'key'='value' of options.databricks.tblproperties, and what defaults need. */
typedef struct DbProperties
{
	GwDdlWriter *w;
	GwSqlBuf text;
	bool first;
} DbProperties;

static void
db_property(char *key, JsonbValue *value, void *arg)
{
	DbProperties *p = arg;
	char *text;

	if (!gw_json_text(value, &text))
		return;
	gw_sql_separator(&p->text, &p->first, ", ");
	gw_ddl_string(p->w, &p->text, key);
	gw_sql(&p->text, " = ");
	gw_ddl_string(p->w, &p->text, text);
}

static void
db_properties(GwDdlWriter *w, GwSqlBuf *buf)
{
	const JsonbValue *own = gw_json_get(gw_ddl_platform_options(w), "tblproperties");
	DbProperties p = {w, .first = true};
	bool defaults = strstr(buf->text.data, " DEFAULT ") != NULL;

	gw_sqlbuf_init(&p.text);
	if (defaults)
	{
		gw_sql(&p.text, "'delta.feature.allowColumnDefaults' = 'supported'");
		p.first = false;
	}
	if (own != NULL)
		gw_json_each(own, db_property, &p);
	if (p.first)
		return;
	gw_sql(buf, "\nTBLPROPERTIES (");
	gw_sql_rendered(buf, p.text.text.data);
	gw_sql(buf, ")");
}

/* Partitions are by value: by an instant each row would have its own. */
static bool
db_partition(GwDdlWriter *w, GwSqlBuf *buf)
{
	const JsonbValue *partition = gw_ddl_layout_part(w, "partition");
	const char **names;
	int n = gw_ddl_layout_names(gw_json_get(partition, "columns"), &names);

	for (int i = 0; i < n; i++)
	{
		const GwColumn *column = gw_schema_column(w->schema, names[i]);

		if (column == NULL || (column->type.id >= GW_TYPE_TIME &&
							   column->type.id <= GW_TYPE_TIMESTAMPOFFSET))
			return false;
	}
	return gw_ddl_layout_columns(w, buf, "partition", "\nPARTITIONED BY ", PG_INT32_MAX);
}

static GwStatus
db_suffix(GwDdlWriter *w, GwSqlBuf *buf, GwError *err)
{
	const JsonbValue *cluster = gw_ddl_layout_part(w, "cluster");

	gw_sql(buf, "\nUSING DELTA");
	if (db_partition(w, buf))
	{
		if (cluster != NULL)
			gw_ddl_notice(w, "cluster_unsupported", NULL,
						  "a partitioned table cannot be clustered: the cluster is left out");
	}
	else
	{
		gw_ddl_layout_unsupported(w, "partition");
		if (gw_json_get_bool(cluster, "auto", false))
			gw_sql(buf, "\nCLUSTER BY AUTO");
		else if (!gw_ddl_layout_columns(w, buf, "cluster", "\nCLUSTER BY ", 4))
			gw_ddl_layout_unsupported(w, "cluster");
	}
	gw_ddl_layout_unsupported(w, "sort");
	gw_ddl_layout_unsupported(w, "distribution");
	if (w->schema->comment != NULL && !w->options->no_comments)
	{
		gw_sql(buf, "\nCOMMENT ");
		gw_ddl_string(w, buf, w->schema->comment);
	}
	db_properties(w, buf);
	return GW_OK;
}

static GwStatus
db_after(GwDdlWriter *w, List **statements, GwError *err)
{
	for (int i = 0; i < w->schema->ncheck; i++)
	{
		const GwKey *key = &w->schema->check[i];
		const char *sql = gw_ddl_check_condition(w, key);
		GwSqlBuf buf;

		if (sql == NULL)
			continue;
		gw_sqlbuf_init(&buf);
		gw_sql(&buf, "ALTER TABLE ");
		if (gw_ddl_table_name(w, &buf, err) != GW_OK)
			return GW_FAILED;
		gw_sql(&buf, " ADD CONSTRAINT ");
		gw_ddl_identifier(w, &buf, key->name ? key->name : psprintf("check_%d", i + 1));
		gw_sql(&buf, " CHECK (");
		gw_sql_rendered(&buf, sql);
		gw_sql(&buf, ")");
		*statements = lappend(*statements, buf.text.data);
	}
	return GW_OK;
}

static bool
db_comment(GwDdlWriter *w, GwSqlBuf *buf, const char *table, const GwColumn *column,
		   const char *comment)
{
	gw_sql(buf, column ? "ALTER TABLE " : "COMMENT ON TABLE ");
	gw_sql_rendered(buf, table);
	if (column != NULL)
	{
		gw_sql(buf, " ALTER COLUMN ");
		gw_ddl_identifier(w, buf, column->name);
	}
	gw_sql(buf, column ? " COMMENT " : " IS ");
	gw_ddl_string(w, buf, comment ? comment : "");
	return true;
}

static const char *const db_aliases[] = {"spark", "delta", NULL};

const GwDdlTarget gw_ddl_databricks = {
	.name = "databricks",
	.title = "Databricks",
	.aliases = db_aliases,
	.dialect = &gw_dialect_databricks,
	.can = GW_DDL_IF_NOT_EXISTS | GW_DDL_CAN_OR_REPLACE | GW_DDL_CHECK_AFTERWARDS |
		   GW_DDL_CAN_NAMED_KEYS | GW_DDL_CAN_STORED | GW_DDL_NAMES_FOLD | GW_DDL_BACKSLASH |
		   GW_DDL_ZONED_CONSTANT,
	.folds = ' ',
	.database_name = true,
	.temporary_word = "TEMPORARY ",
	.name_rule = "A column's name has none of \" ,;{}()=\", tab or line end, a table's no blank, "
				 "period, slash or control character.",
	.bad_name = db_bad_name,
	.max_columns = PG_INT32_MAX,
	.types = db_types,
	.natives = db_natives,
	.text_type = "STRING",
	.cut_numeric = "DECIMAL({p},{s})",
	.cut_precision = 38,
	.cut_scale = 38,
	.cut_whole = 38,
	.field_separator = ": ",
	.collate = 'w',
	.functions = {[GW_FN_NOW] = "current_timestamp()", [GW_FN_LOCAL_NOW] = "localtimestamp()",
				  [GW_FN_TODAY] = "current_date()", [GW_FN_UUID] = "uuid()"},
	.json_constant = "",
	.generated_open = " GENERATED ALWAYS AS (",
	.generated_stored = ")",
	.comment_open = " COMMENT ",
	.comment_close = "",
	.table_comment_in_suffix = true,
	.identity_type = GW_TYPE_INT64,
	.identity = db_identity,
	.suffix = db_suffix,
	.after = db_after,
	.comment = db_comment,
	.cli_run = "databricks api post /api/2.0/sql/statements --json "
			   "'{\"warehouse_id\": \"'\"$DATABRICKS_WAREHOUSE_ID\"'\", \"statement\": '{json}'}'",
	.cli_load_sql = "COPY INTO {t} FROM {file} FILEFORMAT = CSV "
					"FORMAT_OPTIONS ('header' = 'true')",
};
