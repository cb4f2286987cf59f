-- What separates two canonical schemas, and whom it hurts.
CREATE OR REPLACE FUNCTION gw.schema_diff(
    old jsonb, new jsonb, options jsonb DEFAULT '{}',
    OUT n integer, OUT kind text, OUT path text[], OUT old_value jsonb, OUT new_value jsonb,
    OUT class text, OUT read text, OUT write text, OUT data text, OUT risk text,
    OUT reversible boolean, OUT message text)
RETURNS SETOF record
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_api_schema_diff';
COMMENT ON FUNCTION gw.schema_diff(jsonb, jsonb, jsonb) IS
'The changes that lead from one canonical schema to another, always in the same order: by kind, then by column. NULL for one of them: the table is added or removed. kind: table_added, table_removed, table_renamed, column_added, column_removed, column_renamed, column_moved, type_changed, nullability_changed, default_changed, identity_changed, generated_changed, collation_changed, charset_changed, comment_changed, pk_added, pk_removed, pk_changed, unique_added, unique_removed, fk_added, fk_removed, fk_changed, check_added, check_removed, check_changed, partition_changed, cluster_changed, sort_changed, distribution_changed, option_changed, native_only_changed. path: the column, then fields, [] for an element, {k} and {v} for a map''s key and value. class: of a type_changed widen, annotate, textual, remap, narrow, convert, reinterpret, lossy or incompatible; otherwise added, removed, changed, rename, rename_candidate and the like. read and write: what happens to those who read or write the table by name: ok, maybe, break. data: what happens to its rows: ok, checked (some may not fit), rebuild, break, lossy, destructive. risk: none, low, medium, high. options: renames {"old": "new"}, accept_renames (take what is only suggested, false), order, comments, defaults, keys, layout, options, native (compare these, true), names (compare the tables'' names, false), platform (whose parameter defaults hold for a document that names none). Reads no remote. Errors: 22023 a faulty document or option.';

CREATE OR REPLACE FUNCTION gw.schema_compatible(
    old jsonb, new jsonb, direction text DEFAULT 'all', options jsonb DEFAULT '{}')
RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_api_schema_compatible';
COMMENT ON FUNCTION gw.schema_compatible(jsonb, jsonb, text, jsonb) IS
'Whether everyone who reads (direction read) or writes (write) a table of the old schema can go on with the new one, or every row stays as it is (data), or all three (all, the default). False also where it depends on the rows; gw.schema_diff() says why. NULL when a schema is. Reads no remote. Errors: 22023 an unknown direction, a faulty document or option.';

CREATE OR REPLACE FUNCTION gw.type_change(from_type text, to_type text) RETURNS text
LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_api_type_change';
COMMENT ON FUNCTION gw.type_change(text, text) IS
'What becomes of a column''s values when its canonical type changes: same; widen (all kept); annotate (all kept, padding or an offset lost); textual (all kept in another notation); remap (all kept, stored codes change); narrow and convert (each value fits or does not); reinterpret (a time zone is needed); lossy; incompatible. Reads no remote. Errors: 22023 not a type.';
