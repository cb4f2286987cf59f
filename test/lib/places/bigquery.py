"""BigQuery's emulator (test/emulators/bigquery).  A container is nothing: datasets are the first project's."""
import collections
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request

from . import Missing, Place, front

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "emulators", "bigquery"))
import bigquery_emulator as emulator  # noqa: E402

CANARY = "WGWCANARY"


def start(home):
    return Project(home) if os.environ.get("GW_LIVE") == "bigquery" else BigQuery(home)


class BigQuery(Place):
    def __init__(self, home):
        self.home = home
        self.location, self.made, self.front = "EU", [], None
        try:
            self.server = emulator.BigQuery(self.home, canary=CANARY)
        except emulator.Lacking as lacking:
            raise Missing(str(lacking)) from None
        self.project = self.server.projects[0]
        self.never_ends()

    def never_ends(self):
        """There is no function that sleeps: a statement that says so runs until it is cancelled."""
        self.server.control("fault", {"kind": "neverEnds", "query": "this query never ends", "times": -1})

    def facts(self):
        with open(self.server.keyfile, encoding="ascii") as file:
            key = json.dumps(json.load(file))
        return {"host": "127.0.0.1", "port": str(self.server.port), "plain_port": str(self.server.plain), "front_port": str(self.front.port if self.front else self.server.plain), "url": self.server.url, "plain_url": self.server.plain_url,
                "user": self.server.account, "password": self.server.token, "token": self.server.token, "ca": self.server.ca,
                "keyfile": self.server.keyfile, "keyfile_json": key, "project": self.project, "location": self.location}

    # The variant's text is the location its datasets are in, and maybe how many bytes a page has.
    def make(self, container, how=""):
        self.drop(container)
        location, _, size = how.partition(" ")
        self.location = location or "EU"
        self.server.control("set", {"pageBytes": int(size or 10485760)})

    def drop(self, container):
        for name in self.made:
            self.server.call("DELETE", "projects/%s/datasets/%s?deleteContents=true" % (self.project, name), expect=None)
        self.made = []

    def schema(self, container, name):
        self.server.call("DELETE", "projects/%s/datasets/%s?deleteContents=true" % (self.project, name), expect=None)
        self.server.call("POST", "projects/%s/datasets" % self.project, {
            "datasetReference": {"projectId": self.project, "datasetId": name}, "location": self.location})
        if name not in self.made:
            self.made.append(name)

    def must(self, container, schema, sql):
        body = {"query": sql, "useLegacySql": False, "timeoutMs": 100000, "location": self.location,
                "formatOptions": {"useInt64Timestamp": True}}
        if schema:
            body["defaultDataset"] = {"projectId": self.project, "datasetId": schema}
        answer = self.server.call("POST", "projects/%s/queries" % self.project, body)
        return [[cell["v"] if cell["v"] is None or isinstance(cell["v"], str) else json.dumps(cell["v"]) for cell in row["f"]]
                for row in answer.get("rows", [])]

    def fill(self, container, schema, table, columns, rows):
        """By a load job, whose JSON says each value as a text."""
        if not rows:
            return
        path = "projects/%s/datasets/%s/tables/%s" % (self.project, schema, table)
        fields = {f["name"]: f for f in self.server.call("GET", path)["schema"]["fields"]}
        lines = [json.dumps({name: cell(v, kind, fields[name]) for v, (name, kind) in zip(row, columns) if v is not None}) for row in rows]
        job = self.server.load(self.project, schema, table, "\n".join(lines), "NEWLINE_DELIMITED_JSON")
        if job["status"].get("errorResult"):
            raise RuntimeError("%s: %s" % (table, job["status"]["errorResult"]["message"]))

    def sessions(self):
        return self.server.control("running")

    def running(self):
        return len(self.server.control("running"))

    def end_sessions(self):
        for job in self.server.control("running"):
            self.server.call("POST", "projects/%s/jobs/%s/cancel?location=%s" % (self.project, job, self.location), {}, expect=None)

    def inject(self, rules):
        self.server.control("clear")
        self.never_ends()
        self.server.control("fault", rules)

    def heal(self):
        struck = collections.Counter(fault["kind"] for fault in self.server.control("faults"))
        self.server.control("clear")
        self.never_ends()
        # A fault that ends all tokens has ended ours.
        self.server.facts["token"] = self.server.control("token", {"lifetime": 365 * 86400})["token"]
        return struck

    def present(self, certificate, key, authority):
        """Before its port without TLS; without a certificate that one itself is "front_port"."""
        if self.front:
            self.front.stop()
        self.front = front.Front(self.server.plain, certificate, key) if certificate else None

    def watched(self):
        """What it was asked: methods, addresses, bodies."""
        yield "requests", json.dumps(self.server.control("log")).encode()

    def begin(self):
        """Brings a stopped service back; what it kept is lost."""
        if self.server.process.poll() is not None:
            self.server = emulator.BigQuery(self.home, canary=CANARY)
            self.never_ends()

    def end(self, kill=False):
        if kill:
            self.server.process.kill()
        self.server.stop()

    def stop(self):
        self.server.stop()


