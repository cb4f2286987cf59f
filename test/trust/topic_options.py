"""Every option of gw.options() x every kind of role, when it is set; and who is who when it is used.

The wanted answer follows from the option's own row (superuser only, a path, a reference, a place) and
the role's rights alone, so a new platform or option is judged without a line here.
"""
import os

from lab import HUB, PASSWORD, ident, literal

DENIED = "42501"
# May: own servers, have a mapping, make foreign tables.
RIGHTS = {
    "postgres": {"server": True, "mapping": True, "table": True, "superuser": True},
    "trust_admin": {"server": True, "mapping": True, "table": True},
    "trust_operator": {"server": False, "mapping": True, "table": True},
    "trust_reader": {"server": False, "mapping": False, "table": False},
    "trust_none": {"server": False, "mapping": False, "table": False},
}
PLACES = {"server": "server", "user mapping": "mapping", "foreign table": "table", "column": "column"}


def sample(platform, name, kind, accepted, default):
    if name in platform.values:
        return platform.values[name]
    if kind == "enum":
        return accepted[0]
    return {"boolean": "true", "integer": default or "1", "path": "/nowhere/file.pem",
            "secret reference": "env:WGW_TRUST"}.get(kind, "x")


def wanted(role, place, kind, superuser_only):
    rights = RIGHTS[role]
    if rights.get("superuser"):
        return None
    if not rights["table" if place == "column" else place]:
        return DENIED
    return DENIED if superuser_only or kind in ("path", "secret reference") else None


def statement(platform, role, place, option, value):
    """What sets one option at that place, on objects made for the test."""
    pair = "%s %s" % (ident(option), literal(value))
    if place == "server":
        return "ALTER SERVER %s OPTIONS (ADD %s)" % (
            "matrix_admin" if role == "trust_admin" else "matrix_root", pair)
    if place == "mapping":
        identity = "" if not platform.names_user or option in ("user", "username") else "\"user\" 'x', "
        identity += "sslcert '/nowhere/c.pem', " if option in ("sslkey", "ssl_key") else ""
        return "CREATE USER MAPPING FOR %s SERVER matrix_root OPTIONS (%s%s)" % (role, identity, pair)
    if place == "table":
        return "CREATE FOREIGN TABLE matrix_t (a int) SERVER matrix_root OPTIONS (%s)" % pair
    return "CREATE FOREIGN TABLE matrix_t (a int OPTIONS (%s)) SERVER matrix_root" % pair


def set_time(lab, hub, platform):
    hub.must("CREATE SERVER matrix_root FOREIGN DATA WRAPPER %s; CREATE SERVER matrix_admin FOREIGN DATA WRAPPER %s;"
             "ALTER SERVER matrix_admin OWNER TO trust_admin; GRANT USAGE ON FOREIGN SERVER matrix_root TO trust_admin, trust_operator"
             % (platform.wrapper, platform.wrapper))
    rows = hub.must("SELECT name, aliases, places, kind, array_to_json(accepted), default_value, superuser_only "
                    "FROM gw.options(%s)" % literal(platform.name))
    import json
    for role in RIGHTS:
        with lab.connect(role) as session:
            for name, aliases, places, kind, accepted, default, superuser_only in rows:
                for place in [p.strip('"') for p in places[1:-1].split(",")]:
                    place = PLACES[place]
                    want = wanted(role, place, kind, superuser_only == "t")
                    value = sample(platform, name, kind, json.loads(accepted), default)
                    spellings = [name] + [a for a in aliases[1:-1].split(",") if a]
                    for spelling in spellings:
                        session.must("BEGIN; SET LOCAL client_min_messages = error")
                        result = session.query(statement(platform, role, place, spelling, value))
                        session.must("ROLLBACK")
                        lab.state("set %s: %s %s as %s" % (platform.name, place, spelling, role), result, want)
    # A right that was lost: the mapping that needed it can only shed what needed it.
    for name, aliases, places, kind, accepted, default, superuser_only in rows:
        needs = kind in ("path", "secret reference") or superuser_only == "t"
        if "user mapping" in places and needs:
            value = sample(platform, name, kind, json.loads(accepted), default)
            hub.must("SET client_min_messages = error")
            pair = "%s %s" % (ident(name), literal(value))
            extra = ", sslcert '/nowhere/c.pem'" if name == "sslkey" else ""
            hub.must("CREATE USER MAPPING FOR trust_operator SERVER matrix_root OPTIONS (%s 'x', %s%s)"
                     % (ident(platform.plain), pair, extra))
            with lab.connect("trust_operator") as session:
                lab.state("set %s: a mapping holding %s is not changed by its user" % (platform.name, name),
                          session.query("ALTER USER MAPPING FOR trust_operator SERVER matrix_root OPTIONS (SET %s 'y')"
                                        % ident(platform.plain)), DENIED)
            hub.must("DROP USER MAPPING FOR trust_operator SERVER matrix_root")
    hub.must("DROP SERVER matrix_root, matrix_admin CASCADE")


