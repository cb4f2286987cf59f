-- Schemas inferred from values.  Needs the extension only.
\set VERBOSITY terse
\set SHOW_CONTEXT never
\pset format unaligned
-- "name TYPE NULL, ..." of a schema
CREATE FUNCTION pg_temp.brief(doc jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(format('%s %s%s', c->>'name', gw.type_text(c),
                    CASE WHEN (c->>'nullable')::boolean THEN '' ELSE ' NOT NULL' END), ', ' ORDER BY n)
  FROM jsonb_array_elements(doc->'columns') WITH ORDINALITY e(c, n) $$;
CREATE FUNCTION pg_temp.notes(doc jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(format('%s %s: %s', n->>'code', n->>'column', n->>'message'), E'\n' ORDER BY i)
  FROM jsonb_array_elements(doc->'notices') WITH ORDINALITY e(n, i) $$;
-- one CSV column of these values, and one JSON column
CREATE FUNCTION pg_temp.csv(options jsonb, VARIADIC v text[]) RETURNS text LANGUAGE sql AS $$
  SELECT gw.type_text(gw.infer_schema_from_csv(E'v\n' || array_to_string(v, E'\n'),
                      options || '{"header": true}')->'columns'->0) $$;
CREATE FUNCTION pg_temp.json(options jsonb, VARIADIC v text[]) RETURNS text LANGUAGE sql AS $$
  SELECT gw.type_text(gw.infer_schema_from_json(
    '[' || (SELECT string_agg('{"v":' || x || '}', ',') FROM unnest(v) x) || ']', options)->'columns'->0) $$;

-- numbers of CSV
SELECT x, pg_temp.csv('{}', VARIADIC string_to_array(x, ' ')) FROM unnest(ARRAY[
  '1 -7 0', '00123', '+5', '-0', '1_000', '0x1F', '.5', '5.', '1e5', '1E-5 2', '1.0 2', '0.30000000000000004',
  '1e2 0.30000000000000004', '1e2 12345678901234567890', '9223372036854775807 -9223372036854775808',
  '9223372036854775808', '18446744073709551616', '1e309', '1e2000', 'NaN 1', 'NaN', 'Infinity -Infinity 1.5',
  'NaN 0.30000000000000004', 'nan', 'inf', '0.001', '100 0.25', '1 x',
  '12345678901234567890123456789012345678', '123456789012345678901234567890123456789',
  '0.0000000000000000000000000000000000000000001 5']) x;
SELECT pg_temp.csv('{"headroom": true}', '12.5', '3'), pg_temp.csv('{"infer_lengths": true}', 'ab', 'äöü€');
-- words
SELECT x, pg_temp.csv('{}', VARIADIC string_to_array(x, ' ')) AS strict,
       pg_temp.csv('{"booleans": "wide"}', VARIADIC string_to_array(x, ' ')) AS wide
FROM unnest(ARRAY['true FALSE True', 'true yes', 'yes no', '0 1', '0 1 2', 'on off', 't 1 x']) x;
-- dates, times, and what is none
SELECT x, pg_temp.csv('{}', VARIADIC string_to_array(x, '|')) FROM unnest(ARRAY[
  '2024-02-29', '2023-02-29', '2024-02-30', '1975', '1975-05', '19750521', '2024-01-01|2024-01-01 10:00',
  '2024-01-01T10:00:00Z', '2024-01-01T10:00:00+0530|2024-01-01T10:00:00-03', '2024-01-01 10:00|2024-01-01 10:00Z',
  '2024-01-01T24:00', '2024-01-01T23:59:60', '2024-01-01 00:00:00.123456', '2024-01-01 00:00:00.999999999',
  '2024-01-01 00:00:00.1234567890', '2024-01-01T00:00+14:00', '2024-01-01T00:00+14:30', '0000-01-01', '10000-01-01',
  '10:00|23:59:59.5', '24:00', '25:00', '01/02/2024', '2024-01-01|10:00', '24-01-01', '2024-1-1']) x;
SELECT pg_temp.csv('{"date_formats": ["DD/MM/YYYY", "DD.MM.YYYY"]}', '31/01/2024', '01/02/2024'),
       pg_temp.csv('{"date_formats": ["DD/MM/YYYY", "DD.MM.YYYY"]}', '31/01/2024', '01.02.2024'),
       pg_temp.csv('{"date_formats": ["DD/MM/YYYY HH24:MI"]}', '31/01/2024 23:59');
SELECT gw.infer_schema_from_csv(E'd\n31/01/2024\n', '{"date_formats": ["MM/DD/YYYY", "DD/MM/YYYY"]}')->'columns'->0->>'date_format';
-- the rest of the lattice
SELECT pg_temp.csv('{}', '00000000-0000-0000-0000-00000000000A'), pg_temp.csv('{}', '00000000-0000-0000-0000-00000000000'),
       pg_temp.csv('{}', '"{""a"": [1, null]}"', '"[]"'), pg_temp.csv('{}', '"{""a"": }"'), pg_temp.csv('{}', '"{""a"": ""\u0000""}"'),
       pg_temp.csv('{}', '""', '1'), pg_temp.csv('{}', '', '1'), pg_temp.csv('{}', '" 1"'), pg_temp.csv('{}', '');
-- what is in the way, in words
SELECT pg_temp.notes(gw.infer_schema_from_csv(
E'a,b,c,d\n1,2024-01-01T00:00Z,01/02/2024,\n2,2024-01-01T00:00,03/04/2024,\nn/a,2024-01-01T00:00,05/06/2024,\n'));
SELECT pg_temp.brief(gw.infer_schema_from_csv(E'a,b\n1,NULL\nn/a,2\n', '{"null_values": ["n/a", "NULL"]}'));

-- files: byte order mark, line ends, quoted line ends, delimiters, headers
SELECT pg_temp.brief(gw.infer_schema_from_csv(E'\uFEFFid,name\r\n1,"a\r\nb ""q"""\r\n2,c\r\n', '{"infer_not_null": true}'));
SELECT pg_temp.brief(gw.infer_schema_from_csv(E'id;price\n1;2,50\n2;3,75\n')), pg_temp.brief(gw.infer_schema_from_csv(E'id\tv\n1\tx')),
       pg_temp.brief(gw.infer_schema_from_csv(E'id|v\n1|x')), pg_temp.brief(gw.infer_schema_from_csv(E'1,2\n3,4'));
SELECT pg_temp.brief(gw.infer_schema_from_csv('a,b')), pg_temp.brief(gw.infer_schema_from_csv(E'one\n1\n2\n\n')),
       pg_temp.brief(gw.infer_schema_from_csv(E'a,b\nc,d', '{"header": false}')), pg_temp.brief(gw.infer_schema_from_csv(E'1\n2', '{"header": true}'));
SELECT pg_temp.brief(gw.infer_schema_from_csv(E'Order ID,order-id,2nd,,Größe\n1,2,3,4,5\n', '{"names": "standard", "header": true}'));
SELECT c->>'name', c->>'original_name' FROM jsonb_array_elements(gw.infer_schema_from_csv(E'a,a,a_2,\n1,2,3,4\n', '{"header": true}')->'columns') c;
SELECT gw.infer_schema_from_csv(E'a,b\n1,2\n3\n');
SELECT gw.infer_schema_from_csv(E'a,b\n1,"2\n3');
SELECT gw.infer_schema_from_csv(E'a,b\n1,"2"3\n');
SELECT gw.infer_schema_from_csv(E'a,b\n1,2"3\n');
SELECT gw.infer_schema_from_csv('');
SELECT gw.infer_schema_from_csv('a', '{"delimeter": ","}');
SELECT gw.infer_schema_from_csv('a', '{"delimiter": ",,"}');
SELECT gw.infer_schema_from_csv(E'a\n1\n2\nx', '{"sample": 2}') - 'fingerprint';

-- JSON: numbers as they are written, strings never numbers
SELECT x, pg_temp.json('{}', VARIADIC string_to_array(x, '|')) FROM unnest(ARRAY[
  '1|2', '1|1.0', '1|1e2', '9223372036854775808', '-0', '1e309', '0.30000000000000004|1', '"1"|"2"', '"true"', 'true|false',
  'true|1', '1|"a"', 'null', 'null|1', '[]', '[1,2]|[]|null', '[null]', '[1,"a"]', '{}', '{}|{"a":1}', '{"a":1}|{"b":"2024-01-01"}',
  '{"a":1}|{"a":"x"}', '{"a":1}|1', '"2024-01-01"|"2024-01-01T10:00Z"', '"2024-01-01T10:00Z"', '"10:00"', '{"":1}',
  '"6ba7b810-9dad-11d1-80b4-00c04fd430c8"', '[{"x":1},{"y":[1.5]}]', '"\ud83d\ude00"', '{"a":{"b":[[1]]}}']) x;
SELECT pg_temp.json('{"strings": "plain"}', '"2024-01-01"');
SELECT pg_temp.brief(gw.infer_schema_from_json('[{"b":1,"a":2},{"c":3,"a":null}]'::text, '{"infer_not_null": true}')),
       pg_temp.brief(gw.infer_schema_from_json('[{"b":1,"a":2},{"b":3,"a":4}]'::jsonb, '{"infer_not_null": true}')),
       pg_temp.brief(gw.infer_schema_from_json('{"a": 1e2}'::json)), pg_temp.brief(gw.infer_schema_from_json('{"a": 1e2}'::jsonb));
-- JSON lines; a key twice; names that differ in case only
SELECT pg_temp.brief(gw.infer_schema_from_json(E'{"a":1}\n{"a":2.5,\n "Id":1, "ID":2}\n')),
       pg_temp.notes(gw.infer_schema_from_json('{"a":1,"a":"x"}'));
-- many keys are a map, deep parts JSON
SELECT gw.type_text(gw.infer_schema_from_json(jsonb_build_object('m', (SELECT jsonb_object_agg('k' || i, i) FROM generate_series(1, n) i)))->'columns'->0) FROM (VALUES (3), (201), (10000)) v(n);
SELECT gw.type_text(gw.infer_schema_from_json(jsonb_build_object('m', (SELECT jsonb_object_agg('k' || i, CASE i WHEN 1 THEN '"x"'::jsonb ELSE '1' END) FROM generate_series(1, 201) i)))->'columns'->0);
SELECT gw.infer_schema_from_json((SELECT jsonb_object_agg('k' || i, i) FROM generate_series(1, 10000) i));
SELECT gw.type_text(gw.infer_schema_from_json('{"d":' || repeat('[', n) || '1' || repeat(']', n) || '}')->'columns'->0) FROM (VALUES (14), (15), (1000)) v(n);
-- not JSON
SELECT gw.infer_schema_from_json(x) FROM unnest(ARRAY['{"a":"\ud800"}']) x;
SELECT gw.infer_schema_from_json('{"a":"\u0000"}'::text);
SELECT gw.infer_schema_from_json(E'{"a":1}\n{"a":01}');
SELECT gw.infer_schema_from_json('{"a":1e5000}'::text);
SELECT gw.infer_schema_from_json('[{"a":1},]'::text);
SELECT gw.infer_schema_from_json('{"a":"x'::text);
SELECT gw.infer_schema_from_json('[]'::text);
SELECT gw.infer_schema_from_json('[{}, null]'::text);
SELECT gw.infer_schema_from_json('{"a":1} x'::text);
-- rows that are no objects are one column
SELECT pg_temp.brief(gw.infer_schema_from_json('[1, 2.5, null]'::text)), pg_temp.brief(gw.infer_schema_from_json('[{"a":1}, 5]'::text));

-- queries: by type, or by value
CREATE TEMP TABLE raw (id int, n numeric(10,2), t text, j jsonb, a int[], v varchar(5));
INSERT INTO raw VALUES (1, 2.5, '2024-01-01', '{"a":1}', '{1}', '7'), (2, NULL, '2024-12-31', '{"a":2.5}', NULL, '');
SELECT pg_temp.brief(gw.infer_schema_from_query('SELECT * FROM raw'));
SELECT pg_temp.brief(gw.infer_schema_from_query('SELECT * FROM raw', '{"values": true, "infer_not_null": true}'));
SELECT gw.infer_schema_from_query('SELECT * FROM raw', '{"values": true, "sample": 1}')->'sampled';
SELECT gw.infer_schema_from_query('DELETE FROM raw RETURNING id', '{"values": true}');
SELECT gw.infer_schema_from_query('SELECT 1; SELECT 2');
SELECT gw.infer_schema_from_query('CREATE TABLE x()');
SELECT gw.infer_schema_from_query('SELECT 1 AS a, 2 AS a');
SELECT gw.infer_schema_from_query('SELECT FROM raw');
SELECT count(*) FROM raw;

-- properties: the order of rows does not matter, each value is read as the
-- type that was found, and what more rows give still holds the earlier ones
CREATE TEMP TABLE pool AS SELECT n, x FROM unnest(ARRAY['1', '-5', '0', '00123', '9223372036854775808', '1e5', '0.25', '-12.125',
  'NaN', '0.30000000000000004', 'true', 'FALSE', '2024-01-01', '2024-01-01 10:00', '2024-01-01T10:00:00.5+0530', '10:00:01',
  '6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'x', '', '{"a": 1}', '[1, 2]', '-0', '1e309', '123456789012345678901234567890123456789012']) WITH ORDINALITY u(x, n);
CREATE FUNCTION pg_temp.local_type(c jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT CASE c->>'type' WHEN 'INT64' THEN 'bigint' WHEN 'FLOAT64' THEN 'float8' WHEN 'JSON' THEN 'jsonb' WHEN 'STRING' THEN 'text'
    WHEN 'BOOL' THEN 'boolean' WHEN 'NUMERIC' THEN lower(gw.type_text(c)) ELSE lower(c->>'type') END $$;
-- does the text read as the type mean the number it was?
CREATE FUNCTION pg_temp.keeps(v text, type text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE got text;
BEGIN
  EXECUTE format('SELECT %L::%s::text', v, type) INTO got;
  RETURN type NOT IN ('bigint', 'float8') AND type NOT LIKE 'numeric%' OR v::numeric = got::numeric;
END $$;
CREATE FUNCTION pg_temp.column_of(v text[]) RETURNS jsonb LANGUAGE sql AS $$
  SELECT gw.infer_schema_from_csv(E'v\n' || string_agg(CASE WHEN x = '' THEN '' ELSE '"' || replace(x, '"', '""') || '"' END, E'\n'),
    '{"header": true}')->'columns'->0 FROM unnest(v) x $$;
DO $$
DECLARE v text[]; more text[]; c jsonb; wide jsonb; seen int := 0; kinds text[] := '{}';
BEGIN
  PERFORM setseed(0.5);
  FOR i IN 1..3000 LOOP
    SELECT array_agg(x) INTO v FROM (SELECT x FROM pool WHERE n % 8 = i % 8 OR random() < 0.1 ORDER BY random() LIMIT 1 + i % 4) s;
    CONTINUE WHEN v IS NULL;
    c := pg_temp.column_of(v);
    IF c <> pg_temp.column_of((SELECT array_agg(x ORDER BY random()) FROM unnest(v) x)) THEN
      RAISE EXCEPTION 'order matters: %', v;
    END IF;
    SELECT v || array_agg(x) INTO more FROM (SELECT x FROM pool ORDER BY random() LIMIT 1) s;
    wide := pg_temp.column_of(more);
    FOR j IN 1..array_length(v, 1) LOOP
      CONTINUE WHEN v[j] = '';
      IF NOT pg_temp.keeps(v[j], pg_temp.local_type(c)) OR NOT pg_temp.keeps(v[j], pg_temp.local_type(wide)) THEN
        RAISE EXCEPTION '% is not kept by % or %', v[j], c, wide;
      END IF;
      seen := seen + 1;
    END LOOP;
    IF NOT (c->>'type') = ANY (kinds) THEN kinds := kinds || (c->>'type'); END IF;
  END LOOP;
  RAISE NOTICE 'values kept: %, types: %', seen > 3000, (SELECT string_agg(k, ' ' ORDER BY k) FROM unnest(kinds) k);
END $$;
-- 10,000 documents in any order are the same
CREATE TEMP TABLE documents AS
SELECT i, jsonb_strip_nulls(jsonb_build_object('id', i,
  'n', CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN to_jsonb(i / 100.0) ELSE to_jsonb(i) END,
  'o', CASE WHEN i % 3 = 0 THEN jsonb_build_object('k' || i % 7, i, 's', CASE WHEN i % 7 = 0 THEN '[]'::jsonb ELSE to_jsonb(ARRAY[i]) END) END,
  'm', CASE WHEN i % 1000 = 1 THEN to_jsonb('text'::text) ELSE to_jsonb(i) END)) AS d
FROM generate_series(1, 10000) i;
SELECT count(DISTINCT gw.infer_schema_from_json(d) - 'notices') AS schemas, min(gw.type_text(gw.infer_schema_from_json(d)->'columns'->2))
FROM (SELECT jsonb_agg(d ORDER BY i) AS d FROM documents UNION ALL SELECT jsonb_agg(d ORDER BY md5(i::text)) FROM documents
      UNION ALL SELECT jsonb_agg(d ORDER BY i DESC) FROM documents) s;

-- a schema in words
CREATE TEMP TABLE wordy AS SELECT '{"comment": "All | of it", "source": {"schema": "s", "table": "t_1"},
  "columns": [{"name": "id", "type": "INT64", "nullable": false, "identity": {"mode": "always"}},
   {"name": "a|b", "type": "STRING(5)", "comment": "say \"x\",\ntwice", "pii": true, "tags": ["p", "q"], "default": {"kind": "literal", "value": "u"}},
   {"name": "l", "type": "ARRAY<STRUCT<x INT64 NOT NULL, y STRUCT<z DATE>>>"}, {"name": "r", "type": "INT64", "native_type": "bigint"}],
  "keys": {"primary": {"columns": ["id"]}, "unique": [{"columns": ["r", "id"]}],
   "foreign": [{"columns": ["r"], "ref": {"schema": "o", "table": "p", "columns": ["k"]}}]}}'::jsonb AS s;
SELECT gw.data_dictionary(s) FROM wordy;
SELECT gw.data_dictionary(s, 'csv') FROM wordy;
SELECT jsonb_pretty(gw.data_dictionary(s, 'json')::jsonb->1) FROM wordy;
SELECT gw.data_dictionary(s, 'html') FROM wordy;

-- rows against a schema
CREATE TEMP TABLE rule AS SELECT '{"columns": [{"name": "id", "type": "INT32", "nullable": false}, {"name": "u", "type": "UINT8"}, {"name": "n", "type": "NUMERIC(5,2)"},
  {"name": "s", "type": "STRING(3)"}, {"name": "e", "type": "ENUM(''a'', ''b'')"}, {"name": "d", "type": "DATE"}, {"name": "f", "type": "DATE", "date_format": "DD/MM/YYYY"},
  {"name": "t", "type": "TIMESTAMPTZ(3)"}, {"name": "b", "type": "BOOL"}, {"name": "g", "type": "FLOAT64"}, {"name": "l", "type": "ARRAY<STRUCT<x INT64 NOT NULL>>"}, {"name": "m", "type": "MAP<STRING, INT64>"},
  {"name": "j", "type": "JSON"}, {"name": "k", "type": "UUID"}, {"name": "o", "type": "INT64", "nullable": false, "default": {"kind": "literal", "value": 1}}]}'::jsonb AS s;
SELECT v.* FROM rule, gw.validate_rows(s, '[{"id": 1, "u": 255, "n": -123.45, "s": "äöü", "e": "a", "d": "2024-02-29", "f": "29/02/2024", "t": "2024-01-01T00:00:00.123Z",
  "b": "true", "g": 0.30000000000000004, "l": [{"x": 1}, null], "m": {"k": 1}, "j": [1], "k": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, {"id": "7"}]') v;
SELECT v.* FROM rule, gw.validate_rows(s, '[{"id": null, "u": -1, "n": 1234.5, "s": "abcd", "e": "c", "d": "2024-02-30", "f": "2024-02-29", "t": "2024-01-01T00:00:00.1234Z",
  "b": 1, "g": "x", "l": [{"x": null}, {"y": 1}], "m": {"k": "v"}, "k": "x", "z": 1, "o": null}, {"u": 256, "id": 2147483648, "n": 0.001, "l": {}, "m": [], "s": 5, "g": 0.1234567890123456789}, 5, {"id": 1.0}]') v;

-- keys and profiles, of tables here and there
CREATE TABLE sales_line ("Order" int, line int, note text, sku_id uuid, amount numeric(10,2), at date, doc jsonb);
INSERT INTO sales_line SELECT i / 3, i % 3, CASE WHEN i % 2 = 0 THEN 'a' END, md5(i::text)::uuid, i * 1.5, date '2024-01-01' + i, '{"a": 1}' FROM generate_series(0, 29) i;
SELECT * FROM gw.detect_keys('sales_line');
ALTER TABLE sales_line DROP COLUMN sku_id, DROP COLUMN amount, DROP COLUMN at;
SELECT * FROM gw.detect_keys('sales_line');
SELECT * FROM gw.detect_keys('sales_line', '{"max_columns": 1, "min_uniqueness": 0.5}');
SELECT * FROM gw.detect_keys('sales_line', '{"max_columns": 4}');
SELECT * FROM gw.detect_keys('sales_line', '{"nosuch": 4}');
SELECT * FROM gw.profile('sales_line');
CREATE SERVER here FOREIGN DATA WRAPPER gw_local;
SELECT "column", "rows", nulls, distinct_values, minimum, maximum FROM gw.profile('here', 'sales_line');
SELECT count(*) FROM pg_foreign_table;
-- equal values are equal, however they are written
CREATE TEMP TABLE alike (n numeric, j json, k int); INSERT INTO alike VALUES (1.0, '{}', 1), (1.00, '[]', 2);
SELECT columns, is_key FROM gw.detect_keys('alike');
TRUNCATE sales_line;
SELECT * FROM gw.detect_keys('sales_line');
SELECT "column", "rows", completeness, uniqueness, frequent FROM gw.profile('sales_line');
DROP TABLE sales_line;
DROP SERVER here;
