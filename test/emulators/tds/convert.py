"""Conversions between types, written as the engine's SQL.

https://learn.microsoft.com/en-us/sql/t-sql/functions/cast-and-convert-transact-sql
"""
import sqltypes as t
from errors import SqlError, unknown

# Explicit conversions that the matrix forbids, beyond those between equals.
FORBIDDEN = [(t.TIMES - {"datetime", "smalldatetime"}, t.NUMBERS), (t.NUMBERS, t.TIMES - {"datetime", "smalldatetime"}),
             ({"uniqueidentifier"}, t.NUMBERS | t.TIMES), (t.NUMBERS | t.TIMES, {"uniqueidentifier", "xml"}),
             ({"xml"}, t.NUMBERS | t.TIMES | {"uniqueidentifier"}), ({"time"}, {"date"}), ({"date"}, {"time"}),
             ({"float", "real"}, {"timestamp"}), (t.LARGE, t.NUMBERS | t.TIMES)]
# These need CAST or CONVERT.
EXPLICIT_ONLY = [({"char", "varchar", "nchar", "nvarchar"}, t.BINARIES), (t.BINARIES, {"float", "real"}),
                 ({"decimal"}, {"timestamp"}), (t.NUMBERS, {"ntext", "text", "image"})]


class E:
    """An expression in the engine: its text, its T-SQL type, what is known of it."""

    def __init__(self, sql, kind, nullable=True, label=0, collation=None, literal=None, column=None):
        self.sql, self.kind, self.nullable = sql, kind, nullable
        # Collation label: 0 coercible default, 1 implicit (a column), 2 explicit, 3 none.
        self.label, self.collation = label, collation
        self.literal, self.column = literal, column

    def text(self):
        return "(%s)::ms.t" % self.sql


def quote(text):
    if "\0" in text:
        raise unknown("a character with code 0")
    return "'" + text.replace("'", "''") + "'"


def literal(value, kind):
    """A value's own text as a constant of the engine."""
    if value is None:
        return "NULL::" + t.carrier(kind)
    return "%s::%s" % (quote(value), t.carrier(kind))


def show(e):
    return "numeric" if e.kind.name == "decimal" else e.kind.name


def check(e, to, implicit):
    a, b = e.kind.name, to.name
    for left, right in FORBIDDEN:
        if a in left and b in right and a != b:
            if implicit:
                raise SqlError(206, a, b)
            raise SqlError(529, a, b)
    for left, right in EXPLICIT_ONLY:
        if implicit and a in left and b in right:
            raise SqlError(257, a, t.show(to))


def convert(e, to, implicit=True, style=None, safe=False):
    """The value as another type; what does not fit raises when it runs."""
    a, b = e.kind.name, to.name
    if a == "null":
        return E("NULL::" + t.carrier(to), to, True, collation=to.collation)
    check(e, to, implicit)
    if to.name in t.STRINGS:
        out = to_string(e, to, style, implicit)
    elif to.name in t.BINARIES:
        out = to_binary(e, to, style, safe)
    elif a == "sql_variant":
        out = convert(E("ms.variant_text(%s)::ms.str" % e.text(), t.string("nvarchar", 4000)), to, implicit, style, safe).sql
    elif b in t.NUMBERS:
        out = to_number(e, to, safe)
    elif b in t.TIMES:
        out = to_time(e, to, style, safe)
    elif b == "uniqueidentifier":
        if a in t.STRINGS:
            out = "ms.to_guid(%s, %s)" % (e.text(), flag(safe))
        elif a in t.BINARIES:
            out = "ms.bytes_guid(%s)" % e.sql
        else:
            out = e.sql
    else:
        raise SqlError(529, a, b)
    label, collation = (e.label, e.collation) if a in t.STRINGS and b in t.STRINGS else (0, None)
    return E(out, to, e.nullable or safe, label, collation)


def flag(value):
    return "true" if value else "false"


