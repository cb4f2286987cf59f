-- Canonical schemas as documents.  Needs the extension only.
\set VERBOSITY terse
\set SHOW_CONTEXT never
\pset format unaligned
-- the bare form, and what it becomes
SELECT jsonb_pretty(gw.normalize_schema(
  '{"columns":[{"name":"id","type":"INT64","nullable":false},{"name":"at","type":"TIMESTAMP"}]}'));
-- every member, kept
SELECT jsonb_pretty(gw.normalize_schema($$
{"wgw":1, "owner":"finance", "tags":["a","b"], "x-unknown":{"k":[1,null,2.50]},
 "source":{"platform":"postgres","connection":"c","database":"d","schema":"s","table":"t","kind":"table","engine_version":"15"},
 "captured_at":"2026-01-02T03:04:05Z", "fingerprint":"s1:outdated", "comment":"line 1\nline 2",
 "columns":[
  {"name":"id","type":"INT64","nullable":false,"ordinal":2,"id":7,"identity":{"mode":"always","start":5,"increment":2}},
  {"name":"a","type":"NUMERIC(10,2)","ordinal":1,"default":{"kind":"literal","value":1.50},"description":"price","pii":true,
   "native_type":"numeric(10,2)","native":{"any":"thing"},"lossy":["x"],"collation":"C","charset":"utf8"},
  {"name":"g","type":"STRING","ordinal":3,"length":5,"length_unit":"byte","generated":{"sql":"a||b","dialect":"postgres","stored":false}}],
 "keys":{"primary":{"columns":["id"]},"unique":[{"name":"u","columns":["a","g"],"enforced":true}],
  "foreign":[{"columns":["a"],"ref":{"schema":"s","table":"t2","columns":["x"]},"on_delete":"cascade"}],
  "check":[{"sql":"a > 0","dialect":"postgres"}]},
 "layout":{"cluster":{"columns":[{"name":"a"}]}}, "options":{"postgres":{"fillfactor":70}},
 "stats":{"rows":10,"bytes":100,"approximate":false}, "notices":[{"code":"n"}]}$$));
-- normalising twice changes nothing
CREATE TEMP TABLE docs (n int, doc jsonb);
INSERT INTO docs VALUES
  (1, '{"columns":[{"name":"a","type":"INT64"}]}'),
  (2, '{"columns":[{"name":"a","type":"ARRAY<STRUCT<x INT64 NOT NULL, y MAP<STRING,DATE>>>","nullable":false}],"zz":1}'),
  (3, '{"columns":[{"name":"A","type":"ENUM","values":["x"]},{"name":"a","data_type":"decimal(5)","is_nullable":false}]}');
SELECT n, gw.normalize_schema(doc) = gw.normalize_schema(gw.normalize_schema(doc)) AS idempotent,
       gw.schema_fingerprint(doc) = gw.normalize_schema(doc)->>'fingerprint' AS same_fingerprint
FROM docs ORDER BY n;
-- the fingerprint is the hash of a text that anybody can build
SELECT gw.schema_fingerprint('{"columns":[{"name":"é\"\n","type":"NUMERIC(5,-1)"},{"name":"b","type":"ARRAY<DATE>","nullable":false}],"keys":{"primary":{"columns":["b"]}}}')
     = 's1:' || encode(sha256(convert_to(
   '{"columns":[{"name":"é\"\u000a","nullable":true,"precision":5,"scale":-1,"type":"NUMERIC"},'
   '{"element":{"nullable":true,"type":"DATE"},"name":"b","nullable":false,"type":"ARRAY"}],"primary":["b"]}', 'UTF8')), 'hex') AS as_documented;
-- it does not depend on member order, white space, comments, settings
CREATE TEMP VIEW same AS SELECT * FROM (VALUES
  ('{"columns":[{"name":"a","type":"NUMERIC(10,2)","nullable":true},{"name":"t","type":"TIMESTAMP","nullable":false}]}'),
  ('{ "stats":{"rows":5}, "comment":"c", "columns": [ {"nullable":true,  "scale":2, "type":"decimal", "precision":10, "name":"a", "comment":"x"},
      {"type":"DATETIME","nullable":false,"native_type":"timestamp without time zone","name":"t","default":{"kind":"expression","sql":"now()"}}]}'),
  ('{"columns":[{"name":"t","type":"timestamp","nullable":false,"position":2},{"name":"a","type":"bignumeric(10,2)","position":1}],"owner":"o","layout":{},"captured_at":"x"}')
  ) v(doc);
