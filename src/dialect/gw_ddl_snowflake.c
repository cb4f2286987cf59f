/*
 * gw_ddl_snowflake.c
 *	  Snowflake as a DDL target: its types both ways, limits and clauses.
 *
 * Constants only.
 */
#include "postgres.h"

#include "dialect/gw_ddl_private.h"

#define ROW(t, r, native, ...) {GW_TYPE_##t, GW_DDL_##r, native, __VA_ARGS__}
#define CUT(n) .code = "fraction_capped", .check = GW_CHECK_FRACTION, .limit = (n)

/* https://docs.snowflake.com/en/sql-reference/intro-summary-data-types */
static const GwDdlTypeRule sf_types[] = {
	ROW(BOOL, EXACT, "BOOLEAN"),
	ROW(INT8, WIDEN, "NUMBER(3,0)"),
	ROW(INT16, WIDEN, "NUMBER(5,0)"),
	ROW(INT32, WIDEN, "NUMBER(10,0)"),
	ROW(INT64, WIDEN, "NUMBER(19,0)"),
	ROW(INT128, CHECK, "NUMBER(38,0)", .code = "digits_capped", .check = GW_CHECK_NUMERIC,
		.max_whole = 38),
	ROW(UINT8, WIDEN, "NUMBER(3,0)"),
	ROW(UINT16, WIDEN, "NUMBER(5,0)"),
	ROW(UINT32, WIDEN, "NUMBER(10,0)"),
	ROW(UINT64, WIDEN, "NUMBER(20,0)"),
	ROW(FLOAT32, WIDEN, "FLOAT"),
	ROW(FLOAT64, EXACT, "FLOAT"),
	ROW(DECFLOAT, EXACT, "DECFLOAT"),
	ROW(NUMERIC, EXACT, "NUMBER({p},{s})", .max = 38, .max_scale = 37),
	ROW(STRING, EXACT, "VARCHAR({n})", .max = 134217728),
	ROW(STRING, CHECK, "VARCHAR(134217728)", .code = "length_capped", .when = GW_WHEN_PARAM,
		.check = GW_CHECK_CHARS, .limit = 134217728),
	ROW(STRING, EXACT, "VARCHAR"),
	ROW(CHAR, ANNOTATE, "CHAR({n})", .code = "padding", .max = 134217728),
	ROW(CHAR, ANNOTATE, "VARCHAR", .code = "padding"),
	ROW(BYTES, EXACT, "BINARY({n})", .max = 67108864),
	ROW(BYTES, CHECK, "BINARY(67108864)", .code = "length_capped", .when = GW_WHEN_PARAM,
		.check = GW_CHECK_SIZE, .limit = 67108864),
	ROW(BYTES, EXACT, "BINARY"),
	ROW(FIXED_BYTES, ANNOTATE, "BINARY({n})", .code = "length_unenforced", .max = 67108864),
	ROW(FIXED_BYTES, ANNOTATE, "BINARY", .code = "length_unenforced"),
	ROW(BIT, ANNOTATE, "BINARY({b})", .code = "bits_as_bytes"),
	ROW(VARBIT, ANNOTATE, "BINARY({b})", .code = "bits_as_bytes", .when = GW_WHEN_PARAM),
	ROW(VARBIT, ANNOTATE, "BINARY", .code = "bits_as_bytes"),
	ROW(DATE, EXACT, "DATE"),
	ROW(TIME, EXACT, "TIME({f})", .max = 9),
	ROW(TIME, CHECK, "TIME(9)", CUT(9)),
	ROW(TIMESTAMP, EXACT, "TIMESTAMP_NTZ({f})", .max = 9),
	ROW(TIMESTAMP, CHECK, "TIMESTAMP_NTZ(9)", CUT(9)),
	ROW(TIMESTAMPTZ, EXACT, "TIMESTAMP_LTZ({f})", .max = 9),
	ROW(TIMESTAMPTZ, CHECK, "TIMESTAMP_LTZ(9)", CUT(9)),
	ROW(TIMESTAMPOFFSET, EXACT, "TIMESTAMP_TZ({f})", .max = 9),
	ROW(TIMESTAMPOFFSET, CHECK, "TIMESTAMP_TZ(9)", CUT(9)),
	ROW(JSON, EXACT, "VARIANT"),
	ROW(VARIANT, EXACT, "VARIANT"),
	ROW(XML, ANNOTATE, "VARCHAR", .code = "as_text"),
	ROW(UUID, ANNOTATE, "VARCHAR(36)", .code = "as_text"),
	ROW(ENUM, ANNOTATE, "VARCHAR", .code = "values_unenforced"),
	ROW(SET, ANNOTATE, "ARRAY", .code = "values_unenforced"),
	ROW(INET, ANNOTATE, "VARCHAR", .code = "as_text"),
	ROW(CIDR, ANNOTATE, "VARCHAR", .code = "as_text"),
	ROW(MACADDR, ANNOTATE, "VARCHAR", .code = "as_text"),
	ROW(GEOGRAPHY, EXACT, "GEOGRAPHY"),
	ROW(GEOMETRY, EXACT, "GEOMETRY", .when = GW_WHEN_NO_PARAM),
	ROW(GEOMETRY, ANNOTATE, "GEOMETRY", .code = "srid_dropped"),
	ROW(RANGE, ANNOTATE, "OBJECT", .code = "as_json"),
	ROW(VECTOR, EXACT, "VECTOR(FLOAT, {n})", .when = GW_WHEN_PARAM | GW_WHEN_OF,
		.of = GW_TYPE_FLOAT32, .max = 4096),
	ROW(VECTOR, EXACT, "VECTOR(INT, {n})", .when = GW_WHEN_PARAM | GW_WHEN_OF,
		.of = GW_TYPE_INT32, .max = 4096),
	ROW(VECTOR, ANNOTATE, "ARRAY", .code = "untyped"),
	/* Structured types are newer than the semi-structured ones. */
	ROW(ARRAY, EXACT, "ARRAY({e})", .when = GW_WHEN_OPTION),
	ROW(ARRAY, ANNOTATE, "ARRAY", .code = "untyped"),
	ROW(STRUCT, EXACT, "OBJECT({fields})", .when = GW_WHEN_OPTION),
	ROW(STRUCT, ANNOTATE, "OBJECT", .code = "untyped"),
	ROW(MAP, EXACT, "MAP(VARCHAR, {v})", .when = GW_WHEN_OPTION | GW_WHEN_TEXT_KEY),
	ROW(MAP, ANNOTATE, "OBJECT", .code = "untyped", .when = GW_WHEN_TEXT_KEY),
	ROW(ROWVERSION, ANNOTATE, "BINARY(8)", .code = "not_automatic"),
	ROW(HLLSKETCH, ANNOTATE, "BINARY", .code = "as_binary"),
	ROW(NULL, WIDEN, "VARCHAR"),
	ROW(OPAQUE, ANNOTATE, "VARCHAR", .code = "opaque"),
	{GW_NTYPES},
};

