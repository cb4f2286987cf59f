-- Canonical types: names, aliases, parametrised text.  Needs the extension only.
\set VERBOSITY terse
\set SHOW_CONTEXT never
-- parse and print are inverse: what is printed is read back as the same text
CREATE TEMP TABLE type_texts (n serial, input text, canonical text);
INSERT INTO type_texts (input, canonical) VALUES
  ('BOOL', NULL), ('INT8', NULL), ('INT16', NULL), ('INT32', NULL), ('INT64', NULL),
  ('INT128', NULL), ('UINT8', NULL), ('UINT16', NULL), ('UINT32', NULL), ('UINT64', NULL),
  ('FLOAT32', NULL), ('FLOAT64', NULL), ('DECFLOAT', NULL), ('DECFLOAT(34)', NULL),
  ('NUMERIC', NULL), ('NUMERIC(10)', NULL), ('NUMERIC(10,0)', NULL), ('NUMERIC(38,9)', NULL),
  ('NUMERIC(3,-2)', NULL), ('NUMERIC(2,5)', NULL), ('NUMERIC(76,38)', NULL),
  ('STRING', NULL), ('STRING(10)', NULL), ('STRING(10 BYTE)', NULL), ('STRING(10 UTF16)', NULL),
  ('CHAR', NULL), ('CHAR(3)', NULL), ('BYTES', NULL), ('BYTES(16)', NULL), ('FIXED_BYTES(16)', NULL),
  ('BIT(1)', NULL), ('VARBIT', NULL), ('VARBIT(64)', NULL), ('DATE', NULL),
  ('TIME', NULL), ('TIME(0)', NULL), ('TIMETZ(3)', NULL), ('TIMESTAMP', NULL), ('TIMESTAMP(9)', NULL),
  ('TIMESTAMPTZ(6)', NULL), ('TIMESTAMPOFFSET(7)', NULL), ('INTERVAL_YM', NULL),
  ('INTERVAL_DS(6)', NULL), ('INTERVAL', NULL), ('JSON', NULL), ('VARIANT', NULL), ('XML', NULL),
  ('UUID', NULL), ('ENUM(''a'',''it''''s'','''',''x,y'')', NULL), ('SET(''a'',''b'')', NULL),
  ('INET', NULL), ('CIDR', NULL), ('MACADDR', NULL), ('GEOGRAPHY', NULL), ('GEOMETRY(4326)', NULL),
  ('RANGE<DATE>', NULL), ('VECTOR<FLOAT32>', NULL), ('VECTOR<FLOAT32,3>', NULL),
  ('ARRAY<INT64>', NULL), ('ARRAY<INT64 NOT NULL>', NULL), ('ARRAY<INT64>(2)', NULL),
  ('ARRAY<ARRAY<NUMERIC(10,2)>>', NULL), ('ARRAY<STRUCT<a INT64 NOT NULL>>', NULL),
  ('STRUCT<a INT64, "b c" STRING NOT NULL, "q""q" STRUCT<x ARRAY<DATE>>>', NULL),
  ('MAP<STRING NOT NULL,ARRAY<JSON>>', NULL), ('ROWVERSION', NULL), ('HLLSKETCH', NULL),
  ('NULL', NULL), ('OPAQUE', NULL),
  -- spellings of others
  ('bigint', 'INT64'), ('Integer', 'INT32'), ('int', 'INT32'), ('smallint', 'INT16'),
  ('float', 'FLOAT64'), ('double', 'FLOAT64'), ('double precision', 'FLOAT64'),
  ('decimal ( 10 , 2 )', 'NUMERIC(10,2)'), ('BIGNUMERIC(76,38)', 'NUMERIC(76,38)'),
  ('text', 'STRING'), ('varchar(20)', 'STRING(20)'), ('STRING(10 char)', 'STRING(10)'),
  ('boolean', 'BOOL'), ('binary', 'BYTES'), ('datetime', 'TIMESTAMP'),
  ('timestamp_ntz', 'TIMESTAMP'), ('timestamp_ltz(3)', 'TIMESTAMPTZ(3)'),
  ('timestamp_tz', 'TIMESTAMPOFFSET'), ('timestamp with time zone', 'TIMESTAMPTZ'),
  ('timestamp(3) without time zone', 'TIMESTAMP(3)'), ('time(3) with time zone', 'TIMETZ(3)'),
  ('record<a: int, `b` text>', 'STRUCT<a INT32, b STRING>'), ('vector(3)', 'VECTOR<FLOAT32,3>');
