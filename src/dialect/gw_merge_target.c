/*
 * gw_merge_target.c
 *	  What load statements are made of on each platform: data only.
 *
 * Constants; nothing is allocated.
 */
#include "postgres.h"

#include "dialect/gw_merge_private.h"

#define END {GW_NTYPES, NULL}

/*
 * Documents compare as text: a number's spelling is part of the value.  xml,
 * json and the geometric types have no equality at all.
 */
static const GwMergeText texts_postgres[] = {
	{GW_TYPE_JSON, "CAST({c} AS text)"},	  {GW_TYPE_VARIANT, "CAST({c} AS text)"},
	{GW_TYPE_XML, "CAST({c} AS text)"},		  {GW_TYPE_GEOGRAPHY, "CAST({c} AS text)"},
	{GW_TYPE_GEOMETRY, "CAST({c} AS text)"},  {GW_TYPE_STRUCT, "CAST({c} AS text)"},
	{GW_TYPE_MAP, "CAST({c} AS text)"},		  {GW_TYPE_OPAQUE, "CAST({c} AS text)"},
	{GW_TYPE_ARRAY, "CAST({c} AS text)"},	  END};

/* Trailing blanks do not count when strings are compared there. */
static const GwMergeText texts_redshift[] = {
	{GW_TYPE_STRING, "({c} || '.')"},		   {GW_TYPE_XML, "({c} || '.')"},
	{GW_TYPE_JSON, "JSON_SERIALIZE({c})"},	   {GW_TYPE_VARIANT, "JSON_SERIALIZE({c})"},
	{GW_TYPE_ARRAY, "JSON_SERIALIZE({c})"},	   {GW_TYPE_STRUCT, "JSON_SERIALIZE({c})"},
	{GW_TYPE_MAP, "JSON_SERIALIZE({c})"},	   {GW_TYPE_GEOMETRY, "ST_AsEWKT({c})"},
	{GW_TYPE_GEOGRAPHY, "ST_AsEWKT({c})"},	   END};

static const GwMergeText texts_mysql[] = {
	{GW_TYPE_STRING, "CAST({c} AS BINARY)"},
	{GW_TYPE_CHAR, "CAST({c} AS BINARY)"},
	{GW_TYPE_ENUM, "CAST({c} AS BINARY)"},
	{GW_TYPE_SET, "CAST({c} AS BINARY)"},
	{GW_TYPE_XML, "CAST({c} AS BINARY)"},
	{GW_TYPE_JSON, "CAST(CAST({c} AS CHAR) AS BINARY)"},
	{GW_TYPE_VARIANT, "CAST(CAST({c} AS CHAR) AS BINARY)"},
	{GW_TYPE_ARRAY, "CAST(CAST({c} AS CHAR) AS BINARY)"},
	{GW_TYPE_STRUCT, "CAST(CAST({c} AS CHAR) AS BINARY)"},
	{GW_TYPE_MAP, "CAST(CAST({c} AS CHAR) AS BINARY)"},
	{GW_TYPE_GEOMETRY, "ST_AsBinary({c})"},
	{GW_TYPE_GEOGRAPHY, "ST_AsBinary({c})"},
	END};

/* Binary values of different lengths compare as if padded with zeros: hence the length. */
#define BYTES_OF(x) "CAST(" x " AS varbinary(max)), DATALENGTH({c})"
static const GwMergeText texts_sqlserver[] = {
	{GW_TYPE_STRING, BYTES_OF("{c}")},	   {GW_TYPE_CHAR, BYTES_OF("{c}")},
	{GW_TYPE_XML, BYTES_OF("{c}")},		   {GW_TYPE_JSON, BYTES_OF("{c}")},
	{GW_TYPE_VARIANT, BYTES_OF("{c}")},	   {GW_TYPE_ARRAY, BYTES_OF("{c}")},
	{GW_TYPE_STRUCT, BYTES_OF("{c}")},	   {GW_TYPE_MAP, BYTES_OF("{c}")},
	{GW_TYPE_ENUM, BYTES_OF("{c}")},	   {GW_TYPE_BYTES, BYTES_OF("{c}")},
	{GW_TYPE_SET, BYTES_OF("{c}")},		   {GW_TYPE_GEOMETRY, BYTES_OF("{c}")},
	{GW_TYPE_GEOGRAPHY, BYTES_OF("{c}")},  END};

