-- Connections from a configuration: both shapes, environments, variables, what
-- is refused, that loading again changes nothing, and what never shows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS warehouse_gw;
RESET client_min_messages;
\set SHOW_CONTEXT never
\set VERBOSITY default
CREATE ROLE regress_gw_config;

-- The first shape: the name is the platform.  What this build has not is an
-- error that makes nothing, or is skipped.
\set first `printf 'target: postgres\nconnections:\n  nowhere: {user: ${NOWHERE_USER}, account: a, role: TRANSFORMER}\n  postgres:  {host: localhost, port: 5432, database: analytics, user: reader, password_ref: "env:WGW_CFG"}\n  local: {fetch_size: 500}\nconnection_settings: {default_timeout: 30, pool_recycle_time: 3600}\n'`
\set VERBOSITY terse
SELECT * FROM gw.load_config(:'first');
\set VERBOSITY default
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM pg_foreign_server WHERE srvname IN ('postgres', 'local', 'nowhere');
SELECT * FROM gw.load_config(:'first', skip_unknown => true);
SELECT srvname, srvoptions FROM pg_foreign_server WHERE srvname IN ('postgres', 'local', 'nowhere') ORDER BY 1;
SELECT umoptions FROM pg_user_mappings WHERE srvname = 'postgres';
SELECT gw.server_default();

-- Again: nothing changes, not even a catalog row.
SELECT xmin AS before FROM pg_foreign_server WHERE srvname = 'postgres' \gset
SELECT * FROM gw.load_config(:'first', skip_unknown => true);
SELECT xmin = :'before'::xid AS same FROM pg_foreign_server WHERE srvname = 'postgres';

-- The second shape, with an environment merged in, a comment, and a tunnel.
\set second `printf 'connections:\n  sources:\n    cfg_sales: {type: postgresql, host: sales.example.com, port: 3306, database: sales, username: alice,\n      connection_pool: {min_connections: 2}, description: Sales department}\n  targets:\n    cfg_report:\n      type: postgres\n      host: report.example.com\n      username: bob\n      schema: reporting\n      ssh_tunnel: {enabled: true, host: bastion.example.com, port: 2222, username: carol, private_key_path: /keys/id}\nenvironments:\n  staging: {connections: {sources: {cfg_sales: {host: staging.example.com}}}}\n  empty:\n'`
SELECT * FROM gw.load_config(:'second');
SELECT srvname, srvoptions, obj_description(oid, 'pg_foreign_server') AS comment
FROM pg_foreign_server WHERE srvname LIKE 'cfg%' ORDER BY 1;
SELECT * FROM gw.load_config(:'second', 'staging');
SELECT srvoptions FROM pg_foreign_server WHERE srvname = 'cfg_sales';
SELECT * FROM gw.load_config(:'second', 'empty');
SELECT * FROM gw.load_config(:'second', 'stageing');
SELECT gw.test_connection('cfg_report');
SELECT ok, sqlstate FROM gw.check_connection('cfg_report');
-- The tunnel is put out: the option says so, the rest stays and is told.
SELECT * FROM gw.load_config('connections: {cfg_report: {type: postgres, host: report.example.com, ssh_tunnel: {enabled: false, host: x}}}');
SELECT srvoptions FROM pg_foreign_server WHERE srvname = 'cfg_report';

-- What the text gets wrong: the line, and what was meant.
CREATE FUNCTION pg_temp.try(yaml text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  hint text;
BEGIN
  PERFORM gw.load_config(replace(yaml, '\n', E'\n'));
  RETURN 'loaded';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(regexp_replace(hint, 'There are: local, .*', 'There are: local, ...'), ''));
