"""Texts of statements: tokens, parameters, and whether Databricks would take it.

The judges are sqlfluff's databricks dialect and, since it takes much that the service does not, the rules here: each names the
page that leaves the construct out.  sqlglot's tokenizer finds the tokens.
"""
import functools
import logging
import os
import re
import sys

import sqlglot
from sqlglot.tokens import TokenType as T

import values
from errors import Failure, Refused

HERE = os.path.dirname(os.path.abspath(__file__))
DIALECT = sqlglot.Dialect.get_or_raise("databricks")
logging.getLogger("sqlglot").setLevel(logging.ERROR)
logging.getLogger("sqlfluff").setLevel(logging.ERROR)
with open(os.path.join(HERE, "functions.txt"), encoding="utf-8") as _file:
    FUNCTIONS = set("".join(line for line in _file if not line.startswith("#")).upper().split())
TEXTS = {T.STRING, T.RAW_STRING, T.IDENTIFIER, T.HEX_STRING}
TYPES = {*values.SIMPLE, "DECIMAL", "DEC", "NUMERIC", "CHAR", "CHARACTER", "VARCHAR", "ARRAY", "MAP", "STRUCT", "INTERVAL"}
# Longer statements (rows of values) are judged by their tokens only.
JUDGED = 6000
# Words that may stand before a parenthesis without being functions.
WORDS = set("""AND OR NOT AS ON IN USING VALUES FROM WHERE SELECT BY OVER WHEN THEN ELSE CASE UNION ALL INTERSECT EXCEPT MINUS EXISTS LIKE ILIKE
    RLIKE BETWEEN IS DISTINCT HAVING QUALIFY JOIN LATERAL TABLE WITH KEY REFERENCES CHECK PIVOT UNPIVOT TABLESAMPLE REPEATABLE SETS CUBE
    ROLLUP GROUPING GROUP LIMIT OFFSET SET ROWS RANGE DEFAULT MATCHED INTO OVERWRITE INTERVAL ANY SOME ESCAPE NULLS ASC DESC RECURSIVE
    ADD COLUMNS FILTER END SORT CLUSTER DISTRIBUTE PARTITION ONLY IF INSERT UPDATE DIV REPLACE COLUMN BUCKET OUT""".split())


class Tokenizer(DIALECT.tokenizer_class):
    """Commands have tokens like everything else."""

    COMMANDS = set()


class Token:
    def __init__(self, token_type, start, end, text):
        self.token_type, self.start, self.end, self.text = token_type, start, end, text


def tokens_of(text):
    """Keywords of several words are taken apart."""
    try:
        found = Tokenizer(dialect=DIALECT).tokenize(text)
    except sqlglot.errors.SqlglotError:
        raise Failure("parse_end") from None
    out = []
    for token in found:
        said = text[token.start:token.end + 1]
        if token.token_type in TEXTS or not re.search(r"\s", said):
            out.append(Token(token.token_type, token.start, token.end, token.text))
        else:
            out += [Token(T.VAR, token.start + m.start(), token.start + m.end() - 1, m[0]) for m in re.finditer(r"\S+", said)]
    return out


def substituted(text):
    """${env:NAME} and the like are settings also within texts (Spark's spark.sql.variable.substitute); what is not set stays."""
    return re.sub(r"\$\{env:(\w+)\}", lambda m: os.environ.get(m[1], m[0]), text)


def raw(text, token):
    return text[token.start:token.end + 1]


def single(text):
    """The one statement without what stands around it."""
    tokens = tokens_of(text)
    if not tokens:
        raise Failure("parse_empty")
    while tokens and tokens[-1].token_type == T.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise Failure("parse_empty")
    extra = next((i for i, t in enumerate(tokens) if t.token_type == T.SEMICOLON), None)
    if extra is not None:
        raise Failure("parse", raw(text, tokens[extra + 1]))
    text = text[tokens[0].start:tokens[-1].end + 1]
    return text, tokens_of(text)


def plain(text):
    """What sqlglot takes for something else: escapes in texts, numbers with BD, and days that are added or counted without a unit."""
    tokens = tokens_of(text)
    for i in range(len(tokens) - 1, -1, -1):
        token, name = tokens[i], raw(text, tokens[i]).upper()
        match = re.match(r"(\d+(?:\.\d*)?|\.\d+)BD\b", text[token.start:], re.I)
        if match and token.token_type == T.NUMBER:
            number = match[1] if "." in match[1] else "CAST(%s AS DECIMAL(%d, 0))" % (match[1], len(match[1]))
            text = text[:token.start] + number + text[token.start + match.end():]
        if token.token_type == T.STRING and "\\" in name:
            text = text[:token.start] + literal(unescaped(raw(text, token)[1:-1])) + text[token.end + 1:]
        if name in ("DATE_ADD", "DATEDIFF", "DATE_DIFF") and token.token_type not in TEXTS and arguments(tokens, i) == 2:
            text = text[:token.start] + ("gw_date_add" if name == "DATE_ADD" else "gw_date_diff") + text[token.end + 1:]
    return text


