-- Statements on gw's own tables, run as the extension's owner with
-- search_path pinned to pg_catalog.  Every parameter is text.

-- name: stream_find
SELECT s.stream_id, s.owner, s.name, s.cursor_field, s.cursor_id_field,
       s.target_oid, s.home
  FROM gw.stream s
 WHERE s.server = $1 AND s.source = $2 AND s.target = $3

-- The streams of a server, $2, that was renamed to $1.
-- name: stream_rename
UPDATE gw.stream s
   SET server = $1, updated_at = pg_catalog.clock_timestamp()
 WHERE s.server_oid = $2::oid AND s.home = $3 AND s.server <> $1
   AND NOT EXISTS (SELECT FROM gw.stream o
                    WHERE o.server = $1 AND o.source = s.source AND o.target = s.target)

-- name: stream_lookup
SELECT s.stream_id, s.owner, s.name, pg_catalog.count(*) OVER ()
  FROM gw.stream s
 WHERE (s.server = $1
        OR s.home = $6 AND s.server_oid = (SELECT f.oid FROM pg_catalog.pg_foreign_server f
                                            WHERE f.srvname::text = $1))
   AND s.source_parts[pg_catalog.cardinality(s.source_parts)] = $3
   AND ($2 IS NULL OR s.source_parts[pg_catalog.cardinality(s.source_parts) - 1] = $2)
   AND s.target_parts[2] = $5
   AND ($4 IS NULL OR s.target_parts[1] = $4)
 LIMIT 1

-- name: stream_lookup_name
SELECT s.stream_id, s.owner, s.name, 1
  FROM gw.stream s
 WHERE s.name = $1

-- name: stream_insert
WITH made AS (
  INSERT INTO gw.stream (name, owner, server, source, source_parts, target, target_parts,
                         load_mode, cursor_field, cursor_id_field, key_columns, options)
  VALUES ($1, $2, $3, $4, ARRAY[$5, $6], $7, ARRAY[$8, $9], $10, $11, $12, $13::text[], $14::jsonb)
  ON CONFLICT (server, source, target) DO NOTHING
  RETURNING stream_id)
INSERT INTO gw.watermark (stream_id) SELECT m.stream_id FROM made m RETURNING stream_id

-- name: stream_update
UPDATE gw.stream
   SET load_mode = $2, cursor_field = $3, cursor_id_field = $4, key_columns = $5::text[],
       options = $6::jsonb, updated_at = pg_catalog.clock_timestamp()
 WHERE stream_id = $1::integer
   AND (load_mode, cursor_field, cursor_id_field, key_columns, options)
       IS DISTINCT FROM ($2, $3, $4, $5::text[], $6::jsonb)

-- name: stream_target
UPDATE gw.stream SET target_oid = $2::oid, home = $3, server_oid = $4::oid
 WHERE stream_id = $1::integer
   AND (target_oid, home, server_oid) IS DISTINCT FROM ($2::oid, $3, $4::oid)

-- name: target_referrer
SELECT c.conrelid::regclass
  FROM pg_catalog.pg_constraint c
 WHERE c.contype = 'f' AND c.confrelid = $1::oid AND c.conrelid <> c.confrelid
 ORDER BY c.conrelid
 LIMIT 1

-- name: run_recover
WITH dead AS (
  UPDATE gw.task
     SET state = 'failed', error_class = 'transient', sqlstate = '57P01',
         error = 'the backend that ran it is gone', finished_at = pg_catalog.clock_timestamp()
   WHERE stream_id = $1::integer AND state = 'running'
  RETURNING run_id)
UPDATE gw.run r
   SET state = 'crashed', error_class = 'transient', sqlstate = '57P01',
       error = 'the backend that ran it is gone', finished_at = pg_catalog.clock_timestamp()
  FROM dead d
 WHERE r.run_id = d.run_id AND r.state = 'running'
RETURNING r.run_id

-- Streams whose runs are recorded as running in other sessions.
-- name: run_suspects
SELECT t.stream_id, s.owner
  FROM gw.task t
  JOIN gw.run r ON r.run_id = t.run_id
  JOIN gw.stream s ON s.stream_id = t.stream_id
 WHERE t.state = 'running' AND r.backend_pid <> pg_catalog.pg_backend_pid()
   AND t.stream_id > $1::integer
 ORDER BY t.stream_id
 LIMIT 1

-- The history of streams $1 owns up to $2 ago, less each stream's last run and
-- its last run that went well.
-- name: history_prune
WITH kept AS (
  SELECT pg_catalog.max(t.run_id) AS run_id FROM gw.task t GROUP BY t.stream_id
  UNION ALL
  SELECT pg_catalog.max(t.run_id) FROM gw.task t WHERE t.state = 'succeeded' GROUP BY t.stream_id),
