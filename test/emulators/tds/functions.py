"""Functions, aggregates and window functions: their arguments, their types, the engine's form.

Each comes from its page under https://learn.microsoft.com/en-us/sql/t-sql/functions/ and what is
not here is refused as "not a recognized built-in function name".
"""
import sqltypes as t
from convert import E, convert, show
from errors import SqlError, unknown

PARTS = {}
for _names in ("year yy yyyy", "quarter qq q", "month mm m", "dayofyear dy y", "day dd d", "week wk ww", "weekday dw",
               "hour hh", "minute mi n", "second ss s", "millisecond ms", "microsecond mcs", "nanosecond ns",
               "tzoffset tz", "iso_week isowk isoww"):
    for _name in _names.split():
        PARTS[_name] = _names.split()[0]

FUNCTIONS, AGGREGATES, WINDOWED = {}, {}, {}


def function(name, low, high=None):
    """Registers a function with its least and most arguments (-1: any number)."""
    def register(body):
        for one in name.split():
            FUNCTIONS[one] = (body, low, low if high is None else high)
        return body
    return register


def call(compiler, node, scope):
    body, low, high = FUNCTIONS[node.name]
    if node.bare:
        return body(compiler, node)
    if len(node.args) < low or high >= 0 and len(node.args) > high:
        raise SqlError(174, node.name, low)
    if node.distinct or node.within:
        raise SqlError(102, node.name)
    return body(compiler, node, *[compiler.value(a, scope) for a in node.args])


def text(e, position=1, name=""):
    """An argument as a string; numbers and times turn into varchar."""
    if e.kind.name in t.STRINGS and e.kind.name not in ("xml", "sql_variant"):
        return e
    if e.kind.name in t.BINARIES | {"xml", "sql_variant", "image"}:
        raise SqlError(8116, show(e), position, name)
    return convert(e, t.string("varchar", 8000), False)


def integer(e):
    return convert(e, t.INT)


def like_string(e, sql, size=None, nullable=None):
    """A string result with the collation of the argument."""
    kind = e.kind._replace(name="nvarchar" if e.kind.name in t.UNICODE else "varchar")
    if size is not None:
        kind = kind._replace(size=size)
    if kind.size == 0:
        kind = kind._replace(size=t.MAX)
    return E("(%s)::ms.str" % sql, kind, e.nullable if nullable is None else nullable, e.label, e.collation)


def folds(compiler, *args):
    label, name = args[0].label, args[0].collation
    for a in args[1:]:
        label, name = compiler.resolve_collation(
            E("", t.string("nvarchar", 1), label=label, collation=name), a, "replace")
    return "true" if "_ci_" in (name or t.DEFAULT_COLLATION).lower() else "false"


# ---- strings ----

@function("len", 1)
def _len(c, node, s):
    s = text(s, 1, "len")
    kind = t.BIGINT if s.kind.size == t.MAX else t.INT
    counted = "char_length" if "_sc" in (s.collation or "").lower() or c.is_utf8(s.collation) else "ms.units"
    return E("%s(rtrim(%s, ' '))::%s" % (counted, s.text(), t.carrier(kind)), kind, s.nullable)


@function("datalength", 1)
def _datalength(c, node, e):
    name = e.kind.name
    if name in t.UNICODE:
        sql = "2 * ms.units(%s)" % e.text()
    elif name in t.STRINGS:
        sql = ("octet_length(%s)" if c.is_utf8(e.collation) else "ms.units(%s)") % e.text()
    elif name in t.BINARIES:
        sql = "length(%s)" % e.sql
    else:
        sql = "CASE WHEN (%s) IS NOT NULL THEN %d END" % (e.sql, t.max_bytes(e.kind) if name != "null" else 4)
    kind = t.BIGINT if e.kind.size == t.MAX else t.INT
    return E("(%s)::%s" % (sql, t.carrier(kind)), kind, e.nullable)


@function("upper lower", 1)
def _case(c, node, s):
    s = text(s, 1, node.name)
    return like_string(s, '%s(%s COLLATE "und-x-icu")' % (node.name, s.text()))


@function("ltrim rtrim", 1, 2)
def _side_trim(c, node, s, chars=None):
    s = text(s, 1, node.name)
    return like_string(s, "%s(%s, %s)" % (node.name, s.text(), text(chars).text() if chars else "' '"))


@function("trim", 1)
def _trim(c, node, s):
    s = text(s, 1, "trim")
    if node.chars is not None and node.chars.k != "literal":
        raise unknown("TRIM of computed characters")
    chars = c.value(node.chars, None).text() if node.chars is not None else "' '"
    return like_string(s, "btrim(%s, %s)" % (s.text(), chars))


@function("left", 2)
def _left(c, node, s, n):
    s = text(s, 1, "left")
    return like_string(s, "ms.part(%s, 1, %s)" % (s.text(), integer(n).sql), nullable=True)


