-- Aggregates, window functions and DISTINCT at the remote: what is sent, what
-- stays and why, and that the answer is that of the tables themselves.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS warehouse_gw;
RESET client_min_messages;
-- What the planner asks for piece by piece, not the query as a whole.
SET warehouse_gw.enable_whole_query = off;

CREATE SCHEMA ag_src;
CREATE SCHEMA ag_ft;
CREATE SCHEMA ag_loc;
CREATE TYPE public.ag_mood AS ENUM ('sad', 'ok');
CREATE TABLE ag_src.t (
  id int PRIMARY KEY, g int, h smallint, i8 bigint, n numeric, f4 real, f8 float8, s text, v varchar(10), c char(4), b bool,
  d date, ts timestamp, tz timestamptz, iv interval, ia int[], j jsonb, mood public.ag_mood);
INSERT INTO ag_src.t
SELECT i, nullif(i % 5, 4), (i % 3)::smallint, i * 1000000000000, i / 8.0, i / 4.0, i / 2.0,
       (ARRAY['b', 'B', 'a', 'ä', NULL, ''])[1 + i % 6], (ARRAY['x', 'x ', 'y'])[1 + i % 3], (ARRAY['x', 'x ', 'y'])[1 + i % 3], i % 2 = 0,
       date '2026-01-01' + i * 9, timestamp '2026-01-01' + i * interval '31 hours', timestamptz '2026-01-01 00:00+00' + i * interval '31 hours',
       i * interval '3 hours', ARRAY[i % 3, NULL], jsonb_build_object('k', i % 4), 'ok'
FROM generate_series(1, 60) i;
CREATE TABLE ag_src.u (id int, t_id int, w numeric);
INSERT INTO ag_src.u SELECT i, i % 30, i / 3.0 FROM generate_series(1, 90) i;
CREATE TABLE ag_src.empty (id int, n numeric);

CREATE SERVER ag_local FOREIGN DATA WRAPPER gw_local;
DO $$
BEGIN
  EXECUTE format('CREATE SERVER ag_postgres FOREIGN DATA WRAPPER gw_postgres
                  OPTIONS (host %L, port %L, dbname %L)',
                 split_part(current_setting('unix_socket_directories'), ',', 1),
                 current_setting('port'), current_database());
  EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER ag_postgres
                  OPTIONS (user %L, password_required ''false'')', current_user);
END
$$;
IMPORT FOREIGN SCHEMA ag_src FROM SERVER ag_postgres INTO ag_ft;
IMPORT FOREIGN SCHEMA ag_src FROM SERVER ag_local INTO ag_loc;
ANALYZE ag_ft.t, ag_ft.u, ag_ft.empty, ag_loc.t, ag_loc.u;

