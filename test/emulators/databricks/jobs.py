"""Statements: what runs, what came of it, its manifest, chunks and links.

docs.databricks.com/api/workspace/statementexecution.  Results are kept for the run of the emulator, in memory.
"""
import csv
import datetime
import hashlib
import hmac
import io
import json
import re
import secrets
import threading
import time
import uuid

import sqltext
from arrow import arrow_stream
from errors import Failure, Refused, of_duckdb

INLINE_BYTES, TEXT_BYTES = 26214400, 16 * 1024 * 1024
FINAL = ("SUCCEEDED", "FAILED", "CANCELED", "CLOSED")
KNOWN = {"warehouse_id", "statement", "catalog", "schema", "disposition", "format", "wait_timeout", "on_wait_timeout", "row_limit", "byte_limit",
         "parameters", "query_tags"}


class Job:
    def __init__(self, body, user):
        self.id = "01f0" + uuid.uuid4().hex[4:8] + "-" + str(uuid.uuid4())[9:]
        self.body, self.user, self.text = body, user, body["statement"]
        self.state, self.failure, self.result, self.parts = "PENDING", None, None, []
        self.done, self.stopped, self.session, self.truncated = threading.Event(), False, None, False
        self.started, self.ended, self.stops, self.rows_made = time.time(), None, 0.0, 0
        self.disposition = body.get("disposition", "INLINE")
        self.format = body.get("format", "JSON_ARRAY")

    def rows(self):
        return self.result.arrow.num_rows if self.result.arrow is not None else len(self.result.rows)


