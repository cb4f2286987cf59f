"""Runs the fault catalogue: each entry is data, the check afterwards is one for all.

After each fault: the statement ended within its deadline with a listed SQLSTATE (or, where none is
listed, with the right answer); the next query of the same session works; no row was lost or
doubled; the backend's descriptors, sockets and threads and the remote sessions are back to where
they were; nothing goes on running remotely; no message and no log line holds a password.

A deadline that is missed is measured once more; while the machine is measured to stand still
(test/lib/machine.py), so is what depends on time in other ways, up to TRIES times.  What no machine
excuses (rows, passwords, watermarks) fails at once.
"""
import argparse
import copy
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]

import apart  # noqa: E402
import clusters  # noqa: E402
import elsewhere  # noqa: E402
import hardship  # noqa: E402
import machine  # noqa: E402
import places  # noqa: E402
import pq  # noqa: E402

# How long what a session holds, and what goes on remotely, has to come to its end.
SETTLE_SECONDS, GONE_SECONDS = 4.0, 2.0
# For as long we wait for a state that has to come, whatever the judgement: the next entry begins afresh.
WAIT_SECONDS = 30.0
# A statement that has missed its deadline is given up so much later.
PATIENCE = 5.0


def resources(pid):
    """(other descriptors, sockets, threads) of a backend; its table files come and go."""
    other = sockets = 0
    for name in os.listdir("/proc/%d/fd" % pid):
        try:
            target = os.readlink("/proc/%d/fd/%s" % (pid, name))
        except OSError:
            continue
        sockets += target.startswith("socket:")
        other += not target.startswith(("socket:", "/"))
    with open("/proc/%d/status" % pid, encoding="ascii") as f:
        threads = [int(line.split()[1]) for line in f if line.startswith("Threads:")][0]
    return other, sockets, threads


