/*
 * gw_type_defaults.c
 *	  The parameters that platforms take when a type is written without.
 *
 * Data only, from the vendors' pages on data types.  A row may hold for one
 * native name only, because two native types can be one canonical type with
 * different bounds.
 */
#include "postgres.h"

#include "dialect/gw_type_defaults.h"

#define NONE GW_ABSENT

static const struct
{
	const char *platforms; /* name and aliases between blanks */
	GwTypeId type;
	const char *native; /* NULL: whatever its native name */
	int64 length;
	int precision, scale, fraction;
} type_defaults[] = {
	{" bigquery bq ", GW_TYPE_NUMERIC, "NUMERIC", NONE, 38, 9, NONE},
	{" bigquery bq ", GW_TYPE_NUMERIC, "DECIMAL", NONE, 38, 9, NONE},
	{" bigquery bq ", GW_TYPE_NUMERIC, "BIGNUMERIC", NONE, 76, 38, NONE},
	{" bigquery bq ", GW_TYPE_NUMERIC, "BIGDECIMAL", NONE, 76, 38, NONE},
	{" bigquery bq ", GW_TYPE_TIME, NULL, NONE, NONE, NONE, 6},
	{" bigquery bq ", GW_TYPE_TIMESTAMP, NULL, NONE, NONE, NONE, 6},
	{" bigquery bq ", GW_TYPE_TIMESTAMPTZ, NULL, NONE, NONE, NONE, 6},
	{" snowflake ", GW_TYPE_NUMERIC, NULL, NONE, 38, 0, NONE},
	{" snowflake ", GW_TYPE_STRING, NULL, 16777216, NONE, NONE, NONE},
	{" snowflake ", GW_TYPE_BYTES, NULL, 8388608, NONE, NONE, NONE},
	{" snowflake ", GW_TYPE_CHAR, NULL, 1, NONE, NONE, NONE},
	{" snowflake ", GW_TYPE_TIME, NULL, NONE, NONE, NONE, 9},
	{" snowflake ", GW_TYPE_TIMESTAMP, NULL, NONE, NONE, NONE, 9},
	{" snowflake ", GW_TYPE_TIMESTAMPTZ, NULL, NONE, NONE, NONE, 9},
	{" snowflake ", GW_TYPE_TIMESTAMPOFFSET, NULL, NONE, NONE, NONE, 9},
	{" redshift ", GW_TYPE_NUMERIC, NULL, NONE, 18, 0, NONE},
	{" redshift ", GW_TYPE_STRING, "VARCHAR", 256, NONE, NONE, NONE},
	{" redshift ", GW_TYPE_STRING, "TEXT", 256, NONE, NONE, NONE},
	{" redshift ", GW_TYPE_STRING, NULL, 65535, NONE, NONE, NONE},
	{" redshift ", GW_TYPE_CHAR, NULL, 1, NONE, NONE, NONE},
	{" redshift ", GW_TYPE_BYTES, NULL, 64000, NONE, NONE, NONE},
	{" redshift ", GW_TYPE_TIME, NULL, NONE, NONE, NONE, 6},
	{" redshift ", GW_TYPE_TIMETZ, NULL, NONE, NONE, NONE, 6},
	{" redshift ", GW_TYPE_TIMESTAMP, NULL, NONE, NONE, NONE, 6},
	{" redshift ", GW_TYPE_TIMESTAMPTZ, NULL, NONE, NONE, NONE, 6},
	{" sqlserver mssql ", GW_TYPE_NUMERIC, NULL, NONE, 18, 0, NONE},
	{" sqlserver mssql ", GW_TYPE_CHAR, NULL, 1, NONE, NONE, NONE},
	{" sqlserver mssql ", GW_TYPE_STRING, "VARCHAR", 1, NONE, NONE, NONE},
	{" sqlserver mssql ", GW_TYPE_STRING, "NVARCHAR", 1, NONE, NONE, NONE},
	{" sqlserver mssql ", GW_TYPE_FIXED_BYTES, NULL, 1, NONE, NONE, NONE},
	{" sqlserver mssql ", GW_TYPE_TIME, NULL, NONE, NONE, NONE, 7},
	{" sqlserver mssql ", GW_TYPE_TIMESTAMP, NULL, NONE, NONE, NONE, 7},
	{" sqlserver mssql ", GW_TYPE_TIMESTAMPOFFSET, NULL, NONE, NONE, NONE, 7},
	{" mysql ", GW_TYPE_NUMERIC, NULL, NONE, 10, 0, NONE},
	{" mysql ", GW_TYPE_BIT, NULL, 1, NONE, NONE, NONE},
	{" mysql ", GW_TYPE_CHAR, NULL, 1, NONE, NONE, NONE},
	{" mysql ", GW_TYPE_TIME, NULL, NONE, NONE, NONE, 0},
	{" mysql ", GW_TYPE_TIMESTAMP, NULL, NONE, NONE, NONE, 0},
	{" mysql ", GW_TYPE_TIMESTAMPTZ, NULL, NONE, NONE, NONE, 0},
	{" postgres postgresql pg local ", GW_TYPE_CHAR, NULL, 1, NONE, NONE, NONE},
	{" postgres postgresql pg local ", GW_TYPE_BIT, NULL, 1, NONE, NONE, NONE},
	{" postgres postgresql pg local ", GW_TYPE_TIME, NULL, NONE, NONE, NONE, 6},
	{" postgres postgresql pg local ", GW_TYPE_TIMETZ, NULL, NONE, NONE, NONE, 6},
	{" postgres postgresql pg local ", GW_TYPE_TIMESTAMP, NULL, NONE, NONE, NONE, 6},
	{" postgres postgresql pg local ", GW_TYPE_TIMESTAMPTZ, NULL, NONE, NONE, NONE, 6},
	{" postgres postgresql pg local ", GW_TYPE_INTERVAL, NULL, NONE, NONE, NONE, 6},
	{" postgres postgresql pg local ", GW_TYPE_INTERVAL_DS, NULL, NONE, NONE, NONE, 6},
	{" databricks ", GW_TYPE_NUMERIC, NULL, NONE, 10, 0, NONE},
	{" databricks ", GW_TYPE_TIMESTAMP, NULL, NONE, NONE, NONE, 6},
	{" databricks ", GW_TYPE_TIMESTAMPTZ, NULL, NONE, NONE, NONE, 6},
};