def who(session, platform):
    """The remote's name for us, or the SQLSTATE."""
    result = session.query("SELECT * FROM gw.execute_query('%s', 'SELECT current_user::text') AS r(u text)" % platform.server)
    return result.error["sqlstate"] if result.error else result.rows[0][0]


def identities(lab, hub, platform):
    """Whose mapping is used: the caller's, a view owner's, a definer's; never the one connected before."""
    n, server = platform.name, platform.server
    with lab.connect() as session:
        lab.equal("use %s: the superuser's own mapping" % n, who(session, platform), "trust_admin")
        for role, want in (("trust_operator", "trust_operator"), ("trust_other", "trust_other"),
                           ("trust_operator", "trust_operator")):
            session.must("SET ROLE " + role)
            lab.equal("use %s: after SET ROLE %s" % (n, role), who(session, platform), want)
            session.must("RESET ROLE")
        session.must("BEGIN; SET LOCAL ROLE trust_operator")
        lab.equal("use %s: SET LOCAL ROLE" % n, who(session, platform), "trust_operator")
        session.must("SET LOCAL ROLE trust_other")
        lab.equal("use %s: ... and another in the same transaction" % n, who(session, platform), "trust_other")
        session.must("COMMIT")
    hub.must("SET client_min_messages = warning; CREATE SCHEMA trust_use; GRANT USAGE, CREATE ON SCHEMA trust_use TO PUBLIC")
    with lab.connect("trust_operator") as owner:
        owner.must("CREATE FOREIGN TABLE trust_use.me (u text) SERVER %s OPTIONS (query 'SELECT current_user::text AS u');"
                   "CREATE VIEW trust_use.seen AS SELECT u, current_user::text AS here FROM trust_use.me;"
                   "CREATE FUNCTION trust_use.definer() RETURNS text LANGUAGE sql SECURITY DEFINER AS "
                   "$$ SELECT u FROM gw.execute_query('%s', 'SELECT current_user::text') AS r(u text) $$;"
                   "GRANT SELECT ON trust_use.me, trust_use.seen TO trust_reader, trust_other, trust_none" % (server, server))
    with lab.connect("trust_other") as other, lab.connect("trust_reader") as reader:
        lab.equal("use %s: a foreign table is read as the caller" % n,
                  other.value("SELECT u FROM trust_use.me"), "trust_other")
        lab.equal("use %s: a view is read with its owner's mapping" % n,
                  other.must("SELECT u, here FROM trust_use.seen"), [("trust_operator", "trust_other")])
        lab.equal("use %s: ... by a reader without a mapping too" % n,
                  reader.value("SELECT u FROM trust_use.seen"), "trust_operator")
        lab.equal("use %s: both in one query" % n, other.must(
            "SELECT s.u, m.u FROM trust_use.seen s, trust_use.me m"), [("trust_operator", "trust_other")])
        lab.equal("use %s: SECURITY DEFINER uses its owner's mapping" % n,
                  other.value("SELECT trust_use.definer()"), "trust_operator")
        lab.equal("use %s: ... and afterwards the caller's again" % n, who(other, platform), "trust_other")
        lab.state("use %s: a reader has no mapping" % n, reader.query("SELECT u FROM trust_use.me"), "42704")
        result = reader.query("BEGIN; SELECT * FROM trust_use.seen; SELECT u FROM trust_use.me")
        lab.state("use %s: ... nor by a connection that is open already" % n, result, "42704")
    # A right that is lost counts at once, also in a session that is connected.
    with lab.connect("trust_other") as other:
        other.must("SELECT gw.execute('%s', 'SELECT 1')" % server)
        hub.must("REVOKE USAGE ON FOREIGN SERVER %s FROM trust_other" % server)
        for call in ("SELECT gw.test_connection('%s')", "SELECT gw.server_info('%s')", "SELECT gw.list_schemas('%s')",
                     "SELECT gw.execute('%s', 'SELECT 1')", "SELECT gw.execute_ddl('%s', 'SELECT 1')",
                     "SELECT gw.execute_query_json('%s', 'SELECT 1')", "SELECT gw.explain_remote('%s', 'SELECT 1')",
                     "SELECT gw.get_target_schema('%s', 'pg_catalog.pg_class')", "SELECT gw.list_tables('%s')",
                     "SELECT gw.table_exists('%s', 'x')", "SELECT gw.get_target_schemas('%s')",
                     "SELECT gw.list_databases('%s')", "SELECT gw.disconnect('%s')", "SELECT gw.check_connection('%s')",
                     "CALL gw.sync_table('%s', 'pg_catalog.pg_class', 'public.x', 'replace')"):
            lab.state("use %s: USAGE is gone, %s" % (n, call.split("(")[0].split()[1]),
                      other.query(call % server), "42501")
        hub.must("GRANT USAGE ON FOREIGN SERVER %s TO trust_other; REVOKE SELECT ON trust_use.me FROM trust_other" % server)
        lab.state("use %s: SELECT is gone" % n, other.query("SELECT u FROM trust_use.me"), "42501")
        hub.must("DROP USER MAPPING FOR trust_other SERVER %s" % server)
        lab.equal("use %s: the mapping is gone" % n, who(other, platform), "42704")
        hub.must(platform.mapping("trust_other", user="trust_admin"))
        lab.equal("use %s: the mapping is another" % n, who(other, platform), "trust_admin")
    hub.must("DROP SCHEMA trust_use CASCADE")


