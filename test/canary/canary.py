#!/usr/bin/python3
"""Every secret of this suite holds WGWCANARY; afterwards it is looked for wherever it must not be.

    canary.py [PLATFORM...]     all that have a file platforms/NAME.json

A local cluster that test/run has started logs all it can (debug5, every statement); the remote sides are
places (test/lib/places).  The only statements that may hold a secret are those that make user mappings, in
sessions that keep them out of the log, as docs/security.md tells.  Prints lines for test/run to count.
"""
import glob
import json
import os
import re
import sys
import threading
import time

from search import FOLDER, HERE, LOCAL, LOCAL_DIR, QUIET, SECRETS, SIGNS, Canary, connect, pq

import local
import places
import remote
import tls

# A statement is shown as it came until it is run, a moment later.
ACTIVITY = ("SELECT a::text FROM pg_stat_activity a WHERE pid <> pg_backend_pid() AND NOT (query ~ 'USER MAPPING' "
            "AND state = 'active' AND clock_timestamp() - query_start < interval '100 ms')")


class Sampler(threading.Thread):
    """What others see while things run: pg_stat_activity, and the processes' arguments and environments."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stop = threading.Event()
        self.watched = None  # (connection, data directory) of a remote side that is a PostgreSQL
        self.activity, self.processes = set(), set()

    def run(self):
        with connect() as here:
            # This session's own statements are of no interest, and would fill the log.
            here.must("SET log_statement = none; SET log_min_messages = error")
            while not self.stop.wait(0.02):
                self.sample(here, LOCAL_DIR)
                there = self.watched
                if there:
                    try:
                        self.sample(*there)
                    except (pq.ConnectionLost, pq.Failed, OSError):
                        continue

    def sample(self, session, directory):
        self.activity |= {row[0] for row in session.must(ACTIVITY)}
        self.processes |= set(processes(directory))

    def watch(self, place):
        """None: that of no remote side."""
        self.watched = None
        if hasattr(place, "admin"):
            session = connect(cluster=place.admin())
            session.must("SET log_statement = none; SET log_min_messages = error")
            self.watched = session, place.data


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
    """Roles, certificates and secrets of the local side."""

    def __init__(self, canary):
        self.canary, self.local = canary, connect()
        self.authority = tls.Authority(os.path.join(FOLDER, "tls"))
        self.local.must("CREATE EXTENSION warehouse_gw; CREATE EXTENSION pg_stat_statements; GRANT CREATE ON SCHEMA public TO PUBLIC; GRANT CREATE ON DATABASE postgres TO PUBLIC")
        for role in ("app", "snoop", "watcher"):
            self.local.must("CREATE ROLE %s LOGIN" % role)
        self.local.must("GRANT pg_read_all_stats, pg_monitor TO watcher; SELECT gw.grant_usage('app', 'operator'); SELECT gw.grant_usage('snoop', 'operator')")
        secrets = os.path.join(FOLDER, "secrets")
        os.makedirs(secrets, exist_ok=True)
        for name in ("file", "key"):
            with open(os.open(os.path.join(secrets, name), os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
                file.write(SECRETS[name] + "\n")
        self.local.must("ALTER SYSTEM SET warehouse_gw.secret_dir = %s; " % pq.literal(secrets))
        pq.reload(connect)

    def mapping(self, server, options, role="app"):
        with connect() as session:
            session.must(QUIET + "DROP USER MAPPING IF EXISTS FOR %s SERVER %s" % (role, server))
            session.must("CREATE USER MAPPING FOR %s SERVER %s OPTIONS (%s)" % (role, server, options))


def self_test(canary):
    """The search finds what it looks for."""
    probe, found = Canary(), []
    probe.plant("-----BEGIN KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQE\n-----END KEY-----")
    probe.check = lambda name, problem=None: found.append(bool(problem))
    for sign in probe.signs:
        probe.search("probe", [("text", b"before " + sign + b" after")])
    probe.search("probe", [("text", "nothing here")])
    canary.check("self-test: the search sees every spelling, and nothing else",
                 None if found == [True] * (len(SIGNS) + 2) + [False] else found)


def platform(stage, sampler, name):
    """All of one platform; False when its remote side cannot be had."""
    with open(os.path.join(HERE, "platforms", name + ".json"), encoding="utf-8") as file:
        data = json.load(file)
    begun = time.monotonic()
    try:
        place = places.open(data["place"], os.environ["TMPDIR"])
    except places.Missing as missing:
        print("skip %s: %s" % (name, missing))
        return False
    there = remote.Remote(stage, name, data, place)
    if data.get("client_key"):
        there.names["certificate"], there.names["certificate_key"] = stage.authority.client("r_key", SECRETS["key"])
    there.prepare()
    sampler.watch(place)
    there.verified()
    there.logins()
    there.work()
    sampler.watch(None)
    there.recorded()
    stage.canary.shown(name)
    print("= canary: %s in %.0f s" % (name, time.monotonic() - begun))
    return True


def main():
    wanted = sys.argv[1:] or sorted(os.path.basename(path)[:-5] for path in glob.glob(os.path.join(HERE, "platforms", "*.json")))
    os.makedirs(FOLDER, exist_ok=True)
    canary = Canary()
    self_test(canary)
    stage = Stage(canary)
    sampler = Sampler()
    sampler.start()
    # The last one leaves its servers to the local side's topics.
    for name in sorted(wanted, key=lambda name: name == "postgres"):
        platform(stage, sampler, name)
    if "postgres" in wanted:
        local.statements(stage)
        local.configured(stage)
    sampler.stop.set()
    sampler.join()
    if "postgres" in wanted:
        local.visible(stage)
    canary.shown("local side")
    canary.search("samples: pg_stat_activity", [("pg_stat_activity", row) for row in sampler.activity])
    canary.search("samples: arguments and environments of the servers' processes", sampler.processes)
    local.files(stage)
    print("= canary: %d texts, %d samples of activity, %d of processes searched"
          % (canary.texts, len(sampler.activity), len(sampler.processes)))
    sys.exit(1 if canary.failed else 0)


if __name__ == "__main__":
    main()