SELECT count(DISTINCT gw.schema_fingerprint(doc::jsonb)) AS fingerprints FROM same;
SELECT gw.schema_fingerprint(doc::jsonb) AS fp FROM same LIMIT 1 \gset
SET TimeZone = 'Asia/Kathmandu'; SET DateStyle = 'SQL, DMY'; SET lc_numeric = 'C'; SET extra_float_digits = -5;
SELECT gw.schema_fingerprint(doc::jsonb) = :'fp' AS settings_do_not_matter FROM same;
RESET ALL;
-- and it does depend on all of this
SELECT count(DISTINCT gw.schema_fingerprint(doc::jsonb)) AS different FROM (VALUES
  ('{"columns":[{"name":"a","type":"NUMERIC(10,2)"}]}'),
  ('{"columns":[{"name":"b","type":"NUMERIC(10,2)"}]}'),
  ('{"columns":[{"name":"A","type":"NUMERIC(10,2)"}]}'),
  ('{"columns":[{"name":"a","type":"NUMERIC(10,3)"}]}'),
  ('{"columns":[{"name":"a","type":"NUMERIC(10)"}]}'),
  ('{"columns":[{"name":"a","type":"NUMERIC(10,0)"}]}'),
  ('{"columns":[{"name":"a","type":"NUMERIC"}]}'),
  ('{"columns":[{"name":"a","type":"NUMERIC(10,2)","nullable":false}]}'),
  ('{"columns":[{"name":"a","type":"NUMERIC(10,2)","identity":{"mode":"always"}}]}'),
  ('{"columns":[{"name":"a","type":"NUMERIC(10,2)","identity":{"mode":"by_default"}}]}'),
  ('{"columns":[{"name":"a","type":"NUMERIC(10,2)","generated":{"sql":"1"}}]}'),
  ('{"columns":[{"name":"a","type":"NUMERIC(10,2)"}],"keys":{"primary":{"columns":["a"]}}}'),
  ('{"columns":[{"name":"a","type":"ARRAY<NUMERIC(10,2)>"}]}'),
  ('{"columns":[{"name":"a","type":"ARRAY<NUMERIC(10,2) NOT NULL>"}]}'),
  ('{"columns":[{"name":"a","type":"STRUCT<a NUMERIC(10,2)>"}]}'),
  ('{"columns":[{"name":"a","type":"STRING(10)"}]}'),
  ('{"columns":[{"name":"a","type":"STRING(10 BYTE)"}]}')) v(doc);
