#!/usr/bin/python3
"""A server that speaks TDS 7.2 to 7.4 and answers as SQL Server does, over a PostgreSQL.

    server.py --engine-host H --engine-port P --engine-user U --password X [--port N] [--tls CRT KEY]

prints one line of JSON with its ports once it listens, and ends when its standard input does.  What
it is, and what it does not prove, stands in docs/testing.md.  A second port (control) takes lines of
JSON: {"op": "fault", ...}, {"op": "clear"}, {"op": "sql", "database": d, "text": t}, {"op": "state"},
{"op": "log"}; each is answered with one.
"""
import argparse
import collections
import json
import os
import queue
import socket
import ssl
import sys
import threading
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import login as logins  # noqa: E402
import sqltypes as t  # noqa: E402
import tokens  # noqa: E402
from catalog import system_views  # noqa: E402
from convert import E, convert  # noqa: E402
from engine import Engine, EngineError, install, pq  # noqa: E402
from errors import SqlError  # noqa: E402
from faults import Orders  # noqa: E402
from judge import Judge  # noqa: E402
from procedures import run_request  # noqa: E402
from session import Session, skip_headers  # noqa: E402
from statements import BatchParser  # noqa: E402
from values import Reader  # noqa: E402
from wire import ATTENTION, BULK, RESET, RESET_KEEP, RPC, SQL_BATCH, TRANSACTION, Channel, Gone  # noqa: E402

VERSION = ("Microsoft SQL Server 2022 (RTM-CU14) (KB5038325) - 16.0.4135.4 (X64) \n\tEmulator of warehouse_gw's tests, "
           "over PostgreSQL")


class Database:
    def __init__(self, number, name, engine_name):
        self.number, self.name, self.engine_name = number, name, engine_name
        self.snapshot, self.rcsi = True, True
        self.cached = None

    def views(self, engine):
        if self.cached is None:
            self.cached = system_views(engine, self.name)
        return self.cached


