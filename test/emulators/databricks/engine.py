"""Sessions and the execution of one statement.

A session is one statement's: the service keeps none between requests, so USE and SET are accepted and forgotten.  Rows are DuckDB's; a
result is texts of an answer, or an Arrow table.
"""
import decimal
import hashlib
import json
import re
import threading

import duckdb
from sqlglot import exp

import changes
import ddl
import from_json
import information
import sqltext
import values
from catalog import Catalog, quoted
from errors import Failure, of_duckdb
from results import Result
from translate import Translation, parse

MACROS = """
CREATE MACRO gw_int(x) AS CASE WHEN x IS NULL OR regexp_full_match(trim(x), '[-+]?[0-9]+') THEN trim(x) ELSE error('gw:cast_invalid__INT:' || x) END;
CREATE MACRO gw_try_int(x) AS CASE WHEN regexp_full_match(trim(x), '[-+]?[0-9]+') THEN trim(x) END;
CREATE MACRO gw_moment(x) AS regexp_replace(trim(x), '^(\\d{4,6}-\\d\\d?-\\d\\d?[ T]\\d\\d?:\\d\\d(?::\\d\\d(?:\\.\\d+)?)?) ([-+]\\d\\d?(?::?\\d\\d)?)$', '\\1\\2');
CREATE MACRO gw_div(a, b) AS CASE WHEN b = 0 THEN error('gw:zero:') ELSE a / b END;
CREATE MACRO gw_int_div(a, b) AS CASE WHEN b = 0 THEN error('gw:zero:') ELSE a // b END;
CREATE MACRO gw_mod(a, b) AS CASE WHEN b = 0 THEN error('gw:zero:') ELSE a % b END;
CREATE MACRO gw_octets(x) AS CAST(octet_length(CASE WHEN typeof(x) = 'BLOB' THEN CAST(x AS BLOB) ELSE encode(CAST(x AS VARCHAR)) END) AS INTEGER);
CREATE MACRO gw_zone(z) AS CASE WHEN z IN ('+00', '+00:00', '+0000') THEN 'Z' WHEN length(z) = 3 THEN z || ':00' ELSE z END;
CREATE MACRO gw_long(x) AS CASE WHEN x BETWEEN -9223372036854775808 AND 9223372036854775807 OR x IS NULL THEN CAST(x AS BIGINT) ELSE error('gw:overflow:long') END;
CREATE MACRO gw_initcap(x) AS array_to_string(list_transform(string_split(lower(x), ' '), lambda w: upper(substr(w, 1, 1)) || substr(w, 2)), ' ');
CREATE MACRO gw_length(x, n) AS length(x) <= n;
CREATE MACRO gw_json_double(x) AS CASE WHEN x IN ('NaN', 'Infinity', '-Infinity') THEN '"' || x || '"' ELSE x END;
"""


def divided(left, right, scale):
    """Rounded half away from zero to that many digits."""
    if left is None or right is None:
        return None
    with decimal.localcontext() as context:
        context.prec = 90
        divisor = decimal.Decimal(right)
        if divisor == 0:
            raise ValueError("gw:zero:")
        return format((decimal.Decimal(left) / divisor).quantize(decimal.Decimal(1).scaleb(-scale), rounding=decimal.ROUND_HALF_UP), "f")


def average(total, count, scale):
    return None if total is None or not count else divided(total, str(count), scale)


# SET name alone tells a parameter's value (sql-ref-syntax-aux-conf-mgmt-set); a warehouse's defaults.
PARAMETERS = {"ANSI_MODE": "true", "TIMEZONE": "Etc/UTC", "STATEMENT_TIMEOUT": "172800"}


class Number(str):
    """A number of JSON with the text it came as."""


def variant(text, tried=False):
    """JSON with its keys in order, as a VARIANT shows it; a number keeps its digits."""
    if text is None:
        return None

    def members(pairs):
        out = dict(pairs)
        if len(out) != len(pairs):
            raise ValueError("VARIANT_DUPLICATE_KEY")
        return out
    try:
        return written(json.loads(text, parse_int=Number, parse_float=Number, object_pairs_hook=members))
    except ValueError:
        if tried:
            return None
        raise ValueError("gw:json:" + text[:100]) from None