gone AS (
  DELETE FROM gw.run r
   WHERE r.owner = $1 AND r.finished_at < pg_catalog.clock_timestamp() - $2::interval
     AND NOT EXISTS (SELECT FROM kept k WHERE k.run_id = r.run_id)
  RETURNING r.run_id)
SELECT pg_catalog.count(*) FROM gone

-- name: run_start
WITH r AS (
  INSERT INTO gw.run (owner, state, params, backend_pid, home)
  VALUES ($2, 'running', $3::jsonb, $4::integer, $5) RETURNING run_id)
INSERT INTO gw.task (run_id, stream_id, owner, state)
SELECT r.run_id, $1::integer, $2, 'running' FROM r
RETURNING run_id, task_id

-- name: run_skip
WITH r AS (
  INSERT INTO gw.run (owner, state, params, backend_pid, home, finished_at)
  VALUES ($2, 'skipped_locked', $3::jsonb, $4::integer, $5, pg_catalog.clock_timestamp())
  RETURNING run_id)
INSERT INTO gw.task (run_id, stream_id, owner, state, skip_reason, finished_at)
SELECT r.run_id, $1::integer, $2, 'skipped', 'locked', pg_catalog.clock_timestamp() FROM r
RETURNING run_id

-- name: run_fail
WITH t AS (
  UPDATE gw.task
     SET state = CASE $2 WHEN 'cancelled' THEN 'cancelled' ELSE 'failed' END, error_class = $3,
         sqlstate = $4, error = $5, finished_at = pg_catalog.clock_timestamp()
   WHERE run_id = $1::bigint)
UPDATE gw.run
   SET state = $2, error_class = $3, sqlstate = $4, error = $5,
       finished_at = pg_catalog.clock_timestamp()
 WHERE run_id = $1::bigint AND state = 'running'

-- name: run_succeed
WITH t AS (
  UPDATE gw.task
     SET state = 'succeeded', finished_at = pg_catalog.clock_timestamp(), lo = $2, lo_id = $3,
         hi = $4, rows_read = $5::bigint, rows_inserted = $6::bigint, rows_updated = $7::bigint,
         rows_deleted = $8::bigint, rows_deduplicated = $9::bigint, rows_waiting = $10::bigint,
         rows_null_cursor = $11::bigint
   WHERE run_id = $1::bigint AND state = 'running')
UPDATE gw.run
   SET state = 'succeeded', finished_at = pg_catalog.clock_timestamp(), rows_read = $5::bigint,
       rows_written = $6::bigint + $7::bigint
 WHERE run_id = $1::bigint AND state = 'running'
RETURNING run_id

-- name: run_result
SELECT pg_catalog.jsonb_build_object(
         'run_id', r.run_id, 'stream', s.name, 'mode', s.load_mode, 'state', r.state,
         'rows_read', t.rows_read, 'rows_inserted', t.rows_inserted,
         'rows_updated', t.rows_updated, 'rows_deleted', t.rows_deleted,
         'rows_deduplicated', t.rows_deduplicated, 'rows_waiting', t.rows_waiting,
         'lo', t.lo, 'hi', t.hi, 'watermark', w.cursor_value, 'watermark_id', w.cursor_id,
         'elapsed_ms', pg_catalog.round(
           1000 * EXTRACT(epoch FROM t.finished_at - t.started_at), 1))
  FROM gw.run r
  JOIN gw.task t ON t.run_id = r.run_id
  JOIN gw.stream s ON s.stream_id = t.stream_id
  JOIN gw.watermark w ON w.stream_id = s.stream_id AND w.partition_key = ''
 WHERE r.run_id = $1::bigint

-- name: batch_insert
INSERT INTO gw.batch (batch_id, task_id, stream_id, owner, generation, expected_version, lo, lo_id,
                      hi, rows, state, finalized_at)
SELECT pg_catalog.encode(pg_catalog.substring(pg_catalog.sha256(pg_catalog.convert_to(
         pg_catalog.jsonb_build_array($2, $4, $5, $6, $7, $8, $10)::text, 'UTF8')), 1, 16), 'hex')::uuid,
       $1::bigint, $2::integer, $3, $4::integer, $5::bigint, $6, $7, $8, $9::bigint, 'finalized',
       pg_catalog.clock_timestamp()
RETURNING batch_id

-- name: watermark_read
SELECT w.generation, w.version, w.cursor_value, w.cursor_type, w.cursor_id, w.cursor_id_type,
       w.horizon, w.source_columns
  FROM gw.watermark w
 WHERE w.stream_id = $1::integer AND w.partition_key = ''

