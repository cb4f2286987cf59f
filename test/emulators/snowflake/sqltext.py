"""Texts of statements: where one ends, its bind variables, and whether Snowflake would take it.

The judges are sqlfluff's snowflake dialect and, since it takes much that the service does not, the rules here:
each names what the reference's page of that construct leaves out.  sqlglot's tokenizer finds the tokens.
"""
import datetime
import functools
import logging
import os
import re
import sys

import sqlglot
from sqlglot.tokens import TokenType as T

import values
from errors import Failure

HERE = os.path.dirname(os.path.abspath(__file__))
DIALECT = sqlglot.Dialect.get_or_raise("snowflake")
logging.getLogger("sqlglot").setLevel(logging.ERROR)
logging.getLogger("sqlfluff").setLevel(logging.ERROR)
with open(os.path.join(HERE, "functions.txt"), encoding="utf-8") as _file:
    FUNCTIONS = set("".join(line for line in _file if not line.startswith("#")).split())
# Longer statements (rows of values) are judged by their tokens only.
JUDGED = 6000
# Words that may stand before a parenthesis without being functions.
WORDS = {"AND", "OR", "NOT", "AS", "ON", "IN", "USING", "VALUES", "FROM", "WHERE", "SELECT", "BY", "OVER", "WHEN", "THEN", "ELSE", "CASE",
         "UNION", "ALL", "INTERSECT", "EXCEPT", "MINUS", "EXISTS", "LIKE", "ILIKE", "BETWEEN", "IS", "DISTINCT", "HAVING", "QUALIFY", "JOIN",
         "LATERAL", "TABLE", "WITH", "KEY", "UNIQUE", "REFERENCES", "CHECK", "PIVOT", "UNPIVOT", "SAMPLE", "TABLESAMPLE", "BERNOULLI", "ROW", "SYSTEM",
         "BLOCK", "SEED", "REPEATABLE", "GROUPING", "SETS", "CUBE", "ROLLUP", "GROUP", "LIMIT", "FETCH", "OFFSET", "SET", "RETURNS", "END", "ANY",
         "AT", "BEFORE", "ROWS", "RANGE", "IDENTITY", "AUTOINCREMENT", "DEFAULT", "MATCHED", "INTO", "OVERWRITE", "COLUMN", "INTERVAL", "ARRAY",
         "CONSTRAINT", "RLIKE", "REGEXP", "ESCAPE", "FILE_FORMAT", "NULLS", "ASC", "DESC", "RECURSIVE", "ADD", "COLUMNS", "MATCH_CONDITION"}


class Tokenizer(DIALECT.tokenizer_class):
    """Commands have tokens like everything else."""

    COMMANDS = set()


def tokens_of(text):
    try:
        return Tokenizer(dialect=DIALECT).tokenize(text)
    except sqlglot.errors.SqlglotError as error:
        raise Failure("syntax", str(error).split("\n", maxsplit=1)[0]) from None


def place(text, at):
    """Line and position as messages count them."""
    return {"line": text.count("\n", 0, at) + 1, "position": at - (text.rfind("\n", 0, at) + 1)}


def split(text):
    """The statements between semicolons, as texts with where they start."""
    out, first, last = [], None, None
    for token in tokens_of(text) + [None]:
        if token is not None and token.token_type != T.SEMICOLON:
            first, last = token if first is None else first, token
        elif first is not None:
            out.append((text[first.start:last.end + 1], first.start))
            first = None
    return out


def pipes(text):
    """The parts between ->> of a chain."""
    out, at, tokens = [], 0, tokens_of(text)
    for i, token in enumerate(tokens):
        if text[token.start:token.end + 1] == "->>":
            out.append(text[at:token.start].strip())
            at = token.end + 1
        elif text[token.start:token.end + 1] == "->" and i + 1 < len(tokens) and text[token.end + 1:token.end + 2] == ">":
            out.append(text[at:token.start].strip())
            at = token.end + 2
    return out + [text[at:].strip()]


# ---- bind variables ----

