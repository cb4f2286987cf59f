-- SQL cursors over foreign tables: held beyond the transaction, moved back and
-- forth, left open, and first read inside a savepoint that is rolled back.
SET client_min_messages = warning;
CREATE SCHEMA cur_there;
CREATE SCHEMA cur_here;
CREATE TABLE cur_there.t AS SELECT g AS id, 'row ' || g AS s FROM generate_series(1, 100) AS g;
CREATE SERVER cur_local FOREIGN DATA WRAPPER gw_local;
DO $$
BEGIN
  EXECUTE format('CREATE SERVER cur_postgres FOREIGN DATA WRAPPER gw_postgres
    OPTIONS (host %L, port %L, dbname %L, fetch_size ''10'')',
    split_part(current_setting('unix_socket_directories'), ',', 1),
    current_setting('port'), current_database());
  EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER cur_postgres
    OPTIONS (user %L, password_required ''false'')', current_user);
END $$;
CREATE FOREIGN TABLE cur_here.l (id int, s text)
  SERVER cur_local OPTIONS (schema_name 'cur_there', table_name 't', fetch_size '10');
CREATE FOREIGN TABLE cur_here.p (id int, s text)
  SERVER cur_postgres OPTIONS (schema_name 'cur_there', table_name 't');

-- Held: some rows before COMMIT, the rest after it.
BEGIN;
DECLARE held_l CURSOR WITH HOLD FOR SELECT id FROM cur_here.l ORDER BY id;
DECLARE held_p CURSOR WITH HOLD FOR SELECT id FROM cur_here.p ORDER BY id;
DECLARE untouched_l CURSOR WITH HOLD FOR SELECT id FROM cur_here.l WHERE id > 98 ORDER BY id;
DECLARE untouched_p CURSOR WITH HOLD FOR SELECT id FROM cur_here.p WHERE id > 98 ORDER BY id;
FETCH 2 FROM held_l;
FETCH 2 FROM held_p;
COMMIT;
MOVE 96 FROM held_l;
FETCH ALL FROM held_l;
MOVE 96 FROM held_p;
FETCH ALL FROM held_p;
FETCH ALL FROM untouched_l;
FETCH ALL FROM untouched_p;
CLOSE ALL;
SELECT count(*) FROM pg_cursors;

-- Left open at COMMIT: nothing is read on, nothing stays.
BEGIN;
DECLARE open_l CURSOR FOR SELECT id FROM cur_here.l ORDER BY id;
DECLARE open_p CURSOR FOR SELECT id FROM cur_here.p ORDER BY id;
FETCH 1 FROM open_l;
FETCH 1 FROM open_p;
COMMIT;
SELECT count(*) FROM pg_cursors;

-- Back and forth.
BEGIN;
DECLARE scroll_l SCROLL CURSOR FOR SELECT id FROM cur_here.l ORDER BY id;
DECLARE scroll_p SCROLL CURSOR FOR SELECT id FROM cur_here.p ORDER BY id;
FETCH ABSOLUTE 55 FROM scroll_l;
FETCH RELATIVE -30 FROM scroll_l;
FETCH LAST FROM scroll_l;
FETCH FIRST FROM scroll_l;
FETCH ABSOLUTE 55 FROM scroll_p;
FETCH RELATIVE -30 FROM scroll_p;
FETCH LAST FROM scroll_p;
FETCH FIRST FROM scroll_p;
COMMIT;

-- First read inside a savepoint that is rolled back: either the rows that
-- follow, or an error, never fewer rows.
BEGIN;
DECLARE inner_l CURSOR FOR SELECT id FROM cur_here.l ORDER BY id;
SAVEPOINT s;
FETCH 3 FROM inner_l;
ROLLBACK TO s;
FETCH 3 FROM inner_l;
MOVE 94 FROM inner_l;
FETCH ALL FROM inner_l;
ROLLBACK;
BEGIN;
DECLARE inner_p CURSOR FOR SELECT id FROM cur_here.p ORDER BY id;
SAVEPOINT s;
FETCH 3 FROM inner_p;
ROLLBACK TO s;
FETCH 3 FROM inner_p;
MOVE 94 FROM inner_p;
FETCH ALL FROM inner_p;
ROLLBACK;

DROP SCHEMA cur_here, cur_there CASCADE;
DROP SERVER cur_local CASCADE;
DROP SERVER cur_postgres CASCADE;
