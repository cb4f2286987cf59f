#!/usr/bin/python3
"""The schema differ and the migration planner against what was written by hand, and against live servers.

  lattice    49 x 49 types: class by lattice.rules; transitive; proved by casting values on PostgreSQL
  matrix     22 operations x 7 platforms: test/conformance/alter/*.tsv
  live       random pairs of schemas on PostgreSQL: apply, nothing left to do, rows kept, rewrites as said
  mariadb    planned statements of the matrix on a private MariaDB

Prints "ok ..." and "not ok ..." lines, and "= ..." lines for people.  `run.py matrix` runs one of them.
"""
import itertools
import json
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, os.path.join(HERE, "..", "render"))
import pq  # noqa: E402

Q = pq.literal
ALTER = os.path.join(HERE, "..", "conformance", "alter")
SEED = int(os.environ.get("SEED") or 20)
PAIRS = int(os.environ.get("MIGRATIONS") or 60)


def report(ok, what, *more):
    print(("ok " if ok else "not ok ") + what)
    if not ok:
        for line in more:
            print("#   " + str(line))


def connect():
    return pq.Connection(pq.conninfo(host=os.environ.get("PGHOST"), port=os.environ.get("PGPORT"),
                                     user=os.environ.get("PGUSER"), dbname="migrate_gw"))


def setup():
    with pq.Connection(pq.conninfo(host=os.environ.get("PGHOST"), port=os.environ.get("PGPORT"),
                                   user=os.environ.get("PGUSER"), dbname="postgres")) as admin:
        admin.must("DROP DATABASE IF EXISTS migrate_gw")
        admin.must("CREATE DATABASE migrate_gw")
    db = connect()
    db.must("CREATE EXTENSION warehouse_gw")
    db.must("SET client_min_messages = error")
    return db


# ---------- documents ----------

def column(spec):
    """A column written as "name TYPE [NOT NULL]", or already an object."""
    if isinstance(spec, dict):
        return spec
    nullable = not spec.endswith(" NOT NULL")
    name, kind = (spec if nullable else spec[:-9]).split(" ", 1)
    return {"name": name, "type": kind, "nullable": nullable}


def document(columns, layout=None, table="t", schema="s", **more):
    doc = {"source": {"schema": schema, "table": table},
           "columns": [column(c) for c in columns], **more}
    if layout:
        doc["layout"] = layout
    return json.dumps(doc)


# ---------- lattice ----------

def read_rules():
    types, groups, rules = {}, {}, {}
    for line in open(os.path.join(HERE, "lattice.rules"), encoding="utf-8"):
        line = line.split("#")[0].strip()
        if line.startswith("types "):
            types.update(word.split("=", 1) for word in line.split()[1:])
        elif line.startswith("@") and ":" not in line:
            name, words = line.split("=", 1)
            groups[name.strip()] = words.split()
        elif line:
            left, kind, right = (part.strip() for part in line.split(":"))
            expand = lambda part: [t for w in part.split() for t in groups.get(w, [w])]
            for a, b in itertools.product(expand(left), expand(right)):
                if (a, b) in rules and rules[a, b] != kind:
                    raise SystemExit(f"lattice.rules says two things of {a} to {b}")
                rules[a, b] = kind
    return types, rules


