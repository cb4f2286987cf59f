-- EXPLAIN (VERBOSE): the remote statement, and why a clause stays here.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS warehouse_gw;
RESET client_min_messages;
SET warehouse_gw.enable_whole_query = off;

CREATE SCHEMA exp_src;
CREATE SCHEMA exp;
CREATE TABLE exp_src.t (id int PRIMARY KEY, grp int, name text COLLATE "C", at timestamptz, doc jsonb);
INSERT INTO exp_src.t SELECT i, i % 10, 'n' || i, timestamptz '2026-01-01 00:00:00+00' + i * interval '1 day', '{}'
FROM generate_series(1, 1000) i;
CREATE TABLE exp_src.u (id int PRIMARY KEY, t_id int);
INSERT INTO exp_src.u SELECT i, i * 7 FROM generate_series(1, 20) i;
ANALYZE exp_src.t;
ANALYZE exp_src.u;
DO $$
BEGIN
  EXECUTE format('CREATE SERVER exp_postgres FOREIGN DATA WRAPPER gw_postgres
                  OPTIONS (host %L, port %L, dbname %L, fetch_size ''200'')',
                 split_part(current_setting('unix_socket_directories'), ',', 1),
                 current_setting('port'), current_database());
  EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER exp_postgres
                  OPTIONS (user %L, password_required ''false'')', current_user);
END
$$;
IMPORT FOREIGN SCHEMA exp_src FROM SERVER exp_postgres INTO exp;
ANALYZE exp.t;
ANALYZE exp.u;
SET search_path = exp;

-- nothing of the remote without VERBOSE
EXPLAIN (COSTS off) SELECT id FROM t WHERE id = 3;

-- projection, WHERE, ORDER BY, LIMIT go remote
EXPLAIN (VERBOSE, COSTS off) SELECT name FROM t WHERE id = 3 AND grp IN (1, 2);
EXPLAIN (VERBOSE, COSTS off) SELECT count(*) FROM t;
EXPLAIN (VERBOSE, COSTS off) SELECT id FROM t WHERE name LIKE 'n1%' ORDER BY name DESC, grp NULLS FIRST LIMIT 5 OFFSET 2;
EXPLAIN (VERBOSE, COSTS off) SELECT id + 1 AS next, t FROM t ORDER BY id LIMIT 1;
EXPLAIN (VERBOSE, COSTS off) SELECT * FROM (SELECT id FROM t ORDER BY id LIMIT 3) s ORDER BY id DESC;

-- clauses kept here, with the reason; they keep LIMIT here
EXPLAIN (VERBOSE, COSTS off) SELECT id FROM t WHERE grp = 1 AND random() > 0.5 ORDER BY id LIMIT 5;
EXPLAIN (VERBOSE, COSTS off) SELECT id FROM t WHERE name > 'n5' COLLATE "und-x-icu" AND at > now() - interval '1 day';
SET warehouse_gw.enable_pushdown = off;
EXPLAIN (VERBOSE, COSTS off) SELECT id FROM t WHERE id = 3 ORDER BY id LIMIT 1;
RESET warehouse_gw.enable_pushdown;

-- LIMIT stays here
EXPLAIN (VERBOSE, COSTS off) SELECT id FROM t ORDER BY id FETCH FIRST 2 ROWS WITH TIES;
EXPLAIN (VERBOSE, COSTS off) SELECT id FROM t ORDER BY id LIMIT -1;
EXPLAIN (VERBOSE, COSTS off) SELECT id, random() FROM t ORDER BY id LIMIT 1;
EXPLAIN (VERBOSE, COSTS off) SELECT id, generate_series(1, 2) FROM t ORDER BY id LIMIT 1;
EXPLAIN (VERBOSE, COSTS off) SELECT id FROM t ORDER BY id LIMIT 1 FOR UPDATE;

-- a constant sort key is never sent
EXPLAIN (VERBOSE, COSTS off) SELECT id, 1 AS one FROM t ORDER BY one, id;
EXPLAIN (VERBOSE, COSTS off) SELECT id FROM t WHERE grp = 2 ORDER BY grp, id LIMIT 1;

-- a parameterised inner side
SET enable_hashjoin = off;
SET enable_mergejoin = off;
EXPLAIN (VERBOSE, COSTS off) SELECT u.id, t.name FROM exp_src.u JOIN t ON t.id = u.t_id WHERE u.id = 1;
RESET enable_hashjoin;
RESET enable_mergejoin;

-- a security barrier's clause goes first, what may leak stays here
CREATE FUNCTION exp.leaky(int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
CREATE VIEW exp.barred WITH (security_barrier) AS SELECT * FROM t WHERE grp = 1;
EXPLAIN (VERBOSE, COSTS off) SELECT id FROM barred WHERE 10 / id = 2 AND id = 5;
CREATE VIEW exp.barred_here WITH (security_barrier) AS SELECT * FROM t WHERE leaky(id);
EXPLAIN (VERBOSE, COSTS off) SELECT id FROM barred_here WHERE 10 / id = 2 AND id = 5;

-- parameters show as numbers, never as values
SET plan_cache_mode = force_generic_plan;
PREPARE p(int, bigint) AS SELECT id FROM t WHERE id = $1 ORDER BY id LIMIT $2;
EXPLAIN (VERBOSE, COSTS off) EXECUTE p(4242, 5);
RESET plan_cache_mode;

-- ANALYZE counts batches and rows
EXPLAIN (VERBOSE, ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT id FROM t WHERE grp = 1 AND random() >= 0;
EXPLAIN (VERBOSE, ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT id FROM t;

-- the structured formats hold the same
EXPLAIN (VERBOSE, COSTS off, FORMAT JSON) SELECT id FROM t WHERE random() > 0.5 AND grp < random() * 10;
EXPLAIN (VERBOSE, COSTS off, FORMAT YAML) SELECT id FROM t WHERE id = 1;

RESET search_path;
SET client_min_messages = warning;
DROP SERVER exp_postgres CASCADE;
DROP SCHEMA exp_src, exp CASCADE;
