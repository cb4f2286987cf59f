"""Judges a statement as Redshift does, and writes it so that PostgreSQL with schema rs behaves so.

The parser is sqlglot in its redshift dialect, which this project did not write; what is refused, and
from which AWS page, is data (rules.json).  Statements keep their own text: only what PostgreSQL
spells otherwise is replaced, token by token.
"""
import collections
import json
import logging
import os
import re

import sqlglot
from sqlglot import exp
from sqlglot.tokens import TokenType as T

import tables

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "rules.json"), encoding="utf-8") as _file:
    RULES = json.load(_file)
NAMES = {key: set(part["names"]) for key, part in RULES.items() if "names" in part}
DIALECT = sqlglot.Dialect.get_or_raise("redshift")
# Longer statements (rows of values) are judged by their tokens only.
TREE_LIMIT = 60000
# What schema rs has under a name of pg_catalog: a qualified name would get past it.
SHADOWED = set()
for _name in ("schema.sql", "catalog.sql"):
    with open(os.path.join(HERE, _name), encoding="utf-8") as _file:
        SHADOWED |= set(re.findall(r'^CREATE (?:FUNCTION|AGGREGATE|VIEW|TABLE) "?(?:rs\.)?(\w+)', _file.read(), re.M))
SHADOWED |= {"stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop", "sqrt", "exp", "ln"}
DATE_PARTS = {"DATEADD", "DATEDIFF", "DATE_PART", "DATE_TRUNC", "DATE_DIFF", "DATE_ADD"}
# Settings of Redshift that PostgreSQL has as well; the others are kept under rs.
SHARED_SETTINGS = {"datestyle", "extra_float_digits", "search_path", "statement_timeout", "timezone", "client_encoding",
                   "application_name", "session_authorization", "intervalstyle", "is_superuser", "server_encoding"}
logging.getLogger("sqlglot").setLevel(logging.ERROR)


Token = collections.namedtuple("Token", "text token_type start end")


class Tokenizer(DIALECT.tokenizer_class):
    """Commands have tokens like everything else."""

    COMMANDS = set()


def tokens_of(text):
    """One token for each word, also where the parser takes several as one keyword."""
    out = []
    for token in Tokenizer(dialect=DIALECT).tokenize(text):
        parts = list(re.finditer(r"\S+", text[token.start:token.end + 1]))
        if token.token_type in (T.STRING, T.IDENTIFIER) or len(parts) == 1 or " " not in token.text:
            out.append(Token(token.text, token.token_type, token.start, token.end))
        else:
            out += [Token(p[0], T.COMMAND, token.start + p.start(), token.start + p.end() - 1) for p in parts]
    return out


class Refusal(Exception):
    """What Redshift refuses: a rule of rules.json, with the word it is about."""

    def __init__(self, rule, word="", notices=()):
        super().__init__(rule)
        self.rule, self.word, self.notices = rule, word, list(notices)

    def fields(self):
        """SQLSTATE and message."""
        rule = RULES["refusals"][self.rule]
        return rule["sqlstate"], rule["message"].replace("{word}", self.word)


class Statement:
    """One statement: its tokens, the changes to its text, and what the wire has to know of it."""

    def __init__(self, text, tokens, session):
        self.text, self.tokens, self.session = text, tokens, session
        self.words = [t.text.upper() if t.token_type not in (T.STRING, T.IDENTIFIER) else "" for t in tokens]
        self.edits, self.kinds, self.replaced = [], set(), None

    def source(self, first, last):
        return self.text[self.tokens[first].start:self.tokens[last].end + 1]

    def replace(self, first, last, text):
        self.edits.append((self.tokens[first].start, self.tokens[last].end + 1, text))

    def close_of(self, opening):
        """The token that closes the parenthesis at this one."""
        depth = 0
        for i in range(opening, len(self.tokens)):
            depth += {T.L_PAREN: 1, T.R_PAREN: -1}.get(self.tokens[i].token_type, 0)
            if depth == 0:
                return i
        raise Refusal("syntax", "unmatched parenthesis")

    def written(self):
        if self.replaced is not None:
            return self.replaced
        base, end = self.tokens[0].start, self.tokens[-1].end + 1
        out, at = [], base
        for start, stop, text in sorted(self.edits):
            if start >= at:
                out += [self.text[at:start], text]
                at = stop
        return "".join(out) + self.text[at:end]

    def tree(self, text=None):
        text = text or self.source(0, len(self.tokens) - 1)
        try:
            # The parser knows no types of another schema.
            return sqlglot.parse_one(re.sub(r"::\s*pg_catalog\s*\.", "::", text), dialect=DIALECT)
        except (sqlglot.errors.SqlglotError, RecursionError) as error:
            said = re.sub(r"\x1b\[\d+m", "", str(error)).split("\n")[0]
            raise Refusal("syntax", said) from error


