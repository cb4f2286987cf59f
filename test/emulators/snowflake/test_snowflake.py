"""Is the emulator as documented?  Plain requests, and tokens signed by PyJWT.

Statements with what they answer are documented.case; the shapes of answers, who is let in, handles, partitions, bind
variables, several statements and faults are here.  Prints "ok", "not ok" and "skip" lines for test/run.
"""
import base64
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "..", "build", "emulators", "snowflake")]

import snowflake_emulator as emulator  # noqa: E402

POST, UTC = "/api/v2/statements", {"TIMEZONE": "UTC"}


def report(name, problem=None):
    print("not ok %s: %s" % (name, problem) if problem else "ok " + name, flush=True)


def equal(name, got, wanted):
    report(name, None if got == wanted else "%r, not %r" % (got, wanted))


def cases():
    page = ""
    with open(os.path.join(HERE, "documented.case"), encoding="utf-8") as file:
        for line in file.read().split("\n"):
            if line.startswith("page "):
                page = line[5:]
            elif line and not line.startswith("#"):
                sql, mark, wanted = line.rpartition(" => ") if " => " in line else line.rpartition(" !! ")
                yield page.split(" ")[0], sql, mark.strip(), wanted


def documented(server):
    for i, (page, sql, mark, wanted) in enumerate(cases()):
        name = "%s %d: %s" % (page, i, sql[:60])
        try:
            out = server.run(sql, parameters=UTC)
            kinds = [c["type"] for c in out["resultSetMetaData"]["rowType"]]
            got = " ".join("%s|%s" % (k, "NULL" if v is None else re.sub(r"\s", "_", v)) for k, v in zip(kinds, (out["data"] or [[]])[0]))
        except RuntimeError as error:
            got = str(error).split(" ", maxsplit=1)[0]
            if mark == "=>":
                got = str(error)
        equal(name, got, wanted)


# ---- who is let in ----

def token(server, key=None, **more):
    """A token of PyJWT's, as the documentation's example makes it."""
    import jwt
    from cryptography.hazmat.primitives import serialization
    with open(key or server.keyfile, "rb") as file:
        private = serialization.load_pem_private_key(file.read(), None)
    der = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    printed = "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode()
    who = "%s.%s" % (emulator.ACCOUNT.upper(), emulator.USER)
    now = int(time.time())
    claims = {"iss": "%s.%s" % (who, more.pop("printed", printed)), "sub": who, "iat": now, "exp": now + 3540, **more}
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, private, algorithm="RS256")


def asked(server, given, kind=None, **headers):
    status, _, out = server.call("POST", POST, {"statement": "SELECT 1"}, token=given,
                                 headers={"X-Snowflake-Authorization-Token-Type": kind, **headers})
    return status, out["code"]


