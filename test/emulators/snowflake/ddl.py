"""CREATE, ALTER, DROP, COMMENT: changes of the catalog and of what holds the rows.

docs.snowflake.com/sql-reference/sql/create-table, alter-table, alter-table-column.  Keys are written down and not
enforced; NOT NULL and the lengths of texts are.
"""
import datetime
import re

from sqlglot import exp

import values
from catalog import Column, Table, decoded, encoded, quoted, shown
from errors import Failure
from translate import Translation, of_type, parse


def names_of(session, node, what="CREATE TABLE"):
    """(database, schema, name) of a table's node as it was parsed."""
    said = [part.name if part.args.get("quoted") else part.name.upper() for part in (node.args.get("catalog"), node.args.get("db"), node.this) if part]
    database, schema = session.database, session.schema
    if len(said) == 3:
        database = said[0]
    if len(said) >= 2:
        schema = said[-2]
    if database is None:
        raise Failure("no_database", what)
    if schema is None:
        raise Failure("no_schema", what)
    return database, schema, said[-1]


def stored(node):
    """The stored name of an identifier, or of what holds just one."""
    while not isinstance(node, exp.Identifier):
        node = node.this
    return node.name if node.args.get("quoted") else node.name.upper()


def address(*names):
    return ".".join(quoted(encoded(n)) for n in names)


def column_of(node, session):
    """(Column, keys that stand beside it) of its definition."""
    kind = of_type(node.args["kind"]) if node.args.get("kind") else None
    if kind is None:
        raise Failure("type", node.args["kind"].sql(dialect="snowflake") if node.args.get("kind") else "")
    column, keys = Column(stored(node), kind), []
    for constraint in node.args.get("constraints") or []:
        rule = constraint.args.get("kind")
        if isinstance(rule, exp.NotNullColumnConstraint):
            column.nullable = bool(rule.args.get("allow_null"))
        elif isinstance(rule, exp.DefaultColumnConstraint):
            column.default = rule.this.sql(dialect="snowflake")
            column.held = Translation(parse("SELECT " + column.default), session).run()[0][len("SELECT "):]
        elif isinstance(rule, exp.CommentColumnConstraint):
            column.comment = rule.this.name
        elif isinstance(rule, (exp.GeneratedAsIdentityColumnConstraint, exp.AutoIncrementColumnConstraint)):
            start, step = rule.args.get("start"), rule.args.get("increment")
            column.identity = (start.name if start is not None else "1", step.name if step is not None else "1")
        elif isinstance(rule, exp.CollateColumnConstraint):
            column.collation = rule.this.name
        elif isinstance(rule, (exp.PrimaryKeyColumnConstraint, exp.UniqueColumnConstraint, exp.Reference)):
            keys.append(rule)
    return column, keys


def definition(column):
    """The column as DuckDB gets it."""
    name = quoted(encoded(column.name))
    out = name + " " + column.kind.duckdb()
    if column.held:
        out += " DEFAULT " + column.held
    if not column.nullable:
        out += " NOT NULL"
    if column.kind.kind == "text" and column.kind.length < 16777216:
        out += " CHECK (length(%s) <= %d)" % (name, column.kind.length)
    return out


def sequence(table, column):
    return address(table.database, table.schema, "%s %s seq" % (table.name, column.name))


