-- One handler serves every wrapper; which warehouse it is follows from the
-- wrapper's validator.
CREATE FUNCTION gw.gw_fdw_handler() RETURNS fdw_handler
LANGUAGE c STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_fdw_handler';
COMMENT ON FUNCTION gw.gw_fdw_handler() IS
'The foreign data wrapper routine table shared by every gw_* wrapper. Called by PostgreSQL.';
REVOKE ALL ON FUNCTION gw.gw_fdw_handler() FROM PUBLIC;
