"""The Redshift emulator of test/emulators/redshift, before a PostgreSQL of the run's own."""
import os
import subprocess
import sys

import pq
from wire import certificates, free_port

from . import Missing, Place

EMULATOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "emulators", "redshift")
USER, PASSWORD = "gw_remote", "WGWCANARY_1"


def start(home):
    return Redshift(home)


def literal(text, kind):
    """A constant of what PostgreSQL writes for that type; a backslash in text is an escape there."""
    if text is None:
        return "NULL"
    if kind == "bytea":
        return "from_hex('" + text[2:] + "')"
    text = "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
    return f"json_parse({text})" if kind in ("json", "jsonb") else text


class Redshift(Place):
    """Schemas are made and read through the emulator, databases behind it."""

    def __init__(self, home):
        sys.path.insert(0, EMULATOR)
        import start as emulator
        if emulator.missing():
            raise Missing(emulator.missing())
        self.tools = emulator
        self.home, self.bindir = home, os.environ["GW_BINDIR"]
        self.data, self.log = os.path.join(self.home, "data"), os.path.join(self.home, "log")
        self.backend = free_port()
        certificates(self.home)
        self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8", "--no-sync")
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="utf-8") as file:
            file.write(f"listen_addresses = '127.0.0.1'\nport = {self.backend}\nunix_socket_directories = '{self.home}'\n"
                       "fsync = off\nmax_connections = 80\nclient_connection_check_interval = 200\npassword_encryption = md5\nlog_min_messages = info\n")
        with open(os.path.join(self.data, "pg_hba.conf"), "w", encoding="utf-8") as file:
            file.write("local all all trust\nhost all all 127.0.0.1/32 md5\n")
        self.emulated = None
        self.begin()
        self.behind("postgres", f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'")

    def run(self, program, *words):
        done = subprocess.run([os.path.join(self.bindir, program), *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr[-500:]}")

    def begin(self):
        """Start both on the data there is; the port stays."""
        subprocess.run([os.path.join(self.bindir, "pg_ctl"), "-D", self.data, "-l", self.log, "-w", "-t", "60", "start"],
                       check=True, stdout=subprocess.DEVNULL)
        self.emulated = self.tools.Redshift(self.backend, (self.home + "/server.pem", self.home + "/server.key"),
                                            getattr(self, "port", 0))
        self.port = self.emulated.port

    def end(self, kill=False):
        """Stop the server, or kill it; begin() brings it back."""
        if self.emulated:
            self.emulated.stop()
            self.emulated = None
            subprocess.run([os.path.join(self.bindir, "pg_ctl"), "-D", self.data, "-m", "immediate" if kill else "fast", "-w", "stop"],
                           check=False, stdout=subprocess.DEVNULL)

    def behind(self, database, *statements):
        """As superuser of the PostgreSQL behind the emulator."""
        with pq.Connection(pq.conninfo(host=self.home, port=self.backend, user="postgres", dbname=database)) as c:
            for statement in statements:
                rows = c.must(statement)
            return rows

    def facts(self):
        return {"host": "127.0.0.1", "port": str(self.port), "user": USER, "password": PASSWORD, "ca": self.home + "/ca.pem"}

    # A container is a database.
    def make(self, container, how=""):
        self.drop(container)
        self.behind("postgres", f"CREATE DATABASE {container} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")
        self.tools.prepare(container, self.home, self.backend, psql=os.path.join(self.bindir, "psql"))
        self.behind(container, f"GRANT CREATE ON DATABASE {container} TO {USER}", f"GRANT ALL ON SCHEMA public TO {USER}",
                    f"GRANT SELECT ON rs.svv_table_info TO {USER}")

    def drop(self, container):
        self.behind("postgres", f"DROP DATABASE IF EXISTS {container} WITH (FORCE)")

    def schema(self, container, name):
        self.must(container, None, f"DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")

    def must(self, container, schema, sql):
        if schema:
            sql = f"SET search_path TO {schema}; {sql}"
        try:
            with pq.Connection(pq.conninfo(host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname=container)) as c:
                return [list(row) for row in c.must(sql)]
        except (pq.Failed, pq.ConnectionLost) as error:
            raise RuntimeError(f"{error} in: {sql[:300]}") from None

    def fill(self, container, schema, table, columns, rows):
        names = ", ".join(name for name, _ in columns)
        for at in range(0, len(rows), 200):
            values = ",\n".join("(" + ", ".join(literal(v, t) for v, (_, t) in zip(row, columns)) + ")"
                                for row in rows[at:at + 200])
            self.must(container, schema, f"INSERT INTO {table} ({names}) VALUES {values}")

    def sessions(self):
        return [int(row[0]) for row in self.behind(
            "postgres", f"SELECT pid FROM pg_stat_activity WHERE usename = '{USER}' ORDER BY pid")]

    def running(self):
        return int(self.behind("postgres", "SELECT count(*) FROM pg_stat_activity "
                               f"WHERE usename = '{USER}' AND state = 'active'")[0][0])

    def stop(self):
        self.end()
