-- Functions of T-SQL that the engine lacks or has otherwise.

-- A LIKE pattern as a regular expression. https://learn.microsoft.com/en-us/sql/t-sql/language-elements/like-transact-sql
CREATE FUNCTION ms.like_regex(pattern text, escape text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	out text := '^';
	i integer := 1;
	c text;
	stop integer;
	inner_text text;
BEGIN
	IF pattern IS NULL THEN
		RETURN NULL;
	END IF;
	IF char_length(escape) > 1 THEN
		PERFORM ms.fail(506, escape, 'LIKE');
	END IF;
	WHILE i <= char_length(pattern) LOOP
		c := substr(pattern, i, 1);
		IF escape <> '' AND c = escape THEN
			i := i + 1;
			c := substr(pattern, i, 1);
			IF c = '' THEN
				-- A pattern that ends with the escape matches nothing.
				RETURN '^(?!)';
			END IF;
			out := out || regexp_replace(c, '([\\.^$|?*+(){}\[\]])', '\\\1');
		ELSIF c = '%' THEN
			out := out || '.*';
		ELSIF c = '_' THEN
			out := out || '.';
		ELSIF c = '[' THEN
			stop := position(']' IN substr(pattern, i + 1));
			IF stop = 0 THEN
				RETURN '^(?!)';
			END IF;
			inner_text := substr(pattern, i + 1, stop - 1);
			IF inner_text IN ('', '^') THEN
				RETURN '^(?!)';
			END IF;
			out := out || '[' || CASE WHEN left(inner_text, 1) = '^' THEN '^' ELSE '' END
				|| regexp_replace(CASE WHEN left(inner_text, 1) = '^' THEN substr(inner_text, 2) ELSE inner_text END, '([\\\[^])', '\\\1', 'g') || ']';
			i := i + stop;
		ELSE
			out := out || regexp_replace(c, '([\\.^$|?*+(){}\[\]])', '\\\1');
		END IF;
		i := i + 1;
	END LOOP;
	RETURN out || '$';
END$$;

-- Trailing blanks of the value that the pattern does not ask for do no harm
-- when the value is not Unicode.
CREATE FUNCTION ms.matches(s text, pattern text, escape text, fold boolean, ansi boolean) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	regex text := '(?s)' || ms.like_regex(pattern, escape);
	found boolean;
BEGIN
	IF fold THEN
		found := (s COLLATE "und-x-icu") ~* regex;
	ELSE
		found := (s COLLATE "C") ~ regex;
	END IF;
	IF NOT found AND ansi AND right(s, 1) = ' ' THEN
		RETURN ms.matches(rtrim(s, ' '), pattern, escape, fold, false);
	END IF;
	RETURN found;
END$$;

CREATE FUNCTION ms.find(needle text, hay text, start integer, fold boolean) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	at integer;
BEGIN
	IF needle IS NULL OR hay IS NULL OR start IS NULL THEN
		RETURN NULL;
	END IF;
	IF needle = '' THEN
		RETURN 0;
	END IF;
	IF hay ~ '[\U00010000-\U0010FFFF]' THEN
		hay := regexp_replace(hay, '([\U00010000-\U0010FFFF])', E'\\1\x01', 'g');
		needle := regexp_replace(needle, '([\U00010000-\U0010FFFF])', E'\\1\x01', 'g');
	END IF;
	start := greatest(start, 1);
	IF fold THEN
		hay := lower(hay COLLATE "und-x-icu");
		needle := lower(needle COLLATE "und-x-icu");
	END IF;
	at := position((needle COLLATE "C") IN (substr(hay, start) COLLATE "C"));
	RETURN CASE WHEN at = 0 THEN 0 ELSE at + start - 1 END;
END$$;

CREATE FUNCTION ms.replace(s text, old text, new text, fold boolean) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT CASE WHEN old = '' THEN s WHEN fold THEN regexp_replace(s COLLATE "und-x-icu", regexp_replace(old, '([\\.^$|?*+(){}\[\]])', '\\\1', 'g'),
	replace(new, '\', '\\'), 'gi') ELSE replace(s, old, new) END$$;
CREATE FUNCTION ms.stuff(s text, first integer, count integer, new text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT CASE WHEN first < 1 OR count < 0 OR first > ms.units(s) THEN NULL
	ELSE ms.part(s, 1, first - 1) || coalesce(new, '') || ms.part(s, first + count, 2000000000) END$$;
CREATE FUNCTION ms.replicate(s text, n integer) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT CASE WHEN n < 0 THEN NULL ELSE repeat(s, n) END$$;
CREATE FUNCTION ms.right_part(s text, n integer) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT CASE WHEN n < 0 THEN ms.part(s, 1, -1) ELSE ms.part(s, greatest(ms.units(s) - n, 0) + 1, n) END$$;

-- What an INSERT or UPDATE may store. https://learn.microsoft.com/en-us/sql/relational-databases/errors-events/mssqlserver-2628-database-engine-error
CREATE FUNCTION ms.fit(s text, size integer, tbl text, col text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF s IS NULL OR octet_length(s) <= size OR ms.units(s) <= size THEN
		RETURN s;
	END IF;
	IF ms.units(rtrim(s, ' ')) > size THEN
		PERFORM ms.fail(2628, tbl, col, substr(s, 1, size));
	END IF;
	RETURN ms.part(s, 1, size);
END$$;
CREATE FUNCTION ms.fit_bytes(b bytea, size integer, tbl text, col text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF length(b) > size THEN
		PERFORM ms.fail(2628, tbl, col, '');
	END IF;
	RETURN b;
END$$;
CREATE FUNCTION ms.pad(s text, size integer) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT s || repeat(' ', greatest(size - ms.units(s), 0))$$;
CREATE FUNCTION ms.pad_bytes(b bytea, size integer) RETURNS bytea LANGUAGE sql IMMUTABLE AS
$$SELECT b || decode(repeat('00', greatest(size - length(b), 0)), 'hex')$$;
CREATE FUNCTION ms.int_bytes(n bigint, size integer) RETURNS bytea LANGUAGE sql IMMUTABLE AS
$$SELECT CASE WHEN size <= 8 THEN substr(int8send(n), 9 - size) ELSE decode(repeat('00', size - 8), 'hex') || int8send(n) END$$;
CREATE FUNCTION ms.bytes_int(b bytea) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$SELECT ('x' || lpad(right(encode(b, 'hex'), 16), 16, '0'))::bit(64)::bigint$$;
CREATE FUNCTION ms.guid_bytes(u uuid) RETURNS bytea LANGUAGE sql IMMUTABLE AS
$$SELECT decode(substr(t, 7, 2) || substr(t, 5, 2) || substr(t, 3, 2) || substr(t, 1, 2) || substr(t, 12, 2) || substr(t, 10, 2)
	|| substr(t, 17, 2) || substr(t, 15, 2) || substr(t, 20, 4) || substr(t, 25), 'hex') FROM (SELECT u::text AS t) AS x$$;
CREATE FUNCTION ms.bytes_guid(b bytea) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$SELECT (substr(t, 7, 2) || substr(t, 5, 2) || substr(t, 3, 2) || substr(t, 1, 2) || substr(t, 11, 2) || substr(t, 9, 2)
	|| substr(t, 15, 2) || substr(t, 13, 2) || substr(t, 17))::uuid FROM (SELECT rpad(encode(b, 'hex'), 32, '0') AS t) AS x$$;

-- tinyint and bit have no type of their own in the engine.
CREATE FUNCTION ms.tiny(n bigint) RETURNS smallint LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF n < 0 OR n > 255 THEN
		PERFORM ms.fail(8115, 'expression', 'tinyint');
	END IF;
	RETURN n;
END$$;
-- Division of decimals cuts. https://learn.microsoft.com/en-us/sql/t-sql/data-types/precision-scale-and-length-transact-sql
CREATE FUNCTION ms.divide(a numeric, b numeric, scale integer) RETURNS numeric LANGUAGE sql IMMUTABLE AS
$$SELECT round(div(a * ('1e' || scale)::numeric, b) * ('1e-' || scale)::numeric, scale)$$;
CREATE FUNCTION ms.is_json(s text) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF s IS NULL THEN
		RETURN NULL;
	END IF;
	IF s !~ '^[ \t\r\n]*[\[{]' THEN
		RETURN 0;
	END IF;
	PERFORM s::json;
	RETURN 1;
EXCEPTION WHEN invalid_text_representation THEN
	RETURN 0;
END$$;
CREATE FUNCTION ms.variant_text(s text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT substr(s, position('|' IN s) + 1)$$;
CREATE FUNCTION ms.round_num(x numeric, n integer, cut integer) RETURNS numeric LANGUAGE sql IMMUTABLE AS
$$SELECT CASE WHEN cut <> 0 THEN trunc(x, n) ELSE round(x, n) END$$;
CREATE SEQUENCE ms.dbts START 2001;
CREATE FUNCTION ms.rowversion() RETURNS bytea LANGUAGE sql VOLATILE AS $$SELECT int8send(nextval('ms.dbts'))$$;

-- The least and greatest string by its key.
CREATE TYPE ms.keyed AS (key text COLLATE "C", value ms.str);
CREATE FUNCTION ms.keyed_larger(a ms.keyed, b ms.keyed) RETURNS ms.keyed LANGUAGE sql IMMUTABLE AS
$$SELECT CASE WHEN b IS NULL OR (b).value IS NULL THEN a WHEN a IS NULL OR (a).value IS NULL OR (b).key > (a).key THEN b ELSE a END$$;
CREATE FUNCTION ms.keyed_smaller(a ms.keyed, b ms.keyed) RETURNS ms.keyed LANGUAGE sql IMMUTABLE AS
$$SELECT CASE WHEN b IS NULL OR (b).value IS NULL THEN a WHEN a IS NULL OR (a).value IS NULL OR (b).key < (a).key THEN b ELSE a END$$;
CREATE AGGREGATE ms.max(ms.keyed) (SFUNC = ms.keyed_larger, STYPE = ms.keyed);
CREATE AGGREGATE ms.min(ms.keyed) (SFUNC = ms.keyed_smaller, STYPE = ms.keyed);
CREATE FUNCTION ms.short_agg(s text, size integer) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF ms.units(s) > size THEN
		PERFORM ms.fail(9829);
	END IF;
	RETURN s;
END$$;