def create(session, tree, text):
    kind = tree.args.get("kind", "").upper()
    if kind in ("SCHEMA", "DATABASE"):
        return create_space(session, tree, kind)
    if kind == "VIEW":
        return create_view(session, tree, text)
    if kind != "TABLE":
        raise Failure("unemulated", "CREATE " + kind)
    node = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    database, schema, name = names_of(session, node)
    table = Table(database, schema, name)
    properties = tree.args.get("properties").expressions if tree.args.get("properties") else []
    table.temporary = any(isinstance(p, exp.TemporaryProperty) for p in properties)
    tables = session.temporary if table.temporary else session.catalog.tables(database, schema)
    if name in tables:
        if tree.args.get("exists"):
            return "%s already exists, statement succeeded." % name
        if not tree.args.get("replace"):
            raise Failure("exists", shown(name))
    for part in properties:
        if isinstance(part, exp.Cluster):
            table.cluster = cluster_text(part.expressions)
        elif isinstance(part, exp.SchemaCommentProperty):
            table.comment = part.this.name
        elif isinstance(part, exp.TransientProperty):
            table.transient = True
    if tree.expression is not None:
        create_as(session, table, tree)
    elif isinstance(tree.this, exp.Schema):
        create_columns(session, table, tree.this.expressions)
    else:
        create_like(session, table, tree)
    tables[name] = table
    return "Table %s successfully created." % name


def create_columns(session, table, parts):
    held = []
    for part in parts:
        if isinstance(part, exp.ColumnDef):
            column, keys = column_of(part, session)
            table.columns.append(column)
            held += [(rule, [column.name]) for rule in keys]
        else:
            held.append((part, None))
    for rule, columns in held:
        constraint(session, table, rule, columns)
    for column in table.columns:
        if column.identity:
            column.held = "nextval('%s')" % sequence(table, column).replace("'", "''")
            session.execute("CREATE OR REPLACE SEQUENCE %s START WITH %s INCREMENT BY %s" % (sequence(table, column), *column.identity))
    session.execute("CREATE OR REPLACE %s %s (%s)" % ("TEMP TABLE" if table.temporary else "TABLE", table.address(),
                                                      ", ".join(definition(c) for c in table.columns)))


def rebuild(session, table):
    """The rows anew, below the lengths that hold now."""
    held = quoted("rows of " + encoded(table.name))
    session.execute("CREATE OR REPLACE TEMP TABLE %s AS SELECT * FROM %s" % (held, table.address()))
    session.execute("CREATE OR REPLACE TABLE %s (%s)" % (table.address(), ", ".join(definition(c) for c in table.columns)))
    session.execute("INSERT INTO %s SELECT * FROM temp.main.%s" % (table.address(), held))
    session.execute("DROP TABLE temp.main.%s" % held)


def constraint(session, table, rule, columns=None):
    """Notes a key; a primary key's columns hold no NULL."""
    name = None
    if isinstance(rule, exp.Constraint):
        name, rule = stored(rule), rule.expressions[0]
    name = name or session.catalog.constraint_name()
    if isinstance(rule, (exp.PrimaryKey, exp.PrimaryKeyColumnConstraint)):
        columns = columns or [stored(e) for e in rule.expressions]
        for column in columns:
            if table.column(column) is None:
                raise Failure("identifier", shown(column))
            table.column(column).nullable = False
        table.primary = (name, columns)
    elif isinstance(rule, exp.UniqueColumnConstraint):
        columns = columns or [stored(e) for e in rule.this.expressions]
        table.unique.append((name, columns))
    elif isinstance(rule, exp.ForeignKey):
        reference(session, table, name, [stored(e) for e in rule.expressions], rule.args["reference"])
    elif isinstance(rule, exp.Reference):
        reference(session, table, name, columns, rule)
    else:
        raise Failure("unemulated", rule.sql(dialect="snowflake")[:80])


def reference(session, table, name, columns, rule):
    target = rule.this.this if isinstance(rule.this, exp.Schema) else rule.this
    place = names_of(session, target)
    other = [stored(e) for e in rule.this.expressions] if isinstance(rule.this, exp.Schema) else []
    found = session.catalog.find(*place)
    table.foreign.append((name, columns, place, other or (found.primary[1] if found.primary else columns)))


