-- What a server holds.  Names are matched exactly as they are spelled there.
CREATE OR REPLACE FUNCTION gw.list_databases(server text, OUT name text, OUT comment text)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_list_databases';
COMMENT ON FUNCTION gw.list_databases(text) IS
'The databases of a server that accept connections, by name. Needs USAGE on the server. Errors: 42704 no such server, 42501 no USAGE, 0A000 the platform has no databases, 08xxx and 28xxx connecting.';
REVOKE ALL ON FUNCTION gw.list_databases(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.list_schemas(server text, OUT name text, OUT comment text)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_list_schemas';
COMMENT ON FUNCTION gw.list_schemas(text) IS
'The schemas of the server''s database, without the system''s own, by name. Needs USAGE on the server. Errors: 42704 no such server, 42501 no USAGE, 08xxx and 28xxx connecting.';
REVOKE ALL ON FUNCTION gw.list_schemas(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.list_tables(
    server text, schema text DEFAULT NULL, pattern text DEFAULT NULL,
    OUT schema_name text, OUT table_name text, OUT kind text, OUT "rows" bigint,
    OUT bytes bigint, OUT comment text)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_list_tables';
COMMENT ON FUNCTION gw.list_tables(text, text, text) IS
'The tables, views, materialized views and foreign tables of one schema (NULL: of every schema that is not the system''s), whose names match a LIKE pattern (NULL: all), in one round trip. kind: table, view, materialized_view, foreign, temporary. rows: the server''s estimate, NULL when it has none. bytes: on disk, without indexes. Needs USAGE on the server. Errors: 42704 no such server, 42501 no USAGE, 08xxx and 28xxx connecting.';
REVOKE ALL ON FUNCTION gw.list_tables(text, text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.table_exists(
    server text, "table" text, schema text DEFAULT NULL, database text DEFAULT NULL)
RETURNS boolean
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_table_exists';
COMMENT ON FUNCTION gw.table_exists(text, text, text, text) IS
'Whether a table or view exists on a server. table may be written schema.table or database.schema.table, parts in double quotes where they hold a dot; spelling is exact. schema NULL: the server''s default. Needs USAGE on the server. Errors: 42704 no such server, 42602 malformed name, 22023 name and argument disagree, 0A000 another database than the connected one.';
REVOKE ALL ON FUNCTION gw.table_exists(text, text, text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.get_target_schema(
    server text, "table" text, schema text DEFAULT NULL, database text DEFAULT NULL)
RETURNS jsonb
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_get_target_schema';
COMMENT ON FUNCTION gw.get_target_schema(text, text, text, text) IS
'The canonical schema of a remote table or view: columns with types, nullability, defaults, identity, comments, native types; keys, checks, partitioning, estimates of rows and bytes; captured_at in UTC. table may be written schema.table or database.schema.table. Needs USAGE on the server. Errors: 42P01 no such table (with the nearest name), 42602 malformed name, 0A000 another database than the connected one, 42704 no such server.';
REVOKE ALL ON FUNCTION gw.get_target_schema(text, text, text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.get_target_schemas(
    server text, schema text DEFAULT NULL, detail boolean DEFAULT false,
    OUT table_name text, OUT target_schema jsonb)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_get_target_schemas';
COMMENT ON FUNCTION gw.get_target_schemas(text, text, boolean) IS
'The canonical schemas of every table and view of one schema (NULL: the server''s default), by name, in one round trip however many there are. detail asks besides, table after table, for what only a statement about the one table tells: clustering, table properties and bytes on Databricks; nothing elsewhere. Needs USAGE on the server. Errors: 3F000 no such schema, 42704 no such server, 42501 no USAGE.';
REVOKE ALL ON FUNCTION gw.get_target_schemas(text, text, boolean) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.check_permissions(
    server text, "table" text, action text, schema text DEFAULT NULL, database text DEFAULT NULL)
RETURNS boolean
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_check_permissions';
COMMENT ON FUNCTION gw.check_permissions(text, text, text, text, text) IS
'Whether the caller''s remote user may do something with a remote table, as far as the remote''s grants tell: action is select, insert, update (of every column), delete, truncate, alter, drop, or create (a table in that schema). False with a NOTICE where the server is read_only. Does none of it; row policies and triggers may still refuse. The table as for gw.get_target_schema(). Needs USAGE on the server. Errors: 22023 unknown action, 42P01 no such table, 3F000 no such schema, 0A000 the platform cannot tell; otherwise as gw.get_target_schema().';
REVOKE ALL ON FUNCTION gw.check_permissions(text, text, text, text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.supports(server text, feature text) RETURNS boolean
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'gw_api_supports';
COMMENT ON FUNCTION gw.supports(text, text) IS
'Whether the server''s platform has a capability of gw.platforms(): transactions, savepoints, writes, modify and so on. Connects to nothing. Needs USAGE on the server. Errors: 22023 no such feature (with the nearest), 42704 no such server, 42501 no USAGE on it, 42809 not a warehouse_gw server.';
REVOKE ALL ON FUNCTION gw.supports(text, text) FROM PUBLIC;
