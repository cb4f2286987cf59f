-- What Databricks' types cannot hold: decimals that are not finite, too long or too fine; years before 1 and
-- after 9999; arrays of two dimensions or that do not begin at 1; times, intervals, uuid and inet are texts there.
UPDATE basics SET n = NULL WHERE n IN ('NaN', 'Infinity', '-Infinity') OR abs(n) > 1e27 OR n <> round(n, 10);
ALTER TABLE basics ALTER n TYPE numeric(38, 10);
ALTER TABLE texts ALTER c TYPE text USING rtrim(c);
UPDATE times SET d = NULL WHERE d NOT BETWEEN '0001-01-01' AND '9999-12-31';
UPDATE times SET ts = NULL WHERE ts NOT BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999';
UPDATE times SET tz = NULL WHERE tz NOT BETWEEN '0001-01-01 UTC' AND '9999-12-31 23:59:59.999999 UTC';
ALTER TABLE times ALTER t TYPE text, ALTER iv TYPE text;
UPDATE others SET a = NULL WHERE array_ndims(a) > 1 OR array_lower(a, 1) <> 1;
UPDATE others SET j = replace(j::text, '1.50', '1.5')::jsonb;
ALTER TABLE others ALTER u TYPE text, ALTER net TYPE text;
