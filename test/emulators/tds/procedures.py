"""Procedures: as RPC requests and as EXEC in a batch.

[MS-TDS] 2.2.6.6; https://learn.microsoft.com/en-us/sql/relational-databases/system-stored-procedures/
"""
import re

import sqltypes as t
import tokens
from catalog import lit
from compiler import Column, Query
from convert import E, convert, literal
from errors import SqlError, unknown
from values import read_type, read_value

IDS = {2: "sp_cursoropen", 10: "sp_executesql", 11: "sp_prepare", 12: "sp_execute", 13: "sp_prepexec", 15: "sp_unprepare"}


class Parameter:
    def __init__(self, name, kind, value, output=False, default=False):
        self.name, self.kind, self.value, self.output, self.default = name, kind, value, output, default


# ---- requests ----

def run_request(session, r):
    """Every call of an RPC message."""
    while r.more():
        size = r.number(2)
        name = IDS.get(r.number(2), "?") if size == 0xFFFF else r.take(2 * size).decode("utf-16-le").lower()
        r.number(2)
        params = []
        while r.more():
            if r.data[r.at] in (0x80, 0xFF, 0xFE):
                r.number(1)
                break
            params.append(read_parameter(r))
        one_call(session, name, params)


def read_parameter(r):
    name = r.text().lower()
    flags = r.number(1)
    kind, code, size = read_type(r)
    return Parameter(name, kind, read_value(r, kind, code, size), bool(flags & 1), bool(flags & 2))


def one_call(session, name, params):
    from session import EndBatch, Return
    if len(params) > 2100:
        raise SqlError(8003)
    session.in_procedure += 1
    status = 0
    try:
        body = PROCEDURES.get(name.rsplit(".", 1)[-1].strip("[]"))
        if body is None:
            raise SqlError(2812, name)
        body(session, params)
    except SqlError as error:
        session.fail(error)
        status = error.number
    except EndBatch:
        status = session.error_number or 1
    except Return as back:
        status = int(back.args[0] or 0)
    finally:
        session.in_procedure -= 1
    session.emit(tokens.return_status(status))
    if not status:
        for i, p in enumerate(params):
            if p.output:
                session.emit(tokens.return_value(i, p.name, p.kind, p.value))
    flags = (tokens.ERROR if status else 0) | (tokens.IN_TRANSACTION if session.trancount else 0)
    session.emit(b"")
    session.pending = (tokens.DONEPROC, flags, None, 0xE0)


def run_exec(session, node):
    """EXEC name args in a batch."""
    params = []
    for name, value, output in node.args:
        if value.k == "default":
            params.append(Parameter(name or "", t.INT, None, default=True))
        elif value.k == "variable" and not value.name.startswith("@@"):
            if value.name not in session.variables:
                raise SqlError(137, value.name)
            p = Parameter(name or "", session.variables[value.name], session.store[value.name], output)
            p.variable = value.name
            params.append(p)
        else:
            found, kind = session.evaluate(value)
            params.append(Parameter(name or "", kind, found))
    body = PROCEDURES.get(node.name.rsplit(".", 1)[-1])
    if body is None:
        raise SqlError(2812, node.name)
    body(session, params)
    for p in params:
        if p.output and getattr(p, "variable", None):
            session.store[p.variable] = p.value
    if node.into:
        session.store[node.into] = "0"


# ---- statements with parameters ----

def declarations(text):
    """"@a int, @b nvarchar(10) OUTPUT" as [(name, type, output)]."""
    if not text or not text.strip():
        return []
    out = []
    for part in re.split(r",(?![^(]*\))", text):
        found = re.match(r"\s*(@[\w@$#]+)\s+(?:as\s+)?(.*?)\s*(\bout(?:put)?\b)?\s*(?:readonly)?\s*$", part, re.I | re.S)
        kind = t.words(found.group(2)) if found else None
        if kind is None:
            raise SqlError(2715, 1, found.group(2) if found else part)
        out.append((found.group(1).lower(), kind, bool(found.group(3))))
    return out