def admission(server, work):
    now, who = int(time.time()), emulator.ACCOUNT.upper() + "." + emulator.USER
    emulator.openssl(work, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "other.p8")
    other = os.path.join(work, "other.p8")
    fine, bad = (200, "090001"), (401, "390144")
    kind = "KEYPAIR_JWT"
    right = token(server)
    with open(server.public, "rb") as file:
        pem = file.read()
    der = base64.b64decode(b"".join(pem.split(b"\n")[1:-2]))
    printed = "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode()
    for name, given, given_kind, wanted in (
            ("a token of PyJWT", right, kind, fine), ("the kind is guessed", right, None, fine),
            ("milliseconds", token(server, iat=now * 1000, exp=(now + 600) * 1000), kind, fine),
            ("more than an hour is cut, not refused", token(server, exp=now + 86400), kind, fine),
            ("an hour after iat it is over", token(server, iat=now - 3700, exp=now + 600), kind, (401, "390198")),
            ("expired", token(server, iat=now - 100, exp=now - 10), kind, (401, "390198")),
            ("from the future", token(server, iat=now + 600, exp=now + 1200), kind, bad),
            ("no exp", token(server, exp=None), kind, bad), ("another key", token(server, other), kind, bad),
            ("another key with the right fingerprint", token(server, other, printed=printed), kind, bad),
            ("small letters", token(server, sub=who.lower()), kind, bad),
            ("an issuer without fingerprint", token(server, iss=who), kind, bad),
            ("another account", token(server, sub="OTHER." + emulator.USER), kind, bad),
            ("an unknown user", token(server, sub=emulator.ACCOUNT.upper() + ".NOBODY"), kind, bad),
            ("a changed signature", right[:-8] + ("A" if right[-8] != "A" else "B") + right[-7:], kind, bad),
            ("no token at all", "x", kind, bad), ("a token of another kind", right, "OAUTH", (401, "390303")),
            ("a programmatic access token", server.pat, "PROGRAMMATIC_ACCESS_TOKEN", fine), ("one that is guessed", server.pat, None, fine),
            ("a wrong one", "nothing", "PROGRAMMATIC_ACCESS_TOKEN", (401, "394400")), ("OAuth", server.oauth, "OAUTH", fine),
            ("a wrong OAuth token", "nothing", "OAUTH", (401, "390303")), ("an unknown kind", right, "PASSWORD", (400, "390142"))):
        equal("admission: " + name, asked(server, given, given_kind), wanted)
    server.control("token", {"kind": "OAUTH", "token": "short", "user": emulator.USER, "lifetime": -1})
    equal("admission: OAuth expired", asked(server, "short", "OAUTH"), (401, "390318"))
    server.control("token", {"kind": "PROGRAMMATIC_ACCESS_TOKEN", "token": "fixed", "user": emulator.USER, "lifetime": 60, "role": "PUBLIC"})
    status, _, out = server.call("POST", POST, {"statement": "SELECT CURRENT_ROLE()"}, token="fixed")
    equal("admission: a token's only role", (status, out["data"]), (200, [["PUBLIC"]]))
    status, _, out = server.call("POST", POST, {"statement": "SELECT 1", "role": emulator.ROLE}, token="fixed")
    equal("admission: no other role", (status, out["code"]), (401, "390186"))
    server.control("refresh", {"client": "c", "secret": "s", "token": "r", "user": emulator.USER, "lifetime": 600})
    for name, basic, form, wanted in (("refresh token", "c:s", "grant_type=refresh_token&refresh_token=r", 200),
                                      ("a wrong client", "c:x", "grant_type=refresh_token&refresh_token=r", 401),
                                      ("a wrong refresh token", "c:s", "grant_type=refresh_token&refresh_token=x", 400)):
        status, _, out = server.call("POST", "/oauth/token-request", form.encode(), headers={
            "Authorization": "Basic " + base64.b64encode(basic.encode()).decode(), "Content-Type": "application/x-www-form-urlencoded"})
        equal("admission: " + name, status, wanted)
        if wanted == 200:
            equal("admission: the token it gave", asked(server, out["access_token"], "OAUTH"), fine)
    for name, headers, wanted in (("no User-Agent", {"User-Agent": ""}, 400), ("a wrong Content-Type", {"Content-Type": "text/plain"}, 415),
                                  ("a wrong Accept", {"Accept": "text/html"}, 406), ("no Authorization", {"Authorization": ""}, 401)):
        equal("requests: " + name, server.call("POST", POST, {"statement": "SELECT 1"}, headers=headers)[0], wanted)


# ---- shapes ----