@function("right", 2)
def _right(c, node, s, n):
    s = text(s, 1, "right")
    return like_string(s, "ms.right_part(%s, %s)" % (s.text(), integer(n).sql), nullable=True)


@function("substring", 3)
def _substring(c, node, s, first, count):
    if s.kind.name in t.BINARIES:
        start, size = integer(first).sql, integer(count).sql
        return E("substr(%s, greatest(%s, 1), greatest(%s + least(%s, 1) - 1, 0))" % (s.sql, start, size, start),
                 s.kind._replace(name="varbinary"), True)
    if s.kind.name not in t.STRINGS | {"null"}:
        raise SqlError(8116, show(s), 1, "substring")
    s = text(s)
    return like_string(s, "ms.part(%s, %s, %s)" % (s.text(), integer(first).sql, integer(count).sql), nullable=True)


@function("charindex", 2, 3)
def _charindex(c, node, needle, hay, start=None):
    needle, hay = text(needle, 1, "charindex"), text(hay, 2, "charindex")
    sql = "ms.find(%s, %s, %s, %s)" % (needle.text(), hay.text(), integer(start).sql if start else "1",
                                       folds(c, needle, hay))
    kind = t.BIGINT if hay.kind.size == t.MAX else t.INT
    return E("(%s)::%s" % (sql, t.carrier(kind)), kind, True)


@function("replace", 3)
def _replace(c, node, s, old, new):
    parts = [text(a, i, "replace") for i, a in enumerate((s, old, new), 1)]
    wide = [p for p in parts if p.kind.name in t.UNICODE]
    size = t.MAX if t.MAX in [p.kind.size for p in parts] else 4000 if wide else 8000
    base = parts[0] if not wide else E(parts[0].sql, parts[0].kind._replace(name="nvarchar"), parts[0].nullable,
                                       parts[0].label, parts[0].collation)
    return like_string(base, "ms.replace(%s, %s)" % (", ".join(p.text() for p in parts), folds(c, *parts)), size, True)


@function("stuff", 4)
def _stuff(c, node, s, first, count, new):
    s = text(s, 1, "stuff")
    return like_string(s, "ms.stuff(%s, %s, %s, %s)" % (s.text(), integer(first).sql, integer(count).sql, text(new).text()),
                       t.MAX if s.kind.size == t.MAX else 4000 if s.kind.name in t.UNICODE else 8000, True)


@function("replicate", 2)
def _replicate(c, node, s, n):
    s = text(s, 1, "replicate")
    limit = 4000 if s.kind.name in t.UNICODE else 8000
    sql = "ms.replicate(%s, %s)" % (s.text(), integer(n).sql)
    # The result is cut at 8,000 bytes unless the argument is a max type.
    return like_string(s, sql if s.kind.size == t.MAX else "left(%s, %d)" % (sql, limit),
                       t.MAX if s.kind.size == t.MAX else limit, True)


@function("space", 1)
def _space(c, node, n):
    return E("ms.replicate(' ', %s)::ms.str" % integer(n).sql, t.string("varchar", 8000), True)


@function("reverse", 1)
def _reverse(c, node, s):
    s = text(s, 1, "reverse")
    return like_string(s, "reverse(%s)" % s.text())


@function("concat", 2, -1)
def _concat(c, node, *args):
    parts = [text(a, i, "concat") if a.kind.name != "null" else a for i, a in enumerate(args, 1)]
    return _joined(c, parts, "concat(%s)" % ", ".join(p.text() for p in parts))


@function("concat_ws", 3, -1)
def _concat_ws(c, node, *args):
    parts = [text(a, i, "concat_ws") if a.kind.name != "null" else a for i, a in enumerate(args, 1)]
    return _joined(c, parts, "concat_ws(coalesce(%s, ''), %s)" % (parts[0].text(), ", ".join(p.text() for p in parts[1:])))


def _joined(c, parts, sql):
    strings = [p for p in parts if p.kind.name in t.STRINGS]
    wide = any(p.kind.name in t.UNICODE for p in strings)
    limit = 4000 if wide else 8000
    sizes = [t.max_chars(p.kind) for p in strings] or [1]
    size = t.MAX if max(sizes) > 8000 else min(limit, sum(sizes))
    label, collation = 0, None
    if strings:
        label, collation = strings[0].label, strings[0].collation
        for p in strings[1:]:
            label, collation = c.resolve_collation(E("", p.kind, label=label, collation=collation), p, "CASE")
    return E("(%s)::ms.str" % sql, t.string("nvarchar" if wide else "varchar", max(size, 1) if size != t.MAX else size),
             False, label, collation)