def bind(session, text, wanted, given):
    """Variables for a parametrised statement, with the parameters they come from."""
    out = []
    named = {p.name: p for p in given if p.name}
    for i, (name, kind, _) in enumerate(wanted):
        p = named.get(name) if name in named else given[i] if i < len(given) and not given[i].name else None
        if p is None:
            raise SqlError(8178, text[:100], name)
        out.append((name, kind, fit(session, p, kind), p))
    if len(given) > len(wanted):
        raise SqlError(8144, "sp_executesql")
    return out


def fit(session, p, kind):
    """A parameter's value as its declared type."""
    if p.value is None or p.kind == kind or p.kind.name == kind.name and p.kind.name in t.INTEGERS | t.STRINGS - {
            "char", "nchar"} and t.max_chars(p.kind) <= t.max_chars(kind):
        return p.value
    return session.value_of(convert(E(literal(p.value, p.kind), p.kind), kind))


def run_bound(session, text, wanted, given):
    bound = bind(session, text, wanted, given)
    final = session.nested(text, [(name, kind, value) for name, kind, value, _ in bound])
    for name, kind, _, p in bound:
        if p.output:
            p.kind, p.value = kind, final.get(name, p.value)


def executesql(session, params):
    if not params or params[0].kind.name not in t.UNICODE:
        raise SqlError(214, "@statement", "ntext/nchar/nvarchar")
    text = params[0].value or ""
    wanted = declarations(params[1].value) if len(params) > 1 else []
    run_bound(session, text, wanted, params[2:])


def prepare(session, params, execute=False):
    wanted = declarations(params[1].value)
    text = params[2].value or ""
    handle = session.next_handle
    try:
        session.server.parse(text)
    except SqlError as error:
        session.tell(error)
        raise SqlError(8180) from None
    session.next_handle += 1
    session.prepared[handle] = (text, wanted)
    params[0].value, params[0].output = str(handle), True
    if not execute:
        columns = describe(session, text, wanted)
        if columns is not None:
            session.emit(tokens.col_metadata([tokens.Column(c.name, c.kind, c.nullable) for c in columns]))
            session.done(0, command=tokens.SELECT_COMMAND)


def prepexec(session, params):
    old = params[0].value
    if old and int(old) in session.prepared:
        del session.prepared[int(old)]
    prepare(session, params[:3], True)
    run_bound(session, params[2].value or "", declarations(params[1].value), params[3:])


def execute(session, params):
    handle = int(params[0].value or 0)
    if handle not in session.prepared:
        raise SqlError(8179, handle)
    text, wanted = session.prepared[handle]
    run_bound(session, text, wanted, params[1:])


def unprepare(session, params):
    session.prepared.pop(int(params[0].value or 0), None)


def describe(session, text, wanted):
    """The columns of the first result of a batch, or None."""
    kept = session.variables
    session.variables = {name: kind for name, kind, _ in wanted}
    try:
        for node in session.server.parse(text):
            if node.k == "query_statement" and not (node.query.body.k == "select" and node.query.body.into):
                compiler = session.compiler()
                query = compiler.query(node.query, None, top_level=True)
                if not compiler.loose_assign:
                    return query.columns
            elif node.k in ("insert", "update", "delete") and node.output is not None and node.output.into is None:
                from changes import compile_change
                return compile_change(session.compiler(), node).columns
        return None
    finally:
        session.variables = kept


# ---- sp_describe_first_result_set ----

DESCRIBED = [("is_hidden", t.BIT), ("column_ordinal", t.INT), ("name", t.string("nvarchar", 128)), ("is_nullable", t.BIT),
             ("system_type_id", t.INT), ("system_type_name", t.string("nvarchar", 256)), ("max_length", t.Type("smallint")),
             ("precision", t.Type("tinyint")), ("scale", t.Type("tinyint")), ("collation_name", t.string("nvarchar", 128)),
             ("user_type_id", t.INT), ("is_identity_column", t.BIT), ("is_computed_column", t.BIT), ("error_number", t.INT),
             ("error_message", t.string("nvarchar", 4000))]


