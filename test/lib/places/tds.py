"""A TDS server of the run's own (test/emulators/tds), its engine a database of the suite's cluster."""
import importlib.util
import json
import os
import re

from wire import certificates, put

from . import Missing, Place

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "emulators", "tds", "place.py")


def start(home):
    return TdsServer(home)


class TdsServer(Place):
    def __init__(self, home):
        if not os.path.exists(PROGRAM):
            raise Missing("the TDS emulator is not there")
        spec = importlib.util.spec_from_file_location("tds_place", PROGRAM)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.home = home
        certificates(home)
        self.server = module.Place(os.environ.get("PGHOST", "127.0.0.1"), os.environ["PGPORT"],
                                   tls=(os.path.join(home, "server.pem"), os.path.join(home, "server.key")))
        self.made = {}

    def facts(self):
        return {"host": "127.0.0.1", "port": str(self.server.port), "user": self.server.user,
                "password": self.server.password, "database": self.server.database,
                "ca": os.path.join(self.home, "ca.pem")}

    # A container is nothing: it only remembers its schemas and their tables.
    def make(self, container, how=""):
        self.drop(container)

    def drop(self, container):
        for schema in list(self.made):
            self.remove(schema)

    def remove(self, schema):
        for table in self.made.pop(schema):
            self.server.sql(f"DROP TABLE IF EXISTS [{schema}].[{table}]")
        self.server.sql(f"DROP SCHEMA [{schema}]")

    def schema(self, container, name):
        if name in self.made:
            self.remove(name)
        self.server.sql(f"CREATE SCHEMA [{name}]")
        self.made[name] = []

    def must(self, container, schema, sql):
        """Names that follow TABLE, INTO, FROM or UPDATE get the schema, unless they have one."""
        self.made[schema] += re.findall(r"CREATE TABLE (?:\w+\.)?(\w+)", sql)
        named = re.sub(r"\b(TABLE|INTO|FROM|UPDATE) (\w+)\b(?!\.)", rf"\1 [{schema}].[\2]", sql)
        return self.server.sql(named)

    def fill(self, container, schema, table, columns, rows):
        names = ", ".join(f"[{name}]" for name, _ in columns)
        for at in range(0, len(rows), 200):
            values = ",\n".join("(" + ", ".join(literal(v, t) for v, (_, t) in zip(row, columns)) + ")"
                                for row in rows[at:at + 200])
            self.server.sql(f"INSERT INTO [{schema}].[{table}] ({names}) VALUES {values}")

    def sessions(self):
        return [session["spid"] for session in self.server.sessions() if session["login"] == self.server.user]

    def running(self):
        return sum(session["running"] for session in self.server.sessions() if session["login"] == self.server.user)

    def user(self, name, password):
        self.server.order("login", user=name, password=password)

    def present(self, certificate, key, authority):
        """The emulator reads them for each connection."""
        put(self.home, certificate, key, authority)

    def watched(self):
        """Its errors, and its list of sessions with the statement each has run last."""
        yield "errors", json.dumps(self.server.errors()).encode()
        yield "sessions", json.dumps(self.server.sessions()).encode()

    def stop(self):
        """The judges' last word: a statement that they refuse and the emulator took is a failure."""
        verdict = self.server.stop()
        for fault in verdict["faults"]:
            print("not ok tds judges %s: %s" % (fault["fault"], fault["sql"][:300]), flush=True)
        folder = os.path.join(os.environ.get("GW_WORK", ""), "out")
        if os.path.isdir(folder):
            with open(os.path.join(folder, "tds_judges.json"), "a", encoding="utf-8") as file:
                file.write(json.dumps(dict(verdict, faults=len(verdict["faults"]))) + "\n")


def literal(text, kind):
    """A constant of what PostgreSQL writes for that type."""
    if text is None:
        return "NULL"
    if kind == "boolean":
        return "1" if text in ("t", "true") else "0"
    if kind == "bytea":
        return "0x" + text[2:]
    if kind in ("double precision", "real"):
        return f"CAST('{text}' AS {'float' if kind[0] == 'd' else 'real'})"
    if kind in ("smallint", "integer", "bigint") or kind.startswith("numeric"):
        return text
    if kind.startswith("timestamp"):
        text = text.replace(" ", "T")
        return f"'{text}:00'" if re.search(r"[+-]\d\d$", text[10:]) else f"'{text}'"
    return "N'" + text.replace("'", "''") + "'"