static const GwDdlNative sf_natives[] = {
	{"boolean", GW_TYPE_BOOL},
	{"float", GW_TYPE_FLOAT64},
	{"float4", GW_TYPE_FLOAT64},
	{"float8", GW_TYPE_FLOAT64},
	{"double", GW_TYPE_FLOAT64},
	{"double precision", GW_TYPE_FLOAT64},
	{"real", GW_TYPE_FLOAT64},
	{"decfloat", GW_TYPE_DECFLOAT, GW_NATIVE_NUMERIC, .precision = 38},
	{"varchar", GW_TYPE_STRING, GW_NATIVE_LENGTH, .unbounded = 16777216},
	{"string", GW_TYPE_STRING, GW_NATIVE_LENGTH, .unbounded = 16777216},
	{"text", GW_TYPE_STRING, GW_NATIVE_LENGTH, .unbounded = 16777216},
	{"nvarchar", GW_TYPE_STRING, GW_NATIVE_LENGTH, .unbounded = 16777216},
	{"char", GW_TYPE_STRING, GW_NATIVE_LENGTH, .length = 1},
	{"character", GW_TYPE_STRING, GW_NATIVE_LENGTH, .length = 1},
	{"nchar", GW_TYPE_STRING, GW_NATIVE_LENGTH, .length = 1},
	{"binary", GW_TYPE_BYTES, GW_NATIVE_LENGTH, .unbounded = 8388608},
	{"varbinary", GW_TYPE_BYTES, GW_NATIVE_LENGTH, .unbounded = 8388608},
	{"date", GW_TYPE_DATE},
	{"time", GW_TYPE_TIME, GW_NATIVE_FRACTION, .fraction = 10},
	{"datetime", GW_TYPE_TIMESTAMP, GW_NATIVE_FRACTION, .fraction = 10},
	{"timestamp_ntz", GW_TYPE_TIMESTAMP, GW_NATIVE_FRACTION, .fraction = 10},
	{"timestamp without time zone", GW_TYPE_TIMESTAMP, GW_NATIVE_FRACTION, .fraction = 10},
	/* What TIMESTAMP means is a parameter of the account; this is its default. */
	{"timestamp", GW_TYPE_TIMESTAMP, GW_NATIVE_FRACTION, "timestamp_type_mapping",
	 .fraction = 10},
	{"timestamp_ltz", GW_TYPE_TIMESTAMPTZ, GW_NATIVE_FRACTION, .fraction = 10},
	{"timestamp with local time zone", GW_TYPE_TIMESTAMPTZ, GW_NATIVE_FRACTION, .fraction = 10},
	{"timestamp_tz", GW_TYPE_TIMESTAMPOFFSET, GW_NATIVE_FRACTION, .fraction = 10},
	{"timestamp with time zone", GW_TYPE_TIMESTAMPOFFSET, GW_NATIVE_FRACTION, .fraction = 10},
	{"interval year to month", GW_TYPE_INTERVAL_YM},
	{"interval day to second", GW_TYPE_INTERVAL_DS, GW_NATIVE_FRACTION, .fraction = 10},
	{"variant", GW_TYPE_VARIANT},
	{"object", GW_TYPE_STRUCT, GW_NATIVE_STRUCT},
	{"object", GW_TYPE_VARIANT, GW_NATIVE_NONE, "object_only"},
	{"array", GW_TYPE_ARRAY, GW_NATIVE_ARRAY},
	{"array", GW_TYPE_ARRAY, GW_NATIVE_NONE, .of = GW_TYPE_VARIANT},
	{"map", GW_TYPE_MAP, GW_NATIVE_MAP},
	{"vector", GW_TYPE_VECTOR, GW_NATIVE_VECTOR, .of = GW_TYPE_FLOAT32},
	{"geography", GW_TYPE_GEOGRAPHY},
	{"geometry", GW_TYPE_GEOMETRY},
	{"uuid", GW_TYPE_UUID},
	{"xml", GW_TYPE_XML},
	{NULL},
};

