#!/usr/bin/python3
"""Runs the examples of README.md, docs/*.md and docs/platforms/*.md.

An example is a ```sql block right after "<!-- run -->" (as superuser) or
"<!-- run: ROLE -->".  A block of any kind after "<!-- file: NAME -->" is first
written into a folder for which /etc/warehouse_gw stands.  The examples of one page run in order in a fresh
database, beside the demo's "warehouse" database; the host name that pages use,
warehouse.example.com, stands for the test cluster.  A page of PLACES has a server of its own behind
another name, with the tables of test/lib/docs/PAGE.tables.sql in its schema "shop".  One check per block.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

import places

EXAMPLE = re.compile(r"<!-- run(?:: (\w+))? -->\s*```sql\n(.*?)```", re.S)
FILE = re.compile(r"<!-- file: ([\w.]+) -->\s*```\w*\n(.*?)```", re.S)
FOLDER = "/etc/warehouse_gw"
YAML_HOST = re.compile(r"^( *)host: warehouse\.example\.com$", re.M)
DATA = "test/demo/1_warehouse.sql"
HOST = "host 'warehouse.example.com'"
PLACES = {"docs/platforms/mysql.md": "mariadb"}
PLACE_HOST = "host 'mysql.example.com'"
PLACE_LOGIN = "user 'reporting', password 'let-me-in'"


def psql(database, script, user="postgres", **variables):
    command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", database, "-f", "-"]
    for name, value in variables.items():
        command += ["-v", f"{name}={value}"]
    return subprocess.run(command, input=script, capture_output=True, text=True, encoding="utf-8")


def must(*arguments, **variables):
    done = psql(*arguments, **variables)
    if done.returncode:
        raise RuntimeError(done.stderr)


def write_files(page, folder):
    """The page's files, readable to their owner only, with the test cluster's address."""
    for name, text in FILE.findall(page):
        port = os.environ["PGPORT"]
        text = YAML_HOST.sub(rf"\1host: 127.0.0.1\n\1port: {port}\n\1sslmode: disable", text)
        with open(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT, 0o600), "w",
                  encoding="utf-8") as file:
            file.write(text)


def place_texts(path, work):
    """What stands for what on a page that has a server of its own."""
    place = places.open(PLACES[path], work)
    place.make("examples")
    place.schema("examples", "shop")
    with open("test/lib/docs/" + os.path.basename(path)[:-3] + ".tables.sql", encoding="utf-8") as file:
        place.must("examples", "shop", file.read())
    facts = place.facts()
    return {PLACE_HOST: f"host '127.0.0.1', port '{facts['port']}', sslrootcert '{facts['ca']}'",
            PLACE_LOGIN: f"user '{facts['user']}', password '{facts['password']}'"}


def main():
    with open(DATA, encoding="utf-8") as file:
        data = file.read()
    here = f"host '127.0.0.1', port '{os.environ['PGPORT']}', sslmode 'disable'"
    for path in ["README.md"] + sorted(glob.glob("docs/*.md") + glob.glob("docs/platforms/*.md")):
        with open(path, encoding="utf-8") as file:
            page = file.read()
        examples = EXAMPLE.findall(page)
        if not examples:
            continue
        folder = tempfile.mkdtemp(prefix="examples-")
        texts = {HOST: here, FOLDER: folder}
        if path in PLACES:
            try:
                texts.update(place_texts(path, folder))
            except places.Missing as missing:
                print(f"skip {path}: {missing}", file=sys.stderr)
                continue
        write_files(page, folder)
        must("postgres", "CREATE DATABASE warehouse")
        must("postgres", "CREATE DATABASE examples; CREATE ROLE analyst LOGIN")
        must("warehouse", data, rows=1000)
        must("examples", "GRANT CREATE ON DATABASE examples TO analyst")
        for number, (role, text) in enumerate(examples, 1):
            for name, meant in texts.items():
                text = text.replace(name, meant)
            done = psql("examples", text, role or "postgres")
            said = done.stderr.strip().split("\n")
            problem = ([line for line in said if "ERROR" in line] or said)[0] if done.returncode else None
            print(f"not ok {path} example {number}: {problem}" if problem else f"ok {path} example {number}")
        shutil.rmtree(folder)
        must("postgres", "DROP DATABASE examples WITH (FORCE)")
        must("postgres", "DROP DATABASE warehouse WITH (FORCE)")
        must("postgres", "DROP ROLE analyst; DROP ROLE reporting")


if __name__ == "__main__":
    main()
