-- What SQL Server's types cannot hold: NaN and infinities, more than 38 digits,
-- 24:00, years before 0001 and after 9999; arrays, JSON, intervals and addresses
-- are texts there.  A zero has no sign.
UPDATE basics SET n = NULL WHERE n IN ('NaN', 'Infinity', '-Infinity') OR abs(n) > 1e27 OR n <> round(n, 10);
UPDATE basics SET f4 = NULL WHERE f4 IN ('NaN', 'Infinity', '-Infinity') OR abs(f4) < 1e-37 AND f4 <> 0;
UPDATE basics SET f8 = NULL WHERE f8 IN ('NaN', 'Infinity', '-Infinity') OR abs(f8) < 1e-300 AND f8 <> 0;
UPDATE basics SET f4 = 0 WHERE f4 = 0;
UPDATE basics SET f8 = 0 WHERE f8 = 0;
ALTER TABLE basics ALTER n TYPE numeric(38,10);
UPDATE times SET d = NULL WHERE d NOT BETWEEN '0001-01-01' AND '9999-12-31';
UPDATE times SET t = '23:59:59' WHERE t = '24:00:00';
UPDATE times SET ts = NULL WHERE ts NOT BETWEEN '0001-01-01' AND '9999-12-31';
UPDATE times SET tz = NULL WHERE tz NOT BETWEEN '0001-01-02' AND '9999-12-30';
ALTER TABLE times ALTER iv TYPE text;
-- An nchar counts UTF-16 units.
ALTER TABLE texts ALTER c TYPE text USING CASE WHEN c ~ '[^\u0001-\uffff]' THEN rpad(c::text, 7) ELSE rpad(c::text, 8) END;
ALTER TABLE others ALTER j TYPE text, ALTER a TYPE text, ALTER ta TYPE text, ALTER net TYPE text;
