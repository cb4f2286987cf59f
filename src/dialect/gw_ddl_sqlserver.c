/*
 * gw_ddl_sqlserver.c
 *	  SQL Server as a DDL target: its types both ways, limits and clauses.
 *
 * Constants only.
 */
#include "postgres.h"

#include "dialect/gw_ddl_private.h"

#define ROW(t, r, native, ...) {GW_TYPE_##t, GW_DDL_##r, native, __VA_ARGS__}
#define CUT(n) .code = "fraction_capped", .check = GW_CHECK_FRACTION, .limit = (n)
#define ISJSON .constraint = "ISJSON({c}) = 1"

/* https://learn.microsoft.com/en-us/sql/t-sql/data-types/data-types-transact-sql */
static const GwDdlTypeRule ms_types[] = {
	ROW(BOOL, EXACT, "BIT"),
	ROW(INT8, WIDEN, "SMALLINT"),
	ROW(INT16, EXACT, "SMALLINT"),
	ROW(INT32, EXACT, "INT"),
	ROW(INT64, EXACT, "BIGINT"),
	ROW(INT128, CHECK, "DECIMAL(38,0)", .code = "digits_capped", .check = GW_CHECK_NUMERIC,
		.max_whole = 38),
	ROW(UINT8, EXACT, "TINYINT"),
	ROW(UINT16, WIDEN, "INT"),
	ROW(UINT32, WIDEN, "BIGINT"),
	ROW(UINT64, WIDEN, "DECIMAL(20,0)"),
	ROW(FLOAT32, CHECK, "REAL", .code = "not_finite", .check = GW_CHECK_FINITE),
	ROW(FLOAT64, CHECK, "FLOAT(53)", .code = "not_finite", .check = GW_CHECK_FINITE),
	ROW(NUMERIC, EXACT, "DECIMAL({p},{s})", .max = 38, .max_scale = 38),
	ROW(STRING, EXACT, "NVARCHAR({n})", .when = GW_WHEN_UTF16, .max = 4000),
	ROW(STRING, EXACT, "NVARCHAR({n})", .when = GW_WHEN_BYTES, .max = 4000),
	ROW(STRING, CHECK, "NVARCHAR({n})", .code = "length_utf16", .max = 4000,
		.check = GW_CHECK_UTF16),
	ROW(STRING, WIDEN, "NVARCHAR(MAX)", .when = GW_WHEN_PARAM),
	ROW(STRING, CHECK, "NVARCHAR(450)", .code = "length_capped", .when = GW_WHEN_KEY,
		.check = GW_CHECK_UTF16, .limit = 450),
	ROW(STRING, EXACT, "NVARCHAR(MAX)"),
	ROW(CHAR, EXACT, "NCHAR({n})", .when = GW_WHEN_UTF16, .max = 4000),
	ROW(CHAR, CHECK, "NCHAR({n})", .code = "length_utf16", .max = 4000,
		.check = GW_CHECK_UTF16),
	ROW(CHAR, ANNOTATE, "NVARCHAR(MAX)", .code = "padding"),
	ROW(BYTES, EXACT, "VARBINARY({n})", .max = 8000),
	ROW(BYTES, WIDEN, "VARBINARY(MAX)", .when = GW_WHEN_PARAM),
	ROW(BYTES, CHECK, "VARBINARY(900)", .code = "length_capped", .when = GW_WHEN_KEY,
		.check = GW_CHECK_SIZE, .limit = 900),
	ROW(BYTES, EXACT, "VARBINARY(MAX)"),
	ROW(FIXED_BYTES, EXACT, "BINARY({n})", .max = 8000),
	ROW(FIXED_BYTES, ANNOTATE, "VARBINARY(MAX)", .code = "length_unenforced"),
	ROW(BIT, ANNOTATE, "BIT", .code = "bit_as_bool", .max = 1),
	ROW(BIT, ANNOTATE, "BINARY({b})", .code = "bits_as_bytes", .max = 64000),
	ROW(BIT, ANNOTATE, "VARBINARY(MAX)", .code = "bits_as_bytes"),
	ROW(VARBIT, ANNOTATE, "VARBINARY({b})", .code = "bits_as_bytes", .max = 64000),
	ROW(VARBIT, ANNOTATE, "VARBINARY(MAX)", .code = "bits_as_bytes"),
	ROW(DATE, EXACT, "DATE"),
	ROW(TIME, EXACT, "TIME({f})", .max = 7),
	ROW(TIME, CHECK, "TIME(7)", CUT(7)),
	ROW(TIMESTAMP, EXACT, "DATETIME2({f})", .max = 7),
	ROW(TIMESTAMP, CHECK, "DATETIME2(7)", CUT(7)),
	ROW(TIMESTAMPTZ, ANNOTATE, "DATETIMEOFFSET({f})", .code = "offset_utc", .max = 7),
	ROW(TIMESTAMPTZ, CHECK, "DATETIMEOFFSET(7)", CUT(7)),
	ROW(TIMESTAMPOFFSET, EXACT, "DATETIMEOFFSET({f})", .max = 7),
	ROW(TIMESTAMPOFFSET, CHECK, "DATETIMEOFFSET(7)", CUT(7)),
	ROW(JSON, ANNOTATE, "NVARCHAR(MAX)", .code = "as_text", ISJSON),
	ROW(VARIANT, ANNOTATE, "NVARCHAR(MAX)", .code = "as_text", ISJSON),
	ROW(XML, EXACT, "XML"),
	ROW(UUID, EXACT, "UNIQUEIDENTIFIER"),
	ROW(ENUM, ANNOTATE, "NVARCHAR(255)", .code = "enum_check",
		.constraint = "{c} IN ({values})"),
	ROW(SET, ANNOTATE, "NVARCHAR(MAX)", .code = "as_json", ISJSON),
	ROW(INET, ANNOTATE, "NVARCHAR(64)", .code = "as_text"),
	ROW(CIDR, ANNOTATE, "NVARCHAR(64)", .code = "as_text"),
	ROW(MACADDR, ANNOTATE, "NVARCHAR(32)", .code = "as_text"),
	ROW(GEOGRAPHY, EXACT, "GEOGRAPHY", .when = GW_WHEN_NO_PARAM),
	ROW(GEOGRAPHY, ANNOTATE, "GEOGRAPHY", .code = "srid_dropped"),
	ROW(GEOMETRY, EXACT, "GEOMETRY", .when = GW_WHEN_NO_PARAM),
	ROW(GEOMETRY, ANNOTATE, "GEOMETRY", .code = "srid_dropped"),
	/* A type of SQL Server 2025. */
	ROW(VECTOR, EXACT, "VECTOR({n})",
		.when = GW_WHEN_OPTION | GW_WHEN_PARAM | GW_WHEN_OF, .of = GW_TYPE_FLOAT32, .max = 1998),
	ROW(VECTOR, ANNOTATE, "NVARCHAR(MAX)", .code = "as_json", ISJSON),
	ROW(ARRAY, ANNOTATE, "NVARCHAR(MAX)", .code = "as_json", ISJSON),
	ROW(STRUCT, ANNOTATE, "NVARCHAR(MAX)", .code = "as_json", ISJSON),
	ROW(MAP, ANNOTATE, "NVARCHAR(MAX)", .code = "as_json", ISJSON),
	ROW(ROWVERSION, EXACT, "ROWVERSION"),
	ROW(NULL, WIDEN, "NVARCHAR(MAX)"),
	ROW(OPAQUE, ANNOTATE, "NVARCHAR(MAX)", .code = "opaque"),
	{GW_NTYPES},
};

