-- name: bigquery_databases
GET projects /projects
-- name: bigquery_schemas
GET datasets /projects/{project}/datasets?maxResults=1000
-- name: bigquery_tables
GET tables /projects/{project}/datasets/{1}/tables?maxResults=1000
-- name: bigquery_version
GET version /projects/{project}/datasets/{1}/tables/{2}?fields=etag
-- name: bigquery_describe
-- One table is a document of its own, free of charge; a whole dataset is the one query below it.
GET document /projects/{project}/datasets/{1}/tables/{2}?view=STORAGE_STATS
SELECT '{1}', c.table_name, TO_JSON_STRING(STRUCT(
    ANY_VALUE(t.table_type) AS type, '{project}' AS project, '{1}' AS dataset,
    c.table_name AS `table`, MAX(s.row_count) AS num_rows, MAX(s.size_bytes) AS num_bytes,
    MAX(o.option_value) AS description,
    ARRAY_AGG(STRUCT(c.column_name AS name, c.data_type, c.is_nullable, c.column_default,
                     c.collation_name, c.is_partitioning_column,
                     c.clustering_ordinal_position, c.is_hidden, f.description,
                     k.ordinal_position AS key_position)
              ORDER BY c.ordinal_position) AS columns))
FROM `{project}.{1}`.INFORMATION_SCHEMA.COLUMNS AS c
JOIN `{project}.{1}`.INFORMATION_SCHEMA.TABLES AS t ON t.table_name = c.table_name
LEFT JOIN `{project}.{1}`.INFORMATION_SCHEMA.COLUMN_FIELD_PATHS AS f
  ON f.table_name = c.table_name AND f.field_path = c.column_name
LEFT JOIN (SELECT u.table_name, u.column_name, u.ordinal_position
           FROM `{project}.{1}`.INFORMATION_SCHEMA.KEY_COLUMN_USAGE AS u
           JOIN `{project}.{1}`.INFORMATION_SCHEMA.TABLE_CONSTRAINTS AS p
             ON p.constraint_name = u.constraint_name
            AND p.constraint_type = 'PRIMARY KEY') AS k
  ON k.table_name = c.table_name AND k.column_name = c.column_name
LEFT JOIN `{project}.{1}`.INFORMATION_SCHEMA.TABLE_OPTIONS AS o
  ON o.table_name = c.table_name AND o.option_name = 'description'
LEFT JOIN `{project}.{1}.__TABLES__` AS s ON s.table_id = c.table_name
GROUP BY c.table_name
ORDER BY c.table_name
-- name: bigquery_identity
CATALOG SELECT 'BigQuery', SESSION_USER(), '{project}', NULLIF('{dataset}', '')
-- name: bigquery_clock
CATALOG SELECT FORMAT_TIMESTAMP('%F %H:%M:%E6S+00', CURRENT_TIMESTAMP(), 'UTC'),
  FORMAT_TIMESTAMP('%F %H:%M:%E6S', CURRENT_TIMESTAMP(), COALESCE(@p1, 'UTC'))
