-- Making tables, changing them into what is wanted, and the schemas that were
-- accepted.
CREATE OR REPLACE FUNCTION gw.migration_steps(
    platform text, old jsonb, wanted jsonb, options jsonb DEFAULT '{}',
    OUT n integer, OUT op text, OUT path text[], OUT method text, OUT lock text,
    OUT destructive boolean, OUT reversible boolean, OUT sql text[], OUT preflight text[],
    OUT undo text[], OUT allow text, OUT note text, OUT base_fingerprint text)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_api_migration_steps';
COMMENT ON FUNCTION gw.migration_steps(text, jsonb, jsonb, jsonb) IS
'The steps that lead a table of one canonical schema to another on a platform (bigquery, databricks, mysql, postgres, redshift, snowflake, sqlserver, or an alias), without a connection. The table''s name is old''s source. Columns and options as in gw.plan_migration(); base_fingerprint is NULL. Reads no remote. Errors: 22023 a faulty document, option or platform, 0A000 a type that the platform cannot hold.';

CREATE OR REPLACE FUNCTION gw.plan_migration(
    server text, "table" text, wanted jsonb, options jsonb DEFAULT '{}',
    OUT n integer, OUT op text, OUT path text[], OUT method text, OUT lock text,
    OUT destructive boolean, OUT reversible boolean, OUT sql text[], OUT preflight text[],
    OUT undo text[], OUT allow text, OUT note text, OUT base_fingerprint text)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_plan_migration';
