-- name: databricks_pins
PINS SET ANSI_MODE
-- name: databricks_databases
SELECT catalog_name, comment FROM system.information_schema.catalogs ORDER BY catalog_name
-- name: databricks_schemas
SELECT schema_name, comment FROM information_schema.schemata ORDER BY schema_name
-- name: databricks_tables
SELECT table_schema, table_name,
  CASE WHEN table_type = 'VIEW' THEN 'view' WHEN table_type = 'MATERIALIZED_VIEW' THEN 'materialized_view'
       WHEN table_type = 'EXTERNAL' THEN 'external' WHEN table_type = 'FOREIGN' THEN 'foreign' ELSE 'table' END,
  CAST(NULL AS STRING), CAST(NULL AS STRING), comment
FROM information_schema.tables
WHERE table_schema = lower(COALESCE(:p1, current_schema())) AND (:p2 IS NULL OR table_name LIKE lower(:p2))
ORDER BY table_name
-- name: databricks_version
SMALL SELECT CAST(unix_micros(last_altered) AS STRING) FROM information_schema.tables
WHERE table_schema = lower(COALESCE(:p1, current_schema())) AND table_name = lower(:p2)
-- name: databricks_describe
SELECT c.table_schema AS `schema`, c.table_name AS `table`, t.table_type AS kind, t.comment AS table_comment,
  c.table_catalog AS catalog, c.column_name AS name, CAST(c.ordinal_position AS STRING) AS place,
  c.full_data_type AS type, c.is_nullable AS nullable, c.column_default AS `default`, c.comment AS comment,
  CAST(c.partition_index AS STRING) AS partition_place, c.identity_generation AS identity,
  c.identity_start, c.identity_increment, c.generation_expression AS generated, k.constraint_name AS key_name,
  k.constraint_type AS key_type, CAST(k.ordinal_position AS STRING) AS key_place,
  k.unique_schema AS ref_schema, k.unique_table AS ref_table, k.unique_column AS ref_column
FROM information_schema.columns AS c
JOIN information_schema.tables AS t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
LEFT JOIN (SELECT u.table_schema, u.table_name, u.column_name, u.ordinal_position, x.constraint_name,
                  x.constraint_type, r.table_schema AS unique_schema, r.table_name AS unique_table,
                  r.column_name AS unique_column
           FROM information_schema.table_constraints AS x
           JOIN information_schema.key_column_usage AS u
             ON u.constraint_schema = x.constraint_schema AND u.constraint_name = x.constraint_name
           LEFT JOIN information_schema.referential_constraints AS f
             ON f.constraint_schema = x.constraint_schema AND f.constraint_name = x.constraint_name
           LEFT JOIN information_schema.key_column_usage AS r
             ON r.constraint_catalog = f.unique_constraint_catalog
            AND r.constraint_schema = f.unique_constraint_schema
            AND r.constraint_name = f.unique_constraint_name
            AND r.ordinal_position = u.position_in_unique_constraint
           WHERE x.constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY')) AS k
  ON k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name
WHERE c.table_schema = lower(COALESCE(:p1, current_schema())) AND (:p2 IS NULL OR c.table_name = lower(:p2))
ORDER BY c.table_schema, c.table_name, c.ordinal_position, key_name
-- name: databricks_identity
SMALL SELECT 'Databricks SQL', current_user(), current_catalog(), current_schema()
-- name: databricks_clock
SMALL SELECT date_format(current_timestamp(), 'yyyy-MM-dd HH:mm:ss.SSSSSSXXX'),
  CAST(convert_timezone(COALESCE(:p1, 'UTC'), CAST(current_timestamp() AS TIMESTAMP_NTZ)) AS STRING)
-- name: databricks_detail
DETAIL of a table, whose name stands in the statement: gw_databricks_job.c writes it