def ambient(lab, hub, platform):
    """A server that asks for no password: only a superuser's word lets an ordinary role in."""
    n = platform.name
    hub.must("SET client_min_messages = error; CREATE SERVER trusting FOREIGN DATA WRAPPER %s %s;"
             "GRANT USAGE ON FOREIGN SERVER trusting TO trust_operator, trust_other, trust_admin"
             % (platform.wrapper, platform.options("trusting")))
    hub.must("CREATE USER MAPPING FOR trust_operator SERVER trusting OPTIONS (\"user\" 'postgres');"
             "CREATE USER MAPPING FOR trust_other SERVER trusting OPTIONS (\"user\" 'postgres', password 'WGWCANARY_unasked');"
             "CREATE USER MAPPING FOR trust_admin SERVER trusting OPTIONS (\"user\" 'postgres', password_required 'false');"
             "CREATE USER MAPPING FOR postgres SERVER trusting OPTIONS (\"user\" 'postgres')")
    call = "SELECT gw.execute('trusting', 'SELECT 1')"
    with lab.connect("trust_operator") as session:
        lab.state("ambient %s: no password of its own" % n, session.query(call), "2F003")
    with lab.connect("trust_other") as session:
        lab.state("ambient %s: a password nobody asked for" % n, session.query(call), "2F003")
        lab.state("ambient %s: ... nor does its user change that" % n, session.query(
            "ALTER USER MAPPING FOR trust_other SERVER trusting OPTIONS (ADD password_required 'false')"), "42501")
    hub.must("GRANT EXECUTE ON FUNCTION gw.execute(text, text) TO trust_admin")
    with lab.connect("trust_admin") as session:
        lab.state("ambient %s: a superuser has allowed it" % n, session.query(call), None)
        lab.state("ambient %s: ... its user may still change nothing" % n, session.query(
            "ALTER USER MAPPING FOR trust_admin SERVER trusting OPTIONS (SET \"user\" 'trust_other')"), "42501")
    with lab.connect() as session:
        lab.state("ambient %s: a superuser needs no password" % n, session.query(call), None)
        session.must("SET ROLE trust_operator")
        lab.state("ambient %s: who has become another role does" % n, session.query(call), "2F003")
        session.must("RESET ROLE; CREATE FUNCTION public.climb() RETURNS bigint LANGUAGE sql AS $$ %s $$" % call)
        session.must("SET ROLE trust_operator")
        lab.state("ambient %s: ... also inside a function" % n, session.query("SELECT public.climb()"), "2F003")
        session.must("RESET ROLE; DROP FUNCTION public.climb()")
    hub.must("REVOKE EXECUTE ON FUNCTION gw.execute(text, text) FROM trust_admin; DROP SERVER trusting CASCADE")


