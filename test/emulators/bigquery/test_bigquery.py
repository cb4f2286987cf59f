#!/usr/bin/python3
"""Is BigQuery's emulator as the reference says?  Plain requests, Google's own client for Node, and the bq command.

Prints lines for test/run to count; what cannot be had here is a skip that says so.
"""
import base64
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import bigquery_emulator as place  # noqa: E402

BQ = "/usr/lib/google-cloud-sdk/platform/bq"
CASES = []


def case(function):
    CASES.append(function)
    return function


class Http:
    """Requests as they are, with every header said here."""

    def __init__(self, server):
        self.server = server
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.project = server.projects[0]

    def send(self, method, path, body=None, headers=None, token=True):
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.server.plain_url + path, data=data, method=method, headers={
            "Content-Type": "application/json", **({"Authorization": "Bearer " + self.server.token} if token else {}), **(headers or {})})
        try:
            with self.opener.open(request, timeout=300) as reply:
                return reply.status, reply.headers, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def api(self, method, path, body=None, headers=None):
        status, _, text = self.send(method, "/bigquery/v2/projects/%s/%s" % (self.project, path), body, headers)
        return status, json.loads(text) if text else {}

    def query(self, sql, **more):
        return self.api("POST", "queries", {"query": sql, "useLegacySql": False, "timeoutMs": 180000, **more})

    def rows(self, sql, **more):
        status, answer = self.query(sql, **more)
        assert status == 200, answer
        return [[cell["v"] for cell in row["f"]] for row in answer.get("rows", [])]

    def refused(self, answer, status, reason, words=""):
        assert answer[0] == status, answer
        error = answer[1]["error"]
        assert error["code"] == status and error["errors"][0]["reason"] == reason, error
        assert words in error["message"], error["message"]


@case
def legacy_sql_is_what_a_request_means_that_does_not_say(http):
    http.refused(http.api("POST", "queries", {"query": "SELECT 1 FROM `a.b`"}), 400, "invalidQuery", "Invalid table name")
    assert http.rows("SELECT 1") == [["1"]]
    assert http.api("POST", "queries", {"query": "#standardSQL\nSELECT 2"})[0] == 200


@case
def timestamps_are_floats_unless_asked_otherwise(http):
    sql = "SELECT TIMESTAMP '2024-01-01 00:00:00.123456+00'"
    assert http.rows(sql) == [["1.704067200123456E9"]]
    assert http.rows(sql, formatOptions={"useInt64Timestamp": True}) == [["1704067200123456"]]
    assert http.rows(sql, formatOptions={"timestampOutputFormat": "ISO8601_STRING"}) == [["2024-01-01T00:00:00.123456Z"]]
    assert http.query(sql, formatOptions={"useInt64Timestamp": True, "timestampOutputFormat": "INT64"})[0] == 400


@case
def a_job_is_found_with_its_location(http):
    http.api("POST", "datasets", {"datasetReference": {"datasetId": "far"}, "location": "asia-east1"})
    http.rows("CREATE TABLE far.t AS SELECT 1 AS a")
    job = http.query("SELECT a FROM far.t")[1]["jobReference"]
    assert job["location"] == "asia-east1"
    assert http.api("GET", "queries/%s?location=asia-east1" % job["jobId"])[0] == 200
    http.refused(http.api("GET", "queries/%s" % job["jobId"]), 404, "notFound")
    http.refused(http.query("SELECT a FROM far.t", location="EU"), 404, "notFound", "was not found in location EU")


@case
def a_request_id_runs_a_statement_once(http):
    http.rows("CREATE TABLE far.once (a INT64)")
    answers = [http.query("INSERT INTO far.once VALUES (1)", requestId="5f0c-1") for _ in range(3)]
    assert [a[1]["numDmlAffectedRows"] for a in answers] == ["1"] * 3
    assert len({a[1]["jobReference"]["jobId"] for a in answers}) == 1
    assert http.rows("SELECT COUNT(*) FROM far.once") == [["1"]]


@case
def a_job_id_is_taken_once(http):
    job = {"jobReference": {"projectId": http.project, "jobId": "mine_1", "location": "EU"}, "configuration": {"query": {"query": "SELECT 1", "useLegacySql": False}}}
    assert http.api("POST", "jobs", job)[0] == 200
    http.refused(http.api("POST", "jobs", job), 409, "duplicate", "Already Exists: Job")


