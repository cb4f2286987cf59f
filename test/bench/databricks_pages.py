#!/usr/bin/env python3
"""Result chunks made beforehand and sent as they are, so that the server is not what is measured.

Usage: databricks_pages.py ROWS PAGE_ROWS; prints its port, answers until its standard input ends.  Speaks as much of the SQL Statement
Execution API as a scan of the table d.facts asks for; each chunk is the same.  /latency/MS makes each answer wait.
"""
import datetime
import decimal
import http.server
import json
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "emulators", "databricks"))
import pyarrow  # noqa: E402

rows, size = int(sys.argv[1]), int(sys.argv[2])
GS = range(1, size + 1)
SECONDS = [1704067200 + g for g in GS]
COLUMNS = {  # name: (type, its name in a manifest, Arrow type, values)
    "id": ("bigint", "LONG", pyarrow.int64(), list(GS)),
    "grp": ("bigint", "LONG", pyarrow.int64(), [g % 1000 for g in GS]),
    "at": ("timestamp", "TIMESTAMP", pyarrow.timestamp("us", tz="UTC"), [datetime.datetime.fromtimestamp(s, datetime.timezone.utc) for s in SECONDS]),
    "amount": ("decimal(12,2)", "DECIMAL", pyarrow.decimal128(12, 2), [decimal.Decimal(g % 100000).scaleb(-2) for g in GS]),
    "hash": ("string", "STRING", pyarrow.string(), ["%032x" % (g * 2654435761 % 4294967296) for g in GS]),
    "even": ("boolean", "BOOLEAN", pyarrow.bool_(), [g % 2 == 0 for g in GS]),
    "ratio": ("double", "DOUBLE", pyarrow.float64(), [g / 3 for g in GS]),
}
MICROS = ("bigint", "LONG", pyarrow.int64(), [s * 10 ** 6 for s in SECONDS])
DESCRIBED = ("schema table kind table_comment catalog name place type nullable default comment partition_place identity identity_start identity_increment "
             "generated key_name key_type key_place ref_schema ref_table ref_column").split()
state = {"latency": 0.0}
made, statements, lock = {}, {}, threading.Lock()


def text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


class Result:
    """names: as the statement calls its columns."""

    def __init__(self, names, columns, counts):
        self.counts = counts
        self.columns = [{"name": n, "type_text": c[0].upper(), "type_name": c[1], "position": i, **({"type_precision": 12, "type_scale": 2} if c[1] == "DECIMAL" else {})}
                        for i, (n, c) in enumerate(zip(names, columns))]
        table = pyarrow.table([pyarrow.array(c[3], c[2]) for c in columns], names=[str(i) for i in range(len(columns))])
        self.values, self.table, self.files = [c[3] for c in columns], table, {}

    def file(self, form, n):
        n = self.counts[n]
        with lock:
            if (form, n) not in self.files:
                if form == "JSON_ARRAY":
                    out = json.dumps([[None if v is None else text(v) for v in row] for row in list(zip(*self.values))[:n]], separators=(",", ":")).encode()
                else:
                    sink = pyarrow.BufferOutputStream()
                    with pyarrow.ipc.new_stream(sink, self.table.schema) as writer:
                        writer.write_table(self.table.slice(0, n), max_chunksize=10000)
                    out = sink.getvalue().to_pybytes()
                self.files[form, n] = out
            return self.files[form, n]


def facts(sql):
    """What a SELECT from the table gives."""
    items = re.match(r"(?s)\s*SELECT (.*?) FROM ", sql)[1].split(", ")
    names = [re.sub("`", "", item.rpartition(" AS ")[2]) for item in items]
    columns = [MICROS if "gw_us_" in n else COLUMNS.get(n, ("int", "INT", pyarrow.int32(), [1] * size)) for n in names]
    wanted = re.search(r" LIMIT (\d+)", sql)
    wanted = min(rows, int(wanted[1])) if wanted else rows
    return Result(names, columns, [min(size, wanted - at) for at in range(0, wanted, size)])


def described():
    """The answer to what asks for a table's columns."""
    out = [{"schema": "d", "table": "facts", "kind": "MANAGED", "catalog": "c", "name": name, "place": str(i + 1), "type": kind[0], "nullable": "YES"}
           for i, (name, kind) in enumerate(COLUMNS.items())]
    return Result(DESCRIBED, [("string", "STRING", pyarrow.string(), [row.get(n) for row in out]) for n in DESCRIBED], [len(out)])


def small(*values):
    return Result(["c%d" % i for i in range(len(values))], [("string", "STRING", pyarrow.string(), [v]) for v in values], [1])


def result(sql):
    if "SET ANSI_MODE" in sql:
        return small("ANSI_MODE", "true")
    if "last_altered" in sql:
        return small("1")
    if "current_user" in sql:
        return small("Databricks SQL", "u", "c", "d")
    return described() if "information_schema" in sql else facts(sql)


def answer(handler, job, form, inline):
    """The answer to POST: it has succeeded at once."""
    found = statements[job]
    out = {"statement_id": job, "status": {"state": "SUCCEEDED"}, "manifest": {
        "format": form, "schema": {"column_count": len(found.columns), "columns": found.columns}, "total_chunk_count": len(found.counts),
        "total_row_count": sum(found.counts), "truncated": False,
        "chunks": [{"chunk_index": i, "row_offset": i * size, "row_count": n} for i, n in enumerate(found.counts)]}}
    out["result"] = {"chunk_index": 0, "row_offset": 0, "row_count": found.counts[0], "data_array": json.loads(found.file("JSON_ARRAY", 0))} if inline \
        else links(handler, job, form, 0)
    return out


def links(handler, job, form, n):
    return {"external_links": [{"chunk_index": n, "row_offset": n * size, "row_count": statements[job].counts[n], "expiration": "2099-01-01T00:00:00.000Z",
                                "external_link": "http://%s/file/%s/%s/%d" % (handler.headers["Host"], job, form, n)}]}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def reply(self, data):
        if isinstance(data, dict):
            data = json.dumps(data).encode()
        time.sleep(state["latency"])
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        if "statement" not in body:
            return self.reply({})
        sql, form = body["statement"], body["format"]
        with lock:
            if sql not in made:
                made[sql] = "s%d" % len(made)
                statements[made[sql]] = result(sql)
        job = made[sql] + "." + form
        statements[job] = statements[made[sql]]
        return self.reply(answer(self, job, form, body["disposition"] == "INLINE"))

    def do_GET(self):
        part = self.path.split("/")
        if part[1] == "latency":
            state["latency"] = float(part[2]) / 1000
            return self.reply({})
        if part[1] == "file":
            return self.reply(statements[part[2]].file(part[3], int(part[4])))
        if "chunks" in part:
            job = part[part.index("statements") + 1]
            return self.reply(links(self, job, job.partition(".")[2], int(part[-1])))
        return self.reply({"id": "w", "state": "RUNNING"})


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128  # a connection that finds no place comes a second later


server = Server(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
os._exit(0)
