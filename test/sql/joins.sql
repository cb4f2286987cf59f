-- Joins that the remote makes: what is sent, what stays and why, and that the
-- answer is that of the tables themselves.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS warehouse_gw;
RESET client_min_messages;
-- What the planner asks for piece by piece, not the query as a whole.
SET warehouse_gw.enable_whole_query = off;

CREATE SCHEMA jn_src;
CREATE SCHEMA jn_ft;
CREATE SCHEMA jn_loc;
CREATE TYPE public.jn_mood AS ENUM ('sad', 'ok');
CREATE TABLE jn_src.a (id int PRIMARY KEY, b_id int, s text, n numeric, mood public.jn_mood);
CREATE TABLE jn_src.b (id int PRIMARY KEY, name text, x int);
CREATE TABLE jn_src.c (id int, a_id int, at timestamptz);
INSERT INTO jn_src.a SELECT i, nullif(i % 7, 3), 's' || i % 5, i / 4.0, 'ok' FROM generate_series(1, 40) i;
INSERT INTO jn_src.b SELECT i, nullif('b' || i, 'b4'), i * 2 FROM generate_series(0, 9) i;
INSERT INTO jn_src.c SELECT i, i % 50, timestamptz '2026-01-01' + i * interval '1 day' FROM generate_series(1, 60) i;

CREATE SERVER jn_local FOREIGN DATA WRAPPER gw_local;
CREATE SERVER jn_here FOREIGN DATA WRAPPER gw_local;
DO $$
BEGIN
  EXECUTE format('CREATE SERVER jn_postgres FOREIGN DATA WRAPPER gw_postgres
                  OPTIONS (host %L, port %L, dbname %L)',
                 split_part(current_setting('unix_socket_directories'), ',', 1),
                 current_setting('port'), current_database());
  EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER jn_postgres
                  OPTIONS (user %L, password_required ''false'')', current_user);
END
$$;
IMPORT FOREIGN SCHEMA jn_src FROM SERVER jn_postgres INTO jn_ft;
IMPORT FOREIGN SCHEMA jn_src FROM SERVER jn_local INTO jn_loc;
-- the same table on another server
CREATE FOREIGN TABLE jn_ft.b_elsewhere (id int, name text, x int) SERVER jn_here OPTIONS (schema_name 'jn_src', table_name 'b');
CREATE TABLE jn_src.b_elsewhere AS TABLE jn_src.b;
ANALYZE jn_ft.a, jn_ft.b, jn_ft.c, jn_loc.a, jn_loc.b, jn_loc.c;

