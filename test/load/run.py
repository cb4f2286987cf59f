#!/usr/bin/python3
"""Load patterns against what was written by hand, other parsers, and live servers.

  cells      12 patterns x 7 platforms: test/conformance/load/*.cells, byte for byte
  judges     the same statements, parsed by others where there is no server
  rows       scenarios.py on PostgreSQL (with and without MERGE, and as for Redshift), by gw.run_load(), and on MariaDB

Prints "ok ..." and "not ok ..." lines, and "= ..." lines for people.  `run.py rows` runs one of them.
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, os.path.join(HERE, "..", "render"))
sys.path.insert(0, HERE)
import judges  # noqa: E402
import mariadb  # noqa: E402
import pq  # noqa: E402
import scenarios  # noqa: E402

Q = pq.literal
CELLS = os.path.join(HERE, "..", "conformance", "load")
PLATFORMS = ["bigquery", "databricks", "mysql", "postgres", "redshift", "snowflake", "sqlserver"]


def report(ok, what, *more):
    print(("ok " if ok else "not ok ") + what)
    if not ok:
        for line in more:
            print("#   " + str(line))


def connect(name):
    return pq.Connection(pq.conninfo(host=os.environ.get("PGHOST"), port=os.environ.get("PGPORT"),
                                     user=os.environ.get("PGUSER"), dbname=name))


def setup():
    with connect("postgres") as admin:
        admin.must("DROP DATABASE IF EXISTS load_gw")
        admin.must("CREATE DATABASE load_gw")
    db = connect("load_gw")
    db.must("CREATE EXTENSION warehouse_gw")
    db.must("SET client_min_messages = error")
    db.must("CREATE SERVER loc FOREIGN DATA WRAPPER gw_local")
    return db


def load_sql(db, pattern, document, platform, options, function="load_sql"):
    result = db.query(f"SELECT * FROM gw.{function}({Q(pattern)}, {Q(json.dumps(document))}, {Q(platform)}, "
                      f"{Q(json.dumps(options))})")
    if result.error:
        raise RuntimeError(f"{pattern} on {platform}: {result.error['message']}")
    return [row[0] for row in result.rows]


# ---------- cells ----------

def read_cells(platform):
    """{pattern: (page, statements)} of a file of sections "## pattern page"."""
    cells, name = {}, None
    for line in open(os.path.join(CELLS, platform + ".cells"), encoding="utf-8"):
        line = line.rstrip("\n")
        if line.startswith("## "):
            name, page = line[3:].split(" ", 1)
            cells[name] = (page, [])
        elif line and not line.startswith("# "):
            cells[name][1].append(line)
    return cells


def case(cases, pattern):
    base, options = cases["patterns"][pattern]
    document = {"source": {"schema": "shop", "table": "orders"}, "columns": cases[base]["columns"]}
    return document, {**cases[base]["options"], **options}


def run_cells(db):
    cases = json.load(open(os.path.join(CELLS, "cases.json"), encoding="utf-8"))
    good = 0
    for platform in PLATFORMS:
        cells = read_cells(platform)
        report(set(cells) == set(cases["patterns"]), f"cells {platform} has every pattern",
               *sorted(set(cases["patterns"]) ^ set(cells)))
        for pattern, (page, wanted) in cells.items():
            document, options = case(cases, pattern)
            found = load_sql(db, pattern, document, platform, options)
            same = found == wanted and page.startswith("https://")
            good += same
            report(same, f"cells {platform} {pattern}", *[f"found {s}" for s in found if s not in wanted],
                   *[f"wanted {s}" for s in wanted if s not in found])
    report(good == 84, f"cells {good} of 84 are as written")
    print(f"= cells: {good} of {12 * len(PLATFORMS)} of patterns x platforms as written")


def run_judges(db):
    judged = 0
    for platform in PLATFORMS:
        if platform in ("postgres", "mysql"):
            continue
        statements = [s.rstrip(";") for _, (_, part) in read_cells(platform).items() for s in part]
        judge = judges.find_parser(platform)
        if judge is None:
            print(f"skip judges {platform}: {judges.WHY}")
            continue
        for statement, fault in judge[1](sorted(set(statements))):
            judged += 1
            report(fault is None, f"judges {platform} {statement[:60]}", statement, fault)
        wrong = judge[1](["MERGE INTO a USING b WHEN THEN"])[0][1]
        report(wrong is not None, f"judges {platform}'s judge refuses what is wrong")
    print(f"= judges: {judged} statements parsed by others")


# ---------- rows ----------

def column(spec):
    nullable = not spec.endswith(" NOT NULL")
    name, kind = (spec if nullable else spec[:-9]).rsplit(" ", 1)
    return {"name": name, "type": kind, "nullable": nullable}


def constant(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value) if isinstance(value, int) else "'" + value + "'"


def plain(value):
    """A value as both servers are made to write it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(int(value))
    text = str(value)
    if text in ("t", "f"):
        return str(int(text == "t"))
    return text[:-7] if text.endswith(".000000") and len(text) == 26 else text


