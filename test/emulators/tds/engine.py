"""The engine that runs the statements: PostgreSQL, one session for each of ours.

Rows come as COPY text, so that they stream and cost little.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lib"))

import pq  # noqa: E402


ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
HERE = os.path.dirname(os.path.abspath(__file__))


class EngineError(Exception):
    """The engine refused: its SQLSTATE, message, and what they name."""

    def __init__(self, error, sql):
        super().__init__("%s: %s" % (error["sqlstate"], error["message"]))
        self.error, self.sql = error, sql
        self.state = error["sqlstate"] or ""


class Engine:
    def __init__(self, server, database):
        self.server, self.database = server, database
        self.connection = pq.Connection(pq.conninfo(dbname=database, client_encoding="UTF8", **server))
        self.run("SET search_path = pg_catalog, ms; SET timezone = 'UTC'; SET extra_float_digits = 3; SET bytea_output = 'hex';"
                 "SET client_min_messages = error; SET jit = off")

    def close(self):
        self.connection.close()

    def run(self, sql):
        """Runs statements; the last result, or EngineError."""
        result = self.connection.query(sql)
        if result.error:
            raise EngineError(result.error, sql)
        return result

    def rows(self, sql):
        return self.run(sql).rows

    def one(self, sql):
        rows = self.run(sql).rows
        return rows[0][0] if rows else None

    def count(self, sql):
        found = re.search(r"(\d+)$", self.run(sql).tag)
        return int(found.group(1)) if found else 0

    def stream(self, sql):
        """The rows of a query, or of a statement with RETURNING, as tuples of texts."""
        error = None
        self.lines = self.connection.copy("COPY (%s) TO STDOUT" % sql)
        for line in self.lines:
            if isinstance(line, dict):
                error = line
            elif error is None:
                yield tuple(map(cell, line.decode("utf-8").rstrip("\n").split("\t")))
        if error is not None:
            raise EngineError(error, sql)

    def stop(self):
        """Gives up the stream that runs."""
        self.cancel()
        for _ in self.lines:
            pass

    def cancel(self):
        self.connection.cancel()


def cell(text):
    if "\\" not in text:
        return text
    if text == "\\N":
        return None
    return re.sub(r"\\(.)", lambda m: ESCAPES[m.group(1)], text)


def install(server, name, engine_name):
    """Makes the engine's database for one of SQL Server's; fails where the engine cannot hold it."""
    with pq.Connection(pq.conninfo(dbname="postgres", **server)) as admin:
        admin.must('CREATE DATABASE "%s" TEMPLATE template0 ENCODING \'UTF8\' LOCALE \'C.UTF-8\'' % engine_name)
    folder = os.path.join(HERE, "engine")
    engine = Engine(server, engine_name)
    try:
        for script in sorted(os.listdir(folder)):
            with open(os.path.join(folder, script), encoding="utf-8") as file:
                engine.run("SET check_function_bodies = off;" + file.read())
        engine.run("INSERT INTO meta.options VALUES ('database', %s)" % pq.literal(name))
    finally:
        engine.close()


