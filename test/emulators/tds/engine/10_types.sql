-- The engine's side of T-SQL strings: a type that compares as SQL Server's do.
-- Trailing blanks do not count (PostgreSQL's own comparison of char(n)), and a
-- collation says whether case does; the value itself keeps every blank.
-- https://learn.microsoft.com/en-us/sql/t-sql/language-elements/string-comparison-assignment
CREATE SCHEMA ms;
CREATE COLLATION ms.ci_as (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE COLLATION ms.cs_as (provider = icu, locale = 'und-u-ks-level3', deterministic = false);
CREATE COLLATION ms.ci_ai (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
CREATE COLLATION ms.bin FROM "C";

-- A text that functions work on: its bytes alone count.
CREATE DOMAIN ms.t AS text COLLATE "C";

CREATE TYPE ms.str;
CREATE FUNCTION ms.str_in(cstring) RETURNS ms.str LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION ms.str_out(ms.str) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE TYPE ms.str (INPUT = ms.str_in, OUTPUT = ms.str_out, LIKE = text, COLLATABLE = true, CATEGORY = 'U');
CREATE CAST (ms.str AS text) WITHOUT FUNCTION;
CREATE CAST (text AS ms.str) WITHOUT FUNCTION;

CREATE FUNCTION ms.str_eq(ms.str, ms.str) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpchareq';
CREATE FUNCTION ms.str_ne(ms.str, ms.str) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpcharne';
CREATE FUNCTION ms.str_lt(ms.str, ms.str) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpcharlt';
CREATE FUNCTION ms.str_le(ms.str, ms.str) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpcharle';
CREATE FUNCTION ms.str_gt(ms.str, ms.str) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpchargt';
CREATE FUNCTION ms.str_ge(ms.str, ms.str) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'bpcharge';
CREATE FUNCTION ms.str_cmp(ms.str, ms.str) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'bpcharcmp';
CREATE FUNCTION ms.str_hash(ms.str) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'hashbpchar';
CREATE FUNCTION ms.str_larger(ms.str, ms.str) RETURNS ms.str LANGUAGE internal IMMUTABLE STRICT AS 'bpchar_larger';
CREATE FUNCTION ms.str_smaller(ms.str, ms.str) RETURNS ms.str LANGUAGE internal IMMUTABLE STRICT AS 'bpchar_smaller';
CREATE OPERATOR ms.= (FUNCTION = ms.str_eq, LEFTARG = ms.str, RIGHTARG = ms.str, COMMUTATOR = OPERATOR(ms.=),
	NEGATOR = OPERATOR(ms.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR ms.<> (FUNCTION = ms.str_ne, LEFTARG = ms.str, RIGHTARG = ms.str, COMMUTATOR = OPERATOR(ms.<>),
	NEGATOR = OPERATOR(ms.=), RESTRICT = neqsel, JOIN = neqjoinsel);
CREATE OPERATOR ms.< (FUNCTION = ms.str_lt, LEFTARG = ms.str, RIGHTARG = ms.str, COMMUTATOR = OPERATOR(ms.>),
	NEGATOR = OPERATOR(ms.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR ms.<= (FUNCTION = ms.str_le, LEFTARG = ms.str, RIGHTARG = ms.str, COMMUTATOR = OPERATOR(ms.>=),
	NEGATOR = OPERATOR(ms.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
CREATE OPERATOR ms.> (FUNCTION = ms.str_gt, LEFTARG = ms.str, RIGHTARG = ms.str, COMMUTATOR = OPERATOR(ms.<),
	NEGATOR = OPERATOR(ms.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
CREATE OPERATOR ms.>= (FUNCTION = ms.str_ge, LEFTARG = ms.str, RIGHTARG = ms.str, COMMUTATOR = OPERATOR(ms.<=),
	NEGATOR = OPERATOR(ms.<), RESTRICT = scalargesel, JOIN = scalargejoinsel);
CREATE OPERATOR CLASS ms.str_ops DEFAULT FOR TYPE ms.str USING btree AS
	OPERATOR 1 ms.<, OPERATOR 2 ms.<=, OPERATOR 3 ms.=, OPERATOR 4 ms.>=, OPERATOR 5 ms.>,
	FUNCTION 1 ms.str_cmp(ms.str, ms.str);
CREATE OPERATOR CLASS ms.str_hash_ops DEFAULT FOR TYPE ms.str USING hash AS
	OPERATOR 1 ms.=, FUNCTION 1 ms.str_hash(ms.str);
CREATE AGGREGATE ms.max(ms.str) (SFUNC = ms.str_larger, STYPE = ms.str, SORTOP = OPERATOR(ms.>));
CREATE AGGREGATE ms.min(ms.str) (SFUNC = ms.str_smaller, STYPE = ms.str, SORTOP = OPERATOR(ms.<));

-- An error of SQL Server's: its number and what its text names.
CREATE FUNCTION ms.fail(number integer, VARIADIC args text[] DEFAULT '{}') RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
$$BEGIN RAISE EXCEPTION USING ERRCODE = 'MS000', MESSAGE = array_to_string(number::text || args, E'\x1f', ''); END$$;

-- Integers of 8 and 4 bytes, in ten-thousandths.
-- https://learn.microsoft.com/en-us/sql/t-sql/data-types/money-and-smallmoney-transact-sql
CREATE FUNCTION ms.within(n numeric, low numeric, high numeric, kind text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
$$BEGIN RETURN n BETWEEN low AND high OR n IS NULL OR ms.fail(8115, 'expression', kind); END$$;
CREATE DOMAIN ms.money AS numeric(19,4)
	CHECK (ms.within(VALUE, -922337203685477.5808, 922337203685477.5807, 'money'));
CREATE DOMAIN ms.smallmoney AS numeric(10,4) CHECK (ms.within(VALUE, -214748.3648, 214748.3647, 'smallmoney'));

-- UTF-16 units, which LEN, SUBSTRING and nvarchar(n) count.
-- https://learn.microsoft.com/en-us/sql/t-sql/data-types/nchar-and-nvarchar-transact-sql
CREATE FUNCTION ms.units(s text) RETURNS integer LANGUAGE sql IMMUTABLE AS
$$SELECT char_length(s) + CASE WHEN octet_length(s) = char_length(s) THEN 0
	ELSE char_length(regexp_replace(s, '[^\U00010000-\U0010FFFF]', '', 'g')) END$$;

-- A part by units; one that cuts a character in two cannot be told in UTF-8.
CREATE FUNCTION ms.part(s text, first integer, count integer) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	wide text;
	out text;
BEGIN
	IF s IS NULL OR first IS NULL OR count IS NULL THEN
		RETURN NULL;
	END IF;
	IF count < 0 THEN
		PERFORM ms.fail(537);
	END IF;
	IF first < 1 THEN
		count := greatest(0, (first::bigint + count - 1)::integer);
		first := 1;
	END IF;
	IF octet_length(s) = char_length(s) OR s !~ '[\U00010000-\U0010FFFF]' THEN
		RETURN substr(s, first, count);
	END IF;
	-- Each wide character is followed by a mark while units are counted.
	wide := regexp_replace(s, '([\U00010000-\U0010FFFF])', E'\\1\x01', 'g');
	out := substr(wide, first, count);
	IF left(out, 1) = E'\x01' OR out ~ '[\U00010000-\U0010FFFF]$' THEN
		RAISE EXCEPTION 'the emulator cannot cut a surrogate pair';
	END IF;
	RETURN replace(out, E'\x01', '');
END$$;

-- What a varchar of code page 1252 keeps of a text; the rest turns into "?".
-- https://learn.microsoft.com/en-us/sql/relational-databases/collations/collation-and-unicode-support
CREATE FUNCTION ms.ansi(s text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT CASE WHEN octet_length(s) = char_length(s) THEN s ELSE regexp_replace(regexp_replace(s, '[\U00010000-\U0010FFFF]', '??', 'g'),
	'[^\u0001-\u007f\u00a0-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]', '?', 'g') END$$;

-- The order of a binary collation where the shorter text is padded with
-- blanks, by UTF-16 units where the text is Unicode.
CREATE FUNCTION ms.binkey(s text, wide boolean) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT CASE WHEN s !~ '[\u0001-\u001f\ue000-\uffff]' THEN replace(rtrim(s, ' '), ' ', E' \x03')
	ELSE regexp_replace(regexp_replace(regexp_replace(rtrim(s, ' '), ' (?= *[\u0001-\u001f])', E' \x01', 'g'),
		' (?!\u0001)', E' \x03', 'g'), CASE WHEN wide THEN '([\ue000-\uffff])' ELSE '(?!)' END, E'\U0010FFFF\\1', 'g')
	END || E' \x02' COLLATE "C"$$;

-- GUIDs sort by their last six bytes first.
-- https://learn.microsoft.com/en-us/dotnet/framework/data/adonet/sql/comparing-guid-and-uniqueidentifier-values
CREATE FUNCTION ms.guid_key(u uuid) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT substr(t, 25, 12) || substr(t, 20, 4) || substr(t, 17, 2) || substr(t, 15, 2) || substr(t, 12, 2) || substr(t, 10, 2)
	|| substr(t, 7, 2) || substr(t, 5, 2) || substr(t, 3, 2) || substr(t, 1, 2)
	FROM (SELECT u::text COLLATE "C" AS t) AS x$$;