def described(columns):
    rows = []
    for i, c in enumerate(columns, 1):
        kind = c.kind if c.kind.name != "null" else t.INT
        prec, scale = t.shown_digits(kind)
        collation = (c.collation or t.DEFAULT_COLLATION) if kind.name in t.STRINGS - {"xml", "sql_variant"} else None
        number = t.SYSTEM["decimal" if kind.name == "decimal" else kind.name][0]
        rows.append(["0", str(i), c.name, str(int(c.nullable)), str(number), t.show(kind), str(t.max_bytes(kind)), str(prec), str(scale),
                     collation, str(number), str(int(c.identity)), str(int(c.computed)), None, None])
    return rows


def describe_procedure(session, params):
    text = params[0].value or ""
    wanted = declarations(params[1].value) if len(params) > 1 and params[1].value else []
    columns = describe(session, text, wanted)
    send(session, DESCRIBED, described(columns or []))


def describe_source(session, compiler, node, args):
    if node.args[0].k not in ("literal", "variable"):
        raise unknown("sys.dm_exec_describe_first_result_set of a computed text")
    text = node.args[0].value if node.args[0].k == "literal" else session.store[node.args[0].name]
    try:
        rows = described(describe(session, text, []) or [])
    except SqlError as error:
        rows = [[None] * 13 + [str(error.number), error.text]]
    columns = [Column(name, "", kind, True, 0) for name, kind in DESCRIBED]
    cells = ", ".join("(%s)" % ", ".join(literal(v, k) for v, (_, k) in zip(row, DESCRIBED)) for row in rows)
    if not rows:
        return Query("SELECT %s WHERE false" % ", ".join(literal(None, k) for _, k in DESCRIBED), columns)
    return Query("VALUES " + cells, columns)


def send(session, columns, rows):
    shown = [tokens.Column(name, kind) for name, kind in columns]
    write = tokens.row_writer(shown)
    session.emit(tokens.col_metadata(shown))
    for row in rows:
        session.emit(write(row))
    session.done(len(rows), command=tokens.SELECT_COMMAND)


# ---- extended properties, names ----

def arguments(params, names):
    out = {}
    for i, p in enumerate(params):
        key = p.name or names[i]
        if key not in names:
            raise SqlError(8145, p.name, "sp")
        out[key] = p
    return [out.get(n) for n in names]


def property_place(session, args):
    """(major_id, minor_id, shown) of the levels of a property."""
    levels = [a.value if a else None for a in args]
    if levels[0] is None:
        return 0, 0, "object specified"
    schema, table = levels[1], levels[3]
    if table is None:
        found = session.engine.one("SELECT schema_id FROM meta.schemas WHERE lower(name) = lower(%s)" % lit(schema))
        raise unknown("a property of a schema") if found else SqlError(15135, schema)
    found = session.catalog.find([schema, table])
    if found is None:
        raise SqlError(15135, "%s.%s" % (schema, table))
    if levels[5] is None:
        return found.id, 0, "%s.%s" % (found.schema, found.name)
    for k in found.columns:
        if k.name.lower() == levels[5].lower():
            return found.id, k.id, "%s.%s.%s" % (found.schema, found.name, k.name)
    raise SqlError(15135, "%s.%s.%s" % (schema, table, levels[5]))


LEVELS = ["@level0type", "@level0name", "@level1type", "@level1name", "@level2type", "@level2name"]