@function("char", 1)
def _char(c, node, n):
    return E("(CASE WHEN %s BETWEEN 1 AND 255 THEN convert_from(decode(lpad(to_hex(%s), 2, '0'), 'hex'), 'WIN1252') END)::ms.str"
             % ((integer(n).sql,) * 2), t.string("varchar", 1))


@function("nchar", 1)
def _nchar(c, node, n):
    return E("(CASE WHEN %s BETWEEN 1 AND 65535 THEN chr(%s) END)::ms.str" % ((integer(n).sql,) * 2), t.string("nvarchar", 1))


@function("ascii unicode", 1)
def _code(c, node, s):
    s = text(s, 1, node.name)
    if node.name == "ascii":
        return E("get_byte(convert_to(nullif(left(ms.ansi(%s), 1), ''), 'WIN1252'), 0)" % s.text(), t.INT)
    return E("ascii(nullif(left(%s, 1), ''))" % s.text(), t.INT)


@function("quotename", 1, 2)
def _quotename(c, node, s, how=None):
    if how is not None:
        raise unknown("QUOTENAME with a second argument")
    s = text(s, 1, "quotename")
    return E("('[' || replace(%s, ']', ']]') || ']')::ms.str" % s.text(), t.string("nvarchar", 258), True)


@function("isjson", 1)
def _isjson(c, node, s):
    return E("ms.is_json(%s)" % text(s, 1, "isjson").text(), t.INT, s.nullable)


@function("patindex", 2)
def _patindex(c, node, pattern, s):
    raise unknown("PATINDEX")


# ---- NULLs and choices ----

@function("isnull", 2)
def _isnull(c, node, a, b):
    kind = a.kind if a.kind.name != "null" else b.kind
    label, collation = c.resolve_collation(a, b, "CASE") if kind.name in t.STRINGS else (0, None)
    return E("coalesce(%s, %s)" % (convert(a, kind).sql, convert(b, kind).sql), kind, a.nullable and b.nullable, label,
             collation)


@function("coalesce", 2, -1)
def _coalesce(c, node, *args):
    kind, label, collation = c.unify(list(args))
    if kind.name == "null":
        raise SqlError(4127, text="At least one of the arguments to COALESCE must be an expression that is not the NULL "
                       "constant.", level=16, state=1)
    return E("coalesce(%s)" % ", ".join(convert(a, kind).sql for a in args), kind, all(a.nullable for a in args), label,
             collation)


@function("nullif", 2)
def _nullif(c, node, a, b):
    if a.kind.name == "null":
        raise SqlError(4151, text="The type of the first argument to NULLIF cannot be the NULL constant because the type of "
                       "the first argument has to be known.", level=16, state=1)
    return E("(CASE WHEN %s THEN NULL ELSE %s END)" % (c.compare("=", a, b), a.sql), a.kind, True, a.label, a.collation)


@function("greatest least", 1, -1)
def _extreme(c, node, *args):
    kind, label, collation = c.unify(list(args))
    args = [convert(a, kind) for a in args]
    if kind.name in t.STRINGS:
        raise unknown("%s of strings" % node.name.upper())
    return E("%s(%s)" % (node.name, ", ".join(a.sql for a in args)), kind, all(a.nullable for a in args), label, collation)


@function("choose", 2, -1)
def _choose(c, node, index, *args):
    kind, label, collation = c.unify(list(args))
    arms = " ".join("WHEN %d THEN %s" % (i, convert(a, kind).sql) for i, a in enumerate(args, 1))
    return E("(CASE %s %s END)" % (integer(index).sql, arms), kind, True, label, collation)


# ---- numbers ----

def _numeric(e, position, name):
    if e.kind.name in t.STRINGS | {"null"}:
        return convert(e, t.FLOAT)
    if e.kind.name not in t.NUMBERS:
        raise SqlError(8116, show(e), position, name)
    return e


@function("abs", 1)
def _abs(c, node, x):
    x = _numeric(x, 1, "abs")
    if x.kind.name in ("bit", "tinyint", "smallint"):
        x = convert(x, t.INT)
    return E("abs(%s)" % x.sql, x.kind, x.nullable)


@function("ceiling floor", 1)
def _whole(c, node, x):
    x = _numeric(x, 1, node.name)
    name = {"ceiling": "ceil"}.get(node.name, node.name)
    if x.kind.name in t.INTEGERS:
        return convert(x, t.INT) if x.kind.name != "bigint" else x
    kind = t.decimal(x.kind.prec, 0) if x.kind.name == "decimal" else t.FLOAT if x.kind.name == "real" else x.kind
    return E("%s(%s)::%s" % (name, x.sql, t.carrier(kind)), kind, x.nullable)


