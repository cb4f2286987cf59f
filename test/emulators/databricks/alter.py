"""ALTER TABLE, within Delta's limits: column mapping for renaming and dropping, type widening for other types.

docs.databricks.com/sql/language-manual/sql-ref-syntax-ddl-alter-table, -manage-column, -add-constraint.  A change of columns makes
DuckDB's table anew.
"""
import ddl
from catalog import object_name, quoted, ticked
from errors import Failure
from translate import expression

# What type widening takes (delta/type-widening).
WIDER = {"TINYINT": {"SMALLINT", "INT", "BIGINT", "DOUBLE", "DECIMAL"}, "SMALLINT": {"INT", "BIGINT", "DOUBLE", "DECIMAL"},
         "INT": {"BIGINT", "DOUBLE", "DECIMAL"}, "BIGINT": {"DECIMAL"}, "FLOAT": {"DOUBLE"}, "DATE": {"TIMESTAMP_NTZ"}}
DIGITS = {"TINYINT": 3, "SMALLINT": 5, "INT": 10, "BIGINT": 20}


def rebuild(session, table, sources):
    """The rows anew: sources are the new columns' expressions over the old ones."""
    held = "gw_rebuilt"
    session.execute("CREATE OR REPLACE TEMP TABLE %s AS SELECT %s FROM %s" % (
        held, ", ".join("%s AS %s" % (source, quoted(c.name)) for source, c in zip(sources, table.columns)), table.address()))
    session.execute("CREATE OR REPLACE TABLE %s (%s)" % (table.address(), ", ".join(ddl.definition(c, table) for c in table.columns)))
    session.execute("INSERT INTO %s SELECT * FROM temp.main.%s" % (table.address(), held))


def same(table):
    return [quoted(c.name) for c in table.columns]


def alter_table(session, table, words):
    if words.accept("ADD"):
        add(session, table, words)
    elif words.accept("ALTER"):
        words.accept("COLUMN")
        change(session, table, words)
    elif words.accept("CHANGE"):
        words.accept("COLUMN")
        change(session, table, words)
    elif words.accept("RENAME", "COLUMN"):
        rename(session, table, words)
    elif words.accept("RENAME", "TO"):
        move(session, table, words)
    elif words.accept("DROP"):
        remove(session, table, words)
    elif words.accept("CLUSTER", "BY"):
        if table.partitions:
            raise Failure("cluster_partition")
        table.clusters = ["AUTO"] if words.accept("AUTO") else [] if words.accept("NONE") else words.names()
        ddl.checked(table)
    elif words.accept("SET", "TBLPROPERTIES"):
        table.properties.update(ddl.properties(words))
    elif words.accept("UNSET", "TBLPROPERTIES"):
        words.accept("IF", "EXISTS")
        words.expect("(")
        while True:
            table.properties.pop(words.string(), None)
            if not words.accept(","):
                break
        words.expect(")")
    else:
        words.fail()
    table.noted("ALTER TABLE")


def add(session, table, words):
    if words.peek() in ("CONSTRAINT", "PRIMARY", "FOREIGN", "CHECK"):
        return add_constraint(session, table, words)
    if not words.accept("COLUMNS"):
        words.expect("COLUMN")
    many = words.accept("(")
    while True:
        add_column(session, table, words)
        if not many or not words.accept(","):
            break
    if many:
        words.expect(")")
    return None


def add_column(session, table, words):
    exists = words.accept("IF", "NOT", "EXISTS")
    if words.peek(1) == ".":
        return add_field(session, table, words)
    part = ddl.column(words)
    one, before = part.column, same(table)
    if exists and table.column(one.name) is not None:
        return None
    if one.default is not None:
        raise Failure("default_add")
    if not one.nullable:
        raise Failure("mapping_type", "NOT NULL is not supported in ALTER TABLE ADD COLUMNS.")
    part(session, table)
    ddl.checked(table)
    position(words, table, before, one, "CAST(NULL AS %s)" % one.kind.duckdb())
    rebuild(session, table, before)
    return None


def add_field(session, table, words):
    """A field of a STRUCT."""
    outer = table.column(words.name())
    words.expect(".")
    name, kind = words.name(), words.kind()
    if outer is None or outer.kind.name != "STRUCT":
        raise Failure("column", name)
    old = outer.kind.parts
    sources = same(table)
    outer.kind.parts = old + [(name, kind, True, None)]
    fields = ", ".join("%s := %s.%s" % (quoted(f[0]), quoted(outer.name), quoted(f[0])) for f in old)
    sources[table.columns.index(outer)] = "CASE WHEN %s IS NOT NULL THEN struct_pack(%s, %s := CAST(NULL AS %s)) END" % (
        quoted(outer.name), fields, quoted(name), kind.duckdb())
    rebuild(session, table, sources)


def position(words, table, sources, one, source):
    """FIRST, AFTER x, or at the end; the column is the last of the table's and not among the sources."""
    table.columns.remove(one)
    at = len(table.columns)
    if words.accept("FIRST"):
        at = 0
    elif words.accept("AFTER"):
        name = words.name()
        if table.column(name) is None:
            raise Failure("column", name)
        at = table.columns.index(table.column(name)) + 1
    table.columns.insert(at, one)
    sources.insert(at, source)


