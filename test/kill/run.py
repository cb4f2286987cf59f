"""Kill points: a sync is killed at random or named points while a writer keeps changing its source.

After each kill the writer pauses, the stream is run again, and then: the target equals the source
as a multiset, the watermark never went back, every step of it is in the history, and no dead run
is left as running.  The seed is printed; --seed and --kills repeat a run (its timing is the
machine's own).
"""
import argparse
import collections
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "faults"), os.path.join(HERE, "..", "lib")]

import clusters  # noqa: E402
import pq  # noqa: E402
from writer import Writer  # noqa: E402

SECRET = "WGWCANARY_1"
# Where a run can be made to stand still.  A table of the source or target is locked by a transaction
# (which the horizon of a local source would wait for, so "target" is for remote ones); gw's own
# tables have triggers that ask for an advisory lock, which a session can hold without one.
LOCKS = {"source": "LOCK TABLE src.{stream} IN ACCESS EXCLUSIVE MODE",
         "target": "LOCK TABLE dst.{stream}_{platform} IN SHARE MODE"}
TRIGGERS = {"begun": ("gw.task", "INSERT", "true"), "ledger": ("gw.batch", "INSERT", "true"),
            "watermark": ("gw.watermark", "UPDATE", "true"), "history": ("gw.watermark_history", "INSERT", "true"),
            "recorded": ("gw.task", "UPDATE", "NEW.state = 'succeeded'")}
POINTS = list(LOCKS) + list(TRIGGERS)
PAUSE_SQL = """
CREATE FUNCTION public.stand_still() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock_shared(hashtext(TG_ARGV[0])); RETURN NEW; END $$"""
TRIGGER_SQL = ("CREATE TRIGGER stand_still_%s BEFORE %s ON %s FOR EACH ROW WHEN (%s)"
               " EXECUTE FUNCTION public.stand_still('%s')")
OPTIONS = '{"horizon_margin": "%dms", "horizon_wait": "20s", "fetch_size": 200}'


def load(path):
    with open(os.path.join(HERE, path), encoding="utf-8") as f:
        return json.load(f)


