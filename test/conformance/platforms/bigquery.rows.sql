-- What BigQuery's types cannot hold: decimals that are not finite, too long or too fine, 24:00, years before
-- 1 and after 9999; arrays of arrays, NULL in arrays, arrays that are NULL rather than empty or
-- do not begin at 1, zeros at the end of JSON's numbers, nor JSON's null in a load; uuid and inet are texts there.
UPDATE basics SET n = NULL WHERE n IN ('NaN', 'Infinity', '-Infinity') OR abs(n) > 5e38 OR n <> round(n, 38);
ALTER TABLE basics ALTER i2 TYPE bigint, ALTER i4 TYPE bigint, ALTER id TYPE bigint, ALTER f4 TYPE double precision USING f4::text::double precision;
ALTER TABLE texts ALTER id TYPE bigint, ALTER c TYPE text USING rtrim(c);
UPDATE times SET d = NULL WHERE d NOT BETWEEN '0001-01-01' AND '9999-12-31';
UPDATE times SET t = '23:59:59' WHERE t = '24:00:00';
UPDATE times SET ts = NULL WHERE ts NOT BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999';
UPDATE times SET tz = NULL WHERE tz NOT BETWEEN '0001-01-01 UTC' AND '9999-12-31 23:59:59.999999 UTC';
UPDATE times SET iv = NULL WHERE extract(year FROM iv) NOT BETWEEN -9999 AND 9999;
UPDATE others SET a = NULL WHERE array_ndims(a) > 1;
UPDATE others SET ta = NULL WHERE array_ndims(ta) > 1;
UPDATE others SET a = ARRAY(SELECT e FROM unnest(a) WITH ORDINALITY AS u(e, n) WHERE e IS NOT NULL ORDER BY n),
  ta = ARRAY(SELECT e FROM unnest(ta) WITH ORDINALITY AS u(e, n) WHERE e IS NOT NULL ORDER BY n),
  j = nullif(replace(j::text, '1.50', '1.5')::jsonb, 'null');
ALTER TABLE others ALTER u TYPE text, ALTER net TYPE text, ALTER a TYPE bigint[];
