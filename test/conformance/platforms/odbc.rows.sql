-- What MariaDB's types cannot hold, and what ODBC has no types for: moments
-- with a zone, intervals, arrays, JSON, addresses.
UPDATE basics SET n = NULL WHERE n IN ('NaN', 'Infinity', '-Infinity') OR abs(n) > 1e35 OR n <> round(n, 30);
UPDATE basics SET f4 = NULL WHERE f4 IN ('NaN', 'Infinity', '-Infinity') OR abs(f4) > 3.4e38;
UPDATE basics SET f8 = NULL WHERE f8 IN ('NaN', 'Infinity', '-Infinity');
-- A zero has no sign there.
UPDATE basics SET f4 = 0 WHERE f4 = 0;
UPDATE basics SET f8 = 0 WHERE f8 = 0;
ALTER TABLE basics ALTER n TYPE numeric(65,30);
UPDATE times SET d = NULL WHERE d NOT BETWEEN '0001-01-01' AND '9999-12-31';
UPDATE times SET t = '23:59:59' WHERE t = '24:00:00';
UPDATE times SET ts = NULL WHERE ts NOT BETWEEN '0001-01-01' AND '9999-12-31';
UPDATE times SET tz = NULL WHERE tz NOT BETWEEN '1970-01-02' AND '2038-01-01';
ALTER TABLE times ALTER iv TYPE text;
UPDATE texts SET c = rtrim(c);
ALTER TABLE others ALTER a TYPE jsonb USING to_jsonb(a), ALTER ta TYPE jsonb USING to_jsonb(ta), ALTER net TYPE text;
ALTER TABLE times ALTER tz TYPE timestamp USING tz AT TIME ZONE 'UTC';
ALTER TABLE orders ALTER placed_at TYPE timestamp USING placed_at AT TIME ZONE 'UTC';
ALTER TABLE others ALTER u TYPE text, ALTER j TYPE text, ALTER a TYPE text, ALTER ta TYPE text;
