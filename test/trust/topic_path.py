"""Hostile objects that come first in the search_path (A5): results are the same, and none of them runs.

For every function that our SQL names, every operator on the types it uses, and every relation and type it
reads, a twin is put into public (and relations into pg_temp), here and on the remote side.  A twin says
TROJAN in a WARNING; the server's log and the session's notices are searched for it.
"""
import glob
import os
import re

from lab import HERE, HUB, ident, literal

TYPES = ("text", "name", "integer", "bigint", "smallint", "oid", "boolean", "timestamp with time zone",
         "jsonb", "json", '"char"', "numeric", "xid", "uuid", "bytea", "interval", "double precision",
         "text[]", "oid[]", "smallint[]", "name[]", "regclass", "pg_lsn", "xid8", "pg_snapshot", "date")
ROWS = "(1, 'a', timestamptz '2024-01-01 00:00Z'), (2, 'b', timestamptz '2024-01-02 00:00Z'), (3, NULL, timestamptz '2024-01-03 00:00Z')"


def words_of_ours():
    top = os.path.join(HERE, "..", "..")
    text = ""
    for pattern in ("src/*/*.sql", "sql/*/*.sql", "src/*/*.c", "fdw/*.c"):
        for path in glob.glob(os.path.join(top, pattern)):
            with open(path, encoding="utf-8") as file:
                text += file.read()
    return sorted(set(re.findall(r"\b[a-z_][a-z0-9_]{2,}\b", text)))


