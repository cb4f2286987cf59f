-- name: postgres_pin
-- What the reading of values depends on.  pg_temp is named because it would
-- otherwise be searched first for types and tables.  set_config() answers with the value
-- as the server has it now, so the same rows set and read back.  jit stays off
-- because compiling the catalog queries takes many times longer than running them.
SELECT p.name, p.wanted, pg_catalog.set_config(p.name, p.wanted, false)
FROM (VALUES ('search_path', 'pg_catalog, pg_temp'),
             ('TimeZone', 'UTC'),
             ('DateStyle', 'ISO, YMD'),
             ('IntervalStyle', 'postgres'),
             ('extra_float_digits', '3'),
             ('standard_conforming_strings', 'on'),
             ('bytea_output', 'hex'),
             ('jit', 'off')) AS p(name, wanted)

-- name: postgres_user_pin
-- The user's own SQL finds names as in a session of the user's own, with the
-- server's option schema in front; values are written as in ours.
SELECT p.name, p.wanted, pg_catalog.set_config(p.name, p.wanted, false)
FROM (VALUES ('TimeZone', 'UTC'),
             ('DateStyle', 'ISO, YMD'),
             ('IntervalStyle', 'postgres'),
             ('extra_float_digits', '3'),
             ('standard_conforming_strings', 'on'),
             ('bytea_output', 'hex'),
             ('search_path', pg_catalog.concat_ws(', ', pg_catalog.quote_ident($1),
                (SELECT s.reset_val FROM pg_catalog.pg_settings AS s
                 WHERE s.name OPERATOR(pg_catalog.=) 'search_path')))) AS p(name, wanted)

-- name: postgres_value_pin
SELECT p.name, p.wanted, pg_catalog.set_config(p.name, p.wanted, false)
FROM (VALUES ('DateStyle', 'ISO, YMD'),
             ('IntervalStyle', 'postgres'),
             ('extra_float_digits', '3'),
             ('bytea_output', 'hex')) AS p(name, wanted)
