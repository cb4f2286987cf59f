"""Faults to order: POST /_control/fault {kind, path, method, statement: regular expressions, skip, times, ...}.

On answers: status (status, code, message, retryAfter), expired, cut (bytes), reset, lost (done, but not
answered), delay (seconds), drip (bytes, seconds), garbage, shortPartition, noPartition, numRows (delta), answer
(status, headers, text in which {repeat} is repeat[0] repeat[1] times; instead of doing anything).
On statements: neverEnds, slow (seconds), slowCancel (seconds), twice (executed as if delivered twice), error (name).
"""
import re
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
