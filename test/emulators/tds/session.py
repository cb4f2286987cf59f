"""One login's session: settings, variables, transactions, and the running of batches.

https://learn.microsoft.com/en-us/sql/t-sql/language-elements/transactions-transact-sql
"""
import re
import struct
import threading
import time

import sqltypes as t
import tokens
from catalog import Catalog
from changes import compile_change
from compiler import Compiler, Scope
from convert import convert, literal
from definitions import Definitions
from engine import Engine, EngineError
from errors import ENDS_BATCH, ENDS_TRANSACTION, SqlError, unknown
from faults import Faults
from translate import engine_error

DEFINITIONS = {"create_schema", "create_table", "create_index", "create_view", "alter_table", "alter_schema", "drop", "drop_index",
               "truncate"}
ENGINE_LEVEL = {"read uncommitted": "READ COMMITTED", "read committed": "READ COMMITTED", "repeatable read": "REPEATABLE READ",
                "snapshot": "REPEATABLE READ", "serializable": "SERIALIZABLE"}
IGNORED_OPTIONS = {"ansi_nulls", "ansi_null_dflt_on", "ansi_padding", "ansi_warnings", "arithabort", "concat_null_yields_null",
                   "cursor_close_on_commit", "quoted_identifier", "numeric_roundabort", "language", "dateformat", "textsize", "fmtonly",
                   "noexec", "parseonly", "statistics io", "statistics time", "ansi_defaults", "showplan_all", "deadlock_priority",
                   "arithignore", "no_browsetable", "remote_proc_transactions", "context_info", "query_governor_cost_limit"}


class Attention(Exception):
    """The client has asked that the request stops."""


class EndBatch(Exception):
    """An error has been told and nothing more of the batch runs."""


class Return(Exception):
    pass


