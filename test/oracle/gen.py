"""Seeded generator: tables with boundary data, and queries as trees that can be rendered and shrunk.

A tree is rendered for one schema at a time ("loc" for the local copy, "rem" for the foreign
tables), with constants written out or, for prepared statements, as parameters.
"""
import copy
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import kinds  # noqa: E402
from pq import literal  # noqa: E402

CAST = {"numeric": "numeric", "bpchar": "bpchar", "mood": "ora.mood", "bit": "bit(4)"}
RESULT_OF = {}
for _result, _template, _args in kinds.PRODUCTIONS:
    RESULT_OF.setdefault(_result, []).append((_template, _args))


class Renderer:
    """Where tables live, and what happens to constants."""

    def __init__(self, schema, parameters=False):
        self.schema = schema
        self.parameters = [] if parameters else None

    def constant(self, const):
        if self.parameters is None or not const.bindable:
            return const.text()
        self.parameters.append(const)
        return "$%d" % len(self.parameters)


# ---- trees ----

class Expr:
    def __init__(self, kind, template, args):
        self.kind, self.template, self.args = kind, template, args

    def render(self, r):
        return self.template.format(*[a.render(r) for a in self.args]) if self.args else self.template

    def children(self):
        return self.args

    def replace(self, i, new):
        self.args[i] = new


class Const(Expr):
    def __init__(self, kind, value, bindable=True):
        super().__init__(kind, None, [])
        self.value, self.bindable = value, bindable

    def cast(self):
        return CAST.get(self.kind, self.kind)

    def text(self):
        return "%s::%s" % (literal(self.value), self.cast())

    def render(self, r):
        return r.constant(self)


class Col(Expr):
    def __init__(self, kind, alias, name):
        super().__init__(kind, None, [])
        self.alias, self.name = alias, name

    def render(self, r):
        return "%s.%s" % (self.alias, self.name)


class Rel:
    """One FROM item: a table, or a sub-select with named outputs."""

    def __init__(self, alias, columns, table=None, query=None, lateral=False, unique=None, rows=None):
        self.alias, self.columns, self.table, self.query = alias, columns, table, query
        self.lateral, self.unique, self.rows = lateral, unique or [], rows

    def render(self, r):
        if self.table:
            return "%s.%s %s" % (r.schema, self.table, self.alias)
        if self.rows:
            body = "VALUES " + ", ".join("(%s)" % ", ".join(c.text() for c in row) for row in self.rows)
        else:
            body = self.query.render(r)
        return "%s(%s) %s(%s)" % ("LATERAL " if self.lateral else "", body, self.alias,
                                  ", ".join(n for _, n in self.columns))


class Join:
    def __init__(self, how, rel, on):
        self.how, self.rel, self.on = how, rel, on  # on: list of conjuncts

    def render(self, r):
        rel = self.rel.render(r)
        if self.how == "CROSS":
            return " CROSS JOIN " + rel
        return " %s JOIN %s ON %s" % (self.how, rel, conjunction(self.on, r))


def conjunction(conjuncts, r):
    return " AND ".join(c.render(r) for c in conjuncts) if conjuncts else "true"


class Query:
    def __init__(self):
        self.distinct = False
        self.targets = []     # Expr
        self.first = None     # Rel
        self.joins = []
        self.where, self.group, self.having = [], [], []
        self.order = []       # (Expr or output number, suffix)
        self.order_kind = None  # None, "total" (rows come in one order), "keys" (outputs in order)
        self.limit = self.offset = None
        self.setop = None     # (word, Query)
        self.loose = False    # equal values may look different: normalise before comparing
        self.aggregate = False

    def rels(self):
        return [self.first] + [j.rel for j in self.joins]

    def render(self, r, where=None):
        """where: other conjuncts to use instead (TLP, conjunct order)."""
        sql = "SELECT %s%s" % ("DISTINCT " if self.distinct else "",
                               ", ".join(t.render(r) for t in self.targets))
        if self.first:
            sql += " FROM " + self.first.render(r) + "".join(j.render(r) for j in self.joins)
        where = self.where if where is None else where
        if where:
            sql += " WHERE " + conjunction(where, r)
        if self.group:
            sql += " GROUP BY " + ", ".join(g.render(r) for g in self.group)
        if self.having:
            sql += " HAVING " + conjunction(self.having, r)
        if self.setop:
            sql = "(%s) %s (%s)" % (sql, self.setop[0], self.setop[1].render(r))
        if self.order:
            sql += " ORDER BY " + ", ".join((str(e) if isinstance(e, int) else e.render(r)) + s
                                            for e, s in self.order)
        if self.limit is not None:
            sql += " LIMIT %d" % self.limit
        if self.offset is not None:
            sql += " OFFSET %d" % self.offset
        return sql


