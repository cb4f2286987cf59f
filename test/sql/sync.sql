-- gw.sync_table(): modes, windows, what is compared first, and every refusal.
-- Needs: a role that holds nothing but what gw.grant_usage() gives.  Runs
-- against this database over SPI and, at the end, over libpq.
\set SHOW_CONTEXT never
\set VERBOSITY default
SET client_min_messages = notice;
CREATE ROLE regress_gw_mover;
SELECT gw.grant_usage('regress_gw_mover', 'operator');
CREATE SERVER sync_here FOREIGN DATA WRAPPER gw_local;
GRANT USAGE ON FOREIGN SERVER sync_here TO regress_gw_mover;
DO $$
BEGIN
  EXECUTE format('CREATE SERVER sync_wire FOREIGN DATA WRAPPER gw_postgres
                  OPTIONS (host %L, port %L, dbname %L)',
                 split_part(current_setting('unix_socket_directories'), ',', 1),
                 current_setting('port'), current_database());
  EXECUTE format('CREATE USER MAPPING FOR regress_gw_mover SERVER sync_wire
                  OPTIONS (user %L, password_required ''false'')', current_user);
END
$$;
GRANT USAGE ON FOREIGN SERVER sync_wire TO regress_gw_mover;
CREATE SCHEMA sync_src AUTHORIZATION regress_gw_mover;
CREATE SCHEMA sync_dst AUTHORIZATION regress_gw_mover;

-- What of a result does not change from day to day.
CREATE FUNCTION public.sync_brief(result jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ', result ->> 'state', result ->> 'mode',
                   'read', result ->> 'rows_read', 'new', result ->> 'rows_inserted',
                   'changed', result ->> 'rows_updated',
                   'gone', coalesce(result ->> 'rows_deleted', '?'),
                   'same key', result ->> 'rows_deduplicated',
                   'waiting', result ->> 'rows_waiting')
$$;
-- Does the target hold what the source holds?
CREATE FUNCTION public.sync_same(source regclass, target regclass) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  same boolean;
BEGIN
  EXECUTE format('SELECT NOT EXISTS ((TABLE %1$s EXCEPT ALL TABLE %2$s)
                         UNION ALL (TABLE %2$s EXCEPT ALL TABLE %1$s))', source, target) INTO same;
  RETURN same;
END
$$;

SET SESSION AUTHORIZATION regress_gw_mover;
\set now '{"horizon_margin": 0}'

-- ---------- merge: the target is made from the source ----------
CREATE TABLE sync_src.item (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  price numeric(10,2),
  tags text[],
  doc jsonb,
  day date,
  changed_at timestamptz NOT NULL
);
COMMENT ON TABLE sync_src.item IS 'what we sell';
COMMENT ON COLUMN sync_src.item.price IS 'in euro';
INSERT INTO sync_src.item
SELECT g, 'item ' || g, g * 1.01, ARRAY['a', g::text], jsonb_build_object('g', g),
       date '2024-01-01' + g, timestamptz '2024-01-01 00:00:00.123456+00' + g * interval '1 minute'
FROM generate_series(1, 2500) g;

CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.item', mode => 'merge', keys => '{id}',
                   cursor_field => 'changed_at', options => :'now') \gset
SELECT public.sync_brief(:'result');
SELECT :'result'::jsonb ->> 'watermark' AS watermark, :'result'::jsonb -> 'lo' AS lo;
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
FROM pg_attribute a WHERE attrelid = 'sync_dst.item'::regclass AND attnum > 0 ORDER BY attnum;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'sync_dst.item'::regclass;
SELECT obj_description('sync_dst.item'::regclass), col_description('sync_dst.item'::regclass, 3);
SELECT public.sync_same('sync_src.item', 'sync_dst.item');

-- Nothing new: nothing read.
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.item', mode => 'merge', keys => '{id}',
                   cursor_field => 'changed_at', options => :'now') \gset
SELECT public.sync_brief(:'result');

