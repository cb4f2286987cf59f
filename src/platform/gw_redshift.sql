-- name: redshift_pin
-- What the reading of values and names depends on.  Each answers with the value as
-- the server has it now, so the same rows set and read back.
SELECT 'search_path', 'pg_catalog', pg_catalog.set_config('search_path', 'pg_catalog', false)
UNION ALL SELECT 'timezone', 'UTC', pg_catalog.set_config('timezone', 'UTC', false)
UNION ALL SELECT 'datestyle', 'ISO, YMD', pg_catalog.set_config('datestyle', 'ISO, YMD', false)
UNION ALL SELECT 'intervalstyle', 'postgres', pg_catalog.set_config('intervalstyle', 'postgres', false)
UNION ALL SELECT 'extra_float_digits', '2', pg_catalog.set_config('extra_float_digits', '2', false)

-- name: redshift_user_pin
-- The user's own SQL finds names as in a session of the user's own, with the
-- server's option schema in front; values are written as in ours.
SELECT 'timezone', 'UTC', pg_catalog.set_config('timezone', 'UTC', false)
UNION ALL SELECT 'datestyle', 'ISO, YMD', pg_catalog.set_config('datestyle', 'ISO, YMD', false)
UNION ALL SELECT 'intervalstyle', 'postgres', pg_catalog.set_config('intervalstyle', 'postgres', false)
UNION ALL SELECT 'extra_float_digits', '2', pg_catalog.set_config('extra_float_digits', '2', false)
UNION ALL SELECT 'search_path', s.path, pg_catalog.set_config('search_path', s.path, false)
FROM (SELECT COALESCE(pg_catalog.quote_ident($1::text) || ', ', '') || '"$user", public' AS path) s

-- name: redshift_value_pin
SELECT 'datestyle', 'ISO, YMD', pg_catalog.set_config('datestyle', 'ISO, YMD', false)
UNION ALL SELECT 'intervalstyle', 'postgres', pg_catalog.set_config('intervalstyle', 'postgres', false)
UNION ALL SELECT 'extra_float_digits', '2', pg_catalog.set_config('extra_float_digits', '2', false)
