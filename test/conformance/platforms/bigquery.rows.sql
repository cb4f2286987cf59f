-- What BigQuery's types cannot hold: decimals that are not finite, too long or too fine, 24:00, years before
-- 1 and after 9999; NULL in arrays, and arrays that are NULL rather than empty; uuid and inet are texts there.
UPDATE basics SET n = NULL WHERE n IN ('NaN', 'Infinity', '-Infinity') OR abs(n) > 5e38 OR n <> round(n, 38);
ALTER TABLE basics ALTER i2 TYPE bigint, ALTER i4 TYPE bigint, ALTER id TYPE bigint, ALTER f4 TYPE double precision USING f4::text::double precision;
ALTER TABLE texts ALTER id TYPE bigint, ALTER c TYPE text USING rtrim(c);
UPDATE times SET d = NULL WHERE d NOT BETWEEN '0001-01-01' AND '9999-12-31';
UPDATE times SET t = '23:59:59' WHERE t = '24:00:00';
UPDATE times SET ts = NULL WHERE ts NOT BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999';
UPDATE times SET tz = NULL WHERE tz NOT BETWEEN '0001-01-01 UTC' AND '9999-12-31 23:59:59.999999 UTC';
UPDATE times SET iv = NULL WHERE extract(year FROM iv) NOT BETWEEN -9999 AND 9999;
UPDATE others SET a = coalesce(array_remove(a, NULL), '{}'), ta = coalesce(array_remove(ta, NULL), '{}');
ALTER TABLE others ALTER u TYPE text, ALTER net TYPE text, ALTER a TYPE bigint[];
