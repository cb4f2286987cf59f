"""CREATE TABLE and ALTER TABLE: Redshift's attributes become the constraints that catalog.sql reads.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html and r_ALTER_TABLE.html
"""
import re

from sqlglot.tokens import TokenType as T

# r_Character_types.html, c_Supported_data_types.html
PLAIN_TYPES = {
    "TEXT": "varchar(256)", "NVARCHAR": "varchar", "VARBINARY": "varbyte", "NCHAR": "char", "BPCHAR": "char(256)",
    "INT2": "smallint", "INT4": "integer", "INT8": "bigint", "FLOAT4": "real", "FLOAT8": "double precision",
    "VARBYTE": "varbyte", "SUPER": "super",
}
KNOWN_TYPES = re.compile(
    r"^(smallint|int2|integer|int|int4|bigint|int8|decimal|numeric|real|float4?|float8|double precision|boolean|bool|"
    r"n?char(acter)?|bpchar|n?varchar|character varying|nchar varying|text|date|time(tz)?( with(out)? time zone)?|"
    r"timestamp(tz)?( with(out)? time zone)?|interval( year to month| day to second| year| day)?|super|varbyte|varbinary|"
    r"binary varying)$")
ATTRIBUTES = {"NOT", "NULL", "DEFAULT", "ENCODE", "DISTKEY", "SORTKEY", "PRIMARY", "UNIQUE", "REFERENCES", "IDENTITY",
              "GENERATED", "COLLATE", "CHECK", "CONSTRAINT"}


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


