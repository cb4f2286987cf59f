-- Running statements on a server.  All of them need USAGE on the server and
-- the caller's own user mapping; none is open to PUBLIC.
CREATE OR REPLACE FUNCTION gw.execute_ddl(server text, sql text, autocommit boolean DEFAULT false)
RETURNS jsonb
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_execute_ddl';
COMMENT ON FUNCTION gw.execute_ddl(text, text, boolean) IS
'Runs one statement on the server and returns {command, elapsed_ms, remote_id}. It is part of the local transaction, unless autocommit is true: then it runs on a connection of its own (for VACUUM, CREATE DATABASE, CREATE INDEX CONCURRENTLY) and stays done. Errors: 25001 autocommit inside a transaction block, 25006 the server is read_only, 2D000 a transaction command, 42601 no or several statements, 22004 null argument, the remote''s own SQLSTATE.';
REVOKE ALL ON FUNCTION gw.execute_ddl(text, text, boolean) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.execute(server text, sql text) RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_execute';
COMMENT ON FUNCTION gw.execute(text, text) IS
'Runs one statement on the server, inside the remote transaction that follows the local one, and returns the number of rows affected or returned (NULL where the remote does not say). Errors: as gw.execute_ddl.';
REVOKE ALL ON FUNCTION gw.execute(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.execute(server text, sql text, VARIADIC params "any") RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_execute';
COMMENT ON FUNCTION gw.execute(text, text, "any") IS
'The same with parameters $1, $2, ... of any types: each is sent with its type, never pasted into the text. Errors: as gw.execute_ddl.';
REVOKE ALL ON FUNCTION gw.execute(text, text, "any") FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.execute_query(server text, sql text) RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 1000 AS 'MODULE_PATHNAME', 'gw_api_execute_query';
COMMENT ON FUNCTION gw.execute_query(text, text) IS
'Runs one statement that returns rows; needs a column definition list: SELECT * FROM gw.execute_query(server, sql) AS r(id bigint, name text). Columns are matched by position; values that do not fit their type are an error, none is cut or rounded. Rows are kept in a work area bounded by work_mem. Errors: 42601 no column definition list, 42804 another number of columns, the type''s own SQLSTATE for a value, otherwise as gw.execute_ddl.';
REVOKE ALL ON FUNCTION gw.execute_query(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.execute_query(server text, sql text, VARIADIC params "any")
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 1000 AS 'MODULE_PATHNAME', 'gw_api_execute_query';
COMMENT ON FUNCTION gw.execute_query(text, text, "any") IS
'The same with parameters $1, $2, ... of any types. Errors: as gw.execute_query without.';
REVOKE ALL ON FUNCTION gw.execute_query(text, text, "any") FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.execute_query_json(server text, sql text) RETURNS SETOF jsonb
LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 1000 AS 'MODULE_PATHNAME', 'gw_api_execute_query_json';
COMMENT ON FUNCTION gw.execute_query_json(text, text) IS
'Runs one statement that returns rows, each as one JSON object keyed by column name: numbers exact, booleans, nulls and JSON documents as such, every other type as its text. In a select list rows are handed on one by one. Errors: 42701 two columns with one name, otherwise as gw.execute_ddl.';
REVOKE ALL ON FUNCTION gw.execute_query_json(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.execute_query_json(server text, sql text, VARIADIC params "any")
RETURNS SETOF jsonb
LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 1000 AS 'MODULE_PATHNAME', 'gw_api_execute_query_json';
COMMENT ON FUNCTION gw.execute_query_json(text, text, "any") IS
'The same with parameters $1, $2, ... of any types. Errors: as gw.execute_query_json without.';
REVOKE ALL ON FUNCTION gw.execute_query_json(text, text, "any") FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.explain_remote(server text, sql text) RETURNS jsonb
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_explain_remote';
COMMENT ON FUNCTION gw.explain_remote(text, text) IS
'The remote''s own plan of a statement as JSON, an array of lines where it explains in text; the statement is not run. Errors: 0A000 the platform does not explain, otherwise as gw.execute_ddl.';
REVOKE ALL ON FUNCTION gw.explain_remote(text, text) FROM PUBLIC;
