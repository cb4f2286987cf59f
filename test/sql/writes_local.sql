-- Writes meet what is local: partitions, triggers, views, generated columns,
-- COPY, and values of every type on every road.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS warehouse_gw;
RESET client_min_messages;
\set SHOW_ALL_RESULTS off

CREATE SCHEMA wl_src;
CREATE SCHEMA wl;
CREATE TABLE wl_src.east (id int PRIMARY KEY, region text, n int);
CREATE TABLE wl_src.west (id int PRIMARY KEY, region text, n int);
CREATE TABLE wl_src.noisy (id int, name text, upper_name text);
CREATE FUNCTION wl_src.noisy() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.id % 1000 = 7 THEN
    RAISE NOTICE 'row %', NEW.id;
  END IF;
  IF NEW.id < 0 THEN
    RETURN NULL;
  END IF;
  NEW.upper_name := upper(NEW.name);
  RETURN NEW;
END
$$;
CREATE TRIGGER noisy BEFORE INSERT OR UPDATE ON wl_src.noisy FOR EACH ROW EXECUTE FUNCTION wl_src.noisy();
CREATE TABLE wl_src.gen (id int PRIMARY KEY, a int, b int);

DO $$
BEGIN
  EXECUTE format('CREATE SERVER wl_pg FOREIGN DATA WRAPPER gw_postgres
                  OPTIONS (host %L, port %L, dbname %L)',
                 split_part(current_setting('unix_socket_directories'), ',', 1),
                 current_setting('port'), current_database());
  EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER wl_pg
                  OPTIONS (user %L, password_required ''false'')', current_user);
END
$$;
IMPORT FOREIGN SCHEMA wl_src FROM SERVER wl_pg INTO wl;
SET search_path = wl, public;
\set VERBOSITY terse

