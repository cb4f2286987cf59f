-- What goes to the remote, what stays and why, and that it makes no difference
-- to the answer.  Each clause runs on a foreign table and on a local copy.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS warehouse_gw;
RESET client_min_messages;
SET timezone = 'Europe/Berlin';
SET warehouse_gw.enable_whole_query = off;

CREATE SCHEMA dp_there;
CREATE SCHEMA dp_here;
CREATE TYPE public.dp_mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN public.dp_positive AS int CHECK (VALUE > 0);

CREATE TABLE dp_there.t (
  id int PRIMARY KEY, i2 smallint, i8 bigint, n numeric, n2 numeric(10,2), f4 real, f8 float8,
  s text, v varchar(20), c char(5), b bool, d date, ts timestamp, tz timestamptz, tm time,
  iv interval, u uuid, by bytea, j jsonb, js json, ia int[], sa text[], r int4range, ip inet,
  bt bit(4), nm name, mood public.dp_mood, pos public.dp_positive, "Odd ""col" int);
INSERT INTO dp_there.t
SELECT i, (i - 5)::smallint, i * 1000000000000, i / 3.0, i * 1.25, (i / 3.0)::real, i / 7.0::float8,
       (ARRAY['abc', 'ABC', 'äbc', 'a_c', 'b%', 'it''s', E'back\\slash', '', NULL, 'z', 'Z', '😀'])[i],
       (ARRAY['abc', 'ABC', 'x ', 'x', NULL])[i], (ARRAY['abc', 'x', 'x ', '', NULL])[i],
       CASE WHEN i % 3 > 0 THEN i % 2 = 0 END, date '2026-03-20' + i * 3,
       timestamp '2026-03-28 22:30:00' + i * interval '20 min',
       timestamptz '2026-03-28 22:30:00+00' + i * interval '20 min',
       time '10:00' + i * interval '7 min', i * interval '1 day 3 hours',
       lpad(to_hex(i), 32, '0')::uuid, decode(lpad(to_hex(i), 4, '0'), 'hex'),
       jsonb_build_object('k', i, 't', 'v' || i), json_build_object('k', i),
       ARRAY[i, i + 1, NULL], ARRAY['a' || i, 'B'], int4range(i, i + 4),
       ('10.0.0.' || i)::inet, i::bit(4), 'n' || i,
       (ARRAY['sad', 'ok', 'happy'])[1 + i % 3]::public.dp_mood, i, i * 10
FROM generate_series(1, 12) i;
INSERT INTO dp_there.t (id, n, f4, f8, d, ts, tz) VALUES
  (13, 'NaN', 'NaN', 'NaN', 'infinity', 'infinity', 'infinity'),
  (14, 'Infinity', '-Infinity', 'Infinity', '-infinity', '-infinity', '-infinity'),
  (15, -0.0, '-0', '-0', '0044-03-15 BC', '0044-03-15 12:00 BC', '0044-03-15 12:00+00 BC');
CREATE TABLE dp_here.t AS TABLE dp_there.t;

-- The same table on both platforms, declared by hand: what IMPORT makes of a
-- table is another test's business.
CREATE SERVER dp_local FOREIGN DATA WRAPPER gw_local;
DO $$
DECLARE
  columns text;