-- A change, a new row, and one that was touched without changing.
UPDATE sync_src.item SET price = 0, changed_at = now() WHERE id = 7;
UPDATE sync_src.item SET price = 1.10, changed_at = changed_at WHERE id = 8;
INSERT INTO sync_src.item (id, name, changed_at) VALUES (9001, 'new', now());
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.item', mode => 'merge', keys => '{id}',
                   cursor_field => 'changed_at', options => :'now') \gset
SELECT public.sync_brief(:'result');
-- Row 8 kept its old cursor value, so it is not seen: that is the contract.
SELECT id FROM (TABLE sync_src.item EXCEPT TABLE sync_dst.item) d;
-- numeric 1.10 and 1.1 are equal but not the same; merge without a cursor
-- compares bytes.
CREATE TABLE sync_src.plain (k int, v numeric);
INSERT INTO sync_src.plain VALUES (1, 1.1), (2, 2);
CALL gw.sync_table('sync_here', 'sync_src.plain', 'sync_dst.plain', mode => 'merge', keys => '{k}') \gset
SELECT public.sync_brief(:'result');
UPDATE sync_src.plain SET v = 1.10 WHERE k = 1;
CALL gw.sync_table('sync_here', 'sync_src.plain', 'sync_dst.plain', mode => 'merge', keys => '{k}') \gset
SELECT public.sync_brief(:'result');
TABLE sync_dst.plain ORDER BY k;

-- An older row never overwrites a newer one in the target.
UPDATE sync_dst.item SET name = 'edited here', changed_at = 'infinity' WHERE id = 9001;
UPDATE sync_src.item SET name = 'newer', changed_at = now() WHERE id = 9001;
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.item', mode => 'merge', keys => '{id}',
                   cursor_field => 'changed_at', options => :'now') \gset
SELECT public.sync_brief(:'result');
SELECT name FROM sync_dst.item WHERE id = 9001;

-- ---------- append: ties, microseconds, zero rows ----------
CREATE TABLE sync_src.event (id bigint, at timestamp NOT NULL);
INSERT INTO sync_src.event SELECT g, timestamp '2024-05-05 10:00:00.000001' + (g / 60) * interval '1 microsecond'
FROM generate_series(1, 300) g;
CALL gw.sync_table('sync_here', 'sync_src.event', 'sync_dst.event', cursor_field => 'at',
                   cursor_id_field => 'id', options => '{"horizon_margin": 0, "fetch_size": 21}') \gset
SELECT public.sync_brief(:'result');
SELECT :'result'::jsonb ->> 'watermark' AS watermark, :'result'::jsonb ->> 'watermark_id' AS id;
-- Two more at the very instant of the watermark: the id tells them apart.
INSERT INTO sync_src.event SELECT 300 + g, max(at) FROM sync_src.event, generate_series(1, 2) g GROUP BY g;
CALL gw.sync_table('sync_here', 'sync_src.event', 'sync_dst.event', cursor_field => 'at',
                   cursor_id_field => 'id', options => :'now') \gset
SELECT public.sync_brief(:'result'), public.sync_same('sync_src.event', 'sync_dst.event');

-- Ids as the only cursor.
CREATE TABLE sync_src.log (id int, line text);
INSERT INTO sync_src.log VALUES (9, 'nine'), (10, 'ten');
CALL gw.sync_table('sync_here', 'sync_src.log', 'sync_dst.log', cursor_field => 'id') \gset
SELECT public.sync_brief(:'result'), :'result'::jsonb ->> 'watermark' AS watermark;
INSERT INTO sync_src.log VALUES (11, 'eleven');
CALL gw.sync_table('sync_here', 'sync_src.log', 'sync_dst.log', cursor_field => 'id') \gset
SELECT public.sync_brief(:'result'), public.sync_same('sync_src.log', 'sync_dst.log');

-- An empty source: the target is made, the watermark stays unset.
CREATE TABLE sync_src.none (id int, at timestamptz);
CALL gw.sync_table('sync_here', 'sync_src.none', 'sync_dst.none', cursor_field => 'at', options => :'now') \gset
SELECT public.sync_brief(:'result'), :'result'::jsonb -> 'watermark' AS watermark;
CALL gw.sync_table('sync_here', 'sync_src.none', 'sync_dst.none', cursor_field => 'at', options => :'now') \gset
SELECT public.sync_brief(:'result'), :'result'::jsonb -> 'watermark' AS watermark;

