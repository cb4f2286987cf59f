"""A small libpq binding over ctypes: what the judges need and nothing more.

Values travel as text.  Connection.run() never blocks past its deadline: it sends, waits on the
socket with select() and raises Timeout, so that a test can measure how long a statement took to
fail.  The library's own blocking calls are used for connecting only.
"""
import ctypes
import ctypes.util
import select
import time

_lib = ctypes.CDLL(ctypes.util.find_library("pq") or "libpq.so.5")


def _declare(name, result, *arguments):
    function = getattr(_lib, name)
    function.restype = result
    function.argtypes = list(arguments)
    return function


_p, _s, _i = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
_connectdb = _declare("PQconnectdb", _p, _s)
_status = _declare("PQstatus", _i, _p)
_error = _declare("PQerrorMessage", _s, _p)
_finish = _declare("PQfinish", None, _p)
_socket = _declare("PQsocket", _i, _p)
_backend = _declare("PQbackendPID", _i, _p)
_send = _declare("PQsendQuery", _i, _p, _s)
_consume = _declare("PQconsumeInput", _i, _p)
_busy = _declare("PQisBusy", _i, _p)
_get = _declare("PQgetResult", _p, _p)
_rstatus = _declare("PQresultStatus", _i, _p)
_clear = _declare("PQclear", None, _p)
_ntuples = _declare("PQntuples", _i, _p)
_nfields = _declare("PQnfields", _i, _p)
_fname = _declare("PQfname", _s, _p, _i)
_ftype = _declare("PQftype", ctypes.c_uint, _p, _i)
_value = _declare("PQgetvalue", _p, _p, _i, _i)
_length = _declare("PQgetlength", _i, _p, _i, _i)
_isnull = _declare("PQgetisnull", _i, _p, _i, _i)
_field = _declare("PQresultErrorField", _s, _p, _i)
_tag = _declare("PQcmdStatus", _s, _p)
_getcancel = _declare("PQgetCancel", _p, _p)
_cancel = _declare("PQcancel", _i, _p, ctypes.c_char_p, _i)
_freecancel = _declare("PQfreeCancel", None, _p)
_copydata = _declare("PQgetCopyData", _i, _p, ctypes.POINTER(_p), _i)
_freemem = _declare("PQfreemem", None, _p)
_NOTICE = ctypes.CFUNCTYPE(None, _p, _p)
_setnotice = _declare("PQsetNoticeReceiver", _p, _p, _NOTICE, _p)

_OK, _FATAL, _BAD = 0, 7, 5
_TUPLES, _COMMAND, _EMPTY, _COPY_OUT = 2, 1, 0, 3
_FIELDS = {"severity": "V", "sqlstate": "C", "message": "M", "detail": "D", "hint": "H", "context": "W",
           "schema": "s", "table": "t", "column": "c", "constraint": "n"}


class Timeout(Exception):
    """The statement was still running at the deadline."""


class ConnectionLost(Exception):
    """The server closed the connection (a crash, a restart, a kill)."""


class Failed(Exception):
    """A statement that had to work did not."""

    def __init__(self, error, sql):
        super().__init__("%s: %s\nin: %s" % (error["sqlstate"], error["message"], sql))
        self.error = error
        self.sql = sql


class Result:
    """Rows (tuples of str or None), column names, the command tag, or an error as a dict."""

    def __init__(self):
        self.rows, self.columns, self.types = [], [], []
        self.tag, self.error = "", None


def _text(raw):
    return raw.decode("utf-8", "backslashreplace") if raw is not None else None


def _fields(result):
    return {name: _text(_field(result, ord(code))) for name, code in _FIELDS.items()}


def _read(result):
    out = Result()
    status = _rstatus(result)
    if status in (_TUPLES, _COMMAND, _EMPTY):
        out.tag = _text(_tag(result))
        width = _nfields(result)
        out.columns = [_text(_fname(result, c)) for c in range(width)]
        out.types = [_ftype(result, c) for c in range(width)]
        for row in range(_ntuples(result)):
            out.rows.append(tuple(
                None if _isnull(result, row, c) else
                _text(ctypes.string_at(_value(result, row, c), _length(result, row, c)))
                for c in range(width)))
    elif status in (_FATAL, _BAD):
        out.error = _fields(result)
    else:
        raise RuntimeError("result status %d is not supported" % status)
    return out