/* NUMBER(p,0) is the smallest integer that every value fits; INT is NUMBER(38,0). */
static bool
sf_map_native(const char *name, const int64 *args, int nargs, GwColumn *column)
{
	static const char *const decimals[] = {"number", "decimal", "numeric", "dec"};
	static const char *const integers[] = {"int", "integer", "bigint", "smallint", "tinyint",
										   "byteint"};
	int64 precision = nargs > 0 ? args[0] : 38, scale = nargs > 1 ? args[1] : 0;
	bool known = false;

	for (int i = 0; i < lengthof(decimals); i++)
		known = known || strcmp(decimals[i], name) == 0;
	for (int i = 0; i < lengthof(integers); i++)
		if (strcmp(integers[i], name) == 0)
		{
			known = true;
			precision = 38;
			scale = 0;
		}
	if (!known || precision < 1 || precision > 38 || scale < 0 || scale > 37)
		return false;
	column->type = gw_type_make(scale > 0 || precision > 18 ? GW_TYPE_NUMERIC
								: precision <= 2			? GW_TYPE_INT8
								: precision <= 4			? GW_TYPE_INT16
								: precision <= 9			? GW_TYPE_INT32
															: GW_TYPE_INT64);
	if (column->type.id == GW_TYPE_NUMERIC)
	{
		column->type.precision = precision;
		column->type.scale = scale;
		column->type.has_scale = true;
	}
	return true;
}

static void
sf_identity(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column)
{
	gw_sql(buf, " IDENTITY(");
	gw_sql_int(buf, column->identity_start);
	gw_sql(buf, ", ");
	gw_sql_int(buf, column->identity_increment);
	gw_sql(buf, ")");
	if (strcmp(column->identity_mode, "always") == 0)
		gw_ddl_notice(w, "identity_by_default", column->name,
					  "Snowflake lets an INSERT give the identity's value");
}

