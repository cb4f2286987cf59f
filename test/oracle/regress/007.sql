-- platform: local
-- variant: icu
-- mode: plain
-- order: keys 1
-- loose: no
-- about: 1 day and 24:00:00 are equal keys: their order is anybody's
-- [settings]
SET IntervalStyle = 'postgres_verbose';
-- [remote]
CREATE TABLE wh.t2 (id integer NOT NULL, c5 interval, c7 integer);
INSERT INTO wh.t2 VALUES ('3', '1 day', '-2147483648'), ('10', '24:00:00', '10'), ('13', NULL, NULL), ('14', '-178000000 years', NULL);
-- [local]
CREATE TABLE loc.t2 (id integer NOT NULL, c5 interval, c7 integer);
INSERT INTO loc.t2 VALUES ('3', '1 day', '-2147483648'), ('10', '24:00:00', '10'), ('13', NULL, NULL), ('14', '-178000000 years', NULL);
-- [query]
SELECT r1.c5 FROM :schema.t2 r1 INNER JOIN :schema.t2 r2 ON (r1.c7 < r2.id) ORDER BY 1 DESC NULLS FIRST;
