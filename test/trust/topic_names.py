"""Hostile names and values through every writer (A9): they come back identical, or are refused by name.

Schema, table, columns, server and role carry the same hostile text; the remote side is made through
gw.execute_ddl, read by IMPORT, scans, WHERE, introspection, and moved by gw.sync_table in every mode.
"""
from lab import PASSWORD, ident, literal

NAMES = {
    "double quote": 'a"b', "two quotes": 'a""b"', "single quote": "a'b", "two single": "a''b'", "backslash": "a\\b",
    "backslash quote": "a\\'b\\\"c", "backtick": "a`b`", "bracket": "a]b[c]]", "newline": "a\nb", "return": "a\rb",
    "tab": "a\tb", "comment": "a--b", "block comment": "a/*b*/c", "open comment": "/*", "parameter": "$1", "percent": "%s%n%I",
    "dollar": "$$a$$", "semicolon": "a;DROP TABLE x;--", "right to left": "a\u202eb\u200f", "emoji": "a\U0001f600b",
    "combining": "e\u0301", "wide": "\uff07\uff02", "blank": " a b ", "dot": "a.b", "dots": '"a"."b"', "comma": "a,b",
    "brace": '{a,"b"}', "parens": "a(b)", "keyword": "select", "upper": "SELECT", "63 bytes": "x" * 63,
    "63 bytes of 3": "\u20ac" * 21, "quotes, 63 bytes": '"' * 63, "control": "a\x01\x1b[31mb", "null word": "NULL", "digit": "1a",
    "colon": ":x :'y'", "at": "@a@", "equals": "a=b", "unicode escape": "U&\\0041", "C1": "a\u009b31m",
}
WIDE = "x" * 64
BROKEN = (b"a\xff", b"a\xc3", b"\xed\xa0\x80", b"\xc0\xa7", b"\xf8\x88\x80\x80\x80", b"a\x80'b")