-- The remote statements, what stayed, and whether the rows are the same.
CREATE FUNCTION public.ag_rows(place text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  PERFORM set_config('search_path', place || ', public', true);
  EXECUTE format('SELECT md5(coalesce(string_agg(q::text, E''\n'' ORDER BY q::text), '''')) FROM (%s) q', query) INTO result;
  RETURN result;
END
$$;
CREATE FUNCTION public.ag(queries text[], place text DEFAULT 'ag_ft')
RETURNS TABLE (query text, said text) LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOREACH query IN ARRAY queries LOOP
    PERFORM set_config('search_path', place || ', public', true);
    said := '';
    FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
      IF line ~ '^\s*(Remote SQL|Kept Above|Kept Local|Filter): ' THEN
        said := said || E'\n    ' || btrim(line);
      END IF;
    END LOOP;
    IF public.ag_rows(place, query) <> public.ag_rows('ag_src', query) THEN
      said := said || E'\n    WRONG';
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;
\pset format unaligned
\pset tuples_only on
\pset fieldsep ''

-- Without groups
SELECT * FROM public.ag(ARRAY[
  'SELECT count(*) FROM t', 'SELECT count(s), count(DISTINCT s), count(*) FILTER (WHERE b) FROM t WHERE id > 10',
  'SELECT sum(h), sum(g), sum(i8), sum(n), sum(iv), sum(f8), sum(f4) FROM t', 'SELECT avg(h), avg(g), avg(i8), avg(n), avg(iv) FROM t',
  'SELECT min(id), max(n), min(ts), max(tz), min(d), max(f8), min(iv), max(ia) FROM t', 'SELECT min(s), max(s), max(v), min(c) FROM t',
  'SELECT bool_and(b), bool_or(b), every(b), bit_or(g), bit_and(id) FROM t', 'SELECT stddev(n), var_pop(g), corr(f8, n::float8) IS NULL FROM t',
  'SELECT sum(n), max(id) FROM empty', 'SELECT count(*) FROM t HAVING count(*) > 100', 'SELECT 1 FROM t HAVING count(*) > 1', 'SELECT 1 FROM t HAVING true',
  'SELECT sum(n) * 2 + max(id), random() < 2 FROM t', 'SELECT count(*) FROM t WHERE tz < now() - interval ''1 hour''',
  'SELECT CASE WHEN true THEN 1 ELSE count(*) END FROM t', 'SELECT max(n) FROM t WHERE random() < 2']);

-- Groups
SELECT * FROM public.ag(ARRAY[
  'SELECT g, count(*), sum(n) FROM t GROUP BY g', 'SELECT g, h, max(s) FROM t WHERE id > 3 GROUP BY g, h HAVING count(*) > 2 AND sum(n) > 1',
  'SELECT s, count(*) FROM t GROUP BY s', 'SELECT v, c, count(*) FROM t GROUP BY v, c', 'SELECT date_trunc(''month'', ts), count(*) FROM t GROUP BY 1 ORDER BY 1',
  'SELECT g + 1, (g + 1) * 2, count(*) FROM t GROUP BY g + 1', 'SELECT CASE WHEN id > 30 THEN ''big'' ELSE ''small'' END, avg(n) FROM t GROUP BY 1',
  'SELECT coalesce(s, ''none''), count(*) FROM t WHERE s LIKE ''a%'' OR s IS NULL GROUP BY 1', 'SELECT g, 1 AS one, count(*) FROM t GROUP BY g, one',
  'SELECT 1 AS one, count(*) FROM t GROUP BY one', 'SELECT ia[1], j ->> ''k'', count(*) FROM t GROUP BY 1, 2', 'SELECT j, count(*) FROM t GROUP BY j',
  'SELECT g FROM t GROUP BY g', 'SELECT count(*) FROM t GROUP BY g', 'SELECT NOT (g <> 1), g <> 1, count(*) FROM t GROUP BY g <> 1',
  'SELECT g, count(*) FROM t GROUP BY g HAVING random() < 2', 'SELECT g, sum(n) + random() * 0 FROM t GROUP BY g',
  'SELECT g, count(*) FROM t GROUP BY g ORDER BY count(*) DESC, g LIMIT 2 OFFSET 1', 'SELECT g, count(*) FROM t GROUP BY g ORDER BY g + 1 NULLS FIRST LIMIT 3',
  'SELECT t.g, count(*), sum(u.w) FROM t JOIN u ON u.t_id = t.id GROUP BY t.g', 'SELECT g, count(*) FROM t WHERE EXISTS (SELECT FROM u WHERE u.t_id = t.id) GROUP BY g HAVING max(n) > 2']);

-- What is computed has the name of what it is computed from, or of its function; the order is the column's all the same
SELECT * FROM public.ag(ARRAY[
  'SELECT id::int8, id, count(*) FROM t GROUP BY id ORDER BY t.id DESC LIMIT 3', 'SELECT DISTINCT id::text, id FROM t ORDER BY t.id LIMIT 3',
  'SELECT id::text, id, rank() OVER (ORDER BY id) FROM t ORDER BY t.id LIMIT 3']);