def add_constraint(session, table, words):
    before, checks = [c.nullable for c in table.columns], dict(table.checks)
    part = ddl.constraint(words)
    had = table.primary
    part(session, table)
    if table.primary is not had and any(n and not c.nullable for n, c in zip(before, table.columns)):
        names = [c.name for n, c in zip(before, table.columns) if n and not c.nullable]
        for n, c in zip(before, table.columns):
            c.nullable = n
        table.primary = had
        raise Failure("mapping_type", "Cannot create the primary key because its child column(s) %s is nullable. Please change the column nullability "
                      "and retry." % ", ".join("`%s`" % n for n in names))
    for name, (text, held) in table.checks.items():
        if name not in checks:
            if session.one("SELECT count(*) FROM %s WHERE NOT (%s)" % (table.address(), held)):
                table.checks = checks
                raise Failure("check_old", text)
            rebuild(session, table, same(table))


def change(session, table, words):
    name = words.name()
    one = table.column(name)
    if one is None:
        raise Failure("column", name)
    sources = same(table)
    if words.accept("SET", "NOT", "NULL"):
        if session.one("SELECT count(*) FROM %s WHERE %s IS NULL" % (table.address(), quoted(one.name))):
            raise Failure("not_null", one.name)
        one.nullable = False
    elif words.accept("DROP", "NOT", "NULL"):
        one.nullable = True
    elif words.accept("SET", "DEFAULT"):
        if table.properties.get("delta.feature.allowColumnDefaults", "").lower() not in ("supported", "enabled"):
            raise Failure("default_feature", "ALTER TABLE")
        one.default = words.rest()
        one.held = "CAST(%s AS %s)" % (expression("CAST(%s AS %s)" % (one.default, one.kind.text()), session), one.kind.duckdb())
    elif words.accept("DROP", "DEFAULT"):
        one.default = one.held = None
    elif words.accept("COMMENT"):
        one.comment = words.string()
        return
    elif words.accept("TYPE"):
        kind = words.kind()
        if not widened(table, one.kind, kind):
            raise Failure("alter_type", "`%s` from %s to %s" % (one.name, one.kind.text(), kind.text()))
        sources[table.columns.index(one)] = "CAST(%s AS %s)" % (quoted(one.name), kind.duckdb())
        one.kind = kind
    elif words.peek() in ("FIRST", "AFTER"):
        at = table.columns.index(one)
        source = sources.pop(at)
        table.columns.append(table.columns.pop(at))
        position(words, table, sources, one, source)
    else:
        words.fail()
    rebuild(session, table, sources)


def widened(table, old, new):
    if old.name in ("VARCHAR", "CHAR") and new.name in ("VARCHAR", "STRING"):
        return new.name == "STRING" or new.numbers[0] >= old.numbers[0]
    if old.name == new.name and old.numbers == new.numbers:
        return True
    if table.properties.get("delta.enableTypeWidening", "false").lower() != "true":
        return False
    if old.name == new.name == "DECIMAL":
        return new.numbers[1] >= old.numbers[1] and new.numbers[0] - old.numbers[0] >= new.numbers[1] - old.numbers[1]
    if new.name == "DECIMAL" and old.name in DIGITS:
        return new.numbers[0] - new.numbers[1] >= (10 if old.name != "BIGINT" else 20)
    return new.name in WIDER.get(old.name, ())


def rename(session, table, words):
    name = words.name()
    words.expect("TO")
    new = words.name()
    if not table.mapped():
        raise Failure("rename_mapping")
    one = table.column(name)
    if one is None:
        raise Failure("column", name)
    if table.column(new) not in (None, one):
        raise Failure("column_exists", new)
    sources = same(table)
    one.name = new
    for kept in (table.partitions, table.clusters, table.primary[1] if table.primary else []):
        kept[:] = [new if k.lower() == name.lower() else k for k in kept]
    rebuild(session, table, sources)


def remove(session, table, words):
    if words.accept("CONSTRAINT"):
        exists, name = words.accept("IF", "EXISTS"), words.name()
        found = next((k for k in table.checks if k.lower() == name.lower()), None)
        if found is not None:
            del table.checks[found]
            rebuild(session, table, same(table))
        elif table.primary and table.primary[0].lower() == name.lower():
            table.primary = None
        elif any(f[0].lower() == name.lower() for f in table.foreign):
            table.foreign = [f for f in table.foreign if f[0].lower() != name.lower()]
        elif not exists:
            raise Failure("mapping_type", "Constraint %s does not exist." % name)
        return
    if words.accept("PRIMARY", "KEY"):
        table.primary = None
        return
    if not words.accept("COLUMNS"):
        words.expect("COLUMN")
    exists = words.accept("IF", "EXISTS")
    names = words.names() if words.peek() == "(" else [words.name()]
    if not table.mapped():
        raise Failure("drop_mapping")
    for name in names:
        one = table.column(name)
        if one is None:
            if exists:
                continue
            raise Failure("column", name)
        table.columns.remove(one)
        rebuild(session, table, same(table))


def move(session, table, words):
    said = words.path()
    catalog, schema, name, tables = ddl.place_of(session, said if len(said) > 1 else [table.schema, *said])
    if name in tables:
        raise Failure("table_exists", ticked(catalog, schema, object_name(name)))
    old = table.address()
    del session.catalog.catalogs[table.catalog][table.schema]["tables"][table.name]
    rows = same(table)
    table.catalog, table.schema, table.name = catalog, schema, name
    session.execute("CREATE TABLE %s (%s)" % (table.address(), ", ".join(ddl.definition(c, table) for c in table.columns)))
    session.execute("INSERT INTO %s SELECT %s FROM %s" % (table.address(), ", ".join(rows), old))
    session.execute("DROP TABLE " + old)
    tables[name] = table
