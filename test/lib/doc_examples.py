#!/usr/bin/python3
"""Runs the examples of README.md, docs/*.md and docs/platforms/*.md.

An example is a ```sql block right after "<!-- run -->" (as superuser) or
"<!-- run: ROLE -->", or a ```text block after "<!-- transcript: ROLE -->": statements behind "=> ",
each with what psql says to it, errors too, word for word.  A block of any kind after "<!-- file: NAME -->" is first
written into a folder for which /etc/warehouse_gw stands.  The examples of one page run in order in a fresh
database, beside the demo's "warehouse" database; the host name that pages use,
warehouse.example.com, stands for the test cluster.  A page of another warehouse begins with
"<!-- place: NAME host=H user=U password=P container=C -->" (or project=P or host=H, and token=T; or account=A warehouse=W role=R token=T): the texts 'H', 'U', 'P' in it stand for those
of that place (see places/), where a fresh container C is made, and with schema=S in it a schema with the
tables of test/lib/places/NAME.tables.sql.  One check per block.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import places  # noqa: E402

EXAMPLE = re.compile(r"<!-- (run|transcript)(?:: (\w+))? -->\s*```(?:sql|text)\n(.*?)```", re.S)
FILE = re.compile(r"<!-- file: ([\w.]+) -->\s*```\w*\n(.*?)```", re.S)
PLACE = re.compile(r"<!-- place: (\w+)((?: \w+=\S+)+) -->")
FOLDER = "/etc/warehouse_gw"
YAML_HOST = re.compile(r"^( *)host: warehouse\.example\.com$", re.M)
DATA = "test/demo/1_warehouse.sql"
HOST = "host 'warehouse.example.com'"


def psql(database, script, user="postgres", **variables):
    command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", database, "-f", "-"]
    for name, value in variables.items():
        command += ["-v", f"{name}={value}"]
    return subprocess.run(command, input=script, capture_output=True, text=True, encoding="utf-8")


def must(*arguments, **variables):
    done = psql(*arguments, **variables)
    if done.returncode:
        raise RuntimeError(done.stderr)


def transcript(text, stands, role):
    """What is wrong with it; statements run one by one, and their answers are those of the page."""
    problems = []
    for part in re.split(r"^=> ", text, flags=re.M)[1:]:
        sql, _, wanted = part.partition(";\n")
        for shown, real in stands.items():
            sql = sql.replace(shown, real)
        done = subprocess.run(["psql", "-XqU", role, "-d", "examples", "-c", sql], capture_output=True, text=True, encoding="utf-8")
        got = [line.rstrip() for line in (done.stdout + done.stderr).strip().split("\n")]
        if got != [line.rstrip() for line in wanted.strip().split("\n")]:
            problems.append("%s: says %s" % (sql, " / ".join(got)))
    return "; ".join(problems)


def write_files(page, folder):
    """The page's files, readable to their owner only, with the test cluster's address."""
    for name, text in FILE.findall(page):
        port = os.environ["PGPORT"]
        text = YAML_HOST.sub(rf"\1host: 127.0.0.1\n\1port: {port}\n\1sslmode: disable", text)
        with open(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT, 0o600), "w",
                  encoding="utf-8") as file:
            file.write(text)


def at_place(page):
    """Texts of the page and what they stand for; None when its place cannot be had here."""
    said = PLACE.search(page)
    if not said:
        return {}
    given = dict(word.split("=", 1) for word in said[2].split())
    try:
        place = places.open(said[1], os.environ["GW_WORK"])
    except places.Missing as missing:
        print(f"skip {said[1]}: {missing}")
        return None
    place.make(given["container"])
    if "schema" in given:
        place.schema(given["container"], given["schema"])
        with open(f"test/lib/places/{said[1]}.tables.sql", encoding="utf-8") as file:
            place.must(given["container"], given["schema"], file.read())
    facts = place.facts()
    if "account" in given:
        there = (f"account '{facts['account']}', host '{facts['host']}', port '{facts['port']}', sslrootcert '{facts['ca']}', "
                 "allow_private_network 'true'")
        return {f"account '{given['account']}'": there, f"warehouse '{given['warehouse']}'": f"warehouse '{facts['warehouse']}'",
                f"role '{given['role']}'": f"role '{facts['role']}'", f"'{given['token']}'": f"'{facts['pat']}'"}
    if "token" in given:
        there = f"api_endpoint '{facts['url']}', sslrootcert '{facts['ca']}', allow_private_network 'true'"
        if "project" in given:
            shown, there = f"project '{given['project']}'", f"project '{facts['project']}', location '{facts['location']}', {there}"
        else:
            shown = f"host '{given['host']}'"
        return {shown: there, f"'{given['token']}'": f"'{facts['token']}'"}
    trusted = f", sslrootcert '{facts['ca']}'" if "ca" in facts else ""
    return {f"host '{given['host']}'": f"host '{facts['host']}', port '{facts['port']}'{trusted}",
            f"'{given['user']}'": f"'{facts['user']}'", f"'{given['password']}'": f"'{facts['password']}'"}


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
        stands = at_place(page)
        if stands is None:
            continue
        write_files(page, folder)
        must("postgres", "CREATE DATABASE warehouse")
        must("postgres", "CREATE DATABASE examples; CREATE ROLE analyst LOGIN")
        must("warehouse", data, rows=1000)
        must("examples", "GRANT CREATE ON DATABASE examples TO analyst")
        for number, (kind, role, text) in enumerate(examples, 1):
            if kind == "transcript":
                problem = transcript(text, stands, role or "postgres")
                print(f"not ok {path} example {number}: {problem}" if problem else f"ok {path} example {number}")
                continue
            text = text.replace(HOST, here).replace(FOLDER, folder)
            for shown, real in stands.items():
                text = text.replace(shown, real)
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
