-- Running statements remotely, on the platforms local and postgres.  Needs the
-- extension only; the warehouse is this database.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS warehouse_gw;
RESET client_min_messages;
\set SHOW_ALL_RESULTS off

CREATE SERVER exe_local FOREIGN DATA WRAPPER gw_local;
DO $$
BEGIN
  EXECUTE format('CREATE SERVER exe_postgres FOREIGN DATA WRAPPER gw_postgres
                  OPTIONS (host %L, port %L, dbname %L, sslmode ''disable'', fetch_size ''3'')',
                 split_part(current_setting('unix_socket_directories'), ',', 1),
                 current_setting('port'), current_database());
  EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER exe_postgres
                  OPTIONS (user %L, password_required ''false'')', current_user);
END $$;

-- The same statements on both.
CREATE FUNCTION pg_temp.both(call text) RETURNS TABLE (platform text, answer text)
LANGUAGE plpgsql AS $$
DECLARE
  hint text;
BEGIN
  FOREACH platform IN ARRAY ARRAY['local', 'postgres'] LOOP
    BEGIN
      FOR answer IN EXECUTE replace(call, 'SERVER', quote_literal('exe_' || platform)) LOOP
        RETURN NEXT;
      END LOOP;
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
      answer := concat_ws(' ', 'ERROR', SQLSTATE, SQLERRM, '-- ' || nullif(hint, ''));
      RETURN NEXT;
    END;
  END LOOP;
END $$;

-- DDL, and names that mean what they mean there.
SELECT * FROM pg_temp.both($$SELECT gw.execute_ddl(SERVER, 'CREATE TABLE exe_' || substr(SERVER, 5) || ' (id int PRIMARY KEY, note text, price numeric(20,10), at timestamptz, doc jsonb, flag bool, f float8)') - 'elapsed_ms'$$);
SELECT gw.execute_ddl('exe_postgres', 'CREATE TABLE exe_t (id int)') -> 'elapsed_ms' < to_jsonb(60000) AS quick;
SELECT to_regclass('public.exe_local') IS NOT NULL AS local, to_regclass('public.exe_postgres') IS NOT NULL AS postgres;

-- Typed parameters: nothing is pasted into the text.
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, 'INSERT INTO exe_' || substr(SERVER, 5) || ' VALUES ($1, $2, $3, $4, $5, $6, $7)',
  1, 'it''s; DROP TABLE x --'::text, 1234567890.0123456789::numeric, timestamptz '2026-03-29 01:30:00.123456+00', '{"a": [1, null]}'::jsonb, true, 0.1::float8)$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, 'INSERT INTO exe_' || substr(SERVER, 5) || ' VALUES ($1, $2, $3, $4, $5, $6, $7)',
  2, NULL::text, 'NaN'::numeric, timestamptz '-infinity', 'null'::jsonb, NULL::bool, 'Infinity'::float8)$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, 'INSERT INTO exe_' || substr(SERVER, 5) || ' (id) SELECT g FROM generate_series(3, $1) g', VARIADIC ARRAY[12])$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, 'UPDATE exe_' || substr(SERVER, 5) || ' SET note = $1 WHERE id > $2', 'x', 10)$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, 'DELETE FROM exe_' || substr(SERVER, 5) || ' WHERE id = 12')$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, 'SELECT FROM generate_series(1, 7)')$$);

-- Rows, typed by the column definition list.
SET timezone = 'Europe/Berlin';
SELECT * FROM pg_temp.both($$SELECT r::text FROM gw.execute_query(SERVER, 'SELECT * FROM exe_' || substr(SERVER, 5) || ' WHERE id < $1 ORDER BY id', 5)
  AS r(id bigint, note text, price numeric, at timestamptz, doc jsonb, flag bool, f float8)$$);
SELECT * FROM pg_temp.both($$SELECT count(*) || ' ' || sum(n) FROM gw.execute_query(SERVER, 'SELECT generate_series(1, 20000)') AS r(n int)$$);
SELECT * FROM pg_temp.both($$SELECT r::text FROM gw.execute_query(SERVER, 'INSERT INTO exe_' || substr(SERVER, 5) || ' (id) VALUES (100), (101) RETURNING id') AS r(id int)$$);

-- Rows as JSON: numbers exact, documents as such.
SELECT * FROM pg_temp.both($$SELECT gw.execute_query_json(SERVER, 'SELECT * FROM exe_' || substr(SERVER, 5) || ' WHERE id < $1 ORDER BY id', 3)::text$$);
SELECT * FROM pg_temp.both($$SELECT j::text FROM (SELECT gw.execute_query_json(SERVER, 'SELECT id FROM exe_' || substr(SERVER, 5) || ' ORDER BY id') AS j LIMIT 2) AS x$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute_query_json(SERVER, 'SELECT 123456789012345678901234567890.5 AS big, ''2026-01-02''::date AS day, ARRAY[1,2] AS list, NULL AS nothing')::text$$);
RESET timezone;

