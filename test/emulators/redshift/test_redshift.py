"""Self-tests of the Redshift emulator with clients that are not ours.

Every case of differences.case is run by psycopg2 (libpq, simple protocol) and by pg8000 (its own
extended protocol); psql, faults, cancelling, TLS and the serializable conflict have tests of their
own.  Prints "ok", "not ok" and "skip" lines for test/run.  PGHOST and PGPORT say where a PostgreSQL is.
"""
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE]

import start  # noqa: E402

PASSWORD, ROLE = "emu-password", "emu_user"


def report(name, problem=None):
    print(f"not ok {name}: {problem}" if problem else f"ok {name}", flush=True)


def psql(port, database, *words, host="127.0.0.1", user=ROLE, stdin=None):
    done = subprocess.run(["psql", "-XAt", "-h", host, "-p", str(port), "-U", user, "-d", database] + list(words),
                          env=dict(os.environ, PGPASSWORD=PASSWORD), capture_output=True, text=True, input=stdin, timeout=600)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def cases():
    page = ""
    with open(os.path.join(HERE, "differences.case"), encoding="utf-8") as file:
        for line in file.read().split("\n"):
            if line.startswith("page "):
                page = line[5:].strip()
            elif line and not line.startswith("#"):
                sql, arrow, wanted = line.partition(" => ")
                yield page, sql, wanted if arrow else None


def shown(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)


