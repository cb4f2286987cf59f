-- What the planner has learned of a remote table is remembered from one
-- transaction to the next, and noticed to be out of date as soon as it is.
SET client_min_messages = warning;
CREATE SCHEMA cache_there;
CREATE SCHEMA cache_here;
CREATE TABLE cache_there.t (id int, s text COLLATE "C");
INSERT INTO cache_there.t SELECT g, 'row ' || g FROM generate_series(1, 50) AS g;
ANALYZE cache_there.t;
CREATE SERVER cache_local FOREIGN DATA WRAPPER gw_local;
DO $$
BEGIN
  EXECUTE format('CREATE SERVER cache_postgres FOREIGN DATA WRAPPER gw_postgres
    OPTIONS (host %L, port %L, dbname %L)',
    split_part(current_setting('unix_socket_directories'), ',', 1),
    current_setting('port'), current_database());
  EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER cache_postgres
    OPTIONS (user %L, password_required ''false'')', current_user);
END $$;
CREATE FOREIGN TABLE cache_here.l (id int, s text COLLATE "C")
  SERVER cache_local OPTIONS (schema_name 'cache_there', table_name 't');
CREATE FOREIGN TABLE cache_here.p (id int, s text COLLATE "C")
  SERVER cache_postgres OPTIONS (schema_name 'cache_there', table_name 't');

EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM cache_here.l WHERE s > 'row 3';
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM cache_here.p WHERE s > 'row 3';

-- The same again: remembered, one entry for each server.
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM cache_here.p WHERE s > 'row 3';
SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'gw described table';

-- Another collation: the comparison has to name its own now.
ALTER TABLE cache_there.t ALTER COLUMN s TYPE text COLLATE "en-US-x-icu";
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM cache_here.l WHERE s > 'row 3';
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM cache_here.p WHERE s > 'row 3';

-- Another type: the clause stays here.
ALTER TABLE cache_there.t ALTER COLUMN id TYPE text;
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM cache_here.l WHERE id = 3;
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM cache_here.p WHERE id = 3;
SELECT id FROM cache_here.p WHERE id = 3;

-- Within one transaction the change is our own.
ALTER TABLE cache_there.t ALTER COLUMN id TYPE int USING id::int;
BEGIN;
SELECT count(*) FROM cache_here.l WHERE id = 3;
ALTER TABLE cache_there.t ALTER COLUMN id TYPE text;
SELECT count(*) FROM cache_here.l WHERE id = 3;
ROLLBACK;
SELECT count(*) FROM cache_here.l WHERE id = 3;

-- Dropped and made again under the same name.
DROP TABLE cache_there.t;
SELECT id FROM cache_here.p WHERE id = 3;
CREATE TABLE cache_there.t (id int, s text COLLATE "C");
INSERT INTO cache_there.t VALUES (3, 'new');
SELECT s FROM cache_here.p WHERE id = 3;

DROP SCHEMA cache_here, cache_there CASCADE;
DROP SERVER cache_local CASCADE;
DROP SERVER cache_postgres CASCADE;