def in_order(rows):
    return sorted((tuple(plain(v) for v in row) for row in rows), key=lambda r: [(v is None, v or "") for v in r])


class Postgres:
    """The statements of load_sql, one after the other."""
    platform = "postgres"

    def __init__(self, db, options, platform="postgres"):
        self.db, self.options, self.sql = db, options, platform
        self.name = platform + " " + ("without " + " ".join(options) + " " if options else "")

    def run(self, statements):
        for statement in statements:
            result = self.db.query(statement)
            if result.error:
                self.db.query("ROLLBACK")
                return f"{result.error['sqlstate']} {result.error['message']}: {statement}"
        return None

    def rows(self, table):
        return [tuple(row) for row in self.db.must(f"SELECT * FROM {table}")]

    def load(self, pattern, document, options):
        options = {**options, **{k: False for k in self.options}}
        for check in load_sql(self.db, pattern, document, self.sql, options, "load_checks"):
            found = self.db.value(check)
            if found != "0":
                return f"check counts {found}: {check}"
        return self.run(load_sql(self.db, pattern, document, self.sql, options))


class RunLoad(Postgres):
    """gw.run_load() on this database."""
    def __init__(self, db):
        super().__init__(db, {})
        self.name = "run_load "

    def load(self, pattern, document, options):
        options = {k: v for k, v in options.items() if k != "source"}
        result = self.db.query(f"SELECT * FROM gw.run_load('loc', {Q(pattern)}, 's.t', 's.i', "
                               f"{Q(json.dumps(options))})")
        return result.error and f"{result.error['sqlstate']} {result.error['message']} {result.error.get('detail')}"


class MariaDb(Postgres):
    platform = "mysql"

    def __init__(self, db, server):
        super().__init__(db, {})
        self.name, self.server = "mariadb ", server

    def run(self, statements):
        return self.server.run("SET time_zone = '+00:00';\n" + ";\n".join(statements) + ";") or None

    def rows(self, table):
        return [tuple(None if v == "NULL" else v for v in line.split("\t"))
                for line in self.server.query(f"SELECT * FROM {table}")]

    def load(self, pattern, document, options):
        for check in load_sql(self.db, pattern, document, self.platform, options, "load_checks"):
            if self.server.query(check) != ["0"]:
                return "check counts rows: " + check
        return self.run(load_sql(self.db, pattern, document, self.platform, options))


def fill(engine, table, columns, rows):
    document = json.dumps({"source": {"schema": "s", "table": table}, "columns": [column(c) for c in columns]})
    create = [r[0] for r in engine.db.must(f"SELECT * FROM gw.render_ddl({Q(document)}, {Q(engine.platform)})")]
    insert = [f"INSERT INTO s.{table} VALUES " + ", ".join(
        "(" + ", ".join(constant(v) for v in row) + ")" for row in rows)] if rows else []
    failed = engine.run([f"DROP TABLE IF EXISTS s.{table}"] + create + insert)
    if failed:
        raise RuntimeError(failed)