class Service(emulator.BigQuery):
    """The requests of a suite to the service itself, as the account of a key."""

    def __init__(self, key, root):  # pylint: disable=super-init-not-called
        self.key, self.facts, self.minted = key, {"plain_url": root}, 0
        self.last = None

    @property
    def token(self):
        """A token that lasts ten minutes more at least."""
        if time.time() - self.minted > 3000:
            now = int(time.time())
            claims = {"iss": self.key["client_email"], "scope": "https://www.googleapis.com/auth/bigquery", "aud": self.key["token_uri"], "iat": now, "exp": now + 3600}
            head = ".".join(web64(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT", "kid": self.key["private_key_id"]}, claims))
            read, write = os.pipe()
            with os.fdopen(write, "w", encoding="ascii") as pipe:
                pipe.write(self.key["private_key"])
            signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", "/dev/fd/%d" % read], input=head.encode(), pass_fds=[read], check=True, capture_output=True)
            os.close(read)
            body = urllib.parse.urlencode({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": head + "." + web64(signed.stdout)})
            with urllib.request.urlopen(self.key["token_uri"], body.encode(), timeout=60) as reply:
                self.last, self.minted = json.load(reply)["access_token"], now
        return self.last

    def control(self, what, body=None):
        return {}

    def stop(self):
        pass


class Project(BigQuery):
    """A real project, for "make live": whose, and with which key, stands in the environment (docs/testing.md).  Datasets
    are made and dropped again; one that was there before is never touched."""

    ROOT = "https://bigquery.googleapis.com"

    def __init__(self, home):  # pylint: disable=super-init-not-called
        lacking = [name for name in ("BIGQUERY_PROJECT", "BIGQUERY_KEYFILE") if not os.environ.get(name)]
        if lacking:
            raise Missing("no real project: %s not set" % ", ".join(lacking))
        with open(os.environ["BIGQUERY_KEYFILE"], encoding="utf-8") as file:
            key = json.load(file)
        self.home, self.location, self.made, self.front = home, "EU", [], None
        self.project, self.server = os.environ["BIGQUERY_PROJECT"], Service(key, self.ROOT)

    def facts(self):
        return {"host": "bigquery.googleapis.com", "port": "443", "url": self.ROOT, "user": self.server.key["client_email"], "keyfile": os.environ["BIGQUERY_KEYFILE"],
                "keyfile_json": json.dumps(self.server.key), "token": self.server.token, "project": self.project, "location": self.location, "ca": "/etc/ssl/certs/ca-certificates.crt"}

    def schema(self, container, name):
        answer = self.server.call("GET", "projects/%s/datasets/%s" % (self.project, name), expect=None)
        if "error" not in answer and name not in self.made:
            raise RuntimeError("the project has a dataset %s already, which is not ours to replace" % name)
        BigQuery.schema(self, container, name)

    def stop(self):
        self.drop("")


def web64(data):
    return emulator.base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def cell(text, kind, field):
    """What PostgreSQL writes for that type, as a load job takes it for that column."""
    if kind.endswith("[]"):
        inner = kind[:-2]
        return [cell(item, inner, dict(field, mode="NULLABLE")) for item in elements(text)]
    if field["type"] == "BOOLEAN":
        return text in ("t", "true")
    if field["type"] == "BYTES":
        return emulator.base64_of(bytes.fromhex(text[2:]))
    if field["type"] == "INTERVAL":
        return interval(text)
    if field["type"] == "JSON":
        return json.loads(text)
    return text


def elements(text):
    """The elements of a one-dimensional array of plain values."""
    return [m.group(2) if m.group(1) is None else re.sub(r"\\(.)", r"\1", m.group(1))
            for m in re.finditer(r'"((?:[^"\\]|\\.)*)"|([^,{}]+)', text)]


def interval(text):
    """IntervalStyle postgres as year-month day hours:minutes:seconds."""
    months = days = 0
    for number, unit in re.findall(r"(-?\d+) (year|mon|day)s?", text):
        if unit == "day":
            days += int(number)
        else:
            months += int(number) * (12 if unit == "year" else 1)
    clock = re.search(r"(-?\d+:\d\d:\d\d(?:\.\d+)?)$", text)
    sign = "-" if months < 0 else ""
    return "%s%d-%d %d %s" % (sign, abs(months) // 12, abs(months) % 12, days, clock.group(1) if clock else "0:0:0")