# What came of a SELECT: that depends on its text and on the case of names alone.
JUDGED = {}
JUDGED_MAX = 5000


def judge(text, session):
    """(text for PostgreSQL, kinds) of a query string; raises Refusal."""
    if ";" in text or not re.match(r"\s*(SELECT|WITH)\b", text, re.IGNORECASE):
        return judge_anew(text, session)
    session.coming_path = None
    key = text, session.case_sensitive
    known = JUDGED.get(key)
    if known is None:
        try:
            known = judge_anew(text, session)
        except Refusal as refusal:
            known = refusal
        if len(JUDGED) >= JUDGED_MAX:
            JUDGED.clear()
        JUDGED[key] = known
    if isinstance(known, Refusal):
        raise Refusal(known.rule, known.word, known.notices)
    return known


def judge_anew(text, session):
    try:
        tokens = tokens_of(text)
    except sqlglot.errors.SqlglotError as error:
        raise Refusal("syntax", str(error).split("\n", maxsplit=1)[0]) from error
    out, kinds, current = [], set(), []
    session.coming_path = None
    for token in tokens + [None]:
        if token is not None and token.token_type != T.SEMICOLON:
            current.append(token)
        elif current:
            statement = Statement(text, current, session)
            one(statement)
            out.append(statement.written())
            kinds |= statement.kinds
            current = []
    return "; ".join(out), kinds


def one(st):
    """Judges and rewrites one statement."""
    head = st.words[0]
    if head not in NAMES["commands"]:
        if head not in NAMES["lacking_commands"]:
            raise Refusal("word", st.tokens[0].text)
        raise Refusal("savepoint" if head in ("SAVEPOINT", "RELEASE") else "command", st.source(0, min(1, len(st.tokens) - 1)))
    rewrite(st)
    handler = HANDLERS.get(head)
    if handler and handler(st):
        return
    if head in ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE"):
        judge_query(st, st.tree() if len(st.text) <= TREE_LIMIT else None)


# ---- statements ----

def explain(st):
    """EXPLAIN [ VERBOSE ] query"""
    at = 1
    if st.words[at] == "VERBOSE":
        at += 1
    if st.words[at] in ("ANALYZE", "(") or st.words[at] not in NAMES["commands"]:
        raise Refusal("explain_option", st.words[at].lower())
    st.kinds.add("explain")
    inner = st.source(at, len(st.tokens) - 1)
    judge_query(st, st.tree(inner))
    return True


def transaction(st):
    said = " ".join(st.words)
    if st.words[0] == "ROLLBACK" and "TO" in st.words:
        raise Refusal("savepoint", st.source(0, len(st.tokens) - 1))
    if re.search(r"DEFERRABLE|\bCHAIN\b|PREPARED", said):
        raise Refusal("command", said)
    # r_BEGIN.html: every level is the database's own.
    st.replaced = re.sub(r"ISOLATION LEVEL (READ UNCOMMITTED|READ COMMITTED|REPEATABLE READ)", "ISOLATION LEVEL SERIALIZABLE", said)
    return True


def copy(st):
    if re.search(r"\bFROM STDIN\b|\bTO STDOUT\b", " ".join(st.words)):
        raise Refusal("copy_stdio")
    raise Refusal("unemulated", "COPY and UNLOAD need Amazon S3")


def setting_name(st, at):
    if at >= len(st.tokens):
        raise Refusal("syntax", "end of statement")
    return st.tokens[at].text.lower()