def shapes(server):
    request = str(uuid.uuid4())
    status, headers, out = server.call("POST", POST + "?requestId=" + request, {"statement": "SELECT 1 AS a, NULL AS b"})
    equal("shape: ResultSet", (status, sorted(out)), (200, sorted((
        "resultSetMetaData", "data", "code", "statementStatusUrl", "requestId", "sqlState", "statementHandle", "message", "createdOn"))))
    equal("shape: its words", (out["code"], out["sqlState"], out["message"], out["requestId"]),
          ("090001", "00000", "Statement executed successfully.", request))
    meta = out["resultSetMetaData"]
    equal("shape: metadata", (meta["numRows"], meta["format"], len(meta["partitionInfo"])), (1, "jsonv2", 1))
    equal("shape: rowType", sorted(meta["rowType"][0]), sorted((
        "name", "database", "schema", "table", "nullable", "type", "length", "byteLength", "precision", "scale", "collation")))
    report("shape: Link", None if 'rel="first"' in headers["Link"] and 'rel="last"' in headers["Link"] else headers["Link"])
    again = server.call("GET", POST + "/" + out["statementHandle"])[2]
    equal("shape: GET is the same", (again["data"], again["statementHandle"]), (out["data"], out["statementHandle"]))
    equal("shape: nullable=false", server.call("POST", POST + "?nullable=false", {"statement": "SELECT NULL"})[2]["data"], [["null"]])
    status, _, out = server.call("POST", POST + "?async=true", {"statement": "SELECT SYSTEM$WAIT(3)"})
    equal("shape: QueryStatus", (status, out["code"], sorted(out)), (202, "333334", ["code", "message", "statementHandle", "statementStatusUrl"]))
    equal("shape: it runs", server.call("GET", out["statementStatusUrl"])[0], 202)
    deadline = time.monotonic() + 60
    while server.call("GET", out["statementStatusUrl"])[0] == 202 and time.monotonic() < deadline:
        time.sleep(0.1)
    equal("shape: it has ended", server.call("GET", out["statementStatusUrl"])[0], 200)
    status, _, out = server.call("POST", POST, {"statement": "SELECT nope"})
    equal("shape: failure", (status, out["code"], out["sqlState"], "statementHandle" in out), (422, "000904", "42000", True))
    equal("shape: a failure is kept", server.call("GET", POST + "/" + out["statementHandle"])[0], 422)
    for name, method, path, body, wanted in (
            ("an unknown handle", "GET", POST + "/" + str(uuid.uuid4()), None, (404, "391918")),
            ("no such path", "GET", "/api/v1/statements", None, (404, "390404")), ("a wrong method", "GET", POST, None, (405, "390405")),
            ("no JSON", "POST", POST, b"x", (400, "390142")), ("no statement", "POST", POST, {}, (400, "390142")),
            ("a timeout that is none", "POST", POST, {"statement": "SELECT 1", "timeout": -1}, (400, "390142")),
            ("a parameter that is not allowed", "POST", POST, {"statement": "SELECT 1", "parameters": {"WEEK_START": "1"}}, (400, "391914")),
            ("a role not granted", "POST", POST, {"statement": "SELECT 1", "role": "OTHER"}, (401, "390186")),
            ("a database by its stored name", "POST", POST, {"statement": "CREATE TABLE x (a NUMBER)", "database": "gw"}, (422, "002003")),
            ("no warehouse", "POST", POST, {"statement": "SELECT 1 FROM information_schema.tables", "warehouse": "none"}, (422, "000606")),
            ("a timeout that is over", "POST", POST, {"statement": "SELECT SYSTEM$WAIT(30)", "timeout": 1}, (408, "000630"))):
        status, _, out = server.call(method, path, body)
        equal("shape: " + name, (status, out["code"]), wanted)
    server.control("synchronous", {"seconds": 0.2})
    status, _, out = server.call("POST", POST, {"statement": "SELECT SYSTEM$WAIT(3)"})
    equal("shape: waiting has an end", (status, out["code"]), (202, "333334"))
    server.control("synchronous", {"seconds": 45})


