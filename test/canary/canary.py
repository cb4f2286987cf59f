#!/usr/bin/python3
"""Every secret of this suite holds WGWCANARY; afterwards it is looked for wherever it must not be.

Runs between two clusters that test/run has started: the local one logs all it can (debug5, every statement),
the remote one speaks TLS.  The only statements that may hold a secret are those that make user mappings, in
sessions that keep them out of the log, as docs/security.md tells.  Prints lines for test/run to count.
"""
import base64
import glob
import os
import re
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import pq  # noqa: E402
from pq import literal  # noqa: E402

import tls  # noqa: E402

LOCAL = {"host": os.environ["CANARY_SOCKETS"], "port": os.environ["CANARY_LOCAL_PORT"]}
REMOTE = {"host": os.environ["CANARY_SOCKETS"], "port": os.environ["CANARY_REMOTE_PORT"]}
LOCAL_DIR, REMOTE_DIR = os.environ["CANARY_LOCAL_DIR"], os.environ["CANARY_REMOTE_DIR"]
FOLDER = os.path.join(os.environ["TMPDIR"], "canary")
SECRETS = {
    "literal": "WGWCANARY_1", "wrong": "WGWCANARY_2", "file": "WGWCANARY_3", "env": os.environ.get("WGW_CANARY", ""),
    "quotes": "WGWCANARY_5'\"\\ %&=@:/?#", "key": "WGWCANARY_6", "mistyped": "WGWCANARY_7", "nested": "WGWCANARY_8",
    "misplaced": "WGWCANARY_9", "logged": "WGWCANARY_10", "configured": "WGWCANARY_11",
}
# As written, as base64, as hexadecimal digits.
SIGNS = [b"WGWCANARY", base64.b64encode(b"WGWCANARY")[:12], b"WGWCANARY".hex().encode(), b"WGWCANARY".hex().upper().encode()]
QUIET = ("SET log_statement = none; SET log_min_duration_statement = -1; SET log_min_error_statement = panic;"
         "SET client_min_messages = error; ")


class Canary:
    def __init__(self):
        self.failed = 0
        self.seen = []  # (where, text): whatever a user or a sampler saw

    def check(self, name, problem=None):
        if problem:
            self.failed += 1
            print("not ok %s: %s" % (name, re.sub("WGWCANARY", "CANARY", str(problem)).encode("unicode_escape").decode()[:400]))
        else:
            print("ok " + name)

    def state(self, name, result, wanted, hint=None):
        error = result.error or {}
        problem = None if error.get("sqlstate") == wanted else "got %s %s" % (error.get("sqlstate"), error.get("message"))
        if not problem and hint and hint not in (error.get("hint") or "") + error.get("message"):
            problem = "says %s; %s" % (error.get("message"), error.get("hint"))
        self.check(name, problem)

    def note(self, where, session, result):
        for item in [result.error] + session.notices:
            if item:
                self.seen.append((where, "\n".join(v for v in item.values() if v)))
        self.seen.append((where, "\n".join(str(row) for row in result.rows)))
        del session.notices[:]

    def search(self, name, pieces):
        """pieces: (where, text or bytes)."""
        hits, n = [], 0
        for where, text in pieces:
            raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
            n += 1
            for sign in SIGNS:
                at = raw.find(sign)
                if at >= 0:
                    hits.append("%s: ...%r" % (where, raw[max(0, at - 60):at + 30]))
        self.check(name, "; ".join(hits[:4]) if hits else None if n else "nothing was searched")


def connect(cluster, user="postgres"):
    return pq.Connection(pq.conninfo(dbname="postgres", user=user, **cluster))


# A statement is shown as it came until it is run, a moment later.
ACTIVITY = ("SELECT a::text FROM pg_stat_activity a WHERE pid <> pg_backend_pid() AND NOT (query ~ 'USER MAPPING' "
            "AND state = 'active' AND clock_timestamp() - query_start < interval '100 ms')")