def set_setting(st):
    words, at = st.words, 1
    scope = ""
    if words[at] in ("SESSION", "LOCAL") and words[at + 1] not in ("AUTHORIZATION", "CHARACTERISTICS"):
        scope, at = words[at] + " ", at + 1
    if words[at] == "TRANSACTION":
        raise Refusal("command", "SET TRANSACTION")
    if words[at] == "SESSION":
        return True
    name = setting_name(st, at)
    if words[at:at + 2] == ["TIME", "ZONE"]:
        name, at = "timezone", at + 1
    if name not in NAMES["settings"]:
        raise Refusal("setting", name)
    first = at + 2 if at + 1 < len(words) and words[at + 1] in ("=", "TO") else at + 1
    if first >= len(st.tokens):
        raise Refusal("syntax", "end of statement")
    value = st.source(first, len(st.tokens) - 1)
    if name == "extra_float_digits" and value.strip("'").lstrip("-").isdigit() and int(value.strip("'")) > 2:
        raise Refusal("setting_value", f"{value} is outside the valid range for parameter \"extra_float_digits\" (-15 .. 2)")
    if name == "enable_case_sensitive_identifier":
        st.session.case_sensitive = value.strip("'").lower() in ("true", "on", "1", "yes")
    if name == "search_path":
        schemas = ", ".join(part.strip() for part in value.split(","))
        st.session.coming_path = [p.strip("'\"") for p in schemas.split(", ")]
        st.replaced = f"SET {scope}search_path TO rs, pg_catalog, {schemas}"
        if value.upper() == "DEFAULT":
            st.replaced = "RESET search_path"
    elif name in SHARED_SETTINGS:
        st.replaced = f"SET {scope}{name} TO {value}"
    else:
        st.replaced = f"SET {scope}rs.{name} TO {value}"
    return True


def reset_setting(st):
    name = setting_name(st, 1)
    if name == "all":
        return True
    if name not in NAMES["settings"]:
        raise Refusal("setting", name)
    if name not in SHARED_SETTINGS:
        st.replaced = f"RESET rs.{name}"
    return True


def show(st):
    name = setting_name(st, 1)
    if name in ("tables", "schemas", "columns", "databases", "table", "view", "procedure", "datashares", "external", "model", "grants", "all"):
        raise Refusal("unemulated", "SHOW " + name.upper())
    if st.words[1:3] == ["TIME", "ZONE"]:
        name = "timezone"
    if name not in NAMES["settings"]:
        raise Refusal("setting", name)
    if name == "server_version":
        st.replaced = "SELECT '8.0.2'::varchar AS server_version"
    elif name == "search_path":
        st.replaced = ("SELECT pg_catalog.regexp_replace(pg_catalog.regexp_replace(pg_catalog.replace("
                       "pg_catalog.current_setting('search_path'), '\"$user\"', '$user'), '^rs, ?pg_catalog(, ?)?', ''), "
                       "', ?', ', ', 'g')::varchar AS search_path")
    elif name not in SHARED_SETTINGS:
        st.replaced = f"SELECT coalesce(pg_catalog.current_setting('rs.{name}', true), 'unset')::varchar AS {name}"
    return True


def declare(st):
    """DECLARE cursor CURSOR FOR query; one at a time."""
    if len(st.words) < 5 or st.words[2] != "CURSOR":
        raise Refusal("cursor_option", st.words[2].lower() if len(st.words) > 2 else "")
    at = 3
    if st.words[at] != "FOR":
        raise Refusal("cursor_option", st.words[at].lower())
    if st.session.cursor is not None and st.session.in_block:
        raise Refusal("second_cursor")
    judge_query(st, st.tree(st.source(at + 1, len(st.tokens) - 1)))
    st.session.cursor = st.tokens[1].text
    return True


def fetch(st):
    if re.search(r"\b(BACKWARD|PRIOR|FIRST|LAST|ABSOLUTE|RELATIVE)\b", " ".join(st.words[1:3])) or "-" in st.words:
        raise Refusal("cursor_option", st.words[1].lower())
    return True


def close(st):
    st.session.cursor = None
    return True


def truncate(st):
    if st.words[1:2] == ["ONLY"] or T.COMMA in [t.token_type for t in st.tokens] or {"CASCADE", "RESTART"} & set(st.words):
        raise Refusal("command", " ".join(st.words[:3]))
    st.kinds.add("commit")
    return True


