"""What the cancel matrix needs: two clusters, a fault proxy, and servers that stop answering at
chosen points of the protocol."""
import glob
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "faults"), os.path.join(HERE, "..", "lib")]

import clusters  # noqa: E402
import places  # noqa: E402
from faultproxy import FaultProxy  # noqa: E402

SECRET = "WGWCANARY_1"


class ResolverCluster(clusters.Cluster):
    """A cluster some of whose names are never resolved; .resolver is None without a compiler."""

    def __init__(self, name, work, bindir, user):
        super().__init__(name, work, bindir, user)
        self.resolver = os.path.join(work, "slow_resolver.so")
        built = subprocess.run(["cc", "-shared", "-fPIC", "-o", self.resolver, os.path.join(HERE, "slow_resolver.c"),
                                "-ldl"], capture_output=True, check=False)
        if built.returncode != 0:
            self.resolver = None

    def start(self):
        self.command("/usr/bin/env", "LD_PRELOAD=" + (self.resolver or ""), os.path.join(self.bindir, "pg_ctl"),
                     "-D", self.directory, "-l", self.log, "-w", "-t", "60", "start")

    def postmaster(self):
        with open(os.path.join(self.directory, "postmaster.pid"), encoding="ascii") as f:
            return int(f.readline())


class SilentServer:
    """Speaks the protocol up to a point and then says nothing more.

    tls: agrees to TLS and leaves the handshake alone; authentication: asks for SCRAM and does not
    go on; bytes: says those at once."""

    def __init__(self, stop_at):
        self.stop_at = stop_at
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(32)
        self.port = self.listener.getsockname()[1]
        self.peers = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.peers.append(peer)
            threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def _talk(self, peer):
        try:
            if isinstance(self.stop_at, bytes):
                peer.sendall(self.stop_at)
            else:
                peer.recv(4096)
            if isinstance(self.stop_at, bytes):
                pass
            elif self.stop_at == "tls":
                peer.sendall(b"S")
            else:
                offer = b"SCRAM-SHA-256\0\0"
                peer.sendall(b"R" + struct.pack("!ii", 8 + len(offer), 10) + offer)
            while peer.recv(4096):
                pass
        except OSError:
            pass

    def close(self):
        for s in self.peers + [self.listener]:
            s.close()


def descriptions(only):
    """The platforms' data: {name: what its file says}."""
    out = {}
    for path in sorted(glob.glob(os.path.join(HERE, "platforms", "*.json"))):
        name = os.path.basename(path)[:-5]
        if not only or name == only:
            with open(path, encoding="utf-8") as f:
                out[name] = json.load(f)
    return out


