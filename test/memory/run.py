#!/usr/bin/python3
"""The memory suite: what a backend holds on to after much work.

Per platform (platforms/NAME.json is all that is known of it), each in a
backend of its own, after a warm-up:

scan     many rows through a foreign table, through a cursor, and through
         gw.execute_query: the backend's peak stays below a bound
failures failing queries, at top level and in exception blocks: no growth
cycles   connect and disconnect: descriptors, threads, remote sessions as
         before, no growth
plans    EXPLAIN over foreign tables that come and go: no growth
pages    a platform whose answers come in pages: a server of pages made beforehand
         (test/bench) stands for it, and many of them are read
loops    one transaction with many exception blocks, one query with many
         rescans: the peak does not depend on their number

Measured is RssAnon, the backend's private memory: what it has touched of the
shared buffers is not its own.  Prints "ok", "not ok" lines for test/run to
count and "= " lines with the figures; a growth that breaks its bound is
printed by memory context.  Backends run with jit off: what LLVM keeps is not
ours to judge.
"""
import argparse
import glob
import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import places  # noqa: E402
import pq  # noqa: E402

PARTS = ("scan", "failures", "cycles", "plans", "loops")
DATABASE, ROLE, PASSWORD = "memory_gw", "mem_user", "mem-password"
MIB = 1024
# In KiB: the peaks of a scan, failures, cycles, plans, and the peaks of loops.
SCAN_BOUND, FAIL_BOUND, CYCLE_BOUND, PLAN_BOUND, LOOP_BOUND = 64 * MIB, MIB, MIB, 4 * MIB, MIB
TABLES = {
    "rows": ("rows", "million int, id bigint, t text, n numeric, f boolean, ts timestamp"),
    "small": ("small", "id int, v int, t text"),
    "wrong_type": ("small", "id int, v int, t int"),
    "absent": ("nothing_here", "id int"),
}
CONTEXTS = """SELECT name || coalesce(' of ' || parent, ''), sum(total_bytes)::bigint, count(*)
  FROM pg_catalog.pg_backend_memory_contexts GROUP BY 1"""


def info(user=ROLE):
    return pq.conninfo(host=os.environ["PGHOST"], port=os.environ["PGPORT"], user=user, dbname=DATABASE)


