-- name: redshift_pin
-- What the reading of values depends on.
SELECT p.name, p.wanted, pg_catalog.set_config(p.name, p.wanted, false)
FROM (SELECT 'TimeZone' AS name, 'UTC' AS wanted
      UNION ALL SELECT 'DateStyle', 'ISO, YMD'
      UNION ALL SELECT 'extra_float_digits', '2') AS p
