-- How PostgreSQL's catalogs are read: the platforms local and postgres share
-- these statements.  One text serves PostgreSQL 12 to 18: what a version may
-- lack is looked up in to_jsonb(row).  Every name and operator is qualified, so
-- that they mean the same under any search_path (the identity is asked under
-- the caller's); hence no IN, BETWEEN, LIKE, NULLIF, IS DISTINCT FROM or CASE x WHEN, which find their operators there.

-- name: catalog_databases
SELECT d.datname::pg_catalog.text,
       pg_catalog.shobj_description(d.oid, 'pg_database')
FROM pg_catalog.pg_database d
WHERE d.datallowconn AND NOT d.datistemplate
ORDER BY d.datname COLLATE pg_catalog."C"

-- name: catalog_schemas
SELECT n.nspname::pg_catalog.text,
       pg_catalog.obj_description(n.oid, 'pg_namespace')
FROM pg_catalog.pg_namespace n
WHERE NOT pg_catalog.starts_with(n.nspname::pg_catalog.text, 'pg_')
  AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema'
ORDER BY n.nspname COLLATE pg_catalog."C"

-- name: catalog_tables
SELECT n.nspname::pg_catalog.text,
       c.relname::pg_catalog.text,
       CASE WHEN c.relpersistence OPERATOR(pg_catalog.=) 't' THEN 'temporary'
            WHEN c.relkind OPERATOR(pg_catalog.=) 'v' THEN 'view'
            WHEN c.relkind OPERATOR(pg_catalog.=) 'm' THEN 'materialized_view'
            WHEN c.relkind OPERATOR(pg_catalog.=) 'f' THEN 'foreign'
            ELSE 'table' END,
       CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'p' THEN
              (SELECT pg_catalog.sum(l.reltuples)::pg_catalog.int8::pg_catalog.text
               FROM pg_catalog.pg_partition_tree(c.oid) p
               JOIN pg_catalog.pg_class l ON l.oid OPERATOR(pg_catalog.=) p.relid::pg_catalog.oid
               WHERE p.isleaf
               HAVING pg_catalog.bool_and(l.reltuples OPERATOR(pg_catalog.>) 0
                                          OR l.relpages OPERATOR(pg_catalog.>) 0))
            WHEN c.relkind OPERATOR(pg_catalog.=) 'v' THEN NULL
            WHEN c.reltuples OPERATOR(pg_catalog.>) 0 OR c.relpages OPERATOR(pg_catalog.>) 0 THEN
              c.reltuples::pg_catalog.int8::pg_catalog.text
       END,
       CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'p' THEN
              (SELECT pg_catalog.sum(pg_catalog.pg_table_size(p.relid))::pg_catalog.text
               FROM pg_catalog.pg_partition_tree(c.oid) p WHERE p.isleaf)
            WHEN c.relkind OPERATOR(pg_catalog.=) 'r' OR c.relkind OPERATOR(pg_catalog.=) 'm' THEN
              pg_catalog.pg_table_size(c.oid)::pg_catalog.text
       END,
       pg_catalog.obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog."char"[])
  AND CASE WHEN $1::pg_catalog.text IS NULL
           THEN NOT pg_catalog.starts_with(n.nspname::pg_catalog.text, 'pg_')
                AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema'
           ELSE n.nspname::pg_catalog.text OPERATOR(pg_catalog.=) $1::pg_catalog.text END
  AND ($2::pg_catalog.text IS NULL
       OR c.relname::pg_catalog.text OPERATOR(pg_catalog.~~) $2::pg_catalog.text)
ORDER BY n.nspname COLLATE pg_catalog."C", c.relname COLLATE pg_catalog."C"

-- name: catalog_identity
SELECT pg_catalog.current_setting('server_version'),
       CURRENT_USER::pg_catalog.text,
       pg_catalog.current_database()::pg_catalog.text,
       COALESCE((SELECT p.name::pg_catalog.text
                 FROM pg_catalog.unnest(pg_catalog.current_schemas(false))
                      WITH ORDINALITY AS p(name, pos)
                 WHERE NOT pg_catalog.starts_with(p.name::pg_catalog.text, 'pg_')
                 ORDER BY p.pos LIMIT 1), 'public')

