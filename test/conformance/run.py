#!/usr/bin/python3
"""The conformance suite: the same cases, as data, against every platform.

For each platform of gw.platforms() that has platforms/NAME.conf, and for each
variant in it, a remote side is made and imported.  Then

- every type of types/*.case is imported, read back and searched for;
- every query of queries/*.case runs against a local copy, against the foreign
  tables with pushdown off, and with pushdown on.  All three must agree in
  rows (as a multiset, or in order where the case says so) or in SQLSTATE;
- the rows of each table come as JSON, which holds the same values, numbers as
  numbers.

A platform whose remote side is no PostgreSQL names it ("place = mariadb", see
test/lib/places) and brings platforms/NAME.tables.sql, its tables in its own SQL,
platforms/NAME.rows.sql, which takes out of the rows what its types cannot hold (in
PostgreSQL's SQL, on a reference copy of all rows), and types of its own in
types/NAME/*.case, whose values are expressions of the remote's SQL.

From EXPLAIN it counts the clauses that went remote; where a variant states
minimum_pushed, a smaller share fails.  Prints "ok", "not ok", "skip" lines for
test/run to count, and lines "= ..." for people.  Works as an ordinary role
with the documented grants; only databases, servers and grants are made by the
superuser.
"""
import argparse
import collections
import configparser
import glob
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import apart  # noqa: E402
import places  # noqa: E402
import sides  # noqa: E402
from sides import quote  # noqa: E402

ROLE, PASSWORD = "conf_user", "conf-password"
# A server of another version as the remote one (see test/versions).
REMOTE_PORT = os.environ.get("CONF_REMOTE_PORT") or os.environ["PGPORT"]
MODES = ("local", "off", "on")
# What the remote can do of a query; a clause stays when its node is in the plan.
COUNTED = ("where", "order", "limit", "distinct", "aggregate", "join", "window")
MARK, FIELD, RECORD = "\x01", "\x1f", "\x1e"
Case = collections.namedtuple("Case", "name tags sql facts")


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return file.read()


def psql(database, script, user=ROLE, stop=True, port=None):
    """Runs a script; (exit status, stdout, stderr)."""
    command = ["psql", "-XAtq", "-p", port or port_of(database), "-U", user, "-d", database, "-F", FIELD, "-R", RECORD,
               "-P", "null=(null)", "-v", f"ON_ERROR_STOP={int(stop)}", "-f", "-"]
    done = subprocess.run(command, input=script, capture_output=True, text=True,
                          encoding="utf-8", timeout=3600)
    return done.returncode, done.stdout, done.stderr


def port_of(database):
    """Databases called ..._remote are on the other server, where there is one."""
    return REMOTE_PORT if database.endswith("_remote") else os.environ["PGPORT"]


def grant_create(database):
    must(database, f"GRANT CREATE ON DATABASE {database} TO {ROLE}; GRANT CREATE ON SCHEMA public TO {ROLE}", "postgres")


def must(database, script, user=ROLE, port=None):
    status, output, errors = psql(database, script, user, port=port)
    if status:
        raise RuntimeError(errors.strip() or f"psql ended with {status}")
    return output


def query_cases():
    cases = []
    for path in sorted(glob.glob(os.path.join(HERE, "queries", "*.case"))):
        for line in read(path).split("\n"):
            if line.startswith("  ") and cases:
                key, _, value = line.strip().partition(": ")
                cases[-1].facts[key] = value
            elif line and not line.startswith("#"):
                name, tags, sql = (part.strip() for part in line.split("|", 2))
                cases.append(Case(name, tags.split(), sql, {}))
    return cases


def type_cases(folder=""):
    cases = []
    for path in sorted(glob.glob(os.path.join(HERE, "types", folder, "*.case"))):
        for line in read(path).split("\n"):
            if not line or line.startswith("#"):
                continue
            key, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if key == "case":
                cases.append({"case": value, "values": []})
            elif key == "value":
                given, arrow, wanted = value.partition(" =>")
                wanted = wanted[1:] if wanted.startswith(" ") else wanted
                cases[-1]["values"].append((given, wanted if arrow else given))
            else:
                cases[-1][key] = value
    return cases


