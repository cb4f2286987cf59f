"""Is the emulator as documented?  Databricks' own client for Python drives it, beside plain requests.

Statements with what they answer are documented.case; the client's view, the shapes of answers, who is let in, waiting, chunks, links, parameters,
limits and faults are here.  Prints "ok", "not ok" and "skip" lines for test/run.
"""
import json
import os
import re
import shutil
import sys
import tempfile
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "..", "build", "emulators", "databricks")]

import databricks_emulator as emulator  # noqa: E402

POST = emulator.STATEMENTS


def report(name, problem=None):
    print("not ok %s: %s" % (name, problem) if problem else "ok " + name, flush=True)


def equal(name, got, wanted):
    report(name, None if got == wanted else "%r, not %r" % (got, wanted))


def cases():
    page = ""
    with open(os.path.join(HERE, "documented.case"), encoding="utf-8") as file:
        for line in file.read().split("\n"):
            if line.startswith("page "):
                page = line[5:]
            elif line and not line.startswith("#"):
                sql, mark, wanted = line.rpartition(" =>") if " =>" in line else line.rpartition(" !!")
                yield re.split(r"[ ,]", page)[0], sql, mark.strip(), wanted.strip(" ") if mark == " !!" else wanted[1:]


def blanks(text):
    return re.sub(r"\s", "_", text)


def documented(server):
    for i, (page, sql, mark, wanted) in enumerate(cases()):
        out = server.post(sql)
        status = out["status"]
        if status["state"] == "FAILED":
            found = re.match(r"\[([\w.]+)\]", status["error"]["message"])
            got = "%s %s" % (status["sql_state"], found[1] if found and mark == "!!" else status["error"]["message"])
        else:
            rows = out["result"].get("data_array") or [[]]
            columns = out["manifest"]["schema"].get("columns", [])
            got = " ".join("%s|%s" % (blanks(c["type_text"]), "NULL" if v is None else blanks(v)) for c, v in zip(columns, rows[0]))
        equal("%s %d: %s" % (page, i, sql[:60]), got, wanted)


# ---- Databricks' own client ----

def client(server, **how):
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.core import Config
    how = how or {"token": server.pat, "auth_type": "pat"}
    return WorkspaceClient(config=Config(host=server.facts["plain_url"], retry_timeout_seconds=60, http_timeout_seconds=200, **how))