def to_number(e, to, safe):
    a, b = e.kind.name, to.name
    if a == b and (b != "decimal" or (e.kind.prec, e.kind.scale) == (to.prec, to.scale)):
        return e.sql
    if a in t.STRINGS:
        if b == "bit":
            return "ms.to_bit(%s, '%s', %s)" % (e.text(), a, flag(safe))
        if b in t.INTEGERS:
            return "ms.to_int(%s, '%s', '%s', %d, %d, %s)::%s" % (
                (e.text(), a, b) + t.INTEGERS[b] + (flag(safe), t.carrier(to)))
        if b in ("float", "real"):
            return "ms.to_float(%s, '%s', '%s', %s)::%s" % (e.text(), a, b, flag(safe), t.carrier(to))
        prec, scale = t.digits(to)
        return "ms.to_num(%s, '%s', '%s', %d, %d, %s)::%s" % (e.text(), a, b, prec, scale, flag(safe), t.carrier(to))
    if a in t.BINARIES:
        if b in t.INTEGERS and b != "bit":
            return "ms.bytes_int(%s)::%s" % (e.sql, t.carrier(to))
        raise unknown("binary to " + b)
    if a in t.TIMES:
        # Days since 1900, with their fraction.
        days = "((%s)::numeric / 864000000000 - 693595)" % e.sql
        return to_number(E(days, t.decimal(38, 18)), to, safe) if b != "float" else "(%s)::float8" % days
    if b == "bit":
        return "((%s) <> 0)::int4::int2" % e.sql
    number = e.sql
    if a in ("float", "real"):
        if b in ("float", "real"):
            return "(%s)::%s" % (e.sql, t.carrier(to))
        # The engine's own cast rounds to 15 digits; its shortest text is exact.
        number = "(%s)::text::numeric" % e.sql
    if b in t.INTEGERS:
        whole = "trunc(%s)" % number if a not in t.INTEGERS else number
        low, high = t.INTEGERS[b]
        if safe:
            return "(CASE WHEN %s BETWEEN %d AND %d THEN (%s)::%s END)" % (whole, low, high, whole, t.carrier(to))
        return "ms.tiny((%s)::int8)" % whole if b == "tinyint" else "(%s)::%s" % (whole, t.carrier(to))
    if b in ("float", "real"):
        return "(%s)::%s" % (number, t.carrier(to))
    prec, scale = t.digits(to)
    if safe:
        return "(CASE WHEN abs(round((%s)::numeric, %d)) < 1e%d THEN (%s)::%s END)" % (
            number, scale, prec - scale, number, t.carrier(to))
    return "(%s)::%s" % (number, t.carrier(to))


def local_ticks(e):
    """A date, time or both as ticks of the wall clock."""
    name = e.kind.name
    if name == "date":
        return "((%s)::int8 * 864000000000)" % e.sql
    if name == "datetimeoffset":
        return "(div(%s, 10000) + (mod(%s, 10000) - 5000) * 600000000)::int8" % (e.sql, e.sql)
    if name == "time":
        # On 1900-01-01, as SQL Server puts it.
        return "((%s) + 599266080000000000)" % e.sql
    return "(%s)" % e.sql


def to_time(e, to, style, safe):
    a, b = e.kind.name, to.name
    if a in t.STRINGS:
        return "ms.to_ticks(%s, '%s', %d, %s, %s)::%s" % (
            e.text(), b, to.scale, style.sql if style else "NULL", flag(safe), t.carrier(to))
    if a in t.NUMBERS:
        return "ms.round_ticks(ms.in_range(((%s)::numeric + 693595) * 864000000000, 8115, 'expression', '%s'), '%s', 0)" % (
            e.sql, b, b)
    if a not in t.TIMES:
        raise SqlError(529, a, b)
    if a == b and e.kind.scale == to.scale:
        return e.sql
    if b == "date":
        return "(%s / 864000000000)::int4" % local_ticks(e)
    if b == "time":
        return "(ms.round_ticks(%s %% 864000000000, 'time', %d) %% 864000000000)" % (local_ticks(e), to.scale)
    if b == "datetimeoffset":
        if a == b:
            return "(ms.round_ticks(div(%s, 10000)::int8, 'datetimeoffset', %d)::numeric * 10000 + mod(%s, 10000))" % (
                e.sql, to.scale, e.sql)
        return "(ms.round_ticks(%s, 'datetimeoffset', %d)::numeric * 10000 + 5000)" % (local_ticks(e), to.scale)
    out = "ms.round_ticks(%s, '%s', %d)" % (local_ticks(e), b, to.scale)
    if b == "datetime" and a in ("date", "datetime2", "datetimeoffset"):
        return "ms.from_1753(%s, '%s')" % (out, a)
    return out


