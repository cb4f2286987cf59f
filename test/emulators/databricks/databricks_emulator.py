"""Starts and stops Databricks' emulator for a suite; control(...) orders faults and asks what it saw."""
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
WAREHOUSE, USER, CATALOG = "a1b2c3d4e5f60718", "gw_remote@example.com", "workspace"
STATEMENTS = "/api/2.0/sql/statements"


class Lacking(Exception):
    """A part that the emulator needs cannot be had here."""


def needed():
    for folder, package in (("emulators/databricks", "duckdb"), ("emulators/databricks", "pyarrow"), ("judges/redshift", "sqlglot"),
                            ("judges/site", "sqlfluff")):
        if not os.path.isdir(os.path.join(ROOT, "build", folder, package)):
            raise Lacking("%s is not in build/%s: make deps fetches it" % (package, folder))


class Databricks:
    """cert and key are files for TLS; canary stands in every secret."""

    def __init__(self, home, cert=None, key=None, canary=""):
        needed()
        os.makedirs(home, exist_ok=True)
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        command = [sys.executable, "-B", os.path.join(HERE, "server.py"), "--work", home, "--warehouse", WAREHOUSE] + \
            (["--cert", cert, "--key", key] if cert else [])
        self.log = open(os.path.join(home, "server.log"), "w", encoding="utf-8")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            with open(self.log.name, encoding="utf-8") as log:
                raise RuntimeError("Databricks' emulator did not start: " + log.read()[-500:])
        self.facts = json.loads(line)
        self.pat, self.client, self.secret = "dapi" + canary + uuid.uuid4().hex, str(uuid.uuid4()), "dose" + canary + uuid.uuid4().hex
        self.control("token", {"token": self.pat, "user": USER, "lifetime": 86400})
        self.control("principal", {"client": self.client, "secret": self.secret, "user": USER, "lifetime": 3600})

    def control(self, what, order=None):
        request = urllib.request.Request("%s/_control/%s" % (self.facts["plain_url"], what), data=json.dumps(order or {}).encode(), method="POST")
        with self.opener.open(request, timeout=300) as reply:
            return json.load(reply)

    def fetch(self, url, method="GET", data=None, headers=None):
        """(status, headers, bytes) of one request as it is."""
        request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
        try:
            with self.opener.open(request, timeout=300) as reply:
                return reply.status, reply.headers, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def call(self, method, path, body=None, token=None, headers=None):
        """(status, headers, answer) of one request by the plain port."""
        given = {"Authorization": "Bearer " + (token or self.pat), "Content-Type": "application/json", **(headers or {})}
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        status, got, text = self.fetch(self.facts["plain_url"] + path, method, data if method == "POST" else None,
                                       {k: v for k, v in given.items() if v is not None})
        return status, got, json.loads(text) if text else None

    def post(self, sql, **body):
        """The answer to a statement, whatever it is."""
        status, _, out = self.call("POST", STATEMENTS, {"warehouse_id": WAREHOUSE, "statement": sql, "wait_timeout": "50s", **body})
        if status != 200:
            raise RuntimeError("%d %s: %s" % (status, out.get("error_code"), out.get("message")))
        return out

    def run(self, sql, **body):
        """(columns of the manifest, all rows) of a statement; RuntimeError says what it failed with."""
        out = self.post(sql, **body)
        while out["status"]["state"] in ("PENDING", "RUNNING"):
            time.sleep(0.02)
            out = self.call("GET", STATEMENTS + "/" + out["statement_id"])[2]
        if out["status"]["state"] != "SUCCEEDED":
            raise RuntimeError(out["status"].get("error", {}).get("message", out["status"]["state"]))
        rows, part = [], out["result"]
        while part:
            rows += part["data_array"]
            part = self.call("GET", part["next_chunk_internal_link"])[2] if "next_chunk_internal_link" in part else None
        return out["manifest"]["schema"].get("columns", []), rows

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.log.close()
