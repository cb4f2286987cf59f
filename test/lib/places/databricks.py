"""Databricks' emulator (test/emulators/databricks).  A container is a catalog; names are stored in small letters."""
import base64
import collections
import importlib.util
import json
import os
import re
import time

from . import Missing, Place, front
from .mariadb import certificates

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "emulators", "databricks", "databricks_emulator.py")
_spec = importlib.util.spec_from_file_location("databricks_emulator", PROGRAM)
emulator = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(emulator)
CANARY = "WGWCANARY"


def start(home):
    return Workspace(home) if os.environ.get("GW_LIVE") == "databricks" else Databricks(home)


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def literal(text):
    return "NULL" if text is None else "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Databricks(Place):
    def __init__(self, home):
        self.home, self.front = home, None
        try:
            emulator.needed()
        except emulator.Lacking as lacking:
            raise Missing(str(lacking)) from None
        certificates(home)
        self.begin()

    def begin(self):
        """Brings a stopped service back; what it kept is lost."""
        self.server = emulator.Databricks(self.home, os.path.join(self.home, "server.pem"), os.path.join(self.home, "server.key"), CANARY)
        self.made = set()
        self.never_ends()

    def never_ends(self):
        """There is no function that sleeps: a statement that says so runs until it is cancelled."""
        self.server.control("fault", {"kind": "neverEnds", "statement": "this query never ends", "times": -1})

    def facts(self):
        server, facts = self.server, self.server.facts
        return {"host": "127.0.0.1", "port": str(facts["port"]), "url": facts["url"], "plain_url": facts["plain_url"],
                "plain_port": self.plain_port(), "front_port": str(self.front.port if self.front else self.plain_port()), "user": emulator.USER,
                "password": server.pat, "token": server.pat, "client_id": server.client, "client_secret": server.secret,
                "ca": os.path.join(self.home, "ca.pem"), "warehouse": emulator.WAREHOUSE, "http_path": "/sql/1.0/warehouses/" + emulator.WAREHOUSE,
                "catalog": emulator.CATALOG, "storage_url": facts["storage_url"]}

    def plain_port(self):
        return self.server.facts["plain_url"].rpartition(":")[2]

    def present(self, certificate, key, authority):
        """Before its port without TLS; without a certificate that one itself is "front_port"."""
        if self.front:
            self.front.stop()
        self.front = front.Front(int(self.plain_port()), certificate, key) if certificate else None

    def watched(self):
        """What it was asked: statements."""
        yield "requests", json.dumps(self.server.control("log")).encode()

    # What is no container of ours belongs into the first catalog.
    def catalog(self, container):
        return container.lower() if container and container.lower() in self.made else emulator.CATALOG

    # The variant's text is how many rows a chunk has, within an answer and beside it.
    def make(self, container, how=""):
        inline, _, links = how.partition(" ")
        self.server.control("chunks", {"inline": int(inline or 5000), "links": int(links or 20000)})
        if container:
            self.drop(container)
            self.server.run("CREATE CATALOG " + quoted(container))
            self.made.add(container.lower())

    def drop(self, container):
        if container and container.lower() in self.made:
            self.server.run("DROP CATALOG IF EXISTS %s CASCADE" % quoted(container))
            self.made.discard(container.lower())

    def schema(self, container, name):
        where = "%s.%s" % (quoted(self.catalog(container)), quoted(name))
        self.server.run("DROP SCHEMA IF EXISTS %s CASCADE" % where)
        self.server.run("CREATE SCHEMA " + where)

    def must(self, container, schema, sql):
        """Statements go one by one: the service takes no lists."""
        rows = []
        for one in statements(sql):
            rows = self.server.run(one, catalog=self.catalog(container), **({"schema": schema} if schema else {}))[1]
        return rows

    def fill(self, container, schema, table, columns, rows):
        """Texts that are cast to the column's type there."""
        where = {"catalog": self.catalog(container), "schema": schema}
        kinds = {row[0].lower(): row[1] for row in self.server.run("DESCRIBE TABLE " + quoted(table), **where)[1]}
        casts = ", ".join(cast("col%d" % (i + 1), kinds[name.lower()]) for i, (name, _) in enumerate(columns))
        for at in range(0, len(rows), 200):
            lines = ", ".join("(" + ", ".join(literal(plain(v, t)) for v, (_, t) in zip(row, columns)) + ")" for row in rows[at:at + 200])
            self.server.run("INSERT INTO %s (%s) SELECT %s FROM VALUES %s" % (
                quoted(table), ", ".join(quoted(n) for n, _ in columns), casts, lines), **where)

    def sessions(self):
        """There are none: every statement is one of its own."""
        return []

    def running(self):
        return len(self.server.control("running"))

    def end_sessions(self):
        for statement in self.server.control("running"):
            self.server.call("POST", "%s/%s/cancel" % (emulator.STATEMENTS, statement), {})

    def inject(self, rules):
        self.server.control("clear")
        self.never_ends()
        for rule in rules if isinstance(rules, list) else [rules]:
            self.server.control("fault", rule)

    def heal(self):
        struck = collections.Counter(fault["kind"] for fault in self.server.control("taken"))
        self.server.control("clear")
        self.never_ends()
        return struck

    def end(self, kill=False):
        if kill:
            self.server.process.kill()
        self.server.stop()

    def stop(self):
        self.server.stop()