-- A date in the future waits until its time has come; the watermark does not
-- run ahead of it.
INSERT INTO sync_src.none VALUES (1, '2024-01-01'), (2, '2999-01-01'), (3, now());
\set VERBOSITY terse
CALL gw.sync_table('sync_here', 'sync_src.none', 'sync_dst.none', cursor_field => 'at',
                   options => '{"horizon_margin": 0, "horizon_wait": 0}') \gset
\set VERBOSITY default
SELECT public.sync_brief(:'result'), (:'result'::jsonb ->> 'watermark')::timestamptz <= now() AS sane;

-- Clocks that nobody can vouch for: what is younger than settle waits.
CREATE TABLE sync_src.young (id int, at timestamptz NOT NULL);
INSERT INTO sync_src.young VALUES (1, now() - interval '2 hours'), (2, now() - interval '30 minutes');
\set VERBOSITY terse
CALL gw.sync_table('sync_here', 'sync_src.young', 'sync_dst.young', cursor_field => 'at', options => '{"settle": "1h"}') \gset
\set VERBOSITY default
SELECT public.sync_brief(:'result');

-- Days: today's rows wait, more of them may come.
CREATE TABLE sync_src.daily (d date NOT NULL, n int);
INSERT INTO sync_src.daily VALUES (current_date - 2, 1), (current_date - 1, 2), (current_date, 3);
SET client_min_messages = warning;
CALL gw.sync_table('sync_here', 'sync_src.daily', 'sync_dst.daily', cursor_field => 'd', options => :'now') \gset
SET client_min_messages = notice;
SELECT public.sync_brief(:'result'), (:'result'::jsonb ->> 'watermark')::date = current_date - 1 AS yesterday;

-- The source's wall clock decides for a cursor without zone: an hour that lies
-- ahead there waits, the same value in a zone further east does not.
CREATE TABLE sync_src.wall (id int, at timestamp NOT NULL);
INSERT INTO sync_src.wall VALUES (1, timezone('UTC', now()) + interval '1 hour');
\set VERBOSITY terse
CALL gw.sync_table('sync_here', 'sync_src.wall', 'sync_dst.wall', cursor_field => 'at',
                   options => '{"horizon_margin": 0, "time_zone": "UTC"}') \gset
\set VERBOSITY default
SELECT public.sync_brief(:'result');
CALL gw.sync_table('sync_here', 'sync_src.wall', 'sync_dst.wall', cursor_field => 'at',
                   options => '{"horizon_margin": 0, "time_zone": "Asia/Tokyo"}') \gset
SELECT public.sync_brief(:'result');

-- Settings of the session do not reach what is stored.
SET datestyle = 'SQL, DMY'; SET timezone = 'Asia/Kolkata'; SET intervalstyle = 'sql_standard';
CREATE TABLE sync_src.zone (id int PRIMARY KEY, at timestamptz NOT NULL, span interval, f float8);
INSERT INTO sync_src.zone VALUES (1, '2024-02-03 04:05:06.789+00', '-1 day +02:03', 0.1 + 0.2::float8);
CALL gw.sync_table('sync_here', 'sync_src.zone', 'sync_dst.zone', mode => 'merge', keys => '{id}',
                   cursor_field => 'at', options => :'now') \gset
RESET datestyle; RESET timezone; RESET intervalstyle;
SELECT public.sync_brief(:'result'), (:'result'::jsonb ->> 'watermark')::timestamptz AT TIME ZONE 'UTC' AS watermark,
       public.sync_same('sync_src.zone', 'sync_dst.zone');

-- ---------- NULL cursors ----------
CREATE TABLE sync_src.nulls (id int PRIMARY KEY, at timestamptz);
INSERT INTO sync_src.nulls VALUES (1, '2024-01-01'), (2, NULL);
CALL gw.sync_table('sync_here', 'sync_src.nulls', 'sync_dst.nulls', mode => 'merge', keys => '{id}', cursor_field => 'at', options => :'now');
\echo :SQLSTATE
CALL gw.sync_table('sync_here', 'sync_src.nulls', 'sync_dst.nulls', mode => 'merge', keys => '{id}',
                   cursor_field => 'at', options => '{"horizon_margin": 0, "null_cursor": "exclude"}') \gset