def references(lab, hub, platform):
    """A reference is a name for someone's secret: whoever may not name it cannot make anyone resolve it."""
    n = platform.name
    with lab.connect("trust_operator") as session:
        for ref in ("env:WGW_X", "env:PATH", "file:pw", "file:../../etc/passwd", "file:/etc/passwd", "env:", "cmd:id", "x"):
            result = session.query("BEGIN; DROP USER MAPPING FOR trust_operator SERVER %s; "
                                   "CREATE USER MAPPING FOR trust_operator SERVER %s OPTIONS (\"user\" 'u', password_ref %s)"
                                   % (platform.server, platform.server, literal(ref)))
            lab.check("reference %s: %s is refused" % (n, ref), None if result.error and
                      result.error["sqlstate"] in ("42501", "22023") else "taken")
            session.query("ROLLBACK")
        for setting in ("secret_dir", "env_allow", "grantable_secrets", "allowed_hosts"):
            lab.state("reference %s: an ordinary role sets no %s" % (n, setting),
                      session.query("SET warehouse_gw.%s = '*'" % setting), "42501")
        for setting in ("secret_dir", "env_allow", "grantable_secrets"):
            lab.state("reference %s: ... nor sees %s" % (n, setting),
                      session.query("SHOW warehouse_gw.%s" % setting), "42501")
    # A superuser may name one; what it may reach is bounded at use.
    hub.must("SET client_min_messages = error; CREATE SERVER refs FOREIGN DATA WRAPPER %s %s" % (platform.wrapper, platform.options("server")))
    base = os.path.join(os.environ.get("TMPDIR", "/tmp"), "trust_secrets")
    os.makedirs(base, exist_ok=True)
    def put(name, text, mode):
        path = os.path.join(base, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
    put("good", PASSWORD + "\n", 0o600)
    put("open", PASSWORD + "\n", 0o644)
    put("large", "x" * 70000, 0o600)
    put("empty", "", 0o600)
    if not os.path.lexists(base + "/link"):
        os.symlink(base + "/good", base + "/link")
    if not os.path.exists(base + "/fifo"):
        os.mkfifo(base + "/fifo", 0o600)
    os.makedirs(base + "/folder", exist_ok=True)
    hub.must("SET warehouse_gw.secret_dir = %s" % literal(base))
    for ref, want in (("file:good", None), ("file:open", "42501"), ("file:large", "54000"), ("file:empty", "22023"),
                      ("file:link", "42501"), ("file:fifo", "42501"), ("file:folder", "42501"), ("file:none", "58P01"),
                      ("env:PATH", "42501"), ("env:WGW_NOT_SET", "42704")):
        hub.must("CREATE USER MAPPING FOR postgres SERVER refs OPTIONS (\"user\" 'trust_operator', password_ref %s)" % literal(ref))
        lab.state("reference %s: %s at use" % (n, ref), hub.query("SELECT gw.execute('refs', 'SELECT 1')", 20), want)
        hub.must("DROP USER MAPPING FOR postgres SERVER refs; SELECT gw.disconnect_all()")
    hub.must("RESET warehouse_gw.secret_dir; DROP SERVER refs CASCADE")


def hosts(lab, hub, platform):
    """warehouse_gw.allowed_hosts is asked when a server is made and when it is used."""
    n = platform.name
    with lab.connect() as session:
        session.must("SET warehouse_gw.allowed_hosts = '*.example.com'")
        session.query("SELECT gw.disconnect_all()")
        lab.state("hosts %s: taken off the list, refused at use" % n,
                  session.query("SELECT gw.execute('%s', 'SELECT 1')" % platform.server), "42501")
        for host in ("example.com.evil.test", "169.254.169.254", "db.example.com,evil.test", "evil.test,db.example.com",
                     "db.example.com evil.test"):
            lab.state("hosts %s: %s" % (n, host), session.query(
                "CREATE SERVER hosts FOREIGN DATA WRAPPER %s OPTIONS (host %s)" % (platform.wrapper, literal(host))), "42501")


def run(lab):
    with lab.connect() as hub:
        for platform in lab.platforms:
            set_time(lab, hub, platform)
            if platform.has_identity:
                identities(lab, hub, platform)
                references(lab, hub, platform)
                hosts(lab, hub, platform)
            if platform.conf.get("trusting"):
                ambient(lab, hub, platform)
