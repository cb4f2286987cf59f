"""TYPE_INFO and values on the wire, both ways.

[MS-TDS] 2.2.5.4 (data types), 2.2.5.5 (their values), 2.2.5.2.3 (PLP).
Values are the engine's texts (see sqltypes.py).
"""
import datetime
import struct
import uuid

import sqltypes as t

# LCID, comparison flags and version of a collation, then its sort id; [MS-TDS] 2.2.5.1.2.
COLLATIONS = {
    "sql_latin1_general_cp1_ci_as": (0x00D00409, 52), "sql_latin1_general_cp1_cs_as": (0x00C00409, 51),
    "latin1_general_ci_as": (0x00D00409, 0), "latin1_general_cs_as": (0x00C00409, 0),
    "latin1_general_100_ci_as": (0x20D00409, 0), "latin1_general_100_cs_as": (0x20C00409, 0),
    "latin1_general_100_ci_as_sc": (0x21D00409, 0), "latin1_general_100_ci_as_sc_utf8": (0x25D00409, 0),
    "latin1_general_bin": (0x01000409, 0), "latin1_general_bin2": (0x02000409, 0),
    "latin1_general_100_bin": (0x21000409, 0), "latin1_general_100_bin2": (0x22000409, 0),
    "latin1_general_100_bin2_utf8": (0x26000409, 0), "database_default": (0x00D00409, 52)}
FIXED = {0x30: ("tinyint", 1), 0x32: ("bit", 1), 0x34: ("smallint", 2), 0x38: ("int", 4), 0x7F: ("bigint", 8),
         0x3A: ("smalldatetime", 4), 0x3B: ("real", 4), 0x3C: ("money", 8), 0x3D: ("datetime", 8),
         0x3E: ("float", 8), 0x7A: ("smallmoney", 4)}
FIXED_CODES = {name: code for code, (name, _) in FIXED.items()}
NULLABLE = {"tinyint": (0x26, 1), "smallint": (0x26, 2), "int": (0x26, 4), "bigint": (0x26, 8), "bit": (0x68, 1),
            "real": (0x6D, 4), "float": (0x6D, 8), "smallmoney": (0x6E, 4), "money": (0x6E, 8),
            "smalldatetime": (0x6F, 4), "datetime": (0x6F, 8), "uniqueidentifier": (0x24, 16)}
SIZED = {0x26: {1: "tinyint", 2: "smallint", 4: "int", 8: "bigint"}, 0x68: {1: "bit"},
         0x6D: {4: "real", 8: "float"}, 0x6E: {4: "smallmoney", 8: "money"},
         0x6F: {4: "smalldatetime", 8: "datetime"}, 0x24: {16: "uniqueidentifier"}}
SCALED = {"time": 0x29, "datetime2": 0x2A, "datetimeoffset": 0x2B}
LONG = {"varbinary": 0xA5, "varchar": 0xA7, "binary": 0xAD, "char": 0xAF, "nvarchar": 0xE7, "nchar": 0xEF}
LOBS = {"image": 0x22, "text": 0x23, "ntext": 0x63}
LONG_NAMES = {code: name for name, code in LONG.items()}
LONG_NAMES.update({0x25: "varbinary", 0x27: "varchar", 0x2D: "binary", 0x2F: "char"})
EPOCH_1900 = datetime.date(1900, 1, 1).toordinal() - 1
UNLIMITED = b"\xfe" + b"\xff" * 7


def collation_bytes(name):
    info, sort = COLLATIONS.get((name or t.DEFAULT_COLLATION).lower(), (0x00D00409, 52))
    return struct.pack("<IB", info, sort)


def encoding(kind):
    """How the bytes of a (var)char column are meant."""
    return "utf-8" if kind.collation and kind.collation.lower().endswith("utf8") else "cp1252"


def time_bytes(scale):
    return (3, 3, 3, 4, 4, 5, 5, 5)[scale]


