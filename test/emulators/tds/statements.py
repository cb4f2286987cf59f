"""Reads batches: statements, and the flow between them.

https://learn.microsoft.com/en-us/sql/t-sql/statements/statements
"""
from errors import SqlError, unknown
from parser import N, Parser

STARTS = {"select", "with", "insert", "update", "delete", "merge", "create", "alter", "drop", "truncate", "begin",
          "commit", "rollback", "save", "set", "declare", "if", "while", "exec", "execute", "print", "throw",
          "raiserror", "use", "waitfor", "return", "grant", "revoke", "deny", "break", "continue", "kill", "checkpoint"}
ISOLATION = ("read uncommitted", "read committed", "repeatable read", "snapshot", "serializable")


class BatchParser(Parser):
    def batch(self):
        out = []
        while self.t.kind != "end":
            if self.op(";"):
                continue
            out.append(self.statement())
        return out

    def statement(self):
        token = self.t
        start = token.at
        word = token.text.lower() if token.kind in ("key", "name") else ""
        if token.kind == "op" and token.text == "(" and self.starts_query():
            word = "select"
        if word not in STARTS and token.kind == "name" and self.i == 0:
            # A procedure's call that begins a batch may leave EXEC out.
            node = self.execute(False)
        elif word not in STARTS:
            self.fail()
        else:
            node = getattr(self, "do_" + {"exec": "execute"}.get(word, word))()
        node.line = token.line
        node.text = self.text[start:self.tokens[self.i - 1].at + len(self.tokens[self.i - 1].text)]
        return node

    # ---- queries and data ----

    def do_select(self):
        node = N("query_statement", query=self.query())
        self.option()
        return node

    def option(self):
        hints = []
        if self.word("option"):
            self.need_op("(")
            depth = 1
            while depth:
                token = self.next()
                if token.kind == "end":
                    self.fail()
                depth += {"(": 1, ")": -1}.get(token.text, 0)
                hints.append(token.text.lower())
        return hints

    def do_with(self):
        self.need("with")
        ctes = self.list(self.cte)
        word = self.t.text.lower()
        if word not in ("select", "insert", "update", "delete", "merge") and not self.is_op("("):
            self.fail()
        node = self.do_select() if self.is_op("(") else getattr(self, "do_" + word)()
        (node.query if node.k == "query_statement" else node).ctes = ctes
        return node

    def cte(self):
        name = self.name()
        columns = self.paren_list(self.name) if self.is_op("(") else None
        self.need("as")
        return N("cte", name=name, columns=columns, query=self.subquery())

    def dml_top(self):
        holder = N("top", top=None, percent=False)
        if self.word("top"):
            self.top(holder)
        return holder

    def output(self):
        if not self.is_word("output"):
            return None
        self.next()
        items = self.list(self.select_item)
        into = None
        if self.word("into"):
            if self.t.kind == "variable":
                raise unknown("OUTPUT INTO a table variable")
            into = (self.dotted(), self.paren_list(self.name) if self.is_op("(") else None)
        return N("output", items=items, into=into)

    def do_insert(self):
        self.need("insert")
        top = self.dml_top()
        if self.is_word("bulk"):
            return self.insert_bulk()
        self.word("into")
        node = N("insert", top=top.top, table=self.dotted(), hints=self.hints(), columns=None, output=None, rows=None,
                 query=None, call=None, defaults=False, ctes=[])
        if self.is_op("(") and not self.starts_query():
            node.columns = self.paren_list(self.name)
        node.output = self.output()
        if self.word("default"):
            self.need("values")
            node.defaults = True
        elif self.is_word("values"):
            node.rows = self.values()
            if len(node.rows) > 1000:
                raise SqlError(10738, line=self.t.line)
        elif self.is_word("exec", "execute"):
            node.call = self.do_execute()
        else:
            if self.is_word("with"):
                self.fail()
            node.query = self.query()
            self.option()
        return node

    def insert_bulk(self):
        self.need("bulk")
        table = self.dotted()
        self.need_op("(")
        columns = []
        while True:
            name = self.name()
            columns.append((name, self.type()))
            if self.word("collate"):
                self.name()
            if not self.op(","):
                break
        self.need_op(")")
        if self.word("with"):
            depth = 0
            while True:
                token = self.next()
                depth += {"(": 1, ")": -1}.get(token.text, 0)
                if depth == 0:
                    break
        return N("insert_bulk", table=table, columns=columns)

    def target(self):
        parts = self.dotted()
        return N("table", parts=parts, hints=self.hints(), alias=None, sample=None)

    def do_update(self):
        self.need("update")
        top = self.dml_top()
        node = N("update", top=top.top, percent=top.percent, target=self.target(), sources=[], where=None, ctes=[])
        self.need("set")
        node.sets = self.list(self.assignment)
        node.output = self.output()
        if self.word("from"):
            node.sources = self.list(self.table_source)
        if self.word("where"):
            node.where = self.expression()
        self.option()
        return node

    def assignment(self):
        if self.t.kind == "variable":
            raise unknown("SET @variable in UPDATE")
        parts = self.dotted()
        op = self.op("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=") or self.fail()
        value = N("default") if self.word("default") else self.expression()
        if op != "=":
            value = N("binary", op=op[0], left=N("column", parts=parts), right=N("paren", arg=value))
        return parts[-1], value

    def do_delete(self):
        self.need("delete")
        top = self.dml_top()
        self.word("from")
        node = N("delete", top=top.top, percent=top.percent, target=self.target(), sources=[], where=None, ctes=[])
        node.output = self.output()
        if self.word("from"):
            node.sources = self.list(self.table_source)
        if self.word("where"):
            node.where = self.expression()
        self.option()
        return node

    def do_merge(self):
        self.need("merge")
        top = self.dml_top()
        self.word("into")
        node = N("merge", top=top.top, target=self.target(), clauses=[], output=None, ctes=[])
        if self.word("as") or not self.is_word("using"):
            node.target.alias = self.name()
        self.need("using")
        node.source = self.table_source()
        self.need("on")
        node.on = self.expression()
        while self.is_word("when"):
            node.clauses.append(self.merge_clause())
        if not node.clauses:
            self.fail()
        node.output = self.output()
        self.option()
        if not self.is_op(";"):
            raise SqlError(10713, line=self.t.line)
        return node

    def merge_clause(self):
        self.need("when")
        negated = bool(self.word("not"))
        self.need("matched")
        by = "target"
        if self.word("by"):
            by = self.word("target", "source") or self.fail()
        condition = self.expression() if self.word("and") else None
        self.need("then")
        kind = "matched" if not negated else "not matched by " + by
        clause = N("clause", kind=kind, condition=condition, action=None, sets=None, columns=None, row=None)
        clause.action = self.word("update", "delete", "insert") or self.fail()
        if clause.action == "update":
            self.need("set")
            clause.sets = self.list(self.assignment)
        elif clause.action == "insert":
            if self.is_op("("):
                clause.columns = self.paren_list(self.name)
            if self.word("default"):
                self.need("values")
            else:
                rows = self.values()
                if len(rows) != 1:
                    self.fail()
                clause.row = rows[0]
        if (clause.action == "insert") != (kind == "not matched by target"):
            raise SqlError(10710, clause.action.upper(), "WHEN " + kind.upper())
        return clause

    def do_truncate(self):
        self.need("truncate", "table")
        return N("truncate", table=self.dotted())

    # ---- transactions ----

    def tran_name(self):
        if self.t.kind == "name" or self.t.kind == "variable":
            return self.next().value
        return None

    def do_begin(self):
        self.need("begin")
        if self.word("tran", "transaction"):
            name = self.tran_name()
            if self.word("with"):
                self.need("mark")
            return N("begin_tran", name=name)
        if self.word("try"):
            body = self.block("try")
            self.op(";")
            self.need("begin", "catch")
            return N("try", body=body, catch=self.block("catch"))
        if self.is_word("distributed"):
            raise unknown("distributed transactions")
        return N("block", body=self.block(None))

    def block(self, word):
        out = []
        while True:
            if self.op(";"):
                continue
            if self.is_word("end") and (word is None or self.is_word(word, ahead=1)):
                self.next()
                if word:
                    self.next()
                return out
            out.append(self.statement())

    def do_commit(self):
        self.need("commit")
        name = None
        if self.word("tran", "transaction"):
            name = self.tran_name()
        else:
            self.word("work")
        return N("commit", name=name)

    def do_rollback(self):
        self.need("rollback")
        name = None
        if self.word("tran", "transaction"):
            name = self.tran_name()
        else:
            self.word("work")
        return N("rollback", name=name)

    def do_save(self):
        self.need("save")
        self.word("tran", "transaction") or self.fail()
        return N("save", name=self.tran_name() or self.fail())

    # ---- settings and variables ----

    def do_set(self):
        self.need("set")
        if self.t.kind == "variable":
            name = self.next().text.lower()
            op = self.op("=", "+=", "-=", "*=", "/=", "%=") or self.fail()
            value = self.expression()
            if op != "=":
                value = N("binary", op=op[0], left=N("variable", name=name), right=N("paren", arg=value))
            return N("set_variable", name=name, arg=value)
        if self.word("transaction"):
            self.need("isolation", "level")
            words = [self.next().text.lower()]
            if words[0] in ("read", "repeatable"):
                words.append(self.next().text.lower())
            level = " ".join(words)
            if level not in ISOLATION:
                self.fail()
            return N("set_isolation", level=level)
        if self.is_word("identity_insert"):
            self.next()
            table = self.dotted()
            return N("set_identity", table=table, on=self.on_off())
        names = [self.next().text.lower()]
        if names[0] == "statistics":
            names = ["statistics " + self.next().text.lower()]
        while self.op(","):
            names.append(self.next().text.lower())
        if self.is_word("on", "off"):
            return N("set_options", names=names, value=self.on_off())
        sign = self.op("-") or ""
        return N("set_options", names=names, value=sign + self.next().value)

    def on_off(self):
        return (self.word("on", "off") or self.fail()) == "on"

    def do_declare(self):
        self.need("declare")
        return N("declare", items=self.list(self.declaration))

    def declaration(self):
        if self.t.kind != "variable":
            self.fail()
        name = self.next().text.lower()
        self.word("as")
        if self.is_word("table"):
            raise unknown("table variables")
        kind = self.type()
        return name, kind, self.expression() if self.op("=") else None

    def do_print(self):
        self.need("print")
        return N("print", arg=self.expression())

    # ---- flow ----

    def do_if(self):
        self.need("if")
        condition = self.expression()
        then = self.statement()
        mark = self.i
        while self.op(";"):
            pass
        other = None
        if self.word("else"):
            other = self.statement()
        elif mark != self.i:
            self.i = mark
        return N("if", condition=condition, then=then, other=other)

    def do_while(self):
        self.need("while")
        return N("while", condition=self.expression(), body=self.statement())

    def do_break(self):
        self.next()
        return N("break")

    def do_continue(self):
        self.next()
        return N("continue")

    def do_return(self):
        self.need("return")
        value = None
        if not self.is_op(";") and self.t.kind != "end" and not (self.t.kind == "key"):
            value = self.expression()
        return N("return", arg=value)

    def do_throw(self):
        self.need("throw")
        if self.is_op(";") or self.t.kind == "end" or self.is_word("end"):
            return N("throw", args=None)
        return N("throw", args=self.list(self.expression))

    def do_raiserror(self):
        self.need("raiserror")
        args = self.paren_list(self.expression)
        if self.word("with"):
            self.list(lambda: self.word("nowait", "log", "seterror") or self.fail())
        return N("raiserror", args=args)

    def do_waitfor(self):
        self.need("waitfor", "delay")
        return N("waitfor", arg=self.expression())

    def do_use(self):
        self.need("use")
        return N("use", name=self.name())

    def do_kill(self):
        self.need("kill")
        return N("kill", spid=self.integer())

    def do_checkpoint(self):
        self.next()
        return N("nothing")

    # ---- calls ----

    def do_execute(self):
        self.next()
        return self.execute(True)

    def execute(self, said):
        if said and self.is_op("("):
            self.next()
            arg = self.expression()
            self.need_op(")")
            return N("exec_text", arg=arg)
        into = None
        if self.t.kind == "variable":
            into = self.next().text.lower()
            self.need_op("=")
        parts = self.dotted()
        args = []
        if not self.is_op(";") and self.t.kind != "end" and not self.ends_call():
            args = self.list(self.argument)
        return N("exec", name=".".join(p for p in parts if p).lower(), args=args, into=into)

    def ends_call(self):
        return self.t.kind == "key" and self.t.text.lower() in STARTS | {"else", "end"}

    def argument(self):
        name = None
        if self.t.kind == "variable" and self.peek().text == "=":
            name = self.next().text.lower()
            self.next()
        if self.t.kind == "name":
            # A bare word is a string here.
            value = N("literal", kind="string", value=self.name())
        elif self.word("default"):
            value = N("default")
        elif self.is_word("on", "off"):
            value = N("literal", kind="string", value=self.next().value)
        else:
            value = self.unary()
        out = bool(self.word("output", "out"))
        return name, value, out

    # ---- rights: read, and without effect, as there is one login ----

    def rights(self):
        while not self.is_op(";") and self.t.kind != "end":
            self.next()
        return N("nothing")

    do_grant = do_revoke = do_deny = lambda self: self.rights()

    # ---- definitions ----

    def do_create(self):
        self.need("create")
        unique = bool(self.word("unique"))
        cluster = self.word("clustered", "nonclustered")
        columnstore = bool(self.word("columnstore"))
        if self.word("index"):
            return self.create_index(unique, cluster, columnstore)
        if unique or cluster:
            self.fail()
        if self.word("or"):
            self.need("alter")
            if not self.is_word("view"):
                raise unknown("CREATE OR ALTER " + self.t.text)
        if self.word("table"):
            return self.create_table()
        if self.word("schema"):
            name = self.name()
            if self.word("authorization"):
                self.name()
            return N("create_schema", name=name)
        if self.word("database"):
            name = self.name()
            if self.word("collate"):
                self.name()
            return N("create_database", name=name)
        if self.word("view"):
            return self.create_view()
        if self.is_word("procedure", "proc", "function", "trigger", "sequence", "type", "login", "user", "statistics",
                        "synonym", "role", "partition"):
            raise unknown("CREATE " + self.t.text.upper())
        return self.fail()

    def create_view(self):
        name = self.dotted()
        columns = self.paren_list(self.name) if self.is_op("(") else None
        self.need("as")
        start = self.t.at
        ctes = []
        if self.word("with"):
            ctes = self.list(self.cte)
        query = self.query(nested=True)
        query.ctes = ctes
        return N("create_view", table=name, columns=columns, query=query, body=self.text[start:])

    def create_index(self, unique, cluster, columnstore):
        name = self.name()
        self.need("on")
        table = self.dotted()
        keys = self.paren_list(lambda: (self.name(), self.word("asc", "desc") == "desc")) if self.is_op("(") else []
        include = []
        if self.is_word("include"):
            self.next()
            include = self.paren_list(self.name)
        where = self.expression() if self.word("where") else None
        self.index_options()
        return N("create_index", name=name, table=table, keys=keys, include=include, where=where, unique=unique,
                 clustered=cluster == "clustered", columnstore=columnstore)

    def index_options(self):
        if self.word("with"):
            self.need_op("(")
            while not self.op(")"):
                if self.next().kind == "end":
                    self.fail()
        if self.word("on"):
            self.name()
            if self.is_op("("):
                self.paren_list(self.name)

    def create_table(self):
        name = self.dotted()
        columns, constraints = [], []
        self.need_op("(")
        while True:
            if self.is_word("constraint", "primary", "unique", "foreign", "check"):
                constraints.append(self.table_constraint())
            elif self.is_word("index"):
                raise unknown("an index inside CREATE TABLE")
            elif columns and self.is_op(")"):
                break
            else:
                columns.append(self.column())
            if not self.op(","):
                break
        self.need_op(")")
        self.index_options()
        if self.word("textimage_on"):
            self.name()
        return N("create_table", table=name, columns=columns, constraints=constraints)

    def column(self):
        out = N("col", name=self.name(), type=None, nullable=None, identity=None, default=None, computed=None,
                persisted=False, constraints=[], collation=None, sysname=False)
        if self.word("as"):
            out.computed, out.source = self.source(self.sum)
            if self.word("persisted"):
                out.persisted = True
                if self.word("not"):
                    self.need("null")
                    out.nullable = False
        else:
            # "timestamp" alone names itself.
            out.sysname = self.is_word("sysname")
            out.type = self.type()
        name = None
        while True:
            if self.word("constraint"):
                name = self.name()
                continue
            if self.word("collate"):
                out.collation = self.name()
            elif self.word("not"):
                self.need("null")
                out.nullable = False
            elif self.word("null"):
                out.nullable = True
            elif self.word("identity"):
                out.identity = (1, 1)
                if self.op("("):
                    out.identity = (self.signed(), self.need_op(",") or self.signed())
                    self.need_op(")")
            elif self.word("default"):
                value, source = self.source(self.sum)
                out.default = N("constraint", kind="default", name=name, arg=value, source=source)
            elif self.is_word("primary", "unique", "check", "references", "foreign"):
                out.constraints.append(self.constraint(name, [out.name]))
            elif self.word("rowguidcol") or self.word("sparse"):
                pass
            else:
                return out
            name = None

    def signed(self):
        sign = -1 if self.op("-") else 1
        return sign * self.integer()

    def source(self, read):
        """What is read, and its own text."""
        start = self.t.at
        node = read()
        last = self.tokens[self.i - 1]
        return node, self.text[start:last.at + len(last.text)]

    def table_constraint(self):
        name = self.name() if self.word("constraint") else None
        return self.constraint(name, None)

    def constraint(self, name, own):
        """own: the column it stands on, else the constraint names its own."""
        if self.word("primary"):
            self.need("key")
            return self.key_constraint("PRIMARY KEY", name, own)
        if self.word("unique"):
            return self.key_constraint("UNIQUE", name, own)
        if self.word("check"):
            self.need_op("(")
            arg, source = self.source(self.expression)
            self.need_op(")")
            return N("constraint", kind="check", name=name, arg=arg, source="(" + source + ")", column=own)
        if self.word("default"):
            arg, source = self.source(self.sum)
            out = N("constraint", kind="default", name=name, arg=arg, source=source)
            if own is None:
                self.need("for")
                out.column = self.name()
                if self.word("with"):
                    self.need("values")
            return out
        columns = own
        if self.word("foreign"):
            self.need("key")
            if own is None or self.is_op("("):
                columns = self.paren_list(self.name)
        self.need("references")
        out = N("constraint", kind="foreign", name=name, columns=columns, table=self.dotted(), keys=None, actions={})
        if self.is_op("("):
            out.keys = self.paren_list(self.name)
        while self.word("on"):
            event = self.word("delete", "update") or self.fail()
            if self.word("no"):
                self.need("action")
                action = "NO ACTION"
            elif self.word("set"):
                action = "SET " + (self.word("null", "default") or self.fail()).upper()
            else:
                action = (self.word("cascade") or self.fail()).upper()
            out.actions[event] = action
        return out

    def key_constraint(self, kind, name, own):
        cluster = self.word("clustered", "nonclustered")
        keys = [(c, False) for c in own or []]
        if self.is_op("(") and (own is None or self.peek().kind == "name"):
            keys = self.paren_list(lambda: (self.name(), self.word("asc", "desc") == "desc"))
        self.index_options()
        return N("constraint", kind=kind, name=name, keys=keys, clustered=cluster)

    def do_alter(self):
        self.need("alter")
        if self.word("database"):
            name = "current" if self.word("current") else self.name()
            return N("alter_database", name=name, words=self.rest())
        if self.word("schema"):
            name = self.name()
            self.need("transfer")
            if self.is_word("object"):
                self.next()
                self.need_op(":")
            return N("alter_schema", name=name, table=self.dotted())
        if self.word("index"):
            self.rest()
            return N("nothing")
        if self.word("view"):
            return self.create_view()
        self.need("table")
        node = N("alter_table", table=self.dotted(), actions=[])
        check = None
        if self.is_word("with") and self.is_word("check", "nocheck", ahead=1):
            self.next()
            check = self.next().text.lower()
        if self.word("add"):
            while True:
                if self.is_word("constraint", "primary", "unique", "foreign", "check", "default"):
                    node.actions.append(N("add_constraint", constraint=self.table_constraint(), check=check))
                else:
                    node.actions.append(N("add_column", column=self.column()))
                if not self.op(","):
                    break
        elif self.word("drop"):
            self.alter_drop(node)
        elif self.word("alter"):
            self.need("column")
            column = self.column()
            node.actions.append(N("alter_column", column=column))
        elif self.word("check", "nocheck"):
            self.rest()
        elif self.is_word("rebuild", "set", "switch", "enable", "disable"):
            raise unknown("ALTER TABLE " + self.t.text.upper())
        else:
            self.fail()
        return node

    def alter_drop(self, node):
        kind = "constraint"
        while True:
            if self.word("column"):
                kind = "column"
            elif self.word("constraint"):
                kind = "constraint"
            exists = self.if_exists()
            node.actions.append(N("drop_" + kind, name=self.name(), exists=exists))
            if not self.op(","):
                return

    def if_exists(self):
        if self.word("if"):
            self.need("exists")
            return True
        return False

    def rest(self):
        out = []
        while not self.is_op(";") and self.t.kind != "end":
            out.append(self.next().text.lower())
        return out

    def do_drop(self):
        self.need("drop")
        kind = self.word("table", "view", "schema", "database", "index", "procedure", "proc")
        if kind is None:
            raise unknown("DROP " + self.t.text.upper())
        exists = self.if_exists()
        if kind == "index":
            name = self.name()
            self.need("on")
            return N("drop_index", name=name, table=self.dotted(), exists=exists)
        return N("drop", kind=kind, names=self.list(self.dotted), exists=exists)
