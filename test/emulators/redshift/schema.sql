-- What makes a PostgreSQL database answer as Amazon Redshift documents: types, operators,
-- functions and catalogs of schema rs, which stands before pg_catalog on every session's path.
-- Each part names its page below https://docs.aws.amazon.com/redshift/latest/dg/.
SET client_min_messages = warning;
CREATE SCHEMA rs;
GRANT USAGE ON SCHEMA rs TO PUBLIC;
SET search_path = rs, pg_catalog;

-- r_VARBYTE_type.html: text cast to VARBYTE gives its bytes; shown as hexadecimal digits (the
-- proxy takes away the \x).
CREATE TYPE rs.varbyte;
CREATE FUNCTION varbyte_in(cstring) RETURNS varbyte LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION varbyte_out(varbyte) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
CREATE FUNCTION varbyte_typmodin(cstring[]) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodin';
CREATE FUNCTION varbyte_typmodout(integer) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodout';
CREATE TYPE rs.varbyte (INPUT = varbyte_in, OUTPUT = varbyte_out, TYPMOD_IN = varbyte_typmodin,
	TYPMOD_OUT = varbyte_typmodout, INTERNALLENGTH = VARIABLE, STORAGE = extended);
CREATE CAST (varbyte AS bytea) WITHOUT FUNCTION;
CREATE CAST (bytea AS varbyte) WITHOUT FUNCTION;
CREATE CAST (varchar AS varbyte) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (text AS varbyte) WITHOUT FUNCTION;
CREATE FUNCTION varbyte_fits(varbyte, integer, boolean) RETURNS varbyte LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
	IF pg_catalog.octet_length($1::bytea) <= $2 - 4 THEN
		RETURN $1;
	ELSIF $3 THEN
		RETURN pg_catalog.substring($1::bytea, 1, $2 - 4)::varbyte;
	END IF;
	RAISE EXCEPTION 'value too long for type binary varying(%)', $2 - 4 USING ERRCODE = '22001';
END $$;
CREATE CAST (varbyte AS varbyte) WITH FUNCTION varbyte_fits AS IMPLICIT;

-- r_SUPER_type.html: a plain string put into SUPER is a string; JSON_PARSE makes the rest.  A
-- value that is no string is stored as \x01 and its JSON (the proxy shows both as JSON).
CREATE TYPE rs.super;
CREATE FUNCTION super_in(cstring) RETURNS super LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION super_out(super) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE rs.super (INPUT = super_in, OUTPUT = super_out, INTERNALLENGTH = VARIABLE, STORAGE = extended);
CREATE CAST (text AS super) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (varchar AS super) WITHOUT FUNCTION AS ASSIGNMENT;
DO $$
DECLARE
	of text;