def literal(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def bound(kind, value):
    """An expression for one bind variable; numbers of dates and times are what the document says they are."""
    kind = str(kind).upper()
    if kind not in ("FIXED", "REAL", "DECFLOAT", "TEXT", "BINARY", "BOOLEAN", "DATE", "TIME", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ"):
        raise Failure("bind_type", kind)
    if value is None:
        return "NULL"
    if not isinstance(value, str):
        raise Failure("body")
    try:
        return BOUND[kind](value)
    except (ValueError, IndexError, OverflowError):
        raise Failure("number" if kind in ("FIXED", "REAL") else "timestamp", value) from None


def moment(nanoseconds):
    seconds, rest = divmod(int(nanoseconds), 10 ** 9)
    at = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    text = at.strftime("%m-%d %H:%M:%S")
    return "%04d-%s.%s" % (at.year, text, ("%09d" % rest).rstrip("0") or "0")


def bound_fixed(value):
    match = re.fullmatch(r"\s*[-+]?(\d*)(?:\.(\d*))?\s*", value)
    if not match or not (match[1] or match[2]):
        raise ValueError
    return "CAST(%s AS NUMBER(38, %d))" % (literal(value), len(match[2] or ""))


def bound_date(value):
    """Milliseconds since the epoch; anything else is read as a text."""
    if re.fullmatch(r"-?\d+", value):
        days = datetime.date(1970, 1, 1) + datetime.timedelta(milliseconds=int(value))
        value = "%04d-%02d-%02d" % (days.year, days.month, days.day)
    return "CAST(%s AS DATE)" % literal(value)


def bound_time(value):
    if re.fullmatch(r"\d+", value):
        value = moment(int(value) % (86400 * 10 ** 9)).split(" ")[1]
    digits = len(value.partition(".")[2]) > 6
    return "CAST(%s AS TIME(%d))" % (literal(value), 9 if digits else 6)


def stamp(kind):
    def bind(value):
        if re.fullmatch(r"-?\d+", value):
            value = moment(value) + ("" if kind == "NTZ" else " +00:00")
        digits = len(value.partition(".")[2].split(" ")[0]) > 6
        return "CAST(%s AS TIMESTAMP_%s(%d))" % (literal(value), kind, 9 if digits else 6)
    return bind


def bound_tz(value):
    match = re.fullmatch(r"(-?\d+) (\d+)", value)
    if match:
        offset = int(match[2]) - 1440
        local = moment(int(match[1]) + offset * 60 * 10 ** 9)
        value = "%s %s%02d:%02d" % (local, "-" if offset < 0 else "+", abs(offset) // 60, abs(offset) % 60)
    return "CAST(%s AS TIMESTAMP_TZ(6))" % literal(value)


BOUND = {"FIXED": bound_fixed, "REAL": lambda v: "CAST(%s AS FLOAT)" % literal(str(float(v))), "DECFLOAT": lambda v: "CAST(%s AS FLOAT)" % literal(v),
         "TEXT": literal, "BINARY": lambda v: "TO_BINARY(%s, 'HEX')" % literal(v), "BOOLEAN": lambda v: "CAST(%s AS BOOLEAN)" % literal(v.lower()),
         "DATE": bound_date, "TIME": bound_time, "TIMESTAMP_NTZ": stamp("NTZ"), "TIMESTAMP_LTZ": stamp("LTZ"), "TIMESTAMP_TZ": bound_tz}


# A longer text is not put into the statement, where every tokenizer would walk through it, but a constant that names it.
LONG = 4000


def bind(text, bindings, long=None):
    """The texts with values for ?; several where values are arrays, which only INSERT takes.  long takes the values of long texts."""
    marks = [t for t in tokens_of(text) if t.token_type == T.PLACEHOLDER]
    if not marks:
        return [text]
    given = []
    for i, mark in enumerate(marks):
        one = (bindings or {}).get(str(i + 1))
        if not isinstance(one, dict) or "type" not in one or "value" not in one:
            raise Failure("bind_missing", **place(text, mark.start))
        given.append(one)
    arrays = {len(g["value"]) for g in given if isinstance(g["value"], list)}
    if arrays and (len(arrays) > 1 or not re.match(r"\s*insert\b", text, re.I)):
        raise Failure("body")
    out = []
    for row in range(arrays.pop() if arrays else 1):
        parts, at = [], 0
        for mark, one in zip(marks, given):
            value = one["value"][row] if isinstance(one["value"], list) else one["value"]
            if long is not None and one["type"] == "TEXT" and isinstance(value, str) and len(value) > LONG:
                long.append(value)
                value = "\x01long%d" % (len(long) - 1)
            parts += [text[at:mark.start], bound(one["type"], value)]
            at = mark.end + 1
        out.append("".join(parts) + text[at:])
    return out


# ---- the judges ----

# What is documented and sqlfluff does not know: types (data-types-vector), and the user's own stage (create-stage).
VECTORS = re.compile(r"\bvector\s*\(\s*(?:float|int)\s*,\s*\d+\s*\)", re.I)
USERS = re.compile(r"@~(?=[/\s]|$)")


@functools.lru_cache(maxsize=1)
def linter():
    sys.path.append(os.path.join(HERE, "..", "..", "..", "build", "judges", "site"))
    from sqlfluff.core import FluffConfig, Linter
    return Linter(config=FluffConfig(overrides={"dialect": "snowflake"}))


def shape(text):
    """The text with its constants, and numbers in plain names, all alike: to a grammar they are, and it is slow."""
    for token in reversed(tokens_of(text)):
        if token.token_type in (T.STRING, T.NUMBER):
            text = text[:token.start] + ("'x'" if token.token_type == T.STRING else "1") + text[token.end + 1:]
        elif token.token_type == T.VAR and re.search(r"\d", token.text):
            text = text[:token.start] + re.sub(r"\d+", "9", text[token.start:token.end + 1]) + text[token.end + 1:]
    return text


@functools.lru_cache(maxsize=5000)
def fluff(text):
    """(offset, word) where sqlfluff cannot read on; None when it can."""
    parsed = linter().parse_string(text)
    for error in parsed.violations:
        position = sum(len(line) + 1 for line in text.split("\n")[:error.line_no - 1]) + error.line_pos - 1
        return position, (re.match(r"\w+|\S|", text[position:]) or [""])[0] or "<EOF>"
    return None


def constructs(text, tokens):
    """(token's number, word) of what the service does not know, and sqlfluff or sqlglot does."""
    words = [t.text.upper() if t.token_type not in (T.STRING, T.IDENTIFIER, T.RAW_STRING) else "" for t in tokens]
    for i, word in enumerate(words):
        following, before = (words[i + 1] if i + 1 < len(words) else ""), (words[i - 1] if i else "")
        raw = text[tokens[i].start:tokens[i].end + 1]
        if word == "DISTINCT" and following == "ON":
            yield i + 1, "ON"                                  # constructs/select: DISTINCT takes no list
        elif raw in ("~", "!~", "~*", "&&", "#>", "#>>", "@>", "<@", "//", "^"):
            yield i, raw                                       # operators: none of these
        elif raw == "ARRAY" and following == "[":
            yield i + 1, "["                                   # data-types-semistructured: [1, 2] or ARRAY_CONSTRUCT
        elif word == "ONLY" and before == "FROM":
            yield i, "ONLY"
        elif word == "FILTER" and before == ")" and following == "(":
            yield i, "FILTER"                                  # functions-aggregate: no FILTER
        elif word == "RETURNING" or (word == "ON" and following == "CONFLICT"):
            yield i, tokens[i].text                            # sql/insert
        elif word in ("SAVEPOINT", "RELEASE", "VACUUM", "ANALYZE", "LISTEN", "NOTIFY") and i == 0:
            yield i, tokens[i].text


def judge(text):
    """Raises the Failure with which the service refuses the text itself."""
    text = USERS.sub("@u", text)
    tokens = tokens_of(text)
    for i, word in constructs(text, tokens):
        raise Failure("construct", word, **place(text, tokens[i].start))
    head = tokens[0].text.upper() if tokens else ""
    if head not in ("CREATE", "ALTER", "GRANT", "REVOKE", "COPY", "COMMENT"):
        functions(text, tokens)
    if head not in ("GRANT", "REVOKE", "COPY"):
        types(text, tokens)
    if len(text) <= JUDGED:
        read = VECTORS.sub("variant", text)
        bad = fluff(shape(read)) and fluff(read)
        if bad:
            raise Failure("syntax", bad[1], **place(text, bad[0]))


def functions(text, tokens):
    for i, token in enumerate(tokens[:-1]):
        name = text[token.start:token.end + 1].upper()
        if tokens[i + 1].token_type != T.L_PAREN or not re.fullmatch(r"[A-Z_][A-Z0-9_$]*", name):
            continue
        before = text[tokens[i - 1].start:tokens[i - 1].end + 1].upper() if i else ""
        called = before == "." or before in ("AS", "INTO", "TABLE", "WITH", ",", "RECURSIVE", "UPDATE", "JOIN", "FROM") or before == ")"
        if name in FUNCTIONS or name in WORDS or values.parse(name) is not None:
            continue
        # A name with a list of columns: an alias, a target, a common table expression.
        if called and (before != "," or with_list(text, tokens, i)):
            continue
        if i and tokens[i - 1].token_type in (T.VAR, T.IDENTIFIER) and before not in WORDS and before not in KEYWORDS:
            continue
        raise Failure("function", name, **place(text, token.start))


KEYWORDS = {"SELECT", "WHERE", "ON", "AND", "OR", "NOT", "WHEN", "THEN", "ELSE", "BY", "CASE", "HAVING", "SET", "DISTINCT", "CALL", "QUALIFY"}


def with_list(text, tokens, i):
    """Is it NAME (columns) AS ( of a WITH?"""
    depth = 0
    for j in range(i + 1, len(tokens)):
        depth += {T.L_PAREN: 1, T.R_PAREN: -1}.get(tokens[j].token_type, 0)
        if depth == 0:
            return [text[t.start:t.end + 1].upper() for t in tokens[j + 1:j + 3]] == ["AS", "("]
    return False


def types(text, tokens):
    """Names after :: and in CAST that are no types."""
    for i, token in enumerate(tokens[:-1]):
        raw, name = text[token.start:token.end + 1], text[tokens[i + 1].start:tokens[i + 1].end + 1].upper()
        if raw == "::" and re.fullmatch(r"[A-Z_][A-Z0-9_]*", name) and values.parse(name) is None and name not in ("DOUBLE", "CHAR", "NCHAR"):
            raise Failure("type", name)