def patient(action, seconds=120):
    """Repeat what fails because a server is just coming up."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return action()
        except pq.ConnectionLost:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def kill_backend(pid, seconds=120):
    """SIGKILL, until its postmaster has noticed: from then on a connection is one to what comes after."""
    deadline = time.monotonic() + seconds
    try:
        os.kill(pid, signal.SIGKILL)
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.01)
    except ProcessLookupError:
        pass


class Stream:
    def __init__(self, world, name, platform):
        self.world, self.name, self.platform = world, name, platform
        self.spec, self.place = world.streams[name], world.platforms[platform]
        self.source = world.clusters[self.place["source"]]
        self.target = "dst.%s_%s" % (name, platform)
        self.label = "%s of %s" % (name, platform)
        self.call = "CALL gw.sync_table('%s', 'src.%s', '%s', %s, options => '%s')" % (
            self.place["name"], name, self.target, self.spec["call"], OPTIONS % world.margin_ms)
        self.takes, self.reached = 0.2, None
        self.lost = self.doubled = 0

    def sync(self, timeout=200):
        with patient(self.world.target.connect) as c:
            c.must("SET client_min_messages = error")
            begun = time.monotonic()
            row = json.loads(c.must(self.call, timeout)[0][0])
            if row["rows_read"]:
                self.takes = 0.7 * self.takes + 0.3 * (time.monotonic() - begun)
            return row

    def settle(self):
        """Run again until nothing waits any more; what went wrong, or None."""
        for _ in range(20):
            try:
                row = self.sync()
            except pq.ConnectionLost:
                continue
            except (pq.Failed, pq.Timeout) as e:
                return "running again: %s" % str(e).replace("\n", " ")
            if not row["rows_waiting"]:
                return None
        return "rows are still waiting after 20 runs"

    def rows(self, cluster, table):
        with patient(cluster.connect) as c:
            return collections.Counter(r[0] for r in c.must("SELECT t::text FROM %s t" % table, 200))

    def check(self):
        """Everything that must hold at rest."""
        wrong = []
        there, here = self.rows(self.source, "src." + self.name), self.rows(self.world.target, self.target)
        missing, extra = there - here, here - there
        if missing:
            wrong.append("%d rows lost, such as %s" % (sum(missing.values()), sorted(missing)[0][:80]))
        if extra:
            wrong.append("%d rows too many, such as %s" % (sum(extra.values()), sorted(extra)[0][:80]))
        self.lost += sum(missing.values())
        self.doubled += sum(extra.values())
        with patient(self.world.target.connect) as c:
            wrong += self.check_books(c, sum(here.values()))
        return wrong

    def check_books(self, c, rows):
        wrong = []
        identity, version, value, value_id = c.must(
            "SELECT w.stream_id, w.version, w.cursor_value, w.cursor_id FROM gw.watermark w JOIN gw.stream s USING (stream_id)"
            " WHERE s.server = '%s' AND s.target_parts[2] = '%s_%s'" % (self.place["name"], self.name, self.platform))[0]
        if self.reached and self.spec.get("type"):
            as_type = "(%s::%s, coalesce(%s, '0')::bigint)"
            before, now = (as_type % (pq.literal(v), self.spec["type"], pq.literal(i)) for v, i in (self.reached, (value, value_id)))
            if c.value("SELECT %s >= %s" % (now, before)) != "t":
                wrong.append("the watermark went back from %s to %s" % (self.reached, (value, value_id)))
        self.reached = (value, value_id) if value is not None else self.reached
        breaks = c.value(
            "SELECT count(*) FROM (SELECT old_value, old_id, lag(new_value) OVER o AS was, lag(new_id) OVER o AS was_id,"
            " version, row_number() OVER o AS n FROM gw.watermark_history WHERE stream_id = %s WINDOW o AS (ORDER BY history_id)) h"
            " WHERE (old_value, old_id) IS DISTINCT FROM (was, was_id) OR version <> n" % identity)
        last = c.must("SELECT count(*), (array_agg(new_value ORDER BY history_id DESC))[1] FROM gw.watermark_history"
                      " WHERE stream_id = %s" % identity)[0]
        if breaks != "0" or last != (version, value):
            wrong.append("the history has gaps: %s breaks, it ends at %s, the watermark is version %s at %s"
                         % (breaks, last, version, value))
        states = dict(c.must("SELECT state, count(*) FROM gw.task WHERE stream_id = %s GROUP BY 1" % identity))
        runs = c.value("SELECT count(*) FROM gw.run r JOIN gw.task t USING (run_id) WHERE t.stream_id = %s"
                       " AND (r.state = 'running' OR (r.state = 'succeeded') <> (t.state = 'succeeded'))" % identity)
        if "running" in states or runs != "0":
            wrong.append("dead runs are left: %s" % states)
        if self.spec.get("only_grows"):
            booked = c.value("SELECT coalesce(sum(rows_inserted), 0) FROM gw.task WHERE stream_id = %s AND state = 'succeeded'" % identity)
            if int(booked) != rows:
                wrong.append("the runs booked %s rows, the target holds %d" % (booked, rows))
        return wrong


class World:
    def __init__(self, work, bindir, user, seed, only, margin_ms):
        os.makedirs(os.path.join(work, "s"), exist_ok=True)
        if os.getuid() == 0:
            for path in (work, os.path.join(work, "s")):
                os.chmod(path, 0o777)
        self.margin_ms = margin_ms
        self.streams = load("streams.json")
        names = sorted(n[:-5] for n in os.listdir(os.path.join(HERE, "platforms")) if n.endswith(".json"))
        self.platforms = {n: load("platforms/%s.json" % n) for n in names if only in (None, "", n)}
        self.target, self.source = (clusters.Cluster(n, work, bindir, user) for n in ("target", "source"))
        self.clusters = {"target": self.target, "source": self.source}
        self.used = sorted({p["source"] for p in self.platforms.values()})
        self.writers = [Writer(self.clusters[n], self.streams, seed + i) for i, n in enumerate(self.used)]
        self.all = []

    def open(self):
        for c in (self.target, self.source):
            c.create(["restart_after_crash = on"], "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        self.source.sql("CREATE ROLE gw_remote LOGIN PASSWORD '%s'" % SECRET)
        for name in self.used:
            self.clusters[name].sql("CREATE SCHEMA src", *(
                "CREATE TABLE src.%s (%s); INSERT INTO src.%s (v) SELECT md5(g::text) FROM generate_series(1, 3000) g"
                % (n, spec["table"], n) for n, spec in self.streams.items()))
        if "source" in self.used:
            self.source.sql("GRANT USAGE ON SCHEMA src TO gw_remote; GRANT SELECT ON ALL TABLES IN SCHEMA src TO gw_remote")
        self.target.sql("CREATE EXTENSION warehouse_gw", "CREATE SCHEMA dst", PAUSE_SQL, *(
            TRIGGER_SQL % (name, event, table, when, name) for name, (table, event, when) in TRIGGERS.items()))
        for name, platform in self.platforms.items():
            self.target.sql(platform["server"].format(source_port=self.source.port, secret=SECRET))
            self.all += [Stream(self, n, name) for n in self.streams]
        for stream in self.all:
            stream.settle()
        for w in self.writers:
            w.start()
        return self

    def quiet(self):
        for w in self.writers:
            w.pause()

    def loud(self):
        for w in self.writers:
            w.resume()

    def close(self):
        for w in self.writers:
            w.stop()
        for c in (self.target, self.source):
            if os.path.exists(os.path.join(c.directory, "postmaster.pid")):
                c.stop("immediate")


class Kill:
    """One run that is killed."""

    def __init__(self, world, stream, kind, point, rng):
        self.world, self.stream, self.kind, self.point, self.rng = world, stream, kind, point, rng
        self.over, self.outcome, self.where = threading.Event(), None, ""

        self.session = self.holder = None

    def prepare(self):
        """Rows to move, and the session that keeps the run from passing a named point."""
        s = self.stream
        with patient(s.source.connect) as c:
            c.must("INSERT INTO src.%s (v) SELECT md5(g::text) FROM generate_series(1, 1500) g" % s.name, 30)
        self.session = patient(self.world.target.connect)
        if self.point is None:
            return
        self.holder = patient((s.source if self.point == "source" else self.world.target).connect)
        if self.point in LOCKS:
            self.holder.must("BEGIN; " + LOCKS[self.point].format(stream=s.name, platform=s.platform), 20)
        else:
            self.holder.must("SELECT pg_advisory_lock(hashtext('%s'))" % self.point, 20)

    def run(self):
        """False: it did not end."""
        runner = threading.Thread(target=self.work, args=(self.session,))
        runner.start()
        self.await_point(self.session)
        self.strike(self.session)
        if self.holder:
            self.holder.close()
        runner.join(250)
        self.session.close()
        for c in self.world.clusters.values():
            patient(lambda c=c: c.connect().close())
        return not runner.is_alive()

    def work(self, session):
        try:
            session.must("SET client_min_messages = error")
            session.must(self.stream.call, 200)
            self.outcome = "done"
        except pq.ConnectionLost:
            self.outcome = "lost"
        except pq.Failed as e:
            self.outcome = e.error["sqlstate"]
        except pq.Timeout:
            self.outcome = "hung"
        self.over.set()

    def await_point(self, session):
        if self.point is None:
            delay = self.rng.random() * self.stream.takes * 1.1
            self.over.wait(delay)
            self.where = "after %.0f ms" % (delay * 1000)
            return
        self.where = "at " + self.point
        deadline = time.monotonic() + 30
        cluster = self.stream.source if self.point == "source" else self.world.target
        with cluster.connect() as watch:
            while time.monotonic() < deadline and not self.over.is_set():
                # Somebody waits for the lock: the run here, or its session at the source.
                if watch.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND (pid = %d OR usename = 'gw_remote')"
                               % session.pid) != "0":
                    return
                time.sleep(0.01)
        self.where += " (not reached)"

    def strike(self, session):
        w = self.world
        if self.kind == "backend":
            kill_backend(session.pid)
        elif self.kind == "postmaster":
            w.target.stop("immediate")
            w.target.start()
        elif self.kind == "remote":
            w.source.stop("immediate")
            w.source.start()
        else:
            with w.source.connect() as c:
                for (pid,) in c.must("SELECT pid FROM pg_stat_activity WHERE usename = 'gw_remote'"):
                    kill_backend(int(pid))


class Judge:
    def __init__(self, world, rng):
        self.world, self.rng = world, rng
        self.passed = self.failed = self.hits = 0
        self.kinds = collections.Counter()

    def kill(self, number):
        w, rng = self.world, self.rng
        stream = w.all[number % len(w.all)]
        points = [p for p in POINTS if (p != "history" or "type" in stream.spec)
                  and (p != "target" or stream.place["source"] != "target")]
        points += [None] * len(points)
        one = Kill(w, stream, rng.choice(stream.place["kills"]), rng.choice(points), rng)
        one.prepare()
        w.loud()
        time.sleep(rng.random() * 0.1)
        ended = one.run()
        w.quiet()
        wrong = [] if ended and one.outcome != "hung" else ["the killed run did not end"]
        wrong += [t for t in [stream.settle()] if t]
        wrong += stream.check()
        self.hits += one.outcome != "done"
        self.kinds[one.kind] += 1
        self.report("%d: %s, %s killed %s (%s)" % (number + 1, stream.label, one.kind, one.where, one.outcome), wrong)

    def report(self, title, wrong):
        print("%s %s" % ("not ok" if wrong else "ok", title))
        for text in wrong:
            print("#   " + text)
        sys.stdout.flush()
        self.passed += not wrong
        self.failed += bool(wrong)

    def finish(self, kills):
        for stream in self.world.all:
            trouble = stream.settle()
            self.report("%s at the end" % stream.label, ([trouble] if trouble else []) + stream.check())
        print("= kill_points %d (%d struck a run in flight; %s)" % (
            kills, self.hits, ", ".join("%s %d" % k for k in sorted(self.kinds.items()))))
        print("= kill_lost %d rows" % sum(s.lost for s in self.world.all))
        print("= kill_doubled %d rows" % sum(s.doubled for s in self.world.all))
        print("= kill_late_commits %d (%d of them prepared first)" % (
            sum(x.late_commits for x in self.world.writers), sum(x.prepared_commits for x in self.world.writers)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--kills", type=int, default=int(os.environ.get("KILLS") or 20))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or random.SystemRandom().randint(1, 10**9)))
    parser.add_argument("--margin", type=int, default=700, help="the option horizon_margin in ms")
    parser.add_argument("--keep", action="store_true", help="keep the clusters' files")
    options = parser.parse_args()
    print("= kill_seed %d" % options.seed)
    sys.stdout.flush()
    bindir = os.environ.get("GW_BINDIR") or subprocess.check_output(
        [os.environ.get("PG_CONFIG", "pg_config"), "--bindir"], text=True).strip()
    work = tempfile.mkdtemp(prefix="gwk.", dir="/tmp" if len(tempfile.gettempdir()) > 40 else None)
    world = World(work, bindir, "postgres" if os.getuid() == 0 else None, options.seed, os.environ.get("PLATFORM"),
                  options.margin)
    if not world.platforms:
        print("skip kill: no test of that platform")
        return 0
    judge = Judge(world, random.Random(options.seed))
    try:
        world.open()
        for number in range(options.kills):
            judge.kill(number)
        judge.finish(options.kills)
    finally:
        world.close()
        if options.keep:
            print("# files: %s" % work)
        else:
            shutil.rmtree(work, ignore_errors=True)
    return 1 if judge.failed else 0


if __name__ == "__main__":
    sys.exit(main())