def plant(session):
    """Twins of what our SQL names; returns how many there are."""
    words = "ARRAY[%s]" % ", ".join(literal(w) for w in words_of_ours())
    types = "ARRAY[%s]::regtype[]::oid[]" % ", ".join(literal(t) for t in TYPES)
    session.must("""
        SET client_min_messages = error; SET search_path = pg_catalog;
        CREATE FUNCTION public.trojan(what text) RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN RAISE WARNING 'TROJAN %%', what; END $$;
        DO $do$
        DECLARE r record; body text; n int := 0;
        BEGIN
          FOR r IN SELECT p.oid, p.proname, pg_get_function_identity_arguments(p.oid) AS args, p.prorettype::regtype::text AS ret, p.proretset
            FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.proname = ANY (%(words)s)
              AND p.prorettype NOT IN (SELECT oid FROM pg_type WHERE typtype = 'p') AND p.provariadic = 0 AND p.proargmodes IS NULL
              AND NOT EXISTS (SELECT FROM unnest(p.proargtypes) a JOIN pg_type t ON t.oid = a WHERE t.typtype = 'p')
          LOOP
            EXECUTE format('CREATE FUNCTION public.%%I(%%s) RETURNS %%s %%s LANGUAGE plpgsql AS %%L', r.proname, r.args,
              CASE WHEN r.proretset THEN 'SETOF' ELSE '' END, r.ret,
              format('BEGIN PERFORM public.trojan(%%L); %%s; END', r.proname, CASE WHEN r.proretset THEN 'RETURN' ELSE 'RETURN NULL' END));
          END LOOP;
          FOR r IN SELECT o.oprname, o.oprleft::regtype::text AS l, o.oprright::regtype::text AS r, o.oprresult::regtype::text AS ret, o.oid
            FROM pg_operator o WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprleft = ANY (%(types)s) AND o.oprright = ANY (%(types)s)
              AND o.oprresult NOT IN (SELECT oid FROM pg_type WHERE typtype = 'p')
          LOOP
            EXECUTE format('CREATE FUNCTION public.trojan_op_%%s(%%s, %%s) RETURNS %%s LANGUAGE plpgsql AS %%L', r.oid, r.l, r.r, r.ret,
              format('BEGIN PERFORM public.trojan(%%L); RETURN NULL; END', r.l || r.oprname || r.r));
            EXECUTE format('CREATE OPERATOR public.%%s (FUNCTION = public.trojan_op_%%s, LEFTARG = %%s, RIGHTARG = %%s)', r.oprname, r.oid, r.l, r.r);
          END LOOP;
          -- An operator that fits better than the built-in: text compared with name, and unknown with anything.
          FOR r IN SELECT a.typname AS l, b.typname AS r, op FROM pg_type a, pg_type b, unnest(ARRAY['=', '<>', '||', '~', '<', '>']) op
            WHERE a.oid = ANY (%(types)s) AND b.oid = ANY (%(types)s) AND a.typcategory <> 'A' AND b.typcategory <> 'A' AND a.oid <> b.oid
              AND NOT EXISTS (SELECT FROM pg_operator WHERE oprname = op AND oprleft = a.oid AND oprright = b.oid AND oprnamespace = 'public'::regnamespace)
          LOOP
            n := n + 1;
            EXECUTE format('CREATE FUNCTION public.trojan_mix_%%s(pg_catalog.%%I, pg_catalog.%%I) RETURNS boolean LANGUAGE plpgsql AS %%L', n, r.l, r.r,
              format('BEGIN PERFORM public.trojan(%%L); RETURN true; END', r.l || r.op || r.r));
            EXECUTE format('CREATE OPERATOR public.%%s (FUNCTION = public.trojan_mix_%%s, LEFTARG = pg_catalog.%%I, RIGHTARG = pg_catalog.%%I)', r.op, n, r.l, r.r);
          END LOOP;
          FOR r IN SELECT c.relname, string_agg(format('NULL::%%s AS %%I', CASE WHEN t.typtype = 'p' THEN 'pg_catalog.text' ELSE format_type(a.atttypid, a.atttypmod) END, a.attname), ', ' ORDER BY a.attnum) AS cols
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid
            WHERE c.relnamespace IN ('pg_catalog'::regnamespace, (SELECT oid FROM pg_namespace WHERE nspname = 'gw')) AND c.relkind IN ('r', 'v')
              AND c.relname = ANY (%(words)s) GROUP BY c.relname
          LOOP
            EXECUTE format('CREATE VIEW public.%%I AS SELECT %%s FROM public.trojan(%%L) OFFSET 0', r.relname, r.cols, r.relname);
          END LOOP;
        END $do$;
        CREATE DOMAIN public.text AS pg_catalog.text CHECK (public.trojan('text') IS NULL);
        CREATE DOMAIN public.jsonb AS pg_catalog.jsonb CHECK (public.trojan('jsonb') IS NULL);
        CREATE DOMAIN public.name AS pg_catalog.name CHECK (public.trojan('name') IS NULL);
        CREATE DOMAIN public.oid AS pg_catalog.oid CHECK (public.trojan('oid') IS NULL);
        CREATE DOMAIN public.int4 AS pg_catalog.int4 CHECK (public.trojan('int4') IS NULL);
        CREATE DOMAIN public.int8 AS pg_catalog.int8 CHECK (public.trojan('int8') IS NULL);
        CREATE DOMAIN public.timestamptz AS pg_catalog.timestamptz CHECK (public.trojan('timestamptz') IS NULL);
        CREATE DOMAIN public.regclass AS pg_catalog.regclass CHECK (public.trojan('regclass') IS NULL);
        GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC;
        GRANT USAGE ON TYPE public.text, public.jsonb, public.name TO PUBLIC
        """ % {"words": words, "types": types})
    return int(session.value("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"))


def temp_twins(session):
    """Temporary tables and types precede everything, even pg_catalog, unless pg_temp is named."""
    for name in ("pg_class", "pg_namespace", "pg_attribute", "pg_type", "pg_proc", "pg_foreign_server", "pg_collation",
                 "pg_constraint", "pg_index", "stream", "watermark", "run", "task", "batch", "watermark_history", "pg_roles"):
        session.must("CREATE TEMP TABLE %s (trojan pg_catalog.int4)" % name)
    for name in ("text", "jsonb", "int4", "oid", "regclass", "timestamptz"):
        session.must("CREATE DOMAIN pg_temp.%s AS pg_catalog.%s CHECK (public.trojan('pg_temp') IS NULL)" % (name, name))