def partitions(server):
    server.control("partitions", {"first": 3, "rows": 4})
    rows = ", ".join("(%d, NULL)" % i for i in range(12))
    status, _, out = server.call("POST", POST, {"statement": "SELECT * FROM VALUES " + rows})
    info = out["resultSetMetaData"]["partitionInfo"]
    equal("partitions: rowCount", [p["rowCount"] for p in info], [3, 4, 4, 1])
    equal("partitions: sizes", ["compressedSize" in p for p in info], [False, True, True, True])
    equal("partitions: the first is here", len(out["data"]), 3)
    found = list(out["data"])
    for i in (1, 2, 3):
        _, headers, part = server.call("GET", "%s/%s?partition=%d" % (POST, out["statementHandle"], i))
        equal("partitions: %d" % i, (sorted(part), headers["Content-Encoding"], len(part["data"])), (["data"], "gzip", info[i]["rowCount"]))
        found += part["data"]
    equal("partitions: all rows", found, [[str(i), None] for i in range(12)])
    equal("partitions: none further", server.call("GET", "%s/%s?partition=9" % (POST, out["statementHandle"]))[2]["code"], "391906")
    server.control("fault", {"kind": "shortPartition", "path": "partition=2"})
    part = server.call("GET", "%s/%s?partition=2" % (POST, out["statementHandle"]))[2]
    equal("faults: a short partition", len(part["data"]), 3)
    server.control("fault", {"kind": "noPartition", "path": "partition=1"})
    equal("faults: a missing partition", server.call("GET", "%s/%s?partition=1" % (POST, out["statementHandle"]))[2]["data"], [])
    server.control("fault", {"kind": "numRows", "delta": 5})
    equal("faults: numRows", server.call("GET", POST + "/" + out["statementHandle"])[2]["resultSetMetaData"]["numRows"], 17)
    server.control("partitions", {"first": 1000, "rows": 10000})


def binds(server):
    for kind, value, select, wanted in (
            ("FIXED", "123", "?", "123"), ("FIXED", "-1.50", "?", "-1.50"), ("TEXT", "it's \\ %", "?", "it's \\ %"), ("TEXT", None, "?", None),
            ("REAL", "1.5", "?", "1.5"), ("BINARY", "0aff", "?", "0AFF"), ("BOOLEAN", "true", "?", "true"),
            ("DATE", "1704067200000", "?", "19723"), ("DATE", "-86400000", "?", "-1"), ("TIME", "82919000000000", "?", "82919.000000000"),
            ("TIMESTAMP_NTZ", "1704067200123456000", "?", "1704067200.123456000"), ("TIMESTAMP_NTZ", "1704067200123456789", "?", "1704067200.123456789"),
            ("TIMESTAMP_LTZ", "1704067200123456000", "?", "1704067200.123456000"),
            ("TIMESTAMP_TZ", "1704067200123456000 1500", "?", "1704067200.123456000 1440"), ("TEXT", "2024-01-01", "?::DATE", "19723")):
        try:
            got = server.run("SELECT " + select, bindings={"1": {"type": kind, "value": value}}, parameters=UTC)["data"][0][0]
        except RuntimeError as error:
            got = str(error)
        equal("binds: %s %s" % (kind, value), got, wanted)
    server.run("CREATE OR REPLACE TABLE bound (a NUMBER(38,0), b VARCHAR, c DATE)")
    out = server.run("INSERT INTO bound VALUES (?, ?, ?)", bindings={
        "1": {"type": "FIXED", "value": ["1", "2", "3"]}, "2": {"type": "TEXT", "value": ["x", None, "'"]},
        "3": {"type": "DATE", "value": ["0", "86400000", None]}})
    equal("binds: arrays", (out["data"], out["stats"]["numRowsInserted"]), ([["3"]], 3))
    equal("binds: what came", server.run("SELECT * FROM bound ORDER BY a")["data"], [["1", "x", "0"], ["2", None, "1"], ["3", "'", None]])
    for name, body, wanted in (("one is missing", {"statement": "SELECT ?, ?", "bindings": {"1": {"type": "TEXT", "value": "x"}}}, "002049"),
                               ("an unknown type", {"statement": "SELECT ?", "bindings": {"1": {"type": "VARIANT", "value": "1"}}}, "391915"),
                               ("a value that is no text", {"statement": "SELECT ?", "bindings": {"1": {"type": "FIXED", "value": 1}}}, "390142"),
                               ("several statements", {"statement": "SELECT ?; SELECT 1", "bindings": {"1": {"type": "TEXT", "value": "x"}},
                                                       "parameters": {"MULTI_STATEMENT_COUNT": "2"}}, "391912")):
        equal("binds: " + name, server.call("POST", POST, body)[2]["code"], wanted)


