"""Snowflake's emulator (test/emulators/snowflake).  A container is a database; names are stored as they are given."""
import collections
import importlib.util
import json
import os

from . import Missing, Place, front
from .mariadb import certificates

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "emulators", "snowflake", "snowflake_emulator.py")
_spec = importlib.util.spec_from_file_location("snowflake_emulator", PROGRAM)
emulator = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(emulator)
CANARY = "WGWCANARY"


def start(home):
    return Account(home) if os.environ.get("GW_LIVE") == "snowflake" else Snowflake(home)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "NULL" if text is None else "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


class Snowflake(Place):
    def __init__(self, home):
        self.home = home
        try:
            emulator.needed()
        except emulator.Lacking as lacking:
            raise Missing(str(lacking)) from None
        certificates(home)
        self.server = self.front = None
        self.begin()

    def begin(self):
        """Brings a stopped service back; what it kept is lost."""
        if self.server is not None and self.server.process.poll() is None:
            return
        self.server = emulator.Snowflake(self.home, os.path.join(self.home, "server.pem"), os.path.join(self.home, "server.key"), CANARY)
        self.never_ends()
        self.made = set()

    def never_ends(self):
        self.server.control("fault", {"kind": "neverEnds", "statement": "this query never ends", "times": -1})

    def inject(self, rules):
        self.server.control("clear")
        self.never_ends()
        for rule in rules:
            self.server.control("fault", rule)

    def heal(self):
        struck = collections.Counter(fault["kind"] for fault in self.server.control("taken"))
        self.server.control("clear")
        self.never_ends()
        return struck

    def present(self, certificate, key, authority):
        """Before its port without TLS; without a certificate that one itself is "front_port"."""
        if self.front:
            self.front.stop()
        self.front = front.Front(self.server.facts["plain_port"], certificate, key) if certificate else None

    def watched(self):
        """What it was asked: statements."""
        yield "requests", json.dumps(self.server.control("log")).encode()

    def end_sessions(self):
        for handle in self.server.control("running"):
            self.server.call("POST", "/api/v2/statements/%s/cancel" % handle, {})

    def facts(self):
        with open(self.server.keyfile, encoding="ascii") as file:
            key = file.read()
        facts = self.server.facts
        return {"host": "127.0.0.1", "port": str(facts["port"]), "plain_port": str(facts["plain_port"]), "front_port": str(self.front.port if self.front else facts["plain_port"]), "url": facts["url"], "plain_url": facts["plain_url"], "user": emulator.USER,
                "password": self.server.pat, "token": self.server.oauth, "pat": self.server.pat, "ca": os.path.join(self.home, "ca.pem"),
                "private_key": key, "private_key_path": self.server.keyfile, "account": emulator.ACCOUNT, "role": emulator.ROLE,
                "warehouse": emulator.WAREHOUSE, "database": emulator.DATABASE}

    # What is no container of ours belongs into the first database.
    def database(self, container):
        return container if container in self.made else emulator.DATABASE

    def make(self, container, how=""):
        """how: rows of the first partition, and of the others."""
        if how:
            first, others = how.split()
            self.server.control("partitions", {"first": int(first), "rows": int(others)})
        if container:
            self.server.run("CREATE OR REPLACE DATABASE " + quoted(container))
            self.made.add(container)

    def drop(self, container):
        if container in self.made:
            self.server.run("DROP DATABASE IF EXISTS " + quoted(container))
            self.made.discard(container)

    def schema(self, container, name):
        self.server.run("CREATE OR REPLACE SCHEMA %s.%s" % (quoted(self.database(container)), quoted(name)))

    def must(self, container, schema, sql):
        body = {"database": self.database(container), "parameters": {"MULTI_STATEMENT_COUNT": "0", "TIMEZONE": "UTC"}}
        out = self.server.run(sql, **body, **({"schema": schema} if schema else {}))
        if "statementHandles" not in out:
            return out["data"]
        last = out["statementHandles"][-1]
        status, _, said = self.server.call("GET", "/api/v2/statements/" + last)
        rows = said["data"]
        for part in range(1, len(said["resultSetMetaData"].get("partitionInfo", ()))):
            rows += self.server.call("GET", "/api/v2/statements/%s?partition=%d" % (last, part))[2]["data"]
        return rows if status == 200 else []

    def fill(self, container, schema, table, columns, rows):
        """Texts that are cast to the column's type there."""
        where = {"database": self.database(container), "schema": schema, "parameters": {"TIMEZONE": "UTC"}}
        kinds = {row[0]: row[1] for row in self.server.run("DESCRIBE TABLE " + quoted(table), **where)["data"]}
        stored = [name if name in kinds else name.upper() for name, _ in columns]
        casts = [cast("column%d" % (i + 1), kinds[name]) for i, name in enumerate(stored)]
        for at in range(0, len(rows), 200):
            lines = ", ".join("(" + ", ".join(literal(plain(v, t)) for v, (_, t) in zip(row, columns)) + ")" for row in rows[at:at + 200])
            self.server.run("INSERT INTO %s (%s) SELECT %s FROM VALUES %s" % (
                quoted(table), ", ".join(quoted(n) for n in stored), ", ".join(casts), lines), **where)

    def sessions(self):
        """There are none: every request is one of its own."""
        return []

    def running(self):
        return len(self.server.control("running"))

    def end(self, kill=False):
        if kill:
            self.server.process.kill()
        self.server.stop()

    def stop(self):
        self.server.stop()


