"""A MariaDB of the run's own, with TLS, and its client in Python (python3-pymysql)."""
import ctypes
import os
import re
import shutil
import signal
import struct
import subprocess
import time

from wire import certificates, free_port, put

from . import Missing, Place

USER, PASSWORD = "gw_remote", "WGWCANARY_1"

# UTC, and no mode that lets a value in otherwise than it was given.
PINS = "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES,ALLOW_INVALID_DATES'"


def start(home):
    return MariaDb(home)


def end_with_parent():
    """However this process ends, the server does, too (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class MariaDb(Place):
    def __init__(self, home):
        try:
            import pymysql
        except ImportError:
            raise Missing("python3-pymysql is not installed (make deps)") from None
        self.client = pymysql
        self.process, self.made = None, {"how": "", "schemas": []}
        self.home = home
        daemon = self.programs()
        self.port, self.socket = free_port(), os.path.join(self.home, "s")
        certificates(self.home)
        self.data = os.path.join(self.home, "data")
        self.command = daemon + [
            f"--datadir={self.data}", f"--socket={self.socket}", f"--port={self.port}",
            "--bind-address=127.0.0.1", "--skip-name-resolve", f"--ssl-ca={self.home}/ca.pem",
            f"--ssl-cert={self.home}/server.pem", f"--ssl-key={self.home}/server.key",
            "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2",
            "--character-set-server=utf8mb4", "--local-infile=1", "--max-connections=80",
            f"--pid-file={self.home}/pid", f"--log-error={self.home}/log.err"]
        if os.getuid() == 0:
            self.command.append("--user=root")
        self.install()
        self.begin()
        self.must("", None, f"CREATE USER {USER}@'%' IDENTIFIED BY '{PASSWORD}'; GRANT PROCESS ON *.* TO {USER}@'%'")

    def programs(self):
        """The server's command; Missing where there is none."""
        daemon = shutil.which("mariadbd", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if daemon is None or shutil.which("mariadb-install-db") is None:
            raise Missing("mariadbd is not installed (make deps)")
        return [daemon, "--no-defaults"]

    def install(self):
        """An empty data directory whose root has no password."""
        done = subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={self.data}", "--skip-test-db",
                               "--auth-root-authentication-method=normal"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError("mariadb-install-db: " + done.stderr[-500:])

    def begin(self):
        """Start the server on the data it has."""
        self.process = subprocess.Popen(self.command, preexec_fn=end_with_parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.connect().close()
                return
            except self.client.Error:
                time.sleep(0.1)
        with open(self.home + "/log.err", encoding="utf-8", errors="replace") as log:
            raise RuntimeError("mariadbd did not start: " + log.read()[-2000:])

    def end(self, kill=False):
        """Stop the server, or kill it; begin() brings it back."""
        if self.process is not None:
            if kill:
                self.process.kill()
            else:
                self.process.terminate()
            self.process.wait()
            self.process = None

    def connect(self, schema=None):
        """As root, over the socket."""
        return self.client.connect(unix_socket=self.socket, user="root", database=schema, charset="utf8mb4",
                                   init_command=PINS, autocommit=True, conv={}, local_infile=False,
                                   client_flag=self.client.constants.CLIENT.MULTI_STATEMENTS)

    def facts(self):
        return {"host": "127.0.0.1", "port": str(self.port), "socket": self.socket, "user": USER,
                "password": PASSWORD, "ca": self.home + "/ca.pem"}

    def user(self, name, password):
        word = password.replace("'", "''")
        self.must("", None, f"CREATE USER {name}@'%' IDENTIFIED BY '{word}'")

    def present(self, certificate, key, authority):
        put(self.home, certificate, key, authority)
        if certificate and "--skip-ssl" not in self.command:
            self.must("", None, "FLUSH SSL")
            return
        # Whether there is TLS at all is settled when the server starts.
        self.end()
        words = [word for word in self.command if word != "--skip-ssl"]
        self.command = words + (["--skip-ssl"] if certificate is None else [])
        self.begin()

    def watch(self):
        self.command += [f"--general-log-file={self.home}/general", "--general-log", "--log-warnings=9"]
        self.end()
        self.begin()

    def watched(self):
        for name in ("log.err", "general"):
            with open(os.path.join(self.home, name), "rb") as file:
                yield name, file.read()

    # A container is nothing: it only remembers how its schemas are made.
    def make(self, container, how=""):
        self.drop(container)
        self.made = {"how": how, "schemas": []}

    def drop(self, container):
        for name in self.made["schemas"]:
            self.must("", None, f"DROP DATABASE IF EXISTS `{name}`")
        self.made = {"how": "", "schemas": []}

    def schema(self, container, name):
        self.must("", None, f"DROP DATABASE IF EXISTS `{name}`; CREATE DATABASE `{name}` {self.made['how']};"
                  f"GRANT ALL ON `{name}`.* TO {USER}@'%'")
        self.made["schemas"].append(name)

    def must(self, container, schema, sql):
        connection = self.connect(schema)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                rows = cursor.fetchall()
                while cursor.nextset():
                    rows = cursor.fetchall()
            return [[None if v is None else self.text(v) for v in row] for row in rows]
        except self.client.Error as error:
            raise RuntimeError(f"{error.args[-1]} ({error.args[0]}) in: {sql[:300]}") from None
        finally:
            connection.close()

    @staticmethod
    def text(value):
        return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)

    def fill(self, container, schema, table, columns, rows):
        if not rows:
            return
        names = ", ".join(f"`{name}`" for name, _ in columns)
        for at in range(0, len(rows), 500):
            values = ",\n".join("(" + ", ".join(literal(v, t) for v, (_, t) in zip(row, columns)) + ")"
                                for row in rows[at:at + 500])
            warned = self.must(container, schema, f"INSERT INTO `{table}` ({names}) VALUES {values}; SHOW WARNINGS")
            if warned:
                raise RuntimeError(f"{table}: {warned[0]}")

    def sessions(self):
        return [int(row[0]) for row in self.must("", None, "SELECT id FROM information_schema.processlist "
                                                 f"WHERE user = '{USER}' ORDER BY id")]

    def running(self):
        return int(self.must("", None, "SELECT count(*) FROM information_schema.processlist "
                             f"WHERE user = '{USER}' AND command NOT IN ('Sleep', 'Killed')")[0][0])

    def end_sessions(self):
        for session in self.sessions():
            try:
                self.must("", None, f"KILL {session}")
            except RuntimeError as error:
                if "(1094)" not in str(error):   # no such session: it has ended meanwhile
                    raise

    def stop(self):
        self.end()


def literal(text, kind):
    """A constant of what PostgreSQL writes for that type."""
    if text is None:
        return "NULL"
    if kind == "boolean":
        return "1" if text in ("t", "true") else "0"
    if kind == "real":
        text = repr(struct.unpack("f", struct.pack("f", float(text)))[0])
    if kind == "bytea":
        return "X'" + text[2:] + "'"
    if kind.startswith("timestamp"):
        text = re.sub(r"\+00$", "", text)
    return "'" + text.replace("'", "''") + "'"