class Server:
    def __init__(self, engine, users, tls=None, encrypt_all=False, judge=True, prefix="tds"):
        self.engine, self.logins, self.certificate, self.encrypt_all = engine, users, tls, encrypt_all
        self.name, self.version_text = "EMULATOR", VERSION
        self.prefix = prefix
        self.databases, self.sessions = {}, {}
        self.lock = threading.Lock()
        self.spids, self.descriptors = 50, 0
        self.orders, self.judge = Orders(), Judge(judge)
        self.parsed = collections.OrderedDict()
        self.log = collections.deque(maxlen=5000)
        self.listener = None
        for name in ("master", "tempdb"):
            self.create_database(name)

    # ---- databases ----

    def database(self, name):
        return self.databases.get(name.lower())

    def create_database(self, name):
        with self.lock:
            if name.lower() in self.databases:
                raise SqlError(1801, name)
            number = {"master": 1, "tempdb": 2}.get(name.lower(), 5 + len(self.databases))
            known = Database(number, name, "%s_%d" % (self.prefix, number))
            template = self.databases.get("master")
            if template is None:
                install(self.engine, name, known.engine_name)
                self.fill_types(known)
            else:
                self.copy_database(name, known)
            self.databases[name.lower()] = known
        self.note_databases()

    def copy_database(self, name, known):
        """From a copy of "master" that nobody is connected to."""
        with pq.Connection(pq.conninfo(dbname="postgres", **self.engine)) as admin:
            model = self.prefix + "_model"
            if not admin.must("SELECT 1 FROM pg_database WHERE datname = '%s'" % model):
                admin.must("CREATE DATABASE %s TEMPLATE %s_1" % (model, self.prefix))
            admin.must("CREATE DATABASE %s TEMPLATE %s" % (known.engine_name, model))
        engine = Engine(self.engine, known.engine_name)
        engine.run("UPDATE meta.options SET value = %s WHERE name = 'database'" % pq.literal(name))
        engine.close()

    def fill_types(self, known):
        engine = Engine(self.engine, known.engine_name)
        rows = ", ".join("('%s', %d, %d, %d, %d, %d, %s)" % ((name,) + facts + (
            "'%s'" % t.DEFAULT_COLLATION if name in ("char", "varchar", "nchar", "nvarchar", "text", "ntext", "sysname") else "NULL",))
            for name, facts in t.SYSTEM.items())
        engine.run("INSERT INTO meta.types VALUES " + rows)
        engine.close()

    def note_databases(self):
        """sys.databases is the same in each of them."""
        rows = ", ".join("(%d, %s, %s, %s)" % (d.number, pq.literal(d.name), d.snapshot, d.rcsi) for d in self.databases.values())
        for known in list(self.databases.values()):
            engine = Engine(self.engine, known.engine_name)
            engine.run("DELETE FROM meta.databases; INSERT INTO meta.databases VALUES " + rows)
            engine.close()

    def drop_database(self, name):
        known = self.databases.pop(name.lower())
        with pq.Connection(pq.conninfo(dbname="postgres", **self.engine)) as admin:
            admin.must("DROP DATABASE %s WITH (FORCE)" % known.engine_name)
        self.note_databases()

    def side_rows(self, database, sql):
        engine = Engine(self.engine, self.database(database).engine_name)
        try:
            return engine.rows(sql)
        finally:
            engine.close()

    # ---- what sessions share ----

    def parse(self, text):
        found = self.parsed.get(text)
        if found is None:
            found = BatchParser(text).batch()
            with self.lock:
                self.parsed[text] = found
                if len(self.parsed) > 500:
                    self.parsed.popitem(last=False)
        return found

    def next_descriptor(self):
        with self.lock:
            self.descriptors += 1
            return self.descriptors

    def log_error(self, session, error):
        self.log.append({"at": time.time(), "login": session.login, "number": error.number, "text": error.text})

    def kill(self, spid):
        other = self.sessions.get(spid)
        if other is None:
            raise SqlError(6106, text="Process ID %d is not an active process ID." % spid, level=16, state=1)
        other.engine.cancel()
        other.channel.close()

    # ---- connections ----

    def listen(self, port):
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
        threading.Thread(target=self.accept, daemon=True).start()
        return self.listener.getsockname()[1]

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        channel = Channel(sock)
        session = None
        try:
            login = logins.accept(channel, self)
            if login is None:
                return
            with self.lock:
                self.spids += 1
                channel.spid = self.spids
            session = Session(self, channel, login.user, login.app, login.database or "master")
            self.sessions[channel.spid] = session
            logins.welcome(session, login)
            self.converse(session)
        except (Gone, OSError, EOFError, ssl.SSLError):
            pass
        except Exception:
            traceback.print_exc()
        finally:
            self.sessions.pop(channel.spid, None)
            channel.close()
            if session is not None:
                session.close()

    def converse(self, session):
        """Requests come by a thread of their own, so that an attention is heard at once."""
        requests = queue.Queue()
        threading.Thread(target=self.hear, args=(session, requests), daemon=True).start()
        while True:
            kind, status, data = requests.get()
            if kind is None:
                return
            if status & (RESET | RESET_KEEP):
                session.abort() if status & RESET else None
            if kind == ATTENTION:
                session.channel.send(tokens.done(tokens.DONE, tokens.ATTENTION))
                continue
            session.request(lambda: self.handle(session, kind, data))

    def hear(self, session, requests):
        try:
            while True:
                kind, status, data, last = session.channel.message()
                if kind == ATTENTION:
                    if session.faults.deaf:
                        continue
                    with session.turn:
                        idle = session.waiting == 0
                        session.attention = not idle
                    if idle:
                        requests.put((kind, 0, b""))
                    else:
                        session.engine.cancel()
                elif last & 2:
                    requests.put((ATTENTION, 0, b""))
                else:
                    with session.turn:
                        session.waiting += 1
                    requests.put((kind, status, data))
        except (Gone, OSError, EOFError, ssl.SSLError, ValueError):
            requests.put((None, 0, b""))
            self.give_up(session)

    def give_up(self, session):
        """Its client has gone: what has come, begun or not, is stopped until nothing of it runs."""
        while self.sessions.get(session.channel.spid) is session:
            with session.turn:
                asked = session.waiting > 0
                session.attention = asked
            if not asked:
                return
            try:
                session.engine.cancel()
            except Exception:
                traceback.print_exc()
            time.sleep(0.05)

    @staticmethod
    def handle(session, kind, data):
        if kind == SQL_BATCH:
            session.batch(data[skip_headers(data):].decode("utf-16-le"))
        elif kind == RPC:
            run_request(session, Reader(data, skip_headers(data)))
        elif kind == TRANSACTION:
            session.transaction_request(Reader(data, skip_headers(data)))
        elif kind == BULK:
            raise SqlError(50900, "bulk load")
        else:
            raise EOFError("message type %d" % kind)

    # ---- control ----

    def tls(self):
        """What a connection that begins now is encrypted with, or None."""
        return tls_context(*self.certificate) if self.certificate else None

    def control(self):
        listener = socket.create_server(("127.0.0.1", 0), backlog=16)

        def run():
            while True:
                sock, _ = listener.accept()
                threading.Thread(target=self.orders_of, args=(sock,), daemon=True).start()
        threading.Thread(target=run, daemon=True).start()
        return listener.getsockname()[1]

    def orders_of(self, sock):
        with sock, sock.makefile("rw", encoding="utf-8") as file:
            for line in file:
                try:
                    answer = self.order(json.loads(line))
                except Exception as error:
                    answer = {"error": "%s: %s" % (type(error).__name__, error)}
                file.write(json.dumps(answer) + "\n")
                file.flush()

    def order(self, order):
        op = order.pop("op")
        if op == "fault":
            self.orders.add(order)
        elif op == "clear":
            self.orders.clear()
        elif op == "login":
            self.logins[order["user"]] = order["password"]
        elif op == "sql":
            return run_script(self, order["text"], order.get("database", "master"))
        elif op == "state":
            return {"sessions": [{"spid": s.channel.spid, "login": s.login, "app": s.app, "running": s.running is not None,
                                  "trancount": s.trancount, "text": s.faults.text} for s in list(self.sessions.values())]}
        elif op == "log":
            return {"errors": list(self.log)}
        else:
            return {"error": "no op " + op}
        return {}


