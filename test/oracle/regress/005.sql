-- platform: *
-- variant: *
-- mode: hold
-- order: none
-- loose: no
-- about: a cursor WITH HOLD is filled when its transaction commits: the remote stream must last so long
-- [remote]
CREATE TABLE wh.t3 (id integer NOT NULL);
INSERT INTO wh.t3 VALUES ('22'), ('23');
-- [local]
CREATE TABLE loc.t3 (id integer NOT NULL);
INSERT INTO loc.t3 VALUES ('22'), ('23');
-- [query]
SELECT r1.id FROM :schema.t3 r1;
