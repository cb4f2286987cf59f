-- Movement scenarios by number, those that users of other tools lost rows by.
-- Also elsewhere: 1 and 7 in specs/sync_late, 4 in specs/sync_moving, 31 in
-- specs/sync_twice, 35 in tap/050_sync_kill and the kill suite; 2, 8, 10, 45,
-- 46 and 47 in sql/sync.
-- Needs: nothing but the extension; sources are local tables.
\set SHOW_CONTEXT never
SET client_min_messages = notice;
CREATE SERVER sc_here FOREIGN DATA WRAPPER gw_local;
CREATE SCHEMA sc_src;
CREATE SCHEMA sc_dst;
\set now '{"horizon_margin": 0}'
CREATE FUNCTION public.sc_brief(result jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ', result ->> 'state', 'read', result ->> 'rows_read',
                   'new', result ->> 'rows_inserted', 'waiting', result ->> 'rows_waiting')
$$;
CREATE FUNCTION public.sc_same(source regclass, target regclass) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  same boolean;
BEGIN
  EXECUTE format('SELECT NOT EXISTS ((TABLE %1$s EXCEPT ALL TABLE %2$s)
                         UNION ALL (TABLE %2$s EXCEPT ALL TABLE %1$s))', source, target) INTO same;
  RETURN same;
END
$$;

-- 5: rows at the watermark's very instant that come later: the id tells them
-- apart.
CREATE TABLE sc_src.s5 (id int, at timestamptz NOT NULL);
INSERT INTO sc_src.s5 SELECT g, '2024-01-01 12:00+00' FROM generate_series(1, 3) g;
CALL gw.sync_table('sc_here', 'sc_src.s5', 'sc_dst.s5', cursor_field => 'at', cursor_id_field => 'id', options => :'now') \gset
SELECT public.sc_brief(:'result');
INSERT INTO sc_src.s5 SELECT g, '2024-01-01 12:00+00' FROM generate_series(4, 5) g;
CALL gw.sync_table('sc_here', 'sc_src.s5', 'sc_dst.s5', cursor_field => 'at', cursor_id_field => 'id', options => :'now') \gset
SELECT public.sc_brief(:'result'), public.sc_same('sc_src.s5', 'sc_dst.s5');

-- 11: the hour that the clocks repeat.  A cursor without zone is text to us:
-- nothing shifts, whatever zone the session is in.
SET timezone = 'Europe/Berlin';
CREATE TABLE sc_src.s11 (id int, at timestamp NOT NULL);
INSERT INTO sc_src.s11 VALUES (1, '2024-10-27 02:15'), (2, '2024-10-27 02:45');
CALL gw.sync_table('sc_here', 'sc_src.s11', 'sc_dst.s11', cursor_field => 'at', cursor_id_field => 'id', options => :'now') \gset
SELECT public.sc_brief(:'result'), :'result'::jsonb ->> 'watermark' AS watermark;
SET timezone = 'America/New_York';
INSERT INTO sc_src.s11 VALUES (3, '2024-10-27 02:45'), (4, '2024-10-27 03:15');
CALL gw.sync_table('sc_here', 'sc_src.s11', 'sc_dst.s11', cursor_field => 'at', cursor_id_field => 'id', options => :'now') \gset
SELECT public.sc_brief(:'result'), :'result'::jsonb ->> 'watermark' AS watermark, public.sc_same('sc_src.s11', 'sc_dst.s11');
RESET timezone;

-- 19: the load fails after the read; mended, the same rows come once.
CREATE TABLE sc_src.s19 (id int);
INSERT INTO sc_src.s19 SELECT generate_series(1, 10);
CREATE TABLE sc_dst.s19 (id int CHECK (id <> 7));
CALL gw.sync_table('sc_here', 'sc_src.s19', 'sc_dst.s19', cursor_field => 'id');
\echo :SQLSTATE
SELECT count(*), (SELECT cursor_value FROM gw.watermark JOIN gw.stream USING (stream_id) WHERE target = 'sc_dst.s19') FROM sc_dst.s19;
ALTER TABLE sc_dst.s19 DROP CONSTRAINT s19_id_check;
CALL gw.sync_table('sc_here', 'sc_src.s19', 'sc_dst.s19', cursor_field => 'id') \gset
SELECT public.sc_brief(:'result'), public.sc_same('sc_src.s19', 'sc_dst.s19');

-- 29: a run that finds nothing, even in an emptied source, keeps the value.
CALL gw.sync_table('sc_here', 'sc_src.s19', 'sc_dst.s19', cursor_field => 'id') \gset
SELECT public.sc_brief(:'result'), :'result'::jsonb ->> 'watermark' AS watermark;
TRUNCATE sc_src.s19;
CALL gw.sync_table('sc_here', 'sc_src.s19', 'sc_dst.s19', cursor_field => 'id') \gset
SELECT public.sc_brief(:'result'), :'result'::jsonb ->> 'watermark' AS watermark;
-- 39 (b): and an incremental run never empties its target.
SELECT count(*) FROM sc_dst.s19;
SELECT op, old_value, new_value, rows FROM gw.watermark_history WHERE stream LIKE '%s19' ORDER BY history_id;

-- 37: the source fails in the middle of a full refresh.
CREATE TABLE sc_src.s37_rows (id int);
INSERT INTO sc_src.s37_rows SELECT generate_series(1, 1000);
CREATE VIEW sc_src.s37 AS SELECT id, 100 / (id - 900) AS x FROM sc_src.s37_rows;
CREATE TABLE sc_dst.s37 AS SELECT 0 AS id, 0 AS x;
CALL gw.sync_table('sc_here', 'sc_src.s37', 'sc_dst.s37', mode => 'replace');
\echo :SQLSTATE
TABLE sc_dst.s37;

