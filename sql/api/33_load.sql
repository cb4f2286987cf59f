-- Loads: from a staging table into a target of the same system, by pattern.
CREATE OR REPLACE FUNCTION gw.load_sql(
    pattern text, schema jsonb, platform text, options jsonb DEFAULT '{}')
RETURNS SETOF text
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_api_load_sql';
COMMENT ON FUNCTION gw.load_sql(text, jsonb, text, jsonb) IS
'The statements, in order, that load a staging table (option source, required) into the table of a canonical schema on a platform (bigquery, databricks, mysql, postgres, redshift, snowflake, sqlserver, or an alias), without a connection. pattern: full_refresh, append, incremental_append, incremental_timestamp, upsert, delete_insert, scd1, scd2, snapshot, insert_overwrite, microbatch, cdc; replace, merge, scd_type1, scd_type2 and cdc_apply are aliases. Keys compare null-safe, a key''s duplicates in the source come down to one, and running the statements again with the same source and load_ts changes nothing (append: only with set_created). options: source, table_name, schema_name, database_name; keys (default: the primary key), columns, order_by (greatest first: which duplicate counts), load_ts (ISO 8601, default now; fixed for the whole load), update changed (default), all, none, update_columns, set_created, set_updated (columns stamped with load_ts); transaction, lock, merge, truncate (default true); cursor, since, floor, lookback (incremental_timestamp); valid_from, valid_to, is_current, open_end, updated_at, check_columns, hard_deletes ignore, invalidate, new_record, is_deleted (scd2, snapshot); op_column (_op), seq_column (_seq), after_seq, deletes hard, soft, ignore, delete_values (cdc); partition_by (insert_overwrite); event_time, from, to, batch_size hour, day, month, year (microbatch; UTC, half open). Reads no remote. Errors: 22023 unknown pattern, platform or option, or one that is missing or does not fit; 42602 a name the platform cannot hold.';

CREATE OR REPLACE FUNCTION gw.load_checks(
    pattern text, schema jsonb, platform text, options jsonb DEFAULT '{}',
    OUT sql text, OUT problem text)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_api_load_checks';
COMMENT ON FUNCTION gw.load_checks(text, jsonb, text, jsonb) IS
'Queries that must each count 0 before the statements of gw.load_sql() run, and what it means when one does not: versions later than load_ts, two open versions of a key, events without a sequence or with an unknown operation, rows without a cursor. Arguments and errors as for gw.load_sql(). Reads no remote.';

CREATE OR REPLACE FUNCTION gw.run_load(
    server text, pattern text, "table" text, source text, options jsonb DEFAULT '{}',
    OUT n integer, OUT sql text, OUT rows bigint)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_run_load';
COMMENT ON FUNCTION gw.run_load(text, text, text, text, jsonb) IS
'Loads a staging table into a target table, both on one server, by a pattern of gw.load_sql(), and returns each statement with the number of rows it touched (NULL: the server does not tell). The target is locked against other loads, both tables are described, the columns they share are loaded, and what gw.load_checks() lists must count 0. It is part of the local transaction: all of it or nothing. incremental_timestamp reads the target''s greatest cursor first. Call it first in its transaction: a snapshot taken before the lock does not show what other loads committed meanwhile. Options as for gw.load_sql() but the tables'' names. Needs USAGE on the server. Errors: 42P01 no such table, 42703 a column that the target lacks, 42804 types that do not fit, 55000 a check that counts rows, 25006 the server is read_only; otherwise as gw.load_sql().';
REVOKE ALL ON FUNCTION gw.run_load(text, text, text, text, jsonb) FROM PUBLIC;
