\echo
\echo '== Take the customers along: the same table on another platform, then changed there'
\echo
CREATE SCHEMA moved;
SELECT line FROM gw.create_table_from_schema('here',
  gw.get_target_schema('warehouse', 'sales.customers'), 'customers', 'moved') line;
SELECT gw.create_foreign_table('warehouse', 'sales.customers', 'moved.customers_there');
INSERT INTO moved.customers SELECT * FROM moved.customers_there;

\echo '== What would have to be done so that the key has 64 bits and there is a note?'
\echo
SELECT jsonb_set(jsonb_set(s, '{columns,0,type}', '"INT64"'), '{columns,99}',
  '{"name": "note", "type": "STRING", "ordinal": 7, "comment": "made by the migration"}') AS wanted
FROM gw.get_target_schema('here', 'moved.customers') s \gset
\set ECHO none
\pset tuples_only on
SELECT line FROM gw.apply_migration('here', 'moved.customers', :'wanted', dry_run => true) line WHERE line !~ '^from';
SELECT count(*) || ' lines of it, applied' FROM gw.apply_migration('here', 'moved.customers', :'wanted');
SELECT public.expect('customers moved', count(*), :customers) FROM moved.customers;
SELECT public.expect('steps left', count(*), 0) FROM gw.plan_migration('here', 'moved.customers', :'wanted');
\pset tuples_only off
\set ECHO queries