COMMENT ON FUNCTION gw.plan_migration(text, text, jsonb, jsonb) IS
'The steps, in order, that would make a remote table what a canonical schema says; no row: it is that already. Runs nothing. method: online (catalog only), validate (reads every row), rewrite (writes every row), swap (a new table takes the old one''s place), api (a call of the service, not SQL), impossible, none (a note only). lock: what others are kept from. preflight: queries that must count 0. undo: what takes the step back. allow: the words that gw.apply_migration() must be given. base_fingerprint: of the table as it is. options: renames {"old": "new"}, accept_renames, order (move columns too, false), comments, defaults, keys, layout (change these too, true), time_zone (in which a wall clock counts, for timestamp to timestamptz and back). Needs USAGE on the server. Errors: 42P01 no such table, 42809 not a table, 55000 it shows no columns, 22023 a faulty document or option, 0A000 a type that the platform cannot hold.';
REVOKE ALL ON FUNCTION gw.plan_migration(text, text, jsonb, jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.apply_migration(
    server text, "table" text, wanted jsonb, dry_run boolean DEFAULT false,
    allow text[] DEFAULT '{}', options jsonb DEFAULT '{}')
RETURNS SETOF text
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_apply_migration';
COMMENT ON FUNCTION gw.apply_migration(text, text, jsonb, boolean, text[], jsonb) IS
'Makes a remote table what a canonical schema says and returns the plan as text, one line a row; with dry_run it only tells. The table is locked, described and planned for anew; each step''s preflight queries must count 0; afterwards the table is described again, and nothing may be left to do. What loses values must be allowed by name: allow => ''{drop_column:c}'', and ''{change_type:c}'' for values that become others. options: as for gw.plan_migration(), and base_fingerprint, for which the plan was seen: another is refused. On platforms whose DDL obeys transactions all of it stands or falls with the local transaction; elsewhere it must not run in a transaction block, each step stays done, and calling it again goes on. Applied migrations are rows of gw.migration. Errors: 55000 not allowed, stale, or no columns shown; 23514 rows stand against a step; 0A000 a step that SQL cannot do; 25001 in a transaction block; 25006 the server is read_only; otherwise as gw.plan_migration().';
REVOKE ALL ON FUNCTION gw.apply_migration(text, text, jsonb, boolean, text[], jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.create_table_from_schema(
    server text, schema jsonb, table_name text DEFAULT NULL, schema_name text DEFAULT NULL,
    if_not_exists boolean DEFAULT false, options jsonb DEFAULT '{}')
RETURNS SETOF text
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_create_table';
COMMENT ON FUNCTION gw.create_table_from_schema(text, jsonb, text, text, boolean, jsonb) IS
'Creates a table of a canonical schema on a server, wherever that schema comes from, and returns the statements that were run. table_name NULL: the schema''s source.table; schema_name NULL: the server''s default. if_not_exists: with a table of that name there nothing is done, with a NOTICE. options: as for gw.render_ddl(). What the platform cannot say, or not without loss, is a NOTICE each. Part of the local transaction where the platform''s DDL obeys one. Needs USAGE on the server. Errors: 42P07 it exists, 22023 a faulty document or no name, 0A000 a type that the platform cannot hold, 25006 the server is read_only.';
REVOKE ALL ON FUNCTION gw.create_table_from_schema(text, jsonb, text, text, boolean, jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.create_foreign_table(
    server text, "table" text, local_name text DEFAULT NULL)
RETURNS regclass
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_create_foreign_table';
COMMENT ON FUNCTION gw.create_foreign_table(text, text, text) IS
'Creates a foreign table here for one remote table, with the columns and types that IMPORT FOREIGN SCHEMA gives, and returns it. local_name: [schema.]name by SQL''s rules; NULL: the remote''s name in the current schema. Needs USAGE on the server and CREATE on the schema. Errors: 42P01 no such remote table, 42P07 the local name is taken, 0A000 it cannot be read as a foreign table.';
REVOKE ALL ON FUNCTION gw.create_foreign_table(text, text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.schema_source(server text, "table" text) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_schema_source';
COMMENT ON FUNCTION gw.schema_source(text, text) IS
'The name under which a remote table stands in gw.schema_snapshot and gw.schema_change (source): schema-qualified, the server''s default schema where none is given. Errors: 42704 no such server, 42602 a malformed name.';
REVOKE ALL ON FUNCTION gw.schema_source(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.schema_accept(server text, "table" text, reason text DEFAULT NULL)
RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_schema_accept';
COMMENT ON FUNCTION gw.schema_accept(text, text, text) IS
'Makes a remote table''s schema, as it is now, the current role''s baseline for it, and returns how many open changes that settles. Errors: 42P01 no such table, 42704 no such server.';
REVOKE ALL ON FUNCTION gw.schema_accept(text, text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.schema_show(server text, "table" text) RETURNS jsonb
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_schema_show';
COMMENT ON FUNCTION gw.schema_show(text, text) IS
'The current role''s baseline of a remote table: its canonical schema as it was accepted; NULL: there is none. Errors: 42704 no such server.';
REVOKE ALL ON FUNCTION gw.schema_show(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.schema_history(
    server text, "table" text,
    OUT snapshot_id bigint, OUT captured_at timestamptz, OUT is_current boolean,
    OUT fingerprint text, OUT columns integer, OUT reason text, OUT changes text[])
RETURNS SETOF record
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT s.snapshot_id, s.captured_at, s.is_current, s.fingerprint,
         jsonb_array_length(s.document -> 'columns'), s.reason,
         ARRAY(SELECT c.message FROM gw.schema_change c
                WHERE c.snapshot_id = s.snapshot_id ORDER BY c.change_id)
    FROM gw.schema_snapshot s
   WHERE s.server = $1 AND s.source = gw.schema_source($1, $2)
   ORDER BY s.snapshot_id
$$;
COMMENT ON FUNCTION gw.schema_history(text, text) IS
'Every baseline of a remote table that the current role may see, oldest first, with what was found changed against it. reason: as given to gw.schema_accept(), "first seen", "permissive", or the migration. Errors: 42704 no such server, 42501 no right to read the history.';
REVOKE ALL ON FUNCTION gw.schema_history(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.schema_compare(
    server text, "table" text, options jsonb DEFAULT '{}',
    OUT n integer, OUT kind text, OUT path text[], OUT old_value jsonb, OUT new_value jsonb,
    OUT class text, OUT read text, OUT write text, OUT data text, OUT risk text,
    OUT reversible boolean, OUT message text)
RETURNS SETOF record
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT d.*
    FROM (SELECT gw.schema_show($1, $2) AS baseline, gw.get_target_schema($1, $2) AS found) s,
         gw.schema_diff(s.baseline, s.found, $3) d
   WHERE s.baseline IS NOT NULL
$$;
COMMENT ON FUNCTION gw.schema_compare(text, text, jsonb) IS
'What has changed in a remote table since the current role accepted its schema; rows and options as in gw.schema_diff(). No row also where nothing was accepted. Errors: 42P01 no such table, 42704 no such server.';
REVOKE ALL ON FUNCTION gw.schema_compare(text, text, jsonb) FROM PUBLIC;