class Maker:
    """Reads one table's definition from tokens."""

    def __init__(self, st, refusal):
        self.st, self.refusal, self.out, self.facts = st, refusal, [], []
        self.sort, self.name = None, ""

    def columns(self, at):
        """(texts of a parenthesised list of names, token after it)."""
        end = self.st.close_of(at)
        names = [self.fold(i) for i in range(at + 1, end) if self.st.tokens[i].token_type != T.COMMA]
        return names, end + 1

    def fold(self, i):
        token = self.st.tokens[i]
        if token.token_type == T.IDENTIFIER:
            text = token.text if self.st.session.case_sensitive else token.text.lower()
            return '"' + text.replace('"', '""') + '"'
        return token.text.lower()

    def fact(self, name, call, argument, columns):
        parts = ([quoted(argument)] if argument else []) + [c + " IS NULL" for c in columns]
        self.facts.append(f"CONSTRAINT {name} CHECK (rs.{call}({', '.join(parts)}))")

    def key(self, name, kind, columns, reference=""):
        if not name:
            middle = {"p": "pkey", "u": "key", "f": "fkey"}[kind]
            name = '"%s_%s"' % ("_".join([self.name] + ([] if kind == "p" else [c.strip('"') for c in columns])), middle)
        self.fact(name, "key", (kind + reference), columns)

    def parts(self, opening):
        """Ranges of tokens between the commas of a parenthesis."""
        end, depth, start = self.st.close_of(opening), 0, opening + 1
        for i in range(opening + 1, end + 1):
            kind = self.st.tokens[i].token_type
            if depth == 0 and (kind == T.COMMA or i == end):
                yield start, i
                start = i + 1
            depth += {T.L_PAREN: 1, T.R_PAREN: -1}.get(kind, 0)

    def reference(self, at):
        """REFERENCES table [(columns)] as the end of a key's argument, and the token after it."""
        words, tokens = self.st.words, self.st.tokens
        first = at + 1
        at = first + 1
        while at + 1 < len(tokens) and tokens[at].token_type == T.DOT:
            at += 2
        table = self.st.source(first, at - 1)
        names = []
        if at < len(tokens) and tokens[at].token_type == T.L_PAREN:
            names, at = self.columns(at)
        return f" {table} {','.join(n.strip(chr(34)) for n in names)}", at

    def table_constraint(self, at, stop):
        words, name = self.st.words, ""
        if words[at] == "CONSTRAINT":
            name, at = self.fold(at + 1), at + 2
        if words[at] == "CHECK":
            raise self.refusal("check")
        if words[at] == "FOREIGN":
            columns, at = self.columns(at + 2)
            reference, at = self.reference(at)
            self.key(name, "f", columns, reference)
        elif words[at] in ("PRIMARY", "UNIQUE"):
            kind = words[at][0].lower()
            columns, at = self.columns(at + (2 if kind == "p" else 1))
            self.key(name, kind, columns)
            return columns if kind == "p" else []
        elif words[at] == "LIKE":
            self.out.append(" ".join(["LIKE", self.st.source(at + 1, stop - 1)]))
        else:
            raise self.refusal("table_option", words[at].lower())
        return []

    def type_text(self, at, stop):
        """The type of a column, checked, as PostgreSQL has it; and the token after it."""
        words, tokens = self.st.words, self.st.tokens
        end = at
        while end < stop and words[end] not in ATTRIBUTES:
            end = self.st.close_of(end) + 1 if tokens[end].token_type == T.L_PAREN else end + 1
        text = self.st.source(at, end - 1)
        plain = re.sub(r"\s*\([^)]*\)", "", text).strip().lower()
        plain = re.sub(r"\s+", " ", plain)
        if plain in ("hllsketch", "geometry", "geography"):
            raise self.refusal("unemulated", "the type " + plain)
        if not KNOWN_TYPES.match(plain):
            raise self.refusal("type", plain)
        size = re.search(r"\(([^)]*)\)", text)
        size = size[1].strip() if size else None
        if plain in ("varchar", "nvarchar", "character varying", "nchar varying", "text"):
            size = "65535" if (size or "").lower() == "max" else size or "256"
            if int(size) > 65535:
                raise self.refusal("varchar_length")
            return f"varchar({size if plain != 'text' else 256})", end
        if plain in ("char", "character", "nchar", "bpchar"):
            size = "4096" if (size or "").lower() == "max" else size or ("256" if plain == "bpchar" else "1")
            if int(size) > 4096:
                raise self.refusal("char_length")
            return f"char({size})", end
        if plain in ("decimal", "numeric"):
            size = size or "18,0"
            if int(size.split(",")[0]) > 38:
                raise self.refusal("precision", size.split(",")[0])
            return f"numeric({size})", end
        if plain in ("varbinary", "varbyte", "binary varying"):
            return f"varbyte({size or 64000})", end
        return text, end

    def column(self, at, stop):
        words = self.st.words
        name = self.fold(at)
        text, at = self.type_text(at + 1, stop)
        out, required = [name, text], False
        while at < stop:
            word = words[at]
            if word == "ENCODE":
                self.fact(f'"rs_encode_{name.strip(chr(34))}"', "encode", words[at + 1].lower(), [name])
                at += 2
            elif word == "DISTKEY":
                self.fact("rs_distkey", "distkey", "", [name])
                at += 1
            elif word == "SORTKEY":
                self.sort = ("compound", [name])
                at += 1
            elif word in ("PRIMARY", "UNIQUE"):
                self.key("", word[0].lower(), [name])
                required |= word == "PRIMARY"
                at += 2 if word == "PRIMARY" else 1
            elif word == "REFERENCES":
                reference, at = self.reference(at)
                self.key("", "f", [name], reference)
            elif word in ("IDENTITY", "GENERATED"):
                kind = "ALWAYS"
                while words[at] != "IDENTITY":
                    kind = "BY DEFAULT" if words[at] == "DEFAULT" else kind
                    at += 1
                (seed, step), at = self.columns(at + 1)
                out.append(f"GENERATED {kind} AS IDENTITY (START WITH {seed} INCREMENT BY {step} MINVALUE {min(0, int(seed))})")
            elif word == "DEFAULT":
                end = at + 1
                while end < stop and words[end] not in ATTRIBUTES - {"NULL", "NOT"} and not (
                        words[end] in ("NULL", "NOT") and end > at + 1):
                    end = self.st.close_of(end) + 1 if self.st.tokens[end].token_type == T.L_PAREN else end + 1
                out.append(self.edited(at, end - 1))
                at = end
            elif word == "NOT":
                required, at = True, at + 2
            elif word == "NULL":
                at += 1
            elif word == "COLLATE":
                raise self.refusal("unemulated", "COLLATE CASE_INSENSITIVE")
            elif word == "CHECK":
                raise self.refusal("check")
            else:
                raise self.refusal("table_option", word.lower())
        return name, out, required

    def edited(self, first, last):
        """The text of tokens, with what was rewritten in them."""
        low, high = self.st.tokens[first].start, self.st.tokens[last].end + 1
        out, at = "", low
        for start, stop, text in sorted(self.st.edits):
            if low <= start and stop <= high and start >= at:
                out += self.st.text[at:start] + text
                at = stop
        return out + self.st.text[at:high]

    def attributes(self, at):
        """What follows the parenthesis: DISTSTYLE, DISTKEY, SORTKEY, BACKUP; the token after them."""
        words = self.st.words
        while at < len(words):
            word = words[at]
            if word == "BACKUP":
                at += 2
            elif word == "DISTSTYLE":
                if words[at + 1] not in ("AUTO", "EVEN", "KEY", "ALL"):
                    raise self.refusal("table_option", words[at + 1].lower())
                self.fact("rs_style", "style", words[at + 1], [])
                at += 2
            elif word == "DISTKEY":
                columns, at = self.columns(at + 1)
                self.fact("rs_distkey", "distkey", "", columns)
            elif word in ("COMPOUND", "INTERLEAVED", "SORTKEY"):
                kind = "interleaved" if word == "INTERLEAVED" else "compound"
                at += word != "SORTKEY"
                if words[at + 1] == "AUTO":
                    at += 2
                else:
                    columns, at = self.columns(at + 1)
                    self.sort = (kind, columns)
            elif word == "ENCODE":
                at += 2
            else:
                break
        return at


