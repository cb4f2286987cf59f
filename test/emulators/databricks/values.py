"""Types of Databricks: their names, what holds them in DuckDB, and the text of a value in an answer.

docs.databricks.com/sql/language-manual/sql-ref-datatypes, api/workspace/statementexecution (JSON_ARRAY).  Where no document says how a
value is written, documented.case calls it so, and texts() can be told to write it in the other way that clients know.
"""
import math
import re

SIMPLE = {"TINYINT": "TINYINT", "BYTE": "TINYINT", "SMALLINT": "SMALLINT", "SHORT": "SMALLINT", "INT": "INT", "INTEGER": "INT", "BIGINT": "BIGINT",
          "LONG": "BIGINT", "FLOAT": "FLOAT", "REAL": "FLOAT", "DOUBLE": "DOUBLE", "BOOLEAN": "BOOLEAN", "STRING": "STRING", "BINARY": "BINARY",
          "DATE": "DATE", "TIMESTAMP": "TIMESTAMP", "TIMESTAMP_LTZ": "TIMESTAMP", "TIMESTAMP_NTZ": "TIMESTAMP_NTZ", "VARIANT": "VARIANT", "VOID": "VOID"}
DUCKDB = {"TINYINT": "TINYINT", "SMALLINT": "SMALLINT", "INT": "INTEGER", "BIGINT": "BIGINT", "FLOAT": "FLOAT", "DOUBLE": "DOUBLE",
          "BOOLEAN": "BOOLEAN", "STRING": "VARCHAR", "BINARY": "BLOB", "DATE": "DATE", "TIMESTAMP": "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NTZ": "TIMESTAMP",
          "VARIANT": "JSON", "VOID": "VARCHAR", "CHAR": "VARCHAR", "VARCHAR": "VARCHAR", "INTERVAL": "INTERVAL"}
# type_name of a manifest's column, where it is not the type's own.
NAMES = {"TINYINT": "BYTE", "SMALLINT": "SHORT", "BIGINT": "LONG", "VOID": "NULL", "VARCHAR": "STRING"}
OFDUCKDB = {"TINYINT": "TINYINT", "SMALLINT": "SMALLINT", "INTEGER": "INT", "BIGINT": "BIGINT", "FLOAT": "FLOAT", "DOUBLE": "DOUBLE",
            "BOOLEAN": "BOOLEAN", "VARCHAR": "STRING", "BLOB": "BINARY", "DATE": "DATE", "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
            "TIMESTAMP": "TIMESTAMP_NTZ", "JSON": "VARIANT", '"NULL"': "VOID", "NULL": "VOID", "UTINYINT": "SMALLINT", "USMALLINT": "INT",
            "UINTEGER": "BIGINT", "INTERVAL": "INTERVAL"}
INTEGERS = {"TINYINT", "SMALLINT", "INT", "BIGINT"}


class Kind:
    """A type.  parts: element of an ARRAY, key and value of a MAP, (name, Kind, nullable, comment) of a STRUCT's fields."""

    def __init__(self, name, numbers=(), parts=(), unit=""):
        self.name, self.numbers, self.parts, self.unit = name, tuple(numbers), list(parts), unit

    def duckdb(self, binary="BLOB"):
        if self.name == "DECIMAL":
            return "DECIMAL(%d,%d)" % self.numbers
        if self.name == "ARRAY":
            return self.parts[0].duckdb(binary) + "[]"
        if self.name == "MAP":
            return "MAP(%s, %s)" % tuple(p.duckdb(binary) for p in self.parts)
        if self.name == "STRUCT":
            return "STRUCT(%s)" % ", ".join('"%s" %s' % (f[0].replace('"', '""'), f[1].duckdb(binary)) for f in self.parts)
        return binary if self.name == "BINARY" else DUCKDB[self.name]

    def text(self, small=False, shown=True):
        """type_text; in small letters it is what the catalog says (full_data_type)."""
        case = str.lower if small else str.upper
        if self.name == "ARRAY":
            return case("array") + "<" + self.parts[0].text(small, shown) + ">"
        if self.name == "MAP":
            return case("map") + "<" + ("," if small else ", ").join(p.text(small, shown) for p in self.parts) + ">"
        if self.name == "STRUCT":
            fields = (f[0] + (":" if small else ": ") + f[1].text(small, shown) + ("" if f[2] or small else " NOT NULL") for f in self.parts)
            return case("struct") + "<" + ("," if small else ", ").join(fields) + ">"
        if self.name == "INTERVAL":
            return case("interval " + self.unit)
        numbers = "(%s)" % ",".join(str(n) for n in self.numbers) if self.numbers else ""
        return case("STRING" if self.name in ("VARCHAR", "CHAR") and not shown else self.name) + ("" if self.name in ("VARCHAR", "CHAR") and not shown else numbers)

    def column(self, name, position):
        """A column of manifest.schema; lengths of texts do not reach a result."""
        text = self.text(shown=False)
        out = {"name": name, "type_text": text, "type_name": "STRING" if self.name in ("CHAR", "VARCHAR") else NAMES.get(self.name, self.name),
               "position": position}
        if self.name == "DECIMAL":
            out.update(type_precision=self.numbers[0], type_scale=self.numbers[1])
        if self.name == "INTERVAL":
            out["type_interval_type"] = self.unit
        return out


