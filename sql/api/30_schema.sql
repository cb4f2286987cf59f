-- Canonical schemas: documents that say what a table is, whatever the warehouse.
CREATE OR REPLACE FUNCTION gw.validate_schema(
    schema jsonb, OUT path text, OUT code text, OUT message text, OUT hint text)
RETURNS SETOF record
LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_validate_schema';
COMMENT ON FUNCTION gw.validate_schema(jsonb) IS
'What is wrong with a canonical schema, one row per fault; no row means it is valid. path: JSON path to the fault ($.columns[2].type). code: missing, wrong_kind, empty, unknown_type, bad_type, bad_value, out_of_range, conflict, duplicate, unknown_column, too_deep, version. The bare form {"columns":[{"name","type","nullable"}]} is valid. Reads no remote. Errors: none beyond those of jsonb.';

CREATE OR REPLACE FUNCTION gw.normalize_schema(schema jsonb) RETURNS jsonb
LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_normalize_schema';
COMMENT ON FUNCTION gw.normalize_schema(jsonb) IS
'The canonical schema in its normal form, version 1: bare type names with their parameters beside them, aliases resolved, columns in order, fingerprint computed, unknown members kept. Applying it twice changes nothing. Reads no remote. Errors: 22023 with the JSON path of the first fault.';

CREATE OR REPLACE FUNCTION gw.schema_fingerprint(schema jsonb) RETURNS text
LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_schema_fingerprint_sql';
COMMENT ON FUNCTION gw.schema_fingerprint(jsonb) IS
'"s1:" and 64 hexadecimal digits: SHA-256 over column names, order, types, nullability, identity and generation, and the primary key. Independent of member order, white space, comments, statistics, settings and version. Reads no remote. Errors: 22023 with the JSON path of the first fault.';

CREATE OR REPLACE FUNCTION gw.type_text("column" jsonb) RETURNS text
LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_type_text_sql';
COMMENT ON FUNCTION gw.type_text(jsonb) IS
'The parametrised text of a column''s type, such as ARRAY<STRUCT<a INT64 NOT NULL>>; a JSON string is read as such a text and written in canonical spelling. Reads no remote. Errors: 22023 not a type, with the place and the nearest name.';

CREATE OR REPLACE FUNCTION gw.local_schema(relation regclass) RETURNS jsonb
LANGUAGE c STRICT STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_local_schema';
COMMENT ON FUNCTION gw.local_schema(regclass) IS
'The canonical schema of a table, view, materialized view or foreign table of this database, read by the same statement as on a PostgreSQL server. Reads no remote. Errors: 42P01 no such relation, 42809 not a table or view.';
