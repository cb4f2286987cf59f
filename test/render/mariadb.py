"""A MariaDB of the test's own: socket only, its directory removed at the end."""
import os
import shutil
import subprocess
import tempfile
import time


class Server:
    def __init__(self, home):
        self.home = home
        self.socket = os.path.join(home, "s")
        self.process = None

    @staticmethod
    def start():
        """A running server, or None where none is installed."""
        daemon = shutil.which("mariadbd", path=os.environ.get("PATH", "") + ":/usr/sbin")
        installer = shutil.which("mariadb-install-db")
        if daemon is None or installer is None or shutil.which("mariadb") is None:
            return None
        server = Server(tempfile.mkdtemp(prefix="gwm.", dir=os.environ.get("GW_WORK", "/tmp")))
        data = os.path.join(server.home, "data")
        subprocess.run([installer, "--no-defaults", f"--datadir={data}", "--skip-test-db",
                        "--auth-root-authentication-method=normal"],
                       check=True, capture_output=True)
        server.process = subprocess.Popen(
            [daemon, "--no-defaults", f"--datadir={data}", f"--socket={server.socket}",
             "--skip-networking", "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M",
             f"--pid-file={server.home}/pid", f"--log-error={server.home}/log"])
        for _ in range(1800):
            if server.run("SELECT 1") is None:
                return server
            if server.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError("mariadbd did not start: " + open(server.home + "/log").read()[-2000:])

    def _client(self, sql, *options):
        return subprocess.run(["mariadb", "--no-defaults", "-u", "root", "-S", self.socket,
                               "--default-character-set=utf8mb4", *options],
                              input=sql, capture_output=True, text=True, encoding="utf-8")

    def run(self, sql):
        """None, or what went wrong."""
        done = self._client(sql)
        return None if done.returncode == 0 else done.stderr.strip()

    def query(self, sql):
        """Rows as lines, columns between tabs."""
        return self._client(sql, "-N", "--raw").stdout.splitlines()

    def columns(self, schema, table):
        """COLUMN_TYPE of each column; longtext under a json_valid check is JSON."""
        done = self._client(
            "SELECT IF(c.CHECK_CLAUSE IS NULL, k.COLUMN_TYPE, 'json') "
            "FROM information_schema.COLUMNS k LEFT JOIN information_schema.CHECK_CONSTRAINTS c "
            "ON c.CONSTRAINT_SCHEMA = k.TABLE_SCHEMA AND c.TABLE_NAME = k.TABLE_NAME "
            "AND c.CHECK_CLAUSE = CONCAT('json_valid(`', k.COLUMN_NAME, '`)') "
            f"WHERE k.TABLE_SCHEMA = '{schema}' AND k.TABLE_NAME = '{table}' "
            "ORDER BY k.ORDINAL_POSITION", "-N", "--raw")
        return done.stdout.splitlines()

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)
