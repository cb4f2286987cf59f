"""Sessions and the execution of one statement.

A session is one request's (the service keeps none): its parameters, names, variables, temporary tables and transaction
end with it.  Rows are DuckDB's; a result is texts of an answer.
"""
import datetime
import decimal
import re
import threading

import duckdb
from sqlglot import exp

import ddl
import information
import sqltext
import stages
import values
from catalog import Catalog, decoded, encoded, quoted
from errors import Failure, of_duckdb
from translate import Translation, parse

DEFAULTS = {"TIMEZONE": "America/Los_Angeles", "QUERY_TAG": "", "BINARY_OUTPUT_FORMAT": "HEX", "DATE_OUTPUT_FORMAT": "YYYY-MM-DD",
            "TIME_OUTPUT_FORMAT": "HH24:MI:SS", "TIMESTAMP_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM", "TIMESTAMP_LTZ_OUTPUT_FORMAT": "",
            "TIMESTAMP_NTZ_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF3", "TIMESTAMP_TZ_OUTPUT_FORMAT": "", "ROWS_PER_RESULTSET": "0",
            "CLIENT_RESULT_CHUNK_SIZE": "160", "USE_CACHED_RESULT": "true", "MULTI_STATEMENT_COUNT": "1", "WEEK_START": "0", "WEEK_OF_YEAR_POLICY": "0",
            "STATEMENT_TIMEOUT_IN_SECONDS": "172800", "TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_NTZ", "DEFAULT_NULL_ORDERING": "LAST",
            "ERROR_ON_NONDETERMINISTIC_MERGE": "true", "AUTOCOMMIT": "true", "GEOGRAPHY_OUTPUT_FORMAT": "GeoJSON", "LOCK_TIMEOUT": "43200",
            "QUOTED_IDENTIFIERS_IGNORE_CASE": "false"}
# What a request may set (sql-api/reference, "parameters").
ALLOWED = {"BINARY_OUTPUT_FORMAT", "CLIENT_RESULT_CHUNK_SIZE", "DATE_OUTPUT_FORMAT", "MULTI_STATEMENT_COUNT", "QUERY_TAG", "ROWS_PER_RESULTSET",
           "TIME_OUTPUT_FORMAT", "TIMESTAMP_LTZ_OUTPUT_FORMAT", "TIMESTAMP_NTZ_OUTPUT_FORMAT", "TIMESTAMP_OUTPUT_FORMAT", "TIMESTAMP_TZ_OUTPUT_FORMAT",
           "TIMEZONE", "USE_CACHED_RESULT"}
# Which statements belong into a request of several (sql-api/submitting-multiple-statements).
ONLY_MULTI = re.compile(r"(BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK|USE|ALTER\s+SESSION|SET|UNSET|CREATE\s+(?:OR\s+REPLACE\s+)?"
                        r"(?:(?:LOCAL|GLOBAL)\s+)?TEMP(?:ORARY)?)\b", re.I)
WAIT = re.compile(r"(?:CALL|SELECT)\s+SYSTEM\$WAIT\s*\(\s*(\d+)\s*(?:,\s*'?(\w+)'?\s*)?\)\s*$", re.I)
BACK = re.compile(r"(?<![\w$'])\$(\d+)\b")
UNITS = {"SECONDS": 1, "MINUTES": 60, "HOURS": 3600, "MILLISECONDS": 0.001, "DAYS": 86400}


def divided(left, right, scale):
    """Rounded half away from zero to that many digits."""
    if left is None or right is None:
        return None
    with decimal.localcontext() as context:
        context.prec = 80
        divisor = decimal.Decimal(right)
        if divisor == 0:
            raise ValueError("Division by zero")
        out = (decimal.Decimal(left) / divisor).quantize(decimal.Decimal(1).scaleb(-scale), rounding=decimal.ROUND_HALF_UP)
        return format(out, "f")


class Result:
    """Columns (name, type, nullable) and rows of texts; counts of rows changed."""

    def __init__(self, columns, rows, stats=None):
        self.columns, self.rows, self.stats = columns, rows, stats


def constant(value):
    if value is None:
        return "NULL"
    if isinstance(value, datetime.datetime):
        value = value.isoformat()
    return "'%s'" % str(value).replace("'", "''")


def said(text):
    """What statements that return no rows answer."""
    return Result([("status", values.TEXT, True)], [[text]])