class Case:
    def __init__(self, lab, platform, label, name):
        self.lab, self.platform, self.label, self.name = lab, platform, label, name
        self.server = name
        self.local = ("L" + name)[:1] + name.encode()[:62].decode("utf-8", "ignore")

    def same(self, what, got, wanted):
        self.lab.equal("names %s, %s: %s" % (self.platform.name, self.label, what), got, wanted)

    def ddl(self, session, sql):
        session.must("SELECT gw.execute_ddl(%s, %s)" % (literal(self.server), literal(sql)))

    def run(self, hub, session):
        n, q = self.name, ident(self.name)
        hub.must("CREATE SERVER %s FOREIGN DATA WRAPPER %s %s" % (q, self.platform.wrapper, self.platform.options("server")))
        hub.must("GRANT USAGE ON FOREIGN SERVER %s TO trust_operator" % q)
        hub.must(self.platform.mapping("trust_operator", server=q))
        self.ddl(session, "CREATE SCHEMA %s" % q)
        self.ddl(session, "CREATE TABLE %s.%s (id bigint PRIMARY KEY, %s text, at timestamptz)" % (q, q, q))
        self.ddl(session, "COMMENT ON COLUMN %s.%s.%s IS %s" % (q, q, q, literal(n)))
        for key, value in enumerate((n, n + n, "", "\\N", "\\.", "x\\")):
            session.must("SELECT gw.execute(%s, %s, %d::bigint, %s::text, '2024-01-01'::timestamptz)" % (
                literal(n), literal("INSERT INTO %s.%s VALUES ($1, $2, $3)" % (q, q)), key, literal(value)))
        values = [(str(k), v) for k, v in enumerate((n, n + n, "", "\\N", "\\.", "x\\"))]
        self.introspect(session)
        self.scan(session, values)
        self.movement(session, values)

    def introspect(self, session):
        n, q, server = self.name, ident(self.name), literal(self.server)
        self.same("list_schemas", session.value(
            "SELECT count(*) FROM gw.list_schemas(%s) WHERE name = %s" % (server, literal(n))), "1")
        self.same("list_tables", session.must(
            "SELECT schema_name, table_name FROM gw.list_tables(%s, %s)" % (server, literal(n))), [(n, n)])
        dotted = literal(q + "." + q)
        self.same("table_exists", session.value("SELECT gw.table_exists(%s, %s)" % (server, dotted)), "t")
        document = "gw.get_target_schema(%s, %s)" % (server, dotted)
        self.same("get_target_schema", session.must(
            "SELECT d #>> '{source,schema}', d #>> '{source,table}', d #>> '{source,connection}', d #>> '{columns,1,name}', "
            "d #>> '{columns,1,comment}', (SELECT count(*) FROM gw.validate_schema(d)) FROM %s d" % document),
            [(n, n, n, n, n, "0")])
        self.same("get_target_schemas", session.must(
            "SELECT table_name FROM gw.get_target_schemas(%s, %s)" % (server, literal(n))), [(n,)])
        self.same("normalize_schema", session.value(
            "SELECT gw.normalize_schema(%s) #>> '{columns,1,name}'" % document), n)
        self.same("server_info", session.value("SELECT gw.server_info(%s) ->> 'server'" % server), n)
        self.same("connections", session.value(
            "SELECT count(*) FROM gw.connections() WHERE server = %s" % server) in "01", True)

    def scan(self, session, values):
        n, q = self.name, ident(self.name)
        here = ident(self.local)
        session.must("CREATE SCHEMA %s" % here)
        session.must("IMPORT FOREIGN SCHEMA %s LIMIT TO (%s) FROM SERVER %s INTO %s" % (q, q, q, here))
        table = "%s.%s" % (here, q)
        self.same("import", session.must(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = 2 "
            "WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s)" % literal(self.local)), [(n, n)])
        self.same("scan", session.must("SELECT id, %s FROM %s ORDER BY id" % (q, table)), values)
        for operator in ("=", "<>", "<", ">=", "LIKE", "IS DISTINCT FROM"):
            clause = "%s %s %s" % (q, operator, literal(n))
            session.must("SET warehouse_gw.enable_pushdown = off")
            off = session.must("SELECT id, %s FROM %s WHERE %s ORDER BY id" % (q, table, clause))
            session.must("SET warehouse_gw.enable_pushdown = on")
            self.same("where " + operator, session.must(
                "SELECT id, %s FROM %s WHERE %s ORDER BY id" % (q, table, clause)), off)
        session.must("PREPARE p(text[]) AS SELECT id FROM %s WHERE %s = ANY ($1) ORDER BY id" % (table, q))
        array = "ARRAY[%s, 'x\\', '\\N']" % literal(n)
        self.same("where = ANY", session.must("EXECUTE p(%s)" % array), [("0",), ("3",), ("5",)])
        session.must("DEALLOCATE p")
        self.same("order by", len(session.must("SELECT id FROM %s ORDER BY %s, id LIMIT 3" % (table, q))), 3)
        self.same("execute_query", session.must(
            "SELECT * FROM gw.execute_query(%s, %s, %s::text) AS r(id bigint, v text)" % (
                literal(n), literal("SELECT id, %s FROM %s.%s WHERE %s = $1" % (q, q, q, q)), literal(n))), [("0", n)])
        self.same("execute_query_json", session.must(
            "SELECT j ->> %s FROM gw.execute_query_json(%s, %s) j" % (
                literal(n), literal(n), literal("SELECT %s FROM %s.%s WHERE id = 0" % (q, q, q)))), [(n,)])
        explain = session.query("EXPLAIN (VERBOSE, FORMAT JSON) SELECT * FROM %s WHERE %s = %s" % (table, q, literal(n)))
        self.same("explain", bool(explain.error), False)
        self.same("analyze", session.query("ANALYZE %s" % table).error, None)

    def movement(self, session, values):
        n, q, here = self.name, ident(self.name), ident(self.local)
        source = literal("%s.%s" % (q, q))
        quiet = "options => '{\"horizon_margin\": 0}'::jsonb"
        for mode, more in (("replace", ""), ("append", ", cursor_field => 'at', cursor_id_field => 'id', " + quiet),
                           ("merge", ", keys => ARRAY['id'], cursor_field => 'at', " + quiet),
                           ("merge by the name", ", keys => ARRAY[%s]" % literal(n))):
            target = "%s.%s" % (here, ident(("%s%s" % (mode[0] + str(len(mode)), n)).encode()[:63].decode("utf-8", "ignore")))
            call = "CALL gw.sync_table(%s, %s, %s, %s%s)" % (literal(n), source, literal(target), literal(mode.split()[0]), more)
            for turn in ("first", "again"):
                result = session.query(call)
                self.same("sync %s, %s" % (mode, turn), result.error and result.error["message"], None)
            if result.error:
                continue
            self.same("sync %s: rows" % mode, session.must("SELECT id, %s FROM %s ORDER BY id" % (q, target)), values)
            if mode != "append":
                continue
            three = "%s, %s, %s" % (literal(n), source, literal(target))
            self.same("get_watermark", session.value("SELECT gw.get_watermark(%s) ->> 'cursor_id'" % three), "5")
            session.must("SELECT gw.set_watermark(%s, '2023-01-01', %s, NULL, '0')" % (three, literal(n)))
            self.same("set_watermark: the reason", session.value(
                "SELECT reason FROM gw.watermark_history ORDER BY history_id DESC LIMIT 1"), n)
            session.must("SELECT gw.reset_watermark(%s, %s)" % (three, literal(n)))
        name = "gw_" + n
        session.must("CALL gw.sync_table(%s, %s, %s, 'append', cursor_field => 'at', options => jsonb_build_object('name', %s, 'horizon_margin', 0))"
                     % (literal(n), source, literal("%s.named" % here), literal(name)))
        self.same("watermark by name", session.value("SELECT gw.get_watermark(%s) ->> 'stream'" % literal(name)), name)
        self.same("stream row", session.must(
            "SELECT server, source, name FROM gw.stream WHERE name = %s" % literal(name))[0][::2], (n, name))


