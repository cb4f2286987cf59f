-- platform: *
-- variant: *
-- mode: plain
-- order: none
-- loose: no
-- about: GREATEST and LEAST compare too: without a collation it fails with 42P22 and may not be pushed
-- [remote]
CREATE TABLE wh.t1 (id integer NOT NULL, c4 varchar COLLATE public.ci, c8 json, c11 varchar NOT NULL);
INSERT INTO wh.t1 VALUES ('0', 'ﬁ', ' [ 1 ] ', '1.0');
-- [local]
CREATE TABLE loc.t1 (id integer NOT NULL, c4 varchar COLLATE "C", c8 json, c11 varchar COLLATE "de-x-icu" NOT NULL);
INSERT INTO loc.t1 VALUES ('0', 'ﬁ', ' [ 1 ] ', '1.0');
-- [query]
SELECT r1.c8 FROM :schema.t1 r1 WHERE (''::text = greatest(r1.c4, r1.c11));
