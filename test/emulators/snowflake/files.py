"""What is in the files of a stage: CSV, JSON, Parquet, and their values as a table's.

docs.snowflake.com/sql-reference/sql/create-file-format.  A value that is not of its column's type is a problem of its row;
what becomes of that, COPY decides.
"""
import collections
import decimal
import gzip
import json
import re

from catalog import encoded, quoted
from errors import Failure

Problem = collections.namedtuple("Problem", "name word line character row column")
# Defaults of the CSV type; None: NONE.
CSV = {"FIELD_DELIMITER": ",", "RECORD_DELIMITER": "\n", "SKIP_HEADER": "0", "FIELD_OPTIONALLY_ENCLOSED_BY": None, "ESCAPE": None,
       "ESCAPE_UNENCLOSED_FIELD": "\\", "NULL_IF": ["\\N"], "EMPTY_FIELD_AS_NULL": "TRUE", "TRIM_SPACE": "FALSE", "ERROR_ON_COLUMN_COUNT_MISMATCH": "TRUE",
       "COMPRESSION": "AUTO"}
JSON = {"STRIP_OUTER_ARRAY": "FALSE", "COMPRESSION": "AUTO"}
PARQUET = {"COMPRESSION": "AUTO"}
MORE = {"DATE_FORMAT", "TIME_FORMAT", "TIMESTAMP_FORMAT", "BINARY_FORMAT", "ENCODING", "PARSE_HEADER", "MULTI_LINE", "SKIP_BLANK_LINES", "FILE_EXTENSION",
        "REPLACE_INVALID_CHARACTERS", "SKIP_BYTE_ORDER_MARK", "VALIDATE_UTF8", "ENABLE_OCTAL", "ALLOW_DUPLICATE", "STRIP_NULL_VALUES", "IGNORE_UTF8_ERRORS",
        "SNAPPY_COMPRESSION", "BINARY_AS_TEXT", "USE_LOGICAL_TYPE", "USE_VECTORIZED_SCANNER", "FORMAT_NAME"}


class Format:
    def __init__(self, given):
        self.type = given.get("TYPE", "CSV").upper()
        mine = {"CSV": CSV, "JSON": JSON, "PARQUET": PARQUET}.get(self.type)
        if mine is None:
            raise Failure("unemulated", "files of type " + self.type)
        for key in given:
            if key in MORE:
                raise Failure("unemulated", "a file format with " + key)
            if key not in mine and key != "TYPE":
                raise Failure("copy_option", key)
        self.set = {**mine, **{k: None if v == "NONE" else v for k, v in given.items()}}
        self.compression = given.get("COMPRESSION", "AUTO").upper()
        if self.compression not in ("AUTO", "GZIP", "NONE"):
            raise Failure("unemulated", "compression " + self.compression)

    def text(self, data, name):
        if self.compression == "GZIP" or (self.compression == "AUTO" and name.endswith(".gz")):
            data = gzip.decompress(data)
        return data.decode("utf-8")

    # ---- CSV ----

    def records(self, text):
        """(line, [(character, text or None)]) of each."""
        line, at = 1, 0
        for _ in range(int(self.set["SKIP_HEADER"])):
            end = text.find("\n", at)
            line, at = line + 1, len(text) if end < 0 else end + 1
        while at < len(text):
            begin, first, fields = at, line, []
            while True:
                value, end = self.field(text, at)
                fields.append((at - begin + 1, value))
                line += text.count("\n", at, end)
                at = end
                if text.startswith(self.set["FIELD_DELIMITER"], at):
                    at += len(self.set["FIELD_DELIMITER"])
                    continue
                line, at = line + 1, at + (2 if text.startswith("\r\n", at) else len(self.set["RECORD_DELIMITER"]))
                break
            yield first, fields

    def field(self, text, at):
        """One value, and where it ends."""
        quote, escape = self.set["FIELD_OPTIONALLY_ENCLOSED_BY"], self.set["ESCAPE"]
        if self.set["TRIM_SPACE"] == "TRUE":
            at += len(text[at:]) - len(text[at:].lstrip(" "))
        if quote and text.startswith(quote, at):
            out, at = [], at + 1
            while True:
                if at >= len(text):
                    raise Failure("csv_quote")
                if text[at] == quote and text[at + 1:at + 2] != quote:
                    return "".join(out), at + 1
                at += 1 if text[at] in (quote, escape) else 0
                out.append(text[at])
                at += 1
        escape, out, raw = escape or self.set["ESCAPE_UNENCLOSED_FIELD"], [], at
        while at < len(text) and not text.startswith((self.set["FIELD_DELIMITER"], self.set["RECORD_DELIMITER"], "\r\n"), at):
            at += 1 if text[at] == escape and at + 1 < len(text) else 0
            out.append(text[at])
            at += 1
        value = "".join(out).rstrip(" ") if self.set["TRIM_SPACE"] == "TRUE" else "".join(out)
        empty = value == "" and self.set["EMPTY_FIELD_AS_NULL"] == "TRUE"
        return None if empty or text[raw:at] in (self.set["NULL_IF"] or ()) else value, at

    def write(self, header, rows, kinds):
        """The file; only strings are enclosed."""
        if self.type != "CSV":
            raise Failure("unemulated", "unloading as " + self.type)
        plain = [kind.kind not in ("text", "variant", "object", "array") for kind in kinds]
        lines = [[self.put(v, False) for v in header]] if header else []
        lines += [[self.put(v, p) for v, p in zip(row, plain)] for row in rows]
        return "".join(self.set["FIELD_DELIMITER"].join(line) + self.set["RECORD_DELIMITER"] for line in lines).encode()

    def put(self, value, plain):
        quote = self.set["FIELD_OPTIONALLY_ENCLOSED_BY"]
        if value is None:
            return (self.set["NULL_IF"] or [""])[0]
        if plain:
            return value
        if quote:
            return quote + value.replace(quote, quote * 2) + quote
        special = "".join(re.escape(c) for c in (self.set["FIELD_DELIMITER"], self.set["RECORD_DELIMITER"], "\\"))
        return re.sub("([%s])" % special, r"\\\1", value)