@function("round", 2, 3)
def _round(c, node, x, n, cut=None):
    x = _numeric(x, 1, "round")
    places, how = integer(n).sql, integer(cut).sql if cut else "0"
    if x.kind.name in ("float", "real"):
        return E("(ms.round_num((%s)::text::numeric, %s, %s))::float8" % (x.sql, places, how), t.FLOAT, x.nullable)
    if x.kind.name in ("bit", "tinyint", "smallint"):
        x = convert(x, t.INT)
    return E("(ms.round_num((%s)::numeric, %s, %s))::%s" % (x.sql, places, how, t.carrier(x.kind)), x.kind, x.nullable)


@function("power", 2)
def _power(c, node, x, y):
    x = _numeric(x, 1, "power")
    kind = x.kind if x.kind.name in ("int", "bigint", "decimal", "money") else t.FLOAT
    if x.kind.name == "decimal":
        kind = t.decimal(38, x.kind.scale)
    if x.kind.name in ("tinyint", "smallint", "bit"):
        kind = t.INT
    sql = "power((%s)::float8, (%s)::float8)" % (x.sql, convert(_numeric(y, 2, "power"), t.FLOAT).sql)
    return convert(E(sql, t.FLOAT, True), kind, False)


@function("sign", 1)
def _sign(c, node, x):
    x = _numeric(x, 1, "sign")
    kind = t.INT if x.kind.name in ("bit", "tinyint", "smallint", "int") else x.kind
    return E("sign(%s)::%s" % (x.sql, t.carrier(kind)), kind, x.nullable)


@function("sqrt exp ln log10 sin cos tan asin acos atan degrees radians cot", 1)
def _float(c, node, x):
    x = convert(_numeric(x, 1, node.name), t.FLOAT)
    return E("%s(%s)" % ({"log10": "log"}.get(node.name, node.name), x.sql), t.FLOAT, x.nullable)


del FUNCTIONS["ln"]


@function("log", 1, 2)
def _log(c, node, x, base=None):
    x = convert(_numeric(x, 1, "log"), t.FLOAT)
    sql = "ln(%s)" % x.sql
    return E(sql if base is None else "(%s / ln(%s))" % (sql, convert(base, t.FLOAT).sql), t.FLOAT, True)


@function("square", 1)
def _square(c, node, x):
    x = convert(_numeric(x, 1, "square"), t.FLOAT)
    return E("(%s * %s)" % (x.sql, x.sql), t.FLOAT, x.nullable)


@function("atn2", 2)
def _atn2(c, node, y, x):
    return E("atan2(%s, %s)" % (convert(y, t.FLOAT).sql, convert(x, t.FLOAT).sql), t.FLOAT, True)


@function("pi", 0)
def _pi(c, node):
    return E("pi()", t.FLOAT, False)


@function("rand", 0, 1)
def _rand(c, node, *args):
    return E("random()", t.FLOAT, False)


@function("checksum binary_checksum", 1, -1)
def _checksum(c, node, *args):
    return E("hashtext(concat_ws('|', %s))" % ", ".join("(%s)::text" % a.sql for a in args), t.INT, False)


@function("newid newsequentialid", 0)
def _newid(c, node):
    return E("gen_random_uuid()", t.Type("uniqueidentifier"), False)


@function("hashbytes", 2)
def _hashbytes(c, node, how, x):
    names = {"md5": "md5", "sha2_256": "sha256", "sha2_512": "sha512"}
    name = names.get(node.args[0].get("value", "") if node.args[0].k != "literal" else node.args[0].value.lower())
    if name is None:
        raise unknown("this HASHBYTES")
    data = convert(x, t.Type("varbinary", t.MAX), False).sql
    return E("decode(md5(%s), 'hex')" % data if name == "md5" else "%s(%s)" % (name, data), t.Type("varbinary", 8000), True)


# ---- dates and times ----

def _part(node, forbidden=()):
    part = PARTS.get(node.part)
    if part is None or part in forbidden:
        raise SqlError(155, node.part, node.name)
    return part


def _time(e, name="datetime2"):
    """An argument as a date or time; strings are datetime2(7), numbers datetime."""
    if e.kind.name in t.TIMES:
        return e
    if e.kind.name in t.STRINGS | {"null"}:
        return convert(e, t.Type("datetimeoffset", 0, 0, 7) if name == "datetimeoffset" else t.Type(name, 0, 0, 7))
    return convert(e, t.Type("datetime"))


def _ticks(e):
    from convert import local_ticks
    return local_ticks(e) if e.kind.name != "time" else e.sql


