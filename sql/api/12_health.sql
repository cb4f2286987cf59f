-- What is known of services that are reached over HTTP.  Nothing here connects.
CREATE OR REPLACE FUNCTION gw.remote_health(
  OUT service text, OUT breaker text, OUT open_until timestamptz, OUT calls bigint,
  OUT failures bigint, OUT retries bigint, OUT throttled bigint, OUT calls_per_second double precision,
  OUT shared boolean)
RETURNS SETOF record
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED ROWS 10
AS 'MODULE_PATHNAME', 'gw_api_remote_health';
COMMENT ON FUNCTION gw.remote_health() IS
'Services that were asked over HTTP, by host and project: the circuit breaker''s state (closed; open: not asked until open_until, because at least half of the last 20 calls, and 10 at least, failed by the service''s fault (pages of one result that fail together count as one); half_open: one call tries), calls, failures of the service, retries, calls it throttled, and calls a second it may be asked now. Of all sessions where the library is in shared_preload_libraries (shared), else of this one.';
REVOKE ALL ON FUNCTION gw.remote_health() FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.remote_jobs(
  OUT ended_at timestamptz, OUT service text, OUT job text, OUT role text, OUT bytes bigint,
  OUT billed bigint, OUT cached boolean)
RETURNS SETOF record
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED ROWS 100
AS 'MODULE_PATHNAME', 'gw_api_remote_jobs';
COMMENT ON FUNCTION gw.remote_jobs() IS
'The last 512 jobs that ended well on services that count bytes, newest first: the service''s own id of the job, the local role, bytes read and bytes billed as the service says them (it has a minimum for each table; NULL where it did not say it in time; both 0 when answered from its cache), and whether they came from its cache. A role sees its own; members of pg_read_all_stats see all. Of all sessions where the library is in shared_preload_libraries, else of this one.';
REVOKE ALL ON FUNCTION gw.remote_jobs() FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.reset_breaker(service text DEFAULT NULL)
RETURNS integer
LANGUAGE c VOLATILE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'gw_api_reset_breaker';
COMMENT ON FUNCTION gw.reset_breaker(text) IS
'Closes the circuit breaker and forgets the limits of a service as gw.remote_health() names it, or of all; the number of services concerned.';
REVOKE ALL ON FUNCTION gw.reset_breaker(text) FROM PUBLIC;
