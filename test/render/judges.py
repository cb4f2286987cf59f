"""Parsers that are not ours, for platforms without a live server.

sqlfluff is looked for on the path and in build/judges (test/render/judges.sh puts it there);
without it a platform's judge is skipped, and the golden texts still count.
"""
import json
import os
import re
import shutil
import subprocess

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
DIALECTS = {"bigquery": "bigquery", "snowflake": "snowflake", "redshift": "redshift",
            "sqlserver": "tsql", "databricks": "databricks"}
# What the vendor documents and this parser does not know, put as something that it knows.
GAPS = {
    "bigquery": [
        # https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#json_literals
        (r"DEFAULT JSON '", "DEFAULT '")],
    "redshift": [
        # https://docs.aws.amazon.com/redshift/latest/dg/r_interval_data_types.html
        (r"INTERVAL (YEAR TO MONTH|DAY TO SECOND \(\d\))", "TIMESTAMP")],
    "databricks": [
        # https://docs.databricks.com/aws/en/sql/language-manual/data-types/null-type
        (r" VOID\b", " STRING"),
        # https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-create-table-constraint
        (r"\n    (PRIMARY|FOREIGN) KEY", r"\n    CONSTRAINT k_\1 \1 KEY")],
}
WHY = {platform: "sqlfluff is not there (test/render/judges.sh)" for platform in DIALECTS}


def _sqlfluff():
    for home in (os.environ.get("GW_JUDGES", ""), os.path.join(TOP, "build", "judges")):
        path = os.path.join(home, "bin", "sqlfluff")
        if home and os.path.exists(path):
            return path
    return shutil.which("sqlfluff")


def find(platform):
    """A function that takes statements and yields (statement, fault or None); or None."""
    program = _sqlfluff()
    if platform not in DIALECTS or program is None:
        return None
    def known(statement):
        for pattern, instead in GAPS.get(platform, ()):
            statement = re.sub(pattern, instead, statement)
        return statement
    return lambda statements: _judge(program, DIALECTS[platform], [known(s) for s in statements])


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
