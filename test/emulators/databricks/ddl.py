"""CREATE, ALTER, DROP, COMMENT: changes of the catalog and of what holds the rows.

docs.databricks.com/sql/language-manual/sql-ref-syntax-ddl-create-table-using, -alter-table, -create-table-constraint, delta/column-mapping,
delta/type-widening, delta/clustering.  Keys are written down and not enforced; NOT NULL, CHECK and lengths of texts are.
"""
import re

import values
from catalog import Column, Table, object_name, quoted, ticked
from errors import Failure
from results import Result
from translate import Translation, expression, parse
from words import Words

COLUMN_ENDS = ("NOT", "DEFAULT", "GENERATED", "COMMENT", "CONSTRAINT", "PRIMARY", "REFERENCES", "COLLATE", "FOREIGN", "CHECK", "FIRST", "AFTER", "MASK")


def run(session, text):
    words = Words(text)
    head = words.peek()
    words.at += 1
    return {"CREATE": create, "ALTER": alter, "DROP": drop, "COMMENT": comment}.get(head, unknown)(session, words)


def unknown(_session, words):
    raise Failure("unemulated", words.text[:60])


def nothing():
    return Result([], [])


# ---- CREATE ----

def create(session, words):
    replace = words.accept("OR", "REPLACE")
    if words.accept("CATALOG"):
        return create_catalog(session, words)
    if words.accept("SCHEMA") or words.accept("DATABASE"):
        return create_schema(session, words)
    if words.accept("VIEW"):
        return create_view(session, words, replace)
    words.accept("EXTERNAL")
    if words.accept("TABLE"):
        return create_table(session, words, replace)
    return unknown(session, words)


def create_catalog(session, words):
    exists = words.accept("IF", "NOT", "EXISTS")
    name = object_name(words.name())
    if words.accept("COMMENT"):
        words.string()
    words.done()
    if name in session.catalog.catalogs:
        if exists:
            return nothing()
        raise Failure("catalog_exists", name)
    make_catalog(session, name)
    return nothing()


def make_catalog(session, name):
    session.execute("ATTACH ':memory:' AS %s" % quoted("c_" + name))
    session.catalog.catalogs[name] = {}
    make_schema(session, name, "default")


def make_schema(session, catalog, name, note=None):
    session.execute("CREATE SCHEMA %s.%s" % (quoted("c_" + catalog), quoted("s_" + name)))
    session.catalog.catalogs[catalog][name] = {"tables": {}, "comment": note}


def create_schema(session, words):
    exists = words.accept("IF", "NOT", "EXISTS")
    path, note = words.path(), None
    catalog, name = (path[-2] if len(path) > 1 else session.default[0]).lower(), object_name(path[-1])
    while not words.end():
        if words.accept("COMMENT"):
            note = words.string()
        elif words.accept("MANAGED", "LOCATION"):
            words.string()
        else:
            words.fail()
    if name in session.catalog.schemas(catalog):
        if exists:
            return nothing()
        raise Failure("schema_exists", ticked(name))
    make_schema(session, catalog, name, note)
    return nothing()


def place_of(session, said):
    """(catalog, schema, name, tables) of a name to be made."""
    catalog, schema, name = session.path(said)
    catalog, schema = catalog.lower(), schema.lower()
    return catalog, schema, object_name(name), session.catalog.tables(catalog, schema)


def create_view(session, words, replace):
    exists = words.accept("IF", "NOT", "EXISTS")
    said = words.path()
    catalog, schema, name, tables = place_of(session, said)
    view = Table(catalog, schema, name, "VIEW")
    view.text = words.text
    given = words.names() if words.peek() == "(" else None
    if words.accept("COMMENT"):
        view.comment = words.string()
    words.expect("AS")
    view.definition = words.rest()
    if name in tables and not replace:
        if exists:
            return nothing()
        raise Failure("table_exists", ticked(*view.path()))
    tree = parse(view.definition)
    from engine import result_names
    names = given or result_names(tree)
    query = Translation(tree, session).run()
    for i, row in enumerate(session.describe(query)):
        view.columns.append(Column(names[i] if i < len(names) else row[0], values.of_duckdb(row[1]) or values.STRING))
    session.execute("CREATE OR REPLACE VIEW %s (%s) AS %s" % (view.address(), ", ".join(quoted(c.name) for c in view.columns), query))
    tables[name] = view
    return nothing()


