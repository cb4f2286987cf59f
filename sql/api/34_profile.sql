-- What the rows of a table look like: profiles, and columns that could be its key.
CREATE OR REPLACE FUNCTION gw.profile(
    relation regclass, OUT "column" text, OUT type text, OUT "rows" bigint, OUT nulls bigint,
    OUT distinct_values bigint, OUT completeness numeric, OUT uniqueness numeric,
    OUT minimum text, OUT maximum text, OUT mean numeric, OUT min_length integer,
    OUT max_length integer, OUT frequent jsonb)
RETURNS SETOF record
LANGUAGE plpgsql STRICT VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  ordered CONSTANT oid[] := ARRAY['int2'::regtype, 'int4', 'int8', 'numeric', 'float4', 'float8', 'text', 'varchar',
    'bpchar', 'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval', 'inet'];
  numbers CONSTANT oid[] := ARRAY['int2'::regtype, 'int4', 'int8', 'numeric'];
  -- Types without an equality of whole values.
  unequal CONSTANT oid[] := ARRAY['json'::regtype, 'xml', 'point', 'lseg', 'path', 'box', 'polygon', 'line', 'circle'];
  a record;
BEGIN
  FOR a IN
    SELECT attname, atttypid, atttypmod FROM pg_attribute
    WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped ORDER BY attnum
  LOOP
    "column" := a.attname;
    type := format_type(a.atttypid, a.atttypmod);
    EXECUTE format(
      'SELECT count(*), count(*) - count(%1$I), count(DISTINCT %1$I%6$s), %2$s, %3$s, %4$s, '
      'min(length(%1$I::text)), max(length(%1$I::text)) FROM %5$s',
      a.attname,
      CASE WHEN a.atttypid = ANY (ordered) THEN format('min(%I)::text', a.attname) ELSE 'NULL' END,
      CASE WHEN a.atttypid = ANY (ordered) THEN format('max(%I)::text', a.attname) ELSE 'NULL' END,
      CASE WHEN a.atttypid = ANY (numbers) THEN format('avg(%I)', a.attname) ELSE 'NULL' END,
      relation,
      CASE WHEN a.atttypid = ANY (unequal) THEN '::text' ELSE '' END)
    INTO "rows", nulls, distinct_values, minimum, maximum, mean, min_length, max_length;
    completeness := round(("rows" - nulls)::numeric / nullif("rows", 0), 4);
    uniqueness := round(distinct_values::numeric / nullif("rows" - nulls, 0), 4);
    EXECUTE format(
      'SELECT jsonb_agg(jsonb_build_object(''value'', v, ''rows'', n) ORDER BY n DESC, v COLLATE "C") '
      'FROM (SELECT v, count(*) AS n FROM (SELECT %1$I::text AS v FROM %2$s WHERE %1$I IS NOT NULL) t '
      'GROUP BY v ORDER BY n DESC, v COLLATE "C" LIMIT 5) f', a.attname, relation)
    INTO frequent;
    RETURN NEXT;
  END LOOP;
END
$$;
COMMENT ON FUNCTION gw.profile(regclass) IS
'One row for each column of a table, view or foreign table: rows, nulls, distinct_values, completeness (share of rows with a value) and uniqueness (distinct values by values, both 0 to 1), minimum and maximum where the type has an order, mean of exact numbers, lengths of the values'' texts in characters, frequent (the five commonest values as [{"value", "rows"}]). Reads the whole table, twice for each column, as the caller; of a foreign table what can be aggregated there is. Errors: 42P01 no such table, 42501 no right to read it.';
REVOKE ALL ON FUNCTION gw.profile(regclass) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.profile(
    server text, "table" text, OUT "column" text, OUT type text, OUT "rows" bigint,
    OUT nulls bigint, OUT distinct_values bigint, OUT completeness numeric,
    OUT uniqueness numeric, OUT minimum text, OUT maximum text, OUT mean numeric,
    OUT min_length integer, OUT max_length integer, OUT frequent jsonb)
RETURNS SETOF record
LANGUAGE plpgsql STRICT VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  relation regclass := gw.create_foreign_table(server, "table", 'pg_temp.gw_profile');
BEGIN
  RETURN QUERY SELECT * FROM gw.profile(relation);
  DROP FOREIGN TABLE pg_temp.gw_profile;