def its_client(server):
    from databricks.sdk import errors
    from databricks.sdk.service import sql
    w = client(server)
    api = w.statement_execution
    out = api.execute_statement(statement="SELECT 1 AS a, 'x' AS b, NULL AS c", warehouse_id=emulator.WAREHOUSE)
    equal("client: rows", (out.status.state, out.result.data_array), (sql.StatementState.SUCCEEDED, [["1", "x", None]]))
    equal("client: columns", [(c.name, c.type_name, c.position) for c in out.manifest.schema.columns][:2],
          [("a", sql.ColumnInfoTypeName.INT, 0), ("b", sql.ColumnInfoTypeName.STRING, 1)])
    out = api.execute_statement(statement="SELECT missing", warehouse_id=emulator.WAREHOUSE)
    equal("client: a failure is an answer", (out.status.state, out.status.error.error_code), (sql.StatementState.FAILED, sql.ServiceErrorCode.BAD_REQUEST))
    out = api.execute_statement(statement="SELECT :a + 1 AS r, :n AS n, :d AS d", warehouse_id=emulator.WAREHOUSE, parameters=[
        sql.StatementParameterListItem(name="a", value="41", type="INT"), sql.StatementParameterListItem(name="n"),
        sql.StatementParameterListItem(name="d", value="2024-02-29", type="DATE")])
    equal("client: parameters", out.result.data_array, [["42", None, "2024-02-29"]])
    server.control("chunks", {"inline": 3, "links": 4})
    out = api.execute_statement(statement="SELECT id FROM range(10)", warehouse_id=emulator.WAREHOUSE)
    rows, part = list(out.result.data_array), out.result
    while part.next_chunk_index is not None:
        part = api.get_statement_result_chunk_n(out.statement_id, part.next_chunk_index)
        rows += part.data_array
    equal("client: chunks", (out.manifest.total_chunk_count, [r[0] for r in rows]), (4, [str(n) for n in range(10)]))
    out = api.execute_statement(statement="SELECT id FROM range(10)", warehouse_id=emulator.WAREHOUSE, disposition=sql.Disposition.EXTERNAL_LINKS,
                                format=sql.Format.ARROW_STREAM)
    found = []
    for chunk in range(out.manifest.total_chunk_count):
        link = api.get_statement_result_chunk_n(out.statement_id, chunk).external_links[0]
        found += arrow(server, link.external_link).column(0).to_pylist()
    equal("client: links", found, list(range(10)))
    out = api.execute_statement(statement="SELECT 1 AS `this query never ends`", warehouse_id=emulator.WAREHOUSE, wait_timeout="0s")
    report("client: it does not wait", None if out.status.state in (sql.StatementState.PENDING, sql.StatementState.RUNNING) else str(out.status))
    api.cancel_execution(out.statement_id)
    equal("client: cancelled", ended(server, out.statement_id), "CANCELED")
    for name, work, wanted in (("an unknown statement", lambda: api.get_statement("01f0-none"), errors.NotFound),
                               ("an unknown warehouse", lambda: api.execute_statement("SELECT 1", "none"), errors.NotFound),
                               ("a bad time", lambda: api.execute_statement("SELECT 1", emulator.WAREHOUSE, wait_timeout="3s"), errors.InvalidParameterValue)):
        try:
            work()
            report("client: " + name, "nothing was raised")
        except errors.DatabricksError as error:
            equal("client: " + name, type(error), wanted)
    equal("client: a warehouse", w.warehouses.get(emulator.WAREHOUSE).state, sql.State.RUNNING)
    equal("client: warehouses", [one.id for one in w.warehouses.list()], [emulator.WAREHOUSE])
    seen = w.query_history.list(filter_by=sql.QueryFilter(warehouse_ids=[emulator.WAREHOUSE]), max_results=2)
    equal("client: query history", [(q.query_text, q.status) for q in seen.res][:1],
          [("SELECT 1 AS `this query never ends`", sql.QueryStatus.CANCELED)])
    report("client: its next page", None if seen.has_next_page and w.query_history.list(page_token=seen.next_page_token, max_results=2).res else str(seen))
    server.control("fault", {"kind": "status", "status": 429, "retryAfter": 1, "method": "POST"})
    out = api.execute_statement(statement="SELECT 'again'", warehouse_id=emulator.WAREHOUSE)
    equal("client: it waits when throttled", out.result.data_array, [["again"]])
    server.control("chunks", {"inline": 5000, "links": 20000})


