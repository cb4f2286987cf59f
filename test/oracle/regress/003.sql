-- platform: *
-- variant: *
-- mode: plain
-- order: none
-- loose: no
-- about: a remote clause may not resolve its operators on the caller's search_path
-- [settings]
SET search_path = 'ora_trap, pg_catalog';
-- [remote]
CREATE TABLE wh.t1 (id integer NOT NULL);
INSERT INTO wh.t1 VALUES ('1'), ('2'), ('3');
-- [local]
CREATE TABLE loc.t1 (id integer NOT NULL);
INSERT INTO loc.t1 VALUES ('1'), ('2'), ('3');
-- [query]
SELECT r1.id FROM :schema.t1 r1 WHERE NOT (r1.id <> 3);