def written(value):
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{%s}" % ",".join("%s:%s" % (json.dumps(k, ensure_ascii=False), written(value[k])) for k in sorted(value))
    if isinstance(value, list):
        return "[%s]" % ",".join(written(v) for v in value)
    return json.dumps(value, ensure_ascii=False)


def unhexed(text):
    """NULL where it is no hexadecimal text; an odd number of digits has a zero before (functions/unhex)."""
    if text is None or not re.fullmatch(r"[0-9a-fA-F]*", text):
        return None
    return bytes.fromhex(text if len(text) % 2 == 0 else "0" + text)


def digest(name):
    return lambda data: None if data is None else hashlib.new(name, data).hexdigest()


def sha2(data, bits):
    name = {0: "sha256", 224: "sha224", 256: "sha256", 384: "sha384", 512: "sha512"}.get(bits)
    return None if data is None or name is None else hashlib.new(name, data).hexdigest()


class Engine:
    """The workspace: its catalogs and its DuckDB."""

    def __init__(self):
        self.catalog = Catalog()
        # Where joins compare by order alone DuckDB (1.4.5) sorts, and takes bytes that end in zeros for equal: not so in nested loops.
        self.root = duckdb.connect(config={"threads": 1, "nested_loop_join_threshold": 1000000000})
        for name, function, takes, gives in (
                ("gw_divide", divided, ["VARCHAR", "VARCHAR", "INTEGER"], "VARCHAR"), ("gw_average", average, ["VARCHAR", "BIGINT", "INTEGER"], "VARCHAR"),
                ("gw_double", lambda v: values.double_text(v), ["DOUBLE"], "VARCHAR"), ("gw_float", lambda v: values.float_text(v), ["FLOAT"], "VARCHAR"),
                ("gw_day_time", values.day_time, ["BIGINT"], "VARCHAR"), ("gw_variant", lambda t: variant(t), ["VARCHAR"], "VARCHAR"),
                ("gw_try_variant", lambda t: variant(t, True), ["VARCHAR"], "VARCHAR"),
                ("gw_from_json", lambda t, k: from_json.read(t, from_json.schema(k)), ["VARCHAR", "VARCHAR"], "VARCHAR"), ("gw_unhex", unhexed, ["VARCHAR"], "BLOB"),
                ("gw_md5_bytes", digest("md5"), ["BLOB"], "VARCHAR"), ("gw_sha2_bytes", sha2, ["BLOB", "INTEGER"], "VARCHAR")):
            self.root.create_function(name, function, takes, gives, null_handling="special")
        self.root.execute(MACROS)
        self.root.execute("CREATE MACRO gw_bytes(x) AS CASE WHEN typeof(x) = 'BLOB' THEN CAST(x AS BLOB) ELSE encode(CAST(x AS VARCHAR)) END; "
                          "CREATE MACRO gw_md5(x) AS gw_md5_bytes(gw_bytes(x)); CREATE MACRO gw_sha2(x, n) AS gw_sha2_bytes(gw_bytes(x), n)")
        self.texts = values.Texts()

    def session(self, **more):
        return Session(self, **more)


