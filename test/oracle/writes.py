"""Writes against a twin: random INSERT, UPDATE, DELETE and TRUNCATE on the foreign table and on a local copy.

Every statement runs twice, once for each; what it returns, how many rows it says it touched and its
SQLSTATE must agree, and so must the two tables afterwards, as multisets.  The paths alternate: as one
remote statement, row by row (pushdown off), as COPY, in batches, with RETURNING; some run under a savepoint
that is rolled back.  A statement that fails on both sides is undone on both.
"""
import argparse
import os
import random
import re
import sys
import time
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, HERE)

import check  # noqa: E402
import gen  # noqa: E402
import kinds  # noqa: E402
import pq  # noqa: E402
from place import Platform, Site  # noqa: E402
from tree import Const, Rel, Renderer  # noqa: E402

STATEMENTS_PER_SCHEMA = 60
SCALED = re.compile(r"(?<=[(,])-?\d+\.\d+(?=[,)])")
SETTINGS = {"DateStyle": ["SQL, DMY", "ISO, YMD", "German"], "IntervalStyle": ["sql_standard", "iso_8601"],
            "extra_float_digits": ["-5", "3"], "bytea_output": ["escape", "hex"], "TimeZone": ["Asia/Kathmandu", "UTC", "Europe/Berlin"],
            "search_path": ["ora_trap, pg_catalog", "public"],
            "plan_cache_mode": ["force_generic_plan", "force_custom_plan"]}


class Writer(gen.Generator):
    """Statements over one table; ":schema" stands for loc or rem."""

    def table_rel_of(self, table):
        return Rel("w", [(c.kind, c.name) for c in table.columns], table=table.name)

    def value(self, table, column, scope):
        """A new value, as text; an expression of the column's type, or one of its own boundary values."""
        if scope and self.chance(0.5) and not column.closed:
            return self.expr(column.kind, scope, self.rng.randint(0, 2))
        value = None if not column.not_null and self.chance(0.15) else self.rng.choice(column.values or ["7"])
        return Const(column.kind, value)

    def targets(self, table):
        columns = [c for c in table.columns if c.name != "id"]
        return self.rng.sample(columns, self.rng.randint(1, min(4, len(columns))))

    def returning(self, table):
        roll = self.rng.random()
        if roll < 0.55:
            return ""
        if roll < 0.75:
            return " RETURNING *"
        return " RETURNING " + ", ".join(c.name for c in self.rng.sample(table.columns, self.rng.randint(1, 3)))

    def insert(self, table, r):
        rng = self.rng
        columns = ["id"] + [c.name for c in table.columns[1:] if c.not_null or self.chance(0.7)]
        of = {c.name: c for c in table.columns}
        first = rng.randint(1000, 10 ** 8)
        tail = rng.choice(["", "", " ON CONFLICT DO NOTHING"])
        if tail and self.chance(0.7):
            first = rng.randint(-110, 25)   # keys that are there, or may be
        rows = []
        for i in range(rng.choice([1, 1, 2, 5, 20])):
            rows.append("(%s)" % ", ".join(
                str(first + i) if n == "id" else self.value(table, of[n], None).render(r) for n in columns))
        source = "VALUES " + ", ".join(rows)
        if self.chance(0.5):
            # Many rows: those of the twin, so that a COPY reads no foreign table.
            source = "SELECT %s FROM ora_twin s, generate_series(1, %d) g" % (
                ", ".join("%d + s.id * 100 + g" % first if n == "id" else "s." + n for n in columns),
                rng.choice([1, 5, 40]))
        returning = "" if self.chance(0.6) else self.returning(table)
        return "INSERT INTO :schema.%s (%s) %s%s%s" % (table.name, ", ".join(columns), source, tail, returning)

    def where(self, scope, r):
        if self.chance(0.08):
            return ""
        if self.chance(0.4):
            low = self.rng.randint(0, 30)
            return " WHERE w.id >= %d AND w.id %s %d" % (low, self.rng.choice(["<", "<=", "<>"]),
                                                        low + self.rng.randint(1, 25))
        parts = [self.condition(scope, self.rng.randint(0, 2)).render(r) for _ in range(self.rng.choice([1, 1, 2]))]
        if self.chance(0.3):
            parts.append("w.id %% %d = 0" % self.rng.randint(2, 4))
        return " WHERE " + " AND ".join(parts)

    def update(self, table, r):
        scope = [self.table_rel_of(table)]
        values = [(c.name, self.value(table, c, scope).render(r)) for c in self.targets(table)]
        sets = ["%s = %s" % pair for pair in values]
        if len(values) > 1 and self.chance(0.15):
            sets = ["(%s) = (SELECT %s FROM (VALUES (0), (4)) s(i) WHERE s.i <= w.id ORDER BY s.i DESC LIMIT 1)"
                    % tuple(", ".join(part) for part in zip(*values))]
        source = ""
        where = self.where(scope, r)
        if self.chance(0.2):
            source = " FROM (VALUES (1), (3), (5), (7)) v(i)"
            where = (where + " AND " if where else " WHERE ") + "v.i = w.id"
        return "UPDATE :schema.%s w SET %s%s%s%s" % (table.name, ", ".join(sets), source, where,
                                                    "" if source else self.returning(table))

    def delete(self, table, r):
        scope = [self.table_rel_of(table)]
        where = self.where(scope, r)
        keep = "w.id %% %d = 1" % self.rng.randint(2, 5)
        return "DELETE FROM :schema.%s w%s%s" % (table.name, where + " AND " + keep if where else " WHERE " + keep,
                                                self.returning(table))

    def statement(self, table):
        """One statement, or several that are sent one by one: prepared, and run twice where that may be."""
        r = Renderer(":schema", parameters=self.chance(0.25))
        self.tables = []   # sub-selects would read the table that is being written
        roll = self.rng.random()
        text = self.insert(table, r) if roll < 0.35 else self.update(table, r) if roll < 0.75 else self.delete(table, r)
        if self.chance(0.02):
            return ["TRUNCATE :schema.%s" % table.name]
        if not r.parameters:
            return [text]
        execute = "EXECUTE w (%s)" % ", ".join(p.text() for p in r.parameters)
        return ["DEALLOCATE ALL", "PREPARE w (%s) AS %s" % (", ".join(p.cast() for p in r.parameters), text),
                execute] + ([] if text.startswith("INSERT") else [execute])