class Jobs:
    def __init__(self, engine, faults, warehouses):
        self.engine, self.faults, self.warehouses, self.jobs = engine, faults, warehouses, {}
        self.inline_rows, self.link_rows, self.link_seconds = 5000, 20000, 900
        self.timeout, self.secret, self.storage, self.lock = 172800, secrets.token_bytes(16), "", threading.Lock()
        self.links, self.log = {}, []

    def running(self):
        return [j.id for j in list(self.jobs.values()) if not j.done.is_set()]

    # ---- submission ----

    def submit(self, body, user):
        """(Job, seconds to wait, whether it is cancelled after them), or Refused."""
        if not isinstance(body, dict):
            raise Refused("malformed", "not an object")
        unknown = sorted(set(body) - KNOWN)
        if unknown:
            raise Refused("malformed", "unknown field " + unknown[0])
        for name in ("statement", "warehouse_id"):
            if not isinstance(body.get(name), str) or not body[name].strip():
                raise Refused("value", "%s is required" % name)
        if len(body["statement"].encode()) > TEXT_BYTES:
            raise Refused("value", "The statement is larger than 16 MiB")
        wait, cancels = waiting(body)
        if body.get("disposition", "INLINE") not in ("INLINE", "EXTERNAL_LINKS"):
            raise Refused("value", "Unknown disposition %s" % body["disposition"])
        if body.get("format", "JSON_ARRAY") not in ("JSON_ARRAY", "ARROW_STREAM", "CSV"):
            raise Refused("value", "Unknown format %s" % body["format"])
        if body.get("format", "JSON_ARRAY") != "JSON_ARRAY" and body.get("disposition", "INLINE") == "INLINE":
            raise Refused("value", "The format field must be JSON_ARRAY when the disposition field is INLINE.")
        for name in ("row_limit", "byte_limit"):
            if name in body and (isinstance(body[name], bool) or not isinstance(body[name], int) or body[name] < 1):
                raise Refused("value", "%s must be a positive number" % name)
        given = sqltext.parameters(body.get("parameters") or [])
        warehouse = self.warehouses.find(body["warehouse_id"])
        job = Job(body, user)
        job.session = self.engine.session(catalog=body.get("catalog"), schema=body.get("schema"), user=user)
        with self.lock:
            self.jobs[job.id] = job
            self.log.append({"statement": job.text, "id": job.id, "at": time.time(), "tags": body.get("query_tags"), "format": job.format,
                             "disposition": job.disposition})
        threading.Thread(target=self.work, args=(job, given, warehouse), daemon=True).start()
        return job, wait, cancels

    # ---- execution ----

    def work(self, job, given, warehouse):
        timer = threading.Timer(self.timeout, self.expire, (job,))
        timer.daemon = True
        timer.start()
        try:
            warehouse.awake(job.session)
            job.state = "RUNNING"
            self.hold(job)
            arrow = job.format == "ARROW_STREAM"
            result = job.session.run(job.text, given, arrow)
            if self.faults.take("twice", statement=job.text):
                result = job.session.run(job.text, given, arrow)
            if arrow and result.arrow is None:
                result = job.session.listed([(n, k.text()) for n, k in result.columns], result.rows, True) if result.columns else result
            self.finish(job, result)
        except Failure as failure:
            job.failure = job.failure or failure
        except Exception as error:  # what nobody foresaw is the emulator's, and is said to be
            job.failure = job.failure or of_duckdb(error)
        finally:
            timer.cancel()
            job.session.close()
            if job.stops > time.time():
                time.sleep(job.stops - time.time())
            job.ended = time.time()
            job.state = "CANCELED" if job.stopped else "FAILED" if job.failure else "SUCCEEDED"
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

    def expire(self, job):
        job.failure = Failure("timeout", self.timeout)
        job.session.cancel()

    def finish(self, job, result):
        """Limits, and cuts the rows into chunks."""
        limit, job.result = job.body.get("row_limit"), result
        if limit is not None and job.rows() > limit:
            job.truncated = True
            cut(result, limit)
        at = byte_cut(result, job.body.get("byte_limit"))
        if at is not None:
            job.truncated = True
            cut(result, at)
        if job.disposition == "INLINE" and byte_cut(result, INLINE_BYTES) is not None:
            raise Failure("inline_limit")
        size = self.inline_rows if job.disposition == "INLINE" else self.link_rows
        job.parts = [(a, min(a + size, job.rows())) for a in range(0, job.rows() if result.columns else 0, size)]
        job.rows_made = job.rows()

    def find(self, statement):
        job = self.jobs.get(statement)
        if job is None:
            raise Refused("statement", statement)
        return job

    def cancel(self, statement):
        job = self.find(statement)
        if job.done.is_set():
            return
        slow = self.faults.take("slowCancel", statement=job.text)
        if slow:
            job.stops = time.time() + slow["seconds"]
        job.stopped = True
        job.session.cancel()

    # ---- answers ----

    def answer(self, job):
        out = {"statement_id": job.id, "status": {"state": job.state}}
        if job.state == "FAILED":
            out["status"].update(error={"error_code": "BAD_REQUEST", "message": job.failure.message}, sql_state=job.failure.state)
        if job.state != "SUCCEEDED":
            return out
        out["manifest"] = self.manifest(job)
        out["result"] = self.chunk(job, 0) if job.parts else {}
        return out

    def manifest(self, job):
        columns = [kind.column(name, i) for i, (name, kind) in enumerate(job.result.columns)]
        out = {"format": job.format, "schema": {"column_count": len(columns), **({"columns": columns} if columns else {})}}
        more = self.faults.take("numRows", statement=job.text)
        if job.parts:
            out["chunks"] = [self.range(job, i) for i in range(len(job.parts))]
        return {**out, "total_chunk_count": len(job.parts), "total_row_count": job.rows() + (more["delta"] if more else 0),
                **({"total_byte_count": sum(c.get("byte_count", 0) for c in out.get("chunks", []))} if job.disposition != "INLINE" else {}),
                "truncated": job.truncated}

    def range(self, job, i):
        first, last = job.parts[i]
        out = {"chunk_index": i, "row_offset": first, "row_count": last - first}
        if job.disposition != "INLINE":
            out["byte_count"] = len(self.data(job, i))
        return out

    def chunk(self, job, i):
        """result of a statement, and the answer of .../result/chunks/i."""
        if job.state != "SUCCEEDED":
            raise Refused("closed", job.id)
        if not 0 <= i < len(job.parts):
            raise Refused("chunk", i)
        one = self.range(job, i)
        if i + 1 < len(job.parts):
            one["next_chunk_index"] = i + 1
            one["next_chunk_internal_link"] = "/api/2.0/sql/statements/%s/result/chunks/%d?row_offset=%d" % (job.id, i + 1, job.parts[i + 1][0])
        if self.faults.take("noChunk", path="chunks/%d" % i, statement=job.text):
            return {}
        if job.disposition == "INLINE":
            rows = job.result.rows[slice(*job.parts[i])]
            return {**one, "data_array": rows[:-1] if self.faults.take("shortChunk", path="chunks/%d" % i, statement=job.text) else rows}
        until = time.time() + self.link_seconds
        expired = self.faults.take("linkExpires", path="chunks/%d" % i, statement=job.text)
        if expired:
            until = time.time() - 1
        return {"external_links": [{**one, "external_link": self.link(job, i, until),
                                    "expiration": datetime.datetime.fromtimestamp(until, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"}]}

    def data(self, job, i):
        """A chunk's file; kept."""
        key = (job.id, i)
        if key not in self.links:
            first, last = job.parts[i]
            if job.format == "ARROW_STREAM":
                self.links[key] = arrow_stream(job.result.arrow.slice(first, last - first), job.result.months())
            elif job.format == "CSV":
                self.links[key] = csv_file(job.result, first, last)
            else:
                self.links[key] = json.dumps(job.result.rows[first:last], ensure_ascii=False, separators=(",", ":")).encode()
        return self.links[key]

    # ---- links: urls that carry who may read and until when ----

    def sign(self, name, until):
        return hmac.new(self.secret, ("%s %d" % (name, until)).encode(), hashlib.sha256).hexdigest()

    def link(self, job, i, until):
        name = "results/%s/%d" % (job.id, i)
        return "%s/%s?X-Amz-Expires=%d&X-Amz-Signature=%s" % (self.storage, name, until, self.sign(name, until))

    def download(self, path, query, headers):
        """(status, headers, bytes) of a link; whoever brings a token beside it is refused, as the cloud's stores do."""
        if headers.get("Authorization"):
            return stored_error(400, "InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query "
                                "string parameter or the Authorization header should be specified")
        match = re.fullmatch(r"/(results/([^/]+)/(\d+))", path)
        until = int(query.get("X-Amz-Expires", "0") or 0)
        if not match or not hmac.compare_digest(query.get("X-Amz-Signature", ""), self.sign(match[1], until)):
            return stored_error(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
        if until < time.time() or self.faults.take("linkRefused", path=path):
            return stored_error(403, "AccessDenied", "Request has expired")
        job = self.jobs.get(match[2])
        if job is None or job.state != "SUCCEEDED":
            return stored_error(404, "NoSuchKey", "The specified key does not exist.")
        return 200, {"Content-Type": "application/octet-stream", "ETag": '"%s"' % uuid.uuid4().hex}, self.data(job, int(match[3]))


def waiting(body):
    """(seconds, whether it is cancelled then)."""
    text, then = body.get("wait_timeout", "10s"), body.get("on_wait_timeout", "CONTINUE")
    match = re.fullmatch(r"(\d+)s", text) if isinstance(text, str) else None
    if not match or not (int(match[1]) == 0 or 5 <= int(match[1]) <= 50):
        raise Refused("value", "wait_timeout must be 0s or between 5s and 50s")
    if then not in ("CONTINUE", "CANCEL"):
        raise Refused("value", "on_wait_timeout must be CONTINUE or CANCEL")
    return int(match[1]), then == "CANCEL" and int(match[1]) > 0


def stored_error(status, code, message):
    text = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>' % (code, message)
    return status, {"Content-Type": "application/xml"}, text.encode()


def cut(result, rows):
    if result.arrow is not None:
        result.arrow = result.arrow.slice(0, rows)
    else:
        result.rows = result.rows[:rows]


def byte_cut(result, limit):
    """How many rows stay below so many bytes; None when all do."""
    if limit is None:
        return None
    if result.arrow is not None:
        size = result.arrow.nbytes
        return None if size <= limit else int(result.arrow.num_rows * limit / size)
    total = 0
    for i, row in enumerate(result.rows):
        total += sum(len(v.encode()) if v is not None else 1 for v in row)
        if total > limit:
            return i
    return None


def csv_file(result, first, last):
    """RFC 4180; the names stand in the first chunk only, NULL is the word null."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if first == 0:
        writer.writerow([name for name, _ in result.columns])
    for row in result.rows[first:last]:
        writer.writerow(["null" if v is None else v for v in row])
    return out.getvalue().encode()
