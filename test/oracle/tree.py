"""Queries as trees that can be rendered, copied and shrunk.

A tree is rendered for one schema at a time ("loc" for the local copy, "rem" for the foreign
tables), with constants written out or, for prepared statements, as parameters.
"""
import copy

from pq import literal

CAST = {"numeric": "numeric", "bpchar": "bpchar", "mood": "ora.mood", "bit": "bit(4)"}


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


# ---- expressions ----

class Expr:
    def __init__(self, kind, template, args):
        self.kind, self.template, self.args = kind, template, args

    def render(self, r):
        return self.template.format(*[a.render(r) for a in self.args]) if self.args else self.template


class Aggregate(Expr):
    """An aggregate over the rows of its query: its arguments meet those rows, it does not."""


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


class SubQuery(Expr):
    """A query inside an expression: "EXISTS ({q})", "{0} NOT IN ({q})", ..."""

    def __init__(self, kind, template, args, query):
        super().__init__(kind, template, args)
        self.query = query

    def render(self, r):
        args = [a.render(r) for a in self.args]
        return self.template.format(*args, q=self.query.render(r))


# ---- what a query reads ----

class Rel:
    """One FROM item: a table, a sub-select or CTE with named outputs, VALUES, or a function."""

    def __init__(self, alias, columns, table=None, query=None, lateral=False, unique=None, rows=None,
                 cte=None, function=None, here=False):
        self.alias, self.columns, self.table, self.query = alias, columns, table, query
        self.lateral, self.unique, self.rows = lateral, unique or [], rows
        self.cte = cte              # Cte; query is then the CTE's own
        self.function = function    # Expr
        self.here = here            # the local copy, also where the others are foreign

    def render(self, r):
        if self.table:
            return "%s.%s %s" % ("loc" if self.here else r.schema, self.table, self.alias)
        if self.cte:
            return "%s %s" % (self.cte.name, self.alias)
        if self.function:
            return "%s %s(%s)" % (self.function.render(r), self.alias, ", ".join(n for _, n in self.columns))
        if self.rows:
            body = "VALUES " + ", ".join("(%s)" % ", ".join(c.text() for c in row) for row in self.rows)
        else:
            body = self.query.render(r)
        return "%s(%s) %s(%s)" % ("LATERAL " if self.lateral else "", body, self.alias,
                                  ", ".join(n for _, n in self.columns))


class Cte:
    """A WITH item; step is the recursive term, if it has one."""

    def __init__(self, name, columns, query, word="", step=None):
        self.name, self.columns, self.query, self.word, self.step = name, columns, query, word, step

    def render(self, r):
        body = self.query.render(r)
        if self.step:
            body = "(%s) UNION ALL (%s)" % (body, self.step.render(r))
        return "%s(%s) AS %s(%s)" % (self.name, ", ".join(n for _, n in self.columns), self.word, body)


class Join:
    def __init__(self, how, rel, on, using=None):
        self.how, self.rel, self.on = how, rel, on  # on: list of conjuncts
        self.using = using                          # a column's name, instead

    def render(self, r):
        rel = self.rel.render(r)
        if self.how == "CROSS":
            return " CROSS JOIN " + rel
        if self.using:
            return " %s JOIN %s USING (%s)" % (self.how, rel, self.using)
        return " %s JOIN %s ON %s" % (self.how, rel, conjunction(self.on, r))


def conjunction(conjuncts, r):
    return " AND ".join(c.render(r) for c in conjuncts) if conjuncts else "true"


# ---- queries ----

class Query:
    def __init__(self):
        self.ctes = []
        self.distinct = False
        self.distinct_on = []
        self.targets = []     # Expr
        self.first = None     # Rel
        self.joins = []
        self.where, self.group, self.having = [], [], []
        self.grouping = None  # ROLLUP, CUBE or GROUPING SETS, of all in group
        self.order = []       # (Expr or output number, suffix)
        self.order_kind = None  # None, "total" (rows come in one order), "keys" (outputs in order)
        self.limit = self.offset = None
        self.ties = False     # FETCH FIRST ... WITH TIES
        self.setop = None     # (word, Query)
        self.loose = False    # equal values may look different: normalise before comparing
        self.aggregate = False

    def rels(self):
        return [self.first] + [j.rel for j in self.joins]

    def render(self, r, where=None):
        """where: other conjuncts to use instead (TLP, conjunct order)."""
        sql = ""
        if self.ctes:
            sql = "WITH %s%s " % ("RECURSIVE " if any(c.step for c in self.ctes) else "",
                                  ", ".join(c.render(r) for c in self.ctes))
        body = self.render_select(r, self.where if where is None else where)
        if self.setop:
            body = "(%s) %s (%s)" % (body, self.setop[0], self.setop[1].render(r))
        return sql + body + self.render_end(r)

    def render_select(self, r, where):
        word = ""
        if self.distinct:
            word = "DISTINCT "
        elif self.distinct_on:
            word = "DISTINCT ON (%s) " % ", ".join(e.render(r) for e in self.distinct_on)
        sql = "SELECT %s%s" % (word, ", ".join(t.render(r) for t in self.targets))
        if self.first:
            sql += " FROM " + self.first.render(r) + "".join(j.render(r) for j in self.joins)
        if where:
            sql += " WHERE " + conjunction(where, r)
        if self.group:
            sql += " GROUP BY " + self.render_group([g.render(r) for g in self.group])
        if self.having:
            sql += " HAVING " + conjunction(self.having, r)
        return sql

    def render_group(self, keys):
        if self.grouping is None:
            return ", ".join(keys)
        if self.grouping == "GROUPING SETS":
            return "GROUPING SETS ((%s), %s, ())" % (", ".join(keys), ", ".join("(%s)" % k for k in keys))
        return "%s (%s)" % (self.grouping, ", ".join(keys))

    def render_end(self, r):
        sql = ""
        if self.order:
            sql += " ORDER BY " + ", ".join((str(e) if isinstance(e, int) else e.render(r)) + s
                                            for e, s in self.order)
        if self.limit is not None and not self.ties:
            sql += " LIMIT %d" % self.limit
        if self.offset is not None:
            sql += " OFFSET %d" % self.offset
        if self.limit is not None and self.ties:
            sql += " FETCH FIRST %d ROWS WITH TIES" % self.limit
        return sql


def walk(expr):
    yield expr
    for child in expr.args:
        yield from walk(child)


def clone(q):
    return copy.deepcopy(q)