# Values of types that PostgreSQL can express: canonical name -> (its type, values).
SAMPLES = {
    "BOOL": ("boolean", ["true", "false"]),
    "INT16": ("smallint", ["0", "-32768", "32767", "7"]),
    "INT32": ("integer", ["0", "-2147483648", "2147483647"]),
    "INT64": ("bigint", ["0", "-9223372036854775808", "9223372036854775807"]),
    "NUMERIC": ("numeric(12,2)", ["0.10", "9999999999.99", "-1.05"]),
    "FLOAT32": ("real", ["1.5", "3.4e38", "-1e-37", "0.1"]),
    "FLOAT64": ("double precision", ["1.5", "1e308", "0.1"]),
    "STRING": ("text", ["", "a", "ä€ x  "]),
    "CHAR": ("char(4)", ["a", "abcd"]),
    "BYTES": ("bytea", ["\\x", "\\x00ff"]),
    "BIT": ("bit(4)", ["0101", "1111"]),
    "VARBIT": ("varbit(8)", ["01", "11110000"]),
    "DATE": ("date", ["2024-02-29", "0001-01-01"]),
    "TIME": ("time", ["23:59:59.999999", "00:00:00"]),
    "TIMESTAMP": ("timestamp", ["2024-02-29 23:59:59.999999"]),
    "TIMESTAMPTZ": ("timestamptz", ["2024-02-29 23:59:59.999999+00"]),
    "INTERVAL": ("interval", ["1 mon 2 days 00:00:03", "-1 year"]),
    "JSON": ("jsonb", ['{"a": 1}', "[1, 2]"]),
    "XML": ("xml", ["<a/>"]),
    "UUID": ("uuid", ["6a9f1f3e-1111-4222-8333-444455556666"]),
    "INET": ("inet", ["10.0.0.1/8", "::1"]),
    "CIDR": ("cidr", ["10.0.0.0/8"]),
    "MACADDR": ("macaddr", ["08:00:2b:01:02:03"]),
    "RANGE": ("int4range", ["[1,5)", "empty"]),
    "ARRAY": ("integer[]", ["{1,2,NULL}", "{}"]),
}


def cast_there_and_back(db, a, b):
    """How many samples of a did not come back from b unchanged; None: there is no cast."""
    (ta, values), (tb, _) = SAMPLES[a], SAMPLES[b]
    lost = 0
    for value in values:
        once = f"CAST({Q(value)} AS {ta})"
        result = db.query(f"SELECT CAST(CAST({once} AS {tb}) AS {ta})::text = {once}::text")
        if result.error:
            return None if result.error["sqlstate"] in ("42846",) else lost + 1
        lost += result.rows[0][0] != "t"
    return lost


def run_lattice(db):
    types, rules = read_rules()
    names = [r[0] for r in db.must("SELECT DISTINCT e FROM (VALUES "
                                   + ",".join(f"({Q(n)})" for pair in rules for n in pair) + ") v(e)")]
    report(len(names) == 49, "lattice has the 49 types", sorted(names))
    spelled = {n: types.get(n, n).replace("_INT32>", " INT32>") for n in names}
    found = {(a, b): k for a, b, k in db.must(
        "SELECT a.n, b.n, gw.type_change(a.t, b.t) FROM (VALUES "
        + ",".join(f"({Q(n)},{Q(t)})" for n, t in spelled.items()) + ") a(n, t), (VALUES "
        + ",".join(f"({Q(n)},{Q(t)})" for n, t in spelled.items()) + ") b(n, t)")}
    good = 0
    for a, b in itertools.product(sorted(names), repeat=2):
        want = "same" if a == b else rules.get((a, b), "incompatible")
        if found[a, b] == want:
            good += 1
        else:
            report(False, f"lattice {a} to {b}", f"wanted {want}, found {found[a, b]}")
    report(good == 49 * 49, f"lattice {good} of {49 * 49} pairs are as written")
    print(f"= lattice: {good} of {49 * 49} pairs as written by hand")
    lattice_transitive(db, spelled)
    proved = 0
    for a, b in itertools.permutations(SAMPLES, 2):
        if found[a, b] not in ("widen", "annotate", "textual"):
            continue
        lost = cast_there_and_back(db, a, b)
        if lost is None or a == "CHAR":
            continue
        proved += 1
        if lost:
            report(False, f"lattice {a} to {b} keeps every value", f"{lost} samples changed")
    report(proved > 30, f"lattice {proved} pairs that keep values proved on PostgreSQL")
    print(f"= lattice: {proved} value-keeping pairs proved by casting there and back")