static const GwMergeText texts_bigquery[] = {
	{GW_TYPE_JSON, "TO_JSON_STRING({c})"},	  {GW_TYPE_VARIANT, "TO_JSON_STRING({c})"},
	{GW_TYPE_ARRAY, "TO_JSON_STRING({c})"},	  {GW_TYPE_STRUCT, "TO_JSON_STRING({c})"},
	{GW_TYPE_MAP, "TO_JSON_STRING({c})"},	  {GW_TYPE_SET, "TO_JSON_STRING({c})"},
	{GW_TYPE_VECTOR, "TO_JSON_STRING({c})"},  {GW_TYPE_RANGE, "TO_JSON_STRING({c})"},
	{GW_TYPE_GEOGRAPHY, "ST_ASTEXT({c})"},	  {GW_TYPE_GEOMETRY, "ST_ASTEXT({c})"},
	END};

static const GwMergeText texts_snowflake[] = {
	{GW_TYPE_JSON, "TO_JSON(TO_VARIANT({c}))"},	 {GW_TYPE_VARIANT, "TO_JSON(TO_VARIANT({c}))"},
	{GW_TYPE_ARRAY, "TO_JSON(TO_VARIANT({c}))"}, {GW_TYPE_STRUCT, "TO_JSON(TO_VARIANT({c}))"},
	{GW_TYPE_MAP, "TO_JSON(TO_VARIANT({c}))"},	 {GW_TYPE_SET, "TO_JSON(TO_VARIANT({c}))"},
	{GW_TYPE_RANGE, "TO_JSON(TO_VARIANT({c}))"}, {GW_TYPE_GEOGRAPHY, "ST_ASTEXT({c})"},
	{GW_TYPE_GEOMETRY, "ST_ASEWKT({c})"},		 END};

static const GwMergeText texts_databricks[] = {
	{GW_TYPE_VARIANT, "to_json({c})"}, {GW_TYPE_MAP, "to_json({c})"},
	{GW_TYPE_ARRAY, "to_json({c})"},   {GW_TYPE_STRUCT, "to_json({c})"},
	{GW_TYPE_VECTOR, "to_json({c})"},  {GW_TYPE_RANGE, "to_json({c})"},
	{GW_TYPE_SET, "to_json({c})"},	   END};

#define SAME_BY_OR "({a} = {b} OR ({a} IS NULL AND {b} IS NULL))"

