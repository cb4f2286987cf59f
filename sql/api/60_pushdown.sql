-- Which built-ins a warehouse evaluates itself.
CREATE OR REPLACE FUNCTION gw.pushdown_rules(
    platform text,
    OUT dialect text, OUT kind text, OUT name text, OUT arguments text, OUT remote_sql text,
    OUT verdict text, OUT collation_need text, OUT since integer)
RETURNS SETOF record
LANGUAGE c STRICT STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_pushdown_rules';
COMMENT ON FUNCTION gw.pushdown_rules(text) IS
'The rules by which clauses are sent to a platform, in the order in which they are tried; the first that fits a call counts. kind: operator, function, aggregate or type. arguments: PostgreSQL types, "*" for any one, NULL for all. remote_sql: the form there, NULL for the usual one. verdict: exact (sent, not checked again), superset (sent and checked again here), local (never sent). collation_need: none, equality, order, ctype. since: the oldest remote server version, NULL for any. A platform whose rules come from the dialect postgres also evaluates every other immutable built-in without a collation. Reads no remote. Errors: 22023 unknown platform.';
REVOKE ALL ON FUNCTION gw.pushdown_rules(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gw.pushdown_rules(text) TO PUBLIC;