def calls(platform):
    s = platform.server
    schema = '{"columns": [{"name": "id", "type": "INT64", "nullable": false}, {"name": "note", "type": "STRING"}]}'
    q = literal
    sync = "CALL gw.sync_table('%s', 'trust_path.src', 'trust_mine.%s', %s)"
    later = "options => '{\"horizon_margin\": 0}'::pg_catalog.jsonb"
    return [
        "SELECT name, aliases FROM gw.platforms() ",
        "SELECT count, sum FROM (SELECT pg_catalog.count(*), pg_catalog.sum(pg_catalog.length(description)) FROM gw.options('%s')) x" % platform.name,
        "SELECT pg_catalog.count(*) FROM gw.pushdown_rules('%s')" % platform.name,
        "SELECT gw.test_connection('%s')" % s,
        'SELECT ok, server_version, "current_user", error_class, sqlstate, message FROM gw.check_connection(\'%s\')' % s,
        "SELECT gw.server_info('%s') OPERATOR(pg_catalog.-) 'latency'" % s,
        "SELECT server, role, state FROM gw.connections() WHERE server OPERATOR(pg_catalog.=) '%s'" % s,
        "SELECT name FROM gw.list_databases('%s') WHERE name OPERATOR(pg_catalog.~~) 'trust%%'" % s,
        "SELECT name FROM gw.list_schemas('%s')" % s,
        "SELECT schema_name, table_name, kind FROM gw.list_tables('%s', 'trust_path', '%%r%%')" % s,
        "SELECT gw.table_exists('%s', 'trust_path.src')" % s,
        "SELECT gw.get_target_schema('%s', 'src', 'trust_path') OPERATOR(pg_catalog.-) 'captured_at' OPERATOR(pg_catalog.-) 'stats'" % s,
        "SELECT gw.get_target_schema('%s', 'refers', 'trust_path') OPERATOR(pg_catalog.-) 'captured_at' OPERATOR(pg_catalog.-) 'stats'" % s,
        "SELECT table_name, target_schema OPERATOR(pg_catalog.-) 'captured_at' OPERATOR(pg_catalog.-) 'stats' FROM gw.get_target_schemas('%s', 'trust_path')" % s,
        "SELECT * FROM gw.validate_schema(%s)" % q(schema.replace("INT64", "INTT")),
        "SELECT gw.normalize_schema(%s)" % q(schema),
        "SELECT gw.schema_fingerprint(%s)" % q(schema),
        "SELECT gw.type_text('{\"name\": \"a\", \"type\": \"ARRAY<INT64>\"}')",
        "SELECT gw.local_schema('trust_mine.plain') OPERATOR(pg_catalog.-) 'captured_at' OPERATOR(pg_catalog.-) 'stats'",
        "SELECT gw.execute_ddl('%s', 'CREATE TABLE trust_path.made (a pg_catalog.int4)') OPERATOR(pg_catalog.-) 'elapsed_ms'" % s,
        "SELECT gw.execute('%s', 'INSERT INTO trust_path.made VALUES (1), (2)')" % s,
        "SELECT gw.execute('%s', 'INSERT INTO trust_path.made VALUES ($1)', 3)" % s,
        "SELECT * FROM gw.execute_query('%s', 'SELECT id, note FROM trust_path.src') AS r(id pg_catalog.int4, note pg_catalog.text)" % s,
        "SELECT gw.execute_query_json('%s', 'SELECT id, note, at FROM trust_path.src')" % s,
        "SELECT pg_catalog.jsonb_typeof(gw.explain_remote('%s', 'SELECT id FROM trust_path.src'))" % s,
        "SELECT gw.execute_ddl('%s', 'DROP TABLE trust_path.made') OPERATOR(pg_catalog.-) 'elapsed_ms'" % s,
        "IMPORT FOREIGN SCHEMA trust_path FROM SERVER %s INTO trust_mine" % s,
        "SELECT * FROM trust_mine.src",
        "SELECT * FROM trust_mine.src WHERE note OPERATOR(pg_catalog.=) 'a'",
        "SELECT * FROM trust_mine.src WHERE id OPERATOR(pg_catalog.>) 1 ORDER BY id LIMIT 1",
        "SELECT pg_catalog.lower(note) FROM trust_mine.src WHERE pg_catalog.lower(note) OPERATOR(pg_catalog.=) 'b'",
        "SELECT * FROM trust_mine.src WHERE at OPERATOR(pg_catalog.>=) pg_catalog.timestamptz('2024-01-02 00:00Z'::pg_catalog.date)",
        "EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM trust_mine.src WHERE id OPERATOR(pg_catalog.=) 1 AND note OPERATOR(pg_catalog.~~) 'a%'",
        "ANALYZE trust_mine.src",
        "SELECT pg_catalog.count(*) FROM trust_mine.src",
        sync % (s, "r", "'replace'"), "SELECT * FROM trust_mine.r", sync % (s, "r", "'replace'"), "SELECT * FROM trust_mine.r",
        sync % (s, "a", "'append', cursor_field => 'at', " + later), "SELECT * FROM trust_mine.a",
        sync % (s, "a", "'append', cursor_field => 'at', " + later), "SELECT * FROM trust_mine.a",
        sync % (s, "i", "'append', cursor_field => 'id', " + later), "SELECT * FROM trust_mine.i",
        sync % (s, "m", "'merge', keys => '{id}', cursor_field => 'at', " + later), "SELECT * FROM trust_mine.m",
        "SELECT gw.get_watermark('%s', 'trust_path.src', 'trust_mine.a') OPERATOR(pg_catalog.-) 'updated_at'" % s,
        "SELECT gw.set_watermark('%s', 'trust_path.src', 'trust_mine.a', '2024-01-01 00:00Z', 'again')" % s,
        sync % (s, "a", "'append', cursor_field => 'at', " + later), "SELECT * FROM trust_mine.a",
        "SELECT gw.reset_watermark('%s', 'trust_path.src', 'trust_mine.m', 'again')" % s,
        sync % (s, "m", "'merge', keys => '{id}', cursor_field => 'at', " + later), "SELECT * FROM trust_mine.m",
        "SELECT gw.grant_usage('trust_reader', 'operator')",
        "SELECT gw.disconnect('%s')" % s, "SELECT gw.disconnect_all()",
    ]