-- The remote statements, what stayed, and whether the rows are the same.
CREATE FUNCTION public.jn_rows(place text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  PERFORM set_config('search_path', place || ', public', true);
  EXECUTE format('SELECT md5(coalesce(string_agg(q::text, E''\n'' ORDER BY q::text), '''')) FROM (%s) q', query) INTO result;
  RETURN result;
END
$$;
CREATE FUNCTION public.jn(queries text[], place text DEFAULT 'jn_ft')
RETURNS TABLE (query text, said text) LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOREACH query IN ARRAY queries LOOP
    PERFORM set_config('search_path', place || ', public', true);
    said := '';
    FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
      IF line ~ '^\s*(Relations|Remote SQL|Kept Above): ' THEN
        said := said || E'\n    ' || btrim(line);
      END IF;
    END LOOP;
    -- The rows are the same database's: locked over there, they cannot be locked here.
    IF public.jn_rows(place, query) <> public.jn_rows('jn_src', replace(query, ' FOR UPDATE OF a', '')) THEN
      said := said || E'\n    WRONG';
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;
\pset format unaligned
\pset tuples_only on
\pset fieldsep ''

-- Inner and outer joins
SELECT * FROM public.jn(ARRAY[
  'SELECT a.id, b.name FROM a JOIN b ON a.b_id = b.id',
  'SELECT a.id, b.name FROM a JOIN b ON a.b_id = b.id WHERE a.n > 3 AND b.x < 8 AND a.id > b.id',
  'SELECT a.id, b.name, c.at FROM a, b, c WHERE a.b_id = b.id AND c.a_id = a.id AND c.id > 10',
  'SELECT a.id, b.name FROM a LEFT JOIN b ON a.b_id = b.id AND b.x > 6 AND a.id > 5',
  'SELECT a.id, b.name FROM a LEFT JOIN b ON a.b_id = b.id WHERE b.name IS NULL OR b.x > 6',
  'SELECT a.id, b.name FROM a LEFT JOIN (SELECT * FROM b WHERE x > 6) b ON a.b_id = b.id WHERE a.id < 20',
  'SELECT a.id, b.name FROM a RIGHT JOIN b ON a.b_id = b.id',
  'SELECT a.id, b.name FROM a FULL JOIN b ON a.id = b.id',
  'SELECT a.id, b.name FROM (SELECT * FROM a WHERE n > 2) a FULL JOIN (SELECT * FROM b WHERE x > 4) b ON a.id = b.id WHERE a.id IS NULL OR b.x > 6',
  'SELECT a.id, q.name, q.at FROM a LEFT JOIN (SELECT b.*, c.at FROM b JOIN c ON c.id = b.id WHERE c.at > ''2026-01-04'') q ON a.b_id = q.id',
  'SELECT q.id, q.name, c.at FROM (SELECT a.id, b.name FROM a LEFT JOIN b ON a.b_id = b.id WHERE b.x > 2) q FULL JOIN c ON c.id = q.id',
  'SELECT x.id, y.id FROM a x JOIN a y ON x.id = y.b_id',
  'SELECT a.id, a.mood, b.id FROM a CROSS JOIN b WHERE a.id < 3 AND b.id < 3']);

-- Semi and anti joins
SELECT * FROM public.jn(ARRAY[
  'SELECT id FROM a WHERE EXISTS (SELECT FROM b WHERE b.id = a.b_id AND b.x > 3)',
  'SELECT id FROM a WHERE b_id IN (SELECT id FROM b WHERE x > 3) AND n > 2',
  'SELECT id FROM a WHERE NOT EXISTS (SELECT FROM b WHERE b.id = a.b_id AND b.x > 3)',
  'SELECT id FROM a WHERE NOT EXISTS (SELECT FROM b JOIN c ON c.id = b.id WHERE b.id = a.b_id AND c.id > 3)',
  'SELECT a.id, b.x FROM a LEFT JOIN b ON a.b_id = b.id WHERE b.id IS NULL',
  'SELECT a.id, b.x + 1 FROM a LEFT JOIN b ON a.id = b.id WHERE b.id IS NULL ORDER BY b.x, a.id LIMIT 3',
  'SELECT a.id, c.at FROM a JOIN c ON c.a_id = a.id WHERE EXISTS (SELECT FROM b WHERE b.id = a.b_id AND b.x > 3) AND NOT EXISTS (SELECT FROM b WHERE b.x = a.id)',
  'SELECT c.id, q.id FROM c LEFT JOIN (SELECT id FROM a WHERE EXISTS (SELECT FROM b WHERE b.id = a.b_id)) q ON q.id = c.a_id',
  'SELECT id FROM a WHERE b_id NOT IN (SELECT id FROM b WHERE x > 3)']);

-- Order, limit and parameters above and below
SELECT * FROM public.jn(ARRAY[
  'SELECT a.id, b.name FROM a JOIN b ON a.b_id = b.id ORDER BY b.name DESC, a.id LIMIT 5 OFFSET 2',
  'SELECT a.id + b.x, random() < 2 FROM a JOIN b ON a.b_id = b.id ORDER BY a.id',
  'SELECT a.id FROM a JOIN c ON c.a_id = a.id WHERE c.at < now() - interval ''1 hour'' AND a.n > (SELECT avg(x) / 4 FROM b)']);

-- What stays, and why
SELECT * FROM public.jn(ARRAY[
  'SELECT a.id, b.name FROM a JOIN b_elsewhere b ON a.b_id = b.id',
  'SELECT a.id, b FROM a LEFT JOIN b ON a.b_id = b.id',
  'SELECT a.id, b.name FROM a JOIN b ON a.b_id = b.id AND a.n + random() > 0',
  'SELECT a.id, b.name FROM a JOIN b ON a.b_id = b.id AND a.s || b.name > b.name COLLATE "und-x-icu"',
  'SELECT a.id, b.id FROM a JOIN b ON a.mood::text = b.name OR a.id = b.id',
  'SELECT a.id, q.one FROM a LEFT JOIN (SELECT id, 1 AS one FROM b) q ON a.b_id = q.id',
  'SELECT a.id, q.x FROM a, LATERAL (SELECT x FROM b WHERE b.id = a.b_id OFFSET 0) q',
  'SELECT a.id, b.id FROM a LEFT JOIN b ON a.b_id = b.id FOR UPDATE OF a']);
SET search_path = jn_ft, public;
EXPLAIN (COSTS OFF) SELECT a.id, b.tableoid FROM a JOIN b ON a.b_id = b.id;
SET warehouse_gw.enable_pushdown = off;
EXPLAIN (COSTS OFF) SELECT a.id, b.name FROM a JOIN b ON a.b_id = b.id;
RESET warehouse_gw.enable_pushdown;

-- Other rights on one side: a view's owner has a mapping of his own
CREATE ROLE jn_owner;
GRANT USAGE ON SCHEMA jn_ft TO jn_owner;
GRANT SELECT ON jn_ft.b TO jn_owner;
DO $$
BEGIN
  EXECUTE format('CREATE USER MAPPING FOR jn_owner SERVER jn_postgres
                  OPTIONS (user %L, password_required ''false'')', current_user);
END
$$;
CREATE VIEW public.jn_b AS SELECT * FROM jn_ft.b;
ALTER VIEW public.jn_b OWNER TO jn_owner;
EXPLAIN (COSTS OFF) SELECT a.id, b.name FROM a JOIN jn_b b ON a.b_id = b.id;
DROP VIEW public.jn_b;
-- A security barrier's rows are not shown to a function that leaks
CREATE VIEW public.jn_b WITH (security_barrier) AS SELECT * FROM jn_ft.b WHERE x < 8;
SELECT * FROM public.jn(ARRAY['SELECT a.id, b.name FROM a JOIN public.jn_b b ON a.b_id = b.id',
                              'SELECT a.id, b.name FROM a JOIN public.jn_b b ON a.b_id = b.id AND a.n / (b.x + 1) > 0.1']);
DROP VIEW public.jn_b;

-- A plan that is kept notices that the remote has changed
SET plan_cache_mode = force_generic_plan;
PREPARE jn_kept(int) AS SELECT count(*) FROM a JOIN b ON a.b_id = b.id WHERE b.x > $1;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE jn_kept(4);
EXECUTE jn_kept(4);
SET warehouse_gw.enable_pushdown = off;
EXECUTE jn_kept(4);
RESET warehouse_gw.enable_pushdown;
DEALLOCATE jn_kept;
RESET plan_cache_mode;

-- use_remote_estimate: the remote planner's word on joins and aggregates too
CREATE FUNCTION public.jn_plan_rows(place text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  PERFORM set_config('search_path', place || ', public', true);
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
  RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows';
END
$$;
ANALYZE jn_src.a, jn_src.b, jn_src.c;
ALTER SERVER jn_postgres OPTIONS (ADD use_remote_estimate 'true');
SELECT q.query, ' ', public.jn_plan_rows('jn_ft', q.query) = public.jn_plan_rows('jn_src', q.query)
FROM unnest(ARRAY['SELECT a.id FROM a JOIN b ON a.b_id = b.id AND a.n + b.x > 3', 'SELECT a.s, count(*) FROM a JOIN b ON a.b_id = b.id GROUP BY a.s HAVING max(b.x) > 2',
                  'SELECT a.id FROM a LEFT JOIN c ON c.a_id = a.id AND c.id % 3 = 1']) AS q(query);
ALTER SERVER jn_postgres OPTIONS (DROP use_remote_estimate);
DROP FUNCTION public.jn_plan_rows;

-- The same on the platform that runs in this database
SELECT * FROM public.jn(ARRAY[
  'SELECT a.id, b.name FROM a JOIN b ON a.b_id = b.id WHERE a.n > 3',
  'SELECT a.id, b.name FROM a FULL JOIN b ON a.id = b.id',
  'SELECT id FROM a WHERE NOT EXISTS (SELECT FROM b WHERE b.id = a.b_id AND b.x > 3)',
  'SELECT a.id, b.name FROM a JOIN b ON a.b_id = b.id ORDER BY b.name DESC, a.id LIMIT 5 OFFSET 2'], 'jn_loc');

-- Costs: few rows are looked up, for many the table is read as a whole; a stream
-- is cheaper than a cursor, and small answers do not tell them apart
SET search_path = public;
CREATE TABLE jn_src.big AS SELECT i AS id, md5(i::text) AS s FROM generate_series(1, 20000) i;
ALTER TABLE jn_src.big ADD PRIMARY KEY (id);
CREATE TABLE public.jn_few AS SELECT i * 100 AS k FROM generate_series(1, 5) i;
CREATE TABLE public.jn_many AS SELECT i AS k FROM generate_series(1, 20000) i;
IMPORT FOREIGN SCHEMA jn_src LIMIT TO (big) FROM SERVER jn_postgres INTO jn_ft;
ANALYZE jn_src.big, public.jn_few, public.jn_many;
ANALYZE jn_ft.big;
EXPLAIN (COSTS OFF) SELECT f.k, b.s FROM public.jn_few f JOIN jn_ft.big b ON b.id = f.k;
EXPLAIN (COSTS OFF) SELECT f.k, b.s FROM public.jn_many f JOIN jn_ft.big b ON b.id = f.k;
SELECT sum(length(b.s)) FROM public.jn_few f JOIN jn_ft.big b ON b.id = f.k;
SELECT sum(length(b.s)) FROM public.jn_many f JOIN jn_ft.big b ON b.id = f.k;
CREATE FUNCTION public.jn_cost(mode text, query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
  plan jsonb;
BEGIN
  EXECUTE format('ALTER FOREIGN TABLE jn_ft.big OPTIONS (ADD fetch_mode %L)', mode);
  EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
  ALTER FOREIGN TABLE jn_ft.big OPTIONS (DROP fetch_mode);
  RETURN plan->0->'Plan'->>'Total Cost';
END
$$;
SELECT public.jn_cost('stream', q) * 1.2 < public.jn_cost('cursor', q) AS "stream is cheaper",
       public.jn_cost('auto', q) = public.jn_cost('stream', q) AS "auto is a stream"
FROM (VALUES ('SELECT * FROM jn_ft.big')) v(q);
SELECT abs(public.jn_cost('stream', q) / public.jn_cost('cursor', q) - 1) < 0.05 AS "for few rows about the same"
FROM (VALUES ('SELECT * FROM jn_ft.big WHERE id < 10')) v(q);
DROP FUNCTION public.jn_cost;
DROP TABLE public.jn_few, public.jn_many;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA jn_src, jn_ft, jn_loc CASCADE;
DROP FUNCTION public.jn, public.jn_rows;
DROP SERVER jn_local CASCADE;
DROP SERVER jn_here CASCADE;
DROP SERVER jn_postgres CASCADE;
DROP OWNED BY jn_owner;
DROP ROLE jn_owner;
DROP TYPE public.jn_mood;