def lattice_transitive(db, spelled):
    more = ["NUMERIC(5,0)", "NUMERIC(10,0)", "NUMERIC(15,10)", "NUMERIC(19,0)", "NUMERIC", "NUMERIC(38,9)",
            "DECFLOAT(16)", "DECFLOAT(36)", "STRING(3)", "STRING(36)", "STRING(200)", "CHAR(2)", "CHAR(40)",
            "BYTES(4)", "BYTES(8)", "FIXED_BYTES(8)", "BIT(2)", "VARBIT(4)", "VARBIT", "TIME(3)", "TIMESTAMP(3)",
            "TIMESTAMP(9)", "TIMESTAMPTZ(0)", "TIMESTAMPOFFSET(7)", "ENUM('a')", "ENUM('a','b','c')",
            "ENUM('b','a')", "SET('a','b','c')", "ARRAY<INT64>", "ARRAY<INT32 NOT NULL>", "ARRAY<STRING(5)>",
            "STRUCT<x INT64>", "STRUCT<x INT32, y DATE>", "STRUCT<y DATE, x INT64>", "MAP<STRING, INT64>",
            "RANGE<INT64>", "GEOGRAPHY(4326)", "VECTOR<FLOAT64,3>", "VECTOR<FLOAT32>", "INTERVAL_DS(3)"]
    all_types = list(spelled.values()) + more
    values = ",".join(f"({i},{Q(t)})" for i, t in enumerate(all_types))
    keeps = {(int(a), int(b)) for a, b in db.must(
        f"SELECT a.i, b.i FROM (VALUES {values}) a(i, t), (VALUES {values}) b(i, t) "
        "WHERE gw.type_change(a.t, b.t) IN ('same', 'widen')")}
    after = {}
    for a, b in keeps:
        after.setdefault(a, set()).add(b)
    broken = [(all_types[a], all_types[b], all_types[c]) for a in after for b in after[a]
              for c in after.get(b, ()) if c not in after[a]]
    report(not broken, f"lattice widening is transitive over {len(all_types)} types", *broken[:10])


# ---------- matrix ----------

def run_matrix(db):
    scenarios = json.load(open(os.path.join(ALTER, "scenarios.json"), encoding="utf-8"))
    cells = 0
    for name in sorted(n for n in os.listdir(ALTER) if n.endswith(".tsv")):
        platform, seen = name[:-4], set()
        for line in open(os.path.join(ALTER, name), encoding="utf-8"):
            if line.startswith("#"):
                continue
            op, method, sql, page = line.rstrip("\n").split("\t")
            seen.add(op)
            cells += 1
            matrix_cell(db, platform, op, scenarios[op], method, sql, page)
        report(seen == set(scenarios), f"matrix {platform} has every operation",
               *sorted(set(scenarios) - seen))
    print(f"= matrix: {cells} of {7 * len(scenarios)} cells of operations x platforms")


def offline(db, platform, scenario):
    old = document(["id INT64 NOT NULL"] + scenario["old"])
    new = document(["id INT64 NOT NULL"] + scenario["new"], scenario.get("layout"))
    return db.must("SELECT op, method, array_to_json(sql), array_to_json(preflight), array_to_json(undo) "
                   f"FROM gw.migration_steps({Q(platform)}, {Q(old)}, {Q(new)}, "
                   f"{Q(json.dumps(scenario.get('options', {})))})")


def matrix_cell(db, platform, op, scenario, method, sql, page):
    steps = [s for s in offline(db, platform, scenario) if s[1] != "none"]
    found = [s for step in steps for s in json.loads(step[2])]
    wanted = sql.split(" ;; ") if sql else []
    worst = max((s[1] for s in steps), key=["online", "validate", "rewrite", "swap", "api", "impossible"].index,
                default="none")
    same = len(found) == len(wanted) and all(
        f.startswith(w.rstrip("*")) if method == "swap" or w.endswith("*") else f == w
        for f, w in zip(found, wanted))
    report(worst == method and same and (page.startswith("http") or page[0].isupper()),
           f"matrix {platform} {op}", f"wanted {method}: {wanted}", f"found {worst}: {found}")


# ---------- live ----------

SCALARS = ["BOOL", "INT16", "INT32", "INT64", "NUMERIC(8,2)", "NUMERIC(12,2)", "NUMERIC(12,4)", "NUMERIC",
           "FLOAT32", "FLOAT64", "STRING", "STRING(10)", "STRING(40)", "CHAR(4)", "BYTES", "DATE", "TIME(6)",
           "TIMESTAMP(6)", "TIMESTAMP(3)", "TIMESTAMPTZ(6)", "INTERVAL", "JSON", "UUID", "INET", "BIT(4)",
           "VARBIT(8)", "ARRAY<INT32>", "ARRAY<STRING>", "ENUM('a','b')", "ENUM('a','b','c')", "RANGE<INT32>",
           "STRUCT<a INT64>", "XML"]
