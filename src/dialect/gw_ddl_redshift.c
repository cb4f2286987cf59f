/*
 * gw_ddl_redshift.c
 *	  Amazon Redshift as a DDL target: its types both ways, limits and clauses.
 *
 * Constants only.
 */
#include "postgres.h"

#include "dialect/gw_ddl_private.h"

#define ROW(t, r, native, ...) {GW_TYPE_##t, GW_DDL_##r, native, __VA_ARGS__}
#define CUT(n) .code = "fraction_capped", .check = GW_CHECK_FRACTION, .limit = (n)
#define BYTES_CAP(n) .code = "length_bytes", .check = GW_CHECK_BYTES, .limit = (n)

/* https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html */
static const GwDdlTypeRule rs_types[] = {
	ROW(BOOL, EXACT, "BOOLEAN"),
	ROW(INT8, WIDEN, "SMALLINT"),
	ROW(INT16, EXACT, "SMALLINT"),
	ROW(INT32, EXACT, "INTEGER"),
	ROW(INT64, EXACT, "BIGINT"),
	ROW(INT128, CHECK, "NUMERIC(38,0)", .code = "digits_capped", .check = GW_CHECK_NUMERIC,
		.max_whole = 38),
	ROW(UINT8, WIDEN, "SMALLINT"),
	ROW(UINT16, WIDEN, "INTEGER"),
	ROW(UINT32, WIDEN, "BIGINT"),
	ROW(UINT64, WIDEN, "NUMERIC(20,0)"),
	ROW(FLOAT32, EXACT, "REAL"),
	ROW(FLOAT64, EXACT, "DOUBLE PRECISION"),
	ROW(NUMERIC, EXACT, "NUMERIC({p},{s})", .max = 38, .max_scale = 37),
	ROW(STRING, EXACT, "VARCHAR({n})", .when = GW_WHEN_BYTES, .max = 65535),
	ROW(STRING, WIDEN, "VARCHAR({4n})", .max = 16383),
	ROW(STRING, CHECK, "VARCHAR(65535)", BYTES_CAP(65535)),
	ROW(CHAR, EXACT, "CHAR({n})", .when = GW_WHEN_BYTES, .max = 4096),
	ROW(CHAR, CHECK, "CHAR({n})", .code = "length_bytes", .max = 4096, .check = GW_CHECK_BYTES),
	ROW(CHAR, CHECK, "VARCHAR(65535)", BYTES_CAP(65535)),
	ROW(BYTES, EXACT, "VARBYTE({n})", .max = 16777216),
	ROW(BYTES, CHECK, "VARBYTE(16777216)", .code = "length_capped", .check = GW_CHECK_SIZE,
		.limit = 16777216),
	ROW(FIXED_BYTES, ANNOTATE, "VARBYTE({n})", .code = "length_unenforced", .max = 16777216),
	ROW(FIXED_BYTES, CHECK, "VARBYTE(16777216)", .code = "length_capped", .check = GW_CHECK_SIZE,
		.limit = 16777216),
	ROW(BIT, ANNOTATE, "VARBYTE({b})", .code = "bits_as_bytes"),
	ROW(VARBIT, ANNOTATE, "VARBYTE({b})", .code = "bits_as_bytes", .when = GW_WHEN_PARAM),
	ROW(VARBIT, ANNOTATE, "VARBYTE(16777216)", .code = "bits_as_bytes"),
	ROW(DATE, EXACT, "DATE"),
	ROW(TIME, EXACT, "TIME", .when = GW_WHEN_NO_PARAM),
	ROW(TIME, WIDEN, "TIME", .max = 5),
	ROW(TIME, EXACT, "TIME", .max = 6),
	ROW(TIME, CHECK, "TIME", CUT(6)),
	ROW(TIMETZ, EXACT, "TIMETZ", .when = GW_WHEN_NO_PARAM),
	ROW(TIMETZ, WIDEN, "TIMETZ", .max = 5),
	ROW(TIMETZ, EXACT, "TIMETZ", .max = 6),
	ROW(TIMETZ, CHECK, "TIMETZ", CUT(6)),
	ROW(TIMESTAMP, EXACT, "TIMESTAMP", .when = GW_WHEN_NO_PARAM),
	ROW(TIMESTAMP, WIDEN, "TIMESTAMP", .max = 5),
	ROW(TIMESTAMP, EXACT, "TIMESTAMP", .max = 6),
	ROW(TIMESTAMP, CHECK, "TIMESTAMP", CUT(6)),
	ROW(TIMESTAMPTZ, EXACT, "TIMESTAMPTZ", .when = GW_WHEN_NO_PARAM),
	ROW(TIMESTAMPTZ, WIDEN, "TIMESTAMPTZ", .max = 5),
	ROW(TIMESTAMPTZ, EXACT, "TIMESTAMPTZ", .max = 6),
	ROW(TIMESTAMPTZ, CHECK, "TIMESTAMPTZ", CUT(6)),
	ROW(TIMESTAMPOFFSET, ANNOTATE, "TIMESTAMPTZ", .code = "offset_dropped", .max = 6),
	ROW(TIMESTAMPOFFSET, CHECK, "TIMESTAMPTZ", CUT(6)),
	ROW(INTERVAL_YM, EXACT, "INTERVAL YEAR TO MONTH"),
	ROW(INTERVAL_DS, EXACT, "INTERVAL DAY TO SECOND ({f})", .max = 6),
	ROW(INTERVAL_DS, CHECK, "INTERVAL DAY TO SECOND (6)", CUT(6)),
	ROW(JSON, CHECK, "SUPER", .code = "as_super", .check = GW_CHECK_BYTES, .limit = 16777216),
	ROW(VARIANT, CHECK, "SUPER", .code = "as_super", .check = GW_CHECK_BYTES, .limit = 16777216),
	ROW(XML, CHECK, "VARCHAR(65535)", BYTES_CAP(65535)),
	ROW(UUID, ANNOTATE, "CHAR(36)", .code = "as_text"),
	ROW(ENUM, ANNOTATE, "VARCHAR(65535)", .code = "values_unenforced"),
	ROW(SET, ANNOTATE, "SUPER", .code = "values_unenforced"),
	ROW(INET, ANNOTATE, "VARCHAR(64)", .code = "as_text"),
	ROW(CIDR, ANNOTATE, "VARCHAR(64)", .code = "as_text"),
	ROW(MACADDR, ANNOTATE, "VARCHAR(32)", .code = "as_text"),
	ROW(GEOGRAPHY, EXACT, "GEOGRAPHY"),
	ROW(GEOMETRY, EXACT, "GEOMETRY", .when = GW_WHEN_NO_PARAM),
	ROW(GEOMETRY, ANNOTATE, "GEOMETRY", .code = "srid_dropped"),
	ROW(RANGE, ANNOTATE, "SUPER", .code = "as_json"),
	ROW(VECTOR, ANNOTATE, "SUPER", .code = "as_json"),
	ROW(ARRAY, ANNOTATE, "SUPER", .code = "as_json"),
	ROW(STRUCT, ANNOTATE, "SUPER", .code = "as_json"),
	ROW(MAP, ANNOTATE, "SUPER", .code = "as_json"),
	ROW(ROWVERSION, ANNOTATE, "VARBYTE(8)", .code = "not_automatic"),
	ROW(HLLSKETCH, EXACT, "HLLSKETCH"),
	ROW(NULL, WIDEN, "VARCHAR(256)"),
	ROW(OPAQUE, CHECK, "VARCHAR(65535)", BYTES_CAP(65535)),
	{GW_NTYPES},
};