def create(st, refusal, judge_query, schema):
    words, tokens = st.words, st.tokens
    at = words.index("TABLE") + 1
    if words[at:at + 3] == ["IF", "NOT", "EXISTS"]:
        at += 3
    first = at
    at += 1
    while at < len(tokens) and tokens[at].token_type == T.DOT:
        at += 2
    maker = Maker(st, refusal)
    maker.name = maker.fold(at - 1).strip('"')
    temporary = bool({"TEMP", "TEMPORARY"} & set(words[:4])) or maker.name.startswith("#")
    head = "CREATE " + ("TEMP " if temporary else "") + "TABLE " + (
        "IF NOT EXISTS " if words[first - 1] == "EXISTS" else "") + (
        "" if temporary or at > first + 1 else schema + ".") + maker.edited(first, at - 1)
    if at < len(tokens) and tokens[at].token_type == T.L_PAREN:
        end = st.close_of(at)
        after = maker.attributes(end + 1)
        if after < len(tokens):
            if words[after] != "AS":
                raise refusal("table_option", words[after].lower())
        elif tokens[at + 1].token_type != T.SELECT and words[at + 1] != "WITH":
            st.replaced = f"{head} ({define(maker, at)})"
            return
    after = maker.attributes(at)
    if after >= len(tokens) or words[after] != "AS":
        # CREATE TABLE t (names) AS query
        after = words.index("AS") if "AS" in words else after
    if after >= len(tokens):
        raise refusal("syntax", "end of statement")
    judge_query(st, st.tree(st.source(after + 1, len(tokens) - 1)))
    names = maker.edited(at, st.close_of(at)) + " " if tokens[at].token_type == T.L_PAREN else ""
    st.replaced = f"{head} {names}AS {maker.edited(after + 1, len(tokens) - 1)}"


def define(maker, at):
    words = maker.st.words
    columns, needed = [], []
    for start, stop in maker.parts(at):
        if words[start] in ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "LIKE"):
            needed += maker.table_constraint(start, stop)
        else:
            columns.append(maker.column(start, stop))
    lines = [" ".join(out + (["NOT NULL"] if required or name in needed else [])) for name, out, required in columns]
    if maker.sort:
        maker.fact("rs_sortkey", "sortkey", maker.sort[0], maker.sort[1])
    return ", ".join(lines + maker.out + maker.facts)