def maintain(st):
    """VACUUM and ANALYZE: their own options say nothing to PostgreSQL."""
    named = [i for i, w in enumerate(st.words) if i and w not in (
        "FULL", "SORT", "DELETE", "ONLY", "REINDEX", "RECLUSTER", "VERBOSE", "BOOST")]
    if st.words[1:2] == ["COMPRESSION"]:
        raise Refusal("unemulated", "ANALYZE COMPRESSION")
    table, i = "", 0
    if named:
        i = named[0]
        while i + 2 < len(st.tokens) and st.tokens[i + 1].token_type == T.DOT:
            i += 2
        table = " " + st.source(named[0], i)
    st.replaced = st.words[0] + table
    return True


def prepare(st):
    at = st.words.index("AS") if "AS" in st.words else len(st.words)
    if at + 1 < len(st.tokens):
        judge_query(st, st.tree(st.source(at + 1, len(st.tokens) - 1)))
    return True


def creation_schema(session):
    """Where unqualified new names go: the first schema of the path, which in PostgreSQL is rs.

    A path set earlier in the same string is not in force yet."""
    if session.coming_path:
        found = next((p for p in session.coming_path if p != "$user"), "public")
    else:
        found = session.creation_schema() or "public"
    return '"' + found.replace('"', '""') + '"'


def create(st):
    words = [w for w in st.words[1:6] if w not in ("OR", "REPLACE", "TEMP", "TEMPORARY", "LOCAL", "IF", "NOT", "EXISTS")]
    if not words or words[0] not in NAMES["objects"]:
        raise Refusal("command", " ".join(st.words[:2]))
    if words[0] == "TABLE":
        tables.create(st, Refusal, judge_query, creation_schema(st.session))
    elif words[0] == "VIEW":
        at = st.words.index("AS")
        end = len(st.tokens) - 1
        if st.words[-4:] == ["WITH", "NO", "SCHEMA", "BINDING"]:
            raise Refusal("unemulated", "late-binding views")
        judge_query(st, st.tree(st.source(at + 1, end)))
        name = st.words.index("VIEW") + 1
        if st.tokens[name + 1].token_type != T.DOT and not {"TEMP", "TEMPORARY"} & set(st.words[:4]):
            st.edits.append((st.tokens[name].start, st.tokens[name].start, creation_schema(st.session) + "."))
    elif words[0] in ("USER", "GROUP", "SCHEMA", "DATABASE", "ROLE"):
        return True
    else:
        raise Refusal("unemulated", "CREATE " + words[0])
    return True


def alter(st):
    if st.words[1] == "TABLE":
        tables.alter(st, Refusal)
    elif st.words[1] not in NAMES["objects"]:
        raise Refusal("command", " ".join(st.words[:2]))
    return True


def drop(st):
    if st.words[1] not in NAMES["objects"]:
        raise Refusal("command", " ".join(st.words[:2]))
    return True


HANDLERS = {"EXPLAIN": explain, "BEGIN": transaction, "START": transaction, "COMMIT": transaction, "END": transaction,
            "ROLLBACK": transaction, "ABORT": transaction, "COPY": copy, "UNLOAD": copy, "SET": set_setting,
            "RESET": reset_setting, "SHOW": show, "DECLARE": declare, "FETCH": fetch, "CLOSE": close,
            "TRUNCATE": truncate, "VACUUM": maintain, "ANALYZE": maintain, "PREPARE": prepare, "CREATE": create,
            "ALTER": alter, "DROP": drop}


# ---- tokens ----

