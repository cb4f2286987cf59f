-- Tables made of canonical schemas, changed into what is wanted, and watched.
SET client_min_messages = warning;
CREATE SERVER here FOREIGN DATA WRAPPER gw_local;
CREATE SCHEMA mig;
SET client_min_messages = notice;
\set VERBOSITY default

-- A table from a document; the same once more.
SELECT * FROM gw.create_table_from_schema('here',
  '{"columns": [{"name": "id", "type": "INT32", "nullable": false}, {"name": "Name", "type": "STRING(20)"},
    {"name": "price", "type": "NUMERIC(8,2)", "default": {"value": 0}}, {"name": "old", "type": "STRING"}],
    "keys": {"primary": {"columns": ["id"]}}}', 'item', 'mig');
SELECT count(*) FROM gw.create_table_from_schema('here',
  '{"columns": [{"name": "id", "type": "INT32"}]}', 'item', 'mig', if_not_exists => true);
SELECT * FROM gw.create_table_from_schema('here', '{"columns": [{"name": "id", "type": "INT32"}]}');
INSERT INTO mig.item VALUES (1, 'one', 1.50, 'x'), (2, NULL, 2, 'y');

-- What is wanted of it: five changes.
SELECT jsonb_build_object('columns', jsonb_build_array(
  '{"name": "id", "type": "INT64", "nullable": false}'::jsonb,
  '{"name": "title", "type": "STRING(20)", "comment": "what it is called"}'::jsonb,
  '{"name": "price", "type": "NUMERIC(10,2)", "default": {"value": 1}}'::jsonb,
  '{"name": "made", "type": "TIMESTAMPTZ", "nullable": false, "default": {"sql": "now()", "dialect": "postgres"}}'::jsonb),
  'keys', '{"primary": {"columns": ["id"]}}'::jsonb) AS wanted \gset
SELECT n, op, path, method, destructive, allow
  FROM gw.plan_migration('here', 'mig.item', :'wanted', '{"renames": {"Name": "title"}}');

-- A plan as a person reads it; the fingerprint stands in its second line.
SELECT regexp_replace(line, 's1:[0-9a-f]+', 's1:...') AS line
  FROM gw.apply_migration('here', 'mig.item', :'wanted', true, options => '{"renames": {"Name": "title"}}') line;

-- What loses values has to be allowed by its name, exactly.
SELECT * FROM gw.apply_migration('here', 'mig.item', :'wanted', options => '{"renames": {"Name": "title"}}');
SELECT * FROM gw.apply_migration('here', 'mig.item', :'wanted', allow => '{drop_column:oldest}',
                                 options => '{"renames": {"Name": "title"}}');
-- A plan that was made for another state of the table.
SELECT * FROM gw.apply_migration('here', 'mig.item', :'wanted', allow => '{drop_column:old}',
                                 options => '{"renames": {"Name": "title"}, "base_fingerprint": "s1:00"}');
SELECT count(*) > 5 AS told FROM gw.apply_migration('here', 'mig.item', :'wanted', allow => '{drop_column:old}',
                                 options => '{"renames": {"Name": "title"}}');
\d mig.item
SELECT id, title, price, made IS NOT NULL AS made FROM mig.item ORDER BY id;
-- Nothing is left to do, and doing it again does nothing.
SELECT count(*) FROM gw.plan_migration('here', 'mig.item', :'wanted');
SELECT regexp_replace(line, 's1:[0-9a-f]+', 's1:...') AS line FROM gw.apply_migration('here', 'mig.item', :'wanted') line;
SELECT server, source, jsonb_array_length(steps) AS steps FROM gw.migration;

-- Rows that stand against a step stop all of it.
SELECT * FROM gw.apply_migration('here', 'mig.item',
  '{"columns": [{"name": "id", "type": "INT64", "nullable": false}, {"name": "title", "type": "STRING(20)", "nullable": false},
    {"name": "price", "type": "NUMERIC(10,2)"}, {"name": "made", "type": "TIMESTAMPTZ", "nullable": false}]}');
SELECT * FROM gw.apply_migration('here', 'mig.item',
  '{"columns": [{"name": "id", "type": "INT64", "nullable": false}, {"name": "title", "type": "STRING(2)"},
    {"name": "price", "type": "NUMERIC(10,2)"}, {"name": "made", "type": "TIMESTAMPTZ", "nullable": false}]}');
SELECT title FROM mig.item ORDER BY id;
-- A type that does not become the other; a zone that nobody said.
SELECT op, method, note FROM gw.plan_migration('here', 'mig.item',
  '{"columns": [{"name": "id", "type": "DATE", "nullable": false}, {"name": "made", "type": "TIMESTAMP", "nullable": false}]}');
SELECT * FROM gw.apply_migration('here', 'mig.item',
  '{"columns": [{"name": "id", "type": "DATE", "nullable": false}]}', allow => '{drop_column:title,drop_column:price,drop_column:made}');

-- What is no table, what is not there, what is no document.
CREATE VIEW mig.v AS SELECT 1 AS one;
CREATE TABLE mig.bare ();
SELECT * FROM gw.plan_migration('here', 'mig.v', '{"columns": [{"name": "one", "type": "INT64"}]}');
SELECT * FROM gw.plan_migration('here', 'mig.bare', '{"columns": [{"name": "one", "type": "INT64"}]}');
SELECT * FROM gw.plan_migration('here', 'mig.nothing', '{"columns": [{"name": "one", "type": "INT64"}]}');
SELECT * FROM gw.plan_migration('here', 'mig.item', '{"columns": []}');
SELECT * FROM gw.plan_migration('here', 'mig.item', '{"columns": [{"name": "one", "type": "INT64"}]}', '{"rename": {}}');
SELECT * FROM gw.migration_steps('oracle', '{"columns": [{"name": "a", "type": "INT64"}]}', '{"columns": [{"name": "a", "type": "INT64"}]}');
ALTER SERVER here OPTIONS (ADD read_only 'true');
SELECT * FROM gw.apply_migration('here', 'mig.item', '{"columns": [{"name": "id", "type": "INT64", "nullable": false}]}');
ALTER SERVER here OPTIONS (DROP read_only);