@case
def pages_end_when_there_is_no_token(http):
    sql = "SELECT x FROM UNNEST(GENERATE_ARRAY(1, 25)) AS x ORDER BY x"
    _, answer = http.query(sql, maxResults=10)
    assert (len(answer["rows"]), answer["totalRows"]) == (10, "25")
    job, seen = answer["jobReference"], [row["f"][0]["v"] for row in answer["rows"]]
    where = "queries/%s?location=%s" % (job["jobId"], job["location"])
    while "pageToken" in answer:
        _, answer = http.api("GET", "%s&maxResults=10&pageToken=%s" % (where, answer["pageToken"]))
        seen += [row["f"][0]["v"] for row in answer["rows"]]
    assert seen == [str(i) for i in range(1, 26)]
    assert len(http.api("GET", where + "&startIndex=20")[1]["rows"]) == 5
    assert "rows" not in http.api("GET", where + "&maxResults=0")[1]
    http.refused(http.api("GET", where + "&pageToken=BGQnonsense"), 400, "invalid")


@case
def a_query_may_outlast_its_request(http):
    http.server.control("fault", {"kind": "slowJob", "query": "slow one", "milliseconds": 400})
    status, answer = http.query("SELECT 'slow one'", timeoutMs=0)
    assert status == 200 and answer["jobComplete"] is False and "rows" not in answer and "schema" not in answer
    job = answer["jobReference"]
    _, answer = http.api("GET", "queries/%s?location=%s&timeoutMs=180000" % (job["jobId"], job["location"]))
    assert answer["jobComplete"] and answer["rows"][0]["f"][0]["v"] == "slow one"


@case
def a_job_is_cancelled(http):
    http.server.control("fault", {"kind": "neverEnds", "query": "endless"})
    job = http.query("SELECT 'endless'", timeoutMs=0)[1]["jobReference"]
    assert job["jobId"] in http.server.control("running")
    where = "jobs/%s" % job["jobId"]
    status, answer = http.api("POST", "%s/cancel?location=%s" % (where, job["location"]), b"")
    assert status == 200 and answer["kind"] == "bigquery#jobCancelResponse"
    http.refused(http.api("GET", "queries/%s?location=%s" % (job["jobId"], job["location"])), 499, "stopped")
    assert http.api("GET", "%s?location=%s" % (where, job["location"]))[1]["status"]["errorResult"]["reason"] == "stopped"


@case
def dry_runs_and_limits_of_bytes(http):
    http.rows("CREATE TABLE far.wide AS SELECT x AS a, REPEAT('x', 98) AS b FROM UNNEST(GENERATE_ARRAY(1, 100)) AS x")
    _, answer = http.query("SELECT b FROM far.wide", dryRun=True)
    assert answer["totalBytesProcessed"] == "10000" and answer["schema"]["fields"][0]["name"] == "b" and "rows" not in answer
    assert "jobId" not in answer["jobReference"]
    http.refused(http.query("SELECT b FROM far.wide", maximumBytesBilled="1000"), 400, "bytesBilledLimitExceeded", "10485760 or higher required")
    assert http.query("SELECT b FROM far.wide", maximumBytesBilled="10485760")[0] == 200


@case
def results_are_cached(http):
    answers = [http.query("SELECT SUM(a) FROM far.wide")[1] for _ in range(2)]
    assert [a["cacheHit"] for a in answers] == [False, True] and answers[1]["totalBytesProcessed"] == "0"
    assert http.query("SELECT SUM(a) FROM far.wide", useQueryCache=False)[1]["cacheHit"] is False
    http.rows("DELETE FROM far.wide WHERE a = 100")
    assert http.query("SELECT SUM(a) FROM far.wide")[1]["cacheHit"] is False


@case
def partition_filters_are_required(http):
    http.rows("CREATE TABLE far.parts (d DATE, a INT64) PARTITION BY d OPTIONS (require_partition_filter = TRUE)")
    http.rows("INSERT INTO far.parts VALUES (DATE '2024-01-01', 1), (DATE '2024-01-02', 2), (NULL, 3)")
    http.refused(http.query("SELECT a FROM far.parts"), 400, "invalidQuery", "without a filter over column(s) 'd'")
    assert http.rows("SELECT a FROM far.parts WHERE d = '2024-01-01'") == [["1"]]
    found = http.rows("SELECT partition_id, total_rows FROM far.INFORMATION_SCHEMA.PARTITIONS WHERE table_name = 'parts' ORDER BY 1")
    assert found == [["20240101", "1"], ["20240102", "1"], ["__NULL__", "1"]], found