STRING, BIGINT, BOOLEAN, TIMESTAMP = Kind("STRING"), Kind("BIGINT"), Kind("BOOLEAN"), Kind("TIMESTAMP")


class Reader:
    """Reads the text of a type; None from parse() when there is no such type."""

    TOKEN = re.compile(r"\s*(`(?:[^`]|``)+`|\"(?:[^\"]|\"\")*\"|'(?:[^'\\]|\\.)*'|\w+|[<>(),:\[\]])")

    def __init__(self, text):
        self.tokens, at = [], 0
        text = text.strip()
        while at < len(text):
            match = self.TOKEN.match(text, at)
            if not match:
                raise ValueError(text)
            self.tokens.append(match[1])
            at = match.end()
        self.at = 0

    def peek(self):
        return self.tokens[self.at].upper() if self.at < len(self.tokens) else ""

    def take(self, wanted=None):
        word = self.tokens[self.at] if self.at < len(self.tokens) else ""
        if (wanted and word.upper() != wanted) or not word:
            raise ValueError(word)
        self.at += 1
        return word

    def numbers(self):
        out = []
        if self.peek() == "(":
            self.take()
            while self.peek() != ")":
                out.append(int(self.take()))
                if self.peek() == ",":
                    self.take()
            self.take()
        return out

    def one(self):
        name = self.take().upper()
        if name in ("DECIMAL", "DEC", "NUMERIC"):
            numbers = (self.numbers() or [10]) + [0]
            if not 1 <= numbers[0] <= 38 or not 0 <= numbers[1] <= numbers[0]:
                raise ValueError(name)
            return Kind("DECIMAL", numbers[:2])
        if name in ("VARCHAR", "CHAR", "CHARACTER"):
            return Kind("CHAR" if name.startswith("CHAR") else name, [n for n in [self.numbers()[0]] if n > 0 or self.take("length")])
        if name == "INTERVAL":
            units = []
            while re.fullmatch(r"YEAR|MONTH|DAY|HOUR|MINUTE|SECOND|TO", self.peek()):
                units.append(self.take().upper())
            return Kind("INTERVAL", unit=" ".join(units))
        if name == "ARRAY":
            self.take("<")
            element = self.one()
            self.take(">")
            return Kind("ARRAY", parts=[element])
        if name == "MAP":
            self.take("<")
            key = self.one()
            self.take(",")
            value = self.one()
            self.take(">")
            return Kind("MAP", parts=[key, value])
        if name == "STRUCT":
            return self.struct()
        return Kind(SIMPLE[name])

    def struct(self):
        fields = []
        self.take("<")
        while self.peek() != ">":
            name = self.take()
            name = name[1:-1].replace("``", "`") if name[0] == "`" else name
            if self.peek() == ":":
                self.take()
            kind, nullable, comment = self.one(), True, None
            while self.peek() in ("NOT", "COMMENT"):
                if self.take().upper() == "NOT":
                    self.take("NULL")
                    nullable = False
                else:
                    comment = self.take()[1:-1]
            fields.append((name, kind, nullable, comment))
            if self.peek() == ",":
                self.take()
        self.take(">")
        return Kind("STRUCT", parts=fields)


def parse(text):
    try:
        reader = Reader(text)
        kind = reader.one()
        return kind if reader.at == len(reader.tokens) else None
    except (ValueError, KeyError, IndexError):
        return None