def to_string(e, to, style, implicit):
    a, b = e.kind.name, to.name
    style_sql = style.sql if style else "NULL"
    if b == "sql_variant":
        return e.sql if a == b else "('%s|' || %s)::ms.str" % (t.show(e.kind), e.text())
    if a == "sql_variant":
        text = "ms.variant_text(%s)" % e.text()
    elif a in t.STRINGS:
        text = e.text()
        if a in t.UNICODE and b not in t.UNICODE and not (to.collation or e.collation or "").lower().endswith("utf8"):
            text = "ms.ansi(%s)" % text
        elif t.max_chars(e.kind) <= t.max_chars(to) and b not in ("char", "nchar"):
            return e.sql
    elif a in ("float", "real"):
        text = "ms.float_text(%s, %s, %s)" % (e.sql, style.sql if style else "0", flag(a == "real"))
    elif a in ("money", "smallmoney"):
        text = "(round(%s, 2))::text" % e.sql if style is None else \
            "(CASE %s WHEN 2 THEN (%s)::text WHEN 1 THEN to_char(%s, 'FM999,999,999,999,990.00') ELSE round(%s, 2)::text END)" % (
                style_sql, e.sql, e.sql, e.sql)
    elif a in t.NUMBERS:
        text = e.text()
    elif a in t.TIMES:
        text = "ms.time_text(%s, '%s', %d, %s)" % (e.sql, a, e.kind.scale, style_sql)
    elif a == "uniqueidentifier":
        text = "upper(%s)" % e.text()
    elif a in t.BINARIES:
        raw = "ms.from_utf16(%s)" % e.sql if b in t.UNICODE else "convert_from(%s, 'WIN1252')" % e.sql
        text = raw if style is None else "(CASE %s WHEN 1 THEN '0x' || upper(encode(%s, 'hex')) WHEN 2 THEN upper(encode(%s, 'hex')) ELSE %s END)" % (
            style_sql, e.sql, e.sql, raw)
    else:
        raise SqlError(529, a, b)
    if b in ("char", "varchar", "nchar", "nvarchar") and to.size != t.MAX:
        if a in t.INTEGERS and to.size < 20:
            # Too short for the digits gives an asterisk, or an error where it is Unicode.
            text = "ms.short_text(%s, %d, %s, 'expression', '%s')" % (text, to.size, flag(b in ("char", "varchar")), b)
        elif a in ("decimal", "float", "real", "money", "smallmoney", "uniqueidentifier") and to.size < 40:
            text = "ms.short_text(%s, %d, false, '%s', '%s')" % (text, to.size, "expression" if a != "decimal" else "numeric", b)
        else:
            text = "ms.part(%s, 1, %d)" % (text, to.size)
        if b in ("char", "nchar"):
            text = "ms.pad(%s, %d)" % (text, to.size)
    return "(%s)::ms.str" % text


def to_binary(e, to, style, safe):
    a = e.kind.name
    size = to.size if to.name in ("binary", "varbinary") else t.MAX
    if a in t.STRINGS:
        plain = "ms.utf16(%s)" % e.text() if a in t.UNICODE else "convert_to(%s, '%s')" % (
            e.text(), "UTF8" if (e.collation or "").lower().endswith("utf8") else "WIN1252")
        data = plain if style is None else "(CASE %s WHEN 1 THEN ms.hex(%s, true, %s) WHEN 2 THEN ms.hex(%s, false, %s) ELSE %s END)" % (
            style.sql, e.text(), flag(safe), e.text(), flag(safe), plain)
    elif a in t.BINARIES:
        if a == to.name and e.kind.size == to.size:
            return e.sql
        data = e.sql
    elif a in t.INTEGERS:
        width = {"bit": 1, "tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}[a]
        return "ms.int_bytes(%s, %d)" % (e.sql, to.size if to.name == "binary" else width)
    elif a == "uniqueidentifier":
        data = "ms.guid_bytes(%s)" % e.sql
    elif a in ("float", "real"):
        data = "float%dsend(%s)" % (8 if a == "float" else 4, e.sql)
    else:
        raise unknown("%s to %s" % (a, to.name))
    if to.name == "timestamp":
        return "ms.pad_bytes(substr(%s, 1, 8), 8)" % data
    if size != t.MAX:
        data = "substr(%s, 1, %d)" % (data, size)
        if to.name == "binary":
            data = "ms.pad_bytes(%s, %d)" % (data, size)
    return data


def store(e, column, table):
    """The value as a column takes it: nothing is cut without a word."""
    to = column.kind
    size = {"binary": to.size, "varbinary": to.size}.get(to.name, to.size)
    if to.name in ("char", "varchar", "nchar", "nvarchar") and size != t.MAX and e.kind.name in t.STRINGS:
        wide = convert(e, to._replace(name="nvarchar" if to.name[0] == "n" else "varchar", size=t.MAX))
        text = "ms.fit(%s, %d, %s, %s)" % (wide.text(), size, quote(table), quote(column.name))
        if to.name in ("char", "nchar"):
            text = "ms.pad(%s, %d)" % (text, size)
        return "(%s)::ms.str" % text
    if to.name in ("binary", "varbinary") and size != t.MAX and e.kind.name in t.BINARIES:
        data = "ms.fit_bytes(%s, %d, %s, %s)" % (e.sql, size, quote(table), quote(column.name))
        return "ms.pad_bytes(%s, %d)" % (data, size) if to.name == "binary" else data
    return convert(e, to).sql