def several(server):
    def multi(text, count="0"):
        return server.call("POST", POST, {"statement": text, "parameters": {"MULTI_STATEMENT_COUNT": count, "TIMEZONE": "UTC"}})
    status, _, out = multi("SELECT 1; SELECT ';' AS x;", "2")
    equal("several: answer", (status, out["data"], len(out["statementHandles"])), (200, [["Multiple statements executed successfully."]], 2))
    equal("several: each", [server.call("GET", POST + "/" + h)[2]["data"] for h in out["statementHandles"]], [[["1"]], [[";"]]])
    equal("several: a wrong count", multi("SELECT 1; SELECT 2", "3")[2]["code"], "000008")
    equal("several: no count", server.call("POST", POST, {"statement": "SELECT 1; SELECT 2"})[2]["code"], "000008")
    server.run("CREATE OR REPLACE TABLE many (a NUMBER(38,0))")
    equal("several: commit", multi("BEGIN; INSERT INTO many VALUES (1); COMMIT")[0], 200)
    equal("several: rollback", multi("BEGIN; INSERT INTO many VALUES (2); ROLLBACK")[0], 200)
    multi("BEGIN; INSERT INTO many VALUES (3)")
    status, _, out = multi("BEGIN; INSERT INTO many VALUES (4); SELECT nope; COMMIT")
    equal("several: a failure", (status, out["code"], out["sqlState"], "invalid identifier 'NOPE'" in out["message"]), (422, "100132", "P0000", True))
    equal("several: what stayed", server.run("SELECT a FROM many ORDER BY a")["data"], [["1"]])
    multi("INSERT INTO many VALUES (5); SELECT nope")
    equal("several: without a transaction it stays", server.run("SELECT COUNT(*) FROM many")["data"], [["2"]])
    out = multi("CREATE TEMPORARY TABLE brief (a NUMBER(38,0)); INSERT INTO brief VALUES (7); SET v = 3; SELECT a + $v FROM brief")[2]
    equal("several: temporary tables and variables", server.call("GET", POST + "/" + out["statementHandles"][3])[2]["data"], [["10"]])
    equal("several: they are gone", server.call("POST", POST, {"statement": "SELECT * FROM brief"})[2]["code"], "002003")
    out = multi("ALTER SESSION SET TIMEZONE = 'Asia/Kolkata'; SELECT '2024-01-01 00:00:00'::TIMESTAMP_TZ(6)")[2]
    equal("several: session parameters", server.call("GET", POST + "/" + out["statementHandles"][1])[2]["data"], [["1704047400.000000000 1770"]])


def once(server):
    server.run("CREATE OR REPLACE TABLE once (a NUMBER(38,0))")
    path = POST + "?requestId=" + str(uuid.uuid4())
    server.call("POST", path, {"statement": "INSERT INTO once VALUES (1)"})
    out = server.call("POST", path + "&retry=true", {"statement": "INSERT INTO once VALUES (1)"})[2]
    equal("retry: the answer is kept", out["stats"]["numRowsInserted"], 1)
    equal("retry: executed once", server.run("SELECT COUNT(*) FROM once")["data"], [["1"]])
    server.call("POST", path, {"statement": "INSERT INTO once VALUES (1)"})
    equal("retry: not without saying so", server.run("SELECT COUNT(*) FROM once")["data"], [["2"]])
    server.control("fault", {"kind": "lost", "method": "POST", "statement": "once"})
    path = POST + "?requestId=" + str(uuid.uuid4())
    try:
        server.call("POST", path, {"statement": "INSERT INTO once VALUES (1)"})
        report("faults: a lost answer", "it came")
    except OSError:
        server.call("POST", path + "&retry=true", {"statement": "INSERT INTO once VALUES (1)"})
        equal("faults: a lost answer", server.run("SELECT COUNT(*) FROM once")["data"], [["3"]])


