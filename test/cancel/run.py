"""The cancel matrix: every state a session can wait in x every way to interrupt it.

For each pair the time from the signal to the answer is measured.  The gate is on the 99th
percentile of a state (CANCEL_GATE_MS, 250 by default); a pair that misses it is measured once more,
since the machine may be shared, and both figures are shown.  Afterwards nothing may go on running
remotely, and after Ctrl-C and statement_timeout the session must serve.

States are data: platforms/NAME.json; "interrupts" of a state are all it is for, "inject" are faults of
the service itself, "gate_ms" are gates of its own.  The shutdowns meet all of them at once, in that order, so one
that lasts only so long comes last.  A smart shutdown interrupts nothing: all states must go on waiting, Ctrl-C must still be answered in
time, and the server must end when they have left.
"""
import argparse
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "faults"), os.path.join(HERE, "..", "lib")]

import pq  # noqa: E402
import places  # noqa: E402
from world import PlaceWorld, World, descriptions  # noqa: E402

TIMEOUT_MS = 400
GATE_MS = float(os.environ.get("CANCEL_GATE_MS") or 250)
INTERRUPTS = ("cancel", "timeout", "terminate", "fast", "smart")


class Waiting:
    """A session that has been brought into a state and waits there."""

    def __init__(self, world, name):
        self.world, self.name, self.spec = world, name, world.states[name]
        self.session = world.local.connect()
        self.session.must("SET client_min_messages = error")
        self.frozen = None

    def enter(self, timeout_ms=0):
        """Send the statement; the time it left."""
        spec, w = self.spec, self.world
        before = set(w.remote_sessions("true"))
        if "before" in spec:
            self.session.must(spec["before"], 20)
        if spec.get("freeze"):
            self.frozen = [p for p in w.remote_sessions("true") if p not in before][0]
            os.kill(self.frozen, signal.SIGSTOP)
        if "faults" in spec:
            w.proxy_of(spec).set(spec["faults"])
        if "inject" in spec:
            w.place.inject(spec["inject"])
        if "swallow" in spec:
            w.proxy_of(spec).set([{"kind": "swallow", "direction": "up", "when": spec["swallow"]}])
        if timeout_ms:
            self.session.must("SET statement_timeout = %d" % timeout_ms)
        sent = time.monotonic()
        self.session.send(spec["statement"])
        if not timeout_ms:
            self.wait_entered()
        return sent

    def wait_entered(self):
        if self.spec.get("silent"):
            time.sleep(0.1)
            return
        deadline = time.monotonic() + 10
        with self.world.local.connect() as watch:
            while time.monotonic() < deadline:
                row = watch.must("SELECT wait_event_type, state FROM pg_stat_activity WHERE pid = %d" % self.session.pid)
                if row and row[0][0] not in (None, "Client") and row[0][1] == "active":
                    break
                time.sleep(0.01)
        time.sleep(0.05)

    def answer(self, ending=False, seconds=20):
        """(time of the answer, "lost", "late", the SQLSTATE of its error, or "" for none)."""
        try:
            results = self.session.results(seconds)
            kind = results[-1].error["sqlstate"] if results and results[-1].error else ""
        except pq.ConnectionLost:
            kind = "lost"
        except pq.Timeout:
            kind = "late"
        answered = time.monotonic()
        if ending and kind == "" and self.spec.get("answers"):
            # The statement was done just in time; then the connection has to end.
            try:
                self.session.run("SELECT 1", seconds)
            except (pq.ConnectionLost, pq.Timeout) as e:
                answered, kind = time.monotonic(), "late" if isinstance(e, pq.Timeout) else "lost"
        return answered, kind

    def wrong_answer(self, kind, interrupt):
        if interrupt in ("terminate", "fast"):
            wanted = ("lost",)
        else:
            wanted = ("57014", "") if self.spec.get("answers") else ("57014",)
        return None if kind in wanted else "the answer was %s, not %s" % (kind or "no error", " or ".join(w or "none" for w in wanted))

    def release(self):
        """Let the remote go on, so that it can end what it was doing."""
        if "inject" in self.spec:
            self.world.place.heal()
        proxy = self.world.proxy_of(self.spec)
        proxy.clear()
        proxy.drop()
        if self.frozen:
            try:
                os.kill(self.frozen, signal.SIGCONT)
            except ProcessLookupError:
                pass
            self.frozen = None

    def serves(self):
        """What is wrong with the session afterwards, or None."""
        try:
            self.session.must("ROLLBACK; RESET statement_timeout", 10)
            for sql in self.spec["serves"]:
                self.session.must(sql, 10)
        except (pq.Failed, pq.ConnectionLost, pq.Timeout) as e:
            return "the session is of no use: %s" % str(e).replace("\n", " ")
        return None

    def close(self):
        self.release()
        self.session.close()