def steady(rows):
    """Without times, numbers of runs and sizes, which differ from call to call."""
    text = "\n".join(sorted(repr(r) for r in rows))
    return re.sub(r'("(elapsed_ms|run_id|hi|approximate|bytes|rows)": )[^,}]*', r"\1-", text)


def once(lab, platform, path, twins):
    """All calls under one search_path: [(statement, outcome)], and the notices."""
    out = []
    with lab.connect(database=platform.remote) as remote:
        remote.must("SET search_path = pg_catalog; DROP SCHEMA IF EXISTS trust_path CASCADE; CREATE SCHEMA trust_path; GRANT ALL ON SCHEMA trust_path TO PUBLIC;"
                    "CREATE TABLE trust_path.src (id pg_catalog.int4 PRIMARY KEY, note pg_catalog.text, at pg_catalog.timestamptz);"
                    "CREATE TABLE trust_path.refers (id pg_catalog.int8 GENERATED BY DEFAULT AS IDENTITY UNIQUE, src pg_catalog.int4 REFERENCES trust_path.src "
                    "ON DELETE SET NULL, n pg_catalog.numeric(10,2) DEFAULT 1.5 CHECK (n OPERATOR(pg_catalog.>) 0), g pg_catalog.int4 GENERATED ALWAYS AS "
                    "(src OPERATOR(pg_catalog.+) 1) STORED, t pg_catalog.varchar(9) COLLATE pg_catalog.\"C\") ; COMMENT ON COLUMN trust_path.refers.n IS 'a';"
                    "CREATE INDEX ON trust_path.refers (t, n); CREATE VIEW trust_path.seen AS SELECT id FROM trust_path.src;"
                    "CREATE TABLE trust_path.parted (a pg_catalog.int4, b pg_catalog.date) PARTITION BY RANGE (b); CREATE TABLE trust_path.parted_1 PARTITION OF trust_path.parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
                    "INSERT INTO trust_path.src VALUES %s; GRANT ALL ON trust_path.src TO PUBLIC" % ROWS)
    with lab.connect() as hub:
        hub.must("SET search_path = pg_catalog; SET client_min_messages = error; DROP SCHEMA IF EXISTS trust_mine CASCADE; CREATE SCHEMA trust_mine;"
                 "CREATE TABLE trust_mine.plain (id pg_catalog.int4 PRIMARY KEY, note pg_catalog.text NOT NULL);"
                 "DELETE FROM gw.stream WHERE server OPERATOR(pg_catalog.=) '%s'" % platform.server)
    with lab.connect() as session:
        if twins:
            temp_twins(session)
        session.must("SET search_path = " + path)
        for statement in calls(platform):
            result = session.query(statement, 60)
            out.append((statement, result.error["sqlstate"] + " " + result.error["message"] if result.error
                        else steady(result.rows)))
        notices = [n["message"] for n in session.notices if "TROJAN" in (n["message"] or "")]
    return out, notices


