#!/usr/bin/python3
"""The judge of rendered DDL: type maps, whole tables, live servers, other people's parsers.

Expected texts are written by hand: test/conformance/typemap/*.cells, each line with the vendor's
page it was taken from, and test/render/golden/.  Prints "ok", "not ok" and "skip" lines, and the
coverage after "= ".  "run.py cells postgres" runs some parts only.
"""
import glob
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, HERE)
import pq  # noqa: E402
import judges  # noqa: E402
import mariadb  # noqa: E402
import random_types  # noqa: E402

CELLS = os.path.join(HERE, "..", "conformance", "typemap", "*.cells")


class Database:
    """A scratch database with the extension, and answers as Python values."""

    def __init__(self, name):
        self.name = name
        admin = pq.Connection("dbname=postgres")
        admin.must(f"DROP DATABASE IF EXISTS {name}")
        admin.must(f"CREATE DATABASE {name}")
        admin.close()
        self.link = pq.Connection(f"dbname={name}")
        self.run("SET client_min_messages = error; CREATE EXTENSION warehouse_gw")

    def run(self, sql):
        return self.link.must(sql)

    def rows(self, sql):
        return self.run(sql)

    def value(self, sql):
        return self.rows(sql)[0][0]


quote = pq.literal


def plain(text):
    """A type's text without blanks that do not matter."""
    return re.sub(r",\s+", ",", text) if text is not None else None


class Cell:
    """One line of a .cells file."""

    def __init__(self, path, number, line, pages):
        parts = line.split("|")
        self.platform = os.path.basename(path)[:-len(".cells")]
        self.place = f"{os.path.basename(path)}:{number}"
        self.read_only = line.startswith("<")
        if self.read_only:
            self.native, self.back, self.lossy, page = parts
            self.native = self.native[1:]
        else:
            self.type, self.native, self.rule, self.code, self.back, page = parts
            self.base = re.match(r"\w+", self.type).group(0)
        if page not in pages:
            raise ValueError(f"{self.place}: no page called {page}")


def read_cells():
    cells = []
    for path in sorted(glob.glob(CELLS)):
        pages = set()
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                line = line.rstrip("\n")
                page = re.match(r"# (\w+)\s+= https://", line)
                if page:
                    pages.add(page.group(1))
                elif line and not line.startswith("#"):
                    cells.append(Cell(path, number, line, pages))
    return cells


def report(ok, name, *details):
    print(("ok " if ok else "not ok ") + name)
    for detail in () if ok else details:
        print("# " + str(detail).replace("\n", "\n# "))


def render_type(db, cell, options="{}"):
    doc = json.dumps(cell.type)
    row = db.rows("SELECT native, rule, code FROM gw.render_type("
                  f"{quote(cell.platform)}, {quote(doc)}, {quote(options)})")[0]
    return tuple(row)


def map_type(db, cell):
    row = db.rows(f"SELECT gw.type_text(m), m->'lossy'->>0 FROM gw.map_type({quote(cell.platform)}, "
                  f"{quote(cell.native)}) m")[0]
    return plain(row[0]), row[1]


def run_cells(db, cells):
    """Each cell there and back, and that no cell of 7 x 49 x 2 is missing."""
    there, back = set(), set()
    for cell in cells:
        name = f"cell {cell.place} "
        if not cell.read_only:
            options = '{"on_lossy": "text"}' if cell.rule == "R" else "{}"
            got = render_type(db, cell, options)
            want = (cell.native, cell.rule, cell.code or None)
            if cell.rule == "R":
                refused = render_type(db, cell)
                want = (cell.native, "A", "as_text")
                report(refused == (None, "R", None), name + f"{cell.type} is refused", refused)
            report(got == want, name + f"{cell.type} -> {cell.native}", f"got {got}, wanted {want}")
            there.add((cell.platform, cell.base))
        try:
            got, lossy = map_type(db, cell)
        except pq.Failed as error:
            got, lossy = str(error), None
        good = got == plain(cell.back) and (not cell.read_only or lossy == (cell.lossy or None))
        report(good, name + f"{cell.native} -> {cell.back}", f"got {got}, lossy {lossy}")
        if not cell.read_only:
            back.add((cell.platform, cell.base))
    names = [row[0] for row in db.rows("SELECT unnest(string_to_array('" + TYPE_NAMES + "', ' '))")]
    platforms = sorted({cell.platform for cell in cells})
    for platform in platforms:
        missing = [name for name in names if (platform, name) not in there]
        report(not missing, f"cell {platform} has every type", missing)
    total = len(platforms) * len(names) * 2
    print(f"= type map: {len(there) + len(back)} of {total} cells ({len(platforms)} platforms x "
          f"{len(names)} types x 2), {len(cells)} lines")