def property_change(verb):
    def run(session, params):
        names = ["@name", "@value"] + LEVELS if verb != "drop" else ["@name"] + LEVELS
        found = arguments(params, names)
        name = found[0].value
        value = found[1] if verb != "drop" else None
        major, minor, shown = property_place(session, found[2:] if verb != "drop" else found[1:])
        where = "class = %d AND major_id = %d AND minor_id = %d AND name = %s" % (1 if major else 0, major, minor, lit(name))
        exists = session.engine.one("SELECT 1 FROM meta.properties WHERE " + where)
        if verb == "add" and exists:
            raise SqlError(15233, name, shown)
        if verb != "add" and not exists:
            raise SqlError(15217, name, shown)
        text = None
        if value is not None and value.value is not None:
            text = "%s|%s" % (t.show(value.kind if value.kind.size != t.MAX else t.string("nvarchar", 3750)), value.value)
        if verb == "add":
            sql = "INSERT INTO meta.properties VALUES (%d, %d, %d, %s, %s)" % (1 if major else 0, major, minor, lit(name), lit(text))
        elif verb == "update":
            sql = "UPDATE meta.properties SET value = %s WHERE %s" % (lit(text), where)
        else:
            sql = "DELETE FROM meta.properties WHERE " + where
        session.begin_implicit()
        session.atomic(lambda: session.engine.run(sql))
        session.done()
    return run


def rename(session, params):
    old, new, kind = (a and a.value for a in arguments(params, ["@objname", "@newname", "@objtype"]))
    session.begin_implicit()
    session.atomic(lambda: session.definitions.rename(old, new, kind.lower() if kind else None))
    session.info(15477)
    session.done()


# ---- catalog procedures of ODBC ----

def text_of(p):
    return p.value if p else None


def tables(session, params):
    """https://learn.microsoft.com/en-us/sql/relational-databases/system-stored-procedures/sp-tables-transact-sql"""
    name, owner, _, kinds = (text_of(a) for a in arguments(
        params, ["@table_name", "@table_owner", "@table_qualifier", "@table_type", "@fusepattern"])[:4])
    rows = session.engine.rows("SELECT s.name, o.name, CASE o.type WHEN 'U' THEN 'TABLE' ELSE 'VIEW' END FROM meta.objects AS o"
                               " JOIN meta.schemas AS s USING (schema_id) WHERE o.type IN ('U', 'V')"
                               " AND (%s IS NULL OR lower(o.name) LIKE lower(%s)) AND (%s IS NULL OR lower(s.name) LIKE lower(%s)) ORDER BY 3, 1, 2"
                               % tuple(lit(x) + "::text" for x in (name, name, owner, owner)))
    wide = t.string("nvarchar", 128)
    send(session, [("TABLE_QUALIFIER", wide), ("TABLE_OWNER", wide), ("TABLE_NAME", wide), ("TABLE_TYPE", t.string("varchar", 32)),
                   ("REMARKS", t.string("varchar", 254))],
         [[session.database, s, o, k, None] for s, o, k in rows if not kinds or "'" + k + "'" in kinds])


ODBC_TYPES = {"bit": -7, "tinyint": -6, "smallint": 5, "int": 4, "bigint": -5, "real": 7, "float": 6, "decimal": 3, "money": 3,
              "smallmoney": 3, "char": 1, "varchar": 12, "nchar": -8, "nvarchar": -9, "text": -1, "ntext": -10, "binary": -2,
              "varbinary": -3, "image": -4, "timestamp": -2, "date": -9, "time": -9, "datetime2": -9, "datetimeoffset": -9,
              "datetime": 11, "smalldatetime": 11, "uniqueidentifier": -11, "xml": -152, "sql_variant": -150}