/* Is the native type of that name, whatever its parameters? */
static bool
defaults_native_is(const char *native, const char *name)
{
	size_t len = strlen(name);

	return native != NULL && pg_strncasecmp(native, name, len) == 0 &&
		   !isalnum((unsigned char) native[len]);
}

static bool
defaults_absent(const GwType *type)
{
	return type->length == GW_ABSENT && type->precision == GW_ABSENT &&
		   type->fraction == GW_ABSENT;
}

static void
defaults_column(GwColumn *column, const char *platform)
{
	GwType *type = &column->type;

	for (int i = 0; i < lengthof(type_defaults) && defaults_absent(type); i++)
	{
		if (type_defaults[i].type != type->id ||
			strstr(type_defaults[i].platforms, platform) == NULL ||
			(type_defaults[i].native != NULL &&
			 !defaults_native_is(column->native_type, type_defaults[i].native)))
			continue;
		type->length = type_defaults[i].length;
		type->precision = type_defaults[i].precision;
		type->fraction = type_defaults[i].fraction;
		type->has_scale = type_defaults[i].scale != NONE;
		type->scale = type->has_scale ? type_defaults[i].scale : 0;
	}
	if (type->id == GW_TYPE_NUMERIC && type->precision != GW_ABSENT && !type->has_scale)
	{
		type->has_scale = true;
		type->scale = 0;
	}
	if (type->element != NULL)
		defaults_column(type->element, platform);
	if (type->key != NULL)
		defaults_column(type->key, platform);
	if (type->value != NULL)
		defaults_column(type->value, platform);
	for (int i = 0; i < type->nfields; i++)
		defaults_column(&type->fields[i], platform);
}

void
gw_type_defaults_apply(GwSchema *schema, const char *platform)
{
	char *word;

	if (platform == NULL || schema == NULL)
		return;
	word = psprintf(" %s ", platform);
	for (char *c = word; *c != '\0'; c++)
		*c = pg_ascii_tolower((unsigned char) *c);
	for (int i = 0; i < schema->ncolumns; i++)
		defaults_column(&schema->columns[i], word);
}