ESCAPED = {"b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}


def unescaped(text):
    """What a text means (data-types/string-type); four digits after \\u are a character's."""
    if re.search(r"(?<!\\)(?:\\\\)*\\0", text):
        raise Failure("unemulated", "a character with the code 0")
    return re.sub(r"\\(?:u([0-9a-fA-F]{4})|(.))", lambda m: chr(int(m[1], 16)) if m[1] else ESCAPED.get(m[2], m[2]), text, flags=re.S)


def arguments(tokens, i):
    """How many there are between the parentheses that open after that token."""
    depth, commas = 0, 0
    for token in tokens[i + 1:]:
        if token.token_type in TEXTS:
            continue
        depth += {T.L_PAREN: 1, T.L_BRACKET: 1, T.R_PAREN: -1, T.R_BRACKET: -1}.get(token.token_type, 0)
        commas += token.token_type == T.COMMA and depth == 1
        if depth == 0:
            break
    return commas + 1


def literal(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# ---- named parameters: api/workspace/statementexecution/executestatement, "parameters" ----

def parameters(given):
    """{name: expression}, or Refused."""
    out = {}
    if not isinstance(given, list):
        raise Refused("value", "parameters must be a list")
    for one in given:
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise Refused("value", "Parameter name is required")
        kind, value = values.parse(one.get("type") or "STRING"), one.get("value")
        if kind is None or kind.name in ("ARRAY", "MAP", "STRUCT", "VARIANT"):
            raise Refused("value", "Unsupported parameter type %s" % one.get("type"))
        if value is not None and not isinstance(value, str):
            raise Refused("malformed", "parameters[].value must be a string")
        text = "NULL" if value is None or kind.name == "VOID" else literal(value)
        if kind.name == "INTERVAL":
            text = "NULL" if value is None else "INTERVAL %s %s" % (literal(value), kind.unit)
            out[one["name"].lower()] = text
        elif kind.name == "BINARY" and value is not None:
            out[one["name"].lower()] = "unhex(%s)" % text
        else:
            out[one["name"].lower()] = "CAST(%s AS %s)" % (text, kind.text())
    return out


def bind(text, tokens, given):
    """The text with expressions for its :names; a colon after an operand is a path into a VARIANT."""
    parts, at = [], 0
    for i, token in enumerate(tokens[:-1]):
        if token.token_type != T.COLON:
            continue
        following, before = tokens[i + 1], tokens[i - 1] if i else None
        if following.start != token.end + 1 or not re.fullmatch(r"[A-Za-z_]\w*", raw(text, following)):
            continue
        if before is not None and before.end + 1 == token.start and (
                before.token_type in (T.VAR, T.IDENTIFIER, T.R_PAREN, T.R_BRACKET) or re.fullmatch(r"\w+", raw(text, before))):
            continue
        name = raw(text, following).lower()
        if name not in given:
            raise Failure("parameter", raw(text, following))
        parts += [text[at:token.start], given[name]]
        at = following.end + 1
    return "".join(parts) + text[at:]


# ---- the judges ----

# What is documented, and sqlfluff does not know: OFFSET, REPEATABLE, INSERT ... REPLACE WHERE and ON, NULLS with them.
UNKNOWN = ((re.compile(r"\bOFFSET\s+(?:\d+|:\w+)", re.I), ""), (re.compile(r"\bREPEATABLE\s*\(\s*\d+\s*\)", re.I), ""))
REPLACING = re.compile(r"^\s*INSERT\s+INTO\b.*?\bREPLACE\s+(?:WHERE|ON)\b", re.I | re.S)


@functools.lru_cache(maxsize=1)
def linter():
    sys.path.append(os.path.join(HERE, "..", "..", "..", "build", "judges", "site"))
    from sqlfluff.core import FluffConfig, Linter
    return Linter(config=FluffConfig(overrides={"dialect": "databricks"}))


def shape(text):
    """The text with its constants, and numbers in plain names, all alike: to a grammar they are, and it is slow."""
    for token in reversed(tokens_of(text)):
        if token.token_type in (T.STRING, T.NUMBER):
            text = text[:token.start] + ("'x'" if token.token_type == T.STRING else "1") + text[token.end + 1:]
        elif token.token_type == T.VAR and re.search(r"\d", raw(text, token)):
            text = text[:token.start] + re.sub(r"\d+", "9", raw(text, token)) + text[token.end + 1:]
    return text


@functools.lru_cache(maxsize=5000)
def fluff(text):
    """The word at which sqlfluff cannot read on; None when it can."""
    for error in linter().parse_string(text).violations:
        position = sum(len(line) + 1 for line in text.split("\n")[:error.line_no - 1]) + error.line_pos - 1
        return (re.match(r"\w+|\S|", text[position:]) or [""])[0]
    return None


def constructs(text, tokens):
    """The word of what the service does not know, and sqlfluff or sqlglot does."""
    words = [raw(text, t).upper() if t.token_type not in (T.STRING, T.IDENTIFIER, T.RAW_STRING) else "" for t in tokens]
    for i, word in enumerate(words):
        following, before = (words[i + 1] if i + 1 < len(words) else ""), (words[i - 1] if i else "")
        after = words[i + 2] if i + 2 < len(words) else ""
        if word == "DISTINCT" and following == "ON" and after == "(":
            return "ON"                                  # sql-ref-syntax-qry-select: DISTINCT takes no list
        if word == "ONLY" and before in ("FROM", "JOIN"):
            return word
        if word == "FETCH" and following in ("FIRST", "NEXT"):
            return word                                  # sql-ref-syntax-qry-select-limit: LIMIT only
        if word == "RETURNING" or (word == "ON" and following == "CONFLICT"):
            return word                                  # sql-ref-syntax-dml-insert-into
        if word == "SIMILAR" and following == "TO":
            return word
        if word in ("ANY", "SOME", "ALL") and following == "(" and before in ("=", "<>", "!=", "<", ">", "<=", ">="):
            return word                                  # sql-ref-functions-builtin: quantifiers belong to LIKE only
        if word == "ARRAY" and following == "[":
            return "["                                   # functions/array
        if word == "~" and i and (tokens[i - 1].token_type in (T.VAR, T.IDENTIFIER, T.STRING, T.NUMBER, T.R_PAREN)):
            return word                                  # functions/tilde: only before its operand
        if word in ("~*", "!~", "&&", "#>", "#>>", "@>", "<@", "^@", "//"):
            return word
        if word == "FOR" and following in ("UPDATE", "SHARE"):
            return word
        if i == 0 and word in ("SAVEPOINT", "RELEASE", "COMMIT", "ROLLBACK", "START", "LISTEN", "NOTIFY", "DISCARD", "LOCK"):
            return word
        if word == "INDEX" and words[0] == "CREATE" and i < 3:
            return word
    return None


def quotes(text, tokens):
    """Two texts side by side: what documents say of '' differs by version, so it is refused."""
    for left, right in zip(tokens, tokens[1:]):
        if left.token_type == right.token_type == T.STRING and left.end + 1 == right.start:
            raise Failure("unemulated", "two quotes side by side in a text; \\' is sure to mean one")
    if any(t.token_type == T.STRING and "''" in raw(text, t)[1:-1] and not raw(text, t).startswith('"') for t in tokens):
        raise Failure("unemulated", "two quotes side by side in a text; \\' is sure to mean one")


def judge(text):
    """Raises the Failure with which the service refuses the text itself."""
    tokens = tokens_of(text)
    word = constructs(text, tokens)
    if word:
        raise Failure("parse", word)
    quotes(text, tokens)
    head = raw(text, tokens[0]).upper()
    if head not in ("CREATE", "ALTER", "GRANT", "REVOKE", "COPY", "COMMENT", "DROP"):
        functions(text, tokens)
    types(text, tokens)
    if len(text) <= JUDGED and head in ("SELECT", "WITH", "VALUES", "(", "INSERT", "UPDATE", "DELETE", "MERGE") and not REPLACING.match(text):
        for pattern, instead in UNKNOWN:
            text = pattern.sub(instead, text)
        bad = fluff(shape(text))
        if bad is not None:
            bad = fluff(text) or bad
            raise Failure("parse", bad) if bad else Failure("parse_end")


def functions(text, tokens):
    for i, token in enumerate(tokens[:-1]):
        name = raw(text, token).upper()
        if tokens[i + 1].token_type != T.L_PAREN or not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name):
            continue
        if name in FUNCTIONS or name in WORDS or values.parse(name + "(1)") is not None or name in values.SIMPLE or name == "INTERVAL":
            continue
        before = raw(text, tokens[i - 1]).upper() if i else ""
        # A name with a list of columns: an alias, a target, a common table expression.
        if before in (".", "AS", "INTO", "TABLE", "WITH", "RECURSIVE", ")") or (before == "," and with_list(text, tokens, i)):
            continue
        if i and tokens[i - 1].token_type in (T.VAR, T.IDENTIFIER) and before not in WORDS:
            continue
        raise Failure("routine", name.lower())


def with_list(text, tokens, i):
    """Is it NAME (columns) AS ( of a WITH?"""
    depth = 0
    for j in range(i + 1, len(tokens)):
        depth += {T.L_PAREN: 1, T.R_PAREN: -1}.get(tokens[j].token_type, 0)
        if depth == 0:
            return [raw(text, t).upper() for t in tokens[j + 1:j + 3]] == ["AS", "("]
    return False


def types(text, tokens):
    """Names after :: and in CAST that are no types."""
    casts, depth = [], 0
    for left, right in zip(tokens, tokens[1:]):
        said, name = raw(text, left).upper(), raw(text, right).upper()
        if left.token_type not in TEXTS:
            depth += {"(": 1, ")": -1}.get(said, 0)
            if said in ("CAST", "TRY_CAST") and name == "(":
                casts.append(depth + 1)
        inside = said == "AS" and casts and casts[-1] == depth
        if inside:
            casts.pop()
        if (said == "::" or inside) and re.fullmatch(r"[A-Z_]\w*", name) and name not in TYPES:
            raise Failure("type", name)
