-- Watermarks: read, set, reset, their history, and who may see and change
-- them.  Needs nothing but this database.
\set SHOW_CONTEXT never
CREATE ROLE regress_gw_keeper;
CREATE ROLE regress_gw_stranger;
SELECT gw.grant_usage('regress_gw_keeper', 'operator'), gw.grant_usage('regress_gw_stranger', 'operator');
CREATE SERVER wm_here FOREIGN DATA WRAPPER gw_local;
GRANT USAGE ON FOREIGN SERVER wm_here TO regress_gw_keeper, regress_gw_stranger;
CREATE SCHEMA wm AUTHORIZATION regress_gw_keeper;
SET SESSION AUTHORIZATION regress_gw_keeper;
SET search_path = wm;
CREATE TABLE wm.src (id int PRIMARY KEY, at timestamptz NOT NULL);
INSERT INTO wm.src SELECT g, timestamptz '2024-01-01 00:00:00+00' + g * interval '1 day' FROM generate_series(1, 10) g;
SET timezone = 'UTC';

-- No stream yet.
SELECT gw.get_watermark('wm_here', 'wm.src', 'wm.dst'), gw.get_watermark('daily');
SELECT gw.set_watermark('daily', '2024-01-05', 'no such stream');
\echo :SQLSTATE

CALL gw.sync_table('wm_here', 'src', 'dst', mode => 'merge', keys => '{id}', cursor_field => 'at',
                   options => '{"name": "daily"}') \gset
SELECT gw.get_watermark('daily') - 'updated_at';
SELECT gw.get_watermark('wm_here', 'wm.src', 'wm.dst') = gw.get_watermark('daily') AS by_name,
       gw.get_watermark('wm_here', 'src', 'dst') = gw.get_watermark('daily') AS by_short_name,
       gw.get_watermark('wm_here', 'src', 'other') IS NULL AS no_other;

-- Set it back: the rows above it are read again.
SELECT gw.set_watermark('daily', '2024-01-09 00:00:00+00', 'two days to repeat');
CALL gw.sync_table('wm_here', 'src', 'dst', mode => 'merge', keys => '{id}', cursor_field => 'at') \gset
SELECT :'result'::jsonb -> 'rows_read' AS read, :'result'::jsonb -> 'rows_updated' AS updated, :'result'::jsonb ->> 'stream' AS stream;
-- Only if it is what I think it is.
SELECT gw.set_watermark('daily', '2024-01-09 00:00:00+00', 'careful', expected => '2020-01-01');
\echo :SQLSTATE
SELECT gw.set_watermark('wm_here', 'src', 'dst', '2024-01-10 00:00:00+00', 'careful', expected => '2024-01-11 00:00:00+00');
SELECT gw.set_watermark('wm_here', 'src', 'dst', '2024-01-10 00:00:00+00', 'again');
SELECT gw.get_watermark('daily') ->> 'cursor_value';

-- What cannot be.
SELECT gw.set_watermark('daily', 'yesterday or so', 'nonsense');
\echo :SQLSTATE
SELECT gw.set_watermark('daily', '2024-01-09', '');
SELECT gw.set_watermark('daily', '2024-01-09', NULL);
SELECT gw.set_watermark('daily', NULL, 'why not');
\echo :SQLSTATE
SELECT gw.reset_watermark('daily', NULL);
\echo :SQLSTATE

-- Another cursor needs a reset first.
CALL gw.sync_table('wm_here', 'src', 'dst', mode => 'merge', keys => '{id}', cursor_field => 'id');
\echo :SQLSTATE
CALL gw.sync_table('wm_here', 'src', 'dst', mode => 'replace');
\echo :SQLSTATE
SELECT gw.reset_watermark('wm_here', 'src', 'dst', 'ids are better');
SELECT gw.get_watermark('daily') - 'updated_at';
CALL gw.sync_table('wm_here', 'src', 'dst', mode => 'merge', keys => '{id}', cursor_field => 'id') \gset
SELECT :'result'::jsonb -> 'rows_read' AS read, :'result'::jsonb -> 'rows_updated' AS updated, :'result'::jsonb ->> 'watermark' AS watermark;

-- A target that is not the one that was loaded.
DROP TABLE wm.dst;
CALL gw.sync_table('wm_here', 'src', 'dst', mode => 'merge', keys => '{id}', cursor_field => 'id');
\echo :SQLSTATE
CREATE TABLE wm.dst (id int PRIMARY KEY, at timestamptz);
CALL gw.sync_table('wm_here', 'src', 'dst', mode => 'merge', keys => '{id}', cursor_field => 'id');
\echo :SQLSTATE
SELECT gw.reset_watermark('daily', 'load it again');
CALL gw.sync_table('wm_here', 'src', 'dst', mode => 'merge', keys => '{id}', cursor_field => 'id') \gset
SELECT :'result'::jsonb -> 'rows_inserted' AS inserted;

-- The history, in order, and in the same transaction as the change.
SELECT op, generation, version, old_value, new_value, run_id IS NOT NULL AS by_run, batch_id IS NOT NULL AS batch, rows, actor, reason
FROM gw.watermark_history ORDER BY history_id;
BEGIN;
SELECT gw.set_watermark('daily', '3', 'undone');
ROLLBACK;
SELECT gw.get_watermark('daily') ->> 'cursor_value', (SELECT count(*) FROM gw.watermark_history WHERE reason = 'undone');
RESET SESSION AUTHORIZATION;
UPDATE gw.watermark_history SET reason = 'rewritten';
\echo :SQLSTATE
DELETE FROM gw.watermark_history;
TRUNCATE gw.watermark_history;

-- Two streams fit a short name.
SET SESSION AUTHORIZATION regress_gw_keeper;
RESET SESSION AUTHORIZATION;
CREATE SCHEMA wm2 AUTHORIZATION regress_gw_keeper;
SET SESSION AUTHORIZATION regress_gw_keeper;
CALL gw.sync_table('wm_here', 'wm.src', 'wm2.dst', mode => 'merge', keys => '{id}', cursor_field => 'id') \gset
SELECT gw.get_watermark('wm_here', 'src', 'dst');
\echo :SQLSTATE
SELECT gw.get_watermark('wm_here', 'src', 'wm2.dst') ->> 'stream';

-- Another role sees nothing and changes nothing; a member of the owner does.
SET SESSION AUTHORIZATION regress_gw_stranger;
SELECT gw.get_watermark('daily');
SELECT gw.set_watermark('daily', '1', 'mine now');
\echo :SQLSTATE
SELECT count(*) FROM gw.watermark;
SELECT count(*) FROM gw.watermark_history;
INSERT INTO gw.watermark_history (stream_id) VALUES (1);
\echo :SQLSTATE
RESET SESSION AUTHORIZATION;
GRANT regress_gw_keeper TO regress_gw_stranger;
SET SESSION AUTHORIZATION regress_gw_stranger;
SELECT gw.get_watermark('daily') ->> 'cursor_value';
RESET SESSION AUTHORIZATION;
-- A role without the grant reaches none of it.
CREATE ROLE regress_gw_nobody;
SET SESSION AUTHORIZATION regress_gw_nobody;
SELECT gw.get_watermark('daily');
\echo :SQLSTATE
RESET SESSION AUTHORIZATION;

SET client_min_messages = warning;
DROP SCHEMA wm, wm2 CASCADE;
DELETE FROM gw.stream;
DELETE FROM gw.run;
DROP SERVER wm_here CASCADE;
DROP OWNED BY regress_gw_keeper, regress_gw_stranger;
DROP ROLE regress_gw_keeper, regress_gw_stranger, regress_gw_nobody;
