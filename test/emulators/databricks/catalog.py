"""What there is: catalogs, schemas, tables with columns, keys, properties.

Unity Catalog stores names of catalogs, schemas and tables in small letters and keeps those of columns; no name tells case apart
(docs.databricks.com/sql/language-manual/sql-ref-names).  The objects here are descriptions; rows are DuckDB's.
"""
import datetime
import re
import uuid

from errors import Failure


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def ticked(*names):
    return ".".join("`" + n.replace("`", "``") + "`" for n in names)


def object_name(name):
    """A catalog's, schema's or table's name as it is stored."""
    if not name or len(name) > 255 or re.search(r"[.\s/\x00-\x1f\x7f]", name):
        raise Failure("object_name", name)
    return name.lower()


class Column:
    def __init__(self, name, kind, nullable=True, default=None, comment=None, identity=None, generated=None):
        self.name, self.kind, self.nullable, self.default, self.comment = name, kind, nullable, default, comment
        self.identity = identity        # (always, start, step)
        self.generated = generated      # the expression's text
        self.held = None                # default or expression as DuckDB has it
        self.collation = "UTF8_BINARY"  # is told, and no more: texts are compared by their bytes

    def type(self):
        """As catalogs write it (data-types/string-type)."""
        return self.kind.text(small=True) + ("" if self.collation == "UTF8_BINARY" else " collate " + self.collation)


class Table:
    def __init__(self, catalog, schema, name, kind="MANAGED"):
        self.catalog, self.schema, self.name, self.kind = catalog, schema, name, kind
        self.columns, self.comment, self.text, self.format = [], None, None, "DELTA"
        self.partitions, self.clusters, self.properties = [], [], {}
        # (name, columns); (name, columns, (catalog, schema, table), columns); name: (text, DuckDB's)
        self.primary, self.foreign, self.checks = None, [], {}
        self.created = self.altered = datetime.datetime.now(datetime.timezone.utc)
        self.id, self.history = str(uuid.uuid4()), []

    def column(self, name):
        return next((c for c in self.columns if c.name.lower() == name.lower()), None)

    def path(self):
        return self.catalog, self.schema, self.name

    def address(self):
        return "%s.%s.%s" % (quoted("c_" + self.catalog), quoted("s_" + self.schema), quoted(self.name))

    def mapped(self):
        return self.properties.get("delta.columnMapping.mode", "none") in ("name", "id")

    def noted(self, operation, **parameters):
        self.altered = datetime.datetime.now(datetime.timezone.utc)
        self.history.append((len(self.history), self.altered, operation, parameters))


class Catalog:
    def __init__(self):
        self.catalogs, self.born = {}, datetime.datetime.now(datetime.timezone.utc)

    def schemas(self, catalog):
        if catalog not in self.catalogs:
            raise Failure("catalog", catalog)
        return self.catalogs[catalog]

    def tables(self, catalog, schema):
        schemas = self.schemas(catalog)
        if schema not in schemas:
            raise Failure("schema", ticked(catalog, schema))
        return schemas[schema]["tables"]

    def find(self, path):
        """The table, or Failure as a query that names it fails."""
        catalog, schema, name = (p.lower() for p in path)
        table = self.catalogs.get(catalog, {}).get(schema, {"tables": {}})["tables"].get(name)
        if table is None:
            raise Failure("table", ticked(*path))
        return table

    def everything(self, catalog=None, schema=None):
        for c in sorted(self.catalogs):
            for s in sorted(self.catalogs[c]):
                if catalog in (None, c) and schema in (None, s):
                    for name in sorted(self.catalogs[c][s]["tables"]):
                        yield self.catalogs[c][s]["tables"][name]
