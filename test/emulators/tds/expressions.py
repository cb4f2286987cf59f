"""Expressions: T-SQL nodes to the engine's SQL, with the types SQL Server gives them."""
import re

import sqltypes as t
from convert import E, convert, literal, quote, show
from errors import SqlError, unknown
from functions import AGGREGATES, FUNCTIONS, WINDOWED, call

MIRROR = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}
VERB = {"=": "equal to", "<>": "not equal to", "<": "less than", ">": "greater than", "<=": "less than or equal to",
        ">=": "greater than or equal to", "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "modulo",
        "&": "'&'", "|": "'|'", "^": "'^'"}
PREDICATES = {"compare", "and", "or", "not", "isnull", "in", "like", "between", "exists", "distinct", "quantified"}


def engine_collation(name):
    """The engine's collation for a name of SQL Server's, and whether it is binary."""
    low = (name or t.DEFAULT_COLLATION).lower()
    if low == "database_default":
        low = t.DEFAULT_COLLATION.lower()
    if not re.match(r"(sql_)?latin1_general(_cp1|_100)?_(bin2?|c[is]_a[is](_[kw]s)*(_sc)?)(_utf8)?$", low):
        raise SqlError(448, name)
    if "_bin" in low:
        return "ms.bin", True
    if "_ci_ai" in low:
        return "ms.ci_ai", False
    return ("ms.ci_as" if "_ci_as" in low else "ms.cs_as"), False


def has_call(node, names, windowed=None):
    """Whether a call of one of these stands in an expression, sub-queries left out."""
    if isinstance(node, (list, tuple)):
        return any(has_call(n, names, windowed) for n in node)
    if not hasattr(node, "k") or node.k == "query":
        return False
    if node.k == "call" and (names is None or node.name in names) and (
            windowed is None or (node.over is not None) == windowed):
        return True
    return any(has_call(v, names, windowed) for key, v in node.__dict__.items() if key != "at")