def create_table(session, words, replace):
    exists = words.accept("IF", "NOT", "EXISTS")
    said = words.path()
    catalog, schema, name, tables = place_of(session, said)
    table = Table(catalog, schema, name)
    if name in tables and not replace:
        if exists:
            return nothing()
        raise Failure("table_exists", ticked(*table.path()))
    parts = definitions(words) if words.peek() == "(" else []
    query = source = None
    while not words.end():
        if words.accept("AS"):
            query = words.rest()
        elif words.accept("DEEP", "CLONE") or words.accept("SHALLOW", "CLONE") or words.accept("CLONE"):
            said = words.path()
            source = session.found(session.path(said), said)
        elif words.accept("LIKE"):
            said = words.path()
            table.columns = session.found(session.path(said), said).columns
        else:
            option(table, words)
    for part in parts:
        part(session, table)
    if query is not None:
        return create_as(session, table, tables, query, bool(parts))
    if source is not None:
        table.columns, table.properties, table.clusters, table.partitions = source.columns, dict(source.properties), source.clusters, source.partitions
        table.checks, table.comment = dict(source.checks), source.comment
        session.execute("CREATE OR REPLACE TABLE %s (%s)" % (table.address(), ", ".join(definition(c, table) for c in table.columns)))
        session.execute("INSERT INTO %s SELECT * FROM %s" % (table.address(), source.address()))
        tables[name] = table
        table.noted("CLONE")
        return Result([(n, values.BIGINT) for n in ("source_table_size", "source_num_of_files", "num_removed_files", "num_copied_files",
                                                     "removed_files_size", "copied_files_size")], [["0"] * 6])
    checked(table)
    for column in table.columns:
        if column.identity:
            session.execute("CREATE OR REPLACE SEQUENCE %s START WITH %s INCREMENT BY %s" % (sequence(table, column), *column.identity[1:]))
    session.execute("CREATE OR REPLACE TABLE %s (%s)" % (table.address(), ", ".join(definition(c, table) for c in table.columns) or '"gw_none" INTEGER'))
    tables[name] = table
    table.noted("CREATE TABLE")
    return nothing()


def option(table, words):
    if words.accept("USING"):
        table.format = words.name().upper()
        if table.format != "DELTA":
            raise Failure("unemulated", "USING " + table.format)
    elif words.accept("PARTITIONED", "BY"):
        table.partitions = words.names()
    elif words.accept("CLUSTER", "BY"):
        table.clusters = ["AUTO"] if words.accept("AUTO") else [] if words.accept("NONE") else words.names()
    elif words.accept("COMMENT"):
        table.comment = words.string()
    elif words.accept("LOCATION"):
        words.string()
        table.kind = "EXTERNAL"
    elif words.accept("TBLPROPERTIES"):
        table.properties.update(properties(words))
    else:
        words.fail()


def properties(words):
    words.expect("(")
    out = {}
    while True:
        key = words.string() if words.is_text() else ".".join(words.path())
        words.accept("=")
        out[key] = words.string() if words.is_text() else words.until()
        if not words.accept(","):
            break
    words.expect(")")
    return out


def definitions(words):
    """Functions (session, table) that add each part between the parentheses."""
    words.expect("(")
    out = []
    while True:
        if words.peek() in ("CONSTRAINT", "PRIMARY", "FOREIGN", "CHECK") and (words.peek() == "CONSTRAINT" or words.peek(1) in ("KEY", "(")):
            out.append(constraint(words))
        else:
            out.append(column(words))
        if not words.accept(","):
            break
    words.expect(")")
    return out


def column(words):
    """A column as CREATE TABLE and ADD COLUMN have it."""
    one, keys = Column(words.name(), words.kind()), []
    while not words.end() and words.peek() not in (",", ")", "FIRST", "AFTER"):
        if words.accept("NOT", "NULL"):
            one.nullable = False
        elif words.accept("DEFAULT"):
            one.default = words.until(*COLUMN_ENDS)
        elif words.accept("COMMENT"):
            one.comment = words.string()
        elif words.accept("COLLATE"):
            one.collation = words.name().upper()
        elif words.accept("GENERATED"):
            generated(words, one)
        else:
            keys.append(constraint(words, [one.name]))

    def add(session, table):
        if table.column(one.name) is not None:
            raise Failure("column_exists", one.name)
        if one.default is not None:
            if table.properties.get("delta.feature.allowColumnDefaults", "").lower() not in ("supported", "enabled"):
                raise Failure("default_feature", "CREATE TABLE")
            one.held = "CAST(%s AS %s)" % (expression("CAST(%s AS %s)" % (one.default, one.kind.text()), session), one.kind.duckdb())
        if one.generated:
            one.held = expression_of(session, table, one.generated)
        if one.identity:
            one.held = "nextval('%s')" % sequence(table, one).replace("'", "''")
        table.columns.append(one)
        for key in keys:
            key(session, table)
    add.column = one
    return add


