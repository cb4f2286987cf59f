"""INSERT, UPDATE, DELETE, MERGE, TRUNCATE: each is one commit of one table, and answers with counts.

docs.databricks.com/sql/language-manual/sql-ref-syntax-dml-insert-into, delta-merge-into, delta-update, delta-delete-from.
"""
import re

from sqlglot import exp

import values
from catalog import quoted, ticked
from errors import Failure
from results import Result, counted
from translate import Translation, met, parse
from words import Words


def settle(session, table):
    """What is not DuckDB's: CHAR is filled with blanks, generated columns are computed."""
    for column in table.columns:
        name = quoted(column.name)
        if column.kind.name == "CHAR":
            session.execute("UPDATE %s SET %s = rpad(%s, %d, ' ') WHERE length(%s) < %d" % (
                table.address(), name, name, column.kind.numbers[0], name, column.kind.numbers[0]))
        if column.generated:
            session.execute("UPDATE %s SET %s = %s" % (table.address(), name, column.held))


def target(session, said, modify=False):
    table = session.found(session.path(said), said)
    if table.kind == "VIEW":
        raise Failure("unemulated", "a change of a view")
    if modify and table.properties.get("delta.appendOnly", "false").lower() == "true":
        raise Failure("append_only", ticked(*table.path()))
    return table


def insert(session, text):
    words = Words(text)
    words.expect("INSERT")
    overwrite = words.accept("OVERWRITE")
    if not overwrite:
        words.expect("INTO")
    words.accept("TABLE")
    table = target(session, words.path())
    alias = words.name() if words.accept("AS") else table.name
    columns, by_name = None, False
    if words.peek() == "(" and words.peek(1) not in ("SELECT", "WITH", "VALUES", "("):
        columns = [column_of(table, c) for c in words.names()]
    elif words.accept("BY", "NAME"):
        by_name = True
    removed = None
    if words.accept("REPLACE", "WHERE"):
        removed = ("where", words.until("SELECT", "WITH", "VALUES", "TABLE", "FROM"))
    elif words.accept("REPLACE", "ON"):
        removed = ("on", condition(words))
    elif words.accept("REPLACE", "USING"):
        removed = ("using", words.names())
    if overwrite or removed:
        target(session, table.path(), modify=True)
    query, source = query_of(words)
    return session.whole(lambda: inserted(session, table, alias, columns, by_name, overwrite, removed, query, source))


def condition(words):
    """Up to the parenthesis that holds the query."""
    first = words.at
    while not words.end() and not (words.peek() == "(" and words.peek(1) in ("SELECT", "WITH", "VALUES")) and words.peek() not in ("SELECT", "WITH", "VALUES"):
        words.at += 1
    return words.between(first, words.at)


def query_of(words):
    """(the query, its alias if it has one)."""
    if words.peek() == "(" and words.peek(1) in ("SELECT", "WITH", "VALUES"):
        at, inner = words.at, words.balanced()
        if words.accept("AS") or not words.end() and words.peek() not in ("UNION", "EXCEPT", "INTERSECT", "MINUS", "ORDER", "LIMIT"):
            source = words.name()
            words.done()
            return inner, source
        words.at = at
    return words.rest(), None


def column_of(table, name):
    column = table.column(name)
    if column is None:
        raise Failure("column", name)
    if column.identity and column.identity[0]:
        raise Failure("identity", name)
    return column


def inserted(session, table, alias, columns, by_name, overwrite, removed, query, source):
    tree = parse(query)
    text = Translation(met(tree) if isinstance(tree, exp.Values) else tree, session).run()
    replaced = 0
    if overwrite or removed:
        session.execute("CREATE OR REPLACE TEMP TABLE gw_source AS " + text)
        text = "SELECT * FROM temp.main.gw_source"
        replaced = removing(session, table, alias, removed, source)
    if columns is None and not by_name:
        columns = [c for c in table.columns if not (c.identity and c.identity[0])]
        if len(session.describe(text)) != len(columns) and not isinstance(tree, exp.Values):
            raise Failure("arity", table.name)
    elif by_name:
        described = [row[0] for row in session.describe(text)]
        columns = [column_of(table, name) for name in described]
    if any(column.kind.name in ("ARRAY", "MAP", "STRUCT") for column in columns):
        for column, row in zip(columns, session.describe(text)):
            safe(column, values.of_duckdb(row[1]))
    count = session.one("INSERT INTO %s (%s) %s" % (table.address(), ", ".join(quoted(c.name) for c in columns), text))
    settle(session, table)
    table.noted("WRITE", mode="Overwrite" if overwrite or removed else "Append")
    return counted(("num_affected_rows", count + (replaced if removed else 0)), ("num_inserted_rows", count))


def safe(column, kind):
    """A VARIANT is no value of another type before it is cast (sql-ref-ansi-compliance, store assignment)."""
    if column.kind.name in ("ARRAY", "MAP", "STRUCT") and kind is not None and kind.name == "VARIANT":
        raise Failure("unsafe", column.name)


