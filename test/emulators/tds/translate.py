"""The engine's errors as SQL Server's."""
import re

from engine import EngineError
from errors import SqlError, unknown

VERBS = {"insert": "INSERT", "update": "UPDATE", "delete": "DELETE", "merge": "MERGE"}


def engine_error(error, session, what):
    """A SqlError for what the engine said; what is not known is the emulator's own fault."""
    e, state = error.error, error.state
    message = e["message"] or ""
    if state == "MS000":
        number, *args = message.split("\x1f")
        return SqlError(int(number), *args)
    if state == "22003":
        kind = {"integer": "int", "bigint": "bigint", "smallint": "smallint"}.get(message.split(" ")[0])
        if kind:
            return SqlError(8115, "expression", kind)
        return SqlError(8115, "numeric" if "numeric" in message else "expression", "numeric" if "numeric" in message else "float")
    simple = {"22012": (8134,), "40P01": (1205, session.channel.spid, "lock"), "55P03": (1222,),
              "22008": (242, "varchar", "datetime"), "22007": (241,), "2201E": (3623,), "2201F": (3623,)}
    if state in simple:
        if simple[state][0] == 3623:
            return SqlError(3623, text="An invalid floating point operation occurred.", level=16, state=1)
        return SqlError(*simple[state])
    if state == "40001":
        return SqlError(3960, session.last_table.name if getattr(session, "last_table", None) else "", session.database)
    if state == "21000":
        if "MERGE" in message:
            return SqlError(8672)
        return SqlError(512, text="Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= , "
                        ">, >= or when the subquery is used as an expression.", level=16, state=1)
    if state in ("2201W", "2201X"):
        return SqlError(1060)
    verb = VERBS.get(what, what.upper())
    if state in ("23505", "23502", "23503", "23514"):
        try:
            return constraint_error(error, session, verb)
        except EngineError:
            return SqlError(2627 if state == "23505" else 547, verb, "", "", "", "", "")
    return unknown("%s: %s" % (state, message))


def table_of(session, e):
    """(schema, name) in SQL Server's spelling."""
    schema = (e["schema"] or "")
    return ("dbo" if not schema.startswith("u_") else schema[2:]), e["table"] or ""


def constraint_error(error, session, verb):
    e, state = error.error, error.state
    schema, table = table_of(session, e)
    if state == "23502":
        return SqlError(515, e["column"], "%s.%s.%s" % (session.database, schema, table), verb)
    found = re.match(r"o(\d+)$", e["constraint"] or "")
    name, kind = e["constraint"], None
    if found:
        rows = safe_rows(session, "SELECT name, type FROM meta.objects WHERE object_id = %s" % found.group(1))
        if rows:
            name, kind = rows[0]
    if state == "23505":
        value = re.search(r"\)=(\(.*\)) (?:already exists|is duplicated)", e["detail"] or "")
        shown = value.group(1) if value else "()"
        index = re.match(r"i(\d+)_(\d+)$", e["constraint"] or "")
        if index:
            rows = safe_rows(session, "SELECT name FROM meta.indexes WHERE object_id = %s AND index_id = %s" % index.groups())
            name = rows[0][0] if rows else name
            number = 1505 if "could not create" in (e["message"] or "") else 2601
            return SqlError(number, "%s.%s" % (schema, table), name, shown)
        if "could not create" in (e["message"] or ""):
            return SqlError(1505, "%s.%s" % (schema, table), name, shown)
        return SqlError(2627, {"PK": "PRIMARY KEY", "UQ": "UNIQUE KEY"}.get(kind, "PRIMARY KEY"), name, "%s.%s" % (schema, table), shown)
    word = {"C": "CHECK", "F": "FOREIGN KEY"}.get(kind, "CHECK")
    if state == "23503" and "still referenced" in (e["detail"] or ""):
        word = "REFERENCE"
    return SqlError(547, verb, word, name, session.database, "%s.%s" % (schema, table), "")


def safe_rows(session, sql):
    """Looks into the catalog unless the engine's transaction has failed."""
    try:
        return session.engine.rows(sql)
    except EngineError:
        return session.server.side_rows(session.database, sql)
