"""The shapes of generated queries: joins, aggregates, windows, set operations, CTEs, derived tables.

Everything here keeps one promise: the result follows from the rows alone.  Where equal values may
look different, or rows tie, the query says so (loose, order_kind) or avoids it.
"""
import kinds
from tree import Aggregate, Col, Const, Cte, Expr, Join, Query, Rel, walk

# Windows: "{o}" is an order that is total, "{k}" one with ties, "{p}" a partition.
RANKS = ["row_number() OVER ({p}ORDER BY {o})", "rank() OVER ({p}ORDER BY {k})", "dense_rank() OVER ({p}ORDER BY {k})",
         "percent_rank() OVER ({p}ORDER BY {k})", "cume_dist() OVER ({p}ORDER BY {k})", "ntile(3) OVER ({p}ORDER BY {o})"]
MOVES = ["lag({0}) OVER ({p}ORDER BY {o})", "lead({0}, 2) OVER ({p}ORDER BY {o})", "lag({0}, 1, {0}) OVER ({p}ORDER BY {o})",
         "first_value({0}) OVER ({p}ORDER BY {o})", "nth_value({0}, 2) OVER ({p}ORDER BY {o} {f})",
         "last_value({0}) OVER ({p}ORDER BY {o} {f})", "min({0}) OVER ({p}ORDER BY {o} {f})",
         "max({0}) OVER ({p}ORDER BY {k})", "min({0}) OVER ({p})"]
SUMS = ["count(*) OVER ({p})", "count({0}) OVER ({p}ORDER BY {k})", "sum({0}) OVER ({p}ORDER BY {o} {f})",
        "avg({0}) OVER ({p}ORDER BY {o} {f})", "sum({0}) OVER ({p}ORDER BY {k} GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING)",
        "sum({0}) FILTER (WHERE {1}) OVER ({p}ORDER BY {o})", "array_agg({0}) OVER ({p}ORDER BY {o} {f})",
        "count(*) OVER (ORDER BY {0} RANGE BETWEEN 1 PRECEDING AND 2 FOLLOWING)"]
FRAMES = ["", "ROWS UNBOUNDED PRECEDING", "ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", "ROWS BETWEEN 2 FOLLOWING AND 4 FOLLOWING",
          "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING", "RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
          "ROWS BETWEEN 3 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW",
          "GROUPS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE TIES"]
SETOPS = ["UNION", "UNION ALL", "EXCEPT", "EXCEPT ALL", "INTERSECT", "INTERSECT ALL"]
# What a grouped derived table shows: aggregates whose results look one way only.
PLAIN_AGGREGATES = [(k, t, a) for k, t, a in kinds.AGGREGATES
                    if k in kinds.CHEAP and all(x in kinds.CHEAP | {"any", "cheap"} for x in a)]


