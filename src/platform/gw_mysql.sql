-- How the catalogs of MySQL and MariaDB are read.  ?1 and ?2 are the parameters;
-- names are compared by their bytes as well, because the catalogs' own
-- comparison ignores case.  A description is put together from texts, because
-- a document inside another would become a string in MariaDB.  What stands in
-- /*M! */ only MariaDB sees, where JSON is a LONGTEXT with a check; it says behind
-- a type of time in which format it is stored (datetime /* mariadb-5.3 */).  Its
-- catalogs are filled anew for each row they are joined to, unless DISTINCT keeps them.

-- name: mysql_catalog_databases
SELECT SCHEMA_NAME, NULL FROM information_schema.SCHEMATA
WHERE SCHEMA_NAME NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
ORDER BY CAST(SCHEMA_NAME AS BINARY)

-- name: mysql_catalog_tables
SELECT TABLE_SCHEMA, TABLE_NAME,
       CASE WHEN TABLE_TYPE LIKE '%VIEW' THEN 'view'
            WHEN TABLE_TYPE LIKE '%TEMPORARY%' THEN 'temporary' ELSE 'table' END,
       CAST(TABLE_ROWS AS CHAR), CAST(DATA_LENGTH + INDEX_LENGTH AS CHAR),
       CASE WHEN TABLE_TYPE LIKE '%VIEW' THEN NULL ELSE NULLIF(TABLE_COMMENT, '') END
FROM information_schema.TABLES
WHERE CASE WHEN ?1 IS NULL
           THEN TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
           ELSE CAST(CONVERT(TABLE_SCHEMA USING utf8mb4) AS BINARY)
                = CAST(CONVERT(?1 USING utf8mb4) AS BINARY) END
  AND TABLE_TYPE <> 'SEQUENCE'
  AND (?2 IS NULL OR CONVERT(TABLE_NAME USING utf8mb4) COLLATE utf8mb4_bin LIKE ?2)
ORDER BY CAST(TABLE_SCHEMA AS BINARY), CAST(TABLE_NAME AS BINARY)

-- name: mysql_catalog_identity
SELECT VERSION(), CURRENT_USER(), DATABASE(), DATABASE()

