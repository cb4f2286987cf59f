-- gw.sync_table(): rows that go straight into the target, through COPY or into
-- a new heap, and targets that want the road of INSERT instead.
-- Needs: the source is this database, reached over libpq.
\set SHOW_CONTEXT never
\set VERBOSITY default
SET client_min_messages = notice;
CREATE ROLE regress_gw_copier;
CREATE ROLE regress_gw_other;
SELECT gw.grant_usage('regress_gw_copier', 'operator');
SELECT gw.grant_usage('regress_gw_other', 'operator');
DO $$
BEGIN
  EXECUTE format('CREATE SERVER copy_wire FOREIGN DATA WRAPPER gw_postgres
                  OPTIONS (host %L, port %L, dbname %L)',
                 split_part(current_setting('unix_socket_directories'), ',', 1),
                 current_setting('port'), current_database());
  EXECUTE format('CREATE USER MAPPING FOR PUBLIC SERVER copy_wire
                  OPTIONS (user %L, password_required ''false'')', current_user);
END
$$;
GRANT USAGE ON FOREIGN SERVER copy_wire TO regress_gw_copier, regress_gw_other;
GRANT pg_read_all_stats TO regress_gw_copier, regress_gw_other;
CREATE SCHEMA copy_src AUTHORIZATION regress_gw_copier;
CREATE SCHEMA copy_dst AUTHORIZATION regress_gw_copier;
GRANT USAGE ON SCHEMA copy_dst TO regress_gw_other;
-- COPY that feeds from us, in this backend, as a trigger sees it.
CREATE FUNCTION public.copy_road() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_stat_clear_snapshot();
  RETURN coalesce((SELECT 'COPY ' || p.type FROM pg_stat_progress_copy p WHERE p.pid = pg_backend_pid()
                      AND p.type = 'CALLBACK'), 'INSERT');
END
$$;
CREATE FUNCTION public.copy_brief(result jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ', result ->> 'state', result ->> 'mode', 'read', result ->> 'rows_read',
                   'new', result ->> 'rows_inserted', 'gone', coalesce(result ->> 'rows_deleted', '?'))
$$;
CREATE FUNCTION public.copy_same(source regclass, target regclass) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  same boolean;
BEGIN
  EXECUTE format('SELECT NOT EXISTS ((SELECT r::text FROM %1$s r EXCEPT ALL SELECT r::text FROM %2$s r)
                          UNION ALL (SELECT r::text FROM %2$s r EXCEPT ALL SELECT r::text FROM %1$s r))',
                 source, target) INTO same;
  RETURN same;
END
$$;
SET SESSION AUTHORIZATION regress_gw_copier;

-- ---------- every value arrives, in binary and as text ----------
CREATE TABLE copy_src.plain (
  i2 smallint, i4 int, i8 bigint, f4 real, f8 double precision, n numeric, nn numeric(12,3), b boolean,
  t text, v varchar(40), c char(5), y bytea, d date, tm time, ts timestamp, tz timestamptz, u uuid,
  j json, jb jsonb);