def columns(session, params):
    """https://learn.microsoft.com/en-us/sql/relational-databases/system-stored-procedures/sp-columns-transact-sql"""
    name, owner, _, column = (text_of(a) for a in arguments(
        params, ["@table_name", "@table_owner", "@table_qualifier", "@column_name", "@odbcver", "@fusepattern"])[:4])
    rows = session.engine.rows(
        "SELECT s.name, o.name, c.name, c.declared, c.nullable, c.column_id, c.bytes FROM meta.columns AS c JOIN meta.objects AS o USING (object_id)"
        " JOIN meta.schemas AS s USING (schema_id) WHERE (%s IS NULL OR lower(o.name) LIKE lower(%s)) AND (%s IS NULL OR lower(s.name) LIKE lower(%s))"
        " AND (%s IS NULL OR lower(c.name) LIKE lower(%s)) ORDER BY 1, 2, c.column_id"
        % tuple(lit(x) + "::text" for x in (name, name, owner, owner, column, column)))
    wide, small = t.string("nvarchar", 128), t.Type("smallint")
    out = []
    for s, o, c, declared, nullable, position, size in rows:
        kind = t.words(declared)
        prec, scale = t.shown_digits(kind)
        length = kind.size if kind.name in t.STRINGS | t.BINARIES else prec
        out.append([session.database, s, o, c, str(ODBC_TYPES[kind.name]), kind.name, str(length), size, str(scale),
                    "10" if kind.name in t.NUMBERS else None, str(int(nullable == "t")), None, None, str(ODBC_TYPES[kind.name]), None,
                    size, position, "YES" if nullable == "t" else "NO", "0"])
    send(session, [("TABLE_QUALIFIER", wide), ("TABLE_OWNER", wide), ("TABLE_NAME", wide), ("COLUMN_NAME", wide), ("DATA_TYPE", small),
                   ("TYPE_NAME", wide), ("PRECISION", t.INT), ("LENGTH", t.INT), ("SCALE", small), ("RADIX", small), ("NULLABLE", small),
                   ("REMARKS", t.string("varchar", 254)), ("COLUMN_DEF", t.string("nvarchar", 4000)), ("SQL_DATA_TYPE", small),
                   ("SQL_DATETIME_SUB", small), ("CHAR_OCTET_LENGTH", t.INT), ("ORDINAL_POSITION", t.INT),
                   ("IS_NULLABLE", t.string("varchar", 254)), ("SS_DATA_TYPE", t.Type("tinyint"))], out)


def pkeys(session, params):
    name, owner = (text_of(a) for a in arguments(params, ["@table_name", "@table_owner", "@table_qualifier"])[:2])
    table = session.catalog.find([owner or "dbo", name])
    rows = session.engine.rows("SELECT c.name, x.key_ordinal, k.name FROM meta.indexes AS i JOIN meta.index_columns AS x USING (object_id, index_id)"
                               " JOIN meta.columns AS c USING (object_id, column_id) JOIN meta.objects AS k ON k.object_id = i.constraint_id"
                               " WHERE k.type = 'PK' AND i.object_id = %d ORDER BY 2" % table.id) if table else []
    wide = t.string("nvarchar", 128)
    send(session, [("TABLE_QUALIFIER", wide), ("TABLE_OWNER", wide), ("TABLE_NAME", wide), ("COLUMN_NAME", wide), ("KEY_SEQ", t.Type("smallint")),
                   ("PK_NAME", wide)], [[session.database, table.schema, table.name, c, n, k] for c, n, k in rows])


def databases(session, params):
    send(session, [("DATABASE_NAME", t.string("nvarchar", 128)), ("DATABASE_SIZE", t.INT), ("REMARKS", t.string("varchar", 254))],
         [[d.name, "8192", None] for d in session.server.databases.values()])


def nothing(session, params):
    session.done()


def reset(session, params):
    session.abort()
    session.done()


def not_here(session, params):
    raise unknown("server cursors")


PROCEDURES = {
    "sp_executesql": executesql, "sp_prepare": prepare, "sp_execute": execute, "sp_prepexec": prepexec, "sp_unprepare": unprepare,
    "sp_describe_first_result_set": describe_procedure, "sp_addextendedproperty": property_change("add"),
    "sp_updateextendedproperty": property_change("update"), "sp_dropextendedproperty": property_change("drop"), "sp_rename": rename,
    "sp_tables": tables, "sp_columns": columns, "sp_columns_100": columns, "sp_columns_90": columns, "sp_pkeys": pkeys,
    "sp_databases": databases, "sp_reset_connection": reset, "sp_cursoropen": not_here, "sp_updatestats": nothing}
