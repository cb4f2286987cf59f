-- platform: *
-- variant: *
-- mode: plain
-- order: none
-- loose: no
-- about: the text of a timestamptz depends on TimeZone and DateStyle here: its cast may not be evaluated there
-- [settings]
SET DateStyle = 'German, DMY';
-- [remote]
CREATE TABLE wh.t4 (id integer NOT NULL, c7 integer, c8 varchar);
INSERT INTO wh.t4 VALUES ('1', '-1', 'a'), ('2', '2', 'a'), ('3', '1', 'a'), ('4', '100', 'a');
-- [local]
CREATE TABLE loc.t4 (id integer NOT NULL, c7 integer, c8 varchar);
INSERT INTO loc.t4 VALUES ('1', '-1', 'a'), ('2', '2', 'a'), ('3', '1', 'a'), ('4', '100', 'a');
-- [query]
SELECT r1.id FROM :schema.t4 r1 WHERE ('2021-11-07 06:30:00+00'::timestamptz::text > r1.c7::text);
