"""The differential oracle: generated queries on a local copy and on the foreign tables."""
import argparse
import os
import random
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, HERE)

import apart  # noqa: E402
import check  # noqa: E402
import gen  # noqa: E402
import kinds  # noqa: E402
import places  # noqa: E402
import pq  # noqa: E402
import regress  # noqa: E402
import shrink  # noqa: E402
import writes  # noqa: E402
from place import Platform, Site  # noqa: E402

QUERIES_PER_SCHEMA = 40
# Per platform; its file may say "queries" where a query takes its time there.
QUERIES = 1000


class Tally:
    def __init__(self):
        self.queries = self.wrong = self.ambiguous = self.errors = self.invalid = self.slow = 0
        self.partitions = self.crashes = self.wrong_rows = 0
        self.remote = check.Shares()

    def add(self, other):
        for field, value in vars(other).items():
            if field == "remote":
                self.remote.add_all(value)
            else:
                setattr(self, field, getattr(self, field) + value)

    def line(self, label, seconds):
        return ("%s: %d queries, %d wrong, %d errors on every path, %d dropped (plans disagree), %d too slow, "
                "%d invalid, %d partitioned, %.1f s; remote: %s"
                % (label, self.queries, self.wrong, self.errors, self.ambiguous, self.slow, self.invalid, self.partitions,
                   seconds, self.remote.text()))


def random_settings(rng):
    settings = {k: rng.choice(v) for k, v in kinds.SETTINGS.items() if rng.random() < 0.6}
    settings.setdefault("extra_float_digits", "3")
    return settings


def random_planner(rng):
    return {k: "off" for k in kinds.PLANNER if rng.random() < 0.15}


def wait_for_server(site):
    for _ in range(600):
        try:
            site.reconnect()
            return
        except pq.ConnectionLost:
            time.sleep(0.5)
    raise SystemExit("the server did not come back")


def report(site, tally, text, case, seed, options, tables=None, q=None):
    tally.wrong += 1
    kind, details = text
    tally.wrong_rows += kind.endswith("rows")
    print("WRONG %s seed %s (%s)" % (site.label, seed, kind))
    for line in details:
        print("   " + line[:600])
    print("   " + case.sql[:2000])
    sys.stdout.flush()
    if q is None or tally.wrong > options.keep:
        return
    small = shrink.shrink(site, q, case, tables, kind, options)
    if small:
        path = regress.write(site, small, seed, options.cases)
        print("   shrunk to %s:\n   %s" % (os.path.relpath(path), small.case.sql))
        sys.stdout.flush()


def run_schema(site, seed, count, tally, options):
    """One generated schema and count queries on it; everything follows from the seed."""
    rng = random.Random(seed)
    generator = gen.Generator(rng, site.platform)
    tables = generator.make_tables()
    site.load_tables(tables, fresh=rng.random() < 0.5)
    checker = check.Checker(site)
    for number in range(count):
        if number % 10 == 0:
            settings = random_settings(rng)
        q = generator.query()
        mode = rng.choices(["plain", "prepared", "cursor", "hold"], [68, 15, 12, 5])[0]
        checker.apply(settings, random_planner(rng))
        case = check.case_of(q, mode, rng, scroll=rng.random() < 0.6, lacking=site.platform.lacking)
        case.settings, case.planner = dict(checker.settings), dict(checker.planner)
        tally.queries += 1
        try:
            verdict, details = checker.check(case)
            if verdict == "wrong":
                report(site, tally, details, case, "%s query %d" % (seed, number), options, tables, q)
                if tally.wrong > options.keep + 30:
                    return
                continue
            count_verdict(tally, verdict, details, case, options)
            if verdict == "ok":
                tally.remote.add_all(checker.pushed(case))
                if mode == "plain" and number % 5 == 0:
                    trouble = checker.partitions(q)
                    if trouble is not None:
                        tally.partitions += 1
                    if trouble:
                        report(site, tally, ("partitions", [trouble]), case, "%s query %d" % (seed, number), options)
        except check.Crash as e:
            tally.crashes += 1
            report(site, tally, ("crash", [str(e)]), case, "%s query %d" % (seed, number), options)
            wait_for_server(site)


def count_verdict(tally, verdict, details, case, options):
    if verdict == "error":
        tally.errors += 1
    elif verdict == "ambiguous":
        tally.ambiguous += 1
    elif verdict == "slow":
        tally.slow += 1
    elif verdict == "invalid":
        tally.invalid += 1
        if options.verbose:
            print("invalid: %s\n   %s" % (details, case.sql))