def rewrite(st):
    """What is only spelled otherwise; and calls of functions that Redshift lacks."""
    words, kinds = st.words, [t.token_type for t in st.tokens]
    count = len(words)
    for i, token in enumerate(st.tokens):
        following = kinds[i + 1] if i + 1 < count else None
        if kinds[i] == T.IDENTIFIER and not st.session.case_sensitive and token.text != token.text.lower():
            # r_names.html: quoted identifiers are folded, too (ASCII letters only).
            st.replace(i, i, re.sub("[A-Z]+", lambda m: m[0].lower(), st.source(i, i)))
        elif words[i] == "PG_CATALOG" and following == T.DOT and i + 2 < count:
            name = st.tokens[i + 2].text.lower()
            if name in SHADOWED and words[i - 1] != "::":
                st.replace(i, i + 1, "")
        elif words[i] == "COLLATE" and following == T.L_PAREN:
            # r_COLLATE.html: a function, too
            st.replace(i, i, 'rs."collate"')
        elif words[i] == "APPROXIMATE" and following != T.DOT:
            st.replace(i, i, "")
        elif words[i] == "SYSDATE" and (i == 0 or kinds[i - 1] != T.DOT) and following != T.L_PAREN:
            st.replace(i, i, "rs.sysdate()")
        elif words[i] == "CURRENT_SCHEMA":
            st.replace(i, i, "rs.current_schema" + ("" if following == T.L_PAREN else "()"))
        elif words[i] == "NVL" and following == T.L_PAREN:
            st.replace(i, i, "coalesce")
        elif words[i] in DATE_PARTS and following == T.L_PAREN and i + 2 < count and kinds[i + 2] != T.STRING:
            st.replace(i + 2, i + 2, "'" + st.tokens[i + 2].text.lower() + "'")
        elif words[i] == "LISTAGG" and following == T.L_PAREN:
            within_group(st, i)
        elif words[i] == "TOP" and i and words[i - 1] in ("SELECT", "DISTINCT") and kinds[i + 1] == T.NUMBER:
            if i > 2:
                raise Refusal("unemulated", "TOP in a sub-query")
            st.replace(i, i + 1, "")
            st.edits.append((st.tokens[-1].end + 1, st.tokens[-1].end + 1, f" LIMIT {st.tokens[i + 1].text}"))
        if words[i] == "::" or (words[i] == "AS" and i and following is not None):
            rewrite_type(st, i + 1, words[i] == "::")
        if words[i] == "OPERATOR" and following == T.L_PAREN:
            raise Refusal("operator_syntax", "operator")
        if words[i] in ("~*", "!~*"):
            raise Refusal("regexp_icase", words[i])
        if words[i] == "ARRAY" and following == T.L_BRACKET:
            raise Refusal("array_constructor")
        if kinds[i] in (T.BIT_STRING, T.HEX_STRING):
            raise Refusal("bit_string")


def rewrite_type(st, i, certain):
    """TEXT is VARCHAR here; VARBYTE has three names."""
    if i >= len(st.tokens):
        return
    if st.words[i] == "PG_CATALOG" and i + 2 < len(st.tokens):
        i += 2
    word = st.words[i]
    if not certain and (i + 1 >= len(st.tokens) or st.tokens[i + 1].token_type not in (T.R_PAREN, T.L_PAREN)):
        return
    if word == "TEXT":
        st.replace(i, i, "varchar")
    elif word == "VARBINARY":
        st.replace(i, i, "varbyte")
    elif word in ("BYTEA", "JSON", "JSONB", "UUID", "MONEY", "XML", "INET", "CIDR", "BIT", "VARBIT", "TSVECTOR"):
        raise Refusal("type", word.lower())


def within_group(st, i):
    """LISTAGG(a, b) WITHIN GROUP (ORDER BY c) is LISTAGG(a, b ORDER BY c)."""
    end = st.close_of(i + 1)
    if st.words[end + 1:end + 3] == ["WITHIN", "GROUP"]:
        stop = st.close_of(end + 3)
        order = st.source(end + 4, stop - 1)
        st.replace(end, stop, " " + order + ")")


# ---- trees ----

def tables_of(tree):
    """(user tables, catalog tables): names of what the statement reads or writes."""
    known = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    user, catalog = [], []
    for table in tree.find_all(exp.Table):
        name, schema = table.name.lower(), table.db.lower()
        if not name or (not schema and name in known) or isinstance(table.this, exp.Func):
            continue
        if schema in ("pg_catalog", "information_schema") or (not schema and name.startswith("pg_")):
            catalog.append(name if schema != "information_schema" else "")
        else:
            user.append(name)
    return user, catalog