def alter(st, refusal):
    words, tokens = st.words, st.tokens
    at = 3
    while at < len(tokens) and tokens[at].token_type == T.DOT:
        at += 2
    maker = Maker(st, refusal)
    maker.name = maker.fold(at - 1).strip('"')
    head = "ALTER TABLE " + maker.edited(2, at - 1)
    depth = 0
    for token in tokens[at:]:
        depth += {T.L_PAREN: 1, T.R_PAREN: -1}.get(token.token_type, 0)
        if depth == 0 and token.token_type == T.COMMA and "ENCODE" not in words:
            raise refusal("alter_one")
    action, what = words[at], words[at + 1] if at + 1 < len(words) else ""
    if action in ("RENAME", "OWNER", "DROP"):
        return
    if action == "ADD":
        if what in ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"):
            maker.table_constraint(at + 1, len(tokens))
            st.replaced = f"{head} ADD {maker.facts[0]}"
            return
        first = at + 2 if what == "COLUMN" else at + 1
        _, out, required = maker.column(first, len(tokens))
        if "IDENTITY" in words or "DISTKEY" in words or "SORTKEY" in words:
            raise refusal("alter_action", "ADD COLUMN with IDENTITY, DISTKEY or SORTKEY")
        if required and "DEFAULT" not in words:
            raise refusal("alter_action", "ADD COLUMN: NOT NULL needs a default; it")
        adds = ["ADD COLUMN " + " ".join(out + (["NOT NULL"] if required else []))] + ["ADD " + f for f in maker.facts]
        st.replaced = f"{head} {', '.join(adds)}"
    elif action == "ALTER":
        alter_one(st, maker, head, at + 1, refusal)
    elif action == "APPEND":
        raise refusal("unemulated", "ALTER TABLE APPEND")
    else:
        raise refusal("alter_action", action)


def alter_one(st, maker, head, at, refusal):
    words = st.words
    if words[at] in ("DISTSTYLE", "DISTKEY", "SORTKEY", "COMPOUND", "INTERLEAVED", "ENCODE"):
        names = {"DISTSTYLE": "rs_style", "DISTKEY": "rs_distkey", "ENCODE": "rs_encode"}
        name = names.get(words[at], "rs_sortkey")
        drops = [f"DROP CONSTRAINT IF EXISTS {name}"]
        if words[at] == "DISTKEY":
            maker.fact(name, "distkey", "", [maker.fold(at + 1)])
            drops.append("DROP CONSTRAINT IF EXISTS rs_style")
        elif words[at] == "DISTSTYLE":
            drops.append("DROP CONSTRAINT IF EXISTS rs_distkey")
            maker.fact(name, "style", words[at + 1], [])
            if words[at + 1] == "KEY":
                maker.fact("rs_distkey", "distkey", "", [maker.fold(at + 3)])
        elif words[-1] not in ("AUTO", "NONE") and words[at] != "ENCODE":
            columns, _ = maker.columns(words.index("(", at))
            maker.fact(name, "sortkey", "interleaved" if words[at] == "INTERLEAVED" else "compound", columns)
        st.replaced = head + " " + ", ".join(drops + ["ADD " + f for f in maker.facts])
        return
    at += words[at] == "COLUMN"
    if words[at + 1] == "TYPE":
        if st.session.in_block:
            raise refusal("alter_type_block")
        text, _ = maker.type_text(at + 2, len(words))
        if not text.startswith("varchar"):
            raise refusal("alter_type_kind")
        st.replaced = f"{head} ALTER COLUMN {maker.fold(at)} TYPE {text}"
    elif words[at + 1] == "ENCODE":
        name = maker.fold(at)
        constraint = f'"rs_encode_{name.strip(chr(34))}"'
        maker.fact(constraint, "encode", words[at + 2].lower(), [name])
        st.replaced = f"{head} DROP CONSTRAINT IF EXISTS {constraint}, ADD {maker.facts[0]}"
    else:
        raise refusal("alter_action", "ALTER COLUMN " + " ".join(words[at + 1:at + 4]))
