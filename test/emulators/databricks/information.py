"""INFORMATION_SCHEMA, SHOW and DESCRIBE: what the catalog says of itself.

docs.databricks.com/sql/language-manual/information-schema, sql-ref-syntax-aux-show-*, sql-ref-syntax-aux-describe-table, delta/table-details.
Views are filled when a statement names them, as tables of its session.
"""
import datetime
import json
import os
import re

import values
from catalog import quoted, ticked
from errors import Failure
from words import Words

HERE = os.path.dirname(os.path.abspath(__file__))
VIEWS = {}
with open(os.path.join(HERE, "views.txt"), encoding="utf-8") as _file:
    for _line in _file:
        if not _line.startswith("#"):
            _view, _, _columns = _line.partition(":")
            VIEWS[_view] = [tuple(c.split()) for c in _columns.split(",")]

DIGITS = {"TINYINT": (3, 10, 0), "SMALLINT": (5, 10, 0), "INT": (10, 10, 0), "BIGINT": (19, 10, 0), "FLOAT": (24, 2, None), "DOUBLE": (53, 2, None)}


def tables(session, catalog):
    return session.catalog.everything(None if catalog == "system" else catalog)


def rows_of_catalogs(session, catalog):
    return [[c, "owner", None, session.catalog.born, "System", session.catalog.born, "System"]
            for c in sorted(session.catalog.catalogs) if catalog in ("system", c)]


def rows_of_schemata(session, catalog):
    return [[c, s, "owner", held.get("comment"), session.catalog.born, "owner", session.catalog.born, "owner"]
            for c in sorted(session.catalog.catalogs) if catalog in ("system", c)
            for s, held in [*sorted(session.catalog.catalogs[c].items()), ("information_schema", {})]]


def rows_of_tables(session, catalog):
    return [[*t.path(), t.kind, "NO" if t.kind == "VIEW" else "YES", "PRESERVE", "owner", t.comment, t.created, "owner", t.altered, "owner",
             None if t.kind == "VIEW" else t.format, None, None] for t in tables(session, catalog)]


def rows_of_columns(session, catalog):
    return [column_row(t, i, c) for t in tables(session, catalog) for i, c in enumerate(t.columns)]


def column_row(table, i, c):
    kind = c.kind
    digits = DIGITS.get(kind.name, (None, None, None))
    if kind.name == "DECIMAL":
        digits = (kind.numbers[0], 10, kind.numbers[1])
    partitions = [p.lower() for p in table.partitions]
    identity = [None] * 7 if not c.identity else ["ALWAYS" if c.identity[0] else "BY DEFAULT", c.identity[1], c.identity[2], None, None, "NO", None]
    return [*table.path(), c.name, i, c.default, "YES" if c.nullable else "NO", c.type(),
            {"TINYINT": "BYTE", "SMALLINT": "SHORT", "BIGINT": "LONG", "VARCHAR": "STRING", "CHAR": "STRING"}.get(kind.name, kind.name),
            0 if kind.name in ("STRING", "VARCHAR", "CHAR") else None, 0 if kind.name in ("STRING", "VARCHAR", "CHAR", "BINARY") else None, *digits,
            {"DATE": 0, "TIMESTAMP": 6, "TIMESTAMP_NTZ": 6}.get(kind.name), None, None, None, "YES" if c.identity else "NO",
            *identity[:6], "YES" if c.generated else "NO", c.generated, "NO", "NO", None, "YES",
            partitions.index(c.name.lower()) if c.name.lower() in partitions else None, c.comment]


def keys(session, catalog):
    """(table, kind, name, columns, other's path, other's columns) of every key."""
    for t in tables(session, catalog):
        if t.primary:
            yield t, "PRIMARY KEY", t.primary[0], t.primary[1], None, None
        for name, columns, other, others in t.foreign:
            yield t, "FOREIGN KEY", name, columns, other, others