def status(pid, field):
    with open("/proc/%s/status" % pid, encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    raise RuntimeError("no %s of process %s" % (field, pid))


class Backend(pq.Connection):
    """A connection whose backend can be looked at from outside."""

    def __init__(self):
        super().__init__(info())
        self.must("SET jit = off; SET enable_memoize = off")

    def private(self):
        return status(self.pid, "RssAnon")

    def threads(self):
        return status(self.pid, "Threads")

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def contexts(self):
        return {name: (int(size), int(n)) for name, size, n in self.must(CONTEXTS)}

    def peak(self, sql, timeout=3600):
        """Runs sql; (its last rows, the highest private memory seen meanwhile)."""
        high, end = self.private(), time.monotonic() + timeout
        self.send(sql)
        while True:
            try:
                results = self.results(0.05)
                break
            except pq.Timeout:
                high = max(high, self.private())
                if time.monotonic() > end:
                    self.cancel()
                    raise
        if results[-1].error:
            raise pq.Failed(results[-1].error, sql)
        return results[-1].rows, max(high, self.private())


class Suite:
    def __init__(self, arguments):
        self.arguments = arguments
        self.failed = False
        self.watcher, self.places = None, {}

    def check(self, name, passed, why=""):
        self.failed |= not passed
        print("%s %s%s" % ("ok" if passed else "not ok", name, "" if passed else ": " + why), flush=True)

    def growth(self, name, backend, before, after, bound, contexts=None, again=None):
        """Judges a growth.  malloc keeps the top of its heap or gives it back as it
        happens to lie, so with again() a miss is measured over a second round of the
        same work: what leaks grows as much once more, what was kept does not."""
        grown = after - before
        print("= %s: %+d KiB (bound %d KiB)" % (name, grown, bound), flush=True)
        if grown > bound and again is not None:
            again()
            grown = backend.private() - after
            print("= %s, a second round: %+d KiB" % (name, grown), flush=True)
        self.check("%s grows by no more than %d KiB" % (name, bound), grown <= bound, "%d KiB" % grown)
        if grown > bound and contexts is not None:
            now = backend.contexts()
            for key in sorted(now, key=lambda k: contexts.get(k, (0, 0))[0] - now[k][0])[:12]:
                print("#   %s: %s -> %s (bytes, contexts)" % (key, contexts.get(key, (0, 0)), now[key]))

    # ---- the ground ----

    def prepare(self, platforms):
        with open(os.path.join(HERE, "remote.sql"), encoding="utf-8") as file:
            remote = file.read()
        with pq.Connection(pq.conninfo(host=os.environ["PGHOST"], port=os.environ["PGPORT"],
                                       user="postgres", dbname="postgres")) as admin:
            admin.must("DROP DATABASE IF EXISTS %s WITH (FORCE)" % DATABASE)
            admin.must("DROP ROLE IF EXISTS " + ROLE)
            admin.must("CREATE ROLE %s LOGIN PASSWORD '%s'" % (ROLE, PASSWORD))
            admin.must("GRANT pg_read_all_stats TO " + ROLE)  # to see its own contexts
            admin.must("CREATE DATABASE " + DATABASE)
        self.watcher = pq.Connection(info("postgres"))
        self.watcher.must("CREATE EXTENSION warehouse_gw")
        self.watcher.must("SELECT gw.grant_usage('%s', 'operator')" % ROLE)
        self.watcher.must(remote)
        for name, platform in platforms.items():
            if "pages" not in platform:
                self.prepare_platform(name, platform)

    def clean(self):
        self.watcher.close()
        with pq.Connection(pq.conninfo(host=os.environ["PGHOST"], port=os.environ["PGPORT"],
                                       user="postgres", dbname="postgres")) as admin:
            admin.must("DROP DATABASE %s WITH (FORCE)" % DATABASE)
            admin.must("DROP ROLE " + ROLE)

    def prepare_platform(self, name, platform):
        values = {"port": os.environ["PGPORT"], "database": DATABASE, "role": ROLE, "password": PASSWORD}
        if "place" in platform:
            # A place of its own kind: "tables" are statements of its SQL, for a schema there.
            place = self.places[name] = places.open(platform["place"], os.environ["GW_WORK"])
            place.make("memory")
            place.schema("memory", "mem_remote")
            for statement in platform["tables"]:
                place.must("memory", "mem_remote", statement)
            values = place.facts()
        servers = {name: platform["server"]}
        tables = dict(TABLES)
        if platform["refused_server"]:
            servers[name + "_refused"] = platform["refused_server"]
            tables["refused"] = ("small", "id int")
        out = ["CREATE SCHEMA %s AUTHORIZATION %s" % (name, ROLE)]
        for server, options in servers.items():
            out.append("CREATE SERVER %s FOREIGN DATA WRAPPER %s OPTIONS (%s)"
                       % (server, platform["wrapper"], options.format(**values)) if options else
                       "CREATE SERVER %s FOREIGN DATA WRAPPER %s" % (server, platform["wrapper"]))
            out.append("GRANT USAGE ON FOREIGN SERVER %s TO %s" % (server, ROLE))
            if platform["mapping"]:
                out.append("CREATE USER MAPPING FOR %s SERVER %s OPTIONS (%s)"
                           % (ROLE, server, platform["mapping"].format(**values)))
        for table, (source, columns) in tables.items():
            out.append("CREATE FOREIGN TABLE %s.%s (%s) SERVER %s OPTIONS (schema_name 'mem_remote', table_name '%s')"
                       % (name, table, columns, name + "_refused" if table == "refused" else name, source))
        out.append("GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s" % (name, ROLE))
        self.watcher.must("; ".join(out))

    def pages(self, name, platform):
        """Peak of a scan of many pages: far less than all of them."""
        program = "node" if platform["pages"].endswith(".js") else sys.executable
        if not shutil.which(program) or not os.path.isdir(os.path.join(HERE, "..", "..", platform.get("needs", "."))):
            print("skip %s pages: %s" % (name, platform["needs"] + " is not there" if "needs" in platform else "node is not installed"))
            return
        rows = self.arguments.rows or platform["rows"]
        command = [program, os.path.join(HERE, "..", platform["pages"]), str(rows), str(platform["page_rows"])]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        values = {"port": server.stdout.readline().strip()}
        self.watcher.must("CREATE SCHEMA {0}; CREATE SERVER {0} FOREIGN DATA WRAPPER {1} OPTIONS ({2}); CREATE USER MAPPING FOR {3}"
                          " SERVER {0} OPTIONS ({4}); GRANT USAGE ON FOREIGN SERVER {0} TO {3}".format(
                              name, platform["wrapper"], platform["server"].format(**values), ROLE, platform["mapping"]))
        self.watcher.must("%s; GRANT USAGE ON SCHEMA %s TO %s; GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s"
                          % (platform["table"], name, ROLE, name, ROLE))
        with Backend() as backend:
            # The server of pages knows no LIMIT: one that stays here.
            backend.must("SELECT * FROM %s.pages WHERE random() >= 0 LIMIT 10" % name)
            before, started = backend.private(), time.monotonic()
            answer, high = backend.peak("SELECT count(p), sum(id) FROM %s.pages AS p WHERE random() >= 0" % name)
            print("= %s pages: %d rows in %.1f s" % (name, rows, time.monotonic() - started))
            self.check("%s pages: every row came" % name, answer[0][0] == str(rows), repr(answer))
            self.growth("%s scan of %d rows in pages" % (name, rows), backend, before, high, platform["bound_mib"] * MIB)
        server.stdin.close()
        server.wait()

    def remote_pids(self, name, platform, known):
        if name in self.places:
            return [session for session in self.places[name].sessions() if session not in known]
        if not platform["remote_pids"]:
            return []
        sql = platform["remote_pids"].format(role=ROLE, database=DATABASE, known=",".join(map(str, known)))
        return [int(row[0]) for row in self.watcher.must(sql)]

    # ---- what is measured ----

    def scan(self, name, platform):
        rows = max(1, (self.arguments.rows or 0) // 1000000) * 1000000
        few = "million = 0 AND id < 20000"
        many = "million < %d" % (rows // 1000000)
        aggregate = "SELECT count(*), sum(id), sum(length(t)), max(n), bool_or(f), max(ts) FROM %s.rows WHERE %s" \
            " AND random() >= 0"  # which only we can judge, row by row
        with Backend() as backend:
            backend.must(aggregate % (name, few))
            before = backend.private()
            started = time.monotonic()
            answer, high = backend.peak(aggregate % (name, many))
            print("= %s scan: %d rows in %.1f s" % (name, rows, time.monotonic() - started))
            self.check("%s scan: every row came" % name,
                       answer[0][:2] == (str(rows), str(rows * (rows - 1) // 2)), repr(answer))
            self.growth("%s scan of %d rows" % (name, rows), backend, before, high, SCAN_BOUND)

            before, fetched = backend.private(), 0
            backend.must("BEGIN; DECLARE c CURSOR FOR SELECT * FROM %s.rows WHERE %s" % (name, many))
            high, steps = before, min(50, rows // 10000)
            for _ in range(steps):
                fetched += len(backend.must("FETCH 10000 FROM c"))
                high = max(high, backend.private())
            backend.must("COMMIT")
            self.check("%s cursor: every row came" % name, fetched == steps * 10000, str(fetched))
            self.growth("%s cursor of %d rows" % (name, fetched), backend, before, high, SCAN_BOUND)

            before = backend.private()
            answer, high = backend.peak(
                "SELECT count(*), sum(id) FROM gw.execute_query('%s', 'SELECT id, t FROM mem_remote.rows "
                "WHERE million = 0') AS r(id bigint, t text)" % name)
            self.check("%s execute_query: every row came" % name, answer[0] == ("1000000", "499999500000"),
                       repr(answer))
            self.growth("%s execute_query of 1000000 rows" % name, backend, before, high, SCAN_BOUND)

    def failures(self, name, platform):
        total = self.arguments.failures
        cases = [(code, sql.format(server=name)) for code, sql in platform["failures"]]
        block = ("DO $do$ BEGIN FOR i IN 1..%d LOOP BEGIN PERFORM 1; EXECUTE $q$%s$q$; RAISE 'did not fail';"
                 " EXCEPTION WHEN SQLSTATE '%s' THEN NULL; END; END LOOP; END $do$")
        for way in ("top level", "exception block"):
            with Backend() as backend:
                def some(n):
                    for code, sql in cases:
                        if way != "top level":
                            backend.must(block % (n, sql, code))
                            continue
                        for _ in range(n):
                            result = backend.query(sql)
                            if not result.error or result.error["sqlstate"] != code:
                                raise RuntimeError("%s instead of %s: %s" % (result.error, code, sql))
                each = max(1, total // (2 * len(cases)))
                some(min(each, max(100, each // 10)))
                contexts, before = backend.contexts(), backend.private()
                some(each)
                after = backend.private()
                self.growth("%s, %d failures at %s" % (name, each * len(cases), way), backend, before, after,
                            FAIL_BOUND, contexts, lambda: some(each))
                self.check("%s works after failures at %s" % (name, way),
                           backend.value("SELECT count(*) FROM %s.small" % name) == "100")

    def cycles(self, name, platform):
        with Backend() as backend:
            known = self.remote_pids(name, platform, [backend.pid])

            def some(n):
                for _ in range(n):
                    backend.must("SELECT count(*) FROM %s.small" % name)
                    backend.must("SELECT gw.disconnect('%s')" % name)

            some(max(20, self.arguments.cycles // 20))
            contexts = backend.contexts()
            before = backend.private(), backend.descriptors(), backend.threads()
            some(self.arguments.cycles)
            # What ends a connection may still be about it.
            end = time.monotonic() + 30
            while time.monotonic() < end and (backend.descriptors() > before[1] or backend.threads() != before[2]):
                time.sleep(0.05)
            after = backend.private(), backend.descriptors(), backend.threads()
            self.growth("%s, %d connect cycles" % (name, self.arguments.cycles), backend, before[0], after[0],
                        CYCLE_BOUND, contexts, lambda: some(self.arguments.cycles))
            self.check("%s cycles: descriptors as before" % name, after[1] <= before[1], "%s, %s" % (before, after))
            self.check("%s cycles: threads as before" % name, after[2] == before[2], "%s, %s" % (before, after))
            left, end = None, time.monotonic() + 30
            while left != [] and time.monotonic() < end:
                left = self.remote_pids(name, platform, known + [backend.pid])
                time.sleep(0.05)
            self.check("%s cycles: no remote session stays" % name, left == [], repr(left))

    def plans(self, name, platform):
        query = ("EXPLAIN (VERBOSE) SELECT * FROM {0}.p{1} AS a JOIN {0}.small AS b USING (id) "
                 "WHERE a.v > {2} AND b.t LIKE 'text {2}%' ORDER BY a.id LIMIT 5")
        with Backend() as backend:
            backend.must("SET search_path = pg_catalog")

            def some(n):
                for i in range(n):
                    if i % 10 == 0:
                        backend.must("DROP FOREIGN TABLE IF EXISTS {0}.p{1}; CREATE FOREIGN TABLE {0}.p{1} (id int, v int, t text)"
                                     " SERVER {0} OPTIONS (schema_name 'mem_remote', table_name 'small')"
                                     .format(name, i // 10 % 7))
                    backend.must(query.format(name, i // 10 % min(7, i // 10 + 1), i))

            some(max(200, self.arguments.plans // 10))
            contexts, before = backend.contexts(), backend.private()
            remote = {} if name in self.places else {
                pid: status(pid, "RssAnon") for pid in self.remote_pids(name, platform, [backend.pid])}
            some(self.arguments.plans)
            after = backend.private()
            self.growth("%s, %d plans" % (name, self.arguments.plans), backend, before, after, PLAN_BOUND, contexts,
                        lambda: some(self.arguments.plans))
            for pid, size in remote.items():
                self.growth("%s, the remote session of %d plans" % (name, self.arguments.plans), None, size,
                            status(pid, "RssAnon"), PLAN_BOUND)

    def loops(self, name, platform):
        total = self.arguments.loops
        ways = {
            "exception blocks": "DO $do$ DECLARE n int; BEGIN FOR i IN 1..{n} LOOP BEGIN EXECUTE 'SELECT count(*) FROM"
                                " {s}.small WHERE id < ' || i INTO n; EXCEPTION WHEN division_by_zero THEN NULL;"
                                " END; END LOOP; END $do$",
            "rescans": "SELECT count(*) FROM (SELECT generate_series(1, {n}) AS g) AS s,"  # not kept
                       " LATERAL (SELECT * FROM {s}.small WHERE id = g % 100 OFFSET 0) AS x",
        }
        for way, sql in ways.items():
            with Backend() as backend:
                backend.peak(sql.format(n=max(100, total // 10), s=name))
                contexts, before = backend.contexts(), backend.private()
                _, high = backend.peak(sql.format(n=total, s=name))
                self.growth("%s, %d %s" % (name, total, way), backend, before, high, LOOP_BOUND, contexts,
                            lambda: backend.peak(sql.format(n=total, s=name)))


def main():
    parser = argparse.ArgumentParser(description="The memory suite.")
    parser.add_argument("--platform")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--failures", type=int, default=1600)
    parser.add_argument("--cycles", type=int, default=300)
    parser.add_argument("--plans", type=int, default=500)
    parser.add_argument("--loops", type=int, default=3000)
    parser.add_argument("--only", choices=PARTS)
    arguments = parser.parse_args()
    platforms = {}
    for path in sorted(glob.glob(os.path.join(HERE, "platforms", "*.json"))):
        with open(path, encoding="utf-8") as file:
            name = os.path.basename(path)[:-5]
            if arguments.platform in (None, "", name):
                platforms[name] = json.load(file)
    if not platforms:
        print("skip memory has no data for the platform " + arguments.platform)
        return 0
    suite = Suite(arguments)
    suite.prepare(platforms)
    for name, platform in platforms.items():
        if "pages" in platform:
            suite.pages(name, platform)
            continue
        for part in PARTS:
            if arguments.only in (None, part):
                getattr(suite, part)(name, platform)
    suite.clean()
    return 1 if suite.failed else 0


if __name__ == "__main__":
    sys.exit(main())