class Reading:
    """The rows of one file, on their way into a table."""

    def __init__(self, session, table, columns, form, match):
        self.session, self.table, self.columns, self.form, self.match = session, table, columns, form, match
        self.rows, self.problems, self.kept = 0, [], []

    def read(self, full, data):
        for line, fields in getattr(self, self.form.type.lower())(full, data):
            self.rows += 1
            bad = self.fitting(line, fields)
            if bad:
                self.problems.append(bad)
            else:
                self.kept.append([v for _, v in fields])

    def csv(self, full, data):
        for line, fields in self.form.records(self.form.text(data, full)):
            more = len(self.columns) - len(fields)
            if more and self.form.set["ERROR_ON_COLUMN_COUNT_MISMATCH"] != "TRUE":
                fields = fields[:len(self.columns)] + [(0, None)] * max(more, 0)
            yield line, fields

    def json(self, full, data):
        """Documents as they stand there, each for the one VARIANT."""
        if len(self.columns) != 1 or self.columns[0].kind.kind != "variant":
            raise Failure("copy_variant")
        text, at, decoder = self.form.text(data, full), 0, json.JSONDecoder()
        array = self.form.set["STRIP_OUTER_ARRAY"] == "TRUE"
        while True:
            at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n" + ("[,]" if array else "")))
            if at >= len(text):
                return
            try:
                _, end = decoder.raw_decode(text, at)
            except ValueError:
                raise Failure("json", text[at:at + 20]) from None
            yield text.count("\n", 0, at) + 1, [(1, text[at:end])]
            at = end

    def parquet(self, full, _data):
        """By the columns' names."""
        if self.match not in ("CASE_SENSITIVE", "CASE_INSENSITIVE"):
            raise Failure("copy_variant")
        source = "read_parquet('%s')" % full.replace("'", "''")
        there = {}
        for row in self.session.execute("DESCRIBE SELECT * FROM " + source).fetchall():
            there[row[0].upper() if self.match == "CASE_INSENSITIVE" else row[0]] = (row[0], row[1])
        shown = []
        for column in self.columns:
            name, kind = there.get(column.name.upper() if self.match == "CASE_INSENSITIVE" else column.name, (None, None))
            shown.append("NULL" if name is None else "hex(%s)" % quoted(name) if kind == "BLOB" else "CAST(%s AS VARCHAR)" % quoted(name))
        for i, row in enumerate(self.session.execute("SELECT %s FROM %s" % (", ".join(shown), source)).fetchall()):
            yield i + 1, [(1, v) for v in row]

    def fitting(self, line, fields):
        """What is wrong with a row, or None."""
        if len(fields) != len(self.columns):
            return Problem("column_mismatch", "%d) does not match that of the corresponding table (%d" % (len(fields), len(self.columns)),
                           line, 1, self.rows, '"%s"[%d]' % (self.table.name, len(fields)))
        for i, (column, (character, value)) in enumerate(zip(self.columns, fields)):
            name = "null" if value is None and not column.nullable else None if value is None else unfit(value, column.kind, self.session)
            if name:
                return Problem(name, value or "", line, character, self.rows, '"%s"["%s":%d]' % (self.table.name, column.name, i + 1))
        return None

    def insert(self):
        """How many rows are stored."""
        if not self.kept:
            return 0
        names = [quoted("c%d" % i) for i in range(len(self.columns))]
        rows = ", ".join("(%s)" % ", ".join("NULL" if v is None else "'%s'" % v.replace("'", "''") for v in row) for row in self.kept)
        self.session.execute("INSERT INTO %s (%s) SELECT %s FROM (VALUES %s) AS _(%s)" % (
            self.table.address(), ", ".join(quoted(encoded(c.name)) for c in self.columns),
            ", ".join(made(n, c.kind) for n, c in zip(names, self.columns)), rows, ", ".join(names)))
        return len(self.kept)


