#!/usr/bin/env python3
"""A Snowflake account to talk to: the SQL API, version 2, in front of DuckDB.

Usage: server.py --work DIR [--account NAME] [--synchronous SECONDS] [--cert FILE --key FILE]
Prints one line of JSON with what it listens on and who may ask; ends when stdin is closed.  Plain HTTP is for
tests of the emulator and for control; POST /_control/... takes orders (see control()).

Faults (POST /_control/fault) beside those of test/lib/emulated.py.  On answers: status (status, retryAfter), expired (name),
shortPartition, noPartition, numRows (delta), busy (429, and that it runs).  On statements: neverEnds, slow (seconds), slowCancel (seconds), twice (executed
as if delivered twice), error (name).
"""
import argparse
import base64
import json
import os
import re
import sys
import urllib.parse
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, "..", "..", "..", "build")
sys.path[:0] = [os.path.join(BUILD, "emulators", "snowflake"), os.path.join(BUILD, "judges", "redshift"), os.path.join(HERE, "..", "..", "lib")]

import auth  # noqa: E402
import ddl  # noqa: E402
import jobs  # noqa: E402
from emulated import Faults, Server, tls_of  # noqa: E402
from engine import Engine  # noqa: E402
from errors import ERRORS, Failure  # noqa: E402

PATH = re.compile(r"/api/v2/statements(?:/([^/]+)(/cancel)?)?/?$")


