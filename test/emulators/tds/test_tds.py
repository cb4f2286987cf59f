#!/usr/bin/python3
"""Proves the TDS server with clients that are not ours: tedious, FreeTDS's tsql and ODBC driver, tds_fdw.

    test_tds.py     over the cluster of PGHOST and PGPORT

Prints "ok", "not ok" and "skip" lines.  prove/cases/*.case hold what must come: "name | SQL", then
"  = rows" as tedious reads them or "  ! number" of the refusal; "setup SQL" runs before.
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from place import Place  # noqa: E402

FETCHED = os.path.join(HERE, "..", "..", "..", "build", "emulators")
counts = {"ok": 0, "not ok": 0, "skip": 0}


def report(name, problem=None, skip=None):
    kind = "skip" if skip else "not ok" if problem else "ok"
    counts[kind] += 1
    print("%s tds %s%s" % (kind, name, ": %s" % (problem or skip) if problem or skip else ""), flush=True)


class Tedious:
    def __init__(self, place, database="shop", user=None, password=None, encrypt=False):
        self.process = subprocess.Popen(
            ["node", os.path.join(HERE, "prove", "client.js"), str(place.port), user or place.user, password or place.password, database,
             "yes" if encrypt else "no"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
            env=dict(os.environ, NODE_PATH=os.path.join(FETCHED, "node_modules"), NODE_NO_WARNINGS="1"))
        line = self.process.stdout.readline()
        self.greeting = json.loads(line) if line else {"refused": "the client ended"}

    def start(self, **order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"failure": "the client ended", "errors": [], "sets": []}

    def run(self, sql="", **order):
        self.start(sql=sql, **order)
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def read_cases(path):
    setup, cases, name, sql = [], [], None, None
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        if line.startswith(("  = ", "  ! ")) and name:
            cases.append((name, sql, line[2], json.loads(line[4:])))
            name = None
        elif name:
            # A statement may have more lines.
            sql += "\n" + line
        elif line.startswith("setup "):
            setup.append(line[6:])
        elif line and not line.startswith(("#", "page ")):
            name, _, sql = line.partition(" | ")
    return setup, cases


def cases(place):
    for path in sorted(glob.glob(os.path.join(HERE, "prove", "cases", "*.case"))):
        setup, found = read_cases(path)
        client = Tedious(place)
        for sql in setup:
            answer = client.run(sql)
            if answer["errors"]:
                report("%s setup" % os.path.basename(path), "%s in %s" % (answer["errors"], sql))
        for name, sql, kind, wanted in found:
            answer = client.run(sql)
            numbers = [e[0] for e in answer["errors"]]
            if kind == "!":
                problem = None if wanted in numbers else "wanted error %d, got %s" % (wanted, answer["errors"] or answer["sets"])
            else:
                rows = answer["sets"][-1]["rows"] if answer["sets"] else None
                problem = "error %s" % answer["errors"] if numbers else None if rows == wanted else "wanted %s, got %s" % (
                    json.dumps(wanted, ensure_ascii=False), json.dumps(rows, ensure_ascii=False))
            report("tedious %s %s" % (os.path.basename(path)[:-5], name), problem)
        client.close()


def requests(place):
    """Parameters, prepared statements, transactions, attention: the protocol itself."""
    c = Tedious(place)

    def check(name, answer, wanted):
        got = answer.get("failure") or (answer["sets"][-1]["rows"] if answer["sets"] else answer["errors"][:1] and answer["errors"][0][0])
        report("tedious " + name, None if got == wanted else "wanted %s, got %s" % (wanted, json.dumps(answer)[:400]))
    check("parameters", c.run("SELECT @a + 1, @s, @n", params=[["a", "Int", 41], ["s", "NVarChar", "héé😀"], ["n", "VarChar", None]]),
          [[42, "héé😀", None]])
    check("all parameter types", c.run("SELECT @b, @t, @i, @d, @f, @m, @g, @x, @dt, @o", params=[
        ["b", "Bit", True], ["t", "TinyInt", 200], ["i", "BigInt", "9007199254740993"], ["d", "Decimal", 12.345, {"precision": 10, "scale": 3}],
        ["f", "Float", 1.5], ["m", "Money", 1.25], ["g", "UniqueIdentifier", "E3C0A1B2-0000-1111-2222-333344445555"],
        ["x", "VarBinary", "0102ff"], ["dt", "DateTime2", "2024-01-02T03:04:05.678Z", {"scale": 3}],
        ["o", "DateTimeOffset", "2024-01-02T03:04:05.678Z", {"scale": 3}]]),
        [[True, 200, "9007199254740993", 12.345, 1.5, 1.25, "E3C0A1B2-0000-1111-2222-333344445555", "0x0102ff",
          "2024-01-02T03:04:05.678Z", "2024-01-02T03:04:05.678Z"]])
    check("prepared", c.run("SELECT @a AS b", how="prepare", params=[["a", "Int", 7]]), [[7]])
    check("long parameter", c.run("SELECT DATALENGTH(@s)", params=[["s", "NVarChar", "x" * 20000]]), [["40000"]])
    out = c.run("SET @o = @i * 2", params=[["i", "Int", 21], ["o", "Int", None, {"output": True}]])
    report("tedious output parameter", None if out["outputs"] == {"o": 42} else json.dumps(out))
    check("large result", c.run("SELECT COUNT(*), MAX(LEN(s)) FROM (SELECT REPLICATE(CAST('x' AS varchar(max)), 9000) AS s FROM GENERATE_SERIES(1, 50)) AS q"),
          [[50, "9000"]])
    big = c.run("SELECT value, REPLICATE(CAST(N'y' AS nvarchar(max)), 5000) FROM GENERATE_SERIES(1, 300)")
    rows = big["sets"][0]["rows"]
    report("tedious many packets", None if len(rows) == 300 and rows[299] == [300, "y" * 5000] else "got %d rows" % len(rows))
    for how in ("rollback", "commit"):
        c.run("IF OBJECT_ID('tx') IS NOT NULL DROP TABLE tx; CREATE TABLE tx (a int)")
        c.run(how="begin")
        c.run("INSERT tx VALUES (1)")
        c.run(how=how)
        check("transaction requests, " + how, c.run("SELECT COUNT(*), @@TRANCOUNT FROM tx"), [[int(how == "commit"), 0]])
    c.run(how="begin")
    c.run("INSERT tx VALUES (2)")
    c.run(how="save", name="p")
    c.run("INSERT tx VALUES (3); ROLLBACK TRAN p")
    c.run(how="commit")
    check("savepoint", c.run("SELECT MAX(a) FROM tx"), [[2]])
    c.run("BEGIN TRAN; INSERT tx VALUES (4)")
    check("statement error keeps the transaction", c.run("INSERT tx VALUES (1/0); SELECT @@TRANCOUNT"), [[1]])
    c.run("ROLLBACK; SET XACT_ABORT ON; BEGIN TRAN; INSERT tx VALUES (5); INSERT tx VALUES (1/0)")
    check("XACT_ABORT rolls back", c.run("SELECT @@TRANCOUNT, MAX(a) FROM tx"), [[0, 2]])
    c.run("SET XACT_ABORT OFF")
    start = time.monotonic()
    check("attention", c.run("WAITFOR DELAY '00:01:00'", cancel=200), "ECANCEL")
    report("tedious attention is quick", None if time.monotonic() - start < 20 else "%.1f s" % (time.monotonic() - start))
    check("usable after an attention", c.run("SELECT 1"), [[1]])
    check("attention amid rows", c.run("SELECT a.value FROM GENERATE_SERIES(1, 3000) AS a CROSS JOIN GENERATE_SERIES(1, 3000) AS b", cancel=300), "ECANCEL")
    check("usable after that", c.run("SELECT 2"), [[2]])
    # At any moment of a short answer, also when it has just gone: each is acknowledged.
    lost = [a for a in (c.run("SELECT %d" % i, cancel=i % 5) for i in range(150)) if a.get("failure") not in (None, "ECANCEL")]
    report("tedious attentions about the end of an answer", json.dumps(lost[0])[:300] if lost else None)
    check("usable after those", c.run("SELECT 3"), [[3]])
    too_many = c.run("SELECT 1", params=[["p%d" % i, "Int", i] for i in range(2200)])
    report("tedious 2100 parameters", None if [e[0] for e in too_many["errors"]] == [8003] else json.dumps(too_many["errors"])[:300])
    rows = ", ".join("(%d)" % i for i in range(1001))
    report("tedious 1000 rows", None if [e[0] for e in c.run("INSERT tx VALUES " + rows)["errors"]] == [10738] else "not refused")
    c.close()


def concurrency(place):
    """Snapshot conflicts and deadlocks, between two real sessions."""
    a, b = Tedious(place), Tedious(place)
    a.run("CREATE TABLE cc (id int NOT NULL PRIMARY KEY, v int); INSERT cc VALUES (1, 0), (2, 0)")
    a.run("SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRAN; SELECT v FROM cc")
    b.run("UPDATE cc SET v = 1 WHERE id = 1")
    answer = a.run("UPDATE cc SET v = 2 WHERE id = 1")
    report("tedious update conflict", None if [e[0] for e in answer["errors"]] == [3960] else json.dumps(answer))
    a.run("SET TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN TRAN; UPDATE cc SET v = 5 WHERE id = 1")
    b.run("BEGIN TRAN; UPDATE cc SET v = 5 WHERE id = 2")
    a.start(sql="UPDATE cc SET v = 6 WHERE id = 2")
    time.sleep(0.3)
    other = b.run("UPDATE cc SET v = 6 WHERE id = 1")
    numbers = [e[0] for e in a.answer()["errors"] + other["errors"]]
    report("tedious deadlock", None if numbers == [1205] else str(numbers))
    for c in (a, b):
        c.run("IF @@TRANCOUNT > 0 ROLLBACK")
    a.run("BEGIN TRAN; UPDATE cc SET v = 7 WHERE id = 1")
    answer = b.run("SET LOCK_TIMEOUT 200; UPDATE cc SET v = 8 WHERE id = 1")
    report("tedious lock timeout", None if [e[0] for e in answer["errors"]] == [1222] else json.dumps(answer))
    a.close()
    b.close()


def faults(place):
    def with_fault(name, sql, judge, before="SELECT 1", **order):
        c = Tedious(place)
        c.run(before)
        place.fault(**order)
        answer = c.run(sql)
        place.clear()
        problem = judge(answer)
        report("tedious fault " + name, None if problem is True else json.dumps(answer)[:300])
        c.close()
    rows = "SELECT value, REPLICATE('x', 200) FROM GENERATE_SERIES(1, 2000)"
    with_fault("cut", rows, lambda a: bool(a.get("failure")), kind="cut", packets=3, times=1)
    with_fault("error amid rows", rows, lambda a: [e[0] for e in a["errors"]] == [50001] and len(a["sets"][0]["rows"]) == 20,
               kind="error", rows=20, number=50001, times=1)
    with_fault("drip", "SELECT 5", lambda a: a["sets"][0]["rows"] == [[5]], kind="drip", bytes=3, seconds=0.01, times=1)
    with_fault("deadlock", "SELECT 1", lambda a: [e[0] for e in a["errors"]] == [1205], "BEGIN TRAN", kind="deadlock", times=1)
    place.fault(kind="refuse", number=18456, times=1)
    c = Tedious(place)
    report("tedious fault refusal", None if "refused" in c.greeting else str(c.greeting))
    c = Tedious(place, password="wrong")
    report("tedious wrong password", None if "Login failed" in c.greeting.get("refused", "") else str(c.greeting))
    c = Tedious(place, database="nothere")
    report("tedious unknown database", None if "refused" in c.greeting else str(c.greeting))


def tsql(place):
    if not shutil.which("tsql"):
        report("tsql", skip="freetds-bin is not installed")
        return
    script = "select 1 as a, N'héé' as s\ngo\nselect 1/0\ngo\nselect name from sys.databases order by name\ngo\nexit\n"
    done = subprocess.run(["tsql", "-H", "127.0.0.1", "-p", str(place.port), "-U", place.user, "-P", place.password, "-D", "shop"],
                          input=script, capture_output=True, text=True, encoding="utf-8", timeout=600)
    text = done.stdout + done.stderr
    for name, wanted in (("rows", "1\théé"), ("errors", "Msg 8134"), ("catalog", "tempdb")):
        report("tsql " + name, None if wanted in text else text[:400])
    wrong = subprocess.run(["tsql", "-H", "127.0.0.1", "-p", str(place.port), "-U", place.user, "-P", "no"], input="exit\n",
                           capture_output=True, text=True, timeout=600)
    report("tsql refusal", None if "18456" in wrong.stderr + wrong.stdout else wrong.stderr[:300])


def driver():
    for path in glob.glob("/usr/lib/*/odbc/libtdsodbc.so"):
        return path
    return None


def odbc(place):
    if not shutil.which("isql") or driver() is None:
        report("odbc", skip="unixodbc and tdsodbc are not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "odbc.ini"), "w", encoding="utf-8") as file:
            file.write("[emu]\nDriver=%s\nServer=127.0.0.1\nPort=%d\nTDS_Version=7.4\nClientCharset=UTF-8\nDatabase=shop\n" % (driver(), place.port))

        def isql(script):
            done = subprocess.run(["isql", "emu", place.user, place.password, "-b", "-v", "-d|"], input=script, capture_output=True, text=True,
                                  encoding="utf-8", timeout=600, env=dict(os.environ, ODBCINI=os.path.join(folder, "odbc.ini")))
            return done.stdout + done.stderr
        for name, script, wanted in (
                ("types", "select 1, N'héé€', cast('2024-01-02T03:04:05.1234567' as datetime2), cast('2024-01-02 03:04:05 +05:30' as datetimeoffset(0)), cast(1.50 as money), cast(12.345 as decimal(9,3)), cast(1 as bit), newid()\n",
                 "1|héé€|2024-01-02 03:04:05.1234567|2024-01-02 03:04:05 +05:30|1.5000|12.345|1|"),
                ("long text", "select replicate(cast('ab' as varchar(max)), 6)\n", "abababababab"),
                ("errors", "select 1/0\n", "Divide by zero"),
                ("columns", "help\n", "dbo")):
            text = isql(script)
            report("tdsodbc " + name, None if wanted in text else text[:400])


def tds_fdw(place):
    """Reads through another project's foreign data wrapper, inside the cluster."""
    def psql(sql):
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-c", sql], capture_output=True, text=True,
                              encoding="utf-8", timeout=600)
        return done.stdout.strip() if done.returncode == 0 else "error " + done.stderr.strip()
    if psql("SELECT 1 FROM pg_available_extensions WHERE name = 'tds_fdw'") != "1":
        report("tds_fdw", skip="postgresql-15-tds-fdw is not installed")
        return
    place.sql("CREATE TABLE dbo.seen (id int NOT NULL PRIMARY KEY, s nvarchar(20) NULL, m money NULL, f float NULL); "
              "INSERT dbo.seen VALUES (1, N'ä€', 1.5, 2.5), (2, NULL, NULL, NULL)")
    problem = psql("CREATE EXTENSION tds_fdw; CREATE SERVER emu FOREIGN DATA WRAPPER tds_fdw OPTIONS (servername '127.0.0.1', port '%d', database 'shop',"
                   " tds_version '7.4', character_set 'UTF-8', msg_handler 'blackhole'); CREATE USER MAPPING FOR CURRENT_USER SERVER emu OPTIONS (username '%s', password '%s');"
                   "CREATE FOREIGN TABLE seen (id int, s text, m numeric, f float8) SERVER emu OPTIONS (table_name 'dbo.seen', row_estimate_method 'showplan_all')"
                   % (place.port, place.user, place.password))
    report("tds_fdw set up", problem or None)
    for name, sql, wanted in (("scan", "SELECT * FROM seen ORDER BY id", "1|ä€|1.5000|2.5\n2|||"),
                              ("pushed condition", "SELECT id FROM seen WHERE id = 2", "2")):
        got = psql(sql)
        report("tds_fdw " + name, None if got == wanted else got[:300])
    psql("DROP EXTENSION tds_fdw CASCADE")


