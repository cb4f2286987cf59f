-- Movement: what is moved, how far it has come, and what happened.  Ordinary
-- tables; the C code writes them under the extension owner's id, in the same
-- transaction as the rows it moves.  A role sees the rows of its own streams.

CREATE TABLE gw.stream (
  stream_id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name            text NOT NULL UNIQUE CHECK (name <> ''),
  owner           name NOT NULL DEFAULT current_user,
  server          text NOT NULL,
  source          text NOT NULL,
  source_parts    text[] NOT NULL CHECK (pg_catalog.cardinality(source_parts) BETWEEN 1 AND 3),
  target          text NOT NULL,
  target_parts    text[] NOT NULL CHECK (pg_catalog.cardinality(target_parts) = 2),
  target_oid      oid,
  server_oid      oid,
  home            text,
  load_mode       text NOT NULL CHECK (load_mode IN ('replace', 'append', 'merge')),
  cursor_field    text,
  cursor_id_field text,
  key_columns     text[],
  options         jsonb NOT NULL DEFAULT '{}',
  created_at      timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  updated_at      timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  UNIQUE (server, source, target),
  CONSTRAINT stream_merge_has_keys
    CHECK (load_mode <> 'merge' OR pg_catalog.cardinality(key_columns) > 0),
  CONSTRAINT stream_replace_is_full
    CHECK (load_mode <> 'replace' OR (cursor_field IS NULL AND cursor_id_field IS NULL))
);
COMMENT ON TABLE gw.stream IS
'One source table that is moved into one target: made by gw.sync_table(), found again by (server, source, target) or by name.';
COMMENT ON COLUMN gw.stream.source IS 'The source''s name, schema-qualified and quoted where needed.';
COMMENT ON COLUMN gw.stream.home IS 'System identifier and database oid under which target_oid and server_oid were seen; differs after a restore.';
COMMENT ON COLUMN gw.stream.server_oid IS 'The server of the last successful run: the stream follows it when it is renamed.';

CREATE TABLE gw.watermark (
  stream_id          integer NOT NULL REFERENCES gw.stream ON DELETE CASCADE,
  partition_key      text NOT NULL DEFAULT '',
  generation         integer NOT NULL DEFAULT 1,
  cursor_value       text,
  cursor_type        text,
  cursor_collation   text,
  cursor_id          text,
  cursor_id_type     text,
  horizon            jsonb NOT NULL DEFAULT '[]',
  source_fingerprint text,
  source_columns     text[],
  version            bigint NOT NULL DEFAULT 0,
  last_run           bigint,
  source_clock       text,
  updated_at         timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  PRIMARY KEY (stream_id, partition_key),
  CONSTRAINT watermark_id_needs_value CHECK (cursor_id IS NULL OR cursor_value IS NOT NULL)
);
COMMENT ON TABLE gw.watermark IS
'How far each stream has come: the greatest cursor value whose row was applied, as the source wrote it (text of cursor_type). It moves in the transaction that applies the rows.';
COMMENT ON COLUMN gw.watermark.horizon IS
'Up to 16 samples {t, l, v, m}: the source''s clock (UTC and local), the transactions open then, and for id cursors the greatest id seen. They prove up to where no writer can still commit.';
COMMENT ON COLUMN gw.watermark.version IS 'Raised by every change of the value; a run that started from an older version is refused.';

CREATE TABLE gw.watermark_history (
  history_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream_id     integer NOT NULL,
  stream        text NOT NULL,
  owner         name NOT NULL,
  partition_key text NOT NULL DEFAULT '',
  op            text NOT NULL CHECK (op IN ('advance', 'set', 'reset', 'rollback', 'migrate')),
  generation    integer NOT NULL,
  version       bigint NOT NULL,
  old_value     text,
  old_id        text,
  new_value     text,
  new_id        text,
  run_id        bigint,
  batch_id      uuid,
  rows          bigint,
  actor         name NOT NULL,
  reason        text,
  changed_at    timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  CONSTRAINT history_reason CHECK (op = 'advance' OR reason <> '')
);
CREATE INDEX ON gw.watermark_history (stream_id, history_id);
COMMENT ON TABLE gw.watermark_history IS
'Every change of a watermark, written in the same transaction. Rows are never changed or removed.';

CREATE FUNCTION gw.watermark_history_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'gw.watermark_history is append-only'
    USING ERRCODE = '55000',
          HINT = 'Change a watermark with gw.set_watermark() or gw.reset_watermark(); both leave a row here.';
END
$$;
COMMENT ON FUNCTION gw.watermark_history_guard() IS
'Trigger of gw.watermark_history: refuses every change of what happened (55000).';
REVOKE ALL ON FUNCTION gw.watermark_history_guard() FROM PUBLIC;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON gw.watermark_history
  FOR EACH STATEMENT EXECUTE FUNCTION gw.watermark_history_guard();

