"""Errors of the service: rows of errors.tsv, and which of them an error of DuckDB is.

The wording is Snowflake's where errors.tsv says "seen".  What stands for nothing there is said to be unemulated.
"""
import os
import re
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
ERRORS = {}
with open(os.path.join(HERE, "errors.tsv"), encoding="utf-8") as _file:
    for _line in _file:
        if not _line.startswith("#"):
            _name, _http, _code, _state, _text = _line.split("\t")[:5]
            ERRORS[_name] = (int(_http), _code, _state, _text.replace("\\n", "\n"))


class Failure(Exception):
    """A statement or a request that fails as the service lets it fail."""

    def __init__(self, name, word="", line=1, position=0, **more):
        self.name, self.http, self.code, self.state = name, *ERRORS[name][:3]
        words = {"word": word, "line": line, "position": position, "id": uuid.uuid4(), **more}
        self.message = re.sub(r"\{(\w+)\}", lambda m: str(words.get(m[1], m[0])), ERRORS[name][3])
        super().__init__(self.message)


# Patterns over DuckDB's messages; the first group is the word.
OF_DUCKDB = [(re.compile(pattern, re.S), name) for pattern, name in (
    (r'INTERRUPT', "cancelled"),
    (r'Referenced (?:table|column) "([^"]*)" (?:was )?not found', "identifier"),
    (r'does not have a column named "([^"]*)"', "identifier"),
    (r'Table "[^"]*" does not have a column (?:with name )?"?([^"\s]*)', "identifier"),
    (r'Ambiguous reference to column name "([^"]*)"', "ambiguous"),
    (r"Could not convert string ['\"](.*?)['\"] to (?:DECIMAL|INT|BIGINT|HUGEINT|DOUBLE|FLOAT)", "number"),
    (r"Could not convert string ['\"](.*?)['\"] to BOOL", "boolean"),
    (r"(?:invalid date field format|date field value out of range): \"(.*?)\"", "date"),
    (r"(?:invalid timestamp field format|timestamp field value out of range): \"(.*?)\"", "timestamp"),
    (r"(?:invalid time field format|time field value out of range): \"(.*?)\"", "time"),
    (r"Could not convert string ['\"](.*?)['\"] to TIME", "timestamp"),
    (r"Invalid input for hex digit:? *(.*)", "hex"),
    (r"NOT NULL constraint failed: .*?\.(\S+)", "null"),
    (r"CHECK constraint failed on table .* with expression (.*)", "too_long"),
    (r"(?:Overflow|out of range|Out of Range|Could not cast value|can't be cast because the value)(.*)", "range"),
    (r"Division by zero", "zero"),
    (r"[Mm]alformed JSON(.*)", "json"),
    (r"must appear in the GROUP BY clause.*|column \"([^\"]*)\" must appear", "group_by"),
    (r"has (\d+ columns but \d+ values)", "column_count"),
    (r"Column count mismatch|columns but|values supplied", "column_count"),
    (r"More than one row returned by a subquery", "subquery"),
    (r"Scalar Function with name (\S+) does not exist", "unemulated"),
    (r"TransactionContext Error.*[Cc]onflict(.*)", "lock"),
    (r"No function matches the given name and argument types '([^'(]*)|Cannot compare values of type|No matching", "arguments"),
)]


def of_duckdb(error):
    """The Failure that an exception of DuckDB stands for."""
    text = str(error)
    for pattern, name in OF_DUCKDB:
        match = pattern.search(text)
        if match:
            word = re.sub(r"~[0-9a-f]+$", "", (match[1] if match.groups() and match[1] else "")).strip()
            word = {"unemulated": "function " + word, "too_long": "..."}.get(name, word)
            return Failure(name, word[:200])
    return Failure("unemulated", text.split("\n", maxsplit=1)[0][:300])
