-- What MySQL's types cannot hold: NaN and infinities, 24:00, years before 0000
-- and after 9999, moments before 1970 or after 2038; arrays, intervals and
-- addresses are other types there.
UPDATE basics SET n = NULL WHERE n IN ('NaN', 'Infinity', '-Infinity') OR abs(n) > 1e35 OR n <> round(n, 30);
UPDATE basics SET f4 = NULL WHERE f4 IN ('NaN', 'Infinity', '-Infinity');
UPDATE basics SET f8 = NULL WHERE f8 IN ('NaN', 'Infinity', '-Infinity');
ALTER TABLE basics ALTER n TYPE numeric(65,30);
UPDATE times SET d = NULL WHERE d NOT BETWEEN '0001-01-01' AND '9999-12-31';
UPDATE times SET t = '23:59:59' WHERE t = '24:00:00';
UPDATE times SET ts = NULL WHERE ts NOT BETWEEN '0001-01-01' AND '9999-12-31';
UPDATE times SET tz = NULL WHERE tz NOT BETWEEN '1970-01-02' AND '2038-01-01';
ALTER TABLE times ALTER iv TYPE text;
UPDATE texts SET c = rtrim(c);
ALTER TABLE others ALTER a TYPE jsonb USING to_jsonb(a), ALTER ta TYPE jsonb USING to_jsonb(ta), ALTER net TYPE text, ALTER u TYPE text;
-- Numbers in its documents are doubles.
UPDATE others SET j = replace(j::text, '1.50', '1.5')::jsonb;
