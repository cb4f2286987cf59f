-- Clauses on strings against databases with another collation and another
-- encoding than ours: the answer is that of a local copy.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS warehouse_gw;
\set home :DBNAME
DROP DATABASE IF EXISTS gw_deparse_icu;
DROP DATABASE IF EXISTS gw_deparse_latin;
CREATE DATABASE gw_deparse_icu TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE gw_deparse_latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';

\c gw_deparse_icu
CREATE COLLATION public.fold (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE public.w (id int, s text, nd text COLLATE public.fold, bc text COLLATE "C", v varchar(10), c char(5));
INSERT INTO public.w SELECT i, s, s, s, s, s
FROM unnest(ARRAY['abc', 'ABC', 'Abd', 'b', 'B', 'a b', 'ä', 'Ä', 'z', '_x', '', NULL, 'a-b', 'ab']) WITH ORDINALITY AS x(s, i);
\c gw_deparse_latin
SET client_encoding = 'UTF8';
CREATE TABLE public.w (id int, s text, nd text, bc text COLLATE "C", v varchar(10), c char(5));
INSERT INTO public.w SELECT i, s, s, s, s, s
FROM unnest(ARRAY['abc', 'ABC', 'Abd', 'b', 'B', 'a b', 'ä', 'Ä', 'z', '_x', '', NULL, 'a-b', 'ab']) WITH ORDINALITY AS x(s, i);

\c :home
SET client_min_messages = warning;
CREATE SCHEMA dr;
CREATE TABLE dr.w (id int, s text, nd text, bc text, v varchar(10), c char(5));
INSERT INTO dr.w SELECT i, s, s, s, s, s
FROM unnest(ARRAY['abc', 'ABC', 'Abd', 'b', 'B', 'a b', 'ä', 'Ä', 'z', '_x', '', NULL, 'a-b', 'ab']) WITH ORDINALITY AS x(s, i);
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY '{icu,latin}'::text[] LOOP
    EXECUTE format('CREATE SERVER dr_%1$s FOREIGN DATA WRAPPER gw_postgres
                    OPTIONS (host %2$L, port %3$L, dbname %4$L)', name,
                   split_part(current_setting('unix_socket_directories'), ',', 1),
                   current_setting('port'), 'gw_deparse_' || name);
    EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER dr_%s
                    OPTIONS (user %L, password_required ''false'')', name, current_user);
    EXECUTE format('CREATE FOREIGN TABLE dr.w_%1$s (id int, s text, nd text, bc text, v varchar(10), c char(5))
                    SERVER dr_%1$s OPTIONS (schema_name ''public'', table_name ''w'')', name);
  END LOOP;
END
$$;

CREATE FUNCTION dr.run(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('SELECT coalesce(string_agg(q::text, '' ''), ''none'') FROM (%s) q', query) INTO result;
  RETURN result;
END
$$;
CREATE FUNCTION dr.remote(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text;
  result text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    IF line ~ '^\s*Remote SQL: ' THEN
      result := result || coalesce(substring(line FROM '( (WHERE|ORDER BY) .*)$'), '');
    ELSIF line ~ '^\s*Kept Local: ' THEN
      result := result || ' [' || substring(line FROM '.*: (.*)$') || ']';
    END IF;
  END LOOP;
  RETURN btrim(result);
END
$$;
CREATE TABLE dr.query (pos int GENERATED ALWAYS AS IDENTITY, text text);
INSERT INTO dr.query (text)
SELECT 'SELECT id FROM @T@ WHERE ' || clause || ' ORDER BY id'
FROM unnest(ARRAY['s = ''abc''', 'nd = ''abc''', 'bc = ''abc''', 'v = ''abc''', 'c = ''abc''', 'nd IN (''ABC'', ''z'')', 's > ''B''', 'nd > ''B''', 'bc > ''B''', 's = nd', 's < bc',
  's LIKE ''a%''', 'nd LIKE ''A%''', 's ILIKE ''ä''', 's ~ ''^a''', 'lower(s) = ''ä''', 'length(s) = 1', 'octet_length(s) = 2', 'left(s, 1) = ''ä''', 's || ''x'' = ''äx''', 'md5(s) = md5(''ä'')', 's = ''😀''',
  's COLLATE "C" < ''b''']) clause;
INSERT INTO dr.query (text) VALUES
  ('SELECT id FROM @T@ ORDER BY s, id'), ('SELECT id FROM @T@ ORDER BY s LIMIT 2'), ('SELECT id FROM @T@ ORDER BY nd DESC, id'),
  ('SELECT id FROM @T@ ORDER BY bc, id'), ('SELECT DISTINCT nd COLLATE "C" FROM @T@ ORDER BY 1'), ('SELECT nd COLLATE "C", count(*) FROM @T@ GROUP BY nd ORDER BY 1'),
  ('SELECT min(s), max(s), min(nd), max(nd) FROM @T@'), ('SELECT a.id, b.id FROM @T@ a JOIN dr.w b ON a.nd = b.s ORDER BY 1, 2'),
  ('SELECT a.id, b.id FROM @T@ a JOIN @T@ b ON a.nd = b.s ORDER BY 1, 2');
\pset format unaligned
\pset tuples_only on
\echo A database that sorts by ICU en-US
SELECT q.text, dr.remote(replace(q.text, '@T@', 'dr.w_icu')),
       CASE WHEN dr.run(replace(q.text, '@T@', 'dr.w_icu')) = dr.run(replace(q.text, '@T@', 'dr.w')) THEN 'same'
            ELSE 'WRONG: ' || dr.run(replace(q.text, '@T@', 'dr.w_icu')) || ' for ' || dr.run(replace(q.text, '@T@', 'dr.w')) END
FROM dr.query q ORDER BY pos;
\echo A database in LATIN1
SELECT q.text, dr.remote(replace(q.text, '@T@', 'dr.w_latin')),
       CASE WHEN dr.run(replace(q.text, '@T@', 'dr.w_latin')) = dr.run(replace(q.text, '@T@', 'dr.w')) THEN 'same'
            ELSE 'WRONG: ' || dr.run(replace(q.text, '@T@', 'dr.w_latin')) || ' for ' || dr.run(replace(q.text, '@T@', 'dr.w')) END
FROM dr.query q ORDER BY pos;
\c :home
SET client_min_messages = warning;
DROP SCHEMA dr CASCADE;
DROP SERVER dr_icu, dr_latin CASCADE;
DROP DATABASE gw_deparse_icu WITH (FORCE);
DROP DATABASE gw_deparse_latin WITH (FORCE);
