"""What the account tells of itself: INFORMATION_SCHEMA, SHOW and DESCRIBE.

docs.snowflake.com/sql-reference/info-schema, sql/show-primary-keys, sql/show-tables, sql/desc-table.  Each is a list
of columns and rows that is made when it is asked for.
"""
import re

from catalog import encoded, quoted, shown
from errors import Failure

STAMP = "TIMESTAMPTZ"
VIEWS = {
    "DATABASES": "DATABASE_NAME DATABASE_OWNER IS_TRANSIENT COMMENT CREATED:T LAST_ALTERED:T RETENTION_TIME:N TYPE",
    "SCHEMATA": "CATALOG_NAME SCHEMA_NAME SCHEMA_OWNER IS_TRANSIENT IS_MANAGED_ACCESS RETENTION_TIME:N DEFAULT_CHARACTER_SET_CATALOG "
                "CREATED:T LAST_ALTERED:T COMMENT",
    "TABLES": "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER TABLE_TYPE IS_TRANSIENT CLUSTERING_KEY ROW_COUNT:N BYTES:N RETENTION_TIME:N "
              "CREATED:T LAST_ALTERED:T LAST_DDL:T AUTO_CLUSTERING_ON COMMENT IS_TEMPORARY IS_ICEBERG IS_DYNAMIC IS_HYBRID",
    "VIEWS": "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER VIEW_DEFINITION CHECK_OPTION IS_UPDATABLE IS_SECURE CREATED:T LAST_ALTERED:T COMMENT",
    "COLUMNS": "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION:N COLUMN_DEFAULT IS_NULLABLE DATA_TYPE "
               "CHARACTER_MAXIMUM_LENGTH:N CHARACTER_OCTET_LENGTH:N NUMERIC_PRECISION:N NUMERIC_PRECISION_RADIX:N NUMERIC_SCALE:N "
               "DATETIME_PRECISION:N COLLATION_NAME IS_IDENTITY IDENTITY_GENERATION IDENTITY_START IDENTITY_INCREMENT COMMENT",
    "TABLE_CONSTRAINTS": "CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME TABLE_CATALOG TABLE_SCHEMA TABLE_NAME CONSTRAINT_TYPE "
                         "IS_DEFERRABLE INITIALLY_DEFERRED ENFORCED COMMENT CREATED:T LAST_ALTERED:T RELY",
    "REFERENTIAL_CONSTRAINTS": "CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME UNIQUE_CONSTRAINT_CATALOG UNIQUE_CONSTRAINT_SCHEMA "
                               "UNIQUE_CONSTRAINT_NAME MATCH_OPTION UPDATE_RULE DELETE_RULE COMMENT CREATED:T LAST_ALTERED:T",
}
KEYS = "created_on:T database_name schema_name table_name column_name key_sequence:N constraint_name rely comment"
SHOWN = {
    "PRIMARY KEYS": KEYS, "UNIQUE KEYS": KEYS,
    "IMPORTED KEYS": "created_on:T pk_database_name pk_schema_name pk_table_name pk_column_name fk_database_name fk_schema_name fk_table_name "
                     "fk_column_name key_sequence:N update_rule delete_rule fk_name pk_name deferrability rely comment",
    "TABLES": "created_on:T name database_name schema_name kind comment cluster_by rows:N bytes:N owner retention_time automatic_clustering",
    "VIEWS": "created_on:T name reserved database_name schema_name owner comment text is_secure is_materialized",
    "OBJECTS": "created_on:T name database_name schema_name kind comment cluster_by rows:N bytes:N owner retention_time",
    "COLUMNS": "table_name schema_name column_name data_type null? default kind expression comment database_name autoincrement",
    "SCHEMAS": "created_on:T name is_default is_current database_name owner comment options retention_time",
    "DATABASES": "created_on:T name is_default is_current origin owner comment options retention_time",
    "WAREHOUSES": "name state type size", "PARAMETERS": "key value default level description type",
}


def columns_of(text):
    """(name, type of DuckDB) for each word; N is a number, T a moment."""
    out = []
    for word in text.split():
        name, _, kind = word.partition(":")
        out.append((name, {"N": "DECIMAL(38, 0)", "T": STAMP}.get(kind, "VARCHAR")))
    return out


