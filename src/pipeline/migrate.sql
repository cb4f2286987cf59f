-- Statements on the tables of migrations and baselines, run as the
-- extension's owner with search_path pinned.  Every parameter is text.

-- name: migration_insert
INSERT INTO gw.migration (owner, server, source, base_fingerprint, wanted_fingerprint, steps)
VALUES ($1::name, $2, $3, $4, $5, $6::jsonb)
RETURNING migration_id

-- name: baseline_find
SELECT s.snapshot_id, s.fingerprint, s.document
  FROM gw.schema_snapshot s
 WHERE s.owner = $1::name AND s.server = $2 AND s.source = $3 AND s.is_current

-- name: baseline_retire
UPDATE gw.schema_snapshot
   SET is_current = false
 WHERE owner = $1::name AND server = $2 AND source = $3 AND is_current

-- name: baseline_insert
INSERT INTO gw.schema_snapshot (owner, server, source, fingerprint, document, reason)
VALUES ($1::name, $2, $3, $4, $5::jsonb, $6)
RETURNING snapshot_id

-- name: drift_accept
WITH taken AS (
  UPDATE gw.schema_change
     SET state = 'accepted', accepted_at = pg_catalog.clock_timestamp()
   WHERE owner = $1::name AND server = $2 AND source = $3 AND state = 'open'
  RETURNING change_id)
SELECT pg_catalog.count(*) FROM taken

-- name: drift_known
SELECT pg_catalog.count(*)
  FROM gw.schema_change c
 WHERE c.snapshot_id = $1::bigint AND c.fingerprint = $2

-- name: drift_insert
INSERT INTO gw.schema_change (owner, snapshot_id, server, source, fingerprint, kind, path,
                              old_value, new_value, class, policy, message)
VALUES ($1::name, $2::bigint, $3, $4, $5, $6, $7::text[], $8::jsonb, $9::jsonb, $10, $11, $12)
RETURNING change_id
