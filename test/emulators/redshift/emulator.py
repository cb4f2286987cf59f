#!/usr/bin/python3
"""An Amazon Redshift to talk to: speaks its side of the protocol in front of a real PostgreSQL.

Each client has one thread and one session of the PostgreSQL behind, whose login is passed through
(so users and passwords are that server's).  Statements are judged and rewritten by judge.py; a
refused one is replaced by a text that PostgreSQL cannot parse, so that order, transactions and the
extended protocol stay PostgreSQL's own, and its error is replaced on the way back.

Usage: emulator.py --backend PORT [--port N] [--cert FILE --key FILE] [--faults FILE]
Prints one line of JSON, {"port": N}, when it listens; ends with SIGTERM or when stdin is closed.
Databases need schema.sql and catalog.sql (see start.py).
"""
import argparse
import json
import os
import re
import select
import socket
import ssl
import struct
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "..", "build", "judges", "redshift")]

import judge  # noqa: E402

SSL_REQUEST, GSS_REQUEST, CANCEL = 80877103, 80877104, 80877102
# What PostgreSQL 8.0 has no parameter status for, and what Redshift says otherwise.
STATUS_KEPT = {"client_encoding", "DateStyle", "integer_datetimes", "is_superuser", "session_authorization", "TimeZone"}
STATUS_MADE = {"server_version": "8.0.2", "server_encoding": "UNICODE", "max_numeric_precision": "38",
               "max_varchar_size": "65535"}
SESSION = ("-c search_path=rs,pg_catalog,\"$user\",public -c standard_conforming_strings=off -c escape_string_warning=off "
           "-c extra_float_digits=0 -c bytea_output=hex -c default_transaction_isolation=serializable -c DateStyle=ISO,MDY "
           "-c IntervalStyle=postgres -c TimeZone=UTC")
STARTUP_KNOWN = {"user", "database", "application_name", "client_encoding", "options", "client_protocol_version", "driver_version",
                 "os_version", "plugin_name", "datestyle", "timezone", "extra_float_digits"}
MARK = re.compile(rb"rs_refused_(\d+)")
TEXT_OID, VARCHAR_OID, SUPER_OID, VARBYTE_OID = 25, 1043, 4000, 6551
OWN_TYPES = "SELECT 'rs.super'::pg_catalog.regtype::pg_catalog.oid, 'rs.varbyte'::pg_catalog.regtype::pg_catalog.oid"


def message(kind, body):
    return kind + struct.pack("!i", len(body) + 4) + body


def error_fields(body):
    return {part[:1].decode(): part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}


def error_message(kind, fields):
    return message(kind, b"".join(k.encode() + v.encode() + b"\0" for k, v in fields.items()) + b"\0")


def cstring(body, at):
    end = body.index(b"\0", at)
    return body[at:end], end + 1


class Faults:
    """A file of faults that tests write: [{"match": "regex", "fault": "name", "times": 1}]."""

    def __init__(self, path):
        self.path, self.lock, self.used = path, threading.Lock(), {}

    def of(self, text):
        if not self.path or not os.path.exists(self.path):
            return None
        with self.lock:
            with open(self.path, encoding="utf-8") as file:
                wanted = json.loads(file.read() or "[]")
            for i, fault in enumerate(wanted):
                if re.search(fault["match"], text) and fault.get("times", 1) > 0:
                    fault["times"] = fault.get("times", 1) - 1
                    with open(self.path, "w", encoding="utf-8") as file:
                        json.dump(wanted, file)
                    return judge.RULES["faults"][fault["fault"]]
        return None


class Gone(Exception):
    """One side closed."""