def size(session, table):
    """(rows, bytes); the bytes are ours, a plain count of what the texts would take."""
    if table.kind == "VIEW":
        return None, None
    count = session.one("SELECT count(*) FROM " + table.address())
    return count, count * 16 * max(len(table.columns), 1)


def rows_of_view(session, database, view):
    catalog = session.catalog
    tables = [t for t in catalog.everything(database) if not t.temporary]
    if view == "DATABASES":
        return [[d, "ACCOUNTADMIN", "NO", None, session.born, session.born, 1, "STANDARD"] for d in sorted(catalog.databases)]
    if view == "SCHEMATA":
        return [[database, s, "ACCOUNTADMIN", "NO", "NO", 1, None, session.born, session.born, v.get("comment")]
                for s, v in [*sorted(catalog.databases[database].items()), ("INFORMATION_SCHEMA", {})]]
    if view == "TABLES":
        return [[database, t.schema, t.name, "ACCOUNTADMIN", "VIEW" if t.kind == "VIEW" else "BASE TABLE", "YES" if t.transient else "NO",
                 t.cluster or None, *size(session, t), 1 if t.kind == "TABLE" else None, t.created, t.altered, t.altered,
                 "YES" if t.cluster else "NO", t.comment, "NO", "NO", "NO", "NO"] for t in tables]
    if view == "VIEWS":
        return [[database, t.schema, t.name, "ACCOUNTADMIN", t.text, "NONE", "NO", "NO", t.created, t.altered, t.comment]
                for t in tables if t.kind == "VIEW"]
    if view == "COLUMNS":
        return [column_row(t, i, c) for t in tables for i, c in enumerate(t.columns)]
    if view == "TABLE_CONSTRAINTS":
        return [[database, t.schema, name, database, t.schema, t.name, kind, "NO", "YES", "NO", None, t.created, t.altered, "NO"]
                for t in tables for kind, name in constraints(t)]
    return [[database, t.schema, f[0], f[2][0], f[2][1], key_name(catalog, f), "FULL", "NO ACTION", "NO ACTION", None, t.created, t.altered]
            for t in tables for f in t.foreign]


def key_name(catalog, foreign):
    table = catalog.databases.get(foreign[2][0], {}).get(foreign[2][1], {"tables": {}})["tables"].get(foreign[2][2])
    return table.primary[0] if table is not None and table.primary else None


def constraints(table):
    if table.primary:
        yield "PRIMARY KEY", table.primary[0]
    for name, _ in table.unique:
        yield "UNIQUE", name
    for foreign in table.foreign:
        yield "FOREIGN KEY", foreign[0]


def column_row(table, i, column):
    kind = column.kind
    sized = kind.kind in ("text", "binary")
    return [table.database, table.schema, table.name, column.name, i + 1, column.default, "YES" if column.nullable else "NO", kind.catalog_name(),
            kind.length if sized else None, min(kind.length * (4 if kind.kind == "text" else 1), 134217728) if sized else None,
            kind.precision if kind.kind == "fixed" else None, 10 if kind.kind == "fixed" else None, kind.scale if kind.kind == "fixed" else None,
            kind.scale if kind.kind == "time" or kind.kind.startswith("timestamp") else None, None,
            "YES" if column.identity else "NO", "BY DEFAULT" if column.identity else None,
            str(column.identity[0]) if column.identity else None, str(column.identity[1]) if column.identity else None, column.comment]


def table(session, database, view):
    """Fills a table of this session with that view and gives its name there."""
    if view not in VIEWS:
        raise Failure("object", "%s.INFORMATION_SCHEMA.%s" % (shown(database), shown(view)))
    name = "INFORMATION_SCHEMA " + view
    session.fill(name, columns_of(VIEWS[view]), rows_of_view(session, database, view))
    return name


# ---- SHOW ----

