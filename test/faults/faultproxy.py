"""A TCP proxy that misbehaves on request.

Faults are data: dictionaries with "kind" and where they strike.

    kind       latency (ms), bandwidth (bytes_per_s), slicer (size, ms), corrupt (at, xor),
               unsay (what: take out what this regular expression matches in a chunk),
               freeze (hold everything back), forget (what is connected now hears and says nothing ever again), swallow (read it and throw it away),
               reset (RST to both sides), close (FIN to both sides), inject (hex: sent to the client),
               refuse (RST on accept), silence (accept and say nothing), garbage (hex on accept)
    direction  "up" (client to server), "down" or "both" (default)
    after      strike once so many bytes have passed in that direction (they all arrive first)
    when       strike at the chunk that holds this regular expression
    passes     with "when": that chunk is forwarded first (a lost reply, not a lost request)
    drain_ms   reset/close: how long the server side stays open, so that it can finish
    times      strike so often only (default: always)

From Python: FaultProxy(port_of_server), .port, .set([...]), .clear(), .drop(), .stats(), .stop().
From elsewhere: faultproxy.py --to PORT --control SOCKET, then one JSON line per command:
{"set": [...]}, {"clear": true}, {"drop": true} (reset every connection), {"stats": true}.
"""
import argparse
import asyncio
import json
import re
import socket
import struct
import threading

CHUNK = 65536
ON_ACCEPT = ("refuse", "silence", "garbage")


class Fault:
    def __init__(self, spec):
        self.kind = spec["kind"]
        self.spec = spec
        self.direction = spec.get("direction", "both")
        self.after, self.left = spec.get("after"), spec.get("times", -1)
        self.pattern = re.compile(spec["when"].encode(), re.S) if "when" in spec else None

    def concerns(self, direction):
        return self.left != 0 and self.direction in (direction, "both")

    def strike(self):
        if self.left > 0:
            self.left -= 1


class Link:
    """One proxied connection."""

    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.passed = {"up": 0, "down": 0}
        self.tail = {"up": b"", "down": b""}
        self.frozen = {"up": asyncio.Event(), "down": asyncio.Event()}
        self.swallowing = {"up": False, "down": False}
        self.forgotten = False
        for event in self.frozen.values():
            event.set()

    def sever(self, hard, drain_ms=0):
        for event in self.frozen.values():
            event.set()
        end(self.client, hard)
        loop = asyncio.get_running_loop()
        if drain_ms:
            loop.call_later(drain_ms / 1000, end, self.server, hard)
        else:
            end(self.server, hard)


def end(writer, hard):
    """RST or FIN; harmless when it has ended already."""
    if writer is None or writer.transport is None:
        return
    sock = writer.get_extra_info("socket")
    try:
        if hard and sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        else:
            writer.close()
    except OSError:
        pass