class Wire:
    """Whole messages of one socket, also of one that speaks TLS."""

    def __init__(self, sock):
        self.sock, self.buffer = sock, bytearray()

    def fill(self):
        try:
            data = self.sock.recv(262144)
        except (ssl.SSLWantReadError, BlockingIOError):
            return
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        self.buffer += data

    def exactly(self, count):
        while len(self.buffer) < count:
            self.fill()
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def pending(self):
        return isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0

    def messages(self):
        """What has come in whole."""
        at, out, buffer = 0, [], self.buffer
        while len(buffer) - at >= 5:
            size = struct.unpack_from("!i", buffer, at + 1)[0]
            if len(buffer) - at < size + 1:
                break
            out.append((bytes(buffer[at:at + 1]), bytes(buffer[at + 5:at + size + 1])))
            at += size + 1
        del buffer[:at]
        return out

    def one(self):
        head = self.exactly(5)
        return head[:1], self.exactly(struct.unpack("!i", head[1:])[0] - 4)

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Gone from error


class Session:
    """One client."""

    def __init__(self, emulator, sock):
        self.emulator, self.client, self.backend = emulator, Wire(sock), None
        self.in_block, self.cursor, self.case_sensitive, self.outstanding = False, None, False, 0
        self.refused, self.own = {}, {}
        self.commit, self.holding, self.explaining = False, False, False
        # Extended protocol: descriptions asked for, of what; rows follow them.
        self.asked, self.described, self.portals, self.running = [], {}, {}, []
        self.rows = None

    # ---- start ----

    def startup(self):
        while True:
            size = struct.unpack("!i", self.client.exactly(4))[0]
            body = self.client.exactly(size - 4)
            code = struct.unpack("!i", body[:4])[0]
            tls = self.emulator.tls() if code == SSL_REQUEST else None
            if tls and not isinstance(self.client.sock, ssl.SSLSocket):
                self.client.send(b"S")
                try:
                    self.client.sock = tls.wrap_socket(self.client.sock, server_side=True)
                except (OSError, ssl.SSLError) as error:
                    raise Gone from error
            elif code in (SSL_REQUEST, GSS_REQUEST):
                self.client.send(b"N")
            elif code == CANCEL:
                with self.emulator.connect() as sock:
                    sock.sendall(struct.pack("!i", size) + body)
                    sock.recv(1)
                return False
            else:
                return self.login(body)

    def login(self, body):
        given = [p.decode() for p in body[4:].split(b"\0")]
        wanted = dict(zip(given[0::2], given[1::2]))
        wanted.pop("", None)
        if "replication" in wanted:
            raise Refused(judge.Refusal("replication"))
        for name in wanted:
            if name not in STARTUP_KNOWN and not name.startswith("_pq_"):
                raise Refused(judge.Refusal("setting", name))
        for name in re.findall(r"-c\s*(\w+)\s*=", wanted.get("options", "")):
            if name.lower() not in judge.NAMES["settings"]:
                raise Refused(judge.Refusal("setting", name))
        kept = {k: v for k, v in wanted.items() if k in ("user", "database", "application_name", "client_encoding")}
        options = " ".join(re.sub(r"-c\s*(%s)=" % "|".join(sorted(judge.NAMES["settings"] - judge.SHARED_SETTINGS)), r"-c rs.\1=", part)
                           for part in [wanted.get("options", "")])
        kept["options"] = SESSION + " " + options
        packet = struct.pack("!i", 196608) + b"".join(k.encode() + b"\0" + v.encode() + b"\0" for k, v in kept.items()) + b"\0"
        self.backend = Wire(self.emulator.connect())
        self.backend.send(struct.pack("!i", len(packet) + 4) + packet)
        return self.authenticate()

    def authenticate(self):
        """Passes the exchange through until the session is ready."""
        held = b""
        while True:
            kind, body = self.backend.one()
            if kind == b"R":
                self.client.send(message(kind, body))
                code = struct.unpack("!i", body[:4])[0]
                if code not in (0, 12):
                    answer, reply = self.client.one()
                    self.backend.send(message(answer, reply))
            elif kind == b"E":
                self.client.send(error_message(b"E", self.translate(error_fields(body))))
                return False
            elif kind == b"S":
                held += self.status(body)
            elif kind == b"Z":
                break
            else:
                held += message(kind, body)
        self.backend.send(message(b"Q", OWN_TYPES.encode() + b"\0"))
        failed = False
        while True:
            kind, body = self.backend.one()
            if kind == b"D":
                oids = re.findall(rb"\d+", body[2:])
                self.own = {int(oids[0]): SUPER_OID, int(oids[1]): VARBYTE_OID}
            failed |= kind == b"E"
            if kind == b"Z":
                break
        if failed:
            raise Refused(judge.Refusal("unemulated", "this database lacks schema rs"))
        made = b"".join(message(b"S", f"{k}\0{v}\0".encode()) for k, v in STATUS_MADE.items())
        self.client.send(held + made + message(b"Z", b"I"))
        return True

    def status(self, body):
        name = body.split(b"\0")[0].decode()
        return message(b"S", body) if name in STATUS_KEPT else b""

    def ask(self, query):
        """The first value of a query of our own; None in a failed transaction or amid other answers."""
        if self.outstanding:
            return None
        self.backend.send(message(b"Q", query.encode() + b"\0"))
        value = None
        while True:
            kind, body = self.backend.one()
            if kind == b"D" and struct.unpack_from("!i", body, 2)[0] >= 0:
                value = body[6:].decode()
            if kind == b"Z":
                return value

    def creation_schema(self):
        return self.ask("SELECT rs.current_schema()")

    # ---- the client's messages ----

    def refuse(self, refusal):
        """A word that PostgreSQL trips over, and whose error will be ours."""
        number = len(self.refused) + 1
        self.refused[number] = refusal
        return f"rs_refused_{number}"

    def judged(self, raw):
        text = raw.decode("utf-8", "replace")
        fault = self.emulator.faults.of(text)
        if fault:
            if fault.get("severity") == "FATAL":
                self.client.send(error_message(b"E", {"S": "FATAL", "C": fault["sqlstate"], "M": fault["message"]}))
                raise Gone
            return self.refuse(fault).encode(), set()
        try:
            text, kinds = judge.judge(text, self)
            return text.encode(), kinds
        except judge.Refusal as refusal:
            return self.refuse(refusal).encode(), set()

    def from_client(self, kind, body):
        if kind == b"Q":
            text, kinds = self.judged(body[:-1])
            self.explaining = "explain" in kinds
            self.commit = "commit" in kinds
            self.outstanding += 1
            return message(b"Q", text + b"\0")
        if kind == b"P":
            name, at = cstring(body, 0)
            query, at = cstring(body, at)
            text, kinds = self.judged(query)
            self.commit |= "commit" in kinds
            self.explaining = "explain" in kinds
            count = struct.unpack_from("!h", body, at)[0]
            back = {v: k for k, v in self.own.items()}
            oids = [back.get(o, o) for o in struct.unpack_from(f"!{count}I", body, at + 2)]
            return message(b"P", name + b"\0" + text + b"\0" + struct.pack(f"!h{count}I", count, *oids))
        if kind == b"B":
            return self.bind(body)
        if kind in (b"S", b"F"):
            self.outstanding += 1
        if kind == b"D":
            self.asked.append((body[:1], body[1:-1]))
        elif kind == b"E":
            self.running.append(cstring(body, 0)[0])
        elif kind == b"F":
            return message(b"Q", self.refuse(judge.Refusal("fastpath")).encode() + b"\0")
        return message(kind, body)

    def bind(self, body):
        portal, at = cstring(body, 0)
        statement, at = cstring(body, at)
        self.portals[portal] = statement
        start = at
        count = struct.unpack_from("!h", body, at)[0]
        at += 2 + 2 * count
        count = struct.unpack_from("!h", body, at)[0]
        at += 2
        for _ in range(count):
            size = struct.unpack_from("!i", body, at)[0]
            at += 4 + max(size, 0)
        count = struct.unpack_from("!h", body, at)[0]
        if any(struct.unpack_from(f"!{count}h", body, at + 2)):
            word = self.refuse(judge.Refusal("binary_result")).encode()
            return message(b"B", portal + b"\0" + word + b"\0" + body[start:])
        return message(b"B", body)

    # ---- the server's messages ----

    def from_backend(self, kind, body):
        """What the client gets of it."""
        if kind == b"S":
            return self.status(body)
        if kind in (b"E", b"N"):
            fields = error_fields(body)
            if kind == b"E":
                self.asked.clear()
                self.running.clear()
            return self.notices + error_message(kind, self.translate(fields)) if self.find(fields) else error_message(
                kind, self.translate(fields))
        if kind == b"T":
            return self.row_description(body)
        if kind == b"n" and self.asked:
            self.asked.pop(0)
        elif kind == b"D":
            return self.data_row(body)
        elif kind in (b"C", b"s", b"I"):
            if kind == b"C" and body.startswith((b"COMMIT", b"ROLLBACK", b"CLOSE")):
                self.cursor = None
            if self.running:
                self.running.pop(0)
            self.rows = None
        elif kind == b"Z":
            return self.at_rest(body)
        elif kind == b"t":
            count = struct.unpack("!h", body[:2])[0]
            oids = [self.own.get(o, o) for o in struct.unpack(f"!{count}I", body[2:])]
            return message(kind, struct.pack(f"!h{count}I", count, *oids))
        return message(kind, body)

    def at_rest(self, body):
        if self.holding:
            self.holding = False
        elif self.commit and body == b"T":
            # r_TRUNCATE.html: it commits the transaction in which it is run.
            self.holding = True
            self.commit = False
            self.backend.send(message(b"Q", b"COMMIT\0"))
            return b""
        self.commit = False
        self.outstanding -= 1
        self.in_block = body != b"I"
        if not self.in_block:
            self.cursor = None
        self.asked.clear()
        self.running.clear()
        return message(b"Z", body)

    def find(self, fields):
        """The refusal that this error of PostgreSQL stands for; prepares its notices."""
        found = MARK.search(fields.get("M", "").encode())
        refusal = self.refused.get(int(found[1])) if found else None
        notices = getattr(refusal, "notices", ())
        self.notices = b"".join(error_message(b"N", {"S": "INFO", "C": "00000", "M": text}) for text in notices)
        return refusal

    def translate(self, fields):
        """PostgreSQL's error as Redshift says it."""
        refusal = self.find(fields)
        out = {k: v for k, v in fields.items() if k in "SCMDHPpqWFLR"}
        if isinstance(refusal, dict):
            out = {"S": "ERROR", "C": refusal["sqlstate"], "M": refusal["message"]}
            if "detail" in refusal:
                out["D"] = refusal["detail"]
        elif refusal is not None:
            sqlstate, text = refusal.fields()
            out = {"S": "ERROR", "C": sqlstate, "M": text}
        elif fields.get("C") == "40001":
            fault = judge.RULES["faults"]["conflict"]
            out = {"S": "ERROR", "C": fault["sqlstate"], "M": fault["message"], "D": fault["detail"]}
        elif fields.get("C") == "57014":
            out["M"] = judge.RULES["faults"]["wlm_timeout"]["message"]
        return out

    def row_description(self, body):
        """Redshift's types, and which columns need another text."""
        count = struct.unpack("!h", body[:2])[0]
        at, special, out = 2, {}, bytearray(body)
        for i in range(count):
            at = body.index(b"\0", at) + 1
            oid = struct.unpack_from("!I", body, at + 6)[0]
            shown = self.own.get(oid, VARCHAR_OID if oid == TEXT_OID else oid)
            if shown != oid:
                struct.pack_into("!I", out, at + 6, shown)
            if oid in self.own:
                special[i] = shown
            at += 18
        if self.asked:
            what, name = self.asked.pop(0)
            if what == b"S":
                self.described[name] = special
            else:
                self.described[self.portals.get(name, b"")] = special
            self.rows = None
        else:
            self.rows = special
        return message(b"T", bytes(out))

    def data_row(self, body):
        special = self.rows
        if special is None:
            statement = self.portals.get(self.running[0], b"") if self.running else b""
            special = self.rows = self.described.get(statement, {})
        if not special and not self.explaining:
            return message(b"D", body)
        count, at, out = struct.unpack("!h", body[:2])[0], 2, [body[:2]]
        for i in range(count):
            size = struct.unpack_from("!i", body, at)[0]
            at += 4
            if size < 0:
                out.append(b"\xff\xff\xff\xff")
                continue
            value = body[at:at + size]
            at += size
            if special.get(i) == VARBYTE_OID:
                value = value[2:]
            elif special.get(i) == SUPER_OID:
                value = super_text(value)
            elif self.explaining:
                value = re.sub(rb"^(\s*(?:->\s+)?)(?=[A-Z]\w+[^:]*\(cost=)", rb"\1XN ", value)
            out.append(struct.pack("!i", len(value)) + value)
        return message(b"D", b"".join(out))

    # ---- both ----

    def run(self):
        sides = {self.client.sock: (self.client, self.from_client, self.backend),
                 self.backend.sock: (self.backend, self.from_backend, self.client)}
        while True:
            ready = [s for s, side in sides.items() if side[0].pending()] or select.select(list(sides), [], [])[0]
            for sock in ready:
                source, handle, target = sides[sock]
                closed = False
                try:
                    source.fill()
                except Gone:
                    closed = True
                out = []
                for kind, body in source.messages():
                    if self.holding and source is self.backend and kind != b"Z":
                        continue
                    out.append(handle(kind, body))
                if any(out):
                    target.send(b"".join(out))
                if closed:
                    raise Gone