NAME = r'(?:"(?:[^"]|"")+"|[A-Za-z_][\w$]*)'
SHOW = re.compile(r"SHOW\s+(?:TERSE\s+)?(PRIMARY\s+KEYS|UNIQUE\s+KEYS|IMPORTED\s+KEYS|TABLES|VIEWS|OBJECTS|COLUMNS|SCHEMAS|DATABASES|WAREHOUSES|PARAMETERS)"
                  r"(?:\s+HISTORY)?(?:\s+LIKE\s+'((?:[^']|'')*)')?"
                  r"(?:\s+IN(?:\s+(ACCOUNT|DATABASE|SCHEMA|TABLE|VIEW|SESSION))?(?:\s+((?:%s)(?:\s*\.\s*%s)*))?)?"
                  r"(?:\s+STARTS\s+WITH\s+'((?:[^']|'')*)')?(?:\s+LIMIT\s+(\d+)(?:\s+FROM\s+'((?:[^']|'')*)')?)?\s*$" % (NAME, NAME), re.I | re.S)
DESCRIBE = re.compile(r"DESC(?:RIBE)?\s+(?:(TABLE|VIEW)\s+)?((?:%s)(?:\s*\.\s*%s)*)(?:\s+TYPE\s*=\s*COLUMNS)?\s*$" % (NAME, NAME), re.I | re.S)


def parts(text):
    return [p[1:-1].replace('""', '"') if p[0] == '"' else p.upper() for p in re.findall(NAME, text or "")]


def like(pattern):
    """SHOW's LIKE does not tell case apart."""
    text = "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in pattern)
    return re.compile(text + r"\Z", re.I | re.S)


def where(session, what, scope, name):
    """(database, schema, table) that a SHOW is about, with what is missing from the session."""
    names, scope = parts(name), (scope or "").upper()
    if scope in ("", "SESSION") and not names:
        if what in ("DATABASES", "WAREHOUSES", "PARAMETERS") or session.database is None:
            return None, None, None
        return session.database, None if what == "SCHEMAS" else session.schema, None
    if scope == "ACCOUNT":
        return None, None, None
    if not scope:
        scope = "DATABASE" if what == "SCHEMAS" else "TABLE" if what in ("COLUMNS", "PRIMARY KEYS", "UNIQUE KEYS", "IMPORTED KEYS") else "SCHEMA"
    if scope == "DATABASE":
        names = (names or [session.database])[:1] + [None, None]
    elif scope == "SCHEMA":
        names = ([session.database] if len(names) < 2 else []) + (names or [session.schema]) + [None]
    else:
        names = [session.database, session.schema][:3 - len(names)] + names
    if names[0] not in session.catalog.databases or (names[1] is not None and names[1] not in session.catalog.databases[names[0]]):
        raise Failure("show_missing")
    if names[2] is not None and names[2] not in session.catalog.tables(names[0], names[1]):
        raise Failure("object", ".".join(shown(n) for n in names))
    return tuple(names[:3])


def show(session, text):
    """(columns, rows) of SHOW ..."""
    match = SHOW.match(text)
    if not match:
        raise Failure("syntax", (text.split() + ["", ""])[1])
    what = re.sub(r"\s+", " ", match[1].upper())
    database, schema, name = where(session, what, match[3], match[4])
    rows = SHOWS[what](session, database, schema, name)
    columns = columns_of(SHOWN[what])
    key = next((i for i, c in enumerate(columns) if c[0] in ("name", "column_name", "key")), 0)
    if match[2] is not None:
        pattern = like(match[2].replace("''", "'"))
        rows = [r for r in rows if pattern.match(r[key])]
    if match[5] is not None:
        rows = [r for r in rows if r[key].startswith(match[5].replace("''", "'"))]
    if match[7] is not None:
        rows = [r for r in rows if r[key] > match[7].replace("''", "'")]
    return columns, rows[:min(int(match[6]) if match[6] else 10000, 10000)]


def show_keys(which):
    def make(session, *place):
        out = []
        for t in session.catalog.everything(*place):
            for name, columns in ([t.primary] if t.primary else []) if which == "primary" else t.unique:
                out += [[t.created, t.database, t.schema, t.name, c, i + 1, name, "false", None] for i, c in enumerate(columns)]
        return out
    return make


