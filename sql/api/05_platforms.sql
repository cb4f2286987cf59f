-- What this build can reach and what can be set.  Nothing here connects, so
-- PUBLIC may look.
CREATE OR REPLACE FUNCTION gw.platforms(
  OUT name text, OUT title text, OUT wrapper text, OUT aliases text[], OUT capabilities text[])
RETURNS SETOF record
LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 10
AS 'MODULE_PATHNAME', 'gw_api_platforms';
COMMENT ON FUNCTION gw.platforms() IS
'Every warehouse this build knows: name, title, the foreign data wrapper to create servers with, other accepted names, and capabilities (transactions, savepoints, cursors, shares_transaction, needs_mapping, writes, horizon, postgres_types, binary_rows, modify, copy_in, together). Connects to nothing.';
GRANT EXECUTE ON FUNCTION gw.platforms() TO PUBLIC;

CREATE OR REPLACE FUNCTION gw.options(platform text,
  OUT name text, OUT aliases text[], OUT places text[], OUT kind text, OUT accepted text[],
  OUT default_value text, OUT secret boolean, OUT superuser_only boolean, OUT description text)
RETURNS SETOF record
LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 50
AS 'MODULE_PATHNAME', 'gw_api_options';
COMMENT ON FUNCTION gw.options(text) IS
'Every option of a platform (a name or alias of gw.platforms()): other spellings, where it may stand (server, user mapping, foreign table, column), kind of value, accepted values of an enum, default (NULL: none), whether it is a secret, whether only a superuser may set it, and what it does. Connects to nothing. Errors: 42704 unknown platform.';
GRANT EXECUTE ON FUNCTION gw.options(text) TO PUBLIC;