static const GwDdlNative rs_natives[] = {
	{"boolean", GW_TYPE_BOOL},
	{"bool", GW_TYPE_BOOL},
	{"smallint", GW_TYPE_INT16},
	{"int2", GW_TYPE_INT16},
	{"integer", GW_TYPE_INT32},
	{"int", GW_TYPE_INT32},
	{"int4", GW_TYPE_INT32},
	{"bigint", GW_TYPE_INT64},
	{"int8", GW_TYPE_INT64},
	{"numeric", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, .precision = 18},
	{"decimal", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, .precision = 18},
	{"real", GW_TYPE_FLOAT32},
	{"float4", GW_TYPE_FLOAT32},
	{"double precision", GW_TYPE_FLOAT64},
	{"float8", GW_TYPE_FLOAT64},
	{"float", GW_TYPE_FLOAT64},
	{"varchar", GW_TYPE_STRING, GW_NATIVE_LENGTH, .length = 256, .length_unit = "byte"},
	{"character varying", GW_TYPE_STRING, GW_NATIVE_LENGTH, .length = 256, .length_unit = "byte"},
	{"nvarchar", GW_TYPE_STRING, GW_NATIVE_LENGTH, .length = 256, .length_unit = "byte"},
	{"text", GW_TYPE_STRING, GW_NATIVE_LENGTH, .length = 256, .length_unit = "byte"},
	{"char", GW_TYPE_CHAR, GW_NATIVE_LENGTH, .length = 1, .length_unit = "byte"},
	{"character", GW_TYPE_CHAR, GW_NATIVE_LENGTH, .length = 1, .length_unit = "byte"},
	{"nchar", GW_TYPE_CHAR, GW_NATIVE_LENGTH, .length = 1, .length_unit = "byte"},
	{"bpchar", GW_TYPE_CHAR, GW_NATIVE_LENGTH, .length = 256, .length_unit = "byte"},
	{"varbyte", GW_TYPE_BYTES, GW_NATIVE_LENGTH, .length = 64000},
	{"varbinary", GW_TYPE_BYTES, GW_NATIVE_LENGTH, .length = 64000},
	{"binary varying", GW_TYPE_BYTES, GW_NATIVE_LENGTH, .length = 64000},
	{"date", GW_TYPE_DATE},
	{"time", GW_TYPE_TIME, GW_NATIVE_FRACTION, .fraction = 7},
	{"time without time zone", GW_TYPE_TIME, GW_NATIVE_FRACTION, .fraction = 7},
	{"timetz", GW_TYPE_TIMETZ, GW_NATIVE_FRACTION, .fraction = 7},
	{"time with time zone", GW_TYPE_TIMETZ, GW_NATIVE_FRACTION, .fraction = 7},
	{"timestamp", GW_TYPE_TIMESTAMP, GW_NATIVE_FRACTION, .fraction = 7},
	{"timestamp without time zone", GW_TYPE_TIMESTAMP, GW_NATIVE_FRACTION, .fraction = 7},
	{"timestamptz", GW_TYPE_TIMESTAMPTZ, GW_NATIVE_FRACTION, .fraction = 7},
	{"timestamp with time zone", GW_TYPE_TIMESTAMPTZ, GW_NATIVE_FRACTION, .fraction = 7},
	{"interval year to month", GW_TYPE_INTERVAL_YM},
	{"intervaly2m", GW_TYPE_INTERVAL_YM},
	{"interval day to second", GW_TYPE_INTERVAL_DS, GW_NATIVE_FRACTION, .fraction = 7},
	{"intervald2s", GW_TYPE_INTERVAL_DS, GW_NATIVE_FRACTION, .fraction = 7},
	{"super", GW_TYPE_VARIANT},
	{"geometry", GW_TYPE_GEOMETRY},
	{"geography", GW_TYPE_GEOGRAPHY},
	{"hllsketch", GW_TYPE_HLLSKETCH},
	{NULL},
};