class Parted(Exception):
    """The twins differ; what follows would differ for that alone."""


class Twin:
    """One schema and what was done to it."""

    def __init__(self, site, seed):
        self.site, self.seed = site, seed
        self.rng = random.Random(seed)
        self.writer = Writer(self.rng, site.platform)
        self.wrong = self.errors = self.rows = self.statements = 0
        self.direct = self.copies = self.moved = 0

    def prepare(self):
        table = self.writer.make_table("t1")
        for column in [] if self.site.place else table.columns:
            column.remote, column.remote_collate = column.local, column.local_collate
            column.remote = column.remote.replace("ora.mood", "public.mood")
        if not table.rows:
            table.rows = [[str(i)] + [self.writer.make_value(c) for c in table.columns[1:]] for i in range(9)]
        self.table = table
        self.site.load_tables([table], fresh=self.rng.random() < 0.5)
        self.site.db.must("ALTER TABLE loc.t1 ADD PRIMARY KEY (id)")
        if self.site.place:
            self.site.db.must("ALTER FOREIGN TABLE rem.t1 ALTER COLUMN id OPTIONS (ADD key 'true')")
        else:
            self.site.remote.must("ALTER TABLE wh.t1 ADD PRIMARY KEY (id)")
        self.site.db.must("DROP TABLE IF EXISTS public.ora_twin; CREATE TABLE public.ora_twin AS SELECT * FROM loc.t1")
        mode = self.rng.choice(["auto", "auto", "copy", "insert"])
        self.site.db.must("ALTER FOREIGN TABLE rem.t1 OPTIONS (ADD insert_mode '%s', ADD batch_size '%d')"
                          % (mode, self.rng.choice([1, 3, 1000])))

    def run(self, statements, schema):
        """(SQLSTATE or None, rows or tag) of the last one, or of the first that fails"""
        for statement in statements:
            result = self.site.db.run(statement.replace(":schema", schema), timeout=600)[-1]
            if result.error:
                return result.error["sqlstate"], result.error["message"]
        return None, (result.tag, Counter(tuple(check.normal(c) for c in row) for row in result.rows))

    def contents(self):
        self.site.db.must("SET extra_float_digits = 3; SET DateStyle = ISO; SET search_path = pg_catalog")
        here, there = (self.site.db.must("SELECT t::text FROM %s.t1 t" % schema) for schema in ("loc", "rem"))
        if not self.site.platform.data.get("scale", True):
            # Numbers there have no scale of their own: 1.0 comes back as 1.
            here, there = ([tuple(SCALED.sub(lambda number: check.normal(number[0]), cell) for cell in row) for row in rows]
                           for rows in (here, there))
        if self.site.platform.data.get("one_zero"):
            here = [tuple(re.sub(r"(?<=[(,])-0(?=[,)])", "0", cell) for cell in row) for row in here]
        return Counter(map(tuple, here)), Counter(map(tuple, there))

    def report(self, what, sql, *details):
        self.wrong += 1
        print("WRONG %s seed %s statement %d (%s)" % (self.site.label, self.seed, self.statements, what))
        print("   " + "; ".join(sql)[:2000])
        for line in details:
            print("   " + str(line)[:600])
        sys.stdout.flush()

    def plan(self, sql):
        if len(sql) == 1 and not sql[0].startswith("TRUNCATE"):
            result = self.site.db.run("EXPLAIN (VERBOSE) " + sql[0].replace(":schema", "rem"))[-1]
            text = "\n".join(row[0] for row in result.rows) if not result.error else ""
            self.direct += "Foreign Update" in text or "Foreign Delete" in text
            self.copies += "Insert Mode: copy" in text

    def step_alone(self, sql):
        """Where every statement commits itself: what fails on one side, or half way there, ends the pair of tables."""
        want, got = self.run(sql, "loc"), self.run(sql, "rem")
        if want[0] or got[0]:
            if want[0] == got[0]:
                self.errors += 1
            elif any(code and code.startswith(check.MOVING_ERRORS) for code in (want[0], got[0])):
                self.moved += 1
            else:
                self.report("error", sql, want, got)
            raise Parted
        self.rows += sum(want[1][1].values())
        if want[1] != got[1]:
            self.report("answer", sql, want[1], got[1])
        here, there = self.contents()
        if here != there:
            self.report("contents", sql, "here only: %s" % (here - there), "there only: %s" % (there - here))
            raise Parted

    def step(self):
        rng, db = self.rng, self.site.db
        sql = self.writer.statement(self.table)
        self.statements += 1
        db.must("; ".join(["SET %s = %s" % (k, rng.choice(v) if k == "search_path" else pq.literal(rng.choice(v)))
                           for k, v in SETTINGS.items()]))
        db.must("SET search_path = public, pg_catalog" if any("ora_twin" in s for s in sql) else "SELECT 1")
        if self.site.platform.has_off:
            db.must(self.site.platform.data["pushdown_off" if rng.random() < 0.35 else "pushdown_on"])
        self.plan(sql)
        if not self.site.platform.data.get("transactions", True):
            self.step_alone(sql)
            return
        undo = rng.random() < 0.15
        db.must("BEGIN; SAVEPOINT s")
        want = self.run(sql, "loc")
        if want[0]:
            db.must("ROLLBACK TO s")
        # Without savepoints there, what fails or is undone ends the transaction.
        whole = not self.site.platform.data.get("savepoints", True)
        if not whole:
            db.must("SAVEPOINT f")
        got = self.run(sql, "rem")
        if got[0]:
            db.must("ROLLBACK" if whole else "ROLLBACK TO f")
        if want[0] != got[0]:
            # Whether a row meets the expression that fails may depend on the plan.
            if any(code and code.startswith(check.MOVING_ERRORS) for code in (want[0], got[0])):
                self.moved += 1
            else:
                self.report("error", sql, want, got)
            db.must("ROLLBACK")
            return
        self.errors += want[0] is not None
        if not want[0]:
            self.rows += sum(want[1][1].values())
            if want[1] != got[1]:
                self.report("answer", sql, want[1][0], got[1][0], "here only: %s" % (want[1][1] - got[1][1]),
                            "there only: %s" % (got[1][1] - want[1][1]))
        if undo and not (whole and got[0]):
            db.must("ROLLBACK" if whole else "ROLLBACK TO s")
        if not whole or not (undo or got[0]):
            result = db.run("COMMIT")[-1]
            if result.error:
                self.report("commit", sql, result.error)
        here, there = self.contents()
        if here != there:
            self.report("contents", sql, "here only: %s" % (here - there), "there only: %s" % (there - here))
            raise Parted


