"""How this machine kept up with what was asked of it, measured beside a trial whose time is judged.

A thread on each processor sleeps a few milliseconds again and again: what it wakes up late by, the
machine stood still for (or this program did).  Beside that the kernel tells how long something that
could have run had to wait for a processor.  A trial that misses its time while the machine is
measured to be held up says nothing of the product and is made again; one that misses it on a
machine that kept up is made again once.

The measurements of the last minutes are kept, in the memory of this process.

As a program it answers a moment (seconds since 1970), a line of input, with a line: for how many
milliseconds the machine has stood still since then.
"""
import os
import sys
import threading
import time
from collections import deque

NAP = 0.01
# What is later than this is a stall, in seconds.
LATE = 0.03
# A trial beside which the machine was held up for so long, in seconds, proves nothing.
HELD_UP = 0.1
TRIES = 6


def cpu_waits():
    """Seconds since the start in which something waited for a processor; 0 where nobody tells."""
    try:
        with open("/proc/pressure/cpu", encoding="ascii") as file:
            return int(file.readline().rpartition("total=")[2]) / 1e6
    except (OSError, ValueError):
        return 0.0


class Watch:
    """The threads that measure; they end with the process."""

    def __init__(self):
        # (begin, end) of each stall, one queue for each processor.
        self.stalls = []
        for cpu in sorted(os.sched_getaffinity(0)):
            self.stalls.append(deque(maxlen=10000))
            threading.Thread(target=self.measure, args=(cpu, self.stalls[-1]), daemon=True).start()

    @staticmethod
    def measure(cpu, stalls):
        try:
            os.sched_setaffinity(0, {cpu})
        except OSError:
            pass
        woke = time.monotonic()
        while True:
            time.sleep(NAP)
            begun, woke = woke, time.monotonic()
            if woke - begun > NAP + LATE:
                stalls.append((begun + NAP, woke))

    def stood_still(self, since, until):
        """Seconds between the two in which a processor did not wake its thread."""
        spans = sorted((max(a, since), min(b, until)) for stalls in self.stalls for a, b in list(stalls)
                       if b > since and a < until)
        total, reached = 0.0, since
        for begin, end in spans:
            total += max(0.0, end - max(begin, reached))
            reached = max(reached, end)
        return total


class Beside:
    """Measures from its making on: held_up() tells what the machine cost the trial until now."""

    watch = None

    def __init__(self):
        Beside.watch = Beside.watch or Watch()
        self.since, self.waited = time.monotonic(), cpu_waits()

    def held_up(self):
        """Seconds that a statement may have lost to the machine."""
        # A stall that lasts until now is entered by its thread a moment later.
        time.sleep(2 * NAP)
        waited = cpu_waits() - self.waited
        return max(self.watch.stood_still(self.since, time.monotonic()), waited if waited > 0.5 * (time.monotonic() - self.since) else 0.0)

    def excuses(self, tries):
        """Whether a trial that missed its time, the tries-th of its kind, is to be made again."""
        return tries < (TRIES if self.held_up() >= HELD_UP else 2)


def main():
    beside = Beside()
    for line in sys.stdin:
        time.sleep(2 * NAP)
        now = time.monotonic()
        print("%.0f" % (1000 * beside.watch.stood_still(now - (time.time() - float(line)), now)), flush=True)


if __name__ == "__main__":
    main()