def calls(st, tree):
    """Names of functions called: a word before a parenthesis that no table or alias has."""
    named = {t.name.lower() for t in tree.find_all(exp.Table)} | {a.name.lower() for a in tree.find_all(exp.TableAlias)}
    named |= {c.alias_or_name.lower() for c in tree.find_all(exp.CTE)}
    for i, token in enumerate(st.tokens[:-1]):
        if st.tokens[i + 1].token_type == T.L_PAREN and token.token_type in (T.VAR, T.FORMAT, T.ROW, T.OVERLAPS):
            name = token.text.lower()
            if name not in named | {"values", "group", "key", "by", "all"} and st.words[i - 1] not in ("INTO", "USING", "WITH", "RECURSIVE"):
                yield name, i
        elif token.text.lower() in ("current_schema", "now", "current_timestamp", "current_time", "localtime", "localtimestamp"):
            if st.words[i] and (i == 0 or st.tokens[i - 1].token_type != T.DOT):
                yield token.text.lower(), i


def judge_query(st, tree):
    if tree is None:
        return
    if isinstance(tree, exp.Command):
        raise Refusal("syntax", "cannot be parsed")
    user, catalog = tables_of(tree)
    for name in catalog:
        if name and name not in NAMES["catalogs"]:
            raise Refusal("relation", "pg_catalog." + name)
    for node in tree.walk():
        for kind, check in CHECKS:
            if isinstance(node, kind):
                check(node, user)
    judge_calls(st, tree, user)


def judge_calls(st, tree, user):
    lacking = []
    for name, i in calls(st, tree):
        if name in NAMES["functions"]:
            if name == "concat" and sum(t.token_type == T.COMMA for t in top_level(st, i + 1)) != 1:
                raise Refusal("arguments", "concat")
        elif name in NAMES["leader_functions"]:
            lacking.append(name)
        elif name in NAMES["catalog_functions"] and not user:
            pass
        elif name == "row":
            raise Refusal("row_constructor")
        else:
            raise Refusal("function", name)
    if lacking and user:
        raise Refusal("leader_only", notices=[f'Function "{name}()" not supported.' for name in lacking])


def top_level(st, opening):
    """The tokens directly within a parenthesis."""
    depth = 0
    for i in range(opening, st.close_of(opening)):
        depth += {T.L_PAREN: 1, T.R_PAREN: -1}.get(st.tokens[i].token_type, 0)
        if depth == 1:
            yield st.tokens[i]


def check_select(node, user):
    if node.args.get("distinct") and node.args["distinct"].args.get("on"):
        raise Refusal("distinct_on", "on")
    if node.args.get("windows"):
        raise Refusal("named_window", "window")
    if node.args.get("locks"):
        raise Refusal("for_update")
    for cte in (node.args.get("with") or exp.With(expressions=[])).expressions:
        if cte.args.get("materialized") is not None:
            raise Refusal("materialized", "materialized")
        if not isinstance(cte.this, exp.Query):
            raise Refusal("modifying_with", cte.this.key)


def check_set_operation(node, user):
    if isinstance(node, (exp.Except, exp.Intersect)) and node.args.get("distinct") is False:
        raise Refusal("set_all", node.key.upper())


def check_window(node, user):
    spec = node.args.get("spec")
    function = node.this
    while isinstance(function, (exp.IgnoreNulls, exp.RespectNulls)):
        function = function.this
    if isinstance(function, exp.Filter):
        raise Refusal("filter", "filter")
    if function.find(exp.Distinct):
        raise Refusal("window_distinct")
    if spec is not None and (str(spec.args.get("kind")).upper() != "ROWS" or spec.args.get("exclude")):
        raise Refusal("window_frame", str(spec.args.get("kind")).lower())
    # Ranking functions take no frame; the aggregates and first, last and nth value demand one.
    ranking = isinstance(function, (exp.RowNumber, exp.Lag, exp.Lead)) or function.name.lower() in (
        "rank", "dense_rank", "percent_rank", "cume_dist", "ntile") or function.key in (
        "rank", "denserank", "percentrank", "cumedist", "ntile", "anonymous", "anonymousaggfunc")
    if node.args.get("order") and spec is None and not ranking:
        raise Refusal("frame_required")


def check_dml(node, user):
    if node.args.get("returning"):
        raise Refusal("returning", "returning")
    if node.args.get("conflict"):
        raise Refusal("on_conflict", "on")
    if isinstance(node, exp.Update) and isinstance(node.this, exp.Table) and node.this.alias:
        raise Refusal("target_alias", node.this.alias)