class Entry:
    """One catalogue entry being run."""

    def __init__(self, world, spec):
        self.world, self.spec = world, spec
        self.troubles, self.elapsed = [], 0.0
        self.holder = self.limits = None
        self.beside = machine.Beside()
        # Those of the troubles that have to do with the deadline alone, and with time at all.
        self.late, self.timely = 0, 0

    def wrong(self, text, *values):
        self.troubles.append(text % values if values else text)

    def amiss(self, text, *values, late=False):
        """What a machine that stands still may be the cause of."""
        self.late += late
        self.timely += 1
        self.wrong(text, *values)

    def again(self, tries):
        """Whether the tries-th run of this entry proves nothing and is to be made again."""
        if not self.troubles or self.timely < len(self.troubles):
            return False
        return self.beside.excuses(tries if self.late == len(self.troubles) else tries + 1)

    def run(self):
        spec, w = self.spec, self.world
        w.proxy.clear()
        w.local.put_under(spec.get("under"))
        session = w.local.connect("app")
        try:
            w.local.sql(*spec.get("setup", "SELECT 1").split("; "))
            self.warm(session)
            before = resources(session.pid)
            if not spec["connected"]:
                session.must("SELECT gw.disconnect_all()")
                # A library's idle connections outlive those of ours.
                w.proxy.drop()
            self.prepare(session)
            outcome = self.strike(session)
            if self.limits:
                self.limits.lift()
            self.judge(outcome)
            if spec.get("keeps_connection") and session.value("SELECT count(*) FROM gw.connections()") != "1":
                self.amiss("the connection was given up")
            self.recover()
            if not spec.get("ends_session"):
                self.aftermath(session, before)
        except pq.Failed as e:
            self.amiss("the entry's own set-up failed: %s", str(e).replace("\n", " "))
        except pq.ConnectionLost as e:
            self.wrong("the server closed the session: %s", str(e).strip().replace("\n", " "))
        finally:
            session.close()
            self.clean_up()

    def warm(self, session):
        """The session has its connection, its caches and its descriptors."""
        for _ in range(2):
            session.must("SELECT count(*) FROM wh.small; SELECT count(*) FROM wh.item")
        # What is waited on has a descriptor of its own once it was not there at once.
        waits = getattr(self.world, "data", {"waits": "SELECT pg_catalog.pg_sleep(0.02)"}).get("waits")
        if waits:
            session.must("SELECT gw.execute('wh', '%s')" % waits)
        if "log" in self.spec:
            self.world.remote.sql("TRUNCATE wh.log")

    def prepare(self, session):
        spec, w = self.spec, self.world
        if "remote" in spec:
            self.remote_sql(spec["remote"])
        if "remote_hold" in spec:
            self.holder = w.remote.connect()
            self.holder.must(spec["remote_hold"])
        if "session" in spec:
            session.must(spec["session"])
        if spec.get("drop_first"):
            w.proxy.drop()
            self.wait_for(lambda: w.proxy.stats()["open"] == 0)
            time.sleep(0.1)
        if spec.get("restart_remote"):
            w.remote.stop("immediate")
            w.remote.start()
        if "admin" in spec:
            w.local.sql(*spec["admin"].split("; "))
        if "clock" in spec:
            w.local.set_clock(spec["clock"])
        if "middle" in spec:
            session.query(spec["middle"])
        w.proxy.set(spec.get("faults", []))
        if "inject" in spec:
            w.inject(spec["inject"])
        if "limits" in spec:
            self.limits = hardship.Limits(w.local, session.pid, spec["limits"])

    def remote_sql(self, text):
        for name, path in (self.world.tls or {}).items():
            text = text.replace("{%s}" % name, path)
        for statement in text.split("; "):
            self.world.remote.sql(statement)

    def strike(self, session):
        """Run the statement and what happens meanwhile: (result or None, seconds, error)."""
        during = self.spec.get("during")
        session.notices.clear()
        stopping = threading.Event()
        self.beside = machine.Beside()
        begun = time.monotonic()
        session.send(self.spec["statement"])
        if during:
            self.under_way(session, during["after_ms"] / 1000)
            if "faults" in during:
                self.world.proxy.set(during["faults"])
            if during["do"] == "disconnect":
                pid = session.pid
                session.close()
                return self.gone(pid)
            # The request has its own connection; what counts is the time since it was made.
            begun = time.monotonic()
            self.act(during["do"], session, stopping)
        try:
            results = session.results(timeout=self.spec["deadline_s"] + PATIENCE)
            error = results[-1].error if results else None
            return results[-1] if results else pq.Result(), time.monotonic() - begun, error
        except pq.Timeout:
            self.amiss("still running %.1f s after its deadline of %.2f s", PATIENCE, self.spec["deadline_s"], late=True)
            os.kill(session.pid, signal.SIGTERM)
            return None, time.monotonic() - begun, None
        except pq.ConnectionLost as e:
            failed = [r.error for r in getattr(e, "results", []) if r.error and r.error["sqlstate"]]
            return None, time.monotonic() - begun, failed[0] if failed else {"sqlstate": "lost", "message": str(e)}
        finally:
            stopping.set()

    def under_way(self, session, seconds):
        """The statement has begun, and had so long to come to where it shall be struck."""
        if seconds:
            with self.world.local.connect() as watch:
                self.wait_for(lambda: watch.must("SELECT FROM pg_stat_activity WHERE pid = %d AND left(query, 900) = %s" % (
                    session.pid, pq.literal(self.spec["statement"][:900]))))
        beside = machine.Beside()
        time.sleep(seconds)
        time.sleep(beside.held_up() if seconds else 0)

    @staticmethod
    def wait_for(state, seconds=WAIT_SECONDS):
        """For as long as that takes, within reason; whether it has come."""
        deadline = time.monotonic() + seconds
        while not state():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.03)
        return True

    def gone(self, pid):
        begun = time.monotonic()
        while os.path.exists("/proc/%d" % pid) and time.monotonic() - begun < self.spec["deadline_s"] + PATIENCE:
            time.sleep(0.01)
        return None, time.monotonic() - begun, {"sqlstate": "lost", "message": ""}

    def act(self, what, session, stopping):
        if what == "cancel":
            os.kill(session.pid, signal.SIGINT)
        elif what == "terminate":
            os.kill(session.pid, signal.SIGTERM)
        elif what == "sigkill":
            os.kill(session.pid, signal.SIGKILL)
        elif what == "clock":
            self.world.local.set_clock(self.spec["during"]["to"])
        elif what == "storm":
            threading.Thread(target=storm, args=(session.pid, stopping), daemon=True).start()

    def judge(self, outcome):
        spec = self.spec
        result, self.elapsed, error = outcome
        if self.elapsed > spec["deadline_s"]:
            self.amiss("took %.0f ms, the deadline is %.0f ms", self.elapsed * 1000, spec["deadline_s"] * 1000, late=True)
        if self.elapsed < spec.get("at_least_s", 0):
            self.amiss("took %.0f ms only, not %.0f ms", self.elapsed * 1000, spec["at_least_s"] * 1000)
        if error and any("WGWCANARY" in str(v) for v in error.values()):
            self.wrong("the error shows a password: %s", error)
        if spec.get("any"):
            return
        if error:
            if error["sqlstate"] not in spec["sqlstate"]:
                self.amiss("ended with %s (%s), wanted %s", error["sqlstate"], error.get("message"),
                           " or ".join(spec["sqlstate"]) or "an answer")
            if not re.search(spec.get("message", ""), " ".join(v or "" for v in error.values())):
                self.amiss("the error does not say %s: %s", spec["message"], error.get("message"))
            return
        if result is None:
            return
        if spec["sqlstate"] and "or_rows" not in spec:
            self.amiss("ended without an error (%s, %d rows), wanted %s", result.tag, len(result.rows),
                       " or ".join(spec["sqlstate"]))
        rows = spec.get("or_rows", spec.get("rows"))
        if rows is not None and result.rows != [tuple(r) for r in rows]:
            self.wrong("gave %s, wanted %s", result.rows[:3], rows)
        if "row_count" in spec and len(result.rows) != spec["row_count"]:
            self.wrong("gave %d rows, wanted %d", len(result.rows), spec["row_count"])

    def recover(self):
        """The fault is over."""
        spec, w = self.spec, self.world
        if self.limits:
            self.limits.lift()
        w.proxy.clear()
        if spec.pop("lets_go", None):
            w.proxy.drop()
        if spec.pop("inject", None):
            struck = w.heal()
            for kind, (least, most) in spec.get("struck", {}).items():
                if not least <= struck.get(kind, 0) <= most:
                    self.amiss("the fault %s struck %d times, not %d to %d", kind, struck.get(kind, 0), least, most)
        if not w.local.wait_up():
            self.wrong("the local server did not come back")
        if self.holder:
            self.holder.close()
            self.holder = None
        if "remote_after" in spec:
            self.remote_sql(spec["remote_after"])
            spec.pop("remote_after")
        teardown = spec.pop("teardown", "SELECT 1").split("; ")
        try:
            w.local.sql(*teardown)
        except pq.ConnectionLost:
            # The postmaster has only now seen that a backend was killed.
            if not w.local.wait_up():
                self.wrong("the local server did not come back")
            w.local.sql(*teardown)

    def aftermath(self, session, before):
        """The same session goes on, and holds no more than before."""
        for text in ("ROLLBACK", "RESET ALL", "SET statement_timeout = '60s'", self.spec.get("leave", "SELECT 1")):
            session.query(text)
        result = session.query("SELECT count(*), sum(id) FROM wh.item")
        if result.error:
            self.amiss("the next query of the session fails: %s %s", result.error["sqlstate"], result.error["message"])
        elif result.rows != [("5000", "12502500")]:
            self.wrong("the next query of the session gives %s", result.rows)
        session.query("SELECT count(*) FROM wh.small")
        session.query("DISCARD TEMP")
        # A cancel request that nobody answers is ended at a later use of a server.
        deadline = time.monotonic() + SETTLE_SECONDS
        while self.left_over(session, before) and time.monotonic() < deadline:
            time.sleep(0.2)
            session.query("SELECT count(*) FROM wh.small")
        for name, a, b in self.left_over(session, before):
            self.amiss("%d %s before, %d afterwards", a, name, b, late=True)

    def left_over(self, session, before):
        """(name, before, now) of what the session holds more of than it may."""
        # A look-up that nobody answers ends by itself, later than we wait here.
        # So does a driver's attempt to connect, which has a socket, too.
        names = ["descriptors"] + ([] if self.left_by("leaves_driver") else ["sockets"]) + (
            [] if self.left_by("leaves_thread", "leaves_driver") else ["threads"])
        return [(name, a, b) for name, a, b in zip(names, before, resources(session.pid))
                if b > a + (name == "sockets" and self.spec.get("leaves_socket", 0))]

    def left_by(self, *names):
        return any(self.spec.get(name) for name in names)

    def clean_up(self):
        """Nothing is left remotely once the session has gone."""
        w = self.world
        try:
            self.recover()
        except pq.Failed as e:
            self.wrong("clean-up failed: %s", str(e).replace("\n", " "))
        if self.spec.get("leaves_remote"):
            w.proxy.drop()
        if not self.wait_for(lambda: not w.remote_sessions(), GONE_SECONDS):
            if not self.spec.get("leaves_remote"):
                self.amiss("%d remote sessions are left after %.0f s (%d of them active)", w.remote_sessions(), GONE_SECONDS,
                           w.remote_sessions("state = 'active'"), late=True)
            w.end_remote_sessions()
            self.wait_for(lambda: not w.remote_sessions(), GONE_SECONDS)
        if "absent" in self.spec:
            with w.local.connect() as c:
                if c.value("SELECT to_regclass('%s')" % self.spec["absent"]):
                    rows = c.value("SELECT count(*) FROM %s" % self.spec["absent"])
                    self.wrong("%s exists with %s rows", self.spec["absent"], rows)
                    c.must("DROP TABLE " + self.spec["absent"])
                marks = c.value("SELECT count(*) FROM gw.watermark WHERE cursor_value IS NOT NULL OR version > 0")
                if marks != "0":
                    self.wrong("%s watermarks moved", marks)
        for number, counts in self.spec.get("log", {}).items():
            found = self.logged(number, counts)
            if found > max(counts):
                self.wrong("the remote holds the row %d times, wanted %s", found, counts)
            elif found not in counts:
                self.amiss("the remote holds the row %d times, wanted %s", found, counts)

    def logged(self, number, counts):
        """How often the remote holds the row, which may be on its way."""
        found = []

        def arrived():
            with self.world.remote.connect() as c:
                found.append(int(c.value("SELECT count(*) FROM wh.log WHERE n = " + number)))
            return found[-1] >= min(counts)
        self.wait_for(arrived)
        return found[-1]