BEGIN
  EXECUTE format('CREATE SERVER dp_postgres FOREIGN DATA WRAPPER gw_postgres
                  OPTIONS (host %L, port %L, dbname %L)',
                 split_part(current_setting('unix_socket_directories'), ',', 1),
                 current_setting('port'), current_database());
  EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER dp_postgres
                  OPTIONS (user %L, password_required ''false'')', current_user);
  SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
  INTO columns FROM pg_attribute
  WHERE attrelid = 'dp_there.t'::regclass AND attnum > 0;
  EXECUTE format('CREATE FOREIGN TABLE dp_here.t_local (%s) SERVER dp_local
                  OPTIONS (schema_name ''dp_there'', table_name ''t'')', columns);
  EXECUTE format('CREATE FOREIGN TABLE dp_here.t_postgres (%s) SERVER dp_postgres
                  OPTIONS (schema_name ''dp_there'', table_name ''t'')', columns);
END
$$;

-- The remote statement after SELECT ... FROM, the reasons, and whether the
-- answer is that of the copy.
CREATE FUNCTION public.dp_explain(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text;
  result text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    IF line ~ '^\s*Remote SQL: ' THEN
      result := result || coalesce(substring(line FROM ' FROM [^ ]+ ?(.*)$'), '');
    ELSIF line ~ '^\s*Kept Local: ' THEN
      result := result || ' [' || substring(line FROM '.*: (.*)$') || ']';
    END IF;
  END LOOP;
  RETURN btrim(result);
EXCEPTION WHEN feature_not_supported THEN
  RETURN 'error';
END
$$;
CREATE FUNCTION public.dp_rows(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('SELECT coalesce(string_agg(id::text, '','' ORDER BY id), ''none'') FROM (%s) q', query)
  INTO result;
  RETURN result;
EXCEPTION WHEN data_exception OR feature_not_supported THEN
  RETURN 'error';
END
$$;
CREATE FUNCTION public.dp(clauses text[], target text DEFAULT 'dp_here.t_postgres')
RETURNS TABLE (clause text, remote text, answer text) LANGUAGE plpgsql AS $$
DECLARE
  wanted text;
  got text;
BEGIN
  FOREACH clause IN ARRAY clauses LOOP
    remote := public.dp_explain(format('SELECT id FROM %s t WHERE %s', target, clause));
    wanted := public.dp_rows('SELECT id FROM dp_here.t t WHERE ' || clause);
    got := public.dp_rows(format('SELECT id FROM %s t WHERE %s', target, clause));
    answer := CASE WHEN got = wanted THEN got ELSE 'WRONG: ' || got || ' for ' || wanted END;
    RETURN NEXT;
  END LOOP;
END
$$;
\pset format unaligned
\pset tuples_only on
\pset null '(null)'

-- Numbers
SELECT * FROM public.dp(ARRAY[
  'id = 3', 'id <> 3', 'id = -3', 'i2 < -2', 'i2 = 2::smallint', 'i8 > 5000000000000', 'id + i2 > 4',
  'n = 1', 'n = ''NaN''', 'n > 1e40', 'n < 1.0', 'n2 = 2.50', 'f8 = ''NaN''', 'f8 > 1e308', 'f8 = 0', 'f4 = 0.1',
  'f8 < ''-Infinity''', '-id = -4', 'abs(i2) = 2', 'id % 2 = 0', 'id / 2 = 2', '10 / i2 > 1', 'i2 <> 0 AND 10 / i2 > 1',
  'round(n, 1) = 1.7', 'id::numeric / 3 > 3', 'n2::int = 3', 'f8::int = 1', 'power(f8, 2) < 1', 'mod(i8, 7) = 1',
  'id & 3 = 1', 'gcd(id, 6) = 3', 'width_bucket(n2, 0, 10, 5) = 2', '"Odd ""col" = 40', 'id::text = ''3''', 'f8::text = ''1''',
  'random() < 2', 'id < random() * 0']);

-- Booleans, nulls, CASE and friends
SELECT * FROM public.dp(ARRAY[
  'b', 'NOT b', 'b IS TRUE', 'b IS NOT TRUE', 'b IS UNKNOWN', 'b IS NOT FALSE', 'b = (id > 3)', 's IS NULL', 's IS NOT NULL',
  'id = 1 OR (id > 5 AND NOT (id > 8))', 's IS DISTINCT FROM ''abc''', 'id IS NOT DISTINCT FROM 3', 'b IS DISTINCT FROM NULL',
  'NULLIF(id, 3) IS NULL', 'COALESCE(s, ''none'') = ''none''', 'GREATEST(id, i2, 4) = 4', 'LEAST(id, 5) = 5',
  'GREATEST(s, ''b'') = ''b''', 'CASE id WHEN 1 THEN true WHEN 2 THEN b ELSE id > 10 END',
  'CASE WHEN id > 3 THEN s ELSE ''abc'' END = ''abc''', 'CASE WHEN b THEN 1 END = 1',
  'CASE s WHEN ''abc'' THEN 1 WHEN ''ABC'' THEN 2 END > 0', 't IS NOT NULL', 'ROW(id, i2) > ROW(5, 1)']);

-- Lists and arrays
SELECT * FROM public.dp(ARRAY[
  'id IN (1, 2, 99)', 'id NOT IN (1, 2)', 'id NOT IN (1, NULL)', 'id = ANY (''{}'')', 'id = ANY (NULL::int[])', 'id <> ALL (''{1,2}'')',
  's IN (''abc'', ''z'')', 's = ANY (''{abc,NULL}'')', 's LIKE ANY (''{a%,Z}'')', 'v IN (''x'', ''x '')', 'c IN (''x'', ''abc'')', 'id = ANY (ia)', 'ia[1] = 4',
  'ia[1:1] = ''{4}''', 'ia @> ''{3}''', 'ia && ARRAY[id, 99]', 'sa = ''{a1,B}''', 'sa < ''{a2}''', 'array_length(ia, 1) = 3', 'cardinality(sa) = 2',
  'array_position(sa, ''B'') = 2', 'sa || ''x''::text = ''{a1,B,x}''', '''a3'' = ANY (sa)', 'sa[1] = ''a4''', 'ARRAY[id, 2] = ''{1,2}''']);

-- Strings
SELECT * FROM public.dp(ARRAY[
  's = ''abc''', 's <> ''abc''', 's = ''it''''s''', 's = E''back\\slash''', 's = ''''', 's = ''😀''', 'v = ''x''', 'v = ''x ''', 'c = ''x''', 'c = ''x    ''',
  'c::text = ''x''', 's < ''b''', 's >= ''Z''', 's COLLATE "C" < ''b''', 's BETWEEN ''A'' AND ''a''', 's ~<~ ''b''', 's LIKE ''a%''', 's LIKE ''a\_c''',
  's NOT LIKE ''%c''', 's ILIKE ''A%''', 's ~ ''^\w+$''', 's ~* ''^A''', 'lower(s) = ''abc''', 'upper(v) = ''ABC''', 'initcap(s) = ''Abc''', 'length(s) = 3',
  'octet_length(s) = 4', 'length(c) = 1', 's || ''x'' = ''abcx''', 'left(s, 1) = ''a''', 'right(s, 1) = ''c''', 'substr(s, 2) = ''bc''', 'substring(s FROM 2 FOR 1) = ''b''',
  'substring(s FROM ''b.'') = ''bc''', 'position(''b'' IN s) = 2', 'strpos(s, ''c'') = 3', 'replace(s, ''b'', ''d'') = ''adc''', 'overlay(s PLACING ''x'' FROM 1 FOR 1) = ''xbc''',
  'trim(v) = ''x''', 'lpad(s, 5, ''*'') = ''**abc''', 'split_part(s, ''b'', 2) = ''c''', 'starts_with(s, ''a'')', 's ^@ ''a''', 'reverse(s) = ''cba''', 'md5(s) = md5(''abc'')', 'translate(s, ''ab'', ''xy'') = ''xyc''',
  'ascii(s) = 97', 'chr(id + 96) = ''c''', 'to_hex(id) = ''a''', 'regexp_replace(s, ''b'', '''') = ''ac''', 'regexp_match(s, ''b'') IS NOT NULL', 's::varchar(2) = ''ab''', 'v::char(2) = ''ab''',
  'concat(s, ''x'') = ''abcx''', 'format(''%s'', s) = ''abc''', 'nm = ''n3''', 'nm < ''n2''', 'quote_ident(s) = s', 'hashtext(s) = 1', 's = v', 's < v', 's::name = ''abc''',
  'convert_to(s, ''UTF8'') = ''abc''::bytea', 'normalize(s) = s']);

-- Dates and times: the local TimeZone is Europe/Berlin, where a summer time begins
SELECT * FROM public.dp(ARRAY[
  'd = ''2026-03-23''', 'd > ''2026-04-01''', 'd = ''infinity''', 'd < ''0001-01-01''', 'd + 1 = ''2026-03-24''', 'd - date ''2026-03-20'' = 3', 'ts > ''2026-03-29 01:00''', 'ts::date = ''2026-03-29''',
  'tz = ''2026-03-29 00:10+00''', 'tz > ''2026-03-29 03:00''', 'tz < ''infinity''', 'tz > now()', 'tz < now() - interval ''1 day''', 'd < current_date', 'ts < localtimestamp',
  'date_trunc(''day'', ts) = ''2026-03-29''', 'date_trunc(''day'', tz) = ''2026-03-29''', 'date_trunc(''hour'', tz, ''UTC'') = ''2026-03-29 00:00+00''', 'date_trunc(''day'', tz, ''Europe/Berlin'') = ''2026-03-29''',
  'tz::date = ''2026-03-29''', 'tz::timestamp > ''2026-03-29 03:00''', 'd::timestamptz > ''2026-03-29''', 'ts < tz', 'extract(hour FROM ts) = 1', 'extract(hour FROM tz) = 1', 'extract(epoch FROM tz) > 1774742400',
  'date_part(''dow'', d) = 0', 'tz + interval ''1 hour'' > ''2026-03-29 03:30+00''', 'tz + interval ''1 day'' > ''2026-03-30 00:00+00''', 'tz - tz = interval ''0''', 'tz AT TIME ZONE ''UTC'' > ''2026-03-29 01:00''',
  'tz AT TIME ZONE ''Europe/Berlin'' > ''2026-03-29 01:00''', 'ts + iv > ''2026-04-03''', 'iv > interval ''5 days''', 'iv = interval ''1 day 3 hours''', 'tm > ''11:00''', 'to_char(ts, ''YYYY'') = ''2026''', 'to_char(tz, ''HH24'') = ''01''', 'tz::text LIKE ''2026%''', 'd::text = ''2026-03-23''',
  'age(ts, ''2026-03-28'') < interval ''1 day''', 'make_date(2026, 3, id) < d', 'to_timestamp(id) < tz', 'isfinite(d)', '(d, ts) OVERLAPS (date ''2026-01-01'', date ''2026-06-01'')']);

-- Other types
SELECT * FROM public.dp(ARRAY[
  'u = ''00000000-0000-0000-0000-000000000003''', 'u > ''00000000-0000-0000-0000-000000000009''', 'by = ''\x0003''', 'length(by) = 2', 'encode(by, ''hex'') = ''0004''', 'j @> ''{"k": 3}''', 'j ->> ''t'' = ''v3''', '(j ->> ''k'')::int = 3', '(j -> ''k'')::int = 3', 'j = ''{"k": 3, "t": "v3"}''',
  'j < ''{"k": 3, "t": "v3"}''', 'j ? ''k''', 'j @@ ''$.k > 10''', 'j[''k''] = ''3''', 'js ->> ''k'' = ''3''', 'j #>> ''{t}'' > ''v3''', 'r @> 3', 'r && int4range(1, 3)', 'lower(r) = 3', 'r = ''[3,7)''', 'ip << ''10.0.0.0/30''', 'host(ip) = ''10.0.0.3''', 'bt = B''0011''', 'bt & B''0001'' = B''0001''',
  'mood = ''ok''', 'mood > ''ok''', 'pos = 3', 'pos + 0 = 3', 't.tableoid > 0', 'id::regclass::oid = 3', 'id::money > 3::money']);

-- The same clauses, names qualified, on the platform that shares our search_path
SELECT * FROM public.dp(ARRAY[
  'id = 3', 's IS DISTINCT FROM ''abc''', 'NULLIF(id, 3) IS NULL', 'id IN (1, 2)', 'lower(s) = ''abc''', 's COLLATE "C" < ''b''', 'n2::int = 3', 'left(s, 1) = ''a''', 'CASE id WHEN 1 THEN true END', 'tz > now()', 'ia[1] = 4', 'd = ''2026-03-23''', 'by = ''\x0003''', 'c = ''x''', 'bt = B''0011''', 'mood = ''ok'''], 'dp_here.t_local');

-- An operator and a function of the same names elsewhere in the search_path change nothing
CREATE SCHEMA dp_trap;
CREATE FUNCTION dp_trap.no(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT false';
CREATE OPERATOR dp_trap.= (LEFTARG = int, RIGHTARG = int, FUNCTION = dp_trap.no);
CREATE FUNCTION dp_trap.lower(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''trap''';
CREATE VIEW dp_here.trapped AS SELECT id FROM dp_here.t_local
WHERE id = 2 AND NULLIF(id, 3) IS NOT NULL AND id IS DISTINCT FROM 4 AND lower(s) = 'abc' AND id IN (1, 2);
SET search_path = dp_trap, pg_catalog, public;
SELECT * FROM dp_here.trapped;
RESET search_path;

-- ---- statements ----
CREATE FUNCTION public.dp_statement(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    IF line ~ '^\s*(Remote SQL: |\) AS "q")' THEN
      RETURN NEXT regexp_replace(line, '^\s*(Remote SQL: )?', '');
    END IF;
  END LOOP;
END
$$;

-- The columns that are needed, none, and all of them
SELECT public.dp_statement('SELECT s FROM dp_here.t_postgres WHERE id = 1');
SELECT public.dp_statement('SELECT s FROM dp_here.t_postgres WHERE mood = ''ok''');
SELECT public.dp_statement('SELECT 1 FROM dp_here.t_postgres WHERE id > 1');
SELECT public.dp_statement('SELECT t FROM dp_here.t_postgres t');

-- Sorting and limits: NULLs always placed, never a literal as a sort key
SELECT public.dp_statement('SELECT id FROM dp_here.t_postgres ORDER BY n2 DESC, d NULLS FIRST LIMIT 3 OFFSET 2');
SELECT public.dp_statement('SELECT id FROM dp_here.t_postgres WHERE id = 3 ORDER BY id, i8 LIMIT 1');
SELECT public.dp_statement('SELECT id FROM dp_here.t_postgres ORDER BY id + 1 USING >');
SELECT public.dp_statement('SELECT id FROM dp_here.t_postgres ORDER BY s USING ~<~');
SELECT public.dp_statement('SELECT id FROM dp_here.t_postgres ORDER BY j');
SELECT public.dp_statement('SELECT id FROM dp_here.t_postgres ORDER BY mood');

-- Parameters: of a prepared statement, of an initial plan, of a join
SET plan_cache_mode = force_generic_plan;
PREPARE dp_param(int, text) AS SELECT id FROM dp_here.t_postgres WHERE id > $1 AND s = $2 AND id < $1 + 100;
SELECT public.dp_statement('EXECUTE dp_param(0, ''abc'')');
EXECUTE dp_param(0, 'abc');
EXECUTE dp_param(0, NULL);
RESET plan_cache_mode;
SELECT public.dp_statement('SELECT id FROM dp_here.t_postgres WHERE id = (SELECT max(id) FROM dp_here.t)');
SELECT id FROM dp_here.t_postgres WHERE id = (SELECT max(id) FROM dp_here.t);
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SELECT public.dp_statement('SELECT a.id, b.id FROM dp_here.t a JOIN dp_here.t_postgres b ON b.id = a.id + 1 WHERE a.id < 3');
SELECT a.id, b.id FROM dp_here.t a JOIN dp_here.t_postgres b ON b.id = a.id + 1 WHERE a.id < 3 ORDER BY 1;
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;

-- A table and a column of other names, and a query
CREATE FOREIGN TABLE dp_here.renamed (number int OPTIONS (column_name 'id'), "odd" int OPTIONS (column_name 'Odd "col'))
  SERVER dp_postgres OPTIONS (schema_name 'dp_there', table_name 't');
SELECT public.dp_statement('SELECT "odd" FROM dp_here.renamed WHERE number = 4');
SELECT "odd" FROM dp_here.renamed WHERE number = 4;
CREATE FOREIGN TABLE dp_here.by_query (id int, s text) SERVER dp_postgres
  OPTIONS (query 'SELECT id, s FROM dp_there.t WHERE id < 4 -- a comment');
SELECT public.dp_statement('SELECT s FROM dp_here.by_query');
SELECT public.dp_statement('SELECT s FROM dp_here.by_query WHERE id = 2 AND s = ''ABC'' AND s > ''A''');
SELECT s FROM dp_here.by_query WHERE id = 2 AND s = 'ABC' AND s > 'A';

-- A column declared as another type than it has there is compared here
CREATE FOREIGN TABLE dp_here.other_types (id bigint, i2 int, n text, f4 float8, s varchar, v text, c text, tz timestamp)
  SERVER dp_postgres OPTIONS (schema_name 'dp_there', table_name 't');
SELECT clause, public.dp_explain('SELECT 1 FROM dp_here.other_types WHERE ' || clause)
FROM unnest(ARRAY['id = 1', 'i2 = 1', 'n = ''1''', 'f4 = 0.1', 's = ''abc''', 'v = ''abc''', 'c = ''x''', 'tz > ''2026-01-01''']) clause;

-- ---- collations ----
-- Four columns with other collations there, declared here with one of ours.
CREATE COLLATION public.dp_fold (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE dp_there.w (id int, df text, cc text COLLATE "C", us text COLLATE "en-US-x-icu", nd text COLLATE public.dp_fold);
INSERT INTO dp_there.w SELECT i, s, s, s, s
FROM unnest(ARRAY['abc', 'ABC', 'Abd', 'b', 'B', 'a b', 'ä', 'Ä', 'z', '_x', '', NULL, 'a-b', 'ab']) WITH ORDINALITY AS x(s, i);
CREATE FUNCTION public.dp_collation(coll text, clauses text[], orders text[], target text DEFAULT 'dp_postgres')
RETURNS TABLE (clause text, remote text, answer text) LANGUAGE plpgsql AS $$
DECLARE
  wanted text;
  got text;
BEGIN
  EXECUTE format('CREATE TABLE dp_here.w_copy (id int, df text COLLATE %1$s, cc text COLLATE %1$s, us text COLLATE %1$s, nd text COLLATE %1$s)', coll);
  INSERT INTO dp_here.w_copy TABLE dp_there.w;
  EXECUTE format('CREATE FOREIGN TABLE dp_here.w (id int, df text COLLATE %1$s, cc text COLLATE %1$s, us text COLLATE %1$s, nd text COLLATE %1$s)
                  SERVER %2$s OPTIONS (schema_name ''dp_there'', table_name ''w'')', coll, target);
  FOREACH clause IN ARRAY clauses LOOP
    remote := public.dp_explain('SELECT id FROM dp_here.w WHERE ' || clause);
    wanted := public.dp_rows('SELECT id FROM dp_here.w_copy w WHERE ' || clause);
    got := public.dp_rows('SELECT id FROM dp_here.w WHERE ' || clause);
    answer := CASE WHEN got = wanted THEN got ELSE 'WRONG: ' || got || ' for ' || wanted END;
    RETURN NEXT;
  END LOOP;
  FOREACH clause IN ARRAY orders LOOP
    remote := public.dp_explain('SELECT id FROM dp_here.w ORDER BY ' || clause);
    EXECUTE 'SELECT string_agg(id::text, '','') FROM (SELECT id FROM dp_here.w_copy w ORDER BY ' || clause || ') q' INTO wanted;
    EXECUTE 'SELECT string_agg(id::text, '','') FROM (SELECT id FROM dp_here.w ORDER BY ' || clause || ') q' INTO got;
    answer := CASE WHEN got = wanted THEN got ELSE 'WRONG: ' || got || ' for ' || wanted END;
    RETURN NEXT;
  END LOOP;
  DROP TABLE dp_here.w_copy;
  DROP FOREIGN TABLE dp_here.w;
END
$$;
SELECT set_config('dp.clauses', (ARRAY[
  'df = ''abc''', 'cc = ''abc''', 'us = ''abc''', 'nd = ''abc''', 'nd <> ''abc''', 'nd IN (''ABC'', ''ä'')', 'nd = us', 'cc = us', 'cc || us = ''abcabc''',
  'df < ''b''', 'cc < ''b''', 'us < ''b''', 'nd < ''b''', 'us < cc', 'us BETWEEN ''A'' AND ''b''', 'GREATEST(us, ''B'') = ''B''', 'us LIKE ''a%''', 'nd LIKE ''a%''',
  'lower(us) = ''abc''', 'upper(cc) = ''Ä''', 'us ILIKE ''ä%''', 'us ~ ''^\w+$''', 'initcap(nd) = ''Abc''', 'strpos(nd, ''b'') = 2', 'length(us) = 3', 'us COLLATE "C" < ''b''', 'lower(us COLLATE "C") = ''Ä''',
  'cc COLLATE "en-US-x-icu" < ''b''', 'us COLLATE "en-US-x-icu" < ''b''', 'us COLLATE public.dp_fold = ''abc''', 'nd COLLATE public.dp_fold = ''abc''', 'CASE us WHEN ''abc'' THEN nd ELSE cc END = ''abc''', 'NULLIF(nd, ''abc'') IS NULL', 'nd IS DISTINCT FROM ''abc''',
  'id::text < ''5''', 'us = ANY (ARRAY[nd, cc])'])::text, false) IS NOT NULL;
SELECT set_config('dp.orders', (ARRAY['df, id', 'cc DESC, id', 'us, id', 'us DESC NULLS LAST, id', 'us COLLATE "C", id', 'nd, id', 'lower(us) COLLATE "C", id', 'us || cc, id', 'id::text'])::text, false) IS NOT NULL;
\echo Declared with the default collation
SELECT * FROM public.dp_collation('"default"', current_setting('dp.clauses')::text[], current_setting('dp.orders')::text[]);
\echo Declared COLLATE "C"
SELECT * FROM public.dp_collation('"C"', current_setting('dp.clauses')::text[], current_setting('dp.orders')::text[]);
\echo Declared COLLATE "en-US-x-icu"
SELECT * FROM public.dp_collation('"en-US-x-icu"', current_setting('dp.clauses')::text[], current_setting('dp.orders')::text[]);
\echo Declared with a collation that folds case
SELECT * FROM public.dp_collation('public.dp_fold', current_setting('dp.clauses')::text[], current_setting('dp.orders')::text[]);
\echo The same on the platform local
SELECT count(*), count(*) FILTER (WHERE answer LIKE 'WRONG%') AS wrong
FROM unnest(ARRAY['"default"', '"C"', '"en-US-x-icu"', 'public.dp_fold']) coll,
     public.dp_collation(coll, current_setting('dp.clauses')::text[], current_setting('dp.orders')::text[], 'dp_local');
