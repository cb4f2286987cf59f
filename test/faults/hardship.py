"""Hard times for the local server and its backends: a clock that jumps, a full disk, a name server that
fails, no descriptors, no memory.

The first three hold for the whole server, which is restarted under them; limits are set on one living
backend and lifted again.
"""
import glob
import os
import shutil
import subprocess
import sys

from clusters import ENVIRONMENT, HERE, Cluster

RESOLVER = os.path.join(HERE, "..", "cancel", "slow_resolver.c")
DISK_SIZE = "1m"


class HardCluster(Cluster):
    """A cluster that can be put under one hardship at a time."""

    def __init__(self, name, work, bindir, user):
        super().__init__(name, work, bindir, user)
        self.work, self.under = work, None
        self.clock_file = os.path.join(work, "clock")
        self.disk = os.path.join(work, "disk")
        self.resolver = os.path.join(work, "resolver.so")
        self.owner = shutil.chown if os.getuid() == 0 else lambda *_: None

    def missing(self, hardship):
        """Why the cluster cannot be put under that one; None when it can."""
        if hardship == "clock":
            return None if self.faketime() else "libfaketime is missing (the package libfaketime)"
        if hardship == "resolver":
            built = subprocess.run(["cc", "-shared", "-fPIC", "-o", self.resolver, RESOLVER, "-ldl"], capture_output=True,
                                   check=False)
            return "no C compiler" if built.returncode else None
        os.makedirs(self.disk, exist_ok=True)
        self.owner(self.disk, self.user, self.user)
        tried = subprocess.run(self.on_disk(["true"]), capture_output=True, text=True, check=False)
        return "no mount namespace can be had: %s" % tried.stderr.strip() if tried.returncode else None

    @staticmethod
    def faketime():
        found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
        return found[0] if found else None

    def on_disk(self, words):
        more = [] if os.getuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
        return ["unshare", "--mount"] + more + [sys.executable, os.path.join(HERE, "tiny_disk.py"), self.disk, DISK_SIZE] + words

    def put_under(self, hardship):
        if hardship == self.under:
            return
        self.stop()
        self.under = hardship
        self.start()

    def set_clock(self, seconds):
        """Jump so far from the right time; the monotonic clock does not."""
        with open(self.clock_file + ".new", "w", encoding="ascii") as f:
            f.write("%+d\n" % seconds)
        os.chmod(self.clock_file + ".new", 0o644)
        os.replace(self.clock_file + ".new", self.clock_file)

    def start(self):
        words = [os.path.join(self.bindir, "pg_ctl"), "-D", self.directory, "-l", self.log, "-w", "-t", "60", "start"]
        environment = []
        if self.under == "clock":
            self.set_clock(0)
            environment = ["LD_PRELOAD=" + self.faketime(), "FAKETIME_TIMESTAMP_FILE=" + self.clock_file,
                           "FAKETIME_NO_CACHE=1", "DONT_FAKE_MONOTONIC=1"]
        elif self.under == "resolver":
            environment = ["LD_PRELOAD=" + self.resolver]
        words = ["/usr/bin/env"] + environment + words
        if self.under == "disk":
            subprocess.run(self.on_disk(self.as_user(words)), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                           cwd="/", env=ENVIRONMENT)
        else:
            self.command(*words)


class Limits:
    """Limits on a living backend, set as its owner may set them; lift() takes them away."""

    def __init__(self, cluster, pid, spec):
        self.cluster, self.pid, self.before = cluster, pid, []
        if "descriptors" in spec:
            used = {int(name) for name in os.listdir("/proc/%d/fd" % pid)}
            free = [n for n in range(max(used) + 64) if n not in used]
            self.limit("nofile", "Max open files", free[spec["descriptors"]])
        if "memory_kb" in spec:
            with open("/proc/%d/statm" % pid, encoding="ascii") as f:
                pages = int(f.read().split()[0])
            self.limit("as", "Max address space", pages * os.sysconf("SC_PAGE_SIZE") + spec["memory_kb"] * 1024)

    def limit(self, what, title, value):
        with open("/proc/%d/limits" % self.pid, encoding="ascii") as f:
            soft = [line[len(title):].split()[0] for line in f if line.startswith(title)][0]
        self.before.append((what, soft))
        self.set(what, str(value))

    def set(self, what, soft):
        words = ["prlimit", "--pid", str(self.pid), "--%s=%s:" % (what, soft)]
        if os.path.exists("/proc/%d" % self.pid):
            subprocess.run(self.cluster.as_user(words), check=True, capture_output=True)

    def lift(self):
        for what, soft in self.before:
            self.set(what, soft)
        self.before = []