class Collector:
    """A channel that keeps what a session would have sent."""

    size, spid = 1 << 30, 0
    drip = cut_after = None

    def send(self, payload, kind=4, last=True):
        return b""

    def close(self):
        pass


def run_script(server, text, database):
    """Batches apart by GO lines, without a wire: their errors, and the last rows as texts."""
    session = Session(server, Collector(), "sa", "script", database)
    errors, rows = [], []

    def collect(columns, sql, command, reads, before=()):
        """In place of send_rows: every value as text, dates as ISO 8601."""
        wide = t.string("nvarchar", t.MAX)
        cells = [convert(E("r.c%d" % i, c.kind), wide, False, style_of(c.kind)).text() for i, c in enumerate(columns, 1)]
        names = ", ".join("c%d" % i for i in range(1, len(cells) + 1))
        if not reads:
            raise SqlError(50900, "OUTPUT in a script")
        rows[:] = session.atomic(lambda: session.engine.rows(
            "SELECT %s FROM (%s) AS r(%s)" % (", ".join(cells), sql, names)), reads=True)
        session.done(len(rows))
        return len(rows)
    session.send_rows = collect
    session.fail = lambda error: errors.append("%d: %s" % (error.number, error.text))
    try:
        batch = []
        for line in text.split("\n") + ["GO"]:
            if line.strip().upper() == "GO":
                if "".join(batch).strip():
                    session.request(lambda: session.batch("\n".join(batch)))
                batch = []
            else:
                batch.append(line)
    finally:
        session.close()
    return {"errors": errors, "rows": rows}


def style_of(kind):
    """The style that says all of a value of this type."""
    style = 3 if kind.name in ("float", "real") else 1 if kind.name in t.BINARIES else 2 if kind.name.endswith("money") else \
        121 if kind.name in t.TIMES else None
    return None if style is None else E(str(style), t.INT)


def tls_context(certificate, key):
    """Of the files as they are now; None where there are none."""
    if not os.path.exists(certificate):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # TDS 7.4 wraps the handshake in packets, which TLS 1.3 outlives.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine-host", required=True)
    parser.add_argument("--engine-port", required=True)
    parser.add_argument("--engine-user", default="postgres")
    parser.add_argument("--user", default="sa")
    parser.add_argument("--password", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--prefix", default="tds_%d" % os.getpid())
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--encrypt-all", action="store_true")
    parser.add_argument("--no-judge", action="store_true")
    parser.add_argument("--database", action="append", default=[])
    args = parser.parse_args()
    engine = {"host": args.engine_host, "port": args.engine_port, "user": args.engine_user}
    server = Server(engine, {args.user: args.password}, args.tls, args.encrypt_all,
                    not args.no_judge, args.prefix)
    for name in args.database:
        server.create_database(name)
    print(json.dumps({"port": server.listen(args.port), "control": server.control()}), flush=True)
    sys.stdin.read()
    server.listener.close()
    for session in list(server.sessions.values()):
        session.channel.close()
    print(json.dumps(server.judge.close()), flush=True)
    for known in list(server.databases.values()) + [Database(0, "model", server.prefix + "_model")]:
        try:
            with pq.Connection(pq.conninfo(dbname="postgres", **engine)) as admin:
                admin.must("DROP DATABASE IF EXISTS %s WITH (FORCE)" % known.engine_name)
        except (pq.Failed, pq.ConnectionLost, EngineError):
            pass


if __name__ == "__main__":
    main()