def role_names(lab, hub):
    """gw.grant_usage writes GRANT statements: a role's name is a name, whatever it holds."""
    for label, name in NAMES.items():
        hub.must("CREATE ROLE %s" % ident(name))
        before = hub.value("SELECT count(*) FROM pg_proc WHERE pronamespace = 'gw'::regnamespace AND has_function_privilege('public', oid, 'EXECUTE')")
        result = hub.query("SELECT gw.grant_usage(%s, 'operator')" % literal(name))
        lab.state("names role, %s: grant_usage" % label, result, None)
        lab.equal("names role, %s: ... reaches that role only" % label, (
            hub.value("SELECT has_function_privilege(%s, 'gw.execute(text, text)', 'EXECUTE')" % literal(name)),
            hub.value("SELECT count(*) FROM pg_proc WHERE pronamespace = 'gw'::regnamespace AND has_function_privilege('public', oid, 'EXECUTE')")),
            ("t", before))
        hub.must("DROP OWNED BY %s; DROP ROLE %s" % (ident(name), ident(name)))


def too_long(lab, hub, platform):
    """A name longer than a name is never silently another one."""
    n = platform.name
    with lab.connect("trust_operator") as session:
        server = literal(platform.server)
        for what, call in (("schema", "gw.table_exists(%s, 't', %s)" % (server, literal(WIDE))),
                           ("table", "gw.table_exists(%s, %s, 'public')" % (server, literal(WIDE)))):
            session.must("SELECT gw.execute_ddl(%s, 'CREATE TABLE IF NOT EXISTS public.%s (a int)')" % (server, WIDE[:63]))
            result = session.query("SELECT " + call)
            lab.check("names %s: a %s of 64 bytes is not that of 63" % (n, what),
                      None if result.error or result.rows[0][0] == "f" else "found")
        session.must("SELECT gw.execute_ddl(%s, 'DROP TABLE public.%s')" % (server, WIDE[:63]))


def broken(lab, hub, platform):
    """Bytes that are no text: refused before anything is written with them."""
    with lab.connect("trust_operator") as session:
        for raw in BROKEN:
            text = raw.decode("utf-8", "surrogateescape")
            for what, sql in (("server", "SELECT gw.test_connection(%s)"), ("statement", "SELECT gw.execute('" + platform.server + "', %s)"),
                              ("table", "SELECT gw.table_exists('" + platform.server + "', %s)")):
                lab.state("names %s: invalid bytes %s as %s" % (platform.name, raw.hex(), what),
                          session.query(sql % literal(text)), "22021")
            escape = "E'" + "".join("\\x%02x" % b for b in raw) + "'"
            lab.state("names %s: invalid bytes %s by escapes" % (platform.name, raw.hex()),
                      session.query("SELECT gw.execute('%s', %s)" % (platform.server, escape)), "22021")