class SubQuery(Expr):
    """A query inside an expression: "EXISTS ({q})", "{0} NOT IN ({q})", ..."""

    def __init__(self, kind, template, args, query):
        super().__init__(kind, template, args)
        self.query = query

    def render(self, r):
        args = [a.render(r) for a in self.args]
        return self.template.format(*args, q=self.query.render(r))


# ---- tables ----

class Column:
    def __init__(self, name, kind, local, remote, local_collate, remote_collate, spread, not_null):
        self.name, self.kind, self.local, self.remote = name, kind, local, remote
        self.local_collate, self.remote_collate = local_collate, remote_collate
        self.values, self.not_null = spread, not_null

    def definition(self, remote):
        kind, collate = (self.remote, self.remote_collate) if remote else (self.local, self.local_collate)
        return "%s %s%s%s" % (self.name, kind, " " + collate if collate else "",
                              " NOT NULL" if self.not_null else "")


class Table:
    def __init__(self, name, columns, rows):
        self.name, self.columns, self.rows = name, columns, rows

    def create(self, where, remote):
        return "CREATE TABLE %s.%s (%s)" % (where, self.name, ", ".join(c.definition(remote) for c in self.columns))

    def insert(self, where, rows=None):
        rows = self.rows if rows is None else rows
        if not rows:
            return None
        return "INSERT INTO %s.%s VALUES %s" % (
            where, self.name, ", ".join("(%s)" % ", ".join(literal(v) for v in row) for row in rows))


