-- gw.render_ddl() and its relatives: what a table becomes, what is told, and
-- what is refused.  The defects numbered D1 to D15 are those of the tool that
-- came before; here each has to be right.
\set VERBOSITY terse
SET client_min_messages = warning;

-- One statement a row, and its notices as data.
CREATE FUNCTION said(schema jsonb, platform text, options jsonb DEFAULT '{}') RETURNS SETOF text
LANGUAGE sql AS $$
  SELECT jsonb_array_elements_text(d->'statements') FROM gw.render_ddl_json(schema, platform, options) d
  UNION ALL
  SELECT concat_ws(' ', '--', n->>'rule', n->>'code', n->>'column')
  FROM gw.render_ddl_json(schema, platform, options) d, jsonb_array_elements(d->'notices') n
$$;

-- D4: names are quoted everywhere, whatever they hold; a quote cannot end one.
SELECT p, gw.render_ddl('{"columns":[{"name":"order","type":"INT32"},{"name":"we'']ird\\x","type":"INT32"}]}', p, '{}', 'select', '')
FROM unnest('{mysql,postgres,redshift,snowflake,sqlserver,databricks}'::text[]) p;
SELECT gw.render_ddl('{"columns":[{"name":"we\"ird","type":"INT32"}]}', p, '{}', 't', '')
FROM unnest('{mysql,postgres,redshift,snowflake,sqlserver,databricks}'::text[]) p;
-- ... or the platform's own rule is told.
SELECT gw.render_ddl('{"columns":[{"name":"we\"ird","type":"INT32"}]}', 'bigquery', '{}', 't', '');
SELECT gw.render_ddl('{"columns":[{"name":"a b","type":"INT32"}]}', 'databricks', '{}', 't', '');
SELECT gw.render_ddl('{"columns":[{"name":"a","type":"INT32"}]}', 'databricks', '{}', 'a b', '');
SELECT gw.render_ddl('{"columns":[{"name":"a ","type":"INT32"}]}', 'mysql', '{}', 't', '');
SELECT gw.render_ddl(jsonb_build_object('columns', jsonb_build_array(jsonb_build_object('name', repeat('é', 32), 'type', 'INT32'))), p, '{}', 't', '') IS NOT NULL
FROM unnest('{bigquery,mysql,snowflake}'::text[]) p;
SELECT gw.render_ddl(jsonb_build_object('columns', jsonb_build_array(jsonb_build_object('name', repeat('é', 32), 'type', 'INT32'))), 'postgres', '{}', 't', '');

-- D5: a scale of 0 is a scale; what does not fit is not passed on.
SELECT p, t, r.* FROM unnest('{bigquery,snowflake,redshift}'::text[]) p, unnest('{"NUMERIC(10,0)","NUMERIC(76,38)"}'::text[]) t,
  gw.render_type(p, to_jsonb(t)) r;
SELECT gw.render_ddl('{"columns":[{"name":"a","type":"NUMERIC(76,38)"}]}', 'snowflake', '{}', 't', '');

-- D6: an instant and a wall clock stay apart, there and back.
SELECT p, (gw.render_type(p, '"TIMESTAMPTZ(3)"')).native AS instant, (gw.render_type(p, '"TIMESTAMP(3)"')).native AS wall
FROM unnest('{bigquery,databricks,mysql,postgres,redshift,snowflake,sqlserver}'::text[]) p;
SELECT gw.type_text(gw.map_type('bigquery', 'TIMESTAMP')), gw.type_text(gw.map_type('bigquery', 'DATETIME')),
  gw.type_text(gw.map_type('postgres', 'timestamp(3) with time zone'));

-- D7: no big number in a bigint, no lost array, no unknown type as a string.
SELECT gw.type_text(gw.map_type('snowflake', 'NUMBER(38,0)')), gw.type_text(gw.map_type('bigquery', 'ARRAY<STRUCT<a INT64>>')),
  gw.map_type('sqlserver', 'sql_variant'), gw.map_type('sqlserver', 'rowversion')->>'type', gw.map_type('postgres', 'interval')->>'type';

-- D8: a sort key is a sort key and a distribution key a distribution key.
SELECT said('{"columns":[{"name":"a","type":"INT64"},{"name":"b","type":"INT64"}],"source":{"table":"t"},"layout":{"distribution":{"style":"key","column":"a"},"sort":{"columns":[{"name":"b"},{"name":"a"}],"style":"interleaved"}}}', 'redshift');
SELECT said('{"columns":[{"name":"a","type":"INT64"}],"source":{"table":"t"},"layout":{"distribution":{"style":"all"},"sort":{"style":"auto"}}}', 'redshift');