static void
rs_identity(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column)
{
	gw_sql(buf, strcmp(column->identity_mode, "always") == 0
					? " IDENTITY("
					: " GENERATED BY DEFAULT AS IDENTITY(");
	gw_sql_int(buf, column->identity_start);
	gw_sql(buf, ", ");
	gw_sql_int(buf, column->identity_increment);
	gw_sql(buf, ")");
}

static void
rs_distribution(GwDdlWriter *w, GwSqlBuf *buf)
{
	static const char *const styles[] = {"auto", "even", "all"};
	const JsonbValue *distribution = gw_ddl_layout_part(w, "distribution");
	const char *style = distribution ? gw_json_get_text(distribution, "style") : NULL;
	const char *column = distribution ? gw_json_get_text(distribution, "column") : NULL;

	if (distribution == NULL)
		return;
	if (column != NULL)
	{
		gw_sql(buf, "\nDISTSTYLE KEY DISTKEY(");
		gw_ddl_identifier(w, buf, column);
		gw_sql(buf, ")");
		return;
	}
	for (int i = 0; style != NULL && i < lengthof(styles); i++)
		if (pg_strcasecmp(styles[i], style) == 0)
		{
			gw_sql(buf, "\nDISTSTYLE ");
			gw_sql(buf, i == 0 ? "AUTO" : i == 1 ? "EVEN" : "ALL");
			return;
		}
	gw_ddl_layout_unsupported(w, "distribution");
}

