/*
 * gw_ddl_postgres.c
 *	  PostgreSQL as a DDL target: its types both ways, limits and clauses.
 *
 * What a type's catalog name means stands in gw_typemap_postgres.c; here is
 * only how SQL spells it.  Constants only.
 */
#include "postgres.h"

#include "dialect/gw_ddl_private.h"
#include "dialect/gw_typemap_postgres.h"

#define ROW(t, r, native, ...) {GW_TYPE_##t, GW_DDL_##r, native, __VA_ARGS__}

/* https://www.postgresql.org/docs/15/datatype.html */
static const GwDdlTypeRule pg_types[] = {
	ROW(BOOL, EXACT, "boolean"),
	ROW(INT8, WIDEN, "smallint"),
	ROW(INT16, EXACT, "smallint"),
	ROW(INT32, EXACT, "integer"),
	ROW(INT64, EXACT, "bigint"),
	ROW(INT128, WIDEN, "numeric(39,0)"),
	ROW(UINT8, WIDEN, "smallint"),
	ROW(UINT16, WIDEN, "integer"),
	ROW(UINT32, WIDEN, "bigint"),
	ROW(UINT64, WIDEN, "numeric(20,0)"),
	ROW(FLOAT32, EXACT, "real"),
	ROW(FLOAT64, EXACT, "double precision"),
	ROW(DECFLOAT, WIDEN, "numeric"),
	ROW(NUMERIC, EXACT, "numeric({p},{s})", .when = GW_WHEN_PARAM, .max = 1000,
		.max_scale = 1000, .max_whole = 2000),
	ROW(NUMERIC, EXACT, "numeric", .when = GW_WHEN_NO_PARAM),
	ROW(STRING, EXACT, "varchar({n})", .max = 10485760),
	ROW(STRING, WIDEN, "text", .when = GW_WHEN_PARAM),
	ROW(STRING, EXACT, "text"),
	ROW(CHAR, EXACT, "char({n})", .max = 10485760),
	ROW(CHAR, ANNOTATE, "text", .code = "padding", .when = GW_WHEN_PARAM),
	ROW(CHAR, EXACT, "bpchar"),
	ROW(BYTES, ANNOTATE, "bytea", .code = "length_check", .when = GW_WHEN_PARAM,
		.constraint = "octet_length({c}) <= {n}"),
	ROW(BYTES, EXACT, "bytea"),
	ROW(FIXED_BYTES, ANNOTATE, "bytea", .code = "length_check", .when = GW_WHEN_PARAM,
		.constraint = "octet_length({c}) = {n}"),
	ROW(FIXED_BYTES, ANNOTATE, "bytea", .code = "length_unenforced"),
	ROW(BIT, EXACT, "bit({n})", .max = 83886080),
	ROW(VARBIT, EXACT, "varbit({n})", .max = 83886080),
	ROW(VARBIT, EXACT, "varbit", .when = GW_WHEN_NO_PARAM),
	ROW(DATE, EXACT, "date"),
	ROW(TIME, EXACT, "time", .when = GW_WHEN_NO_PARAM),
	ROW(TIME, EXACT, "time({f})", .max = 6),
	ROW(TIME, CHECK, "time(6)", .code = "fraction_capped", .check = GW_CHECK_FRACTION, .limit = 6),
	ROW(TIMETZ, EXACT, "timetz", .when = GW_WHEN_NO_PARAM),
	ROW(TIMETZ, EXACT, "timetz({f})", .max = 6),
	ROW(TIMETZ, CHECK, "timetz(6)", .code = "fraction_capped", .check = GW_CHECK_FRACTION,
		.limit = 6),
	ROW(TIMESTAMP, EXACT, "timestamp", .when = GW_WHEN_NO_PARAM),
	ROW(TIMESTAMP, EXACT, "timestamp({f})", .max = 6),
	ROW(TIMESTAMP, CHECK, "timestamp(6)", .code = "fraction_capped", .check = GW_CHECK_FRACTION,
		.limit = 6),
	ROW(TIMESTAMPTZ, EXACT, "timestamptz", .when = GW_WHEN_NO_PARAM),
	ROW(TIMESTAMPTZ, EXACT, "timestamptz({f})", .max = 6),
	ROW(TIMESTAMPTZ, CHECK, "timestamptz(6)", .code = "fraction_capped",
		.check = GW_CHECK_FRACTION, .limit = 6),
	ROW(TIMESTAMPOFFSET, ANNOTATE, "timestamptz", .code = "offset_dropped",
		.when = GW_WHEN_NO_PARAM),
	ROW(TIMESTAMPOFFSET, ANNOTATE, "timestamptz({f})", .code = "offset_dropped", .max = 6),
	ROW(TIMESTAMPOFFSET, CHECK, "timestamptz(6)", .code = "fraction_capped",
		.check = GW_CHECK_FRACTION, .limit = 6),
	ROW(INTERVAL_YM, WIDEN, "interval"),
	ROW(INTERVAL_DS, WIDEN, "interval", .when = GW_WHEN_NO_PARAM),
	ROW(INTERVAL_DS, WIDEN, "interval({f})", .max = 6),
	ROW(INTERVAL_DS, CHECK, "interval(6)", .code = "fraction_capped", .check = GW_CHECK_FRACTION,
		.limit = 6),
	ROW(INTERVAL, EXACT, "interval", .when = GW_WHEN_NO_PARAM),
	ROW(INTERVAL, EXACT, "interval({f})", .max = 6),
	ROW(INTERVAL, CHECK, "interval(6)", .code = "fraction_capped", .check = GW_CHECK_FRACTION,
		.limit = 6),
	ROW(JSON, EXACT, "jsonb"),
	ROW(VARIANT, ANNOTATE, "jsonb", .code = "as_json"),
	ROW(XML, EXACT, "xml"),
	ROW(UUID, EXACT, "uuid"),
	ROW(ENUM, ANNOTATE, "text", .code = "enum_check", .constraint = "{c} IN ({values})"),
	ROW(SET, ANNOTATE, "text[]", .code = "enum_check",
		.constraint = "{c} <@ ARRAY[{values}]::text[]"),
	ROW(INET, EXACT, "inet"),
	ROW(CIDR, EXACT, "cidr"),
	ROW(MACADDR, EXACT, "macaddr"),
	/* PostGIS and pgvector are there or not: option structured says they are. */
	ROW(GEOGRAPHY, EXACT, "geography(Geometry,{srid})", .when = GW_WHEN_OPTION | GW_WHEN_PARAM),
	ROW(GEOGRAPHY, EXACT, "geography", .when = GW_WHEN_OPTION),
	ROW(GEOGRAPHY, ANNOTATE, "text", .code = "as_text"),
	ROW(GEOMETRY, EXACT, "geometry(Geometry,{srid})", .when = GW_WHEN_OPTION | GW_WHEN_PARAM),
	ROW(GEOMETRY, EXACT, "geometry", .when = GW_WHEN_OPTION),
	ROW(GEOMETRY, ANNOTATE, "text", .code = "as_text"),
	ROW(RANGE, EXACT, "int4range", .when = GW_WHEN_OF, .of = GW_TYPE_INT32),
	ROW(RANGE, EXACT, "int8range", .when = GW_WHEN_OF, .of = GW_TYPE_INT64),
	ROW(RANGE, EXACT, "numrange", .when = GW_WHEN_OF, .of = GW_TYPE_NUMERIC),
	ROW(RANGE, EXACT, "daterange", .when = GW_WHEN_OF, .of = GW_TYPE_DATE),
	ROW(RANGE, EXACT, "tsrange", .when = GW_WHEN_OF, .of = GW_TYPE_TIMESTAMP),
	ROW(RANGE, EXACT, "tstzrange", .when = GW_WHEN_OF, .of = GW_TYPE_TIMESTAMPTZ),
	ROW(VECTOR, EXACT, "vector({n})", .when = GW_WHEN_OPTION | GW_WHEN_PARAM | GW_WHEN_OF,
		.of = GW_TYPE_FLOAT32, .max = 16000),
	ROW(VECTOR, ANNOTATE, "{e}[]", .code = "dimensions_unenforced"),
	ROW(ARRAY, ANNOTATE, "jsonb", .code = "as_json", .when = GW_WHEN_NESTED),
	ROW(ARRAY, EXACT, "{e}[]"),
	ROW(STRUCT, ANNOTATE, "jsonb", .code = "as_json"),
	ROW(MAP, ANNOTATE, "jsonb", .code = "as_json", .when = GW_WHEN_TEXT_KEY),
	ROW(ROWVERSION, ANNOTATE, "bytea", .code = "not_automatic"),
	ROW(HLLSKETCH, ANNOTATE, "bytea", .code = "as_binary"),
	ROW(NULL, WIDEN, "text"),
	ROW(OPAQUE, ANNOTATE, "text", .code = "opaque"),
	{GW_NTYPES},
};

