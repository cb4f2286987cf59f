"""Tables as the compiler needs them, read from the engine's meta schema."""
import hashlib
import json

import sqltypes as t
from errors import SqlError

# The engine's types of the columns of sys.* and INFORMATION_SCHEMA.
VIEW_TYPES = {"ms.bit": t.BIT, "ms.tinyint": t.Type("tinyint"), "ms.datetime": t.Type("datetime"), "ms.sysname": t.string("nvarchar", 128),
              "ms.nvarchar": t.string("nvarchar", t.MAX), "ms.char2": t.string("char", 2), "ms.variant": t.Type("sql_variant"), "ms.str": t.string("nvarchar", t.MAX), "integer": t.INT,
              "bigint": t.BIGINT, "smallint": t.Type("smallint"), "bytea": t.Type("varbinary", t.MAX)}


def short(name):
    """An identifier that the engine can hold: it has 63 bytes, SQL Server 128 characters."""
    raw = name.encode("utf-8")
    if len(raw) <= 60:
        return name
    return raw[:40].decode("utf-8", "ignore") + "~" + hashlib.md5(raw).hexdigest()[:16]


def quote_name(name):
    return '"' + short(name).replace('"', '""') + '"'


def schema_pg(name):
    return quote_name("u_" + name)


class TableColumn:
    def __init__(self, row):
        self.id, self.name, self.pg = row["id"], row["name"], row["pg"]
        self.kind = t.words(row["type"])
        self.nullable, self.collation = row["nullable"], row["collation"]
        if self.kind.name in t.STRINGS:
            self.kind = self.kind._replace(collation=self.collation)
        self.identity = (row["seed"], row["step"]) if row["seed"] is not None else None
        self.computed, self.default = row["computed"], row["default"]


class Table:
    def __init__(self, database, row):
        self.database, self.id, self.schema, self.name, self.type = database, row["id"], row["schema"], row["name"], row["type"]
        self.columns = [TableColumn(c) for c in row["columns"] or []]
        self.temporary = self.schema == "#"
        self.pg = "pg_temp." + quote_name(self.name) if self.temporary else schema_pg(self.schema) + "." + quote_name(self.name)

    def parts(self):
        return [self.database, self.schema, self.name]

    def full(self):
        return ".".join(self.parts())

    def find(self, name):
        for c in self.columns:
            if c.name.lower() == name.lower():
                return c
        raise SqlError(207, name)


class Catalog:
    def __init__(self, engine, database, views):
        self.engine, self.database, self.views = engine, database, views

    def split(self, parts):
        """(schema, name) of a name that may say the database, too."""
        if len(parts) > 3 or len(parts) == 3 and parts[0] and parts[0].lower() not in (self.database.lower(), "tempdb"):
            raise SqlError(208, ".".join(parts))
        if parts[-1].startswith("#"):
            return "#", parts[-1]
        return (parts[-2] if len(parts) > 1 and parts[-2] else "dbo"), parts[-1]

    def find(self, parts):
        schema, name = self.split(parts)
        low = schema.lower(), name.lower()
        if low[0] in ("sys", "information_schema"):
            return self.views.get(low)
        row = self.engine.one("SELECT meta.describe(%s, %s)" % (lit(schema), lit(name)))
        return Table(self.database, json.loads(row)) if row else None

    def table(self, parts):
        found = self.find(parts)
        if found is None:
            raise SqlError(208, ".".join(parts))
        return found


def lit(text):
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def system_views(engine, database):
    """sys.* and INFORMATION_SCHEMA.* as tables."""
    rows = engine.rows("SELECT n.nspname, c.relname, a.attname, (SELECT CASE typnamespace WHEN 'ms'::regnamespace THEN 'ms.' || typname"
                       " ELSE format_type(oid, NULL) END FROM pg_type WHERE oid = a.atttypid) FROM pg_attribute AS a"
                       " JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace"
                       " WHERE n.nspname IN ('sys', 'isv') AND a.attnum > 0 AND c.relkind = 'v' ORDER BY 1, 2, a.attnum")
    out = {}
    for schema, view, column, kind in rows:
        name = "sys" if schema == "sys" else "INFORMATION_SCHEMA"
        shown = view if schema == "sys" else view.upper()
        key = (name.lower(), view.lower())
        if key not in out:
            out[key] = Table(database, {"id": 0, "schema": name, "name": shown, "type": "V", "columns": []})
            out[key].pg = "%s.%s" % (schema, quote_name(view))
        found = VIEW_TYPES[kind]
        out[key].columns.append(TableColumn({
            "id": len(out[key].columns) + 1, "name": column, "pg": quote_name(column), "type": t.show(found), "nullable": True,
            "collation": t.DEFAULT_COLLATION if found.name in t.STRINGS else None, "seed": None, "step": None, "computed": None, "default": 0}))
    return out
