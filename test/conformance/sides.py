"""What is on the other side of a variant: a database of a cluster, or a place (test/lib/places).

A side makes the tables and rows of the cases there, in the remote's own SQL, and says what a
server's options are to be.  It never looks through the extension.
"""
import os
import re

import places


def quote(text):
    return "'" + text.replace("'", "''") + "'"


class Side:
    def __init__(self, variant, tools):
        self.variant, self.tools, self.database = variant, tools, variant.database
        self.section = variant.conf["platform"]

    def name(self, plain):
        """As the remote is to store it, where it would not as it stands ("quote" is around names there)."""
        return self.section.get("quote", "") + plain + self.section.get("quote", "")

    def tables(self):
        return re.findall(r"CREATE TABLE (\w+)", self.tools.read("tables.sql"))


class Cluster(Side):
    """A database of the cluster, the variant's own one where nothing else is said."""

    def __init__(self, variant, tools):
        super().__init__(variant, tools)
        self.separate = "createdb" in variant.options
        self.remote = self.database + "_remote" if self.separate else self.database

    def must(self, sql):
        return self.tools.must(self.remote, "SET search_path = conf_types, public; SET timezone = 'UTC';" + sql)

    def set_up(self):
        tools = self.tools
        if self.separate:
            tools.must("postgres", f"CREATE DATABASE {self.remote} {self.variant.options['createdb']}", "postgres",
                       tools.REMOTE_PORT)
            tools.grant_create(self.remote)
        tools.must(self.remote, "CREATE SCHEMA conf_remote; CREATE SCHEMA conf_types;"
                   "SET search_path = conf_remote, public; SET timezone = 'UTC';"
                   + tools.read("tables.sql") + tools.read("rows.sql") + self.variant.options.get("after", "") + ";ANALYZE")
        return {"port": tools.port_of(self.remote), "database": self.remote, "role": tools.ROLE,
                "password": tools.PASSWORD}

    def fill_local(self):
        """The local copy gets the same rows by the same statements."""
        self.tools.must(self.database, "".join(f"CREATE TABLE conf_local.{t} (LIKE conf_foreign.{t});" for t in self.tables())
                        + "SET search_path = conf_local, public; SET timezone = 'UTC';" + self.tools.read("rows.sql"))
        return {}

    def make_type(self, case):
        table, declared = "ty_" + case["case"], case["type"]
        rows = "".join(f"INSERT INTO {table} (id, v) VALUES ({i}, {quote(given)});"
                       for i, (given, _) in enumerate(case["values"]))
        self.must(f"{case.get('before', '')}; CREATE TABLE {table} (id int, v {declared}); {rows}"
                  f"INSERT INTO {table} (id, v) VALUES (-1, {'0' if 'serial' in declared else 'NULL'})")
        if self.variant.writes:
            self.must(f"CREATE TABLE wr_{case['case']} (LIKE {table})")

    def differing(self, table, written, how=""):
        """What of the written rows is not the remote's own, as text; nothing when all is."""
        rows = f"SELECT id, v::text FROM {table}", f"SELECT id, v::text FROM {written}"
        return self.must(f"({rows[0]} EXCEPT ALL {rows[1]}) UNION ALL ({rows[1]} EXCEPT ALL {rows[0]});")

    def clear(self, written, values_only):
        self.must(f"UPDATE {written} SET v = NULL" if values_only else f"DELETE FROM {written}")

    def tear_down(self):
        tools = self.tools
        if self.separate:
            tools.psql("postgres", f"DROP DATABASE IF EXISTS {self.remote} WITH (FORCE)", "postgres",
                       port=tools.port_of(self.remote))


