-- How Snowflake's catalogs are read.  {database} and {schema} are the server's
-- options, {1} and {2} the parameters; SHOW takes no bind variables.  Names are
-- those that are stored.

-- name: snowflake_pin
-- What the API's requests cannot set is looked at.
CATALOG SHOW PARAMETERS IN SESSION
->> SELECT "key", CASE "key" WHEN 'TIMEZONE' THEN 'UTC'
                             WHEN 'QUOTED_IDENTIFIERS_IGNORE_CASE' THEN 'false' ELSE 'true' END, "value"
FROM $1
WHERE "key" IN ('TIMEZONE', 'QUOTED_IDENTIFIERS_IGNORE_CASE', 'AUTOCOMMIT',
                'ERROR_ON_NONDETERMINISTIC_MERGE')

-- name: snowflake_databases
CATALOG SHOW DATABASES ->> SELECT "name", NULLIF("comment", '') FROM $1 ORDER BY 1

-- name: snowflake_schemas
CATALOG SELECT SCHEMA_NAME, COMMENT FROM "{database}".INFORMATION_SCHEMA.SCHEMATA
WHERE SCHEMA_NAME <> 'INFORMATION_SCHEMA' ORDER BY 1

-- name: snowflake_tables
CATALOG SELECT TABLE_SCHEMA, TABLE_NAME,
  CASE TABLE_TYPE WHEN 'VIEW' THEN 'view' WHEN 'MATERIALIZED VIEW' THEN 'materialized_view'
                  WHEN 'EXTERNAL TABLE' THEN 'external' WHEN 'TEMPORARY TABLE' THEN 'temporary'
                  ELSE 'table' END,
  CAST(ROW_COUNT AS VARCHAR), CAST(BYTES AS VARCHAR), COMMENT
FROM "{database}".INFORMATION_SCHEMA.TABLES
WHERE TABLE_SCHEMA <> 'INFORMATION_SCHEMA' AND ({1} IS NULL OR TABLE_SCHEMA = {1})
  AND ({2} IS NULL OR TABLE_NAME LIKE {2} ESCAPE '\\')
ORDER BY 1, 2

-- name: snowflake_identity
CATALOG SELECT 'Snowflake ' || CURRENT_VERSION(), CURRENT_USER(), CURRENT_DATABASE(), CURRENT_SCHEMA()

-- name: snowflake_clock
CATALOG SELECT CAST(CURRENT_TIMESTAMP() AS TIMESTAMP_LTZ(6)),
  CAST(CONVERT_TIMEZONE('UTC', COALESCE({1}, 'UTC'), SYSDATE()) AS TIMESTAMP_NTZ(6))

-- name: snowflake_version
CATALOG SELECT CAST(CREATED AS VARCHAR) || '/' || CAST(LAST_DDL AS VARCHAR)
FROM "{database}".INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = {1} AND TABLE_NAME = {2}

-- name: snowflake_describe
-- A whole schema, or one table of it, by one statement: the keys, then the rest beside them;
-- a column that is in several keys has a row for each.  Collations stand in the types that
-- DESCRIBE gives, for one table (sql-reference/collation); COLLATION_NAME promises nothing.
CATALOG {describe}SHOW PRIMARY KEYS IN SCHEMA "{database}"."{1}"
->> SHOW UNIQUE KEYS IN SCHEMA "{database}"."{1}"
->> SHOW IMPORTED KEYS IN SCHEMA "{database}"."{1}"
->> SELECT c.TABLE_SCHEMA AS "schema", c.TABLE_NAME AS "table", t.TABLE_CATALOG AS "database",
  t.TABLE_TYPE AS "kind", CAST(t.ROW_COUNT AS VARCHAR) AS "rows",
  CAST(t.BYTES AS VARCHAR) AS "bytes", t.CLUSTERING_KEY AS "cluster",
  t.COMMENT AS "table_comment", c.COLUMN_NAME AS "name", c.DATA_TYPE AS "type",
  CAST(c.CHARACTER_MAXIMUM_LENGTH AS VARCHAR) AS "length",
  CAST(c.NUMERIC_PRECISION AS VARCHAR) AS "precision",
  CAST(c.NUMERIC_SCALE AS VARCHAR) AS "scale",
  CAST(c.DATETIME_PRECISION AS VARCHAR) AS "fraction", c.IS_NULLABLE AS "nullable",
  c.COLUMN_DEFAULT AS "default", c.COLLATION_NAME AS "collation", {declared} AS "declared",
  c.IS_IDENTITY AS "identity",
  c.IDENTITY_START AS "identity_start", c.IDENTITY_INCREMENT AS "identity_increment",
  c.COMMENT AS "comment", k."key_kind", k."key_name", CAST(k."position" AS VARCHAR) AS "key_position",
  k."ref_database", k."ref_schema", k."ref_table", k."ref_column", k."on_update", k."on_delete"
FROM "{database}".INFORMATION_SCHEMA.COLUMNS AS c
JOIN "{database}".INFORMATION_SCHEMA.TABLES AS t
  ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
{described}LEFT JOIN (SELECT "table_name" AS "of", "column_name" AS "column", 'primary' AS "key_kind",
             "constraint_name" AS "key_name", "key_sequence" AS "position",
             NULL AS "ref_database", NULL AS "ref_schema", NULL AS "ref_table",
             NULL AS "ref_column", NULL AS "on_update", NULL AS "on_delete"
           FROM $3
           UNION ALL
           SELECT "table_name", "column_name", 'unique', "constraint_name", "key_sequence",
             NULL, NULL, NULL, NULL, NULL, NULL
           FROM $2
           UNION ALL
           SELECT "fk_table_name", "fk_column_name", 'foreign', "fk_name", "key_sequence",
             "pk_database_name", "pk_schema_name", "pk_table_name", "pk_column_name",
             "update_rule", "delete_rule"
           FROM $1) AS k
  ON k."of" = c.TABLE_NAME AND k."column" = c.COLUMN_NAME
WHERE c.TABLE_SCHEMA = '{1}' AND ({2} IS NULL OR c.TABLE_NAME = {2})
ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION, k."key_kind", k."key_name"