def queries_of(platform, options):
    return options.queries or platform.data.get("queries", QUERIES)


def run_platform(name, options, environment):
    """All variants of a platform: (queries passed, failed, cases passed, failed)."""
    platform = Platform(name)
    queries = queries_of(platform, options)
    variants = [options.variant] if options.variant else sorted(platform.variants)
    total = Tally()
    cases = [0, 0]
    started = time.monotonic()
    for i, variant in enumerate(variants):
        share = queries // len(variants) + (1 if i < queries % len(variants) else 0)
        site = Site(platform, variant, environment)
        tally, before = Tally(), time.monotonic()
        try:
            site.open()
            if not platform.data.get("expect_mismatch"):
                passed, failed = regress.rerun(site, options)
                cases[0] += passed
                cases[1] += failed
            part = 0
            while tally.queries < share:
                run_schema(site, "%s:%s:%d" % (options.seed, variant, part),
                           min(QUERIES_PER_SCHEMA, share - tally.queries), tally, options)
                part += 1
                if tally.wrong > options.keep + 30:
                    print("%s: too many wrong answers, the rest is not run" % site.label)
                    break
        finally:
            site.close()
        print(tally.line(site.label, time.monotonic() - before))
        sys.stdout.flush()
        total.add(tally)
    print(total.line(platform.name, time.monotonic() - started))
    return platform, total, cases


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--platform", action="append", help="a file of platforms/ (default: all that are ours)")
    parser.add_argument("--variant", help="one variant only")
    parser.add_argument("--queries", type=int, help="per platform (default: \"queries\" of its file, or %d)" % QUERIES)
    parser.add_argument("--seed", default=str(int(time.time())), help="default: the clock")
    parser.add_argument("--keep", type=int, default=5, help="failures to shrink and keep")
    parser.add_argument("--cases", default=os.path.join(HERE, "regress"), help="where failures are written")
    parser.add_argument("--self-test", action="store_true", help="prove that the oracle finds a wrong wrapper wrong")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    environment = {"host": os.environ.get("PGHOST", "/var/run/postgresql"),
                   "port": int(os.environ.get("PGPORT", "5432")), "user": os.environ.get("PGUSER", "postgres")}
    print("oracle: seed %s" % options.seed)
    if options.self_test:
        return self_test(options, environment)
    passed = failed = 0
    names = options.platform or [n for n in Platform.names() if not Platform(n).data.get("expect_mismatch")]
    if len(names) > 1:
        return run_apart(names)
    for name in names:
        try:
            _, tally, cases = run_platform(name, options, environment)
        except places.Missing as missing:
            print("skip %s: %s" % (name, missing))
            continue
        passed += tally.queries - tally.wrong + cases[0]
        failed += tally.wrong + cases[1]
        print("%s: %d kept cases passed, %d failed" % (name, cases[0], cases[1]))
        written, differ = writes.run_platform(name, queries_of(Platform(name), options) // 3, options.seed, environment)
        passed, failed = passed + written - differ, failed + differ
    print("oracle: %d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


def run_apart(names):
    """Two platforms at a time, each in a process of its own."""
    passed = failed = 0
    for name, status, lines in apart.run(names, 2, sys.argv[1:]):
        counts = apart.take(lines, r"oracle: (\d+) passed, (\d+) failed$")
        print("\n".join(lines))
        passed, failed = passed + (counts or [0, 1])[0], failed + (counts or [0, 1])[1]
        if not counts:
            print("WRONG %s broke off with status %d" % (name, status))
        sys.stdout.flush()
    print("oracle: %d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


def self_test(options, environment):
    """Every platform that is known to be wrong must be found wrong."""
    blind = 0
    options.keep = 0
    for name in Platform.names():
        if Platform(name).data.get("expect_mismatch"):
            _, tally, _ = run_platform(name, options, environment)
            print("self-test %s: %d wrong results and %d wrong errors found in %d queries"
                  % (name, tally.wrong_rows, tally.wrong - tally.wrong_rows, tally.queries))
            blind += not tally.wrong_rows
    print("oracle: %d passed, %d failed" % (1 - blind, blind))
    return 1 if blind else 0


if __name__ == "__main__":
    sys.exit(main())