class Sampler(threading.Thread):
    """What others see while things run: pg_stat_activity, and the processes' arguments and environments."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stop = threading.Event()
        self.activity, self.processes = set(), set()

    def run(self):
        with connect(LOCAL) as local, connect(REMOTE) as remote:
            # These sessions' own statements are of no interest, and would fill the log.
            for session in (local, remote):
                session.must("SET log_statement = none; SET log_min_messages = error")
            while not self.stop.wait(0.02):
                for session in (local, remote):
                    for row in session.must(ACTIVITY):
                        self.activity.add(row[0])
                for directory in (LOCAL_DIR, REMOTE_DIR):
                    self.processes |= set(processes(directory))


def processes(directory):
    """(pid, arguments), (pid, environment) of a cluster's processes; the one secret put into it is left out."""
    with open(os.path.join(directory, "postmaster.pid"), encoding="utf-8") as file:
        postmaster = int(file.readline())
    for status in glob.glob("/proc/[0-9]*/status"):
        folder = os.path.dirname(status)
        try:
            with open(status, encoding="utf-8", errors="replace") as file:
                parent = int(re.search(r"^PPid:\s+(\d+)", file.read(), re.M).group(1))
            if postmaster not in (parent, int(folder.split("/")[2])):
                continue
            for name in ("cmdline", "environ"):
                with open(folder + "/" + name, "rb") as file:
                    raw = file.read()
                if name == "environ":
                    raw = re.sub(rb"(^|\0)WGW_CANARY=[^\0]*", b"", raw)
                yield (name, raw)
        except (OSError, AttributeError):
            continue


class Stage:
    """Servers and roles on both sides."""

    def __init__(self, canary):
        self.canary = canary
        self.authority = tls.Authority(os.path.join(FOLDER, "tls"))
        self.remote, self.local = connect(REMOTE), connect(LOCAL)
        self.remote.must(QUIET + "SET password_encryption = 'scram-sha-256'")
        for name in ("literal", "file", "env", "quotes", "key"):
            self.remote.must("CREATE ROLE r_%s LOGIN PASSWORD %s" % (name, literal(SECRETS[name])))
        self.remote.must("CREATE TABLE src (id int PRIMARY KEY, v text, at timestamptz); GRANT ALL ON src TO PUBLIC;"
                         "INSERT INTO src SELECT g, 'v' || g, timestamptz '2024-01-01' + g * interval '1 h' FROM generate_series(1, 500) g;"
                         "CREATE VIEW bad AS SELECT id, 1 / (id - 400) AS x FROM src; GRANT ALL ON bad TO PUBLIC; GRANT CREATE ON SCHEMA public TO PUBLIC")
        self.server_tls("good")
        self.local.must("CREATE EXTENSION warehouse_gw; CREATE EXTENSION pg_stat_statements; GRANT CREATE ON SCHEMA public TO PUBLIC; GRANT CREATE ON DATABASE postgres TO PUBLIC")
        for role in ("app", "snoop", "watcher"):
            self.local.must("CREATE ROLE %s LOGIN" % role)
        self.local.must("GRANT pg_read_all_stats, pg_monitor TO watcher; SELECT gw.grant_usage('app', 'operator'); SELECT gw.grant_usage('snoop', 'operator')")

    def server_tls(self, name):
        """The remote presents another certificate; None: no TLS."""
        if name is None:
            self.remote.must("ALTER SYSTEM SET ssl = off")
        else:
            for option, ext in (("ssl_cert_file", ".crt"), ("ssl_key_file", ".key")):
                self.remote.must("ALTER SYSTEM SET %s = %s" % (option, literal(self.authority.path(name + ext))))
            self.remote.must("ALTER SYSTEM SET ssl_ca_file = %s" % literal(self.authority.path("ca.crt")))
            self.remote.must("ALTER SYSTEM SET ssl = on")
        stamp = self.remote.value("SELECT pg_conf_load_time()")
        self.remote.must("SELECT pg_reload_conf()")
        while self.remote.value("SELECT pg_conf_load_time()") == stamp:
            time.sleep(0.02)
        time.sleep(0.1)  # the postmaster reads it beside the sessions

    def server(self, name, options, drop=True):
        self.local.must("SET client_min_messages = error; DROP SERVER IF EXISTS %s CASCADE; CREATE SERVER %s FOREIGN DATA WRAPPER gw_postgres "
                        "OPTIONS (port '%s', dbname 'postgres', %s); GRANT USAGE ON FOREIGN SERVER %s TO app, snoop"
                        % (name, name, REMOTE["port"], options, name))

    def mapping(self, server, options, role="app"):
        with connect(LOCAL) as session:
            session.must(QUIET + "DROP USER MAPPING IF EXISTS FOR %s SERVER %s" % (role, server))
            session.must("CREATE USER MAPPING FOR %s SERVER %s OPTIONS (%s)" % (role, server, options))


