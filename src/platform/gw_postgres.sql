-- name: postgres_pin
-- What the reading of values depends on.  set_config() answers with the value
-- as the server has it now, so the same rows set and read back.
SELECT p.name, p.wanted, pg_catalog.set_config(p.name, p.wanted, false)
FROM (VALUES ('search_path', 'pg_catalog'),
             ('TimeZone', 'UTC'),
             ('DateStyle', 'ISO, YMD'),
             ('IntervalStyle', 'postgres'),
             ('extra_float_digits', '3'),
             ('standard_conforming_strings', 'on'),
             ('bytea_output', 'hex'),
             ('jit', 'off')) AS p(name, wanted)