DEFAULTS = {"INT16": 3, "INT32": 5, "INT64": -7, "STRING": "it's", "BOOL": True, "NUMERIC(8,2)": 1.25,
            "FLOAT64": 0.5, "STRING(10)": "x"}


def random_schema(rng, names):
    columns = [{"name": "id", "type": "INT64", "nullable": False}]
    for name in names:
        kind = rng.choice(SCALARS)
        col = {"name": name, "type": kind, "nullable": rng.random() < 0.7}
        if kind in DEFAULTS and rng.random() < 0.4:
            col["default"] = {"value": DEFAULTS[kind]}
        if rng.random() < 0.3:
            col["comment"] = rng.choice(["a note", "it's \"quoted\"", "zwei\nZeilen"])
        columns.append(col)
    keys = {"primary": {"columns": ["id"]}} if rng.random() < 0.6 else {}
    if len(names) > 1 and rng.random() < 0.3:
        column_of_key = rng.choice(columns[1:])
        if column_of_key["type"] not in ("XML",):
            keys["unique"] = [{"columns": [column_of_key["name"]], "enforced": True}]
    return columns, keys


def live_pair(db, rng, n):
    pool = ["a", "B b", "c", "order", 'q"t', "ü", "g", "h"]
    old, old_keys = random_schema(rng, rng.sample(pool, rng.randint(1, 5)))
    new, new_keys = random_schema(rng, rng.sample(pool, rng.randint(1, 5)))
    table = f"t {n}"
    options = {"time_zone": "UTC"}
    renames = {}
    # Some renames, a circle among them.
    if rng.random() < 0.4:
        gone = [c["name"] for c in old[1:] if c["name"] not in [x["name"] for x in new]]
        come = [c["name"] for c in new[1:] if c["name"] not in [x["name"] for x in old]]
        renames = dict(zip(gone, come))
        both = [c["name"] for c in old[1:] if c["name"] in [x["name"] for x in new]]
        if len(both) >= 2 and rng.random() < 0.5:
            renames.update({both[0]: both[1], both[1]: both[0]})
    if renames:
        options["renames"] = renames
    db.must(f"DROP TABLE IF EXISTS public.\"{table}\"")
    made = document(old, table=table, schema="public", keys=old_keys)
    result = db.query(f"SELECT * FROM gw.create_table_from_schema('loc', {Q(made)})")
    if result.error:
        report(False, f"live pair {n} is created", result.error["message"], made)
        return
    row = not db.query(f"INSERT INTO public.\"{table}\" (id) VALUES (1)").error
    wanted = document(new, table=table, schema="public", keys=new_keys)
    target = Q('public."%s"' % table)
    plan = db.query(f"SELECT op, method, allow, path[1] FROM gw.plan_migration('loc', {target}, {Q(wanted)}, "
                    f"{Q(json.dumps(options))})")
    if plan.error:
        report(False, f"live pair {n} is planned", plan.error["message"], plan.error["detail"], made, wanted)
        return
    impossible = [s for s in plan.rows if s[1] == "impossible"]
    allow = [w for s in plan.rows if s[2] for w in s[2].split()]
    words = "ARRAY[" + ",".join(Q(w) for w in allow) + "]::text[]"
    call = (f"SELECT * FROM gw.apply_migration('loc', {target}, {Q(wanted)}, false, {words}, "
            f"{Q(json.dumps(options))})")
    applied = db.query(call)
    if impossible:
        report(bool(applied.error) and applied.error["sqlstate"] == "0A000", f"live pair {n} is refused as planned",
               applied.error or applied.rows)
        return
    if row and applied.error and applied.error["sqlstate"] == "23514":
        report(db.value(f"SELECT count(*) FROM public.\"{table}\"") == "1",
               f"live pair {n}: the row stands against a step, and stays")
        return
    if applied.error:
        report(False, f"live pair {n} is applied", applied.error["message"], applied.error["detail"], made, wanted)
        return
    options.pop("renames", None)
    left = db.must(f"SELECT op, path FROM gw.plan_migration('loc', {target}, {Q(wanted)}, "
                   f"{Q(json.dumps(options))}) WHERE method <> 'none'")
    names = [r[0] for r in db.must(
        f"SELECT attname FROM pg_attribute WHERE attrelid = {target}::regclass "
        "AND attnum > 0 AND NOT attisdropped")]
    kept = db.value(f"SELECT count(*) FROM public.\"{table}\" WHERE id = 1")
    report(kept == str(int(row)), f"live pair {n} keeps its rows", kept)
    report(not left and sorted(names) == sorted(c["name"] for c in new),
           f"live pair {n}: {len(plan.rows)} steps, nothing left", left, names, made, wanted)
    db.must(f"DROP TABLE public.\"{table}\"")


