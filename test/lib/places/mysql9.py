"""A MySQL 9 of the run's own: Debian's, as test/versions/fetch_mysql9.sh leaves it in MYSQL9."""
import os
import subprocess

from . import Missing
from .mariadb import MariaDb


# With PLACE=mysql9 it takes that one's place.
STANDS_FOR = "mariadb"


def start(home):
    return MySql9(home)


class MySql9(MariaDb):
    def programs(self):
        root = os.environ.get("MYSQL9") or "/nowhere"
        if not os.path.exists(root + "/usr/sbin/mysqld"):
            raise Missing("no MySQL 9 here (make test-mysql9 fetches one)")
        return [root + "/usr/lib64/ld-linux-x86-64.so.2", "--library-path", root + "/usr/lib/x86_64-linux-gnu",
                root + "/usr/sbin/mysqld", "--no-defaults", f"--basedir={root}/usr", f"--lc-messages-dir={root}/usr/share/mysql",
                f"--plugin-dir={root}/usr/lib/mysql/plugin", f"--character-sets-dir={root}/usr/share/mysql/charsets",
                "--mysqlx=OFF", f"--secure-file-priv={self.home}"]

    def install(self):
        done = subprocess.run(self.command + ["--initialize-insecure"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            with open(self.home + "/log.err", encoding="utf-8", errors="replace") as log:
                raise RuntimeError("mysqld --initialize-insecure: " + (done.stderr + log.read())[-800:])