def removing(session, table, alias, removed, source):
    """Takes away what the new rows replace; how many rows those were."""
    if removed is None:
        return session.one("DELETE FROM " + table.address())
    how, what = removed
    if how == "where":
        tree = parse("DELETE FROM %s AS %s WHERE %s" % (ticked(*table.path()), ticked(alias), what))
        return session.one(Translation(tree, session).run())
    if how == "using":
        what = " AND ".join("%s.%s <=> %s.%s" % (ticked(alias), ticked(c), ticked(source or "gw_source"), ticked(c)) for c in what)
    text = Translation(parse("SELECT 1 WHERE " + what), session).run()
    return session.one("DELETE FROM %s AS %s WHERE EXISTS (SELECT 1 FROM temp.main.gw_source AS %s WHERE %s)" % (
        table.address(), quoted(alias), quoted(source or "gw_source"), text.partition(" WHERE ")[2]))


def named_target(session, tree):
    node = tree.this
    said = [p.name for p in (node.args.get("catalog"), node.args.get("db"), node.this) if p]
    return target(session, said, modify=True)


def update(session, text):
    tree = parse(text)
    if tree.args.get("from") is not None:
        raise Failure("parse", "FROM")
    table = named_target(session, tree)
    for one in tree.expressions:
        if isinstance(one.this, exp.Column):
            one.this.set("table", None)
        column = table.column(one.this.name)
        if column is not None and isinstance(one.expression, exp.ParseJSON):
            safe(column, values.Kind("VARIANT"))
    translated = Translation(tree, session).run()

    def work():
        count = session.one(translated)
        settle(session, table)
        table.noted("UPDATE")
        return counted(("num_affected_rows", count))
    return session.whole(work)


def delete(session, text):
    tree = parse(text)
    if tree.args.get("using") is not None:
        raise Failure("parse", "USING")
    table = named_target(session, tree)
    translated = Translation(tree, session).run()

    def work():
        count = session.one(translated)
        table.noted("DELETE")
        return counted(("num_affected_rows", count))
    return session.whole(work)


def truncate(session, text):
    words = Words(text)
    words.expect("TRUNCATE")
    words.accept("TABLE")
    table = target(session, words.path(), modify=True)
    words.done()
    session.execute("DELETE FROM " + table.address())
    table.noted("TRUNCATE")
    return Result([], [])


def merge(session, text):
    tree = parse(re.sub(r"^\s*MERGE\s+WITH\s+SCHEMA\s+EVOLUTION\b", "MERGE", text, flags=re.I))
    table = named_target(session, tree)
    source = tree.args["using"].alias_or_name
    starred(tree, table, source)
    twice(session, tree)
    for when in tree.args["whens"].expressions:
        then = when.args["then"]
        if isinstance(then, exp.Update):
            for one in then.expressions:
                if isinstance(one.this, exp.Column):
                    one.this.set("table", None)
    translated = Translation(tree, session).run()

    def work():
        actions = [r[0] for r in session.fetch(session.execute(translated + " RETURNING merge_action"))]
        settle(session, table)
        table.noted("MERGE")
        counts = [actions.count(word) for word in ("UPDATE", "DELETE", "INSERT")]
        return counted(("num_affected_rows", sum(counts)), ("num_updated_rows", counts[0]), ("num_deleted_rows", counts[1]), ("num_inserted_rows", counts[2]))
    return session.whole(work)


def starred(tree, table, source):
    """UPDATE SET * and INSERT * take the target's columns by name."""
    for when in tree.args["whens"].expressions:
        then = when.args["then"]
        if isinstance(then, exp.Update) and (isinstance(then.args.get("expressions"), exp.Star) or any(isinstance(e, exp.Star) for e in then.expressions)):
            then.set("expressions", [exp.EQ(this=exp.column(c.name, quoted=True), expression=exp.column(c.name, table=source, quoted=True))
                                     for c in table.columns])
        if isinstance(then, exp.Insert) and isinstance(then.this, exp.Star):
            then.set("this", exp.Tuple(expressions=[exp.column(c.name, quoted=True) for c in table.columns]))
            then.set("expression", exp.Tuple(expressions=[exp.column(c.name, table=source, quoted=True) for c in table.columns]))


def twice(session, tree):
    """A row that several rows of the source would change is an error, unless all that is done is one DELETE without condition."""
    whens = [w for w in tree.args["whens"].expressions if w.args.get("matched") and not w.args.get("source")]
    if not whens or (len(whens) == 1 and whens[0].args.get("condition") is None and not isinstance(whens[0].args["then"], exp.Update)):
        return
    conditions = [w.args["condition"].copy() if w.args.get("condition") is not None else exp.true() for w in whens]
    on = exp.and_(exp.Paren(this=tree.args["on"].copy()), exp.Paren(this=exp.or_(*conditions)))
    node = tree.this.copy()
    probe = exp.select(exp.alias_(exp.func("COUNT", exp.Star()), "n")).from_(node).join(tree.args["using"].copy(), on=on, join_type="inner")
    probe = probe.group_by(exp.column("rowid", table=node.alias_or_name))
    text = Translation(probe, session).run()
    if session.one("SELECT count(*) FROM (%s) AS _ WHERE n > 1" % text):
        raise Failure("merge_twice")


CHANGES = {"INSERT": insert, "UPDATE": update, "DELETE": delete, "MERGE": merge, "TRUNCATE": truncate}
