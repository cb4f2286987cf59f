"""The proxy itself, against an echo server: each fault does what it says and nothing else."""
import os
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faultproxy import FaultProxy  # noqa: E402


class Echo:
    def __init__(self):
        self.received = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.echo, args=(peer,), daemon=True).start()

    def echo(self, peer):
        with peer:
            try:
                while data := peer.recv(65536):
                    self.received += data
                    peer.sendall(data)
            except OSError:
                pass


class ProxyTest(unittest.TestCase):
    def setUp(self):
        self.echo = Echo()
        self.proxy = FaultProxy(self.echo.port)

    def tearDown(self):
        self.proxy.stop()
        self.echo.listener.close()

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.proxy.port), timeout=30)
        self.addCleanup(s.close)
        return s

    def read(self, s, count, seconds=30):
        s.settimeout(seconds)
        out = b""
        while len(out) < count:
            part = s.recv(count - len(out))
            if not part:
                break
            out += part
        return out

    def comes(self, what, wanted):
        """Other threads may take their time."""
        deadline = time.monotonic() + 30
        while what() != wanted and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(what(), wanted)

    def arrives(self, data):
        self.comes(lambda: self.echo.received, data)

    def silent(self, s, seconds=0.2):
        s.settimeout(seconds)
        with self.assertRaises(socket.timeout):
            s.recv(1)

    def test_passes(self):
        s = self.connect()
        payload = os.urandom(300000)
        threading.Thread(target=s.sendall, args=(payload,)).start()
        self.assertEqual(self.read(s, len(payload)), payload)

    def test_latency(self):
        self.proxy.set([{"kind": "latency", "ms": 150, "direction": "down"}])
        s = self.connect()
        begun = time.monotonic()
        s.sendall(b"x")
        self.assertEqual(self.read(s, 1), b"x")
        self.assertGreater(time.monotonic() - begun, 0.14)

    def test_bandwidth(self):
        self.proxy.set([{"kind": "bandwidth", "bytes_per_s": 10000, "direction": "up"}])
        s = self.connect()
        begun = time.monotonic()
        s.sendall(b"x" * 3000)
        self.read(s, 3000)
        self.assertGreater(time.monotonic() - begun, 0.25)

    def test_cut_after_bytes(self):
        self.proxy.set([{"kind": "close", "direction": "down", "after": 5}])
        s = self.connect()
        s.sendall(b"0123456789")
        self.assertEqual(self.read(s, 10), b"01234")

    def test_reset_after_bytes(self):
        self.proxy.set([{"kind": "reset", "direction": "up", "after": 4, "drain_ms": 200}])
        s = self.connect()
        s.sendall(b"0123456789")
        with self.assertRaises(ConnectionResetError):
            while True:
                if not s.recv(10):
                    self.fail("a FIN, not a RST")
        self.arrives(b"0123")

    def test_reset_before_pattern(self):
        self.proxy.set([{"kind": "reset", "direction": "up", "when": "COMMIT"}])
        s = self.connect()
        s.sendall(b"BEGIN")
        self.assertEqual(self.read(s, 5), b"BEGIN")
        s.sendall(b"COMMIT")
        with self.assertRaises(ConnectionResetError):
            s.recv(10)
        self.assertEqual(self.echo.received, b"BEGIN")

    def test_lost_reply(self):
        self.proxy.set([{"kind": "reset", "direction": "up", "when": "COMMIT", "passes": True, "drain_ms": 200}])
        s = self.connect()
        s.sendall(b"COMMIT")
        with self.assertRaises(ConnectionResetError):
            s.recv(10)
        self.arrives(b"COMMIT")

    def test_pattern_across_chunks(self):
        self.proxy.set([{"kind": "reset", "direction": "up", "when": "COMMIT"}])
        s = self.connect()
        s.sendall(b"COM")
        self.assertEqual(self.read(s, 3), b"COM")
        s.sendall(b"MIT")
        with self.assertRaises(ConnectionResetError):
            s.recv(10)

    def test_times(self):
        self.proxy.set([{"kind": "reset", "direction": "up", "when": "x", "times": 1}])
        s = self.connect()
        s.sendall(b"x")
        with self.assertRaises(ConnectionResetError):
            s.recv(10)
        s = self.connect()
        s.sendall(b"x")
        self.assertEqual(self.read(s, 1), b"x")

    def test_freeze_and_thaw(self):
        s = self.connect()
        self.proxy.set([{"kind": "freeze", "direction": "down"}])
        s.sendall(b"x")
        self.silent(s)
        self.arrives(b"x")
        self.proxy.clear()
        self.assertEqual(self.read(s, 1), b"x")

    def test_half_open(self):
        s = self.connect()
        self.proxy.set([{"kind": "swallow", "direction": "up"}])
        s.sendall(b"x")
        self.silent(s)
        self.assertEqual(self.echo.received, b"")

    def test_corrupt(self):
        self.proxy.set([{"kind": "corrupt", "at": 3, "xor": 1, "direction": "down"}])
        s = self.connect()
        s.sendall(b"00000")
        self.assertEqual(self.read(s, 5), b"00010")

    def test_unsay(self):
        self.proxy.set([{"kind": "unsay", "what": "b.d", "direction": "down", "times": 1}])
        s = self.connect()
        s.sendall(b"abcde")
        self.assertEqual(self.read(s, 2), b"ae")
        s.sendall(b"bcd")
        self.assertEqual(self.read(s, 3), b"bcd")

    def test_slicer(self):
        self.proxy.set([{"kind": "slicer", "size": 1, "ms": 20, "direction": "down"}])
        s = self.connect()
        begun = time.monotonic()
        s.sendall(b"0123456789")
        self.assertEqual(self.read(s, 10), b"0123456789")
        self.assertGreater(time.monotonic() - begun, 0.15)

    def test_refuse(self):
        self.proxy.set([{"kind": "refuse"}])
        with self.assertRaises(ConnectionResetError):
            self.connect().recv(1)

    def test_silence(self):
        self.proxy.set([{"kind": "silence"}])
        s = self.connect()
        s.sendall(b"hello")
        self.silent(s)

    def test_garbage_and_inject(self):
        self.proxy.set([{"kind": "garbage", "hex": "deadbeef"}])
        self.assertEqual(self.read(self.connect(), 4), b"\xde\xad\xbe\xef")
        self.proxy.set([{"kind": "inject", "hex": "4142", "direction": "up", "when": "x"}])
        s = self.connect()
        s.sendall(b"x")
        self.assertEqual(sorted(self.read(s, 3)), sorted(b"ABx"))

    def test_drop_and_stats(self):
        s = self.connect()
        s.sendall(b"x")
        self.read(s, 1)
        self.assertEqual(self.proxy.stats()["open"], 1)
        self.proxy.drop()
        with self.assertRaises(ConnectionResetError):
            s.recv(1)
        self.comes(lambda: self.proxy.stats()["open"], 0)

    def test_server_gone(self):
        self.echo.listener.shutdown(socket.SHUT_RDWR)
        self.echo.listener.close()
        with self.assertRaises(ConnectionResetError):
            self.connect().recv(1)


if __name__ == "__main__":
    unittest.main()
