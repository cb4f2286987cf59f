"""A TDS server for a suite: starts one over a PostgreSQL that is there, and speaks to its control port.

    with Place(host, port, user) as place:     # of the engine
        place.sql("CREATE TABLE dbo.t (id int)")
        ... connect to 127.0.0.1, place.port as place.user with place.password, database place.database
        place.fault(kind="cut", packets=3)
    place.verdict     # what the judges said of all that was run

By itself it is started as a program and prints one line with the same facts, until its input ends.  Each line of
that is an order like {"op": "fault", "kind": "deaf"}, and is answered by a line:
    place.py --engine-host H --engine-port P [--engine-user U] [--tls CRT KEY]
"""
import argparse
import json
import os
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
USER, PASSWORD, DATABASE = "gw_remote", "WGWCANARY_1", "shop"


class Place:
    def __init__(self, host, port, user="postgres", tls=None, encrypt_all=False, judge=True, password=PASSWORD, prefix=None):
        command = [sys.executable, "-B", os.path.join(HERE, "server.py"), "--engine-host", host, "--engine-port", str(port),
                   "--engine-user", user, "--user", USER, "--password", password, "--database", DATABASE]
        command += ["--tls", *tls] if tls else []
        command += ["--encrypt-all"] if encrypt_all else []
        command += [] if judge else ["--no-judge"]
        command += ["--prefix", prefix] if prefix else []
        self.user, self.password, self.database, self.verdict = USER, password, DATABASE, None
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the TDS server did not start")
        facts = json.loads(line)
        self.port = facts["port"]
        self.line = socket.create_connection(("127.0.0.1", facts["control"])).makefile("rw", encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def order(self, op, **order):
        self.line.write(json.dumps(dict(order, op=op)) + "\n")
        self.line.flush()
        answer = json.loads(self.line.readline())
        if answer.get("error"):
            raise RuntimeError(answer["error"])
        return answer

    def sql(self, text, database=DATABASE):
        """Runs T-SQL, batches apart by GO lines; the rows of the last query, as texts.  The first error is raised."""
        answer = self.order("sql", text=text, database=database)
        if answer["errors"]:
            raise RuntimeError(answer["errors"][0])
        return answer["rows"]

    def fault(self, **order):
        """See faults.py for what can be asked for."""
        self.order("fault", **order)

    def clear(self):
        self.order("clear")

    def sessions(self):
        return self.order("state")["sessions"]

    def errors(self):
        return self.order("log")["errors"]

    def stop(self):
        """Ends it; the judges' verdict is there afterwards."""
        if self.process.poll() is None:
            self.process.stdin.close()
            rest = self.process.stdout.read().strip().split("\n")
            self.verdict = json.loads(rest[-1]) if rest[-1] else None
            self.process.wait()
        return self.verdict


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine-host", required=True)
    parser.add_argument("--engine-port", required=True)
    parser.add_argument("--engine-user", default="postgres")
    parser.add_argument("--tls", nargs=2)
    args = parser.parse_args()
    with Place(args.engine_host, args.engine_port, args.engine_user, args.tls) as place:
        print(json.dumps({"port": place.port, "user": place.user, "password": place.password, "database": place.database}), flush=True)
        for line in sys.stdin:
            print(json.dumps(place.order(**json.loads(line))), flush=True)
    print(json.dumps(place.verdict), flush=True)


if __name__ == "__main__":
    main()