static const GwDdlNative ms_natives[] = {
	{"bit", GW_TYPE_BOOL},
	{"tinyint", GW_TYPE_UINT8},
	{"smallint", GW_TYPE_INT16},
	{"int", GW_TYPE_INT32},
	{"integer", GW_TYPE_INT32},
	{"bigint", GW_TYPE_INT64},
	{"decimal", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, .precision = 18},
	{"numeric", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, .precision = 18},
	{"dec", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, .precision = 18},
	{"money", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, "money", .precision = 19, .scale = 4},
	{"smallmoney", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, "money", .precision = 10, .scale = 4},
	{"real", GW_TYPE_FLOAT32},
	{"double precision", GW_TYPE_FLOAT64},
	{"nvarchar", GW_TYPE_STRING, GW_NATIVE_LENGTH, .length = 1, .length_unit = "utf16"},
	{"varchar", GW_TYPE_STRING, GW_NATIVE_LENGTH, .length = 1, .length_unit = "byte"},
	{"nchar", GW_TYPE_CHAR, GW_NATIVE_LENGTH, .length = 1, .length_unit = "utf16"},
	{"char", GW_TYPE_CHAR, GW_NATIVE_LENGTH, .length = 1, .length_unit = "byte"},
	{"sysname", GW_TYPE_STRING, GW_NATIVE_LENGTH, .length = 128, .length_unit = "utf16"},
	{"ntext", GW_TYPE_STRING},
	{"text", GW_TYPE_STRING},
	{"varbinary", GW_TYPE_BYTES, GW_NATIVE_LENGTH, .length = 1},
	{"binary", GW_TYPE_FIXED_BYTES, GW_NATIVE_LENGTH, .length = 1},
	{"image", GW_TYPE_BYTES},
	{"date", GW_TYPE_DATE},
	{"time", GW_TYPE_TIME, GW_NATIVE_FRACTION, .fraction = 8},
	{"datetime", GW_TYPE_TIMESTAMP, GW_NATIVE_FRACTION, "tick_300", .fraction = 4},
	{"smalldatetime", GW_TYPE_TIMESTAMP, GW_NATIVE_FRACTION, "minutes", .fraction = 1},
	{"datetime2", GW_TYPE_TIMESTAMP, GW_NATIVE_FRACTION, .fraction = 8},
	{"datetimeoffset", GW_TYPE_TIMESTAMPOFFSET, GW_NATIVE_FRACTION, .fraction = 8},
	{"uniqueidentifier", GW_TYPE_UUID},
	{"rowversion", GW_TYPE_ROWVERSION},
	{"timestamp", GW_TYPE_ROWVERSION},
	{"xml", GW_TYPE_XML},
	{"json", GW_TYPE_JSON},
	{"sql_variant", GW_TYPE_OPAQUE, GW_NATIVE_NONE, "sql_variant"},
	{"hierarchyid", GW_TYPE_OPAQUE, GW_NATIVE_NONE, "hierarchyid"},
	{"geometry", GW_TYPE_GEOMETRY},
	{"geography", GW_TYPE_GEOGRAPHY},
	{"vector", GW_TYPE_VECTOR, GW_NATIVE_VECTOR, .of = GW_TYPE_FLOAT32},
	{NULL},
};