def storm(pid, stopping):
    """SIGALRM and SIGPIPE, for as long as the statement runs."""
    while not stopping.is_set():
        for number in (signal.SIGALRM, signal.SIGPIPE):
            try:
                os.kill(pid, number)
            except OSError:
                return
        time.sleep(0.002)


def expand(spec, world):
    """The entry as a list of runs: a sweep strikes at one place after another."""
    text = json.dumps(spec).replace("{disk}", world.local.disk)
    sweep = spec.get("sweep")
    places = [sweep["from"] + i * sweep["step"] for i in range(sweep["count"])] if sweep else [None]
    for place in places:
        one = json.loads(text.replace('"%sweep"', str(place)))
        yield one


def run_entry(world, spec):
    """(troubles, milliseconds of the slowest run)."""
    troubles, slowest = [], 0.0
    for one in expand(spec, world):
        tries, entry = 1, Placed(world, copy.deepcopy(one))
        entry.run()
        while entry.again(tries):
            print("# %s: %s; made again (held up by the machine for %.0f ms)" % (
                spec["id"], "; ".join(entry.troubles), entry.beside.held_up() * 1000))
            tries, entry = tries + 1, Placed(world, copy.deepcopy(one))
            entry.run()
        slowest = max(slowest, entry.elapsed)
        place = [f.get("at", f.get("after")) for f in one.get("faults", [])] if "sweep" in spec else None
        troubles += ["%s%s" % ("at byte %s: " % place[0] if place else "", t) for t in entry.troubles]
    return troubles, slowest * 1000