INSERT INTO copy_src.plain VALUES
  (1, 2, 3, 0.1, 0.1, 1.500, 1.5, true, E'tab\there\nline \\N back\\slash\rend', 'v', 'ab', '\x00ff5c', '2024-02-29',
   '23:59:59.999999', '2024-01-01 00:00:00.000001', '2024-01-01 00:00:00+02', '00000000-0000-0000-0000-00000000000a',
   '{"a" : 1}', '{"b": [1, null, "x\\n"]}'),
  (-32768, -2147483648, -9223372036854775808, 'NaN', '-Infinity', 'NaN', -999999999.999, false, '', '', '', '', '-infinity',
   '00:00', 'infinity', '4713-01-01 BC', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'null', 'null'),
  (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (32767, 7, 8, 1e-30, 1e300, 12345678901234567890.1234567890, 0, true, 'Grüße, 世界 \.', 'ü', 'ü', '\x', 'infinity',
   '24:00:00', '0001-01-01', 'infinity', '12345678-1234-1234-1234-123456789abc', '[]', '{}');
CALL gw.sync_table('copy_wire', 'copy_src.plain', 'copy_dst.plain', mode => 'append') \gset
SELECT public.copy_brief(:'result'), public.copy_same('copy_src.plain', 'copy_dst.plain');
CALL gw.sync_table('copy_wire', 'copy_src.plain', 'copy_dst.plain_latin', mode => 'replace') \gset
SET client_encoding = 'LATIN1';
CALL gw.sync_table('copy_wire', 'copy_src.plain', 'copy_dst.plain_latin', mode => 'replace') \gset
RESET client_encoding;
SELECT public.copy_brief(:'result'), public.copy_same('copy_src.plain', 'copy_dst.plain_latin');
-- Types that travel as text.
CREATE TYPE copy_src.mood AS ENUM ('sad', 'ha	py');
CREATE DOMAIN copy_src.small AS int CHECK (value < 100);
CREATE TABLE copy_src.odd (id int, a text[], r int4range, m copy_src.mood, iv interval, x xml, s copy_src.small, net inet);
INSERT INTO copy_src.odd VALUES
  (1, E'{"a,b","c\\\\d",NULL,"tab\there"}', '[1,5)', 'sad', '-1 day +02:00:00', '<a>\t</a>', 99, '10.0.0.1/8'),
  (2, '{}', 'empty', 'ha	py', '1 year -3 mons', NULL, NULL, '::1');
SET intervalstyle = 'sql_standard';
CALL gw.sync_table('copy_wire', 'copy_src.odd', 'copy_dst.odd', mode => 'replace') \gset
RESET intervalstyle;
SELECT public.copy_brief(:'result'), public.copy_same('copy_src.odd', 'copy_dst.odd');
-- More than one batch, and values larger than any buffer.
CREATE TABLE copy_src.many (id int PRIMARY KEY, grp int, big text);
INSERT INTO copy_src.many SELECT g, g % 7, CASE WHEN g % 1000 = 0 THEN repeat(md5(g::text), 20000) END
FROM generate_series(1, 5000) g;
CALL gw.sync_table('copy_wire', 'copy_src.many', 'copy_dst.many', cursor_field => 'id',
                   options => '{"horizon_margin": 0, "fetch_size": 333}') \gset
SELECT public.copy_brief(:'result'), :'result'::jsonb ->> 'watermark' AS watermark,
       public.copy_same('copy_src.many', 'copy_dst.many');
INSERT INTO copy_src.many SELECT g, 0, '' FROM generate_series(5001, 5010) g;
CALL gw.sync_table('copy_wire', 'copy_src.many', 'copy_dst.many', cursor_field => 'id',
                   options => '{"horizon_margin": 0, "fetch_size": 333}') \gset
SELECT public.copy_brief(:'result'), :'result'::jsonb ->> 'watermark' AS watermark,
       public.copy_same('copy_src.many', 'copy_dst.many');

-- COPY as text, where no column travels in binary and the table is not one to fill by ourselves.
CREATE TYPE copy_src.label AS ENUM (E'tab\there', E'line\nend', E'return\rend', E'back\\slash', E'\\N', E'\\.', '', 'plain');
CREATE TABLE copy_src.labels (a copy_src.label, b copy_src.label);
INSERT INTO copy_src.labels SELECT v, nullif(v, 'plain') FROM unnest(enum_range(NULL::copy_src.label)) v;
CREATE TABLE copy_dst.labels (a copy_src.label, b copy_src.label, no int GENERATED ALWAYS AS IDENTITY,
  road text DEFAULT public.copy_road());
CALL gw.sync_table('copy_wire', 'copy_src.labels', 'copy_dst.labels', mode => 'append') \gset
SELECT public.copy_brief(:'result');
SELECT a::text, b::text, road FROM copy_dst.labels ORDER BY no;

-- ---------- what the target demands holds ----------
CREATE TABLE copy_src.item (id int, name varchar(20));
INSERT INTO copy_src.item SELECT g, 'item ' || g FROM generate_series(1, 6) g;
CREATE TABLE copy_dst.item (
  id int, name varchar(20), grp int GENERATED ALWAYS AS (id % 2) STORED, no int GENERATED ALWAYS AS IDENTITY,
  road text DEFAULT public.copy_road(), CHECK (id <> 6));
CREATE FUNCTION copy_dst.stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id = 3 THEN
    RETURN NULL;
  END IF;
  NEW.name := upper(NEW.name);
  RETURN NEW;
END
$$;
CREATE TRIGGER stamp BEFORE INSERT ON copy_dst.item FOR EACH ROW EXECUTE FUNCTION copy_dst.stamp();
CREATE FUNCTION copy_dst.tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE '% rows, % in the table', (SELECT count(*) FROM rows), (SELECT count(*) FROM copy_dst.item);
  RETURN NULL;
END
$$;
CREATE TRIGGER tell AFTER INSERT ON copy_dst.item REFERENCING NEW TABLE AS rows
  FOR EACH STATEMENT EXECUTE FUNCTION copy_dst.tell();
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.item', mode => 'append') \gset
ALTER TABLE copy_dst.item DROP CONSTRAINT item_id_check;
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.item', mode => 'append') \gset
SELECT public.copy_brief(:'result');
SELECT id, name, grp, no > 0 AS numbered, road FROM copy_dst.item ORDER BY id;
-- A target with triggers is replaced by statements, so that they fire.
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.item', mode => 'replace') \gset
SELECT public.copy_brief(:'result');
SELECT DISTINCT road FROM copy_dst.item;
-- Partitions.
CREATE TABLE copy_dst.split (id int, name text, road text DEFAULT public.copy_road()) PARTITION BY RANGE (id);
CREATE TABLE copy_dst.split_1 PARTITION OF copy_dst.split FOR VALUES FROM (0) TO (4);
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.split', mode => 'append') \gset
CREATE TABLE copy_dst.split_2 PARTITION OF copy_dst.split DEFAULT;
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.split', mode => 'append') \gset
SELECT tableoid::regclass, count(*), min(road) FROM copy_dst.split GROUP BY 1 ORDER BY 1;
-- COPY knows no rules: INSERT it is.
CREATE TABLE copy_dst.ruled (id int, name text, road text DEFAULT public.copy_road());
CREATE TABLE copy_dst.ruled_log (id int);
CREATE RULE note AS ON INSERT TO copy_dst.ruled DO ALSO INSERT INTO copy_dst.ruled_log VALUES (new.id);
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.ruled', mode => 'append') \gset
SELECT (SELECT count(*) FROM copy_dst.ruled_log) AS logged, min(road) FROM copy_dst.ruled;
-- Nor a type that an assignment would have to change.
CREATE TABLE copy_dst.wider (id bigint, name text, road text DEFAULT public.copy_road());
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.wider', mode => 'append') \gset
SELECT count(*), min(road) FROM copy_dst.wider;
-- A trigger that moves another table in the middle of it.
CREATE TABLE copy_dst.outer_t (id int, name text);
CREATE FUNCTION copy_dst.nest() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  result jsonb;
BEGIN
  IF NEW.id = 2 THEN
    CALL gw.sync_table('copy_wire', 'copy_src.many', 'copy_dst.nested', 'append', result => result);
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER nest BEFORE INSERT ON copy_dst.outer_t FOR EACH ROW EXECUTE FUNCTION copy_dst.nest();
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.outer_t', mode => 'append') \gset
SELECT public.copy_same('copy_src.item', 'copy_dst.outer_t'), public.copy_same('copy_src.many', 'copy_dst.nested');

-- A table that an event trigger has changed while it was made.
RESET SESSION AUTHORIZATION;
CREATE FUNCTION copy_dst.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'copy_dst.watched') THEN
    CREATE TRIGGER stamp BEFORE INSERT ON copy_dst.watched FOR EACH ROW EXECUTE FUNCTION copy_dst.stamp();
  END IF;
