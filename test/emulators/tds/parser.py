"""Reads T-SQL expressions and queries into nodes, as Microsoft's syntax pages have them.

Nothing is looked up here: names stay names.  What does not fit is error 102 or 156, as there.
https://learn.microsoft.com/en-us/sql/t-sql/queries/select-transact-sql
"""
import re

import sqltypes
from errors import SqlError, unknown
from lexer import tokens

COMPARE = {"=", "<>", "!=", "<", ">", "<=", ">=", "!<", "!>"}
TRUTHS = {"compare", "and", "or", "not", "isnull", "in", "like", "between", "exists", "distinct", "quantified"}
DATEPARTS = {"dateadd", "datediff", "datediff_big", "datepart", "datename", "datetrunc", "date_bucket"}
# Reserved words that begin an expression of their own.
CALLED_KEYS = {"coalesce", "nullif", "left", "right", "try_convert", "convert", "update"}
BARE = {"current_timestamp", "current_user", "session_user", "system_user", "user", "current_date"}


class N:
    """A node: its kind and whatever belongs to it."""

    def __init__(self, k, **fields):
        self.k = k
        self.__dict__.update(fields)

    def __repr__(self):
        return "N(%s)" % ", ".join("%s=%r" % pair for pair in self.__dict__.items() if pair[0] != "at")

    def get(self, name):
        return self.__dict__.get(name)


