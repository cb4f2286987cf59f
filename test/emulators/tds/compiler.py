"""Queries: T-SQL's SELECT to the engine's, with every name resolved and every column typed."""
import sqltypes as t
from convert import E, convert, literal, quote
from errors import SqlError, unknown
from expressions import Expressions, engine_collation, has_call
from functions import AGGREGATES
from parser import N


class Column:
    """A column of a table or a query, as others see it."""

    def __init__(self, name, sql, kind, nullable=True, label=1, collation=None, identity=False, computed=False,
                 table=None, ident=None):
        self.name, self.sql, self.kind, self.nullable = name, sql, kind, nullable
        self.label, self.collation = label, collation
        self.identity, self.computed, self.table, self.ident = identity, computed, table, ident


class Source:
    """What stands in a FROM clause under one name."""

    def __init__(self, alias, columns, parts=(), table=None, pg=None):
        self.alias, self.columns, self.parts, self.table, self.pg = alias, columns, list(parts), table, pg

    def find(self, name):
        return [c for c in self.columns if c.name is not None and c.name.lower() == name]

    def answers_to(self, qualifier):
        if len(qualifier) == 1:
            return self.alias.lower() == qualifier[0]
        have = [p.lower() for p in self.parts]
        return bool(have) and have[-len(qualifier):] == qualifier


class Query:
    def __init__(self, sql, columns):
        self.sql, self.columns = sql, columns


class Scope:
    def __init__(self, parent, clause="select"):
        self.parent, self.clause = parent, clause
        self.sources = []
        self.ctes = {}
        # Texts of the GROUP BY expressions once there is grouping, and the columns outside them.
        self.grouped = None
        self.loose = []
        self.aggregates = self.in_aggregate = self.in_window = False

    def chain(self):
        s = self
        while s is not None:
            yield s
            s = s.parent

    def aggregating(self):
        return self

    def cte(self, name):
        for s in self.chain():
            if name in s.ctes:
                return s.ctes[name]
        return None

    def add(self, source):
        if any(o.alias.lower() == source.alias.lower() and (not o.parts or not source.parts or o.parts == source.parts)
               for o in self.sources):
            if source.parts:
                raise SqlError(1013, source.alias, source.alias)
            raise SqlError(1011, source.alias)
        self.sources.append(source)

    def resolve(self, parts, compiler):
        name, qualifier = parts[-1].lower(), [p.lower() for p in parts[:-1] if p]
        bound = False
        for s in self.chain():
            found = []
            for source in s.sources:
                if qualifier and not source.answers_to(qualifier):
                    continue
                bound = bound or bool(qualifier)
                found += source.find(name)
            if len(found) > 1:
                raise SqlError(209, parts[-1])
            if found:
                c = found[0]
                if s.grouped is not None and not s.in_aggregate:
                    s.loose.append(".".join(parts))
                return E(c.sql, c.kind, c.nullable, c.label, c.collation, column=c)
        if qualifier and not bound:
            raise SqlError(4104, ".".join(parts))
        raise SqlError(207, parts[-1])


