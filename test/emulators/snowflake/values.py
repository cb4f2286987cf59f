"""Types of Snowflake: their names, what holds them in DuckDB, and the text of a value in an answer.

docs.snowflake.com/developer-guide/sql-api/handling-responses (texts), sql-reference/intro-summary-data-types.
Values pass as texts that DuckDB writes, so that nothing is rounded on the way.
"""
import json
import math
import re

MAXIMUM_TEXT, MAXIMUM_BINARY = 134217728, 67108864
JSON_LIKE = {"variant", "object", "array", "map", "geography", "geometry", "vector"}
INTEGERS = {"INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT"}
# Name after name: (kind, what its numbers mean).
NAMES = {"NUMBER": "fixed", "DECIMAL": "fixed", "NUMERIC": "fixed", "DEC": "fixed", "FLOAT": "real", "FLOAT4": "real", "FLOAT8": "real",
         "DOUBLE": "real", "DOUBLE PRECISION": "real", "REAL": "real", "DECFLOAT": "decfloat", "VARCHAR": "text", "STRING": "text",
         "TEXT": "text", "CHAR": "text", "CHARACTER": "text", "NCHAR": "text", "NVARCHAR": "text", "NVARCHAR2": "text",
         "CHAR VARYING": "text", "NCHAR VARYING": "text", "BINARY": "binary", "VARBINARY": "binary", "BOOLEAN": "boolean", "DATE": "date",
         "TIME": "time", "DATETIME": "timestamp_ntz", "TIMESTAMP": "timestamp_ntz", "TIMESTAMP_NTZ": "timestamp_ntz",
         "TIMESTAMPNTZ": "timestamp_ntz", "TIMESTAMP WITHOUT TIME ZONE": "timestamp_ntz", "TIMESTAMP_LTZ": "timestamp_ltz",
         "TIMESTAMPLTZ": "timestamp_ltz", "TIMESTAMP WITH LOCAL TIME ZONE": "timestamp_ltz", "TIMESTAMP_TZ": "timestamp_tz",
         "TIMESTAMPTZ": "timestamp_tz", "TIMESTAMP WITH TIME ZONE": "timestamp_tz", "VARIANT": "variant", "OBJECT": "object",
         "ARRAY": "array", "MAP": "map", "GEOGRAPHY": "geography", "GEOMETRY": "geometry", "VECTOR": "vector"}
NAMES.update({name: "fixed" for name in INTEGERS})


class Kind:
    """A type: kind as in rowType, with precision and scale, or length."""

    def __init__(self, kind, precision=None, scale=None, length=None, inner=""):
        self.kind, self.precision, self.scale, self.length, self.inner = kind, precision, scale, length, inner

    def duckdb(self):
        """What holds its values; nanoseconds have a narrower range than microseconds."""
        if self.kind == "fixed":
            return "DECIMAL(%d, %d)" % (self.precision, self.scale)
        if self.kind == "timestamp_ntz":
            return "TIMESTAMP_NS" if self.scale > 6 else "TIMESTAMP"
        if self.kind == "time":
            return "TIME_NS" if self.scale > 6 else "TIME"
        if self.kind == "decfloat":
            return "DOUBLE"
        return "JSON" if self.kind in JSON_LIKE else {
            "real": "DOUBLE", "text": "VARCHAR", "binary": "BLOB", "boolean": "BOOLEAN", "date": "DATE",
            "timestamp_ltz": "TIMESTAMPTZ", "timestamp_tz": "TIMESTAMPTZ"}[self.kind]

    def catalog_name(self):
        """DATA_TYPE of INFORMATION_SCHEMA.COLUMNS."""
        return {"fixed": "NUMBER", "real": "FLOAT"}.get(self.kind, self.kind.upper())

    def ddl(self):
        """As DESCRIBE TABLE says it."""
        if self.kind == "fixed":
            return "NUMBER(%d,%d)" % (self.precision, self.scale)
        if self.kind == "text":
            return "VARCHAR(%d)" % self.length
        if self.kind == "binary":
            return "BINARY(%d)" % self.length
        if self.kind in ("time", "timestamp_ntz", "timestamp_ltz", "timestamp_tz"):
            return "%s(%d)" % (self.kind.upper(), self.scale)
        return self.catalog_name() + self.inner

    def json(self, nullable):
        """data_type of SHOW COLUMNS."""
        out = {"type": self.kind.upper()}
        if self.kind == "fixed":
            out.update(precision=self.precision, scale=self.scale)
        elif self.kind in ("text", "binary"):
            out.update(length=self.length, byteLength=byte_length(self))
            if self.kind == "binary":
                out["fixed"] = False
        elif self.scale is not None:
            out.update(precision=0, scale=self.scale)
        return json.dumps({**out, "nullable": nullable}, separators=(",", ":"))

    def row_type(self, name, database, schema, table, nullable):
        """A column of resultSetMetaData.rowType."""
        return {"name": name, "database": database, "schema": schema, "table": table, "nullable": nullable, "type": self.kind,
                "length": self.length, "byteLength": byte_length(self), "precision": self.precision if self.kind == "fixed" else
                0 if self.scale is not None else None, "scale": self.scale, "collation": None}


