-- Load statements and what they refuse; test/load judges them on rows.
\set VERBOSITY terse
\set doc '{"source": {"schema": "s", "table": "t"}, "columns": [{"name": "id", "type": "INT64", "nullable": false}, {"name": "v", "type": "STRING"}, {"name": "d", "type": "DATE"}, {"name": "n", "type": "INT64", "generated": {"sql": "id + 1", "stored": true}}], "keys": {"primary": {"columns": ["id"]}}}'
SELECT * FROM gw.load_sql('merge', :'doc', 'postgresql', '{"source": "s.i"}');
SELECT * FROM gw.load_sql('UPSERT', :'doc', 'pg', '{"source": "s.i", "merge": false, "lock": false, "transaction": false}');
SELECT * FROM gw.load_checks('cdc', :'doc', 'postgres', '{"source": "\"I n\".x", "delete_values": "O''K"}');
-- a microbatch of months, by windows
SELECT count(*) FROM gw.load_sql('microbatch', :'doc', 'databricks', '{"source": "i", "event_time": "d", "from": "2026-01-15", "to": "2026-04-01", "batch_size": "month"}');
-- lookback is taken off the mark
SELECT * FROM gw.load_sql('incremental_timestamp', :'doc', 'mysql', '{"source": "i", "cursor": "d", "since": "2026-03-01", "lookback": "1 day", "transaction": false}');
-- what is refused
SELECT gw.load_sql('upsertt', :'doc', 'postgres', '{"source": "i"}');
SELECT gw.load_sql('upsert', :'doc', 'oracle', '{"source": "i"}');
SELECT gw.load_sql('upsert', :'doc', 'postgres');
SELECT gw.load_sql('upsert', :'doc', 'postgres', '{"source": "s.t"}');
SELECT gw.load_sql('upsert', :'doc', 'postgres', '{"source": "i", "keyz": ["id"]}');
SELECT gw.load_sql('upsert', :'doc', 'postgres', '{"source": "i", "keys": ["id", "id"]}');
SELECT gw.load_sql('upsert', :'doc', 'postgres', '{"source": "i", "keys": ["x"]}');
SELECT gw.load_sql('upsert', :'doc', 'postgres', '{"source": "i", "columns": ["id", "n"]}');
SELECT gw.load_sql('upsert', :'doc', 'postgres', '{"source": "i", "update": "some"}');
SELECT gw.load_sql('append', :'doc', 'postgres', '{"source": "i", "set_created": "d"}');
SELECT gw.load_sql('append', :'doc', 'postgres', '{"source": "i", "load_ts": "yesterday"}');
SELECT gw.load_sql('scd2', :'doc', 'postgres', '{"source": "i", "keys": ["id"], "valid_from": "d", "valid_to": "d"}');
SELECT gw.load_sql('scd2', :'doc', 'postgres', '{"source": "i"}');
SELECT gw.load_sql('incremental_timestamp', :'doc', 'postgres', '{"source": "i"}');
SELECT gw.load_sql('incremental_timestamp', :'doc', 'postgres', '{"source": "i", "cursor": "id", "since": "1; DROP TABLE t"}');
SELECT gw.load_sql('incremental_timestamp', :'doc', 'postgres', '{"source": "i", "cursor": "d", "since": "2026-02-30"}');
SELECT gw.load_sql('incremental_timestamp', :'doc', 'postgres', '{"source": "i", "cursor": "d", "lookback": "1 day"}');
SELECT gw.load_sql('insert_overwrite', :'doc', 'postgres', '{"source": "i"}');
SELECT gw.load_sql('microbatch', :'doc', 'postgres', '{"source": "i", "event_time": "d"}');
SELECT gw.load_sql('microbatch', :'doc', 'postgres', '{"source": "i", "event_time": "d", "from": "2026-01-01", "to": "2026-01-02", "batch_size": "hour"}');
SELECT gw.run_load('nowhere', 'upsert', 't', 'i');
-- a run is part of the transaction
CREATE SERVER load_here FOREIGN DATA WRAPPER gw_local;
CREATE TABLE load_t (id int PRIMARY KEY, v text);
CREATE TABLE load_i (id int, v text);
INSERT INTO load_t VALUES (1, 'a'), (2, 'b');
INSERT INTO load_i VALUES (2, 'B'), (3, 'c');
BEGIN;
SELECT n, rows FROM gw.run_load('load_here', 'upsert', 'public.load_t', 'public.load_i');
ROLLBACK;
TABLE load_t;
SELECT n, rows FROM gw.run_load('load_here', 'upsert', 'public.load_t', 'public.load_i');
SELECT * FROM load_t ORDER BY id;
SELECT gw.run_load('load_here', 'upsert', 'public.load_t', 'public.load_x');
DROP TABLE load_t, load_i;
DROP SERVER load_here;