def of_duckdb(name):
    """What a result of that type of DuckDB is; None when nothing is."""
    match = re.fullmatch(r"DECIMAL\((\d+), ?(\d+)\)", name)
    if match:
        return Kind("DECIMAL", (int(match[1]), int(match[2])))
    if name in OFDUCKDB:
        return Kind(OFDUCKDB[name], unit="DAY TO SECOND" if name == "INTERVAL" else "")
    if name in ("HUGEINT", "UBIGINT", "UHUGEINT"):
        return Kind("DECIMAL", (38, 0))
    if name.endswith("[]"):
        inner = of_duckdb(name[:-2])
        return inner and Kind("ARRAY", parts=[inner])
    match = re.fullmatch(r"(MAP|STRUCT)\((.*)\)", name, re.S)
    if not match:
        return None
    parts = split(match[2])
    if match[1] == "MAP":
        kinds = [of_duckdb(p) for p in parts]
        return None if None in kinds else Kind("MAP", parts=kinds)
    fields = []
    for part in parts:
        field = re.match(r'"((?:[^"]|"")*)" (.*)$|(\S+) (.*)$', part, re.S)
        kind = of_duckdb(field[2] or field[4])
        if kind is None:
            return None
        fields.append(((field[1] or field[3] or "").replace('""', '"'), kind, True, None))
    return Kind("STRUCT", parts=fields)


def split(text):
    """The parts between commas that stand in no bracket."""
    out, depth, quoted, at = [], 0, False, 0
    for i, c in enumerate(text):
        quoted ^= c == '"'
        depth += 0 if quoted else {"(": 1, ")": -1}.get(c, 0)
        if c == "," and not depth and not quoted:
            out.append(text[at:i].strip())
            at = i + 1
    return out + [text[at:].strip()]


# ---- texts ----

def double_text(value, digits=repr):
    """As Java writes a double (or, with their digits, a float)."""
    if value is None:
        return None
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    if abs(value) == 5e-324:
        return "%s4.9E-324" % ("-" if value < 0 else "")
    sign, mantissa, exponent = re.fullmatch(r"(-?)([\d.]+)(?:e([-+]\d+))?", digits(value)).groups()
    whole, _, rest = mantissa.partition(".")
    number, point = (whole + rest).lstrip("0"), len(whole) + int(exponent or 0)
    point -= len(whole + rest) - len((whole + rest).lstrip("0"))
    number = number.rstrip("0") or "0"
    if -2 <= point <= 7:
        if point <= 0:
            return "%s0.%s%s" % (sign, "0" * -point, number)
        number = number.ljust(point, "0")
        return "%s%s.%s" % (sign, number[:point], number[point:] or "0")
    return "%s%s.%sE%d" % (sign, number[0], number[1:] or "0", point - 1)


def float_text(value):
    import numpy
    return double_text(value, lambda v: str(numpy.float32(v)))


INTERVAL = ("CASE WHEN datepart('year', {0}) <> 0 OR datepart('month', {0}) <> 0 THEN CASE WHEN {0} < INTERVAL 0 DAY THEN '-' ELSE '' END || abs(datepart('year', {0})) || '-' || "
            "abs(datepart('month', {0})) ELSE gw_day_time(epoch_us({0})) END")


def day_time(micros):
    """D HH:MM:SS.nnnnnnnnn"""
    if micros is None:
        return None
    seconds, rest = divmod(abs(int(micros)), 10 ** 6)
    return "%s%d %02d:%02d:%02d.%06d000" % ("-" if micros < 0 else "", seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60, seconds % 60, rest)


class Texts:
    """How values are written: binary is base64 or hex, fraction 3 or 6 digits of a moment."""

    def __init__(self, binary="base64", fraction=3):
        self.binary, self.fraction = binary, fraction

    def sql(self, column, kind):
        """An expression of DuckDB whose text is that value's in an answer."""
        name = kind.name
        if name in ("ARRAY", "MAP", "STRUCT"):
            return json_sql(column, kind, True)
        if name == "BINARY":
            return "to_base64(%s)" % column if self.binary == "base64" else "lower(hex(%s))" % column
        if name in ("TIMESTAMP", "TIMESTAMP_NTZ"):
            digits = "%g" if self.fraction == 3 else "%f"
            zone = " || gw_zone(strftime(%s, '%%z'))" % column if name == "TIMESTAMP" else ""
            return "strftime(%s, '%%Y-%%m-%%dT%%H:%%M:%%S.%s')%s" % (column, digits, zone)
        if name == "DOUBLE":
            return "gw_double(%s)" % column
        if name == "FLOAT":
            return "gw_float(%s)" % column
        if name == "INTERVAL":
            return INTERVAL.format(column)
        return decimal_sql(column, kind)


def decimal_sql(value, kind):
    """DuckDB leaves the zero before the point out where all digits are the fraction's."""
    if kind.name == "DECIMAL" and kind.numbers[0] == kind.numbers[1]:
        return "regexp_replace(CAST(%s AS VARCHAR), '^(-?)\\.', '\\10.')" % value
    return "CAST(%s AS VARCHAR)" % value