def conninfo(**settings):
    """Settings as a libpq connection string; None is left out."""
    return " ".join("%s='%s'" % (k, str(v).replace("\\", "\\\\").replace("'", "\\'"))
                    for k, v in settings.items() if v is not None)


class Connection:
    def __init__(self, info):
        self.notices = []
        self._conn = _connectdb(info.encode())
        if _status(self._conn) != _OK:
            message = _text(_error(self._conn))
            _finish(self._conn)
            self._conn = None
            raise ConnectionLost(message)
        self.pid = _backend(self._conn)
        self._receiver = _NOTICE(lambda _arg, result: self.notices.append(_fields(result)))
        _setnotice(self._conn, self._receiver, None)

    def close(self):
        if self._conn:
            _finish(self._conn)
            self._conn = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, sql):
        """Start a simple query; read it with results()."""
        if not _send(self._conn, sql.encode("utf-8", "surrogateescape")):
            raise ConnectionLost(_text(_error(self._conn)))

    def results(self, timeout=None):
        """Every result of what was sent; Timeout leaves it running."""
        deadline = None if timeout is None else time.monotonic() + timeout
        out = []
        while True:
            while _busy(self._conn):
                left = None if deadline is None else max(0.0, deadline - time.monotonic())
                if not select.select([_socket(self._conn)], [], [], left)[0]:
                    raise Timeout()
                if not _consume(self._conn):
                    break
            result = _get(self._conn)
            if not result:
                break
            try:
                out.append(_read(result))
            finally:
                _clear(result)
        if _status(self._conn) != _OK:
            message = _text(_error(self._conn))
            error = ConnectionLost(message)
            error.results = out
            raise error
        return out

    def run(self, sql, timeout=None):
        """All results of a string of statements, the failed one last."""
        self.send(sql)
        return self.results(timeout)

    def copy(self, sql):
        """The lines of a COPY ... TO STDOUT as they come; an error ends them, as a dict."""
        self.send(sql)
        line = _p()
        while True:
            result = _get(self._conn)
            if not result:
                return
            try:
                status = _rstatus(result)
                if status in (_FATAL, _BAD):
                    yield _fields(result)
            finally:
                _clear(result)
            while status == _COPY_OUT:
                size = _copydata(self._conn, ctypes.byref(line), 0)
                if size < 0:
                    break
                try:
                    data = ctypes.string_at(line, size)
                finally:
                    _freemem(line)
                yield data

    def query(self, sql, timeout=None):
        """The last result, or its error in .error."""
        results = self.run(sql, timeout)
        return results[-1] if results else Result()

    def must(self, sql, timeout=None):
        """The rows of the last result; raises Failed on an error."""
        result = self.query(sql, timeout)
        if result.error:
            raise Failed(result.error, sql)
        return result.rows

    def value(self, sql, timeout=None):
        return self.must(sql, timeout)[0][0]

    def cancel(self):
        handle = _getcancel(self._conn)
        buffer = ctypes.create_string_buffer(256)
        _cancel(handle, buffer, 256)
        _freecancel(handle)

    def socket(self):
        return _socket(self._conn)


def reload(connect):
    """Have a server read its settings, and wait until it has: sessions begun later have them, and those
    there are take them with their next statement.  Takes what makes a session of it."""
    def loaded():
        with connect() as c:
            return c.value("SELECT pg_catalog.pg_conf_load_time()")
    before = loaded()
    with connect() as c:
        c.must("SELECT pg_catalog.pg_reload_conf()")
    while loaded() == before:
        time.sleep(0.02)


def literal(value):
    """A text as an SQL constant, whatever standard_conforming_strings says."""
    if value is None:
        return "NULL"
    if "\\" in value:
        return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    return "'" + value.replace("'", "''") + "'"