/* What the catalogs do not have as a base type of its own. */
static const GwDdlNative pg_natives[] = {
	{"int4range", GW_TYPE_RANGE, GW_NATIVE_NONE, .of = GW_TYPE_INT32},
	{"int8range", GW_TYPE_RANGE, GW_NATIVE_NONE, .of = GW_TYPE_INT64},
	{"numrange", GW_TYPE_RANGE, GW_NATIVE_NONE, .of = GW_TYPE_NUMERIC},
	{"daterange", GW_TYPE_RANGE, GW_NATIVE_NONE, .of = GW_TYPE_DATE},
	{"tsrange", GW_TYPE_RANGE, GW_NATIVE_NONE, .of = GW_TYPE_TIMESTAMP},
	{"tstzrange", GW_TYPE_RANGE, GW_NATIVE_NONE, .of = GW_TYPE_TIMESTAMPTZ},
	{"geography", GW_TYPE_GEOGRAPHY, GW_NATIVE_SRID},
	{"geometry", GW_TYPE_GEOMETRY, GW_NATIVE_SRID},
	{NULL},
};

/* How a modifier's number is packed into a typmod. */
typedef enum PgModifier
{
	PG_MOD_NONE,
	PG_MOD_HEADER,
	PG_MOD_PLAIN,
	PG_MOD_NUMERIC,
	PG_MOD_INTERVAL,
} PgModifier;