/* FLOAT(1) to FLOAT(24) is REAL. */
static bool
ms_map_native(const char *name, const int64 *args, int nargs, GwColumn *column)
{
	if (strcmp(name, "float") != 0)
		return false;
	column->type = gw_type_make(nargs > 0 && args[0] <= 24 ? GW_TYPE_FLOAT32 : GW_TYPE_FLOAT64);
	return true;
}

static void
ms_identity(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column)
{
	gw_sql(buf, " IDENTITY(");
	gw_sql_int(buf, column->identity_start);
	gw_sql(buf, ", ");
	gw_sql_int(buf, column->identity_increment);
	gw_sql(buf, ")");
	if (strcmp(column->identity_mode, "by_default") == 0)
		gw_ddl_notice(w, "identity_always", column->name,
					  "an INSERT gives the identity's value only under SET IDENTITY_INSERT");
}

static void
ms_exists_guard(GwDdlWriter *w, GwSqlBuf *buf, const char *table)
{
	const char *place = w->options->temporary ? "tempdb.." : "";

	gw_sql(buf, "IF OBJECT_ID(");
	gw_ddl_string(w, buf, psprintf("%s%s", place, table));
	gw_sql(buf, ", N'U') IS NULL\n");
}

/* A rowstore cluster other than the primary key, or a columnstore. */
static GwStatus
ms_after(GwDdlWriter *w, List **statements, GwError *err)
{
	const JsonbValue *cluster = gw_ddl_layout_part(w, "cluster");
	const char *kind = cluster ? gw_json_get_text(cluster, "kind") : NULL;
	bool columnstore = kind != NULL && strcmp(kind, "columnstore") == 0;
	GwSqlBuf buf;

	if (cluster == NULL)
		return GW_OK;
	if (w->schema->primary != NULL)
	{
		gw_ddl_notice(w, "cluster_unsupported", NULL,
					  "the primary key is the clustered index: the cluster is left out");
		return GW_OK;
	}
	gw_sqlbuf_init(&buf);
	gw_sql(&buf, columnstore ? "CREATE CLUSTERED COLUMNSTORE INDEX " : "CREATE CLUSTERED INDEX ");
	gw_ddl_identifier(w, &buf, "cx_cluster");
	gw_sql(&buf, " ON ");
	if (gw_ddl_table_name(w, &buf, err) != GW_OK)
		return GW_FAILED;
	if (!columnstore && !gw_ddl_layout_columns(w, &buf, "cluster", " ", 16))
	{
		gw_ddl_layout_unsupported(w, "cluster");
		return GW_OK;
	}
	*statements = lappend(*statements, buf.text.data);
	return GW_OK;
}

static GwStatus
ms_suffix(GwDdlWriter *w, GwSqlBuf *buf, GwError *err)
{
	gw_ddl_layout_unsupported(w, "partition");
	gw_ddl_layout_unsupported(w, "sort");
	gw_ddl_layout_unsupported(w, "distribution");
	return GW_OK;
}

