-- platform: postgres
-- variant: utf8-icu
-- mode: plain
-- order: none
-- loose: no
-- about: a key of DISTINCT ON has to be the first one of ORDER BY, so it cannot say COLLATE there alone
-- [settings]
-- [remote]
CREATE TABLE wh.t4 (id integer NOT NULL, c10 text COLLATE "en-US-x-icu");
INSERT INTO wh.t4 VALUES ('1', 'a'), ('2', 'B'), ('3', 'a'), ('4', NULL);
-- [local]
CREATE TABLE loc.t4 (id integer NOT NULL, c10 text COLLATE "C");
INSERT INTO loc.t4 VALUES ('1', 'a'), ('2', 'B'), ('3', 'a'), ('4', NULL);
-- [query]
SELECT DISTINCT ON (r1.c10) r1.id, r1.c10 FROM :schema.t4 r1 ORDER BY r1.c10, r1.id;
