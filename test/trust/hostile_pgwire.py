"""A server that speaks PostgreSQL's protocol well enough to be connected to, and then says hostile things.

The database asked for names the trick: connect_X refuses the connection with text X, query_X lets in and
answers every statement with text X.
"""
import os
import socket
import struct
import threading

ESCAPES = b"\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m \x08\x08\x08 \r\x00"[:-1]
TEXTS = {
    "controls": b"a" + bytes(range(1, 32)) + b"b\x7fc",
    "escapes": b"see " + ESCAPES + b" end",
    "c1": "see \u009b31m red \u0085 \u009d0;t\u009c end".encode(),
    "bidi": "user \u202eelgoog\u202c \u2066x\u2069 \u200f end".encode(),
    "separators": "one\u2028two\u2029three".encode(),
    "invalid": b"bad \xff\xfe \xc3( \xed\xa0\x80 \xf8 end",
    "truncated": b"ends in half a letter \xe2\x82",
    "latin1": b"caf\xe9 cr\xe8me",
    "large": b"x" * 1048576,
    "large of 3": "\u20ac".encode() * 349525,
    "large invalid": b"\xff" * 1048576,
    "newlines": b"one\nERROR:  two\nLOG:  three\r\nFATAL:  four",
    "format": b"%s %n %d %1$s %%",
    "password": b"your password was WGWCANARY_trust, encoded V0dXQ0FOQVJZX3RydXN0",
    "empty": b"",
    "no state": b"without a SQLSTATE",
    "bad state": b"with a bad SQLSTATE",
}


def message(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body


def error(text, state=b"XX001"):
    body = b"SERROR\0VERROR\0" + (b"C" + state + b"\0" if state else b"")
    for field in b"MDHWsctnpqFR":
        body += bytes([field]) + text + b"\0"
    return message(b"E", body + b"\0")


def parameter(name, value):
    return message(b"S", name + b"\0" + value + b"\0")


class Hostile(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(20)
        self.port = self.listener.getsockname()[1]

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def close(self):
        self.listener.close()

    def serve(self, client):
        try:
            self.talk(client, client.makefile("rb"))
        except (OSError, struct.error):
            pass
        finally:
            client.close()

    def talk(self, client, stream):
        length, code = struct.unpack("!II", stream.read(8))
        rest = stream.read(length - 8)
        if code in (80877103, 80877104):  # TLS or GSS asked for: not here
            client.sendall(b"N")
            length, code = struct.unpack("!II", stream.read(8))
            rest = stream.read(length - 8)
        if code == 80877102:
            return
        words = rest.split(b"\0")
        database = dict(zip(words[::2], words[1::2])).get(b"database", b"").decode()
        phase, _, trick = database.partition("_")
        trick = trick.replace("_", " ")
        text = TEXTS.get(trick, b"?")
        state = {"no state": b"", "bad state": b"\xff\x1b[x"}.get(trick, b"XX001")
        if phase == "connect":
            client.sendall(error(text, state))
            return
        client.sendall(message(b"R", struct.pack("!I", 3)))
        kind, length = stream.read(1), struct.unpack("!I", stream.read(4))[0]
        stream.read(length - 4)
        hello = message(b"R", struct.pack("!I", 0))
        for name, value in ((b"server_version", b"15.0"), (b"client_encoding", b"UTF8"), (b"server_encoding", b"UTF8"),
                            (b"standard_conforming_strings", b"on"), (b"integer_datetimes", b"on")):
            hello += parameter(name, value)
        client.sendall(hello + message(b"K", struct.pack("!II", os.getpid(), 1)) + message(b"Z", b"I"))
        if phase == "notice":
            client.sendall(message(b"N", error(text, state)[5:]))
        while True:
            kind = stream.read(1)
            if not kind or kind == b"X":
                return
            stream.read(struct.unpack("!I", stream.read(4))[0] - 4)
            if kind in (b"Q", b"S"):
                client.sendall(self.answer(phase, text, state) + message(b"Z", b"I"))

    @staticmethod
    def answer(phase, text, state):
        if phase == "length":  # claims two gigabytes
            return b"D" + struct.pack("!I", 0x7ffffff0) + text
        if phase == "negative":
            return message(b"T", struct.pack("!H", 1) + b"c\0" + struct.pack("!IhIhih", 0, 0, 25, -1, -1, 0)) + \
                message(b"D", struct.pack("!Hi", 1, -7))
        if phase == "fields":
            return message(b"T", struct.pack("!H", 0xffff) + b"c\0")
        if phase == "garbage":
            return b"\0" * 64
        return error(text, state)