def verified(stage):
    """TLS: verify-full is the default, and nothing weaker is fallen back to."""
    canary = stage.canary
    root = "sslrootcert %s" % literal(stage.authority.path("ca.crt"))
    call = "SELECT gw.execute('tls', 'SELECT 1')"
    shown = "SELECT * FROM gw.execute_query('tls', 'SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()') AS r(on_ bool, v text)"

    def attempt(name, certificate, options, wanted, hint=None):
        stage.server_tls(certificate)
        stage.server("tls", options)
        stage.mapping("tls", "\"user\" 'r_literal', password %s" % literal(SECRETS["literal"]))
        with connect(LOCAL, "app") as session:
            result = session.query(call, 30)
            canary.state("tls: " + name, result, wanted, hint)
            canary.note("tls " + name, session, result)
            if wanted is None:
                row = session.must(shown)[0]
                canary.check("tls: %s: encrypted" % name, None if row[0] == "t" and row[1] in ("TLSv1.2", "TLSv1.3") else str(row))
            result = session.query("SELECT gw.test_connection('tls'), gw.server_info('tls')", 30)
            canary.note("tls " + name, session, result)

    attempt("verify-full with its authority", "good", "host 'localhost', " + root, None)
    attempt("by address", "good", "host '127.0.0.1', " + root, None)
    attempt("name and address apart", "good", "host 'localhost', hostaddr '127.0.0.1', " + root, None)
    attempt("TLS 1.3 only", "good", "host 'localhost', ssl_min_protocol_version 'TLSv1.3', " + root, None)
    attempt("certificate of another host", "other_host", "host 'localhost', " + root, "08001", "host")
    attempt("... is taken when that host was meant", "other_host", "host 'db.example.com', hostaddr '127.0.0.1', " + root, None)
    attempt("expired certificate", "expired", "host 'localhost', " + root, "08001", "expired")
    attempt("unknown authority", "unknown_ca", "host 'localhost', " + root, "08001", "sslrootcert")
    attempt("self-signed certificate", "self_signed", "host 'localhost', " + root, "08001", "sslrootcert")
    attempt("the system's authorities by default", "good", "host 'localhost'", "08001", "sslrootcert")
    attempt("missing file of authorities", "good", "host 'localhost', sslrootcert '/nowhere/ca.pem'", "08001", "sslrootcert")
    attempt("server without TLS", None, "host 'localhost', " + root, "08001", "sslmode")
    attempt("server without TLS, sslmode require", None, "host 'localhost', sslmode 'require'", "08001", "sslmode")
    attempt("verify-ca takes another host's name", "other_host", "host 'localhost', sslmode 'verify-ca', " + root, None)
    attempt("verify-ca takes no unknown authority", "unknown_ca", "host 'localhost', sslmode 'verify-ca', " + root, "08001", "sslrootcert")
    used = stage.remote.must("SELECT count(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'warehouse_gw' AND NOT s.ssl")
    canary.check("tls: no connection fell back", None if used[0][0] == "0" else used)
    stage.server_tls("good")


