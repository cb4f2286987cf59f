"""Starts the emulator for the suites: prepares databases, and runs it as a process of its own.

    emulated = start.Redshift(port of a PostgreSQL, databases, psql options...)
    emulated.port, emulated.set_faults([...]), emulated.stop()

A PostgreSQL 15 is needed; its users and passwords are the emulator's.  missing() says what is
lacking on this machine, so that a suite can say so and skip.
"""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
JUDGES = os.path.join(HERE, "..", "..", "..", "build", "judges", "redshift")


def missing():
    """Why the emulator cannot run here, or None."""
    if not os.path.isdir(os.path.join(JUDGES, "sqlglot")):
        return "sqlglot is not there (test/lib/parts.sh)"
    return None


def prepare(database, host, port, user="postgres", psql="psql"):
    """Loads schema rs into a database, as its superuser, unless it is there."""
    connect = [psql, "-XAtq", "-h", host, "-p", str(port), "-U", user, "-d", database, "-v", "ON_ERROR_STOP=1"]
    there = subprocess.run(connect + ["-c", "SELECT 1 FROM pg_namespace WHERE nspname = 'rs'"],
                           capture_output=True, text=True, check=True).stdout
    if not there.strip():
        sys.path.insert(0, JUDGES)
        import judge
        rows = ", ".join(f"('{n}', {n in judge.SHARED_SETTINGS})" for n in sorted(judge.NAMES["settings"]))
        subprocess.run(connect + ["-1", "-f", os.path.join(HERE, "schema.sql"), "-f", os.path.join(HERE, "catalog.sql"),
                                  "-c", f"INSERT INTO rs.setting VALUES {rows}"], check=True, stdout=subprocess.DEVNULL)


class Redshift:
    """A running emulator in front of the PostgreSQL at a TCP port of this machine."""

    def __init__(self, backend, tls=None, port=0):
        handle, self.faults = tempfile.mkstemp(prefix="faults")
        os.close(handle)
        words = [sys.executable, "-B", os.path.join(HERE, "emulator.py"), "--backend", str(backend), "--faults", self.faults,
                 "--port", str(port)]
        if tls:
            words += ["--cert", tls[0], "--key", tls[1]]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = json.loads(self.process.stdout.readline())["port"]

    def set_faults(self, faults):
        with open(self.faults, "w", encoding="utf-8") as file:
            json.dump(faults, file)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()
        os.unlink(self.faults)