def rows_of_table_constraints(session, catalog):
    return [[t.catalog, t.schema, name, *t.path(), kind, "YES", "NO", "NO", None] for t, kind, name, *_ in keys(session, catalog)] + \
        [[t.catalog, t.schema, name, *t.path(), "CHECK", "YES", "NO", "NO", None] for t in tables(session, catalog) for name in t.checks]


def primary_of(session, path):
    return session.catalog.find(path).primary or ("", [])


def rows_of_key_column_usage(session, catalog):
    out = []
    for t, _, name, columns, other, others in keys(session, catalog):
        for i, column in enumerate(columns):
            there = [c.lower() for c in primary_of(session, other)[1]] if other else []
            out.append([t.catalog, t.schema, name, *t.path(), t.column(column).name, i + 1,
                        there.index(others[i].lower()) + 1 if other and others[i].lower() in there else None])
    return out


def rows_of_constraint_column_usage(session, catalog):
    return [[*(other or t.path()), column, t.catalog, t.schema, name] for t, _, name, columns, other, others in keys(session, catalog)
            for column in (others if other else columns)]


def rows_of_constraint_table_usage(session, catalog):
    return [[*(other or t.path()), t.catalog, t.schema, name] for t, _, name, _, other, _ in keys(session, catalog)]


def rows_of_referential_constraints(session, catalog):
    return [[t.catalog, t.schema, name, other[0], other[1], primary_of(session, other)[0], "FULL", "NO ACTION", "NO ACTION"]
            for t, kind, name, _, other, _ in keys(session, catalog) if kind == "FOREIGN KEY"]


def rows_of_views(session, catalog):
    return [[*t.path(), t.definition, "NONE", "NO", "NO", None, "NO"] for t in tables(session, catalog) if t.kind == "VIEW"]


def rows_of_information_schema_catalog_name(_session, catalog):
    return [[catalog]]


def table(session, catalog, view, said):
    """Fills a table of this session with that view and gives its name there."""
    if catalog != "system" and catalog not in session.catalog.catalogs or view not in VIEWS:
        raise Failure("table", ".".join("`%s`" % s for s in said))
    columns, name = VIEWS[view], "gw_%s_%s" % (catalog, view)
    rows = globals()["rows_of_" + view](session, catalog)
    session.execute("CREATE OR REPLACE TEMP TABLE %s (%s)" % (quoted(name), ", ".join("%s %s" % (quoted(n), values.parse(k).duckdb()) for n, k in columns)))
    if rows:
        # Constants: DuckDB's client looks for a dozen Python modules at each value that is bound.
        session.execute("INSERT INTO temp.main.%s VALUES %s" % (
            quoted(name), ", ".join("(" + ", ".join(constant(v) for v in row) + ")" for row in rows)))
    return name


def constant(value):
    if value is None or isinstance(value, (bool, int)):
        return "NULL" if value is None else str(value)
    text = value.isoformat() if isinstance(value, datetime.datetime) else str(value)
    return "'" + text.replace("'", "''") + "'"


# ---- SHOW and DESCRIBE ----

def columns_of(text):
    return [tuple(c.strip().split(" ", 1)) for c in text.split(",")]


def pattern(words):
    """SHOW's pattern: * is any text and | stands between several; case does not count."""
    if words.accept("LIKE") or words.is_text():
        text = words.string()
        return re.compile("|".join(re.escape(p).replace(r"\*", ".*") for p in text.split("|")) + r"\Z", re.I)
    return re.compile(r".*\Z", re.S)