class Placed(Entry):
    """An entry whose byte positions on an open connection are counted from its current place."""

    def prepare(self, session):
        if self.spec["connected"]:
            base = max([link.passed["down"] for link in self.world.proxy.links] or [0])
            for fault in self.spec.get("faults", []):
                for key in ("after", "at"):
                    value = fault.get(key)
                    if isinstance(value, str):
                        fault[key] = base + int(value[6:])
                    elif value is not None and fault.get("direction") == "down":
                        fault[key] = base + value
        super().prepare(session)


def binaries():
    config = os.environ.get("PG_CONFIG", "pg_config")
    return os.environ.get("GW_BINDIR") or subprocess.check_output([config, "--bindir"], text=True).strip()


def ids_in(number):
    """How many ids "F20" or "F20-F27" stands for."""
    ends = [int(n) for n in re.findall(r"\d+", number)]
    return ends[-1] - ends[0] + 1


class Run:
    """One platform's world and what came out of its entries."""

    def __init__(self, platform, options):
        self.platform, self.options = platform, options
        self.label = "" if platform == "postgres" else platform + " "
        self.passed = self.failed = self.skipped = 0
        self.latencies = []

    def report(self, name, troubles, more=""):
        print("%s %s%s%s" % ("not ok" if troubles else "ok", self.label, name, more))
        for t in troubles[:6]:
            print("#   " + t)
        sys.stdout.flush()
        self.passed += not troubles
        self.failed += bool(troubles)

    def skip(self, name, why):
        self.skipped += 1
        print("skip %s%s: %s" % (self.label, name, why))

    def world(self, work):
        user = "postgres" if os.getuid() == 0 else None
        local = hardship.HardCluster("local", work, binaries(), user)
        if self.platform == "postgres":
            return clusters.World(work, binaries(), user, local)
        return elsewhere.World(self.platform, work, user, local)

    def all(self):
        work = tempfile.mkdtemp(prefix="gwf.", dir="/tmp" if len(tempfile.gettempdir()) > 40 else None)
        try:
            world = self.world(work)
        except places.Missing as missing:
            self.skip("all faults", missing)
            shutil.rmtree(work, ignore_errors=True)
            return
        try:
            world.open()
            catalogue, left = world.catalogue()
            for spec in catalogue["faults"]:
                spec = dict(catalogue["defaults"], **spec)
                if not self.options.only or any(spec["id"].startswith(o) for o in self.options.only):
                    self.entry(world, spec, left)
            for name, troubles in (("no password in any log", world.secrets_in_logs()), ("no crash of the server", world.crashes())):
                self.report(name, troubles)
        finally:
            world.close()
            if self.options.keep:
                print("# logs: %s" % work)
            else:
                shutil.rmtree(work, ignore_errors=True)
        self.summary(catalogue)

    def entry(self, world, spec, left):
        name = "%s %s" % (spec["id"], spec["title"])
        why = left.get(spec["id"])
        if spec.get("needs") == "openssl" and not world.tls:
            why = "no openssl command"
        elif "under" in spec and not why:
            why = world.local.missing(spec["under"])
        if why:
            self.skip(name, why)
            return
        troubles, ms = run_entry(world, spec)
        if "during" in spec and spec["during"]["do"] in ("cancel", "terminate"):
            self.latencies.append((ms, spec["id"]))
        self.report(name, troubles, " (%.0f ms)" % ms)

    def summary(self, catalogue):
        if self.latencies:
            self.latencies.sort()
            print("= %scancel and terminate: %d wait states, slowest %.0f ms (%s)"
                  % (self.label, len(self.latencies), *self.latencies[-1]))
        ran = {re.match(r"F\d+", spec["id"]).group() for spec in catalogue["faults"]}
        print("= %sfaults: %d entries for %d ids of the catalogue, of which %d do not apply here"
              % (self.label, len(catalogue["faults"]), len(ran),
                 sum(ids_in(number) for number in catalogue.get("not_applicable", {}))))
        for number, why in catalogue.get("not_applicable", {}).items():
            self.skip(number, why)