def string_sql(value, kind):
    """CAST(value AS STRING), which is not what an answer writes (sql-ref-functions-builtin cast)."""
    if kind is None:
        return "CAST(%s AS VARCHAR)" % value
    if kind.name == "TIMESTAMP":
        return "CAST(CAST(%s AS TIMESTAMP) AS VARCHAR)" % value
    if kind.name == "BINARY":
        return "decode(%s)" % value
    if kind.name in ("DOUBLE", "FLOAT"):
        return "gw_%s(%s)" % (kind.name.lower(), value)
    if kind.name == "INTERVAL":
        return INTERVAL.format(value)
    if kind.name == "VARIANT":
        return "(%s ->> '$')" % value
    return decimal_sql(value, kind)


def json_sql(value, kind, nulls=False, depth=0, fraction=3):
    """JSON text of a value as to_json writes it: fields that are NULL are left out, unless nulls (docs: functions/to_json)."""
    name, inner = kind.name, "e%d" % depth
    if name == "ARRAY":
        each = "list_transform(%s, lambda %s: coalesce(%s, 'null'))" % (value, inner, json_sql(inner, kind.parts[0], nulls, depth + 1, fraction))
        return "'[' || CASE WHEN len(%s) = 0 THEN '' ELSE array_to_string(%s, ',') END || ']'" % (value, each)
    if name == "MAP":
        key, item = (json_sql("%s.%s" % (inner, part), k, nulls, depth + 1, fraction) for part, k in zip(("key", "value"), kind.parts))
        if kind.parts[0].name != "STRING":
            key = "to_json(CAST(%s AS VARCHAR))" % key
        each = "list_transform(map_entries(%s), lambda %s: %s || ':' || coalesce(%s, 'null'))" % (value, inner, key, item)
        return "'{' || CASE WHEN cardinality(%s) = 0 THEN '' ELSE array_to_string(%s, ',') END || '}'" % (value, each)
    if name == "STRUCT":
        fields = []
        for field in kind.parts:
            part = '%s."%s"' % (value, field[0].replace('"', '""'))
            label = "'" + ('"%s":' % field[0].replace("\\", "\\\\").replace('"', '\\"')).replace("'", "''") + "'"
            text = "%s || %s" % (label, json_sql(part, field[1], nulls, depth + 1, fraction))
            fields.append("coalesce(%s, %s || 'null')" % (text, label) if nulls else text)
        return "CASE WHEN %s IS NOT NULL THEN '{' || concat_ws(',', %s) || '}' END" % (value, ", ".join(fields) or "NULL")
    if name in ("STRING", "CHAR", "VARCHAR", "VOID"):
        return "CAST(to_json(CAST(%s AS VARCHAR)) AS VARCHAR)" % value if name != "VOID" else "NULL"
    if name == "DATE":
        return "'\"' || CAST(%s AS VARCHAR) || '\"'" % value
    if name == "BINARY":
        return "'\"' || to_base64(%s) || '\"'" % value
    if name in ("TIMESTAMP", "TIMESTAMP_NTZ"):
        return "'\"' || %s || '\"'" % Texts(fraction=fraction).sql(value, kind)
    if name in ("DOUBLE", "FLOAT"):
        return "gw_json_double(gw_%s(%s))" % (name.lower(), value)
    if name == "INTERVAL":
        return "'\"' || %s || '\"'" % INTERVAL.format(value)
    return decimal_sql(value, kind)


# ---- from_json ----

def has_bytes(kind):
    """Is there BINARY in it?"""
    return kind.name == "BINARY" or any(has_bytes(p[1] if isinstance(p, tuple) else p) for p in kind.parts)


def from_json_sql(value, kind):
    """A value of that type of JSON that holds all its fields (from_json.py); bytes are base64 in it."""
    return of_base64("CAST(%s AS %s)" % (value, kind.duckdb("VARCHAR")), kind)


def of_base64(value, kind, depth=0):
    """The same value with bytes for texts of base64."""
    inner = "b%d" % depth
    if kind.name == "BINARY":
        return "from_base64(%s)" % value
    if not has_bytes(kind):
        return value
    if kind.name == "ARRAY":
        return "list_transform(%s, lambda %s: %s)" % (value, inner, of_base64(inner, kind.parts[0], depth + 1))
    if kind.name == "MAP":
        pair = "struct_pack(k := %s.key, v := %s)" % (inner, of_base64(inner + ".value", kind.parts[1], depth + 1))
        return "map_from_entries(list_transform(map_entries(%s), lambda %s: %s))" % (value, inner, pair)
    names = ['"%s"' % field[0].replace('"', '""') for field in kind.parts]
    fields = ", ".join("%s := %s" % (n, of_base64("(%s).%s" % (value, n), field[1], depth)) for n, field in zip(names, kind.parts))
    return "CASE WHEN %s IS NOT NULL THEN struct_pack(%s) END" % (value, fields)