@function("dateadd", 2)
def _dateadd(c, node, amount, e):
    part = _part(node, ("tzoffset", "iso_week"))
    part = {"dayofyear": "day", "weekday": "day"}.get(part, part)
    e = _time(e, "datetime") if e.kind.name in t.STRINGS | {"null"} else _time(e)
    name = e.kind.name
    small = part in ("hour", "minute", "second", "millisecond", "microsecond", "nanosecond")
    if name == "date" and small or name == "time" and not small:
        raise SqlError(9810, text="The datepart %s is not supported by date function dateadd for data type %s." % (part, name),
                       level=16, state=1)
    n = integer(convert(amount, t.BIGINT) if amount.kind.name == "bigint" else amount).sql
    if name == "datetimeoffset":
        return E("(ms.dateadd('%s', %s, %s, '%s') - (mod(%s, 10000) - 5000) * 600000000) * 10000 + mod(%s, 10000)" % (
            part, n, _ticks(e), name, e.sql, e.sql), e.kind, True)
    sql = "ms.dateadd('%s', %s, %s, '%s')" % (part, n, _ticks(e), name)
    if name == "date":
        return E("(%s / 864000000000)::int4" % sql, e.kind, True)
    return E("ms.round_ticks(%s, '%s', %d)" % (sql, name, e.kind.scale), e.kind, True)


@function("datediff datediff_big", 2)
def _datediff(c, node, a, b):
    part = _part(node, ("tzoffset", "iso_week"))
    part = {"dayofyear": "day", "weekday": "day"}.get(part, part)
    big = node.name.endswith("big")
    kind = t.BIGINT if big else t.INT

    def ticks(e):
        e = _time(e, "datetimeoffset" if e.kind.name in t.STRINGS else "datetime2")
        return "div(%s, 10000)::int8" % e.sql if e.kind.name == "datetimeoffset" else "(%s)::int8" % (
            convert(e, t.Type("datetime2", 0, 0, 7)).sql if e.kind.name == "time" else _ticks(e))
    return E("ms.datediff('%s', %s, %s, %s)::%s" % (part, ticks(a), ticks(b), "true" if big else "false", t.carrier(kind)),
             kind, True)


@function("datepart", 1)
def _datepart(c, node, e):
    part = _part(node)
    e = _time(e, "datetimeoffset" if part == "tzoffset" else "datetime2")
    if part == "tzoffset":
        if e.kind.name != "datetimeoffset":
            return E("0", t.INT, e.nullable)
        return E("(mod(%s, 10000) - 5000)::int4" % e.sql, t.INT, e.nullable)
    clock = part in ("hour", "minute", "second", "millisecond", "microsecond", "nanosecond")
    if e.kind.name == "date" and clock or e.kind.name == "time" and not clock:
        raise SqlError(9810, text="The datepart %s is not supported by date function datepart for data type %s." % (
            part, e.kind.name), level=16, state=1)
    return E("ms.datepart('%s', %s, %s)" % (part, _ticks(e), c.datefirst), t.INT, e.nullable)


@function("datename", 1)
def _datename(c, node, e):
    part = _part(node)
    if part in ("weekday", "month"):
        day = "ms.day_of(%s)" % _ticks(_time(e))
        return E("to_char(%s, 'FM%s')::ms.str" % (day, "Day" if part == "weekday" else "Month"), t.string("nvarchar", 30))
    if part == "tzoffset":
        raise unknown("DATENAME(tzoffset)")
    return convert(_datepart(c, node, e), t.string("nvarchar", 30), False)


@function("datetrunc", 1)
def _datetrunc(c, node, e):
    part = _part(node, ("tzoffset", "weekday", "nanosecond"))
    e = _time(e)
    sql = "ms.datetrunc('%s', %s, %s)" % (part, _ticks(e), c.datefirst)
    if e.kind.name == "datetimeoffset":
        sql = "(%s - (mod(%s, 10000) - 5000) * 600000000) * 10000 + mod(%s, 10000)" % (sql, e.sql, e.sql)
    elif e.kind.name == "date":
        sql = "(%s / 864000000000)::int4" % sql
    return E(sql, e.kind, e.nullable)


@function("year month day", 1)
def _ymd(c, node, e):
    return E("ms.datepart('%s', %s, 7)" % (node.name, _ticks(_time(e))), t.INT, e.nullable)


@function("eomonth", 1, 2)
def _eomonth(c, node, e, n=None):
    months = integer(n).sql if n else "0"
    ticks = "ms.dateadd('month', %s + 1, ms.datetrunc('month', %s, 7), 'date')" % (months, _ticks(_time(e)))
    return E("(%s / 864000000000 - 1)::int4" % ticks, t.Type("date"), True)


@function("datefromparts", 3)
def _datefromparts(c, node, y, m, d):
    return E("ms.days(make_date(%s, %s, %s))" % tuple(integer(x).sql for x in (y, m, d)), t.Type("date"), True)


@function("datetime2fromparts", 8)
def _datetime2fromparts(c, node, y, m, d, hh, mi, ss, fraction, scale):
    if node.args[7].k != "literal":
        raise SqlError(10760, text="Scale argument is not valid. Valid expressions for data type datetime2 scale argument are "
                       "integer constants and integer constant expressions.", level=16, state=1)
    n = int(node.args[7].value)
    return E("(ms.days(make_date(%s, %s, %s))::int8 * 864000000000 + (%s * 3600 + %s * 60 + %s)::int8 * 10000000 + %s::int8 * %d)" % (
        tuple(integer(x).sql for x in (y, m, d, hh, mi, ss, fraction)) + (10 ** (7 - n),)), t.Type("datetime2", 0, 0, n), True)


