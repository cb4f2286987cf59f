-- Scans of several servers at the same time: every remote has begun before the
-- first of them has ended, rows are complete, and what cannot overlap still answers.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS warehouse_gw;
CREATE SCHEMA asy;
CREATE TABLE asy.plain (id int, part int);
INSERT INTO asy.plain SELECT g, 3 FROM generate_series(1, 5) g;
-- says when it begins, and waits for the other's beginning, so long at most
CREATE TABLE asy.patience AS SELECT 30.0 AS seconds;
CREATE FUNCTION asy.meet(part int) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
  until timestamptz := clock_timestamp() + make_interval(secs => seconds) FROM asy.patience;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(4711, part);
  WHILE clock_timestamp() < until AND NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 4711 AND objid = 3 - part) LOOP
    PERFORM pg_sleep(0.01);
  END LOOP;
  RETURN clock_timestamp();
END $$;
DO $$
DECLARE
  i int;
BEGIN
  FOR i IN 1..2 LOOP
    EXECUTE format('CREATE SERVER asy_%1$s FOREIGN DATA WRAPPER gw_postgres
                    OPTIONS (host %2$L, port %3$L, dbname %4$L, async_capable ''true'')', i,
                   split_part(current_setting('unix_socket_directories'), ',', 1),
                   current_setting('port'), current_database());
    EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER asy_%s
                    OPTIONS (user %L, password_required ''false'')', i, current_user);
    -- a row at once, one when the other has begun, and many at the end
    EXECUTE format('CREATE FOREIGN TABLE asy.slow_%1$s (part int, id int, at timestamptz)
                    SERVER asy_%1$s OPTIONS (query $q$
      SELECT %1$s AS part, 0 AS id, clock_timestamp() AS at
      UNION ALL SELECT %1$s, 1, asy.meet(%1$s)
      UNION ALL SELECT %1$s, g, clock_timestamp() FROM generate_series(2, 3000) g $q$)', i);
    EXECUTE format('CREATE FOREIGN TABLE asy.plain_%1$s (id int, part int)
                    SERVER asy_%1$s OPTIONS (schema_name ''asy'', table_name ''plain'')', i);
  END LOOP;
END $$;
CREATE VIEW asy.both AS SELECT * FROM asy.slow_1 UNION ALL SELECT * FROM asy.slow_2;

-- ---- the overlap ----
EXPLAIN (COSTS off) SELECT count(*) FROM asy.both;
SELECT max(at) FILTER (WHERE id = 0) < min(at) FILTER (WHERE id = 1) AS overlap,
  count(*), count(DISTINCT (part, id)), sum(id) FROM asy.both;
-- with a filter that stays here
SELECT part, count(*), sum(id) FROM asy.both WHERE id % 2 = 0 AND random() >= 0 GROUP BY part ORDER BY part;
-- without the option, one after the other
UPDATE asy.patience SET seconds = 0.5;
ALTER SERVER asy_1 OPTIONS (SET async_capable 'false');
ALTER SERVER asy_2 OPTIONS (SET async_capable 'false');
EXPLAIN (COSTS off) SELECT count(*) FROM asy.both;
SELECT max(at) FILTER (WHERE id = 0) < min(at) FILTER (WHERE id = 1) AS overlap, count(*) FROM asy.both;
ALTER SERVER asy_1 OPTIONS (SET async_capable 'true');
ALTER SERVER asy_2 OPTIONS (SET async_capable 'true');

-- ---- what does not overlap answers all the same ----
-- two scans of one server, a local table, a LIMIT, an error
SELECT part, count(*) FROM (SELECT * FROM asy.plain_1 UNION ALL SELECT * FROM asy.plain_1
  UNION ALL SELECT * FROM asy.plain UNION ALL SELECT id, 2 FROM asy.plain_2) x GROUP BY part ORDER BY part;
SELECT count(*) FROM (SELECT * FROM asy.both LIMIT 4) x;
CREATE FOREIGN TABLE asy.bad (part int, id int, at timestamptz)
  SERVER asy_1 OPTIONS (query 'SELECT 1 AS part, 1 / (g - 2500) AS id, now() AS at FROM generate_series(1, 3000) g');
SELECT count(*), sum(id) FROM (SELECT * FROM asy.bad UNION ALL SELECT * FROM asy.slow_2) x;
-- both sides of a join: the streams of one are put aside for the other
SELECT count(*) FROM asy.both a JOIN (SELECT * FROM asy.plain_1 UNION ALL SELECT * FROM asy.plain_2) b USING (id);
-- read again
SELECT count(*) FROM generate_series(1, 2) g, LATERAL (SELECT count(*) FROM
  (SELECT id FROM asy.plain_1 UNION ALL SELECT id FROM asy.plain_2) x WHERE x.id > g) y(n) WHERE n = 10 - 2 * g;
-- cancelled while both are awaited, and what is left of it
CREATE FOREIGN TABLE asy.sleeps_1 (a int) SERVER asy_1 OPTIONS (query 'SELECT 1 AS a FROM pg_sleep(60)');
CREATE FOREIGN TABLE asy.sleeps_2 (a int) SERVER asy_2 OPTIONS (query 'SELECT 1 AS a FROM pg_sleep(60)');
SET statement_timeout = '300ms';
SELECT count(*) FROM (SELECT a FROM asy.sleeps_1 UNION ALL SELECT a FROM asy.sleeps_2) x;
RESET statement_timeout;
DO $$
BEGIN
  FOR i IN 1..300 LOOP
    PERFORM pg_stat_clear_snapshot();
    EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%pg_sleep(60)%');
    PERFORM pg_sleep(0.1);
  END LOOP;
END $$;
SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%pg_sleep(60)%';
-- in a transaction that goes on
BEGIN;
SELECT count(*) FROM asy.both;
SELECT count(*) FROM asy.plain_1;
COMMIT;

DROP SCHEMA asy CASCADE;
DROP SERVER asy_1 CASCADE;
DROP SERVER asy_2 CASCADE;
