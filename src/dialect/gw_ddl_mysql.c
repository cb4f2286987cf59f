/*
 * gw_ddl_mysql.c
 *	  MySQL and MariaDB as a DDL target: types both ways, limits and clauses.
 *
 * Says what both take.  Constants only.
 */
#include "postgres.h"

#include "dialect/gw_ddl_private.h"

#define ROW(t, r, native, ...) {GW_TYPE_##t, GW_DDL_##r, native, __VA_ARGS__}
#define CUT(n) .code = "fraction_capped", .check = GW_CHECK_FRACTION, .limit = (n)

/* Four bytes a character, and a row of at most 65,535 bytes. */
#define MYSQL_CHARS 16383
#define MYSQL_ROW 65535

/* https://dev.mysql.com/doc/refman/8.0/en/data-types.html */
static const GwDdlTypeRule mysql_types[] = {
	ROW(BOOL, ANNOTATE, "TINYINT(1)", .code = "bool_as_number"),
	ROW(INT8, EXACT, "TINYINT"),
	ROW(INT16, EXACT, "SMALLINT"),
	ROW(INT32, EXACT, "INT"),
	ROW(INT64, EXACT, "BIGINT"),
	ROW(INT128, WIDEN, "DECIMAL(39,0)"),
	ROW(UINT8, EXACT, "TINYINT UNSIGNED"),
	ROW(UINT16, EXACT, "SMALLINT UNSIGNED"),
	ROW(UINT32, EXACT, "INT UNSIGNED"),
	ROW(UINT64, EXACT, "BIGINT UNSIGNED"),
	ROW(FLOAT32, CHECK, "FLOAT", .code = "not_finite", .check = GW_CHECK_FINITE),
	ROW(FLOAT64, CHECK, "DOUBLE", .code = "not_finite", .check = GW_CHECK_FINITE),
	ROW(NUMERIC, EXACT, "DECIMAL({p},{s})", .max = 65, .max_scale = 30),
	ROW(NUMERIC, CHECK, "DECIMAL(65,30)", .code = "digits_capped", .when = GW_WHEN_NO_PARAM,
		.check = GW_CHECK_NUMERIC, .max_scale = 30, .max_whole = 35),
	ROW(STRING, WIDEN, "LONGTEXT", .when = GW_WHEN_OFF_ROW),
	ROW(STRING, EXACT, "VARCHAR({n})", .max = MYSQL_CHARS),
	ROW(STRING, WIDEN, "LONGTEXT", .when = GW_WHEN_PARAM),
	ROW(STRING, CHECK, "VARCHAR(255)", .code = "length_capped", .when = GW_WHEN_KEY,
		.check = GW_CHECK_CHARS, .limit = 255),
	ROW(STRING, EXACT, "LONGTEXT"),
	ROW(CHAR, EXACT, "CHAR({n})", .max = 255),
	ROW(CHAR, ANNOTATE, "LONGTEXT", .code = "padding", .when = GW_WHEN_OFF_ROW),
	ROW(CHAR, ANNOTATE, "VARCHAR({n})", .code = "padding", .max = MYSQL_CHARS),
	ROW(CHAR, ANNOTATE, "LONGTEXT", .code = "padding"),
	ROW(BYTES, WIDEN, "LONGBLOB", .when = GW_WHEN_OFF_ROW),
	ROW(BYTES, EXACT, "VARBINARY({n})", .max = MYSQL_CHARS),
	ROW(BYTES, WIDEN, "LONGBLOB", .when = GW_WHEN_PARAM),
	ROW(BYTES, CHECK, "VARBINARY(255)", .code = "length_capped", .when = GW_WHEN_KEY,
		.check = GW_CHECK_SIZE, .limit = 255),
	ROW(BYTES, EXACT, "LONGBLOB"),
	ROW(FIXED_BYTES, EXACT, "BINARY({n})", .max = 255),
	ROW(FIXED_BYTES, ANNOTATE, "VARBINARY({n})", .code = "length_unenforced",
		.max = MYSQL_CHARS),
	ROW(FIXED_BYTES, ANNOTATE, "LONGBLOB", .code = "length_unenforced"),
	ROW(BIT, ANNOTATE, "BIT(1)", .code = "bit_as_bool", .max = 1),
	ROW(BIT, EXACT, "BIT({n})", .max = 64),
	ROW(BIT, ANNOTATE, "VARBINARY({b})", .code = "bits_as_bytes", .max = 65535),
	ROW(BIT, ANNOTATE, "LONGBLOB", .code = "bits_as_bytes"),
	ROW(VARBIT, ANNOTATE, "VARBINARY({b})", .code = "bits_as_bytes", .max = 65535),
	ROW(VARBIT, ANNOTATE, "LONGBLOB", .code = "bits_as_bytes"),
	ROW(DATE, CHECK, "DATE", .code = "date_range", .check = GW_CHECK_YEARS_1000),
	ROW(TIME, WIDEN, "TIME({f})", .max = 6),
	ROW(TIME, CHECK, "TIME(6)", CUT(6)),
	ROW(TIMESTAMP, EXACT, "DATETIME({f})", .max = 6),
	ROW(TIMESTAMP, CHECK, "DATETIME(6)", CUT(6)),
	ROW(TIMESTAMPTZ, ANNOTATE, "DATETIME({f})", .code = "utc_by_convention",
		.when = GW_WHEN_STRICT, .max = 6),
	ROW(TIMESTAMPTZ, CHECK, "TIMESTAMP({f})", .code = "epoch_range", .max = 6,
		.check = GW_CHECK_EPOCH),
	ROW(TIMESTAMPTZ, CHECK, "TIMESTAMP(6)", CUT(6)),
	ROW(TIMESTAMPOFFSET, ANNOTATE, "DATETIME({f})", .code = "utc_by_convention", .max = 6),
	ROW(TIMESTAMPOFFSET, CHECK, "DATETIME(6)", CUT(6)),
	ROW(JSON, EXACT, "JSON"),
	ROW(VARIANT, ANNOTATE, "JSON", .code = "as_json"),
	ROW(XML, ANNOTATE, "LONGTEXT", .code = "as_text"),
	ROW(UUID, ANNOTATE, "CHAR(36)", .code = "as_text"),
	ROW(ENUM, EXACT, "ENUM({values})", .max = 65535),
	ROW(SET, EXACT, "SET({values})", .max = 64),
	ROW(SET, ANNOTATE, "JSON", .code = "as_json"),
	ROW(INET, ANNOTATE, "VARCHAR(64)", .code = "as_text"),
	ROW(CIDR, ANNOTATE, "VARCHAR(64)", .code = "as_text"),
	ROW(MACADDR, ANNOTATE, "VARCHAR(32)", .code = "as_text"),
	ROW(GEOGRAPHY, ANNOTATE, "GEOMETRY", .code = "as_geometry"),
	ROW(GEOMETRY, EXACT, "GEOMETRY", .when = GW_WHEN_NO_PARAM),
	ROW(GEOMETRY, ANNOTATE, "GEOMETRY", .code = "srid_dropped"),
	ROW(VECTOR, EXACT, "VECTOR({n})",
		.when = GW_WHEN_OPTION | GW_WHEN_PARAM | GW_WHEN_OF, .of = GW_TYPE_FLOAT32, .max = 16383),
	ROW(VECTOR, ANNOTATE, "JSON", .code = "as_json"),
	ROW(ARRAY, ANNOTATE, "JSON", .code = "as_json"),
	ROW(STRUCT, ANNOTATE, "JSON", .code = "as_json"),
	ROW(MAP, ANNOTATE, "JSON", .code = "as_json"),
	ROW(ROWVERSION, ANNOTATE, "BINARY(8)", .code = "not_automatic"),
	ROW(NULL, WIDEN, "LONGTEXT"),
	ROW(OPAQUE, ANNOTATE, "LONGTEXT", .code = "opaque"),
	{GW_NTYPES},
};

