"""Who may call and see what, by the final catalogs and by trying.

A1 of the checklist (no function open to PUBLIC outside a listed set), and what A6 and A11 say of
gw's own tables: a role sees its own rows, nobody writes, a dump carries what it should.
"""
import configparser
import fnmatch
import os
import subprocess

from lab import HERE, HUB, ROLES, ident, literal

LEVELS = ("public", "reader", "operator", "superuser")
# Which levels each role of ours has.
HAS = {"trust_none": 0, "trust_reader": 1, "trust_operator": 2, "postgres": 3}


def wanted_level(conf, name):
    for level in LEVELS:
        if any(fnmatch.fnmatchcase(name, p) for p in conf[level]["names"].split()):
            return level
    return None


def call(kind, name, types):
    """A call with NULLs, none of them a constant: a strict function would be folded away unasked."""
    types = [t.strip('"') for t in types.split(",") if t]
    if kind == "p":
        return "CALL gw.%s(%s)" % (ident(name), ", ".join("NULL::" + t for t in types))
    return "SELECT gw.%s(%s) FROM (SELECT %s OFFSET 0) v" % (
        ident(name), ", ".join("a%d" % i for i in range(len(types))),
        ", ".join("NULL::%s AS a%d" % (t, i) for i, t in enumerate(types)))


def functions(lab, hub):
    conf = configparser.ConfigParser()
    conf.read(os.path.join(HERE, "acl.conf"))
    rows = hub.must("""
        SELECT p.oid, p.proname, p.oid::regprocedure, p.prokind, p.prosecdef,
               p.prorettype = 'trigger'::regtype,
               p.prorettype IN ('fdw_handler'::regtype) OR p.proname LIKE '%\\_validator',
               ARRAY(SELECT format_type(CASE t WHEN '"any"'::regtype THEN 'text'::regtype ELSE t END, NULL)
                     FROM unnest(p.proargtypes) WITH ORDINALITY u(t, n) ORDER BY n),
               EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                       WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE')
        FROM pg_proc p WHERE p.pronamespace = 'gw'::regnamespace ORDER BY p.oid::regprocedure::text""")
    connections = {role: lab.connect(role) for role in HAS}
    for oid, name, shown, kind, definer, trigger, plumbing, nulls, public in rows:
        level = wanted_level(conf, name)
        if level is None:
            lab.check("acl %s" % shown, "stands in no list of acl.conf")
            continue
        lab.equal("acl %s: open to PUBLIC" % shown, public, "t" if level == "public" else "f")
        lab.equal("acl %s: not SECURITY DEFINER" % shown, definer, "f")
        for role, has in HAS.items():
            may = has >= LEVELS.index(level)
            got = hub.value("SELECT has_function_privilege('%s', %s, 'EXECUTE')" % (role, oid))
            lab.equal("acl %s: %s by the catalog" % (shown, role), got, "t" if may else "f")
            if trigger == "t" or plumbing == "t" or role == "trust_none":
                continue
            result = connections[role].query("BEGIN; " + call(kind, name, nulls[1:-1]))
            denied = bool(result.error) and result.error["message"].startswith("permission denied for")
            connections[role].query("ROLLBACK")
            lab.check("acl %s: %s by calling it" % (shown, role),
                      None if denied != may else
                      "%s: %s" % ("refused" if denied else "let in", result.error))
    result = connections["trust_none"].query("SELECT * FROM gw.platforms()")
    lab.state("acl: without gw.grant_usage the schema is closed", result, "42501")
    for connection in connections.values():
        connection.close()


def later_grant(lab, hub):
    """A reader is not an operator through some other role, and grant_usage is not for granting oneself."""
    for role in ("trust_reader", "trust_operator", "trust_admin"):
        with lab.connect(role) as session:
            for kind in ("reader", "operator"):
                session.query("SELECT gw.grant_usage('%s', %s)" % (role, literal(kind)))
    rows = hub.must("SELECT count(*) FROM pg_proc p WHERE pronamespace = 'gw'::regnamespace AND "
                    "has_function_privilege('trust_reader', oid, 'EXECUTE') AND proname ~ '^(execute|execute_ddl|sync_table|set_watermark)$'")
    lab.equal("acl: nobody grants himself more", rows[0][0], "0")


def tables(lab, hub):
    names = [row[0] for row in hub.must(
        "SELECT relname FROM pg_class WHERE relnamespace = 'gw'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1")]
    for name in names:
        lab.equal("table %s: row level security" % name, hub.value(
            "SELECT relrowsecurity FROM pg_class WHERE oid = 'gw.%s'::regclass" % name), "t")
    for role in ("trust_none", "trust_reader", "trust_admin", "trust_operator", "trust_other"):
        with lab.connect(role) as session:
            for name in names:
                first = session.query("SELECT * FROM gw.%s LIMIT 0" % name)
                reads = role in ("trust_operator", "trust_other")
                lab.state("table %s: %s reads" % (name, role), first, None if reads else "42501")
                column = hub.value("SELECT attname FROM pg_attribute WHERE attrelid = 'gw.%s'::regclass "
                                   "AND attnum = 1" % name)
                for verb, sql in (("inserts", "INSERT INTO gw.%s DEFAULT VALUES"),
                                  ("updates", "UPDATE gw.%s SET " + column + " = DEFAULT"),
                                  ("deletes", "DELETE FROM gw.%s"), ("truncates", "TRUNCATE gw.%s"),
                                  ("locks", "BEGIN; LOCK TABLE gw.%s IN EXCLUSIVE MODE")):
                    lab.state("table %s: %s %s nothing" % (name, role, verb),
                              session.query(sql % name), "42501")
                    session.query("ROLLBACK")
    lab.equal("dump: streams, watermarks and their history are carried", hub.value(
        "SELECT string_agg(c.oid::regclass::text, ' ' ORDER BY c.oid::regclass::text) FROM pg_extension e, "
        "unnest(e.extconfig) t JOIN pg_class c ON c.oid = t WHERE e.extname = 'warehouse_gw' AND c.relkind = 'r' "
        "AND c.relname IN ('stream', 'watermark', 'watermark_history')"),
        "gw.stream gw.watermark gw.watermark_history")


