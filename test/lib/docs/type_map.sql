-- One table a platform: a sample of each canonical type, there and back.
WITH sample AS (
  SELECT * FROM unnest(string_to_array(
    'BOOL;INT8;INT16;INT32;INT64;INT128;UINT8;UINT16;UINT32;UINT64;FLOAT32;FLOAT64;DECFLOAT;NUMERIC;NUMERIC(10,2);STRING;'
    'STRING(10);CHAR(3);BYTES;BYTES(16);FIXED_BYTES(16);BIT(8);VARBIT(8);DATE;TIME;TIMETZ;TIMESTAMP;TIMESTAMPTZ;'
    'TIMESTAMPOFFSET;INTERVAL_YM;INTERVAL_DS;INTERVAL;JSON;VARIANT;XML;UUID;ENUM(''a'',''b'');SET(''a'',''b'');INET;CIDR;MACADDR;'
    'GEOGRAPHY;GEOMETRY;RANGE<DATE>;VECTOR<FLOAT32,3>;ARRAY<INT64>;STRUCT<a INT64>;MAP<STRING,INT64>;ROWVERSION;HLLSKETCH;'
    'NULL;OPAQUE', ';')) WITH ORDINALITY AS s (type, n)
), line AS (
  SELECT platform, n, format('| `%s` | %s | %s | %s | %s |', type, coalesce('`' || native || '`', ''), rule, code,
    coalesce('`' || gw.type_text(gw.map_type(platform, native)) || '`', '')) AS text
  FROM unnest('{bigquery,databricks,mysql,postgres,redshift,snowflake,sqlserver}'::text[]) AS platform, sample,
    LATERAL gw.render_type(platform, to_jsonb(type)) AS r
)
SELECT format(E'### %s\n\n| canonical | there | rule | code | reads back |\n|---|---|---|---|---|\n%s\n',
  platform, string_agg(text, E'\n' ORDER BY n))
FROM line GROUP BY platform ORDER BY platform;