class Shapes:
    """Mixed into the generator, whose tables, expressions and conditions it uses."""

    # ---- what a query reads ----

    def from_item(self, scope, lateral):
        roll = self.rng.random()
        if self.ctes and roll < 0.3:
            return self.cte_rel()
        if roll < 0.70:
            return self.table_rel()
        if roll < 0.75:
            kind = self.rng.choice(["int4", "text", "int8", "date"])
            rows = [[Const("int4", str(i), bindable=False), Const(kind, self.constant(kind).value, bindable=False)]
                    for i in range(self.rng.randint(1, 4))]
            alias = self.alias()
            return Rel(alias, [("int4", "v1"), (kind, "v2")], rows=rows, unique=[Col("int4", alias, "v1")])
        if roll < 0.79 and lateral:
            return self.function_rel(scope)
        return self.derived(scope if lateral and self.chance(0.7) else [])

    def function_rel(self, scope):
        """Rows that a function makes of the row beside it."""
        arrays = self.columns_of(scope, "int4[]") + self.columns_of(scope, "text[]")
        alias = self.alias()
        if arrays and self.chance(0.6):
            array = self.rng.choice(arrays)
            return Rel(alias, [(array.kind[:-2], "v2"), ("int8", "v1")], lateral=True, unique=[Col("int8", alias, "v1")],
                       function=Expr("rows", "LATERAL unnest({0}) WITH ORDINALITY", [array]))
        numbers = self.columns_of(scope, "int4") or [Const("int4", "3", bindable=False)]
        return Rel(alias, [("int4", "v1")], lateral=True, unique=[Col("int4", alias, "v1")],
                   function=Expr("rows", "LATERAL generate_series(1, {0} % 4)", [self.rng.choice(numbers)]))

    def derived(self, outer, alias=None):
        """A sub-select whose rows are all different; outer: what it may read laterally."""
        alias = alias or self.alias()
        shape = self.rng.choice(["plain", "plain", "plain", "join", "group", "group", "distinct", "setop", "window"])
        q = Query()
        q.first = self.table_rel()
        inside = [q.first]
        if shape == "join" or self.chance(0.1):
            inside.append(self.table_rel())
            q.joins.append(self.join(q, [q.first], inside[1], self.rng.choice(["INNER", "LEFT", "LEFT"])))
        for _ in range(self.rng.choice([0, 1, 1, 2])):
            q.where.append(self.condition(inside + outer, 1))
        count = getattr(self, "derive_" + shape, self.derive_plain)(q, inside, outer)
        columns = [(t.kind, "s%d" % (i + 1)) for i, t in enumerate(q.targets)]
        return Rel(alias, columns, query=q, lateral=bool(outer),
                   unique=[Col(k, alias, n) for k, n in columns[:count]])

    def derive_plain(self, q, inside, outer):
        q.targets = [u for rel in inside for u in rel.unique]
        count = len(q.targets)
        q.targets += [self.expr(self.any_kind(inside), inside + outer, 1) for _ in range(self.rng.randint(1, 3))]
        if self.chance(0.3):
            q.order, q.order_kind = [(t, self.suffix()) for t in q.targets[:count]], "total"
            if self.chance(0.8):
                q.limit = self.rng.randint(0, 6)
            if self.chance(0.2):
                q.offset = self.rng.randint(0, 2)
        return count

    def derive_group(self, q, inside, _):
        q.aggregate = True
        q.group = [self.rng.choice(self.columns_of(inside, self.any_kind(inside, kinds.CHEAP)))
                   for _ in range(self.rng.choice([1, 1, 2]))]
        q.targets = list(q.group) + [Aggregate("int8", "count(*)", [])]
        q.targets += self.aggregates(inside, self.rng.randint(0, 2), PLAIN_AGGREGATES)
        if self.chance(0.3):
            q.having.append(Expr("bool", "({0} > {1})", [Aggregate("int8", "count(*)", []), Const("int8", "1")]))
        return len(q.group)

    def derive_distinct(self, q, inside, _):
        q.distinct = True
        q.targets = [self.rng.choice(self.columns_of(inside, self.any_kind(inside, kinds.CHEAP)))
                     for _ in range(self.rng.randint(1, 3))]
        return len(q.targets)

    def derive_setop(self, q, inside, outer):
        q.targets = [self.rng.choice(self.columns_of(inside, self.any_kind(inside, kinds.CHEAP)))
                     for _ in range(self.rng.randint(1, 2))]
        q.setop = (self.rng.choice(["UNION", "EXCEPT", "INTERSECT"]), self.branch(q.targets, 0))
        return len(q.targets)

    def derive_window(self, q, inside, outer):
        count = self.derive_plain(q, inside, outer)
        order = ", ".join(u.render(None) for u in q.targets[:count])
        q.targets.append(Expr("int8", "row_number() OVER (ORDER BY %s)" % order, []))
        kind = self.any_kind(inside, kinds.CHEAP)
        q.targets.append(Expr("int8", "count(*) OVER (PARTITION BY {0})", [self.rng.choice(self.columns_of(inside, kind))]))
        return count

    def cte_rel(self):
        """Another use of a CTE of the query under way."""
        cte = self.rng.choice(self.ctes)
        alias = self.alias()
        return Rel(alias, cte.columns, query=cte.query, cte=cte, unique=[Col(k, alias, n) for k, n in cte.unique])

    def make_ctes(self, q):
        """WITH items; each may read the ones before it."""
        for _ in range(self.rng.choice([1, 1, 2])):
            number = len(self.ctes) + 1
            rel = self.derived([])
            cte = Cte("w%d" % number, rel.columns, rel.query, self.rng.choice(["", "", "MATERIALIZED ", "NOT MATERIALIZED "]))
            cte.unique = [(u.kind, u.name) for u in rel.unique]
            q.ctes.append(cte)
            self.ctes.append(cte)
        if self.chance(0.15):
            q.ctes.append(self.recursive_cte())
            self.ctes.append(q.ctes[-1])

    def recursive_cte(self):
        """Numbers, and the rows of a table that each of them meets."""
        base, step = Query(), Query()
        base.first = self.table_rel()
        base.targets = [Const("int4", "1", bindable=False), Col("int4", base.first.alias, "id")]
        base.where = [Expr("bool", "({0} < 5)", [base.targets[1]])]
        columns = [("int4", "n"), ("int4", "id")]
        cte = Cte("w9", columns, base, step=step)
        cte.unique = columns
        alias = self.alias()
        step.first = Rel(alias, columns, query=base, cte=cte, unique=[Col(k, alias, n) for k, n in columns])
        rel = self.table_rel()
        level, ident = Col("int4", alias, "n"), Col("int4", rel.alias, "id")
        step.joins = [Join("INNER", rel, [Expr("bool", "({0} = {1} + 1)", [ident, Col("int4", alias, "id")])])]
        step.targets = [Expr("int4", "({0} + 1)", [level]), ident]
        step.where = [Expr("bool", "({0} < 4)", [level])]
        return cte

    # ---- joins ----

    def join_condition(self, scope, rel, hashable):
        kinds_here = [k for k, _ in rel.columns if k in kinds.ORDERABLE and self.columns_of(scope, k)]
        if not kinds_here:
            return Const("bool", "true", bindable=False)
        kind = self.rng.choice(kinds_here)
        word = "=" if hashable or self.chance(0.75) else self.rng.choice(["<", ">=", "<>", "IS NOT DISTINCT FROM"])
        return Expr("bool", "({0} %s {1})" % word, [self.rng.choice(self.columns_of(scope, kind)),
                                                   self.rng.choice(self.columns_of([rel], kind))])

    def join(self, q, scope, rel, how):
        """How rel joins what is in scope: by id rather often, or little would be left to compare."""
        if how == "CROSS":
            return Join(how, rel, [])
        tables = [s for s in scope if s.table]
        if rel.table and tables and self.chance(0.4):
            if len(scope) == 1 and self.chance(0.3):
                return Join(how, rel, [], using="id")
            on = [Expr("bool", "({0} = {1})", [self.rng.choice(tables).unique[0], rel.unique[0]])]
        else:
            on = [self.join_condition(scope, rel, how == "FULL")]
        if how != "FULL" and self.chance(0.3):
            on.append(self.condition(scope + [rel], 0))
        return Join(how, rel, on)

    def suffix(self):
        return self.rng.choice(["", " ASC", " DESC"]) + self.rng.choice(["", "", " NULLS FIRST", " NULLS LAST"])

    # ---- one thing at a time ----

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
        q.targets = [ident]
        shape = rng.choice(["compare", "compare", "between", "in", "function", "call", "call", "call", "call", "call", "sort", "group",
                            "group", "extreme", "join", "join", "window", "distinct", "setop"])
        getattr(self, "probe_" + shape)(q, column, ident)
        return q

    def probe_compare(self, q, column, _):
        q.where = [Expr("bool", "({0} %s {1})" % self.rng.choice(kinds.COMPARE), [column, self.own_value(q.first, column)])]

    def probe_between(self, q, column, _):
        q.where = [Expr("bool", "({0} %sBETWEEN {1} AND {2})" % self.rng.choice(["", "NOT "]),
                        [column] + [self.own_value(q.first, column) for _ in range(2)])]

    def probe_in(self, q, column, _):
        q.where = [Expr("bool", "({0} %sIN ({1}, {2}))" % self.rng.choice(["", "NOT "]),
                        [column] + [self.own_value(q.first, column) for _ in range(2)])]

    def probe_function(self, q, *_):
        q.where = [self.condition([q.first], 1)]

    def probe_call(self, q, _, ident):
        """One function or operator of columns and constants, where its answer is seen or decides."""
        call = self.call([q.first])
        shape = self.rng.choice(["shown", "shown", "where", "where", "group", "order"])
        if shape == "shown":
            q.targets = [ident, call]
            q.order_kind, q.order = "total", [(ident, "")]
        elif shape == "group" and call.kind in kinds.GROUPABLE:
            q.loose, q.aggregate, q.group = True, True, [call]
            q.targets = [call, Aggregate("int8", "count(*)", [])]
        elif shape == "order" and call.kind in kinds.ORDERABLE:
            q.order_kind, q.order = "total", [(call, self.suffix()), (ident, "")]
            q.limit = self.rng.choice([None, 1, 3])
        elif call.kind == "bool":
            q.where = [call]
        elif call.kind in kinds.ORDERABLE:
            q.where = [Expr("bool", "({0} %s {1})" % self.rng.choice(kinds.COMPARE), [call, self.constant(call.kind)])]
        else:
            q.where = [Expr("bool", "({0} IS NOT NULL)", [call])]

    def probe_sort(self, q, column, ident):
        q.order_kind, q.order = "total", [(column, self.suffix()), (ident, "")]
        q.limit = self.rng.choice([None, 1, 2, 5])

    def probe_group(self, q, column, _):
        if column.kind not in kinds.GROUPABLE:
            return
        q.loose, q.aggregate, q.group = True, True, [column]
        q.targets = [column, Aggregate("int8", "count(*)", [])]
        if self.chance(0.5):
            q.targets += self.aggregates([q.first], 1)
        if self.chance(0.3):
            q.having = [self.having_condition([q.first])]

    def probe_extreme(self, q, column, _):
        if column.kind not in kinds.MINMAX:
            return
        q.loose, q.aggregate = True, True
        q.targets = [Aggregate(column.kind, "min({0})", [column]), Aggregate(column.kind, "max({0})", [column]),
                     Aggregate("int8", "count(DISTINCT {0})", [column])]

    def probe_join(self, q, _, ident):
        rel = self.table_rel()
        how = self.rng.choice(["INNER", "LEFT", "RIGHT", "FULL"])
        q.joins = [Join(how, rel, [self.join_condition([q.first], rel, how == "FULL")])]
        q.targets = [ident, Col("int4", rel.alias, "id")]
        if self.chance(0.3):
            q.where = [self.condition([q.first, rel], 0)]

    def probe_window(self, q, column, ident):
        q.loose, q.targets = True, [ident, self.window([q.first], [column])]

    def probe_distinct(self, q, column, ident):
        if column.kind not in kinds.GROUPABLE:
            return
        if self.chance(0.5):
            q.loose = q.distinct = True
            q.targets = [column]
            return
        self.distinct_on(q, [column], [ident])

    def probe_setop(self, q, column, _):
        if column.kind not in kinds.GROUPABLE:
            return
        q.loose, q.targets = True, [column]
        other = Query()
        other.first = self.table_rel()
        other.targets = [self.expr(column.kind, [other.first], 0)]
        q.setop = (self.rng.choice(SETOPS), other)

    # ---- whole queries ----

    def query(self):
        rng = self.rng
        self.counter, self.ctes = 0, []
        if self.chance(0.3):
            return self.probe()
        q = Query()
        if self.chance(0.12):
            self.make_ctes(q)
        q.first = self.table_rel() if self.chance(0.8) else self.from_item([], False)
        scope = [q.first]
        for _ in range(rng.choice([0, 0, 0, 0, 1, 1, 1, 2, 2, 3])):
            # Rows multiply where nothing limits them.
            how = rng.choice(["INNER", "INNER", "LEFT", "LEFT", "RIGHT", "FULL"] + ["CROSS"] * (len(scope) < 2))
            rel = self.from_item(scope, how in ("INNER", "LEFT", "CROSS"))
            q.joins.append(self.join(q, scope, rel, how))
            scope = scope + [rel]
        for _ in range(rng.choice([0, 1, 1, 1, 2, 2, 3])):
            q.where.append(self.condition(scope, 2))
        finish = rng.choices([self.finish_aggregate, self.finish_distinct, self.finish_setop, self.finish_window,
                              self.finish_ties, self.finish_plain], [26, 9, 9, 9, 3, 44])[0]
        finish(q, scope)
        return q

    def outputs_of(self, scope):
        if self.chance(0.25):
            return [Col(k, rel.alias, n) for rel in scope for k, n in rel.columns]
        return [self.expr(self.any_kind(scope), scope, self.rng.choice([0, 0, 1, 2]))
                for _ in range(self.rng.randint(1, 5))]

    def order_total(self, q, scope):
        """An order without ties, and perhaps a part of it only."""
        rng = self.rng
        q.order_kind = "total"
        for _ in range(rng.randint(0, 2)):
            kind = self.any_kind(scope, kinds.ORDERABLE)
            q.order.append((self.expr(kind, scope, rng.choice([0, 0, 1])), self.suffix()))
        q.order = [(e, s) for e, s in q.order if not isinstance(e, Const)]
        q.order += [(u, self.suffix()) for rel in scope for u in rel.unique]
        if self.chance(0.6):
            q.limit = rng.choice([0, 1, 2, 3, 5, 10, 100])
        if self.chance(0.25):
            q.offset = rng.choice([0, 1, 3, 50])

    def order_keys(self, q):
        """The order of some outputs; False when none can be ordered by."""
        candidates = [i for i, t in enumerate(q.targets) if t.kind in kinds.ORDERABLE]
        if candidates:
            q.order_kind = "keys"
            q.order = [(i + 1, self.suffix()) for i in self.rng.sample(candidates, min(len(candidates), self.rng.randint(1, 2)))]
        return bool(candidates)

    def finish_plain(self, q, scope):
        q.targets = self.outputs_of(scope)
        if not self.chance(0.5):
            return
        if not (self.chance(0.3) and self.order_keys(q)):
            self.order_total(q, scope)

    def finish_ties(self, q, scope):
        """FETCH FIRST ... WITH TIES: which rows is known, though their order is not."""
        q.targets = self.outputs_of(scope)
        if self.order_keys(q):
            q.ties, q.limit = True, self.rng.choice([1, 2, 5])

    def window(self, scope, among=None):
        """One window function over the rows of scope."""
        rng = self.rng
        total = ", ".join(u.render(None) + self.suffix() for rel in scope for u in rel.unique)
        kind = self.any_kind(scope, kinds.ORDERABLE)
        key = rng.choice(among or self.columns_of(scope, kind) or scope[0].unique)
        part = rng.choice(among or self.columns_of(scope, self.any_kind(scope, kinds.GROUPABLE)) or scope[0].unique)
        group = rng.choice([RANKS, MOVES, SUMS])
        template = rng.choice(group)
        if group is SUMS:
            value = self.expr("int4", scope, rng.choice([0, 0, 1]))
        elif template.startswith("m"):
            value = self.expr(self.any_kind(scope, kinds.MINMAX), scope, 0)
        else:
            value = key
        ties = key.render(None) + self.suffix()
        partition = "PARTITION BY %s " % part.render(None) if self.chance(0.5) and part.kind in kinds.GROUPABLE else ""
        template = (template.replace("{p}", partition).replace("{o}", ties + ", " + total if self.chance(0.5) else total)
                    .replace("{k}", ties).replace("{f}", rng.choice(FRAMES)))
        args = [value] if "{0}" in template else []
        if "{1}" in template:
            args.append(self.condition(scope, 0))
        return Expr("window", template, args)

    def finish_window(self, q, scope):
        q.loose = True
        q.targets = [u for rel in scope for u in rel.unique] + [self.window(scope) for _ in range(self.rng.choice([1, 1, 2, 3]))]
        if self.chance(0.3):
            self.order_total(q, scope)

    # ---- aggregates ----

    def aggregates(self, scope, count, among=None):
        out = []
        for _ in range(count):
            kind, template, args = self.rng.choice(among or kinds.AGGREGATES)
            args = [self.expr(a, scope, self.rng.choice([0, 0, 1])) for a in args]
            if self.chance(0.2):
                template += " FILTER (WHERE {%d})" % len(args)
                args.append(self.condition(scope, 0))
            out.append(Aggregate(kind, template, args))
        return out

    def having_condition(self, scope):
        """A condition on a group: of its size, or of some other aggregate."""
        word = self.rng.choice(["<", ">", "=", "<=", "IS DISTINCT FROM"])
        if self.chance(0.5):
            return Expr("bool", "({0} %s {1})" % word,
                        [Aggregate("int8", "count(*)", []), Const("int8", str(self.rng.randint(0, 4)))])
        aggregate = self.aggregates(scope, 1, [a for a in kinds.AGGREGATES if a[0] in kinds.ORDERABLE])[0]
        return Expr("bool", "({0} %s {1})" % word, [aggregate, self.constant(aggregate.kind)])

    def group_keys(self, q, scope):
        keys = []
        for _ in range(self.rng.choice([1, 1, 2])):
            kind = self.any_kind(scope, kinds.GROUPABLE)
            key = self.expr(kind, scope, self.rng.choice([0, 0, 1]))
            # A parameter is not known to be the one of the GROUP BY.
            if any(isinstance(e, Const) or hasattr(e, "query") for e in walk(key)):
                first = Col(q.first.columns[0][0], q.first.alias, q.first.columns[0][1])
                key = self.rng.choice(self.columns_of(scope, kind) or [first])
            keys.append(key)
        return keys

    def finish_aggregate(self, q, scope):
        q.aggregate = q.loose = True
        keys = self.group_keys(q, scope) if self.chance(0.7) else []
        q.group = keys
        q.targets = list(keys) + [Aggregate("int8", "count(*)", [])] + self.aggregates(scope, self.rng.randint(0, 3))
        if self.chance(0.3):
            q.having.append(self.having_condition(scope))
        order = list(range(1, len(keys) + 1))
        if keys and self.chance(0.15):
            q.grouping = self.rng.choice(["ROLLUP", "CUBE", "GROUPING SETS"])
            names = ", ".join("{%d}" % i for i in range(len(keys)))
            q.targets.append(Expr("int4", "GROUPING(%s)" % names, list(keys)))
            order.append(len(q.targets))
        elif self.chance(0.12):
            q.targets.append(self.window_of_groups(keys))
        if keys and self.chance(0.5):
            q.order_kind = "total"
            q.order = [(i, self.suffix()) for i in order]
            if self.chance(0.2) and not q.grouping:
                q.order.insert(0, (Aggregate("int8", "count(*)", []), self.suffix()))
            if self.chance(0.4):
                q.limit = self.rng.randint(0, 5)

    def window_of_groups(self, keys):
        """A window over groups; its order is theirs, so it has no ties."""
        order = ", ".join("{%d}" % i for i in range(len(keys)))
        choices = ["sum(count(*)) OVER ()", "rank() OVER (ORDER BY count(*) DESC)"]
        if keys:
            choices += ["row_number() OVER (ORDER BY %s)" % order, "sum(count(*)) OVER (ORDER BY %s)" % order]
        template = self.rng.choice(choices)
        return Aggregate("window", template, list(keys) if "{0}" in template else [])

    # ---- distinct rows and sets of rows ----

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

    def distinct_on(self, q, keys, unique):
        """The first row of each key: in the order of keys, and one that is total within them."""
        q.distinct_on, q.order_kind = list(keys), "total"
        q.order = [(k, self.suffix()) for k in keys] + [(u, self.suffix()) for u in unique]
        q.targets = list(unique) + list(keys)

    def finish_distinct(self, q, scope):
        if self.chance(0.35):
            keys = [c for c in [self.rng.choice(self.columns_of(scope, self.any_kind(scope)) or [None])]
                    if c is not None and c.kind in kinds.GROUPABLE]
            if keys:
                self.distinct_on(q, keys, [u for rel in scope for u in rel.unique])
                q.targets += [self.expr(self.any_kind(scope), scope, 1)]
                return
        q.loose = q.distinct = True
        self.outputs(q, scope)
        self.order_outputs(q)

    def branch(self, targets, depth):
        """Another query with outputs of the same kinds."""
        other = Query()
        other.first = self.from_item([], False) if self.chance(0.2) else self.table_rel()
        inside = [other.first]
        if self.chance(0.15):
            inside.append(self.table_rel())
            other.joins.append(self.join(other, [other.first], inside[1], "INNER"))
        other.targets = [self.expr(t.kind, inside, 0) for t in targets]
        if self.chance(0.6):
            other.where.append(self.condition(inside, 1))
        if depth > 0 and self.chance(0.3):
            other.setop = (self.rng.choice(SETOPS), self.branch(targets, depth - 1))
        return other

    def finish_setop(self, q, scope):
        q.loose = True
        self.outputs(q, scope)
        q.setop = (self.rng.choice(SETOPS), self.branch(q.targets, 1))
        self.order_outputs(q)