def logins(stage):
    """Passwords by value and by reference, as an ordinary role, with SCRAM; and what fails."""
    canary = stage.canary
    root = "host 'localhost', sslrootcert %s" % literal(stage.authority.path("ca.crt"))
    secrets = os.path.join(FOLDER, "secrets")
    os.makedirs(secrets, exist_ok=True)
    for name in ("file", "key"):
        with open(os.path.join(secrets, name), "w", encoding="utf-8") as file:
            file.write(SECRETS[name] + "\n")
        os.chmod(os.path.join(secrets, name), 0o600)
    stage.local.must("ALTER SYSTEM SET warehouse_gw.secret_dir = %s; " % literal(secrets))
    stage.local.must("SELECT pg_reload_conf(), pg_sleep(0.3)")
    certificate, key = stage.authority.client("r_key", SECRETS["key"])
    tries = {
        "literal": ("password " + literal(SECRETS["literal"]), None), "file": ("password_ref 'file:file'", None),
        "env": ("password_ref 'env:WGW_CANARY'", None), "quotes": ("password " + literal(SECRETS["quotes"]), None),
        "key": ("password_ref 'file:key', sslcert %s, sslkey %s, sslpassword_ref 'file:key'" % (literal(certificate), literal(key)), None),
    }
    stage.server("wh", root)
    for name, (options, wanted) in tries.items():
        stage.mapping("wh", "\"user\" 'r_%s', %s" % (name, options))
        with connect(LOCAL, "app") as session:
            result = session.query('SELECT ok, "current_user", message FROM gw.check_connection(\'wh\')', 30)
            canary.check("login: %s, as an ordinary role" % name,
                         None if not result.error and result.rows[0][:2] == ("t", "r_" + name) else str(result.error or result.rows))
            canary.note("login " + name, session, result)
    method = stage.remote.value("SELECT count(*) FROM pg_authid WHERE rolname ~ '^r_' AND rolpassword !~ '^SCRAM-SHA-256'")
    canary.check("login: SCRAM throughout", None if method == "0" else method)
    wrongs = {
        "wrong password": ("wh", "\"user\" 'r_literal', password %s" % literal(SECRETS["wrong"]), "28P01"),
        "wrong password, quotes": ("wh", "\"user\" 'r_literal', password %s" % literal(SECRETS["quotes"]), "28P01"),
        "no such role": ("wh", "\"user\" %s, password %s" % (literal("nobody"), literal(SECRETS["wrong"])), "28P01"),
        "password as the role": ("wh", "\"user\" 'r_literal', password 'x', application_name 'x'", "28P01"),
        "no such file": ("wh", "\"user\" 'r_literal', password_ref 'file:none'", "58P01"),
        "wrong password of the key": ("wh", "\"user\" 'r_key', password_ref 'file:key', sslcert %s, sslkey %s, sslpassword %s"
                                      % (literal(certificate), literal(key), literal(SECRETS["wrong"])), "08001"),
        "dead port": ("dead", "\"user\" 'r_literal', password %s" % literal(SECRETS["literal"]), "08001"),
        "dead host": ("nohost", "\"user\" 'r_literal', password %s" % literal(SECRETS["literal"]), "08001"),
    }
    stage.local.must("CREATE SERVER dead FOREIGN DATA WRAPPER gw_postgres OPTIONS (host 'localhost', port '1', connect_timeout '2');"
                     "CREATE SERVER nohost FOREIGN DATA WRAPPER gw_postgres OPTIONS (host 'no.such.host.invalid', connect_timeout '2');"
                     "GRANT USAGE ON FOREIGN SERVER dead, nohost TO app")
    for name, (server, options, wanted) in wrongs.items():
        stage.mapping(server, options)
        with connect(LOCAL, "app") as session:
            result = session.query("SELECT gw.execute('%s', 'SELECT 1')" % server, 30)
            canary.state("login: " + name, result, wanted)
            canary.note("login " + name, session, result)
            for call in ("SELECT * FROM gw.check_connection('%s')", "SELECT gw.server_info('%s')", "SELECT gw.test_connection('%s')"):
                result = session.query(call % server, 30)
                canary.note("login " + name, session, result)
    stage.mapping("wh", "\"user\" 'r_literal', password %s" % literal(SECRETS["literal"]))
    stage.mapping("wh", "\"user\" 'r_quotes', password %s" % literal(SECRETS["quotes"]), "snoop")