def type_info(kind, nullable=True):
    name = kind.name
    if name == "null":
        name = "int"
    if not nullable and name in FIXED_CODES:
        return bytes([FIXED_CODES[name]])
    if name in NULLABLE:
        return bytes(NULLABLE[name])
    if name == "date":
        return b"\x28"
    if name in SCALED:
        return bytes([SCALED[name], kind.scale])
    if name == "decimal":
        size = 5 if kind.prec < 10 else 9 if kind.prec < 20 else 13 if kind.prec < 29 else 17
        return bytes([0x6A, size, kind.prec, kind.scale])
    if name == "timestamp":
        return struct.pack("<BH", LONG["binary"], 8)
    if name in LONG:
        size = 0xFFFF if kind.size == t.MAX else kind.size * (2 if name[0] == "n" else 1)
        out = struct.pack("<BH", LONG[name], size)
        return out + collation_bytes(kind.collation) if "char" in name else out
    if name in LOBS:
        size = 0x7FFFFFFE if name == "ntext" else 0x7FFFFFFF
        return struct.pack("<BI", LOBS[name], size) + (b"" if name == "image" else collation_bytes(kind.collation))
    if name == "xml":
        return b"\xf1\x00"
    if name == "sql_variant":
        return struct.pack("<BI", 0x62, 8009)
    raise ValueError("no wire form for " + name)


def _integer(size):
    return lambda v: int(v).to_bytes(size, "little", signed=size > 1)


def _money(size):
    def write(v):
        whole = round_decimal(v, 4)
        raw = struct.pack("<q", whole)
        return raw[4:] + raw[:4] if size == 8 else struct.pack("<i", whole)
    return write


def round_decimal(text, scale):
    """A decimal text as an integer of that many decimals; exact, as the engine has rounded already."""
    sign = -1 if text.startswith("-") else 1
    whole, _, rest = text.lstrip("+-").partition(".")
    return sign * int(whole + rest.ljust(scale, "0")[:scale])


def _decimal(kind):
    size = 4 if kind.prec < 10 else 8 if kind.prec < 20 else 12 if kind.prec < 29 else 16

    def write(v):
        number = round_decimal(v, kind.scale)
        return bytes([0 if number < 0 else 1]) + abs(number).to_bytes(size, "little")
    return write