def create_as(session, table, tree):
    """CREATE TABLE ... AS: types are those of the query."""
    query, kinds = Translation(tree.expression.copy(), session).run()
    described = session.describe(query)
    given = [e for e in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []
    for i, row in enumerate(described):
        kind = (kinds[i] if i < len(kinds) else None) or values.of_duckdb(row[1])
        name = stored(given[i]) if given else decoded(row[0])
        table.columns.append(Column(name, kind or values.TEXT))
    columns = ", ".join("CAST(%s AS %s) AS %s" % (quoted("c%d" % i), c.kind.duckdb(), quoted(encoded(c.name))) for i, c in enumerate(table.columns))
    session.execute("CREATE OR REPLACE %s %s AS SELECT %s FROM (%s) AS _(%s)" % (
        "TEMP TABLE" if table.temporary else "TABLE", table.address(), columns, query, ", ".join(quoted("c%d" % i) for i in range(len(described)))))


def create_like(session, table, tree):
    source = tree.args.get("clone") or next((p for p in tree.args["properties"].expressions if isinstance(p, exp.LikeProperty)), None)
    if source is None:
        raise Failure("syntax", "<EOF>")
    found = session.catalog.find(*names_of(session, source.this))
    table.columns, table.cluster, table.primary = list(found.columns), found.cluster, found.primary
    session.execute("CREATE OR REPLACE TABLE %s AS SELECT * FROM %s%s" % (
        table.address(), found.address(), "" if tree.args.get("clone") else " WHERE false"))


def create_view(session, tree, text):
    node = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    database, schema, name = names_of(session, node)
    tables = session.catalog.tables(database, schema)
    if name in tables and not tree.args.get("replace"):
        raise Failure("exists", shown(name))
    view = Table(database, schema, name, "VIEW")
    view.text = text
    query, kinds = Translation(tree.expression.copy(), session).run()
    for i, row in enumerate(session.describe(query)):
        view.columns.append(Column(decoded(row[0]), (kinds[i] if i < len(kinds) else None) or values.of_duckdb(row[1]) or values.TEXT))
    session.execute("CREATE OR REPLACE VIEW %s AS %s" % (view.address(), query))
    tables[name] = view
    return "View %s successfully created." % name


def create_space(session, tree, kind):
    """A schema or a database."""
    node = tree.this
    names = [stored(p) for p in (node.args.get("catalog"), node.args.get("db"), node.this) if p]
    catalog, name = session.catalog, names[-1]
    if kind == "DATABASE":
        if name in catalog.databases:
            if tree.args.get("exists"):
                return "%s already exists, statement succeeded." % name
            if not tree.args.get("replace"):
                raise Failure("exists", shown(name))
            drop_database(session, name)
        make_database(session, name)
        session.database, session.schema = name, "PUBLIC"
        return "Database %s successfully created." % name
    database = names[-2] if len(names) > 1 else session.database
    if database not in catalog.databases:
        raise Failure("database_missing" if database else "no_database", shown(database) if database else "CREATE SCHEMA")
    if name in catalog.databases[database]:
        if tree.args.get("exists"):
            return "%s already exists, statement succeeded." % name
        if not tree.args.get("replace"):
            raise Failure("exists", shown(name))
        session.execute("DROP SCHEMA %s CASCADE" % address(database, name))
    session.execute("CREATE SCHEMA %s" % address(database, name))
    catalog.databases[database][name] = {"tables": {}, "comment": None}
    session.schema = name
    return "Schema %s successfully created." % name


def make_database(session, name):
    session.execute("ATTACH ':memory:' AS %s" % quoted(encoded(name)))
    session.execute("CREATE SCHEMA %s" % address(name, "PUBLIC"))
    session.catalog.databases[name] = {"PUBLIC": {"tables": {}, "comment": None}}


def drop_database(session, name):
    session.execute("DETACH %s" % quoted(encoded(name)))
    del session.catalog.databases[name]


def drop(session, tree):
    kind, catalog = tree.args.get("kind", "").upper(), session.catalog
    node = tree.this
    names = [stored(p) for p in (node.args.get("catalog"), node.args.get("db"), node.this) if p]
    if kind == "DATABASE":
        present, name = names[-1] in catalog.databases, names[-1]
        if present:
            drop_database(session, name)
    elif kind == "SCHEMA":
        name, database = names[-1], names[-2] if len(names) > 1 else session.database
        present = name in catalog.databases.get(database, {})
        if present:
            session.execute("DROP SCHEMA %s CASCADE" % address(database, name))
            del catalog.databases[database][name]
            session.schema = None if session.schema == name else session.schema
    elif kind in ("TABLE", "VIEW"):
        database, schema, name = names_of(session, node, "DROP TABLE")
        tables = session.temporary if name in session.temporary else catalog.databases.get(database, {}).get(schema, {"tables": {}})["tables"]
        present = name in tables
        if present:
            session.execute("DROP %s %s" % (tables[name].kind, tables[name].address()))
            del tables[name]
    else:
        raise Failure("unemulated", "DROP " + kind)
    if not present and not tree.args.get("exists"):
        raise Failure("object", ".".join(shown(n) for n in names))
    return "%s successfully dropped." % name if present else "Drop statement executed successfully (%s already dropped)." % name


def alter(session, tree):
    node = tree.this
    database, schema, name = names_of(session, node, "ALTER TABLE")
    if tree.args.get("exists") and name not in session.catalog.tables(database, schema):
        return "Statement executed successfully."
    table = session.temporary.get(name) or session.catalog.find(database, schema, name)
    for action in tree.args.get("actions") or []:
        ALTERS.get(type(action), alter_other)(session, table, action)
    table.altered = datetime.datetime.now(datetime.timezone.utc)
    return "Statement executed successfully."


def alter_other(_session, _table, action):
    raise Failure("unemulated", "ALTER TABLE ... " + action.sql(dialect="snowflake")[:80])


def alter_add(session, table, action):
    column, keys = column_of(action, session)
    if table.column(column.name) is not None:
        if action.args.get("exists"):
            return
        raise Failure("exists", shown(column.name))
    if not column.nullable and column.held is None and session.one("SELECT count(*) FROM " + table.address()):
        raise Failure("add_not_null", shown(column.name))
    session.execute("ALTER TABLE %s ADD COLUMN %s" % (table.address(), "%s %s%s" % (
        quoted(encoded(column.name)), column.kind.duckdb(), " DEFAULT " + column.held if column.held else "")))
    table.columns.append(column)
    rebuild(session, table)
    for rule in keys:
        constraint(session, table, rule, [column.name])


def alter_drop(session, table, action):
    name = stored(action.this)
    if table.column(name) is None:
        if action.args.get("exists"):
            return
        raise Failure("identifier", shown(name))
    session.execute("ALTER TABLE %s DROP COLUMN %s" % (table.address(), quoted(encoded(name))))
    table.columns = [c for c in table.columns if c.name != name]


def alter_rename(session, table, action):
    name = stored(action.this)
    tables = session.catalog.tables(table.database, table.schema)
    if name in tables:
        raise Failure("exists", shown(name))
    session.execute("ALTER TABLE %s RENAME TO %s" % (table.address(), quoted(encoded(name))))
    tables[name] = tables.pop(table.name)
    table.name = name


def alter_rename_column(session, table, action):
    before, after = stored(action.this), stored(action.args["to"])
    if table.column(before) is None:
        raise Failure("identifier", shown(before))
    session.execute("ALTER TABLE %s RENAME COLUMN %s TO %s" % (table.address(), quoted(encoded(before)), quoted(encoded(after))))
    table.column(before).name = after
    if table.primary:
        table.primary = (table.primary[0], [after if c == before else c for c in table.primary[1]])


def alter_column(session, table, action):
    """Longer texts and more digits only (alter-table-column)."""
    column = table.column(stored(action.this))
    if column is None:
        raise Failure("identifier", shown(stored(action.this)))
    where = "ALTER TABLE %s ALTER COLUMN %s " % (table.address(), quoted(encoded(column.name)))
    if action.args.get("dtype") is not None:
        kind = of_type(action.args["dtype"])
        if kind is None:
            raise Failure("type", action.args["dtype"].sql(dialect="snowflake"))
        fits = kind.kind == column.kind.kind and (
            (kind.kind == "text" and kind.length >= column.kind.length) or (kind.kind == "fixed" and kind.scale == column.kind.scale))
        if not fits:
            raise Failure("alter_type", "%s from type %s to %s" % (shown(column.name), column.kind.ddl(), kind.ddl()))
        column.kind = kind
        rebuild(session, table)
    elif action.args.get("comment") is not None:
        column.comment = action.args["comment"].name
    elif action.args.get("allow_null") is not None:
        session.execute(where + ("DROP" if action.args["allow_null"] else "SET") + " NOT NULL")
        column.nullable = bool(action.args["allow_null"])
    elif action.args.get("drop"):                               # DROP NOT NULL is above
        session.execute(where + "DROP DEFAULT")
        column.default = column.held = None
    else:
        alter_other(session, table, action)


def alter_constraint(session, table, action):
    for rule in action.expressions:
        constraint(session, table, rule)


def alter_swap(session, table, action):
    """Rows and definitions change places, names stay."""
    tables = session.catalog.tables(table.database, table.schema)
    other = session.catalog.find(*names_of(session, action.this))
    between = quoted("swapped " + encoded(table.name))
    for before, after in ((table.address(), between), (other.address(), quoted(encoded(table.name))),
                          (".".join([address(table.database, table.schema), between]), quoted(encoded(other.name)))):
        session.execute("ALTER TABLE %s RENAME TO %s" % (before, after))
    table.name, other.name = other.name, table.name
    tables[table.name], tables[other.name] = table, other


def cluster_text(parts):
    return "LINEAR(%s)" % ", ".join(re.sub(r"^\((.*)\)$", r"\1", (e.this if isinstance(e, exp.Ordered) else e).sql(dialect="snowflake")) for e in parts)


def alter_cluster(_session, table, action):
    table.cluster = cluster_text(action.expressions)


def alter_set(session, table, action):
    for part in action.expressions:
        for one in part.expressions if isinstance(part, exp.Properties) else [part]:
            if not isinstance(one, exp.SchemaCommentProperty):
                alter_other(session, table, action)
            table.comment = one.this.name


def alter_command(session, table, action):
    said = re.sub(r"\s+", " ", "%s %s" % (action.this, action.expression)).strip().upper()
    if said == "DROP PRIMARY KEY":
        table.primary = None
    elif said == "DROP CLUSTERING KEY":
        table.cluster = ""
    else:
        alter_other(session, table, action)


ALTERS = {exp.SwapTable: alter_swap, exp.Cluster: alter_cluster, exp.AlterSet: alter_set, exp.Command: alter_command, exp.ColumnDef: alter_add, exp.Drop: alter_drop, exp.AlterRename: alter_rename, exp.RenameColumn: alter_rename_column,
          exp.AlterColumn: alter_column, exp.AddConstraint: alter_constraint}


def comment(session, tree):
    text, kind = tree.expression.name, tree.args.get("kind", "").upper()
    if kind == "COLUMN":
        column = tree.this
        holder = exp.Table(this=column.args["table"], db=column.args.get("db"), catalog=column.args.get("catalog"))
        found = session.catalog.find(*names_of(session, holder)).column(stored(column.this))
        if found is None:
            raise Failure("identifier", shown(stored(column.this)))
        found.comment = text
    elif kind in ("TABLE", "VIEW"):
        session.catalog.find(*names_of(session, tree.this)).comment = text
    else:
        raise Failure("unemulated", "COMMENT ON " + kind)
    return "Statement executed successfully."
