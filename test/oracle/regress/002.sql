-- platform: *
-- variant: *
-- mode: plain
-- order: keys 1
-- loose: no
-- about: a sort key that is a constant must not become an ordinal in the remote ORDER BY (42P10)
-- [remote]
CREATE TABLE wh.t1 (id integer NOT NULL);
INSERT INTO wh.t1 VALUES ('1'), ('2');
-- [local]
CREATE TABLE loc.t1 (id integer NOT NULL);
INSERT INTO loc.t1 VALUES ('1'), ('2');
-- [query]
(SELECT r1.id FROM :schema.t1 r1) UNION ALL (SELECT '2147483647'::int4 FROM :schema.t1 r2) ORDER BY 1 DESC;