SELECT public.sync_brief(:'result');
SELECT rows_null_cursor FROM gw.task ORDER BY task_id DESC LIMIT 1;
CALL gw.sync_table('sync_here', 'sync_src.nulls', 'sync_dst.nulls', mode => 'merge', keys => '{id}',
                   cursor_field => 'at', options => '{"horizon_margin": 0, "null_cursor": "include"}') \gset
SELECT public.sync_brief(:'result'), :'result'::jsonb -> 'watermark' = 'null' AS forgotten;
CALL gw.sync_table('sync_here', 'sync_src.nulls', 'sync_dst.other', cursor_field => 'at', options => '{"null_cursor": "include"}');
\echo :SQLSTATE

-- ---------- replace: identity, views and grants stay ----------
CREATE TABLE sync_src.dim (id int NOT NULL, v text);
INSERT INTO sync_src.dim VALUES (1, 'one'), (2, 'two');
CALL gw.sync_table('sync_here', 'sync_src.dim', 'sync_dst.dim', mode => 'replace') \gset
SELECT public.sync_brief(:'result');
SELECT 'sync_dst.dim'::regclass::oid AS before \gset
CREATE VIEW sync_dst.dim_view AS SELECT count(*) AS n, max(v) AS v FROM sync_dst.dim;
GRANT SELECT ON sync_dst.dim TO PUBLIC;
DELETE FROM sync_src.dim WHERE id = 1;
INSERT INTO sync_src.dim VALUES (3, 'zz');
CALL gw.sync_table('sync_here', 'sync_src.dim', 'sync_dst.dim', mode => 'replace') \gset
SELECT public.sync_brief(:'result');
TABLE sync_dst.dim_view;
SELECT 'sync_dst.dim'::regclass::oid = :before AS same_table, has_table_privilege('public', 'sync_dst.dim', 'SELECT') AS same_grants;
-- A foreign key points at it: only the caller can say what that means.
ALTER TABLE sync_dst.dim ADD PRIMARY KEY (id);
CREATE TABLE sync_dst.fact (dim int REFERENCES sync_dst.dim ON DELETE CASCADE);
CALL gw.sync_table('sync_here', 'sync_src.dim', 'sync_dst.dim', mode => 'replace');
\echo :SQLSTATE
CALL gw.sync_table('sync_here', 'sync_src.dim', 'sync_dst.dim', mode => 'replace', options => '{"replace_method": "delete"}') \gset
SELECT public.sync_brief(:'result');
CALL gw.sync_table('sync_here', 'sync_src.dim', 'sync_dst.dim', mode => 'replace', options => '{"replace_method": "truncate"}');
\echo :SQLSTATE
DROP TABLE sync_dst.fact;
-- An empty source.
DELETE FROM sync_src.dim;
CALL gw.sync_table('sync_here', 'sync_src.dim', 'sync_dst.dim', mode => 'replace');
\echo :SQLSTATE
CALL gw.sync_table('sync_here', 'sync_src.dim', 'sync_dst.dim', mode => 'replace', options => '{"on_empty_source": "skip"}') \gset
SELECT public.sync_brief(:'result'), (SELECT count(*) FROM sync_dst.dim);
CALL gw.sync_table('sync_here', 'sync_src.dim', 'sync_dst.dim', mode => 'replace', options => '{"on_empty_source": "replace"}') \gset
SELECT public.sync_brief(:'result'), (SELECT count(*) FROM sync_dst.dim);

