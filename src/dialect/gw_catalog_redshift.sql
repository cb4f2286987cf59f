-- How Amazon Redshift's catalogs are read.  All of it stays on the leader node,
-- which is where PostgreSQL 8.0's catalogs live: tables whose names begin with
-- pg_ and functions the leader has; a system view that asks the compute nodes
-- (svv_table_info and its like) may not be joined with them.  8.0 has no JSON
-- and the leader no LISTAGG, so a description has many rows; arrays take no ANY.  Nobody can make an
-- operator or type there, and the search path is pinned: those stand plain.
--
-- https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions_leader_node_only.html
-- https://docs.aws.amazon.com/redshift/latest/dg/c_join_PG.html

-- name: redshift_databases
SELECT d.datname::text, pg_catalog.obj_description(d.oid, 'pg_database')
FROM pg_catalog.pg_database d
WHERE d.datallowconn AND d.datname NOT IN ('template0', 'template1', 'padb_harvest', 'sys:internal')
ORDER BY 1

-- name: redshift_schemas
SELECT n.nspname::text, pg_catalog.obj_description(n.oid, 'pg_namespace')
FROM pg_catalog.pg_namespace n
WHERE pg_catalog.strpos(n.nspname::text, 'pg_') <> 1
  AND n.nspname NOT IN ('information_schema', 'catalog_history')
ORDER BY 1

-- name: redshift_tables
-- How many rows there are is known since the last ANALYZE; how many bytes only
-- the compute nodes know.
SELECT n.nspname::text,
       c.relname::text,
       CASE WHEN pg_catalog.strpos(n.nspname::text, 'pg_temp_') = 1 THEN 'temporary'
            WHEN c.relkind = 'v' THEN 'view'
            WHEN c.relkind = 'm' THEN 'materialized_view'
            ELSE 'table' END,
       CASE WHEN c.relkind = 'r' AND c.reltuples > 0
            THEN c.reltuples::bigint::text END,
       NULL::text,
       pg_catalog.obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm')
  AND CASE WHEN $1::text IS NULL
           THEN pg_catalog.strpos(n.nspname::text, 'pg_') <> 1
                AND n.nspname NOT IN ('information_schema', 'catalog_history')
           ELSE n.nspname::text = $1::text END
  AND ($2::text IS NULL OR c.relname::text LIKE $2::text)
ORDER BY 1, 2

-- name: redshift_identity
SELECT CASE WHEN pg_catalog.strpos(pg_catalog.version(), 'Redshift ') > 0
            THEN 'Redshift ' || pg_catalog.split_part(pg_catalog.version(), 'Redshift ', 2)
            ELSE pg_catalog.version() END,
       CURRENT_USER::text,
       pg_catalog.current_database()::text,
       COALESCE(CASE WHEN pg_catalog.strpos(pg_catalog.current_schema()::text, 'pg_') <> 1
                     THEN pg_catalog.current_schema()::text END, 'public')

-- name: redshift_clock
-- The clock in UTC, and as a clock on the wall of the zone $1, else of the zone
-- that sessions start with, which is UTC unless the user was altered.  getdate()
-- gives whole seconds that have passed, in the session's zone, pinned to UTC.  In
-- the two hours before clocks go back the wall clock stands at the hour that will
-- come twice, so that no value written later is below it; zones change at
-- full and half hours.
SELECT pg_catalog.to_char(c.t, 'YYYY-MM-DD HH24:MI:SS') || '+00',
       pg_catalog.to_char(LEAST(c.t AT TIME ZONE 'UTC' AT TIME ZONE c.zone,
                                c.h1 AT TIME ZONE 'UTC' AT TIME ZONE c.zone,
                                c.h2 AT TIME ZONE 'UTC' AT TIME ZONE c.zone,
                                c.h3 AT TIME ZONE 'UTC' AT TIME ZONE c.zone,
                                c.h4 AT TIME ZONE 'UTC' AT TIME ZONE c.zone),
                          'YYYY-MM-DD HH24:MI:SS')
FROM (SELECT b.t, b.zone,
             GREATEST(b.t, b.h + interval '30 minutes') AS h1, b.h + interval '60 minutes' AS h2,
             b.h + interval '90 minutes' AS h3, b.h + interval '120 minutes' AS h4
      FROM (SELECT a.t, pg_catalog.date_trunc('hour', a.t) AS h,
                   COALESCE($1::text, 'UTC') AS zone
            FROM (SELECT getdate() AS t) a) b) c