class Engine:
    """The account: its catalog and its DuckDB."""

    def __init__(self, account, work, warehouses=("COMPUTE_WH",)):
        self.account, self.work, self.warehouses, self.catalog = account, work, set(warehouses), Catalog()
        # Where joins compare by order alone DuckDB (1.4.5) sorts, and takes bytes that end in zeros for equal: not so in nested loops.
        self.root = duckdb.connect(config={"threads": 1, "nested_loop_join_threshold": 1000000000})
        self.root.create_function("gw_divide", divided, ["VARCHAR", "VARCHAR", "INTEGER"], "VARCHAR")
        self.root.create_function("gw_scientific", values.float_scientific, ["DOUBLE"], "VARCHAR")
        self.root.execute("CREATE MACRO gw_to_binary(x, f) AS CASE upper(f) WHEN 'HEX' THEN unhex(x) WHEN 'UTF-8' THEN encode(x) "
                          "WHEN 'BASE64' THEN from_base64(x) ELSE error('Invalid Input: ' || f) END")
        self.born = datetime.datetime.now(datetime.timezone.utc)
        self.numbers, self.lock = 0, threading.Lock()
        # Set for the account: what a request does not say itself.
        self.parameters = {}

    def session(self, **more):
        with self.lock:
            self.numbers += 1
            return Session(self, self.numbers, **more)