def log_size():
    path = os.environ.get("GW_LOG")
    return os.path.getsize(path) if path else 0


def trojans_in_log(since):
    path = os.environ.get("GW_LOG")
    if not path:
        return []
    with open(path, encoding="utf-8", errors="replace") as file:
        file.seek(since)
        return sorted(set(re.findall(r"TROJAN .*", file.read())))


def run(lab):
    platforms = lab.on_postgres("path")
    if not platforms:
        return
    clean = {p.name: once(lab, p, '"$user", public', False) for p in platforms}
    for platform in platforms:
        for statement, outcome in clean[platform.name][0]:
            lab.check("path %s: works at all: %s" % (platform.name, statement[:70]),
                      outcome if re.match(r"[0-9A-Z]{5} ", outcome) else None)
    databases = sorted({HUB} | {p.remote for p in platforms})
    for database in databases:
        with lab.connect(database=database) as session:
            planted = plant(session)
            lab.check("path: twins in %s" % database, None if planted > 1000 else "only %d" % planted)
            if database != HUB:
                session.must("ALTER DATABASE %s SET search_path = public, pg_catalog" % database)
    for platform in platforms:
        since = log_size()
        hostile, notices = once(lab, platform, "pg_temp, public, pg_catalog", True)
        for (statement, want), (_, got) in zip(clean[platform.name][0], hostile):
            lab.equal("path %s: %s" % (platform.name, statement[:70]), got, want)
        lab.check("path %s: no twin ran in the session" % platform.name, ", ".join(sorted(set(notices))))
        lab.check("path %s: no twin ran anywhere" % platform.name, ", ".join(trojans_in_log(since)))
    # The judge must be able to see one.
    since = log_size()
    with lab.connect() as session:
        session.must("SET search_path = public, pg_catalog")
        session.query("SELECT lower('A'::pg_catalog.text)")
        lab.check("path: a twin that runs is noticed", None if session.notices else "no notice")
    with lab.connect() as session:
        session.must("SET search_path = pg_catalog; DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC;"
                     "DROP SCHEMA trust_mine CASCADE; REVOKE ALL ON ALL ROUTINES IN SCHEMA gw FROM trust_reader;"
                     "SELECT gw.grant_usage('trust_reader', 'reader')")
    for database in databases:
        if database != HUB:
            with lab.connect(database=database) as session:
                session.must("SET search_path = pg_catalog; ALTER DATABASE %s RESET search_path; DROP SCHEMA public CASCADE;"
                             "CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC" % database)
