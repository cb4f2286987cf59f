-- Queries that run whole on the server their tables live on: the same answers
-- as anywhere, one remote statement, and a reason where it cannot be.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS warehouse_gw;
RESET client_min_messages;
-- Loaded by a foreign table only, the library would miss the query that loads it.
LOAD 'warehouse_gw';
\set SHOW_ALL_RESULTS off
SET timezone = 'Europe/Berlin';

CREATE SCHEMA wq_src;
CREATE SCHEMA wq_loc;
CREATE SCHEMA wq_rem;
CREATE TYPE public.wq_mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE wq_src.item (id int PRIMARY KEY, grp int, name text, label varchar(20), code char(5),
  price numeric(10,2), ratio float8, day date, at timestamptz, active bool, tags text[], mood public.wq_mood);
INSERT INTO wq_src.item
SELECT i, nullif(i % 7, 3), 'name ' || i % 40, CASE WHEN i % 5 > 0 THEN 'L' || i % 9 END, 'c' || i % 11, i * 1.25,
       i / 4.0, date '2026-01-01' + i, timestamptz '2026-01-01 00:00:00+00' + i * interval '7 hours',
       i % 2 = 0, ARRAY['a' || i, NULL], (ARRAY['sad', 'ok', 'happy'])[i % 3 + 1]::public.wq_mood
FROM generate_series(1, 200) i;
CREATE TABLE wq_src.part (id bigint PRIMARY KEY, item_id int, qty int, note text COLLATE "C");
INSERT INTO wq_src.part
SELECT i, nullif((i * 37) % 230, 5), i % 10, CASE WHEN i % 4 > 0 THEN 'note ' || i % 13 END FROM generate_series(1, 150) i;
CREATE TABLE wq_src.tree (id int PRIMARY KEY, parent int);
INSERT INTO wq_src.tree SELECT i, nullif(i / 2, 0) FROM generate_series(1, 40) i;
CREATE TABLE wq_src.empty (id int, name text);
CREATE TABLE wq_src.word (id int, w text COLLATE "en-US-x-icu");
INSERT INTO wq_src.word SELECT i, chr(97 + i % 5) FROM generate_series(1, 20) i;
ANALYZE wq_src.item, wq_src.part, wq_src.tree;

