-- Dates and times as ticks of 100 ns since 0001-01-01 (see sqltypes.py).

CREATE FUNCTION ms.days(d date) RETURNS integer LANGUAGE sql IMMUTABLE AS $$SELECT d - date '0001-01-01'$$;
CREATE FUNCTION ms.day(days integer) RETURNS date LANGUAGE sql IMMUTABLE AS $$SELECT date '0001-01-01' + days$$;
CREATE FUNCTION ms.day_of(ticks bigint) RETURNS date LANGUAGE sql IMMUTABLE AS
$$SELECT date '0001-01-01' + (ticks / 864000000000)::integer$$;

-- Fails where the result is not within the years 1 to 9999.
CREATE FUNCTION ms.in_range(ticks numeric, number integer, VARIADIC args text[]) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF ticks < 0 OR ticks >= 3155378976000000000 THEN
		PERFORM ms.fail(number, VARIADIC args);
	END IF;
	RETURN ticks;
END$$;

-- datetime begins with 1753.
CREATE FUNCTION ms.from_1753(ticks bigint, source text) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF ticks < 552877920000000000 THEN
		PERFORM ms.fail(242, source, 'datetime');
	END IF;
	RETURN ticks;
END$$;

-- Rounds ticks to a scale; a datetime counts in three hundredths of a second.
CREATE FUNCTION ms.round_ticks(ticks bigint, kind text, scale integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$SELECT CASE kind
	WHEN 'datetime' THEN round(round(ticks::numeric * 3 / 100000) * 100000 / 3)::bigint
	WHEN 'smalldatetime' THEN ((ticks + 300010000) / 600000000) * 600000000
	ELSE CASE WHEN scale >= 7 THEN ticks ELSE ((ticks + 5 * (10 ^ (6 - scale))::bigint) / (10 ^ (7 - scale))::bigint)
		* (10 ^ (7 - scale))::bigint END END$$;

-- A text as ticks of a kind; the forms of ISO 8601 and the ODBC ones, as well
-- as the numeric ones under us_english.  datetimeoffset: see sqltypes.py.
CREATE FUNCTION ms.to_ticks(s text, kind text, scale integer, style integer, safe boolean) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	t text := btrim(s, ' ');
	p text[];
	y integer := 1900;
	m integer := 1;
	d integer := 1;
	hh integer := 0;
	mi integer := 0;
	ss integer := 0;
	fraction bigint := 0;
	zone integer := 0;
	clock text := '';
	ticks numeric;
BEGIN
	IF s IS NULL THEN
		RETURN NULL;
	END IF;
	IF t = '' THEN
		NULL;
	ELSE
		p := regexp_match(t, '^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ] *(.*))?$');
		IF p IS NULL THEN
			p := regexp_match(t, '^(\d{4})(\d{2})(\d{2})(?:[T ] *(.*))?$');
		END IF;
		IF p IS NULL AND (style IS NULL OR style IN (0, 101)) THEN
			p := regexp_match(t, '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?: +(.*))?$');
			IF p IS NOT NULL THEN
				p := ARRAY[p[3], p[1], p[2], p[4]];
			END IF;
		END IF;
		IF p IS NULL AND style IN (103, 104, 105) THEN
			p := regexp_match(t, '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?: +(.*))?$');
			IF p IS NOT NULL THEN
				p := ARRAY[p[3], p[2], p[1], p[4]];
			END IF;
		END IF;
		IF p IS NULL AND t ~ '^\d{4}/' THEN
			p := regexp_match(t, '^(\d{4})/(\d{1,2})/(\d{1,2})(?: +(.*))?$');
		END IF;
		IF p IS NULL AND t ~ '^\d{1,2}:' THEN
			clock := t;
		ELSIF p IS NULL THEN
			IF safe THEN
				RETURN NULL;
			END IF;
			PERFORM ms.fail(CASE WHEN kind = 'smalldatetime' THEN 295 ELSE 241 END);
		ELSE
			y := p[1]::integer;
			m := p[2]::integer;
			d := p[3]::integer;
			clock := coalesce(p[4], '');
		END IF;
	END IF;
	IF clock <> '' THEN
		p := regexp_match(clock, '^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.:](\d{1,9}))?)? ?([AaPp][Mm])? ?(Z|[-+]\d{2}:?\d{2})?$');
		IF p IS NULL THEN
			IF safe THEN
				RETURN NULL;
			END IF;
			PERFORM ms.fail(CASE WHEN kind = 'smalldatetime' THEN 295 ELSE 241 END);
		END IF;
		hh := p[1]::integer;
		mi := p[2]::integer;
		ss := coalesce(p[3], '0')::integer;
		fraction := round(rpad(coalesce(p[4], ''), 9, '0')::numeric / 100);
		IF lower(p[5]) = 'pm' AND hh < 12 THEN
			hh := hh + 12;
		ELSIF lower(p[5]) = 'am' AND hh = 12 THEN
			hh := 0;
		END IF;
		IF p[6] IS NOT NULL AND p[6] <> 'Z' THEN
			zone := (left(p[6], 1) || '1')::integer * (substr(p[6], 2, 2)::integer * 60 + right(p[6], 2)::integer);
		END IF;
	END IF;
	IF y < 1 OR m NOT BETWEEN 1 AND 12 OR d < 1 OR hh > 23 OR mi > 59 OR ss > 59 OR abs(zone) > 840
		OR d > extract(day FROM make_date(y, m, 1) + interval '1 month - 1 day')
		OR (kind = 'datetime' AND y < 1753) OR (kind = 'smalldatetime' AND y NOT BETWEEN 1900 AND 2079) THEN
		IF safe THEN
			RETURN NULL;
		END IF;
		IF kind IN ('datetime', 'smalldatetime') THEN
			PERFORM ms.fail(242, 'varchar', kind);
		END IF;
		PERFORM ms.fail(241);
	END IF;
	ticks := ms.days(make_date(y, m, d))::numeric * 864000000000 + (hh * 3600 + mi * 60 + ss)::numeric * 10000000 + fraction;
	IF kind = 'date' THEN
		RETURN div(ticks, 864000000000);
	ELSIF kind = 'time' THEN
		RETURN mod(ms.round_ticks(mod(ticks, 864000000000)::bigint, kind, scale), 864000000000);
	ELSIF kind = 'datetimeoffset' THEN
		RETURN (ms.round_ticks(ticks::bigint, kind, scale) - zone::numeric * 600000000) * 10000 + 5000 + zone;
	END IF;
	RETURN ms.round_ticks(ticks::bigint, kind, scale);
END$$;

CREATE FUNCTION ms.fraction(ticks bigint, scale integer) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT CASE WHEN scale = 0 THEN '' ELSE '.' || left(lpad((ticks % 10000000)::text, 7, '0'), scale) END$$;
CREATE FUNCTION ms.clock(ticks bigint, scale integer) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT lpad((ticks / 36000000000 % 24)::text, 2, '0') || ':' || lpad((ticks / 600000000 % 60)::text, 2, '0') || ':'
	|| lpad((ticks / 10000000 % 60)::text, 2, '0') || ms.fraction(ticks, scale)$$;
CREATE FUNCTION ms.zone(minutes integer) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT CASE WHEN minutes < 0 THEN '-' ELSE '+' END || lpad((abs(minutes) / 60)::text, 2, '0') || ':' || lpad((abs(minutes) % 60)::text, 2, '0')$$;
CREATE FUNCTION ms.iso(day date) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT lpad(extract(year FROM day)::text, 4, '0') || '-' || lpad(extract(month FROM day)::text, 2, '0') || '-' || lpad(extract(day FROM day)::text, 2, '0')$$;

-- Text by style; a style that is not here is not known to the emulator.
CREATE FUNCTION ms.time_text(value numeric, kind text, scale integer, style integer) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	zone integer := 0;
	ticks bigint;
	day date;
	digits integer := CASE kind WHEN 'datetime' THEN 3 WHEN 'smalldatetime' THEN 0 ELSE scale END;
	named text;
BEGIN
	IF value IS NULL THEN
		RETURN NULL;
	END IF;
	IF kind = 'date' THEN
		ticks := value * 864000000000;
	ELSIF kind = 'datetimeoffset' THEN
		zone := mod(value, 10000) - 5000;
		ticks := div(value, 10000) + zone::numeric * 600000000;
	ELSE
		ticks := value;
	END IF;
	IF kind = 'datetime' THEN
		-- .0033333 is written .003.
		ticks := round(ticks::numeric / 10000) * 10000;
	END IF;
	day := ms.day_of(ticks);
	style := coalesce(style, CASE WHEN kind IN ('datetime', 'smalldatetime') THEN 0 ELSE 121 END);
	IF style IN (20, 21, 25, 120, 121) THEN
		IF style IN (20, 120) THEN
			digits := 0;
		ELSIF kind = 'smalldatetime' THEN
			digits := 3;
		END IF;
		RETURN CASE kind WHEN 'date' THEN ms.iso(day) WHEN 'time' THEN ms.clock(ticks, digits)
			ELSE ms.iso(day) || ' ' || ms.clock(ticks, digits) END
			|| CASE WHEN kind = 'datetimeoffset' THEN ' ' || ms.zone(zone) ELSE '' END;
	ELSIF style IN (126, 127) THEN
		IF kind = 'datetime' AND ticks % 10000000 = 0 THEN
			digits := 0;
		ELSIF kind IN ('datetime2', 'datetimeoffset', 'time') AND ticks % 10000000 = 0 THEN
			digits := 0;
		END IF;
		IF kind = 'datetimeoffset' AND style = 127 THEN
			ticks := div(value, 10000);
			day := ms.day_of(ticks);
		END IF;
		RETURN CASE kind WHEN 'date' THEN ms.iso(day) WHEN 'time' THEN ms.clock(ticks, digits)
			ELSE ms.iso(day) || 'T' || ms.clock(ticks, digits) END
			|| CASE WHEN kind <> 'datetimeoffset' THEN '' WHEN style = 127 THEN 'Z' ELSE ms.zone(zone) END;
	ELSIF style = 23 AND kind <> 'time' THEN
		RETURN ms.iso(day);
	ELSIF style = 112 AND kind <> 'time' THEN
		RETURN replace(ms.iso(day), '-', '');
	ELSIF style IN (8, 24, 108) AND kind <> 'date' THEN
		RETURN ms.clock(ticks, CASE WHEN kind IN ('time', 'datetime2', 'datetimeoffset') AND style <> 108 THEN 0 ELSE 0 END);
	ELSIF style IN (14, 114) AND kind <> 'date' THEN
		RETURN replace(ms.clock(ticks, digits), '.', ':');
	ELSIF style = 101 THEN
		RETURN to_char(day, 'MM/DD/YYYY');
	ELSIF style = 103 THEN
		RETURN to_char(day, 'DD/MM/YYYY');
	ELSIF style = 104 THEN
		RETURN to_char(day, 'DD.MM.YYYY');
	ELSIF style = 111 THEN
		RETURN replace(ms.iso(day), '-', '/');
	ELSIF style IN (0, 100) THEN
		named := to_char(day, 'Mon ') || lpad(extract(day FROM day)::text, 2, ' ') || ' ' || lpad(extract(year FROM day)::text, 4, '0');
		IF kind = 'date' THEN
			RETURN named;
		END IF;
		RETURN CASE WHEN kind = 'time' THEN '' ELSE named || ' ' END
			|| lpad(((ticks / 36000000000 + 11) % 12 + 1)::text, 2, ' ') || ':' || lpad((ticks / 600000000 % 60)::text, 2, '0')
			|| CASE WHEN ticks / 36000000000 % 24 < 12 THEN 'AM' ELSE 'PM' END
			|| CASE WHEN kind = 'datetimeoffset' THEN ' ' || ms.zone(zone) ELSE '' END;
	END IF;
	PERFORM ms.fail(50900, 'style ' || style || ' for ' || kind);
END$$;

-- DATEADD on ticks. https://learn.microsoft.com/en-us/sql/t-sql/functions/dateadd-transact-sql
CREATE FUNCTION ms.dateadd(part text, amount bigint, ticks bigint, kind text) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
	months bigint;
	day date;
	first date;
	out numeric;
BEGIN
	IF part IN ('year', 'quarter', 'month') THEN
		day := ms.day_of(ticks);
		months := extract(year FROM day)::bigint * 12 + extract(month FROM day)::bigint - 1
			+ amount * CASE part WHEN 'year' THEN 12 WHEN 'quarter' THEN 3 ELSE 1 END;
		IF months < 12 OR months >= 120000 THEN
			PERFORM ms.fail(517, kind);
		END IF;
		first := make_date((months / 12)::integer, (months % 12)::integer + 1, 1);
		out := (ms.days(first) + least(extract(day FROM day), extract(day FROM first + interval '1 month - 1 day'))::integer - 1)
			::numeric * 864000000000 + ticks % 864000000000;
	ELSE
		out := ticks + amount::numeric * CASE part WHEN 'week' THEN 6048000000000 WHEN 'day' THEN 864000000000
			WHEN 'hour' THEN 36000000000 WHEN 'minute' THEN 600000000 WHEN 'second' THEN 10000000
			WHEN 'millisecond' THEN 10000 WHEN 'microsecond' THEN 10 END;
		IF part = 'nanosecond' THEN
			out := ticks + round(amount::numeric / 100);
		END IF;
		IF kind = 'time' THEN
			RETURN mod(mod(out, 864000000000) + 864000000000, 864000000000);
		END IF;
	END IF;
	RETURN ms.in_range(out, 517, kind);
END$$;

-- How many boundaries of a part lie between; by the count from year 1.
CREATE FUNCTION ms.count_part(part text, ticks bigint) RETURNS numeric LANGUAGE sql IMMUTABLE AS
$$SELECT CASE part
	WHEN 'year' THEN extract(year FROM ms.day_of(ticks))
	WHEN 'quarter' THEN extract(year FROM ms.day_of(ticks)) * 4 + extract(quarter FROM ms.day_of(ticks))
	WHEN 'month' THEN extract(year FROM ms.day_of(ticks)) * 12 + extract(month FROM ms.day_of(ticks))
	-- Weeks begin on Sunday whatever DATEFIRST says; 0001-01-01 was a Monday.
	WHEN 'week' THEN div(div(ticks::numeric, 864000000000) + 1, 7)
	WHEN 'day' THEN div(ticks::numeric, 864000000000)
	WHEN 'hour' THEN div(ticks::numeric, 36000000000) WHEN 'minute' THEN div(ticks::numeric, 600000000)
	WHEN 'second' THEN div(ticks::numeric, 10000000) WHEN 'millisecond' THEN div(ticks::numeric, 10000)
	WHEN 'microsecond' THEN div(ticks::numeric, 10) WHEN 'nanosecond' THEN ticks::numeric * 100 END$$;
CREATE FUNCTION ms.datediff(part text, a bigint, b bigint, big boolean) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
	n numeric := ms.count_part(part, b) - ms.count_part(part, a);
BEGIN
	IF NOT big AND (n < -2147483648 OR n > 2147483647) THEN
		PERFORM ms.fail(535, 'datediff');
	END IF;
	RETURN n;
END$$;

CREATE FUNCTION ms.datepart(part text, ticks bigint, datefirst integer) RETURNS integer LANGUAGE sql IMMUTABLE AS
$$SELECT (CASE part
	WHEN 'year' THEN extract(year FROM d) WHEN 'quarter' THEN extract(quarter FROM d) WHEN 'month' THEN extract(month FROM d)
	WHEN 'dayofyear' THEN extract(doy FROM d) WHEN 'day' THEN extract(day FROM d)
	WHEN 'weekday' THEN (extract(isodow FROM d)::integer - datefirst + 7) % 7 + 1
	WHEN 'week' THEN (extract(doy FROM d)::integer - 1 + (extract(isodow FROM date_trunc('year', d::timestamp))::integer - datefirst + 7) % 7) / 7 + 1
	WHEN 'iso_week' THEN extract(week FROM d) WHEN 'hour' THEN ticks / 36000000000 % 24 WHEN 'minute' THEN ticks / 600000000 % 60
	WHEN 'second' THEN ticks / 10000000 % 60 WHEN 'millisecond' THEN ticks % 10000000 / 10000
	WHEN 'microsecond' THEN ticks % 10000000 / 10 WHEN 'nanosecond' THEN ticks % 10000000 * 100 END)::integer
	FROM (SELECT ms.day_of(ticks) AS d) AS x$$;

CREATE FUNCTION ms.datetrunc(part text, ticks bigint, datefirst integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$SELECT CASE
	WHEN part IN ('year', 'quarter', 'month') THEN ms.days(date_trunc(part, ms.day_of(ticks)::timestamp)::date) * 864000000000
	WHEN part IN ('day', 'dayofyear') THEN ticks / 864000000000 * 864000000000
	WHEN part = 'week' THEN (ticks / 864000000000 - (extract(isodow FROM ms.day_of(ticks))::integer - datefirst + 7) % 7) * 864000000000
	WHEN part = 'iso_week' THEN (ticks / 864000000000 - extract(isodow FROM ms.day_of(ticks))::integer + 1) * 864000000000
	WHEN part = 'hour' THEN ticks / 36000000000 * 36000000000 WHEN part = 'minute' THEN ticks / 600000000 * 600000000
	WHEN part = 'second' THEN ticks / 10000000 * 10000000 WHEN part = 'millisecond' THEN ticks / 10000 * 10000
	WHEN part = 'microsecond' THEN ticks / 10 * 10 END$$;

CREATE FUNCTION ms.now() RETURNS bigint LANGUAGE sql VOLATILE AS
$$SELECT ms.days(t::date)::bigint * 864000000000 + (extract(epoch FROM t - date_trunc('day', t)) * 1000000)::bigint * 10
	FROM (SELECT clock_timestamp() AT TIME ZONE 'UTC') AS x(t)$$;