def rows_of_others(lab, hub):
    """Two operators: what one has moved, the other neither sees nor moves."""
    hub.must("CREATE SCHEMA trust_rows AUTHORIZATION trust_operator; CREATE TABLE trust_rows.src (id int, at timestamptz);"
             "INSERT INTO trust_rows.src SELECT g, timestamptz '2024-01-01' + g * interval '1 h' FROM generate_series(1, 3) g;"
             "GRANT SELECT ON trust_rows.src TO trust_operator, trust_other;"
             "GRANT USAGE ON SCHEMA trust_rows TO trust_other;"
             "CREATE SERVER trust_rows FOREIGN DATA WRAPPER gw_local; GRANT USAGE ON FOREIGN SERVER trust_rows TO trust_operator, trust_other")
    with lab.connect("trust_operator") as owner, lab.connect("trust_other") as other:
        owner.must("CALL gw.sync_table('trust_rows', 'trust_rows.src', 'trust_rows.dst', cursor_field => 'at', "
                   "options => '{\"name\": \"trust_rows\", \"horizon_margin\": 0}')")
        for name in ("stream", "watermark", "watermark_history", "run", "task", "batch"):
            lab.check("rows of %s: the owner sees them" % name, None if owner.value(
                "SELECT count(*) FROM gw.%s" % name) != "0" else "none")
            lab.equal("rows of %s: another role sees none" % name, other.value(
                "SELECT count(*) FROM gw.%s" % name), "0")
        three = "'trust_rows', 'trust_rows.src', 'trust_rows.dst'"
        for args in ("'trust_rows'", three):
            lab.equal("watermark (%s): another role reads nothing" % args, other.value(
                "SELECT gw.get_watermark(%s)" % args), None)
            lab.state("watermark (%s): another role sets nothing" % args, other.query(
                "SELECT gw.set_watermark(%s, '2020-01-01', 'mine')" % args), "42704")
            lab.state("watermark (%s): another role resets nothing" % args, other.query(
                "SELECT gw.reset_watermark(%s, 'mine')" % args), "42704")
        result = other.query("CALL gw.sync_table('trust_rows', 'trust_rows.src', 'trust_rows.dst', cursor_field => 'at')")
        lab.state("sync: another role cannot write the owner's target", result, "42501")
        before = owner.value("SELECT gw.get_watermark('trust_rows')")
        result = other.query("CALL gw.sync_table('trust_rows', 'trust_rows.src', 'public.stolen', cursor_field => 'at', "
                             "options => '{\"name\": \"trust_rows\", \"horizon_margin\": 0}')")
        lab.equal("sync: the owner's stream is untouched by a stream of that name (%s)"
                  % (result.error and result.error["sqlstate"]),
                  owner.value("SELECT gw.get_watermark('trust_rows')"), before)
        # A target with row level security lets through what its policies let through.
        hub.must("CREATE TABLE trust_rows.guarded (id int, at timestamptz); ALTER TABLE trust_rows.guarded ENABLE ROW LEVEL SECURITY;"
                 "CREATE POLICY small ON trust_rows.guarded USING (true) WITH CHECK (id < 3);"
                 "GRANT SELECT, INSERT, DELETE, UPDATE, TRUNCATE ON trust_rows.guarded TO trust_operator")
        result = owner.query("CALL gw.sync_table('trust_rows', 'trust_rows.src', 'trust_rows.guarded', cursor_field => 'at', "
                             "options => '{\"horizon_margin\": 0}')")
        lab.equal("sync: row level security of the target holds (%s)" % (result.error or result.tag),
                  hub.value("SELECT count(*) FROM trust_rows.guarded WHERE id >= 3"), "0")
        lab.check("sync: ... and says so", None if result.error else "no error")


def dumps(lab, hub):
    """pg_dump as each role either works or is refused; it never connects, and shows no other's secret."""
    before = hub.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'warehouse_gw'")
    for role in ROLES + ("postgres",):
        done = subprocess.run(["pg_dump", "-U", role, "-d", HUB, "--include-foreign-data=trust_none_such"],
                              capture_output=True, text=True, timeout=600)
        if role != "postgres":
            lab.check("dump: %s finds no password" % role,
                      "a password" if "WGWCANARY" in done.stdout + done.stderr else None)
            lab.check("dump: %s is refused" % role, None if done.returncode and
                      ("permission denied" in done.stderr or "row-level security" in done.stderr
                       or "no matching foreign servers" in done.stderr) else done.stderr or "worked")
        plain = subprocess.run(["pg_dump", "-U", role, "-d", HUB], capture_output=True, text=True, timeout=600)
        if role == "postgres":
            lab.check("dump: the superuser's is whole", None if plain.returncode == 0 and
                      "COPY gw.watermark " in plain.stdout else plain.stderr)
        else:
            lab.check("dump: %s finds no password" % role,
                      "a password" if "WGWCANARY" in plain.stdout + plain.stderr else None)
            lab.check("dump: %s is refused" % role, None if plain.returncode else "worked")
    lab.equal("dump: opened no connection", hub.value(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'warehouse_gw'"), before)


def run(lab):
    with lab.connect() as hub:
        functions(lab, hub)
        later_grant(lab, hub)
        tables(lab, hub)
        rows_of_others(lab, hub)
        dumps(lab, hub)