END
$$;
\t on
\pset format unaligned
SELECT pg_temp.try(yaml) FROM (VALUES
  (1, 'connections: {a: {type: postgres,\n hots: x}}'),
  (2, 'connections: {a: {type: postgres,\n ssh_tunel: {}}}'),
  (3, 'connections: {a: {type: postgres, query: x}}'),
  (4, 'conections: {}'),
  (5, 'connections:\n  a: {type: postgrse}'),
  (6, 'connections: {}\ntarget: b'),
  (7, 'connections: {pg1: {type: postgres}}\ntarget: pg2'),
  (8, 'connections: {a: {type: postgres, host: {b: c}}}'),
  (9, 'connections: {a: {type: postgres, user: x,\n username: y}}'),
  (10, 'connections: {a: {type: postgres, host: x, host: y}}'),
  (11, 'connections:\n  a: {type: postgres, password: ${WGW_NOT_THERE}}'),
  (12, 'connections: {a: {type: postgres, host: "${1}"}}'),
  (13, 'connections: {sources: {a: {type: local}}, targets: {a: {type: local}}}'),
  (14, 'connections: {a: {type: local, ssh_tunnel: {enabled: perhaps}}}'),
  (15, 'connections: {a: {type: local, ssh_tunnel: {hostt: x}}}'),
  (16, 'connections: {a: {type: local, connection_pool: {max: 3}}}'),
  (17, 'connection_settings: {default_timeut: 3}\nconnections: {}'),
  (18, 'environments: {e: {environments: {}}}\nconnections: {}'),
  (19, ''), (20, '[a]'), (21, 'a: b: c'), (22, '{}\n---\n{}'), (23, 'connections: !!map {}'),
  (24, 'connections: {a: *b}'), (25, 'connections: {[a]: b}'), (26, 'connections: "a\0b"'),
  (27, 'connections: {cfg_sales: {type: local}}'),
  (28, 'connections: {a: {type: local, fetch_size: WGWCANARY}}'),
  (29, 'connections: ' || repeat('[', 40)),
  (30, E'\uE000'), (31, 'connections: {a: {type: postgres, host: [x]}}'),
  (32, 'x: [' || repeat('1,', 20001) || ']'),
  (33, repeat('#', 1024 * 1024 + 1)),
  (34, 'a0: &a0 [1,2,3,4,5,6,7,8]\n' || (SELECT string_agg(format('a%s: &a%s [%s]', i, i,
     repeat('*a' || i - 1 || ', ', 8)), '\n') FROM generate_series(1, 6) i)),
  (35, 'a: &a 1\nb: [' || repeat('*a,', 101) || ']')) AS t(n, yaml) ORDER BY n;
\t off
\pset format aligned
SELECT count(*) FROM pg_foreign_server WHERE srvname = 'a';

-- What a variable holds is a value, never YAML; comments may hold anything.
SELECT current_setting('data_directory') || '/gw_config.yaml' AS config,
  current_setting('data_directory') || '/gw_config.env' AS env,
  current_setting('data_directory') || '/gw_config_open.env' AS open,
  current_setting('data_directory') AS folder \gset
CREATE TEMP TABLE lines (n serial, line text);
INSERT INTO lines (line) VALUES ('# ${not a variable'), ('connections:'),
  ('  cfg_file: {type: postgres, host: ${CFG_HOST}, database: "x ${CFG_DB} $${y}",'),
  ('    user: ${CFG_USER}, password: ${CFG_PASSWORD}}');
\set ECHO none
SELECT format('COPY (SELECT line FROM lines ORDER BY n) TO PROGRAM %L', 'umask 077; cat > ' || quote_literal(:'config')) \gexec
\set ECHO all
TRUNCATE lines;
INSERT INTO lines (line) VALUES ('# secrets'), ('export CFG_HOST = localhost  # where'), ('CFG_DB=''a: b, {c}'''),
  ('CFG_USER="al\"ice"'), ('CFG_PASSWORD=WGWCANARY_cfg}{'), (' '), ('CFG_SPARE=');
\set ECHO none
SELECT format('COPY (SELECT line FROM lines ORDER BY n) TO PROGRAM %L WITH (FORMAT csv, QUOTE E''\x01'', DELIMITER E''\x02'')', 'umask 077; cat > ' || quote_literal(:'env')) \gexec
SELECT format('COPY (SELECT 1) TO %L', :'open') \gexec
\set ECHO all
SELECT * FROM gw.load_config_file(:'config', :'env');
SELECT srvoptions FROM pg_foreign_server WHERE srvname = 'cfg_file';
SELECT o.option_name, CASE WHEN o.option_name = 'password' THEN option_value = 'WGWCANARY_cfg}{' ELSE option_value = 'al"ice' END AS right
FROM pg_user_mappings m, pg_options_to_table(m.umoptions) o WHERE srvname = 'cfg_file';
SELECT * FROM gw.load_config_file(:'config', :'env');
\set VERBOSITY sqlstate
SELECT gw.load_config_file(:'config');
SELECT gw.load_config_file('gw_config.yaml');
SELECT gw.load_config_file(:'folder');
SELECT gw.load_config_file(:'config' || 'x');
SELECT gw.load_config_file(:'config', :'open');
SELECT gw.load_config_file(:'config', :'config');
SELECT gw.load_config_file(NULL);
SELECT gw.load_config(NULL);
\set VERBOSITY default

