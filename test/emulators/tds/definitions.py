"""CREATE, ALTER and DROP: in the engine, and in the emulator's own catalog (the meta schema).

Constraints are called "o" and their object's id in the engine, so that its errors can be told by
SQL Server's names.
"""
import sqltypes as t
from catalog import Table, lit, quote_name, schema_pg
from compiler import Column, Compiler, Scope, Source
from convert import E, store
from errors import SqlError, unknown
from expressions import engine_collation


class Definitions:
    def __init__(self, session):
        self.session, self.engine = session, session.engine

    def catalog(self):
        return self.session.catalog

    def compiler(self):
        return Compiler(self.session.catalog, {}, self.session)

    def run(self, node):
        getattr(self, node.k)(node)

    # ---- schemas and databases ----

    def create_schema(self, node):
        if self.engine.one("SELECT 1 FROM meta.schemas WHERE lower(name) = lower(%s)" % lit(node.name)):
            raise SqlError(2714, node.name)
        self.engine.run("INSERT INTO meta.schemas SELECT greatest(max(schema_id), 4) + 1, %s FROM meta.schemas; CREATE SCHEMA %s" % (
            lit(node.name), schema_pg(node.name)))

    def schema(self, name):
        """Its id and its own spelling."""
        rows = self.engine.rows("SELECT schema_id, name FROM meta.schemas WHERE lower(name) = lower(%s)" % lit(name))
        if not rows:
            raise SqlError(2760, name)
        return int(rows[0][0]), rows[0][1]

    # ---- objects ----

    def add_object(self, schema_id, name, kind, parent=0, definition=None):
        if self.engine.one("SELECT 1 FROM meta.objects WHERE schema_id = %d AND lower(name) = lower(%s)" % (schema_id, lit(name))):
            raise SqlError(2714, name)
        return int(self.engine.one("INSERT INTO meta.objects (schema_id, name, type, parent, definition) VALUES (%d, %s, %s, %d, %s)"
                                   " RETURNING object_id" % (schema_id, lit(name), lit(kind), parent, lit(definition))))

    def own_name(self, prefix, table, node):
        if node.name:
            return node.name
        number = int(self.engine.one("SELECT nextval('meta.ids')"))
        return "%s__%s__%08X" % (prefix, table.name[:9], number * 2654435761 % 2 ** 32)

    def schema_id(self, table):
        return int(self.engine.one("SELECT schema_id FROM meta.objects WHERE object_id = %d" % table.id))

    def create_table(self, node):
        schema, name = self.catalog().split(node.table)
        if schema == "#":
            schema_id = -int(self.engine.one("SELECT pg_backend_pid()"))
        else:
            schema_id, schema = self.schema(schema)
        if len(node.columns) > 1024:
            raise SqlError(1702, node.columns[1024].name, name)
        self.check_columns(node, name)
        object_id = self.add_object(schema_id, name, "U")
        table = Table(self.session.database, {"id": object_id, "schema": schema, "name": name, "type": "U", "columns": []})
        keys = {k.lower() for con in node.constraints if con.kind == "PRIMARY KEY" for k, _ in con.keys}
        self.engine.run("CREATE TABLE %s ()" % table.pg)
        for col in node.columns:
            if col.name.lower() in keys or any(con.kind == "PRIMARY KEY" for con in col.constraints):
                if col.nullable:
                    raise SqlError(8111, name)
                col.nullable = False
            table = self.add_column_to(table, col)
        for col in node.columns:
            for con in col.constraints:
                self.constraint(table, con)
        for con in node.constraints:
            self.constraint(table, con)

    @staticmethod
    def check_columns(node, name):
        seen = set()
        for col in node.columns:
            if col.name.lower() in seen:
                raise SqlError(2705, col.name, name)
            seen.add(col.name.lower())
        if sum(col.identity is not None for col in node.columns) > 1:
            raise SqlError(2744, name)
        if sum(con.kind == "PRIMARY KEY" for con in node.constraints + [c for col in node.columns for c in col.constraints]) > 1:
            raise SqlError(8110, text="Cannot add multiple PRIMARY KEY constraints to table '%s'." % name, level=16, state=0)

    def add_column_to(self, table, col):
        """Adds a column to engine and catalog; the table as it is then."""
        kind, nullable = col.type, col.nullable
        computed = None
        compiler = self.compiler()
        scope = Scope(None)
        scope.add(Source(table.name, [Column(k.name, k.pg, k.kind, k.nullable, 1, k.collation) for k in table.columns]))
        if col.computed is not None:
            e = compiler.value(col.computed, scope)
            kind, computed = e.kind, col.source
            nullable = e.nullable if nullable is None else nullable
        if nullable is None:
            nullable = col.identity is None and kind.name != "timestamp"
        collation = None
        if kind.name in t.STRINGS and kind.name not in ("xml", "sql_variant"):
            collation = col.collation or t.DEFAULT_COLLATION
            if collation.lower() == "database_default":
                collation = t.DEFAULT_COLLATION
        if col.identity is not None and not (kind.name in ("tinyint", "smallint", "int", "bigint")
                                             or kind.name == "decimal" and kind.scale == 0):
            raise SqlError(2749, col.name)
        pg = quote_name(col.name)
        words = [pg, t.carrier(kind) if not (col.identity and kind.name == "decimal") else "int8"]
        if collation:
            words.append("COLLATE " + engine_collation(collation)[0])
        if not nullable:
            words.append("NOT NULL")
        if col.identity is not None:
            words.append("GENERATED BY DEFAULT AS IDENTITY (START %d INCREMENT %d%s)" % (
                col.identity + (" MINVALUE -9223372036854775808" if col.identity[0] < 1 or col.identity[1] < 0 else "",)))
        if computed is not None:
            words.append("GENERATED ALWAYS AS (%s) STORED" % e.sql)
        if kind.name == "timestamp":
            words.append("DEFAULT ms.rowversion()")
        prec, scale = t.shown_digits(kind)
        column_id = int(self.engine.one("SELECT coalesce(max(column_id), 0) + 1 FROM meta.columns WHERE object_id = %d" % table.id))
        default_id = 0
        if col.default is not None:
            default_id, value = self.default_value(table, col.default, col.name, kind, collation)
            words.append("DEFAULT " + value)
        self.engine.run("ALTER TABLE %s ADD COLUMN %s" % (table.pg, " ".join(words)))
        if kind.name == "timestamp":
            self.rowversion(table, pg)
        self.engine.run("INSERT INTO meta.columns VALUES (%d, %d, %s, %s, %d, %d, %d, %s, %s, %s, %s, %s, %s, %s, %s, %d, %s)" % (
            table.id, column_id, lit(col.name), lit(kind.name), t.max_bytes(kind), prec, scale, lit(collation),
            str(nullable).lower(), lit(t.show(kind)), lit(pg),
            col.identity[0] if col.identity else "NULL", col.identity[1] if col.identity else "NULL",
            lit("(" + computed + ")" if computed else None), str(bool(col.persisted)).lower(), default_id,
            str(bool(col.sysname)).lower()))
        return self.fresh(table)

    def rowversion(self, table, pg):
        name = "ms.touch_%d" % table.id
        self.engine.run("CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $f$BEGIN NEW.%s := ms.rowversion();"
                        " RETURN NEW; END$f$; CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s()" % (
                            name, pg, table.pg, name))

    def fresh(self, table):
        schema = "#" if table.temporary else table.schema
        return self.catalog().find([schema, table.name] if schema != "#" else [table.name])

    def default_value(self, table, con, column, kind, collation):
        """Registers a default; (its object id, the engine's text)."""
        holder = type("Holder", (), {"kind": kind, "name": column, "collation": collation})
        value = store(self.compiler().value(con.arg, Scope(None)), holder, table.full())
        object_id = self.add_object(self.schema_id(table), self.own_name("DF", table, con), "D", table.id,
                                    con.source if con.source.startswith("(") else "(%s)" % con.source)
        return object_id, value

    # ---- constraints ----

    def constraint(self, table, con):
        getattr(self, "add_" + con.kind.lower().replace(" ", "_"))(table, con)

    def add_primary_key(self, table, con):
        if self.engine.one("SELECT 1 FROM meta.objects WHERE parent = %d AND type = 'PK'" % table.id):
            raise SqlError(1779, table.name)
        self.key(table, con, "PK", "PRIMARY KEY")

    def add_unique(self, table, con):
        self.key(table, con, "UQ", "UNIQUE NULLS NOT DISTINCT")

    def key(self, table, con, kind, words):
        columns = [self.key_column(table, n) for n, _ in con.keys]
        if kind == "PK" and any(k.nullable for k in columns):
            raise SqlError(8111, table.name)
        name = self.own_name(kind, table, con)
        object_id = self.add_object(self.schema_id(table), name, kind, table.id)
        clustered = con.clustered == "clustered" or con.clustered is None and kind == "PK" and not self.clustered(table)
        if con.clustered == "clustered" and self.clustered(table):
            raise SqlError(1902, "table", table.name, self.clustered(table))
        self.engine.run("ALTER TABLE %s ADD CONSTRAINT o%d %s (%s)" % (table.pg, object_id, words, ", ".join(k.pg for k in columns)))
        self.add_index(table, name, clustered, True, [(k, d) for k, (_, d) in zip(columns, con.keys)], [], object_id)

    @staticmethod
    def key_column(table, name):
        try:
            k = table.find(name)
        except SqlError:
            raise SqlError(1911, name) from None
        if k.kind.size == t.MAX or k.kind.name in t.LARGE | {"xml"}:
            raise SqlError(1919, k.name, table.name)
        return k

    def clustered(self, table):
        return self.engine.one("SELECT name FROM meta.indexes WHERE object_id = %d AND type IN (1, 5)" % table.id)

    def add_index(self, table, name, clustered, unique, keys, include, object_id, kind=None, where=None):
        index_id = 1 if clustered else int(self.engine.one(
            "SELECT greatest(coalesce(max(index_id), 0), 1) + 1 FROM meta.indexes WHERE object_id = %d" % table.id))
        self.engine.run("INSERT INTO meta.indexes VALUES (%d, %d, %s, %d, %s, %d, %s)" % (
            table.id, index_id, lit(name), kind or (1 if clustered else 2), str(unique).lower(), object_id, lit(where)))
        for position, (k, down, included) in enumerate([(k, d, False) for k, d in keys] + [(k, False, True) for k in include], 1):
            self.engine.run("INSERT INTO meta.index_columns VALUES (%d, %d, %d, %d, %d, %s, %s)" % (
                table.id, index_id, position, k.id, 0 if included else position, str(down).lower(), str(included).lower()))
        return index_id

    def add_check(self, table, con):
        scope = Scope(None)
        scope.add(Source(table.name, [Column(k.name, k.pg, k.kind, k.nullable, 1, k.collation) for k in table.columns]))
        condition = self.compiler().condition(con.arg, scope)
        object_id = self.add_object(self.schema_id(table), self.own_name("CK", table, con), "C", table.id, con.source)
        self.engine.run("ALTER TABLE %s ADD CONSTRAINT o%d CHECK (%s)" % (table.pg, object_id, condition))

    def add_foreign(self, table, con):
        other = self.catalog().find(con.table)
        name = self.own_name("FK", table, con)
        if other is None:
            raise SqlError(1767, name, ".".join(con.table))
        columns = [table.find(n) for n in con.columns]
        if con.keys is None:
            rows = self.engine.rows("SELECT c.name FROM meta.indexes AS i JOIN meta.index_columns AS x USING (object_id, index_id)"
                                    " JOIN meta.columns AS c USING (object_id, column_id) JOIN meta.objects AS k ON k.object_id = i.constraint_id"
                                    " WHERE i.object_id = %d AND k.type = 'PK' ORDER BY x.key_ordinal" % other.id)
            con.keys = [r[0] for r in rows]
        keys = [other.find(n) for n in con.keys]
        object_id = self.add_object(self.schema_id(table), name, "F", table.id)
        actions = " ".join("ON %s %s" % (event.upper(), action) for event, action in con.actions.items())
        self.engine.run("ALTER TABLE %s ADD CONSTRAINT o%d FOREIGN KEY (%s) REFERENCES %s (%s) %s" % (
            table.pg, object_id, ", ".join(k.pg for k in columns), other.pg, ", ".join(k.pg for k in keys), actions))
        self.engine.run("INSERT INTO meta.foreign_keys VALUES (%d, %d, %d, %s, %s)" % (
            object_id, table.id, other.id, lit(con.actions.get("delete", "NO ACTION")), lit(con.actions.get("update", "NO ACTION"))))
        for i, (a, b) in enumerate(zip(columns, keys), 1):
            self.engine.run("INSERT INTO meta.foreign_key_columns VALUES (%d, %d, %d, %d)" % (object_id, i, a.id, b.id))

    def add_default(self, table, con):
        k = table.find(con.column)
        if k.default:
            raise SqlError(1781)
        object_id, value = self.default_value(table, con, k.name, k.kind, k.collation)
        self.engine.run("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s; UPDATE meta.columns SET default_id = %d"
                        " WHERE object_id = %d AND column_id = %d" % (table.pg, k.pg, value, object_id, table.id, k.id))

    # ---- indexes and views ----

    def create_index(self, node):
        table = self.catalog().table(node.table)
        if self.engine.one("SELECT 1 FROM meta.indexes WHERE object_id = %d AND lower(name) = lower(%s)" % (table.id, lit(node.name))):
            raise SqlError(1913, node.name, "table", table.name)
        if node.clustered and self.clustered(table):
            raise SqlError(1902, "table", table.name, self.clustered(table))
        keys = [(self.key_column(table, n), d) for n, d in node.keys]
        include = []
        for n in node.include:
            include.append(table.find(n))
        kind = None
        if node.columnstore:
            kind = 5 if node.clustered else 6
        index_id = self.add_index(table, node.name, node.clustered, node.unique, keys, include, 0, kind,
                                  "(filter)" if node.where is not None else None)
        where = ""
        if node.where is not None:
            scope = Scope(None)
            scope.add(Source(table.name, [Column(k.name, k.pg, k.kind, k.nullable, 1, k.collation) for k in table.columns]))
            where = " WHERE " + self.compiler().condition(node.where, scope)
        if keys and not node.columnstore:
            self.engine.run("CREATE %sINDEX i%d_%d ON %s (%s)%s%s" % (
                "UNIQUE " if node.unique else "", table.id, index_id, table.pg, ", ".join(k.pg for k, _ in keys),
                " NULLS NOT DISTINCT" if node.unique else "", where))

    def drop_index(self, node):
        table = self.catalog().table(node.table)
        rows = self.engine.rows("SELECT index_id, constraint_id FROM meta.indexes WHERE object_id = %d AND lower(name) = lower(%s)" % (
            table.id, lit(node.name)))
        if not rows:
            if node.exists:
                return
            raise SqlError(3701, "drop", "index", "%s.%s" % (table.name, node.name))
        self.engine.run("DROP INDEX IF EXISTS %s.i%d_%s; DELETE FROM meta.indexes WHERE object_id = %d AND index_id = %s;"
                        "DELETE FROM meta.index_columns WHERE object_id = %d AND index_id = %s" % (
                            schema_pg(table.schema), table.id, rows[0][0], table.id, rows[0][0], table.id, rows[0][0]))

    def create_view(self, node):
        schema, name = self.catalog().split(node.table)
        schema_id, schema = self.schema(schema)
        compiler = self.compiler()
        query = compiler.query(node.query, None)
        names = compiler.column_names(query, name, node.columns)
        object_id = self.add_object(schema_id, name, "V", 0, node.get("text") or node.body)
        cells = ["(q.c%d COLLATE %s)" % (i, engine_collation(c.collation)[0]) if c.kind.name in t.STRINGS else "q.c%d" % i
                 for i, c in enumerate(query.columns, 1)]
        self.engine.run("CREATE VIEW %s.%s (%s) AS SELECT %s FROM (%s) AS q" % (schema_pg(schema), quote_name(name), ", ".join(
            quote_name(n) for n in names), ", ".join(cells), query.sql))
        for i, (n, c) in enumerate(zip(names, query.columns), 1):
            prec, scale = t.shown_digits(c.kind)
            collation = (c.collation or t.DEFAULT_COLLATION) if c.kind.name in t.STRINGS else None
            self.engine.run("INSERT INTO meta.columns VALUES (%d, %d, %s, %s, %d, %d, %d, %s, %s, %s, %s)" % (
                object_id, i, lit(n), lit(c.kind.name), t.max_bytes(c.kind), prec, scale, lit(collation),
                str(c.nullable).lower(), lit(t.show(c.kind)), lit(quote_name(n))))

    # ---- ALTER TABLE ----

    def alter_table(self, node):
        table = self.catalog().find(node.table)
        if table is None:
            raise SqlError(4902, ".".join(node.table))
        for action in node.actions:
            table = self.fresh(table)
            getattr(self, "alter_" + action.k)(table, action)

    def alter_add_constraint(self, table, action):
        self.constraint(table, action.constraint)

    def alter_add_column(self, table, action):
        col = action.column
        if any(k.name.lower() == col.name.lower() for k in table.columns):
            raise SqlError(2705, col.name, table.full())
        if col.nullable is False and col.default is None and col.identity is None and col.computed is None \
                and col.type.name != "timestamp" and self.engine.one("SELECT 1 FROM %s LIMIT 1" % table.pg):
            raise SqlError(4901, col.name, table.name)
        default, col.default = col.default, col.default if col.nullable is False else None
        table = self.add_column_to(table, col)
        if default is not None and col.default is None:
            # Rows that are there get NULL where the column takes it.
            default.column = col.name
            self.add_default(table, default)
        for con in col.constraints:
            self.constraint(table, con)

    def alter_drop_column(self, table, action):
        try:
            k = table.find(action.name)
        except SqlError:
            if action.exists:
                return
            raise SqlError(4924, "ALTER TABLE DROP COLUMN", action.name, table.name) from None
        self.dependents(table, k, "DROP COLUMN")
        self.engine.run("ALTER TABLE %s DROP COLUMN %s; DELETE FROM meta.columns WHERE object_id = %d AND column_id = %d;"
                        "DELETE FROM meta.properties WHERE major_id = %d AND minor_id = %d" % (
                            table.pg, k.pg, table.id, k.id, table.id, k.id))

    def dependents(self, table, k, verb):
        """What stands on a column has to go first: defaults, keys, indexes, checks."""
        if k.default:
            name = self.engine.one("SELECT name FROM meta.objects WHERE object_id = %d" % k.default)
            raise SqlError(5074, "object", name, "column", k.name)
        name = self.engine.one("SELECT i.name FROM meta.indexes AS i JOIN meta.index_columns AS x USING (object_id, index_id)"
                               " WHERE i.object_id = %d AND x.column_id = %d LIMIT 1" % (table.id, k.id))
        if name:
            raise SqlError(5074, "object", name, "column", k.name)
        rows = self.engine.rows("SELECT o.name FROM pg_constraint AS c JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)"
                                " JOIN meta.objects AS o ON 'o' || o.object_id = c.conname"
                                " WHERE c.conrelid = %s::regclass AND a.attname = %s LIMIT 1" % (lit(table.pg), lit(k.pg[1:-1].replace('""', '"'))))
        if rows:
            raise SqlError(5074, "object", rows[0][0], "column", k.name)

    def alter_drop_constraint(self, table, action):
        rows = self.engine.rows("SELECT object_id, type, name FROM meta.objects WHERE parent = %d AND lower(name) = lower(%s)" % (
            table.id, lit(action.name)))
        if not rows:
            if action.exists:
                return
            raise SqlError(3728, action.name)
        object_id, kind, _ = rows[0]
        if kind == "D":
            self.engine.run("ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT" % (table.pg, self.engine.one(
                "SELECT pg FROM meta.columns WHERE object_id = %d AND default_id = %s" % (table.id, object_id))))
            self.engine.run("UPDATE meta.columns SET default_id = 0 WHERE default_id = %s" % object_id)
        else:
            self.engine.run("ALTER TABLE %s DROP CONSTRAINT o%s" % (table.pg, object_id))
        self.forget(object_id)

    def forget(self, object_id):
        self.engine.run("DELETE FROM meta.index_columns AS x USING meta.indexes AS i WHERE i.constraint_id = {0} AND x.object_id = i.object_id"
                        " AND x.index_id = i.index_id; DELETE FROM meta.indexes WHERE constraint_id = {0}; DELETE FROM meta.foreign_keys WHERE object_id = {0};"
                        "DELETE FROM meta.foreign_key_columns WHERE object_id = {0}; DELETE FROM meta.objects WHERE object_id = {0}".format(object_id))

    def alter_alter_column(self, table, action):
        col = action.column
        try:
            k = table.find(col.name)
        except SqlError:
            raise SqlError(4924, "ALTER TABLE ALTER COLUMN", col.name, table.name) from None
        if k.computed is not None:
            raise SqlError(4928, k.name, "COMPUTED")
        if k.kind.name == "timestamp":
            raise SqlError(4928, k.name, "timestamp")
        if k.kind.name != col.type.name:
            self.dependents(table, k, "ALTER COLUMN")
        collation = (col.collation or t.DEFAULT_COLLATION) if col.type.name in t.STRINGS else None
        holder = type("Holder", (), {"kind": col.type, "name": k.name, "collation": collation})
        value = store(E(k.pg, k.kind, k.nullable, 1, k.collation), holder, table.full())
        nullable = True if col.nullable is None else col.nullable
        default = self.engine.one("SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum"
                                  " WHERE d.adrelid = %s::regclass AND a.attname = %s" % (lit(table.pg), lit(k.pg[1:-1].replace('""', '"')))) \
            if k.identity is None else None
        if default:
            self.engine.run("ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT" % (table.pg, k.pg))
        self.engine.run("ALTER TABLE %s ALTER COLUMN %s TYPE %s%s USING %s" % (
            table.pg, k.pg, t.carrier(col.type), " COLLATE " + engine_collation(collation)[0] if collation else "", value))
        self.engine.run("ALTER TABLE %s ALTER COLUMN %s %s NOT NULL" % (table.pg, k.pg, "DROP" if nullable else "SET"))
        if default:
            self.engine.run("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s" % (table.pg, k.pg, default))
        prec, scale = t.shown_digits(col.type)
        self.engine.run("UPDATE meta.columns SET type = %s, bytes = %d, prec = %d, scale = %d, coll = %s, nullable = %s, declared = %s, sysname = %s"
                        " WHERE object_id = %d AND column_id = %d" % (
                            lit(col.type.name), t.max_bytes(col.type), prec, scale, lit(collation), str(nullable).lower(),
                            lit(t.show(col.type)), str(bool(col.sysname)).lower(), table.id, k.id))

    # ---- DROP, TRUNCATE, rename ----

    def drop(self, node):
        for parts in node.names:
            getattr(self, "drop_" + node.kind, self.drop_unknown)(parts, node)

    def drop_unknown(self, parts, node):
        if not node.exists:
            raise SqlError(3701, "drop", node.kind, ".".join(parts))

    def drop_table(self, parts, node, kind="U"):
        table = self.catalog().find(parts)
        word = "table" if kind == "U" else "view"
        if table is None or table.type != kind:
            if node.exists:
                return
            raise SqlError(3701, "drop", word, ".".join(parts))
        if self.engine.one("SELECT 1 FROM meta.foreign_keys WHERE referenced = %d AND parent <> %d" % (table.id, table.id)):
            raise SqlError(3726, ".".join(parts))
        self.engine.run("DROP %s %s" % (word.upper(), table.pg))
        for row in self.engine.rows("SELECT object_id FROM meta.objects WHERE parent = %d" % table.id):
            self.forget(row[0])
        self.engine.run("DELETE FROM meta.index_columns WHERE object_id = {0}; DELETE FROM meta.indexes WHERE object_id = {0};"
                        "DELETE FROM meta.columns WHERE object_id = {0}; DELETE FROM meta.properties WHERE class = 1 AND major_id = {0};"
                        "DELETE FROM meta.objects WHERE object_id = {0}".format(table.id))

    def drop_view(self, parts, node):
        self.drop_table(parts, node, "V")

    def drop_schema(self, parts, node):
        rows = self.engine.rows("SELECT schema_id, name FROM meta.schemas WHERE lower(name) = lower(%s)" % lit(parts[-1]))
        if not rows:
            if node.exists:
                return
            raise SqlError(15151, "drop", "schema", parts[-1])
        name = self.engine.one("SELECT name FROM meta.objects WHERE schema_id = %s LIMIT 1" % rows[0][0])
        if name:
            raise SqlError(3729, "drop schema", parts[-1], name)
        self.engine.run("DROP SCHEMA %s; DELETE FROM meta.schemas WHERE schema_id = %s" % (schema_pg(rows[0][1]), rows[0][0]))

    def truncate(self, node):
        table = self.catalog().find(node.table)
        if table is None or table.type != "U":
            raise SqlError(4701, ".".join(node.table))
        if self.engine.one("SELECT 1 FROM meta.foreign_keys WHERE referenced = %d" % table.id):
            raise SqlError(4712, ".".join(node.table))
        self.engine.run("TRUNCATE %s RESTART IDENTITY" % table.pg)

    def alter_schema(self, node):
        table = self.catalog().table(node.table)
        schema_id, schema = self.schema(node.name)
        self.engine.run("ALTER TABLE %s SET SCHEMA %s; UPDATE meta.objects SET schema_id = %d WHERE object_id = %d OR parent = %d" % (
            table.pg, schema_pg(schema), schema_id, table.id, table.id))

    def rename(self, old, new, kind):
        """sp_rename. https://learn.microsoft.com/en-us/sql/relational-databases/system-stored-procedures/sp-rename-transact-sql"""
        parts = [row[0] for row in self.engine.rows("SELECT unnest(meta.name_parts(%s))" % lit(old))]
        if kind == "column":
            table = self.catalog().find(parts[:-1])
            if table is None or not any(k.name.lower() == parts[-1].lower() for k in table.columns):
                raise SqlError(15225, old, self.session.database, "(null)" if kind is None else kind.upper())
            k = table.find(parts[-1])
            if any(o.name.lower() == new.lower() and o is not k for o in table.columns):
                raise SqlError(15335, new, "COLUMN")
            self.engine.run("ALTER TABLE %s RENAME COLUMN %s TO %s; UPDATE meta.columns SET name = %s, pg = %s WHERE object_id = %d AND column_id = %d" % (
                table.pg, k.pg, quote_name(new), lit(new), lit(quote_name(new)), table.id, k.id))
            return
        if kind == "index":
            self.engine.run("UPDATE meta.indexes SET name = %s WHERE lower(name) = lower(%s) AND object_id = meta.object_id(%s, NULL)" % (
                lit(new), lit(parts[-1]), lit(".".join("[%s]" % p for p in parts[:-1]))))
            return
        table = self.catalog().find(parts)
        if table is not None:
            if self.catalog().find([table.schema, new]) is not None and new.lower() != table.name.lower():
                raise SqlError(15335, new, "object")
            self.engine.run("ALTER TABLE %s RENAME TO %s; UPDATE meta.objects SET name = %s WHERE object_id = %d" % (
                table.pg, quote_name(new), lit(new), table.id))
            return
        object_id = self.engine.one("SELECT meta.object_id(%s, NULL)" % lit(old))
        if object_id is None:
            raise SqlError(15225, old, self.session.database, "(null)")
        self.engine.run("UPDATE meta.objects SET name = {0} WHERE object_id = {1}; UPDATE meta.indexes SET name = {0} WHERE constraint_id = {1}".format(
            lit(new), object_id))

    def insert_bulk(self, node):
        raise unknown("INSERT BULK in a batch")