CREATE TABLE gw.run (
  run_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind         text NOT NULL DEFAULT 'sync',
  owner        name NOT NULL,
  state        text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'partial', 'failed',
                                              'cancelled', 'crashed', 'skipped_locked')),
  params       jsonb NOT NULL DEFAULT '{}',
  backend_pid  integer,
  home         text,
  started_at   timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  finished_at  timestamptz,
  rows_read    bigint,
  rows_written bigint,
  error_class  text,
  sqlstate     text,
  error        text,
  CONSTRAINT run_finished CHECK ((finished_at IS NULL) = (state IN ('queued', 'running')))
);
CREATE INDEX ON gw.run (started_at);
COMMENT ON TABLE gw.run IS
'Every run of gw.sync_table(). A run outside a transaction block is recorded before it starts, so failed and crashed runs stay; inside a block the row lives and dies with the transaction.';

CREATE TABLE gw.task (
  task_id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id            bigint NOT NULL REFERENCES gw.run ON DELETE CASCADE,
  stream_id         integer NOT NULL REFERENCES gw.stream ON DELETE CASCADE,
  owner             name NOT NULL,
  state             text NOT NULL CHECK (state IN ('pending', 'ready', 'running', 'succeeded',
                                                   'retry_wait', 'failed', 'skipped', 'cancelled')),
  skip_reason       text,
  attempt           integer NOT NULL DEFAULT 1,
  lo                text,
  lo_id             text,
  hi                text,
  rows_read         bigint,
  rows_inserted     bigint,
  rows_updated      bigint,
  rows_deleted      bigint,
  rows_deduplicated bigint,
  rows_waiting      bigint,
  rows_null_cursor  bigint,
  error_class       text,
  sqlstate          text,
  error             text,
  started_at        timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  finished_at       timestamptz
);
CREATE INDEX ON gw.task (run_id);
CREATE INDEX ON gw.task (stream_id, task_id);
CREATE UNIQUE INDEX task_one_running ON gw.task (stream_id) WHERE state = 'running';
COMMENT ON TABLE gw.task IS
'One stream within one run: the window (lo, hi] that was read, and what became of the rows.';

CREATE TABLE gw.batch (
  batch_id         uuid PRIMARY KEY,
  task_id          bigint NOT NULL REFERENCES gw.task ON DELETE CASCADE,
  stream_id        integer NOT NULL REFERENCES gw.stream ON DELETE CASCADE,
  owner            name NOT NULL,
  seq              integer NOT NULL DEFAULT 1,
  generation       integer NOT NULL,
  expected_version bigint NOT NULL,
  lo               text,
  lo_id            text,
  hi               text,
  rows             bigint NOT NULL,
  state            text NOT NULL CHECK (state IN ('planned', 'extracting', 'staged', 'applying',
                                                  'applied', 'finalized', 'failed', 'purged')),
  remote_token     text,
  created_at       timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  finalized_at     timestamptz
);
CREATE INDEX ON gw.batch (task_id);
CREATE UNIQUE INDEX batch_one_applying ON gw.batch (stream_id) WHERE state IN ('applying', 'applied');
COMMENT ON TABLE gw.batch IS
'The ledger: one row per load that was applied, with an id that follows from the stream, its generation and the window.';

-- Who sees what: a role its own rows; superusers and the owner of the
-- extension everything.  Nobody but the C code writes.
ALTER TABLE gw.stream ENABLE ROW LEVEL SECURITY;
ALTER TABLE gw.watermark ENABLE ROW LEVEL SECURITY;
ALTER TABLE gw.watermark_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE gw.run ENABLE ROW LEVEL SECURITY;
ALTER TABLE gw.task ENABLE ROW LEVEL SECURITY;
ALTER TABLE gw.batch ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON gw.stream FOR SELECT USING (owner = current_user);
CREATE POLICY own_rows ON gw.watermark FOR SELECT
  USING (EXISTS (SELECT FROM gw.stream s WHERE s.stream_id = watermark.stream_id AND s.owner = current_user));
CREATE POLICY own_rows ON gw.watermark_history FOR SELECT USING (owner = current_user);
CREATE POLICY own_rows ON gw.run FOR SELECT USING (owner = current_user);
CREATE POLICY own_rows ON gw.task FOR SELECT USING (owner = current_user);
CREATE POLICY own_rows ON gw.batch FOR SELECT USING (owner = current_user);

-- A dump carries the streams and how far they are, never the runs.
SELECT pg_catalog.pg_extension_config_dump('gw.stream', '');
SELECT pg_catalog.pg_extension_config_dump('gw.stream_stream_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('gw.watermark', '');
SELECT pg_catalog.pg_extension_config_dump('gw.watermark_history', '');
SELECT pg_catalog.pg_extension_config_dump('gw.watermark_history_history_id_seq', '');