class Elsewhere(Side):
    """A place.  The rows are made in a reference schema here and carried over as texts."""

    def __init__(self, variant, tools):
        super().__init__(variant, tools)
        self.place = places.open(self.section["place"], os.environ["GW_WORK"])
        self.container = self.database

    def data(self, what):
        name = self.section.get("data", self.variant.platform)
        return self.tools.read(os.path.join("platforms", f"{name}.{what}.sql"))

    def set_up(self):
        tools = self.tools
        self.place.make(self.container, self.variant.options.get("createdb", ""))
        for schema in ("conf_remote", "conf_types"):
            self.place.schema(self.container, schema)
        self.place.must(self.container, "conf_remote", self.data("tables"))
        tools.must(self.database, "CREATE SCHEMA conf_reference; SET search_path = conf_reference, public; SET timezone = 'UTC';"
                   + tools.read("tables.sql") + tools.read("rows.sql") + self.data("rows"))
        for table in self.tables():
            columns, rows = self.reference(table)
            self.place.fill(self.container, "conf_remote", table, columns, rows)
        return dict(self.place.facts(), container=self.container)

    def reference(self, table):
        """The columns (name, type) and rows of a table as the remote shall have them."""
        tools = self.tools
        columns = [line.split(tools.FIELD) for line in tools.must(self.database, f"""
            SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
            WHERE attrelid = 'conf_reference.{table}'::regclass AND attnum > 0 AND NOT attisdropped
            ORDER BY attnum""").rstrip("\n").split(tools.RECORD)]
        text = tools.must(self.database, f"SET timezone = 'UTC'; SELECT * FROM conf_reference.{table} ORDER BY id").rstrip("\n")
        rows = [[None if v == "(null)" else v for v in row.split(tools.FIELD)] for row in text.split(tools.RECORD)]
        return columns, rows

    def fill_local(self):
        """The local copy has the imported types.  Tables whose rows came out otherwise are told."""
        tools, problems = self.tools, {}
        for table in self.tables():
            columns, _ = self.reference(table)
            shown = tools.must(self.database, f"""
                CREATE TABLE conf_local.{table} (LIKE conf_foreign.{table});
                SELECT string_agg(format('%I::text::%s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
                FROM pg_attribute WHERE attrelid = 'conf_local.{table}'::regclass AND attnum > 0""").strip()
            tools.must(self.database, f"""SET timezone = 'UTC';
                INSERT INTO conf_local.{table} ({', '.join(name for name, _ in columns)})
                SELECT {shown} FROM conf_reference.{table}""")
            rows = f"SELECT t::text FROM conf_foreign.{table} t", f"SELECT t::text FROM conf_local.{table} t"
            try:
                problems[table] = tools.must(self.database, f"""
                    ({rows[0]} EXCEPT ALL {rows[1]}) UNION ALL ({rows[1]} EXCEPT ALL {rows[0]})""").strip()[:300] or None
            except RuntimeError as error:
                problems[table] = str(error).split("\n")[0]
        return problems

    def make_type(self, case):
        table, declared = "ty_" + case["case"], case["type"]
        rows = [(i, given) for i, (given, _) in enumerate(case["values"])] + [(-1, "NULL")]
        # Where VALUES takes no functions, rows are selected.
        values = (" UNION ALL ".join(f"SELECT {i}, {given}" for i, given in rows) if "selected" in self.section else
                  "VALUES " + ", ".join(f"({i}, {given})" for i, given in rows))
        made = self.section.get("type_table", "CREATE TABLE {table} (id int PRIMARY KEY, v {type})")
        for name in [table] + (["wr_" + case["case"]] if self.variant.writes else []):
            self.place.must(self.container, "conf_types", made.format(table=self.name(name), type=declared))
        self.place.must(self.container, "conf_types",
                        f"{case.get('before', '')}INSERT INTO {self.name(table)} ({self.name('id')}, {self.name('v')}) {values}")

    def differing(self, table, written, how=""):
        return "; ".join(map(str, self.place.must(self.container, "conf_types", self.section["differing" + how].format(
            table=self.name(table), written=self.name(written)))))

    def clear(self, written, values_only):
        self.place.must(self.container, "conf_types",
                        f"UPDATE {self.name(written)} SET {self.name('v')} = NULL WHERE 1 = 1" if values_only else
                        f"DELETE FROM {self.name(written)} WHERE 1 = 1")

    def tear_down(self):
        self.place.drop(self.container)


def of(variant, tools):
    return (Elsewhere if "place" in variant.conf["platform"] else Cluster)(variant, tools)