SELECT count(*) AS texts,
       count(*) FILTER (WHERE gw.type_text(to_jsonb(input)) = coalesce(canonical, input)) AS as_expected,
       count(*) FILTER (WHERE gw.type_text(to_jsonb(gw.type_text(to_jsonb(input))))
                              = gw.type_text(to_jsonb(input))) AS stable
FROM type_texts;
SELECT input, gw.type_text(to_jsonb(input)) AS got FROM type_texts
WHERE gw.type_text(to_jsonb(input)) IS DISTINCT FROM coalesce(canonical, input);
-- the same through a document: bare name with siblings, and back to text
SELECT count(*) AS documents_that_keep_the_type FROM type_texts,
  LATERAL (SELECT gw.normalize_schema(jsonb_build_object('columns',
             jsonb_build_array(jsonb_build_object('name', 'c', 'type', input)))) AS doc) d
WHERE gw.type_text(doc #> '{columns,0}') = coalesce(canonical, input);
-- a type written with its parts beside it
SELECT gw.type_text('{"type":"NUMERIC","precision":10,"scale":2}');
SELECT gw.type_text('{"type":"array","element":{"type":"struct","fields":[{"name":"a","type":"INT64","nullable":false}]}}');
SELECT gw.type_text('{"type":{"type":"MAP","key":"STRING","value":{"type":"NUMERIC","precision":4}}}');
SELECT gw.type_text('{"type":{"name":"ENUM","values":["x","y"]}}');
SELECT gw.type_text('{"logical_type":"string","max_length":255}');
SELECT gw.type_text('{"type":"NUMERIC(10,2)","precision":10,"scale":2}');
-- what is not a type
CREATE FUNCTION pg_temp.fault(input text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE s text; m text; d text; h text;
BEGIN
  RETURN 'accepted: ' || gw.type_text(to_jsonb(input));
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS s = RETURNED_SQLSTATE, m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', s, m, nullif(d, ''), nullif(h, ''));
END $$;
\a
\t on
SELECT pg_temp.fault(t) FROM unnest(ARRAY[
  '', '  ', 'NUMERIX', 'STRNG(3)', 'zzzzzzzzzzzz', 'NUMERIC(', 'NUMERIC(10,2', 'NUMERIC()', 'NUMERIC(x)',
  'NUMERIC(0)', 'NUMERIC(1001)', 'NUMERIC(-3)', 'NUMERIC(5,2000)', 'NUMERIC(99999999999)', 'STRING(0)',
  'STRING(5 FURLONG)', 'INT64(5)', 'DATE<INT64>', 'ARRAY', 'ARRAY<>', 'ARRAY<INT64', 'ARRAY<INT64,INT64>',
  'MAP<STRING>', 'STRUCT<>', 'STRUCT<a>', 'STRUCT<a INT64, a DATE>', 'STRUCT<"" INT64>', 'STRUCT<"a INT64>',
  'ENUM', 'ENUM()', 'ENUM(a)', 'ENUM(''a', 'ENUM(''a'',''a'')', 'TIME(13)', 'VECTOR<FLOAT32,0>', 'INT64 NOT NULL',
  'INT64 INT64', 'ARRAY<INT64 NOT>', 'timestamp with zone', 'GEOMETRY(-1)',
  repeat('ARRAY<', 40) || 'INT64' || repeat('>', 40)]) WITH ORDINALITY u(t, n) ORDER BY n;
