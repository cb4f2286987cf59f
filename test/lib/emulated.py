"""What emulators of HTTP services have in common: faults to order, and a server that can do wrong.

A fault is a rule {kind, and of method, path, statement (regular expressions), skip, times, ...}.  The server itself
knows: reset, delay (seconds), answer (status, headers, text, in which {repeat} stands for a text so many times; bytes: a
character is a byte), lost (done, but not answered), garbage, cut (bytes), drip (bytes, seconds).  What else there is, a
service asks for by take().  Nothing is kept beyond the process.
"""
import gzip
import http.server
import json
import re
import socket
import ssl
import struct
import sys
import threading
import time


class Faults:
    def __init__(self):
        self.rules, self.taken, self.lock = [], [], threading.Lock()

    def add(self, rule):
        with self.lock:
            self.rules.append({"times": 1, "skip": 0, **rule})

    def clear(self):
        with self.lock:
            self.rules, self.taken = [], []

    def take(self, kind, method="", path="", statement=""):
        """The rule of that kind that applies now, used up by that; times -1 is for ever."""
        with self.lock:
            for rule in self.rules:
                if rule["kind"] != kind or rule["times"] == 0:
                    continue
                if any(not re.search(rule[key], text, re.S) for key, text in
                       (("method", method), ("path", path), ("statement", statement)) if key in rule):
                    continue
                if rule["skip"] > 0:
                    rule["skip"] -= 1
                    continue
                rule["times"] -= rule["times"] > 0
                self.taken.append({"kind": kind, "at": time.time(), "request": method + " " + path, "statement": statement[:200]})
                return rule
        return None


class Handler(http.server.BaseHTTPRequestHandler):
    """service.answer(server, method, url, headers, body) gives (status, headers, bytes), service.broken(words) a service's own error."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are sent apart
    service = None

    def handle_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        faults, method, url = self.service.faults, self.command, self.path
        ordered, said = not url.startswith("/_control/"), body.decode("utf-8", "replace")

        def take(kind):
            return faults.take(kind, method, url, said) if ordered else None
        if take("reset"):
            return self.reset()
        delay = take("delay")
        if delay:
            time.sleep(delay["seconds"])
        answer = take("answer")
        if answer:
            many, times = answer.get("repeat", ("", 0))
            data = answer.get("text", "").replace("{repeat}", many * times).encode("latin-1" if answer.get("bytes") else "utf-8")
            return self.reply(answer.get("status", 200), answer.get("headers", {}), data)
        try:
            status, headers, data = self.service.answer(self.server, method, url, self.headers, body)
        except Exception as error:  # the emulator's own fault, to be seen in its log and by the client
            print("emulator: %s %s: %r" % (method, url, error), file=sys.stderr, flush=True)
            status, headers, data = 500, {}, json.dumps(self.service.broken("emulator: %r" % error)).encode()
        if take("lost"):
            return self.reset()
        if take("garbage"):
            data = b"<html><body>Bad gateway</body></html>"
        return self.reply(status, headers, data, take("cut"), take("drip"))

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_one

    def reply(self, status, headers, data, cut=None, drip=None):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if cut:
            self.wfile.write(data[:cut.get("bytes", len(data) // 2)])
            return self.reset()
        step = drip.get("bytes", 16) if drip else max(len(data), 1)
        for at in range(0, len(data), step):
            self.wfile.write(data[at:at + step])
            self.wfile.flush()
            if drip:
                time.sleep(drip.get("seconds", 0.01))
        return None

    def reset(self):
        self.close_connection = True
        self.wfile.flush()
        try:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.socket.close(self.connection)
        except OSError:
            pass

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        """Requests are no news; a service keeps its own log."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, service, tls=None):
        self.tls = tls
        super().__init__(("127.0.0.1", 0), type("Bound", (Handler,), {"service": service}))
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return "http%s://127.0.0.1:%d" % ("s" if self.tls else "", self.server_port)

    def finish_request(self, request, client_address):
        """The handshake is the thread's, not the listener's."""
        try:
            if self.tls:
                request.settimeout(120)
                request = self.tls.wrap_socket(request, server_side=True)
                request.settimeout(None)
            super().finish_request(request, client_address)
        except (OSError, ssl.SSLError, ValueError):
            pass

    def handle_error(self, request, client_address):
        """Clients that go away are no news."""


def tls_of(cert, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context