-- name: watermark_later
SELECT CASE $3 WHEN 'time' THEN $1::timestamptz OPERATOR(pg_catalog.>) $2::timestamptz
            ELSE $1::timestamp OPERATOR(pg_catalog.>) $2::timestamp END

-- name: watermark_show
SELECT pg_catalog.jsonb_build_object(
         'stream', s.name, 'cursor_field', s.cursor_field, 'cursor_value', w.cursor_value,
         'cursor_type', w.cursor_type, 'cursor_id', w.cursor_id, 'generation', w.generation,
         'version', w.version, 'updated_at', w.updated_at)
  FROM gw.watermark w JOIN gw.stream s USING (stream_id)
 WHERE w.stream_id = $1::integer AND w.partition_key = ''

-- name: watermark_touch
UPDATE gw.watermark
   SET horizon = $4::jsonb, source_fingerprint = $5, source_columns = $6::text[],
       source_clock = $7, last_run = $8::bigint
 WHERE stream_id = $1::integer AND partition_key = ''
   AND version = $2::bigint AND generation = $3::integer
RETURNING version

-- name: watermark_advance
WITH old AS (
  SELECT o.* FROM gw.watermark o
   WHERE o.stream_id = $1::integer AND o.partition_key = '' FOR UPDATE),
moved AS (
  UPDATE gw.watermark w
     SET cursor_value = $3, cursor_type = $4, cursor_collation = $5, cursor_id = $6,
         cursor_id_type = $7, version = w.version + 1,
         updated_at = pg_catalog.clock_timestamp()
    FROM old
   WHERE w.stream_id = old.stream_id AND w.partition_key = '' AND w.version = $2::bigint
     AND (w.cursor_value, w.cursor_id) IS DISTINCT FROM ($3, $6)
  RETURNING w.*)
INSERT INTO gw.watermark_history (stream_id, stream, owner, op, generation, version, old_value,
                                  old_id, new_value, new_id, run_id, batch_id, rows, actor)
SELECT m.stream_id, s.name, s.owner, 'advance', m.generation, m.version, old.cursor_value,
       old.cursor_id, m.cursor_value, m.cursor_id, $8::bigint, $9::uuid, $10::bigint, $11
  FROM moved m JOIN old USING (stream_id) JOIN gw.stream s USING (stream_id)
RETURNING version

-- name: watermark_lock
SELECT w.cursor_value, w.cursor_type, w.version
  FROM gw.watermark w
 WHERE w.stream_id = $1::integer AND w.partition_key = '' FOR UPDATE

-- name: watermark_set
WITH old AS (
  SELECT o.* FROM gw.watermark o WHERE o.stream_id = $1::integer AND o.partition_key = ''),
moved AS (
  UPDATE gw.watermark w
     SET cursor_value = $2, cursor_id = $3, version = w.version + 1,
         updated_at = pg_catalog.clock_timestamp()
   WHERE w.stream_id = $1::integer AND w.partition_key = ''
  RETURNING w.*)
INSERT INTO gw.watermark_history (stream_id, stream, owner, op, generation, version, old_value,
                                  old_id, new_value, new_id, actor, reason)
SELECT m.stream_id, s.name, s.owner, 'set', m.generation, m.version, old.cursor_value,
       old.cursor_id, m.cursor_value, m.cursor_id, $4, $5
  FROM moved m JOIN old USING (stream_id) JOIN gw.stream s USING (stream_id)
RETURNING version

-- name: watermark_reset
WITH old AS (
  SELECT o.* FROM gw.watermark o WHERE o.stream_id = $1::integer AND o.partition_key = ''),
moved AS (
  UPDATE gw.watermark w
     SET cursor_value = NULL, cursor_type = NULL, cursor_collation = NULL, cursor_id = NULL,
         cursor_id_type = NULL, horizon = '[]', source_columns = NULL, source_fingerprint = NULL,
         generation = w.generation + 1, version = w.version + 1,
         updated_at = pg_catalog.clock_timestamp()
   WHERE w.stream_id = $1::integer AND w.partition_key = ''
  RETURNING w.*),
freed AS (
  UPDATE gw.stream SET target_oid = NULL WHERE stream_id = $1::integer)
INSERT INTO gw.watermark_history (stream_id, stream, owner, op, generation, version, old_value,
                                  old_id, actor, reason)
SELECT m.stream_id, s.name, s.owner, 'reset', m.generation, m.version, old.cursor_value,
       old.cursor_id, $2, $3
  FROM moved m JOIN old USING (stream_id) JOIN gw.stream s USING (stream_id)
RETURNING version

