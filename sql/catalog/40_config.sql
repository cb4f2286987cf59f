-- Which connection each role uses by default; the C code writes it under the
-- extension owner's id.
CREATE TABLE gw.connection_default (
  role   name PRIMARY KEY,
  server text NOT NULL,
  set_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
COMMENT ON TABLE gw.connection_default IS
'The `target` of the configuration that a role has loaded last; gw.server_default() reads it.';
ALTER TABLE gw.connection_default ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON gw.connection_default FOR SELECT USING (role = current_user);
SELECT pg_catalog.pg_extension_config_dump('gw.connection_default', '');