@function("todatetimeoffset switchoffset", 2)
def _offset(c, node, e, zone):
    if zone.kind.name not in t.STRINGS:
        minutes = integer(zone).sql
    else:
        minutes = "((left(%s, 1) || '1')::int * (substr(%s, 2, 2)::int * 60 + right(%s, 2)::int))" % ((zone.text(),) * 3)
    if node.name == "switchoffset":
        e = convert(e, t.Type("datetimeoffset", 0, 0, 7)) if e.kind.name != "datetimeoffset" else e
        return E("(div(%s, 10000) * 10000 + 5000 + %s)" % (e.sql, minutes), e.kind, True)
    e = _time(e)
    kind = t.Type("datetimeoffset", 0, 0, e.kind.scale if e.kind.name in ("datetime2", "datetimeoffset") else 7)
    return E("((%s - %s * 600000000)::numeric * 10000 + 5000 + %s)" % (_ticks(e), minutes, minutes), kind, True)


@function("sysdatetime sysutcdatetime", 0)
def _sysdatetime(c, node):
    return E("ms.now()", t.Type("datetime2", 0, 0, 7), False)


@function("sysdatetimeoffset", 0)
def _sysdatetimeoffset(c, node):
    return E("(ms.now()::numeric * 10000 + 5000)", t.Type("datetimeoffset", 0, 0, 7), False)


@function("getdate getutcdate current_timestamp", 0)
def _getdate(c, node):
    return E("ms.round_ticks(ms.now(), 'datetime', 3)", t.Type("datetime"), False)


@function("current_date", 0)
def _current_date(c, node):
    return E("(ms.now() / 864000000000)::int4", t.Type("date"), False)


@function("isdate isnumeric", 1)
def _isdate(c, node, e):
    s = text(e).text()
    if node.name == "isdate":
        return E("(ms.to_ticks(%s, 'datetime', 3, NULL, true) IS NOT NULL)::int4" % s, t.INT, False)
    return E("coalesce(ms.to_float(replace(%s, ',', ''), 'varchar', 'float', true) IS NOT NULL AND btrim(%s) <> '', false)::int4" % (s, s),
             t.INT, False)


# ---- the session and the catalog ----

def name_function(names, sql, low=0, high=None, kind=t.string("nvarchar", 128)):
    @function(names, low, high)
    def _named(c, node, *args):
        values = [convert(a, t.string("nvarchar", 4000), False).text() if a.kind.name in t.STRINGS else a.sql for a in args]
        return E("(%s)" % sql(c, node, values), kind, True)


name_function("db_name", lambda c, n, a: "(SELECT name FROM sys.databases WHERE database_id = %s)" % a[0] if a
              else c.text_value(c.database), 0, 1)
name_function("db_id", lambda c, n, a: "(SELECT database_id FROM sys.databases WHERE name = (%s)::ms.str COLLATE ms.ci_as)" % (
    a[0] if a else c.text_value(c.database)), 0, 1, t.INT)
name_function("schema_name", lambda c, n, a: "(SELECT name FROM sys.schemas WHERE schema_id = %s)" % a[0] if a
              else "'dbo'::ms.str", 0, 1)
name_function("schema_id", lambda c, n, a: "(SELECT schema_id FROM sys.schemas WHERE name = (%s)::ms.str COLLATE ms.ci_as)" % (
    a[0] if a else "'dbo'"), 0, 1, t.INT)
name_function("object_id", lambda c, n, a: "meta.object_id(%s, %s)" % (a[0], a[1] if len(a) > 1 else "NULL"), 1, 2, t.INT)
name_function("object_name", lambda c, n, a: "(SELECT name FROM sys.objects WHERE object_id = %s)" % a[0], 1, 2)
name_function("object_schema_name", lambda c, n, a: "(SELECT s.name FROM sys.objects AS o JOIN sys.schemas AS s USING (schema_id) "
              "WHERE o.object_id = %s)" % a[0], 1, 2)
name_function("object_definition", lambda c, n, a: "(SELECT definition FROM sys.sql_modules WHERE object_id = %s)" % a[0], 1)
name_function("type_name", lambda c, n, a: "(SELECT name FROM sys.types WHERE user_type_id = %s)" % a[0], 1)
name_function("type_id", lambda c, n, a: "(SELECT user_type_id FROM sys.types WHERE name = (%s)::ms.str COLLATE ms.ci_as)" % a[0],
              1, None, t.INT)