static const GwMergeTarget merge_targets[] = {
	{
		.name = "bigquery",
		.can_merge = true,
		.remove = GW_MERGE_EXISTS,
		.same = "{a} IS NOT DISTINCT FROM {b}",
		.differs = "{a} IS DISTINCT FROM {b}",
		.begin = "BEGIN TRANSACTION",
		.commit = "COMMIT TRANSACTION",
		.clear = "TRUNCATE TABLE {t}",
		.remove_all = "DELETE FROM {t} WHERE TRUE",
		.except = "EXCEPT DISTINCT",
		.date = "DATE '{v}'",
		.timestamp = "DATETIME '{v}'",
		.timestamptz = "TIMESTAMP '{v}+00'",
		.cursor_text = "FORMAT_TIMESTAMP('%F %H:%M:%E6S', {c}, 'UTC')",
		.yes = "TRUE",
		.no = "FALSE",
		.texts = texts_bigquery,
	},
	{
		/* Each statement is a transaction of its own; subqueries in DELETE do not nest. */
		.name = "databricks",
		.can_merge = true,
		.same = "{a} <=> {b}",
		.differs = "NOT ({a} <=> {b})",
		.clear = "TRUNCATE TABLE {t}",
		.remove_all = "DELETE FROM {t}",
		.overwrite = "INSERT OVERWRITE TABLE {t}",
		.replaces = true,
		.except = "EXCEPT",
		.date = "DATE '{v}'",
		.timestamp = "TIMESTAMP_NTZ '{v}'",
		.timestamptz = "TIMESTAMP '{v}+00:00'",
		.cursor_text = "CAST(to_utc_timestamp({c}, current_timezone()) AS STRING)",
		.yes = "TRUE",
		.no = "FALSE",
		.texts = texts_databricks,
	},
	{
		/*
		 * TRUNCATE would end the transaction.  TIMESTAMPTZ is kept in UTC.  An
		 * alias in DELETE would need a default database.
		 */
		.name = "mysql",
		.update = GW_MERGE_JOIN,
		.remove = GW_MERGE_JOIN,
		.plain_remove = true,
		.same = "{a} <=> {b}",
		.differs = "NOT ({a} <=> {b})",
		.begin = "START TRANSACTION",
		.commit = "COMMIT",
		.clear = "DELETE FROM {t}",
		.remove_all = "DELETE FROM {t}",
		.date = "DATE '{v}'",
		.timestamp = "TIMESTAMP '{v}'",
		.timestamptz = "TIMESTAMP '{v}'",
		.cursor_text = "CAST({c} AS CHAR)",
		.yes = "TRUE",
		.no = "FALSE",
		.texts = texts_mysql,
	},
	{
		/* Two loads at once would both find a row missing: one waits. */
		.name = "postgres",
		.can_merge = true,
		.update = GW_MERGE_FROM,
		.remove = GW_MERGE_FROM,
		.same = "{a} IS NOT DISTINCT FROM {b}",
		.differs = "{a} IS DISTINCT FROM {b}",
		.begin = "BEGIN",
		.commit = "COMMIT",
		.lock = "LOCK TABLE {t} IN SHARE ROW EXCLUSIVE MODE",
		.clear = "TRUNCATE TABLE {t}",
		.remove_all = "DELETE FROM {t}",
		.except = "EXCEPT",
		.date = "DATE '{v}'",
		.timestamp = "TIMESTAMP '{v}'",
		.timestamptz = "TIMESTAMPTZ '{v}+00'",
		.cursor_text = "to_char({c} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
		.yes = "TRUE",
		.no = "FALSE",
		.texts = texts_postgres,
	},
	{
		/* TRUNCATE would end the transaction; there is no IS DISTINCT FROM. */
		.name = "redshift",
		.update = GW_MERGE_FROM,
		.remove = GW_MERGE_EXISTS,
		.plain_update = true,
		.plain_remove = true,
		.same = SAME_BY_OR,
		.differs = "({a} <> {b} OR ({a} IS NULL AND {b} IS NOT NULL)"
				   " OR ({a} IS NOT NULL AND {b} IS NULL))",
		.begin = "BEGIN",
		.commit = "COMMIT",
		.lock = "LOCK {t}",
		.clear = "DELETE FROM {t}",
		.remove_all = "DELETE FROM {t}",
		.except = "EXCEPT",
		.date = "CAST('{v}' AS DATE)",
		.timestamp = "CAST('{v}' AS TIMESTAMP)",
		.timestamptz = "CAST('{v}+00' AS TIMESTAMPTZ)",
		.cursor_text = "TO_CHAR({c} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
		.yes = "TRUE",
		.no = "FALSE",
		.texts = texts_redshift,
	},
	{
		.name = "snowflake",
		.can_merge = true,
		.remove = GW_MERGE_FROM,
		.plain_remove = true,
		.same = "{a} IS NOT DISTINCT FROM {b}",
		.differs = "{a} IS DISTINCT FROM {b}",
		.begin = "BEGIN TRANSACTION",
		.commit = "COMMIT",
		.clear = "DELETE FROM {t}",
		.remove_all = "DELETE FROM {t}",
		.overwrite = "INSERT OVERWRITE INTO {t}",
		.except = "EXCEPT",
		.date = "CAST('{v}' AS DATE)",
		.timestamp = "CAST('{v}' AS TIMESTAMP_NTZ)",
		.timestamptz = "CAST('{v} +0000' AS TIMESTAMP_TZ)",
		.cursor_text = "TO_CHAR(CONVERT_TIMEZONE('UTC', {c}), 'YYYY-MM-DD HH24:MI:SS.FF6')",
		.yes = "TRUE",
		.no = "FALSE",
		.texts = texts_snowflake,
	},
	{
		/* A MERGE holds at most one UPDATE and one DELETE, and races without HOLDLOCK. */
		.name = "sqlserver",
		.can_merge = true,
		.remove = GW_MERGE_JOIN,
		.same = SAME_BY_OR,
		.differs = "EXISTS (SELECT {a} EXCEPT SELECT {b})",
		.begin = "BEGIN TRANSACTION",
		.commit = "COMMIT TRANSACTION",
		.clear = "TRUNCATE TABLE {t}",
		.remove_all = "DELETE FROM {t}",
		.merge_hint = " WITH (HOLDLOCK)",
		.end = ";",
		.except = "EXCEPT",
		.date = "CAST('{v}' AS date)",
		.timestamp = "CAST('{v}' AS datetime2(6))",
		.timestamptz = "CAST('{v} +00:00' AS datetimeoffset(6))",
		.cursor_text = "CONVERT(varchar(26), SWITCHOFFSET({c}, '+00:00'), 121)",
		.yes = "1",
		.no = "0",
		.texts = texts_sqlserver,
	},
};

const GwMergeTarget *
gw_merge_target(const GwDdlTarget *target)
{
	for (int i = 0; i < lengthof(merge_targets); i++)
	{
		if (strcmp(merge_targets[i].name, target->name) == 0)
			return &merge_targets[i];
	}
	return NULL;
}
