-- Canonical schemas as a platform's DDL, and native types as canonical ones.
CREATE OR REPLACE FUNCTION gw.render_ddl(
    schema jsonb, platform text, options jsonb DEFAULT '{}', table_name text DEFAULT NULL,
    schema_name text DEFAULT NULL, database_name text DEFAULT NULL)
RETURNS SETOF text
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_render_ddl';
COMMENT ON FUNCTION gw.render_ddl(jsonb, text, jsonb, text, text, text) IS
'The statements that create a canonical schema''s table on a platform, one a row, without a connection: bigquery, databricks, mysql, postgres, redshift, snowflake or sqlserver, or an alias. Names default to source.table and source.schema of the schema; schema_name '''' leaves the schema out. What the platform cannot say, and what it can hold only with loss, comes as a NOTICE with its code and, where values may not fit, the query that must give 0 on the source. options: format sql (default), json_schema (BigQuery), cli_create, cli_load (with file); on_lossy annotate (default), error, text, truncate; strict; if_not_exists, or_replace, temporary, transient; quote always (default), minimal; case preserve (default), upper; structured; comments, foreign_keys (default true); layout; check_source; table_name, schema_name, database_name. Same input, same bytes. Reads no remote. NULL schema or platform: no rows. Errors: 22023 unknown platform or option, invalid schema, no table name; 0A000 a type the platform cannot hold, or cannot without loss under strict or on_lossy error; 42602 a name it cannot hold; 42701 names that differ in case only; 54011 too many columns.';

CREATE OR REPLACE FUNCTION gw.render_ddl_json(
    schema jsonb, platform text, options jsonb DEFAULT '{}', table_name text DEFAULT NULL,
    schema_name text DEFAULT NULL, database_name text DEFAULT NULL)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_render_ddl_json';
COMMENT ON FUNCTION gw.render_ddl_json(jsonb, text, jsonb, text, text, text) IS
'What gw.render_ddl() does, as one document: {"platform", "statements": [text], "notices": [{"code", "column", "rule", "message", "check_sql", "check_dialect"}]}. column is a path: c, c[] an element, c.f a field, c{k} and c{v} key and value. rule: W, A or C for types; none when a clause was left out. Reads no remote. NULL schema or platform: NULL. Errors: as gw.render_ddl().';

CREATE OR REPLACE FUNCTION gw.render_type(
    platform text, "column" jsonb, options jsonb DEFAULT '{}',
    OUT native text, OUT rule text, OUT code text, OUT check_constraint text, OUT check_sql text)
RETURNS record
LANGUAGE c STRICT STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_render_type';
COMMENT ON FUNCTION gw.render_type(text, jsonb, jsonb) IS
'A platform''s type for a canonical one, given as a column object or as a JSON string with the type''s text. rule: E the same values and meaning, W every value fits and more, A every value is kept but some meaning lost (code says which), C some values may not fit (check_sql, with option check_source, counts them), R refused: native is NULL. check_constraint: a condition the column gets as a CHECK. Options as for gw.render_ddl(). Reads no remote. Errors: 22023 unknown platform or option, not a type.';

CREATE OR REPLACE FUNCTION gw.map_type(platform text, native_type text) RETURNS jsonb
LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_map_type';
COMMENT ON FUNCTION gw.map_type(text, text) IS
'The canonical type of a platform''s type, given as its full text ("NUMBER(38,0)", "array<struct<a:int>>"), as a column object without a name: type, its parameters, native_type, and lossy with what the canonical type does not carry. A name the platform does not know gives OPAQUE. Reads no remote. Errors: 22023 unknown platform, text that is no type.';

CREATE OR REPLACE FUNCTION gw.schema_from_ddl(platform text, ddl text) RETURNS jsonb
LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_schema_from_ddl';
COMMENT ON FUNCTION gw.schema_from_ddl(text, text) IS
'The canonical schema of one CREATE TABLE statement in a platform''s SQL, with the COMMENT ON statements behind it: columns, keys, checks, defaults, identities, comments, partition, clustering, sort and distribution. Unquoted names are folded as the platform does. What is understood but has no place in a schema (an index, ENGINE, ENCODE) is a notice in it; nothing is left out silently. Reads no remote. Errors: 22023 unknown platform, a faulty schema; 42601 with line and character of the first word that is not understood.';
