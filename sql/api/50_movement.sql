-- Movement: syncs and watermarks.

CREATE OR REPLACE PROCEDURE gw.sync_table(
  server text, source text, target text, mode text DEFAULT 'append', keys text[] DEFAULT NULL,
  cursor_field text DEFAULT NULL, cursor_id_field text DEFAULT NULL,
  options jsonb DEFAULT '{}', INOUT result jsonb DEFAULT NULL)
LANGUAGE c AS 'MODULE_PATHNAME', 'gw_api_sync_table';
COMMENT ON PROCEDURE gw.sync_table(text, text, text, text, text[], text, text, jsonb, jsonb) IS
'Moves a table of a server into a local table, which is made from the source''s schema when it does not exist.
mode: replace (the whole source; the target keeps its identity, views and grants), append, merge (keys needed; newest row per key).
cursor_field: a timestamp, date, integer or numeric column; only rows above the stream''s watermark are read, up to where no open transaction of the source can still write. cursor_id_field tells rows of one instant apart. Such a proof holds for values that are not older than the transaction that writes them (now(), a sequence without CACHE); for others set the option settle.
options (times are milliseconds or texts such as ''5s''): on_conflict error|skip|wait, on_drift alert|permissive|strict, null_cursor error|exclude|include, on_empty_source error|skip|replace, replace_method auto|truncate|delete, name, horizon_wait 5s, horizon_margin 2s, settle, lookback, time_zone of cursors without one, fetch_size, create_target true.
result: {run_id, stream, mode, state, rows_read, rows_inserted, rows_updated, rows_deleted (null after TRUNCATE), rows_deduplicated, rows_waiting, lo, hi, watermark, watermark_id, elapsed_ms}.
Rows and watermark become durable together. Outside a transaction block the run is recorded in gw.run even when it fails; inside one everything, the record too, belongs to that transaction.
Errors: 22023 bad argument, 42703 no such column, 42804 source and target do not fit or the cursor changed its type, 42P10 no unique index on the keys, 22004 NULL cursor, 23502 NULL key, 21000 duplicate key without a cursor, P0002 empty source, 55P03 another run is active, 55000 the watermark was changed or the target exchanged, 42501 rights.';
REVOKE ALL ON PROCEDURE gw.sync_table(text, text, text, text, text[], text, text, jsonb, jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.get_watermark(server text, source text, target text) RETURNS jsonb
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_get_watermark';
COMMENT ON FUNCTION gw.get_watermark(text, text, text) IS
'How far the stream has come that moves source of server into target (either table may leave out its schema): {stream, cursor_field, cursor_value, cursor_type, cursor_id, generation, version, updated_at}. cursor_value is the greatest value applied, as the source writes it; null before the first row. NULL when there is no such stream, or none of yours. Errors: 42P09 the names fit more than one.';
REVOKE ALL ON FUNCTION gw.get_watermark(text, text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.get_watermark(stream text) RETURNS jsonb
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_get_watermark';
COMMENT ON FUNCTION gw.get_watermark(text) IS
'The same, by the stream''s name.';
REVOKE ALL ON FUNCTION gw.get_watermark(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.set_watermark(
  server text, source text, target text, value text, reason text,
  expected text DEFAULT NULL, id text DEFAULT NULL) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_set_watermark';
COMMENT ON FUNCTION gw.set_watermark(text, text, text, text, text, text, text) IS
'Sets a stream''s watermark by hand; the reason is kept in gw.watermark_history. id is the value of cursor_id_field, where the stream has one. With expected the present value must equal it. A run that is active meanwhile fails and keeps no rows. Errors: 42704 no such stream, 22023 no reason, 22007 and the like for a value that is not of the cursor''s type, 55000 not the expected value.';
REVOKE ALL ON FUNCTION gw.set_watermark(text, text, text, text, text, text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.set_watermark(
  stream text, value text, reason text, expected text DEFAULT NULL) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_set_watermark_of';
COMMENT ON FUNCTION gw.set_watermark(text, text, text, text) IS
'The same, by the stream''s name and without an id.';
REVOKE ALL ON FUNCTION gw.set_watermark(text, text, text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.reset_watermark(
  server text, source text, target text, reason text) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_reset_watermark';
COMMENT ON FUNCTION gw.reset_watermark(text, text, text, text) IS
'Forgets a stream''s watermark: the next run reads from the beginning and may use another cursor. The target''s rows stay. Errors: 42704 no such stream, 22023 no reason.';
REVOKE ALL ON FUNCTION gw.reset_watermark(text, text, text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.reset_watermark(stream text, reason text) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_reset_watermark_of';
COMMENT ON FUNCTION gw.reset_watermark(text, text) IS
'The same, by the stream''s name.';
REVOKE ALL ON FUNCTION gw.reset_watermark(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.recover() RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_recover';
COMMENT ON FUNCTION gw.recover() IS
'Closes the records of your runs whose backend is gone: their state becomes crashed. What they had written was rolled back when they died; a stream''s next run does the same for itself. Returns the number of runs closed. Runs that live are left alone.';
REVOKE ALL ON FUNCTION gw.recover() FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.prune_history(keep interval DEFAULT '90 days') RETURNS bigint
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_prune_history';
COMMENT ON FUNCTION gw.prune_history(interval) IS
'Removes your runs that ended more than keep ago from gw.run, gw.task and gw.batch. The last run of each stream, its last successful run, and gw.watermark_history stay. Returns the number of runs removed.';
REVOKE ALL ON FUNCTION gw.prune_history(interval) FROM PUBLIC;

CREATE OR REPLACE VIEW gw.progress AS
SELECT r.run_id, t.task_id, s.name AS stream, r.owner, r.backend_pid, r.started_at,
       p.relid::regclass AS writes_to, p.tuples_processed AS rows_written,
       a.wait_event_type, a.wait_event
  FROM gw.run r
  JOIN gw.task t ON t.run_id = r.run_id
  JOIN gw.stream s ON s.stream_id = t.stream_id
  LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = r.backend_pid
  LEFT JOIN pg_catalog.pg_stat_progress_copy p
         ON p.pid = r.backend_pid AND p.datname = pg_catalog.current_database() AND p.type = 'CALLBACK'
 WHERE r.state = 'running' AND t.state = 'running'
   AND EXISTS (SELECT FROM pg_catalog.pg_roles o
                WHERE o.rolname = r.owner AND pg_catalog.pg_has_role(o.oid, 'USAGE'));
COMMENT ON VIEW gw.progress IS
'Runs under way of the roles you may act for. writes_to and rows_written: the table that rows go into right now (the target, its new heap, or a staging table) and how many it has so far, null while nothing is written; they are seen in your own sessions, in others with pg_read_all_stats. A run inside a transaction block is not seen from outside.';
REVOKE ALL ON gw.progress FROM PUBLIC;