def work(stage):
    """What a day's work shows: scans, syncs, explains, errors, functions and tables of ours."""
    canary = stage.canary
    with connect(LOCAL, "app") as session:
        session.must("CREATE SCHEMA app; IMPORT FOREIGN SCHEMA public LIMIT TO (src, bad) FROM SERVER wh INTO app; SET client_min_messages = debug5")
        statements = [
            "SELECT count(*) FROM app.src", "SELECT * FROM app.src WHERE id = 7", "SELECT * FROM app.bad", "SELECT x FROM app.bad WHERE id < 10",
            "CALL gw.sync_table('wh', 'public.src', 'app.copy', 'append', cursor_field => 'at', options => '{\"horizon_margin\": 0}')",
            "CALL gw.sync_table('wh', 'public.bad', 'app.bad_copy', 'replace')", "CALL gw.sync_table('wh', 'public.none', 'app.none', 'replace')",
            "SELECT gw.execute('wh', 'SELEC 1')", "SELECT gw.execute('wh', 'SELECT $1::int', 'x'::text)", "SELECT gw.execute_ddl('wh', 'DROP TABLE none')",
            "SELECT gw.explain_remote('wh', 'SELECT * FROM src')", "SELECT gw.server_info('wh')", "SELECT * FROM gw.connections()",
            "SELECT * FROM gw.check_connection('wh')", "SELECT gw.test_connection('wh')", "SELECT * FROM gw.list_tables('wh')",
            "SELECT gw.get_target_schema('wh', 'src')", "SELECT * FROM gw.options('postgres')",
            "BEGIN; SELECT gw.execute('wh', 'SELECT 1'); SAVEPOINT a; SELECT gw.execute('wh', 'SELECT 1/0')", "ROLLBACK TO a; SELECT gw.execute('wh', 'SELECT 2'); COMMIT",
            "SET statement_timeout = '200ms'; SELECT gw.execute('wh', 'SELECT pg_sleep(5)')", "RESET statement_timeout",
            "ALTER SERVER wh OPTIONS (ADD connect_timeout '3')", "SELECT gw.disconnect_all()",
        ]
        for form in ("TEXT", "JSON", "XML", "YAML"):
            for more in ("", ", ANALYZE, BUFFERS, SETTINGS"):
                statements.append("EXPLAIN (VERBOSE, FORMAT %s%s) SELECT * FROM app.src WHERE id < 9 ORDER BY at LIMIT 3" % (form, more))
        for table in ("stream", "watermark", "watermark_history", "run", "task", "batch"):
            statements.append("SELECT * FROM gw.%s" % table)
        for statement in statements:
            canary.note("work: " + statement[:40], session, session.query(statement, 60))
    canary.check("work: what was done", None if stage.local.value("SELECT count(*) FROM gw.run WHERE state = 'failed'") != "0" else "no run failed")