def measure(world, name, interrupt):
    """(milliseconds, troubles) of one state interrupted on its own."""
    waiting = Waiting(world, name)
    try:
        sent = waiting.enter(TIMEOUT_MS if interrupt == "timeout" else 0)
        signalled = sent + TIMEOUT_MS / 1000 if interrupt == "timeout" else time.monotonic()
        if interrupt == "cancel":
            waiting.session.cancel()
        elif interrupt == "terminate":
            os.kill(waiting.session.pid, signal.SIGTERM)
        answered, kind = waiting.answer(interrupt == "terminate")
        troubles = [waiting.wrong_answer(kind, interrupt)]
        waiting.release()
        if world.nothing_runs("state = 'active'"):
            troubles.append("something still runs remotely")
        if interrupt == "terminate":
            if world.nothing_runs("true"):
                troubles.append("a remote session is left")
        else:
            troubles.append(waiting.serves())
        return (answered - signalled) * 1000, [t for t in troubles if t]
    finally:
        waiting.close()
        # What is left is this trial's fault, and must not be the next one's.
        world.end_what_is_left()


def enter_all(world, states):
    all_waiting = [Waiting(world, name) for name in states]
    for waiting in all_waiting:
        waiting.enter()
    return all_waiting


def shut_down_fast(world, states):
    """{state: (milliseconds, troubles)}: all states at once."""
    all_waiting = enter_all(world, states)
    answers = {}

    def watch(waiting):
        answers[waiting.name] = waiting.answer(True)
    threads = [threading.Thread(target=watch, args=(w,)) for w in all_waiting]
    for t in threads:
        t.start()
    postmaster = world.local.postmaster()
    signalled = time.monotonic()
    os.kill(postmaster, signal.SIGINT)
    for t in threads:
        t.join()
    out = {w.name: ((answers[w.name][0] - signalled) * 1000,
                    [t for t in [w.wrong_answer(answers[w.name][1], "fast")] if t]) for w in all_waiting}
    finish_shutdown(world, all_waiting, out, postmaster)
    return out


def shut_down_smart(world, states):
    all_waiting = enter_all(world, states)
    postmaster = world.local.postmaster()
    os.kill(postmaster, signal.SIGTERM)
    time.sleep(0.05)
    out = {}
    for waiting in reversed(all_waiting):
        signalled = time.monotonic()
        waiting.session.cancel()
        answered, kind = waiting.answer()
        out[waiting.name] = ((answered - signalled) * 1000, [t for t in [waiting.wrong_answer(kind, "smart")] if t])
    for waiting in all_waiting:
        waiting.session.close()
    finish_shutdown(world, all_waiting, out, postmaster)
    return out


def finish_shutdown(world, all_waiting, out, postmaster):
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and os.path.exists(os.path.join(world.local.directory, "postmaster.pid")):
        time.sleep(0.02)
    stopped = not os.path.exists(os.path.join(world.local.directory, "postmaster.pid"))
    for waiting in all_waiting:
        waiting.close()
    left = world.nothing_runs("true")
    for _, troubles in out.values():
        if not stopped:
            troubles.append("the server did not stop")
        if left:
            troubles.append("%d remote sessions are left" % left)
    if not stopped:
        os.kill(postmaster, signal.SIGQUIT)
        time.sleep(1)
    world.local.start()


def strike(world, interrupt, states):
    if interrupt == "fast":
        return shut_down_fast(world, states)
    if interrupt == "smart":
        return shut_down_smart(world, states)
    return {name: measure(world, name, interrupt) for name in states}


def percentile(values, share):
    values = sorted(values)
    return values[max(0, math.ceil(share * len(values)) - 1)]


