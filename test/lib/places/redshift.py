"""The Redshift emulator of test/emulators/redshift, before a PostgreSQL of the run's own."""
import os
import sys

import pq
from wire import put

from . import Missing
from .postgres import PASSWORD, USER, Postgres

EMULATOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "emulators", "redshift")


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


class Redshift(Postgres):
    """Schemas are made and read through the emulator, databases behind it."""

    settings = "password_encryption = md5\nclient_connection_check_interval = 200\n"
    method = "md5"

    def __init__(self, home):
        sys.path.insert(0, EMULATOR)
        import start as emulator
        if emulator.missing():
            raise Missing(emulator.missing())
        self.tools, self.emulated, self.front = emulator, None, 0
        super().__init__(home)

    def begin(self):
        """Start both on the data there is; the port stays."""
        super().begin()
        self.emulated = self.tools.Redshift(self.port, (self.home + "/server.pem", self.home + "/server.key"), self.front)
        self.front = self.emulated.port

    def end(self, kill=False):
        """Stop the server, or kill it; begin() brings it back."""
        if self.emulated:
            self.emulated.stop()
            self.emulated = None
            super().end(kill)

    def facts(self):
        return dict(super().facts(), port=str(self.front))

    def present(self, certificate, key, authority):
        """The emulator reads them for each connection."""
        put(self.home, certificate, key, authority)

    # A container is a database.
    def make(self, container, how=""):
        self.drop(container)
        self.behind("postgres", f"CREATE DATABASE {container} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")
        self.tools.prepare(container, self.home, self.port, psql=os.path.join(self.bindir, "psql"))
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
            with pq.Connection(pq.conninfo(host="127.0.0.1", port=self.front, user=USER, password=PASSWORD, dbname=container)) as c:
                return [list(row) for row in c.must(sql)]
        except (pq.Failed, pq.ConnectionLost) as error:
            raise RuntimeError(f"{error} in: {sql[:300]}") from None

    def fill(self, container, schema, table, columns, rows):
        names = ", ".join(name for name, _ in columns)
        for at in range(0, len(rows), 200):
            values = ",\n".join("(" + ", ".join(literal(v, t) for v, (_, t) in zip(row, columns)) + ")"
                                for row in rows[at:at + 200])
            self.must(container, schema, f"INSERT INTO {table} ({names}) VALUES {values}")