/* SQL's spellings of catalog names; fallback: what no modifier means, 0 nothing. */
static const struct
{
	const char *spelling, *schema, *name;
	PgModifier modifier;
	int fallback;
} pg_spellings[] = {
	{"boolean", "pg_catalog", "bool", PG_MOD_NONE},
	{"bool", "pg_catalog", "bool", PG_MOD_NONE},
	{"smallint", "pg_catalog", "int2", PG_MOD_NONE},
	{"int2", "pg_catalog", "int2", PG_MOD_NONE},
	{"smallserial", "pg_catalog", "int2", PG_MOD_NONE},
	{"integer", "pg_catalog", "int4", PG_MOD_NONE},
	{"int", "pg_catalog", "int4", PG_MOD_NONE},
	{"int4", "pg_catalog", "int4", PG_MOD_NONE},
	{"serial", "pg_catalog", "int4", PG_MOD_NONE},
	{"bigint", "pg_catalog", "int8", PG_MOD_NONE},
	{"int8", "pg_catalog", "int8", PG_MOD_NONE},
	{"bigserial", "pg_catalog", "int8", PG_MOD_NONE},
	{"real", "pg_catalog", "float4", PG_MOD_NONE},
	{"float4", "pg_catalog", "float4", PG_MOD_NONE},
	{"double precision", "pg_catalog", "float8", PG_MOD_NONE},
	{"float8", "pg_catalog", "float8", PG_MOD_NONE},
	{"numeric", "pg_catalog", "numeric", PG_MOD_NUMERIC},
	{"decimal", "pg_catalog", "numeric", PG_MOD_NUMERIC},
	{"text", "pg_catalog", "text", PG_MOD_NONE},
	{"character varying", "pg_catalog", "varchar", PG_MOD_HEADER},
	{"varchar", "pg_catalog", "varchar", PG_MOD_HEADER},
	{"character", "pg_catalog", "bpchar", PG_MOD_HEADER, 1},
	{"char", "pg_catalog", "bpchar", PG_MOD_HEADER, 1},
	{"bpchar", "pg_catalog", "bpchar", PG_MOD_HEADER},
	{"\"char\"", "pg_catalog", "char", PG_MOD_NONE},
	{"name", "pg_catalog", "name", PG_MOD_NONE},
	{"bytea", "pg_catalog", "bytea", PG_MOD_NONE},
	{"bit", "pg_catalog", "bit", PG_MOD_PLAIN, 1},
	{"bit varying", "pg_catalog", "varbit", PG_MOD_PLAIN},
	{"varbit", "pg_catalog", "varbit", PG_MOD_PLAIN},
	{"date", "pg_catalog", "date", PG_MOD_NONE},
	{"time", "pg_catalog", "time", PG_MOD_PLAIN},
	{"time without time zone", "pg_catalog", "time", PG_MOD_PLAIN},
	{"timetz", "pg_catalog", "timetz", PG_MOD_PLAIN},
	{"time with time zone", "pg_catalog", "timetz", PG_MOD_PLAIN},
	{"timestamp", "pg_catalog", "timestamp", PG_MOD_PLAIN},
	{"timestamp without time zone", "pg_catalog", "timestamp", PG_MOD_PLAIN},
	{"timestamptz", "pg_catalog", "timestamptz", PG_MOD_PLAIN},
	{"timestamp with time zone", "pg_catalog", "timestamptz", PG_MOD_PLAIN},
	{"interval", "pg_catalog", "interval", PG_MOD_INTERVAL},
	{"interval year to month", "pg_catalog", "interval", PG_MOD_NONE},
	{"interval day to second", "pg_catalog", "interval", PG_MOD_INTERVAL},
	{"json", "pg_catalog", "json", PG_MOD_NONE},
	{"jsonb", "pg_catalog", "jsonb", PG_MOD_NONE},
	{"xml", "pg_catalog", "xml", PG_MOD_NONE},
	{"uuid", "pg_catalog", "uuid", PG_MOD_NONE},
	{"inet", "pg_catalog", "inet", PG_MOD_NONE},
	{"cidr", "pg_catalog", "cidr", PG_MOD_NONE},
	{"macaddr", "pg_catalog", "macaddr", PG_MOD_NONE},
	{"macaddr8", "pg_catalog", "macaddr8", PG_MOD_NONE},
	{"citext", "public", "citext", PG_MOD_NONE},
	{"hstore", "public", "hstore", PG_MOD_NONE},
	{"vector", "public", "vector", PG_MOD_PLAIN},
	{"halfvec", "public", "halfvec", PG_MOD_PLAIN},
	{"sparsevec", "public", "sparsevec", PG_MOD_PLAIN},
};

