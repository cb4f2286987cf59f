"""The local side, whatever the platform: the utility hook, configurations, catalogs, dumps, files.

Server wh is one of platform postgres, to which app and snoop have mappings.
"""
import os
import re
import subprocess

from search import FOLDER, LOCAL, LOCAL_DIR, SECRETS, connect, pq

literal = pq.literal


def statements(stage):
    """The utility hook: texts that set a password are stored nowhere, also of statements that fail."""
    canary = stage.canary
    secret = literal(SECRETS["mistyped"])
    # log_statement cannot be helped; the duration line and what a failed statement leaves in the log can.
    partly = "SET log_statement = none; SET client_min_messages = error;"
    with connect() as session:
        session.must(partly)
        for sql in ("CREATE USER MAPPING FOR snoop SERVER wh OPTIONS (\"user\" 'x', password %s)" % secret,
                    "CREATE USER MAPPING FOR watcher SERVER wh OPTIONS (\"user\" 'x', passwrd %s)" % secret,
                    "CREATE USER MAPPING FOR watcher SERVER typo OPTIONS (\"user\" 'x', password %s)" % secret,
                    "CREATE USER MAPPING FOR nobody SERVER wh OPTIONS (\"user\" 'x', password %s)" % secret,
                    "ALTER USER MAPPING FOR watcher SERVER wh OPTIONS (SET password %s)" % secret,
                    "ALTER USER MAPPING FOR snoop SERVER wh OPTIONS (ADD password_ref %s)" % secret,
                    "/* %s */ ALTER USER MAPPING FOR snoop SERVER wh OPTIONS (ADD password $x$%s$x$)" % (SECRETS["mistyped"], SECRETS["mistyped"])):
            result = session.query(sql)
            canary.check("statement: refused: " + sql[:32], None if result.error else "taken")
            canary.note("statement", session, result)
        for sql in ("ALTER USER MAPPING FOR snoop SERVER wh OPTIONS (SET password E'%s')" % SECRETS["mistyped"],
                    "SELECT 1 AS one; ALTER USER MAPPING FOR snoop SERVER wh OPTIONS (SET password U&'%s'); SELECT 2 AS two" % SECRETS["mistyped"],
                    "CREATE USER MAPPING FOR watcher SERVER wh OPTIONS (\"user\" 'x', password %s)" % secret,
                    "CREATE USER MAPPING IF NOT EXISTS FOR watcher SERVER wh OPTIONS (\"user\" 'x', password %s)" % secret,
                    "DROP USER MAPPING FOR watcher SERVER wh"):
            session.must(sql)
            with connect("watcher") as watcher:
                canary.search("statement: not in pg_stat_activity: " + re.sub("WGWCANARY", "...", sql)[:40], [
                    ("pg_stat_activity", str(watcher.must("SELECT query FROM pg_stat_activity WHERE pid = %d" % session.pid)))])
        session.must("CREATE FUNCTION app.set_password(p text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
                     "EXECUTE format('ALTER USER MAPPING FOR snoop SERVER wh OPTIONS (SET password %L)', p); END $$")
        path = os.path.join(FOLDER, "secrets", "nested")
        with open(path, "w", encoding="utf-8") as file:
            file.write(SECRETS["nested"])
        session.must("SELECT app.set_password(pg_read_file(%s))" % literal(path))
        shown = session.must("SELECT query FROM pg_stat_statements WHERE query ~ 'USER MAPPING FOR (snoop|watcher)' ORDER BY 1")
        texts = {row[0] for row in shown}
        canary.check("statement: pg_stat_statements names the mapping", None if any("ALTER USER MAPPING FOR snoop SERVER wh" in t for t in texts) else str(texts))
        canary.check("statement: ... and its neighbours", None if session.value(
            "SELECT count(*) FROM pg_stat_statements WHERE query = 'SELECT $1 AS one'") == "1" else str(shown))
        # Somebody else's wrapper is none of our business.
        session.must("CREATE FOREIGN DATA WRAPPER foreign_to_us; CREATE SERVER foreign_to_us FOREIGN DATA WRAPPER foreign_to_us;"
                     "CREATE USER MAPPING FOR app SERVER foreign_to_us OPTIONS (whatever 'plain')")
        canary.check("statement: other wrappers keep their texts", None if session.value(
            "SELECT count(*) FROM pg_stat_statements WHERE query LIKE 'CREATE USER MAPPING%whatever%plain%'") == "1" else "gone")
    stage.mapping("wh", "\"user\" 'r_quotes', password %s" % literal(SECRETS["quotes"]), "snoop")