@case
def what_the_language_has_and_the_service_does_not(http):
    http.rows("CREATE TABLE far.l AS SELECT x AS a, x AS b FROM UNNEST([1, 2, NULL]) AS x")
    http.rows("CREATE TABLE far.r AS SELECT x AS a, x AS b FROM UNNEST([2, 3]) AS x")
    join, words = "SELECT l.a FROM far.l LEFT JOIN far.r ON ", "LEFT OUTER JOIN cannot be used without a condition that is an equality"
    for on in ("TRUE", "l.a < r.a", "l.a = l.b", "r.a = 2", "l.a = r.a OR l.b = r.b", "l.a = r.a + l.b"):
        http.refused(http.query(join + on), 400, "invalidQuery", words)
    for on in ("l.a = r.a", "r.a + 1 = l.a + 1 AND l.b < r.b", "l.b < r.b AND CAST(l.a AS STRING) = CAST(r.a AS STRING)"):
        assert http.query(join + on)[0] == 200
    for kind in ("LEFT", "INNER"):
        http.refused(http.query("SELECT 1 FROM far.l %s JOIN far.r ON l.a = r.a AND l.b IN (SELECT a FROM far.r)" % kind), 400, "invalidQuery", "Unsupported subquery with table in join")
    exists = "SELECT a FROM far.l WHERE EXISTS (SELECT 1 FROM far.r WHERE %s)"
    http.refused(http.query(exists % "r.a < l.a"), 400, "invalidQuery", "Correlated subqueries that reference other tables")
    assert http.rows(exists % "r.a = l.a AND r.b <= l.b") == [["2"]]
    over = "SELECT COUNT(*) OVER (ORDER BY a %s) FROM far.l"
    http.refused(http.query(over % "ASC NULLS LAST"), 400, "invalidQuery", "NULLS LAST not supported with ascending sort order in RANGE")
    http.refused(http.query(over % "DESC NULLS FIRST"), 400, "invalidQuery", "NULLS FIRST not supported with descending sort order in RANGE")
    for order in ("ASC NULLS FIRST", "ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW", "IS NULL, a ASC"):
        assert http.query(over % order)[0] == 200


@case
def transactions_in_sessions(http):
    http.rows("CREATE TABLE far.tx (a INT64)")
    def session():
        return http.query("SELECT 1", createSession=True, location="asia-east1")[1]["sessionInfo"]["sessionId"]
    def run(identity, sql):
        return http.query(sql, connectionProperties=[{"key": "session_id", "value": identity}], location="asia-east1")
    first, second = session(), session()
    for identity in (first, second):
        assert run(identity, "BEGIN TRANSACTION")[0] == 200
        assert run(identity, "INSERT INTO far.tx VALUES (1)")[0] == 200
        assert run(identity, "SELECT COUNT(*) FROM far.tx")[1]["rows"][0]["f"][0]["v"] == "1"
    assert http.rows("SELECT COUNT(*) FROM far.tx") == [["0"]]
    http.refused(run(first, "CREATE TABLE far.no (a INT64)"), 400, "invalidQuery")
    assert run(first, "COMMIT TRANSACTION")[0] == 200
    http.refused(run(second, "COMMIT TRANSACTION"), 400, "invalidQuery", "aborted due to concurrent update")
    assert http.rows("SELECT COUNT(*) FROM far.tx") == [["1"]]
    http.refused(http.query("BEGIN TRANSACTION"), 400, "invalidQuery")
    assert run(first, "CALL BQ.ABORT_SESSION()")[0] == 200
    http.refused(run(first, "SELECT 1"), 404, "notFound")