def tls(folder):
    done = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost",
                           "-keyout", os.path.join(folder, "key"), "-out", os.path.join(folder, "crt")], capture_output=True, text=True)
    if done.returncode:
        report("tls", skip="openssl: " + done.stderr[:100])
        return None
    return os.path.join(folder, "crt"), os.path.join(folder, "key")


def encrypted(place):
    for encrypt in (True, False):
        c = Tedious(place, encrypt=encrypt)
        answer = c.run("SELECT 1, REPLICATE('x', 8000)") if "refused" not in c.greeting else {"sets": [], "failure": c.greeting}
        ok = answer["sets"] and answer["sets"][0]["rows"][0][0] == 1
        report("tedious TLS " + ("for all" if encrypt else "for the login"), None if ok else json.dumps(answer)[:300])
        c.close()


def main():
    host, port = os.environ["PGHOST"], os.environ["PGPORT"]
    user = os.environ.get("PGUSER", "postgres")
    with tempfile.TemporaryDirectory() as folder:
        pair = tls(folder)
        with Place(host, port, user) as place:
            tsql(place)
            odbc(place)
            tds_fdw(place)
            if not shutil.which("node") or not os.path.isdir(os.path.join(FETCHED, "node_modules", "tedious")):
                report("tedious and the cases", skip="node with tedious is not there (test/emulators/tds/fetch.sh)")
            else:
                for part in (cases, requests, concurrency, faults):
                    part(place)
        verdict = place.verdict
        if pair and os.path.isdir(os.path.join(FETCHED, "node_modules", "tedious")):
            with Place(host, port, user, tls=pair, judge=False) as place:
                encrypted(place)
    if verdict["why"]:
        report("judges", skip=verdict["why"])
    else:
        for fault in verdict["faults"]:
            report("judges", "%s: %s" % (fault["fault"], fault["sql"][:200]))
        print("= tds: %d batches of %d shapes before sqlfluff and sqlglot" % (verdict["heard"], verdict["shapes"]))
    print("= tds: %(ok)d ok, %(not ok)d not ok, %(skip)d skipped" % counts)


if __name__ == "__main__":
    main()