def run_apart(names):
    """Three platforms at a time, each in a process of its own: they wait more than they work."""
    counts = [0, 0, 0]
    for name, status, lines in apart.run(names, 3, sys.argv[1:]):
        found = apart.take(lines, r"faults: (\d+) passed, (\d+) failed, (\d+) skipped")
        print("\n".join(lines))
        if found:
            counts = [a + b for a, b in zip(counts, found)]
        else:
            counts[1] += 1
            print("not ok %s broke off with status %d" % (name, status))
        sys.stdout.flush()
    print("faults: %d passed, %d failed, %d skipped (reasons above)" % tuple(counts))
    return 1 if counts[1] else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", action="append", help="run these ids (prefixes) only")
    parser.add_argument("--platform", action="append", help="postgres, or a file of platforms/ (default: all)")
    parser.add_argument("--keep", action="store_true", help="keep the clusters' logs")
    options = parser.parse_args()
    runs = [Run(name, options) for name in ["postgres"] + elsewhere.platforms()
            if not options.platform or name in options.platform]
    if len(runs) > 1:
        return run_apart([run.platform for run in runs])
    if not runs:
        print("skip faults: no entries of that platform")
    for run in runs:
        run.all()
    counts = [sum(getattr(run, field) for run in runs) for field in ("passed", "failed", "skipped")]
    print("faults: %d passed, %d failed, %d skipped (reasons above)" % tuple(counts))
    return 1 if counts[1] else 0


if __name__ == "__main__":
    sys.exit(main())