@case
def dml_of_every_kind(http):
    http.rows("CREATE TABLE far.dml (id INT64 NOT NULL, s STRING(3) DEFAULT 'new', n NUMERIC(5, 2), st STRUCT<x INT64>)")
    assert http.query("INSERT INTO far.dml (id, n) VALUES (1, 1.005), (2, 2)")[1]["dmlStats"]["insertedRowCount"] == "2"
    assert http.rows("SELECT s, n FROM far.dml ORDER BY id") == [["new", "1.01"], ["new", "2"]]
    http.refused(http.query("INSERT INTO far.dml (id, s) VALUES (3, 'long')"), 400, "invalidQuery", "maximum length 3")
    http.refused(http.query("INSERT INTO far.dml (id) VALUES (NULL)"), 400, "invalidQuery", "cannot be null")
    http.refused(http.query("INSERT INTO far.dml (id, n) VALUES (3, 1000)"), 400, "invalidQuery")
    assert http.query("UPDATE far.dml SET st = STRUCT(5), s = DEFAULT WHERE id = 1")[1]["numDmlAffectedRows"] == "1"
    assert http.query("UPDATE far.dml SET st.x = 6 WHERE id = 1")[1]["numDmlAffectedRows"] == "1"
    merged = http.query("""MERGE far.dml AS t USING (SELECT 1 AS id, 'm' AS s UNION ALL SELECT 9, 'i') AS src ON t.id = src.id
        WHEN MATCHED AND t.n > 100 THEN DELETE WHEN MATCHED THEN UPDATE SET s = src.s WHEN NOT MATCHED THEN INSERT (id, s) VALUES (id, s)
        WHEN NOT MATCHED BY SOURCE THEN DELETE""")[1]["dmlStats"]
    assert merged == {"insertedRowCount": "1", "updatedRowCount": "1", "deletedRowCount": "1"}, merged
    assert http.rows("SELECT id, s, st.x FROM far.dml ORDER BY id") == [["1", "m", "6"], ["9", "i", None]]
    twice = "MERGE far.dml t USING UNNEST([1, 1]) AS k ON t.id = k WHEN MATCHED THEN UPDATE SET s = 'x'"
    http.refused(http.query(twice), 400, "invalidQuery", "at most one source row")
    assert http.query("TRUNCATE TABLE far.dml")[1]["numDmlAffectedRows"] == "2"


@case
def ddl_of_every_kind(http):
    http.rows("CREATE OR REPLACE TABLE far.ddl (a INT64, b NUMERIC(5, 2), c STRING OPTIONS (description = 'see'), PRIMARY KEY (a) NOT ENFORCED) CLUSTER BY a OPTIONS (labels = [('k', 'v')])")
    http.rows("ALTER TABLE far.ddl ADD COLUMN d STRUCT<e ARRAY<INT64>>, DROP COLUMN c, ALTER COLUMN b SET DATA TYPE NUMERIC(7, 2), SET OPTIONS (description = 'x')")
    http.rows("ALTER TABLE far.ddl RENAME COLUMN b TO bb")
    http.refused(http.query("ALTER TABLE far.ddl ALTER COLUMN bb SET DATA TYPE INT64"), 400, "invalidQuery")
    http.refused(http.query("ALTER TABLE far.ddl RENAME COLUMN a TO z"), 400, "invalidQuery")
    http.refused(http.query("CREATE TABLE far.ddl (a INT64)"), 409, "duplicate")
    columns = http.rows("SELECT column_name, data_type, is_nullable FROM far.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'ddl' ORDER BY ordinal_position")
    assert columns == [["a", "INT64", "YES"], ["bb", "NUMERIC(7, 2)", "YES"], ["d", "STRUCT<e ARRAY<INT64>>", "YES"]], columns
    assert http.rows("SELECT field_path FROM far.INFORMATION_SCHEMA.COLUMN_FIELD_PATHS WHERE table_name = 'ddl' AND column_name = 'd'") == [["d"], ["d.e"]]
    assert http.rows("SELECT column_name FROM far.INFORMATION_SCHEMA.KEY_COLUMN_USAGE WHERE table_name = 'ddl'") == [["a"]]
    assert http.rows("SELECT option_value FROM far.INFORMATION_SCHEMA.TABLE_OPTIONS WHERE table_name = 'ddl' AND option_name = 'description'") == [['"x"']]
    resource = http.api("GET", "datasets/far/tables/ddl")[1]
    assert resource["labels"] == {"k": "v"} and resource["clustering"] == {"fields": ["a"]} and resource["tableConstraints"]["primaryKey"]["columns"] == ["a"]
    http.rows("ALTER TABLE far.ddl RENAME TO renamed; CREATE TABLE far.like_it LIKE far.renamed; DROP TABLE far.renamed; DROP TABLE IF EXISTS far.renamed")
    http.refused(http.query("DROP TABLE far.renamed"), 404, "notFound")
    assert http.rows("SELECT schema_name FROM `region-asia-east1`.INFORMATION_SCHEMA.SCHEMATA WHERE NOT STARTS_WITH(schema_name, '_')") == [["far"]]


