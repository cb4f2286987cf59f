"""What gw_redshift does at an emulated Redshift, beyond what the suites ask of every platform.

Prints "ok", "not ok" and "skip" lines for test/run.  PGHOST and PGPORT say where a PostgreSQL with
the extension is.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "lib")]

import places  # noqa: E402

DATABASE, TOKEN_USER, TOKEN = "redshift_client", "IAM:etl", "t/+=" * 300
ORDERS = """CREATE TABLE public.orders (id bigint NOT NULL IDENTITY(10, 5), code int NOT NULL, name varchar(20)
  DEFAULT 'it''s' ENCODE zstd, doc super, raw varbyte(40000), padded char(4), PRIMARY KEY (name, code))
  DISTSTYLE KEY DISTKEY (code) COMPOUND SORTKEY (name, code)"""


def report(name, problem=None):
    print(f"not ok {name}: {problem}" if problem else f"ok {name}", flush=True)


def psql(script, database=DATABASE):
    """(output, errors): fields by |, SQLSTATE and message of errors."""
    done = subprocess.run(["psql", "-XAtq", "-d", database, "-v", "VERBOSITY=verbose", "-f", "-"],
                          input=script, capture_output=True, text=True, timeout=600, check=False)
    return done.stdout.strip(), done.stderr


def gives(name, script, wanted):
    got, errors = psql(script)
    report(name, None if got == wanted and "ERROR" not in errors else f"{got[:300]!r} {errors[:300]!r}")


def fails(name, script, *wanted):
    got, errors = psql(script)
    report(name, None if all(word in errors for word in wanted) else f"{got[:300]!r} {errors[:600]!r}")


def set_up(place):
    place.make("client")
    facts = place.facts()
    must("DROP DATABASE IF EXISTS redshift_client", "CREATE DATABASE redshift_client", database="postgres")
    must(f"""CREATE EXTENSION warehouse_gw;
        CREATE SERVER rs FOREIGN DATA WRAPPER gw_redshift OPTIONS (host '{facts["host"]}', port '{facts["port"]}',
          database 'client', sslrootcert '{facts["ca"]}');
        CREATE USER MAPPING FOR CURRENT_USER SERVER rs OPTIONS (username '{facts["user"]}', pass '{facts["password"]}');""")
    quoted = ORDERS.replace("'", "''")
    must(f"SELECT gw.execute_ddl('rs', '{quoted}');"
         "SELECT gw.execute_ddl('rs', 'CREATE TABLE public.lines (id int PRIMARY KEY, code int, CONSTRAINT of_order "
         "FOREIGN KEY (code) REFERENCES public.lines (id))');"
         "SELECT gw.execute_ddl('rs', 'COMMENT ON COLUMN public.orders.name IS ''who''');"
         "CREATE SCHEMA f; IMPORT FOREIGN SCHEMA public FROM SERVER rs INTO f;")


def must(*scripts, database=DATABASE):
    for script in scripts:
        errors = psql(script, database)[1]
        if "ERROR" in errors:
            raise RuntimeError(errors)


def descriptions():
    said = json.loads(psql("SELECT gw.get_target_schema('rs', 'orders')")[0])
    first = said["columns"][0]
    for name, got, wanted in (
            ("identity", first.get("identity"), {"mode": "always", "start": 10, "increment": 5}),
            ("key in its order", said["keys"]["primary"]["columns"], ["name", "code"]),
            ("keys are not enforced", said["keys"]["primary"]["enforced"], False),
            ("distribution", said["layout"]["distribution"], {"style": "key", "column": "code"}),
            ("sort key", said["layout"]["sort"], {"style": "compound", "columns": [{"name": "name"}, {"name": "code"}]}),
            ("encoding", said["columns"][2]["native"]["encode"], "zstd"),
            ("bytes", said["columns"][2]["length_unit"], "byte"),
            ("comment", said["columns"][2]["comment"], "who"),
            ("default", said["columns"][2]["default"]["value"], "it's")):
        report("description: " + name, None if got == wanted else f"{got!r}, wanted {wanted!r}")
    gives("description: a whole schema", "SELECT string_agg(table_name, ',' ORDER BY table_name) FROM gw.get_target_schemas('rs', 'public')",
          "lines,orders")
    gives("description: a foreign key", "SELECT gw.get_target_schema('rs', 'lines') #>> '{keys,foreign,0,ref,columns,0}'", "id")
    gives("description: keys for writing", "SELECT string_agg(attname, ',') FROM pg_attribute WHERE attrelid = 'f.orders'::regclass "
          "AND 'key=true' = ANY (attfdwoptions)", "code,name")


def values():
    must("INSERT INTO f.orders (code, name, doc, raw, padded) VALUES (1, E'a\\\\b''c ', '{\"x\": \"\\\\\\\\ \\\"\"}', "
         "decode(repeat('00ff', 15000), 'hex'), 'ab')")
    gives("values: backslashes, quotes and blanks", "SELECT name || '|' FROM f.orders WHERE name = E'a\\\\b''c '", "a\\b'c |")
    gives("values: blanks at the end count", "SELECT count(*) FROM f.orders WHERE name = E'a\\\\b''c'", "0")
    gives("values: SUPER", "SELECT doc ->> 'x' FROM f.orders", "\\\\ \"")
    gives("values: VARBYTE", "SELECT md5(raw) = md5(decode(repeat('00ff', 15000), 'hex')), length(raw) FROM f.orders", "t|30000")
    gives("values: CHAR", "SELECT length(padded), padded = 'ab  ' FROM f.orders", "2|t")
    gives("values: by the user's own SQL", "SELECT raw = '\\x6162' FROM gw.execute_query('rs', 'SELECT from_hex(''6162'')') AS r(raw bytea)", "t")


def transactions():
    fails("TRUNCATE is refused in a transaction", "SELECT gw.execute('rs', ' /* x */ TRUNCATE public.orders')", "25001", "autocommit => true")
    fails("VACUUM says how to run it", "SELECT gw.execute('rs', 'VACUUM public.orders')", "25001", "autocommit => true")
    gives("VACUUM on a connection of its own", "SELECT gw.execute_ddl('rs', 'VACUUM public.orders', autocommit => true) ->> 'command'", "VACUUM")
    fails("a savepoint that wrote and is rolled back loses the transaction",
          "BEGIN; INSERT INTO f.lines VALUES (1, 1); SAVEPOINT s; INSERT INTO f.lines VALUES (2, 1); ROLLBACK TO s; COMMIT;", "25P02")
    gives("... with all of it", "SELECT count(*) FROM f.lines", "0")
    gives("a scan that stops early keeps earlier writes",
          "BEGIN; INSERT INTO f.lines SELECT g, 1 FROM generate_series(1, 3000) g; SELECT id FROM f.lines WHERE random() < 2 LIMIT 1 \\g /dev/null\n"
          "COMMIT; SELECT count(*) FROM f.lines", "3000")
    gives("two scans of one connection take turns", "SELECT count(*) FROM f.lines a JOIN f.lines b ON a.id = b.id + (random() * 0)::int", "3000")
    must("ALTER FOREIGN TABLE f.lines OPTIONS (ADD fetch_size '1')")
    early = "SELECT id FROM f.lines WHERE 10 / (id - 3000) < 1 AND random() < 2 LIMIT 1"
    gives("rows that nobody wanted fail where nothing was written", early, "1")
    fails("... and where something was, that is lost, and said", f"BEGIN; INSERT INTO f.lines VALUES (4000, 1); {early}; COMMIT;", "40000", "rolled back")
    gives("... all of it", "SELECT count(*) FROM f.lines", "3000")
    gives("TRUNCATE on a connection of its own", "SELECT gw.execute_ddl('rs', 'TRUNCATE public.lines', autocommit => true) \\g /dev/null\n"
          "SELECT count(*) FROM f.lines", "0")
    fails("TRUNCATE of a foreign table", "TRUNCATE f.lines", "0A000")


def errors(place):
    def once(fault):
        place.emulated.set_faults([{"match": "marked", "fault": fault}])

    once("conflict")
    fails("error 1023 is a serialization failure", "SELECT gw.execute('rs', 'SELECT 1 AS marked')", "40001")
    once("disk_full")
    fails("a full disk", "SELECT gw.execute('rs', 'SELECT 1 AS marked')", "53100")
    once("wlm_abort")
    fails("a rule of the queue", "SELECT gw.execute('rs', 'SELECT 1 AS marked')", "57014", "queue")
    once("restart")
    fails("a restart", "SELECT gw.execute('rs', 'SELECT 1 AS marked')", "08006", "administrator command")
    gives("... and after it", "SELECT gw.execute('rs', 'SELECT 1 AS marked')", "1")


def tokens(place):
    place.behind("client", f"CREATE ROLE \"{TOKEN_USER}\" LOGIN PASSWORD '{TOKEN}'")
    must(f"ALTER USER MAPPING FOR CURRENT_USER SERVER rs OPTIONS (SET username '{TOKEN_USER}', SET pass '{TOKEN}')")
    gives("temporary credentials", "SELECT ok, \"current_user\" FROM gw.check_connection('rs')", f"t|{TOKEN_USER}")
    must("ALTER USER MAPPING FOR CURRENT_USER SERVER rs OPTIONS (SET pass 'expired')")
    fails("... that have ended", "SELECT gw.execute('rs', 'SELECT 1')", "28P01", "Temporary credentials end")


def main():
    try:
        place = places.open("redshift", os.environ["GW_WORK"])
    except places.Missing as missing:
        print(f"skip client: {missing}")
        return
    set_up(place)
    descriptions()
    values()
    transactions()
    errors(place)
    tokens(place)
    must("DROP DATABASE redshift_client", database="postgres")


if __name__ == "__main__":
    main()
