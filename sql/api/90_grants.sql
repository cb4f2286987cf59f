-- Who may do what.  Nothing in schema gw that reaches a remote system, or that
-- tells of runs, is open to PUBLIC; an administrator opens it role by role.
CREATE OR REPLACE FUNCTION gw.grant_usage(role_name text, kind text DEFAULT 'reader')
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  reader CONSTANT text[] := ARRAY[
    'test_connection', 'check_connection', 'server_info', 'connections', 'disconnect',
    'disconnect_all', 'list_databases', 'list_schemas', 'list_tables', 'table_exists',
    'get_target_schema', 'get_target_schemas', 'explain_remote', 'plan_migration', 'schema_source',
    'detect_keys', 'remote_health', 'remote_jobs', 'check_permissions', 'supports', 'server_default', 'export_config'];
  operator CONSTANT text[] := ARRAY[
    'execute', 'execute_ddl', 'execute_query', 'execute_query_json', 'sync_table',
    'get_watermark', 'set_watermark', 'reset_watermark', 'apply_migration',
    'create_table_from_schema', 'create_foreign_table', 'schema_accept', 'schema_show',
    'schema_history', 'schema_compare', 'recover', 'prune_history', 'run_load', 'load_config',
    'load_config_file', 'profile', 'reset_breaker'];
  tables CONSTANT text[] := ARRAY[
    'stream', 'watermark', 'watermark_history', 'run', 'task', 'batch', 'migration',
    'schema_snapshot', 'schema_change', 'progress', 'connection_default'];
  object record;
BEGIN
  IF kind IS NULL OR kind NOT IN ('reader', 'operator') THEN
    RAISE EXCEPTION 'unknown kind of grant: %', quote_nullable(kind)
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Use ''reader'' or ''operator''.';
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
    RAISE EXCEPTION 'role % does not exist', quote_nullable(role_name)
      USING ERRCODE = 'undefined_object', HINT = 'Create the role first: grant_usage creates none.';
  END IF;
  EXECUTE format('GRANT USAGE ON SCHEMA gw TO %I', role_name);
  FOR object IN
    SELECT p.oid::regprocedure AS name
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'gw'
      AND (p.proname = ANY (reader) OR kind = 'operator' AND p.proname = ANY (operator))
  LOOP
    EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %I', object.name, role_name);
  END LOOP;
  IF kind = 'operator' THEN
    FOR object IN
      SELECT c.oid::regclass AS name
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'gw' AND c.relkind IN ('r', 'v') AND c.relname = ANY (tables)
    LOOP
      EXECUTE format('GRANT SELECT ON %s TO %I', object.name, role_name);
    END LOOP;
  END IF;
END
$$;
COMMENT ON FUNCTION gw.grant_usage(text, text) IS
'Grants a role what it needs of schema gw. kind ''reader'': connect, introspect and explain. kind ''operator'': that, and remote statements and DDL (a remote query may write too), syncs, watermarks, and the history of the role''s own runs. USAGE on each foreign server and a user mapping are granted apart. Errors: 22023 unknown kind, 42704 no such role, 42501 the caller may not grant it.';
REVOKE ALL ON FUNCTION gw.grant_usage(text, text) FROM PUBLIC;