SET search_path = ag_ft, public;
SELECT id::int8, id, count(*) FROM t GROUP BY id ORDER BY t.id DESC LIMIT 3;
SELECT DISTINCT id::text, id FROM t ORDER BY t.id LIMIT 3;
RESET search_path;

-- Order inside aggregates
SELECT * FROM public.ag(ARRAY[
  'SELECT g, string_agg(v, '','' ORDER BY id DESC) FROM t GROUP BY g', 'SELECT g, array_agg(id ORDER BY n DESC NULLS LAST) FILTER (WHERE b) FROM t GROUP BY g',
  'SELECT g, array_agg(DISTINCT h) FROM t GROUP BY g', 'SELECT g, string_agg(DISTINCT v, '','' ORDER BY v) FROM t GROUP BY g',
  'SELECT array_agg(v ORDER BY id) FROM t', 'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY f8), percentile_disc(0.25) WITHIN GROUP (ORDER BY id), mode() WITHIN GROUP (ORDER BY h) FROM t',
  'SELECT sum(n ORDER BY id), sum(DISTINCT h) FROM t']);

-- DISTINCT
SELECT * FROM public.ag(ARRAY[
  'SELECT DISTINCT g FROM t', 'SELECT DISTINCT g, s FROM t WHERE id > 5 ORDER BY s, g LIMIT 4', 'SELECT DISTINCT g + 1, 5 FROM t', 'SELECT DISTINCT count(*) FROM t GROUP BY g',
  'SELECT DISTINCT 5 FROM t', 'SELECT DISTINCT g, random() < 2 FROM t', 'SELECT count(*) > 0 FROM t GROUP BY g, random() < 2', 'SELECT g, count(*) FROM t GROUP BY g ORDER BY random() LIMIT 9', 'SELECT id, rank() OVER (PARTITION BY random() < 2 ORDER BY id) FROM t', 'SELECT DISTINCT mood FROM t', 'SELECT count(*) FROM (SELECT DISTINCT g, h FROM t) q']);

-- Windows
SELECT * FROM public.ag(ARRAY[
  'SELECT id, row_number() OVER (ORDER BY id), rank() OVER (PARTITION BY g ORDER BY h) FROM t', 'SELECT id, sum(n) OVER (PARTITION BY g ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) FROM t',
  'SELECT id, lag(n, 2, 0.0) OVER w, first_value(s) OVER w, count(*) OVER w FROM t WINDOW w AS (PARTITION BY g ORDER BY id DESC)', 'SELECT id, count(*) FILTER (WHERE b) OVER (PARTITION BY h) FROM t WHERE id > 5 ORDER BY id LIMIT 3',
  'SELECT g, count(*), rank() OVER (ORDER BY count(*) DESC, g), sum(sum(n)) OVER () FROM t GROUP BY g', 'SELECT id, n / sum(n) OVER (PARTITION BY g) FROM t',
  'SELECT id, avg(n) OVER (ORDER BY id RANGE BETWEEN 3 PRECEDING AND CURRENT ROW) FROM t', 'SELECT id, count(*) OVER (ORDER BY h GROUPS 1 PRECEDING) FROM t', 'SELECT t.id, sum(u.w) OVER (PARTITION BY t.id ORDER BY u.id) FROM t JOIN u ON u.t_id = t.id',
  'SELECT * FROM (SELECT id, row_number() OVER (PARTITION BY g ORDER BY id) AS rn FROM t) q WHERE rn <= 2', 'SELECT DISTINCT g, count(*) OVER (PARTITION BY g) FROM t']);