-- name: catalog_clock
-- The clock in UTC, and as a clock on the server's wall: in the zone $1, else
-- the one that sessions start with, not the one pinned for us.  In the two hours before clocks go back the wall
-- clock stands at the hour that will come twice, so that no value written
-- later is below it.
SELECT pg_catalog.to_char(pg_catalog.timezone('UTC', c.now),
                          'YYYY-MM-DD HH24:MI:SS.US') OPERATOR(pg_catalog.||) '+00',
       pg_catalog.to_char(
         LEAST(pg_catalog.timezone(z.name, c.now),
               (SELECT pg_catalog.min(pg_catalog.timezone(z.name,
                         pg_catalog.date_trunc('minute', c.now)
                         OPERATOR(pg_catalog.+) pg_catalog.make_interval(mins => m.m)))
                FROM pg_catalog.generate_series(1, 120) m (m))),
         'YYYY-MM-DD HH24:MI:SS.US')
FROM (SELECT pg_catalog.clock_timestamp() AS now OFFSET 0) c,
     (SELECT COALESCE($1::pg_catalog.text, s.reset_val) AS name FROM pg_catalog.pg_settings s
      WHERE s.name OPERATOR(pg_catalog.=) 'TimeZone' OFFSET 0) z

-- name: catalog_horizon
-- Both clocks first, then who was active after they were read: the
-- transactions of other backends of this database, visible to every role, and
-- prepared ones.  One that has written nothing yet counts too: its now() lies
-- in the past.  Autovacuum and its like, which have no user, write no rows.
-- A standby sees none of its primary's writers: NULL.  Last, a text that no
-- other running database has.
SELECT pg_catalog.to_char(pg_catalog.timezone('UTC', c.now),
                          'YYYY-MM-DD HH24:MI:SS.US') OPERATOR(pg_catalog.||) '+00',
       pg_catalog.to_char(
         LEAST(pg_catalog.timezone(z.name, c.now),
               (SELECT pg_catalog.min(pg_catalog.timezone(z.name,
                         pg_catalog.date_trunc('minute', c.now)
                         OPERATOR(pg_catalog.+) pg_catalog.make_interval(mins => m.m)))
                FROM pg_catalog.generate_series(1, 120) m (m))),
         'YYYY-MM-DD HH24:MI:SS.US'),
       CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL ELSE
       ARRAY(SELECT l.virtualxid
             FROM pg_catalog.pg_locks l
             LEFT JOIN pg_catalog.pg_stat_get_activity(NULL) s
               ON s.pid OPERATOR(pg_catalog.=) l.pid
             WHERE l.locktype OPERATOR(pg_catalog.=) 'virtualxid'
               AND l.granted AND l.virtualxid IS NOT NULL
               AND l.mode OPERATOR(pg_catalog.=) 'ExclusiveLock'
               AND (l.pid IS NULL OR l.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid())
               AND (s.pid IS NULL OR s.usesysid IS NOT NULL)
               AND COALESCE(s.datid OPERATOR(pg_catalog.=)
                            (SELECT d.oid FROM pg_catalog.pg_database d
                             WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()),
                            true)
             UNION ALL
             SELECT pg_catalog.concat('prepared/', p.transaction)
             FROM pg_catalog.pg_prepared_xacts p
             WHERE p.database OPERATOR(pg_catalog.=) pg_catalog.current_database()
            )::pg_catalog.text END,
       pg_catalog.concat(EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time()), '/',
                         (SELECT d.oid FROM pg_catalog.pg_database d
                          WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()))
FROM (SELECT pg_catalog.clock_timestamp() AS now OFFSET 0) c,
     (SELECT COALESCE($1::pg_catalog.text, s.reset_val) AS name FROM pg_catalog.pg_settings s
      WHERE s.name OPERATOR(pg_catalog.=) 'TimeZone' OFFSET 0) z

-- name: catalog_version
-- (schema, table): a token that changes with whatever planning reads of the
-- table's description.  Every ALTER writes new catalog rows, so their xmin
-- changes; the counts are updated in place and stand for themselves.
SELECT pg_catalog.concat_ws('/', c.oid, c.xmin, c.relpages, c.reltuples,
         pg_catalog.string_agg(pg_catalog.concat_ws(',', a.xmin, t.xmin, k.xmin), ';'
                               ORDER BY a.attnum))
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) c.oid
 AND a.attnum OPERATOR(pg_catalog.>) 0