@case
def uploads_in_pieces(http):
    line = json.dumps({"a": 1, "b": "x" * 100}) + "\n"
    text = (line * 6000).encode()
    body = {"configuration": {"load": {"destinationTable": {"projectId": http.project, "datasetId": "far", "tableId": "pieces"}, "sourceFormat": "NEWLINE_DELIMITED_JSON",
            "schema": {"fields": [{"name": "a", "type": "INTEGER"}, {"name": "b", "type": "STRING"}]}}}}
    status, headers, _ = http.send("POST", "/upload/bigquery/v2/projects/%s/jobs?uploadType=resumable" % http.project, body)
    assert status == 200
    url, piece = urllib.parse.urlsplit(headers["Location"]), 262144
    path = "%s?%s" % (url.path, url.query)
    status, _, _ = http.send("PUT", path, text[:1000], {"Content-Range": "bytes 0-999/*"})
    assert status == 400, status
    for at in range(0, len(text), piece):
        part = text[at:at + piece]
        status, headers, answer = http.send("PUT", path, part, {"Content-Range": "bytes %d-%d/%d" % (at, at + len(part) - 1, len(text))})
        if at + len(part) < len(text):
            assert (status, headers["Range"]) == (308, "bytes=0-%d" % (at + len(part) - 1)), status
    assert status == 200, answer
    job = json.loads(answer)["jobReference"]
    while http.api("GET", "jobs/%s?location=%s" % (job["jobId"], job["location"]))[1]["status"]["state"] != "DONE":
        time.sleep(0.05)
    assert http.rows("SELECT COUNT(*) FROM far.pieces") == [["6000"]]


@case
def json_keeps_numbers_of_64_bits(http):
    http.rows("CREATE TABLE far.js (j JSON)")
    job = http.server.load(http.project, "far", "js", '{"j": [18446744073709551615, 1.2345678901234567890, 0.1, "1"]}', "NEWLINE_DELIMITED_JSON")
    assert "errorResult" not in job["status"], job
    assert http.rows("SELECT TO_JSON_STRING(j) FROM far.js") == [['[18446744073709551615,1.2345678901234567,0.1,"1"]']]


@case
def streamed_rows_cannot_be_changed_at_once(http):
    http.rows("CREATE TABLE far.streamed (a INT64)")
    answer = http.api("POST", "datasets/far/tables/streamed/insertAll", {"rows": [{"insertId": "1", "json": {"a": 1}}, {"insertId": "2", "json": {"b": 1}}]})[1]
    assert [e["errors"][0]["reason"] for e in sorted(answer["insertErrors"], key=lambda e: e["index"])] == ["stopped", "invalid"], answer
    for _ in range(2):
        assert "insertErrors" not in http.api("POST", "datasets/far/tables/streamed/insertAll", {"rows": [{"insertId": "1", "json": {"a": "1"}}]})[1]
    assert http.rows("SELECT a FROM far.streamed") == [["1"]]
    http.refused(http.query("DELETE FROM far.streamed WHERE TRUE"), 400, "invalidQuery", "streaming buffer")


@case
def compressed_only_when_both_headers_ask(http):
    path = "/bigquery/v2/projects/%s/datasets/far/tables/wide/data" % http.project
    for agent, encoding, packed in (("x (gzip)", "gzip", True), ("x", "gzip", False), ("x (gzip)", "identity", False)):
        _, headers, text = http.send("GET", path, headers={"User-Agent": agent, "Accept-Encoding": encoding})
        assert (headers.get("Content-Encoding") == "gzip") == packed
        assert json.loads(gzip.decompress(text) if packed else text)["totalRows"] == "99"


@case
def faults_to_order(http):
    order = lambda **rule: http.server.control("fault", {"path": "/queries", **rule})
    order(kind="status", status=429, reason="rateLimitExceeded", retryAfter=7)
    status, headers, text = http.send("POST", "/bigquery/v2/projects/%s/queries" % http.project, {"query": "SELECT 1", "useLegacySql": False})
    assert (status, headers["Retry-After"]) == (429, "7") and json.loads(text)["error"]["errors"][0]["reason"] == "rateLimitExceeded"
    order(kind="emptyPage")
    answer = http.query("SELECT 5")[1]
    assert "rows" not in answer and answer["pageToken"] and answer["totalRows"] == "1"
    order(kind="totalRows", delta=3)
    assert http.query("SELECT 5")[1]["totalRows"] == "4"
    order(kind="cut", bytes=20)
    try:
        http.query("SELECT 5")
        raise AssertionError("the body was not cut")
    except (OSError, Exception) as error:  # http.client has its own kind for short bodies
        assert "IncompleteRead" in repr(error) or isinstance(error, OSError), repr(error)
    order(kind="drip", bytes=100, milliseconds=20)
    start = time.monotonic()
    assert http.query("SELECT 5")[0] == 200 and time.monotonic() - start > 0.08
    order(kind="lost")
    try:
        http.query("CREATE TABLE far.lost (a INT64)", requestId="lost-1")
        raise AssertionError("the answer came")
    except OSError:
        pass
    assert http.query("CREATE TABLE far.lost (a INT64)", requestId="lost-1")[0] == 200
    http.server.control("fault", {"kind": "jobError", "query": "SELECT 6", "reason": "jobBackendError"})
    http.refused(http.query("SELECT 6"), 400, "jobBackendError")
    assert http.query("SELECT 6")[0] == 200
    assert len(http.server.control("faults")) >= 7