def check_values(node, user):
    if not isinstance(node.parent, exp.Insert):
        raise Refusal("values_list", "values")


def check_cast(node, user):
    kind = node.to
    name = kind.this.value if isinstance(kind.this, exp.DataType.Type) else str(kind.this)
    leader = {"OID", "NAME", "REGCLASS", "REGTYPE", "REGPROC", "OBJECT_IDENTIFIER"}
    if isinstance(kind, (exp.Interval, exp.PseudoType)) or name == "USERDEFINED" or isinstance(kind, exp.ObjectIdentifier):
        name = str(kind.this if not kind.args.get("kind") else kind.args["kind"]).upper()
    if name.upper() in leader and not user:
        return
    if name.upper() not in NAMES["types"] and not name.upper().startswith(("INTERVAL", "VARBYTE", "SUPER")):
        raise Refusal("type", name.lower())
    if name == "DECIMAL" and kind.expressions and str(kind.expressions[0]).isdigit() and int(str(kind.expressions[0])) > 38:
        raise Refusal("precision", str(kind.expressions[0]))


def check_comparison(node, user):
    if isinstance(node.this, exp.Tuple) and isinstance(node.expression, exp.Tuple):
        raise Refusal("row_constructor")


def check_any(node, user):
    if user and not isinstance(node.this, (exp.Subquery, exp.Select)) and not node.this.find(exp.Select):
        raise Refusal("any_array")


def check_merge(node, user):
    whens = node.args["whens"].expressions
    if {bool(w.args.get("matched")) for w in whens} != {True, False} or any(w.args.get("condition") for w in whens):
        raise Refusal("merge_clauses", "when")
    if not isinstance(node.args["using"], exp.Table):
        raise Refusal("merge_source")
    if node.args.get("with"):
        raise Refusal("modifying_with", "merge")


def collation(node, user):
    """COLLATE(text, 'name') is a function of Redshift (r_COLLATE.html); the operator is refused."""
    if not isinstance(node.expression, exp.Literal):
        raise Refusal("collate", "collate")


def refuse(rule, word=""):
    def check(node, user):
        raise Refusal(rule, word)
    return check


def own_names(select):
    """What a query block itself may qualify columns with."""
    parts = [select.args.get("from")] + (select.args.get("joins") or [])
    return {t.alias_or_name.lower() for p in parts if p is not None
            for t in [p.this] if t is not None}


def check_correlated(node, user):
    """r_correlated_subqueries.html; only qualified columns tell where they belong."""
    block = node.find(exp.Select)
    if block is None or not user:
        return
    inner = own_names(block)
    outer = [s for s in ancestors(node)]
    for column in block.find_all(exp.Column):
        name = column.table.lower()
        if not name or name in inner or column.find_ancestor(exp.Select) is not block:
            continue
        level = next((i for i, s in enumerate(outer) if name in own_names(s)), None)
        if level is None:
            continue
        join = node.find_ancestor(exp.Join, exp.Select)
        if level > 0 or list(block.find_all(exp.Window)) or (isinstance(join, exp.Join) and join.side):
            raise Refusal("correlated")
        if isinstance(node.parent, exp.In) and block.args.get("group"):
            raise Refusal("correlated")


def ancestors(node):
    select = node.find_ancestor(exp.Select)
    while select is not None:
        yield select
        select = select.find_ancestor(exp.Select)


CHECKS = [
    (exp.Select, check_select), (exp.SetOperation, check_set_operation), (exp.Window, check_window),
    (exp.Insert, check_dml), (exp.Update, check_dml), (exp.Delete, check_dml), (exp.Merge, check_merge),
    (exp.Values, check_values), (exp.Cast, check_cast), (exp.Any, check_any),
    ((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), check_comparison),
    (exp.Lateral, refuse("lateral", "lateral")), (exp.TableSample, refuse("tablesample", "tablesample")),
    (exp.Filter, refuse("filter", "(")), (exp.Collate, collation),
    ((exp.NullSafeEQ, exp.NullSafeNEQ), refuse("is_distinct_from", "distinct")),
    (exp.Subquery, check_correlated), (exp.Exists, check_correlated), (exp.In, check_correlated),
]