class Service:
    def __init__(self, options):
        self.options, self.faults = options, Faults()
        self.engine = Engine(auth.account_in_tokens(options.account), os.path.abspath(options.work))
        self.users = auth.Users(options.work, options.account)
        self.jobs = jobs.Jobs(self.engine, self.faults)
        self.synchronous, self.requests = options.synchronous, 0
        ddl.make_database(self.engine.session(parameters={"TIMEZONE": "UTC"}), options.database)

    # ---- requests ----

    def answer(self, _server, method, url, headers, body):
        """(status, headers, bytes) of one request."""
        status, more, data = self.respond(method, url, headers, body)
        return status, {"X-Snowflake-Request-Id": str(uuid.uuid4()), **more}, data

    @staticmethod
    def broken(words):
        """The body of an answer that says what is wrong with the emulator itself."""
        return {"code": "390500", "message": words}

    def respond(self, method, url, headers, body):
        path, _, text = url.partition("?")
        query = {k: v[-1] for k, v in urllib.parse.parse_qs(text).items()}
        if path.startswith("/_control/"):
            return 200, {}, json.dumps(self.control(path[10:], json.loads(body or b"{}"))).encode()
        if path == "/oauth/token-request":
            form = {k: v[-1] for k, v in urllib.parse.parse_qs(body.decode()).items()}
            status, out = self.users.exchange(headers.get("Authorization", ""), form)
            return status, {}, json.dumps(out).encode()
        self.requests += 1
        try:
            self.ordered(method, url, body)
            user, only_role = self.admitted(headers)
            return self.route(method, path, query, headers, body, user, only_role)
        except auth.Refused as refused:
            return self.failed(Failure(refused.name, refused.word))
        except Failure as failure:
            return self.failed(failure)

    def ordered(self, method, url, body):
        """Faults that stand before everything else."""
        rule = self.faults.take("expired", method, url)
        if rule:
            raise Failure(rule.get("name", "oauth_expired"))
        rule = self.faults.take("status", method, url, body.decode("utf-8", "replace"))
        if rule:
            failure = Failure({429: "throttled", 503: "unavailable"}.get(rule["status"], "unavailable"))
            failure.http, failure.headers = rule["status"], {"Retry-After": str(rule["retryAfter"])} if "retryAfter" in rule else {}
            raise failure

    def admitted(self, headers):
        if not headers.get("User-Agent"):
            raise Failure("no_user_agent")
        accept = headers.get("Accept", "*/*")
        if not re.search(r"application/json|application/\*|\*/\*", accept):
            raise Failure("accept")
        return self.users.check(headers.get("Authorization", ""), headers.get("X-Snowflake-Authorization-Token-Type"))

    def route(self, method, path, query, headers, body, user, only_role):
        match = PATH.match(path)
        if not match:
            raise Failure("not_found")
        handle, cancel = match[1], match[2]
        if method != ("POST" if not handle or cancel else "GET"):
            raise Failure("method")
        if not handle:
            return self.post(query, headers, body, user, only_role)
        if cancel:
            job = self.jobs.cancel(handle)
            if not job.done.wait(self.synchronous):
                raise Failure("unavailable")
            return 200, {}, json.dumps(self.jobs.status(job, "000604", "SQL execution canceled") | {"sqlState": "57014"}).encode()
        job = self.jobs.jobs.get(handle)
        if job is None:
            raise Failure("handle_get", handle)
        return self.state(job, query)

    def post(self, query, headers, body, user, only_role):
        if headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            raise Failure("content_type")
        try:
            wanted = json.loads(body)
        except ValueError:
            raise Failure("body") from None
        job = self.jobs.submit(wanted, query, user, only_role)
        if query.get("async", "false").lower() == "true":
            return 202, {}, json.dumps(self.jobs.status(job)).encode()
        if not job.done.wait(self.synchronous):
            return 202, {}, json.dumps(self.jobs.status(job)).encode()
        return self.state(job, {}, posted=True)

    def state(self, job, query, posted=False):
        """What GET, or a POST that waited, answers about it."""
        if not posted and "partition" not in query and self.faults.take("busy", statement=job.text):
            return 429, {}, json.dumps(self.jobs.status(job)).encode()
        if not job.done.is_set():
            return 202, {}, json.dumps(self.jobs.status(job)).encode()
        if job.failure is not None:
            return self.failed(job.failure, job, posted)
        if "partition" in query and query["partition"] != "0":
            if self.faults.take("noPartition", path="partition=" + query["partition"], statement=job.text):
                return 200, {}, b'{"data":[]}'
            try:
                data = self.jobs.partition(job, int(query["partition"]))
            except ValueError:
                raise Failure("partition", query["partition"]) from None
            return 200, {"Content-Encoding": "gzip", "Link": self.jobs.links(job)}, data
        return 200, {"Link": self.jobs.links(job)}, json.dumps(self.jobs.full(job), ensure_ascii=False).encode()

    def failed(self, failure, job=None, posted=True):
        out = {"code": failure.code, "message": failure.message}
        if failure.http not in (401,):
            out["sqlState"] = failure.state
        if job is not None:
            out.update(statementHandle=job.handle, createdOn=job.created, statementStatusUrl=self.jobs.url(job))
            if job.children:
                out["statementHandles"] = job.children
        status = 422 if failure.http == 408 and not posted else failure.http
        return status, getattr(failure, "headers", {}), json.dumps(out).encode()

    # ---- control ----

    def control(self, what, order):
        """fault, clear, taken, running, log, requests, user, key, token, refresh, partitions, synchronous, parameter, bucket, errors."""
        if what == "fault":
            self.faults.add(order)
        elif what == "clear":
            self.faults.clear()
        elif what == "taken":
            return self.faults.taken
        elif what == "running":
            return self.jobs.running()
        elif what == "log":
            return self.jobs.log
        elif what == "requests":
            return self.requests
        elif what == "user":
            self.users.add(order["name"], order.get("public"), order.get("roles", ["PUBLIC"]), **order.get("defaults", {}))
        elif what == "key":
            return self.users.add_key(order["name"], order["public"])
        elif what == "token":
            self.users.grant(order["kind"], order["token"], order["user"], order["lifetime"], order.get("role"))
        elif what == "refresh":
            self.users.clients[order["client"]] = order["secret"]
            self.users.refresh[order["token"]] = (order["user"], order["lifetime"])
        elif what == "partitions":
            self.jobs.first_rows, self.jobs.rows = order["first"], order["rows"]
        elif what == "synchronous":
            self.synchronous = order["seconds"]
        elif what == "parameter":
            self.engine.parameters[order["name"]] = order["value"]
        elif what == "bucket":
            file = os.path.join(self.engine.work, "buckets", order["bucket"], order["path"])
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "wb") as out:
                out.write(base64.b64decode(order["base64"]) if "base64" in order else order["text"].encode())
        elif what == "errors":
            return {name: list(row) for name, row in ERRORS.items()}
        else:
            raise ValueError(what)
        return True


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--work", required=True)
    options.add_argument("--account", default="gw-emulated")
    options.add_argument("--database", default="GW")
    options.add_argument("--synchronous", type=float, default=jobs.SYNCHRONOUS)
    options.add_argument("--cert")
    options.add_argument("--key")
    options = options.parse_args()
    os.makedirs(options.work, exist_ok=True)
    service = Service(options)
    servers = [Server(service)] + ([Server(service, tls_of(options.cert, options.key))] if options.cert else [])
    print(json.dumps({"plain_port": servers[0].server_port, "plain_url": servers[0].url, "port": servers[-1].server_port, "url": servers[-1].url,
                      "account": options.account, "database": options.database}), flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
