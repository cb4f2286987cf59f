-- Migrations that were applied, and the schemas that were accepted.  The C
-- code writes them under the extension owner's id; a role sees its own rows.

CREATE TABLE gw.migration (
  migration_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner              name NOT NULL,
  server             text NOT NULL,
  source             text NOT NULL,
  base_fingerprint   text NOT NULL,
  wanted_fingerprint text NOT NULL,
  steps              jsonb NOT NULL,
  applied_at         timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
CREATE INDEX ON gw.migration (server, source);
COMMENT ON TABLE gw.migration IS
'Every migration that gw.apply_migration() carried out: from which fingerprint to which, and its steps with their statements and what would undo them.';

CREATE TABLE gw.schema_snapshot (
  snapshot_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner       name NOT NULL,
  server      text NOT NULL,
  source      text NOT NULL,
  fingerprint text NOT NULL,
  document    jsonb NOT NULL,
  reason      text,
  is_current  boolean NOT NULL DEFAULT true,
  captured_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
CREATE UNIQUE INDEX snapshot_one_current ON gw.schema_snapshot (owner, server, source) WHERE is_current;
CREATE INDEX ON gw.schema_snapshot (server, source);
COMMENT ON TABLE gw.schema_snapshot IS
'Baselines: the canonical schemas of remote tables that were accepted, one of them current for each role and table. gw.schema_accept() adds one, so does the first sync of a table, and a sync with on_drift permissive when nothing breaks.';
COMMENT ON COLUMN gw.schema_snapshot.source IS 'The remote table''s name, schema-qualified and quoted where needed.';

CREATE TABLE gw.schema_change (
  change_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner       name NOT NULL,
  snapshot_id bigint NOT NULL REFERENCES gw.schema_snapshot ON DELETE CASCADE,
  server      text NOT NULL,
  source      text NOT NULL,
  fingerprint text NOT NULL,
  kind        text NOT NULL,
  path        text[] NOT NULL,
  old_value   jsonb,
  new_value   jsonb,
  class       text NOT NULL,
  policy      text NOT NULL,
  message     text NOT NULL,
  state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted')),
  detected_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  accepted_at timestamptz
);
CREATE INDEX ON gw.schema_change (server, source);
COMMENT ON TABLE gw.schema_change IS
'Drift: what a sync found changed against the baseline (snapshot_id), once for each new state of the table (fingerprint), and whether it was accepted since. Columns as in gw.schema_diff().';

ALTER TABLE gw.migration ENABLE ROW LEVEL SECURITY;
ALTER TABLE gw.schema_snapshot ENABLE ROW LEVEL SECURITY;
ALTER TABLE gw.schema_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON gw.migration FOR SELECT USING (owner = current_user);
CREATE POLICY own_rows ON gw.schema_snapshot FOR SELECT USING (owner = current_user);
CREATE POLICY own_rows ON gw.schema_change FOR SELECT USING (owner = current_user);

SELECT pg_catalog.pg_extension_config_dump('gw.schema_snapshot', '');
SELECT pg_catalog.pg_extension_config_dump('gw.schema_snapshot_snapshot_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('gw.schema_change', '');
SELECT pg_catalog.pg_extension_config_dump('gw.schema_change_change_id_seq', '');