class World:
    """Platforms that share a remote cluster; PlaceWorld is for one whose remote is a place."""

    label = ""

    def __init__(self, work, bindir, user, platforms):
        self.work = work
        os.makedirs(os.path.join(work, "s"), exist_ok=True)
        if os.getuid() == 0:
            for path in (work, os.path.join(work, "s")):
                os.chmod(path, 0o777)
        self.platforms, self.states = platforms, {}
        for platform in platforms:
            self.states.update({n: dict(spec, serves=platform["serves"]) for n, spec in platform["states"].items()})
        self.local = ResolverCluster("local", work, bindir, user)
        self.remote = clusters.Cluster("remote", work, bindir, user)
        self.writer = self.proxy = self.hole = self.tls = self.authentication = None

    def open(self):
        self.local.create([], "local all all trust\n")
        self.remote.create([], "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        self.remote.sql(
            "CREATE ROLE gw_remote LOGIN PASSWORD '%s'" % SECRET,
            "CREATE TABLE item AS SELECT g AS id, repeat('x', 200) || g AS txt FROM generate_series(1, 20000) g",
            "CREATE TABLE log (n integer)",
            "CREATE TABLE late (id integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())",
            "GRANT ALL ON item, log, late TO gw_remote")
        self.proxy = FaultProxy(self.remote.port)
        self.hole = clusters.BlackHole()
        self.tls, self.authentication = SilentServer("tls"), SilentServer("authentication")
        # A writer that stays open, and a newer row that is committed: a sync has to wait.
        self.writer = self.remote.connect()
        self.writer.must("BEGIN; INSERT INTO late VALUES (1)")
        self.remote.sql("INSERT INTO late VALUES (2)")
        self.local.sql("CREATE EXTENSION warehouse_gw")
        for platform in self.platforms:
            for name, spec in platform["servers"].items():
                self.make_server(platform, name, spec)
            self.local.sql(platform["setup"])
        return self

    def make_server(self, platform, name, spec):
        """"at" names what of ours the server points to."""
        options = ""
        if "options" in platform:
            options = " OPTIONS (%s)" % platform["options"].format(
                host=spec.get("host", "127.0.0.1"), port=getattr(self, spec["at"]).port, sslmode=spec.get("sslmode", "disable"))
        self.local.sql("CREATE SERVER %s FOREIGN DATA WRAPPER %s%s" % (name, platform["wrapper"], options))
        if "mapping" in platform:
            self.local.sql("CREATE USER MAPPING FOR postgres SERVER %s OPTIONS (%s)" % (
                name, platform["mapping"].format(secret=SECRET)))

    def proxy_of(self, _spec):
        return self.proxy

    def remote_sessions(self, condition):
        with self.remote.connect() as c:
            return [int(row[0]) for row in c.must(
                "SELECT pid FROM pg_stat_activity WHERE usename = 'gw_remote' AND %s ORDER BY backend_start DESC"
                % condition)]

    def nothing_runs(self, condition, seconds=10.0):
        """Within ten seconds no remote session of ours answers that condition; else their number."""
        deadline = time.monotonic() + seconds
        while True:
            left = len(self.remote_sessions(condition))
            if left == 0 or time.monotonic() > deadline:
                return left
            time.sleep(0.02)

    def end_what_is_left(self):
        self.remote.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'gw_remote' AND state = 'active'")

    def close(self):
        for c in (self.local, self.remote):
            if c and os.path.exists(os.path.join(c.directory, "postmaster.pid")):
                c.stop("immediate")
        if self.proxy:
            self.proxy.stop()
        for thing in (self.hole, self.tls, self.authentication):
            if thing:
                thing.close()


class PlaceWorld(World):
    """The world of one platform whose remote is a place (test/lib/places)."""

    CONTAINER = "gw_cancel"

    def __init__(self, work, bindir, user, platform):
        super().__init__(work, bindir, user, [platform])
        self.platform, self.remote = platform, None
        self.proxies = {}
        self.label = platform["wrapper"].removeprefix("gw_") + " "
        self.place = places.open(platform["place"], os.environ.get("GW_WORK", work))

    def open(self):
        platform, container = self.platform, self.CONTAINER
        self.local.create([], "local all all trust\n")
        self.place.make(container, platform.get("how", ""))
        self.place.schema(container, "wh")
        for statement in platform["tables"]:
            self.place.must(container, "wh", statement)
        self.hole = clusters.BlackHole()
        self.authentication = SilentServer(bytes.fromhex(platform.get("greeting", "")))
        self.local.sql("CREATE EXTENSION warehouse_gw")
        for name, spec in platform["servers"].items():
            self.make_server(platform, name, spec)
        self.local.sql(platform["setup"])
        return self

    def make_server(self, platform, name, spec):
        facts = dict(self.place.facts(), container=self.CONTAINER)
        facts.update({k: v for k, v in spec.items() if k != "at"})
        if spec.get("at") == "proxy":
            self.proxies[name] = FaultProxy(int(facts["port"]))
            facts["port"] = self.proxies[name].port
        elif "at" in spec:
            facts["port"] = getattr(self, spec["at"]).port
        self.local.sql("CREATE SERVER %s FOREIGN DATA WRAPPER %s OPTIONS (%s)" % (
            name, platform["wrapper"], platform["options"].format(**facts)))
        self.local.sql("CREATE USER MAPPING FOR postgres SERVER %s OPTIONS (%s)" % (name, platform["mapping"].format(**facts)))

    def proxy_of(self, spec):
        """A server's own: what strikes one state must not strike another that waits beside it."""
        return self.proxies[spec.get("proxy", "proxied")]

    def remote_sessions(self, condition):
        """As ids; what is active has none that counts."""
        return self.place.sessions() if condition == "true" else list(range(self.place.running()))

    def end_what_is_left(self):
        if self.place.running():
            self.place.end_sessions()

    def close(self):
        super().close()
        for proxy in self.proxies.values():
            proxy.stop()
        self.place.drop(self.CONTAINER)
