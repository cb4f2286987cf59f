-- What Snowflake's types cannot hold: decimals that are not finite, too long or too fine (and all have as many digits
-- as their column), 24:00, years before 1 and after 9999; arrays are documents; uuid, inet and interval are texts there.
UPDATE basics SET n = NULL WHERE n IN ('NaN', 'Infinity', '-Infinity') OR abs(n) > 1e28 OR n <> round(n, 10);
-- The emulator's sorting makes one zero of two.
UPDATE basics SET f4 = 0, f8 = 0 WHERE f8 = 0;
ALTER TABLE basics ALTER n TYPE numeric(38,10), ALTER i4 TYPE bigint, ALTER i8 TYPE numeric(19,0),
  ALTER i2 TYPE integer, ALTER f4 TYPE double precision USING f4::text::double precision;
ALTER TABLE texts ALTER c TYPE text USING rtrim(c);
UPDATE times SET d = NULL WHERE d NOT BETWEEN '0001-01-01' AND '9999-12-31';
UPDATE times SET t = '23:59:59' WHERE t = '24:00:00';
UPDATE times SET ts = NULL WHERE ts NOT BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999';
UPDATE times SET tz = NULL WHERE tz NOT BETWEEN '0001-01-01 UTC' AND '9999-12-31 23:59:59.999999 UTC';
ALTER TABLE times ALTER iv TYPE text;
ALTER TABLE others ALTER u TYPE text, ALTER net TYPE text, ALTER a TYPE jsonb USING to_jsonb(a), ALTER ta TYPE jsonb USING to_jsonb(ta);
