"""Every statement before parsers that are not ours: sqlfluff's tsql dialect, and sqlglot's.

They run in a process of their own, behind; a statement that they refuse and the emulator took is a
fault that the end of the run reports.  Verdicts are kept by shape: constants do not count.
"""
import json
import os
import re
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..", "..")
SITE = os.path.join(TOP, "build", "emulators", "tds")


CONSTANTS = re.compile(r"""--[^\n]*|\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*"|(?P<n>[nN]?)'(?:[^']|'')*'|\b0x[0-9a-fA-F]*
    |(?<![\w@\#$.])\d+(?P<point>\.\d+)?(?![\w.])""", re.X)


def shape(text):
    """The statement with its constants made alike."""
    def put(found):
        piece = found.group()
        if piece[0] in "-[\"":
            return piece
        if piece[-1] == "'":
            return "N'x'" if found.group("n") else "'x'"
        return "0x00" if piece.startswith("0x") else "1.5" if found.group("point") else "1"
    return CONSTANTS.sub(put, text)


class Judge:
    def __init__(self, enabled=True):
        self.seen, self.faults, self.asked = set(), [], 0
        self.lock = threading.Lock()
        self.process = None
        self.why = None
        if not enabled:
            self.why = "switched off"
        elif not os.path.isdir(os.path.join(SITE, "sqlfluff")):
            self.why = "sqlfluff is not there (test/lib/parts.sh)"
        else:
            self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "judge.py"), SITE], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, text=True, encoding="utf-8")
            self.reader = threading.Thread(target=self.read, daemon=True)
            self.reader.start()

    def hear(self, text):
        self.asked += 1
        if self.process is None:
            return
        form = shape(text)
        with self.lock:
            if form in self.seen:
                return
            self.seen.add(form)
            try:
                self.process.stdin.write(json.dumps(form) + "\n")
                self.process.stdin.flush()
            except OSError:
                self.faults.append({"sql": "", "fault": "the judge has ended"})

    def read(self):
        for line in self.process.stdout:
            found = json.loads(line)
            if found["fault"]:
                self.faults.append(found)

    def close(self):
        """Waits for all verdicts; what they say of the run."""
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()
            self.reader.join()
        return {"heard": self.asked, "shapes": len(self.seen), "faults": self.faults, "why": self.why}


# What Microsoft documents and a parser does not know, put as something that it knows.
GAPS = [
    # https://learn.microsoft.com/en-us/sql/t-sql/language-elements/save-transaction-transact-sql
    (r"(?i)\bSAVE\s+TRAN(SACTION)?\s+(\[[^\]]*\]|\w+)", "SAVE TRANSACTION p"),
    # https://learn.microsoft.com/en-us/sql/t-sql/queries/is-distinct-from-transact-sql
    (r"(?i)\bIS\s+(NOT\s+)?DISTINCT\s+FROM\b", "="),
    # https://learn.microsoft.com/en-us/sql/relational-databases/system-catalog-views/sys-columns-transact-sql
    (r"(?i)\.(precision|definition)\b", ".x"),
    # https://learn.microsoft.com/en-us/sql/relational-databases/system-information-schema-views/columns-transact-sql
    (r"\bORDINAL_POSITION\b", "x"),
]


QUERY = re.compile(r"(?i)\s*(select|with|insert|update|merge)\b")


def verdict(linter, glot, text):
    for pattern, instead in GAPS:
        text = re.sub(pattern, instead, text)
    parsed = linter.parse_string(text)
    tree = parsed.root_variant().tree if parsed.root_variant() else None
    if tree is None or "unparsable" in tree.type_set() or list(tree.recursive_crawl("unparsable")):
        bad = next(iter(tree.recursive_crawl("unparsable")), None) if tree is not None else None
        return "sqlfluff: " + (bad.raw[:200] if bad is not None else "no tree")
    # What is no query goes past sqlglot: it takes most of that for a text that it need not know.
    if glot is not None and QUERY.match(text) and not re.search(r"(?i);|\boutput\b", text):
        try:
            glot.parse(text, read="tsql")
        except Exception as error:
            return "sqlglot: " + str(error)[:200]
    return None


def main():
    sys.path.insert(0, sys.argv[1])
    import logging
    from sqlfluff.core import Linter
    try:
        import sqlglot
        logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    except ImportError:
        sqlglot = None
    linter = Linter(dialect="tsql")
    for line in sys.stdin:
        text = json.loads(line)
        print(json.dumps({"sql": text, "fault": verdict(linter, sqlglot, text)}), flush=True)


if __name__ == "__main__":
    main()