TYPE_NAMES = ("BOOL INT8 INT16 INT32 INT64 INT128 UINT8 UINT16 UINT32 UINT64 FLOAT32 FLOAT64 "
              "DECFLOAT NUMERIC STRING CHAR BYTES FIXED_BYTES BIT VARBIT DATE TIME TIMETZ TIMESTAMP "
              "TIMESTAMPTZ TIMESTAMPOFFSET INTERVAL_YM INTERVAL_DS INTERVAL JSON VARIANT XML UUID "
              "ENUM SET INET CIDR MACADDR GEOGRAPHY GEOMETRY RANGE VECTOR ARRAY STRUCT MAP "
              "ROWVERSION HLLSKETCH NULL OPAQUE")


def cell_schema(cells, platform):
    """A table with a column for each cell that is not refused."""
    columns = [{"name": f"c{i}", "type": cell.type, "cell": cell.place}
               for i, cell in enumerate(c for c in cells if c.platform == platform
                                        and not c.read_only and c.rule != "R")]
    return {"columns": columns}


def render(db, schema, platform, options=None, table="t", schema_name=""):
    text = db.value("SELECT gw.render_ddl_json("
                    f"{quote(json.dumps(schema))}, {quote(platform)}, "
                    f"{quote(json.dumps(options or {}))}, {quote(table)}, {quote(schema_name)})")
    return json.loads(text)


def chunks(schema, size):
    for start in range(0, len(schema["columns"]), size):
        yield dict(schema, columns=schema["columns"][start:start + size])


def run_postgres(db, cells):
    """What is rendered runs, reads back as the cells say, and renders the same again."""
    schema = cell_schema(cells, "postgres")
    want = {c.place: plain(c.back) for c in cells if c.platform == "postgres" and not c.read_only}
    for statement in render(db, schema, "postgres")["statements"]:
        db.run(statement)
    found = json.loads(db.value("SELECT gw.local_schema('t')"))
    for column, given in zip(found["columns"], schema["columns"]):
        text = plain(db.value(f"SELECT gw.type_text({quote(json.dumps(column))})"))
        report(text == want[given["cell"]], f"live postgres {given['type']} reads back",
               f"got {text}, wanted {want[given['cell']]}")
    db.run("DROP TABLE t")
    for path in sorted(glob.glob(os.path.join(HERE, "golden", "*.json"))):
        name = os.path.basename(path)[:-5]
        with open(path, encoding="utf-8") as file:
            schema = json.load(file)
        texts = [None]
        for _ in range(3):
            texts.append(render(db, schema, "postgres", {"foreign_keys": False}, name)["statements"])
            for statement in texts[-1]:
                db.run(statement)
            schema = json.loads(db.value(f"SELECT gw.local_schema({quote(name)})"))
            db.run(f'DROP TABLE "{name}"')
        # An ENUM becomes a text with a check, and a cluster an index: then it has settled.
        first = 2 if name == "events" else 1
        report(texts[first] == texts[3], f"live postgres {name} renders the same again",
               texts[first], texts[3])


def run_mariadb(db, cells):
    server = mariadb.Server.start()
    if server is None:
        print("skip live mariadb: no mariadbd here (make deps)")
        return
    want = {c.place: plain(c.back) for c in cells if c.platform == "mysql" and not c.read_only}
    try:
        server.run("CREATE DATABASE gw_render; ")
        whole = cell_schema(cells, "mysql")
        alone = [c for c in whole["columns"] if c["type"] in ("STRING(16383)", "CHAR(256)")]
        parts = list(chunks({"columns": [c for c in whole["columns"] if c not in alone]}, 12))
        for n, part in enumerate(parts + [{"columns": [column]} for column in alone]):
            table = f"t{n}"
            done = render(db, part, "mysql", None, table, "gw_render")
            failed = server.run("; ".join(done["statements"]))
            report(failed is None, f"live mariadb table {table} is created", failed,
                   *done["statements"])
            if failed is not None:
                continue
            for given, native in zip(part["columns"], server.columns("gw_render", table)):
                text = plain(db.value("SELECT gw.type_text(gw.map_type('mysql', "
                                      f"{quote(native)}))"))
                report(text == want[given["cell"]], f"live mariadb {given['type']} reads back",
                       f"{native} is {text}, wanted {want[given['cell']]}")
        for path in sorted(glob.glob(os.path.join(HERE, "golden", "*.json"))):
            name = os.path.basename(path)[:-5]
            with open(path, encoding="utf-8") as file:
                done = render(db, json.load(file), "mysql", {"foreign_keys": False}, name,
                              "gw_render")
            failed = server.run(";\n".join(done["statements"]))
            report(failed is None, f"live mariadb {name} is created", failed, *done["statements"])
    finally:
        server.stop()