-- A circle of renames with a change of type, in one go.
CREATE TABLE mig.circle (a integer, b text);
INSERT INTO mig.circle VALUES (1, 'b');
SELECT unnest(sql) FROM gw.plan_migration('here', 'mig.circle',
  '{"columns": [{"name": "a", "type": "STRING"}, {"name": "b", "type": "INT64"}]}', '{"renames": {"a": "b", "b": "a"}}');
SELECT count(*) > 0 AS told FROM gw.apply_migration('here', 'mig.circle',
  '{"columns": [{"name": "a", "type": "STRING"}, {"name": "b", "type": "INT64"}]}', options => '{"renames": {"a": "b", "b": "a"}}');
SELECT a, b FROM mig.circle;

-- A column moved: a new table in the old one's place, rows, key and identity with it.
CREATE TABLE mig.moved (a integer, id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
INSERT INTO mig.moved (a) VALUES (10), (20);
SELECT op, method FROM gw.plan_migration('here', 'mig.moved',
  (SELECT jsonb_set(s, '{columns}', jsonb_build_array(s->'columns'->1 || '{"ordinal": 1}', s->'columns'->0 || '{"ordinal": 2}'))
     FROM gw.get_target_schema('here', 'mig.moved') s), '{"order": true}');
SELECT count(*) > 0 AS told FROM gw.apply_migration('here', 'mig.moved',
  (SELECT jsonb_set(s, '{columns}', jsonb_build_array(s->'columns'->1 || '{"ordinal": 1}', s->'columns'->0 || '{"ordinal": 2}'))
     FROM gw.get_target_schema('here', 'mig.moved') s), options => '{"order": true}');
INSERT INTO mig.moved (a) VALUES (30);
SELECT * FROM mig.moved ORDER BY id;

-- A foreign table for one remote table.
SELECT gw.create_foreign_table('here', 'mig.item', 'mig.item_there');
SELECT title FROM mig.item_there ORDER BY id;
SELECT gw.create_foreign_table('here', 'mig.item', 'mig.item_there');
SELECT gw.create_foreign_table('here', 'mig.nothing');

-- A scan looks at the declared columns where it is told to.
ALTER FOREIGN TABLE mig.item_there OPTIONS (ADD on_drift 'alert');
ALTER TABLE mig.item ALTER price TYPE numeric(12,3);
SELECT count(*) FROM mig.item_there;
ALTER FOREIGN TABLE mig.item_there OPTIONS (SET on_drift 'strict');
SELECT count(*) FROM mig.item_there;
ALTER FOREIGN TABLE mig.item_there ALTER COLUMN price TYPE numeric(12,3);
SELECT count(*) FROM mig.item_there;
ALTER TABLE mig.item DROP COLUMN price;
SELECT count(*) FROM mig.item_there;

-- An edited check of a described table is planned for, though the catalog rewrites it.
CREATE TABLE mig.checked (id int CONSTRAINT c CHECK (id BETWEEN 1 AND 5));
SELECT op FROM gw.apply_migration('here', 'mig.checked',
  (SELECT jsonb_set(s, '{keys,check,0,sql}', '"id between 1 and 9"') FROM gw.get_target_schema('here', 'mig.checked') s)) op WHERE op LIKE '%CHECK%';
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'mig.checked'::regclass;

-- Baselines: the first sync takes one, later ones compare.
CREATE TABLE mig.source (id bigint PRIMARY KEY, note varchar(10));
INSERT INTO mig.source VALUES (1, 'a');
SELECT gw.schema_show('here', 'mig.source') IS NULL AS none;
CALL gw.sync_table('here', 'mig.source', 'mig.target', 'replace') \g /dev/null
SELECT s.reason, s.columns, s.is_current, s.changes FROM gw.schema_history('here', 'mig.source') s;
SELECT count(*) FROM gw.schema_compare('here', 'mig.source');
ALTER TABLE mig.source ADD COLUMN extra text;
SELECT kind, path, class, message FROM gw.schema_compare('here', 'mig.source');
CALL gw.sync_table('here', 'mig.source', 'mig.target', 'replace', options => '{"on_drift": "strict"}') \g /dev/null
CALL gw.sync_table('here', 'mig.source', 'mig.target2', 'replace') \g /dev/null
SELECT kind, path, policy, state FROM gw.schema_change ORDER BY change_id;
SELECT gw.schema_accept('here', 'mig.source', 'reviewed');
SELECT kind, state FROM gw.schema_change ORDER BY change_id;
ALTER TABLE mig.source ALTER note TYPE varchar(20);
CALL gw.sync_table('here', 'mig.source', 'mig.target2', 'replace', options => '{"on_drift": "permissive"}') \g /dev/null
ALTER TABLE mig.source ALTER note TYPE integer USING NULL;
DROP TABLE mig.target2;
CALL gw.sync_table('here', 'mig.source', 'mig.target2', 'replace', options => '{"on_drift": "permissive"}') \g /dev/null
SELECT s.reason, s.columns, s.is_current, s.changes FROM gw.schema_history('here', 'mig.source') s;
CALL gw.sync_table('here', 'mig.source', 'mig.target2', 'replace', options => '{"on_drift": "sometimes"}') \g /dev/null

SET client_min_messages = warning;
DROP SERVER here CASCADE;
DROP SCHEMA mig CASCADE;
