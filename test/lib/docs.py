#!/usr/bin/python3
"""Generated parts of docs/*.md.

A part stands between "<!-- generated: NAME -->" and "<!-- /generated -->" and
is what test/lib/docs/NAME.sql prints (psql, unaligned, tuples only) in a
database with the extension.  "docs.py check" says whether each is current;
"docs.py write FOLDER" writes the refreshed pages there.
"""
import glob
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- /generated -->)", re.S)


def psql(database, *arguments):
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, *arguments],
                          capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def render(name):
    return psql("docs", "-f", os.path.join(HERE, "docs", name + ".sql")).rstrip("\n") + "\n"


def main():
    mode = sys.argv[1]
    psql("postgres", "-c", "CREATE DATABASE docs")
    psql("docs", "-c", "CREATE EXTENSION warehouse_gw")
    seen = set()
    for path in sorted(glob.glob("docs/*.md") + ["README.md"]):
        with open(path, encoding="utf-8") as file:
            old = file.read()
        new = PART.sub(lambda m: m.group(1) + render(m.group(2)) + m.group(3), old)
        names = [m.group(2) for m in PART.finditer(old)]
        seen.update(names)
        if mode == "write" and new != old:
            target = os.path.join(sys.argv[2], path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8") as file:
                file.write(new)
            print(f"ok {path} written")
        elif names:
            print(f"ok {path}" if new == old else f"not ok {path} is not current: run make docs")
    for script in sorted(glob.glob(os.path.join(HERE, "docs", "*.sql"))):
        # With a second dot, what examples read.
        if re.fullmatch(r"\w+\.sql", os.path.basename(script)) and os.path.basename(script)[:-4] not in seen:
            print(f"not ok {script}: no page holds this part")
    psql("postgres", "-c", "DROP DATABASE docs")


if __name__ == "__main__":
    main()