def machine(server):
    """OAuth for machines by the client, and what the token endpoint refuses."""
    before = server.control("issued")
    w = client(server, client_id=server.client, client_secret=server.secret, auth_type="oauth-m2m")
    out = w.statement_execution.execute_statement(statement="SELECT current_user()", warehouse_id=emulator.WAREHOUSE)
    equal("oauth: the client gets a token", (out.result.data_array, server.control("issued") - before), ([[emulator.USER]], 1))
    for name, basic, form, wanted in (("wrong secret", "%s:x" % server.client, "grant_type=client_credentials&scope=all-apis", (401, "invalid_client")),
                                      ("wrong grant", None, "grant_type=password&scope=all-apis", (400, "unsupported_grant_type")),
                                      ("no scope", None, "grant_type=client_credentials", (400, "invalid_scope")),
                                      ("right", None, "grant_type=client_credentials&scope=all-apis", (200, None))):
        import base64
        pair = basic or "%s:%s" % (server.client, server.secret)
        status, _, out = server.call("POST", "/oidc/v1/token", form.encode(), headers={
            "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(), "Content-Type": "application/x-www-form-urlencoded"})
        equal("oauth: " + name, (status, out.get("error")), wanted)
    token = out["access_token"]
    equal("oauth: the token is let in", server.call("POST", POST, asked("SELECT 1"), token=token)[0], 200)
    server.control("expire")
    equal("oauth: it has ended", server.call("POST", POST, asked("SELECT 1"), token=token)[0], 401)
    server.control("token", {"token": "old", "user": "u", "lifetime": -1})
    for name, headers, wanted in (("no token", {"Authorization": None}, (401, "UNAUTHENTICATED")), ("another scheme", {"Authorization": "Basic eDp5"}, (401, "UNAUTHENTICATED")),
                                  ("a wrong token", {"Authorization": "Bearer x"}, (403, "403")), ("one that has ended", {"Authorization": "Bearer old"}, (401, "401"))):
        status, _, out = server.call("POST", POST, asked("SELECT 1"), headers=headers)
        equal("admission: " + name, (status, out["error_code"]), wanted)


def asked(sql, **body):
    return {"warehouse_id": emulator.WAREHOUSE, "statement": sql, **body}


def arrow(server, link, schema=False):
    import pyarrow
    status, _, data = server.fetch(link)
    if status != 200:
        raise RuntimeError("%d %s" % (status, data[:200]))
    stream = pyarrow.ipc.open_stream(data)
    return stream.schema if schema else stream.read_all()


def ended(server, statement):
    for _ in range(1200):
        state = server.call("GET", POST + "/" + statement)[2]["status"]["state"]
        if state not in ("PENDING", "RUNNING"):
            return state
        time.sleep(0.05)
    return state


def running(server, statement):
    """What is said of it once it does not wait for its turn."""
    for _ in range(1200):
        status = server.call("GET", POST + "/" + statement)[2]["status"]
        if status["state"] != "PENDING":
            return status
        time.sleep(0.05)
    return status


# ---- shapes ----

def shapes(server):
    out = server.post("SELECT 1 AS a, CAST(1.5 AS DECIMAL(4,2)) AS b")
    equal("shape: answer", sorted(out), ["manifest", "result", "statement_id", "status"])
    equal("shape: manifest", out["manifest"], {
        "format": "JSON_ARRAY", "schema": {"column_count": 2, "columns": [
            {"name": "a", "type_text": "INT", "type_name": "INT", "position": 0},
            {"name": "b", "type_text": "DECIMAL(4,2)", "type_name": "DECIMAL", "position": 1, "type_precision": 4, "type_scale": 2}]},
        "chunks": [{"chunk_index": 0, "row_offset": 0, "row_count": 1}], "total_chunk_count": 1, "total_row_count": 1, "truncated": False})
    equal("shape: result", out["result"], {"chunk_index": 0, "row_offset": 0, "row_count": 1, "data_array": [["1", "1.50"]]})
    equal("shape: GET is the same", server.call("GET", POST + "/" + out["statement_id"])[2], out)
    names = [c["type_name"] for c in server.post("SELECT CAST(1 AS TINYINT), CAST(1 AS SMALLINT), 1L, 1D, X'00', current_timestamp(), "
                                                 "CAST('2024-01-01' AS TIMESTAMP_NTZ), array(1), map(1,1), struct(1), INTERVAL 1 DAY, NULL")["manifest"]["schema"]["columns"]]
    equal("shape: type_name", names, ["BYTE", "SHORT", "LONG", "DOUBLE", "BINARY", "TIMESTAMP", "TIMESTAMP_NTZ", "ARRAY", "MAP", "STRUCT", "INTERVAL", "NULL"])
    out = server.post("SELECT 1 AS a WHERE false")
    equal("shape: no rows", (out["result"], out["manifest"]["total_chunk_count"], out["manifest"]["total_row_count"]), ({}, 0, 0))
    out = server.post("CREATE TABLE shape (a INT)")
    equal("shape: no columns", (out["result"], out["manifest"]["schema"]), ({}, {"column_count": 0}))
    out = server.post("SELECT FROM WHERE")
    equal("shape: failure", (sorted(out), sorted(out["status"]), out["status"]["error"]["error_code"], out["status"]["sql_state"]),
          (["statement_id", "status"], ["error", "sql_state", "state"], "BAD_REQUEST", "42601"))
    report("shape: its message", None if re.match(r"\[PARSE_SYNTAX_ERROR\] .* SQLSTATE: 42601", out["status"]["error"]["message"]) else str(out))
    out = server.post("SELECT 1 AS gone")
    server.control("close", {"statement": out["statement_id"]})
    equal("shape: closed", server.call("GET", POST + "/" + out["statement_id"])[2]["status"], {"state": "CLOSED"})
    equal("shape: a closed one's chunk", server.call("GET", POST + "/" + out["statement_id"] + "/result/chunks/0")[0], 404)
    server.control("forget", {"statement": out["statement_id"]})
    equal("shape: forgotten", server.call("GET", POST + "/" + out["statement_id"])[0], 404)
    for name, body, wanted in (
            ("no statement", {"warehouse_id": emulator.WAREHOUSE}, (400, "INVALID_PARAMETER_VALUE")), ("no warehouse", {"statement": "SELECT 1"}, (400, "INVALID_PARAMETER_VALUE")),
            ("an unknown warehouse", {**asked("SELECT 1"), "warehouse_id": "x"}, (404, "NOT_FOUND")), ("no JSON", b"x", (400, "MALFORMED_REQUEST")),
            ("an unknown field", asked("SELECT 1", request_id="x"), (400, "MALFORMED_REQUEST")),
            ("51 seconds", asked("SELECT 1", wait_timeout="51s"), (400, "INVALID_PARAMETER_VALUE")), ("4 seconds", asked("SELECT 1", wait_timeout="4s"), (400, "INVALID_PARAMETER_VALUE")),
            ("no unit", asked("SELECT 1", wait_timeout="10"), (400, "INVALID_PARAMETER_VALUE")),
            ("INLINE has one format", asked("SELECT 1", format="ARROW_STREAM"), (400, "INVALID_PARAMETER_VALUE")),
            ("an unknown format", asked("SELECT 1", format="X", disposition="EXTERNAL_LINKS"), (400, "INVALID_PARAMETER_VALUE")),
            ("a parameter of ARRAY", asked("SELECT :a", parameters=[{"name": "a", "value": "1", "type": "ARRAY<INT>"}]), (400, "INVALID_PARAMETER_VALUE")),
            ("a parameter that is a number", asked("SELECT :a", parameters=[{"name": "a", "value": 1}]), (400, "MALFORMED_REQUEST"))):
        status, _, out = server.call("POST", POST, body)
        equal("shape: " + name, (status, out["error_code"]), wanted)
    for path in ("/api/2.0/sql/sessions", "/api/2.0/sql/nothing"):
        equal("shape: no " + path, server.call("POST", path, {})[0], 404)


def parameters(server):
    def run(sql, *given):
        return server.post(sql, parameters=[dict(zip(("name", "value", "type"), one)) for one in given])
    for kind, text, wanted in (("STRING", "it's \\n", "it's \\n"), ("BIGINT", "-9223372036854775808", "-9223372036854775808"), ("DECIMAL(10,2)", "1.5", "1.50"),
                               ("DOUBLE", "1e300", "1.0E300"), ("BOOLEAN", "true", "true"), ("TIMESTAMP", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000Z"),
                               ("TIMESTAMP_NTZ", "2024-01-01 00:00:00", "2024-01-01T00:00:00.000"), ("DATE", "2024-01-01", "2024-01-01"), ("VARCHAR(2)", "ab", "ab")):
        out = run("SELECT :p", ("p", text, kind))
        equal("parameters: " + kind, out.get("result", out).get("data_array"), [[wanted]])
    equal("parameters: STRING unless said", run("SELECT :p", ("p", "1"))["manifest"]["schema"]["columns"][0]["type_text"], "STRING")
    equal("parameters: case does not count", run("SELECT :P + :p", ("p", "1", "INT"))["result"]["data_array"], [["2"]])
    equal("parameters: missing", run("SELECT :q", ("p", "1"))["status"]["sql_state"], "42P02")
    equal("parameters: a bad value", run("SELECT :p", ("p", "x", "INT"))["status"]["sql_state"], "22018")
    equal("parameters: not in texts, nor paths", run("SELECT ':p', parse_json('{\"p\":7}'):p", ("p", "1", "INT"))["result"]["data_array"], [[":p", "7"]])
    equal("parameters: no question marks", server.post("SELECT ?")["status"]["state"], "FAILED")


def waiting(server):
    server.control("fault", {"kind": "slow", "seconds": 1, "statement": "slowly", "times": -1})
    server.control("fault", {"kind": "neverEnds", "statement": "for ever", "times": -1})
    out = server.call("POST", POST, asked("SELECT 'for ever'", wait_timeout="0s"))[2]
    report("waiting: not at all", None if out["status"]["state"] in ("PENDING", "RUNNING") and sorted(out) == ["statement_id", "status"] else str(out))
    at_once = [server.call("POST", POST, asked("SELECT 1", wait_timeout="0s"))[2]["status"]["state"] for _ in range(40)]
    equal("waiting: not even for what is over at once", set(at_once), {"PENDING"})
    equal("waiting: it runs", running(server, out["statement_id"]), {"state": "RUNNING"})
    server.call("POST", POST + "/" + out["statement_id"] + "/cancel", {})
    ended(server, out["statement_id"])
    out = server.call("POST", POST, asked("SELECT 'slowly'", wait_timeout="0s"))[2]
    equal("waiting: it has ended", ended(server, out["statement_id"]), "SUCCEEDED")
    equal("waiting: long enough", server.post("SELECT 'slowly'")["status"]["state"], "SUCCEEDED")
    began = time.time()
    out = server.post("SELECT 'for ever'", wait_timeout="5s", on_wait_timeout="CANCEL")
    equal("waiting: CANCEL", (out["status"]["state"], time.time() - began > 4.9), ("CANCELED", True))
    out = server.call("POST", POST, asked("SELECT 'for ever'", wait_timeout="0s"))[2]
    running(server, out["statement_id"])
    equal("cancel: running", server.control("running"), [out["statement_id"]])
    status, _, said = server.call("POST", POST + "/" + out["statement_id"] + "/cancel", {})
    equal("cancel: answer", (status, said), (200, {}))
    equal("cancel: afterwards", ended(server, out["statement_id"]), "CANCELED")
    equal("cancel: ended before", server.call("POST", POST + "/" + out["statement_id"] + "/cancel", {})[0], 200)
    equal("cancel: unknown", server.call("POST", POST + "/nothing/cancel", {})[0], 404)
    server.control("fault", {"kind": "slowCancel", "seconds": 2})
    out = server.call("POST", POST, asked("SELECT 'for ever'", wait_timeout="0s"))[2]
    running(server, out["statement_id"])
    server.call("POST", POST + "/" + out["statement_id"] + "/cancel", {})
    equal("cancel: takes long", server.call("GET", POST + "/" + out["statement_id"])[2]["status"]["state"], "RUNNING")
    equal("cancel: in the end", ended(server, out["statement_id"]), "CANCELED")
    server.control("timeout", {"seconds": 0.3})
    equal("waiting: statement timeout", server.post("SELECT 'for ever'")["status"]["state"], "FAILED")
    server.control("timeout", {"seconds": 172800})
    out = server.call("POST", POST, asked("SELECT count(*) FROM range(3000000000) AS a, range(1000) AS b", wait_timeout="0s"))[2]
    running(server, out["statement_id"])
    time.sleep(0.5)
    server.call("POST", POST + "/" + out["statement_id"] + "/cancel", {})
    equal("cancel: what computes", ended(server, out["statement_id"]), "CANCELED")
    server.control("warehouse", {"name": "cold", "state": "STOPPED", "seconds": 2})
    out = server.call("POST", POST, {"warehouse_id": "cold", "statement": "SELECT 1", "wait_timeout": "0s"})[2]
    equal("waiting: a stopped warehouse", (out["status"]["state"], ended(server, out["statement_id"])), ("PENDING", "SUCCEEDED"))


def limits(server):
    out = server.post("SELECT id FROM range(10)", row_limit=4)
    equal("limits: rows", (out["manifest"]["truncated"], out["manifest"]["total_row_count"]), (True, 4))
    out = server.post("SELECT id FROM range(4)", row_limit=4)
    equal("limits: as many", (out["manifest"]["truncated"], out["manifest"]["total_row_count"]), (False, 4))
    out = server.post("SELECT repeat('x', 100) AS r FROM range(100)", byte_limit=1000)
    equal("limits: bytes", (out["manifest"]["truncated"], out["manifest"]["total_row_count"]), (True, 10))
    out = server.post("SELECT repeat('x', 1000000) AS r FROM range(27)")
    equal("limits: INLINE", (out["status"]["state"], "Inline byte limit" in out["status"].get("error", {}).get("message", "")), ("FAILED", True))
    out = server.post("SELECT repeat('x', 1000000) AS r FROM range(27)", disposition="EXTERNAL_LINKS")
    equal("limits: links have none so small", (out["status"]["state"], out["manifest"]["total_row_count"]), ("SUCCEEDED", 27))
    status, _, out = server.call("POST", POST, asked("SELECT '" + "x" * (16 * 1024 * 1024) + "'"))
    equal("limits: the statement", (status, out["error_code"]), (400, "INVALID_PARAMETER_VALUE"))


def links(server):
    server.control("chunks", {"inline": 5000, "links": 4})
    out = server.post("SELECT id, 'é' || id AS s FROM range(10)", disposition="EXTERNAL_LINKS")
    first = out["result"]["external_links"][0]
    equal("links: what a link has", sorted(first), sorted(("chunk_index", "row_offset", "row_count", "byte_count", "next_chunk_index",
                                                           "next_chunk_internal_link", "external_link", "expiration")))
    report("links: expiration", None if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["expiration"]) else first["expiration"])
    rows = []
    for chunk in range(3):
        link = server.call("GET", "%s/%s/result/chunks/%d" % (POST, out["statement_id"], chunk))[2]["external_links"][0]
        status, _, data = server.fetch(link["external_link"])
        rows += json.loads(data)
        equal("links: chunk %d" % chunk, (status, len(data), b" " in data), (200, link["byte_count"], False))
    equal("links: all rows", rows, [[str(n), "é%d" % n] for n in range(10)])
    status, _, data = server.fetch(first["external_link"], headers={"Authorization": "Bearer " + server.pat})
    equal("links: no token beside it", (status, b"Only one auth mechanism" in data), (400, True))
    report("links: another host", None if urllib.parse.urlsplit(first["external_link"]).port != server.facts["plain_port"] else first["external_link"])
    equal("links: a changed one", server.fetch(first["external_link"] + "0")[0], 403)
    equal("links: another chunk by its signature", server.fetch(first["external_link"].replace("/0?", "/1?"))[0], 403)
    equal("links: no such chunk", server.call("GET", "%s/%s/result/chunks/3" % (POST, out["statement_id"]))[0], 404)
    server.control("links", {"seconds": -1})
    link = server.call("GET", "%s/%s/result/chunks/1" % (POST, out["statement_id"]))[2]["external_links"][0]
    status, _, data = server.fetch(link["external_link"])
    equal("links: expired", (status, b"Request has expired" in data), (403, True))
    server.control("links", {"seconds": 900})
    link = server.call("GET", "%s/%s/result/chunks/1" % (POST, out["statement_id"]))[2]["external_links"][0]
    equal("links: a new one", server.fetch(link["external_link"])[0], 200)
    for kind in ("linkExpires", "linkRefused"):
        server.control("fault", {"kind": kind, "path": "1$"})
        link = server.call("GET", "%s/%s/result/chunks/1" % (POST, out["statement_id"]))[2]["external_links"][0]
        equal("faults: " + kind, server.fetch(link["external_link"])[0], 403)
    out = server.post("SELECT id AS a, CASE WHEN id > 0 THEN 'q\"' END AS b FROM range(6)", disposition="EXTERNAL_LINKS", format="CSV")
    parts = [server.fetch(server.call("GET", "%s/%s/result/chunks/%d" % (POST, out["statement_id"], i))[2]["external_links"][0]["external_link"])[2]
             for i in range(2)]
    equal("links: CSV", [p.decode().split("\r\n")[:2] for p in parts], [["a,b", "0,null"], ['4,"q"""', '5,"q"""']])
    server.control("chunks", {"inline": 5000, "links": 20000})


def streams(server):
    """ARROW_STREAM: types, and values that JSON_ARRAY would cut."""
    sql = ("SELECT CAST(1 AS TINYINT) AS a, 2L AS b, CAST('1.50' AS DECIMAL(38,2)) AS c, 1.5D AS d, 'x' AS e, X'00FF' AS f, DATE'2024-01-01' AS g, "
           "TIMESTAMP'2024-01-01 00:00:00.123456Z' AS h, TIMESTAMP_NTZ'2024-01-01 00:00:00.123456' AS i, true AS j, array(1, NULL) AS k, "
           "named_struct('x', 1) AS l, map('a', 1) AS m, CAST(NULL AS STRING) AS n, CAST(1.5 AS FLOAT) AS o")
    out = server.post(sql, disposition="EXTERNAL_LINKS", format="ARROW_STREAM")
    table = arrow(server, out["result"]["external_links"][0]["external_link"])
    equal("arrow: types", [str(t) for t in table.schema.types], [
        "int8", "int64", "decimal128(38, 2)", "double", "string", "binary", "date32[day]", "timestamp[us, tz=UTC]", "timestamp[us]", "bool",
        "list<l: int32>", "struct<x: int32>", "map<string, int32>", "string", "float"])
    row = {k: v[0] for k, v in table.to_pydict().items()}
    equal("arrow: values", (str(row["c"]), row["f"], row["h"].isoformat(), row["i"].isoformat(), row["k"], row["n"]),
          ("1.50", b"\x00\xff", "2024-01-01T00:00:00.123456+00:00", "2024-01-01T00:00:00.123456", [1, None], None))
    out = server.post("SELECT INTERVAL '-1-2' YEAR TO MONTH AS a, INTERVAL '1 00:00:00.5' DAY TO SECOND AS b", disposition="EXTERNAL_LINKS", format="ARROW_STREAM")
    equal("arrow: intervals", [str(t) for t in arrow(server, out["result"]["external_links"][0]["external_link"], schema=True).types],
          ["month_interval", "duration[us]"])
    out = server.post("SHOW TABLES", disposition="EXTERNAL_LINKS", format="ARROW_STREAM")
    equal("arrow: lists too", arrow(server, out["result"]["external_links"][0]["external_link"]).column_names, ["database", "tableName", "isTemporary"])
    out = server.post("SELECT 1 AS a WHERE false", disposition="EXTERNAL_LINKS", format="ARROW_STREAM")
    equal("arrow: no rows, no links", (out["result"], out["manifest"]["total_chunk_count"]), ({}, 0))
    server.control("texts", {"binary": "hex", "fraction": 6})
    equal("texts: the other way", server.post("SELECT X'00FF', TIMESTAMP'2024-01-01 00:00:00.123456Z'")["result"]["data_array"],
          [["00ff", "2024-01-01T00:00:00.123456Z"]])
    server.control("texts")


def faults(server):
    for status in (429, 503):
        server.control("fault", {"kind": "status", "status": status, "retryAfter": 1})
        got, headers, out = server.call("POST", POST, asked("SELECT 1"))
        equal("faults: %d" % status, (got, headers["Retry-After"], out["error_code"]),
              (status, "1", "REQUEST_LIMIT_EXCEEDED" if status == 429 else "TEMPORARILY_UNAVAILABLE"))
    server.control("fault", {"kind": "expired"})
    equal("faults: the token has expired", server.call("POST", POST, asked("SELECT 1"))[0], 401)
    for kind in ("cut", "reset", "garbage"):
        server.control("fault", {"kind": kind, "method": "POST"})
        try:
            server.call("POST", POST, asked("SELECT 1"))
            report("faults: " + kind, "a whole answer")
        except Exception as error:  # http.client's, json's or the socket's
            report("faults: " + kind, None if isinstance(error, (OSError, ValueError)) or "Incomplete" in repr(error) else repr(error))
    server.control("fault", {"kind": "drip", "bytes": 50, "seconds": 0.02})
    began = time.time()
    server.call("POST", POST, asked("SELECT 1"))
    report("faults: drip", None if time.time() - began > 0.1 else "it was quick")
    server.run("CREATE TABLE once (a INT)")
    server.control("fault", {"kind": "lost", "method": "POST", "statement": "INTO once"})
    try:
        server.call("POST", POST, asked("INSERT INTO once VALUES (1)"))
        report("faults: a lost answer", "it came")
    except OSError:
        equal("faults: a lost answer", server.run("SELECT count(*) FROM once")[1], [["1"]])
    found = server.call("GET", "/api/2.0/sql/history/queries?filter_by.statuses=FINISHED&max_results=3")[2]["res"]
    report("faults: history knows it", None if any("INTO once" in q["query_text"] and q["is_final"] for q in found) else str(found))
    server.control("fault", {"kind": "twice", "statement": "INTO once"})
    server.run("INSERT INTO once VALUES (2)")
    equal("faults: no key makes it one", server.run("SELECT count(*) FROM once")[1], [["3"]])
    server.control("fault", {"kind": "error", "name": "concurrent", "statement": "INTO once"})
    out = server.post("INSERT INTO once VALUES (3)")
    equal("faults: a concurrent change", (out["status"]["state"], out["status"]["sql_state"]), ("FAILED", "2D521"))
    server.control("chunks", {"inline": 3, "links": 4})
    out = server.post("SELECT id FROM range(9)")
    chunk = "%s/%s/result/chunks/1" % (POST, out["statement_id"])
    server.control("fault", {"kind": "shortChunk", "path": "chunks/1"})
    equal("faults: a short chunk", len(server.call("GET", chunk)[2]["data_array"]), 2)
    server.control("fault", {"kind": "noChunk", "path": "chunks/1"})
    equal("faults: a missing chunk", server.call("GET", chunk)[2], {})
    server.control("fault", {"kind": "numRows", "delta": 2})
    equal("faults: a wrong count", server.call("GET", POST + "/" + out["statement_id"])[2]["manifest"]["total_row_count"], 11)
    server.control("chunks", {"inline": 5000, "links": 20000})
    report("faults: those taken are known", None if len(server.control("taken")) > 10 else str(server.control("taken")))


def rendered(server):
    """Whole tables that this project renders, and its load statements, are taken as they are."""
    root = os.path.join(HERE, "..", "..")
    columns = ("`id` BIGINT, `part` STRING, `d` DATE, `at` TIMESTAMP_NTZ, `name` STRING, `valid_from` TIMESTAMP_NTZ, `valid_to` TIMESTAMP_NTZ, "
               "`is_current` BOOLEAN, `changed_at` TIMESTAMP_NTZ, `_seq` BIGINT, `_op` STRING")
    for sql in ("CREATE SCHEMA s", "CREATE SCHEMA shop", "CREATE SCHEMA stage", "CREATE TABLE s.status (code VARCHAR(10), PRIMARY KEY (code))",
                "CREATE TABLE shop.orders (%s)" % columns, "CREATE TABLE stage.orders_in (%s)" % columns,
                "INSERT INTO stage.orders_in (id, d, at, name, changed_at, _seq, _op) VALUES (1, DATE'2026-01-01', TIMESTAMP_NTZ'2026-01-01 13:00:00', 'n', "
                "TIMESTAMP_NTZ'2026-01-01 13:00:00', 1, 'I')"):
        server.run(sql)
    statements = []
    for name in ("events", "orders"):
        with open(os.path.join(root, "render", "golden", name + ".databricks.sql"), encoding="utf-8") as file:
            text = "\n".join(line for line in file.read().split("\n") if not line.startswith("--"))
            statements += [(name, one) for one in text.split(";\n") if one.strip()]
    with open(os.path.join(root, "conformance", "load", "databricks.cells"), encoding="utf-8") as file:
        for part in file.read().split("\n## ")[1:]:
            head, _, lines = part.partition("\n")
            statements += [(head.split()[0], line) for line in lines.split("\n") if line]
    for name, text in statements:
        try:
            server.run(text)
            report("rendered: " + name)
        except RuntimeError as error:
            report("rendered: " + name, str(error)[-300:] + " in " + text[:200])


def together(server):
    """Several requests at a time do not get into each other's way."""
    found = []

    def one(n):
        found.append(server.run("SELECT %d AS n, count(*) FROM range(3)" % n)[1][0])
    threads = [threading.Thread(target=one, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal("together: six requests", sorted(found), [[str(n), "3"] for n in range(6)])


def main():
    work = tempfile.mkdtemp(prefix="databricks")
    try:
        server = emulator.Databricks(work)
    except emulator.Lacking as lacking:
        print("skip databricks: %s" % lacking)
        shutil.rmtree(work, ignore_errors=True)
        return
    # The client keeps to what it is given here.
    os.environ["DATABRICKS_CONFIG_FILE"] = os.path.join(work, "none")
    os.environ["NO_PROXY"] = "127.0.0.1"
    try:
        server.control("fault", {"kind": "neverEnds", "statement": "this query never ends", "times": -1})
        for part in (its_client, machine, documented, shapes, parameters, waiting, limits, links, streams, faults, rendered, together):
            part(server)
            server.control("clear")
        with open(os.path.join(work, "server.log"), encoding="utf-8") as log:
            said = log.read()
        report("nothing unforeseen", said[-300:] if said else None)
    finally:
        server.stop()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
