"""What a remote says is an attacker's text: capped, in our encoding, without control characters or secrets.

Errors are raised by a real remote, and by a made-up one that sends what a real one would not.
"""
import importlib
import re

from lab import literal

MOST = 8192
# C0 but the line end that a server's own CONTEXT lines have, DEL, C1, and what turns the order of letters.
UNCLEAN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
RAISED = {
    "controls": r"a\x01\x02\x07\x08\x0b\x1bb\x7fc", "escapes": r"\x1b]0;owned\x07\x1b[2J red", "c1": r"see \u009b31m red \u009d0;t\u009c",
    "bidi": r"user \u202eelgoog", "separators": r"one\u2028two", "newlines": r"one\nERROR:  two\r\nFATAL:  three", "format": "%s %n %d",
}


def judge(lab, name, error):
    """One error, every field of it."""
    if not error:
        lab.check(name, "no error")
        return
    problems = []
    for field in ("message", "detail", "hint", "context"):
        text = error[field] or ""
        if len(text.encode()) > MOST:
            problems.append("%s has %d bytes" % (field, len(text.encode())))
        # One message is one line; the others may have lines of our own.
        found = UNCLEAN.search(text) or ("\n" in text and field == "message" and re.search("\n", text))
        if found:
            problems.append("%s holds %r in %r" % (field, found.group(), text[:200]))
        if "WGWCANARY" in text or "V0dXQ0FOQVJZ" in text:
            problems.append("%s holds the password" % field)
        if field != "context" and "\\x" in text:
            problems.append("%s is not UTF-8: %r" % (field, text[:200]))
        if field == "context" and re.search(r"^(ERROR|FATAL|LOG): ", text, re.M):
            problems.append("context forges a line: %r" % text)
    if not re.fullmatch("[0-9A-Z]{5}", error["sqlstate"] or ""):
        problems.append("SQLSTATE %r" % error["sqlstate"])
    lab.check(name, "; ".join(problems))


def raised(lab, hub, platform):
    with lab.connect(database=platform.remote) as remote:
        remote.must("CREATE SCHEMA trust_texts; GRANT USAGE ON SCHEMA trust_texts TO PUBLIC")
        remote.must("CREATE FUNCTION trust_texts.say(level text, what text) RETURNS int LANGUAGE plpgsql AS $f$ BEGIN "
                    "IF level = 'n' THEN RAISE NOTICE USING MESSAGE = what, DETAIL = what, HINT = what; RETURN 1; END IF; "
                    "RAISE EXCEPTION USING MESSAGE = what, DETAIL = what, HINT = what, COLUMN = what, TABLE = what; END $f$")
    with lab.connect("trust_operator") as session:
        for name, text in list(RAISED.items()) + [("large", None), ("large of 3", None)]:
            value = "E'%s'" % text if text else "pg_catalog.repeat(%s, 400000)" % ("'xyz'" if name == "large" else r"E'\u20ac'")
            call = "SELECT trust_texts.say('e', %s)" % value
            for how in ("execute('%s', %s)", "execute_query_json('%s', %s)", "explain_remote('%s', %s)"):
                sql = call if "explain" not in how else "SELECT * FROM trust_texts.none(%s)" % value
                result = session.query("SELECT gw." + how % (platform.server, literal(sql)))
                judge(lab, "texts %s: %s by gw.%s" % (platform.name, name, how.split("(")[0]), result.error)
            result = session.query("SELECT gw.execute('%s', %s)" % (platform.server, literal("SELECT trust_texts.say('n', %s)" % value)))
            for notice in session.notices:
                judge(lab, "texts %s: %s as a notice" % (platform.name, name), notice)
            del session.notices[:]
    with lab.connect(database=platform.remote) as remote:
        remote.must("DROP SCHEMA trust_texts CASCADE")


def made_up(lab, hub, platform, section):
    module = importlib.import_module("hostile_" + section["protocol"])
    server = module.Hostile()
    server.start()
    phases = [(p, t) for p in ("connect", "query", "notice") for t in module.TEXTS] + \
        [(p, "escapes") for p in ("length", "negative", "fields", "garbage")]
    with lab.connect("trust_operator") as session:
        for phase, trick in phases:
            database = phase + "_" + trick.replace(" ", "_")
            options = section["server"].format(port=server.port, database=database)
            hub.must("SET client_min_messages = error; CREATE SERVER hostile FOREIGN DATA WRAPPER %s OPTIONS (%s); GRANT USAGE ON FOREIGN SERVER hostile TO trust_operator"
                     % (platform.wrapper, options))
            hub.must(platform.mapping("trust_operator", server="hostile"))
            name = "texts %s: made-up server, %s, %s" % (platform.name, phase, trick)
            judge(lab, name + ": execute", session.query("SELECT gw.execute('hostile', 'SELECT 1')", 20).error)
            row = session.query('SELECT message, "current_user", server_version FROM gw.check_connection(\'hostile\')', 20)
            judge(lab, name + ": check_connection", row.error or {
                "message": row.rows[0][0] or "", "detail": row.rows[0][1], "hint": row.rows[0][2], "context": None, "sqlstate": "00000"})
            del session.notices[:]
            session.query("SELECT gw.test_connection('hostile')", 20)
            for notice in session.notices:
                judge(lab, name + ": test_connection", notice)
            hub.must("DROP SERVER hostile CASCADE")
            lab.state(name + ": the session goes on", session.query("SELECT 1"), None)
    server.close()


def run(lab):
    with lab.connect() as hub:
        for platform in lab.platforms:
            if platform.remote != "trust_hub":
                raised(lab, hub, platform)
            if platform.hostile:
                made_up(lab, hub, platform, platform.hostile)
