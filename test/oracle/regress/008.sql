-- platform: local
-- variant: icu
-- mode: plain
-- order: none
-- loose: yes
-- about: characters that are equal but for blanks at their end are one row of INTERSECT: which of them comes is anybody's
-- [remote]
CREATE TABLE wh.t1 (id integer NOT NULL, c1 bpchar COLLATE public.ci, c6 varchar COLLATE public.ai);
INSERT INTO wh.t1 VALUES ('0', ' ', 'Ä');
CREATE TABLE wh.t3 (id integer NOT NULL, c1 double precision, c6 bpchar COLLATE public.ci);
INSERT INTO wh.t3 VALUES ('11', '9007199254740993', 'a'), ('12', '1', '');
-- [local]
CREATE TABLE loc.t1 (id integer NOT NULL, c1 bpchar COLLATE "de-x-icu", c6 varchar);
CREATE TABLE loc.t3 (id integer NOT NULL, c1 double precision, c6 bpchar);
INSERT INTO loc.t1 VALUES ('0', ' ', 'Ä');
INSERT INTO loc.t3 VALUES ('11', '9.007199254740992e+15', 'a'), ('12', '1', '');
-- [query]
(SELECT r1.c6 FROM :schema.t3 r1) INTERSECT ALL (SELECT r2.c1 FROM :schema.t1 r2);