def made(name, kind):
    """A column of texts as DuckDB's value of that type."""
    if kind.kind == "text":
        return "CAST(%s AS VARCHAR)" % name
    if kind.kind == "binary":
        return "unhex(CAST(%s AS VARCHAR))" % name
    if kind.kind in ("timestamp_tz", "timestamp_ltz"):
        name = "regexp_replace(CAST(%s AS VARCHAR), ' ([-+]\\d\\d):?(\\d\\d)$', '\\1:\\2')" % name
    return "CAST(%s AS %s)" % (name, kind.duckdb())


MISFITS = {"real": "number", "boolean": "boolean", "date": "date", "time": "time", "timestamp_ntz": "timestamp", "timestamp_ltz": "timestamp",
           "timestamp_tz": "timestamp"}


def unfit(value, kind, session):
    """The name of the error of a text that is no value of the type."""
    if kind.kind == "text":
        return "too_long" if len(value) > kind.length else None
    if kind.kind == "fixed":
        try:
            digits = decimal.Decimal(value.strip())
        except decimal.InvalidOperation:
            return "number"
        return "range" if not digits.is_finite() or abs(digits) >= 10 ** (kind.precision - kind.scale) else None
    if kind.kind == "binary":
        return None if re.fullmatch(r"(?:[0-9A-Fa-f]{2})*", value) else "hex"
    text = "'%s'" % value.replace("'", "''")
    fits = "TRY_%s IS NOT NULL" % made(text, kind) if kind.kind in MISFITS else "json_valid(%s)" % text
    return None if session.one("SELECT " + fits) else MISFITS.get(kind.kind, "json")


def written(name, kind):
    """A column as the text that is unloaded: moments in milliseconds, as TIMESTAMP_NTZ_OUTPUT_FORMAT and its like say."""
    if kind.kind == "binary":
        return "hex(%s)" % name
    if kind.kind == "timestamp_ntz":
        return "strftime(CAST(%s AS TIMESTAMP), '%%Y-%%m-%%d %%H:%%M:%%S.%%g')" % name
    if kind.kind.startswith("timestamp"):
        return "strftime(CAST(%s AT TIME ZONE 'UTC' AS TIMESTAMP), '%%Y-%%m-%%d %%H:%%M:%%S.%%g +0000')" % name
    if kind.kind == "time":
        return "left(CAST(%s AS VARCHAR), 8)" % name
    return "CAST(%s AS VARCHAR)" % name
