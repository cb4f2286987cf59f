-- Conversions from strings, and to strings by style.
-- https://learn.microsoft.com/en-us/sql/t-sql/functions/cast-and-convert-transact-sql

CREATE FUNCTION ms.to_int(s text, source text, kind text, low bigint, high bigint, safe boolean) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	trimmed text := btrim(s, E' \t\r\n');
	value numeric;
BEGIN
	IF s IS NULL THEN
		RETURN NULL;
	END IF;
	IF trimmed = '' THEN
		RETURN 0;
	END IF;
	IF trimmed !~ '^[-+]? *[0-9]+$' THEN
		IF safe THEN
			RETURN NULL;
		END IF;
		IF kind = 'bigint' THEN
			PERFORM ms.fail(8114, source, kind);
		END IF;
		PERFORM ms.fail(245, source, s, kind);
	END IF;
	value := replace(trimmed, ' ', '')::numeric;
	IF value < low OR value > high THEN
		IF safe THEN
			RETURN NULL;
		END IF;
		IF kind = 'int' THEN
			PERFORM ms.fail(248, source, s);
		END IF;
		PERFORM ms.fail(8115, 'expression', kind);
	END IF;
	RETURN value;
END$$;

CREATE FUNCTION ms.to_bit(s text, source text, safe boolean) RETURNS smallint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	trimmed text := lower(btrim(s, ' '));
BEGIN
	IF s IS NULL THEN
		RETURN NULL;
	ELSIF trimmed = 'true' THEN
		RETURN 1;
	ELSIF trimmed IN ('false', '') THEN
		RETURN 0;
	ELSIF trimmed ~ '^[-+]?[0-9]+$' THEN
		RETURN (trimmed::numeric <> 0)::integer;
	ELSIF safe THEN
		RETURN NULL;
	END IF;
	PERFORM ms.fail(245, source, s, 'bit');
END$$;

CREATE FUNCTION ms.to_num(s text, source text, kind text, prec integer, scale integer, safe boolean) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	trimmed text := btrim(s, E' \t\r\n');
	value numeric;
BEGIN
	IF s IS NULL THEN
		RETURN NULL;
	END IF;
	IF kind LIKE '%money' THEN
		trimmed := replace(replace(trimmed, ',', ''), '$', '');
		IF trimmed = '' THEN
			RETURN 0;
		END IF;
	END IF;
	IF trimmed !~ '^[-+]? *([0-9]+\.?[0-9]*|\.[0-9]+)$' THEN
		IF safe THEN
			RETURN NULL;
		END IF;
		PERFORM ms.fail(8114, source, CASE WHEN kind = 'decimal' THEN 'numeric' ELSE kind END);
	END IF;
	value := round(replace(trimmed, ' ', '')::numeric, scale);
	IF abs(value) >= ('1e' || (prec - scale))::numeric THEN
		IF safe THEN
			RETURN NULL;
		END IF;
		PERFORM ms.fail(8115, source, CASE WHEN kind = 'decimal' THEN 'numeric' ELSE kind END);
	END IF;
	RETURN value;
END$$;

CREATE FUNCTION ms.to_float(s text, source text, kind text, safe boolean) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	trimmed text := btrim(s, E' \t\r\n');
BEGIN
	IF s IS NULL THEN
		RETURN NULL;
	ELSIF trimmed = '' THEN
		RETURN 0;
	ELSIF trimmed !~ '^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eEdD][-+]?[0-9]+)?$' THEN
		IF safe THEN
			RETURN NULL;
		END IF;
		PERFORM ms.fail(8114, source, kind);
	END IF;
	IF kind = 'real' THEN
		RETURN replace(lower(trimmed), 'd', 'e')::real;
	END IF;
	RETURN replace(lower(trimmed), 'd', 'e')::double precision;
EXCEPTION WHEN numeric_value_out_of_range THEN
	IF trimmed ~ '[eE]-' THEN
		RETURN 0;
	ELSIF safe THEN
		RETURN NULL;
	END IF;
	PERFORM ms.fail(8115, source, kind);
END$$;

CREATE FUNCTION ms.to_guid(s text, safe boolean) RETURNS uuid LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF s IS NULL THEN
		RETURN NULL;
	ELSIF s ~* '^ *\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}' THEN
		RETURN substring(s FROM '[0-9a-fA-F]{8}-[-0-9a-fA-F]{27}')::uuid;
	ELSIF safe THEN
		RETURN NULL;
	END IF;
	PERFORM ms.fail(8169);