class Session:
    def __init__(self, engine, catalog=None, schema=None, user="user"):
        self.engine, self.catalog, self.user = engine, engine.catalog, user
        self.default = (catalog or "workspace", schema or "default")
        self.connection, self.stop, self.inside = engine.root.cursor(), threading.Event(), False
        self.connection.execute("SET TimeZone = 'UTC'")

    # ---- names ----

    def path(self, said):
        """(catalog, schema, name) of one, two or three parts."""
        if len(said) > 3:
            raise Failure("parse", said[3])
        return tuple([self.default[0], self.default[1], None][:3 - len(said)]) + tuple(said)

    def found(self, path, said):
        """The table; a name that is not qualified is shown as it was said."""
        try:
            return self.catalog.find(path)
        except Failure:
            raise Failure("table", ".".join("`%s`" % s for s in said)) from None

    # ---- DuckDB ----

    def execute(self, text, more=None):
        if self.stop.is_set():
            raise Failure("cancelled")
        try:
            return self.connection.execute(text, more) if more else self.connection.execute(text)
        except duckdb.Error as error:
            raise of_duckdb(error) from None

    def one(self, text):
        return self.fetch(self.execute(text))[0][0]

    @staticmethod
    def fetch(cursor):
        try:
            return cursor.fetchall()
        except duckdb.Error as error:
            raise of_duckdb(error) from None

    def describe(self, text):
        return self.fetch(self.execute("DESCRIBE " + text))

    def whole(self, work):
        """All of it or nothing."""
        self.execute("BEGIN")
        try:
            out = work()
            self.execute("COMMIT")
            return out
        except BaseException:
            try:
                self.connection.execute("ROLLBACK")
            except duckdb.Error:
                pass
            raise

    def cancel(self):
        self.stop.set()
        self.connection.interrupt()

    def wait(self, seconds):
        if self.stop.wait(seconds):
            raise Failure("cancelled")

    def close(self):
        self.connection.close()

    # ---- statements ----

    def run(self, text, given, arrow=False):
        """The Result of one statement, or Failure."""
        text, tokens = sqltext.single(sqltext.substituted(text))
        text = sqltext.bind(text, tokens, given)
        word = re.match(r"\(*\s*(\w*)", text)[1].upper()
        if word in ("SHOW", "DESCRIBE", "DESC"):
            return self.listed(*information.answer(self, text), arrow)
        asked = re.fullmatch(r"SET\s+(\w+)", text.strip(), re.I)
        if asked and asked[1].upper() in PARAMETERS:
            return self.listed([("key", "string"), ("value", "string")], [[asked[1].upper(), PARAMETERS[asked[1].upper()]]], arrow)
        if word in ("USE", "SET", "RESET", "GRANT", "REVOKE", "REFRESH", "CACHE", "UNCACHE"):
            return Result([], [])
        if word in ("OPTIMIZE", "VACUUM", "ANALYZE"):
            return Result([], [])
        if word == "BEGIN" or word == "DECLARE":
            raise Failure("unemulated", word)
        sqltext.judge(text)
        text = sqltext.plain(text)
        if word == "EXPLAIN":
            return self.explain(text, arrow)
        if word in changes.CHANGES:
            return changes.CHANGES[word](self, text)
        if word in ("CREATE", "ALTER", "DROP", "COMMENT", "UNDROP", "REPLACE"):
            return ddl.run(self, text)
        tree = parse(text)
        if not isinstance(tree, (exp.Query, exp.Values)):
            raise Failure("unemulated", text.split("\n", maxsplit=1)[0][:60])
        return self.query(tree, arrow)

    def query(self, tree, arrow=False):
        names, selects = result_names(tree), getattr(tree, "selects", [])
        nulls = [isinstance(s.unalias(), exp.Null) for s in selects] if names else []
        units = [interval_unit(s.unalias()) for s in selects] if names else []
        text = Translation(tree, self).run()
        columns = []
        for i, row in enumerate(self.describe(text)):
            kind = values.of_duckdb(row[1])
            if kind is None:
                raise Failure("unemulated", "a result of type " + row[1])
            if i < len(nulls) and nulls[i]:
                kind = values.Kind("VOID")
            if kind.name == "INTERVAL" and i < len(units):
                kind.unit = units[i]
            columns.append((names[i] if i < len(names) and names[i] is not None else row[0], kind))
        return self.rows(columns, text, arrow)

    def rows(self, columns, text, arrow):
        names = ", ".join(quoted("c%d" % i) for i in range(len(columns)))
        cells = self.arrow_cell if arrow else lambda column, kind: column if kind.name in FLOATS else self.engine.texts.sql(column, kind)
        out = ", ".join(cells(quoted("c%d" % i), kind) for i, (_, kind) in enumerate(columns))
        wrapped = "SELECT %s FROM (%s) AS _(%s)" % (out, text, names)
        cursor = self.execute(wrapped)
        if not arrow:
            return Result(columns, finished(columns, self.fetch(cursor)))
        try:
            table = cursor.fetch_arrow_table()
        except duckdb.Error as error:
            raise of_duckdb(error) from None
        return Result(columns, None, arrow_table(columns, table))

    @staticmethod
    def arrow_cell(column, kind):
        """What an Arrow stream has: whole decimals, texts for VARIANT, microseconds for INTERVAL DAY TO SECOND and months for INTERVAL YEAR TO
        MONTH as in Spark's ArrowUtils."""
        if kind.name == "INTERVAL":
            return ("epoch_us({0})" if kind.unit.startswith("DAY") else "CAST(datepart('year', {0}) * 12 + datepart('month', {0}) AS INTEGER)").format(column)
        if kind.name == "VARIANT":
            return "CAST(%s AS VARCHAR)" % column
        return "CAST(%s AS %s)" % (column, kind.duckdb()) if kind.name != "VOID" else "NULL"

    def listed(self, columns, rows, arrow=False):
        """The Result of a list of ours."""
        kinds = [(name, values.parse(kind)) for name, kind in columns]
        if not arrow and not any(kind.name == "TIMESTAMP" for _, kind in kinds):
            return Result(kinds, [[None if v is None else str(v) for v in row] for row in rows])
        literals = ["SELECT " + ", ".join("CAST(%s AS %s)" % ("NULL" if v is None else "'" + str(v).replace("'", "''") + "'", k.duckdb())
                                          for v, (_, k) in zip(row, kinds)) for row in rows]
        empty = "SELECT %s WHERE false" % ", ".join("CAST(NULL AS %s)" % k.duckdb() for _, k in kinds)
        return self.rows(kinds, " UNION ALL ".join(literals) or empty, arrow)

    def explain(self, text, arrow):
        inner = re.sub(r"^EXPLAIN(\s+(EXTENDED|CODEGEN|COST|FORMATTED))?\s+", "", text, flags=re.I)
        try:
            plan = "== Physical Plan ==\n" + "\n".join(r[1] for r in self.fetch(self.execute("EXPLAIN " + Translation(parse(inner), self).run())))
        except Failure as failure:
            plan = "Error occurred during query planning: \n" + failure.message
        return self.listed([("plan", "STRING")], [[plan]], arrow)