def configured(stage):
    """Secrets of a .env file, used well and badly, show in no message, activity or export."""
    canary = stage.canary
    config, env = (os.path.join(FOLDER, "secrets", "canary" + ext) for ext in (".yaml", ".env"))
    with open(os.open(env, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write("CONFIGURED_PASSWORD=%s\n" % SECRETS["configured"])
    call = "SELECT * FROM gw.load_config_file(%s, %s)" % (literal(config), literal(env))
    with connect() as session:
        session.must("SET client_min_messages = debug1")
        for keys, wanted in (("port: ${CONFIGURED_PASSWORD}", True), ("hots: ${CONFIGURED_PASSWORD}", True),
                             ("type: ${CONFIGURED_PASSWORD}", True), ("password: ${CONFIGURED_PASSWORD}", True),
                             ("user: x, password: ${CONFIGURED_PASSWORD}, password_ref: 'env:WGW_X'", True),
                             ("user: x, password: {a: ${CONFIGURED_PASSWORD}}", True),
                             ("user: x, password: ${CONFIGURED_PASSWORD}", False),
                             ("user: y, password: ${CONFIGURED_PASSWORD}, host: nowhere.invalid", False)):
            with open(config, "w", encoding="utf-8") as file:
                file.write("connections: {configured: {%s%s}}\n" % ("" if "type:" in keys else "type: postgres, ", keys))
            result = session.query(call)
            canary.check("configured: %s: %s" % ("refused" if wanted else "taken", keys[:32]),
                         None if bool(result.error) == wanted else str(result.error))
            canary.note("configured", session, result)
            with connect("watcher") as watcher:
                canary.search("configured: not in pg_stat_activity: " + keys[:32], [
                    ("pg_stat_activity", str(watcher.must("SELECT query FROM pg_stat_activity WHERE pid = %d" % session.pid)))])
        canary.note("configured", session, session.query("SELECT gw.export_config()"))
        session.must("DROP SERVER configured CASCADE")


def visible(stage):
    """Catalogs and dumps: the mapping's own user and superusers see its options, nobody else."""
    canary = stage.canary
    for role in ("snoop", "watcher"):
        with connect(role) as session:
            pieces = []
            for table in ("pg_user_mappings", "information_schema.user_mapping_options", "pg_foreign_server", "pg_foreign_table",
                          "pg_stat_activity", "pg_settings", "pg_stat_statements", "pg_catalog.pg_foreign_data_wrapper"):
                result = session.query("SELECT t::text FROM %s t" % table)
                own = SECRETS["quotes"].split("'")[0] if role == "snoop" and "mapping" in table else "-"
                pieces.append((table, "\n".join(row[0].replace(own, "") for row in result.rows) or "-"))
            canary.search("visible: %s sees no other's secret" % role, pieces)
            canary.state("visible: %s cannot read pg_user_mapping" % role, session.query("SELECT * FROM pg_user_mapping"), "42501")
    with connect("app") as session:
        rows = str(session.must("SELECT umoptions FROM pg_user_mappings WHERE srvname = 'wh'"))
        canary.check("visible: a user sees the own options, no other's",
                     None if SECRETS["literal"] in rows and "WGWCANARY_5" not in rows else rows)
    pieces = []
    for role in ("app", "snoop", "watcher"):
        for program in (["pg_dumpall"], ["pg_dump", "-d", "postgres"], ["pg_dump", "-s", "-d", "postgres"]):
            done = subprocess.run(program + ["-h", LOCAL["host"], "-p", LOCAL["port"], "-U", role], capture_output=True, timeout=600)
            text = done.stdout + done.stderr
            own = {"app": rb"WGWCANARY_1'", "snoop": rb"WGWCANARY_5''"}.get(role, b"-")
            pieces.append(("%s as %s" % (program[0], role), text.replace(own, b"")))
    canary.search("visible: dumps of ordinary roles", pieces)
    done = subprocess.run(["pg_dumpall", "-h", LOCAL["host"], "-p", LOCAL["port"], "-U", "postgres"], capture_output=True, timeout=600)
    lines = [l for l in done.stdout.split(b"\n") if b"WGWCANARY" in l]
    canary.check("visible: a superuser's dump holds them in user mappings only", None if lines and all(
        re.match(rb"\s+(password|sslpassword) E?'", l) for l in lines) else lines)


def files(stage):
    """Everything below the data directory but the one catalog and the log of changes; and the log."""
    canary = stage.canary
    stage.local.must("CHECKPOINT")
    allowed, pieces = set(), []
    for oid in ("pg_user_mapping", "pg_toast.pg_toast_%s" % stage.local.value("SELECT 'pg_user_mapping'::regclass::oid")):
        result = stage.local.query("SELECT pg_relation_filepath(%s)" % literal(oid))
        if not result.error:
            allowed.add(os.path.join(LOCAL_DIR, result.rows[0][0]))
    for folder, _, names in os.walk(LOCAL_DIR):
        for name in names:
            path = os.path.join(folder, name)
            if path in allowed or "/pg_wal/" in path:
                continue
            try:
                with open(path, "rb") as file:
                    pieces.append((path[len(LOCAL_DIR):], file.read()))
            except OSError:
                continue
    canary.search("files: the local data directory", pieces)
    with open(LOCAL_DIR + ".log", "rb") as file:
        # At debug3 the postmaster itself prints the environment it was started with.
        text = re.sub(rb"DEBUG:  \tWGW_CANARY=[^\n]*", b"", file.read())
    canary.check("files: the local log was kept", None if len(text) > 10000 else "%d bytes" % len(text))
    canary.search("files: the local log", [("log", text)])
    canary.search("pg_stat_statements", [("pg_stat_statements", row[0]) for row in stage.local.must("SELECT query FROM pg_stat_statements")])
    tables = stage.local.must(
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        "WHERE relkind IN ('r', 'm') AND relname NOT IN ('pg_user_mapping', 'pg_largeobject') AND nspname !~ '^pg_toast'")
    canary.search("tables: every one of the local side", [
        (t, "\n".join(r[0] for r in stage.local.must("SELECT t::text FROM %s t" % t))) for (t,) in tables])
