"""Where the queries run: a pair of databases made from a platform's data file."""
import json
import os
import re

import kinds
import places
import pq

HERE = os.path.dirname(os.path.abspath(__file__))
# Roles, schemas and settings are the cluster's; what is elsewhere has one container for all.
CONTAINER = "gw_oracle"

LOCAL_OBJECTS = [
    "CREATE SCHEMA ora",
    "CREATE TYPE ora.mood AS ENUM ('sad', 'ok', 'Happy')",
    "CREATE FUNCTION ora.is_small(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < 100'",
    "CREATE FUNCTION ora.twice(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 2 * $1; END'",
    "CREATE FUNCTION ora.same(integer, integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE"
    " AS 'BEGIN RETURN $1 IS NOT DISTINCT FROM $2; END'",
    "CREATE OPERATOR ora.=== (FUNCTION = ora.same, LEFTARG = integer, RIGHTARG = integer)",
    # A search_path on which built-in names mean something else, for both copies alike.
    "CREATE SCHEMA ora_trap",
    "CREATE FUNCTION ora_trap.other(integer, integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE"
    " AS 'BEGIN RETURN $1 OPERATOR(pg_catalog.<>) $2; END'",
    "CREATE OPERATOR ora_trap.= (FUNCTION = ora_trap.other, LEFTARG = integer, RIGHTARG = integer)",
    "CREATE FUNCTION ora_trap.upper(text) RETURNS text LANGUAGE plpgsql IMMUTABLE"
    " AS 'BEGIN RETURN pg_catalog.upper($1) OPERATOR(pg_catalog.||) ''!''; END'",
]


def partitions(table):
    return [(table + "_a", "FOR VALUES FROM (MINVALUE) TO (12)"), (table + "_b", "FOR VALUES FROM (12) TO (MAXVALUE)")]


class Platform:
    def __init__(self, name):
        with open(os.path.join(HERE, "platforms", name + ".json"), encoding="utf-8") as f:
            self.data = json.load(f)
        # PLACE=other: what that server has otherwise, and the kinds it lacks.
        other = self.data.pop("instead", {}).get(os.environ.get("PLACE"), {})
        for kind in other.pop("without", []):
            del self.data["kinds"][kind]
        self.data.update(other)
        self.name = self.data["name"]
        self.variants = self.data["variants"]
        self.pairs = self.data["pairs"]
        self.local_collations = self.data["local_collations"]
        self.remote_collations = self.data["remote_collations"]
        # Elsewhere than in a PostgreSQL: the place's name, and the kinds it can hold.
        self.place = self.data.get("place")
        self.kinds = self.data.get("kinds")
        self.lacking = self.data.get("not_values", {})
        self.has_off = self.data.get("pushdown_off") is not None
        # Nothing pushed, pushed in parts, pushed as whole queries too.
        self.paths = [path for path, setting in (("off", "pushdown_off"), ("parts", "whole_off"))
                      if self.data.get(setting) is not None] + ["on"]

    def column_kinds(self):
        """The kinds a table may have columns of."""
        return sorted(kinds.KINDS if self.kinds is None else self.kinds)

    def declarations(self, kind):
        """What gives a column of that kind: (local, remote, values, whether it takes no others) each."""
        declared, values = kinds.KINDS[kind]
        if self.kinds is None:
            return [(d, d, values, False) for d in declared]
        never = set(self.lacking.get(kind, []))
        return [(d["local"], d["remote"], [v for v in d.get("values", values) if v not in never], d.get("closed", False))
                for d in self.kinds[kind]]

    @staticmethod
    def names():
        return sorted(f[:-5] for f in os.listdir(os.path.join(HERE, "platforms")) if f.endswith(".json"))