def jwt(server, key=None, header=None, **change):
    with open(server.keyfile, encoding="ascii") as file:
        account = json.load(file)
    now = int(time.time())
    claims = {"iss": account["client_email"], "scope": "https://www.googleapis.com/auth/bigquery", "aud": account["token_uri"], "iat": now, "exp": now + 3600, **change}
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")
    text = part({"alg": "RS256", "typ": "JWT", "kid": account["private_key_id"], **(header or {})}) + b"." + part({k: v for k, v in claims.items() if v is not None})
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as pem:
        pem.write(key or account["private_key"])
        pem.flush()
        signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", pem.name], input=text, capture_output=True, check=True).stdout
    return (text + b"." + base64.urlsafe_b64encode(signed).rstrip(b"=")).decode()


def ask(http, **form):
    status, _, text = http.send("POST", "/token", urllib.parse.urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}, token=False)
    return status, json.loads(text)


GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@case
def tokens_for_a_signed_claim_only(http):
    status, answer = ask(http, grant_type=GRANT, assertion=jwt(http.server))
    assert status == 200 and answer["token_type"] == "Bearer" and answer["expires_in"] > 3000
    answered = http.send("GET", "/bigquery/v2/projects", headers={"Authorization": "Bearer " + answer["access_token"]})
    assert answered[0] == 200
    other = subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], capture_output=True, check=True, text=True).stdout
    now = int(time.time())
    wrong = {"another key": dict(key=other), "another audience": dict(aud="https://example.com/token"), "an unknown issuer": dict(iss="x@example.com"),
             "too long": dict(exp=now + 7200), "expired": dict(iat=now - 4000, exp=now - 400), "no time": dict(iat=None), "from the future": dict(iat=now + 3000, exp=now + 6000),
             "another algorithm": dict(header={"alg": "HS256"}), "another key id": dict(header={"kid": "x"})}
    for name, change in wrong.items():
        status, answer = ask(http, grant_type=GRANT, assertion=jwt(http.server, **change))
        assert (status, answer["error"]) == (400, "invalid_grant"), (name, status, answer)
    assert ask(http, grant_type=GRANT, assertion=jwt(http.server, scope=None))[1]["error"] == "invalid_scope"
    assert ask(http, grant_type=GRANT, assertion=jwt(http.server)[:-4] + "AAAA")[1]["error"] == "invalid_grant"


@case
def other_ways_to_a_token(http):
    with open(http.server.user, encoding="ascii") as file:
        user = json.load(file)
    given = {name: user[name] for name in ("refresh_token", "client_id", "client_secret")}
    assert ask(http, grant_type="refresh_token", **given)[0] == 200
    assert ask(http, grant_type="refresh_token", **{**given, "refresh_token": "x"})[1]["error"] == "invalid_grant"
    assert ask(http, grant_type="refresh_token", **{**given, "client_secret": "x"}) [0] == 401
    path = "/computeMetadata/v1/instance/service-accounts/default/token"
    assert http.send("GET", path, token=False)[0] == 403
    status, headers, text = http.send("GET", path, headers={"Metadata-Flavor": "Google"}, token=False)
    assert status == 200 and headers["Metadata-Flavor"] == "Google" and json.loads(text)["access_token"]
    act = "/v1/projects/-/serviceAccounts/%s:generateAccessToken"
    wanted = {"scope": ["https://www.googleapis.com/auth/bigquery"], "lifetime": "600s"}
    assert http.send("POST", act % http.server.impersonate, wanted)[0] == 403
    strong = {"Authorization": "Bearer " + http.server.control("token", {"scopes": ["https://www.googleapis.com/auth/cloud-platform"]})["token"]}
    status, _, text = http.send("POST", act % http.server.impersonate, wanted, strong)
    assert status == 200
    acting = json.loads(text)["accessToken"]
    _, _, text = http.send("POST", "/bigquery/v2/projects/%s/queries" % http.project, {"query": "SELECT SESSION_USER()", "useLegacySql": False}, {"Authorization": "Bearer " + acting})
    assert json.loads(text)["rows"][0]["f"][0]["v"] == http.server.impersonate
    assert http.send("POST", act % "nobody@example.com", {"scope": ["x"]}, strong)[0] == 403
    signed = jwt(http.server, sub=http.server.account, aud="https://bigquery.googleapis.com/", scope=None)
    assert http.send("GET", "/bigquery/v2/projects", headers={"Authorization": "Bearer " + signed})[0] == 200


