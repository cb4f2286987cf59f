"""The world of a platform whose remote is a place (test/lib/places): the same entries, other servers.

What the catalogue asks of the remote goes through Remote, which looks like a cluster of PostgreSQL but
hands everything to the place in its own SQL.
"""
import glob
import json
import os
import shutil

import clusters
import places
from faultproxy import FaultProxy

HERE = os.path.dirname(os.path.abspath(__file__))
CONTAINER = "gw_faults"


def platforms():
    return sorted(os.path.basename(path)[:-5] for path in glob.glob(os.path.join(HERE, "platforms", "*.json")))


class Session:
    """What an entry reads from the remote."""

    def __init__(self, remote):
        self.remote = remote

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def value(self, sql):
        return self.remote.run(sql)[0][0]


class Remote:
    def __init__(self, place):
        self.place = place

    def run(self, sql):
        return self.place.must(CONTAINER, "wh", sql)

    def sql(self, *statements):
        for statement in statements:
            self.run("DELETE FROM wh.log WHERE n > 0" if statement.startswith("TRUNCATE") else statement)

    def connect(self):
        return Session(self)

    def stop(self, _mode="fast"):
        self.place.end(kill=True)

    def start(self):
        self.place.begin()


class World(clusters.World):
    def __init__(self, name, work, user, local):
        with open(os.path.join(HERE, "platforms", name + ".json"), encoding="utf-8") as file:
            self.data = json.load(file)
        self.name, self.work, self.local = name, work, local
        os.makedirs(os.path.join(work, "s"), exist_ok=True)
        if os.getuid() == 0:
            shutil.chown(work, user, user)
            shutil.chown(os.path.join(work, "s"), user, user)
        self.place = places.open(self.data["place"], os.environ.get("GW_WORK", work))
        self.remote = Remote(self.place)
        self.proxy = self.hole = self.tls = None

    def open(self):
        self.place.make(CONTAINER, self.data.get("how", ""))
        self.place.schema(CONTAINER, "wh")
        for statement in self.data["tables"] + [self.data["drift"]]:
            self.remote.run(statement)
        facts = self.place.facts()
        # Everything that can be logged is, so that a secret would be.
        self.local.create(["log_min_messages = debug5", "log_statement = none", "log_min_error_statement = panic"],
                          "local all all trust\n")
        self.proxy = FaultProxy(int(facts[self.data.get("proxied_port", "port")]))
        self.hole = clusters.BlackHole()
        self.local.sql("CREATE EXTENSION warehouse_gw", "CREATE ROLE app LOGIN", "GRANT CREATE ON SCHEMA public TO app",
                       "SELECT gw.grant_usage('app', 'operator')")
        self.make_servers()
        return self

    def make_servers(self):
        facts = dict(self.place.facts(), container=CONTAINER)

        def options(**given):
            return self.data["options"].format(**dict(facts, **given))
        proxied = {"port": self.proxy.port}
        servers = {
            "wh": options(**proxied), "badpass": options(**proxied),
            "dead": options(port=clusters.free_port()), "blackhole": options(port=self.hole.port),
            "nowhere": options(host="no-such-host.invalid"), "unanswered": options(host="warehouse.unanswered.test"),
            "metadata": options(host="169.254.169.254"),
        }
        for name in ("tls", "tls_self"):
            if name in self.data:
                servers[name] = self.data[name].format(**facts)
        for name, text in self.data.get("servers", {}).items():
            servers[name] = text.format(**dict(facts, **proxied, server_port=facts["port"]))
        for name, text in servers.items():
            mapping = self.data["wrong_mapping" if name == "badpass" else "mapping"]
            mapping = self.data.get("mappings", {}).get(name, mapping).format(**facts)
            self.local.sql("CREATE SERVER %s FOREIGN DATA WRAPPER %s OPTIONS (%s)" % (name, self.data["wrapper"], text),
                           "CREATE USER MAPPING FOR app SERVER %s OPTIONS (%s)" % (name, mapping),
                           "GRANT USAGE ON FOREIGN SERVER %s TO app; CREATE SCHEMA %s; GRANT USAGE ON SCHEMA %s TO app" % (name, name, name),
                           "CREATE FOREIGN TABLE %s.item (id integer, txt text) SERVER %s OPTIONS (schema_name 'wh', table_name 'item')"
                           % (name, name))
        self.local.sql(
            "CREATE FOREIGN TABLE wh.small (id integer, txt text) SERVER wh OPTIONS (schema_name 'wh', table_name 'small')",
            "CREATE FOREIGN TABLE wh.log (n integer) SERVER wh OPTIONS (schema_name 'wh', table_name 'log')",
            "ALTER FOREIGN TABLE wh.log OWNER TO app",
            "CREATE FOREIGN TABLE wh.drift (a integer) SERVER wh OPTIONS (schema_name 'wh', table_name 'drift')",
            "CREATE FOREIGN TABLE wh.sleeps (s text) SERVER wh OPTIONS (query '%s')" % self.data["sleep"].replace("'", "''"))
        for name in servers:
            self.local.sql("GRANT SELECT ON ALL TABLES IN SCHEMA %s TO app" % name)

    def remote_sessions(self, condition="true"):
        return len(self.place.sessions()) if condition == "true" else self.place.running()

    def end_remote_sessions(self):
        self.proxy.drop()
        self.place.end_sessions()

    def inject(self, rules):
        self.place.inject(rules)

    def heal(self):
        """What was injected is over: how often each kind of it has struck."""
        return self.place.heal()

    def secrets_in_logs(self):
        with open(self.local.log, encoding="utf-8", errors="replace") as file:
            return [line.strip()[:160] for line in file if "WGWCANARY" in line]

    def catalogue(self):
        """The entries of places.json as this platform's, and why others are left out: (entries, {id: reason})."""
        with open(os.path.join(HERE, "places.json"), encoding="utf-8") as file:
            text = file.read()
        for word in ("commit", "drift", "other_protocol"):
            text = text.replace("{%s}" % word, self.data.get(word, "").replace("\\", "\\\\").replace('"', '\\"'))
        whole, left = json.loads(text), dict(self.data["skip"])
        # What the same fault leads to here, and faults that only this platform has.
        for spec in whole["faults"]:
            spec.update(self.data.get("changes", {}).get(spec["id"], {}))
            # Connections that are kept for the next pages.
            spec["leaves_socket"] = max(spec.get("leaves_socket", 0), self.data.get("leaves_socket", 0))
        whole["faults"] += [dict(spec, leaves_socket=max(spec.get("leaves_socket", 0), self.data.get("leaves_socket", 0))) for spec in self.data.get("faults", [])]
        whole["not_applicable"] = self.data.get("not_applicable", {})
        for spec in whole["faults"]:
            for key, needs in (("transactions", "transactions"), ("plain_text", "plain_text"), ("needs_restart", "restarts"), ("needs_tls", "tls")):
                if spec.get(key) and not self.data.get(needs):
                    left.setdefault(spec["id"], "this platform has no %s" % needs.replace("_", " "))
            if "savepoints" in spec and spec["savepoints"] != self.data.get("savepoints", True):
                left.setdefault(spec["id"], "this platform has %ssavepoints" % ("no " if spec["savepoints"] else ""))
        return whole, left

    def close(self):
        if os.path.exists(os.path.join(self.local.directory, "postmaster.pid")):
            self.local.stop("immediate")
        for thing in (self.proxy,):
            if thing:
                thing.stop()
        if self.hole:
            self.hole.close()
        self.place.drop(CONTAINER)