-- D9: mixed case survives, and texts cannot leave their quotes.
SELECT said('{"columns":[{"name":"Id","type":"INT64","comment":"it''s \\ \"x\"; DROP TABLE y --"},{"name":"ID","type":"INT64"}],"source":{"table":"MixedCase","schema":"Sales"},"comment":"a''b"}', p)
FROM unnest('{postgres,snowflake}'::text[]) p;
-- ... where case does not count, both names are told.
SELECT gw.render_ddl('{"columns":[{"name":"Id","type":"INT64"},{"name":"ID","type":"INT64"}]}', 'bigquery', '{}', 't', '');
SELECT gw.render_ddl('{"columns":[{"name":"s","type":"STRUCT<x INT64, X INT64>"}]}', 'databricks', '{}', 't', '');

-- D15: a range that starts at 0 is a range.
SELECT said('{"columns":[{"name":"n","type":"INT64"}],"source":{"table":"t"},"layout":{"partition":{"kind":"range","columns":["n"],"range":{"start":0,"end":100,"interval":10}}}}', 'bigquery');

-- D3: SQL Server renders, and IF NOT EXISTS is said where it can be.
SELECT p, split_part(gw.render_ddl('{"columns":[{"name":"a","type":"INT64"}]}', p, '{"if_not_exists":true}', 't', 's'), ' (', 1)
FROM unnest('{bigquery,databricks,mysql,postgres,redshift,snowflake,sqlserver}'::text[]) p;
-- D14: a temporary table has no schema where the platform says so.
SELECT p, split_part(said('{"columns":[{"name":"a","type":"INT64"}],"source":{"table":"t","schema":"s"}}', p, '{"temporary":true}'), ' (', 1)
FROM unnest('{bigquery,databricks,mysql,postgres,redshift,snowflake,sqlserver}'::text[]) p;
SELECT p, split_part(said('{"columns":[{"name":"a","type":"INT64"}],"source":{"table":"t","schema":"s"}}', p, '{"or_replace":true,"transient":true}'), ' (', 1)
FROM unnest('{bigquery,databricks,mysql,postgres,redshift,snowflake,sqlserver}'::text[]) p;

-- Names: source.* by default, arguments before options, no table: an error.
SELECT gw.render_ddl('{"columns":[{"name":"a","type":"INT64"}],"source":{"platform":"snowflake","database":"D","schema":"S","table":"T"}}', p)
FROM unnest('{snowflake,postgres}'::text[]) p;
SELECT gw.render_ddl('{"columns":[{"name":"a","type":"INT64"}]}', 'bq', '{"table_name":"x","schema_name":"y"}', database_name => 'my-project');
SELECT gw.render_ddl('{"columns":[{"name":"a","type":"INT64"}]}', 'postgres');
\echo :LAST_ERROR_SQLSTATE
SELECT gw.render_ddl('{"columns":[{"name":"a","type":"INT64"}]}', 'oracle', '{}', 't');
SELECT gw.render_ddl('{"columns":[{"name":"a","type":"INT64"}]}', 'postgres', '{"if_not_exist":true}', 't');
SELECT gw.render_ddl('{"columns":[{"name":"a","type":"INT64"}]}', 'postgres', '{"on_lossy":"ignore"}', 't');
SELECT gw.render_ddl('{"columns":[{"name":"a","type":"INT64"}]}', 'postgres', '{"if_not_exists":true,"or_replace":true}', 't');
SELECT count(*) FROM gw.render_ddl(NULL, 'postgres');

-- Quotes only where they are needed, and upper case.
SELECT gw.render_ddl('{"columns":[{"name":"id","type":"INT64"},{"name":"order","type":"INT64"},{"name":"Up","type":"INT64"},{"name":"qualify","type":"INT64"}]}', p, '{"quote":"minimal"}', 't', 's')
FROM unnest('{postgres,snowflake,mysql}'::text[]) p;
SELECT gw.render_ddl('{"columns":[{"name":"id","type":"INT64"}]}', 'snowflake', '{"case":"upper","quote":"minimal"}', 't', 's');

