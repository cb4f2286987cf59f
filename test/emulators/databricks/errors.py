"""Errors: of statements by errors.tsv, of requests by REQUESTS; and which of them an error of DuckDB is.

A statement that fails is an answer with HTTP 200 and state FAILED; only a request that is none is refused by its status.
"""
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
ERRORS = {}
with open(os.path.join(HERE, "errors.tsv"), encoding="utf-8") as _file:
    for _line in _file:
        if not _line.startswith("#"):
            _name, _state, _class, _text = _line.split("\t")[:4]
            ERRORS[_name] = (_state, _class, _text.replace("\\n", "\n").replace("\\t", "\t"))

# name: (HTTP status, error_code, message); docs.databricks.com/api/workspace/statementexecution and .../api/workspace/introduction.
REQUESTS = {
    "no_token": (401, "UNAUTHENTICATED", "Credential was not sent or was of an unsupported type for this API."),
    "token": (403, "403", "Invalid access token."),
    "token_expired": (401, "401", "Token is expired"),
    "value": (400, "INVALID_PARAMETER_VALUE", "{word}"),
    "malformed": (400, "MALFORMED_REQUEST", "Could not parse request object: {word}"),
    "statement": (404, "NOT_FOUND", "The statement {word} was not found."),
    "chunk": (404, "NOT_FOUND", "The chunk with index {word} was not found."),
    "closed": (404, "NOT_FOUND", "The result of statement {word} is no longer available."),
    "warehouse": (404, "NOT_FOUND", "SQL warehouse {word} does not exist"),
    "endpoint": (404, "ENDPOINT_NOT_FOUND", "No API found for '{word}'"),
    "throttled": (429, "REQUEST_LIMIT_EXCEEDED", "Too many requests. Please wait a moment and try again."),
    "unavailable": (503, "TEMPORARILY_UNAVAILABLE", "The service at {word} is temporarily unavailable. Please try again later."),
}


class Failure(Exception):
    """A statement that fails."""

    def __init__(self, name, word="", **more):
        self.name = name
        self.state, self.error_class, text = ERRORS[name]
        words = {"word": word, **more}
        said = re.sub(r"\{(\w+)\}", lambda m: str(words.get(m[1], "")), text)
        self.message = said if self.error_class == "-" else "[%s] %s SQLSTATE: %s" % (self.error_class, said, self.state)
        super().__init__(self.message)


class Refused(Exception):
    """A request that is none."""

    def __init__(self, name, word="", headers=None):
        self.status, self.code, text = REQUESTS[name]
        self.headers, self.message = headers or {}, text.replace("{word}", str(word))
        super().__init__(self.message)


# Patterns over DuckDB's messages; the first group is the word.  gw:NAME:WORD is raised by macros of ours.
OF_DUCKDB = [(re.compile(pattern, re.S), name) for pattern, name in (
    (r"INTERRUPT", "cancelled"),
    (r'Referenced (?:table|column) "([^"]*)" (?:was )?not found', "column"),
    (r'does not have a column named "([^"]*)"', "column"),
    (r'Table "[^"]*" does not have a column (?:with name )?"?([^"\s]*)', "column"),
    (r'Could not find key "([^"]*)" in struct', "column"),
    (r'Ambiguous reference to (?:column|table) name:? "([^"]*)"', "ambiguous"),
    (r"Could not convert string ['\"](.*?)['\"] to", "cast_invalid"),
    (r"(?:invalid (?:date|timestamp|time) field format|(?:date|timestamp|time) field value out of range): \"(.*?)\"", "cast_invalid"),
    (r"NOT NULL constraint failed: (?:.*\.)?(\S+)", "not_null"),
    (r"CHECK constraint failed on table .* with expression .*gw_length.*?(\d+)\)*$", "too_long"),
    (r"CHECK constraint failed on table .* with expression CHECK\((.*)\)", "check"),
    (r"[Dd]ivision by zero", "zero"),
    (r"Overflow in (\w+) of", "overflow"),
    (r"(?:Casting value|Could not cast value|can't be cast because the value|out of range for the destination)(.*)", "cast_overflow"),
    (r"(?:Overflow|out of range|Out of Range|exceeds)(.*)", "overflow"),
    (r"[Mm]alformed JSON(.*)", "json"),
    (r"must appear in the GROUP BY clause.*|column \"([^\"]*)\" must appear", "aggregate"),
    (r"More than one row returned by a subquery", "subquery"),
    (r"Column count mismatch|columns but|values supplied", "arity"),
    (r"(?:Scalar|Aggregate|Table) Function with name \"?(\w+)\"? does not exist", "unemulated"),
    (r"TransactionContext Error.*[Cc]onflict(.*)|Conflict on (.*)", "concurrent"),
    (r"No function matches the given name and argument types '([^'(]*)|Cannot compare values of type|No matching", "mismatch"),
)]


def of_duckdb(error):
    """The Failure that an exception of DuckDB stands for."""
    text = str(error)
    ours = re.search(r"gw:(\w+):(.*)", text, re.S)
    if ours:
        name, _, to = ours[1].partition("__")
        return Failure(name, ours[2].strip(), to=to)
    for pattern, name in OF_DUCKDB:
        match = pattern.search(text)
        if match:
            word = (match[1] if match.groups() and match[1] else "").strip()
            to = re.search(r" to (\w+)", text[match.end() - 3:])
            return Failure(name, ("function " + word if name == "unemulated" else word)[:200], to=to[1] if to else "DATE")
    return Failure("unemulated", text.split("\n", maxsplit=1)[0][:300])