/* The description is an extended property: it is added or changed. */
static bool
ms_comment(GwDdlWriter *w, GwSqlBuf *buf, const char *table, const GwColumn *column,
		   const char *comment)
{
	const char *database, *schema, *name;
	GwError ignored;

	if (gw_ddl_table_parts(w, &database, &schema, &name, &ignored) != GW_OK)
		return false;
	gw_sql(buf, "DECLARE @schema sysname = ");
	if (schema != NULL)
		gw_ddl_string(w, buf, schema);
	else
		gw_sql(buf, "SCHEMA_NAME()");
	gw_sql(buf, ", @table sysname = ");
	gw_ddl_string(w, buf, name);
	if (column != NULL)
	{
		gw_sql(buf, ", @column sysname = ");
		gw_ddl_string(w, buf, column->name);
	}
	gw_sql(buf, ", @text nvarchar(3750) = ");
	if (comment != NULL)
		gw_ddl_string(w, buf, comment);
	else
		gw_sql(buf, "NULL");
	gw_sql(buf, ";\nIF EXISTS (SELECT 1 FROM sys.extended_properties WHERE class = 1 "
				"AND name = N'MS_Description' AND major_id = OBJECT_ID(");
	gw_ddl_string(w, buf, table);
	gw_sql(buf, ") AND minor_id = ");
	gw_sql(buf, column ? "COLUMNPROPERTY(major_id, @column, 'ColumnId'))" : "0)");
	gw_sql(buf, "\n    EXEC sys.sp_updateextendedproperty N'MS_Description', @text, N'SCHEMA', "
				"@schema, N'TABLE', @table");
	gw_sql(buf, column ? ", N'COLUMN', @column" : "");
	gw_sql(buf, ";\nELSE\n    EXEC sys.sp_addextendedproperty N'MS_Description', @text, "
				"N'SCHEMA', @schema, N'TABLE', @table");
	gw_sql(buf, column ? ", N'COLUMN', @column" : "");
	return true;
}

static const char *const ms_aliases[] = {"mssql", "tsql", "azuresql", NULL};

const GwDdlTarget gw_ddl_sqlserver = {
	.name = "sqlserver",
	.title = "SQL Server",
	.aliases = ms_aliases,
	.dialect = &gw_dialect_sqlserver,
	.can = GW_DDL_CAN_TEMPORARY | GW_DDL_CAN_UNIQUE | GW_DDL_CAN_CHECK | GW_DDL_CAN_ENFORCE |
		   GW_DDL_CAN_NAMED_KEYS | GW_DDL_CAN_SET_DEFAULT |
		   GW_DDL_CAN_STORED | GW_DDL_CAN_VIRTUAL | GW_DDL_COMPUTED |
		   GW_DDL_SAYS_NULL | GW_DDL_NAMES_FOLD | GW_DDL_BOOL_IS_BIT | GW_DDL_ZONED_CONSTANT |
		   GW_DDL_TRANSACTIONAL | GW_DDL_ONE_IDENTITY,
	.folds = ' ',
	.database_name = true,
	.temporary_word = "",
	.temporary_name = "#",
	.max_columns = 1024,
	.types = ms_types,
	.natives = ms_natives,
	.text_type = "NVARCHAR(MAX)",
	.cut_numeric = "DECIMAL({p},{s})",
	.cut_precision = 38,
	.cut_scale = 38,
	.cut_whole = 38,
	.field_separator = " ",
	.checks = {[GW_CHECK_FRACTION] = "DATEPART(NANOSECOND, {c}) % POWER(10, 9 - {n}) <> 0"},
	.collate = 'w',
	.functions = {[GW_FN_NOW] = "SYSDATETIMEOFFSET()", [GW_FN_LOCAL_NOW] = "SYSDATETIME()",
				  [GW_FN_TODAY] = "CAST(SYSDATETIME() AS DATE)", [GW_FN_UUID] = "NEWID()"},
	.json_constant = "",
	.generated_open = " AS (",
	.generated_stored = ") PERSISTED",
	.generated_virtual = ")",
	.identity_type = GW_TYPE_NULL,
	.identity = ms_identity,
	.suffix = ms_suffix,
	.exists_guard = ms_exists_guard,
	.after = ms_after,
	.comment = ms_comment,
	.map_native = ms_map_native,
	.cli_run = "sqlcmd -b -I -Q {q}",
	.cli_load_shell = "bcp {name} in {file} -c -t, -F 2 -q",
};