class Session:
    def __init__(self, server, channel, login, app, database):
        self.server, self.channel, self.login, self.app = server, channel, login, app
        self.xact_abort = self.nocount = self.implicit = False
        self.datefirst, self.rowcount_limit, self.lock_timeout = 7, 0, -1
        self.isolation = "read committed"
        self.identity_insert = None
        self.trancount, self.doomed, self.descriptor = 0, False, 0
        self.started_as = None
        self.variables, self.store = {}, {}
        self.rowcount, self.error_number, self.identity, self.scope_identity = 0, 0, None, None
        self.caught = []
        self.buffer, self.pending = b"", None
        self.in_procedure = 0
        self.prepared, self.next_handle = {}, 1
        self.attention = False
        self.running = None
        # Requests heard of and not answered yet; who asks or sets it, or attention, has the turn.
        self.waiting, self.turn = 0, threading.Lock()
        self.trying = 0
        self.faults = Faults(self)
        self.engine = self.catalog = self.definitions = None
        self.open_database(database)

    def open_database(self, name):
        known = self.server.database(name)
        if known is None:
            raise SqlError(911, name)
        if self.engine is not None:
            self.engine.close()
        self.database = known.name
        self.engine = Engine(self.server.engine, known.engine_name)
        self.catalog = Catalog(self.engine, known.name, known.views(self.engine))
        self.definitions = Definitions(self)

    def close(self):
        if self.engine is not None:
            try:
                self.engine.run("ROLLBACK; DELETE FROM meta.columns WHERE object_id IN (SELECT object_id FROM meta.objects WHERE schema_id"
                                " = -pg_backend_pid()); DELETE FROM meta.objects WHERE schema_id = -pg_backend_pid()")
            except Exception:  # The engine's session may be gone already.
                pass
            self.engine.close()

    # ---- answers ----

    def emit(self, data):
        if self.pending is not None:
            kind, status, count, command = self.pending
            self.pending = None
            self.buffer += tokens.done(kind, status | tokens.MORE, count, command)
        self.buffer += data
        if len(self.buffer) >= self.channel.size - 8:
            self.faults.before_packet()
            self.buffer = self.channel.send(self.buffer, last=False)

    def done(self, count=None, error=False, command=0):
        """A statement's end; whether more follows is said when that is known."""
        status = tokens.ERROR if error else 0
        if self.trancount:
            status |= tokens.IN_TRANSACTION
        if self.in_procedure:
            self.emit(tokens.done(tokens.DONEINPROC, status | tokens.MORE, count, command))
        else:
            self.emit(b"")
            self.pending = (tokens.DONE, status, count, command)

    def finish(self):
        """The end of a request's answer."""
        if self.pending is None:
            self.pending = (tokens.DONE, tokens.IN_TRANSACTION if self.trancount else 0, None, 0)
        kind, status, count, command = self.pending
        self.pending = None
        self.buffer += tokens.done(kind, status, count, command)
        data, self.buffer = self.buffer, b""
        self.channel.send(data)

    def drop_answer(self):
        """After an attention: the answer under way ends, and its own message acknowledges."""
        self.pending = None
        data, self.buffer = self.buffer, b""
        self.channel.send(data + tokens.done(tokens.DONE, tokens.ERROR))
        self.channel.send(tokens.done(tokens.DONE, tokens.ATTENTION))

    def tell(self, error, line=None):
        self.emit(tokens.message(0xAA if error.level > 10 else 0xAB, error.number, error.state, error.level, error.text,
                                 self.server.name, line or error.line))

    def info(self, number, *args):
        self.tell(SqlError(number, *args))

    # ---- variables ----

    def system_value(self, name):
        error = self.caught[-1] if self.caught else None
        return {
            "@@trancount": str(self.trancount), "@@rowcount": str(self.rowcount), "@@error": str(self.error_number),
            "@@spid": str(self.channel.spid), "@@version": self.server.version_text, "@@servername": self.server.name,
            "@@identity": self.identity, "@@scope_identity": self.scope_identity, "@@nestlevel": "0",
            "@@options": str(5496 + 2 * self.implicit + 512 * self.nocount + 16384 * self.xact_abort),
            "@@lock_timeout": str(self.lock_timeout), "@@max_precision": "38", "@@language": "us_english", "@@textsize": "2147483647",
            "@@datefirst": str(self.datefirst), "@@microsoftversion": "268435456", "@@fetch_status": "0", "@@servicename": "MSSQLSERVER",
            "@@dbts": "\\x00000000000007d1", "@@xact_state": "-1" if self.doomed else "1" if self.trancount else "0",
            "@@error_number": error and str(error.number), "@@error_severity": error and str(error.level),
            "@@error_state": error and str(error.state), "@@error_line": error and str(error.line),
            "@@error_message": error and error.text, "@@error_procedure": None}[name]

    def fill(self, sql):
        """Puts the variables' values where the compiler left their names."""
        def put(found):
            name = found.group(1)
            if name.startswith("@@"):
                kind = t.Type("smallint") if name == "@@xact_state" else t.decimal(38, 0) if name == "@@scope_identity" else \
                    t.INT if name in ("@@error_number", "@@error_severity", "@@error_state", "@@error_line") else \
                    t.string("nvarchar", 4000) if name in ("@@error_message", "@@error_procedure") else Compiler.system_variable(None, name).kind
                return literal(self.system_value(name), kind)
            return literal(self.store[name], self.variables[name])
        return re.sub("\x01(@@?[\\w#$@]+)\x02", put, sql)

    def evaluate(self, node, kind=None):
        """An expression's value as text."""
        compiler = self.compiler()
        e = compiler.value(node, Scope(None))
        if kind is not None:
            e = convert(e, kind)
        return self.value_of(e), e.kind

    def value_of(self, e):
        try:
            return self.atomic(lambda: self.engine.one("SELECT %s" % self.fill(e.sql)), reads=True)
        except EngineError as error:
            raise engine_error(error, self, "SELECT") from None

    def compiler(self):
        return Compiler(self.catalog, self.variables, self)

    # ---- transactions ----

    def begin(self, name=None, announce=True):
        self.trancount += 1
        if self.trancount == 1:
            self.check_isolation()
            self.engine.run("BEGIN ISOLATION LEVEL " + ENGINE_LEVEL[self.isolation])
            self.started_as = self.isolation
            self.descriptor = self.server.next_descriptor()
            if announce:
                self.emit(tokens.env_transaction(8, self.descriptor))
            if name:
                self.outer_name = name
                return
        self.outer_name = getattr(self, "outer_name", None) if self.trancount > 1 else name

    def check_isolation(self):
        if self.isolation == "snapshot" and not self.server.database(self.database).snapshot:
            self.trancount = max(0, self.trancount - 1)
            raise SqlError(3952, self.database)

    def commit(self):
        if not self.trancount:
            raise SqlError(3902)
        if self.doomed:
            self.end(9)
            raise SqlError(3930)
        if self.trancount > 1:
            self.trancount -= 1
            return
        try:
            self.engine.run("COMMIT")
        except EngineError as error:
            self.end(10)
            raise engine_error(error, self, "COMMIT") from None
        self.end(9)

    def rollback(self, name=None):
        if not self.trancount:
            raise SqlError(3903)
        if name is not None and name.lower() != (self.outer_name or "").lower():
            if self.doomed:
                raise SqlError(3931)
            try:
                self.engine.run("ROLLBACK TO SAVEPOINT %s" % self.point(name))
            except EngineError as error:
                if error.state != "3B001":
                    raise
                # The engine ends its transaction over that; SQL Server does not, so look first.
                raise SqlError(6401, name) from None
            return
        self.engine.run("ROLLBACK")
        self.end(10)

    @staticmethod
    def point(name):
        return '"p_%s"' % name.lower().replace('"', '""')

    def save(self, name):
        if not self.trancount:
            raise SqlError(628)
        if self.doomed:
            raise SqlError(3931)
        self.engine.run("SAVEPOINT " + self.point(name))
        self.points = getattr(self, "points", set()) | {name.lower()}

    def end(self, kind):
        """The transaction is over: 9 committed, 10 rolled back."""
        self.trancount, self.doomed, self.started_as, self.points = 0, False, None, set()
        self.emit(tokens.env_transaction(kind, None, self.descriptor))
        self.descriptor = 0

    def abort(self):
        if self.trancount:
            self.engine.run("ROLLBACK")
            self.end(10)

    def atomic(self, work, reads=False):
        """Runs work so that its failure undoes it alone, in a transaction or not."""
        if self.doomed and not reads:
            raise SqlError(3930)
        if not self.trancount:
            if reads:
                return work()
            self.engine.run("BEGIN ISOLATION LEVEL " + ENGINE_LEVEL[self.isolation])
            try:
                out = work()
                self.engine.run("COMMIT")
                return out
            except BaseException:
                self.engine.run("ROLLBACK")
                raise
        self.engine.run("SAVEPOINT statement")
        try:
            out = work()
        except BaseException:
            self.engine.run("ROLLBACK TO SAVEPOINT statement; RELEASE SAVEPOINT statement")
            raise
        self.engine.run("RELEASE SAVEPOINT statement")
        return out

    # ---- batches ----

    def batch(self, text, variables=None):
        """Runs a batch; what it declares is gone afterwards."""
        kept = self.variables, self.store
        self.variables, self.store = {}, {}
        for name, kind, value in variables or []:
            self.variables[name], self.store[name] = kind, value
        try:
            try:
                statements = self.server.parse(text)
            except SqlError as error:
                self.fail(error)
                raise EndBatch() from None
            self.server.judge.hear(text)
            self.faults.before_batch(text)
            self.statements(statements)
            if self.doomed and not self.in_procedure:
                self.abort()
                self.fail(SqlError(3998))
        finally:
            final = self.store
            self.variables, self.store = kept
        return final

    def statements(self, nodes):
        for node in nodes:
            self.statement(node)

    def statement(self, node):
        if self.attention:
            raise Attention()
        try:
            getattr(self, "s_" + node.k, self.s_definition)(node)
            if node.k not in ("if", "while", "block", "try", "print"):
                self.error_number = 0
        except SqlError as error:
            if error.line == 1:
                error.line = node.line
            self.statement_error(error)
        except EngineError as error:
            if self.attention and error.state == "57014":
                raise Attention() from None
            found = engine_error(error, self, node.k)
            found.line = node.line
            self.statement_error(found)

    def statement_error(self, error):
        self.error_number = error.number
        if self.trying and error.level < 20:
            if self.trancount and (self.xact_abort or error.number in ENDS_TRANSACTION):
                self.doomed = True
            raise error
        ends_all = self.xact_abort and error.level > 10 or error.number in ENDS_TRANSACTION
        if self.trancount and ends_all:
            self.fail(error)
            self.abort()
            raise EndBatch()
        if error.number in ENDS_BATCH or self.xact_abort or error.number in ENDS_TRANSACTION:
            self.fail(error)
            raise EndBatch()
        self.fail(error)

    def fail(self, error):
        self.error_number = error.number
        self.server.log_error(self, error)
        self.tell(error)
        self.done(error=True)
        if error.level >= 20:
            self.finish()
            self.channel.close()
            raise EOFError("the session was ended")

    # ---- statements ----

    def begin_implicit(self):
        if self.implicit and not self.trancount:
            self.begin()

    def s_query_statement(self, node):
        self.begin_implicit()
        compiler = self.compiler()
        self.check_snapshot()
        body = node.query.body
        if body.k == "select" and body.into:
            return self.select_into(compiler, node)
        query = compiler.query(node.query, None, top_level=True)
        sql = self.fill(query.sql)
        if compiler.loose_assign:
            rows = self.atomic(lambda: self.engine.rows(sql), reads=True)
            if rows:
                for name, value in zip(compiler.loose_assign, rows[-1]):
                    self.store[name] = value
            self.rowcount = len(rows)
            return None
        columns = [tokens.Column(c.name, c.kind, c.nullable, c.identity, c.computed, c.table) for c in query.columns]
        if self.rowcount_limit:
            sql = "SELECT * FROM (%s) AS r LIMIT %d" % (sql, self.rowcount_limit)
        self.send_rows(columns, sql, tokens.SELECT_COMMAND, True)
        return None

    def check_snapshot(self):
        if self.isolation == "snapshot" and self.trancount and self.started_as != "snapshot":
            raise SqlError(3951, self.database)
        if self.isolation == "snapshot":
            self.check_isolation()

    def send_rows(self, columns, sql, command, reads, before=()):
        """Streams a result to the client; the head goes out before the first row is there."""
        def work():
            for statement in before:
                self.engine.run(statement)
            write = tokens.row_writer(columns)
            self.emit(tokens.col_metadata(columns))
            count = 0
            for row in self.engine.stream(sql):
                try:
                    self.emit(write(row))
                except Exception:
                    self.engine.stop()
                    raise
                count += 1
                if self.attention or self.faults.after_row(count):
                    self.stop_stream()
            return count
        count = self.atomic(work, reads=reads)
        self.rowcount = count
        self.done(None if self.nocount and not reads else count, command=command)
        return count

    def stop_stream(self):
        self.engine.stop()
        raise Attention()

    def select_into(self, compiler, node):
        parts, node.query.body.into = node.query.body.into, None
        try:
            query = compiler.query(node.query, None, top_level=True)
        finally:
            node.query.body.into = parts
        names = compiler.column_names(query, parts[-1], None)
        declared = ", ".join("[%s] %s%s %s" % (n.replace("]", "]]"), t.show(c.kind if c.kind.name != "null" else t.INT),
                                               " IDENTITY(1,1)" if c.identity else "", "NULL" if c.nullable else "NOT NULL")
                             for n, c in zip(names, query.columns))
        create = self.server.parse("CREATE TABLE %s (%s)" % (".".join("[%s]" % p for p in parts), declared))[0]

        def work():
            self.definitions.run(create)
            table = self.catalog.table(parts)
            return self.engine.count("INSERT INTO %s %s" % (table.pg, self.fill(query.sql)))
        count = self.atomic(work)
        self.rowcount = count
        self.done(count)

    def s_change(self, node):
        self.begin_implicit()
        self.check_snapshot()
        change = compile_change(self.compiler(), node)
        before = [self.fill(s) for s in change.before]
        sql = self.fill(change.sql)
        self.last_table = change.table
        if change.columns is not None:
            columns = [tokens.Column(c.name, c.kind, c.nullable, c.identity) for c in change.columns]
            self.send_rows(columns, sql, 0, False, before)
        else:
            def work():
                return self.first(before) + (self.engine.count(sql) if sql else 0)
            self.rowcount = self.atomic(work)
            self.done(None if self.nocount else self.rowcount, command=0xC3)
        if change.verb in ("INSERT", "MERGE") and change.identity and self.rowcount:
            self.identity = self.scope_identity = self.engine.one("SELECT lastval()")

    def first(self, before):
        count = 0
        for statement in before:
            if statement.startswith("LOCK"):
                self.engine.run(statement)
            else:
                count += self.engine.count(statement)
        return count

    s_insert = s_update = s_delete = s_merge = s_change

    def s_definition(self, node):
        if node.k not in DEFINITIONS:
            raise unknown(node.k)
        self.begin_implicit()
        self.atomic(lambda: self.definitions.run(node))
        self.rowcount = 0
        self.done()

    def s_nothing(self, node):
        self.done()

    def s_create_database(self, node):
        if self.trancount:
            raise SqlError(574, "CREATE DATABASE")
        self.server.create_database(node.name)
        self.done()

    def s_drop(self, node):
        if node.kind != "database":
            return self.s_definition(node)
        if self.trancount:
            raise SqlError(574, "DROP DATABASE")
        for parts in node.names:
            if self.server.database(parts[-1]) is None:
                if not node.exists:
                    raise SqlError(3701, "drop", "database", parts[-1])
                continue
            if parts[-1].lower() == self.database.lower():
                raise SqlError(3702, parts[-1])
            self.server.drop_database(parts[-1])
        return self.done()

    def s_alter_database(self, node):
        words = " ".join(node.words)
        known = self.server.database(self.database if node.name == "current" else node.name)
        if known is None:
            raise SqlError(911, node.name)
        if "allow_snapshot_isolation" in words:
            known.snapshot = words.split()[-1] == "on"
            self.server.note_databases()
        elif "read_committed_snapshot" in words:
            known.rcsi = " on" in words
            self.server.note_databases()
        elif "compatibility_level" not in words and "single_user" not in words and "multi_user" not in words:
            raise unknown("ALTER DATABASE " + words)
        self.done()

    def s_use(self, node):
        if self.trancount:
            raise unknown("USE inside a transaction")
        old = self.database
        self.open_database(node.name)
        self.emit(tokens.env_text(1, self.database, old))
        self.info(5701, self.database)
        self.done()

    def s_begin_tran(self, node):
        self.begin(self.text_name(node.name))
        self.done()

    def s_commit(self, node):
        self.commit()
        self.done()

    def s_rollback(self, node):
        name = self.text_name(node.name)
        if name is not None and self.trancount and name.lower() not in getattr(self, "points", set()) | {
                (getattr(self, "outer_name", None) or "").lower()}:
            raise SqlError(6401, name)
        self.rollback(name)
        self.done()

    def s_save(self, node):
        self.save(self.text_name(node.name))
        self.done()

    def text_name(self, name):
        return self.store.get(name.lower(), name) if name and name.startswith("@") else name

    def s_set_isolation(self, node):
        self.isolation = node.level
        self.done()

    def s_set_identity(self, node):
        table = self.catalog.table(node.table)
        if not any(k.identity for k in table.columns):
            raise SqlError(8106, table.name)
        self.identity_insert = table.id if node.on else None
        self.done()

    def s_set_options(self, node):
        for name in node.names:
            if name == "xact_abort":
                self.xact_abort = node.value
            elif name == "nocount":
                self.nocount = node.value
            elif name == "implicit_transactions":
                self.implicit = node.value
            elif name == "datefirst":
                self.datefirst = int(node.value)
            elif name == "rowcount":
                self.rowcount_limit = int(node.value)
            elif name == "lock_timeout":
                self.lock_timeout = int(node.value)
                self.engine.run("SET lock_timeout = %d" % (0 if self.lock_timeout < 0 else max(1, self.lock_timeout)))
            elif name not in IGNORED_OPTIONS:
                raise SqlError(195, name, "SET option")
        self.done()

    def s_declare(self, node):
        for name, kind, value in node.items:
            if name in self.variables:
                raise SqlError(134, name)
            found = self.evaluate(value, kind)[0] if value is not None else None
            self.variables[name], self.store[name] = kind, found

    def s_set_variable(self, node):
        if node.name not in self.variables:
            raise SqlError(137, node.name)
        self.store[node.name] = self.evaluate(node.arg, self.variables[node.name])[0]

    def s_print(self, node):
        value = self.evaluate(node.arg, t.string("nvarchar", 4000))[0]
        self.emit(tokens.message(0xAB, 0, 1, 0, value or "", self.server.name))

    def truth(self, condition):
        sql = self.compiler().condition(condition, Scope(None))
        try:
            return self.atomic(lambda: self.engine.one("SELECT (%s)" % self.fill(sql)), reads=True) == "t"
        except EngineError as error:
            raise engine_error(error, self, "SELECT") from None

    def s_if(self, node):
        if self.truth(node.condition):
            self.statement(node.then)
        elif node.other is not None:
            self.statement(node.other)

    def s_while(self, node):
        while self.truth(node.condition):
            try:
                self.statement(node.body)
            except Loop as loop:
                if loop.args[0] == "break":
                    break

    def s_break(self, node):
        raise Loop(node.k)

    s_continue = s_break

    def s_block(self, node):
        self.statements(node.body)

    def s_try(self, node):
        self.trying += 1
        try:
            self.statements(node.body)
        except SqlError as error:
            self.trying -= 1
            self.caught.append(error)
            try:
                self.statements(node.catch)
            finally:
                self.caught.pop()
                self.trying += 1
        finally:
            self.trying -= 1

    def s_throw(self, node):
        if node.args is None:
            if not self.caught:
                raise SqlError(10704, text="To rethrow an error, a THROW statement must be used inside a CATCH block.", level=15, state=1)
            error = self.caught[-1]
            self.raise_now(SqlError(error.number, text=error.text, level=error.level, state=error.state, line=error.line))
        number, text, state = (self.evaluate(a)[0] for a in node.args)
        self.raise_now(SqlError(int(number), text=text, level=16, state=int(state)))

    def raise_now(self, error):
        """THROW ends the batch."""
        if self.trying:
            raise error
        self.fail(error)
        if self.xact_abort:
            self.abort()
        raise EndBatch()

    def s_raiserror(self, node):
        text, kind = self.evaluate(node.args[0])
        level, state = int(self.evaluate(node.args[1])[0]), int(self.evaluate(node.args[2])[0])
        rest = [self.evaluate(a)[0] for a in node.args[3:]]
        for value in rest:
            text = re.sub(r"%[-+0 #]*\d*(s|d|i|u|ls|ld)", lambda m, v=value: v or "(null)", text, count=1)
        error = SqlError(50000, text=text, level=level, state=state)
        if level <= 10:
            self.tell(error)
            return
        if self.trying:
            raise error
        self.fail(error)

    def s_waitfor(self, node):
        delay = convert(self.compiler().value(node.arg, Scope(None)), t.Type("time", 0, 0, 3))
        seconds = int(self.value_of(delay)) / 1e7
        self.engine.run("SELECT pg_sleep(%f)" % seconds)

    def s_kill(self, node):
        self.server.kill(node.spid)

    def s_return(self, node):
        raise Return(self.evaluate(node.arg, t.INT)[0] if node.arg is not None else None)

    def s_exec_text(self, node):
        text = self.evaluate(node.arg, t.string("nvarchar", t.MAX))[0]
        self.nested(text or "", [])

    def nested(self, text, variables):
        """A batch inside: its own variables, the same transaction."""
        self.in_procedure += 1
        try:
            return self.batch(text, variables)
        except Return:
            return {}
        finally:
            self.in_procedure -= 1

    def s_exec(self, node):
        from procedures import run_exec
        run_exec(self, node)

    def describe_query(self, compiler, node, args):
        from procedures import describe_source
        return describe_source(self, compiler, node, args)

    # ---- requests ----

    def request(self, work):
        """Runs one request and sends the whole of its answer."""
        self.running = time.monotonic()
        acknowledged = False
        try:
            try:
                if self.attention:
                    raise Attention()
                work()
            except (EndBatch, Return):
                pass
            except SqlError as error:
                self.fail(error)
            except EngineError as error:
                if self.attention and error.state == "57014":
                    raise Attention() from None
                self.fail(engine_error(error, self, "request"))
            if self.attention:
                raise Attention()
            self.faults.before_packet()
            self.finish()
        except Attention:
            self.trying, self.caught, self.in_procedure = 0, [], 0
            if self.xact_abort:
                self.abort()
            # Before it is acknowledged: the next one belongs to the next request.
            self.attention, acknowledged = False, True
            if not self.faults.deaf:
                self.drop_answer()
        finally:
            self.trying, self.caught, self.in_procedure = 0, [], 0
            self.running = None
        with self.turn:
            self.waiting -= 1
            late = self.attention and not acknowledged
            if late:
                self.attention = False
        # It came when the answer had gone: it is acknowledged all the same, or the client waits for ever.
        if late and not self.faults.deaf:
            self.channel.send(tokens.done(tokens.DONE, tokens.ATTENTION))

    def transaction_request(self, r):
        """[MS-TDS] 2.2.6.9."""
        kind = r.number(2)
        if kind == 5:
            level = r.number(1)
            name = r.transaction_name()
            levels = {1: "read uncommitted", 2: "read committed", 3: "repeatable read", 4: "serializable", 5: "snapshot"}
            self.isolation = levels.get(level, self.isolation)
            self.begin(name or None)
        elif kind in (7, 8):
            name = r.transaction_name()
            again = r.number(1) & 1 if r.more() else 0
            if kind == 7:
                self.commit()
            else:
                self.rollback(name or None)
            if again:
                r.number(1)
                self.begin()
        elif kind == 9:
            self.save(r.transaction_name())
        else:
            raise unknown("transaction request %d" % kind)
        self.done()


class Loop(Exception):
    pass


def skip_headers(data):
    """ALL_HEADERS, [MS-TDS] 2.2.5.3."""
    return struct.unpack_from("<I", data)[0]

