-- platform: *
-- variant: *
-- mode: plain
-- order: none
-- loose: no
-- about: on-rows: operands of two implicit collations have none, so the comparison fails with 42P22 locally and may not be pushed
-- [remote]
CREATE TABLE wh.t1 (id integer NOT NULL, c5 char(6), c6 varchar, c8 text COLLATE public.ai);
INSERT INTO wh.t1 VALUES ('43', 'a', 'A', 'a-b');
-- [local]
CREATE TABLE loc.t1 (id integer NOT NULL, c5 char(6) COLLATE "de-x-icu", c6 varchar COLLATE "POSIX", c8 text);
INSERT INTO loc.t1 VALUES ('43', 'a     ', 'A', 'a-b');
-- [query]
SELECT r1.c8 FROM :schema.t1 r1 WHERE (r1.c5 < r1.c6::char(6));