class Psycopg2:
    """libpq; statements go by the simple protocol."""

    name = "psycopg2"

    def __init__(self, port, database):
        import psycopg2
        self.errors = psycopg2.Error
        self.connection = psycopg2.connect(host="127.0.0.1", port=port, user=ROLE, password=PASSWORD, dbname=database)
        self.connection.autocommit = True

    def run(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    @staticmethod
    def code(error):
        return error.pgcode, str(error)


class Pg8000:
    """A protocol implementation of its own; statements are prepared."""

    name = "pg8000"

    def __init__(self, port, database):
        import pg8000.native
        self.errors = pg8000.native.Error
        self.connection = pg8000.native.Connection(ROLE, host="127.0.0.1", port=port, password=PASSWORD, database=database)

    def run(self, sql):
        statement = self.connection.prepare(sql)
        try:
            return statement.run() or []
        finally:
            statement.close()

    @staticmethod
    def code(error):
        fields = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        return fields.get("C"), str(fields.get("M", error))


def run_case(client, sql, wanted):
    """What is wrong with the answer, or None."""
    try:
        rows = client.run(sql)
    except client.errors as error:
        code, text = client.code(error)
        if wanted is None or not wanted.startswith("!"):
            return f"{code} {text.strip()}"
        state, _, part = wanted[1:].partition(" ")
        return None if code == state and part.lower() in text.lower() else f"{code} {text.strip()}, wanted {wanted}"
    if wanted is None:
        return None
    got = " // ".join("|".join(shown(v) for v in row) for row in rows)
    return None if got == wanted else f"gave {got}, wanted {wanted}"


def test_cases(kind, port, database):
    client = kind(port, database)
    for page, sql, wanted in cases():
        report(f"{client.name} {page}: {sql}", run_case(client, sql, wanted))


def test_plain(host, backend):
    """The cases can fail: a plain PostgreSQL answers most of them otherwise."""
    psql(backend, "postgres", "-c", f"CREATE DATABASE emu_plain OWNER {ROLE}", host=host, user="postgres")
    client = Psycopg2(backend, "emu_plain")
    wrong = sum(run_case(client, sql, wanted) is not None for _, sql, wanted in cases())
    report("a plain PostgreSQL fails 150 of the cases", None if wrong >= 150 else f"it fails {wrong}")


def test_psql(port, database):
    status, out, errors = psql(port, database, "-c", "SELECT version()")
    report("psql logs in", None if not status and "Redshift" in out else errors)
    status, out, errors = psql(port, database, "-c", "\\echo :SERVER_VERSION_NUM")
    report("psql takes it for an 8.0", None if out == "80002" else out)
    report("psql is refused with a wrong user", None if psql(port, database, "-c", "SELECT 1", user="nobody_here")[0] else "let in")
    out = psql(port, database, "-c", "EXPLAIN SELECT * FROM texts")[1]
    report("plans begin with XN", None if out.startswith("XN Seq Scan on texts") else out)
    errors = psql(port, database, "-c", "SELECT now(), id FROM texts")[2]
    report("leader-only functions are named in INFO messages", None if 'INFO:  Function "now()" not supported.' in errors else errors)
    out = psql(port, database, "-c", "SELECT s FROM supers WHERE id < 4 ORDER BY id")[1]
    report("SUPER is shown as compact JSON", None if out == '{"a":[1,2.50],"b":"x y"}\n"plain \\"text\\""\n12' else out)
    out = psql(port, database, "-c", "SELECT b FROM bytes ORDER BY id")[1]
    report("VARBYTE is shown as hexadecimal digits", None if out == "616263\n00ff" else out)
    out = psql(port, database, "-c", "SELECT s, b FROM supers, bytes LIMIT 0 \\gdesc")[1]
    script = "SELECT 1 AS a; SELEC 2; SELECT 3\n"
    status, out, errors = psql(port, database, "-c", script)
    report("a string with a syntax error runs nothing", None if not out and "syntax" in errors else out)


def test_types(port, database):
    import psycopg2
    with psycopg2.connect(host="127.0.0.1", port=port, user=ROLE, password=PASSWORD, dbname=database) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT s.s, b.b, 'x'::text, 1.5 FROM supers s, bytes b LIMIT 1")
        got = [d.type_code for d in cursor.description]
        report("types have Redshift's numbers", None if got == [4000, 6551, 1043, 1700] else got)
        report("status parameters are Redshift's", None if connection.get_parameter_status("server_version") == "8.0.2"
               and connection.get_parameter_status("standard_conforming_strings") is None else "others")


def test_binary(port, database):
    """pg_regress's own libpq program is not there: the message is made by hand, by pg8000's socket."""
    import pg8000.native
    connection = pg8000.native.Connection(ROLE, host="127.0.0.1", port=port, password=PASSWORD, database=database)
    import struct
    def send(kind, body):
        connection._usock.sendall(kind + struct.pack("!i", len(body) + 4) + body)
    send(b"P", b"\0SELECT 1\0\0\0")
    send(b"B", b"\0\0\0\0\0\0\0\x01\0\x01")
    send(b"E", b"\0\0\0\0\0")
    send(b"S", b"")
    data = b""
    while not data.endswith(b"Z\0\0\0\x05I"):
        data += connection._usock.recv(4096)
    report("binary results are refused", None if b"0A000" in data and b"Binary result" in data else data)


def test_faults(emulated, port, database):
    for name, code, part in (("conflict", "XX000", "1023"), ("disk_full", "53100", "Disk Full"),
                             ("wlm_abort", "57014", "Query Monitoring Rule"), ("wlm_timeout", "57014", "user's request")):
        emulated.set_faults([{"match": "texts", "fault": name}])
        problems = []
        for kind in (Psycopg2, Pg8000):
            client = kind(port, database)
            emulated.set_faults([{"match": "texts", "fault": name}])
            problems.append(run_case(client, "SELECT count(*) FROM texts", f"!{code} {part}"))
            problems.append(run_case(client, "SELECT count(*) > 0 FROM texts", "t"))
        report(f"fault {name} happens once", next((p for p in problems if p), None))
    emulated.set_faults([{"match": "texts", "fault": "restart"}])
    client = Psycopg2(port, database)
    report("a restart of the leader ends the session",
           None if "57P01" in str(run_case(client, "SELECT count(*) FROM texts", "t")) or client.connection.closed else "it went on")
    emulated.set_faults([])


def test_conflict(port, database):
    """Two serializable transactions that cross: c_serial_isolation.html"""
    one, two = Psycopg2(port, database), Psycopg2(port, database)
    one.run("CREATE TABLE tab1 (a int)")
    one.run("CREATE TABLE tab2 (a int)")
    for client in (one, two):
        client.run("BEGIN")
    one.run("SELECT * FROM tab1")
    two.run("SELECT * FROM tab2")
    one.run("INSERT INTO tab2 VALUES (1)")
    two.run("INSERT INTO tab1 VALUES (1)")
    one.run("COMMIT")
    report("crossing transactions end with 1023", run_case(two, "COMMIT", "!XX000 1023"))


def test_cancel(port, database):
    client = Psycopg2(port, database)
    ended = threading.Event()

    def cancel():
        # One that comes before the statement has begun is of no use.
        while not ended.wait(0.5):
            client.connection.cancel()
    asking = threading.Thread(target=cancel)
    asking.start()
    begun = time.monotonic()
    slow = "SELECT count(*) FROM big a, big b, big c"
    problem = run_case(client, slow, "!57014 cancelled on user's request")
    ended.set()
    asking.join()
    report("a cancel request is passed on", problem or (f"{time.monotonic() - begun:.1f} s" if time.monotonic() - begun > 60 else None))
    client.run("SET statement_timeout TO 300")
    report("statement_timeout ends a statement", run_case(client, slow, "!57014 cancelled"))


def test_tls(work, backend, database):
    cert, key = os.path.join(work, "cert.pem"), os.path.join(work, "key.pem")
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
                           "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], capture_output=True, check=False)
    if made.returncode:
        print("skip TLS: no openssl")
        return
    emulated = start.Redshift(backend, (cert, key))
    try:
        done = subprocess.run(["psql", "-XAt", f"host=127.0.0.1 port={emulated.port} user={ROLE} dbname={database} "
                               f"sslmode=verify-full sslrootcert={cert}", "-c", "SELECT count(*) FROM big a, big b WHERE a.n = b.n",
                               "-c", "SELECT repeat('x', 1000000) FROM big LIMIT 20"],
                              env=dict(os.environ, PGPASSWORD=PASSWORD), capture_output=True, text=True, timeout=600)
        lines = done.stdout.split("\n")
        report("TLS with a verified certificate", None if lines[0] == "3000" and len(done.stdout) > 20000000 else done.stderr or lines[0])
    finally:
        emulated.stop()


def test_rules():
    """Every refusal names the page it comes from, and every page is named by a case."""
    import judge
    for kind in ("refusals", "faults"):
        for name, rule in judge.RULES[kind].items():
            report(f"rule {name} names its document", None if re.match(r"https://(docs\.aws|repost\.aws)", rule["doc"]) else rule)


def main():
    lacking = start.missing()
    if lacking:
        print(f"skip redshift: {lacking}")
        return
    sys.path.insert(0, start.JUDGES)
    host, backend = os.environ["PGHOST"], int(os.environ["PGPORT"])
    psql(backend, "postgres", "-c", f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'", host=host, user="postgres")
    emulated = start.Redshift(backend)
    try:
        for kind in (Psycopg2, Pg8000):
            database = "emu_" + kind.name
            for statement in (f"CREATE DATABASE {database} TEMPLATE template0 LOCALE 'C.UTF-8'",):
                psql(backend, "postgres", "-c", statement, host=host, user="postgres")
            start.prepare(database, host, backend)
            psql(backend, database, "-c", f"GRANT CREATE ON SCHEMA public TO {ROLE}; GRANT CREATE ON DATABASE {database} TO {ROLE}; "
                 f"GRANT SELECT ON rs.svv_table_info TO {ROLE}", host=host, user="postgres")
            test_cases(kind, emulated.port, database)
        test_plain(host, backend)
        psql(emulated.port, database, "-c", "CREATE TABLE big (n int)")
        psql(backend, database, "-c", "INSERT INTO big SELECT generate_series(1, 3000)", host=host, user="postgres")
        test_psql(emulated.port, database)
        test_types(emulated.port, database)
        test_binary(emulated.port, database)
        test_faults(emulated, emulated.port, database)
        test_conflict(emulated.port, database)
        test_cancel(emulated.port, database)
        with tempfile.TemporaryDirectory() as work:
            test_tls(work, backend, database)
        test_rules()
    finally:
        emulated.stop()


if __name__ == "__main__":
    main()