def run_golden(db, cells):
    """Whole tables, byte for byte, and the same bytes again."""
    for path in sorted(glob.glob(os.path.join(HERE, "golden", "*.json"))):
        name = os.path.basename(path)[:-5]
        with open(path, encoding="utf-8") as file:
            schema = json.load(file)
        for platform in sorted({c.platform for c in cells}):
            done = render(db, schema, platform, None, name, "s")
            text = "".join(s + ";\n" for s in done["statements"])
            text += "".join(f"-- {n['code']}{' ' + n['column'] if 'column' in n else ''}\n"
                            for n in done["notices"])
            golden = os.path.join(HERE, "golden", f"{name}.{platform}.sql")
            if os.environ.get("GOLDEN_SHOW"):
                with open(os.path.join(os.environ["GOLDEN_SHOW"], f"{name}.{platform}.sql"), "w",
                          encoding="utf-8") as file:
                    file.write(text)
            with open(golden, encoding="utf-8") as file:
                report(file.read() == text, f"golden {name} on {platform}", text)
            again = render(db, schema, platform, None, name, "s")
            report(again == done, f"golden {name} on {platform} is the same twice")


def run_judges(db, cells):
    """Parsers that are not ours take every statement."""
    for platform in sorted({c.platform for c in cells}):
        if platform not in judges.DIALECTS:
            continue  # its live server is the judge
        judge = judges.find(platform)
        if judge is None:
            print(f"skip judge {platform}: {judges.WHY}")
            continue
        statements = []
        for part in chunks(cell_schema(cells, platform), 12):
            statements += render(db, part, platform, None, "t", "s")["statements"]
        for path in sorted(glob.glob(os.path.join(HERE, "golden", "*.json"))):
            with open(path, encoding="utf-8") as file:
                statements += render(db, json.load(file), platform, None, "t", "s")["statements"]
        name, function = judge
        for n, (statement, fault) in enumerate(function(statements)):
            report(fault is None, f"judge {platform} statement {n} by {name}", fault, statement)


def run_texts(db, cells):
    """Random types: print after parse is the identity, and what is exact reads back as it was."""
    seed = int(os.environ.get("SEED") or 1)
    types = random_types.Types(seed)
    texts = [types.any() for _ in range(1500)] + [f"NUMERIC({p},0)" for p in range(1, 39)]
    array = "ARRAY[" + ", ".join(quote(json.dumps(t)) for t in texts) + "]::jsonb[]"
    db.run(f"CREATE TEMP TABLE texts AS SELECT t, gw.type_text(t) AS printed FROM unnest({array}) t")
    bad = db.rows("SELECT t, printed, gw.type_text(to_jsonb(printed)) FROM texts "
                  "WHERE gw.type_text(to_jsonb(printed)) <> printed")
    report(not bad, f"texts: {len(texts)} types print as they were parsed (seed {seed})", bad[:3])
    bad = db.rows("""
        SELECT t, printed, again FROM texts, LATERAL (SELECT gw.type_text(
          gw.normalize_schema(jsonb_build_object('columns', jsonb_build_array(
            jsonb_build_object('name', 'c', 'type', printed))))->'columns'->0) AS again) n
        WHERE again <> printed""")
    report(not bad, "texts: a document gives the same text", bad[:3])
    for platform in sorted({c.platform for c in cells}):
        bad = db.rows(f"""
            SELECT printed, native, again, (gw.render_type({quote(platform)}, again)).native
            FROM (SELECT printed, r.native, gw.map_type({quote(platform)}, r.native) AS again
                  FROM (SELECT printed FROM texts WHERE strpos(printed, '"') = 0 OFFSET 0) t,
                    gw.render_type({quote(platform)}, to_jsonb(printed)) r
                  WHERE r.rule = 'E' OFFSET 0) x
            WHERE (gw.render_type({quote(platform)}, again)).native <> native""")
        report(not bad, f"texts: what {platform} holds exactly settles", bad[:3])