def byte_length(kind):
    if kind.kind == "text":
        return min(kind.length * 4, MAXIMUM_TEXT)
    return kind.length


TEXT, VARIANT, REAL, BOOLEAN = Kind("text", length=16777216), Kind("variant"), Kind("real"), Kind("boolean")
LTZ, TZ, NTZ = (Kind("timestamp_" + k, scale=9) for k in ("ltz", "tz", "ntz"))
DATE, TIME, BINARY, ARRAY, OBJECT = Kind("date"), Kind("time", scale=9), Kind("binary", length=8388608), Kind("array"), Kind("object")


def parse(text):
    """The type of that spelling; None when there is no such type."""
    text = re.sub(r"\s+", " ", text.strip().upper())
    match = re.match(r"([A-Z][A-Z0-9_ ]*?)\s*(?:\((.*)\))?( WITH(?:OUT)?(?: LOCAL)? TIME ZONE)?$", text)
    if not match:
        return None
    name, inner = match[1] + (match[3] or ""), match[2]
    kind = NAMES.get(name)
    if kind is None:
        return None
    numbers = [int(n) for n in inner.split(",")] if inner and re.fullmatch(r"[\d, ]+", inner) else []
    if kind == "fixed":
        if name in INTEGERS or not numbers:
            return Kind("fixed", 38, 0)
        precision, scale = numbers[0], numbers[1] if len(numbers) > 1 else 0
        return Kind("fixed", precision, scale) if precision <= 38 and scale <= min(37, precision) else None
    if kind == "text":
        default = 1 if name in ("CHAR", "CHARACTER", "NCHAR") else 16777216
        return Kind("text", length=numbers[0] if numbers else default)
    if kind == "binary":
        return Kind("binary", length=numbers[0] if numbers else 8388608)
    if kind == "time" or kind.startswith("timestamp"):
        return Kind(kind, scale=numbers[0] if numbers else 9) if not numbers or numbers[0] <= 9 else None
    if kind == "vector" and inner:
        inner = re.sub(r"\b(?:REAL|DOUBLE)\b", "FLOAT", inner)
    return Kind(kind, inner="(" + inner.replace(", ", ",") + ")" if inner else "")


def of_duckdb(name):
    """What a result of that type of DuckDB is, where the statement does not tell more."""
    match = re.match(r"DECIMAL\((\d+), ?(\d+)\)", name)
    if match:
        return Kind("fixed", int(match[1]), int(match[2]))
    kind = {"BOOLEAN": BOOLEAN, "DOUBLE": REAL, "FLOAT": REAL, "VARCHAR": TEXT, "BLOB": BINARY, "DATE": DATE, "JSON": VARIANT,
            "TIMESTAMP WITH TIME ZONE": LTZ, "TIME": Kind("time", scale=9), "TIME_NS": TIME, "TINYINT": Kind("fixed", 3, 0),
            "SMALLINT": Kind("fixed", 5, 0), "INTEGER": Kind("fixed", 10, 0), "BIGINT": Kind("fixed", 18, 0),
            "HUGEINT": Kind("fixed", 38, 0), "UBIGINT": Kind("fixed", 20, 0), "NULL": TEXT, '"NULL"': TEXT}.get(name)
    if kind is None and name.startswith("TIMESTAMP"):
        return NTZ
    if kind is None and (name.endswith("]") or name.startswith(("STRUCT", "MAP"))):
        return ARRAY if name.endswith("]") else OBJECT
    return kind


