"""Seeded generator of tables with boundary data and of expressions and queries over them."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import kinds  # noqa: E402
from pq import literal  # noqa: E402
from shapes import Shapes  # noqa: E402
from tree import Aggregate, Col, Const, Expr, Query, Rel, Renderer, SubQuery, clone, walk  # noqa: E402,F401

RESULT_OF = {}
for _result, _template, _args in kinds.PRODUCTIONS:
    RESULT_OF.setdefault(_result, []).append((_template, _args))


# ---- tables ----

class Column:
    def __init__(self, name, kind, local, remote, local_collate, remote_collate, spread, not_null, closed=False):
        self.name, self.kind, self.local, self.remote = name, kind, local, remote
        self.local_collate, self.remote_collate = local_collate, remote_collate
        self.values, self.not_null, self.closed = spread, not_null, closed

    def definition(self, remote):
        kind, collate = (self.remote, self.remote_collate) if remote else (self.local, self.local_collate)
        return "%s %s%s%s" % (self.name, kind, " " + collate if collate else "",
                              " NOT NULL" if self.not_null else "")


class Table:
    def __init__(self, name, columns, rows):
        self.name, self.columns, self.rows = name, columns, rows

    def create(self, where, remote):
        return "CREATE TABLE %s.%s (%s)" % (where, self.name, self.definitions(remote))

    def definitions(self, remote):
        return ", ".join(c.definition(remote) for c in self.columns)

    def insert(self, where, rows=None):
        rows = self.rows if rows is None else rows
        if not rows:
            return None
        return "INSERT INTO %s.%s VALUES %s" % (
            where, self.name, ", ".join("(%s)" % ", ".join(literal(v) for v in row) for row in rows))


class Generator(Shapes):
    def __init__(self, rng, platform):
        self.rng, self.platform = rng, platform
        self.tables, self.ctes, self.counter = [], [], 0

    def chance(self, p):
        return self.rng.random() < p

    # ---- schemas ----

    def make_tables(self):
        # What the name says, place.py does: "u" is on another server, "p" has partitions.
        self.tables = [self.make_table(name) for name in ("t1", "t2", "t3", self.rng.choice(["t4", "t4", "u4", "p4"]))]
        return self.tables

    def make_table(self, name):
        rng = self.rng
        columns = [Column("id", "int4", "integer", self.platform.data.get("id", "integer"), "", "", None, True)]
        wanted = rng.sample(self.platform.column_kinds(), rng.randint(5, 9)) + ["text", "int4", "text"]
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
        local, remote, values, closed = rng.choice(self.platform.declarations(kind))
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
            if self.platform.place and not closed:
                remote_collate = rng.choice(self.platform.remote_collations)
            elif self.chance(0.6) and remote.split("(")[0] in ("text", "varchar", "char", "bpchar"):
                remote_collate = rng.choice(self.platform.remote_collations)
        if kind == "text" and local == remote and self.chance(0.6):
            values = kinds.TWINS
        spread = rng.sample(values, min(len(values), rng.randint(3, 14)))
        local, remote = local.format(mood="ora.mood"), remote.format(mood="public.mood")
        return Column(name, kinds.EXPRESSION_TYPE.get(kind, kind), local, remote,
                      local_collate, remote_collate, spread, self.chance(0.15), closed)

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
            count = rng.choice([2, 2, 2, 3])
            return Expr(kind, "COALESCE(%s)" % ", ".join("{%d}" % i for i in range(count)),
                        [self.expr(kind, scope, depth - 1) for _ in range(count)])
        if roll < 0.14:
            template = rng.choice(["CASE WHEN {0} THEN {1} ELSE {2} END", "CASE WHEN {0} THEN {1} ELSE {2} END",
                                   "CASE WHEN {0} THEN {1} WHEN {1} IS NOT NULL THEN {2} END"])
            return Expr(kind, template,
                        [self.condition(scope, depth - 1)] + [self.expr(kind, scope, depth - 1) for _ in range(2)])
        if roll < 0.17:
            if kind in kinds.ORDERABLE:
                return Expr(kind, "NULLIF({0}, {1})", [self.expr(kind, scope, depth - 1) for _ in range(2)])
        if roll < 0.20 and kind in kinds.CHEAP:
            count = rng.choice([2, 2, 3])
            return Expr(kind, rng.choice(["greatest", "least"]) + "(%s)" % ", ".join("{%d}" % i for i in range(count)),
                        [self.expr(kind, scope, depth - 1) for _ in range(count)])
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
        return self.worded(template), args

    def call(self, scope):
        """A production whose arguments are columns, but for those of which there is none, or by chance."""
        here = {k for rel in scope for k, _ in rel.columns}
        fitting = [p for p in kinds.PRODUCTIONS if any(a in here for a in p[2])]
        kind, template, args = self.rng.choices(fitting, [kinds.meanings(t) for _, t, _ in fitting])[0]
        return Expr(kind, self.worded(template),
                    [self.rng.choice(self.columns_of(scope, a)) if a in here and self.chance(0.9) else self.expr(a, scope, 0)
                     for a in args])

    def worded(self, template):
        for word, meanings in kinds.WORDS.items():
            if word in template:
                template = template.replace(word, self.rng.choice(meanings))
        return template

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
        return Rel(alias, [(c.kind, c.name) for c in table.columns], table=table.name, here=self.chance(0.04),
                   unique=[Col("int4", alias, "id")])

    def inner_query(self, scope, target):
        """SELECT target FROM one relation or two WHERE ..., often correlated with scope."""
        q = Query()
        q.first = self.cte_rel() if self.ctes and self.chance(0.3) else self.table_rel()
        inside = [q.first]
        if self.chance(0.2):
            inside.append(self.table_rel())
            q.joins.append(self.join(q, [q.first], inside[1], self.rng.choice(["INNER", "INNER", "LEFT"])))
        if self.chance(0.7):
            kind = self.any_kind(inside, kinds.ORDERABLE)
            outer = self.columns_of(scope, kind)
            left = self.rng.choice(self.columns_of(inside, kind))
            q.where.append(Expr("bool", "({0} %s {1})" % self.rng.choice(["=", "=", "<", "IS NOT DISTINCT FROM"]),
                                [left, self.rng.choice(outer) if outer else self.constant(kind)]))
        if self.chance(0.4):
            q.where.append(self.condition(inside + scope, 0))
        q.targets = target(inside)
        return q

    def first_of(self, q):
        """One row of q, or a few: the order is total, so which ones is known."""
        q.order = [(u, self.suffix()) for rel in q.rels() for u in rel.unique]
        q.limit = self.rng.choice([1, 1, 2])

    def scalar_subquery(self, kind, scope):
        roll = self.rng.random()
        if roll < 0.2:
            q = self.inner_query(scope, lambda inside: [self.expr(kind, inside, 0)])
            self.first_of(q)
            q.limit = 1
            return SubQuery(kind, "({q})", [], q)
        if roll < 0.3 and kind in ("int8", "int4"):
            q = self.inner_query(scope, lambda inside: [Aggregate(kind, "count(*)::%s" % kind, [])])
            return SubQuery(kind, "({q})", [], q)
        word = self.rng.choice(["min", "max"])
        q = self.inner_query(scope, lambda inside: [Aggregate(kind, word + "({0})", [self.expr(kind, inside, 0)])])
        return SubQuery(kind, "({q})", [], q)

    def subquery_condition(self, scope):
        rng = self.rng
        roll = rng.random()
        if roll < 0.40:
            q = self.inner_query(scope, lambda inside: [Const("int4", "1", bindable=False)])
            return SubQuery("bool", rng.choice(["EXISTS ({q})", "(NOT EXISTS ({q}))"]), [], q)
        if roll < 0.48:
            pair = [self.any_kind(scope, kinds.CHEAP) for _ in range(2)]
            q = self.inner_query(scope, lambda inside: [self.expr(k, inside, 0) for k in pair])
            return SubQuery("bool", rng.choice(["(({0}, {1}) IN ({q}))", "(({0}, {1}) NOT IN ({q}))"]),
                            [self.expr(k, scope, 0) for k in pair], q)
        if roll < 0.54:
            q = self.inner_query(scope, lambda inside: [self.expr("int4", inside, 0)])
            self.first_of(q)
            q.limit = rng.choice([None, 2, 3])
            return SubQuery("bool", rng.choice(["({0} = ANY (ARRAY({q})))", "({0} <> ALL (ARRAY({q})))"]),
                            [self.expr("int4", scope, 0)], q)
        kind = self.any_kind(scope, kinds.CHEAP)
        q = self.inner_query(scope, lambda inside: [self.expr(kind, inside, 0)])
        if self.chance(0.15):
            self.first_of(q)
        template = rng.choice(["({0} IN ({q}))", "({0} NOT IN ({q}))", "({0} = ANY ({q}))", "({0} > ALL ({q}))",
                               "({0} <> ALL ({q}))", "({0} <= ANY ({q}))"])
        return SubQuery("bool", template, [self.expr(kind, scope, 0)], q)
