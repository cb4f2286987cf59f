"""Faults on order: what a test asks for happens to the sessions of a login, or to all.

{"kind": "cut", "packets": n}        the connection closes after n more packets
{"kind": "drip", "bytes": n, "seconds": s}   answers trickle
{"kind": "error", "rows": n, "number": e}    an error in the middle of a result
{"kind": "deaf"}                     attentions are not heard
{"kind": "deadlock"}                 the next batch that is in a transaction is the victim
{"kind": "snapshot"}                 the same, with an update conflict
{"kind": "stall", "seconds": s}      nothing is answered for that long
{"kind": "refuse", "number": e}      logins are refused (see login.py)
{"kind": "login_only"}               whatever was asked for, only the login is encrypted
Each may say "times" (how often; for ever without) and "match" (a text the batch must hold).
"""
import time

from errors import SqlError


class Orders:
    """What has been asked for, shared by all sessions."""

    def __init__(self):
        self.list = []

    def add(self, order):
        self.list.append(dict(order))

    def clear(self):
        self.list = []

    def take(self, kind, text=None):
        for order in list(self.list):
            if order["kind"] != kind or order.get("match") and order["match"] not in (text or ""):
                continue
            if "times" in order:
                order["times"] -= 1
                if order["times"] <= 0:
                    self.list.remove(order)
            return order
        return None


class Faults:
    def __init__(self, session):
        self.session, self.orders = session, session.server.orders
        self.rows = None
        self.text = ""
        self.deaf = False

    def before_batch(self, text):
        s, self.text = self.session, text
        self.rows = self.orders.take("error", text)
        self.deaf = self.orders.take("deaf", text) is not None
        cut = self.orders.take("cut", text)
        if cut:
            s.channel.cut_after = cut["packets"]
        drip = self.orders.take("drip", text)
        s.channel.drip = (drip["bytes"], drip["seconds"]) if drip else None
        stall = self.orders.take("stall", text)
        if stall:
            s.engine.run("SELECT pg_sleep(%f)" % stall["seconds"])
        if s.trancount:
            if self.orders.take("deadlock", text):
                self.victim(SqlError(1205, s.channel.spid, "lock"))
            if self.orders.take("snapshot", text):
                self.victim(SqlError(3960, "dbo.t", s.database))

    def victim(self, error):
        from session import EndBatch
        self.session.fail(error)
        self.session.abort()
        raise EndBatch()

    def after_row(self, count):
        """Raises the error that was asked for; True when the client has gone away meanwhile."""
        if self.rows and count >= self.rows["rows"]:
            order, self.rows = self.rows, None
            self.session.engine.stop()
            raise SqlError(order["number"], text="An error that the test asked for.", level=order.get("level", 16), state=1)
        return False

    def before_packet(self):
        if self.session.channel.drip:
            time.sleep(0)