def generated(words, one):
    always = words.accept("ALWAYS")
    if not always:
        words.expect("BY", "DEFAULT")
    words.expect("AS")
    if not words.accept("IDENTITY"):
        one.generated = words.balanced()
        return
    start, step = "1", "1"
    if words.peek() == "(":
        inner = words.balanced()
        found = re.search(r"START\s+WITH\s+(-?\d+)", inner, re.I), re.search(r"INCREMENT\s+BY\s+(-?\d+)", inner, re.I)
        start, step = (m[1] if m else "1" for m in found)
    if one.kind.name != "BIGINT":
        raise Failure("generated", "IDENTITY column %s must be of BIGINT type." % one.name)
    one.identity = (always, start, step)


def expression_of(session, table, text):
    """An expression over the table's columns, as DuckDB has it."""
    columns = ", ".join("CAST(NULL AS %s) AS %s" % (c.kind.text(), ticked(c.name)) for c in table.columns)
    translated = Translation(parse("SELECT %s AS gw_out FROM (SELECT %s) AS gw_table" % (text, columns or "1 AS one")), session).run()
    session.describe(translated)
    return translated[len("SELECT "):translated.index(" AS gw_out FROM (")] if " AS gw_out FROM (" in translated else \
        translated[len("SELECT "):translated.rindex(" AS gw_out FROM ")]


def sequence(table, one):
    return "%s.%s.%s" % (quoted("c_" + table.catalog), quoted("s_" + table.schema), quoted("%s %s seq" % (table.name, one.name)))


def constraint(words, columns=None):
    name = words.name() if words.accept("CONSTRAINT") else None
    if words.accept("PRIMARY", "KEY"):
        keys = columns or key_columns(words)
        ignored(words)

        def add(session, table):
            for key in keys:
                if table.column(key) is None:
                    raise Failure("column", key)
                table.column(key).nullable = False
            table.primary = (name or "%s_pk" % table.name, [table.column(k).name for k in keys])
    elif words.accept("FOREIGN", "KEY"):
        add = foreign(words, name, words.names())
    elif words.peek() == "REFERENCES":
        add = foreign(words, name, columns)
    elif words.accept("CHECK"):
        text = words.balanced()
        ignored(words)

        def add(session, table):
            table.checks[name or "chk_%d" % len(table.checks)] = (text, expression_of(session, table, text))
    else:
        words.fail()
    return add


def key_columns(words):
    words.expect("(")
    out = []
    while True:
        out.append(words.name())
        words.accept("TIMESERIES")
        if not words.accept(","):
            break
    words.expect(")")
    return out


def foreign(words, name, columns):
    words.expect("REFERENCES")
    said, others = words.path(), None
    if words.peek() == "(":
        others = words.names()
    ignored(words)

    def add(session, table):
        other = session.found(session.path(said), said)
        if other.primary is None:
            raise Failure("unemulated", "a reference to a table without a primary key")
        table.foreign.append((name or "%s_%s_fk" % (table.name, other.name), columns, other.path(), others or other.primary[1]))
    return add


def ignored(words):
    """Words after a key that change nothing here."""
    while words.accept("NOT", "ENFORCED") or words.accept("NORELY") or words.accept("RELY") or words.accept("DEFERRABLE") or \
            words.accept("INITIALLY", "DEFERRED") or words.accept("MATCH", "FULL") or words.accept("ON", "UPDATE", "NO", "ACTION") or \
            words.accept("ON", "DELETE", "NO", "ACTION") or words.accept("ENABLE", "NOVALIDATE"):
        pass


def checked(table):
    """What Delta refuses of a table."""
    for one in table.columns:
        held = [one.kind]
        while held:
            kind = held.pop()
            if kind.name in ("INTERVAL", "VOID"):
                raise Failure("delta_type", "%s: %s" % (one.name, kind.text()))
            held += [p[1] if isinstance(p, tuple) else p for p in kind.parts]
        if not table.mapped() and re.search(r"[ ,;{}()\n\t=]", one.name):
            raise Failure("characters", one.name)
    if table.partitions and table.clusters:
        raise Failure("cluster_partition")
    if len(table.clusters) > 4:
        raise Failure("cluster_count", len(table.clusters))
    for name in table.partitions + [c for c in table.clusters if c != "AUTO"]:
        if table.column(name) is None:
            raise Failure("column", name)