def run_platform(name, statements, seed, environment):
    """All variants of a platform that can be written: (statements, wrong)."""
    platform = Platform(name)
    total = wrong = 0
    if platform.data.get("same_database") or not platform.has_off:
        return total, wrong
    for variant in sorted(platform.variants):
        site = Site(platform, variant, environment)
        counts = Counter()
        try:
            site.open()
            part = 0
            while counts["statements"] < max(statements // len(platform.variants), 1):
                twin = Twin(site, "%s:%s:%d" % (seed, variant, part))
                twin.prepare()
                try:
                    for _ in range(STATEMENTS_PER_SCHEMA):
                        twin.step()
                except Parted:
                    pass
                part += 1
                for field in ("statements", "wrong", "errors", "rows", "direct", "copies", "moved"):
                    counts[field] += getattr(twin, field)
        finally:
            site.close()
        print("%s: %d writes, %d wrong, %d errors on both sides, %d dropped (plans disagree), %d rows returned; "
              "%d as one statement, %d as copy"
              % (site.label, counts["statements"], counts["wrong"], counts["errors"], counts["moved"],
                 counts["rows"], counts["direct"], counts["copies"]))
        sys.stdout.flush()
        total += counts["statements"]
        wrong += counts["wrong"]
    return total, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--platform", action="append", help="a file of platforms/ (default: all that can be written)")
    parser.add_argument("--statements", type=int, default=400, help="per platform")
    parser.add_argument("--seed", default=str(int(time.time())))
    options = parser.parse_args()
    environment = {"host": os.environ.get("PGHOST", "/var/run/postgresql"),
                   "port": int(os.environ.get("PGPORT", "5432")), "user": os.environ.get("PGUSER", "postgres")}
    names = options.platform or [n for n in Platform.names() if not Platform(n).data.get("expect_mismatch")]
    total = wrong = 0
    for name in names:
        done = run_platform(name, options.statements, options.seed, environment)
        total, wrong = total + done[0], wrong + done[1]
    print("writes: seed %s: %d passed, %d failed" % (options.seed, total - wrong, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