LEFT JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) a.atttypid
LEFT JOIN pg_catalog.pg_collation k ON k.oid OPERATOR(pg_catalog.=) a.attcollation
WHERE n.nspname OPERATOR(pg_catalog.=) $1::pg_catalog.text
  AND c.relname OPERATOR(pg_catalog.=) $2::pg_catalog.text
GROUP BY c.oid, c.xmin, c.relpages, c.reltuples

-- name: catalog_permission
-- (schema, table, action): whether the current user may.  To read or change a
-- table takes the right on the table, or on each of its columns, and on the
-- schema; to alter or drop it, being its owner (to drop: or the schema's).
SELECT CASE WHEN
  pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND
  CASE $3::pg_catalog.text
    WHEN 'create' THEN pg_catalog.has_schema_privilege(n.oid, 'CREATE')
    WHEN 'alter' THEN pg_catalog.pg_has_role(c.relowner, 'USAGE')
    WHEN 'drop' THEN pg_catalog.pg_has_role(c.relowner, 'USAGE')
                  OR pg_catalog.pg_has_role(n.nspowner, 'USAGE')
    WHEN 'delete' THEN pg_catalog.has_table_privilege(c.oid, 'DELETE')
    WHEN 'truncate' THEN pg_catalog.has_table_privilege(c.oid, 'TRUNCATE')
    ELSE pg_catalog.has_table_privilege(c.oid, $3::pg_catalog.text)
      OR COALESCE((SELECT pg_catalog.bool_and(
                            pg_catalog.has_column_privilege(c.oid, a.attnum, $3::pg_catalog.text))
                   FROM pg_catalog.pg_attribute a
                   WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid
                     AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped), false)
  END THEN 't' ELSE 'f' END
FROM pg_catalog.pg_namespace n
LEFT JOIN pg_catalog.pg_class c
  ON c.relnamespace OPERATOR(pg_catalog.=) n.oid
 AND c.relname OPERATOR(pg_catalog.=) $2::pg_catalog.text
 AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog."char"[])
WHERE n.nspname OPERATOR(pg_catalog.=) $1::pg_catalog.text
  AND (c.oid IS NOT NULL OR $3::pg_catalog.text OPERATOR(pg_catalog.=) 'create')

-- name: catalog_copy_target
-- (schema, table): the columns of a table that takes COPY as it takes INSERT.
-- COPY passes over rules and over GENERATED ALWAYS AS IDENTITY, and refuses
-- views and row security.
SELECT a.attname::pg_catalog.text, a.atttypid::pg_catalog.oid::pg_catalog.text,
       CASE WHEN a.attgenerated OPERATOR(pg_catalog.=) '' THEN 'f' ELSE 't' END
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) c.oid
 AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
WHERE n.nspname OPERATOR(pg_catalog.=) $1::pg_catalog.text
  AND c.relname OPERATOR(pg_catalog.=) $2::pg_catalog.text
  AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}'::pg_catalog."char"[])
  AND NOT c.relhasrules
  AND NOT pg_catalog.row_security_active(c.oid)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute i
                  WHERE i.attrelid OPERATOR(pg_catalog.=) c.oid
                    AND i.attidentity OPERATOR(pg_catalog.=) 'a')