END
$$;
COMMENT ON FUNCTION gw.profile(text, text) IS
'gw.profile() of a table of a foreign server, through a temporary foreign table. Needs USAGE on the server and TEMP on the database. Errors: 42704 no such server, 42P01 no such remote table.';
REVOKE ALL ON FUNCTION gw.profile(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.detect_keys(
    relation regclass, options jsonb DEFAULT '{}', OUT columns text[], OUT "rows" bigint,
    OUT distinct_rows bigint, OUT completeness numeric, OUT uniqueness numeric,
    OUT confidence numeric, OUT is_key boolean)
RETURNS SETOF record
LANGUAGE plpgsql STRICT VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  max_columns integer := coalesce((options->>'max_columns')::integer, 2);
  min_uniqueness numeric := coalesce((options->>'min_uniqueness')::numeric, 0.995);
  -- Types without an equality of whole values.
  unequal CONSTANT oid[] := ARRAY['json'::regtype, 'xml', 'point', 'lseg', 'path', 'box', 'polygon', 'line', 'circle'];
  pool text[];
  sets jsonb := '[]';
  candidate record;
  found_keys jsonb := '[]';
BEGIN
  IF max_columns NOT BETWEEN 1 AND 3 OR min_uniqueness NOT BETWEEN 0 AND 1
     OR options - ARRAY['max_columns', 'min_uniqueness'] <> '{}' THEN
    RAISE EXCEPTION 'options are max_columns (1 to 3) and min_uniqueness (0 to 1)'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- Columns without NULLs and with more than one value can be part of a key.
  FOR candidate IN
    SELECT attname::text AS name FROM pg_attribute
    WHERE atttypid <> ALL (unequal) AND attrelid = relation AND attnum > 0 AND NOT attisdropped ORDER BY attnum
  LOOP
    EXECUTE format('SELECT count(*), count(*) - count(%1$I), count(DISTINCT %1$I) FROM %2$s', candidate.name, relation)
    INTO "rows", completeness, distinct_rows;
    IF "rows" > 0 THEN
      sets := sets || jsonb_build_object('columns', ARRAY[candidate.name], 'nulls', completeness, 'distinct', distinct_rows);
    END IF;
  END LOOP;
  SELECT array_agg(s->'columns'->>0 ORDER BY n) INTO pool FROM (
    SELECT s, n FROM jsonb_array_elements(sets) WITH ORDINALITY e(s, n)
    WHERE (s->>'nulls')::bigint = 0 AND (s->>'distinct')::bigint BETWEEN 2 AND "rows" - 1
    ORDER BY (s->>'distinct')::bigint DESC, n LIMIT 12) p;
  FOR candidate IN
    SELECT ARRAY(SELECT jsonb_array_elements_text(s->'columns')) AS names, (s->>'nulls')::bigint AS nulls,
           (s->>'distinct')::bigint AS n
    FROM jsonb_array_elements(sets) e(s)
    UNION ALL
    SELECT ARRAY[a, b], 0, NULL FROM unnest(pool) WITH ORDINALITY x(a, i), unnest(pool) WITH ORDINALITY y(b, j)
    WHERE i < j AND max_columns >= 2
    UNION ALL
    SELECT ARRAY[a, b, c], 0, NULL FROM unnest(pool) WITH ORDINALITY x(a, i), unnest(pool) WITH ORDINALITY y(b, j),
           unnest(pool) WITH ORDINALITY z(c, k)
    WHERE i < j AND j < k AND max_columns = 3
  LOOP
    CONTINUE WHEN EXISTS (SELECT FROM jsonb_array_elements(found_keys) k
                          WHERE to_jsonb(candidate.names) @> k);
    distinct_rows := candidate.n;
    IF distinct_rows IS NULL THEN
      EXECUTE format('SELECT count(*) FROM (SELECT DISTINCT %s FROM %s) d',
                     (SELECT string_agg(format('%I', x), ', ') FROM unnest(candidate.names) x), relation)
      INTO distinct_rows;
    END IF;
    columns := candidate.names;
    completeness := round(("rows" - candidate.nulls)::numeric / "rows", 4);
    uniqueness := round(distinct_rows::numeric / greatest("rows" - candidate.nulls, 1), 4);
    is_key := candidate.nulls = 0 AND distinct_rows = "rows";
    -- Names that look like a key's count for it; wider keys count less.
    confidence := round(least(1, 0.6 * uniqueness + 0.4 * completeness
      - 0.1 * (cardinality(columns) - 1)
      + CASE WHEN lower(columns[1]) ~ '^(id|key|pk)$' THEN 0.15
             WHEN lower(columns[1]) ~ '_(id|key|pk)$' THEN 0.10 ELSE 0 END
      - CASE WHEN "rows" < 2 THEN 0.5 ELSE 0 END), 4);
    IF is_key THEN
      found_keys := found_keys || jsonb_build_array(to_jsonb(columns));
    END IF;
    IF uniqueness >= min_uniqueness AND (is_key OR cardinality(columns) = 1) THEN
      RETURN NEXT;
    END IF;
  END LOOP;
END
$$;
COMMENT ON FUNCTION gw.detect_keys(regclass, jsonb) IS
'Columns, and sets of columns, that could be the key of a table, view or foreign table, by its rows as they are: is_key says that no value is missing and no two rows are alike; a set that holds a smaller key is left out. completeness and uniqueness: 0 to 1. confidence: 0.6 of uniqueness and 0.4 of completeness, more for a name such as id, less for more columns and for a table of one row. Sets are made of the 12 columns with the most values. options: max_columns 1 to 3 (default 2), min_uniqueness (default 0.995; columns below are left out). Reads the whole table, once for each candidate, as the caller. Errors: 22023 an option out of range, 42P01 no such table, 42501 no right to read it.';
REVOKE ALL ON FUNCTION gw.detect_keys(regclass, jsonb) FROM PUBLIC;