BEGIN
	FOREACH of IN ARRAY '{smallint,integer,bigint,numeric,real,double precision,boolean}'::text[] LOOP
		EXECUTE format('CREATE FUNCTION rs.super_of(%s) RETURNS rs.super LANGUAGE sql IMMUTABLE STRICT
			AS ''SELECT pg_catalog.concat(pg_catalog.chr(1), pg_catalog.to_json($1))::rs.super''', of);
		EXECUTE format('CREATE CAST (%s AS rs.super) WITH FUNCTION rs.super_of(%s) AS ASSIGNMENT', of, of);
	END LOOP;
END $$;
-- JSON_PARSE.html, JSON_SERIALIZE.html, r_json_typeof.html
CREATE FUNCTION json_parse(varchar) RETURNS super LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
	given json;
BEGIN
	given := $1::json;
	IF pg_catalog.json_typeof(given) = 'string' THEN
		RETURN (given #>> '{}')::rs.super;
	END IF;
	RETURN (pg_catalog.chr(1) OPERATOR(pg_catalog.||) given::text)::rs.super;
END $$;
CREATE CAST (super AS bytea) WITHOUT FUNCTION;
CREATE FUNCTION super_json(super) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$
	SELECT CASE WHEN pg_catalog.left(raw, 1) OPERATOR(pg_catalog.=) pg_catalog.chr(1)
		THEN pg_catalog.substr(raw, 2)::json ELSE pg_catalog.to_json(raw) END
	FROM pg_catalog.convert_from($1::bytea, 'UTF8') AS raw $$;
CREATE FUNCTION super_text(super) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT rs.super_json($1) OPERATOR(pg_catalog.#>>) '{}'$$;
CREATE CAST (super AS varchar) WITH FUNCTION super_text;
CREATE FUNCTION json_serialize(super) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT rs.super_json($1)::text$$;
CREATE FUNCTION json_typeof(super) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT pg_catalog.json_typeof(rs.super_json($1))$$;
CREATE FUNCTION is_valid_json(varchar) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
	RETURN pg_catalog.left(pg_catalog.ltrim($1::json::text), 1) = '{';
EXCEPTION WHEN invalid_text_representation THEN
	RETURN false;
END $$;

CREATE FUNCTION super_eq(super, super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT rs.super_json($1)::jsonb OPERATOR(pg_catalog.=) rs.super_json($2)::jsonb$$;
CREATE FUNCTION super_ne(super, super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$SELECT NOT rs.super_eq($1, $2)$$;
CREATE OPERATOR rs.= (FUNCTION = super_eq, LEFTARG = super, RIGHTARG = super, NEGATOR = OPERATOR(rs.<>));
CREATE OPERATOR rs.<> (FUNCTION = super_ne, LEFTARG = super, RIGHTARG = super, NEGATOR = OPERATOR(rs.=));

-- r_Character_types.html: n counts bytes; blanks too many are dropped silently.
CREATE FUNCTION varchar_bytes(varchar, integer, boolean) RETURNS varchar LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
	taken varchar;
BEGIN
	IF pg_catalog.octet_length($1) <= $2 - 4 THEN
		RETURN $1;
	END IF;
	taken := pg_catalog.left($1, $2 - 4);
	WHILE pg_catalog.octet_length(taken) > $2 - 4 LOOP
		taken := pg_catalog.left(taken, -1);
	END LOOP;
	IF $3 OR pg_catalog.btrim(pg_catalog.substr($1, pg_catalog.length(taken) + 1), ' ') OPERATOR(pg_catalog.=) '' THEN
		RETURN taken;
	END IF;
	RAISE EXCEPTION 'value too long for type character varying(%)', $2 - 4 USING ERRCODE = '22001';
END $$;
CREATE FUNCTION bpchar_bytes(bpchar, integer, boolean) RETURNS bpchar LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
	IF NOT $3 AND pg_catalog.octet_length(pg_catalog.rtrim($1::text, ' ')) > $2 - 4 THEN
		RAISE EXCEPTION 'value too long for type character(%)', $2 - 4 USING ERRCODE = '22001';
	END IF;
	RETURN pg_catalog.bpchar($1, $2, $3);
END $$;
UPDATE pg_cast SET castfunc = 'rs.varchar_bytes(varchar, integer, boolean)'::regprocedure
	WHERE castsource = 'varchar'::regtype AND casttarget = 'varchar'::regtype;
UPDATE pg_cast SET castfunc = 'rs.bpchar_bytes(bpchar, integer, boolean)'::regprocedure
	WHERE castsource = 'bpchar'::regtype AND casttarget = 'bpchar'::regtype;
-- r_Boolean_type.html: no cast from BOOLEAN to a character type.
CREATE FUNCTION no_text(boolean) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
	RAISE EXCEPTION 'cannot cast type boolean to character varying' USING ERRCODE = '42846';
END $$;
UPDATE pg_cast SET castfunc = 'rs.no_text(boolean)'::regprocedure
	WHERE castsource = 'boolean'::regtype AND casttarget IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype);

-- r_Character_types.html#r_Character_types-significance-of-trailing-blanks: comparing disregards
-- trailing blanks, which PostgreSQL does for char(n) only; its functions serve all three here.
CREATE FUNCTION text_eq(text, text) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpchareq';
CREATE FUNCTION text_ne(text, text) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpcharne';
CREATE FUNCTION text_lt(text, text) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpcharlt';
CREATE FUNCTION text_le(text, text) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpcharle';
CREATE FUNCTION text_gt(text, text) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpchargt';
CREATE FUNCTION text_ge(text, text) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpcharge';
CREATE FUNCTION varchar_eq(varchar, varchar) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpchareq';
CREATE FUNCTION varchar_ne(varchar, varchar) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpcharne';
CREATE FUNCTION varchar_lt(varchar, varchar) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpcharlt';
CREATE FUNCTION varchar_le(varchar, varchar) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpcharle';
CREATE FUNCTION varchar_gt(varchar, varchar) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpchargt';
CREATE FUNCTION varchar_ge(varchar, varchar) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpcharge';
CREATE FUNCTION varchar_cmp(varchar, varchar) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'bpcharcmp';
CREATE FUNCTION varchar_hash(varchar) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'hashbpchar';
DO $$
DECLARE
	of text;
BEGIN
	FOREACH of IN ARRAY '{text,varchar}'::text[] LOOP
		EXECUTE format(replace($q$
			CREATE OPERATOR rs.= (FUNCTION = rs.%1$s_eq, LEFTARG = %1$s, RIGHTARG = %1$s, COMMUTATOR = OPERATOR(rs.=), RESTRICT = eqsel, JOIN = eqjoinsel HASHES MERGES);
			CREATE OPERATOR rs.<> (FUNCTION = rs.%1$s_ne, LEFTARG = %1$s, RIGHTARG = %1$s, COMMUTATOR = OPERATOR(rs.<>), NEGATOR = OPERATOR(rs.=), RESTRICT = neqsel, JOIN = neqjoinsel);
			CREATE OPERATOR rs.< (FUNCTION = rs.%1$s_lt, LEFTARG = %1$s, RIGHTARG = %1$s, COMMUTATOR = OPERATOR(rs.>), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
			CREATE OPERATOR rs.<= (FUNCTION = rs.%1$s_le, LEFTARG = %1$s, RIGHTARG = %1$s, COMMUTATOR = OPERATOR(rs.>=), NEGATOR = OPERATOR(rs.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
			CREATE OPERATOR rs.> (FUNCTION = rs.%1$s_gt, LEFTARG = %1$s, RIGHTARG = %1$s, COMMUTATOR = OPERATOR(rs.<), RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
			CREATE OPERATOR rs.>= (FUNCTION = rs.%1$s_ge, LEFTARG = %1$s, RIGHTARG = %1$s, COMMUTATOR = OPERATOR(rs.<=), NEGATOR = OPERATOR(rs.<), RESTRICT = scalargesel, JOIN = scalargejoinsel);
			$q$, ' HASHES MERGES', CASE of WHEN 'varchar' THEN ', HASHES, MERGES' ELSE '' END), of);
	END LOOP;
	FOREACH of IN ARRAY '{eq,ne,lt,le,gt,ge}'::text[] LOOP
		EXECUTE format('CREATE FUNCTION rs.varbyte_%1$s(rs.varbyte, rs.varbyte) RETURNS boolean
			LANGUAGE internal IMMUTABLE STRICT AS ''bytea%1$s''', of);
		EXECUTE format('CREATE OPERATOR rs.%s (FUNCTION = rs.varbyte_%s, LEFTARG = rs.varbyte, RIGHTARG = rs.varbyte)',
			CASE of WHEN 'eq' THEN '=' WHEN 'ne' THEN '<>' WHEN 'lt' THEN '<' WHEN 'le' THEN '<=' WHEN 'gt' THEN '>' ELSE '>=' END, of);
	END LOOP;