class Refused(Exception):
    """A login that Redshift refuses."""

    def __init__(self, refusal):
        super().__init__(refusal.rule)
        self.refusal = refusal


def super_text(value):
    """The JSON of a SUPER: a string as it is stored, the rest behind \\x01, without blanks."""
    text = value.decode("utf-8", "replace")
    if not text.startswith("\x01"):
        return json.dumps(text, ensure_ascii=False).encode()
    return re.sub(r'("(?:\\.|[^"\\])*")|\s+', lambda m: m[1] or "", text[1:]).encode()


class Emulator:
    """Listens; one thread for each client."""

    def __init__(self, backend, port=0, tls=None, faults=None, backend_host="127.0.0.1"):
        self.backend, self.backend_host, self.certificate, self.faults = backend, backend_host, tls, Faults(faults)
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def tls(self):
        """Of the files as they are now; None where there are none."""
        if not self.certificate or not os.path.exists(self.certificate[0]):
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate)
        return context

    def connect(self):
        try:
            sock = socket.create_connection((self.backend_host, self.backend), timeout=120)
            sock.settimeout(None)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            raise Gone from error
        return sock

    def serve(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.attend, args=(sock,), daemon=True).start()

    def attend(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = Session(self, sock)
        try:
            if session.startup():
                session.run()
        except Refused as error:
            sqlstate, text = error.refusal.fields()
            try:
                session.client.send(error_message(b"E", {"S": "FATAL", "C": sqlstate, "M": text}))
            except Gone:
                pass
        except Gone:
            pass
        finally:
            for wire in (session.client, session.backend):
                if wire:
                    wire.sock.close()

    def close(self):
        self.listener.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--backend", type=int, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--faults")
    given = parser.parse_args()
    emulator = Emulator(given.backend, given.port, (given.cert, given.key) if given.cert else None, given.faults)
    print(json.dumps({"port": emulator.port}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
