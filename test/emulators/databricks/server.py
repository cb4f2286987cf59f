#!/usr/bin/env python3
"""A Databricks workspace to talk to: the SQL Statement Execution API in front of DuckDB.

Usage: server.py --work DIR [--warehouse ID] [--cert FILE --key FILE]
Prints one line of JSON with what it listens on; ends when stdin is closed.  Plain HTTP is for tests of the emulator and for
control; links lead to ports of their own.  POST /_control/... takes orders (see control()).
"""
import argparse
import json
import os
import re
import sys
import threading
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, "..", "..", "..", "build")
sys.path[:0] = [os.path.join(BUILD, "emulators", "databricks"), os.path.join(BUILD, "judges", "redshift"), os.path.join(HERE, "..", "..", "lib")]

import auth  # noqa: E402
import ddl  # noqa: E402
import jobs  # noqa: E402
from emulated import Faults, Server, tls_of  # noqa: E402
from engine import Engine  # noqa: E402
from errors import ERRORS, Refused  # noqa: E402

STATEMENT = re.compile(r"/api/2\.0/sql/statements(?:/([^/]+)(?:/(cancel|result/chunks/(\d+)))?)?/?$")
WAREHOUSE = re.compile(r"/api/2\.0/sql/warehouses(?:/([^/]+)(?:/(start|stop))?)?/?$")
STATUSES = {"PENDING": "QUEUED", "RUNNING": "RUNNING", "SUCCEEDED": "FINISHED", "CLOSED": "FINISHED", "FAILED": "FAILED", "CANCELED": "CANCELED"}


class Warehouse:
    """One that is stopped starts by itself when a statement comes; the statement waits as PENDING."""

    def __init__(self, name, state="RUNNING", seconds=0.2):
        self.name, self.state, self.seconds, self.lock = name, state, seconds, threading.Lock()

    def awake(self, session):
        with self.lock:
            if self.state == "RUNNING":
                return
            self.state = "STARTING"
            session.wait(self.seconds)
            self.state = "RUNNING"

    def shown(self):
        return {"id": self.name, "name": "emulated", "cluster_size": "2X-Small", "state": self.state, "warehouse_type": "PRO", "num_clusters": 1,
                "enable_serverless_compute": True, "auto_stop_mins": 10, "min_num_clusters": 1, "max_num_clusters": 1,
                "odbc_params": {"hostname": "127.0.0.1", "path": "/sql/1.0/warehouses/" + self.name, "port": 443, "protocol": "https"}}


class Warehouses(dict):
    def find(self, name):
        if name not in self:
            raise Refused("warehouse", name)
        return self[name]