def answer(session, text):
    """(columns, rows) of SHOW ... or DESCRIBE ..."""
    words = Words(text)
    if words.accept("SHOW"):
        for name, show in SHOWS.items():
            if words.accept(*name.split(" ")):
                out = show(session, words)
                words.done()
                return columns_of(out[0]), out[1]
        if words.end():
            words.fail()
        raise Failure("unemulated", text[:60])
    words.at += 1
    if words.accept("DETAIL"):
        out = detail(session, words)
    elif words.accept("HISTORY"):
        out = history(session, words)
    elif words.accept("SCHEMA") or words.accept("DATABASE"):
        words.accept("EXTENDED")
        path = words.path()
        where = (path[-2] if len(path) > 1 else session.default[0]).lower()
        session.catalog.tables(where, path[-1].lower())
        out = ("database_description_item string, database_description_value string", [
            ["Catalog Name", where], ["Namespace Name", path[-1].lower()],
            ["Comment", session.catalog.catalogs[where][path[-1].lower()].get("comment") or ""], ["Location", ""], ["Owner", "owner"]])
    else:
        out = describe(session, words)
    words.done()
    return columns_of(out[0]), out[1]


def schema_of(session, words):
    path = words.path() if words.accept("IN") or words.accept("FROM") else []
    where = ((path[-2] if len(path) > 1 else session.default[0]).lower(), (path[-1] if path else session.default[1]).lower())
    session.catalog.tables(*where)
    return where


def show_catalogs(session, words):
    like = pattern(words)
    return "catalog string", [[c] for c in sorted([*session.catalog.catalogs, "system"]) if like.match(c)]


def show_schemas(session, words):
    where = (words.name() if words.accept("IN") or words.accept("FROM") else session.default[0]).lower()
    like = pattern(words)
    return "databaseName string", [[s] for s in sorted([*session.catalog.schemas(where), "information_schema"]) if like.match(s)]


def show_tables(session, words):
    where = schema_of(session, words)
    like = pattern(words)
    return "database string, tableName string, isTemporary boolean", [
        [t.schema, t.name, "false"] for t in session.catalog.everything(*where) if like.match(t.name)]


def show_views(session, words):
    where = schema_of(session, words)
    like = pattern(words)
    return "namespace string, viewName string, isTemporary boolean, isMaterialized boolean", [
        [t.schema, t.name, "false", "false"] for t in session.catalog.everything(*where) if t.kind == "VIEW" and like.match(t.name)]


def named(session, words):
    said = words.path()
    return session.found(session.path(said), said)


def show_columns(session, words):
    if not words.accept("IN"):
        words.expect("FROM")
    said = words.path()
    if words.accept("IN") or words.accept("FROM"):
        said = words.path() + said[-1:]
    return "col_name string", [[c.name] for c in session.found(session.path(said), said).columns]


def constraints(table):
    """Where checks stand (tables/constraints)."""
    return {"delta.constraints." + name.lower(): text for name, (text, _held) in table.checks.items()}


def shown_properties(table):
    return {"delta.minReaderVersion": "2" if table.mapped() else "1", "delta.minWriterVersion": "7" if table.clusters or table.properties else "2",
            **table.properties, **constraints(table)}


def show_properties(session, words):
    found = shown_properties(named(session, words))
    if words.accept("("):
        key = words.string()
        words.expect(")")
        return "key string, value string", [[key, found.get(key, "Table does not have property: " + key)]]
    return "key string, value string", [[k, v] for k, v in sorted(found.items())]


def show_create(session, words):
    t = named(session, words)
    if t.kind == "VIEW":
        return "createtab_stmt string", [["CREATE VIEW %s AS %s" % (ticked(*t.path()), t.definition)]]
    lines = ["%s %s%s%s%s" % (c.name, c.kind.text(), "" if c.nullable else " NOT NULL", " DEFAULT " + c.default if c.default else "",
                              " COMMENT '%s'" % c.comment if c.comment else "") for c in t.columns]
    if t.primary:
        lines.append("CONSTRAINT `%s` PRIMARY KEY (%s)" % (t.primary[0], ", ".join(ticked(c) for c in t.primary[1])))
    return "createtab_stmt string", [["CREATE TABLE %s (\n  %s)\nUSING %s\n" % (".".join(t.path()), ",\n  ".join(lines), t.format.lower())]]