-- The export has what is needed to load it again, and no secret.
SELECT gw.export_config() AS exported \gset
\echo :exported
SELECT strpos(:'exported', 'WGWCANARY') AS secrets;
SELECT server, server_action FROM gw.load_config(
  replace(replace(:'exported', '${CFG_FILE_PASSWORD}', '"WGWCANARY_cfg}{"'), '${POSTGRES_PASSWORD_REF}', 'env:WGW_CFG'))
WHERE server LIKE 'cfg%';

-- A secret at the wrong place does not show in the error.
SELECT gw.load_config_file(:'config', :'env');
TRUNCATE lines;
INSERT INTO lines (line) VALUES ('connections:'), ('  cfg_wrong: {type: postgres, port: ${CFG_PASSWORD}}');
\set ECHO none
SELECT format('COPY (SELECT line FROM lines ORDER BY n) TO PROGRAM %L', 'umask 077; cat > ' || quote_literal(:'config')) \gexec
\set ECHO all
SELECT gw.load_config_file(:'config', :'env');
\echo :LAST_ERROR_MESSAGE
DO $$
BEGIN
  PERFORM gw.load_config_file(current_setting('data_directory') || '/gw_config.yaml', current_setting('data_directory') || '/gw_config.env');
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE '%', SQLERRM;
END
$$;

-- Rights: those of the statements, and of reading files; a default of one's own.
SELECT gw.grant_usage('regress_gw_config', 'operator');
SET ROLE regress_gw_config;
SELECT gw.load_config_file('/etc/hostname');
SELECT gw.load_config('connections: {cfg_mine: {type: local}}');
SELECT gw.load_config('connections: {cfg_env: {type: postgres, host: "${WGW_CFG}"}}');
SELECT gw.server_default();
RESET ROLE;
GRANT USAGE ON FOREIGN DATA WRAPPER gw_local TO regress_gw_config;
SET ROLE regress_gw_config;
SELECT * FROM gw.load_config(E'connections: {cfg_mine: {type: local}}\ntarget: cfg_mine');
SELECT gw.server_default();
SELECT gw.export_config();
SELECT gw.load_config('connections: {cfg_sales: {type: postgres, host: x}}');
RESET ROLE;
SELECT gw.server_default();
DROP SERVER cfg_mine;

-- Features and permissions.
CREATE TABLE config_table (a int, b int);
GRANT SELECT (a, b), INSERT (a) ON config_table TO regress_gw_config;
GRANT USAGE ON FOREIGN SERVER local TO regress_gw_config;
SELECT gw.supports('local', 'Transactions'), gw.supports('local', 'writes'), gw.supports('postgres', 'copy_in');
SELECT gw.supports('local', 'write');
SELECT action, gw.check_permissions('local', 'config_table', action, 'public')
FROM unnest('{select,insert,update,delete,truncate,alter,drop,CREATE}'::text[]) AS action;
SET ROLE regress_gw_config;
SELECT action, gw.check_permissions('local', 'public.config_table', action)
FROM unnest('{select,insert,update,delete,truncate,alter,drop,create}'::text[]) AS action;
RESET ROLE;
SELECT gw.check_permissions('local', 'config_tabel', 'select', 'public');
SELECT gw.check_permissions('local', 'x', 'create', 'nowhere');
SELECT gw.check_permissions('local', 'config_table', 'insrt', 'public');
ALTER SERVER local OPTIONS (ADD read_only 'true');
SELECT gw.check_permissions('local', 'config_table', 'insert', 'public');

\set VERBOSITY sqlstate
\set ECHO none
SELECT format('COPY (SELECT 1) TO PROGRAM %L', 'rm ' || quote_literal(:'config') || ' ' || quote_literal(:'env') || ' ' || quote_literal(:'open')) \gexec
\set ECHO all
SET client_min_messages = warning;
DROP TABLE config_table;
DROP SERVER postgres CASCADE;
DROP SERVER local CASCADE;
DROP SERVER cfg_sales CASCADE;
DROP SERVER cfg_report CASCADE;
DROP SERVER cfg_file CASCADE;
SELECT gw.server_default();
DROP OWNED BY regress_gw_config;
DROP ROLE regress_gw_config;
