"""Parsers that are not ours, for platforms without a live server.

BigQuery is judged by Google's own analyzer, the others (and BigQuery, without it) by sqlfluff.
Both are looked for in build/, where test/lib/parts.sh puts them; without one a
platform's judge is skipped, and the golden texts still count.
"""
import json
import os
import re
import shutil
import subprocess
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "test", "lib"))

from wire import free_port  # noqa: E402

DIALECTS = {"bigquery": "bigquery", "snowflake": "snowflake", "redshift": "redshift",
            "sqlserver": "tsql", "databricks": "databricks"}
# What the vendor documents and this parser does not know, put as something that it knows.
GAPS = {
    "googlesql": [
        # The table referred to is not in the analyzer's catalog.
        (r",\n    FOREIGN KEY [^\n]*", "")],
    "bigquery": [
        # https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#json_literals
        (r"DEFAULT JSON '", "DEFAULT '")],
    "redshift": [
        # https://docs.aws.amazon.com/redshift/latest/dg/r_interval_data_types.html
        (r"INTERVAL (YEAR TO MONTH|DAY TO SECOND \(\d\))", "TIMESTAMP")],
    "databricks": [
        # https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-dml-insert-into
        (r"^(INSERT INTO \S+) AS t BY NAME REPLACE ON .*? \((SELECT .*)\) AS s$", r"\1 \2"),
        (r"^(INSERT INTO \S+) BY NAME REPLACE WHERE .*? (SELECT )", r"\1 \2"),
        # https://docs.databricks.com/aws/en/sql/language-manual/data-types/null-type
        (r" VOID\b", " STRING"),
        # https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-create-table-constraint
        (r"\n    (PRIMARY|FOREIGN) KEY", r"\n    CONSTRAINT k_\1 \1 KEY")],
}
WHY = "neither sqlfluff nor the analyzer is there (test/lib/parts.sh)"


def _part(folder, *path):
    """A file of build/judges or build/emulators, or None."""
    found = os.path.join(TOP, "build", folder, *path)
    return found if os.path.exists(found) else None


def _known(judge, statements):
    for pattern, instead in GAPS.get(judge, ()):
        statements = [re.sub(pattern, instead, s) for s in statements]
    return statements


def find(platform):
    """A judge's name and a function from statements to [(statement, fault or None)]; or None."""
    analyzer = _part("emulators", "node_modules", "@fivetrandevelopers", "zetasql")
    program = _part("judges", "bin", "sqlfluff") or shutil.which("sqlfluff")
    if platform == "bigquery" and analyzer and shutil.which("node"):
        return "googlesql", lambda statements: _analyze(analyzer, _known("googlesql", statements))
    if platform not in DIALECTS or program is None:
        return None
    return "sqlfluff", lambda statements: _judge(program, DIALECTS[platform],
                                                 _known(platform, statements))


def find_parser(platform):
    """The same for statements whose tables no analyzer knows: a parser only."""
    program = _part("judges", "bin", "sqlfluff") or shutil.which("sqlfluff")
    if platform not in DIALECTS or program is None:
        return None
    return "sqlfluff", lambda statements: _judge(program, DIALECTS[platform],
                                                 _known(platform, statements))


def _analyze(analyzer, statements):
    port = free_port()
    script = os.path.join(TOP, "test", "render", "googlesql.js")
    done = subprocess.run(["node", script, analyzer, str(port)], input=json.dumps(statements),
                          capture_output=True, text=True, encoding="utf-8", timeout=600)
    if done.returncode:
        return [(statement, done.stderr) for statement in statements]
    return list(zip(statements, json.loads(done.stdout.splitlines()[-1])))


def _judge(program, dialect, statements):
    """All in one text: the parser takes seconds to start; single ones only to find the fault."""
    if not _fault(program, dialect, ";\n".join(statements) + ";\n"):
        return [(statement, None) for statement in statements]
    return [(s, _fault(program, dialect, s + ";\n")) for s in statements]


def _fault(program, dialect, sql):
    done = subprocess.run([program, "parse", "--dialect", dialect, "--format", "json", "-"],
                          input=sql, capture_output=True, text=True, encoding="utf-8")
    if done.returncode == 0 and "unparsable" not in done.stdout:
        return None
    try:
        return json.dumps(_unparsable(json.loads(done.stdout)))[:1000]
    except ValueError:
        return (done.stderr or done.stdout)[:1000]


def _unparsable(tree):
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "unparsable":
                return value
            found = _unparsable(value)
            if found is not None:
                return found
    if isinstance(tree, list):
        for value in tree:
            found = _unparsable(value)
            if found is not None:
                return found
    return None
