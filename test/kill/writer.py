"""Keeps changing the source tables of one cluster while it is being moved and killed.

Two connections take turns: one commits at once, the other late, so that rows become visible in
another order than their ids and times; some of those are prepared first, and survive a crash of
the server that way.  pause() returns when everything is committed."""
import random
import threading
import time

import pq

TABLES = "src.%s"


class Writer(threading.Thread):
    def __init__(self, cluster, streams, seed):
        super().__init__(daemon=True)
        self.cluster, self.streams = cluster, streams
        self.random = random.Random(seed)
        self.wanted, self.idle = threading.Event(), threading.Event()
        self.stopping = False
        self.quick = self.late = None
        self.commits = self.late_commits = self.prepared_commits = 0

    def resume(self):
        self.idle.clear()
        self.wanted.set()

    def pause(self):
        self.wanted.clear()
        if not self.idle.wait(300):
            raise RuntimeError("the writer does not come to rest")

    def stop(self):
        self.stopping = True
        self.wanted.set()

    def run(self):
        while not self.stopping:
            try:
                if not self.wanted.is_set():
                    self.connect()
                    self.idle.set()
                    self.wanted.wait(1)
                    continue
                self.round()
            except (pq.ConnectionLost, pq.Failed, pq.Timeout):
                self.drop()
                time.sleep(0.05)
        self.drop()

    def drop(self):
        for c in (self.quick, self.late):
            if c:
                c.close()
        self.quick = self.late = None

    def statement(self, name):
        spec, r = self.streams[name], self.random
        insert = "INSERT INTO %s (v) SELECT repeat('x', %d) FROM generate_series(1, %d)" % (
            TABLES % name, r.randint(0, 60), r.randint(1, 40))
        if "change" in spec and r.random() < 0.5:
            return spec["change"].format(table=TABLES % name, n=r.randint(0, 88))
        return insert

    def connect(self):
        if self.quick is not None:
            return
        self.quick = self.cluster.connect()
        self.late = self.cluster.connect()
        for (left,) in self.quick.must("SELECT gid FROM pg_prepared_xacts"):
            self.quick.must("COMMIT PREPARED '%s'" % left, 200)

    def round(self):
        self.connect()
        r = self.random
        names = list(self.streams)
        # Two writers that change the same rows would wait for each other for ever: both are this thread.
        late = r.sample(names, r.randint(1, 2))
        self.late.must("BEGIN; " + "; ".join(self.statement(n) for n in late), 200)
        for _ in range(r.randint(1, 4)):
            for name in r.sample([n for n in names if n not in late], 1):
                self.quick.must(self.statement(name), 200)
                self.commits += 1
            self.quick.must("INSERT INTO %s (v) VALUES ('early')" % (TABLES % late[0]), 200)
            time.sleep(r.random() * 0.05)
        if r.random() < 0.3:
            self.late.must("PREPARE TRANSACTION 'late'", 200)
            time.sleep(r.random() * 0.05)
            self.late.must("COMMIT PREPARED 'late'", 200)
            self.prepared_commits += 1
        else:
            self.late.must("COMMIT", 200)
        self.late_commits += 1
