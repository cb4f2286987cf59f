"""T-SQL types: their names, ranks, and the forms their values have in the engine.

A value travels inside the emulator as the text that the engine prints for its carrier, or None:
dates are days and times are ticks of 100 ns since 0001-01-01, a datetimeoffset is ticks in UTC
times 10,000 plus its offset in minutes plus 5,000.  All is exact that way, which the engine's own
microseconds would not be.  The types are Microsoft's:
https://learn.microsoft.com/en-us/sql/t-sql/data-types/data-types-transact-sql
"""
import collections
import re

MAX = -1
DAY = 864000000000
DEFAULT_COLLATION = "SQL_Latin1_General_CP1_CI_AS"

Type = collections.namedtuple("Type", "name size prec scale collation", defaults=(0, 0, 0, None))

# The higher one wins when two meet; "null" is the type of a bare NULL.
# https://learn.microsoft.com/en-us/sql/t-sql/data-types/data-type-precedence-transact-sql
PRECEDENCE = """null binary varbinary char varchar nchar nvarchar uniqueidentifier timestamp image text ntext bit
tinyint smallint int bigint smallmoney money decimal real float time date smalldatetime datetime datetime2
datetimeoffset xml sql_variant""".split()
RANK = {name: rank for rank, name in enumerate(PRECEDENCE)}

CARRIERS = {
    "bit": "int2", "tinyint": "int2", "smallint": "int2", "int": "int4", "bigint": "int8", "real": "float4",
    "float": "float8", "date": "int4", "time": "int8", "datetime2": "int8", "datetime": "int8",
    "smalldatetime": "int8", "datetimeoffset": "numeric", "uniqueidentifier": "uuid", "binary": "bytea",
    "varbinary": "bytea", "image": "bytea", "timestamp": "bytea", "money": "ms.money",
    "smallmoney": "ms.smallmoney", "null": "int4"}
STRINGS = {"char", "varchar", "nchar", "nvarchar", "text", "ntext", "xml", "sql_variant"}
UNICODE = {"nchar", "nvarchar", "ntext", "xml", "sql_variant"}
BINARIES = {"binary", "varbinary", "image", "timestamp"}
INTEGERS = {"bit": (0, 1), "tinyint": (0, 255), "smallint": (-2 ** 15, 2 ** 15 - 1), "int": (-2 ** 31, 2 ** 31 - 1),
            "bigint": (-2 ** 63, 2 ** 63 - 1)}
EXACT = set(INTEGERS) | {"decimal", "money", "smallmoney"}
NUMBERS = EXACT | {"real", "float"}
TIMES = {"date", "time", "datetime", "smalldatetime", "datetime2", "datetimeoffset"}
LARGE = {"text", "ntext", "image"}
ALIASES = {"integer": "int", "dec": "decimal", "numeric": "decimal", "rowversion": "timestamp",
           "character": "char", "nationalchar": "nchar", "sysname": "nvarchar", "double": "float"}
NAMES = set(PRECEDENCE) - {"null"} | set(ALIASES)
# sys.types: system_type_id, user_type_id, bytes, precision, scale; documented with sys.types.
# https://learn.microsoft.com/en-us/sql/relational-databases/system-catalog-views/sys-types-transact-sql
SYSTEM = {
    "image": (34, 34, 16, 0, 0), "text": (35, 35, 16, 0, 0), "uniqueidentifier": (36, 36, 16, 0, 0),
    "date": (40, 40, 3, 10, 0), "time": (41, 41, 5, 16, 7), "datetime2": (42, 42, 8, 27, 7),
    "datetimeoffset": (43, 43, 10, 34, 7), "tinyint": (48, 48, 1, 3, 0), "smallint": (52, 52, 2, 5, 0),
    "int": (56, 56, 4, 10, 0), "smalldatetime": (58, 58, 4, 16, 0), "real": (59, 59, 4, 24, 0),
    "money": (60, 60, 8, 19, 4), "datetime": (61, 61, 8, 23, 3), "float": (62, 62, 8, 53, 0),
    "sql_variant": (98, 98, 8016, 0, 0), "ntext": (99, 99, 16, 0, 0), "bit": (104, 104, 1, 1, 0),
    "decimal": (106, 106, 17, 38, 38), "numeric": (108, 108, 17, 38, 38), "smallmoney": (122, 122, 4, 10, 4),
    "bigint": (127, 127, 8, 19, 0), "varbinary": (165, 165, 8000, 0, 0), "varchar": (167, 167, 8000, 0, 0),
    "binary": (173, 173, 8000, 0, 0), "char": (175, 175, 8000, 0, 0), "timestamp": (189, 189, 8, 0, 0),
    "nvarchar": (231, 231, 8000, 0, 0), "nchar": (239, 239, 8000, 0, 0), "xml": (241, 241, -1, 0, 0),
    "sysname": (231, 256, 256, 0, 0)}

INT, BIGINT, FLOAT, BIT = Type("int"), Type("bigint"), Type("float"), Type("bit")
NULL = Type("null")


def decimal(prec, scale):
    return Type("decimal", 0, prec, scale)


def string(name, size, collation=None):
    return Type(name, size, 0, 0, collation)


def carrier(kind):
    """The engine's type for values of this one."""
    if kind.name in STRINGS:
        return "ms.str"
    if kind.name == "decimal":
        return "numeric(%d,%d)" % (kind.prec, kind.scale)
    return CARRIERS[kind.name]


