"""INSERT, UPDATE, DELETE, MERGE and TRUNCATE for the engine.

A Change is what the session runs: statements before, the statement itself, and the columns of its
OUTPUT clause, if it has one.
"""
from compiler import Column, Scope, Source
from convert import E, store
from errors import SqlError, unknown


class Change:
    def __init__(self, verb, table, sql, columns=None, before=(), identity=False):
        self.verb, self.table, self.sql, self.columns = verb, table, sql, columns
        self.before, self.identity = list(before), identity


def compile_change(c, node):
    scope = Scope(None)
    prefix = c.with_clause(node.get("ctes") or [], scope)
    change = {"insert": insert, "update": update, "delete": delete, "merge": merge}[node.k](c, node, scope)
    if prefix:
        change.sql = prefix + change.sql
    change.before = locks(c, node, change.table) + c.before + change.before
    return change


def locks(c, node, table):
    hints = set(node.get("hints") or []) | set(node.target.hints if node.get("target") else [])
    if hints & {"holdlock", "serializable", "tablockx"}:
        # The range stays locked; the engine has only the whole table for that.
        return ["LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE" % table.pg]
    return []


def writable(c, parts):
    table = c.catalog.table(parts)
    if table.type != "U":
        raise unknown("writing to a view")
    return table


def settable(column, verb, identity_on=False):
    if column.computed is not None:
        raise SqlError(271, column.name)
    if column.kind.name == "timestamp":
        raise SqlError(272 if verb == "UPDATE" else 273)
    if column.identity is not None and verb == "UPDATE":
        raise SqlError(8102, column.name)


def returning(c, node, table, inserted, deleted):
    """(RETURNING text, columns) of an OUTPUT clause; the arguments say where rows stand, or None."""
    if node.output is None:
        return "", None
    scope = Scope(None)
    for alias, place in (("inserted", inserted), ("deleted", deleted)):
        if place is not None:
            scope.sources.append(Source(alias, [
                Column(k.name, place(k), k.kind, k.nullable, 1, k.collation, k.identity is not None, k.computed is not None,
                       table.parts(), k) for k in table.columns]))
    out = []
    for item in node.output.items:
        if item.k == "star":
            found = [s for s in scope.sources if [s.alias] == [p.lower() for p in item.parts]]
            if not found:
                raise SqlError(4104, ".".join(item.parts) + ".*")
            out += [(E(k.sql, k.kind, k.nullable, 1, k.collation, column=k), k.name) for k in found[0].columns]
        else:
            e = c.value(item.arg, scope)
            out.append((e, item.alias or (item.arg.parts[-1] if item.arg.k == "column" else None)))
    columns = [Column(name, "", e.kind, e.nullable, 1, e.collation, bool(e.column and e.column.identity)) for e, name in out]
    return " RETURNING " + ", ".join(e.sql for e, _ in out), columns


def into(c, node, sql, columns):
    """OUTPUT ... INTO a table: the rows go there and not to the client."""
    if node.output is None or node.output.into is None:
        return sql, columns
    parts, names = node.output.into
    target = writable(c, parts)
    chosen = [target.find(n) for n in names] if names else target.columns
    if len(chosen) != len(columns):
        raise SqlError(213)
    cells = [store(E("o.c%d" % i, k.kind, k.nullable, 1, k.collation), dest, target.full())
             for i, (k, dest) in enumerate(zip(columns, chosen), 1)]
    return "WITH o(%s) AS (%s) INSERT INTO %s (%s) SELECT %s FROM o" % (
        ", ".join("c%d" % i for i in range(1, len(columns) + 1)), sql, target.pg,
        ", ".join(k.pg for k in chosen), ", ".join(cells)), None