class Parser:
    def __init__(self, text):
        self.text = text
        self.tokens = tokens(text)
        self.i = 0

    # ---- tokens ----

    @property
    def t(self):
        return self.tokens[self.i]

    def peek(self, ahead=1):
        return self.tokens[min(self.i + ahead, len(self.tokens) - 1)]

    def fail(self, token=None):
        token = token or self.t
        if token.kind == "key":
            raise SqlError(156, token.text, line=token.line)
        raise SqlError(102, token.value if token.kind in ("name", "string", "nstring") else token.text, line=token.line)

    def next(self):
        token = self.t
        if token.kind != "end":
            self.i += 1
        return token

    def is_word(self, *words, ahead=0):
        token = self.peek(ahead) if ahead else self.t
        return token.kind in ("key", "name") and token.text.lower() in words

    def word(self, *words):
        """Takes the next token if it is one of these words."""
        if self.is_word(*words):
            return self.next().text.lower()
        return None

    def need(self, *words):
        for word in words:
            if not self.word(word):
                self.fail()

    def is_op(self, *ops):
        return self.t.kind == "op" and self.t.text in ops

    def op(self, *ops):
        if self.is_op(*ops):
            return self.next().text
        return None

    def need_op(self, op):
        if not self.op(op):
            self.fail()

    def name(self):
        if self.t.kind != "name":
            self.fail()
        value = self.next().value
        if len(value) > 128:
            raise SqlError(102, value[:128])
        return value

    def dotted(self):
        """A name of up to four parts; a middle one may be left out (db..t)."""
        parts = [self.name()]
        while self.is_op("."):
            self.next()
            if self.is_op("."):
                parts.append("")
            elif self.is_op("*"):
                parts.append("*")
                self.next()
                break
            else:
                # After the dot a reserved word is still refused, as there.
                parts.append(self.name())
        if len(parts) > 4:
            self.fail()
        return parts

    def list(self, item):
        out = [item()]
        while self.op(","):
            out.append(item())
        return out

    def paren_list(self, item):
        self.need_op("(")
        out = self.list(item)
        self.need_op(")")
        return out

    def integer(self):
        if self.t.kind != "number" or not self.t.text.isdigit():
            self.fail()
        return int(self.next().text)

    # ---- types ----

    def type(self, default_size=1):
        """A type by name; "for CAST" an omitted length is 30."""
        first = self.t
        if first.kind not in ("name", "key") or first.kind == "key" and first.text.lower() not in ("double", "national"):
            self.fail()
        if self.word("national"):
            base = self.name().lower()
            name = "nchar" if base in ("char", "character") else "ntext" if base == "text" else self.fail()
            if self.word("varying"):
                name = "nvarchar"
        else:
            name = self.next().value.lower() if first.kind == "key" else self.dotted()[-1].lower()
            if name == "double":
                self.need("precision")
            elif name in ("char", "character", "binary", "nchar") and self.word("varying"):
                name = {"char": "varchar", "character": "varchar", "binary": "varbinary", "nchar": "nvarchar"}[name]
        args = []
        if self.op("("):
            args = self.list(lambda: "max" if self.word("max") else self.integer())
            self.need_op(")")
        kind = sqltypes.make(name, args, default_size)
        if kind is None:
            if name in ("hierarchyid", "geography", "geometry", "json", "vector", "cursor", "table"):
                raise unknown("type " + name)
            if name not in sqltypes.NAMES and name != "sysname":
                raise SqlError(2715, 1, name, line=first.line)
            self.bad_type(name, args, first.line)
        return kind

    @staticmethod
    def bad_type(name, args, line):
        if args and name in ("decimal", "numeric", "dec") and isinstance(args[0], int):
            if args[0] > 38:
                raise SqlError(2750, 1, args[0], line=line)
            raise SqlError(2751, 1, args[-1], args[0], line=line)
        if args and args[0] != "max" and "char" in name or "binary" in name:
            raise SqlError(131, args[0], name, line=line)
        if args and name in ("time", "datetime2", "datetimeoffset"):
            raise SqlError(1007, args[0], line=line)
        raise SqlError(2716, 1, name, line=line)

    # ---- expressions ----

    def expression(self):
        return self.disjunction()

    def disjunction(self):
        left = self.conjunction()
        while self.word("or"):
            left = N("or", left=left, right=self.conjunction())
        return left

    def conjunction(self):
        left = self.negation()
        while self.word("and"):
            left = N("and", left=left, right=self.negation())
        return left

    def negation(self):
        if self.word("not"):
            return N("not", arg=self.negation())
        return self.predicate()

    def predicate(self):
        if self.is_word("exists"):
            self.next()
            return N("exists", query=self.subquery())
        left = self.sum()
        while True:
            if (left.k in TRUTHS or left.k == "paren" and left.arg.k in TRUTHS) and (
                    self.is_op(*COMPARE) or self.is_word("is", "in", "like", "between")):
                # A condition is no operand.
                self.fail()
            if self.t.kind == "op" and self.t.text in COMPARE:
                left = self.comparison(left)
                continue
            if self.is_word("is"):
                self.next()
                negated = bool(self.word("not"))
                if self.word("distinct"):
                    self.need("from")
                    left = N("distinct", left=left, right=self.sum(), negated=not negated)
                    left.negated = negated
                else:
                    self.need("null")
                    left = N("isnull", arg=left, negated=negated)
                continue
            negated = self.is_word("not") and self.is_word("in", "like", "between", ahead=1)
            if negated:
                self.next()
            if self.word("in"):
                left = self.membership(left, negated)
            elif self.word("like"):
                pattern = self.sum()
                escape = self.sum() if self.word("escape") else None
                left = N("like", arg=left, pattern=pattern, escape=escape, negated=negated)
            elif self.word("between"):
                low = self.sum()
                self.need("and")
                left = N("between", arg=left, low=low, high=self.sum(), negated=negated)
            else:
                return left

    def comparison(self, left):
        op = {"!=": "<>", "!<": ">=", "!>": "<="}.get(self.t.text, self.t.text)
        token = self.next()
        if self.is_word("all", "any", "some"):
            how = self.next().text.lower()
            return N("quantified", op=op, how=how, left=left, query=self.subquery())
        return N("compare", op=op, left=left, right=self.sum(), at=token)

    def membership(self, left, negated):
        if not self.is_op("("):
            self.fail()
        if self.starts_query(1):
            return N("in", arg=left, query=self.subquery(), items=None, negated=negated)
        return N("in", arg=left, items=self.paren_list(self.sum), query=None, negated=negated)

    def starts_query(self, ahead=0):
        """After any opening parentheses stands SELECT."""
        while self.peek(ahead).kind == "op" and self.peek(ahead).text == "(":
            ahead += 1
        token = self.peek(ahead)
        return token.kind == "key" and token.text.lower() == "select"

    def subquery(self):
        self.need_op("(")
        query = self.query(nested=True)
        self.need_op(")")
        return query

    def sum(self):
        left = self.product()
        while self.is_op("+", "-", "&", "|", "^"):
            op = self.next().text
            left = N("binary", op=op, left=left, right=self.product())
        return left

    def product(self):
        left = self.unary()
        while self.is_op("*", "/", "%"):
            op = self.next().text
            left = N("binary", op=op, left=left, right=self.unary())
        return left

    def unary(self):
        if self.is_op("-", "+", "~"):
            op = self.next().text
            return N("unary", op=op, arg=self.unary())
        return self.postfix(self.primary())

    def postfix(self, node):
        while True:
            if self.word("collate"):
                node = N("collate", arg=node, collation=self.name())
            elif self.is_word("at") and self.is_word("time", ahead=1):
                self.next()
                self.need("time", "zone")
                node = N("attimezone", arg=node, zone=self.postfix(self.primary()))
            else:
                return node

    def primary(self):
        token = self.t
        if token.kind in ("string", "nstring", "number", "hex"):
            self.next()
            return N("literal", kind=token.kind, value=token.value)
        if token.kind == "variable":
            self.next()
            return N("variable", name=token.text.lower())
        if token.kind == "op" and token.text == "(":
            if self.starts_query():
                return N("scalar", query=self.subquery())
            self.next()
            node = self.expression()
            self.need_op(")")
            return N("paren", arg=node)
        if token.kind == "op" and token.text == "{":
            return self.odbc_escape()
        if token.kind == "op" and token.text == "$" and self.peek().text.lower() in ("action", "identity", "rowguid"):
            self.next()
            return N("column", parts=["$" + self.next().text.lower()])
        if token.kind == "key":
            return self.keyword_primary(token.text.lower())
        if token.kind != "name":
            self.fail()
        if self.peek().kind == "op" and self.peek().text == "(":
            return self.call(self.next().value)
        parts = self.dotted()
        if self.is_op("("):
            return self.call(".".join(parts))
        return N("column", parts=parts)

    def odbc_escape(self):
        """{d '...'}, {t '...'}, {ts '...'}, {fn f(...)}, which the server knows too."""
        self.need_op("{")
        what = self.name().lower()
        if what == "fn":
            node = self.primary()
        else:
            kinds = {"d": sqltypes.Type("datetime"), "t": sqltypes.Type("datetime"), "ts": sqltypes.Type("datetime")}
            if what not in kinds or self.t.kind not in ("string", "nstring"):
                self.fail()
            node = N("cast", arg=N("literal", kind="string", value=self.next().value), type=kinds[what], safe=False,
                     style=None)
        self.need_op("}")
        return node

    def keyword_primary(self, word):
        if word == "null":
            self.next()
            return N("literal", kind="null", value=None)
        if word == "case":
            return self.case()
        if word in BARE:
            self.next()
            return N("call", name=word, args=[], bare=True)
        if word in CALLED_KEYS and self.peek().text == "(":
            return self.call(self.next().value)
        return self.fail()

    def case(self):
        self.need("case")
        arg = None if self.is_word("when") else self.expression()
        whens = []
        while self.word("when"):
            condition = self.expression()
            self.need("then")
            whens.append((condition, self.expression()))
        if not whens:
            self.fail()
        other = self.expression() if self.word("else") else None
        self.need("end")
        return N("case", arg=arg, whens=whens, other=other)

    def call(self, name):
        low = name.lower()
        if low in ("cast", "try_cast", "convert", "try_convert", "parse", "try_parse"):
            return self.conversion(low)
        token = self.t
        self.need_op("(")
        node = N("call", name=low, args=[], distinct=False, star=False, over=None, within=None, part=None, bare=False,
                 chars=None, at=token)
        if low in DATEPARTS:
            if self.t.kind not in ("name", "key"):
                self.fail()
            node.part = self.next().value.lower()
            self.need_op(",")
        if self.is_op("*") and low in ("count", "count_big"):
            self.next()
            node.star = True
        elif not self.is_op(")"):
            if self.word("distinct"):
                node.distinct = True
            else:
                self.word("all")
            node.args = self.list(lambda: N("scalar", query=self.query(nested=True))
                                  if self.is_word("select") else self.expression())
            if low == "trim" and self.word("from"):
                node.chars, node.args = node.args[0], [self.expression()]
        self.need_op(")")
        if self.is_word("within") and self.is_word("group", ahead=1):
            self.next()
            self.need("group")
            self.need_op("(")
            self.need("order", "by")
            node.within = self.list(self.order_item)
            self.need_op(")")
        if self.is_word("ignore", "respect") and self.is_word("nulls", ahead=1):
            node.nulls = self.next().text.lower()
            self.next()
        if self.word("over"):
            node.over = self.window()
        return node

    def conversion(self, low):
        self.need_op("(")
        style = None
        if "convert" in low:
            kind = self.type(30)
            self.need_op(",")
            arg = self.expression()
            if self.op(","):
                style = self.expression()
        else:
            arg = self.expression()
            self.need("as")
            kind = self.type(30)
        self.need_op(")")
        if "parse" in low:
            raise unknown(low)
        return N("cast", arg=arg, type=kind, safe=low.startswith("try"), style=style)

    def window(self):
        self.need_op("(")
        out = N("window", partition=[], order=[], frame=None)
        if self.word("partition"):
            self.need("by")
            out.partition = self.list(self.expression)
        if self.word("order"):
            self.need("by")
            out.order = self.list(self.order_item)
        if self.is_word("rows", "range"):
            out.frame = self.frame()
        self.need_op(")")
        return out

    def frame(self):
        unit = self.next().text.lower()
        if self.word("between"):
            low = self.bound()
            self.need("and")
            high = self.bound()
        else:
            low, high = self.bound(), "CURRENT ROW"
        if unit == "range" and re.search(r"\d", low + high):
            raise SqlError(4194, line=self.t.line)
        return "%s BETWEEN %s AND %s" % (unit.upper(), low, high)

    def bound(self):
        if self.word("current"):
            self.need("row")
            return "CURRENT ROW"
        amount = "UNBOUNDED" if self.word("unbounded") else str(self.integer())
        side = self.word("preceding", "following") or self.fail()
        return amount + " " + side.upper()

    def order_item(self):
        node = self.expression()
        down = self.word("asc", "desc") == "desc"
        return node, down

    # ---- queries ----

    def query(self, nested=False):
        """A query expression with its ORDER BY, OFFSET and FOR clauses."""
        query = self.union()
        query = N("query", body=query, order=[], offset=None, fetch=None, json=None, ctes=[], nested=nested)
        if self.is_word("order"):
            self.next()
            self.need("by")
            query.order = self.list(self.order_item)
            if self.word("offset"):
                query.offset = self.sum()
                self.word("row", "rows") or self.fail()
                if self.word("fetch"):
                    self.word("next", "first") or self.fail()
                    query.fetch = self.sum()
                    self.word("row", "rows") or self.fail()
                    self.need("only")
        elif self.is_word("offset") and nested is None:
            self.fail()
        if self.is_word("for") and self.is_word("json", "xml", "browse", ahead=1):
            raise unknown("FOR " + self.peek().text.upper())
        return query

    def union(self):
        left = self.intersection()
        while self.is_word("union", "except"):
            op = self.next().text.upper()
            if op == "UNION" and self.word("all"):
                op = "UNION ALL"
            left = N("setop", op=op, left=left, right=self.intersection())
        return left

    def intersection(self):
        left = self.query_primary()
        while self.word("intersect"):
            left = N("setop", op="INTERSECT", left=left, right=self.query_primary())
        return left

    def query_primary(self):
        if self.is_op("("):
            self.next()
            inner = self.union()
            if self.is_word("order"):
                self.fail()
            self.need_op(")")
            return inner
        return self.select()

    def select(self):
        self.need("select")
        out = N("select", distinct=False, top=None, percent=False, ties=False, into=None, sources=[], where=None,
                group=[], having=None, grouped=False, at=self.t)
        if self.word("distinct"):
            out.distinct = True
        else:
            self.word("all")
        if self.word("top"):
            self.top(out)
            if self.word("with"):
                self.need("ties")
                out.ties = True
        out.items = self.list(self.select_item)
        if self.word("into"):
            out.into = self.dotted()
        if self.word("from"):
            out.sources = self.list(self.table_source)
        if self.word("where"):
            out.where = self.expression()
        if self.word("group"):
            self.need("by")
            out.grouped = True
            if self.is_op("(") and self.peek().text == ")":
                self.next()
                self.next()
            else:
                out.group = self.list(self.expression)
        if self.word("having"):
            out.having = self.expression()
        return out

    def top(self, out):
        if self.op("("):
            out.top = self.expression()
            self.need_op(")")
        elif self.t.kind in ("number", "variable"):
            out.top = self.primary()
        else:
            self.fail()
        out.percent = bool(self.word("percent"))

    def select_item(self):
        token = self.t
        if self.op("*"):
            return N("star", parts=[])
        if token.kind == "variable" and self.peek().text == "=":
            self.next()
            self.next()
            return N("assign", name=token.text.lower(), arg=self.expression())
        if token.kind == "name" and self.peek().text == "=":
            name = self.name()
            self.next()
            return N("item", arg=self.expression(), alias=name)
        node = self.expression()
        if node.k == "column" and node.parts[-1] == "*":
            return N("star", parts=node.parts[:-1])
        alias = None
        if self.word("as"):
            if self.t.kind in ("string", "nstring"):
                alias = self.next().value
            else:
                alias = self.name()
        elif self.t.kind in ("string", "nstring"):
            alias = self.next().value
        elif self.t.kind == "name":
            alias = self.name()
        return N("item", arg=node, alias=alias)

    def table_source(self):
        left = self.table_primary()
        while True:
            if self.is_word("cross") and self.is_word("join", ahead=1):
                self.next()
                self.next()
                left = N("join", how="CROSS", left=left, right=self.table_primary(), on=None)
            elif self.is_word("cross", "outer") and self.is_word("apply", ahead=1):
                how = self.next().text.lower()
                self.next()
                left = N("apply", outer=how == "outer", left=left, right=self.table_primary())
            elif self.is_word("inner", "left", "right", "full", "join"):
                left = self.join(left)
            else:
                return left

    def join(self, left):
        how = "INNER"
        if not self.is_word("join"):
            how = self.next().text.upper()
            if how != "INNER":
                self.word("outer")
            self.word("loop", "hash", "merge", "remote")
        self.need("join")
        right = self.table_source()
        self.need("on")
        return N("join", how=how, left=left, right=right, on=self.expression())

    def table_primary(self):
        if self.is_op("("):
            if self.starts_query():
                # Parentheses around a join may begin with those of a query.
                start, nested = self.i, self.peek().text == "("
                try:
                    query = self.subquery()
                    alias, columns = self.alias(True)
                    if alias is None:
                        self.fail()
                    return N("derived", query=query, alias=alias, columns=columns)
                except SqlError:
                    if not nested:
                        raise
                    self.i = start
            self.next()
            if self.is_word("values"):
                rows = self.values()
                self.need_op(")")
                alias, columns = self.alias(True)
                if alias is None or not columns:
                    self.fail()
                return N("rows", rows=rows, alias=alias, columns=columns)
            inner = self.table_source()
            self.need_op(")")
            return inner
        if self.t.kind == "variable":
            raise unknown("table variables")
        parts = self.dotted()
        if self.is_op("(") and not self.old_hints():
            args = []
            self.next()
            if not self.is_op(")"):
                args = self.list(self.expression)
            self.need_op(")")
            node = N("function", name=".".join(parts).lower(), args=args, schema=None)
            if self.is_word("with") and self.peek().text == "(" and node.name == "openjson":
                self.next()
                node.schema = self.paren_list(self.json_column)
            node.alias, node.columns = self.alias(True)
            return node
        node = N("table", parts=parts, hints=[], sample=None)
        if self.is_word("for") and self.is_word("system_time", ahead=1):
            raise unknown("temporal tables")
        node.alias, _ = self.alias(False)
        if self.word("tablesample"):
            self.word("system")
            self.need_op("(")
            node.sample = self.sum()
            if not self.word("percent"):
                if self.word("rows"):
                    raise unknown("TABLESAMPLE ROWS")
            self.need_op(")")
            if self.word("repeatable"):
                node.repeatable = self.paren_list(self.integer)
        node.hints = self.hints()
        if node.alias is None and node.hints:
            node.alias, _ = self.alias(False)
        return node

    def json_column(self):
        name = self.name()
        kind = self.type()
        path = self.next().value if self.t.kind in ("string", "nstring") else None
        as_json = bool(self.word("as") and (self.need("json") or True))
        return name, kind, path, as_json

    def old_hints(self):
        """t (NOLOCK): hints without WITH, still read by the server."""
        return self.peek().text.lower() in ("nolock", "holdlock", "updlock", "tablock", "readpast")

    def hints(self):
        out = []
        if self.is_word("with") and self.peek().text == "(" or self.is_op("(") and self.old_hints():
            self.word("with")
            self.need_op("(")
            known = {"holdlock", "updlock", "nolock", "tablock", "tablockx", "rowlock", "paglock", "readpast", "xlock",
                     "serializable", "repeatableread", "readcommitted", "readuncommitted", "snapshot", "noexpand",
                     "forceseek", "forcescan", "nowait", "keepidentity", "keepdefaults", "readcommittedlock"}
            while True:
                hint = self.next().text.lower()
                if hint not in known:
                    raise SqlError(102, hint)
                out.append(hint)
                if self.op(")"):
                    break
                self.op(",")
        return out

    def alias(self, with_columns):
        alias, columns = None, None
        if self.word("as"):
            alias = self.name()
        elif self.t.kind == "name" and not (self.is_word("openjson") and False):
            alias = self.name()
        if with_columns and alias is not None and self.is_op("("):
            columns = self.paren_list(self.name)
        return alias, columns

    def values(self):
        self.need("values")
        return self.list(lambda: self.paren_list(
            lambda: N("default") if self.word("default") else self.expression()))