END $$;
CREATE OPERATOR CLASS rs.varchar_ops DEFAULT FOR TYPE varchar USING btree AS
	OPERATOR 1 rs.<, OPERATOR 2 rs.<=, OPERATOR 3 rs.=, OPERATOR 4 rs.>=, OPERATOR 5 rs.>, FUNCTION 1 rs.varchar_cmp(varchar, varchar);
CREATE OPERATOR CLASS rs.varchar_ops DEFAULT FOR TYPE varchar USING hash AS
	OPERATOR 1 rs.=, FUNCTION 1 rs.varchar_hash(varchar);
CREATE FUNCTION varbyte_cmp(varbyte, varbyte) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'byteacmp';
CREATE OPERATOR CLASS rs.varbyte_ops DEFAULT FOR TYPE rs.varbyte USING btree AS
	OPERATOR 1 rs.<, OPERATOR 2 rs.<=, OPERATOR 3 rs.=, OPERATOR 4 rs.>=, OPERATOR 5 rs.>, FUNCTION 1 rs.varbyte_cmp(varbyte, varbyte);

-- r_patternmatching_condition_like.html: ILIKE folds single-byte letters only.
CREATE FUNCTION ilike(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT pg_catalog.lower($1 COLLATE "C") OPERATOR(pg_catalog.~~) pg_catalog.lower($2 COLLATE "C")$$;
CREATE FUNCTION not_ilike(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$SELECT NOT rs.ilike($1, $2)$$;
CREATE OPERATOR rs.~~* (FUNCTION = rs.ilike, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR rs.!~~* (FUNCTION = rs.not_ilike, LEFTARG = text, RIGHTARG = text);

-- Functions of texts give VARCHAR, so that grouping by them disregards blanks as well.
CREATE FUNCTION concat(text, text) RETURNS varchar LANGUAGE internal IMMUTABLE STRICT AS 'textcat'; -- r_CONCAT.html: NULL with NULL
CREATE OPERATOR rs.|| (FUNCTION = rs.concat, LEFTARG = text, RIGHTARG = text);
CREATE FUNCTION lower(text) RETURNS varchar LANGUAGE internal IMMUTABLE STRICT AS 'lower';
CREATE FUNCTION upper(text) RETURNS varchar LANGUAGE internal IMMUTABLE STRICT AS 'upper';
CREATE FUNCTION initcap(text) RETURNS varchar LANGUAGE internal IMMUTABLE STRICT AS 'initcap';
CREATE FUNCTION reverse(text) RETURNS varchar LANGUAGE internal IMMUTABLE STRICT AS 'text_reverse';
CREATE FUNCTION substr(text, integer) RETURNS varchar LANGUAGE internal IMMUTABLE STRICT AS 'text_substr_no_len';
CREATE FUNCTION substr(text, integer, integer) RETURNS varchar LANGUAGE internal IMMUTABLE STRICT AS 'text_substr';
CREATE FUNCTION "substring"(text, integer) RETURNS varchar LANGUAGE internal IMMUTABLE STRICT AS 'text_substr_no_len';
CREATE FUNCTION "substring"(text, integer, integer) RETURNS varchar LANGUAGE internal IMMUTABLE STRICT AS 'text_substr';
CREATE FUNCTION replace(text, text, text) RETURNS varchar LANGUAGE internal IMMUTABLE STRICT AS 'replace_text';
CREATE FUNCTION "left"(text, integer) RETURNS varchar LANGUAGE internal IMMUTABLE STRICT AS 'text_left';
CREATE FUNCTION "right"(text, integer) RETURNS varchar LANGUAGE internal IMMUTABLE STRICT AS 'text_right';
CREATE FUNCTION split_part(text, text, integer) RETURNS varchar LANGUAGE internal IMMUTABLE STRICT AS 'split_part';
CREATE FUNCTION len(text) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'textlen'; -- r_LEN.html
CREATE FUNCTION len(bpchar) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'bpcharlen';
CREATE FUNCTION textlen(text) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'textlen';
CREATE FUNCTION charindex(text, text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT pg_catalog.strpos($2, $1)$$; -- r_CHARINDEX.html
-- REGEXP_REPLACE.html: all occurrences, not the first
CREATE FUNCTION regexp_replace(text, text) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT pg_catalog.regexp_replace($1, $2, '', 'g')$$;
CREATE FUNCTION regexp_replace(text, text, text) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT pg_catalog.regexp_replace($1, $2, $3, 'g')$$;
-- r_FROM_HEX.html, r_TO_HEX.html, r_TO_VARBYTE.html, r_FROM_VARBYTE.html
CREATE FUNCTION from_hex(varchar) RETURNS varbyte LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT pg_catalog.decode($1, 'hex')::rs.varbyte$$;
CREATE FUNCTION to_hex(varbyte) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT pg_catalog.encode($1::bytea, 'hex')$$;
CREATE FUNCTION to_varbyte(varchar, varchar) RETURNS varbyte LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT CASE pg_catalog.lower($2) WHEN 'hex' THEN pg_catalog.decode($1, 'hex')::rs.varbyte
		WHEN 'base64' THEN pg_catalog.decode($1, 'base64')::rs.varbyte ELSE $1::rs.varbyte END$$;
CREATE FUNCTION from_varbyte(varbyte, varchar) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT CASE pg_catalog.lower($2) WHEN 'hex' THEN pg_catalog.encode($1::bytea, 'hex')
		WHEN 'base64' THEN pg_catalog.encode($1::bytea, 'base64') ELSE pg_catalog.convert_from($1::bytea, 'UTF8') END$$;
CREATE FUNCTION octet_length(varbyte) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$SELECT pg_catalog.octet_length($1::bytea)$$;
CREATE FUNCTION length(varbyte) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$SELECT pg_catalog.octet_length($1::bytea)$$;

-- r_AVG.html: BIGINT of integers; the argument's scale of decimals.
CREATE FUNCTION avg_integer(bigint[]) RETURNS bigint LANGUAGE sql IMMUTABLE
	AS $$SELECT CASE $1[1] WHEN 0 THEN NULL ELSE $1[2] / $1[1] END$$;
CREATE AGGREGATE avg(smallint) (SFUNC = int2_avg_accum, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = avg_integer);
CREATE AGGREGATE avg(integer) (SFUNC = int4_avg_accum, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = avg_integer);
CREATE FUNCTION avg_add(numeric[], numeric) RETURNS numeric[] LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT ARRAY[$1[1] + 1, $1[2] + $2, GREATEST($1[3], pg_catalog.scale($2))]$$;
CREATE FUNCTION avg_decimal(numeric[]) RETURNS numeric LANGUAGE sql IMMUTABLE
	AS $$SELECT CASE $1[1] WHEN 0 THEN NULL ELSE pg_catalog.trunc($1[2] OPERATOR(pg_catalog./) $1[1], $1[3]::integer) END$$;
CREATE FUNCTION avg_bigint(numeric[]) RETURNS bigint LANGUAGE sql IMMUTABLE
	AS $$SELECT rs.avg_decimal($1)::bigint$$;
CREATE FUNCTION avg_add(numeric[], bigint) RETURNS numeric[] LANGUAGE sql IMMUTABLE STRICT AS $$SELECT rs.avg_add($1, $2::numeric)$$;
CREATE AGGREGATE avg(bigint) (SFUNC = avg_add, STYPE = numeric[], INITCOND = '{0,0,0}', FINALFUNC = avg_bigint);
CREATE AGGREGATE avg(numeric) (SFUNC = avg_add, STYPE = numeric[], INITCOND = '{0,0,0}', FINALFUNC = avg_decimal);
-- r_SUM.html: BIGINT of BIGINT, which overflows; DOUBLE PRECISION of REAL.
CREATE AGGREGATE sum(bigint) (SFUNC = int8pl, STYPE = bigint);
CREATE FUNCTION sum_real(double precision, real) RETURNS double precision LANGUAGE sql IMMUTABLE
	AS $$SELECT CASE WHEN $2 IS NULL THEN $1 WHEN $1 IS NULL THEN $2 ELSE $1 + $2 END$$;
CREATE AGGREGATE sum(real) (SFUNC = sum_real, STYPE = double precision);
-- r_STDDEV_functions.html, r_VARIANCE_functions.html and the functions of math-functions.html that
-- give DOUBLE PRECISION whatever they are given.
DO $$
DECLARE
	name text;
	of text;
BEGIN
	FOREACH of IN ARRAY '{smallint,integer,bigint,numeric}'::text[] LOOP
		EXECUTE format('CREATE FUNCTION rs.float_add(double precision[], %s) RETURNS double precision[] LANGUAGE sql
			IMMUTABLE STRICT AS ''SELECT pg_catalog.float8_accum($1, $2::double precision)''', of);
		FOREACH name IN ARRAY '{stddev,stddev_samp,stddev_pop,variance,var_samp,var_pop}'::text[] LOOP
			EXECUTE format('CREATE AGGREGATE rs.%s(%s) (SFUNC = rs.float_add, STYPE = double precision[], INITCOND = ''{0,0,0}'', FINALFUNC = float8_%s)',
				name, of, CASE name WHEN 'stddev' THEN 'stddev_samp' WHEN 'variance' THEN 'var_samp' ELSE name END);
		END LOOP;
	END LOOP;
	FOREACH name IN ARRAY '{sqrt,exp,ln}'::text[] LOOP
		EXECUTE format('CREATE FUNCTION rs.%s(numeric) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT
			AS ''SELECT pg_catalog.%s($1::double precision)''', name, name);
	END LOOP;
END $$;
-- r_numeric_computations201.html: the quotient of two decimals has max(4, s1 + p2 - s2 + 1) decimals
-- (the precision here is that of the value, as PostgreSQL does not know the column's).
CREATE FUNCTION decimal_div(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT pg_catalog.trunc($1 OPERATOR(pg_catalog./) $2, GREATEST(4, pg_catalog.scale($1)
		+ pg_catalog.length(pg_catalog.trunc(pg_catalog.abs($2))::text) + 1))$$;
CREATE OPERATOR rs./ (FUNCTION = rs.decimal_div, LEFTARG = numeric, RIGHTARG = numeric);

-- r_GETDATE.html, r_SYSDATE.html, r_DATEADD_function.html, r_DATEDIFF_function.html, r_LAST_DAY.html,
-- r_ADD_MONTHS.html, CONVERT_TIMEZONE.html
CREATE FUNCTION getdate() RETURNS timestamp LANGUAGE sql STABLE
	AS $$SELECT pg_catalog.date_trunc('second', pg_catalog.statement_timestamp()::timestamp)$$;
CREATE FUNCTION sysdate() RETURNS timestamp LANGUAGE sql STABLE AS $$SELECT pg_catalog.transaction_timestamp()::timestamp$$;
CREATE FUNCTION dateadd(varchar, bigint, timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT $3 + ($2::text OPERATOR(pg_catalog.||) CASE pg_catalog.lower($1) WHEN 'quarter' THEN '0' WHEN 'qtr' THEN '0' ELSE '' END
		OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) CASE pg_catalog.lower($1) WHEN 'weekday' THEN 'day' ELSE $1 END)::interval
		WHERE pg_catalog.lower($1) NOT IN ('quarter', 'qtr')
	UNION ALL SELECT $3 + ((3 * $2)::text OPERATOR(pg_catalog.||) ' month')::interval WHERE pg_catalog.lower($1) IN ('quarter', 'qtr')$$;
CREATE FUNCTION datediff(varchar, timestamp, timestamp) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$
	SELECT CASE WHEN part IN ('year', 'years', 'yr') THEN y
		WHEN part IN ('quarter', 'qtr') THEN 4 * y + pg_catalog.date_part('quarter', $3)::bigint - pg_catalog.date_part('quarter', $2)::bigint
		WHEN part IN ('month', 'months', 'mon') THEN 12 * y + pg_catalog.date_part('month', $3)::bigint - pg_catalog.date_part('month', $2)::bigint
		WHEN part IN ('week', 'weeks') THEN (pg_catalog.date_trunc('week', $3)::date - pg_catalog.date_trunc('week', $2)::date) / 7
		WHEN part IN ('day', 'days') THEN $3::date - $2::date
		ELSE pg_catalog.floor(pg_catalog.date_part('epoch', pg_catalog.date_trunc(part, $3) - pg_catalog.date_trunc(part, $2))
			/ CASE part WHEN 'hour' THEN 3600 WHEN 'minute' THEN 60 ELSE 1 END)::bigint END
	FROM (SELECT pg_catalog.lower($1), (pg_catalog.date_part('year', $3) - pg_catalog.date_part('year', $2))::bigint) AS g(part, y)$$;
CREATE FUNCTION last_day(timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT (pg_catalog.date_trunc('month', $1) + interval '1 month - 1 day')::date$$;
CREATE FUNCTION add_months(timestamp, integer) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT CASE WHEN $1::date = rs.last_day($1) THEN rs.last_day($1 + $2 * interval '1 month') + $1::time
		ELSE $1 + $2 * interval '1 month' END$$;
CREATE FUNCTION convert_timezone(varchar, timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT $2 AT TIME ZONE 'UTC' AT TIME ZONE $1$$;
CREATE FUNCTION convert_timezone(varchar, varchar, timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT $3 AT TIME ZONE $1 AT TIME ZONE $2$$;
CREATE FUNCTION nvl2(anyelement, anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE
	AS $$SELECT CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END$$; -- r_NVL2.html
CREATE FUNCTION first_of(anyelement, anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT AS $$SELECT $1$$;
CREATE AGGREGATE any_value(anyelement) (SFUNC = first_of, STYPE = anyelement); -- r_ANY_VALUE.html
-- r_LISTAGG.html: at most 65535 bytes; the proxy puts WITHIN GROUP as an aggregate's ORDER BY.
CREATE FUNCTION listagg_add(varchar, varchar, varchar) RETURNS varchar LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF $2 IS NULL THEN
		RETURN $1;
	ELSIF pg_catalog.octet_length($1) + pg_catalog.octet_length($2) > 65535 THEN
		RAISE EXCEPTION 'Result size exceeds LISTAGG limit' USING ERRCODE = 'XX000';
	END IF;
	RETURN COALESCE($1 OPERATOR(pg_catalog.||) COALESCE($3, ''), '') OPERATOR(pg_catalog.||) $2;
END $$;
CREATE FUNCTION listagg_add(varchar, varchar) RETURNS varchar LANGUAGE sql IMMUTABLE AS $$SELECT rs.listagg_add($1, $2, '')$$;
CREATE AGGREGATE listagg(varchar, varchar) (SFUNC = listagg_add, STYPE = varchar);
CREATE AGGREGATE listagg(varchar) (SFUNC = listagg_add, STYPE = varchar);
-- r_MEDIAN.html
CREATE FUNCTION median_of(double precision[]) RETURNS double precision LANGUAGE sql IMMUTABLE
	AS $$SELECT pg_catalog.percentile_cont(0.5) WITHIN GROUP (ORDER BY v) FROM pg_catalog.unnest($1) AS v$$;
CREATE AGGREGATE median(double precision) (SFUNC = array_append, STYPE = double precision[], FINALFUNC = median_of);

CREATE FUNCTION version() RETURNS varchar LANGUAGE sql IMMUTABLE
	AS $$SELECT 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.73348'::varchar$$;
-- r_COLLATE.html; case-insensitive columns are not emulated
CREATE FUNCTION "collate"(varchar, varchar) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT CASE pg_catalog.lower($2) WHEN 'case_sensitive' THEN $1 WHEN 'cs' THEN $1 END$$;
CREATE FUNCTION pg_last_copy_count() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT 0::bigint$$;
-- c_SQL_functions_leader_node_only.html: the path without what is ours
CREATE FUNCTION current_schemas(boolean) RETURNS name[] LANGUAGE sql STABLE
	AS $$SELECT pg_catalog.array_remove(CASE WHEN $1 THEN pg_catalog.current_schemas(false)
		ELSE pg_catalog.array_remove(pg_catalog.current_schemas(false), 'pg_catalog') END, 'rs')$$;
CREATE FUNCTION "current_schema"() RETURNS name LANGUAGE sql STABLE AS $$SELECT (rs.current_schemas(false))[1]$$;
-- r_SET_CONFIG.html, r_CURRENT_SETTING.html; which settings there are is rules.json's matter
CREATE TABLE setting (name text, shared boolean);
GRANT SELECT ON setting TO PUBLIC;
CREATE FUNCTION path_shown(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
	AS $$SELECT pg_catalog.regexp_replace($1, '^rs, ?pg_catalog(, ?)?', '')$$;
CREATE FUNCTION setting_name(text) RETURNS text LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
	found rs.setting;
BEGIN
	SELECT * INTO found FROM rs.setting s WHERE s.name OPERATOR(pg_catalog.=) pg_catalog.lower($1);
	IF found.name IS NULL AND pg_catalog.strpos($1, '.') = 0 THEN
		RAISE EXCEPTION 'unrecognized configuration parameter "%"', $1 USING ERRCODE = '42704';
	END IF;
	RETURN CASE WHEN found.shared OR found.name IS NULL THEN $1 ELSE pg_catalog.concat('rs.', found.name) END;
END $$;
CREATE FUNCTION set_config(text, text, boolean) RETURNS varchar LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	name text := pg_catalog.lower($1);
BEGIN
	IF name OPERATOR(pg_catalog.=) 'search_path' THEN
		PERFORM pg_catalog.set_config(name, pg_catalog.concat_ws(', ', 'rs, pg_catalog', NULLIF($2, '')), $3);
		RETURN $2;
	ELSIF name OPERATOR(pg_catalog.=) 'extra_float_digits' AND $2::integer > 2 THEN
		RAISE EXCEPTION '% is outside the valid range for parameter "extra_float_digits" (-15 .. 2)', $2 USING ERRCODE = '22023';
	END IF;
	RETURN pg_catalog.set_config(rs.setting_name(name), $2, $3);
END $$;
CREATE FUNCTION current_setting(text) RETURNS varchar LANGUAGE sql STABLE
	AS $$SELECT CASE pg_catalog.lower($1) WHEN 'server_version' THEN '8.0.2'
		WHEN 'search_path' THEN rs.path_shown(pg_catalog.current_setting('search_path'))
		ELSE pg_catalog.current_setting(rs.setting_name($1)) END$$;