END$$;

CREATE FUNCTION ms.hex(s text, prefix boolean, safe boolean) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF s IS NULL THEN
		RETURN NULL;
	ELSIF s ~* (CASE WHEN prefix THEN '^0x([0-9a-f]{2})*$' ELSE '^([0-9a-f]{2})*$' END) THEN
		RETURN decode(CASE WHEN prefix THEN substr(s, 3) ELSE s END, 'hex');
	ELSIF safe THEN
		RETURN NULL;
	END IF;
	PERFORM ms.fail(8114, 'varchar', 'varbinary');
END$$;

-- Bytes of a text: UTF-16LE where it is Unicode, else code page 1252.
CREATE FUNCTION ms.utf16(s text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
	out text := '';
	code integer;
	c text;
BEGIN
	FOREACH c IN ARRAY regexp_split_to_array(s, '') LOOP
		CONTINUE WHEN c = '';
		code := ascii(c);
		IF code > 65535 THEN
			out := out || ms.unit_hex(55296 + ((code - 65536) >> 10)) || ms.unit_hex(56320 + ((code - 65536) & 1023));
		ELSE
			out := out || ms.unit_hex(code);
		END IF;
	END LOOP;
	RETURN decode(out, 'hex');
END$$;
CREATE FUNCTION ms.unit_hex(code integer) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT lpad(to_hex(code & 255), 2, '0') || lpad(to_hex(code >> 8), 2, '0')$$;
CREATE FUNCTION ms.from_utf16(b bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
	out text := '';
	unit integer;
	i integer := 0;
BEGIN
	WHILE i + 1 < length(b) LOOP
		unit := get_byte(b, i) + 256 * get_byte(b, i + 1);
		i := i + 2;
		IF unit BETWEEN 55296 AND 56319 AND i + 1 < length(b) THEN
			unit := 65536 + ((unit - 55296) << 10) + (get_byte(b, i) + 256 * get_byte(b, i + 1)) - 56320;
			i := i + 2;
		END IF;
		out := out || chr(unit);
	END LOOP;
	RETURN out;
END$$;

-- A float's very value.
CREATE FUNCTION ms.exact(x double precision) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
	bits bigint := ms.bytes_int(float8send(abs(x)));
	e integer := (bits >> 52)::integer - 1075;
	m numeric := bits & 4503599627370495;
BEGIN
	IF e > -1075 THEN
		m := m + 4503599627370496;
	ELSE
		e := -1074;
	END IF;
	RETURN sign(x)::numeric * CASE WHEN e >= 0 THEN m * power(2::numeric, e) ELSE m * power(5::numeric, -e) * ('1e' || e)::numeric END;
END$$;

-- A float as text: style 0 has six digits, 3 all seventeen that count.
CREATE FUNCTION ms.float_text(x double precision, style integer, small boolean) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
	digits integer := CASE style WHEN 1 THEN 8 WHEN 2 THEN 16 WHEN 3 THEN CASE WHEN small THEN 9 ELSE 17 END ELSE 6 END;
	t text;
	mantissa text;
	exponent integer;
BEGIN
	IF style = 0 AND (x = 0 OR (abs(x) >= 1e-4 AND abs(x) < 999999.5)) THEN
		IF x = 0 THEN
			RETURN '0';
		END IF;
		t := round(x::numeric, 5 - floor(log(abs(x)::numeric))::integer)::text;
		IF position('.' IN t) > 0 THEN
			t := rtrim(rtrim(t, '0'), '.');
		END IF;
		RETURN t;
	END IF;
	t := btrim(to_char(ms.exact(x), '9.' || repeat('0', digits - 1) || 'EEEE'));
	mantissa := split_part(t, 'e', 1);
	exponent := split_part(t, 'e', 2)::integer;
	IF style = 0 THEN
		mantissa := rtrim(rtrim(mantissa, '0'), '.');
	END IF;
	RETURN mantissa || 'e' || CASE WHEN exponent < 0 THEN '-' ELSE '+' END || lpad(abs(exponent)::text, 3, '0');
END$$;

-- Digits that find no room: an asterisk, or an error.  The test stands in a
-- function, since a constant refusal in a CASE would be worked out too early.
CREATE FUNCTION ms.short_text(s text, size integer, star boolean, source text, kind text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF length(s) <= size THEN
		RETURN s;
	ELSIF star THEN
		RETURN '*';
	END IF;
	PERFORM ms.fail(8115, source, kind);
END$$;