SHOWS = {"CATALOGS": show_catalogs, "SCHEMAS": show_schemas, "DATABASES": show_schemas, "TABLES": show_tables, "VIEWS": show_views,
         "COLUMNS": show_columns, "TBLPROPERTIES": show_properties, "CREATE TABLE": show_create}


def moment(at):
    return at.isoformat()


def detail(session, words):
    t = named(session, words)
    if t.kind == "VIEW":
        raise Failure("mapping_type", "DESCRIBE DETAIL is only supported for tables.")
    count = session.one("SELECT count(*) FROM " + t.address())
    return ("format string, id string, name string, description string, location string, createdAt timestamp, lastModified timestamp, "
            "partitionColumns string, clusteringColumns string, numFiles bigint, sizeInBytes bigint, properties string, minReaderVersion int, "
            "minWriterVersion int, tableFeatures string, statistics string"), [[
                t.format.lower(), t.id, ".".join(t.path()), t.comment, "s3://emulated/" + t.id, moment(t.created), moment(t.altered),
                json.dumps(t.partitions, separators=(",", ":")), json.dumps(t.clusters, separators=(",", ":")), 1 if count else 0, count * 100,
                json.dumps({**t.properties, **constraints(t)}, separators=(",", ":")), 1, 2, "[]", "{}"]]


def history(session, words):
    t = named(session, words)
    limit = int(words.name()) if words.accept("LIMIT") else None
    rows = [[v, moment(at), "1", session.user, operation, json.dumps(parameters)] for v, at, operation, parameters in reversed(t.history)]
    return "version bigint, timestamp timestamp, userId string, userName string, operation string, operationParameters string", rows[:limit]


def describe(session, words):
    words.accept("TABLE")
    extended = words.accept("EXTENDED") or words.accept("FORMATTED")
    said = words.path()
    if len(said) == 3 and said[1].lower() == "information_schema" or len(said) == 2 and said[0].lower() == "information_schema":
        return "col_name string, data_type string, comment string", [[n, k, None] for n, k in VIEWS.get(said[-1].lower(), [])]
    t = session.found(session.path(said), said)
    if words.accept("AS", "JSON"):
        return "json_metadata string", [[json.dumps(metadata(t))]]
    rows = [[c.name, c.type(), c.comment] for c in t.columns]
    if t.partitions:
        rows += [["# Partition Information", "", ""], ["# col_name", "data_type", "comment"]]
        rows += [[c.name, c.type(), c.comment] for c in (t.column(p) for p in t.partitions)]
    if t.clusters and t.clusters != ["AUTO"]:
        rows += [["# Clustering Information", "", ""], ["# col_name", "data_type", "comment"]]
        rows += [[c.name, c.type(), c.comment] for c in (t.column(p) for p in t.clusters)]
    if extended:
        rows += [["", "", ""], ["# Detailed Table Information", "", ""], ["Catalog", t.catalog, ""], ["Database", t.schema, ""], ["Table", t.name, ""],
                 ["Type", t.kind, ""], ["Comment", t.comment or "", ""], ["Provider", t.format.lower(), ""], ["Owner", "owner", ""],
                 ["Table Properties", "[%s]" % ",".join("%s=%s" % p for p in sorted(shown_properties(t).items())), ""]]
    return "col_name string, data_type string, comment string", rows


def metadata(t):
    """DESCRIBE TABLE EXTENDED ... AS JSON."""
    out = {"table_name": t.name, "catalog_name": t.catalog, "namespace": [t.schema], "schema_name": t.schema,
           "columns": [dict({"name": c.name, "type": {"name": c.type()}, "nullable": c.nullable},
                            **({"comment": c.comment} if c.comment else {}), **({"default": c.default} if c.default else {})) for c in t.columns],
           "type": t.kind, "provider": t.format.lower(), "table_properties": shown_properties(t), "partition_columns": t.partitions,
           "clustering_columns": t.clusters}
    return {**out, **({"comment": t.comment} if t.comment else {})}