def make(name, args=(), default_size=1):
    """A type from its words and arguments, or None where they are not allowed."""
    name = name.lower()
    if name == "sysname":
        return Type("nvarchar", 128)
    name = ALIASES.get(name, name)
    args = list(args)
    if name in ("char", "varchar", "nchar", "nvarchar", "binary", "varbinary"):
        limit = 4000 if name[0] == "n" else 8000
        size = args[0] if args else default_size
        if size == "max" and name.startswith(("var", "nvar")):
            return Type(name, MAX)
        return Type(name, size) if len(args) < 2 and size != "max" and 1 <= size <= limit else None
    if name == "decimal":
        prec, scale = (args + [18, 0][len(args):])[:2]
        return decimal(prec, scale) if 1 <= prec <= 38 and 0 <= scale <= prec else None
    if name == "float":
        return Type("real" if args and args[0] <= 24 else "float") if not args or 1 <= args[0] <= 53 else None
    if name in ("time", "datetime2", "datetimeoffset"):
        scale = args[0] if args else 7
        return Type(name, 0, 0, scale) if 0 <= scale <= 7 else None
    return Type(name) if name in RANK and not args else None


def show(kind):
    """As a message or a catalog says it."""
    name = {"timestamp": "timestamp"}.get(kind.name, kind.name)
    if kind.name in ("char", "varchar", "nchar", "nvarchar", "binary", "varbinary"):
        return "%s(%s)" % (name, "max" if kind.size == MAX else kind.size)
    if kind.name == "decimal":
        return "decimal(%d,%d)" % (kind.prec, kind.scale)
    if kind.name in ("time", "datetime2", "datetimeoffset"):
        return "%s(%d)" % (name, kind.scale)
    return name


def digits(kind):
    """(precision, scale) of a number as a decimal."""
    return {"bit": (1, 0), "tinyint": (3, 0), "smallint": (5, 0), "int": (10, 0), "bigint": (19, 0),
            "money": (19, 4), "smallmoney": (10, 4), "decimal": (kind.prec, kind.scale),
            "null": (1, 0)}[kind.name]


def max_bytes(kind):
    """max_length of sys.columns."""
    if kind.name in ("char", "varchar", "binary", "varbinary"):
        return kind.size
    if kind.name in ("nchar", "nvarchar"):
        return kind.size if kind.size == MAX else 2 * kind.size
    if kind.name == "decimal":
        return 5 if kind.prec < 10 else 9 if kind.prec < 20 else 13 if kind.prec < 29 else 17
    if kind.name in ("time", "datetime2", "datetimeoffset"):
        short = (3, 3, 3, 4, 4, 5, 5, 5)[kind.scale]
        return short + {"time": 0, "datetime2": 3, "datetimeoffset": 5}[kind.name]
    return SYSTEM[kind.name][2]


def shown_digits(kind):
    """precision and scale of sys.columns."""
    if kind.name == "decimal":
        return kind.prec, kind.scale
    if kind.name in ("time", "datetime2", "datetimeoffset"):
        base = {"time": 8, "datetime2": 19, "datetimeoffset": 26}[kind.name]
        return base + (kind.scale + 1 if kind.scale else 0), kind.scale
    return SYSTEM[kind.name][3:]


def common(a, b):
    """The type two operands come to, or None when there is none."""
    if RANK[a.name] < RANK[b.name]:
        a, b = b, a
    if b.name == "null" or a.name == b.name and a.name not in ("decimal",) and a.size == b.size and a.scale == b.scale:
        return a
    if a.name == "decimal" and b.name in EXACT:
        (p1, s1), (p2, s2) = digits(a), digits(b)
        scale = max(s1, s2)
        return decimal(min(38, max(p1 - s1, p2 - s2) + scale), scale)
    if a.name in STRINGS and b.name in STRINGS and a.name not in ("xml", "sql_variant"):
        size = MAX if MAX in (a.size, b.size) else max(a.size, b.size)
        name = a.name
        if {a.name, b.name} == {"nchar", "varchar"}:
            name = "nvarchar"
        return a._replace(name=name, size=size)
    if a.name in ("varbinary", "binary") and b.name in ("varbinary", "binary"):
        return a._replace(name="varbinary" if a.name != b.name else a.name,
                          size=MAX if MAX in (a.size, b.size) else max(a.size, b.size))
    if a.name in ("time", "datetime2", "datetimeoffset") and b.name in ("time", "datetime2", "datetimeoffset"):
        return a._replace(scale=max(a.scale, b.scale))
    return a


def words(text):
    """Type name and arguments out of a declaration such as "nvarchar(max)"."""
    found = re.match(r"\s*\[?(?:sys\]?\.\[?)?(\w+)\]?\s*(?:\(\s*([^)]*?)\s*\))?\s*$", text)
    if not found:
        return None
    args = [a.strip().lower() for a in found.group(2).split(",")] if found.group(2) else []
    return make(found.group(1), [a if a == "max" else int(a) for a in args])


def max_chars(kind):
    """How many characters a string of this type may have."""
    if kind.name in ("char", "varchar", "nchar", "nvarchar"):
        return 2 ** 31 if kind.size == MAX else kind.size
    return 2 ** 31