-- ---------- keys ----------
CREATE TABLE sync_src.dup (k int, v text, at timestamptz);
INSERT INTO sync_src.dup VALUES (1, 'old', '2024-01-01'), (1, 'new', '2024-01-02'), (2, 'x', '2024-01-01'), (2, 'y', '2024-01-01');
CALL gw.sync_table('sync_here', 'sync_src.dup', 'sync_dst.dup', mode => 'merge', keys => '{k}');
\echo :SQLSTATE
CALL gw.sync_table('sync_here', 'sync_src.dup', 'sync_dst.dup', mode => 'merge', keys => '{k}', cursor_field => 'at', options => :'now') \gset
SELECT public.sync_brief(:'result');
SELECT k, v FROM sync_dst.dup ORDER BY k;
INSERT INTO sync_src.dup VALUES (NULL, 'no key', now());
CALL gw.sync_table('sync_here', 'sync_src.dup', 'sync_dst.dup', mode => 'merge', keys => '{k}', cursor_field => 'at', options => :'now');
\echo :SQLSTATE
CREATE TABLE sync_dst.keyless (k int, v text, at timestamptz);
CALL gw.sync_table('sync_here', 'sync_src.dup', 'sync_dst.keyless', mode => 'merge', keys => '{k}');
\echo :SQLSTATE

-- ---------- compared before anything is read ----------
CREATE TABLE sync_src.shape (id int NOT NULL, amount numeric(12,4), note text);
INSERT INTO sync_src.shape VALUES (1, 1.2345, 'n');
CREATE TABLE sync_dst.shape (id bigint, amount numeric(18,2), note text);
CALL gw.sync_table('sync_here', 'sync_src.shape', 'sync_dst.shape');
\echo :SQLSTATE
ALTER TABLE sync_dst.shape ALTER amount TYPE numeric(18,4), DROP note;
CALL gw.sync_table('sync_here', 'sync_src.shape', 'sync_dst.shape');
\echo :SQLSTATE
ALTER TABLE sync_dst.shape ADD note text NOT NULL;
CALL gw.sync_table('sync_here', 'sync_src.shape', 'sync_dst.shape');
\echo :SQLSTATE
ALTER TABLE sync_dst.shape ALTER note DROP NOT NULL, ADD extra int NOT NULL;
CALL gw.sync_table('sync_here', 'sync_src.shape', 'sync_dst.shape');
\echo :SQLSTATE
ALTER TABLE sync_dst.shape ALTER extra SET DEFAULT 5, ADD twice int GENERATED ALWAYS AS (id * 2) STORED;
CALL gw.sync_table('sync_here', 'sync_src.shape', 'sync_dst.shape') \gset
SELECT public.sync_brief(:'result');
TABLE sync_dst.shape;
-- A source that shrinks, and one that grows.
ALTER TABLE sync_src.shape DROP note;
CALL gw.sync_table('sync_here', 'sync_src.shape', 'sync_dst.shape');
\echo :SQLSTATE
ALTER TABLE sync_dst.shape DROP note;
ALTER TABLE sync_src.shape ADD colour text;
CALL gw.sync_table('sync_here', 'sync_src.shape', 'sync_dst.shape');
\echo :SQLSTATE
-- The cursor changes its type.
ALTER TABLE sync_src.log ALTER id TYPE bigint;
ALTER TABLE sync_dst.log ALTER id TYPE bigint;
CALL gw.sync_table('sync_here', 'sync_src.log', 'sync_dst.log', cursor_field => 'id');
\echo :SQLSTATE

-- ---------- bad requests ----------
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.x', mode => 'upsert');
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.x', mode => 'merge');
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.x', keys => '{id}');
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.x', mode => 'replace', cursor_field => 'id');
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.x', cursor_field => 'chnged_at');
\echo :SQLSTATE
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.x', mode => 'merge', keys => '{idd}');
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.x', cursor_field => 'name');
\echo :SQLSTATE
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.x', cursor_field => 'id', cursor_id_field => 'id');
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.x', cursor_id_field => 'id');
CALL gw.sync_table('sync_here', 'sync_src.itm', 'sync_dst.x');
\echo :SQLSTATE
CALL gw.sync_table('sync_her', 'sync_src.item', 'sync_dst.x');
\echo :SQLSTATE
CALL gw.sync_table('sync_here', 'a.b.c.d', 'sync_dst.x');
CALL gw.sync_table('sync_here', 'sync_src.item', 'nowhere.x');
\echo :SQLSTATE
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.dim_view');
\echo :SQLSTATE
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.x', options => '{"on_conflct": "wait"}');
\echo :SQLSTATE
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.x', options => '{"on_conflict": "maybe"}');
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.x', options => '{"horizon_wait": "soon"}');
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.x', options => '[1]');
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.x', options => '{"create_target": false}');
\echo :SQLSTATE
CALL gw.sync_table('sync_here', NULL, 'sync_dst.x');
CREATE TEMP TABLE fleeting (id int);
CALL gw.sync_table('sync_here', 'sync_src.item', 'fleeting');
\echo :SQLSTATE

