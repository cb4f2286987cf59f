"""Packets of the Tabular Data Stream, with TLS inside where it was agreed.

[MS-TDS] 2.2.3 (packets), 2.2.6.5 (PRELOGIN), 3.3.5.1 (TLS):
https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-tds/
The handshake travels inside packets of type PRELOGIN; afterwards TLS records stand on the socket
itself, for the login only or for good.
"""
import socket
import ssl
import struct
import threading
import time

SQL_BATCH, OLD_LOGIN, RPC, RESPONSE, ATTENTION, BULK, TRANSACTION, LOGIN7, SSPI, PRELOGIN = 1, 2, 3, 4, 6, 7, 14, 16, 17, 18
END_OF_MESSAGE, IGNORE, RESET, RESET_KEEP = 1, 2, 8, 16


class Gone(Exception):
    """The client has closed its end, or we close ours."""


class Channel:
    def __init__(self, sock):
        self.sock = sock
        self.size = 4096
        self.spid = 0
        self.tls = None
        self.incoming = self.outgoing = None
        self.handshaking = False
        self.buffer = b""
        self.packet_id = 0
        self.sent_packets = 0
        # Faults: (packets left before the cut), (bytes, seconds) of a drip.
        self.cut_after = None
        self.drip = None
        self.sending = threading.Lock()
        # The reading and the writing thread share one TLS object.
        self.guard = threading.Lock()

    # ---- bytes ----

    def _fill(self):
        data = self.sock.recv(65536)
        if not data:
            raise Gone()
        if self.tls and not self.handshaking:
            with self.guard:
                self._decrypt(data)
            return
        self.buffer += data

    def _decrypt(self, data):
        self.incoming.write(data)
        while True:
            try:
                plain = self.tls.read(65536)
            except ssl.SSLWantReadError:
                return
            if not plain:
                raise Gone()
            self.buffer += plain

    def _take(self, count):
        while len(self.buffer) < count:
            self._fill()
        out, self.buffer = self.buffer[:count], self.buffer[count:]
        return out

    def _put(self, data):
        if self.tls and not self.handshaking:
            with self.guard:
                self.tls.write(data)
                data = self.outgoing.read()
        if self.drip:
            step, pause = self.drip
            for at in range(0, len(data), step):
                self.sock.sendall(data[at:at + step])
                time.sleep(pause)
        else:
            self.sock.sendall(data)

    # ---- packets ----

    def packet(self):
        """(type, status, payload) of the next packet."""
        kind, status, length, _, _, _ = struct.unpack(">BBHHBB", self._take(8))
        if length < 8:
            raise Gone()
        return kind, status, self._take(length - 8)

    def message(self):
        """(type, first status, payload) of the next whole message."""
        kind, first, payload = self.packet()
        parts, status = [payload], first
        while not status & END_OF_MESSAGE:
            _, status, payload = self.packet()
            parts.append(payload)
        return kind, first, b"".join(parts), status

    def send(self, payload, kind=RESPONSE, last=True):
        """A message, or a part of one that fills whole packets; returns what did not fill one."""
        room = self.size - 8
        with self.sending:
            while len(payload) > room or last:
                part, payload = payload[:room], payload[room:]
                end = last and not payload
                if self.cut_after is not None:
                    if self.cut_after <= 0:
                        self.close()
                        raise Gone()
                    self.cut_after -= 1
                self.packet_id = (self.packet_id + 1) & 255
                self._put(struct.pack(">BBHHBB", kind, END_OF_MESSAGE if end else 0, len(part) + 8, self.spid,
                                      self.packet_id, 0) + part)
                if end:
                    self.packet_id = 0
                    return b""
        return payload

    # ---- TLS ----

    def start_tls(self, context):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.handshaking = True
        while True:
            try:
                self.tls.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                done = False
            answer = self.outgoing.read()
            if answer:
                self.send(answer, PRELOGIN)
            if done:
                break
            kind, _, payload, _ = self.message()
            if kind != PRELOGIN:
                raise Gone()
            self.incoming.write(payload)
        self.handshaking = False
        # What came with the last of the handshake is read now: nothing else may follow it.
        rest, self.buffer = self.buffer, b""
        if rest:
            with self.guard:
                self._decrypt(rest)

    def stop_tls(self):
        """The login was the last thing to be hidden."""
        self.tls = None

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()
