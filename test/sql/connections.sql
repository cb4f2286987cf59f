-- Connections: options to sessions, errors that say what to do, what shows and
-- what does not.  Needs the extension only; the warehouse is this database.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS warehouse_gw;
RESET client_min_messages;
\set SHOW_ALL_RESULTS off

CREATE SERVER con_local FOREIGN DATA WRAPPER gw_local;
DO $$
BEGIN
  EXECUTE format('CREATE SERVER con_postgres FOREIGN DATA WRAPPER gw_postgres
                  OPTIONS (host %L, port %L, dbname %L, sslmode ''disable'')',
                 split_part(current_setting('unix_socket_directories'), ',', 1),
                 current_setting('port'), current_database());
  EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER con_postgres
                  OPTIONS (user %L, password_required ''false'')', current_user);
  EXECUTE format('CREATE SERVER con_nodb FOREIGN DATA WRAPPER gw_postgres
                  OPTIONS (host %L, port %L, dbname ''con_no_such_db'', sslmode ''disable'')',
                 split_part(current_setting('unix_socket_directories'), ',', 1),
                 current_setting('port'));
  EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER con_nodb
                  OPTIONS (user %L, password ''WGWCANARY_con'', password_required ''false'')',
                 current_user);
END $$;

-- What answers.
SELECT gw.test_connection('con_local'), gw.test_connection('con_postgres');
SELECT ok, latency BETWEEN '0' AND '10 s' AS latency,
  server_version = current_setting('server_version') AS version,
  c."current_user" = current_user AS who, error_class, sqlstate, message
FROM gw.check_connection('con_postgres') AS c;
SELECT ok, c."current_user" = current_user AS who, sqlstate
FROM gw.check_connection('con_local') AS c;

-- What does not: false and the reason, or a row; never an error.
\set VERBOSITY terse
CREATE SERVER con_refused FOREIGN DATA WRAPPER gw_postgres
  OPTIONS (host '127.0.0.1', port '1', sslmode 'disable');
CREATE USER MAPPING FOR CURRENT_USER SERVER con_refused
  OPTIONS (user 'nobody', password_required 'false');
SELECT gw.test_connection('con_refused');
SELECT ok, latency, error_class, sqlstate FROM gw.check_connection('con_refused');
SELECT error_class, sqlstate, message ~ 'con_no_such_db' AS named
FROM gw.check_connection('con_nodb');
CREATE SERVER con_unknown FOREIGN DATA WRAPPER gw_postgres
  OPTIONS (host 'no-such-host.invalid', sslmode 'disable');
SELECT error_class, sqlstate, message ~ 'has no user mapping' AS said FROM gw.check_connection('con_unknown');
CREATE USER MAPPING FOR CURRENT_USER SERVER con_unknown
  OPTIONS (user 'nobody', password_required 'false');
SELECT error_class, sqlstate, message ~ 'could not resolve host' AS resolve
FROM gw.check_connection('con_unknown');

-- Errors in the request itself are errors.
\set VERBOSITY default
SELECT gw.test_connection('con_postgers');
\echo :SQLSTATE
SELECT gw.test_connection('nothing like it at all');
\echo :SQLSTATE
CREATE FOREIGN DATA WRAPPER con_other;
CREATE SERVER con_foreign FOREIGN DATA WRAPPER con_other;
SELECT gw.test_connection('con_foreign');
\echo :SQLSTATE
DROP FOREIGN DATA WRAPPER con_other CASCADE;

-- What a server is, without its secrets.
SELECT jsonb_pretty(gw.server_info('con_nodb') - 'error' #- '{options,host}' #- '{options,port}' #- '{options,user}');
SELECT gw.server_info('con_nodb')::text ~ 'CANARY' AS leaks;
SELECT i ->> 'platform' AS platform, i -> 'connected' AS connected,
  i ->> 'database' = current_database() AS database,
  (i ->> 'server_version_num')::int = current_setting('server_version_num')::int AS version
FROM gw.server_info('con_postgres') AS i;

-- The list, and letting go.
SELECT gw.disconnect_all() > 0 AS closed;
SELECT * FROM gw.connections();
SELECT gw.test_connection('con_postgres');
SELECT server, role = current_user AS me, state, in_use, valid, statements
FROM gw.connections();
BEGIN;
SELECT gw.execute('con_postgres', 'SELECT 1');
SELECT gw.disconnect('con_postgres');
SELECT server, state, in_use, valid FROM gw.connections();
COMMIT;
SELECT count(*) FROM gw.connections();

-- Rights: EXECUTE, then USAGE, then a mapping of one's own.
CREATE ROLE con_reader;
SET ROLE con_reader;
SELECT gw.test_connection('con_postgres');
RESET ROLE;
SELECT gw.grant_usage('con_reader', 'operator');
SET ROLE con_reader;
SELECT gw.test_connection('con_postgres');
\echo :SQLSTATE
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER con_postgres TO con_reader;
SET ROLE con_reader;
SELECT * FROM gw.list_schemas('con_postgres');
\echo :SQLSTATE
-- A mapping without a password is not enough for an ordinary role, though the
-- server would let this process in.
RESET ROLE;
DO $$
BEGIN
  EXECUTE format('CREATE USER MAPPING FOR con_reader SERVER con_postgres OPTIONS (user %L)', current_user);
END $$;
SET ROLE con_reader;
SELECT error_class, sqlstate, message FROM gw.check_connection('con_postgres');
ALTER USER MAPPING FOR con_reader SERVER con_postgres OPTIONS (ADD password 'WGWCANARY_two');
SELECT ok, error_class, sqlstate, message ~ 'CANARY' AS leaks
FROM gw.check_connection('con_postgres');
RESET ROLE;

-- One mapping for everybody does not share a superuser's connection.
DROP USER MAPPING FOR con_reader SERVER con_postgres;
DROP USER MAPPING FOR CURRENT_USER SERVER con_postgres;
DO $$
BEGIN
  EXECUTE format('CREATE USER MAPPING FOR PUBLIC SERVER con_postgres OPTIONS (user %L)', current_user);
END $$;
SELECT gw.test_connection('con_postgres');
SET ROLE con_reader;
SELECT ok, sqlstate FROM gw.check_connection('con_postgres');
RESET ROLE;

-- A platform that knows no passwords asks for what it has.
CREATE SERVER con_bigquery FOREIGN DATA WRAPPER gw_bigquery OPTIONS (project 'p');
GRANT USAGE ON FOREIGN SERVER con_bigquery TO con_reader;
SET ROLE con_reader;
SELECT gw.execute('con_bigquery', 'SELECT 1');
RESET ROLE;

DROP OWNED BY con_reader;
DROP ROLE con_reader;
SET client_min_messages = warning;
DROP SERVER con_local, con_postgres, con_nodb, con_refused, con_unknown, con_bigquery CASCADE;
SELECT gw.disconnect_all() >= 0;