-- ---------- rights ----------
RESET SESSION AUTHORIZATION;
CREATE TABLE public.sync_not_mine (id int, v text);
SET SESSION AUTHORIZATION regress_gw_mover;
CALL gw.sync_table('sync_here', 'sync_src.dim', 'public.sync_not_mine');
\echo :SQLSTATE
RESET SESSION AUTHORIZATION;
REVOKE USAGE ON FOREIGN SERVER sync_here FROM regress_gw_mover;
SET SESSION AUTHORIZATION regress_gw_mover;
CALL gw.sync_table('sync_here', 'sync_src.dim', 'sync_dst.dim');
\echo :SQLSTATE
RESET SESSION AUTHORIZATION;
GRANT USAGE ON FOREIGN SERVER sync_here TO regress_gw_mover;
CREATE ROLE regress_gw_other;
SELECT gw.grant_usage('regress_gw_other', 'operator');
GRANT USAGE ON FOREIGN SERVER sync_here TO regress_gw_other;
GRANT ALL ON SCHEMA sync_src, sync_dst TO regress_gw_other;
SET SESSION AUTHORIZATION regress_gw_other;
CALL gw.sync_table('sync_here', 'sync_src.item', 'sync_dst.item', mode => 'merge', keys => '{id}', cursor_field => 'changed_at');
\echo :SQLSTATE
SELECT count(*) AS nothing_of_others FROM gw.stream;
UPDATE gw.watermark SET cursor_value = 'x';
\echo :SQLSTATE
SET SESSION AUTHORIZATION regress_gw_mover;

-- Row security of the target holds: rows go in by INSERT, replace is refused.
CREATE TABLE sync_src.secret (id int PRIMARY KEY, who text);
INSERT INTO sync_src.secret VALUES (1, 'regress_gw_mover');
CREATE TABLE sync_dst.secret (id int PRIMARY KEY, who text);
ALTER TABLE sync_dst.secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE sync_dst.secret FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON sync_dst.secret USING (who = current_user);
CALL gw.sync_table('sync_here', 'sync_src.secret', 'sync_dst.secret', mode => 'merge', keys => '{id}') \gset
SELECT public.sync_brief(:'result');
INSERT INTO sync_src.secret VALUES (2, 'somebody');
CALL gw.sync_table('sync_here', 'sync_src.secret', 'sync_dst.secret', mode => 'merge', keys => '{id}');
\echo :SQLSTATE
CALL gw.sync_table('sync_here', 'sync_src.secret', 'sync_dst.secret', mode => 'replace');
\echo :SQLSTATE

-- ---------- a failure leaves nothing but its record ----------
CREATE TABLE sync_dst.strict (id int, line text CHECK (line <> 'eleven'));
CALL gw.sync_table('sync_here', 'sync_src.log', 'sync_dst.strict');
\echo :SQLSTATE
SELECT count(*) FROM sync_dst.strict;
ALTER TABLE sync_dst.strict ALTER id TYPE bigint;
CALL gw.sync_table('sync_here', 'sync_src.log', 'sync_dst.strict');
\echo :SQLSTATE
SELECT count(*) FROM sync_dst.strict;
SELECT r.state, t.state AS task, r.sqlstate, r.error_class, r.error
FROM gw.run r JOIN gw.task t USING (run_id) ORDER BY run_id DESC LIMIT 1;
-- A constraint that is checked at commit fails in time to be recorded.
CREATE TABLE sync_dst.keyed (id bigint PRIMARY KEY);
CREATE TABLE sync_dst.later (id bigint REFERENCES sync_dst.keyed DEFERRABLE INITIALLY DEFERRED, line text);
CALL gw.sync_table('sync_here', 'sync_src.log', 'sync_dst.later');
\echo :SQLSTATE
SELECT r.state, r.sqlstate FROM gw.run r ORDER BY run_id DESC LIMIT 1;