class Site:
    """Databases of one variant; made by open(), dropped by close()."""

    def __init__(self, platform, variant, environment):
        self.platform, self.variant, self.environment = platform, variant, environment
        self.label = "%s/%s" % (platform.name, variant)
        prefix = "gw_oracle_%d" % os.getpid()
        self.local_name = prefix + "_local"
        self.same = platform.data.get("same_database", False)
        self.place = None
        self.remote_name = self.local_name if self.same else prefix + "_remote"
        self.db = self.remote = None
        self.on_pids = []

    def connect(self, database):
        e = self.environment
        return pq.Connection(pq.conninfo(host=e["host"], port=e["port"], user=e["user"], dbname=database,
                                         client_encoding="UTF8"))

    def fill(self, text):
        e = self.environment
        if self.place:
            facts = dict(self.place.facts(), container=CONTAINER)
            return re.sub(r"\{(\w+)\}", lambda m: facts.get(m.group(1), m.group(0)), text)
        return re.sub(r"\{(host|port|user|database)\}",
                      lambda m: {"host": e["host"], "port": str(e["port"]), "user": e["user"],
                                 "database": self.remote_name}[m.group(1)], text)

    def open(self):
        spec = self.platform.variants[self.variant]
        if self.platform.place:
            self.place = places.open(self.platform.place, os.environ["GW_WORK"])
            self.place.make(CONTAINER, spec["remote"])
        with self.connect("postgres") as admin:
            wanted = [(self.local_name, "local")] + ([] if self.same or self.place else [(self.remote_name, "remote")])
            for name, kind in wanted:
                admin.must("DROP DATABASE IF EXISTS %s WITH (FORCE)" % name)
                admin.must("CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8' %s" % (name, spec[kind]))
        if not self.place:
            with self.connect(self.remote_name) as remote:
                for statement in self.platform.data["remote_setup"]:
                    remote.must(self.fill(statement))
        with self.connect(self.local_name) as local:
            for statement in LOCAL_OBJECTS + self.platform.data["local_setup"]:
                local.must(self.fill(statement))
        self.reconnect()
        return self

    def reconnect(self):
        """Fresh backends: no cached plan, connection or fact survives a change of tables."""
        for c in (self.db, self.remote):
            if c:
                c.close()
        self.db = self.connect(self.local_name)
        self.db.must("SET statement_timeout = '120s'")
        if self.place:
            return
        self.remote = self.connect(self.remote_name)
        self.remote.must("SET search_path = public, pg_catalog; SET DateStyle = 'ISO, MDY'; SET TimeZone = 'UTC';"
                         "SET IntervalStyle = 'postgres'; SET extra_float_digits = 3; SET bytea_output = 'hex';"
                         "SET standard_conforming_strings = on; SET transform_null_equals = off")

    def close(self):
        for c in (self.db, self.remote):
            if c:
                c.close()
        self.db = self.remote = None
        if self.place:
            self.place.drop(CONTAINER)
        with self.connect("postgres") as admin:
            for name in sorted({self.local_name} if self.place else {self.local_name, self.remote_name}):
                admin.must("DROP DATABASE IF EXISTS %s WITH (FORCE)" % name)

    def foreign_tables(self, table, columns):
        """Statements for one table: "u..." is on a server of its own, "p..." has foreign partitions."""
        server = "wh2" if table[0] == "u" else "wh"

        def one(name):
            return (self.platform.data["foreign_table"].replace("{table}", name).replace("{columns}", columns)
                    .replace("{server}", server))
        if table[0] != "p":
            return [one(table)]
        out = ["CREATE TABLE rem.%s (%s) PARTITION BY RANGE (id)" % (table, columns)]
        for name, bounds in partitions(table):
            out += [one(name), "ALTER TABLE rem.%s ATTACH PARTITION rem.%s %s" % (table, name, bounds)]
        return out

    def load(self, remote_sql, local_sql, fresh=True):
        """Make one schema: remote statements, then local ones (foreign tables follow from them).

        Not fresh: the backends that saw other tables of the same names go on, with whatever they
        remember of them.
        """
        if fresh:
            self.reconnect()
        if self.place:
            self.place.schema(CONTAINER, "wh")
        else:
            self.remote.must("DROP SCHEMA IF EXISTS wh CASCADE; CREATE SCHEMA wh")
        self.db.must("RESET ALL; DEALLOCATE ALL")
        self.db.must("DROP SCHEMA IF EXISTS loc CASCADE; DROP SCHEMA IF EXISTS rem CASCADE;"
                     "CREATE SCHEMA loc; CREATE SCHEMA rem")
        for statement in remote_sql:
            if self.place:
                self.place.must(CONTAINER, "wh", statement)
            else:
                self.remote.must(statement)
        for statement in local_sql:
            self.db.must(statement)
            made = re.match(r"CREATE TABLE loc\.(\w+) \((.*)\)$", statement, re.S)
            if made:
                for foreign in self.foreign_tables(made.group(1), made.group(2)):
                    self.db.must(foreign)
        self.analyze()

    def analyze(self):
        """Statistics for the local copy, so that its plans are not all alike."""
        for (name,) in self.db.must("SELECT tablename FROM pg_tables WHERE schemaname = 'loc'"):
            self.db.must("ANALYZE loc." + name)

    def load_tables(self, tables, fresh=True):
        """Generated tables; the local copy is read back from the remote in its own text forms."""
        if self.place:
            return self.load_elsewhere(tables, fresh)
        remote = []
        for t in tables:
            remote.append(t.create("wh", True))
            if t.name[0] == "p":
                remote[-1] += " PARTITION BY RANGE (id)"
                remote += ["CREATE TABLE wh.%s PARTITION OF wh.%s %s" % (name, t.name, bounds) for name, bounds in partitions(t.name)]
            remote += [t.insert("wh")] if t.rows else []
        self.load(remote, [t.create("loc", False) for t in tables], fresh)
        local = []
        for t in tables:
            rows = self.remote.must("SELECT * FROM wh.%s ORDER BY id" % t.name)
            if rows:
                local.append(t.insert("loc", rows))
                self.db.must(local[-1])
        self.analyze()
        return remote, [t.create("loc", False) for t in tables] + local

    def stored(self, definitions):
        """Where plain names would be stored in capitals they are quoted."""
        return re.sub(r"(^|, )(\w+) ", r'\1"\2" ', definitions) if self.platform.data.get("quoted_names") else definitions

    def load_elsewhere(self, tables, fresh):
        """The same in a place: the local rows are the given ones, and go over from there."""
        remote, local = [], [t.create("loc", False) for t in tables]
        for t in tables:
            parts = [name for name, _ in partitions(t.name)] if t.name[0] == "p" else [t.name]
            remote += [self.platform.data["create"].format(table=name, columns=self.stored(t.definitions(True))) for name in parts]
        self.load(remote, local, fresh)
        self.db.must("SET DateStyle = ISO; SET TimeZone = UTC; SET IntervalStyle = postgres; SET extra_float_digits = 3;"
                     "SET bytea_output = hex")
        for t in tables:
            if not t.rows:
                continue
            local.append(t.insert("loc"))
            self.db.must(local[-1])
            columns = [(c.name, c.local) for c in t.columns]
            for name, condition in ([(t.name, "true")] if t.name[0] != "p" else
                                    [(t.name + "_a", "id < 12"), (t.name + "_b", "id >= 12")]):
                rows = self.db.must("SELECT * FROM loc.%s WHERE %s ORDER BY id" % (t.name, condition))
                self.place.fill(CONTAINER, "wh", name, columns, [list(row) for row in rows])
        self.db.must("RESET ALL")
        self.analyze()
        return remote, local