-- valid: no row
SELECT * FROM gw.validate_schema('{"columns":[{"name":"id","type":"INT64","nullable":false}]}');
-- malformed documents, each with the path to the fault
\t on
CREATE TEMP TABLE bad (n serial, doc jsonb);
INSERT INTO bad (doc) VALUES
  ('[]'), ('"x"'), ('null'), ('{}'), ('{"columns":{}}'), ('{"columns":[]}'), ('{"columns":[1]}'),
  ('{"wgw":2,"columns":[{"name":"a","type":"INT64"}]}'),
  ('{"wgw":"1","columns":[{"name":"a","type":"INT64"}]}'),
  ('{"columns":[{"type":"INT64"}]}'), ('{"columns":[{"name":"","type":"INT64"}]}'),
  ('{"columns":[{"name":5,"type":"INT64"}]}'), ('{"columns":[{"name":"a"}]}'),
  ('{"columns":[{"name":"a","type":5}]}'),
  ('{"columns":[{"name":"a","type":"INT64"},{"name":"b","type":"DATE"},{"name":"c","type":"NUMERIX"}]}'),
  ('{"columns":[{"name":"a","type":"INT64","nullable":"yes"}]}'),
  ('{"columns":[{"name":"a","type":"INT64"},{"name":"a","type":"DATE"}]}'),
  ('{"columns":[{"name":"a","type":"NUMERIC(10,2)","precision":11}]}'),
  ('{"columns":[{"name":"a","type":"NUMERIC","scale":2}]}'),
  ('{"columns":[{"name":"a","type":"NUMERIC","precision":1.5}]}'),
  ('{"columns":[{"name":"a","type":"NUMERIC","precision":"10"}]}'),
  ('{"columns":[{"name":"a","type":"NUMERIC","precision":99999999999999999999}]}'),
  ('{"columns":[{"name":"a","type":"INT64","precision":5}]}'),
  ('{"columns":[{"name":"a","type":"STRING","length":-1}]}'),
  ('{"columns":[{"name":"a","type":"STRING","length_unit":"word","length":3}]}'),
  ('{"columns":[{"name":"a","type":"STRUCT","fields":[]}]}'),
  ('{"columns":[{"name":"a","type":"STRUCT","fields":[{"name":"x","type":"INT64"},{"name":"y","type":"ARRAY","element":{"type":"QQQ"}}]}]}'),
  ('{"columns":[{"name":"a","type":"ARRAY"}]}'), ('{"columns":[{"name":"a","type":"ARRAY","element":"BLUB"}]}'),
  ('{"columns":[{"name":"a","type":"ARRAY<INT64>","element":"INT64"}]}'),
  ('{"columns":[{"name":"a","type":"MAP","key":"STRING"}]}'),
  ('{"columns":[{"name":"a","type":"ENUM","values":[]}]}'),
  ('{"columns":[{"name":"a","type":"ENUM","values":["x",1]}]}'),
  ('{"columns":[{"name":"a","type":"INT64","ordinal":1},{"name":"b","type":"INT64"}]}'),
  ('{"columns":[{"name":"a","type":"INT64","ordinal":1},{"name":"b","type":"INT64","ordinal":1}]}'),
  ('{"columns":[{"name":"a","type":"INT64","ordinal":0}]}'),
  ('{"columns":[{"name":"a","type":"INT64","default":5}]}'),
  ('{"columns":[{"name":"a","type":"INT64","default":{"kind":"random"}}]}'),
  ('{"columns":[{"name":"a","type":"INT64","identity":{"mode":"often"}}]}'),
  ('{"columns":[{"name":"a","type":"INT64","generated":{}}]}'),
  ('{"columns":[{"name":"a","type":"INT64"}],"keys":{"primary":{"columns":["nope"]}}}'),
  ('{"columns":[{"name":"a","type":"INT64"}],"keys":{"primary":{"columns":[]}}}'),
  ('{"columns":[{"name":"a","type":"INT64"}],"keys":{"primary":["a"]}}'),
  ('{"columns":[{"name":"a","type":"INT64"}],"keys":{"unique":[{"columns":["a"]},{"columns":["b"]}]}}'),
  ('{"columns":[{"name":"a","type":"INT64"}],"keys":{"foreign":[{"columns":["a"]}]}}'),
  ('{"columns":[{"name":"a","type":"INT64"}],"keys":{"foreign":[{"columns":["a"],"ref":{"table":"t","columns":["x","y"]}}]}}'),
  ('{"columns":[{"name":"a","type":"INT64"}],"keys":{"check":[{"name":"c"}]}}'),
  ('{"columns":[{"name":"a","type":"INT64"}],"source":"db"}'),
  ('{"columns":[{"name":"a","type":"INT64"}],"stats":{"rows":"many"}}'),
  ('{"columns":[{"name":"a","type":"INT64"}],"layout":[]}'),
  ('{"columns":[{"name":"a","type":"FOO"},{"type":"INT64"},{"name":"b","type":"STRUCT<>"}],"comment":7}');
SELECT n, p.* FROM bad, LATERAL gw.validate_schema(doc) WITH ORDINALITY p ORDER BY n, p.ordinality;
SELECT count(*) AS documents, count(*) FILTER (WHERE EXISTS (SELECT FROM gw.validate_schema(doc))) AS refused FROM bad;
\t off
-- the error form
\set ON_ERROR_STOP off
\set VERBOSITY default
SELECT gw.normalize_schema('{"columns":[{"name":"a","type":"INT64"},{"name":"c","type":"NUMERIX"},{"name":"","type":"DATE"}]}');
\echo :SQLSTATE
SELECT gw.schema_fingerprint('{"columns":3}');
\echo :SQLSTATE
SELECT gw.type_text('{"type":"ARRAY"}');
\echo :SQLSTATE
-- NULL in, NULL out
SELECT gw.normalize_schema(NULL) IS NULL AND gw.schema_fingerprint(NULL) IS NULL AS strict;