name_function("col_name", lambda c, n, a: "(SELECT name FROM sys.columns WHERE object_id = %s AND column_id = %s)" % tuple(a), 2)
name_function("columnproperty", lambda c, n, a: "meta.column_property(%s, %s, %s)" % tuple(a), 3, None, t.INT)
name_function("objectproperty objectpropertyex", lambda c, n, a: "meta.object_property(%s, %s)" % tuple(a), 2, None, t.INT)
name_function("databasepropertyex", lambda c, n, a: "meta.database_property(%s, %s)" % tuple(a), 2)
name_function("serverproperty", lambda c, n, a: "meta.server_property(%s)" % a[0], 1)
name_function("collationproperty", lambda c, n, a: "meta.collation_property(%s, %s)" % tuple(a), 2, None, t.INT)
name_function("suser_sname suser_name original_login system_user", lambda c, n, a: c.text_value(c.login), 0, 1)
name_function("user_name current_user session_user user", lambda c, n, a: "'dbo'::ms.str", 0, 1)
name_function("database_principal_id user_id", lambda c, n, a: "1", 0, 1, t.INT)
name_function("host_name app_name", lambda c, n, a: c.text_value(c.app), 0)
name_function("is_srvrolemember is_member is_rolemember", lambda c, n, a: "1", 1, 2, t.INT)
name_function("has_perms_by_name", lambda c, n, a: "1", 3, 5, t.INT)
name_function("has_dbaccess", lambda c, n, a: "1", 1, 1, t.INT)
name_function("connectionproperty", lambda c, n, a: "CASE lower(%s) WHEN 'net_transport' THEN 'TCP' WHEN 'auth_scheme' THEN 'SQL' END::ms.str" % a[0], 1)
name_function("xact_state", lambda c, n, a: "\x01@@xact_state\x02", 0, None, t.Type("smallint"))
name_function("error_number error_severity error_state error_line", lambda c, n, a: "\x01@@%s\x02" % n.name, 0, None, t.INT)
name_function("error_message error_procedure", lambda c, n, a: "\x01@@%s\x02" % n.name, 0, None, t.string("nvarchar", 4000))
name_function("scope_identity", lambda c, n, a: "\x01@@scope_identity\x02", 0, None, t.decimal(38, 0))
name_function("rowcount_big", lambda c, n, a: "(\x01@@rowcount\x02)::int8", 0, None, t.BIGINT)
name_function("ident_current", lambda c, n, a: "meta.ident_current(%s)" % a[0], 1, None, t.decimal(38, 0))
name_function("fulltextserviceproperty", lambda c, n, a: "0", 1, None, t.INT)


@function("sql_variant_property", 2)
def _variant_property(c, node, e, what):
    raise unknown("SQL_VARIANT_PROPERTY")


# ---- aggregates; the part between the marks takes an OVER ----

def aggregate(names):
    def register(body):
        for name in names.split():
            AGGREGATES[name] = body
        return body
    return register


def _one(node, args):
    if len(args) != 1:
        raise SqlError(174, node.name, 1)
    return args[0]


def _distinct(c, node, e):
    if not node.distinct:
        return e.sql
    return "DISTINCT " + c.group_key(e)


@aggregate("count count_big")
def _count(c, node, args, within):
    kind = t.INT if node.name == "count" else t.BIGINT
    inner = "*" if node.star else None
    if inner is None:
        e = _one(node, args)
        if e.kind.name == "null" and e.literal is not None:
            raise SqlError(8117, "NULL", node.name)
        inner = _distinct(c, node, e)
    return E("(\x03count(%s)\x03)::%s" % (inner, t.carrier(kind)), kind, False)


@aggregate("sum avg")
def _sum(c, node, args, within):
    e = _one(node, args)
    name = e.kind.name
    if name not in t.NUMBERS - {"bit"}:
        raise SqlError(8117, "NULL" if name == "null" else show(e), node.name)
    kind = {"tinyint": t.INT, "smallint": t.INT, "int": t.INT, "bigint": t.BIGINT, "real": t.FLOAT, "float": t.FLOAT,
            "smallmoney": t.Type("money"), "money": t.Type("money")}.get(name)
    inner = _distinct(c, node, e)
    if kind is None:
        scale = e.kind.scale if node.name == "sum" else max(6, e.kind.scale)
        kind = t.decimal(38, scale)
    if name in ("float", "real"):
        if name == "real":
            inner = inner.replace(e.sql, "(%s)::float8" % e.sql)
        return E("(\x03%s(%s)\x03)" % (node.name, inner), kind, True)
    if node.name == "sum":
        return E("(\x03sum(%s)\x03)::%s" % (inner, t.carrier(kind)), kind, True)
    scale = kind.scale if kind.name == "decimal" else 4 if kind.name == "money" else 0
    # The average is cut, not rounded.
    numeric = inner.replace(e.sql, "(%s)::numeric" % e.sql)
    return E("trunc(\x03avg(%s)\x03, %d)::%s" % (numeric, scale, t.carrier(kind)), kind, True)