# What each operation does to the table's file on PostgreSQL, with rows in it.
REWRITES = {
    "rewrite": ["INT32>INT64", "INT16>INT32", "NUMERIC(8,2)>NUMERIC(10,4)", "STRING(20)>STRING(10)",
                "INT32>FLOAT64", "INT32>NUMERIC(12,2)", "STRING>DATE", "FLOAT32>FLOAT64", "DATE>TIMESTAMP(6)",
                "STRING>INT64", "BOOL>INT32", "TIMESTAMP(6)>TIMESTAMP(3)"],
    "online": ["NUMERIC(8,2)>NUMERIC(10,2)", "NUMERIC(8,2)>NUMERIC", "STRING(10)>STRING(20)", "STRING(10)>STRING",
               "VARBIT(4)>VARBIT(8)", "TIMESTAMP(3)>TIMESTAMP(6)", "TIME(2)>TIME(4)", "CIDR>INET"],
}
VALUES = {"INT16": "7", "INT32": "7", "STRING": "'2024-01-02'", "STRING(10)": "'abc'", "STRING(20)": "'abc'",
          "NUMERIC(8,2)": "1.25", "FLOAT32": "1.5", "DATE": "'2024-01-02'", "BOOL": "true", "VARBIT(4)": "B'01'",
          "TIMESTAMP(3)": "'2024-01-02 03:04:05.678'", "TIMESTAMP(6)": "'2024-01-02 03:04:05.678'",
          "TIME(2)": "'03:04:05.67'", "CIDR": "'10.0.0.0/8'"}


def live_rewrites(db):
    good = 0
    for method, pairs in REWRITES.items():
        for pair in pairs:
            old, new = pair.split(">")
            value = "'42'" if pair == "STRING>INT64" else VALUES[old]
            db.must("DROP TABLE IF EXISTS public.rw")
            db.must(f"SELECT * FROM gw.create_table_from_schema('loc', {Q(document(['c ' + old], table='rw'))}, "
                    "'rw', 'public')")
            db.must(f"INSERT INTO public.rw SELECT {value} FROM generate_series(1, 10)")
            before = db.value("SELECT pg_relation_filenode('public.rw')")
            wanted = document(["c " + new], table="rw", schema="public")
            result = db.query(f"SELECT method FROM gw.plan_migration('loc', 'public.rw', {Q(wanted)})")
            said = result.rows[0][0] if not result.error and result.rows else result.error
            allow = "'{change_type:c}'"
            applied = db.query(f"SELECT * FROM gw.apply_migration('loc', 'public.rw', {Q(wanted)}, false, {allow})")
            did = "rewrite" if before != db.value("SELECT pg_relation_filenode('public.rw')") else "online"
            rows = db.value("SELECT count(c) FROM public.rw")
            good += said == did == method and not applied.error and rows == "10"
            report(said == did == method and not applied.error and rows == "10", f"live {pair} is {method}",
                   f"planned {said}, did {did}, {rows} rows", applied.error)
    for spec, method in (({"name": "n", "type": "INT32", "nullable": False, "default": {"value": 4}}, "online"),
                         ({"name": "n", "type": "INT64"}, "online"),
                         ({"name": "n", "type": "UUID", "default":
                           {"kind": "expression", "sql": "gen_random_uuid()", "dialect": "postgres"}}, "rewrite"),
                         ({"name": "n", "type": "TIMESTAMPTZ(6)", "default":
                           {"kind": "expression", "sql": "now()", "dialect": "postgres"}}, "online"),
                         ({"name": "n", "type": "INT64", "nullable": False, "identity": {"mode": "always"}}, "rewrite")):
        db.must("DROP TABLE IF EXISTS public.rw")
        db.must("CREATE TABLE public.rw (c integer); INSERT INTO public.rw VALUES (1), (2)")
        before = db.value("SELECT pg_relation_filenode('public.rw')")
        wanted = document(["c INT32", spec], table="rw", schema="public")
        said = db.query(f"SELECT method FROM gw.plan_migration('loc', 'public.rw', {Q(wanted)})").rows
        applied = db.query(f"SELECT * FROM gw.apply_migration('loc', 'public.rw', {Q(wanted)})")
        did = "rewrite" if before != db.value("SELECT pg_relation_filenode('public.rw')") else "online"
        ok = said == [(method,)] and did == method and not applied.error
        good += ok
        report(ok, f"live adding {spec['type']} {spec.get('default', {}).get('sql', '')} is {method}",
               said, did, applied.error)
    print(f"= live: {good} operations rewrite or do not as planned, by the file node")