-- What stays, and why
SELECT * FROM public.ag(ARRAY[
  'SELECT g, array_length(array_agg(id), 1) FROM t GROUP BY g', 'SELECT jsonb_agg(id ORDER BY id) FROM t', 'SELECT count(mood) FROM t', 'SELECT mood, count(*) FROM t GROUP BY mood',
  'SELECT max(s COLLATE "und-x-icu") FROM t', 'SELECT date_trunc(''day'', tz), count(*) FROM t GROUP BY 1', 'SELECT g, count(*) FROM t GROUP BY ROLLUP (g)', 'SELECT DISTINCT ON (g) g, id FROM t ORDER BY g, id',
  'SELECT id, row_number() OVER () >= 1 FROM t', 'SELECT count(t) FROM t', 'SELECT rank(5) WITHIN GROUP (ORDER BY id) FROM t', 'SELECT g, generate_series(1, 2), count(*) FROM t GROUP BY g',
  'SELECT sum(id) FROM t WHERE mood = ''ok''']);
SET search_path = ag_ft, public;
SET warehouse_gw.enable_pushdown = off;
EXPLAIN (COSTS OFF) SELECT g, count(*) FROM t GROUP BY g;
RESET warehouse_gw.enable_pushdown;

-- Partitions: joined and aggregated one by one, and partial aggregates put together here
CREATE TABLE ag_src.p (k int, g int, n numeric, f float8, w text);
INSERT INTO ag_src.p SELECT i, i % 3, i / 8.0, i / 2.0, 'w' || i % 4 FROM generate_series(1, 100) i;
CREATE TABLE ag_src.p1 AS SELECT * FROM ag_src.p WHERE k < 50;
CREATE TABLE ag_src.p2 AS SELECT * FROM ag_src.p WHERE k >= 50;
CREATE TABLE ag_ft.p (k int, g int, n numeric, f float8, w text) PARTITION BY RANGE (k);
CREATE FOREIGN TABLE ag_ft.p1 PARTITION OF ag_ft.p FOR VALUES FROM (0) TO (50) SERVER ag_postgres OPTIONS (schema_name 'ag_src');
CREATE FOREIGN TABLE ag_ft.p2 PARTITION OF ag_ft.p FOR VALUES FROM (50) TO (1000) SERVER ag_local OPTIONS (schema_name 'ag_src');
ANALYZE ag_ft.p1, ag_ft.p2;
SET enable_partitionwise_join = on;
SET enable_partitionwise_aggregate = on;
SELECT * FROM public.ag(ARRAY[
  'SELECT k, sum(n) FROM p GROUP BY k HAVING count(*) > 0', 'SELECT g, count(*), sum(g), min(n), max(w), bool_and(k > 0) FROM p GROUP BY g', 'SELECT count(*), max(n) FROM p WHERE k > 10',
  'SELECT a.k, b.n FROM p a JOIN p b ON a.k = b.k WHERE b.g = 1', 'SELECT a.k, sum(b.n) FROM p a LEFT JOIN p b ON a.k = b.k AND b.g = 1 GROUP BY a.k', 'SELECT g, sum(n) FROM p GROUP BY g', 'SELECT g, sum(f), avg(k) FROM p GROUP BY g']);
EXPLAIN (VERBOSE, COSTS OFF) SELECT g, count(*), sum(g) FROM p GROUP BY g;
RESET enable_partitionwise_join;
RESET enable_partitionwise_aggregate;

-- The same on the platform that runs in this database
SELECT * FROM public.ag(ARRAY[
  'SELECT g, h, max(s), count(DISTINCT v), sum(n) FILTER (WHERE b) FROM t WHERE id > 3 GROUP BY g, h HAVING count(*) > 2', 'SELECT DISTINCT g, s FROM t ORDER BY s, g LIMIT 4',
  'SELECT id, sum(n) OVER (PARTITION BY g ORDER BY id) FROM t', 'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY f8) FROM t'], 'ag_loc');

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA ag_src, ag_ft, ag_loc CASCADE;
DROP FUNCTION public.ag, public.ag_rows;
DROP SERVER ag_local CASCADE;
DROP SERVER ag_postgres CASCADE;
DROP TYPE public.ag_mood;