@aggregate("min max")
def _extremum(c, node, args, within):
    e = _one(node, args)
    name = e.kind.name
    if name in ("bit", "null", "xml", "text", "ntext", "image"):
        raise SqlError(8117, "NULL" if name == "null" else name, node.name)
    if name in t.STRINGS:
        from expressions import engine_collation
        collation, binary = engine_collation(e.collation)
        if binary:
            # By the key, so that padding counts.
            return E("((\x03ms.%s(ROW(ms.binkey(%s, %s), %s)::ms.keyed)\x03)).value" % (
                node.name, e.text(), "true" if name in t.UNICODE else "false", e.sql), e.kind, True, e.label, e.collation)
        return E("(\x03ms.%s((%s) COLLATE %s)\x03)" % (node.name, e.sql, collation), e.kind, True, e.label, e.collation)
    if name == "uniqueidentifier":
        return E("(substr(\x03%s(ms.guid_key(%s) || (%s)::text)\x03, 33))::uuid" % (node.name, e.sql, e.sql), e.kind, True)
    if name in t.BINARIES:
        return E("decode(\x03%s(encode(%s, 'hex'))\x03, 'hex')" % (node.name, e.sql), e.kind, True)
    return E("(\x03%s(%s)\x03)" % (node.name, e.sql), e.kind, True)


@aggregate("stdev stdevp var varp")
def _spread(c, node, args, within):
    e = _one(node, args)
    if e.kind.name not in t.NUMBERS - {"bit"}:
        raise SqlError(8117, show(e), node.name)
    name = {"stdev": "stddev_samp", "stdevp": "stddev_pop", "var": "var_samp", "varp": "var_pop"}[node.name]
    inner = _distinct(c, node, e).replace(e.sql, "(%s)::float8" % e.sql)
    return E("(\x03%s(%s)\x03)" % (name, inner), t.FLOAT, True)


@aggregate("string_agg")
def _string_agg(c, node, args, within):
    if len(args) != 2:
        raise SqlError(174, "string_agg", 2)
    if node.distinct:
        raise SqlError(102, "string_agg")
    e, separator = args
    if e.kind.name not in t.STRINGS:
        e = convert(e, t.string("nvarchar", 4000), False)
    large = e.kind.size == t.MAX
    kind = t.string("nvarchar" if e.kind.name in t.UNICODE else "varchar", t.MAX if large else 4000 if e.kind.name in t.UNICODE else 8000)
    order = " ORDER BY " + ", ".join("%s %s" % (key, "DESC NULLS LAST" if down else "ASC NULLS FIRST")
                                     for key, down in within) if within else ""
    sql = "\x03string_agg(%s, coalesce(%s, '')%s)\x03" % (e.text(), text(separator).text(), order)
    if not large:
        sql = "ms.short_agg(%s, %d)" % (sql, kind.size)
    return E("(%s)::ms.str" % sql, kind, True, e.label, e.collation)


@aggregate("approx_count_distinct")
def _approx(c, node, args, within):
    return E("(\x03count(DISTINCT %s)\x03)" % c.group_key(_one(node, args)), t.BIGINT, False)


@aggregate("grouping grouping_id checksum_agg")
def _not_here(c, node, args, within):
    raise unknown(node.name.upper())


# ---- window functions ----

def window(names, low, high):
    def register(body):
        def checked(c, node, args):
            if not low <= len(args) <= high:
                raise SqlError(174, node.name, low)
            return body(c, node, *args)
        for name in names.split():
            WINDOWED[name] = checked
        return body
    return register


@window("row_number rank dense_rank", 0, 0)
def _rank(c, node):
    return E("(\x03%s()\x03)" % node.name, t.BIGINT, False)


@window("ntile", 1, 1)
def _ntile(c, node, n):
    return E("(\x03ntile((%s)::int4)\x03)::int8" % n.sql, t.BIGINT, False)


@window("percent_rank cume_dist", 0, 0)
def _share(c, node):
    return E("(\x03%s()\x03)" % node.name, t.FLOAT, False)


@window("lag lead", 1, 3)
def _lag(c, node, e, n=None, other=None):
    sql = e.sql
    if n is not None:
        sql += ", (%s)::int4" % n.sql
    if other is not None:
        sql += ", " + convert(other, e.kind).sql
    return E("(\x03%s(%s)\x03)" % (node.name, sql), e.kind, True, e.label, e.collation)


@window("first_value last_value", 1, 1)
def _edge(c, node, e):
    if node.get("nulls") == "ignore":
        raise unknown("IGNORE NULLS")
    return E("(\x03%s(%s)\x03)" % (node.name, e.sql), e.kind, True, e.label, e.collation)