static int32
pg_typmod(PgModifier modifier, const int64 *args, int nargs, int fallback)
{
	int64 n = nargs > 0 ? args[0] : fallback;
	int64 scale = nargs > 1 ? args[1] : 0;

	if ((nargs == 0 && fallback == 0) || n < 0 || n > 100000000)
		return -1;
	switch (modifier)
	{
		case PG_MOD_NONE:
			return -1;
		case PG_MOD_HEADER:
			return n + VARHDRSZ;
		case PG_MOD_PLAIN:
			return n;
		case PG_MOD_NUMERIC:
			return ((n << 16) | (scale & 0x7ff)) + VARHDRSZ;
		case PG_MOD_INTERVAL:
			return (0x7FFF << 16) | n;
	}
	return -1;
}

static bool
pg_map_native(const char *name, const int64 *args, int nargs, GwColumn *column)
{
	static const char *const widened[] = {"native_only"};

	for (int i = 0; i < lengthof(pg_spellings); i++)
	{
		bool exact;

		if (strcmp(pg_spellings[i].spelling, name) != 0)
			continue;
		column->type = gw_typemap_postgres(pg_spellings[i].schema, pg_spellings[i].name,
										   pg_typmod(pg_spellings[i].modifier, args, nargs,
													 pg_spellings[i].fallback), "", &exact);
		if (!exact && column->type.id != GW_TYPE_CHAR)
		{
			column->lossy = (const char **) widened;
			column->nlossy = 1;
		}
		return true;
	}
	return false;
}

static void
pg_identity(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column)
{
	gw_sql(buf, strcmp(column->identity_mode, "always") == 0 ? " GENERATED ALWAYS AS IDENTITY"
															 : " GENERATED BY DEFAULT AS IDENTITY");
	if (column->identity_start == 1 && column->identity_increment == 1)
		return;
	gw_sql(buf, " (START WITH ");
	gw_sql_int(buf, column->identity_start);
	gw_sql(buf, " INCREMENT BY ");
	gw_sql_int(buf, column->identity_increment);
	gw_sql(buf, ")");
}

static GwStatus
pg_suffix(GwDdlWriter *w, GwSqlBuf *buf, GwError *err)
{
	const JsonbValue *partition = gw_ddl_layout_part(w, "partition");
	const char *kind = partition ? gw_json_get_text(partition, "kind") : NULL;
	const char *method = kind == NULL							 ? NULL
						 : strcmp(kind, "hash") == 0			 ? "HASH "
						 : strcmp(kind, "list") == 0 ||
								 strcmp(kind, "value") == 0		 ? "LIST "
						 : strcmp(kind, "ingestion") == 0		 ? NULL
																 : "RANGE ";
	GwSqlBuf columns;

	gw_sqlbuf_init(&columns);
	if (method != NULL && gw_ddl_layout_columns(w, &columns, "partition", method,
												method[0] == 'L' ? 1 : 32))
	{
		gw_sql(buf, "\nPARTITION BY ");
		gw_sql_rendered(buf, columns.text.data);
		gw_ddl_notice(w, "partition_children", NULL,
					  "the table has no partitions yet: create them before rows arrive");
	}
	else
		gw_ddl_layout_unsupported(w, "partition");
	gw_ddl_layout_unsupported(w, "sort");
	gw_ddl_layout_unsupported(w, "distribution");
	return GW_OK;
}

