"""Statement handles: what runs, what came of it, and its partitions.

docs.snowflake.com/developer-guide/sql-api/submitting-requests, handling-responses, cancelling-requests.  Results are
kept for the run of the emulator, in memory.
"""
import gzip
import json
import threading
import time
import uuid

import sqltext
import values
from engine import ALLOWED, Result
from errors import Failure, of_duckdb

SYNCHRONOUS = 45.0


class Job:
    """One statement or, with children, a request of several."""

    def __init__(self, text, request_id=None):
        self.handle, self.request_id, self.text = str(uuid.uuid4()), request_id, text
        self.created, self.done, self.failure, self.result = int(time.time() * 1000), threading.Event(), None, None
        self.children, self.session, self.parts, self.nullable, self.tag = [], None, [], True, ""
        self.cancelled, self.stops = threading.Event(), 0.0


class Jobs:
    def __init__(self, engine, faults):
        self.engine, self.faults, self.jobs, self.requests = engine, faults, {}, {}
        self.lock, self.first_rows, self.rows = threading.Lock(), 1000, 10000
        self.log = []

    def running(self):
        return [j.handle for j in list(self.jobs.values()) if not j.done.is_set()]

    # ---- submission ----

    def submit(self, body, query, user, only_role):
        """The Job of a POST; one that was sent before with that requestId and retry=true is found again."""
        request_id = query.get("requestId")
        with self.lock:
            known = self.requests.get(request_id) if request_id and query.get("retry", "").lower() == "true" else None
            if known is not None:
                return known
            job = self.prepared(body, query, user, only_role)
            self.jobs[job.handle] = job
            if request_id:
                self.requests[request_id] = job
        self.log.append({"statement": job.text, "requestId": request_id, "handle": job.handle, "tag": job.tag, "at": time.time()})
        threading.Thread(target=self.work, args=(job, body), daemon=True).start()
        return job

    def prepared(self, body, query, user, only_role):
        if not isinstance(body, dict) or not isinstance(body.get("statement"), str) or not body["statement"].strip():
            raise Failure("body")
        parameters = body.get("parameters") or {}
        for name in parameters:
            if name.upper() not in ALLOWED:
                raise Failure("parameter", name)
        timeout = body.get("timeout")
        if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, int) or not 0 <= timeout <= 604800):
            raise Failure("body")
        role = body.get("role") or only_role or user["defaults"].get("role")
        if (role and role not in user["roles"]) or (only_role and role != only_role):
            raise Failure("role_denied", role)
        job = Job(body["statement"], query.get("requestId"))
        job.nullable, job.tag = query.get("nullable", "true").lower() != "false", str(parameters.get("QUERY_TAG", ""))
        defaults = user["defaults"]
        self.check(job, parameters, body)
        job.session = self.engine.session(
            database=body.get("database") or defaults.get("database"), schema=body.get("schema") or defaults.get("schema"),
            warehouse=body.get("warehouse") or defaults.get("warehouse"), role=role, parameters=parameters, multi=job.multi, user=user["name"])
        return job

    @staticmethod
    def check(job, parameters, body):
        """How many statements there are, and may be."""
        wanted = next((str(v) for k, v in parameters.items() if k.upper() == "MULTI_STATEMENT_COUNT"), "1")
        job.texts = sqltext.split(job.text)
        job.multi = wanted != "1"
        if wanted != "0" and str(len(job.texts)) != wanted:
            raise Failure("count", len(job.texts), wanted=wanted)
        if job.multi and body.get("bindings"):
            raise Failure("binds_multi")

    # ---- execution ----

    def work(self, job, body):
        limit = body.get("timeout")
        timer = None
        if limit:
            timer = threading.Timer(limit, self.expire, (job, limit))
            timer.daemon = True
            timer.start()
        try:
            self.hold(job)
            result = self.several(job) if job.multi else job.session.run(job.texts[0][0], body.get("bindings"))
            if self.faults.take("twice", statement=job.text):
                result = job.session.run(job.texts[0][0], body.get("bindings"))
            self.finish(job, result)
        except Failure as failure:
            job.failure = job.failure or failure
        except Exception as error:  # what nobody foresaw is the emulator's, and is said to be
            job.failure = job.failure or of_duckdb(error)
        finally:
            if timer:
                timer.cancel()
            try:
                job.session.close()
            finally:
                if job.stops > time.time():
                    time.sleep(job.stops - time.time())
                job.done.set()

    def hold(self, job):
        """Faults of statements."""
        error = self.faults.take("error", statement=job.text)
        if error:
            raise Failure(error["name"], error.get("word", ""))
        slow = self.faults.take("slow", statement=job.text)
        if self.faults.take("neverEnds", statement=job.text):
            job.session.wait(10 ** 6)
        elif slow:
            job.session.wait(slow["seconds"])

    def several(self, job):
        """Each has its own handle; what came before a failure stays (unless in a transaction)."""
        for text, start in job.texts:
            child = Job(text)
            with self.lock:
                self.jobs[child.handle] = child
            job.children.append(child.handle)
            try:
                self.finish(child, job.session.run(text))
            except Failure as failure:
                child.failure = failure
                child.done.set()
                if failure.name == "cancelled":
                    raise
                raise Failure("multi", text if len(text) <= 30 else text[:30] + "...", inner=failure.message, **sqltext.place(job.text, start)) from None
            child.done.set()
        return Result([("multiple statement execution", values.TEXT, False)], [["Multiple statements executed successfully."]])

    @staticmethod
    def expire(job, limit):
        job.failure = Failure("timeout", limit)
        job.session.cancel()

    def finish(self, job, result):
        """Cuts the rows into partitions: the first is small."""
        job.result, rows, at = result, result.rows, 0
        size = self.first_rows
        while at < len(rows) or not job.parts:
            job.parts.append((at, min(at + size, len(rows))))
            at, size = at + size, self.rows
        result.sizes = [len(json.dumps(rows[a:b], ensure_ascii=False, separators=(",", ":")).encode()) for a, b in job.parts]

    def cancel(self, handle):
        job = self.jobs.get(handle)
        if job is None:
            raise Failure("handle", handle)
        if job.done.is_set() or job.session is None:
            raise Failure("finished")
        slow = self.faults.take("slowCancel", statement=job.text)
        if slow:
            job.stops = time.time() + slow["seconds"]
        job.failure = Failure("cancelled")
        job.session.cancel()
        return job

    # ---- answers ----

    def rows_of(self, job, part):
        first, last = job.parts[part]
        rows = job.result.rows[first:last]
        short = self.faults.take("shortPartition", statement=job.text, path="partition=%d" % part)
        if short:
            rows = rows[:-1]
        return rows if job.nullable else [["null" if v is None else v for v in row] for row in rows]

    def status(self, job, code="333334", message="Asynchronous execution in progress. Use provided query id to perform query monitoring and management."):
        return {"code": code, "message": message, "statementHandle": job.handle, "statementStatusUrl": self.url(job)}

    @staticmethod
    def url(job):
        return "/api/v2/statements/%s?requestId=%s" % (job.handle, job.request_id or uuid.uuid4())

    def full(self, job):
        """The ResultSet of a finished statement, with its first partition."""
        result, compressed = job.result, []
        more = self.faults.take("numRows", statement=job.text)
        for i, (first, last) in enumerate(job.parts):
            info = {"rowCount": last - first, "uncompressedSize": result.sizes[i]}
            if i:
                info["compressedSize"] = len(self.compressed(job, i))
            compressed.append(info)
        out = {"resultSetMetaData": {
            "numRows": len(result.rows) + (more["delta"] if more else 0), "format": "jsonv2", "partitionInfo": compressed,
            "rowType": [kind.row_type(name, "", "", "", nullable) for name, kind, nullable in result.columns]},
            "data": self.rows_of(job, 0), "code": "090001", "statementStatusUrl": self.url(job), "sqlState": "00000",
            "requestId": job.request_id or str(uuid.uuid4()), "statementHandle": job.handle,
            "message": "Statement executed successfully.", "createdOn": job.created}
        if job.children:
            out["statementHandles"] = job.children
        if result.stats:
            out["stats"] = result.stats
        return out

    def compressed(self, job, part):
        return gzip.compress(json.dumps({"data": self.rows_of(job, part)}, ensure_ascii=False, separators=(",", ":")).encode(), 1)

    def partition(self, job, part):
        if not 0 <= part < len(job.parts):
            raise Failure("partition", part)
        return self.compressed(job, part)

    def links(self, job):
        last = len(job.parts) - 1
        named = [("first", 0), ("next", min(1, last)), ("last", last)] if last else [("first", 0), ("last", 0)]
        return ",".join('</api/v2/statements/%s?requestId=%s&partition=%d>; rel="%s"' % (job.handle, uuid.uuid4(), n, rel) for rel, n in named)