-- 39 (a): a source that is really empty.
TRUNCATE sc_src.s37_rows;
CALL gw.sync_table('sc_here', 'sc_src.s37', 'sc_dst.s37', mode => 'replace');
\echo :SQLSTATE
SELECT count(*) FROM sc_dst.s37;

-- 40, 41, 44: what hangs on a replaced table: owner, grants, comments, row
-- security switched off, view, index, trigger, publication and storage options.
CREATE ROLE regress_gw_sc_owner;
CREATE TABLE sc_src.s41 (id int NOT NULL, v text);
INSERT INTO sc_src.s41 VALUES (1, 'new'), (2, 'new');
CREATE TABLE sc_dst.s41 (id int PRIMARY KEY, v text) WITH (fillfactor = 70);
INSERT INTO sc_dst.s41 VALUES (9, 'old');
CREATE INDEX s41_v ON sc_dst.s41 (v);
COMMENT ON TABLE sc_dst.s41 IS 'kept';
COMMENT ON COLUMN sc_dst.s41.v IS 'kept too';
GRANT SELECT (id) ON sc_dst.s41 TO PUBLIC;
CREATE VIEW sc_dst.s41_view AS SELECT string_agg(v, ',' ORDER BY id) AS all_v FROM sc_dst.s41;
CREATE MATERIALIZED VIEW sc_dst.s41_mat AS SELECT count(*) AS n FROM sc_dst.s41;
SET client_min_messages = error;
CREATE PUBLICATION regress_gw_pub FOR TABLE sc_dst.s41;
SET client_min_messages = notice;
CREATE FUNCTION sc_dst.s41_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v := upper(NEW.v); RETURN NEW; END $$;
CREATE TRIGGER stamp BEFORE INSERT ON sc_dst.s41 FOR EACH ROW EXECUTE FUNCTION sc_dst.s41_stamp();
ALTER TABLE sc_dst.s41 OWNER TO regress_gw_sc_owner;
SELECT 'sc_dst.s41'::regclass::oid AS before \gset
CALL gw.sync_table('sc_here', 'sc_src.s41', 'sc_dst.s41', mode => 'replace') \gset
SELECT public.sc_brief(:'result');
SELECT all_v FROM sc_dst.s41_view;
SELECT oid = :before AS same, relowner::regrole, reloptions, obj_description(oid) AS comment, col_description(oid, 2) AS column_comment,
       has_column_privilege('public', oid, 'id', 'SELECT') AS granted,
       (SELECT count(*) FROM pg_index WHERE indrelid = c.oid AND indisvalid) AS indexes,
       (SELECT count(*) FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal) AS triggers,
       (SELECT count(*) FROM pg_publication_tables WHERE tablename = 's41') AS published
FROM pg_class c WHERE oid = 'sc_dst.s41'::regclass;
REFRESH MATERIALIZED VIEW sc_dst.s41_mat;
TABLE sc_dst.s41_mat;

-- 46: a merge without a key is refused, never turned into something else.
CALL gw.sync_table('sc_here', 'sc_src.s41', 'sc_dst.s46', mode => 'merge');
\echo :SQLSTATE
SELECT to_regclass('sc_dst.s46');

-- 56: an append that runs again finds nothing twice, with and without an id.
CREATE TABLE sc_src.s56 (id int, at timestamptz NOT NULL);
INSERT INTO sc_src.s56 SELECT g, timestamptz '2024-01-01 00:00+00' + (g / 4) * interval '1 second' FROM generate_series(1, 20) g;
CALL gw.sync_table('sc_here', 'sc_src.s56', 'sc_dst.s56', cursor_field => 'at', options => :'now') \gset
SELECT public.sc_brief(:'result');
CALL gw.sync_table('sc_here', 'sc_src.s56', 'sc_dst.s56', cursor_field => 'at', options => :'now') \gset
SELECT public.sc_brief(:'result'), public.sc_same('sc_src.s56', 'sc_dst.s56');

-- 70: a date far ahead does not carry the watermark away; later rows load.
CREATE TABLE sc_src.s70 (id int, at timestamptz NOT NULL);
INSERT INTO sc_src.s70 VALUES (1, '2024-01-01'), (2, '2099-01-01');
\set VERBOSITY terse
CALL gw.sync_table('sc_here', 'sc_src.s70', 'sc_dst.s70', cursor_field => 'at', options => '{"horizon_margin": 0, "horizon_wait": 0}') \gset
SELECT public.sc_brief(:'result');
INSERT INTO sc_src.s70 VALUES (3, now());
SELECT pg_sleep(0.01);
CALL gw.sync_table('sc_here', 'sc_src.s70', 'sc_dst.s70', cursor_field => 'at', options => '{"horizon_margin": 0, "horizon_wait": "1s"}') \gset
\set VERBOSITY default
SELECT public.sc_brief(:'result'), (:'result'::jsonb ->> 'watermark')::timestamptz <= now() AS sane;
SELECT array_agg(id ORDER BY id) FROM sc_dst.s70;

SET client_min_messages = warning;
DROP PUBLICATION regress_gw_pub;
DROP SCHEMA sc_src, sc_dst CASCADE;
DELETE FROM gw.stream;
DELETE FROM gw.run;
DROP SERVER sc_here CASCADE;
DROP FUNCTION public.sc_brief, public.sc_same;
DROP ROLE regress_gw_sc_owner;
