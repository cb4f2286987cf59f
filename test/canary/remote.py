"""One platform: TLS, logins and a day's work, as its file platforms/NAME.json says.

Texts there hold {facts}: those of the place (test/lib/places), {root} (the authority of this suite's
certificates), {container}, and the secrets of search.py by their names.
"""
import os
import re

from search import FOLDER, QUIET, SECRETS, connect

CONTAINER, SCHEMA = "canary", "canary"

# (what, certificate, which of the platform's "tls" options, SQLSTATE or none, what the error says).  What
# a platform has no options for, it cannot do; its "tls_wanted" corrects the last two.
ATTEMPTS = (
    ("verified with its authority", "good", "verified", None, None),
    ("by address", "good", "by_address", None, None),
    ("name and address apart", "good", "apart", None, None),
    ("TLS 1.3 only", "good", "tls13", None, None),
    ("certificate of another host", "other_host", "verified", "08001", "host"),
    ("... is taken when that host was meant", "other_host", "meant", None, None),
    ("expired certificate", "expired", "verified", "08001", "expired"),
    ("unknown authority", "unknown_ca", "verified", "08001", "sslrootcert"),
    ("self-signed certificate", "self_signed", "verified", "08001", "sslrootcert"),
    ("the system's authorities by default", "good", "default", "08001", "sslrootcert"),
    ("missing file of authorities", "good", "missing", "08001", "sslrootcert"),
    ("server without TLS", None, "verified", "08001", "sslmode"),
    ("server without TLS, sslmode require", None, "required", "08001", "sslmode"),
    ("sslmode require takes whom nobody vouches for", "self_signed", "required", None, None),
    ("verify-ca takes another host's name", "other_host", "verify_ca", None, None),
    ("verify-ca takes no unknown authority", "unknown_ca", "verify_ca", "08001", "sslrootcert"),
    ("what cannot be verified is refused", "good", "refused", "08001", "verify"),
)

# Logins as an ordinary role, by value and by reference; a platform adds to them, or takes one away (null).
LOGINS = {
    "literal": "user 'r_literal', password '{literal}'",
    "file": "user 'r_file', password_ref 'file:file'",
    "env": "user 'r_env', password_ref 'env:WGW_CANARY'",
    "quotes": "user 'r_quotes', password '{quotes}'",
}
WRONGS = {
    "wrong password": "user 'r_literal', password '{wrong}'",
    "wrong password, quotes": "user 'r_literal', password '{quotes}'",
    "no such role": "user 'nobody', password '{wrong}'",
}

WORK = (
    "SELECT count(*) FROM app.src", "SELECT * FROM app.src WHERE id = 7", "SELECT max(v) FROM app.src WHERE v > 'WITH'",
    "CALL gw.sync_table('wh', 'canary.src', 'app.copy_{name}', {how}, options => '{\"horizon_margin\": 0}')",
    "CALL gw.sync_table('wh', 'canary.none', 'app.none', 'replace')",
    "SELECT gw.execute('wh', 'SELEC 1')", "SELECT gw.execute('wh', 'SELECT 1 AS x, nothing FROM nowhere', 'x'::text)",
    "SELECT gw.execute_ddl('wh', 'DROP TABLE canary.none')", "SELECT * FROM gw.execute_query('wh', 'SELECT 1 AS a') AS r(a text)",
    "SELECT gw.explain_remote('wh', 'SELECT 1 AS a')", "SELECT gw.server_info('wh')", "SELECT * FROM gw.connections()",
    "SELECT * FROM gw.check_connection('wh')", "SELECT gw.test_connection('wh')", "SELECT * FROM gw.list_tables('wh')",
    "SELECT gw.get_target_schema('wh', 'canary.src')", "SELECT * FROM gw.options('{platform}')", "SELECT gw.remote_health()",
    "SELECT * FROM gw.remote_jobs('wh')", "SELECT gw.export_config()",
    "SET statement_timeout = '200ms'; SELECT gw.execute('wh', $x${sleep}$x$)", "RESET statement_timeout",
    "ALTER SERVER wh OPTIONS (ADD description 'd')", "SELECT gw.disconnect_all()",
)