-- $1 the transactions open at the source, $2 the source's database id: less
-- our own transaction where the source is this very database.
-- name: horizon_others
SELECT CASE WHEN h.here
            THEN pg_catalog.array_remove($1::text[], (
                   SELECT l.virtualxid FROM pg_catalog.pg_locks l
                    WHERE l.locktype = 'virtualxid' AND l.granted
                      AND l.pid = pg_catalog.pg_backend_pid()
                      AND l.mode = 'ExclusiveLock'))
            ELSE $1::text[] END,
       h.here
  FROM (SELECT $2 = pg_catalog.concat(
                      EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time()), '/',
                      (SELECT d.oid FROM pg_catalog.pg_database d
                        WHERE d.datname = pg_catalog.current_database())) AS here) h

-- One step of the proof: $1 the samples, oldest first; $2 the transactions
-- open now.  The newest sample none of whose transactions is still open proves
-- that nobody can commit a value up to its clock (less the margin) any more.
-- A transaction changes its name when it is prepared (to prepared/...): a new
-- one of those may be any that was open, so it holds every such sample back.
-- $3 kind (time, naive, number), $4 margin and $5 settle in ms, $6 unit of the
-- column, $7 the clock at the start of the run.
-- name: horizon_step
WITH sample AS (
  SELECT e.value AS s, e.ordinality AS n,
         NOT (e.value -> 'v' ?| $2::text[])
         AND NOT (e.value -> 'v' @? '$[*] ? (!(@ starts with "prepared/"))'
                  AND EXISTS (SELECT FROM pg_catalog.unnest($2::text[]) o (name)
                               WHERE o.name LIKE 'prepared/%' AND NOT e.value -> 'v' ? o.name)) AS drained
    FROM pg_catalog.jsonb_array_elements($1::jsonb) WITH ORDINALITY e),
goal AS (
  SELECT CASE $3 WHEN 'time' THEN $7::timestamptz AT TIME ZONE 'UTC'
                 WHEN 'naive' THEN $7::timestamp END
         - $5::float8 * interval '1 ms' AS at),
safe AS (
  SELECT LEAST(CASE $3 WHEN 'time' THEN (a.s ->> 't')::timestamptz AT TIME ZONE 'UTC'
                       WHEN 'naive' THEN (a.s ->> 'l')::timestamp END
               - $4::float8 * interval '1 ms', g.at) AS at, a.s ->> 'm' AS m, a.n
    FROM sample a, goal g
   WHERE a.drained ORDER BY a.n DESC LIMIT 1),
floored AS (
  SELECT f.at, f.m, f.n,
         CASE WHEN $6 = 'microseconds' THEN f.at
              ELSE pg_catalog.date_trunc($6, f.at) - interval '1 microsecond' END AS hi
    FROM safe f)
SELECT CASE WHEN $3 = 'number' THEN f.m
            WHEN $6 = 'day' THEN pg_catalog.to_char(f.hi, 'YYYY-MM-DD')
            ELSE pg_catalog.to_char(f.hi, 'YYYY-MM-DD HH24:MI:SS.US')
                 || CASE $3 WHEN 'time' THEN '+00' ELSE '' END END AS hi,
       CASE WHEN $3 = 'number' THEN f.n = (SELECT pg_catalog.max(a.n) FROM sample a)
            ELSE f.at >= g.at END AS reached,
       (SELECT pg_catalog.jsonb_agg(a.s ORDER BY a.n) FROM sample a
         WHERE a.n >= COALESCE(f.n, 0)) AS samples
  FROM goal g LEFT JOIN floored f ON true

-- name: horizon_add
SELECT pg_catalog.jsonb_agg(e.value ORDER BY e.ordinality)
  FROM pg_catalog.jsonb_array_elements(
         $1::jsonb || pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
           't', $2, 'l', $3, 'v', pg_catalog.to_jsonb($4::text[]), 'm', $5)))
       WITH ORDINALITY e
 WHERE pg_catalog.jsonb_array_length($1::jsonb) < 16 OR e.ordinality <> 8

-- The clock $1 less $4 ms, rounded down to what the column can tell apart:
-- values up to it are never written again once that much time has passed.
-- name: horizon_clock
SELECT CASE WHEN $3 = 'day' THEN pg_catalog.to_char(u.hi, 'YYYY-MM-DD')
            ELSE pg_catalog.to_char(u.hi, 'YYYY-MM-DD HH24:MI:SS.US')
                 || CASE $2 WHEN 'time' THEN '+00' ELSE '' END END
  FROM (SELECT CASE WHEN $3 = 'microseconds' THEN v.at
                    ELSE pg_catalog.date_trunc($3, v.at) - interval '1 microsecond' END AS hi
          FROM (SELECT CASE $2 WHEN 'time' THEN $1::timestamptz AT TIME ZONE 'UTC'
                               ELSE $1::timestamp END
                       - $4::float8 * interval '1 ms' AS at) v) u