def walk(node):
    yield node
    for child in node.get("Plans", []):
        yield from walk(child)


class Variant:
    """One remote side, and the database that looks at it."""

    def __init__(self, platform, conf, section):
        self.platform, self.conf = platform, conf
        self.options = conf[section]
        self.label = f"{platform}/{section.split()[1]}"
        self.database = "conf_" + self.label.replace("/", "_")
        self.failed = self.passed = self.skipped = 0
        self.writes = self.options.getboolean("writes", fallback=False)
        self.pushed, self.seen = collections.Counter(), collections.Counter()
        self.kept = []
        self.side = sides.of(self, sys.modules[__name__])

    def report(self, name, problem):
        if problem:
            self.failed += 1
            print(f"not ok {self.label} {name}: {problem}")
        else:
            self.passed += 1
            print(f"ok {self.label} {name}")

    def skip_reason(self, part, name):
        section = f"skip {part}"
        reason = self.conf.get(section, name, fallback=None) if self.conf.has_section(section) else None
        if reason:
            self.skipped += 1
            print(f"skip {self.label} {name}: {reason}")
        return reason

    def set_up(self):
        must("postgres", f"CREATE DATABASE {self.database} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'", "postgres")
        grant_create(self.database)
        facts = self.facts = self.side.set_up()
        section = self.conf["platform"]
        server = ", ".join(text.format(**facts) for text in
                           (section.get("server", ""), self.options.get("server", "")) if text)
        mapping = section.get("mapping", "").format(**facts)
        must(self.database, f"""
            CREATE EXTENSION warehouse_gw;
            CREATE SERVER conf FOREIGN DATA WRAPPER {section['wrapper']}
              {'OPTIONS (' + server + ')' if server else ''};
            GRANT USAGE ON FOREIGN SERVER conf TO {ROLE};
            {f'CREATE USER MAPPING FOR {ROLE} SERVER conf OPTIONS ({mapping});' if mapping else ''}
            SELECT gw.grant_usage('{ROLE}', 'reader');""", "postgres")
        must(self.database, """
            CREATE SCHEMA conf_local; CREATE SCHEMA conf_foreign; CREATE SCHEMA conf_seen;
            CREATE FUNCTION conf_double(int) RETURNS int LANGUAGE plpgsql IMMUTABLE
              AS 'BEGIN RETURN 2 * $1; END';
            CREATE TABLE conf_keys AS SELECT * FROM unnest('{1,5,5,17,40,299,1000,NULL}'::int[]) AS k;
            IMPORT FOREIGN SCHEMA conf_remote FROM SERVER conf INTO conf_foreign;""")
        for table, problem in self.side.fill_local().items():
            self.report("rows of " + table, problem)

    def tear_down(self):
        self.side.tear_down()
        psql("postgres", f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)", "postgres")

    # ---- types ----

    def make_types(self, cases):
        """All the tables, then one import for all; case by case where that fails."""
        problems = {}
        for case in cases:
            try:
                self.side.make_type(case)
            except RuntimeError as error:
                problems[case["case"]] = str(error).split("\n")[0]
        try:
            must(self.database, "IMPORT FOREIGN SCHEMA conf_types FROM SERVER conf INTO conf_seen")
        except RuntimeError:
            for case in cases:
                psql(self.database, f"IMPORT FOREIGN SCHEMA conf_types LIMIT TO (ty_{case['case']}, wr_{case['case']}) "
                     "FROM SERVER conf INTO conf_seen")
        return problems

    def type_problem(self, case):
        table, declared = "ty_" + case["case"], case["type"]
        output = must(self.database, f"""
            SET search_path = conf_seen, public; SET timezone = 'UTC';
            SELECT format_type(atttypid, atttypmod) FROM pg_attribute
            WHERE attrelid = '{table}'::regclass AND attname = 'v';
            \\echo {MARK}
            SELECT id, v FROM {table};""")
        shape, _, data = output.partition(MARK)
        wanted_type = case.get("local", declared)
        if self.conf.has_section("local types"):
            wanted_type = self.conf.get("local types", case["case"], fallback=wanted_type)
        if shape.strip("\n") != wanted_type:
            return f"imported as {shape.strip()!r}, wanted {wanted_type!r}"
        got = dict(row.split(FIELD) for row in data[1:-1].split(RECORD) if row)
        for i, (given, wanted) in enumerate(case["values"]):
            if got.get(str(i)) != wanted:
                return f"{given!r} came out as {got.get(str(i))!r}, wanted {wanted!r}"
        if "serial" not in declared and got.get("-1") != case.get("null", "(null)"):
            return f"NULL came out as {got.get('-1')!r}"
        if len(got) != len(case["values"]) + 1:
            return f"{len(got)} rows, wanted {len(case['values']) + 1}"
        return self.search_problem(table, case, wanted_type)

    def search_problem(self, table, case, local_type):
        """Each value finds the same rows with pushdown and without."""
        script = "SET search_path = conf_seen, public; SET timezone = 'UTC';"
        for i, (_, wanted) in enumerate(case["values"]):
            for mode in ("off", "on"):
                script += (f"SET warehouse_gw.enable_pushdown = {mode};\n\\echo {MARK}{i} {mode}\n"
                           f"SELECT id FROM {table} WHERE v = {quote(wanted)}::{local_type} ORDER BY id;"
                           "\n\\echo = :SQLSTATE\n")
        _, output, _ = psql(self.database, script, stop=False)
        found = {}
        for part in output.split(MARK)[1:]:
            head, _, body = part.partition("\n")
            found[tuple(head.split())] = body
        for i, (given, _) in enumerate(case["values"]):
            off, on = found.get((str(i), "off")), found.get((str(i), "on"))
            if off != on or off is None:
                return f"searching {given!r} finds {off!r} without pushdown, {on!r} with it"
            if "= 00000" in off and str(i) not in re.split(r"[\x1e\n]", off):
                return f"searching {given!r} does not find its own row: {off!r}"
        # "writes: no": what nothing here can be sent as.
        return self.write_problem(table, case) if self.writes and case.get("writes") != "no" else None

    def write_problem(self, table, case):
        """Each value, written through the foreign table, is the remote's own."""
        written = "wr_" + case["case"]
        for mode in ("insert", "copy", "update"):
            write = (f"INSERT INTO {written} SELECT id, v FROM seen" if mode != "update" else
                     f"UPDATE {written} w SET v = s.v FROM seen s WHERE s.id = w.id")
            status, _, errors = psql(self.database, f"""
                SET search_path = conf_seen, public; SET timezone = 'Asia/Kathmandu'; SET datestyle = 'SQL, DMY';
                CREATE TEMP TABLE seen AS SELECT * FROM {table};
                ALTER FOREIGN TABLE {written} OPTIONS (ADD insert_mode '{'copy' if mode == 'copy' else 'insert'}');
                {write};
                ALTER FOREIGN TABLE {written} OPTIONS (DROP insert_mode);""")
            if "refuses" in case and mode == "update":
                continue   # there is no row
            if "refuses" in case:
                # What the remote does not take as a text is its error, and nothing is written.
                if case["refuses"] not in errors:
                    return f"{mode}: wanted {case['refuses']!r}, not {errors.strip()[:300]!r}"
                psql(self.database, f"ALTER FOREIGN TABLE conf_seen.{written} OPTIONS (DROP insert_mode)")
                continue
            if status:
                return f"{mode}: {errors.strip()[:300]}"
            differ = self.side.differing(table, written, "_" + case["differing"] if "differing" in case else "")
            if differ.strip():
                return f"{mode} writes other values: {differ[:300]!r}"
            # The next one fills rows without values, or none.
            if mode == "insert" or (mode == "copy" and self.nullable(case)):
                self.side.clear(written, mode == "copy")
        return None

    def nullable(self, case):
        return not re.search("serial|not null", case["type"], re.I)

    def lacking(self, case):
        """A type that a server here was built without."""
        if "needs" not in case or not any(psql(database, f"SELECT {quote(case['values'][0][0])}::{case['type']}")[0]
                                          for database in (self.database, self.side.remote)):
            return False
        self.skipped += 1
        print(f"skip {self.label} type {case['case']}: a server here is built without {case['needs']}")
        return True

    def folder(self):
        """Where the cases of its types are: a place has other types than PostgreSQL."""
        return self.platform if "place" in self.conf["platform"] else ""

    def run_types(self):
        cases = [c for c in type_cases(self.folder()) if not self.skip_reason("types", c["case"]) and not self.lacking(c)]
        problems = self.make_types(cases)
        for case in cases:
            try:
                problem = problems.get(case["case"]) or self.type_problem(case)
            except RuntimeError as error:
                problem = str(error).split("\n")[0]
            self.report("type " + case["case"], problem)

    # ---- rows as JSON ----

    def run_json(self):
        """Whole tables, by gw.execute_query_json()."""
        must(self.database, f"SELECT gw.grant_usage('{ROLE}', 'operator')", "postgres")
        for table in self.side.tables():
            try:
                self.report("json of " + table, self.json_problem(table))
            except RuntimeError as error:
                self.report("json of " + table, str(error).split("\n")[0])

    def json_problem(self, table):
        # Of documents and arrays JSON has its own idea of null.
        columns = "id, u, raw" if table == "others" else "*"
        # Where statements of one's own lose digits of some.
        exact = self.conf.get("json columns", table, fallback=None) if self.conf.has_section("json columns") else None
        columns, document = (exact, f"(SELECT jsonb_object_agg(key, value) FROM jsonb_each(j) WHERE key = ANY (string_to_array({quote(exact)}, ', ')))") \
            if exact else (columns, "j")
        sql = f"SELECT * FROM {self.side.name('conf_remote')}.{self.side.name(table)}"
        shown = must(self.database, f"""
            SET timezone = 'Europe/Berlin'; SET datestyle = 'German, DMY'; SET extra_float_digits = -5;
            CREATE TEMP TABLE told AS SELECT {document} AS j FROM gw.execute_query_json('conf', {quote(sql)}) AS j;
            RESET timezone; RESET datestyle; RESET extra_float_digits; SET timezone = 'UTC';
            CREATE TEMP TABLE rows AS SELECT {columns} FROM (SELECT r.* FROM told, jsonb_populate_record(NULL::conf_local.{table}, j) AS r) AS r;
            SELECT 'differs', t::text FROM ((TABLE rows EXCEPT ALL SELECT {columns} FROM conf_local.{table})
              UNION ALL (SELECT {columns} FROM conf_local.{table} EXCEPT ALL TABLE rows)) AS t
            UNION ALL SELECT 'is no number', t.key || ' ' || t.value FROM told, jsonb_each(j) AS t JOIN pg_attribute ON attname = t.key
            WHERE attrelid = 'conf_local.{table}'::regclass AND jsonb_typeof(t.value) NOT IN ('number', 'null')
              AND atttypid = ANY ('{{int2,int4,int8,float4,float8,numeric}}'::regtype[]) AND t.value::text !~* 'nan|inf'
            LIMIT 1""").rstrip("\n")
        return shown.replace(FIELD, ": ") or None

    # ---- queries ----

    def statements(self, case, mode):
        """(label, statement) pairs: the results to compare, then the plans."""
        if "script" in case.tags:
            # Dollar-quoted bodies hold semicolons of their own.
            parts = re.findall(r"(?:\$\$.*?\$\$|[^;$]|\$(?!\$))+", case.sql)
            return [(f"row{i}", part.strip()) for i, part in enumerate(parts) if part.strip()]
        explain = "EXPLAIN (VERBOSE, FORMAT JSON) "
        if "types" not in case.facts:
            return [("row", case.sql), ("plan", explain + case.sql)]
        execute = f"EXECUTE conf_q({case.facts['values']})"
        return [("", f"PREPARE conf_q({case.facts['types']}) AS {case.sql}"),
                ("", "SET plan_cache_mode = force_custom_plan"), ("row custom", execute),
                ("", "SET plan_cache_mode = force_generic_plan"), ("row generic", execute),
                ("plan", explain + execute), ("", "DEALLOCATE conf_q"), ("", "RESET plan_cache_mode")]

    def script(self, cases, modes):
        out = ["SET statement_timeout = '180s';\n"]
        for number, case in enumerate(cases):
            for mode in modes:
                schema = "conf_" + (mode if mode in ("local", "peer") else "foreign")
                settings = [f"search_path = {schema}, public",
                            "timezone = " + ("'Europe/Berlin'" if "zone" in case.tags else "'UTC'"),
                            f"warehouse_gw.enable_pushdown = {'off' if mode == 'off' else 'on'}"]
                out += [f"SET {setting};\n" for setting in
                        settings + case.facts.get("settings", "").split()]
                for label, statement in self.statements(case, mode):
                    out.append(f"\\echo '{MARK}{number} {mode} {label}'\n{statement};\n"
                               f"\\echo '{MARK}{number} {mode} state' :SQLSTATE\n\\echo :LAST_ERROR_MESSAGE\n")
                out.append("ROLLBACK;\n")
                out += [f"RESET {setting.split('=')[0]};\n"
                        for setting in case.facts.get("settings", "").split()]
        return "".join(out)

    def answers(self, cases, modes):
        """{(number, mode): rows and states} and {(number, mode): plan}."""
        status, output, errors = psql(self.database, self.script(cases, modes), stop=False)
        results, plans, self.said = collections.defaultdict(list), {}, {}
        for part in output.split(MARK)[1:]:
            head, _, body = part.partition("\n")
            number, mode, label = head.split(" ", 2)
            key = (int(number), mode)
            ordered = "ordered" in cases[key[0]].tags
            if label.startswith("row"):
                rows = body.rstrip("\n").split(RECORD) if body else []
                results[key].append(rows if ordered else sorted(rows))
            elif label.startswith("state"):
                results[key].append(label)
                if label != "state 00000":
                    self.said[key] = f"{label}: {body.strip()}"
            elif label == "plan" and body.startswith("["):
                plans[key] = json.loads(body.replace(RECORD, "\n"))[0]["Plan"]
        if status:
            print(f"# {self.label}: psql ended with {status}: {errors.strip()[-300:]}")
        return results, plans

    def run_queries(self):
        cases = [c for c in query_cases() if not self.skip_reason("queries", c.name)]
        results, plans = self.answers(cases, MODES)
        for number, case in enumerate(cases):
            self.report(case.name, self.query_problem(number, case, results)
                        or self.plan_problem(number, case, plans))
        self.share_problem()

    def query_problem(self, number, case, results):
        local = results.get((number, "local"))
        if not local:
            return "gave no result"
        states = [r for r in local if isinstance(r, str) and r != "state 00000"]
        if ("error" in case.tags) != bool(states) and "script" not in case.tags:
            return f"the case is wrong: it ends with {states or 'no error'} on the local copy"
        for mode in ("off", "on"):
            other = results.get((number, mode))
            if other != local:
                if (number, mode) in self.said and (number, "local") not in self.said:
                    return f"pushdown {mode}: {self.said[number, mode]}"
                for a, b in zip(local, other or []):
                    if a != b:
                        return f"pushdown {mode}: {str(b)[:300]}, local copy: {str(a)[:300]}"
                return f"pushdown {mode}: {str(other)[:300]}, local copy: {str(local)[:300]}"
        return None

    def plan_problem(self, number, case, plans):
        off, on = plans.get((number, "off")), plans.get((number, "on"))
        if on is None or not any(n["Node Type"] == "Foreign Scan" for n in walk(on)):
            return None
        filters = [n["Filter"] for n in walk(on) if n["Node Type"] == "Foreign Scan" and "Filter" in n]
        if "stays" in case.tags and not filters:
            return "was pushed, but the remote may answer differently"
        if "where" in case.tags and off and not any("Filter" in n for n in walk(off)):
            return "is pushed although pushdown is off"
        nodes = {n["Node Type"] for n in walk(on)}
        remains = {"where": bool(filters), "order": bool(nodes & {"Sort", "Incremental Sort"}),
                   "limit": "Limit" in nodes, "distinct": bool(nodes & {"Unique", "Aggregate"}),
                   "aggregate": "Aggregate" in nodes, "window": "WindowAgg" in nodes,
                   "join": bool(nodes & {"Nested Loop", "Hash Join", "Merge Join"})}
        for kind in COUNTED:
            if kind in case.tags:
                self.seen[kind] += 1
                self.pushed[kind] += not remains[kind]
                if remains[kind]:
                    self.kept.append(f"{case.name} ({kind})")
        return None

    # ---- another wrapper, which the register of wrong results must find wrong ----

    def run_peer(self, section):
        """The same tables and rows through that wrapper: a register that finds nothing there proves nothing."""
        peer, conf = section.split()[1], self.conf[section]
        if conf["variant"] != self.label.split("/")[1]:
            return
        status, _, errors = psql(self.database, f"CREATE EXTENSION {peer}", "postgres")
        if status:
            self.skipped += 1
            print(f"skip {self.label} {peer}: {errors.strip().splitlines()[0]}")
            return
        must(self.database, f"""
            CREATE SERVER peer FOREIGN DATA WRAPPER {peer} OPTIONS ({conf['server'].format(**self.facts)});
            CREATE USER MAPPING FOR {ROLE} SERVER peer OPTIONS ({conf['mapping'].format(**self.facts)});
            GRANT USAGE ON FOREIGN SERVER peer TO {ROLE}""", "postgres")
        must(self.database, "CREATE SCHEMA conf_peer")
        for table in self.side.tables():
            columns = must(self.database, f"""
                SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
                FROM pg_attribute WHERE attrelid = 'conf_local.{table}'::regclass AND attnum > 0""").strip()
            must(self.database, f"CREATE FOREIGN TABLE conf_peer.{table} ({columns}) SERVER peer "
                 f"OPTIONS ({conf['table'].format(table=table)})")
        cases = [c for c in query_cases() if re.match(r"w\d\d_", c.name) and not self.conf.get("skip queries", c.name, fallback=None)]
        results, _ = self.answers(cases, ("local", "peer"))
        seen = collections.Counter(c.name[:3] for c in cases)
        wrong = [c.name for i, c in enumerate(cases) if results.get((i, "peer")) != results.get((i, "local"))]
        found = collections.Counter(name[:3] for name in wrong)
        print(f"= conformance {self.label} {peer}: wrong in {len(wrong)} of {len(cases)} traps: "
              + ", ".join(f"{entry.upper()} {n}/{seen[entry]}" for entry, n in sorted(found.items())))
        print(f"# {peer}: {', '.join(wrong)}")
        for entry in conf["wrong"].split():
            self.report(f"{peer} in {entry.upper()}", None if found[entry] else "it is known to be wrong, and was not found to be")

    def share_problem(self):
        kinds = ", ".join(f"{k} {self.pushed[k]}/{self.seen[k]}" for k in COUNTED if self.seen[k])
        seen = sum(self.seen[k] for k in COUNTED)
        pushed = sum(self.pushed[k] for k in COUNTED)
        share = 100.0 * pushed / seen if seen else 0
        print(f"= conformance {self.label}: {self.passed} ok, {self.failed} failed, {self.skipped} skipped; "
              f"pushed {pushed} of {seen} clauses ({share:.1f} %): {kinds}")
        minimum = self.options.getfloat("minimum_pushed", fallback=None)
        if minimum is not None:
            if self.kept:
                print(f"# {self.label} kept local: {', '.join(self.kept)}")
            self.report("pushed share", None if share >= minimum else
                        f"{share:.1f} % of the clauses are pushed, at least {minimum:g} % wanted")