def insert(c, node, scope):
    table = writable(c, node.table)
    identity_on = c.session.identity_insert == table.id
    if node.columns is not None:
        columns = [table.find(n) for n in node.columns]
        seen = [k.name for k in columns]
        for name in seen:
            if seen.count(name) > 1:
                raise SqlError(264, name)
    else:
        columns = [k for k in table.columns if k.identity is None and k.computed is None and k.kind.name != "timestamp"]
        if identity_on and any(k.identity for k in table.columns):
            raise SqlError(8101, table.name)
    default = {}
    for i, k in enumerate(columns):
        given = node.rows and all(row[i].k == "default" for row in node.rows if i < len(row))
        if not given:
            settable(k, "INSERT")
            if k.identity is not None and not identity_on:
                raise SqlError(544, table.name)
        default[k.name] = given
    if identity_on and not any(k.identity for k in columns):
        raise SqlError(545, table.name)
    head = "INSERT INTO %s AS n" % table.pg
    if columns:
        head += " (%s)" % ", ".join(k.pg for k in columns)
    if node.defaults:
        body = " DEFAULT VALUES"
        head = "INSERT INTO %s AS n" % table.pg
    elif node.rows is not None:
        body = values(c, node, scope, table, columns)
    elif node.call is not None:
        raise unknown("INSERT ... EXEC")
    else:
        query = c.query(node.query, scope)
        if len(query.columns) != len(columns):
            raise SqlError(213 if node.columns is None else 121 if len(query.columns) > len(columns) else 120)
        cells = [store(E("q.c%d" % i, q.kind, q.nullable, 1, q.collation), k, table.full())
                 for i, (q, k) in enumerate(zip(query.columns, columns), 1)]
        limit = " LIMIT %s" % c.row_count(node.top, scope, 1060) if node.top is not None else ""
        body = " SELECT %s FROM (%s) AS q(%s)%s" % (", ".join(cells), query.sql, ", ".join(
            "c%d" % i for i in range(1, len(cells) + 1)), limit)
    back, shown = returning(c, node, table, lambda k: "n." + k.pg, None)
    sql, shown = into(c, node, head + body + back, shown)
    return Change("INSERT", table, sql, shown, identity=any(k.identity for k in table.columns))


def values(c, node, scope, table, columns):
    rows = []
    for row in node.rows:
        if len(row) != len(columns):
            if node.columns is None:
                raise SqlError(213)
            raise SqlError(109 if len(row) < len(columns) else 110)
        cells = []
        for cell, k in zip(row, columns):
            cells.append("DEFAULT" if cell.k == "default" else store(c.value(cell, scope), k, table.full()))
        rows.append("(%s)" % ", ".join(cells))
    return " VALUES " + ", ".join(rows)


def find_target(c, node, scope):
    """The table to change and its name in FROM: an alias there, or the table itself."""
    if not node.sources:
        table = writable(c, node.target.parts)
        source = c.table_source_of(table, "u", node.target.parts[-1], table.parts())
        scope.add(source)
        return table, source, None
    from_sql = c.from_clause(node.sources, scope)
    name = node.target.parts[-1].lower()
    for s in scope.sources:
        if s.table is not None and (s.alias.lower() == name if len(node.target.parts) == 1 else s.answers_to(
                [p.lower() for p in node.target.parts])):
            return s.table, s, from_sql
    table = writable(c, node.target.parts)
    for s in scope.sources:
        if s.table is not None and s.table.id == table.id:
            return table, s, from_sql
    source = c.table_source_of(table, "u0", node.target.parts[-1], table.parts())
    scope.add(source)
    return table, source, "%s AS u0, %s" % (table.pg, from_sql)


def assignments(c, node, table, scope):
    out, seen = [], set()
    for name, value in node.sets:
        k = table.find(name)
        settable(k, "UPDATE")
        if k.name in seen:
            raise SqlError(264, k.name)
        seen.add(k.name)
        out.append((k, "DEFAULT" if value.k == "default" else store(c.value(value, scope), k, table.full())))
    return out


def update(c, node, scope):
    scope.clause = "where"
    table, source, from_sql = find_target(c, node, scope)
    if table.type != "U":
        raise unknown("writing to a view")
    sets = assignments(c, node, table, scope)
    where = c.condition(node.where, scope) if node.where is not None else None
    if from_sql is None and node.top is None and node.output is None:
        sql = "UPDATE %s AS u SET %s" % (table.pg, ", ".join("%s = %s" % (k.pg, v) for k, v in sets))
        return Change("UPDATE", table, sql + (" WHERE " + where if where else ""))
    # The rows are found and locked first, with their old and new values.
    cells = ["%s.ctid AS id" % source.pg] + ["%s AS v%d" % (v, i) for i, (_, v) in enumerate(sets) if v != "DEFAULT"]
    cells += ["%s.%s AS o%d" % (source.pg, k.pg, i) for i, k in enumerate(table.columns)]
    inner = found_rows(c, node, scope, table, source, from_sql, where, cells)
    back, shown = returning(c, node, table, lambda k: "n." + k.pg, lambda k: "j.o%d" % table.columns.index(k))
    sql = "UPDATE %s AS n SET %s FROM (%s) AS j WHERE n.ctid = j.id%s" % (
        table.pg, ", ".join("%s = %s" % (k.pg, v if v == "DEFAULT" else "j.v%d" % i) for i, (k, v) in enumerate(sets)),
        inner, back)
    sql, shown = into(c, node, sql, shown)
    return Change("UPDATE", table, sql, shown)