def arrow_table(columns, table):
    """The columns for which DuckDB has no such type of Arrow's."""
    import pyarrow
    out = []
    for (_, kind), column in zip(columns, table.columns):
        if kind.name == "VOID":
            column = pyarrow.nulls(table.num_rows)
        elif kind.name == "INTERVAL" and kind.unit.startswith("DAY"):
            column = column.cast(pyarrow.duration("us"))
        out.append(column)
    return pyarrow.Table.from_arrays(out, [name for name, _ in columns])


FLOATS = {"DOUBLE": values.double_text, "FLOAT": values.float_text}


def finished(columns, rows):
    """Floats become texts here: a function that DuckDB calls for each is slow."""
    makers = [(i, FLOATS[kind.name]) for i, (_, kind) in enumerate(columns) if kind.name in FLOATS]
    if not makers:
        return rows
    rows = [list(row) for row in rows]
    for row in rows:
        for i, make in makers:
            row[i] = make(row[i])
    return rows


def interval_unit(node):
    """YEAR TO MONTH where the expression is such an interval; DuckDB has one type for both."""
    one = node if isinstance(node, exp.Interval) else node.find(exp.Interval)
    unit = one.args.get("unit") if one is not None else None
    return "YEAR TO MONTH" if unit is not None and re.match("YEAR|MONTH|QUARTER", unit.sql(), re.I) else "DAY TO SECOND"


def result_names(tree):
    """An unnamed column is called as its expression was written; None where DuckDB's name will do."""
    first = tree
    while isinstance(first, (exp.SetOperation, exp.Subquery)):
        first = first.this
    selects = getattr(first, "selects", [])
    if isinstance(first, exp.Values):
        return ["col%d" % (i + 1) for i in range(len(first.expressions[0].expressions) or 1)]
    if any(s.is_star for s in selects):
        return []
    out = []
    for one in selects:
        if isinstance(one, (exp.Alias, exp.Column)):
            out.append(one.alias_or_name)
        else:
            text = one.sql(dialect="databricks").replace("`", "")
            out.append("count(1)" if text.upper() == "COUNT(*)" else text)
    return out