def wire_sql(column, stored, kind):
    """An expression of DuckDB whose text is that value's in an answer; JSON and floats are finished by finish()."""
    if kind.kind == "fixed" or stored == "VARCHAR":
        return "CAST(%s AS VARCHAR)" % column
    if kind.kind == "boolean":
        return "CASE WHEN %s THEN 'true' WHEN NOT %s THEN 'false' END" % (column, column)
    if kind.kind == "date":
        return "CAST(%s - DATE '1970-01-01' AS VARCHAR)" % column
    if kind.kind == "binary":
        return "hex(%s)" % column
    if kind.kind == "time" or kind.kind.startswith("timestamp"):
        if stored == "DATE":
            column = "CAST(%s AS TIMESTAMP)" % column
        text = seconds_sql("CAST(epoch_ns(%s) AS BIGINT)" % column, 9) if stored.endswith("_NS") or stored == "TIME" else \
            seconds_sql("epoch_us(%s)" % column, 6)
        if kind.kind == "timestamp_tz":
            text += " || ' ' || CAST(1440 + CAST(date_part('timezone', %s) AS BIGINT) // 60 AS VARCHAR)" % column
        return text
    if kind.kind in JSON_LIKE:
        return "CAST(%s AS VARCHAR)" % (column if stored == "JSON" else "to_json(%s)" % column)
    return column if stored in ("DOUBLE", "FLOAT") else "CAST(%s AS VARCHAR)" % column


def seconds_sql(units, digits):
    """Seconds with nine digits; the sign is the whole number's."""
    one = 10 ** digits
    return ("CASE WHEN {0} < 0 THEN '-' ELSE '' END || CAST(abs({0}) // {1} AS VARCHAR) || '.' || "
            "rpad(lpad(CAST(abs({0}) % {1} AS VARCHAR), {2}, '0'), 9, '0')").format(units, one, digits)


def finisher(kind):
    """What is done to a fetched value, or None."""
    if kind.kind in ("real", "decfloat"):
        return float_text
    if kind.kind in JSON_LIKE:
        if kind.kind == "vector":
            return vector_of_floats if kind.inner.startswith("(FLOAT") else vector_of_integers
        return json_text
    return None


def float_text(value):
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    # Fifteen digits: results of this form lose what is beyond (github.com/snowflakedb/drivers, tests of FLOAT).
    return "%.15g" % value


def float_scientific(value):
    """TME: an exponent without a plus, and as many digits as a FLOAT has (sql-reference/sql-format-models)."""
    if value is None or math.isnan(value) or math.isinf(value):
        return None if value is None else float_text(value)
    mantissa, exponent = ("%.16E" % value).split("E")
    return "%sE%d" % (mantissa.rstrip("0").rstrip("."), int(exponent))


class Raw(float):
    """A number with the text it came as."""

    def __new__(cls, text):
        self = float.__new__(cls, text)
        self.text = text
        return self


def json_text(text):
    """Indented by two, keys in order, as the service prints semi-structured values."""
    return pretty(json.loads(text, parse_float=Raw, parse_int=Raw), "")


def pretty(value, indent):
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, dict) and value:
        inner = ",\n".join("%s  %s: %s" % (indent, json.dumps(k, ensure_ascii=False), pretty(value[k], indent + "  ")) for k in sorted(value))
        return "{\n" + inner + "\n" + indent + "}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(indent + "  " + pretty(v, indent + "  ") for v in value) + "\n" + indent + "]"
    return json.dumps(value, ensure_ascii=False)


def vector_of_floats(text):
    return "[" + ",".join("%.6f" % v for v in json.loads(text)) + "]"


def vector_of_integers(text):
    return "[" + ",".join(str(v) for v in json.loads(text)) + "]"