-- The four policies on what is lost.
SELECT p, (gw.render_type(p, '"NUMERIC(50,40)"', jsonb_build_object('on_lossy', l))).*, l
FROM unnest('{mysql,snowflake,bigquery}'::text[]) p, unnest('{annotate,text,truncate}'::text[]) l;
SELECT gw.render_ddl('{"columns":[{"name":"a","type":"UUID"}]}', 'mysql', '{"on_lossy":"error"}', 't', '');
SELECT gw.render_ddl('{"columns":[{"name":"a","type":"TIMESTAMP(9)"}]}', 'postgres', '{"strict":true}', 't', '');
SELECT (gw.render_type('mysql', '"TIMESTAMPTZ"', '{"strict":true}')).native;

-- Each C tells the query that finds what does not fit; it is run here.
CREATE TABLE misfit (big numeric, txt text, bin bytea, f float8, ts timestamptz, d date);
INSERT INTO misfit VALUES
  (1, 'abc', '\x00', 1, '2020-01-01 00:00+00', '2020-01-01'),
  (1e40, repeat('é', 40000), decode(repeat('00', 300), 'hex'), 'NaN', '1900-01-01 00:00+00', '0900-01-01'),
  (0.00000000000000000000000000000000000000001, repeat(U&'\+01F600', 6), NULL, 'Infinity', 'infinity', 'infinity');
