-- Connections: whether a server answers, and what is connected in this backend.
CREATE OR REPLACE FUNCTION gw.test_connection(server text) RETURNS boolean
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_test_connection';
COMMENT ON FUNCTION gw.test_connection(text) IS
'Whether the server can be reached with the caller''s user mapping; false comes with the reason as a NOTICE. Errors: 42704 no such server (with the nearest name), 42501 no USAGE on it, 42809 not a warehouse_gw server.';
REVOKE ALL ON FUNCTION gw.test_connection(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.check_connection(server text,
  OUT ok boolean, OUT latency interval, OUT server_version text, OUT "current_user" text,
  OUT error_class text, OUT sqlstate text, OUT message text)
RETURNS record
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_check_connection';
COMMENT ON FUNCTION gw.check_connection(text) IS
'One row about a server: ok, latency (until it had answered, connecting included), its version and our user there, or else error_class (transient, throttled, auth, conflict, cancelled, not_found, invalid, permanent, internal), sqlstate and message. Errors: as gw.test_connection.';
REVOKE ALL ON FUNCTION gw.check_connection(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.server_info(server text) RETURNS jsonb
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_server_info';
COMMENT ON FUNCTION gw.server_info(text) IS
'{server, platform, title, capabilities, options, connected, server_version, current_user, database, default_schema, server_version_num}, or connected false with error {class, sqlstate, message}. Options are those written for the server and the caller''s mapping; secrets show as ********. Errors: as gw.test_connection.';
REVOKE ALL ON FUNCTION gw.server_info(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.connections(
  OUT server text, OUT role text, OUT state text, OUT in_use boolean, OUT valid boolean,
  OUT server_version integer, OUT statements bigint, OUT connected_at timestamptz)
RETURNS SETOF record
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'gw_api_connections';
COMMENT ON FUNCTION gw.connections() IS
'The connections of this backend: server, local role that opened it, state (idle, in transaction, failed, busy, broken, lost), in_use by the current transaction, valid (false: closed when the transaction ends, because the server or mapping was changed), server version as a number, statements run, and since when.';
REVOKE ALL ON FUNCTION gw.connections() FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.disconnect(server text) RETURNS integer
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_disconnect';
COMMENT ON FUNCTION gw.disconnect(text) IS
'Closes this backend''s connections to a server and returns how many; those in use close when the transaction ends. Errors: as gw.test_connection.';
REVOKE ALL ON FUNCTION gw.disconnect(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.disconnect_all() RETURNS integer
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_disconnect_all';
COMMENT ON FUNCTION gw.disconnect_all() IS
'Closes all of this backend''s connections and returns how many; those in use close when the transaction ends.';
REVOKE ALL ON FUNCTION gw.disconnect_all() FROM PUBLIC;
