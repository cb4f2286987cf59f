"""Tokens of T-SQL.  https://learn.microsoft.com/en-us/sql/t-sql/language-elements/transact-sql-syntax-conventions-transact-sql"""
import collections
import re

from errors import SqlError

Token = collections.namedtuple("Token", "kind text value at line")

# https://learn.microsoft.com/en-us/sql/t-sql/language-elements/reserved-keywords-transact-sql
RESERVED = set("""add all alter and any as asc authorization backup begin between break browse bulk by cascade case
check checkpoint close clustered coalesce collate column commit compute constraint contains containstable continue
convert create cross current current_date current_time current_timestamp current_user cursor database dbcc deallocate
declare default delete deny desc disk distinct distributed double drop dump else end errlvl escape except exec execute
exists exit external fetch file fillfactor for foreign freetext freetexttable from full function goto grant group having
holdlock identity identity_insert identitycol if in index inner insert intersect into is join key kill left like lineno
load merge national nocheck nonclustered not null nullif of off offsets on open opendatasource openquery openrowset
openxml option or order outer over percent pivot plan primary print proc procedure public raiserror read
readtext reconfigure references replication restore restrict return revert revoke right rollback rowcount rowguidcol
rule save schema securityaudit select session_user set setuser shutdown some statistics system_user table tablesample
textsize then to top tran transaction trigger truncate try_convert tsequal union unique unpivot update updatetext use
user values varying view waitfor when where while with writetext""".split())

PATTERN = re.compile(r"""
  (?P<space>\s+|--[^\n]*)
| (?P<comment>/\*)
| (?P<string>[nN]?'(?:[^']|'')*')
| (?P<open>[nN]?'|\[(?![^\]]*\])|"(?![^"]*"))
| (?P<quoted>\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*")
| (?P<hex>0[xX][0-9a-fA-F]*)
| (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d*)?)
| (?P<variable>@@?[\w@$\#]*)
| (?P<word>[^\W\d][\w@$\#]*|\#[\w@$\#]+)
| (?P<op><>|!=|!<|!>|<=|>=|\+=|-=|\*=|/=|%=|&=|\|=|\^=|::|[-+*/%&|^~<>=(),.;:{}$?])
""", re.X)


def tokens(text):
    out, at, line = [], 0, 1
    while at < len(text):
        found = PATTERN.match(text, at)
        if not found:
            raise SqlError(102, text[at], line=line)
        kind, piece = found.lastgroup, found.group()
        if kind == "comment":
            end = _comment_end(text, at, line)
            line += text.count("\n", at, end)
            at = end
            continue
        if kind == "open":
            raise SqlError(105, text[at + len(piece):][:128], line=line)
        if kind != "space":
            out.append(_token(kind, piece, at, line))
        line += piece.count("\n")
        at = found.end()
    out.append(Token("end", "", None, at, line))
    return out


def _comment_end(text, at, line):
    """Comments nest."""
    depth = 0
    for found in re.finditer(r"/\*|\*/", text[at:]):
        depth += 1 if found.group() == "/*" else -1
        if depth == 0:
            return at + found.end()
    raise SqlError(113, line=line)


def _token(kind, piece, at, line):
    if kind == "string":
        unicode = piece[0] in "nN"
        # A backslash at the end of a line continues it.
        # https://learn.microsoft.com/en-us/sql/t-sql/language-elements/sql-server-utilities-statements-backslash
        body = re.sub(r"\\\r?\n", "", piece[2 if unicode else 1:-1].replace("''", "'"))
        return Token("nstring" if unicode else "string", piece, body, at, line)
    if kind == "quoted":
        close = piece[-1]
        return Token("name", piece, piece[1:-1].replace(close * 2, close), at, line)
    if kind == "word":
        word = piece.lower()
        return Token("key" if word in RESERVED else "name", piece, piece, at, line)
    return Token(kind, piece, piece, at, line)