class FaultProxy:
    def __init__(self, server_port, host="127.0.0.1", listen_port=0):
        self.server_port, self.host = server_port, host
        self.faults, self.links = [], set()
        self.accepted = 0
        self.bytes = {"up": 0, "down": 0}
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self._main, args=(started, listen_port), daemon=True)
        self.thread.start()
        started.wait()

    # ---- commands, from any thread ----

    def set(self, specs):
        self._call(self._set, specs)

    def clear(self):
        """No more faults; what was frozen flows again."""
        self._call(self._set, [])

    def drop(self):
        self._call(lambda: [link.sever(True) for link in list(self.links)])

    def stats(self):
        return {"accepted": self.accepted, "open": len(self.links), "bytes": dict(self.bytes)}

    def stop(self):
        self._call(self._stop)
        self.thread.join(60)

    def _call(self, function, *args):
        done = threading.Event()

        def run():
            try:
                function(*args)
            finally:
                done.set()
        self.loop.call_soon_threadsafe(run)
        if not done.wait(60):
            raise RuntimeError("the proxy does not answer")

    # ---- in the loop ----

    def _main(self, started, listen_port):
        asyncio.set_event_loop(self.loop)
        self.listener = self.loop.run_until_complete(asyncio.start_server(self._accept, self.host, listen_port))
        self.port = self.listener.sockets[0].getsockname()[1]
        started.set()
        try:
            self.loop.run_forever()
        finally:
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.loop.run_until_complete(asyncio.sleep(0.01))
            self.loop.close()

    def _stop(self):
        self.listener.close()
        for link in list(self.links):
            link.sever(True)
        self.loop.call_later(0.02, self.loop.stop)

    def _set(self, specs):
        self.faults = [Fault(s) for s in specs]
        forget = any(f.kind == "forget" for f in self.faults)
        for link in self.links:
            link.forgotten = link.forgotten or forget
            for direction in ("up", "down"):
                untriggered = [f for f in self.faults if f.after is None and f.pattern is None and f.concerns(direction)]
                link.swallowing[direction] = any(f.kind == "swallow" for f in untriggered)
                if link.forgotten or any(f.kind == "freeze" for f in untriggered):
                    link.frozen[direction].clear()
                else:
                    link.frozen[direction].set()

    async def _accept(self, reader, writer):
        self.accepted += 1
        link = Link(self, writer, None)
        self.links.add(link)
        try:
            for fault in [f for f in self.faults if f.kind in ON_ACCEPT and f.left != 0]:
                fault.strike()
                if fault.kind == "refuse":
                    end(writer, True)
                    return
                if fault.kind == "garbage":
                    writer.write(bytes.fromhex(fault.spec["hex"]))
                await self._until_closed(reader)
                return
            try:
                server_reader, link.server = await asyncio.open_connection(self.host, self.server_port)
            except OSError:
                end(writer, True)
                return
            for f in self.faults:
                for direction in ("up", "down"):
                    if f.kind in ("freeze", "swallow") and f.after is None and f.pattern is None and f.concerns(direction):
                        if f.kind == "freeze":
                            link.frozen[direction].clear()
                        else:
                            link.swallowing[direction] = True
            await asyncio.gather(self._pump(link, "up", reader, link.server),
                                 self._pump(link, "down", server_reader, writer))
        except (ConnectionError, OSError, asyncio.CancelledError):
            pass
        finally:
            end(writer, False)
            end(link.server, False)
            self.links.discard(link)

    async def _until_closed(self, reader):
        while await reader.read(CHUNK):
            pass

    async def _pump(self, link, direction, reader, writer):
        try:
            while True:
                data = await reader.read(CHUNK)
                if not data:
                    break
                if not await self._forward(link, direction, data, writer):
                    return
        except (ConnectionError, OSError):
            link.sever(True)
            return
        if not link.swallowing[direction] and link.frozen[direction].is_set():
            try:
                if writer.can_write_eof():
                    writer.write_eof()
            except (OSError, RuntimeError):
                pass
            if direction == "down":
                end(writer, False)

    async def _forward(self, link, direction, data, writer):
        """Pass one chunk on, under whatever faults strike; False: the link is gone."""
        for fault in self.faults:
            if not fault.concerns(direction) or fault.kind in ON_ACCEPT:
                continue
            if fault.kind == "latency":
                await asyncio.sleep(fault.spec["ms"] / 1000)
            elif fault.kind == "corrupt":
                data = corrupted(data, link.passed[direction], fault)
            elif fault.kind == "unsay":
                data = unsaid(data, fault)
            elif fault.kind == "bandwidth":
                await asyncio.sleep(len(data) / fault.spec["bytes_per_s"])
            elif fault.after is not None or fault.pattern is not None:
                before, data, struck = self._split(fault, link, direction, data)
                if struck:
                    await self._send(link, direction, before, writer)
                    fault.strike()
                    if not self._act(fault, link, direction):
                        return False
        await self._send(link, direction, data, writer)
        return True

    def _split(self, fault, link, direction, data):
        """What passes before the fault strikes, what comes after, and whether it strikes."""
        if fault.after is not None:
            room = fault.after - link.passed[direction]
            if room >= len(data) or room < 0:
                return b"", data, False
            return data[:room], data[room:], True
        window = link.tail[direction] + data
        link.tail[direction] = window[-512:]
        if not fault.pattern.search(window):
            return b"", data, False
        link.tail[direction] = b""
        return (data, b"", True) if fault.spec.get("passes") else (b"", data, True)

    def _act(self, fault, link, direction):
        """False when the link is gone."""
        if fault.kind == "freeze":
            link.frozen[direction].clear()
        elif fault.kind == "swallow":
            link.swallowing[direction] = True
        elif fault.kind == "inject":
            link.client.write(bytes.fromhex(fault.spec["hex"]))
        elif fault.kind in ("reset", "close"):
            link.sever(fault.kind == "reset", fault.spec.get("drain_ms", 0))
            return False
        return True

    async def _send(self, link, direction, data, writer):
        await link.frozen[direction].wait()
        if not data:
            return
        link.passed[direction] += len(data)
        self.bytes[direction] += len(data)
        if link.swallowing[direction]:
            return
        slicers = [f for f in self.faults if f.kind == "slicer" and f.concerns(direction)]
        if slicers:
            size, pause = slicers[0].spec.get("size", 1), slicers[0].spec.get("ms", 0) / 1000
            for i in range(0, len(data), size):
                writer.write(data[i:i + size])
                await writer.drain()
                await asyncio.sleep(pause)
        else:
            writer.write(data)
            await writer.drain()


def corrupted(data, offset, fault):
    at = fault.spec["at"] - offset
    if 0 <= at < len(data):
        fault.strike()
        return data[:at] + bytes([data[at] ^ fault.spec.get("xor", 0xFF)]) + data[at + 1:]
    return data


def unsaid(data, fault):
    found = re.search(fault.spec["what"].encode(), data, re.S)
    if not found:
        return data
    fault.strike()
    return data[:found.start()] + data[found.end():]


def serve_control(proxy, path):
    """One JSON command per line on a unix socket; each is answered by one line."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(4)
    while True:
        peer, _ = listener.accept()
        with peer, peer.makefile("rw", encoding="utf-8") as stream:
            for line in stream:
                command, answer = json.loads(line), {"ok": True}
                if "set" in command:
                    proxy.set(command["set"])
                if command.get("clear"):
                    proxy.clear()
                if command.get("drop"):
                    proxy.drop()
                if command.get("stats"):
                    answer.update(proxy.stats())
                stream.write(json.dumps(answer) + "\n")
                stream.flush()
                if command.get("stop"):
                    proxy.stop()
                    return


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--to", type=int, required=True, help="the server's port on 127.0.0.1")
    parser.add_argument("--listen", type=int, default=0, help="default: a free port, printed")
    parser.add_argument("--control", required=True, help="unix socket for commands")
    options = parser.parse_args()
    proxy = FaultProxy(options.to, listen_port=options.listen)
    print(proxy.port, flush=True)
    serve_control(proxy, options.control)


if __name__ == "__main__":
    main()