def show_imported(session, *place):
    return [[t.created, *f[2], other, t.database, t.schema, t.name, c, i + 1, "NO ACTION", "NO ACTION", f[0], key_name(session.catalog, f),
             "NOT DEFERRABLE", "false", None]
            for t in session.catalog.everything(*place) for f in t.foreign for i, (c, other) in enumerate(zip(f[1], f[3]))]


def show_tables(kinds):
    def make(session, *place):
        out = []
        for t in session.catalog.everything(*place):
            if t.kind in kinds:
                count, size_ = size(session, t)
                out.append([t.created, t.name, t.database, t.schema, "TRANSIENT" if t.transient else t.kind, t.comment or "", t.cluster, count, size_,
                            "ACCOUNTADMIN", "1", "ON" if t.cluster else "OFF"][:12 if kinds == ("TABLE",) else 11])
        return out
    return make


def show_views(session, *place):
    return [[t.created, t.name, "", t.database, t.schema, "ACCOUNTADMIN", t.comment or "", t.text, "false", "false"]
            for t in session.catalog.everything(*place) if t.kind == "VIEW"]


def show_columns(session, *place):
    return [[t.name, t.schema, c.name, c.kind.json(c.nullable), "true" if c.nullable else "NOT_NULL", c.default or "", "COLUMN", "", c.comment or "",
             t.database, "IDENTITY START %s INCREMENT %s NOORDER" % c.identity if c.identity else ""]
            for t in session.catalog.everything(*place) for c in t.columns]


def show_schemas(session, database, *_):
    return [[session.born, s, "N", "Y" if (d, s) == (session.database, session.schema) else "N", d, "ACCOUNTADMIN", v.get("comment") or "", "", "1"]
            for d in sorted(session.catalog.databases) if database in (None, d)
            for s, v in [*sorted(session.catalog.databases[d].items()), ("INFORMATION_SCHEMA", {})]]


def show_databases(session, *_):
    return [[session.born, d, "N", "Y" if d == session.database else "N", "", "ACCOUNTADMIN", "", "", "1"] for d in sorted(session.catalog.databases)]


def show_parameters(session, *_):
    return [[k, v, d, "SESSION" if v != d else "", "", "STRING"] for k, (v, d) in sorted(session.parameters_shown().items())]


SHOWS = {"PRIMARY KEYS": show_keys("primary"), "UNIQUE KEYS": show_keys("unique"), "IMPORTED KEYS": show_imported, "TABLES": show_tables(("TABLE",)),
         "VIEWS": show_views, "OBJECTS": show_tables(("TABLE", "VIEW")), "COLUMNS": show_columns, "SCHEMAS": show_schemas,
         "DATABASES": show_databases, "WAREHOUSES": lambda s, *_: [[w, "STARTED", "STANDARD", "X-Small"] for w in sorted(s.warehouses)],
         "PARAMETERS": show_parameters}


def describe(session, text):
    match = DESCRIBE.match(text)
    if not match:
        raise Failure("syntax", (text.split() + ["", ""])[1])
    names = parts(match[2])
    names = [session.database, session.schema][:max(0, 3 - len(names))] + names
    found = session.temporary.get(names[2]) or session.catalog.find(*names[:3])
    keys, unique = set(found.primary[1] if found.primary else ()), {c for _, cs in found.unique for c in cs}
    columns = [(n, "VARCHAR") for n in ("name", "type", "kind", "null?", "default", "primary key", "unique key", "check", "expression", "comment",
                                        "policy name", "privacy domain")]
    return columns, [[c.name, c.kind.ddl() + (" COLLATE '%s'" % c.collation if c.collation else ""), "COLUMN", "Y" if c.nullable else "N", c.default, "Y" if c.name in keys else "N",
                      "Y" if c.name in unique else "N", None, None, c.comment, None, None] for c in found.columns]


def fill_sql(name, columns):
    """The table of a session that holds rows of ours."""
    return 'CREATE OR REPLACE TEMP TABLE %s (%s)' % (quoted(encoded(name)), ", ".join("%s %s" % (quoted(encoded(n)), k) for n, k in columns))
