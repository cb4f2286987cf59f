-- What Redshift's types cannot hold: DECIMAL has 38 digits and no NaN, days and times no infinity,
-- a day no hour 24; arrays, intervals, addresses and uuid are other types there.
UPDATE basics SET n = NULL WHERE n IN ('NaN', 'Infinity', '-Infinity') OR abs(n) > 1e19 OR n <> round(n, 18);
ALTER TABLE basics ALTER n TYPE numeric(38,18);
UPDATE times SET d = NULL WHERE d IN ('infinity', '-infinity') OR d NOT BETWEEN '4713-01-01 BC' AND '294276-12-31';
UPDATE times SET t = '23:59:59' WHERE t = '24:00:00';
UPDATE times SET ts = NULL WHERE ts IN ('infinity', '-infinity');
UPDATE times SET tz = NULL WHERE tz IN ('infinity', '-infinity');
ALTER TABLE times ALTER iv TYPE text;
ALTER TABLE texts ALTER c TYPE text;
UPDATE texts SET c = rtrim(c);
ALTER TABLE others ALTER u TYPE char(36), ALTER a TYPE jsonb USING to_jsonb(a), ALTER ta TYPE jsonb USING to_jsonb(ta), ALTER net TYPE text;