def run_live(db):
    db.must("DROP SERVER IF EXISTS loc CASCADE")
    db.must("CREATE SERVER loc FOREIGN DATA WRAPPER gw_local")
    live_rewrites(db)
    rng = random.Random(SEED)
    print(f"= live: {PAIRS} random migrations, SEED={SEED}")
    for n in range(PAIRS):
        live_pair(db, rng, n)


# ---------- mariadb ----------

MARIADB_ROWS = {"c": {"INT64": "7", "INT32": "7", "NUMERIC(8,2)": "1.25", "STRING(10)": "'2024-01-02'",
                      "STRING(20)": "'2024-01-02'", "TIMESTAMP(6)": "'2024-01-02 03:04:05'",
                      "ENUM('a', 'b')": "'a'", "DATE": "'2024-01-02'", "INT64 NOT NULL": "7",
                      "STRUCT<a INT64>": "'{}'"}}


def run_mariadb(db):
    try:
        import mariadb
    except ImportError:
        print("skip mariadb: the server's starter is missing")
        return
    server = mariadb.Server.start()
    if server is None:
        print("skip mariadb: no mariadbd here (make deps)")
        return
    try:
        mariadb_matrix(db, server)
        mariadb_resume(db, server)
    finally:
        server.stop()


def mariadb_matrix(db, server):
    scenarios = json.load(open(os.path.join(ALTER, "scenarios.json"), encoding="utf-8"))
    ran = 0
    for op, scenario in scenarios.items():
        old = document(["id INT64 NOT NULL"] + scenario["old"])
        create = [r[0] for r in db.must(f"SELECT * FROM gw.render_ddl({Q(old)}, 'mysql')")]
        first = scenario["old"][0].split(" ", 1)[1]
        steps = [s for s in offline(db, "mysql", scenario) if s[1] != "none"]
        script = ["DROP DATABASE IF EXISTS s", "CREATE DATABASE s"] + create + [
            f"INSERT INTO s.t (id, c) VALUES (1, {MARIADB_ROWS['c'][first]})"]
        sql = [s for step in steps for s in json.loads(step[2])]
        checks = [s for step in steps for s in json.loads(step[3])]
        failed = mariadb_run(server, script + checks + sql + ["SELECT id FROM s.t"])
        ran += failed is None and bool(sql)
        report(failed is None, f"mariadb {op}: {len(sql)} statements run", failed, *sql)
        if failed is None and sql:
            mariadb_rerun(server, op, script, steps)
    print(f"= mariadb: the statements of {ran} operations run, with the algorithm they ask for")