static GwStatus
sf_suffix(GwDdlWriter *w, GwSqlBuf *buf, GwError *err)
{
	const JsonbValue *own = gw_ddl_platform_options(w);
	int64 retention = gw_json_get_int(own, "retention_days", -1);

	if (!gw_ddl_layout_columns(w, buf, "cluster", "\nCLUSTER BY ", PG_INT32_MAX))
		gw_ddl_layout_unsupported(w, "cluster");
	gw_ddl_layout_unsupported(w, "partition");
	gw_ddl_layout_unsupported(w, "sort");
	gw_ddl_layout_unsupported(w, "distribution");
	if (retention >= 0)
	{
		gw_sql(buf, "\nDATA_RETENTION_TIME_IN_DAYS = ");
		gw_sql_int(buf, retention);
	}
	if (w->schema->comment != NULL && !w->options->no_comments)
	{
		gw_sql(buf, "\nCOMMENT = ");
		gw_ddl_string(w, buf, w->schema->comment);
	}
	return GW_OK;
}

static bool
sf_comment(GwDdlWriter *w, GwSqlBuf *buf, const char *table, const GwColumn *column,
		   const char *comment)
{
	gw_sql(buf, column ? "COMMENT ON COLUMN " : "COMMENT ON TABLE ");
	gw_sql_rendered(buf, table);
	if (column != NULL)
	{
		gw_sql(buf, ".");
		gw_ddl_identifier(w, buf, column->name);
	}
	gw_sql(buf, " IS ");
	gw_ddl_string(w, buf, comment ? comment : "");
	return true;
}

const GwDdlTarget gw_ddl_snowflake = {
	.name = "snowflake",
	.title = "Snowflake",
	.dialect = &gw_dialect_snowflake,
	.can = GW_DDL_IF_NOT_EXISTS | GW_DDL_CAN_OR_REPLACE | GW_DDL_CAN_TEMPORARY |
		   GW_DDL_CAN_TRANSIENT | GW_DDL_CAN_UNIQUE | GW_DDL_CAN_NAMED_KEYS |
		   GW_DDL_CAN_VIRTUAL | GW_DDL_BACKSLASH | GW_DDL_ZONED_CONSTANT,
	.folds = 'u',
	.database_name = true,
	.temporary_word = "TEMPORARY ",
	.max_columns = PG_INT32_MAX,
	.integers_have_digits = true,
	.types = sf_types,
	.natives = sf_natives,
	.text_type = "VARCHAR",
	.cut_numeric = "NUMBER({p},{s})",
	.cut_precision = 38,
	.cut_scale = 37,
	.cut_whole = 38,
	.field_separator = " ",
	.checks = {[GW_CHECK_FRACTION] = "MOD(DATE_PART(NANOSECOND, {c}), POWER(10, 9 - {n})) <> 0"},
	.collate = 's',
	.functions = {[GW_FN_NOW] = "CURRENT_TIMESTAMP()", [GW_FN_LOCAL_NOW] = "LOCALTIMESTAMP()",
				  [GW_FN_TODAY] = "CURRENT_DATE()", [GW_FN_UUID] = "UUID_STRING()"},
	.generated_open = " AS (",
	.generated_virtual = ")",
	.comment_open = " COMMENT ",
	.comment_close = "",
	.table_comment_in_suffix = true,
	.identity_type = GW_TYPE_NULL,
	.identity = sf_identity,
	.suffix = sf_suffix,
	.comment = sf_comment,
	.map_native = sf_map_native,
	.cli_run = "snowsql -o exit_on_error=true -q {q}",
	/* Its own name: files that a load has left behind when it failed are not loaded, too. */
	.cli_stage = "@~/warehouse_gw/",
	.cli_load_sql = "PUT {uri} @~/warehouse_gw AUTO_COMPRESS = TRUE OVERWRITE = TRUE; "
					"COPY INTO {t} ({cols}) FROM {staged} "
					"FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1 "
					"FIELD_OPTIONALLY_ENCLOSED_BY = '\"') "
					"PURGE = TRUE",
};
