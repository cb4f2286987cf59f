"""A PostgreSQL of the run's own that asks for passwords over TCP; with TLS once it was told what to present."""
import os
import subprocess

import pq
from wire import certificates, free_port, put

from . import Place

USER, PASSWORD = "gw_remote", "WGWCANARY_1"


def start(home):
    return Postgres(home)


class Postgres(Place):
    settings = ""
    method = "scram-sha-256"

    def __init__(self, home):
        self.home, self.bindir = home, os.environ["GW_BINDIR"]
        self.data, self.log = os.path.join(home, "data"), os.path.join(home, "log")
        self.port = free_port()
        certificates(home)
        self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8", "--no-sync")
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="utf-8") as file:
            file.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = '{home}'\n"
                       f"fsync = off\nmax_connections = 80\nlog_min_messages = info\n{self.settings}")
        with open(os.path.join(self.data, "pg_hba.conf"), "w", encoding="utf-8") as file:
            file.write(f"local all all trust\nhost all all 127.0.0.1/32 {self.method}\n")
        self.begin()
        self.user(USER, PASSWORD)

    def run(self, program, *words):
        done = subprocess.run([os.path.join(self.bindir, program), *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr[-500:]}")

    def begin(self):
        """Start the server on the data it has."""
        subprocess.run([os.path.join(self.bindir, "pg_ctl"), "-D", self.data, "-l", self.log, "-w", "-t", "60", "start"],
                       check=True, stdout=subprocess.DEVNULL)

    def end(self, kill=False):
        """Stop the server, or kill it; begin() brings it back."""
        subprocess.run([os.path.join(self.bindir, "pg_ctl"), "-D", self.data, "-m", "immediate" if kill else "fast", "-w", "stop"],
                       check=False, stdout=subprocess.DEVNULL)

    def admin(self):
        """How a superuser connects."""
        return {"host": self.home, "port": self.port, "user": "postgres"}

    def behind(self, database, *statements):
        """As superuser."""
        with pq.Connection(pq.conninfo(dbname=database, **self.admin())) as c:
            for statement in statements:
                rows = c.must(statement)
            return rows

    def facts(self):
        return {"host": "127.0.0.1", "port": str(self.port), "user": USER, "password": PASSWORD, "ca": self.home + "/ca.pem"}

    # A container is a database.
    def make(self, container, how=""):
        self.drop(container)
        self.behind("postgres", f"CREATE DATABASE {container} TEMPLATE template0 {how}")
        self.behind(container, f"GRANT CREATE ON DATABASE {container} TO {USER}", f"GRANT ALL ON SCHEMA public TO {USER}")

    def drop(self, container):
        self.behind("postgres", f"DROP DATABASE IF EXISTS {container} WITH (FORCE)")

    def schema(self, container, name):
        self.behind(container, f"DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name} AUTHORIZATION {USER}")

    def must(self, container, schema, sql):
        path = f"SET search_path TO {schema}; " if schema else ""
        try:
            return [list(row) for row in self.behind(container, f"SET ROLE {USER}; {path}{sql}")]
        except (pq.Failed, pq.ConnectionLost) as error:
            raise RuntimeError(f"{error} in: {sql[:300]}") from None

    def sessions(self):
        return [int(row[0]) for row in self.behind(
            "postgres", f"SELECT pid FROM pg_stat_activity WHERE usename = '{USER}' ORDER BY pid")]

    def running(self):
        return int(self.behind("postgres", "SELECT count(*) FROM pg_stat_activity "
                               f"WHERE usename = '{USER}' AND state = 'active'")[0][0])

    def user(self, name, password):
        self.behind("postgres", f"SET log_statement = none; SET log_min_messages = error; CREATE ROLE {name} LOGIN PASSWORD {pq.literal(password)}")

    def present(self, certificate, key, authority):
        put(self.home, certificate, key, authority)
        self.reload("ALTER SYSTEM RESET ssl" if certificate is None else "ALTER SYSTEM SET ssl = on",
                    *(f"ALTER SYSTEM SET {option} = '{self.home}/{name}'" for option, name in (
                        ("ssl_cert_file", "server.pem"), ("ssl_key_file", "server.key"), ("ssl_ca_file", "ca.pem"))))

    def reload(self, *settings):
        def connect():
            return pq.Connection(pq.conninfo(dbname="postgres", **self.admin()))
        with connect() as c:
            for setting in settings:
                c.must(setting)
        pq.reload(connect)

    def watch(self):
        self.reload("ALTER SYSTEM SET log_statement = 'all'", "ALTER SYSTEM SET log_min_messages = 'debug5'")

    def watched(self):
        """The log, and every file of the data directory but the log of changes."""
        self.behind("postgres", "CHECKPOINT")
        yield "log", contents(self.log)
        for folder, _, names in os.walk(self.data):
            for name in names:
                if "/pg_wal" not in folder:
                    yield os.path.join(folder, name)[len(self.data):], contents(os.path.join(folder, name))

    def stop(self):
        self.end()


def contents(path):
    """What a file holds; nothing, when it has gone meanwhile."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