def statements(stage):
    """The utility hook: texts that set a password are stored nowhere, also of statements that fail."""
    canary = stage.canary
    secret = literal(SECRETS["mistyped"])
    # log_statement cannot be helped; the duration line and what a failed statement leaves in the log can.
    partly = "SET log_statement = none; SET client_min_messages = error;"
    with connect(LOCAL) as session:
        session.must(partly)
        for sql in ("CREATE USER MAPPING FOR snoop SERVER wh OPTIONS (\"user\" 'x', password %s)" % secret,
                    "CREATE USER MAPPING FOR watcher SERVER wh OPTIONS (\"user\" 'x', passwrd %s)" % secret,
                    "CREATE USER MAPPING FOR watcher SERVER typo OPTIONS (\"user\" 'x', password %s)" % secret,
                    "CREATE USER MAPPING FOR nobody SERVER wh OPTIONS (\"user\" 'x', password %s)" % secret,
                    "ALTER USER MAPPING FOR watcher SERVER wh OPTIONS (SET password %s)" % secret,
                    "ALTER USER MAPPING FOR snoop SERVER wh OPTIONS (ADD password_ref %s)" % secret,
                    "/* %s */ ALTER USER MAPPING FOR snoop SERVER wh OPTIONS (ADD password $x$%s$x$)" % (SECRETS["mistyped"], SECRETS["mistyped"])):
            result = session.query(sql)
            canary.check("statement: refused: " + sql[:32], None if result.error else "taken")
            canary.note("statement", session, result)
        for sql in ("ALTER USER MAPPING FOR snoop SERVER wh OPTIONS (SET password E'%s')" % SECRETS["mistyped"],
                    "SELECT 1 AS one; ALTER USER MAPPING FOR snoop SERVER wh OPTIONS (SET password U&'%s'); SELECT 2 AS two" % SECRETS["mistyped"],
                    "CREATE USER MAPPING FOR watcher SERVER wh OPTIONS (\"user\" 'x', password %s)" % secret,
                    "CREATE USER MAPPING IF NOT EXISTS FOR watcher SERVER wh OPTIONS (\"user\" 'x', password %s)" % secret,
                    "DROP USER MAPPING FOR watcher SERVER wh"):
            session.must(sql)
            with connect(LOCAL, "watcher") as watcher:
                canary.search("statement: not in pg_stat_activity: " + re.sub("WGWCANARY", "...", sql)[:40], [
                    ("pg_stat_activity", str(watcher.must("SELECT query FROM pg_stat_activity WHERE pid = %d" % session.pid)))])
        session.must("CREATE FUNCTION app.set_password(p text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
                     "EXECUTE format('ALTER USER MAPPING FOR snoop SERVER wh OPTIONS (SET password %L)', p); END $$")
        path = os.path.join(FOLDER, "secrets", "nested")
        with open(path, "w", encoding="utf-8") as file:
            file.write(SECRETS["nested"])
        session.must("SELECT app.set_password(pg_read_file(%s))" % literal(path))
        shown = session.must("SELECT query FROM pg_stat_statements WHERE query ~ 'USER MAPPING FOR (snoop|watcher)' ORDER BY 1")
        texts = {row[0] for row in shown}
        canary.check("statement: pg_stat_statements names the mapping", None if any("ALTER USER MAPPING FOR snoop SERVER wh" in t for t in texts) else str(texts))
        canary.check("statement: ... and its neighbours", None if session.value(
            "SELECT count(*) FROM pg_stat_statements WHERE query = 'SELECT $1 AS one'") == "1" else str(shown))
        # Somebody else's wrapper is none of our business.
        session.must("CREATE FOREIGN DATA WRAPPER foreign_to_us; CREATE SERVER foreign_to_us FOREIGN DATA WRAPPER foreign_to_us;"
                     "CREATE USER MAPPING FOR app SERVER foreign_to_us OPTIONS (whatever 'plain')")
        canary.check("statement: other wrappers keep their texts", None if session.value(
            "SELECT count(*) FROM pg_stat_statements WHERE query LIKE 'CREATE USER MAPPING%whatever%plain%'") == "1" else "gone")
    stage.mapping("wh", "\"user\" 'r_quotes', password %s" % literal(SECRETS["quotes"]), "snoop")