-- Shapes that do not fit.
SELECT * FROM gw.execute_query('exe_postgres', 'SELECT 1');
\echo :SQLSTATE
SELECT * FROM pg_temp.both($$SELECT r::text FROM gw.execute_query(SERVER, 'SELECT 1 AS a, 2 AS b') AS r(a int)$$);
SELECT * FROM pg_temp.both($$SELECT r::text FROM gw.execute_query(SERVER, 'SELECT 1 AS a, 2 AS b WHERE false') AS r(a int)$$);
SELECT * FROM pg_temp.both($$SELECT r::text FROM gw.execute_query(SERVER, 'SELECT ''x'' AS a') AS r(a int)$$);
SELECT * FROM pg_temp.both($$SELECT r::text FROM gw.execute_query(SERVER, 'SELECT 3000000000') AS r(a int)$$);
SELECT * FROM pg_temp.both($$SELECT r::text FROM gw.execute_query(SERVER, 'DELETE FROM exe_' || substr(SERVER, 5) || ' WHERE false') AS r(a int)$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute_query_json(SERVER, 'SELECT 1 AS a, 2 AS a')::text$$);

-- Statements that are none, several, or not for here.
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, ' -- nothing')$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, 'SELECT 1; DELETE FROM exe_t')$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, '/* a /* b */ c */ Commit')$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, NULL)$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute(NULL, 'SELECT 1')$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, 'SELEKT 1')$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, 'SELECT 1/0')$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, 'COPY exe_t FROM STDIN')$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, 'COPY exe_t TO STDOUT')$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, 'VACUUM exe_t')$$);

-- Autocommit has its own connection, outside any transaction.
SELECT gw.execute_ddl('exe_postgres', 'VACUUM exe_t', true) ->> 'command' AS command;
SELECT gw.execute_ddl('exe_local', 'VACUUM exe_t', true);
\echo :SQLSTATE
BEGIN;
SELECT gw.execute_ddl('exe_postgres', 'VACUUM exe_t', true);
\echo :SQLSTATE
ROLLBACK;

-- A statement's notices come along.
SELECT gw.execute_ddl('exe_postgres', 'DROP TABLE IF EXISTS exe_nothing') ->> 'command' AS command;

-- The user's SET holds for the user's SQL until the transaction ends, and
-- never for ours.
BEGIN;
SELECT gw.execute('exe_postgres', 'SET timezone = ''Asia/Tokyo''');
SELECT * FROM gw.execute_query('exe_postgres', 'SHOW timezone') AS r(zone text);
COMMIT;
SELECT * FROM gw.execute_query('exe_postgres', 'SELECT current_setting(''search_path'')') AS r(path text);
-- How values are written is not the user's to change.
BEGIN;
SELECT gw.execute('exe_postgres', 'SET datestyle = ''SQL, DMY''');
SELECT gw.execute('exe_postgres', 'SET extra_float_digits = -9');
SELECT gw.execute('exe_postgres', 'SET search_path = pg_temp');
SELECT * FROM gw.execute_query('exe_postgres', 'SELECT date ''2026-02-01'', 0.1234567890123456::float8, current_setting(''search_path'')') AS r(d date, f float8, path text);
SELECT gw.execute('exe_postgres', 'SET client_encoding = ''LATIN1''');
\echo :SQLSTATE
ROLLBACK;

-- Plans.
SELECT * FROM pg_temp.both($$SELECT gw.explain_remote(SERVER, 'SELECT * FROM exe_t') #>> '{0,Plan,Node Type}'$$);
SELECT * FROM pg_temp.both($$SELECT gw.explain_remote(SERVER, 'SELECT * FROM exe_no_such_table')::text$$);

-- read_only refuses writes of every kind; reads go on.
CREATE FUNCTION exe_write() RETURNS int LANGUAGE sql AS 'INSERT INTO exe_t VALUES (2) RETURNING id';
ALTER SERVER exe_local OPTIONS (ADD read_only 'on');
ALTER SERVER exe_postgres OPTIONS (ADD read_only 'on');
SELECT * FROM pg_temp.both($$SELECT gw.execute(SERVER, 'INSERT INTO exe_t VALUES (1)')$$);
SELECT * FROM pg_temp.both($$SELECT gw.execute_ddl(SERVER, 'DROP TABLE exe_t')::text$$);
SELECT * FROM pg_temp.both($$SELECT r::text FROM gw.execute_query(SERVER, 'INSERT INTO exe_t VALUES (1) RETURNING id') AS r(id int)$$);
SELECT * FROM pg_temp.both($$SELECT r::text FROM gw.execute_query(SERVER, 'SELECT exe_write()') AS r(id int)$$);
SELECT * FROM pg_temp.both($$SELECT r::text FROM gw.execute_query(SERVER, 'SELECT count(*) FROM exe_t') AS r(n int)$$);

SELECT gw.disconnect_all() >= 0;
SET client_min_messages = warning;
DROP SERVER exe_local, exe_postgres CASCADE;
DROP FUNCTION exe_write();
DROP TABLE exe_local, exe_postgres, exe_t;