def conf_file(platform):
    """PLACE=name: another remote server for the platform, where it has a file for that."""
    other = os.path.join(HERE, "platforms", f"{platform}.{os.environ.get('PLACE')}.conf")
    return other if os.path.exists(other) else os.path.join(HERE, "platforms", platform + ".conf")


def options_of(platform):
    """What the platform's file says; None without one."""
    conf = configparser.ConfigParser(interpolation=None)
    return conf if conf.read(conf_file(platform), encoding="utf-8") else None


def registered():
    """The platforms there are; makes what all runs share."""
    for port in {os.environ["PGPORT"], REMOTE_PORT}:
        must("postgres", f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'", "postgres", port)
    must("postgres", "CREATE DATABASE conf_registry", "postgres")
    return must("conf_registry", "CREATE EXTENSION warehouse_gw;"
                "SELECT name FROM gw.platforms() ORDER BY name", "postgres").rstrip("\n").split(RECORD)


def has_icu():
    """ICU's collations are in the catalog of a server that was built with it."""
    return all(must("postgres", "SELECT EXISTS (SELECT FROM pg_collation WHERE collprovider = 'i' AND collname = 'und-x-icu')",
                    "postgres", port).strip() == "t" for port in {os.environ["PGPORT"], REMOTE_PORT})


def run_platform(platform, variants):
    """All its variants, or those; True when something failed."""
    conf, failed = options_of(platform), False
    if conf is None:
        print(f"not ok {platform}: is in the registry, but platforms/{platform}.conf is missing")
        return True
    for section in [s for s in conf.sections() if s.startswith("variant ")]:
        if variants and section.split()[1] not in variants:
            continue
        if "icu" in conf[section] and not has_icu():
            print(f"skip {platform}/{section.split()[1]}: a server here is built without ICU")
            continue
        try:
            variant = Variant(platform, conf, section)
        except places.Missing as missing:
            print(f"skip {platform}/{section.split()[1]}: {missing}")
            continue
        try:
            variant.set_up()
            variant.run_types()
            if variant.options.getboolean("queries", fallback=True):
                variant.run_queries()
                variant.run_json()
            for peer in [s for s in conf.sections() if s.startswith("peer ")]:
                variant.run_peer(peer)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            variant.report("set-up", str(error).split("\n")[0])
        variant.tear_down()
        failed = failed or variant.failed > 0
        sys.stdout.flush()
    return failed


def run_apart(platforms):
    """Three at a time, those that wait for a service first; True when something failed."""
    def waits(platform):
        conf = options_of(platform)
        return conf is not None and "place" in conf["platform"]
    failed = False
    os.environ["CONF_APART"] = "1"
    for name, status, lines in apart.run(sorted(platforms, key=lambda p: not waits(p)), 3, sys.argv[1:]):
        print("\n".join(lines))
        if status and not any(line.startswith("not ok") for line in lines):
            print(f"not ok {name}: broke off with status {status}")
        failed = failed or status != 0
        sys.stdout.flush()
    return failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--platform", help="this platform only")
    parser.add_argument("--variant", action="append", help="this variant only, such as base; may be repeated")
    wanted = parser.parse_args()

    if "CONF_APART" in os.environ:
        sys.exit(1 if run_platform(wanted.platform, wanted.variant) else 0)
    count = (len(type_cases()), len(query_cases()))
    print(f"= conformance cases: {count[0]} types, {count[1]} queries")
    if count[0] < 60 or count[1] < 150:
        print("not ok fewer than 60 type cases or 150 query cases")
    platforms = [p for p in registered() if wanted.platform in (None, p)]
    failed = run_apart(platforms) if len(platforms) > 1 else any(run_platform(p, wanted.variant) for p in platforms)
    psql("postgres", f"DROP DATABASE conf_registry; DROP ROLE {ROLE}", "postgres", stop=False)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
