"""What there is: databases, schemas, tables with columns, keys, comments and clustering.

Stored names keep their case, DuckDB's do not tell case apart: encoded() makes a name that does.
The objects here are only descriptions; rows are DuckDB's.
"""
import datetime
import re

from errors import Failure


def encoded(name):
    """A name of DuckDB's for a stored name: capitals stand for themselves, others say which letters are small."""
    if name == name.upper() and "~" not in name:
        return name
    mask = sum(1 << i for i, c in enumerate(name) if "a" <= c <= "z")
    return "%s~%x" % (name, mask)


def decoded(name):
    match = re.fullmatch(r"(.*)~([0-9a-f]+)", name, re.S)
    return match[1] if match else name


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def shown(name):
    """As messages say it: bare where it needs no quotes."""
    return name if re.fullmatch(r"[A-Z_][A-Z0-9_$]*", name) else quoted(name)


class Column:
    def __init__(self, name, kind, nullable=True, default=None, comment=None, identity=None, collation=None):
        self.name, self.kind, self.nullable, self.default = name, kind, nullable, default
        self.comment, self.identity, self.collation = comment, identity, collation
        self.held = None            # the default as DuckDB has it


class Table:
    def __init__(self, database, schema, name, kind="TABLE"):
        self.database, self.schema, self.name, self.kind = database, schema, name, kind
        self.columns, self.comment, self.cluster, self.text, self.transient = [], None, "", None, False
        # (name, columns) of PRIMARY KEY and UNIQUE; (name, columns, (database, schema, table), columns) of FOREIGN KEY
        self.primary, self.unique, self.foreign, self.temporary = None, [], [], False
        self.loaded = {}            # file => MD5 of those that COPY has loaded
        self.created = self.altered = datetime.datetime.now(datetime.timezone.utc)

    def column(self, name):
        return next((c for c in self.columns if c.name == name), None)

    def address(self):
        if self.temporary:
            return "temp.main.%s" % quoted(encoded(self.name))
        return ".".join(quoted(encoded(n)) for n in (self.database, self.schema, self.name))


class Catalog:
    def __init__(self):
        self.databases = {}
        self.serial = 0

    def constraint_name(self):
        self.serial += 1
        return "SYS_CONSTRAINT_%08x-0000-4000-8000-%012x" % (self.serial, self.serial)

    def tables(self, database, schema):
        schemas = self.databases.get(database)
        if schemas is None:
            raise Failure("database_missing", shown(database))
        if schema not in schemas:
            raise Failure("schema_missing", "%s.%s" % (shown(database), shown(schema)))
        return schemas[schema]["tables"]

    def find(self, database, schema, name):
        """The table, or Failure as a query that names it fails."""
        schemas = self.databases.get(database, {})
        table = schemas.get(schema, {"tables": {}})["tables"].get(name)
        if table is None:
            raise Failure("object", ".".join(shown(n) for n in (database, schema, name)))
        return table

    def everything(self, database=None, schema=None, name=None):
        for d in sorted(self.databases):
            for s in sorted(self.databases[d]):
                for t in sorted(self.databases[d][s]["tables"]):
                    if (database in (None, d)) and (schema in (None, s)) and (name in (None, t)):
                        yield self.databases[d][s]["tables"][t]
