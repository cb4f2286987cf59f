"""Remote sides that are not databases of the cluster a suite runs on.

A suite names one in its data ("place = mariadb") and gets it by open(): the module
places/NAME.py starts the server or emulator, once for a run of the suite, on 127.0.0.1 and a free
port, in an empty folder that open() makes for it and removes.  What is not installed is said by
Missing, and the suite counts a skip with that reason.

What a module gives is a Place.  It is told what to do in the remote's own SQL, never by way of the
extension, so that what it holds is not the extension's opinion.
"""
import atexit
import importlib
import os
import shutil
import tempfile

_open = {}


class Missing(Exception):
    """A part that the place needs cannot be had here; the text says which."""


class Place:
    """One running server.

    A container is what a variant of a suite has for itself (a database, a project), a schema what
    IMPORT FOREIGN SCHEMA names.  Where the remote has one level only, the container is nothing and
    schema names are unique by their own.
    """

    def facts(self):
        """Texts for option templates: host, port, user, password, ca, and what else it takes."""
        raise NotImplementedError

    def make(self, container, how=""):
        """A fresh container; how is the variant's own text, such as its collation."""
        raise NotImplementedError

    def drop(self, container):
        """Remove it with all its schemas."""
        raise NotImplementedError

    def schema(self, container, name):
        """A fresh schema there, which facts()["user"] may do everything in."""
        raise NotImplementedError

    def must(self, container, schema, sql):
        """Run statements in the remote's SQL, unqualified names being the schema's; rows of the last
        one, as lists of texts and None.  RuntimeError says what the remote said."""
        raise NotImplementedError

    def fill(self, container, schema, table, columns, rows):
        """Add rows: columns are (name, PostgreSQL type), values are that type's texts or None, with
        DateStyle ISO, TimeZone UTC.  The value there is exactly that one, or RuntimeError."""
        raise NotImplementedError

    def sessions(self):
        """Ids of the sessions that facts()["user"] has open now, where the remote can tell."""
        raise NotImplementedError

    def running(self):
        """How many statements (or jobs) of facts()["user"] run now."""
        raise NotImplementedError

    def end_sessions(self):
        """End what facts()["user"] has open, where the remote goes on after its client has gone."""

    def inject(self, rules):
        """Order faults of the service itself, in its emulator's own words."""
        raise NotImplementedError

    def heal(self):
        """No more of them: {kind: how often it has struck}."""
        raise NotImplementedError

    def user(self, name, password):
        """A further login, which may connect and no more."""
        raise NotImplementedError

    def present(self, certificate, key, authority):
        """From now on that certificate and its key (PEM files) are shown to whoever connects, and
        client certificates are held against that authority; certificate None: there is no TLS."""
        raise NotImplementedError

    def watch(self):
        """From now on all that is said to it is written down, as far as it can do that."""

    def watched(self):
        """(where, bytes) of everything that it has written down."""
        return []

    def stop(self):
        """End it."""
        raise NotImplementedError


def instead(name):
    """PLACE=other: that one, where it can stand for the place of that name."""
    other = os.environ.get("PLACE")
    stands_for = getattr(importlib.import_module("places." + other), "STANDS_FOR", None) if other else None
    return other if stands_for == name else name


def open(name, work):
    """The place of that name, started when it is first asked for; stopped when the process ends."""
    name = instead(name)
    if name not in _open:
        # A folder of its own: the suites of one run share theirs, and another place may stand in it.
        home = tempfile.mkdtemp(prefix=name + "-", dir=work)
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        _open[name] = importlib.import_module("places." + name).start(home)
        atexit.register(_open[name].stop)
    return _open[name]