def configured(stage):
    """Secrets of a .env file, used well and badly, show in no message, activity or export."""
    canary = stage.canary
    config, env = (os.path.join(FOLDER, "secrets", "canary" + ext) for ext in (".yaml", ".env"))
    with open(os.open(env, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write("CONFIGURED_PASSWORD=%s\n" % SECRETS["configured"])
    call = "SELECT * FROM gw.load_config_file(%s, %s)" % (literal(config), literal(env))
    with connect(LOCAL) as session:
        session.must("SET client_min_messages = debug1")
        for keys, wanted in (("port: ${CONFIGURED_PASSWORD}", True), ("hots: ${CONFIGURED_PASSWORD}", True),
                             ("type: ${CONFIGURED_PASSWORD}", True), ("password: ${CONFIGURED_PASSWORD}", True),
                             ("user: x, password: ${CONFIGURED_PASSWORD}, password_ref: 'env:WGW_X'", True),
                             ("user: x, password: {a: ${CONFIGURED_PASSWORD}}", True),
                             ("user: x, password: ${CONFIGURED_PASSWORD}", False),
                             ("user: y, password: ${CONFIGURED_PASSWORD}, host: nowhere.invalid", False)):
            with open(config, "w", encoding="utf-8") as file:
                file.write("connections: {configured: {%s%s}}\n" % ("" if "type:" in keys else "type: postgres, ", keys))
            result = session.query(call)
            canary.check("configured: %s: %s" % ("refused" if wanted else "taken", keys[:32]),
                         None if bool(result.error) == wanted else str(result.error))
            canary.note("configured", session, result)
            with connect(LOCAL, "watcher") as watcher:
                canary.search("configured: not in pg_stat_activity: " + keys[:32], [
                    ("pg_stat_activity", str(watcher.must("SELECT query FROM pg_stat_activity WHERE pid = %d" % session.pid)))])
        canary.note("configured", session, session.query("SELECT gw.export_config()"))
        session.must("DROP SERVER configured CASCADE")


def visible(stage):
    """Catalogs and dumps: the mapping's own user and superusers see its options, nobody else."""
    canary = stage.canary
    for role in ("snoop", "watcher"):
        with connect(LOCAL, role) as session:
            pieces = []
            for table in ("pg_user_mappings", "information_schema.user_mapping_options", "pg_foreign_server", "pg_foreign_table",
                          "pg_stat_activity", "pg_settings", "pg_stat_statements", "pg_catalog.pg_foreign_data_wrapper"):
                result = session.query("SELECT t::text FROM %s t" % table)
                own = SECRETS["quotes"].split("'")[0] if role == "snoop" and "mapping" in table else "-"
                pieces.append((table, "\n".join(row[0].replace(own, "") for row in result.rows) or "-"))
            canary.search("visible: %s sees no other's secret" % role, pieces)
            canary.state("visible: %s cannot read pg_user_mapping" % role, session.query("SELECT * FROM pg_user_mapping"), "42501")
    with connect(LOCAL, "app") as session:
        rows = str(session.must("SELECT umoptions FROM pg_user_mappings WHERE srvname = 'wh'"))
        canary.check("visible: a user sees the own options, no other's",
                     None if SECRETS["literal"] in rows and "WGWCANARY_5" not in rows else rows)
    pieces = []
    for role in ("app", "snoop", "watcher"):
        for program in (["pg_dumpall"], ["pg_dump", "-d", "postgres"], ["pg_dump", "-s", "-d", "postgres"]):
            done = subprocess.run(program + ["-h", LOCAL["host"], "-p", LOCAL["port"], "-U", role], capture_output=True, timeout=60)
            text = done.stdout + done.stderr
            own = {"app": rb"WGWCANARY_1'", "snoop": rb"WGWCANARY_5''"}.get(role, b"-")
            pieces.append(("%s as %s" % (program[0], role), text.replace(own, b"")))
    canary.search("visible: dumps of ordinary roles", pieces)
    done = subprocess.run(["pg_dumpall", "-h", LOCAL["host"], "-p", LOCAL["port"], "-U", "postgres"], capture_output=True, timeout=60)
    lines = [l for l in done.stdout.split(b"\n") if b"WGWCANARY" in l]
    canary.check("visible: a superuser's dump holds them in user mappings only", None if lines and all(
        re.match(rb"\s+(password|sslpassword) E?'", l) for l in lines) else lines)


def files(stage):
    """Everything below the data directories but the one catalog, the log of changes, and what we put there."""
    canary = stage.canary
    stage.local.must("CHECKPOINT")
    stage.remote.must("CHECKPOINT")
    allowed = set()
    for oid in ("pg_user_mapping", "pg_toast.pg_toast_%s" % stage.local.value("SELECT 'pg_user_mapping'::regclass::oid")):
        result = stage.local.query("SELECT pg_relation_filepath(%s)" % literal(oid))
        if not result.error:
            allowed.add(os.path.join(LOCAL_DIR, result.rows[0][0]))
    for directory, log in ((LOCAL_DIR, LOCAL_DIR + ".log"), (REMOTE_DIR, REMOTE_DIR + ".log")):
        pieces = []
        for folder, _, names in os.walk(directory):
            for name in names:
                path = os.path.join(folder, name)
                if path in allowed or "/pg_wal/" in path:
                    continue
                try:
                    with open(path, "rb") as file:
                        pieces.append((path[len(directory):], file.read()))
                except OSError:
                    continue
        canary.search("files: %s" % os.path.basename(directory), pieces)
        with open(log, "rb") as file:
            # At debug3 the postmaster itself prints the environment it was started with.
            text = re.sub(rb"DEBUG:  \tWGW_CANARY=[^\n]*", b"", file.read())
        canary.check("files: the log of %s was kept" % os.path.basename(directory), None if len(text) > 10000 else "%d bytes" % len(text))
        canary.search("files: the log of %s" % os.path.basename(directory), [(os.path.basename(log), text)])


def self_test(canary):
    """The search finds what it looks for."""
    probe = Canary.__new__(Canary)
    probe.failed, found = 0, []
    probe.check = lambda name, problem=None: found.append(bool(problem))
    for sign in SIGNS:
        probe.search("probe", [("text", b"before " + sign + b" after")])
    probe.search("probe", [("text", "nothing here")])
    canary.check("self-test: the search sees every spelling, and nothing else", None if found == [True] * len(SIGNS) + [False] else found)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    canary = Canary()
    self_test(canary)
    stage = Stage(canary)
    sampler = Sampler()
    sampler.start()
    verified(stage)
    logins(stage)
    work(stage)
    statements(stage)
    configured(stage)
    sampler.stop.set()
    sampler.join()
    visible(stage)
    canary.search("client: errors, notices and rows of everything done", canary.seen)
    canary.search("samples: pg_stat_activity", [("pg_stat_activity", row) for row in sampler.activity])
    canary.search("samples: arguments and environments of the server's processes", sampler.processes)
    for name, session in (("local", stage.local), ("remote", stage.remote)):
        if name == "local":
            canary.search("pg_stat_statements", [("pg_stat_statements", row[0]) for row in session.must("SELECT query FROM pg_stat_statements")])
        tables = session.must("SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
                              "WHERE relkind IN ('r', 'm') AND relname NOT IN ('pg_user_mapping', 'pg_largeobject') AND nspname !~ '^pg_toast'")
        canary.search("tables: every one of the %s side" % name, [
            (t, "\n".join(r[0] for r in session.must("SELECT t::text FROM %s t" % t))) for (t,) in tables])
    files(stage)
    print("= canary: %d texts, %d samples of activity, %d of processes searched"
          % (len(canary.seen), len(sampler.activity), len(sampler.processes)))
    sys.exit(1 if canary.failed else 0)


if __name__ == "__main__":
    main()