class Compiler(Expressions):
    """Writes one statement for the engine; `catalog` knows the tables, `variables` the types of @names."""

    def __init__(self, catalog, variables, session):
        self.catalog, self.variables = catalog, variables
        self.session = session
        self.datefirst = session.datefirst
        self.database, self.login, self.app = session.database, session.login, session.app
        self.number = 0
        # Statements to run before, in the same transaction.
        self.before = []
        self.loose_assign = []

    @staticmethod
    def text_value(text):
        return quote(text or "") + "::ms.str"

    def fresh(self, prefix="s"):
        self.number += 1
        return "%s%d" % (prefix, self.number)

    # ---- queries ----

    def query(self, node, parent, exists=False, top_level=False):
        scope = Scope(parent)
        prefix = self.with_clause(node.ctes, scope)
        body = node.body
        if node.nested and node.order and node.offset is None and not (body.k == "select" and body.top is not None):
            raise SqlError(1033)
        if body.k == "select":
            query = self.select(body, scope, node, exists)
        else:
            query = self.setop_query(body, scope, node)
        query.sql = prefix + query.sql
        if not top_level and not exists:
            for c in query.columns:
                c.table = None
        return query

    def with_clause(self, ctes, scope):
        if not ctes:
            return ""
        parts = []
        for cte in ctes:
            inner = Scope(scope)
            pg = self.fresh("w")
            body = cte.query.body
            if body.k == "setop" and self.mentions(body.right, cte.name.lower()):
                anchor = self.query(N("query", body=body.left, order=[], offset=None, fetch=None, ctes=[], nested=True), inner)
                scope.ctes[cte.name.lower()] = (pg, self.cte_columns(cte, anchor))
            query = self.query(cte.query, inner)
            scope.ctes[cte.name.lower()] = (pg, self.cte_columns(cte, query))
            parts.append("%s(%s) AS (%s)" % (pg, ", ".join("c%d" % i for i in range(1, len(query.columns) + 1)), query.sql))
        return "WITH RECURSIVE %s " % ", ".join(parts)

    def cte_columns(self, cte, query):
        names = self.column_names(query, cte.name, cte.columns)
        return [(name, c) for name, c in zip(names, query.columns)]

    @staticmethod
    def column_names(query, alias, given):
        if given:
            if len(given) != len(query.columns):
                raise SqlError(8158 if len(query.columns) > len(given) else 8159, alias)
            names = given
        else:
            names = [c.name for c in query.columns]
        seen = set()
        for i, name in enumerate(names, 1):
            if name is None:
                raise SqlError(8155, i, alias)
            if name.lower() in seen:
                raise SqlError(8156, name, alias)
            seen.add(name.lower())
        return names

    def mentions(self, node, name):
        if isinstance(node, (list, tuple)):
            return any(self.mentions(n, name) for n in node)
        if not hasattr(node, "k"):
            return False
        if node.k == "table" and len(node.parts) == 1 and node.parts[0].lower() == name:
            return True
        return any(self.mentions(v, name) for key, v in node.__dict__.items() if key != "at")

    def leaf(self, body, scope):
        """A SELECT of a set operation, with the items still apart."""
        if body.k == "setop":
            return self.setop(body, scope)
        inner = Scope(scope)
        return self.select(body, inner, N("query", body=body, order=[], offset=None, fetch=None, ctes=[], nested=True), False)

    def setop(self, body, scope):
        left, right = self.leaf(body.left, scope), self.leaf(body.right, scope)
        if len(left.columns) != len(right.columns):
            raise SqlError(205)
        columns, sides = [], ([], [])
        for i, (a, b) in enumerate(zip(left.columns, right.columns), 1):
            kind = t.common(a.kind, b.kind)
            ea, eb = (E("q.c%d" % i, c.kind, c.nullable, c.label, c.collation) for c in (a, b))
            label, collation = (0, None)
            if kind.name in t.STRINGS:
                label, collation = self.resolve_collation(ea, eb, body.op)
            if body.op != "UNION ALL" and kind.name in t.LARGE | {"xml"}:
                raise SqlError(421, kind.name)
            for e, side in ((ea, sides[0]), (eb, sides[1])):
                sql = convert(e, kind).sql
                if kind.name in t.STRINGS:
                    sql = "((%s) COLLATE %s)" % (sql, engine_collation(collation)[0])
                side.append(sql)
            columns.append(Column(a.name, "", kind, a.nullable or b.nullable, label, collation))
        texts = ["SELECT %s FROM (%s) AS q(%s)" % (", ".join(side), q.sql, ", ".join(
            "c%d" % i for i in range(1, len(columns) + 1))) for side, q in zip(sides, (left, right))]
        return Query("(%s) %s (%s)" % (texts[0], body.op, texts[1]), columns)

    def setop_query(self, body, scope, node):
        query = self.setop(body, scope)
        if not node.order:
            return query
        return self.order_outside(query, node, scope)

    def order_outside(self, query, node, scope, tail=""):
        """Sorts by columns of the result only: after DISTINCT and set operations."""
        keys = []
        for item, down in node.order:
            c, i = self.output_column(item, query.columns)
            keys.append(self.order_key(E("q.c%d" % i, c.kind, True, c.label, c.collation), down))
        names = ", ".join("c%d" % i for i in range(1, len(query.columns) + 1))
        sql = "SELECT %s FROM (%s) AS q(%s) ORDER BY %s" % (names, query.sql, names, ", ".join(keys))
        return Query(sql + tail + self.limits(node, scope), query.columns)

    def output_column(self, item, columns):
        if item.k == "literal" and item.kind == "number" and item.value.isdigit():
            i = int(item.value)
            if not 1 <= i <= len(columns):
                raise SqlError(108, i)
            return columns[i - 1], i
        if item.k == "column":
            for i, c in enumerate(columns, 1):
                if c.name is not None and c.name.lower() == item.parts[-1].lower():
                    return c, i
        raise SqlError(145)

    def limits(self, node, scope):
        out = ""
        if node.offset is not None:
            out += " OFFSET %s" % self.row_count(node.offset, scope, 10742)
        if node.fetch is not None:
            if node.fetch.k == "literal" and node.fetch.value == "0":
                raise SqlError(10744)
            out += " LIMIT %s" % self.row_count(node.fetch, scope, 10744)
        return out

    def row_count(self, node, scope, error):
        if node.k == "unary" and node.op == "-":
            raise SqlError(error)
        e = self.value(node, Scope(scope.parent if scope else None))
        if e.kind.name not in ("tinyint", "smallint", "int", "bigint"):
            raise SqlError(1060)
        return "(%s)" % convert(e, t.BIGINT).sql

    # ---- SELECT ----

    def select(self, node, scope, query, exists):
        if node.top is not None and (query.offset is not None):
            raise SqlError(10741)
        if query.offset is not None and not query.order:
            raise SqlError(102, "OFFSET")
        from_sql = self.from_clause(node.sources, scope)
        scope.clause = "where"
        where = self.condition(node.where, scope) if node.where is not None else None
        scope.clause = "select"
        grouped = node.grouped or has_call([i.get("arg") for i in node.items], AGGREGATES, False) \
            or has_call([i for i, _ in query.order], AGGREGATES, False) or node.having is not None
        group = []
        if grouped:
            group = self.group_by(node, scope)
        # Strings are compared by T-SQL's rules in DISTINCT; a bare constant has no collation yet.
        items = self.items(node, scope)
        self.check_loose(scope, 8120)
        having = None
        if node.having is not None:
            scope.clause = "having"
            having = self.condition(node.having, scope)
            self.check_loose(scope, 8121)
        scope.clause = "order"
        columns = [Column(name, "", e.kind, e.nullable, e.label if e.label else 0, e.collation,
                          bool(e.column and e.column.identity), bool(e.column and e.column.computed),
                          e.column.table if e.column else None) for e, name in items]
        outputs = []
        for e, _ in items:
            if node.distinct:
                if e.kind.name in t.LARGE | {"xml"}:
                    raise SqlError(421, e.kind.name)
                outputs.append(self.group_key(e))
            else:
                outputs.append(e.sql if e.kind.name != "null" else "NULL::int4")
        order = [] if exists or node.distinct else self.order_by(query, items, scope)
        self.check_loose(scope, 8127)
        sql = "SELECT %s%s" % ("DISTINCT " if node.distinct else "", ", ".join(
            "%s AS c%d" % (s, i) for i, s in enumerate(outputs, 1)) if not exists else "1")
        if from_sql:
            sql += " FROM " + from_sql
        if where is not None:
            sql += " WHERE " + where
        if group:
            sql += " GROUP BY " + ", ".join(group)
        elif node.grouped:
            sql += " GROUP BY ()"
        if having is not None:
            sql += " HAVING " + having
        tail = self.top(node, scope, query)
        if node.distinct and query.order:
            return self.order_outside(Query(sql, columns), query, scope, tail)
        if order:
            sql += " ORDER BY " + ", ".join(order)
        return Query(sql + tail + self.limits(query, scope), columns)

    def top(self, node, scope, query):
        if node.top is None:
            return ""
        if node.ties and not query.order:
            raise SqlError(1062)
        if node.percent:
            raise unknown("TOP PERCENT")
        count = self.row_count(node.top, scope, 1060)
        return " FETCH FIRST %s ROWS WITH TIES" % count if node.ties else " LIMIT %s" % count

    @staticmethod
    def check_loose(scope, number):
        if scope.grouped is not None and scope.loose:
            raise SqlError(number, scope.loose[0])
        scope.loose = []

    def group_by(self, node, scope):
        keys, texts = [], {}
        for item in node.group:
            if item.k == "call" and item.name in ("rollup", "cube") or item.k == "column" and item.parts[-1].lower() == "grouping":
                raise unknown("GROUP BY " + (item.get("name") or "GROUPING SETS"))
            if item.k == "literal":
                raise SqlError(164, text="Each GROUP BY expression must contain at least one column that is not an outer "
                               "reference.", level=15, state=1)
            if has_call(item, AGGREGATES, False):
                raise SqlError(144, text="Cannot use an aggregate or a subquery in an expression used for the group by list "
                               "of a GROUP BY clause.", level=15, state=1)
            e = self.value(item, scope)
            keys.append(self.group_key(e))
            if e.kind.name == "datetimeoffset":
                raise unknown("GROUP BY datetimeoffset")
            texts[e.sql] = keys[-1]
        scope.grouped = texts
        return keys

    def items(self, node, scope):
        out = []
        for item in node.items:
            if item.k == "star":
                out += self.star(item, scope)
            elif item.k == "assign":
                e = self.value(item.arg, scope)
                if item.name not in self.variables:
                    raise SqlError(137, item.name)
                out.append((convert(e, self.variables[item.name]), None))
                self.loose_assign.append(item.name)
            else:
                e = self.value(item.arg, scope)
                name = item.alias
                inner = item.arg
                while inner.k in ("paren", "collate"):
                    inner = inner.arg
                if name is None and inner.k == "column" and item.arg.k != "collate":
                    name = e.column.name if e.column else inner.parts[-1]
                out.append((e, name))
        return out

    def star(self, item, scope):
        qualifier = [p.lower() for p in item.parts if p]
        sources = [s for s in scope.sources if not qualifier or s.answers_to(qualifier)]
        if not sources:
            raise SqlError(4104 if qualifier else 263, ".".join(item.parts) + ".*") if qualifier else SqlError(
                263, text="Must specify table to select from.", level=16, state=1)
        return [(self.column_value(c, scope), c.name)
                for s in sources for c in s.columns]

    @staticmethod
    def column_value(c, scope):
        sql = c.sql
        if scope.grouped is not None:
            if sql not in scope.grouped:
                scope.loose.append(c.name)
            sql = scope.grouped.get(sql, sql)
        return E(sql, c.kind, c.nullable, c.label, c.collation, column=c)

    def order_by(self, query, items, scope):
        out = []
        for position, (item, down) in enumerate(query.order, 1):
            bare = item
            while bare.k in ("paren",):
                bare = bare.arg
            if bare.k == "literal" and bare.kind == "number" and bare.value.isdigit() and item.k != "paren":
                i = int(bare.value)
                if not 1 <= i <= len(items):
                    raise SqlError(108, i)
                e = items[i - 1][0]
            elif bare.k == "literal":
                raise SqlError(408, position)
            else:
                e = self.alias_or_value(item, items, scope)
            if e.kind.name == "null":
                continue
            out.append(self.order_key(e, down))
        return out

    def alias_or_value(self, item, items, scope):
        """A bare name is first an output column's, then a column of the tables."""
        if item.k == "column" and len(item.parts) == 1:
            found = [e for e, name in items if name is not None and name.lower() == item.parts[0].lower()]
            if len({e.sql for e in found}) > 1:
                raise SqlError(209, item.parts[0])
            if found:
                return found[0]
        if item.k == "collate" and item.arg.k == "column" and len(item.arg.parts) == 1:
            for e, name in items:
                if name is not None and name.lower() == item.arg.parts[0].lower():
                    return E("((%s) COLLATE %s)" % (e.sql, engine_collation(item.collation)[0]), e.kind, e.nullable, 2,
                             item.collation)
        return self.value(item, scope)

    # ---- FROM ----

    def from_clause(self, sources, scope):
        return ", ".join(self.source(s, scope) for s in sources)

    def source(self, node, scope):
        return getattr(self, "f_" + node.k)(node, scope)

    def f_join(self, node, scope):
        first = len(scope.sources)
        left = self.source(node.left, scope)
        middle = len(scope.sources)
        right = self.source(node.right, scope)
        if node.how in ("RIGHT", "FULL"):
            self.may_miss(scope.sources[first:middle])
        if node.how in ("LEFT", "FULL"):
            self.may_miss(scope.sources[middle:])
        if node.how == "CROSS":
            return "(%s CROSS JOIN %s)" % (left, right)
        # Only what stands on either side can be named in ON.
        clause, scope.clause = scope.clause, "where"
        on = self.condition(node.on, scope)
        scope.clause = clause
        return "(%s %s JOIN %s ON %s)" % (left, node.how, right, on)

    def f_apply(self, node, scope):
        left = self.source(node.left, scope)
        inner = Scope(scope)
        right = self.source(node.right, inner)
        for source in inner.sources:
            scope.add(source)
        if node.outer:
            self.may_miss(inner.sources)
            return "(%s LEFT JOIN LATERAL %s ON true)" % (left, right)
        return "(%s CROSS JOIN LATERAL %s)" % (left, right)

    @staticmethod
    def may_miss(sources):
        """The side of an outer join that may be absent: all its columns may be NULL."""
        for source in sources:
            for c in source.columns:
                c.nullable = True

    def f_table(self, node, scope):
        parts = node.parts
        if len(parts) == 1:
            found = scope.cte(parts[0].lower())
            if found is not None:
                pg, columns = found
                name = self.fresh()
                scope.add(Source(node.alias or parts[0], [
                    Column(n, "%s.c%d" % (name, i), c.kind, c.nullable, c.label, c.collation)
                    for i, (n, c) in enumerate(columns, 1)]))
                return "%s AS %s" % (pg, name)
        table = self.catalog.table(parts)
        name = self.fresh()
        scope.add(self.table_source_of(table, name, node.alias or parts[-1], None if node.alias else table.parts()))
        if node.sample is not None:
            percent = self.value(node.sample, Scope(None)).sql
            seed = " REPEATABLE (%d)" % node.repeatable[0] if node.get("repeatable") else ""
            return "%s AS %s TABLESAMPLE SYSTEM (%s)%s" % (table.pg, name, percent, seed)
        return "%s AS %s" % (table.pg, name)

    @staticmethod
    def table_source_of(table, name, alias, parts):
        columns = [Column(c.name, "%s.%s" % (name, c.pg), c.kind, c.nullable, 1, c.collation, c.identity is not None,
                          c.computed is not None, table.parts(), c) for c in table.columns]
        return Source(alias, columns, parts or (), table, name)

    def f_derived(self, node, scope):
        inner = Scope(scope.parent)
        inner.ctes = scope.ctes
        query = self.query(node.query, inner)
        return self.named(query, node, scope)

    def named(self, query, node, scope):
        name = self.fresh()
        names = self.column_names(query, node.alias, node.columns)
        scope.add(Source(node.alias, [Column(n, "%s.c%d" % (name, i), c.kind, c.nullable, c.label, c.collation)
                                      for i, (n, c) in enumerate(zip(names, query.columns), 1)]))
        return "(%s) AS %s(%s)" % (query.sql, name, ", ".join("c%d" % i for i in range(1, len(names) + 1)))

    def f_rows(self, node, scope):
        return self.named(self.rows(node.rows, Scope(scope.parent)), node, scope)

    def rows(self, rows, scope):
        """A table value constructor: each column has the common type of its cells."""
        if len({len(r) for r in rows}) > 1:
            raise SqlError(10709, text="The number of columns for each row in a table value constructor must be the same.",
                           level=15, state=1)
        table = [[self.value(cell, scope) for cell in row] for row in rows]
        columns, cells = [], []
        for i in range(len(rows[0])):
            values = [row[i] for row in table]
            kind, label, collation = self.unify(values)
            if kind.name == "null":
                kind = t.INT
            cells.append([convert(v, kind).sql for v in values])
            columns.append(Column(None, "", kind, any(v.nullable for v in values), label, collation))
        return Query("VALUES " + ", ".join("(%s)" % ", ".join(c[r] for c in cells) for r in range(len(rows))), columns)

    def f_function(self, node, scope):
        args = [self.value(a, scope) for a in node.args]
        name = node.name.split(".")[-1]
        if name == "string_split" and len(args) == 2:
            query = Query("SELECT x::ms.str AS c1 FROM regexp_split_to_table(%s, regexp_replace(%s, "
                          "'([\\\\.^$|?*+(){}\\[\\]])', '\\\\\\1', 'g')) AS x" % (args[0].text(), args[1].text()),
                          [Column("value", "", args[0].kind, False, 1, args[0].collation)])
        elif name == "generate_series" and 2 <= len(args) <= 3:
            kind = args[0].kind
            query = Query("SELECT x AS c1 FROM generate_series(%s) AS x" % ", ".join(convert(a, kind).sql for a in args),
                          [Column("value", "", kind, False)])
        elif name == "openjson" and args:
            query = self.openjson(node, args)
        elif name == "dm_exec_describe_first_result_set":
            query = self.session.describe_query(self, node, args)
        else:
            raise SqlError(208, node.name)
        if node.alias is None:
            node.alias = name
        return self.named(query, node, scope)

    def openjson(self, node, args):
        """OPENJSON(text [, path]) WITH (columns), for arrays of objects."""
        if node.schema is None or len(args) > 1:
            raise unknown("OPENJSON without WITH, or with a path")
        cells, columns = [], []
        for name, kind, path, as_json in node.schema:
            key = (path or "$." + name).split(".", 1)[1].strip('"')
            cell = E("(x ->> %s)::ms.str" % quote(key), t.string("nvarchar", t.MAX))
            cells.append(convert(cell, kind, False).sql)
            columns.append(Column(name, "", kind, True, 0))
        rows = ("SELECT e AS x FROM json_array_elements(CASE WHEN json_typeof(j) = 'array' THEN j ELSE json_build_array(j) END)"
                " AS e")
        sql = "SELECT %s FROM (SELECT (%s)::json AS j) AS d CROSS JOIN LATERAL (%s) AS r" % (
            ", ".join("%s AS c%d" % (c, i) for i, c in enumerate(cells, 1)), args[0].text(), rows)
        return Query(sql, columns)

    @staticmethod
    def constant(value, kind):
        return E(literal(value, kind), kind, value is None)