def scenario(engine, name, pattern, options, target, source, before, steps):
    document = {"source": {"schema": "s", "table": "t"}, "columns": [column(c) for c in target]}
    source = source or target
    extra = {"source": "s.i"}
    if not isinstance(engine, RunLoad):
        names = [column(c)["name"] for c in source]
        extra["columns"] = [c["name"] for c in document["columns"] if c["name"] in names]
    fill(engine, "t", target, before)
    for n, (rows, more, wanted) in enumerate(steps, 1):
        fill(engine, "i", source, rows)
        for run in ("", " again"):
            failed = engine.load(pattern, document, {**extra, **options, **more})
            found = in_order(engine.rows("s.t"))
            report(not failed and found == in_order(wanted), f"rows {engine.name}{name}, step {n}{run}",
                   failed, f"wanted {in_order(wanted)}", f"found  {found}")


def run_rows(db):
    db.must("CREATE SCHEMA s")
    # What is written for Redshift keeps to what PostgreSQL knows as well.
    engines = [Postgres(db, []), Postgres(db, ["merge"]), Postgres(db, [], "redshift"), RunLoad(db)]
    server = mariadb.Server.start()
    try:
        if server is None:
            print("skip rows mariadb: it is not installed")
        else:
            server.run("CREATE DATABASE s")
            engines.append(MariaDb(db, server))
        seen = set()
        for engine in engines:
            for one in scenarios.SCENARIOS:
                seen.add(one[1])
                scenario(engine, *one)
        report(len(seen) == 12, "rows has every pattern", *sorted(seen))
        refused(db)
        print(f"= rows: {len(scenarios.SCENARIOS)} scenarios of {len(seen)} patterns on {len(engines)} engines, "
              "each step twice")
    finally:
        if server is not None:
            server.stop()


# ---------- what gw.run_load() refuses ----------

def refuse(db, what, sqlstate, pattern, options, target, source, before, rows):
    engine = RunLoad(db)
    fill(engine, "t", target, before)
    fill(engine, "i", source, rows)
    was = in_order(engine.rows("s.t"))
    failed = engine.load(pattern, None, options)
    report(bool(failed) and failed.startswith(sqlstate) and in_order(engine.rows("s.t")) == was,
           f"rows run_load refuses {what}", failed, engine.rows("s.t"))


def refused(db):
    s = scenarios
    refuse(db, "a column the target lacks", "42703", "upsert", {"keys": ["a"]}, s.ITEM[:2], s.ITEM, [], [])
    refuse(db, "a type that does not fit", "42804", "upsert", {"keys": ["a"]}, s.ITEM,
           s.ITEM[:3] + ["w STRING(5)"], [], [])
    refuse(db, "a load before a version", "55000", "scd2", {"keys": ["id"], **s.T1}, s.VERSION, s.VERSION[:2],
           [(1, "p", s.D2, None, True)], [(1, "q")])
    refuse(db, "two open versions", "55000", "scd2", {"keys": ["id"], **s.T3}, s.VERSION, s.VERSION[:2],
           [(1, "p", s.D1, None, True), (1, "q", s.D2, None, True)], [(1, "q")])
    refuse(db, "an unknown operation", "55000", "cdc", {"keys": ["id"]}, s.EVENT, s.EVENT_IN, [], [(1, "p", 1, "X")])
    refuse(db, "an event without a sequence", "55000", "cdc", {"keys": ["id"]}, s.EVENT, s.EVENT_IN, [],
           [(1, "p", None, "I")])
    refuse(db, "a pattern without its keys", "22023", "upsert", {}, s.ITEM, s.ITEM, [], [])
    refuse(db, "an unknown option", "22023", "upsert", {"key": ["a"]}, s.ITEM, s.ITEM, [], [])


PARTS = {"cells": run_cells, "judges": run_judges, "rows": run_rows}


def main():
    db = setup()
    for name in sys.argv[1:] or PARTS:
        PARTS[name](db)
    db.close()


main()