def _scaled(scale, ticks):
    return (ticks // 10 ** (7 - scale)).to_bytes(time_bytes(scale), "little")


def _datetime(v):
    days, ticks = divmod(int(v), t.DAY)
    units = round(ticks * 3 / 100000)
    if units == 25920000:
        days, units = days + 1, 0
    return struct.pack("<iI", days - EPOCH_1900, units)


def _smalldatetime(v):
    days, ticks = divmod(int(v), t.DAY)
    return struct.pack("<HH", days - EPOCH_1900, ticks // 600000000)


def _datetime2(scale):
    def write(v):
        days, ticks = divmod(int(v), t.DAY)
        return _scaled(scale, ticks) + days.to_bytes(3, "little")
    return write


def _offset(scale):
    def write(v):
        utc, offset = divmod(int(v.partition(".")[0]), 10000)
        days, ticks = divmod(utc, t.DAY)
        return _scaled(scale, ticks) + days.to_bytes(3, "little") + struct.pack("<h", offset - 5000)
    return write


def raw_encoder(kind):
    """A function from the engine's text to the value's bytes, without their length."""
    name = kind.name
    if name == "null":
        return _integer(4)
    if name in t.INTEGERS:
        return _integer({"bit": 1, "tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}[name])
    if name in ("real", "float"):
        return lambda v, code="<f" if name == "real" else "<d": struct.pack(code, float(v))
    if name in ("money", "smallmoney"):
        return _money(8 if name == "money" else 4)
    if name == "decimal":
        return _decimal(kind)
    if name == "date":
        return lambda v: int(v).to_bytes(3, "little")
    if name == "time":
        return lambda v: _scaled(kind.scale, int(v))
    if name in ("datetime", "smalldatetime"):
        return _datetime if name == "datetime" else _smalldatetime
    if name == "datetime2":
        return _datetime2(kind.scale)
    if name == "datetimeoffset":
        return _offset(kind.scale)
    if name == "uniqueidentifier":
        return lambda v: uuid.UUID(v).bytes_le
    if name in t.BINARIES:
        return lambda v: bytes.fromhex(v[2:])
    if name in t.UNICODE:
        return lambda v: v.encode("utf-16-le")
    return lambda v, code=encoding(kind): v.encode(code, "replace")


def plp(data):
    if data is None:
        return b"\xff" * 8
    out = [UNLIMITED]
    for at in range(0, len(data), 8000):
        part = data[at:at + 8000]
        out += [struct.pack("<I", len(part)), part]
    return b"".join(out + [b"\0\0\0\0"])


def variant(text):
    """A sql_variant: its own text form is "type(args)|value"; [MS-TDS] 2.2.5.5.4."""
    declared, _, value = text.partition("|")
    kind = t.words(declared)
    data = raw_encoder(kind)(value)
    if kind.name in t.STRINGS:
        props = collation_bytes(kind.collation) + struct.pack("<H", t.max_bytes(kind))
        code = LONG[kind.name]
    elif kind.name in t.BINARIES:
        props, code = struct.pack("<H", kind.size), LONG[kind.name]
    elif kind.name == "decimal":
        props, code, data = bytes([kind.prec, kind.scale]), 0x6A, data
    elif kind.name in SCALED:
        props, code = bytes([kind.scale]), SCALED[kind.name]
    else:
        props, code = b"", FIXED_CODES.get(kind.name) or {"date": 0x28, "uniqueidentifier": 0x24}[kind.name]
    body = bytes([code, len(props)]) + props + data
    return struct.pack("<I", len(body)) + body


def encoder(kind, nullable=True):
    """A function from the engine's text or None to the cell as it stands in a ROW."""
    name, raw = kind.name, raw_encoder(kind)
    if not nullable and name in FIXED_CODES:
        return raw
    if name == "sql_variant":
        return lambda v: b"\0\0\0\0" if v is None else variant(v)
    if name == "xml" or name in LONG and kind.size == t.MAX:
        return lambda v: plp(None if v is None else raw(v))
    if name in LOBS:
        def write(v):
            if v is None:
                return b"\0"
            data = raw(v)
            return b"\x10" + b"dummy textptr\0\0\0" + b"dummyTS\0" + struct.pack("<I", len(data)) + data
        return write
    if name in LONG or name == "timestamp":
        def write_long(v):
            if v is None:
                return b"\xff\xff"
            data = raw(v)
            return struct.pack("<H", len(data)) + data
        return write_long
    return lambda v: b"\0" if v is None else (lambda data: bytes([len(data)]) + data)(raw(v))


class Reader:
    """Reads fields of one message; past its end is a fault of the client's."""

    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def take(self, count):
        if self.at + count > len(self.data):
            raise EOFError("the message ends early")
        out = self.data[self.at:self.at + count]
        self.at += count
        return out

    def number(self, size, signed=False):
        return int.from_bytes(self.take(size), "little", signed=signed)

    def text(self, width=1):
        """B_VARCHAR or US_VARCHAR."""
        return self.take(2 * self.number(width)).decode("utf-16-le")

    def transaction_name(self):
        """Clients differ in whether its length counts bytes or characters."""
        if not self.more():
            return ""
        count = self.number(1)
        size = count if count > len(self.data) - self.at - count else 2 * count
        return self.take(size).decode("utf-16-le")

    def more(self):
        return self.at < len(self.data)


def read_type(r):
    """(Type, wire code, maximum length) of a TYPE_INFO."""
    code = r.number(1)
    if code in FIXED:
        return t.Type(FIXED[code][0]), code, FIXED[code][1]
    if code == 0x1F:
        return t.NULL, code, 0
    if code in SIZED:
        size = r.number(1)
        return t.Type(SIZED[code].get(size) or list(SIZED[code].values())[-1]), code, size
    if code == 0x28:
        return t.Type("date"), code, 3
    if code in (0x29, 0x2A, 0x2B):
        name = [n for n, c in SCALED.items() if c == code][0]
        return t.Type(name, 0, 0, r.number(1)), code, 0
    if code in (0x6A, 0x6C, 0x37, 0x3F):
        size, prec, scale = r.number(1), r.number(1), r.number(1)
        return t.decimal(prec or 38, scale), code, size
    if code in (0xA5, 0xA7, 0xAD, 0xAF, 0xE7, 0xEF):
        size, name = r.number(2), LONG_NAMES[code]
        collation = r.take(5) if "char" in name else None
        kind = t.Type(name, t.MAX if size == 0xFFFF else max(1, size // 2 if name[0] == "n" else size))
        if collation and collation[3] & 4 and name in ("char", "varchar"):
            kind = kind._replace(collation="Latin1_General_100_BIN2_UTF8")
        return kind, code, size
    if code in (0x22, 0x23, 0x63):
        size = r.number(4)
        if code != 0x22:
            r.take(5)
        return t.Type([n for n, c in LOBS.items() if c == code][0]), code, size
    if code == 0xF1:
        if r.number(1):
            raise EOFError("typed XML")
        return t.Type("xml"), code, 0xFFFF
    if code == 0x62:
        return t.Type("sql_variant"), code, r.number(4)
    raise EOFError("type 0x%02x" % code)


def _plp(r):
    total = r.number(8)
    if total == 2 ** 64 - 1:
        return None
    parts = []
    while True:
        size = r.number(4)
        if not size:
            return b"".join(parts)
        parts.append(r.take(size))


def read_value(r, kind, code, size):
    """The engine's text of a value, or None."""
    if code == 0x1F:
        return None
    if code in FIXED:
        return decode(kind, r.take(size))
    if code == 0x62:
        length = r.number(4)
        return None if not length else _read_variant(Reader(r.take(length)))
    if code == 0xF1 or code in LONG_NAMES and size == 0xFFFF:
        data = _plp(r)
    elif code in (0xA5, 0xA7, 0xAD, 0xAF, 0xE7, 0xEF):
        length = r.number(2)
        data = None if length == 0xFFFF else r.take(length)
    elif code in (0x22, 0x23, 0x63):
        length = r.number(4)
        data = None if length == 0xFFFFFFFF else r.take(length)
    else:
        length = r.number(1)
        if not length:
            return None
        data = r.take(length)
        if code in SIZED:
            kind = t.Type(SIZED[code][length])
    return None if data is None else decode(kind, data)


def _read_variant(r):
    code, props = r.number(1), r.number(1)
    extra = Reader(r.take(props))
    rest = r.take(len(r.data) - r.at)
    if code in FIXED:
        kind = t.Type(FIXED[code][0])
    elif code in (0xA7, 0xAF, 0xE7, 0xEF):
        extra.take(5)
        size = extra.number(2)
        kind = t.Type(LONG_NAMES[code], size // 2 if LONG_NAMES[code][0] == "n" else size)
    elif code in (0x6A, 0x6C):
        kind = t.decimal(extra.number(1), extra.number(1))
    elif code in (0x29, 0x2A, 0x2B):
        kind = t.Type([n for n, c in SCALED.items() if c == code][0], 0, 0, extra.number(1))
    elif code in (0xA5, 0xAD):
        kind = t.Type(LONG_NAMES[code], extra.number(2))
    else:
        kind = t.Type({0x28: "date", 0x24: "uniqueidentifier"}[code])
    return "%s|%s" % (t.show(kind), decode(kind, rest))


def decode(kind, data):
    """Bytes of a value as the engine's text."""
    name = kind.name
    if name in t.INTEGERS:
        return str(int.from_bytes(data, "little", signed=len(data) > 1))
    if name in ("real", "float"):
        return repr(struct.unpack("<f" if len(data) == 4 else "<d", data)[0])
    if name in ("money", "smallmoney"):
        number = struct.unpack("<q", data[4:] + data[:4])[0] if len(data) == 8 else struct.unpack("<i", data)[0]
        return _point(number, 4)
    if name == "decimal":
        number = int.from_bytes(data[1:], "little")
        return _point(number if data[0] else -number, kind.scale)
    if name == "date":
        return str(int.from_bytes(data, "little"))
    if name == "time":
        return str(int.from_bytes(data, "little") * 10 ** (7 - kind.scale))
    if name == "datetime":
        days, units = struct.unpack("<iI", data)
        return str((days + EPOCH_1900) * t.DAY + round(units * 100000 / 3))
    if name == "smalldatetime":
        days, minutes = struct.unpack("<HH", data)
        return str((days + EPOCH_1900) * t.DAY + minutes * 600000000)
    if name == "datetime2":
        return str(int.from_bytes(data[:-3], "little") * 10 ** (7 - kind.scale)
                   + int.from_bytes(data[-3:], "little") * t.DAY)
    if name == "datetimeoffset":
        ticks = int.from_bytes(data[:-5], "little") * 10 ** (7 - kind.scale)
        utc = ticks + int.from_bytes(data[-5:-2], "little") * t.DAY
        return str(utc * 10000 + 5000 + struct.unpack("<h", data[-2:])[0])
    if name == "uniqueidentifier":
        return str(uuid.UUID(bytes_le=bytes(data)))
    if name in t.BINARIES:
        return "\\x" + data.hex()
    if name in t.UNICODE:
        return data.decode("utf-16-le").lstrip("\ufeff") if name == "xml" else data.decode("utf-16-le")
    return data.decode(encoding(kind), "replace")


def _point(number, scale):
    sign, digits = "-" if number < 0 else "", str(abs(number)).rjust(scale + 1, "0")
    return sign + (digits[:-scale] + "." + digits[-scale:] if scale else digits)
