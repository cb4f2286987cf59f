"""What the trust topics share: the hub database, one remote side per platform, roles, counting.

A platform joins by platforms/NAME.conf: which wrapper, the options of a server and of a mapping
({port}, {database}, {user}, {password} are filled in), whether a second database plays the remote
(catalogs = no: but it has other catalogs), and sample values of options whose kind does not tell a good one.
"""
import configparser
import glob
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import pq  # noqa: E402
from pq import literal  # noqa: E402,F401

HUB = "trust_hub"
PASSWORD = "WGWCANARY_trust"
# admin: USAGE on the wrappers; operator, reader: gw.grant_usage; other: another operator.
ROLES = ("trust_admin", "trust_operator", "trust_reader", "trust_none", "trust_other")


def ident(name):
    return '"' + name.replace('"', '""') + '"'


class Lab:
    def __init__(self, only=None):
        self.passed = self.failed = 0
        self.platforms = [Platform(path) for path in
                          sorted(glob.glob(os.path.join(HERE, "platforms", "*.conf")))
                          if not only or os.path.basename(path) == only + ".conf"]

    def on_postgres(self, topic):
        """The platforms whose catalogs the stand-in for their remote has; counts a skip for the others."""
        for platform in self.platforms:
            if not platform.whole:
                print("skip %s %s: needs the remote's own catalogs" % (topic, platform.name))
        return [p for p in self.platforms if p.whole]

    def check(self, name, problem):
        """problem: None or '' when all is well, else what is wrong."""
        name = name.encode("unicode_escape").decode()
        if problem:
            self.failed += 1
            print("not ok %s: %s" % (name, str(problem).encode("unicode_escape").decode()[:600]))
        else:
            self.passed += 1
            print("ok " + name)

    def equal(self, name, got, wanted):
        self.check(name, None if got == wanted else "got %r, wanted %r" % (got, wanted))

    def state(self, name, result, wanted, message=None):
        """A result must have failed with that SQLSTATE (None: worked)."""
        got = result.error["sqlstate"] if result.error else None
        problem = None
        if got != wanted:
            problem = "got %s (%s), wanted %s" % (
                got, result.error["message"] if result.error else result.tag, wanted)
        elif message and message not in result.error["message"]:
            problem = "says %r" % result.error["message"]
        self.check(name, problem)

    def connect(self, user="postgres", database=HUB):
        return pq.Connection(pq.conninfo(dbname=database, user=user))

    def set_up(self):
        with self.connect(database="postgres") as root:
            self.drop(root)
            root.must("CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'" % HUB)
            for role in ROLES:
                root.must("CREATE ROLE %s LOGIN PASSWORD '%s'" % (role, PASSWORD))
            for platform in self.platforms:
                if platform.remote != HUB:
                    root.must("CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
                              % platform.remote)
        with self.connect() as hub:
            hub.must("SET client_min_messages = warning; CREATE EXTENSION warehouse_gw;"
                     "SELECT gw.grant_usage('trust_operator', 'operator');"
                     "SELECT gw.grant_usage('trust_other', 'operator');"
                     "SELECT gw.grant_usage('trust_reader', 'reader');"
                     "GRANT USAGE ON SCHEMA gw TO trust_admin")
            hub.must("GRANT CREATE ON DATABASE %s TO %s; GRANT CREATE ON SCHEMA public TO %s"
                     % (HUB, ", ".join(ROLES), ", ".join(ROLES)))
            for platform in self.platforms:
                hub.must("GRANT USAGE ON FOREIGN DATA WRAPPER %s TO trust_admin" % platform.wrapper)
                platform.set_up(hub)
        for platform in self.platforms:
            if platform.remote != HUB:
                with self.connect(database=platform.remote) as remote:
                    remote.must("GRANT CREATE ON DATABASE %s TO PUBLIC; GRANT CREATE ON SCHEMA public "
                                "TO PUBLIC" % platform.remote)

    def drop(self, root):
        for database in [HUB] + [p.remote for p in self.platforms]:
            root.must("DROP DATABASE IF EXISTS %s WITH (FORCE)" % database)
        for role in ROLES:
            root.must("DROP ROLE IF EXISTS %s" % role)

    def tear_down(self):
        with self.connect(database="postgres") as root:
            self.drop(root)


class Platform:
    def __init__(self, path):
        self.name = os.path.basename(path)[:-5]
        conf = configparser.ConfigParser(interpolation=None)
        conf.read(path)
        self.conf = conf["platform"]
        self.hostile = conf["hostile"] if conf.has_section("hostile") else None
        self.values = dict(conf["values"]) if conf.has_section("values") else {}
        self.wrapper = self.conf["wrapper"]
        self.remote = self.conf.get("remote") or HUB
        self.server = "trust_" + self.name
        self.whole = self.conf.getboolean("catalogs", fallback=True)
        # An option of mappings that anybody may set.
        self.plain = self.conf.get("plain", "user")
        self.has_identity = self.conf.getboolean("identity")
        # Does every mapping have to say who connects?
        self.names_user = self.conf.getboolean("names_user", fallback=self.has_identity)

    def options(self, key, **more):
        text = self.conf.get(key, "").format(port=os.environ["PGPORT"], socket=os.environ["PGHOST"],
                                             database=self.remote, **more)
        return "OPTIONS (%s)" % text if text else ""

    def mapping(self, role, user=None, password=PASSWORD, server=None):
        return "CREATE USER MAPPING FOR %s SERVER %s %s" % (
            role, server or self.server,
            self.options("mapping", user=literal(user or role), password=literal(password)))

    def set_up(self, hub):
        """The usual server, and mappings of operator, other and superuser."""
        hub.must("SET client_min_messages = warning; CREATE SERVER %s FOREIGN DATA WRAPPER %s %s"
                 % (self.server, self.wrapper, self.options("server")))
        hub.must("GRANT USAGE ON FOREIGN SERVER %s TO trust_operator, trust_other" % self.server)
        for role in ("trust_operator", "trust_other"):
            hub.must(self.mapping(role))
        hub.must(self.mapping("postgres", user="trust_admin"))