def run_schema(db, cells):
    """docs/canonical.schema.json, by a validator that is not ours: takes what we make, refuses
    what gw.validate_schema() refuses."""
    try:
        import jsonschema
    except ImportError:
        print("skip schema: no python3-jsonschema (make deps)")
        return
    with open(os.path.join(HERE, "..", "..", "docs", "canonical.schema.json"),
              encoding="utf-8") as file:
        form = json.load(file)
    jsonschema.Draft202012Validator.check_schema(form)
    validator = jsonschema.Draft202012Validator(form)

    def fault(document):
        return next((e.message[:300] for e in validator.iter_errors(document)), None)

    documents = {}
    for path in sorted(glob.glob(os.path.join(HERE, "golden", "*.json"))):
        with open(path, encoding="utf-8") as file:
            documents[os.path.basename(path)] = json.load(file)
    for platform in sorted({c.platform for c in cells}):
        documents[f"cells of {platform}"] = cell_schema(cells, platform)
    for name, document in list(documents.items()):
        documents[name + ", normalised"] = json.loads(db.value(
            f"SELECT gw.normalize_schema({quote(json.dumps(document))})"))
    db.run("CREATE SCHEMA forms; CREATE DOMAIN forms.d AS text CHECK (VALUE <> ''); "
           "CREATE TYPE forms.e AS ENUM ('a', 'b'); CREATE TYPE forms.c AS (x int, y text[]); "
           "CREATE TABLE forms.parent (id int PRIMARY KEY, u text UNIQUE); "
           "CREATE TABLE forms.child (id bigint GENERATED ALWAYS AS IDENTITY, p int REFERENCES "
           "forms.parent ON DELETE CASCADE, d forms.d, e forms.e[], c forms.c, r int4range, "
           "g int GENERATED ALWAYS AS (p + 1) STORED, n numeric(3,-1) DEFAULT 10, s serial, "
           "m money, CHECK (p > 0)) PARTITION BY RANGE (p); "
           "COMMENT ON TABLE forms.child IS 'x'")
    for table in ("forms.parent", "forms.child", "pg_catalog.pg_class", "pg_catalog.pg_type",
                  "pg_catalog.pg_statistic", "information_schema.columns"):
        documents["introspected " + table] = json.loads(
            db.value(f"SELECT gw.local_schema('{table}')"))
    for name, document in documents.items():
        found = fault(document)
        report(found is None, f"schema takes {name}", found)
    wrong = [{}, {"columns": []}, {"columns": [{"type": "INT64"}]}, {"columns": [{"name": "a"}]},
             {"columns": [{"name": "", "type": "INT64"}]}, {"columns": [{"name": "a", "type": 1}]},
             {"wgw": 2, "columns": [{"name": "a", "type": "INT64"}]},
             {"columns": [{"name": "a", "type": "INT64", "nullable": "yes"}]},
             {"columns": [{"name": "a", "type": "STRING", "length": "ten"}]},
             {"columns": [{"name": "a", "type": "INT64", "identity": {"mode": "never"}}]},
             {"columns": [{"name": "a", "type": "INT64", "generated": {}}]},
             {"columns": [{"name": "a", "type": "INT64"}], "keys": {"primary": {}}},
             {"columns": [{"name": "a", "type": "INT64"}], "keys": {"primary": {"columns": []}}},
             {"columns": [{"name": "a", "type": "INT64"}], "source": "x"}]
    for document in wrong:
        text = json.dumps(document)
        ours = db.rows(f"SELECT code FROM gw.validate_schema({quote(text)})")
        report(fault(document) is not None and ours, f"schema refuses {text}", ours)


PARTS = {"cells": run_cells, "texts": run_texts, "schema": run_schema, "golden": run_golden, "postgres": run_postgres,
         "mariadb": run_mariadb, "judges": run_judges}


def main():
    wanted = sys.argv[1:] or list(PARTS)
    db = Database("gw_render")
    cells = read_cells()
    for part in wanted:
        PARTS[part](db, cells)
    db.link.close()
    pq.Connection("dbname=postgres").must("DROP DATABASE gw_render")


if __name__ == "__main__":
    main()