/* A cluster is what a sort key does here. */
static GwStatus
rs_suffix(GwDdlWriter *w, GwSqlBuf *buf, GwError *err)
{
	const JsonbValue *sort = gw_ddl_layout_part(w, "sort");
	const char *style = sort ? gw_json_get_text(sort, "style") : NULL;
	bool interleaved = style != NULL && strcmp(style, "interleaved") == 0;

	rs_distribution(w, buf);
	if (style != NULL && strcmp(style, "auto") == 0)
		gw_sql(buf, "\nSORTKEY AUTO");
	else if (sort != NULL &&
			 !gw_ddl_layout_columns(w, buf, "sort",
									interleaved ? "\nINTERLEAVED SORTKEY " : "\nCOMPOUND SORTKEY ",
									interleaved ? 8 : 400))
		gw_ddl_layout_unsupported(w, "sort");
	if (sort == NULL && gw_ddl_layout_columns(w, buf, "cluster", "\nCOMPOUND SORTKEY ", 400))
		gw_ddl_notice(w, "cluster_as_sort", NULL, "the cluster is rendered as a sort key");
	else
		gw_ddl_layout_unsupported(w, "cluster");
	gw_ddl_layout_unsupported(w, "partition");
	return GW_OK;
}

const GwDdlTarget gw_ddl_redshift = {
	.name = "redshift",
	.title = "Redshift",
	.dialect = &gw_dialect_redshift,
	.can = GW_DDL_IF_NOT_EXISTS | GW_DDL_CAN_TEMPORARY | GW_DDL_CAN_UNIQUE |
		   GW_DDL_CAN_NAMED_KEYS | GW_DDL_NAMES_FOLD | GW_DDL_BACKSLASH | GW_DDL_ZONED_CONSTANT |
		   GW_DDL_TRANSACTIONAL,
	.folds = 'l',
	.temporary_word = "TEMPORARY ",
	.temporary_name = "",
	.max_columns = 1600,
	.types = rs_types,
	.natives = rs_natives,
	.text_type = "VARCHAR(65535)",
	.cut_numeric = "NUMERIC({p},{s})",
	.cut_precision = 38,
	.cut_scale = 37,
	.cut_whole = 38,
	.field_separator = " ",
	.functions = {[GW_FN_NOW] = "GETDATE()", [GW_FN_LOCAL_NOW] = "GETDATE()",
				  [GW_FN_TODAY] = "CURRENT_DATE"},
	.identity_type = GW_TYPE_NULL,
	.identity = rs_identity,
	.suffix = rs_suffix,
	.cli_run = "psql -X -v ON_ERROR_STOP=1 -c {q}",
	.cli_load_sql = "COPY {t} ({cols}) FROM {file} IAM_ROLE default FORMAT AS CSV IGNOREHEADER 1",
};