def cancelling(server):
    out = server.call("POST", POST + "?async=true", {"statement": "SELECT SYSTEM$WAIT(60)"})[2]
    equal("cancel: running", len(server.control("running")), 1)
    status, _, said = server.call("POST", "%s/%s/cancel" % (POST, out["statementHandle"]))
    equal("cancel: answer", (status, said["code"], said["sqlState"]), (200, "000604", "57014"))
    status, _, said = server.call("GET", POST + "/" + out["statementHandle"])
    equal("cancel: afterwards", (status, said["code"], said["sqlState"]), (422, "000604", "57014"))
    equal("cancel: ended before", server.call("POST", "%s/%s/cancel" % (POST, out["statementHandle"]))[2]["code"], "000605")
    status, _, said = server.call("POST", "%s/%s/cancel" % (POST, uuid.uuid4()))
    equal("cancel: unknown", (status, said["code"]), (422, "000709"))
    server.control("fault", {"kind": "neverEnds", "statement": "endless"})
    server.control("fault", {"kind": "slowCancel", "seconds": 0.5})
    out = server.call("POST", POST + "?async=true", {"statement": "SELECT 1 AS endless"})[2]
    time.sleep(0.1)
    began = time.time()
    server.call("POST", "%s/%s/cancel" % (POST, out["statementHandle"]))
    report("faults: never ends, and cancelling takes long", None if time.time() - began > 0.4 else "it was quick")


def faults(server):
    for status, wanted in ((429, "390505"), (503, "390503")):
        server.control("fault", {"kind": "status", "status": status, "retryAfter": 1})
        got, headers, out = server.call("POST", POST, {"statement": "SELECT 1"})
        equal("faults: %d" % status, (got, out["code"], headers["Retry-After"]), (status, wanted, "1"))
    server.control("fault", {"kind": "expired"})
    equal("faults: the token has expired", asked(server, server.oauth, "OAUTH"), (401, "390318"))
    equal("faults: once", asked(server, server.oauth, "OAUTH"), (200, "090001"))
    for kind in ("cut", "reset"):
        server.control("fault", {"kind": kind, "method": "POST"})
        try:
            server.call("POST", POST, {"statement": "SELECT 1"})
            report("faults: " + kind, "a whole answer")
        except Exception as error:  # http.client's, json's or the socket's
            report("faults: " + kind, None if isinstance(error, (OSError, ValueError, urllib.error.URLError)) or "Incomplete" in repr(error) else repr(error))
    server.control("fault", {"kind": "drip", "bytes": 100, "seconds": 0.02})
    began = time.time()
    server.call("POST", POST, {"statement": "SELECT 1"})
    report("faults: drip", None if time.time() - began > 0.05 else "it was quick")
    server.control("fault", {"kind": "garbage", "method": "POST"})
    try:
        server.call("POST", POST, {"statement": "SELECT 1"})
        report("faults: garbage", "it was JSON")
    except json.JSONDecodeError:
        report("faults: garbage")
    server.run("CREATE OR REPLACE TABLE twice (a NUMBER(38,0))")
    server.control("fault", {"kind": "twice", "statement": "INTO twice"})
    server.run("INSERT INTO twice VALUES (1)")
    equal("faults: delivered twice", server.run("SELECT COUNT(*) FROM twice")["data"], [["2"]])
    server.control("fault", {"kind": "error", "name": "lock", "word": "T", "statement": "locked"})
    equal("faults: an error of a statement", server.call("POST", POST, {"statement": "SELECT 1 AS locked"})[2]["code"], "000625")
    report("faults: those taken are known", None if len(server.control("taken")) > 8 else str(server.control("taken")))