-- name: mysql_catalog_clock
SELECT CONCAT(DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%d %H:%i:%s.%f'), '+00'),
       DATE_FORMAT(CONVERT_TZ(UTC_TIMESTAMP(6), '+00:00', COALESCE(?1, @@global.time_zone)),
                   '%Y-%m-%d %H:%i:%s.%f')

-- name: mysql_catalog_version
-- Changes with ALTER; the counts are estimates that are refreshed behind our back.
-- MD5() is not in every MySQL 9.
-- Two look-ups: joined by name, MariaDB opens every table there is.
SELECT CONCAT_WS('/', t.CREATE_TIME, t.TABLE_TYPE, t.TABLE_ROWS, t.TABLE_COLLATION,
         (SELECT SHA2(GROUP_CONCAT(CONCAT_WS(',', c.COLUMN_NAME, c.COLUMN_TYPE, c.IS_NULLABLE,
                                             c.COLUMN_KEY, c.COLLATION_NAME, c.EXTRA)
                                   ORDER BY c.ORDINAL_POSITION SEPARATOR ';'), 256)
          FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = ?1 AND c.TABLE_NAME = ?2))
FROM information_schema.TABLES t
WHERE t.TABLE_SCHEMA = ?1 AND t.TABLE_NAME = ?2
  AND CAST(CONVERT(t.TABLE_NAME USING utf8mb4) AS BINARY)
      = CAST(CONVERT(?2 USING utf8mb4) AS BINARY)

-- name: mysql_catalog_describe
SELECT t.TABLE_SCHEMA, t.TABLE_NAME,
  CONCAT('{"head":', JSON_OBJECT(
      'version', VERSION(), 'kind', t.TABLE_TYPE, 'schema', t.TABLE_SCHEMA,
      'table', t.TABLE_NAME, 'engine', t.ENGINE,
      'comment', CASE WHEN t.TABLE_TYPE LIKE '%VIEW' THEN NULL
                      ELSE NULLIF(t.TABLE_COMMENT, '') END,
      'rows', t.TABLE_ROWS, 'bytes', t.DATA_LENGTH + t.INDEX_LENGTH,
      'captured_at', DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%dT%H:%i:%sZ'),
      'tinyint1', @gw_tinyint1, 'zero_dates', @gw_zero_dates),
    ',"columns":[', c.columns_, ']',
    ',"keys":[', COALESCE(k.keys_, ''), ']',
    ',"partition":', COALESCE(p.partition_, 'null'), '}')
FROM information_schema.TABLES t
JOIN (
  SELECT l.TABLE_NAME, GROUP_CONCAT(JSON_OBJECT(
      'name', l.COLUMN_NAME,
      'type', CASE WHEN 1 = 0 /*M! OR j.CONSTRAINT_NAME IS NOT NULL */ THEN 'json'
                   WHEN l.DATA_TYPE IN ('time', 'datetime', 'timestamp')
                   THEN SUBSTRING_INDEX(l.COLUMN_TYPE, ' /*', 1)
                   ELSE l.COLUMN_TYPE END,
      'nullable', l.IS_NULLABLE, 'default', l.COLUMN_DEFAULT, 'extra', l.EXTRA,
      'generated', l.GENERATION_EXPRESSION, 'charset', l.CHARACTER_SET_NAME,
      'collation', l.COLLATION_NAME, 'comment', NULLIF(l.COLUMN_COMMENT, ''))
    ORDER BY l.ORDINAL_POSITION SEPARATOR ',') AS columns_
  FROM information_schema.COLUMNS l
  /*M! LEFT JOIN (
    SELECT DISTINCT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE
    FROM information_schema.CHECK_CONSTRAINTS
    WHERE CONSTRAINT_SCHEMA = ?1 AND (?2 IS NULL OR TABLE_NAME = ?2)) j
    ON l.DATA_TYPE = 'longtext' AND j.TABLE_NAME = l.TABLE_NAME
   AND j.CONSTRAINT_NAME = l.COLUMN_NAME
   AND j.CHECK_CLAUSE = CONCAT('json_valid(`', REPLACE(l.COLUMN_NAME, '`', '``'), '`)') */
  WHERE l.TABLE_SCHEMA = ?1 AND (?2 IS NULL OR l.TABLE_NAME = ?2)
  GROUP BY CAST(l.TABLE_NAME AS BINARY), l.TABLE_NAME
) c ON CAST(c.TABLE_NAME AS BINARY) = CAST(t.TABLE_NAME AS BINARY)
LEFT JOIN (
  SELECT u.TABLE_NAME, GROUP_CONCAT(JSON_OBJECT(
      'name', u.CONSTRAINT_NAME, 'column', u.COLUMN_NAME,
      'ref_schema', u.REFERENCED_TABLE_SCHEMA, 'ref_table', u.REFERENCED_TABLE_NAME,
      'ref_column', u.REFERENCED_COLUMN_NAME,
      'on_update', r.UPDATE_RULE, 'on_delete', r.DELETE_RULE)
    ORDER BY CAST(u.CONSTRAINT_NAME AS BINARY), u.ORDINAL_POSITION SEPARATOR ',') AS keys_
  FROM information_schema.KEY_COLUMN_USAGE u
  LEFT JOIN (
    SELECT DISTINCT TABLE_NAME, CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE
    FROM information_schema.REFERENTIAL_CONSTRAINTS
    WHERE CONSTRAINT_SCHEMA = ?1 AND (?2 IS NULL OR TABLE_NAME = ?2)) r
    ON r.TABLE_NAME = u.TABLE_NAME AND r.CONSTRAINT_NAME = u.CONSTRAINT_NAME
   AND u.REFERENCED_TABLE_NAME IS NOT NULL
  WHERE u.TABLE_SCHEMA = ?1 AND (?2 IS NULL OR u.TABLE_NAME = ?2)
  GROUP BY CAST(u.TABLE_NAME AS BINARY), u.TABLE_NAME
) k ON CAST(k.TABLE_NAME AS BINARY) = CAST(t.TABLE_NAME AS BINARY)
LEFT JOIN (
  SELECT TABLE_NAME, MAX(JSON_OBJECT('method', PARTITION_METHOD,
                                     'expr', PARTITION_EXPRESSION)) AS partition_
  FROM information_schema.PARTITIONS
  WHERE TABLE_SCHEMA = ?1 AND (?2 IS NULL OR TABLE_NAME = ?2) AND PARTITION_METHOD IS NOT NULL
  GROUP BY CAST(TABLE_NAME AS BINARY), TABLE_NAME
) p ON CAST(p.TABLE_NAME AS BINARY) = CAST(t.TABLE_NAME AS BINARY)
WHERE t.TABLE_SCHEMA = ?1 AND (?2 IS NULL OR t.TABLE_NAME = ?2)
  AND CAST(CONVERT(t.TABLE_SCHEMA USING utf8mb4) AS BINARY)
      = CAST(CONVERT(?1 USING utf8mb4) AS BINARY)
  AND (?2 IS NULL OR CAST(CONVERT(t.TABLE_NAME USING utf8mb4) AS BINARY)
                     = CAST(CONVERT(?2 USING utf8mb4) AS BINARY))
  AND t.TABLE_TYPE <> 'SEQUENCE'
ORDER BY CAST(t.TABLE_NAME AS BINARY)

-- name: mysql_pin
-- What the reading of values and the meaning of statements depend on.  MariaDB's cache of
-- sub-selects takes texts for the same that their column's collation takes for equal, whatever the
-- sub-select compares them by.
SET NAMES utf8mb4 COLLATE utf8mb4_bin;
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;
SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
    time_zone = '+00:00', sql_auto_is_null = 0, sql_safe_updates = 0,
    sql_select_limit = 18446744073709551615, group_concat_max_len = 1073741824,
    max_sort_length = 65536, sort_buffer_size = 4194304, autocommit = 1
    /*M! , optimizer_switch = 'subquery_cache=off' */;
SELECT 'sql_mode', 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
       @@session.sql_mode
UNION ALL SELECT 'time_zone', '+00:00', @@session.time_zone
UNION ALL SELECT 'character_set_client', 'utf8mb4', @@session.character_set_client
UNION ALL SELECT 'character_set_results', 'utf8mb4', @@session.character_set_results
UNION ALL SELECT 'collation_connection', 'utf8mb4_bin', @@session.collation_connection
UNION ALL SELECT 'sql_auto_is_null', '0', @@session.sql_auto_is_null
UNION ALL SELECT 'sql_select_limit', '18446744073709551615', @@session.sql_select_limit
UNION ALL SELECT 'max_sort_length', '65536', @@session.max_sort_length
/*M! UNION ALL SELECT 'subquery_cache', 'off',
       IF(LOCATE('subquery_cache=off', @@session.optimizer_switch) > 0, 'off', 'on') */

-- name: mysql_catalog_permission
-- (schema, table, action): what is granted to the current user, or to a role that
-- is on; for the whole server, the schema (whose name is a pattern) or the table.
SELECT CASE WHEN EXISTS (
    SELECT 1
    FROM (SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES
          UNION ALL
          SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES
          WHERE ?1 LIKE TABLE_SCHEMA
          UNION ALL
          SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.TABLE_PRIVILEGES
          WHERE TABLE_SCHEMA = ?1 AND TABLE_NAME = ?2) p
    JOIN (SELECT CONCAT('''', SUBSTRING(CURRENT_USER(), 1, CHAR_LENGTH(CURRENT_USER()) - 1
                                - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1))),
                        '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''') AS name,
                 0 AS is_role
          /*!80019 UNION ALL SELECT CONCAT('''', ROLE_NAME, '''@'), 1
                   FROM information_schema.ENABLED_ROLES */
          /*M! UNION ALL SELECT CONCAT('''', ROLE_NAME, '''@'), 1
               FROM information_schema.ENABLED_ROLES WHERE ROLE_NAME IS NOT NULL */) g
      ON CASE WHEN g.is_role = 1 THEN LOCATE(g.name, p.GRANTEE) = 1 ELSE p.GRANTEE = g.name END
    WHERE p.PRIVILEGE_TYPE = CASE ?3 WHEN 'truncate' THEN 'DROP' ELSE UPPER(?3) END)
  THEN 't' ELSE 'f' END
FROM information_schema.SCHEMATA s
LEFT JOIN information_schema.TABLES t
  ON t.TABLE_SCHEMA = s.SCHEMA_NAME AND t.TABLE_NAME = ?2
 AND CAST(CONVERT(t.TABLE_NAME USING utf8mb4) AS BINARY)
     = CAST(CONVERT(?2 USING utf8mb4) AS BINARY)
WHERE s.SCHEMA_NAME = ?1 AND (t.TABLE_NAME IS NOT NULL OR ?3 = 'create')