-- ---------- inside a transaction block ----------
CREATE TABLE sync_src.inside (id int PRIMARY KEY, at timestamptz NOT NULL);
INSERT INTO sync_src.inside VALUES (1, '2024-01-01');
BEGIN;
CALL gw.sync_table('sync_here', 'sync_src.inside', 'sync_dst.inside', cursor_field => 'at', options => :'now') \gset
SELECT public.sync_brief(:'result'), (SELECT count(*) FROM sync_dst.inside);
ROLLBACK;
SELECT to_regclass('sync_dst.inside'), gw.get_watermark('sync_here', 'sync_src.inside', 'sync_dst.inside');
BEGIN;
INSERT INTO sync_src.inside VALUES (2, now());
\set VERBOSITY terse
CALL gw.sync_table('sync_here', 'sync_src.inside', 'sync_dst.inside', cursor_field => 'at',
                   options => '{"horizon_margin": 0, "horizon_wait": 0}') \gset
\set VERBOSITY default
SELECT public.sync_brief(:'result');
INSERT INTO sync_src.inside VALUES (3, now());
COMMIT;
CALL gw.sync_table('sync_here', 'sync_src.inside', 'sync_dst.inside', cursor_field => 'at', options => :'now') \gset
SELECT public.sync_brief(:'result'), public.sync_same('sync_src.inside', 'sync_dst.inside');
BEGIN ISOLATION LEVEL REPEATABLE READ;
CALL gw.sync_table('sync_here', 'sync_src.inside', 'sync_dst.inside', cursor_field => 'at', options => :'now');
\echo :SQLSTATE
ROLLBACK;
SET default_transaction_isolation = 'repeatable read';
CALL gw.sync_table('sync_here', 'sync_src.inside', 'sync_dst.inside', cursor_field => 'at', options => :'now') \gset
RESET default_transaction_isolation;
SELECT public.sync_brief(:'result');
-- From a function everything belongs to the caller's transaction too.
CREATE FUNCTION sync_dst.call_it() RETURNS text LANGUAGE plpgsql AS $$
DECLARE r jsonb;
BEGIN
  CALL gw.sync_table('sync_here', 'sync_src.inside', 'sync_dst.inside', cursor_field => 'at', result => r);
  RETURN public.sync_brief(r);
END $$;
SELECT sync_dst.call_it();