-- name: catalog_describe
WITH RECURSIVE
rel AS (
  SELECT c.oid AS relid, n.nspname, c.relname, c.relkind, c.relpersistence, c.reltuples,
         c.relpages, c.relispartition, c.relpartbound
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
  WHERE n.nspname::pg_catalog.text OPERATOR(pg_catalog.=) $1::pg_catalog.text
    AND ($2::pg_catalog.text IS NULL
         OR c.relname::pg_catalog.text OPERATOR(pg_catalog.=) $2::pg_catalog.text)
    AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog."char"[])
),
col(relid, typid, collid) AS (
  SELECT r.relid, a.atttypid, a.attcollation
  FROM rel r
  JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) r.relid
  WHERE a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
),
-- Every type a column's type is made of, however deep.  Once per type and not
-- once per table, so that a large schema costs no more than its size.
made_of(root, typid) AS (
  SELECT DISTINCT c.typid, c.typid FROM col c
  UNION
  SELECT m.root, part.typid
  FROM made_of m
  JOIN pg_catalog.pg_type t
    ON t.oid OPERATOR(pg_catalog.=) m.typid
   -- Says nothing new: it makes the planner expect the few rows there are,
   -- and not compile (JIT) for seconds what runs for milliseconds.
   AND t.oid::pg_catalog.int8 OPERATOR(pg_catalog.=) m.typid::pg_catalog.int8
  CROSS JOIN LATERAL (
    SELECT t.typelem AS typid
    WHERE t.typcategory OPERATOR(pg_catalog.=) 'A' AND t.typelem OPERATOR(pg_catalog.<>) 0
    UNION ALL
    SELECT t.typbasetype WHERE t.typtype OPERATOR(pg_catalog.=) 'd'
    UNION ALL
    SELECT a.atttypid FROM pg_catalog.pg_attribute a
    WHERE t.typtype OPERATOR(pg_catalog.=) 'c'
      AND a.attrelid OPERATOR(pg_catalog.=) t.typrelid
      AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
    UNION ALL
    SELECT g.rngsubtype FROM pg_catalog.pg_range g
    WHERE t.typtype OPERATOR(pg_catalog.=) 'r' AND g.rngtypid OPERATOR(pg_catalog.=) t.oid
  ) part
),
used(relid, typid) AS (
  SELECT DISTINCT c.relid, m.typid
  FROM col c
  JOIN made_of m ON m.root OPERATOR(pg_catalog.=) c.typid
),
-- The database's own collation; its version now, where some collation of the
-- same library tells it (pg_database_collation_actual_version is new in 15; the
-- recorded datcollversion may be out of date).
db AS (
  SELECT d.datname, pg_catalog.pg_encoding_to_char(d.encoding) AS encoding, w.provider,
         CASE WHEN w.provider OPERATOR(pg_catalog.=) 'c'
              THEN CASE WHEN d.datcollate::pg_catalog.text OPERATOR(pg_catalog.=)
                             d.datctype::pg_catalog.text
                        THEN d.datcollate::pg_catalog.text
                        ELSE pg_catalog.concat(d.datcollate, '/', d.datctype) END
              ELSE COALESCE(w.j OPERATOR(pg_catalog.->>) 'datlocale',
                            w.j OPERATOR(pg_catalog.->>) 'daticulocale') END AS locale,
         CASE WHEN w.j OPERATOR(pg_catalog.->>) 'daticurules' IS NULL THEN
                  (SELECT pg_catalog.pg_collation_actual_version(k.oid)
                   FROM pg_catalog.pg_collation k,
                        pg_catalog.to_jsonb(k) AS kj
                   WHERE k.collprovider::pg_catalog.text OPERATOR(pg_catalog.=) w.provider
                     AND CASE WHEN w.provider OPERATOR(pg_catalog.=) 'c'
                              THEN k.collversion IS NOT NULL
                                   AND NOT d.datcollate::pg_catalog.text
                                           OPERATOR(pg_catalog.~) '^(C|POSIX)($|[.])'
                              ELSE COALESCE(kj OPERATOR(pg_catalog.->>) 'colllocale',
                                            kj OPERATOR(pg_catalog.->>) 'colliculocale')
                                   OPERATOR(pg_catalog.=)
                                   COALESCE(w.j OPERATOR(pg_catalog.->>) 'datlocale',
                                            w.j OPERATOR(pg_catalog.->>) 'daticulocale') END
                   ORDER BY k.oid LIMIT 1) END AS version
  FROM pg_catalog.pg_database d
  CROSS JOIN LATERAL (
    SELECT j, COALESCE(j OPERATOR(pg_catalog.->>) 'datlocprovider', 'c') AS provider
    FROM pg_catalog.to_jsonb(d) AS j
  ) w
  WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
),
fact(typid, doc) AS MATERIALIZED (
  SELECT t.oid, pg_catalog.jsonb_build_object(
          'name', t.typname::pg_catalog.text, 'schema', tn.nspname::pg_catalog.text,
          'type', t.typtype::pg_catalog.text,
          'element', CASE WHEN t.typcategory OPERATOR(pg_catalog.=) 'A'
                           AND t.typelem OPERATOR(pg_catalog.<>) 0
                          THEN t.typelem::pg_catalog.text END,
          'collation', t.typcollation::pg_catalog.text,
          'base', CASE WHEN t.typtype OPERATOR(pg_catalog.=) 'd'
                       THEN t.typbasetype::pg_catalog.text END,
          'typmod', t.typtypmod, 'notnull', t.typnotnull, 'dims', t.typndims,
          'native', CASE WHEN t.typtype OPERATOR(pg_catalog.=) 'd'
                         THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END,
          'plain', CASE WHEN t.typtype OPERATOR(pg_catalog.=) 'd'
                        THEN pg_catalog.format_type(t.typbasetype, NULL) END,
          'subtype', (SELECT g.rngsubtype::pg_catalog.text FROM pg_catalog.pg_range g
                      WHERE g.rngtypid OPERATOR(pg_catalog.=) t.oid),
          'labels', (SELECT pg_catalog.jsonb_agg(e.enumlabel::pg_catalog.text ORDER BY e.enumsortorder)
                     FROM pg_catalog.pg_enum e WHERE e.enumtypid OPERATOR(pg_catalog.=) t.oid),
          'checks', (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                         'name', k.conname::pg_catalog.text,
                         'sql', pg_catalog.pg_get_expr(k.conbin, 0),
                         'enforced', k.convalidated) ORDER BY k.conname)
                     FROM pg_catalog.pg_constraint k
                     WHERE k.contypid OPERATOR(pg_catalog.=) t.oid
                       AND k.contype OPERATOR(pg_catalog.=) 'c'),
          'fields', (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                         'num', a.attnum, 'name', a.attname::pg_catalog.text,
                         'type', a.atttypid::pg_catalog.text, 'typmod', a.atttypmod,
                         'native', pg_catalog.format_type(a.atttypid, a.atttypmod),
                         'plain', pg_catalog.format_type(a.atttypid, NULL),
                         'dims', a.attndims, 'notnull', a.attnotnull,
                         'collation', a.attcollation::pg_catalog.text,
                         'comment', pg_catalog.col_description(a.attrelid, a.attnum::pg_catalog.int4))
                       ORDER BY a.attnum)
                     FROM pg_catalog.pg_attribute a
                     WHERE t.typtype OPERATOR(pg_catalog.=) 'c'
                       AND a.attrelid OPERATOR(pg_catalog.=) t.typrelid
                       AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped))
  FROM (SELECT DISTINCT m.typid FROM made_of m) u
  JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) u.typid
  JOIN pg_catalog.pg_namespace tn ON tn.oid OPERATOR(pg_catalog.=) t.typnamespace
),
typedict(relid, types) AS (
  SELECT u.relid, pg_catalog.jsonb_object_agg(f.typid::pg_catalog.text, f.doc)
  FROM used u
  JOIN fact f ON f.typid OPERATOR(pg_catalog.=) u.typid
  GROUP BY u.relid
),
coll(collid, doc) AS MATERIALIZED (
  SELECT k.oid, CASE
          WHEN k.collprovider OPERATOR(pg_catalog.=) 'd' THEN
            (SELECT pg_catalog.jsonb_build_object(
               'name', 'default', 'provider', db.provider, 'locale', db.locale,
               'version', db.version, 'deterministic', true, 'encoding', db.encoding) FROM db)
          ELSE pg_catalog.jsonb_build_object(
               'name', k.collname::pg_catalog.text, 'schema', kn.nspname::pg_catalog.text,
               'provider', k.collprovider::pg_catalog.text,
               'locale', COALESCE(kj OPERATOR(pg_catalog.->>) 'colllocale',
                                  kj OPERATOR(pg_catalog.->>) 'colliculocale',
                                  CASE WHEN k.collcollate::pg_catalog.text OPERATOR(pg_catalog.=)
                                            k.collctype::pg_catalog.text
                                       THEN k.collcollate::pg_catalog.text
                                       ELSE pg_catalog.concat(k.collcollate, '/', k.collctype) END),
               -- Tailoring rules are not in the version: then it proves nothing.
               'version', CASE WHEN kj OPERATOR(pg_catalog.->>) 'collicurules' IS NULL
                               THEN pg_catalog.pg_collation_actual_version(k.oid) END,
               'deterministic', k.collisdeterministic,
               'encoding', (SELECT encoding FROM db)) END
  FROM (SELECT c.collid FROM col c
        UNION
        SELECT t.typcollation FROM made_of m
        JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) m.typid) u
  JOIN pg_catalog.pg_collation k ON k.oid OPERATOR(pg_catalog.=) u.collid
  JOIN pg_catalog.pg_namespace kn ON kn.oid OPERATOR(pg_catalog.=) k.collnamespace
  CROSS JOIN LATERAL pg_catalog.to_jsonb(k) AS kj
),
colldict(relid, colls) AS (
  SELECT c.relid, pg_catalog.jsonb_object_agg(k.collid::pg_catalog.text, k.doc)
  FROM (SELECT DISTINCT col.relid, col.collid FROM col) c
  JOIN coll k ON k.collid OPERATOR(pg_catalog.=) c.collid
  GROUP BY c.relid
)
SELECT r.nspname::pg_catalog.text, r.relname::pg_catalog.text,
  pg_catalog.jsonb_build_object(
    'kind', r.relkind::pg_catalog.text,
    'persistence', r.relpersistence::pg_catalog.text,
    'schema', r.nspname::pg_catalog.text,
    'table', r.relname::pg_catalog.text,
    'database', (SELECT datname::pg_catalog.text FROM db),
    'encoding', (SELECT encoding FROM db),
    'version', pg_catalog.current_setting('server_version'),
    'captured_at', pg_catalog.to_char(pg_catalog.timezone('UTC', pg_catalog.statement_timestamp()),
                                      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'comment', pg_catalog.obj_description(r.relid, 'pg_class'),
    'readable', pg_catalog.has_any_column_privilege(r.relid, 'SELECT'),
    'rows', CASE
      WHEN r.relkind OPERATOR(pg_catalog.=) 'p' THEN
        (SELECT pg_catalog.sum(l.reltuples)::pg_catalog.int8
         FROM pg_catalog.pg_partition_tree(r.relid) p
         JOIN pg_catalog.pg_class l ON l.oid OPERATOR(pg_catalog.=) p.relid::pg_catalog.oid
         WHERE p.isleaf
         HAVING pg_catalog.bool_and(l.reltuples OPERATOR(pg_catalog.>) 0
                                    OR l.relpages OPERATOR(pg_catalog.>) 0))
      WHEN r.relkind OPERATOR(pg_catalog.=) 'v' THEN NULL
      WHEN r.reltuples OPERATOR(pg_catalog.>) 0 OR r.relpages OPERATOR(pg_catalog.>) 0 THEN
        r.reltuples::pg_catalog.int8
      END,
    'bytes', CASE
      WHEN r.relkind OPERATOR(pg_catalog.=) 'p' THEN
        (SELECT pg_catalog.sum(pg_catalog.pg_table_size(p.relid))::pg_catalog.int8
         FROM pg_catalog.pg_partition_tree(r.relid) p WHERE p.isleaf)
      WHEN r.relkind OPERATOR(pg_catalog.=) 'r' OR r.relkind OPERATOR(pg_catalog.=) 'm' THEN
        pg_catalog.pg_table_size(r.relid)
      END,
    'columns', (
      SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
          'num', a.attnum, 'name', a.attname::pg_catalog.text,
          'type', a.atttypid::pg_catalog.text, 'typmod', a.atttypmod,
          'native', pg_catalog.format_type(a.atttypid, a.atttypmod),
          'plain', pg_catalog.format_type(a.atttypid, NULL),
          'dims', a.attndims, 'notnull', a.attnotnull,
          'collation', a.attcollation::pg_catalog.text,
          -- A default names no column.  Given the table, pg_get_expr would make a list of all
          -- names in it each time, comparing each with each.
          'default', pg_catalog.pg_get_expr(d.adbin,
              CASE WHEN a.attgenerated OPERATOR(pg_catalog.=) '' THEN 0::pg_catalog.oid
                   ELSE d.adrelid END),
          'generated', a.attgenerated::pg_catalog.text,
          'identity', a.attidentity::pg_catalog.text,
          'start', s.seqstart, 'increment', s.seqincrement,
          'comment', pg_catalog.col_description(a.attrelid, a.attnum::pg_catalog.int4))
        ORDER BY a.attnum)
      FROM pg_catalog.pg_attribute a
      LEFT JOIN pg_catalog.pg_attrdef d
        ON d.adrelid OPERATOR(pg_catalog.=) a.attrelid
       AND d.adnum OPERATOR(pg_catalog.=) a.attnum
      LEFT JOIN (pg_catalog.pg_depend p
                 JOIN pg_catalog.pg_sequence s ON s.seqrelid OPERATOR(pg_catalog.=) p.objid)
        ON a.attidentity OPERATOR(pg_catalog.<>) ''
       AND p.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
       AND p.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
       AND p.refobjid OPERATOR(pg_catalog.=) a.attrelid
       AND p.refobjsubid OPERATOR(pg_catalog.=) a.attnum
       AND p.deptype OPERATOR(pg_catalog.=) 'i'
      WHERE a.attrelid OPERATOR(pg_catalog.=) r.relid
        AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped),
    'types', td.types,
    'collations', cd.colls,
    'constraints', (
      SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
          'type', k.contype::pg_catalog.text, 'name', k.conname::pg_catalog.text,
          'columns', (SELECT pg_catalog.jsonb_agg(a.attname::pg_catalog.text ORDER BY o.pos)
                      FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS o(num, pos)
                      JOIN pg_catalog.pg_attribute a
                        ON a.attrelid OPERATOR(pg_catalog.=) k.conrelid
                       AND a.attnum OPERATOR(pg_catalog.=) o.num),
          'ref_schema', fn.nspname::pg_catalog.text, 'ref_table', f.relname::pg_catalog.text,
          'ref_columns', (SELECT pg_catalog.jsonb_agg(a.attname::pg_catalog.text ORDER BY o.pos)
                          FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS o(num, pos)
                          JOIN pg_catalog.pg_attribute a
                            ON a.attrelid OPERATOR(pg_catalog.=) k.confrelid
                           AND a.attnum OPERATOR(pg_catalog.=) o.num),
          'on_delete', k.confdeltype::pg_catalog.text, 'on_update', k.confupdtype::pg_catalog.text,
          'sql', pg_catalog.pg_get_expr(k.conbin, k.conrelid),
          'enforced', k.convalidated
                      AND COALESCE((kj OPERATOR(pg_catalog.->>) 'conenforced')::pg_catalog.bool, true))
        ORDER BY k.contype, k.conname COLLATE pg_catalog."C")
      FROM pg_catalog.pg_constraint k
      CROSS JOIN LATERAL pg_catalog.to_jsonb(k) AS kj
      LEFT JOIN pg_catalog.pg_class f ON f.oid OPERATOR(pg_catalog.=) k.confrelid
      LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid OPERATOR(pg_catalog.=) f.relnamespace
      WHERE k.conrelid OPERATOR(pg_catalog.=) r.relid
        AND k.contype OPERATOR(pg_catalog.=) ANY ('{p,u,f,c}'::pg_catalog."char"[])
        -- A key WITHOUT OVERLAPS is not unique in its columns.
        AND COALESCE((kj OPERATOR(pg_catalog.->>) 'conperiod') OPERATOR(pg_catalog.<>) 'true', true)),
    'partition', (
      SELECT pg_catalog.jsonb_build_object(
          'strategy', p.partstrat::pg_catalog.text,
          'definition', pg_catalog.pg_get_partkeydef(r.relid),
          'columns', (SELECT pg_catalog.jsonb_agg(a.attname::pg_catalog.text ORDER BY o.pos)
                      FROM pg_catalog.unnest(p.partattrs::pg_catalog.int2[])
                           WITH ORDINALITY AS o(num, pos)
                      LEFT JOIN pg_catalog.pg_attribute a
                        ON a.attrelid OPERATOR(pg_catalog.=) r.relid
                       AND a.attnum OPERATOR(pg_catalog.=) o.num
                       AND o.num OPERATOR(pg_catalog.>) 0))
      FROM pg_catalog.pg_partitioned_table p
      WHERE p.partrelid OPERATOR(pg_catalog.=) r.relid),
    'partition_of', CASE WHEN r.relispartition THEN (
      SELECT pg_catalog.jsonb_build_object(
          'schema', pn.nspname::pg_catalog.text, 'table', pc.relname::pg_catalog.text,
          'bound', pg_catalog.pg_get_expr(r.relpartbound, r.relid))
      FROM pg_catalog.pg_inherits i
      JOIN pg_catalog.pg_class pc ON pc.oid OPERATOR(pg_catalog.=) i.inhparent
      JOIN pg_catalog.pg_namespace pn ON pn.oid OPERATOR(pg_catalog.=) pc.relnamespace
      WHERE i.inhrelid OPERATOR(pg_catalog.=) r.relid) END
  )::pg_catalog.text
FROM rel r
LEFT JOIN typedict td ON td.relid OPERATOR(pg_catalog.=) r.relid
LEFT JOIN colldict cd ON cd.relid OPERATOR(pg_catalog.=) r.relid
ORDER BY r.relname COLLATE pg_catalog."C"