def rendered(server):
    """Whole tables that this project renders, and its load statements, are taken as they are."""
    root, body = os.path.join(HERE, "..", ".."), {"parameters": {"MULTI_STATEMENT_COUNT": "0", "TIMEZONE": "UTC"}}
    columns = ('"id" NUMBER(18,0), "part" VARCHAR, "d" DATE, "at" TIMESTAMP_NTZ(6), "name" VARCHAR, "valid_from" TIMESTAMP_NTZ(6), '
               '"valid_to" TIMESTAMP_NTZ(6), "is_current" BOOLEAN, "changed_at" TIMESTAMP_NTZ(6), "_seq" NUMBER(18,0), "_op" VARCHAR')
    server.run('CREATE SCHEMA "s"; CREATE SCHEMA "shop"; CREATE SCHEMA "stage"; CREATE TABLE "s"."status" ("code" VARCHAR(10) PRIMARY KEY); '
               'CREATE TABLE "shop"."orders" (%s); CREATE TABLE "stage"."orders_in" (%s); '
               'INSERT INTO "stage"."orders_in" ("id", "d", "at", "name", "changed_at", "_seq", "_op") '
               "VALUES (1, '2026-01-01', '2026-01-01 13:00:00', 'n', '2026-01-01 13:00:00', 1, 'I')" % (columns, columns), **body)
    statements = []
    for name in ("events", "orders"):
        with open(os.path.join(root, "render", "golden", name + ".snowflake.sql"), encoding="utf-8") as file:
            statements.append((name, file.read()))
    with open(os.path.join(root, "conformance", "load", "snowflake.cells"), encoding="utf-8") as file:
        for part in file.read().split("\n## ")[1:]:
            head, _, lines = part.partition("\n")
            statements.append((head.split()[0], ";\n".join(line for line in lines.split("\n") if line)))
    for name, text in statements:
        try:
            server.run(text, **body)
            report("rendered: " + name)
        except RuntimeError as error:
            report("rendered: " + name, str(error)[-300:])


