"""Starts and stops Snowflake's emulator for a suite; control(...) orders faults and asks what it saw."""
import gzip
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
ACCOUNT, USER, ROLE, WAREHOUSE, DATABASE = "gw-emulated", "GW_REMOTE", "GW_ROLE", "COMPUTE_WH", "GW"


class Lacking(Exception):
    """A part that the emulator needs cannot be had here."""


def needed():
    for folder, package in (("emulators/snowflake", "duckdb"), ("judges/redshift", "sqlglot"), ("judges/site", "sqlfluff")):
        if not os.path.isdir(os.path.join(ROOT, "build", folder, package)):
            raise Lacking("%s is not in build/%s: make deps fetches it" % (package, folder))


def openssl(home, *words):
    subprocess.run(["openssl", *words], cwd=home, check=True, capture_output=True)


class Snowflake:
    """cert and key are files for TLS; canary stands in every secret."""

    def __init__(self, home, cert=None, key=None, canary="", synchronous=45.0):
        needed()
        os.makedirs(home, exist_ok=True)
        self.home, self.opener = home, urllib.request.build_opener(urllib.request.ProxyHandler({}))
        command = [sys.executable, "-B", os.path.join(HERE, "server.py"), "--work", home, "--account", ACCOUNT, "--database", DATABASE,
                   "--synchronous", str(synchronous)] + (["--cert", cert, "--key", key] if cert else [])
        self.log = open(os.path.join(home, "server.log"), "w", encoding="utf-8")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            with open(self.log.name, encoding="utf-8") as log:
                raise RuntimeError("Snowflake's emulator did not start: " + log.read()[-500:])
        self.facts = json.loads(line)
        self.keyfile, self.public = os.path.join(home, "key.p8"), os.path.join(home, "key.pub")
        openssl(home, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "key.p8")
        openssl(home, "pkey", "-in", "key.p8", "-pubout", "-out", "key.pub")
        with open(self.public, encoding="ascii") as file:
            self.control("user", {"name": USER, "public": file.read(), "roles": [ROLE, "PUBLIC"], "defaults": {
                "role": ROLE, "warehouse": WAREHOUSE, "database": DATABASE, "schema": "PUBLIC"}})
        self.pat, self.oauth = canary + "_pat_" + uuid.uuid4().hex, canary + "_oauth_" + uuid.uuid4().hex
        self.control("token", {"kind": "PROGRAMMATIC_ACCESS_TOKEN", "token": self.pat, "user": USER, "lifetime": 86400})
        self.control("token", {"kind": "OAUTH", "token": self.oauth, "user": USER, "lifetime": 86400})

    def control(self, what, body=None):
        request = urllib.request.Request("%s/_control/%s" % (self.facts["plain_url"], what), data=json.dumps(body or {}).encode(), method="POST")
        with self.opener.open(request, timeout=300) as reply:
            return json.load(reply)

    def call(self, method, path, body=None, token=None, headers=None):
        """(status, headers, answer) of one request by the plain port; gzip is undone."""
        given = {"Authorization": "Bearer " + (token or self.pat), "Content-Type": "application/json", "Accept": "application/json",
                 "User-Agent": "gw-test/1.0", **(headers or {})}
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        request = urllib.request.Request(self.facts["plain_url"] + path, data=data if method == "POST" else None, method=method,
                                         headers={k: v for k, v in given.items() if v is not None})
        try:
            with self.opener.open(request, timeout=300) as reply:
                status, got, text = reply.status, reply.headers, reply.read()
        except urllib.error.HTTPError as error:
            status, got, text = error.code, error.headers, error.read()
        if got.get("Content-Encoding") == "gzip":
            text = gzip.decompress(text)
        return status, got, json.loads(text) if text else None

    def run(self, sql, **body):
        """The ResultSet of a statement with all its rows; RuntimeError says what it failed with."""
        status, _, out = self.call("POST", "/api/v2/statements", {"statement": sql, **body})
        while status == 202:
            time.sleep(0.02)
            status, _, out = self.call("GET", "/api/v2/statements/" + out["statementHandle"])
        if status != 200:
            raise RuntimeError("%s (%s): %s" % (out.get("code"), out.get("sqlState"), out.get("message")))
        for part in range(1, len(out["resultSetMetaData"].get("partitionInfo", ()))):
            out["data"] += self.call("GET", "/api/v2/statements/%s?partition=%d" % (out["statementHandle"], part))[2]["data"]
        return out

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