END
$$;
CREATE EVENT TRIGGER copy_watch ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION copy_dst.watch();
SET SESSION AUTHORIZATION regress_gw_copier;
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.watched', mode => 'replace') \gset
SELECT * FROM copy_dst.watched ORDER BY id LIMIT 3;
RESET SESSION AUTHORIZATION;
DROP EVENT TRIGGER copy_watch;
SET SESSION AUTHORIZATION regress_gw_copier;

-- ---------- rights ----------
CREATE TABLE copy_dst.own_rows (id int, name text, who name DEFAULT current_user, road text DEFAULT public.copy_road());
ALTER TABLE copy_dst.own_rows ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON copy_dst.own_rows FOR INSERT TO regress_gw_other WITH CHECK (id < 6);
CREATE TABLE copy_dst.closed (id int, name text);
GRANT INSERT ON copy_dst.own_rows TO regress_gw_other;
CREATE TABLE copy_dst.plain_own (id int, name text);
GRANT INSERT, TRUNCATE ON copy_dst.plain_own TO regress_gw_other;
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_gw_other;
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.own_rows', mode => 'append') \gset
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.closed', mode => 'append') \gset
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.plain_own', mode => 'replace') \gset
RESET SESSION AUTHORIZATION;
DELETE FROM copy_src.item WHERE id = 6;
SET SESSION AUTHORIZATION regress_gw_other;
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.own_rows', mode => 'append') \gset
SELECT public.copy_brief(:'result');
RESET SESSION AUTHORIZATION;
SELECT min(who) AS who, min(road) AS road, count(*) FROM copy_dst.own_rows;
SELECT count(*) FROM copy_dst.plain_own;
SET SESSION AUTHORIZATION regress_gw_copier;