-- ---- partitions, some of them foreign ----
CREATE TABLE wl.sale (id int, region text, n int) PARTITION BY LIST (region);
ALTER TABLE sale ATTACH PARTITION east FOR VALUES IN ('east');
ALTER TABLE sale ATTACH PARTITION west FOR VALUES IN ('west');
CREATE TABLE sale_rest PARTITION OF sale DEFAULT;
INSERT INTO sale SELECT g, (ARRAY['east', 'west', 'north'])[1 + g % 3], g FROM generate_series(1, 30000) g;
SELECT (SELECT count(*) FROM wl_src.east), (SELECT count(*) FROM wl_src.west), (SELECT count(*) FROM sale_rest);
INSERT INTO sale VALUES (40001, 'east', 1), (40002, 'west', 2), (40003, 'south', 3) RETURNING tableoid::regclass, *;
COPY sale FROM stdin;
40004	east	4
40005	west	5
40006	south	6
\.
SELECT tableoid::regclass, * FROM sale WHERE id > 40003 ORDER BY id;
UPDATE sale SET n = n + 1 WHERE id > 40000 RETURNING tableoid::regclass, id, n;
DELETE FROM sale WHERE id <= 29990 AND n = id;
SELECT tableoid::regclass, count(*) FROM sale GROUP BY 1 ORDER BY min(tableoid::regclass::text);
-- from a local partition into a foreign one
UPDATE sale SET region = 'west' WHERE id = 40006 AND region = 'south' RETURNING tableoid::regclass, *;
SELECT tableoid::regclass, * FROM sale WHERE id = 40006;
-- out of a foreign one PostgreSQL does not move rows
UPDATE sale SET region = 'east' WHERE id = 40005;
\echo :LAST_ERROR_SQLSTATE
UPDATE sale SET region = 'west', n = 50 WHERE id = 40005 RETURNING *;
INSERT INTO sale VALUES (1, 'east', NULL), (40001, 'east', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM wl_src.east WHERE id = 1;
INSERT INTO sale VALUES (1, 'east', NULL), (40001, 'east', NULL) ON CONFLICT DO NOTHING;
SELECT count(*) FROM wl_src.east WHERE id = 1;

-- ---- what the remote makes of rows ----
INSERT INTO noisy (id, name) VALUES (1, 'one'), (-1, 'none') RETURNING *;
\set VERBOSITY default
INSERT INTO noisy SELECT g, 'n' || g FROM generate_series(1, 2500) g;
\set VERBOSITY terse
INSERT INTO noisy SELECT -g, 'n' || g FROM generate_series(1, 300) g;
SELECT count(*), count(upper_name), min(id) FROM wl_src.noisy;
UPDATE noisy SET name = 'changed' WHERE id = 2 RETURNING *;

-- ---- triggers of the foreign table ----
CREATE FUNCTION wl.tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_LEVEL = 'STATEMENT' THEN
    RAISE NOTICE '% % %', TG_WHEN, TG_OP, TG_LEVEL;
    RETURN NULL;
  END IF;
  RAISE NOTICE '% % % old % new %', TG_WHEN, TG_OP, TG_LEVEL,
    CASE WHEN TG_OP <> 'INSERT' THEN OLD END, CASE WHEN TG_OP <> 'DELETE' THEN NEW END;
  IF TG_WHEN = 'BEFORE' AND TG_OP <> 'DELETE' THEN
    NEW.name := NEW.name || '+';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER b BEFORE INSERT OR UPDATE OR DELETE ON noisy FOR EACH ROW EXECUTE FUNCTION wl.tell();
CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE ON noisy FOR EACH ROW EXECUTE FUNCTION wl.tell();
CREATE TRIGGER s AFTER INSERT OR UPDATE OR DELETE ON noisy FOR EACH STATEMENT EXECUTE FUNCTION wl.tell();
INSERT INTO noisy VALUES (5001, 'five'), (5002, 'six');
UPDATE noisy SET id = id WHERE id = 5001;
DELETE FROM noisy WHERE id > 5000;
DROP TRIGGER b ON noisy;
DROP TRIGGER a ON noisy;
INSERT INTO noisy SELECT 6000 + g, 'x' FROM generate_series(1, 200) g WHERE g % 1000 <> 7;
DROP TRIGGER s ON noisy;
DELETE FROM noisy WHERE id > 5000;

-- ---- views ----
CREATE VIEW wl.small AS SELECT id, a FROM gen WHERE a < 10 WITH CHECK OPTION;
INSERT INTO small VALUES (1, 1), (2, 2);
INSERT INTO small VALUES (3, 30);
\echo :LAST_ERROR_SQLSTATE
UPDATE small SET a = a * 9;
\echo :LAST_ERROR_SQLSTATE
UPDATE small SET a = a + 1 RETURNING *;
SELECT * FROM wl_src.gen ORDER BY id;

-- ---- generated here, plain there ----
CREATE FOREIGN TABLE gen_here (id int, a int, b int GENERATED ALWAYS AS (a * 2) STORED)
  SERVER wl_pg OPTIONS (schema_name 'wl_src', table_name 'gen');
INSERT INTO gen_here (id, a) VALUES (10, 5) RETURNING *;
UPDATE gen_here SET a = 6 WHERE id = 10;
INSERT INTO gen_here (id, a) SELECT g, g FROM generate_series(100, 299) g;
SELECT id, a, b FROM wl_src.gen WHERE id = 10;
SELECT count(*), sum(b - 2 * a) FROM wl_src.gen WHERE id >= 100;

-- ---- values of every type, on every road ----
CREATE TYPE public.wl_mood AS ENUM ('sad', 'ok', E'o''dd\\');
CREATE TABLE wl_src.kinds (
  id int, b bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, n2 numeric(12,4), t text, v varchar(40), c char(6), nm name,
  d date, tm time, tz timetz, ts timestamp, tstz timestamptz, iv interval, u uuid, by bytea, j json, jb jsonb,
  ia int[], ta text[], na numeric[], inet inet, cidr cidr, mac macaddr, bit bit(5), vb varbit, r int4range, nr numrange, p point, m money, o oid, x xml
);
CREATE TABLE wl_src.kinds_want (LIKE wl_src.kinds);
INSERT INTO wl_src.kinds_want VALUES
 (1, true, 32767, 2147483647, 9223372036854775807, 3.4028235e38, 1.7976931348623157e308, 'NaN', 12345678.1234, E'tab\t nl\n cr\r bs\\ \\. \\N q''" ä€😀', '', 'a', 'nm',
  'infinity', '24:00', '23:59:59.999999+15:59', 'infinity', 'infinity', '178000000 years', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '\x00ff5c0a', '{"a" : 1,  "a":2}', '{"k": [1.10, null, "\u20ac"]}',
  '{1,NULL,-3}', E'{"a,b","NULL",NULL,"\\"q\\"","\\\\"}', '{1.10,NaN}', '2001:db8::1/64', '10.0.0.0/8', '08:00:2b:01:02:03', B'10101', B'', '[1,10)', '(,1.5]', '(1.5,-2)', 92233720368547758.07, 4294967295, '<a>&lt;</a>'),
 (2, false, -32768, -2147483648, -9223372036854775808, -1.4e-45, 4.9e-324, '-Infinity', -0.0001, '', E'\\.', '', '',
  '4713-01-01 BC', '00:00', '00:00:00-15:59', '-infinity', '4713-01-01 00:00+00 BC', '-1 mon 2 days -00:00:00.000001', '00000000-0000-0000-0000-000000000000', '', 'null', 'null',
  '{}', '{}', '{}', '::', '0.0.0.0/0', '00:00:00:00:00:00', B'00000', B'1', 'empty', 'empty', '(Infinity,NaN)', -92233720368547758.08, 0, ''),
 (3, NULL, 0, 0, 0, 'NaN', '-0', 1e-1000, 0, E'\\N', E'\\', E'x     ', E'a''b',
  '2000-02-29', '12:34:56.789012', '12:00+00', '1999-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '00:00', NULL, '\x', '"x"', '{}',
  '{{1,2},{3,4}}', '[2:3]={a,b}', NULL, '127.0.0.1', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (4, NULL, NULL, NULL, NULL, '-Infinity', 'Infinity', repeat('9', 400)::numeric, NULL, repeat('ä', 5000), NULL, NULL, NULL,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
ALTER TABLE wl_src.kinds_want ADD mood public.wl_mood;
ALTER TABLE wl_src.kinds ADD mood public.wl_mood;
UPDATE wl_src.kinds_want SET mood = E'o''dd\\' WHERE id < 3;
IMPORT FOREIGN SCHEMA wl_src LIMIT TO (kinds) FROM SERVER wl_pg INTO wl;
CREATE FUNCTION public.wl_compare() RETURNS SETOF text LANGUAGE sql SET extra_float_digits = 3 AS $$
  (SELECT 'missing ' || w::text FROM (SELECT w::text FROM wl_src.kinds_want w EXCEPT ALL SELECT k::text FROM wl_src.kinds k) w)
  UNION ALL
  (SELECT 'wrong ' || w::text FROM (SELECT k::text FROM wl_src.kinds k EXCEPT ALL SELECT w::text FROM wl_src.kinds_want w) w)
$$;
-- settings of the user's own must not be seen in what is sent
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'sql_standard';
SET extra_float_digits = -10;
SET bytea_output = 'escape';
SET timezone = 'Asia/Kathmandu';
ALTER FOREIGN TABLE kinds OPTIONS (ADD insert_mode 'insert');
INSERT INTO kinds SELECT * FROM wl_src.kinds_want;
SELECT wl_compare();
TRUNCATE kinds;
INSERT INTO kinds SELECT * FROM wl_src.kinds_want ON CONFLICT DO NOTHING;
SELECT wl_compare();
TRUNCATE kinds;
ALTER FOREIGN TABLE kinds OPTIONS (SET insert_mode 'copy');
INSERT INTO kinds SELECT * FROM wl_src.kinds_want;
SELECT wl_compare();
TRUNCATE kinds;
CREATE FOREIGN TABLE kinds_binary (id int, b bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, n2 numeric(12,4), t text, v varchar(40), c char(6),
  d date, tm time, tz timetz, ts timestamp, tstz timestamptz, iv interval, u uuid, by bytea, j json, jb jsonb, inet inet, cidr cidr, mac macaddr, bit bit(5), vb varbit, o oid)
  SERVER wl_pg OPTIONS (schema_name 'wl_src', table_name 'kinds', insert_mode 'copy');
EXPLAIN (ANALYZE, VERBOSE, COSTS off, TIMING off, SUMMARY off) INSERT INTO kinds_binary SELECT id, b, i2, i4, i8, f4, f8, n, n2, t, v, c, d, tm, tz, ts, tstz, iv, u, by, j, jb, inet, cidr, mac, bit, vb, o FROM wl_src.kinds_want;
UPDATE wl_src.kinds k SET (nm, ia, ta, na, r, nr, p, m, x, mood) = (w.nm, w.ia, w.ta, w.na, w.r, w.nr, w.p, w.m, w.x, w.mood) FROM wl_src.kinds_want w WHERE w.id = k.id;
SELECT wl_compare();
TRUNCATE kinds;
-- by row: every value goes out and comes in once more
INSERT INTO kinds SELECT id FROM wl_src.kinds_want;
CREATE TEMP TABLE want AS SELECT * FROM wl_src.kinds_want;
ALTER FOREIGN TABLE kinds ALTER COLUMN id OPTIONS (ADD key 'true');
UPDATE kinds k SET (b, i2, i4, i8, f4, f8, n, n2, t, v, c, nm, d, tm, tz, ts, tstz, iv, u, by, j, jb, ia, ta, na, inet, cidr, mac, bit, vb, r, nr, p, m, o, x, mood) =
  (w.b, w.i2, w.i4, w.i8, w.f4, w.f8, w.n, w.n2, w.t, w.v, w.c, w.nm, w.d, w.tm, w.tz, w.ts, w.tstz, w.iv, w.u, w.by, w.j, w.jb, w.ia, w.ta, w.na, w.inet, w.cidr, w.mac, w.bit, w.vb, w.r, w.nr, w.p::text::point, w.m, w.o, w.x, w.mood)
  FROM want w WHERE w.id = k.id;
SELECT wl_compare();
RESET datestyle;
RESET intervalstyle;
RESET extra_float_digits;
RESET bytea_output;
RESET timezone;

\set VERBOSITY default
RESET search_path;
SET client_min_messages = warning;
DROP FUNCTION public.wl_compare();
DROP SCHEMA wl CASCADE;
DROP SCHEMA wl_src CASCADE;
DROP TABLE want;
DROP TYPE public.wl_mood;
DROP SERVER wl_pg CASCADE;