class Session:
    def __init__(self, engine, number, database=None, schema=None, warehouse=None, role=None, parameters=None, multi=False, user=None):
        self.engine, self.number, self.catalog, self.born = engine, number, engine.catalog, engine.born
        self.account, self.warehouses = engine.account, engine.warehouses
        self.database, self.schema, self.warehouse, self.role, self.multi, self.user = database, schema, warehouse, role, multi, user
        self.parameters, self.variables, self.temporary = {}, {}, {}
        self.connection, self.inside, self.stop = engine.root.cursor(), False, threading.Event()
        for name, value in {**engine.parameters, **(parameters or {})}.items():
            self.set(name.upper(), str(value))
        if "TIMEZONE" not in self.parameters:
            self.set("TIMEZONE", DEFAULTS["TIMEZONE"])

    def set(self, name, value):
        if name == "TIMEZONE":
            self.execute("SET TimeZone = '%s'" % value.replace("'", "''"))
        self.parameters[name] = value

    def parameters_shown(self):
        return {k: (self.parameters.get(k, v), v) for k, v in DEFAULTS.items()}

    # ---- DuckDB ----

    def execute(self, text):
        if self.stop.is_set():
            raise Failure("cancelled")
        try:
            return self.connection.execute(text)
        except duckdb.Error as error:
            raise of_duckdb(error) from None

    def one(self, text):
        return self.execute(text).fetchone()[0]

    def describe(self, text):
        return self.execute("DESCRIBE " + text).fetchall()

    def fill(self, name, columns, rows):
        """A table of this session with these rows."""
        self.execute(information.fill_sql(name, columns))
        if rows:
            # As text: DuckDB looks for pandas at each value that is bound.
            self.execute("INSERT INTO temp.main.%s VALUES %s" % (
                quoted(encoded(name)), ", ".join("(%s)" % ", ".join(constant(v) for v in row) for row in rows)))

    def cancel(self):
        self.stop.set()
        self.connection.interrupt()

    def close(self):
        """An open transaction is rolled back."""
        if self.inside:
            self.connection.execute("ROLLBACK")
        self.connection.close()

    # ---- statements ----

    def run(self, text, bindings=None):
        """The Result of one statement, or Failure."""
        parts = sqltext.pipes(text)
        if len(parts) == 1:
            return self.run_one(text, bindings)
        results = []
        for part in parts:
            # $1 is what stands before it, $2 what stands before that (operators-flow).
            for back in {int(n) for n in BACK.findall(part)}:
                if not 1 <= back <= len(results):
                    raise Failure("identifier", "$%d" % back)
                result = results[-back]
                self.fill("$%d" % back, [(name, kind.duckdb()) for name, kind, _ in result.columns], self.typed(result))
            results.append(self.run_one(BACK.sub(r'"$\1"', part), None))
        return results[-1]

    @staticmethod
    def typed(result):
        """Rows of an answer as values for a table: only texts, numbers and moments pass through a chain."""
        def value(cell, kind):
            if cell is not None and kind.kind.startswith("timestamp"):
                return datetime.datetime.fromtimestamp(float(cell.split(" ")[0]), datetime.timezone.utc)
            return cell
        return [[value(c, k[1]) for c, k in zip(row, result.columns)] for row in result.rows]

    def run_one(self, text, bindings):
        word = re.match(r"\s*(\w*)", text)[1].upper()
        if word in ("PUT", "GET"):
            raise Failure("unsupported_api", word)
        only = ONLY_MULTI.match(text.strip())
        if only and not self.multi:
            raise Failure("only_multi", re.sub(r"\s+", "_", only[1].upper()))
        text = text.strip()
        waits = WAIT.match(text)
        if waits:
            return self.wait(int(waits[1]) * UNITS.get((waits[2] or "SECONDS").upper(), 1))
        if word == "SHOW":
            return self.listed(*information.show(self, text))
        if word in ("DESC", "DESCRIBE"):
            return self.listed(*information.describe(self, text))
        if word in CONTROL:
            return CONTROL[word](self, text)
        if word in ON_FILES or STAGED.match(text):
            return self.staged(text, word)
        long = []
        texts = sqltext.bind(self.with_variables(text), bindings, long)
        for i, value in enumerate(long):
            self.execute("SET VARIABLE gw_long%d = '%s'" % (i, value.replace("'", "''")))
        if len(texts) == 1:
            return self.judged(texts[0], word)
        # The rows of bind arrays are one statement, all or nothing.
        results = []
        self.whole(lambda: results.extend(self.judged(one, word, i == 0) for i, one in enumerate(texts)))
        count = sum(r.stats["numRowsInserted"] for r in results)
        return changed("INSERT", count)

    def staged(self, text, word):
        """What is about stages."""
        sqltext.judge(text)
        if word in ("CREATE", "DROP"):
            return said(stages.create(self, text) if word == "CREATE" else stages.drop(self, text))
        columns, rows = ON_FILES[word](self, text)
        return Result([(name, kind, True) for name, kind in columns], rows)

    def whole(self, work):
        """All of it or nothing, within the open transaction if there is one."""
        own, self.inside = not self.inside, True
        if own:
            self.execute("BEGIN")
        try:
            work()
        except Failure:
            if own:
                self.connection.execute("ROLLBACK")
                self.inside = False
            raise
        if own:
            self.execute("COMMIT")
            self.inside = False

    def with_variables(self, text):
        return re.sub(r"\$([A-Za-z_]\w*)(?=([^']*'[^']*')*[^']*$)", lambda m: self.variables.get(m[1].upper(), m[0]), text) if self.variables else text

    def judged(self, text, word, judge=True):
        if judge:
            sqltext.judge(text)
        if word == "EXPLAIN":
            return self.explain(text)
        tree = parse(text)
        limits(tree)
        if isinstance(tree, exp.Query):
            return self.query(tree)
        if isinstance(tree, (exp.Insert, exp.Update, exp.Delete, exp.Merge)):
            self.needs_warehouse()
            return self.change(tree)
        if isinstance(tree, exp.TruncateTable):
            return self.truncate(tree)
        if type(tree) in DDL:
            self.commit_open()
            return said(DDL[type(tree)](self, tree, text))
        raise Failure("unemulated", text.split("\n", maxsplit=1)[0][:60])

    def needs_warehouse(self):
        if self.warehouse not in self.warehouses:
            raise Failure("no_warehouse")

    def commit_open(self):
        """DDL ends an open transaction (sql-reference/transactions)."""
        if self.inside:
            self.execute("COMMIT")
            self.inside = False

    def wait(self, seconds):
        if self.stop.wait(seconds):
            raise Failure("cancelled")
        return Result([("SYSTEM$WAIT", values.TEXT, True)], [["waited %s seconds" % seconds]])

    def query(self, tree):
        if tree.find(exp.Table):
            self.needs_warehouse()
        text, kinds = Translation(tree, self).run()
        described = self.describe(text)
        columns, out, finish = [], [], []
        for i, row in enumerate(described):
            kind = (kinds[i] if i < len(kinds) and len(kinds) == len(described) else None) or values.of_duckdb(row[1])
            if kind is None:
                raise Failure("unemulated", "a result of type " + row[1])
            columns.append((result_name(tree, i, decoded(row[0])), kind, row[2] != "NO"))
            out.append(values.wire_sql(quoted("c%d" % i), row[1], kind))
            finish.append(values.finisher(kind))
        names = ", ".join(quoted("c%d" % i) for i in range(len(described)))
        rows = self.execute("SELECT %s FROM (%s) AS _(%s)" % (", ".join(out), text, names)).fetchall()
        if any(finish):
            rows = [[f(v) if f and v is not None else v for f, v in zip(finish, row)] for row in rows]
        most = int(self.parameters.get("ROWS_PER_RESULTSET", DEFAULTS["ROWS_PER_RESULTSET"]))
        return Result(columns, rows[:most] if most else rows)

    def listed(self, columns, rows):
        """The Result of a list of ours."""
        kinds = [{"VARCHAR": values.TEXT, "TIMESTAMPTZ": values.LTZ}.get(k) or values.Kind("fixed", 38, 0) for _, k in columns]

        def cell(value):
            if isinstance(value, datetime.datetime):
                return "%.6f000" % value.timestamp()
            return value if value is None else str(value)
        return Result([(n, k, True) for (n, _), k in zip(columns, kinds)], [[cell(v) for v in row] for row in rows])

    def change(self, tree):
        word = type(tree).__name__.upper()
        if isinstance(tree, exp.Merge):
            return self.merge(tree)
        overwrite = isinstance(tree, exp.Insert) and tree.args.get("overwrite")
        if overwrite:
            tree.set("overwrite", None)
        text, _ = Translation(tree, self).run()
        counts = []

        def work():
            if overwrite:
                target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
                self.execute("DELETE FROM " + exp.table_name(target, dialect="duckdb", identify=True))
            counts.append(self.one(text))
        self.whole(work)
        return changed(word, counts[0])

    def merge(self, tree):
        """Counts by branch: DuckDB says in RETURNING which it took."""
        inserts = any(isinstance(w.args["then"], exp.Insert) for w in tree.args["whens"].expressions)
        updates = any(isinstance(w.args["then"], exp.Update) for w in tree.args["whens"].expressions)
        deletes = any(not isinstance(w.args["then"], (exp.Insert, exp.Update)) for w in tree.args["whens"].expressions)
        self.once(tree)
        text, _ = Translation(tree, self).run()
        rows = self.execute(text + " RETURNING merge_action").fetchall()
        counts = {word: sum(1 for r in rows if r[0] == word) for word in ("INSERT", "UPDATE", "DELETE")}
        columns = [("number of rows inserted", inserts, counts["INSERT"]), ("number of rows updated", updates, counts["UPDATE"]),
                   ("number of rows deleted", deletes, counts["DELETE"])]
        kept = [c for c in columns if c[1]]
        return Result([(c[0], values.Kind("fixed", 19, 0), False) for c in kept], [[str(c[2]) for c in kept]],
                      stats(counts["INSERT"], counts["UPDATE"], counts["DELETE"]))

    def once(self, tree):
        """A row that several rows of the source match is an error (ERROR_ON_NONDETERMINISTIC_MERGE)."""
        target = tree.this.copy()
        alias = target.alias or target.name
        name = exp.column("rowid", table=exp.to_identifier(alias, quoted=bool(target.args.get("alias") and target.args["alias"].this.args.get("quoted"))))
        probe = exp.select(exp.func("COUNT", exp.Star())).from_(target).join(tree.args["using"].copy(), on=tree.args["on"].copy(), join_type="inner") \
            .group_by(name)
        text, _ = Translation(probe, self).run()
        text = text.replace('"ROWID"', "rowid")
        if self.one("SELECT count(*) FROM (%s) AS _(n) WHERE n > 1" % text):
            raise Failure("merge_twice")

    def truncate(self, tree):
        for node in tree.expressions:
            found = self.catalog.find(*ddl.names_of(self, node)) if not tree.args.get("exists") else \
                next(self.catalog.everything(*ddl.names_of(self, node)), None)
            if found is not None:
                self.execute("DELETE FROM " + found.address())
                found.loaded.clear()
        return said("Statement executed successfully.")

    def explain(self, text):
        """EXPLAIN USING JSON: only the statistics are of use."""
        match = re.match(r"EXPLAIN(?:\s+USING\s+(\w+))?\s+(.*)$", text, re.I | re.S)
        tree = parse(match[2])
        translation = Translation(tree, self)
        translation.run()
        sizes = [information.size(self, t)[1] or 0 for t in translation.tables.values()]
        plan = '{"GlobalStats":{"partitionsTotal":%d,"partitionsAssigned":%d,"bytesAssigned":%d},"Operations":[[]]}' % (len(sizes), len(sizes), sum(sizes))
        if (match[1] or "").upper() != "JSON":
            raise Failure("unemulated", "EXPLAIN USING " + (match[1] or "TABULAR"))
        return Result([("content", values.TEXT, True)], [[plan]])

    # ---- what only requests of several statements do ----

    def begin(self, _text):
        if not self.inside:
            self.execute("BEGIN")
            self.inside = True
        return said("Statement executed successfully.")

    def end(self, text):
        if self.inside:
            self.execute("COMMIT" if text.upper().startswith("COMMIT") else "ROLLBACK")
            self.inside = False
        return said("Statement executed successfully.")

    def use(self, text):
        match = re.match(r"USE\s+(?:(DATABASE|SCHEMA|WAREHOUSE|ROLE)\s+)?(.+)$", text, re.I | re.S)
        what, names = (match[1] or "DATABASE").upper(), information.parts(match[2])
        if what == "WAREHOUSE":
            self.warehouse = names[-1]
        elif what == "ROLE":
            self.role = names[-1]
        elif what == "DATABASE" and len(names) == 1:
            if names[0] not in self.catalog.databases:
                raise Failure("database_missing", names[0])
            self.database, self.schema = names[0], "PUBLIC"
        else:
            database = names[0] if len(names) > 1 else self.database
            self.catalog.tables(database, names[-1])
            self.database, self.schema = database, names[-1]
        return said("Statement executed successfully.")

    def variable(self, text):
        match = re.match(r"(SET|UNSET)\s+(\w+)\s*(?:=\s*(.+))?$", text, re.I | re.S)
        if not match:
            raise Failure("syntax", text.split()[1] if " " in text else "<EOF>")
        if match[1].upper() == "UNSET":
            self.variables.pop(match[2].upper(), None)
        else:
            row = self.judged("SELECT " + self.with_variables(match[3]), "SELECT").rows[0]
            self.variables[match[2].upper()] = "NULL" if row[0] is None else sqltext.literal(row[0])
        return said("Statement executed successfully.")

    def alter(self, text):
        """ALTER SESSION; other ALTERs are DDL."""
        match = re.match(r"ALTER\s+SESSION\s+(SET|UNSET)\s+(.+)$", text, re.I | re.S)
        if not match:
            return self.judged(text, "ALTER")
        for name, value in re.findall(r"(\w+)\s*(?:=\s*('(?:[^']|'')*'|[\w.+-]+))?", match[2]):
            if name.upper() not in DEFAULTS:
                raise Failure("identifier", name.upper())
            self.set(name.upper(), value.strip("'").replace("''", "'") if match[1].upper() == "SET" else DEFAULTS[name.upper()])
        return said("Statement executed successfully.")