#define INTEGER(name, type) \
	{name, GW_TYPE_##type}, {name " unsigned", GW_TYPE_U##type}, \
	{name " signed", GW_TYPE_##type}, \
	{name " unsigned zerofill", GW_TYPE_U##type, GW_NATIVE_NONE, "zerofill"}

static const GwDdlNative mysql_natives[] = {
	{"bool", GW_TYPE_BOOL},
	{"boolean", GW_TYPE_BOOL},
	INTEGER("tinyint", INT8),
	INTEGER("smallint", INT16),
	INTEGER("mediumint", INT32),
	INTEGER("int", INT32),
	INTEGER("integer", INT32),
	INTEGER("bigint", INT64),
	{"year", GW_TYPE_INT16, GW_NATIVE_NONE, "year"},
	{"decimal", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, .precision = 10},
	{"numeric", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, .precision = 10},
	{"decimal unsigned", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, "unsigned", .precision = 10},
	{"decimal unsigned zerofill", GW_TYPE_NUMERIC, GW_NATIVE_NUMERIC, "unsigned",
	 .precision = 10},
	{"float", GW_TYPE_FLOAT32},
	{"float unsigned", GW_TYPE_FLOAT32, GW_NATIVE_NONE, "unsigned"},
	{"double", GW_TYPE_FLOAT64},
	{"double precision", GW_TYPE_FLOAT64},
	{"real", GW_TYPE_FLOAT64},
	{"double unsigned", GW_TYPE_FLOAT64, GW_NATIVE_NONE, "unsigned"},
	{"varchar", GW_TYPE_STRING, GW_NATIVE_LENGTH},
	{"char", GW_TYPE_CHAR, GW_NATIVE_LENGTH, .length = 1},
	{"tinytext", GW_TYPE_STRING, .length = 255, .params = GW_NATIVE_LENGTH,
	 .length_unit = "byte"},
	{"text", GW_TYPE_STRING, .length = 65535, .params = GW_NATIVE_LENGTH, .length_unit = "byte"},
	{"mediumtext", GW_TYPE_STRING, .length = 16777215, .params = GW_NATIVE_LENGTH,
	 .length_unit = "byte"},
	{"longtext", GW_TYPE_STRING},
	{"varbinary", GW_TYPE_BYTES, GW_NATIVE_LENGTH},
	{"binary", GW_TYPE_FIXED_BYTES, GW_NATIVE_LENGTH, .length = 1},
	{"tinyblob", GW_TYPE_BYTES, GW_NATIVE_LENGTH, .length = 255},
	{"blob", GW_TYPE_BYTES, GW_NATIVE_LENGTH, .length = 65535},
	{"mediumblob", GW_TYPE_BYTES, GW_NATIVE_LENGTH, .length = 16777215},
	{"longblob", GW_TYPE_BYTES},
	{"date", GW_TYPE_DATE},
	{"time", GW_TYPE_TIME, GW_NATIVE_FRACTION, .fraction = 1},
	{"datetime", GW_TYPE_TIMESTAMP, GW_NATIVE_FRACTION, .fraction = 1},
	{"timestamp", GW_TYPE_TIMESTAMPTZ, GW_NATIVE_FRACTION, .fraction = 1},
	{"json", GW_TYPE_JSON},
	{"enum", GW_TYPE_ENUM, GW_NATIVE_VALUES},
	{"set", GW_TYPE_SET, GW_NATIVE_VALUES},
	{"uuid", GW_TYPE_UUID},
	{"inet4", GW_TYPE_INET, GW_NATIVE_NONE, "inet4"},
	{"inet6", GW_TYPE_INET, GW_NATIVE_NONE, "inet6"},
	{"geometry", GW_TYPE_GEOMETRY, GW_NATIVE_SRID},
	{"point", GW_TYPE_GEOMETRY, GW_NATIVE_SRID, "point"},
	{"linestring", GW_TYPE_GEOMETRY, GW_NATIVE_SRID, "linestring"},
	{"polygon", GW_TYPE_GEOMETRY, GW_NATIVE_SRID, "polygon"},
	{"multipoint", GW_TYPE_GEOMETRY, GW_NATIVE_SRID, "multipoint"},
	{"multilinestring", GW_TYPE_GEOMETRY, GW_NATIVE_SRID, "multilinestring"},
	{"multipolygon", GW_TYPE_GEOMETRY, GW_NATIVE_SRID, "multipolygon"},
	{"geometrycollection", GW_TYPE_GEOMETRY, GW_NATIVE_SRID, "geometrycollection"},
	{"vector", GW_TYPE_VECTOR, GW_NATIVE_VECTOR, .of = GW_TYPE_FLOAT32},
	{NULL},
};

/* A tinyint(1) is a boolean, a bit(1) is one, and more bits are bits. */
static bool
mysql_map_native(const char *name, const int64 *args, int nargs, GwColumn *column)
{
	if (strcmp(name, "tinyint") == 0 && nargs == 1 && args[0] == 1)
		column->type = gw_type_make(GW_TYPE_BOOL);
	else if (strcmp(name, "bit") == 0)
	{
		column->type = gw_type_make(nargs == 0 || args[0] == 1 ? GW_TYPE_BOOL : GW_TYPE_BIT);
		if (column->type.id == GW_TYPE_BIT)
			column->type.length = args[0];
	}
	else
		return false;
	return true;
}

/* Blanks at the end are cut off there. */
static bool
mysql_bad_name(const char *name, bool column)
{
	int len = strlen(name);

	return len > 0 && name[len - 1] == ' ';
}

/* Bytes of a row that a column takes; what has no length is short or stored apart. */
static int64
mysql_row_bytes(const GwColumn *column)
{
	int64 length = column->type.length;

	switch (column->type.id)
	{
		case GW_TYPE_STRING:
		case GW_TYPE_CHAR:
			return length == GW_ABSENT || length > MYSQL_CHARS ? 16 : length * 4 + 2;
		case GW_TYPE_BYTES:
		case GW_TYPE_FIXED_BYTES:
			return length == GW_ABSENT || length > MYSQL_CHARS ? 16 : length + 2;
		case GW_TYPE_UUID:
		case GW_TYPE_INET:
		case GW_TYPE_CIDR:
		case GW_TYPE_MACADDR:
			return 64 * 4 + 2;
		default:
			return 32;
	}
}

/* Long ones first; all with a length when that is not enough.  Keys stay. */
static bool
mysql_off_row(const GwDdlWriter *w, const GwColumn *column)
{
	int64 all = (w->schema->ncolumns + 7) / 8, without_long = all;

	if (column->name == NULL || column->type.length == GW_ABSENT || gw_ddl_in_key(w, column))
		return false;
	for (int i = 0; i < w->schema->ncolumns; i++)
	{
		const GwColumn *other = &w->schema->columns[i];
		int64 bytes = mysql_row_bytes(other);

		all += bytes;
		without_long += bytes > 1022 && !gw_ddl_in_key(w, other) ? 16 : bytes;
	}
	if (all <= MYSQL_ROW)
		return false;
	return without_long > MYSQL_ROW || mysql_row_bytes(column) > 1022;
}

static bool
mysql_is_key(const GwDdlWriter *w, const char *name)
{
	const GwSchema *schema = w->schema;

	if (schema == NULL)
		return true;
	for (int k = -1; k < schema->nunique; k++)
	{
		const GwKey *key = k < 0 ? schema->primary : &schema->unique[k];

		if (key != NULL && key->ncolumns > 0 && strcmp(key->columns[0], name) == 0)
			return true;
	}
	return false;
}

static void
mysql_identity(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column)
{
	gw_sql(buf, " AUTO_INCREMENT");
	if (!mysql_is_key(w, column->name))
	{
		gw_sql(buf, " UNIQUE");
		gw_ddl_notice(w, "identity_key", column->name,
					  "AUTO_INCREMENT needs a key: a unique one is added");
	}
	if (column->identity_increment != 1)
		gw_ddl_notice(w, "identity_increment", column->name,
					  "the increment is a setting of the server there, not of the column");
	if (strcmp(column->identity_mode, "always") == 0)
		gw_ddl_notice(w, "identity_by_default", column->name,
					  "MySQL lets an INSERT give the identity's value");
}

/* Expressions, and constants of types that are stored apart. */
static bool
mysql_default_in_parens(const char *native, const char *sql)
{
	if (strncmp(native, "LONG", 4) == 0 || strcmp(native, "JSON") == 0 ||
		strcmp(native, "GEOMETRY") == 0)
		return true;
	return sql[0] != '\'' && sql[0] != '-' && sql[0] != '.' && !isdigit((unsigned char) sql[0]) &&
		   strncmp(sql, "CURRENT_TIMESTAMP", 17) != 0 && strcmp(sql, "TRUE") != 0 &&
		   strcmp(sql, "FALSE") != 0;
}

static bool
mysql_partition(GwDdlWriter *w, GwSqlBuf *buf)
{
	const JsonbValue *partition = gw_ddl_layout_part(w, "partition");
	const char *kind = partition ? gw_json_get_text(partition, "kind") : NULL;
	const GwColumn *column;
	const char **names;
	int n = gw_ddl_layout_names(gw_json_get(partition, "columns"), &names);

	if (kind == NULL || n == 0 || (column = gw_schema_column(w->schema, names[0])) == NULL)
		return false;
	if (strcmp(kind, "hash") == 0)
		return gw_ddl_layout_columns(w, buf, "partition", "\nPARTITION BY KEY ", 16);
	if (strcmp(kind, "time") != 0 && strcmp(kind, "range") != 0)
		return false;
	if (column->type.id == GW_TYPE_TIMESTAMPTZ && !w->options->strict)
	{
		gw_sql(buf, "\nPARTITION BY RANGE (UNIX_TIMESTAMP(");
		gw_ddl_identifier(w, buf, column->name);
		gw_sql(buf, "))\n(PARTITION p_rest VALUES LESS THAN MAXVALUE)");
	}
	else
	{
		(void) gw_ddl_layout_columns(w, buf, "partition", "\nPARTITION BY RANGE COLUMNS ", 1);
		gw_sql(buf, "\n(PARTITION p_rest VALUES LESS THAN (MAXVALUE))");
	}
	gw_ddl_notice(w, "partition_children", NULL,
				  "the table has one partition for everything: reorganize it into ranges");
	return true;
}

static GwStatus
mysql_suffix(GwDdlWriter *w, GwSqlBuf *buf, GwError *err)
{
	gw_sql(buf, " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4");
	for (int i = 0; i < w->schema->ncolumns; i++)
	{
		const GwColumn *column = &w->schema->columns[i];

		if (column->identity_mode == NULL || column->identity_start <= 1)
			continue;
		gw_sql(buf, " AUTO_INCREMENT=");
		gw_sql_int(buf, column->identity_start);
	}
	if (w->schema->comment != NULL && !w->options->no_comments)
	{
		gw_sql(buf, " COMMENT=");
		gw_ddl_string(w, buf, w->schema->comment);
	}
	if (!mysql_partition(w, buf))
		gw_ddl_layout_unsupported(w, "partition");
	gw_ddl_layout_unsupported(w, "cluster");
	gw_ddl_layout_unsupported(w, "sort");
	gw_ddl_layout_unsupported(w, "distribution");
	return GW_OK;
}

static bool
mysql_comment(GwDdlWriter *w, GwSqlBuf *buf, const char *table, const GwColumn *column,
			  const char *comment)
{
	if (column != NULL)
		return false;
	gw_sql(buf, "ALTER TABLE ");
	gw_sql_rendered(buf, table);
	gw_sql(buf, " COMMENT=");
	gw_ddl_string(w, buf, comment ? comment : "");
	return true;
}

static const char *const mysql_aliases[] = {"mariadb", NULL};

const GwDdlTarget gw_ddl_mysql = {
	.name = "mysql",
	.title = "MySQL",
	.aliases = mysql_aliases,
	.dialect = &gw_dialect_mysql,
	.can = GW_DDL_IF_NOT_EXISTS | GW_DDL_CAN_TEMPORARY | GW_DDL_CAN_UNIQUE | GW_DDL_CAN_CHECK |
		   GW_DDL_CAN_ENFORCE | GW_DDL_CAN_NAMED_KEYS | GW_DDL_CAN_RESTRICT |
		   GW_DDL_KEYS_HOLD_PARTITION | GW_DDL_CAN_STORED | GW_DDL_CAN_VIRTUAL |
		   GW_DDL_SAYS_NULL | GW_DDL_NAMES_FOLD | GW_DDL_BACKSLASH | GW_DDL_ONE_IDENTITY,
	.folds = ' ',
	.temporary_word = "TEMPORARY ",
	.name_rule = "A name does not end with a blank.",
	.bad_name = mysql_bad_name,
	.max_columns = 1017,
	.types = mysql_types,
	.natives = mysql_natives,
	.off_row = mysql_off_row,
	.text_type = "LONGTEXT",
	.cut_numeric = "DECIMAL({p},{s})",
	.cut_precision = 65,
	.cut_scale = 30,
	.cut_whole = 65,
	.field_separator = " ",
	.collate = 'w',
	.functions = {[GW_FN_NOW] = "CURRENT_TIMESTAMP({f})",
				  [GW_FN_LOCAL_NOW] = "CURRENT_TIMESTAMP({f})",
				  [GW_FN_TODAY] = "CURDATE()", [GW_FN_UUID] = "UUID()"},
	.json_constant = "",
	.generated_open = " GENERATED ALWAYS AS (",
	.generated_stored = ") STORED",
	.generated_virtual = ") VIRTUAL",
	.comment_open = " COMMENT ",
	.comment_close = "",
	.table_comment_in_suffix = true,
	.identity_type = GW_TYPE_NULL,
	.identity = mysql_identity,
	.default_in_parens = mysql_default_in_parens,
	.suffix = mysql_suffix,
	.comment = mysql_comment,
	.map_native = mysql_map_native,
	.cli_run = "mysql -e {q}",
	.cli_load_sql = "LOAD DATA LOCAL INFILE {file} INTO TABLE {t} CHARACTER SET utf8mb4 "
					"FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' "
					"LINES TERMINATED BY '\\n' IGNORE 1 LINES ({cols})",
};