-- name: redshift_permission
-- (schema, table, action): whether the current user may.  TRUNCATE, ALTER and
-- DROP are the owner's, or a superuser's.
SELECT CASE WHEN
  pg_catalog.has_schema_privilege(n.nspname::text, 'usage') AND
  CASE WHEN $3::text = 'create'
       THEN pg_catalog.has_schema_privilege(n.nspname::text, 'create')
       WHEN $3::text IN ('alter', 'drop', 'truncate')
       THEN u.usesuper OR c.relowner = u.usesysid
            OR ($3::text = 'drop' AND n.nspowner = u.usesysid)
       ELSE pg_catalog.has_table_privilege(
              pg_catalog.quote_ident(n.nspname::text) || '.' ||
              pg_catalog.quote_ident(c.relname::text), $3::text)
  END THEN 't' ELSE 'f' END
FROM pg_catalog.pg_namespace n
JOIN pg_catalog.pg_user u ON u.usename = CURRENT_USER
LEFT JOIN pg_catalog.pg_class c
  ON c.relnamespace = n.oid AND c.relname::text = $2::text
 AND c.relkind IN ('r', 'v', 'm')
WHERE n.nspname::text = $1::text
  AND (c.oid IS NOT NULL OR $3::text = 'create')

-- name: redshift_describe
-- Rows of one table: 1 the table itself, 2 a column, 3 a column of a key, 4 a
-- column that a foreign key refers to.  Late-binding views have no columns in the catalogs: a
-- function lists them.
SELECT n.nspname::text AS schema_name, c.relname::text AS table_name,
       1 AS part, 0 AS place, c.relkind::text AS name,
       c.reldiststyle::text AS type,
       CASE WHEN NOT pg_catalog.has_table_privilege(
              pg_catalog.quote_ident(n.nspname::text) || '.' ||
              pg_catalog.quote_ident(c.relname::text), 'select')
            THEN 'not readable' END AS flag,
       CASE WHEN c.reltuples > 0 THEN c.reltuples::bigint::text END AS value,
       NULL::text AS encoding, NULL::text AS sortkey,
       pg_catalog.current_database()::text AS other_schema,
       pg_catalog.split_part(pg_catalog.version(), 'Redshift ', 2) AS other_table,
       pg_catalog.obj_description(c.oid, 'pg_class') AS comment
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm')
  AND n.nspname::text = $1::text
  AND ($2::text IS NULL OR c.relname::text = $2::text)
UNION ALL
SELECT n.nspname::text, c.relname::text, 2, a.attnum::integer,
       a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attnotnull THEN 'not null' END, d.adsrc::text,
       pg_catalog.format_encoding(a.attencodingtype::integer)::text,
       a.attsortkeyord::text,
       CASE WHEN a.attisdistkey THEN 'distkey' END, NULL::text,
       pg_catalog.col_description(c.oid, a.attnum::integer)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'v', 'm')
  AND n.nspname::text = $1::text
  AND ($2::text IS NULL OR c.relname::text = $2::text)
UNION ALL
SELECT v.view_schema::text, v.view_name::text, 2, v.col_num,
       v.col_name::text, v.col_type::text,
       NULL::text, NULL::text, NULL::text, NULL::text,
       NULL::text, NULL::text, NULL::text
FROM pg_catalog.pg_get_late_binding_view_cols()
     AS v(view_schema name, view_name name, col_name name, col_type varchar, col_num int)
WHERE v.view_schema::text = $1::text
  AND ($2::text IS NULL OR v.view_name::text = $2::text)
UNION ALL
SELECT n.nspname::text, c.relname::text, 3, a.attnum::integer,
       k.conname::text, k.contype::text, a.attname::text,
       pg_catalog.array_to_string(k.conkey, ','),
       k.confdeltype::text, k.confupdtype::text,
       rn.nspname::text, r.relname::text, NULL::text
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f')
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
 AND pg_catalog.strpos(',' || pg_catalog.array_to_string(k.conkey, ',') || ',', ',' || a.attnum::text || ',') > 0
LEFT JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE n.nspname::text = $1::text
  AND ($2::text IS NULL OR c.relname::text = $2::text)
UNION ALL
SELECT n.nspname::text, c.relname::text, 4, a.attnum::integer,
       k.conname::text, k.contype::text, a.attname::text,
       pg_catalog.array_to_string(k.confkey, ','),
       NULL::text, NULL::text, NULL::text, NULL::text,
       NULL::text
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f'
JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid
 AND pg_catalog.strpos(',' || pg_catalog.array_to_string(k.confkey, ',') || ',', ',' || a.attnum::text || ',') > 0
WHERE n.nspname::text = $1::text
  AND ($2::text IS NULL OR c.relname::text = $2::text)
ORDER BY 1, 2, 3, 4
