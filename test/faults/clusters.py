"""Two throw-away PostgreSQL clusters, a fault proxy between them, and servers that point at trouble."""
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import pq  # noqa: E402
from faultproxy import FaultProxy  # noqa: E402
from wire import free_port  # noqa: E402

SECRET = "WGWCANARY_1"
# Nothing of the caller's environment but what a sanitizer is told (test/sanitize).
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
               **{name: os.environ[name] for name in ("ASAN_OPTIONS", "GW_VALGRIND_LOG") if name in os.environ}}


class Cluster:
    def __init__(self, name, work, bindir, user):
        self.name, self.bindir, self.user = name, bindir, user
        self.directory = os.path.join(work, name)
        self.socket = os.path.join(work, "s")
        self.log = os.path.join(work, name + ".log")
        self.port = free_port()

    def as_user(self, words):
        if os.getuid() == 0:
            return ["setpriv", "--reuid=" + self.user, "--regid=" + self.user, "--init-groups"] + words
        return words

    def command(self, *words, check=True):
        words = list(words)
        words[0] = os.path.join(self.bindir, words[0])
        return subprocess.run(self.as_user(words), check=check, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", env=ENVIRONMENT)

    def create(self, settings, hba):
        self.command("initdb", "-D", self.directory, "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8",
                     "--no-sync")
        with open(os.path.join(self.directory, "postgresql.conf"), "a", encoding="utf-8") as f:
            f.write("\n".join(["listen_addresses = '127.0.0.1'", "port = %d" % self.port,
                               "unix_socket_directories = '%s'" % self.socket, "fsync = off",
                               "max_prepared_transactions = 4", "log_min_messages = info"] + settings) + "\n")
        with open(os.path.join(self.directory, "pg_hba.conf"), "w", encoding="utf-8") as f:
            f.write(hba)
        self.start()

    def start(self):
        self.command("pg_ctl", "-D", self.directory, "-l", self.log, "-w", "-t", "60", "start")

    def stop(self, mode="fast"):
        self.command("pg_ctl", "-D", self.directory, "-m", mode, "-w", "stop", check=False)

    def connect(self, user="postgres", database="postgres"):
        return pq.Connection(pq.conninfo(host=self.socket, port=self.port, user=user, dbname=database))

    def sql(self, *statements):
        with self.connect() as c:
            for s in statements:
                if s == "SELECT pg_reload_conf()":
                    pq.reload(self.connect)
                else:
                    c.must(s)

    def wait_up(self, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                self.connect().close()
                return True
            except pq.ConnectionLost:
                time.sleep(0.1)
        return False


class BlackHole:
    """An address whose accept queue is full: SYNs are dropped without a word."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.fillers = []
        for _ in range(4):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", self.port))
            self.fillers.append(s)
        time.sleep(0.1)

    def close(self):
        for s in self.fillers + [self.listener]:
            s.close()


REMOTE_OBJECTS = [
    "CREATE ROLE gw_remote LOGIN PASSWORD '%s'" % SECRET,
    "CREATE SCHEMA wh AUTHORIZATION gw_remote",
    "CREATE TABLE wh.item AS SELECT g AS id, repeat('x', 200) || g AS txt FROM generate_series(1, 5000) g",
    "CREATE TABLE wh.small AS SELECT g AS id, 'row ' || g AS txt FROM generate_series(1, 20) g",
    "CREATE TABLE wh.drift (a integer); INSERT INTO wh.drift VALUES (1)",
    "CREATE TABLE wh.log (n integer)",
    "ALTER TABLE wh.log OWNER TO gw_remote; ALTER TABLE wh.item OWNER TO gw_remote;"
    "ALTER TABLE wh.small OWNER TO gw_remote; ALTER TABLE wh.drift OWNER TO gw_remote",
]


class World:
    """Everything the catalogue needs; close() leaves no process and no file."""

    def __init__(self, work, bindir, user, local=None):
        self.work = work
        os.makedirs(os.path.join(work, "s"), exist_ok=True)
        if os.getuid() == 0:
            shutil.chown(work, user, user)
            shutil.chown(os.path.join(work, "s"), user, user)
        self.local = local or Cluster("local", work, bindir, user)
        self.remote = Cluster("remote", work, bindir, user)
        self.proxy = self.hole = None
        self.tls = None

    def open(self):
        certificates = make_certificates(self.work, self.remote.user)
        tls = ["ssl = on", "ssl_cert_file = '%s'" % certificates["other"] , "ssl_key_file = '%s'" % certificates["key"]] \
            if certificates else []
        self.tls = certificates
        self.local.create([], "local all all trust\n")
        self.remote.create(["max_connections = 40"] + tls,
                           "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        self.remote.sql(*REMOTE_OBJECTS)
        self.proxy = FaultProxy(self.remote.port)
        self.hole = BlackHole()
        self.local.sql("CREATE EXTENSION warehouse_gw", "CREATE ROLE app LOGIN",
                       "GRANT CREATE ON SCHEMA public TO app")
        self.local.sql("SELECT gw.grant_usage('app', 'operator')")
        self.make_servers()
        return self

    def make_servers(self):
        plain = "host '127.0.0.1', dbname 'postgres', connect_timeout '2', fetch_size '100'"
        proxied = "port '%d', sslmode 'disable'" % self.proxy.port
        servers = {
            "wh": plain + ", " + proxied,
            "dead": plain + ", port '%d', sslmode 'disable'" % free_port(),
            "blackhole": plain + ", port '%d', sslmode 'disable'" % self.hole.port,
            "failing": plain.replace("127.0.0.1", "warehouse.failing.test") + ", port '5432', sslmode 'disable'",
            "unanswered": plain.replace("127.0.0.1", "warehouse.unanswered.test") + ", port '5432', sslmode 'disable'",
            "nowhere": plain.replace("127.0.0.1", "no-such-host.invalid") + ", port '5432', sslmode 'disable'",
            "metadata": plain.replace("127.0.0.1", "169.254.169.254") + ", port '5432', sslmode 'disable'",
            "badpass": plain + ", " + proxied,
            "baddb": plain.replace("'postgres'", "'no_such_database'") + ", " + proxied,
        }
        if self.tls:
            direct = ", port '%d'" % self.remote.port
            servers["tls_self"] = plain + direct
            servers["tls_host"] = plain + direct + ", sslmode 'verify-full', sslrootcert '%s'" % self.tls["other"]
            servers["tls_expired"] = plain + ", port '%d', sslmode 'verify-full', sslrootcert '%s'" % (
                self.remote.port, self.tls["expired"])
        servers["tls_none"] = plain + ", port '%d', sslmode 'verify-full'" % self.proxy.port
        for name, options in servers.items():
            secret = "WGWCANARY_2" if name == "badpass" else SECRET
            self.local.sql("CREATE SERVER %s FOREIGN DATA WRAPPER gw_postgres OPTIONS (%s)" % (name, options),
                           "CREATE USER MAPPING FOR app SERVER %s OPTIONS (user 'gw_remote', password '%s')" % (name, secret),
                           "GRANT USAGE ON FOREIGN SERVER %s TO app; CREATE SCHEMA %s; GRANT USAGE ON SCHEMA %s TO app"
                           % (name, name, name),
                           "CREATE FOREIGN TABLE %s.item (id integer, txt text) SERVER %s OPTIONS (schema_name 'wh', table_name 'item')"
                           % (name, name))
        self.local.sql(
            "CREATE FOREIGN TABLE wh.small (id integer, txt text) SERVER wh OPTIONS (schema_name 'wh', table_name 'small')",
            "ALTER FOREIGN TABLE wh.small OWNER TO app",
            "CREATE FOREIGN TABLE wh.log (n integer) SERVER wh OPTIONS (schema_name 'wh', table_name 'log')",
            "ALTER FOREIGN TABLE wh.log OWNER TO app",
            "CREATE FOREIGN TABLE wh.drift (a integer) SERVER wh OPTIONS (schema_name 'wh', table_name 'drift')",
            "CREATE FOREIGN TABLE wh.sleeps (s text) SERVER wh OPTIONS (query 'SELECT pg_sleep(30)::text AS s')",
            "CREATE FOREIGN TABLE wh.breaks (n integer) SERVER wh OPTIONS (query 'SELECT 1 / (id - 3000) AS n FROM wh.item')")
        for name in servers:
            self.local.sql("GRANT SELECT ON ALL TABLES IN SCHEMA %s TO app" % name)

    def remote_sessions(self, condition="true"):
        with self.remote.connect() as c:
            return int(c.value("SELECT count(*) FROM pg_stat_activity WHERE usename = 'gw_remote' AND " + condition))

    def end_remote_sessions(self):
        self.remote.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'gw_remote'")

    def catalogue(self):
        """The entries, and those that are left out here: {id: reason}."""
        with open(os.path.join(HERE, "catalogue.json"), encoding="utf-8") as file:
            return json.load(file), {}

    def secrets_in_logs(self):
        found = []
        for path in [self.local.log, self.remote.log] + glob.glob(os.path.join(self.work, "*", "log", "*")):
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as f:
                    # The set-up itself types the passwords; a statement that failed would log them.
                    found += ["%s: %s" % (os.path.basename(path), line.strip()[:160]) for line in f if "WGWCANARY" in line]
        return found

    def crashes(self):
        with open(self.local.log, encoding="utf-8", errors="replace") as f:
            return [line.strip() for line in f if re.search(r"PANIC|TRAP|terminated by signal (?!9)|server process .* was terminated by signal 11", line)]

    def close(self):
        for c in (self.local, self.remote):
            if os.path.exists(os.path.join(c.directory, "postmaster.pid")):
                c.stop("immediate")
        if self.proxy:
            self.proxy.stop()
        if self.hole:
            self.hole.close()


def openssl(*words):
    subprocess.run(["openssl"] + list(words), check=True, capture_output=True)


def make_certificates(work, user):
    """Self-signed certificates: for another host, and one that has expired.  None without openssl."""
    if not shutil.which("openssl"):
        return None
    key = os.path.join(work, "server.key")
    openssl("genrsa", "-out", key, "2048")
    out = {"key": key}
    request, extension = os.path.join(work, "request.pem"), os.path.join(work, "extension")
    with open(extension, "w", encoding="ascii") as f:
        f.write("subjectAltName=IP:127.0.0.1\n")
    for name, subject, more in (("other", "/CN=other.example", ["-days", "2"]),
                                ("expired", "/CN=127.0.0.1", ["-days", "-1", "-extfile", extension])):
        out[name] = os.path.join(work, name + ".crt")
        openssl("req", "-new", "-key", key, "-subj", subject, "-out", request)
        openssl("x509", "-req", "-in", request, "-signkey", key, "-out", out[name], *more)
    for path in out.values():
        os.chmod(path, 0o600)
        if os.getuid() == 0:
            shutil.chown(path, user, user)
    return out