def work_statements(data):
    yield from WORK
    yield from data.get("statements", ())
    for form in ("TEXT", "JSON", "XML", "YAML"):
        for more in ("", ", ANALYZE, BUFFERS, SETTINGS"):
            yield "EXPLAIN (VERBOSE, FORMAT %s%s) SELECT * FROM app.src WHERE id < 9 ORDER BY id LIMIT 3" % (form, more)
    for table in ("stream", "watermark", "watermark_history", "run", "task", "batch"):
        yield "SELECT * FROM gw.%s" % table


class Remote:
    def __init__(self, stage, name, data, place):
        self.stage, self.canary, self.name, self.data, self.place = stage, stage.canary, name, data, place
        self.names = {"root": stage.authority.path("ca.crt"), "container": CONTAINER, "platform": data["wrapper"][3:],
                      "name": name, "sleep": data["sleep"], **SECRETS, **data.get("names", {})}

    def fill(self, text):
        """Every value stands within a constant."""
        for name, value in {**self.place.facts(), **self.names}.items():
            text = text.replace("{%s}" % name, value.replace("'", "''"))
        return text

    def server(self, name, options):
        self.stage.local.must("SET client_min_messages = error; DROP SERVER IF EXISTS %s CASCADE; CREATE SERVER %s FOREIGN DATA WRAPPER %s "
                              "OPTIONS (%s); GRANT USAGE ON FOREIGN SERVER %s TO app, snoop"
                              % (name, name, self.data["wrapper"], self.fill(options), name))

    def mapping(self, server, options, role="app"):
        self.stage.mapping(server, self.fill(options), role)

    def present(self, certificate):
        path = self.stage.authority.path
        self.place.present(certificate and path(certificate + ".crt"), certificate and path(certificate + ".key"), path("ca.crt"))

    def prepare(self):
        """Logins and tables there, before it begins to write down what it is told."""
        for path, text in self.data.get("files", {}).items():
            path = os.path.join(os.environ["HOME"], path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(self.names["root"], encoding="ascii") as file, open(path, "w", encoding="utf-8") as out:
                out.write(self.fill(text).replace("{root_text}", file.read()))
        if self.data.get("users"):
            for user in ("literal", "file", "env", "quotes", "key"):
                if not self.known("r_" + user):
                    self.place.user("r_" + user, SECRETS[user])
        self.place.make(CONTAINER, self.data.get("how", ""))
        self.place.schema(CONTAINER, SCHEMA)
        for statement in self.data["tables"]:
            self.place.must(CONTAINER, SCHEMA, statement)
        for secret in self.data.get("secrets", ()):
            self.canary.plant(self.fill(secret))
        self.place.watch()

    def known(self, user):
        """Two platforms may have one place."""
        users = self.place.__dict__.setdefault("canary_users", set())
        there = user in users
        users.add(user)
        return there

    def verified(self):
        """TLS: verification is the default, and nothing weaker is fallen back to."""
        options, wants = self.data.get("tls", {}), dict(self.data.get("tls_wanted", {}))
        for name, certificate, key, wanted, says in ATTEMPTS:
            if key in options:
                self.attempt(name, certificate, options[key], *wants.pop(name, (wanted, says)))
        self.canary.check("%s tls: every expectation is of an attempt" % self.name, ", ".join(wants))
        if "plain" in self.data:
            found = self.place.behind(CONTAINER, self.data["plain"])
            self.canary.check("%s tls: no connection fell back" % self.name, None if found[0][0] == "0" else found)
        if options:
            self.present("good")

    def attempt(self, name, certificate, options, wanted, says):
        name = "%s tls: %s" % (self.name, name)
        self.present(certificate)
        self.server("tls", options)
        self.mapping("tls", self.data["mapping"])
        with connect("app") as session:
            result = session.query("SELECT gw.execute('tls', 'SELECT 1 AS x')", 30)
            self.canary.state(name, result, wanted, says)
            self.canary.note(name, session, result)
            if wanted is None and "encrypted" in self.data:
                query, pattern = self.data["encrypted"]
                rows = session.query("SELECT * FROM gw.execute_query('tls', $x$%s$x$) AS r(a text, b text)" % query, 30).rows
                self.canary.check(name + ": encrypted", None if rows and re.search(pattern, " ".join(str(v) for v in rows[0])) else str(rows))
            result = session.query("SELECT gw.test_connection('tls'), gw.server_info('tls')", 30)
            self.canary.note(name, session, result)

    def logins(self):
        """Secrets by value and by reference, as an ordinary role; and what fails."""
        data = self.data
        self.server("wh", data["options"])
        for name, options in {**(LOGINS if data.get("users") else {}), **data.get("logins", {})}.items():
            if options is None:
                continue
            self.mapping("wh", options)
            with connect("app") as session:
                result = session.query('SELECT ok, "current_user", message FROM gw.check_connection(\'wh\')', 30)
                ok = not result.error and result.rows[0][0] == "t" and (
                    not options.startswith("user 'r_") or "r_" + name in (result.rows[0][1] or ""))
                self.canary.check("%s login: %s, as an ordinary role" % (self.name, name), None if ok else str(result.error or result.rows))
                self.canary.note("login " + name, session, result)
        if "scram" in data:
            found = self.place.behind(CONTAINER, data["scram"])
            self.canary.check("%s login: SCRAM throughout" % self.name, None if found[0][0] == "0" else found)
        self.server("dead", data["dead"])
        self.server("nohost", data["nohost"])
        wrongs = {name: ["wh", options, data["refused"]] for name, options in (WRONGS if data.get("users") else {}).items()}
        wrongs.update(data.get("wrongs", {}))
        wrongs["dead port"] = ["dead", data["mapping"], "08001"]
        wrongs["dead host"] = ["nohost", data["mapping"], "08001"]
        for name, (server, options, wanted) in wrongs.items():
            self.mapping(server, options)
            with connect("app") as session:
                result = session.query("SELECT gw.execute('%s', 'SELECT 1 AS x')" % server, 30)
                self.canary.state("%s login: %s" % (self.name, name), result, wanted)
                self.canary.note("login " + name, session, result)
                for call in ("SELECT * FROM gw.check_connection('%s')", "SELECT gw.server_info('%s')", "SELECT gw.test_connection('%s')"):
                    result = session.query(call % server, 30)
                    self.canary.note("login " + name, session, result)

    def work(self):
        """What a day's work shows: scans, syncs, explains, errors, functions and tables of ours."""
        self.mapping("wh", self.data["mapping"])
        if self.data.get("users"):
            self.mapping("wh", LOGINS["quotes"], "snoop")
        with connect("app") as session:
            session.must("SET client_min_messages = error; DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app")
            session.must("IMPORT FOREIGN SCHEMA %s LIMIT TO (%s) FROM SERVER wh INTO app; SET client_min_messages = debug5"
                         % (SCHEMA, ", ".join(self.data.get("imports", ["src"]))))
            before = int(self.stage.local.value("SELECT count(*) FROM gw.run WHERE state = 'failed'"))
            for statement in work_statements(self.data):
                result = session.query(self.fill(statement.replace("{how}", self.data.get("sync", "'append', cursor_field => 'id'"))), 60)
                self.canary.note("%s work: %s" % (self.name, statement[:40]), session, result)
            copied = session.query("SELECT count(*) FROM app.copy_%s" % self.name)
            self.canary.check("%s work: rows were copied" % self.name, None if copied.rows == [("500",)] else str(copied.error or copied.rows))
        failed = int(self.stage.local.value("SELECT count(*) FROM gw.run WHERE state = 'failed'")) - before
        self.canary.check("%s work: a run failed" % self.name, None if failed > 0 else "none")

    def recorded(self):
        """What the remote itself has written down."""
        pieces = [("%s %s" % (self.name, where), text) for where, text in self.place.watched()]
        if pieces:
            least = self.data.get("record", 10000)
            self.canary.check("%s record: it is there" % self.name, None if sum(len(t) for _, t in pieces) > least else "less than %d bytes" % least)
            self.canary.search("%s record: what the remote wrote down" % self.name, pieces)