CREATE SERVER wq_local FOREIGN DATA WRAPPER gw_local;
DO $$
BEGIN
  EXECUTE format('CREATE SERVER wq_postgres FOREIGN DATA WRAPPER gw_postgres
                  OPTIONS (host %L, port %L, dbname %L)',
                 split_part(current_setting('unix_socket_directories'), ',', 1),
                 current_setting('port'), current_database());
  EXECUTE format('CREATE USER MAPPING FOR PUBLIC SERVER wq_postgres
                  OPTIONS (user %L, password_required ''false'')', current_user);
END
$$;
IMPORT FOREIGN SCHEMA wq_src FROM SERVER wq_local INTO wq_loc;
IMPORT FOREIGN SCHEMA wq_src FROM SERVER wq_postgres INTO wq_rem;
-- Sorts otherwise there, but these words.
ALTER FOREIGN TABLE wq_loc.word ALTER w TYPE text COLLATE "C";
ALTER FOREIGN TABLE wq_rem.word ALTER w TYPE text COLLATE "C";

-- Runs a query over the tables themselves and over both kinds of foreign
-- tables, with and without whole queries.  "whole", or the reason why not;
-- and where answers differ.  In order when it says ORDER BY.
CREATE FUNCTION public.wq(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  want text[];
  got text[];
  path text;
  whole text;
  line text;
  how text[];
BEGIN
  FOREACH path IN ARRAY ARRAY['wq_src', 'wq_loc', 'wq_rem'] LOOP
    FOREACH whole IN ARRAY ARRAY['off', 'on'] LOOP
      PERFORM set_config('search_path', path || ', public', true);
      PERFORM set_config('warehouse_gw.enable_whole_query', whole, true);
      got := NULL;
      BEGIN
        FOR line IN EXECUTE format('SELECT q FROM public.wq_rows(%L) q', query) LOOP
          got := got || line;
        END LOOP;
      EXCEPTION WHEN OTHERS THEN
        got := ARRAY[SQLSTATE];
      END;
      IF query !~ 'ORDER BY' THEN
        got := ARRAY(SELECT unnest(got) ORDER BY 1);
      END IF;
      IF path = 'wq_src' THEN
        want := got;
      ELSIF got IS DISTINCT FROM want THEN
        RETURN format('WRONG: %s, whole queries %s: %s for %s', path, whole, got[1:5], want[1:5]);
      END IF;
    END LOOP;
    IF path <> 'wq_src' THEN
      how := NULL;
      FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
        how := how || substring(line FROM '^ *(?:(?:Whole) Query|Not Whole): .*');
      END LOOP;
      how := array_remove(how, NULL);
    END IF;
  END LOOP;
  line := btrim(coalesce(how[1], 'the usual planner'));
  RETURN CASE WHEN line LIKE 'Whole Query%' THEN 'whole' ELSE substring(line FROM '(?:Not Whole: )?(.*)') END
    || ', ' || coalesce(cardinality(want), 0) || ' rows';
END
$$;
-- The rows as text, each: the query is planned by itself.
CREATE FUNCTION public.wq_rows(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  r record;
BEGIN
  FOR r IN EXECUTE query LOOP
    RETURN NEXT r::text;
  END LOOP;
END
$$;
-- Why a query does not run whole, as EXPLAIN tells.
CREATE FUNCTION public.wq_why(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    IF line ~ '^ *(Not Whole|Whole Query): ' THEN
      RETURN btrim(line);
    END IF;
  END LOOP;
  RETURN 'nothing is said';
END
$$;
\pset format unaligned
\pset tuples_only on

\echo == joins and sub-selects
SELECT q || ' -> ' || public.wq(q) FROM unnest(ARRAY[
  $$SELECT i.id, p.qty FROM item i JOIN part p ON p.item_id = i.id$$,
  $$SELECT i.id, p.qty FROM item i LEFT JOIN part p ON p.item_id = i.id AND p.qty > 3 ORDER BY 1, 2$$,
  $$SELECT id, i.grp, t.parent FROM item i FULL JOIN tree t USING (id)$$,
  $$SELECT * FROM (tree a CROSS JOIN tree b) AS j (a, b, c, d) WHERE a + c = 41$$,
  $$SELECT count(*) FROM item i, part p, tree t WHERE i.id = p.item_id AND t.id = p.qty$$,
  $$SELECT i.id, l.n FROM tree i, LATERAL (SELECT count(*) AS n FROM part WHERE item_id = i.id) l$$,
  $$SELECT id FROM item i WHERE id NOT IN (SELECT item_id FROM part)$$,
  $$SELECT id FROM item i WHERE id NOT IN (SELECT item_id FROM part WHERE item_id IS NOT NULL)$$,
  $$SELECT id FROM item i WHERE grp NOT IN (SELECT item_id FROM part WHERE qty = 3)$$,
  $$SELECT id FROM item WHERE (id, grp) IN (SELECT item_id, qty FROM part)$$,
  $$SELECT id FROM item WHERE (id, grp) NOT IN (SELECT item_id, qty FROM part)$$,
  $$SELECT id FROM item WHERE (id, grp) < (SELECT max(item_id), 2 FROM part)$$,
  $$SELECT id FROM item WHERE price IN (SELECT id FROM part)$$,
  $$SELECT id FROM item WHERE (price, id) IN (SELECT qty, id FROM part)$$,
  $$SELECT id FROM item WHERE label IN (SELECT 'L' || qty FROM part)$$,
  $$SELECT id FROM item WHERE code IN (SELECT 'c' || qty FROM part)$$,
  $$SELECT id FROM item WHERE id > ALL (SELECT item_id FROM part WHERE qty = 9 AND item_id IS NOT NULL)$$,
  $$SELECT id FROM item i WHERE EXISTS (SELECT * FROM part p WHERE p.item_id = i.id AND p.qty > i.grp)$$,
  $$SELECT id FROM item i WHERE NOT EXISTS (SELECT 1 / 0 FROM part p WHERE p.item_id = i.id)$$,
  $$SELECT id FROM item i WHERE EXISTS (SELECT count(*) FROM empty)$$,
  $$SELECT id, (SELECT max(qty) FROM part p WHERE p.item_id = i.id) FROM item i ORDER BY 1$$,
  $$SELECT id, ARRAY(SELECT qty FROM part p WHERE p.item_id = i.id ORDER BY p.id) FROM item i ORDER BY 1$$,
  $$SELECT id, ARRAY(SELECT qty FROM part p WHERE p.item_id = i.id AND qty = 4) FROM item i ORDER BY 1$$,
  $$SELECT id FROM item WHERE price > (SELECT avg(price) FROM item) AND grp = (SELECT min(grp) FROM item)$$,
  $$SELECT CASE WHEN id IN (SELECT parent FROM tree) THEN 'inner' ELSE 'leaf' END, count(*) FROM tree GROUP BY 1$$,
  $$SELECT a.id FROM tree a WHERE a.id IN (SELECT b.parent FROM tree b WHERE b.parent IN (SELECT c.parent FROM tree c WHERE c.id > a.id))$$,
  $$SELECT x.n, y.n FROM (SELECT count(*) AS n FROM item) x, (SELECT max(n) AS n FROM (SELECT count(*) AS n FROM part GROUP BY qty) z) y$$,
  $$SELECT id, mood FROM item i WHERE EXISTS (SELECT FROM part p WHERE p.item_id = i.id)$$,
  $$SELECT DISTINCT mood FROM item$$,
  $$SELECT v.a, count(i.id) FROM (VALUES (1, 'x'), (2, 'y'), (9, NULL)) v (a, b) LEFT JOIN item i ON i.grp = v.a GROUP BY v.a ORDER BY 1$$
]) WITH ORDINALITY AS u (q, n) ORDER BY n;

\echo == WITH
SELECT q || ' -> ' || public.wq(q) FROM unnest(ARRAY[
  $$WITH w AS (SELECT grp, sum(price) AS s FROM item GROUP BY grp) SELECT * FROM w WHERE s > (SELECT avg(s) FROM w)$$,
  $$WITH w (a, b) AS MATERIALIZED (SELECT id, grp FROM item), x AS NOT MATERIALIZED (SELECT a FROM w WHERE b = 1) SELECT count(*), max(a) FROM x$$,
  $$WITH unused AS (SELECT random()), w AS (SELECT id FROM tree) SELECT * FROM w$$,
  $$WITH unused AS (SELECT 1), w AS (SELECT id FROM tree) SELECT * FROM w$$,
  $$WITH unused AS (SELECT date_part('week', '5874897-12-31'::date) FROM item) SELECT count(*) FROM tree$$,
  $$WITH w AS (SELECT date_part('week', '5874897-12-31'::date) AS a FROM item), unused AS (SELECT a FROM w) SELECT count(*) FROM tree$$,
  $$WITH w AS (SELECT id FROM tree), unused AS (SELECT id FROM w) SELECT count(*) FROM w WHERE id > 3$$,
  $$WITH RECURSIVE up AS (SELECT id, parent, 1 AS depth FROM tree WHERE id = 39 UNION ALL SELECT t.id, t.parent, u.depth + 1 FROM up u JOIN tree t ON t.id = u.parent) SELECT * FROM up ORDER BY depth$$,
  $$WITH RECURSIVE n (i) AS (SELECT 1 UNION SELECT i % 7 + 1 FROM n) SELECT i, count(item.id) FROM n LEFT JOIN item ON grp = i GROUP BY i$$,
  $$SELECT id, (WITH w AS (SELECT qty FROM part WHERE item_id = i.id) SELECT sum(qty) FROM w) FROM item i ORDER BY 1$$
]) WITH ORDINALITY AS u (q, n) ORDER BY n;

\echo == set operations, groups, windows, distinct, limits
SELECT q || ' -> ' || public.wq(q) FROM unnest(ARRAY[
  $$SELECT grp FROM item UNION SELECT qty FROM part$$,
  $$SELECT grp FROM item UNION ALL SELECT qty FROM part ORDER BY 1 LIMIT 50 OFFSET 3$$,
  $$SELECT grp FROM item EXCEPT SELECT qty FROM part WHERE qty > 2$$,
  $$SELECT grp FROM item EXCEPT ALL SELECT qty FROM part$$,
  $$SELECT id, grp FROM item INTERSECT SELECT id, qty FROM part$$,
  $$(SELECT name FROM item UNION SELECT note FROM part) EXCEPT SELECT label FROM item ORDER BY 1$$,
  $$(SELECT id FROM item ORDER BY id DESC LIMIT 3) UNION ALL (SELECT id FROM part ORDER BY id LIMIT 2) ORDER BY 1$$,
  $$SELECT 1 AS a, NULL AS b UNION SELECT id, name FROM item WHERE id < 4 UNION SELECT 2.5, 'x'$$,
  $$SELECT x.s FROM (SELECT sum(price) FROM item UNION ALL SELECT sum(qty) FROM part) x (s) WHERE s > 5$$,
  $$SELECT grp, active, count(*), sum(price), grouping(grp, active) FROM item GROUP BY ROLLUP (grp, active)$$,
  $$SELECT grp, label, count(*) FROM item GROUP BY GROUPING SETS ((grp), (label), ()) HAVING count(*) > 20$$,
  $$SELECT grp, active, count(*) FROM item GROUP BY CUBE (grp, active), label$$,
  $$SELECT grp, count(*) FILTER (WHERE active), count(DISTINCT label), max(name), min(day) FROM item GROUP BY grp HAVING sum(price) > 100 ORDER BY grp$$,
  $$SELECT 1 FROM item HAVING count(*) > 3$$,
  $$SELECT 1 FROM empty HAVING true$$,
  $$SELECT 'all' AS w, count(*) FROM item GROUP BY 'all'::text$$,
  $$SELECT count(*), sum(i.id), avg(price) FROM empty, item i$$,
  $$SELECT id, row_number() OVER (PARTITION BY grp ORDER BY price, id), sum(price) OVER w, lag(id) OVER w FROM item WINDOW w AS (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) ORDER BY id$$,
  $$SELECT * FROM (SELECT id, rank() OVER (PARTITION BY grp ORDER BY price DESC) AS r FROM item) x WHERE r < 3$$,
  $$SELECT DISTINCT grp, active FROM item$$,
  $$SELECT DISTINCT ON (grp) grp, id FROM item ORDER BY grp, price DESC, id$$,
  $$SELECT w, count(*) FROM word GROUP BY w ORDER BY w$$,
  $$SELECT DISTINCT ON (w) w, id FROM word ORDER BY w, id$$,
  $$SELECT DISTINCT w FROM word ORDER BY w$$,
  $$SELECT w FROM word UNION SELECT name FROM empty ORDER BY w$$,
  $$SELECT id FROM item UNION SELECT id FROM part ORDER BY id FETCH FIRST 5 ROWS WITH TIES$$,
  $$SELECT grp, string_agg(name, ',' ORDER BY id), percentile_disc(0.5) WITHIN GROUP (ORDER BY price) FROM item GROUP BY grp$$,
  $$SELECT date_trunc('month', day::timestamp) AS m, extract(year FROM day) AS y, count(*) FROM item GROUP BY 1, 2 ORDER BY 1$$,
  $$SELECT count(*) FROM item i JOIN part p ON p.item_id = i.id WHERE at < now() AND day < current_date AND name LIKE 'name 1%'$$,
  $$SELECT grp, count(*) FROM item WHERE at > now() - interval '400 years' GROUP BY grp$$
]) WITH ORDINALITY AS u (q, n) ORDER BY n;

\echo == what stays with the usual planner
CREATE TABLE public.wq_here (id int);
INSERT INTO public.wq_here VALUES (1), (2), (3);
CREATE FUNCTION public.wq_plus(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 + 1; END';
SELECT q || ' -> ' || public.wq(q) FROM unnest(ARRAY[
  $$SELECT i.id FROM item i JOIN part p ON p.item_id = i.id WHERE random() >= 0$$,
  $$SELECT i.id FROM item i JOIN part p ON p.item_id = i.id, generate_series(1, 2)$$,
  $$SELECT i.id FROM item i JOIN part p ON p.item_id = i.id JOIN public.wq_here h ON h.id = i.id$$,
  $$SELECT public.wq_plus(i.id) FROM item i JOIN part p ON p.item_id = i.id$$,
  $$SELECT i.tableoid::regclass IS NULL FROM item i JOIN part p ON p.item_id = i.id$$,
  $$SELECT count(i) FROM item i JOIN part p ON p.item_id = i.id$$,
  $$SELECT unnest(tags) FROM item i JOIN part p ON p.item_id = i.id$$,
  $$SELECT mood, count(*) FROM item GROUP BY mood$$,
  $$SELECT grp, array_agg(id) IS NULL FROM item GROUP BY grp$$,
  $$SELECT CASE (SELECT id FROM part LIMIT 1) WHEN -1 THEN 1 WHEN -2 THEN 2 END FROM tree$$,
  $$SELECT id FROM tree WHERE nullif((SELECT max(id) FROM part), 3) IS DISTINCT FROM id$$,
  $$SELECT id FROM item WHERE id < 5$$
]) WITH ORDINALITY AS u (q, n) ORDER BY n;

\echo == the plan
SET search_path = wq_rem, public;
EXPLAIN (COSTS OFF) SELECT grp, count(*) FROM item WHERE id NOT IN (SELECT item_id FROM part) GROUP BY grp;
EXPLAIN (VERBOSE, COSTS OFF) SELECT grp AS "the group", count(*) FROM item WHERE id NOT IN (SELECT item_id FROM part) GROUP BY grp ORDER BY 2 LIMIT 3;
EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) SELECT a.id FROM tree a, tree b;
SELECT public.wq_why('SELECT a.id FROM tree a UNION SELECT qty + random() FROM part');
SET warehouse_gw.enable_whole_query = off;
EXPLAIN (COSTS OFF) SELECT id FROM tree UNION ALL SELECT qty FROM part;
RESET warehouse_gw.enable_whole_query;
-- Result types are those here.
CREATE TABLE public.wq_types AS SELECT i.price, i.label, i.code, i.mood, sum(i.price) AS s, i.name COLLATE "C" AS c FROM item i, tree t WHERE i.id = t.id GROUP BY 1, 2, 3, 6, i.mood;
SELECT attname, format_type(atttypid, atttypmod), attcollation::regcollation FROM pg_attribute WHERE attrelid = 'public.wq_types'::regclass AND attnum > 0 ORDER BY attnum;

\echo == parameters
PREPARE wq_p (int, text) AS SELECT count(*), min(i.name) FROM item i WHERE i.grp = $1 AND i.name LIKE $2 AND i.id IN (SELECT item_id FROM part WHERE qty > $1);
SET plan_cache_mode = force_generic_plan;
EXECUTE wq_p (2, 'name%');
EXECUTE wq_p (4, 'name 1%');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE wq_p (2, 'name%');
SET plan_cache_mode = force_custom_plan;
EXECUTE wq_p (2, 'name%');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE wq_p (NULL, 'it''s');
RESET plan_cache_mode;
PREPARE wq_l (bigint) AS SELECT id FROM tree UNION SELECT 7 ORDER BY id LIMIT $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE wq_l (2);
EXECUTE wq_l (NULL) \g /dev/null
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE wq_l (2);
-- What is only computed for some rows, or for none, is an error only then.
PREPARE wq_e (int) AS SELECT count(*) FROM tree WHERE id > 2 AND ($1 = 0 OR id > 100 / $1);
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE wq_e (0);
EXECUTE wq_e (0);
EXECUTE wq_e (5);
SET warehouse_gw.enable_whole_query = off;
SET search_path = wq_loc, public;
PREPARE wq_e2 (int) AS SELECT sum(CASE WHEN id > 0 THEN 1 ELSE 1 / $1 END), sum(coalesce(id, 1 / $1)) FROM tree WHERE id > 100 / nullif($1, 0) OR $1 = 0;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE wq_e2 (0);
EXECUTE wq_e2 (0);
RESET warehouse_gw.enable_whole_query;
SET search_path = wq_rem, public;
DEALLOCATE wq_e;
DEALLOCATE wq_e2;
-- A changed table, a replaced function: planned again.
ALTER FOREIGN TABLE tree OPTIONS (SET table_name 'part');
ALTER FOREIGN TABLE tree ALTER COLUMN parent OPTIONS (ADD column_name 'qty');
EXECUTE wq_l (1);
PREPARE wq_t AS SELECT max(t.parent) FROM tree t, empty RIGHT JOIN part p ON true;
EXECUTE wq_t;
ALTER FOREIGN TABLE tree OPTIONS (SET table_name 'tree');
ALTER FOREIGN TABLE tree ALTER COLUMN parent OPTIONS (DROP column_name);
EXECUTE wq_t;
CREATE FUNCTION public.wq_f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
PREPARE wq_i AS SELECT max(public.wq_f(t.id)) FROM tree t, part p;
EXECUTE wq_i;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE wq_i;
CREATE OR REPLACE FUNCTION public.wq_f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 100';
EXECUTE wq_i;
RESET plan_cache_mode;

\echo == cursors and statements around a query
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id FROM tree UNION SELECT 100 ORDER BY id;
FETCH 3 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH LAST FROM c;
FETCH FIRST FROM c;
CLOSE c;
DECLARE c CURSOR FOR SELECT id FROM tree UNION SELECT 100 ORDER BY id;
FETCH 2 FROM c;
SELECT count(*) FROM tree t, part p;
FETCH 2 FROM c;
COMMIT;
INSERT INTO public.wq_here SELECT id + 1000 FROM tree WHERE id IN (SELECT item_id FROM part) UNION SELECT 5;
SELECT count(*), max(id) FROM public.wq_here;
EXPLAIN (VERBOSE, COSTS OFF) INSERT INTO public.wq_here SELECT id FROM tree UNION SELECT qty FROM part;
-- With defaults, casts, and columns in another order.
CREATE TABLE public.wq_into (n serial, b text DEFAULT 'none', a smallint, c numeric(5,1)) PARTITION BY RANGE (n);
CREATE TABLE public.wq_into_1 PARTITION OF public.wq_into FOR VALUES FROM (1) TO (3);
CREATE TABLE public.wq_into_2 PARTITION OF public.wq_into DEFAULT;
INSERT INTO public.wq_into (c, a) SELECT sum(i.price), t.id FROM item i, tree t WHERE i.grp = t.id GROUP BY t.id ORDER BY t.id DESC RETURNING n, a, b;
EXPLAIN (VERBOSE, COSTS OFF) INSERT INTO public.wq_into (c, a) SELECT sum(i.price), t.id FROM item i, tree t WHERE i.grp = t.id GROUP BY t.id ORDER BY t.id DESC;
SELECT tableoid::regclass, * FROM public.wq_into ORDER BY n;
WITH w AS (SELECT id FROM tree WHERE id IN (SELECT qty FROM part)) INSERT INTO public.wq_into (a) SELECT id FROM w WHERE id > 7 UNION SELECT 0 ORDER BY 1 RETURNING a;
PREPARE wq_ins (int) AS INSERT INTO public.wq_into (a) SELECT id FROM tree WHERE id IN (SELECT qty FROM part) AND id > $1 RETURNING a;
SET plan_cache_mode = force_generic_plan;
EXECUTE wq_ins (7);
RESET plan_cache_mode;
CREATE MATERIALIZED VIEW public.wq_mat AS SELECT t.id FROM tree t WHERE t.id IN (SELECT qty FROM part);
REFRESH MATERIALIZED VIEW public.wq_mat;
SELECT count(*) FROM public.wq_mat;
SELECT t.id FROM tree t WHERE t.id IN (SELECT qty FROM part) AND t.id < 3 FOR UPDATE;
SELECT public.wq_why('SELECT t.id FROM tree t WHERE t.id IN (SELECT qty FROM part) AND t.id < 3 FOR UPDATE');

\echo == rights
CREATE ROLE regress_wq_owner;
CREATE ROLE regress_wq_user;
GRANT USAGE ON SCHEMA wq_rem TO regress_wq_owner, regress_wq_user;
GRANT SELECT ON wq_rem.tree, wq_rem.part TO regress_wq_owner;
GRANT SELECT (id) ON wq_rem.tree TO regress_wq_user;
CREATE VIEW public.wq_v AS SELECT t.id, p.qty FROM tree t JOIN part p ON p.item_id = t.id;
CREATE VIEW public.wq_b WITH (security_barrier) AS SELECT t.id, p.qty FROM tree t JOIN part p ON p.item_id = t.id;
ALTER VIEW public.wq_v OWNER TO regress_wq_owner;
ALTER VIEW public.wq_b OWNER TO regress_wq_owner;
GRANT SELECT ON public.wq_v, public.wq_b TO regress_wq_user;
DO $$ BEGIN EXECUTE format('GRANT USAGE ON FOREIGN SERVER wq_postgres TO regress_wq_owner, regress_wq_user'); END $$;
ALTER USER MAPPING FOR PUBLIC SERVER wq_postgres OPTIONS (SET password_required 'false');
\set VERBOSITY terse
SET ROLE regress_wq_user;
SELECT count(*) FROM wq_rem.tree t, wq_rem.part p;
SELECT t.parent FROM wq_rem.tree t, wq_rem.tree u;
SELECT t.id FROM wq_rem.tree t WHERE t.id IN (SELECT parent FROM wq_rem.tree);
SELECT t.id FROM wq_rem.tree t UNION SELECT 1000 ORDER BY 1 LIMIT 1;
SELECT count(*), sum(qty) FROM public.wq_v;
EXPLAIN (VERBOSE, COSTS OFF) SELECT count(*), sum(qty) FROM public.wq_v;
SELECT public.wq_why('SELECT count(*) FROM public.wq_v v JOIN wq_rem.tree t ON t.id = v.id');
SELECT public.wq_why('SELECT count(*) FROM public.wq_b');
RESET ROLE;
REVOKE SELECT ON wq_rem.part FROM regress_wq_owner;
SET ROLE regress_wq_user;
SELECT count(*), sum(qty) FROM public.wq_v;
RESET ROLE;
-- A plan is kept for one role only.
PREPARE wq_r AS SELECT count(*) FROM tree t, part p;
EXECUTE wq_r;
SET ROLE regress_wq_user;
EXECUTE wq_r;
RESET ROLE;
\set VERBOSITY default

\echo == options
ALTER FOREIGN TABLE part OPTIONS (ADD max_rows '3');
SELECT p.id FROM part p JOIN tree t ON t.id = p.id;
SELECT count(*) FROM part p JOIN tree t ON t.id = p.id;
ALTER FOREIGN TABLE part OPTIONS (DROP max_rows);
CREATE FOREIGN TABLE public.wq_q (n bigint) SERVER wq_postgres OPTIONS (query 'SELECT count(*) AS n FROM wq_src.part -- all');
SELECT n, (SELECT count(*) FROM tree) FROM public.wq_q WHERE n NOT IN (SELECT id FROM tree);
EXPLAIN (VERBOSE, COSTS OFF) SELECT n, (SELECT count(*) FROM tree) FROM public.wq_q;

\set VERBOSITY terse
SET client_min_messages = error;
RESET search_path;
DROP VIEW public.wq_v, public.wq_b;
DROP SCHEMA wq_src, wq_loc, wq_rem CASCADE;
DROP SERVER wq_local, wq_postgres CASCADE;
DROP MATERIALIZED VIEW IF EXISTS public.wq_mat;
DROP TABLE public.wq_here, public.wq_types, public.wq_into;
DROP FUNCTION public.wq, public.wq_why, public.wq_rows, public.wq_plus, public.wq_f;
DROP TYPE public.wq_mood;
DROP OWNED BY regress_wq_owner, regress_wq_user;
DROP ROLE regress_wq_owner, regress_wq_user;
