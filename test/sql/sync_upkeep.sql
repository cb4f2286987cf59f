-- gw.sync_table(): lookback; gw.recover(), gw.prune_history(), gw.progress.
-- Needs: a role that holds nothing but what gw.grant_usage() gives.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE ROLE regress_gw_upkeep;
SELECT gw.grant_usage('regress_gw_upkeep', 'operator');
CREATE SERVER keep_here FOREIGN DATA WRAPPER gw_local;
GRANT USAGE ON FOREIGN SERVER keep_here TO regress_gw_upkeep;
CREATE SCHEMA keep AUTHORIZATION regress_gw_upkeep;
SET SESSION AUTHORIZATION regress_gw_upkeep;
CREATE TABLE keep.src (id int PRIMARY KEY, at timestamptz NOT NULL, v text);
INSERT INTO keep.src SELECT g, '2024-01-01'::timestamptz + g * interval '1 hour', 'v' || g FROM generate_series(1, 48) g;
CREATE PROCEDURE keep.run(more jsonb, INOUT result jsonb DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
  CALL gw.sync_table('keep_here', 'keep.src', 'keep.dst', 'merge', '{id}', 'at', 'id',
                     '{"horizon_margin": 0}'::jsonb || more, result);
  result := jsonb_build_object('new', result -> 'rows_inserted', 'changed', result -> 'rows_updated',
                               'read', result -> 'rows_read', 'lo', result -> 'lo',
                               'watermark', result -> 'watermark', 'id', result -> 'watermark_id');
END
$$;

-- ---------- lookback ----------
CALL keep.run('{}');
-- Written behind the watermark, against what the proof supposes.
INSERT INTO keep.src VALUES (100, '2024-01-02 20:30', 'late'), (101, '2024-01-01 02:30', 'too late');
CALL keep.run('{}');
CALL keep.run('{"lookback": "6h"}');
-- The row at the watermark is gone: it stays where it is.
DELETE FROM keep.src WHERE id = 48;
UPDATE keep.src SET v = 'changed' WHERE id = 47;
CALL keep.run('{"lookback": "6h"}');
-- Newer rows move it.
INSERT INTO keep.src VALUES (49, '2024-01-03 01:00', 'new');
CALL keep.run('{"lookback": "6h"}');
SELECT op, old_value, new_value FROM gw.watermark_history ORDER BY history_id;
SELECT count(*) AS rows, count(*) FILTER (WHERE v = 'late') AS late FROM keep.dst;
-- Dates: the same days are read again and again.
CREATE TABLE keep.days (id int PRIMARY KEY, day date NOT NULL);
INSERT INTO keep.days VALUES (1, '2024-01-01'), (2, '2024-01-05');
CALL gw.sync_table('keep_here', 'keep.days', 'keep.days_copy', mode => 'merge', keys => '{id}', cursor_field => 'day',
                   options => '{"horizon_margin": 0, "lookback": "1d"}') \gset
CALL gw.sync_table('keep_here', 'keep.days', 'keep.days_copy', mode => 'merge', keys => '{id}', cursor_field => 'day',
                   options => '{"horizon_margin": 0, "lookback": "1d"}') \gset
CALL gw.sync_table('keep_here', 'keep.days', 'keep.days_copy', mode => 'merge', keys => '{id}', cursor_field => 'day',
                   options => '{"horizon_margin": 0, "lookback": "1d"}') \gset
SELECT :'result'::jsonb ->> 'rows_read' AS read, :'result'::jsonb ->> 'watermark' AS watermark;
CALL gw.sync_table('keep_here', 'keep.src', 'keep.other', mode => 'append', cursor_field => 'at', options => '{"lookback": "6h"}');
CALL gw.sync_table('keep_here', 'keep.src', 'keep.other', mode => 'merge', keys => '{id}', options => '{"lookback": "6h"}');
CALL gw.sync_table('keep_here', 'keep.src', 'keep.other', mode => 'merge', keys => '{id}', cursor_field => 'id', options => '{"lookback": "6h"}');
CALL keep.run('{"lookback": "soon"}');

-- ---------- a server that is renamed ----------
RESET SESSION AUTHORIZATION;
ALTER SERVER keep_here RENAME TO keep_there;
SET SESSION AUTHORIZATION regress_gw_upkeep;
SELECT gw.get_watermark('keep_there', 'keep.src', 'keep.dst') ->> 'cursor_value' AS watermark;
CALL gw.sync_table('keep_there', 'keep.src', 'keep.dst', mode => 'merge', keys => '{id}', cursor_field => 'at',
                   cursor_id_field => 'id', options => '{"horizon_margin": 0}') \gset
SELECT :'result'::jsonb ->> 'rows_read' AS read, :'result'::jsonb ->> 'stream' AS stream,
       :'result'::jsonb ->> 'watermark' AS watermark;
SELECT DISTINCT server FROM gw.stream WHERE server_oid IS NOT NULL;
RESET SESSION AUTHORIZATION;
ALTER SERVER keep_there RENAME TO keep_here;
SET SESSION AUTHORIZATION regress_gw_upkeep;

-- ---------- upkeep ----------
SELECT gw.recover() AS closed;
SELECT count(*) FROM gw.progress;
SELECT gw.prune_history() AS removed;
SELECT count(*) AS runs, (SELECT count(*) FROM gw.batch) AS batches FROM gw.run;
SELECT gw.prune_history('0') AS removed;
SELECT r.state, s.target, t.rows_inserted FROM gw.run r JOIN gw.task t USING (run_id) JOIN gw.stream s USING (stream_id)
ORDER BY s.target, r.run_id;
SELECT count(*) AS history FROM gw.watermark_history;
SELECT gw.prune_history('0') AS removed;
RESET SESSION AUTHORIZATION;
DROP SCHEMA keep CASCADE;
DROP SERVER keep_here CASCADE;
DELETE FROM gw.stream WHERE server IN ('keep_here', 'keep_there');
DROP OWNED BY regress_gw_upkeep;
DROP ROLE regress_gw_upkeep;