def found_rows(c, node, scope, table, source, from_sql, where, cells):
    inner = "SELECT %s FROM %s" % (", ".join(cells), from_sql or "%s AS u" % table.pg)
    if where:
        inner += " WHERE " + where
    if node.percent:
        raise unknown("TOP PERCENT")
    if node.top is not None:
        inner += " LIMIT %s" % c.row_count(node.top, scope, 1060)
    return inner + " FOR UPDATE OF %s" % source.pg


def delete(c, node, scope):
    scope.clause = "where"
    table, source, from_sql = find_target(c, node, scope)
    if table.type != "U":
        raise unknown("writing to a view")
    where = c.condition(node.where, scope) if node.where is not None else None
    if from_sql is None and node.top is None:
        back, shown = returning(c, node, table, None, lambda k: "u." + k.pg)
        sql = "DELETE FROM %s AS u%s%s" % (table.pg, " WHERE " + where if where else "", back)
    else:
        inner = found_rows(c, node, scope, table, source, from_sql, where, ["%s.ctid AS id" % source.pg])
        back, shown = returning(c, node, table, None, lambda k: "n." + k.pg)
        sql = "DELETE FROM %s AS n WHERE n.ctid IN (%s)%s" % (table.pg, inner, back)
    sql, shown = into(c, node, sql, shown)
    return Change("DELETE", table, sql, shown)


def merge(c, node, scope):
    if node.output is not None or node.top is not None:
        raise unknown("MERGE with OUTPUT or TOP")
    table = writable(c, node.target.parts)
    target = c.table_source_of(table, "m", node.target.alias or node.target.parts[-1],
                               None if node.target.alias else table.parts())
    left = Scope(scope)
    source_sql = c.source(node.source, left)
    both = Scope(scope)
    both.sources = [target] + left.sources
    both.clause = "where"
    on = c.condition(node.on, both)
    only_target, only_source = Scope(scope), left
    only_target.sources, only_target.clause = [target], "where"
    only_source.clause = "where"
    before, arms = [], []
    check_clauses(node)
    for clause in node.clauses:
        seen = {"matched": both, "not matched by target": only_source, "not matched by source": only_target}[clause.kind]
        condition = c.condition(clause.condition, seen) if clause.condition is not None else None
        if clause.kind == "not matched by source":
            rest = "NOT EXISTS (SELECT 1 FROM %s WHERE %s)%s" % (source_sql, on, " AND " + condition if condition else "")
            if clause.action == "delete":
                before.append("DELETE FROM %s AS m WHERE %s" % (table.pg, rest))
            else:
                before.append("UPDATE %s AS m SET %s WHERE %s" % (table.pg, ", ".join(
                    "%s = %s" % (k.pg, v) for k, v in assignments(c, clause, table, seen)), rest))
            continue
        arm = "WHEN %s%s THEN " % ("MATCHED" if clause.kind == "matched" else "NOT MATCHED",
                                   " AND " + condition if condition else "")
        if clause.action == "delete":
            arm += "DELETE"
        elif clause.action == "update":
            arm += "UPDATE SET " + ", ".join("%s = %s" % (k.pg, v) for k, v in assignments(c, clause, table, seen))
        else:
            arm += merge_insert(c, clause, table, seen)
        arms.append(arm)
    sql = ""
    if arms:
        sql = "MERGE INTO %s AS m USING %s ON %s %s" % (table.pg, source_sql, on, " ".join(arms))
    change = Change("MERGE", table, sql, None, before, any(k.identity for k in table.columns))
    return change


def check_clauses(node):
    seen = []
    for clause in node.clauses:
        if (clause.kind, clause.action) in seen:
            raise SqlError(10714, clause.action.upper(), "WHEN " + clause.kind.upper())
        seen.append((clause.kind, clause.action))


def merge_insert(c, clause, table, scope):
    columns = [table.find(n) for n in clause.columns] if clause.columns else [
        k for k in table.columns if k.identity is None and k.computed is None and k.kind.name != "timestamp"]
    if clause.row is None:
        return "INSERT DEFAULT VALUES"
    if len(clause.row) != len(columns):
        raise SqlError(213)
    cells = []
    for cell, k in zip(clause.row, columns):
        settable(k, "INSERT")
        if k.identity is not None and c.session.identity_insert != table.id:
            raise SqlError(544, table.name)
        cells.append("DEFAULT" if cell.k == "default" else store(c.value(cell, scope), k, table.full()))
    return "INSERT (%s) VALUES (%s)" % (", ".join(k.pg for k in columns), ", ".join(cells))