-- ---------- replaced by a new heap ----------
CREATE TABLE copy_dst.kept (id int PRIMARY KEY, gone int, name text NOT NULL);
ALTER TABLE copy_dst.kept DROP COLUMN gone;
CREATE INDEX ON copy_dst.kept (upper(name));
CREATE VIEW copy_dst.kept_view AS SELECT count(*) FROM copy_dst.kept;
GRANT SELECT ON copy_dst.kept TO regress_gw_other;
INSERT INTO copy_dst.kept VALUES (77, 'old');
CREATE TABLE copy_src.strict (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO copy_src.strict SELECT g, 'row ' || g FROM generate_series(1, 1000) g;
SELECT 'copy_dst.kept'::regclass::oid AS was, pg_relation_filenode('copy_dst.kept') AS file \gset
CALL gw.sync_table('copy_wire', 'copy_src.strict', 'copy_dst.kept', mode => 'replace') \gset
SELECT public.copy_brief(:'result'), 'copy_dst.kept'::regclass::oid = :was AS same_table,
       pg_relation_filenode('copy_dst.kept') <> :file AS new_heap, public.copy_same('copy_src.strict', 'copy_dst.kept');
TABLE copy_dst.kept_view;
SELECT has_table_privilege('regress_gw_other', 'copy_dst.kept', 'SELECT') AS granted;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT * FROM copy_dst.kept WHERE upper(name) = 'ROW 500';
SELECT * FROM copy_dst.kept WHERE upper(name) = 'ROW 500';
SELECT * FROM copy_dst.kept WHERE id = 1000;
RESET enable_seqscan;
INSERT INTO copy_dst.kept VALUES (1000, 'twice');
-- What fails there leaves the old rows.
CREATE VIEW copy_src.doubled AS TABLE copy_src.strict UNION ALL SELECT 1, 'again';
CREATE TABLE copy_dst.unique_t (id int UNIQUE, name text);
INSERT INTO copy_dst.unique_t VALUES (5, 'old');
CALL gw.sync_table('copy_wire', 'copy_src.doubled', 'copy_dst.unique_t', mode => 'replace') \gset
TABLE copy_dst.unique_t;
-- The source is the target.
CREATE VIEW copy_src.itself AS SELECT id + 1000 AS id, name FROM copy_dst.unique_t;
CALL gw.sync_table('copy_wire', 'copy_src.itself', 'copy_dst.unique_t', mode => 'replace') \gset
TABLE copy_dst.unique_t;
-- Columns that the source does not have, checks, children, a foreign key: no new heap.
CREATE TABLE copy_dst.extra (id int, name text, at int DEFAULT 7);
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.extra', mode => 'replace') \gset
CREATE TABLE copy_dst.checked (id int CHECK (id < 5), name text);
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.checked', mode => 'replace') \gset
CREATE TABLE copy_dst.parent (id int, name text);
CREATE TABLE copy_dst.child () INHERITS (copy_dst.parent);
INSERT INTO copy_dst.child VALUES (99, 'child');
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.parent', mode => 'replace') \gset
CREATE TABLE copy_dst.refers (id int REFERENCES copy_dst.kept, name text);
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.refers', mode => 'replace') \gset
SELECT (SELECT sum(at) FROM copy_dst.extra) AS extra, (SELECT count(*) FROM copy_dst.checked) AS checked,
       (SELECT count(*) FROM copy_dst.parent) AS parent, (SELECT count(*) FROM copy_dst.refers) AS refers;
CALL gw.sync_table('copy_wire', 'copy_src.strict', 'copy_dst.kept', mode => 'replace') \gset
-- Inside a transaction block it is undone with it.
BEGIN;
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.unique_t', mode => 'replace') \gset
SELECT count(*) FROM copy_dst.unique_t;
ROLLBACK;
TABLE copy_dst.unique_t;
BEGIN;
DECLARE c CURSOR FOR TABLE copy_dst.unique_t;
FETCH 1 FROM c;
CALL gw.sync_table('copy_wire', 'copy_src.item', 'copy_dst.unique_t', mode => 'replace') \gset
ROLLBACK;

RESET SESSION AUTHORIZATION;
DROP FUNCTION public.copy_road() CASCADE;
DROP FUNCTION public.copy_brief(jsonb), public.copy_same(regclass, regclass);
SET client_min_messages = warning;
DROP SCHEMA copy_src, copy_dst CASCADE;
DROP SERVER copy_wire CASCADE;
DELETE FROM gw.stream WHERE server = 'copy_wire';
REVOKE pg_read_all_stats FROM regress_gw_copier, regress_gw_other;
DROP OWNED BY regress_gw_copier, regress_gw_other;
DROP ROLE regress_gw_copier, regress_gw_other;
