-- What separates two schemas, and whom it hurts.
\set a '{"columns": [{"name": "id", "type": "INT32", "nullable": false}, {"name": "n", "type": "NUMERIC(8,2)", "default": {"value": 1}}, {"name": "s", "type": "STRING(10)"}, {"name": "gone", "type": "DATE"}], "keys": {"primary": {"columns": ["id"]}, "unique": [{"columns": ["n"]}]}}'
\set b '{"columns": [{"name": "s", "type": "STRING(5)", "nullable": false, "comment": "short"}, {"name": "id", "type": "INT64", "nullable": false}, {"name": "n", "type": "NUMERIC(8,2)", "default": {"value": 1.0}}, {"name": "new", "type": "UUID", "nullable": false}], "keys": {"primary": {"columns": ["s"]}, "foreign": [{"columns": ["id"], "ref": {"table": "o", "columns": ["id"]}}]}}'
SELECT n, kind, path, old_value, new_value, class, read, write, data, risk, reversible FROM gw.schema_diff(:'a', :'b');
SELECT message FROM gw.schema_diff(:'a', :'b');
SELECT count(*) FROM gw.schema_diff(:'a', :'a');
SELECT kind, class FROM gw.schema_diff(NULL, :'a') UNION ALL SELECT kind, class FROM gw.schema_diff(:'a', NULL);
SELECT d, gw.schema_compatible(:'a', :'b', d) FROM unnest('{read,write,data,all}'::text[]) d;

-- Nested: paths down to the field.
SELECT kind, path, old_value, new_value, class FROM gw.schema_diff(
  '{"columns": [{"name": "infos", "type": "ARRAY<STRUCT<a INT32, b STRING, c DATE>>"}, {"name": "m", "type": "MAP<STRING, STRUCT<x INT32>>"}, {"name": "j", "type": "STRUCT<a INT64>"}]}',
  '{"columns": [{"name": "infos", "type": "ARRAY<STRUCT<b STRING, a INT64, d UUID NOT NULL>>"}, {"name": "m", "type": "MAP<STRING, STRUCT<x INT32, y INT32>>"}, {"name": "j", "type": "JSON"}]}');

-- Renames: told, proved by the platform's id, suggested; never guessed.
SELECT kind, path, class, new_value, message FROM gw.schema_diff(
  '{"columns": [{"name": "customer_name", "type": "STRING"}]}', '{"columns": [{"name": "customername", "type": "STRING"}]}');
SELECT kind, path, old_value, new_value FROM gw.schema_diff(
  '{"columns": [{"name": "customer_name", "type": "STRING"}]}', '{"columns": [{"name": "customername", "type": "STRING"}]}', '{"accept_renames": true}');
SELECT kind, path, old_value, new_value FROM gw.schema_diff(
  '{"columns": [{"name": "a", "type": "INT32"}, {"name": "b", "type": "STRING"}]}',
  '{"columns": [{"name": "a", "type": "STRING"}, {"name": "b", "type": "INT64"}]}', '{"renames": {"a": "b", "b": "a"}}');
SELECT kind, path, old_value, new_value FROM gw.schema_diff(
  '{"source": {"platform": "postgres", "table": "t"}, "columns": [{"name": "a", "type": "INT32", "id": "1"}, {"name": "k", "type": "INT32", "id": "2"}]}',
  '{"source": {"platform": "postgres", "table": "t"}, "columns": [{"name": "z", "type": "INT32", "id": "1"}, {"name": "k", "type": "INT32", "id": "2"}]}');
-- Two could be it: no suggestion.
SELECT kind, path, class FROM gw.schema_diff(
  '{"columns": [{"name": "user_id", "type": "INT64"}]}', '{"columns": [{"name": "userid", "type": "INT64"}, {"name": "user_idx", "type": "INT64"}]}');
SELECT * FROM gw.schema_diff('{"columns": [{"name": "a", "type": "INT32"}]}', '{"columns": [{"name": "b", "type": "INT32"}]}', '{"renames": {"x": "y"}}');

-- A platform's own defaults make two spellings one.
SELECT kind, old_value, new_value, class FROM gw.schema_diff('{"columns": [{"name": "a", "type": "NUMERIC"}]}', '{"columns": [{"name": "a", "type": "NUMERIC(38,0)"}]}');
SELECT count(*) FROM gw.schema_diff('{"columns": [{"name": "a", "type": "NUMERIC"}]}', '{"columns": [{"name": "a", "type": "NUMERIC(38,0)"}]}', '{"platform": "snowflake"}');
SELECT kind, class, new_value FROM gw.schema_diff('{"source": {"platform": "redshift"}, "columns": [{"name": "a", "type": "STRING", "native_type": "VARCHAR"}]}', '{"columns": [{"name": "a", "type": "STRING(300)"}]}', '{"platform": "redshift"}');
-- 10^38 does not fit into 64 bits.
SELECT class, read, write, data FROM gw.schema_diff('{"columns": [{"name": "a", "type": "NUMERIC(38,0)"}]}', '{"columns": [{"name": "a", "type": "INT64"}]}');
-- Layout, checks, table comment.
SELECT kind, path, class, read, data FROM gw.schema_diff(
  '{"columns": [{"name": "a", "type": "DATE"}], "keys": {"check": [{"name": "c", "sql": "((a > ''2020-01-01''::date))", "dialect": "postgres"}]}, "options": {"mysql": {"engine": "InnoDB"}}}',
  '{"comment": "c", "columns": [{"name": "a", "type": "DATE"}], "keys": {"check": [{"name": "d", "sql": "a > ''2020-01-01''"}, {"sql": "a < now()"}]}, "options": {"mysql": {"engine": "Aria"}}, "layout": {"partition": {"kind": "time", "columns": ["a"], "require_filter": true}}}');
-- What is refused.
SELECT * FROM gw.schema_diff('{"columns": []}', :'a');
SELECT * FROM gw.schema_diff(:'a', :'a', '{"rename": {}}');
SELECT * FROM gw.schema_diff(:'a', :'a', '{"order": 1}');
SELECT gw.schema_compatible(:'a', :'a', 'sideways');
SELECT gw.type_change('INT32', 'INT99');