class Workspace(Databricks):
    """A real workspace, for "make live": where and who stand in the environment (docs/testing.md).  Each container is a catalog that is
    dropped again."""

    def __init__(self, home):  # pylint: disable=super-init-not-called
        lacking = [name for name in ("DATABRICKS_HOST", "DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET", "DATABRICKS_WAREHOUSE_ID")
                   if not os.environ.get(name)]
        if lacking:
            raise Missing("no real workspace: %s not set" % ", ".join(lacking))
        host = os.environ["DATABRICKS_HOST"].rstrip("/")
        self.url = host if "://" in host else "https://" + host
        self.home, self.front, self.made, self.until = home, None, set(), 0.0
        emulator.WAREHOUSE = os.environ["DATABRICKS_WAREHOUSE_ID"]
        self.server = emulator.Databricks.__new__(emulator.Databricks)
        self.server.facts = {"plain_url": self.url}
        self.server.opener = emulator.urllib.request.build_opener()
        run = self.server.run
        self.server.run = lambda sql, **body: self.renew() and run(sql, **body)
        self.server.control = lambda *_: {}

    def renew(self):
        """A token by OAuth for machines; it lasts for an hour."""
        if self.until > time.time():
            return True
        who = "%s:%s" % (os.environ["DATABRICKS_CLIENT_ID"], os.environ["DATABRICKS_CLIENT_SECRET"])
        given = {"Authorization": "Basic " + base64.b64encode(who.encode()).decode(), "Content-Type": "application/x-www-form-urlencoded"}
        status, _, body = self.server.fetch(self.url + "/oidc/v1/token", "POST", b"grant_type=client_credentials&scope=all-apis", given)
        if status != 200:
            raise Missing("the workspace gives no token: %d" % status)
        self.server.pat, self.until = json.loads(body)["access_token"], time.time() + 1800
        return True

    def facts(self):
        return {"url": self.url, "http_path": "/sql/1.0/warehouses/" + emulator.WAREHOUSE, "warehouse": emulator.WAREHOUSE,
                "client_id": os.environ["DATABRICKS_CLIENT_ID"], "client_secret": os.environ["DATABRICKS_CLIENT_SECRET"], "user": "", "catalog": "",
                "ca": "/etc/ssl/certs/ca-certificates.crt"}

    def make(self, container, how=""):
        Databricks.make(self, container)

    def stop(self):
        for container in list(self.made):
            self.drop(container)


def statements(text):
    """The statements between semicolons that stand in no text, name or comment."""
    out, at, i = [], 0, 0
    while i < len(text):
        if text[i] in "'\"`":
            mark, i = text[i], i + 1
            while i < len(text) and text[i] != mark:
                i += 2 if text[i] == "\\" and mark != "`" else 1
        elif text.startswith("--", i):
            i = text.find("\n", i) if "\n" in text[i:] else len(text)
            continue
        elif text[i] == ";":
            out.append(text[at:i])
            at = i + 1
        i += 1
    return [one for one in out + [text[at:]] if "".join(line for line in one.split("\n") if not line.lstrip().startswith("--")).strip()]


def cast(column, kind):
    """An expression that makes a value of that type of a text."""
    if kind == "binary":
        return "unhex(%s)" % column
    if kind == "variant" or kind.startswith(("array", "map", "struct")):
        return "CAST(parse_json(%s) AS %s)" % (column, kind) if kind != "variant" else "parse_json(%s)" % column
    return "CAST(%s AS %s)" % (column, kind)


def plain(text, kind):
    """What Databricks reads: no infinite moments, none before our era; arrays as JSON."""
    if text is None:
        return None
    if kind.startswith(("date", "timestamp")) and (text.endswith(" BC") or "infinity" in text):
        raise RuntimeError("%s: there is no such %s there" % (text, kind))
    if kind == "bytea":
        return text[2:]
    if kind.endswith("[]"):
        return json_array(text, kind[:-2])
    return {"t": "true", "f": "false"}.get(text, text) if kind == "boolean" else text


def json_array(text, kind):
    """A one-dimensional array of PostgreSQL's as JSON."""
    items = []
    for whole, plain_text in re.findall(r'"((?:[^"\\]|\\.)*)"|([^{},"]+)', text):
        if plain_text == "NULL":
            items.append("null")
        elif re.match(r"(?:small|big)?int|integer|numeric|double|real", kind):
            items.append(plain_text)
        else:
            items.append(json.dumps(plain_text or re.sub(r"\\(.)", r"\1", whole), ensure_ascii=False))
    return "[%s]" % ",".join(items)