-- ---------- names and odd tables ----------
CREATE TABLE sync_src."Odd ""Table""" ("Key" int PRIMARY KEY, "a b" text, "select" text, "ümlaut" text);
INSERT INTO sync_src."Odd ""Table""" VALUES (1, E'tab\t nl\n bs\\ ''', '\N', NULL);
CALL gw.sync_table('sync_here', 'sync_src."Odd ""Table"""', 'sync_dst."Odd"', mode => 'merge', keys => '{Key}') \gset
SELECT public.sync_brief(:'result'), :'result'::jsonb ->> 'stream' AS stream;
SELECT public.sync_same('sync_src."Odd ""Table"""', 'sync_dst."Odd"');
-- A partitioned target; values that move nowhere near a page.
CREATE TABLE sync_src.wide (id int PRIMARY KEY, big text);
INSERT INTO sync_src.wide SELECT g, repeat(md5(g::text), 2000) FROM generate_series(1, 30) g;
CREATE TABLE sync_dst.wide (id int PRIMARY KEY, big text) PARTITION BY RANGE (id);
CREATE TABLE sync_dst.wide_1 PARTITION OF sync_dst.wide FOR VALUES FROM (0) TO (10);
CREATE TABLE sync_dst.wide_2 PARTITION OF sync_dst.wide FOR VALUES FROM (10) TO (1000);
CALL gw.sync_table('sync_here', 'sync_src.wide', 'sync_dst.wide', mode => 'merge', keys => '{id}') \gset
SELECT public.sync_brief(:'result'), public.sync_same('sync_src.wide', 'sync_dst.wide');
UPDATE sync_src.wide SET big = 'small' WHERE id < 3;
CALL gw.sync_table('sync_here', 'sync_src.wide', 'sync_dst.wide', mode => 'merge', keys => '{id}') \gset
SELECT public.sync_brief(:'result'), public.sync_same('sync_src.wide', 'sync_dst.wide');
-- Types of the user's own, and a table of nothing but its key.
CREATE TYPE sync_src.mood AS ENUM ('sad', 'happy');
CREATE TABLE sync_src.own (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, m sync_src.mood, r int4range, x xml, p point);
INSERT INTO sync_src.own (m, r, x, p) VALUES ('happy', '[1,5)', '<a/>', '(1,2)');
CALL gw.sync_table('sync_here', 'sync_src.own', 'sync_dst.own', mode => 'merge', keys => '{id}') \gset
SELECT public.sync_brief(:'result');
CALL gw.sync_table('sync_here', 'sync_src.own', 'sync_dst.own', mode => 'merge', keys => '{id}') \gset
SELECT public.sync_brief(:'result');
SELECT id, m, r, x, p FROM sync_dst.own;

-- ---------- the same over the wire ----------
CALL gw.sync_table('sync_wire', 'sync_src.item', 'sync_dst.wired', mode => 'merge', keys => '{id}',
                   cursor_field => 'changed_at', cursor_id_field => 'id', options => :'now') \gset
SELECT public.sync_brief(:'result'), public.sync_same('sync_src.item', 'sync_dst.wired');
UPDATE sync_src.item SET price = -1, changed_at = now() WHERE id IN (1, 2, 3);
CALL gw.sync_table('sync_wire', 'sync_src.item', 'sync_dst.wired', mode => 'merge', keys => '{id}',
                   cursor_field => 'changed_at', cursor_id_field => 'id', options => :'now') \gset
SELECT public.sync_brief(:'result'), public.sync_same('sync_src.item', 'sync_dst.wired');
CALL gw.sync_table('sync_wire', 'sync_src.own', 'sync_dst.wired_own', mode => 'replace') \gset
SELECT public.sync_brief(:'result');
SELECT id, m, r, x, p FROM sync_dst.wired_own;
CALL gw.sync_table('sync_wire', 'sync_src.zone', 'sync_dst.wired_zone', cursor_field => 'at', options => :'now') \gset
SELECT public.sync_brief(:'result'), public.sync_same('sync_src.zone', 'sync_dst.wired_zone');
BEGIN;
CALL gw.sync_table('sync_wire', 'sync_src.event', 'sync_dst.wired_event', cursor_field => 'at', cursor_id_field => 'id', options => :'now') \gset
SELECT public.sync_brief(:'result');
COMMIT;
SELECT public.sync_same('sync_src.event', 'sync_dst.wired_event');

-- The two-second margin is waited for only when rows lie in it.
INSERT INTO sync_src.event VALUES (9999, timezone('UTC', now()));
CALL gw.sync_table('sync_wire', 'sync_src.event', 'sync_dst.wired_event', cursor_field => 'at', cursor_id_field => 'id', options => '{"horizon_margin": "300ms", "time_zone": "UTC"}') \gset
SELECT public.sync_brief(:'result'), (:'result'::jsonb ->> 'elapsed_ms')::numeric >= 300 AS waited;

RESET SESSION AUTHORIZATION;
SET client_min_messages = warning;
DROP SCHEMA sync_src, sync_dst CASCADE;
DROP TABLE public.sync_not_mine;
DELETE FROM gw.stream;
DELETE FROM gw.run;
DROP SERVER sync_here CASCADE;
DROP SERVER sync_wire CASCADE;
DROP FUNCTION public.sync_brief, public.sync_same;
DROP OWNED BY regress_gw_mover, regress_gw_other;
DROP ROLE regress_gw_mover, regress_gw_other;