class Generator:
    def __init__(self, rng, platform):
        self.rng, self.platform = rng, platform
        self.tables, self.counter = [], 0

    def chance(self, p):
        return self.rng.random() < p

    # ---- schemas ----

    def make_tables(self):
        self.tables = [self.make_table("t%d" % i) for i in range(1, 5)]
        return self.tables

    def make_table(self, name):
        rng = self.rng
        columns = [Column("id", "int4", "integer", "integer", "", "", None, True)]
        wanted = rng.sample(sorted(kinds.KINDS), rng.randint(5, 9)) + ["text", "int4", "text"]
        for i, kind in enumerate(wanted):
            columns.append(self.make_column("c%d" % (i + 1), kind))
        rows = []
        count = rng.choice([0, 1, 7, 12, 20, 25, 30, 30])
        for i in range(count):
            if rows and self.chance(0.15):
                rows.append([str(i)] + rows[-1][1:])
                continue
            rows.append([str(i)] + [self.make_value(c) for c in columns[1:]])
        return Table(name, columns, rows)

    def make_column(self, name, kind):
        rng = self.rng
        declarations, values = kinds.KINDS[kind]
        local = remote = rng.choice(declarations)
        if local.startswith("char("):
            width = int(local[5:-1])
            values = [v for v in values if len(v.rstrip()) <= width]
        if local == "numeric(6,2)":
            values = [v for v in values if abs(float(v)) < 9999]
        pairs = [p for p in self.platform.pairs if p["kind"] == kind]
        if pairs and self.chance(0.25):
            pair = rng.choice(pairs)
            local, remote, values = pair["local"], pair["remote"], pair.get("values", values)
        local_collate = remote_collate = ""
        if kind in kinds.COLLATED:
            if self.chance(0.25):
                local_collate = rng.choice(self.platform.local_collations)
            if self.chance(0.6) and remote.split("(")[0] in ("text", "varchar", "char", "bpchar"):
                remote_collate = rng.choice(self.platform.remote_collations)
        if kind == "text" and local == remote and self.chance(0.6):
            values = kinds.TWINS
        spread = rng.sample(values, min(len(values), rng.randint(3, 14)))
        local, remote = local.format(mood="ora.mood"), remote.format(mood="public.mood")
        return Column(name, kinds.EXPRESSION_TYPE.get(kind, kind), local, remote,
                      local_collate, remote_collate, spread, self.chance(0.15))

    def make_value(self, column):
        if not column.not_null and self.chance(0.18):
            return None
        return self.rng.choice(column.values)

    # ---- expressions ----

    def alias(self):
        self.counter += 1
        return "r%d" % self.counter

    def columns_of(self, scope, kind):
        return [Col(k, rel.alias, n) for rel in scope for k, n in rel.columns if k == kind]

    def constant(self, kind):
        """A boundary value of the kind; a column's own value more often than not."""
        values = [v for k in kinds.KINDS if kinds.EXPRESSION_TYPE.get(k, k) == kind for v in kinds.KINDS[k][1]]
        if self.chance(0.04):
            return Const(kind, None)
        return Const(kind, self.rng.choice(values))

    def any_kind(self, scope, within=None):
        found = [k for rel in scope for k, _ in rel.columns if within is None or k in within]
        return self.rng.choice(found) if found else "int4"

    def expr(self, kind, scope, depth):
        rng = self.rng
        if kind == "any":
            kind = self.any_kind(scope)
        elif kind == "cheap":
            kind = self.any_kind(scope, kinds.CHEAP)
        elif kind == "pattern":
            return Const("text", rng.choice(kinds.PATTERNS))
        elif kind == "pattern!":
            return Const("text", rng.choice(kinds.PATTERNS_ESCAPED))
        elif kind == "regex":
            return Const("text", rng.choice(kinds.REGEXES))
        elif kind == "digits":
            return Expr("text", "({0} || '')", [Const("text", rng.choice(kinds.DIGITS))]) \
                if self.chance(0.5) else Const("text", rng.choice(kinds.DIGITS))
        elif kind == "textcast":
            return Expr("text", "{0}::text", [self.expr(self.any_kind(scope), scope, 0)])
        columns = self.columns_of(scope, kind)
        if depth <= 0 or self.chance(0.3):
            if kind == "bool" and depth > -2 and not (columns and self.chance(0.3)):
                return self.condition(scope, depth - 1)
            if columns and self.chance(0.85):
                return rng.choice(columns)
            return self.constant(kind)
        roll = rng.random()
        if roll < 0.08:
            return Expr(kind, "COALESCE({0}, {1})", [self.expr(kind, scope, depth - 1) for _ in range(2)])
        if roll < 0.14:
            return Expr(kind, "CASE WHEN {0} THEN {1} ELSE {2} END",
                        [self.condition(scope, depth - 1)] + [self.expr(kind, scope, depth - 1) for _ in range(2)])
        if roll < 0.17:
            if kind in kinds.ORDERABLE:
                return Expr(kind, "NULLIF({0}, {1})", [self.expr(kind, scope, depth - 1) for _ in range(2)])
        if roll < 0.20 and kind in kinds.CHEAP:
            return Expr(kind, rng.choice(["greatest", "least"]) + "({0}, {1})",
                        [self.expr(kind, scope, depth - 1) for _ in range(2)])
        if roll < 0.23 and kind in kinds.CHEAP:
            operand = self.any_kind(scope, kinds.CHEAP)
            return Expr(kind, "CASE {0} WHEN {1} THEN {2} ELSE {3} END",
                        [self.expr(operand, scope, depth - 1), self.expr(operand, scope, 0)]
                        + [self.expr(kind, scope, depth - 1) for _ in range(2)])
        if roll < 0.27 and kind in kinds.MINMAX - kinds.LOOSE and self.tables:
            return self.scalar_subquery(kind, scope)
        if kind in RESULT_OF:
            template, args = self.production(kind, scope)
            return Expr(kind, template, [self.expr(a, scope, depth - 1) for a in args])
        return rng.choice(columns) if columns else self.constant(kind)

    def production(self, kind, scope):
        """A production that can read a column, so that few expressions are constants in disguise."""
        here = {k for rel in scope for k, _ in rel.columns} | {"textcast"}
        for _ in range(12):
            template, args = self.rng.choice(RESULT_OF[kind])
            if any(a in here for a in args):
                break
        return template, args

    def text_condition(self, scope):
        """A comparison of a string column with strings that some collation takes for others."""
        rng = self.rng
        column = rng.choice(self.columns_of(scope, "text"))
        count = rng.randint(1, 3)
        twins = [Const("text", v) for v in rng.sample(kinds.TWINS, count + 1)]
        shapes = ["({0} %s {1})" % op for op in kinds.COMPARE + ["LIKE", "="]]
        shapes += ["({0} BETWEEN {1} AND {2})", "({0} IN (%s))" % ", ".join("{%d}" % (i + 1) for i in range(count)),
                   "({0} NOT IN (%s))" % ", ".join("{%d}" % (i + 1) for i in range(count))]
        if count == 1:
            shapes.remove("({0} BETWEEN {1} AND {2})")
            shapes.append("({0} = {1})")
        shape = rng.choice(shapes)
        used = 2 if "BETWEEN" in shape else count if "IN (" in shape else 1
        return Expr("bool", shape, [column] + twins[:used])

    def condition(self, scope, depth):
        """A boolean worth filtering by."""
        rng = self.rng
        if self.chance(0.16) and self.columns_of(scope, "text"):
            return self.text_condition(scope)
        roll = rng.random()
        if roll < 0.36:
            kind = self.any_kind(scope, kinds.ORDERABLE)
            left = self.expr(kind, scope, depth - 1)
            if not self.chance(0.7):
                left = rng.choice(self.columns_of(scope, kind) or [left])
            return Expr("bool", "({0} %s {1})" % rng.choice(kinds.COMPARE), [left, self.expr(kind, scope, depth - 1)])
        if roll < 0.42:
            a, b = rng.choice([m for m in kinds.MIXED if self.columns_of(scope, m[0])] or kinds.MIXED)
            return Expr("bool", "({0} %s {1})" % rng.choice(kinds.COMPARE),
                        [self.expr(a, scope, 0), self.expr(b, scope, depth - 1)])
        if roll < 0.52:
            return Expr("bool", "({0} IS %sNULL)" % rng.choice(["", "NOT "]),
                        [self.expr("any", scope, depth - 1 if self.chance(0.3) else 0)])
        if roll < 0.64:
            kind = self.any_kind(scope, kinds.ORDERABLE)
            count = rng.randint(1, 4)
            items = [self.constant(kind) if self.chance(0.85) else self.expr(kind, scope, 0) for _ in range(count)]
            if self.chance(0.2):
                items.append(Const(kind, None, bindable=False))
            template = "({0} %sIN (%s))" % (rng.choice(["", "NOT "]),
                                            ", ".join("{%d}" % (i + 1) for i in range(len(items))))
            return Expr("bool", template, [self.expr(kind, scope, depth - 1 if self.chance(0.3) else 0)] + items)
        if roll < 0.69:
            kind = self.any_kind(scope, kinds.ORDERABLE)
            word = rng.choice(["BETWEEN", "NOT BETWEEN", "BETWEEN SYMMETRIC"])
            return Expr("bool", "({0} %s {1} AND {2})" % word, [self.expr(kind, scope, 0)]
                        + [self.expr(kind, scope, 0) for _ in range(2)])
        if roll < 0.77 and self.tables and depth >= -1:
            return self.subquery_condition(scope)
        template, args = self.production("bool", scope)
        return Expr("bool", template, [self.expr(a, scope, depth - 1) for a in args])

    def table_rel(self):
        table = self.rng.choice(self.tables)
        alias = self.alias()
        return Rel(alias, [(c.kind, c.name) for c in table.columns], table=table.name,
                   unique=[Col("int4", alias, "id")])

    def inner_query(self, scope, target):
        """SELECT target FROM one table WHERE ..., often correlated with scope."""
        q = Query()
        q.first = self.table_rel()
        inside = [q.first]
        if self.chance(0.7):
            kind = self.any_kind(inside, kinds.ORDERABLE)
            outer = self.columns_of(scope, kind)
            left = self.rng.choice(self.columns_of(inside, kind))
            q.where.append(Expr("bool", "({0} %s {1})" % self.rng.choice(["=", "=", "<", "IS NOT DISTINCT FROM"]),
                                [left, self.rng.choice(outer) if outer else self.constant(kind)]))
        if self.chance(0.4):
            q.where.append(self.condition(inside + scope, 0))
        q.targets = [target(inside)]
        return q

    def scalar_subquery(self, kind, scope):
        word = self.rng.choice(["min", "max"])
        q = self.inner_query(scope, lambda inside: Expr(kind, word + "({0})", [self.expr(kind, inside, 0)]))
        return SubQuery(kind, "({q})", [], q)

    def subquery_condition(self, scope):
        rng = self.rng
        roll = rng.random()
        if roll < 0.45:
            q = self.inner_query(scope, lambda inside: Const("int4", "1", bindable=False))
            return SubQuery("bool", rng.choice(["EXISTS ({q})", "(NOT EXISTS ({q}))"]), [], q)
        kind = self.any_kind(scope, kinds.CHEAP)
        q = self.inner_query(scope, lambda inside: self.expr(kind, inside, 0))
        template = rng.choice(["({0} IN ({q}))", "({0} NOT IN ({q}))", "({0} = ANY ({q}))", "({0} > ALL ({q}))",
                               "({0} <> ALL ({q}))", "({0} <= ANY ({q}))"])
        return SubQuery("bool", template, [self.expr(kind, scope, 0)], q)

    # ---- queries ----

    def from_item(self, scope, lateral):
        roll = self.rng.random()
        if roll < 0.72:
            return self.table_rel()
        if roll < 0.78:
            kind = self.rng.choice(["int4", "text", "int8", "date"])
            rows = [[Const("int4", str(i), bindable=False), Const(kind, self.constant(kind).value, bindable=False)]
                    for i in range(self.rng.randint(1, 4))]
            alias = self.alias()
            return Rel(alias, [("int4", "v1"), (kind, "v2")], rows=rows, unique=[Col("int4", alias, "v1")])
        outer = scope if lateral and self.chance(0.7) else []
        q = Query()
        q.first = self.table_rel()
        inside = [q.first] + outer
        for _ in range(self.rng.randint(0, 2)):
            q.where.append(self.condition(inside, 1))
        q.targets = [Col("int4", q.first.alias, "id")]
        q.targets += [self.expr(self.any_kind([q.first]), inside, 1) for _ in range(self.rng.randint(1, 3))]
        if self.chance(0.3):
            q.order, q.order_kind = [(q.targets[0], self.suffix())], "total"
            if self.chance(0.8):
                q.limit = self.rng.randint(0, 6)
        alias = self.alias()
        columns = [(t.kind, "s%d" % (i + 1)) for i, t in enumerate(q.targets)]
        return Rel(alias, columns, query=q, lateral=bool(outer), unique=[Col("int4", alias, "s1")])

    def suffix(self):
        return self.rng.choice(["", " ASC", " DESC"]) + self.rng.choice(["", "", " NULLS FIRST", " NULLS LAST"])

    def own_value(self, rel, column):
        """A value that stands in the column, a twin of one, or any of its kind."""
        table = [t for t in self.tables if t.name == rel.table][0]
        at = [c.name for c in table.columns].index(column.name)
        values = [row[at] for row in table.rows if row[at] is not None]
        if column.kind == "text" and self.chance(0.4):
            values = kinds.TWINS
        if not values or self.chance(0.2):
            return self.constant(column.kind)
        return Const(column.kind, self.rng.choice(values))

    def probe(self):
        """One table, one column, one thing that a wrapper may get wrong: nothing to hide behind."""
        rng = self.rng
        q = Query()
        q.first = self.table_rel()
        ident = Col("int4", q.first.alias, "id")
        kind = "text" if self.chance(0.5) else self.any_kind([q.first], kinds.ORDERABLE)
        column = rng.choice(self.columns_of([q.first], kind) or [ident])
        kind = column.kind
        q.targets = [ident]
        shape = rng.choice(["compare", "compare", "between", "in", "function", "sort", "sort", "group", "extreme", "join"])
        if shape == "compare":
            q.where = [Expr("bool", "({0} %s {1})" % rng.choice(kinds.COMPARE), [column, self.own_value(q.first, column)])]
        elif shape == "between":
            q.where = [Expr("bool", "({0} %sBETWEEN {1} AND {2})" % rng.choice(["", "NOT "]),
                            [column] + [self.own_value(q.first, column) for _ in range(2)])]
        elif shape == "in":
            q.where = [Expr("bool", "({0} %sIN ({1}, {2}))" % rng.choice(["", "NOT "]),
                            [column] + [self.own_value(q.first, column) for _ in range(2)])]
        elif shape == "function":
            q.where = [self.condition([q.first], 1)]
        elif shape == "sort":
            q.order_kind, q.order = "total", [(column, self.suffix()), (ident, "")]
            q.limit = rng.choice([None, 1, 2, 5])
        elif shape == "group" and kind in kinds.GROUPABLE:
            q.loose, q.aggregate, q.group = True, True, [column]
            q.targets = [column, Expr("int8", "count(*)", [])]
        elif shape == "extreme" and kind in kinds.MINMAX:
            q.loose, q.aggregate = True, True
            q.targets = [Expr(kind, "min({0})", [column]), Expr(kind, "max({0})", [column]),
                         Expr("int8", "count(DISTINCT {0})", [column])]
        elif shape == "join":
            rel = self.table_rel()
            q.joins = [Join(rng.choice(["INNER", "LEFT"]), rel, [self.join_condition([q.first], rel, False)])]
            q.targets = [ident, Col("int4", rel.alias, "id")]
        return q

    def query(self):
        rng = self.rng
        self.counter = 0
        if self.chance(0.3):
            return self.probe()
        q = Query()
        q.first = self.table_rel() if self.chance(0.85) else self.from_item([], False)
        scope = [q.first]
        for _ in range(rng.choice([0, 0, 0, 0, 1, 1, 2])):
            how = rng.choice(["INNER", "INNER", "LEFT", "LEFT", "RIGHT", "FULL", "CROSS"])
            rel = self.from_item(scope, how in ("INNER", "LEFT", "CROSS"))
            on = []
            if how != "CROSS":
                on.append(self.join_condition(scope, rel, how == "FULL"))
                if how != "FULL" and self.chance(0.3):
                    on.append(self.condition(scope + [rel], 0))
            q.joins.append(Join(how, rel, on))
            scope = scope + [rel]
        for _ in range(rng.choice([0, 1, 1, 1, 2, 2, 3])):
            q.where.append(self.condition(scope, 2))
        roll = rng.random()
        if roll < 0.24:
            self.finish_aggregate(q, scope)
        elif roll < 0.34:
            self.finish_distinct(q, scope)
        elif roll < 0.41:
            self.finish_setop(q, scope)
        else:
            self.finish_plain(q, scope)
        return q

    def join_condition(self, scope, rel, hashable):
        kinds_here = [k for k, _ in rel.columns if k in kinds.ORDERABLE and self.columns_of(scope, k)]
        if not kinds_here:
            return Const("bool", "true", bindable=False)
        kind = self.rng.choice(kinds_here)
        word = "=" if hashable or self.chance(0.75) else self.rng.choice(["<", ">=", "<>", "IS NOT DISTINCT FROM"])
        return Expr("bool", "({0} %s {1})" % word, [self.rng.choice(self.columns_of(scope, kind)),
                                                   self.rng.choice(self.columns_of([rel], kind))])

    def finish_plain(self, q, scope):
        rng = self.rng
        if self.chance(0.25):
            q.targets = [Col(k, rel.alias, n) for rel in scope for k, n in rel.columns]
        else:
            q.targets = [self.expr(self.any_kind(scope), scope, rng.choice([0, 0, 1, 2]))
                         for _ in range(rng.randint(1, 5))]
        unique = [u for rel in scope for u in rel.unique]
        if self.chance(0.12):
            order = ", ".join(u.render(None) for u in unique)
            kind = self.any_kind(scope, kinds.CHEAP)
            template = rng.choice(["row_number() OVER (ORDER BY %s)" % order,
                                   "count(*) OVER (PARTITION BY {0})",
                                   "lag({0}) OVER (ORDER BY %s)" % order,
                                   "rank() OVER (ORDER BY {0})"])
            args = [rng.choice(self.columns_of(scope, kind))] if "{0}" in template else []
            q.targets.append(Expr("window", template, args))
        if not self.chance(0.5):
            return
        candidates = [i for i, t in enumerate(q.targets) if t.kind in kinds.ORDERABLE]
        if candidates and self.chance(0.3):
            q.order_kind = "keys"
            q.order = [(i + 1, self.suffix()) for i in rng.sample(candidates, min(len(candidates), rng.randint(1, 2)))]
            return
        q.order_kind = "total"
        for _ in range(rng.randint(0, 2)):
            kind = self.any_kind(scope, kinds.ORDERABLE)
            q.order.append((self.expr(kind, scope, rng.choice([0, 0, 1])), self.suffix()))
        q.order = [(e, s) for e, s in q.order if not isinstance(e, Const)]
        q.order += [(u, self.suffix()) for u in unique]
        if self.chance(0.6):
            q.limit = rng.choice([0, 1, 2, 3, 5, 10, 100])
        if self.chance(0.25):
            q.offset = rng.choice([0, 1, 3, 50])

    def aggregates(self, scope, count):
        out = []
        for _ in range(count):
            kind, template, args = self.rng.choice(kinds.AGGREGATES)
            args = [self.expr(a, scope, self.rng.choice([0, 0, 1])) for a in args]
            if self.chance(0.2):
                template += " FILTER (WHERE {%d})" % len(args)
                args.append(self.condition(scope, 0))
            out.append(Expr(kind, template, args))
        return out

    def finish_aggregate(self, q, scope):
        q.aggregate = q.loose = True
        keys = []
        if self.chance(0.7):
            for _ in range(self.rng.randint(1, 2)):
                kind = self.any_kind(scope, kinds.GROUPABLE)
                key = self.expr(kind, scope, self.rng.choice([0, 0, 1]))
                if isinstance(key, Const) or any(isinstance(e, Const) for e in walk(key)):
                    first = Col("int4", q.first.alias, q.first.columns[0][1])
                    key = self.rng.choice(self.columns_of(scope, kind) or [first])
                keys.append(key)
            q.group = keys
        q.targets = list(keys) + [Expr("int8", "count(*)", [])] + self.aggregates(scope, self.rng.randint(0, 3))
        if self.chance(0.3):
            q.having.append(Expr("bool", "(count(*) %s {0})" % self.rng.choice(["<", ">", "="]),
                                 [Const("int8", str(self.rng.randint(0, 4)))]))
        if keys and self.chance(0.5):
            q.order_kind = "total"
            q.order = [(i + 1, self.suffix()) for i in range(len(keys))]
            if self.chance(0.4):
                q.limit = self.rng.randint(0, 5)

    def outputs(self, q, scope):
        q.targets = []
        for _ in range(self.rng.randint(1, 3)):
            q.targets.append(self.expr(self.any_kind(scope, kinds.GROUPABLE), scope, self.rng.choice([0, 0, 1])))

    def order_outputs(self, q):
        if self.chance(0.5):
            q.order_kind = "total"
            q.order = [(i + 1, self.suffix()) for i in range(len(q.targets))]
            if self.chance(0.5):
                q.limit = self.rng.randint(0, 6)
            if self.chance(0.2):
                q.offset = self.rng.randint(0, 3)

    def finish_distinct(self, q, scope):
        q.loose = q.distinct = True
        self.outputs(q, scope)
        self.order_outputs(q)

    def finish_setop(self, q, scope):
        q.loose = True
        self.outputs(q, scope)
        other = Query()
        other.first = self.table_rel()
        inside = [other.first]
        other.targets = [self.expr(t.kind, inside, 0) for t in q.targets]
        if self.chance(0.6):
            other.where.append(self.condition(inside, 1))
        word = self.rng.choice(["UNION", "UNION ALL", "EXCEPT", "EXCEPT ALL", "INTERSECT", "INTERSECT ALL"])
        q.setop = (word, other)
        self.order_outputs(q)


def walk(expr):
    yield expr
    for child in expr.args:
        yield from walk(child)


def clone(q):
    return copy.deepcopy(q)