def remote_in_ascii(lab, hub, platform):
    """A remote without an encoding hands over any bytes: as values and as names they are errors here."""
    with lab.connect(database="postgres") as root:
        root.must("DROP DATABASE IF EXISTS trust_ascii WITH (FORCE)")
        root.must("CREATE DATABASE trust_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    with lab.connect(database="trust_ascii") as remote:
        remote.must("CREATE TABLE bytes (id int, v text); INSERT INTO bytes VALUES (1, 'good'), (2, E'\\xff\\xfe'), (3, E'\\xc0\\xa7');"
                    "CREATE SCHEMA odd; GRANT ALL ON SCHEMA public, odd TO PUBLIC; GRANT ALL ON bytes TO PUBLIC")
        remote.must("DO $do$ BEGIN EXECUTE format('CREATE TABLE odd.%I (%I int)', E't\\xff', E'c\\xff'); "
                    "EXECUTE format('GRANT ALL ON odd.%I TO PUBLIC', E't\\xff'); END $do$")
        remote.must("CREATE FUNCTION public.complain() RETURNS int LANGUAGE plpgsql AS "
                    "$f$ BEGIN RAISE EXCEPTION USING MESSAGE = E'bad \\xff\\xfe text'; END $f$")
    hub.must("SET client_min_messages = error; CREATE SERVER trust_ascii FOREIGN DATA WRAPPER %s %s; GRANT USAGE ON FOREIGN SERVER trust_ascii TO trust_operator"
             % (platform.wrapper, platform.options("server").replace(platform.remote, "trust_ascii")))
    hub.must(platform.mapping("trust_operator", server="trust_ascii"))
    n = platform.name
    with lab.connect("trust_operator") as session:
        session.must("SET client_min_messages = error; CREATE SCHEMA trust_ascii; CREATE FOREIGN TABLE trust_ascii.bytes (id int, v text) SERVER trust_ascii OPTIONS (schema_name 'public')")
        lab.equal("ascii %s: good text is read" % n, session.must("SELECT v FROM trust_ascii.bytes WHERE id = 1"), [("good",)])
        for key in (2, 3):
            lab.state("ascii %s: row %d is an error" % (n, key), session.query("SELECT v FROM trust_ascii.bytes WHERE id = %d" % key), "22021")
        lab.state("ascii %s: execute_query" % n, session.query(
            "SELECT * FROM gw.execute_query('trust_ascii', 'SELECT v FROM public.bytes') AS r(v text)"), "22021")
        lab.state("ascii %s: execute_query_json" % n, session.query("SELECT gw.execute_query_json('trust_ascii', 'SELECT v FROM public.bytes')"), "22021")
        lab.state("ascii %s: sync" % n, session.query("CALL gw.sync_table('trust_ascii', 'public.bytes', 'trust_ascii.copy', 'replace')"), "22021")
        lab.check("ascii %s: import of invalid names" % n, None if session.query(
            "IMPORT FOREIGN SCHEMA odd FROM SERVER trust_ascii INTO trust_ascii").error else "imported")
        lab.check("ascii %s: list_tables of invalid names" % n, None if session.query(
            "SELECT * FROM gw.list_tables('trust_ascii', 'odd')").error else "listed")
        result = session.query("SELECT gw.execute('trust_ascii', 'SELECT public.complain()')")
        # PostgreSQL itself refuses to send such a text, and says so instead.
        lab.state("ascii %s: an error text of invalid bytes" % n, result, "22021")
        lab.equal("ascii %s: the session goes on" % n, session.must("SELECT v FROM trust_ascii.bytes WHERE id = 1"), [("good",)])
    hub.must("DROP SCHEMA trust_ascii CASCADE; DROP SERVER trust_ascii CASCADE")
    with lab.connect(database="postgres") as root:
        root.must("DROP DATABASE trust_ascii WITH (FORCE)")


def run(lab):
    with lab.connect() as hub:
        role_names(lab, hub)
        hub.must("SET client_min_messages = error")
        for platform in lab.on_postgres("names"):
            too_long(lab, hub, platform)
            broken(lab, hub, platform)
            if platform.remote != "trust_hub":
                remote_in_ascii(lab, hub, platform)
            for label, name in NAMES.items():
                case = Case(lab, platform, label, name)
                with lab.connect("trust_operator") as session:
                    session.must("SET client_min_messages = error")
                    try:
                        case.run(hub, session)
                    except Exception as error:  # whatever broke, it is this name's failure
                        lab.check("names %s, %s" % (platform.name, label), error)
                with lab.connect() as root, lab.connect(database=platform.remote) as remote:
                    root.must("SET client_min_messages = error; DROP SCHEMA IF EXISTS %s CASCADE; DROP SERVER %s CASCADE; DELETE FROM gw.stream"
                              % (ident(case.local), ident(name)))
                    remote.must("SET client_min_messages = error; DROP SCHEMA IF EXISTS %s CASCADE" % ident(name))