class Account(Snowflake):
    """A real account, for "make live": who and where stand in the environment (docs/testing.md).  Each container is a
    database that is dropped again."""

    def __init__(self, home):  # pylint: disable=super-init-not-called
        lacking = [name for name in ("SNOWFLAKE_ACCOUNT", "SNOWFLAKE_TOKEN", "SNOWFLAKE_ROLE", "SNOWFLAKE_WAREHOUSE") if not os.environ.get(name)]
        if lacking:
            raise Missing("no real account: %s not set" % ", ".join(lacking))
        self.home, self.front, self.made = home, None, set()
        self.host = os.environ["SNOWFLAKE_ACCOUNT"].lower().replace("_", "-") + ".snowflakecomputing.com"
        self.server = emulator.Snowflake.__new__(emulator.Snowflake)
        self.server.facts, self.server.pat = {"plain_url": "https://" + self.host}, os.environ["SNOWFLAKE_TOKEN"]
        self.server.opener = emulator.urllib.request.build_opener()
        # Without it the service takes a token for one of OAuth.
        call, kind = self.server.call, {"X-Snowflake-Authorization-Token-Type": "PROGRAMMATIC_ACCESS_TOKEN"}
        self.server.call = lambda method, path, body=None: call(method, path, body, headers=kind)
        run, words = self.server.run, {"role": os.environ["SNOWFLAKE_ROLE"], "warehouse": os.environ["SNOWFLAKE_WAREHOUSE"]}
        self.server.run = lambda sql, **body: run(sql, **words, **body)
        self.server.control = lambda *_: {}

    def facts(self):
        return {"host": self.host, "port": "443", "account": os.environ["SNOWFLAKE_ACCOUNT"], "pat": os.environ["SNOWFLAKE_TOKEN"],
                "role": os.environ["SNOWFLAKE_ROLE"], "warehouse": os.environ["SNOWFLAKE_WAREHOUSE"], "database": "", "user": "",
                "ca": "/etc/ssl/certs/ca-certificates.crt"}

    def make(self, container, how=""):
        Snowflake.make(self, container)

    def stop(self):
        for container in list(self.made):
            self.drop(container)


def cast(column, kind):
    """An expression that makes a value of that type of a text."""
    name = kind.partition("(")[0]
    if name == "BINARY":
        return "TO_BINARY(%s, 'HEX')" % column
    if name in ("VARIANT", "OBJECT", "ARRAY", "MAP", "GEOGRAPHY", "GEOMETRY", "VECTOR"):
        return "PARSE_JSON(%s)" % column
    return "CAST(%s AS %s)" % (column, kind)


def plain(text, kind):
    """What Snowflake reads: no infinite moments, none before our era."""
    if text is None:
        return None
    if kind.startswith(("date", "timestamp")) and (text.endswith(" BC") or "infinity" in text):
        raise RuntimeError("%s: there is no such %s there" % (text, kind))
    if kind == "bytea":
        return text[2:]
    return {"t": "true", "f": "false"}.get(text, text) if kind == "boolean" else text