class Service:
    def __init__(self, options):
        self.options, self.faults, self.users, self.engine = options, Faults(), auth.Users(), Engine()
        self.warehouses = Warehouses({options.warehouse: Warehouse(options.warehouse)})
        self.jobs = jobs.Jobs(self.engine, self.faults, self.warehouses)
        self.requests, self.poll, self.storages = 0, 0.0, []
        ddl.make_catalog(self.engine.session(), "workspace")

    # ---- requests ----

    def answer(self, server, method, url, headers, body):
        """(status, headers, bytes) of one request."""
        path, _, text = url.partition("?")
        many = urllib.parse.parse_qs(text)
        query = {k: v[-1] for k, v in many.items()}
        if path.startswith("/_control/"):
            return 200, {}, json.dumps(self.control(path[10:], json.loads(body or b"{}"))).encode()
        if server in self.storages:
            return self.jobs.download(path, query, headers)
        self.requests += 1
        try:
            self.ordered(method, url, body)
            return self.route(server, method, path, many, headers, body)
        except Refused as refused:
            return refused.status, refused.headers, json.dumps({"error_code": refused.code, "message": refused.message}).encode()

    @staticmethod
    def broken(words):
        """The body of an answer that says what is wrong with the emulator itself."""
        return {"error_code": "INTERNAL_ERROR", "message": words}

    def ordered(self, method, url, body):
        """Faults that stand before everything else."""
        said = body.decode("utf-8", "replace")
        if self.faults.take("expired", method, url, said):
            self.users.expire()
            raise Refused("token_expired")
        rule = self.faults.take("status", method, url, said)
        if rule:
            refused = Refused("throttled" if rule["status"] == 429 else "unavailable", url,
                              {"Retry-After": str(rule["retryAfter"])} if "retryAfter" in rule else {})
            refused.status = rule["status"]
            raise refused

    def route(self, server, method, path, many, headers, body):
        if path == "/oidc/v1/token" and method == "POST":
            status, out = self.users.exchange(headers.get("Authorization"), body)
            return status, {}, json.dumps(out).encode()
        if path == "/oidc/.well-known/oauth-authorization-server":
            return 200, {}, json.dumps({"authorization_endpoint": server.url + "/oidc/v1/authorize", "token_endpoint": server.url + "/oidc/v1/token"}).encode()
        if path == "/.well-known/databricks-config":
            return 200, {}, json.dumps({"oidc_endpoint": server.url + "/oidc"}).encode()
        user = self.users.check(headers.get("Authorization"))
        match = STATEMENT.match(path)
        if match:
            return self.statement(server, method, match, headers, body, user)
        match = WAREHOUSE.match(path)
        if match:
            return self.warehouse(method, match)
        if path == "/api/2.0/sql/history/queries" and method == "GET":
            return 200, {}, json.dumps(self.history(many, {k: v[-1] for k, v in many.items()})).encode()
        if path == "/api/2.0/preview/scim/v2/Me":
            return 200, {}, json.dumps({"userName": user, "id": "1"}).encode()
        raise Refused("endpoint", "%s %s" % (method, path))

    def statement(self, server, method, match, headers, body, user):
        statement, what, chunk = match.groups()
        if method != ("POST" if not statement or what == "cancel" else "GET"):
            raise Refused("endpoint", method)
        self.jobs.storage = self.storages[-1 if server.tls else 0].url
        if not statement:
            return 200, {}, json.dumps(self.post(headers, body, user), ensure_ascii=False).encode()
        if what == "cancel":
            self.jobs.cancel(statement)
            return 200, {}, b"{}"
        job = self.jobs.find(statement)
        if chunk is not None:
            return 200, {}, json.dumps(self.jobs.chunk(job, int(chunk)), ensure_ascii=False).encode()
        job.done.wait(self.poll)
        return 200, {}, json.dumps(self.jobs.answer(job), ensure_ascii=False).encode()

    def post(self, headers, body, user):
        try:
            wanted = json.loads(body)
        except ValueError:
            raise Refused("malformed", "it is no JSON") from None
        if headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            raise Refused("malformed", "Content-Type must be application/json")
        job, wait, cancels = self.jobs.submit(wanted, user)
        if wait == 0:  # asynchronous, and so for what is over already
            return {"statement_id": job.id, "status": {"state": "PENDING"}}
        if not job.done.wait(wait) and cancels:
            self.jobs.cancel(job.id)
            job.done.wait(5)
        return self.jobs.answer(job)

    def warehouse(self, method, match):
        name, what = match.groups()
        if not name and method == "GET":
            return 200, {}, json.dumps({"warehouses": [w.shown() for w in self.warehouses.values()]}).encode()
        found = self.warehouses.find(name or "")
        if what and method == "POST":
            found.state = "RUNNING" if what == "start" else "STOPPED"
            return 200, {}, b"{}"
        if what or method != "GET":
            raise Refused("endpoint", method)
        return 200, {}, json.dumps(found.shown()).encode()

    def history(self, filters, query):
        """Newest first, as api/workspace/queryhistory/list has it."""
        found = sorted(self.jobs.jobs.values(), key=lambda j: -j.started)
        if "filter_by.statement_ids" in filters:
            found = [j for j in found if j.id in filters["filter_by.statement_ids"]]
        if "filter_by.warehouse_ids" in filters:
            found = [j for j in found if j.body["warehouse_id"] in filters["filter_by.warehouse_ids"]]
        if "filter_by.statuses" in filters:
            found = [j for j in found if STATUSES[j.state] in filters["filter_by.statuses"]]
        after = int(query.get("filter_by.query_start_time_range.start_time_ms", 0))
        before = int(query.get("filter_by.query_start_time_range.end_time_ms", 10 ** 15))
        found = [j for j in found if after <= j.started * 1000 <= before]
        size, at = int(query.get("max_results", 100)), int(query.get("page_token") or 0)
        if not 1 <= size <= 1000:
            raise Refused("value", "max_results must be between 1 and 1000")
        out = {"res": [self.remembered(j) for j in found[at:at + size]], "has_next_page": len(found) > at + size}
        if out["has_next_page"]:
            out["next_page_token"] = str(at + size)
        return out

    @staticmethod
    def remembered(job):
        word = re.match(r"\W*(\w*)", job.text)[1].upper()
        out = {"query_id": job.id, "status": STATUSES[job.state], "query_text": job.text, "query_start_time_ms": int(job.started * 1000),
               "user_name": job.user, "user_id": 1, "executed_as_user_name": job.user, "executed_as_user_id": 1, "warehouse_id": job.body["warehouse_id"],
               "endpoint_id": job.body["warehouse_id"], "statement_type": {"WITH": "SELECT", "DESC": "DESCRIBE"}.get(word, word),
               "is_final": job.done.is_set(), "rows_produced": job.rows_made}
        if job.done.is_set():
            out.update(query_end_time_ms=int(job.ended * 1000), execution_end_time_ms=int(job.ended * 1000), duration=int((job.ended - job.started) * 1000))
        if job.failure:
            out["error_message"] = job.failure.message
        if job.body.get("query_tags"):
            out["query_tags"] = job.body["query_tags"]
        return out

    # ---- control ----

    def control(self, what, order):
        """fault, clear, taken, running, log, requests, token, principal, issued, expire, chunks, links, poll, timeout, texts, warehouse, close,
        forget, errors."""
        return getattr(self, "order_" + what)(**order)

    def order_fault(self, **rule):
        self.faults.add(rule)

    def order_clear(self):
        self.faults.clear()

    def order_taken(self):
        return self.faults.taken

    def order_running(self):
        return self.jobs.running()

    def order_log(self):
        return self.jobs.log

    def order_requests(self):
        return self.requests

    def order_token(self, token, user, lifetime):
        self.users.grant(token, user, lifetime)

    def order_principal(self, client, secret, user, lifetime):
        self.users.principal(client, secret, user, lifetime)

    def order_issued(self):
        return self.users.issued

    def order_expire(self):
        self.users.expire()

    def order_chunks(self, inline, links):
        self.jobs.inline_rows, self.jobs.link_rows = inline, links

    def order_links(self, seconds):
        self.jobs.link_seconds = seconds

    def order_poll(self, seconds):
        self.poll = seconds

    def order_timeout(self, seconds):
        self.jobs.timeout = seconds

    def order_texts(self, **how):
        self.engine.texts = type(self.engine.texts)(**how)

    def order_warehouse(self, name, state="STOPPED", seconds=0.2):
        self.warehouses[name] = Warehouse(name, state, seconds)

    def order_close(self, statement):
        """What the service does an hour after success."""
        self.jobs.find(statement).state = "CLOSED"

    def order_forget(self, statement):
        del self.jobs.jobs[statement]

    def order_errors(self):
        return {name: list(row) for name, row in ERRORS.items()}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--work", required=True)
    options.add_argument("--warehouse", default="emulated0warehouse")
    options.add_argument("--cert")
    options.add_argument("--key")
    options = options.parse_args()
    os.makedirs(options.work, exist_ok=True)
    service = Service(options)
    tls = tls_of(options.cert, options.key) if options.cert else None
    servers = [Server(service)] + ([Server(service, tls)] if tls else [])
    service.storages = [Server(service)] + ([Server(service, tls)] if tls else [])
    print(json.dumps({"plain_port": servers[0].server_port, "plain_url": servers[0].url, "port": servers[-1].server_port, "url": servers[-1].url,
                      "storage_port": service.storages[-1].server_port, "storage_url": service.storages[-1].url,
                      "warehouse": options.warehouse}), flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