class Matrix:
    def __init__(self, world, states):
        self.world, self.states = world, states
        self.times = {}
        self.passed = self.failed = self.again = 0

    def gate(self, name, interrupt):
        return self.world.states[name].get("gate_ms", {}).get(interrupt, GATE_MS)

    def run(self, interrupt, repeats):
        states = [name for name in self.states if interrupt in self.world.states[name].get("interrupts", INTERRUPTS)]
        times = {name: [] for name in states}
        troubles = {name: [] for name in states}
        for _ in range(repeats):
            found = strike(self.world, interrupt, states)
            bad = [name for name, (ms, wrong) in found.items() if ms > self.gate(name, interrupt) or wrong]
            again = strike(self.world, interrupt, bad) if bad else {}
            for name, (ms, wrong) in found.items():
                if name in again:
                    self.again += 1
                    print("# %s, %s: %.0f ms%s; measured again: %.0f ms" % (
                        name, interrupt, ms, "".join(" (%s)" % w for w in wrong), again[name][0]))
                    ms, wrong = again[name]
                times[name].append(ms)
                troubles[name] += wrong
        for name in states:
            self.report(name, interrupt, times[name], troubles[name])

    def report(self, name, interrupt, times, troubles):
        worst = percentile(times, 0.99)
        if worst > self.gate(name, interrupt):
            troubles = troubles + ["answered after %.0f ms" % worst]
        print("%s %s%s, %s: %d times, p50 %.0f ms, p99 %.0f ms" % (
            "not ok" if troubles else "ok", self.world.label, name, interrupt, len(times), percentile(times, 0.5), worst))
        for t in sorted(set(troubles)):
            print("#   " + t)
        sys.stdout.flush()
        self.passed += not troubles
        self.failed += bool(troubles)
        self.times.setdefault(name, []).extend(times)

    def figures(self):
        for name, times in self.times.items():
            print("= cancel_ms_%s%s %.0f (p50), %.0f (p99), %d measurements" % (
                self.world.label.replace(" ", "_"), name, percentile(times, 0.5), percentile(times, 0.99), len(times)))
        print("= cancel_measured_again %d" % self.again)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--repeat", type=int, default=int(os.environ.get("CANCELS") or 2), help="measurements of a pair")
    parser.add_argument("--state", action="append", help="these states only")
    parser.add_argument("--interrupt", action="append", choices=INTERRUPTS, help="these interrupts only")
    options = parser.parse_args()
    bindir = os.environ.get("GW_BINDIR") or subprocess.check_output(
        [os.environ.get("PG_CONFIG", "pg_config"), "--bindir"], text=True).strip()
    user = "postgres" if os.getuid() == 0 else None
    known = descriptions(os.environ.get("PLATFORM"))
    if not known:
        print("skip cancel: no test of that platform")
        return 0
    together = [data for data in known.values() if "place" not in data]
    makers = [lambda work: World(work, bindir, user, together)] if together else []
    makers += [lambda work, data=data: PlaceWorld(work, bindir, user, data) for data in known.values() if "place" in data]
    failed = 0
    for maker in makers:
        work = tempfile.mkdtemp(prefix="gwc.", dir="/tmp" if len(tempfile.gettempdir()) > 40 else None)
        try:
            failed += run_world(maker(work), options)
        except places.Missing as missing:
            print("skip cancel: %s" % missing)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return 1 if failed else 0


def run_world(world, options):
    """The matrix of one world; how many pairs failed."""
    states = [name for name in world.states if not options.state or name in options.state]
    try:
        world.open()
        if world.local.resolver is None and "resolve" in states:
            states.remove("resolve")
            print("skip resolve: no C compiler to build the silent resolver with")
        built = subprocess.check_output([os.path.join(world.local.bindir, "pg_config"), "--configure"], text=True)
        if "tls" in states and not re.search("--with-(openssl|ssl)", built):
            states.remove("tls")
            print("skip tls: a client library here is built without TLS")
        matrix = Matrix(world, states)
        for interrupt in options.interrupt or INTERRUPTS:
            matrix.run(interrupt, options.repeat)
        matrix.figures()
    finally:
        world.close()
    print("# %d passed, %d failed" % (matrix.passed, matrix.failed))
    return matrix.failed


if __name__ == "__main__":
    sys.exit(main())