/* An index in the cluster's order; CLUSTER itself is run when there are rows. */
static GwStatus
pg_after(GwDdlWriter *w, List **statements, GwError *err)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_sql(&buf, "CREATE INDEX ON ");
	if (gw_ddl_table_name(w, &buf, err) != GW_OK)
		return GW_FAILED;
	if (gw_ddl_layout_columns(w, &buf, "cluster", " ", 32))
	{
		*statements = lappend(*statements, buf.text.data);
		gw_ddl_notice(w, "cluster_index", NULL,
					  "rows are not kept in the cluster's order: an index stands for it");
	}
	else
		gw_ddl_layout_unsupported(w, "cluster");
	return GW_OK;
}

static const char *const pg_aliases[] = {"postgresql", "pg", "local", NULL};

const GwDdlTarget gw_ddl_postgres = {
	.name = "postgres",
	.title = "PostgreSQL",
	.aliases = pg_aliases,
	.dialect = &gw_dialect_postgres,
	.can = GW_DDL_IF_NOT_EXISTS | GW_DDL_CAN_TEMPORARY | GW_DDL_CAN_UNIQUE | GW_DDL_CAN_CHECK |
		   GW_DDL_CAN_ENFORCE | GW_DDL_CAN_NAMED_KEYS | GW_DDL_CAN_RESTRICT |
		   GW_DDL_CAN_SET_DEFAULT | GW_DDL_KEYS_HOLD_PARTITION | GW_DDL_CAN_STORED |
		   GW_DDL_CAN_NEGATIVE_SCALE | GW_DDL_ZONED_CONSTANT | GW_DDL_TRANSACTIONAL,
	.folds = 'l',
	.temporary_word = "TEMPORARY ",
	.temporary_name = "",
	.max_columns = 1600,
	.types = pg_types,
	.natives = pg_natives,
	.text_type = "text",
	.cut_numeric = "numeric({p},{s})",
	.cut_precision = 1000,
	.cut_scale = 1000,
	.cut_whole = 1000,
	.field_separator = " ",
	.checks = {
		[GW_CHECK_NUMERIC] = "abs({c}::numeric) >= 1e{w}::numeric "
							 "OR scale(trim_scale({c}::numeric)) > {s}",
		[GW_CHECK_CHARS] = "char_length({c}) > {n}",
		[GW_CHECK_BYTES] = "octet_length(convert_to({c}::text, 'UTF8')) > {n}",
		[GW_CHECK_UTF16] = "char_length(regexp_replace({c}::text, "
						   "'[\\U00010000-\\U0010FFFF]', '..', 'g')) > {n}",
		[GW_CHECK_SIZE] = "octet_length({c}) > {n}",
		[GW_CHECK_FINITE] = "{c}::float8 IN ('NaN', 'Infinity', '-Infinity')",
		[GW_CHECK_EPOCH] = "{c} < '1970-01-01 00:00:01+00' OR {c} >= '2038-01-19 03:14:08+00'",
		[GW_CHECK_YEARS_1000] = "{c} NOT BETWEEN '1000-01-01' AND '9999-12-31'",
	},
	.collate = 'i',
	.functions = {[GW_FN_NOW] = "CURRENT_TIMESTAMP", [GW_FN_LOCAL_NOW] = "LOCALTIMESTAMP",
				  [GW_FN_TODAY] = "CURRENT_DATE", [GW_FN_UUID] = "gen_random_uuid()"},
	.json_constant = "",
	.generated_open = " GENERATED ALWAYS AS (",
	.generated_stored = ") STORED",
	.identity_type = GW_TYPE_NULL,
	.identity = pg_identity,
	.suffix = pg_suffix,
	.after = pg_after,
	.map_native = pg_map_native,
	.cli_run = "psql -X -v ON_ERROR_STOP=1 -c {q}",
	.cli_load_sql = "\\copy {t} ({cols}) FROM {file} WITH (FORMAT csv, HEADER true)",
};
