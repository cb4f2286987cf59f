"""What this suite plants, and the search for it.

Every secret that we choose holds WGWCANARY; what a service issues or a platform signs by itself (tokens, keys,
JWTs) is added by its place's facts, or known by how it begins.
"""
import base64
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import pq  # noqa: E402

LOCAL = {"host": os.environ["CANARY_SOCKETS"], "port": os.environ["CANARY_LOCAL_PORT"]}
LOCAL_DIR = os.environ["CANARY_LOCAL_DIR"]
FOLDER = os.path.join(os.environ["TMPDIR"], "canary")
# What is in the local server's environment is in nobody else's.
SECRETS = {
    "literal": "WGWCANARY_1", "wrong": "WGWCANARY_2", "file": "WGWCANARY_3", "env": os.environ.pop("WGW_CANARY", ""),
    "quotes": "WGWCANARY_5'\"\\ %&=@:/?#;{}", "key": "WGWCANARY_6", "mistyped": "WGWCANARY_7", "nested": "WGWCANARY_8",
    "misplaced": "WGWCANARY_9", "logged": "WGWCANARY_10", "configured": "WGWCANARY_11",
}
# As written, as base64, as hexadecimal digits; and a JWT's first word, {"alg": or {"typ": as base64.
SIGNS = [b"WGWCANARY", base64.b64encode(b"WGWCANARY")[:12], b"WGWCANARY".hex().encode(), b"WGWCANARY".hex().upper().encode(),
         b"eyJhbGciOi", b"eyJ0eXAiOi"]
QUIET = ("SET log_statement = none; SET log_min_duration_statement = -1; SET log_min_error_statement = panic;"
         "SET client_min_messages = error; ")


class Canary:
    def __init__(self):
        self.failed = self.texts = 0
        self.seen = []  # (where, text): whatever a user or a sampler saw
        self.signs = list(SIGNS)

    def check(self, name, problem=None):
        if problem:
            self.failed += 1
            print("not ok %s: %s" % (name, re.sub("WGWCANARY", "CANARY", str(problem)).encode("unicode_escape").decode()[:400]))
        else:
            print("ok " + name)

    def state(self, name, result, wanted, says=None):
        """The error a statement ended with, None: none, and a pattern that its texts match."""
        error = result.error or {}
        problem = None if error.get("sqlstate") == wanted else "got %s %s" % (error.get("sqlstate"), error.get("message"))
        if not problem and says and not re.search(says, (error.get("hint") or "") + error.get("message")):
            problem = "says %s; %s" % (error.get("message"), error.get("hint"))
        self.check(name, problem)

    def note(self, where, session, result):
        for item in [result.error] + session.notices:
            if item:
                self.seen.append((where, "\n".join(v for v in item.values() if v)))
        self.seen.append((where, "\n".join(str(row) for row in result.rows)))
        del session.notices[:]

    def shown(self, name):
        """What was noted since the last time holds no secret."""
        if self.seen:
            self.search("client: errors, notices and rows of all that was done with the " + name, self.seen)
        self.texts += len(self.seen)
        self.seen = []

    def plant(self, secret):
        """A secret of others: a key is searched for line by line."""
        for line in secret.replace("\\n", "\n").split("\n"):
            line = line.strip()
            if len(line) >= 16 and not line.startswith("-----"):
                self.signs += [line.encode(), base64.b64encode(line.encode())[:len(line) // 3 * 4]]

    def search(self, name, pieces):
        """pieces: (where, text or bytes)."""
        hits, n = [], 0
        for where, text in pieces:
            raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
            n += 1
            for sign in self.signs:
                at = raw.find(sign)
                if at >= 0:
                    hits.append("%s: ...%r" % (where, raw[max(0, at - 60):at + 30]))
        self.check(name, "; ".join(hits[:4]) if hits else None if n else "nothing was searched")


def connect(user="postgres", cluster=None):
    return pq.Connection(pq.conninfo(dbname="postgres", **dict({"user": user}, **(cluster or LOCAL))))