CONTROL = {"BEGIN": Session.begin, "START": Session.begin, "COMMIT": Session.end, "ROLLBACK": Session.end, "USE": Session.use,
           "SET": Session.variable, "UNSET": Session.variable, "ALTER": Session.alter}
ON_FILES = {"COPY": stages.copy, "LIST": stages.listing, "LS": stages.listing, "REMOVE": stages.remove, "RM": stages.remove}
STAGED = re.compile(r"(?:CREATE\s+(?:OR\s+REPLACE\s+)?|DROP\s+)STAGE\b", re.I)
DDL = {exp.Create: ddl.create, exp.Drop: lambda s, tree, _: ddl.drop(s, tree), exp.Alter: lambda s, tree, _: ddl.alter(s, tree),
       exp.Comment: lambda s, tree, _: ddl.comment(s, tree), exp.Grant: lambda *_: "Statement executed successfully."}


def limits(tree):
    """LIMIT is for a query itself, for one in FROM, and for scalar ones (user-guide/querying-subqueries)."""
    for node in tree.find_all(exp.In, exp.Exists, exp.Any, exp.All):
        inner = node.args.get("query") or node.this
        inner = inner.unnest() if isinstance(inner, exp.Subquery) else inner
        while isinstance(inner, exp.SetOperation) and not inner.args.get("limit"):
            inner = inner.right.unnest()
        if isinstance(inner, exp.Query) and (inner.args.get("limit") or inner.args.get("offset")):
            raise Failure("subquery_limit")


def stats(inserted=0, updated=0, deleted=0):
    return {"numRowsInserted": inserted, "numRowsUpdated": updated, "numRowsDeleted": deleted, "numDuplicateRowsUpdated": 0}


def changed(word, count):
    """One row that counts (sql-reference/sql/insert, update, delete)."""
    columns = {"INSERT": [("number of rows inserted", count)], "DELETE": [("number of rows deleted", count)],
               "UPDATE": [("number of rows updated", count), ("number of multi-joined rows updated", 0)]}[word]
    return Result([(name, values.Kind("fixed", 19, 0), False) for name, _ in columns], [[str(n) for _, n in columns]],
                  stats(*[count if word == w else 0 for w in ("INSERT", "UPDATE", "DELETE")]))


def result_name(tree, i, name):
    """An unnamed column is called as its expression was written, in capitals."""
    first = tree
    while isinstance(first, (exp.SetOperation, exp.Subquery)):
        first = first.this
    selects = getattr(first, "selects", [])
    if i < len(selects) and not any(s.is_star for s in selects) and not isinstance(selects[i], (exp.Alias, exp.Column)):
        return re.sub(r"~[0-9a-f]+\b", "", selects[i].sql(dialect="snowflake").replace('"', "")).upper()
    return name