def definition(one, table):
    """The column as DuckDB gets it."""
    name = quoted(one.name)
    out = "%s %s" % (name, one.kind.duckdb())
    if one.held and not one.generated:
        out += " DEFAULT " + one.held
    if not one.nullable:
        out += " NOT NULL"
    if one.kind.name in ("VARCHAR", "CHAR"):
        out += " CHECK (gw_length(%s, %d))" % (name, one.kind.numbers[0])
    if one is table.columns[-1]:
        out += "".join(", CHECK (%s)" % held for _, held in table.checks.values())
    return out


def create_as(session, table, tables, query, given):
    if given:
        raise Failure("parse", "AS")
    tree = parse(query)
    from engine import result_names
    names = result_names(tree)
    text = Translation(tree, session).run()
    for i, row in enumerate(session.describe(text)):
        table.columns.append(Column(names[i] if i < len(names) else row[0], values.of_duckdb(row[1]) or values.STRING))
    checked(table)
    casts = ", ".join("CAST(%s AS %s) AS %s" % (quoted("c%d" % i), c.kind.duckdb(), quoted(c.name)) for i, c in enumerate(table.columns))
    session.execute("CREATE OR REPLACE TEMP TABLE gw_source AS SELECT %s FROM (%s) AS _(%s)" % (
        casts, text, ", ".join(quoted("c%d" % i) for i in range(len(table.columns)))))
    session.execute("CREATE OR REPLACE TABLE %s AS SELECT * FROM temp.main.gw_source" % table.address())
    count = session.one("SELECT count(*) FROM " + table.address())
    tables[table.name] = table
    table.noted("CREATE TABLE AS SELECT")
    from results import counted
    return counted(("num_affected_rows", count), ("num_inserted_rows", count))


# ---- DROP, COMMENT ----

def drop(session, words):
    catalog = session.catalog
    if words.accept("CATALOG"):
        exists, name = words.accept("IF", "EXISTS"), words.name().lower()
        words.accept("CASCADE")
        words.done()
        if name not in catalog.catalogs:
            if exists:
                return nothing()
            raise Failure("catalog", name)
        session.execute("DETACH %s" % quoted("c_" + name))
        del catalog.catalogs[name]
        return nothing()
    if words.accept("SCHEMA") or words.accept("DATABASE"):
        exists, path = words.accept("IF", "EXISTS"), words.path()
        cascade = words.accept("CASCADE")
        words.accept("RESTRICT")
        words.done()
        name, where = path[-1].lower(), (path[-2] if len(path) > 1 else session.default[0]).lower()
        if name not in catalog.catalogs.get(where, {}):
            if exists:
                return nothing()
            raise Failure("schema", ticked(where, name))
        if catalog.catalogs[where][name]["tables"] and not cascade:
            raise Failure("schema_full", ticked(name))
        session.execute("DROP SCHEMA %s.%s CASCADE" % (quoted("c_" + where), quoted("s_" + name)))
        del catalog.catalogs[where][name]
        return nothing()
    view = words.accept("VIEW")
    if not view:
        words.expect("TABLE")
    exists, said = words.accept("IF", "EXISTS"), words.path()
    words.done()
    path = tuple(p.lower() for p in session.path(said))
    tables = catalog.catalogs.get(path[0], {}).get(path[1], {"tables": {}})["tables"]
    if path[2] not in tables:
        if exists:
            return nothing()
        raise Failure("table", ".".join("`%s`" % s for s in said))
    session.execute("DROP %s %s" % ("VIEW" if tables[path[2]].kind == "VIEW" else "TABLE", tables[path[2]].address()))
    del tables[path[2]]
    return nothing()


def comment(session, words):
    words.expect("ON")
    if words.accept("COLUMN"):
        path = words.path()
        table = session.found(session.path(path[:-1]), path[:-1])
        one = table.column(path[-1])
        if one is None:
            raise Failure("column", path[-1])
    elif words.accept("SCHEMA"):
        path = words.path()
        words.expect("IS")
        where = (path[-2] if len(path) > 1 else session.default[0]).lower()
        session.catalog.tables(where, path[-1].lower())
        session.catalog.catalogs[where][path[-1].lower()]["comment"] = None if words.accept("NULL") else words.string()
        words.done()
        return nothing()
    else:
        words.expect("TABLE")
        said = words.path()
        one = session.found(session.path(said), said)
    words.expect("IS")
    one.comment = None if words.accept("NULL") else words.string()
    words.done()
    return nothing()


# ---- ALTER ----

def alter(session, words):
    if not words.accept("TABLE") and not words.accept("VIEW"):
        return unknown(session, words)
    said = words.path()
    table = session.found(session.path(said), said)
    from alter import alter_table
    session.whole(lambda: alter_table(session, table, words))
    words.done()
    return nothing()