CREATE FUNCTION misfits(platform text, name text, type text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  query text; found bigint;
BEGIN
  SELECT check_sql INTO STRICT query FROM gw.render_type(platform, jsonb_build_object('name', name, 'type', type), '{"check_source":"public.misfit"}');
  EXECUTE query INTO found;
  RETURN found;
END $$;
SELECT misfits('bigquery', 'big', 'NUMERIC') AS big, misfits('snowflake', 'big', 'INT128') AS int128,
  misfits('redshift', 'txt', 'STRING') AS bytes, misfits('sqlserver', 'txt', 'STRING(10)') AS utf16,
  misfits('sqlserver', 'txt', 'STRING(12)') AS utf16_fits, misfits('mysql', 'f', 'FLOAT64') AS finite,
  misfits('mysql', 'ts', 'TIMESTAMPTZ') AS epoch, misfits('mysql', 'd', 'DATE') AS years, misfits('redshift', 'bin', 'BYTES') AS size;
SELECT n->>'check_sql', n->>'check_dialect'
FROM jsonb_array_elements(gw.render_ddl_json('{"source":{"platform":"snowflake","schema":"S","table":"T"},"columns":[{"name":"c","type":"TIMESTAMP(9)"},{"name":"s","type":"STRING(70000)"}]}', 'redshift')->'notices') n;

-- Layouts where they can be said, and notices where not.
SELECT said('{"columns":[{"name":"d","type":"DATE"},{"name":"k","type":"INT32"}],"source":{"table":"t"},"layout":{"partition":{"kind":"time","columns":["d"],"granularity":"month"},"cluster":{"columns":[{"name":"k"},{"name":"d"}]}}}', p)
FROM unnest('{bigquery,databricks,mysql,postgres,redshift,snowflake,sqlserver}'::text[]) p;
SELECT said('{"columns":[{"name":"a","type":"INT64"}],"source":{"table":"t"},"layout":{"partition":{"kind":"ingestion"}}}', 'bigquery');
SELECT said('{"columns":[{"name":"a","type":"INT64"}],"source":{"table":"t"},"layout":{"cluster":{"kind":"columnstore","columns":[{"name":"a"}]}}}', 'sqlserver');
SELECT said('{"columns":[{"name":"a","type":"INT64"}],"source":{"table":"t"},"layout":{"cluster":{"auto":true}}}', 'databricks');
SELECT said('{"columns":[{"name":"a","type":"INT64"}],"source":{"table":"t"}}', 'databricks', '{"layout":{"cluster":{"columns":["a"]}}}');

-- Generated columns, sequences, identities without a key.
-- Some platforms have one identity a table, and none is ever NULL.
SELECT said('{"source":{"platform":"postgres","table":"t"},"columns":[{"name":"a","type":"INT32","identity":{"mode":"always","start":5,"increment":2}},{"name":"b","type":"INT32","generated":{"sql":"(a + 1)","dialect":"postgres","stored":true}},{"name":"c","type":"INT32","default":{"kind":"sequence","sql":"nextval(''s'')","dialect":"postgres"}}]}', p)
FROM unnest('{mysql,postgres,sqlserver}'::text[]) p;
-- A default or check that is more than one expression is left out.
SELECT said('{"source":{"table":"t"},"columns":[{"name":"a","type":"INT32","default":{"kind":"expression","sql":"1, evil int","dialect":"postgres"}},{"name":"b","type":"STRING","default":{"kind":"expression","sql":"''x''); DROP TABLE y --","dialect":"postgres"}}],"keys":{"check":[{"sql":"a > 0); DROP TABLE y --","dialect":"postgres"}]}}', 'postgres');

-- What a foreign key does is said where it can be.
SELECT p, unnest(regexp_matches(s, 'REFERENCES.*|-- .*')) FROM unnest('{mysql,postgres,sqlserver,snowflake}'::text[]) p,
  said('{"source":{"table":"t"},"columns":[{"name":"a","type":"INT32"}],"keys":{"foreign":[{"columns":["a"],"ref":{"table":"u","columns":["b"]},"on_delete":"set default","on_update":"restrict"}]}}', p) s
WHERE s ~ 'REFERENCES|-- ';

-- Limits.
SELECT gw.render_ddl(jsonb_build_object('columns', jsonb_agg(jsonb_build_object('name', 'c' || i, 'type', 'BOOL'))), 'sqlserver', '{}', 't')
FROM generate_series(1, 1025) i;
SELECT (gw.render_type('bigquery', to_jsonb(repeat('STRUCT<a ', 15) || 'INT64' || repeat('>', 15)))).rule,
  (gw.render_type('bigquery', to_jsonb(repeat('STRUCT<a ', 16) || 'INT64' || repeat('>', 16)))).rule;

-- A row of MySQL has 65,535 bytes: what does not fit is stored beside it, keys excepted.
SELECT said('{"source":{"table":"t"},"columns":[{"name":"k","type":"STRING(300)"},{"name":"a","type":"STRING(16000)"},{"name":"b","type":"STRING(2000)"},{"name":"c","type":"STRING(20)"},{"name":"d","type":"BYTES(9000)"}],"keys":{"primary":{"columns":["k"]}}}', 'mysql');

-- The same in other clothes.
SELECT gw.render_ddl('{"columns":[{"name":"id","type":"INT64","nullable":false,"comment":"key"},{"name":"n","type":"NUMERIC(10,2)"},{"name":"s","type":"STRING(10)"},{"name":"tags","type":"ARRAY<STRING>"},{"name":"r","type":"STRUCT<a INT64 NOT NULL, b ARRAY<STRUCT<c DATE>>>"},{"name":"v","type":"RANGE<DATE>"}]}', 'bigquery', '{"format":"json_schema"}');
SELECT gw.render_ddl('{"columns":[{"name":"id","type":"INT64"}]}', 'snowflake', '{"format":"json_schema"}');
SELECT gw.render_ddl('{"columns":[{"name":"it''s","type":"INT64"}]}', p, '{"format":"cli_create"}', 't', 's')
FROM unnest('{bigquery,databricks,mysql,postgres,redshift,snowflake,sqlserver}'::text[]) p WHERE p <> 'bigquery';
SELECT gw.render_ddl('{"columns":[{"name":"a","type":"INT64"}]}', p, '{"format":"cli_load","file":"/data/it''s.csv"}', 't', 's')
FROM unnest('{bigquery,databricks,mysql,postgres,redshift,snowflake,sqlserver}'::text[]) p;
SELECT gw.render_ddl('{"columns":[{"name":"a","type":"INT64"}]}', 'postgres', '{"format":"cli_load"}', 't', 's');

-- NOTICEs as a person sees them.
SET client_min_messages = notice;
\set VERBOSITY default
SELECT gw.render_ddl('{"source":{"platform":"postgres","schema":"s","table":"t"},"columns":[{"name":"a","type":"NUMERIC"}],"layout":{"sort":{"columns":[{"name":"a"}]}}}', 'bigquery');
SELECT gw.render_ddl('{"columns":[{"name":"a","type":"RANGE<INT64>"}]}', 'bigquery', '{}', 't');
\set VERBOSITY terse

-- Native types: what is no type is an error, what is unknown is OPAQUE.
SELECT gw.map_type('bigquery', 'ARRAY<INT64');
\echo :LAST_ERROR_SQLSTATE
SELECT gw.map_type('mysql', '');
SELECT gw.map_type('bigquery', 'ARRAY<INT64, INT64>');
SELECT gw.map_type('postgres', 'numeric(a)');
SELECT gw.map_type('mysql', 'enum(''it''''s'',''a,b'','')'')');
SELECT gw.map_type('postgres', 'my_type'), gw.map_type('PostgreSQL', 'text')->>'type';
SELECT gw.type_text(gw.map_type('databricks', repeat('array<', 40) || 'int' || repeat('>', 40)));

DROP TABLE misfit;
DROP FUNCTION misfits, said;