def together(server):
    """Several requests at a time do not get into each other's way."""
    found = []

    def one(n):
        found.append(server.run("SELECT %d AS n, COUNT(*) FROM bound" % n)["data"][0])
    threads = [threading.Thread(target=one, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal("together: six requests", sorted(found), [[str(n), "3"] for n in range(6)])


# ---- files of stages ----

def staged(server, work):
    """What depends on the files that somebody else puts into a bucket."""
    import duckdb

    def put(path, text=None, data=None):
        order = {"text": text} if data is None else {"base64": base64.b64encode(data).decode()}
        server.control("bucket", {"bucket": "theirs", "path": path, **order})

    def loaded(sql):
        """Status and counts of each file, or the error's code."""
        try:
            out = server.run(sql, parameters=UTC)
        except RuntimeError as error:
            return str(error).split(" ", maxsplit=1)[0]
        return [" ".join(row[1:4]) if len(row) > 1 else row[0] for row in out["data"]]

    def rows(sql):
        return server.run(sql, parameters=UTC)["data"]

    server.run("CREATE STAGE theirs URL = 's3://theirs/in/' STORAGE_INTEGRATION = any_of_them")
    server.run("CREATE TABLE landed (id NUMBER(9,0) NOT NULL, name VARCHAR(5), at TIMESTAMP_TZ(6), b BINARY, v VARIANT)")
    put("in/1.csv", "1,one,2024-01-01 00:00:00 +0100,00FF,{\\\"a\\\": 1}\n2,\\N,,,\r\n")
    equal("stages: CSV", loaded("COPY INTO landed FROM @theirs"), ["LOADED 2 2"])
    equal("stages: its values", rows("SELECT id, name, at, b, v:a FROM landed ORDER BY id"),
          [["1", "one", "1704063600.000000000 1440", "00FF", "1"], ["2", None, None, None, None]])
    equal("stages: the same file", loaded("COPY INTO landed FROM @theirs"), ["Copy executed with 0 files processed."])
    put("in/1.csv", "3,three,,,\n")
    equal("stages: another of that name", loaded("COPY INTO landed FROM @theirs"), ["LOADED 1 1"])
    for name, text, code in (("a number", "x,a,,,", "100038"), ("its size", "1234567890,a,,,", "100046"), ("NULL", ",a,,,", "100072"), ("a length", "4,toolong,,,", "100078"),
                             ("a moment", "4,a,never,,", "100035"), ("bytes", "4,a,,0,", "100115"), ("a document", "4,a,,,{", "100069"), ("fields", "4,a", "100080")):
        put("bad/1.csv", "4,a,,,\n%s\n" % text)
        equal("stages: unfit, " + name, loaded("COPY INTO landed FROM 's3://theirs/bad'"), code)
    equal("stages: ... and nothing of it is there", rows("SELECT COUNT(*) FROM landed"), [["3"]])
    put("bad/2.csv", "5,five,,,\n6,six,,,\n")
    equal("stages: SKIP_FILE", loaded("COPY INTO landed FROM 's3://theirs/bad/' ON_ERROR = SKIP_FILE"), ["LOAD_FAILED 2 0", "LOADED 2 2"])
    equal("stages: CONTINUE", loaded("COPY INTO landed FROM 's3://theirs/bad/' ON_ERROR = CONTINUE"), ["PARTIALLY_LOADED 2 1"])
    server.run("TRUNCATE TABLE landed")
    equal("stages: TRUNCATE forgets them", loaded("COPY INTO landed FROM 's3://theirs/bad/' PATTERN = '.*2[.]csv'"), ["LOADED 2 2"])
    put("q.csv", 'id,name\n7,"a,b"\n')
    form = "FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1%s)"
    equal("stages: quotes are none", loaded("COPY INTO landed (id, name) FROM 's3://theirs/q.csv' " + form % ""), "100080")
    equal("stages: ... but where they are said", loaded("COPY INTO landed (id, name) FROM 's3://theirs/q.csv' " + form % " FIELD_OPTIONALLY_ENCLOSED_BY = '\"'"),
          ["LOADED 1 1"])
    put("q.csv", "8|a\n")
    equal("stages: another delimiter", loaded("COPY INTO landed (id, name) FROM 's3://theirs/q.csv' FILE_FORMAT = (TYPE = CSV FIELD_DELIMITER = '|')"), ["LOADED 1 1"])
    file = os.path.join(work, "made.parquet")
    duckdb.sql("SELECT 9 AS \"ID\", 'nine' AS \"NAME\", 'x'::BLOB AS \"B\", 1 AS other").write_parquet(file)
    with open(file, "rb") as made:
        put("p.parquet", data=made.read())
    wanted = "COPY INTO landed FROM 's3://theirs/p.parquet' FILE_FORMAT = (TYPE = PARQUET)"
    equal("stages: Parquet without names", loaded(wanted), "002018")
    equal("stages: Parquet", loaded(wanted + " MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE"), ["LOADED 1 1"])
    equal("stages: ... by its names", rows("SELECT name, b FROM landed WHERE id = 9"), [["nine", "78"]])
    server.run("CREATE TABLE documents (d VARIANT)")
    put("d.json", '[{"a": 1.50}, {"a": 12345678901234567890}]')
    wanted = "COPY INTO documents FROM 's3://theirs/d.json' FILE_FORMAT = (TYPE = JSON%s)"
    equal("stages: JSON", loaded(wanted % " STRIP_OUTER_ARRAY = TRUE"), ["LOADED 2 2"])
    equal("stages: ... with its numbers", rows("SELECT d:a FROM documents")[1], ["12345678901234567890"])
    equal("stages: an array is one document", loaded("COPY INTO documents FROM 's3://theirs/d.json' FORCE = TRUE FILE_FORMAT = (TYPE = JSON)"), ["LOADED 1 1"])
    equal("stages: JSON for several columns", loaded("COPY INTO landed FROM 's3://theirs/d.json' FILE_FORMAT = (TYPE = JSON)"), "002018")
    equal("stages: a path that leads out", loaded("COPY INTO 's3://theirs/../../x' FROM landed"), "001003")


def main():
    work = tempfile.mkdtemp(prefix="snowflake")
    try:
        server = emulator.Snowflake(work)
    except emulator.Lacking as lacking:
        print("skip snowflake: %s" % lacking)
        shutil.rmtree(work, ignore_errors=True)
        return
    try:
        admission(server, work)
        shapes(server)
        for part in (documented, partitions, binds, several, once, cancelling, faults, rendered, together):
            server.control("clear")
            part(server)
        staged(server, work)
        with open(os.path.join(work, "server.log"), encoding="utf-8") as log:
            said = log.read()
        report("nothing unforeseen", said[-300:] if said else None)
    finally:
        server.stop()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