def mariadb_rerun(server, op, script, steps):
    """What a step says takes it back does, where it says so."""
    undo = [s for step in reversed(steps) for s in json.loads(step[4])]
    sql = [s for step in steps for s in json.loads(step[2])]
    if undo:
        failed = mariadb_run(server, script + sql + undo + sql)
        report(failed is None, f"mariadb {op}: undone and done again", failed, *undo)


# A table and what is wanted of it, by way of several steps on a platform that cannot undo DDL.
RESUME_OLD = ["id INT64 NOT NULL", "a INT32", "b STRING(20)", "gone INT64", "n NUMERIC(8,2)", "x INT64", "y STRING(5)"]
RESUME_NEW = ["id INT64 NOT NULL", {"name": "a", "type": "INT64", "nullable": False, "comment": "a note"},
              "b STRING(40)", {"name": "n", "type": "NUMERIC(10,2)", "default": {"value": 1}}, "y INT64", "x STRING(5)",
              {"name": "fresh", "type": "INT32", "nullable": False, "default": {"value": 3}}]


def mariadb_describe(db, server):
    """The table as a document, from the server's own catalog."""
    columns = []
    for line in server.query("SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COALESCE(COLUMN_DEFAULT, 'NULL'), "
                             "COLUMN_COMMENT FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 's' "
                             "AND TABLE_NAME = 't' ORDER BY ORDINAL_POSITION"):
        name, kind, nullable, default, comment = line.split("\t")
        col = json.loads(db.value(f"SELECT gw.map_type('mysql', {Q(kind)})"))
        col.update(name=name, nullable=nullable == "YES")
        if default != "NULL":
            col["default"] = {"value": json.loads(default)}
        if comment:
            col["comment"] = comment
        columns.append(col)
    return json.dumps({"source": {"platform": "mysql", "schema": "s", "table": "t"}, "columns": columns})


def mariadb_plan(db, server, wanted, renames):
    options = Q(json.dumps({"renames": renames} if renames else {}))
    return [s for r in db.must(f"SELECT array_to_json(sql) FROM gw.migration_steps('mysql', "
                               f"{Q(mariadb_describe(db, server))}, {Q(wanted)}, {options})")
            for s in json.loads(r[0])]


def mariadb_resume(db, server):
    """Stop after each statement, plan again from what is there, finish: always the same table."""
    wanted = document(RESUME_NEW)
    renames = {"x": "y", "y": "x"}
    create = [r[0] for r in db.must(f"SELECT * FROM gw.render_ddl({Q(document(RESUME_OLD))}, 'mysql')")]
    script = ["DROP DATABASE IF EXISTS s", "CREATE DATABASE s"] + create + [
        "INSERT INTO s.t VALUES (1, 2, 'b', 3, 1.25, 4, 'y')"]
    server.run(";\n".join(script))
    whole = mariadb_plan(db, server, wanted, renames)
    for stop in range(len(whole) + 1):
        failed = mariadb_run(server, script + whole[:stop])
        # Between the renames of the circle only the caller knows which was which.
        at = [s for s in whole[:stop] if "RENAME COLUMN" in s]
        left = {0: renames, 1: {"x": "y", "y__wgw": "x"}, 2: {"y__wgw": "x"}}.get(len(at))
        if len(at) == 1 and "`x__wgw`" in at[0]:
            left = {"y": "x", "x__wgw": "y"}
        if len(at) == 2 and "`x__wgw`" in at[0]:
            left = {"x__wgw": "y"}
        rest = mariadb_plan(db, server, wanted, left)
        failed = failed or mariadb_run(server, rest)
        again = mariadb_plan(db, server, wanted, None)
        row = server.query("SELECT id, a, b, n, x, y, fresh FROM s.t")
        report(failed is None and again == [] and row == ["1\t2\tb\t1.25\ty\t4\t3"],
               f"mariadb goes on after {stop} of {len(whole)} statements", failed, again, row)


def mariadb_run(server, statements):
    result = server.run(";\n".join(statements) + ";")
    return None if result is None or result == "" else result


PARTS = {"lattice": run_lattice, "matrix": run_matrix, "live": run_live, "mariadb": run_mariadb}


def main():
    db = setup()
    for name in sys.argv[1:] or PARTS:
        PARTS[name](db)
    db.close()


main()