class Expressions:
    """Mixed into Compiler, which knows tables, queries and scopes."""

    # ---- values ----

    def value(self, node, scope):
        marks = [(s, len(s.loose)) for s in scope.chain() if s.grouped is not None]
        if node.k in PREDICATES:
            raise SqlError(102, self.token_of(node))
        e = getattr(self, "x_" + node.k)(node, scope)
        for s, mark in marks:
            if e.sql in s.grouped:
                del s.loose[mark:]
                e = E(s.grouped[e.sql], e.kind, e.nullable, e.label, e.collation, e.literal, e.column)
        return e

    @staticmethod
    def token_of(node):
        return {"compare": node.get("op"), "isnull": "is", "exists": "exists"}.get(node.k, node.k)

    def x_paren(self, node, scope):
        if node.arg.k in PREDICATES:
            raise SqlError(102, self.token_of(node.arg))
        e = self.value(node.arg, scope)
        return E("(%s)" % e.sql, e.kind, e.nullable, e.label, e.collation, e.literal, e.column)

    def x_default(self, node, scope):
        raise SqlError(156, "DEFAULT")

    def x_literal(self, node, scope):
        if node.kind == "null":
            return E("NULL", t.NULL, literal=node)
        if node.kind in ("string", "nstring"):
            return self.string_literal(node.value, node.kind == "nstring", node)
        if node.kind == "hex":
            digits = node.value[2:]
            digits = "0" + digits if len(digits) % 2 else digits
            size = len(digits) // 2
            return E("'\\x%s'::bytea" % digits, t.Type("varbinary", max(1, size) if size <= 8000 else t.MAX), False, literal=node)
        text = node.value
        if "e" in text.lower():
            return E("'%s'::float8" % (text + "0" if text[-1] in "eE+-" else text), t.FLOAT, False, literal=node)
        if "." not in text and int(text) < 2 ** 31:
            return E("%d" % int(text), t.INT, False, literal=node)
        whole, _, rest = text.partition(".")
        prec = len((whole.lstrip("0") + rest)) or 1
        if prec > 38:
            raise SqlError(1007, text)
        return E("%s.%s::numeric(%d,%d)" % (whole or "0", rest, prec, len(rest)) if rest else
                 "%s::numeric(%d,0)" % (whole, prec), t.decimal(max(prec, len(rest)), len(rest)), False, literal=node)

    @staticmethod
    def string_literal(text, unicode, node=None):
        if not unicode:
            text = text.encode("cp1252", "replace").decode("cp1252", "replace")
        units = len(text.encode("utf-16-le")) // 2
        limit = 4000 if unicode else 8000
        kind = t.string("nvarchar" if unicode else "varchar", max(1, units) if units <= limit else t.MAX)
        return E("%s::ms.str" % quote(text), kind, False, literal=node)

    def x_variable(self, node, scope):
        if node.name.startswith("@@"):
            return self.system_variable(node.name)
        if node.name not in self.variables:
            raise SqlError(137, node.name)
        return E("\x01%s\x02" % node.name, self.variables[node.name], collation=None)

    def system_variable(self, name):
        known = {"@@trancount": t.INT, "@@rowcount": t.INT, "@@error": t.INT, "@@spid": t.Type("smallint"),
                 "@@version": t.string("nvarchar", 300), "@@servername": t.string("nvarchar", 128),
                 "@@identity": t.decimal(38, 0), "@@options": t.INT, "@@nestlevel": t.INT, "@@lock_timeout": t.INT,
                 "@@max_precision": t.Type("tinyint"), "@@language": t.string("nvarchar", 128), "@@textsize": t.INT,
                 "@@datefirst": t.Type("tinyint"), "@@microsoftversion": t.INT, "@@fetch_status": t.INT,
                 "@@servicename": t.string("nvarchar", 128), "@@dbts": t.Type("varbinary", 8)}
        if name not in known:
            raise SqlError(137, name)
        return E("\x01%s\x02" % name, known[name])

    def x_column(self, node, scope):
        return scope.resolve(node.parts, self)

    def x_scalar(self, node, scope):
        query = self.query(node.query, scope)
        if len(query.columns) != 1:
            raise SqlError(116)
        c = query.columns[0]
        return E("(%s)" % query.sql, c.kind, True, c.label, c.collation)

    def x_collate(self, node, scope):
        e = self.value(node.arg, scope)
        if e.kind.name not in t.STRINGS:
            raise SqlError(448, node.collation) if e.kind.name == "null" else SqlError(
                447, text="Expression type %s is invalid for COLLATE clause." % e.kind.name, level=16, state=0)
        collation, _ = engine_collation(node.collation)
        sql = e.sql
        kind = e.kind._replace(collation=node.collation)
        if e.kind.name in ("char", "varchar") and self.is_utf8(e.collation or e.kind.collation) and not self.is_utf8(node.collation):
            sql = "ms.ansi(%s)::ms.str" % e.text()
        return E("((%s) COLLATE %s)" % (sql, collation), kind, e.nullable, 2, node.collation)

    @staticmethod
    def is_utf8(collation):
        return (collation or "").lower().endswith("utf8")

    def x_attimezone(self, node, scope):
        e = self.value(node.arg, scope)
        if node.zone.k != "literal" or node.zone.value.lower() != "utc":
            raise unknown("AT TIME ZONE other than UTC")
        if e.kind.name == "datetimeoffset":
            return E("(div(%s, 10000) * 10000 + 5000)" % e.sql, e.kind, e.nullable)
        scale = e.kind.scale if e.kind.name == "datetime2" else 3
        return convert(e, t.Type("datetimeoffset", 0, 0, scale))

    def x_unary(self, node, scope):
        e = self.value(node.arg, scope)
        if e.kind.name == "null":
            return e
        if e.kind.name not in t.NUMBERS or node.op == "~" and e.kind.name not in t.INTEGERS:
            raise SqlError(8117, show(e), {"-": "minus", "+": "plus", "~": "'~'"}[node.op])
        if node.op == "-":
            if e.kind.name == "decimal" and e.literal is not None and e.literal.value == "2147483648":
                return E("(-2147483648)::numeric(10,0)", e.kind, False)
            if e.kind.name == "tinyint":
                return E("ms.tiny(-(%s))" % e.sql, e.kind, e.nullable)
            return E("(-(%s))" % e.sql, e.kind, e.nullable, literal=e.literal)
        if node.op == "~":
            if e.kind.name == "bit":
                return E("(1 - %s)::int2" % e.sql, e.kind, e.nullable)
            if e.kind.name == "tinyint":
                return E("(255 - %s)::int2" % e.sql, e.kind, e.nullable)
            return E("(~(%s))" % e.sql, e.kind, e.nullable)
        return e

    def x_binary(self, node, scope):
        a, b = self.value(node.left, scope), self.value(node.right, scope)
        op = node.op
        nullable = a.nullable or b.nullable
        names = {a.kind.name, b.kind.name}
        if not names <= t.STRINGS:
            # What may overflow may be NULL, by the server's reckoning.
            nullable = True
        if names == {"null"}:
            return E("NULL", t.NULL)
        if op == "+" and (names <= t.STRINGS | {"null"}):
            return self.concat(a, b)
        if op == "+" and names <= t.BINARIES | {"null"}:
            size = t.MAX if t.MAX in (a.kind.size, b.kind.size) else min(8000, a.kind.size + b.kind.size)
            return E("((%s)::bytea || (%s)::bytea)" % (a.sql, b.sql), t.Type("varbinary", size), nullable)
        kind = t.common(a.kind, b.kind)
        if kind.name in t.TIMES:
            if kind.name in ("datetime", "smalldatetime") and op in "+-" and names & t.NUMBERS:
                day = convert(b, t.FLOAT) if b.kind.name in t.NUMBERS else None
                if day is not None:
                    return E("ms.round_ticks((%s)::int8 %s ((%s)::numeric * 864000000000)::int8, '%s', 0)" % (
                        a.sql, op, day.sql, kind.name), kind, nullable)
            if names & t.NUMBERS:
                raise SqlError(206, *[k.name for k in (b.kind, a.kind)])
            raise SqlError(8117, kind.name, VERB[op])
        if kind.name not in t.NUMBERS:
            raise SqlError(402, a.kind.name, b.kind.name, VERB[op]) if "null" not in names else SqlError(
                8117, kind.name, VERB[op])
        if op in "&|^":
            return self.bitwise(op, a, b, kind, nullable)
        if kind.name == "bit":
            raise SqlError(402 if "null" not in names else 8117, *(
                ("bit", "bit", VERB[op]) if "null" not in names else ("bit", VERB[op])))
        if op == "%" and kind.name in ("float", "real"):
            raise SqlError(402, a.kind.name, b.kind.name, VERB[op])
        if kind.name == "decimal":
            return self.decimal(op, a, b, nullable)
        a, b = convert(a, kind), convert(b, kind)
        sql = "(%s %s %s)" % (a.sql, op, b.sql)
        if kind.name in ("money", "smallmoney"):
            sql = "(ms.divide(%s, %s, 4))" % (a.sql, b.sql) if op == "/" else sql
            return E("%s::%s" % (sql, t.carrier(kind)), kind, nullable)
        if kind.name == "tinyint":
            sql = "ms.tiny((%s)::int8)" % sql
        return E(sql, kind, nullable)

    @staticmethod
    def bitwise(op, a, b, kind, nullable):
        if kind.name not in t.INTEGERS:
            raise SqlError(402, a.kind.name, b.kind.name, VERB[op])
        a, b = convert(a, kind), convert(b, kind)
        return E("(%s %s %s)" % (a.sql, {"^": "#"}.get(op, op), b.sql), kind, nullable)

    def concat(self, a, b):
        wide = "nvarchar" if {a.kind.name, b.kind.name} & t.UNICODE else "varchar"
        limit = 4000 if wide == "nvarchar" else 8000
        sizes = [1 if k.name == "null" else t.max_chars(k) for k in (a.kind, b.kind)]
        size = sum(sizes)
        kind = t.string(wide, t.MAX if max(sizes) > 8000 else min(limit, size))
        label, collation = self.resolve_collation(a, b, "add")
        sql = "(%s || %s)" % (a.text(), b.text())
        if kind.size != t.MAX and size > limit:
            sql = "ms.part(%s, 1, %d)" % (sql, limit)
        return E("%s::ms.str" % sql, kind, a.nullable or b.nullable, label, collation)

    @staticmethod
    def decimal(op, a, b, nullable):
        """https://learn.microsoft.com/en-us/sql/t-sql/data-types/precision-scale-and-length-transact-sql"""
        (p1, s1), (p2, s2) = ((t.digits(e.kind) if e.literal is None or e.kind.name != "int" else
                               (len(e.literal.value.lstrip("0")) or 1, 0)) for e in (a, b))
        if op in "+-":
            scale = max(s1, s2)
            prec = max(p1 - s1, p2 - s2) + scale + 1
        elif op == "*":
            prec, scale = p1 + p2 + 1, s1 + s2
        elif op == "/":
            scale = max(6, s1 + p2 + 1)
            prec = p1 - s1 + s2 + scale
        else:
            scale = max(s1, s2)
            prec = min(p1 - s1, p2 - s2) + scale
        if prec > 38:
            whole = prec - scale
            if op in "*/":
                scale = min(scale, 38 - whole) if whole < 32 else 6 if scale > 6 else scale
            else:
                scale = max(0, min(scale, 38 - whole))
            prec = 38
        kind = t.decimal(prec, scale)
        left, right = ("(%s)::numeric" % e.sql for e in (a, b))
        sql = "ms.divide(%s, %s, %d)" % (left, right, scale) if op == "/" else "(%s %s %s)" % (left, op, right)
        return E("(%s)::%s" % (sql, t.carrier(kind)), kind, nullable)

    def x_case(self, node, scope):
        """A simple CASE compares its argument in each branch, as SQL Server does."""
        arms = []
        for condition, result in node.whens:
            if node.arg is not None:
                if condition.k in PREDICATES:
                    raise SqlError(102, self.token_of(condition))
                text = self.compare("=", self.value(node.arg, scope), self.value(condition, scope))
            else:
                text = self.condition(condition, scope)
            arms.append((text, self.value(result, scope)))
        other = self.value(node.other, scope) if node.other is not None else E("NULL", t.NULL)
        values = [v for _, v in arms] + [other]
        kind, label, collation = self.unify(values)
        if kind.name == "null":
            raise SqlError(8133, text="At least one of the result expressions in a CASE specification must be an expression "
                           "other than the NULL constant.", level=16, state=1)
        sql = " ".join("WHEN %s THEN %s" % (c, convert(v, kind).sql) for c, v in arms)
        return E("(CASE %s ELSE %s END)" % (sql, convert(other, kind).sql), kind, any(v.nullable for v in values),
                 label, collation)

    def unify(self, values):
        """The common type and collation of several values."""
        kind = values[0].kind
        for v in values[1:]:
            kind = t.common(kind, v.kind)
        strings = [v for v in values if v.kind.name in t.STRINGS]
        label, collation = 0, None
        if kind.name in t.STRINGS and strings:
            label, collation = strings[0].label, strings[0].collation
            for v in strings[1:]:
                label, collation = self.resolve_collation(E("", kind, label=label, collation=collation), v, "CASE")
        return kind, label, collation

    def x_cast(self, node, scope):
        e = self.value(node.arg, scope)
        style = None
        if node.style is not None:
            style = convert(self.value(node.style, scope), t.INT)
        out = convert(e, node.type, False, style, node.safe)
        if node.type.name == "varchar" and self.is_utf8(e.collation):
            out.kind = out.kind._replace(collation=e.collation)
        return out

    # ---- calls ----

    def x_call(self, node, scope):
        name = node.name
        if name == "iif":
            if len(node.args) != 3:
                raise SqlError(174, "iif", 3)
            from parser import N
            return self.x_case(N("case", arg=None, whens=[(node.args[0], node.args[1])], other=node.args[2]), scope)
        if node.over is not None:
            return self.windowed(node, scope)
        if name in AGGREGATES:
            return self.aggregate(node, scope)
        if name in WINDOWED:
            raise SqlError(4112, name)
        if name not in FUNCTIONS:
            raise SqlError(195, name, "built-in function name")
        return call(self, node, scope)

    def aggregate(self, node, scope):
        s = scope.aggregating()
        if scope.clause == "where":
            raise SqlError(147)
        if s.in_aggregate or has_call(node.args, AGGREGATES, False):
            raise SqlError(130)
        s.in_aggregate = True
        s.aggregates = True
        try:
            args = [self.value(a, scope) for a in node.args]
            within = [(self.sort_key(self.value(n, scope)), down) for n, down in node.within or []]
        finally:
            s.in_aggregate = False
        e = AGGREGATES[node.name](self, node, args, within)
        e.sql = e.sql.replace("\x03", "")
        return e

    def windowed(self, node, scope):
        if scope.clause not in ("select", "order"):
            raise SqlError(4108)
        if scope.in_window:
            raise SqlError(4109)
        if node.distinct:
            raise SqlError(10759, text="Use of DISTINCT is not allowed with the OVER clause.", level=15, state=1)
        scope.in_window = True
        try:
            args = [self.value(a, scope) for a in node.args]
            over = node.over
            if node.name in ("row_number", "rank", "dense_rank", "ntile", "lag", "lead", "first_value", "last_value",
                             "percent_rank", "cume_dist") and not over.order:
                raise SqlError(4112, node.name)
            if over.frame and not over.order:
                raise SqlError(10756, text="Window frame with ROWS or RANGE must have an ORDER BY clause.", level=15, state=1)
            parts = []
            if over.partition:
                parts.append("PARTITION BY " + ", ".join(self.group_key(self.value(p, scope)) for p in over.partition))
            if over.order:
                parts.append("ORDER BY " + ", ".join(
                    self.order_key(self.window_key(n, scope), down) for n, down in over.order))
            if over.frame:
                parts.append(over.frame)
        finally:
            scope.in_window = False
        if node.name in AGGREGATES and not node.within and node.name != "string_agg":
            e = AGGREGATES[node.name](self, node, args, [])
            wrap = re.match(r"^(.*?)(\x03)(.*)\x03(.*)$", e.sql, re.S)
        elif node.name in WINDOWED:
            e = WINDOWED[node.name](self, node, args)
            wrap = re.match(r"^(.*?)(\x03)(.*)\x03(.*)$", e.sql, re.S)
        else:
            raise SqlError(4113, node.name)
        sql = "%s%s OVER (%s)%s" % (wrap.group(1), wrap.group(3), " ".join(parts), wrap.group(4))
        return E(sql, e.kind, e.nullable, e.label, e.collation)

    def window_key(self, node, scope):
        e = self.value(node, scope)
        if e.literal is not None and e.kind.name == "int":
            raise SqlError(5308, text="Windowed functions, aggregates and NEXT VALUE FOR functions do not support integer "
                           "indices as ORDER BY clause expressions.", level=16, state=1)
        return e

    # ---- keys ----

    def sort_key(self, e):
        """What sorts in the engine as the value does in SQL Server."""
        name = e.kind.name
        if name in t.LARGE:
            raise SqlError(306)
        if name == "xml":
            raise SqlError(305)
        if name == "uniqueidentifier":
            return "ms.guid_key(%s)" % e.sql
        if name == "datetimeoffset":
            return "div(%s, 10000)" % e.sql
        if name in t.STRINGS:
            collation, binary = engine_collation(e.collation)
            if binary:
                return "ms.binkey(%s, %s)" % (e.text(), "true" if name in t.UNICODE else "false")
            return "((%s) COLLATE %s)" % (e.sql, collation)
        return e.sql

    def order_key(self, e, down):
        """NULLs are the smallest of all."""
        return "%s %s" % (self.sort_key(e), "DESC NULLS LAST" if down else "ASC NULLS FIRST")

    def group_key(self, e):
        if e.kind.name in t.LARGE:
            raise SqlError(306)
        if e.kind.name == "xml":
            raise SqlError(305)
        if e.kind.name in t.STRINGS:
            return "((%s) COLLATE %s)" % (e.sql, engine_collation(e.collation)[0])
        return e.sql

    # ---- conditions ----

    def condition(self, node, scope):
        if node.k == "paren":
            return "(%s)" % self.condition(node.arg, scope)
        if node.k not in PREDICATES:
            self.value(node, scope)
            raise SqlError(4145, self.near(node))
        return getattr(self, "c_" + node.k)(node, scope)

    @staticmethod
    def near(node):
        return node.parts[-1] if node.k == "column" else str(node.get("value") or node.get("name") or ")")

    def c_and(self, node, scope):
        return "(%s AND %s)" % (self.condition(node.left, scope), self.condition(node.right, scope))

    def c_or(self, node, scope):
        return "(%s OR %s)" % (self.condition(node.left, scope), self.condition(node.right, scope))

    def c_not(self, node, scope):
        return "(NOT %s)" % self.condition(node.arg, scope)

    def c_isnull(self, node, scope):
        e = self.value(node.arg, scope)
        return "((%s) IS %sNULL)" % (e.sql, "NOT " if node.negated else "")

    def c_exists(self, node, scope):
        return "EXISTS (%s)" % self.query(node.query, scope, exists=True).sql

    def c_compare(self, node, scope):
        return self.compare(node.op, self.value(node.left, scope), self.value(node.right, scope))

    def c_distinct(self, node, scope):
        a, b = self.value(node.left, scope), self.value(node.right, scope)
        left, right = self.comparands("=", a, b)
        return "(%s IS %sDISTINCT FROM %s)" % (left, "NOT " if node.negated else "", right)

    def c_between(self, node, scope):
        e = self.value(node.arg, scope)
        low = self.compare(">=", e, self.value(node.low, scope))
        high = self.compare("<=", e, self.value(node.high, scope))
        return "(%s(%s AND %s))" % ("NOT " if node.negated else "", low, high)

    def c_in(self, node, scope):
        e = self.value(node.arg, scope)
        if node.query is not None:
            return self.in_query(e, node, scope, "=", "ANY", node.negated)
        values = [self.value(item, scope) for item in node.items]
        tests = " OR ".join(self.compare("=", e, v) for v in values)
        return "(%s(%s))" % ("NOT " if node.negated else "", tests)

    def in_query(self, e, node, scope, op, how, negated):
        query = self.query(node.query, scope)
        if len(query.columns) != 1:
            raise SqlError(116)
        c = query.columns[0]
        left, right = self.comparands(op, e, E("q.c", c.kind, True, c.label, c.collation))
        return "(%s(%s %s %s (SELECT %s FROM (%s) AS q(c))))" % ("NOT " if negated else "", left, op, how, right, query.sql)

    def c_quantified(self, node, scope):
        e = self.value(node.left, scope)
        return self.in_query(e, node, scope, node.op, "ALL" if node.how == "all" else "ANY", False)

    def c_like(self, node, scope):
        e, pattern = self.value(node.arg, scope), self.value(node.pattern, scope)
        for side in (e, pattern):
            if side.kind.name not in t.STRINGS | {"null"} and side.kind.name in t.BINARIES | {"uniqueidentifier"}:
                raise SqlError(8116, side.kind.name, 1, "like")
        sides = [s if s.kind.name in t.STRINGS else convert(s, t.string("varchar", 8000)) for s in (e, pattern)]
        escape = "''"
        if node.escape is not None:
            escape = self.value(node.escape, scope).text()
        collation = self.resolve_collation(sides[0], sides[1], "like")[1]
        fold = "_ci_" in (collation or t.DEFAULT_COLLATION).lower()
        ansi = not {s.kind.name for s in sides} & t.UNICODE
        return "(%sms.matches(%s, %s, %s, %s, %s))" % (
            "NOT " if node.negated else "", sides[0].text(), sides[1].text(), escape,
            "true" if fold else "false", "true" if ansi else "false")

    def compare(self, op, a, b):
        if a.kind.name == "null" and b.kind.name == "null":
            return "(NULL::boolean)"
        left, right = self.comparands(op, a, b)
        return "(%s %s %s)" % (left, op, right)

    def comparands(self, op, a, b):
        """Both sides, converted and collated, so that the engine's operator says what SQL Server's does."""
        for e in (a, b):
            if e.kind.name in t.LARGE:
                raise SqlError(402, a.kind.name, b.kind.name, VERB[op])
            if e.kind.name == "xml":
                raise SqlError(305)
            if e.kind.name == "sql_variant":
                raise unknown("comparing sql_variant")
        kind = t.common(a.kind, b.kind)
        if kind.name == "null":
            return a.sql, b.sql
        if kind.name in t.NUMBERS and {a.kind.name, b.kind.name} <= t.NUMBERS:
            return a.sql, b.sql
        if kind.name in t.BINARIES:
            if "timestamp" in (a.kind.name, b.kind.name) and a.kind.name in t.INTEGERS | t.STRINGS:
                a = convert(a, kind, False)
            left, right = (e.sql if e.kind.name in t.BINARIES | {"null"} else convert(e, kind).sql for e in (a, b))
            # Shorter ones count as padded with zeros.
            if a.kind.size != b.kind.size or "varbinary" in (a.kind.name, b.kind.name):
                return tuple("rtrim(%s, '\\x00'::bytea)" % s for s in (left, right))
            return left, right
        if kind.name in t.STRINGS:
            return self.string_comparands(op, a, b)
        to = kind
        left, right = convert(a, to), convert(b, to)
        if kind.name == "datetimeoffset":
            return "div(%s, 10000)" % left.sql, "div(%s, 10000)" % right.sql
        if kind.name == "uniqueidentifier" and op not in ("=", "<>"):
            return "ms.guid_key(%s)" % left.sql, "ms.guid_key(%s)" % right.sql
        return left.sql, right.sql

    def string_comparands(self, op, a, b):
        sides = [e if e.kind.name in t.STRINGS else convert(e, t.string("nvarchar", 4000)) for e in (a, b)]
        label, name = self.resolve_collation(sides[0], sides[1], VERB[op])
        if label == 3:
            raise SqlError(468, a.collation, b.collation, VERB[op])
        collation, binary = engine_collation(name)
        if binary and op not in ("=", "<>"):
            wide = "true" if {s.kind.name for s in sides} & t.UNICODE else "false"
            return tuple("ms.binkey(%s, %s)" % (s.text(), wide) for s in sides)
        left, right = sides[0].sql, sides[1].sql
        return "(%s COLLATE %s)" % (left, collation), right

    def resolve_collation(self, a, b, verb):
        """https://learn.microsoft.com/en-us/sql/t-sql/statements/collation-precedence-transact-sql"""
        if a.kind.name not in t.STRINGS or b.kind.name not in t.STRINGS:
            e = a if a.kind.name in t.STRINGS else b
            return e.label, e.collation
        same = (a.collation or t.DEFAULT_COLLATION).lower() == (b.collation or t.DEFAULT_COLLATION).lower()
        if a.label == b.label:
            if not same and a.label == 2:
                raise SqlError(468, a.collation, b.collation, verb)
            if not same and a.label == 1:
                if verb != "add" and verb != "CASE":
                    raise SqlError(468, a.collation or t.DEFAULT_COLLATION, b.collation or t.DEFAULT_COLLATION, verb)
                return 3, None
            return a.label, a.collation
        winner = a if a.label > b.label else b
        if winner.label == 3 and (a.label == 2 or b.label == 2):
            winner = a if a.label == 2 else b
        if winner.label == 3 and verb not in ("add", "CASE"):
            raise SqlError(468, a.collation or "", b.collation or "", verb)
        return winner.label, winner.collation

    @staticmethod
    def constant(value, kind):
        return E(literal(value, kind), kind, value is None)