@case
def nobody_without_a_token(http):
    assert http.send("GET", "/bigquery/v2/projects", token=False)[0] == 401
    status, headers, _ = http.send("GET", "/bigquery/v2/projects", headers={"Authorization": "Bearer x"})
    assert status == 401 and "invalid_token" in headers["WWW-Authenticate"]
    weak = http.server.control("token", {"scopes": ["https://www.googleapis.com/auth/drive"]})["token"]
    assert http.send("GET", "/bigquery/v2/projects", headers={"Authorization": "Bearer " + weak})[0] == 403
    short = http.server.control("token", {"lifetime": 0})["token"]
    time.sleep(0.01)
    assert http.send("GET", "/bigquery/v2/projects", headers={"Authorization": "Bearer " + short})[0] == 401


@case
def many_statements_at_once(http):
    start, wrong, threads = time.monotonic(), [], []
    def work(n):
        for i in range(50):
            answer = http.query("SELECT %d + COUNT(*) FROM far.wide WHERE a > %d" % (n, i))[1]
            if answer.get("rows") != [{"f": [{"v": str(n + 99 - i)}]}]:
                wrong.append(answer)
    for n in range(8):
        threads.append(threading.Thread(target=work, args=(n,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    print("= emulators bigquery: %d statements a minute" % (400 / (time.monotonic() - start) * 60))
    assert not wrong, wrong[:3]


@case
def both_kinds_of_http_over_tls(http):
    if not shutil.which("curl"):
        return "curl is not installed"
    for version, wanted in (("--http1.1", "1.1"), ("--http2", "2")):
        url = http.server.url + "/bigquery/v2/projects"
        done = subprocess.run(["curl", "-s", version, "--cacert", http.server.ca, "-w", "\n%{http_version} %{num_connects}", "-H", "Authorization: Bearer " + http.server.token, url, url],
                              capture_output=True, text=True, check=True)
        lines = done.stdout.strip().split("\n")
        assert lines[-1] == wanted + " 0", lines[-1]
        assert json.loads(lines[0].replace("}" + wanted, "}"))["totalItems"] == 2


@case
def methods_are_those_of_the_discovery_document(http):
    official = os.path.join(BQ, "discovery_next", "bigquery.json")
    if not os.path.exists(official):
        return "the bq command's discovery document is not installed"
    with open(official, encoding="utf-8") as file:
        theirs = json.load(file)
    ours = json.loads(http.send("GET", "/discovery/v1/apis/bigquery/v2/rest", token=False)[2])
    for name, resource in ours["resources"].items():
        for method, what in resource["methods"].items():
            known = theirs["resources"][name]["methods"][method]
            assert (known["httpMethod"], known.get("flatPath") or known["path"]) == (what["httpMethod"], what["flatPath"]), (name, method)
            odd = set(what["parameters"]) - set(known.get("parameters", {})) - {"formatOptions.timestampOutputFormat", "updateMode", "accessPolicyVersion", "datasetView"}
            assert not odd, (name, method, odd)
    return None


def bq(server, *words, text=None):
    """The bq command by itself, without gcloud's accounts."""
    home = os.path.join(server.work, "home")
    os.makedirs(home, exist_ok=True)
    return subprocess.run(
        ["python3", os.path.join(BQ, "bq.py"), "--api", server.plain_url, "--project_id", server.projects[0], "--oauth_access_token", server.token,
         "--use_gce_service_account=false", "--format=json", "--location=EU", *words], input=text, capture_output=True, text=True, check=False, timeout=600,
        env={**os.environ, "HOME": home, "CLOUDSDK_CONFIG": os.path.join(home, "gcloud"), "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"})


def run_bq(server):
    if not os.path.exists(os.path.join(BQ, "bq.py")):
        print("skip bq: the bq command is not installed")
        return
    with open(os.path.join(server.work, "rows.csv"), "w", encoding="ascii") as file:
        file.write("1,one\n2,two\n")
    steps = [
        ("makes a dataset", ["mk", "--dataset", "bqds"], lambda out: True),
        ("makes a table", ["mk", "--table", "bqds.t", "id:INTEGER,name:STRING"], lambda out: True),
        ("loads a file", ["load", "--source_format=CSV", "bqds.t", os.path.join(server.work, "rows.csv")], lambda out: True),
        ("runs a query", ["query", "--use_legacy_sql=false", "SELECT name FROM bqds.t WHERE id = 2"], lambda out: json.loads(out) == [{"name": "two"}]),
        ("gives parameters", ["query", "--use_legacy_sql=false", "--parameter=x:INT64:1", "SELECT name FROM bqds.t WHERE id = @x"], lambda out: json.loads(out) == [{"name": "one"}]),
        ("estimates", ["query", "--use_legacy_sql=false", "--dry_run", "SELECT id FROM bqds.t"], lambda out: json.loads(out)["statistics"]["query"]["totalBytesProcessed"] == "16"),
        ("shows a table", ["show", "bqds.t"], lambda out: json.loads(out)["numRows"] == "2"),
        ("shows its head", ["head", "-n", "1", "bqds.t"], lambda out: json.loads(out) == [{"id": "1", "name": "one"}]),
        ("lists", ["ls", "bqds"], lambda out: json.loads(out)[0]["tableReference"]["tableId"] == "t"),
        ("removes", ["rm", "-f", "-r", "bqds"], lambda out: True),
    ]
    for name, words, good in steps:
        done = bq(server, *words)
        try:
            problem = None if done.returncode == 0 and good(done.stdout) else (done.stdout + done.stderr)[-400:]
        except ValueError:
            problem = done.stdout[-400:]
        print("not ok bq %s: %s" % (name, " ".join(problem.split())) if problem else "ok bq " + name, flush=True)
    done = bq(server, "query", "SELECT 1 FROM `bqds.t`")
    print("ok bq speaks legacy SQL where nothing is said" if done.returncode and "Invalid table name" in done.stdout + done.stderr else "not ok bq legacy: " + " ".join((done.stdout + done.stderr).split())[-300:])


def run_client(server):
    try:
        modules = place.modules("@google-cloud/bigquery")
    except place.Lacking as lacking:
        print("skip client: %s" % lacking)
        return
    server.control("fault", {"kind": "neverEnds", "query": "never ends"})
    server.control("set", {"settled": True})
    done = subprocess.run(["node", "--require", os.path.join(HERE, "redirect.js"), os.path.join(HERE, "client.js"), modules, json.dumps(server.facts)],
                          capture_output=True, text=True, check=False, timeout=900,
                          env={**os.environ, "NODE_EXTRA_CA_CERTS": server.ca, "EMULATOR_URL": server.url})
    print(done.stdout, end="")
    if done.returncode or "ok client" not in done.stdout:
        print("not ok client ended with %s: %s" % (done.returncode, " ".join(done.stderr.split())[-400:]))


def main():
    work = tempfile.mkdtemp(prefix="gw-bigquery-")
    try:
        start = time.monotonic()
        server = place.BigQuery(os.path.join(work, "server"))
    except place.Lacking as lacking:
        print("skip bigquery: %s" % lacking)
        shutil.rmtree(work)
        return
    print("= emulators bigquery: ready in %.1f s" % (time.monotonic() - start))
    http = Http(server)
    for run in CASES:
        name = "bigquery " + run.__name__.replace("_", " ")
        server.control("clear")
        try:
            why = run(http)
            print("skip %s: %s" % (name, why) if why else "ok " + name, flush=True)
        except Exception as error:  # whatever goes wrong is this case's failure
            print("not ok %s: %s" % (name, " ".join((str(error) or repr(error)).split())[:400]), flush=True)
    server.control("reset")
    run_client(server)
    server.control("reset")
    run_bq(server)
    server.stop()
    with open(server.log.name, encoding="utf-8") as log:
        said = log.read().strip()
    print("not ok bigquery logged: " + " ".join(said.split())[:300] if said else "ok bigquery has nothing to complain of")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
